"""A table of the open data is one row: a made-up one stands in every form of the bundle, and a bundle proves it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest
from exportworlds import bundle_of, files, small_year
from sites import YEAR
from test_bundles import folder_of
from wrong_bundles import replaced

from pipeline.core.ground.labels import Labels
from pipeline.core.publish.opendata.fields import Field, Resource, Row
from pipeline.core.publish.opendata.tables import EXPORTS
from pipeline.core.publish.scene import Scene
from pipeline.core.publish.site.downloads import downloads_view
from pipeline.flows import export
from pipeline.flows.verify_bundle import verify
from pipeline.flows.wording import load_labels

WORDS = {
    "export.resource.weights.title": "Bảng đặt ra",
    "export.resource.weights.about": "Phần của mỗi tiêu chí.",
    "export.field.weight": "Phần đặt ra",
}


def weights(scene: Scene) -> Iterator[Row]:
    for leaf in scene.year.leaves():
        yield {"criterion": leaf.code, "weight": leaf.out_of}


MADE_UP = Resource(
    "weights",
    (
        Field("criterion", key=True, of="criteria"),
        Field("weight", "number", required=True, unit="points", least=0, proof="record"),
    ),
    weights,
)


def words(language: str) -> Labels:
    labels = load_labels(language)
    return replace(labels, texts={**labels.texts, **WORDS})


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Mapping[str, bytes]:
    """Return the bundle of a small year when the table of tables has one row more."""
    monkeypatch.setitem(EXPORTS, MADE_UP.name, MADE_UP)
    monkeypatch.setattr(export, "words_of", lambda _tree, language: words(language))
    return bundle_of(small_year("{}", 31))


def test_a_made_up_table_stands_in_every_form_of_the_bundle(made: Mapping[str, bytes]) -> None:
    told = json.loads(made["json/weights.json"])["rows"]
    sheet = openpyxl.load_workbook(io.BytesIO(made[f"parindex-{YEAR}.xlsx"]))["weights"]

    assert made["csv/weights.csv"].splitlines()[:2] == [
        b"year,criterion,weight,illustrative,provisional",
        b"2024,1.1,3,false,false",
    ]
    assert b"2024;'1.1;3;false;false\r\n" in made["csv-excel/weights.csv"]
    assert told[0] == {"criterion": "1.1", "weight": "3"}
    assert len(told) == pq.read_table(io.BytesIO(made["parquet/weights.parquet"])).num_rows
    assert [cell.value for cell in sheet[1]][2:4] == ["Tên tiêu chí", "Phần đặt ra"]
    assert [cell.value for cell in sheet[3]] == ["2024", "1.1", "a", 3, False, False]


def test_a_made_up_table_is_described_to_people_and_programs(made: Mapping[str, bytes]) -> None:
    (resource,) = (one for one in json.loads(made["datapackage.json"])["resources"] if one["name"] == "weights")
    listed = {one["@id"] for one in json.loads(made["dcat.jsonld"])["dcat:dataset"][0]["dcat:distribution"]}
    (view,) = (one for one in downloads_view(made, "", words("vi"))["tables"] if one["name"] == "weights")

    assert resource["title"] == "Bảng đặt ra"
    assert resource["schema"]["primaryKey"] == ["criterion"]
    assert resource["schema"]["foreignKeys"][0]["reference"]["resource"] == "criteria"
    assert resource["schema"]["fields"][2] == {
        "name": "weight",
        "type": "number",
        "title": "Phần đặt ra",
        "title_en": "Phần đặt ra",
        "unit": "points",
        "decimalChar": ".",
        "constraints": {"required": True, "minimum": 0},
    }
    assert {f"{folder}/weights.{end}" for folder, end in (("csv", "csv"), ("json", "json"))} < listed
    assert "`weights`: Bảng đặt ra. Phần của mỗi tiêu chí." in made["README.txt"].decode()
    assert all(path in made for _, path in view["paths"])


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("", "", set()),
        (",1.1,3,", ",1.1,4,", {"bundle-differs", "bundle-unlike"}),
        (",1.1,3,", ",1.1,three,", {"bundle-cell"}),
        (",1.1,3,", ",9.9,3,", {"bundle-unknown-name", "bundle-unlike"}),
        ("2024,1.1,3,false,false\n", "", {"bundle-row-missing", "bundle-unlike"}),
    ],
)
def test_a_made_up_table_is_read_back_and_proved(
    made: Mapping[str, bytes], tmp_path: Path, old: str, new: str, found: set[str]
) -> None:
    sent = dict(made)
    replaced("csv/weights.csv", old, new)(sent)

    assert {problem.code for problem in verify(folder_of(sent, tmp_path)).problems} == found


def test_a_bundle_without_a_table_is_whole_only_if_it_may_be_older(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    older = folder_of(files(), tmp_path)
    monkeypatch.setitem(EXPORTS, MADE_UP.name, MADE_UP)
    owed = {(problem.code, problem.path) for problem in verify(older).problems}
    monkeypatch.setitem(EXPORTS, MADE_UP.name, replace(MADE_UP, later=True))

    assert owed == {("bundle-missing-file", "csv/weights.csv")}
    assert verify(older).problems == []

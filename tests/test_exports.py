"""The open data of a year: what its tables hold, who may have them, and that outside judges find them sound."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, RunCommand
from sites import TODAY, YEAR, with_other_answers, with_secrets
from worlds import world

from pipeline.adapters.repository import open_repository
from pipeline.core.exports.fields import Field, Resource, Table
from pipeline.core.exports.packages import field_title
from pipeline.core.exports.resources import EXPORTS
from pipeline.core.exports.texts import DIALECTS, OPEN, ReadTable, csv_text, read_csv
from pipeline.core.labels import LANGUAGES
from pipeline.core.outputs import inert_cell
from pipeline.exporting import bundle
from pipeline.snapshot import Snapshot, load_labels, take

FORMATS = (ROOT / "docs" / "reference" / "formats.md").read_text(encoding="utf-8")


@cache
def snapshot() -> Snapshot:
    return take(open_repository(ROOT), None)


@cache
def files(audience: Any = "public") -> Mapping[str, bytes]:
    return bundle(snapshot(), year=YEAR, audience=audience, today=TODAY)


def bundle_of(data: Mapping[str, str]) -> Mapping[str, bytes]:
    """Return the bundle for inside of a small year."""
    return bundle(replace(snapshot(), world=world(data)), year=YEAR, audience="internal", today=TODAY)


def rows(name: str, audience: Any = "public") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files(audience)[f"csv/{name}.csv"].decode(), newline="")))


# --- the table of exports -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXPORTS)
def test_every_resource_and_field_has_its_row_in_the_reference(name: str) -> None:
    section = FORMATS.partition(f"### Bảng `{name}`\n")[2].partition("\n### ")[0]
    told = [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("| `")]

    assert [f"`{field.name}`" for field in EXPORTS[name].fields] == told


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_resource_and_field_has_its_words(language: str) -> None:
    labels = load_labels(language)
    fields = {column.name: column for resource in EXPORTS.values() for column in resource.columns("internal")}

    assert [name for name, column in fields.items() if not field_title(column, labels)] == []
    assert [name for name in EXPORTS if not labels.has(f"export.resource.{name}.about")] == []


def test_a_reference_leads_to_the_one_key_of_another_table() -> None:
    named = {field.of for resource in EXPORTS.values() for field in resource.fields if field.of}

    assert [name for name in named if len(EXPORTS[name].key()) != 1] == []


# --- what it says ---------------------------------------------------------------------------------------------------


def test_the_results_are_those_of_the_score(run_command: RunCommand) -> None:
    told = json.loads(run_command("--repo", str(ROOT), "score", "--year", YEAR, "--format", "json").stdout)
    wanted = [
        (entry["agency"], entry["points"], entry["index"], str(entry["rank"]), entry["survey"]["points"])
        for entry in told["agencies"]
    ]

    found = [(r["agency"], r["points"], r["index"], r["rank"], r["survey_points"]) for r in rows("results")]
    assert wanted == found


def test_json_has_the_rows_of_csv() -> None:
    for name in EXPORTS:
        told = json.loads(files()[f"json/{name}.json"])["rows"]

        assert [{key: value for key, value in row.items() if value is not None} for row in told] == [
            {key: typed(name, key, cell) for key, cell in row.items() if cell and key in told[0]} for row in rows(name)
        ]


def typed(name: str, key: str, cell: str) -> Any:
    kind = next(field.kind for field in EXPORTS[name].columns("public") if field.name == key)
    return int(cell) if kind == "integer" else cell == "true" if kind == "yes-no" else cell


def test_every_table_says_that_illustrative_figures_are() -> None:
    assert {row["illustrative"] for name in EXPORTS for row in rows(name)} == {"true"}
    sentence = load_labels("vi").text("word.illustrative")
    silent = [
        name
        for name in ("README.md", "CHANGELOG.md", "datapackage.json", "dcat.jsonld")
        if sentence not in files()[name].decode()
    ]

    assert silent == []
    assert [p for p, data in files().items() if p.startswith("json/") and not json.loads(data)["illustrative"]] == []


def test_the_checksums_are_those_of_the_files() -> None:
    told = dict(reversed(line.split("  ")) for line in files()["SHA256SUMS"].decode().splitlines())
    left_out = {"SHA256SUMS", f"parindex-{YEAR}.zip"}

    assert {p: hashlib.sha256(data).hexdigest() for p, data in files().items() if p not in left_out} == told


def test_the_versions_tell_what_a_correction_changed() -> None:
    versions = json.loads(files()["changelog.json"])["versions"]
    change = {"agency": "cuc-thue", "field": "points"}

    assert [version["version"] for version in versions] == [1, 2]
    assert versions[0]["changes"] == []
    assert change in [{"agency": c["agency"], "field": c["field"]} for c in versions[1]["changes"]]


def test_frictionless_finds_the_data_package_sound(tmp_path: Path) -> None:
    for path, data in files().items():
        target = tmp_path / path
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(data)
    command = [sys.executable, "-m", "frictionless", "validate", "--json", "datapackage.json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    told = json.loads(done.stdout)

    assert (done.returncode, [task["errors"] for task in told["tasks"] if task["errors"]]) == (0, [])
    assert len(told["tasks"]) == len(EXPORTS)


# --- who may have it ------------------------------------------------------------------------------------------------


def test_a_year_before_its_day_is_refused_in_one_line(run_command: RunCommand, tmp_path: Path) -> None:
    options = ("--repo", str(ROOT), "export", "--year", YEAR, "-o", str(tmp_path / "out"))
    early = run_command(*options, "--today", "2025-02-26")

    assert (early.code, early.stderr.count("\n"), (tmp_path / "out").exists()) == (2, 1, False)
    assert run_command(*options, "--today", "2025-02-26", "--audience", "internal").code == 0


def test_nothing_that_must_stay_inside_leaves() -> None:
    secret = replace(snapshot(), world=with_secrets(snapshot().world))
    made = bundle(secret, year=YEAR, audience="public", today=TODAY)
    marks = (b"MARK-", b"mark-url", b"2025-so")

    assert [path for path, data in made.items() for mark in marks if mark in data] == []
    inside = bundle(secret, year=YEAR, audience="internal", today=TODAY)
    assert [mark for mark in marks[:2] if not any(mark in data for data in inside.values())] == []


def test_what_is_hidden_of_the_survey_cannot_be_told_from_the_bundle() -> None:
    other = replace(snapshot(), world=with_other_answers(snapshot().world))

    assert files() == bundle(other, year=YEAR, audience="public", today=TODAY)
    assert [row for row in rows("survey_counts") if row["hidden"] == "true" and row["count"]] == []
    assert {row["hidden"] for row in rows("survey_counts")} == {"true", "false"}


def test_a_folder_with_foreign_files_is_left_alone(run_command: RunCommand, tmp_path: Path) -> None:
    (tmp_path / "anh.txt").write_text("của tôi", encoding="utf-8")
    done = run_command("--repo", str(ROOT), "export", "--year", YEAR, "--today", TODAY, "-o", str(tmp_path))

    assert (done.code, [path.name for path in tmp_path.iterdir()]) == (2, ["anh.txt"])


# --- typed text -----------------------------------------------------------------------------------------------------

RUNS = ["=1+1", "+84", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠x", ' "=1', "'=1", "\u3000=1"]
STAYS = ["1.1.1", "2024-01-01", "a=b", "'trích'", "", '12/KH; "x", y', "dòng\nhai", "5", "''", "'1.1"]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.folder)
def test_no_cell_begins_like_a_formula(dialect: Any) -> None:
    written = csv_text(one_column(RUNS + STAYS), dialect)
    cells = [row[1] for row in csv.reader(io.StringIO(written, newline=""), delimiter=dialect.delimiter)]

    assert [cell for cell in cells[1:] if inert_cell(cell) != cell and not cell.startswith("'")] == []
    assert [f"'{text}" for text in RUNS] == cells[1 : len(RUNS) + 1]


def test_reading_gives_the_typed_text_back() -> None:
    table = one_column(RUNS + STAYS)
    found = read_csv(table.resource, "csv/one.csv", csv_text(table, OPEN).encode(), "public")

    assert isinstance(found, ReadTable)
    assert [row["text"] for row in found.table.rows] == [text or None for text in RUNS + STAYS]


def one_column(texts: list[str]) -> Table:
    resource = Resource("one", (Field("text"),), lambda scene: iter(()))
    shared = {"year": "2024", "illustrative": True, "provisional": False}
    return Table(resource, resource.columns("public"), tuple({**shared, "text": text} for text in texts))


def test_a_vietnamese_excel_gets_decimal_commas_and_codes_that_stay_text() -> None:
    data = files()["csv-excel/scores.csv"]
    head, first = data.decode().splitlines()[:2]

    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\r\n") == data.count(b"\n")
    assert head.removeprefix("\ufeff").split(";")[:3] == ["year", "agency", "criterion"]
    assert [cell for cell in first.split(";") if cell in {"1,00", "'1.1.1"}] == ["'1.1.1", "1,00", "1,00"]

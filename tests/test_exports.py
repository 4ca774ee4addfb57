"""The open data of a year: what its tables hold, who may have them, and that outside judges find them sound."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from conftest import ROOT, RunCommand
from exportworlds import POLICIES, bundle_of, files, small_year, snapshot
from pyarrow import parquet
from sites import TODAY, YEAR, digests_kept, leaks, unpacked, with_corrected_survey, with_other_answers, with_secrets
from test_forms import recalculated, same_figure, values_of

from pipeline.adapters import columns
from pipeline.adapters.messages import LANGUAGES
from pipeline.core.ground.text import inert_cell
from pipeline.core.publish.opendata import formula_workbook
from pipeline.core.publish.opendata.csv_json import DIALECTS, OPEN, ReadTable, csv_text, plain_text, read_csv
from pipeline.core.publish.opendata.descriptions import field_title
from pipeline.core.publish.opendata.fields import Field, Resource, ResourceTable
from pipeline.core.publish.opendata.tables import EXPORTS
from pipeline.flows.export import bundle
from pipeline.flows.wording import load_labels

FORMATS = (ROOT / "docs" / "reference" / "formats.md").read_text(encoding="utf-8")


def rows(name: str, audience: Any = "public") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files(audience)[f"csv/{name}.csv"].decode(), newline="")))


# --- the table of exports -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXPORTS)
def test_every_resource_and_field_has_its_row_in_the_reference(name: str) -> None:
    section = FORMATS.partition(f"### Bảng `{name}`\n")[2].partition("\n### ")[0]
    told = [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("| `")]

    assert [f"`{field.name}_<mã>`" if field.spoken else f"`{field.name}`" for field in EXPORTS[name].fields] == told


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_resource_and_field_has_its_words(language: str) -> None:
    words = {known: load_labels(known) for known in LANGUAGES}
    columns = [resource.columns("internal", LANGUAGES) for resource in EXPORTS.values()]
    fields = {column.name: column for own in columns for column in own}

    assert [name for name, column in fields.items() if not field_title(column, language, words)] == []
    assert [name for name in EXPORTS if not words[language].has(f"export.resource.{name}.about")] == []


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
    kind = next(field.kind for field in EXPORTS[name].columns("public", LANGUAGES) if field.name == key)
    return int(cell) if kind == "integer" else cell == "true" if kind == "yes-no" else cell


def test_every_table_says_that_illustrative_figures_are() -> None:
    assert {row["illustrative"] for name in EXPORTS for row in rows(name)} == {"true"}
    sentence = load_labels("vi").text("word.illustrative")
    silent = [
        name
        for name in ("README.txt", "CHANGELOG.txt", "datapackage.json", "dcat.jsonld")
        if sentence not in files()[name].decode()
    ]

    assert silent == []
    assert [p for p, data in files().items() if p.startswith("json/") and not json.loads(data)["illustrative"]] == []


def test_the_read_me_says_how_every_figure_is_worked_out_and_every_criterion_scored() -> None:
    told = files()["README.txt"].decode()
    parts = told.split("\n# ")
    rules = {row["criterion"]: row["rule"] for row in rows("criteria") if row["rule"]}

    assert [dict(re.findall(r"^- ([\d.]+) \(`([a-z]+)`\): \S", part, re.MULTILINE)) for part in parts] == [rules] * 2
    assert "- Chỉ số = 100 × tổng điểm đạt được ÷ tổng điểm tối đa áp dụng. Tổng điểm tối đa của năm là 60,00." in told
    assert "- 3.6 (`sipas`): 8 × SIPAS percent / 100, of the group Citizens and businesses." in told
    assert "- A group without answers: its points count in neither the numerator nor the denominator." in told
    assert "; Issued up to 15 days late: 0.5 points; " in told


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


def test_the_description_for_catalogues_names_every_file() -> None:
    told = json.loads(files()["dcat.jsonld"])
    addresses = {one["@id"] for one in told["dcat:dataset"][0]["dcat:distribution"]}

    assert addresses == set(files()) - {"SHA256SUMS", "dcat.jsonld", f"parindex-{YEAR}.zip"}


def test_stages_have_their_names_in_every_language() -> None:
    told = {row["stage"]: (row["title_vi"], row["title_en"]) for row in rows("stages")}
    words = [load_labels(language) for language in ("vi", "en")]

    assert told == {stage: tuple(own.text(f"stage.{stage}") for own in words) for stage in told}


def test_no_text_of_the_bundle_has_a_figure_left_open() -> None:
    told = {path: data for path, data in files().items() if path.endswith((".txt", ".jsonld", "package.json", ".xlsx"))}
    whole = [one for path, data in told.items() for one in unpacked(path, data)]

    assert len(told) == 5
    texts = [(path, data) for path, data in whole if data[:2] != b"PK"]  # of an archive what is in it
    assert [(path, found) for path, data in texts for found in re.findall(rb"\{[a-z][a-z_-]*\}", data)] == []


def test_parquet_holds_the_cells_of_csv_exactly() -> None:
    for name in EXPORTS:
        data = files()[f"parquet/{name}.parquet"]
        found = parquet.read_table(io.BytesIO(data))
        numbers = {field.name for field in EXPORTS[name].fields if field.kind == "number"}
        told = [exact(row, numbers) for row in found.to_pylist()]

        assert [exact(row, numbers) for row in rows(name)] == told
        assert found.schema.metadata[b"illustrative"] == b"True"
        assert not any(pa.types.is_floating(field.type) for field in found.schema)


def test_parquet_holds_typed_text_without_the_apostrophe_of_csv() -> None:
    texts = ["=1+1", "'=1+1", "''x", '"x"', "a\n\r\tb", "\u3000＋1", " ' -1", "'", "", "\t", "1.10"]
    table = one_column(texts)
    titles = dict.fromkeys((column.name for column in table.columns), "x")
    data = columns.parquet(table, csv_text(table, OPEN).encode(), titles, {})

    assert parquet.read_table(io.BytesIO(data)).column("text").to_pylist() == texts


def exact(row: Mapping[str, Any], numbers: set[str]) -> dict[str, Any]:
    """Return a row whose numbers can be compared, whatever zeros end them, without the apostrophe of CSV."""
    cells = {key: plain_text(value).removeprefix("'") for key, value in row.items()}
    return {key: Decimal(cell) if key in numbers and cell else cell for key, cell in cells.items()}


BYTES = """
import hashlib, sys
from pathlib import Path
from pipeline.adapters.repository import open_repository
from pipeline.flows.export import bundle
from pipeline.flows.snapshot import take
made = bundle(take(open_repository(Path(sys.argv[1])), None), year="2024", audience="public", today="2025-03-20")
print(hashlib.sha256(b"".join(path.encode() + data for path, data in made.items())).hexdigest())
"""


def test_the_same_commit_gives_the_same_bytes_in_another_place_of_the_world() -> None:
    foreign = {**os.environ, "TZ": "America/New_York", "LC_ALL": "C", "LANG": "tr_TR.UTF-8", "PYTHONHASHSEED": "7"}
    command = [sys.executable, "-c", BYTES, str(ROOT)]
    done = subprocess.run(command, env=foreign, capture_output=True, encoding="utf-8", check=True)

    whole = b"".join(path.encode() + data for path, data in files().items())
    assert hashlib.sha256(whole).hexdigest() == done.stdout.strip()


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

    assert leaks(made, marks) == []
    inside = bundle(secret, year=YEAR, audience="internal", today=TODAY)
    assert [mark for mark in marks[:2] if not any(mark in data for data in inside.values())] == []


def test_what_seals_and_amendments_say_of_contents_is_in_no_bundle() -> None:
    """A file of counts has few possible contents: who has its digest finds the one that it has."""
    world = with_corrected_survey(snapshot().world)
    audiences: tuple[Any, ...] = ("public", "internal")
    kept = digests_kept()

    assert len(kept) > 80
    for audience in audiences:
        made = bundle(replace(snapshot(), world=world), year=YEAR, audience=audience, today=TODAY)
        assert leaks(made, [b"MARK-", *kept]) == []
        assert any(b"0003" in data for data in made.values())


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
STAYS = ["1.1.1", "2024-01-01", "a=b", "'trích'", '12/KH; "x", y', "dòng\nhai", "5", "''", "'1.1"]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.folder)
def test_no_cell_begins_like_a_formula(dialect: Any) -> None:
    written = csv_text(one_column(RUNS + STAYS), dialect)
    cells = [row[1] for row in csv.reader(io.StringIO(written, newline=""), delimiter=dialect.delimiter)]

    assert [cell for cell in cells[1:] if inert_cell(cell) != cell and not cell.startswith("'")] == []
    assert [f"'{text}" for text in RUNS] == cells[1 : len(RUNS) + 1]


def test_reading_gives_the_typed_text_back() -> None:
    table = one_column(RUNS + STAYS)
    found = read_csv(table.resource, "csv/one.csv", csv_text(table, OPEN).encode(), table.columns)

    assert isinstance(found, ReadTable)
    assert [row["text"] for row in found.table.rows] == RUNS + STAYS


def one_column(texts: list[str]) -> ResourceTable:
    resource = Resource("one", (Field("text", key=True),), lambda scene: iter(()))
    shared = {"year": "2024", "illustrative": True, "provisional": False}
    return ResourceTable(
        resource, resource.columns("public", LANGUAGES), tuple({**shared, "text": text} for text in texts)
    )


def test_a_vietnamese_excel_gets_decimal_commas_and_codes_that_stay_text() -> None:
    data = files()["csv-excel/scores.csv"]
    head, first = data.decode().splitlines()[:2]

    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\r\n") == data.count(b"\n")
    assert head.removeprefix("\ufeff").split(";")[:3] == ["year", "agency", "criterion"]
    assert [cell for cell in first.split(";") if cell in {"1,00", "'1.1.1"}] == ["'1.1.1", "1,00", "1,00"]


# --- the workbook ---------------------------------------------------------------------------------------------------


def test_typed_text_is_text_in_the_workbook() -> None:
    data = bundle_of(small_year("{}", 29, name="=1+1"))[f"parindex-{YEAR}.xlsx"]
    book = openpyxl.load_workbook(io.BytesIO(data))
    formulas = {cell.value for page in book for line in page.iter_rows() for cell in line if cell.data_type == "f"}

    assert book["agencies"]["C3"].value == "=1+1"
    assert book["agencies"]["C3"].data_type == "s"
    assert "=1+1" not in formulas
    assert len(formulas) > 30


def test_a_table_longer_than_a_sheet_is_named_and_none_of_its_rows_are_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formula_workbook, "MOST_ROWS", 12)
    made = bundle_of(small_year("{}", 29))
    book = openpyxl.load_workbook(io.BytesIO(made[f"parindex-{YEAR}.xlsx"]))
    told = [cell.value for (cell,) in book.worksheets[0].iter_rows(max_col=1)]
    rows = {name: made[f"csv/{name}.csv"].count(b"\n") - 1 for name in ("agencies", "scores")}

    assert rows["agencies"] <= 12 < rows["scores"]
    assert "agencies" in book.sheetnames
    assert "scores" not in book.sheetnames
    assert any("scores" in str(text) and "12" in str(text) for text in told)
    assert not any(cell.data_type == "f" for page in book for line in page.iter_rows() for cell in line)


@pytest.mark.slow
@pytest.mark.needs("libreoffice-calc")
def test_another_program_computes_the_same_index_rank_and_grade_from_the_scores(
    tmp_path: Path, program: Callable[[str], str]
) -> None:
    made = {"real": files()} | {f"policy-{n}": bundle_of(small_year(policy, 29)) for n, policy in enumerate(POLICIES)}
    whole = small_year(POLICIES[3], 29)
    lacking = [path for path in whole if path.endswith(("/lanh-dao/a-mot.yml", "/dan/b-hai.yml"))]
    made["provisional"] = bundle_of({path: text for path, text in whole.items() if path not in lacking})
    books = {name: own[f"parindex-{YEAR}.xlsx"] for name, own in made.items()}
    found = recalculated(tmp_path, program("libreoffice-calc"), books)
    known = {name: known_formulas(data) for name, data in books.items()}

    assert [
        (name, place, ours, found[name].get(place))
        for name, places in known.items()
        for place, ours in places.items()
        if not same_figure(ours, found[name].get(place))
    ] == []
    assert len(lacking) == 2
    assert [name for name, places in known.items() if len(places) < 30 and name != "policy-2"] == []
    assert known["policy-2"] == {}  # points of the survey are not rounded there, so figures stand instead


def known_formulas(data: bytes) -> dict[str, Any]:
    """Return what the pipeline computed for each formula; columns that only help others it does not know."""
    book, values = openpyxl.load_workbook(io.BytesIO(data)), values_of(data)
    return {
        f"{page.title}!{cell.coordinate}": values[f"{page.title}!{cell.coordinate}"]
        for page in book
        if page.title in EXPORTS
        for column in page.iter_cols(min_row=2)
        if column[0].value in {field.name for field in EXPORTS[page.title].fields}
        for cell in column
        if cell.data_type == "f"
    }

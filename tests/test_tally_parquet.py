"""Answers as Parquet: the counts, checks and rows of CSV, whatever the types; what is hostile ends in one error."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from conftest import Repository, RunCommand
from tallyworlds import HEADER, LEADERS, STAFF, csv_of, form, parquet_of, survey_world, table_of, tallied, xlsx_of
from test_tally import ENOUGH, EXPORTS, NO_TIME, UNTIMED, many, shuffled
from wrong_responses import WRONG

from pipeline.adapters import columns
from pipeline.adapters.clusters import Here
from pipeline.flows.tally import Tallied

OPTIONS: Mapping[str, Any] = {
    "usual": {},
    "small row groups": {"row_group_size": 7},
    "plain text": {"use_dictionary": False, "compression": "zstd"},
    "the second version of pages": {"data_page_version": "2.0", "version": "2.6", "data_page_size": 64},
}


def as_parquet(data: bytes, **settings: Any) -> bytes:
    """Return a CSV file's cells as Parquet, a blank one as none."""
    text = data.decode("utf-8-sig")
    delimiter = ";" if ";" in text.splitlines()[0] else ","
    header, *rows = csv.reader(io.StringIO(text.removeprefix("sep=;\r\n")), delimiter=delimiter)
    names = [[cell or None for cell in row] for row in rows]
    table = [pa.array(column, pa.string()) for column in zip(*names, strict=True)]
    return table_of(pa.Table.from_arrays(table, names=header), **settings)


def told(made: Tallied) -> tuple[object, ...]:
    return made.files, made.sums, [(one.row, one.agency, one.reason) for one in made.rejects]


@pytest.mark.parametrize("tool", EXPORTS)
def test_an_export_counts_alike_as_csv_and_as_parquet(tool: str, tmp_path: Path) -> None:
    files = EXPORTS[tool]
    as_columns = {
        name.replace(".csv", ".parquet"): as_parquet(data) if name.endswith(".csv") else data
        for name, data in files.items()
    }
    one, other = (
        tallied(tmp_path, each, unjudged="fastest" if tool in UNTIMED else "") for each in (files, as_columns)
    )

    assert one.problems == other.problems == ()
    assert (one.files, one.sums) == (other.files, other.sums)


@pytest.mark.parametrize("workers", [0, 1, 3])
@pytest.mark.parametrize("option", OPTIONS)
def test_however_a_file_is_written_and_parted_it_gives_the_bytes_of_csv(
    option: str, workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [*many(), *many()[:40], form(3, q1="", q2="")]
    text = csv_of(rows)
    one = tallied(tmp_path, {"phieu.csv": text}, mapping=ENOUGH)
    monkeypatch.setattr(columns, "_BATCH", 50)
    file = {"phieu.parquet": as_parquet(text, **OPTIONS[option])}
    other = tallied(tmp_path, file, mapping=ENOUGH, engine=shuffled(workers) if workers else Here())

    assert one.rejects
    files, sums, rejects = told(one)
    assert (files, sums, [(row - 1, *rest) for row, *rest in rejects]) == told(other)  # titles are no row here


def test_forms_of_several_agencies_and_paper_forms_count_alike(tmp_path: Path) -> None:
    rows = [(row[0], row[4], row[5]) for row in many()]
    text, header = csv_of(rows[:300], ("token", "q1 [CQA]", "q1 [CQB]")), ("token", "q1 [CQA]", "q1 [CQB]")
    paper = {"giay.xlsx": xlsx_of([header, *rows[300:]])}
    made = [
        tallied(tmp_path, {**file, **paper}, group=LEADERS, mapping=ENOUGH, unjudged=NO_TIME)
        for file in ({"a.csv": text}, {"a.parquet": as_parquet(text)})
    ]

    assert b"between:" in made[0].files[f"data/2024/survey/moments/{LEADERS}.yml"]
    assert made[0].files == made[1].files


BIG = 2**62
UTC_TIME = datetime(2024, 12, 2, 9, 15, 0, 999_000, tzinfo=UTC)
TYPED: Mapping[str, tuple[str, list[Any], Any, list[str]]] = {
    "whole numbers": ("q1", [1, 0, None], pa.int64(), ["1", "0", ""]),
    "numbers with blanks, as pandas has them": ("q1", [1.0, 0.75, None], pa.float64(), ["1", "0.75", ""]),
    "exact numbers": ("q1", [Decimal("0.75"), Decimal("0.25"), None], pa.decimal128(5, 2), ["0.75", "0.25", ""]),
    "categories": (
        "q1",
        ["tot", "kem", "tot"],
        pa.dictionary(pa.int8(), pa.string()),
        ["tot", "kem", "tot"],
    ),
    "long text": ("q1", ["tot", "kem", None], pa.large_string(), ["tot", "kem", ""]),
    "nothing at all": ("q2", [None, None, None], pa.null(), ["", "", ""]),
    "a time of a zone": ("end", [UTC_TIME] * 3, pa.timestamp("us", "Asia/Tokyo"), ["2024-12-02T16:15:00+07:00"] * 3),
    "a time of no zone": ("end", [UTC_TIME] * 3, pa.timestamp("ns"), ["2024-12-02 09:15:00"] * 3),
    "a day": ("end", [date(2024, 12, 31), date(2025, 1, 1), None], pa.date32(), ["2024-12-31", "2025-01-01", ""]),
    "codes that are numbers": (
        "_uuid",
        [2**62, 2**62 + 1, 2**62],
        pa.int64(),
        [f"{2**62}", f"{2**62 + 1}", f"{2**62}"],
    ),
}


@pytest.mark.parametrize("kind", TYPED)
def test_a_cell_of_any_type_means_what_its_text_means(kind: str, tmp_path: Path) -> None:
    name, cells, of_type, texts = TYPED[kind]
    at = HEADER.index(name)
    rows = [form(n) for n in (1, 2, 3)]
    table = [pa.array(column) for column in zip(*rows, strict=True)]
    table[at] = pa.array(cells).cast(of_type, safe=False) if of_type != pa.null() else pa.nulls(3)
    changed = [(*row[:at], text, *row[at + 1 :]) for row, text in zip(rows, texts, strict=True)]
    one = tallied(tmp_path, {"phieu.csv": csv_of(changed)})
    other = tallied(tmp_path, {"phieu.parquet": table_of(pa.Table.from_arrays(table, names=HEADER))})

    assert one.problems == other.problems == ()
    assert (one.files, one.sums, len(one.rejects)) == (other.files, other.sums, len(other.rejects))


OF_CELLS = [
    code
    for code, case in WRONG.items()
    if set(case.files) == {"phieu.csv"}
    and code not in {"tally-encoding", "tally-not-a-table", "tally-open-quote", "tally-row-too-long", "tally-no-header"}
    and code != "tally-row-too-short"
    and code not in {"tally-part-unread", "tally-moments-too-many"}  # of workers, and of more columns than one may have
]


@pytest.mark.parametrize("code", OF_CELLS)
def test_a_mistake_is_named_in_the_same_cell(code: str, tmp_path: Path) -> None:
    case = WRONG[code]
    header, *rows = csv.reader(io.StringIO(case.files["phieu.csv"].decode()))
    table = [pa.array([row[at] for row in rows], pa.string()) for at in range(len(header))]
    data = table_of(pa.Table.from_arrays(table, names=header))
    mapping = case.mapping and case.mapping.replace("phieu.csv", "phieu.parquet")
    made = tallied(tmp_path, {"phieu.parquet": data}, group=case.group, mapping=mapping, snapshot=case.snapshot)
    at = {(p.line, p.column) for p in made.problems if p.code == code}

    assert at == {(max(1, case.row - 1), case.column)}


def test_columns_of_one_title_and_titles_with_dots_are_told_apart(tmp_path: Path) -> None:
    header = (*HEADER[:4], "q1", "q1.ghi chú", "q2", "ghi chú", "ghi chú")
    rows = [(*form(n)[:5], "a", form(n)[5], "b", "c") for n in (1, 2)]
    made = tallied(tmp_path, {"phieu.parquet": parquet_of(rows, header)})
    twice = tallied(tmp_path, {"phieu.parquet": parquet_of([(*form(1), "kem")], (*HEADER, "q1"))})

    assert (made.problems, made.sums.of("co-quan-a", "valid")) == ((), 2)
    assert [(p.code, p.column) for p in twice.problems] == [("tally-column-twice", 7)]


def test_a_file_without_rows_has_no_form_that_counts(tmp_path: Path) -> None:
    made = tallied(tmp_path, {"phieu.parquet": parquet_of([])})

    assert [problem.code for problem in made.problems] == ["tally-none-valid"]


def test_a_column_that_is_not_read_may_hold_anything(tmp_path: Path) -> None:
    rows = [(*form(n), {"x": [1.0, 2.0]}, b"\xff\xfe", ["a"]) for n in (1, 2)]
    made = tallied(tmp_path, {"phieu.parquet": parquet_of(rows, (*HEADER, "_geo", "ảnh", "tags"))})

    assert (made.problems, made.sums.of("co-quan-a", "valid")) == ((), 2)


# --- hostile files


def hostile() -> Mapping[str, tuple[bytes, str]]:
    sound = parquet_of([form(n) for n in range(50)])
    other = table_of(pa.table({name: pa.repeat("tot", 200_000) for name in HEADER}))
    wide = pa.Table.from_arrays([pa.array(["tot"])] * 2001, names=[f"c{n}" for n in range(2001)])
    growing = ["u" * n for n in range(50)]
    prefixed = parquet_of(
        [(token, *form(1)[1:]) for token in growing],
        use_dictionary=False,
        column_encoding={"_uuid": "DELTA_BYTE_ARRAY"},
    )
    binary = [pa.array(column) for column in zip(*[form(1), form(2)], strict=True)]
    binary[4] = pa.array([b"t\xf4t", b"tot"])
    bad_text = binary.copy()
    bad_text[4] = pa.Array.from_buffers(pa.string(), 2, binary[4].buffers())
    return {
        "the end is missing": (sound[:-100], "tally-parquet-broken"),
        "the beginning alone": (b"PAR1", "tally-parquet-broken"),
        "no description": (b"PAR1" + bytes(40) + b"PAR1", "tally-parquet-broken"),
        "a description longer than the file": (sound[:-8] + b"\xff\xff\xff\x7fPAR1", "tally-parquet-broken"),
        "an encrypted description": (b"PARE" + sound[4:-4] + b"PARE", "tally-parquet-broken"),
        "pages that are something else": (sound[:4] + bytes(300) + sound[304:], "tally-parquet-broken"),
        "many rows in a few bytes": (other, "tally-unpacks-too-much"),
        "one cell that fills the memory": (parquet_of([form(1, q2="x" * 70_000_000)]), "tally-unpacks-too-much"),
        "texts that grow out of one another": (prefixed, "tally-parquet-broken"),
        "lengths apart from texts, which the library does not read by words": (
            parquet_of(
                [form(1)],
                use_dictionary=False,
                column_encoding=dict.fromkeys(HEADER, "DELTA_LENGTH_BYTE_ARRAY"),
            ),
            "tally-parquet-broken",
        ),
        "a code without end in a dictionary": (
            parquet_of([form(n, _uuid="u" * 1_000_000) for n in range(3)]),
            "tally-cell-too-long",
        ),
        "columns without end": (table_of(wide), "tally-too-wide"),
        "a nested column": (parquet_of([(*form(1)[:4], {"x": "tot"}, "tot")]), "tally-column-type"),
        "bytes in the place of text": (table_of(pa.Table.from_arrays(binary, names=HEADER)), "tally-column-type"),
        "text that is no UTF-8": (table_of(pa.Table.from_arrays(bad_text, names=HEADER)), "tally-parquet-broken"),
        "no column that is a question": (table_of(pa.table({"x": ["a"]})), "tally-no-header"),
        "no column": (table_of(pa.table({})), "tally-no-header"),
    }


HOSTILE = hostile()


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_ends_in_one_clear_error(case: str, tmp_path: Path) -> None:
    data, code = HOSTILE[case]
    made = tallied(tmp_path, {"phieu.parquet": data})

    assert ([problem.code for problem in made.problems], made.files) == ([code], {})


def test_bytes_changed_anywhere_end_in_counts_or_in_errors(tmp_path: Path) -> None:
    sound = parquet_of([form(n) for n in range(20)], compression="none")
    chance = random.Random(7)  # noqa: S311 - which bytes is no secret
    for _ in range(150):
        data = bytearray(sound)
        for _ in range(chance.randrange(1, 4)):
            data[chance.randrange(4, len(data))] = chance.randrange(256)
        made = tallied(tmp_path, {"phieu.parquet": bytes(data)})

        assert made.problems or made.recipe


def test_a_description_without_end_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "_FOOTER", 100)
    made = tallied(tmp_path, {"phieu.parquet": parquet_of([form(1)])})

    assert [(p.code, p.figures["what"]) for p in made.problems] == [("tally-unpacks-too-much", "footer")]


def test_a_mistake_in_a_later_batch_is_named_at_its_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "_BATCH", 5)
    rows = [form(n) for n in range(20)]
    said = [[*rows[:12], form(12, q1="Khá"), *rows[13:]], [*rows[:12], form(12, _uuid="u" * 1001), *rows[13:]]]
    found = [
        [(p.code, p.line, p.column) for p in tallied(tmp_path, {"p.parquet": parquet_of(one)}, engine=engine).problems]
        for one in said
        for engine in (Here(), shuffled(2))
    ]

    assert found == [[("tally-unknown-option", 13, 5)]] * 2 + [[("tally-cell-too-long", 13, 1)]] * 2


def test_the_command_tells_what_is_wrong_and_exits_with_1(
    repository: Repository, run_command: RunCommand, tmp_path: Path
) -> None:
    for path, file in survey_world().tree.files.items():
        repository.write(path, file.data)
    repository.commit()
    (tmp_path / "phieu.parquet").write_bytes(HOSTILE["the end is missing"][0])
    words = ("--repo", str(repository.root), "survey", "tally", "--year", "2024", "--group", STAFF)
    done = run_command(*words, "phieu.parquet", cwd=tmp_path)

    assert (done.code, repository.git("status", "--short")) == (1, "")
    assert done.stderr.startswith("phieu.parquet:1:1: lỗi tally-parquet-broken: Tệp Parquet bị hỏng")

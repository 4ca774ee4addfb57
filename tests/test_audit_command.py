"""The command audit on real repositories: its text, its JSON, its workbook; who signed what; hostile texts."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import Repository, RunCommand
from guarded import Scene, access, key_of
from openpyxl.utils.escape import unescape
from tiny import SCHEMAS, TINY_FILES

from pipeline.adapters.workbooks import workbook
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.table import Column, Table
from pipeline.core.ground.workbook_model import Book, Sheet
from pipeline.core.record.stages import KIND_OF
from pipeline.flows.wording import load_labels

STAGES = tuple(KIND_OF)

FIRST, COUNCIL = "appraisal-1", "council-decision"
FILE = "data/2024/appraisal-1/co-quan-b.yml"
HOSTILE = '=HYPERLINK("http://x")|<script>alert(1)</script> **đậm** [a](javascript:b) @ai #12'


@pytest.fixture
def cycle(repository: Repository) -> Repository:
    """Give the tiny cycle, each stage committed by itself."""
    later = {path for path in TINY_FILES if any(f"/{stage}/" in path for stage in STAGES)}
    repository.write_all({**SCHEMAS, **{path: data for path, data in TINY_FILES.items() if path not in later}})
    repository.commit("Mở kỳ")
    for number, stage in enumerate(STAGES, 1):
        repository.write_all({path: data for path, data in TINY_FILES.items() if f"/{stage}/" in path})
        repository.commit(f"Bước {stage} (#{number})")
    return repository


def edit(repository: Repository, path: str, old: str, new: str) -> None:
    text = (repository.root / path).read_text(encoding="utf-8")

    assert text.count(old) == 1
    repository.write(path, text.replace(old, new))


@pytest.mark.parametrize("stage", [FIRST, COUNCIL])
def test_the_report_of_the_tiny_cycle_is_this_text(
    cycle: Repository, run_command: RunCommand, golden: Callable[[str, str], None], stage: str
) -> None:
    told = run_command("audit", "--year", "2024", "--stage", stage, "--format", "markdown", cwd=cycle.root)

    assert (told.code, told.stderr) == (0, "")
    golden(f"audit/{stage}.md", without_ids(told.stdout))


def without_ids(text: str) -> str:
    """Return a text with its commit ids numbered as they come: they follow from every byte, schemas included."""
    known: dict[str, str] = {}
    return re.sub(
        r"\b([0-9a-f]{12})(?:[0-9a-f]{28})?\b",
        lambda found: known.setdefault(found[1], f"commit-{len(known) + 1}"),
        text,
    )


def in_json(run_command: RunCommand, repository: Repository, stage: str = FIRST, *more: str) -> Any:
    told = run_command("audit", "--year", "2024", "--stage", stage, "--format", "json", *more, cwd=repository.root)

    assert told.code in (0, 1), told.stderr
    return json.loads(told.stdout)


def test_the_sums_in_json_are_those_worked_by_hand(cycle: Repository, run_command: RunCommand) -> None:
    told = in_json(run_command, cycle, COUNCIL)

    assert told["holds"] is True
    assert {
        entry["agency"]: (entry["started"], *entry["moved"].values(), entry["final"]) for entry in told["sums"]
    } == {
        "co-quan-a": ("13.80", "-1.83", "0.08", "0.00", "0.00", "12.05"),
        "co-quan-b": ("6.50", "-0.50", "0.00", "0.25", "1.00", "7.25"),
        "co-quan-c": ("9.50", "-0.63", "0.00", "0.00", "0.00", "8.87"),
    }
    assert list(told["sums"][0]["moved"]) == [FIRST, "appraisal-2", COUNCIL, "amendment"]
    assert all(entry["final"] == entry["scored"] for entry in told["sums"])


def test_the_commits_of_a_round_are_those_that_touched_it(cycle: Repository, run_command: RunCommand) -> None:
    edit(cycle, FILE, "Báo cáo quý III gửi muộn hai ngày", "Báo cáo quý III gửi muộn")
    cycle.commit("Sửa câu chữ")
    cycle.write("data/2024/amendments/0002.yml", TINY_FILES["data/2024/amendments/0001.yml"])
    cycle.commit("Đính chính của bước khác")
    cycle.write("README.md", "khác")
    cycle.commit("Không phải dữ liệu")

    commits = in_json(run_command, cycle)["commits"]

    assert [(entry["summary"], entry["pull_request"], len(entry["paths"])) for entry in commits] == [
        ("Sửa câu chữ", None, 1),
        ("Bước appraisal-1 (#2)", "#2", 3),
    ]
    assert {entry["author"]["email"] for entry in commits} == {"chuyen-vien@snv.invalid"}


def test_each_entry_names_who_committed_it_when(cycle: Repository, run_command: RunCommand) -> None:
    edit(cycle, FILE, "score: 1.25\n    answer", "score: 1.00\n    answer")
    commit = cycle.commit("Hạ điểm", author="Người khác <khac@snv.invalid>", date="2024-12-17T08:00:00+07:00")

    told = in_json(run_command, cycle)
    where = ("co-quan-b", "1.3")
    line = next(line for line in told["lines"] if (line["agency"], line["criterion"]) == where)
    first, second = line["entries"]

    assert (second["path"], second["line"], second["points"], second["moved"]) == (FILE, 12, "1.00", "-0.50")
    assert (first["author"], first["date"]) == ("Chuyên viên Sở Nội vụ", "2024-11-26")
    assert second["commit"] == blamed(cycle, FILE, 12)
    assert commit == told["commits"][0]["commit"]


def blamed(repository: Repository, path: str, line: int) -> str:
    """Return the commit that last changed a line, as git's own blame has it."""
    return repository.git("blame", "--porcelain", "-L", f"{line},{line}", "--", path).split(" ")[0]


def test_a_change_without_a_reason_stands_first_and_the_data_is_named_as_wrong(
    cycle: Repository, run_command: RunCommand
) -> None:
    edit(cycle, FILE, "    reason: Báo cáo quý III gửi muộn hai ngày\n", "")
    cycle.commit("Bỏ lý do")

    told = run_command("audit", "--year", "2024", "--stage", FIRST, "--format", "markdown", cwd=cycle.root)
    headings = [line for line in told.stdout.splitlines() if line.startswith("## ")]

    assert told.code == 1
    assert headings[0] == "## Thay đổi không có lý do: 1"
    assert "**DỮ LIỆU CỦA KỲ CÒN 1 LỖI" in told.stdout
    assert [(row["agency"], row["criterion"]) for row in in_json(run_command, cycle)["unexplained"]] == [
        ("co-quan-b", "1.3")
    ]


def test_what_is_not_committed_is_named(cycle: Repository, run_command: RunCommand) -> None:
    edit(cycle, FILE, '"1.3":\n    score: 1.25', '"1.3":\n    score: 1.0')
    told = in_json(run_command, cycle)

    assert (told["commit"], told["uncommitted"]) == (None, 0)
    edit(cycle, FILE, '  "1.3":\n', '  "1.3": # xem lại\n')
    assert in_json(run_command, cycle)["uncommitted"] == 1
    assert in_json(run_command, cycle, FIRST, "--rev", "HEAD")["uncommitted"] == 0


def test_a_shallow_clone_says_that_names_may_be_missing(
    cycle: Repository, run_command: RunCommand, tmp_path: Path
) -> None:
    clone = tmp_path / "clone"
    cycle.git("clone", "--quiet", "--depth", "1", cycle.root.as_uri(), str(clone))

    told = run_command("audit", "--year", "2024", "--stage", FIRST, cwd=clone)

    assert told.code == 0
    assert "Bản sao này không có đủ lịch sử git" in told.stdout


@pytest.mark.needs("ssh-keygen")
def test_a_signature_counts_by_whose_key_it_is_on_its_day(cycle: Repository, run_command: RunCommand) -> None:
    scene = Scene(cycle)
    cycle.write("data/access.yml", access())
    scene.commit("giu-luat-noi-vu", message="Giao quyền")
    reasons = ["muộn hai ngày", "muộn 1", "muộn 2", "muộn 3", "muộn 4"]
    cases = [
        ("đúng", {"person": "thuong-truc-noi-vu"}),
        ("không ký", {"person": "thuong-truc-noi-vu", "signed": False}),
        ("khóa lạ", {"person": "thuong-truc-noi-vu", "key": key_of("nguoi-la")}),
        ("quá sớm", {"person": "thuong-truc-noi-vu", "date": "2024-10-01T08:00:00+07:00"}),
    ]
    for (message, how), old, new in zip(cases, reasons, reasons[1:], strict=False):
        edit(cycle, FILE, f"Báo cáo quý III gửi {old}", f"Báo cáo quý III gửi {new}")
        scene.commit(**how, message=message)

    told = in_json(run_command, cycle)

    assert [(entry["summary"], entry["signature"], entry["signer"]) for entry in told["commits"]] == [
        ("quá sớm", "key-not-yet-valid", None),
        ("khóa lạ", "unknown-key", None),
        ("không ký", "unsigned", None),
        ("đúng", "good", "thuong-truc-noi-vu"),
        ("Bước appraisal-1 (#2)", "unsigned", None),
    ]
    assert [entry["signature"] for entry in told["unsigned"]] == [
        "key-not-yet-valid",
        "unknown-key",
        "unsigned",
        "unsigned",
    ]


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_state_of_a_signature_has_its_words(language: str) -> None:
    words = load_labels(language)
    states = ["good", "unsigned", "bad-signature", "not-ssh-signature", "not-ed25519", "other-namespace", "malformed"]
    states += ["unknown-key", "shared-key", "key-not-yet-valid", "expired-key"]

    assert [state for state in states if not words.has(f"audit.signature.{state}")] == []


# --- typed text stays inert -----------------------------------------------------------------------------------------


@pytest.fixture
def hostile(cycle: Repository) -> Repository:
    """Give the tiny cycle with hostile texts where people type."""
    edit(cycle, FILE, "Hướng dẫn chưa có bản điện tử", f"'{HOSTILE}'")
    edit(cycle, "data/2024/agencies.yml", "CQB", f"'{HOSTILE}'")
    cycle.commit(HOSTILE, author="<b>@ai</b> | =1+1 <x@snv.invalid>")
    return cycle


def test_typed_text_breaks_out_of_no_cell_of_the_markdown(hostile: Repository, run_command: RunCommand) -> None:
    told = run_command("audit", "--year", "2024", "--stage", FIRST, "--format", "markdown", cwd=hostile.root).stdout
    tables = [block.splitlines() for block in told.split("\n\n") if block.startswith("|")]

    assert "HYPERLINK" in told
    assert not re.search(r"[<>\[\]@]|\*\*đậm", told)
    assert [{row.count("|") for row in table} for table in tables] == [{table[0].count("|")} for table in tables]


def test_on_a_terminal_typed_text_and_signs_stand_as_they_are(hostile: Repository, run_command: RunCommand) -> None:
    told = run_command("audit", "--year", "2024", "--stage", COUNCIL, cwd=hostile.root).stdout

    assert "&#" not in told
    assert "+0,25" in told
    assert " ".join(HOSTILE.split()) in told


def book_of(run_command: RunCommand, repository: Repository, target: Path, stage: str = FIRST) -> bytes:
    told = run_command(
        *("audit", "--year", "2024", "--stage", stage, "--format", "xlsx", "-o", str(target)), cwd=repository.root
    )

    assert (told.stdout, told.stderr) == (f"Đã ghi báo cáo vào {target}.\n", "")
    return target.read_bytes()


def test_no_typed_text_becomes_a_formula_or_a_link(
    hostile: Repository, run_command: RunCommand, tmp_path: Path
) -> None:
    data = book_of(run_command, hostile, tmp_path / "b.xlsx")
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        names = package.namelist()
        sheets = [package.read(name).decode() for name in names if name.startswith("xl/worksheets/sheet")]
        properties = package.read("docProps/core.xml").decode()
    cells = [cell for sheet in openpyxl.load_workbook(io.BytesIO(data)) for row in sheet for cell in row]

    assert not any("<f>" in sheet or "<hyperlink" in sheet for sheet in sheets)
    assert HOSTILE in {cell.value for cell in cells}
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert not any("rels" in name and "sheet" in name for name in names)
    assert "snv" not in properties


# --- the workbook ---------------------------------------------------------------------------------------------------


def test_the_workbook_has_numbers_days_filters_and_frozen_heads(
    cycle: Repository, run_command: RunCommand, tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(book_of(run_command, cycle, tmp_path / "b.xlsx", COUNCIL)))
    lines = book["Từng tiêu chí"]
    head = [cell.value for cell in lines[1]]
    rows = [dict(zip(head, cells, strict=True)) for cells in lines.iter_rows(min_row=2)]
    row = next(row for row in rows if (row["Cơ quan"].value, row["Mã"].value) == ("CQB", "2.1"))

    assert book.sheetnames == ["Tóm tắt", "Từng tiêu chí", "Thống kê", "Lượt ghi"]
    assert (lines.freeze_panes, lines.auto_filter.ref) == ("D2", lines.dimensions)
    assert (row["Đính chính: Điểm"].value, row["Đính chính: Thay đổi"].value, row["Điểm cuối"].value) == (2, 1, 2)
    assert row["Điểm cuối"].number_format == "0.00"
    assert row["Đính chính: Thay đổi"].number_format == "+0.00;-0.00;0.00"
    assert row["Mã"].value == "2.1"
    assert book["Lượt ghi"]["B2"].is_date
    assert {sheet.page_setup.orientation for sheet in book} == {"landscape"}
    assert {sheet.page_setup.paperSize for sheet in book} == {9}


def test_the_same_commit_gives_the_same_bytes(
    cycle: Repository, run_command: RunCommand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = book_of(run_command, cycle, tmp_path / "a.xlsx")
    monkeypatch.setenv("TZ", "America/New_York")
    second = book_of(run_command, cycle, tmp_path / "b.xlsx")

    assert first == second


def test_a_text_longer_than_a_cell_is_cut_and_shows_it() -> None:
    table = Table("T", (Column("C"), Column("D", "day")), (("x" * 40_000, "2024-12-16"), (None, None)))
    sheet = Sheet("S", widths=(10, 10), locked=False)
    sheet.put_table(table, 0)
    book = openpyxl.load_workbook(io.BytesIO(workbook(Book("T", (sheet,)), Labels("vi", {}))))
    value = book["S"]["A2"].value

    assert (len(value), value[-1]) == (32_767, "…")


@pytest.mark.parametrize("text", ["<r><t>x</t></r>", "<r>a & b</r>", " <b> ", "\N{GRINNING FACE}" * 16_384])
def test_a_text_of_any_letters_is_read_as_it_was_typed(text: str) -> None:
    sheet = Sheet("S", widths=(10,), locked=False)
    sheet.put_table(Table("T", (Column("C"),), ((text,),)), 0)
    book = openpyxl.load_workbook(io.BytesIO(workbook(Book("T", (sheet,)), Labels("vi", {}))))
    value = unescape(book["S"]["A2"].value)

    assert value == (text if len(text) < 16_384 else f"{text[:-1]}…")


# --- usage ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--stage", FIRST, "--format", "xlsx"), "cần tên tệp"),
        (("--stage", "survey"), "không có bước survey"),
        ((), "--stage"),
    ],
    ids=["a workbook needs a file", "a stage with lines", "the stage is required"],
)
def test_a_wrong_call_is_one_clear_line(
    cycle: Repository, run_command: RunCommand, arguments: tuple[str, ...], said: str
) -> None:
    told = run_command("audit", "--year", "2024", *arguments, cwd=cycle.root)

    assert (told.code, told.stdout, len(told.stderr.splitlines())) == (2, "", 1)
    assert said in told.stderr


def test_a_year_that_nobody_can_read_is_refused_with_its_errors(cycle: Repository, run_command: RunCommand) -> None:
    cycle.write("data/2024/cycle.yml", "format: [\n")

    told = run_command("audit", "--year", "2024", "--stage", FIRST, cwd=cycle.root)

    assert (told.code, told.stdout) == (1, "")
    assert "data/2024/cycle.yml" in told.stderr

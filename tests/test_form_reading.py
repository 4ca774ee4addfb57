"""Forms that come back: what was typed changes those lines and no others, whatever people did to the sheets."""

from __future__ import annotations

import difflib
import hashlib
import io
import random
import subprocess
from collections.abc import Callable
from copy import copy
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import Repository, RunCommand
from formworlds import (
    COUNTS,
    DAY,
    EVIDENCE,
    HEAD,
    LINES,
    TINY,
    TOP,
    at,
    cell,
    codes,
    columns,
    edited,
    make,
    read,
    read_one,
    real,
    repository_in,
    tiny,
    typed,
)
from tiny import ROOT, snapshot_of

from pipeline.adapters import documents
from pipeline.core.forms.receipts import findings_text, progress_text
from pipeline.core.ground.nodes import plain
from pipeline.core.ground.problems import ParindexError
from pipeline.core.record.rules.judged import Judged
from pipeline.core.record.stages import KIND_OF, SURVEY
from pipeline.flows import forms
from pipeline.flows.snapshot import Snapshot
from pipeline.flows.wording import load_labels

STAGES = tuple(KIND_OF)

ALL = (*STAGES, SURVEY)
OWN = "data/2024/self-assessment/co-quan-a.yml"
WORLDS: dict[str, Callable[[], Snapshot]] = {"tiny": tiny, "2024": real}
AGENCIES = {name: tuple(world().world.years["2024"].agencies) for name, world in WORLDS.items()}


def changed_lines(before: bytes, after: bytes) -> list[str]:
    """Return the lines that differ, without the record of the form."""
    told = difflib.ndiff(before.decode().splitlines(), after.decode().splitlines())
    lines = [line for line in told if line[:1] in "+-"]
    record = ("+ form:", "+   sha256:", "+   name:", "+   received:", "+   content:")
    return [line for line in lines if not line.startswith(record)]


def the_file(received: Any, path: str = OWN) -> bytes:
    assert not received.refused, codes(received)
    return received.files[path]


@pytest.mark.parametrize("stage", ALL)
@pytest.mark.parametrize(("world", "agency"), [(w, a) for w, agencies in AGENCIES.items() for a in agencies])
def test_a_form_in_which_nothing_was_typed_changes_nothing(world: str, agency: str, stage: str) -> None:
    snapshot = WORLDS[world]()

    received = read_one(snapshot, make(snapshot, stage, agency))

    assert (dict(received.files), received.refused) == ({}, False), codes(received)


@pytest.mark.parametrize("body", ["so-noi-vu", "van-phong-ubnd"])
@pytest.mark.parametrize("stage", ["appraisal-1", "appraisal-2"])
def test_a_form_of_a_body_in_which_nothing_was_typed_changes_nothing(stage: str, body: str) -> None:
    received = read_one(real(), make(real(), stage, body=body))

    assert (dict(received.files), received.refused) == ({}, False), codes(received)


def test_a_form_in_english_reads_like_one_in_vietnamese() -> None:
    received = read_one(real(), make(real(), "self-assessment", "cuc-thue", lang="en"))

    assert (dict(received.files), received.refused) == ({}, False), codes(received)


SAVED_ELSEWHERE = {
    "saved by another program": lambda book: None,
    "rows in another order": lambda book: shuffled(book[LINES]),
    "rows hidden": lambda book: [setattr(book[LINES].row_dimensions[n], "hidden", True) for n in range(8, 20)],
    "rows put in between": lambda book: book[LINES].insert_rows(9, 3),
    "lines above the headers": lambda book: [page.insert_rows(1, 7) for page in book.worksheets if page.title == LINES],
    "columns moved": lambda book: [reordered(book[name]) for name in (LINES, EVIDENCE, HEAD)],
    "sheets renamed": lambda book: [setattr(page, "title", f"Trang {n}") for n, page in enumerate(book.worksheets)],
    "sheets in another order": lambda book: setattr(book, "_sheets", book._sheets[::-1]),
    "a sheet of one's own": lambda book: book.create_sheet("Nháp", 0).append(["Mã", "Mã mục", "chỉ là nháp"]),
    "headers in capitals": lambda book: [
        setattr(c, "value", str(c.value).upper()) for c in book[LINES][TOP] if c.value
    ],
    "a note beside the table": lambda book: setattr(book[LINES]["Z9"], "value", "xem lại"),
}


def shuffled(page: Any) -> None:
    """Put the rows below the headers into another order, as sorting does."""
    rows = [[copy(found.value) for found in row] for row in page.iter_rows(min_row=TOP + 1)]
    rows = [[None if isinstance(v, str) and v.startswith("=") else v for v in row] for row in rows]
    random.Random(7).shuffle(rows)  # noqa: S311 - any order will do
    for number, row in enumerate(rows, TOP + 1):
        for column, value in enumerate(row, 1):
            page.cell(number, column).value = value


def reordered(page: Any) -> None:
    """Turn the columns of a sheet round."""
    width = page.max_column
    rows = [[found.value for found in row] for row in page.iter_rows(min_row=TOP)]
    for number, row in enumerate(rows, TOP):
        for column, value in enumerate(row, 1):
            new = value if not (isinstance(value, str) and value.startswith("=")) else None
            page.cell(number, width + 1 - column).value = new


@pytest.mark.parametrize("name", sorted(SAVED_ELSEWHERE))
def test_what_people_do_to_the_sheets_does_no_harm(name: str) -> None:
    received = read_one(tiny(), edited(make(tiny(), "self-assessment", "co-quan-a"), SAVED_ELSEWHERE[name]))

    assert (dict(received.files), received.refused) == ({}, False), [
        (f.problem.code, f.cell) for f in received.findings
    ]


SCORE, ANSWER, NOTE = "Điểm tự chấm", "Trả lời", "Ghi chú (không công bố)"
CHANGES = [
    pytest.param([("2.2", SCORE, 1.5)], ["-     score: 1.75", "+     score: 1.5"], id="a score"),
    pytest.param([("2.2", NOTE, "Đã sửa")], ["+     note: Đã sửa"], id="a note that was not there"),
    pytest.param(
        [("1.1.2", ANSWER, 46, "done"), ("1.1.2", SCORE, None)],
        [
            "-     answer: {done: 45, assigned: 50}",
            "+     answer: {done: 46, assigned: 50}",
            "-     score: 1.8",
            "+     score: 1.84",
        ],
        id="an answer, and the rule's points where the score is left empty",
    ),
    pytest.param(
        [("1.2", ANSWER, "Không", "bao-cao"), ("1.2", SCORE, None)],
        [
            "-     answer: [ke-hoach, bao-cao, hoi-nghi]",
            "+     answer: [ke-hoach, hoi-nghi]",
            "-     score: 1.5",
            "+     score: 1",
        ],
        id="an item of a checklist",
    ),
    pytest.param(
        [("1.3", ANSWER, 2, "bao-cao-muon"), ("1.3", ANSWER, 1, "bao-cao-thieu"), ("1.3", SCORE, None)],
        [
            "-     answer: {bao-cao-muon: 1}",
            "+     answer: {bao-cao-muon: 2, bao-cao-thieu: 1}",
            "-     score: 1.25",
            "+     score: 0.5",
        ],
        id="faults",
    ),
    pytest.param(
        [("2.3", ANSWER, 0, "done"), ("2.3", ANSWER, 0, "assigned"), ("2.3", SCORE, None)],
        [
            "-     answer: {done: 96, assigned: 100}",
            "-     score: 2",
            "+     answer: {done: 0, assigned: 0}",
            "+     not_applicable: không phát sinh (0/0)",
        ],
        id="nothing assigned, so that the leaf does not apply",
    ),
    pytest.param(
        [
            ("4.1", ANSWER, None, "sang-kien"),
            ("4.1", ANSWER, None, "vi-pham"),
            ("4.1", SCORE, None),
            ("4.1", "Số, ký hiệu", None, "", EVIDENCE),
            ("4.1", "Ngày ban hành", None, "", EVIDENCE),
            ("4.1", "Cơ quan ban hành", None, "", EVIDENCE),
        ],
        [
            '-   "4.1":',
            "-     answer: {sang-kien: 1}",
            "-     score: 0.5",
            "-     evidence:",
            "-       - {number: 77/QĐ-MH, date: 2024-10-10, issuer: so-noi-vu}",
        ],
        id="a line that is taken away",
    ),
    pytest.param(
        [("report.number", "Nội dung", "102/BC", "", HEAD)],
        ["- report: {number: 101/BC-CQA-MH, date: 2024-12-02}", "+ report: {number: 102/BC, date: 2024-12-02}"],
        id="the report's number",
    ),
    pytest.param(
        [("1.1.1", "Trích yếu", "Kế hoạch", "", EVIDENCE)],
        [
            "-       - {number: 01/KH-CQA-MH, date: 2024-01-12}",
            "+       - {number: 01/KH-CQA-MH, date: 2024-01-12, title: Kế hoạch}",
        ],
        id="the title of a document",
    ),
]


@pytest.mark.parametrize(("entries", "lines"), CHANGES)
def test_what_was_typed_changes_those_lines_and_no_others(entries: list[Any], lines: list[str]) -> None:
    received = read_one(tiny(), typed(make(tiny(), "self-assessment", "co-quan-a"), *entries))

    assert sorted(lines) == sorted(changed_lines(TINY[OWN], the_file(received)))


def test_comments_and_order_of_the_file_stay() -> None:
    text = TINY[OWN].decode().replace('  "2.2":\n', '  # chờ Văn phòng xác nhận\n  "2.2":   # xem biên bản\n')
    snapshot = snapshot_of({**TINY, OWN: text.encode()})

    received = read_one(snapshot, typed(make(snapshot, "self-assessment", "co-quan-a"), ("2.2", SCORE, 1.5)))

    assert changed_lines(text.encode(), the_file(received)) == ["-     score: 1.75", "+     score: 1.5"]


def test_the_original_is_recorded_and_reading_twice_changes_nothing() -> None:
    data = typed(make(tiny(), "self-assessment", "co-quan-a"), ("2.2", SCORE, 1.5))
    found = the_file(read_one(tiny(), data, "Phiếu CQA.xlsx"))
    again = read_one(snapshot_of({**TINY, OWN: found}), data, "Phiếu CQA.xlsx")

    digest = hashlib.sha256(data).hexdigest()
    assert f"form:\n  sha256: {digest}\n  name: Phiếu CQA.xlsx\n  received: {DAY}\n" in found.decode()
    assert dict(again.files) == {}


def test_a_new_file_begins_with_its_head_and_is_received_on_the_day() -> None:
    snapshot = snapshot_of({path: data for path, data in TINY.items() if not path.endswith("/co-quan-a.yml")})
    entries = [
        ("report.number", "Nội dung", "7/BC-CQA-MH", "", HEAD),
        ("signed_by", "Nội dung", "Thủ trưởng", "", HEAD),
        ("1.1.1", ANSWER, "Đúng hạn"),
        ("1.1.1", "Số, ký hiệu", "1/KH-MH", "", EVIDENCE),
        ("1.1.1", "Ngày ban hành", date(2024, 1, 12), "", EVIDENCE),
        ("2.2", SCORE, 1.5),
    ]
    data = typed(make(snapshot, "self-assessment", "co-quan-a"), *entries)

    received = read_one(snapshot, data)

    expected = f"""\
format: 1
report:
  number: 7/BC-CQA-MH
signed_by: Thủ trưởng
received: {DAY}
form:
  sha256: {hashlib.sha256(data).hexdigest()}
  name: phieu.xlsx
  received: {DAY}
  content: {received.contents[0].digest}
lines:
  "1.1.1":
    answer: dung-han
    score: 1
    evidence:
      - number: 1/KH-MH
        date: 2024-01-12
  "2.2":
    score: 1.5
"""
    assert expected == the_file(received).decode()
    assert (received.done, received.owed) == (2, 9)


UNDERSTOOD = [
    pytest.param("2.2", SCORE, "", "1.5", Decimal("1.5"), id="a number as text"),
    pytest.param("2.2", SCORE, "", "1,5", Decimal("1.5"), id="a decimal comma"),
    pytest.param("2.2", SCORE, "", " 1,50 ", Decimal("1.5"), id="spaces around a number"),
    pytest.param("1.1.2", ANSWER, "assigned", "318.900", Decimal(318900), id="of counts a dot parts thousands"),
    pytest.param("1.1.2", ANSWER, "assigned", "318,900", Decimal(318900), id="of counts a comma parts thousands"),
    pytest.param("1.1.2", ANSWER, "assigned", "-318.900", None, id="less than nothing"),
    pytest.param("2.1", ANSWER, "", "318.900", None, id="of percents a dot could part thousands or decimals"),
    pytest.param("1.1.2", ANSWER, "assigned", "1.318.900", Decimal(1318900), id="two dots part thousands"),
    pytest.param("3.1", ANSWER, "", "1.318,5", Decimal("1318.5"), id="dot and comma, as in Vietnamese"),
    pytest.param("3.1", ANSWER, "", "1,318.5", Decimal("1318.5"), id="comma and dot, as in English"),
    pytest.param("1.1.2", ANSWER, "assigned", "318 900", Decimal(318900), id="a space parts thousands"),
    pytest.param("1.3", ANSWER, "bao-cao-muon", "2.000", Decimal(2000), id="of whole numbers a dot parts thousands"),
]


@pytest.mark.parametrize(("code", "header", "part", "text", "number"), UNDERSTOOD)
def test_a_number_is_understood_and_said_or_asked_back(
    code: str, header: str, part: str, text: str, number: Any
) -> None:
    received = read_one(tiny(), typed(make(tiny(), "self-assessment", "co-quan-a"), (code, header, text, part)))

    if number is None:
        told = {found.problem.code for found in received.findings if found.problem.is_error}
        assert [c for c in told if c.startswith("form-")] == [
            "form-not-whole" if text.startswith("-") else "form-not-a-number"
        ]
    else:
        line = written(received)[code]
        found = line["score"] if header == SCORE else line["answer"][part] if part else line["answer"]
        assert (number, 1) == (found, len(at(received, "form-understood")))


OR = "(đọc được theo hai cách; cách kia là ngày"
TAKEN = [
    ("2.2", SCORE, LINES, "1,5", "Ô ghi “1,5”, được hiểu là số 1,5."),
    (
        "report.date",
        "Nội dung",
        HEAD,
        "3.11.2024",
        f"Ô ghi “3.11.2024”, được hiểu là ngày 3 tháng 11 năm 2024 {OR} 11 tháng 3).",
    ),
]


@pytest.mark.parametrize(("code", "header", "sheet", "text", "said"), TAKEN)
def test_what_a_cell_was_taken_for_is_said_in_words(code: str, header: str, sheet: str, text: str, said: str) -> None:
    def change(book: Any) -> None:
        cell(book, code, header, sheet=sheet).value = text

    received = read_one(tiny(), edited(make(tiny(), "self-assessment", "co-quan-a"), change))
    found = [finding.problem for finding in received.findings if finding.problem.code == "form-understood"]

    assert [said] == [load_labels("vi").message(problem) for problem in found]


def written(received: Any, path: str = OWN) -> Any:
    root = documents.read(path, the_file(received, path)).root
    assert root is not None
    found = plain(root)
    assert isinstance(found, dict)
    return found["lines"] if path == OWN else found


DAYS = [
    ("03/11/2024", "2024-11-03"),
    ("3-11-2024", "2024-11-03"),
    ("3.11.2024", "2024-11-03"),
    ("ngày 03 tháng 11 năm 2024", "2024-11-03"),
    ("2024-11-03", "2024-11-03"),
    ("2024/11/3", "2024-11-03"),
    (45599, "2024-11-03"),
    (datetime(2024, 11, 3, 15, 30), "2024-11-03"),  # noqa: DTZ001 - workbooks know no time zone
    (date(2024, 11, 3), "2024-11-03"),
]


@pytest.mark.parametrize(("value", "day"), DAYS, ids=str)
def test_a_day_is_understood_as_vietnamese_write_it(value: Any, day: str) -> None:
    def change(book: Any) -> None:
        found = cell(book, "report.date", "Nội dung", sheet=HEAD)
        found.value = value
        if isinstance(value, int):
            found.number_format = "General"

    received = read_one(tiny(), edited(make(tiny(), "self-assessment", "co-quan-a"), change))

    assert f"date: {day}}}" in the_file(received).decode().splitlines()[1]


@pytest.mark.parametrize(
    ("typed_day", "said"),
    [
        ("05/11/2024", None),  # as the guide says
        ("25/12/2024", None),
        ("2024-11-05", None),
        ("1/2/2024", f"Ô ghi “1/2/2024”, được hiểu là ngày 1 tháng 2 năm 2024 {OR} 2 tháng 1)."),
        ("05-12-2024", f"Ô ghi “05-12-2024”, được hiểu là ngày 5 tháng 12 năm 2024 {OR} 12 tháng 5)."),
        ("25-12-2024", "Ô ghi “25-12-2024”, được hiểu là ngày 25 tháng 12 năm 2024."),
        ("3/3/2024", "Ô ghi “3/3/2024”, được hiểu là ngày 3 tháng 3 năm 2024."),
        ("5 tháng 12 năm 2024", "Ô ghi “5 tháng 12 năm 2024”, được hiểu là ngày 5 tháng 12 năm 2024."),
        ("05-12-24", "Ô ghi 05-12-24, không đọc được là một ngày."),
        ("12/25/2024", "Ô ghi 12/25/2024, không đọc được là một ngày."),
    ],
)
def test_a_day_typed_otherwise_than_the_guide_says_is_never_read_in_silence(typed_day: str, said: str | None) -> None:
    received = read_one(tiny(), typed(make(tiny(), "self-assessment", "co-quan-a"), *day_of_report(typed_day)))
    told = [load_labels("vi").message(one.problem) for one in received.findings if one.problem.code.startswith("form-")]

    assert told == ([said] if said else [])


def older_header(book: Any) -> None:
    page = book[LINES]
    page.cell(TOP, columns(page)["Mã mục"]).value = "Mục"  # as forms called it that were issued before


def without_ids(book: Any) -> None:
    page = book[LINES]
    at = columns(page)["Mã mục"]
    for row in range(TOP, page.max_row + 1):
        page.cell(row, at).value = None


@pytest.mark.parametrize("change", [older_header, without_ids])
def test_the_rows_of_an_answer_are_known_by_an_older_header_or_by_their_words(change: Callable[[Any], None]) -> None:
    whole = typed(make(tiny(), "self-assessment", "co-quan-a"), ("1.1.2", ANSWER, 7, "done"), ("1.1.2", SCORE, None))

    received = read_one(tiny(), edited(whole, change))

    assert (codes(received), written(received)) == (codes(read_one(tiny(), whole)), written(read_one(tiny(), whole)))
    assert written(received)["1.1.2"]["answer"]["done"] == 7


def test_nothing_is_said_of_the_older_header_of_an_english_form() -> None:
    def change(book: Any) -> None:
        page = book["Scores"]
        page.cell(TOP, columns(page)["Item code"]).value = "Part"

    assert codes(read_one(tiny(), edited(make(tiny(), "self-assessment", "co-quan-a", lang="en"), change))) == []


def test_a_row_of_an_answer_is_named_by_its_words() -> None:
    made = make(tiny(), "self-assessment", "co-quan-a")

    def twice(book: Any) -> None:
        for header in ("Mã", "Mã mục"):
            cell(book, "1.1.2", header, "done").offset(1).value = cell(book, "1.1.2", header, "done").value

    found = read_one(tiny(), edited(made, twice)).findings
    told = [load_labels("vi").message(one.problem) for one in found if one.problem.code.startswith("form-row")]

    assert told == ["Không có dòng 1.1.2 – Tổng số được giao.", "Dòng 1.1.2 – Số đã hoàn thành có hai lần."]


def day_of_report(text: str) -> tuple[tuple[str, str, str, str, str], ...]:
    return (("report.date", "Nội dung", text, "", HEAD),)


def test_a_day_stands_in_a_form_as_text_that_no_program_turns_round() -> None:
    book = openpyxl.load_workbook(io.BytesIO(make(real(), "self-assessment", "cuc-thue")))
    found = cell(book, "report.date", "Nội dung", sheet=HEAD)

    assert (found.value, found.number_format, found.data_type) == ("03/12/2024", "@", "s")


def test_a_percentage_is_taken_as_the_number_it_shows() -> None:
    def change(book: Any) -> None:
        for part in ("done", "assigned"):
            cell(book, "2.1", ANSWER, part).value = None
        found = cell(book, "2.1", ANSWER)
        found.value, found.number_format = 0.962, "0.0%"

    received = read_one(tiny(), edited(make(tiny(), "self-assessment", "co-quan-a"), change))

    assert Decimal("96.2") == written(received)["2.1"]["answer"]
    assert at(received, "form-understood") == ["Biểu chấm!G20"]
    assert "Ô ghi “96,2%”, được hiểu là số 96,2." in findings_text(received, load_labels("vi"))


@pytest.mark.parametrize("word", ["x", "X", "Có", "CÓ", "co", "✓", "đạt", 1, True])
def test_yes_has_many_words(word: Any) -> None:
    data = typed(make(tiny(), "self-assessment", "co-quan-a"), ("1.2", ANSWER, word, "bao-cao"))

    assert dict(read_one(tiny(), data).files) == {}


def test_what_shows_nothing_in_a_pasted_text_is_dropped_and_said_once() -> None:
    pasted = (
        ("1.2", ANSWER, "✔\ufe0f", "bao-cao"),
        ("2.2", SCORE, "\u200b1,5"),
        ("2.2", NOTE, "Đã\u00ad gửi\u200b \ufeff"),
    )
    data = typed(make(tiny(), "self-assessment", "co-quan-a"), *pasted)

    received = read_one(tiny(), data)

    line = written(received)["2.2"]
    assert (line["score"], line["note"]) == (Decimal("1.5"), "Đã gửi")
    assert "3 ô có khoảng trắng thừa hoặc ký tự ẩn, đã bỏ" in findings_text(received, load_labels("vi"))


@pytest.mark.parametrize("words", ["Muộn đến 15 ngày", "muộn  đến 15 ngày ", "qua-han", "Muo\u0323\u0302n đến 15 ngày"])
def test_an_option_is_chosen_by_its_words_or_its_id(words: str) -> None:
    data = typed(make(tiny(), "self-assessment", "co-quan-a"), ("1.1.1", ANSWER, words), ("1.1.1", SCORE, None))

    line = written(read_one(tiny(), data))["1.1.1"]

    assert ("qua-han", Decimal("0.5")) == (line["answer"], line["score"])


def test_problems_of_the_form_and_of_the_laws_are_told_at_once_each_at_its_cell() -> None:
    entries = [
        ("1.1.1", ANSWER, "Gần đúng hạn"),
        ("1.1.2", SCORE, 1.9),
        ("1.2", SCORE, None),
        ("2.2", SCORE, 3),
        ("2.3", ANSWER, 101, "done"),
        ("1.1.1", "Ngày ban hành", "31/02/2024", "", EVIDENCE),
    ]
    received = read_one(tiny(), typed(make(tiny(), "self-assessment", "co-quan-a"), *entries))

    told = {(found.problem.code, found.cell) for found in received.findings if found.problem.is_error}
    assert {
        ("form-not-an-option", "Biểu chấm!G7"),
        ("score-off-rule", "Biểu chấm!I8"),
        ("score-over-maximum", "Biểu chấm!I23"),
        ("answer-not-valid", "Biểu chấm!G25"),
        ("form-not-a-day", "Tài liệu kiểm chứng!E5"),
    } == told


PLACED = [
    pytest.param(
        [("signed_by", "Nội dung", None, "", HEAD)], "missing-key", "Thông tin chung!C10", id="a field of the head"
    ),
    pytest.param(
        [("1.1.1", "Số, ký hiệu", None, "", EVIDENCE)], "missing-key", "Tài liệu kiểm chứng!D5", id="a number"
    ),
    pytest.param([("1.1.1", ANSWER, None)], "answer-missing", "Biểu chấm!G7", id="an answer"),
]


@pytest.mark.parametrize(("entries", "code", "place"), PLACED)
def test_what_is_missing_is_said_at_its_own_cell(entries: list[Any], code: str, place: str) -> None:
    received = read_one(tiny(), typed(make(tiny(), "self-assessment", "co-quan-a"), *entries))

    assert [place] == [found for found in at(received, code) if found]


def test_a_reason_that_is_missing_is_said_at_its_cell() -> None:
    data = typed(make(tiny(), "appraisal-1", "co-quan-a"), ("1.1.2", "Lý do", None))

    assert [place.partition("!")[2][0] for place in at(read_one(tiny(), data), "reason-missing")] == ["M"]


def test_a_law_speaks_of_cells_to_people_who_never_see_a_file() -> None:
    entries = [("signed_by", "Nội dung", None, "", HEAD), ("1.1.2", SCORE, 1.5), ("1.3", ANSWER, -1, "bao-cao-muon")]
    received = read_one(tiny(), typed(make(tiny(), "self-assessment", "co-quan-a"), *entries))

    told = {language: findings_text(received, load_labels(language)) for language in ("vi", "en")}
    assert "Chưa điền mục bắt buộc “Chức vụ người ký”.\n    Cách sửa: Điền ô này." in told["vi"]
    assert "ghi 1,5 điểm" in told["vi"]
    assert [
        word for word in ("signed_by", "answer", "›", "thụt đầu dòng") if word in told["vi"].replace("-answer", "")
    ] == []
    assert [word for word in ("signed_by", "›", "indented") if word in told["en"]] == []


def test_what_only_follows_from_a_cell_that_cannot_be_read_is_not_said() -> None:
    entries = [
        ("1.1.2", ANSWER, "45/50", "done"),
        ("1.1.2", ANSWER, None, "assigned"),
        ("1.3", ANSWER, 0.5, "bao-cao-muon"),
        ("2.2", NOTE, "a" * 5000),
        ("2.2", SCORE, 3),
    ]
    received = read_one(tiny(), typed(make(tiny(), "self-assessment", "co-quan-a"), *entries))

    told = {(found.problem.code, found.cell) for found in received.findings if found.problem.is_error}
    assert {
        ("form-not-a-number", "Biểu chấm!G9"),
        ("form-not-whole", "Biểu chấm!G16"),
        ("form-text-too-long", "Biểu chấm!K23"),
        ("score-over-maximum", "Biểu chấm!I23"),
    } == told


def test_points_typed_over_the_formula_are_not_taken_and_said() -> None:
    points = "Điểm theo cách chấm"
    data = make(tiny(), "self-assessment", "co-quan-a")
    typed_over, pasted = (read_one(tiny(), typed(data, ("1.1.2", points, number))) for number in (2, 1.8))

    assert (at(typed_over, "form-locked-changed"), dict(typed_over.files)) == (["Biểu chấm!H8"], {})
    assert codes(pasted) == []


def test_a_line_break_that_a_program_wrote_as_an_escape_is_a_line_break() -> None:
    escaped = typed(make(tiny(), "self-assessment", "co-quan-a"), ("2.2", NOTE, "Dòng một_x000D_\nDòng hai"))
    found = written(read_one(tiny(), escaped))["2.2"]["note"]

    assert found == "Dòng một\nDòng hai"


def test_a_text_that_looks_like_an_escape_survives() -> None:
    snapshot = snapshot_of({**TINY, OWN: TINY[OWN].replace(b'  "2.2":\n', b'  "2.2":\n    note: a_x0041_b\n')})

    assert dict(read_one(snapshot, make(snapshot, "self-assessment", "co-quan-a")).files) == {}


@pytest.mark.parametrize(
    ("number", "several"),
    [
        ("10/KH-CT; 11/KH-CT", True),
        ("10/KH-CT, 11/KH-CT", True),
        ("10/KH-CT\n118-TB/VPTU", True),
        ("Số 10/KH-CT và 11/KH-CT", True),
        ("30/2020/NĐ-CP", False),
        ("41/SNV-CCHC", False),
        ("118-TB/VPTU", False),
        ("Biên bản ngày 3/12", False),
    ],
)
def test_several_documents_in_one_cell_are_said(number: str, several: bool) -> None:  # noqa: FBT001
    received = read_one(
        tiny(), typed(make(tiny(), "self-assessment", "co-quan-a"), ("1.1.1", "Số, ký hiệu", number, "", EVIDENCE))
    )

    assert [several] == [bool(at(received, "form-several-documents"))]


def test_what_is_missing_is_said_at_the_row_of_its_criterion() -> None:
    data = typed(make(tiny(), "self-assessment", "co-quan-a"), ("2.2", SCORE, None))

    received = read_one(tiny(), data)

    assert (at(received, "line-missing"), received.contents[0].missing) == (["Biểu chấm!A23"], ("2.2",))


def test_a_body_fills_its_own_lines_of_every_agency_and_is_named_where_it_gives_a_reason() -> None:
    data = make(real(), "appraisal-1", body="so-tai-chinh")

    def change(book: Any) -> None:
        page, head = book[LINES], columns(book[LINES])
        for row in range(TOP + 1, page.max_row + 1):
            if (page.cell(row, head["Cơ quan"]).value, page.cell(row, head["Mã"]).value) == ("Cục Thuế", "6.1.2"):
                page.cell(row, head["Điểm thẩm định"]).value = 0.86
                page.cell(row, head["Số liệu đúng (chỉ khi sửa)"] + 0).value = None
                page.cell(row, head["Lý do"]).value = "Số liệu Kho bạc thấp hơn"
                return

    received = read_one(real(), edited(data, change))

    path = "data/2024/appraisal-1/cuc-thue.yml"
    assert [path] == list(received.files)
    assert changed_lines(real().tree.files[path].data, received.files[path]) == [
        "-     score: 0.89",
        "+     score: 0.86",
        "+     reason: Số liệu Kho bạc thấp hơn",
        "+     by: so-tai-chinh",
    ]


def test_a_body_may_have_a_form_for_one_agency_alone() -> None:
    (form,) = forms.forms_of(
        real(), "2024", "appraisal-1", agencies=["cuc-thue"], body="so-tai-chinh", labels=load_labels("vi")
    )
    received = read_one(real(), forms.make(real(), form), forms.name_of(form))

    assert forms.name_of(form) == "2024_appraisal-1_cuc-thue_so-tai-chinh.xlsx"
    assert (dict(received.files), received.refused) == ({}, False), codes(received)


def test_a_form_that_could_not_be_read_back_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.adapters.spreadsheets.MAX_CELLS", 100)

    with pytest.raises(ParindexError, match="form-too-big"):
        make(tiny(), "self-assessment", "co-quan-a")


def test_counts_and_sipas_of_a_survey_come_back() -> None:
    data = make(tiny(), SURVEY, "co-quan-a")

    def change(book: Any) -> None:
        page, head = book[COUNTS], columns(book[COUNTS])
        page.cell(TOP + 1, head["Rất tốt"]).value = 9
        cell(book, "nguoi-dan.sipas", "Nội dung", sheet=HEAD).value = "88,5"

    received = read_one(tiny(), edited(data, change))

    changed = {
        path: [line.strip() for line in changed_lines(TINY[path], found) if line.startswith("+")]
        for path, found in received.files.items()
    }
    assert [path.split("/")[3] for path in changed] == ["lanh-dao-so", "nguoi-dan"]
    assert "rat-tot: 9" in changed["data/2024/survey/lanh-dao-so/co-quan-a.yml"][0]
    assert changed["data/2024/survey/nguoi-dan/co-quan-a.yml"] == ["+ sipas: 88.5"]
    assert [f"{COUNTS}!B5"] == at(received, "counts-do-not-add-up")


def test_two_bodies_fill_one_file_in_one_go() -> None:
    def scored(body: str, code: str, score: float) -> bytes:
        def change(book: Any) -> None:
            found = cell(book, code, "Điểm thẩm định")  # the first agency that is listed
            found.value = score
            book[LINES].cell(found.row, columns(book[LINES])["Lý do"]).value = "Xem lại"

        return edited(make(tiny(), "appraisal-1", body=body), change)

    inputs = [("a.xlsx", scored("so-noi-vu", "1.2", 1)), ("b.xlsx", scored("van-phong-ubnd", "2.2", 1))]
    *_, last = read(tiny(), *inputs)

    (found,) = last.files.values()
    assert found.count(b"reason: Xem l") == 2


@pytest.mark.parametrize(("also", "refused"), [((), False), ((("2.1", SCORE, "1 điểm"),), True)])
def test_what_is_wrong_with_one_form_of_a_go_is_told_of_no_other(also: tuple[Any, ...], refused: bool) -> None:  # noqa: FBT001
    good = typed(make(tiny(), "self-assessment", "co-quan-a"), ("2.2", NOTE, "Đã xem lại"))
    wrong = typed(make(tiny(), "self-assessment", "co-quan-b"), ("2.2", SCORE, 0.33), *also)

    for inputs in ((("a.xlsx", good), ("b.xlsx", wrong)), (("b.xlsx", wrong), ("a.xlsx", good))):
        received = {entry.name: entry for entry in read(tiny(), *inputs)}

        assert (codes(received["a.xlsx"]), [*received["a.xlsx"].files]) == (codes(read_one(tiny(), good)), [OWN])
        assert (received["b.xlsx"].refused, "score-off-rule" in codes(received["b.xlsx"])) == (refused, True)


def changed_score(points: float, *, stage: str = "self-assessment") -> bytes:
    return typed(make(tiny(), stage, "co-quan-a"), ("2.2", SCORE, points))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)], ids=str)
def test_of_a_form_that_came_twice_nobody_guesses_which_one_counts(order: tuple[int, ...]) -> None:
    forms_of_all = [
        ("phieu.xlsx", changed_score(1.5)),
        ("phieu (1).xlsx", changed_score(1.25)),
        ("b.xlsx", typed(make(tiny(), "self-assessment", "co-quan-b"), ("2.2", SCORE, 0.25))),
    ]
    received = {entry.name: entry for entry in read(tiny(), *(forms_of_all[n] for n in order))}

    assert {
        name: (codes(entry)[:1] == ["form-twice"], dict(entry.files) == {}) for name, entry in received.items()
    } == {
        "phieu.xlsx": (True, True),
        "phieu (1).xlsx": (True, True),
        "b.xlsx": (False, False),
    }


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            "Xong thì lưu dưới dạng .xlsx và gửi lại đúng tệp này. Được sắp xếp, lọc, ẩn dòng; không sửa mã tiêu chí.",
            [],
        ),
        ("Đề nghị cộng thêm một điểm ở tiêu chí 2.2 vì năm nay đơn vị được giao thêm việc.", ["form-cells-not-read"]),
    ],
)
def test_help_in_the_words_of_an_older_version_is_no_note(words: str, told: list[str]) -> None:
    def change(book: Any) -> None:
        page = book["Hướng dẫn"]
        row = next(row for row in range(1, 30) if str(page.cell(row, 2).value).startswith("Xong thì"))
        page.cell(row, 2).value = words

    assert codes(read_one(tiny(), edited(make(tiny(), "self-assessment", "co-quan-a"), change))) == told


def test_a_copy_of_a_form_does_no_harm() -> None:
    first, second = read(tiny(), ("a.xlsx", changed_score(1.5)), ("b.xlsx", changed_score(1.5)))

    assert (codes(first), len(first.files), codes(second), dict(second.files)) == ([], 1, [], {})


def test_comments_stand_at_the_cells_and_two_copies_are_the_same_bytes(tmp_path: Path, run_command: RunCommand) -> None:
    root = repository_in(tmp_path)
    file = tmp_path / "phieu.xlsx"
    file.write_bytes(typed(make(tiny(), "self-assessment", "co-quan-a"), ("2.2", SCORE, "ba")))
    told = []
    for _ in range(2):
        assert run_command("--repo", str(root), "form", "read", str(file), "--annotate", "--today", DAY).code == 1
        told.append((tmp_path / "phieu.ghi-chu.xlsx").read_bytes())

    book = openpyxl.load_workbook(io.BytesIO(told[0]))
    assert told[0] == told[1]
    assert "ba" in book[LINES]["I23"].comment.text
    assert not book.properties.creator


def test_a_copy_with_comments_that_comes_back_corrected_is_a_form_like_any_other(
    tmp_path: Path, run_command: RunCommand
) -> None:
    root, box = repository_in(tmp_path), tmp_path / "hop-thu"
    box.mkdir()
    copied, original = box / "phieu.ghi-chu.xlsx", box / "phieu.xlsx"
    original.write_bytes(typed(make(tiny(), "self-assessment", "co-quan-a"), ("2.2", SCORE, "ba")))
    what = ("--repo", str(root), "form", "read", str(box), "--annotate", "--today", DAY)
    assert run_command(*what).code == 1
    assert "phieu.ghi-chu.xlsx`" not in run_command(*what).stdout
    original.unlink()

    as_it_is = read_one(tiny(), copied.read_bytes())
    copied.write_bytes(typed(copied.read_bytes(), ("2.2", SCORE, 1.5)))

    assert [code for code in codes(as_it_is) if code.startswith("form-")] == ["form-not-a-number"]
    assert run_command(*what).code == 0
    assert b"score: 1.5" in (root / OWN).read_bytes()


@pytest.fixture
def tiny_repository(repository: Repository) -> Repository:
    repository.copy(ROOT / "schemas", "schemas")
    repository.write_all(TINY)
    repository.commit("data", date="2024-12-05T08:00:00+07:00")
    return repository


def test_a_folder_is_read_in_one_go_with_a_table(
    tmp_path: Path, tiny_repository: Repository, run_command: RunCommand
) -> None:
    box = tmp_path / "hop-thu"
    box.mkdir()
    (box / "a.xlsx").write_bytes(typed(make(tiny(), "self-assessment", "co-quan-a"), ("2.2", SCORE, 1.5)))
    (box / "b.xlsx").write_bytes(make(tiny(), "self-assessment", "co-quan-b"))
    (box / "c.xlsx").write_bytes(b"PK\x03\x04")

    done = run_command("--repo", str(tiny_repository.root), "form", "read", str(box))

    assert done.code == 1
    assert ["|".join(line.split("|")[:4]) + "|" for line in done.stdout.splitlines() if line.startswith("| `")] == [
        "| `a.xlsx` | 2024 · Tự chấm · CQA | 9/9 tiêu chí |",
        "| `b.xlsx` | 2024 · Tự chấm · CQB | 9/9 tiêu chí |",
        "| `c.xlsx` | – | – |",
    ]
    assert b"score: 1.5" in (tiny_repository.root / OWN).read_bytes()


def test_a_proposal_is_a_branch_in_the_submitters_name_and_moves_nothing_else(
    tmp_path: Path, tiny_repository: Repository, run_command: RunCommand
) -> None:
    data = typed(make(tiny(), "self-assessment", "co-quan-a"), ("2.2", SCORE, None))
    (tmp_path / "phieu.xlsx").write_bytes(data)
    arguments = ("form", "read", "--propose", "--name", "Chuyên viên", "--email", "cv@cqa.invalid")
    head, before = tiny_repository.git("rev-parse", "HEAD"), tiny_repository.git("status", "--porcelain")

    done = run_command("--repo", str(tiny_repository.root), *arguments, str(tmp_path / "phieu.xlsx"))

    branch = "form/2024/self-assessment/co-quan-a"
    assert (head, before) == (tiny_repository.git("rev-parse", "HEAD"), tiny_repository.git("status", "--porcelain"))
    assert f"Chuyên viên <cv@cqa.invalid>|2024 · Tự chấm · CQA: 8/9 tiêu chí|{head}" == tiny_repository.git(
        "log", "-1", "--format=%an <%ae>|%s|%P", branch
    )
    assert tiny_repository.git("diff", "--name-only", head, branch) == OWN
    assert hashlib.sha256(data).hexdigest() in done.stdout
    assert f"| Nhánh | `{branch} {tiny_repository.git('rev-parse', branch)[:12]}` |" in done.stdout
    assert "- 2.2 Chất lượng hướng dẫn thủ tục" in done.stdout

    again = run_command("--repo", str(tiny_repository.root), *arguments, str(tmp_path / "phieu.xlsx"))
    assert "không có gì thay đổi" in again.stdout
    assert f"{head}" == tiny_repository.git("rev-parse", f"{branch}~1")


def test_in_one_go_a_second_form_for_a_branch_is_refused(
    tmp_path: Path, tiny_repository: Repository, run_command: RunCommand
) -> None:
    box = tmp_path / "hop-thu"
    (box / "thu 2").mkdir(parents=True)
    (box / "phieu.xlsx").write_bytes(changed_score(1.5))
    (box / "thu 2" / "phieu.xlsx").write_bytes(changed_score(1.25))
    who = ("--name", "Chuyên viên", "--email", "cv@cqa.invalid")

    done = run_command("--repo", str(tiny_repository.root), "form", "read", "--propose", *who, str(box))

    assert (done.code, "thu 2/phieu.xlsx: lỗi form-twice" in done.stdout) == (1, True)
    assert "name: phieu.xlsx" in tiny_repository.git("show", f"form/2024/self-assessment/co-quan-a:{OWN}")


def test_folders_in_a_folder_are_read_and_hidden_ones_are_not(
    tmp_path: Path, tiny_repository: Repository, run_command: RunCommand
) -> None:
    box = tmp_path / "hop-thu"
    for folder in ("cqa", ".luu"):
        (box / folder).mkdir(parents=True)
        (box / folder / "phieu.xlsx").write_bytes(changed_score(1.5))

    done = run_command("--repo", str(tiny_repository.root), "form", "read", str(box))

    assert (done.code, b"name: phieu.xlsx" in (tiny_repository.root / OWN).read_bytes()) == (0, True)
    assert "| Tệp nhận được | `cqa/phieu.xlsx` |" in done.stdout


ACCESS = """\
format: 1
roles:
  co-quan: {writes: [self-assessment, explanation], agencies: own}
  giam-sat: {writes: [], agencies: own}
people:
  can-bo-cqa: {role: co-quan, agency: co-quan-a, email: canbo@cqa.example, keys: []}
  can-bo-khac: {role: giam-sat, agency: co-quan-a, email: khac@cqa.example, keys: []}
policy: {signed: [], second_person: []}
"""


def test_the_author_of_a_proposal_is_who_may_write_it_and_the_committer_who_took_it_in(
    tmp_path: Path, tiny_repository: Repository, run_command: RunCommand
) -> None:
    tiny_repository.write("data/access.yml", ACCESS)
    tiny_repository.commit("access")
    tiny_repository.git("config", "user.name", "Văn thư")
    tiny_repository.git("config", "user.email", "vt@snv.invalid")
    (tmp_path / "phieu.xlsx").write_bytes(typed(make(tiny(), "self-assessment", "co-quan-a"), ("2.2", SCORE, 1.5)))

    run_command("--repo", str(tiny_repository.root), "form", "read", "--propose", str(tmp_path / "phieu.xlsx"))

    names = tiny_repository.git("log", "-1", "--format=%an <%ae>|%cn <%ce>", "form/2024/self-assessment/co-quan-a")
    assert names == "can-bo-cqa <canbo@cqa.example>|Văn thư <vt@snv.invalid>"


@pytest.mark.needs("ssh-keygen")
def test_a_proposal_is_signed_by_who_took_it_in(
    tmp_path: Path, tiny_repository: Repository, run_command: RunCommand, program: Callable[[str], str]
) -> None:
    key = tmp_path / "khoa"
    subprocess.run([program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    (tmp_path / "phieu.xlsx").write_bytes(typed(make(tiny(), "self-assessment", "co-quan-a"), ("2.2", SCORE, 1.5)))
    who = ("--name", "Chuyên viên", "--email", "cv@cqa.invalid", "--key", str(key))

    run_command("--repo", str(tiny_repository.root), "form", "read", "--propose", *who, str(tmp_path / "phieu.xlsx"))

    branch = "form/2024/self-assessment/co-quan-a"
    (tmp_path / "signers").write_text("x " + key.with_suffix(".pub").read_text(), encoding="utf-8")
    tiny_repository.git("config", "gpg.ssh.allowedSignersFile", str(tmp_path / "signers"))
    assert tiny_repository.git("log", "-1", "--format=%G?", branch) == "G"


def test_a_proposal_of_nobody_is_refused(tmp_path: Path, tiny_repository: Repository, run_command: RunCommand) -> None:
    (tmp_path / "phieu.xlsx").write_bytes(typed(make(tiny(), "self-assessment", "co-quan-a"), ("2.2", SCORE, 1.5)))

    done = run_command("--repo", str(tiny_repository.root), "form", "read", "--propose", str(tmp_path / "phieu.xlsx"))

    assert (done.code, done.stderr, "phieu.xlsx: lỗi form-needs-author" in done.stdout) == (1, "", True)
    assert "--name" in done.stdout


def test_the_receipt_stands_on_paper(tmp_path: Path, tiny_repository: Repository, run_command: RunCommand) -> None:
    data = typed(make(tiny(), "self-assessment", "co-quan-a"), ("2.2", SCORE, 1.5))
    (tmp_path / "phieu|1`.xlsx").write_bytes(data)

    done = run_command("--repo", str(tiny_repository.root), "form", "read", str(tmp_path / "phieu|1`.xlsx"))

    assert (
        f"""\
# Biên nhận phiếu điện tử

| | |
|---|---|
| Phiếu | 2024 · Tự chấm · CQA: 9/9 tiêu chí |
| Tệp nhận được | ``phieu¦1`.xlsx`` |
| Ngày nhận | 05/12/2024 |
| Mã SHA-256 của tệp | `{hashlib.sha256(data).hexdigest()}` |
"""
        in done.stdout
    )


# --- counts ---------------------------------------------------------------------------------------------------------

COUNTED = [
    ("331.050", ("form-understood", "Ô ghi “331.050”, được hiểu là số 331.050.")),
    ("331,050", ("form-understood", "Ô ghi “331,050”, được hiểu là số 331.050.")),
    ("331 050", ("form-understood", "Ô ghi “331 050”, được hiểu là số 331.050.")),
    (331.05, ("form-thousands-lost", "Ô ghi 331,05, phải là số nguyên: có phải 331.050?")),
    ("331,05", ("form-thousands-lost", "Ô ghi 331,05, phải là số nguyên: có phải 331.050?")),
    (0.5, ("form-not-whole", "Ô ghi 0,5, phải là số nguyên, từ 0 trở lên.")),
    (-3, ("form-not-whole", "Ô ghi -3, phải là số nguyên, từ 0 trở lên.")),
    (1e308, ("form-number-too-large", "phải là số từ 0 đến 1.000.000.000.000.000.")),
]


@pytest.mark.parametrize(("value", "said"), COUNTED, ids=str)
def test_a_count_is_never_divided_by_a_thousand_in_silence(value: Any, said: tuple[str, str]) -> None:
    received = read_one(
        tiny(), typed(make(tiny(), "self-assessment", "co-quan-a"), ("1.1.2", ANSWER, value, "assigned"))
    )
    own = [found for found in received.findings if found.problem.code == said[0]]

    assert [(found.cell, said[1] in load_labels("vi").message(found.problem)) for found in own] == [
        ("Biểu chấm!G10", True)
    ]


def test_counts_that_lost_their_thousands_on_both_sides_are_refused() -> None:
    entries = [("1.1.2", ANSWER, 331.05, "done"), ("1.1.2", ANSWER, 336.9, "assigned"), ("1.1.2", SCORE, None)]
    received = read_one(tiny(), typed(make(tiny(), "self-assessment", "co-quan-a"), *entries))

    assert (at(received, "form-thousands-lost"), dict(received.files)) == (["Biểu chấm!G9", "Biểu chấm!G10"], {})


# --- a mailbox ------------------------------------------------------------------------------------------------------


def test_one_bad_cell_keeps_no_other_form_of_a_mailbox_out_and_what_is_no_form_is_left_aside(
    tmp_path: Path, tiny_repository: Repository, run_command: RunCommand
) -> None:
    box = tmp_path / "hop-thu"
    (box / "__MACOSX").mkdir(parents=True)
    (box / "a.xlsx").write_bytes(changed_score(1.5))
    bad = typed(make(tiny(), "self-assessment", "co-quan-b"), ("2.2", SCORE, 1e308))
    (box / "b.xlsx").write_bytes(bad)
    others = ["Thumbs.db", "desktop.ini", ".DS_Store", "~$a.xlsx", "cong-van.pdf", "anh.JPG", "thu.eml"]
    for name in others:
        (box / name).write_bytes(b"x")

    done = run_command("--repo", str(tiny_repository.root), "form", "read", str(box))

    assert (done.code, done.stderr) == (1, "")
    assert "b.xlsx: Biểu chấm!I23: lỗi form-number-too-large" in done.stdout
    assert b"score: 1.5" in (tiny_repository.root / OWN).read_bytes()
    (aside,) = [line for line in done.stdout.splitlines() if line.startswith("Để riêng")]
    assert [name for name in others if name not in aside] == []
    assert aside.startswith("Để riêng 7 tệp không phải phiếu: ")


def test_a_mistake_of_the_program_at_one_form_keeps_no_other_form_out(monkeypatch: pytest.MonkeyPatch) -> None:
    real_one = forms.contents_of

    def breaks(form: Any, *arguments: Any, **named: Any) -> Any:
        if form.agency == "co-quan-b":
            raise AssertionError("what was written reads as something else")
        return real_one(form, *arguments, **named)

    monkeypatch.setattr(forms, "contents_of", breaks)
    other = typed(make(tiny(), "self-assessment", "co-quan-b"), ("2.2", SCORE, 0.25))

    good, broken = read(tiny(), ("a.xlsx", changed_score(1.5)), ("b.xlsx", other))

    assert (len(good.files), codes(good), codes(broken), dict(broken.files)) == (1, [], ["form-not-read"], {})
    assert "b.xlsx: lỗi form-not-read" in findings_text(broken, load_labels("vi"))


def test_a_form_of_nobody_in_a_mailbox_keeps_no_other_proposal_back(
    tmp_path: Path, tiny_repository: Repository, run_command: RunCommand
) -> None:
    tiny_repository.write("data/access.yml", ACCESS)
    tiny_repository.commit("access")
    box = tmp_path / "hop-thu"
    box.mkdir()
    (box / "a.xlsx").write_bytes(typed(make(tiny(), "self-assessment", "co-quan-b"), ("2.2", SCORE, 0.25)))
    (box / "b.xlsx").write_bytes(changed_score(1.5))

    done = run_command("--repo", str(tiny_repository.root), "form", "read", "--propose", str(box))

    assert (done.code, done.stderr) == (1, "")
    assert "a.xlsx: lỗi form-needs-author" in done.stdout
    assert tiny_repository.git("log", "-1", "--format=%an", "form/2024/self-assessment/co-quan-a") == "can-bo-cqa"


# --- words ----------------------------------------------------------------------------------------------------------


def test_more_done_than_assigned_is_told_as_the_cause_where_the_score_is_left_blank() -> None:
    entries = [("1.1.2", ANSWER, 55, "done"), ("1.1.2", SCORE, None)]
    received = read_one(tiny(), typed(make(tiny(), "self-assessment", "co-quan-a"), *entries))

    assert [(found.problem.code, found.cell) for found in received.findings] == [("done-over-assigned", "Biểu chấm!G9")]
    assert "đã làm 55, nhiều hơn số được giao 50" in findings_text(received, load_labels("vi"))


def test_a_value_that_no_file_may_hold_is_told_by_its_column() -> None:
    entries = [
        ("1.1.1", "Địa chỉ web", "thư viện", "", EVIDENCE),
        ("1.1.1", "Số, ký hiệu", "A" * 301, "", EVIDENCE),
        ("1.1.1", "Mã SHA-256 của tệp", "abc", "", EVIDENCE),
        ("report.number", "Nội dung", "B" * 301, "", HEAD),
        ("2.2", SCORE, 2000),
        ("2.4", SCORE, None),
        ("2.4", ANSWER, None),
    ]
    received = read_one(tiny(), typed(make(tiny(), "self-assessment", "co-quan-a"), *entries))

    told = findings_text(received, load_labels("vi"))
    assert [
        word for word in ("›", "sha256", "url", "lines", "report.number", "not_applicable", "score,") if word in told
    ] == []
    for words in (
        "Tài liệu kiểm chứng!H5: lỗi wrong-form: Địa chỉ web ghi “thư viện”",
        "Tài liệu kiểm chứng!D5: lỗi too-long: Số, ký hiệu dài 301 ký tự",
        "Tài liệu kiểm chứng!I5: lỗi wrong-form: Mã SHA-256 của tệp ghi “abc”",
        "Thông tin chung!C5: lỗi too-long: Báo cáo tự chấm – số, ký hiệu dài 301 ký tự",
    ):
        assert words in told


def test_the_name_of_a_sheet_that_people_read_has_no_hidden_signs() -> None:
    def change(book: Any) -> None:
        book[LINES].title = "Biểu\u202e chấm"

    received = read_one(
        tiny(), edited(typed(make(tiny(), "self-assessment", "co-quan-a"), ("2.2", SCORE, "ba")), change)
    )

    assert at(received, "form-not-a-number") == ["Biểu\ufffd chấm!I23"]


def test_progress_counts_what_is_owed_and_no_other_line() -> None:
    body, stage = "so-noi-vu", "appraisal-2"
    score, reason = "Điểm thẩm định", "Lý do"
    data = make(tiny(), stage, body=body)

    def change(book: Any) -> None:
        page, at_ = book[LINES], columns(book[LINES])
        for row in range(TOP + 1, page.max_row + 1):
            if page.cell(row, at_["Cơ quan"]).value == "CQC" and page.cell(row, at_["Mã"]).value == "1.1.1":
                page.cell(row, at_[score]).value, page.cell(row, at_[reason]).value = 0.5, "Xem lại"

    received = read_one(tiny(), edited(data, change))

    assert any(content.owed == 0 and content.done for content in received.contents)
    assert 0 < received.done <= received.owed
    assert f"{received.done}/{received.owed} tiêu chí" == progress_text(received, load_labels("vi"))


STEPS = [
    ("0.25", "2", "0; 0.25; …; 2"),
    ("1.42", "1.42", "0; 1.42"),
    ("0.5", "1", "0; 0.5; 1"),
    ("0.5", "1.5", "0; 0.5; 1; 1.5"),
    ("0.3", "1", "0; 0.3; 0.6; 0.9"),
    ("3", "2", "0"),
]


@pytest.mark.parametrize(("step", "most", "text"), STEPS)
def test_points_that_may_be_given_are_listed_each_once(step: str, most: str, text: str) -> None:
    assert text == Judged(Decimal(step)).scores_text(Decimal(most))


def test_points_that_may_be_given_have_the_decimal_sign_of_the_reader() -> None:
    received = read_one(tiny(), typed(make(tiny(), "self-assessment", "co-quan-a"), ("2.2", SCORE, 1.3)))

    assert "phải là 0; 0,25; …; 2." in findings_text(received, load_labels("vi"))
    assert "0; 0.25; …; 2" in findings_text(received, load_labels("en"))

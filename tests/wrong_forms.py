"""A form gone wrong for each problem code of forms: made from a good form by the mistake or the attack that it names.

Each entry gives the file's name and bytes, and says the place of the problem where the code has one.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from formworlds import (
    EVIDENCE,
    HEAD,
    LINES,
    TINY,
    TOP,
    cell,
    columns,
    digest_of,
    edited,
    handed_over,
    make,
    repacked,
    tiny,
    typed,
)
from openpyxl.comments import Comment
from openpyxl.styles import Font
from tiny import snapshot_of

from pipeline.flows.snapshot import Snapshot


class Case(NamedTuple):
    """What is wrong, and how it comes in."""

    build: Callable[[], bytes]
    cell: str | None = None  # where the problem stands; None: at no cell
    name: str = "phieu.xlsx"
    snapshot: Callable[[], Snapshot] = tiny
    expected: Mapping[str, str] = {}
    beside: Callable[[], bytes] | None = None  # another form that came with it
    page: str | None = None  # the digest of the signed page that came with it
    dossiers: Mapping[str, str] = {}  # what other agencies handed in: a digest of each
    scans: tuple[str, ...] = ()  # the digests of scans that came with it under the name of its signed page


@cache
def good(stage: str = "self-assessment") -> bytes:
    return make(tiny(), stage, "co-quan-a")


def typing(*entries: Any, stage: str = "self-assessment") -> Callable[[], bytes]:
    return lambda: typed(good(stage), *entries)


def changing(change: Callable[[Any], object]) -> Callable[[], bytes]:
    return lambda: edited(good(), change)


def packing(parts: Mapping[str, bytes | None]) -> Callable[[], bytes]:
    return lambda: repacked(good(), parts)


@cache
def part(name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(good())) as package:
        return package.read(name)


def copy_row(book: Any) -> None:
    page = book[LINES]
    source = cell(book, "1.1.1", "Mã").row
    for column in range(1, page.max_column + 1):
        page.cell(page.max_row + (column == 1), column).value = page.cell(source, column).value


def spreadsheet_of_another_kind() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("content.xml", "<office/>")
    return stream.getvalue()


def many_cells() -> bytes:
    row = b"<row>" + b"<c/>" * 1_000 + b"</row>"
    return repacked(
        good(), {"xl/worksheets/sheet1.xml": b"<worksheet><sheetData>" + row * 201 + b"</sheetData></worksheet>"}
    )


def bomb() -> bytes:
    return repacked(good(), {"xl/media/image1.png": bytes(30 * 1024 * 1024)})


def outside(target: str) -> bytes:
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId9" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLinkPath" '
        f'Target="{target}" TargetMode="External"/></Relationships>'
    ).encode()


def manifest(key: str, value: str) -> Callable[[], bytes]:
    """Change what the hidden sheet says, or add to it."""

    def change(book: Any) -> None:
        page = book["parindex"]
        rows = (row for row in range(1, page.max_row + 1) if page.cell(row, 1).value == key)
        row = next(rows, page.max_row + 1)
        page.cell(row, 1).value, page.cell(row, 2).value = key, value

    return changing(change)


def changed_rules() -> Snapshot:
    path = "data/2024/criteria.yml"
    text = TINY[path].decode()
    return snapshot_of(
        {**TINY, path: text.replace("title: Ban hành kế hoạch kịp thời", "title: Ban hành sớm").encode()}
    )


def changed_earlier() -> Snapshot:
    path = "data/2024/self-assessment/co-quan-a.yml"
    return snapshot_of({**TINY, path: TINY[path].replace(b"score: 1.75", b"score: 1.5")})


def changed_file() -> Snapshot:
    path = "data/2024/self-assessment/co-quan-a.yml"
    return snapshot_of({**TINY, path: TINY[path] + b"# xem lai\n"})


def broken_file() -> Snapshot:
    path = "data/2024/self-assessment/co-quan-a.yml"
    return snapshot_of({**TINY, path: TINY[path] + b"format: 1\n"})


def translated() -> Snapshot:
    path = "data/2024/self-assessment/co-quan-a.yml"
    text = TINY[path].replace(
        "signed_by: Thủ trưởng cơ quan".encode(), "signed_by: {vi: Thủ trưởng, en: Head}".encode()
    )
    return snapshot_of({**TINY, path: text})


def sealed() -> Snapshot:
    seal = b"format: 1\ndate: 2024-12-20\nby: a\nfiles: {}\nsignature: x\n"
    return snapshot_of({**TINY, "data/2024/seals/self-assessment.yml": seal})


ISSUE, PAGE = "p" + "a" * 25, "c" * 64


def issued(forms: Mapping[str, Mapping[str, Any]]) -> Snapshot:
    """Return the tiny world in which self-assessment forms were issued: id -> what is not as usual."""
    usual = {"agency": "co-quan-a", "date": "2024-11-26", "version": 1}
    rows = [f"  {issue}: {json.dumps({**usual, **told})}\n" for issue, told in forms.items()]
    listed = f"format: 1\nforms:\n{''.join(rows)}".encode()
    return snapshot_of({**TINY, "data/2024/issued/self-assessment.yml": listed})


def lasting(window: str) -> Snapshot:
    """Return the tiny world with another time for self-assessment."""
    path, usual = "data/2024/cycle.yml", b"opens: 2024-11-26, before: 2024-12-05"
    return snapshot_of({**TINY, path: TINY[path].replace(usual, window.encode())})


def signed(content: str = PAGE, page: str = PAGE) -> Snapshot:
    """Return the tiny world in which an agency signed for what its file says."""
    record = f"\nform: {{sha256: {PAGE}, content: {content}, page: {page}}}\nlines:".encode()
    path = "data/2024/self-assessment/co-quan-a.yml"
    return snapshot_of({**TINY, path: TINY[path].replace(b"\nlines:", record)})


def signed_already() -> Snapshot:
    """Return the tiny world in which an agency signed for what the good form says."""
    return signed(digest_of(good()), "d" * 64)


def twice(book: Any) -> None:
    book.copy_worksheet(book[LINES]).title = "Bản chép"


def swap(header: str, to: str | None, sheet: str = LINES) -> Callable[[Any], None]:
    def change(book: Any) -> None:
        book[sheet].cell(TOP, columns(book[sheet])[header]).value = to

    return change


def merge(book: Any) -> None:
    first = cell(book, "1.1.1", "Điểm tự chấm")
    book[LINES].merge_cells(
        start_row=first.row, end_row=first.row + 1, start_column=first.column, end_column=first.column
    )


def delete_row(book: Any) -> None:
    book[LINES].delete_rows(cell(book, "2.2", "Mã").row)


def formula(book: Any) -> None:
    cell(book, "2.2", "Điểm tự chấm").value = "=1+1"


def error_value(book: Any) -> None:
    found = cell(book, "2.2", "Điểm tự chấm")
    found.value, found.data_type = "#REF!", "e"


def became_date(sheet: str, code: str, header: str) -> Callable[[Any], None]:
    def change(book: Any) -> None:
        found = cell(book, code, header, sheet=sheet)
        found.value, found.number_format = date(2024, 5, 1), "d/m"

    return change


def forged_value() -> bytes:
    """Return a form whose formula of the total is said to give more than the points add up to."""
    found = part("xl/worksheets/sheet3.xml")
    forged, count = re.subn(rb'(<c r="H3"[^>]*><f>[^<]*</f><v>)[^<]*', rb"\g<1>60", found)
    assert count == 1
    return repacked(good(), {"xl/worksheets/sheet3.xml": forged})


def linked(*links: tuple[str, str, str], parts: Mapping[str, bytes] | None = None) -> bytes:
    """Return a form whose sheet of criteria has links to parts (kind, target, more of the element), and those parts."""
    listed = "".join(
        f'<Relationship Id="x{number}" Type="{RELATION}{kind}" Target="{target}" {more}/>'
        for number, (kind, target, more) in enumerate(links)
    )
    whole = (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{listed}</Relationships>'
    )
    return repacked(good(), {"xl/worksheets/_rels/sheet3.xml.rels": whole.encode(), **(parts or {})})


RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
DRAWING = (
    b'<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing">'
    b"<xdr:twoCellAnchor><xdr:sp/></xdr:twoCellAnchor></xdr:wsDr>"
)


def no_code(book: Any) -> None:
    page = book[EVIDENCE]
    page.cell(page.max_row, columns(page)["Số, ký hiệu"]).value = "15/KH"


DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)

# What comes of people and processes, not of a file; see test_form_processes.
NOT_OF_A_FILE = frozenset({"form-changed-meanwhile", "form-needs-author", "form-not-read", "form-sender-unknown"})

WRONG: Mapping[str, Case] = {
    # the package
    "form-too-large": Case(lambda: good() + bytes(10 * 1024 * 1024)),
    "form-password": Case(lambda: OLE + "EncryptedPackage".encode("utf-16-le")),
    "form-old-format": Case(spreadsheet_of_another_kind, name="phieu.ods"),
    "form-not-a-workbook": Case(lambda: b"%PDF-1.7 not a workbook"),
    "form-broken": Case(lambda: good()[:2000]),
    "form-swells": Case(bomb),
    "form-macros": Case(packing({"xl/vbaProject.bin": b"macro"}), name="phieu.xlsm"),
    "form-part-not-allowed": Case(packing({"xl/embeddings/oleObject1.bin": b"x"})),
    "form-entities": Case(packing({"xl/worksheets/sheet1.xml": DOCTYPE})),
    "form-external-link": Case(packing({"xl/worksheets/_rels/sheet1.xml.rels": outside("file:///x/y.xlsx")})),
    "form-too-many-cells": Case(many_cells),
    # whose it is
    "form-not-ours": Case(changing(lambda book: book.remove(book["parindex"]))),
    "form-of-other-version": Case(manifest("parindex", "2")),
    "form-wrong-year": Case(manifest("year", "2023")),
    "form-wrong-stage": Case(good, expected={"stage": "explanation"}),
    "form-wrong-agency": Case(good, expected={"agency": "co-quan-b"}),
    "form-contradicts-itself": Case(manifest("agency", "co-quan-b"), cell="Biểu chấm!A1"),
    "form-issue-missing": Case(good, snapshot=lambda: issued({ISSUE: {}})),
    "form-issue-unknown": Case(manifest("issue", "p" + "z" * 25), snapshot=lambda: issued({ISSUE: {}})),
    "form-issue-of-another": Case(manifest("issue", ISSUE), snapshot=lambda: issued({ISSUE: {"agency": "co-quan-b"}})),
    "form-issue-revoked": Case(manifest("issue", ISSUE), snapshot=lambda: issued({ISSUE: {"revoked": "2024-12-01"}})),
    "form-issue-superseded": Case(
        manifest("issue", ISSUE), snapshot=lambda: issued({ISSUE: {}, "p" + "b" * 25: {"version": 2}})
    ),
    "form-page-another": Case(good, snapshot=signed_already, page=PAGE),
    "form-page-elsewhere": Case(good, page=PAGE, dossiers={"co-quan-b": PAGE}),
    "form-page-unclear": Case(good, scans=(PAGE, "d" * 64)),
    "form-page-of-many": Case(lambda: make(tiny(), "appraisal-1", body="so-noi-vu"), page=PAGE),
    "form-page-of-other": Case(typing(("2.2", "Điểm tự chấm", 1.5)), snapshot=signed, page=PAGE),
    "form-before-issue": Case(manifest("issue", ISSUE), snapshot=lambda: issued({ISSUE: {"date": "2025-12-01"}})),
    "form-before-stage": Case(good, snapshot=lambda: lasting("opens: 2025-02-03, before: 2025-02-18")),
    "form-after-stage": Case(good, snapshot=lambda: lasting("opens: 2024-08-26, before: 2024-09-05")),
    "form-received-not-taken": Case(
        lambda: handed_over(tiny(), "self-assessment", lambda content: {**content, "received": "2024-11-30"}),
        cell="19:17",
        name="phieu.json",
    ),
    "form-stage-sealed": Case(typing(("2.2", "Điểm tự chấm", 1.5)), snapshot=sealed),
    "form-twice": Case(good, beside=typing(("2.2", "Điểm tự chấm", 1.5))),
    "form-older-rules": Case(good, snapshot=changed_rules),
    "form-file-changed": Case(typing(("2.2", "Điểm tự chấm", 1.5)), snapshot=changed_file),
    "form-file-unreadable": Case(typing(("2.2", "Điểm tự chấm", 1.5)), snapshot=broken_file),
    # sheets, columns, rows
    "form-sheet-missing": Case(changing(lambda book: book[LINES].delete_rows(TOP)), cell=None),
    "form-sheet-twice": Case(changing(twice), cell="Bản chép!A4"),
    "form-column-missing": Case(changing(swap("Điểm tự chấm", "Điểm")), cell="Biểu chấm!A4"),
    "form-column-twice": Case(changing(swap("Hướng dẫn", "Điểm tự chấm")), cell="Biểu chấm!I4"),
    "form-merged-cell": Case(changing(merge), cell="Biểu chấm!I7"),
    "form-row-twice": Case(changing(copy_row), cell="Biểu chấm!A35"),
    "form-row-missing": Case(changing(delete_row), cell="Biểu chấm!A4"),
    "form-row-without-code": Case(changing(no_code)),
    "form-unknown-criterion": Case(changing(lambda book: setattr(cell(book, "2.2", "Mã"), "value", "2.9"))),
    "form-cell-not-open": Case(typing(("1.1.1", "Không áp dụng: lý do", "Không có")), cell="Biểu chấm!J7"),
    # what is shown
    "form-criterion-changed": Case(good, cell="Biểu chấm!C7", snapshot=changed_rules),
    "form-locked-changed": Case(typing(("2.2", "Điểm tối đa", 3)), cell="Biểu chấm!F23"),
    "form-earlier-changed": Case(lambda: good("appraisal-1"), cell="Biểu chấm!G23", snapshot=changed_earlier),
    # cells
    "form-answer-twice": Case(typing(("2.1", "Trả lời", 96)), cell="Biểu chấm!G20"),
    "form-answer-half": Case(typing(("1.1.2", "Trả lời", None, "assigned")), cell="Biểu chấm!G10"),
    "form-formula": Case(changing(formula), cell="Biểu chấm!I23"),
    "form-error-value": Case(changing(error_value), cell="Biểu chấm!I23"),
    "form-bad-character": Case(typing(("2.2", "Ghi chú (không công bố)", "a\u202eb")), cell="Biểu chấm!K23"),
    "form-text-became-date": Case(changing(became_date(HEAD, "report.number", "Nội dung")), cell="Thông tin chung!C5"),
    "form-text-too-long": Case(typing(("2.2", "Ghi chú (không công bố)", "a" * 32_000)), cell="Biểu chấm!K23"),
    "form-number-became-date": Case(changing(became_date(LINES, "2.2", "Điểm tự chấm")), cell="Biểu chấm!I23"),
    "form-not-a-number": Case(typing(("2.2", "Điểm tự chấm", "1.250")), cell="Biểu chấm!I23"),
    "form-not-whole": Case(typing(("1.3", "Trả lời", -1, "bao-cao-muon")), cell="Biểu chấm!G16"),
    "form-not-a-day": Case(typing(("report.date", "Nội dung", "30/02/2024", "", HEAD)), cell="Thông tin chung!C6"),
    "form-not-an-option": Case(typing(("1.1.1", "Trả lời", "Gần đúng hạn")), cell="Biểu chấm!G7"),
    "form-understood": Case(typing(("2.2", "Điểm tự chấm", "1,5")), cell="Biểu chấm!I23"),
    "form-spaces": Case(typing(("signed_by", "Nội dung", " Cục  trưởng ", "", HEAD)), cell="Thông tin chung!C10"),
    "form-decomposed": Case(typing(("signed_by", "Nội dung", "Cu\u0323c", "", HEAD)), cell="Thông tin chung!C10"),
    "form-several-documents": Case(
        typing(("1.1.1", "Số, ký hiệu", "01/KH-CQA-MH; 02/KH-CQA-MH", "", EVIDENCE)), cell="Tài liệu kiểm chứng!D5"
    ),
    "form-thousands-lost": Case(typing(("1.1.2", "Trả lời", 331.05, "assigned")), cell="Biểu chấm!G10"),
    "form-number-too-large": Case(typing(("2.2", "Điểm tự chấm", 1e308)), cell="Biểu chấm!I23"),
    "form-computed-otherwise": Case(forged_value, cell="Biểu chấm!H3"),
    # what is not read
    "form-cells-not-read": Case(
        changing(lambda book: setattr(book[LINES]["Z9"], "value", "xem lại")), cell="Biểu chấm!Z9"
    ),
    "form-comments-not-read": Case(
        changing(lambda book: setattr(cell(book, "2.2", "Điểm tự chấm"), "comment", Comment("vì sao", "CQA"))),
        cell="Biểu chấm!I23",
    ),
    "form-sheets-not-read": Case(changing(lambda book: book.create_sheet("Nháp").append(["=1+1", "ghi chú riêng"]))),
    "form-struck-out": Case(
        changing(lambda book: setattr(cell(book, "2.2", "Điểm tự chấm"), "font", Font(strike=True))),
        cell="Biểu chấm!I23",
    ),
    "form-hidden": Case(
        changing(lambda book: setattr(book[LINES].row_dimensions[23], "hidden", True)), cell="Biểu chấm!I23"
    ),
    "form-pictures-not-read": Case(
        lambda: linked(("drawing", "../drawings/drawing1.xml", ""), parts={"xl/drawings/drawing1.xml": DRAWING})
    ),
    # beyond the form
    "form-translation-dropped": Case(
        lambda: typed(make(translated(), "self-assessment", "co-quan-a"), ("signed_by", "Nội dung", "Phó", "", HEAD)),
        cell="Thông tin chung!C10",
        snapshot=translated,
    ),
}

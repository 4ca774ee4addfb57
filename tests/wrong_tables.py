"""An office's table gone wrong for each problem code of tables, and further ones: what people hand in.

Each entry gives the bytes, and words that must be told.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import docx
import openpyxl
from docx.oxml import OxmlElement

HEAD = ("TT", "Lĩnh vực/tiêu chí/tiêu chí thành phần", "Điểm tối đa", "Cách chấm", "Cơ quan theo dõi")
LEVELS = "Đúng hạn: 1; chậm đến 15 ngày: 0,5; không ban hành: 0"
SHARE = "Đạt 100%: 1; từ 80% đến dưới 100%: tính theo công thức; dưới 80%: 0"
ANNEX = (
    HEAD,
    ("(1)", "(2)", "(3)", "(4)", "(5)"),
    ("I", "CÔNG TÁC CHỈ ĐẠO, ĐIỀU HÀNH", "6,5", "", "Sở Nội vụ"),
    ("1", "Kế hoạch cải cách hành chính", "2", "", ""),
    ("1.1", "Ban hành kế hoạch", "1", LEVELS, ""),
    ("1.2", "Mức độ hoàn thành kế hoạch", "1", SHARE, ""),
    ("2", "Chế độ báo cáo", "3", "", ""),
    ("2.1", "Đủ, đúng hạn", "1,5", "", ""),
    ("", "Mỗi báo cáo muộn trừ 0,25 điểm", "", "", ""),
    ("-", "Mỗi báo cáo không gửi trừ 0,5 điểm", "", "", ""),
    ("2.2", "Nội dung báo cáo", "1,5", "Chấm theo chất lượng báo cáo", ""),
    ("3", "Tuyên truyền\n- Có chuyên mục: 0,75\n- Có hội nghị: 0,75", "1,5", "", "Sở Thông tin"),
    ("II", "CẢI CÁCH THỂ CHẾ", "4", "", "Sở Tư pháp"),
    ("1", "Hồ sơ trực tuyến", "2", "Từ 80% trở lên: 2; trên 50% đến dưới 80%: 1; dưới 50%: 0", ""),
    ("2", "Tác động", "1", "Điều tra xã hội học", ""),
    ("3", "Chỉ số hài lòng của người dân", "1", "", ""),
    ("", "Tổng cộng", "10,5", "", ""),
)


def xlsx(rows: Iterable[Sequence[object]], change: Callable[[Any], object] | None = None) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    if change is not None:
        change(book.active)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def word(rows: Sequence[Sequence[str]], change: Callable[[Any], object] | None = None) -> bytes:
    document = docx.Document()
    document.add_paragraph("PHỤ LỤC")
    table = document.add_table(0, len(rows[0]))
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    if change is not None:
        change(table)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def with_cell(place: tuple[int, int], text: object, rows: Sequence[Sequence[object]] = ANNEX) -> list[list[object]]:
    made = [list(row) for row in rows]
    made[place[0] - 1][place[1] - 1] = text
    return made


def numbered(table: Any) -> None:
    """Let Word count in the first cell of a row, as in a list."""
    paragraph = table.cell(4, 0).paragraphs[0]
    paragraph.text = ""
    paragraph._p.get_or_add_pPr().append(OxmlElement("w:numPr"))


def two_sheets() -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(xlsx(ANNEX)))
    sheet = book.create_sheet()
    for row in ANNEX:
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def fetching() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(word(ANNEX))) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            found = old.read(name)
            if name == "word/document.xml":
                found = found.replace(
                    b"<w:body>", b"<w:body><w:p><w:r><w:instrText>INCLUDETEXT x</w:instrText></w:r></w:p>"
                )
            new.writestr(name, found)
    return stream.getvalue()


BAD: dict[str, tuple[Callable[[], bytes], list[str]]] = {
    "merged cells": (
        lambda: xlsx(ANNEX, lambda sheet: sheet.merge_cells("C14:C15")),
        ["Sheet!C14: lỗi form-merged-cell"],
    ),
    "merged in Word": (
        lambda: word(ANNEX, lambda table: table.cell(4, 3).merge(table.cell(5, 3))),
        ["Bảng 1!D5: lỗi form-merged-cell"],
    ),
    "code and title merged": (
        lambda: xlsx(with_cell((4, 2), ""), lambda sheet: sheet.merge_cells("A4:B4")),
        ["Sheet!A4: lỗi form-merged-cell"],
    ),
    "a maximum missing": (lambda: xlsx(with_cell((5, 3), "")), ["Sheet!C5: lỗi criterion-no-maximum: Tiêu chí 1.1.1"]),
    "a maximum in words": (lambda: xlsx(with_cell((5, 3), "một")), ["Sheet!C5: lỗi form-not-a-number"]),
    "a sum that is another": (
        lambda: xlsx(with_cell((4, 3), "2,5")),
        ["Sheet!C4: lỗi parent-out-of-mismatch: Tiêu chí 1.1 ghi điểm tối đa 2,5, nhưng", "cộng lại được 2."],
    ),
    "a total that is another": (lambda: word(with_cell((17, 3), "11")), ["Bảng 1!C17: lỗi parent-out-of-mismatch"]),  # type: ignore[arg-type]
    "two codes alike": (
        lambda: xlsx(with_cell((6, 1), "1.1")),
        ["Sheet!A6: lỗi criterion-code-twice: Mã 1.1.1 đã có ở Sheet!A5"],
    ),
    "no code": (lambda: xlsx(with_cell((6, 1), "một")), ["Sheet!A6: lỗi criterion-code: TT ghi một"]),
    "a code that Word counts": (lambda: word(ANNEX, numbered), ["Bảng 1!A5: lỗi criterion-code: TT ghi #"]),
    "a code that became a day": (
        lambda: xlsx(with_cell((5, 1), date(2001, 1, 1))),
        ["Sheet!A5: lỗi form-text-became-date"],
    ),
    "a row without the one above": (
        lambda: xlsx([HEAD, ("1", "A", "1", "", ""), ("1.2.1", "B", "1", LEVELS, "")]),
        ["Sheet!A3: lỗi criterion-no-parent: Có tiêu chí 1.2.1 nhưng không có dòng 1.2"],
    ),
    "no table": (lambda: word([("a", "b", "c")]), ["phu-luc.xlsx: lỗi form-sheet-missing: Không tìm thấy bộ tiêu chí"]),
    "two tables": (
        two_sheets,
        ["form-sheet-twice: Có nhiều trang giống trang bộ tiêu chí: Sheet, Sheet1"],
    ),
    "no column of maxima": (
        lambda: xlsx(with_cell((1, 3), "Ghi")),
        ["lỗi form-column-missing: Không có cột Điểm tối đa"],
    ),
    "a scan": (lambda: b"%PDF-1.7\n", ["phu-luc.xlsx: lỗi table-kind: Tệp là PDF"]),
    "a broken document": (lambda: b"PK\x03\x04 word/document.xml", ["phu-luc.xlsx: lỗi table-document"]),
    "a document that fetches": (fetching, ["phu-luc.xlsx: lỗi table-document"]),
    "codes of eight levels": (
        lambda: xlsx([HEAD, *((".".join("1" * n), "A", "1", LEVELS, "") for n in range(1, 9))]),
        ["lỗi table-too-large"],
    ),
    "thousands of rows": (lambda: xlsx([HEAD, *(("", "A", "", "", "") for _ in range(2001))]), ["lỗi table-too-large"]),
    "a scale without end": (
        lambda: xlsx([HEAD, ("1", "A", "1", "", ""), *(("", "Có " * 500, "", "", "") for _ in range(5))]),
        ["Sheet!D2: lỗi form-text-too-long"],
    ),
    "nothing of all": (lambda: b"xin chao", ["phu-luc.xlsx: lỗi form-not-a-workbook"]),
    "a bonus with words nobody knows": (
        lambda: xlsx([HEAD, ("1", "Điểm thưởng", "0", "Theo quyết định", "")]),
        ["Sheet!C2: lỗi"],
    ),
    "a title that is too long": (lambda: xlsx(with_cell((5, 2), "a" * 4001)), ["Sheet!B5: lỗi form-text-too-long"]),
}


LIST = (
    ("STT", "Tên cơ quan", "Tên viết tắt", "Ký hiệu"),
    (1, "Thuế tỉnh", "Thuế", "TT"),
    (2, "Bảo hiểm xã hội tỉnh", "BHXH", "BHXH"),
)
# Problem code -> the kind of table, and one that has it.
WRONG: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "criterion-code": ("criteria", BAD["no code"][0]),
    "criterion-code-twice": ("criteria", BAD["two codes alike"][0]),
    "criterion-no-maximum": ("criteria", BAD["a maximum missing"][0]),
    "criterion-no-parent": ("criteria", BAD["a row without the one above"][0]),
    "criterion-record": ("criteria", lambda: xlsx([(*HEAD, "Bản ghi"), ("1", "A", "1", LEVELS, "", "a: [")])),
    "slug-twice": ("agencies", lambda: xlsx([*LIST, (3, "Thuế tỉnh", "T", "")])),
    "table-document": ("criteria", BAD["a broken document"][0]),
    "table-kind": ("criteria", BAD["a scan"][0]),
    "table-row-left-out": ("bodies", lambda: xlsx([*LIST, ("", "TM. ỦY BAN NHÂN DÂN", "", "")])),
    "table-to-decide": ("criteria", lambda: xlsx(ANNEX)),
    "table-too-large": ("criteria", BAD["thousands of rows"][0]),
}

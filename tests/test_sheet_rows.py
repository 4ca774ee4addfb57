"""Rows that are put into a finished workbook: what a reader of workbooks gets back, and how the cells look."""

from __future__ import annotations

import io
import subprocess
import zipfile
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

import openpyxl
import pytest

from pipeline.adapters.workbooks import workbook
from pipeline.core.ground.workbook_model import Book, Cell, Sheet
from pipeline.flows.snapshot import load_labels

LONGEST = 32_767
BEFORE = 'one <si> count="2" uniqueCount="1" </sst>'  # a text of the library's own, in words of the part it stands in
CODE = "_x0041_ và __x0041__"  # which spreadsheets read as the code of a letter
RETURN = "dòng\rcũ"  # which a reader of XML takes for the end of a line, unless it is a code
TEXTS = (
    "=1+1",
    "<r><t>x</t></r>",
    "a & b < c > d \"e\" 'f'",
    " ở hai đầu ",
    "dòng\nmới",
    CODE,
    "😀 ạ̀",
    RETURN,
    "1.10",
    "TRUE",
)
Rows: TypeAlias = "Sequence[Sequence[str | Decimal | int | None]]"
ROWS: Rows = (
    *((text, None, 7, True) for text in TEXTS),
    ("", Decimal("0.50"), Decimal(-3), False),
    (None, Decimal("12345678.125"), 0, None),
)


def made(rows: Rows = ROWS, *, by_cells: bool = False) -> bytes:
    """Return a workbook whose second sheet has rows below its head; `by_cells` lets the library write them."""
    sheet = Sheet("rows", widths=(20,) * 4, frozen=(1, 0), header=0, locked=False)
    for column in range(4):
        sheet.put(0, column, f"column {column}", "data-name")
    if by_cells:
        sheet.cells |= {
            (number, column): _cell(value)
            for number, row in enumerate(rows, 1)
            for column, value in enumerate(row)
            if value is not None and value != ""
        }
    else:
        sheet.below = rows
    before = Sheet("before", widths=(10,), locked=False)
    before.put(0, 0, BEFORE, "line")
    return workbook(Book("title", [before, sheet]), load_labels("vi"))


def _cell(value: str | Decimal | int) -> Cell:
    if isinstance(value, str):
        return Cell(value, "data-text")
    decimals = -int(value.as_tuple().exponent) if isinstance(value, Decimal) else 0
    return Cell(value, "bare" if isinstance(value, bool) else "points", decimals=decimals)


def read(data: bytes) -> list[list[object]]:
    page = openpyxl.load_workbook(io.BytesIO(data))["rows"]
    return [[cell.value for cell in line] for line in page.iter_rows(min_row=2)]


def test_every_value_is_read_back_as_it_was() -> None:
    plain = [row for row in ROWS if row[0] not in {CODE, RETURN}]

    assert read(made(plain)) == [[value if value != "" else None for value in row] for row in plain]


def test_a_text_that_the_library_wrote_stays_as_it_was() -> None:
    assert openpyxl.load_workbook(io.BytesIO(made()))["before"]["A1"].value == BEFORE


@pytest.mark.needs("libreoffice-calc")
def test_other_programs_read_what_they_read_where_the_library_writes_every_cell(
    tmp_path: Path, program: Callable[[str], str]
) -> None:
    theirs = {"rows": made(), "cells": made(by_cells=True)}
    for name, data in theirs.items():
        (tmp_path / f"{name}.xlsx").write_bytes(data)
    command = [program("libreoffice-calc"), f"-env:UserInstallation={(tmp_path / 'own').as_uri()}", "--headless"]
    command += ["--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path / "again")]
    subprocess.run([*command, *(f"{tmp_path}/{name}.xlsx" for name in theirs)], check=True, capture_output=True)
    again = {name: read((tmp_path / "again" / f"{name}.xlsx").read_bytes()) for name in theirs}

    assert read(theirs["rows"]) == read(theirs["cells"])
    assert again["rows"] == again["cells"]
    assert len(again["rows"]) == len(ROWS)


def test_a_text_stays_text_and_a_number_shows_its_decimals() -> None:
    page = openpyxl.load_workbook(io.BytesIO(made()))["rows"]
    texts = [page.cell(row, 1) for row in range(2, 2 + len(TEXTS))]
    numbers = {page.cell(row, column).number_format for row in (len(ROWS), 1 + len(ROWS)) for column in (2, 3)}

    assert {(cell.data_type, cell.quotePrefix) for cell in texts} == {("s", True)}
    assert numbers == {"0.00", "0.000", "0"}
    assert page.auto_filter.ref == f"A1:D{1 + len(ROWS)}"
    assert page.calculate_dimension() == f"A1:D{1 + len(ROWS)}"


def test_a_text_that_no_cell_holds_is_cut() -> None:
    ((told, *_),) = read(made([("ạ" * (LONGEST + 1), None, None, None)]))

    assert isinstance(told, str)
    assert len(told) == LONGEST
    assert told.endswith("ạ…")


def test_a_character_that_xml_cannot_hold_breaks_no_workbook() -> None:
    assert read(made([("a\x00b\ufffec", None, None, None)])) == [["a�b�c", None, None, None]]


@pytest.mark.parametrize("count", [0, 1, 2500])
def test_there_are_as_many_rows_as_were_given(count: int) -> None:
    rows = [(f"{number}", number, None, None) for number in range(count)]

    assert read(made(rows)) == [list(row) for row in rows]


def test_the_archive_tells_no_time_and_its_parts_are_packed() -> None:
    with zipfile.ZipFile(io.BytesIO(made())) as archive:
        parts = archive.infolist()

    assert made() == made()
    assert {part.date_time for part in parts} == {(1980, 1, 1, 0, 0, 0)}
    assert {part.compress_type for part in parts} == {zipfile.ZIP_DEFLATED}

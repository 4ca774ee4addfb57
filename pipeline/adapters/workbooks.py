"""Workbooks made with XlsxWriter: the same sheets give the same bytes, and typed text never becomes a formula.

What stands in the sheets is decided in `core`.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

import xlsxwriter  # type: ignore[import-untyped]  # the library has no types

from pipeline.core.audits import Cell, Column, Sheet, Table

_MAX_TEXT: Final = 32_767  # characters that a cell holds
_A4: Final = 9
_EPOCH: Final = datetime(1980, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def workbook(sheets: Iterable[Sheet], title: str) -> bytes:
    """Return an Excel workbook: widths, frozen heads, filters where a sheet is one table, A4 landscape.

    Args:
        sheets: what it shows.
        title: the title in its properties, which name nobody.
    """
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    book.set_properties({"title": title[:255], "created": _EPOCH})
    for sheet in sheets:
        _Writer(book, sheet).write()
    book.close()
    return stream.getvalue()


class _Writer:
    """One sheet being written, from the top."""

    def __init__(self, book: Any, sheet: Sheet) -> None:  # noqa: ANN401 - the library has no types
        self._sheet = sheet
        self._page = book.add_worksheet(sheet.name)
        digits = f"0.{'0' * sheet.decimals}" if sheet.decimals else "0"
        text = {"text_wrap": True, "valign": "top", "quote_prefix": True}
        self._bold = book.add_format({"bold": True})
        self._head = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#E8EEF4"}
        )
        self._formats = {
            "text": book.add_format(text),
            "points": book.add_format({"num_format": digits, "valign": "top"}),
            "moved": book.add_format({"num_format": f"+{digits};-{digits};{digits}", "valign": "top"}),
            "count": book.add_format({"num_format": "0", "valign": "top"}),
            "day": book.add_format({"num_format": "dd/mm/yyyy", "valign": "top", "align": "left"}),
        }

    def write(self) -> None:
        """Write lines and tables, and lay out the page."""
        page, sheet = self._page, self._sheet
        page.set_paper(_A4)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        widths: dict[int, int] = {}
        for table in sheet.tables:
            for position, column in enumerate(table.columns):
                widths[position] = max(widths.get(position, 0), column.width)
        for position, width in widths.items():
            page.set_column(position, position, width)
        for number, line in enumerate(sheet.lines):
            page.write_string(number, 0, line[:_MAX_TEXT], self._bold)
        row = len(sheet.lines) + 1 if sheet.lines else 0
        alone = len(sheet.tables) == 1 and not sheet.lines
        for table in sheet.tables:
            if not alone:
                page.write_string(row, 0, table.title[:_MAX_TEXT], self._bold)
                row += 1
            self._table(table, row)
            if alone:
                page.freeze_panes(1, table.keep)
                page.repeat_rows(0)
                page.autofilter(0, 0, max(1, len(table.rows)), len(table.columns) - 1)
            row += len(table.rows) + 2

    def _table(self, table: Table, top: int) -> None:
        for position, column in enumerate(table.columns):
            self._page.write_string(top, position, column.title, self._head)
        for number, cells in enumerate(table.rows, top + 1):
            for position, (cell, column) in enumerate(zip(cells, table.columns, strict=True)):
                self._cell(number, position, cell, column)

    def _cell(self, row: int, position: int, cell: Cell, column: Column) -> None:
        """Write a number as a number, a day as a day, and everything else as text that stays text."""
        form = self._formats[column.kind]
        if isinstance(cell, Decimal | int):
            self._page.write_number(row, position, float(cell), form)
        elif cell and column.kind == "day":
            self._page.write_datetime(row, position, date.fromisoformat(cell), form)
        elif cell:
            cut = cell if len(cell) <= _MAX_TEXT else f"{cell[: _MAX_TEXT - 1]}…"
            self._page.write_string(row, position, cut, self._formats["text"])

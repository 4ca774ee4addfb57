"""Workbooks made with XlsxWriter: the same sheets give the same bytes, and typed text never becomes a formula.

What stands in the sheets is decided in `core`.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from math import ceil
from typing import Any, Final

import xlsxwriter  # type: ignore[import-untyped]  # the library has no types

from pipeline.core.forms import workbook as forms
from pipeline.core.ground import workbook_model
from pipeline.core.ground.labels import Labels
from pipeline.core.publish.opendata.formula_workbook import TOP, DataBook, DataSheet, Formula
from pipeline.core.rounds.audit_report import Cell, ReportColumn, ReportSheet, ReportTable
from pipeline.core.survey.questionnaires.xlsforms import PlainSheet

_MAX_TEXT: Final = 32_767  # characters that a cell holds
_A4: Final = 9
_PAGE_WIDTH: Final = 170  # characters across one printed page that are still read with ease, at about nine points
_EPOCH: Final = datetime(1980, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def workbook(sheets: Iterable[ReportSheet], title: str) -> bytes:
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


def plain_workbook(sheets: Iterable[PlainSheet]) -> bytes:
    """Return a workbook of texts for a program to read: nothing in it is a formula, a link or a number."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    book.set_properties({"created": _EPOCH})
    head = book.add_format({"bold": True})
    for sheet in sheets:
        page = book.add_worksheet(sheet.name)
        page.freeze_panes(1, 0)
        page.set_column(0, max(map(len, sheet.rows)) - 1, 24)
        for row, cells in enumerate(sheet.rows):
            for column, text in enumerate(cells):
                if text:
                    page.write_string(row, column, text, head if row == 0 else None)
    book.close()
    return stream.getvalue()


class _Writer:
    """One sheet being written, from the top."""

    def __init__(self, book: Any, sheet: ReportSheet) -> None:  # noqa: ANN401 - the library has no types
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
        widths: dict[int, int] = {}
        for table in sheet.tables:
            for position, column in enumerate(table.columns):
                widths[position] = max(widths.get(position, 0), column.width)
        for position, width in widths.items():
            page.set_column(position, position, width)
        alone = len(sheet.tables) == 1 and not sheet.lines
        kept = sheet.tables[0].keep if alone else 0
        _fit(page, [widths[position] for position in sorted(widths)], kept)
        for number, line in enumerate(sheet.lines):
            page.write_string(number, 0, line[:_MAX_TEXT], self._bold)
        row = len(sheet.lines) + 1 if sheet.lines else 0
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

    def _table(self, table: ReportTable, top: int) -> None:
        for position, column in enumerate(table.columns):
            self._page.write_string(top, position, column.title, self._head)
        for number, cells in enumerate(table.rows, top + 1):
            for position, (cell, column) in enumerate(zip(cells, table.columns, strict=True)):
                self._cell(number, position, cell, column)

    def _cell(self, row: int, position: int, cell: Cell, column: ReportColumn) -> None:
        """Write a number as a number, a day as a day, and everything else as text that stays text."""
        form = self._formats[column.kind]
        if isinstance(cell, Decimal | int):
            self._page.write_number(row, position, float(cell), form)
        elif cell and column.kind == "day":
            self._page.write_datetime(row, position, date.fromisoformat(cell), form)
        elif cell:
            cut = cell if len(cell) <= _MAX_TEXT else f"{cell[: _MAX_TEXT - 1]}…"
            self._page.write_string(row, position, cut, self._formats["text"])


# Forms: colours that every eye tells apart (blue, orange, yellow, grey), and signs and words that need none of them.
_FRAME: Final = {"border": 1, "border_color": "#B8C0CC", "valign": "top", "text_wrap": True}
_OPEN: Final = {**_FRAME, "locked": False, "bg_color": "#FFF9DB", "border_color": "#B08900"}
_DAY: Final = "dd/mm/yyyy"
_STYLES: Final[dict[str, dict[str, Any]]] = {
    "title": {"bold": True, "font_size": 14},
    "banner": {"bold": True, "font_color": "#8A3B00"},
    "plain": {"text_wrap": True, "valign": "top"},
    "help": {"text_wrap": True, "valign": "top"},
    "head": {**_FRAME, "bold": True, "bg_color": "#DCE6F2", "valign": "vcenter"},
    "key": {"bold": True, "valign": "top", "font_color": "#44546A", "text_wrap": True},
    "locked": {**_FRAME, "quote_prefix": True},
    "number": {**_FRAME, "num_format": "0.######"},
    "area": {**_FRAME, "bold": True, "bg_color": "#E8EEF4"},
    "area-number": {**_FRAME, "bold": True, "bg_color": "#E8EEF4", "num_format": "0.######"},
    "formula": {**_FRAME, "bg_color": "#F2F2F2", "num_format": "0.######", "bold": True},
    "state": {**_FRAME, "bg_color": "#F2F2F2"},
    "closed": {**_FRAME, "bg_color": "#E4E4E4"},
    "in-text": {**_OPEN, "quote_prefix": False},
    "in-number": {**_OPEN, "num_format": "0.######"},
    "in-score": {**_OPEN, "num_format": "0.######", "bold": True},
    "in-date": {**_OPEN, "num_format": _DAY, "align": "left"},
    "in-code": {**_OPEN, "num_format": "@"},
}
_PROTECTION: Final = {"format_columns": True, "format_rows": True, "autofilter": True, "sort": True}


def form_workbook(book: workbook_model.Book, labels: Labels) -> bytes:
    """Return the workbook of a form: open cells unlocked, the rest protected, limits and formulas in place.

    Args:
        book: the sheets.
        labels: the words of what a cell refuses.
    """
    stream = io.BytesIO()
    made = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    made.set_properties({"title": book.title[:255], "created": _EPOCH})
    styles = {name: made.add_format(properties) for name, properties in _STYLES.items()}
    for sheet in book.sheets:
        page = made.add_worksheet(sheet.name)
        _fill(page, sheet, styles)
        _lay_out(page, sheet)
        _limit(page, sheet, labels)
        if sheet.states is not None:
            _colour_states(made, page, sheet.states)
    made.close()
    return stream.getvalue()


def _fill(page: Any, sheet: workbook_model.Sheet, styles: dict[str, Any]) -> None:  # noqa: ANN401 - the library has no types
    for (row, column), cell in sheet.cells.items():
        style = styles[cell.style]
        if cell.formula is not None:
            value = float(cell.value) if isinstance(cell.value, Decimal) else cell.value or ""
            page.write_formula(row, column, f"={cell.formula}", style, value)
        elif isinstance(cell.value, Decimal):
            page.write_number(row, column, float(cell.value), style)
        elif not cell.value:
            page.write_blank(row, column, None, style)
        elif cell.style == "in-date" and (day := _day(cell.value)):
            page.write_datetime(row, column, day, style)
        else:
            page.write_string(row, column, cell.value[:_MAX_TEXT], style)


def _day(text: str) -> date | None:
    """Return the day of an ISO text that a workbook can hold."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _lay_out(page: Any, sheet: workbook_model.Sheet) -> None:  # noqa: ANN401 - the library has no types
    for column, width in enumerate(sheet.widths):
        page.set_column(column, column, width or 10, None, None if width else {"hidden": True})
    page.set_paper(_A4)
    page.set_landscape()
    _fit(page, [width or 0 for width in sheet.widths], sheet.frozen[1])
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.set_footer("&L&A&R&P/&N")
    page.protect("", _PROTECTION)
    page.hide_gridlines(2)
    page.ignore_errors({"number_stored_as_text": "A1:XFD1048576", "formula_unlocked": "A1:XFD1048576"})
    if sheet.header is not None:
        page.freeze_panes(*sheet.frozen)
        page.repeat_rows(sheet.header)
        last = max(row for row, _ in sheet.cells)
        page.autofilter(sheet.header, 0, last, len(sheet.widths) - 1)
    if sheet.hidden:
        page.very_hidden()


def _fit(page: Any, widths: Sequence[float], kept: int) -> None:  # noqa: ANN401 - the library has no types
    """Let a sheet take as many printed pages across as it can be read on, its first columns again on each."""
    whole, again = sum(widths), sum(widths[:kept])
    if again > _PAGE_WIDTH / 2:
        kept, again = 0, 0
    page.fit_to_pages(1 if whole <= _PAGE_WIDTH else ceil((whole - again) / (_PAGE_WIDTH - again)), 0)
    if kept:
        page.repeat_columns(0, kept - 1)


def _colour_states(made: Any, page: Any, states: tuple[int, int, int]) -> None:  # noqa: ANN401 - the library has no types
    first, last, column = states
    colours = {
        forms.MISSING: {"bg_color": "#FDE3CF", "font_color": "#8A3B00", "bold": True},
        forms.DONE: {"bg_color": "#D9E8F6", "font_color": "#1F4E79"},
        forms.ADDED: {"bg_color": "#D9E8F6", "font_color": "#1F4E79"},
    }
    for sign, look in colours.items():
        rule = {"type": "text", "criteria": "begins with", "value": sign, "format": made.add_format(look)}
        page.conditional_format(first, column, last, column, rule)


def _limit(page: Any, sheet: workbook_model.Sheet, labels: Labels) -> None:  # noqa: ANN401 - the library has no types
    """Put each limit once, on all the cells that share it: a workbook with one for each cell is slow everywhere."""
    shared: dict[workbook_model.Limit, list[tuple[int, int, int, int]]] = {}
    for limit in sorted(sheet.limits, key=lambda limit: (limit.place[1], limit.place[0])):
        row, column = limit.place
        areas = shared.setdefault(limit._replace(place=(0, 0)), [])
        if areas and (areas[-1][2], areas[-1][3]) == (row - 1, column):
            areas[-1] = (areas[-1][0], column, row, column)
        else:
            areas.append((row, column, row, column))
    for limit, areas in shared.items():
        rule = {**_validation(limit, labels), "other_cells": areas[1:]}
        page.data_validation(*areas[0], rule)


def _validation(limit: workbook_model.Limit, labels: Labels) -> dict[str, Any]:
    """Return the limit of a cell as the library takes it, with what is said to who breaks it."""
    words = {"low": labels.number(limit.low), "high": labels.number(limit.high)}
    said = {
        "error_title": labels.text("form.limit.title")[:32],
        "error_message": labels.text(f"form.limit.{limit.kind}", **words)[:255],
    }
    if limit.kind == "list":
        return {"validate": "list", "source": f"={limit.source}" if limit.source else list(limit.words), **said}
    if limit.kind == "date":
        days = {"minimum": _day(limit.low) or date(2000, 1, 1), "maximum": _day(limit.high) or date(2099, 12, 31)}
        return {"validate": "date", "criteria": "between", **days, **said}
    if limit.kind == "text":
        return {"validate": "length", "criteria": "<=", "value": int(limit.high), **said}
    kind = "integer" if limit.kind == "whole" else "decimal"
    bounds = {"minimum": float(limit.low), "maximum": float(limit.high)}
    return {"validate": kind, "criteria": "between", **bounds, **said}


# Open data: every text stays text, every number a number, formulas grey.
_WIDEST: Final = 60  # characters that a column shows


def data_workbook(book: DataBook) -> bytes:
    """Return the workbook of open data: one sheet for each table, with a first one that tells what they are."""
    stream = io.BytesIO()
    made = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    made.set_properties({"title": book.title[:255], "created": _EPOCH})
    first = made.add_worksheet(book.first)
    first.set_column(0, 0, 24)
    first.set_column(1, 2, 48)
    bold = made.add_format({"bold": True})
    for row, cells in enumerate(book.lines):
        for column, text in enumerate(cells):
            first.write_string(row, column, text[:_MAX_TEXT], bold if row == 0 else None)
    styles = _data_styles(made)
    for sheet in book.sheets:
        _data_sheet(made.add_worksheet(sheet.name), sheet, styles)
    made.close()
    return stream.getvalue()


def _data_styles(made: Any) -> Callable[[str, int], Any]:  # noqa: ANN401 - the library has no types
    """Return what gives the style of a kind of cell with a number of decimals, each made once."""

    @cache
    def style(kind: str, decimals: int) -> Any:  # noqa: ANN401 - the library has no types
        form = {"num_format": f"0.{'0' * decimals}" if decimals else "0"}
        looks: dict[str, dict[str, Any]] = {
            "title": {"bold": True, "text_wrap": True, "valign": "top"},
            "name": {"italic": True, "font_color": "#44546A", "bottom": 1},
            "text": {"quote_prefix": True, "valign": "top"},
            "number": {**form, "valign": "top"},
            "formula": {**form, "valign": "top", "bg_color": "#F2F2F2"},
        }
        return made.add_format(looks[kind])

    return style


def _data_sheet(page: Any, sheet: DataSheet, style: Callable[[str, int], Any]) -> None:  # noqa: ANN401 - likewise
    for column, (title, name) in enumerate(zip(sheet.titles, sheet.names, strict=True)):
        page.write_string(0, column, title, style("title", 0))
        page.write_string(1, column, name, style("name", 0))
        longest = max((len(str(row[column])) for row in sheet.rows if isinstance(row[column], str)), default=0)
        page.set_column(column, column, min(_WIDEST, max(10, len(name) + 2, longest)))
    for number, row in enumerate(sheet.rows, TOP - 1):
        for column, cell in enumerate(row):
            _data_cell(page, (number, column), cell, style)
    page.freeze_panes(TOP - 1, 2)
    page.autofilter(TOP - 2, 0, TOP - 2 + max(1, len(sheet.rows)), len(sheet.names) - 1)
    page.set_paper(_A4)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(0, TOP - 2)
    page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})


def _data_cell(page: Any, place: tuple[int, int], cell: Any, style: Callable[[str, int], Any]) -> None:  # noqa: ANN401
    value = cell.value if isinstance(cell, Formula) else cell
    decimals = max(0, -int(value.as_tuple().exponent)) if isinstance(value, Decimal) else 0
    shown = float(value) if isinstance(value, Decimal) else value
    if isinstance(cell, Formula):
        page.write_formula(*place, f"={cell.text}", style("formula", decimals), "" if shown is None else shown)
    elif isinstance(value, bool):
        page.write_boolean(*place, value)
    elif isinstance(value, Decimal | int):
        page.write_number(*place, shown, style("number", decimals))
    elif value:
        page.write_string(*place, value[:_MAX_TEXT], style("text", 0))

"""Workbooks made with XlsxWriter: the same sheets give the same bytes, and typed text never becomes a formula.

The content of the sheets is decided in `core`, the look of a style here. Decision 0013.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from math import ceil
from typing import Any, Final, TypeAlias

import xlsxwriter  # type: ignore[import-untyped]  # the library has no types

from pipeline.core.forms import workbook as forms
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.sheet_rows import Look, SharedTexts, as_much, filled, looks_of
from pipeline.core.ground.workbook_model import Book, Cell, Limit, Rows, Sheet

_A4: Final = 9
_PAGE_WIDTH: Final = 178  # characters across one printed page that are still read with ease, at nearly nine points
_HIDDEN_WIDTH: Final = 60  # so that a text that nobody sees makes no row taller
_EPOCH: Final = datetime(1980, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_EVERYWHERE: Final = "A1:XFD1048576"
_TEXTS: Final = "xl/sharedStrings.xml"
_StyleOf: TypeAlias = "Callable[[str, int], Any]"

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
    "line": {"bold": True},
    "column": {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#E8EEF4"},
    "text": {"text_wrap": True, "valign": "top", "quote_prefix": True},
    "points": {"num_format": "{digits}", "valign": "top"},
    "moved": {"num_format": "+{digits};-{digits};{digits}", "valign": "top"},
    "count": {"num_format": "0", "valign": "top"},
    "day": {"num_format": _DAY, "valign": "top", "align": "left"},
    "data-title": {"bold": True, "text_wrap": True, "valign": "top"},
    "data-name": {"italic": True, "font_color": "#44546A", "bottom": 1},
    "data-text": {"quote_prefix": True, "valign": "top"},
    "data-formula": {"num_format": "{digits}", "valign": "top", "bg_color": "#F2F2F2"},
    "bare": {},
}
_PROTECTION: Final = {"format_columns": True, "format_rows": True, "autofilter": True}


def workbook(book: Book, labels: Labels) -> bytes:
    """Return a workbook as an Excel file."""
    stream = io.BytesIO()
    made = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    made.set_properties({"title": book.title[:255], "created": _EPOCH})
    style, long = _styles(made), dict[str, tuple[Rows, list[Look]]]()
    for number, sheet in enumerate(book.sheets, 1):
        page = made.add_worksheet(sheet.name)
        for (row, column), cell in sheet.cells.items():
            _write(page, (row, column), cell, style)
        if sheet.below is not None:
            long[f"xl/worksheets/sheet{number}.xml"] = sheet.below, (looks := looks_of(sheet.below))
            for column, look in enumerate(looks):
                page.write_blank(1 + max(row for row, _ in sheet.cells), column, None, style(*look))
        _lay_out(page, sheet)
        _limit(page, sheet, labels)
        if sheet.states is not None:
            _colour_states(made, page, sheet.states)
    made.close()
    return _with_rows(stream.getvalue(), long) if long else stream.getvalue()


def _with_rows(book: bytes, long: Mapping[str, tuple[Rows, list[Look]]]) -> bytes:
    """Return a finished workbook with rows in the place of their samples, by the path of their part in its archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as made, zipfile.ZipFile(stream, "w") as whole:
        texts = SharedTexts(made.read(_TEXTS).decode())
        for entry in made.infolist():  # the texts stand behind all sheets
            told = made.read(entry)
            with whole.open(entry, "w") as part:
                if entry.filename in long:
                    part.writelines(filled(told.decode(), *long[entry.filename], texts))
                else:
                    part.write(texts.filled().encode() if entry.filename == _TEXTS else told)
    return stream.getvalue()


def _styles(made: Any) -> _StyleOf:  # noqa: ANN401 - the library has no types
    """Return what gives a style with a number of decimals, each made once."""

    @cache
    def style(name: str, decimals: int) -> Any:  # noqa: ANN401 - the library has no types
        look, digits = dict(_STYLES[name]), f"0.{'0' * decimals}" if decimals else "0"
        if "num_format" in look:
            look["num_format"] = look["num_format"].format(digits=digits)
        return made.add_format(look) if look else None

    return style


def _write(page: Any, place: tuple[int, int], cell: Cell, style_of: _StyleOf) -> None:  # noqa: ANN401 - the library has no types
    """Write a number as a number, a day as a day, and everything else as text that stays text."""
    style, value = style_of(cell.style, cell.decimals), cell.value
    if cell.formula is not None:
        shown = float(value) if isinstance(value, Decimal) else value or ""
        page.write_formula(*place, f"={cell.formula}", style, shown)
    elif isinstance(value, bool):
        page.write_boolean(*place, value, style)
    elif isinstance(value, Decimal | int):
        page.write_number(*place, float(value), style)
    elif not value:
        page.write_blank(*place, None, style)
    elif cell.style in {"in-date", "day"} and (day := _day(value)):
        page.write_datetime(*place, day, style)
    elif value.startswith("<r>"):  # which the library would take for XML of its own, if it stood in one piece
        page.write_rich_string(*place, "<", "r", as_much(value)[2:], style)
    else:
        page.write_string(*place, as_much(value), style)


def _day(text: str) -> date | None:
    """Return the day of an ISO text that a workbook can hold."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _lay_out(page: Any, sheet: Sheet) -> None:  # noqa: ANN401 - the library has no types
    for column, width in enumerate(sheet.widths):
        page.set_column(column, column, width or _HIDDEN_WIDTH, None, None if width else {"hidden": True})
    page.set_paper(_A4)
    page.set_landscape()
    if sheet.pages_across is None:
        _fit(page, [width or 0 for width in sheet.widths], sheet.frozen[1])
    else:
        page.fit_to_pages(sheet.pages_across, 0)
    warned = {"number_stored_as_text": _EVERYWHERE}
    if sheet.locked:
        page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        page.set_footer("&L&A&R&P/&N")
        page.protect("", {**_PROTECTION, "insert_rows": sheet.grows})
        page.hide_gridlines(2)
        warned["formula_unlocked"] = _EVERYWHERE
    page.ignore_errors(warned)
    if sheet.frozen != (0, 0):
        page.freeze_panes(*sheet.frozen)
    if sheet.header is not None:
        page.repeat_rows(sheet.header - sheet.header_rows + 1, sheet.header)
        last = max(sheet.header + 1, len(sheet.below or ()) + max(row for row, _ in sheet.cells))
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


def _limit(page: Any, sheet: Sheet, labels: Labels) -> None:  # noqa: ANN401 - the library has no types
    """Put each limit once, on all the cells that share it: a workbook with one for each cell is slow everywhere."""
    shared: dict[Limit, list[tuple[int, int, int, int]]] = {}
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


def _validation(limit: Limit, labels: Labels) -> dict[str, Any]:
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

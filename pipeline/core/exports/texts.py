"""The tables as text: CSV for every program, CSV for a double click in a Vietnamese Excel, JSON; and CSV read back.

Typed text that a spreadsheet would run, or take for a number or a day, gets an apostrophe before it; reading takes that
away again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from pipeline.core.exports.fields import Audience, Cell, Field, Resource, Table
from pipeline.core.exports.values import NUMBER
from pipeline.core.outputs import inert_cell, to_json

MOST_TEXT: Final = 100_000  # characters of a cell; what people type is far shorter
_BOM: Final = "\ufeff"
_NEEDS_QUOTES: Final = re.compile(r"[\"\t\r\n]")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WHOLE: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,11})")
_YES_NO: Final = {"true": True, "false": False}
# What a spreadsheet turns into another number or a day: codes such as 1.1.1 and 0001; a plain whole number stays.
_LIKE_A_NUMBER: Final = re.compile(r"(?!(?:0|[1-9][0-9]{0,8})$)[0-9][0-9 .,:/%eE-]*")


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way to write CSV."""

    folder: str
    delimiter: str
    ends: str
    decimal: str
    begins: str
    for_eyes: bool  # opened by a spreadsheet that guesses: codes are kept from becoming numbers or days


OPEN: Final = Dialect("csv", ",", "\n", ".", "", for_eyes=False)
EXCEL: Final = Dialect("csv-excel", ";", "\r\n", ",", _BOM, for_eyes=True)
DIALECTS: Final = (OPEN, EXCEL)


def csv_text(table: Table, dialect: Dialect) -> str:
    """Return a table as CSV; an empty cell says that there is nothing."""
    lines = [[column.name for column in table.columns]]
    lines += ([_cell(row[column.name], column, dialect) for column in table.columns] for row in table.rows)
    return dialect.begins + "".join(
        dialect.delimiter.join(_quoted(cell, dialect) for cell in line) + dialect.ends for line in lines
    )


def _quoted(cell: str, dialect: Dialect) -> str:
    """Return a cell in quotation marks where it needs them; the library leaves a lone carriage return bare."""
    return (
        f'"{cell.replace(chr(34), chr(34) * 2)}"' if _NEEDS_QUOTES.search(cell) or dialect.delimiter in cell else cell
    )


def _cell(value: Cell, column: Field, dialect: Dialect) -> str:
    if column.kind == "text":
        return _guarded("" if value is None else str(value), dialect)
    text = plain_text(value)
    return text.replace(".", dialect.decimal) if column.kind == "number" else text


def plain_text(value: Cell) -> str:
    """Return a value as machines write it: a decimal point, true or false, nothing as an empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _guarded(text: str, dialect: Dialect) -> str:
    guarded = inert_cell(text)
    return f"'{text}" if dialect.for_eyes and guarded == text and _LIKE_A_NUMBER.fullmatch(text) else guarded


def _bare(text: str) -> str:
    """Return typed text without the apostrophe that was put before it."""
    return text[1:] if text[:1] == "'" and inert_cell(text[1:]) == text else text


def json_text(table: Table, about: Mapping[str, Any]) -> str:
    """Return a table as JSON: what it is, then its rows; a number is text with its decimals.

    Args:
        table: the table.
        about: what all tables of the bundle say of themselves.
    """
    shared = set(about)
    own = [column for column in table.columns if column.name not in shared]
    rows = [{column.name: _json_value(row[column.name]) for column in own} for row in table.rows]
    return to_json({**about, "resource": table.name, "rows": rows})


def _json_value(value: Cell) -> Any:  # noqa: ANN401 - text, number, yes or no, or nothing
    return f"{value:f}" if isinstance(value, Decimal) else value


# --- reading --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WrongCell:
    """A place of a table, counted from 1, and what is wrong there."""

    line: int
    column: int
    found: str
    wanted: str  # key of the words for what is allowed


@dataclass(frozen=True, slots=True)
class ReadTable:
    """A table as a bundle has it, and the line of the file on which each row ends."""

    table: Table
    lines: tuple[int, ...]


def read_csv(resource: Resource, data: bytes, audience: Audience) -> ReadTable | tuple[WrongCell, ...]:
    """Return the table that a CSV file of a bundle tells, or all that is wrong with its shape."""
    columns = resource.columns(audience)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        return (WrongCell(data[: error.start].count(b"\n") + 1, 1, f"0x{data[error.start]:02X}", "utf-8"),)
    rows: list[dict[str, Cell]] = []
    lines: list[int] = []
    wrong: list[WrongCell] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        head = next(reader, [])
        names = [column.name for column in columns]
        if head != names:
            return (WrongCell(1, 1, ",".join(head)[:80], "head"),)
        for cells in reader:
            if len(cells) != len(columns):
                wrong.append(WrongCell(reader.line_num, 1, str(len(cells)), "width"))
                continue
            wrong += _wrong_cells(cells, columns, reader.line_num)
            rows.append({c.name: _value(cell, c) for cell, c in zip(cells, columns, strict=True)})
            lines.append(reader.line_num)
    except csv.Error as error:
        return (*wrong, WrongCell(reader.line_num, 1, str(error)[:80], "csv"))
    wrong += _repeated(resource.key(), rows, lines)
    return tuple(wrong) if wrong else ReadTable(Table(resource, columns, tuple(rows)), tuple(lines))


def _wrong_cells(cells: Iterable[str], columns: Iterable[Field], line: int) -> Iterable[WrongCell]:
    for position, (cell, column) in enumerate(zip(cells, columns, strict=True), 1):
        if not _fits(cell, column):
            yield WrongCell(line, position, cell[:80], column.kind if cell else "owed")


def _fits(cell: str, column: Field) -> bool:
    if not cell:
        return not column.owed
    if column.kind == "text":
        return len(cell) <= MOST_TEXT and (not column.among or _bare(cell) in column.among)
    if column.kind == "yes-no":
        return cell in _YES_NO
    if column.kind == "day":
        return _DAY.fullmatch(cell) is not None
    pattern = NUMBER if column.kind == "number" else _WHOLE
    return pattern.fullmatch(cell) is not None and (column.least is None or Decimal(cell) >= column.least)


def _value(cell: str, column: Field) -> Cell:
    """Return a cell's value; of one that does not fit, nothing: it is named as wrong."""
    if not cell or not _fits(cell, column):
        return None
    if column.kind == "yes-no":
        return _YES_NO[cell]
    if column.kind == "number":
        return Decimal(cell)
    if column.kind == "integer":
        return int(cell)
    return _bare(cell) if column.kind == "text" else cell


def _repeated(key: tuple[str, ...], rows: list[dict[str, Cell]], lines: list[int]) -> Iterable[WrongCell]:
    seen: set[tuple[Cell, ...]] = set()
    for row, line in zip(rows, lines, strict=True):
        own = tuple(row[name] for name in key)
        if key and own in seen:
            yield WrongCell(line, 1, " ".join(map(plain_text, own))[:80], "once")
        seen.add(own)

"""The tables as text: CSV for every program, CSV for a double click in a Vietnamese Excel, JSON; and CSV read back.

Typed text that a spreadsheet would run, or take for a number or a day, gets an apostrophe before it; reading takes that
away again.
"""

from __future__ import annotations

import csv
import io
import json
import re
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from pipeline.core.ground.problems import Problem
from pipeline.core.ground.text import MAIN, bare_cell, inert_cell, to_json
from pipeline.core.publish.opendata.fields import KINDS, Cell, Field, Resource, ResourceTable, Row

CUT_OFF: Final = "bundle-cut-off"
MOST_WRONG: Final = 1_000  # problems of a table that is not read on: a file of bare line ends has one on every line
_TITLE: Final = re.compile("title_([a-z]{2,3})")
_BOM: Final = "\ufeff"
_END: Final = "\n}\n"
_NEEDS_QUOTES: Final = re.compile(r"[\"\t\r\n]")
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


def csv_text(table: ResourceTable, dialect: Dialect) -> str:
    """Return a table as CSV; an empty cell says that there is nothing."""
    cells = table.by_column()
    columns = [_column(cells[column.name], column, dialect) for column in table.columns]
    return dialect.begins + "".join(dialect.delimiter.join(line) + dialect.ends for line in zip(*columns, strict=True))


def _quoted(cell: str, delimiter: str) -> str:
    """Return a cell in quotation marks where it needs them; the library leaves a lone carriage return bare."""
    return f'"{cell.replace(chr(34), chr(34) * 2)}"' if _NEEDS_QUOTES.search(cell) or delimiter in cell else cell


def _column(values: Sequence[Cell], column: Field, dialect: Dialect) -> list[str]:
    """Return the cells of a column, its name first."""
    name, delimiter = column.name, dialect.delimiter
    head = _quoted(name, delimiter)
    if column.kind == "text":  # most stand in many lines
        texts = ["" if value is None else str(value) for value in values]
        told = {text: _guarded(text, delimiter, for_eyes=dialect.for_eyes) for text in {*texts}}
        return [head, *map(told.__getitem__, texts)]
    plain = map(plain_text, values)
    if column.kind == "number":  # no sign in it wants quotes
        return [head, *(text.replace(".", dialect.decimal) for text in plain)]
    return [head, *(_quoted(text, delimiter) for text in plain)]


def plain_text(value: Cell) -> str:
    """Return a value as machines write it: a decimal point, true or false, nothing as an empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _guarded(text: str, delimiter: str, *, for_eyes: bool) -> str:
    """Return a cell of typed text."""
    guarded = inert_cell(text)
    if for_eyes and guarded == text and _LIKE_A_NUMBER.fullmatch(text):
        guarded = f"'{text}"
    return _quoted(guarded, delimiter)


def json_text(table: ResourceTable, about: Mapping[str, Any]) -> str:
    """Return a table as JSON: what it is, then its rows; a number is text with its decimals.

    `about`: what all tables of the bundle say of themselves.
    """
    names = [column.name for column in table.columns if column.name not in about]
    numbers = [column.name for column in table.columns if column.kind == "number"]
    rows = [{name: row[name] for name in names} for row in table.rows]
    for row in rows:
        row |= {name: f"{value:f}" for name in numbers if isinstance(value := row[name], Decimal)}
    head = to_json({**about, "resource": table.name, "rows": []})
    if not rows:
        return head
    # As `to_json` writes it, in a fifth of the time: no text holds a line's end, which JSON writes as two letters.
    written = json.dumps(rows, ensure_ascii=False, separators=(",\n      ", ": "))
    lines = written[2:-2].replace("},\n      {", "\n    },\n    {\n      ")
    return f"{head.removesuffix('[]' + _END)}[\n    {{\n      {lines}\n    }}\n  ]{_END}"


# --- reading --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReadTable:
    """A table as a bundle has it, where it stands, and the line of the file on which each row ends."""

    table: ResourceTable
    path: str
    lines: Sequence[int]
    positions: Mapping[tuple[Cell, ...], int]  # of each row by its key

    def problem(self, code: str, row: int, column: str | None = None, **figures: str) -> Problem:
        """Return what is wrong with a row, or with a field of it, at its place."""
        names = [field.name for field in self.table.columns]
        position = names.index(column) + 1 if column in names else 1
        return Problem(code, "error", self.path, self.lines[row], position, figures)


def languages_in(data: bytes) -> tuple[str, ...]:
    """Return the languages of a bundle, the main one first: those in which its table of the year has a title."""
    head = data.partition(b"\n")[0].decode("utf-8", "replace").split(",")
    found = (match[1] for name in head if (match := _TITLE.fullmatch(name)))
    return tuple(dict.fromkeys((MAIN, *found)))


def read_csv(resource: Resource, path: str, data: bytes, columns: tuple[Field, ...]) -> ReadTable | tuple[Problem, ...]:
    """Return the table that a CSV file of a bundle tells, or what is wrong with its shape: of very much, the first."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return (_wrong("bundle-table", (path, line), found=f"0x{data[error.start]:02X}", allowed="UTF-8"),)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows, ends, wrong = list[Row](), array("L"), list[Problem]()
    try:
        head = next(reader, [])  # of an older bundle: without the columns that came later
        columns = tuple(column for column in columns if not column.later or column.name in head)
        names = [column.name for column in columns]
        if head != names:
            return (_wrong("bundle-table", (path, 1), found=_short(",".join(head)), allowed=",".join(names)),)
        known = [_Values(column) for column in columns]
        for cells in reader:
            if len(wrong) >= MOST_WRONG:
                return (*wrong, _cut_off((path, reader.line_num), wrong))
            if len(ends) >= resource.most:
                return (_wrong("bundle-too-large", (path, reader.line_num), allowed=str(resource.most)),)
            ends.append(reader.line_num)
            try:
                told = [values[cell] for values, cell in zip(known, cells, strict=True)]
                rows.append(dict(zip(names, told, strict=True)))
            except ValueError:
                wrong.extend(_wrong_row(cells, columns, (path, reader.line_num)))
    except csv.Error as error:
        return (_wrong("bundle-table", (path, reader.line_num), found=_short(str(error)), allowed="CSV"),)
    return tuple(wrong) or _with_positions(ResourceTable(resource, columns, tuple(rows)), path, ends)


class _Values(dict[str, Cell]):
    """What the cells of a column say: each word is judged once."""

    def __init__(self, column: Field) -> None:
        """Take the column, and no word yet."""
        super().__init__()
        self._column = column

    def __missing__(self, cell: str) -> Cell:
        """Return what a cell says that no row before had; a ValueError says that it does not fit."""
        if not _fits(cell, self._column):
            raise ValueError(cell)
        self[cell] = value = KINDS[self._column.kind].value(cell) if cell else None
        return value


def _wrong(code: str, place: tuple[str, int], column: int = 1, **figures: str) -> Problem:
    return Problem(code, "error", place[0], max(place[1], 1), column, figures)


def _cut_off(place: tuple[str, int], found: Sequence[Problem]) -> Problem:
    return _wrong(CUT_OFF, place, limit=str(len(found)))


def _wrong_row(cells: Sequence[str], columns: Sequence[Field], place: tuple[str, int]) -> Iterator[Problem]:
    if len(cells) != len(columns):
        yield _wrong("bundle-table", place, found=f"{len(cells)} ,", allowed=f"{len(columns)} ,")
        return
    for position, (cell, column) in enumerate(zip(cells, columns, strict=True), 1):
        if not _fits(cell, column):
            figures = {"field": column.name, "found": _short(cell) or "–", "allowed": _allowed(column)}
            yield _wrong("bundle-cell", place, position, **figures)


def _with_positions(table: ResourceTable, path: str, lines: Sequence[int]) -> ReadTable | tuple[Problem, ...]:
    """Return a table whose rows are found by their keys, or the rows whose key another one has."""
    key = table.resource.key()
    positions: dict[tuple[Cell, ...], int] = {}
    found: list[Problem] = []
    for position, row in enumerate(table.rows):
        own = tuple(row[name] for name in key)
        if own in positions:
            if len(found) >= MOST_WRONG:
                return (*found, _cut_off((path, lines[position]), found))
            name = _short(" ".join(map(plain_text, own))) or "–"
            found.append(_wrong("bundle-repeated", (path, lines[position]), key=name))
        positions.setdefault(own, position)
    return tuple(found) if found else ReadTable(table, path, lines, positions)


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79]}…"


def _allowed(column: Field) -> str:
    """Return what a cell of a column may hold, in signs that every language reads."""
    return ", ".join(column.among) if column.among else KINDS[column.kind].example


def _fits(cell: str, column: Field) -> bool:
    if not cell:
        return not column.owed
    if not KINDS[column.kind].shape.fullmatch(cell):
        return False
    among = not column.among or bare_cell(cell) in column.among
    return among and (column.least is None or Decimal(cell) >= column.least)

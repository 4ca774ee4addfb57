"""A workbook before it is painted: sheets of cells with styles, limits, widths. It knows no spreadsheet program."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, NamedTuple, TypeAlias

from pipeline.core.ground.table import Table

Prefilled: TypeAlias = "str | Decimal | bool | None"
Rows: TypeAlias = "Sequence[Sequence[str | Decimal | int | None]]"  # None leaves a cell alone


# First those of forms, then those of tables to read, then those of open data.
Style: TypeAlias = Literal[
    "title", "banner", "plain", "help", "head", "key", "locked", "number", "area", "area-number", "formula", "state",
    "closed", "in-text", "in-number", "in-score", "in-date", "in-code",
    "line", "column", "text", "points", "moved", "count", "day",
    "data-title", "data-name", "data-text", "data-formula", "bare",
]  # fmt: skip


Place: TypeAlias = tuple[int, int]  # row and column, from 0


class Cell(NamedTuple):
    """One cell: its value (a day as ISO text where the style is that of days), or a formula with its present value."""

    value: str | Decimal | int | None
    style: Style
    formula: str | None = None
    decimals: int = 0  # that a style of points shows


class Limit(NamedTuple):
    """What may be typed into a cell: a kind with bounds, or one of a list of words or of the cells of a range."""

    place: Place
    kind: Literal["number", "whole", "date", "text", "list"]
    low: str = ""
    high: str = ""
    words: tuple[str, ...] = ()
    source: str = ""


@dataclass(slots=True)
class Sheet:
    """One sheet; a column without width is hidden."""

    name: str
    cells: dict[Place, Cell] = field(default_factory=dict)
    widths: tuple[float | None, ...] = ()
    frozen: Place = (0, 0)
    header: int | None = None  # the last row of what is repeated on every printed page; it gets filters
    header_rows: int = 1
    limits: list[Limit] = field(default_factory=list)
    states: tuple[int, int, int] | None = None  # first row, last row and column of words that begin with a sign
    hidden: bool = False
    locked: bool = True  # but for the open cells of a form
    grows: bool = False  # rows may be inserted though it is locked
    pages_across: int | None = None  # of paper; None: as many as can be read with ease
    below: Rows | None = None  # rows of open data below the cells

    def put(self, row: int, column: int, value: Prefilled, style: Style, formula: str | None = None) -> None:
        """Put a value into a cell."""
        self.cells[row, column] = Cell(None if isinstance(value, bool) else value, style, formula)

    def put_table(self, table: Table, top: int) -> None:
        """Put a table's headings into a row and its values below; an empty value leaves its cell alone."""
        for position, title in enumerate(table.head):
            self.put(top, position, title, "column")
        for row, values in enumerate(table.rows, top + 1):
            for position, (value, column) in enumerate(zip(values, table.columns, strict=True)):
                if value is not None and value != "":
                    style = "text" if isinstance(value, str) and column.kind != "day" else column.kind
                    self.cells[row, position] = Cell(value, style, decimals=table.decimals)


@dataclass(frozen=True, slots=True)
class Book:
    """A whole workbook."""

    title: str
    sheets: Iterable[Sheet]  # a large one gives each of them once, so that it never holds all


def letters(column: int) -> str:
    """Return the letters of a column counted from 0."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def address(row: int, column: int) -> str:
    """Return the address of a cell counted from 0."""
    return f"{letters(column)}{row + 1}"

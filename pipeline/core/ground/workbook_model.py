"""A workbook before it is painted: sheets of cells with styles, limits, widths. It knows no spreadsheet program."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, NamedTuple, TypeAlias

Prefilled: TypeAlias = "str | Decimal | bool | None"


Style: TypeAlias = Literal[
    "title", "banner", "plain", "help", "head", "key", "locked", "number", "area", "area-number", "formula", "state",
    "closed", "in-text", "in-number", "in-score", "in-date", "in-code",
]  # fmt: skip


Place: TypeAlias = tuple[int, int]  # row and column, from 0


class Cell(NamedTuple):
    """One cell: its value (a day as ISO text where the style is that of days), or a formula with its present value."""

    value: str | Decimal | None
    style: Style
    formula: str | None = None


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
    header: int | None = None  # the row repeated on every printed page
    limits: list[Limit] = field(default_factory=list)
    states: tuple[int, int, int] | None = None  # first row, last row and column of words that begin with a sign
    hidden: bool = False

    def put(self, row: int, column: int, value: Prefilled, style: Style, formula: str | None = None) -> None:
        """Put a value into a cell."""
        self.cells[row, column] = Cell(None if isinstance(value, bool) else value, style, formula)


@dataclass(frozen=True, slots=True)
class Book:
    """A whole workbook."""

    title: str
    sheets: tuple[Sheet, ...]


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

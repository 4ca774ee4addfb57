"""One table with a title, columns and rows, and how it is painted as text and as Markdown.

As cells of a workbook it is painted by `workbook_model.Sheet.put_table`, on a page by the templates of the site. Open
data has a model of its own (`publish.opendata.fields`): its columns have names and types for programs, no widths.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Literal, TypeAlias

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.numbers import fixed, places

Kind: TypeAlias = Literal["text", "points", "moved", "count", "day"]  # moved: points with a sign; a day is ISO text
Value: TypeAlias = "str | Decimal | int | None"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, what stands in it, and how wide it is in characters."""

    title: str
    kind: Kind = "text"
    width: int = 12

    @property
    def is_number(self) -> bool:
        """Tell whether figures stand in the column, which line up at their last digit."""
        return self.kind in {"points", "moved", "count"}


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table; every row has a value for each column."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    keep: int = 0  # columns that stay in sight
    decimals: int = 0  # of points

    @property
    def head(self) -> tuple[str, ...]:
        """Return the headings."""
        return tuple(column.title for column in self.columns)

    @property
    def right(self) -> tuple[int, ...]:
        """Return the positions of the columns that hold figures."""
        return tuple(position for position, column in enumerate(self.columns) if column.is_number)

    def told(self, labels: Labels) -> Table:
        """Return the same table with all values as text in the language of the labels."""
        kinds = [column.kind for column in self.columns]
        rows = (tuple(map(partial(self._told, labels), row, kinds)) for row in self.rows)
        return replace(self, rows=tuple(rows))

    def texts(self) -> list[list[str]]:
        """Return the headings and the rows of a table whose values are texts."""
        return [[str(value) for value in row] for row in (self.head, *self.rows)]

    def _told(self, labels: Labels, value: Value, kind: Kind) -> str:
        if isinstance(value, Decimal):
            sign = "+" if kind == "moved" and value > 0 else ""
            return sign + labels.number(exact_points(value, self.decimals))
        if kind == "day" and value is not None:
            return labels.date(str(value))
        return "" if value is None else str(value)


def table_of_texts(title: str, head: Iterable[str], rows: Iterable[tuple[str, ...]]) -> Table:
    """Return a table whose values are texts already, such as the numbers under a chart."""
    return Table(title, tuple(map(Column, head)), tuple(rows))


def exact_points(value: Decimal, decimals: int) -> str:
    """Return points with the year's decimals, or with as many more as a wrong score has: a sum must show them."""
    return fixed(value, max(decimals, places(value)))


def columns(rows: Sequence[Sequence[str]], right: Collection[int] = (), *, ruled: bool = True) -> str:
    """Return rows in aligned columns of text, a rule under the first where it is wanted."""
    width = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    aligned = [
        "  ".join(cell.rjust(width[i]) if i in right else cell.ljust(width[i]) for i, cell in enumerate(row)).rstrip()
        for row in rows
    ]
    rule = ["  ".join("─" * size for size in width)] if ruled else []
    return "\n".join([aligned[0], *rule, *aligned[1:]])


def markdown_table(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> str:
    """Return rows as a table of Markdown; who calls has made typed text harmless in the manner that it needs."""
    rule = ["---:" if position in right else "---" for position in range(len(rows[0]))]
    return "\n".join(f"| {' | '.join(row)} |" for row in (rows[0], rule, *rows[1:]))

"""What a chart says, before anybody draws it: finding, marks, axis, source, text alternative, table of its numbers.

Every text is already in the reader's language; numbers beside marks are texts as well, so that a drawing calculates
nothing but places. Which charts there are: `from_results`. How they look: `svg`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Literal, TypeAlias

from pipeline.core.ground.numbers import Exact
from pipeline.core.ground.table import Table

Shape: TypeAlias = Literal["disc", "ring", "diamond", "square", "tick"]
Colour: TypeAlias = Literal["one", "two", "three", "muted"]
Sense: TypeAlias = Literal["gain", "loss", "one"]
Join: TypeAlias = Literal["whole", "part", ""]  # what is compared corresponds as a whole, in part, or not at all


@lru_cache(maxsize=65_536)
def _at(*ends_and_value: int) -> Fraction:
    """Return where a value lies between two ends, each as a quotient; the same points stand in many charts."""
    low, high, place = map(Fraction, ends_and_value[::2], ends_and_value[1::2])
    return Fraction(0) if place <= low else Fraction(1) if place >= high else (place - low) / (high - low)


@dataclass(frozen=True, slots=True)
class Axis:
    """The scale that all marks of a chart share; `ticks` are values with their texts, `unit` says what is measured."""

    low: Exact
    high: Exact
    ticks: tuple[tuple[Exact, str], ...]
    unit: str

    def at(self, value: Exact) -> Fraction:
        """Return where a value lies between both ends, from 0 to 1; what lies outside stays at the end."""
        return _at(*self.low.as_integer_ratio(), *self.high.as_integer_ratio(), *value.as_integer_ratio())


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of mark: told apart by its shape first, by its colour second."""

    name: str
    shape: Shape
    colour: Colour


@dataclass(frozen=True, slots=True)
class DotRow:
    """One line of a dot plot: a value per series (None where there is none), the text at its end, its interval."""

    label: str
    text: str
    values: tuple[Exact | None, ...]
    interval: tuple[Exact, Exact] | None = None
    spread: tuple[Exact, ...] = ()  # the values that it sums up, a thin stroke each


@dataclass(frozen=True, slots=True)
class Dots:
    """Values on a common axis: a dot plot with intervals, or a dumbbell where the marks of a row are joined."""

    series: tuple[Series, ...]
    rows: tuple[DotRow, ...]
    axis: Axis
    joined: bool = False
    interval: str = ""  # what an interval means, for the legend


@dataclass(frozen=True, slots=True)
class BarRow:
    """A bar from one value to another; both equal: a level that is only marked."""

    label: str
    text: str
    start: Exact
    end: Exact
    sense: Sense


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars that begin where the one before ended: a waterfall, or a Pareto of shares that add up."""

    rows: tuple[BarRow, ...]
    axis: Axis
    rule: Exact | None = None  # a value that a line marks


@dataclass(frozen=True, slots=True)
class StackRow:
    """The shares of one row, 0 to 1, in the order of the levels; none where they are not shown, which `text` says."""

    label: str
    text: str
    shares: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Stacks:
    """Shares of ordered answers on both sides of a middle, the best to the left."""

    levels: tuple[str, ...]
    rows: tuple[StackRow, ...]


@dataclass(frozen=True, slots=True)
class LineRow:
    """One figure over the moments: a value and its text at each, None where there is none."""

    series: Series
    values: tuple[Exact | None, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """Figures over several moments; `joins` says of each but the first how it is joined to the one before."""

    moments: tuple[str, ...]
    rows: tuple[LineRow, ...]  # the one that the finding is about first
    joins: tuple[Join, ...]
    axis: Axis


Body: TypeAlias = Dots | Bars | Stacks | Lines


@dataclass(frozen=True, slots=True)
class Chart:
    """One figure.

    `id` is unique on a page; `title` states the finding; `note` gives source and number of cases; `alt` says in a
    sentence or two what somebody who sees the drawing takes from it.
    """

    id: str
    title: str
    note: str
    alt: str
    table: Table  # of texts; the first cell of a row heads it
    body: Body


def parts_of(body: Body, most: int) -> tuple[slice | None, ...]:
    """Return which rows of a dot plot stand together where it has more than so many, all parts nearly alike.

    Example: of 40 rows and at most 16 there are parts of 14, 14 and 12. None is all rows, of any other body too.
    """
    rows = len(body.rows) if isinstance(body, Dots) else 0
    if rows <= most:
        return (None,)
    each = -(-rows // -(-rows // most))
    return tuple(slice(at, at + each) for at in range(0, rows, each))


def steps_between(low: Exact, high: Exact, *, most: int = 5) -> tuple[Decimal, ...]:
    """Return round values that cover a range, evenly spaced: 1, 2 or 5 times a power of ten apart.

    Args:
        low: the least value that must lie inside.
        high: the greatest value that must lie inside.
    """
    bottom, top = Fraction(low), Fraction(high)
    if bottom == top:
        top += 1
    power = -6
    while True:
        for factor in (1, 2, 5):
            step = Decimal(factor).scaleb(power)
            first, last = bottom // Fraction(step), -(-top // Fraction(step))
            if last - first <= most:
                return tuple(step * count for count in range(first, last + 1))
        power += 1

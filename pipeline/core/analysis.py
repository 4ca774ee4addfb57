"""Figures for readers that scoring itself does not need: what was lost where, what the next grade takes, what moved.

Pure and exact like scoring; pages and reports show what stands here and calculate nothing themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction

from pipeline.core.model import Grade, Year
from pipeline.core.numbers import rounded
from pipeline.core.scoring import AgencyScore, LeafScore, Results


@dataclass(frozen=True, slots=True)
class NextGrade:
    """The grade above, how far the index is from it, and the least points that reach it."""

    grade: Grade
    index_distance: Decimal
    points: Decimal


def points_lost(entry: AgencyScore) -> tuple[LeafScore, ...]:
    """Return the leaves where an agency lost points, the greatest loss first, then by code."""
    lost = [leaf for leaf in entry.leaves if leaf.lost > 0]
    return tuple(sorted(lost, key=lambda leaf: -leaf.lost))


def next_grade(year: Year, entry: AgencyScore) -> NextGrade | None:
    """Return what the grade above the agency's own would take; None at the top or without an index."""
    if entry.index is None or entry.published is None:
        return None
    above = [grade for grade in year.cycle.grades if entry.grade is None or grade.from_index > entry.grade.from_index]
    if not above:
        return None
    grade = min(above, key=lambda grade: grade.from_index)
    policy = year.cycle.policy
    step = Decimal(1).scaleb(-policy.points.decimals)
    points = _steps_up(Fraction(grade.from_index) * entry.total.out_of / 100 - entry.total.points, step)
    if not policy.rank_on_exact:
        while _reaches(entry, points - step, grade, year):
            points -= step
    return NextGrade(grade, grade.from_index - entry.published, points)


def _steps_up(value: Fraction, step: Decimal) -> Decimal:
    steps = Decimal(-(-value // Fraction(step)))
    return (steps * step).quantize(step, rounding=ROUND_CEILING)


def _reaches(entry: AgencyScore, points: Decimal, grade: Grade, year: Year) -> bool:
    policy = year.cycle.policy
    index = 100 * (entry.total.points + Fraction(points)) / entry.total.out_of
    return rounded(index, policy.index_decimals, policy.index_rounding) >= grade.from_index


def median(values: Iterable[Fraction]) -> Fraction | None:
    """Return the middle value, or the mean of the two middle ones; None of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def area_indices(results: Results, code: str) -> tuple[Fraction, ...]:
    """Return the indices that agencies reached in an area, those to which it applies, in the order of the ranking."""
    found = (area.index for entry in results.agencies for area in entry.areas if area.criterion.code == code)
    return tuple(index for index in found if index is not None)

"""The ranking: how many reached which grade, what the next grade takes, who leads by how much."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction

from pipeline.core.index.scoring import AgencyScore, Results
from pipeline.core.record.model import Grade, Year

RankRange = tuple[int, int]


def grade_counts(results: Results) -> tuple[tuple[Grade, int], ...]:
    """Return how many agencies reached each grade, from the top, grades that nobody reached included."""
    reached = [entry.grade.id for entry in results.agencies if entry.grade is not None]
    return tuple((grade, reached.count(grade.id)) for grade in results.year.cycle.grades)


@dataclass(frozen=True, slots=True)
class NextGrade:
    """The grade above, how far the index is from it, and the least points that reach it."""

    grade: Grade
    index_distance: Decimal
    points: Decimal


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
    index = 100 * (entry.total.points + Fraction(points)) / entry.total.out_of
    return year.cycle.policy.rounded_index(index) >= grade.from_index


@dataclass(frozen=True, slots=True)
class Lead:
    """Who stands first and last in the ranking, and how far apart their published indices are."""

    first: tuple[AgencyScore, ...]
    last: tuple[AgencyScore, ...]
    gap: Decimal
    ranked: int


def lead(results: Results) -> Lead | None:
    """Return the ends of the ranking; None where nobody is ranked."""
    ranked = [entry for entry in results.agencies if entry.rank is not None and entry.published is not None]
    if not ranked:
        return None
    first, last = ranked[0], ranked[-1]
    gap = (first.published or Decimal(0)) - (last.published or Decimal(0))

    def beside(end: AgencyScore) -> tuple[AgencyScore, ...]:
        return tuple(entry for entry in ranked if entry.rank == end.rank)

    return Lead(beside(first), beside(last), gap, len(ranked))

"""Figures for readers that scoring itself does not need: what was lost where, what the next grade takes, what moved.

Pure and exact like scoring; pages and reports show what stands here and calculate nothing themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction

from pipeline.core.model import EXPLANATION, Criterion, Grade, Text, Year
from pipeline.core.numbers import rounded
from pipeline.core.scoring import AgencyScore, LeafScore, Part, Results
from pipeline.core.survey import group_points


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


@dataclass(frozen=True, slots=True)
class Lead:
    """Who stands first and last in the ranking, and how far apart their published indices are."""

    first: tuple[AgencyScore, ...]
    last: AgencyScore
    gap: Decimal
    ranked: int


def lead(results: Results) -> Lead | None:
    """Return the ends of the ranking; None where nobody is ranked."""
    ranked = [entry for entry in results.agencies if entry.rank is not None and entry.published is not None]
    if not ranked:
        return None
    first, last = ranked[0], ranked[-1]
    gap = (first.published or Decimal(0)) - (last.published or Decimal(0))
    return Lead(tuple(entry for entry in ranked if entry.rank == first.rank), last, gap, len(ranked))


@dataclass(frozen=True, slots=True)
class AreaStanding:
    """How the agencies did in an area: the median and the best index, and who reached the best."""

    median: Fraction
    best: Fraction
    best_agencies: frozenset[str]


def area_standing(results: Results, code: str) -> AreaStanding | None:
    """Return how the agencies to which an area applies did in it; None where it has no index."""
    indices = area_indices(results, code)
    middle = median(indices)
    if middle is None:
        return None
    best = max(indices)
    reached = {
        entry.agency.slug
        for entry in results.agencies
        for area in entry.areas
        if area.criterion.code == code and area.index == best
    }
    return AreaStanding(middle, best, frozenset(reached))


def part_of(entry: AgencyScore, criterion: Criterion) -> Part | None:
    """Return an agency's points below a criterion of any depth; None where nothing of it applies or stands yet."""
    own = [leaf for leaf in entry.leaves if leaf.criterion.code in criterion.leaves and leaf.points is not None]
    if not own:
        return None
    return Part(
        points=sum((leaf.points or Fraction(0) for leaf in own), Fraction(0)),
        out_of=sum((leaf.out_of or Fraction(0) for leaf in own), Fraction(0)),
    )


def loss_reason(leaf: LeafScore) -> Text | None:
    """Return why a leaf has its points: the latest reason on its road, an amendment's before its line's."""
    for step in reversed(leaf.road.steps):
        if step.stage == EXPLANATION:
            continue
        if step.amendment is not None:
            return step.amendment.reason
        if step.line.reason is not None:
            return step.line.reason
    return None


def percent(share: Fraction) -> Fraction:
    """Return a share from 0 to 1 as a percentage, exact."""
    return 100 * share


def points_of_groups(year: Year) -> Mapping[str, Decimal]:
    """Return how many points each survey group gives over all criteria of a year."""
    given: dict[str, Decimal] = {}
    for leaf in year.leaves():
        for group, points in group_points(leaf).items():
            given[group] = given.get(group, Decimal(0)) + points
    return given

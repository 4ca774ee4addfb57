"""The ranking: league table, what the next grade takes, who leads by how much, and how much it depends on choices.

`robustness` ranks the year again without survey, without what managers say of their own agency, without one area,
without bonus and penalty, and compared the other way (on exact indices in the place of published ones, or the reverse):
decision 0027.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction

from pipeline.core.index.scoring import AgencyScore, LeafScore, Results, from_survey, is_bonus, standings
from pipeline.core.record.model import Criterion, Grade, Year

# --- the league table -------------------------------------------------------------------------------------------------


RankRange = tuple[int, int]


@dataclass(frozen=True, slots=True)
class LeagueRow:
    """One agency in the league table; `ranks` are the best and worst rank that survey error cannot tell apart."""

    score: AgencyScore
    ranks: RankRange | None
    next_grade: NextGrade | None


def league(results: Results, ranks: Mapping[str, RankRange] | None = None) -> tuple[LeagueRow, ...]:
    """Return the league table in the order of the ranking.

    Args:
        results: the year's scores.
        ranks: by agency the best and worst rank within survey error, where that was estimated.
    """
    known = ranks or {}
    return tuple(
        LeagueRow(entry, known.get(entry.agency.slug), next_grade(results.year, entry)) for entry in results.agencies
    )


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


# --- how much the ranking depends on choices --------------------------------------------------------------------------


WITHOUT_SURVEY, WITHOUT_AREA, WITHOUT_SELF = "without-survey", "without-area", "without-self"
WITHOUT_BONUS, OTHER_POLICY = "without-bonus", "other-policy"


@dataclass(frozen=True, slots=True)
class Trial:
    """The ranking with one thing otherwise; an agency to which nothing is left to apply has no rank in it."""

    kind: str
    area: Criterion | None  # the area left out
    ranks: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Robustness:
    """The ranking as it is and as it would be in each trial."""

    ranks: Mapping[str, int]
    trials: tuple[Trial, ...]

    def span(self, agency: str) -> tuple[int, int]:
        """Return an agency's best and worst rank over the ranking and all trials."""
        found = [trial.ranks[agency] for trial in self.trials if agency in trial.ranks]
        return min(self.ranks[agency], *found), max(self.ranks[agency], *found)

    def shift(self, agency: str) -> int:
        """Return by how many places the agency moves in the trial that moves it most."""
        best, worst = self.span(agency)
        return max(self.ranks[agency] - best, worst - self.ranks[agency])

    def keep_within(self, places: int) -> tuple[str, ...]:
        """Return the agencies that no trial moves by more than so many places."""
        return tuple(agency for agency in self.ranks if self.shift(agency) <= places)


def robustness(results: Results, groups: Collection[str] = ()) -> Robustness | None:
    """Rank the year again with one thing otherwise at a time; None where nobody is ranked.

    Args:
        results: the year's scores.
        groups: survey groups that are left out in one trial: those that rate their own agency, as far as a rank
            without them may be told.
    """
    ranks = {entry.agency.slug: entry.rank for entry in results.agencies if entry.rank is not None}
    trials = (trial for trial in _trials(results, groups) if trial.ranks)  # without its only area a year has no ranking
    return Robustness(ranks, tuple(trials)) if ranks else None


def _trials(results: Results, groups: Collection[str]) -> Iterator[Trial]:
    year = results.year
    if any(map(from_survey, year.leaves())):
        yield Trial(WITHOUT_SURVEY, None, _ranks(results, year, lambda leaf: not from_survey(leaf.criterion)))
    if groups:
        yield Trial(WITHOUT_SELF, None, _ranks_without_groups(results, groups))
    for area in year.criteria.values():
        if area.parent is None and area.out_of > 0:
            yield Trial(WITHOUT_AREA, area, _ranks_without(results, area))
    if any(map(is_bonus, year.leaves())):
        yield Trial(WITHOUT_BONUS, None, _ranks(results, year, lambda leaf: not is_bonus(leaf.criterion)))
    yield Trial(OTHER_POLICY, None, _ranks(results, _compared_otherwise(year), lambda _: True))


def _ranks_without(results: Results, area: Criterion) -> Mapping[str, int]:
    return _ranks(results, results.year, lambda leaf: leaf.criterion.area != area.code)


def _ranks_without_groups(results: Results, groups: Collection[str]) -> Mapping[str, int]:
    """Rank the year again as if nobody of some survey groups had answered, and groups without answers were left out."""

    def heard(leaf: LeafScore) -> LeafScore | None:
        parts = [part for part in leaf.survey.parts if part.points is not None] if leaf.survey else []
        kept = [part for part in parts if part.group not in groups]
        if leaf.points is None or len(kept) == len(parts):
            return leaf
        policy, points = results.year.cycle.policy, sum((part.points or Fraction(0) for part in kept), Fraction(0))
        out_of = sum((Fraction(part.out_of) for part in kept), Fraction(0))
        rounded = points if policy.points.leaf_exact else Fraction(policy.rounded_points(points))
        return replace(leaf, points=rounded, out_of=out_of) if kept else None

    leaves = {entry.agency.slug: tuple(filter(None, map(heard, entry.leaves))) for entry in results.agencies}
    return {one.agency.slug: one.rank for one in standings(results.year, leaves) if one.rank is not None}


def _compared_otherwise(year: Year) -> Year:
    """Return the year with ranks on exact indices where they are on published ones, and the other way round."""
    policy = replace(year.cycle.policy, rank_on_exact=not year.cycle.policy.rank_on_exact)
    return replace(year, cycle=replace(year.cycle, policy=policy))


def _ranks(results: Results, year: Year, keep: Callable[[LeafScore], bool]) -> Mapping[str, int]:
    leaves = {entry.agency.slug: tuple(filter(keep, entry.leaves)) for entry in results.agencies}
    return {entry.agency.slug: entry.rank for entry in standings(year, leaves) if entry.rank is not None}

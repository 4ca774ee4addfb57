"""How much the ranking hangs on choices: without survey, area, or bonus and penalty; compared the other way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from pipeline.core.index.scoring import LeafScore, Results, from_survey, is_bonus, standings
from pipeline.core.record.model import Criterion, Year

WITHOUT_SURVEY, WITHOUT_AREA = "without-survey", "without-area"
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


def robustness(results: Results) -> Robustness | None:
    """Rank the year again with one thing otherwise at a time; None where nobody is ranked."""
    ranks = {entry.agency.slug: entry.rank for entry in results.agencies if entry.rank is not None}
    trials = (trial for trial in _trials(results) if trial.ranks)  # without its only area a year has no ranking
    return Robustness(ranks, tuple(trials)) if ranks else None


def _trials(results: Results) -> Iterator[Trial]:
    year = results.year
    if any(map(from_survey, year.leaves())):
        yield Trial(WITHOUT_SURVEY, None, _ranks(results, year, lambda leaf: not from_survey(leaf.criterion)))
    for area in year.criteria.values():
        if area.parent is None and area.out_of > 0:
            yield Trial(WITHOUT_AREA, area, _ranks_without(results, area))
    if any(map(is_bonus, year.leaves())):
        yield Trial(WITHOUT_BONUS, None, _ranks(results, year, lambda leaf: not is_bonus(leaf.criterion)))
    yield Trial(OTHER_POLICY, None, _ranks(results, _compared_otherwise(year), lambda _: True))


def _ranks_without(results: Results, area: Criterion) -> Mapping[str, int]:
    return _ranks(results, results.year, lambda leaf: leaf.criterion.area != area.code)


def _compared_otherwise(year: Year) -> Year:
    """Return the year with ranks on exact indices where they are on published ones, and the other way round."""
    policy = replace(year.cycle.policy, rank_on_exact=not year.cycle.policy.rank_on_exact)
    return replace(year, cycle=replace(year.cycle, policy=policy))


def _ranks(results: Results, year: Year, keep: Callable[[LeafScore], bool]) -> Mapping[str, int]:
    leaves = {entry.agency.slug: tuple(filter(keep, entry.leaves)) for entry in results.agencies}
    return {entry.agency.slug: entry.rank for entry in standings(year, leaves) if entry.rank is not None}

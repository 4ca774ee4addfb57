"""Agencies beside each other: area by area, the survey beside the appraisal, criterion by criterion beside the median.

All shares are in percent of what applies to the agency, and exact.
"""

from __future__ import annotations

import statistics
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from pipeline.core.ground.numbers import share
from pipeline.core.index.scoring import AgencyScore, LeafScore, Results, Subtotal, is_bonus
from pipeline.core.record.model import AgencyGroup, Criterion


def median(values: Iterable[Fraction]) -> Fraction | None:
    """Return the middle value, or the mean of the two middle ones; None of nothing."""
    listed = list(values)
    return statistics.median(listed) if listed else None


# --- areas ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AreaStanding:
    """How the agencies did in an area: the median and the best index, and who reached the best."""

    median: Fraction
    best: Fraction
    best_agencies: frozenset[str]


def area_standings(results: Results) -> Mapping[str, AreaStanding]:
    """Return by area how the agencies to which it applies did in it; nothing of one that has no index."""
    reached: dict[str, dict[str, Fraction]] = {}
    for entry in results.agencies:
        for area in entry.areas:
            if area.index is not None:
                reached.setdefault(area.criterion.code, {})[entry.agency.slug] = area.index
    return {code: _standing(indices) for code, indices in reached.items()}


def _standing(indices: Mapping[str, Fraction]) -> AreaStanding:
    best = max(indices.values())
    reached = frozenset(slug for slug, index in indices.items() if index == best)
    return AreaStanding(statistics.median(indices.values()), best, reached)


def part_of(entry: AgencyScore, criterion: Criterion) -> Subtotal | None:
    """Return an agency's points below a criterion of any depth; None where nothing of it applies or stands yet."""
    found = map(entry.leaf, criterion.leaves)
    own = [leaf for leaf in found if leaf is not None and leaf.points is not None]
    if not own:
        return None
    if len(own) == 1:
        return Subtotal(own[0].points or Fraction(0), own[0].out_of or Fraction(0))
    return Subtotal(
        points=sum((leaf.points or Fraction(0) for leaf in own), Fraction(0)),
        out_of=sum((leaf.out_of or Fraction(0) for leaf in own), Fraction(0)),
    )


# --- groups of agencies -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GroupStanding:
    """One group: its agencies in the order of the ranking, the indices known of them, and places among the ranked."""

    group: AgencyGroup
    entries: tuple[AgencyScore, ...]
    indices: tuple[Fraction, ...]  # from low to high
    five: tuple[Fraction, ...]  # lowest, first quartile, median, third quartile, highest; nothing where nobody has one
    places: Mapping[str, int]  # by slug: better ranks in the group are counted, so that the year's ranking decides


def group_standings(results: Results) -> Iterator[GroupStanding]:
    """Yield the groups in the order in which the year lists them; none of a year without."""
    for group in results.year.groups.values():
        own = tuple(entry for entry in results.agencies if entry.agency.group == group.id)
        ranks = {entry.agency.slug: entry.rank for entry in own if entry.rank is not None}
        indices = tuple(sorted(entry.index for entry in own if entry.index is not None))
        middle = statistics.quantiles(indices, n=4, method="inclusive") if len(indices) > 1 else [*indices] * 3
        order = sorted(ranks.values())
        places = {slug: 1 + bisect_left(order, rank) for slug, rank in ranks.items()}
        yield GroupStanding(group, own, indices, (*indices[:1], *middle, *indices[-1:]), places)


# --- the survey beside the appraisal ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Contrast:
    """One agency's appraisal and survey, each in percent of what applies, and its place in each among the ranked."""

    score: AgencyScore
    appraisal: Fraction | None
    survey: Fraction | None
    appraisal_rank: int | None
    survey_rank: int | None

    @property
    def gap(self) -> Fraction | None:
        """Return by how many percentage points the appraisal stands above the survey; None where one is missing."""
        return None if self.appraisal is None or self.survey is None else self.appraisal - self.survey


def contrasts(results: Results) -> tuple[Contrast, ...]:
    """Return every agency's survey beside its appraisal, in the order of the ranking."""
    appraised = _places(results, lambda entry: entry.appraisal.index)
    asked = _places(results, lambda entry: entry.survey.index)
    return tuple(
        Contrast(
            entry,
            appraisal=entry.appraisal.index,
            survey=entry.survey.index,
            appraisal_rank=appraised.get(entry.agency.slug),
            survey_rank=asked.get(entry.agency.slug),
        )
        for entry in results.agencies
    )


def _places(results: Results, figure: Callable[[AgencyScore], Fraction | None]) -> dict[str, int]:
    """Return competition ranks of the ranked agencies by an exact figure."""
    known = {e.agency.slug: value for e in results.agencies if e.agency.ranked and (value := figure(e)) is not None}
    return {slug: 1 + sum(other > value for other in known.values()) for slug, value in known.items()}


# --- strengths and weaknesses -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trait:
    """One criterion of one agency beside the median, both in percent of what applies; a bonus in percent of a point."""

    leaf: LeafScore
    percent: Fraction
    median: Fraction

    @property
    def gap(self) -> Fraction:
        """Return by how many percentage points the agency stands above the median."""
        return self.percent - self.median

    @property
    def ahead(self) -> Fraction:
        """Return the gap in points of this criterion."""
        return self.gap * _worth(self.leaf) / 100


@dataclass(frozen=True, slots=True)
class Profile:
    """What an agency does better than the median, and where it lost points below it, each the most telling first."""

    score: AgencyScore
    strengths: tuple[Trait, ...]  # by points ahead of the median
    weaknesses: tuple[Trait, ...]  # by points lost, then by the gap
    alike: bool  # whether there is something to compare, and no difference in it


def profiles(results: Results) -> tuple[Profile, ...]:
    """Return every agency's profile in the order of the ranking; where all did alike nobody is strong or weak."""
    shares: dict[str, list[Fraction]] = {}
    for entry in results.agencies:
        for leaf in entry.leaves:
            if (percent := _percent(leaf)) is not None:
                shares.setdefault(leaf.criterion.code, []).append(percent)
    medians = {code: median(values) for code, values in shares.items()}
    compared = {code for code, values in shares.items() if len(values) > 1}
    return tuple(_profile(entry, medians, compared) for entry in results.agencies)


def _worth(leaf: LeafScore) -> Fraction:
    """Return the points that are a hundred percent of a leaf: its maximum, one point of a bonus."""
    return Fraction(1) if is_bonus(leaf.criterion) else leaf.out_of or Fraction(0)


def _percent(leaf: LeafScore) -> Fraction | None:
    return None if leaf.points is None else share(leaf.points, _worth(leaf))


def _profile(entry: AgencyScore, medians: Mapping[str, Fraction | None], compared: Collection[str]) -> Profile:
    traits = [
        Trait(leaf, percent, middle)
        for leaf in entry.leaves
        if (percent := _percent(leaf)) is not None and (middle := medians[leaf.criterion.code]) is not None
    ]
    return Profile(
        score=entry,
        strengths=tuple(sorted((t for t in traits if t.gap > 0), key=lambda trait: -trait.ahead)),
        weaknesses=tuple(
            sorted((t for t in traits if t.gap < 0 < t.leaf.lost), key=lambda trait: (-trait.leaf.lost, trait.gap))
        ),
        alike=any(t.leaf.criterion.code in compared for t in traits) and not any(t.gap for t in traits),
    )

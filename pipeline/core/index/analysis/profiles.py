"""Strengths and weaknesses of an agency: criterion by criterion against the median of those to whom it applies."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction

from pipeline.core.index.analysis.averages import median, share
from pipeline.core.index.scoring import AgencyScore, LeafScore, Results, is_bonus


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

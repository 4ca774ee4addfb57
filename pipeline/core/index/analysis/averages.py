"""What several analyses share: the middle of some values, shares in percent, the points that survey groups give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

from pipeline.core.index.survey_points import group_points
from pipeline.core.record.model import Year


def median(values: Iterable[Fraction]) -> Fraction | None:
    """Return the middle value, or the mean of the two middle ones; None of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def percent(share: Fraction) -> Fraction:
    """Return a share from 0 to 1 as a percentage, exact."""
    return 100 * share


def share(part: Fraction | Decimal, whole: Fraction | Decimal) -> Fraction | None:
    """Return part of whole in percent, exact; None of nothing."""
    return None if whole == 0 else 100 * Fraction(part) / Fraction(whole)


def points_of_groups(year: Year) -> Mapping[str, Decimal]:
    """Return how many points each survey group gives over all criteria of a year."""
    given: dict[str, Decimal] = {}
    for leaf in year.leaves():
        for group, points in group_points(leaf).items():
            given[group] = given.get(group, Decimal(0)) + points
    return given

"""Every pair of a year's ranked agencies, compared with an interval of its own; the program asks only where it must."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import combinations
from typing import NamedTuple

from pipeline.core.survey.intervals import Comparisons, Estimate, Estimates, _with_interval


class Comparison(NamedTuple):
    """Two agencies: the first's index less the second's, and whether survey error can explain it."""

    difference: Estimate
    separated: bool


def pairs_of(found: Estimates) -> Mapping[tuple[str, str], Comparison]:
    """Return each pair once, the better one first, in the order of the ranking; none where chance has no part."""
    return {pair: comparison(found.comparisons, pair) for pair in combinations(found.comparisons.numbers, 2)}


def comparison(own: Comparisons, pair: tuple[str, str]) -> Comparison:
    """Compare two agencies."""
    one, other = sorted(own.numbers[slug] for slug in pair)
    difference = (own._ranked[one].index or Fraction(0)) - (own._ranked[other].index or Fraction(0))
    for reason in (*own._errors[one].unknown.values(), *own._errors[other].unknown.values()):
        return Comparison(Estimate(difference, reason=reason), separated=False)
    found = _with_interval(difference, own._spread(one, other), own._level, most=100, least=-100)
    clear = found.low is None or found.high is None or not found.low <= 0 <= found.high
    return Comparison(found, separated=clear and own._counted[one] != own._counted[other])

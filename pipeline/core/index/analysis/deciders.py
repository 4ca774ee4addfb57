"""What decides the ranking: how much of the differences between indices each area and criterion makes, and which none.

An index differs from the mean by the sum over its parts of 100 x points / out_of less the part's weight x the mean. A
part's share is its covariance with the index by the variance of the index: shares sum to 100 percent but for rounding,
and one that evens others out is below zero (Paruolo, Saisana and Saltelli 2013 on why this is not the weight). Figures
are whole millionths of a percentage point, on which every machine agrees: decision 0068.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from operator import mul
from typing import Final

from pipeline.core.ground.numbers import share
from pipeline.core.index.analysis.reweighting import scoreboard
from pipeline.core.index.scoring import Results
from pipeline.core.record.model import Criterion

_PERCENT: Final = 100 * 10**6  # millionths of a percentage point in the whole


@dataclass(frozen=True, slots=True)
class Decider:
    """One area or criterion: what it weighs, and what it does to the differences between agencies."""

    criterion: Criterion
    weight: Fraction | None  # its maximum in percent of the year's; None of a bonus
    effective: Fraction  # its share of what applied, on average, in percent
    share: Fraction  # of the differences, in percent
    correlation: (
        Fraction | None
    )  # of its index with the whole, in hundredths; None of few agencies, or of no difference


def deciders(results: Results, criteria: Sequence[Criterion], enough: int) -> tuple[Decider, ...]:
    """Return what some criteria do to the differences, the most first; nothing where all indices are the same.

    Args:
        criteria: that together hold every leaf once: all areas, or all leaves.
        enough: from how many agencies on a correlation is told.
    """
    board = scoreboard(results)
    most = [sum(board.maxima[kind]) for kind in board.kinds]
    whole = [_parts(sum(own), out_of) for own, out_of in zip(board.points, most, strict=True)]
    if len(set(whole)) < 2:
        return ()
    mean = _rounded(sum(whole), len(whole))
    away = [one - mean for one in whole]
    found: list[Decider] = []
    for criterion in criteria:
        places = [place for place, leaf in enumerate(board.leaves) if leaf.code in criterion.leaves]
        own = [
            (sum(points[at] for at in places), sum(board.maxima[kind][at] for at in places))
            for points, kind in zip(board.points, board.kinds, strict=True)
        ]
        adds = [
            _rounded(_PERCENT * points - mean * out_of, whole_of)
            for (points, out_of), whole_of in zip(own, most, strict=True)
        ]
        known = [(_parts(*part), index) for part, index in zip(own, whole, strict=True) if part[1]]
        weights = sum(
            (Fraction(out_of, whole_of) for (_, out_of), whole_of in zip(own, most, strict=True)), Fraction(0)
        )
        decider = Decider(
            criterion=criterion,
            weight=share(criterion.out_of, results.year.cycle.out_of) if criterion.out_of else None,
            effective=100 * weights / len(own),
            share=Fraction(100 * sum(map(mul, adds, away)), sum(map(mul, away, away))),
            correlation=_correlation(known) if len(known) >= enough else None,
        )
        found.append(decider)
    return tuple(sorted(found, key=lambda one: -one.share))


def _parts(points: int, out_of: int) -> int:
    """Return points of a maximum in millionths of a percentage point."""
    return _rounded(_PERCENT * points, out_of)


def _rounded(above: int, below: int) -> int:
    return (2 * above + below) // (2 * below)


def _correlation(pairs: Sequence[tuple[int, int]]) -> Fraction | None:
    """Return the correlation of two figures, in hundredths; None where one does not differ."""
    count = len(pairs)
    sums = [sum(pair[side] for pair in pairs) for side in (0, 1)]
    spread = [count * sum(pair[side] ** 2 for pair in pairs) - sums[side] ** 2 for side in (0, 1)]
    if not all(spread):
        return None
    both = count * sum(one * other for one, other in pairs) - sums[0] * sums[1]
    size = (math.isqrt(4 * 10**4 * both**2 // (spread[0] * spread[1])) + 1) // 2
    return Fraction(size if both > 0 else -size, 100)


def tell_nobody_apart(results: Results) -> tuple[Criterion, ...]:
    """Return the leaves where all agencies to which they apply, two or more, earned the same part; none still open."""
    return tuple(leaf for leaf in results.year.leaves() if _is_alike(results, leaf.code))


def _is_alike(results: Results, code: str) -> bool:
    first, told = None, 0
    for leaf in (entry.leaf(code) for entry in results.agencies):
        if leaf is None or leaf.points is None:
            if leaf is not None and leaf.outstanding:
                return False
            continue
        part = share(leaf.points, leaf.out_of) if leaf.out_of else leaf.points
        first, told = part if first is None else first, told + 1
        if part != first:
            return False
    return told > 1

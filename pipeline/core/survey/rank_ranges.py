"""The ranks that survey error leaves open: who is clearly better than an agency, and who clearly worse.

Two indices differ clearly where the interval of their difference leaves out 0. The error of a difference is no larger
than the reaches of both agencies together, so a pair that lies further apart needs no comparison: in the order of the
ranking these are all above some place and all below another. What is found is what comparing all pairs finds.

Three agencies with the indices 90, 70 and 69 reach 2 each: the first is clearly ahead, the other two are compared.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Final, NamedTuple, TypeAlias

_ROUNDED: Final = 1 + 1e-5  # more than reckoning with doubles, and products that are rounded, can add
Asked: TypeAlias = Callable[[int, int], tuple[bool, bool]]
RankRange: TypeAlias = tuple[int | None, int | None]


class Ranked(NamedTuple):
    """A ranked agency: its index, how far chance may move it, and its place as ranks are counted, equal ones alike."""

    figure: float  # the exact index
    reach: float  # no difference has a larger margin than the reaches of both
    place: int  # from 0
    known: bool  # whether its error is


def rank_ranges(ranked: Sequence[Ranked], step: float, asked: Asked, wanted: Iterable[int]) -> Mapping[int, RankRange]:
    """Return the best and worst rank of some agencies; None where chance has no part in any of their comparisons.

    Args:
        step: by how much two indices must differ to be compared as different, whatever rounding does.
        asked: compares two agencies, the better one first: whether they are apart, and whether chance has a part.
    """
    own = [number for number, one in enumerate(ranked) if one.known]
    least = list(accumulate((ranked[n].figure for n in own), min))
    most = list(accumulate((ranked[n].figure for n in reversed(own)), max))[::-1]
    ahead = list(  # how many places the first so many hold
        accumulate((a == 0 or ranked[own[a - 1]].place < ranked[n].place for a, n in enumerate(own)), initial=0)
    )
    furthest = max((ranked[n].reach for n in own), default=0.0)
    places = len({one.place for one in ranked})
    waiting: dict[tuple[int, int], tuple[bool, bool]] = {}

    def answer(one: int, other: int) -> tuple[bool, bool]:
        pair = min(one, other), max(one, other)
        if pair in waiting:
            return waiting.pop(pair)  # both have it now
        waiting[pair] = asked(*pair)
        return waiting[pair]

    def row(number: int) -> RankRange:
        here = ranked[number]
        margin = max(step, (here.reach + furthest) * _ROUNDED)
        above = bisect_left(least, 1, key=lambda figure: figure - here.figure <= margin)
        below = bisect_left(most, 1, key=lambda figure: here.figure - figure > margin)
        sure, found = [*own[:above], *own[below:]], dict[int, tuple[bool, bool]]()
        for other in own[above:below]:
            there = ranked[other]
            if abs(there.figure - here.figure) > max(step, (here.reach + there.reach) * _ROUNDED):
                sure.append(other)
            elif other != number:
                found[other] = answer(number, other)
        apart = [*(other for other, told in found.items() if told[0]), *sure[above + len(own) - below :]]
        better = {ranked[other].place for other in apart if other < number} - _at(ranked, own[:above][-1:])
        worse = {ranked[other].place for other in apart if other > number} - _at(ranked, own[below:][:1])
        moved = len(own) < len(ranked) or any(told[1] for told in found.values())
        if not moved and not any(here.reach + ranked[n].reach > 0 and asked(*sorted((number, n)))[1] for n in sure):
            return None, None
        behind = ahead[-1] - ahead[below] + (0 < below < len(own) and not ahead[below + 1] - ahead[below])
        return 1 + ahead[above] + len(better), places - behind - len(worse)

    return {number: row(number) for number in wanted}


def _at(ranked: Sequence[Ranked], numbers: Iterable[int]) -> set[int]:
    return {ranked[number].place for number in numbers}

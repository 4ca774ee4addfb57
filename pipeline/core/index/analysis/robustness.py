"""How much the ranking depends on choices: ranked again with one thing otherwise, and who then changes places.

Left out are the survey, what managers say of their own agency, each area, bonus and penalty; weighed alike are the
areas, and the criteria; areas are multiplied in the place of added (their weighted geometric mean), and indices are
compared the other way, exact in the place of published or the reverse: decisions 0027 and 0068.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from pipeline.core.index.analysis.reweighting import Scoreboard, scoreboard
from pipeline.core.index.scoring import LeafScore, Results, from_survey, is_bonus
from pipeline.core.record.model import Agency, Criterion

WITHOUT_SURVEY, WITHOUT_AREA, WITHOUT_SELF = "without-survey", "without-area", "without-self"
WITHOUT_BONUS, OTHER_POLICY = "without-bonus", "other-policy"
EQUAL_AREAS, EQUAL_CRITERIA, GEOMETRIC = "equal-areas", "equal-criteria", "geometric"
_CLOSE: Final = 1e-4  # of a step: nearer to where rounding turns, the root is compared exactly
_FINEST: Final = 6  # decimals of a geometric mean where exact indices are ranked


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
    swaps: Mapping[tuple[str, str], int]  # in how many trials the better of two agencies stands below the other
    zero: tuple[Agency, Criterion] | None = None  # who has no points in which area, so that areas cannot be multiplied

    def span(self, agency: str) -> tuple[int, int]:
        """Return an agency's best and worst rank over the ranking and all trials."""
        found = [trial.ranks[agency] for trial in self.trials if agency in trial.ranks]
        return min(self.ranks[agency], *found), max(self.ranks[agency], *found)

    def shift(self, agency: str) -> int:
        """Return by how many places the agency moves in the trial that moves it most."""
        best, worst = self.span(agency)
        return max(self.ranks[agency] - best, worst - self.ranks[agency])


def robustness(results: Results, groups: Collection[str] = ()) -> Robustness | None:
    """Rank the year again with one thing otherwise at a time; None where nobody is ranked.

    `groups`: survey groups that are left out in one trial: those that rate their own agency, as far as a rank without
    them may be told.
    """
    board = scoreboard(results)
    if not board.slugs:
        return None
    trials = tuple(trial for trial in _trials(results, board, groups) if trial.ranks)  # one area is all there is
    swaps = board.swapped([trial.ranks.get(slug) for slug in board.slugs] for trial in trials)
    zero = _zero(board) if len(_areas(board)) > 1 else None
    return Robustness(dict(zip(board.slugs, board.ranks, strict=True)), trials, swaps, zero)


def _trials(results: Results, board: Scoreboard, groups: Collection[str]) -> Iterator[Trial]:
    areas = _areas(board)

    def left(kind: str, keep: Callable[[Criterion], bool], area: Criterion | None = None) -> Trial:
        return _trial(kind, board, board.indices([int(keep(leaf)) for leaf in board.leaves]), area)

    if any(map(from_survey, board.leaves)):
        yield left(WITHOUT_SURVEY, lambda leaf: not from_survey(leaf))
    if groups:
        heard = {entry.agency.slug: _without_groups(results, entry.leaves, groups) for entry in results.agencies}
        other = scoreboard(results, heard)
        yield _trial(WITHOUT_SELF, board, other.indices([1] * len(board.leaves)))
    for area in areas:
        yield left(WITHOUT_AREA, lambda leaf, area=area: leaf.area != area.code, area)  # type: ignore[misc]
    if any(map(is_bonus, board.leaves)):
        yield left(WITHOUT_BONUS, lambda leaf: not is_bonus(leaf))
    if len(areas) > 1:
        yield _trial(EQUAL_AREAS, board, board.indices(_alike(board, [board.year.criteria[x.code] for x in areas])))
        if _zero(board) is None:
            yield _trial(GEOMETRIC, board, _multiplied(board))
    given = [leaf for leaf in board.leaves if leaf.out_of > 0]
    if len(given) > 1:
        yield _trial(EQUAL_CRITERIA, board, board.indices(_alike(board, given)))
    exact = not board.year.cycle.policy.rank_on_exact
    yield _trial(OTHER_POLICY, board, board.indices([1] * len(board.leaves), exact=exact))


def _trial(kind: str, board: Scoreboard, indices: Sequence[int | None], area: Criterion | None = None) -> Trial:
    placed = zip(board.slugs, board.ranked(indices), strict=True)
    return Trial(kind, area, {slug: rank for slug, rank in placed if rank is not None})


def _areas(board: Scoreboard) -> tuple[Criterion, ...]:
    return tuple(one for one in board.year.criteria.values() if one.parent is None and one.out_of > 0)


def _without_groups(results: Results, leaves: Sequence[LeafScore], groups: Collection[str]) -> list[LeafScore]:
    """Return an agency's leaves as if nobody of some survey groups had answered, and such groups were left out."""

    def heard(leaf: LeafScore) -> LeafScore | None:
        parts = [part for part in leaf.survey.parts if part.points is not None] if leaf.survey else []
        kept = [part for part in parts if part.group not in groups]
        if leaf.points is None or len(kept) == len(parts):
            return leaf
        policy, points = results.year.cycle.policy, sum((part.points or Fraction(0) for part in kept), Fraction(0))
        out_of = sum((Fraction(part.out_of) for part in kept), Fraction(0))
        rounded = points if policy.points.leaf_exact else Fraction(policy.rounded_points(points))
        return replace(leaf, points=rounded, out_of=out_of) if kept else None

    return list(filter(None, map(heard, leaves)))


# --- weighed alike, multiplied --------------------------------------------------------------------------------------


def _alike(board: Scoreboard, parts: Sequence[Criterion]) -> list[int]:
    """Return weights that make some areas, or leaves, worth the same, together what they are worth now.

    Example: areas of 10 and 30 points count twice, and two thirds; a bonus counts once. In whole numbers 6, 2 and 3.
    """
    owner = {leaf: part for part in parts for leaf in part.leaves}
    whole = sum((Fraction(part.out_of) for part in parts), Fraction(0)) / len(parts)
    factors = [
        whole / Fraction(owner[leaf.code].out_of) if leaf.out_of and leaf.code in owner else Fraction(1)
        for leaf in board.leaves
    ]
    common = math.lcm(*(factor.denominator for factor in factors))
    return [int(factor * common) for factor in factors]


def _zero(board: Scoreboard) -> tuple[Agency, Criterion] | None:
    """Return the first ranked agency without points in an area, and that area: any product with it is nothing."""
    found = (
        (board.year.agencies[slug], area)
        for slug, own in zip(board.slugs, _by_area(board), strict=True)
        for area, points, _ in own
        if points <= 0
    )
    return next(found, None)


def _by_area(board: Scoreboard) -> Iterator[list[tuple[Criterion, int, int]]]:
    """Yield what each agency has in the areas that apply to it: points without bonus and penalty, and the maximum."""
    places = [
        (area, [place for place, leaf in enumerate(board.leaves) if leaf.area == area.code and leaf.out_of > 0])
        for area in _areas(board)
    ]
    for own, kind in zip(board.points, board.kinds, strict=True):
        most = board.maxima[kind]
        parts = ((area, sum(own[at] for at in leaves), sum(most[at] for at in leaves)) for area, leaves in places)
        yield [part for part in parts if part[2]]


def _multiplied(board: Scoreboard) -> list[int | None]:
    """Return the indices with areas multiplied, each to the power of its share, and bonus and penalty added.

    A logarithm only says which step is near; where rounding might turn, the root is compared as a product of whole
    numbers, so that no machine can come to another rank.
    """
    policy = board.year.cycle.policy
    scale = 100 * 10 ** (_FINEST if policy.rank_on_exact else policy.index_decimals)
    beside = [place for place, leaf in enumerate(board.leaves) if leaf.out_of == 0]
    found: list[int | None] = []
    for own, kind, parts in zip(board.points, board.kinds, _by_area(board), strict=True):
        bonus = Fraction(sum(own[at] for at in beside), sum(board.maxima[kind]))
        steps = _root([(points, out_of) for _, points, out_of in parts], bonus, scale)
        found.append(max(0, min(scale, steps)))
    return found


def _root(parts: Sequence[tuple[int, int]], bonus: Fraction, scale: int) -> int:
    """Return the weighted geometric mean of (points, maximum), with a bonus, in rounded steps of which `scale` are 1.

    Example: 1 of 2 and 2 of 2, no bonus, scale 1000: the square root of a half, 707.
    """
    whole = sum(out_of for _, out_of in parts)
    logarithm = sum(out_of / whole * math.log(points / out_of) for points, out_of in parts)
    near = (math.exp(logarithm) + float(bonus)) * scale + 0.5
    step = math.floor(near)
    edge = round(near)
    if abs(near - edge) > _CLOSE:
        return step
    limit = Fraction(2 * edge - 1, 2 * scale) - bonus  # from here on it is rounded up to `edge`
    common = math.gcd(*(out_of for _, out_of in parts))
    power = math.prod((Fraction(*part) ** (part[1] // common) for part in parts), start=Fraction(1))
    return edge if limit <= 0 or power >= limit ** (whole // common) else edge - 1

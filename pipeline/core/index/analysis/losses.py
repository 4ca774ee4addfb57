"""Where points were lost, criterion by criterion, the greatest first; where everyone earned all, or nobody any.

A penalty is a loss like any other; a bonus is not, for it has no maximum that could be missed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from pipeline.core.ground.numbers import share
from pipeline.core.ground.text import Text
from pipeline.core.index.scoring import AgencyScore, LeafScore, Results, is_bonus
from pipeline.core.record.model import Criterion


@dataclass(frozen=True, slots=True)
class Losses:
    """What was lost in one criterion, and what share of everything lost."""

    name: str
    points: Fraction
    out_of: Fraction  # what applied
    share: Fraction  # percent of everything lost in the year
    running: Fraction  # percent lost here and in those before it
    leaves: tuple[LeafScore, ...]  # one leaf an agency

    @property
    def losers(self) -> int:
        """Count the leaves that lost anything."""
        return sum(leaf.lost > 0 for leaf in self.leaves)


def losses_by_criterion(results: Results) -> tuple[Losses, ...]:
    """Return the criteria where points were lost, the greatest loss first, then by code; agencies' leaves likewise."""
    order = {leaf.code: number for number, leaf in enumerate(results.year.leaves())}
    groups: dict[str, list[LeafScore]] = {}
    for entry in results.agencies:
        for leaf in entry.leaves:
            groups.setdefault(leaf.criterion.code, []).append(leaf)
    lost = {key: sum((leaf.lost for leaf in own), Fraction(0)) for key, own in groups.items()}
    whole = sum(lost.values(), Fraction(0))
    names = sorted((key for key in groups if lost[key] > 0), key=lambda key: (-lost[key], order[key]))
    found: list[Losses] = []
    running = Fraction(0)
    for key in names:
        part = share(lost[key], whole) or Fraction(0)
        running += part
        leaves = sorted(groups[key], key=lambda leaf: -leaf.lost)
        out_of = sum((leaf.out_of or Fraction(0) for leaf in leaves if leaf.points is not None), Fraction(0))
        found.append(Losses(key, lost[key], out_of, part, running, tuple(leaves)))
    return tuple(found)


# What may hold of a criterion at every agency to which it applies: all its points, never all of them, none at all.
_HOLDS: Final[Mapping[str, Callable[[LeafScore], bool]]] = {
    "full": lambda leaf: leaf.points == leaf.out_of,
    "short": lambda leaf: leaf.points != leaf.out_of,
    "nothing": lambda leaf: leaf.points == 0,
}
EVERYWHERE: Final = tuple(_HOLDS)


def everywhere(results: Results, what: str) -> tuple[Criterion, ...]:
    """Return the leaves with points to give of which one of `EVERYWHERE` holds; one still outstanding is not told."""
    holds, found = _HOLDS[what], list[Criterion]()
    for criterion in results.year.leaves():
        leaves = [leaf for entry in results.agencies if (leaf := entry.leaf(criterion.code)) is not None]
        counted = [leaf for leaf in leaves if leaf.points is not None]
        if criterion.out_of > 0 and counted and all(map(holds, counted)) and not any(x.outstanding for x in leaves):
            found.append(criterion)
    return tuple(found)


def beside(results: Results, sign: int) -> tuple[tuple[AgencyScore, Fraction], ...]:
    """Return the agencies that got a bonus (sign 1) or a penalty (-1), each with its points, above zero, by ranking."""

    def counted(entry: AgencyScore) -> Fraction:
        own = (sign * (leaf.points + leaf.cut) for leaf in entry.leaves if leaf.points and is_bonus(leaf.criterion))
        return sum((points for points in own if points > 0), Fraction(0))

    return tuple((entry, points) for entry in results.agencies if (points := counted(entry)))


def loss_reason(leaf: LeafScore) -> Text | None:
    """Return why a leaf has its points: the latest reason on its road, an amendment's before its line's."""
    for step in reversed(leaf.road.steps):
        if step.kind == "explain":
            continue
        if step.amendment is not None:
            return step.amendment.reason
        if step.line.reason is not None:
            return step.line.reason
    return None

"""Results of a year whose lines do not fit its rules: what the rules give in their place, and what stays as stated.

After a change of an option's points, a maximum, the rounding or an exemption, existing scores break their rules.
The effect of the change is then shown with the points that each rule gives for the existing answer. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from pipeline.core.ground.numbers import places, rounded
from pipeline.core.ground.problems import Source
from pipeline.core.index.scoring import LeafScore, Results, Step, standings
from pipeline.core.record.model import Year


@dataclass(frozen=True, slots=True)
class Misfit:
    """A deciding score that its rule does not give, and the points taken in its place."""

    agency: str
    criterion: str
    stage: str
    source: Source
    stated: Decimal
    points: Decimal | None  # None where the rule gives none: the stated score is kept


def misfits(results: Results) -> tuple[Misfit, ...]:
    """Return the deciding scores that their rules do not give, in the order of the ranking, then by code."""
    leaves = (leaf for entry in results.agencies for leaf in entry.leaves)
    return tuple(found for leaf in leaves for found in _misfit(results.year, leaf))


def refitted(results: Results, found: tuple[Misfit, ...]) -> Results:
    """Return the results with the points that rules give in the place of scores that do not fit."""
    given = {(one.agency, one.criterion): one.points for one in found}

    def fitted(leaf: LeafScore) -> LeafScore:
        points = given.get((leaf.road.agency, leaf.criterion.code))
        return leaf if points is None else replace(leaf, points=Fraction(points))

    leaves = {entry.agency.slug: tuple(map(fitted, entry.leaves)) for entry in results.agencies}
    return replace(results, agencies=standings(results.year, leaves))


def _misfit(year: Year, leaf: LeafScore) -> Iterator[Misfit]:
    rule, step, policy = leaf.criterion.rule, leaf.road.deciding, year.cycle.policy.points
    if rule is None or not rule.has_line or step is None or leaf.points is None or not isinstance(step.value, Decimal):
        return
    bounded = rule.smallest() <= step.value <= rule.largest(leaf.criterion.out_of)
    free = step.kind == "decide" or step.amendment is not None
    answer = step.standing if _is_read(leaf, step) else None
    fits = bounded and places(step.value) <= policy.decimals
    out_of, decimals, mode = leaf.criterion.out_of, policy.decimals, policy.rounding
    if fits and (free or rule.gives(step.value, answer, out_of=out_of, decimals=decimals, mode=mode)):
        return
    known = not free and (answer is not None or not rule.answered)
    given = rule.points(answer, out_of=out_of, decimals=decimals, mode=mode) if known else None
    points = None if given is None else rounded(given, decimals, mode)
    yield Misfit(leaf.road.agency, leaf.criterion.code, step.stage, step.line.source, step.value, points)


def _is_read(leaf: LeafScore, step: Step) -> bool:
    """Tell whether the rule reads the latest answer up to a step: an older one does not stand in for it."""
    rule, upto = leaf.criterion.rule, leaf.road.steps[: leaf.road.steps.index(step) + 1]
    own = [one.line.answer for one in upto if one.kind != "explain" and one.line.answer is not None]
    return rule is not None and bool(own) and not rule.answer(own[-1])[1]

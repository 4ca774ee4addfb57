"""Which points a leaf's rule can give at all, while the facts that stand can only be better met: for what-if.

What was assigned stays assigned, and faults can only be fewer than those that stand. Which of these points an agency
should seek is the matter of `whatif`; how an answer gives points is that of `rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from pipeline.core.ground.numbers import Rounding, rounded
from pipeline.core.record.rules import (
    Answer,
    Bands,
    Bonus,
    Checklist,
    Choice,
    Deduction,
    Judged,
    Proportional,
    Ratio,
    Rule,
)


@dataclass(frozen=True, slots=True)
class LeafCase:
    """One leaf: its rule, the answer that stands, its maximum, and how the year writes points."""

    rule: Rule
    answer: Answer | None
    out_of: Decimal
    decimals: int
    mode: Rounding

    @property
    def unit(self) -> Decimal:
        """Return the smallest step of points: 0.01 with two decimals."""
        return Decimal(1).scaleb(-self.decimals)

    def points(self, answer: Answer) -> Decimal | None:
        """Return what the rule gives for an answer."""
        return self.rule.points(answer, out_of=self.out_of, decimals=self.decimals, mode=self.mode)


def attainable(case: LeafCase) -> tuple[Decimal, ...]:
    """Return the points that a leaf's rule can give, ascending; none for survey and SIPAS, which no agency writes.

    Points with more decimals than the year has are left out, for no line may carry them.
    """
    find = ATTAINABLE.get(case.rule.name)
    found = set() if find is None else set(find(case))
    return tuple(sorted(points for points in found if points % case.unit == 0))


def _choice(case: LeafCase) -> Iterator[Decimal]:
    assert isinstance(case.rule, Choice)
    yield from (option.points for option in case.rule.options.values())


def _checklist(case: LeafCase) -> Iterable[Decimal]:
    assert isinstance(case.rule, Checklist)
    sums = {Decimal(0)}
    for item in case.rule.items.values():
        sums |= {total + item.points for total in sums}
    return sums


def _proportional(case: LeafCase) -> Iterator[Decimal]:
    rule, answer = case.rule, case.answer
    assert isinstance(rule, Proportional)
    if not isinstance(answer, Ratio):
        yield from _continuous(case, rule)
        return
    yield from _counted(replace(case, answer=None), rule, answer.assigned)


@lru_cache(maxsize=1024)  # many leaves share a rule and a number assigned, and a site asks of each again and again
def _counted(case: LeafCase, rule: Proportional, assigned: Decimal) -> tuple[Decimal, ...]:
    edges = (int(limit * assigned // 100) for limit in (rule.zero_below, rule.full_from))
    tried = (done + more for done in (*_starts(case, assigned), *edges) for more in (-1, 0, 1))
    most = None if rule.over else assigned
    counts = (done for done in {0, *tried} if done >= 0 and (most is None or done <= most))
    found = (case.points(Ratio(Decimal(done), assigned)) for done in counts)
    return tuple(points for points in found if points is not None)


def _starts(case: LeafCase, assigned: Decimal) -> Iterator[int]:
    """Yield, for every step and half step of points, about how many of those assigned give it."""
    for half in range(2 * int(case.out_of / case.unit) + 1):
        share = Fraction(half, 2) * Fraction(case.unit) / Fraction(case.out_of)
        yield int(share * Fraction(assigned))


def _continuous(case: LeafCase, rule: Proportional) -> Iterator[Decimal]:
    """Yield what any share can give: nothing, everything, and each step between the two limits."""
    yield from (Decimal(0), case.out_of)
    low = Fraction(rule.zero_below) / 100 * Fraction(case.out_of)
    high = Fraction(rule.full_from) / 100 * Fraction(case.out_of)
    if low >= high:
        return
    yield rounded(low, case.decimals, case.mode)
    before, after = (Fraction(0), Fraction(1)) if case.mode == "down" else (Fraction(1, 2), Fraction(1, 2))
    for step in range(int(case.out_of / case.unit) + 1):
        points, unit = step * case.unit, Fraction(case.unit)
        if max(low, Fraction(points) - before * unit) < min(high, Fraction(points) + after * unit):
            yield points


def _bands(case: LeafCase) -> Iterator[Decimal]:
    rule, answer = case.rule, case.answer
    assert isinstance(rule, Bands)
    if not isinstance(answer, Ratio):
        yield from (band.points for band in rule.bands)
        return
    for limit in (Decimal(0), *(value for band in rule.bands for value in (band.from_value, band.above) if value)):
        for more in (0, 1):
            done = limit * answer.assigned // 100 + more
            points = case.points(Ratio(done, answer.assigned)) if rule.over or done <= answer.assigned else None
            if points is not None:
                yield points


def _deduction(case: LeafCase) -> Iterable[Decimal]:
    rule, answer = case.rule, case.answer
    assert isinstance(rule, Deduction)
    known = answer if isinstance(answer, Mapping) else None
    losses = {Decimal(0)}
    for fault, item in rule.faults.items():
        losses = {loss for start in losses for loss in _repeated(start, item.points, known, fault, case.out_of)}
    return {max(rule.floor, case.out_of - loss) for loss in losses}


def _repeated(
    start: Decimal, per: Decimal, known: Mapping[str, int] | None, fault: str, most: Decimal
) -> Iterator[Decimal]:
    """Yield a loss with one fault more and more often: as often as it stands, or until nothing is left to lose."""
    count = 0
    while known is None or count <= known.get(fault, 0):
        yield min(start + count * per, most)
        if per <= 0 or start + count * per >= most:
            return
        count += 1


def _judged(case: LeafCase) -> Iterator[Decimal]:
    assert isinstance(case.rule, Judged)
    yield from (count * case.rule.step for count in range(int(case.out_of // case.rule.step) + 1))


def _bonus(case: LeafCase) -> Iterable[Decimal]:
    """Return every sum of cases, kept between the least and the most.

    Cases can be put in an order in which no sum on the way leaves those bounds by more than one case, so only these
    sums are followed.
    """
    rule = case.rule
    assert isinstance(rule, Bonus)
    steps = {item.points for item in rule.items.values() if item.points != 0}
    widest = max((abs(step) for step in steps), default=Decimal(0))
    low, high = min(rule.least, Decimal(0)) - widest, max(rule.most, Decimal(0)) + widest
    seen, waiting = {Decimal(0)}, [Decimal(0)]
    while waiting:
        here = waiting.pop()
        for total in (here + step for step in steps):
            if low <= total <= high and total not in seen:
                seen.add(total)
                waiting.append(total)
    return {max(rule.least, min(rule.most, total)) for total in seen}


# Rule type -> the points it can give; survey and SIPAS have none that an agency can earn by what it hands in.
ATTAINABLE: Mapping[str, Callable[[LeafCase], Iterable[Decimal]]] = {
    "choice": _choice,
    "checklist": _checklist,
    "proportional": _proportional,
    "bands": _bands,
    "deduction": _deduction,
    "judged": _judged,
    "bonus": _bonus,
}

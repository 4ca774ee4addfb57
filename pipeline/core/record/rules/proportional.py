"""Full points from a percentage on, none below another, in between out_of x done / assigned.

`of: full_from` measures by the target instead: in between out_of x rate / full_from, so that points grow without a leap
up to the percentage from which they are full. Example: 2 points, full from 95, 190 of 250 done are 76 %: 1.60 points.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import ClassVar, Final, NamedTuple

from pipeline.core.ground.formulas import number as figure
from pipeline.core.ground.formulas import percent, rounded_share
from pipeline.core.ground.nodes import Plain
from pipeline.core.ground.numbers import Rounding, places, rounded
from pipeline.core.record.rules.base import Answer, Ratio, SheetCells
from pipeline.core.record.rules.parameters import OF
from pipeline.core.record.rules.parameters import percent as percentage
from pipeline.core.record.rules.share import Share
from pipeline.core.record.rules.wordings import NUMBER, Understood, Wording, decimal

# A formula that takes something away is another one than out_of x done / assigned.
_IN_BETWEEN: Final = re.compile(
    r"(?![^:]*+:.*[-−–])(?=.*(?:công thức|t[ỷỉ] lệ|tương ứng|[×x*]\s*(?:số|điểm|\()))", re.IGNORECASE | re.DOTALL
)
_OF_TARGET: Final = re.compile(rf".*/ ?(?P<target>{NUMBER}) ?%", re.DOTALL)
_ENGLISH: Final = re.compile(rf"full at (?P<full>{NUMBER})%, zero below (?P<zero>{NUMBER})%")


@dataclass(frozen=True, slots=True)
class Proportional(Share):
    name: ClassVar[str] = "proportional"
    widget: ClassVar = ("share",)
    parameters: ClassVar = {"full_from": percentage("100"), "zero_below": percentage("0"), "of": OF, **Share.ends}
    lead: ClassVar = r"proportional"
    full_from: Decimal
    zero_below: Decimal
    of: str | None  # full_from; None where the share counts as it is

    @classmethod
    def read_wording(cls, wording: Wording) -> Understood | None:
        """Read `Đạt 100%: 1; từ 80% đến dưới 100%: tính theo công thức; dưới 80%: 0`."""
        if len(wording.pieces) == 1 and (said := _ENGLISH.fullmatch(wording.pieces[0].text)):
            limits = _WordedShare(decimal(said["full"]), decimal(said["zero"]))
        elif (found := _worded_limits(wording)) is not None:
            limits = found
        else:
            return None
        when_none = wording.when_none or wording.none_assigned
        told: dict[str, Plain] = {"full_from": limits.full, "zero_below": limits.zero, "when_none": when_none}
        told |= {"of": "full_from"} if limits.of_target else {}
        return Understood(told, () if wording.when_none else ("when-none",))

    def points(self, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> Decimal | None:
        if not isinstance(answer, Ratio):
            return None
        if answer.assigned == 0:
            return self.none_assigned(out_of)
        share = Fraction(answer.done) / Fraction(answer.assigned)
        if 100 * share >= self.full_from:
            return out_of
        if 100 * share < self.zero_below:
            return Decimal(0)
        return rounded(min(share / self.whole, Fraction(1)) * Fraction(out_of), decimals, mode)

    @property
    def whole(self) -> Fraction:
        """Return the share that stands for all of out_of between the two limits."""
        return Fraction(self.full_from) / 100 if self.of and self.full_from > 0 else Fraction(1)

    def wording_key(self) -> str:
        return "rule.proportional-of-target" if self.of else "rule.proportional"

    def reach(self, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> Iterable[Decimal]:
        if isinstance(answer, Ratio):
            return _counted(self, answer.assigned, out_of, decimals, mode)
        return self._continuous(out_of, decimals, mode)

    def _continuous(self, out_of: Decimal, decimals: int, mode: Rounding) -> Iterator[Decimal]:
        """Yield what any share can give: nothing, everything, and each step between the two limits."""
        yield from (Decimal(0), out_of)
        edges = (self.zero_below, self.full_from)
        low, high = (Fraction(limit) / 100 / self.whole * Fraction(out_of) for limit in edges)
        if low >= high:
            return
        yield rounded(low, decimals, mode)
        unit = Decimal(1).scaleb(-decimals)
        before, after = (Fraction(0), Fraction(1)) if mode == "down" else (Fraction(1, 2), Fraction(1, 2))
        for step in range(int(out_of / unit) + 1):
            points = step * unit
            reach = (Fraction(points) - before * Fraction(unit), Fraction(points) + after * Fraction(unit))
            if max(low, reach[0]) < min(high, reach[1]):
                yield points

    def is_disordered(self, out_of: Decimal) -> bool:
        return self.zero_below > self.full_from

    def formula(self, sheet: SheetCells, *, out_of: Decimal, decimals: int, mode: Rounding) -> str:

        def points(done: str, assigned: str) -> str:
            over = percent(done, assigned)
            counted, whole = f"MIN({done},{assigned})" if self.over else done, assigned
            if self.whole != 1:
                scale = 10 ** places(self.full_from)
                counted, whole = f"{100 * scale}*{done}", f"{figure(self.full_from * scale)}*{assigned}"
            part = rounded_share(counted, whole, out_of, decimals, mode)
            below = f"IF({over(self.zero_below, '<')},0,{part})"
            return f"IF({over(self.full_from, '>=')},{figure(out_of)},{below})"

        return self.of_share(sheet, out_of, points)


@lru_cache(maxsize=1024)  # many leaves share a rule and a number assigned, and a site asks of each again and again
def _counted(
    rule: Proportional, assigned: Decimal, out_of: Decimal, decimals: int, mode: Rounding
) -> tuple[Decimal, ...]:
    """Return what each number of those assigned gives: tried are those at which the points can change."""
    unit = Fraction(1, 10**decimals)
    halves = range(2 * int(out_of / Decimal(1).scaleb(-decimals)) + 1)
    starts = (int(Fraction(half, 2) * unit / Fraction(out_of) * rule.whole * Fraction(assigned)) for half in halves)
    edges = (int(limit * assigned // 100) for limit in (rule.zero_below, rule.full_from))
    tried = (done + more for done in (*starts, *edges) for more in (-1, 0, 1))
    counts = (done for done in {0, *tried} if done >= 0 and (rule.over or done <= assigned))
    found = (
        rule.points(Ratio(Decimal(done), assigned), out_of=out_of, decimals=decimals, mode=mode) for done in counts
    )
    return tuple(points for points in found if points is not None)


class _WordedShare(NamedTuple):
    """From where on a wording gives full points, below what none, and whether in between the target is the measure."""

    full: Decimal
    zero: Decimal
    of_target: bool = False


def _worded_limits(wording: Wording) -> _WordedShare | None:
    """Return the limits that a wording says; None where it says another rule."""
    between = [piece for piece in wording.pieces if piece.points is None]
    full = [piece.limit for piece in wording.pieces if piece.points == wording.out_of]
    none = [piece.limit for piece in wording.pieces if piece.points == 0]
    if len(between) != 1 or len(full) != 1 or len(none) > 1 or len(wording.pieces) != 2 + len(none):
        return None
    top, low, inside = full[0], none[0] if none else None, between[0].limit
    if top is None or (top.kind, top.end, top.unit) != ("from", None, "%") or not _IN_BETWEEN.match(between[0].text):
        return None
    if none and (low is None or low.kind != "below"):
        return None
    least = low or inside
    if inside and least and (inside.value != least.value or inside.end not in {None, top.value}):
        return None
    measure = decimal(found["target"]) if (found := _OF_TARGET.fullmatch(between[0].text)) else Decimal(100)
    if measure not in {Decimal(100), top.value}:
        return None
    return _WordedShare(top.value, least.value if least else Decimal(0), measure != 100)

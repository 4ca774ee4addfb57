"""Points added to the year's sum, or taken from it, per case, within the least and the most."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Final

from pipeline.core.ground.formulas import exact
from pipeline.core.ground.formulas import number as figure
from pipeline.core.ground.numbers import Rounding
from pipeline.core.record.rules.base import Answer
from pipeline.core.record.rules.counted import Counted
from pipeline.core.record.rules.parameters import Item, items, number
from pipeline.core.record.rules.wordings import NUMBER, WORDS, Understood, Wording, decimal, worded_items

_CASES: Final = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        rf"(?:mỗi|một) {WORDS}(?:thì )?(?:được )?(?P<sign>cộng|trừ) (?P<per>{NUMBER})(?: điểm)?(?:/.*)?",
        rf"(?P<words>.+?)(?<!\s)\s*+:\s*+(?P<sign>-?)(?P<per>{NUMBER}) điểm mỗi lần",
    )
)
_MOST: Final = re.compile(rf"(?:nhiều nhất|tối đa|cộng tối đa) (?P<most>{NUMBER})(?: điểm)?", re.IGNORECASE)
_LEAST: Final = re.compile(rf"(?:ít nhất -?|trừ tối đa )(?P<least>{NUMBER})(?: điểm)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Bonus(Counted):
    name: ClassVar[str] = "bonus"
    per: ClassVar[str] = "rule.per-case"
    widget: ClassVar = ("cases",)
    parameters: ClassVar = {"items": items("per"), "most": number(), "least": number()}
    owed: ClassVar[bool] = False
    outside: ClassVar[bool] = True
    lead: ClassVar = r"cộng hoặc trừ vào tổng điểm của năm[^:]*+"
    items: Mapping[str, Item]
    most: Decimal
    least: Decimal

    @classmethod
    def read_wording(cls, wording: Wording) -> Understood | None:
        """Read `Mỗi sáng kiến được cộng 1 điểm; tối đa 2 điểm`, of what stands outside the year's points."""
        cases: list[tuple[str, Decimal]] = []
        for piece in wording.pieces:
            found = next((said for one in _CASES if (said := one.fullmatch(piece.text))), None)
            if found:
                per = decimal(found["per"])
                cases.append((found["words"], -per if found["sign"].casefold() in {"-", "trừ"} else per))
            elif not _MOST.fullmatch(piece.text) and not _LEAST.fullmatch(piece.text):
                return None
        if wording.out_of or not cases:
            return None
        most, least = _MOST.search(wording.text), _LEAST.search(wording.text)
        bounds = {
            "most": decimal(most["most"]) if most else max(Decimal(0), *(per for _, per in cases)),
            "least": -decimal(least["least"]) if least else min(Decimal(0), *(per for _, per in cases)),
        }
        return Understood({"items": worded_items(cases, "per"), **bounds}, () if most or least else ("bounds",))

    def bounded(self, total: Decimal, out_of: Decimal) -> Decimal:
        """Return the sum, kept between least and most."""
        return max(self.least, min(self.most, total))

    def bounds(self, total: str, out_of: Decimal) -> str:
        """Return the formula of the sum, kept between least and most."""
        return f"MAX({figure(self.least)},MIN({figure(self.most)},{exact(total)}))"

    def largest(self, out_of: Decimal) -> Decimal:
        return self.most

    def smallest(self) -> Decimal:
        return self.least

    def reach(self, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> Iterable[Decimal]:
        """Return every sum of cases, kept between the least and the most.

        Cases can be put in an order in which no sum on the way leaves those bounds by more than one case, so only these
        sums are followed.
        """
        steps = {item.points for item in self.items.values() if item.points != 0}
        widest = max((abs(step) for step in steps), default=Decimal(0))
        low, high = min(self.least, Decimal(0)) - widest, max(self.most, Decimal(0)) + widest
        seen, waiting = {Decimal(0)}, [Decimal(0)]
        while waiting:
            here = waiting.pop()
            for total in (here + step for step in steps):
                if low <= total <= high and total not in seen:
                    seen.add(total)
                    waiting.append(total)
        return {self.bounded(total, out_of) for total in seen}

    def adds_up_to(self, out_of: Decimal) -> Decimal:
        return Decimal(0)

    def is_disordered(self, out_of: Decimal) -> bool:
        return not self.least <= 0 <= self.most

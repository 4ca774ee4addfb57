"""`out_of` points, less a number of points for each fault, down to the floor."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
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

_FAULTS: Final = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        rf"(?:cứ )?(?:mỗi|một|01) {WORDS}(?:thì )?(?:bị )?trừ (?P<per>{NUMBER})(?: điểm)?(?:/.*)?",
        rf"(?P<words>.+?)(?<!\s)\s*+:\s*+trừ (?P<per>{NUMBER})(?: điểm)?(?: mỗi lần|/.*)?",
        rf"trừ (?P<per>{NUMBER}) điểm(?: cho| với| đối với)? (?:mỗi|một) (?P<words>.+)",
        rf"[-−]\s?(?P<per>{NUMBER}) (?:per|for a) (?P<words>.+)",
    )
)
_FLOOR: Final = re.compile(
    rf"(?:nhưng )?(?:không thấp hơn|không dưới|floor) (?P<floor>{NUMBER})(?: điểm)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Deduction(Counted):
    name: ClassVar[str] = "deduction"
    per: ClassVar[str] = "rule.per-fault"
    widget: ClassVar = ("faults",)
    parameters: ClassVar = {"faults": items("per"), "floor": number()}
    lead: ClassVar = rf"bắt đầu từ {NUMBER} điểm, trừ theo từng lỗi[^:]*+|deduction"
    faults: Mapping[str, Item]
    floor: Decimal

    @classmethod
    def read_wording(cls, wording: Wording) -> Understood | None:
        """Read `Đủ: 1; mỗi báo cáo muộn trừ 0,25 điểm`; the piece with full points says no more."""
        floor = _FLOOR.search(wording.text)
        faults: list[tuple[str, Decimal]] = []
        for piece in wording.pieces:
            found = next((said for one in _FAULTS if (said := one.fullmatch(piece.text))), None)
            if found:
                faults.append((found["words"], decimal(found["per"])))
            elif not _FLOOR.fullmatch(piece.text) and piece.points != wording.out_of:
                return None
        lowest = decimal(floor["floor"]) if floor else Decimal(0)
        return (
            Understood({"faults": worded_items(faults, "per"), "floor": lowest}) if faults and wording.out_of else None
        )

    def bounded(self, total: Decimal, out_of: Decimal) -> Decimal:
        """Return what is left of out_of."""
        return max(self.floor, out_of - total)

    def bounds(self, total: str, out_of: Decimal) -> str:
        """Return the formula of what is left of out_of."""
        return f"MAX({figure(self.floor)},{exact(f'{figure(out_of)}-({total})')})"

    def smallest(self) -> Decimal:
        return self.floor

    def reach(self, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> Iterable[Decimal]:
        known = answer if isinstance(answer, Mapping) else None
        losses = {Decimal(0)}
        for fault, item in self.faults.items():
            most = None if known is None else int(known.get(fault, 0))
            losses = {loss for start in losses for loss in _repeated(start, item.points, most, out_of)}
        return {self.bounded(loss, out_of) for loss in losses}

    def is_disordered(self, out_of: Decimal) -> bool:
        return self.floor > out_of


def _repeated(start: Decimal, per: Decimal, most: int | None, out_of: Decimal) -> Iterator[Decimal]:
    """Yield a loss with one fault more and more often: as often as it stands, or until nothing is left to lose."""
    count = 0
    while most is None or count <= most:
        yield min(start + count * per, out_of)
        if per <= 0 or start + count * per >= out_of:
            return
        count += 1

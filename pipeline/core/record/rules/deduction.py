"""Out_of less so much per fault, not under the floor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from pipeline.core.ground.formulas import exact
from pipeline.core.ground.formulas import number as figure
from pipeline.core.ground.numbers import Rounding
from pipeline.core.record.rules.base import Answer
from pipeline.core.record.rules.counted import Counted
from pipeline.core.record.rules.parameters import Item, items, number


@dataclass(frozen=True, slots=True)
class Deduction(Counted):
    name: ClassVar[str] = "deduction"
    per: ClassVar[str] = "rule.per-fault"
    widget: ClassVar = ("faults",)
    parameters: ClassVar = {"faults": items("per"), "floor": number()}
    faults: Mapping[str, Item]
    floor: Decimal

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
            most = None if known is None else known.get(fault, 0)
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

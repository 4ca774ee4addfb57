"""Any multiple of a step: the appraiser weighs the case and gives the reason."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import ClassVar

from pipeline.core.ground.formulas import NOTHING, SHARPEST
from pipeline.core.ground.formulas import number as figure
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.numbers import Rounding, places
from pipeline.core.record.rules.base import Answer, Rule, SheetCells
from pipeline.core.record.rules.parameters import number
from pipeline.core.record.rules.wordings import NUMBER, Understood, Wording, decimal


@lru_cache(maxsize=256)
def _multiples(step: Decimal, out_of: Decimal) -> frozenset[Decimal]:
    return frozenset(count * step for count in range(int(out_of // step) + 1))


@dataclass(frozen=True, slots=True)
class Judged(Rule):
    name: ClassVar[str] = "judged"
    parameters: ClassVar = {"step": number("0.01", above=Decimal(0))}
    answered: ClassVar[bool] = False
    step: Decimal

    @classmethod
    def read_wording(cls, wording: Wording) -> Understood | None:
        """Read `Người thẩm định cho điểm từ 0 đến 1, theo bước 0,25`."""
        found = re.fullmatch(
            rf"người thẩm định cho điểm[^;\n]*theo bước (?P<step>{NUMBER})\.?", wording.text, re.IGNORECASE
        )
        return Understood({"step": decimal(found["step"])}) if found else None

    def gives(self, score: Decimal, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> bool:
        return 0 <= score <= out_of and score % self.step == 0

    def reach(self, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> Iterable[Decimal]:
        return _multiples(self.step, out_of)

    def scores_text(self, out_of: Decimal) -> str:
        last = out_of - out_of % self.step
        few = last <= 3 * self.step
        points = [n * self.step for n in range(int(last / self.step) + 1)] if few else [Decimal(0), self.step, last]
        told = [f"{value.normalize():f}" for value in points]
        return "; ".join(told if few else [*told[:2], "…", told[2]])

    def adds_up_to(self, out_of: Decimal) -> Decimal:
        return out_of - out_of % self.step

    def formula(self, sheet: SheetCells, *, out_of: Decimal, decimals: int, mode: Rounding) -> str:
        score = sheet.inputs["score"]
        whole = 10 ** max(places(self.step), decimals)
        step = f"{self.step * whole:f}"
        stands = f"AND({score}>=0,{score}<={figure(out_of)},MOD(ROUND({score}*{whole},{SHARPEST}),{step})=0)"
        return f'IF(ISNUMBER({score}),IF({stands},{score},"{self.off_step(sheet.labels)}"),{NOTHING})'

    def off_step(self, labels: Labels) -> str:
        return labels.text("form.off-step", step=labels.number(self.step))

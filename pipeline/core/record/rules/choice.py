"""One option of several; the points stand at the option."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from pipeline.core.ground.formulas import NOTHING
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.nodes import Node, Scalar
from pipeline.core.ground.numbers import Rounding
from pipeline.core.record.rules.base import Answer, AnswerInput, Reading, Rule, SheetCells
from pipeline.core.record.rules.parameters import Item, items


@dataclass(frozen=True, slots=True)
class Choice(Rule):
    name: ClassVar[str] = "choice"
    widget: ClassVar = ("options",)
    parameters: ClassVar = {"options": items()}
    options: Mapping[str, Item]

    def answer(self, node: Node) -> Reading:
        if not isinstance(node, Scalar):
            return None, (self.misshapen(node),)
        if node.text not in self.options:
            return None, (self.unknown(node, node.text),)
        return node.text, ()

    def points(self, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> Decimal | None:
        return self.options[answer].points if isinstance(answer, str) else None

    def reach(self, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> Iterable[Decimal]:
        return self.figures()

    def adds_up_to(self, out_of: Decimal) -> Decimal:
        return max(self.figures(), default=Decimal(0))

    def inputs(self, answer: Answer | None, labels: Labels) -> tuple[AnswerInput, ...]:
        return (AnswerInput("answer", "option", value=answer if isinstance(answer, str) else None),)

    def formula(self, sheet: SheetCells, *, out_of: Decimal, decimals: int, mode: Rounding) -> str:
        words, worth = sheet.choices
        found = f"({words}={sheet.inputs['answer']})"
        return f"IF(SUMPRODUCT(--{found})=0,{NOTHING},SUMPRODUCT({found}*{worth}))"

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
from pipeline.core.record.rules.base import (
    Answer,
    AnswerInput,
    Reading,
    Rule,
    SheetCells,
    unknown,
    wrong_form,
)
from pipeline.core.record.rules.parameters import Item, items


@dataclass(frozen=True, slots=True)
class Choice(Rule):
    """One option of several; the points stand at the option."""

    name: ClassVar[str] = "choice"
    widget: ClassVar = ("options",)
    parameters: ClassVar = {"options": items()}
    options: Mapping[str, Item]

    def answer(self, node: Node) -> Reading:
        if not isinstance(node, Scalar):
            return None, (wrong_form(node, self.name),)
        if node.text not in self.options:
            return None, (unknown(node, node.text, self.options),)
        return node.text, ()

    def points(self, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> Decimal | None:
        return self.options[answer].points if isinstance(answer, str) else None

    def reach(self, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> Iterable[Decimal]:
        return self.figures()

    def named(self) -> Mapping[str, Item]:
        return self.options

    def adds_up_to(self, out_of: Decimal) -> Decimal:
        return max(self.figures(), default=Decimal(0))

    def inputs(self, answer: Answer | None, labels: Labels) -> tuple[AnswerInput, ...]:
        return (AnswerInput("answer", "option", value=answer if isinstance(answer, str) else None),)

    def formula(self, sheet: SheetCells, *, out_of: Decimal, decimals: int, mode: Rounding) -> str:
        words, worth = sheet.choices
        found = f"({words}={sheet.inputs['answer']})"
        return f"IF(SUMPRODUCT(--{found})=0,{NOTHING},SUMPRODUCT({found}*{worth}))"

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
from pipeline.core.record.rules.wordings import Understood, Wording, worded_items


@dataclass(frozen=True, slots=True)
class Choice(Rule):
    name: ClassVar[str] = "choice"
    widget: ClassVar = ("options",)
    parameters: ClassVar = {"options": items()}
    lead: ClassVar = r"chọn (?:một|1) (?:mức|phương án)|levels"
    options: Mapping[str, Item]

    @classmethod
    def read_wording(cls, wording: Wording) -> Understood | None:
        """Read `Đúng hạn: 1; chậm đến 15 ngày: 0,5; không ban hành: 0`."""
        told = [(piece.words, piece.points) for piece in wording.pieces if piece.points is not None]
        banded = not wording.announced and all(piece.limit for piece in wording.pieces)
        if banded or not 1 < len(told) == len(wording.pieces) or max(points for _, points in told) != wording.out_of:
            return None
        return Understood({"options": worded_items(told)})

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

    def asks(self, answer: Answer | None, labels: Labels) -> tuple[AnswerInput, ...]:
        return (AnswerInput("answer", "option", value=answer if isinstance(answer, str) else None),)

    def formula(self, sheet: SheetCells, *, out_of: Decimal, decimals: int, mode: Rounding) -> str:
        words, worth = sheet.choices
        found = f"({words}={sheet.inputs['answer']})"
        return f"IF(SUMPRODUCT(--{found})=0,{NOTHING},SUMPRODUCT({found}*{worth}))"

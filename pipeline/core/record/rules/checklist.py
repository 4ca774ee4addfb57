"""Any of several items; the points of those that hold are added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from pipeline.core.ground import nodes
from pipeline.core.ground.formulas import NOTHING, exact, none_of, number
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.nodes import Node, Plain, Scalar
from pipeline.core.ground.numbers import Rounding
from pipeline.core.ground.workbook_model import Prefilled
from pipeline.core.record.rules.base import Answer, AnswerInput, Ratio, Reading, Rule, SheetCells, WrongAnswer
from pipeline.core.record.rules.parameters import Item, items
from pipeline.core.record.rules.wordings import Understood, Wording, worded_items


@dataclass(frozen=True, slots=True)
class Checklist(Rule):
    name: ClassVar[str] = "checklist"
    widget: ClassVar = ("items",)
    parameters: ClassVar = {"items": items()}
    lead: ClassVar = r"cộng điểm các (?:nội dung|mục)[^:]*+|checklist"
    items: Mapping[str, Item]

    @classmethod
    def read_wording(cls, wording: Wording) -> Understood | None:
        """Read `Có chuyên mục: 0,5; có hội nghị: 0,5` where the points add up to the leaf's."""
        told = [(piece.words, piece.points) for piece in wording.pieces if piece.points is not None]
        whole = len(told) == len(wording.pieces) and sum(points for _, points in told) == wording.out_of
        enough = len(told) > 1 and all(points != wording.out_of for _, points in told)
        return Understood({"items": worded_items(told)}) if told and whole and (wording.announced or enough) else None

    def answer(self, node: Node) -> Reading:
        if not isinstance(node, nodes.Sequence):
            return None, (self.misshapen(node),)
        seen: list[str] = []
        faults: list[WrongAnswer] = []
        for item in node.items:
            if not isinstance(item, Scalar):
                faults.append(self.misshapen(item))
            elif item.text not in self.items:
                faults.append(self.unknown(item, item.text))
            elif item.text in seen:
                faults.append(WrongAnswer("answer-repeated", item, {"found": item.text}))
            else:
                seen.append(item.text)
        return (None, tuple(faults)) if faults else (tuple(seen), ())

    def points(self, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> Decimal | None:
        if not isinstance(answer, tuple) or isinstance(answer, Ratio):
            return None
        return sum((self.items[item].points for item in answer), Decimal(0))

    def reach(self, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> Iterable[Decimal]:
        sums = {Decimal(0)}
        for item in self.items.values():
            sums |= {total + item.points for total in sums}
        return sums

    def adds_up_to(self, out_of: Decimal) -> Decimal:
        return sum(self.figures(), Decimal(0))

    def asks(self, answer: Answer | None, labels: Labels) -> tuple[AnswerInput, ...]:
        held = answer if isinstance(answer, tuple) and not isinstance(answer, Ratio) else None
        return tuple(
            AnswerInput(key, "yes", words, None if held is None else key in held)
            for key, words in zip(self.items, self.lines(labels, str), strict=True)
        )

    def typed(self, given: Mapping[str, Prefilled]) -> Plain:
        return [item for item in self.items if given.get(item) is True]

    def formula(self, sheet: SheetCells, *, out_of: Decimal, decimals: int, mode: Rounding) -> str:
        yes = sheet.labels.text("form.yes")
        parts = "+".join(f'{number(self.items[key].points)}*({cell}="{yes}")' for key, cell in sheet.inputs.items())
        return f"IF({none_of('COUNTA', sheet.inputs.values())},{NOTHING},{exact(parts)})"

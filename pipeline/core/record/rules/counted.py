"""What rules share whose answer counts cases by id: the faults of a deduction, the items of a bonus."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from decimal import Decimal

from pipeline.core.ground import nodes
from pipeline.core.ground.formulas import NOTHING, none_of, number
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.nodes import Node
from pipeline.core.ground.numbers import Rounding
from pipeline.core.record.rules import base
from pipeline.core.record.rules.parameters import signed


class Counted(base.Rule):
    """What rules share whose answer counts cases by id; an empty mapping says that there were none."""

    def answer(self, node: Node) -> base.Reading:
        if not isinstance(node, nodes.Mapping):
            return None, (self.misshapen(node),)
        counts: dict[str, int] = {}
        faults: list[base.WrongAnswer] = []
        known = self.named()
        for key, value in node.values.items():
            amount = signed(value)
            if key not in known:
                faults.append(self.unknown(node.keys[key], key))
            elif amount is None:
                faults.append(self.misshapen(value))
            elif not base.is_count(amount):
                faults.append(base.not_a_count(value))
            else:
                counts[key] = int(amount)
        return (None, tuple(faults)) if faults else (counts, ())

    def points(self, answer: base.Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> Decimal | None:
        if not isinstance(answer, Mapping):
            return None
        known = self.named()
        return self.bounded(sum((known[key].points * count for key, count in answer.items()), Decimal(0)), out_of)

    @abstractmethod
    def bounded(self, total: Decimal, out_of: Decimal) -> Decimal:
        """Return the points of what the cases are worth."""

    @abstractmethod
    def bounds(self, total: str, out_of: Decimal) -> str:
        """Return the formula of the points of what the cases are worth."""

    def asks(self, answer: base.Answer | None, labels: Labels) -> tuple[base.AnswerInput, ...]:
        counts = answer if isinstance(answer, Mapping) else None
        return tuple(
            base.AnswerInput(key, "whole", words, None if counts is None else Decimal(counts.get(key, 0)))
            for key, words in zip(self.named(), self.lines(labels, str), strict=True)
        )

    def formula(self, sheet: base.SheetCells, *, out_of: Decimal, decimals: int, mode: Rounding) -> str:
        cells, known = sheet.inputs, self.named()
        weighed = "+".join(f"{number(known[key].points)}*N({cell})" for key, cell in cells.items())
        return f"IF({none_of('COUNT', cells.values())},{NOTHING},{self.bounds(weighed, out_of)})"

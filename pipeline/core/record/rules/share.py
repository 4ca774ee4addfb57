"""What rules on `{done, assigned}` share: nothing assigned, and more done than assigned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from pipeline.core.ground import nodes
from pipeline.core.ground.formulas import NOTHING, Formula, number, share
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.nodes import Node, Plain
from pipeline.core.record.rules import base
from pipeline.core.record.rules.parameters import OVER, WHEN_NONE, Parameter, signed
from pipeline.core.record.stages import NOT_APPLICABLE


@dataclass(frozen=True, slots=True)
class Share(base.Rule):
    """What rules on `{done, assigned}` share.

    A method of the class above is named with its class: `super` does not find a class that was made anew for its slots.
    """

    ends: ClassVar[dict[str, Parameter[Any]]] = {"when_none": WHEN_NONE, "over": OVER}
    when_none: str | None  # full | zero | not-applicable; None where a rule does not foresee it
    over: bool

    def for_browser(self) -> dict[str, Plain]:
        return {"when_none": self.when_none, "over": self.over, **base.Rule.for_browser(self)}

    def answer(self, node: Node) -> base.Reading:
        if not isinstance(node, nodes.Mapping):
            return None, (self.misshapen(node),)
        done, assigned = (signed(node.values.get(key)) for key in ("done", "assigned"))
        if set(node.values) != {"done", "assigned"} or done is None or assigned is None:
            return None, (self.misshapen(node),)
        if uncounted := [value for value in node.values.values() if not base.is_count(signed(value))]:
            return None, tuple(map(base.not_a_count, uncounted))
        if done > assigned and not self.over:
            figures = {"done": f"{done:f}", "assigned": f"{assigned:f}"}
            return None, (base.WrongAnswer("done-over-assigned", node.values["done"], figures),)
        return base.Ratio(done, assigned), ()

    def none_assigned(self, out_of: Decimal) -> Decimal | None:
        """Return the points where nothing was assigned; None where the criterion does not apply then."""
        return {"full": out_of, "zero": Decimal(0)}.get(self.when_none or "")

    def lines(self, labels: Labels, group: Callable[[str], str]) -> tuple[str, ...]:
        return (labels.text(f"rule.when-none.{self.when_none}"),) if self.when_none else ()

    def leaves_out(self) -> bool:
        return self.when_none == NOT_APPLICABLE

    def is_left_out(self, answer: base.Answer | None) -> bool:
        return self.leaves_out() and isinstance(answer, base.Ratio) and answer.assigned == 0

    def left_out_cell(self, cells: Mapping[str, str]) -> str:
        if not self.leaves_out() or "assigned" not in cells:
            return ""
        done, assigned = cells["done"], cells["assigned"]
        return f"AND(ISNUMBER({done}),ISNUMBER({assigned}),N({done})=0,N({assigned})=0)"

    def asks(self, answer: base.Answer | None, labels: Labels) -> tuple[base.AnswerInput, ...]:
        done, assigned = answer if isinstance(answer, base.Ratio) else (None, None)
        return (
            base.AnswerInput("done", "whole", labels.text("form.part.done"), done),
            base.AnswerInput("assigned", "whole", labels.text("form.part.assigned"), assigned),
        )

    def of_share(self, sheet: base.SheetCells, out_of: Decimal, formula: Formula) -> str:
        """Return the formula for done of assigned."""
        none = self.none_assigned(out_of)
        nothing = NOTHING if none is None else number(none)
        return share(sheet.inputs["done"], sheet.inputs["assigned"], formula, none=nothing, over=self.over)

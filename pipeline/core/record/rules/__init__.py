"""How a leaf turns an answer into points: one file per rule type with all its faces, found by name in `RULES`.

A rule knows its parameters, reads an answer, gives points, and says itself in words, in a formula, in a form and in
JSON. Which answer stands, and what a wrong one means for the file, is decided elsewhere (`scoring`, `laws`). Source of
the rules: design, section 3, table of rule types.
"""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.core.ground import nodes
from pipeline.core.ground.nodes import Scalar
from pipeline.core.record.rules.bands import Bands
from pipeline.core.record.rules.base import Answer, AnswerInput, Ratio, Reading, Rule, SheetCells, Widget, WrongAnswer
from pipeline.core.record.rules.bonus import Bonus
from pipeline.core.record.rules.checklist import Checklist
from pipeline.core.record.rules.choice import Choice
from pipeline.core.record.rules.deduction import Deduction
from pipeline.core.record.rules.judged import Judged
from pipeline.core.record.rules.parameters import Item
from pipeline.core.record.rules.proportional import Proportional
from pipeline.core.record.rules.sipas import Sipas
from pipeline.core.record.rules.survey import Survey

__all__ = ["RULES", "Answer", "AnswerInput", "Item", "Ratio", "Reading", "Rule", "SheetCells", "Widget", "WrongAnswer"]

RULES: Mapping[str, type[Rule]] = {
    "choice": Choice,
    "checklist": Checklist,
    "proportional": Proportional,
    "bands": Bands,
    "deduction": Deduction,
    "judged": Judged,
    "bonus": Bonus,
    "survey": Survey,
    "sipas": Sipas,
}


def rule_from(node: nodes.Mapping) -> Rule:
    """Make the rule that a criterion's `rule` mapping describes; what the schemas would refuse in it is passed over."""
    kind = node.values["type"]
    assert isinstance(kind, Scalar)
    return RULES[kind.text].read(node)

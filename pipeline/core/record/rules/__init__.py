"""How a leaf turns an answer into points: one file per rule type with all its faces, found by name in `RULES`.

A rule knows its parameters, reads an answer, gives points, and says itself in words, in a formula, in a form and in
JSON. Which answer stands, and what a wrong one means for the file, is decided elsewhere (`scoring`, `laws`). Source of
the rules: design, section 3, table of rule types.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from pipeline.core.ground import nodes
from pipeline.core.ground.nodes import Plain, Scalar
from pipeline.core.record.rules.bands import Bands
from pipeline.core.record.rules.base import Answer, AnswerInput, Ratio, Reading, Rule, SheetCells, Widget, WrongAnswer
from pipeline.core.record.rules.bonus import Bonus
from pipeline.core.record.rules.checklist import Checklist
from pipeline.core.record.rules.choice import Choice
from pipeline.core.record.rules.deduction import Deduction
from pipeline.core.record.rules.formula import Formula
from pipeline.core.record.rules.judged import Judged
from pipeline.core.record.rules.parameters import Item
from pipeline.core.record.rules.proportional import Proportional
from pipeline.core.record.rules.sipas import Sipas
from pipeline.core.record.rules.survey import Survey
from pipeline.core.record.rules.wordings import wording

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
    "formula": Formula,
}
_LEADS: Final = tuple((name, re.compile(rf"\s*(?:{rule.lead})\s*:", re.IGNORECASE)) for name, rule in RULES.items())
_MOST_WORDING: Final = 1_500  # characters; known wordings are shorter


def rule_in_words(text: str, out_of: Decimal, **beside: Any) -> tuple[dict[str, Plain], tuple[str, ...]] | None:  # noqa: ANN401
    """Return the rule that a wording says, as a file says it, and what the wording leaves open.

    None where no rule type knows the wording, or several do. `beside` are further fields of the wording.
    """
    if len(text) > _MOST_WORDING:
        return None
    named = {name: begun[0] for name, lead in _LEADS if (begun := lead.match(text))}
    told = wording(text, out_of, **beside)
    found = {
        name: read
        for name in named or RULES
        if (read := RULES[name].read_wording(wording(text, out_of, named[name], **beside) if named else told))
    }
    if len(found) != 1:
        return None
    ((name, read),) = found.items()
    return {"type": name, **read.parameters}, read.open


def rule_from(node: nodes.Mapping, out_of: Decimal = Decimal(0)) -> Rule:
    """Make the rule that a criterion's `rule` mapping describes; what the schemas would refuse in it is passed over."""
    kind = node.values["type"]
    assert isinstance(kind, Scalar)
    return RULES[kind.text].read(node).for_leaf(out_of)

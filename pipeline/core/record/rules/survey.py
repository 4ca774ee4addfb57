"""Points from survey counts: group mean x the group's points, added (design, section 5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import ClassVar, Literal

from pipeline.core.ground import nodes
from pipeline.core.ground.characters import plain_letters
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.nodes import Node, Plain
from pipeline.core.record.rules.base import Reading, Rule, WrongAnswer
from pipeline.core.record.rules.parameters import Parameter, number_text, signed
from pipeline.core.record.rules.wordings import Understood, Wording


class NoLine(Rule):
    """What leaves share that no stage writes: their points come from the survey's files."""

    answered: ClassVar[bool] = False
    has_line: ClassVar[bool] = False
    owed: ClassVar[bool] = False

    def answer(self, node: Node) -> Reading:
        return None, (WrongAnswer("answer-not-wanted", node, {"rule": "survey"}),)


def _read(node: Node | None) -> Mapping[str, Decimal]:
    known = node.values if isinstance(node, nodes.Mapping) else {}
    return {group: max(signed(value) or Decimal(0), Decimal(0)) for group, value in known.items()}


def _json(groups: Mapping[str, Decimal]) -> Plain:
    return {group: number_text(points) for group, points in groups.items()}


@dataclass(frozen=True, slots=True)
class Survey(NoLine):
    name: ClassVar[str] = "survey"
    parameters: ClassVar = {"groups": Parameter(_read, _json)}
    part: ClassVar[Literal["survey"]] = "survey"
    lead: ClassVar = r"điểm trung bình của từng nhóm trả lời[^:]*+|(?:kết quả )?điều tra xã hội học[^:;\n]*+"
    groups: Mapping[str, Decimal]

    @classmethod
    def read_wording(cls, wording: Wording) -> Understood | None:
        """Read `Điều tra xã hội học`; points that no group is given are shared alike among the year's groups."""
        known = {plain_letters(title): group for group, title in wording.groups.items()}
        told = {known.get(plain_letters(piece.words)): piece.points for piece in wording.pieces if piece.points}
        if (
            wording.announced
            and told
            and None not in told
            and sum(points or 0 for points in told.values()) == wording.out_of
        ):
            return Understood({"groups": {str(group): points for group, points in told.items()}})
        if not wording.announced and not re.search(r"điều tra xã hội học|đtxhh|survey", wording.text, re.IGNORECASE):
            return None
        groups = list(wording.groups) or ["nhom-1"]
        each = (wording.out_of / len(groups)).quantize(Decimal("0.01"), ROUND_DOWN)
        shares = dict.fromkeys(groups[1:], each) if each else {}
        return Understood({"groups": {groups[0]: wording.out_of - sum(shares.values()), **shares}}, ("groups",))

    def lines(self, labels: Labels, group: Callable[[str], str]) -> tuple[str, ...]:
        return tuple(
            labels.text("rule.group", group=group(name), points=labels.number(points))
            for name, points in self.groups.items()
        )

    def adds_up_to(self, out_of: Decimal) -> Decimal:
        return sum(self.groups.values(), Decimal(0))

    def group_points(self, out_of: Decimal) -> Mapping[str, Decimal]:
        return self.groups

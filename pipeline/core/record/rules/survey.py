"""Points from survey counts: group mean x the group's points, added (design, section 5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Literal

from pipeline.core.ground import nodes
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.nodes import Node, Plain
from pipeline.core.record.rules.base import Reading, Rule, WrongAnswer
from pipeline.core.record.rules.parameters import Parameter, number_text, signed


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
    groups: Mapping[str, Decimal]

    def lines(self, labels: Labels, group: Callable[[str], str]) -> tuple[str, ...]:
        return tuple(
            labels.text("rule.group", group=group(name), points=labels.number(points))
            for name, points in self.groups.items()
        )

    def adds_up_to(self, out_of: Decimal) -> Decimal:
        return sum(self.groups.values(), Decimal(0))

    def group_points(self, out_of: Decimal) -> Mapping[str, Decimal]:
        return self.groups

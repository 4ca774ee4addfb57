"""How a leaf turns an answer into points: one class per rule type, found by name in `RULES`.

A rule knows its parameters, reads an answer and gives points. Which answer stands, and what a wrong one means for the
file, is decided elsewhere (`scoring`, `checks`). Source of the rules: design, section 3, table of rule types.
"""

from __future__ import annotations

from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar, NamedTuple, Protocol, TypeAlias

from pipeline.core.ground import nodes
from pipeline.core.ground.nodes import Node, Scalar
from pipeline.core.ground.numbers import Rounding, rounded


class Ratio(NamedTuple):
    """So much done of so much assigned."""

    done: Decimal
    assigned: Decimal


Answer: TypeAlias = "str | tuple[str, ...] | Decimal | Ratio | AbstractMapping[str, int]"


class WrongAnswer(NamedTuple):
    """What is wrong with an answer: a problem code, the node it stands at, the figures of the message."""

    code: str
    node: Node
    figures: AbstractMapping[str, str]


class Item(NamedTuple):
    """One option, item or fault of a rule: its points (or points per case) and its words."""

    points: Decimal
    vi: str
    en: str | None


class Band(NamedTuple):
    """One band: it holds from a value on, above a value, or always."""

    points: Decimal
    from_value: Decimal | None = None
    above: Decimal | None = None

    def holds(self, value: Fraction) -> bool:
        """Tell whether a value falls into the band, given that no earlier band took it."""
        if self.from_value is not None:
            return value >= self.from_value
        return self.above is None or value > self.above


Reading: TypeAlias = "tuple[Answer | None, tuple[WrongAnswer, ...]]"


class Rule(Protocol):
    """What every rule type can do."""

    name: ClassVar[str]
    answered: ClassVar[bool]  # a line owes an answer
    has_line: ClassVar[bool]  # stages have a line for it
    owed: ClassVar[bool]  # every agency owes a line for it

    def answer(self, node: Node) -> Reading:
        """Read an answer; None and the faults where it cannot be this rule's."""

    def points(self, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> Decimal | None:
        """Return the points of an answer; None where the criterion does not apply or no answer fixes them."""

    def gives(self, score: Decimal, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> bool:
        """Tell whether a score is one that the rule can produce from the answer."""

    def largest(self, out_of: Decimal) -> Decimal:
        """Return the most points the rule can give."""

    def smallest(self) -> Decimal:
        """Return the least points the rule can give."""


class _FromAnswer:
    """What most rules share: the answer alone fixes the points, between 0 and out_of."""

    answered: ClassVar[bool] = True
    has_line: ClassVar[bool] = True
    owed: ClassVar[bool] = True

    def points(self, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> Decimal | None:
        raise NotImplementedError

    def gives(self, score: Decimal, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> bool:
        """Tell whether a score is the one that the answer gives."""
        return answer is not None and score == self.points(answer, out_of=out_of, decimals=decimals, mode=mode)

    def largest(self, out_of: Decimal) -> Decimal:
        """Return out_of."""
        return out_of

    def smallest(self) -> Decimal:
        """Return zero."""
        return Decimal(0)


@dataclass(frozen=True, slots=True)
class Choice(_FromAnswer):
    """One option of several; the points stand at the option."""

    name: ClassVar[str] = "choice"
    options: AbstractMapping[str, Item]

    def answer(self, node: Node) -> Reading:
        """Read an option id."""
        if not isinstance(node, Scalar):
            return None, (_wrong_form(node, self.name),)
        if node.text not in self.options:
            return None, (_unknown(node, node.text, self.options),)
        return node.text, ()

    def points(self, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> Decimal | None:
        """Return the option's points."""
        return self.options[answer].points if isinstance(answer, str) else None


@dataclass(frozen=True, slots=True)
class Checklist(_FromAnswer):
    """Any of several items; the points of those that hold are added."""

    name: ClassVar[str] = "checklist"
    items: AbstractMapping[str, Item]

    def answer(self, node: Node) -> Reading:
        """Read a list of item ids, each at most once."""
        if not isinstance(node, nodes.Sequence):
            return None, (_wrong_form(node, self.name),)
        seen: list[str] = []
        faults: list[WrongAnswer] = []
        for item in node.items:
            if not isinstance(item, Scalar):
                faults.append(_wrong_form(item, self.name))
            elif item.text not in self.items:
                faults.append(_unknown(item, item.text, self.items))
            elif item.text in seen:
                faults.append(WrongAnswer("answer-repeated", item, {"found": item.text}))
            else:
                seen.append(item.text)
        return (None, tuple(faults)) if faults else (tuple(seen), ())

    def points(self, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> Decimal | None:
        """Return the sum of the items' points."""
        if not isinstance(answer, tuple) or isinstance(answer, Ratio):
            return None
        return sum((self.items[item].points for item in answer), Decimal(0))


@dataclass(frozen=True, slots=True)
class _Share(_FromAnswer):
    """What rules on `{done, assigned}` share: nothing assigned, and more done than assigned."""

    when_none: str | None  # full | zero | not-applicable; None where a rule does not foresee it
    over: bool

    def _ratio(self, node: nodes.Mapping, name: str) -> Reading:
        done, assigned = (_signed(node.values.get(key)) for key in ("done", "assigned"))
        if set(node.values) != {"done", "assigned"} or done is None or assigned is None:
            return None, (_wrong_form(node, name),)
        if uncounted := [value for value in node.values.values() if not _is_count(_signed(value))]:
            return None, tuple(map(_not_a_count, uncounted))
        if done > assigned and not self.over:
            figures = {"done": f"{done:f}", "assigned": f"{assigned:f}"}
            return None, (WrongAnswer("done-over-assigned", node.values["done"], figures),)
        return Ratio(done, assigned), ()

    def _none_assigned(self, out_of: Decimal) -> Decimal | None:
        return {"full": out_of, "zero": Decimal(0)}.get(self.when_none or "")


@dataclass(frozen=True, slots=True)
class Proportional(_Share):
    """Full points from a percentage on, none below another, in between out_of x done / assigned."""

    name: ClassVar[str] = "proportional"
    full_from: Decimal
    zero_below: Decimal

    def answer(self, node: Node) -> Reading:
        """Read `{done, assigned}`."""
        return (
            self._ratio(node, self.name) if isinstance(node, nodes.Mapping) else (None, (_wrong_form(node, self.name),))
        )

    def points(self, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> Decimal | None:
        """Return the share of out_of, rounded once; `when_none` where nothing was assigned."""
        if not isinstance(answer, Ratio):
            return None
        if answer.assigned == 0:
            return self._none_assigned(out_of)
        share = Fraction(answer.done) / Fraction(answer.assigned)
        if 100 * share >= self.full_from:
            return out_of
        if 100 * share < self.zero_below:
            return Decimal(0)
        return rounded(min(share, Fraction(1)) * Fraction(out_of), decimals, mode)


@dataclass(frozen=True, slots=True)
class Bands(_Share):
    """Points by the first band that holds, from the top; for a number or for 100 x done / assigned."""

    name: ClassVar[str] = "bands"
    unit: str
    bands: tuple[Band, ...]

    def answer(self, node: Node) -> Reading:
        """Read a number, or `{done, assigned}`."""
        if isinstance(node, nodes.Mapping):
            return self._ratio(node, self.name)
        value = _signed(node)
        return (None, (_wrong_form(node, self.name),)) if value is None else (value, ())

    def points(self, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> Decimal | None:
        """Return the points of the band, compared exactly."""
        if isinstance(answer, Ratio):
            if answer.assigned == 0:
                return self._none_assigned(out_of)
            value = 100 * Fraction(answer.done) / Fraction(answer.assigned)
        elif isinstance(answer, Decimal):
            value = Fraction(answer)
        else:
            return None
        return next((band.points for band in self.bands if band.holds(value)), Decimal(0))


@dataclass(frozen=True, slots=True)
class Deduction(_FromAnswer):
    """Out_of less so much per fault, not under the floor."""

    name: ClassVar[str] = "deduction"
    faults: AbstractMapping[str, Item]
    floor: Decimal

    def answer(self, node: Node) -> Reading:
        """Read counts by fault id; an empty mapping says that there were none."""
        return _counts(node, self.faults, self.name)

    def points(self, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> Decimal | None:
        """Return what is left of out_of."""
        if not isinstance(answer, AbstractMapping):
            return None
        lost = sum((self.faults[fault].points * count for fault, count in answer.items()), Decimal(0))
        return max(self.floor, out_of - lost)

    def smallest(self) -> Decimal:
        """Return the floor."""
        return self.floor


@dataclass(frozen=True, slots=True)
class Judged(_FromAnswer):
    """Any multiple of a step: who appraises weighs and says why."""

    name: ClassVar[str] = "judged"
    answered: ClassVar[bool] = False
    step: Decimal

    def answer(self, node: Node) -> Reading:
        """Refuse: a judged leaf has a score and no answer."""
        return None, (WrongAnswer("answer-not-wanted", node, {"rule": self.name}),)

    def points(self, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> Decimal | None:
        """Return None: no answer fixes the points."""
        return None

    def gives(self, score: Decimal, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> bool:
        """Tell whether a score is a multiple of the step, from 0 to out_of."""
        return 0 <= score <= out_of and score % self.step == 0


@dataclass(frozen=True, slots=True)
class Bonus(_FromAnswer):
    """Points added to the year's sum, or taken from it, per case, within the least and the most."""

    name: ClassVar[str] = "bonus"
    owed: ClassVar[bool] = False
    items: AbstractMapping[str, Item]
    most: Decimal
    least: Decimal

    def answer(self, node: Node) -> Reading:
        """Read counts by item id."""
        return _counts(node, self.items, self.name)

    def points(self, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> Decimal | None:
        """Return the sum per case, kept between least and most."""
        if not isinstance(answer, AbstractMapping):
            return None
        total = sum((self.items[item].points * count for item, count in answer.items()), Decimal(0))
        return max(self.least, min(self.most, total))

    def largest(self, out_of: Decimal) -> Decimal:
        """Return the most of the sum."""
        return self.most

    def smallest(self) -> Decimal:
        """Return the least of the sum."""
        return self.least


class _NoLine(_FromAnswer):
    """What leaves share that no stage writes: their points come from the survey's files."""

    answered: ClassVar[bool] = False
    has_line: ClassVar[bool] = False
    owed: ClassVar[bool] = False

    def answer(self, node: Node) -> Reading:
        """Refuse: no line, so no answer."""
        return None, (WrongAnswer("answer-not-wanted", node, {"rule": "survey"}),)

    def points(self, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> Decimal | None:
        """Return None: the points are not a matter of an answer."""
        return None


@dataclass(frozen=True, slots=True)
class Survey(_NoLine):
    """Points from survey counts: group mean x the group's points, added (design, section 5)."""

    name: ClassVar[str] = "survey"
    groups: AbstractMapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Sipas(_NoLine):
    """Points from the satisfaction index of citizens and businesses: out_of x percent / 100."""

    name: ClassVar[str] = "sipas"
    group: str


def _choice(node: nodes.Mapping) -> Rule:
    return Choice(_items(node.values.get("options")))


def _checklist(node: nodes.Mapping) -> Rule:
    return Checklist(_items(node.values.get("items")))


def _proportional(node: nodes.Mapping) -> Rule:
    full_from, zero_below = _number(node, "full_from", "100"), _number(node, "zero_below", "0")
    return Proportional(full_from=full_from, zero_below=zero_below, when_none=_when_none(node), over=_over(node))


def _bands(node: nodes.Mapping) -> Rule:
    listed = node.values.get("bands")
    bands = tuple(_band(band) for band in listed.items) if isinstance(listed, nodes.Sequence) else ()
    return Bands(unit=_unit(node), bands=bands, when_none=_when_none(node), over=_over(node))


def _deduction(node: nodes.Mapping) -> Rule:
    return Deduction(_items(node.values.get("faults"), "per"), _number(node, "floor", "0"))


def _judged(node: nodes.Mapping) -> Rule:
    return Judged(_number(node, "step", "0.01"))


def _bonus(node: nodes.Mapping) -> Rule:
    return Bonus(
        _items(node.values.get("items"), "per"), most=_number(node, "most", "0"), least=_number(node, "least", "0")
    )


def _survey(node: nodes.Mapping) -> Rule:
    groups = node.values.get("groups")
    return Survey(
        {group: _amount(value) or Decimal(0) for group, value in groups.values.items()}
        if isinstance(groups, nodes.Mapping)
        else {}
    )


def _sipas(node: nodes.Mapping) -> Rule:
    group = node.values.get("group")
    return Sipas(group.text if isinstance(group, Scalar) else "")


RULES = {
    "choice": _choice,
    "checklist": _checklist,
    "proportional": _proportional,
    "bands": _bands,
    "deduction": _deduction,
    "judged": _judged,
    "bonus": _bonus,
    "survey": _survey,
    "sipas": _sipas,
}


def rule_from(node: nodes.Mapping) -> Rule:
    """Make the rule that a criterion's `rule` mapping describes; what the schemas would refuse in it is passed over."""
    kind = node.values["type"]
    assert isinstance(kind, Scalar)
    return RULES[kind.text](node)


def _items(node: Node | None, points_key: str = "points") -> AbstractMapping[str, Item]:
    if not isinstance(node, nodes.Mapping):
        return {}
    return {key: _item(value, points_key) for key, value in node.values.items()}


def _item(node: Node, points_key: str) -> Item:
    if not isinstance(node, nodes.Mapping):
        return Item(Decimal(0), "", None)
    title = node.values.get("title")
    if isinstance(title, nodes.Mapping):
        words = {key: value.text for key, value in title.values.items() if isinstance(value, Scalar)}
        return Item(_number(node, points_key, "0"), words.get("vi", ""), words.get("en"))
    return Item(_number(node, points_key, "0"), title.text if isinstance(title, Scalar) else "", None)


def _band(node: Node) -> Band:
    if not isinstance(node, nodes.Mapping):
        return Band(Decimal(0))
    return Band(_number(node, "points", "0"), _signed(node.values.get("from")), _signed(node.values.get("above")))


def _unit(node: nodes.Mapping) -> str:
    unit = node.values.get("unit")
    vietnamese = unit.values.get("vi") if isinstance(unit, nodes.Mapping) else unit
    return vietnamese.text if isinstance(vietnamese, Scalar) else "%"


def _number(node: nodes.Mapping, key: str, default: str) -> Decimal:
    found = node.values.get(key)
    value = found.value if isinstance(found, Scalar) else None
    return value if isinstance(value, Decimal) else Decimal(default)


def _when_none(node: nodes.Mapping) -> str | None:
    found = node.values.get("when_none")
    return found.text if isinstance(found, Scalar) else None


def _over(node: nodes.Mapping) -> bool:
    found = node.values.get("over")
    return isinstance(found, Scalar) and found.value is True


def _signed(node: Node | None) -> Decimal | None:
    """Return a number, else None."""
    value = node.value if isinstance(node, Scalar) else None
    return value if isinstance(value, Decimal) else None


def _amount(node: Node | None) -> Decimal | None:
    """Return a number that is not negative, else None."""
    value = _signed(node)
    return value if value is not None and value >= 0 else None


def _counts(node: Node, known: AbstractMapping[str, Item], rule: str) -> Reading:
    if not isinstance(node, nodes.Mapping):
        return None, (_wrong_form(node, rule),)
    counts: dict[str, int] = {}
    faults: list[WrongAnswer] = []
    for key, value in node.values.items():
        amount = _signed(value)
        if key not in known:
            faults.append(_unknown(node.keys[key], key, known))
        elif amount is None:
            faults.append(_wrong_form(value, rule))
        elif not _is_count(amount):
            faults.append(_not_a_count(value))
        else:
            counts[key] = int(amount)
    return (None, tuple(faults)) if faults else (counts, ())


def _is_count(value: Decimal | None) -> bool:
    """Tell whether a number counts things: whole, and not below 0 (design, section 3)."""
    return value is not None and value >= 0 and value == value.to_integral_value()


def _not_a_count(node: Node) -> WrongAnswer:
    return WrongAnswer("count-not-whole", node, {"found": node.text if isinstance(node, Scalar) else ""})


def _wrong_form(node: Node, rule: str) -> WrongAnswer:
    return WrongAnswer("answer-not-of-rule", node, {"rule": rule})


def _unknown(node: Node, found: str, known: AbstractMapping[str, Item]) -> WrongAnswer:
    return WrongAnswer("unknown-answer", node, {"found": found, "allowed": ", ".join(known)})

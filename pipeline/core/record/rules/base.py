"""What every rule type can do, and what most of them share: the base class of a rule, its answers and its faults."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, ClassVar, Literal, NamedTuple, Self, TypeAlias

from pipeline.core.ground import nodes
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.nodes import Node, Plain, Scalar
from pipeline.core.ground.numbers import Rounding
from pipeline.core.ground.workbook_model import Prefilled
from pipeline.core.record.rules.expressions import Expression, ExpressionFault
from pipeline.core.record.rules.parameters import Item, Parameter, signed
from pipeline.core.record.rules.wordings import Understood, Wording


class Ratio(NamedTuple):
    """So much done of so much assigned."""

    done: Decimal
    assigned: Decimal


Answer: TypeAlias = "str | tuple[str, ...] | Decimal | Ratio | Mapping[str, int | Decimal]"


class WrongAnswer(NamedTuple):
    """What is wrong with an answer: a problem code, the node it stands at, the figures of the message."""

    code: str
    node: Node
    figures: Mapping[str, str]


Widget: TypeAlias = Literal[
    "options", "items", "share", "number", "faults", "cases", "figures"
]  # a part of the web form
Reading: TypeAlias = "tuple[Answer | None, tuple[WrongAnswer, ...]]"


class AnswerInput(NamedTuple):
    """One input of an answer: `answer` for an option or a number, `done` and `assigned`, or the id of an item."""

    id: str
    kind: Literal["option", "yes", "whole", "number"]
    words: str = ""
    value: Prefilled = None


class SheetCells(NamedTuple):
    """Where an answer stands in a workbook, and how it is read there."""

    inputs: Mapping[str, str]  # the id of an input -> the address of its cell; of a weighed leaf `score`
    labels: Labels  # the words, for what is typed as yes
    choices: tuple[str, str]  # of an option, the ranges of the options' words and of their points


class Rule:
    """One way to score a leaf, with all its faces; a rule type says what differs from what stands here."""

    name: ClassVar[str]
    parameters: ClassVar[Mapping[str, Parameter[Any]]]  # field of the class, and of the file -> how it is read
    answered: ClassVar[bool] = True  # a line owes an answer
    has_line: ClassVar[bool] = True  # stages have a line for it
    owed: ClassVar[bool] = True  # every agency owes a line for it
    planned: ClassVar[bool] = True  # a cheapest way to a rank may lead over it; False: any points may be asked for
    outside: ClassVar[bool] = False  # its points are added to the year's without counting in what applies
    part: ClassVar[Literal["appraisal", "survey", "sipas"]] = "appraisal"  # where its points come from
    per: ClassVar[str] = "rule.points"  # the key of the words of one option or item
    widget: ClassVar[tuple[Widget, ...]] = ()
    lead: ClassVar[str] = r"(?!)"  # a pattern: how a wording begins that names this rule type

    # --- its parameters -------------------------------------------------------------------------------------------

    @classmethod
    def read(cls, node: nodes.Mapping) -> Self:
        """Make the rule from a criterion's `rule` mapping; what the schemas would refuse in it is passed over."""
        return cls(**{key: one.read(node.values.get(key)) for key, one in cls.parameters.items()})

    @classmethod
    def read_wording(cls, wording: Wording) -> Understood | None:  # noqa: ARG003 - most types know some wordings
        """Return the parameters that an office's words say, as a file says them; None where they say none."""
        return None

    def for_leaf(self, out_of: Decimal) -> Self:
        """Return the rule as that of a leaf with so many points."""
        return self

    def json(self) -> dict[str, Plain]:
        """Return the parameters as JSON values: what lets anybody compute points from answers again."""
        return {key: one.json(getattr(self, key)) for key, one in self._told()}

    def for_browser(self) -> dict[str, Plain]:
        """Return what the web form computes points with: numbers as texts, so that no binary float is met."""
        return {key: one.browser(getattr(self, key)) for key, one in self._told() if one.browser is not None}

    def _told(self) -> Iterator[tuple[str, Parameter[Any]]]:
        """Yield the parameters of which programs are told."""
        for key, one in self.parameters.items():
            if not one.told_if_set or getattr(self, key):
                yield key, one

    # --- its answer and points ------------------------------------------------------------------------------------

    def answer(self, node: Node) -> Reading:
        """Read an answer; None and the faults where it cannot be this rule's."""
        return None, (WrongAnswer("answer-not-wanted", node, {"rule": self.name}),)

    def number(self, node: Node) -> Reading:
        """Read an answer that is one number."""
        value = signed(node)
        return (None, (self.misshapen(node),)) if value is None else (value, ())

    def misshapen(self, node: Node) -> WrongAnswer:
        """Return the fault of an answer that has not the form of this rule type."""
        return WrongAnswer("answer-not-of-rule", node, {"rule": self.name})

    def unknown(self, node: Node, found: str) -> WrongAnswer:
        """Return the fault of an answer that names what the rule does not know."""
        return WrongAnswer("unknown-answer", node, {"found": found, "allowed": ", ".join(self.named())})

    def points(self, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> Decimal | None:
        """Return the points of an answer; None where the criterion does not apply or no answer fixes them."""
        return None

    def gives(self, score: Decimal, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> bool:
        """Tell whether a score is one that the rule can produce from the answer."""
        return answer is not None and score == self.points(answer, out_of=out_of, decimals=decimals, mode=mode)

    def is_left_out(self, answer: Answer | None) -> bool:
        """Tell whether an answer makes the criterion not apply."""
        return False

    def largest(self, out_of: Decimal) -> Decimal:
        """Return the most points the rule can give."""
        return out_of

    def smallest(self) -> Decimal:
        """Return the least points the rule can give."""
        return Decimal(0)

    def reach(self, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> Iterable[Decimal]:
        """Return the points the rule can give at all, in any order, while what stands can only be better met.

        What was assigned stays assigned, and faults can only be fewer than those that stand.
        """
        return ()

    def attainable(
        self, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding
    ) -> tuple[Decimal, ...]:
        """Return the points within reach, ascending, without those of more decimals than the year has."""
        return _within(frozenset(self.reach(answer, out_of=out_of, decimals=decimals, mode=mode)), decimals)

    def scores_text(self, out_of: Decimal) -> str | None:
        """Return the scores that may be weighed, as a figure of a message; None where the answer fixes the score."""
        return None

    # --- its words ------------------------------------------------------------------------------------------------

    def words(self, out_of: Decimal, labels: Labels, group: Callable[[str], str]) -> tuple[str, ...]:
        """Return how points are earned, then the lines below; a group is named by its title."""
        told = ((key, one.figure, getattr(self, key)) for key, one in self.parameters.items())
        figures = {key: figure(labels, value) for key, figure, value in told if figure is not None}
        return labels.text(self.wording_key(), out_of=labels.number(out_of), **figures), *self.lines(labels, group)

    def wording_key(self) -> str:
        """Return the key of the words that say how points are earned."""
        return f"rule.{self.name}"

    def lines(self, labels: Labels, group: Callable[[str], str]) -> tuple[str, ...]:
        """Return one line for each option, band or item."""
        return tuple(item.words(self.per, labels) for item in self.named().values())

    def named(self) -> Mapping[str, Item]:
        """Return what an answer can name, by id: the options, items or faults among the parameters."""
        found = (getattr(self, key) for key, one in self.parameters.items() if one.named)
        return next(found, {})

    def counts_text(self, answer: Mapping[str, int | Decimal], labels: Labels) -> str:
        """Return the cases of an answer that counts them, without those that did not happen."""
        known = self.named()
        figures = ((labels.of(known[name].text), count) for name, count in answer.items() if count)
        told = [labels.text("answer.count", title=title, count=count) for title, count in figures]
        return "; ".join(told) or labels.text("answer.nothing")

    def worked(self, answer: Answer | None, labels: Labels) -> str:
        """Return how the points of an answer are worked out, with its numbers put in; empty where nothing is."""
        return ""

    def measure(self) -> str:
        """Return the unit of an answer that is one number; empty where the rule has none."""
        return ""

    # --- the laws of the rulebook about it ------------------------------------------------------------------------

    def figures(self) -> tuple[Decimal, ...]:
        """Return the points among the parameters, which have no more decimals than the year's points."""
        known = ((one.points, getattr(self, key)) for key, one in self.parameters.items())
        return tuple(point for points, value in known if points is not None for point in points(value))

    def adds_up_to(self, out_of: Decimal) -> Decimal | None:
        """Return the most that the parameters give, which is the leaf's out_of; None where they do not say it."""
        return None

    def is_disordered(self, out_of: Decimal) -> bool:
        """Tell whether the parameters contradict each other."""
        return False

    def leaves_out(self) -> bool:
        """Tell whether some answer makes the criterion not apply."""
        return False

    def expression_faults(self) -> Iterable[tuple[Expression, ExpressionFault]]:
        """Return the expressions among the parameters that cannot be read, each with what stopped the reading."""
        return ()

    def group_points(self, out_of: Decimal) -> Mapping[str, Decimal]:
        """Return the points that each group of the survey may give."""
        return {}

    # --- its forms ------------------------------------------------------------------------------------------------

    def asks(self, answer: Answer | None, labels: Labels) -> tuple[AnswerInput, ...]:
        """Return the inputs of an answer in a workbook, with what an answer says."""
        return ()

    def typed(self, given: Mapping[str, Prefilled]) -> Plain:
        """Return the answer that the inputs make in which something was typed, as a file says it."""
        return given["answer"] if "answer" in given else dict(given)

    def formula(self, sheet: SheetCells, *, out_of: Decimal, decimals: int, mode: Rounding) -> str:
        """Return the formula of the points in a workbook, an empty text where the answer gives none."""
        raise NotImplementedError

    def left_out_cell(self, cells: Mapping[str, str]) -> str:
        """Return the test that the answer in some cells makes the criterion not apply; empty where none can."""
        return ""

    def off_step(self, labels: Labels) -> str:
        """Return what a workbook says of a weighed score that the rule cannot give."""
        return ""

    def widgets(self) -> tuple[Widget, ...]:
        """Return the parts of the web form in which an answer is given."""
        return self.widget


@lru_cache(maxsize=1024)
def _within(found: frozenset[Decimal], decimals: int) -> tuple[Decimal, ...]:
    """Return points in order, without those of more decimals; most leaves of a year can have the same."""
    unit = Decimal(1).scaleb(-decimals)
    return tuple(sorted(points for points in found if points % unit == 0))


def is_count(value: Decimal | None) -> bool:
    """Tell whether a number counts things: whole, and not below 0 (design, section 3)."""
    return value is not None and value >= 0 and value == value.to_integral_value()


def not_a_count(node: Node) -> WrongAnswer:
    """Return the fault of a number that counts nothing."""
    return WrongAnswer("count-not-whole", node, {"found": node.text if isinstance(node, Scalar) else ""})

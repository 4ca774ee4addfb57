"""Points by a formula over figures that a line gives: the first level whose condition holds says what it is worth.

An answer is one number for each input. `valid` says which answers there can be, `not_applicable_when` when the leaf
does not apply; levels follow from the top, the last without a condition. Points stay within 0 and out_of and are
rounded once. What a formula may say: `expressions`; its preview in a workbook: `expression_cells`. Decision 0067.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar, Final, NamedTuple, Self

from pipeline.core.ground import nodes
from pipeline.core.ground.formulas import NOTHING, SHARPEST
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.nodes import Node, Plain, Scalar
from pipeline.core.ground.numbers import Rounding, rounded
from pipeline.core.ground.workbook_model import Prefilled
from pipeline.core.record.rules import base
from pipeline.core.record.rules.expression_cells import Quotient, answered_cell, points_cell, quotient_of, truth_cell
from pipeline.core.record.rules.expressions import (
    OUT_OF,
    Expression,
    ExpressionFault,
    Tree,
    Worth,
    read_expression,
    told,
    worth,
)
from pipeline.core.record.rules.parameters import Item, Parameter, signed, title_of

COUNT: Final = "count"  # the unit of an input that is whole


class Level(NamedTuple):
    """One level: when it holds, None of the last, and the points it gives."""

    when: Expression | None
    points: Expression


def _inputs(node: Node | None) -> Mapping[str, Item]:
    known = node.values if isinstance(node, nodes.Mapping) else {}
    units = {key: nodes.value_at(value, "unit") for key, value in known.items()}
    return {
        key: Item(Decimal(0), title_of(known[key]), unit.text if isinstance(unit, Scalar) else "")
        for key, unit in units.items()
    }


def _unread(node: Node | None) -> Expression | None:
    """Return an expression before it is read: which names it may use is known when all parameters are."""
    if not isinstance(node, Scalar):
        return None
    return Expression(node.text, None, None, node.line, node.column + node.quoted)


def _levels(node: Node | None) -> tuple[Level, ...]:
    listed = node.items if isinstance(node, nodes.Sequence) else ()
    read = ((_unread(nodes.value_at(one, "when")), _unread(nodes.value_at(one, "points")), one) for one in listed)
    return tuple(Level(when, points or Expression("", None, None, one.line, one.column)) for when, points, one in read)


def _text(expression: Expression | None) -> Plain:
    return None if expression is None else expression.text


def _levels_json(levels: tuple[Level, ...]) -> Plain:
    pairs = ({"when": _text(level.when), "points": _text(level.points)} for level in levels)
    return [{key: text for key, text in level.items() if text is not None} for level in pairs]


INPUTS: Final = Parameter(
    _inputs,
    lambda known: {key: {"title": {**item.text.by_language()}, "unit": item.unit} for key, item in known.items()},
    lambda known: {key: {"unit": item.unit} for key, item in known.items()},
    named=True,
)
CONDITION: Final = Parameter(_unread, _text, _text, told_if_set=True)
LEVELS: Final = Parameter(_levels, _levels_json, _levels_json)


@dataclass(frozen=True, slots=True)
class Formula(base.Rule):
    name: ClassVar[str] = "formula"
    widget: ClassVar = ("figures",)
    planned: ClassVar[bool] = False
    parameters: ClassVar = {
        "inputs": INPUTS,
        "valid": CONDITION,
        "not_applicable_when": CONDITION,
        "levels": LEVELS,
    }
    lead: ClassVar[str] = r"tính theo công thức từ số liệu[^:]*+"
    inputs: Mapping[str, Item]
    valid: Expression | None
    not_applicable_when: Expression | None
    levels: tuple[Level, ...]
    worth_of: Decimal = Decimal(0)  # the leaf's out_of, which an expression may name

    # --- its parameters -------------------------------------------------------------------------------------------

    def for_leaf(self, out_of: Decimal) -> Self:
        """Return the rule of a leaf, its expressions read."""
        return replace(
            self,
            valid=self._read(self.valid, truth=True),
            not_applicable_when=self._read(self.not_applicable_when, truth=True),
            levels=tuple(
                Level(self._read(level.when, truth=True), self._read(level.points, truth=False) or level.points)
                for level in self.levels
            ),
            worth_of=out_of,
        )

    def _read(self, expression: Expression | None, *, truth: bool) -> Expression | None:
        if expression is None:
            return None
        place = {"line": expression.line, "column": expression.column}
        return read_expression(expression.text, tuple(self.inputs), truth=truth, **place)

    def _expressions(self) -> Iterator[Expression]:
        levels = (part for level in self.levels for part in (level.when, level.points))
        yield from (one for one in (self.valid, self.not_applicable_when, *levels) if one is not None)

    def expression_faults(self) -> Iterable[tuple[Expression, ExpressionFault]]:
        return [(one, one.fault) for one in self._expressions() if one.fault is not None]

    def is_disordered(self, out_of: Decimal) -> bool:
        """Tell whether another level than the last has no condition, or the last has one."""
        return [level.when is None for level in self.levels] != [*[False] * (len(self.levels) - 1), True]

    def for_browser(self) -> dict[str, Plain]:
        return {**base.Rule.for_browser(self), "out_of": f"{self.worth_of:f}"}

    # --- its answer and points ------------------------------------------------------------------------------------

    def answer(self, node: Node) -> base.Reading:
        """Read one number for each input, none below 0, that makes `valid` hold and divides nothing by zero."""
        if not isinstance(node, nodes.Mapping):
            return None, (self.misshapen(node),)
        wrong = [self.unknown(node.keys[key], key) for key in node.values if key not in self.inputs]
        figures = {key: signed(node.values.get(key)) for key in self.inputs}
        known = {key: figure for key, figure in figures.items() if figure is not None and figure >= 0}
        if lacking := [key for key in self.inputs if key not in node.values]:
            wrong.append(base.WrongAnswer("figure-missing", node, {"missing": ", ".join(lacking)}))
        wrong += [self.misshapen(node.values[key]) for key in self.inputs if key in node.values and key not in known]
        wrong += [
            base.not_a_count(node.values[key])
            for key, figure in known.items()
            if self.inputs[key].unit == COUNT and not base.is_count(figure)
        ]
        if wrong or any(True for _ in self.expression_faults()):
            return None, tuple(wrong)
        fault = self._unsound(known, node)
        return (None, (fault,)) if fault else (known, ())

    def _unsound(self, answer: Mapping[str, Decimal], node: Node) -> base.WrongAnswer | None:
        for condition in (self.valid, self.not_applicable_when):
            found = self._worth(condition, answer)
            if condition is not None and found is None:
                return base.WrongAnswer("formula-divides-by-zero", node, {"formula": condition.text})
            if condition is not None and condition is self.valid and found is False:
                return base.WrongAnswer("answer-not-valid", node, {"condition": condition.text})
            if condition is self.not_applicable_when and found is True:
                return None
        expression, found = self._decided(answer)
        return None if found is not None else base.WrongAnswer("formula-divides-by-zero", node, {"formula": expression})

    def _worth(self, expression: Expression | None, answer: Mapping[str, int | Decimal]) -> Worth:
        if expression is None or expression.tree is None:
            return None
        values = {key: Fraction(figure) for key, figure in answer.items()}
        return worth(expression.tree, {**values, OUT_OF: Fraction(self.worth_of)})

    def _decided(self, answer: Mapping[str, int | Decimal]) -> tuple[str, Fraction | None]:
        """Return the text of the expression that decides, and its worth; None where it is divided by zero."""
        for level in self.levels:
            holds = True if level.when is None else self._worth(level.when, answer)
            if holds is None:
                return level.when.text if level.when else "", None
            if holds:
                found = self._worth(level.points, answer)
                return level.points.text, found if isinstance(found, Fraction) else None
        return "", Fraction(0)

    def points(self, answer: base.Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> Decimal | None:
        if not isinstance(answer, Mapping) or self.is_left_out(answer):
            return None
        _, found = self._decided(answer)
        return None if found is None else rounded(self._bounded(found, out_of), decimals, mode)

    @staticmethod
    def _bounded(found: Fraction, out_of: Decimal) -> Fraction:
        return min(max(found, Fraction(0)), Fraction(out_of))

    def is_left_out(self, answer: base.Answer | None) -> bool:
        return isinstance(answer, Mapping) and self._worth(self.not_applicable_when, answer) is True

    def leaves_out(self) -> bool:
        return self.not_applicable_when is not None

    # --- its words ------------------------------------------------------------------------------------------------

    def lines(self, labels: Labels, group: Callable[[str], str]) -> tuple[str, ...]:
        inputs = (_input_text(key, item, labels) for key, item in self.inputs.items())
        return (*inputs, *self._conditions(labels), *(self._level(level, labels) for level in self.levels))

    def _conditions(self, labels: Labels) -> Iterator[str]:
        for key, condition in (("valid", self.valid), ("not-applicable", self.not_applicable_when)):
            if condition is not None:
                yield labels.text(f"rule.formula-{key}", condition=self._shown(condition, labels))

    def _level(self, level: Level, labels: Labels) -> str:
        points = self._shown(level.points, labels)
        if level.when is None:
            return labels.text("rule.formula-else" if len(self.levels) > 1 else "rule.formula-only", points=points)
        return labels.text("rule.formula-level", condition=self._shown(level.when, labels), points=points)

    def _shown(self, expression: Expression, labels: Labels, answer: Mapping[str, int | Decimal] | None = None) -> str:
        """Return an expression in words, with the numbers of an answer in the place of the inputs."""
        if expression.tree is None:
            return expression.text
        figures: dict[str, str | int | Decimal] = {**(answer or {}), OUT_OF: self.worth_of}

        def named(name: str) -> str:
            known = name in figures or name[0].isdigit()
            return labels.number(Decimal(figures.get(name, name))) if known else name

        words = {sign: labels.text(f"rule.formula-{sign}") for sign in ("and", "or", "not")}
        return told(expression.tree, named, words)

    def counts_text(self, answer: Mapping[str, int | Decimal], labels: Labels) -> str:
        figures = ((self.inputs[key], labels.number(Decimal(figure))) for key, figure in answer.items())
        return "; ".join(
            labels.text("answer.figure", title=labels.of(item.text), figure=figure) for item, figure in figures
        )

    def worked(self, answer: base.Answer | None, labels: Labels) -> str:
        if not isinstance(answer, Mapping) or self.is_left_out(answer):
            return ""
        level = next((one for one in self.levels if one.when is None or self._worth(one.when, answer)), None)
        found = None if level is None else self._worth(level.points, answer)
        if level is None or not isinstance(found, Fraction):
            return ""
        text, exact = self._shown(level.points, labels, answer), labels.number(rounded(found, SHARPEST).normalize())
        text = text if text == exact else f"{text} = {exact}"
        if found != (counted := self._bounded(found, self.worth_of)):
            text = labels.text(
                "rule.formula-bounded", text=text, points=labels.number(rounded(counted, SHARPEST).normalize())
            )
        if level.when is None:
            return text
        return labels.text("rule.formula-level", condition=self._shown(level.when, labels, answer), points=text)

    # --- its forms ------------------------------------------------------------------------------------------------

    def asks(self, answer: base.Answer | None, labels: Labels) -> tuple[base.AnswerInput, ...]:
        figures = answer if isinstance(answer, Mapping) else {}
        return tuple(
            base.AnswerInput(
                key,
                "whole" if item.unit == COUNT else "number",
                _input_text(key, item, labels),
                Decimal(figures[key]) if key in figures else None,
            )
            for key, item in self.inputs.items()
        )

    def typed(self, given: Mapping[str, Prefilled]) -> Plain:
        return dict(given)

    def formula(self, sheet: base.SheetCells, *, out_of: Decimal, decimals: int, mode: Rounding) -> str:
        cells = self._cells(sheet.inputs)
        made = NOTHING
        for level in reversed(self.levels):
            if level.points.tree is None or (level.when is not None and level.when.tree is None):
                return NOTHING
            points = points_cell(quotient_of(level.points.tree, cells), out_of, decimals, mode)
            made = points if level.when is None else f"IF({_truth(level.when, cells)},{points},{made})"
        if self.not_applicable_when is not None:
            made = f"IF({_truth(self.not_applicable_when, cells)},{NOTHING},{made})"
        if self.valid is not None:
            made = f"IF({_truth(self.valid, cells)},{made},{NOTHING})"
        return answered_cell(self._typed_cells(sheet.inputs), made, NOTHING)

    def left_out_cell(self, cells: Mapping[str, str]) -> str:
        if self.not_applicable_when is None:
            return ""
        own = self._cells(cells)
        made = _truth(self.not_applicable_when, own)
        made = made if self.valid is None else f"IF({_truth(self.valid, own)},{made},FALSE)"
        return answered_cell(self._typed_cells(cells), made, "FALSE")

    def _typed_cells(self, cells: Mapping[str, str]) -> Mapping[str, tuple[str, bool]]:
        return {key: (cells[key], item.unit == COUNT) for key, item in self.inputs.items()}

    def _cells(self, cells: Mapping[str, str]) -> Mapping[str, Quotient]:
        scale = 10**SHARPEST
        made = {
            key: Quotient(Fraction(1), cells[key])
            if item.unit == COUNT
            else Quotient(Fraction(1, scale), f"ROUND({cells[key]}*{scale},0)")
            for key, item in self.inputs.items()
        }
        return {**made, OUT_OF: quotient_of(Tree("number", text=f"{self.worth_of:f}"), {})}


def _truth(expression: Expression, cells: Mapping[str, Quotient]) -> str:
    return "NA()" if expression.tree is None else truth_cell(expression.tree, cells)


def _input_text(key: str, item: Item, labels: Labels) -> str:
    unit = labels.text("rule.formula-count") if item.unit == COUNT else item.unit
    return labels.text(
        "rule.formula-input" if unit else "rule.formula-bare", id=key, title=labels.of(item.text), unit=unit
    )

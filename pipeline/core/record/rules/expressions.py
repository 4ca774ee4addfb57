"""The small language of the rule `formula`: how an expression is read, what it is worth, how it is written again.

An expression is read once, into a tree, or into the fault that stopped the reading. Worth is exact: fractions, one
rounding left to the rule. Division by zero makes an expression worth nothing, and so does all that needs it; `and` and
`or` stop early, so that `b > 0 and a / b >= 0.5` is sound. The browser has the same language (rules.js); a table of
cases runs through both. Decision 0067.

    expression  = conjunction ("or" conjunction)*           a truth or a number; each sign says which it needs
    conjunction = negation ("and" negation)*
    negation    = "not" negation | comparison
    comparison  = sum (("<" | "<=" | "=" | "!=" | ">=" | ">") sum)?
    sum         = product (("+" | "-") product)*
    product     = sign (("*" | "/") sign)*
    sign        = "-" sign | number | name | ("min" | "max" | "abs") "(" expression ("," expression)* ")" | "(" ... ")"

A name holds hyphens as ids do, so a minus between two names has a space on both sides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Final, NamedTuple, TypeAlias

MOST_SIGNS: Final = 500  # characters of an expression
MOST_DEPTH: Final = 20  # brackets, functions and signs inside each other
OUT_OF: Final = "out_of"

Worth: TypeAlias = "Fraction | bool | None"  # None: something was divided by zero

_TOKEN: Final = re.compile(
    r"(?P<number>[0-9]{1,15}(?:\.[0-9]{1,6})?)(?![0-9.])|(?P<name>out_of|[a-z](?:-?[a-z0-9])*)"
    r"|(?P<sign><=|>=|!=|[-+*/()<>=,])|(?P<other>[\w.]+|\S)"
)
_COMPARED: Final[Mapping[str, Callable[[Fraction, Fraction], bool]]] = {
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    "=": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    ">=": lambda one, other: one >= other,
    ">": lambda one, other: one > other,
}
_FUNCTIONS: Final = {"min": 2, "max": 2, "abs": 1}  # and how many arguments they have at least
_BINDS: Final = ({"or"}, {"and"}, {"not"}, set(_COMPARED), {"+", "-"}, {"*", "/"}, {"negative"})  # the loosest first


class Tree(NamedTuple):
    """One step of an expression: a sign, function, `number` or `name`, and what it works on."""

    sign: str
    parts: tuple[Tree, ...] = ()
    text: str = ""  # of a number its digits, of a name the name

    @property
    def is_truth(self) -> bool:
        """Tell whether it is true or false, and no number."""
        return self.sign in {"and", "or", "not"} or self.sign in _COMPARED


class ExpressionFault(NamedTuple):
    """What stopped the reading: the code of a problem, from which character on, and the figures of its message."""

    code: str
    at: int
    figures: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression as a file has it: its text and place, and its tree or the fault that stopped the reading."""

    text: str
    tree: Tree | None
    fault: ExpressionFault | None
    line: int = 0
    column: int = 0


class _StoppedError(Exception):
    """The reading of one expression ends at a fault; caught where the reading began."""

    def __init__(self, fault: ExpressionFault) -> None:
        super().__init__(fault.code)
        self.fault = fault


def read_expression(text: str, names: Collection[str], *, truth: bool, line: int = 0, column: int = 0) -> Expression:
    """Read a condition (`truth`) or an expression that is a number; `names` are the inputs, beside `out_of`."""
    try:
        tree = _ExpressionReader(text, (*names, OUT_OF)).whole(truth=truth)
    except _StoppedError as stopped:
        return Expression(text, None, stopped.fault, line, column)
    return Expression(text, tree, None, line, column)


class _ExpressionReader:
    """Reads the tokens of one expression from left to right."""

    def __init__(self, text: str, names: Sequence[str]) -> None:
        if len(text) > MOST_SIGNS:
            raise _StoppedError(ExpressionFault("formula-too-long", MOST_SIGNS, {"most": str(MOST_SIGNS)}))
        self.names = names
        groups = [(token, token.lastgroup) for token in _TOKEN.finditer(text)]
        self.tokens = [(token[group], group, token.start(group)) for token, group in groups if group]
        self.end = len(text.rstrip())
        self.here = 0
        self.depth = 0

    @property
    def token(self) -> tuple[str, str | None, int]:
        return self.tokens[self.here] if self.here < len(self.tokens) else ("", None, self.end)

    def whole(self, *, truth: bool) -> Tree:
        at = self.token[2]
        tree = self.needs(self.any_of(0), at, truth=truth)
        if self.token[0] or self.token[1]:
            raise self.unexpected()
        return tree

    def unexpected(self) -> _StoppedError:
        text, _, at = self.token
        code, figures = ("formula-unexpected", {"found": text}) if text else ("formula-unfinished", {})
        return _StoppedError(ExpressionFault(code, at, figures))

    def needs(self, tree: Tree, at: int, *, truth: bool) -> Tree:
        if tree.is_truth != truth:
            raise _StoppedError(ExpressionFault("formula-needs-condition" if truth else "formula-needs-number", at, {}))
        return tree

    def next_is(self, *signs: str) -> str:
        """Take the next token if it is one of some signs."""
        text, group, _ = self.token
        if text not in signs or group not in {"sign", "name"}:
            return ""
        self.here += 1
        return text

    def deeper(self, read: Callable[[], Tree]) -> Tree:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise _StoppedError(ExpressionFault("formula-too-deep", self.token[2], {"most": str(MOST_DEPTH)}))
        tree = read()
        self.depth -= 1
        return tree

    def any_of(self, level: int) -> Tree:
        """Read what binds as tightly as a level of `_BINDS` or more."""
        signs, at = _BINDS[level], self.token[2]
        if "not" in signs:
            return self.negated() if self.next_is("not") else self.any_of(level + 1)
        if "negative" in signs:
            return self.signed()
        tree = self.any_of(level + 1)
        while sign := self.next_is(*signs):
            other_at, truth = self.token[2], sign in {"and", "or"}
            other = self.any_of(level + 1)
            parts = self.needs(tree, at, truth=truth), self.needs(other, other_at, truth=truth)
            tree = Tree(sign, parts)
            if sign in _COMPARED:
                break
        return tree

    def negated(self) -> Tree:
        at = self.token[2]
        return Tree("not", (self.needs(self.deeper(lambda: self.any_of(2)), at, truth=True),))

    def signed(self) -> Tree:
        at = self.token[2]
        if self.next_is("-"):
            return Tree("negative", (self.needs(self.deeper(self.signed), at + 1, truth=False),))
        if self.next_is("("):
            tree = self.deeper(lambda: self.any_of(0))
            self.close()
            return tree
        text, group, _ = self.token
        if group == "number":
            self.here += 1
            return Tree("number", text=text)
        if group != "name" or text in {"and", "or", "not"}:
            raise self.unexpected()
        self.here += 1
        if text in _FUNCTIONS:
            return self.function(text)
        if text not in self.names:
            figures = {"found": text, "allowed": ", ".join(self.names)}
            raise _StoppedError(ExpressionFault("formula-unknown-name", at, figures))
        return Tree("name", text=text)

    def function(self, name: str) -> Tree:
        if not self.next_is("("):
            raise self.unexpected()
        parts: list[Tree] = []
        while not parts or self.next_is(","):
            at = self.token[2]
            parts.append(self.needs(self.deeper(lambda: self.any_of(0)), at, truth=False))
        if len(parts) < _FUNCTIONS[name] or (name == "abs" and len(parts) > 1):
            raise self.unexpected()
        self.close()
        return Tree(name, tuple(parts))

    def close(self) -> None:
        if not self.next_is(")"):
            raise self.unexpected()


def worth(tree: Tree, values: Mapping[str, Fraction]) -> Worth:
    """Return what an expression is worth; None where it divides by zero on the way."""
    if tree.sign == "number":
        return Fraction(tree.text)
    if tree.sign == "name":
        return values[tree.text]
    if tree.sign in {"and", "or"}:
        first = worth(tree.parts[0], values)
        return worth(tree.parts[1], values) if first is (tree.sign == "and") else first
    if tree.sign == "not":
        found = worth(tree.parts[0], values)
        return None if found is None else not found
    numbers = [number for part in tree.parts if isinstance(number := worth(part, values), Fraction)]
    return _of_numbers(tree.sign, numbers) if len(numbers) == len(tree.parts) else None


def _of_numbers(sign: str, numbers: list[Fraction]) -> Worth:
    if sign in _COMPARED:
        return _COMPARED[sign](*numbers)
    if sign == "/":
        return numbers[0] / numbers[1] if numbers[1] else None
    made: Mapping[str, Callable[[Fraction, Fraction], Fraction]] = {
        "+": lambda one, other: one + other,
        "-": lambda one, other: one - other,
        "*": lambda one, other: one * other,
        "min": min,
        "max": max,
    }
    if sign in made:
        return reduce(made[sign], numbers)
    return abs(numbers[0]) if sign == "abs" else -numbers[0]


_SHOWN: Final = {"*": "×", "/": "/", "-": "−", "<=": "≤", ">=": "≥", "!=": "≠"}


def told(tree: Tree, named: Callable[[str], str], words: Mapping[str, str], within: int = 0) -> str:
    """Return an expression as people read it.

    Args:
        named: how a name, or the digits of a number, is written.
        words: of `and`, `or`, `not`.
        within: how tightly what is around it binds.
    """
    if tree.sign in {"number", "name"}:
        return named(tree.text)
    if tree.sign in _FUNCTIONS:
        parts = "; ".join(told(part, named, words) for part in tree.parts)
        return f"|{parts}|" if tree.sign == "abs" else f"{tree.sign}({parts})"
    own = next(level for level, signs in enumerate(_BINDS) if tree.sign in signs)
    sign = words.get(tree.sign) or _SHOWN.get(tree.sign, tree.sign)
    if len(tree.parts) == 1:
        inner = told(tree.parts[0], named, words, len(_BINDS) if tree.sign == "not" else own)
        text = f"−{inner}" if tree.sign == "negative" else f"{sign} {inner}"
    else:
        one, other = (told(part, named, words, own + place) for place, part in enumerate(tree.parts))
        text = f"{one} {sign} {other}"
    return f"({text})" if own < within else text

"""What does not fit the shape of a file, as problems in our words, each at its place.

A library finds what breaks a schema (`adapters/schemas`); here each finding gets its code, place and figures. What a
file may contain is said by `schemas/v1`, what two files must agree on by `core.index.laws`. Decision 0003.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeAlias

from pipeline.core.ground import nodes
from pipeline.core.ground.characters import shown
from pipeline.core.ground.nodes import Document, Node, Plain, Pointer, Scalar
from pipeline.core.ground.problems import Problem, Severity
from pipeline.core.ground.text import nearest

Schema: TypeAlias = dict[str, Any]

MAX_VIOLATIONS: Final = 1000  # of one file that are reported; nobody reads on after that
DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class ShapeProblem:
    """A problem of shape, and the node it is about; of an unknown key, the value under that key."""

    problem: Problem
    pointer: Pointer


@dataclass(frozen=True, slots=True)
class Violation:
    """One place where a value does not meet one keyword of its schema."""

    keyword: str
    limit: Any  # what the keyword says in the schema
    value: Any
    schema: Schema  # the one in which the keyword stands
    pointer: Pointer
    path: tuple[str | int, ...]  # from the file's schema down to the keyword

    @property
    def of_key(self) -> bool:
        """Tell whether a key breaks the schema, not the value under it."""
        return self.path[-2:-1] == ("propertyNames",)

    @property
    def title(self) -> str:
        """Return what people call the value."""
        return str(self.schema.get("title", ""))

    @property
    def types(self) -> frozenset[str]:
        """Return the types that the schema allows."""
        types = self.schema.get("type", ())
        return frozenset((types,) if isinstance(types, str) else types)


def shape_problems(
    document: Document, schema: Schema, find: Callable[[Plain], Sequence[Violation]]
) -> tuple[ShapeProblem, ...]:
    """Return what is wrong with the shape of a document, in the order of the file.

    A number, `true` or `null` where text is wanted is taken as the text that was written, with a warning.

    Args:
        document: The file as read; one that could not be read has no shape to judge.
        find: Returns where a value does not fit that schema.
    """
    if document.root is None:
        return ()
    value = nodes.plain(document.root)
    violations = find(value)
    if not violations:
        return ()
    unquoted = [found.pointer for found in violations if _is_unquoted_text(found, document.root)]
    if unquoted:
        for pointer in unquoted:
            take_text(value, pointer, nodes.at(document.root, pointer))
        violations = find(value)
    return _Wording(document.path, document.root, schema).told(violations, unquoted)


def _is_unquoted_text(violation: Violation, root: Node) -> bool:
    """Tell whether a plain number, true, false or null stands where text is wanted."""
    if violation.keyword != "type" or "string" not in violation.types or not violation.pointer:
        return False
    node = nodes.at(root, violation.pointer)
    return isinstance(node, Scalar) and not isinstance(node.value, str) and node.text != ""


def take_text(value: Any, pointer: Pointer, node: Node) -> None:  # noqa: ANN401 - a tree of plain values
    """Put the text of a scalar in the place of its value."""
    assert isinstance(node, Scalar)
    for step in pointer[:-1]:
        value = value[step]
    value[pointer[-1]] = node.text


class _Wording:
    """Turns the violations of one file into problems with places."""

    def __init__(self, path: str, root: Node, schema: Schema) -> None:
        self.path = path
        self.root = root
        self.schema = schema

    def told(self, violations: Sequence[Violation], unquoted: Iterable[Pointer]) -> tuple[ShapeProblem, ...]:
        """Return one problem per place and code (and missing key), in the order of the file."""
        wrong_type = {found.pointer for found in violations if found.keyword == "type" and not found.of_key}
        told: dict[tuple[Pointer, str, str], ShapeProblem] = {}
        for violation in violations:
            if violation.keyword == "type" or violation.of_key or violation.pointer not in wrong_type:
                say = _wrong_key if violation.of_key else WORDINGS[violation.keyword]
                for shape in say(self, violation):
                    told.setdefault(_sameness(shape), shape)
        if len(violations) == MAX_VIOLATIONS:
            shape = self.at_value("problems-cut-off", (), limit=str(MAX_VIOLATIONS))
            told[_sameness(shape)] = shape
        wrong = {pointer for pointer, _, _ in told}
        for pointer in unquoted:
            if pointer not in wrong:
                figures = {"text": self.written(pointer)}
                shape = self.problem("text-needs-quotes", pointer, nodes.at(self.root, pointer), figures, "warning")
                told[_sameness(shape)] = shape
        return tuple(sorted(told.values(), key=_order))

    def at_value(self, code: str, pointer: Pointer, /, **figures: str) -> ShapeProblem:
        """Return an error at the value that a pointer leads to."""
        return self.problem(code, pointer, nodes.at(self.root, pointer), figures)

    def at_key(self, code: str, pointer: Pointer, /, **figures: str) -> ShapeProblem:
        """Return an error at the key of a value, so that it is reported before what is wrong inside the value."""
        parent = nodes.at(self.root, pointer[:-1])
        key = pointer[-1] if pointer else None
        node = parent.keys[key] if isinstance(parent, nodes.Mapping) and isinstance(key, str) else None
        return self.problem(code, pointer, node or nodes.at(self.root, pointer), figures)

    def problem(
        self, code: str, pointer: Pointer, node: Node, figures: Mapping[str, str], severity: Severity = "error"
    ) -> ShapeProblem:
        """Return a problem at a node; its message says by which keys the value is found."""
        where = " › ".join(f"[{step + 1}]" if isinstance(step, int) else _cut(step) for step in pointer) or self.path
        problem = Problem(code, severity, self.path, node.line, node.column, {"where": where, **figures})
        return ShapeProblem(problem, pointer)

    def written(self, pointer: Pointer) -> str:
        """Return what stands at a place, cut to what a message can bear."""
        node = nodes.at(self.root, pointer)
        if isinstance(node, Scalar):
            return _cut(node.text)
        return "{...}" if isinstance(node, nodes.Mapping) else "[...]"

    def schemas_above(self, violation: Violation) -> list[Any]:
        """Return the schemas from the file's own down to the broken one, one per step of its path."""
        schema: Any = self.schema
        above = [schema]
        for step in violation.path:
            while isinstance(schema, dict) and step not in schema and "$ref" in schema:
                schema = self.schema["$defs"][schema["$ref"].removeprefix("#/$defs/")]
                above[-1] = schema
            schema = schema[step]
            above.append(schema)
        return above


# --- one function per keyword: what its violation is called ---------------------------------------------------------


def _wrong_key(file: _Wording, found: Violation) -> Iterator[ShapeProblem]:
    key = str(found.value)
    yield file.at_key("wrong-form-of-key", (*found.pointer, key), text=_cut(key), **_expected(found))


def _forbidden(file: _Wording, found: Violation) -> Iterator[ShapeProblem]:
    """Say beside which other key, or beside which of its values, this key may not stand."""
    branch = max(index for index, step in enumerate(found.path) if step in {"then", "else"})
    outer = file.schemas_above(found)[branch]
    condition: Schema = outer["if"]
    if "properties" in condition:
        beside = found.pointer[:-1]
        there = nodes.at(file.root, beside)
        assert isinstance(there, nodes.Mapping)
        others = [f"{key}: {file.written((*beside, key))}" for key in condition["properties"] if key in there.keys]
    else:
        others = (condition if found.path[branch] == "then" else outer["else"]).get("required", [])
    yield file.at_key("not-together", found.pointer, key=_cut(str(found.pointer[-1])), other=", ".join(others))


def _missing(file: _Wording, found: Violation) -> Iterator[ShapeProblem]:
    """Name the keys that are owed; where one of several is owed, all of them."""
    if _split_by_colon(found) is not None:
        return  # `_unknown` tells it
    above = file.schemas_above(found)
    for key in found.limit:
        if key in found.value:
            continue
        choices = [*_choices(above), key]
        if len(choices) > 1:
            yield file.at_key("missing-one-of", found.pointer, keys=", ".join(choices))
        else:
            yield file.at_key("missing-key", found.pointer, key=key, title=_title(above, key))


def _unknown(file: _Wording, found: Violation) -> Iterator[ShapeProblem]:
    """Name the keys that have no place here, with the nearest that has one."""
    text = _split_by_colon(found)
    if text is not None:
        yield file.at_value("text-split-by-colon", found.pointer, text=_cut(text))
        return
    allowed = list(found.schema["properties"])
    for key in found.value:
        if key in allowed or any(re.search(one, key) for one in found.schema.get("patternProperties", ())):
            continue
        figures = {"key": _cut(key), "allowed": ", ".join(allowed)}
        near = nearest(key.lower().replace(" ", "_"), (name for name in allowed if name not in found.value))
        if near is not None:
            yield file.at_key("misspelt-key", (*found.pointer, key), **figures, suggestion=near)
        else:
            yield file.at_key("unknown-key", (*found.pointer, key), **figures)


# Where several types are allowed, the first of this table that is one of them is what most people want to write.
WRONG_TYPES: Final = {
    "array": "not-a-list",
    "boolean": "not-yes-or-no",
    "integer": "not-a-whole-number",
    "number": "not-a-number",
    "string": "not-a-text",
    "object": "not-a-mapping",
}


def _wrong_type(file: _Wording, found: Violation) -> Iterator[ShapeProblem]:
    """Say what should stand here instead, with the cure for the commonest slips."""
    pointer, types = found.pointer, found.types
    node = nodes.at(file.root, pointer)
    if isinstance(node, Scalar) and node.text == "":
        yield file.at_key("empty", pointer, title=found.title)
        return
    if isinstance(node, Scalar) and isinstance(node.value, str) and types & {"number", "integer"}:
        cure = _decimal(node.text)
        if cure is not None:
            written = f'"{node.text}"' if node.quoted else node.text
            yield file.at_value("decimal-looks-wrong", pointer, text=_cut(written), suggestion=cure)
            return
    text = _split_by_colon(found)
    if text is not None:
        yield file.at_value("text-split-by-colon", pointer, text=_cut(text))
        return
    code = next(code for kind, code in WRONG_TYPES.items() if kind in types)
    place = file.at_value if isinstance(node, Scalar) else file.at_key
    yield place(code, pointer, text=file.written(pointer), title=found.title)


def _not_allowed(file: _Wording, found: Violation) -> Iterator[ShapeProblem]:
    values = found.limit if found.keyword == "enum" else [found.limit]
    allowed = ", ".join(map(str, values))
    yield file.at_value("not-allowed-value", found.pointer, text=file.written(found.pointer), allowed=allowed)


def _wrong_form(file: _Wording, found: Violation) -> Iterator[ShapeProblem]:
    """Say how a text is written that does not match its pattern, or that no pattern can judge alone."""
    pointer, written, form = found.pointer, str(found.value), found.schema.get("x-form")
    figures = {"text": _cut(written), **_expected(found)}
    cure = _decimal(written) if "number" in found.types else None
    day = _day(written) if form == "date" else None
    if not written.strip():
        yield file.at_key("empty", pointer, title=found.title)
    elif cure is not None:
        yield file.at_value("decimal-looks-wrong", pointer, text=_cut(written), suggestion=cure)
    elif form == "date" and DATE.fullmatch(written):
        yield file.at_value("impossible-date", pointer, text=written)
    elif day is not None:
        yield file.at_value("not-a-date", pointer, text=_cut(written), suggestion=day)
    elif form != "date" and written[0] in " \n":
        yield file.at_key("begins-with-space", pointer, title=found.title)
    else:
        yield file.at_value("wrong-form", pointer, **figures)


def _wrong_count(file: _Wording, found: Violation) -> Iterator[ShapeProblem]:
    if not found.value:
        yield file.at_key("empty", found.pointer, title=found.title)
    else:
        code = "too-few" if found.keyword.startswith("min") else "too-many"
        yield file.at_key(code, found.pointer, count=str(len(found.value)), limit=str(found.limit))


def _too_long(file: _Wording, found: Violation) -> Iterator[ShapeProblem]:
    figures = {"length": str(len(found.value)), "limit": str(found.limit)}
    yield file.at_value("too-long", found.pointer, text=file.written(found.pointer), **figures)


def _out_of_bounds(file: _Wording, found: Violation) -> Iterator[ShapeProblem]:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤"}
    bounds = ", ".join(f"{sign} {found.schema[bound]}" for bound, sign in signs.items() if bound in found.schema)
    yield file.at_value("out-of-bounds", found.pointer, text=file.written(found.pointer), bounds=bounds)


WORDINGS: Final[Mapping[str, Callable[[_Wording, Violation], Iterator[ShapeProblem]]]] = {
    "x-forbidden": _forbidden,
    "required": _missing,
    "additionalProperties": _unknown,
    "type": _wrong_type,
    "enum": _not_allowed,
    "const": _not_allowed,
    "pattern": _wrong_form,
    "x-form": _wrong_form,
    **dict.fromkeys(("minLength", "minItems", "minProperties", "maxItems", "maxProperties"), _wrong_count),
    "maxLength": _too_long,
    **dict.fromkeys(("minimum", "exclusiveMinimum", "maximum"), _out_of_bounds),
}


# --- words of the messages ------------------------------------------------------------------------------------------


def _sameness(shape: ShapeProblem) -> tuple[Pointer, str, str]:
    """Return what two problems that say the same share: place, code and missing key; the first one is reported."""
    figures = shape.problem.figures
    return shape.pointer, shape.problem.code, figures.get("key") or figures.get("keys", "").rpartition(", ")[0]


def _order(shape: ShapeProblem) -> tuple[int, int, str, str, str]:
    problem = shape.problem
    return problem.line, problem.column, problem.code, problem.figures["where"], _sameness(shape)[2]


def _cut(text: str) -> str:
    """Return a text on one line, no longer than a message can bear."""
    return shown(" ".join(text.split()))


def _expected(violation: Violation) -> dict[str, str]:
    """Return what a text is and how it is written."""
    return {"title": violation.title, "examples": ", ".join(violation.schema.get("examples", ()))}


def _choices(above: list[Any]) -> list[str]:
    """Return the keys any of which would have been enough instead of the missing one.

    Example: of `if: {required: [sipas]}, else: {if: {required: [points]}, else: {required: [answers]}}`, where
    `answers` is missing: sipas, points.
    """
    choices: list[str] = []
    for outer, inner in itertools.pairwise(above):
        if isinstance(outer, dict) and outer.get("else") is inner and "if" in outer:
            condition = outer["if"]
            choices += [] if "properties" in condition else condition.get("required", [])
        elif not isinstance(inner, list):
            choices = []
    return choices


def _title(above: list[Any], key: str) -> str:
    """Return the title of a key in the nearest schema that describes it."""
    for schema in reversed(above):
        described = schema.get("properties", {}).get(key) if isinstance(schema, dict) else None
        if isinstance(described, dict) and "title" in described:
            return str(described["title"])
    return key


PLAIN_KEY: Final = re.compile(r"[a-z0-9_.-]+")


def _split_by_colon(violation: Violation) -> str | None:
    """Return the text that its colon turned into a mapping (`- Báo cáo: quý I`), if that is what happened."""
    value = violation.value
    if "string" not in violation.types or not isinstance(value, dict) or len(value) != 1:
        return None
    key, rest = next(iter(value.items()))
    if PLAIN_KEY.fullmatch(key) or not isinstance(rest, str | Decimal):
        return None
    return f"{key}: {rest}"


LOOKS_LIKE_DECIMAL: Final = re.compile(
    r"[+-]?(?:[0-9]*[.,])?[0-9]+(?:e[+-]?[0-9]{1,2})?[.,]?\s*%?|[+-]?\.(?:nan|inf)",
    re.IGNORECASE,
)
PLACES: Final = Decimal("0.000001")


def _decimal(text: str) -> str | None:
    """Return how a text that looks like a number is written as one; of what is no number, an example."""
    if not LOOKS_LIKE_DECIMAL.fullmatch(text):
        return None
    try:
        value = Decimal(text.rstrip("% ").replace(",", ".").rstrip("."))
        value = value if value == value.quantize(PLACES) else value.quantize(PLACES)
    except InvalidOperation:
        return "0.5"
    return format(value, "f")


# Word makes an en dash, a minus sign or a non-breaking hyphen of the hyphen that was typed.
DAY_MONTH_YEAR: Final = re.compile(r"([0-9]{1,2})[/.\-‐-―−]([0-9]{1,2})[/.\-‐-―−]([0-9]{4})")
YEAR_MONTH_DAY: Final = re.compile(r"([0-9]{4})[/.\-‐-―−]([0-9]{1,2})[/.\-‐-―−]([0-9]{1,2})(?:[T ].*)?")


def _day(text: str) -> str | None:
    """Return the date that a text means, as we write it; None where it cannot be told."""
    if match := DAY_MONTH_YEAR.fullmatch(text):
        day, month, year = (int(part) for part in match.groups())
    elif match := YEAR_MONTH_DAY.fullmatch(text):
        year, month, day = (int(part) for part in match.groups())
    else:
        return None
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None

"""JSON Schema: what each kind of file may contain, and what of a file does not fit, in words of our own.

The one importer of jsonschema; nothing is fetched, every reference is resolved among the files handed in.
What two files must agree on is said by `pipeline.core.index.laws`.
"""

from __future__ import annotations

import difflib
import itertools
import json
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Protocol, TypeAlias, cast
from urllib.parse import unquote

from jsonschema import Draft202012Validator, TypeChecker, ValidationError
from jsonschema.validators import extend
from referencing import Registry

from pipeline.core.ground import nodes
from pipeline.core.ground.characters import SUSPECT
from pipeline.core.ground.nodes import Document, Node, Plain, Pointer, Scalar
from pipeline.core.ground.problems import ParindexError, Problem, Severity

Schema: TypeAlias = dict[str, Any]

SUFFIX: Final = ".schema.json"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
MAX_SHOWN: Final = 60  # characters of what a person wrote that a message repeats
MAX_MISFITS: Final = 1000  # in one file; after that it is not worth anyone's time to read on
MAX_ADDRESS: Final = 1000  # characters of an address that is judged; the schema allows no longer one
MAX_SLIP: Final = 30  # characters of a key that is looked at for a slip of the pen


@dataclass(frozen=True, slots=True)
class ShapeProblem:
    """A problem of shape, and the node it is about; of an unknown key, the value under that key."""

    problem: Problem
    pointer: Pointer


class Schemas:
    """The schemas of one commit; a kind is compiled when its first file comes."""

    def __init__(self, files: Mapping[str, Schema]) -> None:
        self._files = files
        self._validators: dict[str, _Validator] = {}
        self.kinds: tuple[str, ...] = tuple(sorted(name for name in files if "type" in files[name]))

    def problems(self, kind: str, document: Document) -> tuple[ShapeProblem, ...]:
        """Name everything in a document that its kind does not allow, in the order of the file.

        Args:
            kind: The kind of file, such as `cycle`.
            document: The file as read; one that could not be read has no shape to judge.
        """
        if document.root is None:
            return ()
        validator = self._validators.get(kind)
        if validator is None:
            if kind not in self._files:
                raise ParindexError("schema-missing", path=f"schemas/v1/{kind}.schema.json")
            validator = self._validators[kind] = _validator(self._files, kind)
        instance = nodes.plain(document.root)
        misfits = _misfits(validator, instance)
        if not misfits:
            return ()
        unquoted = [misfit.pointer for misfit in misfits if _is_unquoted_text(misfit, document.root)]
        if unquoted:
            for pointer in unquoted:
                _take_text(instance, pointer, nodes.at(document.root, pointer))
            misfits = _misfits(validator, instance)
        return _Judge(document.path, document.root, validator.schema).verdict(misfits, unquoted)


# From files to validators


def compile_schemas(files: Mapping[str, bytes]) -> Schemas:
    """Read the schemas and hold them against the house's strict subset of JSON Schema 2020-12.

    Args:
        files: Path to bytes of every `*.schema.json`, as they stand in one commit.

    Raises:
        ParindexError: `schema-broken` with path and detail, for the first that is broken or not strict.
    """
    names = {posixpath.basename(path).removesuffix(SUFFIX): path for path in sorted(files)}
    schemas = {name: _parse(path, files[path]) for name, path in names.items()}
    for name, path in names.items():
        for detail in _faults(schemas, name):
            raise ParindexError("schema-broken", path=path, detail=detail)
    return Schemas(schemas)


def _parse(path: str, data: bytes) -> Schema:
    """Return the JSON object in a file, its numbers exact."""
    try:
        schema = json.loads(
            data, object_pairs_hook=_pairs, parse_constant=_refuse, parse_float=Decimal, parse_int=Decimal
        )
    except (ValueError, RecursionError) as error:
        raise ParindexError("schema-broken", path=path, detail=str(error)[:200]) from error
    if not isinstance(schema, dict):
        raise ParindexError("schema-broken", path=path, detail="not a JSON object")
    return schema


def _refuse(text: str) -> None:
    raise ValueError(f"{text} is no number")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON, each key once."""
    result = dict(pairs)
    if len(result) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError("key twice: " + next(key for key in keys if keys.count(key) > 1))
    return result


PATTERN_END: Final = r"(?![\s\S])"  # unlike `$`, not before a final newline; Python, Rust and JavaScript read it alike
NO_SPACE_FIRST: Final = rf"^[^ \n][\s\S]*{PATTERN_END}"  # of any text, which can be wrong in no other way
UNICODE_CLASS: Final = re.compile(r"\\[dDwWsSbB]")
TYPES: Final = frozenset({"object", "array", "string", "number", "integer", "boolean", "null"})
FORMS: Final = frozenset({"date", "text", "url"})
ANNOTATIONS: Final = frozenset({"title", "description", "examples"})
ONE_SCHEMA: Final = frozenset({"items", "additionalProperties", "propertyNames", "if", "then", "else"})
SCHEMAS_BY_NAME: Final = frozenset({"properties", "patternProperties", "$defs"})
LIST_OF_SCHEMAS: Final = frozenset({"allOf", "prefixItems"})
CONDITIONAL: Final = frozenset({"if", "then", "else", "allOf"})  # they narrow a schema that is closed already
LIMITS: Final = frozenset(
    {
        *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
        *("minimum", "maximum", "exclusiveMinimum"),
    },
)
TEXTS: Final = frozenset({"$schema", "$ref", "title", "description", "pattern", "x-form"})
LISTS: Final = frozenset({"required", "enum", "examples"})
KEYWORDS: Final = (
    ONE_SCHEMA | SCHEMAS_BY_NAME | LIST_OF_SCHEMAS | LIMITS | TEXTS | LISTS | {"type", "const"}
)  # all others are refused: jsonschema would pass over a misspelt one in silence


def _faults(schemas: Mapping[str, Schema], name: str) -> Iterator[str]:
    """Name what a schema has beyond the strict subset."""
    if schemas[name].get("$schema") != DIALECT:
        yield f"$schema is not {DIALECT}"
    pending: list[tuple[str, Any, bool]] = [("#", schemas[name], False)]
    while pending:
        where, schema, narrows = pending.pop()
        if isinstance(schema, bool):
            if schema:
                yield f"{where}: true allows anything"
            continue
        if not isinstance(schema, dict):
            yield f"{where}: not a schema"
            continue
        for keyword, value in schema.items():
            fault = _keyword_fault(keyword, value)
            if fault:
                yield f"{where}/{keyword}: {fault}"
                return
        yield from (f"{where}: {fault}" for fault in _schema_faults(schemas, name, schema, narrows=narrows))
        pending.extend(
            (f"{where}/{step}", part, narrows or keyword in CONDITIONAL) for keyword, step, part in _parts(schema)
        )


def _parts(schema: Schema) -> Iterator[tuple[str, str, Any]]:
    """Yield the schemas right below a schema, each with its keyword and its step."""
    for keyword, value in schema.items():
        if keyword in ONE_SCHEMA and not (keyword == "additionalProperties" and value is False):
            yield keyword, keyword, value
        elif keyword in SCHEMAS_BY_NAME:
            yield from ((keyword, f"{keyword}/{key}", part) for key, part in value.items())
        elif keyword in LIST_OF_SCHEMAS:
            yield from ((keyword, f"{keyword}/{number}", part) for number, part in enumerate(value))


def _keyword_fault(keyword: str, value: Any) -> str | None:  # noqa: ANN401 - whatever stands in a JSON file
    """Tell what is wrong with a keyword and the type of its value."""
    expected: type | tuple[type, ...] = object
    if keyword in SCHEMAS_BY_NAME:
        expected = dict
    elif keyword in LIST_OF_SCHEMAS | LISTS:
        expected = list
    elif keyword in LIMITS:
        expected = Decimal
    elif keyword in TEXTS:
        expected = str
    elif keyword not in KEYWORDS:
        return "unknown keyword"
    return None if isinstance(value, expected) else "its value has the wrong type"


def _schema_faults(schemas: Mapping[str, Schema], name: str, schema: Schema, *, narrows: bool) -> Iterator[str]:
    """Name what is wrong within one schema, its keywords being known."""
    types = _types(schema)
    if not types <= TYPES:
        yield f"unknown type {', '.join(sorted(types - TYPES))}"
    if "object" in types and not narrows and "additionalProperties" not in schema and "allOf" not in schema:
        yield "an object that is not closed by additionalProperties"
    if schema.get("x-form", "text") not in FORMS:
        yield f"unknown x-form {schema['x-form']}"
    yield from _faults_of_patterns(schema)
    if schema.get("additionalProperties") is False and "properties" not in schema:
        yield "a closed object without properties"
    if "$ref" in schema:
        if schema.keys() - ANNOTATIONS != {"$ref"}:
            yield "only a title and a description may stand beside $ref"
        if _target(schemas, name, schema["$ref"]) is None:
            yield f"$ref leads nowhere: {schema['$ref']}"


def _faults_of_patterns(schema: Schema) -> Iterator[str]:
    if "pattern" in schema:
        yield from _pattern_faults(schema["pattern"])
        if "examples" not in schema and schema["pattern"] != NO_SPACE_FIRST:
            yield "a pattern without examples, which its message shows"
    for pattern in schema.get("patternProperties", ()):
        yield from _pattern_faults(pattern)


def _pattern_faults(pattern: str) -> Iterator[str]:
    """Name what would make a pattern match more than it says."""
    if not (pattern.startswith("^") and pattern.endswith(PATTERN_END)):
        yield f"a pattern begins with ^ and ends with {PATTERN_END}"
    if UNICODE_CLASS.search(pattern.replace(r"[\s\S]", "")):
        yield "a pattern names ASCII classes only"
    try:
        re.compile(pattern)
    except re.error as error:
        yield f"a pattern that cannot be read: {error}"


def _types(schema: Schema) -> frozenset[str]:
    types = schema.get("type", ())
    return frozenset((types,) if isinstance(types, str) else types)


def _target(schemas: Mapping[str, Schema], name: str, reference: str) -> tuple[str, str, Schema] | None:
    """Return file, definition and schema that a reference leads to: a definition, or a whole file."""
    file, _, fragment = reference.partition("#")
    target = file.removesuffix(SUFFIX) if file else name
    definition = fragment.removeprefix("/$defs/")
    schema = schemas.get(target)
    if schema is not None and fragment:
        schema = schema.get("$defs", {}).get(definition)
    return None if not isinstance(schema, dict) else (target, definition, schema)


# What a condition forbids (`false` in the files): jsonschema loses the place of a key whose schema is plain `false`.
FORBIDDEN: Final[Schema] = {"x-forbidden": True}


class _Inliner:
    """Puts definitions in the place of references, except where a definition contains itself."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self.schemas = schemas
        self.done: dict[tuple[str, str], Schema] = {}
        self.open: set[tuple[str, str]] = set()
        self.recursive: dict[str, tuple[str, str]] = {}

    def whole(self, kind: str) -> Schema:
        """Return the schema of a kind that needs no other file."""
        body = {key: value for key, value in self.schemas[kind].items() if key not in {"$schema", "$defs"}}
        schema = self.inline(kind, body)
        return {**schema, "$defs": {name: self.done[key] for name, key in self.recursive.items()}}

    def inline(self, name: str, schema: Any) -> Any:  # noqa: ANN401 - a schema or a boolean
        """Return a schema with the definitions in the place of its references."""
        if not isinstance(schema, dict):
            return schema
        if "$ref" in schema:
            return self.definition(name, schema)
        result = dict(schema)
        for keyword, value in schema.items():
            if keyword in ONE_SCHEMA:
                result[keyword] = self.inline(name, value)
            elif keyword in SCHEMAS_BY_NAME:
                result[keyword] = {key: self.inline(name, part or FORBIDDEN) for key, part in value.items()}
            elif keyword in LIST_OF_SCHEMAS:
                result[keyword] = [self.inline(name, part) for part in value]
        return result

    def definition(self, name: str, schema: Schema) -> Schema:
        """Return what a reference leads to, under the title that stands beside the reference."""
        found = _target(self.schemas, name, schema["$ref"])
        assert found is not None, "a reference that compile_schemas has judged"  # noqa: S101
        file, definition, target = found
        key = (file, definition)
        beside = {keyword: value for keyword, value in schema.items() if keyword != "$ref"}
        if key in self.open:
            self.recursive[definition] = key
            return {"$ref": f"#/$defs/{definition}", **beside}
        if key not in self.done:
            self.open.add(key)
            body = {keyword: value for keyword, value in target.items() if keyword not in {"$schema", "$defs"}}
            self.done[key] = self.inline(file, body)
            self.open.discard(key)
        return {**self.done[key], **beside}


class _Validator(Protocol):
    """What we use of a validator."""

    schema: Schema

    def iter_errors(self, instance: Plain) -> Iterator[ValidationError]:
        """Yield what does not fit."""


def _validator(schemas: Mapping[str, Schema], kind: str) -> _Validator:
    """Return the validator of a kind; its registry is empty, so that nothing can be fetched."""
    make = cast("Callable[..., Callable[..., _Validator]]", extend)
    strict = make(Draft202012Validator, {"x-form": _form, "x-forbidden": _forbidden}, type_checker=_type_checker())
    return strict(_Inliner(schemas).whole(kind), registry=Registry())


def _type_checker() -> TypeChecker:
    """Return types that know exact decimals; true is no number."""
    checker: TypeChecker = Draft202012Validator.TYPE_CHECKER.redefine_many(
        {
            "number": lambda _, value: isinstance(value, Decimal),
            "integer": lambda _, value: isinstance(value, Decimal) and value == value.to_integral_value(),
        },
    )
    return checker


DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _form(_validator: object, form: str, instance: Plain, _schema: Schema) -> Iterator[ValidationError]:
    """Judge what no pattern can: that a date stands in the calendar, that an address hides nothing however escaped."""
    if form == "date" and isinstance(instance, str) and DATE.fullmatch(instance):
        try:
            date.fromisoformat(instance)
        except ValueError:
            yield ValidationError("impossible date")
    if form == "url" and isinstance(instance, str) and len(instance) <= MAX_ADDRESS and _hides(instance):
        yield ValidationError("hidden character")


def _hides(address: str) -> bool:
    """Tell whether an address, unescaped as often as anybody could, holds a character that no file may hold."""
    while (bare := unquote(address)) != address:
        address = bare
    return SUSPECT.search(address) is not None or "\n" in address or "\\" in address


def _forbidden(_validator: object, _value: bool, _instance: Plain, _schema: Schema) -> Iterator[ValidationError]:  # noqa: FBT001 - the library's signature
    """Refuse the key."""
    yield ValidationError("forbidden key")


# From what jsonschema says to problems


@dataclass(frozen=True, slots=True)
class _Misfit:
    """One error as jsonschema finds it."""

    keyword: str
    limit: Any  # the keyword's value in the schema
    instance: Any
    schema: Schema
    pointer: Pointer
    path: tuple[str | int, ...]  # the way through the schema, without references

    @property
    def of_key(self) -> bool:
        """Tell whether the error is about the text of a key."""
        return self.path[-2:-1] == ("propertyNames",)

    @property
    def title(self) -> str:
        """Return what people call the value."""
        return str(self.schema.get("title", ""))


def _misfits(validator: _Validator, instance: Plain) -> list[_Misfit]:
    """Return what does not fit, as plain records, as far as is worth reading."""
    return [
        _Misfit(
            keyword=str(error.validator),
            limit=error.validator_value,
            instance=error.instance,
            schema=error.schema if isinstance(error.schema, dict) else {},
            pointer=tuple(error.absolute_path),
            path=tuple(error.absolute_schema_path),
        )
        for error in itertools.islice(validator.iter_errors(instance), MAX_MISFITS)
    ]


def _is_unquoted_text(misfit: _Misfit, root: Node) -> bool:
    """Tell whether a plain number, true, false or null stands where text is wanted."""
    if misfit.keyword != "type" or "string" not in _types(misfit.schema) or not misfit.pointer:
        return False
    node = nodes.at(root, misfit.pointer)
    return isinstance(node, Scalar) and not isinstance(node.value, str) and node.text != ""


def _take_text(instance: Any, pointer: Pointer, node: Node) -> None:  # noqa: ANN401 - a tree of plain values
    """Put the text of a scalar in the place of its value."""
    assert isinstance(node, Scalar), "_is_unquoted_text has seen to it"  # noqa: S101
    for step in pointer[:-1]:
        instance = instance[step]
    instance[pointer[-1]] = node.text


class _Judge:
    """Turns the errors of one file into problems with places."""

    def __init__(self, path: str, root: Node, schema: Schema) -> None:
        self.path = path
        self.root = root
        self.schema = schema

    def verdict(self, misfits: Iterable[_Misfit], unquoted: Iterable[Pointer]) -> tuple[ShapeProblem, ...]:
        """Return one problem per place and code, of what is missing one per key, in the order of the file."""
        misfits = tuple(misfits)
        wrong_type = {misfit.pointer for misfit in misfits if misfit.keyword == "type" and not misfit.of_key}
        found: dict[tuple[Pointer, str, str], ShapeProblem] = {}
        for misfit in misfits:
            if misfit.keyword == "type" or misfit.of_key or misfit.pointer not in wrong_type:
                for shape in self.problems(misfit):
                    found.setdefault(_sameness(shape), shape)
        if len(misfits) == MAX_MISFITS:
            shape = self.problem("problems-cut-off", (), {"limit": str(MAX_MISFITS)})
            found[_sameness(shape)] = shape
        wrong = {pointer for pointer, _, _ in found}
        for pointer in unquoted:
            if pointer not in wrong:
                shape = self.problem("text-needs-quotes", pointer, {"text": self.shown(pointer)}, severity="warning")
                found[_sameness(shape)] = shape
        return tuple(sorted(found.values(), key=_order))

    def problems(self, misfit: _Misfit) -> Iterator[ShapeProblem]:
        """Say in our codes what one error of the library means."""
        pointer = misfit.pointer
        if misfit.of_key:
            text = str(misfit.instance)
            yield self.at_key("wrong-form-of-key", (*pointer, text), {"text": _cut(text), **_expected(misfit)})
        elif misfit.keyword == "x-forbidden":
            yield self.at_key("not-together", pointer, {"key": _cut(str(pointer[-1])), "other": self.other(misfit)})
        elif misfit.keyword == "required":
            yield from self.missing(misfit)
        elif misfit.keyword == "additionalProperties":
            yield from self.unknown(misfit)
        elif misfit.keyword == "type":
            yield self.wrong_type(misfit)
        else:
            yield self.wrong_value(misfit)

    # One keyword each

    def missing(self, misfit: _Misfit) -> Iterator[ShapeProblem]:
        """Name the keys that are owed; where one of several is owed, all of them."""
        if _split_by_colon(misfit) is not None:
            return  # `unknown` tells
        chain = self.chain(misfit)
        for key in misfit.limit:
            if key in misfit.instance:
                continue
            choices = [*_choices(chain), key]
            if len(choices) > 1:
                yield self.at_key("missing-one-of", misfit.pointer, {"keys": ", ".join(choices)})
            else:
                yield self.at_key("missing-key", misfit.pointer, {"key": key, "title": _title(chain, key)})

    def unknown(self, misfit: _Misfit) -> Iterator[ShapeProblem]:
        """Name the keys that have no place here, with the nearest that has one."""
        pointer = misfit.pointer
        text = _split_by_colon(misfit)
        if text is not None:
            yield self.problem("text-split-by-colon", pointer, {"text": _cut(text)})
            return
        allowed = list(misfit.schema["properties"])
        for key in misfit.instance:
            if key in allowed or any(re.search(one, key) for one in misfit.schema.get("patternProperties", ())):
                continue
            figures = {"key": _cut(key), "allowed": ", ".join(allowed)}
            near = _nearest(key, [name for name in allowed if name not in misfit.instance])
            if near is not None:
                yield self.at_key("misspelt-key", (*pointer, key), {**figures, "suggestion": near})
            else:
                yield self.at_key("unknown-key", (*pointer, key), figures)

    def wrong_type(self, misfit: _Misfit) -> ShapeProblem:
        """Say what should stand here instead, with the cure for the commonest slips."""
        pointer = misfit.pointer
        node = nodes.at(self.root, pointer)
        types = _types(misfit.schema)
        if isinstance(node, Scalar) and node.text == "":
            return self.at_key("empty", pointer, {"title": misfit.title})
        if isinstance(node, Scalar) and isinstance(node.value, str) and types & {"number", "integer"}:
            cure = _decimal(node.text)
            if cure is not None:
                written = f'"{node.text}"' if node.quoted else node.text
                return self.problem("decimal-looks-wrong", pointer, {"text": _cut(written), "suggestion": cure})
        text = _split_by_colon(misfit)
        if text is not None:
            return self.problem("text-split-by-colon", pointer, {"text": _cut(text)})
        code = next(code for kind, code in WRONG_TYPES.items() if kind in types)
        place = self.problem if isinstance(node, Scalar) else self.at_key
        return place(code, pointer, {"text": self.shown(pointer), "title": misfit.title})

    def wrong_value(self, misfit: _Misfit) -> ShapeProblem:
        """Say which values are allowed where the type is right."""
        keyword, limit, pointer = misfit.keyword, misfit.limit, misfit.pointer
        text = self.shown(pointer)
        if keyword in {"enum", "const"}:
            allowed = ", ".join(str(value) for value in (limit if keyword == "enum" else [limit]))
            return self.problem("not-allowed-value", pointer, {"text": text, "allowed": allowed})
        if keyword == "x-form" and limit == "url":
            return self.problem("wrong-form", pointer, {"text": text, **_expected(misfit)})
        if keyword == "x-form":
            return self.problem("impossible-date", pointer, {"text": text})
        if keyword == "pattern":
            return self.wrong_form(misfit)
        if keyword in {"minLength", "minItems", "minProperties"}:
            if not misfit.instance:
                return self.at_key("empty", pointer, {"title": misfit.title})
            return self.at_key("too-few", pointer, {"count": str(len(misfit.instance)), "limit": str(limit)})
        if keyword in {"maxItems", "maxProperties"}:
            return self.at_key("too-many", pointer, {"count": str(len(misfit.instance)), "limit": str(limit)})
        if keyword == "maxLength":
            figures = {"text": text, "length": str(len(misfit.instance)), "limit": str(limit)}
            return self.problem("too-long", pointer, figures)
        return self.problem("out-of-bounds", pointer, {"text": text, "bounds": _bounds(misfit.schema)})

    def wrong_form(self, misfit: _Misfit) -> ShapeProblem:
        """Say how a text that does not match its pattern is written."""
        pointer = misfit.pointer
        written = str(misfit.instance)
        if not written.strip():
            return self.at_key("empty", pointer, {"title": misfit.title})
        cure = _decimal(written) if "number" in _types(misfit.schema) else None
        if cure is not None:
            return self.problem("decimal-looks-wrong", pointer, {"text": _cut(written), "suggestion": cure})
        if misfit.schema.get("x-form") != "date":
            if written[0] in " \n":
                return self.at_key("begins-with-space", pointer, {"title": misfit.title})
            return self.problem("wrong-form", pointer, {"text": _cut(written), **_expected(misfit)})
        if DATE.fullmatch(written):
            return self.problem("impossible-date", pointer, {"text": written})
        day = _date(written)
        if day is None:
            return self.problem("wrong-form", pointer, {"text": _cut(written), **_expected(misfit)})
        return self.problem("not-a-date", pointer, {"text": _cut(written), "suggestion": day})

    # Words and places

    def other(self, misfit: _Misfit) -> str:
        """Return what a forbidden key cannot stand beside."""
        branch = max(index for index, step in enumerate(misfit.path) if step in {"then", "else"})
        outer = self.chain(misfit)[branch]
        condition: Schema = outer["if"]
        if "properties" in condition:
            beside = misfit.pointer[:-1]
            there = nodes.at(self.root, beside)
            assert isinstance(there, nodes.Mapping), "what has a forbidden key"  # noqa: S101
            named = [key for key in condition["properties"] if key in there.keys]
            return ", ".join(f"{key}: {self.shown((*beside, key))}" for key in named)
        keys = condition.get("required", []) if misfit.path[branch] == "then" else outer["else"].get("required", [])
        return ", ".join(keys)

    def chain(self, misfit: _Misfit) -> list[Any]:
        """Return the schemas from the top down to the one that an error is about, one per step of its path."""
        schema: Any = self.schema
        chain = [schema]
        for step in misfit.path:
            while isinstance(schema, dict) and step not in schema and "$ref" in schema:
                schema = self.schema["$defs"][schema["$ref"].removeprefix("#/$defs/")]
                chain[-1] = schema
            schema = schema[step]
            chain.append(schema)
        return chain

    def shown(self, pointer: Pointer) -> str:
        """Return what stands at a place, cut to what a message can bear."""
        node = nodes.at(self.root, pointer)
        if isinstance(node, Scalar):
            return _cut(node.text)
        return "{...}" if isinstance(node, nodes.Mapping) else "[...]"

    def problem(
        self,
        code: str,
        pointer: Pointer,
        figures: Mapping[str, str],
        *,
        severity: Severity = "error",
        place: Node | None = None,
    ) -> ShapeProblem:
        """Return a problem at a place, or else at the value that a pointer leads to."""
        node = place or nodes.at(self.root, pointer)
        where = " › ".join(f"[{step + 1}]" if isinstance(step, int) else _cut(step) for step in pointer) or self.path
        problem = Problem(code, severity, self.path, node.line, node.column, {"where": where, **figures})
        return ShapeProblem(problem, pointer)

    def at_key(self, code: str, pointer: Pointer, figures: Mapping[str, str]) -> ShapeProblem:
        """Return a problem at the key of the value that a pointer leads to, so that it stands before what is in it."""
        parent = nodes.at(self.root, pointer[:-1])
        key = pointer[-1] if pointer else None
        place = parent.keys[key] if isinstance(parent, nodes.Mapping) and isinstance(key, str) else None
        return self.problem(code, pointer, figures, place=place)


# Where several types are allowed, the first of this table that is one of them is what most people want to write.
WRONG_TYPES: Final = {
    "array": "not-a-list",
    "boolean": "not-yes-or-no",
    "integer": "not-a-whole-number",
    "number": "not-a-number",
    "string": "not-a-text",
    "object": "not-a-mapping",
}
PLAIN_KEY: Final = re.compile(r"[a-z0-9_.-]+")


def _sameness(shape: ShapeProblem) -> tuple[Pointer, str, str]:
    """Return what two problems have in common that say the same; of several ways to owe a key, the first is told."""
    figures = shape.problem.figures
    return shape.pointer, shape.problem.code, figures.get("key") or figures.get("keys", "").rpartition(", ")[0]


def _order(shape: ShapeProblem) -> tuple[int, int, str, str, str]:
    problem = shape.problem
    return problem.line, problem.column, problem.code, problem.figures["where"], _sameness(shape)[2]


def _cut(text: str) -> str:
    """Return a text on one line, no longer than a message can bear."""
    line = " ".join(text.split())
    return line if len(line) <= MAX_SHOWN else line[: MAX_SHOWN - 1] + "…"


def _nearest(key: str, allowed: list[str]) -> str | None:
    """Return the name that a person may have meant; a long key is no slip of the pen, and slow to compare."""
    if len(key) > MAX_SLIP:
        return None
    return next(iter(difflib.get_close_matches(key.lower().replace(" ", "_"), allowed, n=1, cutoff=0.7)), None)


def _expected(misfit: _Misfit) -> dict[str, str]:
    """Return what a text is and how it is written."""
    return {"title": misfit.title, "examples": ", ".join(misfit.schema["examples"])}


def _choices(chain: list[Any]) -> list[str]:
    """Return the keys one of which would have met the condition that demands another."""
    choices: list[str] = []
    for outer, inner in itertools.pairwise(chain):
        if isinstance(outer, dict) and outer.get("else") is inner and "if" in outer:
            condition = outer["if"]
            choices += [] if "properties" in condition else condition.get("required", [])
        elif not isinstance(inner, list):
            choices = []
    return choices


def _title(chain: list[Any], key: str) -> str:
    """Return the title of a key in the nearest schema that describes it."""
    for schema in reversed(chain):
        described = schema.get("properties", {}).get(key) if isinstance(schema, dict) else None
        if isinstance(described, dict) and "title" in described:
            return str(described["title"])
    return key


def _split_by_colon(misfit: _Misfit) -> str | None:
    """Return the text that its colon turned into a mapping (`- Báo cáo: quý I`), if that is what happened."""
    value = misfit.instance
    if "string" not in _types(misfit.schema) or not isinstance(value, dict) or len(value) != 1:
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


def _date(text: str) -> str | None:
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


def _bounds(schema: Schema) -> str:
    """Return the bounds of a number in signs that need no words."""
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤"}
    return ", ".join(f"{sign} {schema[keyword]}" for keyword, sign in signs.items() if keyword in schema)

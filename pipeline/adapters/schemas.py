"""JSON Schema: whether a file fits what its kind may contain. The one importer of jsonschema and jsonschema_rs.

A compiled validator says at once that a file fits; of one that does not, jsonschema says why (decision 0042), and is
loaded only then, as that takes a sixth of a start. Nothing is fetched: every reference is resolved among the files
handed in. The code and the place of a finding are chosen in `core.record.shapes`. Decision 0003.
"""

from __future__ import annotations

import itertools
import json
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, TypeAlias, cast
from urllib.parse import unquote

from jsonschema_rs import Draft202012Validator as Compiled

from pipeline.core.ground.characters import SUSPECT
from pipeline.core.ground.nodes import Document, Plain
from pipeline.core.ground.problems import ParindexError
from pipeline.core.record.lifting import format_of
from pipeline.core.record.schema_fields import by_version
from pipeline.core.record.shapes import DATE, MAX_VIOLATIONS, Schema, ShapeProblem, Violation, shape_problems

SUFFIX: Final = ".schema.json"
STRICT: Final = f"strict{SUFFIX}"  # beside this file: what a schema of ours may contain
MAX_ADDRESS: Final = 1000  # characters of an address that is judged; the schema allows no longer one


class Schemas:
    """The schemas of one commit, by version; a kind is compiled when its first file comes."""

    def __init__(self, versions: Mapping[int, Mapping[str, Schema]]) -> None:
        self._versions = versions
        self._validators: dict[tuple[str, int], Validator] = {}

    def problems(self, kind: str, document: Document) -> tuple[ShapeProblem, ...]:
        """Name everything in a document that its kind, such as `cycle`, does not allow, in the order of the file.

        The document stands as it was written; its `format` says by which version it is judged.
        """
        validator = self.validator(kind, format_of(document.root))
        return shape_problems(document, validator.schema, partial(_violations, validator))

    def validator(self, kind: str, version: int | None = None) -> Validator:
        """Return the validator of a kind, compiled once; that of the first version where there is no such version."""
        known = version if version is not None and version in self._versions else min(self._versions, default=1)
        key = (kind, known)
        if key not in self._validators:
            files = self._versions.get(known, {})
            if kind not in files:
                raise ParindexError("schema-missing", path=f"schemas/v{known}/{kind}{SUFFIX}")
            self._validators[key] = _validator(_Inliner(files).whole(kind))
        return self._validators[key]


def compile_schemas(files: Mapping[str, bytes]) -> Schemas:
    """Read the schemas and hold them against the strict subset of JSON Schema 2020-12 in which ours are written.

    `files`: path to bytes of every `schemas/v<version>/*.schema.json`, as they stand in one commit.

    Raises:
        ParindexError: `schema-missing` with the path of one that another refers to, `schema-broken` with path and
            detail, for the first that is broken or not strict.
    """
    schemas = {path: _parse(path, files[path]) for path in sorted(files)}
    for path, schema in schemas.items():
        if not _strict().fits(schema):
            from jsonschema.exceptions import best_match  # noqa: PLC0415 - see the top

            error = best_match(_strict().iter_errors(schema))
            raise ParindexError("schema-broken", path=path, detail=f"{error.json_path}: {error.message}"[:200])
    versions = {version: _held(paths, schemas) for version, paths in by_version(files).items()}
    return Schemas(versions)


def _held(paths: Mapping[str, str], schemas: Mapping[str, Schema]) -> Mapping[str, Schema]:
    """Return the schemas of one version by name, where every reference in them leads somewhere."""
    named = {name: schemas[path] for name, path in paths.items()}
    for name, path in paths.items():
        for reference in _references(named[name]):
            file = reference.partition("#")[0]
            if file and "/" not in file and file.removesuffix(SUFFIX) not in named:
                raise ParindexError("schema-missing", path=posixpath.join(posixpath.dirname(path), file)[:200])
            if _target(named, name, reference) is None:
                raise ParindexError("schema-broken", path=path, detail=f"$ref leads nowhere: {reference}")
    return named


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


# --- references: put in their place once, since the library would look each one up for every value it checks --------

ONE_SCHEMA: Final = frozenset({"items", "additionalProperties", "propertyNames", "if", "then", "else"})
SCHEMAS_BY_NAME: Final = frozenset({"properties", "patternProperties", "$defs"})
LIST_OF_SCHEMAS: Final = frozenset({"allOf", "prefixItems"})
# What a condition forbids (`false` in the files): jsonschema loses the place of a key whose schema is plain `false`.
FORBIDDEN: Final[Schema] = {"x-forbidden": True}


def _references(schema: Any) -> Iterator[str]:  # noqa: ANN401 - any part of a schema
    """Yield every reference in a schema."""
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"]
        yield from itertools.chain.from_iterable(map(_references, schema.values()))
    elif isinstance(schema, list):
        yield from itertools.chain.from_iterable(map(_references, schema))


def _target(schemas: Mapping[str, Schema], name: str, reference: str) -> tuple[str, str, Schema] | None:
    """Return file, definition and schema that a reference leads to: a definition, or a whole file."""
    file, _, fragment = reference.partition("#")
    target = file.removesuffix(SUFFIX) if file else name
    definition = fragment.removeprefix("/$defs/")
    schema = schemas.get(target)
    if schema is not None and fragment:
        schema = schema.get("$defs", {}).get(definition)
    return None if not isinstance(schema, dict) else (target, definition, schema)


class _Inliner:
    """Puts definitions in the place of references, except where a definition contains itself."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self.schemas = schemas
        self.done: dict[tuple[str, str], Schema] = {}
        self.open: set[tuple[str, str]] = set()
        self.recursive: dict[str, tuple[str, str]] = {}

    def whole(self, kind: str) -> Schema:
        """Return the schema of a kind that needs no other file."""
        schema = self.inline(kind, _body(self.schemas[kind]))
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
            self.done[key] = self.inline(file, _body(target))
            self.open.discard(key)
        return {**self.done[key], **beside}


def _body(schema: Schema) -> Schema:
    return {keyword: value for keyword, value in schema.items() if keyword not in {"$schema", "$defs"}}


# --- the library: exact numbers, two keywords of our own, nothing fetched -------------------------------------------

Keyword: TypeAlias = Callable[[Any, Plain], bool]  # what the schema says and the value -> whether it holds
Formats: TypeAlias = Mapping[str, Callable[[object], bool]]
Explain: TypeAlias = Callable[[Plain], Iterator[Any]]  # what is wrong with a value, as errors of jsonschema


@dataclass(slots=True)
class Validator:
    """A schema with two judges: one that says at once whether a value fits, and one that says why it does not."""

    schema: Schema
    fits: Callable[[Plain], bool]
    explain: Callable[[], Explain]

    def iter_errors(self, instance: Plain) -> Iterator[Any]:
        """Yield what does not fit."""
        if not self.fits(instance):
            yield from self.explain()(instance)


def _validator(schema: Schema, formats: Formats | None = None) -> Validator:
    """Return the validator of a schema."""
    compiled = Compiled(
        schema,
        keywords={name: _class_of(holds) for name, holds in _KEYWORDS.items()},
        formats=dict(formats or {}),
        validate_formats=formats is not None,
        offline=True,
    )
    return Validator(schema, compiled.is_valid, cache(partial(_explaining, schema, formats or {})))


def _explaining(schema: Schema, formats: Formats) -> Explain:
    """Return what says why a value does not fit; its registry is empty, so that nothing can be fetched."""
    from jsonschema import Draft202012Validator, FormatChecker, ValidationError  # noqa: PLC0415 - see the top
    from jsonschema.validators import extend  # noqa: PLC0415
    from referencing import Registry  # noqa: PLC0415

    def judged(holds: Keyword, _: object, value: Any, instance: Plain, _schema: Schema) -> Iterator[ValidationError]:  # noqa: ANN401
        if not holds(value, instance):
            yield ValidationError("does not hold")

    own = {name: partial(judged, holds) for name, holds in _KEYWORDS.items()}
    types = Draft202012Validator.TYPE_CHECKER.redefine_many({"number": _is_number, "integer": _is_whole})
    checker = FormatChecker(formats=[])
    for name, holds in formats.items():
        checker.checks(name)(holds)
    strict = cast("Callable[..., Any]", extend)(Draft202012Validator, own, type_checker=types)
    explain: Explain = strict(schema, registry=Registry(), format_checker=checker).iter_errors
    return explain


def _is_number(_: object, value: object) -> bool:
    """Know exact decimals as numbers; true is none."""
    return isinstance(value, Decimal)


def _is_whole(_: object, value: object) -> bool:
    return isinstance(value, Decimal) and value == value.to_integral_value()


def _class_of(holds: Keyword) -> type:
    """Return a keyword as the compiled validator wants it: a class that is made for each place in the schema."""

    class Judged:
        def __init__(self, _parent: object, value: Any, _path: object) -> None:  # noqa: ANN401 - any part of a schema
            self.value = value

        def validate(self, instance: Plain) -> None:
            if not holds(self.value, instance):
                raise ValueError

    return Judged


@cache
def _strict() -> Validator:
    """Return the validator of schemas; `regex` is the one format that it asks for."""
    data = Path(__file__).with_name(STRICT).read_bytes()
    return _validator(_parse(STRICT, data), {"regex": _is_pattern})


def _is_pattern(text: object) -> bool:
    """Tell whether a text is a pattern; what is no text is judged elsewhere."""
    try:
        return not isinstance(text, str) or bool(re.compile(text))
    except re.error:
        return False


def _has_form(form: str, instance: Plain) -> bool:
    """Judge what no pattern can: that a date stands in the calendar, that an address hides nothing however escaped."""
    if form == "date" and isinstance(instance, str) and DATE.fullmatch(instance):
        try:
            date.fromisoformat(instance)
        except ValueError:
            return False
    return not (form == "url" and isinstance(instance, str) and len(instance) <= MAX_ADDRESS and _hides(instance))


def _hides(address: str) -> bool:
    """Tell whether an address, unescaped as often as anybody could, holds a character that no file may hold."""
    while (bare := unquote(address)) != address:
        address = bare
    return SUSPECT.search(address) is not None or "\n" in address or "\\" in address


# Our own keywords: how a text is written, and a key that is refused.
_KEYWORDS: Final[Mapping[str, Keyword]] = {"x-form": _has_form, "x-forbidden": lambda _value, _instance: False}


def _violations(validator: Validator, instance: Plain) -> list[Violation]:
    """Return what the library finds, as plain records, as far as is worth reading."""
    return [
        Violation(
            keyword=str(error.validator),
            limit=error.validator_value,
            value=error.instance,
            schema=error.schema if isinstance(error.schema, dict) else {},
            pointer=tuple(error.absolute_path),
            path=tuple(error.absolute_schema_path),
        )
        for error in itertools.islice(validator.iter_errors(instance), MAX_VIOLATIONS)
    ]

"""What the schemas say of a field: its title, whether it holds a number or a set, and what stands below it.

Whether a file fits its schema is judged by `adapters/schemas`; here a schema is only asked, and may be broken.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from typing import Any, TypeAlias

from pipeline.core.ground.text import MAIN
from pipeline.core.record.layout import Place, schema_version, schemas_of

Schema: TypeAlias = Mapping[str, Any]
Schemas: TypeAlias = Mapping[str, Schema]  # file name without its ending -> schema
SET = "set"  # the `x-form` of a list whose order says nothing
LANGUAGE = "language"  # that of a text in one language, whose name is the code of that language
_ENDING = ".schema.json"


@dataclass(frozen=True)
class SchemaPart:
    """A schema that says something of a field, with the files in which its references are looked up."""

    files: Schemas
    file: str
    schema: Schema

    def applying(self) -> Iterator[SchemaPart]:
        """Yield the schema, then those that hold for the same value: what it refers to, and what its conditions add."""
        waiting, seen = [self], set[int]()
        while waiting:
            here = waiting.pop(0)
            if id(here.schema) in seen:
                continue
            seen.add(id(here.schema))
            yield here
            target = here.target()
            more = [target] if target is not None else []
            more += [part for one in _listed(here.schema.get("allOf")) for part in here.to(one)]
            more += [part for keyword in ("then", "else") for part in here.to(here.schema.get(keyword))]
            waiting = more + waiting

    def to(self, schema: object) -> Iterator[SchemaPart]:
        """Yield a schema that stands below this one; a condition may have `false` in its place."""
        if isinstance(schema, dict):
            yield SchemaPart(self.files, self.file, schema)

    def target(self) -> SchemaPart | None:
        """Return what the schema refers to, where that stands."""
        reference = self.schema.get("$ref")
        if not isinstance(reference, str):
            return None
        name, _, fragment = reference.partition("#")
        file = name.removesuffix(_ENDING) or self.file
        found: Any = self.files.get(file)
        for step in filter(None, fragment.split("/")):
            found = found.get(step) if isinstance(found, dict) else None
        return SchemaPart(self.files, file, found) if isinstance(found, dict) else None


@dataclass(frozen=True)
class SchemaField:
    """One field as the schemas know it; one that they do not know has no parts, and says nothing."""

    name: str = ""
    parts: tuple[SchemaPart, ...] = ()
    _below: dict[str | None, SchemaField] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def types(self) -> frozenset[str]:
        """Return the types of JSON that the value may have."""
        found: set[str] = set()
        for part in self.parts:
            types = part.schema.get("type")
            found.update(map(str, (types,) if isinstance(types, str) else _listed(types)))
        return frozenset(found)

    @cached_property
    def is_number(self) -> bool:
        """Tell whether a plain number is one here, so that 0.90 is 0.9; in a text, 1.10 is not 1.1."""
        return bool(self.types & {"number", "integer"}) or (
            not self.types and any("const" in part.schema for part in self.parts)
        )

    @cached_property
    def is_set(self) -> bool:
        """Tell whether the order of a list says nothing."""
        return any(part.schema.get("x-form") == SET for part in self.parts)

    @property
    def is_language(self) -> bool:
        """Tell whether the name of the field is the code of the language that its text is written in."""
        return any(part.schema.get("x-form") == LANGUAGE for part in self.parts)

    @property
    def has_records(self) -> bool:
        """Tell whether the field is a list or a mapping of things that have fields of their own."""
        types = self.entry().types
        return "object" in types and "string" not in types

    def title(self, language: str) -> str | None:
        """Return what people call the field: its title; in another language, where it has none there, its name."""
        said = next((part.schema for part in self.parts if isinstance(part.schema.get("title"), str)), None)
        if said is None:
            return None
        others = object_in(said.get("x-titles"))
        if language in others:
            return str(others[language])
        return str(said["title"]) if language == MAIN else self.name.replace("_", " ").replace("-", " ")

    def child(self, name: str) -> SchemaField:
        """Return the field of a name below this one: one that is listed, or else what any name may hold."""
        if name not in self._below:
            found = list[SchemaPart]()
            for part in self.parts:
                schema = part.schema
                listed = object_in(schema.get("properties"))
                # Patterns are not run here, where they may be anybody's: what a patterned name holds, any name may.
                free = (*object_in(schema.get("patternProperties")).values(), schema.get("additionalProperties"))
                for one in (listed[name],) if name in listed else free:
                    found += part.to(one)
            self._below[name] = _field(name, found)
        return self._below[name]

    def entry(self) -> SchemaField:
        """Return what each entry of a list, or of a mapping with free keys, is."""
        if None not in self._below:
            found = list[SchemaPart]()
            for part in self.parts:
                schema = part.schema
                for one in (
                    schema.get("additionalProperties"),
                    schema.get("items"),
                    *_listed(schema.get("prefixItems")),
                ):
                    found += part.to(one)
            self._below[None] = _field(self.name, found)
        return self._below[None]

    def steps(self, path: str) -> Iterator[tuple[str, SchemaField, bool]]:
        """Yield each name on a way such as `tasks.due.by`, its field, and whether the schemas know that name.

        Ids are left out of such a way: where a list or a mapping of records is reached, the next name is a field of
        its entries. A name that they do not know is a free key.
        """
        here = self
        for name in filter(None, path.split(".")):
            holder = next((one for one in (here, here.entry()) if one.knows(name)), None)
            here = (holder or here).child(name)
            yield name, here, holder is not None

    def knows(self, name: str) -> bool:
        """Tell whether the schemas list a name below this field, or know it as the code of a language."""
        return name in self.listed or self.child(name).is_language

    @cached_property
    def listed(self) -> tuple[str, ...]:
        """Return the names of the fields below this one that the schemas list, in their order."""
        return tuple(dict.fromkeys(name for part in self.parts for name in object_in(part.schema.get("properties"))))


def _field(name: str, parts: list[SchemaPart]) -> SchemaField:
    return SchemaField(name, tuple(one for part in parts for one in part.applying()))


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def object_in(value: object) -> dict[str, Any]:
    """Return a part of a schema that is an object, an empty one where it is none."""
    return value if isinstance(value, dict) else {}


class SchemaFields:
    """The fields of every kind of file, by the schemas of one or more states, the first of which gives the title."""

    def __init__(self, *states: Schemas) -> None:
        self._states = states
        self._roots: dict[tuple[str, ...], SchemaField] = {}

    def of(self, place: Place | None) -> SchemaField:
        """Return what a file is, as the field that all its fields stand below."""
        names = schemas_of(place) if place is not None else ()
        if names not in self._roots:
            parts = [SchemaPart(state, name, state[name]) for name in names for state in self._states if name in state]
            self._roots[names] = _field("", parts)
        return self._roots[names]


def by_version(paths: Iterable[str]) -> Mapping[int, Mapping[str, str]]:
    """Return the path of each name's schema in each version; what a version does not have stands as in the one before.

    Example: with `schemas/v2/common.schema.json` beside a whole `schemas/v1`, version 2 is v1 with that one file.
    """
    known = sorted((version, path) for path in paths if (version := schema_version(path)) is not None)
    found: dict[int, Mapping[str, str]] = {}
    last: Mapping[str, str] = {}
    for version, own in groupby(known, key=lambda entry: entry[0]):
        found[version] = last = {**last, **{posixpath.basename(path).removesuffix(_ENDING): path for _, path in own}}
    return found


def schemas_from(files: Mapping[str, bytes], version: int | None = None) -> Schemas:
    """Read the schemas of a version, else the newest, from the bytes of their files; no JSON object: left out."""
    versions = by_version(files)
    found: dict[str, Schema] = {}
    for name, path in versions.get(version or max(versions, default=1), {}).items():
        try:
            read = json.loads(files[path])
        except (ValueError, RecursionError):
            continue
        if isinstance(read, dict):
            found[name] = read
    return found


NO_FIELD = SchemaField()
NO_FIELDS = SchemaFields()

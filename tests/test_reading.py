"""Reading agrees with the schemas: what code names of a file's keys and values is what a file may hold."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from pipeline.adapters.repository import open_repository
from pipeline.core.ground.nodes import Mapping
from pipeline.core.ground.numbers import Rounding
from pipeline.core.record import model, reading
from pipeline.core.record.rules import RULES
from pipeline.core.record.stages import KIND_OF, KINDS, SURVEY
from pipeline.flows import snapshot

ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = {
    path.name.removesuffix(".schema.json"): json.loads(path.read_text(encoding="utf-8"))
    for path in (ROOT / "schemas/v1").glob("*.schema.json")
}
OF_A_STAGE = ("self-assessment", "appraisal", "explanation", "council-decision")


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    """Yield every mapping inside a schema, itself first."""
    if isinstance(schema, dict):
        yield schema
    for part in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from parts(part)


def keys_of(definition: str) -> set[str]:
    """Return the keys of a stage's head whose values follow a common definition."""
    return {
        key
        for kind in OF_A_STAGE
        for key, part in SCHEMAS[kind]["properties"].items()
        if part.get("$ref") == f"common.schema.json#/$defs/{definition}"
    }


def test_a_field_is_read_by_its_name_or_ways_from_keys_that_a_file_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {key for schema in SCHEMAS.values() for part in parts(schema) for key in part.get("properties", {})}
    by_name: set[str] = set()
    record = reading._record

    def watched(kind: type, path: str, node: Mapping, **given: Any) -> Any:
        for name, _, _, ways in reading._fields_of(kind):
            read = () if name in given else ways or (name,)
            by_name.update(step for way in read for step in way.partition("=")[0].split("."))
        return record(kind, path, node, **given)

    monkeypatch.setattr(reading, "_record", watched)
    taken = snapshot.take(open_repository(ROOT), None)

    assert taken.world.years
    assert by_name - {"source", "places"} <= known


def test_every_way_leads_to_a_field_of_a_record() -> None:
    records = {name: kind for name, kind in vars(model).items() if is_dataclass(kind)}
    fields = {f"{name}.{field.name}" for name, kind in records.items() for field in dataclass_fields(kind)}

    assert set(reading.WAYS) <= fields


def test_the_dates_and_documents_of_a_stage_are_those_of_its_schemas() -> None:
    assert keys_of("date") == set(reading._DATES)
    assert keys_of("reference") == set(reading._DOCUMENTS)


def enumeration(kind: str, *way: str) -> list[str]:
    schema = SCHEMAS[kind]
    for step in way:
        schema = schema[step]
    return list(schema["enum"])


def test_the_values_that_code_branches_on_are_those_of_the_schemas() -> None:
    group = ("properties", "groups", "additionalProperties", "properties", "own_agency")
    straight = ("properties", "validity", "properties", "straight_line")

    def literal(record: type, field: str) -> set[str]:
        return set(get_args(get_args(get_type_hints(record)[field])[0]))

    assert enumeration("cycle", "$defs", "own_stage", "properties", "kind") == list(KINDS)
    assert sorted(enumeration("cycle", "$defs", "rounding")) == sorted(get_args(Rounding))
    assert sorted(enumeration("criteria", "$defs", "rule", "properties", "type")) == sorted(RULES)
    assert set(enumeration("survey", *group)) == literal(model.Group, "own_agency")
    assert set(enumeration("survey", *straight)) == literal(model.Validity, "straight_line")
    named = {stage for part in parts(SCHEMAS["amendment"]) for stage in part.get("enum", ()) if stage in KIND_OF}
    assert named | {SURVEY} >= set(KIND_OF)

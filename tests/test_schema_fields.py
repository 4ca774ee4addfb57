"""What a schema says of a field: its title in each language, number or text, set or list, and what stands below it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline.core.record.layout import Place, place
from pipeline.core.record.schema_fields import SchemaField, SchemaFields, schemas_from
from pipeline.core.rounds.change_words import named
from pipeline.core.rounds.changes import Change
from pipeline.flows.wording import load_labels
from tests.tiny import SCHEMAS

FIELDS = SchemaFields(schemas_from(SCHEMAS))


def field(path: str, way: str) -> SchemaField:
    return list(FIELDS.of(place(path)).steps(way))[-1][1]


TITLES = [
    # file, way, Vietnamese, English
    ("data/2024/plan.yml", "tasks.due.by", "Đến hết ngày", "to the end of"),
    ("data/2024/plan.yml", "tasks.product", "Sản phẩm", "product"),
    ("data/access.yml", "people.keys.until", "Đến ngày", "until day"),
    ("data/2024/criteria.yml", "criteria.evidence_dates", "Ngày của tài liệu", "evidence dates"),
    ("data/2024/criteria.yml", "criteria.rule.full_from", "Điểm tối đa từ", "full points from"),
    ("data/2024/self-assessment/cuc-thue.yml", "lines.score", "Điểm tự chấm", "score"),
    ("data/2024/appraisal-1/cuc-thue.yml", "lines.score", "Điểm", "score"),
    ("data/2024/vong-1/cuc-thue.yml", "appraised", "Ngày thẩm định xong", "day appraised"),
    ("data/2024/plan.yml", "tasks.khong-co", None, None),
]


@pytest.mark.parametrize(("path", "way", "vi", "en"), TITLES, ids=[f"{case[0]} {case[1]}" for case in TITLES])
def test_a_field_has_its_title_in_vietnamese_and_english(path: str, way: str, vi: str | None, en: str | None) -> None:
    found = field(path, way)

    assert (vi, en) == (found.title("vi"), found.title("en"))


@pytest.mark.parametrize(
    ("name", "vi", "en"), [("vi", "tiếng Việt", "Vietnamese"), ("en", "tiếng Anh", "English"), ("fr", "fr", "fr")]
)
def test_a_text_in_one_language_goes_by_the_name_of_the_language(name: str, vi: str, en: str) -> None:
    change = Change("criterion-changed", "rules", "data/2024/criteria.yml", 1, field=f"title.{name}")
    told = [named(change, FIELDS, load_labels(language), str)[1] for language in ("vi", "en")]

    assert told == [f"tên › {vi}", f"title › {en}"]


@pytest.mark.parametrize(
    ("path", "way", "number", "is_set", "records"),
    [
        ("data/2024/appraisal-1/a.yml", "lines.score", True, False, False),
        ("data/2024/appraisal-1/a.yml", "lines.by", False, False, False),
        ("data/2024/self-assessment/a.yml", "lines.answer", True, True, False),
        ("data/2024/self-assessment/a.yml", "lines.evidence", False, True, True),
        ("data/2024/cycle.yml", "grades", False, False, True),
        ("data/2024/cycle.yml", "policy.rank.ties", False, False, False),
        ("data/2024/cycle.yml", "policy", False, False, False),
        ("data/2024/agencies.yml", "agencies.not_applicable.criterion", False, False, False),
        ("data/2024/cycle.yml", "format", True, False, False),
    ],
)
def test_a_field_is_a_number_a_set_or_holds_records(
    path: str, way: str, *, number: bool, is_set: bool, records: bool
) -> None:
    found = field(path, way)

    assert (number, is_set, records) == (found.is_number, found.is_set, found.has_records)


def test_what_the_first_state_does_not_know_the_second_tells() -> None:
    def of(**properties: Any) -> dict[str, Any]:
        return {"plan": {"type": "object", "properties": properties}}

    new, old = of(a={"title": "Mới"}), of(a={"title": "Cũ"}, b={"title": "Đã bỏ", "type": "number"})
    root = SchemaFields(new, old).of(Place("plan", "2024"))

    assert (root.child("a").title("vi"), root.child("b").title("vi")) == ("Mới", "Đã bỏ")
    assert root.child("b").is_number


@pytest.mark.parametrize(
    "schema",
    [
        "",
        "[]",
        '{"$ref": "#"}',
        '{"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}',
        '{"$ref": "x#/y"}',
        '{"type": 5, "properties": 5, "items": 5, "allOf": 5, "title": 5, "x-titles": 5}',
        '{"patternProperties": {"(": {"type": "string"}}, "additionalProperties": false}',
    ],
)
def test_a_broken_schema_says_nothing_and_stops_nothing(schema: str) -> None:
    root = SchemaFields(schemas_from({"schemas/v1/plan.schema.json": schema.encode()})).of(Place("plan", "2024"))

    assert root.child("tasks").title("vi") is None
    assert [listed for _, _, listed in root.steps("tasks.due")] == [False, False]


def test_a_schema_that_contains_itself_is_followed_as_deep_as_asked() -> None:
    schema = {"type": "object", "properties": {"inner": {"$ref": "#", "title": "Bên trong"}}}
    root = SchemaFields({"plan": json.loads(json.dumps(schema))}).of(Place("plan", "2024"))

    assert [found.title("vi") for _, found, _ in root.steps("inner.inner.inner")] == ["Bên trong"] * 3

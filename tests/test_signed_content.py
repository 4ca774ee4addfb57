"""What a signed page stands for: one digest, the same in Python and in the browser, however the form was saved."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource
from tiny import ROOT

from pipeline.core.record.layout import Place, place
from pipeline.core.record.signed_content import canonical_json, content_digest, signed_content

SCHEMAS = ROOT / "schemas" / "v1"
EXAMPLE = json.loads(
    (ROOT / "tests/reference/content.json").read_text(encoding="utf-8"), parse_float=Decimal, parse_int=Decimal
)


def place_of(path: str = "data/2024/self-assessment/co-quan-a.yml") -> Place:
    found = place(path)
    assert found is not None
    return found


def test_the_example_has_its_canonical_text_and_its_digest() -> None:
    assert canonical_json(signed_content(place_of(), EXAMPLE["file"])) == EXAMPLE["canonical"]
    assert content_digest(place_of(), EXAMPLE["file"]) == EXAMPLE["digest"]


def test_what_is_signed_fits_its_schema() -> None:
    known = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in SCHEMAS.glob("*.json")}
    registry = Registry().with_resources((name, Resource.from_contents(told)) for name, told in known.items())
    judge = jsonschema.Draft202012Validator(known["content.schema.json"], registry=registry)

    assert list(judge.iter_errors(signed_content(place_of(), EXAMPLE["file"]))) == []
    assert list(judge.iter_errors({"year": "2024", "stage": "a", "agency": "b", "typed": {"score": 1}})) != []


def turned(value: Any) -> Any:
    """Return the same content in another order, with numbers written otherwise."""
    if isinstance(value, dict):
        return {key: turned(said) for key, said in reversed(value.items())}
    if isinstance(value, list):
        return [turned(item) for item in value]
    return Decimal(f"{value:f}" + ("0" if "." in f"{value:f}" else ".0")) if isinstance(value, Decimal) else value


def test_order_and_the_way_of_writing_a_number_do_not_matter() -> None:
    assert content_digest(place_of(), turned(EXAMPLE["file"])) == EXAMPLE["digest"]


ELSEWHERE = ["data/2025/self-assessment/co-quan-a.yml", "data/2024/explanation/co-quan-a.yml"]
ELSEWHERE += ["data/2024/self-assessment/co-quan-b.yml", "data/2024/appraisal-1/co-quan-a/so-noi-vu.yml"]


@pytest.mark.parametrize("path", ELSEWHERE)
def test_the_same_answers_of_another_year_stage_agency_or_body_are_other_content(path: str) -> None:
    assert content_digest(place_of(path), EXAMPLE["file"]) != EXAMPLE["digest"]


def changed(pointer: tuple[Any, ...], value: Any) -> Any:
    copy = json.loads(json.dumps(EXAMPLE["file"], default=str), parse_int=Decimal)
    lines = EXAMPLE["file"]["lines"]
    copy["lines"] = {code: dict(line) for code, line in lines.items()}
    held = copy
    for step in pointer[:-1]:
        held = held[step]
    held[pointer[-1]] = value
    return copy


TYPED = [("lines", "10", "score"), ("lines", "2", "not_applicable"), ("report", "number"), ("signed_by",)]
NOT_TYPED = [("received",), ("form",), ("format",)]


@pytest.mark.parametrize("pointer", TYPED)
def test_any_other_answer_is_other_content(pointer: tuple[str, ...]) -> None:
    assert content_digest(place_of(), changed(pointer, "khác")) != EXAMPLE["digest"]


@pytest.mark.parametrize("pointer", NOT_TYPED)
def test_what_nobody_typed_is_no_content(pointer: tuple[str, ...]) -> None:
    assert content_digest(place_of(), changed(pointer, "khác")) == EXAMPLE["digest"]


def test_a_checksum_that_comes_later_is_no_content() -> None:
    line = dict(EXAMPLE["file"]["lines"]["2.1"])
    line["evidence"] = [{"number": "01/KH", "date": "2024-01-12"}]

    assert content_digest(place_of(), changed(("lines", "2.1"), line)) == EXAMPLE["digest"]


def test_the_body_that_is_added_to_its_own_lines_is_no_content() -> None:
    at = place_of("data/2024/appraisal-1/co-quan-a/so-noi-vu.yml")
    bare: Any = {"lines": {"1.1": {"score": Decimal(1), "reason": "Thiếu"}}}
    named: Any = {"lines": {"1.1": {"score": Decimal(1), "reason": "Thiếu", "by": "so-noi-vu"}}}
    other: Any = {"lines": {"1.1": {"score": Decimal(1), "reason": "Thiếu", "by": "so-tai-chinh"}}}

    assert content_digest(at, bare) == content_digest(at, named) != content_digest(at, other)


@pytest.mark.parametrize(("text", "short"), [("0.50", "0.5"), ("-0.0", "0"), ("100", "100"), ("1.000001", "1.000001")])
def test_a_number_is_its_shortest_text(text: str, short: str) -> None:
    assert signed_content(place_of(), {"x": Decimal(text)})["typed"] == {"x": short}  # type: ignore[call-overload, index]

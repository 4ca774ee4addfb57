"""The schemas of one year for an editor: those of its files, with the year's own codes where each may stand.

They help who types: titles, maxima, options. Whether a file is right is judged by `adapters/schemas` and the laws.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any, Final

from pipeline.core.ground.labels import Labels
from pipeline.core.record import layout
from pipeline.core.record.access import ACCESS, KINDS, PATH
from pipeline.core.record.layout import STAGE, Place
from pipeline.core.record.model import Criterion, World, Year
from pipeline.core.record.rules import Rule, Widget
from pipeline.core.record.schema_fields import Schema, Schemas, object_in
from pipeline.core.record.stages import KINDS as STAGE_KINDS

_COMMON: Final = "common"  # what the other schemas refer to
# Schemas of a year's files that name codes, and what those refer to, beside those of its stages -> where below the
# year the files stand.
_BESIDE: Final = {
    "agencies": "agencies.yml",
    "amendment": "amendments/*.yml",
    "council": "council.yml",
    "criteria": "criteria.yml",
    "cycle": "cycle.yml",
    "documents": "documents.yml",
    "plan": "plan.yml",
    "survey": "survey/survey.yml",
}
_CODES: Final = ("/slug", "/criterion", "/stage", "/task_no")  # what a field that holds a code refers to
_COUNT: Final = {"type": "integer", "minimum": 0}
_SHARE: Final = {
    "type": "object",
    "properties": {"done": _COUNT, "assigned": _COUNT},
    "required": ["done", "assigned"],
    "additionalProperties": False,
}


def _one_of(rule: Rule, labels: Labels) -> Schema:
    """Return the schema of one of the ids that a rule knows, each with its words and points."""
    return {
        "enum": [*rule.named()],
        "enumDescriptions": [item.words(rule.per, labels) for item in rule.named().values()],
    }


def _counts(rule: Rule, labels: Labels) -> Schema:
    """Return the schema of counts by id."""
    fields = {key: {**_COUNT, "title": item.words(rule.per, labels)} for key, item in rule.named().items()}
    return {"type": "object", "properties": fields, "additionalProperties": False}


def _figures(rule: Rule, labels: Labels) -> Schema:
    """Return the schema of the figures that a formula takes, all of them owed."""
    asked = rule.asks(None, labels)
    fields = {one.id: {**(_COUNT if one.kind == "whole" else {"type": "number"}), "title": one.words} for one in asked}
    return {"type": "object", "properties": fields, "required": [*fields], "additionalProperties": False}


# How an answer is given -> its schema, made of what the rule can name.
_ANSWERS: Final[Mapping[Widget, Callable[[Rule, Labels], Schema]]] = {
    "options": lambda rule, labels: {"type": "string", **_one_of(rule, labels)},
    "items": lambda rule, labels: {"type": "array", "uniqueItems": True, "items": _one_of(rule, labels)},
    "share": lambda _rule, _labels: _SHARE,
    "number": lambda _rule, _labels: {"type": "number"},
    "faults": _counts,
    "cases": _counts,
    "figures": _figures,
}


def files_of(year: Year) -> dict[str, list[str]]:
    """Return the schemas that the files of a year follow, by name, each with the patterns of their paths."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for stage in year.cycle.stages:
        for place, files in ((Place(STAGE), "*"), (Place(STAGE, body="any"), "*/*")):
            if (name := layout.schema_of(place, stage.kind)) is not None:
                found[name].append(layout.path_of(year.name, stage.name, files))
    beside = {name: [f"{layout.DATA}{year.name}/{files}"] for name, files in _BESIDE.items()}
    return {**found, **beside, ACCESS: [PATH]}


def patterns(folder: str, made: Collection[str], year: Year) -> dict[str, list[str]]:
    """Return which files follow which schema of a folder, as an editor's settings have it."""
    return {f"{folder}/{name}.schema.json": paths for name, paths in files_of(year).items() if name in made}


def editor_schemas(schemas: Schemas, world: World, year: Year, labels: Labels) -> dict[str, Schema]:
    """Return the schemas of a year's files with its codes, and the one they refer to, by name."""
    bodies = {slug: labels.of(body.name) for slug, body in world.bodies.items()}
    named = {
        "agency": {slug: labels.of(agency.name) for slug, agency in year.agencies.items()},
        "criterion": {code: labels.of(criterion.title) for code, criterion in year.criteria.items()},
        "stage": {name: labels.stage(name) for name in (*year.cycle.stages.names, "survey")},
        **dict.fromkeys(("body", "by", "monitor", "responsible"), bodies),
        "task": {task.no: labels.of(task.task) for task in year.plan},
        "kinds": {kind: kind for kind in dict.fromkeys((*KINDS, *STAGE_KINDS, *year.cycle.stages.names))},
    }
    of_year, groups = files_of(year), {group.id: labels.of(group.title) for group in year.groups.values()}
    known: dict[str, Mapping[str, Mapping[str, str]]] = {"agencies": {**named, "group": groups}}
    coded = {
        name: _coded(schema, known.get(name, named)) for name, schema in schemas.items() if name in {_COMMON, *of_year}
    }
    return {name: _lined(schema, coded[_COMMON], year, labels) for name, schema in coded.items()}


def _coded(schema: Any, named: Mapping[str, Mapping[str, str]]) -> Any:  # noqa: ANN401 - any part of a schema
    """Return a schema in which each field that holds a code, or a list of codes, lists those that there are."""
    if isinstance(schema, list):
        return [_coded(one, named) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _coded(value, named) for key, value in schema.items()}
    for within in (object_in(made.get(name)) for name in ("properties", "$defs")):
        for key in within.keys() & named.keys():
            for holder, place in ((within, key), (object_in(within[key]), "items")):
                if named[key] and str(object_in(holder.get(place)).get("$ref")).endswith(_CODES):
                    codes = {"enum": [*named[key]], "enumDescriptions": [*named[key].values()]}
                    holder[place] = {**_bare(holder[place]), **codes}
    return made


def _lined(schema: Schema, common: Schema, year: Year, labels: Labels) -> Schema:
    """Return the schema of a stage's files with a line for each criterion that has one; another schema as it is."""
    lines = schema.get("properties", {}).get("lines", {})
    name = lines.get("additionalProperties", {}).get("$ref", "").rpartition("/")[2] if isinstance(lines, dict) else ""
    line = common.get("$defs", {}).get(name)
    if not isinstance(line, dict):
        return schema
    leaves = {
        code: _line(line, criterion, criterion.rule, labels)
        for code, criterion in year.criteria.items()
        if criterion.rule is not None and criterion.rule.has_line
    }
    own = {**lines, "properties": leaves, "additionalProperties": False}
    return {**schema, "properties": {**schema["properties"], "lines": own}}


def _line(line: Schema, criterion: Criterion, rule: Rule, labels: Labels) -> Schema:
    """Return the schema of a criterion's line: its title, its bounds, and the answers that its rule takes."""
    fields = dict(line["properties"])
    least, most = rule.smallest(), rule.largest(criterion.out_of)
    fields["score"] = {**_bare(fields.get("score")), "type": "number", "minimum": _json(least), "maximum": _json(most)}
    answers = [_ANSWERS[widget](rule, labels) for widget in rule.widgets()]
    if answers and rule.answered:
        fields["answer"] = {**_bare(fields.get("answer")), **(answers[0] if len(answers) == 1 else {"anyOf": answers})}
    else:
        fields.pop("answer", None)
    title, most_words = labels.of(criterion.title), labels.text("score.column.out_of")
    described = f"{title}. {most_words}: {labels.number(criterion.out_of)}. {labels.of(criterion.guidance)}".rstrip()
    return {**line, "title": title, "description": described, "properties": fields}


def _bare(field: object) -> dict[str, Any]:
    """Return the words of a field without what it refers to."""
    return {key: value for key, value in object_in(field).items() if key != "$ref"}


def _json(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)

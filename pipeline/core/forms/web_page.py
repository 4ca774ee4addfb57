"""The web form of one stage and agency: what its page shows, what the browser must know, and what comes back.

It may ask the lines of one monitoring body alone. The page is made from the same criteria and schemas as every other
face of the data. How it looks is the matter of `site_templates/form/`, how it behaves that of
`site_templates/assets/form/`. A downloaded file is read like YAML.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeAlias, cast

from pipeline.core.forms.asking import asked_columns, head_fields
from pipeline.core.forms.manifest import digest
from pipeline.core.ground import nodes
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.nodes import Plain
from pipeline.core.ground.text import MAIN
from pipeline.core.index.scoring import Road, Step, asked_or_explained, exemption_of, owed_groups, roads
from pipeline.core.index.survey_points import group_points
from pipeline.core.index.words import answer_text, group_text, rule_lines, stage_text, value_text
from pipeline.core.record.calendar import stage_deadline
from pipeline.core.record.layout import SCHEMAS, STAGE, Place, path_of, schema_of
from pipeline.core.record.model import (
    Agency,
    Body,
    Calendar,
    Criterion,
    Group,
    Reference,
    Year,
)
from pipeline.core.record.rules import Rule
from pipeline.core.record.stages import SURVEY, Kind

Schemas: TypeAlias = Mapping[str, Any]  # the parsed schemas by their file names

PAGE = "{year}/bieu-mau/{form}/"  # where the page of a form stands
TEMPLATE = "form/form.html"
RECEIVED = "received"  # whoever takes a form in says when, not who fills it in
MARK = "parindex_form"
VERSION = 1
RULES = ("agencies", "criteria", "survey/survey")  # what decides which criteria and questions a year has
COMMON = "common.schema.json"
_LINE_OF: Mapping[Kind, str] = {
    "claim": "self_assessment_line",
    "appraise": "appraisal_line",
    "explain": "explanation_line",
    "decide": "council_line",
}
_UNSHOWN = {"format", "form", "lines"}  # what a program writes, and what has its own part of the page
_REFERENCE = ("number", "date", "issuer", "title", "url")  # what people type of a document; a digest stays as it is


@dataclass(frozen=True, slots=True)
class FormField:
    """One thing to fill in: where its value goes, how it is typed, its words."""

    path: str  # a JSON pointer into the file
    kind: str  # line, text, date, number, flag, body
    label: str
    help: str
    required: bool


@dataclass(frozen=True, slots=True)
class FieldBlock:
    """Fields under one heading; without a heading where there is only one."""

    title: str
    help: str
    fields: tuple[FormField, ...]


@dataclass(frozen=True, slots=True)
class WebOption:
    """One thing to choose, to tick or to count."""

    id: str
    title: str
    points: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier stage said of a criterion; `facts` are pairs of a heading and its text."""

    title: str
    value: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class LeafForm:
    """One criterion to score."""

    code: str
    path: str
    title: str
    out_of: str
    monitor: str
    rule: tuple[str, ...]
    guidance: str
    evidence: str
    may_not_apply: str
    leaves_out: bool  # the line may say that the criterion does not apply
    exempt: str
    owed: bool
    asked: bool
    earlier: tuple[Earlier, ...]
    kind: str  # the rule's name
    widgets: tuple[str, ...]  # the parts in which an answer is given; none where there is no answer to give
    unit: str
    options: tuple[WebOption, ...]
    fields: frozenset[str]  # the fields that a line of this stage has


@dataclass(frozen=True, slots=True)
class Heading:
    """A criterion with others below it; the whole of it may not apply where `may_not_apply` says so."""

    code: str
    path: str
    title: str
    depth: int
    may_not_apply: str


@dataclass(frozen=True, slots=True)
class AreaForm:
    """One area: its headings and leaves in code order."""

    code: str
    title: str
    monitor: str
    may_not_apply: str
    path: str
    entries: tuple[Heading | LeafForm, ...]


@dataclass(frozen=True, slots=True)
class QuestionForm:
    """One question of the survey, with a count to give for each option."""

    id: str
    text: str
    fields: tuple[FormField, ...]


@dataclass(frozen=True, slots=True)
class FormView:
    """One form as its page shows it; `data` is what the browser must know, as JSON."""

    year: str
    stage: str
    kind: str  # of the stage, or survey
    again: bool  # an appraisal after another: only what was asked or explained is owed
    stage_title: str
    agency: str
    agency_name: str
    body_name: str  # whose lines alone are asked; nothing where all are
    group: str
    last_day: str
    illustrative: bool
    blocks: tuple[FieldBlock, ...]
    areas: tuple[AreaForm, ...]
    questions: tuple[QuestionForm, ...]
    bodies: tuple[tuple[str, str], ...]
    schema: str
    data: str


@dataclass(frozen=True, slots=True)
class Origin:
    """What a form was made from: the commit, the digests of the schemas and the year's rules, the blobs by path."""

    commit: str | None
    schema: str
    rules: str
    blobs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FormBasis:
    """What a form of one stage, agency and group stands on: the records, the schemas, the words, what stands there."""

    year: Year
    stage: str
    agency: Agency
    bodies: Mapping[str, Body]
    calendar: Calendar
    schemas: Schemas
    labels: Labels
    origin: Origin
    content: Plain = None  # the stage's file as it stands, None where there is none
    group: Group | None = None
    body: str | None = None  # the monitoring body whose lines alone are asked

    def words(self, key: str, /, **figures: object) -> str:
        """Return words of the form."""
        return self.labels.text(f"webform.{key}", **figures)

    @property
    def kind(self) -> Kind | None:
        """Return the kind of the form's stage; the survey has none."""
        return self.year.cycle.stages.kind(self.stage)

    @property
    def schema(self) -> str:
        """Return the name of the schema that the form's file follows."""
        place = Place("survey-counts") if self.stage == SURVEY else Place(STAGE, stage=self.stage)
        return f"{schema_of(place, self.kind)}.schema.json"

    @property
    def title(self) -> str:
        """Return what the form is for: its stage, or the group whose answers it counts."""
        if self.group is None:
            return stage_text(self.stage, self.labels)
        return self.words("index.survey", group=group_text(self.group.id, self.year, self.labels))

    @property
    def whose(self) -> str:
        """Return the short name of the agency or body whose form it is."""
        return self.labels.of(self.agency.short if self.body is None else self.bodies[self.body].short)

    @property
    def name(self) -> str:
        """Return where the form stands among the forms of its year: `self-assessment/cuc-thue`."""
        middle = self.group.id if self.group else self.body
        return "/".join(part for part in (self.stage, middle, self.agency.slug) if part)

    @property
    def blob(self) -> str:
        """Return which file stands there, nothing where there is none."""
        middle = (self.group.id,) if self.group else ()
        return self.origin.blobs.get(path_of(self.year.name, self.stage, *middle, self.agency.slug), "")

    def is_own(self, criterion: Criterion) -> bool:
        """Tell whether the form asks a criterion: that of a body only where the body monitors all below it."""
        leaves = (self.year.criteria[leaf] for leaf in criterion.leaves)
        return self.body is None or all(leaf.monitor == self.body for leaf in leaves)


def schemas_from(files: Mapping[str, bytes]) -> Schemas:
    """Parse the schemas of a tree; the schemas themselves have been judged before."""
    return {path.removeprefix(SCHEMAS): json.loads(data) for path, data in files.items() if path.startswith(SCHEMAS)}


def origin_of(commit: str | None, blobs: Mapping[str, str], year: str) -> Origin:
    """Return what the forms of a year are made from; `blobs` are the ids of a tree's files by their paths."""
    rules = {path_of(year, name) for name in RULES}
    return Origin(
        commit=commit,
        schema=digest({path: blob for path, blob in blobs.items() if path.startswith(SCHEMAS)}),
        rules=digest({path: blob for path, blob in blobs.items() if path in rules}),
        blobs=blobs,
    )


def of_body(sheet: FormBasis, body: str) -> FormBasis:
    """Return the form of a body's lines alone; what the file says of others stays out of it."""
    content = sheet.content
    if isinstance(content, dict) and isinstance(content.get("lines"), dict):
        lines = cast("dict[str, Plain]", content["lines"])
        known, asked = sheet.year.criteria, replace(sheet, body=body)
        own = {code: line for code, line in lines.items() if code in known and asked.is_own(known[code])}
        content = {**content, "lines": own}
    return replace(sheet, body=body, content=content)


def form_view(sheet: FormBasis) -> FormView:
    """Return one form as its page shows it."""
    year, labels = sheet.year, sheet.labels
    survey = sheet.stage == SURVEY
    known = {} if survey else {road.criterion.code: road for road in roads(year, sheet.agency.slug, {})}
    return FormView(
        year=year.name,
        stage=sheet.stage,
        kind=sheet.kind or SURVEY,
        again=sheet.kind == "appraise" and sheet.stage != year.cycle.stages.first_appraise,
        stage_title=stage_text(sheet.stage, labels),
        agency=sheet.agency.slug,
        agency_name=labels.of(sheet.agency.name),
        body_name=labels.of(sheet.bodies[sheet.body].name) if sheet.body is not None else "",
        group=group_text(sheet.group.id, year, labels) if sheet.group else "",
        last_day=labels.date(stage_deadline(sheet.year, sheet.stage, sheet.agency.slug, sheet.calendar)),
        illustrative=year.cycle.illustrative,
        blocks=tuple(_survey_blocks(sheet) if survey else _blocks(sheet)),
        areas=() if survey else tuple(_areas(sheet, known)),
        questions=tuple(_questions(sheet)),
        bodies=tuple((slug, labels.of(body.name)) for slug, body in sorted(sheet.bodies.items())),
        schema=sheet.schema.removesuffix(".schema.json"),
        data=json_text(_data(sheet, known)),
    )


def form_values(sheet: FormBasis, *, banners: Iterable[str] = (), listed: bool) -> dict[str, object]:
    """Return what the page of a form shows, which stands by itself: nothing that a strict browser refuses.

    Args:
        sheet: what the form stands on.
        banners: what stands above it, beside the form's own.
        listed: whether the list of the year's forms stands beside it.
    """
    view = form_view(sheet)
    return {
        "form": view,
        "t": sheet.words,
        "title": sheet.words("title", stage=view.stage_title, year=view.year, agency=view.agency_name),
        "language": sheet.labels.language,
        "banners": (*banners, *((sheet.words("illustrative"),) if view.illustrative else ())),
        "listed": listed,
        "origin": sheet.origin,
    }


def sheets(
    year: Year,
    *,
    bodies: Mapping[str, Body],
    calendar: Calendar,
    schemas: Schemas,
    labels: Labels,
    origin: Origin,
    contents: Mapping[tuple[str, str, str], Plain],
) -> Iterator[FormBasis]:
    """Yield every form of a year: each stage of each agency, and each group that an agency's survey owes.

    Args:
        year: the records.
        bodies: the bodies, by slug.
        calendar: days off, for the last day.
        schemas: what the files may contain.
        labels: the words.
        origin: what the forms are made from.
        contents: (stage, group or nothing, agency) -> the file that stands there.
    """
    for agency in year.agencies.values():
        owed = owed_groups(year, agency.slug) if year.survey else set()
        groups = [group for name, group in year.survey.groups.items() if name in owed] if year.survey else []
        faces: list[tuple[str, Group | None]] = [(stage, None) for stage in year.cycle.stages.names]
        for stage, group in [*faces, *((SURVEY, group) for group in groups)]:
            content = contents.get((stage, group.id if group else "", agency.slug))
            yield FormBasis(year, stage, agency, bodies, calendar, schemas, labels, origin, content, group)


# --- what comes back ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Submission:
    """A downloaded form: whose it is, what it was made from, and the content of the file it stands for."""

    year: str
    stage: str
    agency: str
    group: str | None
    body: str | None
    commit: str | None
    file: str | None  # the blob that stood there, nothing where there was no file; None where the form does not say
    title: str | None  # what people read of whose form it is; older forms have none
    language: str  # of the page that it comes from
    schema: str
    rules: str
    content: nodes.Mapping


def submission(root: nodes.Node | None) -> Submission | None:
    """Return what a downloaded form says, None where a document is none.

    The document is read like YAML, of which JSON is a part: exact numbers, places of every value, every refusal.
    """
    if not isinstance(root, nodes.Mapping):
        return None
    mark, content = root.values.get(MARK), root.values.get("content")
    if not isinstance(mark, nodes.Scalar) or mark.value != VERSION or not isinstance(content, nodes.Mapping):
        return None
    told = {key: node.text for key, node in root.values.items() if isinstance(node, nodes.Scalar) and node.quoted}
    if not {"year", "stage", "agency", "schema", "rules"} <= set(told):
        return None
    return Submission(
        year=told["year"],
        stage=told["stage"],
        agency=told["agency"],
        group=told.get("group"),
        body=told.get("body"),
        commit=told.get("commit"),
        file=told.get("file"),
        title=told.get("title"),
        language=told.get("language", MAIN),
        schema=told["schema"],
        rules=told["rules"],
        content=content,
    )


def _identity(sheet: FormBasis) -> dict[str, Plain]:
    return {
        MARK: Decimal(VERSION),
        "title": f"{stage_text(sheet.stage, sheet.labels)} · {sheet.whose}",
        "year": sheet.year.name,
        "stage": sheet.stage,
        **({"group": sheet.group.id} if sheet.group else {}),
        **({"body": sheet.body} if sheet.body is not None else {}),
        "agency": sheet.agency.slug,
        "commit": sheet.origin.commit,
        "file": sheet.blob,
        "schema": sheet.origin.schema,
        "rules": sheet.origin.rules,
        "language": sheet.labels.language,
    }


def json_text(value: Plain, indent: str = "") -> str:
    """Return JSON with one entry a line, numbers with the digits they have."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if not isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    pairs = value.items() if isinstance(value, dict) else ((None, item) for item in value)
    entries = [
        f"{indent}  {'' if key is None else json.dumps(key, ensure_ascii=False) + ': '}{json_text(item, indent + '  ')}"
        for key, item in pairs
    ]
    begin, end = "{}" if isinstance(value, dict) else "[]"
    return "\n".join((begin, ",\n".join(entries), indent + end)) if entries else begin + end


# --- what the browser must know -------------------------------------------------------------------------------------


def _data(sheet: FormBasis, known: Mapping[str, Road]) -> dict[str, Plain]:
    policy = sheet.year.cycle.policy
    identity = _identity(sheet)
    top = sheet.schemas[sheet.schema]["properties"]
    line = _line_properties(sheet)
    return {
        "identity": identity,
        "kind": sheet.kind or SURVEY,
        "earlier": list(sheet.year.cycle.stages.before(sheet.stage)) if sheet.kind else [],
        "policy": {
            "decimals": Decimal(policy.points.decimals),
            "mode": policy.points.rounding,
            "note_for_evidence": policy.missing_evidence_needs_note,
        },
        "period": {"from": sheet.year.cycle.period_from, "by": sheet.year.cycle.period_to},
        "order": {"top": list(top), "line": list(line), "reference": list(_definition(sheet, "reference"))},
        "criteria": {
            code: {**_criterion_data(known[code].criterion), **_state(sheet, known[code])}
            for code in known
            if _has_line(known[code].criterion) and sheet.is_own(known[code].criterion)
        },
        "questions": _questions_data(sheet),
        "sipas": sheet.group is not None and sheet.group.sipas,
        "start": _start(sheet, known),
        "content": sheet.content,
        "words": {
            key.removeprefix("webform.js."): text
            for key, text in sheet.labels.texts.items()
            if key.startswith("webform.js.")
        },
    }


def _has_line(criterion: Criterion) -> bool:
    """Tell whether stages write a line for a criterion."""
    return criterion.rule is not None and criterion.rule.has_line


def _criterion_data(leaf: Criterion) -> dict[str, Plain]:
    """Return a criterion as the browser's rules read it."""
    assert leaf.rule is not None
    return {
        "out_of": f"{leaf.out_of:f}",
        "rule": {"type": leaf.rule.name, **leaf.rule.for_browser()},
        "owed": leaf.rule.owed,
        "answered": leaf.rule.answered,
        "evidence": leaf.evidence,
        "from": leaf.evidence_from,
        "by": leaf.evidence_by,
        "may_not_apply": leaf.may_not_apply is not None,
    }


def _state(sheet: FormBasis, road: Road) -> dict[str, Plain]:
    """Return what the stages before say of a leaf, as far as the form's laws go by it."""
    before = road.before(sheet.stage)
    earlier = road.stages.before(sheet.stage)
    standing = next((s for s in reversed(road.steps) if s.stage in earlier and _answered(s, road)), None)
    exempt = road.exemption is not None
    return {
        "wanted": not exempt and _is_wanted(sheet, road),
        "exempt": exempt,
        "before": None if before is None else _value_data(before),
        "standing": nodes.plain(standing.line.answer) if standing and standing.line.answer is not None else None,
    }


def _answered(step: Step, road: Road) -> bool:
    """Tell whether a step brought an answer that stands: an explanation only asks."""
    rule = road.criterion.rule
    own = step.line.answer is not None and step.line.criterion == road.criterion.code and step.kind != "explain"
    return own and rule is not None and step.line.answer is not None and rule.answer(step.line.answer)[0] is not None


def _value_data(step: Step) -> Plain:
    return f"{step.value:f}" if isinstance(step.value, Decimal) else step.value


def _is_wanted(sheet: FormBasis, road: Road) -> bool:
    """Tell whether a complete file of the stage has a line for a leaf (design, section 3)."""
    rule = road.criterion.rule
    if rule is None or not sheet.is_own(road.criterion):
        return False
    stages = sheet.year.cycle.stages
    if sheet.kind == "claim" or sheet.stage == stages.first_appraise:
        claimed = stages.claim is not None and road.at(stages.claim) is not None
        return rule.owed or (sheet.kind == "appraise" and claimed)
    return _is_asked(sheet, road.criterion)


def _is_asked(sheet: FormBasis, criterion: Criterion) -> bool:
    """Tell whether the agency was asked about a criterion, or, for who appraises again, has explained it."""
    stages, codes = sheet.year.cycle.stages, set[str]()
    if sheet.kind == "appraise":
        codes = set(asked_or_explained(sheet.year, sheet.stage, sheet.agency.slug))
    elif sheet.kind == "explain" and (asking := stages.asked_in(sheet.stage)) is not None:
        first = sheet.year.file(asking, sheet.agency.slug)
        codes = set(first.requests) if first else set()
    return any(above.code in codes for above in sheet.year.upwards(criterion.code))


def _start(sheet: FormBasis, known: Mapping[str, Road]) -> dict[str, Plain]:
    """Return the lines that the stage before suggests: what it said, to be confirmed or changed."""
    lines: dict[str, Plain] = {}
    for code, road in known.items():
        before = road.before(sheet.stage)
        if before is None or not _has_line(road.criterion) or not _is_wanted(sheet, road):
            continue
        if sheet.kind == "explain":
            claim = road.stages.claim
            claimed = road.at(claim) if claim is not None else None
            lines[code] = _claim(claimed) if claimed else {}
        elif isinstance(before.value, Decimal):
            lines[code] = {"score": before.value}
        elif before.line.not_applicable is not None and sheet.is_own(sheet.year.criteria[before.line.criterion]):
            lines[before.line.criterion] = {"not_applicable": before.line.not_applicable.main}
    return {code: line for code, line in lines.items() if line}


def _claim(step: Step) -> Plain:
    told: dict[str, Plain] = {}
    if step.line.answer is not None:
        told["answer"] = nodes.plain(step.line.answer)
    if step.line.score is not None:
        told["score"] = step.line.score
    return told


def _questions_data(sheet: FormBasis) -> dict[str, Plain]:
    """Return the options of each question that the form's group is asked about the agency."""
    return {field.id: [one.path.rpartition("/")[2] for one in field.fields] for field in _questions(sheet)}


# --- what the page shows --------------------------------------------------------------------------------------------


def _definition(sheet: FormBasis, name: str) -> Mapping[str, Any]:
    properties: Mapping[str, Any] = sheet.schemas[COMMON]["$defs"][name]["properties"]
    return properties


def _line_properties(sheet: FormBasis) -> Mapping[str, Any]:
    if sheet.kind is None:
        return {}
    properties = _definition(sheet, _LINE_OF[sheet.kind])
    return {key: value for key, value in properties.items() if key not in _left_out(sheet)}


def _left_out(sheet: FormBasis) -> set[str]:
    """Return the fields of a schema that stages of one kind share and that this one has no use for."""
    if sheet.kind != "appraise":
        return set()
    stages = sheet.year.cycle.stages
    kept = {entry.pointer[0] for entry in head_fields(stages, sheet.stage)} | set(asked_columns(stages, sheet.stage))
    return {"sent", "requested", "request", "unanswered"} - kept


def _blocks(sheet: FormBasis) -> Iterator[FieldBlock]:
    """Yield the fields above the lines, from the schema: a document is a block, what stands alone comes together."""
    schema = sheet.schemas[sheet.schema]
    skipped = _UNSHOWN | _left_out(sheet) | {RECEIVED}
    asked = schema["properties"]
    if sheet.body is not None:  # the head is the secretariat's; only a new file needs its day
        asked = {} if sheet.blob else {key: value for key, value in asked.items() if key in schema["required"]}
    alone: list[FormField] = []
    for key, value in asked.items():
        if key in skipped:
            continue
        kind, required = value.get("$ref", "").rpartition("/")[2], key in schema["required"]
        if kind == "reference":
            yield FieldBlock(
                value["title"], value.get("description", ""), tuple(_reference_fields(sheet, f"/{key}", required))
            )
        else:
            alone.append(_field(f"/{key}", value, required=required))
    if alone:
        yield FieldBlock("", "", tuple(alone))


def _reference_fields(sheet: FormBasis, path: str, required: bool) -> Iterator[FormField]:  # noqa: FBT001 - of one caller
    known = _definition(sheet, "reference")
    for key in _REFERENCE:
        yield _field(f"{path}/{key}", known[key], required=required and key == "number")


def _field(path: str, schema: Mapping[str, Any], *, required: bool = False, label: str | None = None) -> FormField:
    kinds = {"date": "date", "text": "text", "line_of_text": "line", "url": "line", "slug": "body"}
    kind = kinds.get(schema.get("$ref", "").rpartition("/")[2], "number")
    return FormField(path, kind, label or schema["title"], schema.get("description", ""), required)


def _areas(sheet: FormBasis, known: Mapping[str, Road]) -> Iterator[AreaForm]:
    labels, criteria = sheet.labels, sheet.year.criteria
    for area in (criterion for criterion in criteria.values() if criterion.parent is None):
        below = [criterion for criterion in criteria.values() if criterion.area == area.code]
        entries = tuple(_entries(sheet, below, known))
        if any(isinstance(entry, LeafForm) for entry in entries):
            yield AreaForm(
                code=area.code,
                title=labels.of(area.title),
                monitor=_body(sheet, area.monitor),
                may_not_apply=labels.of(area.may_not_apply) if area.children and sheet.is_own(area) else "",
                path=f"/lines/{area.code}",
                entries=entries,
            )


def _entries(
    sheet: FormBasis, criteria: Iterable[Criterion], known: Mapping[str, Road]
) -> Iterator[Heading | LeafForm]:
    for criterion in criteria:
        leaves = [sheet.year.criteria[code] for code in criterion.leaves]
        if not any(_has_line(leaf) and sheet.is_own(leaf) for leaf in leaves):
            continue
        if criterion.rule is not None:
            yield _leaf(sheet, criterion, known[criterion.code])
        elif criterion.parent is not None:
            yield Heading(
                code=criterion.code,
                path=f"/lines/{criterion.code}",
                title=sheet.labels.of(criterion.title),
                depth=criterion.depth,
                may_not_apply=sheet.labels.of(criterion.may_not_apply) if sheet.is_own(criterion) else "",
            )


def _leaf(sheet: FormBasis, leaf: Criterion, road: Road) -> LeafForm:
    labels, rule = sheet.labels, leaf.rule
    assert rule is not None, "a leaf has a rule"
    exemption = exemption_of(sheet.year, sheet.agency.slug, leaf.code)
    fields = _line_properties(sheet)
    return LeafForm(
        code=leaf.code,
        path=f"/lines/{leaf.code}",
        title=labels.of(leaf.title),
        out_of=labels.number(leaf.out_of),
        monitor=_body(sheet, leaf.monitor),
        rule=rule_lines(leaf, sheet.year, labels),
        guidance=labels.of(leaf.guidance),
        evidence=sheet.words(f"evidence.{leaf.evidence}") if "evidence" in fields else "",
        may_not_apply=labels.of(leaf.may_not_apply),
        leaves_out="not_applicable" in fields and (leaf.may_not_apply is not None or rule.leaves_out()),
        exempt=labels.of(exemption.reason) if exemption else "",
        owed=_is_wanted(sheet, road),
        asked=_is_asked(sheet, leaf),
        earlier=tuple(_earlier(sheet, leaf, step) for step in _steps_before(sheet, road)),
        kind=rule.name,
        widgets=rule.widgets(),
        unit=rule.measure(),
        options=tuple(_options(rule, labels)),
        fields=frozenset(fields),
    )


def _body(sheet: FormBasis, slug: str | None) -> str:
    known = sheet.bodies.get(slug or "")
    return sheet.labels.of(known.short) if known else slug or ""


def _options(rule: Rule | None, labels: Labels) -> Iterator[WebOption]:
    for name, item in rule.named().items() if rule else ():
        yield WebOption(name, item.text.in_language(labels.language), labels.number(item.points))


def _steps_before(sheet: FormBasis, road: Road) -> Iterator[Step]:
    earlier = road.stages.before(sheet.stage)
    return (step for step in road.steps if step.stage in earlier)


def _earlier(sheet: FormBasis, leaf: Criterion, step: Step) -> Earlier:
    value = "" if step.value is None else value_text(step.value, sheet.year, sheet.labels)
    return Earlier(stage_text(step.stage, sheet.labels), value, tuple(_facts(sheet, leaf, step)))


def _facts(sheet: FormBasis, leaf: Criterion, step: Step) -> Iterator[tuple[str, str]]:
    line, rule, labels = step.line, leaf.rule, sheet.labels
    if line.answer is not None and rule is not None and line.criterion == leaf.code:
        yield sheet.words("fact.answer"), answer_text(rule, rule.answer(line.answer)[0], labels)
    for key, text in (
        ("not-applicable", line.not_applicable),
        ("explanation", line.explanation),
        ("reason", line.reason),
        ("note", line.note),
    ):
        if text is not None:
            yield sheet.words(f"fact.{key}"), labels.of(text)
    if line.by is not None:
        yield sheet.words("fact.by"), _body(sheet, line.by)
    if line.request:
        yield sheet.words("fact.request"), labels.text("word.yes")
    for reference in line.evidence:
        yield sheet.words("fact.evidence"), _document(sheet, reference)


def _document(sheet: FormBasis, reference: Reference) -> str:
    labels = sheet.labels
    parts = (
        reference.number,
        labels.date(reference.date),
        _body(sheet, reference.issuer),
        labels.of(reference.title),
    )
    return ", ".join(part for part in parts if part)


# --- the survey -----------------------------------------------------------------------------------------------------


def _survey_blocks(sheet: FormBasis) -> Iterator[FieldBlock]:
    """Yield the counts of forms, or the outside figure, or points that were handed over as such."""
    schema = sheet.schemas[sheet.schema]["properties"]
    handed = sheet.content.get("points") if isinstance(sheet.content, dict) else None
    if isinstance(handed, dict):
        fields = (_field(f"/points/{code}", schema["points"], label=_question_of(sheet, code)) for code in handed)
        yield FieldBlock(schema["points"]["title"], schema["points"]["description"], tuple(fields))
    elif sheet.group is not None and sheet.group.sipas:
        known = tuple(_field(f"/{key}", schema[key], required=True) for key in ("sipas", "respondents"))
        yield FieldBlock("", "", known)
    else:
        forms = schema["forms"]
        counts = (
            _field(f"/forms/{key}", value, required=key in forms["required"])
            for key, value in forms["properties"].items()
        )
        yield FieldBlock(forms["title"], "", tuple(counts))


def _question_of(sheet: FormBasis, code: str) -> str:
    known = sheet.year.criteria.get(code)
    return f"{code}. {sheet.labels.of(known.title)}" if known else code


def _questions(sheet: FormBasis) -> Iterator[QuestionForm]:
    """Yield the questions that the form's group is asked about the agency, each with its options and `blank`."""
    survey, labels = sheet.year.survey, sheet.labels
    handed = isinstance(sheet.content, dict) and "points" in sheet.content
    if survey is None or sheet.group is None or sheet.group.sipas or handed:
        return
    for question in survey.questions.values():
        scale, leaf = survey.scales.get(question.scale), sheet.year.criteria.get(question.criterion)
        asked = sheet.group.id in question.groups and leaf is not None and sheet.group.id in group_points(leaf)
        if scale is None or leaf is None or not asked or exemption_of(sheet.year, sheet.agency.slug, leaf.code):
            continue
        names = [*scale.titles, *([scale.no_opinion] if scale.no_opinion else []), "blank"]
        titles = {name: labels.of(text) for name, text in scale.titles.items()}
        more = {scale.no_opinion or "": sheet.words("survey.no-opinion"), "blank": sheet.words("survey.blank")}
        yield QuestionForm(
            id=question.id,
            text=labels.of(question.text),
            fields=tuple(
                FormField(f"/answers/{question.id}/{name}", "number", {**more, **titles}[name], "", required=False)
                for name in dict.fromkeys(names)
            ),
        )

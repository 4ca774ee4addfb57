"""What a form of one stage shows and asks: head, lines, evidence, or the counts of a survey.

Made from the records of a year, so that every face of a form asks the same. How it looks as a workbook is the matter of
`sheets`; what comes back that of `contents`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.nodes import Plain, node_of
from pipeline.core.ground.workbook_model import Prefilled
from pipeline.core.index.scoring import Road, Value, asked_or_explained, exemption_of, roads
from pipeline.core.index.survey_points import group_points
from pipeline.core.index.words import answer_text, group_text, item_text, rule_lines, stage_text, value_text
from pipeline.core.record.calendar import stage_deadline
from pipeline.core.record.layout import path_of
from pipeline.core.record.model import (
    Body,
    Calendar,
    Counts,
    Criterion,
    Line,
    PointsPolicy,
    Question,
    Reference,
    StageFile,
    SurveyPlan,
    Year,
)
from pipeline.core.record.rules import Answer, AnswerInput, Item, Rule
from pipeline.core.record.stages import SURVEY, Stages
from pipeline.core.record.stages import Kind as StageKind

Kind: TypeAlias = Literal["text", "date", "number", "whole", "option", "yes", "body"]

# What a person may type of a line, by the kind of the stage, in the order of the columns.
_ASKED: Final[Mapping[StageKind, tuple[str, ...]]] = {
    "claim": ("answer", "score", "not_applicable", "note"),
    "appraise": ("answer", "score", "not_applicable", "reason", "by", "request"),
    "explain": ("explanation", "answer", "score"),
    "decide": ("answer", "score", "not_applicable", "reason", "by"),
}
KINDS: Final[Mapping[str, Kind]] = {"score": "number", "by": "body", "request": "yes"}  # all others are text
WITH_EVIDENCE: Final[tuple[StageKind, ...]] = ("claim", "explain")
EVIDENCE: Final = ("number", "date", "issuer", "title", "url", "sha256")
FORMS: Final = ("issued", "returned", "valid", "online", "in_person", "population")
BLANK: Final = "blank"


@dataclass(frozen=True, slots=True)
class HeadField:
    """One field of a file's head: where it stands in the file, what is typed, whether the file owes it."""

    pointer: tuple[str, ...]
    kind: Kind
    owed: bool
    value: Prefilled = None

    @property
    def key(self) -> str:
        """Return the pointer in one word, which names the field in a form."""
        return ".".join(self.pointer)


# The head of a stage's file, by the stage's kind; some fields stand only where an explanation follows or went before.
_HEADS: Final[Mapping[StageKind, tuple[HeadField, ...]]] = {
    "claim": (
        HeadField(("report", "number"), "text", owed=True),
        HeadField(("report", "date"), "date", owed=False),
        HeadField(("report", "title"), "text", owed=False),
        HeadField(("signed_by",), "text", owed=True),
    ),
    "appraise": (
        HeadField(("appraised",), "date", owed=True),
        HeadField(("sent",), "date", owed=False),
        HeadField(("requested", "number"), "text", owed=False),
        HeadField(("requested", "date"), "date", owed=False),
        HeadField(("unanswered",), "date", owed=False),
    ),
    "explain": (
        HeadField(("letter", "number"), "text", owed=True),
        HeadField(("letter", "date"), "date", owed=False),
        HeadField(("letter", "title"), "text", owed=False),
    ),
    "decide": (
        HeadField(("decision", "number"), "text", owed=True),
        HeadField(("decision", "date"), "date", owed=False),
        HeadField(("decision", "title"), "text", owed=False),
    ),
}


def asked_columns(stages: Stages, stage: str) -> tuple[str, ...]:
    """Return what a person may type of a line in a stage; only an appraisal that is answered requests anything."""
    kind = stages.kind(stage)
    asked = _ASKED[kind] if kind is not None else ()
    return asked if stages.answered_in(stage) else tuple(name for name in asked if name != "request")


def head_fields(stages: Stages, stage: str) -> tuple[HeadField, ...]:
    """Return the head of a stage's file: what asks for explanations, or says that none came, only where it belongs."""
    kind = stages.kind(stage)
    left_out = set() if stages.answered_in(stage) else {"sent", "requested"}
    if kind == "appraise" and stages.first_appraise == stage:
        left_out.discard("sent")
    left_out |= set() if stages.silent_before(stage) else {"unanswered"}
    return tuple(entry for entry in (_HEADS[kind] if kind is not None else ()) if entry.pointer[0] not in left_out)


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a choice: its id, the words to choose it by (different for each), its points."""

    id: str
    words: str
    points: Decimal


@dataclass(frozen=True, slots=True)
class AskedLine:
    """One criterion of one agency as a form shows it, and what may be typed there."""

    agency: str
    criterion: Criterion
    words: str  # the rule, or why nothing is asked
    earlier: str  # what earlier stages said
    before: Value  # the value that stands before this stage
    standing: Decimal | None  # the points that the rule gives from the answer that stands before this stage
    open: tuple[str, ...]  # the columns in which something may be typed
    parts: tuple[AnswerInput, ...] = ()
    options: tuple[Option, ...] = ()
    owed: bool = False
    values: Mapping[str, Prefilled] = field(default_factory=dict)  # column -> what stands in the file
    evidence: tuple[Reference, ...] = ()

    @property
    def code(self) -> str:
        """Return the criterion's code."""
        return self.criterion.code

    @property
    def key(self) -> tuple[str, str]:
        """Return agency and code, which name the line in a form."""
        return self.agency, self.criterion.code


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """One question of a group: the options to count, and the counts that stand in the file."""

    id: str
    words: str
    criterion: str
    options: Mapping[str, str]  # option -> title, in the order of the scale
    values: Mapping[str, Decimal]  # option -> what it is worth; not of no opinion and blank
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class AskedGroup:
    """One group of a survey: numbers of forms and questions, or SIPAS, or points that were handed over."""

    id: str
    words: str
    fields: tuple[HeadField, ...]
    questions: tuple[AskedQuestion, ...]
    least: int | None  # fewer valid forms than this give no points


@dataclass(frozen=True, slots=True)
class Form:
    """All that a form shows and asks, for one agency or for one monitoring body across agencies."""

    year: Year
    stage: str
    agencies: tuple[str, ...]
    body: str | None
    labels: Labels
    heads: Mapping[str, tuple[HeadField, ...]]  # agency -> head of its file
    lines: tuple[AskedLine, ...]
    groups: tuple[AskedGroup, ...]
    references: tuple[tuple[str, str, str, Reference], ...]  # agency, code, earlier stage, evidence handed in there
    bodies: Mapping[str, str]  # slug -> short name, unique
    deadline: str | None
    extension: str | None  # the document that moved the deadline

    @property
    def kind(self) -> StageKind | None:
        """Return the kind of the form's stage; the survey has none."""
        return self.year.cycle.stages.kind(self.stage)

    @property
    def before(self) -> bool:
        """Tell whether an appraisal went before: then only what was asked or explained is owed."""
        stages = self.year.cycle.stages
        return any(stages.kind(name) == "appraise" for name in stages.before(self.stage))

    @property
    def columns(self) -> tuple[str, ...]:
        """Return what a person may type of a line."""
        return asked_columns(self.year.cycle.stages, self.stage)

    @property
    def with_evidence(self) -> bool:
        """Tell whether the form takes documents."""
        return self.kind in WITH_EVIDENCE

    @property
    def agency(self) -> str | None:
        """Return the agency of a form that is of one alone."""
        return self.agencies[0] if self.body is None or len(self.agencies) == 1 else None

    @property
    def slug(self) -> str:
        """Return whose form it is in one word: the agency, the body, or both."""
        return "_".join(part for part in (self.agency, self.body) if part is not None)

    @property
    def paths(self) -> Mapping[str, str]:
        """Return the files that the form fills, by agency, or by group for a survey."""
        name = self.year.name
        if self.stage == SURVEY:
            return {group.id: path_of(name, SURVEY, group.id, self.agencies[0]) for group in self.groups}
        return {agency: path_of(name, self.stage, agency) for agency in self.agencies}

    def checksum(self) -> str:
        """Return the sha256 of what the form shows and does not ask: a change of it is not the person's to make."""
        shown: list[tuple[str, ...]] = [(self.year.name, self.stage, self.agency or "", self.body or "")]
        for line in self.lines:
            points = f"{line.criterion.out_of.normalize():f}"
            title = line.criterion.title.main
            shown.append((*line.key, title, line.words, points, line.earlier, *(part.words for part in line.parts)))
        shown += [(group.id, question.id, question.words) for group in self.groups for question in group.questions]
        text = "\n".join("\t".join(" ".join(cell.split()) for cell in row) for row in sorted(shown))
        return hashlib.sha256(text.encode()).hexdigest()


def form_of(
    year: Year,
    stage: str,
    agencies: Iterable[str],
    *,
    body: str | None = None,
    bodies: Mapping[str, Body],
    calendar: Calendar,
    labels: Labels,
) -> Form:
    """Return what the form of a stage shows and asks.

    Args:
        year: the records of the year.
        stage: one of the year's stages, or survey.
        agencies: the agency; for a body, all whose lines it monitors.
        body: the monitoring body whose lines alone are asked.
        bodies: the bodies of the repository.
        calendar: days off, for the deadline.
        labels: the words.
    """
    own = tuple(agencies)
    lines: list[AskedLine] = []
    references: list[tuple[str, str, str, Reference]] = []
    if stage != SURVEY:
        for agency in own:
            asked = tuple(_lines(year, stage, agency, body=body, labels=labels))
            lines += asked
            references += _references(year, stage, agency, {line.code for line in asked})
    extension = next((e for e in year.cycle.extensions if (e.stage, e.agency) == (stage, own[0])), None)
    return Form(
        year=year,
        stage=stage,
        agencies=own,
        body=body,
        labels=labels,
        heads={} if stage == SURVEY else {agency: _head(year, stage, agency, body=body) for agency in own},
        lines=tuple(lines),
        groups=tuple(_groups(year, own[0], labels)) if stage == SURVEY else (),
        references=tuple(references),
        bodies=_unique({slug: labels.of(known.short) for slug, known in bodies.items()}),
        deadline=stage_deadline(year, stage, own[0] if body is None else "", calendar),
        extension=extension.decision if extension is not None and body is None else None,
    )


def _unique(words: Mapping[str, str]) -> dict[str, str]:
    """Return words to choose by, the id added where two are the same."""
    listed = [text.casefold() for text in words.values()]
    return {key: text if listed.count(text.casefold()) == 1 else f"{text} ({key})" for key, text in words.items()}


# --- head -----------------------------------------------------------------------------------------------------------


def _head(year: Year, stage: str, agency: str, *, body: str | None) -> tuple[HeadField, ...]:
    file = year.file(stage, agency)
    asked = head_fields(year.cycle.stages, stage)
    if body is not None:  # the head is the secretariat's; only a new file needs its day
        asked = () if file is not None else tuple(entry for entry in asked if entry.owed)
    return tuple(HeadField(entry.pointer, entry.kind, entry.owed, _head_value(file, entry)) for entry in asked)


def _head_value(file: StageFile | None, entry: HeadField) -> Prefilled:
    if file is None:
        return None
    key, *inner = entry.pointer
    if not inner:
        return file.signed_by.main if key == "signed_by" and file.signed_by else file.dates.get(key)
    reference = file.documents.get(key)
    found = getattr(reference, inner[0]) if reference is not None else None
    return found if found is None or isinstance(found, str) else str(found.main)


# --- lines ----------------------------------------------------------------------------------------------------------


def _lines(year: Year, stage: str, agency: str, *, body: str | None, labels: Labels) -> Iterator[AskedLine]:
    file = year.file(stage, agency)
    written: Mapping[str, Line] = file.lines if file else {}
    ways = {way.criterion.code: way for way in roads(year, agency, {})}
    owed = set(_owed(year, stage, agency))
    for criterion in year.criteria.values():
        below = [year.criteria[leaf] for leaf in criterion.leaves]
        if body is not None and body not in {leaf.monitor for leaf in below}:
            continue
        line = written.get(criterion.code)
        may = body is None or all(leaf.monitor == body for leaf in below)
        asked = _open(year, stage, agency, criterion, line) if may else ()
        way = ways.get(criterion.code)
        rule = criterion.rule
        parts = _parts(rule, line, labels) if rule is not None else ()
        yield AskedLine(
            agency=agency,
            criterion=criterion,
            words=_words(year, agency, criterion, labels),
            earlier=_earlier(year, stage, agency, criterion=criterion, way=way, labels=labels),
            before=_before(way, stage),
            standing=_standing(year, way, stage),
            open=asked,
            parts=parts if "answer" in asked else (),
            options=_options(rule.named(), labels) if rule and any(part.kind == "option" for part in parts) else (),
            owed=criterion.code in owed and bool(asked),
            values=_values(line),
            evidence=line.evidence if line is not None else (),
        )


def _owed(year: Year, stage: str, agency: str) -> Iterator[str]:
    """Yield the codes of which the stage owes a line (the laws of `checks` say the same of files)."""
    stages = year.cycle.stages
    kind, first = stages.kind(stage), stage == stages.first_appraise
    if kind == "claim" or first:
        yield from (leaf.code for leaf in year.leaves() if leaf.rule is not None and leaf.rule.owed)
    if kind == "explain":
        asking = stages.asked_in(stage)
        file = year.file(asking, agency) if asking is not None else None
        yield from file.requests if file else ()
    if kind == "appraise":
        yield from asked_or_explained(year, stage, agency)
    claimed = year.file(stages.claim, agency) if stages.claim is not None else None
    if first and claimed is not None:
        yield from (code for code in claimed.lines if code in year.criteria and year.criteria[code].rule is not None)


def _open(year: Year, stage: str, agency: str, criterion: Criterion, line: Line | None) -> tuple[str, ...]:
    """Return the columns in which something may be typed of a criterion."""
    if exemption_of(year, agency, criterion.code) is not None:
        return ()
    rule, columns = criterion.rule, asked_columns(year.cycle.stages, stage)
    known = set(_values(line))
    if rule is None:
        spoken = any(criterion.code in file.lines for s in year.stages if (file := year.file(s, agency)) is not None)
        able = {"not_applicable"} if criterion.may_not_apply is not None else set()
        able |= {"explanation"} if spoken else set()
        return tuple(name for name in columns if name in able | known)
    if not rule.has_line:
        return ()
    closed = set()
    if not rule.answered:
        closed.add("answer")
    if criterion.may_not_apply is None and not rule.leaves_out() and "not_applicable" not in known:
        closed.add("not_applicable")
    return tuple(name for name in columns if name not in closed)


def _values(line: Line | None) -> dict[str, Prefilled]:
    """Return what a line says in the columns that hold one value."""
    if line is None:
        return {}
    texts = {
        "not_applicable": line.not_applicable,
        "reason": line.reason,
        "explanation": line.explanation,
        "note": line.note,
    }
    values: dict[str, Prefilled] = {key: text.main for key, text in texts.items() if text is not None}
    if line.score is not None:
        values["score"] = line.score
    if line.by is not None:
        values["by"] = line.by
    if line.request:
        values["request"] = True
    return values


def _options(known: Mapping[str, Item], labels: Labels) -> tuple[Option, ...]:
    """Return the options of a choice with words that differ from one another."""
    words = _unique({key: _one_line(item_text(item, labels)) for key, item in known.items()})
    return tuple(Option(key, words[key], item.points) for key, item in known.items())


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]


def _parts(rule: Rule, line: Line | None, labels: Labels) -> tuple[AnswerInput, ...]:
    """Return the inputs of an answer with what stands in the file; what the rule cannot read stays empty."""
    answer = rule.answer(line.answer)[0] if line is not None and line.answer is not None else None
    return rule.inputs(answer, labels)


def answer_of(rule: Rule | None, typed: Mapping[str, Prefilled]) -> Plain:
    """Return the answer that the typed inputs make, as a file says it; None where nothing was typed."""
    given = {part: value for part, value in typed.items() if value is not None}
    if not given or rule is None:
        return None
    return rule.typed(given)


def nothing_assigned(rule: Rule | None, typed: Mapping[str, Prefilled]) -> bool:
    """Tell whether the typed inputs make a leaf not apply: nothing was assigned, and the rule says so."""
    foreseen = rule is not None and rule.leaves_out()
    return foreseen and typed.get("assigned") == 0 and typed.get("done") == 0 and typed.get("answer") is None


def points_of(
    criterion: Criterion, typed: Mapping[str, Prefilled], policy: PointsPolicy
) -> tuple[Answer | None, Decimal | None]:
    """Return the answer that the typed inputs make and the points that the criterion's rule gives for it."""
    rule, answer = criterion.rule, answer_of(criterion.rule, typed)
    if rule is None or answer is None:
        return None, None
    read, _ = rule.answer(node_of(answer))
    return read, rule.points(read, out_of=criterion.out_of, decimals=policy.decimals, mode=policy.rounding)


# --- what earlier stages said ---------------------------------------------------------------------------------------


def _words(year: Year, agency: str, criterion: Criterion, labels: Labels) -> str:
    exemption = exemption_of(year, agency, criterion.code)
    if exemption is not None:
        return labels.text("explain.exempt", reason=labels.of(exemption.reason))
    if criterion.rule is None:
        return ""
    told = list(rule_lines(criterion, year, labels))
    if not criterion.rule.has_line:
        told.append(labels.text("form.by-survey"))
    return "\n".join(told)


def _earlier(year: Year, stage: str, agency: str, *, criterion: Criterion, way: Road | None, labels: Labels) -> str:
    earlier = year.cycle.stages.before(stage)
    rule = criterion.rule
    told: list[str] = []
    for name in earlier:
        file = year.file(name, agency)
        line = file.lines.get(criterion.code) if file is not None else None
        step = way.at(name) if way is not None else None
        if line is None:
            continue
        said = "" if step is None or step.value is None else value_text(step.value, year, labels)
        if step is None and line.not_applicable is not None:
            said = labels.text("word.not-applicable")
        told.append(f"{stage_text(name, labels)}: {said}".rstrip(": "))
        if line.answer is not None and rule is not None:
            told.append(labels.text("explain.answer", text=answer_text(rule, rule.answer(line.answer)[0], labels)))
        spoken = (
            ("explain.not-applicable", line.not_applicable),
            ("explain.reason", line.reason),
            ("explain.explanation", line.explanation),
            ("form.note", line.note),
        )
        told += [labels.text(key, text=labels.of(text)) for key, text in spoken if text is not None]
        if line.request:
            told.append(labels.text("form.requested"))
    return "\n".join(told)


def _before(way: Road | None, stage: str) -> Value:
    step = way.before(stage) if way is not None else None
    return step.value if step is not None else None


def _standing(year: Year, way: Road | None, stage: str) -> Decimal | None:
    """Return the points of the answer that stands before a stage."""
    if way is None or way.criterion.rule is None or not way.stages.before(stage):
        return None
    policy = year.cycle.policy.points
    answer = way.standing_answer(way.stages.before(stage)[-1])
    out_of = way.criterion.out_of
    return way.criterion.rule.points(answer, out_of=out_of, decimals=policy.decimals, mode=policy.rounding)


def _references(year: Year, stage: str, agency: str, codes: set[str]) -> Iterator[tuple[str, str, str, Reference]]:
    """Yield the evidence that earlier stages handed in, for the criteria that a form shows."""
    for name in year.cycle.stages.before(stage):
        file = year.file(name, agency)
        for code, line in file.lines.items() if file else ():
            if code in codes:
                yield from ((agency, code, name, reference) for reference in line.evidence)


# --- survey ---------------------------------------------------------------------------------------------------------


def _groups(year: Year, agency: str, labels: Labels) -> Iterator[AskedGroup]:
    plan = year.survey
    if plan is None:
        return
    for group in plan.groups.values():
        counts = year.counts.get((group.id, agency))
        questions = [] if group.sipas else list(_questions(year, plan, group.id, agency))
        handed = bool(counts is not None and counts.points)
        yield AskedGroup(
            id=group.id,
            words=group_text(group.id, year, labels),
            fields=_group_fields(group.id, counts, sipas=group.sipas, handed=handed),
            questions=tuple(
                AskedQuestion(
                    id=question.id,
                    words=labels.of(question.text),
                    criterion=question.criterion,
                    options={
                        **{key: labels.of(title) for key, title in plan.scales[question.scale].titles.items()},
                        **_no_opinion(plan.scales[question.scale].no_opinion, labels),
                        BLANK: labels.text("form.blank"),
                    },
                    values={
                        key: value
                        for key, value in plan.scales[question.scale].values.items()
                        if key != plan.scales[question.scale].no_opinion
                    },
                    counts=counts.answers.get(question.id, {}) if counts is not None else {},
                )
                for question in questions
                if question.scale in plan.scales and not handed
            ),
            least=plan.valid_from.get(group.id),
        )


def _questions(year: Year, plan: SurveyPlan, group: str, agency: str) -> Iterator[Question]:
    """Yield the questions that a group is asked of an agency: only those that give points where they apply."""
    for question in plan.questions.values():
        leaf = year.criteria.get(question.criterion)
        asked = leaf is not None and group in question.groups and group in group_points(leaf)
        if asked and exemption_of(year, agency, question.criterion) is None:
            yield question


def _no_opinion(option: str | None, labels: Labels) -> dict[str, str]:
    return {} if option is None else {option: labels.text("form.no-opinion")}


def _group_fields(group: str, counts: Counts | None, *, sipas: bool, handed: bool) -> tuple[HeadField, ...]:
    if handed and counts is not None:
        return tuple(
            HeadField((group, "points", code), "number", owed=True, value=v) for code, v in counts.points.items()
        )
    if sipas:
        percent, people = (counts.sipas, counts.respondents) if counts is not None else (None, None)
        return (
            HeadField((group, "sipas"), "number", owed=True, value=percent),
            HeadField((group, "respondents"), "whole", owed=True, value=None if people is None else Decimal(people)),
        )
    forms = counts.forms if counts is not None else {}
    return tuple(
        HeadField((group, "forms", name), "whole", owed=name == "valid", value=_whole(forms.get(name)))
        for name in FORMS
    )


def _whole(number: int | None) -> Decimal | None:
    return None if number is None else Decimal(number)

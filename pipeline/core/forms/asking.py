"""The one model of a form: what a form of one stage shows and asks, who must fill in what, and what the files have.

It is made from the records of a year. `workbook` and `web_page` paint it and decide nothing; `read_back` reads against
it what comes back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Final, Literal, TypeAlias

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.nodes import Node, Plain, node_of, plain
from pipeline.core.ground.text import json_fields
from pipeline.core.ground.workbook_model import Prefilled
from pipeline.core.index.scoring import (
    Road,
    Value,
    amended_lines,
    exemption_of,
    line_answer,
    owed_groups,
    owed_lines,
    roads,
)
from pipeline.core.index.survey_points import group_points
from pipeline.core.index.words import answer_text, group_text, rule_lines, stage_text, value_text
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
from pipeline.core.record.rules import Answer, AnswerInput, Rule, Widget
from pipeline.core.record.stages import SURVEY, Stages
from pipeline.core.record.stages import Kind as StageKind

# What is typed into a field; a line is a text of one line, a day ISO text.
Kind: TypeAlias = Literal["line", "text", "date", "number", "whole", "option", "yes", "body"]
# What of a line may be wrong or missing while it is filled in; the first that holds is said.
Check: TypeAlias = Literal[
    "left-out", "untyped", "unanswered", "unscored", "explanation", "off-rule", "evidence", "reason"
]

# What a person may type of a line, by the kind of the stage, in the order of the columns.
_ASKED: Final[Mapping[StageKind, tuple[str, ...]]] = {
    "claim": ("answer", "score", "not_applicable", "note"),
    "appraise": ("answer", "score", "not_applicable", "reason", "by", "request"),
    "explain": ("explanation", "answer", "score"),
    "decide": ("answer", "score", "not_applicable", "reason", "by"),
}
# The keys of a line in the order in which people write them in a file.
_WRITTEN: Final[Mapping[StageKind, tuple[str, ...]]] = {
    "claim": ("answer", "score", "not_applicable", "evidence", "note"),
    "appraise": ("score", "answer", "not_applicable", "reason", "by", "request"),
    "explain": ("explanation", "answer", "score", "evidence"),
    "decide": ("score", "answer", "not_applicable", "reason", "by"),
}
KINDS: Final[Mapping[str, Kind]] = {"score": "number", "by": "body", "request": "yes"}  # all others are text
_WITH_EVIDENCE: Final[tuple[StageKind, ...]] = ("claim", "explain")  # handed in by the agency, with documents
_DOCUMENT: Final[Mapping[str, Kind]] = {
    "number": "line",
    "date": "date",
    "issuer": "line",
    "title": "text",
    "url": "line",
}
EVIDENCE: Final[Mapping[str, Kind]] = {**_DOCUMENT, "sha256": "line"}
FORMS: Final = ("issued", "returned", "valid", "online", "in_person", "population")
BLANK: Final = "blank"
# The head of a stage's file, by the stage's kind: key, what stands there, whether the file owes it.
_HEADS: Final[Mapping[StageKind, tuple[tuple[str, Literal["document", "date", "text"], bool], ...]]] = {
    "claim": (("report", "document", True), ("signed_by", "text", True)),
    "appraise": (
        ("appraised", "date", True),
        ("sent", "date", False),
        ("requested", "document", False),
        ("unanswered", "date", False),
    ),
    "explain": (("letter", "document", True),),
    "decide": (("decision", "document", True),),
}


@dataclass(frozen=True, slots=True)
class HeadField:
    """One field above the lines or counts: where it stands in the file, what is typed, whether the file owes it."""

    pointer: tuple[str, ...]
    kind: Kind
    owed: bool
    words: str
    help: str
    document: str = ""  # the document of which it is a part
    value: Prefilled = None

    @property
    def key(self) -> str:
        """Return the pointer in one word, which names the field in a form."""
        return ".".join(self.pointer)

    @property
    def path(self) -> str:
        """Return the pointer as JSON writes it."""
        return "/" + "/".join(self.pointer)

    @property
    def full_words(self) -> str:
        """Return the words of a field that stands apart from the others of its document."""
        return f"{self.document} – {self.words[:1].lower()}{self.words[1:]}" if self.document else self.words


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose, to tick or to count: an option, item or fault of a rule, with its points."""

    id: str
    title: str
    points: Decimal
    worth: str  # the points in words


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier stage said of a criterion: its value, then one sentence for each thing it says."""

    stage: str
    value: str
    said: tuple[str, ...]
    documents: tuple[tuple[str, str], ...]  # each with where its file is; nothing where there is none

    @property
    def text(self) -> str:
        """Return it as lines of one text; the documents stand apart there."""
        return "\n".join((f"{self.stage}: {self.value}".rstrip(": "), *self.said))


@dataclass(frozen=True, slots=True)
class AskedLine:
    """One criterion of one agency as a form shows it, and what may be typed there."""

    agency: str
    criterion: Criterion
    title: str
    most: str  # the most points, as people write them
    monitor: str  # the body that monitors it
    rule: tuple[str, ...]  # how points are earned
    closed: str  # why nothing is asked: the agency is exempt, or the points come from the survey
    guidance: str
    may_not_apply: str  # on which condition it may be said not to apply
    earlier: tuple[Earlier, ...]
    before: Value  # the value that stands before this stage
    standing: Plain  # the answer that stands before this stage
    standing_points: Decimal | None  # what the rule gives for it
    start: Mapping[str, Plain]  # the line that the stages before suggest, to be confirmed or changed
    open: tuple[str, ...]  # the columns in which something may be typed
    parts: tuple[AnswerInput, ...]
    options: tuple[Option, ...]
    owed: bool
    checks: tuple[Check, ...]
    values: Mapping[str, Prefilled]  # column -> what stands in the file
    evidence: tuple[Reference, ...]
    last: Mapping[str, Decimal]  # input of the answer -> what was counted the year before

    @property
    def code(self) -> str:
        """Return the criterion's code."""
        return self.criterion.code

    @property
    def key(self) -> tuple[str, str]:
        """Return agency and code, which name the line in a form."""
        return self.agency, self.criterion.code

    @property
    def path(self) -> str:
        """Return where the line stands in its file, as JSON writes it."""
        return f"/lines/{self.code}"

    @property
    def is_leaf(self) -> bool:
        """Tell whether points are given here; a criterion with others below it is their heading."""
        return self.criterion.rule is not None

    @property
    def depth(self) -> int:
        """Return 0 for an area, 1 below it, and so on."""
        return self.criterion.depth

    @property
    def out_of(self) -> Decimal:
        """Return the most points."""
        return self.criterion.out_of

    @property
    def documents(self) -> str:
        """Return whether documents are required, optional or of no use."""
        return self.criterion.evidence

    @property
    def kind(self) -> str:
        """Return the name of the rule."""
        return self.criterion.rule.name if self.criterion.rule is not None else ""

    @property
    def widgets(self) -> tuple[Widget, ...]:
        """Return the parts of a page in which an answer is given; none where there is none to give."""
        rule = self.criterion.rule
        return rule.widgets() if rule is not None and "answer" in self.open else ()

    @property
    def figures(self) -> tuple[tuple[str, str], ...]:
        """Return each figure that an answer has, by its id and its words."""
        return tuple((part.id, part.words) for part in self.parts)

    @property
    def unit(self) -> str:
        """Return the unit of an answer that is one number."""
        return self.criterion.rule.measure() if self.criterion.rule is not None else ""

    @property
    def words(self) -> str:
        """Return the rule, or why nothing is asked, as lines of one text."""
        return "\n".join((*self.rule, *([self.closed] if self.closed else [])))

    @property
    def earlier_text(self) -> str:
        """Return what earlier stages said, as lines of one text."""
        return "\n".join(one.text for one in self.earlier)


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


@dataclass(frozen=True)
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
    def follows(self) -> bool:
        """Tell whether other stages went before, of which the form shows what they said."""
        return self.kind is not None and bool(self.year.cycle.stages.before(self.stage))

    @property
    def corrects(self) -> bool:
        """Tell whether an answer is only given where that of the agency is wrong."""
        return self.kind in {"appraise", "decide"}

    @property
    def narrowed(self) -> Literal["asked", "written", ""]:
        """Return which lines matter where not all do: those that were asked, or those that somebody writes."""
        again = self.kind == "appraise" and self.stage != self.year.cycle.stages.first_appraise
        return "written" if self.kind == "decide" else "asked" if self.kind == "explain" or again else ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Return what a person may type of a line."""
        return asked_columns(self.year.cycle.stages, self.stage)

    @property
    def written(self) -> tuple[str, ...]:
        """Return the keys of a line in the order in which people write them."""
        return _WRITTEN[self.kind] if self.kind is not None else ()

    @property
    def with_evidence(self) -> bool:
        """Tell whether the agency hands the form in: with documents, and with a day on which it was received."""
        return self.kind in _WITH_EVIDENCE

    @property
    def agency(self) -> str | None:
        """Return the agency of a form that is of one alone."""
        return self.agencies[0] if self.body is None or len(self.agencies) == 1 else None

    @property
    def slug(self) -> str:
        """Return whose form it is in one word: the agency, the body, or both."""
        return "_".join(part for part in (self.agency, self.body) if part is not None)

    @property
    def whose(self) -> str:
        """Return the name of the agency or body whose form it is."""
        if self.body is not None:
            return self.bodies[self.body]
        return self.labels.of(self.year.agencies[self.agencies[0]].short)

    @property
    def full_name(self) -> str:
        """Return the whole name of the agency, or that of the body."""
        return self.whose if self.body is not None else self.labels.of(self.year.agencies[self.agencies[0]].name)

    @property
    def title(self) -> str:
        """Return the title that stands above the tables: `Tự chấm · Cơ quan A`."""
        return f"{stage_text(self.stage, self.labels)} · {self.whose}"

    @cached_property
    def paths(self) -> Mapping[str, str]:
        """Return the file that the form fills, by agency, or by group for a survey.

        A form of a body fills the body's part, unless there is none and its lines stand in the head, as in years
        before parts.
        """
        name = self.year.name
        if self.stage == SURVEY:
            return {group.id: path_of(name, SURVEY, group.id, self.agencies[0]) for group in self.groups}
        heads = {agency: path_of(name, self.stage, agency) for agency in self.agencies}
        if self.body is None:
            return heads
        return {
            agency: head
            if not self._has_part(agency) and head in self._files_of_lines(agency)
            else path_of(name, self.stage, agency, self.body)
            for agency, head in heads.items()
        }

    def _has_part(self, agency: str) -> bool:
        file = self.year.file(self.stage, agency)
        return file is not None and self.body in file.parts

    @cached_property
    def _asked(self) -> Mapping[str, set[str]]:
        """Return the criteria that the form asks, by agency."""
        found: dict[str, set[str]] = {agency: set() for agency in self.agencies}
        for line in self.lines:
            if line.open:
                found[line.agency].add(line.code)
        return found

    def _files_of_lines(self, agency: str) -> frozenset[str]:
        """Return the files in which lines of an agency stand that the form asks."""
        file, asked = self.year.file(self.stage, agency), self._asked[agency]
        lines = file.lines.values() if file is not None else ()
        return frozenset(line.source.path for line in lines if self.body is None or line.criterion in asked)

    def beside(self, agency: str) -> frozenset[str]:
        """Return the files of a stage that a form fills beside its own: a line stays in the file where it stands."""
        return self._files_of_lines(agency) - {self.paths[agency]} if self.kind else frozenset()

    @property
    def files(self) -> tuple[str, ...]:
        """Return every file that the form may fill."""
        others = (path for whose in self.paths for path in sorted(self.beside(whose)))
        return (*self.paths.values(), *others)

    @property
    def help(self) -> tuple[str, ...]:
        """Return how the form is filled in, one sentence after the other."""
        own = "appraise-again" if self.kind == "appraise" and self.narrowed else self.kind or SURVEY
        keys = [
            own,
            *(["answers"] if self.kind else []),
            *(["evidence"] if self.with_evidence else []),
            "state",
            "send",
        ]
        return tuple(self.labels.text(f"form.help.{key}") for key in keys)

    def header(self, column: str) -> str:
        """Return what a column or field of a line is called; some are named after the kind of the stage."""
        own = f"form.column.{column}.{self.kind}"
        return self.labels.text(own if self.labels.has(own) else f"form.column.{column}")

    def of_group(self, group: str) -> Form:
        """Return the form of one group of a survey alone."""
        return replace(self, groups=tuple(one for one in self.groups if one.id == group))

    def checksum(self) -> str:
        """Return the sha256 of what the form shows and does not ask: a change of it is not the person's to make."""
        shown: list[tuple[str, ...]] = [(self.year.name, self.stage, self.agency or "", self.body or "")]
        for line in self.lines:
            points = f"{line.out_of.normalize():f}"
            title = line.criterion.title.main
            shown.append(
                (*line.key, title, line.words, points, line.earlier_text, *(part.words for part in line.parts))
            )
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
    last: Callable[[str], Mapping[tuple[str, str], Decimal]] | None = None,
) -> Form:
    """Return what the form of a stage shows and asks.

    Args:
        agencies: the agency; for a body, all whose lines it monitors.
        body: the monitoring body whose lines alone are asked.
        last: tells what an agency counted the year before, by criterion and input.
    """
    own = tuple(agencies)
    lines: list[AskedLine] = []
    references: list[tuple[str, str, str, Reference]] = []
    names = unique_words({slug: labels.of(known.short) for slug, known in bodies.items()})
    if stage != SURVEY:
        for agency in own:
            before = last(agency) if last is not None else {}
            told = _lines(year, stage, agency, body=body, bodies=names, labels=labels)
            asked = tuple(replace(line, last=_counted(line, before)) for line in told)
            lines += asked
            references += _references(year, stage, agency, {line.code for line in asked})
    extension = next((e for e in year.cycle.extensions if (e.stage, e.agency) == (stage, own[0])), None)
    return Form(
        year=year,
        stage=stage,
        agencies=own,
        body=body,
        labels=labels,
        heads={} if stage == SURVEY else {a: tuple(_head(year, stage, a, labels)) if body is None else () for a in own},
        lines=tuple(lines),
        groups=tuple(_groups(year, own[0], labels)) if stage == SURVEY else (),
        references=tuple(references),
        bodies=names,
        deadline=stage_deadline(year, stage, own[0] if body is None else "", calendar),
        extension=extension.decision if extension is not None and body is None else None,
    )


def unique_words(words: Mapping[str, str]) -> dict[str, str]:
    """Return words to choose by, the id added where two are the same."""
    listed = [text.casefold() for text in words.values()]
    return {key: text if listed.count(text.casefold()) == 1 else f"{text} ({key})" for key, text in words.items()}


def asked_columns(stages: Stages, stage: str) -> tuple[str, ...]:
    """Return what a person may type of a line in a stage; only an appraisal that is answered requests anything."""
    kind = stages.kind(stage)
    asked = _ASKED[kind] if kind is not None else ()
    return asked if stages.answered_in(stage) else tuple(name for name in asked if name != "request")


# --- head -----------------------------------------------------------------------------------------------------------


def _head(year: Year, stage: str, agency: str, labels: Labels) -> Iterator[HeadField]:
    """Yield the head of a stage's file, which is no body's to fill in: a part has none."""
    file = year.file(stage, agency)
    for asked in head_fields(year.cycle.stages, stage, labels):
        yield replace(asked, value=None if file is None else _head_value(file, asked))


def head_fields(stages: Stages, stage: str, labels: Labels) -> Iterator[HeadField]:
    """Yield the head of a stage's file: what asks for explanations, or says that none came, only where it belongs."""
    kind = stages.kind(stage)
    left_out = set() if stages.answered_in(stage) else {"sent", "requested"}
    if kind == "appraise" and stages.first_appraise == stage:
        left_out.discard("sent")
    left_out |= set() if stages.silent_before(stage) else {"unanswered"}
    for key, what, owed in _HEADS[kind] if kind is not None else ():
        if key in left_out:
            continue
        if what == "document":
            document = labels.text(f"form.document.{key}")
            for name, part in _DOCUMENT.items():
                yield _field((key, name), part, labels, owed=owed and name == "number", document=document)
        else:
            yield _field((key,), what, labels, owed=owed)


def _field(
    pointer: tuple[str, ...],
    kind: Kind,
    labels: Labels,
    *,
    owed: bool,
    document: str = "",
    value: Prefilled = None,
) -> HeadField:
    """Return a field with its words and what helps to fill it in."""
    key = ".".join(pointer)
    words = labels.text(f"form.column.evidence.{pointer[-1]}" if document else f"form.field.{key}")
    hints = (hint for hint in (f"form.hint.{key}", f"form.hint.{pointer[-1]}") if labels.has(hint))
    return HeadField(pointer, kind, owed, words, "".join(map(labels.text, [*hints][:1])), document, value)


def _head_value(file: StageFile, asked: HeadField) -> Prefilled:
    key, *inner = asked.pointer
    if not inner:
        return file.signed_by.main if key == "signed_by" and file.signed_by else file.dates.get(key)
    reference = file.documents.get(key)
    return reference_text(reference, inner[0]) if reference is not None else None


def reference_text(reference: Reference, name: str) -> str | None:
    """Return one field of a reference to a document as a form shows it."""
    if name == "title":
        return reference.title.main if reference.title is not None else None
    found = getattr(reference, name)
    return found if isinstance(found, str) else None


# --- lines ----------------------------------------------------------------------------------------------------------


def _lines(
    year: Year, stage: str, agency: str, *, body: str | None, bodies: Mapping[str, str], labels: Labels
) -> Iterator[AskedLine]:
    """Yield the criteria of one agency in code order; for a body, those of which it monitors something."""
    file, stages = year.file(stage, agency), year.cycle.stages
    written: Mapping[str, Line] = file.lines if file else {}
    ways = {way.criterion.code: way for way in roads(year, agency, {})}
    owed = set(owed_lines(year, stage, agency))
    for criterion in year.criteria.values():
        below = [year.criteria[leaf] for leaf in criterion.leaves]
        if body is not None and body not in {leaf.monitor for leaf in below}:
            continue
        rule, line = criterion.rule, written.get(criterion.code)
        own = body is None or all(leaf.monitor == body for leaf in below)
        may = _open(year, stage, agency, criterion, line) if own else ()
        exemption = exemption_of(year, agency, criterion.code)
        unwritten = rule is not None and not criterion.is_written_in(stages.kind(stage))
        closed = labels.text("form.by-survey" if criterion.claimed else "form.by-appraisers") if unwritten else ""
        way = ways.get(criterion.code)
        step = way.before(stage) if way is not None else None
        before = step.value if step is not None else None
        standing = _standing(way, stage) if way is not None else None
        is_owed = criterion.code in owed and bool(may)
        yield AskedLine(
            agency=agency,
            criterion=criterion,
            title=labels.of(criterion.title),
            most=labels.number(criterion.out_of),
            monitor=bodies.get(criterion.monitor or "", criterion.monitor or ""),
            rule=() if exemption else tuple(rule_lines(criterion, year, labels)),
            closed=labels.text("explain.exempt", reason=labels.of(exemption.reason)) if exemption else closed,
            guidance=labels.of(criterion.guidance),
            may_not_apply=labels.of(criterion.may_not_apply),
            earlier=tuple(_earlier(year, stage, agency, criterion=criterion, way=way, bodies=bodies, labels=labels)),
            before=before,
            standing=plain(standing) if standing is not None else None,
            standing_points=given(criterion, standing, year.cycle.policy.points) if standing is not None else None,
            start=_start(
                stages.kind(stage), criterion, [ways[leaf] for leaf in criterion.leaves if leaf in owed], stage
            ),
            open=may,
            parts=_parts(rule, line, labels) if rule is not None and "answer" in may else (),
            options=tuple(
                Option(key, labels.of(item.text), item.points, labels.number(item.points))
                for key, item in (rule.named() if rule else {}).items()
            ),
            owed=is_owed,
            checks=_checks(year, stage, criterion, owed=is_owed, before=before) if rule else (),
            values=_values(line),
            evidence=line.evidence if line is not None else (),
            last={},
        )


def _counted(line: AskedLine, before: Mapping[tuple[str, str], Decimal]) -> dict[str, Decimal]:
    """Return what was counted before of the inputs of a line's answer."""
    return {part.id: before[line.code, part.id] for part in line.parts if (line.code, part.id) in before}


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
    if not criterion.is_written_in(year.cycle.stages.kind(stage)):
        return ()
    closed = set()
    if not rule.answered:
        closed.add("answer")
    if criterion.may_not_apply is None and not rule.leaves_out() and "not_applicable" not in known:
        closed.add("not_applicable")
    return tuple(name for name in columns if name not in closed)


def _checks(year: Year, stage: str, criterion: Criterion, *, owed: bool, before: Value) -> tuple[Check, ...]:
    """Return what may be wrong with a line while it is filled in; the laws of `index.laws` have the last word."""
    kind, rule = year.cycle.stages.kind(stage), criterion.rule
    optional: tuple[Check, ...] = () if owed else ("untyped",)
    if kind == "explain":
        return (*optional, "explanation")
    if kind == "claim":
        noted = criterion.evidence == "required" and year.cycle.policy.missing_evidence_needs_note
        own: Check = "unanswered" if rule is not None and rule.answered else "unscored"
        return ("left-out", *optional, own, "off-rule", *(("evidence",) if noted else ()))
    ruled: tuple[Check, ...] = ("off-rule",) if kind == "appraise" else ()  # the council may depart from a rule
    return ("left-out", "untyped", *ruled, *(("reason",) if isinstance(before, Decimal) else ()))


def _values(line: Line | None) -> dict[str, Prefilled]:
    """Return what a line says in the columns that hold one value."""
    if line is None:
        return {}
    told = json_fields(line, "not_applicable", "reason", "explanation", "note", "by") | {"score": line.score}
    values: dict[str, Prefilled] = {key: value for key, value in told.items() if value is not None}
    if line.request:
        values["request"] = True
    return values


def _parts(rule: Rule, line: Line | None, labels: Labels) -> tuple[AnswerInput, ...]:
    """Return the inputs of an answer with what stands in the file; what the rule cannot read stays empty."""
    answer = rule.answer(line.answer)[0] if line is not None and line.answer is not None else None
    return rule.asks(answer, labels)


def answer_of(rule: Rule | None, typed: Mapping[str, Prefilled]) -> Plain:
    """Return the answer that the typed inputs make, as a file says it; None where nothing was typed."""
    said = {part: value for part, value in typed.items() if value is not None}
    if not said or rule is None:
        return None
    return rule.typed(said)


def nothing_assigned(rule: Rule | None, typed: Mapping[str, Prefilled]) -> bool:
    """Tell whether the typed inputs make a leaf not apply: nothing was assigned, and the rule says so."""
    answer = answer_of(rule, typed)
    return rule is not None and answer is not None and rule.is_left_out(rule.answer(node_of(answer))[0])


def given(criterion: Criterion, answer: Node, policy: PointsPolicy) -> Decimal | None:
    """Return the points that the criterion's rule gives for an answer; None where it gives none."""
    rule = criterion.rule
    if rule is None:
        return None
    read: Answer | None = rule.answer(answer)[0]
    return rule.points(read, out_of=criterion.out_of, decimals=policy.decimals, mode=policy.rounding)


def given_for(criterion: Criterion, answer: Plain, policy: PointsPolicy) -> Decimal | None:
    """Return the points for an answer as a form says it."""
    return None if answer is None else given(criterion, node_of(answer), policy)


# --- what earlier stages said ---------------------------------------------------------------------------------------


def _earlier(
    year: Year,
    stage: str,
    agency: str,
    *,
    criterion: Criterion,
    way: Road | None,
    bodies: Mapping[str, str],
    labels: Labels,
) -> Iterator[Earlier]:
    """Yield what each earlier stage said of a criterion in a line of its own."""
    for name in year.cycle.stages.before(stage):
        file = year.file(name, agency)
        line = file.lines.get(criterion.code) if file is not None else None
        if line is None:
            continue
        step = way.at(name) if way is not None else None
        value = "" if step is None or step.value is None else value_text(step.value, year, labels)
        if step is None and line.not_applicable is not None:
            value = labels.text("word.not-applicable")
        documents = tuple(
            (_document_text(reference, bodies, labels), year.file_place(agency, reference))
            for reference in line.evidence
        )
        yield Earlier(stage_text(name, labels), value, tuple(_said(line, criterion, bodies, labels)), documents)


def _said(line: Line, criterion: Criterion, bodies: Mapping[str, str], labels: Labels) -> Iterator[str]:
    rule = criterion.rule
    if line.answer is not None and rule is not None:
        yield labels.text("explain.answer", text=answer_text(rule, rule.answer(line.answer)[0], labels))
    for key, text in (
        ("explain.not-applicable", line.not_applicable),
        ("explain.reason", line.reason),
        ("explain.explanation", line.explanation),
        ("form.note", line.note),
    ):
        if text is not None:
            yield labels.text(key, text=labels.of(text))
    if line.by is not None:
        yield labels.text("form.by", body=bodies.get(line.by, line.by))
    if line.request:
        yield labels.text("form.requested")


def _document_text(reference: Reference, bodies: Mapping[str, str], labels: Labels) -> str:
    issuer = reference.issuer or ""
    parts = (reference.number, labels.date(reference.date), bodies.get(issuer, issuer), labels.of(reference.title))
    return ", ".join(part for part in parts if part)


def _standing(way: Road, stage: str) -> Node | None:
    """Return the answer that stands before a stage, as it was written; that of an explanation only asks."""
    earlier = way.stages.before(stage)
    written = (step.line for step in reversed(way.steps) if step.stage in earlier and step.kind != "explain")
    return next((line.answer for line in written if line_answer(way.criterion, line) is not None), None)


def _start(kind: StageKind | None, criterion: Criterion, owed: Iterable[Road], stage: str) -> dict[str, Plain]:
    """Return the line that the stages before suggest for a criterion: what it was worth, or that it does not apply.

    Example: 4 was said not to apply, with its leaves 4.1 and 4.2: the line of 4 is suggested, and none for its leaves.

    Args:
        owed: the roads of the leaves at or below it that owe a line.
    """
    for way in owed:
        step, is_own = way.before(stage), way.criterion is criterion
        if step is None:
            continue
        if kind == "explain":
            claim = way.at(way.stages.claim) if is_own and way.stages.claim is not None else None
            return _claimed(claim.line) if claim is not None else {}
        if is_own and isinstance(step.value, Decimal):
            return {"score": step.value}
        if step.line.not_applicable is not None and step.line.criterion == criterion.code:
            return {"not_applicable": step.line.not_applicable.main}
    return {}


def _claimed(line: Line) -> dict[str, Plain]:
    """Return the answer and the score of a line, as a file says them."""
    answer = {"answer": plain(line.answer)} if line.answer is not None else {}
    return {**answer, **({"score": line.score} if line.score is not None else {})}


def _references(year: Year, stage: str, agency: str, codes: set[str]) -> Iterator[tuple[str, str, str, Reference]]:
    """Yield the evidence that earlier stages handed in, for the criteria that a form shows."""
    for name in year.cycle.stages.before(stage):
        file = year.file(name, agency)
        for code, line in file.lines.items() if file else ():
            if code in codes:
                yield from ((agency, code, name, reference) for reference in line.evidence)


# --- survey ---------------------------------------------------------------------------------------------------------


def _groups(year: Year, agency: str, labels: Labels) -> Iterator[AskedGroup]:
    """Yield the groups that must be heard of an agency, and those of which counts stand there."""
    plan = year.survey_plan
    owed = owed_groups(roads(year, agency, amended_lines(year.amendments)))
    for group in plan.groups.values():
        counts = year.counts.get((group.id, agency))
        if group.id not in owed and counts is None:
            continue
        handed = bool(counts is not None and counts.points)
        questions = () if group.sipas or handed else tuple(_questions(year, plan, group.id, agency))
        yield AskedGroup(
            id=group.id,
            words=group_text(group.id, year, labels),
            fields=tuple(_group_fields(year, counts, labels, sipas=group.sipas)),
            questions=tuple(
                _question(plan, question, counts, labels) for question in questions if question.scale in plan.scales
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


def _question(plan: SurveyPlan, question: Question, counts: Counts | None, labels: Labels) -> AskedQuestion:
    scale = plan.scales[question.scale]
    options = {key: labels.of(title) for key, title in scale.titles.items()}
    if scale.no_opinion is not None:
        options[scale.no_opinion] = labels.text("form.no-opinion")
    return AskedQuestion(
        id=question.id,
        words=labels.of(question.text),
        criterion=question.criterion,
        options={**options, BLANK: labels.text("form.blank")},
        values={key: value for key, value in scale.values.items() if key != scale.no_opinion},
        counts=counts.answers.get(question.id, {}) if counts is not None else {},
    )


def _group_fields(year: Year, counts: Counts | None, labels: Labels, *, sipas: bool) -> Iterator[HeadField]:
    """Yield the numbers of forms of a group, or its SIPAS, or the points that were handed over as such."""
    if counts is not None and counts.points:
        for code, points in counts.points.items():
            words = f"{code} {labels.of(year.criteria[code].title) if code in year.criteria else ''}".strip()
            yield HeadField(("points", code), "number", owed=True, words=words, help="", value=points)
    elif sipas:
        percent, people = (counts.sipas, counts.respondents) if counts is not None else (None, None)
        yield _field(("sipas",), "number", labels, owed=True, value=percent)
        yield _field(("respondents",), "whole", labels, owed=True, value=_whole(people))
    else:
        forms = counts.forms if counts is not None else {}
        for name in FORMS:
            value = _whole(forms.get(name))
            yield _field(("forms", name), "whole", labels, owed=name == "valid", value=value)


def _whole(number: int | None) -> Decimal | None:
    return None if number is None else Decimal(number)

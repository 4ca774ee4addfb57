"""A form painted as a workbook: sheets of cells with their styles, limits and formulas.

It decides nothing: what is shown, asked and owed is said by `asking`. Which program writes the cells:
`adapters/workbooks`. Who reads them back finds rows by code and columns by header, whatever their order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from pipeline.core.forms.asking import (
    BLANK,
    EVIDENCE,
    KINDS,
    AskedGroup,
    AskedLine,
    AskedQuestion,
    Form,
    HeadField,
    Kind,
    answer_of,
    given_for,
    nothing_assigned,
    reference_text,
    unique_words,
)
from pipeline.core.forms.manifest import MARK, Manifest
from pipeline.core.ground import formulas
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.numbers import rounded
from pipeline.core.ground.workbook_model import Book, Cell, Limit, Place, Prefilled, Sheet, Style, address, letters
from pipeline.core.index.scoring import from_survey
from pipeline.core.index.survey_points import group_points, survey_leaf
from pipeline.core.index.words import stage_text
from pipeline.core.record.model import Reference
from pipeline.core.record.rules import AnswerInput, SheetCells
from pipeline.core.record.stages import NOT_APPLICABLE, SURVEY

MISSING, DONE, ADDED = "▲", "✓", "○"  # signs that begin a state, readable without colours
MAX_TEXT: Final = 4000  # characters of a text, as the schemas allow
SPARE_ROWS: Final = 20  # evidence rows without a code; people may insert more
_EVIDENCE_ROWS: Final = 2  # evidence rows of a criterion at least
_TOP: Final = 3  # the row of headers, from 0
# Of columns in characters, so that a sheet that an agency fills in is one printed page across; None: a hidden column.
_WIDTHS: Final[Mapping[str, float | None]] = {
    "agency": 14, "code": 6, "part": None, "title": 26, "rule": 31, "guidance": 31, "out_of": 6, "earlier": 32,
    "before": 7, "last": 7, "answer": 15, "points": 7, "score": 7, "not_applicable": 11, "note": 12, "reason": 30,
    "explanation": 40, "by": 14, "request": 9, "documents": 6, "state": 12, "value": None, "weight": None,
    "field": None, "name": 40, "content": 50, "owed": 11, "help": 50, "stage": 13, "number": 18, "date": 11,
    "issuer": 18, "evidence.title": 38, "url": 14, "sha256": 10, "group": 20, "question": 8, "text": 36, "total": 8,
    "valid": 8, "mean": 9,
}  # fmt: skip

# Of an explanation: the agency has read the guidance by then, and what was said of its claim needs the room.
_EXPLAINING: Final[Mapping[str, float | None]] = {
    "title": 22, "rule": 24, "guidance": None, "earlier": 30, "before": 6, "explanation": 30, "answer": 14,
}  # fmt: skip


def columns_of(form: Form) -> tuple[str, ...]:
    """Return the columns of the sheet of criteria."""
    asked = form.columns
    position = asked.index("answer") + 1
    return (
        *(() if form.body is None else ("agency",)),
        *("code", "part", "title", "rule", "guidance", "out_of"),
        *(("earlier", "before") if form.follows else ()),
        *asked[: position - 1],
        *(("last",) if any(line.last for line in form.lines) else ()),
        *("answer", "points", *asked[position:]),
        *(("documents",) if form.with_evidence else ()),
        *("state", "value", "weight"),
    )


def part_title(part: AnswerInput) -> str:
    """Return what the row of one input of an answer shows in the place of a criterion's title."""
    return f"    – {part.words}"


def evidence_columns(form: Form) -> tuple[str, ...]:
    """Return the columns of the sheet of evidence."""
    documents = (f"evidence.{name}" for name in EVIDENCE)
    return (*(() if form.body is None else ("agency",)), "code", "title", "stage", *documents)


def head_columns(form: Form) -> tuple[str, ...]:
    """Return the columns of the sheet of the head."""
    first = ("group",) if form.stage == SURVEY else () if form.body is None else ("agency",)
    return (*first, "field", "name", "content", "owed", "help")


def agency_words(form: Form) -> Mapping[str, str]:
    """Return the words by which a form across agencies names each."""
    return {slug: form.labels.of(form.year.agencies[slug].short) for slug in form.agencies}


def scale_options(group_questions: tuple[AskedGroup, ...]) -> Mapping[str, str]:
    """Return the options of all questions of a survey, each once, blank last."""
    found: dict[str, str] = {}
    for group in group_questions:
        for question in group.questions:
            found.update({key: words for key, words in question.options.items() if key != BLANK})
    last = next((q.options[BLANK] for group in group_questions for q in group.questions), None)
    return found if last is None else {**found, BLANK: last}


def count_columns(form: Form) -> tuple[str, ...]:
    """Return the columns of the sheet of counts."""
    options = tuple(f"option.{key}" for key in scale_options(form.groups))
    return ("group", "question", "text", *options, "total", "valid", "state", "mean")


def book_of(form: Form, manifest: Manifest) -> Book:
    """Return the workbook of a form."""
    lists = _Lists(form.labels.text("form.sheet.lists"))
    sheets: list[Sheet] = []
    if form.stage == SURVEY:
        survey = _Survey(form)
        head, counts, points = survey.head(), survey.counts(), survey.points()
        cover = _cover(form, survey.progress())
        sheets = [cover, head, counts, points]
    else:
        evidence = _evidence(form, lists)
        lines = _Lines(form, lists, evidence)
        cover = _cover(form, lines.progress())
        heads = [_head(form)] if any(form.heads.values()) else []
        sheets = [cover, *heads, lines.sheet, *([evidence] if evidence.cells else [])]
    return Book(
        f"{form.year.name} · {form.title}",
        (*sheets, *([lists.sheet] if lists.sheet.cells else []), _manifest_sheet(manifest)),
    )


class _Lists:
    """The hidden sheet of words to choose from."""

    def __init__(self, name: str) -> None:
        self.sheet = Sheet(name, hidden=True)
        self._known: dict[tuple[tuple[str, Decimal | None], ...], tuple[str, str]] = {}

    def ranges(self, entries: tuple[tuple[str, Decimal | None], ...]) -> tuple[str, str]:
        """Return the ranges of words and of their points, the same ones for the same entries."""
        if entries not in self._known:
            column = 2 * len(self._known)
            for row, (words, points) in enumerate(entries):
                self.sheet.put(row, column, words, "plain")
                self.sheet.put(row, column + 1, points, "plain")
            name = f"'{self.sheet.name}'!"
            first, last = letters(column), letters(column + 1)
            self._known[entries] = (
                f"{name}${first}$1:${first}${len(entries)}",
                f"{name}${last}$1:${last}${len(entries)}",
            )
        return self._known[entries]


def _manifest_sheet(manifest: Manifest) -> Sheet:
    sheet = Sheet(MARK, widths=(14, 80), hidden=True)
    for row, (key, value) in enumerate(manifest.rows()):
        sheet.put(row, 0, key, "plain")
        sheet.put(row, 1, value, "plain")
    return sheet


# --- cover and head -------------------------------------------------------------------------------------------------


def _cover(form: Form, progress: list[tuple[str, Cell]]) -> Sheet:
    labels, year = form.labels, form.year
    sheet = Sheet(labels.text("form.sheet.cover"), widths=(24, 100))
    sheet.put(0, 0, labels.text("form.title", stage=stage_text(form.stage, labels)), "title")
    row = 1
    if year.cycle.illustrative:
        sheet.put(row, 0, labels.text("word.illustrative"), "banner")
        row += 1
    limit = labels.text("form.no-deadline") if form.deadline is None else labels.date(form.deadline)
    if form.extension is not None:
        limit += labels.text("form.extended", decision=form.extension)
    facts: list[tuple[str, Cell]] = [
        (labels.text("form.cover.cycle"), Cell(labels.of(year.cycle.title), "plain")),
        (labels.text("form.cover.who"), Cell(form.full_name, "plain")),
        (labels.text("form.cover.until"), Cell(limit, "plain")),
        *progress,
    ]
    for fact, cell in facts:
        sheet.put(row, 0, fact, "key")
        sheet.cells[row, 1] = cell
        row += 1
    row += 1
    sheet.put(row, 0, labels.text("form.cover.help"), "key")
    for text in form.help:
        sheet.put(row, 1, text, "help")
        row += 1
    samples: tuple[tuple[Style, str], ...] = (("in-text", "input"), ("closed", "closed"), ("formula", "computed"))
    for style, key in samples:
        row += 1
        sheet.put(row, 0, labels.text(f"form.legend.{key}"), style)
        sheet.put(row, 1, labels.text(f"form.legend.{key}-means"), "plain")
    return sheet


def _head(form: Form) -> Sheet:
    sheet = _table(form, form.labels.text("form.sheet.head"), head_columns(form))
    for agency, fields in form.heads.items():
        for asked in fields:
            _head_row(sheet, asked, form)
            if form.body is not None:
                sheet.tell(sheet.last, "agency", agency_words(form)[agency], "locked")
    return sheet


def _head_row(sheet: _FormSheet, asked: HeadField, form: Form, group: AskedGroup | None = None) -> str:
    """Put one field into the next row, and return the address of what is typed."""
    sheet.last += 1
    row = sheet.last
    if group is not None:
        sheet.tell(row, "group", group.words, "locked")
    sheet.tell(row, "field", field_key(asked, group.id if group is not None else ""), "key")
    sheet.tell(row, "name", asked.full_words, "locked")
    sheet.tell(row, "owed", form.labels.text("form.owed" if asked.owed else "form.optional"), "locked")
    sheet.tell(row, "help", asked.help or None, "locked")
    _input(sheet, sheet.at(row, "content"), asked.kind, asked.value, form)
    return f"'{sheet.name}'!{sheet.address(row, 'content')}"


def field_key(asked: HeadField, group: str = "") -> str:
    """Return what names a field on the sheet of the head, which may hold those of several groups."""
    return f"{group}.{asked.key}" if group else asked.key


@dataclass(slots=True)
class _FormSheet(Sheet):
    """A sheet whose columns have names, with its last row so far."""

    columns: tuple[str, ...] = ()
    last: int = _TOP

    def at(self, row: int, column: str) -> Place:
        """Return the place of a cell."""
        return row, self.columns.index(column)

    def tell(self, row: int, column: str, value: Prefilled, style: Style, formula: str | None = None) -> None:
        """Put a value into a cell of a column."""
        self.put(*self.at(row, column), value, style, formula)

    def address(self, row: int, column: str) -> str:
        """Return the address of a cell, as formulas on this sheet name it."""
        return address(*self.at(row, column))

    def range(self, column: str, fixed: str = "") -> str:
        """Return the range of a column below the headers; `$` as the sign before each part keeps it in its place."""
        name = f"{fixed}{letters(self.columns.index(column))}{fixed}"
        return f"{name}{_TOP + 2}:{name}{self.last + 1}"


def _table(
    form: Form, name: str, columns: tuple[str, ...], *, frozen: int = 0, own: Mapping[str, float | None] = _WIDTHS
) -> _FormSheet:
    """Return a sheet with its title and headers, and the `own` widths of some of its columns."""
    known = {**_WIDTHS, **own}
    widths = tuple(known.get(column, known.get(column.removeprefix("evidence."), 10)) for column in columns)
    sheet = _FormSheet(name, widths=widths, frozen=(_TOP + 1, frozen), header=_TOP, columns=columns)
    seen = next(column for column, width in enumerate(widths) if width is not None)
    sheet.put(0, seen, form.title, "title")
    if form.year.cycle.illustrative:
        sheet.put(1, seen, form.labels.text("word.illustrative"), "banner")
    for column, key in enumerate(columns):
        if not key.startswith("option."):
            sheet.put(_TOP, column, form.header(key), "head")
    return sheet


def _input(sheet: Sheet, place: Place, kind: Kind, value: Prefilled, form: Form) -> None:
    """Put an open cell with what stands in the file, and the limit of what may be typed."""
    labels = form.labels
    style: Style = "in-text"
    if kind == "date":  # text, or a program takes 5/12/2024 for the twelfth of May
        style, value = "in-code", "/".join(reversed(str(value or "").split("-"))) or None
    elif kind in {"number", "whole"}:
        style = "in-number"
        low = "0" if kind == "whole" else "-1000000000000000"
        sheet.limits.append(Limit(place, "whole" if kind == "whole" else "number", low, "1000000000000000"))
    elif kind == "yes":
        sheet.limits.append(Limit(place, "list", words=(labels.text("form.yes"), labels.text("form.no"))))
        value = None if value is None else labels.text("form.yes" if value else "form.no")
    elif kind in {"text", "line"}:
        sheet.limits.append(Limit(place, "text", high=str(MAX_TEXT)))
    sheet.put(*place, value, style)


# --- evidence -------------------------------------------------------------------------------------------------------


def _evidence(form: Form, lists: _Lists) -> _FormSheet:
    """Return the sheet of evidence; one without a row has no cells."""
    own = {"title": 46, "stage": _WIDTHS["stage"] if form.references else None}
    sheet = _table(form, form.labels.text("form.sheet.evidence"), evidence_columns(form), own=own)
    for agency, code, stage, reference in form.references:
        _evidence_row(sheet, form, line=(agency, code), stage=stage)
        for name in EVIDENCE:
            sheet.tell(sheet.last, f"evidence.{name}", reference_text(reference, name), "locked")
    if form.with_evidence:
        for line in form.lines:
            likely = takes_documents(line) and (form.kind == "claim" or line.owed or line.evidence)
            for number in range(max(_EVIDENCE_ROWS, len(line.evidence) + 1) if likely else 0):
                _evidence_row(sheet, form, line=line.key, stage=form.stage)
                _evidence_inputs(sheet, form, line.evidence[number] if number < len(line.evidence) else None)
        _spare_rows(sheet, form, lists)
        sheet.grows = True
    if sheet.last == _TOP:
        sheet.cells.clear()
    return sheet


def takes_documents(line: AskedLine) -> bool:
    """Tell whether documents may be typed of a line: where points are asked."""
    return line.is_leaf and bool(line.open)


def _evidence_row(sheet: _FormSheet, form: Form, *, line: tuple[str, str], stage: str) -> None:
    """Put the criterion of a document into the next row."""
    agency, code = line
    title = form.labels.of(form.year.criteria[code].title)
    words = {"agency": agency_words(form)[agency], "code": code, "title": title}
    sheet.last += 1
    for name in sheet.columns:
        if name in words:
            sheet.tell(sheet.last, name, words[name], "locked")
    sheet.tell(sheet.last, "stage", stage_text(stage, form.labels), "locked")


def _evidence_inputs(sheet: _FormSheet, form: Form, reference: Reference | None) -> None:
    for name, kind in EVIDENCE.items():
        value = reference_text(reference, name) if reference is not None else None
        _input(sheet, sheet.at(sheet.last, f"evidence.{name}"), kind, value, form)


def _spare_rows(sheet: _FormSheet, form: Form, lists: _Lists) -> None:
    """Put rows whose criterion is chosen by whoever fills them."""
    codes = tuple((line.code, None) for line in form.lines if takes_documents(line))
    if not codes:
        return
    source, _ = lists.ranges(codes)
    for _ in range(SPARE_ROWS):
        sheet.last += 1
        sheet.tell(sheet.last, "code", None, "in-code")
        sheet.limits.append(Limit(sheet.at(sheet.last, "code"), "list", source=source))
        sheet.tell(sheet.last, "title", None, "locked")
        sheet.tell(sheet.last, "stage", stage_text(form.stage, form.labels), "locked")
        _evidence_inputs(sheet, form, None)


# --- criteria -------------------------------------------------------------------------------------------------------


def choice_words(line: AskedLine) -> Mapping[str, str]:
    """Return the words by which each option of a choice is picked from a list: short, on one line, all different."""
    return unique_words({option.id: " ".join(option.title.split())[:200] for option in line.options})


class _Lines:
    """The sheet of criteria: a row for each, and below it one for each further input of its answer."""

    def __init__(self, form: Form, lists: _Lists, evidence: _FormSheet) -> None:
        self.form, self.lists, self.evidence = form, lists, evidence
        columns = columns_of(form)
        name, own = form.labels.text("form.sheet.lines"), _EXPLAINING if form.kind == "explain" else _WIDTHS
        self.sheet = _table(form, name, columns, frozen=columns.index("title") + 1, own=own)
        self.rows: dict[tuple[str, str], int] = {}  # line -> its row
        self.known = {line.key: line for line in form.lines}
        self.states: dict[tuple[str, str], str] = {}
        self.values: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
        for line in form.lines:
            self.rows[line.key] = self.sheet.last + 1
            self.sheet.last += 1 + len(self._below(line))
        for line in form.lines:
            self._line(line)
        self.sheet.states = (_TOP + 1, *self.sheet.at(self.sheet.last, "state"))
        self._totals()

    @staticmethod
    def _below(line: AskedLine) -> tuple[AnswerInput, ...]:
        return tuple(part for part in line.parts if part.id != "answer")

    def _cell(self, line: AskedLine, column: str) -> str:
        return self.sheet.address(self.rows[line.key], column)

    def _parts(self, line: AskedLine) -> dict[str, str]:
        """Return the addresses of an answer's inputs."""
        row, cell = self.rows[line.key], self.sheet.address
        below = {part.id: cell(row + 1 + number, "answer") for number, part in enumerate(self._below(line))}
        own = {"answer": cell(row, "answer")} if any(part.id == "answer" for part in line.parts) else {}
        return {**own, **below}

    def _line(self, line: AskedLine) -> None:
        row = self.rows[line.key]
        leaf = line.is_leaf
        words: dict[str, Prefilled] = {
            "agency": agency_words(self.form)[line.agency],
            "code": line.code,
            "part": None,
            "title": line.title,
            "rule": line.closed or line.words,
            "guidance": line.guidance,
            "out_of": line.out_of,
            "earlier": line.earlier_text,
            "before": line.before if isinstance(line.before, Decimal) else None,
            "last": line.last.get("answer"),
        }
        for name in self.sheet.columns:
            if name in words:
                figure = name in {"out_of", "before", "last"}
                style: Style = ("number" if figure else "locked") if leaf else ("area-number" if figure else "area")
                self.sheet.tell(row, name, words[name], style)
            elif name in line.open and not (name == "answer" and "answer" not in self._parts(line)):
                self._open(line, name)
            else:
                self.sheet.tell(row, name, None, "closed" if leaf else "area")
        for number, part in enumerate(self._below(line), 1):
            self._part(line, part, row + number)
        if leaf and line.open:
            self._computed(line)

    def _open(self, line: AskedLine, name: str) -> None:
        place, sheet = self.sheet.at(self.rows[line.key], name), self.sheet
        value = line.values.get(name)
        if name == "answer":
            part = next(part for part in line.parts if part.id == "answer")
            if part.kind == "option":
                words = choice_words(line)
                sheet.limits.append(Limit(place, "list", source=self._choices(line)[0]))
                sheet.put(*place, words.get(str(part.value)) if part.value is not None else None, "in-text")
            else:
                _input(sheet, place, part.kind, part.value, self.form)
        elif name == "score" and line.criterion.rule is not None:
            low = f"{line.criterion.rule.smallest():f}"
            sheet.limits.append(Limit(place, "number", low, f"{line.criterion.rule.largest(line.criterion.out_of):f}"))
            sheet.put(*place, value, "in-score")
        elif name == "by":
            source, _ = self.lists.ranges(tuple((words, None) for words in self.form.bodies.values()))
            sheet.limits.append(Limit(place, "list", source=source))
            sheet.put(*place, self.form.bodies.get(str(value), value) if value is not None else None, "in-text")
        else:
            _input(sheet, place, KINDS.get(name, "text"), value, self.form)

    def _choices(self, line: AskedLine) -> tuple[str, str]:
        words = choice_words(line)
        return self.lists.ranges(tuple((words[option.id], option.points) for option in line.options))

    def _part(self, line: AskedLine, part: AnswerInput, row: int) -> None:
        agency, title = agency_words(self.form)[line.agency], part_title(part)
        words: dict[str, Prefilled] = {"agency": agency, "code": line.code, "part": part.id, "title": title}
        words["last"] = line.last.get(part.id)
        for name in self.sheet.columns:
            if name == "answer":
                _input(self.sheet, self.sheet.at(row, name), part.kind, part.value, self.form)
            else:
                style: Style = "key" if name in {"code", "part"} else "number" if name == "last" else "locked"
                self.sheet.tell(row, name, words.get(name), style)

    # what follows from what is typed

    def _computed(self, line: AskedLine) -> None:
        row = self.rows[line.key]
        typed = self._typed_points(line)
        given = self._points_formula(line)
        self.sheet.tell(row, "points", typed, "formula", given)
        state, formula = self._state(line, typed)
        self.states[line.key] = state
        self.sheet.tell(row, "state", state, "state", formula)
        if "documents" in self.sheet.columns:
            count, formula = Decimal(len(line.evidence)), self._documents(line)
            if "evidence" in line.checks:
                self.sheet.tell(row, "documents", count, "formula", formula)
            else:  # none is owed, so that none is no lack
                self.sheet.tell(row, "documents", count or "–", "formula", f'IF({formula}=0,"–",{formula})')
        self._sums(line, typed)

    def _points_formula(self, line: AskedLine) -> str:
        rule, policy = line.criterion.rule, self.form.year.cycle.policy.points
        assert rule is not None
        cells = self._parts(line) if rule.answered else {"score": self._cell(line, "score")}
        chosen = any(part.kind == "option" for part in line.parts)
        sheet = SheetCells(cells, self.form.labels, self._choices(line) if chosen else ("", ""))
        formula = rule.formula(sheet, out_of=line.criterion.out_of, decimals=policy.decimals, mode=policy.rounding)
        if line.standing_points is None:
            return formula
        return f"IF(COUNTA({','.join(cells.values())})=0,{line.standing_points:f},{formula})"

    def _typed_points(self, line: AskedLine) -> Decimal | str:
        """Return the present value of the points' formula."""
        rule, policy = line.criterion.rule, self.form.year.cycle.policy.points
        assert rule is not None
        score = line.values.get("score")
        if not rule.answered:
            if not isinstance(score, Decimal):
                return ""
            stands = rule.gives(score, None, out_of=line.criterion.out_of, decimals=policy.decimals, mode="half-up")
            return score if stands else rule.off_step(self.form.labels)
        if all(part.value is None for part in line.parts):
            return "" if line.standing_points is None else line.standing_points
        answer = answer_of(rule, {part.id: part.value for part in line.parts})
        points = given_for(line.criterion, answer, policy)
        return "" if points is None else points

    def _documents(self, line: AskedLine) -> str:
        code, number, stage = (
            f"'{self.evidence.name}'!{self.evidence.range(name, '$')}" for name in ("code", "evidence.number", "stage")
        )
        own = [f'({code}="{line.code}")', f'({number}<>"")']
        own.append(f'({stage}="{stage_text(self.form.stage, self.form.labels)}")')
        return f"SUMPRODUCT({'*'.join(own)})"

    def _left_out(self, line: AskedLine) -> list[str]:
        """Return the cells in which a line, or one above it, may be said not to apply."""
        return [self._cell(one, "not_applicable") for one in self._upwards(line) if "not_applicable" in one.open]

    def _upwards(self, line: AskedLine) -> Iterator[AskedLine]:
        """Yield a line and those above it that the form has."""
        above = (self.known.get((line.agency, criterion.code)) for criterion in self.form.year.upwards(line.code))
        return (one for one in above if one is not None)

    def _is_left_out(self, line: AskedLine) -> bool:
        return any(one.values.get("not_applicable") for one in self._upwards(line))

    def _state(self, line: AskedLine, typed: Decimal | str) -> tuple[str, str]:
        """Return the present state of a line in words, and its formula."""
        words = _Words(self.form.labels, owed=line.owed)
        rules = list(self._conditions(line, typed, words))
        formula = f'"{words.done}"'
        present = words.done
        for holds, test, said in reversed(rules):
            formula = f'IF({test},"{said}",{formula})'
            present = said if holds else present
        return present, formula

    def _conditions(self, line: AskedLine, typed: Decimal | str, words: _Words) -> Iterator[tuple[bool, str, str]]:
        """Yield what makes a state: whether it holds now, its test as a formula, and its words; the first counts."""
        score, points = self._cell(line, "score"), self._cell(line, "points")
        own, before, parts = line.values.get("score"), line.before, self._parts(line)
        scored, answered = isinstance(own, Decimal), any(part.value is not None for part in line.parts)
        for check in line.checks:
            if check == "left-out" and (away := self._left_out(line)):
                yield self._is_left_out(line), f"COUNTA({','.join(away)})>0", words.not_applicable
            elif check == "untyped":
                said = [self._cell(line, "explanation")] if "explanation" in line.open else []
                empty = not (scored or answered or "explanation" in line.values)
                test = f"COUNTA({','.join([*said, score, *parts.values()])})=0"
                yield empty, test, words.lacks("score") if line.owed else words.nothing
            elif check == "unanswered":
                none = nothing_assigned(line.criterion.rule, {part.id: part.value for part in line.parts})
                yield typed == "" and not none, self._unanswered(line, parts, points), words.lacks("answer")
            elif check == "unscored":
                yield not scored, f"NOT(ISNUMBER({score}))", words.lacks("score")
            elif check == "explanation":
                yield "explanation" not in line.values, f'{self._cell(line, check)}=""', words.lacks(check)
            elif check == "off-rule":
                differs = isinstance(typed, Decimal) and isinstance(own, Decimal) and own != typed
                test = f"AND(ISNUMBER({score}),ISNUMBER({points}),ROUND(N({score})-N({points}),6)<>0)"
                yield differs, test, words.lacks("rule")
            elif check == "evidence":
                bare = not line.evidence and "note" not in line.values
                test = f'AND({self._cell(line, "documents")}=0,{self._cell(line, "note")}="")'
                yield bare, test, words.lacks(check)
                yield not line.evidence, f"{self._cell(line, 'documents')}=0", words.noted
            elif check == "reason" and isinstance(before, Decimal):
                now = own if isinstance(own, Decimal) else typed
                other = isinstance(now, Decimal) and now != before and check not in line.values
                value = f"IF(ISNUMBER({score}),{score},N({points}))"
                yield other, f'AND(ROUND({value}-{before:f},6)<>0,{self._cell(line, check)}="")', words.lacks(check)

    def _unanswered(self, line: AskedLine, parts: Mapping[str, str], points: str) -> str:
        gone = line.criterion.rule.left_out_cell(parts) if line.criterion.rule else ""
        return f'AND({points}="",NOT({gone}))' if gone else f'{points}=""'

    def _sums(self, line: AskedLine, typed: Decimal | str) -> None:
        """Put what a line adds to the total, and of how many points; what does not apply adds nothing to either."""
        row, parts = self.rows[line.key], self._parts(line)
        score, points = self._cell(line, "score"), self._cell(line, "points")
        before = line.before if isinstance(line.before, Decimal) else None
        answered = any(part.value is not None for part in line.parts)
        given = f"IF(ISNUMBER({points}),{points},{before or 0:f})"
        if before is not None and parts:  # what stood before stands until an answer is corrected
            given = f"IF(COUNTA({','.join(parts.values())})=0,{before:f},{given})"
        own, now = line.values.get("score"), before
        if isinstance(own, Decimal):
            now = own
        elif isinstance(typed, Decimal) and (before is None or answered):
            now = typed
        gone = list(self._away(line))
        tests = f"OR({','.join(test for _, test in gone)})" if gone else ""
        weight = Decimal(0) if any(holds for holds, _ in gone) else line.criterion.out_of
        value = Decimal(0) if any(holds for holds, _ in gone) else now or Decimal(0)
        worth, of = f"IF(ISNUMBER({score}),{score},{given})", f"{line.criterion.out_of:f}"
        self.values[line.key] = (value, weight)
        self.sheet.tell(row, "value", value, "formula", f"IF({tests},0,{worth})" if tests else worth)
        self.sheet.tell(row, "weight", weight, "formula", f"IF({tests},0,{of})" if tests else of)

    def _away(self, line: AskedLine) -> Iterator[tuple[bool, str]]:
        """Yield what makes a line not apply: whether it holds now, and its test as a formula."""
        score, parts, rule = self._cell(line, "score"), self._parts(line), line.criterion.rule
        cells = self._left_out(line)
        if cells:
            yield self._is_left_out(line), f"COUNTA({','.join(cells)})>0"
        if rule is not None and (gone := rule.left_out_cell(parts)):
            yield nothing_assigned(rule, {part.id: part.value for part in line.parts}), gone
        if line.before == NOT_APPLICABLE:
            yield "score" not in line.values, f"NOT(ISNUMBER({score}))"

    def _totals(self) -> None:
        """Put the sum and the progress above the headers."""
        labels = self.form.labels
        points = sum((value for value, _ in self.values.values()), Decimal(0))
        weight = sum((value for _, value in self.values.values()), Decimal(0))
        row, at = self.sheet.at(2, "title")
        total, of = f"SUM({self.sheet.range('value')})", f"SUM({self.sheet.range('weight')})"
        limited = "form.total-unlimited" if self.form.year.cycle.bonus_limits else "form.total"
        self.sheet.put(row, at, labels.text(limited), "key")
        self.sheet.put(row, at + 1, self._progress_text(), "state", self._progress_formula())
        self.sheet.tell(row, "out_of", weight, "number", of)
        self.sheet.tell(row, "points", points, "formula", total)

    def _counted(self) -> tuple[int, int, str]:
        """Return how many lines are done, of how many, and the sign that counts."""
        owed = sum(line.owed for line in self.form.lines)
        sign = DONE if owed else ADDED
        return sum(state.startswith(sign) for state in self.states.values()), owed, sign

    def _progress_text(self) -> str:
        done, owed, _ = self._counted()
        return self.form.labels.text("form.progress", done=done, owed=owed) if owed else f"{done}"

    def _progress_formula(self, sheet: str = "") -> str:
        _, owed, sign = self._counted()
        count = f'SUMPRODUCT(--(LEFT({sheet}{self.sheet.range("state")},1)="{sign}"))'
        if not owed:
            return f'{count}&""'
        before, _, after = self.form.labels.text("form.progress", done="\0", owed=owed).partition("\0")
        return f'"{before}"&{count}&"{after}"'

    def progress(self) -> list[tuple[str, Cell]]:
        """Return the facts of the cover that follow from what is typed."""
        labels = self.form.labels
        text, formula = self._progress_text(), self._progress_formula(f"'{self.sheet.name}'!")
        key = "form.cover.progress" if any(line.owed for line in self.form.lines) else "form.cover.adjusted"
        return [(labels.text(key), Cell(text, "state", formula))]


class _Words:
    """The words of the states of one line."""

    def __init__(self, labels: Labels, *, owed: bool) -> None:
        self.labels = labels
        self.nothing = labels.text("form.state.nothing")
        sign = DONE if owed else ADDED
        self.done = f"{sign} {labels.text('form.state.done')}"
        self.noted = f"{sign} {labels.text('form.state.noted')}"
        self.not_applicable = f"{sign} {labels.text('form.state.not-applicable')}"

    def lacks(self, what: str) -> str:
        """Return the words that something is missing or wrong."""
        return f"{MISSING} {self.labels.text(f'form.state.{what}')}"


# --- survey ---------------------------------------------------------------------------------------------------------


def _mean(question: AskedQuestion, cells: Mapping[str, str]) -> tuple[Prefilled, str]:
    """Return the mean of a question as it stands, and its formula."""
    worth = "+".join(f"{value:f}*N({cells[key]})" for key, value in question.values.items())
    opinions = f"SUM({','.join(cells[key] for key in question.values)})"
    heard = sum(question.counts.get(key, 0) for key in question.values)
    total = sum((value * question.counts.get(key, 0) for key, value in question.values.items()), Decimal(0))
    mean: Prefilled = "" if heard == 0 else rounded(Fraction(total) / heard, 15)
    return mean, f'IF({opinions}=0,"",({worth})/{opinions})'


class _Survey:
    """The sheets of a survey: forms of each group, counts of each question, and the points that follow."""

    def __init__(self, form: Form) -> None:
        self.form, self.agency = form, form.agencies[0]
        self.options = scale_options(form.groups)
        self.fields: dict[str, str] = {}  # field -> its address, with the sheet
        self.means: dict[tuple[str, str], str] = {}  # group and question -> the address of the mean
        self.states: list[str] = []
        self.state_range = ""

    def head(self) -> Sheet:
        """Return the sheet of the numbers of forms, SIPAS, and points handed over."""
        form = self.form
        sheet = _table(form, form.labels.text("form.sheet.head"), head_columns(form))
        for group in form.groups:
            for asked in group.fields:
                self.fields[field_key(asked, group.id)] = _head_row(sheet, asked, form, group)
        return sheet

    def counts(self) -> Sheet:
        """Return the sheet of counts, a row for each group and question."""
        form = self.form
        sheet = _table(form, form.labels.text("form.sheet.counts"), count_columns(form), frozen=3)
        for key, words in self.options.items():
            sheet.tell(_TOP, f"option.{key}", words, "head")
        for group in form.groups:
            for question in group.questions:
                sheet.last += 1
                self._question(sheet, sheet.last, group, question)
        sheet.states = (_TOP + 1, *sheet.at(sheet.last, "state"))
        self.state_range = f"'{sheet.name}'!{sheet.range('state')}"
        return sheet

    def _question(self, sheet: _FormSheet, row: int, group: AskedGroup, question: AskedQuestion) -> None:
        form = self.form
        sheet.tell(row, "group", group.words, "locked")
        sheet.tell(row, "question", question.id, "key")
        sheet.tell(row, "text", question.words, "locked")
        cells: dict[str, str] = {}
        for key in self.options:
            place = sheet.at(row, f"option.{key}")
            if key in question.options:
                count = question.counts.get(key)
                _input(sheet, place, "whole", None if count is None else Decimal(count), form)
                cells[key] = address(*place)
            else:
                sheet.put(*place, None, "closed")
        valid, total = self.fields[f"{group.id}.forms.valid"], sheet.address(row, "total")
        counted = sum(question.counts.values())
        sheet.tell(row, "total", Decimal(counted), "formula", f"SUM({','.join(cells.values())})")
        forms = next(asked.value for asked in group.fields if asked.pointer[-1] == "valid")
        sheet.tell(row, "valid", forms or Decimal(0), "formula", f"N({valid})")
        said = _Words(form.labels, owed=True)
        state = said.done if counted == (forms or 0) else said.lacks("sum")
        formula = f'IF({total}<>N({valid}),"{said.lacks("sum")}","{said.done}")'
        if forms is None:
            state = said.lacks("forms")
        formula = f'IF(ISNUMBER({valid}),{formula},"{said.lacks("forms")}")'
        self.states.append(state)
        sheet.tell(row, "state", state, "state", formula)
        mean, formula = _mean(question, cells)
        sheet.tell(row, "mean", mean, "formula", formula)
        self.means[group.id, question.id] = f"'{sheet.name}'!{sheet.address(row, 'mean')}"

    def points(self) -> Sheet:
        """Return the sheet of points: for each leaf what every group gives, and the sum, rounded once."""
        form, words = self.form, {group.id: group.words for group in self.form.groups}
        columns = ("code", "title", "group", "out_of", "points")
        sheet = _table(form, form.labels.text("form.sheet.points"), columns)
        row = _TOP
        leaves = [leaf for leaf in form.year.leaves() if from_survey(leaf)]
        for leaf in leaves:
            row += 1
            top, parts = row, []
            told = survey_leaf(form.year, leaf, self.agency, counts=form.year.counts)
            for group, out_of in group_points(leaf).items():
                row += 1
                part = next((part for part in told.parts if part.group == group), None)
                worth = part.points if part is not None else None
                value: Prefilled = "" if worth is None else rounded(worth, 15)
                sheet.put(row, 0, leaf.code, "key")
                sheet.put(row, 2, words.get(group, group), "locked")
                sheet.put(row, 3, out_of, "number")
                sheet.put(row, 4, value, "formula", self._part(leaf.code, group, out_of))
                parts.append(address(row, 4))
            heard = any(part.points is not None for part in told.parts)
            sheet.put(top, 0, leaf.code, "area")
            sheet.put(top, 1, form.labels.of(leaf.title), "area")
            sheet.put(top, 2, None, "area")
            sheet.put(top, 3, leaf.out_of, "area-number")
            policy = form.year.cycle.policy.points
            decimals = formulas.SHARPEST_SUM if policy.leaf_exact else policy.decimals
            now: Prefilled = rounded(told.points, decimals, policy.rounding) if heard else ""
            listed = ",".join(parts)
            formula = formulas.rounded_sum(f"SUM({listed})", decimals, policy.rounding)
            sheet.put(top, 4, now, "formula", f'IF(COUNT({listed})=0,"",{formula})')
        return sheet

    def _part(self, code: str, group: str, out_of: Decimal) -> str:
        """Return the formula of what one group gives to a leaf."""
        known = next((entry for entry in self.form.groups if entry.id == group), None)
        handed = self.fields.get(f"{group}.points.{code}")
        if handed is not None:
            return f'IF(ISNUMBER({handed}),{handed},"")'
        sipas = self.fields.get(f"{group}.sipas")
        people = self.fields.get(f"{group}.respondents" if sipas else f"{group}.forms.valid")
        if known is None or people is None:
            return '""'
        if sipas is not None:
            given = f'IF(ISNUMBER({sipas}),{sipas}/100*{out_of:f},"")'
        else:
            listed = ",".join(self.means[group, q.id] for q in known.questions if q.criterion == code)
            given = f'IF(COUNT({listed})=0,"",AVERAGE({listed})*{out_of:f})' if listed else '""'
        return given if known.least is None else f'IF(N({people})<{known.least},"",{given})'

    def progress(self) -> list[tuple[str, Cell]]:
        """Return the facts of the cover that follow from what is typed."""
        labels = self.form.labels
        owed, done = len(self.states), sum(state.startswith(DONE) for state in self.states)
        before, _, after = labels.text("form.questions", done="\0", owed=owed).partition("\0")
        text = labels.text("form.questions", done=done, owed=owed)
        formula = f'"{before}"&SUMPRODUCT(--(LEFT({self.state_range},1)="{DONE}"))&"{after}"'
        return [(labels.text("form.cover.progress"), Cell(text, "state", formula if owed else None))]

"""From a form that came back to the content of the files that it fills.

The cells of a workbook and the document of a web form become the same value, a file's content with the place of each
entry, and take one road from there (`_finished`). What stands in a file and means the same as what was typed in a cell
stays as it is, to the letter; so do fields that the form does not ask. How content becomes bytes, and what the laws say
of it: `pipeline.flows.forms`.

Example: of the line `{score: 1, note: Đã gửi}` a workbook comes back with 0.5 typed as the score. The content says
`{score: 0.5, note: Đã gửi}`, and `("lines", "1.1", "score")` stands at the cell `Biểu chấm!I7`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Final, TypeAlias, TypeVar

from pipeline.core.forms.asking import (
    EVIDENCE,
    AskedGroup,
    AskedLine,
    Form,
    HeadField,
    answer_of,
    given_for,
    nothing_assigned,
)
from pipeline.core.forms.diagnosis import TypedCell
from pipeline.core.forms.manifest import Manifest
from pipeline.core.forms.read_tables import (
    CellEntry,
    FormFinding,
    Grid,
    SheetTable,
    Spot,
    TableRow,
    Typed,
    find_table,
    finding,
    folded,
)
from pipeline.core.forms.read_values import Meaning
from pipeline.core.forms.unread import Reach, not_read
from pipeline.core.forms.workbook import (
    agency_words,
    choice_words,
    columns_of,
    count_columns,
    evidence_columns,
    field_key,
    head_columns,
    part_title,
    scale_options,
    takes_documents,
)
from pipeline.core.ground import nodes
from pipeline.core.ground.characters import shown
from pipeline.core.ground.nodes import Mapping as Map
from pipeline.core.ground.nodes import Plain, Pointer, dict_of, node_of, plain
from pipeline.core.ground.problems import has_errors
from pipeline.core.ground.text import MAIN
from pipeline.core.ground.workbook_model import Prefilled
from pipeline.core.index.words import stage_text
from pipeline.core.record.editing import same
from pipeline.core.record.layout import STAGE, place
from pipeline.core.record.rules import AnswerInput, Rule
from pipeline.core.record.signed_content import content_digest
from pipeline.core.record.stages import SURVEY

_LOCKED: Final = ("title", "rule", "guidance", "out_of")  # what the rulebook says of a criterion
_EARLIER: Final = ("earlier", "before")  # what earlier stages said of it
# What begins like the number of a document: 15/KH, 118-TB/VPTU; several in one cell are parted by signs or words.
_NUMBER_OF_A_DOCUMENT: Final = re.compile(r"(?:^|[;,+&]\s*|\s)[0-9]+(?:/[0-9]{4})?[/-][A-ZĐ]")
_CACHED: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,20})?(?:[eE]-?[0-9]{1,3})?")
_SAME: Final = Decimal("0.000001")  # what a program's own arithmetic may differ by
_Value = TypeVar("_Value")
_Places: TypeAlias = dict[Pointer, Spot]  # where each value of one file was typed; the first cell that says it counts


@dataclass(frozen=True, slots=True)
class Content:
    """What one file says after a form was read, where each value was typed, and how far it is filled in."""

    path: str
    whose: str  # the agency, or the group of a survey
    value: dict[str, Plain]
    places: Mapping[Pointer, Spot]
    done: int  # of what is owed; where nothing is, the lines that were written
    owed: int
    missing: tuple[str, ...]  # codes or questions that are owed and not there

    @property
    def digest(self) -> str | None:
        """Return the digest of what was typed, which a signed page shows; none of a survey's counts."""
        at = place(self.path)
        return content_digest(at, self.value) if at is not None and at.kind == STAGE else None


def contents_of(
    form: Form,
    manifest: Manifest,
    grids: Sequence[Grid],
    *,
    file: str,
    rules: str,
    existing: Mapping[str, Plain],
    received: str,
) -> tuple[tuple[Content, ...], tuple[FormFinding, ...], tuple[TypedCell, ...]]:
    """Return the content of each file that a form fills, what is wrong with the form, and the cells that say why.

    Args:
        rules: the digest of the rulebook as it stands.
        existing: path -> what the file says, where there is one.
    """
    reader = _WorkbookReader(form, file, older=manifest.rules != rules, grids=grids)
    read = reader.survey if form.stage == SURVEY else reader.stage
    made = tuple(
        content
        for whose, value, places in read(existing)
        for content in _finished(form, whose, value, places, existing=existing, received=received)
    )
    problems = [*reader.meaning.all(), *reader.problems]
    if manifest.checksum != form.checksum() and not reader.differs and manifest.rules == rules and not problems:
        problems.append(finding("form-locked-changed", file, found="–", stood="–"))
    problems += reader.total_told(problems)
    problems += not_read(form, manifest, grids, reader.reach, file)
    return made, tuple(problems), tuple(reader.all_cells())


_Typed: TypeAlias = tuple[str, dict[str, Plain], _Places]  # whose file, its content, where each value was typed


class _WorkbookReader:
    """Reads one workbook against what its form asks."""

    def __init__(self, form: Form, file: str, *, older: bool, grids: Sequence[Grid]) -> None:
        self.form, self.file, self.older, self.grids = form, file, older, grids
        self.meaning = Meaning(file, form.labels)
        self.problems: list[FormFinding] = []
        self.differs = False
        self.reach = Reach()
        self.cells: dict[Spot, TypedCell] = {}
        self.worth = Decimal(0)  # the points of all lines, as the form adds them up
        self.agencies = {}
        for slug, words in agency_words(form).items():
            self.agencies[folded(words)] = self.agencies[slug] = slug

    def report(self, code: str, spot: Spot | None, **figures: str) -> None:
        self.problems.append(finding(code, self.file, spot, **figures))

    def _ask(
        self,
        column: str,
        entry: CellEntry,
        read: Callable[[Meaning, CellEntry], _Value],
        right: Callable[[_Value], bool] | None = None,
    ) -> _Value:
        """Read a cell, and remember what else would be right in it: what is read without an error and `right`."""
        header = "" if column.startswith("option.") else self.form.header(column)
        fits = partial(self._fits, entry.spot, read, right)
        self.cells[entry.spot] = TypedCell(entry.spot, column, header, entry.typed, fits)
        return read(self.meaning, entry)

    def _fits(
        self,
        spot: Spot,
        read: Callable[[Meaning, CellEntry], _Value],
        right: Callable[[_Value], bool] | None,
        typed: Typed,
    ) -> bool:
        trial = Meaning(self.file, self.form.labels)
        value = read(trial, CellEntry(spot, typed))
        wrong = has_errors(found.problem for found in trial.findings)
        return not wrong and (right is None or value is None or right(value))

    def all_cells(self) -> Iterator[TypedCell]:
        """Yield the cells in which people type, and those between and below them."""
        columns = {(spot.sheet, spot.column): cell for spot, cell in self.cells.items()}
        for table in self.reach.tables.values():
            last = max(row for row, _ in table.grid.cells)
            for (sheet, column), like in columns.items():
                for row in range(table.top + 1, last + 1) if sheet == table.grid.name else ():
                    spot = Spot(sheet, row, column)
                    closed = like._replace(spot=spot, typed=table.grid.cells.get((row, column)), fits=None)
                    yield self.cells.get(spot, closed)

    def _keep(self, old: Plain, typed: Plain, spot: Spot) -> Plain:
        """Return what stood in a file where it means the same as what was typed, else what was typed.

        A text keeps its translation only as long as its Vietnamese stays the same: other words have none yet.
        """
        said = old.get(MAIN) if isinstance(old, dict) else old
        if isinstance(said, str) and isinstance(typed, str):
            if " ".join(said.split()) == " ".join(typed.split()):
                return old
            lost = [str(old[code]) for code in sorted(old) if code != MAIN] if isinstance(old, dict) else []
            if lost:
                self.report("form-translation-dropped", spot, text=shown(" · ".join(lost)))
        return typed

    def _table(
        self, columns: Sequence[str], name: str, *, needed: Sequence[str], extra: Mapping[str, str]
    ) -> SheetTable | None:
        labels = self.form.labels
        headers = {column: self.form.header(column) for column in columns if not column.startswith("option.")}
        named, older = labels.text(f"form.sheet.{name}"), folded(labels.text("form.column.part-before"))
        also = {older: "part"} if "part" in columns else {}
        found, problems = find_table(
            self.grids, {**headers, **extra}, needed=needed, file=self.file, name=named, also=also
        )
        self.problems += problems
        if found is not None:
            self.reach.tables[name] = found
            self.reach.cells |= {Spot(found.grid.name, found.top, column) for column in found.columns.values()}
            for spot in found.merged_over([*needed]):
                self.report("form-merged-cell", spot)
        return found

    def _agency(self, row: TableRow) -> str | None:
        if self.form.body is None:
            return self.form.agencies[0]
        return self.agencies.get(folded(row.text("agency")))

    # the head of a stage's file, or the fields of a survey's groups

    def stage(self, existing: Mapping[str, Plain]) -> Iterator[_Typed]:
        """Yield what was typed of each agency's file."""
        heads = self._heads()
        lines = self._lines()
        evidence = self._evidence() if self.form.with_evidence else {}
        for agency in self.form.paths:
            places, before = dict[Pointer, Spot](), whole_of(self.form, agency, existing)
            value: dict[str, Plain] = dict(before) if isinstance(before, dict) else {"format": Decimal(1)}
            for asked in self.form.heads.get(agency, ()):
                self._set(value, asked, heads.get((agency, field_key(asked))), places)
            written = dict(_within(value, "lines"))
            for line in self.form.lines:
                if line.agency == agency:
                    self._line(line, lines, evidence.get(line.key, []), written, places)
            if before is None and not written and (self.form.body is not None or set(value) == {"format"}):
                continue  # nothing was typed of this agency, so nothing is made of it
            value["lines"] = written
            yield agency, value, places

    def _heads(self) -> dict[tuple[str, str], CellEntry]:
        """Return the cells of the fields, by agency and key."""
        known = {(agency, field_key(asked)) for agency, fields in self.form.heads.items() for asked in fields}
        own = self.form.agencies[0]
        known |= {(own, field_key(asked, group.id)) for group in self.form.groups for asked in group.fields}
        if not known:
            return {}
        columns = head_columns(self.form)
        needed = [name for name in columns if name in {"agency", "field", "content"}]
        table = self._table(columns, "head", needed=needed, extra={})
        found: dict[tuple[str, str], CellEntry] = {}
        for row in table.rows() if table is not None else ():
            agency, key = self._agency(row), row.text("field")
            if agency is None or not key:
                continue
            if (agency, key) in found:
                self.report("form-row-twice", row.entry("field").spot, row=shown(key))
                continue
            found[agency, key] = row.entry("content")
            if (agency, key) in known:
                self.reach.took(row, {"agency", "group", "field"}, {"content"})
        for key in (key for whose, key in sorted(known) if (whose, key) not in found and table is not None):
            self.report("form-row-missing", Spot(table.grid.name, table.top, 0) if table else None, row=key)
        return found

    def _set(self, value: dict[str, Plain], asked: HeadField, entry: CellEntry | None, places: _Places) -> None:
        """Put one field of a head into a file's content, or take it away where nothing was typed."""
        if entry is None:
            return
        pointer = asked.pointer
        places.setdefault(pointer, entry.spot)
        places.setdefault(pointer[:1], entry.spot)
        typed: Plain
        if asked.kind == "date":
            typed = self._ask("content", entry, Meaning.day)
        elif asked.kind in {"number", "whole"}:
            typed = self._ask("content", entry, partial(Meaning.number, whole=asked.kind == "whole"))
        else:
            typed = self._ask("content", entry, partial(Meaning.text, one_line=asked.kind == "line"))
        if len(pointer) == 1:
            _put(value, pointer[0], self._keep(value.get(pointer[0]), typed, entry.spot))
            return
        outer, key = pointer
        inner = dict(_within(value, outer))
        _put(inner, key, self._keep(inner.get(key), typed, entry.spot))
        _put(value, outer, inner or None)

    # lines

    def _lines(self) -> dict[tuple[str, str, str], TableRow]:
        """Return the rows of the sheet of criteria by agency, code and part."""
        columns = columns_of(self.form)
        asked = self.form.columns
        needed = [name for name in columns if name in {"agency", "code", *asked}]
        table = self._table(columns, "lines", needed=needed, extra={})
        found: dict[tuple[str, str, str], TableRow] = {}
        known = {line.key: line for line in self.form.lines}
        for row in table.rows() if table is not None else ():
            code, agency = _code(row), self._agency(row)
            if not code:
                if row.any(asked):
                    self.report("form-row-without-code", row.entry("code").spot)
                continue
            if agency is None or (agency, code) not in known:
                if row.any(asked):
                    self.report("form-unknown-criterion", row.entry("code").spot, criterion=shown(code))
                continue
            line = known[agency, code]
            part = _part_of(line, row)
            if (agency, code, part) in found:
                first = found[agency, code, part].entry("code").spot
                self.report("form-row-twice", row.entry("code").spot, row=_row_words(line, part), first=first.address)
                continue
            found[agency, code, part] = row
            if part:
                self.reach.took(row, {"agency", "code", "part"}, {"answer"})
            else:
                self.reach.took(row, {"agency", "code", "part", *_LOCKED, *_EARLIER}, asked)
        if table is not None:
            for line in self.form.lines:
                self._judge_rows(line, found, Spot(table.grid.name, table.top, 0))
        return found

    def _judge_rows(self, line: AskedLine, found: Mapping[tuple[str, str, str], TableRow], top: Spot) -> None:
        """Name rows that are gone, typed where nothing is asked, or shown otherwise than they were made."""
        row = found.get((*line.key, ""))
        if row is None:
            if line.open:
                self.report("form-row-missing", top, row=line.code)
            return
        parts = {part.id for part in line.parts}
        for name in self.form.columns:
            closed = name not in line.open or (name == "answer" and "answer" not in parts)
            if closed and row.text(name):
                words = self.form.header(name)
                self.report("form-cell-not-open", row.entry(name).spot, criterion=line.code, header=words)
        for part in line.parts:
            if part.id == "answer":
                continue
            below = found.get((*line.key, part.id))
            if below is None:
                self.report("form-row-missing", row.entry("code").spot, row=_row_words(line, part.id))
        self._judge_shown(line, row)

    def _judge_shown(self, line: AskedLine, row: TableRow) -> None:
        """Compare what a row shows with what the records say: they may have changed, or the row."""
        expected: dict[str, str] = {
            "title": line.title,
            "rule": line.words,
            "guidance": line.guidance,
            "out_of": f"{line.out_of.normalize():f}",
            "earlier": line.earlier_text,
            "before": f"{line.before.normalize():f}" if isinstance(line.before, Decimal) else "",
        }
        for name in (*_LOCKED, *_EARLIER):
            if name not in row.cells:
                continue
            entry = row.entry(name)
            number = entry.typed.number if entry.typed is not None else None
            stands = f"{number.normalize():f}" if number is not None else row.text(name)
            if folded(stands) == folded(expected[name]) or (name == "rule" and stands == line.closed):
                continue
            self.differs = True
            figures = {"criterion": line.code, "found": shown(stands) or "–", "stood": shown(expected[name]) or "–"}
            changed = "form-criterion-changed" if self.older else "form-locked-changed"
            self.report("form-earlier-changed" if name in _EARLIER else changed, entry.spot, **figures)

    def _line(
        self,
        line: AskedLine,
        rows: Mapping[tuple[str, str, str], TableRow],
        evidence: list[TableRow],
        written: dict[str, Plain],
        places: _Places,
    ) -> None:
        """Put what was typed of one line into a file's lines."""
        row = rows.get((*line.key, ""))
        if row is None or not line.open:
            return
        pointer: Pointer = ("lines", line.code)
        places.setdefault(pointer, row.entry("code").spot)
        old = dict(_within(written, line.code))
        new = dict(old)
        for name in line.open:
            entry = row.entry(name)
            if name == "answer":
                self._answer(line, rows, new, places)
                continue
            places.setdefault((*pointer, name), entry.spot)
            _put(new, name, self._keep(old.get(name), self._field(line, name, entry, new), entry.spot))
        if self.form.with_evidence and takes_documents(line):
            references = self._references(line, evidence, old.get("evidence"), places)
            _put(new, "evidence", references or None)
        self._complete(line, new)
        self._judge_answer(line, new, places)
        self._judge_points(line, new, row.entry("points"))
        score = new.get("score")
        if isinstance(score, Decimal) and not self._left_out(line, written):
            self.worth += score
        if not any(name in new for name in (*line.open, "evidence")):
            written.pop(line.code, None)
            return
        if same(old, new):
            return
        if "by" in line.open and self.form.body is not None and "reason" in new and "by" not in new:
            new["by"] = self.form.body
        order = self.form.written
        keys = [*old, *(key for key in order if key not in old), *new] if old else [*order, *new]
        written[line.code] = {key: new[key] for key in dict.fromkeys(keys) if key in new}

    def _left_out(self, line: AskedLine, written: Mapping[str, Plain]) -> bool:
        """Tell whether a line above says that a criterion does not apply."""
        return any("not_applicable" in _within(written, above.code) for above in self.form.year.upwards(line.code))

    def _field(self, line: AskedLine, name: str, entry: CellEntry, new: Mapping[str, Plain]) -> Plain:
        if name == "score":
            given = self._given(line, new["answer"]) if "answer" in new else line.standing_points
            score: Decimal | None = self._ask(name, entry, Meaning.number, partial(_may_be_scored, line, given))
            return score
        if name == "request":
            return True if self._ask(name, entry, Meaning.yes) else None
        if name == "by":
            own = line.values.get("by")
            bodies = {slug: (words,) for slug, words in self.form.bodies.items()}
            if isinstance(own, str):
                bodies.setdefault(own, (own,))
            return self._ask(name, entry, partial(Meaning.choice, options=bodies))
        return self._ask(name, entry, Meaning.text)

    def _answer(
        self, line: AskedLine, rows: Mapping[tuple[str, str, str], TableRow], new: dict[str, Plain], places: _Places
    ) -> None:
        """Put the answer that the typed parts make into a line."""
        rule, typed = line.criterion.rule, {}
        empty: dict[str, Spot] = {}
        pointer: Pointer = ("lines", line.code, "answer")
        for part in line.parts:
            row = rows.get((*line.key, "" if part.id == "answer" else part.id))
            if row is None:
                continue
            entry = row.entry("answer")
            places.setdefault(pointer, entry.spot)
            if part.id != "answer":
                places.setdefault((*pointer, part.id), entry.spot)
            typed[part.id] = self._part(line, part, entry)
            if entry.typed is None:
                empty[part.id] = entry.spot
        if typed.get("answer") is not None and (typed.get("done") is not None or typed.get("assigned") is not None):
            self.report("form-answer-twice", places[pointer], criterion=line.code)
        if (typed.get("done") is None) != (typed.get("assigned") is None):
            lacking = "done" if typed.get("done") is None else "assigned"
            if lacking in empty:
                words = self.form.labels.text(f"form.part.{lacking}")
                self.report("form-answer-half", empty[lacking], criterion=line.code, part=words)
        answer = answer_of(rule, typed)
        if rule is not None and answer is not None and _means_the_same(rule, new.get("answer"), answer):
            return
        _put(new, "answer", answer)

    def _part(self, line: AskedLine, part: AnswerInput, entry: CellEntry) -> Prefilled:
        if part.kind == "option":
            words = choice_words(line)
            options = {one.id: (words[one.id], one.title) for one in line.options}
            return self._ask("answer", entry, partial(Meaning.choice, options=options))
        if part.kind == "yes":
            return self._ask("answer", entry, Meaning.yes)
        return self._ask("answer", entry, partial(Meaning.number, whole=part.kind == "whole"))

    def _judge_answer(self, line: AskedLine, new: Mapping[str, Plain], places: _Places) -> None:
        """Name what is wrong with an answer that gives no points: a score is missing for that reason alone."""
        rule, answer = line.criterion.rule, new.get("answer")
        if (
            rule is None
            or answer is None
            or self.form.kind == "explain"
            or not {"score", "not_applicable"}.isdisjoint(new)
        ):
            return
        pointer: Pointer = ("lines", line.code, "answer")
        for fault in rule.answer(node_of(answer))[1]:
            spot = places.get((*pointer, "done"), places[pointer])
            self.report(fault.code, spot, criterion=line.code, **fault.figures)

    def _judge_points(self, line: AskedLine, new: Mapping[str, Plain], entry: CellEntry) -> None:
        """Name a number that was typed over the formula of the rule's points: nobody reads it there."""
        given = self._given(line, new["answer"]) if "answer" in new else line.standing_points
        self.problems += self._computed_told(entry.spot, given)
        typed = entry.typed.number if entry.typed is not None and entry.typed.kind == "number" else None
        if typed is None or given is None or typed == given:
            return
        number = self.form.labels.number
        figures = {"found": number(f"{typed.normalize():f}"), "stood": number(f"{given.normalize():f}")}
        self.report("form-locked-changed", entry.spot, criterion=line.code, **figures)

    def _computed_told(self, spot: Spot, expected: Decimal | None) -> Iterator[FormFinding]:
        """Compare what a formula of the sheet of criteria is said to give with what it gives: it can be forged."""
        said = self.reach.tables["lines"].grid.cached.get((spot.row, spot.column), "")
        if expected is None or not _CACHED.fullmatch(said) or abs(Decimal(said) - expected) < _SAME:
            return
        number = self.form.labels.number
        figures = {"found": number(said), "stood": number(f"{expected.normalize():f}")}
        yield finding("form-computed-otherwise", self.file, spot, **figures)

    def total_told(self, problems: Sequence[FormFinding]) -> Iterator[FormFinding]:
        """Compare the total above the criteria with that of what was read; only where all of it was."""
        table = self.reach.tables.get("lines")
        whole = self.form.kind == "claim" and not any(found.problem.is_error for found in problems)
        if table is None or not whole or "points" not in table.columns:
            return
        column = table.columns["points"]
        for row, at in table.grid.cached:
            if at == column and row < table.top:
                yield from self._computed_told(Spot(table.grid.name, row, column), self.worth)

    def _given(self, line: AskedLine, answer: Plain) -> Decimal | None:
        return given_for(line.criterion, answer, self.form.year.cycle.policy.points)

    def _complete(self, line: AskedLine, new: dict[str, Plain]) -> None:
        """Fill in what the answer alone decides: the points, or that the leaf does not apply."""
        rule = line.criterion.rule
        if rule is None or self.form.kind == "explain" or "score" in new or "not_applicable" in new:
            return
        answer = new.get("answer")
        if answer is None:
            return
        told = dict_of(answer)
        if nothing_assigned(rule, {key: value for key, value in told.items() if isinstance(value, Decimal)}):
            key = "answer.none-assigned" if told.keys() == {"done", "assigned"} else "answer.left-out"
            new["not_applicable"] = line.may_not_apply or self.form.labels.text(key)
            return
        points = self._given(line, answer)
        if points is not None:
            new["score"] = Decimal(f"{points.normalize():f}")

    # evidence

    def _evidence(self) -> dict[tuple[str, str], list[TableRow]]:
        """Return the rows of evidence of this stage by line, in the order of the sheet."""
        columns = evidence_columns(self.form)
        fields = [f"evidence.{name}" for name in EVIDENCE]
        needed = [name for name in columns if name in {"agency", "code", "evidence.number", "evidence.date"}]
        if not any(line.open for line in self.form.lines):
            return {}
        table = self._table(columns, "evidence", needed=needed, extra={})
        found: dict[tuple[str, str], list[TableRow]] = {}
        earlier = {
            folded(stage_text(stage, self.form.labels))
            for stage in self.form.year.cycle.stages.names
            if stage != self.form.stage
        }
        known = {line.key for line in self.form.lines if takes_documents(line)}
        for row in table.rows() if table is not None else ():
            if folded(row.text("stage")) in earlier or not row.any(fields):
                if row.text("code") and folded(row.text("stage")) not in earlier:
                    self._ask("evidence.number", row.entry("evidence.number"), Meaning.text)
                continue
            agency, code = self._agency(row), _code(row)
            if not code:
                self.report("form-row-without-code", row.entry("code").spot)
            elif agency is None or (agency, code) not in known:
                self.report("form-unknown-criterion", row.entry("code").spot, criterion=shown(code))
            else:
                found.setdefault((agency, code), []).append(row)
                self.reach.took(row, {"agency", "code"}, fields)
        return found

    def _references(self, line: AskedLine, rows: list[TableRow], old: Plain, places: _Places) -> list[Plain]:
        """Return the documents typed for a line; one that stood there keeps what is typed the same."""
        before = [entry for entry in old if isinstance(entry, dict)] if isinstance(old, list) else []
        by_number = {str(entry.get("number")): entry for entry in before}
        made: list[Plain] = []
        for position, row in enumerate(rows):
            pointer: Pointer = ("lines", line.code, "evidence", position)
            places.setdefault(pointer, row.entry("evidence.number").spot)
            typed: dict[str, Plain] = {}
            for name, kind in EVIDENCE.items():
                entry = row.entry(f"evidence.{name}")
                places.setdefault((*pointer, name), entry.spot)
                said = Meaning.day if kind == "date" else partial(Meaning.text, one_line=kind == "line")
                _put(typed, name, self._ask(f"evidence.{name}", entry, said))
            if len(_NUMBER_OF_A_DOCUMENT.findall(str(typed.get("number", "")))) > 1:
                self.report(
                    "form-several-documents", row.entry("evidence.number").spot, found=shown(str(typed["number"]))
                )
            stood = by_number.get(str(typed.get("number")), {})
            spot = row.entry("evidence.title").spot
            kept = {name: self._keep(stood.get(name), value, spot) for name, value in typed.items()}
            made.append({**{name: kept[name] for name in stood if name in kept}, **kept})
        return made

    # survey

    def survey(self, existing: Mapping[str, Plain]) -> Iterator[_Typed]:
        """Yield what was typed of each group's file."""
        heads = self._heads()
        counts = self._counts()
        for group in self.form.groups:
            places, before = dict[Pointer, Spot](), existing.get(self.form.paths[group.id])
            value: dict[str, Plain] = dict(before) if isinstance(before, dict) else {"format": Decimal(1)}
            for asked in group.fields:
                self._set(value, asked, heads.get((self.form.agencies[0], field_key(asked, group.id))), places)
            self._answers(group, counts, value, places)
            if before is not None or set(value) != {"format"}:
                yield group.id, value, places

    def _counts(self) -> dict[tuple[str, str], TableRow]:
        if not any(group.questions for group in self.form.groups):
            return {}
        options = scale_options(self.form.groups)
        extra = {f"option.{key}": words for key, words in options.items()}
        table = self._table(count_columns(self.form), "counts", needed=["group", "question", *extra], extra=extra)
        groups = {folded(group.words): group.id for group in self.form.groups}
        found: dict[tuple[str, str], TableRow] = {}
        for row in table.rows() if table is not None else ():
            group, question = groups.get(folded(row.text("group"))), row.text("question")
            if group is None or not question:
                if row.any(extra):
                    self.report("form-row-without-code", row.entry("question").spot)
            elif (group, question) in found:
                self.report("form-row-twice", row.entry("question").spot, row=shown(question))
            else:
                found[group, question] = row
                self.reach.took(row, {"group", "question"}, extra)
        return found

    def _answers(
        self, group: AskedGroup, rows: Mapping[tuple[str, str], TableRow], value: dict[str, Plain], places: _Places
    ) -> None:
        """Put a group's counts into its file's content."""
        answers = dict(_within(value, "answers"))
        for question in group.questions:
            row = rows.get((group.id, question.id))
            if row is None:
                if rows:
                    self.report("form-row-missing", None, row=f"{group.words} {question.id}")
                continue
            places.setdefault(("answers", question.id), row.entry("question").spot)
            stood = answers.get(question.id)
            counts: dict[str, Plain] = {}
            for option in question.options:
                entry = row.entry(f"option.{option}")
                places.setdefault(("answers", question.id, option), entry.spot)
                count = self._ask(f"option.{option}", entry, partial(Meaning.number, whole=True))
                if count is not None:
                    counts[option] = count
            if not counts:
                answers.pop(question.id, None)
            elif not (isinstance(stood, dict) and same(stood, counts)):
                before = dict_of(stood)
                ordered = [*before, *(key for key in question.options if key not in before)]
                answers[question.id] = {key: counts[key] for key in ordered if key in counts}
        _put(value, "answers", answers or None)


def _may_be_scored(line: AskedLine, given: Decimal | None, score: Decimal | None) -> bool:
    """Tell whether a line may have a score: within its bounds, and that of the answer where its rule decides."""
    rule = line.criterion.rule
    if rule is None or score is None:
        return True
    within = rule.smallest() <= score <= rule.largest(line.out_of)
    return within and ("off-rule" not in line.checks or given is None or score == given)


def _part_of(line: AskedLine, row: TableRow) -> str:
    """Return the id of what a row asks of an answer, by the words that it shows where its hidden id is gone."""
    named = {folded(part_title(part)): part.id for part in line.parts}
    return row.text("part") or named.get(folded(row.text("title")), "")


def _row_words(line: AskedLine, part: str) -> str:
    """Return what people call a row: the code of its criterion, and what of the answer it asks for."""
    return shown(f"{line.code} – {dict(line.figures).get(part, part)}" if part else line.code)


def _code(row: TableRow) -> str:
    """Return the code of a row; a program may have made a number of it."""
    return row.text("code").rstrip(".")


def _put(holder: dict[str, Plain], name: str, value: Plain) -> None:
    if value is None:
        holder.pop(name, None)
    else:
        holder[name] = value


def _means_the_same(rule: Rule, old: Plain, new: Plain) -> bool:
    """Tell whether two answers are the same to their rule: faults that are not there may be counted 0 or left out."""
    if old is None:
        return False
    one, other = rule.answer(node_of(old))[0], rule.answer(node_of(new))[0]
    if one is None or other is None:
        return same(old, new)
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return {key: n for key, n in one.items() if n} == {key: n for key, n in other.items() if n}
    if isinstance(old, list) and isinstance(new, list):
        return set(map(str, old)) == set(map(str, new))
    return one == other


# --- the document of a web form -------------------------------------------------------------------------------------


def content_of(
    form: Form, submitted: Map, *, existing: Mapping[str, Plain], received: str
) -> tuple[tuple[Content, ...], Mapping[str, Spot]]:
    """Return the content that a web form hands over, with the places of its values, and the lines that it may not say.

    It is the whole file; of a form of one body, what that body says of its own lines, and all else as it stands.

    Args:
        existing: path -> what the file says, where there is one; its record of the form it came from stays.
    """
    whose = next(iter(form.paths))
    said = plain(submitted)
    assert isinstance(said, dict)
    stood = dict_of(whole_of(form, whose, existing))
    kept = {key: value for key, value in said.items() if key not in {"format", "form", "received"}}
    places = {pointer: Spot("", node.line - 1, node.column - 1) for pointer, node in nodes.walk(submitted)}
    foreign: dict[str, Spot] = {}
    if form.body is not None:
        own = {line.code for line in form.lines if line.open}
        foreign = {code: places[("lines", code)] for code in _within(kept, "lines") if code not in own}
        kept = _of_body(form, kept, stood)
    value: dict[str, Plain] = {"format": Decimal(1), **kept, **{key: stood[key] for key in ("form",) if key in stood}}
    return tuple(_finished(form, whose, value, places, existing=existing, received=received)), foreign


def whole_of(form: Form, whose: str, existing: Mapping[str, Plain]) -> Plain:
    """Return what the files of an agency say together: the form's own, with lines that stand elsewhere."""
    stood = existing.get(form.paths[whose])
    others = [_within(dict_of(existing.get(path)), "lines") for path in sorted(form.beside(whose))]
    if not others:
        return stood
    lines = {code: line for file in (*others, _within(dict_of(stood), "lines")) for code, line in file.items()}
    return {"format": Decimal(1), **dict_of(stood), "lines": lines}


def _of_body(form: Form, submitted: Mapping[str, Plain], stood: Mapping[str, Plain]) -> dict[str, Plain]:
    """Return a file in which one body's own lines are as it hands them over; its head is not the body's to change."""
    said, old = _within(submitted, "lines"), _within(stood, "lines")
    lines = dict(old)
    for code in (line.code for line in form.lines if line.open):
        new = said.get(code)
        if isinstance(new, dict) and "reason" in new and "by" not in new and new != old.get(code):
            new = {**new, "by": form.body}
        _put(lines, code, new)
    return {**stood, "lines": lines}


def content_shown(form: Form, stood: Plain) -> Plain:
    """Return what stands in a file as a web form begins from it: of a form of one body its own lines alone."""
    if form.body is None or not isinstance(stood, dict):
        return stood
    own = {line.code for line in form.lines if line.open}
    return {**stood, "lines": {code: line for code, line in _within(stood, "lines").items() if code in own}}


# --- the road of both -----------------------------------------------------------------------------------------------


def _finished(
    form: Form,
    whose: str,
    value: dict[str, Plain],
    places: Mapping[Pointer, Spot],
    *,
    existing: Mapping[str, Plain],
    received: str,
) -> Iterator[Content]:
    """Yield the content of the file that a form fills, with the day on which it came in, and of others beside it.

    The first document says how much of what is due is there; a line goes to the file that already has it. No file
    is begun for lines that all stand in others.
    """
    if form.with_evidence:  # the day of whoever takes it in, whatever the sender says
        lines = {key: value.pop(key) for key in ("lines",) if key in value}
        stood = dict_of(existing.get(form.paths[whose]))
        value = {**value, "received": stood.get("received", received), **lines}
    if form.stage == SURVEY:
        answers = _within(value, "answers")
        listed = [question.id for group in form.groups if group.id == whose for question in group.questions]
        missing = tuple(question for question in listed if question not in answers)
        yield Content(form.paths[whose], whose, value, places, len(listed) - len(missing), len(listed), missing)
        return
    written, lines_of = _within(value, "lines"), [line for line in form.lines if line.agency == whose]
    owed = [line for line in lines_of if line.owed]
    missing = tuple(line.code for line in owed if not _covered(form, line, written))
    done = len(owed) - len(missing) if owed else sum(bool(line.open) and line.code in written for line in lines_of)
    others = {path: dict_of(existing.get(path)) for path in sorted(form.beside(whose))}
    elsewhere = {code: path for path, file in others.items() for code in _within(file, "lines")}
    if elsewhere:
        value = {**value, "lines": {code: line for code, line in written.items() if code not in elsewhere}}
    made = [(form.paths[whose], value)]
    if elsewhere and form.paths[whose] not in existing and not value["lines"] and value.keys() <= {"format", "lines"}:
        made = []
    for path, file in others.items():
        lines = {code: written[code] for code in _within(file, "lines") if code in written}
        if lines != _within(file, "lines"):
            made.append((path, {**file, "lines": lines}))
    for number, (path, content) in enumerate(made):
        told = (done, len(owed), missing) if number == 0 else (0, 0, ())
        yield Content(path, whose, content, places, *told)


_SPEAKS: Final = frozenset({"score", "not_applicable", "explanation"})


def _covered(form: Form, line: AskedLine, written: Mapping[str, Plain]) -> bool:
    """Tell whether lines speak of a criterion: by its own, or by one above that says it does not apply."""
    return not _SPEAKS.isdisjoint(_within(written, line.code)) or any(
        "not_applicable" in _within(written, criterion.code) for criterion in form.year.upwards(line.code)
    )


def _within(holder: Mapping[str, Plain], key: str) -> dict[str, Plain]:
    """Return the mapping below a key; an empty one where there is none."""
    return dict_of(holder.get(key))

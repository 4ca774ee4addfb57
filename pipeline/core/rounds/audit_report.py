"""The audit of a round as people and programs read it: text, Markdown, JSON, and the sheets of a workbook.

The figures: `index.audit`. Who committed what: `history`. How a workbook becomes a file: `adapters.workbooks`.
Typed text never becomes a formula or markup.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import zip_longest
from typing import Any

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.numbers import fixed, places, rounded, share
from pipeline.core.ground.problems import Problem, Source
from pipeline.core.ground.table import Column, Kind, Table, Value, columns, exact_points, markdown_table
from pipeline.core.ground.text import json_fields, markdown_cell, visible
from pipeline.core.ground.workbook_model import Book, Sheet
from pipeline.core.index.audit import (
    AMENDMENT,
    Audit,
    AuditRow,
    Disagreement,
    StageEntry,
    Tally,
    audit,
    matches,
    scored,
)
from pipeline.core.index.scoring import Results
from pipeline.core.index.words import signer_text, stage_text, value_text
from pipeline.core.record import layout
from pipeline.core.record.authorship import GOOD, LastChange, SignatureState
from pipeline.core.record.model import Body, Reference, World
from pipeline.core.rounds.chronicle import Chronicle
from pipeline.core.rounds.commits import Commit
from pipeline.core.rounds.history import RoundCommit, commits_of_round

_SHORT = 12  # characters of a commit's id that people read


@dataclass(frozen=True, slots=True)
class RoundReport:
    """Everything that the report of a round tells."""

    audit: Audit
    results: Results  # the same year scored up to the same stage
    differences: tuple[Disagreement, ...]
    errors: int  # of the year's data
    facts: tuple[Problem, ...]  # errors and warnings in the files of the audited stages and their amendments
    commits: tuple[RoundCommit, ...]
    signatures: Mapping[str, SignatureState]
    bodies: Mapping[str, Body]
    commit: str | None  # None: not all is committed
    complete: bool  # the clone holds the whole history
    standing: Mapping[str | None, int]  # how much stands in the audited stage by a commit, or by none yet

    @property
    def unsigned(self) -> tuple[RoundCommit, ...]:
        """Return the commits of the round whose signature proves nothing."""
        return tuple(entry for entry in self.commits if entry.signed.state != GOOD)

    @property
    def holds(self) -> bool:
        """Tell whether the sums prove themselves and scoring gives the same."""
        return not self.differences and all(tally.holds for tally in self.tallies)

    @property
    def tallies(self) -> tuple[Tally, ...]:
        """Return the sums of each agency, then of all."""
        return (*self.audit.by_agency, self.audit.total)


def report(
    world: World,
    year: str,
    stage: str,
    *,
    problems: Iterable[Problem],
    chronicle: Chronicle,
    find: Callable[[Source], LastChange],
    signature: Callable[[Commit], SignatureState],
    commit: str | None,
) -> RoundReport:
    """Return the report of one stage of one year; `commit`: the commit read, None where not all is committed."""
    records = world.years[year]
    upto = records.cycle.stages.upto(stage)
    audited, results = audit(records, stage, calendar=world.calendar, find=find), scored(records, stage)
    known = list(problems)
    amended = {amendment.source.path for amendment in records.amendments if amendment.stage in upto}
    named = {entry.change.commit for row in audited.rows for entry in row.entries}
    round_commits = commits_of_round(chronicle, records, stage, signature=signature)
    return RoundReport(
        audit=audited,
        results=results,
        differences=matches(audited, results),
        errors=sum(problem.is_error for problem in known),
        facts=tuple(problem for problem in known if _is_of(problem.path, upto, amended)),
        commits=round_commits,
        signatures={
            **{entry.id: signature(entry) for entry in chronicle.commits if entry.id in named},
            **{entry.commit.id: entry.signed for entry in round_commits},
        },
        bodies=world.bodies,
        commit=commit,
        complete=not chronicle.edges,
        standing=Counter(entry.change.commit for row in audited.rows for entry in row.entries if entry.stage == stage),
    )


def _is_of(path: str, stages: tuple[str, ...], amended: set[str]) -> bool:
    place = layout.place(path)
    return path in amended or (place is not None and place.kind == layout.STAGE and place.stage in stages)


# --- words ----------------------------------------------------------------------------------------------------------


_COUNTS = ("rows", "lines", "accepted", "cut", "raised", "reapplied", "given")
_SUMS = ("points_cut", "points_raised")
_ANSWERS = ("requests", "answered", "in_time", "explained", "won")
# What stands in a column, and how wide it is.
_COLUMNS: Mapping[str, tuple[Kind, int]] = {
    **dict.fromkeys(_COUNTS, ("count", 11)),
    **dict.fromkeys(_SUMS, ("moved", 12)),
    **dict.fromkeys(_ANSWERS, ("count", 11)),
    **dict.fromkeys(("points", "reason", "evidence", "holds"), ("text", 12)),
    "moved": ("moved", 12),
    **dict.fromkeys(("before", "after"), ("points", 9)),
    **dict.fromkeys(("final", "scored"), ("points", 12)),
    **dict.fromkeys(("severity", "pull_request", "requested"), ("text", 10)),
    **dict.fromkeys(("who", "place", "author", "committer"), ("text", 38)),
    "agency": ("text", 22),
    "area": ("text", 8),
    "code": ("text", 26),
    "commit": ("text", 14),
    "criterion": ("text", 9),
    "day": ("day", 12),
    "files": ("count", 8),
    "message": ("text", 80),
    "monitor": ("text", 20),
    "signature": ("text", 30),
    "standing": ("count", 9),
    "step": ("text", 18),
    "summary": ("text", 66),
    "title": ("text", 42),
    "verdict": ("text", 14),
}


@dataclass(frozen=True, slots=True)
class _AuditVoice:
    """A report and the language in which it is written."""

    report: RoundReport
    labels: Labels

    def say(self, key: str, /, **figures: object) -> str:
        return self.labels.text(f"audit.{key}", **figures)

    def column(self, name: str) -> Column:
        return Column(self.say(f"column.{name}"), *_COLUMNS[name])

    def table(
        self, title: str, columns: tuple[Column, ...], rows: tuple[tuple[Value, ...], ...], keep: int = 0
    ) -> Table:
        return Table(title, columns, rows, keep, self.decimals)

    def counted(self, name: str, names: Iterable[str], rows: Iterable[tuple[Value, ...]], keep: int = 0) -> Table:
        """Return a table whose title counts its rows."""
        told = tuple(rows)
        return self.table(self.say(name, count=len(told)), tuple(map(self.column, names)), told, keep)

    def step(self, name: str) -> str:
        return self.say("amendments") if name == AMENDMENT else stage_text(name, self.labels)

    def agency(self, slug: str) -> str:
        known = self.report.audit.year.agencies.get(slug)
        return self.labels.of(known.short) if known else slug

    def title(self, code: str) -> str:
        return self.labels.of(self.report.audit.year.criteria[code].title)

    def body(self, slug: str | None) -> str:
        known = self.report.bodies.get(slug or "")
        return self.labels.of(known.short) if known else slug or self.say("nobody")

    def value(self, entry: StageEntry) -> str:
        return "" if entry.value is None else value_text(entry.value, self.report.audit.year, self.labels)

    def signature(self, commit: str | None) -> str:
        known = self.report.signatures.get(commit or "")
        return self.say(f"signature.{known.state}", signer=known.name or "–") if known else "–"

    @property
    def decimals(self) -> int:
        return self.report.audit.year.cycle.policy.points.decimals


def evidence_text(evidence: Iterable[Reference], labels: Labels) -> str:
    """Return the documents of a line: number and date."""
    return "; ".join(" ".join(filter(None, (entry.number, labels.date(entry.date)))) for entry in evidence)


def who_text(change: LastChange, labels: Labels) -> str:
    """Return who committed a line when: whose key signed, day, the beginning of the commit's id."""
    if change.commit is None:
        return labels.text("audit.uncommitted")
    return ", ".join(
        (signer_text(change.author, change.signed, labels), labels.date(change.day), change.commit[:_SHORT])
    )


def _banners(voice: _AuditVoice) -> Iterator[str]:
    told = voice.report
    if told.audit.year.cycle.illustrative:
        yield voice.labels.text("word.illustrative")
    if told.errors:
        yield voice.say("errors", count=told.errors)
    if told.commit is None:
        yield voice.say("not-committed")
    if not told.complete:
        yield voice.say("incomplete")


def report_title(told: RoundReport, labels: Labels) -> str:
    """Return the title of a report: the stage and the year."""
    year = labels.of(told.audit.year.cycle.title)
    return labels.text("audit.title", stage=stage_text(told.audit.stage, labels), year=year)


def _about(voice: _AuditVoice) -> tuple[str, ...]:
    told = voice.report
    return (
        voice.say("from", commit=told.commit or "–", stages=", ".join(voice.step(s) for s in told.audit.stages)),
        voice.say("counted", rows=told.audit.total.rows, agencies=len(told.audit.by_agency), commits=len(told.commits)),
    )


# --- tables ---------------------------------------------------------------------------------------------------------


def _unexplained(voice: _AuditVoice) -> Table:
    rows = (
        (
            voice.agency(row.agency),
            row.criterion,
            voice.title(row.criterion),
            voice.step(entry.step),
            entry.points - entry.moved,
            entry.points,
            f"{entry.source.path}:{entry.source.line}",
            who_text(entry.change, voice.labels),
        )
        for row, entry in voice.report.audit.unexplained
    )
    return voice.counted(
        "unexplained", ("agency", "criterion", "title", "step", "before", "after", "place", "who"), rows
    )


def _unsigned(voice: _AuditVoice) -> Table:
    told = voice.report
    rows = (
        (
            entry.commit.id[:_SHORT],
            entry.commit.committer.at.day,
            entry.commit.author.name,
            voice.signature(entry.commit.id),
            told.standing.get(entry.commit.id, 0),
            entry.commit.summary,
        )
        for entry in told.unsigned
    )
    return voice.counted("unsigned", ("commit", "day", "author", "signature", "standing", "summary"), rows)


def _sums(voice: _AuditVoice) -> Table:
    told = voice.report
    given = {entry.agency.slug: entry.appraisal.points - entry.cut for entry in told.results.agencies}
    given[""] = sum(given.values(), Fraction(0))
    steps = tuple(told.audit.total.moved)
    rows = tuple(_sum(voice, tally, given[tally.name]) for tally in told.tallies)
    columns = (
        voice.column("agency"),
        Column(stage_text(told.audit.year.cycle.stages.claim, voice.labels), "points", 12),
        *(Column(voice.step(step), "moved", 14) for step in steps),
        *map(voice.column, ("final", "scored", "holds")),
    )
    return voice.table(voice.say("sums"), columns, rows)


def _sum(voice: _AuditVoice, tally: Tally, given: Fraction) -> tuple[Value, ...]:
    return (
        voice.agency(tally.name) if tally.name else voice.say("total"),
        tally.started,
        *tally.moved.values(),
        tally.final,
        rounded(given, max(voice.decimals, places(tally.final))),
        voice.say("equal" if tally.holds and given == tally.final else "unequal"),
    )


def _differences(voice: _AuditVoice) -> Table:
    rows = (
        (
            voice.agency(entry.agency),
            entry.criterion or voice.say("total"),
            rounded(entry.audited, voice.decimals),
            rounded(entry.scored, voice.decimals),
        )
        for entry in voice.report.differences
    )
    return voice.counted("differences", ("agency", "criterion", "final", "scored"), rows)


def _statistics(voice: _AuditVoice) -> tuple[Table, ...]:
    told = voice.report.audit
    groups = (
        ("agency", told.by_agency, voice.agency),
        ("area", told.by_area, lambda code: f"{code}. {voice.title(code)}"),
        ("monitor", told.by_monitor, voice.body),
    )
    return tuple(_statistic(voice, name, tallies, words) for name, tallies, words in groups)


def _statistic(voice: _AuditVoice, name: str, tallies: Sequence[Tally], words: Callable[[str], str]) -> Table:
    stage, total = voice.report.audit.stage, voice.report.audit.total
    moves, stages = stage in voice.report.audit.steps, voice.report.audit.year.cycle.stages
    counts = (_COUNTS if total.given else _COUNTS[:-1]) if moves else _COUNTS[:2]
    sums = _SUMS if moves else ()
    explained = any(stages.kind(name) == "explain" for name in stages.upto(stage))
    answers = _ANSWERS if explained else _ANSWERS[:1] if moves else ()
    names = (*counts, *sums, *answers)
    rows = tuple(
        (voice.say("total") if tally is total else words(tally.name), *(getattr(tally, name) for name in names))
        for tally in (*tallies, total)
    )
    first = Column(voice.say(f"column.{name}"), "text", 34)
    columns = (first, *map(voice.column, names))
    return voice.table(voice.say(f"statistics.{name}"), columns, rows)


def _facts(voice: _AuditVoice) -> Table:
    rows = (
        (
            voice.labels.text(f"severity.{fact.severity}"),
            fact.code,
            voice.labels.message(fact),
            f"{fact.path}:{fact.line}",
        )
        for fact in voice.report.facts
    )
    return voice.counted("facts", ("severity", "code", "message", "place"), rows)


def _commits(voice: _AuditVoice) -> Table:
    rows = (
        (
            entry.commit.id[:_SHORT],
            entry.commit.committer.at.day,
            f"{entry.commit.author.name} <{entry.commit.author.email}>",
            f"{entry.commit.committer.name} <{entry.commit.committer.email}>",
            voice.signature(entry.commit.id),
            entry.pull_request or "",
            entry.commit.summary,
            len(entry.paths),
        )
        for entry in voice.report.commits
    )
    return voice.counted(
        "commits",
        ("commit", "day", "author", "committer", "signature", "pull_request", "summary", "files"),
        rows,
        keep=1,
    )


def _entries(voice: _AuditVoice, agency: str) -> Table:
    """Return every entry of an agency, one a row, as a page shows them."""
    rows = tuple(
        (
            row.criterion if entry is row.entries[0] else "",
            voice.title(row.criterion) if entry is row.entries[0] else "",
            _step_words(voice, entry),
            voice.value(entry),
            entry.moved if entry.moved and entry.decides else None,
            _said(entry),
            evidence_text(entry.evidence, voice.labels),
            who_text(entry.change, voice.labels),
        )
        for row in voice.report.audit.rows
        if row.agency == agency
        for entry in row.entries
    )
    names = ("criterion", "title", "step", "points", "moved", "reason", "evidence", "who")
    return voice.table(voice.agency(agency), tuple(map(voice.column, names)), rows)


def _step_words(voice: _AuditVoice, entry: StageEntry) -> str:
    if entry.amendment is None:
        return stage_text(entry.stage, voice.labels)
    decision = entry.amendment.decision
    dated = voice.labels.date(decision.date)
    return voice.say("amendment", number=entry.amendment.number, decision=f"{decision.number} {dated}".strip())


def _said(entry: StageEntry) -> str:
    return " ".join(filter(None, (entry.explanation, entry.reason.main if entry.reason else None)))


def _wide(voice: _AuditVoice) -> Table:
    """Return one row for each agency and criterion, with what every step said, as a workbook filters it."""
    told = voice.report.audit
    steps = (*told.stages, AMENDMENT)
    columns = (
        *map(voice.column, ("agency", "criterion", "title", "area", "monitor")),
        *(column for step in steps for column in _step_columns(voice, step)),
        *map(voice.column, ("final", "verdict", "requested")),
        Column(voice.say("column.in_time"), "text", 10),  # yes or no; elsewhere how many
    )
    rows = tuple(
        (
            voice.agency(row.agency),
            row.criterion,
            voice.title(row.criterion),
            row.area,
            voice.body(row.monitor),
            *(cell for step in steps for cell in _step_cells(voice, row, step)),
            row.final,
            voice.say(f"verdict.{row.verdict}") if row.verdict else "",
            voice.labels.text("word.yes") if row.requested else "",
            "" if row.in_time is None else voice.labels.text("word.yes" if row.in_time else "word.no"),
        )
        for row in told.rows
    )
    return voice.table(voice.say("lines", count=len(rows)), columns, rows, keep=3)


def _step_columns(voice: _AuditVoice, step: str) -> Iterator[Column]:
    name = voice.step(step)

    def of(key: str, kind: Kind, width: int) -> Column:
        return Column(f"{name}: {voice.say(f'column.{key}')}", kind, width)

    yield of("points", "points", 11)
    if step in voice.report.audit.steps:
        yield of("moved", "moved", 11)
    explains = voice.report.audit.year.cycle.stages.kind(step) == "explain"
    yield of("explanation" if explains else "reason", "text", 36)
    yield of("evidence", "text", 26)
    yield of("who", "text", 34)


def _step_cells(voice: _AuditVoice, row: AuditRow, step: str) -> Iterator[Value]:
    own = [entry for entry in row.entries if entry.step == step]
    last = own[-1] if own else None
    value = last.value if last else None
    yield value if isinstance(value, Decimal) else voice.value(last) if last else None
    if step in voice.report.audit.steps:
        yield sum((entry.moved for entry in own), Decimal(0)) if own else None
    yield "; ".join(filter(None, (_said(entry) for entry in own)))
    yield "; ".join(filter(None, (evidence_text(entry.evidence, voice.labels) for entry in own)))
    yield "; ".join(who_text(entry.change, voice.labels) for entry in own)


# --- sections and Markdown ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReportSection:
    """One part of the report as text: a heading, paragraphs, and a table whose values are texts."""

    level: int
    title: str
    strong: tuple[str, ...] = ()
    paragraphs: tuple[str, ...] = ()
    table: Table | None = None

    @property
    def rows(self) -> int:
        """Return how many rows it has."""
        return len(self.table.rows) if self.table else 0


def report_sections(told: RoundReport, labels: Labels) -> tuple[ReportSection, ...]:
    """Return the report in order: what needs a look first, then sums, statistics, facts, lines, commits."""
    return tuple(_sections(_AuditVoice(told, labels)))


def rows_between(sections: Sequence[ReportSection], start: int, end: int) -> Iterator[ReportSection]:
    """Yield what stands between two rows of a report, counted through all its tables.

    What is said above a table stands where the table begins, what has no rows where those after it do, or at the end;
    above a part of what stands lower the heading over it is repeated.
    """
    here, last, above, told = 0, sum(section.rows for section in sections), sections[0], False
    for section in sections:
        count, begins = section.rows, start <= here < end or here == end == last
        above = section if section.level <= 2 else above
        if (count and start < here + count and here < end) or (begins and not count):
            if not told and section.level > 2:
                yield ReportSection(above.level, above.title)
            told = True
            kept = section if begins else ReportSection(section.level, section.title)
            rows = section.table and replace(section.table, rows=section.table.rows[max(0, start - here) : end - here])
            yield replace(kept, table=rows)
        here += count


def _sections(voice: _AuditVoice) -> Iterator[ReportSection]:
    told = voice.report
    yield ReportSection(1, report_title(told, voice.labels), tuple(_banners(voice)), _about(voice))
    yield _section(voice, 2, _unexplained(voice), empty="unexplained-none")
    unsigned = _section(voice, 2, _unsigned(voice), empty="unsigned-none")
    yield replace(unsigned, paragraphs=(*unsigned.paragraphs, *_left_open(voice)))
    yield replace(_section(voice, 2, _sums(voice)), strong=(_proof(voice),))
    if told.differences:
        yield _section(voice, 3, _differences(voice))
    yield ReportSection(2, voice.say("statistics.title"), paragraphs=tuple(_shares(voice)))
    yield from (_section(voice, 3, table) for table in _statistics(voice))
    yield _section(voice, 2, _facts(voice), empty="facts-none")
    yield ReportSection(2, voice.say("lines", count=told.audit.total.rows))
    yield from (_section(voice, 3, _entries(voice, tally.name)) for tally in told.audit.by_agency)
    yield _section(voice, 2, _commits(voice), empty="commits-none")


def _section(voice: _AuditVoice, level: int, table: Table, *, empty: str | None = None) -> ReportSection:
    if not table.rows and empty is not None:
        return ReportSection(level, table.title, paragraphs=(voice.say(empty),))
    return ReportSection(level, table.title, table=table.told(voice.labels))


def report_text(told: RoundReport, labels: Labels) -> str:
    """Return the report as plain text, for a terminal: nothing in it is written for a program that renders it."""
    return "\n\n".join(block for section in report_sections(told, labels) for block in _lines(section)) + "\n"


def _lines(section: ReportSection) -> Iterator[str]:
    for text in (section.title, *section.strong, *section.paragraphs):
        yield visible(text)
    if section.table:
        rows = [[visible(" ".join(cell.split())) for cell in row] for row in section.table.texts()]
        yield columns(rows, section.table.right)


def report_markdown(told: RoundReport, labels: Labels) -> str:
    """Return the report as Markdown."""
    return "\n\n".join(block for section in report_sections(told, labels) for block in _blocks(section)) + "\n"


def _blocks(section: ReportSection) -> Iterator[str]:
    yield f"{'#' * section.level} {markdown_cell(section.title)}"
    yield from (f"**{markdown_cell(text)}**" for text in section.strong)
    yield from (markdown_cell(text) for text in section.paragraphs)
    if section.table:
        cells = [[markdown_cell(cell) for cell in row] for row in section.table.texts()]
        yield markdown_table(cells, section.table.right)


def _left_open(voice: _AuditVoice) -> Iterator[str]:
    count = voice.report.standing.get(None, 0)
    if count:
        yield voice.say("standing-uncommitted", count=count)


def _proof(voice: _AuditVoice) -> str:
    limits = voice.report.audit.year.cycle.bonus_limits
    told = voice.say("proof-holds" if voice.report.holds else "proof-fails")
    return f"{told} {voice.labels.text('apart.limits')}" if limits else told


def _shares(voice: _AuditVoice) -> Iterator[str]:
    """Yield what part of the requests was answered in time, and what part of the explanations succeeded."""
    total, stage = voice.report.audit.total, voice.report.audit.stage

    def percent(part: int, whole: int) -> str:
        found = share(part, whole)
        return "–" if found is None else voice.labels.number(fixed(found, 1))

    if stage in voice.report.audit.steps:
        counts = {"accepted": total.accepted, "cut": total.cut, "raised": total.raised}
        claimed = total.rows - total.given
        yield voice.say("share.verdicts", **{name: percent(count, claimed) for name, count in counts.items()})
    if total.given:
        yield voice.say("share.given", count=total.given)
    stages = voice.report.audit.year.cycle.stages
    if any(stages.kind(name) == "explain" for name in stages.upto(stage)):
        yield voice.say(
            "share.in-time", part=total.in_time, whole=total.requests, percent=percent(total.in_time, total.requests)
        )
    if any(stages.kind(name) == "explain" for name in stages.before(stage)):
        yield voice.say("share.won", part=total.won, whole=total.explained, percent=percent(total.won, total.explained))


# --- a workbook -----------------------------------------------------------------------------------------------------


def report_book(told: RoundReport, labels: Labels) -> Book:
    """Return the report as a workbook: summary, criteria, statistics, commits."""
    voice = _AuditVoice(told, labels)
    first = (_unexplained(voice), _unsigned(voice), _facts(voice))
    sums = (_sums(voice), *((_differences(voice),) if told.differences else ()))
    title = report_title(told, labels)
    top = (title, *_banners(voice), *_about(voice), *_left_open(voice), _proof(voice), *_shares(voice))
    sheets = (
        _sheet_of_tables(voice.say("sheet.summary"), [table for table in first if table.rows], top),
        _sheet_of_table(voice.say("sheet.lines"), _wide(voice)),
        _sheet_of_tables(voice.say("sheet.statistics"), [*sums, *_statistics(voice)]),
        _sheet_of_table(voice.say("sheet.commits"), _commits(voice)),
    )
    return Book(title, sheets)


def _sheet_of_table(name: str, table: Table) -> Sheet:
    """Return a sheet of one table, whose heads stay in sight and get filters."""
    widths = tuple(column.width for column in table.columns)
    sheet = Sheet(name, widths=widths, frozen=(1, table.keep), header=0, locked=False)
    sheet.put_table(table, 0)
    return sheet


def _sheet_of_tables(name: str, tables: Sequence[Table], lines: Sequence[str] = ()) -> Sheet:
    """Return a sheet of lines and titled tables, one below the other."""
    widths = zip_longest(*([column.width for column in table.columns] for table in tables), fillvalue=0)
    sheet = Sheet(name, widths=tuple(map(max, widths)), locked=False)
    for row, line in enumerate(lines):
        sheet.put(row, 0, line, "line")
    row = len(lines) + 1 if lines else 0
    for table in tables:
        sheet.put(row, 0, table.title, "line")
        sheet.put_table(table, row + 1)
        row += len(table.rows) + 3
    return sheet


# --- JSON -----------------------------------------------------------------------------------------------------------


def report_json(told: RoundReport, labels: Labels) -> dict[str, Any]:
    """Return the stable shape of `audit --format json`; points are text with the year's decimals."""
    voice = _AuditVoice(told, labels)
    given = {entry.agency.slug: entry.appraisal.points - entry.cut for entry in told.results.agencies}
    return {
        **json_fields(told.audit, year="year.name", stage="stage"),
        "commit": told.commit,
        "illustrative": told.audit.year.cycle.illustrative,
        **json_fields(told, "errors", "complete", "holds"),
        "unexplained": [
            {"agency": row.agency, "criterion": row.criterion, "stage": entry.stage, **_place_json(entry)}
            for row, entry in told.audit.unexplained
        ],
        "unsigned": [
            {
                **json_fields(entry, commit="commit.id", signature="signed.state"),
                "standing": told.standing.get(entry.commit.id, 0),
            }
            for entry in told.unsigned
        ],
        "uncommitted": told.standing.get(None, 0),
        "differences": [
            {
                **json_fields(entry, "agency", "criterion"),
                "final": fixed(entry.audited, voice.decimals),
                "scored": fixed(entry.scored, voice.decimals),
            }
            for entry in told.differences
        ],
        "sums": [
            {
                "agency": tally.name,
                **_sums_json(tally, voice),
                "scored": fixed(given[tally.name], voice.decimals),
            }
            for tally in told.audit.by_agency
        ],
        "statistics": {
            "agencies": [_tally_json("agency", tally, voice) for tally in told.audit.by_agency],
            "areas": [_tally_json("area", tally, voice) for tally in told.audit.by_area],
            "monitors": [_tally_json("monitor", tally, voice) for tally in told.audit.by_monitor],
            "total": _tally_json(None, told.audit.total, voice),
        },
        "facts": [
            {**json_fields(fact, "code", "severity", "path", "line", "column"), "message": labels.message(fact)}
            for fact in told.facts
        ],
        "lines": [_row_json(row, voice) for row in told.audit.rows],
        "commits": [_commit_json(entry) for entry in told.commits],
    }


def _sums_json(tally: Tally, voice: _AuditVoice) -> dict[str, Any]:
    return {
        "started": exact_points(tally.started, voice.decimals),
        "moved": {step: exact_points(value, voice.decimals) for step, value in tally.moved.items()},
        "final": exact_points(tally.final, voice.decimals),
        "holds": tally.holds,
    }


def _tally_json(key: str | None, tally: Tally, voice: _AuditVoice) -> dict[str, Any]:
    return {
        **({key: tally.name or None} if key else {}),
        **json_fields(tally, *_COUNTS, *_ANSWERS),
        **{name: exact_points(getattr(tally, name), voice.decimals) for name in _SUMS},
        **_sums_json(tally, voice),
    }


def _row_json(row: AuditRow, voice: _AuditVoice) -> dict[str, Any]:
    return {
        **json_fields(row, "agency", "criterion", "area", "monitor"),
        "started": exact_points(row.started, voice.decimals),
        "final": exact_points(row.final, voice.decimals),
        **json_fields(row, "verdict", "requested", "explained", "in_time"),
        "entries": [_entry_json(entry, voice) for entry in row.entries],
    }


def _entry_json(entry: StageEntry, voice: _AuditVoice) -> dict[str, Any]:
    known = voice.report.signatures.get(entry.change.commit or "")
    return {
        "stage": entry.stage,
        "value": exact_points(entry.value, voice.decimals) if isinstance(entry.value, Decimal) else entry.value,
        "points": exact_points(entry.points, voice.decimals),
        "moved": exact_points(entry.moved, voice.decimals),
        **json_fields(entry, "verdict", "explanation"),
        "reason": entry.reason.main if entry.reason else None,
        "evidence": [json_fields(one, "number", "date", "issuer") for one in entry.evidence],
        "by": entry.by,
        **_place_json(entry),
        **json_fields(entry.change, author="author", date="day"),
        **json_fields(known, signature="state"),
    }


def _place_json(entry: StageEntry) -> dict[str, Any]:
    return json_fields(
        entry, amendment="amendment.number", path="source.path", line="source.line", commit="change.commit"
    )


def _commit_json(entry: RoundCommit) -> dict[str, Any]:
    commit = entry.commit
    return {
        **json_fields(commit, commit="id", date="committer.at.day"),
        "author": json_fields(commit.author, "name", "email"),
        "committer": json_fields(commit.committer, "name", "email"),
        "summary": commit.summary,
        **json_fields(entry.signed, signature="state", signer="signer"),
        **json_fields(entry, "pull_request", "paths"),
    }

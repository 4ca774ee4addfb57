"""Messages about a form that came in: problems at their cells, the line of a commit, the receipt, a table of many.

Who reads forms: `pipeline.flows.forms`. The words stand in the labels.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pipeline.core.forms.asking import Form
from pipeline.core.forms.diagnosis import TypedCell
from pipeline.core.forms.packages import BroughtFile, HandedFile
from pipeline.core.forms.read_back import Content
from pipeline.core.forms.read_tables import FormFinding
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.nodes import Pointer
from pipeline.core.ground.problems import Problem
from pipeline.core.ground.text import code_cell, json_fields, markdown_cell
from pipeline.core.index.words import group_text, stage_text
from pipeline.core.record.access import Access
from pipeline.core.record.stages import SURVEY

MARKS: Final = ("sha256", "page")  # what a file says of the form that it was read from, by which the sender is known
_LISTED: Final = 40  # missing codes that a receipt names
_NUMBERS: Final = frozenset({"score", "before", "out_of", "least", "step", "done", "assigned", "text", "stated", "sum"})
_COUNTS: Final = frozenset({"found", "stood"})
_DAYS: Final = frozenset({"date", "from", "by", "issued"})
_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_DECIMAL: Final = re.compile(r"(?<![0-9])[0-9]+\.[0-9]+")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Received:
    """One form that came in: whose it is, what it says, which files it changes, what is wrong."""

    name: str
    sha256: str
    day: str
    form: Form | None = None  # None where nobody can tell whose it is
    contents: tuple[Content, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)  # that it changes, as they will be; none once refused
    findings: tuple[FormFinding, ...] = ()
    refused: bool = False  # the form itself has errors: nothing is taken from it
    cells: tuple[TypedCell, ...] = ()  # of a workbook
    page: str | None = None  # sha256 of the page that was signed for what it says
    scan: BroughtFile | None = None  # of that page, where it came with the form
    new: frozenset[str] = frozenset()  # the marks of a form that all files it changes have and did not have before
    crash: Exception | None = None  # a defect of the program that the form met; raised once all else is done
    evidence: tuple[HandedFile, ...] = ()  # the files that came with it and that its lines cite

    def proves(self, access: Access) -> bool:
        """Tell whether what a form changes may be in the name of who handed it in: guard asks for a new mark of it."""
        asked = self.form is not None and access.asks_page({self.form.stage, self.form.kind or SURVEY})
        return ("page" if asked else "sha256") in self.new

    @property
    def errors(self) -> int:
        """Return how many errors were found."""
        return sum(entry.problem.is_error for entry in self.findings)

    @property
    def digests(self) -> tuple[str, ...]:
        """Return the digest of what was typed, of a form that fills one file of a stage; else none."""
        found = tuple(content.digest for content in self.contents)
        return tuple(filter(None, found)) if len(found) == 1 else ()

    @property
    def done(self) -> int:
        """Return how much of what is owed is there; where nothing is, how much was written."""
        return sum(content.done for content in self.contents if content.owed or not self.owed)

    @property
    def owed(self) -> int:
        """Return how much is owed."""
        return sum(content.owed for content in self.contents)


@dataclass(frozen=True, slots=True)
class Proposed:
    """Where a form's content was committed, and as whose."""

    branch: str
    commit: str
    author: str


def findings_text(received: Received, labels: Labels) -> str:
    """Return the problems of a form, each at its cell, with its cure."""
    return problems_at_cells(received.name, received.findings, labels)


def problems_at_cells(name: str, findings: Iterable[FormFinding], labels: Labels) -> str:
    """Return the problems of a file of this name that came in, each at its cell, with its cure."""
    told = []
    for found in findings:
        problem = found.problem
        place = found.cell or (f"{problem.path}:{problem.line}" if problem.path != name else "")
        where = f"{name}: {place}" if place else name
        severity = labels.text(f"severity.{problem.severity}")
        message, cure = in_words(found, labels)
        told.append(f"{where}: {severity} {problem.code}: {message}")
        told.append(f"    {labels.text('check.cure')} {cure}")
    return "".join(f"{line}\n" for line in told)


def in_words(found: FormFinding, labels: Labels, *, of_sender: bool = False) -> tuple[str, str]:
    """Return what is wrong and its cure; of a law at a cell, for people who never see the file that it judges.

    `of_sender`: whether the cure is what its sender may do, where that is another than what the receiver may.
    """
    problem = found.problem
    if problem.code.startswith("form-"):
        days = {key: said for key, said in problem.figures.items() if key in _DAYS and _DAY.fullmatch(said)}
        told = {key: labels.date(said) for key, said in days.items()}
        problem = replace(problem, figures={**problem.figures, **told})
    if found.spot is None or problem.code.startswith("form-"):
        cure = labels.worded(f"mailbox.reply.cure.{problem.code}", problem) if of_sender else None
        return labels.message(problem), cure or labels.help(problem)
    numbers = _NUMBERS | _COUNTS if problem.code.startswith("count-") else _NUMBERS
    figures = {key: _figure(key, said, labels, numbers) for key, said in problem.figures.items()}
    problem = replace(problem, figures=figures)
    own = [labels.worded(f"form.law.{problem.code}.{part}", problem) for part in ("message", "help")]
    return own[0] or labels.message(problem), own[1] or labels.help(problem)


def _figure(key: str, said: str, labels: Labels, numbers: Collection[str]) -> str:
    """Return a figure of a law as people write it: a number with its comma, a day as day, month, year."""
    if key in _DAYS and _DAY.fullmatch(said):
        return labels.date(said)
    if key == "samples":  # as they stand, with the decimals that were meant
        return _DECIMAL.sub(lambda found: labels.number(found[0]), said)
    if key == "expected":  # points that a rule can give: one, or a list
        return _NUMBER.sub(lambda found: labels.number(found[0]), said)
    return labels.number(said) if key in numbers and _NUMBER.fullmatch(said) else said


_OF_KEYS: Final = ("key", "other", "keys")  # figures that name keys of a file


def in_words_of(form: Form, problem: Problem, pointer: Pointer) -> Problem:
    """Return a law's problem with the titles of the form's columns and fields in the place of a file's keys."""
    figures = dict(problem.figures)
    if "where" in figures:
        figures["where"] = _title(form, pointer) or figures["where"]
    for name in _OF_KEYS:
        if name in figures:
            keys = figures[name].split(", ")
            inside = pointer[:-1] if keys == [pointer[-1:] and pointer[-1]] else pointer
            figures[name] = ", ".join(_title(form, (*inside, key)) or key for key in keys)
    return replace(problem, figures=figures)


def _title(form: Form, pointer: Pointer) -> str:
    """Return what a form calls a value of a file; nothing where it has no name for it."""
    labels = form.labels
    match pointer:
        case ("lines", str(code)):
            return labels.text("form.row", code=code)
        case ("lines", str(_), "evidence"):
            return labels.text("form.sheet.evidence")
        case ("lines", str(_), "evidence", int(_), str(name)):
            key = f"evidence.{name}"
        case ("lines", str(_), str(name), *_):
            key = name
        case ("answers", str(question), *_):
            return f"{labels.text('form.column.question')} {question}"
        case _:
            fields = [*(asked for own in form.heads.values() for asked in own)]
            fields += [asked for group in form.groups for asked in group.fields]
            return next((asked.full_words for asked in fields if asked.pointer == pointer), "")
    own = (f"form.column.{key}.{form.kind}", f"form.column.{key}")
    return form.header(key) if any(labels.has(name) for name in own) else ""


def comments(received: Received, labels: Labels) -> Mapping[tuple[str, int, int], str]:
    """Return what is said at each cell of a workbook to its sender."""
    said: dict[tuple[str, int, int], list[str]] = {}
    for found in received.findings:
        if found.spot is not None and found.spot.sheet:
            message, cure = in_words(found, labels, of_sender=True)
            text = f"{labels.text(f'severity.{found.problem.severity}')}: {message}"
            cured = f"{text}\n{labels.text('check.cure')} {cure}"
            said.setdefault((found.spot.sheet, found.spot.row, found.spot.column), []).append(cured)
            for spot in {one.spot for one in found.under if one.spot is not None and one.spot.sheet} - {found.spot}:
                same = labels.text("form.same-cause", cell=found.cell)
                said.setdefault((spot.sheet, spot.row, spot.column), []).append(same)
    return {place: "\n\n".join(texts) for place, texts in said.items()}


def told_json(received: Received, labels: Labels) -> dict[str, Any]:
    """Return the stable shape of `form read --format json`; a cause has the problems that it explains under it."""
    own, given = received.form, json_fields(received, "name", "sha256", "day")
    whose = {} if own is None else {"year": own.year.name, "stage": own.stage, **json_fields(own, "agency", "body")}
    told = {"outcome": outcome(received, labels), **json_fields(received, "refused", "done", "owed")}
    problems = [_finding_json(found, labels) for found in received.findings]
    named = ("path", "sha256", "type", "criterion", "number")
    evidence = [{**json_fields(file, *named), "bytes": file.bytes} for file in received.evidence]
    return {**given, **whose, **told, "files": sorted(received.files), "evidence": evidence, "problems": problems}


def _finding_json(found: FormFinding, labels: Labels) -> dict[str, Any]:
    (message, cure), problem = in_words(found, labels), found.problem
    told = {**json_fields(problem, "code", "severity"), "cell": found.cell or None, "message": message, "help": cure}
    return {**told, "under": [_finding_json(one, labels) for one in found.under]}


def progress_text(received: Received, labels: Labels) -> str:
    """Return how far a form is filled in: `54/60 tiêu chí`."""
    if received.form is not None and received.form.stage == SURVEY:
        return labels.text("form.questions", done=received.done, owed=received.owed)
    if received.owed:
        return labels.text("form.progress", done=received.done, owed=received.owed)
    return labels.text("form.adjusted", done=received.done)


def summary(received: Received, labels: Labels) -> str:
    """Return the first line of a commit: `2024 · Tự chấm · Cơ quan A: 54/60 tiêu chí`."""
    form = received.form
    assert form is not None
    return f"{whose_form(form, labels)}: {progress_text(received, labels)}"


def whose_form(form: Form, labels: Labels) -> str:
    """Return which form it is: `2024 · Tự chấm · Cơ quan A`."""
    return f"{form.year.name} · {stage_text(form.stage, labels)} · {form.whose}"


def outcome(received: Received, labels: Labels) -> str:
    """Return what became of a form, in a word or two."""
    if received.refused:
        return labels.text("form.outcome.refused")
    if not received.files:
        return labels.text("form.outcome.unchanged")
    return labels.text("form.outcome.errors" if received.errors else "form.outcome.taken")


def receipt(received: Received, labels: Labels, *, proposed: Proposed | None = None) -> str:
    """Return the receipt of a form as Markdown: what was received, when, its checksum, what is missing."""
    rows = [] if received.form is None else [("form", markdown_cell(summary(received, labels)))]
    rows += [
        ("file", code_cell(received.name)),
        ("day", labels.date(received.day)),
        ("sha256", code_cell(received.sha256)),
        *(("content", code_cell(found)) for found in received.digests),
    ]
    if received.page is not None:
        rows.append(("page", code_cell(received.page)))
    rows.append(("outcome", outcome(received, labels)))
    if received.evidence:
        size = sum(file.bytes for file in received.evidence)
        files = labels.text("form.files", count=len(received.evidence), size=labels.number(f"{size / 1e6:.1f}"))
        rows.append(("evidence", files))
    if proposed is not None:
        rows.append(("author", code_cell(proposed.author)))
        rows.append(("branch", code_cell(f"{proposed.branch} {proposed.commit[:12]}")))
    warnings = len(received.findings) - received.errors
    rows.append(("problems", labels.text("form.counted", errors=received.errors, warnings=warnings)))
    told = [f"# {labels.text('form.receipt.title')}", "", "| | |", "|---|---|"]
    told += [f"| {labels.text(f'form.receipt.{name}')} | {value} |" for name, value in rows]
    missing = [(content, code) for content in received.contents for code in content.missing]
    if missing and received.form is not None:
        told += ["", f"## {labels.text('form.receipt.missing', count=len(missing))}", ""]
        told += [f"- {markdown_cell(_missing(received.form, *entry, labels))}" for entry in missing[:_LISTED]]
        if len(missing) > _LISTED:
            told.append(f"- {labels.text('form.receipt.more', count=len(missing) - _LISTED)}")
    return "\n".join(told) + "\n"


def _missing(form: Form, content: Content, code: str, labels: Labels) -> str:
    if form.stage == SURVEY:
        return f"{group_text(content.whose, form.year, labels)} · {code}"
    title = labels.of(form.year.criteria[code].title)
    agency = f"{labels.of(form.year.agencies[content.whose].short)} · " if form.body is not None else ""
    return f"{agency}{code} {title}"


def table(received: Iterable[tuple[Received, Proposed | None]], labels: Labels) -> str:
    """Return the table of the forms of one go, as Markdown."""
    heads = [labels.text(f"form.table.{name}") for name in ("file", "form", "filled", "errors", "warnings", "outcome")]
    told = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    for entry, proposed in received:
        form = "–" if entry.form is None else whose_form(entry.form, labels)
        filled = progress_text(entry, labels) if entry.contents else "–"
        said = outcome(entry, labels) + (f" {code_cell(proposed.branch)}" if proposed is not None else "")
        warnings = str(len(entry.findings) - entry.errors)
        cells = (code_cell(entry.name), markdown_cell(form), filled, str(entry.errors), warnings, said)
        told.append(f"| {' | '.join(cells)} |")
    return "\n".join(told) + "\n"

"""What stages still owe: by stage, agency and who owes it; told in groups, and no error while the stage is open.

A stage owes from the day on which its window opens, or from its first file, until it is sealed or its year approved
(design, section 3, "Severity"). Whoever closes a stage asks for all it owes, open or not: `as_problems` tells it so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from pipeline.core.ground.problems import Problem, Source
from pipeline.core.index.scoring import Missing, missing, missing_lines, owed_lines
from pipeline.core.record import layout
from pipeline.core.record.layout import path_of
from pipeline.core.record.model import Year
from pipeline.core.record.stages import SURVEY


@dataclass(frozen=True, slots=True)
class Pending:
    """What one body, or the agency itself, still owes of one agency in one stage.

    Example: where an agency's first appraisal has no file yet and two bodies monitor its criteria, three entries tell
    it: the head (`body` None, `file` True), and the criteria of each body.
    """

    year: str
    stage: str  # of the year, or `survey`
    agency: str
    body: str | None  # the monitoring body; None where the agency, or who keeps the heads, owes it
    criteria: tuple[str, ...]
    file: bool  # the file itself is awaited: an agency's, a head, or a group's counts
    group: str | None  # of the survey
    source: Source  # where it would stand
    redo: bool = False  # the lines stand there, and new rules made them wrong


def pending(year: Year, today: str | None) -> tuple[Pending, ...]:
    """Return what the open stages of a year owe on a day; without a day a stage is open from its first file on."""
    return tuple(entry for entry in awaited(year) if not year.is_closed(entry.stage) and _has_begun(year, entry, today))


def awaited(year: Year) -> tuple[Pending, ...]:
    """Return all that a complete year lacks, in the order of stages, agencies and bodies, whether a stage is open."""
    order = {stage: place for place, stage in enumerate((*year.cycle.stages.names, SURVEY))}
    found: dict[tuple[str, str, str | None, str | None], Pending] = {}
    for gap in missing(year):
        for entry in _entries(year, gap):
            key = entry.stage, entry.agency, entry.body, entry.group
            found[key] = _joined(found[key], entry) if key in found else entry
    agencies = {agency: place for place, agency in enumerate(year.agencies)}

    def place_of(entry: Pending) -> tuple[int, int, str, str]:
        return order[entry.stage], agencies[entry.agency], entry.body or "", entry.group or ""

    return tuple(sorted(found.values(), key=place_of))


def redone(problems: Iterable[Problem], years: Mapping[str, Year]) -> tuple[Pending, ...]:
    """Return the lines that new rules made wrong, by stage, agency and the body that has to redo them."""
    found: dict[tuple[str, str, str, str], Pending] = {}
    for problem in problems:
        place, code = layout.place(problem.path), problem.figures.get("criterion", "")
        if place is None or place.year is None or place.stage is None or place.agency is None:
            continue
        year = years[place.year]
        criterion = year.criteria.get(code) if year.cycle.stages.kind(place.stage) == "appraise" else None
        body = criterion.monitor if criterion is not None else None
        source = Source(problem.path, problem.line, problem.column)
        entry = Pending(
            place.year, place.stage, place.agency, body, (code,), file=False, group=None, source=source, redo=True
        )
        key = place.year, place.stage, place.agency, body or ""
        known = found.get(key)
        found[key] = entry if known is None else known if code in known.criteria else _joined(known, entry)
    return tuple(found[key] for key in sorted(found))


def _entries(year: Year, gap: Missing) -> Iterator[Pending]:
    """Yield what a gap is made of: a file that is not there owes its lines as well, each to its monitoring body."""
    if gap.group is not None:
        path = path_of(year.name, SURVEY, gap.group, gap.agency)
        yield Pending(year.name, SURVEY, gap.agency, None, (), file=True, group=gap.group, source=Source(path))
        return
    file = year.file(gap.kind, gap.agency)
    whole = gap.criterion is None and file is None
    codes = owed_lines(year, gap.kind, gap.agency) if whole else (gap.criterion,) if gap.criterion else ()
    head = Source(path_of(year.name, gap.kind, gap.agency))
    place = head if file is None or file.headless else file.place("lines")
    if gap.criterion is None:
        yield Pending(year.name, gap.kind, gap.agency, None, (), file=True, group=None, source=place)
    by_body = year.cycle.stages.kind(gap.kind) == "appraise"
    for code in codes:
        body = year.criteria[code].monitor if by_body else None
        yield Pending(year.name, gap.kind, gap.agency, body, (code,), file=False, group=None, source=place)


def _joined(one: Pending, other: Pending) -> Pending:
    return replace(one, criteria=(*one.criteria, *other.criteria), file=one.file or other.file)


def _has_begun(year: Year, entry: Pending, today: str | None) -> bool:
    """Tell whether a stage has begun for an agency: an explanation when it was asked for, any other for all at once."""
    asking = year.cycle.stages.asked_in(entry.stage) if year.cycle.stages.kind(entry.stage) == "explain" else None
    if asking is not None:
        letter = year.file(entry.stage, entry.agency)
        asked = year.file(asking, entry.agency)
        request = asked.documents.get("requested") if asked is not None else None
        sent = request is not None and (today is None or request.date is None or request.date <= today)
        return letter is not None or sent
    if entry.stage == SURVEY and year.counts:
        return True
    window = year.cycle.windows.get(entry.stage)
    opened = window is not None and window.opens is not None and today is not None and window.opens <= today
    return bool(year.stages.get(entry.stage)) or opened


def as_problems(entries: Iterable[Pending]) -> Iterator[Problem]:
    """Yield what is owed as errors: what closing a stage, and `check --complete`, ask for."""
    for entry in entries:
        path, line, column = entry.source
        figures = {"stage": entry.stage, "agency": entry.agency}
        if entry.group is not None:
            yield Problem("counts-awaited", "error", path, line, column, {**figures, "group": entry.group})
        elif entry.file:
            yield Problem("stage-file-awaited", "error", path, line, column, figures)
        if entry.criteria:
            more = {"body": entry.body or entry.agency, "criteria": ", ".join(entry.criteria)}
            yield Problem("lines-awaited", "error", path, line, column, {**figures, **more})


def unfinished(year: Year, paths: Collection[str], body: str | None) -> Iterator[Problem]:
    """Yield the lines that files of open stages lack: who hands a file in is told of each, though nobody is stopped.

    Args:
        year: the records of the year.
        paths: the files that were handed in, heads or parts.
        body: the monitoring body that hands them in, which owes its own lines alone; None for whoever owes all.
    """
    for stage, files in year.stages.items():
        for agency, file in files.items():
            place = next(
                (source for source in (file.place("lines"), *file.parts.values()) if source.path in paths), None
            )
            if place is None or agency not in year.agencies or year.is_closed(stage):
                continue
            for code in missing_lines(year, stage, agency):
                criterion = year.criteria[code]
                if body in (None, criterion.monitor):
                    figures = {"criterion": code, "title": criterion.title.main}
                    yield Problem("line-missing", "error", place.path, place.line, place.column, figures)

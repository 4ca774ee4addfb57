"""What stages still lack, by stage, agency and who must fill it in: grouped, and no error while the stage is open.

Lines are due from the day on which the window opens, or from the first file, until the seal or the year's approval
(design, section 3, "Severity"). Closing a stage requires all of them, open or not: `as_problems`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from pipeline.core.ground.problems import Problem, Source
from pipeline.core.index.scoring import Missing, missing, missing_lines, owed_lines
from pipeline.core.record import layout
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
    source: Source  # where it would stand
    criteria: tuple[str, ...] = ()
    file: bool = False  # the file itself is awaited: an agency's, a head, or a group's counts
    group: str | None = None  # of the survey
    redo: bool = False  # the lines stand there, and new rules made them wrong
    asked: str | None = None  # of an explanation: from which day on, "" if it began; None if it was not asked for


def pending(year: Year, today: str | None) -> tuple[Pending, ...]:
    """Return what the open stages of a year owe on a day; without a day a stage is open from its first file on."""
    begun = {stage for stage, files in year.stages.items() if files} | ({SURVEY} if year.counts else set())
    return owed_on(year, awaited(year), begun, today)


def owed_on(year: Year, owed: Iterable[Pending], begun: Collection[str], today: str | None) -> tuple[Pending, ...]:
    """Return what is owed on a day of all that is awaited.

    Args:
        begun: the stages of which there is any file, and the survey where there are counts.
        today: the day; None if a stage is open from its first file on.
    """
    return tuple(entry for entry in owed if not year.is_closed(entry.stage) and _has_begun(year, entry, begun, today))


def awaited(year: Year) -> tuple[Pending, ...]:
    """Return all that a complete year lacks, in the order of stages, agencies and bodies, whether a stage is open."""
    return together(owed_of(year, missing(year)), {year.name: year})


def owed_of(year: Year, gaps: Iterable[Missing]) -> tuple[Pending, ...]:
    """Return what gaps of a year are made of, those of one agency, stage and body together."""
    return tuple(_merged(entry for gap in gaps for entry in _entries(year, gap)))


def redone(problems: Iterable[Problem], years: Mapping[str, Year]) -> tuple[Pending, ...]:
    """Return the lines that new rules made wrong, by stage, agency and the body that has to redo them."""
    return together((entry for problem in problems for entry in _wrong(problem, years)), years)


def together(entries: Iterable[Pending], years: Mapping[str, Year]) -> tuple[Pending, ...]:
    """Return one entry for each stage, agency, body and group, its criteria together, in their order."""
    merged = _merged(entries)
    if not merged:
        return ()
    stages = {(name, stage): at for name, year in years.items() for at, stage in enumerate(year.cycle.stages.names)}
    agencies = {(name, agency): at for name, year in years.items() for at, agency in enumerate(year.agencies)}

    def order(entry: Pending) -> tuple[str, int, int, str, str]:
        stage = stages.get((entry.year, entry.stage), len(stages))  # the survey comes last
        agency = agencies.get((entry.year, entry.agency), len(agencies))
        return entry.year, stage, agency, entry.body or "", entry.group or ""

    return tuple(sorted(merged, key=order))


def _merged(entries: Iterable[Pending]) -> Collection[Pending]:
    found: dict[tuple[str, str, str, str | None, str | None], Pending] = {}
    for entry in entries:
        key = entry.year, entry.stage, entry.agency, entry.body, entry.group
        known = found.get(key, entry)
        criteria = dict.fromkeys((*known.criteria, *entry.criteria))
        found[key] = replace(known, criteria=tuple(criteria), file=known.file or entry.file)
    return found.values()


def _wrong(problem: Problem, years: Mapping[str, Year]) -> Iterator[Pending]:
    """Yield the line that an error stands at, as owed by the body that monitors its criterion."""
    place, code = layout.place(problem.path), problem.figures["criterion"]
    if place is not None and place.year is not None and place.stage is not None and place.agency is not None:
        body = _owing(years[place.year], place.stage, code)
        source = Source(problem.path, problem.line, problem.column)
        yield Pending(place.year, place.stage, place.agency, body, source, (code,), redo=True)


def _owing(year: Year, stage: str, code: str) -> str | None:
    """Return the body that owes a line: that which monitors the criterion, where a stage appraises."""
    criterion = year.criteria.get(code) if year.cycle.stages.kind(stage) == "appraise" else None
    return criterion.monitor if criterion is not None else None


def _entries(year: Year, gap: Missing) -> Iterator[Pending]:
    """Yield what a gap is made of: a file that is not there owes its lines as well, each to its monitoring body."""
    if gap.group is not None:
        source = Source(layout.path_of(year.name, SURVEY, gap.group, gap.agency))
        yield Pending(year.name, SURVEY, gap.agency, None, source, file=True, group=gap.group)
        return
    file = year.file(gap.kind, gap.agency)
    whole = gap.criterion is None and file is None
    codes = owed_lines(year, gap.kind, gap.agency) if whole else (gap.criterion,) if gap.criterion else ()
    head = Source(layout.path_of(year.name, gap.kind, gap.agency))
    place = head if file is None or file.headless else file.place("lines")
    asked = _asked_on(year, gap.kind, gap.agency)
    if gap.criterion is None:
        yield Pending(year.name, gap.kind, gap.agency, None, place, file=True, asked=asked)
    for code in codes:
        yield Pending(year.name, gap.kind, gap.agency, _owing(year, gap.kind, code), place, (code,), asked=asked)


def _has_begun(year: Year, entry: Pending, begun: Collection[str], today: str | None) -> bool:
    """Tell whether a stage has begun for an agency: an explanation when it was asked for, any other for all at once."""
    if year.cycle.stages.kind(entry.stage) == "explain" and year.cycle.stages.asked_in(entry.stage) is not None:
        return entry.asked is not None and (today is None or entry.asked <= today)
    window = year.cycle.windows.get(entry.stage)
    opened = window is not None and window.opens is not None and today is not None and window.opens <= today
    return entry.stage in begun or opened


def _asked_on(year: Year, stage: str, agency: str) -> str | None:
    """Return the day of the letter that asks an agency to explain; "" if that has none, or an answer is there."""
    asking = year.cycle.stages.asked_in(stage) if year.cycle.stages.kind(stage) == "explain" else None
    if asking is None or year.file(stage, agency) is not None:
        return ""
    asked = year.file(asking, agency)
    request = asked.documents.get("requested") if asked is not None else None
    return None if request is None else request.date or ""


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
    """Yield the lines that files of open stages lack: the sender of a file learns of each, though nobody is stopped.

    Args:
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

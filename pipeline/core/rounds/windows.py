"""Whether a stage is written while it is open for its agency, by the windows, extensions and requests of BASE."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pipeline.core.record.calendar import deadline
from pipeline.core.record.layout import STAGE, Place, place
from pipeline.core.record.stages import SURVEY
from pipeline.core.rounds.judgement import FIRST_EDITION, Finding, JudgedCommit, StageOfYear
from pipeline.core.rounds.seals import is_of_stage


def stage_of(path: str) -> StageOfYear | None:
    """Return year and stage of a file that a seal closes, None where no seal does."""
    at = place(path)
    if at is None or at.year is None:
        return None
    if at.kind == STAGE and at.stage is not None:
        return at.year, at.stage
    return (at.year, SURVEY) if is_of_stage(path, at.year, SURVEY) else None


def windows(case: JudgedCommit) -> Iterator[Finding]:
    """A stage is written while it is open for its agency.

    After its last day, until its seal, who may write all criteria of all agencies still may with a second person; it is
    told that they were late.
    """
    for touch in case.step.guarded:
        stage, at = stage_of(touch.path), place(touch.path)
        if stage is None or at is None or touch.path in case.step.restored:
            continue
        for finding in _window(case, touch.path, at, stage[1]):
            late = finding.code == "closed" and _may_be_late(case)
            yield replace(finding, code="late", refused=False) if late else finding


def late_paths(case: JudgedCommit) -> frozenset[str]:
    """Return the files that a commit writes after their last day."""
    return frozenset(finding.path for finding in windows(case) if finding.code == "late")


def _may_be_late(case: JudgedCommit) -> bool:
    role = case.access.role_of(case.author) if case.author is not None else None
    return case.history.edition > FIRST_EDITION and role is not None and role.all_agencies and role.all_criteria


def _window(case: JudgedCommit, path: str, at: Place, stage: str) -> Iterator[Finding]:
    state, day, year, agency = case.history.state, case.moment.day, at.year or "", at.agency or ""
    cycle = state.cycles.get(year)
    window = cycle.windows.get(stage) if cycle else None
    figures = {"stage": stage, "agency": agency, "day": day, "year": year}
    if cycle is None or window is None:
        yield Finding("no-window", path, figures=figures)
        return
    events = state.events(year, stage, agency)
    opens = window.opens or (events.get(window.after) if window.after else None)
    try:
        last = deadline(cycle, stage, agency, calendar=state.calendar, events=events)
    except (ValueError, OverflowError):  # a day of BASE that is none; its shape is named by check
        last = None
    if opens is None and window.after is not None:
        yield Finding("not-asked", path, figures=figures)
    elif opens is not None and day < opens and at.kind != SURVEY:  # the survey's plan stands before anybody is asked
        yield Finding("not-open-yet", path, figures={**figures, "opens": opens})
    elif last is None:
        yield Finding("no-window", path, figures=figures)
    elif day > last:
        yield Finding("closed", path, figures={**figures, "last": last})

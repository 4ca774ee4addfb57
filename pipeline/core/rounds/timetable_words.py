"""What `status` answers: the plan on a day as text within 100 columns, as stable JSON, and as deadlines for a calendar.

States come from `timetable`, words from the labels; the iCalendar file is written by `adapters/calendars`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import zip_longest
from typing import Any

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.table import columns
from pipeline.core.ground.text import json_fields
from pipeline.core.index.pending import pending
from pipeline.core.index.pending_words import pending_json, pending_sentences
from pipeline.core.record.model import AGENCIES, Body, Calendar, Year
from pipeline.core.rounds.timetable import (
    AgencyProgress,
    Duty,
    PlannedTask,
    Progress,
    TaskProgress,
    TaskStanding,
    TaskState,
    plan_days,
)

WIDTH = 100
SHORT = 5  # working days: a week or less from a task's first day to its last is worth a word
_NO, _TITLE, _DAY = 4, 50, 12


@dataclass(frozen=True, slots=True)
class Deadline:
    """One deadline for a calendar: an all-day entry on the last working day that is left for it."""

    uid: str
    day: str
    title: str
    description: str


# --- text -----------------------------------------------------------------------------------------------------------


def progress_text(
    progress: Progress, bodies: Mapping[str, Body], labels: Labels, *, origin: str, commit: str | None, errors: int
) -> str:
    """Return the plan on the day, in the language of the labels, within 100 columns.

    Args:
        origin: where the day comes from: `given` or `clock`.
        commit: what was read; None for files that are not committed.
        errors: how many errors the year's data has, for then a state may be wrong.
    """
    told = list(
        pending_sentences(pending(progress.year, progress.today), {progress.year.name: progress.year}, bodies, labels)
    )
    parts = [
        _head(progress, labels, origin=origin, commit=commit, errors=errors),
        *_sections(progress, bodies, labels),
        _agencies(progress, labels),
        _loads(progress, bodies, labels),
        *([[labels.text("pending.title"), *(f"  {one}" for one in told)]] if told else []),
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _head(progress: Progress, labels: Labels, *, origin: str, commit: str | None, errors: int) -> list[str]:
    cycle = progress.year.cycle
    lines = [labels.of(cycle.title)]
    if cycle.illustrative:
        lines.append(labels.text("word.illustrative"))
    if errors:
        lines.append(labels.text("status.errors", count=errors))
    day, source = labels.date(progress.today), labels.text(f"status.origin.{origin}")
    lines.append(labels.text("status.as-of", day=day, origin=source, commit=(commit or "–")[:12]))
    lines.append(labels.text("status.summary", **count_states(progress)))
    return [line for text in lines for line in textwrap.wrap(text, WIDTH)]


def count_states(progress: Progress) -> dict[str, int]:
    """Return how many tasks there are in all, done, of these late, still due, late, and waiting."""
    return {
        "all": len(progress.tasks),
        "done": sum(task.standing.settled for task in progress.tasks),
        "done_late": progress.count(TaskState.DONE_LATE),
        "due": progress.count(TaskState.DUE, TaskState.DUE_TODAY, TaskState.DAYS_OFF),
        "late": progress.count(TaskState.LATE),
        "waiting": progress.count(TaskState.WAITING, TaskState.NO_DATE),
    }


def _sections(progress: Progress, bodies: Mapping[str, Body], labels: Labels) -> Iterator[list[str]]:
    sections: dict[str, list[TaskProgress]] = {}
    for entry in progress.tasks:
        sections.setdefault(labels.of(entry.task.section), []).append(entry)
    head = _row(*(labels.text(f"status.column.{name}") for name in ("no", "task", "due", "state")))
    for title, tasks in sections.items():
        lines = [*textwrap.wrap(title, WIDTH), head, "─" * WIDTH]
        for entry in tasks:
            lines.extend(_task_lines(progress.year, entry, bodies, labels))
        yield lines


def _row(no: str, title: str, day: str, state: str) -> str:
    return f"{no:<{_NO}}{title:<{_TITLE}}{day:<{_DAY}}{state}".rstrip()


def _task_lines(year: Year, entry: TaskProgress, bodies: Mapping[str, Body], labels: Labels) -> Iterator[str]:
    planned = entry.planned
    titles = textwrap.wrap(labels.of(entry.task.task), _TITLE - 2) or [""]
    states = textwrap.wrap(standing_text(entry.standing, labels), WIDTH - _NO - _TITLE - _DAY)
    day = _cell_day(planned.day or planned.latest, labels)
    for cells in zip_longest([entry.task.no], titles, [day], states, fillvalue=""):
        yield _row(*cells)
    indent = " " * _NO
    for text in _details(year, entry, bodies, labels):
        yield from textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")


def _cell_day(day: str | None, labels: Labels) -> str:
    """Return a day that fits into its column: a month in letters would not."""
    told = labels.date(day) if day is not None else "–"
    return told if len(told) < _DAY else day or ""


def _details(year: Year, entry: TaskProgress, bodies: Mapping[str, Body], labels: Labels) -> Iterator[str]:
    yield responsible_text(entry.planned, bodies, labels)
    yield from _facts(entry.planned, labels)
    if entry.waits_for:
        yield labels.text("status.waits-for", tasks=", ".join(entry.waits_for))
    if entry.room is not None and entry.room <= SHORT:
        yield labels.text("status.room", count=entry.room)
    yield from duty_sentences(year, entry, labels)
    if entry.planned.recorded and entry.planned.shown is False:
        yield labels.text("status.unshown")


def _facts(planned: PlannedTask, labels: Labels) -> Iterator[str]:
    """Yield what a task says of itself: the printed wording, its reading, days off, another window, its end."""
    task = planned.task
    if not task.in_plan:
        yield labels.text("status.not-in-plan")
    if task.printed is not None:
        yield labels.text("status.printed-scan" if task.scan else "status.printed", text=task.printed)
    if task.reading is not None:
        yield labels.text("status.reading", text=labels.of(task.reading))
    if planned.day is not None and planned.safe is not None and planned.safe != planned.day:
        yield labels.text("status.safe", day=labels.date(planned.day), safe=labels.date(planned.safe))
    if planned.window_day is not None:
        yield labels.text("status.window", day=labels.date(planned.window_day))
    if planned.done and planned.done_on is not None:
        document = task.done_document if planned.recorded else None
        key = "status.done-with" if document else "status.done-on"
        yield labels.text(key, day=labels.date(planned.done_on), document=document.number if document else "")


def responsible_text(planned: PlannedTask, bodies: Mapping[str, Body], labels: Labels) -> str:
    """Return who carries out a task."""
    return ", ".join(_body_text(slug, bodies, labels) for slug in planned.task.responsible)


def _body_text(slug: str, bodies: Mapping[str, Body], labels: Labels) -> str:
    if slug == AGENCIES:
        return labels.text("status.agencies")
    return labels.of(bodies[slug].short) if slug in bodies else labels.vietnamese(slug)


def duty_sentences(year: Year, entry: TaskProgress, labels: Labels) -> Iterator[str]:
    """Yield what agencies still owe, or did by a day of their own or late; those that stand alike together."""
    alike: dict[str, list[str]] = {}
    for duty in entry.planned.duties:
        standing = entry.standings[duty.agency]
        if standing.state is not TaskState.DONE or duty.extension is not None:
            alike.setdefault(_duty_text(duty, standing, labels), []).append(_agency_text(year, duty.agency, labels))
    yield from (f"{', '.join(agencies)}: {text}" for text, agencies in alike.items())


def _duty_text(duty: Duty, standing: TaskStanding, labels: Labels) -> str:
    facts = [standing_text(standing, labels)]
    if duty.day is not None:
        facts.append(labels.text("status.until", day=labels.date(duty.day)))
    if duty.extension is not None:
        facts.append(labels.text("status.extension", decision=duty.extension.decision))
    if duty.lacking and duty.outcome is None:
        facts.append(labels.text("status.lacking", what=", ".join(duty.lacking)))
    return "; ".join(facts)


def _agency_text(year: Year, agency: str, labels: Labels) -> str:
    return labels.of(year.agencies[agency].short)


def standing_text(standing: TaskStanding, labels: Labels) -> str:
    """Return a state in words, with its working days."""
    days = standing.working_days
    key = "just-late" if standing.state is TaskState.LATE and days == 0 else str(standing.state)
    return labels.text(f"status.state.{key}", count="–" if days is None else days)


def _agencies(progress: Progress, labels: Labels) -> list[str]:
    head = [labels.text(f"status.column.{name}") for name in ("agency", "next", "due", "state")]
    rows = [_agency_row(progress.year, agency, labels) for agency in progress.agencies]
    title = labels.text("status.next-title")
    notes = [
        f"{_agency_text(progress.year, agency.agency, labels)}: "
        + labels.text("status.extension", decision=agency.next.duty.extension.decision)
        for agency in progress.agencies
        if agency.next is not None and agency.next.duty.extension is not None
    ]
    table = columns([head, *rows]).split("\n")
    return [title, *table, *(line for note in notes for line in textwrap.wrap(note, WIDTH))]


def _agency_row(year: Year, agency: AgencyProgress, labels: Labels) -> list[str]:
    name, step = _agency_text(year, agency.agency, labels), agency.next
    if step is None:
        return [name, "–", "–", labels.text("status.nothing-owed")]
    asked = year.cycle.stages.kind(step.stage) != "explain" or step.standing.state is not TaskState.WAITING
    state = standing_text(step.standing, labels) if asked else labels.text("status.waits-for-request")
    return [name, labels.stage(step.stage), _cell_day(step.duty.day, labels), state]


def _loads(progress: Progress, bodies: Mapping[str, Body], labels: Labels) -> list[str]:
    title = labels.text("status.load-title")
    owed = [load for load in progress.loads if load.open]
    if not owed:
        return [title, labels.text("status.no-load")]
    head = [labels.text(f"status.column.{name}") for name in ("body", "month", "tasks", "days", "left")]
    rows = [
        [
            _body_text(load.body, bodies, labels),
            f"{load.month[5:]}/{load.month[:4]}",
            ", ".join(load.open),
            str(load.working_days),
            str(load.left),
        ]
        for load in owed
    ]
    return [title, *columns([head, *rows], right={3, 4}).split("\n")]


# --- JSON -----------------------------------------------------------------------------------------------------------


def progress_json(
    progress: Progress, labels: Labels, *, origin: str, commit: str | None, errors: int
) -> dict[str, Any]:
    """Return the stable shape of `status --format json`; days are ISO text, counts of working days numbers."""
    return {
        "year": progress.year.name,
        "commit": commit,
        "illustrative": progress.year.cycle.illustrative,
        "today": progress.today,
        "today_from": origin,
        "errors": errors,
        "summary": count_states(progress),
        "tasks": [_task_json(task, labels) for task in progress.tasks],
        "agencies": [_agency_json(agency) for agency in progress.agencies],
        "load": [asdict(load) for load in progress.loads],
        "pending": pending_json(pending(progress.year, progress.today)),
    }


def _task_json(entry: TaskProgress, labels: Labels) -> dict[str, Any]:
    task, planned = entry.task, entry.planned
    return {
        **json_fields(task, "no", "in_plan"),
        "section": labels.of(task.section),
        "task": labels.of(task.task),
        "product": labels.of(task.product) or None,
        **json_fields(task, "responsible", "printed"),
        "reading": labels.of(task.reading) or None,
        "scan": task.scan,
        **json_fields(planned, due="day", last_working_day="safe", latest_due="latest", window="window_day"),
        "room": entry.room,
        **asdict(entry.standing),
        "waits_for": list(entry.waits_for),
        "shown_by": planned.kind,
        "done": _done_json(planned),
        "unshown": list(entry.unshown),
        "agencies": [_duty_json(duty, entry.standings[duty.agency]) for duty in planned.duties],
        **json_fields(task.source, "path", "line"),
    }


def _done_json(planned: PlannedTask) -> dict[str, Any] | None:
    if not planned.done:
        return None
    document = planned.task.done_document if planned.recorded else None
    return {
        "date": planned.done_on,
        **json_fields(document, document="number"),
        **json_fields(planned, "recorded", "shown"),
    }


def _duty_json(duty: Duty, standing: TaskStanding) -> dict[str, Any]:
    return {
        **json_fields(duty, agency="agency", due="day", last_working_day="safe"),
        **json_fields(duty, extension="extension.decision", runs_from="event"),
        **asdict(standing),
        **json_fields(duty, done="done_on", lacking="lacking"),
    }


def _agency_json(agency: AgencyProgress) -> dict[str, Any]:
    return {
        **json_fields(agency, agency="agency", next="next.stage"),
        "stages": [{"stage": step.stage, **_duty_json(step.duty, step.standing)} for step in agency.steps],
    }


# --- deadlines ------------------------------------------------------------------------------------------------------


def deadlines(year: Year, calendar: Calendar, bodies: Mapping[str, Body], labels: Labels) -> tuple[Deadline, ...]:
    """Return every deadline of a year's plan: one for each task, and one for each agency whose day is its own.

    They depend on the record alone, not on today, so that the same commit gives the same calendar.
    """
    return tuple(
        deadline
        for planned in plan_days(year, calendar)
        for deadline in (*_of_task(year, planned, bodies, labels), *_of_duties(year, planned, bodies, labels))
    )


def _of_task(year: Year, planned: PlannedTask, bodies: Mapping[str, Body], labels: Labels) -> Iterator[Deadline]:
    if planned.safe is not None:
        title = labels.text("status.event", no=planned.task.no, task=labels.of(planned.task.task))
        uid = f"{year.name}-task-{planned.task.no}@parindex"
        yield Deadline(uid, planned.safe, title, _description(year, planned, bodies, labels))


def _of_duties(year: Year, planned: PlannedTask, bodies: Mapping[str, Body], labels: Labels) -> Iterator[Deadline]:
    for duty in planned.duties:
        if duty.safe is None or duty.day in (None, planned.day):
            continue
        agency = _agency_text(year, duty.agency, labels)
        title = labels.text("status.event-agency", no=planned.task.no, task=labels.of(planned.task.task), agency=agency)
        own = [labels.text("status.until", day=labels.date(duty.day))]
        if duty.event is not None:
            own.append(labels.text("status.runs-from", day=labels.date(duty.event)))
        if duty.extension is not None:
            own.append(labels.text("status.extension", decision=duty.extension.decision))
        uid = f"{year.name}-task-{planned.task.no}-{duty.agency}@parindex"
        description = f"{agency}: {'; '.join(own)}\n{_description(year, planned, bodies, labels)}"
        yield Deadline(uid, duty.safe, title, description)


def _description(year: Year, planned: PlannedTask, bodies: Mapping[str, Body], labels: Labels) -> str:
    lines = [responsible_text(planned, bodies, labels), *_facts(planned, labels)]
    if year.cycle.illustrative:
        lines.append(labels.text("word.illustrative"))
    return "\n".join(lines)

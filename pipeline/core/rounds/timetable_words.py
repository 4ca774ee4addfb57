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


@dataclass(frozen=True, slots=True)
class PlanVoice:
    """The words for a year's plan: who carries it out, what is owed, how it stands."""

    year: Year
    bodies: Mapping[str, Body]
    labels: Labels

    def say(self, key: str, /, **figures: object) -> str:
        """Return words of the plan."""
        return self.labels.text(f"status.{key}", **figures)

    def columns(self, *names: str) -> list[str]:
        """Return the heads of a table's columns."""
        return [self.say(f"column.{name}") for name in names]

    def day(self, day: str | None) -> str:
        """Return a day that fits into its column: a month in letters would not."""
        told = self.labels.date(day) if day is not None else "–"
        return told if len(told) < _DAY else day or ""

    def body(self, slug: str) -> str:
        """Return the name of a body, or of all agencies."""
        if slug == AGENCIES:
            return self.say("agencies")
        return self.labels.of(self.bodies[slug].short) if slug in self.bodies else self.labels.vietnamese(slug)

    def agency(self, slug: str) -> str:
        """Return the name of an agency."""
        return self.labels.of(self.year.agencies[slug].short)

    def responsible(self, planned: PlannedTask) -> str:
        """Return who carries out a task."""
        return ", ".join(map(self.body, planned.task.responsible))

    def standing(self, standing: TaskStanding) -> str:
        """Return a state in words, with its working days."""
        days = standing.working_days
        key = "just-late" if standing.state is TaskState.LATE and days == 0 else str(standing.state)
        return self.say(f"state.{key}", count="–" if days is None else days)

    def extended(self, duty: Duty) -> list[str]:
        """Return the words that a decision moved an agency's day, where one did."""
        return [self.say("extension", decision=duty.extension.decision)] if duty.extension is not None else []

    def until(self, duty: Duty) -> list[str]:
        """Return the words that say an agency's last day, where it has one."""
        return [self.say("until", day=self.labels.date(duty.day))] if duty.day is not None else []

    def duties(self, entry: TaskProgress) -> Iterator[str]:
        """Yield what agencies still owe, or did by a day of their own or late; those that stand alike together."""
        alike: dict[str, list[str]] = {}
        for duty in entry.planned.duties:
            standing = entry.standings[duty.agency]
            if standing.state is not TaskState.DONE or duty.extension is not None:
                facts = [self.standing(standing), *self.until(duty), *self.extended(duty)]
                if duty.lacking and duty.outcome is None:
                    facts.append(self.say("lacking", what=", ".join(duty.lacking)))
                alike.setdefault("; ".join(facts), []).append(self.agency(duty.agency))
        yield from (f"{', '.join(agencies)}: {text}" for text, agencies in alike.items())

    def facts(self, planned: PlannedTask) -> Iterator[str]:
        """Yield what a task says of itself: the printed wording, its reading, days off, another window, its end."""
        task, date = planned.task, self.labels.date
        if not task.in_plan:
            yield self.say("not-in-plan")
        if task.printed is not None:
            yield self.say("printed-scan" if task.scan else "printed", text=task.printed)
        if task.reading is not None:
            yield self.say("reading", text=self.labels.of(task.reading))
        if planned.day is not None and planned.safe is not None and planned.safe != planned.day:
            yield self.say("safe", day=date(planned.day), safe=date(planned.safe))
        if planned.window_day is not None:
            yield self.say("window", day=date(planned.window_day))
        if planned.done and planned.done_on is not None:
            document = task.done_document if planned.recorded else None
            key = "done-with" if document else "done-on"
            yield self.say(key, day=date(planned.done_on), document=document.number if document else "")


def progress_text(
    progress: Progress, bodies: Mapping[str, Body], labels: Labels, *, origin: str, commit: str | None, errors: int
) -> str:
    """Return the plan on the day, in the language of the labels, within 100 columns.

    Args:
        origin: where the day comes from: `given` or `clock`.
        commit: what was read; None for files that are not committed.
        errors: how many errors the year's data has, for then a state may be wrong.
    """
    year, voice = progress.year, PlanVoice(progress.year, bodies, labels)
    told = list(pending_sentences(pending(year, progress.today), {year.name: year}, bodies, labels))
    parts = [
        _head(progress, voice, origin=origin, commit=commit, errors=errors),
        *_sections(progress, voice),
        _agencies(progress, voice),
        _loads(progress, voice),
        *([[labels.text("pending.title"), *(f"  {one}" for one in told)]] if told else []),
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _head(progress: Progress, voice: PlanVoice, *, origin: str, commit: str | None, errors: int) -> list[str]:
    cycle, labels = progress.year.cycle, voice.labels
    lines = [labels.of(cycle.title)]
    if cycle.illustrative:
        lines.append(labels.text("word.illustrative"))
    if errors:
        lines.append(voice.say("errors", count=errors))
    day, source = labels.date(progress.today), voice.say(f"origin.{origin}")
    lines.append(voice.say("as-of", day=day, origin=source, commit=(commit or "–")[:12]))
    lines.append(voice.say("summary", **count_states(progress)))
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


def _sections(progress: Progress, voice: PlanVoice) -> Iterator[list[str]]:
    sections: dict[str, list[TaskProgress]] = {}
    for entry in progress.tasks:
        sections.setdefault(voice.labels.of(entry.task.section), []).append(entry)
    head = _row(*voice.columns("no", "task", "due", "state"))
    for title, tasks in sections.items():
        lines = [*textwrap.wrap(title, WIDTH), head, "─" * WIDTH]
        for entry in tasks:
            lines.extend(_task_lines(entry, voice))
        yield lines


def _row(no: str, title: str, day: str, state: str) -> str:
    return f"{no:<{_NO}}{title:<{_TITLE}}{day:<{_DAY}}{state}".rstrip()


def _task_lines(entry: TaskProgress, voice: PlanVoice) -> Iterator[str]:
    planned = entry.planned
    titles = textwrap.wrap(voice.labels.of(entry.task.task), _TITLE - 2) or [""]
    states = textwrap.wrap(voice.standing(entry.standing), WIDTH - _NO - _TITLE - _DAY)
    day = voice.day(planned.day or planned.latest)
    for cells in zip_longest([entry.task.no], titles, [day], states, fillvalue=""):
        yield _row(*cells)
    indent = " " * _NO
    for text in _details(entry, voice):
        yield from textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")


def _details(entry: TaskProgress, voice: PlanVoice) -> Iterator[str]:
    yield voice.responsible(entry.planned)
    yield from voice.facts(entry.planned)
    if entry.waits_for:
        yield voice.say("waits-for", tasks=", ".join(entry.waits_for))
    if entry.room is not None and entry.room <= SHORT:
        yield voice.say("room", count=entry.room)
    yield from voice.duties(entry)
    if entry.planned.recorded and entry.planned.shown is False:
        yield voice.say("unshown")


def _agencies(progress: Progress, voice: PlanVoice) -> list[str]:
    rows = [_agency_row(agency, voice) for agency in progress.agencies]
    told = ((one.agency, voice.extended(one.next.duty)) for one in progress.agencies if one.next is not None)
    notes = [f"{voice.agency(slug)}: {extended}" for slug, own in told for extended in own]
    table = columns([voice.columns("agency", "next", "due", "state"), *rows]).split("\n")
    return [voice.say("next-title"), *table, *(line for note in notes for line in textwrap.wrap(note, WIDTH))]


def _agency_row(agency: AgencyProgress, voice: PlanVoice) -> list[str]:
    name, step = voice.agency(agency.agency), agency.next
    if step is None:
        return [name, "–", "–", voice.say("nothing-owed")]
    asked = voice.year.cycle.stages.kind(step.stage) != "explain" or step.standing.state is not TaskState.WAITING
    state = voice.standing(step.standing) if asked else voice.say("waits-for-request")
    return [name, voice.labels.stage(step.stage), voice.day(step.duty.day), state]


def _loads(progress: Progress, voice: PlanVoice) -> list[str]:
    title = voice.say("load-title")
    owed = [load for load in progress.loads if load.open]
    if not owed:
        return [title, voice.say("no-load")]
    rows = [
        [
            voice.body(load.body),
            f"{load.month[5:]}/{load.month[:4]}",
            ", ".join(load.open),
            str(load.working_days),
            str(load.left),
        ]
        for load in owed
    ]
    head = voice.columns("body", "month", "tasks", "days", "left")
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
    voice = PlanVoice(year, bodies, labels)
    return tuple(deadline for planned in plan_days(year, calendar) for deadline in _deadlines_of(planned, voice))


def _deadlines_of(planned: PlannedTask, voice: PlanVoice) -> Iterator[Deadline]:
    named = {"no": planned.task.no, "task": voice.labels.of(planned.task.task)}
    uid = f"{voice.year.name}-task-{planned.task.no}"
    illustrative = [voice.labels.text("word.illustrative")] if voice.year.cycle.illustrative else []
    description = "\n".join((voice.responsible(planned), *voice.facts(planned), *illustrative))
    if planned.safe is not None:
        yield Deadline(f"{uid}@parindex", planned.safe, voice.say("event", **named), description)
    for duty in planned.duties:
        if duty.safe is None or duty.day in (None, planned.day):
            continue
        agency = voice.agency(duty.agency)
        begun = [voice.say("runs-from", day=voice.labels.date(duty.event))] if duty.event is not None else []
        own = "; ".join((*voice.until(duty), *begun, *voice.extended(duty)))
        title = voice.say("event-agency", **named, agency=agency)
        yield Deadline(f"{uid}-{duty.agency}@parindex", duty.safe, title, f"{agency}: {own}\n{description}")

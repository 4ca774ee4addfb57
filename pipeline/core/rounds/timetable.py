"""The state of the plan on a day: what each task and agency must do, until when, what is done, late or still waiting.

Days follow the forms of plan.yml and `calendar`; a task is done where plan.yml says so, or where the files show it.
How it looks: `timetable_words`. Nothing here reads the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

from pipeline.core.index.scoring import missing, unanswered_requests
from pipeline.core.record.calendar import (
    day_before,
    end_of,
    last_day,
    last_of_month,
    last_working_day,
    working_days_between,
)
from pipeline.core.record.model import APPROVAL, SENT, Calendar, Extension, Task, Year
from pipeline.core.record.stages import SURVEY, Stages


def needs_of(stages: Stages) -> Mapping[str, tuple[str, ...]]:
    """Return what each part of the record waits for: the stage before it; who decides, the survey as well.

    The first appraisal is sent before anybody explains it.
    """
    names, first = stages.names, stages.first_appraise
    needs = {name: names[place : place + 1] for place, name in enumerate(names[1:])}
    if first is not None:
        needs[SENT] = (first,)
        if (explain := stages.answered_in(first)) is not None:
            needs[explain] = (SENT,)
    if (decide := stages.decide) is not None:
        needs[decide] = (*needs.get(decide, ()), SURVEY)
        return {**needs, APPROVAL: names[-1:]}
    return {**needs, APPROVAL: (*names[-1:], SURVEY)}


class TaskState(StrEnum):
    """How a task, or one agency's part of it, stands on a day."""

    DONE = "done"
    DONE_LATE = "done-late"
    NOT_ASKED = "not-asked"  # nothing was asked, so nothing is owed
    UNANSWERED = "unanswered"  # the second round says that no explanation came
    DUE = "due"
    DUE_TODAY = "due-today"  # the last day, or the last working day before it
    DAYS_OFF = "days-off"  # only days off are left
    LATE = "late"
    WAITING = "waiting"  # its day runs from something that has not happened yet
    NO_DATE = "no-date"


SETTLED = frozenset({TaskState.DONE, TaskState.DONE_LATE, TaskState.NOT_ASKED, TaskState.UNANSWERED})


@dataclass(frozen=True, slots=True)
class TaskStanding:
    """A state with its working days: left where due, over where late; None where there is nothing to count."""

    state: TaskState
    working_days: int | None = None

    @property
    def settled(self) -> bool:
        """Tell whether nothing is owed any more."""
        return self.state in SETTLED


@dataclass(frozen=True, slots=True)
class Duty:
    """One agency's part in a task: its own last day, extension included, and what the files show of it."""

    agency: str
    day: str | None
    safe: str | None  # the last working day until then
    extension: Extension | None
    event: str | None  # the day that its working days run from: the request's
    done_on: str | None
    outcome: TaskState | None  # None while it is owed; else done, not asked or unanswered
    lacking: tuple[str, ...]  # criteria not explained yet, survey groups without a file


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """A task with its days and what the record shows of it, before any day is compared with today."""

    task: Task
    kind: str | None  # what of the record shows it done: a stage, survey, sent, approval; None: plan.yml alone
    first_day: str | None
    day: str | None  # the plan's own last day; None where it depends on each agency, or on what has not happened
    safe: str | None
    duties: tuple[Duty, ...]  # by agency, where the record shows the task agency by agency
    window_day: str | None  # the last day of the stage in cycle.yml, where it is another one
    done: bool
    done_on: str | None
    recorded: bool  # plan.yml says that it is done; else the files show it
    shown: bool | None  # do the files show it? None where none could

    @property
    def latest(self) -> str | None:
        """Return the last day of all: the plan's own or the latest of an agency's."""
        days = [day for day in (self.day, *(duty.day for duty in self.duties)) if day is not None]
        return max(days, default=None)


@dataclass(frozen=True, slots=True)
class TaskProgress:
    """A task as it stands on the day."""

    planned: PlannedTask
    standing: TaskStanding
    standings: Mapping[str, TaskStanding]  # by agency, of the duties
    waits_for: tuple[str, ...]  # numbers of the tasks that must come first and are not done
    room: int | None  # working days from its first day to its last

    @property
    def task(self) -> Task:
        """Return the task as plan.yml has it."""
        return self.planned.task

    @property
    def unshown(self) -> tuple[str, ...]:
        """Return the agencies whose files do not show what plan.yml says is done."""
        if not self.planned.recorded:
            return ()
        return tuple(duty.agency for duty in self.planned.duties if duty.outcome is None)


@dataclass(frozen=True, slots=True)
class AgencyStep:
    """What is due of an agency at a stage, by the windows and extensions of cycle.yml."""

    stage: str
    duty: Duty
    standing: TaskStanding


@dataclass(frozen=True, slots=True)
class AgencyProgress:
    """What an agency hands in, and what of it is next; None where nothing is owed any more."""

    agency: str
    steps: tuple[AgencyStep, ...]
    next: AgencyStep | None


@dataclass(frozen=True, slots=True)
class Load:
    """What one body has to finish in one month, and the working days it has for it."""

    body: str
    month: str
    tasks: tuple[str, ...]
    open: tuple[str, ...]
    working_days: int  # of the month, since the plan began, until the last of the tasks is due
    left: int  # those after today


@dataclass(frozen=True, slots=True)
class Progress:
    """A year's plan on a day."""

    year: Year
    today: str
    tasks: tuple[TaskProgress, ...]
    agencies: tuple[AgencyProgress, ...]
    loads: tuple[Load, ...]

    def count(self, *states: TaskState) -> int:
        """Return how many tasks are in one of some states."""
        return sum(task.standing.state in states for task in self.tasks)


def progress(year: Year, calendar: Calendar, today: str) -> Progress:
    """Return how the plan of a year stands on a day; what the record dates later has not happened yet."""
    planned = plan_days(year, calendar, today)
    opening = _opening(year)
    tasks = tuple(
        _task_progress(entry, planned, year.cycle.stages, opening=opening, calendar=calendar, today=today)
        for entry in planned
    )
    agencies = tuple(_agency_progress(year, agency, calendar, today) for agency in year.agencies)
    return Progress(year, today, tasks, agencies, tuple(_loads(tasks, opening, calendar, today)))


# --- days -----------------------------------------------------------------------------------------------------------


def plan_days(year: Year, calendar: Calendar, today: str | None = None) -> tuple[PlannedTask, ...]:
    """Return the tasks of the plan with their days, as far as the record knew them on a day, or knows them at all."""
    facts = {task.no: _done(year, task, today) for task in year.plan}
    return tuple(_planned(year, task, facts, calendar, today) for task in year.plan)


@dataclass(frozen=True, slots=True)
class _Done:
    done: bool
    on: str | None
    recorded: bool
    shown: bool | None


@dataclass(frozen=True, slots=True)
class _Fact:
    """What the files show of one agency's part."""

    outcome: TaskState | None = None
    on: str | None = None
    event: str | None = None
    lacking: tuple[str, ...] = ()


def _planned(year: Year, task: Task, done: Mapping[str, _Done], calendar: Calendar, today: str | None) -> PlannedTask:
    kind, own = task.shown_in(year.cycle.stages), done[task.no]
    before = done.get(task.due.after_task) if task.due.after_task is not None else None
    start = before.on if before is not None and before.done else None

    def day_of(event: str | None) -> str | None:
        if task.due.in_month is not None:
            return last_of_month(task.due.in_month)
        return end_of(task.due, event if task.due.after_request else start, calendar)

    day = day_of(None)
    window = year.cycle.windows.get(kind) if kind is not None else None
    comparable = window is not None and kind != SURVEY  # the survey's window is its fieldwork, not its results
    window_day = last_day(window, calendar=calendar, events={}) if window is not None and comparable else None
    opens = window.opens if window is not None else None
    return PlannedTask(
        task=task,
        kind=kind,
        first_day=task.due.from_day or (f"{task.due.in_month}-01" if task.due.in_month else opens),
        day=day,
        safe=_safe(day, calendar),
        duties=_duties(year, kind, day_of, calendar, today),
        window_day=window_day if day is not None and window_day != day else None,
        done=own.done,
        done_on=own.on,
        recorded=own.recorded,
        shown=own.shown,
    )


def _safe(day: str | None, calendar: Calendar) -> str | None:
    return None if day is None else last_working_day(day, calendar)


def _duties(
    year: Year, kind: str | None, day_of: Callable[[str | None], str | None], calendar: Calendar, today: str | None
) -> tuple[Duty, ...]:
    if kind is None or _fact_of(year, kind) is None:
        return ()
    return tuple(_duty(year, kind, agency, day_of, calendar, today) for agency in year.agencies)


def _duty(  # noqa: PLR0917 - the same words as its callers'
    year: Year,
    kind: str,
    agency: str,
    day_of: Callable[[str | None], str | None],
    calendar: Calendar,
    today: str | None,
) -> Duty:
    find = _fact_of(year, kind)
    fact = find(year, agency, today) if find is not None else _Fact()
    own = [entry for entry in year.cycle.extensions if (entry.stage, entry.agency) == (kind, agency)]
    given = day_of(fact.event)
    latest = max(own, key=lambda entry: entry.by, default=None)
    extension = latest if latest is not None and (given is None or latest.by > given) else None
    day = None if fact.outcome is TaskState.NOT_ASKED else extension.by if extension is not None else given
    return Duty(
        agency, day, _safe(day, calendar), extension, fact.event, fact.on, outcome=fact.outcome, lacking=fact.lacking
    )


# --- what the record shows ------------------------------------------------------------------------------------------


def _done(year: Year, task: Task, today: str | None) -> _Done:
    kind = task.shown_in(year.cycle.stages)
    shown, on = _shown(year, kind, today) if kind is not None else (None, None)
    if task.done_on is not None:  # the plan's own word on the day goes before what undated files show
        happened = _happened(task.done_on, today)
        return _Done(done=happened, on=task.done_on if happened else None, recorded=happened, shown=shown)
    return _Done(done=bool(shown), on=on, recorded=False, shown=shown)


def _shown(year: Year, kind: str, today: str | None) -> tuple[bool, str | None]:
    """Tell whether the files show a part of the record complete, and since when as far as they say."""
    if kind == APPROVAL:
        days = [table.decision.date for table in year.approvals]
        known = [day for day in days if _happened(day, today)]
        return bool(known), min((day for day in known if day is not None), default=None)
    find = _fact_of(year, kind)
    facts = [find(year, agency, today) for agency in year.agencies] if find is not None else []
    complete = bool(facts) and all(fact.outcome is not None for fact in facts)
    return complete, max((fact.on for fact in facts if fact.on is not None), default=None) if complete else None


def _happened(day: str | None, today: str | None) -> bool:
    """Tell whether something has happened by a day; what is recorded without a day counts as happened."""
    return day is None or today is None or day <= today


def _stage_fact(stage: str, year: Year, agency: str, today: str | None) -> _Fact:
    file = year.file(stage, agency)
    return _Fact() if file is None or not _happened(file.day, today) else _Fact(TaskState.DONE, file.day)


def _sent_fact(year: Year, agency: str, today: str | None) -> _Fact:
    file = year.file(year.cycle.stages.first_appraise, agency)
    sent = file.dates.get("sent") if file is not None else None
    return _Fact(TaskState.DONE, sent) if sent is not None and _happened(sent, today) else _Fact()


def _explained(explain: str, year: Year, agency: str, today: str | None) -> _Fact:
    """Return what the files show of an explanation: asked or not, since when, answered whole, or said unanswered."""
    stages = year.cycle.stages
    first = year.file(stages.asked_in(explain), agency)
    if first is None or not _happened(first.day, today):
        return _Fact()
    asked = first.requests
    requested = first.documents.get("requested")
    if not asked and requested is None:
        return _Fact(TaskState.NOT_ASKED)
    if requested is None or requested.date is None or not _happened(requested.date, today):
        return _Fact(lacking=asked)
    letter, second = (year.file(stage, agency) for stage in (explain, stages.tells_unanswered(explain)))
    received = letter is not None and _happened(letter.day, today)
    lacking = unanswered_requests(year, explain, agency) if received else asked
    if received and letter is not None and not lacking:
        return _Fact(TaskState.DONE, letter.day, requested.date)
    said = second.dates.get("unanswered") if second is not None else None
    if said is not None and _happened(said, today):
        return _Fact(TaskState.UNANSWERED, said, requested.date, lacking)
    return _Fact(event=requested.date, lacking=lacking)


def _survey_fact(year: Year, agency: str, today: str | None) -> _Fact:  # noqa: ARG001 - counts carry no day
    alone = replace(year, agencies={agency: year.agencies[agency]})
    groups = tuple(entry.group for entry in missing(alone) if entry.kind == SURVEY and entry.group is not None)
    return _Fact(lacking=groups) if groups else _Fact(TaskState.DONE)


def _fact_of(year: Year, kind: str) -> Callable[[Year, str, str | None], _Fact] | None:
    """Return how the files show one agency's part of a stage, of what is sent, or of the survey; None of all else."""
    if kind in (SENT, SURVEY):
        return _sent_fact if kind == SENT else _survey_fact
    stage = year.cycle.stages.get(kind)
    if stage is None:
        return None
    return partial(_explained if stage.kind == "explain" else _stage_fact, kind)


# --- states ---------------------------------------------------------------------------------------------------------


def standing_on(day: str, calendar: Calendar, today: str) -> TaskStanding:
    """Return how something that is still owed stands on a day: late, due today, due, or only days off left."""
    if today > day:
        return TaskStanding(TaskState.LATE, working_days_between(day, today, calendar))
    left = working_days_between(today, day, calendar)
    if left:
        return TaskStanding(TaskState.DUE, left)
    last = today in (day, last_working_day(day, calendar))
    return TaskStanding(TaskState.DUE_TODAY if last else TaskState.DAYS_OFF, 0)


def standing_when_done(done_on: str | None, day: str | None, calendar: Calendar) -> TaskStanding:
    """Return how something that is done stands: in time unless its day is known to be over the last one."""
    if done_on is None or day is None or done_on <= day:
        return TaskStanding(TaskState.DONE)
    return TaskStanding(TaskState.DONE_LATE, working_days_between(day, done_on, calendar))


def _duty_standing(duty: Duty, calendar: Calendar, today: str) -> TaskStanding:
    if duty.outcome is TaskState.DONE:
        return standing_when_done(duty.done_on, duty.day, calendar)
    if duty.outcome is not None:
        return TaskStanding(duty.outcome)
    return TaskStanding(TaskState.WAITING) if duty.day is None else standing_on(duty.day, calendar, today)


def _task_progress(
    entry: PlannedTask,
    planned: tuple[PlannedTask, ...],
    stages: Stages,
    *,
    opening: str | None,
    calendar: Calendar,
    today: str,
) -> TaskProgress:
    standings = {duty.agency: _duty_standing(duty, calendar, today) for duty in entry.duties}
    return TaskProgress(
        planned=entry,
        standing=_task_standing(entry, standings, calendar, today),
        standings=standings,
        waits_for=() if entry.done else _waits_for(entry, planned, stages),
        room=_room(entry, opening, calendar),
    )


def _task_standing(
    entry: PlannedTask, standings: Mapping[str, TaskStanding], calendar: Calendar, today: str
) -> TaskStanding:
    """Return a task's standing; of its agencies' parts the worst, of those still due the nearest."""
    if entry.done and (entry.recorded or not entry.duties):
        return standing_when_done(entry.done_on, entry.latest, calendar)
    if entry.done:
        over = [s.working_days or 0 for s in standings.values() if s.state is TaskState.DONE_LATE]
        return TaskStanding(TaskState.DONE_LATE, max(over)) if over else TaskStanding(TaskState.DONE)
    open_days = [duty.day for duty in entry.duties if duty.outcome is None and duty.day is not None]
    owed = any(duty.outcome is None for duty in entry.duties)
    day = min(open_days, default=None) if owed else entry.day
    if day is not None:
        return standing_on(day, calendar, today)
    due = entry.task.due
    return TaskStanding(TaskState.WAITING if due.working_days is not None else TaskState.NO_DATE)


def _waits_for(entry: PlannedTask, planned: tuple[PlannedTask, ...], stages: Stages) -> tuple[str, ...]:
    """Return the tasks that must come first and are not done, in the order of the plan."""
    present = {other.kind for other in planned}
    kinds = set(_needed(entry.kind, present, needs_of(stages))) if entry.kind is not None else set()
    return tuple(
        other.task.no
        for other in planned
        if not other.done and (other.task.no == entry.task.due.after_task or other.kind in kinds)
    )


def _needed(kind: str, present: set[str | None], needs: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield what must come before a part of the record, over parts that no task of the plan stands for."""
    for need in needs.get(kind, ()):
        if need in present:
            yield need
        else:
            yield from _needed(need, present, needs)


# --- agencies and bodies --------------------------------------------------------------------------------------------


def _agency_progress(year: Year, agency: str, calendar: Calendar, today: str) -> AgencyProgress:
    stages = year.cycle.stages.of_kind("claim", "explain")
    steps = [step for stage in stages if (step := agency_step(year, stage, agency, calendar, today)) is not None]
    owed = [step for step in steps if not step.standing.settled]
    following = min(owed, key=lambda step: (step.duty.day is None, step.duty.day or ""), default=None)
    return AgencyProgress(agency, tuple(steps), following)


def agency_step(year: Year, stage: str, agency: str, calendar: Calendar, today: str) -> AgencyStep | None:
    """Return how a stage of an agency stands on a day; None where the stage has no window."""
    window = year.cycle.windows.get(stage)
    if window is None:
        return None

    def day_of(event: str | None) -> str | None:
        return last_day(window, calendar=calendar, events={} if event is None else {"request": event})

    duty = _duty(year, stage, agency, day_of, calendar, today)
    return AgencyStep(stage, duty, _duty_standing(duty, calendar, today))


def _opening(year: Year) -> str | None:
    """Return the day on which the work began: the first window of the year."""
    return min((window.opens for window in year.cycle.windows.values() if window.opens is not None), default=None)


def _room(entry: PlannedTask, opening: str | None, calendar: Calendar) -> int | None:
    if entry.first_day is None or entry.day is None:
        return None
    return working_days_between(day_before(max(entry.first_day, opening or "")), entry.day, calendar)


def _loads(tasks: tuple[TaskProgress, ...], opening: str | None, calendar: Calendar, today: str) -> Iterator[Load]:
    """Yield what each body has to finish in each month, bodies in the order in which the plan names them."""
    owed: dict[tuple[str, str], list[TaskProgress]] = {}
    for entry in tasks:
        last = _safe(entry.planned.latest, calendar)
        for body in entry.task.responsible if last is not None else ():
            owed.setdefault((body, last[:7] if last is not None else ""), []).append(entry)
    bodies = list(dict.fromkeys(body for body, _ in owed))
    for (body, month), entries in sorted(owed.items(), key=lambda item: (bodies.index(item[0][0]), item[0][1])):
        last = max(day for entry in entries if (day := _safe(entry.planned.latest, calendar)) is not None)
        begin = max(f"{month}-01", opening or "")
        yield Load(
            body=body,
            month=month,
            tasks=tuple(entry.task.no for entry in entries),
            open=tuple(entry.task.no for entry in entries if not entry.standing.settled),
            working_days=working_days_between(day_before(begin), last, calendar),
            left=working_days_between(max(day_before(begin), today), last, calendar),
        )

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

_LAST = "9999-12-31"  # a day until which all that is recorded has happened


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
    """One agency's part in a task: what the files show of it, and its own last day, extension included."""

    agency: str
    outcome: TaskState | None = None  # None while it is owed; else done, not asked or unanswered
    done_on: str | None = None
    event: str | None = None  # the day that its working days run from: the request's
    lacking: tuple[str, ...] = ()  # criteria not explained yet, survey groups without a file
    day: str | None = None
    safe: str | None = None  # the last working day until then
    extension: Extension | None = None


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """A task with its days and what the record shows of it, before any day is compared with today."""

    task: Task
    kind: str | None  # what of the record shows it done: a stage, survey, sent, approval; None: plan.yml alone
    done: bool
    done_on: str | None
    recorded: bool  # plan.yml says that it is done; else the files show it
    shown: bool | None  # do the files show it? None where none could
    first_day: str | None = None
    day: str | None = None  # the plan's own last day; None where it depends on each agency, or on what is to come
    safe: str | None = None
    duties: tuple[Duty, ...] = ()  # by agency, where the record shows the task agency by agency
    window_day: str | None = None  # the last day of the stage in cycle.yml, where it is another one

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
    seen = _Standpoint(year, calendar, today)
    planned = seen.plan()
    tasks = tuple(seen.task(entry, planned) for entry in planned)
    return Progress(year, today, tasks, tuple(map(seen.agency, year.agencies)), tuple(seen.loads(tasks)))


def plan_days(year: Year, calendar: Calendar, today: str = _LAST) -> tuple[PlannedTask, ...]:
    """Return the tasks of the plan with their days, as far as the record knew them on a day, or knows them at all."""
    return _Standpoint(year, calendar, today).plan()


def agency_step(year: Year, stage: str, agency: str, calendar: Calendar, today: str) -> AgencyStep | None:
    """Return how a stage of an agency stands on a day; None where the stage has no window."""
    return _Standpoint(year, calendar, today).step(stage, agency)


@dataclass(frozen=True, slots=True)
class _Standpoint:
    """A year and its calendar, seen on a day."""

    year: Year
    calendar: Calendar
    today: str

    # --- days ---------------------------------------------------------------------------------------------------------

    def plan(self) -> tuple[PlannedTask, ...]:
        """Return the tasks of the plan with their days, and what the record shows of them."""
        listed = list(map(self._recorded, self.year.plan))
        known = {entry.task.no: entry for entry in listed}
        return tuple(self._dated(entry, known.get(entry.task.due.after_task or "")) for entry in listed)

    def _dated(self, entry: PlannedTask, before: PlannedTask | None) -> PlannedTask:
        """Return a task with its days; it may run from the end of one before it."""
        due, kind = entry.task.due, entry.kind
        start = before.done_on if before is not None and before.done else None

        def day_of(event: str | None) -> str | None:
            if due.in_month is not None:
                return last_of_month(due.in_month)
            return end_of(due, event if due.after_request else start, self.calendar)

        day = day_of(None)
        window = self.year.cycle.windows.get(kind) if kind is not None else None
        comparable = window is not None and kind != SURVEY  # the survey's window is its fieldwork, not its results
        window_day = last_day(window, calendar=self.calendar, events={}) if window is not None and comparable else None
        opens = window.opens if window is not None else None
        parted = kind is not None and self._fact_of(kind) is not None
        return replace(
            entry,
            first_day=due.from_day or (f"{due.in_month}-01" if due.in_month else opens),
            day=day,
            safe=self._safe(day),
            duties=tuple(self._duty(kind, agency, day_of) for agency in self.year.agencies) if kind and parted else (),
            window_day=window_day if day is not None and window_day != day else None,
        )

    def _safe(self, day: str | None) -> str | None:
        return None if day is None else last_working_day(day, self.calendar)

    def _duty(self, kind: str, agency: str, day_of: Callable[[str | None], str | None]) -> Duty:
        find = self._fact_of(kind)
        fact = find(agency) if find is not None else Duty(agency)
        own = [entry for entry in self.year.cycle.extensions if (entry.stage, entry.agency) == (kind, agency)]
        given = day_of(fact.event)
        latest = max(own, key=lambda entry: entry.by, default=None)
        extension = latest if latest is not None and (given is None or latest.by > given) else None
        day = None if fact.outcome is TaskState.NOT_ASKED else extension.by if extension is not None else given
        return replace(fact, day=day, safe=self._safe(day), extension=extension)

    # --- what the record shows ----------------------------------------------------------------------------------------

    def _recorded(self, task: Task) -> PlannedTask:
        kind = task.shown_in(self.year.cycle.stages)
        shown, on = self._shown(kind) if kind is not None else (None, None)
        if task.done_on is not None:  # the plan's own word on the day goes before what undated files show
            happened = self._happened(task.done_on)
            return PlannedTask(task, kind, happened, task.done_on if happened else None, recorded=happened, shown=shown)
        return PlannedTask(task, kind, bool(shown), on, recorded=False, shown=shown)

    def _shown(self, kind: str) -> tuple[bool, str | None]:
        """Tell whether the files show a part of the record complete, and since when as far as they say."""
        if kind == APPROVAL:
            days = [table.decision.date for table in self.year.approvals]
            known = [day for day in days if self._happened(day)]
            return bool(known), min((day for day in known if day is not None), default=None)
        find = self._fact_of(kind)
        facts = list(map(find, self.year.agencies)) if find is not None else []
        complete = bool(facts) and all(fact.outcome is not None for fact in facts)
        return complete, max((fact.done_on for fact in facts if fact.done_on), default=None) if complete else None

    def _happened(self, day: str | None) -> bool:
        """Tell whether something has happened; what is recorded without a day counts as happened."""
        return day is None or day <= self.today

    def _fact_of(self, kind: str) -> Callable[[str], Duty] | None:
        """Return how the files show an agency's part of a stage, of what is sent, of the survey; None of all else."""
        if kind in (SENT, SURVEY):
            return self._sent if kind == SENT else self._surveyed
        stage = self.year.cycle.stages.get(kind)
        if stage is None:
            return None
        return partial(self._explained if stage.kind == "explain" else self._handed_in, kind)

    def _handed_in(self, stage: str, agency: str) -> Duty:
        file = self.year.file(stage, agency)
        if file is None or not self._happened(file.day):
            return Duty(agency)
        return Duty(agency, TaskState.DONE, file.day)

    def _sent(self, agency: str) -> Duty:
        file = self.year.file(self.year.cycle.stages.first_appraise, agency)
        sent = file.dates.get("sent") if file is not None else None
        return Duty(agency, TaskState.DONE, sent) if sent is not None and self._happened(sent) else Duty(agency)

    def _explained(self, explain: str, agency: str) -> Duty:
        """Return an explanation as the files show it: asked or not, since when, answered whole, or said unanswered."""
        year, stages = self.year, self.year.cycle.stages
        first = year.file(stages.asked_in(explain), agency)
        if first is None or not self._happened(first.day):
            return Duty(agency)
        asked = first.requests
        requested = first.documents.get("requested")
        if not asked and requested is None:
            return Duty(agency, TaskState.NOT_ASKED)
        if requested is None or requested.date is None or not self._happened(requested.date):
            return Duty(agency, lacking=asked)
        letter, second = (year.file(stage, agency) for stage in (explain, stages.tells_unanswered(explain)))
        received = letter is not None and self._happened(letter.day)
        lacking = unanswered_requests(year, explain, agency) if received else asked
        if received and letter is not None and not lacking:
            return Duty(agency, TaskState.DONE, letter.day, requested.date)
        said = second.dates.get("unanswered") if second is not None else None
        if said is not None and self._happened(said):
            return Duty(agency, TaskState.UNANSWERED, said, requested.date, lacking)
        return Duty(agency, event=requested.date, lacking=lacking)

    def _surveyed(self, agency: str) -> Duty:
        """Return the survey of an agency as the files show it; counts carry no day."""
        alone = replace(self.year, agencies={agency: self.year.agencies[agency]})
        groups = tuple(entry.group for entry in missing(alone) if entry.kind == SURVEY and entry.group is not None)
        return Duty(agency, lacking=groups) if groups else Duty(agency, TaskState.DONE)

    # --- states -------------------------------------------------------------------------------------------------------

    def _owed(self, day: str) -> TaskStanding:
        """Return how something that is still owed stands: late, due today, due, or only days off left."""
        if self.today > day:
            return TaskStanding(TaskState.LATE, working_days_between(day, self.today, self.calendar))
        left = working_days_between(self.today, day, self.calendar)
        if left:
            return TaskStanding(TaskState.DUE, left)
        last = self.today in (day, last_working_day(day, self.calendar))
        return TaskStanding(TaskState.DUE_TODAY if last else TaskState.DAYS_OFF, 0)

    def _done(self, done_on: str | None, day: str | None) -> TaskStanding:
        """Return how something that is done stands: in time unless its day is known to be over the last one."""
        if done_on is None or day is None or done_on <= day:
            return TaskStanding(TaskState.DONE)
        return TaskStanding(TaskState.DONE_LATE, working_days_between(day, done_on, self.calendar))

    def _standing(self, duty: Duty) -> TaskStanding:
        if duty.outcome is TaskState.DONE:
            return self._done(duty.done_on, duty.day)
        if duty.outcome is not None:
            return TaskStanding(duty.outcome)
        return TaskStanding(TaskState.WAITING) if duty.day is None else self._owed(duty.day)

    def task(self, entry: PlannedTask, planned: tuple[PlannedTask, ...]) -> TaskProgress:
        """Return how a task of the plan stands."""
        standings = {duty.agency: self._standing(duty) for duty in entry.duties}
        room = None
        if entry.first_day is not None and entry.day is not None:
            begin = max(entry.first_day, self._opening or "")
            room = working_days_between(day_before(begin), entry.day, self.calendar)
        waits_for = () if entry.done else self._waits_for(entry, planned)
        return TaskProgress(entry, self._task_standing(entry, standings), standings, waits_for, room)

    def _task_standing(self, entry: PlannedTask, standings: Mapping[str, TaskStanding]) -> TaskStanding:
        """Return a task's standing; of its agencies' parts the worst, of those still due the nearest."""
        if entry.done and (entry.recorded or not entry.duties):
            return self._done(entry.done_on, entry.latest)
        if entry.done:
            over = [s.working_days or 0 for s in standings.values() if s.state is TaskState.DONE_LATE]
            return TaskStanding(TaskState.DONE_LATE, max(over)) if over else TaskStanding(TaskState.DONE)
        open_days = [duty.day for duty in entry.duties if duty.outcome is None and duty.day is not None]
        owed = any(duty.outcome is None for duty in entry.duties)
        day = min(open_days, default=None) if owed else entry.day
        if day is not None:
            return self._owed(day)
        due = entry.task.due
        return TaskStanding(TaskState.WAITING if due.working_days is not None else TaskState.NO_DATE)

    def _waits_for(self, entry: PlannedTask, planned: tuple[PlannedTask, ...]) -> tuple[str, ...]:
        """Return the tasks that must come first and are not done, in the order of the plan."""
        present = {other.kind for other in planned}
        needs = needs_of(self.year.cycle.stages)
        kinds = set(_needed(entry.kind, present, needs)) if entry.kind is not None else set()
        return tuple(
            other.task.no
            for other in planned
            if not other.done and (other.task.no == entry.task.due.after_task or other.kind in kinds)
        )

    # --- agencies and bodies ------------------------------------------------------------------------------------------

    def agency(self, agency: str) -> AgencyProgress:
        """Return what an agency hands in, and what of it is next."""
        stages = self.year.cycle.stages.of_kind("claim", "explain")
        steps = tuple(step for stage in stages if (step := self.step(stage, agency)) is not None)
        owed = [step for step in steps if not step.standing.settled]
        following = min(owed, key=lambda step: (step.duty.day is None, step.duty.day or ""), default=None)
        return AgencyProgress(agency, steps, following)

    def step(self, stage: str, agency: str) -> AgencyStep | None:
        """Return how a stage of an agency stands; None where the stage has no window."""
        window = self.year.cycle.windows.get(stage)
        if window is None:
            return None

        def day_of(event: str | None) -> str | None:
            return last_day(window, calendar=self.calendar, events={} if event is None else {"request": event})

        duty = self._duty(stage, agency, day_of)
        return AgencyStep(stage, duty, self._standing(duty))

    @property
    def _opening(self) -> str | None:
        """Return the day on which the work began: the first window of the year."""
        return min((one.opens for one in self.year.cycle.windows.values() if one.opens is not None), default=None)

    def loads(self, tasks: tuple[TaskProgress, ...]) -> Iterator[Load]:
        """Yield what each body has to finish in each month, bodies in the order in which the plan names them."""
        owed: dict[tuple[str, str], list[tuple[str, TaskProgress]]] = {}
        for entry in tasks:
            last = self._safe(entry.planned.latest)
            for body in entry.task.responsible if last is not None else ():
                owed.setdefault((body, (last or "")[:7]), []).append((last or "", entry))
        bodies = list(dict.fromkeys(body for body, _ in owed))
        for (body, month), entries in sorted(owed.items(), key=lambda item: (bodies.index(item[0][0]), item[0][1])):
            last = max(day for day, _ in entries)
            begin = day_before(max(f"{month}-01", self._opening or ""))
            yield Load(
                body=body,
                month=month,
                tasks=tuple(entry.task.no for _, entry in entries),
                open=tuple(entry.task.no for _, entry in entries if not entry.standing.settled),
                working_days=working_days_between(begin, last, self.calendar),
                left=working_days_between(max(begin, self.today), last, self.calendar),
            )


def _needed(kind: str, present: set[str | None], needs: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield what must come before a part of the record, over parts that no task of the plan stands for."""
    for need in needs.get(kind, ()):
        if need in present:
            yield need
        else:
            yield from _needed(need, present, needs)

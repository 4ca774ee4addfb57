"""Laws of terms: the period, the windows of stages, due days and fieldwork agree with the year and with each other.

What was late, unanswered or out of order are facts: warnings, listed in the audit, that block nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from pipeline.core.ground.problems import Source
from pipeline.core.ground.text import NAMED_YEAR
from pipeline.core.index.laws.view import Finding, View
from pipeline.core.index.scoring import unanswered_requests
from pipeline.core.record.calendar import add_working_days, day_before, is_working, last_day, stage_deadline
from pipeline.core.record.stages import SURVEY


def period_reversed(view: View) -> Iterator[Finding]:
    """Period, windows, fieldwork, evidence dates and due days end after they begin; a window has a day at least."""
    year = view.year
    spans: list[tuple[Source, str | None, str | None]] = [
        (year.cycle.places["period"], year.cycle.period_from, year.cycle.period_to)
    ]
    spans += [(w.source, w.opens, w.by or (w.before and day_before(w.before))) for w in year.cycle.windows.values()]
    spans += [(leaf.place("evidence_dates"), leaf.evidence_from, leaf.evidence_by) for leaf in year.leaves()]
    spans += [(task.source, task.due.from_day, task.due.by) for task in year.plan]
    plan = year.survey_plan
    spans.append((plan.place("fieldwork"), plan.fieldwork_from, plan.fieldwork_to))
    for source, opens, closes in spans:
        if opens and closes and opens > closes:
            yield source, {"opens": opens, "closes": closes}


def period_not_of_year(view: View) -> Iterator[Finding]:
    """The period ends in the year that the folder names, and is no longer than a year."""
    name, period, place = view.year.name, view.year.cycle, view.year.cycle.places["period"]
    if period.period_to[:4] != name[:4] or period.period_from <= _years_on(period.period_to, -1):
        yield place, {"opens": period.period_from, "closes": period.period_to, "year": name[:4]}


def _years_on(day: str, years: int) -> str:
    """Return the same day of another year, as text to compare with: it may be no day at all."""
    return f"{int(day[:4]) + years}{day[4:]}"


def title_of_other_year(view: View) -> Iterator[Finding]:
    """A title that names years names that of its folder, in every language."""
    for said in view.year.cycle.title.by_language().values():
        named = NAMED_YEAR.findall(said)
        if named and view.year.name[:4] not in named:
            yield view.year.cycle.place("title"), {"found": ", ".join(named), "year": view.year.name[:4]}


def window_outside_year(view: View) -> Iterator[Finding]:
    """A window opens and closes from the beginning of the period until a year after its end."""
    cycle = view.year.cycle
    latest = _years_on(cycle.period_to, 1)
    for window in cycle.windows.values() if cycle.period_to[:4] == view.year.name[:4] else ():
        for day in (window.opens, window.before or window.by):
            if day is not None and not cycle.period_from <= day <= latest:
                yield window.source, {"date": day, "opens": cycle.period_from, "closes": cycle.period_to}


def windows_out_of_order(view: View) -> Iterator[Finding]:
    """No stage ends before the stage that comes before it in the year."""
    closing = [(stage, day) for stage in view.year.cycle.stages.names if (day := _closes(view, stage)) is not None]
    for (earlier, first), (later, second) in pairwise(closing):
        if second < first:
            figures = {"stage": later, "date": second, "stage_before": earlier, "later": first}
            yield view.year.cycle.windows[later].source, figures


def _closes(view: View, stage: str) -> str | None:
    """Return the last day of a stage for everybody, where its window has one."""
    window = view.year.cycle.windows.get(stage)
    return last_day(window, calendar=view.calendar, events={}) if window is not None else None


def extension_gives_nothing(view: View) -> Iterator[Finding]:
    """An extension ends after the last day that the window gives everybody."""
    for extension in view.year.cycle.extensions:
        closes = _closes(view, extension.stage)
        if closes is not None and extension.by <= closes:
            yield extension.source, {"agency": extension.agency, "date": extension.by, "deadline": closes}


def due_differs_from_window(view: View) -> Iterator[Finding]:
    """The last day that the plan prints for a stage is that of the stage's window; the survey's is its fieldwork."""
    for task in view.year.plan:
        stage = task.shown_in(view.year.cycle.stages)
        due = task.due.by or (task.due.before and day_before(task.due.before))
        closes = _closes(view, stage) if stage is not None and stage != SURVEY else None
        if stage is not None and due and closes is not None and due != closes:
            yield task.source, {"task": task.no, "date": due, "stage": stage, "deadline": closes}


def due_on_day_off(view: View) -> Iterator[Finding]:
    """The last day of a window is a working day; where it is not, work must be done before."""
    cycle = view.year.cycle
    for name, window in cycle.windows.items():
        if window.by is not None and not is_working(date.fromisoformat(window.by), view.calendar):
            yield window.source, {"stage": name, "date": window.by}


def calendar_year_missing(view: View) -> Iterator[Finding]:
    """The calendar knows the days off of every year that the windows touch."""
    cycle = view.year.cycle
    named = [day for w in cycle.windows.values() for day in (w.opens, w.before, w.by) if day is not None]
    known = {day[:4] for day in named} if "calendar" in view.year.unread else view.calendar.years
    for year in sorted({day[:4] for day in named} - known):
        yield cycle.place("stages"), {"year": year}


def fieldwork_outside_window(view: View) -> Iterator[Finding]:
    """The fieldwork lies within the window that cycle.yml gives the survey."""
    plan, window = view.year.survey, view.year.cycle.windows.get(SURVEY)
    if plan is None or window is None:
        return
    begins, ends, opens, closes = plan.fieldwork_from, plan.fieldwork_to, window.opens, _closes(view, SURVEY)
    if (begins and opens and begins < opens) or (ends and closes and ends > closes):
        figures = {"from": begins, "to": ends, "opens": opens, "closes": closes}
        yield plan.place("fieldwork"), {key: day or "…" for key, day in figures.items()}


# --- facts of time ----------------------------------------------------------------------------------------------------


def received_late(view: View) -> Iterator[Finding]:
    """What an agency hands in arrives by its deadline, extension included."""
    for file in view.files():
        received = file.dates.get("received")
        if file.kind not in ("claim", "explain") or received is None:
            continue
        limit = stage_deadline(view.year, file.stage, file.agency, view.calendar)
        if limit is not None and received > limit:
            yield file.place("received"), {"received": received, "deadline": limit, "agency": file.agency}


def appraised_late(view: View) -> Iterator[Finding]:
    """A round is appraised and the council decides by the last day of the window."""
    for file in view.files():
        limit = stage_deadline(view.year, file.stage, file.agency, view.calendar)
        if file.kind in ("claim", "explain") or file.day is None or limit is None:
            continue
        if file.day > limit:
            key = "appraised" if "appraised" in file.dates else "decision"
            yield file.place(key), {"stage": file.stage, "date": file.day, "deadline": limit}


def sent_late(view: View) -> Iterator[Finding]:
    """A round's result goes out within the working days that the cycle gives, counted from `appraised`."""
    for file in view.files():
        window = view.year.cycle.windows.get(file.stage)
        sent, appraised = file.dates.get("sent"), file.dates.get("appraised")
        if window is None or window.send_working_days is None or not (sent and appraised):
            continue
        limit = add_working_days(appraised, window.send_working_days, view.calendar)
        if sent > limit:
            yield file.place("sent"), {"sent": sent, "deadline": limit, "days": str(window.send_working_days)}


def request_unanswered(view: View) -> Iterator[Finding]:
    """A request for explanation is answered, once the explanation is in or the next round has begun."""
    stages = view.year.cycle.stages
    for explain in stages.of_kind("explain"):
        asking, following = stages.asked_in(explain), stages.tells_unanswered(explain)
        for agency in view.agencies:
            first = view.year.file(asking, agency)
            later = [view.year.file(stage, agency) for stage in (explain, following)]
            if first is None or not any(later):
                continue
            for code in unanswered_requests(view.year, explain, agency):
                yield first.lines[code].source, {"criterion": code, "agency": agency}


def decided_before_open(view: View) -> Iterator[Finding]:
    """Nothing is handed in or decided before its stage opens."""
    for file in view.files():
        window = view.year.cycle.windows.get(file.stage)
        if window is not None and window.opens is not None and file.day is not None and file.day < window.opens:
            yield file.source, {"stage": file.stage, "date": file.day, "opens": window.opens}


def stage_out_of_order(view: View) -> Iterator[Finding]:
    """The stages of an agency follow each other in time."""
    for agency in view.agencies:
        files = [view.year.file(stage, agency) for stage in view.year.cycle.stages.deciding]
        dated = [(file, file.day) for file in files if file is not None and file.day is not None]
        for (earlier, first), (later, second) in pairwise(dated):
            if second < first:
                figures = {"stage": later.stage, "date": second, "stage_before": earlier.stage, "earlier": first}
                yield later.source, figures

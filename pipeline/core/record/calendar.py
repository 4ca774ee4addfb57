"""Working days and deadlines: days off and make-up Saturdays as the notices set them.

The day of an event is not counted (Civil Code 2015, article 147). Dates come and go as ISO text, local to the city.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from pipeline.core.record.model import Calendar, Cycle, Due, Window, Year

_DAY = timedelta(days=1)


def is_working(day: date, calendar: Calendar) -> bool:
    """Tell whether people work on a day: Monday to Friday less days off, and make-up days."""
    text = day.isoformat()
    if text in calendar.make_up_days:
        return True
    return day.weekday() < 5 and text not in calendar.days_off


def add_working_days(start: str, count: int, calendar: Calendar) -> str:
    """Return the last day of a term of `count` working days; the day of the event is not counted."""
    day = date.fromisoformat(start)
    while count > 0:
        day += _DAY
        count -= is_working(day, calendar)
    return day.isoformat()


def last_working_day(limit: str, calendar: Calendar) -> str:
    """Return the last working day that is not after a day: the safe reading of a fixed date."""
    day = date.fromisoformat(limit)
    while not is_working(day, calendar):
        day -= _DAY
    return day.isoformat()


def working_days_between(after: str, until: str, calendar: Calendar) -> int:
    """Return how many working days lie after one day and not after another; none where the first is not earlier."""
    day, end = date.fromisoformat(after), date.fromisoformat(until)
    count = 0
    while day < end:
        day += _DAY
        count += is_working(day, calendar)
    return count


def last_of_month(month: str) -> str:
    """Return the last day of a month written `2024-11`."""
    year, number = int(month[:4]), int(month[5:7])
    following = date(year + number // 12, number % 12 + 1, 1)
    return (following - _DAY).isoformat()


def day_before(day: str) -> str:
    """Return the day before: `before` excludes the day it names."""
    return (date.fromisoformat(day) - _DAY).isoformat()


def deadline(
    cycle: Cycle, stage: str, agency: str, *, calendar: Calendar, events: Mapping[str, str] | None = None
) -> str | None:
    """Return the last day of a stage for an agency, extension included; None where an event it runs from has no date.

    Args:
        events: dates of events that working days run from, such as `request`.
    """
    own = [extension.by for extension in cycle.extensions if (extension.stage, extension.agency) == (stage, agency)]
    limit = last_day(cycle.windows[stage], calendar=calendar, events=events or {}) if stage in cycle.windows else None
    return max([limit, *own]) if limit is not None else (max(own) if own else None)


def stage_deadline(year: Year, stage: str, agency: str, calendar: Calendar) -> str | None:
    """Return the last day of a stage for an agency; an explanation's days run from the day of the request."""
    file = year.file(year.cycle.stages.asked_in(stage), agency)
    request = file.documents.get("requested") if file else None
    events = {"request": request.date} if request and request.date else {}
    return deadline(year.cycle, stage, agency, calendar=calendar, events=events)


def stage_end(year: Year, stage: str, calendar: Calendar) -> str | None:
    """Return the last day of a stage for any agency; None where no agency has one."""
    days = (stage_deadline(year, stage, agency, calendar) for agency in year.agencies)
    return max((day for day in days if day is not None), default=None)


def last_day(window: Window, *, calendar: Calendar, events: Mapping[str, str]) -> str | None:
    """Return the last day of a window, inclusive."""
    return end_of(window, events.get(window.after or ""), calendar)


def end_of(term: Window | Due, event: str | None, calendar: Calendar) -> str | None:
    """Return the last day of a term, inclusive; of working days, counted from an event, None where it has no date."""
    if term.by is not None:
        return term.by
    if term.before is not None:
        return day_before(term.before)
    if term.working_days is not None and event is not None:
        return add_working_days(event, term.working_days, calendar)
    return None

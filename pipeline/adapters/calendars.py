"""Calendar files (RFC 5545) made with the icalendar library: the deadlines of a plan as all-day entries.

Which deadlines there are and what they say: `core.rounds.timetable_words`. Decision 0011.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from icalendar import Calendar, Event

from pipeline.core.rounds.timetable_words import Deadline

_PRODUCT = "-//parindex//parindex//VI"


def calendar_file(deadlines: Iterable[Deadline], *, title: str, language: str, stamp: int) -> bytes:
    """Return an iCalendar file, the same bytes for the same deadlines and stamp.

    Args:
        stamp: DTSTAMP of every entry in seconds since 1970: the commit's, for the clock would change the bytes.
    """
    made = Calendar()
    made.add("prodid", _PRODUCT)
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("name", title, parameters={"LANGUAGE": language})
    made.add("x-wr-calname", title)  # what calendars read that do not know NAME (RFC 7986)
    for deadline in deadlines:
        made.add_component(_event(deadline, language, datetime.fromtimestamp(stamp, UTC)))
    return bytes(made.to_ical())


def _event(deadline: Deadline, language: str, stamp: datetime) -> Event:
    day = date.fromisoformat(deadline.day)
    made = Event()
    made.add("uid", deadline.uid)
    made.add("dtstamp", stamp)
    made.add("dtstart", day)
    made.add("dtend", day + timedelta(days=1))  # the day after the last: an end is never part of the entry
    made.add("summary", deadline.title, parameters={"LANGUAGE": language})
    made.add("description", deadline.description, parameters={"LANGUAGE": language})
    made.add("transp", "TRANSPARENT")  # a deadline does not make anybody busy
    return made

"""data/calendar.yml beside a library that knows Vietnam's holidays: the notice decides, the library asks.

A day on which they differ is either a mistake in the file, or it stands below with the reason why the notice is right.
"""

from __future__ import annotations

from datetime import date

import holidays
import pytest
from tiny import data_of_this_repository

CALENDAR = data_of_this_repository().world.calendar
YEARS = sorted(int(year) for year in CALENDAR.years)

# A day on which the file and the library differ -> what the file says, and why.
EXPLAINED: dict[str, tuple[str, str]] = {
    "2026-01-02": ("day off", "exchanged for Saturday 10/01/2026 by a later letter, which the library does not have"),
    "2026-01-10": ("make-up day", "makes up for 02/01/2026"),
}


def library_of(year: int) -> tuple[set[str], set[str]]:
    """Return the library's days off on weekdays, and the weekend days on which it knows that people work."""
    known = holidays.country_holidays("VN", years=year)
    off = {day.isoformat() for day in known if day.weekday() < 5}
    worked = {day.isoformat() for day in known.weekend_workdays if day.year == year}
    return off, worked


def of_year(days: frozenset[str], year: int) -> set[str]:
    return {day for day in days if day.startswith(f"{year}-")}


@pytest.mark.parametrize("year", YEARS)
def test_the_file_and_the_library_differ_only_on_days_that_are_explained(year: int) -> None:
    off, worked = library_of(year)
    explained = {day: what for day, (what, _) in EXPLAINED.items() if day.startswith(f"{year}-")}
    differing = {
        **dict.fromkeys(of_year(CALENDAR.days_off, year) - off, "day off"),
        **dict.fromkeys(of_year(CALENDAR.make_up_days, year) - worked, "make-up day"),
        **dict.fromkeys((off - CALENDAR.days_off) | (worked - CALENDAR.make_up_days), "nothing"),
    }

    assert explained == differing


def test_the_file_lists_weekdays_as_days_off_and_weekend_days_as_make_up_days() -> None:
    weekend_off = {day for day in CALENDAR.days_off if date.fromisoformat(day).weekday() >= 5}
    weekdays_worked = {day for day in CALENDAR.make_up_days if date.fromisoformat(day).weekday() < 5}

    assert (set(), set()) == (weekend_off, weekdays_worked)

"""Working days and deadlines, by the worked cases of the law: the day of the event is not counted."""

from __future__ import annotations

from datetime import date

import pytest
from worlds import files_of, world

from pipeline.core.record.calendar import (
    add_working_days,
    day_before,
    deadline,
    is_working,
    last_of_month,
    last_working_day,
)
from pipeline.core.record.model import Cycle

NOTICE = """
years:
  "2024":
    notice: {number: 1/TB-MH}
    days_off: []
    make_up_days: []
  "2025":
    notice: {number: 2/TB-MH}
    days_off:
      - {date: 2025-01-01, title: Tết Dương lịch}
      - {date: 2025-01-27, title: Tết Nguyên đán}
      - {date: 2025-01-28, title: Tết Nguyên đán}
      - {date: 2025-01-29, title: Tết Nguyên đán}
      - {date: 2025-01-30, title: Tết Nguyên đán}
      - {date: 2025-01-31, title: Tết Nguyên đán}
      - {date: 2025-04-07, title: Giỗ Tổ Hùng Vương}
      - {date: 2025-04-30, title: Ngày Chiến thắng}
      - {date: 2025-05-01, title: Ngày Quốc tế lao động}
      - {date: 2025-05-02, title: Nghỉ hoán đổi, swapped_for: 2025-04-26}
    make_up_days:
      - {date: 2025-04-26, title: Làm bù, for: 2025-05-02}
"""
CALENDAR = world({"data/calendar.yml": NOTICE}).calendar


@pytest.mark.parametrize(
    ("when", "day", "works"),
    [
        ("a Tuesday", "2024-12-17", True),
        ("a Friday", "2025-01-24", True),
        ("a Saturday", "2024-12-21", False),
        ("a Sunday", "2024-12-22", False),
        ("New Year", "2025-01-01", False),
        ("Tết", "2025-01-29", False),
        ("a Saturday that makes up for another day", "2025-04-26", True),
        ("the day that it makes up for", "2025-05-02", False),
        ("the Sunday after it", "2025-04-27", False),
    ],
)
def test_people_work_on_weekdays_less_days_off_and_on_make_up_days(when: str, day: str, *, works: bool) -> None:
    assert works is is_working(date.fromisoformat(day), CALENDAR)


@pytest.mark.parametrize(
    ("when", "start", "count", "due"),
    [
        ("the draft is done on Tuesday, two days", "2024-12-17", 2, "2024-12-19"),
        ("a request of Thursday, three days over a weekend", "2024-12-19", 3, "2024-12-24"),
        ("a request of the last day of the year", "2024-12-31", 3, "2025-01-06"),
        ("a request of the last day before Tết", "2025-01-24", 3, "2025-02-05"),
        ("a request before a make-up Saturday", "2025-04-24", 3, "2025-04-28"),
        ("a request on a Saturday", "2024-12-21", 1, "2024-12-23"),
        ("a request within Tết", "2025-01-29", 1, "2025-02-03"),
        ("one day from a Friday", "2024-12-20", 1, "2024-12-23"),
        ("one day from the Friday before a make-up Saturday", "2025-04-25", 1, "2025-04-26"),
    ],
)
def test_a_term_of_working_days_ends_on_the_last_of_them(when: str, start: str, count: int, due: str) -> None:
    assert due == add_working_days(start, count, CALENDAR)


@pytest.mark.parametrize(
    ("limit", "safe"),
    [
        ("2025-01-24", "2025-01-24"),
        ("2025-01-30", "2025-01-24"),
        ("2025-02-02", "2025-01-24"),
        ("2025-04-27", "2025-04-26"),
        ("2025-05-04", "2025-04-29"),
    ],
)
def test_the_safe_reading_of_a_fixed_date_is_the_last_working_day_until_then(limit: str, safe: str) -> None:
    assert safe == last_working_day(limit, CALENDAR)


@pytest.mark.parametrize(
    ("month", "last"),
    [("2024-11", "2024-11-30"), ("2024-12", "2024-12-31"), ("2024-02", "2024-02-29"), ("2025-02", "2025-02-28")],
)
def test_a_month_ends_on_its_last_day(month: str, last: str) -> None:
    assert last == last_of_month(month)


@pytest.mark.parametrize(("day", "before"), [("2024-12-05", "2024-12-04"), ("2025-01-01", "2024-12-31")])
def test_before_excludes_the_day_it_names(day: str, before: str) -> None:
    assert before == day_before(day)


STAGES = """
stages:
  self-assessment: {opens: 2024-11-26, before: 2024-12-05}
  appraisal-1: {opens: 2024-12-05, before: 2024-12-18, send: {working_days: 2, after: appraised}}
  explanation: {working_days: 3, after: request}
  council-decision: {opens: 2025-01-15, by: 2025-02-14}
extensions:
  - {stage: self-assessment, agency: hai-quan, by: 2024-12-09, decision: 1/SNV-CCHC}
  - {stage: self-assessment, agency: kho-bac, by: 2024-12-02, decision: 2/SNV-CCHC}
  - {stage: self-assessment, agency: bhxh, by: 2024-12-06, decision: 3/SNV-CCHC}
  - {stage: self-assessment, agency: bhxh, by: 2024-12-10, decision: 4/SNV-CCHC}
  - {stage: explanation, agency: hai-quan, by: 2024-12-31, decision: 5/SNV-CCHC}
  - {stage: appraisal-2, agency: hai-quan, by: 2025-02-07, decision: 6/SNV-CCHC}
"""


def cycle() -> Cycle:
    """Return a cycle with windows and extensions."""
    files = files_of('"1": {title: A, out_of: 100, rule: {type: judged, step: 1}}')
    files["data/2024/cycle.yml"] += STAGES
    return world(files).years["2024"].cycle


REQUEST = {"request": "2024-12-19"}
DEADLINES: list[tuple[str, str, str, dict[str, str], str | None]] = [
    # when, stage, agency, events, last day
    ("before excludes the day", "self-assessment", "thue", {}, "2024-12-04"),
    ("by includes the day", "council-decision", "thue", {}, "2025-02-14"),
    ("working days run from the request", "explanation", "thue", REQUEST, "2024-12-24"),
    ("without a request no days run", "explanation", "thue", {}, None),
    ("a stage without a window has no last day", "appraisal-2", "thue", {}, None),
    ("an extension moves the last day of its agency", "self-assessment", "hai-quan", {}, "2024-12-09"),
    ("an extension to an earlier day takes nothing away", "self-assessment", "kho-bac", {}, "2024-12-04"),
    ("of two extensions the later counts", "self-assessment", "bhxh", {}, "2024-12-10"),
    ("an extension of the explanation outlasts its days", "explanation", "hai-quan", REQUEST, "2024-12-31"),
    ("an extension alone sets a last day", "appraisal-2", "hai-quan", {}, "2025-02-07"),
]


@pytest.mark.parametrize(("when", "stage", "agency", "events", "then"), DEADLINES)
def test_the_last_day_of_a_stage_follows_its_window_its_event_and_its_extension(
    when: str, stage: str, agency: str, events: dict[str, str], then: str | None
) -> None:
    assert then == deadline(cycle(), stage, agency, calendar=CALENDAR, events=events)

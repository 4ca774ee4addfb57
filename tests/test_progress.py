"""How the plan stands on a day: its 16 tasks and their doubtful dates, states over time, each agency's own last day."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from conftest import Repository, RunCommand
from icalendar import Calendar as CalendarFile
from tiny import ROOT, data_of_this_repository
from worlds import files_of, world

from pipeline.adapters.calendars import calendar_file
from pipeline.core.rounds.timetable import Progress, TaskProgress, TaskState, plan_days, progress
from pipeline.core.rounds.timetable_words import Deadline, deadlines, progress_text
from pipeline.flows.wording import load_labels

REAL = data_of_this_repository().world
PLAN_342 = {entry.task.no: entry for entry in plan_days(REAL.years["2024"], REAL.calendar)}
HANOI = timezone(timedelta(hours=7))
EVE = "2024-11-26"  # the day on which plan 342 was signed

HOLIDAYS = """
years:
  "2024": {notice: {number: 1/TB-MH}, days_off: [], make_up_days: []}
  "2025":
    notice: {number: 2/TB-MH}
    days_off:
      - {date: 2025-01-01, title: Tết Dương lịch}
      - {date: 2025-01-27, title: Tết Nguyên đán}
      - {date: 2025-01-28, title: Tết Nguyên đán}
      - {date: 2025-01-29, title: Tết Nguyên đán}
      - {date: 2025-01-30, title: Tết Nguyên đán}
      - {date: 2025-01-31, title: Tết Nguyên đán}
      - {date: 2025-04-30, title: Ngày Chiến thắng}
      - {date: 2025-05-01, title: Ngày Quốc tế lao động}
      - {date: 2025-05-02, title: Nghỉ hoán đổi, swapped_for: 2025-04-26}
    make_up_days:
      - {date: 2025-04-26, title: Làm bù, for: 2025-05-02}
"""
STAGES = """
stages:
  self-assessment: {opens: 2024-11-26, before: 2024-12-05}
  appraisal-1: {opens: 2024-12-05, before: 2024-12-18}
  explanation: {working_days: 3, after: request}
  appraisal-2: {opens: 2024-12-19, before: 2025-01-31}
  council-decision: {opens: 2025-01-15, by: 2025-02-14}
"""
LEAF = '"1": {title: A, out_of: 100, rule: {type: judged, step: 1}}'
SELF, SENT, ASKED = ("self-assessment", "thue"), "sent: 2024-12-18", "requested: {number: 41/SNV, date: 2024-12-19}"


def task(no: str, due: str, more: str = "responsible: [so-noi-vu]") -> str:
    head = f'- no: "{no}"\n  section: I\n  task: Nhiệm vụ {no}\n  product: Văn bản\n'
    return head + textwrap.indent(f"due: {due}\n{more}".rstrip(), "  ")


def stands(
    today: str,
    *tasks: str,
    lines: Mapping[tuple[str, str], str] | None = None,
    agencies: tuple[str, ...] = ("thue",),
    stages: str = STAGES,
    more: Mapping[str, str] | None = None,
) -> Progress:
    """Return how a small plan stands on a day."""
    files = files_of(LEAF, agencies=agencies, lines=lines)
    files["data/2024/cycle.yml"] += stages
    files["data/2024/plan.yml"] = "tasks:\n" + textwrap.indent("\n".join(tasks), "  ")
    files["data/calendar.yml"] = HOLIDAYS
    read = world({**files, **(more or {})})
    return progress(read.years["2024"], read.calendar, today)


def only(found: Progress) -> TaskProgress:
    (entry,) = found.tasks
    return entry


def told(found: Progress, language: str = "vi") -> str:
    return progress_text(found, {}, load_labels(language), origin="given", commit=None, errors=0)


# --- the dates of plan 342 ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flag", "no", "day", "safe"),
    [
        ("F1: printed 18/10/2004, read as before 18/12/2024", "6", "2024-12-17", "2024-12-17"),
        ("F2: in November, whose last day is a Saturday", "1", "2024-11-30", "2024-11-29"),
        ("F2: in November, by the merged cell", "3", "2024-11-30", "2024-11-29"),
        ("F3: before 31/01, which is Tết", "9", "2025-01-30", "2025-01-24"),
        ("F4: before 05/01, a Sunday", "13", "2025-01-04", "2025-01-03"),
        ("F5: from November until the end of December", "11", "2024-12-31", "2024-12-31"),
        ("F9: a report in January", "10", "2025-01-31", "2025-01-24"),
        ("F9: another report in January", "14", "2025-01-31", "2025-01-24"),
        ("F9: a third report in January", "15", "2025-01-31", "2025-01-24"),
        ("F10: before 05/12, read strictly", "5", "2024-12-04", "2024-12-04"),
        ("F11: a milestone that the plan does not list", "15a", "2025-02-14", "2025-02-14"),
        ("F11: the decision on the results, in February", "15b", "2025-02-28", "2025-02-28"),
        ("two working days after task 6, done on 17/12", "7", "2024-12-19", "2024-12-19"),
        ("F7 and F8: each agency from its own request, so no day of the plan's own", "8", None, None),
    ],
)
def test_a_date_of_plan_342_is_read_as_its_flag_says(flag: str, no: str, day: str | None, safe: str | None) -> None:
    assert (day, safe) == (PLAN_342[no].day, PLAN_342[no].safe)


def test_every_agency_explains_within_three_working_days_of_its_own_request() -> None:
    found = {duty.agency: (duty.event, duty.day) for duty in PLAN_342["8"].duties}

    assert found == {
        "kho-bac-nha-nuoc": ("2024-12-19", "2024-12-24"),
        "cuc-thue": ("2024-12-19", "2024-12-24"),
        "cuc-hai-quan": ("2024-12-20", "2024-12-25"),
        "bao-hiem-xa-hoi": ("2024-12-19", "2024-12-24"),
    }
    assert PLAN_342["8"].latest == "2024-12-25"


def test_the_survey_may_end_before_its_results_are_sent() -> None:
    assert [PLAN_342[no].window_day for no in ("12", "13")] == [None, None]


def test_the_milestones_that_the_plan_does_not_list_are_marked() -> None:
    assert [no for no, entry in PLAN_342.items() if not entry.task.in_plan] == ["15a", "15b"]


@pytest.mark.parametrize(
    ("flag", "no", "room"),
    [("F2: four working days from the signing on", "1", 4), ("F13: January has 17 before Tết", "10", 17)],
)
def test_the_room_of_a_task_is_the_working_days_that_it_has(flag: str, no: str, room: int) -> None:
    found = progress(REAL.years["2024"], REAL.calendar, EVE)

    assert room == next(entry.room for entry in found.tasks if entry.task.no == no)


def test_the_load_of_a_body_is_its_tasks_of_a_month_and_the_working_days_for_them() -> None:
    found = progress(REAL.years["2024"], REAL.calendar, "2024-12-31")
    january = {load.body: (load.tasks, load.working_days) for load in found.loads if load.month == "2025-01"}

    assert january == {
        "so-noi-vu": (("10",), 17),
        "vien-nc-phat-trien-ktxh": (("10", "13", "14"), 17),
        "to-cong-tac": (("9", "15"), 17),
    }


def test_the_working_days_left_for_a_load_shrink_with_the_days() -> None:
    days = ("2024-12-31", "2025-01-03", "2025-01-23", "2025-01-24", "2025-02-10")
    found = [progress(REAL.years["2024"], REAL.calendar, day).loads for day in days]

    assert [
        next(load.left for load in loads if (load.body, load.month) == ("to-cong-tac", "2025-01")) for loads in found
    ] == [17, 15, 1, 0, 0]


# --- states over time -----------------------------------------------------------------------------------------------

BEFORE_TET = "{before: 2025-01-31}"
STATES: list[tuple[str, str, str, str, TaskState, int | None]] = [
    # when, due, done, today, state, working days
    ("days before", "{before: 2024-12-05}", "", "2024-12-02", TaskState.DUE, 2),
    ("the day before", "{before: 2024-12-05}", "", "2024-12-03", TaskState.DUE, 1),
    ("the last day", "{before: 2024-12-05}", "", "2024-12-04", TaskState.DUE_TODAY, 0),
    ("the day it names is over", "{before: 2024-12-05}", "", "2024-12-05", TaskState.LATE, 1),
    ("by includes its day", "{by: 2024-12-05}", "", "2024-12-05", TaskState.DUE_TODAY, 0),
    ("a week late", "{by: 2024-12-05}", "", "2024-12-12", TaskState.LATE, 5),
    ("the weekend after", "{by: 2024-12-06}", "", "2024-12-07", TaskState.LATE, 0),
    ("over a weekend", "{by: 2024-12-09}", "", "2024-12-07", TaskState.DUE, 1),
    ("the last working day before Tết", BEFORE_TET, "", "2025-01-24", TaskState.DUE_TODAY, 0),
    ("the day before that", BEFORE_TET, "", "2025-01-23", TaskState.DUE, 1),
    ("within Tết, before the last day", BEFORE_TET, "", "2025-01-28", TaskState.DAYS_OFF, 0),
    ("on the last day, a day off", BEFORE_TET, "", "2025-01-30", TaskState.DUE_TODAY, 0),
    ("within Tết, after the last day", BEFORE_TET, "", "2025-01-31", TaskState.LATE, 0),
    ("the first working day after Tết", BEFORE_TET, "", "2025-02-03", TaskState.LATE, 1),
    ("over a make-up Saturday", "{by: 2025-04-28}", "", "2025-04-25", TaskState.DUE, 2),
    ("on a make-up Saturday", "{by: 2025-04-27}", "", "2025-04-26", TaskState.DUE_TODAY, 0),
    ("within the month", "{in_month: 2024-11}", "", "2024-11-28", TaskState.DUE, 1),
    ("the month's last working day", "{in_month: 2024-11}", "", "2024-11-29", TaskState.DUE_TODAY, 0),
    ("the month is over", "{in_month: 2024-11}", "", "2024-12-02", TaskState.LATE, 1),
    ("done in time", "{by: 2024-12-05}", "2024-12-05", "2024-12-20", TaskState.DONE, None),
    ("done a working day late", "{by: 2024-12-06}", "2024-12-09", "2024-12-20", TaskState.DONE_LATE, 1),
    ("done, but not yet on that day", "{by: 2024-12-06}", "2024-12-05", "2024-12-04", TaskState.DUE, 2),
    ("done late, but not yet on that day", "{by: 2024-12-06}", "2024-12-10", "2024-12-09", TaskState.LATE, 1),
]


@pytest.mark.parametrize(("when", "due", "done", "today", "state", "days"), STATES)
def test_a_task_stands_by_its_last_day_its_end_and_today(
    when: str, due: str, done: str, today: str, state: TaskState, days: int | None
) -> None:
    more = "responsible: [so-noi-vu]" + (f"\ndone: {{date: {done}}}" if done else "")
    found = only(stands(today, task("1", due, more))).standing

    assert (state, days) == (found.state, found.working_days)


def test_a_milestone_without_a_date_is_never_late() -> None:
    milestone = '- {no: "15a", in_plan: false, section: IV, task: Họp Hội đồng, responsible: [hoi-dong]}'
    found = only(stands("2030-01-01", milestone))

    assert (found.standing.state, found.planned.latest) == (TaskState.NO_DATE, None)


AFTER_6 = "{working_days: 2, after: {task: '6'}}"


@pytest.mark.parametrize(
    ("when", "done", "today", "state", "day", "waits"),
    [
        ("task 6 is not done", "", "2024-12-17", TaskState.WAITING, None, ("6",)),
        ("task 6 was done on Tuesday", "2024-12-17", "2024-12-18", TaskState.DUE, "2024-12-19", ()),
        ("two working days later", "2024-12-17", "2024-12-19", TaskState.DUE_TODAY, "2024-12-19", ()),
        ("a day more", "2024-12-17", "2024-12-20", TaskState.LATE, "2024-12-19", ()),
        ("task 6 will be done only later", "2024-12-17", "2024-12-16", TaskState.WAITING, None, ("6",)),
    ],
)
def test_a_task_that_runs_from_another_waits_for_it(
    when: str, done: str, today: str, state: TaskState, day: str | None, waits: tuple[str, ...]
) -> None:
    six = task(
        "6", "{before: 2024-12-18}", f"responsible: [to]\ndone: {{date: {done}}}" if done else "responsible: [to]"
    )
    found = stands(today, six, task("7", AFTER_6)).tasks[1]

    assert (state, day, waits) == (found.standing.state, found.planned.day, found.waits_for)


# --- done, as the files show it -------------------------------------------------------------------------------------

BY_AGENCIES = "responsible: [agencies]"
TWO = ("thue", "hai-quan")
EXTENDED = f"{STAGES}extensions:\n  - {{stage: self-assessment, agency: hai-quan, by: 2024-12-09, decision: 1/SNV}}\n"


def handed_in(**received: str) -> dict[str, str]:
    """Return self-assessments, agency -> the day on which it came in."""
    return {
        f"data/2024/self-assessment/{agency.replace('_', '-')}.yml": f"received: {day}\nlines: {{}}"
        for agency, day in received.items()
    }


@pytest.mark.parametrize(
    ("when", "received", "today", "state", "days"),
    [
        ("nobody has handed in, the first day is two days off", {}, "2024-12-02", TaskState.DUE, 2),
        ("one has, the other may until 09/12", {"thue": "2024-12-03"}, "2024-12-05", TaskState.DUE, 2),
        ("who may not hand in later is late", {"hai_quan": "2024-12-03"}, "2024-12-05", TaskState.LATE, 1),
        ("the extension ends today", {"thue": "2024-12-03"}, "2024-12-09", TaskState.DUE_TODAY, 0),
        ("the extension is over", {"thue": "2024-12-03"}, "2024-12-10", TaskState.LATE, 1),
        (
            "both in time, each by its day",
            {"thue": "2024-12-04", "hai_quan": "2024-12-09"},
            "2024-12-10",
            TaskState.DONE,
            None,
        ),
        ("both in, both late", {"thue": "2024-12-06", "hai_quan": "2024-12-10"}, "2024-12-10", TaskState.DONE_LATE, 2),
        ("both in, one late", {"thue": "2024-12-06", "hai_quan": "2024-12-09"}, "2024-12-10", TaskState.DONE_LATE, 2),
    ],
)
def test_the_self_assessments_are_done_when_all_are_received_each_by_its_own_day(
    when: str, received: dict[str, str], today: str, state: TaskState, days: int | None
) -> None:
    plan = task("5", "{before: 2024-12-05}", BY_AGENCIES)
    found = only(stands(today, plan, agencies=TWO, stages=EXTENDED, more=handed_in(**received)))

    assert (state, days) == (found.standing.state, found.standing.working_days)
    assert (found.planned.day, found.planned.latest) == ("2024-12-04", "2024-12-09")


def test_what_every_agency_owes_next_follows_its_extension() -> None:
    plan = task("5", "{before: 2024-12-05}", BY_AGENCIES)
    found = stands("2024-12-03", plan, agencies=TWO, stages=EXTENDED)
    following = {agency.agency: agency.next for agency in found.agencies}

    assert {
        agency: (step.stage, step.duty.day, step.duty.extension.decision if step.duty.extension else None)
        for agency, step in following.items()
        if step is not None
    } == {
        "thue": ("self-assessment", "2024-12-04", None),
        "hai-quan": ("self-assessment", "2024-12-09", "1/SNV"),
    }


FIRST, SECOND = ("appraisal-1", "thue"), ("appraisal-2", "thue")
LETTER = ("explanation", "thue")
REQUEST = '"1": {score: 90, reason: Thiếu, request: true}'
EXPLANATIONS: list[tuple[str, dict[tuple[str, str], str], str, TaskState, str | None]] = [
    # when, files, today, state, the agency's last day
    ("nothing is appraised", {}, "2024-12-20", TaskState.WAITING, None),
    ("appraised, nobody is asked", {FIRST: '"1": {score: 90, reason: Thiếu}'}, "2024-12-20", TaskState.DONE, None),
    ("asked, the request is not issued", {FIRST: REQUEST}, "2024-12-20", TaskState.WAITING, None),
    ("the request is of tomorrow", {FIRST: f"{REQUEST}\n---\n{ASKED}"}, "2024-12-18", TaskState.WAITING, None),
    ("the request is issued", {FIRST: f"{REQUEST}\n---\n{ASKED}"}, "2024-12-20", TaskState.DUE, "2024-12-24"),
    ("the last day", {FIRST: f"{REQUEST}\n---\n{ASKED}"}, "2024-12-24", TaskState.DUE_TODAY, "2024-12-24"),
    ("no answer came", {FIRST: f"{REQUEST}\n---\n{ASKED}"}, "2024-12-25", TaskState.LATE, "2024-12-24"),
    (
        "all is explained",
        {FIRST: f"{REQUEST}\n---\n{ASKED}", LETTER: '"1": {explanation: Đã bổ sung}'},
        "2024-12-25",
        TaskState.DONE,
        "2024-12-24",
    ),
    (
        "a letter came that leaves out what was asked",
        {FIRST: f"{REQUEST}\n---\n{ASKED}", LETTER: ""},
        "2024-12-25",
        TaskState.LATE,
        "2024-12-24",
    ),
    (
        "the second round says that no explanation came",
        {FIRST: f"{REQUEST}\n---\n{ASKED}", SECOND: '"1": {score: 90}\n---\nunanswered: 2024-12-25'},
        "2024-12-26",
        TaskState.DONE,
        "2024-12-24",
    ),
]


@pytest.mark.parametrize(("when", "files", "today", "state", "day"), EXPLANATIONS)
def test_an_explanation_runs_from_its_request_and_ends_with_the_answer_or_its_absence(
    when: str, files: dict[tuple[str, str], str], today: str, state: TaskState, day: str | None
) -> None:
    plan = task("8", "{working_days: 3, after: request}", BY_AGENCIES)
    found = only(stands(today, plan, lines=files))

    assert (state, day) == (found.standing.state, found.planned.latest)


@pytest.mark.parametrize(
    ("request_day", "last"),
    [
        ("2024-12-19", "2024-12-24"),
        ("2024-12-31", "2025-01-06"),
        ("2025-01-24", "2025-02-05"),
        ("2025-04-24", "2025-04-28"),
    ],
)
def test_three_working_days_from_a_request_end_as_in_the_worked_cases(request_day: str, last: str) -> None:
    asked = f"{REQUEST}\n---\nrequested: {{number: 41/SNV, date: {request_day}}}"
    plan = task("8", "{working_days: 3, after: request}", BY_AGENCIES)

    assert last == only(stands(request_day, plan, lines={FIRST: asked})).planned.latest


def test_what_a_task_is_shown_by_stands_in_the_plan() -> None:
    plan = task("6", "{before: 2024-12-18}", "responsible: [to]\nshown_by: appraisal-1")
    files = {FIRST: f'"1": {{score: 90, reason: Thiếu}}\n---\n{SENT}'}
    before, after = (only(stands(day, plan, lines=files)) for day in ("2024-12-13", "2024-12-16"))

    assert (before.standing.state, before.standing.working_days) == (TaskState.DUE, 2)
    assert (after.standing.state, after.planned.done_on, after.planned.recorded) == (
        TaskState.DONE,
        "2024-12-16",
        False,
    )


def test_a_result_is_sent_when_the_file_says_so() -> None:
    plan = task("7", "{by: 2024-12-17}", "responsible: [to]\nshown_by: sent")
    appraised, sent = '"1": {score: 90, reason: Thiếu}', f'"1": {{score: 90, reason: Thiếu}}\n---\n{SENT}'

    assert TaskState.LATE is only(stands("2024-12-20", plan, lines={FIRST: appraised})).standing.state
    assert (
        (found := only(stands("2024-12-20", plan, lines={FIRST: sent})).standing).state,
        found.working_days,
    ) == (TaskState.DONE_LATE, 1)


SURVEYED = {
    "data/2024/criteria.yml": 'criteria:\n  "1": {title: A, out_of: 100, rule: {type: sipas, group: nguoi-dan}}'
}


@pytest.mark.parametrize(
    ("when", "files", "state", "lacking"),
    [
        ("a group has no file", {}, TaskState.DUE, ("nguoi-dan",)),
        ("every group has one", {"data/2024/survey/nguoi-dan/thue.yml": "sipas: 87.45"}, TaskState.DONE, ()),
    ],
)
def test_the_survey_is_done_when_every_group_has_a_file(
    when: str, files: dict[str, str], state: TaskState, lacking: tuple[str, ...]
) -> None:
    plan = task("13", "{by: 2025-01-03}", "responsible: [vien]\nshown_by: survey")
    found = only(stands("2024-12-20", plan, more={**SURVEYED, **files}))

    assert (state, lacking) == (found.standing.state, found.planned.duties[0].lacking)


def test_the_results_are_approved_by_the_first_decision() -> None:
    plan = task("15b", "{in_month: 2025-02}", "in_plan: false\nresponsible: [ubnd-tp]\nshown_by: approval")
    row = "{points: 1, out_of: 2, index: 50, rank: 1, grade: null}"
    decision = (
        "decision: {number: 9/QĐ, date: 2025-02-21}\n    publish_from: 2025-02-27\n    inputs: x\n"
        f"    table: {{thue: {row}}}"
    )
    more = {"data/2024/approval.yml": f"approvals:\n  - {decision}"}
    days = ("2025-02-20", "2025-02-21")

    assert [only(stands(day, plan, more=more)).standing.state for day in days] == [TaskState.DUE, TaskState.DONE]


def test_a_task_waits_for_the_parts_of_the_record_before_it_over_those_that_the_plan_leaves_out() -> None:
    tasks = [
        task("5", "{before: 2024-12-05}", BY_AGENCIES),
        task("6", "{before: 2024-12-18}", "responsible: [to]\nshown_by: appraisal-1"),
        task("9", "{before: 2025-01-31}", "responsible: [to]\nshown_by: appraisal-2"),
        task("15a", "{by: 2025-02-14}", "in_plan: false\nresponsible: [hd]\nshown_by: council-decision"),
        task("16", "{in_month: 2025-02}"),
    ]
    found = {entry.task.no: entry.waits_for for entry in stands("2024-12-02", *tasks).tasks}

    assert found == {"5": (), "6": ("5",), "9": ("6",), "15a": ("9",), "16": ()}


def test_a_task_that_the_plan_says_is_done_and_the_files_do_not_show_is_named() -> None:
    plan = task("5", "{before: 2024-12-05}", f"{BY_AGENCIES}\ndone: {{date: 2024-12-04}}")
    found = stands("2024-12-20", plan, agencies=TWO, more=handed_in(thue="2024-12-04"))

    assert (only(found).standing.state, only(found).unshown) == (TaskState.DONE, ("hai-quan",))
    assert "Kế hoạch ghi đã xong nhưng dữ liệu chưa có kết quả tương ứng." in told(found)


def test_only_the_plan_says_when_a_task_is_done_that_no_file_shows() -> None:
    plan = task("2", "{by: 2024-12-05}", f"{BY_AGENCIES}\nshown_by: record")
    found = only(stands("2024-12-05", plan, more=handed_in(thue="2024-12-04")))

    assert (found.standing.state, found.planned.duties) == (TaskState.DUE_TODAY, ())


def test_a_window_that_ends_on_another_day_than_the_plan_is_named() -> None:
    plan = task("5", "{before: 2024-12-10}", BY_AGENCIES)
    found = stands("2024-12-02", plan)

    assert only(found).planned.window_day == "2024-12-04"
    assert "Thời hạn trong cycle.yml khác: hết ngày 04/12/2024." in told(found)


def test_what_is_next_for_an_agency_is_what_is_due_first() -> None:
    late = f"{STAGES}extensions:\n  - {{stage: self-assessment, agency: thue, by: 2024-12-31, decision: 1/SNV}}\n"
    files = {FIRST: f"{REQUEST}\n---\n{ASKED}"}
    (found,) = stands("2024-12-20", task("16", "{in_month: 2025-02}"), lines=files, stages=late).agencies

    assert [step.duty.day for step in found.steps] == ["2024-12-31", "2024-12-24"]
    assert found.next is found.steps[1]


def test_an_agency_that_has_handed_in_everything_owes_nothing() -> None:
    files = {SELF: '"1": {score: 95}', FIRST: f"{REQUEST}\n---\n{ASKED}", LETTER: '"1": {explanation: Đã bổ sung}'}
    found = stands("2024-12-25", task("16", "{in_month: 2025-02}"), lines=files)

    assert [agency.next for agency in found.agencies] == [None]
    assert "không còn việc phải nộp" in told(found)


# --- text -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("today", ["2024-11-26", "2024-12-20", "2025-01-28", "2025-03-01"])
def test_the_text_fits_into_a_hundred_columns(today: str, language: str) -> None:
    found = progress(REAL.years["2024"], REAL.calendar, today)
    text = progress_text(found, REAL.bodies, load_labels(language), origin="given", commit="a" * 40, errors=2)

    assert [line for line in text.split("\n") if len(line) > 100 or line != line.rstrip()] == []


def test_the_text_shows_the_printed_date_its_reading_and_the_last_working_day() -> None:
    text = told(progress(REAL.years["2024"], REAL.calendar, "2024-12-20"))

    assert "Kế hoạch ghi (theo bản quét): “Trước ngày 18/10/2004”" in text
    assert "thì hiểu là 18/12/2024" in text
    assert "Ngày 30/01/2025 là ngày nghỉ; ngày làm việc cuối cùng trước đó là 24/01/2025." in text


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_state_has_words(language: str) -> None:
    labels = load_labels(language)

    assert [state for state in TaskState if not labels.has(f"status.state.{state}")] == []


# --- the calendar file ----------------------------------------------------------------------------------------------


def file_of(language: str = "vi", stamp: int = 1733000000) -> bytes:
    found = deadlines(REAL.years["2024"], REAL.calendar, REAL.bodies, load_labels(language))
    return calendar_file(found, title="Hạn", language=language, stamp=stamp)


def test_the_calendar_file_reads_back_as_all_day_entries_on_the_last_working_days() -> None:
    entries = {str(event["UID"]): event for event in CalendarFile.from_ical(file_of()).walk("VEVENT")}
    days = {uid: (event["DTSTART"].to_ical(), event["DTSTART"].params["VALUE"]) for uid, event in entries.items()}
    ninth = entries["2024-task-9@parindex"]

    assert len(entries) == 17 + 1 + 4
    assert days["2024-task-9@parindex"] == (b"20250124", "DATE")
    assert days["2024-task-5@parindex"] == (b"20241204", "DATE")
    assert days["2024-task-5-cuc-hai-quan@parindex"] == (b"20241209", "DATE")
    assert days["2024-task-8-cuc-hai-quan@parindex"] == (b"20241225", "DATE")
    assert ninth["DTEND"].to_ical() == b"20250125"
    assert "Kế hoạch ghi: “Trước ngày 31/01/2025”\nCách hiểu: 31/01/2025 là mùng 3 Tết;" in str(ninth["DESCRIPTION"])


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_lines_of_the_calendar_file_end_with_crlf_and_fold_between_characters_at_75_octets(language: str) -> None:
    data = file_of(language)
    lines = data.split(b"\r\n")

    assert lines[-1] == b""
    assert [line for line in lines if len(line) > 75 or b"\n" in line or b"\r" in line] == []
    assert b"".join(line.decode("utf-8").encode() for line in lines) == data.replace(b"\r\n", b"")


def test_typed_text_cannot_break_out_of_its_property() -> None:
    hostile = "a, b; c\\d\nEND:VEVENT\nX-EVIL:1"
    data = calendar_file([Deadline("1@parindex", "2024-12-04", hostile, hostile)], title="t", language="vi", stamp=0)
    (event,) = CalendarFile.from_ical(data).walk("VEVENT")

    assert (hostile, hostile) == (str(event["SUMMARY"]), str(event["DESCRIPTION"]))
    assert b"\r\nX-EVIL" not in data
    assert b"SUMMARY;LANGUAGE=vi:a\\, b\\; c\\\\d\\nEND:VEVENT\\nX-EVIL:1\r\n" in data


def test_the_stamp_of_every_entry_is_the_commits() -> None:
    lines = {line for line in file_of(stamp=1733000000).split(b"\r\n") if line.startswith(b"DTSTAMP")}

    assert {b"DTSTAMP:20241130T205320Z"} == lines


# --- the command ----------------------------------------------------------------------------------------------------


@pytest.fixture
def tiny_repository(repository: Repository) -> Repository:
    """Give a repository with the tiny year, committed."""
    repository.copy(ROOT / "schemas", "schemas")
    repository.copy(ROOT / "tests" / "examples" / "tiny" / "data", "data")
    repository.commit("Open the year", date="2024-12-02T09:00:00+07:00")
    return repository


def test_status_tells_a_plan_on_a_day(tiny_repository: Repository, run_command: RunCommand) -> None:
    done = run_command("status", "--year", "2024", "--today", "2024-12-17", cwd=tiny_repository.root)

    assert (done.code, done.stderr) == (0, "")
    assert "Tính đến ngày 17/12/2024 (ngày do lệnh --today đưa vào)" in done.stdout
    assert "4   Điều tra xã hội học                               31/12/2024  còn 10 ngày làm việc" in done.stdout


def test_status_as_json_has_a_stable_shape(tiny_repository: Repository, run_command: RunCommand) -> None:
    done = run_command("status", "--format", "json", "--today", "2024-12-17", cwd=tiny_repository.root)
    whole = json.loads(done.stdout)
    fourth = whole["tasks"][3]

    assert [*whole] == [
        "year",
        "commit",
        "illustrative",
        "today",
        "today_from",
        "errors",
        "summary",
        "tasks",
        "agencies",
        "load",
        "pending",
    ]
    assert (whole["summary"]["all"], whole["today"], whole["today_from"]) == (4, "2024-12-17", "given")
    assert (fourth["no"], fourth["due"], fourth["state"], fourth["working_days"]) == ("4", "2024-12-31", "due", 10)
    assert {"agency", "next", "stages"} == {*whole["agencies"][0]}


def test_status_asks_the_clock_only_without_a_day(tiny_repository: Repository, run_command: RunCommand) -> None:
    before = datetime.now(HANOI).date().isoformat()
    done = run_command("status", "--format", "json", cwd=tiny_repository.root)
    after = datetime.now(HANOI).date().isoformat()
    whole = json.loads(done.stdout)

    assert whole["today_from"] == "clock"
    assert before <= whole["today"] <= after


def test_the_same_commit_gives_the_same_calendar_whatever_the_day_and_the_machine(
    tiny_repository: Repository, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("status", "--year", "2024", "--format", "ics", "--rev", "HEAD")
    first = run_command(*arguments, "--today", "2024-12-01", cwd=tiny_repository.root)
    monkeypatch.setenv("TZ", "America/Lima")
    second = run_command(*arguments, "--today", "2026-12-01", cwd=tiny_repository.root)

    assert (0, first.stdout) == (second.code, second.stdout)
    assert "DTSTAMP:20241202T020000Z\r\n" in first.stdout


@pytest.mark.parametrize(
    ("when", "arguments", "code", "said"),
    [
        ("a day that does not exist", ("--today", "2025-02-30"), 2, "Ngày 2025-02-30 không hợp lệ"),
        ("a year that does not exist", ("--year", "2019"), 2, "Không có kỳ đánh giá 2019"),
    ],
)
def test_a_wrong_word_is_answered_in_one_line(
    when: str, arguments: tuple[str, ...], code: int, said: str, tiny_repository: Repository, run_command: RunCommand
) -> None:
    done = run_command("status", *arguments, cwd=tiny_repository.root)

    assert (code, "", 1) == (done.code, done.stdout, done.stderr.count("\n"))
    assert said in done.stderr


def test_a_year_whose_data_has_errors_is_still_told_with_a_warning(
    tiny_repository: Repository, run_command: RunCommand
) -> None:
    path = Path("data/2024/self-assessment/co-quan-a.yml")
    tiny_repository.write(path.as_posix(), (tiny_repository.root / path).read_text("utf-8") + "\nunknown: 1\n")
    done = run_command("status", "--today", "2024-12-17", cwd=tiny_repository.root)

    assert done.code == 0
    assert "Dữ liệu của kỳ còn 1 lỗi" in done.stdout

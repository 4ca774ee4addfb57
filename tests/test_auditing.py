"""The audit of a round: what each step moved, and sums that prove themselves, by small worlds and the tiny cycle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

import pytest
from tiny import EXAMPLES, TINY_FILES, YEAR, files_under, snapshot_of
from worlds import files_of, world

from pipeline.core.ground.numbers import share
from pipeline.core.ground.problems import Source
from pipeline.core.ground.table import Column, Table
from pipeline.core.index.audit import AMENDMENT, Audit, Disagreement, audit, matches, scored
from pipeline.core.record.authorship import LastChange
from pipeline.core.record.stages import KIND_OF
from pipeline.core.rounds.audit_report import ReportSection, rows_between

STAGES = tuple(KIND_OF)

FIRST, LETTER, SECOND, COUNCIL = STAGES[1:]
A = "cuc-thue"
CRITERIA = """
"1":
  title: Chỉ đạo
  monitor: so-noi-vu
  children:
    "1.1": {title: Kế hoạch, out_of: 2, rule: {type: judged, step: 0.5}, may_not_apply: Không có đơn vị}
    "1.2": {title: Báo cáo, out_of: 1, rule: {type: judged, step: 0.5}}
"2":
  title: Điểm thưởng
  children:
    "2.1":
      title: Sáng kiến
      out_of: 0
      rule: {type: bonus, items: {sang-kien: {per: 0.5, title: Sáng kiến}}, most: 1, least: -1}
"""
SELF_LINES = '"1.1": {score: 2}\n"1.2": {score: 1}'


def nobody(source: Source) -> LastChange:
    return LastChange(None, None, None, None)


def audited(
    lines: Mapping[str, str], stage: str = COUNCIL, amendments: Iterable[str] = (), *, request: str = ""
) -> Audit:
    """Audit one agency whose stages say these lines."""
    files = files_of(CRITERIA, lines={(name, A): text for name, text in lines.items()}, amendments=amendments)
    if request:
        files[f"data/{YEAR}/cycle.yml"] += "\nstages:\n" + "".join(
            f"  {name}: {{working_days: 3, after: request}}\n" for name in STAGES
        )
        files[f"data/{YEAR}/{FIRST}/{A}.yml"] += f"\nrequested: {{number: 4/SNV, date: {request}}}"
    records = world(files)
    return audit(records.years[YEAR], stage, calendar=records.calendar, find=nobody)


def told(found: Audit, criterion: str) -> list[tuple[str, str, str, str | None]]:
    """Return each entry of a criterion: step, points after it, what it moved, verdict."""
    row = next(row for row in found.rows if row.criterion == criterion)
    return [(entry.step, str(entry.points), str(entry.moved), entry.verdict) for entry in row.entries]


STEPS = [
    pytest.param(
        {STAGES[0]: '"1.1": {score: 2}', FIRST: '"1.1": {score: 1.5, reason: Thiếu}'},
        [(STAGES[0], "2", "2", None), (FIRST, "1.5", "-0.5", "cut")],
        id="a score under the one before is a cut",
    ),
    pytest.param(
        {STAGES[0]: '"1.1": {score: 1}', FIRST: '"1.1": {score: 1.0}'},
        [(STAGES[0], "1", "1", None), (FIRST, "1.0", "0.0", "accepted")],
        id="the same score is accepted, however it is written",
    ),
    pytest.param(
        {FIRST: '"1.1": {score: 1, reason: Có tài liệu}'},
        [(FIRST, "1", "1", "raised")],
        id="what self-assessment does not name begins at 0",
    ),
    pytest.param(
        {
            STAGES[0]: '"1.1": {score: 2}',
            FIRST: '"1.1": {score: 1, reason: Thiếu, request: true}',
            LETTER: '"1.1": {explanation: Đã có, score: 2}',
            SECOND: '"1.1": {score: 1.5, reason: Nhận một phần}',
            COUNCIL: '"1.1": {score: 2, reason: Nhận đủ}',
        },
        [
            (STAGES[0], "2", "2", None),
            (FIRST, "1", "-1", "cut"),
            (LETTER, "1", "0", None),
            (SECOND, "1.5", "0.5", "raised"),
            (COUNCIL, "2", "0.5", "raised"),
        ],
        id="an explanation asks and moves nothing",
    ),
    pytest.param(
        {STAGES[0]: '"1.1": {not_applicable: Không có}', FIRST: '"1.1": {score: 0, reason: Có một đơn vị}'},
        [(STAGES[0], "0", "0", None), (FIRST, "0", "0", "reapplied")],
        id="a refused claim changes whether it applies, even where no point moves",
    ),
    pytest.param(
        {STAGES[0]: '"1.1": {not_applicable: Không có}', FIRST: '"1.1": {not_applicable: Đúng}'},
        [(STAGES[0], "0", "0", None), (FIRST, "0", "0", "accepted")],
        id="an accepted claim is accepted",
    ),
    pytest.param(
        {STAGES[0]: '"1.1": {score: 2}\n"1.2": {score: 1}', FIRST: '"1": {not_applicable: Mới thành lập}'},
        [(STAGES[0], "2", "2", None), (FIRST, "0", "-2", "reapplied")],
        id="not applicable on a parent speaks for the leaf below",
    ),
]


@pytest.mark.parametrize(("lines", "expected"), STEPS)
def test_each_step_tells_what_it_moved(
    lines: Mapping[str, str], expected: list[tuple[str, str, str, str | None]]
) -> None:
    found = audited(lines)

    assert expected == told(found, "1.1")
    assert found.total.holds
    assert matches(found, scored(found.year, COUNCIL)) == ()


REASONS = [
    pytest.param({STAGES[0]: SELF_LINES, FIRST: '"1.1": {score: 1}\n"1.2": {score: 1}'}, ["1.1"], id="a cut"),
    pytest.param({STAGES[0]: '"1.1": {score: 1}', FIRST: '"1.1": {score: 2}'}, ["1.1"], id="a raise"),
    pytest.param({STAGES[0]: '"1.1": {score: 1}', FIRST: '"1.1": {score: 1}'}, [], id="nothing moved"),
    pytest.param({FIRST: '"1.1": {score: 1}'}, [], id="nothing stood before"),
    pytest.param({FIRST: '"2.1": {score: 0.5, answer: {sang-kien: 1}}'}, ["2.1"], id="a bonus, whatever stood before"),
    pytest.param({FIRST: '"2.1": {score: 0, answer: {}}'}, [], id="a bonus of nothing"),
    pytest.param(
        {STAGES[0]: '"1.1": {not_applicable: Không có}', FIRST: '"1.1": {score: 0}'}, ["1.1"], id="a refused claim"
    ),
    pytest.param(
        {STAGES[0]: '"1.1": {score: 1}', FIRST: '"1.1": {not_applicable: Không có}'}, [], id="not applicable says why"
    ),
]


@pytest.mark.parametrize(("lines", "expected"), REASONS)
def test_what_moved_without_a_reason_is_named(lines: Mapping[str, str], expected: list[str]) -> None:
    assert expected == [row.criterion for row, _ in audited(lines).unexplained]


AMENDED = """
stage: {stage}
agency: cuc-thue
criterion: "{criterion}"
expect: 1
line: {line}
reason: Khiếu nại được chấp nhận
"""


def test_amendments_are_steps_of_their_own_in_the_order_of_their_numbers() -> None:
    lines = {STAGES[0]: '"1.1": {score: 2}', FIRST: '"1.1": {score: 1, reason: Thiếu}'}
    amendments = [
        AMENDED.format(stage=FIRST, criterion="1.1", line="{score: 1.5}"),
        AMENDED.format(stage=FIRST, criterion="1.1", line="{score: 2}"),
    ]

    found = audited(lines, FIRST, amendments)

    assert told(found, "1.1")[2:] == [(AMENDMENT, "1.5", "0.5", "raised"), (AMENDMENT, "2", "0.5", "raised")]
    assert (found.total.started, dict(found.total.moved), found.total.final) == (
        Decimal(2),
        {FIRST: Decimal(-1), AMENDMENT: Decimal(1)},
        Decimal(2),
    )
    assert matches(found, scored(found.year, FIRST)) == ()


def test_an_amendment_that_a_later_stage_overrides_moves_nothing() -> None:
    lines = {STAGES[0]: '"1.1": {score: 2}', FIRST: '"1.1": {score: 1, reason: Thiếu}', SECOND: '"1.1": {score: 1}'}

    found = audited(lines, COUNCIL, [AMENDED.format(stage=FIRST, criterion="1.1", line="{score: 2}")])

    assert told(found, "1.1")[-1] == (AMENDMENT, "1", "0", "accepted")
    assert matches(found, scored(found.year, COUNCIL)) == ()


def test_an_amendment_of_a_parent_reaches_every_leaf_below() -> None:
    lines = {STAGES[0]: SELF_LINES, FIRST: SELF_LINES}

    found = audited(lines, FIRST, [AMENDED.format(stage=FIRST, criterion="1", line="{not_applicable: Mới}")])

    assert [told(found, code)[-1] for code in ("1.1", "1.2")] == [
        (AMENDMENT, "0", "-2", "reapplied"),
        (AMENDMENT, "0", "-1", "reapplied"),
    ]
    assert matches(found, scored(found.year, FIRST)) == ()


def test_each_criterion_is_counted_once_and_what_a_stage_does_not_mention_is_accepted() -> None:
    lines = {STAGES[0]: SELF_LINES, FIRST: SELF_LINES, SECOND: '"1.1": {score: 1.5, reason: Thiếu}'}

    total = audited(lines, SECOND).total

    assert (total.rows, total.lines, total.accepted, total.cut, total.raised, total.reapplied) == (2, 1, 1, 1, 0, 0)
    assert (total.points_cut, total.points_raised) == (Decimal("-0.5"), Decimal(0))


def test_an_agency_without_a_file_of_the_stage_is_counted_under_no_verdict() -> None:
    total = audited({STAGES[0]: SELF_LINES}, FIRST).total

    assert (total.rows, total.accepted, total.cut, total.raised) == (2, 0, 0, 0)


@pytest.mark.parametrize(
    ("requested_on", "in_time"), [("2024-12-17", 1), ("2024-12-16", 0)], ids=["on the last day", "a day late"]
)
def test_requests_are_counted_as_answered_in_time_and_won(requested_on: str, in_time: int) -> None:
    lines = {
        STAGES[0]: SELF_LINES,
        FIRST: '"1.1": {score: 1, reason: Thiếu, request: true}\n"1.2": {score: 0, reason: Thiếu, request: true}',
        LETTER: '"1.1": {explanation: Đã có}',
        SECOND: '"1.1": {score: 2, reason: Đủ}\n"1.2": {score: 0}',
    }

    total = audited(lines, SECOND, request=requested_on).total

    assert (total.requests, total.answered, total.in_time, total.explained, total.won) == (2, 1, in_time, 1, 1)


def test_a_round_is_told_without_what_came_after_it() -> None:
    lines = {STAGES[0]: SELF_LINES, FIRST: '"1.1": {score: 1, reason: Thiếu}', COUNCIL: '"1.1": {score: 2, reason: Đủ}'}

    assert [step for step, *_ in told(audited(lines, FIRST), "1.1")] == [STAGES[0], FIRST]


def test_figures_that_are_not_those_of_scoring_are_named_by_leaf_and_by_agency() -> None:
    found = audited({STAGES[0]: SELF_LINES, FIRST: SELF_LINES})
    wrong = replace(found.rows[0], final=Decimal("1.5"))
    tally = replace(found.by_agency[0], final=Decimal("2.5"))
    forged = replace(found, rows=(wrong, *found.rows[1:]), by_agency=(tally,))

    assert matches(forged, scored(found.year, COUNCIL)) == (
        Disagreement(A, "1.1", Decimal("1.5"), Decimal(2)),
        Disagreement(A, None, Decimal("2.5"), Decimal(3)),
    )
    assert not tally.holds


@pytest.mark.parametrize("stage", STAGES)
def test_the_tiny_cycle_proves_itself_at_every_stage(stage: str) -> None:
    found = snapshot_of(TINY_FILES).world
    whole = audit(found.years[YEAR], stage, calendar=found.calendar, find=nobody)

    assert all(tally.holds for tally in (*whole.by_agency, *whole.by_area, *whole.by_monitor, whole.total))
    assert matches(whole, scored(whole.year, stage)) == ()
    assert sum(tally.final for tally in whole.by_area) == sum(tally.final for tally in whole.by_agency)


BROKEN = sorted(path.name for path in (EXAMPLES / "invalid" / "laws").iterdir() if path.is_dir())


@pytest.mark.parametrize("name", BROKEN)
def test_data_that_breaks_a_law_can_still_be_audited(name: str) -> None:
    folder = EXAMPLES / "invalid" / "laws" / name
    found = snapshot_of({**TINY_FILES, **files_under(folder, "data")}).world

    whole = audit(found.years[YEAR], COUNCIL, calendar=found.calendar, find=nobody)

    assert matches(whole, scored(whole.year, COUNCIL)) == ()
    assert all(tally.holds for tally in whole.by_agency)


@pytest.mark.parametrize(("part", "whole", "expected"), [(1, 3, "100/3"), (0, 5, "0"), (0, 0, "None")])
def test_a_share_of_nothing_is_no_share(part: int, whole: int, expected: str) -> None:
    assert str(share(part, whole)) == expected


def _section(title: str, rows: int, *, level: int = 2) -> ReportSection:
    table = Table(title, (Column("row"),), tuple((f"{title} {row}",) for row in range(rows)))
    return ReportSection(level, title, (f"strong {title}",), (f"said of {title}",), table if rows else None)


SECTIONS = (
    _section("report", 0, level=1),
    _section("first", 3),
    _section("none", 0),
    _section("lines", 0),
    _section("long", 9, level=3),
    _section("end", 0),
)


@pytest.mark.parametrize("most", range(1, 15))
def test_a_report_in_parts_says_everything_once_and_in_order(most: int) -> None:
    total = sum(section.rows for section in SECTIONS)
    parts = [[*rows_between(SECTIONS, at, min(at + most, total))] for at in range(0, total, most)]
    rows = [row for part in parts for one in part if one.table for row in one.table.rows]
    said = [text for part in parts for one in part for text in (*one.strong, *one.paragraphs)]

    assert rows == [row for one in SECTIONS if one.table for row in one.table.rows]
    assert said == [text for one in SECTIONS for text in (*one.strong, *one.paragraphs)]
    assert all(sum(one.rows for one in part) <= most for part in parts)
    assert all(part[0].level <= 2 for part in parts)


def test_a_heading_stands_with_the_rows_that_follow_it() -> None:
    parts = [[one.title for one in rows_between(SECTIONS, at, at + 3)] for at in (0, 3, 6)]

    assert parts == [["report", "first"], ["none", "lines", "long"], ["lines", "long"]]

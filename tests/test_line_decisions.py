"""Every decision about a score stands in the bundle: the ranking of any day follows from its files alone."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import openpyxl
import pytest
from exportworlds import CRITERIA, POLICIES, bundle_of, files, small_year, snapshot
from sites import YEAR
from test_bundles import judged
from worlds import files_of, year_from
from wrong_bundles import replaced

from pipeline.core.index.scoring import score
from pipeline.core.publish.opendata.line_decisions import LineDecision, line_decisions
from pipeline.core.record.model import ApprovedTable, Year

Told = dict[str, tuple[Decimal, Decimal, int]]  # agency -> points, index, rank


def rows(name: str, made: Mapping[str, bytes] | None = None) -> list[dict[str, str]]:
    data = (files() if made is None else made)[f"csv/{name}.csv"]
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def replayed(day: str) -> Told:
    """Rank the agencies as the decisions stood on a day, from the table of decisions and nothing else."""
    stood = {
        (row["agency"], row["criterion"]): row
        for row in sorted(rows("decisions"), key=lambda row: int(row["position"]))
        if row["day"] <= day
    }
    points = {row["agency"]: Decimal(0) for row in stood.values()}
    out_of = dict(points)
    for (agency, _), row in stood.items():
        if row["applicable"] == "true":
            points[agency] += Decimal(row["after"])
            out_of[agency] += Decimal(row["out_of"])
    index = {
        agency: (100 * points[agency] / out_of[agency]).quantize(Decimal("0.01"), ROUND_HALF_UP) for agency in points
    }
    return {
        agency: (points[agency], own, 1 + sum(other > own for other in index.values())) for agency, own in index.items()
    }


def approved(version: str) -> Told:
    return {
        row["agency"]: (Decimal(row["points"]), Decimal(row["index"]), int(row["rank"]))
        for row in rows("versions_results")
        if row["version"] == version
    }


@pytest.mark.parametrize(
    ("day", "version"),
    [
        ("2025-02-21", "1"),  # approved
        ("2025-02-27", "1"),  # published
        ("2025-03-13", "1"),  # the day before the complaint was decided
        ("2025-03-14", "2"),
        ("2025-03-18", "2"),  # approved anew
        ("2030-01-01", "2"),
    ],
)
def test_the_ranking_of_a_day_is_the_approved_one(day: str, version: str) -> None:
    assert approved(version) == replayed(day)


def test_the_ranking_of_a_day_before_the_appraisal_is_that_of_the_claims() -> None:
    year = snapshot().world.years[YEAR]
    claims = {"self-assessment": year.stages["self-assessment"]}
    wanted = score(replace(year, stages=claims, counts={}, amendments=()))

    assert replayed("2024-12-09") == {
        entry.agency.slug: (entry.total.points, entry.published, entry.rank) for entry in wanted.agencies
    }


def test_the_old_points_behind_a_corrected_line_are_there_with_their_reason() -> None:
    own = [row for row in rows("decisions") if (row["agency"], row["criterion"]) == ("cuc-thue", "1.3.1")]

    assert [(row["stage"], row["before"], row["after"], row["amendment"]) for row in own] == [
        ("self-assessment", "", "1.00", ""),
        ("appraisal-1", "1.00", "0.50", ""),
        ("explanation", "0.50", "0.50", ""),
        ("appraisal-2", "0.50", "0.50", ""),
        ("council-decision", "0.50", "1.00", "0001"),
    ]
    assert [row["by"] for row in own] == ["cuc-thue", "so-noi-vu", "cuc-thue", "so-noi-vu", "hoi-dong-tham-dinh"]
    assert own[-1]["decision_number"] == "05/QĐ-HĐTĐ-MH"
    assert own[3]["reason_vi"].startswith("Giữ mức điểm lần 1")  # of the line that the amendment replaced


@pytest.mark.parametrize("policy", POLICIES)
def test_the_last_decision_is_the_score(policy: str) -> None:
    made = bundle_of(small_year(policy, 9))
    last = {(row["agency"], row["criterion"]): row for row in rows("decisions", made)}
    told = {(row["agency"], row["criterion"]): row for row in rows("scores", made)}

    assert set(told) == set(last)
    assert {place: row["points"] for place, row in told.items()} == {place: row["after"] for place, row in last.items()}


# --- decisions of small years ---------------------------------------------------------------------------------------

A = "a-mot"
SURVEY = """
    scales: {s: {options: {tot: {value: 1, title: T}, kem: {value: 0, title: K}}, no_opinion: kyk}}
    groups: {lanh-dao: {title: L}, nhan-vien: {title: N}, dan: {title: D, source: sipas}}
    questions: {q1: {scale: s, criterion: "2.1", groups: [lanh-dao, nhan-vien], text: Q}}
    fieldwork: {from: 2024-12-01, to: 2024-12-31}
"""
COUNTS = {
    ("lanh-dao", A): "forms: {valid: 20}\nanswers: {q1: {tot: 10, kem: 10}}",
    ("nhan-vien", A): "forms: {valid: 20}\nanswers: {q1: {tot: 20}}",
}


def told(year: Year, code: str) -> list[tuple[str, str | None, str | None, str]]:
    """Return stage, day, points before and after of a criterion's decisions."""
    own = [one for one in line_decisions(year) if one.after.criterion.code == code]
    return [(one.event.stage, one.event.day, shown(one, "before"), str(shown(one, "after"))) for one in own]


def shown(one: LineDecision, which: str) -> str | None:
    leaf = one.after if which == "after" else one.before
    return None if leaf is None else str(leaf.points) if leaf.applicable else "not applicable"


def year_of(lines: Mapping[tuple[str, str], str], amendments: tuple[str, ...] = (), *, counts: bool = False) -> Year:
    return year_from(
        files_of(
            CRITERIA,
            agencies=[A],
            lines=lines,
            survey=SURVEY if counts else None,
            counts=COUNTS if counts else {},
            amendments=amendments,
            out_of="10",
        )
    )


def test_what_does_not_apply_and_what_takes_that_back_are_decisions() -> None:
    lines = {
        ("self-assessment", A): '"1.2": {not_applicable: Không có}',
        ("appraisal-1", A): '"1.2": {not_applicable: Không có}',
        ("council-decision", A): '"1.2": {score: 1, reason: Có}',
    }

    assert told(year_of(lines), "1.2") == [
        ("self-assessment", "2024-12-04", None, "0"),
        ("appraisal-1", "2024-12-16", "0", "not applicable"),
        ("council-decision", "2025-02-01", "not applicable", "1"),
    ]


def test_a_bonus_that_nobody_claimed_has_no_decision_and_one_that_was_given_begins_at_nothing() -> None:
    lines = {("self-assessment", A): '"1.2": {score: 1}', ("appraisal-1", A): '"1.3": {answer: {x: 1}, score: 0.5}'}
    found = year_of(lines)

    assert [(stage, before, after) for stage, _, before, after in told(found, "1.3")] == [("appraisal-1", "0", "1/2")]
    assert [stage for stage, *_ in told(found, "1.2")] == ["self-assessment"]


def recounted(group: str, good: int) -> str:
    return f"""
        stage: survey
        group: {group}
        agency: {A}
        expect: x
        reason: Đếm lại
        file: {{forms: {{valid: 20}}, answers: {{q1: {{tot: {good}, kem: {20 - good}}}}}}}
    """


def corrected(days: tuple[str, ...], *amendments: str, approved: tuple[str | None, ...]) -> Year:
    """Return a year whose survey was corrected on these days; each approval knew the corrections up to a number."""
    year = year_of({("self-assessment", A): '"1.2": {score: 1}'}, amendments, counts=True)
    dated = (
        replace(one, decision=replace(one.decision, date=day)) for one, day in zip(year.amendments, days, strict=True)
    )
    own = year.amendments[0].decision
    tables = (ApprovedTable(own, None, None, "0" * 64, None, (), source=own.source, knew=knew) for knew in approved)
    return replace(year, amendments=tuple(dated), approvals=tuple(tables))


def test_a_correction_of_the_survey_after_an_approval_keeps_the_points_that_it_replaced() -> None:
    found = told(corrected(("2025-03-01",), recounted("lanh-dao", 20), approved=("",)), "2.1")

    assert [(stage, before, after) for stage, _, before, after in found] == [
        ("survey", None, "2"),
        ("survey", "2", "3"),
    ]
    assert found[0][1] == "2024-12-31"


@pytest.mark.parametrize(
    ("days", "approved", "wanted"),
    [
        (("2025-02-01", "2025-02-02"), ("0002",), [(None, "7/5")]),
        (("2025-03-01", "2025-03-02"), ("", "0002"), [(None, "2"), ("2", "7/5")]),
        (("2025-03-01", "2025-03-01"), ("",), [(None, "2"), ("2", "7/5")]),  # by one decision
        (("2025-03-02", "2025-02-01"), ("",), [(None, "2"), ("2", "7/5")]),  # entered after the other
        (("2025-02-01", "2025-03-01"), ("0001",), [(None, "9/5"), ("9/5", "7/5")]),
        (("2025-02-01", "2025-03-01"), ("", "0002"), [(None, "2"), ("2", "7/5")]),  # dated before, approved after
        (("2025-02-01", "2025-03-01"), (None,), [(None, "7/5")]),  # what the approval was given for is not there
        (("2025-02-01", "2025-02-02"), (), [(None, "7/5")]),
    ],
)
def test_points_of_the_survey_that_no_approval_saw_are_never_told(
    days: tuple[str, ...], approved: tuple[str | None, ...], wanted: list[tuple[str | None, str]]
) -> None:
    year = corrected(days, recounted("lanh-dao", 8), recounted("nhan-vien", 12), approved=approved)

    assert [(before, after) for *_, before, after in told(year, "2.1")] == wanted


def test_points_of_the_survey_below_what_was_said_not_to_apply_before_any_approval_are_never_told() -> None:
    left_out = {("council-decision", A): '"2": {not_applicable: Không có đối tượng}'}  # after the fieldwork
    year = year_of(left_out, counts=True)

    assert [(before, after) for *_, before, after in told(year, "2.1")] == [(None, "not applicable")]


def test_a_stage_that_names_no_day_keeps_its_place_and_an_amendment_stands_where_its_decision_does() -> None:
    lines = {
        ("self-assessment", A): '"1.2": {score: 2}',
        ("appraisal-1", A): '"1.2": {score: 1, reason: R}',
        ("appraisal-2", A): '"1.2": {score: 2, reason: R}',
    }
    amendment = f'stage: self-assessment\nagency: {A}\ncriterion: "1.2"\nexpect: 2\nreason: R\nline: {{score: 1.5}}'
    year = year_of(lines, (amendment,))  # decided when the council was
    later = {A: replace(year.stages["appraisal-2"][A], dates={"appraised": "2099-01-01"})}
    undated = {A: replace(year.stages["appraisal-1"][A], dates={})}
    found = told(replace(year, stages={**year.stages, "appraisal-1": undated, "appraisal-2": later}), "1.2")

    assert [(stage, before, after) for stage, _, before, after in found] == [
        ("self-assessment", None, "2"),
        ("appraisal-1", "2", "1"),
        ("self-assessment", "1", "1"),  # the amendment, which a later stage overrides
        ("appraisal-2", "1", "2"),
    ]
    assert found[1][1] is None


# --- what a stranger may change -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("csv/decisions.csv", "0001,0.50,1.00,1.00", "0001,0.25,1.00,1.00"),
        ("csv/decisions.csv", "0001,0.50,1.00,1.00", "0001,0.50,0.75,1.00"),
        ("csv/decisions.csv", ",1.3.1,5,", ",1.3.1,4,"),
        ("csv/flat.csv", ",92.00,1,xuat-sac", ",92.00,2,xuat-sac"),
        ("csv/flat.csv", "Hanoi State Treasury", "Hanoi Treasury"),
        ("csv/flat.csv", "appraisal-1,1.00,92.00", "appraisal-1,0.50,92.00"),
    ],
)
def test_a_history_or_a_flat_table_that_was_changed_is_named_at_its_place(
    path: str, old: str, new: str, tmp_path: Path
) -> None:
    made = dict(files())
    replaced(path, old, new)(made)

    assert path in {problem.path for problem in judged(made, tmp_path).problems}


def test_a_history_that_does_not_lead_to_an_approved_table_is_told_as_not_proved(tmp_path: Path) -> None:
    made = dict(files())
    replaced("csv/decisions.csv", "council-decision,2025-03-14", "council-decision,2025-02-14")(made)
    verdict = judged(made, tmp_path)
    facts = {kind: [fact[1]["version"] for fact in own if fact[0] == "replayed"] for kind, own in vars_of(verdict)}

    assert facts == {"proved": ["2"], "unproved": ["1"]}


def vars_of(verdict: object) -> list[tuple[str, list[tuple[str, Mapping[str, str]]]]]:
    return [(kind, getattr(verdict, kind)) for kind in ("proved", "unproved")]


def test_a_year_without_grades_proves_itself(tmp_path: Path) -> None:
    made = bundle_of({path: re.sub("grades: .*", "grades: []", text) for path, text in small_year("{}", 29).items()})

    assert [problem.code for problem in judged(made, tmp_path).problems if problem.path == "csv/flat.csv"] == []


# --- names beside codes ---------------------------------------------------------------------------------------------


def test_the_workbook_says_names_beside_codes() -> None:
    book = openpyxl.load_workbook(io.BytesIO(files()[f"parindex-{YEAR}.xlsx"]))
    beside = {"agency": "agency_name", "criterion": "criterion_title", "area": "area_title", "stage": "stage_title"}
    beside |= {f"{of}issuer": f"{of}issuer_name" for of in ("", "document_", "decision_")}
    beside["question"] = "question_text"
    owns = {"agency": "agencies", "criterion": "criteria", "stage": "stages", "question": "survey_questions"}
    lacking = []
    for page in book.worksheets[1:]:
        heads = [cell.value for cell in page[2]]
        for code, name in beside.items():
            if code in heads and owns.get(code) != page.title:
                following = str(heads[heads.index(code) + 1])
                lacking += [] if following.removesuffix("_vi") == name else [(page.title, code, following)]

    assert lacking == []
    assert [cell.value for cell in book["scores"][3]][:5] == [
        *(YEAR, "kho-bac-nha-nuoc", "KBNN Hà Nội", "1.1.1", "Ban hành kế hoạch kịp thời")
    ]


def test_the_flat_table_has_a_row_for_each_score_with_names_in_both_languages_and_ranges() -> None:
    flat, scores = rows("flat"), rows("scores")

    assert [(row["agency"], row["criterion"], row["points"]) for row in flat] == [
        (row["agency"], row["criterion"], row["points"]) for row in scores
    ]
    first = flat[0]
    assert (first["agency_name_vi"], first["agency_name_en"]) == ("Kho bạc Nhà nước Hà Nội", "Hanoi State Treasury")
    assert Decimal(first["index_low"]) < Decimal(first["index"]) < Decimal(first["index_high"])
    assert all(int(row["rank_best"]) <= int(row["rank"]) <= int(row["rank_worst"]) for row in flat)

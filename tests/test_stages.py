"""The stages of a year are its data: what each kind owes, where requests are answered; worlds of three shapes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest
from worlds import files_of, world, year_from

from pipeline.core.index.laws import problems_of
from pipeline.core.index.scoring import asked_or_explained, missing, score
from pipeline.core.record.layout import STAGE, place, schema_of
from pipeline.core.record.model import Year
from pipeline.core.record.stages import KIND_OF, KINDS, RESERVED, USUAL, Kind, Stage, Stages, kind_of

A = "cuc-thue"
CRITERIA = """
"1":
  title: A
  children:
    "1.1": {title: X, out_of: 60, rule: {type: judged, step: 1}}
    "1.2": {title: Y, out_of: 40, rule: {type: judged, step: 1}}
"""
# A city with one appraisal and no council; a province with three rounds and two letters between them.
ONE_ROUND = "nop-ho-so: {kind: claim, title: Nộp hồ sơ}\ntham-dinh: {kind: appraise, title: Thẩm định}"
THREE_ROUNDS = """
tu-danh-gia: {kind: claim, title: Tự đánh giá}
vong-1: {kind: appraise, title: Vòng 1}
y-kien-1: {kind: explain, title: Ý kiến lần 1}
vong-2: {kind: appraise, title: Vòng 2}
y-kien-2: {kind: explain, title: Ý kiến lần 2}
vong-3: {kind: appraise, title: Vòng 3}
hoi-dong: {kind: decide, title: Hội đồng}
"""
HEAD: Mapping[Kind, str] = {
    "claim": "report: {number: 1/BC, date: 2024-12-03}\nsigned_by: Giám đốc\nreceived: 2024-12-04",
    "appraise": "appraised: 2024-12-16",
    "explain": "letter: {number: 2/CV, date: 2024-12-20}\nreceived: 2024-12-20",
    "decide": "decision: {number: 3/QĐ, date: 2025-02-01}",
}


def a_year(listed: str, lines: Mapping[str, str], *, heads: Mapping[str, str] | None = None) -> Year:
    """Return a year of one agency: `lines` by the stage's name, `heads` what stands in its head beside the usual."""
    return year_from(files(listed, lines, heads=heads))


def files(listed: str, lines: Mapping[str, str], *, heads: Mapping[str, str] | None = None) -> dict[str, str]:
    made = files_of(CRITERIA)
    made["data/2024/cycle.yml"] += "\nstages:\n" + "\n".join(f"  {row}" for row in listed.strip().splitlines())
    kinds = year_from(made).cycle.stages
    for name, text in lines.items():
        own = "\n".join(f"  {row}" for row in text.splitlines())
        more = (heads or {}).get(name, "")
        made[f"data/2024/{name}/{A}.yml"] = f"{HEAD[kinds.kind(name) or 'claim']}\n{more}\nlines:\n{own}"
    return made


def codes_of(listed: str, lines: Mapping[str, str], *, heads: Mapping[str, str] | None = None) -> set[str]:
    """Return what the laws find in such a year."""
    return {problem.code for problem in problems_of(world(files(listed, lines, heads=heads)))}


def test_the_five_names_keep_their_kinds_and_every_other_says_its_own() -> None:
    assert [kind_of(name, "decide") for name in KIND_OF] == list(KIND_OF.values())
    assert [kind_of("vong-1", kind) for kind in (*KINDS, "judge", None)] == [*KINDS, None, None]
    assert USUAL.names == tuple(KIND_OF)


def test_a_year_that_lists_no_stage_has_the_usual_five_in_order() -> None:
    assert year_from(files_of(CRITERIA)).cycle.stages == USUAL


def test_a_year_has_the_stages_that_it_lists_in_its_order_and_no_other() -> None:
    assert a_year(THREE_ROUNDS, {}).cycle.stages.names == tuple(
        row.partition(":")[0] for row in THREE_ROUNDS.split("\n") if row
    )
    assert a_year(ONE_ROUND, {}).cycle.stages.decide is None


def test_an_explanation_answers_the_nearest_appraisal_before_it() -> None:
    stages = a_year(THREE_ROUNDS, {}).cycle.stages

    assert [stages.asked_in(name) for name in stages.of_kind("explain")] == ["vong-1", "vong-2"]
    assert [stages.answered_in(name) for name in stages.of_kind("appraise")] == ["y-kien-1", "y-kien-2", None]
    assert [stages.tells_unanswered(name) for name in stages.of_kind("explain")] == ["vong-2", "vong-3"]
    assert [stages.owed_after(name) for name in stages.of_kind("appraise")] == [
        (),
        (("vong-1", "y-kien-1"),),
        (("vong-2", "y-kien-2"),),
    ]


def test_where_nothing_is_explained_nothing_may_be_asked() -> None:
    lines = {"nop-ho-so": '"1.1": {score: 50}\n"1.2": {score: 40}'}
    asked = {**lines, "tham-dinh": '"1.1": {score: 50, request: true}\n"1.2": {score: 40}'}

    assert "field-not-of-stage" in codes_of(ONE_ROUND, asked)
    assert "field-not-of-stage" not in codes_of(
        ONE_ROUND, {**lines, "tham-dinh": asked["tham-dinh"].replace(", request: true", "")}
    )


def test_one_appraisal_without_a_council_makes_a_whole_year() -> None:
    claimed = {"nop-ho-so": '"1.1": {score: 50}\n"1.2": {score: 40}'}
    judged = {**claimed, "tham-dinh": '"1.1": {score: 45, reason: Thiếu}\n"1.2": {score: 40}'}

    assert [gap.kind for gap in missing(a_year(ONE_ROUND, claimed))] == ["tham-dinh"]
    assert list(missing(a_year(ONE_ROUND, judged))) == []
    assert codes_of(ONE_ROUND, judged) == set()
    assert score(a_year(ONE_ROUND, judged)).agencies[0].published == Decimal("85.00")


THREE = {
    "tu-danh-gia": '"1.1": {score: 50}\n"1.2": {score: 40}',
    "vong-1": '"1.1": {score: 40, reason: Thiếu, request: true}\n"1.2": {score: 40}',
    "y-kien-1": '"1.1": {explanation: Đã bổ sung}',
    "vong-2": '"1.1": {score: 45, reason: Nhận, request: true}',
    "y-kien-2": '"1.1": {explanation: Đã đủ}',
    "vong-3": '"1.1": {score: 50, reason: Đủ}',
    "hoi-dong": '"1.2": {score: 39, reason: Trừ}',
}


def test_three_rounds_and_two_letters_make_a_whole_year() -> None:
    year = a_year(THREE_ROUNDS, THREE)
    result = score(year)

    assert codes_of(THREE_ROUNDS, THREE) == set()
    assert result.missing == ()
    assert result.agencies[0].published == Decimal("89.00")
    assert [leaf.stage for leaf in result.agencies[0].leaves] == ["vong-3", "hoi-dong"]
    assert asked_or_explained(year, "vong-3", A) == ("1.1",)


@pytest.mark.parametrize(
    ("without", "gap"),
    [("y-kien-1", "y-kien-1"), ("y-kien-2", "y-kien-2"), ("vong-3", "vong-3"), ("hoi-dong", "hoi-dong")],
)
def test_each_round_owes_its_own(without: str, gap: str) -> None:
    lines = {name: text for name, text in THREE.items() if name != without}

    assert without in {found.kind for found in missing(a_year(THREE_ROUNDS, lines))}


def test_a_letter_that_never_came_is_told_in_the_head_after_it() -> None:
    lines = {name: text for name, text in THREE.items() if name != "y-kien-2"}

    assert list(missing(a_year(THREE_ROUNDS, lines, heads={"vong-3": "unanswered: 2025-01-05"}))) == []
    assert "field-not-of-stage" in codes_of(THREE_ROUNDS, lines, heads={"vong-1": "unanswered: 2025-01-05"})


def test_a_stage_of_an_agency_is_its_head_and_the_parts_of_bodies_together() -> None:
    made = files(THREE_ROUNDS, {**THREE, "vong-1": '"1.2": {score: 40}'})
    made[f"data/2024/vong-1/{A}/so-noi-vu.yml"] = 'lines:\n  "1.1": {score: 40, reason: Thiếu, request: true}'
    year = year_from(made)
    file = year.file("vong-1", A)

    assert file is not None
    assert sorted(file.lines) == ["1.1", "1.2"]
    assert {body: source.path for body, source in file.parts.items()} == {
        "so-noi-vu": f"data/2024/vong-1/{A}/so-noi-vu.yml"
    }
    assert score(year).agencies[0].published == Decimal("89.00")


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_no_stage_bears_a_name_that_stands_for_something_else(name: str) -> None:
    found = place(f"data/2024/{name}/{A}.yml")

    assert found is None or found.kind != STAGE


def test_the_kind_of_a_stage_decides_the_schema_of_its_files(tmp_path: Path) -> None:
    head, part = place("data/2024/vong-1/cuc-thue.yml"), place("data/2024/vong-1/cuc-thue/so-noi-vu.yml")

    assert head is not None
    assert part is not None
    assert [schema_of(head, kind) for kind in KINDS] == [
        "self-assessment",
        "appraisal",
        "explanation",
        "council-decision",
    ]
    assert [schema_of(part, kind) for kind in KINDS] == [None, "appraisal-part", None, None]
    assert schema_of(head, None) is None


def test_a_stage_before_another_is_never_after_it() -> None:
    stages = Stages(tuple(Stage(f"s{number}", kind) for number, kind in enumerate(KINDS)))

    for name in stages.names:
        assert (*stages.upto(name), *stages.after(name)) == stages.names
        assert stages.before(name) == stages.upto(name)[:-1]

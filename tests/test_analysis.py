"""The analysis of a year, against the tiny cycle that was worked by hand and against what must hold of any year."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cache

import pytest
from tiny import TINY_FILES, YEAR, data_of_this_repository, snapshot_of
from worlds import files_of, year_from

from pipeline.core.ground.numbers import fixed
from pipeline.core.index.analysis.league import grade_counts, next_grade
from pipeline.core.index.analysis.losses import (
    beside,
    everywhere,
    losses_by_criterion,
)
from pipeline.core.index.analysis.profiles import area_standings, contrasts, profiles
from pipeline.core.index.analysis.robustness import (
    EQUAL_AREAS,
    EQUAL_CRITERIA,
    GEOMETRIC,
    OTHER_POLICY,
    WITHOUT_AREA,
    WITHOUT_BONUS,
    WITHOUT_SELF,
    WITHOUT_SURVEY,
    robustness,
)
from pipeline.core.index.analysis.waterfalls import waterfalls
from pipeline.core.index.scoring import Results, score
from pipeline.core.record.model import World

A, B, C = "co-quan-a", "co-quan-b", "co-quan-c"
TINY_YEAR = snapshot_of(TINY_FILES).world.years[YEAR]
TINY = score(TINY_YEAR)


@cache
def data_world() -> World:
    """Return the records of this repository's data."""
    return data_of_this_repository().world


@cache
def data_results(year: str) -> Results:
    """Return the results of one year of this repository's data."""
    return score(data_world().years[year])


def shown(value: Fraction | None) -> str:
    return "–" if value is None else fixed(value, 2)


def test_the_next_grade_takes_the_least_points_that_reach_it() -> None:
    steps = [next_grade(TINY_YEAR, entry) for entry in TINY.agencies]

    assert [(step.grade.id, step.points) if step else None for step in steps] == [
        *(("xuat-sac", Decimal("0.83")), ("tot", Decimal("1.45")), ("kha", Decimal("1.01"))),
    ]


def test_grades_are_counted_from_the_top_with_those_that_nobody_reached() -> None:
    assert [(grade.id, count) for grade, count in grade_counts(TINY)] == [
        *(("xuat-sac", 0), ("tot", 1), ("kha", 1), ("trung-binh", 1), ("yeu", 0)),
    ]


def test_areas_stand_beside_each_other_in_percent_of_what_applies() -> None:
    known = area_standings(TINY)

    assert [[shown(area.index) for area in entry.areas[:3]] for entry in TINY.agencies] == [
        ["83.56", "91.67", "68.75"],
        ["76.86", "62.43", "–"],
        ["51.11", "80.00", "64.75"],
    ]
    assert [(code, shown(s.median), shown(s.best), sorted(s.best_agencies)) for code, s in known.items()] == [
        ("1", "76.86", "83.56", [A]),  # 4 is bonus alone
        ("2", "80.00", "91.67", [A]),
        ("3", "66.75", "68.75", [A]),
    ]


def test_losses_are_sorted_and_their_shares_end_at_a_hundred() -> None:
    found = losses_by_criterion(TINY)

    assert [(entry.name, shown(entry.points), entry.losers) for entry in found[:4]] == [
        *(("1.1.2", "2.20", 2), ("1.3", "2.00", 3), ("2.1", "2.00", 1), ("3.1", "2.00", 2)),
    ]
    assert [leaf.road.agency for leaf in found[0].leaves] == [B, A, C]
    assert [(entry.agency.slug, shown(points)) for entry, points in beside(TINY, 1)] == [(A, "0.50")]
    assert [(entry.agency.slug, shown(points)) for entry, points in beside(TINY, -1)] == [(B, "0.50")]


@pytest.mark.parametrize("year", ["2024", "2025"])
def test_losses_by_criterion_are_all_that_was_lost(year: str) -> None:
    results = data_results(year)
    lost = sum((leaf.lost for entry in results.agencies for leaf in entry.leaves), Fraction(0))

    found = losses_by_criterion(results)

    assert sum((entry.points for entry in found), Fraction(0)) == lost
    assert (found[-1].running, sum((entry.share for entry in found), Fraction(0))) == (100, 100)
    assert [entry.points for entry in found] == sorted((entry.points for entry in found), reverse=True)


def scored(*lines: str) -> Results:
    """Return the results of a year with one agency for each text of lines."""
    criteria = """
      "1":
        title: Lĩnh vực
        children:
          "1.1": {title: A, out_of: 2, rule: {type: judged, step: 0.5}}
          "1.2": {title: B, out_of: 1, rule: {type: judged, step: 0.5}, may_not_apply: Khi không có}
    """
    written = {("appraisal-1", f"co-quan-{number}"): text for number, text in enumerate(lines)}
    return score(year_from(files_of(criteria, agencies=[agency for _, agency in written], lines=written, out_of="3")))


HALF = '"1.1": {score: 1}'
FULL, NOTHING, ABSENT = '"1.1": {score: 2}', '"1.1": {score: 0}', '"1.2": {not_applicable: Không có}'


@pytest.mark.parametrize(
    ("lines", "full", "short", "nothing"),
    [
        pytest.param((FULL, FULL), ["1.1"], [], [], id="all have full points"),
        pytest.param((FULL, NOTHING), [], [], [], id="one has none"),
        pytest.param((HALF, NOTHING), [], ["1.1"], [], id="nobody has full points"),
        pytest.param((NOTHING, NOTHING), [], ["1.1"], ["1.1"], id="nobody has any"),
        pytest.param((FULL, ABSENT), [], [], [], id="one is not appraised yet"),
        pytest.param((f"{FULL}\n{ABSENT}", f'{FULL}\n"1.2": {{score: 1}}'), ["1.1", "1.2"], [], [], id="one need not"),
        pytest.param((f"{FULL}\n{ABSENT}", f'{FULL}\n"1.2": {{score: 0.5}}'), ["1.1"], ["1.2"], [], id="one of one"),
    ],
)
def test_where_everyone_has_all_or_nobody_has_all_or_any_is_told_of_those_to_whom_it_applies(
    lines: tuple[str, ...], full: list[str], short: list[str], nothing: list[str]
) -> None:
    results = scored(*lines)

    assert [criterion.code for criterion in everywhere(results, "full")] == full
    assert [criterion.code for criterion in everywhere(results, "short")] == short
    assert [criterion.code for criterion in everywhere(results, "nothing")] == nothing


def test_the_way_from_claim_to_decision_is_that_of_the_tiny_cycle() -> None:
    way = waterfalls(TINY_YEAR).of(B)

    assert way is not None
    assert (way.claimed, way.cut, way.raised, way.recovered, way.final) == (
        *map(Decimal, ("6.5", "-1", "0.5", "1.25", "7.25")),
    )
    assert [(move.step, move.taken, move.given) for move in way.moves] == [
        ("appraisal-1", Decimal(-1), Decimal("0.5")),
        ("appraisal-2", Decimal(0), Decimal(0)),
        ("council-decision", Decimal(0), Decimal("0.25")),
        ("amendment", Decimal(0), Decimal(1)),
    ]


def test_a_claim_is_made_in_vain_only_as_far_as_no_later_step_gave_it_back() -> None:
    found = waterfalls(TINY_YEAR)

    # B: of 1.5 at 1.3 there are 1.25 in the end; 2.1 was cut by 1 and given back twice that; the penalty is no claim.
    assert list(found.refusals()) == [
        (A, Decimal("1.75"), Fraction(17500, 1380)),
        (B, Decimal("0.25"), Fraction(2500, 650)),
        (C, Decimal("0.63"), Fraction(6300, 950)),
    ]
    assert [(way.name, way.cut) for way in found.by_agency] == [
        *((A, Decimal("-1.83")), (B, Decimal(-1)), (C, Decimal("-0.63"))),
    ]


@pytest.mark.parametrize("year", ["tiny", "2024", "2025"])
def test_every_way_sums_without_remainder_and_ends_where_scoring_does(year: str) -> None:
    own = TINY_YEAR if year == "tiny" else data_world().years[year]
    found = waterfalls(own)
    final = {entry.agency.slug: entry.appraisal.points for entry in score(own).agencies}

    assert {way.name: Fraction(way.final) for way in found.by_agency} == final
    for split in (found.by_agency, found.by_area, found.by_monitor):
        assert all(way.claimed + way.cut + way.raised + way.recovered == way.final for way in split)
        for figure in ("claimed", "cut", "raised", "recovered", "final"):
            assert sum(getattr(way, figure) for way in split) == getattr(found.total, figure)
    assert [way.name for way in found.by_area] == sorted({leaf.area for leaf in own.leaves()}, key=int)


def test_the_survey_stands_beside_the_appraisal() -> None:
    told = [(c.score.agency.slug, shown(c.appraisal), shown(c.survey), shown(c.gap)) for c in contrasts(TINY)]

    assert told == [
        (A, "86.07", "84.40", "1.67"),  # 12.05 / 14 and 4.22 / 5
        (C, "68.23", "88.00", "-19.77"),  # 8.87 / 13 and 0.88 / 1
        (B, "55.77", "68.80", "-13.03"),  # 7.25 / 13 and 3.44 / 5
    ]
    assert [(c.appraisal_rank, c.survey_rank) for c in contrasts(TINY)] == [(1, 2), (2, 1), (3, 3)]


def test_an_agency_is_strong_above_the_median_and_weak_where_it_lost_points_below_it() -> None:
    found = {profile.score.agency.slug: profile for profile in profiles(TINY)}
    strong = [(t.leaf.criterion.code, shown(t.percent), shown(t.median), shown(t.ahead)) for t in found[C].strengths]
    weak = [(t.leaf.criterion.code, shown(t.leaf.lost), shown(t.gap)) for t in found[C].weaknesses]

    assert strong == [  # 1.4: the others have 82.33 and 61.67 percent; 2.4: the other has a half
        *(("1.2", "100.00", "66.67", "0.50"), ("2.2", "100.00", "75.00", "0.50")),
        *(("2.4", "100.00", "75.00", "0.25"), ("1.1.2", "100.00", "90.00", "0.20"), ("1.4", "88.00", "82.33", "0.06")),
    ]
    assert weak == [("2.1", "2.00", "-100.00"), ("1.3", "1.50", "-83.33"), ("2.3", "0.63", "-15.75")]


def test_the_ranking_is_tried_without_the_survey_without_each_area_and_compared_otherwise() -> None:
    found = robustness(TINY)

    assert found is not None
    assert [(trial.kind, trial.area and trial.area.code, dict(trial.ranks)) for trial in found.trials] == [
        (WITHOUT_SURVEY, None, {A: 1, C: 2, B: 3}),
        (WITHOUT_AREA, "1", {A: 1, B: 2, C: 3}),  # 8.75/10, 6.09/9, 4.37/7
        (WITHOUT_AREA, "2", {A: 1, C: 2, B: 3}),  # 10.77/13, 5.38/7, 6.69/13
        (WITHOUT_AREA, "3", {A: 1, C: 2, B: 3}),
        (WITHOUT_BONUS, None, {A: 1, C: 2, B: 3}),
        (EQUAL_AREAS, None, {A: 1, C: 2, B: 3}),  # 83.43, 68.74, 60.98
        (GEOMETRIC, None, {A: 1, C: 2, B: 3}),
        (EQUAL_CRITERIA, None, {A: 1, C: 2, B: 3}),
        (OTHER_POLICY, None, {A: 1, C: 2, B: 3}),
    ]
    assert (found.span(C), found.shift(C), found.shift(A), found.swaps) == ((2, 3), 1, 0, {(C, B): 1})


def test_the_other_policy_parts_what_rounding_made_equal() -> None:
    criteria = '"1": {title: A, out_of: 100, rule: {type: judged, step: 0.1}}'
    lines = {("appraisal-1", "a"): '"1": {score: 80.2}', ("appraisal-1", "b"): '"1": {score: 80.1}'}
    year = year_from(files_of(criteria, agencies=["a", "b"], lines=lines, policy="{index: {decimals: 0}}"))
    found = robustness(score(year))

    assert found is not None
    assert dict(found.ranks) == {"a": 1, "b": 1}
    assert [(trial.kind, dict(trial.ranks)) for trial in found.trials] == [(OTHER_POLICY, {"a": 1, "b": 2})]


def of_bonus(*points: str) -> Results:
    """Return a year of agencies that have the same points but for a bonus or a penalty."""
    criteria = """
    "1": {title: Một, out_of: 10, rule: {type: judged, step: 1}}
    "2": {title: Hai, out_of: 0, rule: {type: bonus, items: {t: {title: T, per: 0.5}, p: {title: P, per: -0.5}}}}
    """
    slugs = [f"co-quan-{number}" for number in range(len(points))]
    lines = {
        ("appraisal-1", slug): f'"1": {{score: 8}}\n"2": {{score: {own}, reason: R}}'
        for slug, own in zip(slugs, points, strict=True)
    }
    return score(year_from(files_of(criteria, agencies=slugs, lines=lines, out_of="10")))


def test_a_ranking_that_hangs_on_bonus_and_penalty_says_so() -> None:
    found = robustness(of_bonus("0.5", "0", "-0.5"))

    assert found is not None
    assert dict(next(trial.ranks for trial in found.trials if trial.kind == WITHOUT_BONUS)) == {
        "co-quan-0": 1,
        "co-quan-1": 1,
        "co-quan-2": 1,
    }


def test_a_ranking_that_hangs_on_what_managers_say_of_their_own_agency_says_so() -> None:
    """Leaving them out is as if none of them had answered, where groups without answers are left out."""
    counts = {
        place: replace(own, forms={"valid": 0}, answers={}) if place[0] == "lanh-dao-nganh" else own
        for place, own in TINY_YEAR.counts.items()
    }
    unheard = score(replace(TINY_YEAR, counts=counts))
    found = robustness(TINY, {"lanh-dao-nganh"})

    assert found is not None
    assert unheard.of(A) != TINY.of(A)
    assert dict(next(trial.ranks for trial in found.trials if trial.kind == WITHOUT_SELF)) == {
        entry.agency.slug: entry.rank for entry in unheard.agencies
    }


def test_a_bonus_is_a_strength_and_a_penalty_a_weakness_and_no_bonus_is_neither() -> None:
    found = [
        ([shown(t.ahead) for t in own.strengths], [shown(t.leaf.lost) for t in own.weaknesses], own.alike)
        for own in profiles(of_bonus("0.5", "0.5", "0", "-0.5"))
    ]

    assert found == [(["0.25"], [], False), (["0.25"], [], False), ([], [], False), ([], ["0.50"], False)]


def test_where_nobody_is_ranked_there_is_nothing_to_try() -> None:
    assert robustness(score(year_from(files_of('"1": {title: A, out_of: 1, rule: {type: judged, step: 1}}')))) is None

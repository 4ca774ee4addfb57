"""Who holds every release and knows the rule cannot tell what is hidden, or the year is not approved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest
from attackers import PLAN, Row, made_up, possible, releases_of, unknown_rows, year_of
from tiny import TINY_FILES, YEAR, data_of_this_repository, snapshot_of
from wrong_releases import WRONG

from pipeline.adapters.solver import solve
from pipeline.core.ground.problems import NOWHERE
from pipeline.core.index.scoring import Results, score
from pipeline.core.record.model import AgencyQuestion, Moments, PairSums
from pipeline.core.survey.protection import Program, Protection, World, joint_answers, protections

TEN = PLAN.replace(", show_from: {nganh: 4, so: 4, hdnd: 4}", "").replace(
    ", groups: [nganh], text", ", groups: [], text"
)
LARGE = {
    "nganh": "{q1: {tot: 40, kha: 25, kem: 19}}",
    "so": "{q1: {tot: 15, kha: 10, kem: 5}}",
    "hdnd": "{q1: {tot: 16, kha: 8, kem: 6}}",
}


def audited(releases: Sequence[Results]) -> list[Protection]:
    return list(protections(releases, solve))


def codes(releases: Sequence[Results]) -> dict[str, str | None]:
    return {one.group: one.code for one in audited(releases)}


@pytest.mark.parametrize("files", ["data", "tiny"])
def test_every_hidden_row_of_a_sound_year_is_proved_to_be_safe(files: str) -> None:
    snapshot = data_of_this_repository() if files == "data" else snapshot_of(TINY_FILES)
    found = audited([score(snapshot.world.years[YEAR])])

    assert found != []
    assert [one for one in found if one.code is not None] == []


ATTACKS: list[tuple[str, Mapping[str, str], Mapping[str, str], dict[str, str | None]]] = [
    # what is tried, the first release, what was corrected, group -> what is wrong
    ("nothing is hidden", LARGE, {}, {}),
    (
        "three late people would be known from nine and twelve",
        {**LARGE, "nganh": "{q1: {tot: 4, kha: 3, kem: 2}}"},
        {"nganh": "{q1: {tot: 6, kha: 4, kem: 2}}"},
        {"nganh": None, "so": None},
    ),
    (
        "eighty-four became eighty-five: the points leave the one person two answers of three",
        LARGE,
        {"nganh": "{q1: {tot: 41, kha: 25, kem: 19}}"},
        {"nganh": "disclosure-narrow"},
    ),
    (
        "thirty became thirty-one, and the points moved: the one answer follows",
        LARGE,
        {"so": "{q1: {tot: 16, kha: 10, kem: 5}}"},
        {"so": "disclosure-fixed"},
    ),
    (
        "a group of eight, of which the policy says nothing",
        {**LARGE, "nganh": "{q1: {tot: 3, kha: 3, kem: 2}}"},
        {},
        {"nganh": None, "so": None},
    ),
    (
        "a large group is of one mind, and may be any",
        {**LARGE, "hdnd": "{q1: {kha: 30}}"},
        {},
        {"nganh": None, "so": None, "hdnd": None},
    ),
    (
        "one of thirty is of another mind",
        {**LARGE, "so": "{q1: {tot: 29, kem: 1}}"},
        {},
        {"nganh": None, "so": None, "hdnd": None},
    ),
    ("the only group is of one mind", {"nganh": "{q1: {kha: 30}}"}, {}, {"nganh": "disclosure-fixed"}),
]


@pytest.mark.parametrize(
    ("first", "later", "expected"), [case[1:] for case in ATTACKS], ids=[case[0] for case in ATTACKS]
)
def test_what_an_attacker_tries_is_hidden_or_named(
    first: Mapping[str, str], later: Mapping[str, str], expected: Mapping[str, str | None]
) -> None:
    assert expected == codes(releases_of(year_of(first, later=later, plan=TEN)))


@pytest.mark.parametrize("code", sorted(WRONG))
def test_releases_gone_wrong_are_told_by_code(code: str) -> None:
    assert code in {one.code for one in audited(WRONG[code]())}


def test_who_came_is_not_told_by_points_of_few_and_counts_of_more() -> None:
    """Nine were hidden but for their points; then twelve are shown, without an amendment: the three all said "tot"."""
    nine, twelve = (year_of({"nganh": f"{{q1: {{tot: {tot}, kha: 3, kem: 2}}}}"}, plan=TEN) for tot in (4, 7))

    assert codes([score(nine), score(twelve)]) == {"nganh": "disclosure-fixed"}


@pytest.mark.parametrize(("index_decimals", "expected"), [(2, []), (4, ["disclosure-joint"])])
def test_an_error_is_judged_with_as_many_decimals_as_it_is_published_with(
    index_decimals: int, expected: list[str]
) -> None:
    """Of 1,200 people none is told by errors in hundredths; the interval of an index with four decimals tells."""
    year = year_of({"nganh": "{q1: {tot: 600, kha: 300, kem: 300}, q2: {tot: 500, kha: 400, kem: 300}}"}, weights=["1"])
    policy = replace(year.cycle.policy, index_decimals=index_decimals)
    asked = AgencyQuestion("thue", "q1"), AgencyQuestion("thue", "q2")
    moments = Moments("nganh", NOWHERE, {asked: PairSums(1200, (Decimal(750), Decimal(700)), Decimal(525))})
    year = replace(year, cycle=replace(year.cycle, policy=policy), moments={"nganh": moments})

    assert expected == [one.code for one in joint_answers(score(year))]


def test_a_solver_that_errs_leaves_rows_unproved_and_never_safe() -> None:
    def wrong(program: Program) -> World:
        return tuple(most for _, most in program.bounds)

    year = year_of({**LARGE, "nganh": "{q1: {tot: 3, kha: 3, kem: 2}}"}, plan=TEN)

    assert {"disclosure-fixed"} == {one.code for one in protections(releases_of(year), wrong)}
    assert {"disclosure-fixed"} == {one.code for one in protections(releases_of(year), lambda _: None)}


def determined(releases: Sequence[Results], random: Random) -> tuple[set[Row], set[tuple[Row, int]]]:
    """Return the rows, and the counts of rows, that are the same in every table that would have been released so."""
    rows = set(unknown_rows(releases))
    cells = {(row, option) for row in rows for option in range(3)}
    for world in possible(releases, random) if rows else ():
        rows = {row for row in rows if world[row] == row[2]}
        cells = {(row, option) for row, option in cells if world[row][option] == row[2][option]}
        if not cells:
            break
    return rows, cells


def attacked(seed: int) -> tuple[bool, set[Row], set[tuple[Row, int]]]:
    """Return whether a made-up year is refused, and what of its other rows an attacker determines."""
    releases = made_up(seed)
    wrong = {(one.group, one.question) for one in audited(releases) if one.code is not None}
    rows, cells = determined(releases, Random(seed))  # noqa: S311 - the same order each time
    told = {row for row in rows if row[:2] not in wrong}, {cell for cell in cells if cell[0][:2] not in wrong}
    return bool(wrong), *told


@pytest.mark.parametrize("seed", range(30))
def test_an_attacker_who_tries_every_table_determines_nothing_that_was_not_named(seed: int) -> None:
    _, rows, cells = attacked(seed)

    assert (rows, cells) == (set(), set())


@pytest.mark.slow
def test_of_a_thousand_made_up_years_nothing_is_determined_that_was_not_named() -> None:
    found = [attacked(seed) for seed in range(30, 1_030)]

    assert [seed for seed, (_, rows, cells) in enumerate(found, 30) if rows or cells] == []
    assert any(refused for refused, _, _ in found)
    assert not all(refused for refused, _, _ in found)

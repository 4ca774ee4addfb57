"""What-if, by the table that the page of the site must pass as well, and against trying everything out.

`tests/examples/whatif.json` holds small boards as `board_json` gives them, what given scores make of them, the cheapest
way to a goal, and choices of rises alone. A board is made into a year here, so the same law ranks it as any other.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from conftest import RunCommand
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import EXAMPLES, ROOT, TINY_FILES, YEAR, data_of_this_repository, files_under, snapshot_of
from worlds import files_of, rule, tree, year_from

from pipeline.core.index import WAYS
from pipeline.core.index.analysis.league import next_grade
from pipeline.core.index.scoring import Results, score
from pipeline.core.index.whatif import By, Goal, Plan, cheapest, grade_goal, what_if
from pipeline.core.index.whatif_words import board_json, exact_text, whatif_json, whatif_text
from pipeline.core.record.rules import RULES, Rule
from pipeline.flows.wording import load_labels

TABLE = json.loads((EXAMPLES / "whatif.json").read_text(encoding="utf-8"))
TINY = score(snapshot_of(TINY_FILES).world.years[YEAR])


def cases(name: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in TABLE[name]]


@cache
def board(name: str) -> Results:
    """Return the results of a year that a board of the table describes."""
    made = TABLE["boards"][name]
    leaves = {leaf["code"]: leaf for agency in made["agencies"] for leaf in agency["leaves"] if leaf["out_of"]}
    lines: dict[tuple[str, str], str] = {}
    counts: dict[tuple[str, str], str] = {}
    for agency in made["agencies"]:
        slug, own = agency["agency"], {leaf["code"]: leaf for leaf in agency["leaves"]}
        lines["appraisal-1", slug] = "\n".join(
            f'"{code}": {{not_applicable: Không}}'
            if leaf["points"] is None
            else f'"{code}": {{score: {leaf["points"]}}}'
            for code, leaf in own.items()
            if leaf["part"] == "appraisal"
        )
        for code, leaf in own.items():
            if leaf["part"] == "survey":
                counts[f"nhom-{code}", slug] = f'points: {{"{code}": {leaf["points"]}}}'
            elif leaf["part"] == "sipas":
                percent = 100 * Decimal(leaf["points"]) / Decimal(leaf["out_of"])
                counts[f"nhom-{code}", slug] = f"sipas: {percent:f}"
    rank = made["policy"]["rank"]
    ties = rank["ties"] if isinstance(rank["ties"], str) else f"[{', '.join(rank['ties'])}]"
    points, index = (f"{{decimals: {made['policy'][name]['decimals']}}}" for name in ("points", "index"))
    return score(
        year_from(
            files_of(
                "\n".join(criterion(code, leaf) for code, leaf in leaves.items()),
                agencies="\n".join(
                    f"{agency['agency']}: {{name: {agency['agency']}, ranked: {str(agency['ranked']).lower()}}}"
                    for agency in made["agencies"]
                ),
                lines=lines,
                counts=counts,
                policy=f"{{points: {points}, index: {index}, rank: {{on: {rank['on']}, ties: {ties}}}}}",
                grades=f"[{', '.join(grade(**band) for band in made['grades'])}]",
            )
        )
    )


def grade(**band: str) -> str:
    return f"{{id: {band['id']}, from: {band['from']}, title: T}}"


def criterion(code: str, leaf: Mapping[str, Any]) -> str:
    made = {
        "appraisal": lambda: f"{{type: judged, step: {leaf['attainable'][0][2]}}}",
        "survey": lambda: f"{{type: survey, groups: {{nhom-{code}: {leaf['out_of']}}}}}",
        "sipas": lambda: f"{{type: sipas, group: nhom-{code}}}",
    }[leaf["part"]]()
    return f'"{code}": {{title: T, out_of: {leaf["out_of"]}, rule: {made}}}'


def scores(case: Mapping[str, Any]) -> dict[str, Decimal]:
    return {code: Decimal(points) for code, points in case["set"].items()}


@pytest.mark.parametrize("name", sorted(TABLE["boards"]))
def test_a_board_is_what_the_page_is_given_of_such_a_year(name: str) -> None:
    assert board_json(board(name)) == TABLE["boards"][name]


@pytest.mark.parametrize("case", cases("effects"))
def test_given_scores_have_the_effect_of_the_table(case: Mapping[str, Any]) -> None:
    found = whatif_json(what_if(board(case["board"]), case["agency"], scores(case)), None)
    after = [{key: row[key]["after"] if key != "agency" else row[key] for key in row} for row in found["effects"]]

    assert after == case["after"]


@pytest.mark.parametrize("case", cases("plans"))
def test_the_cheapest_way_is_that_of_the_table(case: Mapping[str, Any]) -> None:
    results = board(case["board"])
    goal = grade_goal(results, case["reach"]) if "reach" in case else Goal(rank=case["rank"])
    plan = whatif_json(what_if(results, case["agency"], scores(case), goal=goal, by=case["by"]), None)["plan"]

    assert plan["need"] == case["need"]
    assert ({move["code"]: move["after"] for move in plan["moves"]} if plan["reachable"] else None) == case["moves"]


@pytest.mark.parametrize("case", cases("choices"))
def test_the_rises_are_those_of_the_table(case: Mapping[str, Any]) -> None:
    assert cheapest(case["gains"], case["need"], case["by"]) == case["rises"]


def by_trying_everything(gains: Mapping[str, Sequence[int]], need: int, by: By) -> Mapping[str, int] | None:
    """Return the best choice as the docstring of `cheapest` says it, by going through all of them."""
    choices = [
        {name: rise for name, rise in zip(gains, taken, strict=True) if rise}
        for taken in itertools.product(*((0, *own) for own in gains.values()))
        if sum(taken) >= need
    ]

    def cost(choice: Mapping[str, int]) -> tuple[object, ...]:
        sizes = (sum(choice.values()), len(choice))
        return (*(sizes if by == "points" else sizes[::-1]), *(-choice.get(name, 0) for name in gains))

    return min(choices, key=cost, default=None)


rises = st.lists(st.integers(1, 12), min_size=1, max_size=4, unique=True).map(sorted)


@settings(max_examples=150, deadline=None)
@given(st.lists(rises, max_size=5), st.integers(0, 30), st.sampled_from(WAYS))
def test_no_choice_is_cheaper_than_the_one_that_was_found(values: list[list[int]], need: int, by: By) -> None:
    gains = {f"1.{number}": own for number, own in enumerate(values, 1)}

    assert cheapest(gains, need, by) == by_trying_everything(gains, need, by)


# Rule, the answer that stands, out_of -> the points it can give, as text.
POINTS = [
    pytest.param(
        "{type: choice, options: {a: {points: 1}, b: {points: 0.5}, c: {points: 0}}}",
        "a", "1", "0 0.5 1", id="options",
    ),
    pytest.param(
        "{type: checklist, items: {a: {points: 0.5}, b: {points: 0.3}}}",
        None, "0.8", "0 0.3 0.5 0.8", id="items",
    ),
    pytest.param(
        "{type: proportional, full_from: 100, zero_below: 80, when_none: zero}",
        "{done: 3, assigned: 5}", "2", "0 1.6 2", id="as many as were assigned",
    ),
    pytest.param(
        "{type: proportional, full_from: 90, zero_below: 50, when_none: zero}",
        "{done: 3, assigned: 7}", "1", "0 0.57 0.71 0.86 1", id="full before all are done",
    ),
    pytest.param(
        "{type: proportional, full_from: 95, zero_below: 90, when_none: zero}",
        None, "0.5", "0 0.45 0.46 0.47 0.5", id="any share",
    ),
    pytest.param(
        "{type: proportional, full_from: 50, zero_below: 45, of: full_from, when_none: zero}",
        None, "0.5", "0 0.45 0.46 0.47 0.48 0.49 0.5", id="any share of the target",
    ),
    pytest.param(
        "{type: proportional, full_from: 90, zero_below: 50, when_none: full}",
        "{done: 0, assigned: 0}", "1", "1", id="nothing was assigned",
    ),
    pytest.param(
        "{type: bands, unit: '%', bands: [{from: 80, points: 2}, {above: 50, points: 1}, {points: 0}]}",
        "{done: 1, assigned: 2}", "2", "0 2", id="bands of one of two",
    ),
    pytest.param(
        "{type: bands, unit: '%', bands: [{from: 80, points: 2}, {above: 50, points: 1}, {points: 0}]}",
        "1", "2", "0 1 2", id="bands of a number",
    ),
    pytest.param(
        "{type: deduction, faults: {a: {per: 0.25}, b: {per: 0.5}}, floor: 0}",
        "{a: 2, b: 1}", "1", "0 0.25 0.5 0.75 1", id="fewer faults",
    ),
    pytest.param(
        "{type: deduction, faults: {a: {per: 0.4}}, floor: 0}",
        "{a: 1}", "1", "0.6 1", id="no more faults than stand",
    ),
    pytest.param(
        "{type: deduction, faults: {a: {per: 0.4}}, floor: 0.1}",
        None, "1", "0.1 0.2 0.6 1", id="down to the floor",
    ),
    pytest.param("{type: judged, step: 0.25}", None, "1", "0 0.25 0.5 0.75 1", id="steps"),
    pytest.param("{type: judged, step: 0.005}", None, "0.02", "0 0.01 0.02", id="no finer than the year's decimals"),
    pytest.param(
        "{type: bonus, items: {a: {per: 0.5}, b: {per: -0.3}}, most: 0.6, least: -0.3}",
        None, "0", "-0.3 -0.2 -0.1 0 0.1 0.2 0.3 0.4 0.5 0.6", id="bonus and penalty together",
    ),
    pytest.param("{type: bonus, items: {a: {per: -0.5}}, most: 0, least: -1}", None, "0", "-1 -0.5 0", id="penalty"),
    pytest.param("{type: sipas, group: g}", None, "1", "", id="outside figure"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "answer", "out_of", "points"), POINTS)
def test_a_rule_can_give_these_points_and_no_others(text: str, answer: str | None, out_of: str, points: str) -> None:
    made = rule(text)
    stands = made.answer(tree(answer))[0] if answer else None

    assert [
        exact_text(Fraction(found))
        for found in made.attainable(stands, out_of=Decimal(out_of), decimals=2, mode="half-up")
    ] == points.split()


def test_every_rule_whose_points_come_from_lines_says_what_it_can_give() -> None:
    silent = {name for name, rule in RULES.items() if rule.reach is Rule.reach}

    assert silent == {"survey", "sipas", "formula"}
    assert [name for name in silent if not RULES[name].planned] == ["formula"]


@pytest.mark.parametrize("assigned", [1, 7, 40, 333, 1250])
@pytest.mark.parametrize("mode", ["half-up", "half-even", "down"])
@pytest.mark.parametrize("of", ["", ", of: full_from"])
def test_a_share_of_things_counted_gives_what_each_number_of_them_gives(assigned: int, mode: Any, of: str) -> None:
    made = rule(f"{{type: proportional, full_from: 97, zero_below: 35.1, when_none: zero{of}}}")
    stands = made.answer(tree(f"{{done: 0, assigned: {assigned}}}"))[0]
    out_of = Decimal("1.5")
    given_by = {
        made.points(
            made.answer(tree(f"{{done: {done}, assigned: {assigned}}}"))[0], out_of=out_of, decimals=2, mode=mode
        )
        for done in range(assigned + 1)
    }

    assert set(made.attainable(stands, out_of=out_of, decimals=2, mode=mode)) == given_by


def planned(results: Results, agency: str, goal: Goal, by: By) -> Plan:
    plan = what_if(results, agency, {}, goal=goal, by=by).plan
    assert plan is not None
    return plan


@cache
def data_results() -> Results:
    return score(data_of_this_repository().world.years["2024"])


@pytest.mark.parametrize("results", [pytest.param(TINY, id="tiny"), pytest.param(None, id="2024")])
def test_the_points_that_a_goal_needs_are_those_that_the_next_grade_takes(results: Results | None) -> None:
    whole = results or data_results()
    for entry in whole.agencies:
        above = next_grade(whole.year, entry)
        if above is not None:
            plan = planned(whole, entry.agency.slug, Goal(grade=above.grade), "points")

            assert plan.need in (above.points, None)
            assert plan.moves is None or plan.added >= above.points
            assert plan.moves is None or all(move.attainable for move in plan.moves)


@pytest.mark.parametrize("by", WAYS)
@pytest.mark.parametrize(
    ("results", "agency", "rank"),
    [(None, "cuc-thue", 1), (None, "cuc-hai-quan", 3), (TINY, "co-quan-b", 2), (TINY, "co-quan-c", 1)],
)
def test_a_plan_reaches_its_goal_and_no_move_of_it_can_be_left_out(
    results: Results | None, agency: str, rank: int, by: By
) -> None:
    whole, goal = results or data_results(), Goal(rank=rank)
    moves = planned(whole, agency, goal, by).moves

    def reached(some: Mapping[str, Decimal]) -> bool:
        after = what_if(whole, agency, some).after
        return any(goal.reached(found) for found in after if found.agency.slug == agency)

    assert moves is not None
    own = {move.criterion.code: move.after for move in moves}
    assert reached(own)
    assert [left for left in own if reached({code: own[code] for code in own if code != left})] == []


def test_a_bonus_is_told_without_full_points() -> None:
    told = whatif_text(what_if(data_results(), "bao-hiem-xa-hoi", {"8.1": Decimal(2)}), load_labels("vi"))

    assert [line.rstrip() for line in told.splitlines() if line.startswith("8.1")] == [
        "8.1  Điểm thưởng     1,00      2,00            –"
    ]


def many(agencies: int, leaves: int) -> Results:
    """Return a year with many agencies and leaves of every step that points can have."""
    criteria = "\n".join(
        f'"{number}": {{title: T, out_of: 2.5, rule: {{type: judged, step: 0.01}}}}' for number in range(1, leaves + 1)
    )
    slugs = [f"co-quan-{number}" for number in range(agencies)]
    lines = {
        ("appraisal-1", slug): "\n".join(
            f'"{leaf}": {{score: {Decimal((7 * leaf + 3 * number) % 200) / 100}}}' for leaf in range(1, leaves + 1)
        )
        for number, slug in enumerate(slugs)
    }
    return score(year_from(files_of(criteria, agencies=slugs, lines=lines, out_of=str(2.5 * leaves))))


@pytest.mark.parametrize("by", WAYS)
def test_forty_agencies_with_sixty_criteria_are_answered_within_a_second(by: By) -> None:
    results = many(40, 60)
    last = results.agencies[-1].agency.slug
    start = time.process_time()

    plan = planned(results, last, Goal(rank=1), by)

    assert plan.moves is not None
    assert time.process_time() - start < 1


REFUSALS = [
    (["khong-co", "--set", "1.2=1"], "khong-co"),
    (["co-quan-a"], "--set"),
    (["co-quan-a", "--set", "9.9=1"], "9.9"),
    (["co-quan-a", "--set", "1.2"], "1.2"),
    (["co-quan-a", "--set", "1.2=một"], "1.2=một"),
    (["co-quan-a", "--set", "1.2=1", "--set", "1.2=1.5"], "1.2"),
    (["co-quan-a", "--set", "1.1=1"], "1.1"),
    (["co-quan-a", "--set", "2.4=1"], "2.4"),
    (["co-quan-a", "--set", "1.2=1,51"], "1.51"),
    (["co-quan-a", "--set", "1.2=-1"], "-1"),
    (["co-quan-a", "--set", "1.2=1.005"], "1.005"),
    (["co-quan-a", "--reach", "gioi"], "gioi"),
    (["co-quan-a", "--rank", "0"], "0"),
    (["co-quan-a", "--rank", "4"], "4"),
    (["co-quan-a", "--rank", "nhất"], "nhất"),
    (["co-quan-a", "--rank", "1", "--reach", "tot"], "--rank"),
]


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    root = tmp_path_factory.mktemp("tiny")
    for path, data in {**TINY_FILES, **files_under(ROOT, "schemas")}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return str(root)


@pytest.mark.parametrize(
    ("arguments", "named"), REFUSALS, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_what_cannot_be_asked_is_refused_in_one_line(
    run_command: RunCommand, tiny_folder: str, arguments: list[str], named: str
) -> None:
    told = run_command("--repo", tiny_folder, "whatif", *arguments)

    assert (told.code, told.stdout, told.stderr.count("\n")) == (2, "", 1)
    assert named in told.stderr

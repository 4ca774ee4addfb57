"""Two years over what corresponds: the split of a change is worked by hand, and never leaves a remainder."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_analysis import data_results, data_world
from worlds import files_of, world

from pipeline.adapters.messages import LANGUAGES
from pipeline.core.index.analysis.counterparts import counterparts
from pipeline.core.index.analysis.trends import AgencyChange, Trend, trends
from pipeline.core.index.scoring import score
from pipeline.core.publish.scene import Figures, Scene
from pipeline.core.publish.site.comparisons import changes_view, compared
from pipeline.flows.wording import load_labels

Leaves = Mapping[str, tuple[str, str | None]]  # code -> out_of, points; None: not there yet, "-": does not apply


def files(name: str, agencies: Mapping[str, Leaves]) -> dict[str, str]:
    """Return the files of one year in which every agency has the same criteria."""
    out_of = {code: most for leaves in agencies.values() for code, (most, _) in leaves.items()}
    criteria = "\n".join(
        f'"{code}": {{title: T, out_of: {most}, rule: {{type: judged, step: 0.01}}, may_not_apply: K}}'
        for code, most in out_of.items()
    )
    lines = {
        ("appraisal-1", slug): "\n".join(
            f'"{code}": ' + ("{not_applicable: K}" if points == "-" else f"{{score: {points}}}")
            for code, (_, points) in leaves.items()
            if points is not None
        )
        for slug, leaves in agencies.items()
    }
    most = sum(map(Decimal, out_of.values()))
    made = files_of(criteria, agencies=list(agencies), lines=lines, out_of=f"{most:f}")
    return {path.replace("2024", name, 1): text for path, text in made.items()}


def trend_of(before: Mapping[str, Leaves], after: Mapping[str, Leaves], concordance: str) -> Trend:
    made = world(
        {
            **files("2024", before),
            **files("2025", after),
            "data/concordance.yml": f'pairs:\n  - from: "2024"\n    to: "2025"\n    {concordance}',
        }
    )
    found = trends({name: score(year) for name, year in made.years.items()}, made.concordances)

    assert len(found) == 1
    return found[0]


def change_of(before: Leaves, after: Leaves, criteria: str) -> AgencyChange:
    return trend_of({"a": before}, {"a": after}, f"criteria: [{criteria}]").changes[0]


def shown(*values: Fraction | None) -> list[str]:
    return ["–" if value is None else f"{float(value):.3f}" for value in values]


ONE, TWO = '{from: ["1"], to: ["1"]}', '{from: ["2"], to: ["2"]}'

# Before, after, what corresponds -> common index before and after, performance, weight.
SPLITS = [
    pytest.param(
        {"1": ("2", "1"), "2": ("2", "1")},
        {"1": ("2", "2"), "2": ("2", "1")},
        f"{ONE}, {TWO}",
        ["50.000", "75.000", "25.000", "0.000"],
        id="another result, the same weights",
    ),
    pytest.param(
        {"1": ("2", "2"), "2": ("2", "1")},
        {"1": ("2", "2"), "2": ("6", "3")},
        f"{ONE}, {TWO}",
        ["75.000", "62.500", "0.000", "-12.500"],
        id="the same results, another weight",
    ),
    pytest.param(  # 18.75 = 0.5 x (0.5 + 0.25) / 2; -6.25 = -0.25 x 0.75 + 0.25 x 0.5
        {"1": ("2", "1"), "2": ("2", "1")},
        {"1": ("2", "2"), "2": ("6", "3")},
        f"{ONE}, {TWO}",
        ["50.000", "62.500", "18.750", "-6.250"],
        id="both",
    ),
    pytest.param(
        {"1": ("2", "1"), "2": ("2", "2")},
        {"1": ("2", "1"), "3": ("3", "2")},
        ONE,
        ["50.000", "50.000", "0.000", "0.000"],
        id="what has no counterpart stands apart",
    ),
    pytest.param(
        {"1": ("2", "1"), "2": ("2", "2")},
        {"9": ("4", "4")},
        '{from: ["1", "2"], to: ["9"]}',
        ["75.000", "100.000", "25.000", "0.000"],
        id="two criteria were merged",
    ),
    pytest.param(
        {"9": ("4", "2")},
        {"1": ("1", "1"), "2": ("3", "0")},
        '{from: ["9"], to: ["1", "2"]}',
        ["50.000", "25.000", "-25.000", "0.000"],
        id="one was split",
    ),
    pytest.param(
        {"1": ("2", "1"), "2": ("2", "-")},
        {"1": ("2", "1"), "2": ("2", "2")},
        f"{ONE}, {TWO}",
        ["50.000", "50.000", "0.000", "0.000"],
        id="what did not apply is not compared",
    ),
    pytest.param(
        {"1": ("2", "1")}, {"1": ("2", None)}, ONE, ["–", "–", "0.000", "0.000"], id="what does not stand yet",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "criteria", "expected"), SPLITS)
def test_a_change_is_split_into_performance_and_weights(
    before: Leaves, after: Leaves, criteria: str, expected: list[str]
) -> None:
    found = change_of(before, after, criteria)

    assert shown(found.core_before, found.core_after, found.performance, found.weight) == expected


def test_what_does_not_apply_or_does_not_stand_yet_is_not_compared() -> None:
    found = change_of(
        {"1": ("2", "1"), "2": ("2", "-"), "3": ("1", "1")},
        {"1": ("2", "1"), "2": ("2", "2"), "3": ("1", None)},
        f'{ONE}, {TWO}, {{from: ["3"], to: ["3"]}}',
    )

    assert (len(found.units), shown(found.core_before, found.core_after)) == (1, ["50.000", "50.000"])


def test_agencies_that_were_merged_are_pooled_and_those_without_a_counterpart_are_named() -> None:
    found = trend_of(
        {"a": {"1": ("4", "1")}, "b": {"1": ("4", "3")}, "c": {"1": ("4", "4")}, "x": {"1": ("4", "0")}},
        {"ab": {"1": ("4", "3")}, "c": {"1": ("4", "2")}, "y": {"1": ("4", "4")}},
        f"criteria: [{ONE}]\n    agencies: [{{from: [a, b], to: [ab]}}]",
    )
    told = [
        ([a.slug for a in c.before], [a.slug for a in c.after], shown(c.core_before, c.core_after), c.pooled)
        for c in found.changes
    ]

    assert told == [
        (["a", "b"], ["ab"], ["50.000", "75.000"], True),
        (["c"], ["c"], ["100.000", "50.000"], False),
    ]
    assert ([a.slug for a in found.only_before], [a.slug for a in found.only_after]) == (["x"], ["y"])


@pytest.mark.parametrize(
    ("after", "same"),
    [({"1": ("2", "1")}, [True]), ({"1": ("3", "1")}, [False]), ({"1": ("2", "1"), "2": ("1", "1")}, [False])],
)
def test_sets_are_the_same_where_all_corresponds_with_the_same_maximum(after: Leaves, same: list[bool]) -> None:
    found = trend_of({"a": {"1": ("2", "1")}}, {"a": after}, f"criteria: [{ONE}]")

    assert [found.same_sets] == same


def data_trend() -> Trend:
    """Return the one comparison that the data of this repository makes."""
    (found,) = trends({name: data_results(name) for name in ("2024", "2025")}, data_world().concordances)
    return found


def test_years_that_no_concordance_joins_or_that_were_not_given_are_not_compared() -> None:
    assert trends({name: data_results(name) for name in ("2024", "2025")}, ()) == ()
    assert trends({"2024": data_results("2024")}, data_world().concordances) == ()


def test_agencies_that_were_dissolved_without_a_successor_are_named_and_not_compared() -> None:
    leaves = {"1": ("2", "1")}
    found = trend_of(
        dict.fromkeys(("a", "x", "y"), leaves),
        {"a": leaves},
        f"criteria: [{ONE}]\n    agencies: [{{from: [x, y], to: []}}]",
    )

    assert [[agency.slug for agency in change.before] for change in found.changes] == [["a"]]
    assert ([a.slug for a in found.only_before], found.only_after) == (["x", "y"], ())


def test_the_years_of_this_repository_are_split_without_remainder() -> None:
    found = data_trend()

    assert [change.after[0].slug for change in found.changes] == [e.agency.slug for e in found.after.agencies]
    for change in found.changes:
        assert change.core == change.performance + change.weight


points = st.tuples(st.integers(1, 9), st.integers(0, 100))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(points, points), min_size=1, max_size=4))
def test_no_split_leaves_a_remainder(leaves: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    before, after = (
        {str(n): (str(pair[side][0]), f"{Decimal(pair[side][0] * pair[side][1]) / 100:.2f}") for n, pair in numbered}
        for numbered in [list(enumerate(leaves, 1))]
        for side in (0, 1)
    )
    criteria = ", ".join(f'{{from: ["{code}"], to: ["{code}"]}}' for code in before)

    found = change_of(before, after, criteria)

    assert found.core == found.performance + found.weight


# --- pages ----------------------------------------------------------------------------------------------------------


def scene_of(name: str, language: str) -> Scene:
    made = data_world()
    return Scene(
        Figures(score(made.years[name])),
        made.bodies,
        made.calendar,
        "2026-01-01",
        published=True,
        labels=load_labels(language),
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_year_tells_what_changed_since_the_latest_year_it_compares_with(language: str) -> None:
    before, after = scene_of("2024", language), scene_of("2025", language)
    found = compared(before, after, data_world().concordances[0])
    assert found is not None
    view = changes_view(found, after)
    assert view.chart is not None
    named = [row[0] for row in view.chart.table.rows]

    assert view.before == "2024"
    assert sorted(named) == sorted(after.of(agency.short) for agency in after.year.agencies.values())
    assert [name for name in named if not any(name in sentence for sentence in view.sentences)] == []
    assert {view.moved[agency.slug] for change in found.changes for agency in change.after} == {
        row[-1] for row in view.chart.table.rows
    }
    assert not set(view.basis) & set(view.sentences)


def test_nothing_is_compared_where_leaves_are_not_rounded() -> None:
    """A sum over some unrounded leaves could tell of answers that are hidden."""
    before, after = scene_of("2024", "vi"), scene_of("2025", "vi")
    cycle = before.year.cycle
    points = dataclasses.replace(cycle.policy.points, leaf_exact=True)
    exact = dataclasses.replace(cycle, policy=dataclasses.replace(cycle.policy, points=points))
    year = dataclasses.replace(before.year, cycle=exact)
    before = dataclasses.replace(before, figures=Figures(dataclasses.replace(before.results, year=year)))

    assert compared(before, after, data_world().concordances[0]) is None


# --- what stands for what -------------------------------------------------------------------------------------------


def test_a_criterion_has_its_counterpart_in_every_year_that_a_chain_of_concordances_reaches() -> None:
    leaves = {"1": ("2", "1"), "2": ("2", "1")}
    made = world(
        {path: text for name in ("2022", "2023", "2024") for path, text in files(name, {"a": leaves}).items()}
        | {
            "data/concordance.yml": 'pairs:\n  - {from: "2022", to: "2023", criteria: [{from: ["1"], to: ["2"]}]}\n'
            '  - {from: "2023", to: "2024", criteria: [{from: ["2"], to: ["1"]}, {from: ["1"], to: ["2"]}]}'
        }
    )
    found = counterparts(made.years.values(), made.concordances)

    assert found["2022", "2024"] == {"1": "1"}
    assert found["2024", "2022"] == {"1": "1"}
    assert found["2024", "2023"] == {"1": "2", "2": "1"}


def test_the_criteria_around_those_that_correspond_do_so_where_all_lie_below_one() -> None:
    found = counterparts(data_world().years.values(), data_world().concordances)["2024", "2025"]

    assert {code: found.get(code) for code in ("1", "7", "1.1", "1.1.2", "1.4", "1.5")} == {
        "1": "1",
        "7": "7",
        "1.1": "1.1",
        "1.1.2": "1.1.3",
        "1.4": "1.4.2",
        "1.5": "1.6.1",
    }

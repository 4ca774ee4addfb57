"""How firm a ranking is, worked by hand, against what COINr published of its own example, and where there is nothing.

The reference is told in tests/reference/README.md. What is said in words: test_sentences.
"""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from operator import mul
from pathlib import Path

import pytest
from exportworlds import bundle_of, small_year
from exportworlds import files as bundle_files
from hypothesis import given
from hypothesis import strategies as st
from test_analysis import TINY, data_results, of_bonus
from tiny import EXAMPLES, TINY_FILES, snapshot_of
from worlds import files_of, year_from

from pipeline.core.ground.numbers import fixed
from pipeline.core.index.analysis import rank_draws
from pipeline.core.index.analysis.deciders import deciders, tell_nobody_apart
from pipeline.core.index.analysis.rank_draws import Overturned, RankDraws, overturned, weight_draws
from pipeline.core.index.analysis.reweighting import _weighed, chances, scoreboard
from pipeline.core.index.analysis.robustness import EQUAL_AREAS, GEOMETRIC, _root, robustness
from pipeline.core.index.analysis.waterfalls import judged_rows, waterfalls
from pipeline.core.index.scoring import Results, score
from pipeline.core.publish.charts.chart import Dots
from pipeline.core.publish.charts.from_results import draws_chart
from pipeline.core.publish.firmness_sentences import firmness_sentences
from pipeline.core.publish.scene import Figures, Scene
from pipeline.core.publish.site.agencies import leaf_view
from pipeline.core.publish.site.firmness import firmness_view
from pipeline.core.publish.site.leaders import leader_view
from pipeline.core.record.model import Calendar, FirmnessPolicy, Thresholds
from pipeline.flows.wording import load_labels

REFERENCE = Path(__file__).resolve().parent / "reference" / "asem_pillars.csv"
USUAL = FirmnessPolicy()
ANALYSIS = (EXAMPLES / "valid" / "analysis" / "complete.yml").read_text("utf-8").partition("firmness:")[0]
# An area of 10 points and one of 30.
TWO = """
    "1": {title: Một, out_of: 10, rule: {type: judged, step: 0.01}}
    "2": {title: Hai, out_of: 30, rule: {type: judged, step: 0.01}}
"""


LESS = (("a", "8", "19"), ("b", "7.5", "19"))  # a point less in each area than at first


def two(*points: tuple[str, str], policy: str = "{}", later: Mapping[str, str] | None = None) -> Results:
    """Return a year of agencies a, b, ... with so many points of 10 and of 30."""
    slugs = "abcdefghij"[: len(points)]
    lines = {
        ("appraisal-1", slug): f'"1": {{score: {one}}}\n"2": {{score: {other}}}'
        for slug, (one, other) in zip(slugs, points, strict=True)
    }
    lines |= {("appraisal-2", slug): text for slug, text in (later or {}).items()}
    files = files_of(TWO, agencies=tuple(slugs), lines=lines, policy=policy, out_of="40")
    return score(year_from(files))


def trial(results: Results, kind: str) -> Mapping[str, int]:
    found = robustness(results)
    assert found is not None
    return next(one.ranks for one in found.trials if one.kind == kind)


# --- the scoreboard -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ties", ["competition", "dense", "[appraisal, sipas]"])
@pytest.mark.parametrize("on", ["published", "exact"])
def test_the_weights_of_the_year_give_the_ranks_of_the_year(ties: str, on: str) -> None:
    policy = f"{{rank: {{on: {on}, ties: {ties}}}}}"
    for results in (TINY, data_results("2024"), two(("9", "20"), ("8", "21"), ("9", "20"), ("1", "2"), policy=policy)):
        board = scoreboard(results)

        assert board.ranked(board.indices([1] * len(board.leaves))) == [*board.ranks]
        assert board.ranked(board.indices([7] * len(board.leaves))) == [*board.ranks]


@given(st.data())
def test_columns_weighed_at_once_are_the_rows_weighed_one_by_one(data: st.DataObject) -> None:
    whole = st.integers(-(10 ** data.draw(st.integers(0, 30))), 10**9)
    width = data.draw(st.integers(1, 4))
    row = st.lists(whole, min_size=width, max_size=width)
    rows, drawn = data.draw(st.lists(row, max_size=5)), data.draw(st.lists(row, max_size=3))

    assert [*_weighed(rows, drawn)] == [[sum(map(mul, weights, own)) for own in rows] for weights in drawn]


@pytest.mark.parametrize("mode", ["half-up", "half-even", "down"])
def test_an_index_is_rounded_as_the_year_rounds_it(mode: str) -> None:
    results = two(("9", "20"), ("8", "21"), policy=f"{{index: {{decimals: 1, rounding: {mode}}}}}")
    board, policy = scoreboard(results), results.year.cycle.policy

    for out_of in (1, 3, 7, 800, 2000):
        for points in range(-2, out_of + 3, max(1, out_of // 97)):
            index = Fraction(100 * max(0, min(points, out_of)), out_of)
            assert board.steps([points], [out_of]) == [10 * policy.rounded_index(index)]
    assert board.steps([1], [0]) == [None]


def test_ranks_tell_nothing_of_digits_that_are_not_published() -> None:
    results = two(("9", "20"), ("8", "21"), policy="{points: {leaf: exact}}")
    longer = [
        replace(
            entry, leaves=tuple(replace(leaf, points=(leaf.points or 0) + Fraction(1, 1000)) for leaf in entry.leaves)
        )
        for entry in results.agencies
    ]

    assert scoreboard(replace(results, agencies=tuple(longer))) == scoreboard(results)


# --- other ways to compute ------------------------------------------------------------------------------------------


def test_areas_of_the_same_weight_are_worth_the_mean_of_their_shares() -> None:
    results = two(("1", "27"), ("9", "15"))  # 70 and 60 percent; weighed alike (10 + 90) / 2 and (90 + 50) / 2

    assert dict(trial(results, EQUAL_AREAS)) == {"a": 2, "b": 1}


def test_multiplied_areas_punish_one_that_is_far_behind() -> None:
    results = two(("1", "27"), ("6", "18"))  # 70 and 60; multiplied 0.1 ** 0.25 x 0.9 ** 0.75 = 0.5196, and 0.6

    assert dict(trial(results, GEOMETRIC)) == {"a": 2, "b": 1}


def test_areas_are_not_multiplied_where_somebody_has_no_points_in_one_and_it_is_said_who() -> None:
    found = robustness(two(("8", "27"), ("0", "18")))

    assert found is not None
    assert GEOMETRIC not in {one.kind for one in found.trials}
    assert found.zero is not None
    assert (found.zero[0].slug, found.zero[1].code) == ("b", "1")


@pytest.mark.parametrize(
    ("parts", "bonus", "scale", "steps"),
    [
        ([(1, 2), (2, 2)], 0, 1000, 707),  # the root of a half
        ([(1, 2), (1, 2)], 0, 1, 1),  # exactly a half is rounded up,
        ([(1, 2), (1, 2)], Fraction(-1, 10**12), 1, 0),  # and less than that, by however little, is not
        ([(1, 4), (2, 4)], Fraction(1, 10), 100, 45),  # the root of an eighth is 0.3536
        ([(1, 2)], -2, 1, -1),  # a penalty beyond all points; the index itself is kept within 0..100
    ],
)
def test_a_root_is_rounded_as_if_it_were_exact(
    parts: list[tuple[int, int]], bonus: Fraction, scale: int, steps: int
) -> None:
    assert _root(parts, Fraction(bonus), scale) == steps


def test_agencies_that_share_a_rank_change_places_with_nobody_by_being_parted() -> None:
    found = robustness(two(("5", "15"), ("5", "15"), ("4", "12")))

    assert found is not None
    assert found.swaps == {}


# --- draws ----------------------------------------------------------------------------------------------------------


def test_draws_come_from_the_seed_alone_and_are_the_same_everywhere() -> None:
    stream = chances("2024/weights")

    # printf 2024/weights/0 | sha256sum
    assert [f"{next(stream):08x}" for _ in range(3)] == ["932c62b3", "ee70fe2a", "825a38ce"]
    assert weight_draws(TINY, USUAL) == weight_draws(TINY, USUAL)
    assert weight_draws(TINY, USUAL) == weight_draws(TINY, replace(USUAL, seed=TINY.year.name))
    assert weight_draws(TINY, USUAL) != weight_draws(TINY, replace(USUAL, seed="khac"))


def csv_of(made: Mapping[str, bytes], name: str) -> list[dict[str, str]]:
    return [*csv.DictReader(io.StringIO(made[f"csv/{name}.csv"].decode()))]


def cells_of(made: Mapping[str, bytes]) -> dict[str, list[tuple[str, Fraction, Fraction]]]:
    """Return what each agency has: the code whose weight counts, points, maximum; what a limit cuts is a cell too."""
    cells: dict[str, list[tuple[str, Fraction, Fraction]]] = {}
    for row in csv_of(made, "scores"):
        if row["applicable"] == "true" and row["points"]:
            cell = (row["criterion"], Fraction(row["points"]), Fraction(row["out_of"] or 0))
            cells.setdefault(row["agency"], []).append(cell)
    for row in csv_of(made, "bonus_limits"):
        cells[row["agency"]].append((row["codes"].split()[0], Fraction(row["cut"]), Fraction(0)))
    return cells


def drawn_apart(made: Mapping[str, bytes]) -> dict[str, Counter[int]]:
    """Draw weights again from the CSV of a bundle alone, by a program of its own: agency -> times by rank.

    It knows indices of two decimals, half up, and ranks that are shared: what the years below have.
    """
    parents = {row["parent"] for row in csv_of(made, "criteria")}
    area = {row["criterion"]: row["area"] for row in csv_of(made, "criteria") if row["criterion"] not in parents}
    limits = [row["codes"].split() for row in csv_of(made, "bonus_limits")]
    together = {code: codes[0] for codes in limits for code in codes}
    cells = cells_of(made)
    head = next(row for row in csv_of(made, "rank_draws") if row["trial"] == "weights")
    numbers = (
        int.from_bytes(digest[at : at + 4], "big")
        for block in itertools.count()
        for digest in [hashlib.sha256(f"{head['seed']}/{block}".encode()).digest()]
        for at in range(0, 32, 4)
    )

    def factor(percent: str) -> int:
        reach = 10 * int(percent)
        return 1000 - reach + next(numbers) % (2 * reach + 1)

    reached = {row["agency"]: Counter[int]() for row in csv_of(made, "results") if row["rank"]}
    for _ in range(int(head["draws"])):
        areas = {one: factor(head["areas_range"]) for one in dict.fromkeys(area.values())}
        own = {
            code: areas[area[code]] * factor(head["criteria_range"])
            for code in area
            if together.get(code, code) == code
        }
        weights = {code: own[together.get(code, code)] for code in area}
        indices = {}
        for agency in reached:
            points, whole = (
                sum((cell[side] * weights[cell[0]] for cell in cells[agency]), Fraction(0)) for side in (1, 2)
            )
            indices[agency] = int(max(Fraction(0), min(Fraction(1), points / whole)) * 10_000 + Fraction(1, 2))
        for agency, index in indices.items():
            reached[agency][1 + sum(other > index for other in indices.values())] += 1
    return reached


def limited_year() -> Mapping[str, str]:
    """Return a year of ten agencies that are near each other, with a bonus and a penalty under one limit."""
    criteria = (
        TWO
        + """
    "3":
      title: Ba
      children:
        "3.1": {title: T, out_of: 0, rule: {type: bonus, items: {t: {title: T, per: 0.5}}}}
        "3.2": {title: P, out_of: 0, rule: {type: bonus, items: {p: {title: P, per: -0.5}}}}
    """
    )
    lines: dict[tuple[str, str], str] = {}
    for place, slug in enumerate("abcdefghij"):
        claim = f'"1": {{score: {5 + place / 4}}}\n"2": {{score: {22 - place / 3:.2f}}}'
        lines["self-assessment", slug] = claim
        lines["appraisal-1", slug] = (
            f'{claim}\n"3.1": {{answer: {{t: {1 + place % 5}}}, score: {(1 + place % 5) / 2}, reason: R}}\n'
            f'"3.2": {{answer: {{p: {1 + place % 3}}}, score: {-(1 + place % 3) / 2}, reason: R}}'
        )
        lines |= {("appraisal-2", slug): "", ("council-decision", slug): ""}
    files = files_of(criteria, agencies=[*"abcdefghij"], lines=lines, out_of="40")
    files["data/2024/cycle.yml"] += '\nbonus_limits: [{codes: ["3.1", "3.2"], most: 0.5, least: -0.25}]'
    return files


@pytest.mark.parametrize("year", ["2024", "limited"])
def test_another_program_draws_the_same_ranks_from_the_open_data_alone(year: str) -> None:
    made = bundle_files() if year == "2024" else bundle_of(limited_year())
    rows = csv_of(made, "rank_draws")
    published = {row["agency"]: json.loads(row["reached"]) for row in rows if row["trial"] == "weights"}
    drawn = {agency: {str(rank): str(own[rank]) for rank in sorted(own)} for agency, own in drawn_apart(made).items()}

    assert drawn == published
    assert max(map(len, published.values())) > (1 if year == "2024" else 4)


def test_the_draws_of_2024_are_pinned() -> None:
    found = weight_draws(data_results("2024"), USUAL)

    assert found is not None
    assert found.swaps == {("cuc-thue", "bao-hiem-xa-hoi"): 374}
    assert found.reached["cuc-thue"] == {2: 626, 3: 374}
    assert (found.quantile("cuc-thue", 5), found.quantile("cuc-thue", 95), fixed(found.at("cuc-thue", 2), 1)) == (
        *(2, 3, "62.6"),
    )


def test_weights_that_may_not_move_leave_the_ranking_as_it_is() -> None:
    found = weight_draws(TINY, replace(USUAL, areas=0, criteria=0, draws=100))

    assert found is not None
    assert found.reached == {slug: {rank: 100} for slug, rank in found.ranks.items()}


def test_who_is_ahead_everywhere_stays_ahead_however_weights_move() -> None:
    found = weight_draws(two(("9", "28"), ("8", "27"), ("3", "29")), replace(USUAL, areas=90, criteria=90))

    assert found is not None
    assert ("a", "b") not in found.swaps
    assert found.swaps["b", "c"] > 0


def test_a_quantile_is_the_rank_that_so_many_draws_do_not_go_beyond() -> None:
    drawn = RankDraws(20, {"a": 1}, {"a": {3: 1, 1: 18, 2: 1}}, {})

    assert [drawn.quantile("a", percent) for percent in (5, 90, 91, 95, 96)] == [1, 1, 2, 2, 3]
    assert RankDraws(20, {"a": 1}, {"a": {}}, {}).quantile("a", 5) is None


def test_many_agencies_are_drawn_less_often_but_never_less_than_a_hundred_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = []
    for most in (3000, 900, 10):
        monkeypatch.setattr(rank_draws, "MOST", most)
        drawn = weight_draws(TINY, USUAL)
        assert drawn is not None
        made.append(drawn.draws)

    assert made == [1000, 300, 100]


def test_many_lines_that_were_changed_are_drawn_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    later = {slug: f'"1": {{score: {one}, reason: R}}\n"2": {{score: {two}, reason: R}}' for slug, one, two in LESS}
    results = two(("9", "20"), ("8.5", "20"), later=later)  # four lines of two agencies
    monkeypatch.setattr(rank_draws, "MOST", 1000)
    weighed, judged = weight_draws(results, USUAL), changed(results).drawn

    assert weighed is not None
    assert judged is not None
    assert (weighed.draws, judged.draws) == (500, 250)


def test_bonus_and_penalty_weigh_more_or_less_like_any_criterion() -> None:
    found = weight_draws(of_bonus("0.5", "0", "-0.5"), USUAL)

    assert found is not None
    assert found.swaps == {}  # a bonus stays one, and a penalty too, whatever they weigh


def test_a_bonus_is_a_strength_and_a_penalty_a_loss_on_the_pages_of_an_agency() -> None:
    results = of_bonus("0.5", "0", "-0.5")
    scene = Scene(Figures(results), {}, Calendar(), "2025-03-01", published=True, labels=load_labels("vi"))
    told = [(entry, leader_view(scene, entry, ())) for entry in results.agencies]

    assert [[(leaf.code, leaf.points, median) for leaf, median in view["strengths"]] for _, view in told] == [
        *([("2", "0,50", "0,00")], [], []),
    ]
    assert [
        [(leaf.code, leaf.lost, leaf.state) for leaf in view["losses"] if leaf.code == "2"] for _, view in told
    ] == [
        *([], [], [("2", "0,50", "lost")]),
    ]
    assert [leaf_view(scene, leaf).state for entry, _ in told for leaf in entry.leaves if not leaf.out_of] == [
        *("bonus", "full", "lost"),
    ]


# --- what later steps changed ---------------------------------------------------------------------------------------


def changed(results: Results) -> Overturned:
    return overturned(results, judged_rows(results.year, waterfalls(results.year)), USUAL)


def test_leaves_that_the_appraisers_alone_score_are_judged_too() -> None:
    criteria = TWO.replace("out_of: 30,", "out_of: 30, claimed: false,")
    lines = {("appraisal-1", slug): '"1": {score: 9}\n"2": {score: 20}' for slug in "ab"}
    lines["appraisal-2", "b"] = '"2": {score: 21, reason: R}'
    found = changed(score(year_from(files_of(criteria, agencies=("a", "b"), lines=lines, out_of="40"))))

    assert (found.lines, found.moves) == (4, (Decimal(1),))


def test_no_line_is_changed_twice_in_one_draw() -> None:
    later = {slug: f'"1": {{score: {one}, reason: R}}\n"2": {{score: {two}, reason: R}}' for slug, one, two in LESS}
    found = changed(two(("9", "20"), ("8.5", "20"), later=later))

    assert (found.lines, found.moves) == (4, (Decimal(-1),) * 4)
    assert found.drawn is not None
    assert found.drawn.swaps == {}  # all four lines lose a point, so each agency loses two, whoever comes first


def test_what_later_steps_changed_is_counted_and_tried_once_more() -> None:
    results = two(("9", "20"), ("8", "20.5"), later={"a": '"2": {score: 20.5, reason: R}'})
    found = changed(results)

    assert (found.lines, found.moves, found.percent, found.mean) == (4, (Decimal("0.5"),), 25, Fraction(1, 2))
    assert found.drawn is not None
    assert found.drawn.swaps == {}  # one line gets half a point more, and a is a whole point ahead

    near = two(
        ("9", "20"), ("8", "20.9"), later={"a": '"2": {score: 20.1, reason: R}', "b": '"2": {score: 21, reason: R}'}
    )
    tried = changed(near).drawn
    assert tried is not None
    assert set(tried.reached["a"]) == {1, 2}  # two lines get a tenth; where both are of b, it overtakes a
    assert set(tried.swaps) == {("a", "b")}


def test_a_change_is_tried_in_full_where_all_points_that_stand_are_whole() -> None:
    results = two(("9", "19.75"), ("8", "21"), later={"a": '"2": {score: 20, reason: R}'})
    found = changed(results)

    assert (found.moves, scoreboard(results).unit) == ((Decimal("0.25"),), Fraction(1, 100))
    assert found.drawn is not None
    assert found.drawn.ranks == {"a": 1, "b": 1}
    assert found.drawn.reached["a"].keys() == {1, 2}  # a quarter more for one of both parts them


def test_where_nothing_was_changed_there_is_nothing_to_try() -> None:
    results = two(("9", "20"), ("8", "20"))
    found = changed(results)

    assert (found.lines, found.moves, found.drawn, found.mean) == (4, (), None, 0)


# --- what decides ---------------------------------------------------------------------------------------------------


def test_what_an_area_adds_to_the_differences_is_its_covariance_with_the_index() -> None:
    """Indices 100, 75, 50: mean 75; areas of 25 and 75 percent add 25, 0, 25 and 75, 75, 25 points of them.

    The second area: ((75 - 56.25) x 25 + (25 - 56.25) x -25) / (25**2 + 25**2) = 1.
    """
    results = two(("10", "30"), ("0", "30"), ("10", "10"))
    areas = [results.year.criteria[code] for code in ("1", "2")]
    told = {one.criterion.code: one for one in deciders(results, areas, 3)}

    assert {code: (one.weight, one.effective, fixed(one.share, 3)) for code, one in told.items()} == {
        "1": (25, 25, "0.000"),
        "2": (75, 75, "100.000"),
    }
    assert (told["1"].correlation, told["2"].correlation) == (0, Fraction(87, 100))  # the root of three quarters
    assert {one.correlation for one in deciders(results, areas, 4)} == {None}


def test_shares_of_the_differences_sum_to_the_whole_with_bonus_and_what_does_not_apply() -> None:
    for results in (TINY, data_results("2024"), of_bonus("0.5", "0", "-0.5")):
        areas = [one for one in results.year.criteria.values() if one.parent is None]
        for criteria in (areas, list(results.year.leaves())):
            found = deciders(results, criteria, 20)

            assert fixed(sum((one.share for one in found), Fraction(0)), 3) == "100.000"
    bonus = next(one for one in deciders(of_bonus("0.5", "0", "-0.5"), areas, 20) if one.weight is None)
    assert (bonus.effective, fixed(bonus.share, 3)) == (0, "100.000")


def test_a_criterion_in_which_all_earned_the_same_part_tells_nobody_apart() -> None:
    results = two(("9", "20"), ("9", "21"))

    assert [leaf.code for leaf in tell_nobody_apart(results)] == ["1"]
    assert tell_nobody_apart(two(("9", "20"))) == ()  # one agency is compared with nobody


def words_of(results: Results, heading: str) -> list[str]:
    """Return the keys of what is said under a heading, whatever the thresholds."""
    limits = Thresholds(*[Decimal(0)] * 9, kept_within=9, shown=3)
    scene = Scene(Figures(results), {}, Calendar(), "", published=True, labels=load_labels("vi"), thresholds=limits)
    return [sentence.key for sentence in firmness_sentences(scene)[heading]]


def test_a_bonus_that_decides_is_named_and_so_is_a_share_above_the_whole() -> None:
    assert words_of(of_bonus("0.5", "0", "-0.5"), "deciders")[0] == "decides-bonus"
    assert words_of(two(("9", "20"), ("8", "22")), "deciders") == ["decides", "decides-more"]


def test_of_a_single_area_nothing_decides_more() -> None:
    lines = {("appraisal-1", slug): f'"1": {{score: {score}}}' for slug, score in (("a", 9), ("b", 8))}
    files = files_of(TWO.partition('"2"')[0], agencies=("a", "b"), lines=lines, out_of="10")

    assert words_of(score(year_from(files)), "deciders") == []


def test_agencies_that_only_come_level_are_told_of_where_nobody_changes_places() -> None:
    results = two(("9", "20"), ("9", "20"), ("8", "20"))  # without the first area all three are level

    assert words_of(results, "trials") == ["swaps-none", "level"]
    assert words_of(two(("9", "28"), ("8", "27")), "trials") == ["swaps-none"]


# --- where there is nothing to say ----------------------------------------------------------------------------------


def test_one_agency_has_nothing_to_be_firm_about_and_equal_ones_no_decider() -> None:
    alone, equal = two(("9", "20")), two(("9", "20"), ("9", "20"))
    areas = [equal.year.criteria[code] for code in ("1", "2")]

    assert weight_draws(alone, USUAL) is None
    assert deciders(alone, areas, 20) == deciders(equal, areas, 20) == ()
    drawn = weight_draws(equal, USUAL)
    assert drawn is not None
    assert (drawn.swaps, drawn.reached["a"]) == ({}, {1: 1000})


def test_criteria_that_weigh_nothing_together_have_no_ranking_to_try() -> None:
    files = files_of(
        '"1": {title: A, out_of: 0, rule: {type: bonus, items: {t: {title: T, per: 1}}}}',
        agencies=("a", "b"),
        out_of="0",
    )
    nothing = score(year_from(files))

    assert (robustness(nothing), weight_draws(nothing, USUAL), deciders(nothing, [], 3)) == (None, None, ())


def test_a_penalty_beyond_all_points_leaves_an_index_of_zero_in_every_draw() -> None:
    results = of_bonus("0.5", "-30")
    drawn = weight_draws(results, USUAL)

    assert drawn is not None
    assert [entry.published for entry in results.agencies] == [Decimal("85.00"), Decimal("0.00")]
    assert drawn.reached["co-quan-1"] == {2: 1000}


def test_agencies_that_are_not_ranked_are_in_no_trial() -> None:
    agencies = "\n".join(f"{slug}: {{name: {slug}, short: {slug}}}" for slug in "abc").replace(
        "short: b", "short: b, ranked: false"
    )
    lines = {("appraisal-1", slug): '"1": {score: 5}\n"2": {score: 9}' for slug in "abc"}
    results = score(year_from(files_of(TWO, agencies=agencies, lines=lines, out_of="40")))

    assert scoreboard(results).slugs == ("a", "c")


def test_a_year_that_is_incomplete_is_not_drawn_and_its_open_data_says_so() -> None:
    figures = Figures(TINY)

    assert (figures.drawn is None) == TINY.provisional
    assert Figures(replace(TINY, missing=(), untold=1)).drawn is None
    assert Figures(replace(TINY, missing=(), untold=1)).overturned is None


def test_the_open_data_has_the_draws_and_from_what_they_come() -> None:
    rows = json.loads(bundle_of(small_year("{}", 31))["json/rank_draws.json"])["rows"]

    assert {row["trial"] for row in rows} <= {"weights", "judgement"}
    for row in rows:
        reached = json.loads(row["reached"])
        assert sum(map(int, reached.values())) == int(row["draws"])
        assert row["seed"] == f"2024/{row['trial']}"


def test_of_many_agencies_that_move_far_one_sentence_tells() -> None:
    results = two(*((f"{number}", f"{27 - 2 * number}") for number in range(1, 10)))
    limits = Thresholds(*[Decimal(0)] * 9, kept_within=0, shown=2)
    scene = Scene(Figures(results), {}, Calendar(), "", published=True, labels=load_labels("vi"), thresholds=limits)

    assert [sentence.key for sentence in firmness_sentences(scene)["trials"]] == ["swaps", "moves-many"]


def test_the_page_names_other_years_in_which_a_criterion_told_nobody_apart() -> None:
    results = two(("9", "20"), ("9", "21"))
    scene = Scene(Figures(results), {}, Calendar(), "", published=True, labels=load_labels("vi"))

    assert firmness_view(scene, {"1": ["2023", "2022"]})["flat"] == (("1", "Một", "2023 và 2022"),)


@pytest.mark.parametrize(
    "wrong", ["areas: 91", "criteria: -1", "draws: 99", "seed: A B", "correlation_from: 2", "khac: 1"]
)
def test_ranges_that_could_take_all_weight_away_are_refused(wrong: str) -> None:
    files = {**TINY_FILES, "data/analysis.yml": f"{ANALYSIS}firmness: {{{wrong}}}\n".encode()}

    assert [one.path for one in snapshot_of(files).problems if one.severity == "error"] == ["data/analysis.yml"]


# --- COINr's own example --------------------------------------------------------------------------------------------

CONNECTIVITY = ("Physical", "ConEcFin", "Political", "Instit", "P2P")
SUSTAINABILITY = ("Environ", "Social", "SusEcFin")
PUBLISHED_SHIFTS = {  # mean absolute change of rank where a pillar is removed
    "Physical": "1.529412",
    "ConEcFin": "2.627451",
    "Political": "2.901961",
    "Instit": "1.176471",
    "P2P": "1.686275",
    "Environ": "3.098039",
    "Social": "3.960784",
    "SusEcFin": "2.627451",
}


@pytest.fixture(scope="module")
def asem() -> Results:
    """Return the example as a year: two areas of the same weight, five and three pillars of the same weight in each."""
    with REFERENCE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    leaf = "{{title: {0}, out_of: {1}, rule: {{type: judged, step: 0.000001}}}}"
    areas = ((CONNECTIVITY, 300), (SUSTAINABILITY, 500))
    codes = {name: f"{area}.{at}" for area, (names, _) in enumerate(areas, 1) for at, name in enumerate(names, 1)}
    criteria = "\n".join(
        f'"{area}":\n  title: A\n  children:\n'
        + "\n".join(f'    "{codes[name]}": {leaf.format(name, most)}' for name in names)
        for area, (names, most) in enumerate(areas, 1)
    )
    worth = {name: most // 100 for names, most in areas for name in names}
    lines = {
        ("appraisal-1", row["UnitCode"].lower()): "\n".join(
            f'"{codes[name]}": {{score: {Decimal(row[name]) * worth[name]}}}' for name in codes
        )
        for row in rows
    }
    files = files_of(
        criteria,
        agencies=[slug for _, slug in lines],
        lines=lines,
        policy="{points: {decimals: 6}, rank: {on: exact}}",
        out_of="3000",
    )
    return score(year_from(files))


def test_the_scores_that_coinr_published_come_out(asem: Results) -> None:
    told = [(entry.agency.slug.upper(), fixed(entry.index or 0, 2)) for entry in asem.agencies[:6]]

    assert told == [
        *(("CHE", "68.38"), ("NLD", "64.82"), ("DNK", "64.80")),
        *(("NOR", "64.47"), ("BEL", "63.54"), ("SWE", "63.00")),
    ]


@pytest.mark.parametrize("removed", PUBLISHED_SHIFTS)
def test_removing_a_pillar_shifts_ranks_as_coinr_published(asem: Results, removed: str) -> None:
    """The other pillars of its area share its weight: five of 12 become four of 15, three of 12 two of 18."""
    board = scoreboard(asem)
    own = CONNECTIVITY if removed in CONNECTIVITY else SUSTAINABILITY
    more = Fraction(len(own), len(own) - 1)
    weights = [
        0 if leaf.title.main == removed else int(12 * (more if leaf.title.main in own else 1)) for leaf in board.leaves
    ]
    ranks = board.ranked(board.indices(weights))
    shifts = [abs((rank or 0) - before) for rank, before in zip(ranks, board.ranks, strict=True)]

    assert fixed(Fraction(sum(shifts), len(shifts)), 6) == PUBLISHED_SHIFTS[removed]


def test_the_correlations_that_coinr_published_come_out(asem: Results) -> None:
    areas = [asem.year.criteria[code] for code in ("1", "2")]
    told = {one.criterion.code: one for one in deciders(asem, areas, 20)}

    assert told["1"].correlation == Fraction(94, 100)  # 0.9397805
    assert told["2"].correlation == Fraction(84, 100)  # 0.8382873
    assert (told["1"].effective, told["2"].effective) == (50, 50)


# --- the figure -----------------------------------------------------------------------------------------------------


def test_the_figure_shows_ranks_and_ranges_on_a_scale_of_whole_ranks() -> None:
    results = two(("9", "20"), ("8.5", "20.6"), ("1", "2"))
    chart = draws_chart(results, weight_draws(results, USUAL), load_labels("vi"))
    assert chart is not None
    assert isinstance(chart.body, Dots)

    assert [(row.label, row.text, row.values, row.interval) for row in chart.body.rows] == [
        *(("b", "1–2", (1,), (1, 2)), ("a", "1–2", (2,), (1, 2)), ("c", "3", (3,), (3, 3))),
    ]
    assert [text for _, text in chart.body.axis.ticks] == ["1", "2", "3"]
    assert chart.title.endswith("1/3 cơ quan chỉ gồm một hạng; khoảng rộng nhất là của b, từ hạng 1 đến hạng 2")
    assert "b hạng 1, khoảng 1–2" in chart.alt


def test_the_figure_of_some_of_many_agencies_tells_of_all_and_has_a_scale_of_their_own() -> None:
    results = two(*((f"{number}", f"{20 + number}") for number in range(9, -1, -1)))
    drawn = weight_draws(results, USUAL)
    chart = draws_chart(results, drawn, load_labels("vi"), entries=results.agencies[7:])
    assert chart is not None
    assert isinstance(chart.body, Dots)

    assert chart.title == "Khi trọng số khác đi, khoảng 5–95% của mọi cơ quan chỉ gồm một hạng"
    assert [text for _, text in chart.body.axis.ticks] == ["8", "9", "10"]
    near = two(("9", "20"), ("8.5", "20.6"))
    turned = draws_chart(near, weight_draws(near, USUAL), load_labels("vi"))
    assert turned is not None
    assert "của mọi cơ quan gồm từ hai hạng trở lên" in turned.title
    assert draws_chart(results, None, load_labels("vi")) is None
    assert draws_chart(results, drawn, load_labels("vi"), entries=()) is None

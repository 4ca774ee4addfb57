"""Real schemes, as far as their rules are public: facts and figures only, told apart from what a test adds to them.

What could not be expressed, and why, stands in docs/explanation/bo-tieu-chi-that.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import pytest
from tiny import ROOT, TINY_FILES, snapshot_of
from worlds import files_of, rule, tree, year_from

from pipeline.core.index.scoring import owed_lines, score
from pipeline.core.index.survey_points import survey_leaf
from pipeline.core.record.model import Year
from pipeline.core.record.rules import RULES

# --- the ministry's sets, by structure -------------------------------------------------------------------------------

# How many criteria and component criteria each field has; a criterion without components is scored itself.
MINISTRY_2022 = ((7, 6), (9, 15), (6, 19), (4, 14), (6, 16), (3, 13), (3, 14))
PROVINCE_2017 = ("10", "10", "14.5", "11", "16", "7", "16", "15.5")  # the most points of each field
DIVISIONS = ((6, 8), (4, 0), (6, 4), (2, 0), (5, 2), (4, 0), (2, 8))  # of departments of one province


def structured(fields: tuple[tuple[int, int], ...]) -> Year:
    """Return a year with as many criteria and component criteria: components stand below the first ones, in pairs."""
    areas = []
    for area, (criteria, components) in enumerate(fields, 1):
        below: dict[int, int] = dict.fromkeys(range(1, criteria + 1), 0)
        holders = max(1, min(criteria, components // 2))
        for component in range(components):
            below[component % holders + 1] += 1
        rows = []
        for number, parts in below.items():
            code = f"{area}.{number}"
            leaf = "out_of: 1, rule: {type: judged, step: 0.5}"
            if not parts:
                rows.append(f'    "{code}": {{title: {code}, {leaf}}}')
                continue
            own = ", ".join(f'"{code}.{part}": {{title: T, {leaf}}}' for part in range(1, parts + 1))
            rows.append(f'    "{code}": {{title: {code}, children: {{{own}}}}}')
        areas.append(f'"{area}":\n  title: Lĩnh vực {area}\n  children:\n' + "\n".join(rows))
    return year_from(files_of("\n".join(areas)))


@pytest.mark.parametrize(
    ("fields", "criteria", "components"), [(MINISTRY_2022, 38, 97), (DIVISIONS, 29, 22)], ids=["ministry", "divisions"]
)
def test_a_criterion_may_be_scored_itself_or_by_its_components(
    fields: tuple[tuple[int, int], ...], criteria: int, components: int
) -> None:
    year = structured(fields)
    depths = [one.code.count(".") for one in year.criteria.values()]

    assert (depths.count(1), depths.count(2)) == (criteria, components)
    assert {leaf.depth for leaf in year.leaves()} == {1, 2}


def test_fields_of_a_province_make_a_hundred() -> None:
    areas = "\n".join(
        f'"{number}": {{title: Lĩnh vực {number}, out_of: {points}, rule: {{type: judged, step: 0.25}}}}'
        for number, points in enumerate(PROVINCE_2017, 1)
    )

    assert sum(leaf.out_of for leaf in year_from(files_of(areas)).leaves()) == 100


# --- rules of single criteria ----------------------------------------------------------------------------------------

# The scheme, the rule, the maximum, answers with their points.
RULES_OF_SCHEMES: list[tuple[str, str, str, dict[str, str]]] = [
    (
        "Cà Mau 2013: a plan in time, late, none",
        "{type: choice, options: {dung-han: {points: 1}, muon: {points: 0.5}, khong: {points: 0}}}",
        "1",
        {"dung-han": "1", "muon": "0.5", "khong": "0"},
    ),
    (
        "Cà Mau 2013: share of the plan; the text leaves 70 and 90 open, here both belong to the middle",
        (
            "{type: bands, unit: '%', when_none: zero, "
            "bands: [{above: 90, points: 2}, {from: 70, points: 1}, {points: 0}]}"
        ),
        "2",
        {"90.01": "2", "90": "1", "70": "1", "69.99": "0"},
    ),
    (
        "Hưng Yên 2024, 1.1.1: issued in time 2, late 1, not 0",
        "{type: choice, options: {dung-han: {points: 2}, muon: {points: 1}, khong: {points: 0}}}",
        "2",
        {"dung-han": "2", "muon": "1", "khong": "0"},
    ),
    (
        "Hưng Yên 2024: variables x, y, z that the unit enters, several formulas of which one is chosen",
        """{type: formula, inputs: {x: {title: Đúng hạn, unit: count}, y: {title: Quá hạn, unit: count},
        z: {title: Được giao, unit: count}}, valid: x + y <= z, not_applicable_when: z = 0, levels: [
        {when: x = z, points: out_of}, {when: x / z >= 0.8, points: out_of * x / z},
        {when: x / z >= 0.5, points: out_of * (x - y) / z}, {points: 0}]}""",
        "2",
        {
            "{x: 20, y: 0, z: 20}": "2",
            "{x: 16, y: 4, z: 20}": "1.60",
            "{x: 10, y: 5, z: 20}": "0.50",
            "{x: 9, y: 0, z: 20}": "0",
        },
    ),
    (
        "Hưng Yên 2024: whoever scores chooses one of the formulas, here by its number",
        """{type: formula, inputs: {chon: {title: Công thức, unit: count}, x: {title: X, unit: count},
        y: {title: Y, unit: count}}, valid: (chon = 1 or chon = 2) and y > 0, levels: [
        {when: chon = 1, points: out_of * x / y}, {points: out_of - x * 0.1}]}""",
        "2",
        {"{chon: 1, x: 3, y: 4}": "1.50", "{chon: 2, x: 3, y: 4}": "1.70"},
    ),
    (
        "Decree 61/2018: online filing in bands with open ends",
        "{type: bands, unit: '%', bands: [{from: 30, points: 2}, {from: 15, points: 1}, {points: 0}], when_none: zero}",
        "2",
        {"30": "2", "{done: 2999, assigned: 10000}": "1", "15": "1", "14.99": "0"},
    ),
    (
        "Decree 61/2018: complaints in time",
        (
            "{type: bands, unit: '%', "
            "bands: [{from: 100, points: 2}, {from: 90, points: 1}, {points: 0}], when_none: full}"
        ),
        "2",
        {"{done: 10, assigned: 10}": "2", "{done: 9, assigned: 10}": "1", "{done: 0, assigned: 0}": "2"},
    ),
    (
        "the ministry's guidance as remembered: full at 100 %, by share from 80 %, else nothing",
        "{type: proportional, full_from: 100, zero_below: 80, when_none: zero}",
        "1.5",
        {"{done: 9, assigned: 10}": "1.35", "{done: 79, assigned: 100}": "0"},
    ),
    (
        "a share of a target",
        "{type: proportional, full_from: 90, zero_below: 0, of: full_from, when_none: zero}",
        "1",
        {"{done: 45, assigned: 100}": "0.50", "{done: 90, assigned: 100}": "1"},
    ),
]


@pytest.mark.parametrize(
    ("text", "out_of", "cases"), [row[1:] for row in RULES_OF_SCHEMES], ids=[row[0] for row in RULES_OF_SCHEMES]
)
def test_a_rule_of_a_scheme_gives_its_points(text: str, out_of: str, cases: Mapping[str, str]) -> None:
    made = rule(" ".join(text.split()), out_of)
    found = {}
    for answer in cases:
        given, faults = made.answer(tree(answer))
        assert faults == ()
        found[answer] = made.points(given, out_of=Decimal(out_of), decimals=2, mode="half-up")

    assert found == {answer: Decimal(points) for answer, points in cases.items()}


# --- whole years -----------------------------------------------------------------------------------------------------

# Hưng Yên: sum of fields, a bonus and a penalty, each with a limit of its own (the limits are made up).
HUNG_YEN = """
"1": {title: Kế hoạch, children: {
  "1.1": {title: A, out_of: 6.5, rule: {type: judged, step: 0.5}},
  "1.2": {title: B, out_of: 22, rule: {type: judged, step: 0.5}}}}
"2": {title: Thưởng, children: {
  "2.1": {title: C, out_of: 0, rule: {type: bonus, items: {x: {per: 1, title: X}}, most: 5}},
  "2.2": {title: D, out_of: 0, rule: {type: bonus, items: {y: {per: 1, title: Y}}, most: 5}}}}
"3": {title: Phạt, children: {
  "3.1": {title: E, out_of: 0, rule: {type: bonus, items: {z: {per: -0.5, title: Z}}, least: -9}}}}
"""
FIVE = ("self-assessment", "appraisal-1", "appraisal-2", "council-decision")


def test_hung_yen_adds_a_bonus_and_takes_a_penalty_each_within_its_limit() -> None:
    lines = {(stage, "don-vi"): "" for stage in FIVE}
    lines["appraisal-1", "don-vi"] = """
        "1.1": {score: 6}
        "1.2": {score: 20}
        "2.1": {answer: {x: 3}, score: 3, reason: R}
        "2.2": {answer: {y: 2}, score: 2, reason: R}
        "3.1": {answer: {z: 8}, score: -4, reason: R}"""
    files = dict(files_of(HUNG_YEN, agencies=["don-vi"], lines=lines, out_of="28.5"))
    files["data/2024/cycle.yml"] += '\nbonus_limits: [{codes: ["2.1", "2.2"], most: 4}, {codes: ["3.1"], least: -3}]'
    entry = score(year_from(files)).of("don-vi")

    assert entry is not None
    assert entry.total.points == 6 + 20 + 4 - 3
    assert [one.cut for one in entry.limited] == [-1, 1]


# Phú Thọ: sections I to VII; of the last three no unit scores itself (points are made up).
PHU_THO = """
"1": {title: Nhiệm vụ, out_of: 40, rule: {type: judged, step: 0.5}}
"2": {title: CCHC, out_of: 30, rule: {type: judged, step: 0.5}}
"3": {title: Kỷ luật, out_of: 10, rule: {type: judged, step: 0.5}}
"4": {title: Điểm cộng, out_of: 0, rule: {type: bonus, items: {x: {per: 1, title: X}}, most: 5}}
"5": {title: Điểm khảo sát, out_of: 10, claimed: false, rule: {type: judged, step: 0.01}}
"6": {title: Điểm của lãnh đạo, out_of: 10, claimed: false, rule: {type: judged, step: 0.5}}
"7": {title: Điểm trừ, out_of: 0, claimed: false, rule: {type: bonus, items: {z: {per: -1, title: Z}}, least: -10}}
"""


def test_in_phu_tho_units_do_not_score_the_last_three_sections() -> None:
    claimed = '"1": {score: 40}\n"2": {score: 28}\n"3": {score: 10}'
    lines = {("self-assessment", "so-a"): claimed}
    before = year_from(files_of(PHU_THO, agencies=["so-a"], lines=lines))
    judged = {**lines, ("appraisal-1", "so-a"): f'{claimed}\n"5": {{score: 8.25}}\n"6": {{score: 9}}'}
    judged["appraisal-1", "so-a"] += '\n"7": {answer: {z: 2}, score: -2, reason: R}'
    entry = score(year_from(files_of(PHU_THO, agencies=["so-a"], lines=judged))).of("so-a")

    assert owed_lines(before, "self-assessment", "so-a") == ("1", "2", "3")
    assert owed_lines(before, "appraisal-1", "so-a") == ("1", "2", "3", "5", "6")
    assert score(before).agencies[0].outstanding == ("5", "6")
    assert entry is not None
    assert entry.total.points == Fraction("40") + 28 + 10 + Fraction("8.25") + 9 - 2


# Yên Bái: options A to D are worth 100, 60, 20 and 0 percent; E is set by whoever runs the survey, here no opinion.
YEN_BAI = """
    scales:
      a-e:
        options:
          a: {value: 1, title: A}
          b: {value: 0.6, title: B}
          c: {value: 0.2, title: C}
          d: {value: 0, title: D}
        no_opinion: e
    groups: {can-bo: {title: Cán bộ}}
    questions:
      q1: {scale: a-e, criterion: "1.1", groups: [can-bo], text: Q}
      q2: {scale: a-e, criterion: "1.1", groups: [can-bo], text: Q}
"""


def test_yen_bais_options_give_a_mean_of_their_shares() -> None:
    criteria = '"1": {title: A, children: {"1.1": {title: B, out_of: 5, rule: {type: survey, groups: {can-bo: 5}}}}}'
    counts = "forms: {valid: 10}\nanswers: {q1: {a: 5, b: 3, c: 1, d: 1}, q2: {a: 2, b: 2, c: 2, d: 2, e: 2}}"
    year = year_from(files_of(criteria, agencies=["so-a"], survey=YEN_BAI, counts={("can-bo", "so-a"): counts}))
    found = survey_leaf(year, year.criteria["1.1"], "so-a", counts=year.counts)

    assert found.points == 5 * (Fraction("0.7") + Fraction("0.45")) / 2


# --- the page that tells of them -------------------------------------------------------------------------------------

PAGE = ROOT / "docs" / "explanation" / "bo-tieu-chi-that.md"
NAMES = {"Hưng Yên 2024": "Hưng Yên 2024", "Cà Mau 2013": "Cà Mau 2013", "Nghị định 61/2018/NĐ-CP": "Decree 61/2018"}


def rows_of_page() -> dict[str, list[str]]:
    """Return the rows of the page's first table by their first cell."""
    told = PAGE.read_text(encoding="utf-8").split("## ")[1]
    rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in told.splitlines() if line[:1] == "|")
    return {name: rest for name, *rest in rows if rest[0] not in {"phần đã thử", "---"}}


def test_the_page_tells_the_figures_that_are_tested() -> None:
    told = {name: cells[0] for name, cells in rows_of_page().items()}
    counts = {
        "Bộ Nội vụ, cấp bộ (876/QĐ-BNV, 2022)": MINISTRY_2022,
        "Khung cấp phòng của một tỉnh": DIVISIONS,
    }

    for name, fields in counts.items():
        criteria, components = (sum(field[place] for field in fields) for place in (0, 1))
        assert f"{len(fields)} lĩnh vực, {criteria} tiêu chí, {components} tiêu chí thành phần" in told[name]
    assert f"{len(PROVINCE_2017)} lĩnh vực, cộng bằng 100" in told["Bộ Nội vụ, cấp tỉnh (2948/QĐ-BNV, 2017)"]
    assert "A, B, C, D bằng 100, 60, 20, 0%" in told["Yên Bái"]
    assert [f"{100 * Decimal(value):.0f}" for value in re.findall(r"value: ([0-9.]+)", YEN_BAI)] == [
        "100",
        "60",
        "20",
        "0",
    ]


def test_the_page_names_the_rules_with_which_each_scheme_is_tested() -> None:
    told = {name: set(re.findall(r"`([a-z_]+)`", cells[1])) for name, cells in rows_of_page().items()}
    found: dict[str, set[str]] = {}
    for scheme, text, *_ in RULES_OF_SCHEMES:
        for shown, name in NAMES.items():
            if scheme.startswith(name):
                found.setdefault(shown, set()).add(rule(" ".join(text.split())).name)
    found["Hưng Yên 2024"] |= {"bonus", "bonus_limits"}

    assert {name: told[name] for name in NAMES} == found
    assert told["Yên Bái"] == {"survey"}
    assert told["Phú Thọ"] == set()
    assert "`claimed: false`" in rows_of_page()["Phú Thọ"][1]


def test_a_scale_of_fewer_points_gives_the_index_of_the_same_scale_stretched_to_a_hundred() -> None:
    def index(factor: int) -> Fraction | None:
        criteria = f"""
            "1": {{title: A, out_of: {12 * factor}, rule: {{type: judged, step: 1}}}}
            "2": {{title: B, out_of: {13 * factor}, rule: {{type: judged, step: 1}}}}"""
        lines = {("appraisal-1", "don-vi"): f'"1": {{score: {7 * factor}}}\n"2": {{score: {12 * factor}}}'}
        entry = score(year_from(files_of(criteria, agencies=["don-vi"], lines=lines))).of("don-vi")
        assert entry is not None
        return entry.index

    assert index(1) == index(4) == 76


def test_the_last_decision_stands_and_not_the_best_round() -> None:
    lines = {
        (stage, "don-vi"): f'"1": {{score: {points}, reason: R}}'
        for stage, points in (("self-assessment", 9), ("appraisal-1", 8), ("appraisal-2", 5))
    }
    criteria = '"1": {title: A, out_of: 10, rule: {type: judged, step: 1}}'
    entry = score(year_from(files_of(criteria, agencies=["don-vi"], lines=lines))).of("don-vi")

    assert entry is not None
    assert entry.total.points == 5


def test_a_band_says_of_each_of_its_ends_to_which_band_it_belongs() -> None:
    path = "data/2024/criteria.yml"
    files = {
        **TINY_FILES,
        path: TINY_FILES[path].replace(b"{from: 80, points: 2}", b"{from: 80, above: 80, points: 2}"),
    }

    assert {problem.path for problem in snapshot_of(files).problems if problem.is_error} >= {path}


def test_every_rule_type_serves_a_scheme() -> None:
    used = {rule(" ".join(text.split())).name for _, text, *_ in RULES_OF_SCHEMES}

    assert used | {"judged", "bonus", "survey"} >= set(RULES) - {"checklist", "deduction", "sipas"}

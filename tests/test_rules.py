"""Each rule type gives the points that its words promise: given, when, points.

The tables are the specification of the ten types; which answer stands is tested with the scoring.
"""

from __future__ import annotations

from decimal import Decimal

import pytest
from worlds import rule, tree

from pipeline.core.record.rules import RULES, Rule
from pipeline.core.record.rules.bands import Bands

Case = tuple[str, str, str | None]  # when, the answer of a line, the points (None where none are fixed)

ON_TIME = """
type: choice
options:
  dung-han: {points: 1, title: Đúng hạn}
  qua-han: {points: 0.5, title: Muộn đến 15 ngày}
  khong: {points: 0, title: Không ban hành}
"""
PLAN = """
type: checklist
items:
  nhiem-vu: {points: 0.5, title: Đủ nhiệm vụ}
  san-pham: {points: 0.3, title: Rõ sản phẩm}
  kinh-phi: {points: 0.2, title: Có kinh phí}
"""
DONE = "{type: proportional, full_from: 100, zero_below: 80, when_none: full}"
DONE_FROM_95 = "{type: proportional, full_from: 95, zero_below: 50, when_none: zero}"
DONE_OF_TARGET = "{type: proportional, full_from: 95, zero_below: 50, of: full_from, when_none: zero}"
DONE_OF_MORE = "{type: proportional, full_from: 120.5, zero_below: 0, of: full_from, when_none: zero, over: true}"
DONE_OR_LEFT_OUT = "{type: proportional, full_from: 100, zero_below: 0, when_none: not-applicable}"
DONE_OVER = "{type: proportional, full_from: 100, zero_below: 80, when_none: full, over: true}"
ONLINE = """
type: bands
unit: "%"
bands: [{from: 80, points: 2}, {from: 50, points: 1}, {points: 0}]
when_none: not-applicable
"""
ABOVE = """
type: bands
unit: "%"
bands: [{above: 90, points: 2}, {from: 70, points: 1}, {points: 0}]
when_none: full
"""
ABOVE_AND_FROM = """
type: bands
unit: "%"
bands: [{above: 50, points: 2}, {from: 50, points: 1.5}, {points: 0.25}]
when_none: zero
"""
INITIATIVES = """
type: bands
unit: sáng kiến
bands: [{from: 2, points: 1.5}, {above: 0, points: 0.75}, {points: 0}]
over: true
"""
GROWTH = """
type: bands
unit: {vi: điểm phần trăm, en: percentage points}
bands: [{from: 0, points: 1}, {from: -5, points: 0.5}, {points: 0}]
"""
REPORTS = """
type: deduction
faults:
  muon: {per: 0.25, title: Báo cáo muộn}
  thieu: {per: 0.5, title: Thiếu báo cáo}
floor: 0
"""
DISCIPLINE = """
type: deduction
faults: {cong-chuc: {per: 0.5, title: Công chức bị kỷ luật}}
floor: 0.5
"""
JUDGED = "{type: judged, step: 0.25}"
BONUS = """
type: bonus
items:
  mo-hinh: {per: 1, title: Mô hình mới}
  sai: {per: -0.5, title: Số liệu sai}
most: 2
least: -1.5
"""
DOSSIERS = """
type: formula
inputs:
  dung-han: {title: Đúng hạn, unit: count}
  tre: {title: Trễ hạn, unit: count}
valid: dung-han + tre <= 1000
not_applicable_when: dung-han + tre = 0
levels:
  - {when: dung-han / (dung-han + tre) >= 0.95, points: out_of}
  - {when: "tre > 0 and dung-han / tre >= 1", points: "out_of * dung-han / (dung-han + tre) - 0.1"}
  - {points: 0}
"""
BY_ZERO = "{type: formula, inputs: {a: {title: A}}, levels: [{points: 1 / (a - a)}]}"
BUDGET = """
type: formula
inputs: {chi: {title: Đã chi, unit: triệu đồng}, giao: {title: Được giao, unit: triệu đồng}}
levels:
  - {when: "not (chi < giao) or giao = 0", points: 2}
  - {points: "max(abs(chi - giao) / -giao + 1, min(0.5, chi), 0) * out_of"}
"""

POINTS: list[tuple[str, str, str, list[Case]]] = [
    # the rule in words, the rule, out_of, cases
    (
        "choice: the option's points",
        ON_TIME,
        "1",
        [
            ("on time", "dung-han", "1"),
            ("late", "qua-han", "0.5"),
            ("not at all", "khong", "0"),
        ],
    ),
    (
        "checklist: the sum of what holds",
        PLAN,
        "1",
        [
            ("nothing holds", "[]", "0"),
            ("one", "[san-pham]", "0.3"),
            ("two, in any order", "[kinh-phi, nhiem-vu]", "0.7"),
            ("all", "[nhiem-vu, san-pham, kinh-phi]", "1.0"),
        ],
    ),
    (
        "proportional: full at 100 %, nothing below 80 %, in between by share",
        DONE,
        "1.5",
        [
            ("all done", "{done: 120, assigned: 120}", "1.5"),
            ("one short of all", "{done: 119, assigned: 120}", "1.49"),  # 1.4875
            ("nine tenths", "{done: 108, assigned: 120}", "1.35"),
            ("exactly 80 %", "{done: 96, assigned: 120}", "1.20"),
            ("just below 80 %", "{done: 95999, assigned: 120000}", "0"),
            ("nothing done", "{done: 0, assigned: 120}", "0"),
            ("nothing assigned, the rule says full", "{done: 0, assigned: 0}", "1.5"),
        ],
    ),
    (
        "proportional: full from 95 %, and still by share just below it",
        DONE_FROM_95,
        "2",
        [
            ("exactly 95 %", "{done: 19, assigned: 20}", "2"),
            ("just below 95 %", "{done: 9499, assigned: 10000}", "1.90"),
            ("exactly 50 %", "{done: 1, assigned: 2}", "1.00"),
            ("just below 50 %", "{done: 4999, assigned: 10000}", "0"),
            ("a third of a percent over a half", "{done: 151, assigned: 300}", "1.01"),  # 1.00666...
            ("nothing assigned, the rule says zero", "{done: 0, assigned: 0}", "0"),
        ],
    ),
    (
        "proportional: by the target from which points are full, without a leap to it",
        DONE_OF_TARGET,
        "2",
        [
            ("exactly 95 %", "{done: 19, assigned: 20}", "2"),
            ("76 of 95 %", "{done: 190, assigned: 250}", "1.60"),
            ("just below 95 %", "{done: 9499, assigned: 10000}", "2.00"),  # 1.99978...
            ("exactly 50 %", "{done: 1, assigned: 2}", "1.05"),  # 1.0526...
            ("just below 50 %", "{done: 4999, assigned: 10000}", "0"),
        ],
    ),
    (
        "proportional: a target of more than was assigned",
        DONE_OF_MORE,
        "2",
        [
            ("all", "{done: 10, assigned: 10}", "1.66"),  # 200 / 120.5
            ("more than all, less than the target", "{done: 12, assigned: 10}", "1.99"),
            ("the target", "{done: 241, assigned: 200}", "2"),
            ("nothing done", "{done: 0, assigned: 10}", "0"),
        ],
    ),
    (
        "proportional: a half of the last digit goes up",
        DONE_OR_LEFT_OUT,
        "1",
        [
            ("one eighth", "{done: 1, assigned: 8}", "0.13"),
            ("one third", "{done: 1, assigned: 3}", "0.33"),
            ("two thirds", "{done: 2, assigned: 3}", "0.67"),
            ("nothing assigned: it does not apply", "{done: 0, assigned: 0}", None),
        ],
    ),
    (
        "proportional: more done than assigned earns no more than full",
        DONE_OVER,
        "2",
        [
            ("more than all", "{done: 130, assigned: 120}", "2"),
            ("all", "{done: 120, assigned: 120}", "2"),
        ],
    ),
    (
        "bands: from a value on, the first from the top",
        ONLINE,
        "2",
        [
            ("exactly at the first", "80", "2"),
            ("just below it", "79.99", "1"),
            ("exactly at the second", "50", "1"),
            ("just below it", "49.999999", "0"),
            ("none", "0", "0"),
            ("a share exactly at the first", "{done: 4, assigned: 5}", "2"),
            ("a share that rounds to 80 but is less", "{done: 7999, assigned: 10000}", "1"),
            ("thirds are compared exactly", "{done: 2, assigned: 3}", "1"),
            ("nothing assigned: it does not apply", "{done: 0, assigned: 0}", None),
        ],
    ),
    (
        "bands: above 90 excludes 90, from 70 includes 70",
        ABOVE,
        "2",
        [
            ("exactly 90", "90", "1"),
            ("just above 90", "90.01", "2"),
            ("a share just above 90", "{done: 901, assigned: 1000}", "2"),
            ("a share of exactly 90", "{done: 9, assigned: 10}", "1"),
            ("exactly 70", "70", "1"),
            ("just below 70", "69.99", "0"),
            ("nothing assigned, the rule says full", "{done: 0, assigned: 0}", "2"),
        ],
    ),
    (
        "bands: above and from one value are two bands",
        ABOVE_AND_FROM,
        "2",
        [
            ("above", "50.01", "2"),
            ("at it", "50", "1.5"),
            ("below it", "49.99", "0.25"),
            ("nothing assigned, the rule says zero", "{done: 0, assigned: 0}", "0"),
        ],
    ),
    (
        "bands: counted in units of their own",
        INITIATIVES,
        "1.5",
        [
            ("two", "2", "1.5"),
            ("many", "7", "1.5"),
            ("one", "1", "0.75"),
            ("none", "0", "0"),
            ("more done than assigned, where the rule allows it", "{done: 3, assigned: 2}", "1.5"),
        ],
    ),
    (
        "bands: limits under zero",
        GROWTH,
        "1",
        [
            ("growth", "3.5", "1"),
            ("standstill", "0", "1"),
            ("a small loss", "-0.01", "0.5"),
            ("exactly the limit", "-5", "0.5"),
            ("a large loss", "-5.01", "0"),
        ],
    ),
    (
        "deduction: so much per fault, not under the floor",
        REPORTS,
        "1.5",
        [
            ("no fault", "{}", "1.5"),
            ("no fault, said so", "{muon: 0, thieu: 0}", "1.5"),
            ("one of each", "{muon: 1, thieu: 1}", "0.75"),
            ("just down to the floor", "{thieu: 3}", "0.0"),
            ("beyond the floor", "{muon: 2, thieu: 3}", "0"),
        ],
    ),
    (
        "deduction: a floor over zero",
        DISCIPLINE,
        "2",
        [
            ("one", "{cong-chuc: 1}", "1.5"),
            ("just down to the floor", "{cong-chuc: 3}", "0.5"),
            ("beyond the floor", "{cong-chuc: 4}", "0.5"),
        ],
    ),
    (
        "bonus: so much per case, within the least and the most",
        BONUS,
        "0",
        [
            ("nothing", "{}", "0"),
            ("one", "{mo-hinh: 1}", "1"),
            ("just the most", "{mo-hinh: 2}", "2"),
            ("over the most", "{mo-hinh: 3}", "2"),
            ("bonus and penalty make one sum", "{mo-hinh: 1, sai: 1}", "0.5"),
            ("the sum is limited, not its parts", "{mo-hinh: 3, sai: 1}", "2"),
            ("just the least", "{sai: 3}", "-1.5"),
            ("under the least", "{sai: 4}", "-1.5"),
        ],
    ),
    (
        "formula: the first level that holds, exact, rounded once",
        DOSSIERS,
        "2",
        [
            ("all in time", "{dung-han: 10, tre: 0}", "2"),
            ("exactly 95 %", "{dung-han: 19, tre: 1}", "2"),
            ("just below 95 %", "{dung-han: 189, tre: 10}", "1.80"),  # 1.79949...
            ("as many late as in time", "{dung-han: 7, tre: 7}", "0.90"),
            ("more late than in time", "{dung-han: 6, tre: 7}", "0"),
            ("nothing there: it does not apply", "{dung-han: 0, tre: 0}", None),
            ("none in time: what would divide by zero is not asked", "{dung-han: 0, tre: 1}", "0"),
        ],
    ),
    (
        "formula: kept within nothing and out_of",
        BUDGET,
        "1.5",
        [
            ("over the most", "{chi: 3, giao: 2}", "1.50"),
            ("a zero that a level foresees", "{chi: 0, giao: 0}", "1.50"),
            ("a half", "{chi: 0.5, giao: 1}", "0.75"),
            ("an eighth and a half of it", "{chi: 0.333333, giao: 8}", "0.50"),
            ("nothing", "{chi: 0, giao: 8.5}", "0"),
        ],
    ),
]


@pytest.mark.parametrize(
    ("text", "out_of", "answer", "points"),
    [
        pytest.param(text, out_of, answer, points, id=f"{words} | {when}")
        for words, text, out_of, cases in POINTS
        for when, answer, points in cases
    ],
)
def test_an_answer_gives_the_points_of_its_rule_and_no_other_score(
    text: str, out_of: str, answer: str, points: str | None
) -> None:
    read = rule(text, out_of)
    given, faults = read.answer(tree(answer))
    expected = None if points is None else Decimal(points)

    assert faults == ()
    assert expected == read.points(given, out_of=Decimal(out_of), decimals=2, mode="half-up")
    for score in ("0", "0.01", "1", out_of) if points is None else (points, f"{Decimal(points) + Decimal('0.01')}"):
        fits = read.gives(Decimal(score), given, out_of=Decimal(out_of), decimals=2, mode="half-up")

        assert fits is (score == points)


def test_every_rule_type_that_an_answer_fixes_stands_in_the_table() -> None:
    tabled = {rule(text).name for _, text, _, _ in POINTS}

    assert set(RULES) - {"judged", "survey", "sipas"} == tabled


@pytest.mark.parametrize(
    ("decimals", "mode", "points"),
    [
        (2, "half-up", "0.13"),
        (2, "half-even", "0.12"),
        (2, "down", "0.12"),
        (1, "half-up", "0.1"),
        (3, "half-up", "0.125"),
    ],
)
def test_a_share_is_rounded_to_the_decimals_of_the_year_in_its_way(decimals: int, mode: str, points: str) -> None:
    read = rule(DONE_OR_LEFT_OUT)
    given, _ = read.answer(tree("{done: 1, assigned: 8}"))

    assert Decimal(points) == read.points(given, out_of=Decimal(1), decimals=decimals, mode=mode)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("when", "score", "fits"),
    [
        ("nothing", "0", True),
        ("one step", "0.25", True),
        ("many steps", "1.75", True),
        ("all", "2", True),
        ("written with zeros", "2.00", True),
        ("between two steps", "0.30", False),
        ("a hair off a step", "0.251", False),
        ("over out_of", "2.25", False),
        ("under zero", "-0.25", False),
    ],
)
def test_judged_takes_any_multiple_of_the_step_from_zero_to_out_of(when: str, score: str, *, fits: bool) -> None:
    assert fits is rule(JUDGED).gives(Decimal(score), None, out_of=Decimal(2), decimals=2, mode="half-up")


def test_the_last_step_of_judged_is_not_over_out_of() -> None:
    read = rule("{type: judged, step: 0.3}")
    given = [
        f"{cents / 100:.1f}"
        for cents in range(0, 110, 10)
        if read.gives(Decimal(cents) / 100, None, out_of=Decimal(1), decimals=2, mode="half-up")
    ]

    assert given == ["0.0", "0.3", "0.6", "0.9"]


@pytest.mark.parametrize("text", [JUDGED, "{type: survey, groups: {hdnd: 1}}", "{type: sipas, group: dan}"])
def test_no_answer_fixes_points_that_are_weighed_or_asked_of_people(text: str) -> None:
    read = rule(text)
    given, faults = read.answer(tree("dung-han"))

    assert (given, [fault.code for fault in faults]) == (None, ["answer-not-wanted"])
    assert read.points(None, out_of=Decimal(1), decimals=2, mode="half-up") is None


FAULTS: list[tuple[str, str, str, list[tuple[str, str]]]] = [
    # when, the rule, the answer, (problem code, what was found) of each fault
    ("an option that is not offered", ON_TIME, "som", [("unknown-answer", "som")]),
    ("a list for an option", ON_TIME, "[dung-han]", [("answer-not-of-rule", "choice")]),
    ("an item that is not listed", PLAN, "[nhiem-vu, tien-do]", [("unknown-answer", "tien-do")]),
    ("a figure that no input has", DOSSIERS, "{dung-han: 1, tre: 0, moi: 2}", [("unknown-answer", "moi")]),
    ("a figure is missing", DOSSIERS, "{dung-han: 1}", [("figure-missing", "tre")]),
    ("one number for several", DOSSIERS, "1", [("answer-not-of-rule", "formula")]),
    ("a count that is not whole", DOSSIERS, "{dung-han: 1.5, tre: 0}", [("count-not-whole", "1.5")]),
    (
        "figures that are not valid",
        DOSSIERS,
        "{dung-han: 999, tre: 2}",
        [("answer-not-valid", "dung-han + tre <= 1000")],
    ),
    ("a division by zero", BY_ZERO, "{a: 1}", [("formula-divides-by-zero", "1 / (a - a)")]),
    ("an item twice", PLAN, "[nhiem-vu, nhiem-vu]", [("answer-repeated", "nhiem-vu")]),
    ("an option for a list", PLAN, "nhiem-vu", [("answer-not-of-rule", "checklist")]),
    ("a list in a list", PLAN, "[[nhiem-vu]]", [("answer-not-of-rule", "checklist")]),
    (
        "all faults of a list at once",
        PLAN,
        "[tien-do, san-pham, san-pham]",
        [("unknown-answer", "tien-do"), ("answer-repeated", "san-pham")],
    ),
    ("a number for a share", DONE, "95", [("answer-not-of-rule", "proportional")]),
    ("only what was done", DONE, "{done: 3}", [("answer-not-of-rule", "proportional")]),
    ("more than the two", DONE, "{done: 3, assigned: 4, late: 1}", [("answer-not-of-rule", "proportional")]),
    ("less than nothing done", DONE, "{done: -1, assigned: 4}", [("count-not-whole", "-1")]),
    (
        "thousands that a program took for decimals",
        DONE,
        "{done: 331.05, assigned: 336.9}",
        [("count-not-whole", "331.05"), ("count-not-whole", "336.9")],
    ),
    ("half a dossier in bands", ONLINE, "{done: 0.5, assigned: 4}", [("count-not-whole", "0.5")]),
    ("a text as a number", DONE, "{done: ba, assigned: 4}", [("answer-not-of-rule", "proportional")]),
    ("a quoted number", DONE, '{done: "3", assigned: 4}', [("answer-not-of-rule", "proportional")]),
    ("more done than assigned", DONE, "{done: 5, assigned: 4}", [("done-over-assigned", "5")]),
    ("something done of nothing", DONE, "{done: 1, assigned: 0}", [("done-over-assigned", "1")]),
    ("more done than assigned in bands", ONLINE, "{done: 5, assigned: 4}", [("done-over-assigned", "5")]),
    ("a text for bands", ONLINE, "cao", [("answer-not-of-rule", "bands")]),
    ("a list for bands", ONLINE, "[80]", [("answer-not-of-rule", "bands")]),
    ("a fault that is not listed", REPORTS, "{som: 1}", [("unknown-answer", "som")]),
    ("half a fault", REPORTS, "{muon: 0.5}", [("count-not-whole", "0.5")]),
    ("less than no fault", REPORTS, "{muon: -1}", [("count-not-whole", "-1")]),
    ("a list of faults", REPORTS, "[muon]", [("answer-not-of-rule", "deduction")]),
    ("a case that is not listed", BONUS, "{khen: 1}", [("unknown-answer", "khen")]),
    ("half a case", BONUS, "{mo-hinh: 1.5}", [("count-not-whole", "1.5")]),
]


FOUND = ("found", "done", "rule", "condition", "formula", "missing")  # figures of a fault, of which the first is told


@pytest.mark.parametrize(("when", "text", "answer", "expected"), FAULTS)
def test_an_answer_that_is_not_of_its_rule_is_refused_with_every_fault(
    when: str, text: str, answer: str, expected: list[tuple[str, str]]
) -> None:
    given, faults = rule(text).answer(tree(answer))
    found = [(f.code, next(f.figures[key] for key in FOUND if key in f.figures)) for f in faults]

    assert (None, expected) == (given, found)


@pytest.mark.parametrize("text", [ON_TIME, PLAN, DONE, ONLINE, REPORTS, BONUS])
def test_without_an_answer_no_points_are_fixed_and_no_score_fits(text: str) -> None:
    read = rule(text)

    assert read.points(None, out_of=Decimal(2), decimals=2, mode="half-up") is None
    assert not read.gives(Decimal(0), None, out_of=Decimal(2), decimals=2, mode="half-up")


BOUNDS: list[tuple[str, str, str, bool, bool, bool]] = [
    # the rule, least, most of out_of 2, owes an answer, has lines, owes a line
    (ON_TIME, "0", "2", True, True, True),
    (PLAN, "0", "2", True, True, True),
    (DONE, "0", "2", True, True, True),
    (ONLINE, "0", "2", True, True, True),
    (DISCIPLINE, "0.5", "2", True, True, True),
    (JUDGED, "0", "2", False, True, True),
    (BONUS, "-1.5", "2", True, True, False),
    (DOSSIERS, "0", "2", True, True, True),
    ("{type: survey, groups: {hdnd: 2}}", "0", "2", False, False, False),
    ("{type: sipas, group: dan}", "0", "2", False, False, False),
]


@pytest.mark.parametrize(("text", "least", "most", "answered", "has_line", "owed"), BOUNDS)
def test_a_rule_says_its_bounds_and_what_stages_owe_it(
    text: str, least: str, most: str, *, answered: bool, has_line: bool, owed: bool
) -> None:
    read: Rule = rule(text)

    assert (Decimal(least), Decimal(most)) == (read.smallest(), read.largest(Decimal(2)))
    assert (answered, has_line, owed) == (read.answered, read.has_line, read.owed)


def test_every_rule_type_says_its_bounds() -> None:
    assert set(RULES) == {rule(text).name for text, *_ in BOUNDS}


@pytest.mark.parametrize(("text", "unit"), [(GROWTH, "điểm phần trăm"), (ONLINE, "%"), (INITIATIVES, "sáng kiến")])
def test_bands_know_their_unit_in_one_language_or_two(text: str, unit: str) -> None:
    read = rule(text)

    assert isinstance(read, Bands)
    assert unit == read.unit


def test_a_rule_on_shares_that_foresees_no_empty_case_gives_no_points_where_nothing_was_assigned() -> None:
    unforeseen = rule(ONLINE.replace("when_none: not-applicable", ""))
    answer, faults = unforeseen.answer(tree("{done: 0, assigned: 0}"))
    policy = {"out_of": Decimal(2), "decimals": 2, "mode": "half-up"}

    assert faults == ()
    assert unforeseen.points(answer, **policy) is None
    assert not any(unforeseen.gives(Decimal(score), answer, **policy) for score in range(3))

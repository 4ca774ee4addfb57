"""The rule `formula`: what an expression may say, what is wrong with one, and that three programs compute the same."""

from __future__ import annotations

import html
import random
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from conftest import Repository, RunCommand
from formulas_by_lot import drawn, read
from formworlds import AGENCY, TINY, YEAR, codes, handed_over, make, read_one, typed
from test_forms import ROUNDINGS, disagreements, opened, recalculated, workbook_of
from tiny import ROOT, SCHEMAS, snapshot_of
from worlds import files_of, rule, tree, year_from

from pipeline.adapters.repository import open_repository
from pipeline.core.index.scoring import score
from pipeline.core.index.whatif import grade_goal, what_if
from pipeline.core.index.whatif_words import leaves_json, whatif_text
from pipeline.core.record.model import Year
from pipeline.core.record.rules import SheetCells
from pipeline.core.record.rules.expressions import read_expression, told, worth
from pipeline.flows import snapshot
from pipeline.flows.site import render_all
from pipeline.flows.wording import load_labels

NAMES = ("a", "b", "bao-cao")
VALUES = {"a": Fraction(3), "b": Fraction(0), "bao-cao": Fraction(1, 2), "out_of": Fraction(2)}

WORTH: list[tuple[str, Fraction | bool | None]] = [
    ("1 + 2 * 3", Fraction(7)),
    ("(1 + 2) * 3", Fraction(9)),
    ("10 - 2 - 3", Fraction(5)),
    ("12 / 2 / 3", Fraction(2)),
    ("-a + 1", Fraction(-2)),
    ("- - a", Fraction(3)),
    ("2 * -a", Fraction(-6)),
    ("a - bao-cao", Fraction(5, 2)),
    ("out_of*a/8", Fraction(3, 4)),
    ("min(a, 2, out_of - 1)", Fraction(1)),
    ("max(a, b)", Fraction(3)),
    ("abs(b - a)", Fraction(3)),
    ("0.1 + 0.2 = 0.3", True),
    ("a / 3 * 3 = a", True),
    ("1 / 3 + 1 / 3 + 1 / 3 = 1", True),
    ("not a > 3 and b = 0", True),
    ("a > 3 or a = 3 and b > 0", False),
    ("not (a > 3 or b > 0)", True),
    ("a / b", None),
    ("0 * (a / b)", None),
    ("min(1, a / b)", None),
    ("a / (1 / b)", None),
    ("b > 0 and a / b >= 1", False),
    ("b = 0 or a / b >= 1", True),
    ("a / b >= 1 or b = 0", None),
    ("not (a / b >= 1)", None),
]


@pytest.mark.parametrize(("text", "expected"), WORTH)
def test_an_expression_is_worth_what_school_says(text: str, expected: Fraction | bool | None) -> None:  # noqa: FBT001
    truth = isinstance(expected, bool) or any(sign in text for sign in ("<", ">", "="))
    expression = read_expression(text, NAMES, truth=truth)

    assert expression.fault is None
    assert expression.tree is not None
    assert worth(expression.tree, VALUES) == expected


WRONG: list[tuple[str, bool, str, int]] = [
    # the text, whether a condition is wanted, the code, the character from 0
    ("", False, "formula-unfinished", 0),
    ("a +", False, "formula-unfinished", 3),
    ("(a + b", False, "formula-unfinished", 6),
    ("min(a", False, "formula-unfinished", 5),
    ("a b", False, "formula-unexpected", 2),
    ("2a", False, "formula-unexpected", 1),
    ("0,5 * a", False, "formula-unexpected", 1),
    ("a => 3", True, "formula-unexpected", 3),
    ("a == 3", True, "formula-unexpected", 3),
    ("0 < a < 3", True, "formula-unexpected", 6),
    ("a ^ 2", False, "formula-unexpected", 2),
    ("a ** 2", False, "formula-unexpected", 3),
    ("95%", False, "formula-unexpected", 2),
    ("1.2.3", False, "formula-unexpected", 0),
    ("a)", False, "formula-unexpected", 1),
    ("min(a)", False, "formula-unexpected", 5),
    ("abs(a, b)", False, "formula-unexpected", 8),
    ("min a", False, "formula-unexpected", 4),
    ("and", True, "formula-unexpected", 0),
    ("__import__", False, "formula-unexpected", 0),
    ("a + tong", False, "formula-unknown-name", 4),
    ("bao-b", False, "formula-unknown-name", 0),
    ("a + b", True, "formula-needs-condition", 0),
    ("a > 1 and b", True, "formula-needs-condition", 10),
    ("not a", True, "formula-needs-condition", 4),
    ("a > 1", False, "formula-needs-number", 0),
    ("1 + (a > 1)", False, "formula-needs-number", 4),
    ("min(a, b > 1)", False, "formula-needs-number", 7),
    ("(" * 200 + "a" + ")" * 200, False, "formula-too-deep", 21),
    ("-" * 200 + "a", False, "formula-too-deep", 21),
    ("not " * 100 + "a > 1", True, "formula-too-deep", 84),
    ("a + " * 150 + "a", False, "formula-too-long", 500),
]


@pytest.mark.parametrize(("text", "truth", "code", "at"), WRONG)
def test_what_is_wrong_is_told_at_its_character(text: str, code: str, at: int, *, truth: bool) -> None:
    fault = read_expression(text, NAMES, truth=truth).fault

    assert fault is not None
    assert (fault.code, fault.at) == (code, at)


@pytest.mark.parametrize(
    "found", ["1.000.000", "1234567890123456", "0.1234567", ".5", "5.", "NaN", "SUM", "тa", "__class__"]
)
def test_what_cannot_stand_there_is_told_whole(found: str) -> None:
    fault = read_expression(f"a * {found} + 1", NAMES, truth=False).fault

    assert fault is not None
    assert (fault.code, fault.figures) == ("formula-unexpected", {"found": found})


def test_the_longest_sum_is_read_and_worked_out() -> None:
    read_ = read_expression("+".join("a" * 250), ("a",), truth=False).tree

    assert read_ is not None
    assert worth(read_, {"a": Fraction(1)}) == 250


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(a + b) / 2 >= 0.95 and not (a = 0)", "(a + b) / 2 ≥ 0,95 và không (a = 0)"),
        ("a - (b - 1) - 2", "a − (b − 1) − 2"),
        ("a / (b * 2)", "a / (b × 2)"),
        ("-(a + 1) * 2", "−(a + 1) × 2"),
        ("(a > 1 or b > 1) and a < 3", "(a > 1 hoặc b > 1) và a < 3"),
        ("2 * abs(a - b) / min(a, b)", "2 × |a − b| / min(a; b)"),
    ],
)
def test_an_expression_is_told_without_needless_brackets(text: str, expected: str) -> None:
    labels = load_labels("vi")
    words = {sign: labels.text(f"rule.formula-{sign}") for sign in ("and", "or", "not")}
    found = read_expression(text, NAMES, truth=">" in text or "<" in text or "=" in text).tree

    assert found is not None
    assert told(found, lambda name: labels.number(Decimal(name)) if name[0].isdigit() else name, words) == expected


# --- a workbook ------------------------------------------------------------------------------------------------------


def year_of_formulas(first: int, count: int) -> Year:
    """Return a year with a leaf for each formula that an answer can be given to, whatever it then gives."""
    lot = random.Random(first)  # noqa: S311 - cases of a test, not secrets
    criteria, lines = [], []
    for number in range(1, count + 1):
        text, answer = drawn(lot)
        criteria.append(f'    "1.{number}": {{title: T{number}, out_of: 2, rule: {text}}}')
        lines.append(f'"1.{number}": {{answer: {answer}, score: 0}}')
    mode, decimals, _ = ROUNDINGS[first % 3]
    return year_from(
        files_of(
            '"1":\n  title: A\n  children:\n' + "\n".join(criteria),
            lines={("self-assessment", "cuc-thue"): "\n".join(lines)},
            policy=f"{{points: {{decimals: {decimals}, rounding: {mode}}}}}",
        )
    )


@pytest.mark.slow
@pytest.mark.needs("libreoffice-calc")
def test_three_hundred_formulas_are_previewed_as_they_count(tmp_path: Path, program: Callable[[str], str]) -> None:
    books = {f"book-{first}": workbook_of(year_of_formulas(first, 100)) for first in range(3)}

    assert disagreements(books, recalculated(tmp_path, program("libreoffice-calc"), books)) == []


def test_among_the_formulas_are_points_limits_zero_divisors_and_refusals() -> None:
    lot = random.Random(0)  # noqa: S311 - cases of a test, not secrets
    found: dict[str, int] = {}
    for _ in range(300):
        made, (given, faults) = read(*drawn(lot), "2")
        points = made.points(given, out_of=Decimal(2), decimals=2, mode="half-up")
        key = faults[0].code if faults else "left out" if points is None else "limit" if points in {0, 2} else "between"
        found[key] = found.get(key, 0) + 1

    assert {"formula-divides-by-zero", "answer-not-valid", "left out", "limit", "between"} <= found.keys()
    assert min(found.values()) >= 5


def deepest(formula: str) -> int:
    """Count how many brackets are open at once."""
    return max(formula[:end].count("(") - formula[:end].count(")") for end in range(len(formula)))


# A workbook refuses the whole file where a cell has more than 8,192 characters or 64 functions inside each other.
@pytest.mark.parametrize(
    "levels",
    [
        f"{{when: {' or '.join(f'a={number}' for number in range(60))}, points: out_of}}",
        f"{{when: a > 1, points: 'min({','.join('a' * 150)})'}}",
        f"{{when: a > 1, points: '{'+'.join('a' * 200)}'}}",
        ", ".join(f"{{when: '1 / a > {number} or a * c = {number}', points: 'a / c + c / a'}}" for number in range(19)),
    ],
)
def test_no_cell_of_a_form_holds_more_than_a_workbook_takes(levels: str) -> None:
    inputs, gone = "{a: {title: A, unit: count}, c: {title: C}}", " or ".join(f"c={number}" for number in range(60))
    text = f"{{type: formula, inputs: {inputs}, not_applicable_when: '{gone}', levels: [{levels}, {{points: 0}}]}}"
    year = year_from(
        files_of(f'"1": {{title: A, out_of: 2, rule: {text}}}', lines={("self-assessment", "cuc-thue"): ""})
    )
    cells = [cell.value for page in opened(workbook_of(year)).worksheets for row in page.iter_rows() for cell in row]
    formulas = [str(value) for value in cells if isinstance(value, str) and value.startswith("=")]

    assert formulas != []
    assert [one for one in formulas if len(one) > 8_000 or deepest(one) > 60] == []


def test_a_constant_divisor_is_kept_out_of_a_cell() -> None:
    made = rule("{type: formula, inputs: {a: {title: A, unit: count}}, levels: [{points: a * 3 / 4}]}", "2")
    cells = SheetCells({"a": "A1"}, load_labels("vi"), ("", ""))

    assert "SIGN" not in made.formula(cells, out_of=Decimal(2), decimals=2, mode="half-up")


def test_a_formula_too_long_for_a_cell_shows_nothing() -> None:
    points = "min(a / b, b / a, c / a, a / c, b / c, c / b, a / b / c, b / c / a)"
    levels = ", ".join(f"{{when: '{points} > {number}', points: '{points}'}}" for number in range(9))
    inputs = "{a: {title: A}, b: {title: B}, c: {title: C}}"
    made = rule(f"{{type: formula, inputs: {inputs}, levels: [{levels}, {{points: 0}}]}}", "2")
    cells = SheetCells({"a": "A1", "b": "B1", "c": "C1"}, load_labels("vi"), ("", ""))

    assert made.formula(cells, out_of=Decimal(2), decimals=2, mode="half-up") == '""'


# --- through every part ----------------------------------------------------------------------------------------------

LEAF = "3.1"
FORMULA = """          type: formula
          inputs:
            moi: {title: Dịch vụ mới, unit: count}
            cu: {title: Dịch vụ cũ, unit: dịch vụ}
          valid: moi <= 100
          not_applicable_when: moi + cu = 0
          levels:
            - {when: moi >= 3, points: out_of}
            - {when: cu > 0, points: "min(moi * out_of / 2 / cu * cu, 1)"}
            - {points: moi / cu}
"""
PART = "moi"
CRITERIA, SELF = f"data/{YEAR}/criteria.yml", f"data/{YEAR}/self-assessment/{AGENCY}.yml"


def formula_files() -> dict[str, bytes]:
    """Return the tiny world whose leaf 3.1 is scored by a formula that gives each of its answers the same points."""
    text = TINY[CRITERIA].decode()
    start, end = text.index("          type: bands\n          unit: dịch vụ"), text.index('      "3.2":')
    answers = rb'("3\.1":\n(?:    score.*\n)?    answer: )([0-9])\n'
    changed = {path: re.sub(answers, rb"\1{moi: \2, cu: 2}\n", data) for path, data in TINY.items()}
    return {**changed, CRITERIA: (text[:start] + FORMULA + text[end:]).encode()}


def test_a_year_with_a_formula_is_sound() -> None:
    assert [problem for problem in snapshot_of(formula_files()).problems if problem.is_error] == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("{moi: 101, cu: 2}", "answer-not-valid"),
        ("{moi: 1, cu: 0}", "formula-divides-by-zero"),
        ("{moi: 0, cu: 0}", "score-where-nothing-assigned"),
        ("{moi: 1}", "figure-missing"),
        ("1", "answer-not-of-rule"),
        ("{moi: 1, cu: 2, them: 3}", "unknown-answer"),
        ("{moi: 0.5, cu: 2}", "count-not-whole"),
        ("{moi: 0, cu: 2}", "score-off-rule"),
    ],
)
def test_a_wrong_answer_is_told(answer: str, code: str) -> None:
    files = formula_files()
    files[SELF] = files[SELF].replace(b"{moi: 3, cu: 2}", answer.encode())
    found = snapshot_of(files).problems

    assert code in {problem.code for problem in found if problem.is_error and problem.path == SELF}


def test_a_level_without_points_is_told_at_its_own_line() -> None:
    files = formula_files()
    files[CRITERIA] = files[CRITERIA].replace(b"- {points: moi / cu}", b"- {points: null}")
    (problem,) = (one for one in snapshot_of(files).problems if one.is_error)
    line = files[CRITERIA].decode().splitlines()[problem.line - 1]

    assert (problem.code, line.strip()) == ("formula-unfinished", "- {points: null}")


def words_of(levels: str, answer: str) -> tuple[tuple[str, ...], str]:
    """Return the lines of a rule in words, and how an answer's points are worked out."""
    inputs = "{a: {title: A, unit: count}, b: {title: B}, c: {title: C, unit: km}}"
    made = rule(f"{{type: formula, inputs: {inputs}, not_applicable_when: b = 0, levels: {levels}}}", "2")
    given, _ = made.answer(tree(answer))
    labels = load_labels("vi")
    return made.lines(labels, str), made.worked(given, labels)


def test_a_rule_of_one_level_is_told_as_one_and_an_input_without_a_unit_without_brackets() -> None:
    (*inputs, left, points), worked = words_of("[{points: a / b}]", "{a: 3, b: 2, c: 0}")

    assert inputs == ["a: A (số đếm)", "b: B", "c: C (km)"]
    assert (left, points, worked) == ("Không áp dụng khi b = 0.", "Điểm: a / b", "3 / 2 = 1,5")


def test_what_does_not_apply_is_not_worked_out_and_a_number_is_not_told_to_be_itself() -> None:
    levels = "[{when: a > 1, points: out_of}, {points: 0}]"

    assert words_of(levels, "{a: 3, b: 0, c: 0}")[1] == ""
    assert words_of(levels, "{a: 3, b: 1, c: 0}")[1] == "Nếu 3 > 1: 2"


def test_a_figure_beyond_the_bounds_of_points_is_told_with_what_counts() -> None:
    levels = "[{when: a > 1, points: a - c}, {points: a * b}]"

    assert words_of(levels, "{a: 3, b: 1, c: 5}")[1] == "Nếu 3 > 1: 3 − 5 = -2, nên lấy 0"
    assert words_of(levels, "{a: 1, b: 7, c: 0}")[1] == "1 × 7 = 7, nên lấy 2"


def test_a_wrong_formula_is_told_at_its_line_and_column() -> None:
    files = formula_files()
    files[CRITERIA] = files[CRITERIA].replace(b"moi >= 3", b"moi => 3")
    (problem,) = (one for one in snapshot_of(files).problems if one.is_error)
    line = files[CRITERIA].decode().splitlines()[problem.line - 1]

    assert (problem.code, line[problem.column - 1 :][:4]) == ("formula-unexpected", "> 3,")
    assert "“>”" in load_labels("vi").message(problem)


def test_where_nothing_applies_the_line_says_so() -> None:
    files = formula_files()
    files[SELF] = files[SELF].replace(
        b"    answer: {moi: 3, cu: 2}\n    score: 2\n", b"    answer: {moi: 0, cu: 0}\n    not_applicable: A\n"
    )
    files[SELF.replace("self-assessment", "appraisal-1")] = re.sub(
        rb'"3\.1":\n(?:    .*\n)+',
        b'"3.1":\n    not_applicable: A\n',
        files[SELF.replace("self-assessment", "appraisal-1")],
    )
    snapshot = snapshot_of(files)
    entry = score(snapshot.world.years[YEAR]).of(AGENCY)

    assert [problem.code for problem in snapshot.problems if problem.is_error] == []
    assert entry is not None
    assert [leaf.applicable for leaf in entry.leaves if leaf.criterion.code == LEAF] == [False]


def test_it_goes_into_both_forms_and_comes_back() -> None:
    before = snapshot_of(formula_files())
    form = make(before, "self-assessment", AGENCY)
    changed = read_one(before, typed(form, (LEAF, "Trả lời", 1, PART), (LEAF, "Điểm tự chấm", 1)))
    web = read_one(before, handed_over(before, "self-assessment", answered("1", "1")), "phieu.json")
    refused = read_one(before, handed_over(before, "self-assessment", answered("101", "1")), "phieu.json")

    nothing = [(LEAF, "Trả lời", 0, PART), (LEAF, "Trả lời", 0, "cu"), (LEAF, "Điểm tự chấm", None)]
    left_out = read_one(before, typed(form, *nothing))

    assert "answer: {moi: 0, cu: 0}\n    not_applicable: không phát sinh\n" in left_out.files[SELF].decode()
    assert dict(read_one(before, form).files) == {}
    assert b"answer: {moi: 1, cu: 2}\n    score: 1\n" in changed.files[SELF]
    assert b"answer: {moi: 1, cu: 2}\n    score: 1\n" in web.files[SELF]
    assert "answer-not-valid" in codes(refused)


def answered(new: str, points: str) -> Callable[[Any], Any]:
    """Return what someone does who types a figure, and points."""

    def change(content: Any) -> Any:
        line = {**content["lines"][LEAF], "answer": {"moi": Decimal(new), "cu": Decimal(2)}, "score": Decimal(points)}
        return {**content, "lines": {**content["lines"], LEAF: line}}

    return change


@pytest.fixture
def city(repository: Repository) -> Repository:
    repository.write_all({**SCHEMAS, **formula_files()})
    repository.copy(ROOT / "site_templates", "site_templates")
    repository.commit()
    return repository


def test_explain_shows_the_formula_with_the_numbers_put_in(city: Repository, run_command: RunCommand) -> None:
    told_ = run_command("explain", "--year", YEAR, AGENCY, LEAF, cwd=city.root).stdout

    assert "Nếu moi ≥ 3: 2" in told_
    assert "Dịch vụ mới: 3; Dịch vụ cũ: 2" in told_
    assert "Nếu 2 > 0: min(2 × 2 / 2 / 2 × 2; 1) = 1" in told_


def test_what_if_tries_points_and_offers_no_way_over_a_formula(city: Repository, run_command: RunCommand) -> None:
    told_ = run_command("whatif", AGENCY, "--year", YEAR, "--reach", "xuat-sac", cwd=city.root).stdout
    tried = run_command("whatif", AGENCY, "--year", YEAR, "--set", f"{LEAF}=1.37", cwd=city.root)

    assert "phần mềm không tìm số liệu cho công thức: 3.1" in told_
    assert tried.code == 0


ONLY_FORMULAS = """
"1": {title: A, out_of: 10, rule: {type: formula, inputs: {a: {title: A}}, levels: [{points: a}]}}
"2": {title: B, out_of: 10, rule: {type: judged, step: 1}}
"""


def test_points_of_a_formula_are_not_written_out_however_fine_the_year_counts() -> None:
    lines = {("self-assessment", "a"): '"1": {answer: {a: 4}, score: 4}\n"2": {score: 3}'}
    results = score(year_from(files_of(ONLY_FORMULAS, agencies=["a"], lines=lines, policy="{points: {decimals: 6}}")))
    own = {leaf["code"]: leaf for leaf in leaves_json(results, results.agencies[0])}
    (moved,) = what_if(results, "a", {"1": Decimal("4.000001")}).moves

    assert (own["1"]["planned"], own["1"]["attainable"]) == (False, [])
    assert own["2"]["attainable"] == [["0", "10", "1"]]
    assert moved.attainable


@pytest.mark.parametrize(("answer", "said"), [("4", "Không tìm được cách"), ("10", "Không thể")])
def test_a_goal_is_called_impossible_only_where_no_figures_of_a_formula_could_reach_it(answer: str, said: str) -> None:
    lines = f'"1": {{answer: {{a: {answer}}}, score: {answer}}}\n"2": {{score: 3}}'
    agencies = {"a": lines, "b": '"1": {answer: {a: 10}, score: 10}\n"2": {score: 10}'}
    grades = "[{id: tot, from: 101, title: Tốt}, {id: yeu, from: 0, title: Yếu}]"
    files = files_of(
        ONLY_FORMULAS,
        agencies=agencies,
        lines={("self-assessment", agency): own for agency, own in agencies.items()},
        grades=grades,
    )
    results = score(year_from(files))
    told_ = whatif_text(what_if(results, "a", {}, goal=grade_goal(results, "tot")), load_labels("vi"))

    assert f"{said} đạt loại Tốt" in told_


def test_a_change_of_the_formula_is_told(city: Repository, run_command: RunCommand) -> None:
    city.write(CRITERIA, formula_files()[CRITERIA].replace(b"moi >= 3", b"moi >= 2"))
    told_ = run_command("diff", "HEAD", cwd=city.root).stdout

    assert "khi: moi >= 2; điểm" in told_


def test_a_bundle_with_a_formula_computes_itself_again(
    city: Repository, run_command: RunCommand, tmp_path: Path
) -> None:
    folder = tmp_path / "open"
    made = run_command(
        *("export", "--year", YEAR, "--audience", "internal", "--today", "2025-03-20", "-o", str(folder)), cwd=city.root
    )
    proved = run_command("verify", "--bundle", str(folder), cwd=city.root)

    assert (made.code, proved.code) == (0, 0), proved


def test_pages_say_the_formula_and_the_web_form_asks_for_its_figures(
    city: Repository, run_command: RunCommand, tmp_path: Path
) -> None:
    opened = open_repository(city.root)
    words = [load_labels("vi")]
    pages = render_all(snapshot.take(opened, None), opened, audience="internal", today="2025-03-20", languages=words)
    made = run_command(
        *("form", "make", "--year", YEAR, "--stage", "self-assessment", "--web", "-o", str(tmp_path / "web"), AGENCY),
        cwd=city.root,
    )
    (page,) = (tmp_path / "web").rglob("index.html")
    text = html.unescape(page.read_text("utf-8"))

    assert "Nếu moi ≥ 3: 2" in html.unescape(pages[f"{YEAR}/tieu-chi/{LEAF}/index.md"].decode())
    assert made.code == 0, made
    assert f'data-path="/lines/{LEAF}/answer/moi"' in text
    assert "Dịch vụ cũ" in text
    assert "Tối đa 0 điểm" not in text  # of a bonus
    assert "Điểm tối đa" not in html.unescape(pages[f"{YEAR}/tieu-chi/4.1/index.md"].decode())

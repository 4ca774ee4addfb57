"""What holds for every year that anyone could write, not only for the cases in the tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import files_of, rule, tree, year_from

from pipeline.core.ground.numbers import Rounding, rounded
from pipeline.core.index.score_words import score_json
from pipeline.core.index.scoring import score
from pipeline.core.record.model import Year
from pipeline.core.record.rules import Rule

AGENCIES = ("a", "b", "c")
STAGES = ("self-assessment", "appraisal-1", "appraisal-2", "council-decision")
CRITERIA = """
"1":
  title: A
  children:
    "1.1": {title: A, out_of: 3, may_not_apply: Có, rule: {type: judged, step: 0.01}}
    "1.2": {title: B, out_of: 5, may_not_apply: Có, rule: {type: judged, step: 0.01}}
"2": {title: C, out_of: 7, rule: {type: judged, step: 0.01}}
"3": {title: D, out_of: 4, rule: {type: survey, groups: {g: 4}}}
"4": {title: E, out_of: 6, rule: {type: sipas, group: s}}
"""
BONUS = """
"5": {title: F, out_of: 0, rule: {type: bonus, items: {x: {per: 1, title: X}}, most: 3, least: -3}}
"""
SURVEY = """
fieldwork: {from: 2024-12-01, to: 2024-12-31}
modes: [online]
scales: {m: {options: {t: {value: 1, title: T}, k: {value: 0.35, title: K}, e: {value: 0, title: E}}, no_opinion: n}}
groups: {g: {title: G}, s: {title: S, source: sipas}}
questions:
  q1: {scale: m, criterion: "3", groups: [g], text: Q}
  q2: {scale: m, criterion: "3", groups: [g], text: Q}
policy: {group_without_answers: exclude}
"""
OUT_OF = {"1.1": 300, "1.2": 500, "2": 700}  # hundredths


@dataclass(frozen=True)
class Given:
    """One year as integers: hundredths of points, None for "not applicable", counts of answers, SIPAS in hundredths."""

    lines: Mapping[tuple[str, str], Mapping[str, int | None]]
    answers: Mapping[str, tuple[tuple[int, int, int, int], tuple[int, int, int, int]]]
    sipas: Mapping[str, int]
    bonus: Mapping[str, int]

    def files(self, *, bonus: bool = True, policy: str = "{}") -> dict[str, str]:
        """Return the files that say so."""
        lines = {
            place: "\n".join(
                f'"{code}": {{score: {hundredths(points)}}}'
                if points is not None
                else f'"{code}": {{not_applicable: N}}'
                for code, points in said.items()
            )
            for place, said in self.lines.items()
        }
        if bonus:
            for agency, points in self.bonus.items():
                lines["appraisal-1", agency] += f'\n"5": {{score: {hundredths(points)}}}'
        counts = {
            ("g", agency): f"forms: {{valid: {sum(one)}}}\nanswers:\n"
            + "\n".join(
                f"  q{number}: {{t: {t}, k: {k}, e: {e}, n: {n}}}" for number, (t, k, e, n) in enumerate((one, two), 1)
            )
            for agency, (one, two) in self.answers.items()
        }
        counts |= {
            ("s", agency): f"sipas: {hundredths(percent)}\nrespondents: 9" for agency, percent in self.sipas.items()
        }
        criteria = CRITERIA + BONUS if bonus else CRITERIA
        return files_of(
            criteria, agencies=AGENCIES, lines=lines, survey=SURVEY, counts=counts, policy=policy, out_of="25"
        )


def hundredths(value: int) -> str:
    """Return an integer number of hundredths as a decimal literal."""
    sign, (whole, rest) = "-" if value < 0 else "", divmod(abs(value), 100)
    return f"{sign}{whole}.{rest:02}"


def said(*, whole: bool) -> st.SearchStrategy[dict[str, int | None]]:
    """Make the lines of one stage: of every leaf, or of any."""
    values: dict[str, st.SearchStrategy[int | None]] = {
        code: st.integers(0, most) | st.none() if code != "2" else st.integers(0, most) for code, most in OUT_OF.items()
    }
    return st.fixed_dictionaries(values) if whole else st.fixed_dictionaries({}, optional=values)


COUNTS = st.tuples(*[st.integers(0, 60)] * 4)
YEARS = st.builds(
    Given,
    lines=st.fixed_dictionaries(
        {(stage, agency): said(whole=stage == "appraisal-1") for stage in STAGES for agency in AGENCIES}
    ),
    answers=st.fixed_dictionaries({agency: st.tuples(COUNTS, COUNTS) for agency in AGENCIES}),
    sipas=st.fixed_dictionaries({agency: st.integers(0, 10000) for agency in AGENCIES}),
    bonus=st.fixed_dictionaries({agency: st.integers(-300, 300) for agency in AGENCIES}),
)
PROPERTY = settings(max_examples=60, deadline=None, derandomize=True)


def half_up(numerator: int, denominator: int) -> int:
    """Round a quotient of integers, not negative, to a whole number, a half up."""
    return (2 * numerator + denominator) // (2 * denominator)


def by_hand(year: Given, agency: str, *, bonus: bool) -> tuple[int, int]:
    """Return points and out_of in hundredths, by integers alone and by another road than the code under test."""
    points, out_of = (year.bonus[agency] if bonus else 0), 0
    for code, most in OUT_OF.items():
        last: int | None = None
        for stage in STAGES:
            last = year.lines[stage, agency].get(code, last) if stage != "self-assessment" else last
        if last is not None:
            points, out_of = points + last, out_of + most
    asked = [(20 * (100 * t + 35 * k), 100 * (t + k + e)) for t, k, e, _ in year.answers[agency] if t + k + e]
    if len(asked) == 1:
        ((over, under),) = asked
        points, out_of = points + half_up(20 * over, under), out_of + 400
    elif asked:
        (over, under), (over_2, under_2) = asked
        points, out_of = points + half_up(10 * (over * under_2 + over_2 * under), under * under_2), out_of + 400
    return points + half_up(6 * year.sipas[agency], 100), out_of + 600


def year_of(given_year: Given, *, bonus: bool = True, policy: str = "{}") -> Year:
    """Return the records of a year."""
    return year_from(given_year.files(bonus=bonus, policy=policy))


@PROPERTY
@given(YEARS)
def test_points_and_index_are_those_that_integers_give_rounded_once(given_year: Given) -> None:
    for entry in score(year_of(given_year)).agencies:
        points, out_of = by_hand(given_year, entry.agency.slug, bonus=True)
        index = min(10000, max(0, half_up(10000 * max(points, 0), out_of)))

        assert (Fraction(points, 100), Fraction(out_of, 100)) == (entry.total.points, entry.total.out_of)
        assert Decimal(hundredths(index)) == entry.published


@PROPERTY
@given(YEARS)
def test_the_index_is_the_exact_quotient_of_its_leaves_and_the_parts_make_the_whole(given_year: Given) -> None:
    for entry in score(year_of(given_year, bonus=False)).agencies:
        counted = [leaf for leaf in entry.leaves if leaf.applicable]
        points = sum((leaf.points or Fraction(0) for leaf in counted), Fraction(0))
        out_of = sum((leaf.out_of or Fraction(0) for leaf in counted), Fraction(0))

        assert 100 * points / out_of == entry.index
        assert (points, out_of) == (
            entry.appraisal.points + entry.survey.points,
            entry.appraisal.out_of + entry.survey.out_of,
        )
        assert (points, out_of) == (
            sum((area.points for area in entry.areas), Fraction(0)),
            sum((area.out_of for area in entry.areas), Fraction(0)),
        )


@PROPERTY
@given(YEARS)
def test_points_stay_within_bounds_and_the_index_within_0_and_100(given_year: Given) -> None:
    for entry in score(year_of(given_year)).agencies:
        assert entry.index is not None
        assert 0 <= entry.index <= 100
        for leaf in entry.leaves:
            if leaf.points is not None and leaf.out_of:
                assert 0 <= leaf.points <= leaf.out_of


@PROPERTY
@given(YEARS, st.sampled_from(sorted(OUT_OF)), st.sampled_from(AGENCIES), st.integers(1, 100))
def test_a_higher_score_never_lowers_an_index_nor_anothers(
    given_year: Given, code: str, agency: str, more: int
) -> None:
    place = ("council-decision", agency)
    before = dict(given_year.lines[place])
    stood = before.get(code)
    low = stood if stood is not None else 0
    raised = {**before, code: min(OUT_OF[code], low + more)}
    lower = replace(given_year, lines={**given_year.lines, place: {**before, code: low}})
    higher = replace(given_year, lines={**given_year.lines, place: raised})
    first, second = (
        {entry.agency.slug: (entry.index, entry.rank) for entry in score(year_of(it, bonus=False)).agencies}
        for it in (lower, higher)
    )
    (index, rank), (new_index, new_rank) = first[agency], second[agency]

    assert index is not None
    assert new_index is not None
    assert rank is not None
    assert new_rank is not None
    assert new_index - index >= 0
    assert (new_index > index) is (raised[code] != low)
    assert new_rank <= rank
    assert {slug: figures[0] for slug, figures in first.items() if slug != agency} == {
        slug: figures[0] for slug, figures in second.items() if slug != agency
    }


@PROPERTY
@given(YEARS, st.randoms(use_true_random=False))
def test_neither_the_order_of_files_nor_that_of_keys_reaches_a_result(given_year: Given, random: Random) -> None:
    files = given_year.files()
    shuffled = list(files)
    random.shuffle(shuffled)
    plain = year_from(files)
    other = year_from({path: files[path] for path in shuffled})
    turned = replace(
        plain,
        agencies=dict(reversed(list(plain.agencies.items()))),
        stages={stage: dict(reversed(list(by.items()))) for stage, by in reversed(list(plain.stages.items()))},
        counts=dict(reversed(list(plain.counts.items()))),
    )
    expected = score_json(score(plain), None)

    assert [expected, expected] == [score_json(score(year), None) for year in (other, turned)]
    assert plain.inputs == other.inputs


@PROPERTY
@given(YEARS, st.sampled_from(["published", "exact"]), st.sampled_from(["competition", "dense"]))
def test_ranks_follow_the_figure_they_compare(given_year: Given, on: str, ties: str) -> None:
    entries = score(year_of(given_year, policy=f"{{rank: {{on: {on}, ties: {ties}}}}}")).agencies
    figures = [entry.index if on == "exact" else entry.published for entry in entries]
    ranks = [entry.rank for entry in entries]
    above = [
        [figure for figure in figures if figure is not None and own is not None and figure > own] for own in figures
    ]

    assert [1 + len(set(better) if ties == "dense" else better) for better in above] == ranks
    assert sorted(ranks, key=lambda rank: rank or 0) == ranks


@PROPERTY
@given(YEARS, st.integers(0, 4), st.integers(0, 4))
def test_figures_in_json_are_text_with_just_the_decimals_of_the_year(
    given_year: Given, points: int, index: int
) -> None:
    policy = f"{{points: {{decimals: {points}}}, index: {{decimals: {index}}}}}"
    answer = score_json(score(year_of(given_year, policy=policy)), None)
    forms = {"points": points, "out_of": points, "index": index}
    found = list(figures_in(answer))

    assert {"points", "out_of", "index"} == {name for name, _ in found}
    for name, text in found:
        decimals = rf"\.[0-9]{{{forms[name]}}}" if forms[name] else ""

        assert re.fullmatch(rf"-?(0|[1-9][0-9]*){decimals}", text)
        assert not re.fullmatch(r"-0(\.0*)?", text)


def figures_in(value: object) -> list[tuple[str, str]]:
    """Return every figure below a JSON value with its name; a binary float anywhere fails the test."""
    assert not isinstance(value, float)
    if isinstance(value, list):
        return [figure for item in value for figure in figures_in(item)]
    if not isinstance(value, dict):
        return []
    named = [
        (key, str(inner)) for key, inner in value.items() if key in {"points", "out_of", "index"} and inner is not None
    ]
    assert all(isinstance(value[key], str) for key, _ in named)
    return named + [figure for inner in value.values() for figure in figures_in(inner)]


@PROPERTY
@given(st.fractions(max_denominator=10**6), st.integers(0, 6), st.sampled_from(["half-up", "half-even", "down"]))
def test_rounding_moves_a_number_no_further_than_its_last_digit(value: Fraction, decimals: int, mode: Rounding) -> None:
    result = Fraction(rounded(value, decimals, mode))
    unit = Fraction(1, 10**decimals)

    assert (result / unit).denominator == 1
    assert abs(result - value) < unit if mode == "down" else abs(result - value) <= unit / 2
    assert abs(result) <= abs(value) or mode != "down"
    assert -result == Fraction(rounded(-value, decimals, mode))


RULES = [
    ("{type: proportional, full_from: 95, zero_below: 60, when_none: full}", "share"),
    ('{type: bands, unit: "%", bands: [{from: 80, points: 2}, {above: 50, points: 1}, {points: 0}]}', "share"),
    ("{type: deduction, floor: 0.5, faults: {x: {per: 0.25, title: X}}}", "faults"),
    ("{type: bonus, most: 2, least: -1, items: {x: {per: -0.5, title: X}}}", "faults"),
]


@PROPERTY
@given(st.sampled_from(RULES), st.integers(0, 400), st.integers(0, 400), st.integers(1, 400))
def test_more_done_never_earns_less_more_faults_never_earn_more_and_all_stays_within_bounds(
    given_rule: tuple[str, str], one: int, two: int, assigned: int
) -> None:
    text, kind = given_rule
    read = rule(text)
    less, more = (
        sorted((min(one, assigned), min(two, assigned))) if kind == "share" else sorted((one, two), reverse=True)
    )
    earned = [points_of(read, kind, count, assigned) for count in (less, more)]

    assert earned[0] <= earned[1]
    assert all(read.smallest() <= points <= read.largest(Decimal(2)) for points in earned)


def points_of(read: Rule, kind: str, count: int, assigned: int) -> Decimal:
    """Return the points that a rule gives for a count."""
    answer, faults = read.answer(
        tree(f"{{done: {count}, assigned: {assigned}}}" if kind == "share" else f"{{x: {count}}}")
    )
    points = read.points(answer, out_of=Decimal(2), decimals=2, mode="half-up")
    assert faults == ()
    assert points is not None
    return points

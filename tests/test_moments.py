"""Moments since decision 0050: agencies are joined by one product, which respondents worked out one by one confirm."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import combinations
from pathlib import Path
from textwrap import indent

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pairs import comparison
from tallyworlds import LEADERS, csv_of, tallied
from test_rank_ranges import open_ranks
from worlds import files_of, year_from
from wrong_responses import NO_TIME, many_agencies

from pipeline.adapters import tables
from pipeline.core.index.scoring import Results, score
from pipeline.core.record.model import Year
from pipeline.core.survey.disclosure import disclosure, widest
from pipeline.core.survey.intervals import Estimate, Estimates, estimate
from pipeline.core.survey.tally import PERSONS, CommonForms, Recipe, contributions, counts_of, moments_text, recipe_of
from pipeline.flows import writing

AGENCIES = ("a", "b", "c")
CRITERIA = """
    "1":
      title: Một
      out_of: 3
      rule: {type: survey, groups: {so: 3}}
    "2":
      title: Hai
      out_of: 1.5
      rule: {type: survey, groups: {so: 1.5}}
    "3":
      title: Ba
      out_of: 5.5
      rule: {type: judged, step: 0.5}
"""
PLAN = """
    fieldwork: {{from: 2024-12-01, to: 2024-12-31}}
    modes: [online]
    scales:
      thang:
        options:
          tot: {{value: 1, title: Tốt}}
          vua: {{value: 0.55, title: Vừa}}
          kem: {{value: 0, title: Kém}}
        no_opinion: khong-biet
    groups:
      so: {{title: Các sở, layout: matrix}}
    questions:
      q1: {{scale: thang, criterion: "1", groups: [so], text: Một}}
      q2: {{scale: thang, criterion: "1", groups: [so], text: Hai}}
      q3: {{scale: thang, criterion: "1", groups: [so], text: Ba}}
      q4: {{scale: thang, criterion: "2", groups: [so], text: Bốn}}
    policy: {{group_without_answers: exclude, moments_from: {least}, show_from: {{so: 2}}}}
"""
QUESTIONS = {"q1": "1", "q2": "1", "q3": "1", "q4": "2"}
POINTS = {"1": Fraction(3), "2": Fraction(3, 2)}
VALUE = {1: Fraction(1), 2: Fraction(55, 100), 3: Fraction(0)}  # by code; 0 is blank and 4 no opinion
UNIT = Fraction(1, 10**15)

Form = tuple[tuple[int, ...], ...]  # for each agency the codes of its questions; blank throughout is no form of it
answers_on_one = st.tuples(*[st.integers(0, 4)] * len(QUESTIONS))
forms_of_three = st.lists(st.tuples(*[answers_on_one] * len(AGENCIES)), min_size=4, max_size=9)


@cache
def recipe(least: int = 2) -> Recipe:
    year = year_from(world(least=least))
    assert year.survey is not None
    return recipe_of(year, year.survey.groups["so"], matrix=True)


def world(*, least: int = 2, agencies: str | Sequence[str] = AGENCIES) -> dict[str, str]:
    lines = {("council-decision", slug): '"3": {score: 4}' for slug in AGENCIES}
    plan = PLAN.format(least=least)
    return files_of(
        CRITERIA, agencies=agencies, lines=lines, survey=plan, policy="{points: {leaf: exact}}", out_of="10"
    )


def coded(said: Sequence[Form]) -> tables.Coded:
    """Return forms as the adapter codes them; who left an agency blank has no form of it."""
    answers = np.array([[code for own in form for code in own] for form in said], dtype=np.uint16)
    verdicts = np.array([[0 if any(own) else 5 for own in form] for form in said], dtype=np.uint8)
    size = len(said)
    zeros = {"token": np.zeros(size, np.uint64), "when": np.zeros(size, np.int64), "mode": np.full(size, -1, np.int8)}
    flags = {"exact": np.zeros(size, np.bool_), "straight": np.zeros(size, np.bool_)}
    row, agency = np.arange(size, dtype=np.int32), np.full(size, -1, np.int16)
    return tables.Coded(size, 0, row, agency, answers, verdicts=verdicts, marks=(), **zeros, **flags)


def counted(said: Sequence[Form], least: int = 2, parts: int = 1) -> dict[str, str]:
    """Return the files that come of forms, counted in so many parts."""
    made = [coded(part) for part in (said[n::parts] for n in range(parts)) if part]
    asked = recipe(least)
    sums = tables.added(*(tables.count_part(asked, n, part) for n, part in enumerate(made))).sums
    added = contributions(asked, sums)
    sums += tables.added(*(tables.common((asked, added), n, part) for n, part in enumerate(made))).sums
    files = {
        f"data/2024/survey/so/{slug}.yml": writing.dump(counts_of(asked, sums, slug)).decode() for slug in AGENCIES
    }
    text = moments_text(asked, sums)
    return {**files, **({"data/2024/survey/moments/so.yml": text} if text else {})}


def year_of(files: Mapping[str, str], **changed: str) -> Year:
    bare = {path: text.removeprefix("format: 1\n") for path, text in files.items()}
    return year_from({**world(), **bare, **changed})


def added_by_each(said: Sequence[Form], agency: int) -> list[Fraction]:
    """Return what each form adds to an agency's survey points, linearised, from the answers themselves."""
    heard = [[form[agency][n] for form in said if form[agency][n] in VALUE] for n in range(len(QUESTIONS))]
    means = [sum((VALUE[code] for code in codes), Fraction(0)) / len(codes) if codes else None for codes in heard]
    weights = []
    for n, criterion in enumerate(QUESTIONS.values()):
        beside = [m for m, other in zip(means, QUESTIONS.values(), strict=True) if other == criterion and m is not None]
        weights.append(POINTS[criterion] / len(beside) if means[n] is not None else Fraction(0))
    return [
        sum(
            (
                weight * (VALUE[code] - mean) / len(codes)
                for code, weight, mean, codes in zip(form[agency], weights, means, heard, strict=True)
                if code in VALUE and mean is not None
            ),
            Fraction(0),
        )
        for form in said
    ]


def is_kept(said: Sequence[Form], agency: int, least: int) -> bool:
    numbers = [sum(form[agency][n] in VALUE for form in said) for n in range(len(QUESTIONS))]
    return any(numbers) and all(number == 0 or number >= least for number in numbers)


# Two forms each, whose errors sum up to a little less than one degree of freedom.
LEAST = [
    ((0, 0, 0, 3), (0, 0, 0, 0), (0, 0, 3, 0)),
    ((3, 0, 1, 0), (0, 0, 0, 0), (0, 1, 0, 0)),
    ((1, 1, 0, 0), (1, 1, 0, 0), (1, 0, 1, 3)),
    ((1, 3, 0, 0), (1, 1, 1, 1), (0, 0, 3, 1)),
]


@settings(max_examples=60, deadline=None)
@example(LEAST, 1)
@given(forms_of_three, st.integers(1, 3))
def test_products_and_errors_of_differences_are_those_of_the_respondents(said: list[Form], parts: int) -> None:
    files = counted(said, parts=parts)
    year = year_of(files)
    found = year.moments["so"].between if year.moments else {}
    results = score(year)
    estimates = estimate(results)

    for slug, own in estimates.agencies.items():
        assert own.unknown or (own.best_rank, own.worst_rank) == open_ranks(results, estimates, slug)
    for one, other in combinations(range(len(AGENCIES)), 2):
        pair = AGENCIES[one], AGENCIES[other]
        both = [form for form in said if all(any(c in VALUE for c in form[n]) for n in (one, other))]
        kept = len(both) >= 2 and is_kept(said, one, 2) and is_kept(said, other, 2)

        assert (pair in found) == kept
        if kept:
            first, second = added_by_each(said, one), added_by_each(said, other)
            product = sum((x * y for x, y in zip(first, second, strict=True)), Fraction(0))

            assert found[pair].n == len(both)
            assert abs(product / UNIT - found[pair].product) <= Fraction(1, 2) + Fraction(1, 10**6)
            assert is_near(said, results, (one, other), difference(estimates, pair))


def difference(found: Estimates, pair: tuple[str, str]) -> Estimate:
    return comparison(found.comparisons, pair).difference


def is_near(said: Sequence[Form], results: Results, pair: tuple[int, int], found: Estimate) -> bool:
    """Tell whether an error is that of the difference of two indices, or above it where it is a bound."""
    parts = []
    for agency in pair:
        forms = sum(any(form[agency]) for form in said)
        scale = 100 / float(results.entry(AGENCIES[agency]).total.out_of) * math.sqrt(forms / (forms - 1))
        parts.append([scale * float(each) for each in added_by_each(said, agency)])
    error = math.sqrt(math.fsum((x - y) ** 2 for x, y in zip(*parts, strict=True)))
    assert found.error is not None
    return found.error >= error - 1e-6 if found.bounds else abs(found.error - error) < 1e-6


SAID: list[Form] = [
    ((1, 1, 2, 1), (2, 1, 2, 1), (3, 2, 3, 1)),
    ((3, 2, 2, 3), (3, 3, 2, 2), (1, 2, 1, 3)),
    ((2, 2, 1, 2), (1, 2, 1, 2), (3, 2, 2, 2)),
    ((1, 3, 3, 1), (2, 3, 3, 1), (2, 1, 1, 3)),
    ((3, 1, 2, 3), (3, 1, 3, 3), (0, 0, 0, 0)),
]


def test_the_file_says_weights_sums_of_each_agency_and_products_of_two() -> None:
    text = counted(SAID)["data/2024/survey/moments/so.yml"]

    assert text.splitlines()[:9] == [
        "format: 1",
        "weights:",
        '  "1": {points: 3, questions: [q1, q2, q3]}',
        '  "2": {points: 1.5, questions: [q4]}',
        "agencies:",
        "  a:",
        "    pairs:",
        '      - {questions: [q1, q1], "n": 5, sums: [2.55, 2.55], products: 2.3025}',
        '      - {questions: [q1, q2], "n": 5, sums: [2.55, 3.1], products: 1.3025}',
    ]
    assert text.splitlines()[-4:-2] == ["between:", '  - {agencies: [a, b], "n": 5, product: 199775000000000}']
    assert text.count("questions:") == 2 + 3 * 10


def test_products_half_way_between_two_units_go_to_the_even_one() -> None:
    asked = recipe()
    sums = tables.count_part(asked, 0, coded(SAID)).sums
    products = [CommonForms(2, halves * 5 * 10**32) for halves in (1, 3, -3)]
    told = [moments_text(asked, replace(sums, shared={("a", "b"): product})) for product in products]

    assert [text.rsplit("product: ", 1)[1] for text in told] == ["0}\n", "2}\n", "-2}\n"]


@pytest.mark.parametrize(("least", "kept"), [(4, [("a", "b"), ("a", "c"), ("b", "c")]), (5, [("a", "b")]), (6, None)])
def test_pairs_of_fewer_common_forms_are_not_kept(least: int, kept: list[tuple[str, str]] | None) -> None:
    files = counted(SAID, least)
    moments = year_of(files).moments.get("so")

    assert kept == (list(moments.between) if moments else None)


# --- while a pair may be used -----------------------------------------------------------------------------------------


def difference_of(files: Mapping[str, str], **changed: str) -> Estimate:
    return difference(estimate(score(year_of(files, **changed))), ("a", "b"))


def test_weights_may_all_grow_by_one_factor_but_no_other_way() -> None:
    files = counted(SAID)
    path = "data/2024/criteria.yml"
    before = difference_of(files)
    criteria = world()[path]
    more = criteria.replace("so: 3}", "so: 6}").replace("so: 1.5}", "so: 3}")
    twice = difference_of(files, **{path: more})
    other = difference_of(files, **{path: criteria.replace("so: 3}", "so: 2}")})

    assert (before.bounds, twice.bounds, other.bounds) == ((), (), ("shared-raters",))
    assert before.error is not None
    assert before.error == pytest.approx(error_of(SAID, (10, 10)), rel=1e-9)
    assert twice.error == pytest.approx(error_of(SAID, (14.5 / 2, 14.5 / 2)), rel=1e-9)


def error_of(said: Sequence[Form], out_of: tuple[float, float]) -> float:
    """Return the error of the difference of the first two agencies' indices, from the answers themselves."""
    size = len(said) / (len(said) - 1)
    each = [[100 / out_of[n] * float(x) for x in added_by_each(said, n)] for n in (0, 1)]
    return math.sqrt(size * math.fsum((x - y) ** 2 for x, y in zip(*each, strict=True)))


def test_a_criterion_that_no_longer_applies_never_makes_an_error_smaller_than_the_answers_do() -> None:
    files = counted(SAID)
    without = 'not_applicable: [{criterion: "2", reason: Không có}]'
    agencies = f"a: {{name: a, short: a, {without}}}\nb: {{name: b, short: b}}\nc: {{name: c, short: c}}"
    path = "data/2024/agencies.yml"
    found = difference_of(files, **{path: world(agencies=agencies)[path]})

    blank: list[Form] = [((*form[0][:3], 0), *form[1:]) for form in SAID]

    assert found.bounds == ("shared-raters",)
    assert found.error is not None
    assert found.error >= error_of(blank, (8.5, 10))


def test_moments_of_other_answers_than_the_counts_are_not_used() -> None:
    files = counted(SAID)
    path = "data/2024/survey/so/a.yml"
    text = files[path]
    changed = text.replace("tot: 2\n    vua: 1", "tot: 1\n    vua: 2", 1)

    assert difference_of({**files, path: changed}).bounds == ("no-moments", "shared-raters")


def test_an_amendment_of_counts_brings_the_moments_that_fit_them() -> None:
    """What is corrected afterwards compares as if it had been counted so from the beginning."""
    before, after = counted(SAID), counted([((2, *form[0][1:]), *form[1:]) for form in SAID])
    path, sums = "data/2024/survey/so/a.yml", "data/2024/survey/moments/so.yml"
    amendment = (
        "format: 1\nstage: survey\ngroup: so\nagency: a\nexpect: " + "0" * 64 + "\n"
        f"file:\n{indent(after[path], '  ')}moments:\n{indent(after[sums], '  ')}"
        "reason: Đếm sót phiếu\ndecision: {number: 1/QĐ, date: 2025-03-01, issuer: so}\n"
    )
    amended = {**before, "data/2024/amendments/0001.yml": amendment}
    without = {**amended, "data/2024/amendments/0001.yml": re.sub(r"moments:\n(  .*\n)+", "", amendment)}

    assert before[path] != after[path]
    assert difference_of(amended) == difference_of(after) != difference_of(before)
    assert "shared-raters" in difference_of(without).bounds


def test_a_pair_with_a_hidden_row_is_not_used_publicly() -> None:
    alike = [(form[0], (1, *form[1][1:]), form[2]) for form in (*SAID, *SAID)]
    year = year_of(counted(alike))
    results = score(year)
    hidden = disclosure(results)
    public = widest(results, hidden)

    assert {place[1] for place in hidden.counts} == {"b"}
    assert list(year.moments["so"].between) == [("a", "b"), ("a", "c"), ("b", "c")]
    assert list(public.year.moments["so"].between) == [("a", "c")]
    assert difference(estimate(public), ("a", "b")).bounds == ("no-moments", "shared-raters")


def test_reliability_and_leaves_come_from_each_agency_alone() -> None:
    files = counted(SAID)
    path = "data/2024/survey/moments/so.yml"
    whole = estimate(score(year_of(files)))
    without = estimate(score(year_of({**files, path: files[path].partition("between:")[0]})))

    assert (whole.leaves, whole.parts, whole.reliability) == (without.leaves, without.parts, without.reliability)
    assert difference(without, ("a", "b")).bounds == ("shared-raters",)
    assert [one.alpha for one in whole.reliability] != [None]


# --- many agencies ----------------------------------------------------------------------------------------------------


def filled(agencies: Sequence[int], questions: int, forms: int) -> bytes:
    """Return forms on several agencies, the same ones each time."""
    words = ("rat-tot", "tot", "binh-thuong", "chua-tot", "kem", "")
    picks = np.random.default_rng(agencies[0]).integers(0, len(words), (forms, questions * len(agencies))).tolist()
    header = ("token", *(f"h{n}__a{agency}" for agency in agencies for n in range(questions)))
    rows = [(f"t{agencies[0]}-{n}", *(words[pick] for pick in row)) for n, row in enumerate(picks)]
    return csv_of(rows, header)


def test_forty_agencies_on_one_form_of_eleven_questions_are_counted(tmp_path: Path) -> None:
    files = {"phieu.csv": filled(range(40), 11, 24)}
    made = tallied(tmp_path, files, group=LEADERS, snapshot=many_agencies(40, 11), unjudged=NO_TIME)
    text = made.files["data/2024/survey/moments/lanh-dao-so.yml"].decode()

    assert made.problems == ()
    assert (text.count("questions:") - 1, text.count("product:")) == (40 * 66, 40 * 39 // 2)


def test_agencies_that_districts_rate_are_joined_within_a_district_only(tmp_path: Path) -> None:
    districts = {f"huyen-{n}.csv": filled(range(25 * n, 25 * n + 25), 11, 20) for n in range(4)}
    made = tallied(tmp_path, districts, group=LEADERS, snapshot=many_agencies(100, 11), unjudged=NO_TIME)
    text = made.files["data/2024/survey/moments/lanh-dao-so.yml"].decode()

    assert made.problems == ()
    assert (text.count("questions:") - 1, text.count("product:")) == (100 * 66, 4 * 300)
    assert [made.sums.of("a0", what) for what in ("returned", "incomplete")] == [20, 0]
    assert made.sums.of(PERSONS, "returned") == 4 * 20
    assert {(one.file, int(one.agency[1:]) // 25) for one in made.rejects} <= {(f"huyen-{n}.csv", n) for n in range(4)}

"""Standard errors, intervals, alpha and quantiles agree with R's `survey` package; see tests/reference/README.md."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from itertools import combinations_with_replacement
from pathlib import Path

import pytest
from pairs import pairs_of

from pipeline.core.index.scoring import score
from pipeline.core.survey.intervals import Estimate, Estimates, estimate
from pipeline.core.survey.quantiles import f_quantile, t_quantile
from tests.worlds import files_of, year_from

REFERENCE = Path(__file__).resolve().parent / "reference"
AGENCIES, QUESTIONS = ("a", "b"), ("q1", "q2", "q3", "q4")
OPTIONS = {"rat-tot": "1", "tot": "0.75", "vua": "0.5", "chua": "0.25", "kem": "0"}
CRITERIA = """
    "1":
      title: Một
      out_of: 5
      rule: {type: survey, groups: {hdnd: 2, so: 3}}
    "2":
      title: Hai
      out_of: 1
      rule: {type: survey, groups: {hdnd: 1}}
    "3":
      title: Ba
      out_of: 4
      rule: {type: survey, groups: {so: 4}}
"""
PLAN = """
    fieldwork: {{from: 2024-12-01, to: 2024-12-31}}
    modes: [online]
    scales:
      thang:
        options:
          {options}
    groups:
      hdnd: {{title: Một, population: 120, forms: {{issued: 120, returned: 40, valid: 40}}}}
      so: {{title: Hai, population: 60, forms: {{issued: 60, returned: 25, valid: 25}}}}
    questions:
      q1: {{scale: thang, criterion: "1", groups: [hdnd, so], text: Một}}
      q2: {{scale: thang, criterion: "1", groups: [hdnd, so], text: Hai}}
      q3: {{scale: thang, criterion: "2", groups: [hdnd, so], text: Ba}}
      q4: {{scale: thang, criterion: "3", groups: [hdnd, so], text: Bốn}}
    policy: {{group_without_answers: exclude, moments_from: 20}}
"""


def rows(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def counts_file(forms: list[dict[str, str]], agency: str) -> str:
    """Return a group's counts of one agency."""
    named = {Decimal(value): option for option, value in OPTIONS.items()}
    told = [f"forms: {{valid: {len(forms)}}}", "answers:"]
    for question in QUESTIONS:
        given = [form[f"{agency}.{question}"] for form in forms]
        counted = Counter(named[Decimal(value)] if value else "blank" for value in given)
        told.append(f"  {question}: {{{', '.join(f'{option}: {count}' for option, count in counted.items())}}}")
    return "\n".join(told)


def moments_file(forms: list[dict[str, str]]) -> str:
    """Return a group's moments: every pair of askings."""
    return "criteria:\n  '1':\n    pairs:\n" + "\n".join(pair_lines(forms))


def pair_lines(forms: list[dict[str, str]]) -> Iterator[str]:
    asked = [(agency, question) for agency in AGENCIES for question in QUESTIONS]
    for one, other in combinations_with_replacement(asked, 2):
        values = [(form[".".join(one)], form[".".join(other)]) for form in forms]
        both = [(Decimal(x), Decimal(y)) for x, y in values if x and y]
        sums = f"{sum(x for x, _ in both)}, {sum(y for _, y in both)}"
        yield (
            f"      - {{agencies: [{one[0]}, {other[0]}], questions: [{one[1]}, {other[1]}], n: {len(both)}, "
            f"sums: [{sums}], products: {sum(x * y for x, y in both)}}}"
        )


@cache
def estimated() -> Estimates:
    """Return the estimates of the made-up answers, their points kept exact."""
    answers = rows("answers.csv")
    forms = {group: [form for form in answers if form["group"] == group] for group in ("hdnd", "so")}
    scale = "\n          ".join(f"{option}: {{value: {value}, title: x}}" for option, value in OPTIONS.items())
    files = files_of(
        CRITERIA,
        agencies=AGENCIES,
        survey=PLAN.format(options=scale),
        counts={(group, agency): counts_file(own, agency) for group, own in forms.items() for agency in AGENCIES},
        policy="{points: {leaf: exact}}",
        out_of="10",
    )
    moments = {f"data/2024/survey/moments/{group}.yml": moments_file(own) for group, own in forms.items()}
    return estimate(score(year_from({**files, **moments})))


REFERENCES: Mapping[str, float] = {row["name"]: float(row["value"]) for row in rows("survey_errors.csv")}


def agreed(prefix: str, found: Estimate, *names: str) -> None:
    """Compare an estimate with the figures of R that stand under a name, to a billionth."""
    values = {"error": found.error, "df": found.df, "low": found.low, "high": found.high, "": float(found.value)}

    for name in names:
        key = f"{prefix}.{name}" if name in {"mean", "points"} else ".".join(filter(None, (prefix, name)))
        value = float(found.value) if name in {"mean", "points"} else values[name]

        assert value == pytest.approx(REFERENCES[key], rel=1e-9, abs=0), key


def test_one_question_agrees_with_a_ratio_of_a_subpopulation() -> None:
    agreed("question", estimated().parts["a", "2", "hdnd"], "mean", "error", "low", "high")


def test_a_plain_mean_of_two_question_means_agrees_with_a_contrast_of_ratios() -> None:
    agreed("part", estimated().parts["a", "1", "hdnd"], "mean", "error", "low", "high")


def test_a_leaf_of_two_groups_agrees_with_strata_and_satterthwaite() -> None:
    agreed("leaf", estimated().leaves["a", "1"], "points", "error", "df", "low", "high")


@pytest.mark.parametrize("agency", AGENCIES)
def test_an_index_agrees_with_the_contrast_over_all_leaves(agency: str) -> None:
    found = estimated().agencies[agency].index

    assert found is not None
    assert found.bounds == ()
    agreed(f"index.{agency}", found, "", "error")


def test_agencies_that_the_same_people_rated_agree_with_their_difference_without_correction() -> None:
    found = pairs_of(estimated())["a", "b"]

    agreed("difference", found.difference, "", "error", "df", "low", "high")
    assert (found.separated, found.difference.bounds) == (True, ())


def test_alpha_agrees_with_its_formula_and_the_interval_of_feldt() -> None:
    found = next(entry for entry in estimated().reliability if entry.group == "hdnd")

    assert found.alpha is not None
    assert (found.questions, found.people) == (4, REFERENCES["alpha.people"])
    assert (float(found.alpha), found.low, found.high) == pytest.approx(
        (REFERENCES["alpha"], REFERENCES["alpha.low"], REFERENCES["alpha.high"]), rel=1e-9
    )


@pytest.mark.parametrize("name", [name for name in REFERENCES if name.startswith(("t ", "f "))])
def test_quantiles_agree(name: str) -> None:
    kind, *numbers = name.split()
    found = t_quantile(*map(float, numbers)) if kind == "t" else f_quantile(*map(float, numbers))

    assert found == pytest.approx(REFERENCES[name], rel=1e-9)

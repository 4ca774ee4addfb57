"""What is hidden of the survey stays hidden: two tables or more of every hidden row agree with all that is public."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from attackers import ASKED, vectors, year_of
from attackers import PLAN as ATTACKED
from worlds import files_of, year_from

from pipeline.core.index.scoring import Results, score
from pipeline.core.survey.disclosure import (
    Disclosure,
    disclosure,
    sums,
)

CRITERIA = """
"1": {title: Ba nhóm, out_of: 6, rule: {type: survey, groups: {nganh: 1, so: 2, hdnd: 3}}}
"2": {title: Một nhóm, out_of: 2, rule: {type: survey, groups: {nganh: 2}}}
"""
PLAN = f"""{ASKED}  q3: {{scale: muc, criterion: "2", groups: [nganh], text: Câu 3}}
policy: {{group_without_answers: exclude, show_from: {{nganh: 5, so: 5}}}}
"""
MIXED = {
    "nganh": "{q1: {tot: 3, kha: 3, kem: 2}, q2: {tot: 4, kem: 4}, q3: {tot: 6, kem: 2}}",
    "so": "{q1: {tot: 8, kha: 8, kem: 4}}",
    "hdnd": "{q1: {tot: 16, kha: 8, kem: 6}}",
}


def surveyed(answers: Mapping[str, str], *, points: str = "{}", criteria: str = CRITERIA, plan: str = PLAN) -> Results:
    """Return the results of a year in which groups gave one agency these answers."""
    counts = {}
    for group, text in answers.items():
        valid = sum(int(number) for number in text.partition("}")[0].replace(",", " ").split() if number.isdigit())
        counts[group, "thue"] = f"forms: {{issued: {valid}, returned: {valid}, valid: {valid}}}\nanswers: {text}"
    policy = f"{{points: {points}}}"
    return score(year_from(files_of(criteria, agencies=["thue"], survey=plan, counts=counts, policy=policy)))


def hidden_of(shown: Disclosure) -> set[tuple[str, str]]:
    return {(group, criterion) for group, _, criterion in shown.parts}


ALL = {("nganh", "1"), ("so", "1"), ("hdnd", "1")}
CASES: list[tuple[str, Mapping[str, str], set[tuple[str, str]]]] = [
    # when, what groups answered beside MIXED, (group, criterion) hidden
    ("every group is large and of several minds", {}, set()),
    (
        "a small group is hidden with the group that loses least, alone only where it is alone",
        {"nganh": "{q1: {tot: 1, kha: 1, kem: 1}, q2: {tot: 1, kha: 1, kem: 1}, q3: {tot: 1, kem: 2}}"},
        {("nganh", "1"), ("so", "1"), ("nganh", "2")},
    ),
    (
        "with one other group a sum of the small one would have two values only",
        {"nganh": "{q1: {tot: 2, kha: 1, kem: 1}, q2: {tot: 3, kem: 1}, q3: {tot: 2, kem: 2}}"},
        {*ALL, ("nganh", "2")},
    ),
    (
        "all of a large group gave the same answer: no group is left, or it would be known which",
        {"hdnd": "{q1: {kha: 30}}"},
        ALL,
    ),
    ("one of nine could tell the answers of all others", {"so": "{q1: {tot: 8, kem: 1}}"}, ALL),
    (
        "two of nine cannot",
        {"so": "{q1: {tot: 7, kem: 2}}", "nganh": "{q1: {tot: 3, kem: 3}, q2: {tot: 3, kem: 3}}"},
        set(),
    ),
    (
        "the same answer to one of two questions hides both, for their mean would tell",
        {"nganh": "{q1: {tot: 8}, q2: {tot: 4, kem: 4}, q3: {tot: 6, kem: 2}}"},
        ALL,
    ),
    (
        "nobody had an opinion: the answer of each is known",
        {"so": "{q1: {khong-biet: 20}}"},
        {("so", "1")},
    ),
    ("all who answered gave the same answer, some left it blank", {"hdnd": "{q1: {kha: 28, blank: 2}}"}, ALL),
    ("a question that all left blank has no answer to protect", {"so": "{q1: {blank: 20}}"}, set()),
    (
        "a small group answered alike: that it is small says enough",
        {"nganh": "{q1: {tot: 4}, q2: {kem: 4}, q3: {kha: 4}}"},
        {("nganh", "1"), ("so", "1"), ("nganh", "2")},
    ),
]


@pytest.mark.parametrize(("answers", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_groups_that_could_be_computed_are_hidden(answers: Mapping[str, str], expected: set[tuple[str, str]]) -> None:
    assert expected == hidden_of(disclosure(surveyed({**MIXED, **answers})))


def test_a_group_of_fewer_than_ten_is_hidden_where_the_policy_says_nothing_of_it() -> None:
    plan = PLAN.replace(", show_from: {nganh: 5, so: 5}", "")

    assert {("nganh", "1"), ("so", "1"), ("nganh", "2")} == hidden_of(disclosure(surveyed(MIXED, plan=plan)))


def test_a_group_that_gives_no_points_is_hidden_without_a_second_one() -> None:
    plan = PLAN.replace("show_from: {nganh: 5, so: 5}", "valid_from: {so: 30}, show_from: {nganh: 5, so: 30}")

    assert {("so", "1")} == hidden_of(disclosure(surveyed(MIXED, plan=plan)))


def test_a_question_that_is_passed_over_after_a_hidden_one_is_hidden_for_its_blanks_would_tell() -> None:
    """Who said "tot" to question 3 was not asked question 2: its blanks count those answers."""
    plan = PLAN.replace("q2: {", "q2: {skip_if: {question: q3, answers: [tot]}, ")
    answers = {**MIXED, "nganh": "{q1: {tot: 3, kha: 3, kem: 2}, q2: {blank: 8}, q3: {tot: 8}}"}

    assert {("nganh", "2")} == hidden_of(disclosure(surveyed(answers)))
    assert {("nganh", "2"), ("nganh", "1"), ("so", "1")} == hidden_of(disclosure(surveyed(answers, plan=plan)))


def test_points_that_were_handed_over_hide_with_a_second_group() -> None:
    files = files_of(
        CRITERIA,
        agencies=["thue"],
        survey=PLAN,
        counts={
            ("nganh", "thue"): 'forms: {issued: 3, returned: 3, valid: 3}\npoints: {"1": 0.8, "2": 1.5}',
            ("so", "thue"): f"forms: {{valid: 20}}\nanswers: {MIXED['so']}",
            ("hdnd", "thue"): f"forms: {{valid: 30}}\nanswers: {MIXED['hdnd']}",
        },
    )
    shown = disclosure(score(year_from(files)))

    assert {("nganh", "1"), ("nganh", "2"), ("so", "1")} == hidden_of(shown)
    assert frozenset({("nganh", "thue")}) == shown.small


def test_a_year_without_a_survey_hides_nothing() -> None:
    results = score(year_from(files_of('"1": {title: A, out_of: 1, rule: {type: judged, step: 0.1}}')))

    assert Disclosure(frozenset(), frozenset(), frozenset()) == disclosure(results)


@pytest.mark.parametrize(
    ("answers", "units"), [(0, (4, 2, 0)), (1, (1, 1)), (5, (100, 67, 33, 0)), (7, (4, 3, 2, 1, 0))]
)
def test_sums_of_answers_are_those_that_can_be_listed(answers: int, units: tuple[int, ...]) -> None:
    listed = {
        sum(count * unit for count, unit in zip(vector, units, strict=True)) for vector in vectors(answers, len(units))
    }

    assert tuple(sorted(listed)) == sums(answers, units)


# --- corrections ----------------------------------------------------------------------------------------------------

LARGE = {
    "nganh": "{q1: {tot: 12, kha: 5, kem: 3}}",
    "so": "{q1: {tot: 15, kha: 10, kem: 5}}",
    "hdnd": "{q1: {tot: 16, kha: 8, kem: 6}}",
}
CORRECTIONS: list[tuple[str, Mapping[str, str], Mapping[str, str], set[str]]] = [
    # when, what was released, what was corrected, the groups hidden afterwards
    (
        "one form came late: with the release before it, it would be known",
        LARGE,
        {"so": "{q1: {tot: 16, kha: 10, kem: 5}}"},
        {"so"},
    ),
    ("ten came late", LARGE, {"so": "{q1: {tot: 20, kha: 12, kem: 8}}"}, set()),
    ("two answers were typed into the wrong row", LARGE, {"so": "{q1: {tot: 13, kha: 12, kem: 5}}"}, {"so"}),
    ("all was counted anew", LARGE, {"so": "{q1: {tot: 5, kha: 10, kem: 15}}"}, set()),
    (
        "nine became twelve: what was hidden stays hidden",
        {**LARGE, "nganh": "{q1: {tot: 4, kha: 3, kem: 2}}"},
        {"nganh": "{q1: {tot: 6, kha: 4, kem: 2}}"},
        {"nganh", "so"},
    ),
]


@pytest.mark.parametrize(
    ("first", "later", "expected"), [case[1:] for case in CORRECTIONS], ids=[c[0] for c in CORRECTIONS]
)
def test_what_two_releases_would_tell_is_hidden(
    first: Mapping[str, str], later: Mapping[str, str], expected: set[str]
) -> None:
    plan = ATTACKED.replace(", show_from: {nganh: 4, so: 4, hdnd: 4}", "").replace(
        "groups: [nganh], text", "groups: [], text"
    )
    shown = disclosure(score(year_of(first, later=later, plan=plan)))

    assert expected == {group for group, _ in hidden_of(shown)}

"""From counts to points: question means, group means, leaves, and what happens where people did not answer."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from worlds import files_of, year_from

from pipeline.core.index.scoring import LeafScore, score
from pipeline.core.index.survey_points import TOO_FEW, GroupPart, forms_of, survey_leaf
from pipeline.core.record.model import Year

CRITERIA = """
"1": {title: Hai nhóm, out_of: 5, rule: {type: survey, groups: {hdnd: 2, so: 3}}}
"2": {title: Một nhóm, out_of: 1, rule: {type: survey, groups: {hdnd: 1}}}
"3": {title: Hài lòng, out_of: 10, rule: {type: sipas, group: dan}}
"""
PLAN = """
fieldwork: {from: 2024-12-01, to: 2024-12-31}
modes: [online]
scales:
  muc:
    options:
      tot: {value: 1, title: Tốt}
      kha: {value: 0.6, title: Khá}
      tam: {value: 0.25, title: Tạm}
      kem: {value: 0, title: Kém}
    no_opinion: khong-biet
groups:
  hdnd: {title: HĐND}
  so: {title: Sở}
  dan: {title: Người dân, source: sipas}
questions:
  q1: {scale: muc, criterion: "1", groups: [hdnd, so], text: Câu 1}
  q2: {scale: muc, criterion: "1", groups: [hdnd, so], text: Câu 2}
  q3: {scale: muc, criterion: "1", groups: [so], text: Chỉ hỏi sở}
  q4: {scale: muc, criterion: "2", groups: [hdnd], text: Câu 4}
policy: {group_without_answers: POLICY, valid_from: {hdnd: 5, dan: 100}}
"""


def surveyed(hdnd: str = "", so: str = "", dan: str = "", policy: str = "exclude", points: str = "{}") -> Year:
    """Return a year in which three groups handed in these files; an empty text is no file."""
    counts = {(group, "thue"): text for group, text in (("hdnd", hdnd), ("so", so), ("dan", dan)) if text}
    plan = PLAN.replace("POLICY", policy)
    files = files_of(
        CRITERIA, agencies=["thue"], survey=plan, counts=counts, policy=f"{{points: {points}}}", out_of="16"
    )
    return year_from(files)


def part_of(year: Year, code: str, group: str) -> GroupPart:
    """Return what one group adds to a leaf."""
    found = survey_leaf(year, year.criteria[code], "thue", counts=year.counts)
    return next(part for part in found.parts if part.group == group)


def leaf_of(year: Year, code: str) -> LeafScore:
    """Return the score of a leaf."""
    entry = score(year).agencies[0]
    leaf = entry.leaf(code)
    assert leaf is not None
    return leaf


MEANS: list[tuple[str, str, list[str], str]] = [
    # when, the group's file for criterion 1 (q1, q2), means of q1 and q2, mean of the group
    ("all say the best", "q1: {tot: 10}, q2: {tot: 10}", ["1", "1"], "1"),
    ("all say the worst", "q1: {kem: 10}, q2: {kem: 10}", ["0", "0"], "0"),
    ("a mean over answers", "q1: {tot: 5, kha: 3, tam: 1, kem: 1}, q2: {tot: 10}", ["141/200", "1"], "341/400"),
    (
        "no opinion and blank are left out",
        "q1: {tot: 1, kem: 2, khong-biet: 5, blank: 2}, q2: {tot: 10}",
        ["1/3", "1"],
        "2/3",
    ),
    (
        "a group's mean is plain: few answers to a question weigh as much as many",
        "q1: {tot: 1, khong-biet: 9}, q2: {kem: 10}",
        ["1", "0"],
        "1/2",
    ),
    (
        "a question that nobody had an opinion of is left out of the group's mean",
        "q1: {khong-biet: 8, blank: 2}, q2: {kha: 10}",
        ["None", "3/5"],
        "3/5",
    ),
    ("thirds stay exact", "q1: {tot: 1, kem: 2, blank: 7}, q2: {kha: 10}", ["1/3", "3/5"], "7/15"),
]


@pytest.mark.parametrize(("when", "answers", "questions", "group"), MEANS)
def test_a_question_is_a_mean_of_opinions_and_a_group_a_plain_mean_of_questions(
    when: str, answers: str, questions: list[str], group: str
) -> None:
    part = part_of(surveyed(hdnd=f"forms: {{valid: 10}}\nanswers: {{{answers}}}"), "1", "hdnd")

    assert questions == [str(question.mean) for question in part.questions]
    assert Fraction(group) == part.mean
    assert Fraction(group) * 2 == part.points


def test_no_opinion_is_left_out_although_the_scale_gives_it_a_value() -> None:
    plan = PLAN.replace("POLICY", "exclude").replace("no_opinion: khong-biet", "no_opinion: tam")
    counts = {("hdnd", "thue"): "forms: {valid: 10}\nanswers: {q1: {tot: 3, tam: 7}, q2: {kem: 1, tam: 9}}"}
    year = year_from(files_of(CRITERIA, agencies=["thue"], survey=plan, counts=counts, out_of="16"))

    assert [str(question.mean) for question in part_of(year, "1", "hdnd").questions] == ["1", "0"]


def test_a_group_is_asked_only_its_own_questions_of_the_criterion() -> None:
    year = surveyed(
        hdnd="forms: {valid: 10}\nanswers: {q1: {tot: 10}, q2: {tot: 10}, q4: {kem: 10}}",
        so="forms: {valid: 10}\nanswers: {q1: {tot: 10}, q2: {kem: 10}, q3: {kem: 10}}",
    )

    assert [[question.question for question in part_of(year, "1", group).questions] for group in ("hdnd", "so")] == [
        ["q1", "q2"],
        ["q1", "q2", "q3"],
    ]
    assert Fraction(2) + Fraction(1, 3) * 3 == leaf_of(year, "1").points
    assert Fraction(0) == leaf_of(year, "2").points


FULL = "forms: {valid: 10}\nanswers: {q1: {tot: 10}, q2: {tot: 10}, q3: {tot: 10}, q4: {tot: 10}}"
SILENT = "forms: {valid: 10}\nanswers: {q1: {khong-biet: 10}, q2: {blank: 10}, q3: {blank: 10}, q4: {blank: 10}}"
NOBODY = "forms: {valid: 0}"
FOUR = "forms: {valid: 4}\nanswers: {q1: {tot: 4}, q2: {tot: 4}, q4: {tot: 4}}"
FIVE = FOUR.replace("4}", "5}")
SILENCE: list[tuple[str, str, str, str, str]] = [
    # when, the deputies' file, the departments' file, points/out_of under exclude, under zero
    ("both answered", FULL, FULL, "5/5", "5/5"),
    ("deputies had no opinion at all", SILENT, FULL, "3/3", "3/5"),
    ("no deputy handed in a form", NOBODY, FULL, "3/3", "3/5"),
    ("fewer deputies than the least number", FOUR, FULL, "3/3", "3/5"),
    ("just the least number of deputies", FIVE, FULL, "5/5", "5/5"),
    ("a group without a least number counts from the first form on", FULL, FOUR.replace("q4", "q3"), "5/5", "5/5"),
    ("neither answered", NOBODY, NOBODY, "None/None", "0/5"),
]


@pytest.mark.parametrize(("when", "hdnd", "so", "exclude", "zero"), SILENCE)
def test_a_group_without_answers_leaves_both_sums_or_counts_zero_as_the_policy_says(
    when: str, hdnd: str, so: str, exclude: str, zero: str
) -> None:
    found = []
    for policy in ("exclude", "zero"):
        leaf = leaf_of(surveyed(hdnd=hdnd, so=so, policy=policy), "1")
        found.append(f"{leaf.points}/{leaf.out_of}")

    assert [exclude, zero] == found


def test_a_leaf_that_no_group_answered_under_exclude_does_not_apply_and_is_not_outstanding() -> None:
    leaf = leaf_of(surveyed(hdnd=NOBODY, so=NOBODY), "1")

    assert (leaf.applicable, leaf.outstanding, leaf.stage) == (False, False, "survey")


def test_a_leaf_is_outstanding_until_every_group_has_handed_in_its_file() -> None:
    """It applies and has its maximum, but no points (design, section 4, score --format json)."""
    leaf = leaf_of(surveyed(hdnd=FULL), "1")

    assert (leaf.applicable, leaf.points, leaf.out_of, leaf.outstanding) == (True, None, Fraction(5), True)


def test_too_few_forms_are_named_as_the_reason() -> None:
    part = part_of(surveyed(hdnd=FOUR), "1", "hdnd")

    assert (TOO_FEW, None, Fraction(1)) == (part.left_out, part.points, part.mean)


SIPAS: list[tuple[str, str, str, str]] = [
    # when, the group's file, policy, points/out_of of 10
    ("a percentage of the points", "sipas: 87.45\nrespondents: 412", "exclude", "8.75/10"),  # 8.745
    ("a hundred percent", "sipas: 100\nrespondents: 412", "exclude", "10/10"),
    ("nought percent", "sipas: 0\nrespondents: 412", "exclude", "0/10"),
    ("just enough people", "sipas: 80\nrespondents: 100", "exclude", "8/10"),
    ("too few people, excluded", "sipas: 80\nrespondents: 99", "exclude", "None/None"),
    ("too few people, counted as zero", "sipas: 80\nrespondents: 99", "zero", "0/10"),
    ("nobody was asked, excluded", NOBODY, "exclude", "None/None"),
    ("nobody was asked, counted as zero", NOBODY, "zero", "0/10"),
]


@pytest.mark.parametrize(("when", "dan", "policy", "then"), SIPAS)
def test_sipas_gives_its_percentage_of_the_points(when: str, dan: str, policy: str, then: str) -> None:
    leaf = leaf_of(surveyed(dan=dan, policy=policy), "3")
    points, out_of = (None, None) if then == "None/None" else (Fraction(part) for part in then.split("/"))

    assert (points, out_of) == (leaf.points, leaf.out_of)


HANDED: list[tuple[str, str, str, str, str]] = [
    # when, the deputies' file, the departments' file, leaf rounding, points of leaf 1
    ("points of both groups are added", 'points: {"1": 1.58}', 'points: {"1": 2.4}', "rounded", "3.98"),
    ("points of one stand beside counts of the other", 'points: {"1": 1.58}', FULL, "rounded", "4.58"),
    ("no points at all", 'points: {"1": 0}', 'points: {"1": 0}', "rounded", "0"),
    ("finer points are rounded with the leaf", 'points: {"1": 1.004}', 'points: {"1": 1.004}', "rounded", "2.01"),
    ("finer points stay where leaves are exact", 'points: {"1": 1.004}', 'points: {"1": 1.004}', "exact", "2.008"),
]


@pytest.mark.parametrize(("when", "hdnd", "so", "leaf", "then"), HANDED)
def test_points_that_were_handed_over_are_taken_as_they_are(
    when: str, hdnd: str, so: str, leaf: str, then: str
) -> None:
    year = surveyed(hdnd=hdnd, so=so, points=f"{{decimals: 2, rounding: half-up, leaf: {leaf}}}")
    found = leaf_of(year, "1")

    assert (Fraction(then), Fraction(5)) == (found.points, found.out_of)


def test_a_leaf_of_groups_is_rounded_once_and_not_by_group() -> None:
    # 2 x 1/6 + 3 x 1/9 = 0.666... -> 0.67; by group it would be 0.33 + 0.33
    sixth = "q1: {tot: 1, kem: 5}, q2: {tot: 1, kem: 5}"
    ninth = "q1: {tot: 1, kem: 8}, q2: {tot: 1, kem: 8}, q3: {tot: 1, kem: 8}"
    year = surveyed(hdnd=f"forms: {{valid: 6}}\nanswers: {{{sixth}}}", so=f"forms: {{valid: 9}}\nanswers: {{{ninth}}}")

    assert Fraction("0.67") == leaf_of(year, "1").points


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, [20, 14, 12]),
        ({"forms": {"issued": 10}}, [10, 0, 0]),
        ({"matrix": True}, [0, 0, 0]),
        ({"matrix": True, "forms": {"issued": 10, "returned": 7, "valid": 6}}, [10, 7, 6]),
    ],
    ids=["each agency has its forms", "one form for all, not told how many came", "nothing told", "all told"],
)
def test_a_form_about_several_agencies_is_one_form(said: dict[str, Any], expected: list[int]) -> None:
    year = surveyed(hdnd="forms: {issued: 10, returned: 7, valid: 6}\nanswers: {q1: {tot: 6}, q2: {tot: 6}}")
    assert year.survey is not None

    group, own = replace(year.survey.groups["hdnd"], **said), [year.counts["hdnd", "thue"]] * 2
    assert expected == list(forms_of(group, own).values())


def test_an_amendment_of_a_survey_file_takes_the_place_of_the_whole_file() -> None:
    amendment = """
        stage: survey
        group: hdnd
        agency: thue
        expect: x
        reason: Đếm lại
        file:
          forms: {valid: 10}
          answers: {q1: {kem: 10}, q2: {kem: 10}, q4: {tot: 10}}
    """
    counts = {("hdnd", "thue"): FULL, ("so", "thue"): FULL}
    survey = PLAN.replace("POLICY", "exclude")
    files = files_of(CRITERIA, agencies=["thue"], survey=survey, counts=counts, amendments=[amendment], out_of="16")
    leaf = leaf_of(year_from(files), "1")

    assert Fraction(3) == leaf.points
    assert leaf.amendment is not None
    assert leaf.source is not None
    assert (leaf.amendment.number, leaf.source.path) == ("0001", "data/2024/amendments/0001.yml")

"""How far chance may move the survey's figures: worked by hand, in every odd case, and where nothing is claimed.

That the formulas are right in the large is shown against R in `test_survey_reference`.
"""

from __future__ import annotations

import math
from fractions import Fraction
from statistics import NormalDist

import pytest
from pairs import pairs_of

from pipeline.core.index.scoring import score
from pipeline.core.publish.charts.from_results import intervals_from
from pipeline.core.record.model import AgencyQuestion, PairSums
from pipeline.core.survey.interval_words import agency_lines, chance_text
from pipeline.core.survey.intervals import AgencyEstimate, Estimate, Estimates, estimate
from pipeline.core.survey.quantiles import normals
from pipeline.flows.wording import load_labels
from tests.worlds import files_of, year_from

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
      rule: {type: sipas, group: dan}
"""
PLAN = """
    fieldwork: {from: 2024-12-01, to: 2024-12-31}
    modes: [online]
    scales:
      thang:
        options:
          tot: {value: 1, title: Tốt}
          vua: {value: 0.5, title: Vừa}
          kem: {value: 0, title: Kém}
        no_opinion: khong-biet
    groups:
      hdnd: {title: Hội đồng nhân dân, population: 40, forms: {issued: 40, returned: 20, valid: 20}}
      so: {title: Các sở}
      dan: {title: Người dân, source: sipas}
    questions:
      q1: {scale: thang, criterion: "1", groups: [hdnd, so], text: Một}
      q2: {scale: thang, criterion: "2", groups: [hdnd], text: Hai}
      q3: {scale: thang, criterion: "1", groups: [so], text: Ba}
    policy:
      group_without_answers: exclude
      valid_from: {so: 2}
      show_from: {so: 8}
      moments_from: 5
"""
HALF = "forms: {issued: 40, returned: 20, valid: 20}\nanswers: {q1: {tot: 10, kem: 10}, q2: {vua: 20}}"
SO = "forms: {issued: 30, returned: 10, valid: 10}\nanswers: {q1: {tot: 5, kem: 5}, q3: {khong-biet: 10}}"
SIPAS = "sipas: 80\nrespondents: 401"
GRADES = "[{id: tot, from: 60, title: Tốt}, {id: kha, from: 50, title: Khá}, {id: yeu, from: 0, title: Yếu}]"


def estimated(
    *, moments: str | None = None, others: dict[str, dict[str, str]] | None = None, plan: str = PLAN, **given: str
) -> Estimates:
    """Return the estimates of an agency, `thue`, from the counts of its groups, and of others beside it."""
    counts = {"thue": {"hdnd": HALF, "so": SO, "dan": SIPAS, **given}, **(others or {})}
    files = files_of(
        CRITERIA,
        agencies=counts,
        survey=plan,
        counts={(group, agency): text for agency, groups in counts.items() for group, text in groups.items()},
        grades=GRADES,
        out_of="10",
    )
    if moments is not None:
        files["data/2024/survey/moments/so.yml"] = moments
    return estimate(score(year_from(files)))


def of_thue(found: Estimates) -> tuple[AgencyEstimate, Estimate]:
    agency = found.agencies["thue"]
    assert agency.index is not None
    return agency, agency.index


def outcome(found: Estimate) -> str:
    """Say in one word what is told: an error, its bound, or the reason why there is none."""
    if found.error is None:
        return f"none: {found.reason}"
    bound = f", at most: {' '.join(found.bounds)}" if found.bounds else ""
    return f"{found.error:.6f}{bound}"


def test_a_mean_has_the_error_of_a_sample_from_a_finite_population() -> None:
    found = estimated().parts["thue", "1", "hdnd"]
    variance = Fraction(1, 4) * Fraction(20, 19)  # of 20 answers, half 1 and half 0
    error = math.sqrt(variance / 20 * (1 - Fraction(20, 40)))

    assert found.error == pytest.approx(error, rel=1e-14)
    assert (found.value, found.df, found.reason, found.bounds) == (Fraction(1, 2), 19, None, ())
    assert found.high == pytest.approx(0.5 + 2.093024054408263 * error, rel=1e-12)  # t, 19 degrees of freedom, 97.5%


def test_groups_add_their_variances_and_the_response_stands_beside() -> None:
    found = estimated()
    hdnd = math.sqrt(Fraction(1, 4) / 19 / 2)
    so = math.sqrt(Fraction(1, 4) / 9)  # nobody knows how many they are: no correction

    assert found.leaves["thue", "1"].error == pytest.approx(math.hypot(2 * hdnd, 3 * so), rel=1e-14)
    group = found.groups["hdnd", "thue"]
    assert group.response == Fraction(1, 2)  # 20 of 40


# Variances by hand: of leaf 1 the deputies' part is 4 x 0.25/19 x 1/2, the departments' 9 x 0.25/9; SIPAS is at most
# 16 x 0.8 x 0.2/400; deputies all said the same of leaf 2. The index is 100/10 of the points, or 100/7 where the
# departments are left out.
SO_ONE = "forms: {issued: 30, returned: 1, valid: 1}\nanswers: {q1: {tot: 1}, q3: {tot: 1}}"
CASES: list[tuple[str, str, str, str, str]] = [
    # when, the file of the departments, then: their mean, the leaf's points, the index
    ("one question was heard of", SO, "0.166667", "0.525657", "5.317102, at most: sipas"),
    (
        "all of the population answered",
        "forms: {valid: 10, population: 10}\nanswers: {q1: {tot: 5, kem: 5}, q3: {tot: 4, kem: 6}}",
        "0.000000",
        "0.162221",
        "1.808751, at most: sipas",
    ),
    (
        "more answered than there should be",
        "forms: {valid: 10, population: 9}\nanswers: {q1: {tot: 5, kem: 5}, q3: {khong-biet: 10}}",
        "0.000000",
        "0.162221",
        "1.808751, at most: sipas",
    ),
    (
        "all say the same",
        "forms: {valid: 10}\nanswers: {q1: {tot: 10}, q3: {vua: 10}}",
        "0.000000",
        "0.162221",
        "1.808751, at most: sipas",
    ),
    (
        "nobody answered",
        "forms: {valid: 0}",
        "absent",
        "0.162221",
        "2.583930, at most: sipas",
    ),
    (
        "one person answered, too few to count",
        SO_ONE,
        "none: too-few",
        "0.162221",
        "2.583930, at most: sipas",
    ),
    (
        "fewer answered than counts are shown for",
        "forms: {valid: 7}\nanswers: {q1: {tot: 3, kem: 4}, q3: {khong-biet: 7}}",
        "none: few-forms",
        "none: few-forms",
        "5.951003, at most: few-forms sipas",
    ),
    (
        "nobody knows how answers to two questions go together",
        "forms: {valid: 10}\nanswers: {q1: {tot: 5, kem: 5}, q3: {tot: 5, kem: 5}}",
        "none: no-moments",
        "none: no-moments",
        "5.317102, at most: no-moments sipas",
    ),
    (
        "only points were handed over",
        "points: {'1': 2.4}",
        "none: points-only",
        "none: points-only",
        "none: points-only",
    ),
]


@pytest.mark.parametrize(("when", "so", "mean", "leaf", "index"), CASES, ids=[case[0] for case in CASES])
def test_each_case_has_an_error_a_bound_or_a_reason(when: str, so: str, mean: str, leaf: str, index: str) -> None:
    found = estimated(so=so)
    part = found.parts.get(("thue", "1", "so"))

    assert mean == (outcome(part) if part else "absent")
    assert leaf == outcome(found.leaves["thue", "1"])
    assert index == outcome(of_thue(found)[1])


def test_the_only_person_of_a_population_has_no_sampling_error() -> None:
    plan_of_one = "forms: {valid: 1, population: 1}\nanswers: {q1: {tot: 1}, q2: {tot: 1}}"
    found = estimated(hdnd=plan_of_one)

    figures = (found.parts["thue", "1", "hdnd"], found.leaves["thue", "2"])
    assert [(one.error, one.low, one.high, one.reason) for one in figures] == [(0, None, None, "no-spread")] * 2


def test_the_error_of_few_forms_is_the_largest_there_can_be_whatever_they_say() -> None:
    said = [
        f"forms: {{valid: 4, population: 13}}\nanswers: {{q1: {{{said}}}, q3: {{khong-biet: 4}}}}"
        for said in ("tot: 4", "tot: 2, kem: 2", "vua: 4")
    ]
    errors = {of_thue(estimated(so=so))[1].error for so in said}
    worst = 3 * 0.5 / math.sqrt(4) * math.sqrt((13 - 4) / (13 - 1))
    hdnd, dan = 2 * math.sqrt(Fraction(1, 4) / 19 / 2), 4 * math.sqrt(0.8 * 0.2 / 400)

    assert [10 * math.hypot(worst, hdnd, dan)] == [pytest.approx(error, rel=1e-12) for error in errors]


SIPAS_CASES: list[tuple[str, str, str, str, bool]] = [
    ("nobody states how it was drawn", SIPAS, "", "none: sipas", True),
    ("a design effect widens it by its root", SIPAS, ", design_effect: 2.25", "0.120000, at most: sipas", True),
    ("a simple random sample is stated", SIPAS, ", design_effect: 1", "0.080000, at most: sipas", True),
    ("without respondents nobody knows", "sipas: 80", ", design_effect: 1", "none: sipas", False),
    ("of one respondent nobody knows", "sipas: 80\nrespondents: 1", ", design_effect: 1", "none: sipas", False),
    ("all are content", "sipas: 100\nrespondents: 50", ", design_effect: 1", "0.000000", True),
]


@pytest.mark.parametrize(("when", "dan", "stated", "then", "known"), SIPAS_CASES, ids=[case[0] for case in SIPAS_CASES])
def test_sipas_is_an_outside_figure(when: str, dan: str, stated: str, then: str, *, known: bool) -> None:
    """Without a stated design effect it has no interval of its own; in the index a simple random sample is assumed."""
    found = estimated(plan=PLAN.replace("source: sipas", f"source: sipas{stated}"), dan=dan)

    assert then == outcome(found.leaves["thue", "3"])
    assert found.groups["dan", "thue"].mean is not None
    assert (outcome(found.groups["dan", "thue"].mean) == "none: sipas") == then.startswith("none")
    assert (found.agencies["thue"].unknown == ()) == known


# --- moments ----------------------------------------------------------------------------------------------------------

TWO = "forms: {valid: 10}\nanswers: {q1: {tot: 5, kem: 5}, q3: {tot: 5, kem: 5}}"


def moments(products: str, *, own: str = "5") -> str:
    """Return moments of the departments in which `products` people found both questions good."""
    pairs = [("q1", "q1", own), ("q3", "q3", "5"), ("q1", "q3", products)]
    lines = [
        f"{{agencies: [thue, thue], questions: [{one}, {two}], n: 10, sums: [5, 5], products: {both}}}".replace(
            "sums: [5, 5]", f"sums: [{own}, {own}]" if one == two == "q1" else "sums: [5, 5]"
        )
        for one, two, both in pairs
    ]
    return "criteria:\n  '1':\n    pairs:\n" + "\n".join(f"      - {line}" for line in lines)


MOMENTS: list[tuple[str, str, str]] = [
    ("the same people are content with both", moments("5"), "0.166667"),
    ("as many are content with both as chance would have it", moments("2.5"), "0.117851"),
    ("who is content with one is not with the other", moments("0"), "0.000000"),
    ("moments of other answers than the counts are not used", moments("2.5", own="6"), "none: no-moments"),
]


@pytest.mark.parametrize(("when", "file", "then"), MOMENTS, ids=[case[0] for case in MOMENTS])
def test_two_questions_need_to_know_who_answered_both(when: str, file: str, then: str) -> None:
    assert then == outcome(estimated(so=TWO, moments=file).parts["thue", "1", "so"])


def test_moments_are_read_in_either_order() -> None:
    files = files_of(CRITERIA, agencies=["thue"], survey=PLAN, out_of="10")
    pair = "{agencies: [thue, hai-quan], questions: [q1, q3], n: 9, sums: [4, 6.5], products: 3.25}"
    files["data/2024/survey/moments/so.yml"] = f"criteria:\n  '1':\n    pairs:\n      - {pair}"
    found = year_from(files).moments["so"]
    here, there = AgencyQuestion("thue", "q1"), AgencyQuestion("hai-quan", "q3")
    straight, turned = found.of(here, there), found.of(there, here)

    assert straight is not None
    assert turned == PairSums(straight.n, (straight.sums[1], straight.sums[0]), straight.products)
    assert found.of(here, here) is None


# --- ranks and grades -------------------------------------------------------------------------------------------------


def beside(*shares: int) -> Estimates:
    """Return agencies whose deputies, all that were asked, were content in so many of 20 forms."""
    few = {
        f"co-quan-{place}": {
            "hdnd": f"forms: {{valid: 20}}\nanswers: {{q1: {{tot: {good}, kem: {20 - good}}}, q2: {{vua: 20}}}}",
            "so": "forms: {valid: 0}",
            "dan": "forms: {valid: 0}",
        }
        for place, good in enumerate(shares)
    }
    return estimated(others=few)


RANKS: list[tuple[str, tuple[int, ...], list[tuple[int, int]]]] = [
    ("far apart", (20, 10, 0), [(1, 1), (2, 3), (4, 4)]),
    ("close together", (11, 10, 9), [(1, 4), (1, 4), (1, 4)]),
    ("all the same", (10, 10, 10), [(1, 4), (1, 4), (1, 4)]),
    ("the first stands out", (20, 10, 9), [(1, 1), (2, 4), (2, 4)]),
]


@pytest.mark.parametrize(("when", "shares", "then"), RANKS, ids=[case[0] for case in RANKS])
def test_ranks_that_chance_cannot_tell_apart_are_a_range(
    when: str, shares: tuple[int, ...], then: list[tuple[int, int]]
) -> None:
    found = beside(*shares)
    told = [found.agencies[f"co-quan-{place}"] for place in range(len(shares))]

    assert then == [(entry.best_rank, entry.worst_rank) for entry in told]


@pytest.mark.parametrize("ties", ["competition", "dense"])
def test_a_rank_lies_in_its_range_however_ties_are_counted(ties: str) -> None:
    counts = {
        f"co-quan-{good}-{name}": HALF.replace("tot: 10, kem: 10", f"tot: {good}, kem: {20 - good}")
        for good in (20, 18, 2, 0)
        for name in "ab"
    }
    files = files_of(
        CRITERIA,
        agencies=counts,
        survey=PLAN,
        counts={("hdnd", agency): text for agency, text in counts.items()}
        | {(group, agency): "forms: {valid: 0}" for agency in counts for group in ("so", "dan")},
        policy=f"{{rank: {{on: published, ties: {ties}}}}}",
        out_of="10",
    )
    results = score(year_from(files))
    found = estimate(results).agencies

    for entry in results.agencies:
        told = found[entry.agency.slug]

        assert told.best_rank is not None
        assert told.worst_rank is not None
        assert entry.rank is not None
        assert told.best_rank <= entry.rank <= told.worst_rank


def test_people_who_rate_two_agencies_alike_tell_them_apart_better() -> None:
    def pair(products: int) -> str:
        agencies = [("thue", "thue", 10, 10, 10), ("quan", "quan", 8, 8, 8), ("thue", "quan", 10, 8, products)]
        lines = [
            f"- {{agencies: [{one}, {two}], questions: [q1, q1], n: 20, sums: [{a}, {b}], products: {both}}}"
            for one, two, a, b, both in agencies
        ]
        return "criteria:\n  '1':\n    pairs:\n" + "\n".join(f"      {line}" for line in lines)

    errors = []
    for shared in (8, 4, 0, None):
        files = files_of(
            CRITERIA,
            agencies=["thue", "quan"],
            survey=PLAN,
            counts={("hdnd", "thue"): HALF, ("hdnd", "quan"): HALF.replace("tot: 10, kem: 10", "tot: 8, kem: 12")}
            | {(group, agency): "forms: {valid: 0}" for agency in ("thue", "quan") for group in ("so", "dan")},
            out_of="10",
        )
        if shared is not None:
            files["data/2024/survey/moments/hdnd.yml"] = pair(shared)
        errors.append(pairs_of(estimate(score(year_from(files))))["thue", "quan"].difference)
    alike, chance, against, unknown = (entry.error or 0 for entry in errors)

    assert alike < chance < against < unknown + 1e-9
    assert errors[-1].bounds == ("shared-raters",)


def test_an_agency_whose_error_nobody_knows_is_told_apart_from_none() -> None:
    found = estimated(so="points: {'1': 3}", others={"quan": {"hdnd": HALF, "so": SO, "dan": SIPAS}})
    agency = found.agencies["thue"]

    assert (agency.best_rank, agency.worst_rank, agency.grades, agency.unknown) == (None, None, {}, ("1",))
    assert (found.agencies["quan"].best_rank, found.agencies["quan"].worst_rank) == (1, 2)
    assert [entry.separated for entry in pairs_of(found).values()] == [False]


def test_the_share_of_draws_is_the_probability_of_a_grade() -> None:
    agency, index = of_thue(estimated())
    assert index.error is not None
    chance = NormalDist(float(index.value), index.error)
    expected = [1 - chance.cdf(59.995), chance.cdf(59.995) - chance.cdf(49.995), chance.cdf(49.995)]

    assert list(agency.grades) == ["tot", "kha", "yeu"]
    assert [pytest.approx(share, abs=0.015) for share in expected] == [float(p) for p in agency.grades.values()]
    assert sum(agency.grades.values()) == 1
    assert of_thue(estimated())[0].grades == agency.grades


def test_an_index_whose_survey_is_not_in_yet_has_no_interval() -> None:
    files = files_of(
        CRITERIA, agencies=["thue"], survey=PLAN, counts={("hdnd", "thue"): HALF, ("dan", "thue"): SIPAS}, out_of="10"
    )
    agency, index = of_thue(estimate(score(year_from(files))))

    assert (outcome(index), agency.unknown, agency.best_rank) == ("none: outstanding", ("1",), None)


def test_an_index_without_a_survey_is_told_no_interval_no_chance_and_no_range_of_ranks() -> None:
    files = files_of(
        '"1": {title: Một, out_of: 10, rule: {type: judged, step: 1}}',
        agencies=["thue"],
        lines={("council-decision", "thue"): '"1": {score: 5}'},
        grades=GRADES,
        out_of="10",
    )
    agency, index = of_thue(estimate(score(year_from(files))))

    assert (index.error, index.low, index.high, index.reason) == (0, None, None, "no-survey")
    assert agency.grades == {}
    assert (agency.best_rank, agency.worst_rank) == (None, None)


def test_draws_depend_on_their_seed_and_place_alone() -> None:
    drawn = list(normals("2024/thue", 10))

    assert drawn[:6] == list(normals("2024/thue", 6))
    assert drawn[0] != next(normals("2025/thue", 1))
    assert [f"{value:.10f}" for value in drawn[:3]] == ["-0.0478533698", "0.0753215823", "-0.6257775949"]


@pytest.mark.parametrize(
    ("share", "told"),
    [("0", "< 1%"), ("1", "> 99%"), ("0.976", "98%"), ("0.004", "< 1%")],
)
def test_a_share_of_draws_proves_neither_never_nor_always(share: str, told: str) -> None:
    assert told == chance_text(Fraction(share), load_labels("vi"))


def test_reliability_says_why_there_is_none() -> None:
    found = {entry.group: entry.reason for entry in estimated(so=TWO).reliability}

    assert found == {"hdnd": "no-moments", "so": "no-moments"}


def test_reliability_of_a_scale_is_that_of_its_questions() -> None:
    found = estimated(so=TWO, moments=moments("4")).reliability
    told = next(entry for entry in found if entry.group == "so")

    assert (told.alpha, told.people, told.questions) == (Fraction(3, 4), 10, 2)
    assert told.low is not None
    assert told.high is not None
    assert told.low < 0.75 < told.high


def test_where_chance_has_no_part_nothing_is_said_of_it() -> None:
    files = files_of(
        '"1": {title: Một, out_of: 10, rule: {type: judged, step: 1}}',
        agencies=["thue", "quan"],
        lines={("appraisal-1", slug): f'"1": {{score: {own}}}' for slug, own in (("thue", 5), ("quan", 7))},
        grades=GRADES,
        out_of="10",
    )
    results = score(year_from(files))
    found = estimate(results)

    assert list(agency_lines(found, "thue", results.year, load_labels("vi"))) == []
    assert intervals_from(found, results.year) == {}
    assert pairs_of(found) == {}


def test_answers_all_alike_have_no_interval_but_are_compared() -> None:
    everyone = "forms: {valid: 20, population: 20}\nanswers: {q1: {tot: 10, kem: 10}, q2: {tot: 10, kem: 10}}"
    found = estimated(hdnd=everyone).parts["thue", "1", "hdnd"]

    assert (found.error, found.low, found.reason) == (0, None, "no-spread")

"""How far chance may move the survey's figures: worked by hand, in every odd case, and in what is never claimed."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from pipeline.core.estimates import Estimates, estimate
from pipeline.core.scoring import score
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
      out_of: 10
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
    policy:
      group_without_answers: exclude
      moments_from: 5
"""
HALF = "forms: {issued: 40, returned: 20, valid: 20}\nanswers: {q1: {tot: 10, kem: 10}, q2: {tot: 20}}"
SO = "forms: {issued: 30, returned: 10, valid: 10, population: 1000000}\nanswers: {q1: {tot: 5, kem: 5}}"
SIPAS = "sipas: 80\nrespondents: 401"


def estimated(**counts: str) -> Estimates:
    """Return the estimates of one agency from the counts of its groups."""
    given = {"hdnd": HALF, "so": SO, "dan": SIPAS, **counts}
    files = files_of(
        CRITERIA,
        agencies=["thue"],
        survey=PLAN,
        counts={(group, "thue"): text for group, text in given.items()},
        out_of="16",
    )
    return estimate(score(year_from(files)))


def test_a_mean_of_answers_has_the_error_of_a_sample_drawn_from_a_finite_population() -> None:
    found = estimated().parts["thue", "1", "hdnd"]
    variance = Fraction(1, 4) * Fraction(20, 19)  # of 20 answers, half 1 and half 0
    error = math.sqrt(variance / 20 * (1 - Fraction(20, 40)))

    assert found.error == pytest.approx(error, rel=1e-14)
    assert (found.value, found.df, found.reason, found.bounds) == (Fraction(1, 2), 19, None, ())
    assert found.high == pytest.approx(0.5 + 2.093024054408263 * error, rel=1e-12)  # t, 19 degrees of freedom, 97.5%

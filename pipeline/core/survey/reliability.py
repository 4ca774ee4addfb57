"""How consistent the questions of one scale are: Cronbach's alpha of each scale and group, with Feldt's interval.

Like a standard error it needs moments, here of every pair of a scale's questions within one agency.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from pipeline.core.record.model import AgencyQuestion, Moments, SurveyPlan
from pipeline.core.survey.quantiles import f_quantile
from pipeline.core.survey.standard_errors import FEW_FORMS, NO_MOMENTS, Frame, Sample, fits

UNANIMOUS = "unanimous"  # nothing varies, so nothing can agree
ONE_QUESTION = "one-question"


@dataclass(frozen=True, slots=True)
class Reliability:
    """Alpha of one scale in one group, over all agencies it rated, or the reason why there is none."""

    scale: str
    group: str
    questions: int
    people: int | None  # who answered every pair: the fewest of any pair
    alpha: Fraction | None = None
    low: float | None = None
    high: float | None = None
    reason: str | None = None  # one-question | few-forms | no-moments | unanimous


def reliability(
    plan: SurveyPlan, frames: Mapping[str, Frame], moments: Mapping[str, Moments], confidence: float
) -> tuple[Reliability, ...]:
    """Return the reliability of every scale for each group that was asked by it and answered."""
    return tuple(
        _reliability(plan, scale, group, frame, moments.get(group), confidence)
        for scale in plan.scales
        for group, frame in frames.items()
        if frame.samples and any(q.scale == scale and group in q.groups for q in plan.questions.values())
    )


def _reliability(  # noqa: PLR0917 - one scale of one group, and what is known of it
    plan: SurveyPlan, scale: str, group: str, frame: Frame, moments: Moments | None, confidence: float
) -> Reliability:
    asked = [
        question.id for question in plan.questions.values() if question.scale == scale and group in question.groups
    ]
    count = len(asked)
    samples = {agency: sample for agency, sample in frame.samples.items() if not sample.few}
    if count < 2:
        return Reliability(scale, group, count, None, reason=ONE_QUESTION)
    if not samples:
        return Reliability(scale, group, count, None, reason=FEW_FORMS)
    tables = [table for agency in sorted(samples) if (table := _table(samples, agency, asked, moments))]
    if not tables:
        return Reliability(scale, group, count, None, reason=NO_MOMENTS)
    own = sum((table.own for table in tables), Fraction(0))
    whole = sum((table.whole for table in tables), Fraction(0))
    fewest = [table.people for table in tables]
    people = min(fewest) if frame.shared else sum(fewest)  # people who rate several agencies are counted once
    if whole <= 0:
        return Reliability(scale, group, count, people, reason=UNANIMOUS)
    alpha = Fraction(count, count - 1) * (1 - own / whole)
    free = people - 1 if frame.shared else people - len(tables)
    low, high = feldt_interval(alpha, count, free, confidence)
    return Reliability(scale, group, count, people, alpha, low, high)


@dataclass(frozen=True, slots=True)
class _Table:
    """The covariances of a scale's questions on one agency, added up and weighted by the forms behind them."""

    own: Fraction  # of each question with itself
    whole: Fraction  # of all pairs in both orders
    people: int


def _table(samples: Mapping[str, Sample], agency: str, asked: list[str], moments: Moments | None) -> _Table | None:
    """Return an agency's covariances, None where one is not known; each pair is taken over the forms with both."""
    found: list[tuple[bool, Fraction, int]] = []
    for here, there in _pairs(agency, asked):
        pair = moments.of(here, there) if moments else None
        if pair is None or pair.n < 2 or not all(fits(samples, moments, one) for one in (here, there)):
            return None
        sums = Fraction(pair.sums[0]) * Fraction(pair.sums[1])
        found.append((here == there, (Fraction(pair.products) - sums / pair.n) / (pair.n - 1), pair.n))
    people = min(number for _, _, number in found)
    own = sum((covariance for same, covariance, _ in found if same), Fraction(0))
    beside = sum((covariance for same, covariance, _ in found if not same), Fraction(0))
    return _Table(own * (people - 1), (own + 2 * beside) * (people - 1), people)


def _pairs(agency: str, asked: list[str]) -> Iterator[tuple[AgencyQuestion, AgencyQuestion]]:
    for place, question in enumerate(asked):
        for other in asked[place:]:
            yield AgencyQuestion(agency, question), AgencyQuestion(agency, other)


def feldt_interval(alpha: Fraction, questions: int, free: int, confidence: float) -> tuple[float, float]:
    """Return the interval of alpha (Feldt, Psychometrika 30, 1965, 357-370).

    (1 - true alpha) / (1 - alpha) follows F with `free` and free x (questions - 1) degrees of freedom; of n people who
    rate one agency n - 1 are free.
    """
    left, tail, below = float(1 - alpha), (1 - confidence) / 2, free * (questions - 1)
    return 1 - left * f_quantile(1 - tail, free, below), 1 - left * f_quantile(tail, free, below)

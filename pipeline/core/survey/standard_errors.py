"""The sampling error of one survey group's means: from counts and moments to the standard error of a weighted sum.

What is estimated is exactly the mean of `survey`: a plain mean of question means, each over its own opinions. That mean
is linearised (Särndal, Swensson and Wretman, Model Assisted Survey Sampling, 1992, chapter 5): a form's part in a
question mean is (value - mean) / opinions, and 0 where it has no opinion. `intervals` says which sums are wanted. Two
forms of moments are read, decision 0050: the first joins questions of two agencies, the second whole agencies.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations
from typing import NamedTuple

from pipeline.core.record.model import PRODUCT_UNIT, AgencyQuestion, Counts, Group, Moments, SurveyPlan

FEW_FORMS = "few-forms"  # fewer forms than moments are kept for, or than counts are shown for
NO_MOMENTS = "no-moments"  # covariances of several questions are not known
SHARED_RATERS = "shared-raters"  # nor are those between agencies that the same people rated
_SAME = 1e-9  # of two factors that are quotients of points: nearer ones are the same
_BEYOND = 1 + 1e-6  # of a covariance: products are rounded
_CANCELLED = 1e-12  # what is left of terms that cancel is no variance


@dataclass(frozen=True, slots=True)
class Sample:
    """What the forms of one group say of one agency."""

    forms: int  # valid ones
    population: int | None
    few: bool
    opinions: Mapping[str, int]  # by question, only where there are any
    means: Mapping[str, Fraction]
    squares: Mapping[str, Fraction]  # sum of (value - mean)^2

    @property
    def unasked(self) -> float:
        """Return the share of the population without a form: the finite population correction (Cochran, 1977, 2.6)."""
        return 1.0 if not self.population else max(0.0, 1 - self.forms / self.population)

    def worst_error(self, question: str, *, corrected: bool) -> float:
        """Return the largest standard error a mean of values from 0 to 1 can have: half of them 0, half 1.

        It depends on nothing that was answered, so it may stand where answers are too few to be told of.
        """
        opinions, population = self.opinions[question], self.population
        left = 1.0
        if corrected and population:
            left = max(0, population - opinions) / max(1, population - 1)
        if corrected and self.unasked == 0:
            left = 0.0
        return 0.5 * math.sqrt(left / opinions)


@dataclass(frozen=True, slots=True)
class Frame:
    """One group: its samples by agency, and the covariances of its question means, without correction."""

    samples: Mapping[str, Sample]
    criteria: Mapping[str, str]  # question -> criterion
    shared: bool  # one form rates several agencies
    covariances: Mapping[
        tuple[AgencyQuestion, AgencyQuestion], float
    ]  # in both orders; a pair that is not known is not there
    # Since decision 0050 agencies are joined by what forms add to the points of both: the points of each question mean
    # by agency, where counts and moments are of the same answers (None: moments of the first form, or none at all), and
    # the covariances of points, in both orders.
    weights: Mapping[str, Mapping[AgencyQuestion, Fraction]] | None
    between: Mapping[tuple[str, ...], float]
    # Of an outside figure its variance against that of a simple random sample, where whoever drew it says so.
    design_effect: float | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """A standard error, the degrees of freedom it was estimated with, and why it may be too large."""

    error: float
    df: float | None = None  # None: not estimated from forms, but known
    bounds: frozenset[str] = frozenset()

    def times(self, factor: float) -> Spread:
        """Return the error of the figure multiplied."""
        return Spread(abs(factor) * self.error, self.df, self.bounds)


def frame_of(plan: SurveyPlan, group: str, samples: Mapping[str, Sample], moments: Moments | None) -> Frame:
    """Return one group as a sample of its population.

    Args:
        samples: what it said of each agency.
        moments: the group's moments, where they are kept; what does not fit the samples is not used.
    """
    known = plan.groups[group]
    shared = is_shared(known, moments)
    criteria = {question.id: question.criterion for question in plan.questions.values()}
    covariances = dict(_covariances(samples, moments))
    design_effect = None if known.design_effect is None else float(known.design_effect)
    if moments is None or not moments.weights:
        return Frame(samples, criteria, shared, covariances, None, {}, design_effect)
    made = {agency: moments.weights_of(agency) for agency in samples}
    weights = {agency: own for agency, own in made.items() if all(fits(samples, moments, asked) for asked in own)}
    return Frame(samples, criteria, shared, covariances, weights, dict(_between(samples, weights, moments)))


def is_shared(group: Group, moments: Moments | None = None) -> bool:
    """Tell whether people of a group rate several agencies.

    Who has one form, or one number of forms, for all agencies rates them all; so does who is found in their pairs.
    """
    joined = moments is not None and moments.joins_agencies
    return group.own_agency != "only" and (group.matrix or bool(group.forms) or joined)


def sample_of(plan: SurveyPlan, group: str, counts: Counts) -> Sample:
    """Return what a file of counts says of one agency."""
    opinions: dict[str, int] = {}
    means: dict[str, Fraction] = {}
    squares: dict[str, Fraction] = {}
    for question in plan.questions.values():
        scale = plan.scales.get(question.scale)
        if scale is None or group not in question.groups:
            continue
        answers = counts.answers.get(question.id, {})
        valued = [(Fraction(value), answers.get(option, 0)) for option, value in scale.opinions.items()]
        number = sum(count for _, count in valued)
        if number == 0:
            continue
        mean = sum((value * count for value, count in valued), Fraction(0)) / number
        opinions[question.id], means[question.id] = number, mean
        squares[question.id] = sum(((value - mean) ** 2 * count for value, count in valued), Fraction(0))
    forms = max([counts.forms.get("valid", 0), *opinions.values()])
    least = max(2, plan.moments_from or 0, plan.shown_from(group))
    population = counts.forms.get("population", plan.groups[group].population)
    return Sample(forms, population, forms < least, opinions, means, squares)


def _covariances(
    samples: Mapping[str, Sample], moments: Moments | None
) -> Iterator[tuple[tuple[AgencyQuestion, AgencyQuestion], float]]:
    for agency, sample in samples.items():
        for question, squares in () if sample.few else sample.squares.items():
            here = AgencyQuestion(agency, question)
            yield (here, here), float(squares / sample.opinions[question] ** 2) * _whole(sample)
    for (first, second), pair in moments.pairs.items() if moments else ():
        if first == second or not all(fits(samples, moments, asked) for asked in (first, second)):
            continue
        one, other = samples[first.agency], samples[second.agency]
        among = one.opinions[first.question] * other.opinions[second.question]
        crossed = pair.crossed(one.means[first.question], other.means[second.question])
        covariance = float(crossed / among) * math.sqrt(_whole(one) * _whole(other))
        yield (first, second), covariance
        yield (second, first), covariance


def _between(
    samples: Mapping[str, Sample], weights: Mapping[str, Mapping[AgencyQuestion, Fraction]], moments: Moments
) -> Iterator[tuple[tuple[str, str], float]]:
    for (first, second), shared in moments.between.items():
        if weights.get(first) and weights.get(second):
            covariance = shared.product / PRODUCT_UNIT * math.sqrt(_whole(samples[first]) * _whole(samples[second]))
            yield (first, second), covariance
            yield (second, first), covariance


def _whole(sample: Sample) -> float:
    """Return n / (n - 1): linearised parts of n forms add up to nought, so one of them is not free."""
    return sample.forms / (sample.forms - 1)


def fits(samples: Mapping[str, Sample], moments: Moments | None, asked: AgencyQuestion) -> bool:
    """Tell whether moments and counts are of the same answers: the number and the sum of values agree."""
    sample = samples.get(asked.agency)
    if sample is None or sample.few or asked.question not in sample.means or moments is None:
        return False
    own = moments.of(asked, asked)
    number, mean = sample.opinions[asked.question], sample.means[asked.question]
    return own is None or (own.n, Fraction(own.sums[0])) == (number, number * mean)


def spread(frame: Frame, weights: Mapping[AgencyQuestion, float], *, corrected: bool) -> Spread:
    """Return the standard error of a weighted sum of question means of one group.

    Where a covariance is not known the sum is parted, and the errors of the parts are added: no correlation makes a sum
    spread more. Then the error is an upper bound, and `bounds` says why: decision 0025.

    Args:
        weights: how often each mean is counted.
        corrected: with the finite population correction, for what the whole population would have said; without it
            for comparing agencies (Cochran, 1977, 2.14).
    """
    agencies = {asked.agency for asked in weights}
    known = [frame.samples[agency] for agency in agencies if not frame.samples[agency].few]
    error, bounds = _error(frame, weights, corrected=corrected)
    return Spread(error, min(sample.forms for sample in known) - 1 if known and error > 0 else None, bounds)


def _error(frame: Frame, weights: Mapping[AgencyQuestion, float], *, corrected: bool) -> tuple[float, frozenset[str]]:
    parts = _parted(weights, lambda asked: asked.agency)
    few = any(frame.samples[asked.agency].few for asked in weights)
    if len(parts) > 1 and (few or not frame.shared):
        found = [_error(frame, part, corrected=corrected) for part in parts]
        bounds = frozenset[str]().union(*(why for _, why in found))
        if frame.shared:
            return math.fsum(error for error, _ in found), bounds | {SHARED_RATERS}
        return math.hypot(*(error for error, _ in found)), bounds  # each agency has raters of its own
    if few:
        worst = (
            abs(weight) * frame.samples[asked.agency].worst_error(asked.question, corrected=corrected)
            for asked, weight in weights.items()
        )
        return math.fsum(worst), frozenset({FEW_FORMS})
    if corrected:
        weights = {asked: a * math.sqrt(frame.samples[asked.agency].unasked) for asked, a in weights.items()}
    return _known_error(frame, weights)


class Side(NamedTuple):
    """What one agency's answers bring into a difference."""

    agency: str
    error: float
    free: int | None  # degrees of freedom; None where too few answered to estimate the error from them
    bounds: frozenset[str]


def side_of(frame: Frame, weights: Mapping[AgencyQuestion, float]) -> Side:
    """Return what the answers about one agency bring into a difference."""
    agency = next(iter(weights)).agency
    sample, found = frame.samples[agency], spread(frame, weights, corrected=False)
    return Side(agency, found.error, None if sample.few else sample.forms - 1, found.bounds)


def apart(sides: Iterable[Side], *, shared: bool) -> Spread:
    """Return the error of one group in a difference, as `spread` does, by what each agency brings into it alone.

    shared: whether people rated both agencies, nobody knows how alike.
    """
    own = sorted(sides)
    errors, free = [side.error for side in own], [side.free for side in own if side.free is not None]
    error = math.fsum(errors) if shared else math.hypot(*errors)
    bounds = frozenset({SHARED_RATERS} if shared else ()).union(*(side.bounds for side in own))
    return Spread(error, min(free) if free and error > 0 else None, bounds)


def is_summed(frame: Frame, sides: Sequence[Side]) -> bool:
    """Tell whether nothing is known of how people rated two agencies alike, so that `spread` adds both errors."""
    pair = sides[0].agency, sides[1].agency
    unknown = frame.weights is not None and pair not in frame.between and all(side.error > 0 for side in sides)
    return unknown or any(side.free is None for side in sides)


def _known_error(frame: Frame, weights: Mapping[AgencyQuestion, float]) -> tuple[float, frozenset[str]]:
    """Return the error from the covariances; where one is missing, the sum of the parts' errors."""
    weights = {asked: a for asked, a in weights.items() if frame.covariances[asked, asked] > 0}  # others say nothing
    variance = _variance(frame, weights)
    if variance is not None:
        return math.sqrt(variance), frozenset()
    parts, why = _parted(weights, lambda asked: frame.criteria[asked.question]), NO_MOMENTS
    if len(parts) == 1 or frame.weights is not None:
        by_agency = _parted(weights, lambda asked: asked.agency)
        parts, why = (by_agency, SHARED_RATERS) if len(by_agency) > 1 else (parts, why)
    if len(parts) == 1:
        parts, why = _parted(weights, lambda asked: asked.question), NO_MOMENTS
    found = [_known_error(frame, part) for part in parts]
    return math.fsum(error for error, _ in found), frozenset({why}).union(*(bounds for _, bounds in found))


def _variance(frame: Frame, weights: Mapping[AgencyQuestion, float]) -> float | None:
    terms: list[float] = []
    for one, weight in weights.items():
        for other, beside in weights.items():
            if frame.weights is not None and one.agency != other.agency:
                continue  # whole agencies are joined below
            covariance = frame.covariances.get((one, other))
            if covariance is None:
                return None
            terms.append(weight * beside * covariance)
    if frame.weights is not None:
        parts = {next(iter(part)).agency: part for part in _parted(weights, lambda asked: asked.agency)}
        factors = {agency: _factor(frame, part, frame.weights.get(agency, {})) for agency, part in parts.items()}
        for pair in permutations(factors, 2):
            factor, against, covariance = factors[pair[0]], factors[pair[1]], frame.between.get(pair)
            if factor is None or against is None or covariance is None:
                return None
            terms.append(factor * against * covariance)
    total = math.fsum(terms)  # in whatever order: the sum is rounded once
    return total if total > _CANCELLED * math.fsum(map(abs, terms)) else 0.0


def is_bounded(frame: Frame) -> bool:
    """Tell whether no covariance is larger than the errors that it joins (Cauchy, Schwarz), as sums of answers are."""
    errors = {one: math.sqrt(variance) for (one, other), variance in frame.covariances.items() if one == other}
    spreads = {
        agency: math.fsum(float(weight) * errors[asked] for asked, weight in own.items())
        for agency, own in (frame.weights or {}).items()
    }
    pairs = [(errors[one] * errors[other], known) for (one, other), known in frame.covariances.items()]
    pairs += [(spreads[one] * spreads[other], known) for (one, other), known in frame.between.items()]
    return all(abs(known) <= most * _BEYOND for most, known in pairs)


def _factor(
    frame: Frame, weights: Mapping[AgencyQuestion, float], made: Mapping[AgencyQuestion, Fraction]
) -> float | None:
    """Return how often an agency's weights hold those that moments were made with; None if one does not as often.

    A question that all answered alike adds nothing to a product, whatever its weight.
    """
    varied = [asked for asked in made if frame.covariances[asked, asked] > 0]
    if weights.keys() != set(varied):
        return None
    factors = [weights[asked] / float(made[asked]) for asked in varied]
    same = all(math.isclose(factor, factors[0], rel_tol=_SAME) for factor in factors)
    return factors[0] if same else None


def _parted(
    weights: Mapping[AgencyQuestion, float], key: Callable[[AgencyQuestion], str]
) -> list[dict[AgencyQuestion, float]]:
    parts: dict[str, dict[AgencyQuestion, float]] = {}
    for asked, weight in sorted(weights.items()):
        parts.setdefault(key(asked), {})[asked] = weight
    return list(parts.values())

"""How far chance may move a year's figures: intervals of group means, leaves and indices, ranks, grades, reliability.

Only the survey asks some people for many, so only its part of an index has a sampling error; what appraisal gave has
none. Errors come from `standard_errors`, quantiles from `quantiles`; why a figure has no interval is always said:
decision 0025. Public pages show the interval of a leaf or group only where they show its counts.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from pipeline.core.index.analysis.trends import AgencyChange
from pipeline.core.index.scoring import AgencyScore, LeafScore, Results, amended_counts, compared
from pipeline.core.index.survey_points import GroupPart, SurveyLeaf, valid_forms
from pipeline.core.record.model import AgencyQuestion, Counts, Year
from pipeline.core.survey.agency_errors import (
    POINTS_ONLY,
    SIPAS,
    AgencyErrors,
    Makeup,
    errors_of,
    frames_of,
    makeup_of,
    sipas_term,
    weights_of,
)
from pipeline.core.survey.quantiles import FURTHEST, normals, t_quantile
from pipeline.core.survey.rank_ranges import Ranked, RankRange, rank_ranges
from pipeline.core.survey.reliability import Reliability, reliability
from pipeline.core.survey.standard_errors import (
    FEW_FORMS,
    NO_MOMENTS,
    Frame,
    Spread,
    apart,
    is_bounded,
    is_summed,
    spread,
)

NO_SURVEY = "no-survey"  # nothing of the figure was asked of people: chance has no part in it
NO_SPREAD = "no-spread"  # everybody was asked, or all answered alike: there is nothing to estimate chance from
_WORST_FIRST = (POINTS_ONLY, SIPAS, FEW_FORMS, NO_MOMENTS)  # moments can still be handed over, forms no more
CONFIDENCE = Decimal("0.95")
DRAWS = 10_000
_DIGITS = 1e-9  # percentage points: more than sums of doubles are wrong by


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its standard error and interval, or the reason why there are none."""

    value: Fraction
    error: float | None = None
    df: float | None = None  # None where the error is known without estimating it
    low: float | None = None
    high: float | None = None
    # no-answers | too-few | few-forms | no-moments | points-only | sipas | outstanding | no-survey | no-spread
    reason: str | None = None
    bounds: tuple[str, ...] = ()  # why the error is an upper bound: few-forms, no-moments, shared-raters, sipas


@dataclass(frozen=True, slots=True)
class GroupEstimate:
    """One group on one agency: how many answered, and its mean over all criteria, weighted by their points."""

    response: Fraction | None  # valid of issued forms
    mean: Estimate | None  # None where the group gave no points


@dataclass(frozen=True, slots=True)
class AgencyEstimate:
    """What survey error leaves open of one agency's result."""

    index: Estimate | None
    points: Estimate | None
    best_rank: int | None
    worst_rank: int | None
    grades: Mapping[str, Fraction]  # grade -> share of the draws, in the order of the year's grades
    unknown: tuple[str, ...]  # criteria whose error nobody can know


@dataclass(frozen=True, slots=True)
class Estimates:
    """What chance may have done to a year's figures, at one level of confidence."""

    confidence: Decimal
    parts: Mapping[tuple[str, str, str], Estimate]  # (agency, criterion, group) -> the group's mean, 0..1
    leaves: Mapping[tuple[str, str], Estimate]  # (agency, criterion) -> points
    groups: Mapping[tuple[str, str], GroupEstimate]  # (group, agency)
    agencies: Mapping[str, AgencyEstimate]
    comparisons: Comparisons
    reliability: tuple[Reliability, ...]


def estimate(
    results: Results,
    *,
    confidence: Decimal = CONFIDENCE,
    only: Collection[str] | None = None,
    errors: Mapping[str, AgencyErrors] | None = None,
) -> Estimates:
    """Estimate the sampling errors of a year's results.

    Args:
        confidence: of every interval and of every comparison of two agencies, within 0..1.
        only: the agencies whose indices and ranks are asked for; all where none are named.
        errors: what each agency brings into comparisons, where that is known; then only those asked for need leaves.
    """
    year, level = results.year, float(confidence)
    counts = amended_counts(year)
    frames = frames_of(year, counts, errors)
    surveyed = [(entry, leaf, leaf.survey) for entry in results.agencies for leaf in entry.leaves if leaf.survey]
    own = [entry for entry in results.agencies if errors is None or entry.leaves]
    makeups = {entry.agency.slug: makeup_of(frames, entry.leaves, entry.total.out_of) for entry in own}
    if errors is None:
        errors = {slug: errors_of(frames, makeup) for slug, makeup in makeups.items()}
    comparisons = Comparisons(results, frames, errors, level)
    ranges = comparisons.ranges(makeups if only is None else only)
    return Estimates(
        confidence=confidence,
        parts={
            (entry.agency.slug, leaf.criterion.code, part.group): _part_estimate(frames, leaf, part, level)
            for entry, leaf, survey in surveyed
            for part in survey.parts
            if part.mean is not None or part.points is not None
        },
        leaves={
            (entry.agency.slug, leaf.criterion.code): _leaf_estimate(frames, leaf, survey, level)
            for entry, leaf, survey in surveyed
            if leaf.points is not None
        },
        groups=dict(_groups(results, frames, counts, level)),
        agencies={
            slug: _agency_estimate(results, entry, frames, makeups[slug], ranges.get(slug, (None, None)), level)
            for slug, entry in ((entry.agency.slug, entry) for entry in results.agencies)
            if only is None or slug in only
        },
        comparisons=comparisons,
        reliability=reliability(year.survey_plan, frames, year.moments, level),
    )


# --- a group's mean, a leaf's points --------------------------------------------------------------------------------


def _part_estimate(frames: Mapping[str, Frame], leaf: LeafScore, part: GroupPart, level: float) -> Estimate:
    mean = part.mean if part.mean is not None else (part.points or Fraction(0)) / Fraction(part.out_of)
    found = part.left_out or _term(frames, leaf.criterion.code, part)
    return _with_interval(mean, found, level, most=1)


def _leaf_estimate(frames: Mapping[str, Frame], leaf: LeafScore, survey: SurveyLeaf, level: float) -> Estimate:
    """Return a leaf's points: groups are drawn apart from one another, so their variances add up."""
    points, out_of = leaf.points or Fraction(0), leaf.out_of or Fraction(0)
    terms: list[Spread] = []
    reasons: set[str] = set()
    heard = [part for part in survey.parts if part.left_out is None]
    for part in heard:
        found = _term(frames, leaf.criterion.code, part)
        if isinstance(found, str):
            reasons.add(found)
        else:
            terms.append(found.times(float(part.out_of)))
    if reasons:
        return Estimate(points, reason=min(reasons, key=_WORST_FIRST.index))
    if not heard:
        return Estimate(points, reason=next(part.left_out for part in survey.parts))
    return _with_interval(points, _together(terms), level, most=float(out_of))


def _term(frames: Mapping[str, Frame], code: str, part: GroupPart) -> Spread | str:
    """Return the error of a group's mean in a leaf, or the reason why none may be shown."""
    if code in part.counts.points:
        return POINTS_ONLY
    if part.counts.sipas is not None:
        return sipas_term(part.counts, frames[part.group].design_effect)
    weights = weights_of(part, Fraction(1))
    found = spread(frames[part.group], weights, corrected=True)
    if found.error > 0 and found.bounds:
        return FEW_FORMS if FEW_FORMS in found.bounds else NO_MOMENTS
    return Spread(found.error, found.df)


def _together(terms: Iterable[Spread]) -> Spread:
    """Add independent terms; the degrees of freedom follow Satterthwaite (Biometrics Bulletin 2, 1946, 110-114)."""
    listed = [term for term in terms if term.error > 0]
    variance = math.fsum(term.error**2 for term in listed)
    spent = math.fsum(term.error**4 / term.df for term in listed if term.df is not None)
    bounds = frozenset[str]().union(*(term.bounds for term in listed))
    return Spread(math.sqrt(variance), variance**2 / spent if spent > 0 else None, bounds)


def _with_interval(value: Fraction, found: Spread | str, level: float, *, most: float, least: float = 0) -> Estimate:
    """Return a figure with its interval, which is t times the error to either side, kept within what is possible.

    Two groups with errors 0.3 and 0.4 give 4.5 of 5 points: variances add up, and the interval ends at 5.

    >>> both = _together([Spread(0.3, 20), Spread(0.4, 30)])
    >>> found = _with_interval(Fraction(9, 2), both, 0.95, most=5)
    >>> f"{both.error:.2f} with {both.df:.1f} degrees of freedom: {found.low:.2f} to {found.high:.2f}"
    '0.50 with 49.7 degrees of freedom: 3.50 to 5.00'
    """
    if isinstance(found, str):
        return Estimate(value, reason=found)
    if found.error == 0:
        return Estimate(value, error=0.0, reason=NO_SPREAD)
    margin = t_quantile(level, found.df) * found.error
    return Estimate(
        value=value,
        error=found.error,
        df=found.df,
        low=min(float(value), max(least, float(value) - margin)),
        high=max(float(value), min(most, float(value) + margin)),
        bounds=tuple(sorted(found.bounds)),
    )


# --- a group over all criteria --------------------------------------------------------------------------------------


def _groups(
    results: Results, frames: Mapping[str, Frame], counts: Mapping[tuple[str, str], Counts], level: float
) -> Iterator[tuple[tuple[str, str], GroupEstimate]]:
    plan = results.year.survey_plan
    for (group, agency), file in counts.items():
        entry = results.of(agency)
        if entry is None or group not in plan.groups:
            continue
        issued, valid = file.forms.get("issued"), valid_forms(file)
        yield (
            (group, agency),
            GroupEstimate(
                response=Fraction(valid, issued) if issued and valid is not None else None,
                mean=_group_mean(entry, frames[group], group, level),
            ),
        )


def _group_mean(entry: AgencyScore, frame: Frame, group: str, level: float) -> Estimate | None:
    parts = [
        (leaf.criterion.code, part)
        for leaf in entry.leaves
        for part in (leaf.survey.parts if leaf.survey and leaf.points is not None else ())
        if part.group == group and part.points is not None
    ]
    out_of = sum((Fraction(part.out_of) for _, part in parts), Fraction(0))
    if out_of == 0:
        return None
    mean = sum((part.points or Fraction(0) for _, part in parts), Fraction(0)) / out_of
    if any(code in part.counts.points for code, part in parts):
        return Estimate(mean, reason=POINTS_ONLY)
    file = parts[0][1].counts
    if file.sipas is not None:
        return _with_interval(mean, sipas_term(file, frame.design_effect), level, most=1)
    weights: dict[AgencyQuestion, float] = {}
    for _, part in parts:
        weights.update(weights_of(part, Fraction(part.out_of) / out_of))
    found = spread(frame, weights, corrected=True)
    if found.error > 0 and FEW_FORMS in found.bounds:
        return Estimate(mean, reason=FEW_FORMS)
    return _with_interval(mean, found, level, most=1)


# --- an agency's index ----------------------------------------------------------------------------------------------


def _agency_estimate(  # noqa: PLR0917 - what is known of a year, and one of its agencies
    results: Results,
    entry: AgencyScore,
    frames: Mapping[str, Frame],
    makeup: Makeup,
    ranks: RankRange,
    level: float,
) -> AgencyEstimate:
    if entry.index is None:
        return AgencyEstimate(None, None, None, None, {}, ())
    points, scale = entry.total.points, float(entry.total.out_of) / 100
    if makeup.unknown:
        reason = next(iter(makeup.unknown.values()))
        index, total = Estimate(entry.index, reason=reason), Estimate(points, reason=reason)
        return AgencyEstimate(index, total, None, None, {}, tuple(makeup.unknown))
    terms = [spread(frames[group], weights, corrected=True) for group, weights in makeup.weights.items()]
    whole = _together([*terms, *makeup.outside])
    index = _with_interval(entry.index, whole, level, most=100)
    total = _with_interval(points, whole.times(scale), level, most=float(entry.total.out_of), least=-math.inf)
    if not terms and not makeup.outside:
        index, total = replace(index, reason=NO_SURVEY), replace(total, reason=NO_SURVEY)
    return AgencyEstimate(
        index=index,
        points=total,
        best_rank=ranks[0],
        worst_rank=ranks[1],
        grades=dict(_grades(results.year, entry, whole.error)),
        unknown=(),
    )


class Comparisons:
    """The comparisons of a year's ranked agencies, each made when it is needed; none where chance has no part."""

    def __init__(
        self,
        results: Results,
        frames: Mapping[str, Frame],
        errors: Mapping[str, AgencyErrors],
        level: float,
    ) -> None:
        chance = any(one.chance for one in errors.values())
        ranked = [entry for entry in results.agencies if chance and entry.rank is not None]
        self.numbers = {entry.agency.slug: number for number, entry in enumerate(ranked)}
        self._policy, self._frames, self._level, self._ranked = results.year.cycle.policy, frames, level, ranked
        self._errors = [errors[slug] for slug in self.numbers]
        self._counted = [compared(entry, self._policy) for entry in ranked]
        self._figures = [float(entry.index or 0) for entry in ranked]
        self._variances = [one.variance for one in self._errors]
        self._is_shared = any(frame.shared for frame in frames.values())
        free: list[float | None] = [side.free for one in self._errors for side in one.sides.values()]
        free += [term.df for one in self._errors for term in one.outside]
        self._fewest = min((df for df in free if df is not None), default=None)  # no difference has fewer

    def _spread(self, one: int, other: int) -> Spread:
        """Return the error of the difference of two indices; of people who rated both the covariance is taken off.

        Without the finite population correction: whether two agencies differ is asked of more than those who could have
        been asked that year (Cochran, Sampling Techniques, 1977, 2.14).
        """
        found = self._errors[one], self._errors[other]
        terms = [*found[0].outside, *found[1].outside]
        for group in sorted({*found[0].sides, *found[1].sides}):
            sides = [own.sides[group] for own in found if group in own.sides]
            frame = self._frames[group]
            shared = frame.shared and len(sides) > 1
            if not shared or is_summed(frame, sides):
                terms.append(apart(sides, shared=shared))
            else:
                weights = {
                    AgencyQuestion(side.agency, question): weight if own is found[0] else -weight
                    for own, side in zip(found, sides, strict=True)
                    for question, weight in own.joint[group].weights.items()
                }
                terms.append(spread(frame, weights, corrected=False))
        return _together(terms)

    def _asked(self, one: int, other: int, level: float) -> tuple[bool, bool]:
        """Tell whether two indices of which all is known differ clearly, and whether chance has a part in that.

        Few pairs need a quantile of their own: it lies between those of fewer and of more degrees of freedom.
        """
        value = abs(self._figures[one] - self._figures[other])
        error = 0.0 if self._is_shared else math.sqrt(self._variances[one] + self._variances[other])
        clear = _is_clear(value, error, level, self._fewest, None)
        if clear is None:
            found = self._spread(one, other)
            error, whole = found.error, None if found.df is None else max(1, math.floor(found.df))
            clear = _is_clear(value, error, level, whole, None if whole is None else whole + 1)
            if clear is None:
                exact = abs((self._ranked[one].index or Fraction(0)) - (self._ranked[other].index or Fraction(0)))
                clear = error == 0 or float(exact) > t_quantile(level, found.df) * error
        return clear and self._counted[one] != self._counted[other], error != 0

    def ranges(self, slugs: Iterable[str], *, together: bool = False) -> Mapping[str, RankRange]:
        """Return the best and worst rank that survey error leaves open of some agencies, as the policy counts ranks.

        Pairs are tested one by one; `together`, so that all ranges hold at once with the confidence asked for: an error
        that could be made in any of so many pairs is shared out among them (Bonferroni's inequality; Mogstad, Romano,
        Shaikh and Wilhelm, Inference for Ranks, 2024, build such sets from differences).
        """
        level = 1 - (1 - self._level) / max(1, math.comb(len(self.numbers), 2)) if together else self._level
        # How many errors an interval reaches at most; beyond all bounds where covariances are larger than errors.
        bounded = all(map(is_bounded, self._frames.values()))
        margin = t_quantile(level, self._fewest) if bounded else math.inf
        is_dense = self._policy.ties == "dense"
        dense = {number: place for place, number in enumerate(dict.fromkeys(self._counted))} if is_dense else {}
        placed = [
            Ranked(
                self._figures[place],
                margin * own.reach if own.reach else 0.0,
                dense.get(number, place),
                not own.unknown,
            )
            for place, (own, number) in enumerate(zip(self._errors, self._counted, strict=True))
        ]
        wanted = [self.numbers[slug] for slug in slugs if slug in self.numbers and placed[self.numbers[slug]].known]
        step = 10.0**-self._policy.index_decimals
        found = rank_ranges(placed, step, lambda one, other: self._asked(one, other, level), wanted)
        return {self._ranked[number].agency.slug: told for number, told in found.items()}


def _is_clear(value: float, error: float, level: float, fewer: float | None, more: float | None) -> bool | None:
    """Tell whether a difference lies beyond its margin with any degrees of freedom from `fewer` to `more`.

    None: that depends on them, or on the last digits of doubles, or nothing is known of the error.
    """
    if error == 0:
        return None
    if value > t_quantile(level, fewer) * error + _DIGITS:
        return True
    return False if value < t_quantile(level, more) * error - _DIGITS else None


# --- a change between two years -------------------------------------------------------------------------------------


def change_estimates(
    changes: Iterable[AgencyChange], sides: tuple[Results, Results], *, confidence: Decimal = CONFIDENCE
) -> Mapping[str, Estimate]:
    """Return how far chance may have moved each agency's change between two years, over what corresponds.

    The people asked in two years are drawn apart, so the errors of both years add as squares; as where agencies are
    compared, without the finite population correction. Whoever was asked in both years makes the true error smaller:
    people tend to say again what they said.

    Args:
        changes: what the two years say beside each other.
        sides: the two years as errors may be estimated of them, see `disclosure.widest`.

    Returns:
        by agency of the later year its change in percentage points; no agency that was merged or split.
    """
    wanted = [one for one in changes if one.core is not None and not one.pooled]
    slugs = [{one.before[0].slug for one in wanted}, {one.after[0].slug for one in wanted}]
    frames = [
        frames_of(side.year, {place: of for place, of in amended_counts(side.year).items() if place[1] in named})
        for side, named in zip(sides, slugs, strict=True)
    ]
    estimates: dict[str, Estimate] = {}
    for change in wanted:
        terms: list[Spread] = []
        reasons: list[str] = []
        own = (change.before[0].slug, change.after[0].slug)
        for number, (slug, side) in enumerate(zip(own, sides, strict=True)):
            codes = {code for unit in change.units for code in unit.codes[number]}
            leaves = [leaf for leaf in side.entry(slug).leaves if leaf.criterion.code in codes]
            out_of = sum((leaf.out_of or Fraction(0) for leaf in leaves), Fraction(0))
            makeup = makeup_of(frames[number], leaves, out_of)
            terms += [spread(frames[number][group], of, corrected=False) for group, of in makeup.weights.items()]
            terms += makeup.outside
            reasons += makeup.unknown.values()
        told = reasons[0] if reasons else _together(terms)
        estimates[own[1]] = _with_interval(change.core or Fraction(0), told, float(confidence), most=100, least=-100)
    return estimates


def _grades(year: Year, entry: AgencyScore, error: float) -> Iterator[tuple[str, Fraction]]:
    """Yield the share of the draws in which each grade holds.

    A draw is the index moved by a normal error, rounded and kept within 0..100 as an index is. A grade looks at one
    agency alone, so agencies are drawn apart; the year and the agency are the seed. None is drawn where none could pass
    from one grade to another.
    """
    if entry.index is None or error == 0:
        return
    index, seed = float(entry.index), f"{year.name}/{entry.agency.slug}"
    begins = [(grade.id, _least(year, grade.from_index)) for grade in year.cycle.grades]
    is_near = any(abs(least - index) <= FURTHEST * error for _, least in begins)
    drawn = [index + error * draw for draw in normals(seed, DRAWS)] if is_near else [index]
    reached = 0
    for grade, least in begins:
        above = sum(moved >= least for moved in drawn)
        yield grade, Fraction(above - reached, len(drawn))
        reached = above


def _least(year: Year, from_index: Decimal) -> float:
    """Return the exact index from which a grade holds: half a step less where the rounded index is compared."""
    policy = year.cycle.policy
    if from_index <= 0:
        return -math.inf  # an index is never below 0
    if policy.rank_on_exact:
        return float(from_index)
    step = Fraction(1, 10**policy.index_decimals)
    grid = math.ceil(Fraction(from_index) / step) * step
    return float(grid if policy.index_rounding == "down" else grid - step / 2)

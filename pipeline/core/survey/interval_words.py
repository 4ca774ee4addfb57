"""Sampling errors in words and JSON: an interval, or why there is none; possible ranks and grades."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.numbers import fixed, rounded
from pipeline.core.record.model import Year
from pipeline.core.survey.intervals import NO_SURVEY, AgencyEstimate, Estimate, Estimates

MEAN_DECIMALS = 4  # of a group's mean, from 0 to 1


def agency_lines(estimates: Estimates, agency: str, year: Year, labels: Labels) -> Iterator[str]:
    """Yield what survey error leaves open of an agency's index, rank and grade; nothing where chance has no part."""
    found = estimates.agencies[agency]
    if found.index is None:
        return
    if found.index.reason != NO_SURVEY:
        yield interval_text(found.index, estimates, year.cycle.policy.index_decimals, labels)
    if found.index.error is None:
        yield labels.text("estimate.unknown", codes=", ".join(found.unknown))
        return
    if found.best_rank is not None and found.worst_rank is not None:
        key = "one" if found.best_rank == found.worst_rank else "several"
        yield labels.text(f"estimate.rank.{key}", best=found.best_rank, worst=found.worst_rank)
    open_grades = [
        f"{labels.of(grade.title)} {chance_text(found.grades[grade.id], labels)}"
        for grade in year.cycle.grades
        if found.grades.get(grade.id)
    ]
    if open_grades:
        yield labels.text("estimate.grades", grades="; ".join(open_grades))


def interval_text(estimate: Estimate, estimates: Estimates, decimals: int, labels: Labels) -> str:
    """Return a figure's interval and standard error in one sentence, or the reason why there is none."""
    if estimate.error is None or estimate.low is None or estimate.high is None:
        return labels.text("estimate.none", reason=labels.text(f"estimate.reason.{estimate.reason}"))
    told = labels.text(
        "estimate.interval",
        level=labels.number(f"{(100 * estimates.confidence).normalize():f}"),
        low=labels.number(shown(estimate.low, decimals)),
        high=labels.number(shown(estimate.high, decimals)),
        error=labels.number(shown(estimate.error, decimals)),
    )
    if not estimate.bounds:
        return told
    why = "; ".join(labels.text(f"estimate.bound.{bound}") for bound in estimate.bounds)
    return f"{told} {labels.text('estimate.bounded', why=why)}"


def chance_text(share: Fraction, labels: Labels) -> str:
    """Return a probability in whole percent; a share of draws proves neither never nor always."""
    percent = rounded(100 * share, 0)
    if percent == 0:
        return "< 1%"
    if percent == 100:
        return "> 99%"
    return f"{labels.number(percent)}%"


def shown(value: float, decimals: int) -> str:
    """Return a figure that was estimated with a fixed number of decimals."""
    return fixed(Fraction(value), decimals)


def estimate_json(estimate: Estimate | None, decimals: int) -> dict[str, Any] | None:
    """Return an estimate's error and interval as text with these decimals, None where there is no figure."""
    if estimate is None:
        return None
    figures = {"error": estimate.error, "low": estimate.low, "high": estimate.high}
    return {
        **{key: None if value is None else shown(value, decimals) for key, value in figures.items()},
        "reason": estimate.reason,
        "bounds": list(estimate.bounds),
    }


def agency_json(estimates: Estimates, agency: str, year: Year) -> dict[str, Any]:
    """Return what `explain AGENCY --format json` says of survey error."""
    found: AgencyEstimate = estimates.agencies[agency]
    policy = year.cycle.policy
    return {
        "confidence": f"{estimates.confidence:f}",
        "index": estimate_json(found.index, policy.index_decimals),
        "points": estimate_json(found.points, policy.points.decimals),
        "best_rank": found.best_rank,
        "worst_rank": found.worst_rank,
        "grades": [{"grade": grade, "probability": fixed(share, 4)} for grade, share in found.grades.items()],
        "unknown": list(found.unknown),
    }

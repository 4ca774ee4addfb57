"""How many forms a survey needs for a stated margin, with finite populations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from statistics import NormalDist
from typing import Any, Final

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.numbers import fixed, rounded
from pipeline.core.ground.table import columns
from pipeline.core.ground.text import json_fields
from pipeline.core.record.model import Group, Year

# A mark of 0 to 1 spreads most where half say 0 and half say 1, so a share of one half bounds every mean of marks.
_LARGEST_VARIANCE: Final = Fraction(1, 4)


@dataclass(frozen=True, slots=True)
class Needed:
    """What one group, or one agency's part of it, needs; None where the plan does not say."""

    group: str
    agency: str | None
    population: int | None
    quota: int | None
    forms: int
    margin: Decimal | None  # percentage points that the quota gives


def critical_value(confidence: Decimal) -> Fraction:
    """Return the two-sided critical value of the normal distribution, to six decimals.

    It is rounded before anything is computed with it, so that every machine computes with the same number.

    `confidence`: percent, over 0 and under 100.
    """
    upper = (1 + float(confidence) / 100) / 2
    return Fraction(rounded(Fraction(NormalDist().inv_cdf(upper)), 6))


def forms_needed(population: int | None, *, margin: Decimal, confidence: Decimal) -> int:
    """Return the valid forms that keep a share, or a mean of marks from 0 to 1, within a margin.

    n0 = z^2 p (1 - p) / d^2 with p = 1/2; n = n0 / (1 + (n0 - 1) / N), rounded up (W. G. Cochran, Sampling
    Techniques, 3rd edition 1977, formulas 4.2 and 4.3).

    Args:
        population: N, people who could answer; None where it is not known: then no correction.
    """
    if population == 0:
        return 0
    endless = critical_value(confidence) ** 2 * _LARGEST_VARIANCE / (Fraction(margin) / 100) ** 2
    needed = endless if population is None else endless / (1 + (endless - 1) / population)
    least = -(-needed.numerator // needed.denominator)
    return least if population is None else min(least, population)


def margin_of(forms: int, population: int | None, *, confidence: Decimal) -> Decimal | None:
    """Return the margin that so many valid forms give, in percentage points to one decimal; None without forms.

    d = z sqrt(p (1 - p) / n) sqrt((N - n) / (N - 1)) with p = 1/2, the same formula the other way round; all of a
    population asked leaves no margin.
    """
    if forms <= 0:
        return None
    if population is not None and forms >= population:
        return Decimal("0.0")
    square = critical_value(confidence) ** 2 * _LARGEST_VARIANCE / forms
    if population is not None:
        square *= Fraction(population - forms, population - 1)
    with localcontext(prec=28):
        root = (Decimal(square.numerator) / Decimal(square.denominator)).sqrt()
    return rounded(root * 100, 1)


def needed_of(year: Year, *, margin: Decimal, confidence: Decimal) -> Iterator[Needed]:
    """Yield what each group needs: one row, or one for each agency where every agency has a population of its own."""
    for group in year.survey_plan.groups.values():
        if group.sipas:
            continue
        for agency, population in _populations(year, group):
            quota = group.quota if agency is None else None
            yield Needed(
                group=group.id,
                agency=agency,
                population=population,
                quota=quota,
                forms=forms_needed(population, margin=margin, confidence=confidence),
                margin=None if quota is None else margin_of(quota, population, confidence=confidence),
            )


def _populations(year: Year, group: Group) -> list[tuple[str | None, int | None]]:
    """Return the population of a group, or of each agency's part of it where only the agencies' files say it."""
    found: list[tuple[str | None, int | None]] = []
    for agency in year.agencies if group.population is None else ():
        counts = year.counts.get((group.id, agency))
        if counts is not None and "population" in counts.forms:
            found.append((agency, counts.forms["population"]))
    return found or [(None, group.population)]


def sample_json(year: Year, rows: Iterable[Needed], *, margin: Decimal, confidence: Decimal) -> dict[str, Any]:
    """Return the stable shape of `survey sample --format json`."""
    return {
        "year": year.name,
        "margin": f"{margin:f}",
        "confidence": f"{confidence:f}",
        "critical_value": fixed(critical_value(confidence), 6),
        "groups": [
            json_fields(row, "group", "agency", "population", "quota", needed="forms", margin_of_quota="margin")
            for row in rows
        ],
    }


def sample_text(year: Year, rows: Iterable[Needed], labels: Labels, *, margin: Decimal, confidence: Decimal) -> str:
    """Return the table for people, with what it means below."""
    groups = year.survey_plan.groups
    table = [[labels.text(f"fieldwork.column.{name}") for name in ("group", "population", "quota", "needed", "margin")]]
    listed = list(rows)
    for row in listed:
        name = labels.of(groups[row.group].title)
        if row.agency is not None:
            name = f"{name} · {labels.of(year.agencies[row.agency].short)}"
        counts = ("–" if count is None else str(count) for count in (row.population, row.quota))
        wide = "–" if row.margin is None else f"±{labels.number(row.margin)}"
        table.append([name, *counts, str(row.forms), wide])
    told = columns(table, range(1, len(table[0])), ruled=False)
    words = {"margin": labels.number(margin), "confidence": labels.number(confidence)}
    below = [labels.text("fieldwork.meaning", **words), labels.text("fieldwork.valid")]
    if any(row.quota is not None and row.quota < row.forms for row in listed):
        below.append(labels.text("fieldwork.short"))
    if any(not groups[row.group].matrix and row.agency is None for row in listed):
        below.append(labels.text("fieldwork.each-agency"))
    if any(row.population is None for row in listed):
        below.append(labels.text("fieldwork.no-population"))
    return "\n".join([labels.text("fieldwork.title", year=year.name), told, "", *below]) + "\n"

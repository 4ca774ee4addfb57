"""Agencies beside each other area by area, in percent of what applies to each."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from pipeline.core.index.analysis.averages import median
from pipeline.core.index.scoring import AgencyScore, AreaScore, Results, Subtotal
from pipeline.core.record.model import Agency, Criterion


@dataclass(frozen=True, slots=True)
class AreaStanding:
    """How the agencies did in an area: the median and the best index, and who reached the best."""

    median: Fraction
    best: Fraction
    best_agencies: frozenset[str]


@dataclass(frozen=True, slots=True)
class AreaCell:
    """One agency in one area: points of what applies, and that in percent, bonus apart; None where nothing applies."""

    agency: Agency
    area: AreaScore

    @property
    def percent(self) -> Fraction | None:
        """Return the points in percent of the applicable maximum."""
        return self.area.index


@dataclass(frozen=True, slots=True)
class AreaTable:
    """Areas across, agencies down in the order of the ranking; `standings` stands under each area that has an index."""

    areas: tuple[Criterion, ...]
    rows: tuple[tuple[AreaCell, ...], ...]
    standings: tuple[AreaStanding | None, ...]


def area_table(results: Results) -> AreaTable:
    """Return every agency's percentage in every area; an area of bonus alone is left out."""
    year = results.year
    areas = tuple(area for area in year.criteria.values() if area.parent is None and area.out_of > 0)
    codes = [area.code for area in areas]
    rows = tuple(
        tuple(AreaCell(entry.agency, area) for area in entry.areas if area.criterion.code in codes)
        for entry in results.agencies
    )
    return AreaTable(areas, rows, tuple(area_standing(results, code) for code in codes))


def area_indices(results: Results, code: str) -> tuple[Fraction, ...]:
    """Return the indices that agencies reached in an area, those to which it applies, in the order of the ranking."""
    found = (area.index for entry in results.agencies for area in entry.areas if area.criterion.code == code)
    return tuple(index for index in found if index is not None)


def area_standing(results: Results, code: str) -> AreaStanding | None:
    """Return how the agencies to which an area applies did in it; None where it has no index."""
    indices = area_indices(results, code)
    middle = median(indices)
    if middle is None:
        return None
    best = max(indices)
    reached = {
        entry.agency.slug
        for entry in results.agencies
        for area in entry.areas
        if area.criterion.code == code and area.index == best
    }
    return AreaStanding(middle, best, frozenset(reached))


def part_of(entry: AgencyScore, criterion: Criterion) -> Subtotal | None:
    """Return an agency's points below a criterion of any depth; None where nothing of it applies or stands yet."""
    own = [leaf for leaf in entry.leaves if leaf.criterion.code in criterion.leaves and leaf.points is not None]
    if not own:
        return None
    return Subtotal(
        points=sum((leaf.points or Fraction(0) for leaf in own), Fraction(0)),
        out_of=sum((leaf.out_of or Fraction(0) for leaf in own), Fraction(0)),
    )

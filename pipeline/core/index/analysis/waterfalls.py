"""From self-assessment to decision: what was claimed, what each later step took and gave, and the final points.

The steps sum without remainder, per agency, area and monitoring body; they are those of `audit`, amendments last.
Points of the survey, and of leaves that the appraisers alone score (`claimed: false`), have no such steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import groupby

from pipeline.core.index.audit import Audit, AuditRow, Move, Tally, audit
from pipeline.core.record.authorship import LastChange
from pipeline.core.record.model import Calendar, Year

_NOBODY = LastChange(None, None, None, None)


@dataclass(frozen=True, slots=True)
class Waterfall:
    """One way from claim to decision; `name` is an agency, an area's code or a body, empty for all together.

    claimed + cut + raised + recovered = final, without remainder.
    """

    name: str
    claimed: Decimal
    moves: tuple[Move, ...]
    final: Decimal
    first: str | None  # the year's first appraising stage

    @property
    def cut(self) -> Decimal:
        """Return everything taken, 0 or below."""
        return sum((move.taken for move in self.moves), Decimal(0))

    @property
    def raised(self) -> Decimal:
        """Return what the first appraisal gave beyond the claim."""
        return sum((move.given for move in self.moves if move.step == self.first), Decimal(0))

    @property
    def recovered(self) -> Decimal:
        """Return what later steps gave: after an explanation, by the council, by amendments."""
        return sum((move.given for move in self.moves if move.step != self.first), Decimal(0))


@dataclass(frozen=True)  # no slots: what finds an agency is made once
class Waterfalls:
    """The ways of one year: in all, and split three times over the same leaves."""

    total: Waterfall
    by_agency: tuple[Waterfall, ...]
    by_area: tuple[Waterfall, ...]
    by_monitor: tuple[Waterfall, ...]
    rows: Mapping[str, tuple[AuditRow, ...]]  # by agency every leaf that stages write, which all of these sum up

    def of(self, agency: str) -> Waterfall | None:
        """Return one agency's way."""
        return self._known.get(agency)

    def refusals(self) -> Iterator[tuple[str, Decimal, Fraction]]:
        """Yield agencies whose claims did not all stand in the end, with how many points, in percent of the claim.

        A cut that a later step took back is none, nor is a penalty: claimed 1.00, appraised 0.50, decided 0.90 makes
        0.10; claimed 0.00, decided -0.50 makes 0.00.
        """
        for way in self.by_agency:
            vain = (row.started - max(row.final, Decimal(0)) for row in self.rows[way.name])
            points = sum((lost for lost in vain if lost > 0), Decimal(0))
            if points:
                yield way.name, points, 100 * Fraction(points) / Fraction(way.claimed)

    @cached_property
    def most_moved(self) -> int:
        """Return how many criteria moved at the agency where most did."""
        return max((sum(bool(row.moves) for row in own) for own in self.rows.values()), default=0)

    @cached_property
    def _known(self) -> Mapping[str, Waterfall]:
        return {entry.name: entry for entry in self.by_agency}


def waterfalls(year: Year) -> Waterfalls:
    """Follow every leaf that agencies claim from what they gave themselves to what stands after all stages."""
    found = _audit(year, claimed_alone=True)
    leaves = list(year.leaves())
    return Waterfalls(
        total=_waterfall(year, found.total),
        by_agency=_ordered(year, found.by_agency, year.agencies),
        by_area=_ordered(year, found.by_area, (leaf.area for leaf in leaves)),
        by_monitor=_ordered(year, found.by_monitor, (leaf.monitor or "" for leaf in leaves)),
        rows={slug: tuple(own) for slug, own in groupby(found.rows, key=lambda row: row.agency)},
    )


def judged_rows(year: Year, ways: Waterfalls) -> Iterable[AuditRow]:
    """Return the ways of all leaves that stages write: also of those that the appraisers alone score."""
    if all(leaf.claimed for leaf in year.leaves()):
        return (row for own in ways.rows.values() for row in own)
    return _audit(year, claimed_alone=False).rows


def _audit(year: Year, *, claimed_alone: bool) -> Audit:
    last = year.cycle.stages.names[-1]
    return audit(year, last, calendar=Calendar(), find=lambda _: _NOBODY, claimed_alone=claimed_alone)


def _ordered(year: Year, tallies: Iterable[Tally], names: Iterable[str]) -> tuple[Waterfall, ...]:
    """Return one way for each tally, in the order of the names."""
    known = {tally.name: tally for tally in tallies}
    return tuple(_waterfall(year, known[name]) for name in dict.fromkeys(names) if name in known)


def _waterfall(year: Year, tally: Tally) -> Waterfall:
    return Waterfall(tally.name, tally.started, tally.moves, tally.final, year.cycle.stages.first_appraise)

"""From self-assessment to decision: what was claimed, what each later step took and gave, what stands at the end.

The steps sum without remainder, per agency, area and monitoring body; they are those of `audit`, amendments last.
Points of the survey have no such way and stand apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from pipeline.core.index.audit import AuditRow, audit, moving_steps
from pipeline.core.record.model import Calendar, LastChange, Year

_NOBODY = LastChange(None, None, None, None)


@dataclass(frozen=True, slots=True)
class Move:
    """What one step took (below 0) and gave (above 0) over some leaves."""

    step: str  # a stage, or `amendment`
    taken: Decimal
    given: Decimal


@dataclass(frozen=True, slots=True)
class Waterfall:
    """One way from claim to decision; `name` is an agency, an area's code or a body, empty for all together."""

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

    @property
    def holds(self) -> bool:
        """Tell whether claimed + cut + raised + recovered = final, without remainder."""
        return self.claimed + self.cut + self.raised + self.recovered == self.final


@dataclass(frozen=True, slots=True)
class Waterfalls:
    """The ways of one year: in all, and split three times over the same leaves."""

    total: Waterfall
    by_agency: tuple[Waterfall, ...]
    by_area: tuple[Waterfall, ...]
    by_monitor: tuple[Waterfall, ...]

    def of(self, agency: str) -> Waterfall | None:
        """Return one agency's way."""
        return next((entry for entry in self.by_agency if entry.name == agency), None)


def waterfalls(year: Year) -> Waterfalls:
    """Follow every appraised leaf of a year from what was claimed to what stands after decision and amendments."""
    rows = audit(year, year.cycle.stages.names[-1], calendar=Calendar(), find=lambda _: _NOBODY).rows
    leaves = list(year.leaves())
    return Waterfalls(
        total=_waterfall(year, "", rows),
        by_agency=_split(year, rows, year.agencies, lambda row: row.agency),
        by_area=_split(year, rows, (leaf.area for leaf in leaves), lambda row: row.area),
        by_monitor=_split(year, rows, (leaf.monitor or "" for leaf in leaves), lambda row: row.monitor or ""),
    )


def _split(
    year: Year, rows: Iterable[AuditRow], names: Iterable[str], name: Callable[[AuditRow], str]
) -> tuple[Waterfall, ...]:
    """Return one way for each name that has rows, in the order of the names."""
    groups: dict[str, list[AuditRow]] = {key: [] for key in names}
    for row in rows:
        groups[name(row)].append(row)
    return tuple(_waterfall(year, key, own) for key, own in groups.items() if own)


def _waterfall(year: Year, name: str, rows: Iterable[AuditRow]) -> Waterfall:
    listed = list(rows)
    entries = [entry for row in listed for entry in row.entries if entry.decides]
    return Waterfall(
        name=name,
        claimed=sum((row.started for row in listed), Decimal(0)),
        moves=tuple(
            Move(
                step,
                taken=sum((entry.moved for entry in entries if entry.step == step and entry.moved < 0), Decimal(0)),
                given=sum((entry.moved for entry in entries if entry.step == step and entry.moved > 0), Decimal(0)),
            )
            for step in moving_steps(year, year.cycle.stages.names[-1])
        ),
        final=sum((row.final for row in listed), Decimal(0)),
        first=year.cycle.stages.first_appraise,
    )

"""The groups of agencies that a year lists: who belongs to each, middle and spread of their indices, places in it.

A place in a group is a count of better ranks in the same group, so that the ranking of the year decides alone.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from pipeline.core.index.analysis.profiles import median
from pipeline.core.index.scoring import AgencyScore, Results
from pipeline.core.record.model import AgencyGroup


@dataclass(frozen=True, slots=True)
class GroupStanding:
    """One group: its agencies in the order of the ranking, their indices in percent, and places among the ranked."""

    group: AgencyGroup
    entries: tuple[AgencyScore, ...]
    indices: tuple[Fraction, ...]  # of those that have one, from low to high
    places: Mapping[str, int]

    @property
    def median(self) -> Fraction | None:
        """Return the middle index; None where nobody has one."""
        return median(self.indices)

    @property
    def middle(self) -> tuple[Fraction, Fraction] | None:
        """Return between which indices the middle half lies: the quartiles, the extremes being the 0th and the 4th."""
        if len(self.indices) < 2:
            return (self.indices[0], self.indices[0]) if self.indices else None
        low, _, high = statistics.quantiles(self.indices, n=4, method="inclusive")
        return low, high


def group_standings(results: Results) -> tuple[GroupStanding, ...]:
    """Return the groups in the order in which the year lists them; none of a year without."""
    return tuple(_group_standing(results, group) for group in results.year.groups.values())


def _group_standing(results: Results, group: AgencyGroup) -> GroupStanding:
    own = tuple(entry for entry in results.agencies if entry.agency.group == group.id)
    ranks = {entry.agency.slug: entry.rank for entry in own if entry.rank is not None}
    return GroupStanding(
        group,
        own,
        indices=tuple(sorted(entry.index for entry in own if entry.index is not None)),
        places={slug: 1 + sum(other < rank for other in ranks.values()) for slug, rank in ranks.items()},
    )

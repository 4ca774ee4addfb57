"""The groups of agencies of a year as pages show them; no places in them while the year is provisional."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.core.index.analysis.agency_groups import GroupStanding
from pipeline.core.publish.scene import Scene


@dataclass(frozen=True, slots=True)
class AgencyGroupView:
    """One group: what it is called, what is told of it, and where its agencies stand."""

    id: str
    title: str
    count: int
    median: str
    middle: str  # the half of its agencies in the middle
    spread: str  # from the lowest to the highest index
    first: tuple[tuple[str, str], ...]  # slug and short name of those who lead it
    places: tuple[int, ...]  # of its agencies in the ranking of the year, from 0
    among: Mapping[str, int]  # the place of each ranked agency in the group, by slug


def group_views(scene: Scene) -> tuple[AgencyGroupView, ...]:
    """Return the groups in the order in which the year lists them."""
    order = {entry.agency.slug: place for place, entry in enumerate(scene.results.agencies)}
    return tuple(_group_view(scene, one, order) for one in scene.figures.groups)


def _group_view(scene: Scene, one: GroupStanding, order: Mapping[str, int]) -> AgencyGroupView:
    among = {} if scene.results.provisional else one.places
    first = [entry.agency for entry in one.entries if among.get(entry.agency.slug) == 1]
    return AgencyGroupView(
        id=one.group.id,
        title=scene.of(one.group.title),
        count=len(one.entries),
        median=scene.index(one.median),
        middle=scene.index_range(one.middle),
        spread=scene.index_range((one.indices[0], one.indices[-1]) if one.indices else None),
        first=tuple((agency.slug, scene.of(agency.short)) for agency in first),
        places=tuple(order[entry.agency.slug] for entry in one.entries),
        among=among,
    )

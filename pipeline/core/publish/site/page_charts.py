"""The charts that stand on the pages of a year: which page shows which, by the names that templates use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

from pipeline.core.index.analysis.profiles import median, part_of
from pipeline.core.index.scoring import AgencyScore
from pipeline.core.publish.charts.chart import Chart, Join
from pipeline.core.publish.charts.from_results import (
    areas_chart,
    claims_chart,
    criterion_chart,
    draws_chart,
    index_chart,
    intervals_from,
    losses_chart,
    road_chart,
    years_chart,
)
from pipeline.core.publish.scene import Scene
from pipeline.core.publish.site.careers import CareerYear
from pipeline.core.record.model import Criterion

Joined: TypeAlias = Mapping[tuple[str, str], Join]  # of two years, the earlier first


def year_charts(scene: Scene, entries: Sequence[AgencyScore]) -> Mapping[str, Chart | None]:
    """Return the charts of agencies of a year; an interval tells nothing of the answers that may not be shown."""
    errors = scene.figures.estimates
    intervals = intervals_from(errors, scene.year)
    return {
        "index": index_chart(
            scene.results, scene.labels, intervals=intervals, confidence=100 * errors.confidence, entries=entries
        ),
        "claims": claims_chart(
            scene.results,
            scene.figures.ways.by_agency if scene.figures.ways else (),
            scene.labels,
            entries=entries,
        ),
    }


def firmness_charts(scene: Scene, entries: Sequence[AgencyScore]) -> Mapping[str, Chart | None]:
    """Return the charts of agencies on the page of how firm a ranking is."""
    return {"draws": draws_chart(scene.results, scene.figures.drawn, scene.labels, entries=entries)}


def agency_charts(
    scene: Scene, entry: AgencyScore, standings: Sequence[CareerYear], joined: Joined
) -> Mapping[str, Chart | None]:
    """Return the charts of an agency's page."""
    return {
        "years": career_chart(scene, standings, joined),
        "areas": areas_chart(scene.results, entry, scene.figures.areas, scene.labels),
        "losses": losses_chart(scene.results, entry, scene.labels),
        "road": road_chart(
            scene.results, entry, scene.figures.ways.of(entry.agency.slug) if scene.figures.ways else None, scene.labels
        ),
    }


def career_chart(scene: Scene, standings: Sequence[CareerYear], joined: Joined) -> Chart | None:
    """Return an agency's index over its years, beside the median of all agencies of each."""
    name = standings[-1].scene.agency_short(standings[-1].slug)
    own = [one.scene.results.entry(one.slug).index for one in standings]
    middle = [one.scene.figures.median for one in standings]
    figures = ((name, own), (scene.labels.text("chart.areas.median"), middle))
    return years_chart(name, *_moments([one.scene for one in standings], joined), figures, scene.labels)


def criterion_charts(
    scene: Scene, criterion: Criterion, *, whole: bool, years: Sequence[tuple[Scene, str]], joined: Joined
) -> Mapping[str, Chart | None]:
    """Return the charts of a criterion's page.

    Args:
        whole: whether the agencies are few enough to be drawn.
        years: every year that has a counterpart, the earliest first, with its code there.
    """
    if all(one.year.criteria[code].rule is not None for one, code in years):  # one for one, no part of anything
        joined = dict.fromkeys(joined, "whole")
    labels = scene.labels
    reached = [median(_reached(one, code)) for one, code in years] if len(years) > 1 else [None]
    figures = ((labels.text("chart.areas.median"), reached),)
    name = labels.text("chart.years.criterion", code=criterion.code)
    return {
        "agencies": criterion_chart(scene.results, criterion, labels) if whole else None,
        "years": years_chart(name, *_moments([one for one, _ in years], joined), figures, labels),
    }


def _reached(scene: Scene, code: str) -> list[Fraction]:
    """Return what part of a criterion each agency reached to which it applies, in percent."""
    parts = (part_of(entry, scene.year.criteria[code]) for entry in scene.results.agencies)
    return [part.index for part in parts if part is not None and part.index is not None]


def _moments(scenes: Sequence[Scene], joined: Joined) -> tuple[list[str], list[Join]]:
    """Return what the years are called, one that is not complete with a star, and how each follows the one before."""
    names = [one.year.name for one in scenes]
    told = [f"{one.year.name[:4]}*" if one.results.provisional else one.year.name[:4] for one in scenes]
    return told, [joined.get(pair, "") for pair in pairwise(names)]

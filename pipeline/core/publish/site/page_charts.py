"""The charts that stand on the pages of a year: which page shows which, by the names that templates use."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.core.index.scoring import AgencyScore
from pipeline.core.publish.charts.chart import Chart
from pipeline.core.publish.charts.from_results import (
    areas_chart,
    claims_chart,
    criterion_chart,
    index_chart,
    intervals_from,
    losses_chart,
    road_chart,
)
from pipeline.core.publish.scene import Scene
from pipeline.core.record.model import Criterion


def year_charts(scene: Scene) -> Mapping[str, Chart | None]:
    """Return the charts of a year's page; an interval tells nothing of the answers that may not be shown."""
    errors = scene.figures.estimates
    intervals = intervals_from(errors, scene.year)
    return {
        "index": index_chart(scene.results, scene.labels, intervals=intervals, confidence=100 * errors.confidence),
        "claims": claims_chart(scene.results, scene.figures.ways.by_agency if scene.figures.ways else (), scene.labels),
    }


def agency_charts(scene: Scene, entry: AgencyScore) -> Mapping[str, Chart | None]:
    """Return the charts of an agency's page."""
    return {
        "areas": areas_chart(scene.results, entry, scene.figures.areas, scene.labels),
        "losses": losses_chart(scene.results, entry, scene.labels),
        "road": road_chart(
            scene.results, entry, scene.figures.ways.of(entry.agency.slug) if scene.figures.ways else None, scene.labels
        ),
    }


def criterion_charts(scene: Scene, criterion: Criterion) -> Mapping[str, Chart | None]:
    """Return the charts of a criterion's page."""
    return {"agencies": criterion_chart(scene.results, criterion, scene.labels)}

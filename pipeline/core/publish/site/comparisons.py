"""A year compared with an earlier one, over what corresponds: in sentences, and as slopes of all agencies.

How years are compared: `index.analysis.trends`. Which years a reader may see is decided by those who call.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.core.index.analysis.sentences import told, trend_sentences
from pipeline.core.index.analysis.trends import Trend, trend
from pipeline.core.publish.charts.chart import Chart
from pipeline.core.publish.charts.from_results import trend_chart
from pipeline.core.publish.scene import Scene
from pipeline.core.record.model import Concordance


@dataclass(frozen=True, slots=True)
class ChangesView:
    """What changed since an earlier year: its name, what is said of it, the slopes."""

    before: str
    sentences: tuple[str, ...]
    chart: Chart | None


def changes_view(scene: Scene, earlier: Iterable[Scene], concordances: Iterable[Concordance]) -> ChangesView | None:
    """Return a year beside the latest earlier one that a concordance compares it with; None where there is none."""
    known = {one.year.name: one for one in earlier}
    pairs = [pair for pair in concordances if pair.after == scene.year.name and pair.before in known]
    if not pairs:
        return None
    pair = max(pairs, key=lambda one: one.before)
    before = known[pair.before]
    found = compared(before, scene, pair)
    if found is None:
        return None
    return ChangesView(
        before=before.year.name[:4],
        sentences=said(found, scene),
        chart=trend_chart(found, scene.labels),
    )


def compared(before: Scene, after: Scene, pair: Concordance) -> Trend | None:
    """Return how two years compare; None where a comparison could tell of hidden answers."""
    found = trend(before.results, after.results, pair)
    return None if found.may_tell_of_hidden else found


def only_of(found: Trend, slug: str) -> Trend:
    """Return what a comparison says of one agency of the later year."""
    own = tuple(change for change in found.changes if any(agency.slug == slug for agency in change.after))
    return dataclasses.replace(found, changes=own, only_before=(), only_after=())


def said(found: Trend, after: Scene) -> tuple[str, ...]:
    """Return a comparison in sentences, the concordance's own note last."""
    labels = after.labels
    sentences = tuple(told(sentence, labels) for sentence in trend_sentences(found, after.thresholds))
    note = labels.of(found.concordance.note)
    return (*sentences, note) if note else sentences

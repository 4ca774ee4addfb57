"""A year compared with an earlier one, over what corresponds: in sentences, and as slopes of all agencies.

How years are compared: `index.analysis.trends`. Which years a reader may see is decided by those who call.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from pipeline.core.index.analysis.sentences import told, trend_sentences
from pipeline.core.index.analysis.trends import Trend, trend
from pipeline.core.publish.charts.chart import Chart
from pipeline.core.publish.charts.from_results import trend_chart
from pipeline.core.publish.scene import Scene
from pipeline.core.publish.site.parts import SHOWN
from pipeline.core.record.model import Concordance

MOVED = 7  # of more agencies, how many are


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
    many = len(found.changes) > SHOWN
    return ChangesView(
        before=before.year.name[:4],
        sentences=said(_most_moved(found) if many else found, scene),
        chart=None if many else trend_chart(found, scene.labels),
    )


def _most_moved(found: Trend) -> Trend:
    """Return a comparison with the few agencies that moved most; each other one's own page tells of it."""
    moved = sorted(found.changes, key=lambda change: -abs(change.core or Fraction(0)))
    return dataclasses.replace(found, changes=tuple(moved[:MOVED]))


def compared(before: Scene, after: Scene, pair: Concordance) -> Trend | None:
    """Return how two years compare; None where a comparison could tell of hidden answers."""
    found = trend(before.results, after.results, pair)
    return None if found.may_tell_of_hidden else found


def by_agency(found: Trend) -> Mapping[str, Trend]:
    """Return what a comparison says of each agency of the later year."""
    return {
        agency.slug: dataclasses.replace(found, changes=(change,), only_before=(), only_after=())
        for change in found.changes
        for agency in change.after
    }


def said(found: Trend, after: Scene) -> tuple[str, ...]:
    """Return a comparison in sentences, the concordance's own note last."""
    labels = after.labels
    sentences = tuple(told(sentence, labels) for sentence in trend_sentences(found, after.thresholds))
    note = labels.of(found.concordance.note)
    return (*sentences, note) if note else sentences

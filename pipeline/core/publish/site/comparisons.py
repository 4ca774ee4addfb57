"""A year compared with an earlier one, over what corresponds: in figures, in sentences, and as slopes of agencies.

How years are compared: `index.analysis.trends`. Which years a reader may see is decided by those who call.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from pipeline.core.index.analysis.sentences import basis_sentences, moved, signed_text, told, trend_sentences
from pipeline.core.index.analysis.trends import Trend, trend
from pipeline.core.publish.charts.chart import Chart
from pipeline.core.publish.charts.from_results import trend_chart
from pipeline.core.publish.scene import Scene
from pipeline.core.publish.site.parts import SHOWN
from pipeline.core.record.model import Concordance

MOVED = 6  # of more agencies, how many are told one by one


@dataclass(frozen=True, slots=True)
class ChangesView:
    """What changed since an earlier year: its name, what is compared, what is said of agencies, the slopes."""

    before: str
    basis: tuple[str, ...]
    sentences: tuple[str, ...]
    moved: Mapping[str, str]  # by agency, by how many percentage points; of one that was merged or split nothing
    chart: Chart | None


def changes_view(found: Trend, scene: Scene) -> ChangesView:
    """Return a year beside an earlier one, over what corresponds."""
    year, labels, many = scene.year, scene.labels, len(found.changes) > SHOWN
    note = labels.of(found.concordance.note)
    basis = [*(told(one, labels) for one in basis_sentences(found)), *((note,) if note else ())]
    moves = [(change, moved(change, year)) for change in found.changes if not change.pooled]
    return ChangesView(
        before=found.before.year.name[:4],
        basis=tuple(basis),
        sentences=tuple(one for one in said(_most_moved(found) if many else found, scene) if one not in basis),
        moved={change.after[0].slug: signed_text(by, labels) for change, by in moves if by is not None},
        chart=None if many else trend_chart(found, labels),
    )


def _most_moved(found: Trend) -> Trend:
    """Return a comparison with the few agencies that moved most; each other one's own page tells of it."""
    moving = sorted(found.changes, key=lambda change: -abs(change.core or Fraction(0)))
    return dataclasses.replace(found, changes=tuple(moving[:MOVED]))


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

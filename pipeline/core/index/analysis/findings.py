"""What is worth telling of a year beside its headline and league table, the most important first.

What is said of one agency after another is one sentence where they are many: it names those of which it says most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Final

from pipeline.core.ground.text import Text
from pipeline.core.index.analysis.league import RankRange
from pipeline.core.index.analysis.robustness import Robustness
from pipeline.core.index.analysis.sentences import (
    Figure,
    Named,
    Sentence,
    area_sentences,
    contrast_sentences,
    league_sentences,
    loss_sentences,
    robustness_sentences,
    way_sentences,
)
from pipeline.core.index.scoring import Results
from pipeline.core.record.model import Thresholds

FEW = 3  # agencies or areas that are told one after the other; of more, one sentence names so many
# How sure the ranking is, where agencies differ, what it costs them, then the rest; what is not here is told elsewhere.
_IMPORTANCE: Final = (
    *("rank-range", "area-gap", "losses", "areas", "overclaim", "papers", "people", "swaps", "moves", "penalty"),
    *("nothing", "area-weak", "way", "short", "concentrated", "bonus", "full", "alike"),
)
_OF_RANKS: Final = ("rank-range", "swaps", "moves")  # which there are none of before a year is complete


def findings(
    results: Results,
    thresholds: Thresholds | None,
    ranks: Mapping[str, RankRange] | None = None,
    robust: Robustness | None = None,
) -> tuple[Sentence, ...]:
    """Return the findings of a year.

    Args:
        thresholds: from which figures on something is told.
        ranks: by agency the best and worst rank within survey error, where that was estimated.
        robust: the ranking with one thing otherwise at a time, where it is known.
    """
    finders = (area_sentences, loss_sentences, way_sentences, contrast_sentences)
    said = [
        *league_sentences(results, thresholds, ranks),
        *(one for find in finders for one in find(results, thresholds)),
        *robustness_sentences(results, thresholds, robust),
    ]
    by_kind: dict[str, list[Sentence]] = {}
    for sentence in said:
        kind = next((one for one in _IMPORTANCE if sentence.key == one or sentence.key.startswith(f"{one}-")), "")
        by_kind.setdefault(kind, []).append(sentence)
    told = (kind for kind in _IMPORTANCE if not (results.provisional and kind in _OF_RANKS))
    return tuple(sentence for kind in told for sentence in summed(by_kind.get(kind, ())))


def summed(said: Iterable[Sentence]) -> tuple[Sentence, ...]:
    """Return sentences; those of one kind that stand together are one where they are many and a sum says the same."""
    found: list[Sentence] = []
    for key, together in groupby(said, key=lambda sentence: sentence.key):
        own = list(together)
        found += _SUMS[key](own) if key in _SUMS and len(own) > FEW else own
    return tuple(found)


def _by_span(own: Sequence[Sentence]) -> list[Sentence]:
    """Return one sentence for all agencies whose rank is open, the widest range first."""

    def width(sentence: Sentence) -> int:
        best, worst = sentence.figures["best"], sentence.figures["worst"]
        return best - worst if isinstance(best, int) and isinstance(worst, int) else 0

    widest = sorted(own, key=width)
    named = [one.figures["agencies"] for one in widest]
    names = tuple(pair for one in named if isinstance(one, Named) for pair in one.names)
    first = Named(names[: len(named[0].names) if isinstance(named[0], Named) else 1], most=FEW)
    figures = {**widest[0].figures, "first": first, "agencies": Named(names, most=FEW), "count": len(names)}
    return [Sentence(f"{own[0].key}-many", figures)]


def _by_grade(own: Sequence[Sentence]) -> list[Sentence]:
    """Return one sentence for each grade that agencies are near to, the nearest agency first."""
    found: dict[Figure, list[Sentence]] = {}
    for sentence in own:
        found.setdefault(sentence.figures["grade"], []).append(sentence)
    return [one for below in found.values() for one in (_of_grade(below) if len(below) > FEW else below)]


def _of_grade(below: Sequence[Sentence]) -> list[Sentence]:
    nearest = sorted(below, key=lambda sentence: Decimal(str(sentence.figures["distance"])))
    names = tuple((name, None) for one in nearest if isinstance(name := one.figures["agency"], Text))
    return [Sentence("near-grade-many", {**nearest[0].figures, "agencies": Named(names), "count": len(names)})]


def _by_area(own: Sequence[Sentence]) -> list[Sentence]:
    """Return one sentence of several that each name an area."""
    found = (one.figures["area"] for one in own)
    names = Named(tuple((name, None) for name in found if isinstance(name, Text)), quoted=True, most=FEW)
    return [Sentence(f"{own[0].key}-many", {**own[0].figures, "names": names, "count": len(own)})]


_SUMS: Final[Mapping[str, Callable[[Sequence[Sentence]], list[Sentence]]]] = {
    "rank-range": _by_span,
    "moves": _by_span,
    "area-weak": _by_area,
    "near-grade": _by_grade,
}

"""The command whatif: what other scores would change, and the cheapest way to a grade or a rank."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from decimal import Decimal

from pipeline.commands.common import data_of, results_of, tell
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.core.index import whatif_words
from pipeline.core.index.scoring import Results
from pipeline.core.index.whatif import Goal, grade_goal, what_if


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Tell the effect of given scores on everyone, and the cheapest way to a goal."""
    scores = _scores(options.scores)
    if not scores and options.reach is None and options.rank is None:
        raise ParindexError("whatif-nothing-asked")
    _, snapshot, labels = data_of(options, labels)
    results = results_of(snapshot, options.year, labels)
    found = what_if(results, options.agency, scores, goal=_goal(options, results), by=options.by)
    tell(
        options.format,
        json=lambda: whatif_words.whatif_json(found, snapshot.tree.commit),
        text=lambda: whatif_words.whatif_text(found, labels),
    )
    return 0


def _scores(typed: Iterable[str]) -> dict[str, Decimal]:
    """Return the scores that were typed as CODE=POINTS, a decimal comma or point; negative for a penalty."""
    scores: dict[str, Decimal] = {}
    for text in typed:
        code, equals, points = text.partition("=")
        if not equals or not re.fullmatch(r"-?[0-9]{1,6}(?:[.,][0-9]{1,6})?", points):
            raise ParindexError("whatif-score", text=text[:60])
        if code in scores:
            raise ParindexError("whatif-twice", criterion=code)
        scores[code] = Decimal(points.replace(",", "."))
    return scores


def _goal(options: argparse.Namespace, results: Results) -> Goal | None:
    if options.reach is not None:
        return grade_goal(results, options.reach)
    if options.rank is None:
        return None
    if not re.fullmatch(r"[0-9]{1,5}", options.rank):
        raise ParindexError("whatif-rank", rank=options.rank[:20], most=str(len(results.year.agencies)))
    return Goal(rank=int(options.rank))

"""The command score: index, rank and grade of every agency."""

from __future__ import annotations

import argparse

from pipeline.commands.common import data_of, refuse_errors, results_of, tell
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import in_order
from pipeline.core.index import score_words


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Tell the results of one year or of all."""
    _, snapshot, labels = data_of(options, labels)
    several = options.year is None and options.format != "json"  # a JSON answer is of one year
    years = sorted(snapshot.world.years) if several else []
    refuse_errors(in_order(problem for year in years for problem in snapshot.problems_of_year(year)), labels)
    results = [results_of(snapshot, year, labels) for year in years or [options.year]]
    tell(
        options.format,
        json=lambda: score_words.score_json(results[0], snapshot.tree.commit, labels.language),
        csv=lambda: score_words.score_csv(results, labels),
        table=lambda: "\n".join(score_words.score_table(entry, labels) for entry in results),
    )
    return 0

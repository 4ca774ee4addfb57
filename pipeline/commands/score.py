"""The command score: index, rank and grade of every agency."""

from __future__ import annotations

import argparse
from functools import partial

from pipeline.adapters.repository import Repository
from pipeline.commands.answers import answered, repository_of
from pipeline.commands.common import data_of, face, named_year, outlined, past_of, refuse_errors, results_of, sound_year
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import in_order
from pipeline.core.ground.text import to_json
from pipeline.core.index import score_words


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Tell the results of one year or of all."""
    repository = repository_of(options, labels)
    return answered(repository, options, partial(_answer, repository, options, labels))


def _answer(repository: Repository, options: argparse.Namespace, labels: Labels) -> tuple[str, int]:
    if options.format == "json":  # of one year, with every leaf
        _, snapshot, labels = data_of(options, labels)
        results = results_of(snapshot, options.year, labels)
        return to_json(score_words.score_json(results, snapshot.tree.commit, labels.language)), 0
    found, labels = outlined(repository, options, labels, past_of(options, repository))
    years = sorted(found.world.years) if options.year is None else []
    refuse_errors(in_order(problem for year in years for problem in found.problems_of_year(year)), labels)
    named = years or [named_year(found, options.year, labels)]
    scored = [found.results(sound_year(found, year, labels)) for year in named]
    told = face(
        options.format,
        csv=lambda: score_words.score_csv(scored, labels),
        table=lambda: "\n".join(score_words.score_table(entry, labels) for entry in scored),
    )
    return told, 0

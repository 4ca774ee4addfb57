"""The command score: index, rank and grade of every agency."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from pipeline.adapters.repository import Repository
from pipeline.commands import common
from pipeline.commands.answers import answered
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import in_order
from pipeline.core.index import score_words


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Tell the results of one year or of all."""
    return answered(options, labels, _answer)


def _answer(repository: Repository, options: argparse.Namespace, labels: Labels) -> tuple[Iterable[str], int]:
    found, labels = common.outlined(repository, options, labels, common.past_of(options, repository))
    if options.format == "json":  # of one year, with every leaf
        results = common.results_of(found, options.year, labels)
        each = found.in_full(results, [entry.agency.slug for entry in results.agencies])
        return score_words.score_pieces(results, each, found.tree.commit, labels.language), 0
    years = sorted(found.world.years) if options.year is None else []
    common.refuse_errors(in_order(problem for year in years for problem in found.problems_of_year(year)), labels)
    named = years or [common.named_year(found, options.year, labels)]
    scored = [found.results(common.sound_year(found, year, labels)) for year in named]
    told = common.face(
        options.format,
        csv=lambda: score_words.score_csv(scored, labels),
        table=lambda: "\n".join(score_words.score_table(entry, labels) for entry in scored),
    )
    return (told,), 0

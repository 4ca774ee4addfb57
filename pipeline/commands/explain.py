"""The command explain: how a number came about."""

from __future__ import annotations

import argparse
import sys

from pipeline import inspection
from pipeline.adapters.repository import Repository
from pipeline.commands.common import repository_of, results_of
from pipeline.core import (
    explaining,
    history_outputs,
    outputs,
)
from pipeline.core.estimates import estimate
from pipeline.core.histories import History
from pipeline.core.labels import Labels
from pipeline.core.model import Criterion
from pipeline.core.problems import ParindexError
from pipeline.core.scoring import Results
from pipeline.snapshot import Snapshot, take


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Tell the story of a number."""
    repository = repository_of(options)
    snapshot = take(repository, options.rev)
    results = results_of(snapshot, options.year, labels)
    if results is None:
        return 1
    entry = results.of(options.agency)
    if entry is None:
        allowed = ", ".join(results.year.agencies)
        raise ParindexError("unknown-agency", agency=options.agency, year=results.year.name, allowed=allowed)
    criterion = results.year.criteria.get(options.criterion) if options.criterion else None
    if options.criterion and criterion is None:
        raise ParindexError("unknown-criterion", criterion=options.criterion, year=results.year.name)

    find = inspection.last_changes(snapshot, repository, options.rev)
    if options.history and criterion is None:
        raise ParindexError("history-needs-criterion")
    history = _history(options, repository, snapshot, results, criterion) if criterion and options.history else None
    estimates = estimate(results)
    if options.format == "json":
        whole = outputs.score_json(results, snapshot.tree.commit, labels.language)
        whole["agencies"] = [row for row in whole["agencies"] if row["agency"] == options.agency]
        more = (
            {"roads": explaining.criterion_json(results, entry, criterion, estimates, find)}
            if criterion
            else explaining.agency_json(results, entry, estimates)
        )
        told = {"history": history_outputs.history_json(history)} if history else {}
        sys.stdout.write(outputs.to_json({**whole, **more, **told}))
    elif criterion is not None:
        sys.stdout.write(explaining.criterion_text(results, entry, criterion, estimates, labels, find))
        if history is not None:
            told_text = history_outputs.history_text(
                history, results.year, options.agency, criterion=criterion, labels=labels
            )
            sys.stdout.write("\n" + told_text)
    else:
        sys.stdout.write(explaining.agency_text(results, entry, estimates, labels))
    return 0


def _history(
    options: argparse.Namespace, repository: Repository, snapshot: Snapshot, results: Results, criterion: Criterion
) -> History:
    return inspection.criterion_history(
        snapshot,
        repository,
        results.year,
        options.agency,
        criterion=criterion.code,
        known=inspection.chronicle(repository, options.rev),
    )

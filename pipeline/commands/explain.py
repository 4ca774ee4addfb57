"""The command explain: how a number came about."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import replace

from pipeline.adapters.repository import Repository
from pipeline.commands.answers import answered
from pipeline.commands.common import outlined, past_of, results_of
from pipeline.core.ground import text
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.core.index import score_words
from pipeline.core.index.scoring import Results
from pipeline.core.publish import explanation
from pipeline.core.record.model import Criterion
from pipeline.core.rounds import history_words
from pipeline.core.rounds.history import History
from pipeline.core.survey.intervals import estimate
from pipeline.flows import inspect_history
from pipeline.flows.snapshot import Snapshot


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Tell the story of a number."""
    return answered(options, labels, _answer)


def _answer(repository: Repository, options: argparse.Namespace, labels: Labels) -> tuple[Iterable[str], int]:
    snapshot, labels = outlined(repository, options, labels, past_of(options, repository))
    results = results_of(snapshot, options.year, labels)
    results.entry(options.agency)
    errors = snapshot.errors(results.year)
    results = snapshot.with_leaves(results, options.agency, errors)
    entry = results.entry(options.agency)
    criterion = results.year.known_criterion(options.criterion) if options.criterion else None
    find = inspect_history.last_changes(snapshot, repository, options.rev)
    if options.history and criterion is None:
        raise ParindexError("history-needs-criterion")
    history = _history(options, repository, snapshot, results, criterion) if criterion and options.history else None
    estimates = estimate(results, only={options.agency}, errors=errors)
    if options.format == "json":
        own = replace(results, agencies=(entry,))
        whole = score_words.score_json(own, snapshot.tree.commit, labels.language)
        more = (
            {"roads": explanation.criterion_json(results, entry, criterion, estimates, find)}
            if criterion
            else explanation.agency_json(results, entry, estimates)
        )
        told = {"history": history_words.history_json(history)} if history else {}
        return (text.to_json({**whole, **more, **told}),), 0
    if criterion is None:
        return (explanation.agency_text(results, entry, estimates, labels),), 0
    said = explanation.criterion_text(results, entry, criterion, estimates, labels, find)
    if history is not None:
        told_text = history_words.history_text(
            history, results.year, options.agency, criterion=criterion, labels=labels
        )
        said += f"\n{told_text}"
    return (said,), 0


def _history(
    options: argparse.Namespace, repository: Repository, snapshot: Snapshot, results: Results, criterion: Criterion
) -> History:
    return inspect_history.criterion_history(
        snapshot,
        repository,
        results.year,
        options.agency,
        criterion=criterion.code,
        known=inspect_history.chronicle(repository, options.rev),
    )

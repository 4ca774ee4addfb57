"""The command diff: what changed in meaning, and what that does to index and rank."""

from __future__ import annotations

import argparse

from pipeline.commands.answers import repository_of
from pipeline.commands.common import past_of, tell
from pipeline.core.ground.labels import Labels
from pipeline.core.rounds import change_words
from pipeline.flows import compare


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Tell the changes between two commits and their effects."""
    repository = repository_of(options, labels)
    found = compare.difference(
        repository,
        options.base,
        options.head,
        effects=options.effects,
        problems=options.format == "markdown",
        past=past_of(options, repository),
    )
    tell(
        options.format,
        json=lambda: change_words.difference_json(found),
        markdown=lambda: change_words.difference_markdown(
            found, labels, approvers=compare.approvers(repository, found)
        ),
        text=lambda: change_words.difference_text(found, labels),
    )
    return 0

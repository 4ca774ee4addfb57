"""The command diff: what changed in meaning, and what that does to index and rank."""

from __future__ import annotations

import argparse
import sys

from pipeline import comparison
from pipeline.commands.common import repository_of
from pipeline.core import (
    differences,
    outputs,
)
from pipeline.core.labels import Labels


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Tell the changes between two commits and their effects."""
    repository = repository_of(options)
    found = comparison.difference(
        repository,
        options.base,
        options.head,
        effects=options.effects,
        names=options.format != "json",
        problems=options.format == "markdown",
    )
    if options.format == "json":
        told = outputs.to_json(differences.difference_json(found))
    elif options.format == "markdown":
        told = differences.difference_markdown(found, labels, approvers=comparison.approvers(repository, found))
    else:
        told = differences.difference_text(found, labels)
    sys.stdout.write(told)
    return 0

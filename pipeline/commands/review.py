"""The command review: the second person's approval."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pipeline.commands.answers import repository_of
from pipeline.commands.common import now
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.core.rounds import guard_words
from pipeline.flows import guard


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Approve a change in an empty signed commit."""
    repository = repository_of(options, labels)
    named = options.key or repository.setting("user.signingkey")
    if named is None or "::" in named:
        raise ParindexError("key-needed")
    judgement, commit = guard.review(repository, options.base, Path(named).expanduser(), now())
    sys.stdout.write(guard_words.judgement_text(judgement, labels))
    if judgement.refused:
        print(labels.text("guard.not-reviewed"), file=sys.stderr)
        return 1
    print(labels.text("guard.reviewed", base=options.base, commit=commit[:12]))
    return 0

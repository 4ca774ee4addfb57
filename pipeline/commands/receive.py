"""The command receive: enter in the register what the main branch took; a second body witnesses the register."""

from __future__ import annotations

import argparse
import sys

from pipeline.commands.answers import repository_of
from pipeline.commands.common import now
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.core.rounds import proof_words
from pipeline.core.rounds.proofs import failed
from pipeline.core.rounds.register import BRANCH, HEADS
from pipeline.flows import prove, register, replay


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Enter, or witness, what is new."""
    repository = repository_of(options, labels)
    named = options.key or repository.setting("parindex.serverKey")
    if named is None:
        raise ParindexError("no-server-key")
    key = prove.check_key(named, repository)
    if options.witness is not None:
        proofs, seen = replay.witness(repository, options.witness, key, now())
        sys.stdout.write(proof_words.proofs_text(proofs, labels))
        made = [] if seen is None else [seen]
    else:
        proofs = ()
        made = list(register.receive(repository, register.Keeper(f"{HEADS}{options.branch}", BRANCH, key), now()))
    for push in made:
        print(labels.text("register.entered", new=push.new[:12], at=push.at.local))
    if not made:
        print(labels.text("register.nothing-new"))
    return int(failed(proofs))

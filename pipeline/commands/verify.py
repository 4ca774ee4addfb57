"""The command verify: prove seals, signatures and approved tables; or a bundle of open data from its files alone."""

from __future__ import annotations

import argparse
from pathlib import Path

from pipeline.arguments import PROGRAM
from pipeline.commands.answers import repository_of
from pipeline.commands.common import existing_year, read_file, tell, tell_progress
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.core.index.words import with_stages
from pipeline.core.rounds import proof_words
from pipeline.core.rounds.proofs import HISTORY_LEFT_OUT, failed
from pipeline.flows import prove, replay
from pipeline.flows.snapshot import take

MOST_OF_KEYS = 1024 * 1024  # bytes of a file that names signers


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Tell what the repository proves of itself."""
    if options.bundle is not None:
        return _bundle(options, labels)
    if options.signers is not None:
        raise ParindexError(
            "usage", detail=labels.text("errors.usage-required", found="--bundle"), command=f"{PROGRAM} verify"
        )
    repository = repository_of(options, labels)
    if options.year is not None:
        existing_year(take(repository, options.rev or "HEAD"), options.year)
    kept = replay.register_of(repository)
    entered = replay.entry_days(repository, kept)
    found, years = prove.verify(
        repository, options.rev or "HEAD", options.year, founding=options.founding, entered=entered
    )
    if all(proof.code != HISTORY_LEFT_OUT for proof in found):
        tell_progress(labels.text("register.judging"))
        found += replay.prove_register(
            repository, kept, founding=options.founding, since=options.since, everything=options.all
        )
    labels = with_stages(labels, years)
    tell(
        options.format,
        json=lambda: proof_words.proofs_json(found, labels),
        text=lambda: proof_words.proofs_text(found, labels),
    )
    return int(failed(found))


def _bundle(options: argparse.Namespace, labels: Labels) -> int:
    """Tell what a bundle proves of itself; no repository is asked."""
    from pipeline.core.publish.opendata.recompute_words import verdict_json, verdict_text  # noqa: PLC0415 - spent for bundles alone
    from pipeline.flows import verify_bundle  # noqa: PLC0415 - the same

    for other in ("rev", "year", "founding", "since", "all"):
        if getattr(options, other):
            detail = labels.text("errors.usage-together", found=f"--{other}", other="--bundle")
            raise ParindexError("usage", detail=detail, command=f"{PROGRAM} verify")
    keys = None if options.signers is None else Path(options.signers)
    signers = None if keys is None else verify_bundle.signers_in(keys, read_file(keys, MOST_OF_KEYS))
    verdict = verify_bundle.verify(Path(options.bundle), signers)
    tell(
        options.format,
        json=lambda: verdict_json(verdict, options.bundle, labels),
        text=lambda: verdict_text(verdict, labels),
    )
    return int(bool(verdict.problems))

"""The command verify: prove seals, signatures and approved tables."""

from __future__ import annotations

import argparse
import sys

from pipeline import proving
from pipeline.commands.common import existing_year, repository_of
from pipeline.core import (
    outputs,
    proof_outputs,
)
from pipeline.core.labels import Labels
from pipeline.snapshot import take


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Tell what the repository proves of itself."""
    repository = repository_of(options)
    if options.year is not None:
        existing_year(take(repository, options.rev or "HEAD"), options.year)
    found = proving.verify(repository, options.rev or "HEAD", options.year)
    if options.format == "json":
        told = outputs.to_json(proof_outputs.proofs_json(found, labels))
    else:
        told = proof_outputs.proofs_text(found, labels)
    sys.stdout.write(told)
    return int(any(proof.state == "broken" for proof in found))

"""The command evidence verify: every file of every dossier is read again and must be the one that was handed in."""

from __future__ import annotations

import argparse

from pipeline.commands.common import data_of, progress, tell_evidence
from pipeline.core.ground.labels import Labels
from pipeline.core.index.evidence import AWAITED, BROKEN, evidence_of
from pipeline.flows import dossiers


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Prove the files of all years, or of one; what is gone or other than it was is an error."""
    repository, snapshot, labels = data_of(options, labels)
    years = snapshot.world.years.values()
    asked = [row for year in years if options.year in (None, year.name) for row in evidence_of(year)]
    with progress(labels.text("progress.proving")):
        rows = dossiers.proved_rows(
            [row for row in asked if row.state != AWAITED], dossiers.store_of(repository).digest
        )
    tell_evidence(options, rows, snapshot, labels)
    return int(any(row.state in BROKEN for row in rows))

"""The command evidence missing: the documents of a year without a file, and the files that are not in the store."""

from __future__ import annotations

import argparse

from pipeline.commands.common import data_of, readable_year, tell_evidence
from pipeline.core.ground.labels import Labels
from pipeline.core.index.evidence import AWAITED, BROKEN, evidence_of
from pipeline.flows import dossiers


def run(options: argparse.Namespace, labels: Labels) -> int:
    """List what the secretariat still has to ask for; a file that should lie in the store and does not is an error."""
    repository, snapshot, labels = data_of(options, labels)
    year = readable_year(snapshot, options.year, labels)
    agency = None if options.agency is None else year.known_agency(options.agency).slug
    rows = tuple(evidence_of(year, agency))
    if any(row.file is not None for row in rows):
        store = dossiers.store_of(repository)
        rows = dossiers.proved_rows(rows, lambda digest: digest if store.has(digest) else None)
    told = tuple(row for row in rows if row.state in BROKEN | {AWAITED})
    tell_evidence(options, told, snapshot, labels)
    return int(any(row.state in BROKEN for row in told))

"""The command evidence list: the documents that lines cite, and the files of the dossiers."""

from __future__ import annotations

import argparse

from pipeline.commands.common import data_of, readable_year, tell_evidence
from pipeline.core.ground.labels import Labels
from pipeline.core.index.evidence import evidence_of


def run(options: argparse.Namespace, labels: Labels) -> int:
    """List the evidence of a year, or of one of its agencies."""
    _, snapshot, labels = data_of(options, labels)
    year = readable_year(snapshot, options.year, labels)
    agency = None if options.agency is None else year.known_agency(options.agency).slug
    tell_evidence(options, evidence_of(year, agency), snapshot, labels)
    return 0

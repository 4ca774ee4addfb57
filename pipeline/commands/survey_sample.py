"""The command survey sample: how many forms each group needs."""

from __future__ import annotations

import argparse
from decimal import Decimal

from pipeline.commands.common import data_of, number_of, surveyed_year, tell
from pipeline.core.ground.labels import Labels
from pipeline.core.survey import sample_size


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Tell the forms that each group needs for a margin."""
    margin = number_of("--margin", options.margin, Decimal("0.1"), Decimal(50))
    confidence = number_of("--confidence", options.confidence, Decimal(50), Decimal("99.9"))
    _, snapshot, labels = data_of(options, labels)
    year, _ = surveyed_year(snapshot, options.year, labels)
    rows = tuple(sample_size.needed_of(year, margin=margin, confidence=confidence))
    tell(
        options.format,
        json=lambda: sample_size.sample_json(year, rows, margin=margin, confidence=confidence),
        table=lambda: sample_size.sample_text(year, rows, labels, margin=margin, confidence=confidence),
    )
    return 0

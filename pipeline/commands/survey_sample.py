"""The command survey sample: how many forms each group needs."""

from __future__ import annotations

import argparse
import re
import sys
from decimal import Decimal

from pipeline.commands.common import data_of, surveyed_year
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.core.ground.text import to_json
from pipeline.core.survey import sample_size


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Tell the forms that each group needs for a margin."""
    margin = _percent("--margin", options.margin, Decimal("0.1"), Decimal(50))
    confidence = _percent("--confidence", options.confidence, Decimal(50), Decimal("99.9"))
    _, snapshot, labels = data_of(options, labels)
    year, _ = surveyed_year(snapshot, options.year, labels)
    rows = tuple(sample_size.needed_of(year, margin=margin, confidence=confidence))
    if options.format == "json":
        told = to_json(sample_size.sample_json(year, rows, margin=margin, confidence=confidence))
    else:
        told = sample_size.sample_text(year, rows, labels, margin=margin, confidence=confidence)
    sys.stdout.write(told)
    return 0


def _percent(option: str, typed: str, least: Decimal, most: Decimal) -> Decimal:
    """Return a percentage that someone typed, with a point or a comma."""
    text = typed.replace(",", ".")
    if re.fullmatch(r"\d{1,2}(\.\d{1,2})?", text, re.ASCII) and least <= (number := Decimal(text)) <= most:
        return number
    raise ParindexError("bad-number", option=option, found=typed[:40], low=f"{least:f}", high=f"{most:f}")

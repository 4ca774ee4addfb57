"""The command agencies read: a table of agencies becomes the year's agencies.yml."""

from __future__ import annotations

import argparse

from pipeline.commands.criteria_read import read_table
from pipeline.core.ground.labels import Labels


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Read a table of agencies."""
    return read_table("agencies", options, labels)

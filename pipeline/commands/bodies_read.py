"""The command bodies read: a table of bodies becomes bodies.yml."""

from __future__ import annotations

import argparse

from pipeline.commands.criteria_read import read_table
from pipeline.core.ground.labels import Labels


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Read a table of bodies."""
    return read_table("bodies", options, labels)

"""The command bodies read: a table of bodies becomes bodies.yml."""

from __future__ import annotations

import argparse
from pathlib import Path

from pipeline.commands.common import data_of, read_file, settle
from pipeline.core.ground.labels import Labels
from pipeline.flows.office_tables import MAX_BYTES, says_the_same, take_in
from pipeline.flows.snapshot import Readings


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Read the table, tell all that is wrong, and write the file."""
    readings = Readings()
    repository, snapshot, labels = data_of(options, labels, readings)
    path = Path(options.file)
    file = (path.name, read_file(path, MAX_BYTES + 1))
    taken = take_in("bodies", snapshot, None, file=file, labels=labels, readings=readings)
    return settle(options, repository, taken, labels, says_the_same)

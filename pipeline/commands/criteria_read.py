"""The command criteria read: an office's table of criteria becomes the year's criteria.yml."""

from __future__ import annotations

import argparse
from pathlib import Path

from pipeline.commands.common import data_of, existing_year, read_file, settle
from pipeline.core.ground.labels import Labels
from pipeline.flows.office_tables import MAX_BYTES, says_the_same, take_in
from pipeline.flows.snapshot import Readings


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Read the table, tell all that is wrong or left open, and write the file."""
    readings = Readings()
    repository, snapshot, labels = data_of(options, labels, readings)
    year = existing_year(snapshot, options.year)
    path = Path(options.file)
    file = (path.name, read_file(path, MAX_BYTES + 1))
    taken = take_in("criteria", snapshot, year, file=file, labels=labels, readings=readings)
    return settle(options, repository, taken, labels, says_the_same)

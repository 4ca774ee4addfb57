"""The command criteria read: an office's table of criteria becomes the year's criteria.yml."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pipeline.commands.common import data_of, existing_year, place_in, read_file, write
from pipeline.core.ground.characters import MAX_BYTES as MOST_OF_A_FILE
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.flows.office_tables import MAX_BYTES, says_the_same, take_in
from pipeline.flows.snapshot import Readings


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Read a table of criteria."""
    return read_table("criteria", options, labels)


def read_table(kind: str, options: argparse.Namespace, labels: Labels) -> int:
    """Read a table, tell all that is wrong or left open, and write its file, over no other one unasked.

    Args:
        kind: which file it becomes: `criteria`, `agencies`, `bodies`.
        options: what was typed; of a kind that belongs to a year, with the year.

    Raises:
        ParindexError: the file stands and says something else, and `--force` was not given; or its year is closed.
    """
    readings = Readings()
    repository, snapshot, labels = data_of(options, labels, readings)
    year = existing_year(snapshot, options.year) if "year" in options else None
    path = Path(options.file)
    file = (path.name, read_file(path, MAX_BYTES + 1))
    taken = take_in(kind, snapshot, year, file=file, labels=labels, readings=readings)
    sys.stdout.write(taken.told)
    if taken.data is None:
        print(labels.text("table.refused"))
        return 1
    target = place_in(repository, taken.path) if options.output is None else Path(options.output)
    stood = read_file(target, MOST_OF_A_FILE + 1) if target.exists() else None
    if stood is not None and says_the_same(stood, taken.data):
        print(labels.text("table.unchanged", path=target))
        return 0
    if taken.closed is not None and options.output is None:
        raise ParindexError("year-closed", year=taken.closed)
    if stood is not None and not options.force:
        raise ParindexError("table-file-stands", path=str(target))
    write(target, taken.data)
    print(labels.text("table.written", path=target, count=taken.entries, undecided=taken.undecided))
    return 0

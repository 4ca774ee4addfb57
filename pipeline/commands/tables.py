"""The commands of office tables: criteria, agencies and bodies become files of data; criteria become a workbook."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pipeline.commands.common import data_of, existing_year, place_in, read_file, refuse, write
from pipeline.core.ground.characters import MAX_BYTES as MOST_OF_A_FILE
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.flows.office_tables import MAX_BYTES, says_the_same, sheet_of, take_in
from pipeline.flows.snapshot import Readings


def run_read(options: argparse.Namespace, labels: Labels) -> int:
    """Read a table, tell all that is wrong or left open, and write its file, over no other one unasked.

    The command is the kind of the table: `criteria`, `agencies`, `bodies`.

    Raises:
        ParindexError: the file stands and says something else, and `--force` was not given; or its year is closed.
    """
    readings = Readings()
    repository, snapshot, labels = data_of(options, labels, readings)
    year = existing_year(snapshot, options.year) if "year" in options else None
    path = Path(options.file)
    file = (path.name, read_file(path, MAX_BYTES + 1))
    taken = take_in(options.command, snapshot, year, file=file, labels=labels, readings=readings)
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


def run_sheet(options: argparse.Namespace, labels: Labels) -> int:
    """Write the year's criteria as a workbook, which `criteria read` takes back."""
    _, snapshot, labels = data_of(options, labels)
    made = sheet_of(snapshot, existing_year(snapshot, options.year))
    if made is None:
        refuse(snapshot.problems_of_year(options.year), labels)
    write(Path(options.output), made)
    print(labels.text("table.sheet-written", path=options.output))
    return 0

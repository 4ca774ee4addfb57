"""The command criteria sheet: the year's criteria as a workbook, which `criteria read` takes back."""

from __future__ import annotations

import argparse
from pathlib import Path

from pipeline.commands.common import data_of, existing_year, refuse, write
from pipeline.core.ground.labels import Labels
from pipeline.flows.office_tables import sheet_of


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Write the workbook."""
    _, snapshot, labels = data_of(options, labels)
    made = sheet_of(snapshot, existing_year(snapshot, options.year))
    if made is None:
        refuse(snapshot.problems_of_year(options.year), labels)
    write(Path(options.output), made)
    print(labels.text("table.sheet-written", path=options.output))
    return 0

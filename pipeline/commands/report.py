"""The command report: one Word document."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from pipeline.commands.common import data_of, day_of, format_of, sound_year, write
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.flows import report

_NUMBER = re.compile(r"[^\x00-\x1f\x7f]{1,60}")  # any symbol that an office uses


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Write a document; exit code 1 where the year's data has errors."""
    if options.number is not None and not _NUMBER.fullmatch(options.number):
        raise ParindexError("bad-number", number=options.number[:60])
    format_of(options.output, None, {".docx": "docx"})
    report.kind_of(options.kind, options.agency)
    repository, snapshot, labels = data_of(options, labels)
    made = report.report(
        snapshot,
        repository,
        options.rev,
        year=sound_year(snapshot, options.year, labels),
        kind=options.kind,
        agency=options.agency,
        number=options.number,
        date=None if options.date is None else day_of(options.date),
        labels=labels,
    )
    write(Path(options.output), made)
    print(labels.text("report.written", path=options.output, title=labels.text(f"report.title.{options.kind}")))
    return 0

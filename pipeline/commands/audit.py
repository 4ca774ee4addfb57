"""The command audit: a round's audit report."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pipeline import inspection
from pipeline.adapters.workbooks import workbook
from pipeline.commands.common import existing_year, refuse, repository_of, write
from pipeline.core import (
    audits,
    outputs,
)
from pipeline.core.labels import Labels
from pipeline.core.problems import ParindexError
from pipeline.snapshot import take


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Tell or write the report of a round; exit code 1 where it has errors or its sums do not hold."""
    if options.format == "xlsx" and options.output is None:
        raise ParindexError("output-needed", format=options.format)
    repository = repository_of(options)
    snapshot = take(repository, options.rev)
    year = existing_year(snapshot, options.year)
    if year not in snapshot.world.years:
        return refuse(snapshot.problems_of_year(year), labels)
    known = inspection.chronicle(repository, options.rev)
    report = inspection.round_report(snapshot, repository, options.rev, year=year, stage=options.stage, known=known)
    if options.format == "xlsx":
        told = workbook(audits.report_sheets(report, labels), audits.report_title(report, labels))
    elif options.format == "json":
        told = outputs.to_json(audits.report_json(report, labels)).encode()
    elif options.format == "markdown":
        told = audits.report_markdown(report, labels).encode()
    else:
        told = audits.report_text(report, labels).encode()
    if options.output is None:
        sys.stdout.write(told.decode())
    else:
        write(Path(options.output), told)
        print(labels.text("audit.written", path=options.output))
    return int(report.errors > 0 or not report.holds)

"""The command audit: a round's audit report."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pipeline.adapters.workbooks import workbook
from pipeline.commands.common import data_of, existing_stage, format_of, progress, readable_year, write
from pipeline.core.ground import text
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.core.rounds import audit_report
from pipeline.flows import inspect_history

_ENDINGS = {".txt": "text", ".md": "markdown", ".json": "json", ".xlsx": "xlsx"}


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Tell or write the report of a round; exit code 1 where it has errors or its sums do not hold."""
    form = options.format or "text"
    if options.output is not None:
        form = format_of(options.output, options.format, _ENDINGS)
    elif form == "xlsx":
        raise ParindexError("output-needed", format=form)
    repository, snapshot, labels = data_of(options, labels)
    existing_stage(readable_year(snapshot, options.year, labels), options.stage)
    with progress(labels.text("progress.history")):
        known = inspect_history.chronicle(repository, options.rev)
        report = inspect_history.round_report(
            snapshot, repository, options.rev, year=options.year, stage=options.stage, known=known
        )
    if form == "xlsx":
        told = workbook(audit_report.report_book(report, labels), labels)
    elif form == "json":
        told = text.to_json(audit_report.report_json(report, labels)).encode()
    elif form == "markdown":
        told = audit_report.report_markdown(report, labels).encode()
    else:
        told = audit_report.report_text(report, labels).encode()
    if options.output is None:
        sys.stdout.write(told.decode())
    else:
        write(Path(options.output), told)
        print(labels.text("audit.written", path=options.output))
    return int(report.errors > 0 or not report.holds)

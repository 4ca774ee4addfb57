"""The command owners: the forge's file of code owners, from access.yml."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pipeline.adapters import documents
from pipeline.commands.common import refuse, repository_of, write
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError, has_errors
from pipeline.core.record.access import PATH as ACCESS
from pipeline.core.record.access import code_owners, read_access, with_owners
from pipeline.flows.snapshot import take


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Print the lines of code owners, or bring them into a file that keeps what others wrote there."""
    snapshot = take(repository_of(options), options.rev)
    file = snapshot.tree.files.get(ACCESS)
    access = read_access(documents.read(ACCESS, file.data)) if file is not None and file.plain else None
    if access is None:
        raise ParindexError("no-access")
    wrong = [problem for problem in snapshot.problems if problem.path == ACCESS]
    if has_errors(wrong):
        return refuse(wrong, labels)
    if options.output is None:
        sys.stdout.write(code_owners(access))
        return 0
    path = Path(options.output)
    try:
        known = path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ParindexError("owners-unreadable", path=str(path)) from error
    text = with_owners(known, access)
    if text is None:
        raise ParindexError("owners-marks", path=str(path))
    write(path, text.encode())
    print(labels.text("guard.owners-written", path=path))
    return 0

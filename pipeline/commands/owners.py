"""The command owners: the forge's file of code owners, from access.yml."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pipeline.adapters import documents
from pipeline.commands.common import data_of, refuse_errors, write
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.core.record.access import PATH as ACCESS
from pipeline.core.record.access import code_owners, read_access, with_owners


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Print the lines of code owners, or bring them into a file that keeps what others wrote there."""
    _, snapshot, labels = data_of(options, labels)
    file = snapshot.tree.files.get(ACCESS)
    access = read_access(documents.read(ACCESS, file.data)) if file is not None and file.plain else None
    if access is None:
        raise ParindexError("no-access")
    refuse_errors([problem for problem in snapshot.problems if problem.path == ACCESS], labels)
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

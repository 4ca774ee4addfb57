"""The command owners: the forge's file of code owners, from access.yml."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pipeline.commands.common import data_of, sound_access, write
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.core.record.access import code_owners, with_owners


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Print the lines of code owners, or bring them into a file that keeps what others wrote there."""
    _, snapshot, labels = data_of(options, labels, units=())
    access = sound_access(snapshot, labels)
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

"""The command owners: the forge's file of code owners, from access.yml."""

from __future__ import annotations

import argparse
import sys

from pipeline.adapters import documents
from pipeline.commands.common import refuse, repository_of
from pipeline.core.access import PATH as ACCESS
from pipeline.core.access import code_owners, read_access
from pipeline.core.labels import Labels
from pipeline.core.problems import ParindexError, has_errors
from pipeline.snapshot import take


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Print the forge's file of code owners."""
    snapshot = take(repository_of(options), options.rev)
    file = snapshot.tree.files.get(ACCESS)
    access = read_access(documents.read(ACCESS, file.data)) if file is not None and file.plain else None
    if access is None:
        raise ParindexError("no-access")
    wrong = [problem for problem in snapshot.problems if problem.path == ACCESS]
    if has_errors(wrong):
        return refuse(wrong, labels)
    sys.stdout.write(code_owners(access))
    return 0

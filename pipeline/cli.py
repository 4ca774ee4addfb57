"""The program: reads what was typed, runs the command's module, tells a broken world in one clear line.

Exit 0: fine, warnings allowed. 1: the data has errors. 2: could not run; one clear line on standard error.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from pipeline.arguments import PROGRAM, language_of, parser
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.flows.snapshot import load_labels


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A path need not be text; what cannot be encoded is shown by its number.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        labels = load_labels(language_of(given))
    except ParindexError as error:  # the words themselves are broken, so this one line has none of its own
        print(f"{PROGRAM}: {error.code}: {error.figures.get('path')}", file=sys.stderr)
        return 2
    try:
        options = parser(labels).parse_args(given)
        return command(options.command)(options, labels)
    except ParindexError as error:
        print(f"{PROGRAM}: {labels.error(error)}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left; nobody wants the rest
        return 0


def command(name: str) -> Callable[[argparse.Namespace, Labels], int]:
    """Return the function behind a command of `arguments`; only its own libraries are loaded, for each start counts."""
    run: Callable[[argparse.Namespace, Labels], int] = import_module(f"pipeline.commands.{name.replace('-', '_')}").run
    return run

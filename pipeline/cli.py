"""The program: reads what was typed, runs the command's module, says in one clear line why it could not run.

Exit 0: fine, warnings allowed. 1: the data has errors. 2: could not run; one clear line on standard error. 141: the
reader of the output left. How a signal ends the program: `__main__`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any, Final, TextIO

from pipeline.adapters.messages import LANGUAGES
from pipeline.arguments import COMMANDS, PROGRAM, common_first, language_of, parser
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import DataError, ParindexError, system_reason
from pipeline.flows.wording import load_labels

BROKEN_PIPE: Final = 141  # what a shell calls the end of a program whose reader left


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A path need not be text; what cannot be encoded is shown by its number.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    given = common_first(sys.argv[1:] if arguments is None else arguments)
    labels = load_labels(language_of(given, LANGUAGES, os.environ.get("PARINDEX_LANG", "")))
    try:
        try:
            options = parser(labels, LANGUAGES, given).parse_args(given)
            kept = {"rev", "no_cache"} <= vars(options).keys()  # the answer is about one state, and may be known
            told = _module("answers").told_before(options, labels) if kept else None
            return command(options.command, getattr(options, "act", None))(options, labels) if told is None else told
        finally:
            sys.stdout.flush()
    except DataError as error:
        sys.stderr.write(str(error))
        return 1
    except ParindexError as error:
        return _refuse(_line(error, labels))
    except BrokenPipeError:
        _mute(sys.stdout)  # the reader left; nobody wants the rest
        return BROKEN_PIPE
    except OSError as error:  # a full disk under the output, or under a temporary file
        _mute(sys.stdout)
        where = f"{error.filename}: " if error.filename else ""
        return _refuse(labels.error(ParindexError("system-refused", where=where, detail=system_reason(error))))


def _line(error: ParindexError, labels: Labels) -> str:
    """Return what keeps the program from running; where the words themselves are broken, the line has none."""
    try:
        return labels.error(error)
    except ParindexError as broken:
        return f"{broken.code}: {broken.figures.get('path')}"


def _refuse(line: str) -> int:
    """Say why the program could not run, where that can be said, and return the exit code that goes with it."""
    try:
        print(f"{PROGRAM}: {line}", file=sys.stderr, flush=True)
    except OSError:
        _mute(sys.stderr)
    return 2


def _mute(stream: TextIO) -> None:
    """Lead the rest of a stream nowhere; what could not be written would be tried once more when the program ends."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def command(name: str, part: str | None) -> Callable[[argparse.Namespace, Labels], int]:
    """Return the function behind a command of `arguments`, or behind one of its parts.

    Each has a module of its own, so that only the libraries are loaded that it needs: each start counts. Parts that
    need the same libraries stand in the module that the command names.
    """
    owner = COMMANDS[name].module
    module, run = (owner, f"run_{part}") if owner else (name if part is None else f"{name}_{part}", "run")
    found: Callable[[argparse.Namespace, Labels], int] = getattr(_module(module), run)
    return found


def _module(name: str) -> Any:  # noqa: ANN401 - modules have no other type
    return import_module(f"pipeline.commands.{name.replace('-', '_')}")

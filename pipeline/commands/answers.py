"""An answer about a commit: told again where it was told before, else made and kept. Decision 0048.

Asked before the records of a year are loaded, so it rests on git and the store alone.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, TypeAlias

from pipeline.adapters.program import program_digest
from pipeline.adapters.repository import Repository, open_repository
from pipeline.adapters.verdict_store import PartStore, VerdictStore
from pipeline.core.ground.labels import Labels
from pipeline.core.record.layout import DATA, FOLDERS

Answering: TypeAlias = Callable[[Repository, argparse.Namespace, Labels], tuple[Iterable[str], int]]  # and exit code
_LONGEST: Final = 4 << 20  # characters of an answer that is kept


def repository_of(options: argparse.Namespace, labels: Labels) -> Repository:
    """Return the repository that `--repo` names, or else the one found here or above, which is named once."""
    if options.repo is None:
        options.repo = _with_data(Path.cwd())
        if options.repo != Path.cwd():
            print(labels.text("command.found", path=options.repo), file=sys.stderr)
    return open_repository(Path(options.repo).absolute())


def _with_data(here: Path) -> Path:
    """Return the nearest folder from here up to the top of its git work tree that has data; without one, this one."""
    found = None
    for folder in (here, *here.parents):
        if found is None and (folder / DATA).is_dir():
            found = folder
        if (folder / ".git").exists():
            return found or here
        if (folder / "HEAD").is_file():  # inside a git directory, as a hook is
            break
    return here


def store_of(options: argparse.Namespace, repository: Repository) -> VerdictStore | None:
    """Return where what was found is kept: nowhere if nobody wants that, or there is no git directory."""
    return None if options.no_cache or repository.git is None else VerdictStore(repository.own_folder)


def part_store_of(options: argparse.Namespace, repository: Repository, kind: str) -> PartStore | None:
    """Return where the parts of a site are kept, likewise."""
    return None if options.no_cache or repository.git is None else PartStore(repository.own_folder, kind)


def told_before(options: argparse.Namespace, labels: Labels) -> int | None:
    """Print an answer that was told before and return its exit code; None where there is none.

    An answer follows from the program, the commit and what was typed alone, so that these are its name. A working tree
    that is as it was committed is taken for that commit. Where history is left out of a clone an answer follows from
    that as well, and is told anew.
    """
    repository = repository_of(options, labels)
    for name in ("rev", "since"):
        if getattr(options, name, None) is not None:
            setattr(options, name, repository.resolve(getattr(options, name)))
    store = store_of(options, repository)
    if store is None or repository.is_incomplete():
        return None
    options.rev = options.rev or repository.unchanged(*FOLDERS)
    if options.rev is None:
        return None
    typed = {name: value for name, value in vars(options).items() if name not in ("repo", "no_cache")}
    named = json.dumps([program_digest(), labels.language, typed], sort_keys=True)
    options.answer = f"answer {hashlib.sha256(named.encode()).hexdigest()}"
    match store.get(options.answer):
        case [str(text), int(code)]:
            sys.stdout.write(text)
            return code
    return None


def answered(options: argparse.Namespace, labels: Labels, make: Answering) -> int:
    """Print an answer piece by piece, keep it where it follows from a commit alone, and return its exit code."""
    repository = repository_of(options, labels)
    pieces, code = make(repository, options, labels)
    store = store_of(options, repository) if "answer" in options else None
    kept: list[str] = []
    left = _LONGEST
    for piece in pieces:
        sys.stdout.write(piece)
        left -= len(piece)
        kept = [*kept, piece] if left >= 0 else []
    if store is not None and left >= 0:
        store.put(options.answer, ["".join(kept), code])
    return code

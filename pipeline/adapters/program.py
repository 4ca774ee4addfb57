"""The files that travel with the program: schemas, templates, settings of the site, hooks, what `init` begins with.

A wheel has them beside the package, in `_program`; in a checkout they stand at its top. Decision 0046. What a new
repository begins with stands in `starter`, where a name that begins with a dot is written `dot.`, so that git and
editors do not take it for one of theirs.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).resolve().parents[1]
_READERS: Final = ("yaml", "jsonschema", "jsonschema_rs")
TOP: Final = inside if (inside := _PACKAGE / "_program").is_dir() else _PACKAGE.parent


@cache
def program_files(folder: str) -> Mapping[str, bytes]:
    """Return the files of one of the program's folders by their paths below its top: `schemas/v1/cycle.schema.json`."""
    found = sorted(path for path in (TOP / folder).rglob("*") if path.is_file())
    return {path.relative_to(TOP).as_posix(): path.read_bytes() for path in found}


def starter_files(folder: str) -> Mapping[str, bytes]:
    """Return what a new repository gets from one folder of `starter`, by the paths that it has there."""
    top = f"starter/{folder}"
    return {path.removeprefix(top).replace("/dot.", "/.")[1:]: data for path, data in program_files(top).items()}


def starter(name: str) -> bytes:
    """Return one file of `starter`."""
    return (TOP / "starter" / name).read_bytes()


@cache
def program_digest() -> str:
    """Return a digest of all that an answer follows from beside the data: this program, and what reads for it.

    Files count by where they stand on the disk, by size and by the times of their last change, as they do for Python
    when it loads them; what is installed anew is another program.
    """
    readers = (Path(spec.origin) for name in _READERS if (spec := find_spec(name)) is not None and spec.origin)
    own = (path for folder in (_PACKAGE, TOP / "schemas") for path in _below(folder))
    found = hashlib.sha256(sys.version.encode())
    for path in (*own, *readers):
        one = path.stat()
        found.update(repr((str(path), one.st_ino, one.st_size, one.st_mtime_ns, one.st_ctime_ns)).encode())
    return found.hexdigest()


def _below(top: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        yield from (Path(folder, name) for name in sorted(names))

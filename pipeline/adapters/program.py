"""The files that travel with the program: schemas, templates, settings of the site, hooks, what `init` begins with.

A wheel has them beside the package, in `_program`; in a checkout they stand at its top. Decision 0046. What a new
repository begins with stands in `starter`, where a name that begins with a dot is written `dot.`, so that git and
editors do not take it for one of theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).resolve().parents[1]
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

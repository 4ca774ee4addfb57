"""The files that travel with the program: schemas, templates, settings of the site.

A wheel has them beside the package, in `_program`; in a checkout they stand at its top. Decision 0046.
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

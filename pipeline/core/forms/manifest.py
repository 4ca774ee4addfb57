"""What a workbook says about itself on its hidden sheet, and the digest of the files it was made from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.core.ground.text import MAIN

FORMAT = "1"
MARK = "parindex"  # what the first cell of the hidden sheet says


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a workbook says about itself; `agency` is None in a form of one monitoring body across agencies."""

    year: str
    stage: str
    agency: str | None
    body: str | None
    commit: str | None  # where the form was made from
    schema: str  # `digest` of the schemas
    rules: str  # `digest` of the year's agencies, criteria and survey plan
    checksum: str  # of what the form shows and does not ask
    files: Mapping[str, str | None] = field(default_factory=dict)  # path -> blob that stood there, None: no file
    language: str = MAIN
    format: str = FORMAT


def digest(blobs: Mapping[str, str]) -> str:
    """Return the sha256 over the sorted lines `path blob-id` of some files."""
    return hashlib.sha256("".join(f"{path} {blob}\n" for path, blob in sorted(blobs.items())).encode()).hexdigest()

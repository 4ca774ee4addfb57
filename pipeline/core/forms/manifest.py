"""What a form says about itself: whose it is, of which stage, and from which version of the data it was made.

A workbook says it on its hidden sheet, the document of a web form beside its content; both are read into one record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.core.ground.text import MAIN

FORMAT = "1"
MARK = "parindex"  # what the first cell of the hidden sheet says
_OWED = {"year", "stage", "schema", "rules"}
_KEYS = ("year", "stage", "agency", "body", "commit", "schema", "rules", "checksum", "language", "issue")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a form says about itself; `agency` is None in a form of one monitoring body across agencies."""

    year: str
    stage: str
    agency: str | None
    body: str | None
    commit: str | None  # where the form was made from
    schema: str  # `set_digest` of the schemas
    rules: str  # `set_digest` of the year's agencies, criteria and survey plan
    checksum: str | None  # of what the form shows and does not ask; a web form has nothing that can be typed over
    files: Mapping[str, str | None] = field(default_factory=dict)  # path -> blob that stood there, None: no file
    language: str = MAIN
    format: str = FORMAT
    group: str | None = None  # of a web form, which asks one group of the survey
    issue: str | None = None  # the id under which `issued/` lists it

    def rows(self) -> Iterator[tuple[str, str]]:
        """Yield what the hidden sheet says, key and value."""
        yield MARK, self.format
        for key in _KEYS:
            value = getattr(self, key)
            if value is not None:
                yield key, str(value)
        yield from ((f"file {path}", blob or "") for path, blob in self.files.items())


def read_manifest(said: Mapping[str, str], files: Mapping[str, str | None], version: str) -> Manifest | None:
    """Return what a form says about itself, None where it does not say what every form says.

    Args:
        said: its keys and values, with others beside them.
        files: path -> the blob that it began from.
        version: the version of the way in which it is written.
    """
    if not set(said) >= _OWED:
        return None
    told: dict[str, Any] = {key: said.get(key) for key in (*_KEYS, "group")}
    return Manifest(**told | {"language": told["language"] or MAIN}, files=files, format=version)

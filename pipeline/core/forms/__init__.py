"""Electronic forms: what a form of one stage shows and asks, and the way from what was typed back to files of data.

A form is an Excel workbook or a web page. Both carry the same manifest and come back as the same `Typed` content, which
becomes the YAML of its stage and then runs the same road as any file. Files are opened and written elsewhere.

`asking` says what a form of a stage asks, `sheets` and `formulas` lay it out as a workbook, `tables` and `exchange` read
a workbook and a JSON document, `contents` turns what was typed into the content of files.

The JSON document of the web form, which `form read FILE.json` takes like a workbook::

    {"format": 1,
     "year": "2024", "stage": "self-assessment", "agency": "cuc-thue",
     "commit": "<sha>" or null,          # where the form was made from; all seven come from the form as it was made
     "schema": "<sha256>",               # `digest` of the schemas
     "rules": "<sha256>",                # `digest` of the year's agencies.yml, criteria.yml and survey/survey.yml
     "checksum": "<sha256>",             # of what the form shows and does not ask
     "files": {"data/2024/self-assessment/cuc-thue.yml": "<git blob id>" or null},   # what stood there; null: nothing
     "language": "vi",
     ...                                 # the head of the stage's file, under the keys of its schema:
     "report": {"number": "215/BC", "date": "2024-12-03", "title": "..."}, "signed_by": "...",
     "lines": {"1.1.1": {"answer": ..., "score": "1.93", "not_applicable": "...", "reason": "...",
                         "explanation": "...", "note": "...", "by": "so-noi-vu", "request": true,
                         "evidence": [{"number": "...", "date": "2024-01-12", "issuer": "...", "title": "...",
                                       "url": "...", "sha256": "..."}]}}}

Of stage `survey` there is `"groups": {"<group>": {...}}` in the place of head and lines, each with the content of that
group's file (`forms`, `answers`, or `sipas` and `respondents`, or `points`).

Values are as typed: numbers are strings with a decimal point or comma ("1.93"), days ISO or 12/01/2024; `null`, `""`, an
empty list under `evidence` and an absent key all say that nothing was typed. An answer has the shape of the YAML: an
option id; a list of item ids (`[]` says that none holds); `{"done": "85", "assigned": "88"}`; a number; or
`{"<fault or item id>": "1"}`. A criterion that the form shows and `lines` does not name has no line. `score` may be left
out where the answer alone gives the points: reading fills it in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

FORMAT = "1"
MARK = "parindex"  # what the first cell of the hidden sheet says


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a form carries about itself; `agency` is None in a form of one monitoring body across agencies."""

    year: str
    stage: str
    agency: str | None
    body: str | None
    commit: str | None
    schema: str
    rules: str
    checksum: str
    files: Mapping[str, str | None] = field(default_factory=dict)  # path -> blob that stood there, None: no file
    language: str = "vi"
    format: str = FORMAT


def digest(blobs: Mapping[str, str]) -> str:
    """Return the sha256 over the sorted lines `path blob-id` of some files."""
    return hashlib.sha256("".join(f"{path} {blob}\n" for path, blob in sorted(blobs.items())).encode()).hexdigest()

"""What a signed page stands for: one digest of all that people typed into one file of a stage.

It is the SHA-256 of canonical JSON (RFC 8785) of year, stage, agency, body and typed fields, texts in NFC, numbers as
text. So it is the same after any saving of the form, any order of keys and any way to write a number, and other for any
other answer. Left out is what nobody types: the file's format, the record of the form, the day it came in, and the
checksums of documents, which are worked out from files that may come later. Its shape is
`schemas/v1/content.schema.json` (decision 0065).
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from decimal import Decimal
from typing import Final

from pipeline.core.ground.nodes import Plain
from pipeline.core.record.layout import Place

_NOT_TYPED: Final = frozenset({"format", "form", "received"})
_OF_FILES: Final = "sha256"


def content_digest(place: Place, value: Plain) -> str:
    """Return the digest of what a file of a stage says; `place`: where the file stands: whose it is."""
    return hashlib.sha256(canonical_json(signed_content(place, value)).encode()).hexdigest()


def signed_content(place: Place, value: Plain) -> Plain:
    """Return what is signed of a file: whose it is, and all that was typed; a body's own name beside its lines goes."""
    typed = {key: said for key, said in value.items() if key not in _NOT_TYPED} if isinstance(value, dict) else {}
    lines = typed.get("lines")
    if isinstance(lines, dict):
        typed["lines"] = {code: _line(line, place.body) for code, line in lines.items()}
    whose: dict[str, Plain] = {"year": place.year, "stage": place.stage, "agency": place.agency, "body": place.body}
    return {key: said for key, said in whose.items() if said is not None} | {"typed": _bare(typed)}


def _line(line: Plain, body: str | None) -> Plain:
    """Return a line without what a program adds to it: the body whose part it is, and checksums of documents."""
    if not isinstance(line, dict):
        return line
    kept = {key: said for key, said in line.items() if key != "by" or body is None or said != body}
    evidence = kept.get("evidence")
    if isinstance(evidence, list):
        kept["evidence"] = [
            {key: said for key, said in one.items() if key != _OF_FILES} if isinstance(one, dict) else one
            for one in evidence
        ]
    return kept


def _bare(value: Plain) -> Plain:
    """Return a value with numbers as text and texts composed, without entries that say nothing."""
    if isinstance(value, dict):
        return {key: _bare(said) for key, said in value.items() if said is not None}
    if isinstance(value, list):
        return [_bare(item) for item in value]
    if isinstance(value, Decimal):
        text = f"{value:f}"
        short = text.rstrip("0").rstrip(".") if "." in text else text
        return "0" if short == "-0" else short
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def canonical_json(value: Plain) -> str:
    """Return JSON as RFC 8785 has it: keys in the order of their UTF-16 units, no space; there are no numbers here."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(f"{canonical_json(key)}:{canonical_json(value[key])}" for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical_json, value)) + "]"
    return json.dumps(value, ensure_ascii=False)

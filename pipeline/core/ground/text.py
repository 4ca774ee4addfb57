"""A text shown to people, and typed text made harmless: on a terminal, in Markdown, in a cell of a spreadsheet."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from pipeline.core.ground.characters import BAD_CHARACTER


@dataclass(frozen=True, slots=True)
class Text:
    """A text shown to people: Vietnamese always, English where it was written."""

    vi: str
    en: str | None = None

    def in_language(self, language: str) -> str:
        """Return the text in a language, Vietnamese where there is no other."""
        return self.en if language == "en" and self.en else self.vi


def to_json(value: object) -> str:
    """Return JSON with two spaces of indentation, keys in the order given, text as it is."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def visible(text: str) -> str:
    """Return a text on one line; what moves or hides it stands by its number: names and cells may hold commands."""
    return BAD_CHARACTER.sub(lambda found: f"\\u{ord(found[0]):04x}", text.replace("\n", "\\u000a"))


# A forge looks for people, numbers and addresses in what it has rendered, entities resolved: only a space that shows
# nothing keeps `@name`, `#12` and `//host` apart.
_APART = "&#8203;"


_CALLS = frozenset("@#!~&$%^")


_LINKS = re.compile(r"(?<=:)(?=/)|(?<=\bwww)(?=\.)|(?<=\bGH-)(?=\d)", re.ASCII | re.IGNORECASE)


def markdown_cell(text: str) -> str:
    """Return text that Markdown shows as it is, on one line: nothing in it is markup, a link or a mention."""
    flat = BAD_CHARACTER.sub("\ufffd", " ".join(text.encode("utf-8", "replace").decode().split()))
    parts = (
        "".join(
            _entity(char) + (_APART if char in _CALLS and not after.isspace() else "")
            for char, after in zip(part, part[1:] + " ", strict=False)
        )
        for part in _LINKS.split(flat)
    )
    return _APART.join(parts)


def _entity(char: str) -> str:
    return f"&#{ord(char)};" if char.isascii() and not char.isalnum() and char not in " .,:;/-" else char


def inert_cell(text: str) -> str:
    """Return typed text that no spreadsheet runs: an apostrophe before what would begin a formula."""
    bare = text.lstrip(" \"'\u00a0\u3000")
    return f"'{text}" if bare[:1] in tuple("=+-@\t\r＝＋－＠") and bare else text

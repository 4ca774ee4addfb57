"""Which characters a file may hold, and how its bytes become clean text: UTF-8, LF, NFC, nothing hidden.

Knows no format: YAML, labels and forms share these rules. What a text means is read elsewhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import islice
from typing import Final

from pipeline.core.ground.problems import Problem

MAX_BYTES: Final = 1024 * 1024
MAX_CHARACTERS: Final = 20  # bad characters named one by one; the rest is counted
MAX_MARKS: Final = 8  # combining marks on one letter; Vietnamese needs two
MAX_SHOWN: Final = 60  # characters of a person's text that a message repeats

_BIDIRECTIONAL: Final = "\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069"
# Joiners, fillers and selectors that show nothing, a byte order mark inside the text, the tags of plane 14.
_ZERO_WIDTH: Final = (
    "\\u00ad\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200d\\u2060-\\u2065\\u206a-\\u206f"
    "\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\U000e0000-\\U000e0fff"
)
_LINE_SEPARATOR: Final = "\\u0085\\u2028\\u2029"
_BAD: Final = (
    f"\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f\\ufdd0-\\ufdef\\ufff0-\\uffff{_BIDIRECTIONAL}{_ZERO_WIDTH}{_LINE_SEPARATOR}"
)
BAD_CHARACTER: Final = re.compile(f"[{_BAD}]")
ZERO_WIDTH: Final = re.compile(f"[{_ZERO_WIDTH}]")
# Spaces that only look like one (Word and web pages bring them) are text, but move a line where they stand before it.
_FALSE_SPACE: Final = "\\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000"
FALSE_INDENTATION: Final = re.compile(f"^ *[{_FALSE_SPACE}]", re.MULTILINE)
SUSPECT: Final = re.compile(f"[{_BAD}{_FALSE_SPACE}]")  # what a clean text rarely has: one search for all
_NOT_XML: Final = "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
# The first that matches names a bad character; what none matches is a control character.
CHARACTER_CODES: Final = (
    ("tab-character", r"\t"),
    ("carriage-return", r"\r"),
    ("line-separator", f"[{_LINE_SEPARATOR}]"),
    ("bidirectional-character", f"[{_BIDIRECTIONAL}]"),
    ("zero-width-character", f"[{_ZERO_WIDTH}]"),
    ("replacement-character", "\\ufffd"),
)
# These move no line and no indentation, so the rest of the file is read for more problems.
HARMLESS_TO_SHAPE: Final = frozenset({"bidirectional-character", "zero-width-character", "replacement-character"})

VIETNAMESE: Final = frozenset(
    unicodedata.normalize("NFC", base + mark + tone)
    for bases, mark in (("aeiouy", ""), ("aeo", "\u0302"), ("a", "\u0306"), ("ou", "\u031b"))
    for base in bases + bases.upper()
    for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
) | frozenset("đĐ\u00a0–—‘’“”…•°₫")


def clean(path: str, data: bytes, most: int = MAX_BYTES) -> tuple[str | None, list[Problem]]:
    """Return a file's text with LF, in NFC, without characters that hide or move others, and what was wrong with it.

    The text is None where nobody can say what its lines are.
    """
    if len(data) > most:
        return None, [Problem("too-large", "error", path, 1, 1, {"size": str(len(data)), "limit": str(most)})]
    problems: list[Problem] = []
    if data.startswith(b"\xef\xbb\xbf"):
        problems.append(Problem("byte-order-mark", "warning", path, 1, 1))
        data = data[3:]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or data.count(0) * 4 > len(data):
        return None, [Problem("wrong-encoding", "error", path, 1, 1, {"encoding": "UTF-16"})]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return None, [*problems, _wrong_encoding(path, data, error.start)]
    if "\r\n" in text:
        figures = {"count": str(text.count("\r\n"))}
        problems.append(Problem("crlf", "warning", path, *place_of(text, text.index("\r\n")), figures))
        text = text.replace("\r\n", "\n")
    if SUSPECT.search(text):
        found, harmless = _bad_characters(path, text)
        problems += found
        if not harmless:
            return None, problems
        text = BAD_CHARACTER.sub("\ufffd", text)
    if not unicodedata.is_normalized("NFC", text):
        if (position := piled_marks(text)) is not None:
            return None, [*problems, _too_many_marks(path, text, position)]
        problems.append(_decomposed(path, text))
        text = unicodedata.normalize("NFC", text)
    return text, problems


def _wrong_encoding(path: str, data: bytes, start: int) -> Problem:
    """Return the problem of the first byte that is not UTF-8; bytes that look like old Vietnamese are named."""
    before = data[:start].decode("utf-8")
    old = data.decode("cp1258", "replace")
    if piled_marks(old) is None:
        old = unicodedata.normalize("NFC", old)
    if {letter for letter in old if letter > "\x7f"} <= VIETNAMESE:
        code, figures = "wrong-encoding", {"encoding": "Windows-1258"}
    else:
        code, figures = "not-utf8", {"byte": f"0x{data[start]:02X}"}
    return Problem(code, "error", path, *place_of(before, len(before)), figures)


def _bad_characters(path: str, text: str) -> tuple[list[Problem], bool]:
    """Return the bad characters, each at its place, and whether the lines of the file can still be trusted."""
    spaces = [(match.end() - 1, "false-space") for match in FALSE_INDENTATION.finditer(text)]
    characters = BAD_CHARACTER.findall(text)
    codes = {character: character_code(character) for character in set(characters)}
    first = islice(BAD_CHARACTER.finditer(text), MAX_CHARACTERS + 1)
    found = sorted([*spaces[: MAX_CHARACTERS + 1], *((match.start(), codes[match[0]]) for match in first)])
    problems = [
        Problem(code, "error", path, *place_of(text, at), {"character": character_name(text[at])})
        for at, code in found[:MAX_CHARACTERS]
    ]
    if len(found) > MAX_CHARACTERS:
        figures = {"count": str(len(characters) + len(spaces) - MAX_CHARACTERS), "limit": str(MAX_CHARACTERS)}
        next_place = place_of(text, found[MAX_CHARACTERS][0])
        problems.append(Problem("more-characters", "error", path, *next_place, figures))
    return problems, not spaces and HARMLESS_TO_SHAPE.issuperset(codes.values())


def _decomposed(path: str, text: str) -> Problem:
    """Return the problem of the first letter that is not in composed form, and how many lines have one."""
    lines = [(n, line) for n, line in enumerate(text.split("\n"), 1) if not unicodedata.is_normalized("NFC", line)]
    number, line = lines[0]
    composed = unicodedata.normalize("NFC", line)
    same = next((i for i, (old, new) in enumerate(zip(line, composed, strict=False)) if old != new), len(composed))
    return Problem("not-nfc", "warning", path, number, same + 1, {"count": str(len(lines))})


def _too_many_marks(path: str, text: str, position: int) -> Problem:
    return Problem("too-many-marks", "error", path, *place_of(text, position), {"limit": str(MAX_MARKS)})


def piled_marks(text: str) -> int | None:
    """Return where one letter has more marks than any writing needs: putting them in order takes quadratic time."""
    marks = 0
    for position, character in enumerate(text):
        if unicodedata.combining(character):
            marks += 1
            if marks > MAX_MARKS:
                return position
        else:
            marks = 0
    return None


def place_of(text: str, position: int) -> tuple[int, int]:
    """Return line and column, from 1, of a position in a text."""
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)


def character_code(character: str) -> str:
    """Return the problem code of a bad character."""
    return next((code for code, pattern in CHARACTER_CODES if re.match(pattern, character)), "control-character")


def character_name(character: str) -> str:
    """Return a character's number, since the character itself shows nothing or does harm."""
    return f"U+{ord(character):04X}"


def shown(text: str) -> str:
    """Return as much of a person's text as a message repeats, on one line."""
    text = BAD_CHARACTER.sub("\ufffd", text.encode("utf-8", "replace").decode().replace("\n", " "))
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"


def for_xml(text: str) -> str:
    """Return text with a replacement sign for each character that XML cannot hold."""
    return re.sub(_NOT_XML, "\N{REPLACEMENT CHARACTER}", text)


_SPACES: Final = re.compile(r"\s+")


def fold(text: str) -> str:
    """Return a text as it is compared: composed, without case, runs of spaces or closing signs."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text).casefold()).strip(" *:?\ufeff\"'")


def plain_letters(text: str) -> str:
    """Return a folded text without marks, for titles that people write with or without them."""
    bare = "".join(c for c in unicodedata.normalize("NFD", fold(text)) if not unicodedata.combining(c))
    return bare.replace("đ", "d")


def new_id(words: str, taken: Iterable[str] = ()) -> str:
    """Return an id made of words: small ASCII letters, digits and hyphens, beginning with a letter, not yet taken."""
    bare = re.sub("[^a-z0-9]+", "-", plain_letters(words)).strip("-")
    short = bare if len(bare) <= 40 else bare[:41].rpartition("-")[0] or bare[:40]
    made = short if short[:1].isalpha() else f"muc-{short}".rstrip("-")
    known = set(taken)
    return next(name for name in (made, *(f"{made}-{n}" for n in range(2, len(known) + 3))) if name not in known)

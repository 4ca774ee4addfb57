"""A text shown to people, and typed text made harmless: on a terminal, in Markdown, in a cell of a spreadsheet."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import reduce
from itertools import islice
from typing import Any, Final

from pipeline.core.ground.characters import BAD_CHARACTER
from pipeline.core.ground.nodes import Mapping as Map
from pipeline.core.ground.nodes import Node, Scalar, text_at

NAMED_YEAR: Final = re.compile(r"(?<![\d/.-])(?:19|20)\d{2}(?![\d/-])", re.ASCII)  # in no day and no document's number
MOST_LISTED: Final = 200  # names that a message lists
MAX_SLIP: Final = 30  # characters of a word that may be a misspelling; comparing longer ones is slow
MAX_TOLD: Final = 160  # characters of a text that a table shows
MAIN: Final = "vi"  # the language that every text has; what another one lacks is shown in it


@dataclass(frozen=True, slots=True)
class Text:
    """A text shown to people: in the main language always, in others where it was written in them."""

    main: str
    others: Mapping[str, str] = field(default_factory=dict, hash=False)  # by the code of the language

    def by_language(self) -> dict[str, str]:
        """Return the text in every language that it was written in, by their codes, the main one first."""
        return {MAIN: self.main, **{code: self.others[code] for code in sorted(self.others)}}

    def in_language(self, language: str) -> str:
        """Return the text in a language, in the main one where there is no other."""
        return self.others.get(language) or self.main

    def has(self, language: str) -> bool:
        """Tell whether the text was written in a language."""
        return language == MAIN or language in self.others

    @property
    def brief(self) -> Text:
        """Return the text as far as a table shows it, in every language."""
        return Text(_brief(self.main), {code: _brief(text) for code, text in self.others.items()})


def text_of(node: Node | None) -> Text | None:
    """Return what a node says, in one language or in several; None where it says nothing."""
    if isinstance(node, Map):
        told = {code: text for code in node.values if code != MAIN and (text := text_at(node, code))}
        return Text(text_at(node, MAIN) or "", told)
    return Text(node.text) if isinstance(node, Scalar) else None


def _brief(text: str) -> str:
    """Return a short text whole, of a longer one its first sentences, or else as many words as there is room for."""
    if len(text) <= MAX_TOLD:
        return text
    head = text[:MAX_TOLD]
    end = max(head.rfind(f"{mark} ") for mark in ".!?")
    return head[: end + 1] if end > MAX_TOLD // 3 else (head.rpartition(" ")[0] or head).rstrip(" ,;:") + "…"


def as_listed(names: Collection[str]) -> str:
    """Return the names that are allowed somewhere, as far as anybody reads them."""
    return ", ".join((*islice(names, MOST_LISTED), *(("…",) if len(names) > MOST_LISTED else ())))


def nearest(word: str, allowed: Iterable[str]) -> str | None:
    """Return the name that a person may have meant; None where the word is one, or like none."""
    names = [*allowed]
    if word in names or len(word) > MAX_SLIP:
        return None
    return next(iter(difflib.get_close_matches(word, names, n=1, cutoff=0.7)), None)


def to_json(value: object) -> str:
    """Return JSON with two spaces of indentation, keys in the order given, text as it is."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def json_pieces(head: Mapping[str, object], rows: Iterable[object]) -> Iterator[str]:
    """Yield the same piece by piece, of an object whose last value is an empty list, with rows put into that list."""
    before, _, after = to_json(head).rpartition("[]")
    yield before + "["
    between = "\n    "
    for row in rows:
        yield between + to_json(row)[:-1].replace("\n", "\n    ")
        between = ",\n    "
    yield ("]" if between[0] == "\n" else "\n  ]") + after


def json_fields(record: object, *names: str, **ways: str) -> dict[str, Any]:
    """Return fields of a record as JSON tells them: a number as text with its decimals, a text in the main language.

    Args:
        record: the record; where there is none, every field is null.
        names: the fields that are told under their own names.
        ways: other names -> the way to a field through the records that hold it: `line="source.line"`.
    """
    every = {name: name for name in names} | ways
    return {name: _told(reduce(_field, way.split("."), record)) for name, way in every.items()}


def _field(record: object, name: str) -> object:
    return None if record is None else getattr(record, name)


def _told(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.main if isinstance(value, Text) else list(value) if isinstance(value, tuple) else value


def visible(text: str) -> str:
    """Return a text on one line; what moves or hides it stands by its number: names and cells may hold commands."""
    return BAD_CHARACTER.sub(lambda found: f"\\u{ord(found[0]):04x}", text.replace("\n", "\\u000a"))


# A forge looks for people, numbers, emoji and addresses in what it has rendered, entities resolved: only a
# space that shows nothing keeps `@name`, `#12`, `:name:` and `//host` apart.
_APART = "\u200b"


_CALLS = re.compile(
    r"(?<=[@#!~$%^*\[{\\])(?=\S)|(?<=&)(?=[#\d])|(?<=(?<![0-9A-Za-zÀ-ỹ])&)(?=\S)|"
    r"(?<=:)(?=/|[\w+-]+:)|(?<=mailto:)|(?<=xmpp:)|(?<=\bwww)(?=\.)|(?<=\bGH-)(?=\d)",
    re.ASCII | re.IGNORECASE,
)
# An ampersand between letters, as in GD&ĐT, is plain: it acts before a number, or as the beginning of an entity.
_MARKUP = re.compile(r"[!#$%*+<=>@\[\\\]^_`{|}~\u200b]|&(?=[#\d\u200b]|[a-z0-9]+;)", re.IGNORECASE)


_BACKTICKS = re.compile("`+")


def one_line(text: str) -> str:
    """Return typed text on one line, without characters that hide, move or cannot be printed."""
    return BAD_CHARACTER.sub("\ufffd", " ".join(text.encode("utf-8", "replace").decode().split()))


def hanging(line: str) -> str:
    """Return a line of which a text of several lines is a part, with those that follow further in than the first."""
    return line.replace("\n", "\n" + " " * (len(line) - len(line.lstrip(" ")) + 2))


def markdown_cell(text: str) -> str:
    """Return text that Markdown shows as it is, on one line: nothing in it is markup, a link or a mention.

    The id of a commit stays whole: reports name commits, which may be found, and copied.
    """
    return _MARKUP.sub(lambda found: f"&#{ord(found[0])};", _CALLS.sub(_APART, one_line(text)))


def code_span(text: str) -> str:
    """Return text as a code span on one line, exact when copied.

    Its fence is longer than any run of backticks inside, so that Markdown reads nothing in it (CommonMark 0.31.2,
    section 6.1); and in code no forge looks for people, references, commits, emoji, formulas or commands.
    """
    flat = one_line(text)
    fence = "`" * (max(map(len, _BACKTICKS.findall(flat)), default=0) + 1)
    space = " " if "`" in (flat[:1], flat[-1:]) else ""
    return f"{fence}{space}{flat}{space}{fence}" if flat else ""


def code_cell(text: str) -> str:
    """Return text as a code span for a cell of a Markdown table, in which a bar would end the cell."""
    return code_span(text[:300].replace("|", "¦"))


def inert_cell(text: str) -> str:
    """Return typed text that no spreadsheet runs: an apostrophe before what would begin a formula."""
    bare = text.lstrip(" \"'\u00a0\u3000")
    return f"'{text}" if bare[:1] in tuple("=+-@\t\r＝＋－＠") and bare else text


def bare_cell(text: str) -> str:
    """Return typed text without the apostrophe that `inert_cell` put before it."""
    return text[1:] if text[:1] == "'" and inert_cell(text[1:]) == text else text

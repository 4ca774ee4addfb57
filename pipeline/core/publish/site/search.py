"""What the search of the site knows: its pages cut into sections, from what they show, and the words that there are.

Queries are answered in the browser, by `site_templates/assets/search.js`, which folds letters as `fold` does here.
Decision 0032.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from pipeline.core.ground.kept import Kept, is_texts

_FRONT = re.compile(r"\A---\n(?P<front>.*?)\n---\n", re.DOTALL)
_ENTRY = re.compile(r'^(?P<key>title|also): (?P<value>".*")$', re.MULTILINE)
_MARKDOWN_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_CODE = re.compile(r"^(?P<code>\d+(?:\.\d+)*)\. ")
# Where words begin, and what a search may ask for from there on; inside 2.1.1 there is no 1.1.
_NUMBERED = re.compile(r"([^0-9]*)([0-9]*)")
_WORD = re.compile(r"(?<![^\W_])(?<!\d\.)([^\W_]\S{0,11})")
_LETTERS = re.compile(r"[^\W\d_]{2,20}")
MOST_NAMED = 300  # pages of one file of names
FIRST_WORDS = 120  # letters of a page's text beside its names
LARGEST_TEXT = 100_000  # bytes of one file of text, but for a page that has more
LARGEST_WORDS = 40_000  # bytes of the words by which a mistyped one is put right
_PAGE = "index.md"
_BODY = "\nbody: |\n"  # of a page of ours: the last value of its front matter
_VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "wbr"})
_SILENT = frozenset({"nav", "script", "style", "svg", "thead", "caption", "form", "h1"})
_SILENT_CLASSES = frozenset({"n", "pi-mark", "pi-cap"})  # figures, which nobody searches for
_TAG = re.compile(r"<(/?)(\w++)([^<>]*+)>")
_FIGURE = re.compile(  # a third of all tags
    r"<figure [^<>]*+(?<=data-search-exclude)>(?:[^<]++|<(?!/figure>))*+(?:</figure>|\Z)"
)
_ID = re.compile(r'(?<![\w-])id="([^"]*)"')
_MARKING = frozenset({"details", "summary", "h2", "h3"})
_ATTRIBUTE = re.compile(r'([\w-]++)(?:="([^"]*+)")?')


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page that an address leads to."""

    heading: str
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page as the search knows it; `also` are other names it is found by."""

    title: str
    address: str
    also: str
    sections: tuple[Section, ...]


def fold(text: str) -> str:
    """Return text as it is compared: small letters without marks, one sign for each sign of its composed form."""
    return "".join(_folded(sign) for sign in unicodedata.normalize("NFC", text))


@lru_cache(maxsize=4096)
def _folded(sign: str) -> str:
    small = sign.lower()
    parts = unicodedata.normalize("NFD", "d" if small == "đ" else small)
    bare = "".join(part for part in parts if not unicodedata.category(part).startswith("M"))
    return bare if len(bare) == 1 else sign


def entries(files: Mapping[str, bytes], kept: Kept) -> Iterator[SearchPage]:
    """Yield what the search knows of each page among the files of a site: those of no year, then the latest year's.

    Args:
        kept: what was known of the pages of the last time.
    """
    for path in sorted(files, key=lambda path: (-int(path[:4]) if path[:4].isdigit() else -9999, path)):
        if path.endswith(".md"):
            given = ["search", path, hashlib.sha256(files[path]).hexdigest()]
            title, address, also, sections = kept.made(given, partial(_known, path, files[path]), _is_known)
            yield SearchPage(title, address, also, tuple(Section(*section) for section in sections))


def _known(path: str, page: bytes) -> list[object]:
    """Return what the search knows of a page, as it is kept."""
    entry = _entry(path, page.decode())
    return [*_named(entry), [[one.heading, one.anchor, one.text] for one in entry.sections]]


def _is_known(told: Any) -> bool:  # noqa: ANN401
    """Tell whether something has the form of what is kept of a page."""
    match told:
        case [*named, [*sections]]:
            return is_texts(named, 3) and all(is_texts(section, 3) for section in sections)
    return False


def _entry(path: str, page: str) -> SearchPage:
    address = path.removesuffix(_PAGE) if path.endswith(_PAGE) else path.removesuffix(".md") + "/"
    ours, _, body = page.partition(_BODY)
    front = ours if body else front["front"] if (front := _FRONT.match(page)) else ""
    told = {found["key"]: html.unescape(json.loads(found["value"])) for found in _ENTRY.finditer(front)}
    if "also" not in told:  # a document of the project, in Markdown: its headings tell what it is about
        headings = [heading.replace("`", "") for heading in _MARKDOWN_HEADING.findall(page)] or [address]
        return SearchPage(told.get("title", headings[0]), address, "", (Section("", "", ". ".join(headings[1:])),))
    sections = _sections(body)
    return SearchPage(told["title"], address, told["also"], tuple(s for s in sections if s.heading or s.text))


class _Part:
    """A section as it is read: pieces of its heading and of its text."""

    def __init__(self, anchor: str) -> None:
        self.anchor = anchor
        self.heading: list[str] = []
        self.text: list[str] = []

    def section(self) -> Section:
        """Return the section."""
        heading, text = (" ".join(html.unescape(" ".join(pieces)).split()) for pieces in (self.heading, self.text))
        return Section(heading, html.unescape(self.anchor), text)


def _sections(page: str) -> list[Section]:
    """Cut a page of ours into sections: one begins with a heading that has an id, or is a box that has one.

    In pages of ours every `<` and `>` belongs to a tag, every element is closed, and values stand in double quotes.
    """
    parts = _TAG.split(_FIGURE.sub("", page))
    here, naming, silent, depth = _Part(""), False, "", 0
    found, opened = [here], list[tuple[str, bool, _Part]]()  # of what is open the tag, and what goes on when it closes
    for end, tag, rest, text in zip(parts[1:-4:4], parts[2:-4:4], parts[3:-4:4], parts[4:-4:4], strict=True):
        if silent:
            depth += 0 if tag != silent else -1 if end else 1
            silent = silent if depth else ""
        elif not end and tag not in _VOID and (tag in _SILENT or _is_silent(rest)):
            silent, depth = tag, 1
        elif tag in _MARKING and not end:
            anchor, before = _ID.search(rest), here
            begins = anchor is not None and anchor[1] != "" and tag != "summary"
            if begins and anchor:
                here = _Part(anchor[1])
                found.append(here)
                if tag != "details":  # what follows the heading is its section's
                    before, opened = here, [(one, was, here) for one, was, _ in opened]
            opened.append((tag, naming, before))
            names = tag == "summary" and here.anchor != "" and not here.heading  # its box, not a box inside it
            naming = naming or names or (begins and tag != "details")
        elif tag in _MARKING and opened and opened[-1][0] == tag:
            _, naming, here = opened.pop()
        if not silent and text and not text.isspace():
            (here.heading if naming else here.text).append(text)
    return [part.section() for part in found]


@lru_cache(maxsize=4096)
def _is_silent(attributes: str) -> bool:
    """Tell whether what has these attributes is left out; most stand on many pages."""
    given = dict(_ATTRIBUTE.findall(attributes))
    return "data-search-exclude" in given or not _SILENT_CLASSES.isdisjoint(given.get("class", "").split())


def index_files(found: Sequence[SearchPage]) -> Iterator[tuple[str, bytes]]:
    """Yield the index as files of script, which a browser loads from a disk as well, each only when it is needed.

    First what parts there are, and the words of the site, of which the first `named` are of names. Then pages by their
    names, a file for each beginning of words that a search may ask for; of one that is too common the first pages, and
    files for longer ones. Then the text of all pages, in order.
    """
    names = dict(_by_beginning("", [(word, number) for number, page in enumerate(found) for word in _words(page)]))
    texts = list(_texts(found))
    of_names, others = _spelt(found)
    told = {"names": list(names), "texts": len(texts), "named": len(of_names), "words": " ".join((*of_names, *others))}
    yield "search-index.js", _script("parindexIndex = ", told)
    for place, numbers in enumerate(names.values()):
        pages = [[number, *_named(found[number]), _first_words(found[number])] for number in numbers]
        yield f"search-names-{place}.js", _script("parindexFound(", pages, ")")
    for place, whole in enumerate(texts):
        yield f"search-text-{place}.js", _script("parindexFound(", whole, ",true)")


def _spelt(found: Sequence[SearchPage]) -> tuple[list[str], list[str]]:
    """Return the words of names, the most frequent first, and those of texts, as many as one file may hold."""
    named: Counter[str] = Counter()
    texts = set[str]()
    for page in found:
        named.update({fold(word) for word in _LETTERS.findall(f"{page.title} {page.also}")})
        texts.update(_LETTERS.findall(" ".join(f"{one.heading} {one.text}" for one in page.sections)))
    ordered = [word for word, _ in sorted(named.items(), key=lambda pair: (-pair[1], pair[0]))]
    others = sorted({fold(word) for word in texts} - named.keys(), key=lambda word: (len(word), word))
    room, kept = LARGEST_WORDS, list[str]()
    for word in (*ordered, *others):
        room -= len(word.encode()) + 1
        if room < 0:
            break
        kept.append(word)
    return kept[: len(ordered)], kept[len(ordered) :]


def _by_beginning(beginning: str, words: Sequence[tuple[str, int]]) -> Iterator[tuple[str, Sequence[int]]]:
    """Yield beginnings of words, each with the pages that have such a word."""
    numbers = sorted({number for _, number in words})
    yield beginning, numbers[:MOST_NAMED]
    if len(numbers) > MOST_NAMED:
        longer: dict[str, list[tuple[str, int]]] = {}
        for word, number in words:
            if len(word) > len(beginning):
                longer.setdefault(word[: len(beginning) + 1], []).append((word, number))
        for one in sorted(longer):
            yield from _by_beginning(one, longer[one])


def _words(page: SearchPage) -> frozenset[str]:
    """Return from where on a search may find the names of a page: beginnings of words, and the initials."""
    folded = [fold(page.title), fold(page.also)]
    starts = (found[1] for text in folded for found in _WORD.finditer(text))
    return frozenset((*starts, *("".join(found[1][0] for found in _WORD.finditer(text)) for text in folded))) - {""}


def _named(page: SearchPage) -> tuple[str, str, str]:
    return page.title, page.address, page.also


def _first_words(page: SearchPage) -> list[tuple[str, str, str]]:
    text = next((section.text for section in page.sections if section.text), "")
    return [("", "", text[:FIRST_WORDS] + "…" if len(text) > FIRST_WORDS else text)] if text else []


def _texts(found: Sequence[SearchPage]) -> Iterator[list[object]]:
    """Yield the pages with their sections, as many together as one file may hold."""
    pages, size = list[object](), 0
    for number, page in enumerate(found):
        told = [number, *_named(page), [(s.heading, s.anchor, s.text) for s in page.sections]]
        length = len(json.dumps(told, ensure_ascii=False).encode())
        if pages and size + length > LARGEST_TEXT:
            yield pages
            pages, size = [], 0
        pages.append(told)
        size += length
    if pages:
        yield pages


def _script(call: str, told: object, end: str = "") -> bytes:
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return f"window.{call}{text}{end};\n".replace("\u2028", " ").replace("\u2029", " ").encode()


@dataclass(frozen=True, slots=True)
class Listed:
    """One page in the list from A to Z: its title without the code, the code, the year."""

    title: str
    code: str
    year: str
    address: str


def letters(found: Sequence[SearchPage], years: Mapping[str, str]) -> tuple[tuple[str, tuple[Listed, ...]], ...]:
    """Return the pages from A to Z under the letters that they begin with; `years` says what each is called."""
    listed = sorted(
        (_listed(entry, years) for entry in found),
        key=lambda one: (_by_number(fold(one.title)), one.title, one.year, _by_number(one.code)),
    )
    under: dict[str, list[Listed]] = {}
    for one in listed:
        first = fold(one.title)[:1].upper()
        under.setdefault(first if "A" <= first <= "Z" else "0–9", []).append(one)
    return tuple((letter, tuple(pages)) for letter, pages in under.items())


def _by_number(text: str) -> list[tuple[str, int]]:
    """Return what sorts q2 before q10."""
    return [(words, int(number or 0)) for words, number in _NUMBERED.findall(text)]


def _listed(entry: SearchPage, years: Mapping[str, str]) -> Listed:
    code = _CODE.match(entry.title)
    first = entry.address.partition("/")[0]
    return Listed(
        title=entry.title[code.end() :] if code else entry.title,
        code=code["code"] if code else "",
        year=years.get(first, ""),
        address=entry.address,
    )

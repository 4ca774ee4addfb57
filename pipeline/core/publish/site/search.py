"""What the search of the site knows: its pages cut into sections, from what they show and from nothing else.

Queries are answered in the browser, by `site_templates/assets/search.js`, which folds letters as `fold` does here.
Decision 0032.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser

_FRONT = re.compile(r"\A---\n(?P<front>.*?)\n---\n", re.DOTALL)
_ENTRY = re.compile(r'^(?P<key>title|also): (?P<value>".*")$', re.MULTILINE)
_MARKDOWN_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_CODE = re.compile(r"^(?P<code>\d+(?:\.\d+)*)\. ")
_PAGE = "index.md"
_VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "wbr"})
_SILENT = frozenset({"nav", "script", "style", "svg", "thead", "caption", "form"})
_SILENT_CLASSES = frozenset({"n", "pi-mark", "pi-cap"})  # figures, which nobody searches for


@dataclass(slots=True)
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


def _folded(sign: str) -> str:
    small = sign.lower()
    parts = unicodedata.normalize("NFD", "d" if small == "đ" else small)
    bare = "".join(part for part in parts if not unicodedata.category(part).startswith("M"))
    return bare if len(bare) == 1 else sign


def entries(files: Mapping[str, bytes]) -> Iterator[SearchPage]:
    """Yield what the search knows of each page among the files of a site, in the order of their paths."""
    for path, data in sorted(files.items()):
        if path.endswith(".md"):
            yield _entry(path, data.decode())


def _entry(path: str, page: str) -> SearchPage:
    address = path.removesuffix(_PAGE) if path.endswith(_PAGE) else path.removesuffix(".md") + "/"
    front = _FRONT.match(page)
    told = {
        found["key"]: html.unescape(json.loads(found["value"]))
        for found in _ENTRY.finditer(front["front"] if front else "")
    }
    if "also" not in told:  # a document of the project, in Markdown: its headings tell what it is about
        headings = [heading.replace("`", "") for heading in _MARKDOWN_HEADING.findall(page)] or [address]
        return SearchPage(told.get("title", headings[0]), address, "", (Section("", "", ". ".join(headings[1:])),))
    reader = _PageReader()
    reader.feed(page[front.end() if front else 0 :])
    sections = [Section(s.heading, s.anchor, " ".join(s.text.split())) for s in reader.sections]
    return SearchPage(told["title"], address, told["also"], tuple(s for s in sections if s.heading or s.text))


@dataclass(slots=True)
class _Open:
    """An element that is being read: what its text belongs to."""

    tag: str
    silent: bool
    heading: bool
    section: Section


class _PageReader(HTMLParser):
    """Cuts a page into sections: one begins with a heading that has an id, or is a box that has one."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.sections = [Section("", "", "")]
        self._open: list[_Open] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        given = dict(attrs)
        around = self._open[-1] if self._open else _Open("", silent=False, heading=False, section=self.sections[0])
        classes = set((given.get("class") or "").split())
        silent = around.silent or tag in _SILENT or "data-search-exclude" in given or bool(classes & _SILENT_CLASSES)
        section, begins = around.section, tag in {"h2", "h3"} and bool(given.get("id"))
        if not silent and (begins or (tag == "details" and given.get("id"))):
            section = Section("", given["id"] or "", "")
            self.sections.append(section)
            if begins:  # what follows the heading is its section's
                for one in self._open:
                    one.section = section
        heading = around.heading or begins or (tag == "summary" and section.anchor != "")
        self._open.append(_Open(tag, silent or tag == "h1", heading, section))

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self._open) - 1, -1, -1):
            if self._open[depth].tag == tag:
                del self._open[depth:]
                return

    def handle_data(self, data: str) -> None:
        if not self._open or self._open[-1].silent:
            return
        here = self._open[-1]
        if here.heading:
            here.section.heading = " ".join(f"{here.section.heading} {data}".split())
        else:
            here.section.text += f" {data}"


def index_script(found: tuple[SearchPage, ...]) -> bytes:
    """Return the index as a file of script, which a browser loads from a disk as well: pages with their sections."""
    pages = [
        [entry.title, entry.address, entry.also, [[s.heading, s.anchor, s.text] for s in entry.sections]]
        for entry in found
    ]
    text = json.dumps(pages, ensure_ascii=False, separators=(",", ":"))
    return f"window.parindexPages = {text};\n".replace("\u2028", " ").replace("\u2029", " ").encode()


@dataclass(frozen=True, slots=True)
class Listed:
    """One page in the list from A to Z: its title without the code, the code, the year."""

    title: str
    code: str
    year: str
    address: str


def letters(found: tuple[SearchPage, ...], years: Mapping[str, str]) -> tuple[tuple[str, tuple[Listed, ...]], ...]:
    """Return the pages from A to Z under the letters that they begin with; `years` says what each is called."""
    listed = sorted(
        (_listed(entry, years) for entry in found), key=lambda one: (fold(one.title), one.title, one.year, one.code)
    )
    under: dict[str, list[Listed]] = {}
    for one in listed:
        first = fold(one.title)[:1].upper()
        under.setdefault(first if "A" <= first <= "Z" else "0–9", []).append(one)
    return tuple((letter, tuple(pages)) for letter, pages in under.items())


def _listed(entry: SearchPage, years: Mapping[str, str]) -> Listed:
    code = _CODE.match(entry.title)
    first = entry.address.partition("/")[0]
    return Listed(
        title=entry.title[code.end() :] if code else entry.title,
        code=code["code"] if code else "",
        year=years.get(first, ""),
        address=entry.address,
    )

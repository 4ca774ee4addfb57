"""Word documents from Word templates: typed text stays text, contents are filled, the same input gives the same bytes.

A template is a .docx that people edit in Word, with `{{ fields }}` and `{% loops %}` in it (docxtpl on python-docx).
What a document says is decided in `core/reports`; which template and which pictures, in `pipeline/reports.py`.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from docx.document import Document
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage  # type: ignore[import-untyped]  # the library has no types
from docxtpl.template import TemplateError  # type: ignore[import-untyped]  # likewise

from pipeline.core.problems import ParindexError

MOST_TOGETHER: Final = 12  # rows of a table, its head among them, that never part at the end of a page
_EPOCH: Final = datetime(1980, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # the first day that a zip file knows
_NO_XML: Final = re.compile("[^\n\u0020-\ud7ff\ue001-\ufffd\U00010000-\U0010ffff]")
# The library reads `{_{` in a finished text as `{{`, and the like; a mark that is taken out again keeps it from that.
_MARK: Final = "\ue000"
_LEVELS: Final = re.compile(r'\\o\s+"(\d)-(\d)"')
_HEADING: Final = re.compile(r"heading (\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture for a document: PNG bytes, its width in millimetres, and what it shows in words."""

    data: bytes
    width: int
    description: str


class _Fields(dict[str, object]):
    """The fields of one record; a template that asks for another is told so instead of printing nothing."""

    def __missing__(self, key: str) -> object:
        raise ParindexError("word-template-field", field=key, allowed=", ".join(sorted(self)))


class _Numbers(dict[str, object]):
    """Running numbers, a series for each name: 1 where a document shows it first, then the next one each time.

    What a template leaves out takes no number, so that tables and figures are numbered without a gap.
    """

    def __missing__(self, key: str) -> object:
        series = self[key] = _Series()
        return series


class _Series:
    """A series that moves on each time that it is shown."""

    def __init__(self) -> None:
        self._last = 0

    def __str__(self) -> str:
        self._last += 1
        return str(self._last)


class _Inline(InlineImage):  # type: ignore[misc]  # the library has no types
    """A picture in a line of text, with the words for those who do not see it."""

    def __init__(self, template: DocxTemplate, picture: Picture) -> None:
        super().__init__(template, io.BytesIO(picture.data), width=Mm(picture.width))
        self._description = quoteattr(picture.description)

    def _insert_image(self) -> str:
        drawn: str = super()._insert_image()
        return drawn.replace("<wp:docPr ", f"<wp:docPr descr={self._description} ", 1)


def document(
    template: bytes,
    context: Mapping[str, object],
    pictures: Mapping[str, Picture] | None = None,
    *,
    title: str = "",
) -> bytes:
    """Fill a Word template and return the document.

    Args:
        template: the bytes of a .docx; `{{ field }}` shows a field, `{%p for ... %}`, `{%tr for ... %}` repeat
            paragraphs and table rows. A table of contents of Word is filled with the document's headings, and
            `{{ numbers.table }}` shows the next number of a series of any name.
        context: the fields: texts, numbers already written as text, booleans, and sequences or mappings of these.
        pictures: shown where the template says `{{ pictures.name }}` or `{{ pictures[field] }}`.
        title: the title in the properties, which name nobody.

    Raises:
        ParindexError: the template is no Word file, its marks are wrong, or it asks for a field that is not there.
    """
    try:
        made = DocxTemplate(io.BytesIO(template))
        drawn = {name: _Inline(made, picture) for name, picture in (pictures or {}).items()}
        shown = {name: _clean(value) for name, value in context.items()}
        fields = _Fields(shown | {"pictures": _Fields(drawn), "numbers": _Numbers()})
        for name in sorted(made.get_undeclared_template_variables()):
            fields[name]  # one that is missing raises
        made.render(fields, autoescape=True)
    except (PackageNotFoundError, zipfile.BadZipFile, KeyError) as error:
        raise ParindexError("word-template-broken", detail=str(error)) from error
    except TemplateError as error:
        raise ParindexError("word-template-broken", detail=error.message or type(error).__name__) from error
    filled: Document = made.docx
    _share_columns(filled)
    _keep_together(filled)
    _fill_contents(filled)
    about = filled.core_properties
    about.title, about.author, about.last_modified_by, about.comments = _shown(title)[:255], "", "", ""
    about.created = about.modified = _EPOCH
    about.revision = 1
    stream = io.BytesIO()
    made.save(stream)
    return _normal(stream.getvalue())


def _clean(value: object) -> object:
    """Return a value of the context as the template may show it: no character that XML or the library would read."""
    if isinstance(value, str):
        return _shown(value).replace("{_", f"{{_{_MARK}").replace("_}", f"_{_MARK}}}").replace("%_", f"%_{_MARK}")
    if isinstance(value, Mapping):
        return _Fields({str(name): _clean(own) for name, own in value.items()})
    if isinstance(value, Sequence):
        return [_clean(own) for own in value]
    return value


def _shown(text: str) -> str:
    return _NO_XML.sub(" ", text)


def _normal(package: bytes) -> bytes:
    """Return a package with its parts in order and without the clock's time, so that the same content is the same."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        names = sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name))
        for name in names:
            data = old.read(name)
            if name.endswith(".xml"):
                data = data.replace(_MARK.encode(), b"")
            entry = zipfile.ZipInfo(name, _EPOCH.timetuple()[:6])
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 0, 0
            new.writestr(entry, data)
    return stream.getvalue()


# --- tables whose columns a loop made --------------------------------------------------------------------------------


def _share_columns(filled: Document) -> None:
    """Let the cells that a loop made out of one share its room; the table stays as wide as in the template."""
    for table in filled.element.body.iter(qn("w:tbl")):
        whole, rows = table.find(f"{qn('w:tblPr')}/{qn('w:tblW')}"), table.findall(qn("w:tr"))
        widths = [_width(cell) for cell in rows[0].findall(qn("w:tc"))] if rows else []
        if whole is None or whole.get(qn("w:type")) != "dxa" or sum(widths) == int(whole.get(qn("w:w"))):
            continue
        looped = max(set(widths), key=lambda width: (widths.count(width), width))
        others = sum(width for width in widths if width != looped)
        shared = max(1, (int(whole.get(qn("w:w"))) - others) // widths.count(looped))
        for cell in table.iter(qn("w:tc")):
            if _width(cell) == looped:
                cell.find(f"{qn('w:tcPr')}/{qn('w:tcW')}").set(qn("w:w"), str(shared))
        for column, width in zip(table.find(qn("w:tblGrid")), widths, strict=False):
            column.set(qn("w:w"), str(shared if width == looped else width))


def _width(cell: Any) -> int:  # noqa: ANN401 - an element of the library
    found = cell.find(f"{qn('w:tcPr')}/{qn('w:tcW')}")
    return 0 if found is None else int(found.get(qn("w:w")))


# --- short tables ----------------------------------------------------------------------------------------------------


def _keep_together(filled: Document) -> None:
    """Let no page end inside a short table with a head: each of its rows but the last keeps with the next one."""
    for table in filled.element.body.iter(qn("w:tbl")):
        rows = table.findall(qn("w:tr"))
        if len(rows) > MOST_TOGETHER or rows[0].find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is None:
            continue
        for row in rows[:-1]:
            for paragraph in row.iter(qn("w:p")):
                paragraph.get_or_add_pPr().get_or_add_keepNext()


# --- table of contents: what Word would put there, so that it is not empty before somebody asks Word to ---------------


def _fill_contents(filled: Document) -> None:
    """Fill the first table of contents with the headings; page numbers are fields that the reader's program counts."""
    body = filled.element.body
    instruction = next((node for node in body.iter(qn("w:instrText")) if (node.text or "").strip()[:4] == "TOC "), None)
    if instruction is None:
        return
    found = _LEVELS.search(instruction.text)
    levels = range(int(found[1]), int(found[2]) + 1) if found else range(1, 4)
    first = _paragraph_of(instruction)
    last = first
    while last is not None and not _ends_field(last):
        last = last.getnext()
    entries = [_entry(number, level, text) for number, (level, text) in enumerate(_bookmarked(filled, levels), 1)]
    if not entries or last is None:
        return
    for entry in entries:
        first.addprevious(entry)
    while first is not last:
        after = first.getnext()
        body.remove(first)
        first = after
    body.remove(last)


def _paragraph_of(node: Any) -> Any:  # noqa: ANN401 - an element of the library
    while node.tag != qn("w:p"):
        node = node.getparent()
    return node


def _ends_field(paragraph: Any) -> bool:  # noqa: ANN401 - an element of the library
    return any(mark.get(qn("w:fldCharType")) == "end" for mark in paragraph.iter(qn("w:fldChar")))


def _bookmarked(filled: Document, levels: range) -> Iterator[tuple[int, str]]:
    """Yield level and text of the headings, each given a bookmark of its number in the order of the document."""
    number = 0
    for paragraph in filled.paragraphs:
        style = _HEADING.fullmatch(paragraph.style.name or "") if paragraph.style is not None else None
        if style is None or int(style[1]) not in levels or not paragraph.text.strip():
            continue
        number += 1
        start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
        for mark in (start, end):
            mark.set(qn("w:id"), str(number))
        start.set(qn("w:name"), _name(number))
        own = paragraph._p  # noqa: SLF001 - the library offers no bookmarks
        own.insert(1 if own.pPr is not None else 0, start)
        own.append(end)
        yield int(style[1]), " ".join(paragraph.text.split())


def _name(number: int) -> str:
    return f"_Toc{number:08d}"


def _entry(number: int, level: int, text: str) -> Any:  # noqa: ANN401 - an element of the library
    """Return one line of the contents: the heading, a tab, and a field that counts its page."""
    paragraph, properties, style = OxmlElement("w:p"), OxmlElement("w:pPr"), OxmlElement("w:pStyle")
    style.set(qn("w:val"), f"TOC{level}")
    properties.append(style)
    paragraph.append(properties)
    link = OxmlElement("w:hyperlink")
    link.set(qn("w:anchor"), _name(number))
    link.set(qn("w:history"), "1")
    tab = OxmlElement("w:r")
    tab.append(OxmlElement("w:tab"))
    page = [_mark("begin", dirty=True), _words(f" PAGEREF {_name(number)} \\h ", "w:instrText"), _mark("separate")]
    for run in (_words(text, "w:t"), tab, *page, _words("–", "w:t"), _mark("end")):
        link.append(run)
    paragraph.append(link)
    return paragraph


def _mark(kind: str, *, dirty: bool = False) -> Any:  # noqa: ANN401 - an element of the library
    run, mark = OxmlElement("w:r"), OxmlElement("w:fldChar")
    mark.set(qn("w:fldCharType"), kind)
    if dirty:
        mark.set(qn("w:dirty"), "true")
    run.append(mark)
    return run


def _words(text: str, tag: str) -> Any:  # noqa: ANN401 - an element of the library
    run, words = OxmlElement("w:r"), OxmlElement(tag)
    words.text = text
    words.set(qn("xml:space"), "preserve")
    run.append(words)
    return run

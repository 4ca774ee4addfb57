"""Word documents from Word templates: typed text stays text, contents are filled, the same input gives the same bytes.

A template is a .docx that people edit in Word, with `{{ fields }}` and `{% loops %}` in it (docxtpl on python-docx).
It may come from any revision: its package is checked first, then its text is filled by itself, so that a mistake is
reported with its paragraph, and only then the document is made.
What a document says is decided in `core/publish/reports`; which template and which pictures, in `flows/report`.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

import docx
from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage  # type: ignore[import-untyped]  # the library has no types

from pipeline.core.forms.read_tables import FormFinding, Grid, Typed, finding
from pipeline.core.ground.problems import ParindexError
from pipeline.core.ground.templates import Engine, Engines, WrongTemplateError

MOST_TOGETHER: Final = 12  # rows of a table, its head among them, that never part at the end of a page
_EPOCH: Final = datetime(1980, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # the first day that a zip file knows
_NO_XML: Final = re.compile("[^\n\u0020-\ud7ff\ue001-\ufffd\U00010000-\U0010ffff]")
# The library reads `{_{` in a finished text as `{{`, and the like; a mark that is taken out again keeps it from that.
_MARK: Final = "\ue000"
MAX_BYTES: Final = 10 * 1024 * 1024  # of a template; ours have 40 kB
MAX_UNPACKED: Final = 32 * 1024 * 1024
_MOST_SPANNED: Final = 100  # columns of a table that one cell covers
MOST_SHOWN: Final = 120  # letters of a paragraph that an error repeats
_RUNS: Final = re.compile(r"vba|activeX|embeddings/|afchunk|\.bin$|\.exe$", re.IGNORECASE)
_RELATION: Final = re.compile(rb"<[^<>]*Relationship\s[^<>]*>")
_OUTSIDE: Final = re.compile(rb"TargetMode\s*=\s*[\"']External")
_CLICK: Final = re.compile(rb"Type\s*=\s*[\"'][^\"']*/hyperlink[\"']")
_ENTITY: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
# Fields that fetch or run something when the document is opened or its fields are counted.
_CALLS: Final = re.compile(
    rb"(?:DDE(?:AUTO)?|INCLUDE(?:TEXT|PICTURE)?|LINK|IMPORT|DATABASE|MACROBUTTON)\b", re.IGNORECASE
)
# What the libraries raise at a file that is no Word document.
_UNREADABLE: Final = (
    *(PackageNotFoundError, zipfile.BadZipFile, zlib.error, EOFError, LookupError, NotImplementedError, OverflowError),
    *(AttributeError, RuntimeError, SyntaxError, ValueError),
)
_TEXTS: Final = ("main+xml", "header+xml", "footer+xml", "footnotes+xml", "endnotes+xml")
_TRACKED: Final = frozenset(
    qn(f"w:{name}")
    for name in (
        *("ins", "del", "moveFrom", "moveTo", "cellIns", "cellDel", "cellMerge", "commentReference"),
        *("rPrChange", "pPrChange", "tblPrChange", "trPrChange", "tcPrChange", "sectPrChange", "numberingChange"),
    )
)
_ABOUT: Final = "/metadata/core-properties"
_MARKED: Final = re.compile(r"\{\{[^{]*?\}\}|\{%[^{]*?%\}|\{#[^{]*?#\}")
_OPEN: Final = re.compile(r"\{[{%#]")
_STATEMENT: Final = re.compile(r"\{%[-+]?(?:(?:tr|tc|p|r)\s)?\s*(\w+)")
_TYPED_FOR: Final = re.compile(r"(\{[{%#])(?:tr|tc|p|r)(?=\s)")
_FOR_TABLES: Final = re.compile(r"\{%(tr|tc)\s")
_PLAIN_QUOTES: Final = str.maketrans("“”‘’", "\"\"''")
_LEVELS: Final = re.compile(r'\\o\s+"(\d)-(\d)"')
_HEADING: Final = re.compile(r"heading (\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture for a document: PNG bytes, its width in millimetres, and what it shows in words."""

    data: bytes
    width: int
    description: str


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


class _Pictures:
    """Pictures in one paragraph, each on a line of its own."""

    def __init__(self, template: DocxTemplate, pictures: Sequence[Picture]) -> None:
        self._shown = [_Inline(template, one) for one in pictures]

    def __str__(self) -> str:
        return "".join(map(str, self._shown))

    __html__ = __str__


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
    pictures: Mapping[str, Sequence[Picture]] | None = None,
    *,
    name: str,
    title: str = "",
    engines: Engines,
) -> bytes:
    """Fill a Word template and return the document.

    Args:
        template: the bytes of a .docx; `{{ field }}` shows a field, `{%p for ... %}`, `{%tr for ... %}` repeat
            paragraphs and table rows. A table of contents of Word is filled with the document's headings, and
            `{{ numbers.table }}` shows the next number of a series of any name.
        context: the fields: texts, numbers already written as text, booleans, and sequences or mappings of these.
        pictures: by figure, one or several; shown where the template says `{{ pictures.name }}` or
            `{{ pictures[field] }}`.
        title: the title in the properties, which name nobody.

    Raises:
        ParindexError: the template is no Word file, its marks are wrong, or it asks for a field that is not there.
    """
    engine = engines(shown=_as_it_is, printable=(_Pictures, _Series))
    try:
        _search(template)
        made = _opened(template)
        shown = {name: _clean(value) for name, value in context.items()}
        blank = dict.fromkeys(pictures or {}, "")
        for part, element in _texts(made):
            _rehearse(element, engine, lambda: shown | {"pictures": blank, "numbers": _Numbers()}, f"{name}{part}")
        drawn = {name: _Pictures(made, own) for name, own in (pictures or {}).items()}
        fields = shown | {"pictures": drawn, "numbers": _Numbers()}
        engine.run(lambda: made.render(fields, jinja_env=engine.environment, autoescape=True), fields)
    except WrongTemplateError as error:
        raise ParindexError("word-template-broken", path=name, reason=error.reason, **error.figures) from error
    filled: Document = made.docx
    _share_columns(filled)
    _keep_together(filled)
    _part_pictures(filled)
    _fill_contents(filled)
    about = filled.core_properties
    about.title, about.author, about.last_modified_by, about.comments = _shown(title)[:255], "", "", ""
    about.created = about.modified = _EPOCH
    about.revision = 1
    stream = io.BytesIO()
    made.save(stream)
    return _normal(stream.getvalue())


def _as_it_is(value: object) -> object:
    return value


def _clean(value: object) -> object:
    """Return a value of the context as the template may show it: no character that XML or the library would read."""
    if isinstance(value, str):
        return _shown(value).replace("{_", f"{{_{_MARK}").replace("_}", f"_{_MARK}}}").replace("%_", f"%_{_MARK}")
    if isinstance(value, Mapping):
        return {str(name): _clean(own) for name, own in value.items()}
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


# --- what a template may hold ----------------------------------------------------------------------------------------


def _search(template: bytes) -> None:
    """Refuse a package that swells, runs, embeds or reaches outside, before the library opens it."""
    if len(template) > MAX_BYTES:
        raise _too_large(len(template), MAX_BYTES)
    try:
        with zipfile.ZipFile(io.BytesIO(template)) as package:
            entries = package.infolist()
            unpacked = sum(entry.file_size for entry in entries)
            if unpacked > MAX_UNPACKED:
                raise _too_large(unpacked, MAX_UNPACKED)
            for entry in entries:
                if _RUNS.search(entry.filename) or _reaches_out(entry.filename, package.read(entry)):
                    raise WrongTemplateError("external", part=entry.filename[:80])
    except _UNREADABLE as error:
        raise WrongTemplateError("no-package") from error


def _too_large(size: int, limit: int) -> WrongTemplateError:
    megabyte = 1024 * 1024
    return WrongTemplateError("too-large", size=f"{size / megabyte:.1f} MB", limit=f"{limit // megabyte} MB")


def _reaches_out(name: str, data: bytes) -> bool:
    """Tell whether a part declares entities, links to the outside but for a reader's click, or calls from a field."""
    if name.endswith(".rels"):
        return any(_OUTSIDE.search(found) and not _CLICK.search(found) for found in _RELATION.findall(data))
    return name.endswith(".xml") and (_ENTITY.search(data) is not None or any(map(_CALLS.match, _fields(data))))


def _fields(data: bytes) -> Iterator[bytes]:
    """Yield how each field of a part begins: the text of an instruction, or the value of the attribute `instr`."""
    for after in data.split(b"instrText")[1:]:
        yield after.partition(b">")[2].lstrip()[:20]
    for after in data.split(b"instr=")[1:]:
        yield after[1:].lstrip()[:20]


def _opened(template: bytes) -> DocxTemplate:
    try:
        made = DocxTemplate(io.BytesIO(template))
        made.init_docx()
    except _UNREADABLE as error:
        raise WrongTemplateError("no-package") from error
    # LibreOffice calls the properties by another name; the library would write its own beside them, under one path.
    relations = made.docx.part.package.rels
    for key in [
        key for key, one in relations.items() if one.reltype.endswith(_ABOUT) and one.reltype != RT.CORE_PROPERTIES
    ]:
        del relations[key]
    return made


def _texts(made: DocxTemplate) -> Iterator[tuple[str, Any]]:
    """Yield the parts of a document that hold text, with what errors add to the template's name."""
    for part in made.docx.part.package.iter_parts():
        kind = part.content_type.rpartition(".")[2]
        if kind == "comments+xml" and b"<w:comment " in part.blob:
            raise WrongTemplateError("changes")
        if kind in _TEXTS:
            element = part.element if hasattr(part, "element") else parse_xml(part.blob)
            yield "" if kind == "main+xml" else f" ({part.partname.lstrip('/')})", element


def _rehearse(element: Any, engine: Engine, fields: Callable[[], Mapping[str, object]], path: str) -> None:  # noqa: ANN401 - an element of the library
    """Fill the text of a part, a line for each paragraph, so that an error's line is its paragraph."""
    paragraphs = list(element.iter(qn("w:p")))
    lines = [_line(paragraph) for paragraph in paragraphs]
    try:
        for number, (paragraph, line) in enumerate(zip(paragraphs, lines, strict=True), 1):
            _judge(paragraph, line, number)
        engine.render_text("\n".join(_TYPED_FOR.sub(r"\1", line) for line in lines), fields())
    except WrongTemplateError as error:
        number = error.line
        if error.reason == "not-closed":
            number = _last_open(lines) or number
        text = lines[number - 1].strip()[:MOST_SHOWN] if 0 < number <= len(lines) else "–"
        place = {"path": path, "number": str(number or "–"), "text": text or "–"}
        raise ParindexError("word-template-wrong", reason=error.reason, **place, **error.figures) from error


def _line(paragraph: Any) -> str:  # noqa: ANN401 - an element of the library
    """Return the text of a paragraph without that of others inside it, quotation marks in its marks made plain."""
    words = (node for node in paragraph.iter(qn("w:t")) if next(node.iterancestors(qn("w:p"))) is paragraph)
    text = " ".join("".join(node.text or "" for node in words).splitlines())
    return _MARKED.sub(lambda found: found[0].translate(_PLAIN_QUOTES), text)


def _judge(paragraph: Any, line: str, number: int) -> None:  # noqa: ANN401 - an element of the library
    """Refuse a paragraph with tracked changes or comments, a mark left open, or one for tables outside of them."""
    rows = (node for row in paragraph.iterancestors(qn("w:tr")) for node in row.iterfind(f"{qn('w:trPr')}/*"))
    if any(node.tag in _TRACKED for node in (*paragraph.iter(), *rows)):
        raise WrongTemplateError("changes", line=number)
    if _OPEN.search(_MARKED.sub("", line)):
        raise WrongTemplateError("not-closed", line=number)
    for word in _FOR_TABLES.findall(line):
        if next(paragraph.iterancestors(qn(f"w:{word}")), None) is None:
            raise WrongTemplateError("place", line=number, word=f"{{%{word} … %}}")


def _last_open(lines: Sequence[str]) -> int:
    """Return the number of the line whose loop or condition was opened last and never closed, 0 where there is none."""
    opened: list[tuple[str, int]] = []
    for number, line in enumerate(lines, 1):
        if _OPEN.search(_MARKED.sub("", line)):
            return number
        for word in _STATEMENT.findall(line):
            if opened and word == f"end{opened[-1][0]}":
                opened.pop()
            elif word in {"for", "if", "macro"}:
                opened.append((word, number))
    return opened[-1][1] if opened else 0


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
        if not 0 < len(rows) <= MOST_TOGETHER or rows[0].find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is None:
            continue
        for row in rows[:-1]:
            for paragraph in row.iter(qn("w:p")):
                paragraph.get_or_add_pPr().get_or_add_keepNext()


def _part_pictures(filled: Document) -> None:
    """Give each picture of a paragraph one of its own: a page may end after any but the last, which keeps its title."""
    for paragraph in filled.element.body.xpath(".//w:p[count(w:r/w:drawing) > 1]"):
        for run in paragraph.xpath("w:r[w:drawing][following-sibling::w:r/w:drawing]"):
            own = OxmlElement("w:p")
            own.append(deepcopy(paragraph.get_or_add_pPr()))
            own.pPr.get_or_add_keepNext().val = False
            own.append(run)
            paragraph.addprevious(own)


# --- table of contents: what Word would put there, so that it is not empty before somebody asks Word to ---------------


def _fill_contents(filled: Document) -> None:
    """Fill the first table of contents with the headings; page numbers are fields that the reader's program counts."""
    found = _contents_of(filled)
    if found is None:
        return
    first, last, instruction = found
    named = _LEVELS.search(instruction)
    levels = range(int(named[1]), int(named[2]) + 1) if named else range(1, 4)
    styles = {(style.name or "").lower(): style.style_id for style in filled.styles}
    entries = [
        _entry(number, styles.get(f"toc {level}", f"TOC{level}"), text)
        for number, (level, text) in enumerate(_bookmarked(filled, levels), 1)
    ]
    if not entries:
        return
    for entry in entries:
        first.addprevious(entry)
    holder = first.getparent()  # the body, or the block that Word and LibreOffice put around their contents
    for paragraph in (first, *first.itersiblings()):
        holder.remove(paragraph)
        if paragraph is last:
            break


def _contents_of(filled: Document) -> tuple[Any, Any, str] | None:
    """Return the first and the last paragraph of the first table of contents, and its instruction."""
    opened: list[tuple[Any, list[str]]] = []  # fields stand inside fields: each heading's page is one
    for node in filled.element.body.iter(qn("w:fldChar"), qn("w:instrText")):
        if node.tag == qn("w:instrText"):
            if opened:
                opened[-1][1].append(node.text or "")
        elif node.get(qn("w:fldCharType")) == "begin":
            opened.append((node, []))
        elif node.get(qn("w:fldCharType")) == "end" and opened:
            begun, words = opened.pop()
            first, last = (next(one.iterancestors(qn("w:p"))) for one in (begun, node))
            if "".join(words).split()[:1] == ["TOC"] and first.getparent() is last.getparent():
                return first, last, "".join(words)
    return None


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


def _entry(number: int, styled: str, text: str) -> Any:  # noqa: ANN401 - an element of the library
    """Return one line of the contents: the heading, a tab, and a field that counts its page."""
    return parse_xml(f"""<w:p {nsdecls("w")}><w:pPr><w:pStyle w:val={quoteattr(styled)}/></w:pPr>\
<w:hyperlink w:anchor="{_name(number)}" w:history="1"><w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r>\
<w:r><w:tab/></w:r><w:r><w:fldChar w:fldCharType="begin" w:dirty="true"/></w:r>\
<w:r><w:instrText xml:space="preserve"> PAGEREF {_name(number)} \\h </w:instrText></w:r>\
<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t xml:space="preserve">–</w:t></w:r>\
<w:r><w:fldChar w:fldCharType="end"/></w:r></w:hyperlink></w:p>""")


# --- tables of documents that people send ----------------------------------------------------------------------------


def tables_of(name: str, data: bytes, called: Callable[[int], str]) -> tuple[tuple[Grid, ...], tuple[FormFinding, ...]]:
    """Return the tables of a document as sheets; none where the package is refused.

    A number that Word itself counts stands in no text; its cell holds `#`.

    `called`: what the table of a number, from 1, is called.
    """
    try:
        _search(data)
        body = docx.Document(io.BytesIO(data)).element.body
        return tuple(_grid(called(number), table) for number, table in enumerate(body.iter(qn("w:tbl")), 1)), ()
    except (WrongTemplateError, *_UNREADABLE):
        return (), (finding("table-document", name),)


def _grid(name: str, table: Any) -> Grid:  # noqa: ANN401 - an element of the library
    """Return a table's cells, and which of them are merged."""
    cells: dict[tuple[int, int], Typed] = {}
    merged: dict[tuple[int, int], tuple[int, int]] = {}  # the first cell of a range -> its last
    hanging: dict[int, tuple[int, int]] = {}  # column -> the first cell of a range that may reach further down
    rows = (row for row in table.iter(qn("w:tr")) if next(row.iterancestors(qn("w:tbl"))) is table)
    for top, row in enumerate(rows):
        left = 0
        for cell in (cell for cell in row.iter(qn("w:tc")) if next(cell.iterancestors(qn("w:tr"))) is row):
            span, down = (cell.find(f"{qn('w:tcPr')}/{qn(f'w:{own}')}") for own in ("gridSpan", "vMerge"))
            right = left - 1 + (1 if span is None else max(1, min(int(span.get(qn("w:val"), "1")), _MOST_SPANNED)))
            first = hanging.pop(left, None)
            if down is None or down.get(qn("w:val")) == "restart" or first is None:
                first = (top, left)
            if down is not None:
                hanging[left] = first
            merged[first] = (top, right)
            if text := _cell_text(cell):
                cells[top, left] = Typed("text", text)
            left = right + 1
    return Grid(name, cells, tuple((*first, *last) for first, last in merged.items() if first != last))


def _cell_text(cell: Any) -> str:  # noqa: ANN401 - an element of the library
    """Return the text of a cell without that of tables inside it and without what was moved away."""
    lines = []
    counted = False
    for paragraph in cell.iter(qn("w:p")):
        if next(paragraph.iterancestors(qn("w:tc"))) is cell:
            runs = (
                node for node in paragraph.iter(qn("w:t"), qn("w:br")) if not list(node.iterancestors(qn("w:moveFrom")))
            )
            lines.append("".join("\n" if node.tag == qn("w:br") else node.text or "" for node in runs))
            counted = counted or paragraph.find(f"{qn('w:pPr')}/{qn('w:numPr')}") is not None
    text = "\n".join(lines).strip()
    return text or ("#" if counted else "")

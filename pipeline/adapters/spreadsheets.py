"""Workbooks that people send, read with openpyxl after the package has been searched: nothing in them is trusted.

Returns cells, and the places of what no cell holds: comments, pictures, stored values of formulas.
The parts of a package and the kinds of links between them are allow-lists; entities, macros, what is fetched from the
outside and packages that swell are refused before the library sees them, and the library sees only what was let in.
"""

from __future__ import annotations

import io
import math
import posixpath
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from xml.parsers import expat

import defusedxml.ElementTree
import openpyxl
from defusedxml.common import DefusedXmlException
from openpyxl.comments import Comment
from openpyxl.utils.cell import column_index_from_string, range_boundaries

from pipeline.core.forms.read_tables import FormFinding, Grid, Spot, Typed
from pipeline.core.ground.characters import shown
from pipeline.core.ground.problems import Problem
from pipeline.core.survey.responses import UnreadableError

MAX_BYTES: Final = 10 * 1024 * 1024  # of the file; a form of 60 criteria has 50 kB
MAX_ENTRIES: Final = 200  # parts in the package
MAX_UNPACKED: Final = 32 * 1024 * 1024  # of all parts together
MAX_RATIO: Final = 200  # unpacked to packed, of parts over a megabyte; a form has 10
MAX_SHEETS: Final = 40
MAX_ROWS: Final = 20_000  # rows of a sheet that are read
MAX_COLUMNS: Final = 100
MAX_CELLS: Final = 200_000  # cells of all sheets together
MAX_CELL_TEXT: Final = 32_767  # characters of a cell, and of a formula 8192: no spreadsheet program writes more
MAX_FORMULA: Final = 8_192


@dataclass(frozen=True, slots=True)
class Limits:
    """What a package may hold before anybody looks at it."""

    bytes: int = MAX_BYTES
    unpacked: int = MAX_UNPACKED
    cells: int = MAX_CELLS


OF_FORMS: Final = Limits()
OF_RESPONSES: Final = Limits(bytes=40 * 1024 * 1024, unpacked=240 * 1024 * 1024, cells=3_000_000)
MOST_BLANK_ROWS: Final = 10_000  # one after the other; a sheet has a million when its last row was touched
MOST_TITLES: Final = 2_000  # columns of a sheet of responses

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_SWELLS: Final = 1024 * 1024
_ALLOWED: Final = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/\w+\.(?:xml|jpeg|png|emf|wmf)|docMetadata/\w+\.xml|_xmlsignatures/.*"
    r"|customXml/(?:_rels/)?\w+\.xml(?:\.rels)?"
    r"|xl/(?:workbook|styles|sharedStrings|calcChain|metadata)\.xml|xl/_rels/workbook\.xml\.rels|xl/theme/theme\d+\.xml"
    r"|xl/worksheets/(?:_rels/)?sheet\d+\.xml(?:\.rels)?|xl/printerSettings/\w+\.bin"
    r"|xl/comments/comment\d+\.xml|xl/(?:threadedComments/|persons/)?(?:comments|threadedComment|person)s?\d*\.xml|xl/tables/table\d+\.xml"
    r"|xl/drawings/(?:_rels/)?\w+\.(?:xml|vml)(?:\.rels)?|xl/media/\w+\.(?:png|jpe?g|gif|emf|wmf)"
    r"|xl/(?:richData|featurePropertyBag)/(?:_rels/)?\w+\.xml(?:\.rels)?",
    re.ASCII,
)
_MACROS: Final = re.compile(r"xl/(?:vbaProject\w*\.bin|macrosheets/.*|dialogsheets/.*|vbaData\.xml)", re.ASCII)
_ENTITY: Final = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ENCODING: Final = re.compile(rb"^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*encoding\s*=\s*[\"']([\w-]+)[\"']")
# What a formula may not do: ask another program (DDE), another workbook or the net.
_OUTSIDE: Final = re.compile(
    r"\|[^|]*!|\[[0-9]+\][^!\[]*!|\[[^\[\]]*\.[a-z]{2,4}\]|file:"
    r"|\b(?:WEBSERVICE|IMAGE|RTD|DDE|CALL|REGISTER|REGISTER\.ID|EXEC|SQL\.REQUEST|FILTERXML|STOCKHISTORY|CUBE[A-Z]+)\s*\(",
    re.IGNORECASE | re.ASCII,
)
_FORMULAS: Final = frozenset(
    {"f", "formula", "formula1", "formula2", "definedName", "calculatedColumnFormula", "totalsRowFormula"}
)
_A_FORMULA: Final = re.compile(
    rb"<(?:\w+:)?(?:f|formula[12]?|definedName|calculatedColumnFormula|totalsRowFormula)[\s>]"
)
_WITH_FORMULAS: Final = re.compile(r"xl/(?:workbook|worksheets/sheet\d+|tables/table\d+)\.xml", re.ASCII)
_STRICT: Final = b"http://purl.oclc.org/ooxml/"
# The kinds of links between parts; what brings code, other programs or other files is none of them.
_LINK_KINDS: Final = re.compile(
    r"officeDocument|(?:core|extended|custom)-properties|thumbnail|worksheet|theme|styles|sharedStrings|calcChain"
    r"|sheetMetadata|customXml|customXmlProps|comments|vmlDrawing|drawing|image|hyperlink|printerSettings|table"
    r"|threadedComment|person|(?:rd)?[rR]ich\w+|FeaturePropertyBag|origin|signature|classificationlabels",
    re.ASCII,
)
_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]*:|[/\\]{2}|\\", re.IGNORECASE)  # what begins no name of a part
_PICTURE_OF_VML: Final = re.compile(
    rb"""\s(?:src|o:href|href)\s*=\s*["']\s*(?:[a-z][a-z0-9+.-]*:|[/\\]{2})""", re.IGNORECASE
)
_CELL_NAME: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_OWN_COMMENTS: Final = "parindex"  # the author of the comments that `annotated` writes
_MERGE: Final = re.compile(rb"<(?:\w+:)?mergeCell\s")
_MERGE_REF: Final = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^<>]*?ref\s*=\s*[\"']([A-Z]{1,3}[0-9]{1,7}(?::[A-Z]{1,3}[0-9]{1,7})?)"
)
_CONTROL: Final = re.compile(r"_x00([01][0-9A-Fa-f])_")  # how a package writes what XML cannot hold: _x000D_
_CELL: Final = re.compile(rb"<(?:\w+:)?c[\s/>]")
_SHEET_DATA: Final = re.compile(rb"<((?:\w+:)?)sheetData\s*>")
_ROW_NUMBER: Final = re.compile(rb"\sr=[\"']([0-9]{1,7})[\"']")
_SHEET: Final = re.compile(r"xl/worksheets/sheet\d+\.xml", re.ASCII)


class _RefusedError(Exception):
    """A package that is not let in: the problem's code and figures."""

    def __init__(self, code: str, /, spot: Spot | None = None, **figures: str) -> None:
        super().__init__(code)
        self.code, self.spot, self.figures = code, spot, figures


def read_workbook(name: str, data: bytes) -> tuple[tuple[Grid, ...], tuple[FormFinding, ...]]:
    """Return the sheets of a workbook with the cells that hold something; no sheet where the package is refused."""
    try:
        parts = _parts(data, OF_FORMS)
        _judge_cells(_sheets(parts), OF_FORMS)
        return tuple(_grids(parts)), ()
    except _RefusedError as refused:
        return (), (FormFinding(Problem(refused.code, "error", name, 1, 1, refused.figures), refused.spot),)


# --- the package ----------------------------------------------------------------------------------------------------


def _parts(data: bytes, limits: Limits) -> dict[str, bytes]:
    """Return the parts of a package that may be let in."""
    if len(data) > limits.bytes:
        raise _RefusedError("form-too-large", limit=_megabytes(limits.bytes))
    if data.startswith(_OLE):
        if _ENCRYPTED in data:
            raise _RefusedError("form-password")
        raise _RefusedError("form-old-format", kind="xls")
    if not data.startswith(b"PK\x03\x04"):
        raise _RefusedError("form-not-a-workbook")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            entries = package.infolist()
            _judge_entries(entries, limits)
            parts = _unpacked(package, entries)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OverflowError, ValueError) as error:
        raise _RefusedError("form-broken") from error
    except RuntimeError as error:  # what the library raises where an entry needs a password
        raise _RefusedError("form-password") from error
    _judge_parts(parts)
    return parts


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.1f}"


def _judge_entries(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    names = [entry.filename for entry in entries]
    if "mimetype" in names:
        raise _RefusedError("form-old-format", kind="ods")
    if "xl/workbook.bin" in names:
        raise _RefusedError("form-old-format", kind="xlsb")
    if len(entries) > MAX_ENTRIES:
        raise _RefusedError("form-swells", found=str(len(entries)), limit=str(MAX_ENTRIES))
    if len(set(names)) < len(names) or any(".." in name or name.startswith("/") or "\\" in name for name in names):
        raise _RefusedError("form-broken")
    if "xl/workbook.xml" not in names or "[Content_Types].xml" not in names:
        raise _RefusedError("form-not-a-workbook")
    total = sum(entry.file_size for entry in entries)
    if total > limits.unpacked:
        raise _RefusedError("form-swells", found=f"{_megabytes(total)} MB", limit=f"{_megabytes(limits.unpacked)} MB")
    for entry in entries:
        if entry.file_size > _SWELLS and entry.file_size > MAX_RATIO * max(1, entry.compress_size):
            ratio = entry.file_size // max(1, entry.compress_size)
            raise _RefusedError("form-swells", found=f"1:{ratio}", limit=f"1:{MAX_RATIO}")
        if entry.flag_bits & 1:
            raise _RefusedError("form-password")


def _unpacked(package: zipfile.ZipFile, entries: Iterable[zipfile.ZipInfo]) -> dict[str, bytes]:
    """Unpack what may be let in, and never more than was declared."""
    parts: dict[str, bytes] = {}
    for entry in entries:
        if entry.is_dir():
            continue
        if _MACROS.fullmatch(entry.filename):
            raise _RefusedError("form-macros")
        if not _ALLOWED.fullmatch(entry.filename):
            raise _RefusedError("form-part-not-allowed", part=entry.filename[:60])
        with package.open(entry) as stream:
            found = stream.read(entry.file_size + 1)
            if len(found) != entry.file_size:
                raise _RefusedError("form-broken")
        parts[entry.filename] = found
    return parts


def _judge_parts(parts: Mapping[str, bytes]) -> None:
    for name, found in parts.items():
        if name.endswith((".xml", ".rels", ".vml")):
            _judge_text(name, found)
        if name.endswith(".rels"):
            _judge_links(name, found)
        elif name.endswith(".vml") and _PICTURE_OF_VML.search(found):
            raise _RefusedError("form-external-link", link=name[:60])
    if b"macroEnabled" in parts["[Content_Types].xml"]:
        raise _RefusedError("form-macros")
    if _STRICT in parts["xl/workbook.xml"]:
        raise _RefusedError("form-old-format", kind="Strict Open XML")
    for name, found in parts.items():
        if _WITH_FORMULAS.fullmatch(name) and _A_FORMULA.search(found):
            _Scan(found)


def _judge_text(name: str, found: bytes) -> None:
    """Refuse XML in another encoding than UTF-8, which would hide what is looked for, and XML with entities."""
    encoding = _ENCODING.match(found)
    if found.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in found[:200]:
        raise _RefusedError("form-broken")
    if encoding and encoding[1].lower() not in {b"utf-8", b"us-ascii", b"ascii"}:
        raise _RefusedError("form-broken")
    if _ENTITY.search(found):
        raise _RefusedError("form-entities", part=name[:60])


def _sheets(parts: Mapping[str, bytes]) -> list[bytes]:
    return [found for name, found in parts.items() if _SHEET.fullmatch(name)]


def _judge_cells(sheets: Sequence[bytes], limits: Limits) -> None:
    cells = sum(len(_CELL.findall(found)) + _cells_merged(found) for found in sheets)
    if cells > limits.cells or len(sheets) > MAX_SHEETS:
        raise _RefusedError("form-too-many-cells", found=str(cells), limit=str(limits.cells))


def _cells_merged(found: bytes) -> int:
    """Return how many cells a sheet's merged ranges cover: opening the sheet to write in it makes each of them."""
    return sum((last - first + 1) * (right - left + 1) for first, left, last, right in _merged(found))


def _judge_links(name: str, found: bytes) -> None:
    """Refuse kinds of links that no form has, and what a part fetches from outside.

    An address that someone typed in a cell may stand there, nobody follows it.
    """
    for link in _links(found):
        kind, target = str(link.get("Type", "")).rpartition("/")[2], str(link.get("Target", ""))
        if kind.startswith(("vba", "xlMacro", "xlIntlMacro", "xlDialog")):
            raise _RefusedError("form-macros")
        outside = link.get("TargetMode") == "External" or _ADDRESS.match(target) is not None
        if outside and not (kind == "hyperlink" and name.startswith("xl/worksheets/")):
            raise _RefusedError("form-external-link", link=shown(target)[:60] or "–")
        if not _LINK_KINDS.fullmatch(kind):
            raise _RefusedError("form-part-not-allowed", part=shown(kind)[:60] or "–")


def _links(found: bytes) -> Iterable[Any]:
    try:
        return defusedxml.ElementTree.fromstring(found)
    except (defusedxml.ElementTree.ParseError, DefusedXmlException, ValueError) as error:
        raise _RefusedError("form-broken") from error


# --- the cells ------------------------------------------------------------------------------------------------------


def _clean_package(parts: Mapping[str, bytes]) -> io.BytesIO:
    """Return a package of the parts that were let in and of nothing else."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as package:
        for name, found in parts.items():
            package.writestr(zipfile.ZipInfo(name), found)
    stream.seek(0)
    return stream


def _open(parts: Mapping[str, bytes], *, read_only: bool) -> Any:  # noqa: ANN401 - openpyxl's workbook
    if not openpyxl.DEFUSEDXML:
        raise AssertionError("openpyxl must read XML with defusedxml")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return openpyxl.load_workbook(_clean_package(parts), read_only=read_only, data_only=False, keep_links=False)
        except Exception as error:  # what the library raises at a broken part has no common name
            raise _RefusedError("form-broken") from error


def _grids(parts: Mapping[str, bytes]) -> Iterator[Grid]:
    book = _open(parts, read_only=True)
    struck_words, struck_styles = _struck_words(parts), _struck_styles(parts)
    for page in book.worksheets:
        title = str(page.title)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                cells = {
                    (number, cell.column - 1): typed
                    for number, row in enumerate(page.iter_rows(max_row=MAX_ROWS, max_col=MAX_COLUMNS))
                    for cell in row
                    if cell.value is not None and (typed := _typed(cell)) is not None
                }
            except Exception as error:  # likewise
                raise _RefusedError("form-broken") from error
        for (row, column), typed in cells.items():
            if len(typed.text) > MAX_CELL_TEXT:
                size, limit = str(len(typed.text)), str(MAX_CELL_TEXT)
                raise _RefusedError("form-text-too-long", Spot(title, row, column), size=size, limit=limit)
        part = _part_of(page, parts)
        scan = _Scan(part, struck_words, struck_styles)
        comments, pictures = _beside(page, parts)
        yield Grid(
            title,
            cells,
            tuple(_merged(part)),
            cached=scan.cached,
            struck=tuple(place for place in scan.struck if place in cells),
            comments=comments,
            pictures=pictures + scan.backgrounds,
            hidden=page.sheet_state != "visible",
            hidden_rows=frozenset(scan.hidden_rows),
            hidden_columns=frozenset(scan.hidden_columns),
        )


# --- what stands in a sheet beside the values of its cells ----------------------------------------------------------


@dataclass(slots=True)
class _Scan:
    """What the XML of a part says that the library does not hand out; a formula that asks the outside is refused.

    Entities were refused before, so that the parser has none to follow.
    """

    found: bytes
    struck_words: frozenset[int] = frozenset()  # shared texts of which some words are struck out
    struck_styles: frozenset[int] = frozenset()
    cached: dict[tuple[int, int], str] = field(default_factory=dict)
    struck: list[tuple[int, int]] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    backgrounds: int = 0
    _row: int = -1
    _column: int = -1
    _cell: dict[str, str] = field(default_factory=dict)
    _formula: bool = False
    _text: list[str] | None = None
    _size: int = 0

    def __post_init__(self) -> None:
        """Read the part from its first to its last element."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._characters
        try:
            parser.Parse(self.found, True)  # noqa: FBT003 - the parser takes no names
        except (expat.ExpatError, ValueError) as error:
            raise _RefusedError("form-broken") from error

    def _start(self, tag: str, own: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name not in _TOLD:
            return
        if name == "c":
            column = _column_of(own.get("r", ""))
            self._column = self._column + 1 if column is None else column
            self._cell, self._formula = own, False
            style = own.get("s", "")
            if style.isdecimal() and int(style[:9]) in self.struck_styles:
                self.struck.append((self._row, self._column))
        elif name == "row":
            number = own.get("r", "")
            self._row = int(number[:9]) - 1 if number.isdecimal() else self._row + 1
            self._column = -1
            if own.get("hidden") in _TRUE:
                self.hidden_rows.add(self._row)
        elif name == "col" and own.get("hidden") in _TRUE:
            ends = [int(own.get(key, "0")[:6] or 0) for key in ("min", "max") if own.get(key, "0").isdecimal()]
            self.hidden_columns.update(range(min(ends) - 1, min(max(ends), MAX_COLUMNS)) if len(ends) > 1 else ())
        elif name in {"strike", "dstrike"} and own.get("val", "1") in _TRUE and self._cell:
            self.struck.append((self._row, self._column))
        elif name == "picture":
            self.backgrounds += 1
        self._formula = self._formula or name == "f"
        if name in _FORMULAS or name == "v":
            self._text, self._size = [], 0

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._size += len(text)
            if self._size <= MAX_FORMULA:
                self._text.append(text)

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name not in _TOLD:
            return
        if name in _FORMULAS and self._text is not None:
            if self._size > MAX_FORMULA:
                raise _RefusedError("form-broken")
            if outside := _OUTSIDE.search("".join(self._text)):
                raise _RefusedError("form-external-link", link=shown(outside[0])[:60])
        elif name == "v" and self._text is not None and self._cell:
            text = "".join(self._text)
            if self._formula:
                self.cached[self._row, self._column] = text
            elif self._cell.get("t") == "s" and text.isdecimal() and int(text[:9]) in self.struck_words:
                self.struck.append((self._row, self._column))
        elif name == "c":
            self._cell = {}
        if name in _FORMULAS or name == "v":
            self._text = None


_TRUE: Final = frozenset({"1", "true", "on"})
_TOLD: Final = frozenset({"c", "row", "col", "strike", "dstrike", "picture", "f", "v"}) | _FORMULAS


@lru_cache(1 << 15)  # the forms of a mailbox name the same cells
def _column_of(cell: str) -> int | None:
    """Return the column in a cell's name, counted from 0; None where it is none."""
    found = _CELL_NAME.fullmatch(cell)
    return column_index_from_string(found[1]) - 1 if found else None


def _tree(found: bytes) -> Any:  # noqa: ANN401 - an element
    return _links(found) if found else ()


def _named(element: Any, name: str) -> list[Any]:  # noqa: ANN401 - elements
    """Return the elements of a name below another, whatever their namespace."""
    return [found for found in element.iter() if str(found.tag).rpartition("}")[2] == name]


def _struck_words(parts: Mapping[str, bytes]) -> frozenset[int]:
    """Return which of the shared texts have words that are struck out."""
    found = parts.get("xl/sharedStrings.xml", b"")
    if b"strike" not in found:
        return frozenset()
    texts = _named(_tree(found), "si")
    return frozenset(number for number, text in enumerate(texts) if _is_struck(text))


def _is_struck(element: Any) -> bool:  # noqa: ANN401 - an element
    marks = [*_named(element, "strike"), *_named(element, "dstrike")]
    return any(mark.get("val", "1") in _TRUE for mark in marks)


def _struck_styles(parts: Mapping[str, bytes]) -> frozenset[int]:
    """Return which of the styles of cells strike out."""
    found = parts.get("xl/styles.xml", b"")
    if b"strike" not in found:
        return frozenset()
    root = _tree(found)
    fonts = [_is_struck(font) for group in _named(root, "fonts")[:1] for font in group]
    styles = [style.get("fontId", "") for group in _named(root, "cellXfs")[:1] for style in group]
    struck = {str(number) for number, is_struck in enumerate(fonts) if is_struck}
    return frozenset(number for number, font in enumerate(styles) if font in struck)


def _beside(page: Any, parts: Mapping[str, bytes]) -> tuple[tuple[tuple[int, int], ...], int]:  # noqa: ANN401 - a sheet
    """Return the cells of a sheet that have comments, save those written here, and how many pictures it has."""
    path = str(page._worksheet_path).removeprefix("/")  # noqa: SLF001 - the library tells it nowhere else
    folder, _, name = path.rpartition("/")
    comments: list[tuple[int, int]] = []
    pictures = 0
    for link in _tree(parts.get(f"{folder}/_rels/{name}.rels", b"")):
        kind, target = str(link.get("Type", "")).rpartition("/")[2], str(link.get("Target", ""))
        found = parts.get(posixpath.normpath(posixpath.join(f"/{folder}", target)).removeprefix("/"), b"")
        if kind == "drawing":
            pictures += sum(
                len(_named(_tree(found), f"{anchor}Anchor")) for anchor in ("oneCell", "twoCell", "absolute")
            )
        elif kind == "comments" and found:
            comments += _comments(_tree(found))
    return tuple(comments), pictures


def _comments(root: Any) -> Iterator[tuple[int, int]]:  # noqa: ANN401 - an element
    authors = [str(author.text) for author in _named(root, "author")]
    for comment in _named(root, "comment"):
        at, author = _CELL_NAME.fullmatch(str(comment.get("ref", ""))), str(comment.get("authorId", ""))
        own = author.isdecimal() and int(author[:6]) < len(authors) and authors[int(author[:6])] == _OWN_COMMENTS
        if at is not None and not own:
            yield int(at[2]) - 1, column_index_from_string(at[1]) - 1


# --- rows of responses ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Page:
    """A sheet of responses: its merged cells as (top, left, bottom, right) from 0, and its rows one after the other.

    `height` is the number that the last row carries: enough to tell how far reading is, and not to be relied on.
    """

    title: str
    height: int
    merged: tuple[tuple[int, int, int, int], ...]
    rows: Iterable[tuple[str, ...]]


def pages_of(name: str, data: bytes) -> tuple[tuple[Page, ...], tuple[Problem, ...]]:
    """Return the sheets of a workbook of responses, whose rows are read as they are asked for, as text.

    A formula is its own text, a time is ISO text. Going through the rows raises UnreadableError where more than
    `MOST_BLANK_ROWS` blank ones follow one another, or one goes on beyond `MOST_TITLES`.
    """
    try:
        parts = _parts(data, OF_RESPONSES)
        sheets = [(sheet, _part_of(sheet, parts)) for sheet in _open(parts, read_only=True).worksheets]
        _judge_cells([_without_blank_end(found) for _, found in sheets], OF_RESPONSES)
        return tuple(
            Page(str(sheet.title), _height(found), tuple(_merged(found)), _Rows(sheet)) for sheet, found in sheets
        ), ()
    except _RefusedError as refused:
        return (), (Problem(refused.code, "error", name, 1, 1, refused.figures),)


def _part_of(sheet: Any, parts: Mapping[str, bytes]) -> bytes:  # noqa: ANN401 - openpyxl's sheet
    return parts.get(str(sheet._worksheet_path).removeprefix("/"), b"")  # noqa: SLF001 - the library tells it nowhere else


def _without_blank_end(found: bytes) -> bytes:
    """Return a sheet's bytes to its last filled cell where it goes on far below: its reader learns where."""
    opening = _SHEET_DATA.search(found)
    if opening is None:
        return found
    prefix, end = opening[1], found.rfind(b"sheetData>")
    filled = max(found.rfind(b"</" + prefix + tag, 0, end) for tag in (b"v>", b"is>", b"f>"))
    below = _row_before(found, prefix, end) - _row_before(found, prefix, filled)
    return found[: max(0, filled)] if below > MOST_BLANK_ROWS else found


def _height(found: bytes) -> int:
    opening = _SHEET_DATA.search(found)
    return _row_before(found, opening[1], len(found)) if opening else 0


def _row_before(found: bytes, prefix: bytes, at: int) -> int:
    """Return the number of the row whose opening stands last before a place, 0 where none does."""
    start = found.rfind(b"<" + prefix + b"row ", 0, max(0, at))
    number = _ROW_NUMBER.search(found, start, found.find(b">", start)) if start >= 0 else None
    return int(number[1]) if number else 0


class _Rows:
    """The rows of a sheet, from the first one each time they are gone through."""

    def __init__(self, sheet: Any) -> None:  # noqa: ANN401 - openpyxl's sheet
        self._sheet = sheet

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        blank = 0
        self._sheet.reset_dimensions()  # what a sheet says of its own size need not be so
        for number, row in enumerate(self._sheet.iter_rows(), 1):
            if len(row) > MOST_TITLES:
                raise UnreadableError("tally-too-wide", number, limit=str(MOST_TITLES))
            told = tuple(_told(cell) for cell in row)
            blank = 0 if any(told) else blank + 1
            if blank > MOST_BLANK_ROWS:
                raise UnreadableError("tally-blank-rows", number - blank + 1)
            yield told


def _told(cell: Any) -> str:  # noqa: ANN401 - openpyxl's cell
    """Return what a cell holds as text, a time of day with it."""
    if isinstance(cell.value, datetime):
        return cell.value.isoformat(sep=" ", timespec="seconds")
    typed = _typed(cell) if cell.value is not None else None
    return "" if typed is None else typed.text


def _merged(found: bytes) -> Iterator[tuple[int, int, int, int]]:
    references = _MERGE_REF.findall(found)
    if len(references) != len(_MERGE.findall(found)):
        raise _RefusedError("form-broken")
    for reference in references:
        first, top, last, bottom = range_boundaries(reference.decode())
        if None in {first, top, last, bottom}:
            raise _RefusedError("form-broken")
        yield (top or 1) - 1, (first or 1) - 1, (bottom or 1) - 1, (last or 1) - 1


def _typed(cell: Any) -> Typed | None:  # noqa: ANN401 - openpyxl's cell
    """Return what a cell holds; nothing where it holds nothing."""
    value = cell.value
    if cell.data_type == "f":
        return Typed("formula", str(getattr(value, "text", value) or "="))
    if cell.data_type == "e":
        return Typed("error", str(value))
    if isinstance(value, bool):
        return Typed("yes-no", "TRUE" if value else "FALSE", Decimal(int(value)))
    if isinstance(value, datetime | date):
        return Typed("date", value.isoformat()[:10])
    if isinstance(value, int | float):
        if isinstance(value, float) and not math.isfinite(value):
            return Typed("error", str(value))
        number = Decimal(f"{value:.15g}") if isinstance(value, float) else Decimal(value)
        return Typed("number", f"{number:f}", number, "%" in str(cell.number_format))
    if isinstance(value, time | timedelta):
        return Typed("error", str(value))
    text = _CONTROL.sub(lambda found: chr(int(found[1], 16)), str(value))
    return Typed("text", text) if text.strip() else None


# --- comments -------------------------------------------------------------------------------------------------------


def annotated(data: bytes, comments: Mapping[tuple[str, int, int], str]) -> bytes | None:
    """Return a copy of a workbook that has been read, with comments at some cells; None where it cannot be written.

    `comments`: (sheet, row from 0, column from 0) -> what is said there.
    """
    try:
        parts = _parts(data, OF_FORMS)
        _judge_cells(_sheets(parts), OF_FORMS)
        book = _open(parts, read_only=False)
    except _RefusedError:  # its cells can be read, but not all that stands around them
        return None
    for (sheet, row, column), text in sorted(comments.items()):
        comment = Comment(text, _OWN_COMMENTS, width=360, height=40 + 20 * (len(text) // 45 + text.count("\n") + 1))
        cell = book[sheet].cell(row + 1, column + 1)
        merged = next((m for m in book[sheet].merged_cells.ranges if cell.coordinate in m), None)
        target = book[sheet].cell(merged.min_row, merged.min_col) if merged is not None else cell
        target.comment = comment
    epoch = datetime(1980, 1, 1)  # noqa: DTZ001 - the format knows no time zone
    book.properties.created = book.properties.modified = epoch
    book.properties.creator = book.properties.lastModifiedBy = ""
    stream = io.BytesIO()
    try:
        book.save(stream)
    except Exception:  # noqa: BLE001 - what the library raises at what it read but cannot write has no common name
        return None
    return _same_bytes(stream.getvalue(), epoch)


def _same_bytes(data: bytes, epoch: datetime) -> bytes:
    """Return a package without the times at which it was written."""
    stream = io.BytesIO()
    modified = re.compile(rb"(<dcterms:modified[^<>]*>)[^<]*")
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            found = old.read(name)
            if name == "docProps/core.xml":
                found = modified.sub(rb"\g<1>" + f"{epoch.isoformat()}Z".encode(), found)
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, found)
    return stream.getvalue()

"""Workbooks that people send, read with openpyxl after the package has been searched: nothing in them is trusted.

Hands out cells and nothing else; a formula is told, never its value. The parts of a package are an allow-list;
entities, macros, links to the outside and packages that swell are refused before the library sees them, and the library
sees only the parts that were let in.
"""

from __future__ import annotations

import io
import math
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

import defusedxml.ElementTree
import openpyxl
from defusedxml.common import DefusedXmlException
from openpyxl.comments import Comment
from openpyxl.utils.cell import range_boundaries

from pipeline.core.forms.tables import Finding, Grid, Typed
from pipeline.core.problems import Problem
from pipeline.core.responses import UnreadableError

MAX_BYTES: Final = 10 * 1024 * 1024  # of the file; a form of 60 criteria has 50 kB
MAX_ENTRIES: Final = 200  # parts in the package
MAX_UNPACKED: Final = 32 * 1024 * 1024  # of all parts together
MAX_RATIO: Final = 200  # unpacked to packed, of parts over a megabyte; a form has 10
MAX_SHEETS: Final = 40
MAX_ROWS: Final = 20_000  # rows of a sheet that are read
MAX_COLUMNS: Final = 100
MAX_CELLS: Final = 200_000  # cells of all sheets together


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
_DDE: Final = re.compile(rb"<(?:\w+:)?f(?:\s[^>]*)?>[^<]*\|[^<]*!")
_MERGE: Final = re.compile(rb"<(?:\w+:)?mergeCell\s")
_MERGE_REF: Final = re.compile(
    rb"<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*[\"']([A-Z]{1,3}[0-9]{1,7}(?::[A-Z]{1,3}[0-9]{1,7})?)"
)
_CONTROL: Final = re.compile(r"_x00([01][0-9A-Fa-f])_")  # how a package writes what XML cannot hold: _x000D_
_CELL: Final = re.compile(rb"<(?:\w+:)?c[\s/>]")
_SHEET_DATA: Final = re.compile(rb"<((?:\w+:)?)sheetData\s*>")
_ROW_NUMBER: Final = re.compile(rb"\sr=[\"']([0-9]{1,7})[\"']")
_SHEET: Final = re.compile(r"xl/worksheets/sheet\d+\.xml", re.ASCII)
_HYPERLINK: Final = "/hyperlink"


class _RefusedError(Exception):
    """A package that is not let in: the problem's code and figures."""

    def __init__(self, code: str, **figures: str) -> None:
        super().__init__(code)
        self.code, self.figures = code, figures


def read_workbook(name: str, data: bytes) -> tuple[tuple[Grid, ...], tuple[Finding, ...]]:
    """Return the sheets of a workbook with the cells that hold something; no sheet where the package is refused.

    Args:
        name: the file's name, for messages.
        data: its bytes.
    """
    try:
        parts = _parts(data, OF_FORMS)
        _judge_cells(_sheets(parts), OF_FORMS)
        return tuple(_grids(parts)), ()
    except _RefusedError as refused:
        return (), (Finding(Problem(refused.code, "error", name, 1, 1, refused.figures)),)


# --- the package ----------------------------------------------------------------------------------------------------


def _parts(data: bytes, limits: Limits) -> dict[str, bytes]:
    """Return the parts of a package that may be let in."""
    if len(data) > limits.bytes:
        raise _RefusedError("form-too-large", size=_megabytes(len(data)), limit=_megabytes(limits.bytes))
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
        if not name.endswith((".xml", ".rels", ".vml")):
            continue
        encoding = _ENCODING.match(found)
        if found.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in found[:200]:
            raise _RefusedError("form-broken")
        if encoding and encoding[1].lower() not in {b"utf-8", b"us-ascii", b"ascii"}:
            raise _RefusedError("form-broken")
        if _ENTITY.search(found):
            raise _RefusedError("form-entities", part=name[:60])
        if name.endswith(".rels"):
            _judge_links(found)
    if b"macroEnabled" in parts["[Content_Types].xml"]:
        raise _RefusedError("form-macros")
    if any(_DDE.search(found) for found in _sheets(parts)):
        raise _RefusedError("form-external-link", link="DDE")


def _sheets(parts: Mapping[str, bytes]) -> list[bytes]:
    return [found for name, found in parts.items() if _SHEET.fullmatch(name)]


def _judge_cells(sheets: Sequence[bytes], limits: Limits) -> None:
    cells = sum(len(_CELL.findall(found)) + _cells_merged(found) for found in sheets)
    if cells > limits.cells or len(sheets) > MAX_SHEETS:
        raise _RefusedError("form-too-many-cells", found=str(cells), limit=str(limits.cells))


def _cells_merged(found: bytes) -> int:
    """Return how many cells a sheet's merged ranges cover: opening the sheet to write in it makes each of them."""
    return sum((last - first + 1) * (right - left + 1) for first, left, last, right in _merged(found))


def _judge_links(found: bytes) -> None:
    """Refuse what a part fetches from outside; an address that someone typed may stand there, nobody follows it."""
    try:
        root = defusedxml.ElementTree.fromstring(found)
    except (defusedxml.ElementTree.ParseError, DefusedXmlException, ValueError) as error:
        raise _RefusedError("form-broken") from error
    for link in root:
        if link.get("TargetMode") == "External" and not str(link.get("Type", "")).endswith(_HYPERLINK):
            raise _RefusedError("form-external-link", link=str(link.get("Target", ""))[:60])


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
    for page in book.worksheets:
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
        yield Grid(str(page.title), cells, tuple(_merged(_part_of(page, parts))))


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

    Args:
        name: the file's name, for messages.
        data: its bytes.
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
    """Return a sheet's bytes to its last filled cell where it goes on far below: who reads its rows is told where."""
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
    if isinstance(value, time):
        return Typed("error", value.isoformat())
    text = _CONTROL.sub(lambda found: chr(int(found[1], 16)), str(value))
    return Typed("text", text) if text.strip() else None


# --- comments -------------------------------------------------------------------------------------------------------


def annotated(data: bytes, comments: Mapping[tuple[str, int, int], str]) -> bytes | None:
    """Return a copy of a workbook that has been read, with comments at some cells; None where it cannot be written.

    Args:
        data: the workbook.
        comments: (sheet, row from 0, column from 0) -> what is said there.
    """
    try:
        parts = _parts(data, OF_FORMS)
        _judge_cells(_sheets(parts), OF_FORMS)
        book = _open(parts, read_only=False)
    except _RefusedError:  # its cells can be read, but not all that stands around them
        return None
    for (sheet, row, column), text in sorted(comments.items()):
        comment = Comment(text, "parindex", width=360, height=40 + 20 * (len(text) // 45 + text.count("\n") + 1))
        cell = book[sheet].cell(row + 1, column + 1)
        merged = next((m for m in book[sheet].merged_cells.ranges if cell.coordinate in m), None)
        target = book[sheet].cell(merged.min_row, merged.min_col) if merged is not None else cell
        target.comment = comment
    epoch = datetime(1980, 1, 1)  # noqa: DTZ001 - the format knows no time zone
    book.properties.created = book.properties.modified = epoch
    book.properties.creator = book.properties.lastModifiedBy = ""
    stream = io.BytesIO()
    book.save(stream)
    return _same_bytes(stream.getvalue(), epoch)


def _same_bytes(data: bytes, epoch: datetime) -> bytes:
    """Return a package without the times at which it was written."""
    stream = io.BytesIO()
    modified = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            found = old.read(name)
            if name == "docProps/core.xml":
                found = modified.sub(rb"\g<1>" + f"{epoch.isoformat()}Z".encode(), found)
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, found)
    return stream.getvalue()

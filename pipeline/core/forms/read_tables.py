"""A workbook as it came back: cells with what was typed, and tables found by their headers, wherever they stand.

Rows are known by the codes in them, columns by their headers: a table may be sorted, filtered, hidden or moved. What a
cell means: `read_values`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, NamedTuple, TypeAlias

from pipeline.core.forms.manifest import MARK, Manifest, read_manifest
from pipeline.core.ground.characters import shown
from pipeline.core.ground.problems import Problem, Severity
from pipeline.core.ground.workbook_model import address

Kind: TypeAlias = Literal["text", "number", "date", "yes-no", "formula", "error"]
# What is said of a form and keeps nobody from taking it; every other problem does.
WARNINGS = frozenset(
    {
        *("form-understood", "form-spaces", "form-decomposed", "form-locked-changed", "form-earlier-changed"),
        *("form-older-rules", "form-file-changed", "form-translation-dropped", "form-several-documents"),
        *("form-comments-not-read", "form-pictures-not-read", "form-sheets-not-read", "form-cells-not-read"),
        *("form-struck-out", "form-hidden", "form-computed-otherwise", "form-page-unclear"),
        "form-sender-unknown",
        *("form-received-not-taken", "form-issue-missing", "form-issue-superseded", "form-before-issue"),
        *("form-before-stage", "form-after-stage", "table-row-left-out"),
        *("evidence-files-missing", "evidence-files-unused", "evidence-files-twice", "evidence-files-elsewhere"),
    }
)
_HEADER_ROWS = 60  # rows in which headers are looked for; people put letterheads above
_SPACES = re.compile(r"\s+")


class Typed(NamedTuple):
    """What one cell holds: its text as typed (a day as ISO text), and its number where it is one."""

    kind: Kind
    text: str
    number: Decimal | None = None
    percent: bool = False  # shown as a percentage


class Spot(NamedTuple):
    """A cell: its sheet, row and column, from 0; without a sheet, a line and column of a text."""

    sheet: str
    row: int
    column: int

    @property
    def address(self) -> str:
        """Return the place as people name it: `Biểu chấm!F27`, or `12:5`."""
        if not self.sheet:
            return f"{self.row + 1}:{self.column + 1}"
        return f"{shown(self.sheet)}!{address(self.row, self.column)}"


class CellEntry(NamedTuple):
    """What stands in a cell, and where; nothing where it is empty."""

    spot: Spot
    typed: Typed | None


@dataclass(frozen=True, slots=True)
class FormFinding:
    """A problem of a form, at a cell where it has one; `cell` names it as people do.

    One that tells the cause of others has them `under` it (`diagnosis`).
    """

    problem: Problem
    spot: Spot | None = None
    under: tuple[FormFinding, ...] = ()

    @property
    def each(self) -> tuple[FormFinding, ...]:
        """Return the findings that this one sums up, or else this one."""
        return self.under or (self,)

    @property
    def cell(self) -> str:
        """Return the cell, or nothing."""
        return self.spot.address if self.spot is not None else ""


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet: its cells that hold something, the ranges that are merged, and what stands there beside values."""

    name: str
    cells: Mapping[tuple[int, int], Typed]
    merged: tuple[tuple[int, int, int, int], ...] = ()  # first row, first column, last row, last column
    cached: Mapping[tuple[int, int], str] = field(default_factory=dict)  # what formulas are said to give
    struck: tuple[tuple[int, int], ...] = ()  # cells of which some or all words are struck out
    comments: tuple[tuple[int, int], ...] = ()
    pictures: int = 0
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of an office's table: the file it makes, None where it has errors; and all that is said of it."""

    path: str
    data: bytes | None
    told: str
    entries: int
    undecided: int  # what a person has to decide, marked in the file
    closed: str | None  # the year whose rules nobody writes any more


def finding(code: str, file: str, spot: Spot | None = None, /, **figures: str) -> FormFinding:
    """Return a problem of a form at a cell, or of the whole form."""
    line, column = (1, 1) if spot is None else (spot.row + 1, spot.column + 1)
    severity: Severity = "warning" if code in WARNINGS else "error"
    return FormFinding(Problem(code, severity, file, line, column, figures), spot)


def folded(text: str) -> str:
    """Return a text as headers and words to choose from are compared: composed, one space, no case."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip().casefold()


def manifest_from(grids: Sequence[Grid]) -> Manifest | None:
    """Return what a workbook says about itself, None where it is no form."""
    for grid in grids:
        first = grid.cells.get((0, 0))
        if first is not None and first.text == MARK:
            rows = sorted(row for row, column in grid.cells if column == 0)
            beside = {row: grid.cells.get((row, 1)) for row in rows}
            said = {grid.cells[row, 0].text: typed.text if typed else "" for row, typed in beside.items()}
            files = {key.removeprefix("file "): blob or None for key, blob in said.items() if key.startswith("file ")}
            return read_manifest(said, files, said[MARK]) if "checksum" in said else None
    return None


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a table: its cells by the ids of their columns."""

    sheet: str
    number: int
    cells: Mapping[str, CellEntry]

    def entry(self, column: str) -> CellEntry:
        """Return a cell; one of a column that is not there holds nothing."""
        return self.cells.get(column, CellEntry(Spot(self.sheet, self.number, 0), None))

    def text(self, column: str) -> str:
        """Return the trimmed text of a cell."""
        typed = self.entry(column).typed
        return "" if typed is None else unicodedata.normalize("NFC", typed.text).strip()

    def any(self, columns: Iterable[str]) -> bool:
        """Tell whether something is typed in any of some columns."""
        return any(self.text(column) for column in columns)


@dataclass(frozen=True, slots=True)
class SheetTable:
    """A table of a sheet: where its headers stand, and the rows below."""

    grid: Grid
    top: int
    columns: Mapping[str, int]

    def rows(self) -> Iterator[TableRow]:
        """Yield the rows below the headers that hold anything."""
        for number in sorted({row for row, _ in self.grid.cells if row > self.top}):
            yield TableRow(self.grid.name, number, {name: self._entry(number, at) for name, at in self.columns.items()})

    def _entry(self, row: int, column: int) -> CellEntry:
        return CellEntry(Spot(self.grid.name, row, column), self.grid.cells.get((row, column)))

    def merged_over(self, columns: Iterable[str]) -> Iterator[Spot]:
        """Yield the merged ranges below the headers that touch any of some columns, by their first cells."""
        wanted = {self.columns[name] for name in columns if name in self.columns}
        for first_row, first, last_row, last in self.grid.merged:
            if last_row > self.top and any(first <= column <= last for column in wanted):
                yield Spot(self.grid.name, first_row, first)


def find_table(
    grids: Iterable[Grid],
    headers: Mapping[str, str],
    *,
    needed: Sequence[str],
    file: str,
    name: str,
    also: Mapping[str, str] | None = None,
) -> tuple[SheetTable | None, tuple[FormFinding, ...]]:
    """Find the one table that has the needed headers.

    Args:
        also: further headers, folded -> their columns.
    """
    known: dict[str, str] = {**(also or {})}
    for column, words in headers.items():
        known.setdefault(folded(words), column)
    best: list[tuple[Grid, int, dict[str, int], list[Spot]]] = []
    for grid in grids:
        found = _header_row(grid, known, len(needed))
        if found is not None:
            best.append((grid, *found))
    if not best:
        return None, (finding("form-sheet-missing", file, sheet=name),)
    if len(best) > 1:
        listed = ", ".join(shown(grid.name) for grid, *_ in best)
        return None, (
            finding("form-sheet-twice", file, Spot(best[1][0].name, best[1][1], 0), sheet=name, found=listed),
        )
    grid, top, columns, twice = best[0]
    problems = [
        finding("form-column-twice", file, spot, header=shown(grid.cells[spot.row, spot.column].text)) for spot in twice
    ]
    problems += [
        finding("form-column-missing", file, Spot(grid.name, top, 0), header=headers[column])
        for column in needed
        if column not in columns
    ]
    return (None if problems else SheetTable(grid, top, columns)), tuple(problems)


def _header_row(grid: Grid, known: Mapping[str, str], needed: int) -> tuple[int, dict[str, int], list[Spot]] | None:
    """Return the row that has most of the headers, the columns it names and those it names twice."""
    rows: dict[int, list[int]] = {}
    for row, column in grid.cells:
        if row < _HEADER_ROWS:
            rows.setdefault(row, []).append(column)
    for row in sorted(rows):
        columns: dict[str, int] = {}
        twice: list[Spot] = []
        for at in sorted(rows[row]):
            name = known.get(folded(grid.cells[row, at].text))
            if name is not None and name in columns:
                twice.append(Spot(grid.name, row, at))
            elif name is not None:
                columns[name] = at
        if 2 * len(columns) >= needed and len(columns) > 2:
            return row, columns, twice
    return None

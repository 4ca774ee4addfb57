"""What a returned workbook contains that is not read, reported once for each kind.

Each cell is read, or shows a word of the form itself, or is named here. Nothing here is an error: people write notes on
forms, and the form is taken all the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from typing import Final

from pipeline.core.forms.asking import Form
from pipeline.core.forms.manifest import MARK, Manifest
from pipeline.core.forms.read_tables import FormFinding, Grid, SheetTable, Spot, TableRow, Typed, finding, folded
from pipeline.core.forms.workbook import ADDED, DONE, MISSING, book_of
from pipeline.core.ground.characters import shown

# What a form works out for whoever fills it in: a program may have put values in the place of the formulas.
_COMPUTED: Final = frozenset({"state", "value", "weight", "documents", "points", "total", "valid", "mean"})
_SIGNS: Final = (MISSING, DONE, ADDED, "–")
_A_SENTENCE: Final = 60  # characters of a text that can be told from another by likeness
_HELP_ROWS: Final = 30  # of the cover
_NAMED: Final = 5  # sheets that one message names


@dataclass(slots=True)
class Reach:
    """Which tables were read, and which of their cells."""

    tables: dict[str, SheetTable] = field(default_factory=dict)
    cells: set[Spot] = field(default_factory=set)
    typed: list[Spot] = field(default_factory=list)  # those in which something may be typed and is

    def took(self, row: TableRow, columns: Collection[str], typed: Collection[str]) -> None:
        """Remember that cells of a row were read: of columns that identify it or show something, and of typed ones."""
        for name, entry in row.cells.items():
            if name in columns or name in typed:
                self.cells.add(entry.spot)
                if name in typed and entry.typed is not None:
                    self.typed.append(entry.spot)


def not_read(form: Form, manifest: Manifest, grids: Sequence[Grid], reach: Reach, file: str) -> Iterator[FormFinding]:
    """Yield what stands in a workbook beside what was read of it, and what was read though nobody sees it."""
    known = _known_words(form, manifest)
    own = {grid.name: grid for grid in grids if _is_own(grid, reach, known)}
    added = [grid for grid in grids if grid.name not in own and (grid.cells or grid.pictures)]
    if added:
        names = ", ".join(shown(grid.name)[:40] for grid in added[:_NAMED]) + (", …" if len(added) > _NAMED else "")
        yield finding("form-sheets-not-read", file, None, count=str(len(added)), found=names)
    lost = [spot for grid in own.values() for spot in _lost(grid, reach, known)]
    comments = [Spot(grid.name, *place) for grid in grids for place in sorted(grid.comments)]
    struck = [spot for spot in reach.typed if spot[1:] in own.get(spot.sheet, _NOTHING).struck]
    for code, spots in (
        ("form-cells-not-read", sorted(lost)),
        ("form-comments-not-read", comments),
        ("form-struck-out", sorted(struck)),
        ("form-hidden", sorted(_hidden(reach))),
    ):
        if spots:
            yield finding(code, file, spots[0], count=str(len(spots)))
    pictures = sum(grid.pictures for grid in grids)
    if pictures:
        sheet = next(grid.name for grid in grids if grid.pictures)
        yield finding("form-pictures-not-read", file, None, count=str(pictures), sheet=shown(sheet))


_NOTHING: Final = Grid("", {})


def _known_words(form: Form, manifest: Manifest) -> frozenset[str]:
    """Return all that the form itself shows."""
    values = {cell.value for sheet in book_of(form, manifest).sheets for cell in sheet.cells.values()}
    return frozenset(
        folded(value) if isinstance(value, str) else f"{Decimal(value).normalize():f}"
        for value in values
        if value is not None
    )


def _is_known(typed: Typed, known: Collection[str]) -> bool:
    text = f"{typed.number.normalize():f}" if typed.number is not None else folded(typed.text)
    return text in known


def _is_own(grid: Grid, reach: Reach, known: Collection[str]) -> bool:
    """Tell whether a sheet is one of the form's: a table was found there, or most of its words are the form's."""
    if any(table.grid is grid for table in reach.tables.values()):
        return True
    first = grid.cells.get((0, 0))
    if first is not None and first.text == MARK:
        return True
    texts = [typed for typed in grid.cells.values() if typed.kind != "formula"]
    return bool(texts) and 2 * sum(_is_known(typed, known) for typed in texts) > len(texts)


def _lost(grid: Grid, reach: Reach, known: Collection[str]) -> Iterator[Spot]:
    """Yield the cells of a sheet of the form that are neither read nor the form's own; formulas say nothing new."""
    first = grid.cells.get((0, 0))
    if first is not None and first.text == MARK:
        return
    computed: Mapping[int, int] = {
        at: table.top
        for table in reach.tables.values()
        if table.grid is grid
        for name, at in table.columns.items()
        if name in _COMPUTED
    }
    for (row, column), typed in grid.cells.items():
        spot = Spot(grid.name, row, column)
        if typed.kind == "formula" or spot in reach.cells or _is_known(typed, known):
            continue
        helps = not computed and column == 1 and row < _HELP_ROWS and len(typed.text) > _A_SENTENCE
        if helps and get_close_matches(folded(typed.text), known, n=1):
            continue  # help on the cover, in the words of an older version
        if column in computed and (typed.number is not None or typed.text.startswith(_SIGNS)):
            continue
        yield spot


def _hidden(reach: Reach) -> Iterator[Spot]:
    """Yield the cells that hold something that was read though their sheet, row or column is hidden."""
    grids = {table.grid.name: table.grid for table in reach.tables.values()}
    for spot in reach.typed:
        grid = grids[spot.sheet]
        if grid.hidden or spot.row in grid.hidden_rows or spot.column in grid.hidden_columns:
            yield spot

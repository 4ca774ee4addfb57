"""One cause behind many problems of a form: told once, with its cells and its cure, in the place of all of them.

A cause is told only where what was typed proves it: every value that is wrong would be right after the one correction
that the cause names. A row of `CAUSES` is a cause; the words stand among those of problems. The problems that a cause
explains stay below the problem that tells it (`FormFinding.under`).

Example: of a column pasted from F12 on instead of F11, forty cells are wrong, and each value is right one row above.
The forty become `cause-shifted` at F12.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from typing import Final, NamedTuple, TypeAlias

from pipeline.core.forms.read_tables import FormFinding, Spot, Typed, finding, folded
from pipeline.core.ground.characters import shown
from pipeline.core.ground.problems import Severity
from pipeline.core.ground.workbook_model import address

_FEW: Final = 3  # problems of which a cause is looked for
_SHIFTS: Final = (1, -1, 2, -2)  # rows by which a column was pasted too low, or too high
_RANGES: Final = 6  # ranges of cells that one message names
_SAMPLES: Final = 3  # values that one message names
_LACKING: Final[Mapping[str, Collection[str]]] = {  # what is missing, and the columns in which nothing is typed then
    "line-missing": ("answer", "score", "explanation"),
    "answer-missing": ("answer",),
    "evidence-missing": ("evidence.number", "note"),
    "reason-missing": ("reason",),
}
_OLDER: Final = frozenset({"form-older-rules", "form-criterion-changed", "form-unknown-criterion", "form-row-missing"})
_REFUSED: Final = frozenset({"form-not-an-option", "form-not-a-number", "form-not-a-day", "form-not-whole"})
_OF_A_ROW: Final = frozenset({"form-cell-not-open", "form-row-without-code", "form-answer-half"})


class TypedCell(NamedTuple):
    """A cell in a column in which people type: what stands there, and whether something else would be right there."""

    spot: Spot
    column: str  # the id of the column
    header: str
    typed: Typed | None
    fits: Callable[[Typed], bool] | None = None  # None: nothing may be typed in this cell


@dataclass(frozen=True, slots=True)
class _Unexplained:
    """A form whose problems may have a cause: those that no cause explains yet, and its cells."""

    left: Sequence[FormFinding]
    cells: Mapping[Spot, TypedCell]

    def of(self, codes: Collection[str]) -> tuple[FormFinding, ...]:
        """Return the problems of some codes; not what follows in other files, which no cell of the form shows."""
        told = (found for found in self.left if found.problem.code in codes)
        return tuple(found for found in told if found.spot is not None or found.problem.code.startswith("form-"))

    def typed(self, found: FormFinding) -> Typed | None:
        """Return what is typed where a problem is."""
        cell = self.cells.get(found.spot) if found.spot is not None else None
        return None if cell is None else cell.typed

    def fits(self, found: FormFinding, number: Decimal) -> bool:
        """Tell whether a number would be right where a problem is."""
        cell = self.cells.get(found.spot) if found.spot is not None else None
        return cell is not None and cell.fits is not None and cell.fits(Typed("number", f"{number:f}", number))


class _Claim(NamedTuple):
    """A cause that is proved: the problems that it explains, its cells, and the figures of its message."""

    under: tuple[FormFinding, ...]
    spots: tuple[Spot, ...]
    figures: Mapping[str, str] = {}


_Cause: TypeAlias = Callable[[_Unexplained], Iterator[_Claim]]


def diagnosed(findings: Iterable[FormFinding], cells: Iterable[TypedCell] = ()) -> tuple[FormFinding, ...]:
    """Return problems in their order, those that have one cause below one problem that tells it.

    Args:
        findings: what is wrong with a form, in the order of its cells.
        cells: the cells in which people type, and those between them; a web form has none.
    """
    left, known = list(findings), {cell.spot: cell for cell in cells}
    for code, cause in CAUSES.items():
        for claim in cause(_Unexplained(tuple(left), known)):
            gone = {id(found) for found in claim.under}
            if not gone <= {id(found) for found in left}:  # a cause before explains them
                continue
            places = [place for place, found in enumerate(left) if id(found) in gone]
            left[places[0]] = _told(code, claim)
            left = [found for found in left if id(found) not in gone]
    return tuple(left)


def _told(code: str, claim: _Claim) -> FormFinding:
    figures = {"cells": ranges(claim.spots), "count": str(len(claim.under)), **claim.figures}
    made = finding(code, claim.under[0].problem.path, claim.spots[0] if claim.spots else None, **figures)
    severity: Severity = "error" if any(found.problem.is_error for found in claim.under) else "warning"
    return replace(made, problem=replace(made.problem, severity=severity), under=claim.under)


def ranges(spots: Iterable[Spot]) -> str:
    """Return cells as people name them, those below each other as one range: `Biểu chấm!F12:F63, H5`."""
    told: list[str] = []
    for (sheet, column), own in groupby(sorted(set(spots), key=_by_column), key=lambda spot: (spot.sheet, spot.column)):
        rows = {spot.row: None for spot in own}
        starts = [row for row in rows if row - 1 not in rows]
        ends = [row for row in rows if row + 1 not in rows]
        for start, end in zip(starts, ends, strict=True):
            name = address(start, column) + (f":{address(end, column)}" if end > start else "")
            told.append(name if any(one.startswith(f"{shown(sheet)}!") for one in told) else f"{shown(sheet)}!{name}")
    return ", ".join(told[:_RANGES]) + (", …" if len(told) > _RANGES else "")


def _by_column(spot: Spot) -> tuple[str, int, int]:
    return spot.sheet, spot.column, spot.row


def _spots(findings: Iterable[FormFinding]) -> tuple[Spot, ...]:
    return tuple(found.spot for found in findings if found.spot is not None)


# --- the causes -----------------------------------------------------------------------------------------------------


def _earlier_year(case: _Unexplained) -> Iterator[_Claim]:
    """The form is of a year before the one in which forms are taken: nothing else that is said of it matters."""
    for found in case.of({"form-wrong-year", "form-stage-sealed"}):
        told = found.problem.figures
        own, now = told.get("found", told.get("year", "")), told.get("allowed", told.get("newest", ""))
        if own[:4].isdecimal() and all(own[:4] < year[:4] for year in now.split(", ")):
            yield _Claim((found, *(one for one in case.left if one is not found)), (), {"found": own, "allowed": now})
            return


def _older_criteria(case: _Unexplained) -> Iterator[_Claim]:
    """The form was made before the criteria changed, and shows it in several places."""
    found = case.of(_OLDER)
    if any(one.problem.code == "form-older-rules" for one in found) and len(found) >= _FEW:
        yield _Claim(found, tuple(sorted(_spots(found))))


def _shifted(case: _Unexplained) -> Iterator[_Claim]:
    """A column was pasted one or two rows too low or too high: each value is right where it was meant to stand."""
    columns: dict[tuple[str, int], dict[int, TypedCell]] = {}
    for spot, cell in case.cells.items():
        columns.setdefault((spot.sheet, spot.column), {})[spot.row] = cell
    for (sheet, column), cells in sorted(columns.items()):
        wrong = {row for row, cell in cells.items() if cell.typed and not (cell.fits and cell.fits(cell.typed))}
        if len(wrong) < _FEW:
            continue
        runs = [(by, first, last) for by in _SHIFTS for first, last in _runs(cells, wrong, by)]
        for by, first, last in runs:
            if any(other != by and a <= last and first <= b for other, a, b in runs):
                continue  # two corrections would do: nobody knows which is meant
            rows = range(first - abs(by), last + abs(by) + 1)
            under = tuple(one for one in case.left if one.spot is not None and _explains(one, sheet, column, rows))
            if under:
                spots = tuple(Spot(sheet, row, column) for row in range(first, last + 1))
                home = address(first - by, column)
                yield _Claim(under, spots, {"first": address(first, column), "home": home, "rows": str(abs(by))})


def _explains(found: FormFinding, sheet: str, column: int, rows: range) -> bool:
    """Tell whether a problem follows from values that stand in wrong rows of a column."""
    spot, code = found.spot, found.problem.code
    if spot is None or spot.sheet != sheet or spot.row not in rows:
        return False
    return spot.column == column or code in _OF_A_ROW or not code.startswith("form-")


def _runs(cells: Mapping[int, TypedCell], wrong: Collection[int], by: int) -> Iterator[tuple[int, int]]:
    """Yield the first and last row of values that are all right `by` rows above, though many are wrong where they are.

    The cells that the values left are empty, or say what they said before, as one pasted over does.
    """

    def at_home(row: int) -> bool:
        typed, home = cells[row].typed, cells.get(row - by)
        return typed is None or (home is not None and home.fits is not None and home.fits(typed))

    order = sorted(cells, reverse=by < 0)  # from the side on which the cells were left empty
    step = 1 if by > 0 else -1
    for fine, stretch in groupby(order, key=at_home):
        rows = list(stretch)
        bad = [row for row in rows if row in wrong]
        if not fine or len(bad) < _FEW:
            continue
        starts = [row for row in rows if cells[row].typed and (row - bad[0]) * step <= 0 and _left(cells, row, by)]
        if not starts:
            continue
        rest = rows[rows.index(starts[-1]) :]
        gap = next((row for row in rest if (row - bad[-1]) * step > 0 and _empty(cells[row])), None)
        run = [row for row in rest[: rest.index(gap)] if cells[row].typed] if gap is not None else rest
        typed = [row for row in run if cells[row].typed]
        if 4 * len(bad) >= len(typed):
            yield min(typed), max(typed)


def _empty(cell: TypedCell) -> bool:
    return cell.fits is not None and cell.typed is None


def _left(cells: Mapping[int, TypedCell], row: int, by: int) -> bool:
    """Tell whether the cells before the first value of a run, from which all moved on, were left."""
    before = [cells.get(row - step) for step in (range(1, by + 1) if by > 0 else range(by, 0))]
    return all(cell is not None and (cell.typed is None or cell.typed == cells[row].typed) for cell in before)


def _alike(codes: Collection[str], meant: str = "", least: int = _FEW) -> _Cause:
    """Return what finds problems of some codes, each of which is its own proof, as one from a `least` number on.

    Args:
        meant: the figure of each problem that says how its value is right, told for the first ones.
        least: how many there are.
    """

    def find(case: _Unexplained) -> Iterator[_Claim]:
        found = case.of(codes)
        if len(found) >= least:
            told = [f"{one.problem.figures['found']} → {one.problem.figures[meant]}" for one in found if meant]
            yield _Claim(found, _spots(found), {"read": "; ".join(dict.fromkeys(told[:_RANGES]))} if meant else {})

    return find


def _otherwise(codes: Collection[str], meant: Callable[[Typed], Iterable[Decimal]]) -> _Cause:
    """Return what finds problems of some codes as one, where of each value just one of the numbers meant is right."""

    def find(case: _Unexplained) -> Iterator[_Claim]:
        found, told = case.of(codes), list[str]()
        for one in found:
            typed = case.typed(one)
            fitting = {number for number in meant(typed) if case.fits(one, number)} if typed is not None else set()
            if typed is None or len(fitting) != 1:
                return
            told.append(f"{one.problem.figures.get('found', typed.text)} → {fitting.pop().normalize():f}")
        if len(found) > 1:
            yield _Claim(found, _spots(found), {"samples": "; ".join(told[:_SAMPLES])})

    return find


def _without_sign(typed: Typed) -> Iterable[Decimal]:
    """Return what a number may have been before the sign of its decimals got lost."""
    return (typed.number / 10, typed.number / 100) if typed.number else ()


def _day_and_month(day: Typed) -> Iterable[Decimal]:
    """Return the number of which a program made a day: 1.5 became the first of May."""
    _, month, number = (int(part) for part in day.text.split("-"))
    return (Decimal(f"{number}.{month}"),)


def _empty_column(case: _Unexplained) -> Iterator[_Claim]:
    """Nothing is typed in a whole column, so that every row of it lacks the same."""
    for code, columns in _LACKING.items():
        cells = [cell for cell in case.cells.values() if cell.column in columns and cell.fits is not None]
        found = case.of({code})
        if len(found) >= _FEW and cells and not any(cell.typed for cell in cells):
            headers = ", ".join(
                {name: cell.header for name in columns for cell in cells if cell.column == name}.values()
            )
            yield _Claim(found, tuple(sorted(_spots(found))), {"header": headers})


def _same_words(case: _Unexplained) -> Iterator[_Claim]:
    """The same words stand in many cells, and none of them takes them."""
    told: dict[str, list[FormFinding]] = {}
    for one in case.of(_REFUSED):
        told.setdefault(folded(one.problem.figures["found"]), []).append(one)
    for found in told.values():
        if len(found) >= _FEW:
            yield _Claim(tuple(found), _spots(found), {"found": found[0].problem.figures["found"]})


# The problem that tells a cause, and how it is found; a cause explains what none before it does.
CAUSES: Final[Mapping[str, _Cause]] = {
    "cause-earlier-year": _earlier_year,
    "cause-older-criteria": _older_criteria,
    "cause-shifted": _shifted,
    "cause-swapped": _alike({"done-over-assigned"}),  # each pair is right the other way round
    "cause-thousands": _alike({"form-thousands-lost"}, "meant", 2),
    "cause-decimals": _otherwise({"score-over-maximum", "score-off-rule"}, _without_sign),
    "cause-days": _otherwise({"form-number-became-date"}, _day_and_month),
    "cause-empty-column": _empty_column,
    "cause-formulas": _alike({"form-formula", "form-error-value"}),
    "cause-same-words": _same_words,
    "cause-understood": _alike({"form-understood"}, "taken"),
}

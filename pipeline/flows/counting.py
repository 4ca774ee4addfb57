"""Count the forms of files of responses: here, or on a cluster whose workers read their own parts of the files.

The same functions make the same steps either way: find where records end, code each part, find what was sent twice
among the parts of one hash, count, add up as a tree. What passes here are places, marks and sums, never a part. What
a step does: `adapters/tables`. Decision 0050.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

from pipeline.adapters import columns, tables
from pipeline.adapters.clusters import Handle, Here
from pipeline.adapters.columns import Groups
from pipeline.adapters.spreadsheets import Page
from pipeline.adapters.tables import Block, Coded, Marked, Reader
from pipeline.core.ground.problems import Problem
from pipeline.core.record.privacy import quotable
from pipeline.core.survey.responses import Mark, UnreadableError, one_mark_each
from pipeline.core.survey.tally import PERSONS, VERDICTS, Recipe, Reject, Sums, contributions

_SHEET_ROWS: Final = 5_000  # rows of a workbook that are counted at a time
_EACH: Final = 4  # parts of a file for each worker
_FREE: Final = 8  # different wrong values of a column from which on they are free text
_BRANCH: Final = 8  # sums that are added up at a time


@dataclass(frozen=True, slots=True)
class Table:
    """One file with a header that was found; `sheet` is empty but for a workbook."""

    path: Path
    sheet: str
    titles: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    header: int  # its row, from 1; of Parquet, whose titles are no row, 1 too
    start: int  # the byte or row after the header
    delimiter: str = ","
    page: Page | None = None  # of a workbook
    groups: tuple[int, ...] | None = None  # of Parquet: rows of each row group
    illegible: Mapping[int, str] = field(default_factory=dict)  # columns of Parquet that hold no text, and their types

    @property
    def name(self) -> str:
        """Return the file's name."""
        return self.path.name

    def wrong(self, code: str, column: int = 0, /, **figures: str) -> Problem:
        """Return what is wrong with a column, by its place from 0, or with the whole header."""
        return Problem(code, "error", self.name, self.header, column + 1, {**figures, "sheet": self.sheet})


@dataclass(frozen=True, slots=True)
class Rejects:
    """The forms that do not count, each made when it is asked for: of a million only numbers are kept."""

    agencies: Sequence[str] = ()
    parts: Sequence[tuple[str, str, int]] = ()  # file, sheet, and the row before the first one
    found: Marked = field(default_factory=lambda: tables.Found().rejects)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.found)

    def __iter__(self) -> Iterator[Reject]:
        """Yield them in the order of the files."""
        for part, row, agency, reason in self.found:
            name, sheet, before = self.parts[part]
            slug = PERSONS if agency < 0 else self.agencies[agency]
            yield Reject(name, sheet, before + int(row) + 1, slug, VERDICTS[reason])


@dataclass(frozen=True, slots=True)
class Counted:
    """What came of the files: problems, or the sums and the forms that do not count."""

    problems: tuple[Problem, ...] = ()
    sums: Sums = field(default_factory=Sums)
    rejects: Rejects = field(default_factory=Rejects)
    blank: Mapping[str, int] = field(default_factory=dict)  # file -> blank rows


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the forms, coded: where it lies, its table, and the row before its first one."""

    handle: Handle
    table: Table
    row: int


def counted(
    recipe: Recipe,
    given: Sequence[tuple[Table, Reader]],
    engine: Here,
    progress: Callable[[int, int], None],
) -> Counted:
    """Go through all files."""
    parts: list[_Part] = []
    problems: list[Problem] = []
    blank: dict[str, int] = {}
    total, done = sum(table.path.stat().st_size for table, _ in given), 0
    for table, reader in given:
        problems += _coded(engine, table, reader, parts, blank, partial(_told, progress, done, total))
        done += table.path.stat().st_size
    if problems:
        return Counted(tuple(problems))
    shared_recipe = engine.share(recipe)
    doubled = _doubled(engine, shared_recipe, parts, recipe.validity.duplicate_within)
    steps = (
        engine.submit(tables.count_part, shared_recipe, number, part.handle, *doubled)
        for number, part in enumerate(parts)
    )
    found = engine.result(_added(engine, steps)) if parts else tables.Found()
    places = [(part.table.name, part.table.sheet, part.row) for part in parts]
    sums = found.sums + _shared(engine, recipe, found.sums, parts, doubled)
    return Counted(sums=sums, rejects=Rejects(recipe.agencies, places, found.rejects), blank=blank)


def _told(progress: Callable[[int, int], None], done: int, total: int, read: int) -> None:
    progress(done + read, total)


def _coded(  # noqa: PLR0917 - one file, and what is gathered of all
    engine: Here,
    table: Table,
    reader: Reader,
    parts: list[_Part],
    blank: dict[str, int],
    progress: Callable[[int], None],
) -> Iterator[Problem]:
    """Code a file part by part; yield what is wrong in it."""
    row, marks = table.header if table.groups is None else 0, list[Mark]()
    shared, waiting = engine.share(reader), deque[tuple[Handle, Handle, int]]()

    def take() -> None:
        nonlocal row
        coded, told, read = waiting.popleft()
        summary = engine.result(told)
        if isinstance(summary, UnreadableError):
            raise summary
        rows, empty, told_marks = summary
        marks.extend(replace(mark, row=mark.row + row) for mark in told_marks)
        parts.append(_Part(coded, table, row))
        row += rows
        blank[table.name] = blank.get(table.name, 0) + empty
        progress(read)

    try:
        for piece, read in _pieces(engine, table, reader):
            coded = engine.submit_at(len(parts) + len(waiting), _code, shared, piece)
            waiting.append((coded, engine.submit(tables.summary, coded), read))
            if len(waiting) > engine.ahead:
                take()
        while waiting:
            take()
    except UnreadableError as error:
        figures = {**error.figures, "sheet": table.sheet}
        at = error.row + (row if table.page is None else 0)  # a sheet counts its own rows
        yield Problem(error.code, "error", table.name, at, error.column, figures)
    told = one_mark_each(marks)
    wrong = Counter(mark.column for mark in told)
    yield from (_problem(table, mark, free=wrong[mark.column] > _FREE) for mark in told)


def _code(reader: Reader, given: Block | Groups) -> Coded | UnreadableError:
    """Return the forms of a part of a file as numbers, or why it cannot be read."""
    blocks = (block for block, _ in _batches(given, reader)) if isinstance(given, Groups) else (given,)
    return tables.code_part(reader, blocks)


def _batches(groups: Groups, reader: Reader) -> Iterator[tuple[Block, int]]:
    """Yield what row groups hold batch by batch, and the row up to which each goes."""
    row = 0
    for frame in columns.frames(groups, *tables.columns_of(reader.layout)):
        row += len(frame)
        yield frame, row


def _problem(table: Table, mark: Mark, *, free: bool) -> Problem:
    """Return a mark as a problem; where a column has many wrong values people wrote in it, and none is repeated."""
    value = f"{mark.value[:2]}…" if free and mark.value else quotable(mark.value)
    figures = {"sheet": table.sheet, "title": mark.title[:80], "value": value, "count": str(mark.count)}
    return Problem(mark.code, "error", table.name, mark.row, mark.column + 1, figures | {"allowed": mark.allowed})


def _pieces(engine: Here, table: Table, reader: Reader) -> Iterator[tuple[Block | Groups, int]]:
    """Yield the parts of a file, and how many of its bytes are read with each."""
    size, path = table.path.stat().st_size, str(table.path.resolve())
    if table.groups is not None:
        total = max(1, sum(table.groups))
        ends = list(itertools.accumulate(table.groups))
        of_workers = ((Groups(path, n, n + 1), end) for n, end in enumerate(ends) if table.groups[n])
        for part, row in of_workers if engine.ahead else _batches(Groups(path, 0, len(ends)), reader):
            yield part, size * row // total
    elif table.page is None:
        block = _block(engine, size - table.start)
        ranges = [(at, min(at + block, size)) for at in range(table.start, size, block)]
        edges = [engine.submit(tables.edge, path, *found) for found in ranges[1:]]
        first = [engine.submit(tables.edge, path, *found) for found in ranges[:1] if edges]
        for piece in tables.pieces(path, table.start, size, [engine.result(found) for found in (*first, *edges)]):
            yield piece, piece.last
    else:
        row, height = table.start, max(1, table.page.height)
        rows = itertools.islice(table.page.rows, table.start, None)
        while chunk := tuple(itertools.islice(rows, _SHEET_ROWS)):
            row += len(chunk)
            yield chunk, size * min(row, height) // height


def _block(engine: Here, size: int) -> int:
    """Return how many bytes a part has: with several workers there are as many parts for each of them."""
    if engine.workers == 1:
        return tables.BLOCK
    each = max(_EACH, math.ceil(size / (4 * tables.BLOCK * engine.workers)))
    return max(math.ceil(size / (each * engine.workers)), tables.BLOCK // 8)


def _doubled(engine: Here, recipe: Handle, parts: Sequence[_Part], within: int | None) -> list[Handle]:
    """Return the forms that repeat another one, in as many lists as there are hashes; each goes to all parts."""
    among = range(engine.workers if parts else 0)
    keys = [engine.submit(tables.keys, recipe, n, part.handle, len(among)) for n, part in enumerate(parts)]
    by_hash = [[engine.submit(operator.getitem, found, place) for found in keys] for place in among]
    tokens = [engine.submit(tables.same_tokens, *found) for found in by_hash]
    if within is None or not parts:
        return tokens
    known = engine.submit(tables.together, *tokens)
    return [*tokens, *(engine.submit(tables.same_answers, within, known, *found) for found in by_hash)]


def _shared(engine: Here, recipe: Recipe, sums: Sums, parts: Sequence[_Part], doubled: Sequence[Handle]) -> Sums:
    """Return what pairs of agencies have in common, where one form rates several; the means must be known before."""
    added = contributions(recipe, sums) if recipe.matrix and recipe.moments_from is not None else {}
    given = engine.share((recipe, added))
    steps = (engine.submit(tables.common, given, number, part.handle, *doubled) for number, part in enumerate(parts))
    found: tables.Found = engine.result(_added(engine, steps)) if added else tables.Found()
    return found.sums


def _added(engine: Here, handles: Iterable[Handle]) -> Handle:
    """Add up as a tree, in the order given; few sums are kept at a time."""
    levels: list[list[Handle]] = []
    for handle in handles:
        carried, level = handle, 0
        while True:
            if level == len(levels):
                levels.append([])
            levels[level].append(carried)
            if len(levels[level]) < _BRANCH:
                break
            carried, levels[level] = engine.submit(tables.added, *levels[level]), []
            level += 1
    return engine.submit(tables.added, *(handle for level in reversed(levels) for handle in level))

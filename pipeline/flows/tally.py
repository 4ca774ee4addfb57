"""From files of responses to files of counts: find out how each is read, count, judge what comes of it by the laws.

Nothing is printed or written here. A mapping that a person confirmed says how a file is read; where there is none and
titles leave a doubt, a proposal comes back in the place of counts.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final, Protocol, TypeVar

from pipeline.adapters import documents, spreadsheets, tables
from pipeline.adapters.spreadsheets import Page
from pipeline.adapters.tables import Coded, Reader
from pipeline.core.ground import characters
from pipeline.core.ground.nodes import Plain, plain
from pipeline.core.ground.problems import ParindexError, Problem, brought, has_errors, in_order
from pipeline.core.record import layout
from pipeline.core.record.editing import Writable, same, writable
from pipeline.core.record.model import Group, SurveyPlan, Year
from pipeline.core.record.stages import SURVEY
from pipeline.core.survey import responses
from pipeline.core.survey.column_mapping import Confirmed, confirmed, layout_of, proposal
from pipeline.core.survey.responses import AGENCY, ANSWER, DROPPED, OWN, Layout, Mark, Names, UnreadableError
from pipeline.core.survey.tally import RETURNED, Recipe, Reject, Sums, counts_of, moments_of, recipe_of
from pipeline.flows.snapshot import Snapshot, judged, read

_SHEET_ROWS: Final = 5_000  # rows of a workbook that are counted at a time
_HEADER_ROWS: Final = 60  # in which a header is sought
_CONTAINERS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # what a workbook begins with, an old or locked one too
Given = TypeVar("Given")
Made = TypeVar("Made")


class Runner(Protocol):
    """What goes through the chunks: the builtin `map`, or a cluster's."""

    def __call__(self, function: Callable[[Given], Made], chunks: Iterable[Given], /) -> Iterator[Made]:
        """Yield what a function makes of each chunk, in their order."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something to tell that is no problem: which words of `tally.note`, and their figures."""

    code: str
    figures: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """One file with a header that was found; `sheet` is empty for CSV, `start` the byte or row after the header."""

    path: Path
    sheet: str
    titles: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    header: int  # its row, from 1
    start: int
    delimiter: str = ","
    page: Page | None = None

    @property
    def name(self) -> str:
        """Return the file's name."""
        return self.path.name


@dataclass(frozen=True, slots=True)
class Tallied:
    """What came of a tally: files to write, or problems, or a mapping to confirm; never a respondent."""

    group: str
    problems: tuple[Problem, ...] = ()
    notes: tuple[Note, ...] = ()
    proposal: bytes | None = None
    recipe: Recipe | None = None
    sums: Sums = field(default_factory=Sums)
    issued: Mapping[str, int | None] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)  # those that change
    same: tuple[str, ...] = ()  # those that stay as they are
    rejects: tuple[Reject, ...] = ()


def tally(
    snapshot: Snapshot,
    paths: Sequence[Path],
    *,
    year: str,
    group: str | None,
    mapping: tuple[str, bytes] | None,
    run: Runner,
    progress: Callable[[int, int], None],
) -> Tallied:
    """Count the forms of one group in files of responses.

    Args:
        snapshot: the data as it stands.
        paths: the files, online and paper together.
        year: whose survey it is.
        group: which group answered, where the mapping does not say.
        mapping: name and bytes of the mapping file, where there is one.
        run: what goes through the chunks.
        progress: told how many bytes of how many were read.

    Raises:
        ParindexError: no survey, no such group, or a file that cannot be read at all.
    """
    records = snapshot.world.years[year]
    known, problems = _confirmed(snapshot, mapping)
    if has_errors(problems):
        return Tallied(group or "", problems)
    plan, chosen = _group(records, group or known.group)
    asked = recipe_of(records, chosen, matrix=chosen.matrix)
    names = responses.names_of(plan, records.agencies, asked)
    found, problems, notes = _tables(paths, names)
    if problems:
        return Tallied(chosen.id, problems)
    layouts, problems = _layouts(found, known, asked, names)
    matrix = any(entry.matrix for entry in layouts)
    recipe = _rated(recipe_of(records, chosen, matrix=matrix), layouts)
    problems = (*problems, *_lacking(found, layouts, recipe))
    doubtful = [table.name for table, entry in zip(found, layouts, strict=True) if not entry.sure]
    if doubtful and not problems:
        problems = tuple(Problem("tally-confirm", "error", name, 1, 1) for name in doubtful)
    if problems:
        proposed = None if mapping else documents.dump(proposal(chosen.id, layouts), braces=_is_leaf)
        return Tallied(chosen.id, in_order(problems), tuple(notes), proposed)
    notes += _dropped(found, layouts)
    readers = [_reader(plan, recipe, names, *pair) for pair in zip(found, layouts, strict=True)]
    made = _counted(_Run(recipe, found, readers, run, progress), Tallied(chosen.id, notes=tuple(notes), recipe=recipe))
    return made if made.problems else _written(snapshot, records, _Aim(plan, chosen, known), made)


def _confirmed(snapshot: Snapshot, mapping: tuple[str, bytes] | None) -> tuple[Confirmed, tuple[Problem, ...]]:
    if mapping is None:
        return Confirmed(), ()
    value, problems = judged("mapping", mapping, snapshot.tree)
    return (Confirmed(), problems) if value is None else (confirmed(value), ())


def _group(year: Year, wanted: str | None) -> tuple[SurveyPlan, Group]:
    if year.survey is None:
        raise ParindexError("form-no-survey", year=year.name)
    groups = {name: entry for name, entry in year.survey.groups.items() if not entry.sipas}
    if wanted is None and len(groups) == 1:
        return year.survey, next(iter(groups.values()))
    if wanted is None:
        raise ParindexError("tally-group-needed", allowed=", ".join(groups))
    if wanted not in groups:
        raise ParindexError("unknown-group", group=wanted[:60], year=year.name, allowed=", ".join(groups))
    return year.survey, groups[wanted]


# --- the files ------------------------------------------------------------------------------------------------------


def _tables(paths: Sequence[Path], names: Names) -> tuple[list[Table], tuple[Problem, ...], list[Note]]:
    """Return the table of each file, its header found; the problems of those that have none."""
    found: list[Table] = []
    problems: list[Problem] = []
    notes: list[Note] = []
    for path in sorted(paths, key=lambda path: (path.name, str(path))):
        try:
            with path.open("rb") as stream:
                workbook = stream.read(4) in _CONTAINERS
            made = _of_workbook(path, names) if workbook else _of_csv(path, names)
        except OSError as error:
            raise ParindexError("cannot-read", path=str(path), detail=error.strerror or str(error)) from error
        except UnreadableError as error:
            made = Problem(error.code, "error", path.name, error.row, error.column, error.figures)
        if isinstance(made, Table):
            found.append(made)
            if made.delimiter != ",":
                notes.append(Note("delimiter", {"file": made.name, "sign": _sign(made.delimiter)}))
        else:
            problems += [made] if isinstance(made, Problem) else made
    doubles = [name for name, entries in itertools.groupby(table.name for table in found) if len(list(entries)) > 1]
    problems += [Problem("tally-file-twice", "error", name, 1, 1) for name in doubles]
    return found, in_order(problems), notes


def _sign(delimiter: str) -> str:
    return {"\t": "Tab"}.get(delimiter, delimiter)


def _of_csv(path: Path, names: Names) -> Table | Problem:
    head = tables.head_of(path)
    at = _header(head.records[:_HEADER_ROWS], names)
    if at is None:
        return Problem("tally-no-header", "error", path.name, 1, 1, {"sheet": ""})
    titles = _titles(head.records[at])
    if _two_rows(head.records, at, names):
        return Problem("tally-merged-header", "error", path.name, at + 1, 1, {"sheet": ""})
    return Table(path, "", titles, head.records[at + 1 :], at + 1, head.ends[at], head.delimiter)


def _of_workbook(path: Path, names: Names) -> Table | tuple[Problem, ...]:
    with path.open("rb") as stream:
        data = stream.read(spreadsheets.OF_RESPONSES.bytes + 1)
    pages, problems = spreadsheets.pages_of(path.name, data)
    best: tuple[int, Table] | None = None
    for page in pages:
        head = tuple(itertools.islice(_unending(page), _HEADER_ROWS + responses.SAMPLE))
        at = _header(head[:_HEADER_ROWS], names)
        if at is None:
            continue
        table = Table(path, page.title, _titles(head[at]), head[at + 1 :], at + 1, at + 1, page=page)
        merged = min((left for top, left, bottom, _ in page.merged if top <= at <= bottom), default=None)
        known = _known(head[at], names)
        if merged is not None or _two_rows(head, at, names):
            column = 1 + (merged or 0)
            problems += (Problem("tally-merged-header", "error", path.name, at + 1, column, {"sheet": page.title}),)
        elif best is None or known > best[0]:
            best = known, table
    if best is None and not problems:
        problems = (Problem("tally-no-header", "error", path.name, 1, 1, {"sheet": pages[0].title if pages else ""}),)
    return best[1] if best is not None and not problems else problems


def _unending(page: Page) -> Iterator[tuple[str, ...]]:
    """Yield the first rows of a sheet; one without content simply ends."""
    try:
        yield from page.rows
    except UnreadableError:
        return


def _header(records: Sequence[Sequence[str]], names: Names) -> int | None:
    """Return the row with most titles of questions, None where none has any and no first row could be a header."""
    known = [_known(record, names) for record in records]
    if known and max(known) > 0:
        return known.index(max(known))
    return next((n for n, record in enumerate(records) if sum(bool(cell.strip()) for cell in record) > 1), None)


def _known(record: Sequence[str], names: Names) -> int:
    return sum(responses.is_question(title, names) for title in record)


def _two_rows(records: Sequence[Sequence[str]], at: int, names: Names) -> bool:
    """Tell whether titles stand in two rows, as where cells were merged: the first has gaps that the second fills."""
    below = records[at + 1] if at + 1 < len(records) else ()
    gaps = [n for n, title in enumerate(records[at]) if not title.strip()]
    words = {fold for fold in map(characters.fold, below) if fold}
    return len(gaps) > 1 and _known(below, names) + len(words & set(names.agencies)) > 1


def _titles(record: Sequence[str]) -> tuple[str, ...]:
    width = max((n + 1 for n, title in enumerate(record) if title.strip()), default=0)
    return tuple(record[:width])


def _layouts(
    found: Sequence[Table], known: Confirmed, asked: Recipe, names: Names
) -> tuple[list[Layout], tuple[Problem, ...]]:
    layouts: list[Layout] = []
    problems: list[Problem] = []
    for table in found:
        file = known.files.get(table.name)
        if file is None:
            guessed = responses.guess(table.name, table.titles, table.sample[: responses.SAMPLE], asked, known=names)
            layouts.append(_rated_by_file(guessed, asked, names))
            continue
        made, gone = layout_of(table.name, table.titles, file)
        layouts.append(made)
        problems += [
            Problem("tally-title-gone", "error", table.name, table.header, 1, {"title": title, "sheet": table.sheet})
            for title in gone
        ]
    return layouts, tuple(problems)


def _rated_by_file(found: Layout, asked: Recipe, names: Names) -> Layout:
    """Add the agency that no column names: people who rate their own say where they work, a file by its name."""
    if found.matrix or found.of(AGENCY):
        return found
    if asked.own_agency == "only" and found.of(OWN):
        columns = tuple(replace(c, role=AGENCY) if c.role == OWN else c for c in found.columns)
        return replace(found, columns=columns)
    stem = characters.fold(found.name)
    slugs = {slug for word, slug in names.agencies.items() if len(word) > 5 and word in stem}
    return replace(found, agency=next(iter(slugs))) if len(slugs) == 1 else found


def _rated(recipe: Recipe, layouts: Sequence[Layout]) -> Recipe:
    """Leave out the agencies that no column of a form with several rates: those people were not asked of them."""
    rated = {column.agency for entry in layouts for column in entry.of(ANSWER)}
    if not recipe.matrix:
        return recipe
    return replace(recipe, agencies=tuple(slug for slug in recipe.agencies if slug in rated))


def _lacking(found: Sequence[Table], layouts: Sequence[Layout], recipe: Recipe) -> Iterator[Problem]:
    """Yield what keeps files from being counted: questions without a column or with two, forms of no agency."""
    for table, entry in zip(found, layouts, strict=True):
        place = (table.name, table.header, 1)
        answers = [(column.agency, column.question) for column in entry.of(ANSWER)]
        if entry.matrix != recipe.matrix or (entry.matrix and any(not agency for agency, _ in answers)):
            yield Problem("tally-mixed-layouts", "error", *place, {"sheet": table.sheet})
            continue
        for number, column in enumerate(entry.of(ANSWER)):
            strange = column.question not in recipe.questions or (
                column.agency and column.agency not in recipe.agencies
            )
            if strange or answers[number] in answers[:number]:
                code = "tally-not-asked" if strange else "tally-column-twice"
                figures = {"title": column.title[:80], "question": column.question, "sheet": table.sheet}
                yield Problem(code, "error", table.name, table.header, column.position + 1, figures)
        yield from _merged_answers(table, entry)
        yield from (
            Problem("tally-column-missing", "error", *place, {**figures, "sheet": table.sheet, "left": _left(entry)})
            for figures in _missing(entry, recipe, answers)
        )
        if not entry.matrix and not entry.of(AGENCY) and entry.agency not in recipe.agencies:
            yield Problem("tally-no-agency", "error", *place, {"sheet": table.sheet})


def _merged_answers(table: Table, entry: Layout) -> Iterator[Problem]:
    """Yield the first merged cells below the header in a column that is read: what they cover looks blank."""
    used = {column.position for column in entry.columns if column.role != DROPPED}
    merged = sorted(
        (max(top, table.header), left)
        for top, left, bottom, right in (table.page.merged if table.page is not None else ())
        if bottom >= table.header and not used.isdisjoint(range(left, right + 1))
    )
    if merged:
        row, column = merged[0]
        figures = {"sheet": table.sheet, "count": str(len(merged))}
        yield Problem("tally-merged-cells", "error", table.name, row + 1, column + 1, figures)


def _missing(entry: Layout, recipe: Recipe, answers: Sequence[tuple[str, str]]) -> Iterator[dict[str, str]]:
    rated = {agency for agency, _ in answers} if recipe.matrix else {entry.agency} if entry.agency else recipe.agencies
    for agency in recipe.agencies:
        for position in recipe.asked[agency] if agency in rated else ():
            question = recipe.questions[position]
            if (agency if recipe.matrix else "", question) not in answers:
                yield {"question": question, "agency": agency if recipe.matrix else "–"}


def _left(entry: Layout) -> str:
    """Return the titles that nothing was made of, where one of them may be what is missing."""
    left = [column.title[:40] for column in entry.columns if column.role == DROPPED and column.title.strip()]
    return "; ".join(left[:8]) or "–"


def _dropped(found: Sequence[Table], layouts: Sequence[Layout]) -> Iterator[Note]:
    for table, entry in zip(found, layouts, strict=True):
        for code, personal in (("dropped-personal", True), ("dropped", False)):
            titles = [c.title[:40] for c in entry.columns if c.role == DROPPED and c.personal is personal and c.title]
            if titles:
                yield Note(code, {"file": table.name, "titles": "; ".join(titles)})


def _reader(plan: SurveyPlan, recipe: Recipe, names: Names, table: Table, entry: Layout) -> Reader:
    return Reader(
        recipe=recipe,
        layout=entry,
        delimiter=table.delimiter,
        answers={q: responses.answer_words(plan, recipe, q, entry.words) for q in recipe.questions},
        agencies=responses.agency_words(names, recipe, entry.words),
        workplaces=responses.own_words(names, recipe, entry.words),
        modes=responses.mode_words(entry.words),
    )


# --- counting -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Run:
    """What is to be gone through, and by what."""

    recipe: Recipe
    tables: Sequence[Table]
    readers: Sequence[Reader]
    run: Runner
    progress: Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class _Aim:
    """Whose counts they are, and what was confirmed of them."""

    plan: SurveyPlan
    group: Group
    known: Confirmed


def _counted(going: _Run, made: Tallied) -> Tallied:
    """Go through all chunks: code them, find what was sent twice, add up the rest."""
    parts: list[Coded] = []
    of_table: list[tuple[Table, int]] = []  # the table of each part, and the row before its first one
    problems: list[Problem] = []
    total = sum(table.path.stat().st_size for table in going.tables)
    done = 0
    blank: dict[str, int] = {}
    for table, reader in zip(going.tables, going.readers, strict=True):
        row, marks = table.header, list[Mark]()
        try:
            for part in going.run(partial(tables.code_block, reader), _chunks(table, going.progress, (done, total))):
                marks += [replace(mark, row=mark.row + row) for mark in part.marks]
                parts.append(replace(part, marks=()))
                of_table.append((table, row))
                row += part.rows
                blank[table.name] = blank.get(table.name, 0) + part.blank
        except UnreadableError as error:
            figures = {**error.figures, "sheet": table.sheet}
            at = error.row + (row if table.page is None else 0)  # a sheet counts its own rows
            problems.append(Problem(error.code, "error", table.name, at, error.column, figures))
        problems += [_problem(table, mark) for mark in responses.one_mark_each(marks)]
        done += table.path.stat().st_size
    if problems:
        return replace(made, problems=in_order(problems))
    doubled = tables.duplicates(parts, going.recipe)
    counter = partial(tables.count_part, going.recipe)
    sums = sum(going.run(counter, zip(parts, doubled, strict=True)), start=Sums())
    rejects = tuple(
        Reject(table.name, table.sheet, row + at + 1, agency, verdict)
        for (table, row), part, twice in zip(of_table, parts, doubled, strict=True)
        for at, agency, verdict in tables.rejected(going.recipe, part, twice)
    )
    notes = [*made.notes, *(Note("blank", {"file": name, "count": str(n)}) for name, n in blank.items() if n)]
    return replace(made, notes=tuple(notes), sums=sums, rejects=rejects)


def _chunks(table: Table, progress: Callable[[int, int], None], read: tuple[int, int]) -> Iterator[bytes | tables.Rows]:
    done, total = read
    if table.page is None:
        done += table.start
        for block in tables.blocks(table.path, table.start):
            done += len(block)
            progress(done, total)
            yield block
        return
    size, height = table.path.stat().st_size, max(1, table.page.height)
    row, rows = table.start, itertools.islice(table.page.rows, table.start, None)
    while chunk := tuple(itertools.islice(rows, _SHEET_ROWS)):
        row += len(chunk)
        progress(done + size * min(row, height) // height, total)
        yield chunk
    progress(done + size, total)


def _problem(table: Table, mark: Mark) -> Problem:
    figures = {"sheet": table.sheet, "title": mark.title[:80], "value": mark.value, "count": str(mark.count)}
    return Problem(mark.code, "error", table.name, mark.row, mark.column + 1, figures | {"allowed": mark.allowed})


# --- the files that come of it --------------------------------------------------------------------------------------


def _written(snapshot: Snapshot, year: Year, aim: _Aim, made: Tallied) -> Tallied:
    """Add the files that change, unless the laws or a seal speak against them."""
    sums, notes = made.sums, [*made.notes]
    recipe = made.recipe if made.recipe is not None else recipe_of(year, aim.group, matrix=aim.group.matrix)
    rated = [agency for agency in recipe.agencies if sums.of(agency, RETURNED)]
    issued = {agency: _said(year, aim, agency, "issued") for agency in rated}
    told = {
        layout.path_of(year.name, SURVEY, aim.group.id, agency): counts_of(
            recipe, sums, agency, issued=issued[agency], population=_said(year, aim, agency, "population")
        )
        for agency in rated
    }
    moments = moments_of(recipe, sums, {question.id: question.criterion for question in aim.plan.questions.values()})
    at = layout.path_of(year.name, SURVEY, "moments", aim.group.id)
    if moments is not None:
        told[at] = moments
    else:
        notes.append(Note("no-moments", {"least": str(recipe.moments_from or "–")}))
    if unheard := [agency for agency in year.agencies if agency not in rated]:
        notes.append(Note("unheard", {"agencies": ", ".join(unheard)}))
    written = {path: _data(snapshot, path, value) for path, value in told.items()}
    files = {path: data for path, data in written.items() if data is not None}
    gone = {at} if moments is None and at in snapshot.tree.files else set[str]()
    problems = in_order(_against(snapshot, year, files, gone))
    kept = tuple(path for path in told if path not in files)
    made = replace(made, notes=tuple(notes), issued=issued, same=kept, problems=problems)
    return made if problems else replace(made, files=files)


def _said(year: Year, aim: _Aim, agency: str, what: str) -> int | None:
    """Return forms issued or people: as the mapping says, or the file that stands there; forms also as the group."""
    said = aim.known.issued_for(agency) if what == "issued" else aim.known.population_for(agency)
    old = year.counts.get((aim.group.id, agency))
    if said is None and old is not None:
        said = old.forms.get(what)
    return aim.group.forms.get("issued") if said is None and what == "issued" else said


def _data(snapshot: Snapshot, path: str, value: dict[str, Writable]) -> bytes | None:
    """Return the bytes of a file that says a value, None where it says so already; comments at its head stay."""
    known = snapshot.tree.files.get(path)
    if known is None:
        return documents.dump(value, braces=_is_leaf)
    document = documents.read(path, known.data)
    sound = document.root is not None and not has_errors(document.problems)
    if document.root is not None and sound and same(plain(document.root), writable(value)):
        return None
    if sound and "answers" in value:
        return documents.edit(known.data, {(): value})
    lines = known.data.decode("utf-8", "replace").splitlines(keepends=True) if sound else []
    head = "".join(itertools.takewhile(lambda line: line.startswith("#"), lines))
    return head.encode() + documents.dump(value, braces=_is_leaf)


def _is_leaf(value: Plain) -> bool:
    """Tell what stands in braces on one line: what holds values only, or a pair of moments."""
    if isinstance(value, dict):
        return "products" in value or not any(isinstance(item, dict | list) for item in value.values())
    return isinstance(value, list) and not any(isinstance(item, dict | list) for item in value)


def _against(snapshot: Snapshot, year: Year, files: Mapping[str, bytes], gone: set[str]) -> Iterator[Problem]:
    """Yield what forbids writing: a sealed survey, or a law that the new files would break."""
    if SURVEY in year.sealed and files:
        yield from (Problem("tally-sealed", "error", path, 1, 1, {"year": year.name}) for path in files)
        return
    yield from (Problem("tally-moments-left", "error", path, 1, 1) for path in sorted(gone))
    if files:
        tried = read(snapshot.tree.with_files(files))
        parted = brought(snapshot.problems, tried.problems, set(files))
        yield from (problem for problem in parted.problems if problem.is_error and problem.path in files)

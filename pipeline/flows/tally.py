"""From files of responses to files of counts: find out how each is read, count, check the counts by the laws.

Nothing is printed or written here. A mapping that a person confirmed says how a file is read; where there is none and
titles are ambiguous, a proposal is returned instead of counts.
"""

from __future__ import annotations

import filecmp
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from pipeline.adapters import columns, documents, spreadsheets, tables
from pipeline.adapters.clusters import Here
from pipeline.adapters.messages import LANGUAGES
from pipeline.adapters.spreadsheets import Page
from pipeline.adapters.tables import Reader
from pipeline.core.ground.characters import fold
from pipeline.core.ground.nodes import Plain, plain
from pipeline.core.ground.problems import ParindexError, Problem, brought, has_errors, in_order, system_reason
from pipeline.core.record import layout
from pipeline.core.record.editing import Writable, same, writable
from pipeline.core.record.model import Group, SurveyPlan, Year
from pipeline.core.record.privacy import quotable
from pipeline.core.record.stages import SURVEY
from pipeline.core.survey import responses
from pipeline.core.survey.column_mapping import Confirmed, confirmed, layout_of, proposal, with_rest
from pipeline.core.survey.headers import header_of
from pipeline.core.survey.responses import Layout, Names, UnreadableError
from pipeline.core.survey.tally import (
    OWN_AGENCY,
    RETURNED,
    VALID,
    VERDICTS,
    Recipe,
    Sums,
    counts_of,
    moments_text,
    most_entries,
    recipe_of,
)
from pipeline.core.survey.tally_words import Note
from pipeline.flows import writing
from pipeline.flows.counting import Rejects, Table, counted
from pipeline.flows.snapshot import Snapshot, judged, read, words_of

_MOST_COLUMNS: Final = 2_000  # that a mapping file may name, as its schema says
_HEAD: Final = 60 + responses.SAMPLE  # rows that are looked at before a file is gone through
_CONTAINERS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # what a workbook begins with, an old or locked one too
_PARQUET: Final = (b"PAR1", b"PARE")  # likewise Parquet, also one whose description is encrypted


@dataclass(frozen=True, slots=True)
class Tallied:
    """What came of a tally: files to write, or problems, or a mapping to confirm; never a respondent."""

    problems: tuple[Problem, ...] = ()
    notes: tuple[Note, ...] = ()
    proposal: bytes | None = None
    recipe: Recipe | None = None
    sums: Sums = field(default_factory=Sums)
    issued: Mapping[str, int | None] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)  # those that change
    same: tuple[str, ...] = ()  # those that stay as they are
    rejects: Rejects = field(default_factory=Rejects)


def tally(
    snapshot: Snapshot,
    paths: Sequence[Path],
    *,
    year: str,
    group: str | None,
    mapping: tuple[str, bytes] | None,
    engine: Here,
    progress: Callable[[int, int], None],
) -> Tallied:
    """Count the forms of one group in files of responses.

    Args:
        group: which group answered, where the mapping does not say.
        mapping: name and bytes of the mapping file, where there is one.

    Raises:
        ParindexError: no survey, no such group, another one than the mapping's, or a file that cannot be read at all.
    """
    records = snapshot.world.years[year]
    known, problems = _confirmed(snapshot, mapping)
    if has_errors(problems):
        return Tallied(problems)
    if group and known.group and group != known.group:
        raise ParindexError("tally-two-groups", group=group[:60], told=known.group)
    plan, chosen = _group(records, group or known.group)
    asked = recipe_of(records, chosen, matrix=chosen.matrix)
    spoken = [words_of(snapshot.tree, language) for language in LANGUAGES]
    names = responses.names_of(plan, records.agencies, asked, spoken)
    found, problems, notes = _tables(paths, names)
    if problems:
        return Tallied(problems)
    layouts, problems = _layouts(found, known, asked, names)
    matrix = any(entry.matrix for entry in layouts)
    recipe = _rated(recipe_of(records, chosen, matrix=matrix), layouts)
    problems = (*problems, *_lacking(found, layouts, recipe, names), *_unserved(found, layouts, recipe, chosen))
    doubtful = [table.name for table, entry in zip(found, layouts, strict=True) if not entry.sure]
    if doubtful and not problems:
        problems = tuple(Problem("tally-confirm", "error", name, 1, 1) for name in doubtful)
    wide = sum(len(entry.columns) for entry in layouts) > _MOST_COLUMNS
    proposed = None if mapping or wide else writing.dump(proposal(chosen.id, layouts), braces=_is_leaf)
    if problems:
        return Tallied(in_order(problems), tuple(notes), proposed)
    notes += _understood(found, layouts)
    readers = [(table, _reader(plan, recipe, names, table, entry)) for table, entry in zip(found, layouts, strict=True)]
    done = counted(recipe, readers, engine, progress)
    if done.problems:
        confirm = proposed if any(problem.code in _CONFIRMED for problem in done.problems) else None
        return Tallied(in_order(done.problems), tuple(notes), confirm, recipe=recipe)
    notes += [Note("blank", {"file": name, "count": str(number)}) for name, number in done.blank.items() if number]
    made = Tallied(notes=tuple(notes), recipe=recipe, sums=done.sums, rejects=done.rejects)
    return _written(snapshot, records, _Aim(plan, chosen, known, found[0].name), made)


_CONFIRMED: Final = frozenset({"tally-other-version", "tally-review-open"})  # found below, for a mapping to answer


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
                begin = stream.read(4)
            read_as = _of_workbook if begin in _CONTAINERS else _of_parquet if begin in _PARQUET else _of_csv
            made = read_as(path, names)
        except OSError as error:
            raise ParindexError("cannot-read", path=str(path), detail=system_reason(error)) from error
        except UnreadableError as error:
            made = Problem(error.code, "error", path.name, error.row, error.column, error.figures)
        if isinstance(made, Table):
            found.append(made)
            if made.delimiter != ",":
                sign = "Tab" if made.delimiter == "\t" else made.delimiter
                notes.append(Note("delimiter", {"file": made.name, "sign": sign}))
        else:
            problems += [made] if isinstance(made, Problem) else made
    pairs = itertools.combinations(found, 2)
    twice = {b.name for a, b in pairs if a.name == b.name or filecmp.cmp(a.path, b.path, shallow=False)}
    problems += [Problem("tally-file-twice", "error", name, 1, 1) for name in sorted(twice)]
    return found, in_order(problems), notes


def _of_csv(path: Path, names: Names) -> Table | Problem:
    head = tables.head_of(path)
    header = header_of(head.records, names)
    if header is None:
        return Problem("tally-no-header", "error", path.name, 1, 1, {"sheet": ""})
    row, titles = header.row + 1, header.titles
    return Table(path, "", titles, head.records[row:], row, head.ends[header.row], head.delimiter)


def _of_parquet(path: Path, names: Names) -> Table | Problem:
    head = columns.opening(path, responses.SAMPLE)
    if header_of([head.titles], names) is None:
        return Problem("tally-no-header", "error", path.name, 1, 1, {"sheet": ""})
    return Table(path, "", head.titles, head.rows, 1, 0, groups=head.groups, illegible=head.illegible)


def _of_workbook(path: Path, names: Names) -> Table | tuple[Problem, ...]:
    with path.open("rb") as stream:
        data = stream.read(spreadsheets.OF_RESPONSES.bytes + 1)
    pages, problems = spreadsheets.pages_of(path.name, data)
    made: list[tuple[int, Table]] = []
    for page in pages:
        head = tuple(itertools.islice(_unending(page), _HEAD))
        header = header_of(head, names)
        if header is None:
            continue
        at = header.row + 1
        made.append((header.asked, Table(path, page.title, header.titles, head[at:], at, at, page=page)))
    most = max((asked for asked, _ in made), default=0)
    best = [table for asked, table in made if asked == most]
    rivals = [table.sheet for table in best if most and any(map(any, table.sample))]
    if len(rivals) > 1:
        figures = {"sheets": "; ".join(rivals), "sheet": rivals[0]}
        problems += (Problem("tally-two-sheets", "error", path.name, 1, 1, figures),)
    if not best and not problems:
        problems = (Problem("tally-no-header", "error", path.name, 1, 1, {"sheet": pages[0].title if pages else ""}),)
    return problems or next(table for table in best if not rivals or table.sheet in rivals)


def _unending(page: Page) -> Iterator[tuple[str, ...]]:
    """Yield the first rows of a sheet; one without content simply ends."""
    try:
        yield from page.rows
    except UnreadableError:
        return


def _layouts(
    found: Sequence[Table], known: Confirmed, asked: Recipe, names: Names
) -> tuple[list[Layout], tuple[Problem, ...]]:
    layouts: list[Layout] = []
    problems: list[Problem] = []
    for table in found:
        file = known.files.get(table.name)
        if file is None or not file.columns:
            guessed = responses.guess(table.name, table.titles, table.sample[: responses.SAMPLE], asked, known=names)
            guessed = guessed if file is None else with_rest(guessed, file.rest)
            layouts.append(_rated_by_file(guessed, asked, names))
            continue
        made, gone = layout_of(table.name, table.titles, file)
        layouts.append(made)
        problems += [table.wrong("tally-title-gone", title=title) for title in gone]
    return layouts, tuple(problems)


def _rated_by_file(found: Layout, asked: Recipe, names: Names) -> Layout:
    """Add the agency that no column names: people who rate their own say where they work, a file by its name."""
    if found.matrix or found.agency or found.of(responses.AGENCY):
        return found
    if asked.own_agency == "only" and found.of(responses.OWN):
        columns = tuple(replace(c, role=responses.AGENCY) if c.role == responses.OWN else c for c in found.columns)
        return replace(found, columns=columns)
    stem = fold(found.name)
    slugs = {slug for word, slug in names.agencies.items() if len(word) > 5 and word in stem}
    return replace(found, agency=next(iter(slugs))) if len(slugs) == 1 else found


def _rated(recipe: Recipe, layouts: Sequence[Layout]) -> Recipe:
    """Leave out the agencies that no column of a form with several rates: those people were not asked of them."""
    rated = {column.agency for entry in layouts for column in entry.of(responses.ANSWER)}
    if not recipe.matrix:
        return recipe
    return replace(recipe, agencies=tuple(slug for slug in recipe.agencies if slug in rated))


def _lacking(found: Sequence[Table], layouts: Sequence[Layout], recipe: Recipe, names: Names) -> Iterator[Problem]:
    """Yield what keeps files from being counted: questions without a column or with two, forms of no agency."""
    for table, entry in zip(found, layouts, strict=True):
        answers = [(column.agency, column.question) for column in entry.of(responses.ANSWER)]
        if entry.matrix != recipe.matrix or (entry.matrix and any(not agency for agency, _ in answers)):
            yield table.wrong("tally-mixed-layouts")
            continue
        for number, column in enumerate(entry.of(responses.ANSWER)):
            strange = column.question not in recipe.questions or (
                column.agency and column.agency not in recipe.agencies
            )
            if strange or answers[number] in answers[:number]:
                code = "tally-not-asked" if strange else "tally-column-twice"
                yield table.wrong(code, column.position, title=column.title[:80], question=column.question)
        yield from _merged_answers(table, entry)
        yield from _illegible(table, entry)
        for figures in _missing(entry, recipe, answers):
            split = [c for c in entry.of(responses.DROPPED) if responses.part_of(c.title, names) == figures["question"]]
            code = "tally-split-question" if split else "tally-column-missing"
            yield table.wrong(code, split[0].position if split else 0, **figures, left=_left(entry))
        for column in entry.of(responses.AGENCY) if entry.agency is not None else ():
            title, agency = column.title[:80], str(entry.agency)
            yield table.wrong("tally-agency-twice", column.position, title=title, agency=agency)
        if not entry.matrix and not entry.of(responses.AGENCY) and entry.agency not in recipe.agencies:
            yield table.wrong("tally-no-agency")
    forms = [{column.agency for column in entry.of(responses.ANSWER)} for entry in layouts if entry.matrix]
    entries = 0 if recipe.moments_from is None else most_entries(recipe, forms)
    if entries > layout.LARGE_ENTRIES:
        figures = {"agencies": str(len(recipe.agencies)), "questions": str(len(recipe.questions))}
        figures |= {"entries": str(entries), "limit": str(layout.LARGE_ENTRIES)}
        yield found[0].wrong("tally-moments-too-many", **figures)


def _unserved(found: Sequence[Table], layouts: Sequence[Layout], recipe: Recipe, group: Group) -> Iterator[Problem]:
    """Yield the rules that no column of a file serves; what is not asked of paper is left to files of paper alone."""
    for table, entry in zip(found, layouts, strict=True):
        for rule, needed in responses.unserved(entry, recipe, token=group.token).items():
            if rule not in responses.NOT_ON_PAPER or (entry.mode != "in-person" and not entry.of(responses.MODE)):
                yield table.wrong("tally-rule-unserved", value=rule, allowed=needed)


def _merged_answers(table: Table, entry: Layout) -> Iterator[Problem]:
    """Yield the first merged cells below the header in a column that is read: what they cover looks blank."""
    used = {column.position for column in entry.columns if column.role != responses.DROPPED}
    merged = sorted(
        (max(top, table.header), left)
        for top, left, bottom, right in (table.page.merged if table.page is not None else ())
        if bottom >= table.header and not used.isdisjoint(range(left, right + 1))
    )
    if merged:
        row, column = merged[0]
        figures = {"sheet": table.sheet, "count": str(len(merged))}
        yield Problem("tally-merged-cells", "error", table.name, row + 1, column + 1, figures)


def _illegible(table: Table, entry: Layout) -> Iterator[Problem]:
    """Yield the columns that are read but hold no text, number or time."""
    for column in entry.columns:
        if column.role != responses.DROPPED and (kind := table.illegible.get(column.position)):
            yield table.wrong("tally-column-type", column.position, title=column.title[:80], type=kind)


def _missing(entry: Layout, recipe: Recipe, answers: Sequence[tuple[str, str]]) -> Iterator[dict[str, str]]:
    rated = {agency for agency, _ in answers} if recipe.matrix else {entry.agency} if entry.agency else recipe.agencies
    for agency in recipe.agencies:
        for position in recipe.asked[agency] if agency in rated else ():
            question = recipe.questions[position]
            if (agency if recipe.matrix else "", question) not in answers:
                yield {"question": question, "agency": agency if recipe.matrix else "–"}


def _left(entry: Layout) -> str:
    """Return the titles that nothing was made of, where one of them may be what is missing."""
    left = [quotable(column.title[:40]) for column in entry.of(responses.DROPPED) if column.title.strip()]
    return "; ".join(left[:8]) or "–"


def _understood(found: Sequence[Table], layouts: Sequence[Layout]) -> Iterator[Note]:
    """Yield what is told of each file before it is counted: what of it plays no part."""
    for table, entry in zip(found, layouts, strict=True):
        for code, personal in (("dropped-personal", True), ("dropped", False)):
            dropped = (column for column in entry.of(responses.DROPPED) if column.personal is personal and column.title)
            titles = [quotable(column.title[:40]) for column in dropped]
            if titles:
                yield Note(code, {"file": table.name, "titles": "; ".join(titles)})
        if entry.unjudged:
            yield Note("unjudged", {"file": table.name, "rules": ", ".join(entry.unjudged)})


def _reader(plan: SurveyPlan, recipe: Recipe, names: Names, table: Table, entry: Layout) -> Reader:
    missing = responses.unserved(entry, recipe, token=False)
    return Reader(
        recipe=recipe,
        layout=entry,
        delimiter=table.delimiter,
        answers={q: responses.answer_words(plan, recipe, q, entry.words) for q in recipe.questions},
        words=responses.words_of(names, recipe, entry),
        on_paper={rule: needed for rule, needed in missing.items() if entry.of(responses.MODE)},
    )


@dataclass(frozen=True, slots=True)
class _Aim:
    """Whose counts they are, and what was confirmed of them."""

    plan: SurveyPlan
    group: Group
    known: Confirmed
    name: str  # of the first file


# --- the files that come of it --------------------------------------------------------------------------------------


def _written(snapshot: Snapshot, year: Year, aim: _Aim, made: Tallied) -> Tallied:
    """Add the files that change, unless the laws or a seal speak against them."""
    sums, notes = made.sums, [*made.notes]
    recipe = made.recipe if made.recipe is not None else recipe_of(year, aim.group, matrix=aim.group.matrix)
    rated = [agency for agency in recipe.agencies if sums.of(agency, RETURNED)]
    home = {agency: sums.of(agency, OWN_AGENCY) if recipe.own_agency == "exclude" else 0 for agency in rated}
    issued = {agency: _said(year, aim, agency, "issued", home[agency]) for agency in rated}
    told = {
        layout.path_of(year.name, SURVEY, aim.group.id, agency): counts_of(
            recipe, sums, agency, issued=issued[agency], population=_said(year, aim, agency, "population", home[agency])
        )
        for agency in rated
    }
    written = {path: _data(snapshot, path, value) for path, value in told.items()}
    moments = moments_text(recipe, sums)
    at = layout.path_of(year.name, SURVEY, "moments", aim.group.id)
    if moments:
        written[at] = _moments_data(snapshot, at, moments)
    else:
        least = recipe.moments_from
        notes.append(Note("moments-unset", {}) if least is None else Note("no-moments", {"least": str(least)}))
    if unheard := [agency for agency in year.agencies if agency not in rated]:
        notes.append(Note("unheard", {"agencies": ", ".join(unheard)}))
    files = {path: data for path, data in written.items() if data is not None}
    gone = {at} if not moments and at in snapshot.tree.files else set[str]()
    problems = in_order(_against(snapshot, year, files, gone))
    if not any(sums.of(agency, VALID) for agency in recipe.agencies):
        figures = {"count": str(sum(sums.forms.get((agency, verdict), 0) for agency in rated for verdict in VERDICTS))}
        problems = (Problem("tally-none-valid", "error", aim.name, 1, 1, figures),)
    kept = tuple(path for path in written if path not in files)
    notes += [*_unlike_issued(aim.plan, sums, issued)]
    made = replace(made, notes=tuple(notes), issued=issued, same=kept, problems=problems)
    return made if problems else replace(made, files=files)


def _unlike_issued(plan: SurveyPlan, sums: Sums, issued: Mapping[str, int | None]) -> Iterator[Note]:
    """Yield where the forms that came back differ from those handed out by more than the plan's share."""
    share = plan.validity.differs_from
    for agency, count in issued.items():
        returned = sums.of(agency, RETURNED)
        if share is not None and count and abs(returned - count) * 100 > share * count:
            figures = {"agency": agency, "returned": str(returned), "issued": str(count), "share": f"{share:f}"}
            yield Note("unlike-issued", figures)


def _said(year: Year, aim: _Aim, agency: str, what: str, home: int) -> int | None:
    """Return forms issued or people: as the mapping says, or the file that stands there; else as the group.

    Who may not rate the own agency is not among those who could have rated it. How many those are a mapping says for
    each agency; else at least so many as wrote that they work there (`home`), all of them where everybody answered.
    """
    issued = what == "issued"
    said = aim.known.issued_for(agency, home) if issued else aim.known.population_for(agency, home)
    file = year.counts.get((aim.group.id, agency))
    old = None if file is None else file.forms.get(what)
    whole = aim.group.forms.get("issued") if issued else aim.group.population if home else None
    left = None if whole is None else whole - home
    if said is None and home and old is not None and left is not None:
        return min(old, left)
    return next((known for known in (said, old, left) if known is not None), None)


def _data(snapshot: Snapshot, path: str, value: dict[str, Writable]) -> bytes | None:
    """Return the bytes of a file that says a value, None where it says so already; comments at its head stay."""
    known = snapshot.tree.files.get(path)
    if known is None:
        return writing.dump(value, braces=_is_leaf)
    document = documents.read(path, known.data)
    sound = document.root is not None and not has_errors(document.problems)
    if document.root is not None and sound and same(plain(document.root), writable(value)):
        return None
    if sound and "answers" in value:
        return writing.edit(known.data, {(): value})
    return _head(known.data if sound else b"") + writing.dump(value, braces=_is_leaf)


def _moments_data(snapshot: Snapshot, path: str, text: str) -> bytes | None:
    known = snapshot.tree.files.get(path)
    data = _head(known.data if known is not None else b"") + text.encode()
    return None if known is not None and known.data == data else data


def _head(data: bytes) -> bytes:
    """Return the comments at the head of a file."""
    lines = data.splitlines(keepends=True)
    return b"".join(lines[: next((n for n, line in enumerate(lines) if line[:1] != b"#"), len(lines))])


def _is_leaf(value: Plain) -> bool:
    """Tell what stands in braces on one line: what holds values only."""
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return items is not None and not any(isinstance(item, dict | list) for item in items)


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

"""One agency of one year after the other: its files are read, judged by the rules of all years, and let go.

Where there are many, processes work side by side; what they find comes in the order of the work, whoever did it
(decision 0048).
"""

from __future__ import annotations

import gc
import hashlib
import os
import re
import signal
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from pipeline.adapters.repository import Entry, File, Listing, Repository, Tree, open_repository
from pipeline.adapters.schemas import Schemas
from pipeline.core.ground.mappings import Alike, Lazily
from pipeline.core.ground.nodes import Document, Scalar
from pipeline.core.ground.nodes import Mapping as MappingNode
from pipeline.core.ground.problems import ParindexError, Problem, Source
from pipeline.core.ground.text import Text
from pipeline.core.index.agency_facts import JudgedAgency
from pipeline.core.index.laws import judge_agency
from pipeline.core.index.laws.concordances import compared_with
from pipeline.core.index.year_parts import part_of
from pipeline.core.record import layout
from pipeline.core.record.layout import Unit
from pipeline.core.record.lifting import format_of
from pipeline.core.record.model import Agency, AgencyGroup, World, Year
from pipeline.core.record.reading import Placed, filled, read_rules, stages_of
from pipeline.core.record.stages import SURVEY, Stages
from pipeline.core.survey.agency_errors import errors_text
from pipeline.flows.snapshot import (
    Reading,
    Readings,
    Snapshot,
    formats_of,
    mixed,
    read,
    read_file,
    readings_of,
    schemas_of,
)

_NAMED: Final = 2000  # paths that one call of git is given
_ALONE: Final = 500  # files that one process reads sooner than others have started
_AT_ONCE: Final = 20  # agencies that a process is given at a time
_ROWS: Final = re.compile(r"(?:(?:[^\t\n]*+\t){3}+\d{1,9}+\t\d{1,9}+\n)*+", re.ASCII)  # no step is taken back

Files: TypeAlias = tuple[tuple[str, Entry], ...]
Work: TypeAlias = tuple[Unit, Files]


class Ground(NamedTuple):
    """What is judged by: the files of no single agency, and where they and all others are."""

    root: Path
    committed: bool  # or else of the working tree
    files: Files
    years: tuple[str, ...]  # of which there is any file


class AgencyList(NamedTuple):
    """What a list of agencies without errors says, a line for each: whether all can be read again is judged at once."""

    version: tuple[int, int, int]  # with its place
    groups: tuple[AgencyGroup, ...]
    slugs: str
    rows: str  # name, short name, group or nothing, line and column, with tabs between
    others: tuple[tuple[str, Agency], ...]  # those of which more is said

    @property
    def sound(self) -> bool:
        """Tell whether there is a row of each agency."""
        slugs = _lines(self.slugs)
        return len(set(slugs)) == len(slugs) == self.rows.count("\n") and _ROWS.fullmatch(self.rows) is not None

    def agencies(self, path: str) -> Mapping[str, Agency]:
        """Return the records, each made when somebody asks for it."""
        numbers, others = {slug: at for at, slug in enumerate(_lines(self.slugs))}, dict(self.others)
        rows = cache(lambda: _lines(self.rows))

        def made(slug: str) -> Agency:
            name, short, group, *place = rows()[numbers[slug]].split("\t")
            source = Source(path, *map(int, place))
            return others.get(slug) or Agency(slug, Text(name), Text(short), (), source, group=group or None)

        return Lazily(numbers, made)

    def head(self) -> MappingNode:
        """Return the tree of the file as if it said its format alone."""
        number, line, column = self.version
        return MappingNode({"format": Scalar(str(number), Decimal(number), line, column)}, {}, 1, 1)


@dataclass(frozen=True, slots=True)
class AgencyJudge:
    """Judges one agency after the other, by the rules of all years."""

    ground: Ground
    repository: Repository
    tree: Tree  # rules, schemas and words
    placed: tuple[Placed, ...]
    shape: tuple[Problem, ...]
    world: World
    stages: Mapping[str, Stages | None]
    schemas: Schemas
    formats: Mapping[str, int]  # the version of each year

    def found(self, work: Sequence[Work]) -> list[JudgedAgency]:
        """Return what is found of some agencies."""
        return [self._found(*unit, files) for unit, files in self._read(work)]

    def years(self, work: Sequence[Work]) -> Iterator[tuple[str, Year]]:
        """Yield each of some agencies with its year, which has the files of that agency alone."""
        for (name, agency), files in self._read(work):
            yield agency, filled(self.world.years[name], self._placed(name, files)[0])

    def _read(self, work: Sequence[Work]) -> Iterator[tuple[Unit, list[File]]]:
        listed = dict(entry for _, files in work for entry in files)
        read = self.repository.files(listed, committed=self.ground.committed)
        return ((unit, [read[path] for path, _ in files if path in read]) for unit, files in work)

    def _placed(self, year: str, files: list[File]) -> tuple[list[Placed], list[Reading]]:
        readings = [read_file(file, self.stages.get(year), self.schemas) for file in files]
        return [reading.placed for reading in readings if reading.placed is not None], readings

    def _found(self, name: str, agency: str, files: list[File]) -> JudgedAgency:
        placed, readings = self._placed(name, files)
        shape = tuple(problem for reading in readings for problem in reading.problems)
        shape += tuple(mixed(placed, self.formats))
        year = self.world.years.get(name)
        if year is None:
            return JudgedAgency(shape)
        part = part_of(year, agency)
        part = replace(part, year=filled(part.year, placed))
        return judge_agency(part, self.world, errors_text if year.survey is not None else None)._replace(shape=shape)


def parted(repository: Repository, listing: Listing) -> tuple[Ground, dict[Unit, Files]]:
    """Part the files of a tree: those that all are judged by, and those of each agency, in the order of paths."""
    units: dict[Unit, list[tuple[str, Entry]]] = {}
    rules: list[tuple[str, Entry]] = []
    years: set[str] = set()
    for path, entry in sorted(listing.entries.items()):
        place = layout.place(path)
        if place is not None and place.year is not None:
            years.add(place.year)
        if place is not None and place.unit is not None:
            units.setdefault(place.unit, []).append((path, entry))
        else:
            rules.append((path, entry))
    ground = Ground(repository.root, listing.commit is not None, tuple(rules), tuple(sorted(years)))
    return ground, {unit: tuple(files) for unit, files in units.items()}


def listing_of(repository: Repository, commit: str | None, units: Collection[Unit]) -> Listing:
    """List of a commit, or the working tree, the files of some agencies and those of no single one.

    All are listed where many are named, or none, for then the rules of every year are meant.
    """
    paths = tuple(_paths(repository, commit, units)) if units else ()
    named = 0 < len(paths) <= _NAMED
    return repository.listing(commit, *((*layout.FOLDERS[1:], *paths) if named else layout.FOLDERS))


def _paths(repository: Repository, commit: str | None, units: Collection[Unit]) -> Iterator[str]:
    """Yield what is to be listed for some agencies: their files, and those of no single agency."""
    own: dict[str, list[str]] = {}
    for year, agency in units:
        own.setdefault(year, []).append(agency)
    tops = [f"{layout.DATA}{year}/" for year in sorted(own)]
    yield from (f"{top}{name}" for top in tops for name in layout.FOLDERS_OF_RULES)
    there = repository.inside(commit, layout.DATA, *tops, *(f"{top}{SURVEY}/" for top in tops))
    for path, is_folder in there.items():
        _, year, *below = path.split("/")
        if not is_folder:
            yield path
        elif below:
            yield from (f"{path}/{agency}{end}" for agency in own[year] for end in (".yml", ""))


def taken(repository: Repository, revision: str | None, readings: Readings, units: Collection[Unit]) -> Snapshot:
    """Read of a revision, or of the working tree, some agencies alone with what all are judged by, into a snapshot.

    Raises:
        ParindexError: There is no data.
    """
    commit = None if revision is None else repository.resolve(revision)
    listing = listing_of(repository, commit, units)
    ground, own = parted(repository, listing)
    entries = dict((*ground.files, *(entry for unit in units for entry in own.get(unit, ()))))
    if not any(path.startswith(layout.DATA) for path in entries):
        raise ParindexError("no-data", path=str(repository.root))
    files = repository.files(entries, committed=commit is not None)
    return read(Tree(files, listing.commit, listing.day, listing.stamp), readings, units)


def taken_alone(
    repository: Repository, revision: str | None, readings: Readings, units: Collection[Unit]
) -> tuple[Snapshot, frozenset[Unit]]:
    """Read some agencies as `taken` does, with those of other years that they are compared with; return all of these.

    Raises:
        ParindexError: There is no data.
    """
    snapshot = taken(repository, revision, readings, units)
    own = frozenset(units)
    known = own.union(*(compared_with(snapshot.world, unit) for unit in own))
    return (snapshot if known == own else taken(repository, revision, readings, known)), known


def judge_on(ground: Ground, repository: Repository, lists: Mapping[str, AgencyList] | None = None) -> AgencyJudge:
    """Read what all agencies are judged by; of the files in `lists` it is known what they say."""
    files = repository.files(dict(ground.files), committed=ground.committed)
    tree, readings, lists = Tree(files, None, None, None), Readings(), lists or {}
    own = {path: file for path, file in files.items() if path.startswith(layout.DATA) and path not in lists}
    found = readings_of(tree, own, readings)
    placed = tuple(reading.placed for reading in found if reading.placed is not None)
    for path, known in lists.items():
        place, file = layout.place(path), files[path]
        if place is not None:
            digest = hashlib.sha256(file.data).hexdigest()
            placed += (Placed(place, Document(path, known.head()), blob=file.blob, sha256=digest),)
    cycles = (file for file in placed if file.place.kind == "cycle")
    formats, world = formats_of(placed), read_rules(placed, ground.years)
    return AgencyJudge(
        ground=ground,
        repository=repository,
        tree=tree,
        placed=placed,
        shape=(*(problem for reading in found for problem in reading.problems), *mixed(placed, formats)),
        world=replace(world, years={name: _listing(year, lists) for name, year in world.years.items()}),
        stages={file.place.year or "": stages_of(file.document) for file in cycles},
        schemas=schemas_of(tree, readings),
        formats=formats,
    )


def _listing(year: Year, lists: Mapping[str, AgencyList]) -> Year:
    path = layout.path_of(year.name, "agencies")
    if path not in lists or _is_replaced(path, year):
        return year
    return replace(year, agencies=lists[path].agencies(path), groups={group.id: group for group in lists[path].groups})


def _is_replaced(path: str, year: Year) -> bool:
    """Tell whether an amendment puts something in the place of a file."""
    return any(entry.path == path for entry in year.replacements)


def lists_of(judge: AgencyJudge, paths: Collection[str]) -> Iterator[tuple[str, AgencyList]]:
    """Yield what is to be kept of lists of agencies, as far as they have no errors, with their paths."""
    wrong = {problem.path for problem in judge.shape}
    for file in judge.placed:
        path, year = file.document.path, judge.world.years.get(file.place.year or "")
        if path not in paths or path in wrong or year is None or file.root is None or _is_replaced(path, year):
            continue
        at, listed = file.root.values["format"], tuple(year.agencies.values())
        version, groups = (format_of(file.root) or 1, at.line, at.column), tuple(year.groups.values())
        slugs, rows = "".join(f"{one.slug}\n" for one in listed), "".join(map(_row, listed))
        bare = AgencyList(version, groups, slugs, rows, ())
        made = bare.agencies(path)
        yield path, bare._replace(others=tuple((one.slug, one) for one in listed if made[one.slug] != one))


def _row(one: Agency) -> str:
    """Return an agency as a line, in which a text that has tabs or lines is another."""
    texts = (" ".join(text.split()) for text in (one.name.main, one.short.main, one.group or ""))
    return "\t".join((*texts, str(one.source.line), str(one.source.column))) + "\n"


def _lines(text: str) -> list[str]:
    return text.split("\n")[:-1]


def all_found(judge: AgencyJudge, work: Sequence[Work]) -> dict[str, Alike[JudgedAgency]]:
    """Return what is found of each agency, by year, in the order of the work."""
    found: dict[str, dict[str, JudgedAgency]] = {}
    for ((year, agency), _), one in zip(work, _found_in_order(judge, work), strict=True):
        found.setdefault(year, {})[agency] = one
    return {year: Alike(own) for year, own in found.items()}


def _found_in_order(judge: AgencyJudge, work: Sequence[Work]) -> Iterator[JudgedAgency]:
    """Yield what is found of each agency; what no other process does, this one does."""
    runs = in_runs(work)
    done, hands = 0, _hands()
    if hands > 1 and sum(len(files) for _, files in work) > _ALONE:
        with suppress(BrokenProcessPool, OSError), _workers(hands) as workers:
            for told in workers.map(_found_elsewhere, ((judge.ground, run) for run in runs)):
                yield from told
                done += 1
    for run in runs[done:]:
        yield from judge.found(run)


def in_runs(work: Sequence[Work]) -> list[Sequence[Work]]:
    """Return work in the portions that are done at a time."""
    return [work[start : start + _AT_ONCE] for start in range(0, len(work), _AT_ONCE)]


@contextmanager
def _workers(hands: int) -> Iterator[ProcessPoolExecutor]:
    """Give processes that work until nobody waits for them any more."""
    workers = ProcessPoolExecutor(hands, get_context("spawn"), partial(_begin, gc.get_threshold()))
    try:
        yield workers
    finally:
        workers.shutdown(wait=False, cancel_futures=True)


def _hands() -> int:
    """Return how many processes may work at a time."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _begin(threshold: tuple[int, int, int]) -> None:
    """Make a process one that only works: whoever started it tells it when to stop, and how often to collect."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(*threshold)


def _found_elsewhere(task: tuple[Ground, Sequence[Work]]) -> list[JudgedAgency]:
    ground, work = task
    return _judge_of(ground).found(work)


@cache
def _judge_of(ground: Ground) -> AgencyJudge:
    return judge_on(ground, open_repository(ground.root))

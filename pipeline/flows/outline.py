"""From a tree to its outline: what is wrong with it and what each agency comes to, without holding their files.

What is found is what `flows.snapshot` finds. What was found of a tree before is found again in the store, and of one
that differs from it in files of some agencies only these are judged anew (decision 0048).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final, NamedTuple, TypeAlias, TypeVar

from pipeline.adapters.program import program_digest
from pipeline.adapters.repository import Entry, Listing, Repository
from pipeline.adapters.verdict_store import VerdictStore
from pipeline.core.ground.mappings import Alike
from pipeline.core.ground.nodes import Document
from pipeline.core.ground.plain_records import from_plain, to_plain
from pipeline.core.ground.problems import ParindexError, Problem
from pipeline.core.index.agency_facts import AgencyFacts, JudgedAgency, scores_from
from pipeline.core.index.laws import RuleProblems, rules_judged
from pipeline.core.index.pending import Pending, owed_on, together
from pipeline.core.index.scoring import AgencyScore, Results, from_survey, score
from pipeline.core.index.year_parts import agencies_of
from pipeline.core.record import layout
from pipeline.core.record.layout import Unit
from pipeline.core.record.model import Counts, World, Year
from pipeline.core.record.reading import Placed, with_inputs
from pipeline.core.record.stages import SURVEY
from pipeline.core.rounds.commits import is_id
from pipeline.core.survey.agency_errors import AgencyErrors, errors_from
from pipeline.flows.agency_units import (
    AgencyJudge,
    AgencyList,
    Files,
    Ground,
    all_found,
    in_runs,
    judge_on,
    listing_of,
    lists_of,
    parted,
)
from pipeline.flows.snapshot import Snapshot, all_problems

_SUMS: Final = 17  # numbers that the points of an agency come to, and whether it is ranked
_FEW: Final = 20  # agencies that are judged again sooner than all others are kept once more
_NONE: Final = Alike[JudgedAgency]({})
_ERRORS: Final = "errors "  # before the key of a verdict: survey errors are read where they are asked for alone
_TRIED: Final = 4  # trees that were judged before, from which a new one may differ by little

ErrorsOfYears: TypeAlias = Mapping[str, Mapping[str, str]]  # by year and agency
Record = TypeVar("Record", AgencyList, "Kept")


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found of all agencies of a tree, and who judged."""

    judge: AgencyJudge
    found: Mapping[str, Alike[JudgedAgency]]  # by year and agency
    examined: int  # files of data
    tops: frozenset[str]  # names of what stands in `data/`
    rules: RuleProblems  # what is wrong with the rules
    commit: str  # one that has the tree, "" of a working tree
    key: str = ""  # under which the verdict of those agencies is kept that were not judged anew


@dataclass(frozen=True, slots=True)
class Past:
    """What was found before: where verdicts are kept, if anywhere, and who judged by which rules."""

    store: VerdictStore | None = None
    judges: dict[Ground, AgencyJudge] = field(default_factory=dict)
    judged: dict[str, Judged] = field(default_factory=dict)  # what the store gave, by its keys

    def judge(self, ground: Ground, repository: Repository) -> AgencyJudge:
        """Return who judges by some rules; they are read once, and lists of agencies once for many trees."""
        if ground not in self.judges:
            keys, known = self._keys(ground.files), self.lists(ground.files)
            self.judges[ground] = judge_on(ground, repository, known)
            for path, found in lists_of(self.judges[ground], keys.keys() - known.keys()):
                if self.store is not None:
                    self.store.put(keys[path], to_plain(found))
        return self.judges[ground]

    def lists(self, files: Files) -> Mapping[str, AgencyList]:
        """Return by path what is kept of the lists of agencies among some files, all schemas among them."""
        kept = ((path, _read_back(AgencyList, self.store, key)) for path, key in self._keys(files).items())
        return {path: found for path, found in kept if found is not None}

    def errors(self, key: str, found: Mapping[str, Alike[JudgedAgency]]) -> ErrorsOfYears:
        """Return as text the survey errors of agencies: those that are kept under a key, and those just found."""
        kept: ErrorsOfYears = {}
        with suppress(ValueError):
            kept = from_plain(ErrorsOfYears, self.store.get(f"{_ERRORS}{key}") if self.store and key else [])
        return {
            year: {**kept.get(year, {}), **{name: one.errors for name, one in own.items() if one.errors is not None}}
            for year, own in found.items()
        }

    def _keys(self, files: Files) -> Mapping[str, str]:
        """Return under what each list of agencies is kept, by path; a sound one is so by its bytes and all schemas."""
        schemas = [file for file in files if layout.schema_version(file[0])]
        places = ((layout.place(path), path, entry) for path, entry in files if self.store is not None)
        lists = ((path, entry) for place, path, entry in places if place is not None and place.kind == "agencies")
        return {path: f"agencies {_digest(program_digest(), schemas, path, entry)}" for path, entry in lists}


@dataclass(frozen=True, slots=True)
class Outline(Snapshot):
    """A snapshot without the files of agencies: its world has the rules, and beside it stands what each comes to."""

    judged: Mapping[str, Alike[JudgedAgency]] = field(default_factory=dict)  # by year and agency
    tops: frozenset[str] = frozenset()
    judge: AgencyJudge | None = field(default=None, compare=False)  # who reads the files of an agency again
    past: Past = field(default_factory=Past, compare=False)
    key: str = field(default="", compare=False)  # under which of agencies judged before their survey errors are kept

    @property
    def folders(self) -> frozenset[str]:
        """Return the names of the folders below `data/`."""
        return self.tops

    def facts_of(self, year: str, agency: str) -> AgencyFacts:
        """Return what an agency comes to, nothing where nothing is known of it."""
        return self.judged.get(year, _NONE).get(agency, JudgedAgency()).facts

    def results(self, year: Year) -> Results:
        """Return the results of a year without its leaves."""
        known = self.judged[year.name]
        untold = sum(own.facts.gaps * known.times[kind] for kind, own in known.kinds.items())
        return Results(year, scores_from(year, known), (), untold=untold)

    def in_full(self, results: Results, agencies: Sequence[str]) -> Iterator[Results]:
        """Yield the results of each of some agencies, read again, with its leaves and its place among all."""
        assert self.judge is not None  # noqa: S101 - an outline of a tree
        name, judge = results.year.name, self.judge
        units = [(name, agency) for agency in agencies]
        _, own = parted(judge.repository, listing_of(judge.repository, self.tree.commit, units))
        for run in in_runs([(unit, own.get(unit, ())) for unit in units]):
            for agency, year in judge.years(run):
                found, standing = score(year, (agency,)), results.entry(agency)
                placed = (replace(one, rank=standing.rank, grade=standing.grade) for one in found.agencies)
                yield replace(found, agencies=tuple(placed), untold=results.gaps - found.gaps)

    def errors(self, year: Year) -> Mapping[str, AgencyErrors] | None:
        """Return the survey errors of each agency of a year; None where they are not known.

        They are known of those just judged; of those judged before they were kept, as far as the store is whole.
        """
        found = self.past.errors(self.key, self.judged).get(year.name, {})
        with suppress(ValueError, KeyError):
            return {agency: errors_from(found[agency]) for agency in year.agencies}
        return None

    def with_leaves(self, results: Results, agency: str, errors: Mapping[str, AgencyErrors] | None = None) -> Results:
        """Return results in which an agency has its leaves, and where people were asked, all have those of the survey.

        Survey errors compare every agency with this one; of other leaves only its own are told. Where these errors are
        known no other agency is read.
        """
        if errors is not None:
            (own,) = self.in_full(results, [agency])
            told = own.entry(agency)
            return replace(own, agencies=tuple(told if one.agency.slug == agency else one for one in results.agencies))
        surveyed = results.year.survey is not None or any(map(from_survey, results.year.leaves()))
        asked = [entry.agency.slug for entry in results.agencies] if surveyed else [agency]
        entries, counts, own = list[AgencyScore](), dict[tuple[str, str], Counts](), results
        for slug, found in zip(asked, self.in_full(results, asked), strict=True):
            counts |= found.year.counts
            own = found if slug == agency else own
            entries += [
                one if slug == agency else replace(one, leaves=tuple(leaf for leaf in one.leaves if leaf.survey))
                for one in found.agencies
            ]
        listed = dict(sorted(counts.items(), key=lambda item: f"{'/'.join(item[0])}.yml"))
        return replace(own, year=replace(own.year, counts=listed), agencies=tuple(entries))

    def awaited(self, year: Year) -> tuple[Pending, ...]:
        """Return all that a complete year lacks."""
        own = self.judged[year.name].kinds.values()
        return together((entry for one in own for entry in one.facts.owed), {year.name: year})

    def pending(self, year: Year, today: str | None) -> tuple[Pending, ...]:
        """Return what the open stages of a year owe on a day; without a day a stage is open from its first file on."""
        known = self.judged[year.name].kinds.values()
        begun = {stage for own in known for stage in own.facts.stages}
        if any(own.facts.heard for own in known):
            begun.add(SURVEY)
        return owed_on(year, self.awaited(year), begun, today)


def outline(
    repository: Repository, revision: str | None, past: Past | None = None, *, near: str | None = None
) -> Outline:
    """Read a revision, or the working tree where it is None, agency by agency.

    Args:
        past: what was found before; what is found now is kept there.
        near: a commit that differs from it by little.

    Raises:
        ParindexError: There is no data, so that a command in the wrong folder never says that all is well.
    """
    past, commit = past or Past(), None if revision is None else repository.resolve(revision)
    known = None if commit is None else _known(repository, past, commit, near)
    if known is not None and commit is not None:
        return _outline(repository, known, repository.dated(commit), past)
    listing = repository.listing(commit, *layout.FOLDERS)
    paths = [path for path in listing.entries if path.startswith(layout.DATA)]
    if not paths:
        raise ParindexError("no-data", path=str(repository.root))
    if commit is None and listing.commit is not None:  # the working tree is as it was committed
        known = _known(repository, past, listing.commit, near)
        if known is not None:
            return _outline(repository, known, listing, past)
    ground, units = parted(repository, listing)
    judge = past.judge(ground, repository)
    beside = _found_beside(repository, past, judge, listing.entries, units) if listing.commit is None else None
    if beside is None:
        work = [(unit, units.get(unit, ())) for unit in _units(judge.world, units)]
        beside = all_found(judge, work), ""
    tops = frozenset(path.split("/")[1] for path in paths)
    found, key = beside
    judged = Judged(judge, found, len(paths), tops, rules_judged(judge.world), listing.commit or "", key)
    if listing.commit is not None:
        _keep(past, _key(repository, listing.commit), judged)
    return _outline(repository, judged, listing, past)


def outline_of(repository: Repository, listing: Listing, units: Collection[Unit], past: Past) -> Outline:
    """Read of a commit some agencies alone, by their files, where what is wrong with rules and others is not asked."""
    ground, own = parted(repository, listing)
    judge = past.judge(ground, repository)
    found = all_found(judge, [(unit, own.get(unit, ())) for unit in units])
    return _outline(repository, Judged(judge, found, 0, frozenset(), (), listing.commit or ""), listing, past)


def _outline(repository: Repository, judged: Judged, listing: Listing, past: Past) -> Outline:
    """Return the outline of a tree of which all that was asked is found."""
    judge, world = judged.judge, judged.judge.world
    kinds = (found for own in judged.found.values() for found in own.kinds.values())
    shape = [*judge.shape, *(one for found in kinds for one in found.shape)]
    by_year = {name: judged.found.get(name, _NONE) for name in world.years}
    if any(year.approvals for year in world.years.values()):
        entries = listing.entries or repository.listing(listing.commit, *layout.FOLDERS).entries
        world = replace(world, years={name: _with_inputs(year, entries) for name, year in world.years.items()})
    paths = [path for path, _ in judge.ground.files if path.startswith(layout.DATA)]
    return Outline(
        tree=replace(judge.tree, commit=listing.commit, day=listing.day, stamp=listing.stamp),
        world=world,
        problems=all_problems(paths, judge.placed, shape, world, by_year, years=judge.ground.years, rules=judged.rules),
        examined=judged.examined,
        judged=by_year,
        tops=judged.tops,
        judge=judge,
        past=past,
        key=judged.key,
    )


def _with_inputs(year: Year, entries: Mapping[str, Entry]) -> Year:
    """Return a year that knows the digest of what scoring reads, where a table was approved for it."""
    if not year.approvals:
        return year
    placed = ((layout.place(path), path, entry) for path, entry in entries.items())
    return with_inputs(
        year,
        [
            Placed(place, Document(path, None), blob=entry.blob)
            for place, path, entry in placed
            if place is not None and place.year == year.name
        ],
    )


def _units(world: World, units: Mapping[Unit, Files]) -> Iterable[Unit]:
    """Return the agencies of which anything is said: those of the rules, and others that have files."""
    listed = (
        (name, agency)
        for name, year in world.years.items()
        for agency in agencies_of(year, tuple(agency for own, agency in units if own == name))
    )
    return dict.fromkeys((*listed, *units))


# --- what was found before ------------------------------------------------------------------------------------------


def _key(repository: Repository, commit: str) -> str:
    """Return under what a tree's verdict is kept: all that it follows from, the data as git names them at the end."""
    trees = repository.trees(commit, *layout.FOLDERS)
    data, schemas, words = (trees.get(folder, "") for folder in layout.FOLDERS)
    return f"{_digest(program_digest(), schemas, words)} {data}"


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _known(repository: Repository, past: Past, commit: str, near: str | None) -> Judged | None:
    """Return what was found of a commit's tree, or follows from what was found of one that differs by little."""
    if past.store is None:
        return None
    key = _key(repository, commit)
    found = _judged(repository, past, key)
    beginning, _, data = key.rpartition(" ")
    if found is not None or not data:
        return found
    nearby = {_key(repository, near): near} if near is not None else {}
    for other in list(dict.fromkeys((*nearby, *past.store.latest(beginning))))[:_TRIED]:
        before = _judged(repository, past, other) if other.startswith(beginning) else None
        old = nearby.get(other) or (before.commit if before is not None else "")
        if before is None or not (other in nearby or _has(repository, old, other)):
            continue
        unlike = repository.unlike(old, commit, *layout.FOLDERS[:1])
        units = touched_units(unlike)
        if not units or not _has_years(before.judge.world, units):
            continue
        _, own = parted(repository, listing_of(repository, commit, units))
        more = sum((sides[0] is None) - (sides[1] is None) for sides in unlike.values())
        anew = _with(before.judge, before.found, units, own)
        after = replace(before, found=anew, examined=before.examined + more, commit=commit)
        if len(units) > _FEW:
            _keep(past, key, after)
        return after
    return None


def _has(repository: Repository, commit: str, key: str) -> bool:
    """Tell whether a commit is still there, and has the tree of which a verdict was kept under a key."""
    return is_id(commit) and repository.commit_of(commit) == commit and _key(repository, commit) == key


def _found_beside(
    repository: Repository, past: Past, judge: AgencyJudge, there: Mapping[str, Entry], own: Mapping[Unit, Files]
) -> tuple[Mapping[str, Alike[JudgedAgency]], str] | None:
    """Return what is found in a working tree that differs from HEAD in files of agencies alone, and the key of HEAD."""
    head = repository.commit_of("HEAD") if past.store is not None else None
    before = None if head is None else _known(repository, past, head, None)
    if head is None or before is None or before.judge.ground[2:] != judge.ground[2:]:
        return None
    committed = repository.listing(head, *layout.FOLDERS).entries
    units = touched_units(path for path in {**committed, **there} if committed.get(path) != there.get(path))
    known = units is not None and _has_years(judge.world, units)
    return (_with(judge, before.found, units, own), before.key) if known and units is not None else None


def _has_years(world: World, units: Iterable[Unit]) -> bool:
    return all(year in world.years for year, _ in units)


def _with(
    judge: AgencyJudge, before: Mapping[str, Alike[JudgedAgency]], units: Collection[Unit], own: Mapping[Unit, Files]
) -> Mapping[str, Alike[JudgedAgency]]:
    """Return what is found of all agencies once some are judged anew, given files of theirs."""
    listed = cache(lambda name: frozenset(agencies_of(judge.world.years[name], ())))
    there = [unit for unit in units if unit in own or unit[1] in listed(unit[0])]
    anew = all_found(judge, [(unit, own.get(unit, ())) for unit in there])
    touched = {name: [agency for year, agency in units if year == name] for name, _ in units}
    after = {name: before.get(name, _NONE).with_own(anew.get(name, _NONE), gone) for name, gone in touched.items()}
    return {**before, **after}


def touched_units(paths: Iterable[str]) -> tuple[Unit, ...] | None:
    """Return the agencies whose files some paths are; None where one is another's."""
    places = [layout.place(path) for path in paths]
    units = {place.unit for place in places if place is not None}
    return None if None in places or None in units else tuple(sorted(unit for unit in units if unit is not None))


Said: TypeAlias = tuple[tuple[Problem, ...], tuple[Problem, ...], AgencyFacts]


class OfYear(NamedTuple):
    """What is kept of the agencies of a year, in columns: which of the kinds each is of."""

    year: str
    agencies: tuple[str, ...]
    kinds: tuple[int, ...]


class Kept(NamedTuple):
    """A verdict as it is kept: what many agencies come to stands once, and what is said of those once more."""

    commit: str
    files: Files
    years: tuple[str, ...]
    examined: int
    tops: tuple[str, ...]
    rules: RuleProblems
    said: tuple[Said, ...]
    kinds: tuple[tuple[int, ...], ...]  # of agencies: which of what is said, then the sums
    units: tuple[OfYear, ...]

    @property
    def sound(self) -> bool:
        """Tell whether the columns belong together, and every sum is a number."""
        said, kinds = range(len(self.said)), set(range(len(self.kinds)))
        numbered = (
            len(own) in (1, 1 + _SUMS) and own[0] in said and min(own[2::2], default=1) > 0 for own in self.kinds
        )
        return all(numbered) and all(
            len(own.agencies) == len(own.kinds) and set(own.kinds) <= kinds for own in self.units
        )


def _keep(past: Past, key: str, judged: Judged) -> None:
    if past.store is None:
        return
    errors = past.errors(judged.key, judged.found)
    if any(errors.values()):
        past.store.put(f"{_ERRORS}{key}", to_plain(errors))
    said: dict[str, int] = {}
    kinds: dict[tuple[int, ...], int] = {}

    def kind(found: JudgedAgency) -> int:
        told = json.dumps(to_plain(found[:3]))
        return kinds.setdefault((said.setdefault(told, len(said)), *found.sums), len(kinds))

    units = [(year, list(own), list(own.each(kind).values())) for year, own in judged.found.items()]
    ground = judged.judge.ground
    head = [judged.commit, to_plain(ground.files), ground.years, judged.examined, sorted(judged.tops)]
    past.store.put(key, [*head, to_plain(judged.rules), list(map(json.loads, said)), list(kinds), units])


def _judged(repository: Repository, past: Past, key: str) -> Judged | None:
    """Return what was kept of a tree, None where nothing was, or nothing that can be read."""
    kept = None if key in past.judged else _read_back(Kept, past.store, key)
    found = None if kept is None else _restored(repository, past, key, kept)
    if found is not None:
        past.judged[key] = found
    return past.judged.get(key)


def _read_back(kind: type[Record], store: VerdictStore | None, key: str) -> Record | None:
    found: Record | None = None
    with suppress(ValueError):
        found = from_plain(kind, store.get(key) if store is not None else None)
    return found if found is not None and found.sound else None


def _restored(repository: Repository, past: Past, key: str, kept: Kept) -> Judged | None:
    """Return what was found of a tree; None where the files that all is judged by cannot be read again."""
    ground = Ground(repository.root, committed=True, files=kept.files, years=kept.years)
    kinds = {at: JudgedAgency(*kept.said[said], tuple(sums)) for at, (said, *sums) in enumerate(kept.kinds)}
    found = {own.year: Alike(kinds, dict(zip(own.agencies, own.kinds, strict=True))) for own in kept.units}
    with suppress(ParindexError):
        judge = past.judge(ground, repository)
        return Judged(judge, found, kept.examined, frozenset(kept.tops), kept.rules, kept.commit, key)
    return None

"""The history of one criterion of one agency: every value it ever had in each stage, when, by whom, why.

Commits and versions of files come in, read once by an adapter; entries come out, by meaning. A file that was renamed, a
criterion or an agency that goes by another name now, is followed backwards. Words: `history_words`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TypeAlias

from pipeline.core.ground import nodes
from pipeline.core.index.survey_points import group_points
from pipeline.core.record import layout
from pipeline.core.record.authorship import SignatureState
from pipeline.core.record.model import Year, code_key
from pipeline.core.record.schema_fields import NO_FIELDS, SchemaFields
from pipeline.core.record.stages import Stages
from pipeline.core.rounds.changes import Change, Pair, Version, base_of, canonical, compare, records
from pipeline.core.rounds.chronicle import Chronicle
from pipeline.core.rounds.commits import PLAIN_MODES, Commit, Touch

Reader: TypeAlias = Callable[[str, str], Version]  # path, blob -> the version

# What of a line, of a file of counts and of the rules speaks of a criterion's value.
_OF_LINES = frozenset({"line", "score", "answer", "reason", "explanation", "not-applicable", "request", "evidence"})
# A field of a rule that is only words: a title, or a title or unit in one language.
_WORDING = re.compile(r"(?:.*\.)?(?:title|(?:title|unit)\.[a-z]{2,3})")
_About: TypeAlias = str | tuple[str | None, str | None] | None  # a path or a year, or a year and an agency in it
_BySubject: TypeAlias = tuple[tuple[Touch, ...], Mapping[_About, Sequence[int]]]
_FOLLOWED = ("/criteria.yml", "/agencies.yml", "/amendments/", "/survey/")  # beside the files of stages
_OF_RULES = frozenset({"weight", "rule", "criterion", "exemption"})


@dataclass(frozen=True, slots=True)
class LineStanding:
    """What a line says: points, or that the criterion does not apply and why, or what explains the points asked for."""

    score: str | None
    not_applicable: str | None
    explanation: str | None = None


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """What one commit did to what one file says of a criterion."""

    commit: Commit | None  # None: not committed yet
    pull_request: str | None
    first: bool  # a shallow clone begins here: it stood there already
    path: str
    line: int
    stage: str | None
    agency: str | None
    criterion: str | None
    amendment: str | None  # its number
    before: LineStanding | None
    after: LineStanding | None
    reason: str | None
    changes: tuple[Change, ...]

    @property
    def unreadable(self) -> bool:
        """Tell whether the file cannot be read at this commit."""
        return any(change.kind == "file-unreadable" for change in self.changes)


@dataclass(frozen=True, slots=True)
class History:
    """All entries of a criterion, oldest first; incomplete where the clone holds not all commits."""

    entries: tuple[HistoryEntry, ...]
    complete: bool
    signed: Mapping[str, SignatureState] = field(default_factory=dict)  # by commit, where signatures were looked at
    fields: SchemaFields = NO_FIELDS  # which give the words for what changed


@dataclass(frozen=True)  # no slots: what was worked out is kept
class _Trail:
    """The names of the criterion at one commit: its files, its codes, the groups and questions that give it points."""

    heads: frozenset[str]  # of its stages; parts go by the name of their head
    codes: frozenset[str]
    groups: frozenset[str]
    questions: frozenset[str]

    @cached_property
    def agencies(self) -> frozenset[tuple[str | None, str | None]]:
        """Return year and slug of the agency."""
        places = [place for path in self.heads if (place := layout.place(path)) is not None]
        return frozenset((place.year, place.agency) for place in places)

    @cached_property
    def about(self) -> frozenset[_About]:
        """Return what files may be about that say something of the criterion."""
        return self.heads | self.agencies | {year for year, _ in self.agencies}

    def speaks_of(self, code: str | None) -> bool:
        """Tell whether a line of a code concerns the criterion: its own, one above or one below."""
        return code is not None and any(
            code == own or code.startswith(f"{own}.") or own.startswith(f"{code}.") for own in self.codes
        )

    def follows(self, path: str) -> bool:
        """Tell whether a file about one of these says something of the criterion; of a survey only some groups do."""
        place = layout.place(path)
        return place is None or place.kind != "survey-counts" or place.group in self.groups

    def _is_own(self, year: str | None, agency: str | None) -> bool:
        return (year, agency) in self.agencies

    def concerns(self, change: Change) -> bool:
        """Tell whether a change is one of the criterion's value."""
        if _head(change.path) in self.heads:
            known = change.stem in _OF_LINES and self.speaks_of(change.criterion)
            return known or change.kind == "file-unreadable"
        if change.stem in _OF_RULES:
            return self._is_ruled_by(change)
        place = layout.place(change.path)
        if place is None:
            return False
        if place.kind == "amendment":
            return self._is_own(change.year, change.agency) and self.speaks_of(change.criterion)
        if place.kind != "survey-counts":
            return False
        return change.kind == "file-unreadable" or (change.stem == "counts" and self._is_fed_by(change))

    def _is_ruled_by(self, change: Change) -> bool:
        """Tell whether a change of the criteria or of an exemption matters; titles and guidance give no points."""
        if change.agency is not None:
            return self._is_own(change.year, change.agency) and self.speaks_of(change.criterion)
        if change.criterion not in self.codes or (change.stem == "criterion" and change.field is not None):
            return False
        return change.stem != "rule" or not _WORDING.fullmatch(change.field or "")

    def _is_fed_by(self, change: Change) -> bool:
        field_name = change.field or ""
        if field_name.startswith("points."):
            return field_name.removeprefix("points.") in self.codes
        question = (change.subject or "").partition(" / ")[2]
        return not question or question in self.questions

    def before(self, touched: Iterable[Touch], changes: Iterable[Change]) -> _Trail:
        """Return the names that the criterion had before some changes."""
        names = {_head(entry.path): _head(entry.was) for entry in touched if entry.path != entry.was}
        codes = {change.after: change.before for change in changes if change.kind == "criterion-moved"}
        heads = frozenset(names.get(path, path) for path in self.heads)
        return replace(self, heads=heads, codes=frozenset(codes.get(code) or code for code in self.codes))

    def joined(self, other: _Trail | None) -> _Trail:
        """Return the names of both."""
        if other is None:
            return self
        return replace(self, heads=self.heads | other.heads, codes=self.codes | other.codes)


def history(chronicle: Chronicle, year: Year, agency: str, *, criterion: str, files: Files) -> History:
    """Return every value that a criterion of an agency ever had; of a parent, those of all below.

    Args:
        year: the year as it stands in the newest state, where agency and criterion go by the names given.
        files: those that were touched; many histories share what they read.
    """
    trails: dict[str | None, _Trail] = {}
    found: list[HistoryEntry] = []
    merged = pull_requests(chronicle)
    trails[None] = _trail(year, agency, criterion)
    for commit, by_parent in _steps(chronicle):
        own = commit.id if commit else None
        told: list[tuple[Change, ...]] = []
        against = [_changes_on(trails[own], touched, files) for touched in by_parent.values()]
        for parent, (seen, before) in zip(by_parent, against, strict=True):
            told.append(tuple(change for change in seen.changes if trails[own].concerns(change)))
            if parent is not None:
                trails[parent] = before.joined(trails.get(parent))
        made = partial(HistoryEntry, commit, merged.get(own or ""), own in chronicle.edges)
        found.extend(reversed(list(_entries(made, _against_all(told), against[0][0], year.cycle.stages))))
    return History(tuple(reversed(found)), complete=not chronicle.edges)


def _steps(chronicle: Chronicle) -> Iterator[tuple[Commit | None, Mapping[str | None, tuple[Touch, ...]]]]:
    """Yield the working tree, then the commits, newest first, with what each touched against each of its parents."""
    yield None, {chronicle.commits[0].id if chronicle.commits else None: chronicle.uncommitted}
    for commit in chronicle.commits:
        yield commit, {parent: chronicle.touched.get((commit.id, parent), ()) for parent in chronicle.parents(commit)}


def _trail(year: Year, agency: str, criterion: str) -> _Trail:
    leaves = [year.criteria[code] for code in year.criteria[criterion].leaves]
    groups = {group for leaf in leaves for group in group_points(leaf)}
    codes = {leaf.code for leaf in leaves}
    return _Trail(
        heads=frozenset(layout.path_of(year.name, stage, agency) for stage in year.cycle.stages.names),
        codes=frozenset({criterion}),
        groups=frozenset(groups),
        questions=frozenset(one.id for one in year.survey_plan.questions.values() if one.criterion in codes),
    )


def _head(path: str) -> str:
    """Return the head of the stage that a part belongs to; any other path as it is."""
    place = layout.place(path)
    if place is None or place.kind != layout.STAGE:
        return path
    return layout.path_of(*filter(None, (place.year, place.stage, place.agency)))


def _renamed(touched: Iterable[Touch]) -> Iterator[Touch]:
    """Yield what was touched; a file moved to another stage counts as one removed and one added."""
    for entry in touched:
        places = layout.place(entry.was), layout.place(entry.path)
        kinds = {(place.kind, place.stage) if place else None for place in places}
        if entry.path == entry.was or (len(kinds) == 1 and None not in kinds):
            yield entry
        else:
            yield entry._replace(path=entry.was, after=None)
            yield entry._replace(was=entry.path, before=None)


@dataclass(frozen=True, slots=True)
class FileChanges:
    """What some touched files tell: their versions, and the changes between them."""

    pairs: Mapping[str, Pair]
    changes: tuple[Change, ...]


class Files:
    """What touched files are about and what they tell: each is read and compared once, whatever history asks."""

    def __init__(self, read: Reader) -> None:
        self._read = read
        self._seen: dict[tuple[Touch, ...], FileChanges] = {}
        self._known: dict[int, tuple[object, _BySubject]] = {}

    def changes(self, touched: tuple[Touch, ...]) -> FileChanges:
        """Return what some files tell."""
        if touched not in self._seen:
            pairs = {entry.path: _pair(entry, self._read) for entry in touched}
            self._seen[touched] = FileChanges(pairs, compare(pairs.values(), carried=True))
        return self._seen[touched]

    def of(self, trail: _Trail, touched: Iterable[Touch]) -> tuple[Touch, ...]:
        """Return those that may say something of a criterion."""
        if id(touched) not in self._known:
            self._known[id(touched)] = touched, _by_subject(_renamed(touched))  # with it, so that its id stays its own
        entries, places = self._known[id(touched)][1]
        found = sorted(at for about in trail.about for at in places.get(about, ()))
        return tuple(entries[at] for at in found if trail.follows(entries[at].path))


def _by_subject(touched: Iterable[Touch]) -> _BySubject:
    """Return touched files, and by what they are about the places at which they stand."""
    entries, places = tuple(touched), dict[_About, list[int]]()
    for at, entry in enumerate(entries):
        places.setdefault(_about(entry.path), []).append(at)
    return entries, places


def _about(path: str) -> _About:
    """Return what a file is about: a year, an agency in it, or the stage of one; of any other its path."""
    place = layout.place(path) if any(part in path for part in _FOLLOWED) else None
    if place is not None and place.kind in ("criteria", "agencies", "amendment"):
        return place.year
    return (place.year, place.agency) if place is not None and place.kind == "survey-counts" else _head(path)


def _changes_on(trail: _Trail, touched: Iterable[Touch], files: Files) -> tuple[FileChanges, _Trail]:
    """Return what changed of the criterion since a parent, and the names it had there."""
    own = files.of(trail, touched)
    if not own:
        return FileChanges({}, ()), trail
    seen = files.changes(own)
    moved = (change for entry in own if (change := _move(entry, seen.pairs[entry.path], trail)) is not None)
    changes = (*seen.changes, *moved)
    return FileChanges(seen.pairs, changes), trail.before(own, changes)


def _pair(entry: Touch, read: Reader) -> Pair:
    """Return a file's two versions; after one that cannot be read the next counts as a new file."""
    before = read(entry.was, entry.before) if entry.before and entry.before_mode in PLAIN_MODES else None
    after = read(entry.path, entry.after) if entry.after and entry.after_mode in PLAIN_MODES else None
    if before is not None and not isinstance(before.root, nodes.Mapping):
        before = None if after is not None and isinstance(after.root, nodes.Mapping) else before
    return before, after


def _move(entry: Touch, pair: Pair, trail: _Trail) -> Change | None:
    """Return the change that a file was renamed, where it has a line of the criterion."""
    after = pair[1]
    if entry.path == entry.was or after is None or after.place is None or after.place.kind != layout.STAGE:
        return None
    known = next((key[1] for key in records(after) or () if key[0] == "lines" and trail.speaks_of(key[1])), None)
    if known is None:
        return None
    return replace(base_of(after), kind="line-moved", criterion=known, before=entry.was, after=entry.path)


def _against_all(told: Sequence[tuple[Change, ...]]) -> tuple[Change, ...]:
    """Return the changes that a commit made against every parent: what a merge only brought is not its own."""
    others = [{_sameness(change) for change in changes} for changes in told[1:]]
    return tuple(change for change in told[0] if all(_sameness(change) in other for other in others))


def _sameness(change: Change) -> tuple[str | None, ...]:
    return change.path, change.stage, change.criterion, change.subject, change.stem, change.field


def _entries(
    made: Callable[..., HistoryEntry], changes: Iterable[Change], seen: FileChanges, stages: Stages
) -> Iterator[HistoryEntry]:
    """Yield an entry for each file and criterion, in the order of the codes; `made` knows of which commit they are."""
    moved = {change.after: change.before for change in seen.changes if change.kind == "criterion-moved"}
    grouped: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        grouped.setdefault((change.path, change.criterion or ""), []).append(change)
    for path, code in sorted(grouped, key=lambda key: (_stage_order(key[0], stages), key[0], code_key(key[1]))):
        own = grouped[path, code]
        place = layout.place(path)
        before, after = seen.pairs[path]
        carried = next((one.before for one in own if one.kind == "line-moved" and one.before in seen.pairs), None)
        if carried is not None:
            before = seen.pairs[carried][0]
        yield made(
            path=path,
            line=min(change.line for change in own),
            stage=own[0].stage,
            agency=own[0].agency,
            criterion=code or None,
            amendment=place.number if place else None,
            before=_standing(before, moved.get(code) or code),
            after=_standing(after, code),
            reason=next((change.reason for change in own if change.reason is not None), None),
            changes=tuple(own),
        )


def _stage_order(path: str, stages: Stages) -> int:
    place = layout.place(path)
    names = ("criteria", "agencies", *stages.names, "survey-counts", "amendment")
    return names.index(place.right) if place and place.right in names else len(names)


def _standing(version: Version | None, code: str) -> LineStanding | None:
    """Return what a version says of a criterion; None where it does not speak of it, or cannot be read."""
    if version is None or version.place is None or not isinstance(version.root, nodes.Mapping):
        return None
    node, shape = nodes.value_at(version.root, "line"), version.shape.child("line")
    if version.place.kind == layout.STAGE:
        node = nodes.value_at(nodes.map_at(version.root, "lines"), code)
        shape = version.shape.child("lines").entry()
    elif version.place.kind != "amendment":
        return None
    if not isinstance(node, nodes.Mapping):
        return None
    values = ((name, node.values.get(name)) for name in ("score", "not_applicable", "explanation"))
    said = {name: canonical(value, shape.child(name)) for name, value in values if isinstance(value, nodes.Scalar)}
    return LineStanding(said.get("score"), said.get("not_applicable"), said.get("explanation"))


# --- the numbers that forges give -----------------------------------------------------------------------------------

_IN_SUMMARY = re.compile(r"^Merge pull request (?P<a>#\d+)\b|\((?P<b>#\d+)\)|(?:^|[ (])(?P<c>!\d+)\b", re.ASCII)
_IN_MESSAGE = re.compile(r"^See merge request \S*?(?P<a>!\d+)\s*$", re.ASCII | re.MULTILINE)


def pull_request(message: str) -> str | None:
    """Return the pull request that a message names, as `#12` or `!12`; None where it names none.

    Known are what forges write themselves: `Merge pull request #12`, a summary with `(#12)` or `!12`, and
    `See merge request !12`. A number elsewhere may be any ticket.
    """
    summary = message.partition("\n")[0]
    found = list(_IN_SUMMARY.finditer(summary))[-1:] or list(_IN_MESSAGE.finditer(message))[-1:]
    return next((group for match in found for group in match.groups() if group), None)


def pull_requests(chronicle: Chronicle) -> Mapping[str, str]:
    """Return the pull request of each commit: its own message's, else that of the merge that brought it."""
    known = {commit.id: commit for commit in chronicle.commits}
    mainline: list[Commit] = []
    here = chronicle.commits[0] if chronicle.commits else None
    while here is not None:
        mainline.append(here)
        here = known.get(here.parents[0]) if here.parents else None
    found: dict[str, str] = {}
    seen: set[str] = set()
    for commit in reversed(mainline):
        seen.add(commit.id)
        number = pull_request(commit.message)
        for brought in _reachable(commit.parents[1:], known, seen):
            own = pull_request(brought.message) or number
            if own is not None:
                found[brought.id] = own
        if number is not None:
            found[commit.id] = number
    return found


def _reachable(starts: Collection[str], known: Mapping[str, Commit], seen: set[str]) -> Iterator[Commit]:
    waiting = list(starts)
    while waiting:
        here = waiting.pop()
        if here in known and here not in seen:
            seen.add(here)
            yield known[here]
            waiting.extend(known[here].parents)


# --- commits of a round ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RoundCommit:
    """One commit that touched a round."""

    commit: Commit
    signed: SignatureState
    pull_request: str | None
    paths: tuple[str, ...]


def commits_of_round(
    chronicle: Chronicle, year: Year, stage: str, *, signature: Callable[[Commit], SignatureState]
) -> tuple[RoundCommit, ...]:
    """Return the commits that touched a stage's files, its seal and its amendments, newest first.

    A merge that only brought what others committed touches nothing of its own.

    `year`: the year's records, which tell whose amendments are whose.
    """
    others = frozenset(amendment.source.path for amendment in year.amendments if amendment.stage != stage)

    def is_of_round(path: str) -> bool:
        place = layout.place(path)
        if place is None or place.year != year.name:
            return False
        if place.kind == "amendment":
            return path not in others
        return place.stage == stage and place.kind in (layout.STAGE, "seal")

    requests = pull_requests(chronicle)
    found = ((commit, tuple(sorted(filter(is_of_round, chronicle.own_paths(commit))))) for commit in chronicle.commits)
    return tuple(
        RoundCommit(commit, signature(commit), requests.get(commit.id), paths) for commit, paths in found if paths
    )

"""From a repository to a judgement: gather what git says of a range of commits, and let the core judge it.

This is guard's main flow: range -> commits -> signatures, differences, merges -> versions of files -> judgement. Every
question goes to git once for the whole range, so that the time follows what changed and not what exists.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Final

from pipeline.adapters import documents, signatures
from pipeline.adapters.repository import Repository
from pipeline.core.ground import nodes
from pipeline.core.ground.nodes import Document
from pipeline.core.ground.problems import ParindexError
from pipeline.core.record import layout
from pipeline.core.record.access import PATH as ACCESS_PATH
from pipeline.core.record.access import PROGRAM, Access, read_access
from pipeline.core.record.reading import Placed, read_world, stages_of
from pipeline.core.record.stages import KIND_OF, USUAL, Stages
from pipeline.core.rounds import closed
from pipeline.core.rounds.changes import Pair, Version, approval_entries
from pipeline.core.rounds.commits import (
    EMPTY_TREE,
    LINK_MODE,
    NAMESPACE,
    SUBMODULE_MODE,
    Commit,
    Moment,
    Touch,
    commit_bytes,
    is_id,
)
from pipeline.core.rounds.guard_laws import judge, needs_review, refounding_unfit, scoring_year
from pipeline.core.rounds.judgement import (
    EDITION,
    FIRST_EDITION,
    BaseState,
    CommitRange,
    Examined,
    Finding,
    Judgement,
    ParentStep,
    StageOfYear,
    is_guarded,
)
from pipeline.core.rounds.proofs import ProofSubject
from pipeline.core.rounds.refounding import is_refounding
from pipeline.core.rounds.reviews import TRAILERS
from pipeline.core.rounds.seals import digest_of
from pipeline.core.rounds.standing import is_approved
from pipeline.core.rounds.windows import stage_of
from pipeline.flows import prove
from pipeline.flows.agency_units import AgencyList
from pipeline.flows.outline import Past
from pipeline.flows.signing import write_signed

_MOST: Final = layout.LARGE_BYTES  # a larger file is no data, and is not even fetched
_AT_ONCE: Final = 500  # ranges for which git is asked at once, few enough for memory


def judge_range(
    repository: Repository,
    base: str,
    head: str,
    time: Moment | None,
    *,
    founding: str | None = None,
    edition: int = EDITION,
    past: Past | None = None,
) -> Judgement:
    """Judge the commits that `head` has and `base` has not.

    Args:
        time: when they arrived; each commit's own date where it is not known.
        founding: the commit from which guard judges; what stands before it is not judged.
        past: what was found before, where it can be trusted.
    """
    start, end = repository.resolve(base), repository.resolve(head)
    if founding is None or repository.is_ancestor(founding, start):
        return judge(gather(repository, start, end, time, edition=edition, read=_Read(past or Past())))
    if not repository.is_ancestor(founding, end):
        return Judgement(base, head, time, (), (Finding("founding-lost", figures={"founding": founding}),))
    if not repository.is_ancestor(start, founding):
        return Judgement(base, head, time, (), (Finding("history-rewritten"),))
    judgement = judge(gather(repository, founding, end, time, edition=edition))
    told = Finding("before-founding", figures={"founding": founding}, refused=False)
    commit = repository.commits([founding])[founding]
    if is_refounding(commit):
        judgement = after_founding(judge_founding(repository, founding, time), judgement)
        told = told if commit.parents == (start,) else refounding_unfit(commit, "not-old-head")
    return replace(judgement, findings=(told, *judgement.findings))


def after_founding(first: Judgement, judgement: Judgement) -> Judgement:
    """Put the founding before what came after it; a push of the founding alone is no empty one."""
    findings = [finding for finding in judgement.findings if finding.code != "empty-range"]
    findings += [finding for finding in first.findings if finding not in findings]
    return replace(judgement, verdicts=(*first.verdicts, *judgement.verdicts), findings=tuple(findings))


def judge_founding(repository: Repository, founding: str, time: Moment | None) -> Judgement:
    """Judge the commit with which a repository begins, or begins anew: access.yml alone, signed by who keeps it."""
    commit = repository.commits([founding])[founding]
    known = {founding: commit, **repository.commits(commit.parents)}
    facts = _Facts(repository, founding, founding, (commit,), known, EDITION, _Read())
    facts.compare()
    facts.fetch()
    one = facts.examined(commit, ())
    if is_refounding(commit):
        one = replace(one, steps=tuple(map(_as_first, one.steps)))
    return judge(
        CommitRange(
            base=EMPTY_TREE,
            head=founding,
            ancestor=True,
            time=time,
            state=BaseState(None, access_exists=False),
            commits=(one,),
            founding=founding,
        )
    )


def _as_first(step: ParentStep) -> ParentStep:
    """Return a step as if no access.yml had stood before it; what a new root brings beside it is the past."""
    touches = tuple(touch for touch in step.touches if step.parent or touch.path == ACCESS_PATH)
    pairs = tuple((None, new) for _, new in step.pairs if new is not None and new.path == ACCESS_PATH)
    return replace(step, touches=touches, pairs=pairs)


# --- what git says of a range ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read for other ranges: the same files are read once."""

    past: Past = field(default_factory=Past)  # what is known of lists of agencies
    states: dict[tuple[tuple[str, str], ...], BaseState] = field(default_factory=dict)  # by paths and blobs
    documents: dict[tuple[str, str], Document] = field(default_factory=dict)  # by path and blob
    versions: dict[tuple[str, str], Version] = field(default_factory=dict)  # the same, as far as they are compared


def gather(
    repository: Repository,
    base: str,
    head: str,
    time: Moment | None,
    *,
    edition: int = EDITION,
    read: _Read | None = None,
) -> CommitRange:
    """Return everything that judging a range needs; both ends are ids, and the clone is whole."""
    return _facts(repository, base, head, edition, read or _Read()).gathered(time)


def gather_chain(repository: Repository, ranges: Sequence[tuple[str, str, Moment, int]]) -> Iterator[CommitRange]:
    """Yield what judging many ranges needs, each of which begins where one before ended; git is asked once for all.

    `ranges`: base, head, time and edition of each, oldest first.
    """
    read, asked = _Read(), repository.chained()
    ends = [(base, head) for base, head, _, _ in ranges]
    for start in range(0, len(ranges), _AT_ONCE):
        run = ranges[start : start + _AT_ONCE]
        for oldest in tuple(read.versions)[:-_AT_ONCE]:  # a file that was changed is likely to be changed again
            del read.versions[oldest]
        asked.prepare(ends[start:])
        found = [_facts(asked, base, head, edition, read) for base, head, _, edition in run]
        asked.foresee({name for facts in found for names in facts.wanted for name in names}, _MOST)
        for facts, (_, _, time, _) in zip(found, run, strict=True):
            yield facts.gathered(time)


def _facts(repository: Repository, base: str, head: str, edition: int, read: _Read) -> _Facts:
    """Return the commits of a range and what differs, before any file is read."""
    commits = repository.commits_between(base, head)
    own = {commit.id: commit for commit in commits}
    outside = {parent for commit in commits for parent in commit.parents if parent not in own}
    known = {**own, **repository.commits({*outside, base, head} - own.keys())}
    facts = _Facts(repository, base, head, commits, known, edition, read)
    facts.find_bases()
    facts.compare()
    return facts


@dataclass
class _Facts:
    """What was asked of git about one range: each kind of question once."""

    repository: Repository
    base: str
    head: str
    commits: tuple[Commit, ...]  # of the range
    known: Mapping[str, Commit]  # those, their parents and both ends
    edition: int
    read: _Read
    whole: bool = False  # whether the program is under guard
    bases: dict[str, str] = field(default_factory=dict)  # commit that a review names -> its tree
    differences: dict[tuple[str, str], tuple[Touch, ...]] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)  # `<commit>:<path>` -> blob
    data: dict[str, bytes] = field(default_factory=dict)  # blob -> bytes, unless it is too large
    stages: dict[str, Stages] = field(default_factory=dict)  # by year
    lists: Mapping[str, AgencyList] = field(default_factory=dict)  # those of BASE, as far as they were kept, by path
    lost: frozenset[str] = frozenset()  # what closed something, still counts and is not there at BASE

    def gathered(self, time: Moment | None) -> CommitRange:
        """Return everything that judging the range needs."""
        if not self.repository.is_ancestor(self.base, self.head):
            nothing = BaseState(None, access_exists=False)
            return CommitRange(self.base, self.head, ancestor=False, time=time, state=nothing, commits=())
        self.fetch()
        state = self.state()
        self.whole = self.edition > FIRST_EDITION and state.access is not None and state.access.is_written(PROGRAM)
        strays = self.strays()
        return CommitRange(
            base=self.base,
            head=self.head,
            ancestor=True,
            time=time,
            state=state,
            commits=tuple(self.examined(commit, strays.get(commit.id, ())) for commit in self.commits),
            edition=self.edition,
            net=self.differences[self.known[self.base].tree, self.known[self.head].tree],
        )

    def find_bases(self) -> None:
        """Ask which commits that reviews name as their bases stand in the history of HEAD, as everybody has it."""
        named = {name for commit in self.commits if (name := commit.trailer(TRAILERS[EDITION])) and is_id(name)}
        found = [name for name in sorted(named) if self.repository.commit_of(name) == name]
        reached = self.repository.reachable(found, self.head)
        self.bases = {name: commit.tree for name, commit in self.repository.commits(reached).items()}

    def compare(self) -> None:
        """Ask for the differences of every commit from every parent, of the two ends, and of what reviews saw."""
        base, head = self.known[self.base].tree, self.known[self.head].tree
        steps = [pair for commit in self.commits for _, pair in self._pairs(commit)]
        trees = [(commit.tree, head) for commit in self.commits if commit.trailer(TRAILERS[FIRST_EDITION])]
        reviews = [pair for commit in self.commits if (pair := self._review(commit)) is not None]
        self.differences.update(self.repository.tree_differences([*steps, (base, head), *trees, *reviews]))

    def _review(self, commit: Commit) -> tuple[str, str] | None:
        """Return the two trees whose difference a review approves; None where it names no base that is there."""
        base = self.bases.get(commit.trailer(TRAILERS[EDITION]) or "")
        return None if base is None else (base, commit.tree)

    def _pairs(self, commit: Commit) -> Iterator[tuple[str, tuple[str, str]]]:
        """Yield each parent with the two trees; a commit without parents comes out of nothing."""
        for parent in commit.parents or ("",):
            yield parent, (self.known[parent].tree if parent else EMPTY_TREE, commit.tree)

    def _touches(self, commit: Commit) -> Iterator[tuple[str, tuple[Touch, ...]]]:
        for parent, pair in self._pairs(commit):
            yield parent, self.differences[pair]

    @cached_property
    def touched(self) -> tuple[Touch, ...]:
        """Return what all commits touch, against any parent."""
        return tuple(touch for commit in self.commits for _, touches in self._touches(commit) for touch in touches)

    @cached_property
    def wanted(self) -> tuple[set[str], set[str]]:
        """Return the files whose presence or policy counts, as `<commit>:<path>`, and the blobs that are compared."""
        names = {f"{self.base}:{path}" for path in self.policy}
        blobs = set[str]()
        for commit in self.commits:
            for parent, touches in self._touches(commit):
                placed = [touch for touch in self._compared(commit, touches) if layout.place(touch.path) is not None]
                blobs.update(blob for touch in placed for blob in (touch.before, touch.after) if blob)
                names.update(f"{at}:{path}" for at in (parent, self.base) if at for path in _closing(touches))
        return names, blobs

    def fetch(self) -> None:
        """Ask which files stood where, and for the bytes of all that is compared by meaning."""
        names, blobs = self.wanted
        sizes = self.repository.sizes([*names, *blobs])
        self.ids = {name: sizes[name][0] for name in names if name in sizes}
        if self.read.past.store is not None:
            there = (name.partition(":")[2] for name in self.ids if sizes[name][1] <= _MOST)
            listed = [path for path in there if path.endswith("/agencies.yml")]
            known = self.repository.listing(self.base, layout.SCHEMAS.rstrip("/"), *listed).entries
            self.lists = self.read.past.lists(tuple(sorted(known.items())))
        paths = {name: name.partition(":")[2] for name in self.ids}
        policy = {self.ids[name] for name, path in paths.items() if not _closes(path) and path not in self.lists}
        small = {blob: size for blob, size in sizes.values() if size <= _MOST and (blob in blobs or blob in policy)}
        self.data.update(self.repository.objects(small))
        closing = _closing(self.touched)
        absent = {path for path in closing if f"{self.base}:{path}" not in self.ids}
        if self.repository.ever_touched(self.base, sorted(absent)):
            self.lost = frozenset(path for path in absent if closed.counts(self.record, path))

    @cached_property
    def record(self) -> ProofSubject:
        """Return what the history of BASE says of what is closed there; few ranges ask."""
        return prove.closed_at(self.repository, self.base)

    @cached_property
    def policy(self) -> set[str]:
        """Return the files of BASE that say what is allowed, of the years and agencies that the range touches."""
        found = (layout.place(path) for path in {touch.path for touch in self.touched})
        places = [place for place in found if place is not None and place.year is not None]
        paths = {ACCESS_PATH, f"{layout.DATA}calendar.yml"}
        for place in places:
            year = place.year or ""
            paths |= {layout.path_of(year, kind) for kind in layout.OWED_BY_YEAR}
            # What asks for an explanation says when it is due; a stage of another name may be one.
            if place.stage and KIND_OF.get(place.stage, "explain") == "explain":
                agencies = {place.agency} if place.agency else self.agencies_of(year) if place.kind == "seal" else ()
                asking = self.stages_of(year).of_kind("appraise")
                paths |= {layout.path_of(year, stage, agency) for stage in asking for agency in agencies}
        return paths

    def stages_of(self, year: str) -> Stages:
        """Return the stages of a year at BASE; the usual five where it has no cycle that can be read."""
        if year not in self.stages:
            document = self._at_base(layout.path_of(year, "cycle"))
            self.stages[year] = (stages_of(document) if document is not None else None) or USUAL
        return self.stages[year]

    def agencies_of(self, year: str) -> frozenset[str]:
        """Return the slugs of a year's agencies at BASE."""
        document = self._at_base(layout.path_of(year, "agencies"))
        listed = nodes.value_at(document.root if document else None, "agencies")
        return frozenset(listed.values) if isinstance(listed, nodes.Mapping) else frozenset()

    def _at_base(self, path: str) -> Document | None:
        blob, size = self.repository.sizes([f"{self.base}:{path}"]).get(f"{self.base}:{path}", ("", _MOST + 1))
        if size > _MOST:
            return None
        if (path, blob) not in self.read.documents:
            self.read.documents[path, blob] = documents.read(path, self.repository.objects([blob])[blob])
        return self.read.documents[path, blob]

    def version(self, path: str, blob: str, before: str | None = None) -> Version:
        """Return a file as it can be compared; the same bytes are read once, and of a next version what differs."""
        if (path, blob) not in self.read.versions:
            data, was = self.data.get(blob), self.read.versions.get((path, before or ""))
            known = None if was is None else was.root
            old = self.data.get(before or "", b"")
            root = None if data is None else documents.read_next(path, data, old, known)
            self.read.versions[path, blob] = Version(path, layout.place(path), root)
        return self.read.versions[path, blob]

    def state(self) -> BaseState:
        """Return what BASE says of rights and windows."""
        named = ((path, self.ids.get(f"{self.base}:{path}")) for path in sorted(self.policy))
        files = tuple((path, blob) for path, blob in named if blob is not None)
        if files in self.read.states:
            return self.read.states[files]
        state = self._read_state(files)
        if state.access_exists and not state.access_lost:  # else it depends on what stood before as well
            self.read.states[files] = state
        return state

    def _read_state(self, named: tuple[tuple[str, str], ...]) -> BaseState:
        heads = {path: known.head() for path, known in self.lists.items()}
        placed = (
            (layout.place(path), Document(path, heads.get(path) or self.version(path, blob).root))
            for path, blob in named
        )
        files = [Placed(place, document) for place, document in placed if place is not None]
        access = next((file.document for file in files if file.document.path == ACCESS_PATH), None)
        world = read_world(file for file in files if file.place.kind != "access")
        readable = read_access(access) if access is not None else None
        last = readable or self._last_access()
        return BaseState(
            access=last,
            access_exists=access is not None or last is not None,
            access_lost=readable is None and last is not None,
            cycles={name: year.cycle for name, year in world.years.items()},
            monitors={
                name: {code: criterion.monitor for code, criterion in year.criteria.items()}
                for name, year in world.years.items()
            },
            calendar=world.calendar,
            requests={
                (name, stage, agency): document.date
                for name, year in world.years.items()
                for stage in year.cycle.stages.of_kind("appraise")
                for agency, file in year.stages.get(stage, {}).items()
                if (document := file.documents.get("requested")) is not None and document.date is not None
            },
        )

    def _last_access(self) -> Access | None:
        """Return the last access.yml of the branch before BASE that can be read."""
        for commit in self.repository.touching(self.base, ACCESS_PATH):
            found = self.repository.sizes([f"{commit}:{ACCESS_PATH}"]).values()
            for blob, size in found:
                data = self.repository.blob(blob) if size <= _MOST else b""
                access = read_access(documents.read(ACCESS_PATH, data))
                if access is not None:
                    return access
        return None

    def strays(self) -> Mapping[str, tuple[str, ...]]:
        """Return for each merge the guarded paths on which it is not what git makes of its parents."""
        merges = [commit for commit in self.commits if len(commit.parents) == 2]
        found = self.repository.merge_strays((commit.parents[0], commit.parents[1], commit.tree) for commit in merges)
        return {
            commit.id: tuple(path for path in paths if self.whole or is_guarded(path))
            for commit, paths in zip(merges, found, strict=True)
        }

    def examined(self, commit: Commit, strays: tuple[str, ...]) -> Examined:
        """Return one commit with all that was found of it."""
        later = self.differences.get((commit.tree, self.known[self.head].tree), ())
        seen = self._review(commit)
        return Examined(
            commit=commit,
            signature=signatures.verify(commit.signature, commit.payload, NAMESPACE),
            steps=tuple(self._step(commit, parent, touches) for parent, touches in self._touches(commit)),
            strays=strays,
            moved_on=any(is_guarded(touch.path) for touch in later),
            reviewed=self.differences[seen] if seen else None,
        )

    def _compared(self, commit: Commit, touches: tuple[Touch, ...]) -> Iterator[Touch]:
        """Yield the files that are compared by meaning.

        Of a merge, whose tree is git's own, these are approvals, and files of stages that are as none of its parents.
        """
        if len(commit.parents) < 2:
            yield from (touch for touch in touches if is_guarded(touch.path))
            return
        both = set.intersection(*({touch.path for touch in side} for _, side in self._touches(commit)))
        for touch in touches:
            place = layout.place(touch.path)
            if place is not None and (place.kind == "approval" or (place.kind == layout.STAGE and touch.path in both)):
                yield touch

    def _step(self, commit: Commit, parent: str, touches: tuple[Touch, ...]) -> ParentStep:
        merge = len(commit.parents) > 1
        # A merge is held against what each parent had closed; a commit, against what BASE had closed as well.
        held = (parent,) if merge else (parent, self.base)
        closing = {path for path in _closing(touches) if any(f"{at}:{path}" in self.ids for at in held)}
        closing |= frozenset() if merge else self.lost
        stages = {stage for touch in touches if (stage := stage_of(touch.path)) is not None and _seal(stage) in closing}
        touched = {year for touch in touches if (year := scoring_year(touch.path)) is not None}
        years = {year for year in touched if _approval(year) in closing and self._is_approved(year, held)}
        shut = [touch for touch in touches if stage_of(touch.path) in stages or scoring_year(touch.path) in years]
        back = {year for year in years if closed.is_as_approved(self.record, year, commit.id)}
        return ParentStep(
            parent=parent,
            parent_at=self.known[parent].committer.at if parent else Moment(0, ""),
            touches=touches,
            pairs=tuple(self._pair(touch) for touch in self._compared(commit, touches)),
            sealed=frozenset(stages),
            approved=frozenset(years),
            restored=frozenset(
                touch.path
                for touch in shut
                if scoring_year(touch.path) in back or closed.is_restored(self.record, touch.path, self._digest(touch))
            ),
            rewritten=frozenset(
                touch.path
                for touch in touches
                if _closes(touch.path) and (touch.before or touch.path in self.lost) and self._rewrites(touch)
            ),
            whole=self.whole,
        )

    def _is_approved(self, year: str, held: tuple[str, ...]) -> bool:
        blobs = [blob for at in held if (blob := self.ids.get(f"{at}:{_approval(year)}")) is not None]
        read = (documents.read(_approval(year), self.repository.blob(blob)).root for blob in blobs)
        return not blobs or any(map(is_approved, read))

    def _digest(self, touch: Touch) -> str | None:
        return digest_of(self.repository.blob(touch.after)) if touch.after is not None else None

    def _rewrites(self, touch: Touch) -> bool:
        if not touch.path.endswith("/approval.yml"):
            return not closed.may_become(self.record, touch.path, self._digest(touch))
        old, new = (
            approval_entries(self.version(touch.path, blob).root) if blob else ()
            for blob in (touch.before, touch.after)
        )
        return not closed.may_follow(self.record, touch.path, old, new)

    def _pair(self, touch: Touch) -> Pair:
        return (
            self._version(touch.path, touch.before_mode, touch.before),
            self._version(touch.path, touch.after_mode, touch.after, touch.before),
        )

    def _version(self, path: str, mode: str, blob: str | None, before: str | None = None) -> Version | None:
        if blob is None:
            return None
        place = layout.place(path)
        readable = place is not None and mode not in (LINK_MODE, SUBMODULE_MODE)
        return self.version(path, blob, before) if readable else Version(path, place, None)


def _closes(path: str) -> bool:
    """Tell whether a file is one that closes what it speaks of, and is written once."""
    place = layout.place(path)
    return place is not None and place.kind in ("seal", "amendment", "approval")


def _closing(touches: tuple[Touch, ...]) -> set[str]:
    """Return the files whose presence closes what is touched, and those of them that are touched."""
    return {path for touch in touches for path in _closing_one(touch.path)}


@lru_cache(maxsize=1 << 14)  # as of `place`
def _closing_one(path: str) -> tuple[str, ...]:
    stage, year = stage_of(path), scoring_year(path)
    own = (path if _closes(path) else None, stage and _seal(stage), year and _approval(year))
    return tuple(filter(None, own))


def _seal(stage: StageOfYear) -> str:
    return layout.path_of(stage[0], "seals", stage[1])


def _approval(year: str) -> str:
    return layout.path_of(year, "approval")


# --- the second person ----------------------------------------------------------------------------------------------


def review(repository: Repository, base: str, key: Path, at: Moment) -> tuple[Judgement, str]:
    """Approve what HEAD has and BASE has not: an empty signed commit, and the branch moves only if guard takes it.

    It is judged by the newest laws, as a clone need not know what its server pins; the commit bears both trailers, so
    that it counts by either edition.

    Returns:
        The judgement of the range with the new commit, and that commit's id.

    Raises:
        ParindexError: The clone lacks history, nothing needs a second person, or the key is nobody's.
    """
    if repository.is_incomplete():
        raise ParindexError("shallow-clone")
    head = repository.resolve("HEAD")
    start = repository.merge_base(repository.resolve(base), head)
    if start is None:
        raise ParindexError("review-not-ahead", base=base)
    before = gather(repository, start, head, None)
    if not needs_review(before):
        raise ParindexError("nothing-to-review", base=base)
    access = before.state.access
    holder = access.key_holder(signatures.public_key(key), at.day) if access else None
    if holder is None or holder.person is None:
        raise ParindexError("reviewer-unknown", path=str(key))
    person, tree = holder.person, repository.commits([head])[head].tree
    trailers = f"{TRAILERS[EDITION]}: {start}\n{TRAILERS[FIRST_EDITION]}: {tree}\n"
    author, message = f"{person.id} <{person.email}>", f"Duyệt {head[:12]}\n\n{trailers}"
    made = write_signed(repository, key, partial(commit_bytes, tree, head, author, at, message=message))
    judgement = judge(gather(repository, start, made, None))
    if not judgement.refused:
        repository.move_head(made, head)
    return judgement, made

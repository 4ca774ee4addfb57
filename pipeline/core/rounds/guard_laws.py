"""Whether the signer of each commit of a range had the right to make it: the laws of guard, as pure functions.

Roles, keys, windows and seals are those of the state before (BASE), never of the change under judgement. What git says
is gathered by `pipeline.flows.guard`; the words of a finding stand in the labels under `guard.law`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final, TypeAlias

from pipeline.core.ground import nodes
from pipeline.core.ground.nodes import Document
from pipeline.core.ground.problems import Problem
from pipeline.core.record.access import ACCESS, OF_AN_AGENCY, PATH, RULES, Access, Person, lost_keys, read_access
from pipeline.core.record.calendar import deadline
from pipeline.core.record.layout import DATA, SCORING_KINDS, STAGE, Place, place
from pipeline.core.record.model import Calendar, Cycle
from pipeline.core.record.stages import KIND_OF, SURVEY
from pipeline.core.rounds.approvals import moved_after
from pipeline.core.rounds.changes import Change, Pair, Version, compare, right_of
from pipeline.core.rounds.commits import (
    EXECUTABLE_MODE,
    LINK_MODE,
    NO_MODE,
    PLAIN_MODE,
    SUBMODULE_MODE,
    Commit,
    Moment,
    Signature,
    Touch,
)
from pipeline.core.rounds.proofs import Proof
from pipeline.core.rounds.seals import is_of_stage

REVIEWED: Final = "Reviewed-tree"  # the trailer of a review, which names the tree that was approved
CLOCK_SKEW: Final = 300  # seconds by which two honest clocks may differ
_FOLDERS: Final = (DATA, "schemas/")
_LOOK: Final = frozenset(folder.rstrip("/") for folder in _FOLDERS)
_HIDERS: Final = (".gitattributes", ".gitmodules")
_REWRITTEN: Final = "file-rewritten"  # bytes differ and nothing else: comments, order, quoting
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")

StageOfYear: TypeAlias = tuple[str, str]  # year and stage; `survey` is a stage here


# --- what is judged -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BaseState:
    """What BASE says of rights: access.yml, windows, who monitors what, and when agencies were asked to explain.

    Where access.yml is gone or cannot be read, `access` is the last one that could, and only its repair passes.
    """

    access: Access | None
    access_exists: bool
    access_lost: bool = False
    cycles: Mapping[str, Cycle] = field(default_factory=dict)
    monitors: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)  # year -> criterion -> body
    calendar: Calendar = field(default_factory=Calendar)
    requests: Mapping[tuple[str, str, str], str] = field(default_factory=dict)  # year, asking stage, agency -> day

    def names_of(self, change: Change) -> frozenset[str]:
        """Return the names under which access.yml may give the right to a change: of a stage also its kind."""
        cycle = self.cycles.get(change.year or "")
        kind = cycle.stages.kind(change.right) if cycle is not None else KIND_OF.get(change.right)
        return frozenset({change.right} if kind is None else {change.right, kind})

    def events(self, year: str, stage: str, agency: str) -> Mapping[str, str]:
        """Return the days that a stage's working days may run from: that of the request which it answers."""
        cycle = self.cycles.get(year)
        asking = cycle.stages.asked_in(stage) if cycle is not None else None
        day = self.requests.get((year, asking, agency)) if asking is not None else None
        return {"request": day} if day is not None else {}


@dataclass(frozen=True, slots=True)
class ParentStep:
    """One commit against one of its parents: the paths that differ, and the files under guard as trees.

    `sealed` and `approved` are what stands at that parent or at BASE, of the stages and years that the step touches;
    `restored` the files of these that the step brings back as they were sealed or approved, `rewritten` the seals,
    amendments and approvals that it makes something else than what counts (`closed`).
    """

    parent: str
    parent_at: Moment
    touches: tuple[Touch, ...]
    pairs: tuple[Pair, ...] = ()
    sealed: frozenset[StageOfYear] = frozenset()
    approved: frozenset[str] = frozenset()
    restored: frozenset[str] = frozenset()
    rewritten: frozenset[str] = frozenset()

    @property
    def guarded(self) -> tuple[Touch, ...]:
        """Return what the step touches of data and schemas, look-alikes of their folders included."""
        return tuple(touch for touch in self.touches if is_guarded(touch.path))


@dataclass(frozen=True, slots=True)
class Examined:
    """One commit with its signature and its differences from every parent; of a merge, where git would not agree."""

    commit: Commit
    signature: Signature
    steps: tuple[ParentStep, ...]
    strays: tuple[str, ...] = ()  # guarded paths on which a merge is not what git makes of its parents
    moved_on: bool = False  # data or schemas at HEAD are not those of this commit

    @property
    def guarded(self) -> bool:
        """Tell whether the commit touches data or schemas, against any parent."""
        return any(step.guarded for step in self.steps)

    @property
    def is_merge(self) -> bool:
        """Tell whether the commit has several parents."""
        return len(self.steps) > 1


@dataclass(frozen=True, slots=True)
class CommitRange:
    """A range of commits, oldest first, with the state before it; `ancestor` is False where history was rewritten."""

    base: str
    head: str
    ancestor: bool
    time: Moment | None
    state: BaseState
    commits: tuple[Examined, ...]


# --- what comes of it -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Finding:
    """One law that a commit broke, or a fact to know; `refused` tells which. The code names its words."""

    code: str
    path: str = ""
    line: int = 1
    figures: Mapping[str, str] = field(default_factory=dict)
    refused: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of one commit: who signed it, on whose behalf, and whether it may stand."""

    commit: Commit
    judged: bool
    signer: Person | None
    author: Person | None
    findings: tuple[Finding, ...]

    @property
    def refused(self) -> bool:
        """Tell whether the commit broke a law."""
        return any(finding.refused for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found of a range, and of each of its commits."""

    base: str
    head: str
    time: Moment | None
    verdicts: tuple[Verdict, ...]
    findings: tuple[Finding, ...]
    cycles: Mapping[str, Cycle] = field(default_factory=dict)  # of BASE, which name the stages
    errors: tuple[Problem, ...] = ()  # that the range brings into the data
    proofs: tuple[Proof, ...] = ()  # that do not hold after it

    @property
    def refused(self) -> bool:
        """Tell whether anything in the range broke a law, or its state is not one to take in."""
        unlawful = any(one.refused for one in self.findings) or any(verdict.refused for verdict in self.verdicts)
        return unlawful or bool(self.errors or self.proofs)


@dataclass(frozen=True, slots=True)
class JudgedCommit:
    """One commit with one parent under judgement: who stands behind it, what it changes, and when."""

    history: CommitRange
    examined: Examined
    step: ParentStep
    changes: tuple[Change, ...]
    moment: Moment
    signer: Person | None
    author: Person | None  # whose rights count
    first: bool = False  # the commit that brings access.yml into a repository without one

    @property
    def access(self) -> Access:
        """Return the rights that count: those of BASE, or of the first access.yml itself."""
        found = _first_access(self.step) if self.first else self.history.state.access
        assert found is not None
        return found

    @property
    def kinds(self) -> frozenset[str]:
        """Return the kinds of access.yml that the commit changes: of a stage both its name and its kind."""
        return frozenset(name for change in self.changes for name in self.history.state.names_of(change))


def is_guarded(path: str) -> bool:
    """Tell whether a path is data or a schema, or would be taken for one on some file system."""
    top = unicodedata.normalize("NFKC", path.partition("/")[0]).casefold()
    return "".join(letter for letter in top if unicodedata.category(letter) not in ("Cf", "Mn")) in _LOOK


# --- the judge ------------------------------------------------------------------------------------------------------


def judge(history: CommitRange) -> Judgement:
    """Judge every commit of a range, and the range as a whole."""
    if not history.ancestor:
        return _whole(history, Finding("history-rewritten"))
    if not history.commits:
        return _whole(history, Finding("empty-range", refused=False))
    findings: list[Finding] = []
    if history.time is None:
        findings.append(Finding("time-not-proved", refused=False))
    if history.state.access_exists and (history.state.access is None or not _repairs_access(history)):
        findings.append(Finding("access-broken", PATH))
    cases = {
        one.commit.id: _case(history, one)
        for one in history.commits
        if len(one.steps) == 1 and (one.guarded or _is_review(one))
    }
    seconds = _second_person(history, cases)
    verdicts = tuple(_verdict(history, one, cases, seconds) for one in history.commits)
    return Judgement(history.base, history.head, history.time, verdicts, tuple(findings), history.state.cycles)


def _repairs_access(history: CommitRange) -> bool:
    """Tell whether access.yml can be read at BASE, or a range does nothing but bring it back."""
    touched = {touch.path for one in history.commits for step in one.steps for touch in step.touches}
    return not history.state.access_lost or touched == {PATH}


def _whole(history: CommitRange, finding: Finding) -> Judgement:
    return Judgement(history.base, history.head, history.time, (), (finding,))


def _verdict(
    history: CommitRange, one: Examined, cases: Mapping[str, tuple[JudgedCommit, tuple[Finding, ...]]], seconds: Seconds
) -> Verdict:
    known = cases.get(one.commit.id)
    found: tuple[Finding, ...]
    if known is not None:
        case, who = known
        laws = _LAWS if one.guarded else (_dates, _sound)
        found = (*who, *(finding for law in laws for finding in law(case)), *seconds.get(one.commit.id, ()))
        return Verdict(one.commit, judged=True, signer=case.signer, author=case.author, findings=_in_order(found))
    judged = one.guarded or len(one.steps) > 2
    found = tuple(finding for law in _MERGE_LAWS for finding in law(one, history)) if judged else ()
    return Verdict(one.commit, judged=judged, signer=None, author=None, findings=_in_order(found))


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    unique = {(f.code, f.path, tuple(sorted(f.figures.items()))): f for f in findings}
    return tuple(unique[key] for key in sorted(unique, key=lambda key: (key[1], unique[key].line, key[0])))


def _moment(history: CommitRange, commit: Commit) -> Moment:
    return history.time or commit.committer.at


# --- who: signature, key, author ------------------------------------------------------------------------------------


def _case(history: CommitRange, one: Examined) -> tuple[JudgedCommit, tuple[Finding, ...]]:
    """Find out who stands behind a commit: its signer, and the author whose rights count."""
    step = one.steps[0]
    changes = _changes(step)
    at = _moment(history, one.commit)
    first = not history.state.access_exists and _first_access(step) is not None
    bare = JudgedCommit(history, one, step, changes, at, None, None, first)
    if not first and history.state.access is None:
        return bare, () if history.state.access_exists else (Finding("no-access-yet"),)
    signer, faults = _signer(bare)
    author, more = _author(bare, signer) if not any(fault.refused for fault in faults) else (None, ())
    return JudgedCommit(history, one, step, changes, at, signer, author, first), (*faults, *more)


def _changes(step: ParentStep) -> tuple[Change, ...]:
    """Return what a step changes by meaning; a file whose bytes alone differ counts as rewritten."""
    found = compare(step.pairs)
    told = {change.path for change in found}
    return (*found, *(_rewritten(touch.path) for touch in step.guarded if touch.path not in told))


def _rewritten(path: str) -> Change:
    at = place(path)
    if at is None:
        return Change(_REWRITTEN, RULES, path, 1)
    return Change(_REWRITTEN, right_of(at), path, 1, at.year, at.stage, at.agency)


def _signer(case: JudgedCommit) -> tuple[Person | None, tuple[Finding, ...]]:
    commit, signature = case.examined.commit, case.examined.signature
    if signature.fault == "unsigned" and not _must_be_signed(case):
        return None, (Finding("unproved", figures={"email": commit.author.email}, refused=False),)
    if signature.fault is not None or signature.key is None:
        return None, (Finding(_lost(commit, signature.fault or "unsigned"), figures=_about(commit)),)
    holder = case.access.key_holder(signature.key, case.moment.day)
    if holder.person is None:
        fault = _lost(commit, holder.fault or "unknown-key")
        return None, (Finding(fault, figures={**_about(commit), "key": signature.key, "day": case.moment.day}),)
    return holder.person, ()


def _must_be_signed(case: JudgedCommit) -> bool:
    owed = case.access.signed | case.access.second_person | {ACCESS}  # a second person needs to know the first
    return bool(case.kinds & owed) or _is_review(case.examined)


def _lost(commit: Commit, fault: str) -> str:
    """Return the code for a signature that a forge removed, or replaced with its own."""
    if commit.committer.email.casefold() == commit.author.email.casefold():
        return fault
    return {"unsigned": "signature-lost", "unknown-key": "forge-signature", "not-ssh-signature": "forge-signature"}.get(
        fault, fault
    )


def _about(commit: Commit) -> dict[str, str]:
    return {"author": commit.author.email, "committer": commit.committer.email}


def _author(case: JudgedCommit, signer: Person | None) -> tuple[Person | None, tuple[Finding, ...]]:
    email = case.examined.commit.author.email
    author = case.access.person_of(email)
    if author is None:
        return None, (Finding("unknown-author", figures={"email": email}),)
    if signer is None or author == signer:
        return author, ()
    figures = {"author": author.id, "signer": signer.id}
    if signer.agency is not None or author.role not in case.access.role_of(signer).hands_in_for:
        return None, (Finding("author-is-not-signer", figures=figures),)
    bare = [touch.path for touch in case.step.guarded if not _brings_form(case.step, touch.path)]
    return author, tuple(Finding("no-form", path, figures=figures) for path in bare)


def _brings_form(step: ParentStep, path: str) -> bool:
    """Tell whether a stage file names, by its checksum, a form that it did not name before."""
    before, after = next((pair for pair in step.pairs if _path_of(pair) == path), (None, None))
    digest = _form(after)
    at = place(path)
    return at is not None and at.kind == STAGE and digest is not None and digest != _form(before)


def _form(version: Version | None) -> str | None:
    if version is None or not isinstance(version.root, nodes.Mapping):
        return None
    form = version.root.values.get("form")
    digest = form.values.get("sha256") if isinstance(form, nodes.Mapping) else None
    return digest.text if isinstance(digest, nodes.Scalar) and _DIGEST.fullmatch(digest.text) else None


def _path_of(pair: Pair) -> str:
    known = pair[1] or pair[0]
    return known.path if known else ""


# --- the laws of a commit -------------------------------------------------------------------------------------------


def _sound(case: JudgedCommit) -> Iterator[Finding]:
    """A commit that git could read in two ways is refused."""
    if not case.examined.commit.sound:
        yield Finding("malformed-commit")
    if not case.examined.commit.parents:
        yield Finding("new-root")


def _dates(case: JudgedCommit) -> Iterator[Finding]:
    """A commit is dated neither before its parent nor after the time of judgement."""
    yield from _dated(case.examined, case.history)


def _dated(one: Examined, history: CommitRange) -> Iterator[Finding]:
    at = one.commit.committer.at
    parents = [step.parent_at for step in one.steps if step.parent]
    latest = max(parents, key=lambda parent: parent.stamp, default=at)
    if at.stamp + CLOCK_SKEW < latest.stamp:
        yield Finding("dated-before-parent", figures={"day": at.day, "parent": latest.day})
    if history.time is not None and at.stamp > history.time.stamp + CLOCK_SKEW:
        yield Finding("dated-after-time", figures={"day": at.day, "time": history.time.day})


def _shapes(case: JudgedCommit) -> Iterator[Finding]:
    """Data is plain files in their places, and no file such as .gitattributes changes how git shows them."""
    words = {LINK_MODE: "symbolic-link", SUBMODULE_MODE: "submodule", EXECUTABLE_MODE: "executable"}
    for touch in case.step.touches:
        if touch.path.rpartition("/")[2].casefold() in _HIDERS:
            yield Finding("hidden-from-review", touch.path)
    for touch in case.step.guarded:
        if touch.after_mode not in (PLAIN_MODE, NO_MODE):
            yield Finding(words.get(touch.after_mode, "executable"), touch.path, figures={"mode": touch.after_mode})
        if not touch.path.startswith(_FOLDERS):
            yield Finding("lookalike-path", touch.path)


def _alone(case: JudgedCommit) -> Iterator[Finding]:
    """Who changes access or rules changes nothing else in the same commit."""
    for kind in sorted(case.kinds & {ACCESS, RULES}):
        own = {change.path for change in case.changes if change.right == kind}
        others = [touch.path for touch in case.step.touches if touch.path not in own]
        if others:
            yield Finding(f"{kind}-not-alone", min(own), figures={"others": _listed(others)})
            return


def _rights(case: JudgedCommit) -> Iterator[Finding]:
    """Every changed line is one that the author's role may change."""
    if case.author is None:
        return
    wrong = [(word, change) for change in case.changes if (word := _wrong(case, case.author, change)) is not None]
    wrong.sort(key=lambda entry: (entry[1].path, entry[0]))
    for (path, word), entries in groupby(wrong, key=lambda entry: (entry[1].path, entry[0])):
        told = [change for _, change in entries]
        figures = {
            "person": case.author.id,
            "role": case.author.role,
            "kind": told[0].right,
            "agency": told[0].agency or "–",
            "criteria": _listed(dict.fromkeys(change.criterion or change.field or "–" for change in told)),
        }
        yield Finding(word, path, min(change.line for change in told), figures)


def _wrong(case: JudgedCommit, person: Person, change: Change) -> str | None:
    """Return the word for why a person may not make a change, None where they may."""
    role = case.access.role_of(person)
    names = case.history.state.names_of(change)
    if person.agency is not None and (not names & OF_AN_AGENCY or change.agency != person.agency):
        return "not-for-an-agency"
    if change.path in case.step.restored and "seals" in role.writes:  # what a seal lists, who seals brings back
        return None
    if not names & role.writes:
        return "no-right"
    if not role.all_agencies and (change.agency is None or change.agency != person.agency):
        return "other-agency"
    at = place(change.path)
    own_part = at is not None and at.body is not None and at.body == person.body
    if role.all_criteria or change.kind == _REWRITTEN or own_part:  # which lines a part may hold, `check` says
        return None
    if change.criterion is None:
        return "not-a-line"
    monitor = case.history.state.monitors.get(change.year or "", {}).get(change.criterion)
    return None if monitor is not None and monitor == person.body else "other-criterion"


def _access(case: JudgedCommit) -> Iterator[Finding]:
    """access.yml is never deleted, stays readable, keeps somebody who may change it, and loses no key."""
    for before, after in case.step.pairs:
        if _path_of((before, after)) != PATH:
            continue
        new = read_access(Document(PATH, after.root)) if after else None
        old = (read_access(Document(PATH, before.root)) if before else None) or case.history.state.access
        if after is None:
            yield Finding("access-deleted", PATH)
        elif new is None:
            yield Finding("access-unfit", PATH, figures={"fault": "unreadable", "about": PATH})
        else:
            for fault in new.faults:
                yield Finding("access-unfit", PATH, figures={"fault": fault.code, "about": fault.about})
            for person in lost_keys(old, new) if old else ():
                yield Finding("key-deleted", PATH, figures={"person": person})


def _windows(case: JudgedCommit) -> Iterator[Finding]:
    """A stage is written while it is open for its agency, by the windows and extensions of BASE."""
    for touch in case.step.guarded:
        stage, at = stage_of(touch.path), place(touch.path)
        if stage is not None and at is not None and touch.path not in case.step.restored:
            yield from _window(case, touch.path, at, stage[1])


def _window(case: JudgedCommit, path: str, at: Place, stage: str) -> Iterator[Finding]:
    state, day, year, agency = case.history.state, case.moment.day, at.year or "", at.agency or ""
    cycle = state.cycles.get(year)
    window = cycle.windows.get(stage) if cycle else None
    figures = {"stage": stage, "agency": agency or "–", "day": day, "year": year}
    if cycle is None or window is None:
        yield Finding("no-window", path, figures=figures)
        return
    events = state.events(year, stage, agency)
    opens = window.opens or (events.get(window.after) if window.after else None)
    try:
        last = deadline(cycle, stage, agency, calendar=state.calendar, events=events)
    except ValueError:  # a day of BASE that is none; its shape is named by check
        last = None
    if opens is None and window.after is not None:
        yield Finding("not-asked", path, figures=figures)
    elif opens is not None and day < opens and at.kind != SURVEY:  # the survey's plan stands before anybody is asked
        yield Finding("not-open-yet", path, figures={**figures, "opens": opens})
    elif last is None:
        yield Finding("no-window", path, figures=figures)
    elif day > last:
        yield Finding("closed", path, figures={**figures, "last": last})


# --- the laws of one step, whatever made it: a commit or a merge -----------------------------------------------------


def stage_of(path: str) -> StageOfYear | None:
    """Return year and stage of a file that a seal closes, None where no seal does."""
    at = place(path)
    if at is None or at.year is None:
        return None
    if at.kind == STAGE and at.stage is not None:
        return at.year, at.stage
    return (at.year, SURVEY) if is_of_stage(path, at.year, SURVEY) else None


def scoring_year(path: str) -> str | None:
    """Return the year whose scoring reads a file, None where none does or where amendments are the way to change."""
    at = place(path)
    return at.year if at is not None and at.kind in SCORING_KINDS and at.kind != "amendment" else None


def _standing(step: ParentStep) -> Iterator[Finding]:
    """What was sealed, amended or approved before this step stays as it was, or is put right."""
    for touch in step.guarded:
        at, stage, year = place(touch.path), stage_of(touch.path), scoring_year(touch.path)
        if touch.path in step.rewritten and at is not None:
            yield Finding("approval-rewritten" if at.kind == "approval" else f"{at.kind}-changed", touch.path)
        elif touch.path in step.restored:
            continue
        elif stage is not None and stage in step.sealed:
            yield Finding("sealed", touch.path, figures={"year": stage[0], "stage": stage[1]})
        elif year is not None and year in step.approved:
            yield Finding("approved", touch.path, figures={"year": year})


def _published(case: JudgedCommit) -> Iterator[Finding]:
    """The day of publication is moved, and a table taken back, until that day has come."""
    for before, after in case.step.pairs:
        if before is not None and after is not None and before.place and before.place.kind == "approval":
            day = moved_after(before.root, after.root, case.moment.day)
            if day is not None:
                yield Finding("already-published", before.path, figures={"day": day, "time": case.moment.day})


def _commit_standing(case: JudgedCommit) -> Iterator[Finding]:
    yield from _standing(case.step)


_LAWS: Final[tuple[Callable[[JudgedCommit], Iterator[Finding]], ...]] = (
    _sound,
    _dates,
    _shapes,
    _alone,
    _rights,
    _access,
    _windows,
    _published,
    _commit_standing,
)


# --- merges ---------------------------------------------------------------------------------------------------------


def _octopus(one: Examined, _history: CommitRange) -> Iterator[Finding]:
    """A merge has two parents; of more, nobody can say what git makes of them."""
    if len(one.steps) > 2:
        yield Finding("octopus", figures={"parents": str(len(one.steps))})


def _merged_by_git(one: Examined, _history: CommitRange) -> Iterator[Finding]:
    """A merge is what git makes of its parents, so it needs no signature and hides nothing."""
    if len(one.steps) == 2 and one.strays:
        yield Finding("merge-smuggles", one.strays[0], figures={"paths": _listed(one.strays)})


def _merge_sound(one: Examined, _history: CommitRange) -> Iterator[Finding]:
    if not one.commit.sound:
        yield Finding("malformed-commit")


def _merge_standing(one: Examined, _history: CommitRange) -> Iterator[Finding]:
    """What one of two merged branches closed (sealed, approved), the other must not have changed."""
    for step in one.steps:
        yield from _standing(step)


_MERGE_LAWS: Final[tuple[Callable[[Examined, CommitRange], Iterator[Finding]], ...]] = (
    _octopus,
    _merged_by_git,
    _merge_sound,
    _dated,
    _merge_standing,
)


# --- the first access.yml -------------------------------------------------------------------------------------------


def _first_access(step: ParentStep) -> Access | None:
    """Return the access.yml that a commit adds alone, None where it does anything else."""
    if [touch.path for touch in step.touches] != [PATH] or not step.pairs:
        return None
    before, after = step.pairs[0]
    return read_access(Document(PATH, after.root)) if before is None and after is not None else None


# --- the second person ----------------------------------------------------------------------------------------------

Seconds: TypeAlias = Mapping[str, tuple[Finding, ...]]
Cases: TypeAlias = Mapping[str, tuple[JudgedCommit, tuple[Finding, ...]]]


def _is_review(one: Examined) -> bool:
    return one.commit.trailer(REVIEWED) is not None


def needs_review(history: CommitRange) -> bool:
    """Tell whether any commit of a range changes what the policy wants a second person for."""
    access = history.state.access
    steps = (one.steps[0] for one in history.commits if len(one.steps) == 1 and one.guarded)
    return access is not None and any(
        history.state.names_of(change) & access.second_person for step in steps for change in _changes(step)
    )


def _second_person(history: CommitRange, cases: Cases) -> Seconds:
    """Return what is wrong with reviews, and which commits lack one that their kinds need (policy.second_person)."""
    access = history.state.access
    if access is None:
        return {}
    kinds = {name: case.kinds & access.second_person for name, (case, _) in cases.items() if case.examined.guarded}
    waiting = {name for name, needed in kinds.items() if needed}
    found: dict[str, list[Finding]] = {}
    approved: set[str] = set()
    for review in (one for one in history.commits if one.commit.id in cases and _is_review(one)):
        below = _below(history.commits, review.commit.id)
        case, faults = cases[review.commit.id]
        words = list(_review_faults(history, review, below))
        words += _approval_faults(case, [cases[name][0] for name in waiting & below], kinds)
        found[review.commit.id] = [Finding(word, figures=_reviewed(case)) for word in words]
        if not words and not any(fault.refused for fault in faults):
            approved |= {name for name in waiting & below if _approves(case, cases[name][0], kinds[name])}
    for name in waiting - approved:
        found.setdefault(name, []).append(Finding("no-review", figures={"kinds": _listed(sorted(kinds[name]))}))
    return {name: tuple(findings) for name, findings in found.items()}


def _below(commits: Iterable[Examined], top: str) -> frozenset[str]:
    """Return the ancestors of a commit within the range."""
    parents = {one.commit.id: one.commit.parents for one in commits}
    seen: set[str] = set()
    open_ends = [*parents[top]]
    while open_ends:
        here = open_ends.pop()
        if here in parents and here not in seen:
            seen.add(here)
            open_ends += parents[here]
    return frozenset(seen)


def _review_faults(history: CommitRange, review: Examined, below: frozenset[str]) -> Iterator[str]:
    if review.steps[0].touches:
        yield "review-not-empty"
    if review.commit.trailer(REVIEWED) != review.commit.tree:
        yield "review-of-another-tree"
    later = (one for one in history.commits if one.commit.id not in below and one.commit.id != review.commit.id)
    if review.moved_on or any(one.guarded and not one.is_merge for one in later):
        yield "review-voided"


def _approval_faults(
    review: JudgedCommit, waiting: list[JudgedCommit], kinds: Mapping[str, frozenset[str]]
) -> list[str]:
    """Return why a review approves nothing, if it was made by somebody known and there is something to approve."""
    if review.signer is None or not waiting:
        return []
    if review.author != review.signer:
        return ["author-is-not-signer"]
    if any(_approves(review, case, kinds[case.examined.commit.id]) for case in waiting):
        return []
    entitled = any(review.access.may_review(review.signer, kinds[case.examined.commit.id]) for case in waiting)
    return ["reviewer-is-author" if entitled else "reviewer-without-right"]


def _approves(review: JudgedCommit, case: JudgedCommit, kinds: frozenset[str]) -> bool:
    """Tell whether a review counts for a commit: its signer may approve the kinds, and had no part in the commit."""
    person = review.signer
    return person is not None and person not in (case.author, case.signer) and review.access.may_review(person, kinds)


def _reviewed(review: JudgedCommit) -> dict[str, str]:
    person, commit = review.signer, review.examined.commit
    return {
        "person": person.id if person else "–",
        "signer": person.id if person else "–",
        "author": review.author.id if review.author else commit.author.email,
        "role": person.role if person else "–",
        "tree": commit.tree,
    }


def _listed(words: Iterable[str]) -> str:
    told = list(words)
    return ", ".join(told[:5]) + (f" (+{len(told) - 5})" if len(told) > 5 else "")

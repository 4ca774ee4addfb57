"""The input and the result of guard, as records: the state before, a range of commits, findings and verdicts.

`pipeline.flows.guard` fills them from git, `guard_laws`, `windows` and `reviews` judge them, `guard_words` words
them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, TypeAlias

from pipeline.core.ground.nodes import Document
from pipeline.core.ground.problems import Problem
from pipeline.core.record.access import PATH, PROGRAM, RULES, Access, Person, read_access
from pipeline.core.record.calendar import deadline
from pipeline.core.record.layout import DATA, place
from pipeline.core.record.model import Calendar, Cycle
from pipeline.core.record.stages import KIND_OF
from pipeline.core.rounds.changes import Change, Pair, compare, right_of
from pipeline.core.rounds.commits import Commit, Moment, Signature, Touch
from pipeline.core.rounds.proofs import Proof

# The laws by their numbers (design, section 4, "One door"): 1 stood before there was a founding and judges what came
# before it; 2 guards the program, wants a second person for more, and binds reviews to changes instead of trees.
FIRST_EDITION: Final = 1
EDITION: Final = 2
FOLDERS: Final = (DATA, "schemas/")
REWRITTEN: Final = "file-rewritten"  # bytes differ and nothing else: comments, order, quoting
_LOOK: Final = frozenset(folder.rstrip("/") for folder in FOLDERS)

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

    def last_day(self, year: str, stage: str) -> str | None:
        """Return the last day of a stage, the latest of any agency; None where nothing says it.

        Raises:
            ValueError: A date of BASE is none; its shape is named by `check`.
        """
        cycle = self.cycles.get(year)
        if cycle is None:
            return None
        extended = {extension.agency for extension in cycle.extensions if extension.stage == stage}
        asked = {agency for name, _, agency in self.requests if name == year}
        days = (
            deadline(cycle, stage, agency, calendar=self.calendar, events=self.events(year, stage, agency))
            for agency in {"", *extended, *asked}
        )
        return max((day for day in days if day is not None), default=None)


@dataclass(frozen=True, slots=True)
class ParentStep:
    """One commit against one of its parents: the paths that differ, and the files under guard as trees.

    `sealed` and `approved` are what stands at that parent or at BASE, of the stages and years that the step touches;
    `restored` the files of these that the step brings back as they were sealed or approved, `rewritten` the seals,
    amendments and approvals that it makes something else than what counts (`closed`). `whole` tells that the program
    is under guard as well as data and schemas.
    """

    parent: str
    parent_at: Moment
    touches: tuple[Touch, ...]
    pairs: tuple[Pair, ...] = ()
    sealed: frozenset[StageOfYear] = frozenset()
    approved: frozenset[str] = frozenset()
    restored: frozenset[str] = frozenset()
    rewritten: frozenset[str] = frozenset()
    whole: bool = False

    @property
    def guarded(self) -> tuple[Touch, ...]:
        """Return what the step touches of what is under guard, look-alikes of the folders included."""
        return tuple(touch for touch in self.touches if self.whole or is_guarded(touch.path))

    @property
    def changes(self) -> tuple[Change, ...]:
        """Return what the step changes by meaning; a file whose bytes alone differ counts as rewritten."""
        found = compare(self.pairs)
        told = {change.path for change in found}
        return (*found, *(_rewritten(touch.path) for touch in self.guarded if touch.path not in told))


@dataclass(frozen=True, slots=True)
class Examined:
    """One commit with its signature and its differences from every parent; of a merge, where git would not agree."""

    commit: Commit
    signature: Signature
    steps: tuple[ParentStep, ...]
    strays: tuple[str, ...] = ()  # guarded paths on which a merge is not what git makes of its parents
    moved_on: bool = False  # data or schemas at HEAD are not those of this commit
    reviewed: tuple[Touch, ...] | None = None  # of a review, what differs from the base it names; None: no such base

    @property
    def guarded(self) -> bool:
        """Tell whether the commit touches what is under guard, against any parent."""
        return any(step.guarded for step in self.steps)


@dataclass(frozen=True, slots=True)
class CommitRange:
    """A range of commits, oldest first, with the state before it; `ancestor` is False where history was rewritten.

    `net` is what differs between both ends, `founding` the first commit of a repository that began under guard.
    """

    base: str
    head: str
    ancestor: bool
    time: Moment | None
    state: BaseState
    commits: tuple[Examined, ...]
    edition: int = EDITION
    net: tuple[Touch, ...] = ()
    founding: str | None = None

    @property
    def signed(self) -> frozenset[str]:
        """Return the kinds that must be signed; whoever needs a second person must be known."""
        return (self.state.access.signed if self.state.access else frozenset()) | self.second_person

    @property
    def second_person(self) -> frozenset[str]:
        """Return the kinds that a second person must see; by the first edition those of the policy alone."""
        access = self.state.access
        if access is None:
            return frozenset()
        return access.second_person if self.edition == FIRST_EDITION else access.two_people


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
    """What was found of a range, and of each of its commits; it binds where a founding is pinned."""

    base: str
    head: str
    time: Moment | None
    verdicts: tuple[Verdict, ...]
    findings: tuple[Finding, ...]
    cycles: Mapping[str, Cycle] = field(default_factory=dict)  # of BASE, which name the stages
    errors: tuple[Problem, ...] = ()  # that the range brings into the data
    proofs: tuple[Proof, ...] = ()  # that do not hold after it
    founding: str | None = None
    binding: bool = True

    @property
    def unlawful(self) -> bool:
        """Tell whether anything in the range broke a law, or its state is not one to take in."""
        broken = any(one.refused for one in self.findings) or any(verdict.refused for verdict in self.verdicts)
        return broken or bool(self.errors or self.proofs)

    @property
    def refused(self) -> bool:
        """Tell whether the range is not taken in: without a pinned founding nothing is refused."""
        return self.binding and self.unlawful


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
        found = first_access(self.step) if self.first else self.history.state.access
        assert found is not None
        return found

    @property
    def kinds(self) -> frozenset[str]:
        """Return the kinds of access.yml that the commit changes: of a stage both its name and its kind."""
        return frozenset(name for change in self.changes for name in self.history.state.names_of(change))


@lru_cache(maxsize=1 << 14)  # as of `place`
def is_guarded(path: str) -> bool:
    """Tell whether a path is data or a schema, or would be taken for one on some file system."""
    top = unicodedata.normalize("NFKC", path.partition("/")[0]).casefold()
    seen = "".join(letter for letter in top if unicodedata.category(letter) not in ("Cf", "Mn"))
    return seen.rstrip(". ") in _LOOK  # which some file systems drop at the end


def _rewritten(path: str) -> Change:
    at = place(path)
    if at is None:
        return Change(REWRITTEN, RULES if is_guarded(path) else PROGRAM, path, 1)
    return Change(REWRITTEN, right_of(at), path, 1, at.year, at.stage, at.agency)


def first_access(step: ParentStep) -> Access | None:
    """Return the access.yml that a commit adds alone, None where it does anything else."""
    if [touch.path for touch in step.touches] != [PATH] or not step.pairs:
        return None
    before, after = step.pairs[0]
    return read_access(Document(PATH, after.root)) if before is None and after is not None else None


def listed(words: Iterable[str]) -> str:
    """Return a few words in a row, and how many more there are."""
    told = list(words)
    return ", ".join(told[:5]) + (f" (+{len(told) - 5})" if len(told) > 5 else "")

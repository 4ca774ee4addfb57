"""The second person: a review binds the changes that it saw, whatever the main branch did meanwhile.

The trailer `Reviewed-from: <base>` approves every line of `git diff-tree --raw <base> <the review>`: a path, its mode
and content before and after. What a range changes in the end must be reached by such lines from what stood before, so
that one changed blob or mode afterwards is found, and two reviewed branches may arrive in one push.

Example: a review saw `approval.yml` go from blob a to b, another one from b to c. A push from a to c is approved; one
that ends at d is not, and neither is one from x to c, where x came onto the main branch meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from pipeline.core.ground.nodes import Document
from pipeline.core.record.access import PATH, PROGRAM, Person, only_ends_keys, read_access
from pipeline.core.record.layout import place
from pipeline.core.rounds.commits import Touch
from pipeline.core.rounds.judgement import EDITION, FIRST_EDITION, CommitRange, Examined, Finding, JudgedCommit, listed
from pipeline.core.rounds.windows import late_paths

TRAILERS: Final = {FIRST_EDITION: "Reviewed-tree", EDITION: "Reviewed-from"}  # what makes a commit a review
_LAPSE: Final = 30 * 24 * 60 * 60  # seconds for which a review holds
_PROSE: Final = ("docs/", ".md")

Seconds: TypeAlias = Mapping[str, tuple[Finding, ...]]  # by commit
Cases: TypeAlias = Mapping[str, tuple[JudgedCommit, tuple[Finding, ...]]]
Kinds: TypeAlias = frozenset[frozenset[str]]  # each the names, one of which who reviews must have


@dataclass(frozen=True, slots=True)
class _Awaited:
    """A file that a second person must see: how it differs in the end, the kinds, and the last commit that wrote it."""

    net: Touch
    kinds: Kinds
    commit: str


@dataclass(frozen=True, slots=True)
class _Approval:
    """A line that a review approves, who signed that review, and which commits of the range it has seen."""

    line: Touch
    review: str
    signer: Person | None
    commits: frozenset[str]


def is_review(history: CommitRange, one: Examined) -> bool:
    """Tell whether a commit says that it is a review, by the edition of its range."""
    return one.commit.trailer(TRAILERS[history.edition]) is not None


def reviews_of(history: CommitRange, cases: Cases) -> Iterator[Examined]:
    """Yield the reviews of a range that are judged, in order."""
    yield from (one for one in history.commits if one.commit.id in cases and is_review(history, one))


def of_changes(history: CommitRange, cases: Cases) -> Seconds:
    """Judge reviews by edition 2: return what is wrong with them, and which commits lack one."""
    if history.state.access is None:
        return {}
    awaited = awaited_files(history, cases)
    seen: list[_Approval] = []
    words: dict[str, list[str]] = {}
    for review in reviews_of(history, cases):
        case, faults = cases[review.commit.id]
        wrong = list(_faults(history, case))
        if not wrong and not any(fault.refused for fault in faults):
            approvals, wrong = _approved(history, case, awaited)
            seen += approvals
        words[review.commit.id] = wrong
    free = {name: case.step.touches[0] for name, (case, _) in cases.items() if ends_own_key(case)}
    own = [one for one in seen if _is_own(one, seen, {name: cases[name] for name in cases if name not in free})]
    for one in own:
        words[one.review].append("reviewer-is-author")
    lines = [one.line for one in seen if one not in own]
    missing = {path: one for path, one in awaited.items() if not _reached(one.net, [*lines, *free.values()])}
    found: dict[str, list[Finding]] = {
        name: [Finding(word, figures=reviewer(cases[name][0]), refused=bool(missing)) for word in dict.fromkeys(wrong)]
        for name, wrong in words.items()
    }
    for (commit, word), paths in _grouped(missing, lines).items():
        kinds = {min(names) for path in paths for names in missing[path].kinds}
        figures = {"kinds": listed(sorted(kinds)), "paths": listed(paths)}
        found.setdefault(commit, []).append(Finding(word, paths[0], figures=figures))
    return {name: tuple(findings) for name, findings in found.items()}


def _grouped(missing: Mapping[str, _Awaited], seen: Iterable[Touch]) -> Mapping[tuple[str, str], list[str]]:
    """Return the files that nobody approved as they are, by the commit that wrote them last and the word for why."""
    reviewed = {touch.path for touch in seen}
    found: dict[tuple[str, str], list[str]] = {}
    for path, one in sorted(missing.items()):
        word = "changed-after-review" if path in reviewed else "no-review"
        found.setdefault((one.commit, word), []).append(path)
    return found


def ends_own_key(case: JudgedCommit) -> bool:
    """Tell whether a commit does nothing but end keys of its signer, for which nobody else is needed.

    What the file says of anything else is the same, known to this program or not; comments say nothing.
    """
    person = case.signer
    if person is None or person != case.author or [touch.path for touch in case.step.touches] != [PATH]:
        return False
    before, after = (
        read_access(Document(PATH, version.root)) if version is not None else None for version in case.step.pairs[0]
    )
    if before is None or after is None or {change.field for change in case.changes} != {f"people.{person.id}.keys"}:
        return False
    return only_ends_keys(before.people[person.id], after.people[person.id])


def awaited_files(history: CommitRange, cases: Cases) -> dict[str, _Awaited]:
    """Return the files that differ in the end and that a second person must see, by path."""
    net = {touch.path: touch for touch in history.net}
    found: dict[str, _Awaited] = {}
    for name, (case, _) in cases.items():
        for path, kinds in _kinds(case).items():
            if path in net:
                before = found[path].kinds if path in found else frozenset()
                found[path] = _Awaited(net[path], kinds | before, name)
    return found


def _kinds(case: JudgedCommit) -> Mapping[str, Kinds]:
    """Return the files of a commit that a second person must see, with the kinds of what it changes there."""
    if ends_own_key(case):
        return {}
    history, late = case.history, late_paths(case)
    found: dict[str, Kinds] = {}
    for change in case.changes:
        names = history.state.names_of(change)
        prose = change.right == PROGRAM and (change.path.startswith(_PROSE[0]) or change.path.endswith(_PROSE[1]))
        owed = names & history.second_person and not prose
        if owed or change.path in late or _is_early_seal(case, change.path):
            found[change.path] = found.get(change.path, frozenset()) | {names}
    return found


def _is_early_seal(case: JudgedCommit, path: str) -> bool:
    """Tell whether a file is a seal that comes before the last day of its stage."""
    at = place(path)
    if at is None or at.kind != "seal":
        return False
    try:
        last = case.history.state.last_day(at.year or "", at.stage or "")
    except (ValueError, OverflowError):
        return True
    return last is not None and case.moment.day < last


def _faults(history: CommitRange, review: JudgedCommit) -> Iterator[str]:
    """Yield why a review counts for nothing at all."""
    now = history.time.stamp if history.time else max(one.commit.committer.at.stamp for one in history.commits)
    if review.step.touches:
        yield "review-not-empty"
    if review.examined.reviewed is None:
        yield "review-of-unknown-base"
    if now - review.examined.commit.committer.at.stamp > _LAPSE:
        yield "review-lapsed"
    if review.signer is not None and review.author != review.signer:
        yield "author-is-not-signer"


def _approved(
    history: CommitRange, review: JudgedCommit, awaited: Mapping[str, _Awaited]
) -> tuple[list[_Approval], list[str]]:
    """Return the lines that a review approves of those that are awaited, and why it does not approve the others."""
    commit = review.examined.commit
    base = commit.trailer(TRAILERS[EDITION]) or ""
    between = below_of(history.commits, commit.id)
    if base in between:  # of a base that the review does not stand on, nothing is known to have been seen before
        between -= below_of(history.commits, base) | {base}
    approvals: list[_Approval] = []
    words: list[str] = []
    for touch in review.examined.reviewed or ():
        if touch.path not in awaited:
            continue
        if not _may_see(review, awaited[touch.path].kinds):
            words.append("reviewer-without-right")
        else:
            approvals.append(_Approval(touch, commit.id, review.signer, between))
    return approvals, words


def _is_own(one: _Approval, seen: Iterable[_Approval], cases: Cases) -> bool:
    """Tell whether who approves a line wrote the same file in what they reviewed, or where nobody else has seen it.

    Else a review of an old state, or from another branch, would let its signer bring that state back alone.
    """
    path = one.line.path
    others = (other.commits for other in seen if other.line.path == path and other.signer != one.signer)
    return one.signer in _makers(cases, (cases.keys() - frozenset().union(*others)) | one.commits, path)


def _may_see(review: JudgedCommit, kinds: Kinds) -> bool:
    person = review.signer
    if person is None or person.agency is not None:
        return False
    return all(names & review.access.role_of(person).reviews for names in kinds)


def _makers(cases: Cases, commits: Collection[str], path: str) -> frozenset[Person | None]:
    """Return who made or signed what some commits change in a file."""
    made = (cases[name][0] for name in commits if name in cases)
    return frozenset(
        person
        for case in made
        if any(touch.path == path for touch in case.step.touches)
        for person in (case.author, case.signer)
    )


def _reached(net: Touch, seen: Iterable[Touch]) -> bool:
    """Tell whether approved lines lead from what a file was to what it is."""
    lines = [touch for touch in seen if touch.path == net.path]
    ends = {(net.before_mode, net.before)}
    while True:
        further = ends | {
            (touch.after_mode, touch.after) for touch in lines if (touch.before_mode, touch.before) in ends
        }
        if (net.after_mode, net.after) in further:
            return True
        if further == ends:
            return False
        ends = further


def below_of(commits: Iterable[Examined], top: str) -> frozenset[str]:
    """Return the ancestors of a commit within a range; none of a commit that stands outside it."""
    parents = {one.commit.id: one.commit.parents for one in commits}
    seen: set[str] = set()
    open_ends = [*parents.get(top, ())]
    while open_ends:
        here = open_ends.pop()
        if here in parents and here not in seen:
            seen.add(here)
            open_ends += parents[here]
    return frozenset(seen)


def reviewer(review: JudgedCommit) -> dict[str, str]:
    """Return who made a review and what it says it saw, for its findings."""
    person, commit = review.signer, review.examined.commit
    return {
        "person": person.id if person else "–",
        "signer": person.id if person else "–",
        "author": review.author.id if review.author else commit.author.email,
        "role": person.role if person else "–",
        "tree": commit.tree,
        "base": commit.trailer(TRAILERS[EDITION]) or "–",
    }

"""Whether the signer of each commit of a range had the right to make it: the laws of guard, as pure functions.

Roles, keys, windows and seals are those of the state before (BASE), never of the change under judgement. What git says
is gathered by `pipeline.flows.guard`; the words of a finding are the labels under `guard.law`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import groupby
from typing import Final, TypeAlias

from pipeline.core.ground.nodes import Document, entries_at, plain, text_at, value_at
from pipeline.core.ground.nodes import Mapping as Map
from pipeline.core.record.access import (
    ACCESS,
    ALWAYS_TWO,
    OF_AN_AGENCY,
    PATH,
    PROGRAM,
    RULES,
    Access,
    AccessFault,
    Person,
    lost_keys,
    read_access,
    without_two,
)
from pipeline.core.record.layout import DOSSIER, SCORING_KINDS, STAGE, place
from pipeline.core.record.signed_content import content_digest
from pipeline.core.rounds.changes import Change, Pair, Version, canonical, compare
from pipeline.core.rounds.commits import (
    EXECUTABLE_MODE,
    LINK_MODE,
    NO_MODE,
    PLAIN_MODE,
    SUBMODULE_MODE,
    Commit,
)
from pipeline.core.rounds.judgement import (
    FIRST_EDITION,
    FOLDERS,
    REWRITTEN,
    CommitRange,
    Examined,
    Finding,
    JudgedCommit,
    Judgement,
    ParentStep,
    Verdict,
    first_access,
    is_guarded,
    listed,
)
from pipeline.core.rounds.refounding import OLD_HEAD, is_refounding, refounding_fault
from pipeline.core.rounds.reviews import Cases, Seconds, awaited_files, ends_own_key, is_review, of_changes
from pipeline.core.rounds.reviews_of_trees import of_trees
from pipeline.core.rounds.standing import moved_after
from pipeline.core.rounds.windows import stage_of, windows

CLOCK_SKEW: Final = 300  # seconds by which two honest clocks may differ
_HIDERS: Final = (".gitattributes", ".gitmodules")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


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
    cases = _cases(history)
    seconds = (of_trees if history.edition == FIRST_EDITION else of_changes)(history, cases)
    verdicts = tuple(_verdict(history, one, cases, seconds) for one in history.commits)
    return Judgement(history.base, history.head, history.time, verdicts, tuple(findings), history.state.cycles)


def needs_review(history: CommitRange) -> bool:
    """Tell whether a range changes anything that a second person must see."""
    return bool(awaited_files(history, _cases(history)))


def _cases(history: CommitRange) -> Cases:
    """Return the commits that are judged by the laws of a commit, reviews among them, by their ids."""
    return {
        one.commit.id: _case(history, one)
        for one in history.commits
        if len(one.steps) == 1 and (one.guarded or is_review(history, one))
    }


def _repairs_access(history: CommitRange) -> bool:
    """Tell whether access.yml can be read at BASE, or a range does nothing but bring it back."""
    touched = {touch.path for one in history.commits for step in one.steps for touch in step.touches}
    return not history.state.access_lost or touched == {PATH}


def _whole(history: CommitRange, finding: Finding) -> Judgement:
    return Judgement(history.base, history.head, history.time, (), (finding,))


def _verdict(history: CommitRange, one: Examined, cases: Cases, seconds: Seconds) -> Verdict:
    known = cases.get(one.commit.id)
    found: tuple[Finding, ...]
    if known is not None:
        case, who = known
        laws, of_both = (_LAWS, _LAWS_OF_BOTH) if one.guarded else ((_sound,), (_dated,))
        own = [finding for law in laws for finding in law(case)]
        own += [finding for law in of_both for finding in law(one, history)]
        found = (*who, *own, *seconds.get(one.commit.id, ()))
        return Verdict(one.commit, judged=True, signer=case.signer, author=case.author, findings=_in_order(found))
    judged = one.guarded or len(one.steps) > 2
    laws_of_merge = (*_MERGE_LAWS, *_LAWS_OF_BOTH) if judged else ()
    found = tuple(finding for law in laws_of_merge for finding in law(one, history))
    return Verdict(one.commit, judged=judged, signer=None, author=None, findings=_in_order(found))


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    unique = {(f.code, f.path, tuple(sorted(f.figures.items()))): f for f in findings}
    return tuple(unique[key] for key in sorted(unique, key=lambda key: (key[1], unique[key].line, key[0])))


# --- who: signature, key, author ------------------------------------------------------------------------------------


def _case(history: CommitRange, one: Examined) -> tuple[JudgedCommit, tuple[Finding, ...]]:
    """Find out who stands behind a commit: its signer, and the author whose rights count."""
    step = one.steps[0]
    changes = step.changes
    at = history.time or one.commit.committer.at
    first = not history.state.access_exists and first_access(step) is not None
    bare = JudgedCommit(history, one, step, changes, at, None, None, first)
    if not first and history.state.access is None:
        return bare, () if history.state.access_exists else (Finding("no-access-yet"),)
    signer, faults = _signer(bare)
    author, more = _author(bare, signer) if not any(fault.refused for fault in faults) else (None, ())
    return JudgedCommit(history, one, step, changes, at, signer, author, first), (*faults, *more)


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
    owed = case.history.signed | {ACCESS}
    return bool(case.kinds & owed) or is_review(case.history, case.examined)


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
    asked = {change.path for change in case.changes if case.access.asks_page(case.history.state.names_of(change))}
    lacking = {touch.path: _lacks(case.step, touch.path, asked) for touch in case.step.guarded}
    return author, tuple(Finding(word, path, figures=figures) for path, word in lacking.items() if word is not None)


def _lacks(step: ParentStep, path: str, asked: Collection[str]) -> str | None:
    """Return the word for what a file lacks to be in the name of who sent its form, None where nothing is.

    A stage's file names, by its checksum, a form that it did not name before; a dossier comes with one. Where a signed
    page is asked for, the file names one that it did not name before, and says what that was signed for.
    """
    at, page = place(path), path in asked
    if at is not None and at.kind == DOSSIER:
        stages = [other for other in map(_path_of, step.pairs) if (found := place(other)) and found.unit == at.unit]
        return None if any(_lacks(step, other, asked) is None for other in stages if other != path) else "no-form"
    before, after = next((pair for pair in step.pairs if _path_of(pair) == path), (None, None))
    key = "page" if page else "sha256"
    digest = _form(after, key)
    if at is None or at.kind != STAGE or after is None or after.root is None:
        return "no-form"
    if digest is None or digest == _form(before, key):
        return "no-page" if page else "no-form"
    return "no-page" if page and content_digest(at, plain(after.root)) != _form(after, "content") else None


def _form(version: Version | None, key: str) -> str | None:
    digest = text_at(value_at(version.root, "form"), key) if version is not None else None
    return digest if digest is not None and _DIGEST.fullmatch(digest) else None


def _path_of(pair: Pair) -> str:
    known = pair[1] or pair[0]
    return known.path if known else ""


# --- the laws of a commit -------------------------------------------------------------------------------------------


def _sound(case: JudgedCommit) -> Iterator[Finding]:
    """A commit that git could read in two ways is refused, and one that begins a history without being pinned."""
    commit, pinned = case.examined.commit, case.history.founding
    if not commit.sound:
        yield Finding("malformed-commit")
    if not commit.parents and commit.id != pinned:
        yield Finding("new-root")
    if is_refounding(commit):
        touched = [touch.path for touch in case.step.touches]
        fault = refounding_fault(commit, touched) if commit.id == pinned else "not-pinned"
        if fault is not None:
            yield refounding_unfit(commit, fault)


def refounding_unfit(commit: Commit, fault: str) -> Finding:
    """Return the finding for a commit that says wrongly that it is a re-founding."""
    return Finding("refounding-unfit", figures={"fault": fault, "about": commit.trailer(OLD_HEAD) or ""})


def _dated(one: Examined, history: CommitRange) -> Iterator[Finding]:
    """A commit is dated neither before its parents nor after the time of judgement."""
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
    data = [touch for touch in case.step.touches if is_guarded(touch.path)]
    for touch in case.step.touches if data else ():
        if touch.path.rpartition("/")[2].casefold() in _HIDERS:
            yield Finding("hidden-from-review", touch.path)
    for touch in data:
        if touch.after_mode not in (PLAIN_MODE, NO_MODE):
            yield Finding(words.get(touch.after_mode, "executable"), touch.path, figures={"mode": touch.after_mode})
        if not touch.path.startswith(FOLDERS):
            yield Finding("lookalike-path", touch.path)


def _alone(case: JudgedCommit) -> Iterator[Finding]:
    """Who changes access or rules changes nothing else in the same commit."""
    for kind in sorted(case.kinds & {ACCESS, RULES}):
        own = {change.path for change in case.changes if change.right == kind}
        others = [touch.path for touch in case.step.touches if touch.path not in own]
        if others:
            yield Finding(f"{kind}-not-alone", min(own), figures={"others": listed(others)})
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
            "criteria": listed(dict.fromkeys(change.criterion or change.field or "–" for change in told)),
        }
        yield Finding(word, path, min(change.line for change in told), figures)


def _wrong(case: JudgedCommit, person: Person, change: Change) -> str | None:
    """Return the word for why a person may not make a change, None where they may."""
    if ends_own_key(case):
        return None
    role = case.access.role_of(person)
    names = case.history.state.names_of(change)
    if person.agency is not None and (not names & OF_AN_AGENCY or change.agency != person.agency):
        return "not-for-an-agency"
    if change.path in case.step.restored and "seals" in role.writes:  # what a seal lists, who seals brings back
        return None
    if not names & role.writes:
        return "no-right"
    if change.right == PROGRAM:
        return None
    if not role.all_agencies and (change.agency is None or change.agency != person.agency):
        return "other-agency"
    at = place(change.path)
    own_part = at is not None and at.body is not None and at.body == person.body
    if role.all_criteria or change.kind == REWRITTEN or own_part:  # which lines a part may hold, `check` says
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
            for fault in (*new.faults, *_lonely(case, new)):
                yield Finding("access-unfit", PATH, figures={"fault": fault.code, "about": fault.about})
            for person in lost_keys(old, new) if old else ():
                yield Finding("key-deleted", PATH, figures={"person": person})
            dropped = (old.second_person - new.second_person) & ALWAYS_TWO if old else frozenset[str]()
            if dropped and case.history.edition > FIRST_EDITION:
                yield Finding("second-person-dropped", PATH, figures={"kinds": listed(sorted(dropped))})


def _lonely(case: JudgedCommit, access: Access) -> tuple[AccessFault, ...]:
    """Return the kinds that nobody could change any more under a new access.yml, for want of two people.

    Who ends their own key may leave some: a stolen key must end at once, and who writes access.yml mends that.
    """
    faults = without_two(access, case.moment.day) if case.history.edition > FIRST_EDITION else ()
    return tuple(fault for fault in faults if fault.about == ACCESS) if ends_own_key(case) else faults


# --- the laws of one step, whatever made it: a commit or a merge -----------------------------------------------------


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


def _dossiers(case: JudgedCommit) -> Iterator[Finding]:
    """A dossier is only added to once the stage of a file is over; that the file was destroyed may be said later."""
    state = case.history.state
    for before, after in case.step.pairs if case.history.edition > FIRST_EDITION else ():
        at = before.place if before is not None else None
        if before is None or at is None or at.kind != DOSSIER:
            continue
        old, new = (_listed_files(version) for version in (before, after))
        for digest, (stage, said) in old.items():
            last = state.last_day(at.year or "", stage)
            if new.get(digest, ("", ""))[1] != said and last is not None and last < case.moment.day:
                yield Finding("dossier-changed", before.path, figures={"sha256": digest[:12], "last": last})


def _listed_files(version: Version | None) -> dict[str, tuple[str, str]]:
    """Return for each file of a dossier its stage and all that is said of it, but for its destruction."""
    root = version.root if version is not None else None
    listed = entries_at(root, "files") if isinstance(root, Map) else ()
    return {
        digest: (
            text_at(entry, "stage") or "",
            canonical(entry._replace(values={key: one for key, one in entry.values.items() if key != "destroyed"})),
        )
        for digest, entry, _ in listed
    }


_LAWS: Final[tuple[Callable[[JudgedCommit], Iterator[Finding]], ...]] = (
    _sound,
    _shapes,
    _alone,
    _rights,
    _access,
    windows,
    _published,
    _dossiers,
)


# --- merges ---------------------------------------------------------------------------------------------------------


def _octopus(one: Examined, _history: CommitRange) -> Iterator[Finding]:
    """A merge has two parents; of more, nobody can say what git makes of them."""
    if len(one.steps) > 2:
        yield Finding("octopus", figures={"parents": str(len(one.steps))})


def _merged_by_git(one: Examined, _history: CommitRange) -> Iterator[Finding]:
    """A merge is what git makes of its parents, so it needs no signature and hides nothing."""
    if len(one.steps) == 2 and one.strays:
        yield Finding("merge-smuggles", one.strays[0], figures={"paths": listed(one.strays)})


def _merge_of_lines(one: Examined, history: CommitRange) -> Iterator[Finding]:
    """A merge leaves each line as one of its parents has it: git puts texts together and knows no lines.

    Example: one branch swaps two lines that say the same, another writes into the second; git's text changes the first.
    """
    if len(one.steps) != 2 or history.edition == FIRST_EDITION:
        return
    sides = [
        {(change.path, change.criterion or change.field or "–") for change in compare(step.pairs) if change.stage}
        for step in one.steps
    ]
    for path, spots in groupby(sorted(set.intersection(*sides)), key=lambda spot: spot[0]):
        yield Finding("merge-mixes-lines", path, figures={"lines": listed(what for _, what in spots)})


def _merge_of_renamed(one: Examined, history: CommitRange) -> Iterator[Finding]:
    """A merge carries no change over to another name: who wrote the old one is judged, and nobody the new one.

    Example: main calls a file otherwise; a branch from before writes the old name, and git puts that into the new one.
    What git did not make is reported as such, by the law above.
    """
    if len(one.steps) != 2 or history.edition == FIRST_EDITION:
        return
    first, second = ({touch.path: touch for touch in step.guarded if touch.after} for step in one.steps)
    for path in sorted((first.keys() & second.keys()).difference(one.strays)):
        if first[path].before is None or second[path].before is None:
            yield Finding("merge-carries-over", path)


def _merge_sound(one: Examined, _history: CommitRange) -> Iterator[Finding]:
    if not one.commit.sound:
        yield Finding("malformed-commit")


def _all_standing(one: Examined, _history: CommitRange) -> Iterator[Finding]:
    """What was closed (sealed, approved) stays; what one of two merged branches closed, the other has not changed."""
    for step in one.steps:
        yield from _standing(step)


_LawOfExamined: TypeAlias = Callable[[Examined, CommitRange], Iterator[Finding]]
_LAWS_OF_BOTH: Final[tuple[_LawOfExamined, ...]] = (_dated, _all_standing)
_MERGE_LAWS: Final[tuple[_LawOfExamined, ...]] = (
    *(_octopus, _merged_by_git, _merge_of_lines, _merge_of_renamed),
    _merge_sound,
)

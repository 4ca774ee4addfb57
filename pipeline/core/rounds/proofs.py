"""What a repository proves of itself: seals, amendments, approvals and signatures, each proved, unproved or broken.

Pure: the history comes in as a chronicle, bytes by a reader, signatures by a verifier. A seal or table that does not
hold is broken; what the repository cannot prove is listed as unproved; a change that a later seal covers is noted.
A seal that says one digest is judged by the files that stood at its own commit, as one that lists them is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

from pipeline.core.index.approved_table import table_faults
from pipeline.core.index.scoring import score
from pipeline.core.index.words import plain_points
from pipeline.core.record.access import PATH as ACCESS_PATH
from pipeline.core.record.access import Access
from pipeline.core.record.calendar import stage_end
from pipeline.core.record.layout import SCHEMAS, SCORING_KINDS, Place, path_of, place
from pipeline.core.record.model import ApprovedTable, Calendar, Year
from pipeline.core.record.stages import SURVEY
from pipeline.core.rounds.changes import right_of
from pipeline.core.rounds.chronicle import Chronicle
from pipeline.core.rounds.commits import NAMESPACE as COMMIT_NAMESPACE
from pipeline.core.rounds.commits import Commit, Signature
from pipeline.core.rounds.refounding import OLD_HEAD, REASON, is_refounding, refounding_fault
from pipeline.core.rounds.seals import (
    NAMESPACE,
    Drift,
    Seal,
    chain,
    covered,
    drifts,
    is_moments,
    is_of_another_stage,
    is_of_other_files,
    is_of_stage,
    is_rule,
    with_files,
)
from pipeline.core.rounds.standing import FileVersion, rightful, rightful_entries

State: TypeAlias = Literal["proved", "noted", "unproved", "broken"]
HISTORY_LEFT_OUT = "history-left-out"
Verifier: TypeAlias = Callable[[str | None, bytes, str], Signature]


@dataclass(frozen=True, slots=True)
class Proof:
    """One thing that the repository proves, or does not: what it is about, and the figures of its sentence."""

    state: State
    code: str
    subject: str
    figures: Mapping[str, str] = field(default_factory=dict)


def failed(found: Iterable[Proof]) -> bool:
    """Tell whether anything is broken, or nothing could be judged because the clone lacks history."""
    return any(proof.state == "broken" or proof.code == HISTORY_LEFT_OUT for proof in found)


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of a seal: its name, the commit it leads to."""

    name: str
    commit: str


@dataclass(frozen=True)
class ProofSubject:
    """All that is judged: the whole history of the data, what stood where, and how to verify a signature.

    `digests` are sha256 of the files of the state that is judged; `written` are its seals as their files say them;
    `digests_at` gives the sha256 of some paths at a commit, `seal_at` the seal that stood there, `access_at` what
    access.yml said there, `year_at` the year's records there, `approvals_at` the entries of a file of approvals there,
    each as one text; `strays_of` the paths on which a merge is not what git makes of its parents; `founded` tells
    whether a commit is not after the pinned founding; `entered` is the day of the earliest entry of the register that
    holds a commit, None where there is none.
    """

    chronicle: Chronicle
    digests: Mapping[str, str]
    written: tuple[Seal, ...]
    unreadable: tuple[str, ...]  # paths of seals that cannot be read as one
    tags: tuple[Tag, ...]
    years: Mapping[str, Year]
    calendar: Calendar
    wanted: str | None  # the one year that is judged, None for all
    digests_at: Callable[[str, tuple[str, ...]], Mapping[str, str]]
    seal_at: Callable[[str, str], Seal | None]
    access_at: Callable[[str], Access | None]
    year_at: Callable[[str, str], Year | None]
    approvals_at: Callable[[str, str], tuple[str, ...]]
    strays_of: Callable[[Commit], frozenset[str]]
    verify: Verifier
    engine: str  # the version of the program that proves
    founded: Callable[[str], bool]
    entered: Callable[[str], str | None]

    @cached_property
    def commits(self) -> Mapping[str, Commit]:
        """Return the commits by their ids."""
        return {commit.id: commit for commit in self.chronicle.commits}

    @cached_property
    def order(self) -> Mapping[str, int]:
        """Return each commit's position, oldest first."""
        return {commit.id: number for number, commit in enumerate(reversed(self.chronicle.commits))}

    def versions(self, path: str) -> tuple[FileVersion, ...]:
        """Return what each commit that touched a file made of it, oldest first."""
        return tuple(
            FileVersion(commit, self.digests_at(commit, (path,)).get(path)) for commit in self.touches.get(path, ())
        )

    def touched(self, kind: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the paths of a kind, of the years that are judged, each with the commits that changed it."""
        for path, commits in sorted(self.touches.items()):
            found = place(path)
            if found is not None and found.kind == kind and self.wanted in (None, found.year):
                yield path, commits

    @cached_property
    def seals(self) -> tuple[Seal, ...]:
        """Return the seals of the state that is judged, each with its files."""
        return tuple(self.with_files(seal, _brought(self, seal)) for seal in self.written)

    def with_files(self, seal: Seal, commit: str) -> Seal:
        """Return a seal that a commit brought with the files that it covers, where it says only one digest of them."""
        if seal.listing is None:
            return seal
        paths = covered(self.touches, seal.year, seal.stage)
        before = (self.digests_at(parent, paths) for parent in self.commits[commit].parents)
        return with_files(seal, self.digests_at(commit, paths), before)

    @cached_property
    def signed_seals(self) -> tuple[Seal, ...]:
        """Return the seals that count, each of its own stage and signed by somebody who might, though they be lost."""
        found = ((path, rightful_seal(self, path)) for path, _ in self.touched("seal"))
        read = ((self.seal_at(version.commit, path), version.commit) for path, version in found if version is not None)
        whole = ((self.with_files(seal, commit), commit) for seal, commit in read if seal is not None)
        return tuple(seal for seal, commit in whole if _is_signed(self, seal, commit))

    @cached_property
    def touches(self) -> Mapping[str, tuple[str, ...]]:
        """Return, for each path, the commits that changed it, oldest first; a merge only where no parent had it so."""
        found: dict[str, list[str]] = {}
        for commit in reversed(self.chronicle.commits):
            for path in sorted(self.chronicle.own_paths(commit)):
                found.setdefault(path, []).append(commit.id)
        return {path: tuple(commits) for path, commits in found.items()}


def proofs(record: ProofSubject) -> tuple[Proof, ...]:
    """Return everything that was proved, could not be proved or is broken, in a fixed order."""
    return (
        *(proof for seal in record.seals for proof in _seal(record, seal)),
        *_lost_seals(record),
        *_chains(record),
        *_tags(record),
        *_moments(record),
        *_corrections(record),
        *_refoundings(record),
        *_commits(record),
        *_rewritten_approvals(record),
        *(proof for year in record.years.values() for proof in _tables(record, year)),
    )


# --- seals ----------------------------------------------------------------------------------------------------------


def _seal(record: ProofSubject, seal: Seal) -> Iterator[Proof]:
    subject = f"{seal.year}/{seal.stage}"
    commit = _brought(record, seal)
    never = {*_listed_wrongly(record, seal, commit), *left_out(record, seal, commit)}
    known = [drift for drift in drifts(seal, record.digests) if drift.path not in never]
    signer, faults = _seal_signature(record, seal, commit)
    if not _is_rightful(record, seal):
        faults.append(("seal-rewritten", {"path": seal.path, "commit": record.touches[seal.path][-1][:12]}))
    faults += [*_seal_text(record, seal, commit), *_stage_files(record, seal, known)]
    yield from (Proof("broken", code, subject, figures) for code, figures in faults)
    day = record.commits[commit].committer.at.day
    if not faults:
        whole = len(seal.files) - sum(drift.path in seal.files for drift in known)
        figures = {"person": signer, "date": seal.date, "count": str(whole), "commit": commit[:12]}
        yield Proof("proved", "seal-holds", subject, figures)
        yield from _put_right(record, seal, commit)
    if (entered := record.entered(commit)) not in (None, seal.date):
        figures = {"date": seal.date, "day": entered or "", "commit": commit[:12]}
        yield Proof("noted", "seal-entered-later", subject, figures)
    if seal.named is None and seal.date != day:
        yield Proof("noted", "seal-date-typed", subject, {"date": seal.date, "day": day, "commit": commit[:12]})
    yield from _rules(record, seal, known, subject)


def _rules(record: ProofSubject, seal: Seal, known: list[Drift], subject: str) -> Iterator[Proof]:
    """Rules are those that the year's last seal lists; what changed between two seals is noted."""
    later = next((other for other in record.seals if other.year == seal.year and other.after == seal.digest), None)
    if later is None:
        for drift in known:
            if drift.rule:
                yield Proof("broken", "rule-changed-after-seals", subject, _since(record, seal, drift.path))
        return
    for path, digest in sorted(seal.files.items()):
        if is_rule(path, seal.year) and later.files.get(path) != digest:
            figures = {**_since(record, seal, path), "stage": later.stage}
            yield Proof("noted", "rule-changed-between-seals", subject, figures)


def _brought(record: ProofSubject, seal: Seal) -> str:
    """Return the commit that first brought a seal's file as it counts."""
    first, *later = record.touches[seal.path]
    counts = rightful_seal(record, seal.path) if later else None
    return counts.commit if counts is not None else first


def _is_rightful(record: ProofSubject, seal: Seal) -> bool:
    counts = rightful_seal(record, seal.path) if len(record.touches[seal.path]) > 1 else None
    return len(record.touches[seal.path]) == 1 or (counts is not None and counts.digest == seal.digest)


def _put_right(record: ProofSubject, seal: Seal, commit: str) -> Iterator[Proof]:
    """Note what happened to a seal that holds: it replaced one that did not, or it or a file was brought back."""
    subject = f"{seal.year}/{seal.stage}"
    first = record.touches[seal.path][0]
    if commit != first:
        yield Proof("noted", "seal-replaced", subject, {"path": seal.path, "commit": commit[:12], "first": first[:12]})
    own = sorted(path for path in seal.files if not is_rule(path, seal.year))
    for path in (seal.path, *own):
        since = _since(record, seal, path)
        if since["commit"] != "–":
            yield Proof("noted", "sealed-file-brought-back", subject, since)


def rightful_seal(record: ProofSubject, path: str) -> FileVersion | None:
    """Return the version of a seal's file that counts; None where there is none, or it was lawfully taken away."""
    return rightful(record.versions(path), lambda old, new: seal_may_go(record, path, old.commit, before=new.commit))


def seal_may_go(record: ProofSubject, path: str, commit: str, *, before: str | None = None) -> bool:
    """Tell whether a seal may be replaced or taken away: it never held or came too early, and nothing rests on it.

    A seal whose files were changed afterwards holds: the files are what is brought back.

    `before`: the commit that replaced it; None for now.
    """
    stood = record.seal_at(commit, path)
    if stood is None or is_of_another_stage(stood):
        return True
    seal = record.with_files(stood, commit)
    faults = [*_seal_signature(record, seal, commit)[1], *_seal_text(record, seal, commit)]
    void = faults or left_out(record, seal, commit) or _is_early(record, seal)
    return bool(void) and not _rested_on(record, seal, before)


def _is_signed(record: ProofSubject, seal: Seal, commit: str) -> bool:
    """Tell whether a seal of its own stage was signed by somebody who might, whatever else is wrong with it."""
    return not is_of_another_stage(seal) and not _seal_signature(record, seal, commit)[1]


def _is_early(record: ProofSubject, seal: Seal) -> bool:
    year = record.years.get(seal.year)
    end = stage_end(year, seal.stage, record.calendar) if year is not None else None
    return end is not None and seal.date <= end


def _rested_on(record: ProofSubject, seal: Seal, before: str | None) -> bool:
    """Tell whether a later seal, an amendment of the stage or an approval came; one that was lost counts."""
    year = record.years.get(seal.year)
    own = {amendment.source.path for amendment in year.amendments if amendment.stage == seal.stage} if year else set()
    for entry in year.replacements if year is not None else ():
        if is_of_stage(entry.path, seal.year, seal.stage) or is_rule(entry.path, seal.year):
            own.add(entry.source.path)
    if year is not None and year.approvals:
        own.add(path_of(seal.year, "approval"))
    resting = (
        path
        for path, commits in record.touches.items()
        if (found := place(path)) is not None
        and (found.year, found.kind) in ((seal.year, "amendment"), (seal.year, "approval"))
        and (year is None or path in own or path not in record.digests)
        and (before is None or record.order[commits[0]] < record.order[before])
    )
    return any(resting) or any(other.after == seal.digest for other in record.written)


def _seal_text(record: ProofSubject, seal: Seal, commit: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """A seal speaks of the stage it stands for, lists what stood there, and is dated as its commit is."""
    if is_of_another_stage(seal):
        yield "seal-of-another-stage", {"path": seal.path}
    if is_of_other_files(seal):
        yield "seal-digest-otherwise", {"path": seal.path, "commit": commit[:12]}
    yield from (("seal-lists-other-bytes", {"path": path}) for path in _listed_wrongly(record, seal, commit))
    day = record.commits[commit].committer.at.day
    before = [record.commits[parent].committer.at.day for parent in record.commits[commit].parents]
    if seal.named is not None and (seal.date != day or day < max(before, default=day)):
        figures = {"path": seal.path, "date": seal.date, "day": day, "earlier": max(before, default=day)}
        yield "seal-dated-otherwise", figures


def _listed_wrongly(record: ProofSubject, seal: Seal, commit: str) -> tuple[str, ...]:
    """Return the files that a seal lists and that did not stand there so when it was made."""
    stood = record.digests_at(commit, tuple(seal.files))
    return tuple(sorted(path for path, digest in seal.files.items() if stood.get(path) != digest))


def left_out(record: ProofSubject, seal: Seal, commit: str) -> tuple[str, ...]:
    """Return the files of a stage that stood there when it was sealed and that its seal does not list."""
    due = [path for path in covered(record.touches, seal.year, seal.stage) if path not in seal.files]
    wanted = [path for path in due if seal.named is not None or not is_moments(path)]
    return tuple(sorted(record.digests_at(commit, tuple(wanted)))) if wanted else ()


def _stage_files(record: ProofSubject, seal: Seal, known: list[Drift]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """The stage's files are those that the seal lists; one that was there unlisted differs from one added later."""
    missed = left_out(record, seal, _brought(record, seal))
    yield from (("seal-leaves-out", {"path": path}) for path in missed)
    for drift in known:
        if not drift.rule:
            yield f"sealed-file-{drift.what}", _since(record, seal, drift.path)


def _seal_signature(record: ProofSubject, seal: Seal, commit: str) -> tuple[str, list[tuple[str, Mapping[str, str]]]]:
    """Return whose key signed, as access.yml of the seal's commit has it, and what is wrong with that."""
    access = record.access_at(commit)
    signature = record.verify(seal.signature, seal.signed, NAMESPACE)
    if signature.fault is not None or signature.key is None:
        return "", [(f"seal-{signature.fault}", {"path": seal.path})]
    if access is None:
        return "", [("seal-without-access", {"path": seal.path, "commit": commit[:12]})]
    holder = access.key_holder(signature.key, seal.date)
    if holder.person is None:
        return "", [(f"seal-{holder.fault}", {"path": seal.path})]
    if holder.person.id != seal.by:
        return "", [("seal-by-another", {"path": seal.path, "by": seal.by, "person": holder.person.name})]
    if "seals" not in access.role_of(holder.person).writes:
        return "", [("seal-without-right", {"path": seal.path, "by": holder.person.name})]
    return holder.person.name, []


def _since(record: ProofSubject, seal: Seal, path: str) -> dict[str, str]:
    return {"path": path, "commit": _first_after(record, path, _brought(record, seal))}


def _lost_seals(record: ProofSubject) -> Iterator[Proof]:
    """Every seal that was ever committed is still there and can be read, unless it might be taken away."""
    for path, commits in record.touched("seal"):
        if path not in record.digests:
            figures = {"path": path, "commit": commits[-1][:12]}
            gone = rightful_seal(record, path) is None
            yield Proof(*(("noted", "seal-taken-away") if gone else ("broken", "seal-rewritten")), path, figures)
    for path in record.unreadable:
        yield Proof("broken", "seal-unreadable", path, {"path": path})


def _chains(record: ProofSubject) -> Iterator[Proof]:
    for year in sorted({seal.year for seal in record.seals}):
        own = [seal for seal in record.seals if seal.year == year]
        ordered = chain(own)
        if ordered is None:
            yield Proof("broken", "seal-chain-broken", year, {"count": str(len(own))})
        else:
            yield Proof("proved", "seal-chain-holds", year, {"stages": ", ".join(seal.stage for seal in ordered)})


def _tags(record: ProofSubject) -> Iterator[Proof]:
    by_name = {f"seal/{seal.year}/{seal.stage}": seal for seal in record.seals}
    named = {tag.name: tag for tag in record.tags}
    for name in sorted({*by_name, *named}):
        seal, tag = by_name.get(name), named.get(name)
        if tag is None:
            yield Proof("unproved", "tag-missing", name)
        elif seal is None:
            yield Proof("broken", "tag-without-seal", name, {"commit": tag.commit[:12]})
        elif _brought(record, seal) != tag.commit:
            figures = {"commit": tag.commit[:12], "expected": _brought(record, seal)[:12]}
            yield Proof("broken", "tag-elsewhere", name, figures)


# --- moments, amendments, commits ------------------------------------------------------------------------------------


def _moments(record: ProofSubject) -> Iterator[Proof]:
    """Moments of a closed survey that no seal lists are held to the first version that history has."""
    closed = {seal.year: seal for seal in record.seals if seal.stage == SURVEY}
    loose: dict[str, list[str]] = {}
    for path, commits in record.touched("moments"):
        year = path.split("/")[1]
        seal, approvals = closed.get(year), record.years[year].approvals if year in record.years else ()
        if (seal is None and not approvals) or (seal is not None and path in seal.files):
            continue
        if len(commits) > 1 or path not in record.digests:
            yield Proof("broken", "moments-changed", path, {"first": commits[0][:12], "commit": commits[-1][:12]})
        else:
            loose.setdefault(year, []).append(commits[0][:12])
    for year, firsts in sorted(loose.items()):
        figures = {"count": str(len(firsts)), "commit": ", ".join(sorted(set(firsts)))}
        yield Proof("unproved", "moments-not-sealed", f"{year}/{SURVEY}", figures)


def rightful_amendment(record: ProofSubject, path: str) -> FileVersion | None:
    """Return the version of an amendment that counts: the first."""
    return rightful(record.versions(path), lambda *_: False)


def _corrections(record: ProofSubject) -> Iterator[Proof]:
    """An amendment is written once and stays."""
    for path, commits in record.touched("amendment"):
        counts = rightful_amendment(record, path) if len(commits) > 1 or path not in record.digests else None
        if counts is not None and record.digests.get(path) != counts.digest:
            code = "amendment-rewritten" if path in record.digests else "amendment-lost"
            yield Proof("broken", code, path, {"commit": commits[-1][:12]})
            continue
        yield Proof("proved", "amendment-stands", path, {"commit": commits[0][:12]})
        if counts is not None:
            yield Proof("noted", "amendment-brought-back", path, {"commit": commits[1][:12]})


def _refoundings(record: ProofSubject) -> Iterator[Proof]:
    """Every re-founding of the history is reported for ever; one that nobody pinned is no lawful one."""
    for commit in reversed(record.chronicle.commits):
        if is_refounding(commit) and ACCESS_PATH in record.chronicle.own_paths(commit):
            old, reason = (commit.trailer(name) or "–" for name in (OLD_HEAD, REASON))
            figures = {"day": commit.committer.at.day, "before": old, "reason": reason}
            lawful = _founds_again(record, commit)
            said: tuple[State, str] = ("noted", "founded-again") if lawful else ("broken", "refounding-unfit")
            yield Proof(*said, commit.id[:12], figures)


def _founds_again(record: ProofSubject, commit: Commit) -> bool:
    """Tell whether a commit is a re-founding in the right form, signed by its own access.yml, and not after the pin."""
    return (
        is_refounding(commit)
        and refounding_fault(commit, record.chronicle.own_paths(commit)) is None
        and _commit_fault(record, commit, record.access_at(commit.id)) is None
        and record.founded(commit.id)
    )


def _commits(record: ProofSubject) -> Iterator[Proof]:
    """Every commit that touched what the policy of its parent wants signed has the signature of someone known.

    A founding has no such parent: its own access.yml says who may sign it.
    """
    before, good, broken = 0, 0, False
    newest = record.access_at(record.chronicle.commits[0].id) if record.chronicle.commits else None
    last: dict[str, Access | None] = {}  # the access.yml of each commit, or the last before it that can be read
    for commit in reversed(record.chronicle.commits):
        older = next((last[parent] for parent in commit.parents if last.get(parent) is not None), None)
        last[commit.id] = record.access_at(commit.id) or older
        paths = record.chronicle.own_paths(commit)
        if paths and len(commit.parents) > 1:
            paths &= record.strays_of(commit)  # what git itself makes of two branches needs no signature
        kinds = {_right(path) for path in paths}
        if not kinds:
            continue
        access = record.access_at(commit.parents[0]) if commit.parents else None
        if (access is None and older is None) or _founds_again(record, commit):
            signed = _commit_fault(record, commit, record.access_at(commit.id)) is None
            good, before = good + signed, before + (not signed)
            continue
        wanted = sorted(kinds & access.signed) if access is not None else sorted(kinds)
        if not wanted:
            continue
        fault = _commit_fault(record, commit, access or (older if paths == {ACCESS_PATH} else None))
        if fault is None:
            good += 1
            yield from _after_its_end(record, commit, newest=newest)
        else:
            broken = True
            figures = {"kinds": ", ".join(wanted), "summary": commit.summary}
            yield Proof("broken", f"commit-{fault}", commit.id[:12], figures)
    if good and not broken:
        yield Proof("proved", "commits-signed", "git", {"count": str(good)})
    if before:
        yield Proof("unproved", "commits-before-access", "git", {"count": str(before), "path": ACCESS_PATH})


def _after_its_end(record: ProofSubject, commit: Commit, *, newest: Access | None) -> Iterator[Proof]:
    """Note a commit whose key was ended later for a day before it, as a stolen one is; not the commit that ends it."""
    own = record.access_at(commit.id)
    if (
        own is not newest
        and _commit_fault(record, commit, newest) == "expired-key"
        and not _commit_fault(record, commit, own)
    ):
        figures = {"author": commit.author.email, "day": commit.committer.at.day, "summary": commit.summary}
        yield Proof("noted", "commit-after-key-ended", commit.id[:12], figures)


def _commit_fault(record: ProofSubject, commit: Commit, access: Access | None) -> str | None:
    if access is None:
        return "after-access"
    signature = record.verify(commit.signature, commit.payload, COMMIT_NAMESPACE)
    if signature.fault is not None or signature.key is None or not commit.sound:
        return signature.fault or "bad-signature"
    return access.key_holder(signature.key, commit.committer.at.day).fault


def _right(path: str) -> str:
    found = place(path)
    return "rules" if found is None or path.startswith(SCHEMAS) else right_of(found)


# --- approved tables -------------------------------------------------------------------------------------------------


def rightful_approvals(record: ProofSubject, path: str) -> tuple[str, ...]:
    """Return the entries of a file of approvals that count."""
    return rightful_entries(record.approvals_at(commit, path) for commit in record.touches.get(path, ()))


def _rewritten_approvals(record: ProofSubject) -> Iterator[Proof]:
    """A new approval is added after the others; no earlier one is rewritten, and one that was is brought back."""
    for path, commits in record.touched("approval"):
        stands = record.approvals_at(commits[-1], path)
        holds = stands == rightful_approvals(record, path)
        code = "approval-brought-back" if holds else "approval-rewritten" if stands else "approval-lost"
        for commit in commits:
            then = record.approvals_at(commit, path)
            before = [record.approvals_at(parent, path) for parent in record.commits[commit].parents]
            if any(old != then[: len(old)] for old in before):
                yield Proof("noted" if holds else "broken", code, path, {"commit": commit[:12]})


def _tables(record: ProofSubject, year: Year) -> Iterator[Proof]:
    """Every approved table follows from the data it was given for, the last from today's, unless it was withdrawn."""
    for table in (entry for entry in year.decisions if entry.rows):
        figures = {"decision": table.decision.number}
        if table.withdrawn:
            yield Proof("noted", "approval-withdrawn", year.name, figures)
            continue
        last = table == year.approvals[-1]
        at, then = ("", year) if last and table.inputs == year.inputs else _when_approved(record, table)
        if then is None:
            state: State = "broken" if at else "unproved"
            yield Proof(state, f"approval-inputs-{'unknown' if at else 'before-history'}", year.name, figures)
        else:
            faults = list(table_faults(then, table))
            engines = {"engine": table.engine or "", "running": record.engine}
            yield from (Proof("broken", code, year.name, {**figures, **engines, **found}) for code, found in faults)
            if last and then is not year:
                yield from _moved(record, then, year, at)
            elif not faults:
                code = "table-reproduced" if last else "earlier-table-reproduced"
                yield Proof("proved", code, year.name, figures)


def _when_approved(record: ProofSubject, table: ApprovedTable) -> tuple[str, Year | None]:
    """Return the commit, and the year there, whose data an approval names, from its coming until the next one came.

    Without such a state the commit is the one that brought the approval, or empty where the next came with it, as when
    a year was brought from elsewhere.
    """
    number, name = table.position, (place(table.source.path) or Place("")).year or ""
    entries = {commit: record.approvals_at(commit, table.source.path) for commit in record.touches[table.source.path]}
    in_order = sorted(entries, key=record.order.__getitem__)
    came = next(commit for commit in in_order if len(entries[commit]) > number)
    replaced = next((commit for commit in in_order if len(entries[commit]) > number + 1), None)
    until = len(record.order) if replaced is None else max(record.order[replaced], record.order[came] + 1)
    touching = {c for path, commits in record.touches.items() if _scores(path, name) for c in commits}
    for commit in sorted({*touching, came}, key=record.order.__getitem__):
        if record.order[came] <= record.order[commit] < until:
            then = record.year_at(commit, name)
            if then is not None and then.inputs == table.inputs:
                return commit, then
    return "" if came == replaced else came, None


def _moved(record: ProofSubject, then: Year, now: Year, approved: str) -> Iterator[Proof]:
    """Yield what changed since an approval: the leaves whose points differ, or else the files that scoring reads."""
    figures = {"decision": now.approvals[-1].decision.number}
    leaves = list(_moved_leaves(record, then, now, approved))
    for found in leaves:
        yield Proof("broken", "table-not-reproduced", now.name, {**figures, **found})
    for path in sorted(record.touches) if not leaves else ():
        commit = _first_after(record, path, approved)
        if _scores(path, now.name) and commit != "–":
            yield Proof("broken", "approval-inputs-changed", now.name, {**figures, "path": path, "commit": commit})


def _moved_leaves(record: ProofSubject, then: Year, now: Year, approved: str) -> Iterator[dict[str, str]]:
    """Yield the leaves whose points differ from those of the approval, and which commit changed their file first."""
    old, new = ({entry.agency.slug: entry for entry in score(year).agencies} for year in (then, now))
    for agency, entry in new.items():
        for leaf in entry.leaves:
            was = old[agency].leaf(leaf.criterion.code) if agency in old else None
            if was is not None and was.points != leaf.points:
                yield {
                    "agency": agency,
                    "criterion": leaf.criterion.code,
                    "before": plain_points(was, then, "points")["points"] or "–",
                    "after": plain_points(leaf, now, "points")["points"] or "–",
                    "commit": _first_after(record, leaf.source.path if leaf.source else "", approved),
                }


def _scores(path: str, year: str) -> bool:
    found = place(path)
    return found is not None and found.year == year and found.kind in SCORING_KINDS


def _first_after(record: ProofSubject, path: str, approved: str) -> str:
    later = [c for c in record.touches.get(path, ()) if record.order[c] > record.order[approved]]
    return later[0][:12] if later else "–"

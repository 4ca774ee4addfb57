"""What a repository proves of itself: seals, amendments, approvals and signatures, each proved, unproved or broken.

Pure: the history comes in as a chronicle, bytes by a reader, signatures by a verifier. A seal or table that does not
hold is broken; what the repository does not contain, such as history left out of a clone, is unproved, and named; a
change that a later seal covers is noted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

from pipeline.core.access import PATH as ACCESS_PATH
from pipeline.core.access import Access
from pipeline.core.changes import right_of
from pipeline.core.commits import NAMESPACE as COMMIT_NAMESPACE
from pipeline.core.commits import Commit, Signature
from pipeline.core.histories import Chronicle
from pipeline.core.layout import SCHEMAS, SCORING_KINDS, place
from pipeline.core.model import Year
from pipeline.core.numbers import fixed
from pipeline.core.scoring import LeafScore, score
from pipeline.core.sealing import NAMESPACE, Drift, Seal, chain, drifts

State: TypeAlias = Literal["proved", "noted", "unproved", "broken"]
Verifier: TypeAlias = Callable[[str | None, bytes, str], Signature]


@dataclass(frozen=True, slots=True)
class Proof:
    """One thing that the repository proves, or does not: what it is about, and the figures of its sentence."""

    state: State
    code: str
    subject: str
    figures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of a seal: its name, the commit it leads to."""

    name: str
    commit: str


@dataclass(frozen=True)
class Record:
    """All that is judged: the history of the data, what stood where, and how to verify a signature.

    `digests` are sha256 of the files of the state that is judged, `blobs` their ids; `digests_at` gives the digests of
    some paths at a commit, `access_at` what access.yml said there, `year_at` the year's records there.
    """

    chronicle: Chronicle
    digests: Mapping[str, str]
    blobs: Mapping[str, str]
    seals: tuple[Seal, ...]
    tags: tuple[Tag, ...]
    years: Mapping[str, Year]
    complete: bool  # no history was left out of the clone
    digests_at: Callable[[str, tuple[str, ...]], Mapping[str, str]]
    access_at: Callable[[str], Access | None]
    year_at: Callable[[str, str], Year | None]
    verify: Verifier

    @cached_property
    def order(self) -> Mapping[str, int]:
        """Return each commit's position, oldest first."""
        return {commit.id: number for number, commit in enumerate(reversed(self.chronicle.commits))}

    @cached_property
    def touches(self) -> Mapping[str, tuple[str, ...]]:
        """Return, for each path, the commits that changed it, oldest first; a merge only where no parent had it so."""
        found: dict[str, list[str]] = {}
        for commit in reversed(self.chronicle.commits):
            for path in sorted(_touched_paths(self.chronicle, commit)):
                found.setdefault(path, []).append(commit.id)
        return {path: tuple(commits) for path, commits in found.items()}


def _touched_paths(chronicle: Chronicle, commit: Commit) -> set[str]:
    edges = [chronicle.touched.get((commit.id, parent), ()) for parent in chronicle.parents(commit)]
    sides = [{name for touch in edge for name in (touch.path, touch.was)} for edge in edges]
    return set.intersection(*sides) if sides else set()


def proofs(record: Record) -> tuple[Proof, ...]:
    """Return everything that was proved, could not be proved or is broken, in a fixed order."""
    return (
        *_whole(record),
        *(proof for seal in record.seals for proof in _seal(record, seal)),
        *_chains(record),
        *_tags(record),
        *_corrections(record),
        *_commits(record),
        *(proof for year in record.years.values() for proof in _table(record, year)),
    )


def _whole(record: Record) -> Iterator[Proof]:
    if not record.complete:
        yield Proof("unproved", "history-left-out", "git")


# --- seals ----------------------------------------------------------------------------------------------------------


def _seal(record: Record, seal: Seal) -> Iterator[Proof]:
    subject = f"{seal.year}/{seal.stage}"
    commits = record.touches.get(seal.path, ())
    if not commits:
        yield Proof("unproved", "seal-not-committed", subject, {"path": seal.path})
        return
    faults = [*_seal_history(record, seal, commits), *_seal_signature(record, seal, commits[0])]
    stood = record.digests_at(commits[0], tuple(seal.files))
    wrong = sorted(path for path, digest in seal.files.items() if stood.get(path) != digest)
    faults += [("seal-lists-other-bytes", {"path": path}) for path in wrong]
    known = list(drifts(seal, record.digests))
    faults += [(f"sealed-file-{drift.what}", _since(record, seal, drift)) for drift in known if not drift.rule]
    yield from (Proof("broken", code, subject, figures) for code, figures in faults)
    if not faults:
        figures = {"by": seal.by, "date": seal.date, "count": str(len(seal.files)), "commit": commits[0][:12]}
        yield Proof("proved", "seal-holds", subject, figures)
    last = _is_last(record, seal)
    for drift in known:
        if drift.rule and last:
            yield Proof("broken", "rule-changed-after-seals", subject, _since(record, seal, drift))
        elif drift.rule:
            yield Proof("noted", "rule-changed-between-seals", subject, _since(record, seal, drift))


def _is_last(record: Record, seal: Seal) -> bool:
    """Tell whether no later seal of the year names this one: its rules must be those of today."""
    return all(other.after != seal.digest for other in record.seals if other.year == seal.year)


def _seal_history(record: Record, seal: Seal, commits: tuple[str, ...]) -> Iterator[tuple[str, Mapping[str, str]]]:
    if len(commits) > 1:
        yield "seal-rewritten", {"path": seal.path, "commit": commits[-1][:12]}
    if record.digests.get(seal.path) != seal.digest:
        yield "seal-rewritten", {"path": seal.path, "commit": "–"}


def _seal_signature(record: Record, seal: Seal, commit: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    access = record.access_at(commit)
    signature = record.verify(seal.signature, seal.signed, NAMESPACE)
    if signature.fault is not None or signature.key is None:
        yield f"seal-{signature.fault}", {"path": seal.path}
        return
    if access is None:
        yield "seal-without-access", {"path": seal.path, "commit": commit[:12]}
        return
    holder = access.key_holder(signature.key, seal.date)
    if holder.person is None:
        yield f"seal-{holder.fault}", {"path": seal.path}
    elif holder.person.id != seal.by:
        yield "seal-by-another", {"path": seal.path, "by": seal.by, "person": holder.person.id}
    elif "seals" not in access.role_of(holder.person).writes:
        yield "seal-without-right", {"path": seal.path, "by": seal.by}


def _since(record: Record, seal: Seal, drift: Drift) -> dict[str, str]:
    sealed_at = record.order[record.touches[seal.path][0]]
    later = [commit for commit in record.touches.get(drift.path, ()) if record.order[commit] > sealed_at]
    return {"path": drift.path, "commit": later[0][:12] if later else "–"}


def _chains(record: Record) -> Iterator[Proof]:
    for year in sorted({seal.year for seal in record.seals}):
        own = [seal for seal in record.seals if seal.year == year]
        ordered = chain(own)
        if ordered is None:
            yield Proof("broken", "seal-chain-broken", year, {"count": str(len(own))})
        else:
            yield Proof("proved", "seal-chain-holds", year, {"stages": ", ".join(seal.stage for seal in ordered)})


def _tags(record: Record) -> Iterator[Proof]:
    by_name = {f"seal/{seal.year}/{seal.stage}": seal for seal in record.seals}
    named = {tag.name: tag for tag in record.tags}
    for name in sorted({*by_name, *named}):
        seal, tag = by_name.get(name), named.get(name)
        if tag is None:
            yield Proof("unproved", "tag-missing", name)
        elif seal is None:
            yield Proof("broken", "tag-without-seal", name, {"commit": tag.commit[:12]})
        elif record.touches.get(seal.path, ("",))[0] != tag.commit:
            figures = {"commit": tag.commit[:12], "expected": record.touches.get(seal.path, ("–",))[0][:12]}
            yield Proof("broken", "tag-elsewhere", name, figures)


# --- amendments, commits, tables --------------------------------------------------------------------------------------


def _corrections(record: Record) -> Iterator[Proof]:
    """An amendment is written once and stays."""
    for path, commits in sorted(record.touches.items()):
        found = place(path)
        if found is None or found.kind != "amendment":
            continue
        if path not in record.digests or len(commits) > 1:
            yield Proof("broken", "amendment-rewritten", path, {"commit": commits[-1][:12]})
        else:
            yield Proof("proved", "amendment-stands", path, {"commit": commits[0][:12]})


def _commits(record: Record) -> Iterator[Proof]:
    """Every commit that touched what the policy of its parent wants signed has the signature of someone known."""
    before, good = 0, 0
    for commit in reversed(record.chronicle.commits):
        kinds = {_right(path) for path in _touched_paths(record.chronicle, commit)}
        parent = commit.parents[0] if commit.parents else None
        access = record.access_at(parent) if parent is not None and parent in record.order else None
        if not kinds or len(commit.parents) > 1:
            continue
        if access is None:
            before += 1
            continue
        wanted = sorted(kinds & access.signed)
        if not wanted:
            continue
        signature = record.verify(commit.signature, commit.payload, COMMIT_NAMESPACE)
        fault = signature.fault
        if fault is None and signature.key is not None:
            fault = access.key_holder(signature.key, commit.committer.at.day).fault
        if fault is None:
            good += 1
        else:
            figures = {"kinds": ", ".join(wanted), "summary": commit.summary}
            yield Proof("broken", f"commit-{fault}", commit.id[:12], figures)
    if good:
        yield Proof("proved", "commits-signed", "git", {"count": str(good)})
    if before:
        yield Proof("unproved", "commits-before-access", "git", {"count": str(before), "path": ACCESS_PATH})


def _right(path: str) -> str:
    found = place(path)
    return "rules" if found is None or path.startswith(SCHEMAS) else right_of(found.kind)


def _table(record: Record, year: Year) -> Iterator[Proof]:
    """The last approved table follows from the data; where it does not, what changed since is named."""
    if not year.approvals:
        return
    last = year.approvals[-1]
    path = last.source.path
    approved = record.touches.get(path, ())
    figures = {"decision": last.decision.number}
    if last.inputs == year.inputs:
        yield Proof("proved", "table-reproduced", year.name, figures)
        return
    then = record.year_at(approved[-1], year.name) if approved else None
    told = list(_moved(record, then, year, approved[-1])) if then is not None else []
    for found in told or [{"agency": "–", "criterion": "–", "before": "–", "after": "–", "commit": "–"}]:
        yield Proof("broken", "table-not-reproduced", year.name, {**figures, **found})


def _moved(record: Record, then: Year, now: Year, approved: str) -> Iterator[dict[str, str]]:
    """Yield the leaves whose points differ from those of the approval, and which commit changed their file first."""
    old, new = ({entry.agency.slug: entry for entry in score(year).agencies} for year in (then, now))
    moved = False
    for agency, entry in new.items():
        for leaf in entry.leaves:
            was = old[agency].leaf(leaf.criterion.code) if agency in old else None
            if was is not None and was.points != leaf.points:
                moved = True
                yield {
                    "agency": agency,
                    "criterion": leaf.criterion.code,
                    "before": _points(was, then),
                    "after": _points(leaf, now),
                    "commit": _first_after(record, leaf.source.path if leaf.source else "", approved),
                }
    if not moved:
        for path in sorted(path for path in record.blobs if _scores(path, now.name)):
            commit = _first_after(record, path, approved)
            if commit != "–":
                yield {"agency": "–", "criterion": path, "before": "–", "after": "–", "commit": commit}


def _scores(path: str, year: str) -> bool:
    found = place(path)
    return found is not None and found.year == year and found.kind in SCORING_KINDS


def _first_after(record: Record, path: str, approved: str) -> str:
    later = [c for c in record.touches.get(path, ()) if record.order[c] > record.order[approved]]
    return later[0][:12] if later else "–"


def _points(leaf: LeafScore, year: Year) -> str:
    policy = year.cycle.policy.points
    return "–" if leaf.points is None else fixed(leaf.points, policy.decimals, policy.rounding)

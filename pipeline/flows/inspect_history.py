"""What the repository's history shows: the audit report of a round, the history of a criterion.

All commits are read in a few calls of git, whatever their number. What they mean: `core/rounds/history`,
`core/index/audit` and `core/rounds/audit_report`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from pipeline.adapters import documents, signatures
from pipeline.adapters.repository import Repository
from pipeline.core.ground.problems import Source
from pipeline.core.record import layout
from pipeline.core.record.authorship import GOOD, LastChange, SignatureState
from pipeline.core.record.model import Year
from pipeline.core.record.schema_fields import SchemaFields
from pipeline.core.rounds.audit_report import RoundReport, report
from pipeline.core.rounds.changes import Version
from pipeline.core.rounds.chronicle import Chronicle
from pipeline.core.rounds.commits import NAMESPACE, Commit
from pipeline.core.rounds.history import Files, History, Reader, history
from pipeline.flows.snapshot import Snapshot, fields_of, rights_in

_FOLDER = layout.DATA.rstrip("/")


def chronicle(repository: Repository, revision: str | None) -> Chronicle:
    """Return every commit up to a revision, or to the working tree where it is None, and what it did to the data."""
    return repository.chronicle(revision, _FOLDER)


def round_report(
    snapshot: Snapshot, repository: Repository, revision: str | None, *, year: str, stage: str, known: Chronicle
) -> RoundReport:
    """Return the audit report of a stage."""
    return report(
        snapshot.world,
        year,
        stage,
        problems=snapshot.problems_of_year(year),
        chronicle=known,
        find=_finder(repository, revision, known, signed=signatures_of(snapshot)),
        signature=signatures_of(snapshot),
        commit=snapshot.tree.commit,
    )


def _finder(
    repository: Repository, revision: str | None, known: Chronicle, *, signed: Callable[[Commit], SignatureState]
) -> Callable[[Source], LastChange]:
    """Return what finds who last changed a place; git is asked only about files that more than one commit touched."""
    origins = known.origins()
    commits = {commit.id: commit for commit in known.commits}

    def find(source: Source) -> LastChange:
        only = origins.get(source.path)
        found = None if only is not None else repository.last_change(revision, source.path, source.line)
        return _told(only or commits.get(found or ""), signed)

    return find


def last_changes(snapshot: Snapshot, repository: Repository, revision: str | None) -> Callable[[Source], LastChange]:
    """Return what finds who last changed a place and whose key signed it, without reading the whole history."""
    signed = signatures_of(snapshot)

    def find(source: Source) -> LastChange:
        found = repository.last_change(revision, source.path, source.line)
        return _told(None if found is None else repository.commits([found])[found], signed)

    return cache(find)


def _told(commit: Commit | None, signed: Callable[[Commit], SignatureState]) -> LastChange:
    """Return what is told of the commit that last changed a place; None where it is not committed yet.

    The name is the one in the commit; git's `blame` takes another where the working tree has a `.mailmap`.
    """
    if commit is None:
        return LastChange(None, None, None, None)
    return LastChange(commit.id, commit.author.name, commit.committer.at.day, commit.summary, signed(commit))


def signatures_of(snapshot: Snapshot) -> Callable[[Commit], SignatureState]:
    """Return what judges a commit's signature: the key must be one person's on the day of the commit."""
    access = rights_in(snapshot.tree)

    def signed(commit: Commit) -> SignatureState:
        if not commit.sound:
            return SignatureState("malformed")
        found = signatures.verify(commit.signature, commit.payload, NAMESPACE)
        if found.fault is not None or found.key is None:
            return SignatureState(found.fault or "bad-signature")
        if access is None:
            return SignatureState("unknown-key")
        holder = access.key_holder(found.key, commit.committer.at.day)
        if holder.person is None:
            return SignatureState(holder.fault or "unknown-key")
        return SignatureState(GOOD, holder.person.id, holder.person.name)

    return cache(signed)


def with_words(found: History, signed: Callable[[Commit], SignatureState], fields: SchemaFields) -> History:
    """Return a history with what its words need: the worth of each commit's signature, and what fields are called."""
    commits = {entry.commit.id: entry.commit for entry in found.entries if entry.commit is not None}
    return replace(found, signed={name: signed(commit) for name, commit in commits.items()}, fields=fields)


def criterion_history(
    snapshot: Snapshot, repository: Repository, year: Year, agency: str, *, criterion: str, known: Chronicle
) -> History:
    """Return every value that a criterion of an agency ever had, by the names they have in the snapshot."""
    found = history(known, year, agency, criterion=criterion, files=files_of(snapshot, repository))
    return with_words(found, signatures_of(snapshot), fields_of(snapshot.tree))


def files_of(snapshot: Snapshot, repository: Repository) -> Files:
    """Return what looks at versions of files, each read once, however many histories ask for it."""
    return Files(_reader(snapshot, repository))


def _reader(snapshot: Snapshot, repository: Repository) -> Reader:
    there = {file.blob: file.data for file in snapshot.tree.files.values()}
    fields = fields_of(snapshot.tree)
    known: dict[tuple[str, str], Version] = {}

    def read(path: str, blob: str) -> Version:
        if (path, blob) not in known:
            data = there[blob] if blob in there else repository.blob(blob)
            place = layout.place(path)
            known[path, blob] = Version(path, place, documents.read(path, data).root, fields.of(place))
        return known[path, blob]

    return read

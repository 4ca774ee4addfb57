"""Dossiers and their store: what every agency handed in, in every year, and where its files lie. Decision 0064."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias

from pipeline.adapters import documents
from pipeline.adapters.evidence_store import EvidenceStore
from pipeline.adapters.repository import File, Repository
from pipeline.core.forms.handed_evidence import citations, entries_of, placed
from pipeline.core.forms.packages import HandedFile
from pipeline.core.forms.read_tables import FormFinding, finding
from pipeline.core.ground.nodes import Plain, Pointer, plain
from pipeline.core.ground.problems import ParindexError
from pipeline.core.index.evidence import EvidenceRow, proved
from pipeline.core.record import layout
from pipeline.core.record.model import DossierFile, Year
from pipeline.core.record.reading import dossier_of
from pipeline.flows import writing
from pipeline.flows.snapshot import Snapshot

SETTING: Final = "parindex.store"
VARIABLE: Final = "PARINDEX_STORE"
Dossiers: TypeAlias = Mapping[str, Mapping[str, Mapping[str, DossierFile]]]  # by year, agency, sha256


def store_of(repository: Repository, *, begun: bool) -> EvidenceStore:
    """Return the store that a job's environment or the settings of the repository name.

    Args:
        repository: whose store it is.
        begun: whether files must lie in it already: then an empty folder is that of a share which is not mounted.

    Raises:
        ParindexError: None is named, or the folder is not there, or empty though it must not be.
    """
    named = os.environ.get(VARIABLE) or repository.setting(SETTING)
    if not named:
        raise ParindexError("store-not-named")
    store = EvidenceStore(repository.root / Path(named).expanduser())
    if begun and store.is_new:
        raise ParindexError("store-empty", path=str(store.root))
    return store


def dossiers_in(repository: Repository, revision: str | None, year: str | None = None) -> Dossiers:
    """Return the dossiers of a revision, or of the working tree: of one year, or of all."""
    commit = None if revision is None else repository.resolve(revision)
    years = [year] if year is not None else repository.names(commit, layout.DATA, files=False)
    folders = [f"{layout.DATA}{name}/{layout.DOSSIER}/" for name in years]
    listed = repository.listing(commit, *folders).entries if folders else {}
    found: dict[str, dict[str, Mapping[str, DossierFile]]] = {}
    for path, file in repository.files(listed, committed=commit is not None).items():
        place = layout.place(path)
        if file.plain and place is not None and place.year is not None and place.agency is not None:
            found.setdefault(place.year, {})[place.agency] = dossier_of(documents.read(path, file.data))
    return found


def are_begun(repository: Repository) -> bool:
    """Tell whether any dossier lists a file that must lie in the store."""
    return any(file.destroyed is None for _, _, file in entries(dossiers_in(repository, None)))


def entries(dossiers: Dossiers) -> Iterator[tuple[str, str, DossierFile]]:
    """Yield every file of every dossier with its year and agency."""
    for year, agencies in sorted(dossiers.items()):
        for agency, files in sorted(agencies.items()):
            yield from ((year, agency, file) for file in files.values())


def proved_rows(store: EvidenceStore, rows: Iterable[EvidenceRow]) -> tuple[EvidenceRow, ...]:
    """Return rows with what lies in the store in the place of each, every file read once."""
    found = cache(store.digest)
    return tuple(replace(row, state=proved(row, found(row.sha256) if row.sha256 else None)) for row in rows)


def reached_rows(store: EvidenceStore, rows: Iterable[EvidenceRow]) -> tuple[EvidenceRow, ...]:
    """Return rows with whether the file of each lies in the store, none of which is read."""
    return tuple(
        replace(row, state=proved(row, row.sha256 if row.sha256 and store.has(row.sha256) else None)) for row in rows
    )


@dataclass(frozen=True, slots=True)
class Addition:
    """What adding files to a dossier comes to: the files of data as they will be, and what is wrong."""

    files: Mapping[str, bytes]
    taken: tuple[HandedFile, ...]
    findings: tuple[FormFinding, ...]


def added(
    snapshot: Snapshot, year: Year, stage: str, agency: str, given: Sequence[HandedFile], *, day: str
) -> Addition:
    """Return what becomes of files that are added to a dossier: lines of the stage cite those of their documents.

    Args:
        snapshot: the data.
        year: the year.
        stage: the stage in which they came in.
        agency: whose they are.
        given: the files; one that names a document of no line is taken all the same, as a signed page is.
        day: when they came in.
    """
    files, path = snapshot.tree.files, layout.path_of(year.name, stage, agency)
    root = documents.read(path, files[path].data).root if path in files else None
    value = plain(root) if root is not None else None
    cited = list(citations(value)) if isinstance(value, dict) else []
    known = year.dossiers.get(agency, {})
    others = {slug: held for slug, held in year.dossiers.items() if slug != agency}
    found = placed(agency, cited, given, known, others)
    alone = tuple(file for file in given if file.number and file.sha256 not in found.lines.values())
    told = [one for one in found.findings if one.problem.code != "evidence-files-missing"]
    if alone:
        told = [one for one in told if one.problem.code != "evidence-files-unused"]
    if stage in year.sealed:
        told.append(finding("form-stage-sealed", agency, stage=stage, year=year.name))
    made: dict[str, bytes] = {}
    if found.lines:
        changes: dict[Pointer, str] = {
            ("lines", code, "evidence", at, "sha256"): sha for (code, at), sha in found.lines.items()
        }
        made[path] = writing.edit(files[path].data, changes)
    taken = (*found.taken, *alone)
    if new := entries_of(taken, known, day=day, stage=stage):
        place = layout.path_of(year.name, layout.DOSSIER, agency)
        made[place] = with_entries(files.get(place), new)
    return Addition(made, taken, tuple(told))


def with_entries(stood: File | None, new: Mapping[str, Plain]) -> bytes:
    """Return a dossier with new entries, or with others in their place; every other line stays."""
    if stood is None:
        return writing.dump({"format": Decimal(1), "files": dict(new)})
    return writing.edit(stood.data, {("files", digest): entry for digest, entry in new.items()})


def destroyed(
    snapshot: Snapshot, year: Year, agencies: Iterable[str], digests: Collection[str], decision: Mapping[str, Plain]
) -> Mapping[str, bytes]:
    """Return the dossiers in which files are destroyed by a decision: its number, and its date.

    Args:
        snapshot: the data.
        year: the year.
        agencies: whose files.
        digests: which of them; all where none is named.
        decision: the document.
    """
    made: dict[str, bytes] = {}
    for agency in agencies:
        listed = year.dossiers.get(agency, {}).values()
        gone = [file.id for file in listed if file.destroyed is None and (not digests or file.id in digests)]
        path = layout.path_of(year.name, layout.DOSSIER, agency)
        entry: dict[str, Plain] = {"date": decision["date"], "decision": {"number": decision["number"]}}
        if gone:
            stood = snapshot.tree.files[path].data
            made[path] = writing.edit(stood, {("files", digest, "destroyed"): entry for digest in gone})
    return made


def emptied(store: EvidenceStore, dossiers: Dossiers) -> int:
    """Take out of the store what every dossier says is destroyed, and return how many files that were."""
    listed = [file for _, _, file in entries(dossiers)]
    gone = {file.id for file in listed} - {file.id for file in listed if file.destroyed is None}
    there = [digest for digest in sorted(gone) if store.has(digest)]
    for digest in there:
        store.remove(digest)
    return len(there)

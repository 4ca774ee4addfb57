"""Dossiers and their store: what every agency handed in, in every year, and where its files lie. Decision 0064."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from pipeline.adapters import documents
from pipeline.adapters.evidence_store import EvidenceStore
from pipeline.adapters.repository import File, Repository
from pipeline.core.forms.handed_evidence import citations, document_of, elsewhere, entries_of, placed, with_files
from pipeline.core.forms.packages import HandedFile
from pipeline.core.forms.read_tables import FormFinding, finding
from pipeline.core.ground.nodes import Plain, dict_of, plain
from pipeline.core.ground.problems import ParindexError, has_errors
from pipeline.core.index.evidence import EvidenceRow, proved
from pipeline.core.record import layout
from pipeline.core.record.model import DossierFile, Year
from pipeline.core.record.reading import dossier_of
from pipeline.flows import writing
from pipeline.flows.snapshot import Snapshot

SETTING: Final = "parindex.store"
VARIABLE: Final = "PARINDEX_STORE"


def named_store(repository: Repository) -> EvidenceStore | None:
    """Return the store that a job's environment or the settings name; None where none is, as who only shows may do."""
    named = os.environ.get(VARIABLE) or repository.setting(SETTING)
    return EvidenceStore(repository.root / Path(named).expanduser()) if named else None


def store_of(repository: Repository) -> EvidenceStore:
    """Return the store that is named.

    Raises:
        ParindexError: None is, or it is not there.
    """
    store = named_store(repository)
    if store is None:
        raise ParindexError("store-not-named")
    return store


def dossiers_in(repository: Repository, revision: str | None, year: str) -> Mapping[str, Mapping[str, DossierFile]]:
    """Return the dossiers of a year, of a revision or of the working tree, by agency."""
    commit = None if revision is None else repository.resolve(revision)
    listed = repository.listing(commit, f"{layout.DATA}{year}/{layout.DOSSIER}/").entries
    return {
        place.agency: dossier_of(documents.read(path, file.data))
        for path, file in repository.files(listed, committed=commit is not None).items()
        if file.plain and (place := layout.place(path)) is not None and place.agency is not None
    }


def without_dossiers(snapshot: Snapshot) -> Snapshot:
    """Return what the data says to those who get no evidence: nothing leads to a file then."""
    years = {name: replace(year, dossiers={}) for name, year in snapshot.world.years.items()}
    return replace(snapshot, world=replace(snapshot.world, years=years))


def lay_out(store: EvidenceStore, years: Iterable[Year], folder: Path, *, only: Collection[str] = ()) -> int:
    """Put the files of dossiers below a folder, where pages lead to them; return how many were not in the store.

    Args:
        only: the agencies whose files are wanted; all where none is named.
    """
    lost = 0
    for year in years:
        for agency, files in year.dossiers.items():
            listed = [file for file in files.values() if file.destroyed is None and (not only or agency in only)]
            for file in listed:
                lost += not store.lay(file.id, folder / file.place(year.name, agency))
    return lost


def proved_rows(rows: Iterable[EvidenceRow], found: Callable[[str], str | None]) -> tuple[EvidenceRow, ...]:
    """Return rows with what lies in the store in the place of each, which is asked once for every file."""
    asked = cache(found)
    return tuple(replace(row, state=proved(row, asked(row.sha256) if row.sha256 else None)) for row in rows)


class Intake(NamedTuple):
    """What a file of a stage and a dossier say once the files that came in have their lines, and what does not fit."""

    value: Mapping[str, Plain]
    taken: tuple[HandedFile, ...]
    dossier: Mapping[str, bytes]
    findings: tuple[FormFinding, ...]


def taken_in(
    name: str,
    given: Sequence[HandedFile],
    value: Mapping[str, Plain],
    *,
    stood: tuple[str, File | None],
    stage: str,
    day: str,
    others: Mapping[str, Collection[str]],
    alone: bool = False,
    page: HandedFile | None = None,
) -> Intake:
    """Return what becomes of files that came in: lines cite those of their documents, and the dossier lists them.

    Args:
        value: what the file of the stage says; nothing where its lines cite no documents.
        stood: the path of the dossier, and the file there.
        others: what other agencies handed in, by their names.
        alone: whether a file of no line is taken where it names a document.
    """
    path, file = stood
    document = None if file is None else documents.read(path, file.data)
    if document is not None and has_errors(document.problems):
        return Intake(value, (), {}, (finding("form-file-unreadable", name, path=path),))
    known = held_in(file)
    found = placed(name, tuple(citations(value)) if given else (), given, known, others, alone=alone)
    pages = () if page is None else (replace(page, criterion=None, number=f"trang-ky {document_of(value)}"),)
    told = (*found.findings, *elsewhere("form-page-elsewhere", name, pages, others))
    new = entries_of((*found.taken, *pages), known, day=day, stage=stage)
    made = {} if not new else {path: _with_entries(file, new)}
    return Intake(with_files(value, found.lines) if found.lines else value, found.taken, made, told)


def held_in(file: File | None) -> Mapping[str, DossierFile]:
    """Return what a dossier lists."""
    return {} if file is None else dossier_of(documents.read(file.path, file.data))


def added(
    snapshot: Snapshot, year: Year, stage: str, agency: str, given: Sequence[HandedFile], *, day: str
) -> tuple[Mapping[str, bytes], Intake]:
    """Return the files of data as files of evidence that are added by hand leave them, and what became of these."""
    files, path = snapshot.tree.files, layout.path_of(year.name, stage, agency)
    place = layout.path_of(year.name, layout.DOSSIER, agency)
    document = documents.read(path, files[path].data if path in files else b"{}")
    said = {} if document.root is None or has_errors(document.problems) else dict_of(plain(document.root))
    found = taken_in(
        agency,
        given,
        said,
        stood=(place, files.get(place)),
        stage=stage,
        day=day,
        others={slug: held for slug, held in year.dossiers.items() if slug != agency},
        alone=True,
    )
    if found.value == said:
        return found.dossier, found
    if stage in year.sealed:
        figures = {"stage": stage, "year": year.name, "newest": max(snapshot.world.years)}
        found = found._replace(findings=(*found.findings, finding("form-stage-sealed", agency, **figures)))
    return {**found.dossier, path: writing.edit(files[path].data, {(): dict(found.value)})}, found


def _with_entries(stood: File | None, new: Mapping[str, Plain]) -> bytes:
    """Return a dossier with new entries; every other line stays."""
    if stood is None:
        return writing.dump({"format": Decimal(1), "files": dict(new)})
    return writing.edit(stood.data, {("files", digest): entry for digest, entry in new.items()})


def destroyed(
    snapshot: Snapshot, year: Year, agencies: Iterable[str], digests: Collection[str], decision: Mapping[str, Plain]
) -> Mapping[str, bytes]:
    """Return the dossiers in which files are destroyed by a decision: its number, and its date.

    Args:
        digests: which of them; all where none is named.
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


def emptied(store: EvidenceStore, years: Iterable[Year]) -> int:
    """Take out of the store what every dossier says is destroyed, and return how many files that were."""
    listed = [file for year in years for files in year.dossiers.values() for file in files.values()]
    gone = {file.id for file in listed} - {file.id for file in listed if file.destroyed is None}
    there = [digest for digest in sorted(gone) if store.has(digest)]
    for digest in there:
        store.remove(digest)
    return len(there)

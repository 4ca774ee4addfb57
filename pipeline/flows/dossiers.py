"""Dossiers and their store: what every agency handed in, in every year, and where its files lie. Decision 0064."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias

from pipeline.adapters import documents
from pipeline.adapters.evidence_store import EvidenceStore
from pipeline.adapters.repository import Repository
from pipeline.core.ground.problems import ParindexError
from pipeline.core.record import layout
from pipeline.core.record.model import DossierFile
from pipeline.core.record.reading import dossier_of

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

"""Packages in: a form with its files of evidence, as one archive or as a workbook with a folder beside it.

A package is read twice: first to judge it, with nothing written, then to put what was taken into the store. Both times
a piece at a time, so that a large one needs no more memory than a small one. Decision 0064.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, islice
from pathlib import Path
from typing import Final

from pipeline.adapters import archives
from pipeline.adapters.archives import Archive, BrokenArchiveError
from pipeline.adapters.evidence_store import EvidenceStore
from pipeline.adapters.repository import Repository
from pipeline.core.forms import packages
from pipeline.core.forms.packages import BroughtFile, HandedFile, PackedFile
from pipeline.core.forms.read_tables import FormFinding, finding
from pipeline.core.forms.receipts import Received
from pipeline.core.forms.signed_page import codes_in
from pipeline.core.ground.characters import shown
from pipeline.core.ground.problems import ParindexError, reached
from pipeline.flows import forms
from pipeline.flows.dossiers import store_of
from pipeline.flows.forms import Delivered, Scans

_ZIP: Final = b"PK\x03\x04"
_HEAD: Final = 16
_FORMS: Final = (".json", ".xlsx")
_HIDDEN: Final = ("thumbs.db", "desktop.ini")  # what Windows puts into folders


def open_form(name: str, path: Path, *, beside: bool = False) -> Delivered:
    """Open a form: a workbook, the document of a web form, or a package of one of them with its files of evidence.

    Args:
        beside: whether files in the folder beside a workbook, which has its name, came with it.

    Raises:
        ParindexError: The file cannot be read.
    """
    if name.lower().endswith(".zip"):
        given = _opened(name, path)
        whole = 0 < len(given.data) <= forms.MAX_BYTES
        return given if whole else replace(given, digest=_digested(pieces(path))[0])
    given = _form(name, pieces(path))
    folder = folder_beside(path) if beside else None
    return given if folder is None else _with_folder(given, folder)


def _form(name: str, told: Iterable[bytes]) -> Delivered:
    """Open the bytes of a form; of one beyond any form, as many as tell so."""
    return forms.delivered(name, b"".join(islice(told, forms.MAX_BYTES // archives.PIECE + 2)))


def _opened(name: str, path: Path) -> Delivered:
    try:
        with archives.opened(path, packages.MOST_FILES + 20) as archive:
            return _package(name, path, archive)
    except BrokenArchiveError:
        return _refused(name, finding("package-broken", name))


def folder_beside(path: Path) -> Path | None:
    """Return the folder beside a workbook that has its name, None where there is none."""
    folder = path.with_suffix("")
    return folder if path.suffix.lower() == ".xlsx" and folder.is_dir() else None


def keep(repository: Repository, given: Delivered, received: Received) -> None:
    """Put the files that were taken with a form into the store, before anything says that they are there.

    Raises:
        ParindexError: There is no store, or it or the package cannot be reached.
    """
    if taken := taken_with(given, received):
        store = store_of(repository)
        for source, group in groupby(taken, key=lambda one: one.source):
            put(store, source, [one.file for one in group])


def taken_with(given: Delivered, received: Received) -> tuple[BroughtFile, ...]:
    """Return the files that came with a form and are taken with what changes by it, each once."""
    if not received.files:
        return ()
    wanted = {file.sha256 for file in received.evidence}
    scans = () if received.scan is None else (received.scan,)
    return tuple({one.file.sha256: one for one in given.brought if one.file.sha256 in wanted}.values()) + scans


def put(store: EvidenceStore, source: Path, files: Iterable[HandedFile]) -> None:
    """Put files that came with a form into the store.

    Raises:
        ParindexError: The store or the package cannot be reached, or a file changed since it was read.
    """
    if source.is_dir():
        for file in files:
            store.put(file.sha256, pieces(source / file.path))
        return
    try:
        with archives.opened(source, packages.MOST_FILES + 20) as archive:
            top = packages.top_of(archive.files) or ""
            for file in files:
                store.put(file.sha256, archive.pieces(top + file.path))
    except BrokenArchiveError as error:
        raise ParindexError("package-changed", path=str(source)) from error


# --- a bag ----------------------------------------------------------------------------------------------------------


def _package(name: str, path: Path, archive: Archive) -> Delivered:
    """Return the form and the files of a bag; where anything of it does not hold, what is wrong and nothing else."""
    top = packages.top_of(archive.files)
    inside = {file.path.removeprefix(top or ""): file for file in archive.files}
    if packages.is_blank_form(archive.files):
        return _refused(name, finding(packages.BLANK, name))
    if top is None or packages.MANIFEST not in inside:
        return _refused(name, finding("package-not-a-bag", name, found=packages.BAGIT if top is None else top))
    if wrong := tuple(packages.wrong_entries(name, archive.files, top)):
        return _refused(name, *wrong)
    lists = (_listed(archive, inside[one]) for one in (packages.BAGIT, packages.MANIFEST))
    manifest, wrong = packages.manifest_of(name, *lists)
    if wrong:
        return _refused(name, *wrong)
    payload = {at: _digested(archive.pieces(file.path)) for at, file in inside.items() if at.startswith("data/")}
    if wrong := tuple(packages.differences(name, manifest, {at: sha for at, (sha, _) in payload.items()})):
        return _refused(name, *wrong)
    index = packages.index_of(_listed(archive, inside[packages.INDEX])) if packages.INDEX in inside else {}
    if index is None:
        return _refused(name, finding("package-not-a-bag", name, found=packages.INDEX))
    given = _form_in(name, archive, inside, index)
    if given is None:
        return _refused(name, finding("package-form-missing", name))
    form, own = given
    left = {at: told for at, told in payload.items() if at not in (own, packages.INDEX)}
    files, wrong = _evidence(name, archive, inside, left, index)
    return replace(form, source=path, evidence=files) if not wrong else _refused(name, *wrong)


def _refused(name: str, *wrong: FormFinding) -> Delivered:
    return Delivered(name, b"", wrong)


def _listed(archive: Archive, file: PackedFile) -> bytes:
    return b"".join(archive.pieces(file.path)) if file.size <= packages.MOST_LISTED else b""


def _digested(told: Iterable[bytes]) -> tuple[str, bytes]:
    """Return the sha256 of a file, and how it begins."""
    made, head = hashlib.sha256(), b""
    for piece in told:
        made.update(piece)
        head = head if len(head) >= _HEAD else (head + piece)[:_HEAD]
    return made.hexdigest(), head


def _form_in(
    name: str, archive: Archive, inside: Mapping[str, PackedFile], index: Mapping[str, object]
) -> tuple[Delivered, str] | None:
    """Return the one form of a package, and where it stands in it."""
    found = [
        at
        for at in inside
        if at.startswith(packages.PAYLOAD)
        and at.count("/") == 1
        and at.lower().endswith(_FORMS)
        and at != packages.INDEX
        and at not in index
    ]
    if len(found) != 1:
        return None
    return _form(name, archive.pieces(inside[found[0]].path)), found[0]


def _evidence(
    name: str,
    archive: Archive,
    inside: Mapping[str, PackedFile],
    payload: Mapping[str, tuple[str, bytes]],
    index: Mapping[str, tuple[str | None, str | None]],
) -> tuple[tuple[HandedFile, ...], tuple[FormFinding, ...]]:
    files: list[HandedFile] = []
    wrong = [finding("package-file-missing", name, found=shown(at)) for at in sorted(index.keys() - payload.keys())]
    for at, (digest, head) in sorted(payload.items()):
        file = inside[at]
        office = archive.inside(file.path, packages.MOST_FILES) if head.startswith(_ZIP) else None
        kind = packages.type_of(head, office)
        if kind is None:
            wrong.append(finding("evidence-file-refused", name, found=shown(at)))
        else:
            files.append(HandedFile(at, digest, file.size, kind, *index.get(at, (None, None))))
    return tuple(files), tuple(wrong)


# --- a folder beside a workbook -------------------------------------------------------------------------------------


def _with_folder(given: Delivered, folder: Path) -> Delivered:
    """Return a form with the files in the folder beside it; those that are hidden or links are left alone."""
    paths = [path for path in sorted(folder.rglob("*")) if not path.is_symlink() and path.is_file()]
    named = {at: path for path in paths if not _is_hidden(at := path.relative_to(folder).as_posix())}
    if len(named) > packages.MOST_FILES or sum(map(_size, named.values())) > packages.MOST_TOGETHER:
        return _but(given, [finding("package-too-large", given.name, limit="1 GB")])
    read = {at: file_of(path, at) for at, path in named.items()}
    given = replace(given, source=folder, evidence=tuple(file for file in read.values() if file is not None))
    return _but(given, [refusal(given.name, named[at], at) for at, file in read.items() if file is None])


def _but(given: Delivered, wrong: Sequence[FormFinding]) -> Delivered:
    """Return a form of which nothing is taken where its files are wrong; a defect at reading it comes first."""
    return (
        replace(given, opened=tuple(wrong), evidence=()) if wrong and not isinstance(given.opened, Exception) else given
    )


def _is_hidden(at: str) -> bool:
    return at.lower().endswith(_HIDDEN) or any(part.startswith((".", "~$")) for part in at.split("/"))


def refusal(name: str, path: Path, at: str) -> FormFinding:
    """Return why a file is no evidence that is taken: it is too large, or of another type."""
    if _size(path) > packages.MOST_BYTES:
        return packages.too_large(name, at)
    return finding("evidence-file-refused", name, found=shown(at))


def scan_at(path: Path) -> BroughtFile:
    """Return the scan of a signed page.

    Raises:
        ParindexError: It cannot be read, or is no PDF and no picture, by its content.
    """
    scan = _scan(path, path.name)
    if scan is None:
        raise ParindexError("form-page-not-a-scan", path=str(path))
    return scan


def scans_among(files: Mapping[str, Path]) -> Scans:
    """Return the scans among files that are no forms, as far as their names say what they are of.

    `files`: the files, by the names that their senders gave them.
    """
    scans = (_scan(path, name) for name, path in files.items() if codes_in(name))
    return forms.scans_of(scan for scan in scans if scan is not None)


def _scan(path: Path, name: str) -> BroughtFile | None:
    file = file_of(path, path.name)
    return BroughtFile(file, path.parent, name) if file is not None and file.type in packages.SCANS else None


def file_of(path: Path, at: str = "") -> HandedFile | None:
    """Return a file of evidence that lies in a folder, None where it is none that is taken."""
    if not 0 < (size := _size(path)) <= packages.MOST_BYTES:
        return None
    with reached("cannot-read", path):
        digest, head = _digested(pieces(path))
        with path.open("rb") as stream:
            inside = archives.office_parts(stream, size, packages.MOST_FILES) if head.startswith(_ZIP) else None
    kind = packages.type_of(head, inside)
    return None if kind is None else HandedFile(at, digest, size, kind)


def _size(path: Path) -> int:
    with reached("cannot-read", path):
        return path.stat().st_size


def pieces(path: Path) -> Iterator[bytes]:
    """Yield the bytes of a file, a piece at a time."""
    with reached("cannot-read", path), path.open("rb") as stream:
        while piece := stream.read(archives.PIECE):
            yield piece

"""The command form read: forms that came back become files of their stage, or proposals of them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TextIO, TypeAlias

from pipeline.adapters.repository import Repository
from pipeline.commands import common
from pipeline.commands.answers import repository_of
from pipeline.core.forms import receipts
from pipeline.core.forms.receipts import Received
from pipeline.core.ground.characters import shown
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.core.ground.text import to_json
from pipeline.flows import dossiers, forms, packages, web_forms
from pipeline.flows.snapshot import Readings

_ANNOTATED = ".ghi-chu.xlsx"  # the end of the name of a copy with comments
# What may be a form, in the right format or in one that has to be saved again; all else in a folder is left aside.
_MAY_BE_FORMS = frozenset({".xlsx", ".json", ".zip", ".xls", ".xlsm", ".xlsb", ".xltx", ".xltm", ".ods", ".csv"})
_LISTED = 10  # files left aside that are named
_Told: TypeAlias = "tuple[Received, receipts.Proposed | None]"


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Read forms into files of the stage, or propose each on a branch of its own; tell what became of each."""
    files, aside = _form_files(options.files)
    repository = repository_of(options, labels)
    expected = forms.Expected(options.year, options.stage, options.agency)
    if (options.signed or options.page) and len(files) > 1:
        raise ParindexError("form-page-of-one")
    today = None if options.today is None else common.day_of(options.today)
    told: list[_Told] = []
    try:
        if options.propose:
            for entry in _proposals(options, repository, files, today=today, expected=expected):
                told.append(entry)
                _annotate(options, entry[0], files, labels)
        else:
            told += _written(options, repository, files, today=today, expected=expected, labels=labels)
    finally:  # what was committed before an error ended the rest is printed all the same
        if options.format == "json":
            sys.stdout.write(
                to_json({"forms": [receipts.told_json(entry, labels) for entry, _ in told], "aside": aside})
            )
        elif told:
            sys.stdout.write(_told(told, labels))
        if aside and options.format == "text":
            listed = ", ".join(shown(name) for name in aside[:_LISTED]) + (", …" if len(aside) > _LISTED else "")
            print(labels.text("form.left-aside", count=len(aside), names=listed))
    for received, _ in told:
        if received.crash is not None:
            raise received.crash
        if options.page is not None and (page := web_forms.paper(repository, received)) is not None:
            common.write(Path(options.page), page)
            print(labels.text("form.page-written", path=options.page), file=sys.stderr)
    return int(any(received.errors for received, _ in told))


def _written(
    options: argparse.Namespace,
    repository: Repository,
    files: Mapping[str, Path],
    *,
    today: str | None,
    expected: forms.Expected,
    labels: Labels,
) -> list[_Told]:
    """Read all forms, then write the files that they change, each only where nobody else has changed it meanwhile."""
    given = [_opened(options, name, path, beside=True) for name, path in files.items()]
    desk = forms.desk_for(repository, None, given, expected, Readings())
    desk = replace(desk, day=common.day_to_go_by(today, desk.snapshot)[0])
    received = forms.receive(desk, given)
    if not _confirmed(options, given, received, labels):
        given = [one if one.is_package else one.alone() for one in given]
        received = forms.receive(desk, given)
    for entry in received:
        _annotate(options, entry, files, labels)
    with common.only_writer(repository.root):
        places = {path: common.place_in(repository, path) for entry in received for path in entry.files}
        stood = {path: file.data for path, file in desk.snapshot.tree.files.items()}
        kept = forms.kept(received, [path for path, at in places.items() if _present(at) != stood.get(path)])
        for one, entry in zip(given, kept, strict=True):
            _put(repository, one, entry)
        common.write_all({places[path]: data for entry in kept for path, data in entry.files.items()})
    return [(entry, None) for entry in kept]


def _put(repository: Repository, given: forms.Delivered, received: Received) -> None:
    """Put the files that came with a form into the store, before anything says that they are there."""
    if received.evidence and received.files:
        store = dossiers.store_of(repository, begun=dossiers.are_begun(repository))
        packages.put(store, given.source, received.evidence)


def _confirmed(
    options: argparse.Namespace, given: Sequence[forms.Delivered], received: Sequence[Received], labels: Labels
) -> bool:
    """Show which files of folders beside workbooks were taken for which documents, and ask whether that is right."""
    found = [
        (entry.name, file)
        for one, entry in zip(given, received, strict=True)
        if not one.is_package
        for file in entry.evidence
    ]
    if not found or options.match:
        return True
    for name, file in found:
        figures = {"name": shown(name), "file": shown(file.path), "number": file.number, "criterion": file.criterion}
        print(labels.text("form.matched", **figures))
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        print(labels.text("form.match-unconfirmed"))
        return False
    print(labels.text("form.match-question"), end=" ", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().casefold() in labels.text("form.match-yes").split()


def _present(path: Path) -> bytes | None:
    """Return what stands in a file at this moment, None where there is none."""
    return _bytes(path) if path.exists() else None


def _told(told: Sequence[_Told], labels: Labels) -> str:
    """Return what became of forms: all that is wrong, then the receipt of one, or the table of many."""
    found = "".join(receipts.findings_text(received, labels) for received, _ in told)
    if len(told) == 1:
        return found + receipts.receipt(told[0][0], labels, proposed=told[0][1])
    return found + receipts.table(told, labels)


def _annotate(options: argparse.Namespace, received: Received, files: Mapping[str, Path], labels: Labels) -> None:
    """Write a copy of a form with comments beside it where that is wanted, and say so."""
    said = receipts.comments(received, labels) if options.annotate else {}
    if not said:
        return
    path = files[received.name]
    target = path.with_name(f"{path.name.removesuffix(_ANNOTATED).removesuffix('.xlsx')}{_ANNOTATED}")
    made = forms.annotated(_bytes(path), said)
    if made is None:
        print(labels.text("form.not-annotated", path=path), file=_beside(options))
        return
    common.write(target, made)
    print(labels.text("form.annotated", path=target), file=_beside(options))


def _beside(options: argparse.Namespace) -> TextIO:
    """Return where is said what is no part of JSON."""
    return sys.stderr if options.format == "json" else sys.stdout


def _proposals(
    options: argparse.Namespace,
    repository: Repository,
    files: Mapping[str, Path],
    *,
    today: str | None,
    expected: forms.Expected,
) -> Iterator[_Told]:
    """Commit each form on a branch of its own, one after the other."""
    proposer, readings, taken = _proposer(options, repository), Readings(), dict[str, str]()
    for name, path in files.items():
        given = _opened(options, name, path, beside=options.match)
        received, proposed = forms.propose(
            repository,
            given,
            proposer,
            keep=partial(_put, repository, given),
            today=today,
            expected=expected,
            readings=readings,
            before=taken,
        )
        if proposed is not None:
            taken[proposed.branch] = name
        yield received, proposed


def _form_files(given: Sequence[str]) -> tuple[dict[str, Path], list[str]]:
    """Return the files that were named and the forms below named folders, by their names, and what else lies there.

    A copy with comments is left out beside its original; one that came back alone is a form like any other.
    """
    found: dict[str, Path] = {}
    aside: list[str] = []
    for name in given:
        path = Path(name)
        for file in sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]:
            inside = file.relative_to(path) if path.is_dir() else Path(file.name)
            original = file.with_name(f"{file.name.removesuffix(_ANNOTATED)}.xlsx")
            copied = path.is_dir() and file.name.endswith(_ANNOTATED) and original.is_file()
            if path.is_dir() and _is_evidence(file, path):
                continue
            hidden = any(part.startswith((".", "~$")) for part in inside.parts)
            if path.is_dir() and (hidden or file.suffix.lower() not in _MAY_BE_FORMS):
                aside.append(inside.as_posix())
            elif not copied:
                found[inside.as_posix() if inside.as_posix() not in found else file.as_posix()] = file
    if not found:
        raise ParindexError("form-nothing-to-read", path=", ".join(given)[:200])
    return found, aside


def _is_evidence(file: Path, top: Path) -> bool:
    """Tell whether a file lies in a folder that belongs to the workbook beside it."""
    above = file.relative_to(top).parents
    return any(part.name and (top / part).with_suffix(".xlsx").is_file() for part in above)


def _bytes(path: Path) -> bytes:
    """Return a file's bytes; of one beyond any form, as many as tell so."""
    return common.read_file(path, forms.MAX_BYTES + 1)


def _opened(options: argparse.Namespace, name: str, path: Path, *, beside: bool) -> forms.Delivered:
    """Open a form, with the scan of its signed page where one came with it."""
    given, scan = packages.open_form(name, path, beside=beside), options.signed
    page = None if scan is None else forms.page_digest(scan, common.read_file(Path(scan), forms.MAX_SCAN + 1))
    return replace(given, page=page)


def _proposer(options: argparse.Namespace, repository: Repository) -> forms.Proposer:
    """Return who proposes: the submitter, where named, and who commits for them, with the key if there is one."""
    ssh = repository.setting("gpg.format") == "ssh"
    named = options.key or (repository.setting("user.signingkey") if ssh else None)
    signs = options.key is not None or repository.setting("commit.gpgsign") == "true"
    own = (repository.setting("user.name"), repository.setting("user.email"))
    return forms.Proposer(
        author=f"{options.name} <{options.email}>" if options.name and options.email else None,
        committer=f"{own[0]} <{own[1]}>" if own[0] and own[1] else None,
        key=Path(named).expanduser() if named and signs and "::" not in named else None,
        at=common.now(),
    )

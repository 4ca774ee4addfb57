"""The command form read: forms that came back become files of their stage, or proposals of them."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import webbrowser
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO, TypeAlias

from pipeline.adapters import spreadsheets
from pipeline.adapters.repository import Repository
from pipeline.commands import common
from pipeline.commands.answers import repository_of
from pipeline.core.forms import letters, receipts
from pipeline.core.forms.letters import Letter
from pipeline.core.forms.outbox import Answer, outbox, read_outbox
from pipeline.core.forms.receipts import Received
from pipeline.core.forms.signed_page import codes_in
from pipeline.core.ground.characters import shown
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.core.ground.text import MAIN, one_line, to_json
from pipeline.core.index.words import with_stages
from pipeline.core.rounds import guard_words
from pipeline.flows import answering, dossiers, forms, packages, sending, web_forms
from pipeline.flows.sending import Rehearsal, Sent
from pipeline.flows.snapshot import Readings, words_of

_ANNOTATED = ".ghi-chu.xlsx"  # the end of the name of a copy with comments
# What may be a form, in the right format or in one that has to be saved again; all else in a folder is left aside.
_MAY_BE_FORMS = frozenset({".xlsx", ".json", ".zip", ".xls", ".xlsm", ".xlsb", ".xltx", ".xltm", ".ods", ".csv"})
_SCANNED = (".pdf", ".jpg", ".jpeg", ".png", ".tif", ".tiff")  # of a signed page, where the name says which
_LISTED = 10  # files left aside that are named
_RESULTS = "_ket-qua"  # the folder of a mailbox in which the report, the replies and the outbox are put
_MOST_OF_OUTBOX = 64 << 20  # bytes
_Told: TypeAlias = "tuple[Received, receipts.Proposed | None]"


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Read forms into files of the stage, or propose each on a branch of its own; tell what became of each."""
    if options.yes and not options.send:
        raise ParindexError("send-yes-alone")
    if options.send:
        return _mailbox(options, labels)
    files, others = _form_files(options.files, alone=bool(options.signed or options.page))
    scans = packages.scans_among(others)
    repository = repository_of(options, labels)
    expected = forms.Expected(options.year, options.stage, options.agency)
    today = None if options.today is None else common.day_of(options.today)
    told: list[_Told] = []
    try:
        if options.propose:
            for entry in _proposals(options, repository, files, scans, today=today, expected=expected):
                told.append(entry)
                _annotate(options, entry[0], files, labels)
        else:
            told += _written(options, repository, files, scans, today=today, expected=expected, labels=labels)
    finally:  # what was committed before an error ended the rest is printed all the same
        aside = _left(others, (entry for entry, _ in told), [scans])
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
        _write_page(options, repository, received, labels)
    return int(any(received.errors for received, _ in told))


def _write_page(options: argparse.Namespace, repository: Repository, received: Received, labels: Labels) -> None:
    """Write the page to sign for a form where that is wanted, and say so."""
    page = web_forms.paper(repository, received) if options.page is not None else None
    if page is not None:
        common.write(Path(options.page), page)
        print(labels.text("form.page-written", path=options.page), file=sys.stderr)


def _written(
    options: argparse.Namespace,
    repository: Repository,
    files: Mapping[str, Path],
    scans: forms.Scans,
    *,
    today: str | None,
    expected: forms.Expected,
    labels: Labels,
) -> list[_Told]:
    """Read all forms, then write the files that they change, each only where nobody else has changed it meanwhile."""
    given = [_opened(options, name, path, scans, beside=True) for name, path in files.items()]
    desk = forms.desk_for(repository, None, given, expected, Readings())
    desk = replace(desk, day=common.day_to_go_by(today, desk.snapshot)[0])
    received = forms.receive(desk, given)
    if not options.match and _unconfirmed(options, given, received, labels):
        given = [one if one.is_package else one.alone() for one in given]
        received = forms.receive(desk, given)
    if any(packages.taken_with(*one) for one in zip(given, received, strict=True)):
        dossiers.store_of(repository)
    for entry in received:
        _annotate(options, entry, files, labels)
    with common.only_writer(repository.root):
        places = {path: common.place_in(repository, path) for entry in received for path in entry.files}
        stood = {path: file.data for path, file in desk.snapshot.tree.files.items()}
        kept = forms.kept(received, [path for path, at in places.items() if _present(at) != stood.get(path)])
        for one, entry in zip(given, kept, strict=True):
            packages.keep(repository, one, entry)
        common.write_all({places[path]: data for entry in kept for path, data in entry.files.items()})
    return [(entry, None) for entry in kept]


def _unconfirmed(
    options: argparse.Namespace, given: Sequence[forms.Delivered], received: Sequence[Received], labels: Labels
) -> bool:
    """Show which files of folders beside workbooks are for which documents, and tell whether there are any."""
    told = zip(given, received, strict=True)
    pairs = [(entry, file) for one, entry in told for file in entry.evidence if not one.is_package]
    for entry, file in pairs:
        figures = {"name": shown(entry.name), "file": shown(file.path), "number": file.number}
        print(labels.text("form.matched", criterion=file.criterion, **figures), file=_beside(options))
    if pairs:
        print(labels.text("form.match-unconfirmed"), file=_beside(options))
    return bool(pairs)


def _agrees(question: str, labels: Labels) -> bool:
    """Ask a person at the terminal, and tell whether the answer is yes."""
    print(question, end=" ", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().casefold() in labels.text("mailbox.yes").split()


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
    made = spreadsheets.annotated(_bytes(path), said)
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
    scans: forms.Scans,
    *,
    today: str | None,
    expected: forms.Expected,
) -> Iterator[_Told]:
    """Commit each form on a branch of its own, one after the other."""
    proposer, readings, taken = _proposer(options, repository), Readings(), dict[str, str]()
    for name, path in files.items():
        given = _opened(options, name, path, scans, beside=options.match)
        received, proposed = forms.propose(
            repository,
            given,
            proposer,
            keep=partial(packages.keep, repository, given),
            today=today,
            expected=expected,
            readings=readings,
            before=taken,
        )
        if proposed is not None:
            taken[proposed.branch] = name
        yield received, proposed


def _form_files(
    given: Sequence[str], *, mails: bool = False, alone: bool = False
) -> tuple[dict[str, Path], dict[str, Path]]:
    """Return the files that were named and the forms below named folders, by their names, and what else lies there.

    A copy with comments is left out beside its original; one that came back alone is a form like any other.
    """
    found: dict[str, Path] = {}
    aside: dict[str, Path] = {}
    wanted = {*_MAY_BE_FORMS, letters.MAIL} if mails else _MAY_BE_FORMS
    for name in given:
        path = Path(name)
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        evidence = {packages.folder_beside(file) for file in files}
        for file in files:
            inside = file.relative_to(path) if path.is_dir() else Path(file.name)
            own = one_line(inside.as_posix())
            original = file.with_name(f"{file.name.removesuffix(_ANNOTATED)}.xlsx")
            copied = path.is_dir() and file.name.endswith(_ANNOTATED) and original.is_file()
            if path.is_dir() and not evidence.isdisjoint(file.parents):
                continue
            hidden = any(part.startswith((".", "~$")) for part in inside.parts)
            if path.is_dir() and inside.parts[0] == _RESULTS:
                continue
            scanned = file.suffix.lower() in _SCANNED and bool(codes_in(file.name))
            if scanned or (path.is_dir() and (hidden or file.suffix.lower() not in wanted)):
                aside[own] = file
            elif not copied:
                found[own if own not in found else one_line(f"{len(found) + 1}/{file.as_posix()}")] = file
    if alone and len(found) > 1:
        raise ParindexError("form-page-of-one")
    if not found:
        raise ParindexError("form-nothing-to-read", path=", ".join(given)[:200])
    return found, aside


def _left(others: Iterable[str], received: Iterable[Received], scans: Iterable[forms.Scans]) -> list[str]:
    """Return the names of files that are no forms, and no scans of the pages that were signed for some.

    `scans`: those that came, of which one may have come more than once.
    """
    used = {entry.scan.file.sha256 for entry in received if entry.scan is not None}
    listed = (one for own in scans for each in own.values() for one in each)
    known = {one.name for one in listed if one.file.sha256 in used}
    return [name for name in others if name not in known]


def _bytes(path: Path) -> bytes:
    """Return a file's bytes; of one beyond any form, as many as tell so."""
    return common.read_file(path, forms.MAX_BYTES + 1)


def _opened(options: argparse.Namespace, name: str, path: Path, scans: forms.Scans, *, beside: bool) -> forms.Delivered:
    """Open a form, with the scan of its signed page where one was named, or with those that came in the same go."""
    given, scan = packages.open_form(name, path, beside=beside), options.signed
    return replace(given, page=None if scan is None else packages.scan_at(Path(scan)), scans=scans)


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


# --- a mailbox that is sent ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where a mailbox is sent from: repository, folder of results, who sends, the day, what was answered before."""

    repository: Repository
    results: Path
    proposer: forms.Proposer
    day: str
    answers: tuple[Answer, ...]
    labels: Labels


def _mailbox(options: argparse.Namespace, labels: Labels) -> int:
    """Tell what the forms of a mailbox would change; with consent commit them, send them and write the replies."""
    if of_one := [f"--{name}" for name in ("signed", "page") if getattr(options, name)]:
        raise ParindexError("send-of-one", option=of_one[0])
    if options.format == "json":
        raise ParindexError("send-as-json")
    folder = Path(options.files[0])
    if len(options.files) != 1 or not folder.is_dir():
        raise ParindexError("send-needs-folder", path=", ".join(options.files)[:200])
    repository, at = repository_of(options, labels), common.now()
    results = folder / _RESULTS
    results.mkdir(exist_ok=True)
    user = os.environ.get("USERNAME") or os.environ.get("USER") or "?"
    who = f"{user} · {platform.node()} · {at.local}"
    with common.only_sender(results, who):
        kept = results / answering.OUTBOX
        said = common.read_file(kept, _MOST_OF_OUTBOX) if kept.exists() else None
        answers = () if said is None else read_outbox(said, str(kept))
        day = at.day if options.today is None else common.day_of(options.today)
        desk = _Desk(repository, results, replace(_proposer(options, repository), at=at), day, answers, labels)
        with TemporaryDirectory() as scratch:
            return _sent(options, folder, Path(scratch), desk)


def _sent(options: argparse.Namespace, folder: Path, scratch: Path, desk: _Desk) -> int:
    """Rehearse, ask, send; the exit code is 1 where a form was returned or the server will not take the change."""
    labels = desk.labels
    given, others, count = _letters(folder, scratch)
    scans = [(one.letter, packages.scans_among({one.name: one.path})) for one in others if one.path is not None]
    expected = forms.Expected(options.year, options.stage, options.agency)
    with common.progress(labels.text("mailbox.progress")):
        rehearsal = sending.rehearse(
            desk.repository,
            given,
            desk.proposer,
            scans=scans,
            day=desk.day,
            expected=expected,
            readings=Readings(),
        )
    read = [entry.received for entry in rehearsal.entries]
    aside = _left([one.name for one in others], read, [own for _, own in scans])
    labels = with_stages(words_of(rehearsal.snapshot.tree, labels.language), rehearsal.snapshot.world.years.values())
    own = with_stages(words_of(rehearsal.snapshot.tree, MAIN), rehearsal.snapshot.world.years.values())
    answered = answering.answer(desk.repository, rehearsal, desk.answers, own)
    page = partial(answering.page, desk.repository, rehearsal, letters=count, aside=aside, day=desk.day, labels=labels)
    report = desk.results / answering.REPORT
    waiting = rehearsal.waiting or bool(answered.files)
    common.write(report, page(answers=desk.answers, waiting=waiting, sent=False, link="", refusal=""))
    print(labels.text("mailbox.report", path=report))
    if not waiting:
        print(labels.text("mailbox.nothing-new"))
    elif options.yes or _consents(report, labels):
        title, keep = _title(rehearsal, labels), partial(packages.keep, desk.repository)
        done = sending.send(desk.repository, rehearsal, desk.proposer, title=title, keep=keep)
        refusal = _told_refusal(done, labels)
        if done.refused:
            common.write(report, page(answers=desk.answers, waiting=True, sent=False, link="", refusal=refusal))
            return 1
        told = page(answers=answered.answers, waiting=rehearsal.waiting, sent=True, link=done.link, refusal="")
        files = {**answered.files, answering.REPORT: told, answering.OUTBOX: outbox(answered.answers)}
        common.write_all({desk.results / name: data for name, data in files.items()})
        _tell_sent(rehearsal, done, sum(name.endswith(letters.MAIL) for name in answered.files), desk, labels)
    for entry in rehearsal.entries:
        if entry.received.crash is not None:
            raise entry.received.crash
    return int(not all(entry.fits for entry in rehearsal.entries))


@dataclass(frozen=True, slots=True)
class _Other:
    """What came in a mailbox and is no form: its name, where it lies, and the letter that brought it."""

    name: str
    letter: Letter
    path: Path | None = None  # None where it is a letter without forms


def _letters(folder: Path, scratch: Path) -> tuple[list[tuple[Letter, forms.Delivered]], list[_Other], int]:
    """Return the forms of a mailbox with their letters, what is no form, and how many letters there are.

    `scratch`: an empty folder for packages and scans that came in mails.
    """
    found, beside = _form_files([str(folder)], mails=True)
    others = [_Other(name, Letter(name, {}), path) for name, path in beside.items()]
    given: list[tuple[Letter, forms.Delivered]] = []
    for name, path in found.items():
        if path.suffix.lower() != letters.MAIL:
            given.append((Letter(name, {}), packages.open_form(name, path, beside=True)))
            continue
        letter = letters.read_letter(name, common.read_file(path, letters.MAX_BYTES + 1))
        files = letter.files if letter is not None else {}
        mail = replace(letter, files={}) if letter is not None else Letter(name, {})
        others += [] if files else [_Other(name, mail)]
        own: list[forms.Delivered] = []
        for number, (one, data) in enumerate(files.items()):
            suffix = Path(one).suffix.lower()
            own_form = suffix in _MAY_BE_FORMS
            saved = (
                scratch / f"{len(given)}-{len(others)}-{number}{suffix if own_form else ''}"
            )  # no name of a stranger
            saved.write_bytes(data)
            if own_form:
                own.append(packages.open_form(one, saved))
            else:
                others.append(_Other(one, mail, saved))
        blank = [form for form in own if form.is_blank and len(own) > 1]  # of a mail that quotes the one it answers
        others += [_Other(form.name, mail) for form in blank]
        given += [(mail, form) for form in own if form not in blank]
    return given, others, len(found)


def _title(rehearsal: Rehearsal, labels: Labels) -> str:
    """Return the title of the pull request."""
    taken = (one.received.form for one in rehearsal.entries if one.fits and one.received.files)
    named = dict.fromkeys(receipts.whose_form(form, labels) for form in taken if form is not None)
    return one_line("; ".join(named))[:200] or rehearsal.post.branch


def _consents(report: Path, labels: Labels) -> bool:
    """Open the report where there is a screen, and ask a person at the terminal."""
    if not sys.stdin.isatty():
        print(labels.text("mailbox.no-question"))
        return False
    if sys.platform in ("win32", "darwin") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        webbrowser.open(report.absolute().as_uri())
    agreed = _agrees(labels.text("mailbox.ask"), labels)
    if not agreed:
        print(labels.text("mailbox.not-sent"))
    return agreed


def _told_refusal(done: Sent, labels: Labels) -> str:
    """Say what the server may hold against the change, and return it."""
    told = [f"{guard_words.message(one, labels)} {guard_words.cure(one, labels)}" for one in done.objections]
    if told:
        print(labels.text("mailbox.refusal" if done.refused else "mailbox.may-refuse"), file=sys.stderr)
        print("\n".join(f"  {line}" for line in told), file=sys.stderr)
    return "\n".join(told)


def _tell_sent(rehearsal: Rehearsal, done: Sent, replies: int, desk: _Desk, labels: Labels) -> None:
    post = rehearsal.post
    if done.commit != post.tip:
        print(labels.text("mailbox.sent", branch=post.branch, commit=done.commit[:12]))
        if post.server is None:
            print(labels.text("mailbox.kept"))
        elif done.link:
            print(labels.text("mailbox.link", link=done.link))
        else:
            print(labels.text("mailbox.no-link", branch=post.branch, main=post.main))
    print(labels.text("mailbox.replies", count=replies, path=desk.results))

"""The command join: a person's own key, git settings and the request for a right; and the change that grants it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.adapters import documents, signatures
from pipeline.adapters.repository import Repository
from pipeline.commands.common import data_of, now, only_writer, place_in, read_file, refuse_errors, sound_access, write
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.core.record.access import PATH, Access, Person
from pipeline.core.record.joining import JoinRequest, git_settings, joined, keepers, lasting_keys, read_request
from pipeline.flows import writing
from pipeline.flows.snapshot import Readings, Snapshot, with_file

_KEY = "~/.ssh/parindex_ed25519"
_NO_KEY_YET = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "A" * 43  # all else is judged before a key is made
_ASKED = ("role", "body", "agency", "email", "key", "no_passphrase", "output")  # of who asks
_MOST = 10_000  # bytes of a request


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where somebody asks or grants: the repository, what it says, the rights that stand, the words."""

    repository: Repository
    snapshot: Snapshot
    readings: Readings
    access: Access
    labels: Labels


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Ask for a right, or grant what was asked for."""
    readings = Readings()
    repository, snapshot, labels = data_of(options, labels, readings)
    if repository.git is None:
        raise ParindexError("no-repository", path=str(repository.root))
    desk = _Desk(repository, snapshot, readings, sound_access(snapshot, labels), labels)
    if options.request is None:
        _ask(options, desk)
        return 0
    given = [f"--{name}".replace("_", "-") for name in _ASKED if getattr(options, name)]
    if given or options.person is not None:
        raise ParindexError("join-request-alone", options=", ".join([*filter(None, [options.person]), *given]))
    _grant(Path(options.request), desk)
    return 0


def _ask(options: argparse.Namespace, desk: _Desk) -> None:
    """Judge the request, make the key where there is none yet, write the request, and set git up for signing."""
    labels = desk.labels
    path = Path(options.key or _KEY).expanduser().absolute()
    public = path.with_name(f"{path.name}.pub")
    there = path.exists() or public.exists()
    place = "agency" if options.agency else "body"
    request = JoinRequest(
        person=_typed(options, "person", labels, ()),
        role=_typed(options, "role", labels, desk.access.roles),
        place=place,
        where=_typed(options, place, labels, desk.snapshot.world.bodies),
        email=_typed(options, "email", labels, ()),
        key=signatures.public_key(path) if there else _NO_KEY_YET,
    )
    _granted(request, desk)
    if not there:
        if not (options.no_passphrase or sys.stdin.isatty()):
            raise ParindexError("join-no-terminal")
        signatures.make_key(path, request.email, ask=not options.no_passphrase)
        request = replace(request, key=signatures.public_key(path))
    output = Path(options.output or f"join-{request.person}.yml")
    write(output, writing.dump(request.fields()))
    settings = git_settings(request.person, request.email, str(path if path.exists() else public))
    desk.repository.configure(settings)
    print(labels.text(f"join.key-{'used' if there else 'made'}", path=path))
    print(labels.text("join.git"))
    print("".join(f"  {name} = {value}\n" for name, value in settings.items()), end="")
    print(labels.text("join.written", path=output))
    _tell_keepers(desk)
    print(labels.text("join.next", path=output))


def _typed(options: argparse.Namespace, name: str, labels: Labels, allowed: Iterable[str]) -> str:
    """Return what was given on the command line, or what a person answers on the terminal."""
    given: str | None = getattr(options, name)
    listed = ", ".join(allowed)
    if given is None and sys.stdin.isatty():
        with suppress(EOFError):
            given = input(labels.text(f"join.ask.{name}", allowed=listed)).strip()
    if not given:
        raise ParindexError("join-needs", name=labels.text(f"join.name.{name}"), allowed=listed or "–")
    return given


def _granted(request: JoinRequest, desk: _Desk) -> bytes:
    """Return access.yml with what is asked for.

    Raises:
        ParindexError: It cannot stand there.
    """
    labels, snapshot = desk.labels, desk.snapshot
    agencies = {slug for year in snapshot.world.years.values() for slug in year.agencies}
    known = snapshot.world.bodies if request.place == "body" else agencies
    pointer, entry = joined(request, desk.access, now().day, known=known)
    try:
        data = writing.edit(snapshot.tree.files[PATH].data, {pointer: entry})
    except ValueError as error:
        raise ParindexError("join-unfit", detail=labels.text("join.bad-text")) from error
    after = with_file(snapshot, PATH, data, desk.readings)
    if fault := next((one for one in after.problems if one.path == PATH and one.is_error), None):
        raise ParindexError("join-unfit", detail=f"{labels.message(fault)} {labels.help(fault)}")
    return data


def _grant(path: Path, desk: _Desk) -> None:
    """Write what a file asks for into access.yml, a change of its own, and say who has to approve it."""
    labels, access = desk.labels, desk.access
    document = documents.read(path.name, read_file(path, _MOST + 1)[:_MOST])
    refuse_errors(document.problems, labels)
    request = read_request(document.root)
    if request is None:
        raise ParindexError("join-no-request", path=str(path))
    stood = desk.snapshot.tree.files[PATH].data
    with only_writer(desk.repository.root):
        target = place_in(desk.repository, PATH)
        if read_file(target, len(stood) + 1) != stood:
            raise ParindexError("join-meanwhile")
        write(target, _granted(request, desk))
    role = access.roles[request.role]
    writes, reviews = (", ".join(sorted(kinds)) or "–" for kinds in (role.writes, role.reviews))
    told = {"person": request.person, "role": request.role, "where": request.where}
    print(labels.text("join.granted", **told, writes=writes, reviews=reviews))
    for key in lasting_keys(access, request.person, now().day):
        print(labels.text("join.old-key", key=key.text[-12:]))
    _tell_keepers(desk)
    person = access.people.get(request.person)
    number = 1 if person is None else len(person.keys) + 1
    print(labels.text("join.commit", person=request.person, branch=f"join-{request.person}-{number}"))


def _tell_keepers(desk: _Desk) -> None:
    """Say who may bring the change in and who has to approve it, by what they do."""
    writers, reviewers = keepers(desk.access, now().day)
    print(desk.labels.text("join.writers", people=_people(writers, desk)))
    print(desk.labels.text("join.reviewers", people=_people(reviewers, desk)))


def _people(people: Sequence[Person], desk: _Desk) -> str:
    named = ((one.name, desk.snapshot.world.bodies.get(one.body or "")) for one in people)
    return "; ".join(f"{name}, {desk.labels.of(body.name)}" if body else name for name, body in named) or "–"

"""Opens a rehearsal: keys, a server or a forge, and a desk for each person with a clone."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from conftest import RunCommand
from desks import Desk, Transcript, known_to_git
from gitolite import make_key
from readers import Reader, environment_of, program
from town import CLONES, MACHINES, PEOPLE, Days

from pipeline.core.rounds.commits import LOCAL_TIME

_LONGEST = timedelta(minutes=8)  # no rehearsal takes longer


@dataclass(frozen=True, slots=True)
class Cast:
    """The people of a rehearsal: their keys, and the days that they go by."""

    folder: Path
    days: Days

    def key(self, person: str) -> Path:
        """Return the private key of a person."""
        return self.folder / person

    def public(self) -> dict[str, str]:
        """Return the public key of each person, without its comment."""
        keys = (path for path in self.folder.glob("*.pub"))
        return {path.stem: " ".join(path.read_text("ascii").split()[:2]) for path in keys}


def new_cast(folder: Path) -> Cast:
    """Make a key for everybody, on a day that lasts as long as the rehearsal."""
    left = datetime.now(LOCAL_TIME).replace(hour=23, minute=59, second=59) - datetime.now(LOCAL_TIME)
    if left < _LONGEST:
        time.sleep(left.total_seconds() + 2)
    folder.mkdir()
    for name in (*PEOPLE, "khoa-la", "khoa-cu", "khoa-sau", *MACHINES):
        make_key(folder / name)
    make_key(folder / "khoa-ecdsa", kind="ecdsa")
    return Cast(folder, Days.of(datetime.now(LOCAL_TIME).date()))


def desk_of(
    person: str,
    cast: Cast,
    transcript: Transcript,
    run_command: RunCommand,
    monkeypatch: pytest.MonkeyPatch,
    *,
    ssh: Callable[[Path], str],
) -> Desk:
    """Return a desk with an empty home, the program, git set up, and no clone yet."""
    home = cast.folder.parent / "desks" / person
    program(home / "bin")
    environment = {**environment_of(home), "GIT_SSH_COMMAND": ssh(cast.key(person))}
    reader = Reader(home, home, home, environment, run_command, monkeypatch)
    desk = Desk(person, reader, transcript)
    known_to_git(desk, cast.key(person))
    return desk


def desks_of(make: Callable[[str], Desk]) -> dict[str, Desk]:
    """Return the desks of all who have a clone."""
    return {person: make(person) for person in CLONES}

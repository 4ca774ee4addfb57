"""A year of fifteen people through a real server: what they see is the transcript that the how-to pages quote."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import ROOT, Outcome, RunCommand
from desks import Desk, Transcript
from gitolite import Gitolite, serving
from opening import Cast, desk_of, desks_of, new_cast
from test_pre_receive import commands_of_the_page
from town import PEOPLE
from year import Year

pytestmark = [pytest.mark.needs("gitolite", "sshd", "ssh-keygen"), pytest.mark.slow]
NAME = "par-index"
CONF = f"""\
repo {NAME}
    RW = {" ".join(person for person in PEOPLE if person != "kiem-toan")}
    R = kiem-toan
    RW register-witness/ = kiem-toan
"""


class Pushes:
    """The straight road: who has a clone pushes to the main branch, and the hook judges."""

    strict = True

    def __init__(self, server: Gitolite, key: Path) -> None:
        self.server, self.key = server, key

    def sends(self, desk: Desk, *names: str) -> tuple[bool, str]:
        command = " ".join(("git push --quiet origin HEAD:main", *names))
        done = desk.reader.types(command)
        desk.transcript.types(desk.person, command, done)
        return done.code == 0, done.stderr

    def opens(self, desk: Desk) -> None:
        """Switch the guard on as the how-to says, and let the first push be judged like any other."""
        left_out = r"git init|push --quiet"  # gitolite made it
        kept = [line for line in commands_of_the_page() if not re.search(left_out, line)]
        pinning = next(line for line in kept if "parindex.founding" in line)
        for line in (line for line in kept if line != pinning):
            self.types(desk, line)
        assert self.sends(desk)[0] is False
        self.types(desk, pinning)
        desk.types("git push --quiet origin HEAD:main")

    def proves(self, desk: Desk, key: Path) -> None:
        """Prove every push from the clone, and say so for a second body."""
        desk.types("parindex verify")
        desk.types(f"parindex receive --witness thanh-tra --key {key}")
        desk.types("git push --quiet origin refs/heads/register-witness/thanh-tra")
        desk.types("parindex verify --all")

    def types(self, desk: Desk, line: str) -> None:
        """Type a command on the server."""
        here = {
            "KHO": str(self.server.repository(NAME)),
            "MA": str(ROOT),
            "DU_LIEU": str(desk.folder),
            "KHOA": str(self.key),
        }
        done = subprocess.run(
            ["sh", "-euc", line], env={**os.environ, **here}, capture_output=True, encoding="utf-8", check=True
        )
        desk.transcript.types("máy chủ", line, Outcome(0, done.stdout, done.stderr))


@pytest.fixture
def year(tmp_path: Path, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch, parindex: Path) -> Iterator[Year]:
    cast = new_cast(tmp_path / "keys")
    with serving(tmp_path / "server", cast.key("quan-tri"), parindex) as server:
        transcript = Transcript(cast.days, {f"127.0.0.1:{server.port}": "may-chu", str(tmp_path): "~"})

        def make(person: str) -> Desk:
            return desk_of(person, cast, transcript, run_command, monkeypatch, ssh=server.ssh)

        desks = desks_of(make)
        enrol(desks["quan-tri"], cast, server)
        for desk in desks.values():
            desk.does(f"git clone --quiet {server.address(NAME)} kho && cd kho && git switch --quiet --create main")
        yield Year(Pushes(server, cast.key("may-chu")), cast, desks, transcript)


def enrol(desk: Desk, cast: Cast, server: Gitolite) -> None:
    """Tell gitolite who there is, as its administrator does."""
    desk.does(f"git clone --quiet {server.address('gitolite-admin')} gitolite-admin && cd gitolite-admin")
    for person in PEOPLE:
        desk.writes(f"keydir/{person}.pub", cast.key(person).with_suffix(".pub").read_text("ascii"))
    desk.writes("conf/gitolite.conf", f"repo gitolite-admin\n    RW+ = quan-tri\n{CONF}")
    desk.commits("Mười lăm người")
    desk.does("git push --quiet origin HEAD && cd ..")


def test_a_year_of_fifteen_people_with_fifteen_keys(year: Year, golden: Callable[[str, str], None]) -> None:
    try:
        year.runs()
    finally:
        print(year.transcript.text)  # noqa: T201 - what people saw, beside what failed
    golden("rehearsal.txt", year.transcript.text)

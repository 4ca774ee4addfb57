"""The same year by pull requests on three forges: their workflow files judge each one before the forge merges it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT, Outcome, RunCommand
from desks import Desk, Transcript
from forges import StandIn, served
from jobs import LEFT_OUT, Event, Runner
from opening import desk_of, desks_of, new_cast
from year import Year

pytestmark = [pytest.mark.needs("ssh-keygen"), pytest.mark.slow]
REF = {"github": "refs/pull/{}", "forgejo": "refs/pull/{}", "gitlab": "refs/merge-requests/{}"}
REQUIRED = "guard"  # the one job without which no forge merges
NOT_THE_PROGRAM = ("data/", "tests/", "webform/", ".gitattributes")
FORGE = "nơi đặt kho <noreply@forge.example>"


class Requests:
    """The road of a forge: a branch, a request, its jobs, and a merge if the required one is green."""

    strict = False

    def __init__(self, forge: StandIn, runner: Runner) -> None:
        self.forge = forge
        self.runner = runner
        self.number = 0
        self.merged: list[dict[str, int]] = []  # of each request that was merged, how its jobs ended

    def opens(self, desk: Desk) -> None:
        """Put access.yml and the program on the main branch, and pin the founding where the forge keeps variables."""
        self.runner.founding = desk.does("git rev-parse HEAD")
        for path in self._git("ls-files", at=ROOT).splitlines():
            if not path.startswith(NOT_THE_PROGRAM):
                target = desk.folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes((ROOT / path).read_bytes())
        desk.commits("Chương trình")
        desk.types("git push --quiet origin HEAD:main")

    def proves(self, desk: Desk, key: Path) -> None:
        desk.types("parindex verify")

    def sends(self, desk: Desk, *names: str) -> tuple[bool, str]:
        self.number += 1
        branch = f"de-nghi-{self.number}"
        desk.types(f"git push --quiet --force origin HEAD:refs/heads/{branch}")
        base, head = self._git("rev-parse", "main"), self._git("rev-parse", branch)
        merge = self._merge(base, head)
        at = REF[self.forge.name].format(self.number)
        self._git("update-ref", f"{at}/head", head)
        if merge is None:
            return False, "conflict"
        self._git("update-ref", f"{at}/merge", merge)
        self.forge.requests[:] = [self.number]
        told = self._jobs(base, head)
        said = "".join(f"--- {name}: {done.code}\n{done.stdout}{done.stderr}" for name, done in told.items())
        desk.transcript.text += desk.transcript.plain(said)
        if told[REQUIRED].code:
            return False, said
        self._git("update-ref", "refs/heads/main", merge)
        self.merged.append({name: done.code for name, done in told.items()})
        desk.is_up_to_date()
        return True, said

    def _jobs(self, base: str, head: str) -> dict[str, Outcome]:
        """Run what the forge starts for a request; every fifth time, what tells it in a comment as well."""
        trusted = "schedule" if self.forge.name == "gitlab" else "pull_request_target"
        events = ("pull_request", trusted) if self.number % 5 == 0 else ("pull_request",)
        told: dict[str, Outcome] = {}
        for event in events:
            told |= self.runner.runs(Event(event, self.number, base, head), leave_out=(*LEFT_OUT, "preview"))
        return told

    def _merge(self, base: str, head: str) -> str | None:
        """Return the commit that the forge would merge with, None where the two conflict."""
        found = subprocess.run(
            ["git", "merge-tree", "--write-tree", base, head],
            cwd=self.runner.bare,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if found.returncode:
            return None
        name, _, email = FORGE.rstrip(">").partition(" <")
        who = ("-c", f"user.name={name}", "-c", f"user.email={email}")
        tree = found.stdout.strip()
        return self._git(*who, "commit-tree", tree, "-p", base, "-p", head, "-m", f"Đề nghị {self.number}")

    def _git(self, *arguments: str, at: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=at or self.runner.bare, capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == 0, f"git {arguments}: {done.stderr}"
        return done.stdout.strip()


@pytest.fixture(params=tuple(REF))
def year(
    request: pytest.FixtureRequest, tmp_path: Path, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Year]:
    bare = tmp_path / "kho.git"
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch", "main", str(bare)], check=True)
    subprocess.run(["git", "-C", str(bare), "config", "uploadpack.allowAnySHA1InWant", "true"], check=True)
    cast = new_cast(tmp_path / "keys")
    transcript = Transcript(cast.days, {str(tmp_path): "~"})

    def make(person: str) -> Desk:
        return desk_of(person, cast, transcript, run_command, monkeypatch, ssh=lambda key: "false")

    desks = desks_of(make)
    for desk in desks.values():
        desk.does(f"git clone --quiet file://{bare} kho && cd kho && git switch --quiet --create main")
    with served(request.param) as forge:
        yield Year(Requests(forge, Runner(forge, bare, tmp_path / "runner")), cast, desks, transcript)


def test_a_year_by_requests(year: Year) -> None:
    try:
        year.runs()
    finally:
        print(year.transcript.text)  # noqa: T201 - what people saw, beside what failed

    ended = {job for jobs in year.road.merged for job in jobs.items()}
    checked = "data" if year.road.forge.name == "gitlab" else "check"

    assert ended == {(REQUIRED, 0), (checked, 0), ("comment", 0)}
    assert len(year.road.forge.own) == 1


def test_the_program_of_the_base_judges_a_change_of_the_program(year: Year) -> None:
    year.founding()
    desk = year.desk("quan-tri")
    desk.writes("noxfile.py", "print('ĐẠT')\n")
    desk.writes("pipeline/__main__.py", "print('ĐẠT')\n")
    desk.commits("Một chương trình bao giờ cũng đồng ý")

    year.refused("quan-tri", "lỗi no-review: Thay đổi loại program")

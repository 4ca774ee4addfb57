"""A year by pull requests on three forges at once: the workflow files of each judge every one before it is merged.

What people do at their desks and what a forge merges is the same on each and happens once; each judges for itself.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from conftest import ROOT, Outcome, RunCommand
from desks import Desk, Transcript
from forges import served
from jobs import LEFT_OUT, Event, Runner, known
from opening import desk_of, desks_of, new_cast
from year import Year

pytestmark = [pytest.mark.needs("ssh-keygen"), pytest.mark.slow]
REF = {"github": "refs/pull/{}", "forgejo": "refs/pull/{}", "gitlab": "refs/merge-requests/{}"}
CHECKED = {"github": "check", "forgejo": "check", "gitlab": "data"}  # the job that checks the data
REQUIRED = "guard"  # the one job without which no forge merges
NOT_THE_PROGRAM = ("data/", "tests/", "webform/", ".gitattributes")
FORGE = "nơi đặt kho <noreply@forge.example>"


class Requests:
    """The road of a forge: a branch, a request, its jobs, and a merge if the required one is green on every forge."""

    strict = False

    def __init__(self, runners: Sequence[Runner], bare: Path, serving: ExitStack) -> None:
        self.runners = runners
        self.bare = bare  # the repository of them all
        self.serving = serving
        self.number = 0
        self.merged: list[tuple[str, dict[str, int]]] = []  # forge -> how its jobs ended, for each merged request

    def opens(self, desk: Desk) -> None:
        """Put access.yml and the program on the main branch, and pin the founding where the forge keeps variables."""
        founding = desk.does("git rev-parse HEAD")
        for runner in self.runners:
            runner.founding = founding
        for path in self._git("ls-files", at=ROOT).splitlines():
            if not path.startswith(NOT_THE_PROGRAM):
                target = desk.folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes((ROOT / path).read_bytes())
        desk.commits("Chương trình")
        desk.types("git push --quiet origin HEAD:main")
        self.serving.enter_context(known(self.bare, "main"))

    def proves(self, desk: Desk, key: Path) -> None:
        desk.types("parindex verify")

    def sends(self, desk: Desk, *names: str) -> tuple[bool, str]:
        self.number += 1
        branch = f"de-nghi-{self.number}"
        desk.types(f"git push --quiet --force origin HEAD:refs/heads/{branch}")
        base, head = self._git("rev-parse", "main"), self._git("rev-parse", branch)
        merge = self._merge(base, head)
        for at in REF.values():
            self._git("update-ref", f"{at.format(self.number)}/head", head)
        if merge is None:
            return False, "conflict"
        for at in REF.values():
            self._git("update-ref", f"{at.format(self.number)}/merge", merge)
        told = {runner.forge.name: self._jobs(runner, base, head) for runner in self.runners}
        said = {forge: "".join(map(_shown, jobs.items())) for forge, jobs in told.items()}
        desk.transcript.text += desk.transcript.plain("".join(said.values()))
        verdicts = {forge: (jobs[REQUIRED].code, _problems(jobs[REQUIRED])) for forge, jobs in told.items()}

        assert list(verdicts.values()) == [verdicts["github"]] * len(REF), verdicts
        if told["github"][REQUIRED].code:
            return False, said["github"]
        self._git("update-ref", "refs/heads/main", merge)
        self.merged += [(forge, {name: done.code for name, done in jobs.items()}) for forge, jobs in told.items()]
        desk.is_up_to_date()
        return True, said["github"]

    def _jobs(self, runner: Runner, base: str, head: str) -> dict[str, Outcome]:
        """Run what a forge starts for a request.

        Every fifth time also what tells it in a comment, and what checks the data: that is the same command on the same
        commit everywhere, so that one forge does it each time.
        """
        runner.forge.requests[:] = [self.number]
        fifth = self.number % 5 == 0
        trusted = "schedule" if runner.forge.name == "gitlab" else "pull_request_target"
        checked = () if fifth or runner.forge.name == "github" else (CHECKED[runner.forge.name],)
        told: dict[str, Outcome] = {}
        for event in ("pull_request", trusted) if fifth else ("pull_request",):
            told |= runner.runs(Event(event, self.number, base, head), leave_out=(*LEFT_OUT, "preview", *checked))
        return told

    def _merge(self, base: str, head: str) -> str | None:
        """Return the commit that the forge would merge with, None where the two conflict."""
        found = subprocess.run(
            ["git", "merge-tree", "--write-tree", base, head],
            cwd=self.bare,
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
            ["git", *arguments], cwd=at or self.bare, capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == 0, f"git {arguments}: {done.stderr}"
        return done.stdout.strip()


def _shown(ended: tuple[str, Outcome]) -> str:
    """Return what a job said, under its name."""
    name, done = ended
    return f"--- {name}: {done.code}\n{done.stdout}{done.stderr}"


def _problems(done: Outcome) -> set[str]:
    """Return the codes of the errors that a job told, each once: where a forge merges, they stand there again."""
    return set(re.findall(r"\blỗi ([a-z-]+): ", done.stdout + done.stderr))


@pytest.fixture
def year(tmp_path: Path, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch) -> Iterator[Year]:
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
    with ExitStack() as serving:
        forges = [serving.enter_context(served(name)) for name in REF]
        runners = [Runner(forge, bare, tmp_path / f"runner-{forge.name}") for forge in forges]
        yield Year(Requests(runners, bare, serving), cast, desks, transcript)


def test_a_year_by_requests(year: Year) -> None:
    try:
        year.runs()
    finally:
        print(year.transcript.text)  # noqa: T201 - what people saw, beside what failed

    for runner in year.road.runners:
        forge = runner.forge.name
        ended = {job for name, jobs in year.road.merged if name == forge for job in jobs.items()}

        assert (forge, ended) == (forge, {(REQUIRED, 0), (CHECKED[forge], 0), ("comment", 0)})
        assert (forge, len(runner.forge.own)) == (forge, 1)


def test_the_program_of_the_base_judges_a_change_of_the_program(year: Year) -> None:
    year.founding()
    desk = year.desk("quan-tri")
    desk.writes("noxfile.py", "print('ĐẠT')\n")
    desk.writes("pipeline/__main__.py", "print('ĐẠT')\n")
    desk.commits("Một chương trình bao giờ cũng đồng ý")

    year.refused("quan-tri", "lỗi no-review: Thay đổi loại program")

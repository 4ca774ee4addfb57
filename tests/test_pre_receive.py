"""A bare repository with the hook installed, pushed to over a file URL: what guard refuses never arrives."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, Repository, RunCommand
from guarded import APPRAISAL, CYCLE, SELF, YEAR, Scene, access, key_of, time_of
from registers import BODY, MACHINES, MAIN, SERVER, Town

from pipeline.adapters.repository import open_repository
from pipeline.commands.common import now
from pipeline.core.record.access import KINDS
from pipeline.core.rounds.register import Push, entry_message
from pipeline.flows import prove
from pipeline.flows.replay import prove_register, register_of, witness
from pipeline.flows.snapshot import take

pytestmark = pytest.mark.needs("ssh-keygen")
HOOK = ROOT / ".ci" / "hooks" / "pre-receive"
FIRST = f"{YEAR}/appraisal-1/cuc-thue.yml"
DAY = "2024-12-10T09:00:00+07:00"
COUNCIL = """\
format: 1
decision: {number: 2/QĐ, date: 2024-12-09, issuer: so-noi-vu}
members:
  - {function: Chủ tịch Hội đồng, body: so-noi-vu}
"""
POLICY = """\
policy:
  points: {decimals: 2, rounding: half-up, leaf: rounded}
  index: {decimals: 2, rounding: half-up}
  rank: {on: exact, ties: competition}
  evidence: {missing: note}
"""
# a year in which nothing is wrong, so that it can be sealed, and whose first appraisal is open on the day of this run
IN_ORDER = (
    CYCLE.replace("illustrative: true\n", "")
    .replace("legal_basis: []", "legal_basis: [{number: 1/QĐ, date: 2024-11-01, title: Quy chế}]")
    .replace("before: 2024-12-18", "before: 2099-01-01")
    .replace("policy: {points: {decimals: 2}}\n", POLICY)
)
NOBODY = {f"GIT_{who}_{what}": "x@x.example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


class Server:
    """A bare repository that takes what its hook lets pass."""

    def __init__(self, folder: Path, scene: Scene) -> None:
        self.folder = folder
        self.scene = scene

    def install(self) -> None:
        """Pin the founding and switch the hook on."""
        subprocess.run(["git", "config", "parindex.founding", self.scene.base], cwd=self.folder, check=True)
        hook = self.folder / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_bytes(HOOK.read_bytes())
        hook.chmod(0o755)

    def keep_register(self) -> None:
        """Switch the register on."""
        hook = self.folder / "hooks" / "post-receive"
        hook.write_bytes((HOOK.parent / "post-receive").read_bytes())
        hook.chmod(0o755)
        key = str(key_of(SERVER))
        subprocess.run(["git", "config", "parindex.serverKey", key], cwd=self.folder, check=True)

    def push(self, *what: str) -> tuple[bool, str]:
        """Push, and return whether the server took it and what it said."""
        done = subprocess.run(
            ["git", "push", "--quiet", f"file://{self.folder}", *what],
            cwd=self.scene.repository.root,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return done.returncode == 0, re.sub(r"^remote: ?", "", done.stderr, flags=re.MULTILINE)

    def names(self) -> dict[str, str]:
        """Return where every name points."""
        told = subprocess.run(
            ["git", "for-each-ref", "--format=%(refname) %(objectname)"],
            cwd=self.folder,
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        return dict(line.split(" ") for line in told.stdout.splitlines())


@pytest.fixture
def server(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parindex: Path) -> Server:
    scene = Scene(repository)
    data = {f"{YEAR}/cycle.yml": IN_ORDER, f"{YEAR}/self-assessment/cuc-hai-quan.yml": SELF}
    scene.begin(access(signed=", ".join(KINDS)) + MACHINES, data)
    monkeypatch.setenv("PATH", f"{parindex.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    made = Server(tmp_path / "server.git", scene)
    repository.git("init", "--quiet", "--bare", "--initial-branch", "main", str(made.folder))
    made.push("main")
    made.install()
    return made


def appraise(scene: Scene, person: str = "thuong-truc-noi-vu", score: str = "0.5") -> str:
    scene.repository.write(FIRST, APPRAISAL.replace('"1.1": {score: 2}', f'"1.1": {{score: {score}, reason: Chậm}}'))
    return scene.commit(person, date=DAY)


def seal(scene: Scene) -> None:
    """Seal a stage as the command does, without the tag, which is the matter of the tests."""
    opened = open_repository(scene.repository.root)
    sealed = prove.seal(
        opened,
        take(opened, None),
        year="2024",
        stage="self-assessment",
        key=key_of("thuong-truc-noi-vu"),
        at=time_of(DAY),
    )

    assert isinstance(sealed, prove.Sealed), sealed
    scene.repository.git("tag", "--delete", sealed.tag)


def appoint(scene: Scene) -> str:
    scene.write("council.yml", COUNCIL)
    return scene.commit("thuong-truc-noi-vu", date=DAY)


def test_an_honest_push_arrives(server: Server) -> None:
    commit = appraise(server.scene)
    taken, said = server.push("main")

    assert (True, commit) == (taken, server.names()["refs/heads/main"])
    assert "thuong-truc-noi-vu ký" in said


def test_what_nobody_had_the_right_to_is_refused_with_its_reason(server: Server) -> None:
    before = server.names()
    appraise(server.scene, "can-bo-thue")
    taken, said = server.push("main")

    assert (False, before) == (taken, server.names())
    assert "not-for-an-agency" in said


def test_other_branches_are_not_judged_until_they_reach_the_guarded_one(server: Server) -> None:
    server.scene.branch("thu")
    commit = appraise(server.scene, "can-bo-thue")

    assert server.push("thu")[0]
    assert commit == server.names()["refs/heads/thu"]
    assert not server.push("thu:main")[0]


def test_a_merge_pushed_as_such_is_made_again_in_quarantine(server: Server) -> None:
    scene = server.scene
    scene.branch("b")
    appoint(scene)
    scene.switch("main")
    appraise(scene)
    commit = scene.merge("b")

    assert server.push("main")[0]
    assert commit == server.names()["refs/heads/main"]


def test_the_command_gives_the_verdict_that_the_server_gave(server: Server, run_command: RunCommand) -> None:
    appraise(server.scene, "theo-doi-van-phong")
    _, said = server.push("main")
    stamp = re.search(r"thời điểm (\d+)", said)
    assert stamp is not None
    again = run_command("guard", "--at", stamp[1], server.scene.base, "HEAD", cwd=server.scene.repository.root)

    assert again.code == 1
    assert again.stdout.splitlines() == [line.rstrip() for line in said.splitlines()[: again.stdout.count("\n")]]


def test_the_server_goes_by_its_own_clock(server: Server) -> None:
    scene = server.scene
    scene.repository.write(f"{YEAR}/self-assessment/cuc-thue.yml", APPRAISAL)
    scene.commit("can-bo-thue", date="2024-12-03T09:00:00+07:00")  # a day on which the stage was open
    taken, said = server.push("main")

    assert (taken, "closed" in said) == (False, True)


def test_a_push_that_was_taken_is_entered_at_the_time_that_the_hook_saw(server: Server) -> None:
    server.keep_register()
    commit = appraise(server.scene)
    taken, said = server.push("main")
    stamp = re.search(r"thời điểm (\d+)", said)
    opened = open_repository(server.folder)
    register = register_of(opened)

    assert (taken, stamp is not None, register is not None) == (True, True, True)
    assert register is not None
    assert stamp is not None
    assert [(None, server.scene.base), (server.scene.base, commit)] == [
        (entry.push.old, entry.push.new) for entry in register.chain
    ]
    assert int(stamp[1]) == register.chain[1].push.at.stamp
    assert {"register-holds", "pushes-lawful", "register-unwitnessed"} == {
        p.code for p in prove_register(opened, register)
    }
    assert list((server.folder / "parindex" / "received").iterdir()) == []


def test_a_push_that_was_refused_leaves_no_time_behind(server: Server) -> None:
    server.keep_register()
    appraise(server.scene, "can-bo-thue")
    server.push("main")

    assert not (server.folder / "parindex" / "received").exists()
    assert set(server.names()) == {"refs/heads/main"}


def test_a_second_body_witnesses_over_the_network_and_nobody_else_writes_its_branch(server: Server) -> None:
    server.keep_register()
    appraise(server.scene)
    server.push("main")
    git = server.scene.repository.git
    git("fetch", "--quiet", f"file://{server.folder}", "register:register")
    key = key_of(BODY)
    witness(open_repository(server.scene.repository.root), BODY, key, now())
    mine = f"refs/heads/register-witness/{BODY}"

    assert server.push(f"{mine}:{mine}-khac")[0] is False
    assert server.push(mine)[0]
    assert server.names()[mine] == git("rev-parse", mine)
    opened = open_repository(server.folder)
    assert prove_register(opened, register_of(opened))[-1].code == "witness-holds"
    taken, said = server.push("--force", f"register:{mine}")
    assert (taken, "register-not-by-key" in said) == (False, True)


Act = Callable[[Server], tuple[bool, str]]


def force(server: Server) -> tuple[bool, str]:
    appraise(server.scene)
    server.push("main")
    server.scene.repository.git("reset", "--quiet", "--hard", "HEAD~1")
    appraise(server.scene, score="1")
    return server.push("--force", "main")


def delete(server: Server) -> tuple[bool, str]:
    return server.push(":main")


def create(server: Server) -> tuple[bool, str]:
    subprocess.run(["git", "update-ref", "-d", "refs/heads/main"], cwd=server.folder, check=True)
    other = server.scene.repository.git("commit-tree", "-m", "x", f"{server.scene.base}^{{tree}}", **NOBODY)
    return server.push(f"{other}:refs/heads/main")


def replace(server: Server) -> tuple[bool, str]:
    other = appraise(server.scene)
    return server.push(f"{other}:refs/replace/{server.scene.base}")


def tag_of_nothing(server: Server) -> tuple[bool, str]:
    server.scene.repository.git("tag", "seal/2024/self-assessment")
    return server.push("seal/2024/self-assessment")


def tag_of_no_stage(server: Server) -> tuple[bool, str]:
    seal(server.scene)
    server.scene.repository.git("tag", "seal/2024/x")
    return server.push("main", "seal/2024/x")


def tag_elsewhere(server: Server) -> tuple[bool, str]:
    seal(server.scene)
    server.scene.repository.git("tag", "seal/2024/self-assessment")
    return server.push("seal/2024/self-assessment")


def tag_of_another_name(server: Server) -> tuple[bool, str]:
    seal(server.scene)
    identity = ("-c", "user.name=x", "-c", "user.email=x@y.example")
    server.scene.repository.git(*identity, "tag", "-a", "-m", "x", "seal/2024/explanation")
    return server.push("main", "refs/tags/seal/2024/explanation:refs/tags/seal/2024/self-assessment")


def tag_on_a_later_commit(server: Server) -> tuple[bool, str]:
    seal(server.scene)
    appoint(server.scene)
    server.scene.repository.git("tag", "seal/2024/self-assessment")
    return server.push("main", "seal/2024/self-assessment")


def sealed(server: Server) -> None:
    seal(server.scene)
    server.scene.repository.git("tag", "seal/2024/self-assessment")

    assert server.push("main", "seal/2024/self-assessment")[0]


def tag_moved(server: Server) -> tuple[bool, str]:
    sealed(server)
    appoint(server.scene)
    server.scene.repository.git("tag", "--force", "seal/2024/self-assessment")
    return server.push("--force", "main", "seal/2024/self-assessment")


def tag_deleted(server: Server) -> tuple[bool, str]:
    sealed(server)
    return server.push(":refs/tags/seal/2024/self-assessment")


def squat(server: Server) -> tuple[bool, str]:
    return server.push("main:register")


def stand_in_the_way(server: Server) -> tuple[bool, str]:
    return server.push("main:refs/heads/register/x")


def look_alike(server: Server) -> tuple[bool, str]:
    return server.push("main:refs/heads/Register")


def as_if_fetched(server: Server) -> tuple[bool, str]:
    return server.push("main:refs/remotes/origin/register")


def entry_of_a_person(server: Server) -> tuple[bool, str]:
    moment = time_of(DAY)
    first = entry_message(MAIN, Push(None, server.scene.base, moment), "2.47.3")
    Town(server.scene).forge(first, server.scene.base, key="giu-luat-noi-vu", at=moment)
    return server.push("register")


def delete_the_register(server: Server) -> tuple[bool, str]:
    server.keep_register()
    appraise(server.scene)
    server.push("main")
    return server.push(":register")


def rewrite_the_register(server: Server) -> tuple[bool, str]:
    server.keep_register()
    appraise(server.scene)
    server.push("main")
    moment = time_of(DAY)
    first = entry_message(MAIN, Push(None, server.scene.base, moment), "2.47.3")
    Town(server.scene).forge(first, server.scene.base, at=moment)
    return server.push("--force", "register")


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (squat, "register-not-by-key"),
        (stand_in_the_way, "register-in-the-way"),
        (look_alike, "register-in-the-way"),
        (as_if_fetched, "register-in-the-way"),
        (entry_of_a_person, "register-not-by-key"),
        (delete_the_register, "register-deleted"),
        (rewrite_the_register, "register-not-by-key"),
        (force, "history-rewritten"),
        (delete, "branch-deleted"),
        (create, "branch-created"),
        (replace, "replaced-object"),
        (tag_of_nothing, "seal-tag-without-seal"),
        (tag_of_no_stage, "seal-tag-without-seal"),
        (tag_elsewhere, "seal-tag-elsewhere"),
        (tag_of_another_name, "seal-tag-of-another-name"),
        (tag_on_a_later_commit, "seal-tag-on-later-commit"),
        (tag_moved, "seal-tag-moved"),
        (tag_deleted, "seal-tag-deleted"),
    ],
)
def test_names_are_protected(server: Server, act: Act, code: str) -> None:
    taken, said = act(server)

    assert (taken, f" {code}: " in said) == (False, True), said


@pytest.mark.parametrize("annotated", [False, True])
def test_a_seal_and_its_tag_arrive_together(server: Server, *, annotated: bool) -> None:
    seal(server.scene)
    identity = ("-c", "user.name=x", "-c", "user.email=x@y.example")
    more = ("-a", "-m", "x") if annotated else ()
    server.scene.repository.git(*identity, "tag", *more, "seal/2024/self-assessment")

    assert server.push("main", "seal/2024/self-assessment")[0]
    assert set(server.names()) == {"refs/heads/main", "refs/tags/seal/2024/self-assessment"}


def test_a_seal_tag_that_is_wrong_may_be_moved_to_its_seal_or_deleted(server: Server) -> None:
    seal(server.scene)
    server.scene.repository.git("tag", "seal/2024/self-assessment")
    assert server.push("main")[0]
    wrong = ("update-ref", "refs/tags/seal/2024/self-assessment", server.scene.base)
    subprocess.run(["git", *wrong], cwd=server.folder, check=True)
    moved = server.push("--force", "seal/2024/self-assessment")
    subprocess.run(["git", *wrong], cwd=server.folder, check=True)

    assert moved[0], moved[1]
    assert server.push(":refs/tags/seal/2024/self-assessment")[0]


def test_one_bad_name_stops_the_whole_push(server: Server) -> None:
    before = server.names()
    appraise(server.scene)
    taken, _ = server.push("main", f"{server.scene.base}:refs/tags/seal/2024/survey")

    assert (False, before) == (taken, server.names())


def test_another_branch_can_be_the_guarded_one(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.scene.branch("chinh-thuc")
    monkeypatch.setenv("PARINDEX_BRANCH", "kho")
    server.push("chinh-thuc:thu")
    monkeypatch.setenv("PARINDEX_BRANCH", "thu")
    appraise(server.scene, "can-bo-thue")

    assert not server.push("chinh-thuc:thu")[0]


@pytest.mark.parametrize(
    "line", [b"x y refs/heads/main", b"0" * 40, b"%s %s main" % (b"0" * 40, b"0" * 40), b"\0", b"\xff \xff refs/\xff"]
)
def test_lines_that_are_not_gits_are_one_clear_line(server: Server, line: bytes) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "--repo", str(server.folder), "guard", "--pre-receive"],
        input=line + b"\n",
        capture_output=True,
        check=False,
    )

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, b"", 1)


def test_a_push_is_told_in_json_as_well(server: Server) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "--repo", str(server.folder), "guard", "--pre-receive", "--format", "json"],
        input=f"{server.scene.base} {'0' * 40} refs/heads/main\n",
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert done.returncode == 1
    assert '"code": "branch-deleted"' in done.stdout


def commands_of_the_page() -> list[str]:
    """Return the shell lines of the how-to that set a server up."""
    page = (ROOT / "docs" / "how-to" / "may-chu-git.md").read_text("utf-8")
    blocks = re.findall(r"<!-- server -->\n```console\n(.*?)```", page, re.DOTALL)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]


def test_the_page_sets_up_a_server_that_refuses(server: Server, tmp_path: Path) -> None:
    lines = commands_of_the_page()
    place = tmp_path / "srv"
    place.mkdir()
    here = {"KHO": str(place / "par-index.git"), "MA": str(ROOT), "DU_LIEU": str(server.scene.repository.root)}
    here["KHOA"] = str(key_of(SERVER))
    for line in lines:
        subprocess.run(["sh", "-euc", line], env={**os.environ, **here}, check=True, capture_output=True)
    server.folder = place / "par-index.git"
    settings = subprocess.run(
        ["git", "config", "--local", "--list"], cwd=server.folder, capture_output=True, encoding="utf-8", check=True
    ).stdout.splitlines()

    assert len(lines) > 3
    assert {"receive.denynonfastforwards=true", "receive.denydeletes=true"} <= set(settings)
    appraise(server.scene, "can-bo-thue")
    assert not server.push("main")[0]
    server.scene.repository.git("reset", "--quiet", "--hard", server.scene.base)
    appraise(server.scene)
    assert server.push("main")[0]
    assert "refs/heads/register" in server.names()

"""`join`: from nothing to a change that the door takes, by the commands that people type.

The keys are real, the clones are real, and what guard says is the verdict. What a request may say is judged in full.
"""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml

from pipeline.adapters import documents
from pipeline.core.record.joining import read_request
from pipeline.core.rounds.commits import LOCAL_TIME
from tests.conftest import Outcome, Repository, RunCommand
from tests.guarded import APPRAISAL, STATE, access, key_of, public_key
from tests.tiny import SCHEMAS

NEWCOMER = "chuyen-vien-van-phong"
ASKED = ("join", NEWCOMER, "--role", "theo-doi", "--body", "van-phong", "--email", "chuyen-vien@vp.example")
ADMIN, SECOND = "giu-luat-noi-vu", "lanh-dao-noi-vu"
ACCESS = "data/access.yml"
FIRST = "data/2024/appraisal-1/cuc-thue.yml"
TODAY = datetime.now(LOCAL_TIME).date()

pytestmark = pytest.mark.needs("ssh-keygen")


def opened(text: str) -> str:
    """Return a cycle whose first appraisal is open on the day of this run."""
    opens, by = TODAY - timedelta(days=3), TODAY + timedelta(days=30)
    return text.replace("{opens: 2024-12-05, before: 2024-12-18}", f"{{opens: {opens}, by: {by}}}")


def rights(**more: str) -> str:
    """Return the rights of a repository in which access.yml needs a second person, and a comment to keep."""
    text = access(signed="appraisal-1, access", second="access", **more).replace(
        "[approval, amendments]", "[approval, amendments, rules, access]"
    )
    return f"# Quyền của thành phố\n{text}"


@pytest.fixture
def origin(repository: Repository) -> Repository:
    state = {**STATE, "data/2024/cycle.yml": opened(STATE["data/2024/cycle.yml"]), ACCESS: rights()}
    repository.write_all({**SCHEMAS, **{path: text.encode() for path, text in state.items()}})
    repository.commit("Khởi đầu", date=f"{TODAY - timedelta(days=1)}T09:00:00+07:00")
    return repository


class Person:
    """Somebody with a clone, an own home, and what the program and git say there."""

    def __init__(self, name: str, origin: Path, run: RunCommand, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = origin.parent / f"nha-{name}"
        self.home.mkdir()
        self.folder = self.home / "kho"
        self.run_command, self.monkeypatch = run, monkeypatch
        subprocess.run(["git", "clone", "--quiet", str(origin), str(self.folder)], check=True)

    def types(self, *words: str) -> Outcome:
        with self.monkeypatch.context() as patch:
            patch.setenv("HOME", str(self.home))
            return self.run_command(*words, cwd=self.folder)

    def must(self, *words: str) -> str:
        done = self.types(*words)

        assert (done.code, done.stderr) == (0, ""), done
        return done.stdout

    def git(self, *words: str) -> str:
        environment = {**os.environ, "HOME": str(self.home), "GIT_CONFIG_NOSYSTEM": "1"}
        done = subprocess.run(
            ["git", *words], cwd=self.folder, env=environment, capture_output=True, encoding="utf-8", check=False
        )

        assert done.returncode == 0, done
        return done.stdout.strip()

    def is_known(self, person: str) -> None:
        """Set git up for somebody whose key has been there all along."""
        settings = {"user.name": person, "user.email": f"{person}@noi-vu.example", "gpg.format": "ssh"}
        for name, value in {**settings, "user.signingkey": str(key_of(person)), "commit.gpgsign": "true"}.items():
            self.git("config", name, value)


@pytest.fixture
def people(origin: Repository, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch) -> dict[str, Person]:
    origin.git("config", "receive.denyCurrentBranch", "updateInstead")
    made = {name: Person(name, origin.root, run_command, monkeypatch) for name in (NEWCOMER, ADMIN, SECOND)}
    for name in (ADMIN, SECOND):
        made[name].is_known(name)
    return made


def grant(people: dict[str, Person], request: Path) -> str:
    """Bring a request in as the program tells those who are concerned, and return what it told."""
    admin, second = people[ADMIN], people[SECOND]
    admin.git("pull", "--quiet")
    told = admin.must("join", "--request", str(request))
    for line in re.findall(r"(?m)^  git (.*)", told)[:3]:
        admin.git(*[word.strip('"') for word in re.findall(r'"[^"]*"|\S+', line)])
    branch = admin.git("branch", "--show-current")
    second.git("fetch", "--quiet")
    second.git("switch", "--quiet", branch)
    second.must("review", "origin/main")
    second.git("push", "--quiet")
    verdict = json.loads(second.must("guard", "--format", "json", "origin/main", "HEAD"))

    assert verdict["accepted"], verdict
    second.git("push", "--quiet", "origin", f"{branch}:main")
    admin.git("switch", "--quiet", "main")
    return told


def test_a_newcomer_comes_from_nothing_to_a_change_that_the_door_takes(people: dict[str, Person]) -> None:
    newcomer = people[NEWCOMER]
    told = newcomer.must(*ASKED, "--no-passphrase")
    request = newcomer.folder / f"join-{NEWCOMER}.yml"
    granted = grant(people, request)
    newcomer.git("pull", "--quiet")
    newcomer.git("switch", "--quiet", "--create", "cham")
    file = newcomer.folder / FIRST
    file.write_text(APPRAISAL.replace("score: 1, reason: Thiếu báo cáo", "score: 0.5, reason: Thiếu hai báo cáo"))
    newcomer.git("commit", "--quiet", "--message", "Chấm 2.1", "--", FIRST)
    verdict = json.loads(newcomer.must("guard", "--format", "json", "origin/main", "HEAD"))

    assert verdict["accepted"]
    assert [commit["signer"] for commit in verdict["commits"]] == [NEWCOMER]
    assert f"{ADMIN} (giu-luat), Sở Nội vụ" in told
    assert f"{SECOND} (lanh-dao), Sở Nội vụ" in granted
    assert "can-bo-thue" not in told + granted
    text = (newcomer.folder / ACCESS).read_text()
    assert text.startswith("# Quyền của thành phố\n")
    assert yaml.safe_load(text)["people"][NEWCOMER] == {
        "role": "theo-doi",
        "body": "van-phong",
        "email": "chuyen-vien@vp.example",
        "keys": [{"key": yaml.safe_load(request.read_text())["key"], "from": TODAY}],
    }


def test_git_is_set_up_for_this_repository_alone_and_each_setting_is_said(people: dict[str, Person]) -> None:
    newcomer = people[NEWCOMER]
    told = newcomer.must(*ASKED, "--no-passphrase")
    key = newcomer.home / ".ssh/parindex_ed25519"
    expected = {
        "user.name": NEWCOMER,
        "user.email": "chuyen-vien@vp.example",
        "gpg.format": "ssh",
        "user.signingkey": str(key),
        "commit.gpgsign": "true",
    }

    assert {name: newcomer.git("config", "--local", name) for name in expected} == expected
    assert [line for name, value in expected.items() if (line := f"  {name} = {value}\n") not in told] == []
    assert not (newcomer.home / ".gitconfig").exists()
    assert (key.stat().st_mode & 0o777, key.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert newcomer.git("status", "--short") == f"?? join-{NEWCOMER}.yml"


def test_a_lost_key_is_followed_by_another_and_the_old_one_gets_its_last_day(people: dict[str, Person]) -> None:
    newcomer = people[NEWCOMER]
    newcomer.must(*ASKED, "--no-passphrase")
    grant(people, newcomer.folder / f"join-{NEWCOMER}.yml")
    newcomer.git("pull", "--quiet")
    shutil.rmtree(newcomer.home / ".ssh")
    newcomer.must(*ASKED, "--no-passphrase")
    told = grant(people, newcomer.folder / f"join-{NEWCOMER}.yml")
    newcomer.git("pull", "--quiet")
    old, new = yaml.safe_load((newcomer.folder / ACCESS).read_text())["people"][NEWCOMER]["keys"]

    assert f"…{old['key'][-12:]} của người này vẫn còn hiệu lực" in told
    assert (old["key"] != new["key"], new["from"], "until" in old) == (True, TODAY, False)


def test_on_a_terminal_what_is_missing_is_asked_and_ssh_keygen_itself_asks_for_the_passphrase(
    people: dict[str, Person],
) -> None:
    newcomer = people[NEWCOMER]
    answers = {"Vai trò": "theo-doi", "(so-noi-vu, van-phong)": "van-phong", "Thư điện tử": "a@vp.example"}
    answers |= {"Enter passphrase": "mat khau dai", "Enter same passphrase": "mat khau dai"}
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(newcomer.folder)
        os.environ["HOME"] = str(newcomer.home)
        os.environ["PYTHONPATH"] = str(Path(__file__).parent.parent)
        os.execv(sys.executable, [sys.executable, "-m", "pipeline", "join", NEWCOMER])  # noqa: S606 - this very Python
    told, waiting = "", list(answers.items())
    while True:
        try:
            told += os.read(terminal, 4096).decode("utf-8", "replace")
        except OSError:  # the other side is gone
            break
        if waiting and waiting[0][0] in told:
            os.write(terminal, f"{waiting.pop(0)[1]}\n".encode())
    key = newcomer.home / ".ssh/parindex_ed25519"
    opened_with = [
        subprocess.run(["ssh-keygen", "-y", "-P", phrase, "-f", str(key)], capture_output=True, check=False).returncode
        for phrase in ("mat khau dai", "")
    ]

    assert (os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), waiting) == (0, []), told
    assert (opened_with[0], opened_with[1] != 0) == (0, True)
    assert yaml.safe_load((newcomer.folder / f"join-{NEWCOMER}.yml").read_text())["body"] == "van-phong"


REFUSED = {
    "a role that is none": (("--role", "giam-doc"), "Không có vai trò giam-doc. Các vai trò: co-quan, theo-doi"),
    "a body that is none": (
        ("--body", "so-moi"),
        "Không có cơ quan thực hiện so-moi. Các cơ quan: so-noi-vu, van-phong",
    ),
    "an e-mail that is another's": (
        ("--email", "GIU-LUAT-noi-vu@noi-vu.example"),
        "đã ghi cho giu-luat-noi-vu (giu-luat)",
    ),
    "an e-mail that is none": (("--email", "khong-phai-thu"), "Đơn không ghi được vào data/access.yml: "),
    "an id of somebody else": (("theo-doi-van-phong",), "Mã này đã ghi cho theo-doi-van-phong (theo-doi)"),
    "an id that steers a terminal": (("a\x1b[31m",), r"Mã a\x1b[31m không dùng được"),
    "an id of two lines": (("a\nb",), r"Mã a\nb không dùng được"),
    "an e-mail that steers a terminal": (("--email", "a\x1b@b.example"), "ký tự không ghi được vào tệp"),
    "an id that is none": (("../Ma",), "Mã ../Ma không dùng được"),
    "an agency that is none": (
        ("--agency", "cuc-la"),
        "Không có cơ quan được đánh giá cuc-la. Các cơ quan: ",
    ),
}


@pytest.mark.parametrize(("given", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_refused_with_what_is_allowed_before_anything_is_made(
    given: tuple[str, ...], said: str, people: dict[str, Person]
) -> None:
    words = list(ASKED)
    if given[0].startswith("--agency"):
        words[words.index("--body") : words.index("--body") + 2] = given
    elif len(given) == 2:
        words[words.index(given[0]) + 1] = given[1]
    else:
        words[1] = given[0]
    newcomer = people[NEWCOMER]
    done = newcomer.types(*words, "--no-passphrase")

    assert (done.code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert said in done.stderr
    assert not (newcomer.home / ".ssh").exists()
    assert newcomer.git("status", "--short") == ""
    assert "user.name" not in newcomer.git("config", "--local", "--list")


def test_a_key_of_somebody_else_or_of_another_kind_is_refused(people: dict[str, Person]) -> None:
    newcomer = people[NEWCOMER]
    taken = newcomer.types(*ASKED, "--key", str(key_of(ADMIN)))
    other = newcomer.types(*ASKED, "--key", str(key_of(ADMIN, "rsa")))

    assert (taken.code, other.code) == (2, 2)
    assert f"Khóa này đã ghi cho {ADMIN} (giu-luat)" in taken.stderr
    assert "không phải là khóa ssh-ed25519" in other.stderr
    assert newcomer.git("status", "--short") == ""


def test_without_a_terminal_what_is_missing_is_named(people: dict[str, Person]) -> None:
    newcomer = people[NEWCOMER]
    passphrase = newcomer.types(*ASKED)
    role = newcomer.types("join", NEWCOMER, "--email", "a@b.example")

    assert (passphrase.code, role.code) == (2, 2)
    assert "--no-passphrase" in passphrase.stderr
    assert "vai trò (--role)" in role.stderr
    assert "theo-doi" in role.stderr


def test_where_nothing_can_be_written_no_half_of_a_key_stays(people: dict[str, Person]) -> None:
    newcomer = people[NEWCOMER]
    (newcomer.home / ".ssh").write_text("không phải thư mục")
    key = newcomer.types(*ASKED, "--no-passphrase")
    (newcomer.home / ".ssh").unlink()
    request = newcomer.types(*ASKED, "--no-passphrase", "-o", "data")

    assert (key.code, request.code) == (2, 2)
    assert "Không ghi được" in key.stderr
    assert sorted(path.name for path in (newcomer.home / ".ssh").iterdir()) == [
        "parindex_ed25519",
        "parindex_ed25519.pub",
    ]
    assert "user.name" not in newcomer.git("config", "--local", "--list")
    assert newcomer.must(*ASKED, "--no-passphrase").startswith("Dùng khóa ký đã có")


def test_where_there_is_no_git_nothing_is_made(people: dict[str, Person]) -> None:
    newcomer = people[NEWCOMER]
    shutil.rmtree(newcomer.folder / ".git")
    done = newcomer.types(*ASKED, "--no-passphrase")

    assert (done.code, done.stdout) == (2, "")
    assert "không phải là một kho git" in done.stderr
    assert not (newcomer.home / ".ssh").exists()


BAD_REQUESTS = {
    "no request": b"format: 1\n",
    "a list": b"- a\n",
    "more than a request": b"format: 1\nperson: a\nrole: b\nbody: c\nemail: d\nkey: e\npolicy: x\n",
    "both places": b"format: 1\nperson: a\nrole: b\nbody: c\nagency: c\nemail: d\nkey: e\n",
    "a mapping for a text": b"format: 1\nperson: {a: b}\nrole: b\nbody: c\nemail: d\nkey: e\n",
}


@pytest.mark.parametrize("more", [("somebody",), ("--role", "tham-dinh"), ("--no-passphrase",), ("-o", "x.yml")])
def test_who_grants_a_request_changes_nothing_in_it(more: tuple[str, ...], people: dict[str, Person]) -> None:
    done = people[ADMIN].types("join", "--request", "x.yml", *more)

    assert (done.code, len(done.stderr.splitlines())) == (2, 1)
    assert "--request" in done.stderr


@pytest.mark.parametrize("data", BAD_REQUESTS.values(), ids=BAD_REQUESTS)
def test_a_file_that_is_no_request_changes_nothing(data: bytes, people: dict[str, Person]) -> None:
    admin = people[ADMIN]
    (admin.home / "x.yml").write_bytes(data)
    done = admin.types("join", "--request", str(admin.home / "x.yml"))

    assert read_request(documents.read("x.yml", data).root) is None
    assert (done.code, done.stdout) == (2, "")
    assert "không phải là đơn xin quyền" in done.stderr
    assert admin.git("status", "--short") == ""


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_request_that_was_tampered_with_is_judged_anew(language: str, people: dict[str, Person]) -> None:
    admin = people[ADMIN]
    key = public_key(SECOND).rsplit(" ", 1)[0]
    asked = f"format: 1\nperson: ke-la\nrole: giu-luat\nbody: so-noi-vu\nemail: x@y.example\nkey: {key}\n"
    (admin.home / "x.yml").write_text(asked)
    done = admin.types("--lang", language, "join", "--request", str(admin.home / "x.yml"))

    assert (done.code, done.stdout) == (2, "")
    assert SECOND in done.stderr

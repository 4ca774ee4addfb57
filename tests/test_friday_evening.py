"""Friday evening: seven things go wrong at a server with both hooks on, and each is put right by lawful pushes.

The commands that people type are those of the how-to "Khi có sai sót", block by block, and what the page quotes is what
they saw.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from guarded import email_of, key_of, public_key
from readers import is_quoted, program
from test_pre_receive import commands_of_the_page
from tiny import SCHEMAS, TINY_FILES

from pipeline.core.record.access import KINDS
from pipeline.core.rounds.commits import LOCAL_TIME

pytestmark = pytest.mark.needs("ssh-keygen")

PAGE = ROOT / "docs" / "how-to" / "khi-co-sai-sot.md"
BLOCK = re.compile(r"<!-- friday (?P<name>[a-z-]+) -->\n```text\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"\[(?P<who>[a-z-]+)\] \$ (?P<command>.+)")

YEAR = "data/2024"
HEAD, PART = f"{YEAR}/appraisal-1/co-quan-a.yml", f"{YEAR}/appraisal-1/co-quan-a/van-phong-ubnd.yml"
CRITERIA, APPROVAL, PLAN = (f"{YEAR}/{name}.yml" for name in ("criteria", "approval", "plan"))
ACCESS = "data/access.yml"
RIGHT, WRONG = "groups: {lanh-dao-so: 1, lanh-dao-nganh: 2}", "groups: {lanh-dao-so: 2, lanh-dao-nganh: 1}"
OFFICE = """\
format: 1
lines:
  "2.1": {score: 2}
  "2.2": {score: 1.5, reason: Hai mẫu hướng dẫn chưa cập nhật}
  "2.3": {score: 2}
  "2.4": {not_applicable: Đúng là không có đơn vị trực thuộc}
"""
ROLES = f"""\
format: 1
roles:
  quan-tri: {{writes: [access, rules], agencies: all, criteria: all}}
  thu-ky:
    writes: [{", ".join(kind for kind in KINDS if kind not in ("access", "rules", "program"))}]
    agencies: all
    criteria: all
  tham-dinh: {{writes: [appraise], agencies: all, criteria: monitored}}
  lanh-dao: {{reviews: [{", ".join(kind for kind in KINDS if kind != "program")}]}}
"""
PEOPLE = {
    "quan-tri": ("quan-tri", "so-noi-vu"),
    "thu-ky": ("thu-ky", "so-noi-vu"),
    "van-phong": ("tham-dinh", "van-phong-ubnd"),
    "lanh-dao": ("lanh-dao", "so-noi-vu"),
}
SERVER, THIEF = "may-chu", "ke-la"
DESKS = (*PEOPLE, THIEF)


def day(after: int = 0) -> str:
    """Return a day as seen from today by the server's clock."""
    return (datetime.now(LOCAL_TIME).date() + timedelta(days=after)).isoformat()


def entry(person: str, until: str = "") -> str:
    return f"{{key: {public_key(person)}, from: 2024-11-01{f', until: {until}' if until else ''}}}"


def access(keys: Mapping[str, str]) -> str:
    """Return an access.yml; `keys` is what stands under the keys of some people, where it is not one key."""
    told = "".join(
        f"  {name}:\n    role: {role}\n    body: {body}\n    email: {email_of(name)}\n"
        f"    keys: [{keys.get(name) or entry(name)}]\n"
        for name, (role, body) in PEOPLE.items()
    )
    kinds = ", ".join(kind for kind in KINDS if kind != "program")
    machine = f"server:\n  - {entry(SERVER)}\n"
    return f"{ROLES}people:\n{told}{machine}policy: {{signed: [{kinds}], second_person: []}}\n"


def as_it_stood() -> dict[str, bytes]:
    """Return the tiny year in which nothing is sealed yet, the office still owes a part, and a weight is wrong."""
    files = {path: data for path, data in TINY_FILES.items() if not path.endswith(("/0001.yml", "approval.yml"))}
    cycle = files[f"{YEAR}/cycle.yml"].decode()
    for stage, opens, by in (
        ("self-assessment", -40, -30),
        ("appraisal-1", -29, 1),
        ("appraisal-2", -20, -1),
        ("council-decision", -19, -1),
        ("survey", -40, -1),
    ):
        cycle = re.sub(
            rf"^  {stage}: {{opens: [0-9-]+, (before|by): [0-9-]+",
            f"  {stage}: {{opens: {day(opens)}, by: {day(by)}",
            cycle,
            flags=re.MULTILINE,
        )
    cycle = re.sub(r"^extensions:\n.*\n", "", cycle, flags=re.MULTILINE)
    head = re.sub(r'^  "2\.\d":\n(    .*\n)+', "", files[HEAD].decode(), flags=re.MULTILINE)
    criteria = files[CRITERIA].decode()
    assert RIGHT in criteria
    return {
        **files,
        f"{YEAR}/cycle.yml": cycle.encode(),
        HEAD: head.encode(),
        CRITERIA: criteria.replace(RIGHT, WRONG).encode(),
    }


@dataclass
class Evening:
    """A server, the clones of those who push to it, and the blocks of the page that were typed."""

    folder: Path
    blocks: Mapping[str, str]
    typed: set[str] = field(default_factory=set)
    keys: dict[str, str] = field(default_factory=dict)  # what access.yml has under the keys of some people

    @property
    def server(self) -> Path:
        return self.folder / "kho.git"

    def at(self, who: str) -> Path:
        return self.server if who == SERVER else self.folder / who

    def shell(self, who: str, command: str, **more: str) -> tuple[int, str]:
        """Let somebody type a command where they stand; return how it ended and what they saw."""
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        settings = {"GIT_CONFIG_GLOBAL": str(self.folder / f"{who}.gitconfig"), "GIT_CONFIG_NOSYSTEM": "1"}
        done = subprocess.run(
            ["sh", "-uc", command],
            cwd=self.at(who),
            env={**os.environ, **settings, "PATH": path, "PYTHONPATH": str(ROOT), **more},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return done.returncode, re.sub(r"[ \t]+$", "", done.stdout + done.stderr, flags=re.MULTILINE)

    def does(self, who: str, command: str) -> str:
        """Let somebody do something by the way, which must succeed."""
        code, said = self.shell(who, command)

        assert code == 0, f"{who}: {command}: {said}"
        return said.strip()

    def types(self, name: str, **more: str) -> None:
        """Let people type a block of the page: each command succeeds unless the page quotes a refusal or SAI."""
        self.typed.add(name)
        for who, command, quoted in commands_of(self.blocks[name]):
            code, said = self.shell(more.get("AI", who) if who == "nguoi-ghi" else who, command, **more)
            fails = any(re.match("remote: TỪ CHỐI|SAI", line) for line in quoted)

            assert (code != 0) == fails, f"{name}: {command}: {said}"
            assert is_quoted(quoted, said), f"{name}: {command}: {said}"

    def fresh(self, who: str) -> None:
        """Take the main branch as it stands."""
        self.does(who, "git fetch -q --tags --force origin && git switch -q --discard-changes main && git clean -fdq")
        self.does(who, "git reset -q --hard origin/main")

    def text(self, who: str, path: str) -> str:
        return (self.at(who) / path).read_text(encoding="utf-8")

    def writes(self, who: str, path: str, text: str) -> None:
        """Write a file with an editor."""
        file = self.at(who) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")

    def changes(self, who: str, path: str, old: str, new: str) -> None:
        assert old in self.text(who, path)
        self.writes(who, path, self.text(who, path).replace(old, new, 1))

    def commits(self, who: str, message: str = "Sửa dữ liệu") -> None:
        self.does(who, f"git add --all && git commit -q -m '{message}'")

    def refused(self, who: str, *codes: str) -> None:
        """Push what stands, which must fail for a reason, and take it back."""
        code, said = self.shell(who, "git push --quiet origin HEAD:main")

        assert code != 0, said
        assert [one for one in codes if f" {one}: " not in said] == [], said
        self.fresh(who)

    def past_the_hook(self, who: str) -> None:
        """Push what stands while the administrator of the server has the door open."""
        self.does(SERVER, "mv hooks/pre-receive off")
        self.does(who, "git push --quiet origin HEAD:main")
        self.does(SERVER, "mv off hooks/pre-receive")

    def seen_by_two(self, who: str, branch: str) -> None:
        """Let the second person approve what somebody has committed, as the page says once for all."""
        self.types("nguoi-thu-hai", AI=who, NHANH=branch)

    def told(self) -> dict[str, dict[str, list[str]]]:
        """Return what `verify` says in a clone: state -> code -> sentences."""
        self.fresh("lanh-dao")
        told: dict[str, Any] = json.loads(self.shell("lanh-dao", "parindex verify --all --format json")[1])
        found: dict[str, dict[str, list[str]]] = {"broken": {}, "noted": {}, "proved": {}, "unproved": {}}
        for proof in told["proofs"]:
            found[proof["state"]].setdefault(proof["code"], []).append(proof["message"])
        return found

    def whole(self) -> dict[str, dict[str, list[str]]]:
        """Assert that `check` and `verify` have nothing against the main branch; return what `verify` says."""
        told = self.told()

        assert (self.errors(), told["broken"]) == ("", {})
        return told

    def errors(self) -> str:
        """Return what `check` has to say of the main branch."""
        self.fresh("lanh-dao")
        code, said = self.shell("lanh-dao", "parindex check")
        return said if code else ""


def commands_of(block: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield who types what in a block, and the lines that the page quotes of what they saw."""
    lines = [line for line in block.splitlines() if line]
    starts = [number for number, line in enumerate(lines) if COMMAND.fullmatch(line)]

    assert starts[:1] == [0]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        found = COMMAND.fullmatch(lines[start])
        assert found is not None
        yield found["who"], found["command"], tuple(lines[start + 1 : end])


@pytest.fixture
def evening(tmp_path: Path) -> Evening:
    blocks = {found["name"]: found["body"] for found in BLOCK.finditer(PAGE.read_text("utf-8"))}
    made = Evening(tmp_path, blocks)
    program(tmp_path / "bin")
    for who in DESKS:
        signer = "thu-ky" if who == THIEF else who
        settings = {
            "user.name": signer,
            "user.email": email_of(signer),
            "gpg.format": "ssh",
            "user.signingkey": str(key_of(signer)),
            "commit.gpgsign": "true",
            "init.defaultBranch": "main",
            "core.autocrlf": "false",
        }
        for name, value in settings.items():
            subprocess.run(["git", "config", "--file", tmp_path / f"{who}.gitconfig", name, value], check=True)
    first = tmp_path / "quan-tri"
    first.mkdir()
    made.does("quan-tri", "git init -q")
    for path, data in {**as_it_stood(), **SCHEMAS}.items():
        made.writes("quan-tri", path, data.decode())
    made.does("quan-tri", "git add --all && git commit -q --no-gpg-sign -m 'Dữ liệu đã có'")
    made.writes("quan-tri", ACCESS, access({}))
    made.commits("quan-tri", "Ai được ghi gì")
    here = {"KHO": str(made.server), "MA": str(ROOT), "DU_LIEU": str(first), "KHOA": str(key_of(SERVER))}
    for line in commands_of_the_page():
        subprocess.run(["sh", "-euc", line], env={**os.environ, **here}, check=True, capture_output=True)
    made.does("quan-tri", f"git remote add origin file://{made.server}")
    for who in DESKS[1:]:
        made.at(who).mkdir()
        made.does(who, f"git clone -q file://{made.server} .")
    founding = made.does(SERVER, "git config parindex.founding")
    for who in DESKS:
        made.does(who, f"git config parindex.founding {founding}")
    return made


def test_everything_that_goes_wrong_is_put_right_by_lawful_pushes(evening: Evening) -> None:
    for mishap in (
        a_wrong_part,
        an_early_seal,
        a_wrong_date_in_a_head,
        a_wrong_weight_after_the_approval,
        a_wrong_day_of_publication,
        a_stolen_key,
        the_only_administrators_lost_key,
    ):
        mishap(evening)

    assert set(evening.whole()["noted"]) == {"seal-replaced", "commit-after-key-ended", "founded-again"}
    assert evening.typed == set(evening.blocks)


def a_wrong_part(evening: Evening) -> None:
    """The office gives 99 points; the door refuses it, and it comes in while the hook is off."""
    evening.writes("van-phong", PART, OFFICE.replace("score: 1.5", "score: 99"))
    evening.commits("van-phong")
    evening.refused("van-phong", "score-over-maximum")
    evening.writes("van-phong", PART, OFFICE.replace("score: 1.5", "score: 99"))
    evening.commits("van-phong")
    evening.past_the_hook("van-phong")
    assert "score-over-maximum" in evening.errors()
    assert "score-over-maximum" in evening.told()["broken"]["data-problem"][0]

    evening.fresh("van-phong")
    evening.writes("van-phong", PART, OFFICE)
    evening.types("phan-sai")
    evening.whole()


def an_early_seal(evening: Evening) -> None:
    """A stage is sealed before its last day: alone that is refused, two may, and then the office has more to say."""
    evening.fresh("thu-ky")
    seal(evening, "self-assessment")
    evening.does("thu-ky", "git push --quiet origin main seal/2024/self-assessment")
    seal(evening, "appraisal-1")
    evening.refused("thu-ky", "no-review")
    evening.does("thu-ky", "git tag -d seal/2024/appraisal-1")
    seal(evening, "appraisal-1")
    evening.seen_by_two("thu-ky", "niem-phong")
    evening.does("thu-ky", "git push --quiet origin seal/2024/appraisal-1")
    evening.fresh("van-phong")
    evening.changes("van-phong", PART, "score: 1.5", "score: 1.75")
    evening.commits("van-phong")
    evening.refused("van-phong", "sealed")

    evening.fresh("thu-ky")
    evening.types("niem-phong-bo")
    evening.seen_by_two("thu-ky", "bo-niem-phong")
    evening.types("niem-phong-da-bo")
    evening.fresh("van-phong")
    evening.changes("van-phong", PART, "score: 1.5", "score: 1.75")
    evening.commits("van-phong")
    evening.does("van-phong", "git push --quiet origin HEAD:main")
    evening.fresh("thu-ky")
    evening.types("niem-phong-lai")
    evening.seen_by_two("thu-ky", "niem-phong-lai")
    evening.types("the-niem-phong")
    assert set(evening.whole()["noted"]) == {"seal-replaced"}


def seal(evening: Evening, stage: str) -> None:
    evening.does("thu-ky", f"parindex seal --year 2024 --stage {stage}")


def amendment(evening: Evening, number: str, path: str, old: str, new: str) -> None:
    """Write the amendment that replaces a closed file, as the page shows it."""
    text = evening.text("thu-ky", path)
    assert old in text
    content = "".join(f"  {line}\n" for line in text.replace(old, new, 1).splitlines())
    evening.writes(
        "thu-ky",
        f"{YEAR}/amendments/{number}.yml",
        f"format: 1\npath: {path}\nexpect: {hashlib.sha256(text.encode()).hexdigest()}\nfile:\n{content}"
        f"reason: Ghi sai khi gõ\ndecision: {{number: {number}/QĐ-MH, date: {day()}}}\n",
    )


def a_wrong_date_in_a_head(evening: Evening) -> None:
    """All is sealed, and the day of an appraisal is found to be mistyped."""
    evening.fresh("thu-ky")
    for stage in ("explanation", "appraisal-2", "survey", "council-decision"):
        seal(evening, stage)
    evening.does("thu-ky", "git push --quiet --tags origin main")
    right = ("appraised: 2024-12-16", "appraised: 2024-12-15")
    evening.changes("thu-ky", HEAD, *right)
    evening.commits("thu-ky")
    evening.refused("thu-ky", "sealed")

    amendment(evening, "0001", HEAD, *right)
    evening.types("dinh-chinh")
    evening.seen_by_two("thu-ky", "dinh-chinh-ngay")
    assert set(evening.whole()["proved"]) >= {"amendment-stands"}


def approve(evening: Evening, number: str, *more: str) -> None:
    words = " ".join((f"--year 2024 --number {number}/QĐ-UBND-MH --date {day()}", *more))
    evening.does("thu-ky", f"parindex approve {words}")


def a_wrong_weight_after_the_approval(evening: Evening) -> None:
    """The table is approved, and a weight of the survey is not what the decision says."""
    evening.fresh("thu-ky")
    approve(evening, "9", f"--publish-from {day(2)}")
    evening.commits("thu-ky", "Phê duyệt kết quả")
    evening.seen_by_two("thu-ky", "phe-duyet")
    evening.fresh("quan-tri")
    evening.changes("quan-tri", CRITERIA, WRONG, RIGHT)
    evening.commits("quan-tri")
    evening.refused("quan-tri", "approved", "no-review")

    evening.fresh("thu-ky")
    amendment(evening, "0002", CRITERIA, WRONG, RIGHT)
    evening.commits("thu-ky", "Đính chính trọng số")
    evening.refused("thu-ky", "approval-inputs-changed")
    amendment(evening, "0002", CRITERIA, WRONG, RIGHT)
    evening.types("trong-so", HOM_NAY=day())
    evening.seen_by_two("thu-ky", "trong-so")
    assert set(evening.whole()["proved"]) >= {"table-reproduced", "earlier-table-reproduced"}


def a_wrong_day_of_publication(evening: Evening) -> None:
    """The day of publication is too near; it is moved while it has not come."""
    evening.fresh("thu-ky")
    evening.changes("thu-ky", APPROVAL, f"publish_from: {day(2)}", f"publish_from: {day(10)}")
    evening.commits("thu-ky")
    evening.refused("thu-ky", "approval-rewritten")

    evening.types("ngay-cong-bo", HOM_NAY=day(), NGAY_DUNG=day(10))
    evening.seen_by_two("thu-ky", "ngay-cong-bo")
    evening.fresh("thu-ky")
    assert f"publish_from: {day(10)}" in evening.text("thu-ky", APPROVAL)
    evening.whole()


def a_stolen_key(evening: Evening) -> None:
    """Somebody signs as the secretary, who ends the key alone; what was written is taken back, and a new key comes."""
    evening.fresh(THIEF)
    right = evening.text(THIEF, PLAN)
    evening.changes(THIEF, PLAN, "due: {before: 2024-12-18}", "due: {before: 2024-12-31}")
    evening.commits(THIEF, "Kế hoạch")
    evening.does(THIEF, "git push --quiet origin HEAD:main")
    stolen = evening.does(THIEF, "git rev-parse HEAD")

    evening.fresh("thu-ky")
    evening.keys["thu-ky"] = entry("thu-ky", until=day(-1))
    evening.writes("thu-ky", ACCESS, access(evening.keys))
    evening.types("khoa-bi-lay")
    assert any("Kế hoạch" in message for message in evening.told()["noted"]["commit-after-key-ended"])
    evening.fresh(THIEF)
    evening.changes(THIEF, PLAN, "responsible: agencies", "responsible: [so-noi-vu]")
    evening.commits(THIEF)
    evening.refused(THIEF, "expired-key")

    evening.fresh("quan-tri")
    evening.keys["thu-ky"] += f", {entry('thu-ky-moi')}"
    evening.writes("quan-tri", ACCESS, access(evening.keys))
    evening.types("khoa-moi")
    evening.seen_by_two("quan-tri", "khoa-moi")
    evening.does("thu-ky", f"git config --global user.signingkey {key_of('thu-ky-moi')}")
    evening.fresh("thu-ky")
    evening.types("tra-lai", COMMIT=stolen)
    assert evening.text("thu-ky", PLAN) == right
    evening.whole()


def the_only_administrators_lost_key(evening: Evening) -> None:
    """Nobody is left who may write access.yml: the register is founded again."""
    evening.does("quan-tri", f"git config --global user.signingkey {key_of('quan-tri-moi')}")
    evening.fresh("quan-tri")
    evening.keys["quan-tri"] = f"{entry('quan-tri', until=day())}, {entry('quan-tri-moi')}"
    evening.writes("quan-tri", ACCESS, access(evening.keys))
    evening.types("mo-lai-so")
    evening.types("ghim-lai")
    assert set(evening.told()["broken"]) == {"refounding-unfit", "entry-unlawful", "commit-unknown-key"}
    evening.types("ghim-o-ban-sao")
    evening.fresh("quan-tri")
    evening.keys["van-phong"] = f"{entry('van-phong')}, {entry('van-phong-moi')}"
    evening.writes("quan-tri", ACCESS, access(evening.keys))
    evening.commits("quan-tri")
    evening.refused("quan-tri", "no-review")
    evening.writes("quan-tri", ACCESS, access(evening.keys))
    evening.commits("quan-tri")
    evening.seen_by_two("quan-tri", "khoa-van-phong")

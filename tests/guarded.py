"""A small repository under guard: people who are roles, their real keys, and a round in the middle of its work.

Keys are made once for all tests. What guard says of a commit made here is the matter of the tests.
"""

from __future__ import annotations

import atexit
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from conftest import Repository
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from pipeline.adapters.repository import open_repository
from pipeline.core.rounds.commits import Moment, moment
from pipeline.core.rounds.judgement import EDITION, Finding, Judgement
from pipeline.flows.guard import judge_range

YEAR = "data/2024"
OPENING = "2024-11-26T08:00:00+07:00"

ROLES = """\
roles:
  co-quan: {writes: [self-assessment, explanation], agencies: own, criteria: all}
  theo-doi: {writes: [appraisal-1, appraisal-2], agencies: all, criteria: monitored}
  van-thu: {writes: [survey], agencies: all, criteria: all, hands_in_for: [co-quan]}
  thuong-truc:
    writes: [appraisal-1, appraisal-2, council-decision, survey, seals, amendments, approval, plan, council]
    agencies: all
    criteria: all
    reviews: [approval]
  giu-luat: {writes: [rules, access], agencies: all, criteria: all, reviews: [amendments]}
  lanh-dao: {reviews: [approval, amendments]}
"""
# id -> role, where the person belongs
PEOPLE = {
    "can-bo-thue": ("co-quan", "agency: cuc-thue"),
    "can-bo-hai-quan": ("co-quan", "agency: cuc-hai-quan"),
    "theo-doi-van-phong": ("theo-doi", "body: van-phong"),
    "van-thu-noi-vu": ("van-thu", "body: so-noi-vu"),
    "thuong-truc-noi-vu": ("thuong-truc", "body: so-noi-vu"),
    "giu-luat-noi-vu": ("giu-luat", "body: so-noi-vu"),
    "lanh-dao-noi-vu": ("lanh-dao", "body: so-noi-vu"),
}
CYCLE = """\
format: 1
title: Chỉ số (minh họa)
illustrative: true
period: {from: 2024-01-01, to: 2024-12-31}
out_of: 4
legal_basis: []
stages:
  self-assessment: {opens: 2024-11-26, before: 2024-12-05}
  appraisal-1: {opens: 2024-12-05, before: 2024-12-18}
  explanation: {working_days: 3, after: request}
  appraisal-2: {opens: 2024-12-19, before: 2025-01-31}
  council-decision: {opens: 2025-01-15, by: 2025-02-14}
  survey: {opens: 2024-12-01, by: 2024-12-31}
extensions:
  - {stage: self-assessment, agency: cuc-hai-quan, by: 2024-12-09, decision: 12/SNV-CCHC}
policy: {points: {decimals: 2}}
"""
CRITERIA = """\
format: 1
criteria:
  "1":
    title: Chỉ đạo
    monitor: so-noi-vu
    children:
      "1.1": {title: Kế hoạch, out_of: 2, rule: {type: judged, step: 0.5}, may_not_apply: Không có}
  "2":
    title: Công vụ
    monitor: van-phong
    children:
      "2.1": {title: Báo cáo, out_of: 2, rule: {type: judged, step: 0.5}}
"""
AGENCIES = """\
format: 1
agencies:
  cuc-thue: {name: Cục Thuế, short: Thuế}
  cuc-hai-quan: {name: Cục Hải quan, short: Hải quan}
"""
CALENDAR = 'format: 1\nyears:\n  "2024": {notice: {number: 1/TB}, days_off: [], make_up_days: []}\n'
SELF = """\
format: 1
report: {number: 1/BC, date: 2024-12-02}
signed_by: Cục trưởng
received: 2024-12-03
lines:
  "1.1": {score: 2, note: Đủ}
  "2.1": {score: 1.5, note: Đủ}
"""
APPRAISAL = """\
format: 1
appraised: 2024-12-16
lines:
  "1.1": {score: 2}
  "2.1": {score: 1, reason: Thiếu báo cáo}
"""
EXPLANATION = """\
format: 1
letter: {number: 2/CV, date: 2024-12-20}
received: 2024-12-20
lines:
  "2.1": {explanation: Báo cáo đã gửi}
"""
DECISION = "format: 1\ndecision: {number: 1/QĐ, date: 2025-02-01}\nlines: {}\n"
AMENDMENT = """\
format: 1
stage: appraisal-1
agency: cuc-thue
criterion: "2.1"
expect: 1
line: {score: 1.5, reason: Bổ sung}
reason: Khiếu nại được chấp nhận
decision: {number: 5/QĐ, date: 2025-03-01}
"""
APPROVAL = """\
format: 1
approvals:
  - decision: {number: 9/QĐ, date: 2025-02-20}
    publish_from: 2025-02-27
    inputs: "00"
    table: {cuc-thue: {points: 3, out_of: 4, index: 75, rank: 1, grade: null}}
"""
SEAL = 'format: 1\ndate: 2024-12-18\nby: thuong-truc-noi-vu\nfiles: {data/2024/cycle.yml: "00"}\nsignature: |\n  x\n'
FORM = 'form: {sha256: "%s"}\n'

STATE = {
    f"{YEAR}/cycle.yml": CYCLE,
    f"{YEAR}/criteria.yml": CRITERIA,
    f"{YEAR}/agencies.yml": AGENCIES,
    "data/calendar.yml": CALENDAR,
    "data/bodies.yml": "format: 1\nbodies:\n  so-noi-vu: {name: Sở Nội vụ}\n  van-phong: {name: Văn phòng}\n",
    f"{YEAR}/appraisal-1/cuc-thue.yml": APPRAISAL,
    f"{YEAR}/self-assessment/cuc-thue.yml": SELF,
    "README.md": "Kho dữ liệu\n",
}


def key_of(person: str, kind: str = "ed25519") -> Path:
    """Return the private key of a person, made at the first call, without ssh-keygen: tests are collected by it."""
    path = _folder() / f"{person}-{kind}"
    if not path.exists():
        key = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ed25519.Ed25519PrivateKey.generate()
        path.touch(0o600)
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
        public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        path.with_name(f"{path.name}.pub").write_text(f"{public} {person}\n", encoding="utf-8")
    return path


@cache
def _folder() -> Path:
    folder = Path(mkdtemp(prefix="parindex-keys-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def public_key(person: str, kind: str = "ed25519") -> str:
    """Return the public half, comment included."""
    return key_of(person, kind).with_name(f"{person}-{kind}.pub").read_text().strip()


def email_of(person: str) -> str:
    """Return the address that access.yml has."""
    return f"{person}@noi-vu.example"


def access(
    *, signed: str = "", second: str = "", keys: Mapping[str, str] | None = None, more: str = "", roles: str = ROLES
) -> str:
    """Return an access.yml of all people.

    Args:
        signed: policy.signed, separated by commas.
        second: policy.second_person.
        keys: person -> what stands under `keys`, where it is not one key without an end.
        more: further people.
        roles: what stands under `roles`.
    """
    people = "".join(
        f"  {person}:\n    role: {role}\n    {place}\n    email: {email_of(person)}\n"
        f"    keys:\n      - {(keys or {}).get(person) or entry(person)}\n"
        for person, (role, place) in PEOPLE.items()
    )
    return f"format: 1\n{roles}people:\n{people}{more}policy: {{signed: [{signed}], second_person: [{second}]}}\n"


def entry(person: str, start: str = "2024-11-01", until: str = "", kind: str = "ed25519") -> str:
    """Return one entry of `keys`."""
    return f"{{key: {public_key(person, kind)}, from: {start}{f', until: {until}' if until else ''}}}"


ALL_KINDS = (
    "self-assessment, appraisal-1, explanation, appraisal-2, council-decision, survey, seals, amendments, approval, "
    "plan, council, rules, access"
)


@dataclass
class Scene:
    """A repository under guard; `base` is the state that judges what comes after."""

    repository: Repository
    base: str = ""
    clock: str = OPENING
    edition: int = EDITION

    def begin(self, access_file: str | None = None, more: Mapping[str, str | bytes] | None = None) -> str:
        """Commit the state before, which nobody judges."""
        self.repository.write_all(STATE)
        self.repository.write("data/access.yml", access_file or access(signed=ALL_KINDS))
        self.repository.write_all(more or {})
        self.base = self.repository.commit("Khởi đầu", date=self.clock)
        self.repository.git("config", "parindex.founding", self.base)
        return self.base

    def write(self, path: str, text: str) -> None:
        """Write a file under data/2024."""
        self.repository.write(f"{YEAR}/{path}", text)

    def edit(self, path: str, old: str, new: str) -> None:
        """Change a text in a file of the repository."""
        file = self.repository.root / path
        text = file.read_text(encoding="utf-8")

        assert old in text
        self.repository.write(path, text.replace(old, new))

    def commit(
        self,
        person: str,
        *,
        date: str | None = None,
        key: Path | None = None,
        signed: bool = True,
        author: str | None = None,
        committer: str | None = None,
        message: str = "Sửa dữ liệu",
        stage: bool = True,
    ) -> str:
        """Commit everything as a person, signed with the person's key, and return the commit."""
        self.clock = date or self.clock
        if stage:
            self.repository.git("add", "--all", "--force")
        signing = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={key or key_of(person)}")
        self.repository.git(
            *(signing if signed else ()),
            *("commit", "--quiet", "--allow-empty", "--message", message, *(("-S",) if signed else ())),
            GIT_AUTHOR_NAME=person,
            GIT_AUTHOR_EMAIL=author or email_of(person),
            GIT_AUTHOR_DATE=self.clock,
            GIT_COMMITTER_NAME=person,
            GIT_COMMITTER_EMAIL=committer or author or email_of(person),
            GIT_COMMITTER_DATE=self.clock,
        )
        return self.head()

    def head(self) -> str:
        """Return the commit that is checked out."""
        return self.repository.git("rev-parse", "HEAD")

    def branch(self, name: str, at: str | None = None) -> None:
        """Begin a branch."""
        self.repository.git("switch", "--quiet", "--create", name, at or self.base)

    def switch(self, name: str) -> None:
        """Check out a branch."""
        self.repository.git("switch", "--quiet", name)

    def merge(self, *branches: str, date: str | None = None, options: tuple[str, ...] = ()) -> str:
        """Merge as a forge does: unsigned, by an address that nobody has."""
        self.clock = date or self.clock
        self.repository.git(
            *("merge", "--quiet", "--no-ff", "--no-edit", *options, *branches),
            **{f"GIT_{who}_NAME": "nơi đặt kho" for who in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{who}_EMAIL": "noreply@forge.example" for who in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{who}_DATE": self.clock for who in ("AUTHOR", "COMMITTER")},
        )
        return self.head()

    def judge(self, at: str | None = None, base: str | None = None) -> Judgement:
        """Judge what stands at HEAD."""
        time = time_of(at) if at else None
        opened = open_repository(self.repository.root)
        return judge_range(opened, base or self.base, self.head(), time, edition=self.edition)

    def refusals(self, at: str | None = None, base: str | None = None) -> set[str]:
        """Return the words for which guard refuses what stands at HEAD."""
        return {finding.code for finding in findings(self.judge(at, base)) if finding.refused}


def time_of(text: str) -> Moment:
    """Return a time written as ISO."""
    return moment(int(datetime.fromisoformat(text).timestamp()))


def findings(judgement: Judgement) -> list[Finding]:
    """Return everything that was found, of the range and of its commits."""
    return [*judgement.findings, *(finding for verdict in judgement.verdicts for finding in verdict.findings)]

"""A secretary's hour: twelve agencies, forty mails, three forms that are wrong, from a folder of mails to replies.

It is played against a bare server; `tests/benchmarks/hour.py` tells what it took. Scores are made up.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from email import policy
from email.message import EmailMessage
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any

from benchmarks.corpus import ROOT, YEAR, corpus
from formworlds import edited
from tiny import snapshot_of

from pipeline.adapters import workbooks
from pipeline.core.forms.asking import form_of
from pipeline.core.forms.workbook import book_of
from pipeline.flows import forms
from pipeline.flows.wording import load_labels

AGENCIES, MAILS, STAGE, DAY = 12, 40, "self-assessment", "2024-12-04"
AGAIN = 5  # agencies that send a corrected form in a second mail
TWICE = (8, 9, 10)  # agencies that send the same form twice
QUIET = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C", "PYTHONPATH": str(ROOT)}


def over_most(book: Any) -> None:
    book["Biểu chấm"]["I6"].value = 2


def with_phone(book: Any) -> None:
    book["Biểu chấm"]["K6"].value = "Hỏi chị Lan, 0912 345 678"


def with_formula(book: Any) -> None:
    book["Biểu chấm"]["I6"].value = "=1/2"


WRONG: dict[int, Callable[[Any], None]] = {6: over_most, 7: with_phone, 11: with_formula}


@dataclass(frozen=True, slots=True)
class Hour:
    """Where the hour is played: the server, the secretary's clone, and the folder of mails."""

    server: Path
    clone: Path
    box: Path

    def begun(self, *more: str) -> subprocess.Popen[str]:
        """Begin to send the mailbox, as a process of its own."""
        line = [sys.executable, "-m", "pipeline", "--repo", str(self.clone), "form", "read", str(self.box), "--send"]
        return subprocess.Popen(
            [*line, "--today", DAY, *more],
            env={**os.environ, **QUIET},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def run(self, *more: str) -> subprocess.CompletedProcess[str]:
        """Send the mailbox, as a process of its own."""
        with self.begun(*more) as process:
            said, told = process.communicate()
        return subprocess.CompletedProcess((), process.returncode, said, told)


def prepared(folder: Path) -> Hour:
    """Make the server, the clone and the forty mails."""
    rules = {path: text.encode() for path, text in corpus(AGENCIES, stages=0)}
    claims = {path: text.encode() for path, text in corpus(AGENCIES, stages=1) if f"/{STAGE}/" in path}
    seed, server, clone, box = (folder / name for name in ("hat", "may-chu.git", "kho", "hop-thu"))
    for path, data in rules.items():
        (seed / path).parent.mkdir(parents=True, exist_ok=True)
        (seed / path).write_bytes(data)
    git(seed, "init", "--quiet", "--initial-branch", "main")
    git(seed, "add", "--all")
    who = ("-c", "user.name=quan-tri", "-c", "user.email=quan-tri@snv.example")
    git(seed, *who, "commit", "--quiet", "--message", "Quy tắc của kỳ", GIT_COMMITTER_DATE=f"{DAY}T07:00:00+07:00")
    git(folder, "clone", "--quiet", "--bare", str(seed), str(server))
    git(folder, "clone", "--quiet", str(server), str(clone))
    git(clone, "config", "user.name", "van-thu")
    git(clone, "config", "user.email", "van-thu@snv.example")
    box.mkdir()
    for number, data in enumerate(mails(rules, claims), start=1):
        (box / f"{number:02}.eml").write_bytes(data)
    return Hour(server, clone, box)


def git(folder: Path, *words: str, **more: str) -> str:
    done = subprocess.run(
        ["git", *words],
        cwd=folder,
        env={**os.environ, **QUIET, **more},
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    return done.stdout


def mails(rules: dict[str, bytes], claims: dict[str, bytes]) -> list[bytes]:
    """Return the forty mails: forms, some wrong, corrected or sent twice, and what else comes into a mailbox."""
    books = filled(rules, claims)
    found = [mail(number, ("phieu.xlsx", book)) for number, book in enumerate(books, start=1)]
    for number in range(1, AGAIN + 1):
        found[number - 1] = mail(number, ("phieu.xlsx", edited(books[number - 1], over_most)))
        found.append(mail(number, ("phieu sua.xlsx", books[number - 1]), day=3))
    for number, spoil in WRONG.items():
        found[number - 1] = mail(number, ("phieu.xlsx", edited(books[number - 1], spoil)))
    found += [mail(number, ("phieu.xlsx", books[number - 1]), day=3) for number in TWICE]
    found += [mail(number % AGENCIES + 1, ("cong-van.pdf", b"%PDF-1.4"), day=3) for number in range(10)]
    found += [mail(number % AGENCIES + 1, day=3) for number in range(MAILS - len(found))]
    return found


def filled(rules: dict[str, bytes], claims: dict[str, bytes]) -> list[bytes]:
    """Return the forms that agencies filled in, made from the rules alone."""
    before, after = snapshot_of(rules), snapshot_of({**rules, **claims})
    year, labels, made = after.world.years[YEAR], load_labels("vi"), []
    for slug in year.agencies:
        form = form_of(year, STAGE, [slug], bodies=after.world.bodies, calendar=after.world.calendar, labels=labels)
        empty = replace(form, year=before.world.years[YEAR])
        told = replace(forms.manifest_of(before.tree, form), checksum=forms.manifest_of(before.tree, empty).checksum)
        made.append(workbooks.workbook(book_of(form, told), labels))
    return made


def mail(number: int, *files: tuple[str, bytes], day: int = 2) -> bytes:
    """Return a mail of an agency as a mail program saves it."""
    sender = f"vanthu@cq{number}.example"
    made = EmailMessage(policy=policy.SMTP)
    made["Received"] = f"from mx.example by thu.example; {day} Dec 2024 08:{number:02}:00 +0700"
    made["From"], made["Subject"] = f"Văn thư <{sender}>", "Nộp phiếu tự chấm" if files else "Hỏi về phiếu tự chấm"
    made["Message-ID"] = f"<{day}.{len(files)}.{number}@cq{number}.example>"
    made.set_content("Kính gửi Sở Nội vụ.")
    for name, data in files:
        made.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes()


@dataclass(frozen=True, slots=True)
class Toll:
    """What the hour took: clicks of a person, seconds of the machine, and what came of it."""

    clicks: int
    seconds: float
    commits: int
    replies: int
    returned: int


def played(hour: Hour) -> Toll:
    """Play the hour: look at the report, then send."""
    before = getrusage(RUSAGE_CHILDREN)
    first, then = hour.run(), hour.run("--yes")
    after = getrusage(RUSAGE_CHILDREN)
    assert (first.returncode, then.returncode) == (1, 1), first.stderr + then.stderr
    replies = sorted((hour.box / "_ket-qua" / "tra-loi").glob("*.eml"))
    commits = git(hour.server, "rev-list", "main..forms/van-thu").split()
    copies = len([*(hour.box / "_ket-qua" / "tra-loi").glob("*.ghi-chu.xlsx")])
    # drag the mails into the folder; double-click; answer; open the request, create it; open and send each reply
    clicks = 1 + 1 + 1 + 2 + 2 * len(replies)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Toll(clicks, seconds, len(commits), len(replies), copies)

"""Fifteen people with a key each, the clones of those who have one, and what everybody sees written down."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import openpyxl
from conftest import Outcome
from readers import Reader
from town import Days, as_printed, email_of

_NOISE = re.compile(r"^(To |error: failed to push|hint: |Cloning into)")
_IDS = re.compile(r"\b(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{12})\b|(?<=AAAAC3NzaC1lZDI1NTE5AAAAI)[\w+/]{43}")


@dataclass
class Transcript:
    """What people typed and saw, in chapters, the same in every run."""

    days: Days
    places: Mapping[str, str]  # a text of this run -> what stands for it
    text: str = ""

    def chapter(self, title: str) -> None:
        """Begin a chapter."""
        self.text += f"\n## {title}\n"

    def says(self, sentence: str) -> None:
        """Tell what happens away from any clone."""
        self.text += f"\n({sentence})\n"

    def types(self, person: str, command: str, done: Outcome) -> None:
        """Tell what a person typed and saw."""
        lines = [line.rstrip() for line in (done.stdout + done.stderr).splitlines() if not _NOISE.match(line)]
        self.text += self.plain(f"\n[{person}] $ {command}\n" + "".join(f"{line}\n" for line in lines))

    def plain(self, text: str) -> str:
        """Return a text without what differs from run to run: days, ids, times, folders, the port."""
        for own, told in self.places.items():
            text = text.replace(own, told)
        text = re.sub(r"thời điểm \d{10}", "thời điểm …", as_printed(text, self.days))
        text = re.sub(r"T\d\d:\d\d:\d\d\+07:00", "T…", text)
        return _IDS.sub("…", text)


@dataclass
class Desk:
    """One person at one clone."""

    person: str
    reader: Reader
    transcript: Transcript

    def types(self, command: str, code: int = 0) -> str:
        """Type a command where everybody can read it, and return what it said."""
        done = self.reader.types(command)
        self.transcript.types(self.person, command, done)

        assert done.code == code, f"{self.person}: {command}: {done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def does(self, command: str) -> str:
        """Do something by the way."""
        return self.reader.must(command)

    def writes(self, path: str, text: str) -> None:
        """Write a file."""
        self.reader.writes(path, text)

    def changes(self, path: str, old: str, new: str) -> None:
        """Change one place of a file."""
        self.reader.changes(path, old, new)

    def commits(self, message: str, *options: str) -> None:
        """Commit everything, signed as the clone is set up."""
        self.does("git add --all .")
        self.does(" ".join(("git commit --quiet", f"-m '{message}'", *options)))

    def is_up_to_date(self) -> None:
        """Take the main branch, and leave nothing of one's own."""
        self.does("git fetch --quiet --tags origin")
        self.starts_over()

    def starts_over(self) -> None:
        """Leave nothing of what was not sent."""
        self.does("git switch --quiet --discard-changes main && git reset --quiet --hard origin/main && git clean -fdq")

    @property
    def folder(self) -> Path:
        """Return where the person stands."""
        return self.reader.folder


def known_to_git(desk: Desk, key: Path) -> None:
    """Set a clone up as the how-to says: who commits, and with which key."""
    for name, value in (
        ("user.name", desk.person),
        ("user.email", email_of(desk.person)),
        ("gpg.format", "ssh"),
        ("user.signingkey", str(key)),
        ("commit.gpgsign", "true"),
        ("pull.rebase", "false"),
    ):
        desk.does(f"git config --global {name} '{value}'")


@contextmanager
def workbook(path: Path) -> Iterator[Callable[..., None]]:
    """Open a form as its reader does, and save it: give a function that types values into the row of some marks."""
    book = openpyxl.load_workbook(path)

    def fill(sheet: str, *marks: str, **values: object) -> None:
        page = book[sheet]
        headers = {str(cell.value): cell.column for cell in page[4] if cell.value is not None}
        rows = (row for row in page.iter_rows(min_row=5) if {str(cell.value) for cell in row} >= set(marks))
        row = next(rows)
        for header, value in values.items():
            row[headers[header.replace("_", " ")] - 1].value = value

    yield fill
    book.save(path)

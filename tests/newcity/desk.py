"""One person at one machine: an empty home, the installed program, git, and nothing else; and what all of them saw."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_IDS = re.compile(r"\b(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{12})\b")
_NOISE = re.compile(r"^(To |hint: |Cloning into|done\.$)")
_MOMENT = re.compile(r"thời điểm \d{10}")


@dataclass
class Record:
    """What people typed and saw, the same in every run."""

    places: Mapping[str, str]  # a text of this run -> what stands for it, in this order
    text: str = ""
    steps: int = 0  # what somebody typed, or did by hand

    def chapter(self, title: str) -> None:
        """Begin a chapter."""
        self.text += f"\n## {title}\n"

    def by_hand(self, sentence: str) -> None:
        """Tell what somebody does away from the command line."""
        self.steps += 1
        self.text += f"\n({sentence})\n"

    def typed(self, person: str, command: str, told: str) -> None:
        """Tell what a person typed and saw."""
        self.steps += 1
        lines = [line.rstrip() for line in told.splitlines() if not _NOISE.match(line)]
        text = f"\n[{person}] $ {command}\n" + "".join(f"{line}\n" for line in lines)
        for own, shown in self.places.items():
            text = text.replace(own, shown)
        self.text += _IDS.sub("…", _MOMENT.sub("thời điểm …", text))


@dataclass
class Desk:
    """A person who types."""

    person: str
    home: Path
    program: Path  # the folder in which the installed program is
    record: Record

    def __post_init__(self) -> None:
        self.home.mkdir()
        self.folder = self.home

    def types(self, command: str, code: int = 0) -> str:
        """Type a command where everybody can read it, stay where it leads, and return what it said."""
        left = self.home / ".left"
        done = subprocess.run(
            ["bash", "-c", f"{command}\ncode=$?; pwd >{left}; exit $code"],
            cwd=self.folder,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        self.record.typed(self.person, command, done.stdout + done.stderr)

        assert done.returncode == code, f"{self.person}: {command}: {done.stdout}{done.stderr}"
        self.folder = Path(left.read_text(encoding="utf-8").strip())
        return done.stdout + done.stderr

    def environment(self) -> dict[str, str]:
        """Return all that surrounds the commands."""
        return {
            "PATH": f"{self.program}:/usr/bin:/bin",
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
        }

"""Readers of the documents: what a page tells them to type, and the place where they type it.

A reader has a clone of the project, whose origin is a bare repository of his own, an empty home, no name and no key.
Commands of the program run in this process, all others in a shell; folder, environment and files stay from one to the
next. Where a test may reach no network, or would pay twice, something stands in: pip puts the program where it would
have put it, sessions of the noxfile run in this environment and only look for the tests they would run, a site is its
first page, and `--serve` ends at once.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import ModuleType

import nox.command
import pytest
from conftest import ROOT, Outcome, RunCommand

import pipeline.commands.site
from pipeline.adapters import generator

# A block with the exit code that its mark promises, or a code within a line.
PART = re.compile(
    r"(?:^ *<!-- exit (?P<exit>\d) -->\n)?^(?P<indent> *)```(?P<kind>\w*)\n(?P<body>.*?)^(?P=indent)```$"
    r"|(?<!`)`(?P<code>[^`\n]+)`(?!`)",
    re.MULTILINE | re.DOTALL,
)
COMMENT = re.compile(r"\s+# .*")
NAME = re.compile(r"parindex [a-z-]+(?: (?:make|read|sheet|form|sample|tally|callbacks))?")
TYPED = ("sh", "console")  # kinds of block that hold commands
ASSIGNMENT = re.compile(r"(\w+)=(.*)")
SHELL = 'cd "$PWD"; eval "$COMMAND"; code=$?; pwd >"$LEFT/folder"; env -0 >"$LEFT/environment"; exit $code'


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a page, how it ends, and the lines of its output that the page quotes."""

    page: str
    line: int
    command: str
    code: int = 0
    quoted: tuple[str, ...] = ()


def steps_of(page: str) -> Iterator[Step]:
    """Yield the commands of a page in order.

    In a block of `sh` each line is one; in `console` those after a `$`, and what follows is what they print. Within a
    line, a code that calls the program or the noxfile with anything to do is one as well.
    """
    text = (ROOT / page).read_text(encoding="utf-8")
    for found in PART.finditer(text):
        line = text[: found.start("body") if found["kind"] else found.start()].count("\n") + 1
        if found["code"]:
            if calls(found["code"]):
                yield Step(page, line, found["code"])
        elif found["kind"] in TYPED:
            lines = [told.removeprefix(found["indent"]) for told in found["body"].splitlines()]
            yield from _typed(Step(page, line, found["kind"], int(found["exit"] or 0)), lines)


def _typed(block: Step, lines: list[str]) -> Iterator[Step]:
    if block.command == "sh":
        for n, told in enumerate(lines):
            if told and not told.startswith("#"):
                yield replace(block, line=block.line + n, command=COMMENT.sub("", told))
        return
    starts = [n for n, told in enumerate(lines) if told.startswith("$ ")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        quoted = tuple(lines[start + 1 : end])
        yield replace(block, line=block.line + start, command=COMMENT.sub("", lines[start][2:]), quoted=quoted)


def calls(code: str) -> bool:
    """Tell whether a code within a line is a command to type, not only the name of one."""
    return code.startswith("python3 noxfile.py") or (code.startswith("parindex ") and not NAME.fullmatch(code))


def blocks_of(page: str, kind: str) -> list[str]:
    """Return the blocks of one kind on a page, for what a reader copies into a file."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [block["body"] for block in PART.finditer(text) if block["kind"] == kind]


def kinds_of(page: str) -> set[str]:
    """Return the kinds of block on a page."""
    return {part["kind"] for part in PART.finditer((ROOT / page).read_text(encoding="utf-8")) if part["code"] is None}


def is_quoted(quoted: tuple[str, ...], told: str) -> bool:
    """Tell whether the quoted lines stand in what was told, in this order; `…` in a line stands for anything."""
    patterns = [".*".join(map(re.escape, line.split("…"))) for line in quoted]
    lines = iter(told.splitlines())
    return all(any(re.fullmatch(pattern, line) for line in lines) for pattern in patterns)


@dataclass
class Reader:
    """One reader: where he stands, what his environment is, what he was told to type in other words."""

    home: Path
    forge: Path  # the bare repository that he clones from and pushes to
    folder: Path
    environment: dict[str, str]
    run_command: RunCommand
    monkeypatch: pytest.MonkeyPatch
    words: dict[str, str] = field(default_factory=dict)  # a word of the page in capitals -> what he types for it

    def types(self, command: str) -> Outcome:
        """Type one command, and stay where it leads."""
        for word, meaning in self.words.items():
            command = command.replace(word, meaning)
        own, words, target = parts_of(command.replace(" ~/", f" {self.home}/"))
        if words[:1] == ["parindex"] and shutil.which("parindex", path=self.environment["PATH"]):
            done = self.inside(lambda: self.run_command(*words[1:]), own)
        elif words[:2] == ["python3", "noxfile.py"]:
            done = self.inside(lambda: self.session(*words[2:]), own)
        elif words[:3] == ["python3", "-m", "venv"]:  # without pip, which would take seconds to be unpacked
            return self.shell(command.replace("-m venv", "-m venv --without-pip"))
        elif words[:2] == ["pip", "install"]:
            return self.pip()
        else:
            return self.shell(command)
        if target:
            (self.folder / target).write_text(done.stdout, encoding="utf-8")
        return done

    def shell(self, command: str) -> Outcome:
        """Let a shell run a command, and take over the folder and the environment that it leaves."""
        left = self.home / ".left"
        left.mkdir(exist_ok=True)
        done = subprocess.run(
            ["bash", "-c", SHELL],
            cwd=self.folder,
            env={**self.environment, "COMMAND": command, "LEFT": str(left)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        self.folder = Path((left / "folder").read_text(encoding="utf-8").removesuffix("\n"))
        entries = (left / "environment").read_text(encoding="utf-8").split("\0")
        self.environment = dict(entry.split("=", 1) for entry in entries if "=" in entry)
        for name in ("COMMAND", "LEFT"):
            self.environment.pop(name, None)
        return Outcome(done.returncode, done.stdout, done.stderr)

    def inside(self, act: Callable[[], Outcome], own: Mapping[str, str]) -> Outcome:
        """Do something in this process as if it were the reader's."""
        with self.monkeypatch.context() as patch, contextlib.chdir(self.folder):
            for name in set(os.environ) - set(self.environment):
                patch.delenv(name)
            for name, value in {**self.environment, **own}.items():
                patch.setenv(name, value)
            patch.setattr(generator, "build", build)
            patch.setattr(generator, "serve", lambda *_folder, started, **_watched: started("http://127.0.0.1:8000/"))
            patch.setattr(pipeline.commands.site, "render_all", lambda *_what, **_how: {"index.md": b"# Site\n"})
            return act()

    def session(self, *arguments: str) -> Outcome:
        """Run a session of the noxfile, every command of the program in this process."""
        if not arguments:
            return Outcome(0, "\n".join(sessions()), "")
        made = Session(self.run_command, arguments[1:])
        with self.monkeypatch.context() as patch:
            patch.setattr(noxfile(), "install", lambda _session, *_requirements, **_constraints: None)
            patch.setattr(noxfile(), "leave_last_word_to_the_command", lambda: None)
            try:
                getattr(noxfile(), arguments[0])(made)
            except nox.command.CommandFailed:
                return Outcome(1, made.told, made.complained)
        return Outcome(0, made.told, made.complained)

    def pip(self) -> Outcome:
        """Put the program where pip would: into the environment that is active, and nowhere where none is."""
        active = self.environment.get("VIRTUAL_ENV")
        if active is None:
            return Outcome(1, "", "error: externally-managed-environment")
        program(Path(active) / "bin")
        return Outcome(0, "", "")

    def writes(self, path: str, text: str) -> None:
        """Write a file by hand."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def changes(self, path: str, old: str, new: str) -> None:
        """Change one place of a file by hand."""
        text = (self.folder / path).read_text(encoding="utf-8")

        assert text.count(old) == 1, f"{path}: {old!r} stands there {text.count(old)} times"
        self.writes(path, text.replace(old, new))

    def is_known_as(self, name: str, email: str) -> None:
        """Tell git who types."""
        self.must(f"git config --global user.name '{name}'")
        self.must(f"git config --global user.email {email}")

    def must(self, command: str) -> str:
        """Do by the way what the page takes for done, and return what it prints."""
        done = self.types(command)

        assert done.code == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout.strip()


@dataclass
class Session:
    """What a session of nox is to the noxfile: a list of commands; the judges of the code are no reader's matter."""

    run_command: RunCommand
    posargs: tuple[str, ...]
    told: str = ""
    complained: str = ""

    def run(self, *command: str) -> None:
        module, arguments = command[2:3], command[3:]
        if module == ("pipeline",):
            self.hear(self.run_command(*arguments))
        elif module == ("pytest",) and self.posargs:
            # The named tests run beside this one; what a page promises is that they are there.
            missing = [name for name in self.posargs if not (ROOT / name).is_file()]
            self.hear(Outcome(4 if missing else 0, "", "".join(f"not found: {name}\n" for name in missing)))

    def hear(self, done: Outcome) -> None:
        self.told += done.stdout
        self.complained += done.stderr
        if done.code:
            raise nox.command.CommandFailed


def parts_of(command: str) -> tuple[dict[str, str], list[str], str]:
    """Return the variables before a command, its words without comment and redirection, and the file it writes."""
    if re.search(r"[|&;`$<]", command):
        return {}, [], ""  # for a shell alone
    words = shlex.split(command, comments=True)
    own: dict[str, str] = {}
    while words and (found := ASSIGNMENT.fullmatch(words[0])):
        own[found[1]] = found[2]
        words.pop(0)
    target = words[words.index(">") + 1] if ">" in words else ""
    return own, words[: words.index(">")] if target else words, target


def build(_root: Path, _pages: object, *, output: Path, stamp: int, **_more: object) -> None:
    """Stand in for MkDocs: a site is its first page."""
    output.mkdir(parents=True, exist_ok=True)
    (output / "index.html").write_text(f"<title>{stamp}</title>", encoding="utf-8")


def program(folder: Path) -> None:
    """Put the program into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "parindex"
    file.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m pipeline "$@"\n', encoding="utf-8")
    file.chmod(0o755)


@cache
def noxfile() -> ModuleType:
    """Return the noxfile as a module."""
    spec = importlib.util.spec_from_file_location("noxfile", ROOT / "noxfile.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sessions() -> list[str]:
    """Return the sessions of the noxfile."""
    return [name for name, value in vars(noxfile()).items() if isinstance(value, nox._decorators.Func)]


def environment_of(home: Path) -> dict[str, str]:
    """Return what surrounds a person's commands: an own home, and the program only where it was put there."""
    others = [name for name in os.environ["PATH"].split(os.pathsep) if not (Path(name) / "parindex").exists()]
    return {
        "PATH": os.pathsep.join([str(home / "bin"), *others]),
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_GLOBAL": str(home / ".gitconfig"),
    }


def new_reader(folder: Path, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch, *, installed: bool) -> Reader:
    """Return a reader of a page, in his clone; `installed` where he has put the program there before."""
    home, forge = folder / "home", folder / "forge.git"
    (home / "bin").mkdir(parents=True)
    own = Path(sys.executable).parent  # has the program as well, which a reader has not until he puts it somewhere
    for name in ("python3", "frictionless"):
        (home / "bin" / name).symlink_to(own / name)
    environment = environment_of(home)
    subprocess.run(["git", "clone", "--quiet", "--bare", str(ROOT), str(forge)], check=True)
    subprocess.run(["git", "-C", str(forge), "update-ref", "refs/heads/main", "HEAD"], check=True)
    subprocess.run(["git", "-C", str(forge), "symbolic-ref", "HEAD", "refs/heads/main"], check=True)
    subprocess.run(["git", "clone", "--quiet", str(forge), str(folder / "parindex")], check=True)
    reader = Reader(home, forge, folder / "parindex", environment, run_command, monkeypatch)
    if installed:
        program(home / "bin")
        reader.is_known_as("Cán bộ tập sự", "tap-su@vi-du.example")
    return reader

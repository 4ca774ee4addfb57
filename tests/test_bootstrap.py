"""noxfile.py as a script: it brings its own nox once, says clearly why it cannot, and hands the command on."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nox
import pytest
from nox.command import CommandFailed

import bootstrap
import installing


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "constraints.txt").write_text("nox==1\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def commands(root: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Record commands instead of running them; making an environment leaves its interpreter behind."""
    started: list[list[str]] = []

    def call(command: list[str]) -> int:
        started.append(command)
        if "venv" in command:
            python = bootstrap.python_of(root / ".nox" / "_nox")
            python.parent.mkdir(parents=True, exist_ok=True)
            python.touch()
        return 0

    monkeypatch.setattr(subprocess, "call", call)
    return started


def words(commands: list[list[str]]) -> list[str]:
    """Name what each command was for."""
    return [next(word for word in ("venv", "pip", "nox") if word in command) for command in commands]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ["--list"]),
        (["--list"], ["--list"]),
        (["--help"], ["--list"]),
        (["tests"], ["--session", "tests", "--"]),
        (["tests", "-k", "rules"], ["--session", "tests", "--", "-k", "rules"]),
        (["site", "--today", "2025-03-01"], ["--session", "site", "--", "--today", "2025-03-01"]),
    ],
)
def test_the_first_argument_is_the_session_and_the_rest_are_its_own(arguments: list[str], expected: list[str]) -> None:
    assert bootstrap.nox_arguments(arguments) == expected


def test_the_first_run_makes_the_environment_and_later_runs_reuse_it(root: Path, commands: list[list[str]]) -> None:
    bootstrap.run(["tests"], root=root)
    bootstrap.run(["tests"], root=root)

    assert words(commands) == ["venv", "pip", "nox", "nox"]


def test_new_constraints_make_the_environment_anew(root: Path, commands: list[list[str]]) -> None:
    bootstrap.run(["tests"], root=root)
    (root / "constraints.txt").write_text("nox==2\n", encoding="utf-8")
    bootstrap.run(["tests"], root=root)

    assert words(commands) == ["venv", "pip", "nox", "venv", "pip", "nox"]


def test_an_environment_whose_interpreter_is_gone_is_made_anew(root: Path, commands: list[list[str]]) -> None:
    bootstrap.run(["tests"], root=root)
    bootstrap.python_of(root / ".nox" / "_nox").unlink()
    bootstrap.run(["tests"], root=root)

    assert words(commands) == ["venv", "pip", "nox", "venv", "pip", "nox"]


def test_an_interrupted_first_run_starts_again(
    root: Path, commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    complete = subprocess.call
    monkeypatch.setattr(subprocess, "call", lambda command: complete(command) or int("pip" in command))
    bootstrap.run(["tests"], root=root)
    monkeypatch.setattr(subprocess, "call", complete)
    bootstrap.run(["tests"], root=root)

    assert words(commands) == ["venv", "pip", "venv", "pip", "nox"]


def test_the_exit_code_of_the_session_is_ours(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "ensure_nox", lambda root: root / "python")
    monkeypatch.setattr(subprocess, "call", lambda command: 1)

    assert bootstrap.run(["tests"], root=root) == 1


def old_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    monkeypatch.setattr(sys, "version", "3.10.4 (main)")


def no_ensurepip(monkeypatch: pytest.MonkeyPatch) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "ensurepip" else find_spec(name, *rest)
    )


def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "call", lambda command: 1)


def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "call", lambda command: int("pip" in command))


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        (old_python, bootstrap.OLD_PYTHON.format(version="3.10.4")),
        (no_ensurepip, bootstrap.NO_ENSUREPIP),
        (no_environment, bootstrap.NO_ENVIRONMENT.format(folder=".nox/_nox")),
        (no_network, bootstrap.NO_PACKAGES),
    ],
)
def test_a_machine_that_lacks_something_is_told_what(
    broken: Any, sentence: str, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken(monkeypatch)
    code = bootstrap.run(["tests"], root=root)

    assert (code, capsys.readouterr().err.endswith(f"{sentence}\n")) == (2, True)


class Session:
    """As much of a nox session as installing touches."""

    def __init__(self, location: Path, *, network: bool = True) -> None:
        self.virtualenv = SimpleNamespace(location=str(location))
        self.network = network
        self.installed: list[str] = []

    def log(self, message: str) -> None:
        pass

    def install(self, *arguments: str) -> None:
        if not self.network:
            raise CommandFailed(reason="pip failed")
        self.installed.append(arguments[-1])

    def error(self, message: str) -> None:
        raise RuntimeError(message)


def as_session(session: Session) -> nox.Session:
    return session  # type: ignore[return-value]


def test_a_session_installs_once(tmp_path: Path) -> None:
    session = Session(tmp_path)
    installing.install(as_session(session), "-e", ".")
    installing.install(as_session(session), "-e", ".")

    assert session.installed == ["editables", "."]


def test_a_session_installs_again_when_its_requirements_or_constraints_change(tmp_path: Path) -> None:
    session = Session(tmp_path)
    constraints = tmp_path / "lowest.txt"
    constraints.write_text("pandas==3.1\n", encoding="utf-8")
    installing.install(as_session(session), "-e", ".")
    installing.install(as_session(session), "-e", ".[test]")
    installing.install(as_session(session), "-e", ".[test]", constraints=constraints)
    installing.install(as_session(session), "-e", ".[test]", constraints=constraints)

    assert session.installed == ["editables", ".", "editables", ".[test]", "editables", ".[test]"]


def test_a_failed_installation_says_why_and_is_tried_again(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError) as failed:
        installing.install(as_session(Session(tmp_path, network=False)), "-e", ".")
    session = Session(tmp_path)
    installing.install(as_session(session), "-e", ".")

    assert (str(failed.value), session.installed) == (bootstrap.NO_PACKAGES, ["editables", "."])

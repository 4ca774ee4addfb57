"""What starts the program without a terminal: files to double-click, and an editor's tasks."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT

START = ROOT / "start"
COMMAND = ["form", "read", "hop-thu", "--send"]


def started(folder: Path, *words: str, code: int = 0) -> list[str]:
    """Run a file of a repository with a program that notes where it stands and what it was told."""
    program = folder / "kho của tôi" / ".venv" / "bin" / "parindex"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\npwd\nprintf "%s\\n" "$@"\nexit {code}\n', encoding="utf-8")
    program.chmod(0o755)
    (folder / "kho của tôi" / "start").symlink_to(START)
    done = subprocess.run(words, cwd=folder, input="\n", capture_output=True, encoding="utf-8", check=False)

    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout.splitlines()[-1].startswith("Enter")
    return done.stdout.splitlines()[:-2]


@pytest.mark.parametrize("code", [0, 1])
def test_a_double_click_on_a_mac_reads_the_mailbox_of_its_repository(tmp_path: Path, code: int) -> None:
    said = started(tmp_path, "kho của tôi/start/gui-hop-thu.command", code=code)

    assert said == [str(tmp_path / "kho của tôi"), *COMMAND]
    assert (tmp_path / "kho của tôi" / "hop-thu").is_dir()


def test_another_folder_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "thư đến").mkdir()
    said = started(tmp_path, "kho của tôi/start/gui-hop-thu.command", str(tmp_path / "thư đến"))

    assert said[3] == str(tmp_path / "thư đến")


def test_a_double_click_on_linux_does_the_same(tmp_path: Path) -> None:
    entry = dict(re.findall(r"^([^=\[]+)=(.*)$", (START / "gui-hop-thu.desktop").read_text("utf-8"), re.MULTILINE))
    words = [
        word.replace("%k", str(tmp_path / "kho của tôi/start/gui-hop-thu.desktop"))
        for word in shlex.split(entry["Exec"])
    ]

    assert (entry["Type"], entry["Terminal"]) == ("Application", "true")
    assert started(tmp_path, *words)[1:] == COMMAND


def test_the_file_for_windows_says_the_same_in_letters_that_its_shell_reads() -> None:
    text = (START / "gui-hop-thu.cmd").read_text("ascii")

    assert 'parindex form read "%BOX%" --send' in text
    assert 'set "BOX=hop-thu"' in text
    assert not re.search(r"^\s*:|goto", text, re.MULTILINE)  # labels need line ends that git does not keep here
    assert text.rstrip().endswith("pause")


def test_files_to_click_may_be_run() -> None:
    assert [name for name in ("command", "desktop") if not os.access(START / f"gui-hop-thu.{name}", os.X_OK)] == []


def test_an_editor_has_the_task_here_and_in_a_new_repository() -> None:
    here = (ROOT / ".vscode" / "tasks.json").read_text("utf-8")
    (task, *_) = json.loads(here)["tasks"]

    assert here == (ROOT / "starter" / "all" / "dot.vscode" / "tasks.json").read_text("utf-8")
    assert [task["command"], *task["args"]] == ["parindex", "form", "read", "${input:hop-thu}", "--send"]

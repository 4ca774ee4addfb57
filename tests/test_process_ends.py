"""However a command ends - stopped, a full disk, no reader - it says one line and leaves nothing half done."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from conftest import Repository, RunCommand
from tiny import EXAMPLES, ROOT, SEALS

from pipeline import cli
from pipeline.adapters.repository import open_repository
from pipeline.commands import common
from pipeline.core.ground.problems import ParindexError

FULL = Path("/dev/full")


@pytest.fixture
def tiny(repository: Repository) -> Repository:
    """Give a repository of the tiny world, with what documents and pages are made from."""
    repository.copy(EXAMPLES / "tiny" / "data", "data")
    for name in ("schemas", "site_templates"):
        repository.copy(ROOT / name, name)
    repository.commit("The tiny world")
    return repository


# Every command that prints its result.
PRINTING = [
    ("check",),
    ("check", "--format", "json"),
    ("score", "--year", "2024"),
    ("explain", "co-quan-a", "--year", "2024"),
    ("whatif", "co-quan-a", "--year", "2024", "--rank", "1"),
    ("diff", "HEAD", "HEAD"),
    ("status", "--year", "2024", "--today", "2024-12-20"),
    ("verify", "--year", "2024"),
    ("audit", "--year", "2024", "--stage", "appraisal-1"),
    ("--help",),
    ("score", "--help"),
]
# Every command that writes a file or a folder of its own, with what it writes to.
WRITING = [
    (("audit", "--year", "2024", "--stage", "appraisal-1", "--format", "xlsx", "-o"), "a.xlsx"),
    (("audit", "--year", "2024", "--stage", "appraisal-1", "--format", "json", "-o"), "a.json"),
    (("export", "--year", "2024", "--audience", "internal", "--today", "2025-03-20", "-o"), "bundle"),
    (("form", "make", "--year", "2024", "--stage", "self-assessment", "--all", "-o"), "forms"),
    (("form", "make", "co-quan-a", "--year", "2024", "--stage", "self-assessment", "--web", "-o"), "web"),
]
OF_WRITING = [target for _, target in WRITING]


def everything(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder but git's own."""
    files = (path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def ended(monkeypatch: pytest.MonkeyPatch, root: Path, typed: tuple[str, ...], number: int) -> int:
    """Run a command in this process with its output going to an open file, and return the exit code."""
    with open(number, "w", encoding="utf-8", closefd=False) as stream, chdir(root), monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        try:
            return cli.main(typed)
        except SystemExit as stop:
            return int(stop.code or 0)


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("typed", PRINTING, ids=" ".join)
def test_a_full_disk_under_the_output_is_one_line(
    tiny: Repository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: tuple[str, ...]
) -> None:
    number = os.open(FULL, os.O_WRONLY)
    try:
        code = ended(monkeypatch, tiny.root, typed, number)
    finally:
        os.close(number)
    told = capsys.readouterr().err

    assert code == 2
    assert told == "parindex: Hệ điều hành không cho làm tiếp: ổ đĩa đã đầy\n"


@pytest.mark.parametrize("typed", PRINTING, ids=" ".join)
def test_a_reader_who_left_hears_nothing_more(
    tiny: Repository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: tuple[str, ...]
) -> None:
    reader, number = os.pipe()
    os.close(reader)
    try:
        code = ended(monkeypatch, tiny.root, typed, number)
    finally:
        os.close(number)

    assert (code, capsys.readouterr().err) == (cli.BROKEN_PIPE, "")


# Files that are made


def full(*_arguments: object, **_named: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def stopped(*_arguments: object, **_named: object) -> None:
    raise KeyboardInterrupt


# A folder is made beside its place and renamed, a file is synced and replaces the old one.
MOMENTS = [
    (typed, target, moment)
    for typed, target in WRITING
    for moment in (("rename", "write_bytes") if target == "bundle" else ("fsync", "replace"))
]


@pytest.mark.parametrize(("typed", "target", "moment"), MOMENTS)
def test_a_disk_that_fills_up_leaves_what_stood_there(
    tiny: Repository,
    run_command: RunCommand,
    monkeypatch: pytest.MonkeyPatch,
    typed: tuple[str, ...],
    target: str,
    moment: str,
) -> None:
    before = everything(tiny.root)
    with monkeypatch.context() as patch:
        patch.setattr(os if moment == "fsync" else Path, moment, full)
        done = run_command(*typed, target, cwd=tiny.root)

    assert done.code == 2
    assert done.stderr.startswith(f"parindex: Không ghi được {target}")
    assert len(done.stderr.splitlines()) == 1
    assert everything(tiny.root) == before


@pytest.mark.parametrize(("typed", "target"), WRITING, ids=OF_WRITING)
def test_a_stop_while_writing_leaves_what_stood_there(
    tiny: Repository, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch, typed: tuple[str, ...], target: str
) -> None:
    before = everything(tiny.root)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", stopped)
        if typed[0] == "export":
            patch.setattr(Path, "write_bytes", stopped)
        with pytest.raises(KeyboardInterrupt):
            run_command(*typed, target, cwd=tiny.root)

    assert everything(tiny.root) == before


@pytest.mark.parametrize(("typed", "target"), WRITING, ids=OF_WRITING)
@pytest.mark.parametrize("place", ["below a file", "of another kind", "where nobody may write"])
def test_a_place_that_cannot_be_written_is_one_line(
    tiny: Repository, run_command: RunCommand, typed: tuple[str, ...], target: str, place: str
) -> None:
    folder = "." not in target
    wanted = tiny.root / "taken" / target
    if place == "below a file":
        tiny.write("taken", "x")
    elif place == "where nobody may write":
        wanted = Path("/proc") / "taken" / target
    elif folder:
        tiny.write(f"taken/{target}", "x")
    else:
        wanted.mkdir(parents=True)
    before = everything(tiny.root)
    done = run_command(*typed, str(wanted), cwd=tiny.root)

    assert done.code == 2
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
    assert everything(tiny.root) == before


def test_a_full_disk_leaves_an_approval_as_it_was(
    tiny: Repository, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny.remove("data/2024/approval.yml")
    tiny.remove("data/2024/amendments")
    tiny.write_all(SEALS)
    before = everything(tiny.root)
    monkeypatch.setattr(os, "fsync", full)
    typed = ("approve", "--year", "2024", "--number", "9/QĐ-MH", "--date", "2025-02-21", "--publish-from", "2025-02-27")
    done = run_command(*typed, cwd=tiny.root)

    assert done.code == 2
    assert done.stderr.startswith(f"parindex: Không ghi được {tiny.root / 'data/2024/approval.yml'}")
    assert everything(tiny.root) == before


def test_a_full_disk_leaves_no_half_of_a_document(
    tmp_path: Path, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "a.docx"
    monkeypatch.setattr(os, "fsync", full)
    done = run_command("--repo", str(ROOT), "report", "--year", "2024", "--kind", "index", "-o", str(target))

    assert (done.code, len(done.stderr.splitlines()), everything(tmp_path)) == (2, 1, {})
    assert done.stderr.startswith(f"parindex: Không ghi được {target}")


def test_a_full_disk_leaves_a_file_of_the_working_tree_as_it_was(
    tiny: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(tiny.root)
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ParindexError) as refusal:
        open_repository(tiny.root).bring("data/2024/plan.yml", b"format: 1\n")

    assert refusal.value.code == "cannot-write"
    assert everything(tiny.root) == before


@pytest.mark.parametrize("act", ["write_commit", "write_tag", "tree_with"])
def test_a_repository_that_cannot_be_written_is_named(tiny: Repository, act: str) -> None:
    repository = open_repository(tiny.root)
    head = tiny.git("rev-parse", "HEAD")
    shutil.rmtree(tiny.root / ".git" / "objects" / "ab", ignore_errors=True)
    given: dict[str, tuple[Any, ...]] = {
        "write_commit": (b"no commit at all",),
        "write_tag": ("x", b"no tag at all"),
        "tree_with": ("0" * 40, {"a": b"x"}),
    }
    with pytest.raises(ParindexError) as refusal:
        getattr(repository, act)(*given[act])

    assert refusal.value.code == "cannot-write"
    assert tiny.git("rev-parse", "HEAD") == head


def test_a_folder_that_cannot_take_its_place_gives_the_old_one_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    final = tmp_path / "site"
    final.mkdir()
    (final / "old").write_text("old")
    rename = Path.rename

    def once(path: Path, target: Path) -> Path:
        if path.name.endswith(".new"):
            full()
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", once)
    with pytest.raises(ParindexError), common.new_folder(final) as folder:
        (folder / "new").write_text("new")

    assert everything(tmp_path) == {"site/old": b"old"}


def test_a_signal_waits_for_what_belongs_together() -> None:
    done: list[str] = []

    def stop(_number: int, _frame: object) -> None:
        done.append("stopped")
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, stop)
    try:
        with pytest.raises(KeyboardInterrupt), common.undisturbed():  # noqa: PT012 - it is raised at the end
            signal.raise_signal(signal.SIGINT)
            done.append("finished")
    finally:
        signal.signal(signal.SIGINT, before)

    assert done == ["finished", "stopped"]


# Real processes

# A signal some time after the program has begun to listen; before that, Python itself is starting.
LATER = """
import os, signal, sys, threading, time
from pipeline.__main__ import run
seconds, number = float(sys.argv.pop(1)), getattr(signal, sys.argv.pop(1))
first = signal.getsignal(signal.SIGTERM)
def later():
    while signal.getsignal(signal.SIGTERM) == first:
        time.sleep(0.0001)
    time.sleep(seconds)
    os.kill(os.getpid(), number)
threading.Thread(target=later, daemon=True).start()
run()
"""


def process(*arguments: str, cwd: Path, **more: Any) -> subprocess.CompletedProcess[str]:
    given = {"stdout": subprocess.PIPE, **more}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        **given,
    )


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
@pytest.mark.parametrize("seconds", [0, 0.02, 0.1, 0.3, 0.6, 1])  # after the last it is done, on most machines
def test_a_stop_at_any_moment_is_one_line_and_its_own_exit_code(
    tiny: Repository, seconds: float, name: str, code: int
) -> None:
    before = everything(tiny.root)
    typed = ("export", "--year", "2024", "--audience", "internal", "--today", "2025-03-20", "-o", "out/bundle")
    done = process("-c", LATER, str(seconds), name, *typed, cwd=tiny.root)
    left = {path for path in everything(tiny.root) if path not in before}

    if done.returncode == 0:  # it was done by then
        assert done.stderr == ""
        assert {path.split("/")[1] for path in left} == {"bundle"}
    else:
        assert (done.returncode, done.stderr) == (code, "parindex: đã dừng theo yêu cầu (stopped)\n")
        assert {path.split("/")[1] for path in left} <= {"bundle"}


def test_an_output_that_fails_when_the_process_ends_is_one_line(tiny: Repository) -> None:
    for typed in (("check",), ("--help",)):
        with FULL.open("w") as stream:
            done = process("-m", "pipeline", *typed, cwd=tiny.root, stdout=stream)

        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&-", "2>/dev/full >/dev/full"])
def test_streams_that_were_closed_break_nothing(tiny: Repository, closed: str) -> None:
    line = f'"{sys.executable}" -m pipeline check {closed}'
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=tiny.root,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == (2 if "full" in closed else 0)
    assert done.stderr == ""


def test_a_reader_who_takes_one_line_is_enough(tiny: Repository) -> None:
    line = f'("{sys.executable}" -m pipeline score --year 2024 --format json; echo $? >&2) | head -1'
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=tiny.root,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.count("\n") == 1
    assert done.stderr in {"0\n", f"{cli.BROKEN_PIPE}\n"}

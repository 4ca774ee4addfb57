"""The working tree is read by what git remembers of it, and stands there as the files on the disk do."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, RunCommand
from conftest import Repository as Written
from tiny import TINY_FILES

from pipeline.adapters.repository import Repository, open_repository
from pipeline.core.ground.problems import ParindexError

FILE = "data/2024/self-assessment/co-quan-a.yml"
FOLDERS = ("data", "schemas", "labels")


def same_size(tree: Written) -> None:
    tree.write(FILE, TINY_FILES[FILE].replace(b"score: 1", b"score: 0"))


def unwatched(tree: Written) -> None:
    tree.git("update-index", "--assume-unchanged", FILE)
    tree.write(FILE, "format: 1\n")


def left_out(tree: Written) -> None:
    tree.git("update-index", "--skip-worktree", FILE)
    tree.write(FILE, "format: 1\n")


def ignored(tree: Written) -> None:
    tree.write(".git/info/exclude", "data/2024/self-assessment/\n/labels\n")
    tree.write("data/2024/self-assessment/moi.yml", "format: 1\n")
    tree.write("labels/vi/x.yml", "a: b\n")


def elsewhere(tree: Written) -> None:
    tree.git("config", "core.worktree", str(tree.root.parent))
    tree.write(FILE, "format: 1\n")


def nested(tree: Written) -> None:
    Written(tree.root / "data/2024/kho").root.mkdir()
    tree.git("init", "--quiet", "data/2024/kho")
    tree.write("data/2024/kho/x.yml", "format: 1\n")


CHANGES: dict[str, Callable[[Written], object]] = {
    "nothing": lambda _: None,
    "a file": lambda tree: tree.write(FILE, b"format: 1\n"),
    "a file, of the same size": same_size,
    "a new file": lambda tree: tree.write("data/2024/moi/đ.yml", b"x"),
    "files that git ignores": ignored,
    "a file that git was told to take for unchanged": unwatched,
    "a file that git leaves out": left_out,
    "no file": lambda tree: tree.remove(FILE),
    "no file, but in the index": lambda tree: tree.git("rm", "--quiet", "--cached", FILE),
    "only the index": lambda tree: tree.git(
        "update-index", "--cacheinfo", f"100644,{tree.git('hash-object', '-w', '.git/config')},{FILE}"
    ),
    "a work tree that is said to be elsewhere": elsewhere,
    "a repository inside": nested,
    "no index": lambda tree: (tree.root / ".git/index").unlink(),
    "a spoilt index": lambda tree: tree.write(".git/index", b"x" * 400),
    "line ends that git would change": lambda tree: (
        tree.git("config", "core.autocrlf", "true"),
        tree.write(FILE, TINY_FILES[FILE].replace(b"\n", b"\r\n")),
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_working_tree_is_what_stands_on_the_disk(tiny: Written, change: str) -> None:
    CHANGES[change](tiny)
    walked, opened = Repository(tiny.root, None), open_repository(tiny.root)

    there, found = walked.tree(None, *FOLDERS), opened.tree(None, *FOLDERS)

    assert dict(opened.listing(None, *FOLDERS).entries) == dict(walked.listing(None, *FOLDERS).entries)
    assert dict(found.files) == dict(there.files)
    assert (found.commit is None) == (dict(there.files) != dict(opened.tree("HEAD", *FOLDERS).files))
    assert opened.unchanged(*FOLDERS) in (None, found.commit)


def test_a_link_is_a_link(tiny: Written) -> None:
    (tiny.root / "data" / "lien-ket.yml").symlink_to("bodies.yml")

    assert [open_repository(tiny.root).tree(None, *FOLDERS).files["data/lien-ket.yml"].plain] == [False]


def test_nothing_is_read_through_a_folder_that_became_a_link(
    tiny: Written, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tiny.root / "data" / "2024" / "self-assessment"
    elsewhere = folder.rename(tmp_path_factory.mktemp("elsewhere") / "moved")
    folder.symlink_to(elsewhere)
    found = open_repository(tiny.root).tree(None, *FOLDERS).files

    assert [(path, file.plain) for path, file in found.items() if path.startswith("data/2024/self-assessment")] == [
        ("data/2024/self-assessment", False)
    ]


@pytest.mark.parametrize("words", [("check",), ("score", "--format", "json"), ("explain", "co-quan-a", "1.1.1")])
def test_what_was_told_of_a_commit_is_not_told_of_a_tree_that_differs(
    tiny: Written, run_command: RunCommand, words: tuple[str, ...]
) -> None:
    asked = ("--repo", str(tiny.root), *words)
    for path in ("data/2024/approval.yml", "data/2024/amendments"):
        tiny.remove(path)
    tiny.commit("Bỏ")
    before = run_command(*asked)
    same_size(tiny)

    assert run_command(*asked) != before
    assert run_command(*asked) == run_command(*asked, "--no-cache")


def test_who_changed_a_line_is_told_of_the_tree_that_was_asked_for(
    tiny: Written,
) -> None:
    line = TINY_FILES[FILE].split(b"\n").index(b"    score: 1") + 1
    same_size(tiny)
    opened, head = open_repository(tiny.root), tiny.git("rev-parse", "HEAD")

    assert [None, head, None] == [opened.last_change(at, FILE, line) for at in (None, head, None)]


def test_where_the_library_finds_no_git_one_line_says_so(tiny: Written, parindex: Path) -> None:
    line = [parindex, "--repo", tiny.root, "explain", "co-quan-a", "1.1.1"]
    nowhere = {**os.environ, "GIT_PYTHON_GIT_EXECUTABLE": "/nowhere/git"}
    done = subprocess.run(line, env=nowhere, capture_output=True, text=True, check=False)

    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


def test_what_is_told_again_loads_no_record(tiny: Written) -> None:
    asked = ["--repo", str(tiny.root), "score"]
    code = (
        f"import sys; from pipeline.cli import main; main({asked}); print('pipeline.core.record.model' in sys.modules)"
    )
    told = [subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).splitlines() for _ in range(2)]

    assert told[0][:-1] == told[1][:-1]
    assert [lines[-1] for lines in told] == ["True", "False"]


# --- the process that gives objects ---------------------------------------------------------------------------------


@pytest.fixture
def givers(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Return the processes of git that stay, as they are started."""
    found: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen.__init__

    def starting(self: subprocess.Popen[bytes], *given: object, **more: object) -> None:
        start(self, *given, **more)  # type: ignore[arg-type, call-overload]
        found.extend([self] if "cat-file" in self.args else [])  # type: ignore[operator]

    monkeypatch.setattr(subprocess.Popen, "__init__", starting)
    return found


def test_one_process_gives_more_than_a_pipe_holds_and_ends_with_who_asked(
    tiny: Written, givers: list[subprocess.Popen[bytes]]
) -> None:
    for number in range(40):
        tiny.write(f"lon-{number}.txt", f"{number}" * 50_000)
    tiny.commit("lớn")
    names = [f"HEAD:lon-{number}.txt" for number in range(40)]
    absent = [f"HEAD:không có {number}" for number in range(4000)]
    opened = open_repository(tiny.root)
    sizes = opened.sizes([*names, *absent])
    data = opened.objects(blob for blob, _ in sizes.values())

    assert names == list(sizes)
    assert [f"{number}".encode() * 50_000 for number in range(40)] == [data[sizes[name][0]] for name in names]
    assert opened.objects(["", f"{absent[0]}\ncontents {names[0]}", f"{names[0]}\r", *absent]) == {}
    assert names[:1] == list(opened.sizes([f"{absent[0]}\ninfo {names[1]}", names[0]]))
    assert [giver.returncode for giver in givers] == [None]

    del opened
    gc.collect()

    assert [giver.returncode for giver in givers] == [0]


def test_a_process_that_ends_midway_is_told_and_the_next_question_begins_another(
    tiny: Written, givers: list[subprocess.Popen[bytes]]
) -> None:
    opened = open_repository(tiny.root)
    blob = opened.sizes([f"HEAD:{FILE}"])[f"HEAD:{FILE}"][0]
    givers[0].kill()
    givers[0].wait()

    with pytest.raises(ParindexError) as told:
        opened.objects([blob])

    assert told.value.code == "broken-repository"
    assert TINY_FILES[FILE] == opened.objects([blob])[blob]
    assert len(givers) == 2


def test_a_branch_that_moved_meanwhile_is_left_where_it_is(tiny: Written) -> None:
    first = tiny.git("rev-parse", "HEAD")
    tiny.write("a.txt", "a")
    tiny.commit("Theirs")
    theirs = tiny.git("rev-parse", "HEAD")

    with pytest.raises(ParindexError) as told:
        open_repository(tiny.root).move_head(first, first)

    assert (told.value.code, tiny.git("rev-parse", "HEAD")) == ("head-moved", theirs)

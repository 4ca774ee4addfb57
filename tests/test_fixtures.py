"""The shared fixtures do what the other tests rely on: same ids on every machine, golden files, needs that speak."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import conftest
import pytest
from conftest import Repository

pytest_plugins = ["pytester"]


def test_the_same_files_give_the_same_commit_everywhere(repository: Repository) -> None:
    repository.write("data/2024/plan.yml", "format: 1\n")

    assert repository.commit("Thêm kế hoạch") == "3fe5eb9de3cc2e689ed0725c9c626ce1ba931408"


def test_commits_follow_each_other_by_an_hour_unless_a_date_is_given(repository: Repository) -> None:
    repository.commit()
    repository.commit(date="2024-12-04T09:30:00+07:00")
    repository.commit()

    assert repository.git("log", "--format=%cI").splitlines() == [
        "2024-12-04T10:30:00+07:00",
        "2024-12-04T09:30:00+07:00",
        "2024-11-26T09:00:00+07:00",
    ]


def test_a_commit_holds_just_what_stands_in_the_folder(repository: Repository, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.yml").write_bytes(b"\xef\xbb\xbfa: 1\r\n")
    repository.copy(source, "data/2024")
    repository.write_all({"data/b.yml": "b: 1\n", "data/c/d.yml": "d: 1\n"})
    repository.commit()
    repository.remove("data/b.yml")
    repository.remove("data/c")
    repository.commit(author="Cán bộ Cục Thuế <can-bo@thue.invalid>")

    assert repository.git("ls-tree", "-r", "--name-only", "HEAD") == "data/2024/a.yml"
    assert repository.git("show", "HEAD:data/2024/a.yml") == "\ufeffa: 1"
    assert repository.git("log", "-1", "--format=%an <%ae>") == "Cán bộ Cục Thuế <can-bo@thue.invalid>"


def test_a_git_command_that_fails_says_so(repository: Repository) -> None:
    with pytest.raises(AssertionError, match="git rev-parse --verify nowhere ended with 128"):
        repository.git("rev-parse", "--verify", "nowhere")


def test_settings_of_the_person_do_not_reach_the_repository(clean_environment: None, tmp_path: Path) -> None:
    done = subprocess.run(
        ["git", "config", "--list", "--show-scope"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.stdout == ""


NEEDING = """
import pytest

PROGRAM = "libreoffice-writer"

@pytest.mark.needs(PROGRAM)
def test_that_needs_a_program(program):
    assert program(PROGRAM)
"""


@pytest.mark.parametrize(("ci", "outcome"), [("", {"skipped": 1}), ("true", {"errors": 1})])
def test_a_missing_program_skips_a_test_and_fails_it_in_ci(
    ci: str, outcome: dict[str, int], pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makeconftest(Path(__file__).with_name("conftest.py").read_text(encoding="utf-8"))
    pytester.makeini("[pytest]\nmarkers =\n    needs(*tools): needs them\n")
    pytester.makepyfile(NEEDING)
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("PATH", str(pytester.path))
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-rsE")

    result.assert_outcomes(**outcome)
    result.stdout.fnmatch_lines(["*needs libreoffice-writer, which this machine does not have*"])


@pytest.mark.parametrize(
    ("installed", "found"),
    [
        ((), []),
        (("libsclo.so",), ["libreoffice-calc"]),
        (("libswlo.so",), ["libreoffice-writer"]),
        (("libsclo.so", "libswlo.so", "libswdlo.so"), ["libreoffice-calc", "libreoffice-writer"]),
    ],
    ids=["neither", "calc", "writer", "both"],
)
def test_each_part_of_libreoffice_is_asked_for_by_itself(
    installed: tuple[str, ...], found: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, link = tmp_path / "lib" / "program" / "soffice", tmp_path / "bin" / "soffice"
    for file in (program, link.with_name("x"), *(program.with_name(name) for name in installed)):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(0o755)
    link.symlink_to(program)
    monkeypatch.setenv("PATH", str(link.parent))
    monkeypatch.delenv(conftest.WITHOUT, raising=False)

    assert found == [name for name in conftest.PARTS if conftest.find_program(name) is not None]


@pytest.mark.parametrize("name", [*conftest.PROGRAMS, *conftest.FONTS, "npm:axe-core", "npm:ajv"])
def test_whatever_a_test_may_need_can_be_taken_for_missing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(conftest.WITHOUT, f"x,{name}")

    assert conftest.find_program(name) is None


def test_files_whose_tests_need_keys_are_collected_where_no_program_makes_any(tmp_path: Path) -> None:
    here = Path(__file__).parent
    files = [path for path in here.glob("test_*.py") if 'needs("ssh-keygen")' in path.read_text(encoding="utf-8")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n0", "--collect-only", "-p", "no:cacheprovider", *map(str, files)],
        cwd=here.parent,
        env={**os.environ, "PATH": str(tmp_path), "GIT_PYTHON_REFRESH": "quiet"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-2000:]


def test_a_golden_file_is_compared_and_only_written_when_asked(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(Path(__file__).with_name("conftest.py").read_text(encoding="utf-8"))
    pytester.makepyfile("def test_text(golden):\n    golden('league.txt', 'Cục Thuế 85.25\\n')\n")

    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(failed=1)
    pytester.runpytest_inprocess("-p", "no:cacheprovider", "--update-golden").assert_outcomes(passed=1)
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)

    assert (pytester.path / "golden" / "league.txt").read_text(encoding="utf-8") == "Cục Thuế 85.25\n"


def test_the_program_that_is_loaded_for_tests_ends_with_them_however_they_end() -> None:
    killed = """
import os, signal
from forked import ROOT, loaded
with loaded(ROOT) as command:
    print(command, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run([sys.executable, "-c", killed], env=environment, capture_output=True, text=True, check=False)
    command = Path(done.stdout.strip())
    started = subprocess.run([command, "--version"], capture_output=True, check=False)
    shutil.rmtree(command.parent)

    assert (done.returncode, started.returncode) == (-signal.SIGKILL, 1)

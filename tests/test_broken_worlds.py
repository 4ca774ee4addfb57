"""A broken world is one clear line and exit code 2, never a traceback and never "all is well"."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Repository, RunCommand
from tiny import EXAMPLES

SCHEMAS = Path(__file__).resolve().parent.parent / "schemas"
TINY = EXAMPLES / "tiny" / "data"


def nothing(repository: Repository) -> None:
    repository.write("README.md", "No data here\n")
    repository.commit("Nothing")


def one_schema_gone(repository: Repository) -> None:
    repository.copy(TINY, "data")
    repository.copy(SCHEMAS, "schemas")
    repository.remove("schemas/v1/council.schema.json")
    repository.commit("One schema is gone")


def a_broken_schema(repository: Repository) -> None:
    repository.copy(TINY, "data")
    repository.copy(SCHEMAS, "schemas")
    repository.write("schemas/v1/plan.schema.json", "{")
    repository.commit("One schema is broken")


def a_schema_that_others_need_gone(repository: Repository) -> None:
    repository.copy(TINY, "data")
    repository.copy(SCHEMAS, "schemas")
    repository.remove("schemas/v1/common.schema.json")
    repository.commit("The schema that all others refer to is gone")


WORLDS: list[tuple[Callable[[Repository], None], str]] = [
    # what the repository lacks, what is said
    (nothing, "không có thư mục data/"),
    (one_schema_gone, "Thiếu lược đồ schemas/v1/council.schema.json"),
    (a_schema_that_others_need_gone, "Thiếu lược đồ schemas/v1/common.schema.json"),
    (a_broken_schema, "Lược đồ schemas/v1/plan.schema.json bị hỏng"),
]
COMMANDS = [
    ("check",),
    ("score",),
    ("explain", "co-quan-a"),
    ("status", "--year", "2024"),
    ("verify",),
    ("audit", "--year", "2024", "--stage", "appraisal-1"),
    ("site",),
    ("approve", "--year", "2024", "--number", "1/QĐ-MH", "--date", "2025-01-01"),
]


@pytest.mark.parametrize(("world", "said"), WORLDS, ids=[world.__name__ for world, _ in WORLDS])
@pytest.mark.parametrize("command", COMMANDS, ids=[command[0] for command in COMMANDS])
def test_a_broken_world_is_one_line_and_exit_code_2(
    run_command: RunCommand,
    repository: Repository,
    world: Callable[[Repository], None],
    said: str,
    command: tuple[str, ...],
) -> None:
    world(repository)
    done = run_command(*command, cwd=repository.root)

    assert done.code == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def emptied(file: Path) -> None:
    file.chmod(0o644)
    file.write_bytes(b"")


def object_of(repository: Repository, name: str) -> Path:
    """Return the file that holds an object of a repository."""
    found = repository.git("rev-parse", name).strip()
    return repository.root / ".git" / "objects" / found[:2] / found[2:]


DAMAGES: list[tuple[str, Callable[[Path], None]]] = [
    ("HEAD:data/2024/cycle.yml", Path.unlink),
    ("HEAD:data/2024/cycle.yml", emptied),
    ("HEAD:data/2024", Path.unlink),
    ("HEAD:data", emptied),
]


@pytest.mark.parametrize("damage", DAMAGES, ids=[f"{name} {how.__name__}" for name, how in DAMAGES])
@pytest.mark.parametrize(
    "command",
    [
        ("check", "--rev", "HEAD"),
        ("score", "--year", "2024", "--rev", "HEAD"),
        ("explain", "co-quan-a", "--year", "2024", "--rev", "HEAD"),
        ("diff", "HEAD~1", "HEAD"),
    ],
    ids=lambda command: command[0],
)
def test_a_damaged_object_is_one_line_and_exit_code_2(
    run_command: RunCommand,
    repository: Repository,
    damage: tuple[str, Callable[[Path], None]],
    command: tuple[str, ...],
) -> None:
    repository.write("README.md", "Before\n")
    repository.commit("Nothing")
    repository.copy(TINY, "data")
    repository.copy(SCHEMAS, "schemas")
    repository.commit("The tiny world")
    name, how = damage
    how(object_of(repository, name))
    done = run_command(*command, cwd=repository.root)

    assert done.code == 2
    assert "Git báo lỗi khi đọc kho" in done.stderr
    assert "hint:" not in done.stderr  # what git advises stands before what is wrong
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


WRONG: list[tuple[tuple[str, ...], str]] = [
    # what is typed, what is said
    (("check", "--foo"), "không có tham số --foo"),
    (("explain",), "còn thiếu AGENCY"),
    (("check", "--format", "xml"), "không phải là lựa chọn đúng"),
    (("check", "--year"), "cần một giá trị đi kèm"),
    (("score", "--year", "2030"), "Không có kỳ đánh giá 2030"),
    (("check", "--rev", "foo bar"), "không hợp lệ"),
    (("check", "--rev", "--upload-pack=x"), "cần một giá trị đi kèm"),
    (("check", "--rev", "nowhere"), "Không tìm thấy phiên bản nowhere"),
    (("check", "--rev", "HEAD@{99}"), "Không tìm thấy phiên bản HEAD@{99}"),
    (("check", "--rev", "main@{upstream}"), "Không tìm thấy phiên bản main@{upstream}"),
    (("explain", "nobody", "--year", "2024"), "Không có cơ quan nobody"),
    (("explain", "co-quan-a", "9.9", "--year", "2024"), "Không có tiêu chí 9.9"),
    (("site", "--today", "2025-02-30"), "Ngày 2025-02-30 không hợp lệ"),
    (("verify", "--year", "1999"), "Không có kỳ đánh giá 1999"),
    (("seal", "--year", "2024", "--stage", "survey", "--key", "/nowhere/key"), "Không có tệp khóa ký"),
]


@pytest.mark.parametrize(("typed", "said"), WRONG, ids=[" ".join(typed) for typed, _ in WRONG])
def test_what_is_typed_wrong_is_told_in_one_line(
    run_command: RunCommand, repository: Repository, typed: tuple[str, ...], said: str
) -> None:
    repository.copy(TINY, "data")
    repository.copy(SCHEMAS, "schemas")
    repository.commit("The tiny world")
    done = run_command(*typed, cwd=repository.root)

    assert done.code == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""

"""fmt: one order and one style for files that people write; meaning and comments stay, closed files are not touched."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT, Repository, RunCommand
from tiny import EXAMPLES, SEALS

from pipeline.adapters import documents
from pipeline.adapters.repository import open_repository
from pipeline.core.ground.nodes import plain
from pipeline.core.record.canonical import styled
from pipeline.core.record.layout import place
from pipeline.flows import writing
from pipeline.flows.snapshot import fields_of, take

TREE = take(open_repository(ROOT), None).tree
FIELDS = fields_of(TREE)
SELF = "data/2025/self-assessment/cuc-thue.yml"


def tidied(text: str, path: str = SELF) -> str:
    return writing.tidy(text.encode(), FIELDS.of(place(path))).decode()


LINE = 'format: 1\nlines:\n  "1.1.1":\n    score: 1\n'
CASES = {
    "keys stand as the schema lists them": (
        'lines:\n  "1.1.1":\n    score: 1\n    answer: dung-han\nformat: 1\n',
        'format: 1\nlines:\n  "1.1.1":\n    answer: dung-han\n    score: 1\n',
    ),
    "codes stand in their order, in double quotes": (
        "format: 1\nlines:\n  '1.10': {score: 1}\n  1.9.1: {score: 1}\n  \"1.2\": {score: 0}\n",
        'format: 1\nlines:\n  "1.2": {score: 0}\n  "1.9.1": {score: 1}\n  "1.10": {score: 1}\n',
    ),
    "a comment goes with the line below it and at its end": (
        '# head\nformat: 1\nlines:\n  "1.1.1":\n    # why\n    score: 1  # one\n    # how\n    answer: khong\n# end\n',
        '# head\nformat: 1\nlines:\n  "1.1.1":\n    # how\n    answer: khong\n    # why\n    score: 1  # one\n# end\n',
    ),
    "an item's keys move though the first stands beside the dash": (
        f"{LINE}    evidence:\n      - date: 2025-01-10\n        number: 1/KH\n      - number: 2/KH\n",
        f"{LINE}    evidence:\n      - number: 1/KH\n        date: 2025-01-10\n      - number: 2/KH\n",
    ),
    "an item whose first key to be has a comment above stays as it is": (
        f"{LINE}    evidence:\n      - date: 2025-01-10\n        # its number\n        number: 1/KH\n",
        None,
    ),
    "quotes are double, and spaces at the ends of lines go": (
        "format: 1   \nsigned_by: 'Chi cục trưởng'  \nlines: {}",
        'format: 1\nsigned_by: "Chi cục trưởng"\nlines: {}\n',
    ),
    "what quotes hold is not touched": ("format: 1\nsigned_by: 'Ông \"A\"'\nlines: {}\n", None),
    "spaces inside a text of several lines stay": (
        'format: 1\nlines:\n  "1.1.1":\n    score: 1\n    note: |\n      một  \n      hai\n',
        None,
    ),
    "what does not read is left alone": ("format: 1\n\tlines: {}\n", None),
    "what says a key twice is left alone": ("lines: {}\nformat: 1\nlines: {}\n", None),
    "empty lines that a text keeps stay": ('format: 1\nlines:\n  "1.1.1":\n    note: |+\n      một\n\n\n', None),
}


def test_time_grows_with_the_file_and_not_with_its_square() -> None:
    def seconds(lines: int) -> float:
        text = "format: 1\n" + "# a  \n" * lines
        started = time.process_time()

        assert styled(text, {}).count("a\n") == lines
        return time.process_time() - started

    assert min(seconds(80_000) for _ in range(3)) < 10 * min(seconds(20_000) for _ in range(3))


@pytest.mark.parametrize("case", CASES)
def test_style(case: str) -> None:
    before, after = CASES[case]

    assert tidied(before) == (before if after is None else after)


def test_the_order_of_stages_is_meaning_and_stays() -> None:
    text = "stages:\n  tham-dinh: {kind: appraise}\n  a-tu-cham: {kind: claim}\nformat: 1\n"

    assert tidied(text, "data/2025/cycle.yml") == f"format: 1\n{text.removesuffix('format: 1' + chr(10))}"


OPEN = sorted(path for path in TREE.files if path.startswith("data/2025/"))


@pytest.mark.parametrize("path", OPEN)
def test_a_file_keeps_its_meaning_and_its_comments_however_its_keys_were_shuffled(path: str) -> None:
    data = TREE.files[path].data
    loaded = plain_of(path, data)
    mixed = writing.dump(shuffled(loaded, random.Random(7)))  # noqa: S311 - a shuffle, the same one each time
    once = writing.tidy(mixed, FIELDS.of(place(path)))

    assert writing.tidy(once, FIELDS.of(place(path))) == once
    assert plain_of(path, once) == plain_of(path, mixed)
    assert comments(writing.tidy(data, FIELDS.of(place(path)))) == comments(data)


def shuffled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, list):
        return [shuffled(item, chance) for item in value]
    if not isinstance(value, dict):
        return value
    keys = chance.sample([*value], len(value))
    return {key: shuffled(value[key], chance) for key in keys}


def plain_of(path: str, data: bytes) -> object:
    root = documents.read(path, data).root
    assert root is not None
    return plain(root)


def comments(data: bytes) -> list[str]:
    return sorted(re.findall(r"(?m)(?:^| )# .*$", data.decode()))


def test_the_data_of_this_repository_is_in_order(run_command: RunCommand) -> None:
    done = run_command("--repo", str(ROOT), "fmt", "--check")

    assert (done.code, done.stderr) == (0, "")
    assert done.stdout.startswith("Cả ")


# --- the command ----------------------------------------------------------------------------------------------------

CLAIM = "data/2024/self-assessment/co-quan-a.yml"
COUNCIL = "data/2024/council-decision/co-quan-a.yml"


@pytest.fixture
def tiny(repository: Repository) -> Repository:
    """Give a repository with the tiny world, neither sealed nor approved, and two files of it out of order."""
    repository.copy(EXAMPLES / "tiny" / "data", "data")
    repository.copy(ROOT / "schemas", "schemas")
    for path in ("data/2024/approval.yml", "data/2024/amendments"):
        repository.remove(path)
    for path in (CLAIM, COUNCIL):
        text = (repository.root / path).read_text("utf-8")
        repository.write(path, text.removeprefix("format: 1\n") + "format: 1\n")
    repository.commit("Out of order")
    return repository


def test_files_out_of_order_are_named_and_written(run_command: RunCommand, tiny: Repository) -> None:
    asked = run_command("fmt", "--check", CLAIM, COUNCIL, cwd=tiny.root)
    untouched = tiny.git("status", "--porcelain")
    done = run_command("fmt", cwd=tiny.root)
    again = run_command("fmt", "--check", cwd=tiny.root)

    assert (asked.code, asked.stdout) == (
        1,
        f"{COUNCIL}\n{CLAIM}\nCần xếp lại 2 trong 2 tệp. Hãy chạy parindex fmt.\n",
    )
    assert untouched == ""
    assert (done.code, {CLAIM, COUNCIL} <= set(done.stdout.splitlines())) == (0, True)
    assert (again.code, run_command("check", cwd=tiny.root).code) == (0, 0)


def test_a_closed_stage_and_what_its_seal_lists_are_not_touched(run_command: RunCommand, tiny: Repository) -> None:
    tiny.write_all({path: text for path, text in SEALS.items() if "self-assessment" in path})
    tiny.write("data/2024/cycle.yml", (tiny.root / "data/2024/cycle.yml").read_text("utf-8") + "\n\n")
    tiny.commit("The first stage is sealed")
    done = run_command("fmt", cwd=tiny.root)
    changed = tiny.git("diff", "--name-only").splitlines()

    assert done.code == 0
    assert COUNCIL in changed
    assert [path for path in changed if "/self-assessment/" in path or path.endswith("/cycle.yml")] == []
    assert "tệp đã khóa hoặc không do người gõ" in done.stdout


@pytest.mark.parametrize("name", ["data/2024/no.yml", "../outside.yml", "README.md"])
def test_a_file_that_is_no_data_is_refused(run_command: RunCommand, tiny: Repository, name: str) -> None:
    done = run_command("fmt", name, cwd=tiny.root)

    assert (done.code, done.stdout) == (2, "")
    assert done.stderr == f"parindex: Không có tệp dữ liệu {name} trong kho. Hãy kiểm tra lại tên tệp.\n"


# --- what git and editors are told ----------------------------------------------------------------------------------


def test_the_head_of_a_hunk_names_the_criterion(repository: Repository) -> None:
    repository.copy(ROOT / ".gitattributes", ".gitattributes")
    repository.copy(ROOT / "data" / "2025", "data/2025")
    repository.commit("The year")
    told = (ROOT / "docs" / "how-to" / "sua-mot-tep.md").read_text("utf-8")
    pattern = re.search(r"git config diff\.parindex\.xfuncname '(.+)'", told)
    assert pattern is not None
    repository.git("config", "diff.parindex.xfuncname", pattern[1])
    text = (repository.root / SELF).read_text("utf-8")
    at = text.index('"1.2.2":')
    last = text.rindex("\n", at, text.index('"1.3.1":'))
    repository.write(SELF, f"{text[:last]}  # sửa{text[last:]}")
    heads = [line for line in repository.git("diff", "-U0").splitlines() if line.startswith("@@")]

    assert [head.partition("@@ ")[2].partition("@@")[2].strip() for head in heads] == ['"1.2.2":']


def test_each_hook_for_pre_commit_runs_a_command_that_exists(run_command: RunCommand, tiny: Repository) -> None:
    hooks = yaml.safe_load(Path(ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    codes = {hook["id"]: run_command(*hook["entry"].split()[1:], cwd=tiny.root).code for hook in hooks}

    assert codes == {"parindex-fmt": 0, "parindex-check": 0}

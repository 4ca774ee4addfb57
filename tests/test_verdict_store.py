"""The store of verdicts only saves time: whatever came before, and whatever is wrong with it, answers are the same."""

from __future__ import annotations

import json
import os
import random
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import ROOT, RunCommand
from conftest import Repository as Written
from test_laws import CASES, FOLDER, overlaid
from tiny import TINY_FILES

from pipeline.adapters import program
from pipeline.adapters.repository import Repository, open_repository
from pipeline.adapters.verdict_store import NAME, VerdictStore
from pipeline.core.rounds.change_words import difference_json, difference_markdown, difference_text
from pipeline.core.rounds.state_laws import new_errors
from pipeline.flows import compare, door, guard
from pipeline.flows.outline import Outline, Past, outline
from pipeline.flows.snapshot import take
from pipeline.flows.wording import load_labels

STEPS = 15
WORDS = load_labels("vi")
PART = "data/2024/appraisal-1/co-quan-a/don-vi-b.yml"
FILE = "data/2024/self-assessment/co-quan-a.yml"


def store_of(repository: Repository) -> VerdictStore:
    return VerdictStore(repository.own_folder)


def past_of(repository: Repository) -> Past:
    return Past(store_of(repository))


class Walk:
    """A history of random changes of the tiny world: of agencies, rules, years, parts, amendments, approvals."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - reproducible changes
        self.files = dict(TINY_FILES)

    def step(self) -> None:
        kinds = (self.score, self.score, self.copy, self.remove, self.spoil, self.example, self.year, self.part)
        self.chance.choice((*kinds, self.rule, self.stranger))()

    def pick(self, pattern: str) -> str:
        return self.chance.choice(sorted(path for path in self.files if re.search(pattern, path)) or [FILE])

    def edit(self, path: str, pattern: str, new: str) -> None:
        text = self.files.get(path, b"format: 1\n").decode("utf-8", "replace")
        places = list(re.finditer(pattern, text))
        if places:
            place = self.chance.choice(places)
            self.files[path] = f"{text[: place.start()]}{new}{text[place.end() :]}".encode()

    def score(self) -> None:
        self.edit(
            self.pick(r"/co-quan-\w+\.yml"), r"(?<=score: )[\d.]+", self.chance.choice(("0", "0.5", "1", "99", "x"))
        )

    def copy(self) -> None:
        self.files[self.pick(r"/co-quan-\w+\.yml")] = self.files.get(self.pick(r"/co-quan-\w+\.yml"), b"format: 1\n")

    def remove(self) -> None:
        self.files.pop(self.pick(r"data/\d"), None)

    def spoil(self) -> None:
        path = self.pick(r"data/")
        self.files[path] = self.chance.choice((b"", b"\xff", b"a: [", self.files.get(path, b"")[:-20]))

    def example(self) -> None:
        files, _ = overlaid(FOLDER / self.chance.choice(sorted(CASES)))
        self.files = {path: data for path, data in files.items() if path.startswith("data/")}

    def year(self) -> None:
        name = self.chance.choice(("2023", "2024-ban-hai", "2025"))
        self.files |= {
            path.replace("/2024/", f"/{name}/"): data for path, data in TINY_FILES.items() if "/2024/" in path
        }

    def part(self) -> None:
        self.files[PART] = b'format: 1\nlines:\n  "1.1.1": {score: 1}\n'

    def rule(self) -> None:
        self.edit(self.pick(r"(criteria|cycle|agencies|bodies|calendar)\.yml"), r"\d", self.chance.choice("0123456789"))

    def stranger(self) -> None:
        self.files["data/2024/self-assessment/khong-co.yml"] = self.files.get(FILE, b"")


@pytest.mark.parametrize("own", [True, False])
def test_guard_takes_what_was_kept_only_where_the_founding_is_pinned_beside_it(
    tiny: Written, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch, *, own: bool
) -> None:
    tiny.write(FILE, TINY_FILES[FILE].replace(b"score: 1\n", b"score: 99\n", 1))
    head = tiny.commit("Sửa")
    opened = open_repository(tiny.root)
    if own:
        tiny.git("config", "parindex.founding", f"{opened.resolve('HEAD~1')}")
    else:
        monkeypatch.setenv("PARINDEX_FOUNDING", opened.resolve("HEAD~1"))
    asked = ("--repo", str(tiny.root), "guard", "HEAD~1", head)
    alone = run_command(*asked, "--no-cache")

    assert "score-over-maximum" in alone.stdout
    assert not store_of(opened).latest("")
    assert [run_command(*asked), run_command(*asked)] == [alone, alone]
    assert bool(store_of(opened).latest("agencies ")) == own


def test_guard_is_not_led_by_a_list_that_somebody_left_where_a_job_runs(
    tiny: Written, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny.write(FILE, TINY_FILES[FILE].replace(b"score: 1\n", b"score: 99\n", 1))
    head = tiny.commit("Sửa")
    opened = open_repository(tiny.root)
    monkeypatch.setenv("PARINDEX_FOUNDING", opened.resolve("HEAD~1"))
    asked = ("--repo", str(tiny.root), "guard", "HEAD~1", head)
    before = run_command(*asked)
    store = store_of(opened)
    outline(opened, "HEAD", Past(store))
    store.put(store.latest("agencies ")[0], [[1, 1, 1], [], "", "", []])

    assert not outline(opened, "HEAD", Past(store)).world.years["2024"].agencies
    assert run_command(*asked) == before


def test_a_list_too_large_for_guard_is_too_large_however_it_was_kept(
    tiny: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "_MOST", len(TINY_FILES["data/2024/agencies.yml"]) - 1)
    tiny.write(FILE, TINY_FILES[FILE] + b"# a\n")
    head = tiny.commit("Sửa")
    opened = open_repository(tiny.root)
    outline(opened, "HEAD~1", past_of(opened))
    base = opened.resolve("HEAD~1")

    kept, alone = (guard.gather(opened, base, head, None, read=read) for read in (guard._Read(past_of(opened)), None))

    assert alone.state.cycles == {}
    assert kept.state == alone.state


@pytest.mark.parametrize("seed", range(3))
def test_with_the_store_all_is_told_as_without_over_random_histories(
    repository: Written, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.flows.outline._FEW", seed)
    walk, commits = Walk(seed), list[str]()
    for _ in range(STEPS):
        written = {path.relative_to(repository.root).as_posix() for path in repository.root.glob("data/**/*.yml")}
        for path in written - walk.files.keys():
            (repository.root / path).unlink()
        repository.write_all(dict(walk.files))
        opened = open_repository(repository.root)
        if commits:
            assert_same(outline(opened, None, past_of(opened)), outline(opened, None))
        repository.git("add", "--all")
        commits.append(repository.commit("Sửa"))
        assert_told_alike(opened, commits, walk.chance)
        walk.step()


def assert_same(one: Outline, other: Outline) -> None:
    """Hold what was found with the store against what was found without; survey errors are read when asked for."""
    assert _without_errors(one) == _without_errors(other)
    for year in one.world.years.values():
        assert one.errors(year) == other.errors(year)


def _without_errors(found: Outline) -> Outline:
    judged = {year: own.each(lambda one: one._replace(errors=None)) for year, own in found.judged.items()}
    return replace(found, judged=judged)


def assert_told_alike(opened: Repository, commits: list[str], chance: random.Random) -> None:
    head, near = commits[-1], chance.choice(commits)
    scored, anew = outline(opened, head, past_of(opened), near=near), outline(opened, head)
    assert_same(scored, anew)
    for year in scored.world.years.values():
        kept, found = scored.results(year), anew.results(year)
        assert (tuple(kept.agencies), kept.gaps) == (tuple(found.agencies), found.gaps)
        assert dict(kept.alike).keys() == {one.agency.slug for one in found.agencies}
    assert scored.problems == take(opened, head).problems
    before = outline(opened, near)
    paths = frozenset(found.path for found in opened.differences(near, head, "data", "schemas"))
    _, parted = compare.since(opened, near, scored, problems=scored.problems, past=past_of(opened))
    whole = compare.parted(before, scored.problems, paths, scored.world)
    assert (parted.problems, parted.elsewhere, parted.redo) == (whole.problems, whole.elsewhere, whole.redo)
    for problems in (False, True):
        parted, whole = (
            compare.difference(opened, near, head, effects=True, problems=problems, past=past)
            for past in (past_of(opened), None)
        )
        assert difference_json(parted) == difference_json(whole)
        assert difference_markdown(parted, WORDS) == difference_markdown(whole, WORDS)
    kept, alone = (
        door.judge_change(opened, near, head, None, founding=None, past=past) for past in (past_of(opened), None)
    )
    assert kept == alone
    old, new, paths = compare.both_states(opened, near, head)
    assert new_errors(old.problems, new.problems, touched=paths, world=new.world) == new_errors(
        before.problems, scored.problems, touched=paths, world=scored.world
    )


BROUGHT = {
    "an amendment expects what stood in a stage": (
        "data/2024/appraisal-1/co-quan-b.yml",
        TINY_FILES["data/2024/appraisal-1/co-quan-b.yml"].replace(b'"2.1":\n    score: 1\n', b'"2.1":\n    score: 0\n'),
        "amendment-expectation",
    ),
    "a year has a file and no rules": ("data/2025/self-assessment/co-quan-a.yml", TINY_FILES[FILE], "missing-file"),
}


@pytest.mark.parametrize("case", BROUGHT)
def test_what_a_stage_makes_wrong_outside_its_agency_came_with_the_change(
    tiny: Written, run_command: RunCommand, case: str
) -> None:
    path, data, code = BROUGHT[case]
    tiny.remove("data/2024/approval.yml")
    tiny.commit("Chưa phê duyệt")
    tiny.write(path, data)
    tiny.commit("Sửa")

    told = run_command("--repo", str(tiny.root), "check", "--since", "HEAD~1", "--format", "json", "--no-cache")

    assert told.code == 1
    assert code in {problem["code"] for problem in json.loads(told.stdout)["problems"]}


@pytest.mark.parametrize("later", ["a", "b"])
def test_a_page_of_another_agency_came_with_the_change_that_named_it(
    tiny: Written, run_command: RunCommand, later: str
) -> None:
    tiny.remove("data/2024/approval.yml")
    tiny.remove("data/2024/amendments")
    for letter in sorted("ab", key=lambda one: one == later):
        path = f"data/2024/self-assessment/co-quan-{letter}.yml"
        record = f"form: {{sha256: {'a1' * 32}, page: {'b2' * 32}, content: {'c3' * 32}}}\nlines:".encode()
        tiny.write(path, TINY_FILES[path].replace(b"lines:", record, 1))
        tiny.commit(f"Trang ký của {letter}")

    told = run_command("--repo", str(tiny.root), "check", "--since", "HEAD~1", "--format", "json")

    assert {problem["code"] for problem in json.loads(told.stdout)["problems"]} >= {"page-repeated"}


def test_what_a_year_lacks_is_asked_of_all_agencies_whatever_a_change_touched(
    tiny: Written, run_command: RunCommand
) -> None:
    for path in ("data/2024/approval.yml", "data/2024/amendments", "data/2024/council-decision/co-quan-b.yml"):
        tiny.remove(path)
    tiny.commit("Chưa phê duyệt")
    tiny.write(FILE, TINY_FILES[FILE] + b"# x\n")
    tiny.commit("Sửa")

    told = run_command("--repo", str(tiny.root), "check", "--complete", "--since", "HEAD~1", "--format", "json")

    assert {one["code"] for one in json.loads(told.stdout)["problems"]} == {"stage-file-awaited"}
    assert told.code == 1


def test_what_a_provisional_year_lacks_is_counted_by_what_was_found_as_by_its_lines(tiny: Written) -> None:
    for path in ("data/2024/approval.yml", "data/2024/amendments", "data/2024/council-decision/co-quan-b.yml"):
        tiny.remove(path)
    tiny.commit("Chưa phê duyệt")
    path = "data/2024/appraisal-2/co-quan-a.yml"
    tiny.write(path, TINY_FILES[path].replace(b"score: 1\n", b"score: 0.5\n"))
    tiny.commit("Sửa")
    opened = open_repository(tiny.root)
    told = (
        compare.difference(opened, "HEAD~1", "HEAD", effects=True, problems=False, past=past)
        for past in (past_of(opened), None)
    )
    quick, whole = (difference_text(found, WORDS) for found in told)

    assert quick == whole
    assert WORDS.text("diff.provisional", counts="1") in whole


def test_an_answer_rests_on_nothing_beside_its_commit(tiny: Written, run_command: RunCommand, tmp_path: Path) -> None:
    for path in ("data/2024/approval.yml", "data/2024/amendments"):
        tiny.remove(path)
    tiny.write(FILE, TINY_FILES[FILE].replace(b'"1.1.1":\n', b'"1.1.1": # x\n'))  # the line that is explained
    last = tiny.commit("Sửa")
    words = ("explain", "co-quan-a", "1.1.1", "--rev", "HEAD")
    clone = tmp_path / "clone"
    tiny.git("clone", "--quiet", "--depth", "1", tiny.root.as_uri(), str(clone))
    whole, less = (run_command("--repo", str(folder), *words) for folder in (tiny.root, clone))
    Written(clone).git("fetch", "--quiet", "--unshallow")
    tiny.write(".mailmap", "Người khác <khac@x.invalid> <chuyen-vien@snv.invalid>\n")
    tiny.git("config", "blame.ignoreRevsFile", str(tiny.write("ignored", last)))
    tiny.git("config", "core.worktree", str(tiny.root.parent))

    assert less != whole
    assert run_command("--repo", str(clone), *words) == whole
    assert run_command("--repo", str(tiny.root), *words, "--no-cache") == whole


def spoilt(repository: Repository, spoil: Callable[[Path], None]) -> VerdictStore:
    """Return a store that held what belongs to HEAD until somebody spoilt it."""
    store = store_of(repository)
    outline(repository, "HEAD", Past(store))
    spoil(store.folder / NAME)
    return store


def sql(words: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with closing(sqlite3.connect(path)) as known, known:
            known.executescript(words)

    return change


def folder_instead(path: Path) -> None:
    path.unlink()
    path.mkdir()


def bytes_of(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        path.write_bytes(change(path.read_bytes()))

    return spoil


SPOILS: dict[str, Callable[[Path], None]] = {
    "deleted": Path.unlink,
    "empty": bytes_of(lambda _: b""),
    "no database": bytes_of(lambda _: b"x" * 5000),
    "cut off": bytes_of(lambda data: data[:4000]),
    "flipped": bytes_of(lambda data: bytes(255 - one for one in data)),
    "flipped at the end": bytes_of(lambda data: data[:-900] + b"\0" * 900),
    "a folder": folder_instead,
    "other values": sql("update verdicts set value = x'00'"),
    "other texts": sql("update verdicts set value = 'a', digest = 1"),
    "other columns": sql("drop table verdicts; create table verdicts (a, b)"),
    "no table": sql("drop table verdicts"),
}


@pytest.mark.parametrize("name", SPOILS)
def test_a_spoilt_store_is_none(tiny: Written, name: str) -> None:
    opened = open_repository(tiny.root)
    store = spoilt(opened, SPOILS[name])

    assert_same(outline(opened, "HEAD", Past(store)), outline(opened, "HEAD"))
    assert_same(outline(opened, "HEAD", Past(store)), outline(opened, "HEAD"))


OF_A_LOST_FILE = ["", [["data/x.yml", ["0" * 40, True]]], ["2024"], 1, [], [], [], [], []]
NO_FACTS = [[], [], 0, False, [], [], [], []]
NO_SUMS = ["", [], [], 1, [], [], [[[], [], NO_FACTS]], [[0, *[1, 0] * 8, 1]], [["2024", ["a"], [0]]]]
OTHER_TYPES = ["", [], [], "x", [], True, [], [], []]


@pytest.mark.parametrize("value", [None, 3, [], {"a": 1}, OTHER_TYPES, OF_A_LOST_FILE, NO_SUMS])
def test_a_value_that_is_no_verdict_is_none(tiny: Written, value: object) -> None:
    opened = open_repository(tiny.root)
    store = store_of(opened)
    outline(opened, "HEAD", Past(store))
    store.put(store.latest("")[0], value)

    assert_same(outline(opened, "HEAD", Past(store)), outline(opened, "HEAD"))


@pytest.mark.parametrize("value", [None, 3, [["2024", 3]], [["2024", [["co-quan-a", "[]"]]]], [["2024", [["x", "{"]]]]])
def test_survey_errors_that_are_none_are_found_by_reading_all(
    tiny: Written, value: object, run_command: RunCommand
) -> None:
    opened = open_repository(tiny.root)
    store, words = store_of(opened), ("--repo", str(tiny.root), "explain", "co-quan-a", "--rev", "HEAD")
    run_command("--repo", str(tiny.root), "check", "--rev", "HEAD")
    (key,) = store.latest("errors ")
    store.put(key, value)

    assert outline(opened, "HEAD", past_of(opened)).errors(take(opened, "HEAD").world.years["2024"]) is None
    assert run_command(*words) == run_command(*words, "--no-cache")


NO_LISTS: dict[str, object] = {
    "nothing": None,
    "a number": 3,
    "no columns": [],
    "names": {"a": 1},
    "other types": [[1, 1, 1], *[[3]] * 4],
    "a row too few": [[1, 1, 1], [], "a\n", "", []],
    "one agency twice": [[1, 1, 1], [], "a\na\n", "A\tA\t\t1\t1\nB\tB\t\t2\t1\n", []],
    "a place that is none": [[1, 1, 1], [], "a\n", "A\tA\t\t1\t\n", []],
    "a text too many": [[1, 1, 1], [], "a\n", "A\tA\tA\t\t1\t1\n", []],
}


@pytest.mark.parametrize("value", NO_LISTS.values(), ids=NO_LISTS)
def test_what_is_no_list_of_agencies_is_none(tiny: Written, value: object) -> None:
    opened = open_repository(tiny.root)
    store = store_of(opened)
    outline(opened, "HEAD", Past(store))
    store.put(store.latest("agencies ")[0], value)

    assert_same(outline(opened, "HEAD", Past(store)), outline(opened, "HEAD"))


HEAD_OF_LIST = "format: 1\nagencies:\n  co-quan-a: "
LISTED = {
    "groups": f"{HEAD_OF_LIST}{{name: A, short: A, group: so-nganh}}\ngroups:\n  so-nganh: {{title: X}}\n",
    "others": f"{HEAD_OF_LIST}{{name: {{vi: A, en: B}}, short: A, ranked: false}}\n  b-c: {{name: B, short: B}}\n",
    "spaces": f'{HEAD_OF_LIST}{{name: "A  B", short: A}}\n',
    "wrong": f"{HEAD_OF_LIST}{{names: A}}\n",
    "unread": f"{HEAD_OF_LIST}[",
}


@pytest.mark.parametrize("name", LISTED)
def test_a_list_of_agencies_that_was_kept_says_what_it_said(tiny: Written, name: str) -> None:
    tiny.remove("data/2024/amendments")
    tiny.write("data/2024/agencies.yml", LISTED[name])
    tiny.commit("Danh sách")
    opened = open_repository(tiny.root)
    told = [outline(opened, "HEAD", past_of(opened)) for _ in range(2)]

    for one in told:
        assert_same(one, outline(opened, "HEAD"))
    assert bool(store_of(opened).latest("agencies ")) == (name not in ("wrong", "unread"))


def test_what_another_process_holds_is_none(tiny: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.adapters.verdict_store._WAIT", 0.01)
    opened = open_repository(tiny.root)
    store = store_of(opened)
    outline(opened, "HEAD", Past(store))
    with closing(sqlite3.connect(store.folder / NAME)) as other:
        other.execute("begin exclusive")

        assert_same(outline(opened, "HEAD", Past(store)), outline(opened, "HEAD"))


def test_two_at_once_tell_the_same(tiny: Written) -> None:
    command = [sys.executable, "-m", "pipeline", "--repo", str(tiny.root), "check", "--rev", "HEAD"]
    both = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]

    one, other = (process.communicate() for process in both)

    assert one == other
    assert one[1] == b""


def test_the_oldest_rows_go_and_a_row_belongs_to_its_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.adapters.verdict_store._KEPT", 3)
    store = VerdictStore(tmp_path)
    for number in range(5):
        store.put(f"a {number}", number)
    store.put("a 2", "anew")
    sql("update verdicts set key = 'a 9' where key = 'a 4'")(tmp_path / NAME)

    assert store.latest("a ")[:2] == ("a 2", "a 9")
    assert [store.get(f"a {number}") for number in (0, 1, 2, 9)] == [None, None, "anew", None]


def test_answers_drive_out_answers_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.adapters.verdict_store._KEPT", 3)
    store = VerdictStore(tmp_path)
    for key in ("frames vi", *(f"answer {number}" for number in range(5)), "a"):
        store.put(key, 1)

    assert [store.get(key) for key in ("frames vi", "a", "answer 1", "answer 2")] == [1, 1, None, 1]


def test_a_program_whose_file_was_written_anew_is_another_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "core" / "x.py"
    file.parent.mkdir()
    file.write_text("A = 1")
    monkeypatch.setattr(program, "_PACKAGE", tmp_path)
    before = [program.program_digest.__wrapped__() for _ in range(2)]
    at = file.stat()
    file.write_text("A = 2")
    os.utime(file, ns=(at.st_atime_ns, at.st_mtime_ns))

    assert before[0] == before[1] != program.program_digest.__wrapped__()


@pytest.mark.parametrize(
    "words",
    [
        ("check",),
        ("check", "--format", "json"),
        ("check", "--complete"),
        ("check", "--since", "HEAD~1"),
        ("score",),
        ("score", "--format", "json"),
        ("explain", "co-quan-a"),
        ("explain", "co-quan-a", "1.1.1", "--history"),
    ],
)
def test_a_command_tells_the_same_with_the_store_without_it_and_a_second_time(
    tiny: Written, run_command: RunCommand, words: tuple[str, ...]
) -> None:
    tiny.write("data/site.yml", "format: 1\n")
    tiny.commit("Thêm")
    for revision in ((), ("--rev", "HEAD")):
        asked = ("--repo", str(tiny.root), *words, *revision)
        without = run_command(*asked, "--no-cache")

        assert not (tiny.root / ".git" / "parindex" / NAME).exists() or revision
        assert run_command(*asked) == without
        assert run_command(*asked) == without


def test_guard_and_proofs_know_no_store(
    tiny: Written, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object) -> None:
        raise AssertionError

    tiny.write(FILE, TINY_FILES[FILE] + b"# a\n")
    tiny.commit("Sửa")
    for name in ("get", "put", "latest"):
        monkeypatch.setattr(VerdictStore, name, forbidden)

    for words in (("guard", "HEAD~1", "HEAD"), ("verify",), ("seal", "--year", "2024", "--stage", "appraisal-1")):
        assert run_command("--repo", str(tiny.root), *words).code in (0, 1, 2)

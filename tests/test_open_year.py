"""open-year: days move, what happened is gone, what stands is kept, and `check` finds nothing but what it must."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from conftest import Repository, RunCommand
from test_commands import edit
from tiny import EXAMPLES, ROOT, data_of_this_repository, files_under, snapshot_of
from worlds import files_of, year_from

from pipeline.core.record.model import Calendar
from pipeline.core.record.year_opening import KEPT, Succession, decisions
from pipeline.flows.open_year import OpenedYear, open_year
from pipeline.flows.snapshot import Readings

DATA = files_under(ROOT, "data")
NEW_YEARS_DAYS_OFF = Calendar(days_off=frozenset({"2025-12-31", "2026-01-01"}), years=frozenset({"2025", "2026"}))


def succession(calendar: Calendar = NEW_YEARS_DAYS_OFF, new: str = "2025") -> Succession:
    return Succession(year_from(files_of('"1": {title: T, out_of: 1, rule: {type: judged, step: 1}}')), new, calendar)


@pytest.mark.parametrize(
    ("key", "day", "moved"),
    [
        pytest.param("by", "2024-12-17", "2025-12-17", id="a working day stays"),
        pytest.param("by", "2024-12-31", "2025-12-30", id="a day off becomes the working day before"),
        pytest.param("to", "2024-12-20", "2025-12-19", id="a Saturday becomes the Friday"),
        pytest.param("opens", "2024-11-23", "2025-11-24", id="an opening on a Sunday becomes the Monday"),
        pytest.param("from", "2025-01-01", "2026-01-02", id="a beginning waits for the day off to pass"),
        pytest.param("before", "2024-12-05", "2025-12-05", id="before a Friday the Thursday is the last day"),
        pytest.param("before", "2024-12-20", "2025-12-20", id="before a Saturday the Friday is the last day"),
        pytest.param("before", "2024-12-21", "2025-12-20", id="before a Sunday nobody works on the Saturday"),
        pytest.param("by", "2024-02-29", "2025-02-28", id="the 29th of February"),
        pytest.param("in_month", "2024-02", "2025-02", id="a month"),
    ],
)
def test_a_day_moves_by_years_and_to_where_people_work(key: str, day: str, moved: str) -> None:
    assert succession().worked(key, day) == moved


@pytest.mark.parametrize(
    ("text", "renamed"),
    [
        ("Chỉ số năm 2024 của các cơ quan", "Chỉ số năm 2025 của các cơ quan"),
        ("Index 2024", "Index 2025"),
        ("Kết quả năm 2024.", "Kết quả năm 2025."),
        ("Quyết định 5691/QĐ-UBND ngày 30/10/2024", "Quyết định 5691/QĐ-UBND ngày 30/10/2024"),
        ("Nghị quyết 76/2024/NQ-CP", "Nghị quyết 76/2024/NQ-CP"),
        ("giai đoạn 2021-2024", "giai đoạn 2021-2024"),
        ("ngày 31.12.2024", "ngày 31.12.2024"),
    ],
)
def test_a_text_names_the_new_year_and_days_and_documents_stay(text: str, renamed: str) -> None:
    assert succession().renamed(text) == renamed


def opened(files: Mapping[str, bytes], old: str, new: str) -> OpenedYear:
    return open_year(snapshot_of(files), old, new, Readings())


def text_of(made: OpenedYear, path: str) -> str:
    return made.files[path].decode()


def test_the_next_year_of_this_repository_has_no_error_and_keeps_what_stands() -> None:
    made = opened(DATA, "2025", "2026")
    cycle, plan, survey = (text_of(made, f"data/2026/{name}.yml") for name in ("cycle", "plan", "survey/survey"))

    assert {problem.code for problem in made.problems} == {"basis-of-last-year", "calendar-year-missing"}
    assert made.files["data/2026/agencies.yml"] == DATA["data/2025/agencies.yml"]
    assert "năm 2026 của các cơ quan ngành dọc" in cycle
    assert "period: {from: 2026-01-01, to: 2026-12-31}" in cycle
    assert "  explanation: {working_days: 3, after: request}\n" in cycle
    assert re.findall(r"printed|reading|done|2025", plan) == ["2025"]  # in the comment that heads the file
    assert plan.count("- no:") == DATA["data/2025/plan.yml"].decode().count("- no:")
    assert "fieldwork: {from: 2026-12-01, to: 2026-12-25}" in survey
    assert "# Ai không có ý kiến về thủ tục thì không hỏi tiếp" in survey


def test_the_year_after_the_first_one_takes_over_neither_extensions_nor_what_was_done() -> None:
    files = {path: data for path, data in DATA.items() if not path.startswith("data/2025/")}
    del files["data/concordance.yml"]
    made = opened(files, "2024", "2025")
    kept = {f"data/2025/{name}.yml" for name in ("agencies", "criteria", "cycle", "documents", "plan", "survey/survey")}
    evidence = re.findall(r"evidence_dates: \{from: (.*), by: (.*)\}", text_of(made, "data/2025/criteria.yml"))

    assert set(made.files) == {*kept, "data/concordance.yml"}
    assert {problem.code for problem in made.problems} == {"basis-of-last-year"}
    assert "extensions" not in text_of(made, "data/2025/cycle.yml")
    assert "documents:" not in text_of(made, "data/2025/cycle.yml")
    before, after = (snapshot_of(read).world.years for read in (files, {**files, **made.files}))
    assert after["2025"].signings == before["2024"].signings
    assert before["2024"].signings
    assert "forms:" not in text_of(made, "data/2025/survey/survey.yml")
    assert {until for _, until in evidence} == {"2025-12-31"}
    assert {since for since, _ in evidence} == {"2020-01-01", "2022-01-01", "2024-10-01", "2024-12-01"}
    assert text_of(made, "data/concordance.yml").count("      - {from: [") == sum(
        1 for _ in data_of_this_repository().world.years["2024"].leaves()
    )
    assert {decision.code for decision in made.decisions} >= {"exemption", "council", "documents", "title", "agencies"}


def test_another_set_of_the_same_year_is_compared_with_nothing_and_keeps_its_days() -> None:
    made = opened(DATA, "2025", "2025-so-nganh")

    assert "data/concordance.yml" not in made.files
    assert "self-assessment: {opens: 2025-11-17, before: 2025-12-06}" in text_of(made, "data/2025-so-nganh/cycle.yml")
    assert [problem for problem in made.problems if problem.is_error] == []


def test_what_only_one_year_has_is_asked_for() -> None:
    told = [decision.code for decision in decisions(succession(Calendar()))]

    assert told == ["title", "basis", "agencies", "criteria", "comments"]


def test_every_kind_that_is_kept_is_a_kind_of_a_year() -> None:
    assert set(KEPT) <= {folder.name for folder in (EXAMPLES / "valid").iterdir()}


def test_the_command_writes_the_files_and_tells_what_to_decide(run_command: RunCommand, tiny: Repository) -> None:
    done = run_command("open-year", "2025", "--from", "2024", cwd=tiny.root)
    checked = run_command("check", "--year", "2025", cwd=tiny.root)

    assert (done.code, done.stderr, checked.code) == (0, "", 0)
    assert "  data/2025/survey/survey.yml\n  data/concordance.yml\n" in done.stdout
    assert "- co-quan-c không áp dụng tiêu chí 3 theo văn bản 39/SNV-CCHC-MH của kỳ trước." in done.stdout
    assert "thành viên của kỳ trước ở data/2024/council.yml" in done.stdout
    assert "cảnh báo basis-of-last-year" in done.stdout
    assert tiny.git("status", "--porcelain") == "?? data/2025/\n?? data/concordance.yml"


def test_a_program_is_told_the_same_as_people(run_command: RunCommand, tiny: Repository) -> None:
    done = run_command("open-year", "2025", "--from", "2024", "--format", "json", cwd=tiny.root)
    told = json.loads(done.stdout)
    decisions = {decision["code"]: decision for decision in told["decisions"]}

    assert (done.code, told["year"], told["from"]) == (0, "2025", "2024")
    assert [path for path in told["files"] if not (tiny.root / path).is_file()] == []
    assert {"data/2025/cycle.yml", "data/concordance.yml"} <= set(told["files"])
    assert decisions["council"]["figures"] == {"year": "2024"}
    assert "data/2024/council.yml" in decisions["council"]["message"]
    assert "basis-of-last-year" in {problem["code"] for problem in told["problems"]}


@pytest.mark.parametrize(
    ("new", "old", "word"),
    [
        pytest.param("2024", "2024", "2024", id="the same year"),
        pytest.param("2023", "2024", "2023", id="a year before"),
        pytest.param("9999", "2024", "9999", id="a year that nobody means"),
        pytest.param("../2025", "2024", "../2025", id="no year"),
        pytest.param("2025", "2020", "2020", id="a year that is not there"),
    ],
)
def test_what_is_no_new_year_is_refused_and_nothing_is_written(
    run_command: RunCommand, tiny: Repository, new: str, old: str, word: str
) -> None:
    done = run_command("open-year", new, "--from", old, cwd=tiny.root)

    assert (done.code, done.stdout, word in done.stderr) == (2, "", True)
    assert tiny.git("status", "--porcelain") == ""


def test_a_year_that_is_there_is_not_overwritten(run_command: RunCommand, tiny: Repository) -> None:
    tiny.write("data/2025/plan.yml", "format: 1\n")

    done = run_command("open-year", "2025", "--from", "2024", cwd=tiny.root)

    assert (done.code, "2025" in done.stderr) == (2, True)
    assert tiny.git("status", "--porcelain", "--untracked-files=all") == "?? data/2025/plan.yml"


def test_rules_that_cannot_be_read_are_told_and_nothing_is_written(run_command: RunCommand, tiny: Repository) -> None:
    edit(tiny, "data/2024/plan.yml", "due: {before: 2024-12-05}", "due: {before: 05/12/2024}")

    done = run_command("open-year", "2025", "--from", "2024", cwd=tiny.root)

    assert (done.code, "data/2024/plan.yml:8" in done.stderr) == (1, True)
    assert not (tiny.root / "data/2025").exists()


def test_what_the_old_rules_leave_wrong_is_told_and_the_files_stand_to_be_mended(
    run_command: RunCommand, tiny: Repository
) -> None:
    edit(tiny, "data/bodies.yml", "name: Viện Nghiên cứu", "until: 2025-03-01\n    name: Viện Nghiên cứu")

    done = run_command("open-year", "2025", "--from", "2024", cwd=tiny.root)

    assert (done.code, "lỗi body-dissolved" in done.stdout) == (1, True)
    assert (tiny.root / "data/2025/plan.yml").is_file()


def test_a_link_in_the_place_of_the_year_leads_nowhere(
    run_command: RunCommand, tiny: Repository, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tiny.root / "data/2025").symlink_to(tmp_path / "elsewhere", target_is_directory=True)

    done = run_command("open-year", "2025", "--from", "2024", cwd=tiny.root)

    assert (done.code, list((tmp_path / "elsewhere").iterdir())) == (2, [])

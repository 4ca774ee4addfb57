"""What open stages still owe: told in groups and no error, until somebody asks whether a stage can be closed."""

from __future__ import annotations

import json

import pytest
from cities import ONE_APPRAISAL, THREE_ROUNDS
from conftest import Repository, RunCommand
from tiny import SCHEMAS, TINY_FILES, snapshot_of

from pipeline.core.ground.problems import Source
from pipeline.core.index.pending import Pending, as_problems, awaited, pending
from pipeline.core.record.model import Year
from pipeline.core.rounds.change_words import MOST_CHARACTERS, Difference, difference_markdown
from pipeline.core.rounds.seals import not_sealable
from pipeline.flows.wording import load_labels

VI = load_labels("vi")
FIRST = "data/2024/tham-dinh/cuc-thue.yml"
PART = "data/2024/tham-dinh/cuc-thue/so-noi-vu.yml"
HEAD = b"format: 1\nappraised: 2024-12-16\nlines: {}\n"


def without(files: dict[str, bytes], *paths: str, **more: bytes) -> Year:
    kept = {path: data for path, data in files.items() if not path.startswith(paths)}
    return snapshot_of({**kept, **more}).world.years["2024"]


def told(entries: tuple[Pending, ...]) -> list[tuple[str, str, str | None, tuple[str, ...], bool]]:
    return [(entry.stage, entry.agency, entry.body, entry.criteria, entry.file) for entry in entries]


def test_a_complete_year_owes_nothing() -> None:
    assert pending(without(ONE_APPRAISAL), "2030-01-01") == ()
    assert awaited(snapshot_of(TINY_FILES).world.years["2024"]) == ()


def test_a_stage_owes_from_its_first_file_on_the_head_and_the_lines_of_each_body() -> None:
    year = without(ONE_APPRAISAL, FIRST)

    assert told(pending(year, None)) == [
        ("tham-dinh", "cuc-thue", None, (), True),
        ("tham-dinh", "cuc-thue", "so-noi-vu", ("1.1", "1.2"), False),
    ]


def test_a_part_without_a_head_owes_its_head_and_a_head_without_parts_the_lines() -> None:
    part = b'format: 1\nlines:\n  "1.1": {score: 45, reason: T}\n  "1.2": {score: 40}\n'

    assert told(pending(without(ONE_APPRAISAL, FIRST, **{PART: part}), None)) == [
        ("tham-dinh", "cuc-thue", None, (), True)
    ]
    assert told(pending(without(ONE_APPRAISAL, FIRST, **{FIRST: HEAD}), None)) == [
        ("tham-dinh", "cuc-thue", "so-noi-vu", ("1.1", "1.2"), False)
    ]
    assert pending(without(ONE_APPRAISAL, FIRST, **{FIRST: HEAD, PART: part}), None) == ()


@pytest.mark.parametrize(("today", "owes"), [(None, 0), ("2024-11-25", 0), ("2024-11-26", 2), ("2025-06-01", 2)])
def test_a_stage_without_files_owes_from_the_day_its_window_opens(today: str | None, owes: int) -> None:
    year = without(ONE_APPRAISAL, "data/2024/nop-ho-so", "data/2024/tham-dinh")

    assert [entry.stage for entry in pending(year, today)] == ["nop-ho-so"] * owes


def test_an_explanation_is_owed_once_it_was_asked_for() -> None:
    year = without(THREE_ROUNDS, "data/2024/y-kien-1/cuc-thue", "data/2024/vong-2/cuc-thue.yml")
    explain = [entry for entry in told(pending(year, "2024-12-17")) if entry[0] == "y-kien-1"]

    assert explain == [("y-kien-1", "cuc-thue", None, ("1.1",), False)]
    assert [entry for entry in pending(year, "2024-12-16") if entry.stage == "y-kien-1"] == []


def test_a_closed_stage_owes_nothing_and_what_it_lacks_is_an_error() -> None:
    files = {path: data for path, data in TINY_FILES.items() if path != "data/2024/appraisal-2/co-quan-c.yml"}
    snapshot = snapshot_of(files)

    assert pending(snapshot.world.years["2024"], "2030-01-01") == ()
    assert [problem.code for problem in snapshot.problems] == ["approval-of-incomplete-year"]


def test_whoever_closes_a_stage_is_told_files_lines_and_counts_each_by_its_own_code() -> None:
    gone = ("data/2024/appraisal-2/co-quan-c.yml", "data/2024/survey/lanh-dao-so/", "data/2024/approval.yml")
    lines = TINY_FILES["data/2024/appraisal-1/co-quan-c.yml"].replace(b'  "2.4":\n    score: 1\n', b"")
    year = without(TINY_FILES, *gone, **{"data/2024/appraisal-1/co-quan-c.yml": lines})

    problems = {(one.code, one.path) for one in as_problems(awaited(year))}

    assert ("stage-file-awaited", "data/2024/appraisal-2/co-quan-c.yml") in problems
    assert ("lines-awaited", "data/2024/appraisal-1/co-quan-c.yml") in problems
    assert {code for code, _ in problems} == {"stage-file-awaited", "lines-awaited", "counts-awaited"}


@pytest.fixture
def city(repository: Repository) -> Repository:
    """A city whose appraisal of one agency is awaited from its monitoring body."""
    repository.write_all({path: data.decode() for path, data in {**SCHEMAS, **ONE_APPRAISAL, FIRST: HEAD}.items()})
    repository.commit("A head without lines")
    return repository


def test_check_tells_what_is_awaited_in_one_sentence_a_body_and_exits_0(
    city: Repository, run_command: RunCommand
) -> None:
    done = run_command("check", "--today", "2024-12-17", cwd=city.root)

    assert done.code == 0
    assert (
        "Còn chờ (bước đang mở, chưa phải lỗi):\n  Thẩm định (2024): Sở Nội vụ còn 2 tiêu chí của 1 cơ quan: CT.\n"
        in (done.stdout)
    )


def test_a_forge_is_given_what_is_awaited_as_notices(city: Repository, run_command: RunCommand) -> None:
    done = run_command("check", "--today", "2024-12-17", "--format", "github", cwd=city.root)

    assert done.code == 0
    assert "::notice title=Còn chờ (bước đang mở%2C chưa phải lỗi)%3A::Thẩm định (2024): Sở Nội vụ còn 2" in done.stdout


def test_check_complete_tells_the_same_as_errors_of_one_stage_or_all(city: Repository, run_command: RunCommand) -> None:
    whole, one, other = (
        run_command("check", "--complete", "--format", "json", *more, cwd=city.root)
        for more in ((), ("--stage", "tham-dinh"), ("--stage", "nop-ho-so"))
    )

    assert (whole.code, one.code, other.code) == (1, 1, 0)
    assert [problem["code"] for problem in json.loads(one.stdout)["problems"]] == ["lines-awaited"]
    assert json.loads(one.stdout)["problems"] == json.loads(whole.stdout)["problems"]
    assert json.loads(whole.stdout)["pending"] == []


def test_a_stage_alone_or_an_unknown_one_is_refused_with_what_to_type(
    city: Repository, run_command: RunCommand
) -> None:
    alone = run_command("check", "--stage", "tham-dinh", cwd=city.root)
    unknown = run_command("check", "--complete", "--stage", "vong-9", cwd=city.root)

    assert (alone.code, unknown.code) == (2, 2)
    assert "--complete" in alone.stderr
    assert "tham-dinh" in unknown.stderr


def test_the_comment_and_the_status_tell_who_still_owes_what(city: Repository, run_command: RunCommand) -> None:
    before = city.git("rev-parse", "HEAD")
    city.write("data/2024/nop-ho-so/kho-bac.yml", (city.root / "data/2024/nop-ho-so/kho-bac.yml").read_text() + "\n")
    city.commit("A line more", date="2024-12-17T09:00:00+07:00")

    told = run_command("diff", before, "HEAD", "--format", "markdown", cwd=city.root).stdout
    stands = run_command("status", "--today", "2024-12-17", cwd=city.root).stdout
    data = json.loads(run_command("status", "--today", "2024-12-17", "--format", "json", cwd=city.root).stdout)

    assert "### Còn chờ" in told
    assert "Sở Nội vụ còn 2 tiêu chí của 1 cơ quan" in told
    assert "Sở Nội vụ còn 2 tiêu chí của 1 cơ quan" in stands
    assert [(entry["stage"], entry["body"]) for entry in data["pending"]] == [("tham-dinh", "so-noi-vu")]


def test_an_explanation_is_not_sealed_while_not_all_is_asked() -> None:
    whole = snapshot_of(THREE_ROUNDS).world.years["2024"]
    year = without(THREE_ROUNDS, "data/2024/vong-1/kho-bac.yml")

    assert "not-all-asked" not in dict(not_sealable(whole, "y-kien-1", ()))
    assert dict(not_sealable(year, "y-kien-1", ()))["not-all-asked"] == {"stage": "vong-1"}


def test_a_comment_of_a_province_with_hundreds_of_bodies_still_fits_and_says_how_many_sentences_are_left_out() -> None:
    world = snapshot_of(ONE_APPRAISAL).world
    place = Source("data/2024/tham-dinh/cuc-thue.yml")
    owed = tuple(
        Pending("2024", "tham-dinh", "cuc-thue", f"co-quan-{number}-{'x' * 200}", place, ("1.1",))
        for number in range(400)
    )

    told = difference_markdown(Difference("0" * 40, None, (), awaited=owed, world=world), VI)

    assert len(told) <= MOST_CHARACTERS
    assert "co-quan-0-" in told
    assert VI.text("diff.more", count=300) in told

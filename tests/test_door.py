"""One door: a push is judged by the state that it makes as well, and by the proofs that it brings."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from conftest import Repository, RunCommand
from guarded import Scene, access
from tiny import SCHEMAS, TINY_FILES

from pipeline.adapters import documents
from pipeline.adapters.repository import open_repository
from pipeline.core.ground.nodes import plain
from pipeline.core.record.access import KINDS
from pipeline.core.record.layout import place
from pipeline.core.record.signed_content import content_digest
from pipeline.core.rounds.judgement import Judgement
from pipeline.flows.door import judge_change

FIRST_A, FIRST_C = (f"data/2024/appraisal-1/co-quan-{letter}.yml" for letter in "ac")
CRITERIA = "data/2024/criteria.yml"
CLOSING = ("data/2024/approval.yml", "data/2024/amendments/0001.yml")


@pytest.fixture
def open_year(repository: Repository) -> Repository:
    """A year with all its files, of which no stage is closed."""
    kept = {path: data for path, data in {**SCHEMAS, **TINY_FILES}.items() if path not in CLOSING}
    repository.write_all(kept)
    repository.commit("The year as it stands")
    return repository


def text(repository: Repository, path: str) -> str:
    return (repository.root / path).read_text(encoding="utf-8")


def edit(repository: Repository, path: str, old: str, new: str) -> None:
    assert old in text(repository, path)
    repository.write(path, text(repository, path).replace(old, new, 1))


def judged(repository: Repository, *, rights_only: bool = False) -> Judgement:
    """Judge the newest commit against the one before it."""
    base, head = (repository.git("rev-parse", name) for name in ("HEAD~1", "HEAD"))
    opened = open_repository(repository.root)
    return judge_change(opened, base, head, None, founding=base, rights_only=rights_only)


def brought(repository: Repository) -> list[tuple[str, str]]:
    return [(problem.code, problem.path) for problem in judged(repository).errors]


@pytest.mark.parametrize("later", ["a", "b"])
def test_a_page_that_another_agency_signed_does_not_come_in(open_year: Repository, later: str) -> None:
    for letter in sorted("ab", key=lambda one: one == later):
        path = f"data/2024/self-assessment/co-quan-{letter}.yml"
        digest = content_digest(place(path), plain(documents.read(path, TINY_FILES[path]).root))
        record = f"form: {{sha256: {'a1' * 32}, content: {digest}, page: {'b2' * 32}}}\nlines:"
        edit(open_year, path, "lines:", record)
        open_year.commit(f"The page of {letter}")

    assert brought(open_year) == [("page-repeated", "data/2024/self-assessment/co-quan-b.yml")]
    assert judged(open_year).refused


def test_a_score_of_99_does_not_come_in(open_year: Repository) -> None:
    edit(open_year, FIRST_C, '"2.2":\n    score: 2', '"2.2":\n    score: 99')
    open_year.commit("A score of 99")

    assert ("score-over-maximum", FIRST_C) in brought(open_year)
    assert judged(open_year).refused
    assert judged(open_year, rights_only=True).errors == ()


def test_half_a_repair_passes_and_a_new_error_beside_it_does_not(open_year: Repository) -> None:
    edit(open_year, FIRST_C, '"2.2":\n    score: 2', '"2.2":\n    score: 99')
    edit(open_year, FIRST_C, '"1.1.1":\n    score: 1', '"1.1.1":\n    score: 88')
    open_year.commit("Two scores over their maximum, before anybody kept the door")
    edit(open_year, FIRST_C, "score: 88", "score: 1")
    open_year.commit("One of them mended")

    assert brought(open_year) == []

    edit(open_year, FIRST_C, "score: 99", "score: 2")
    edit(open_year, FIRST_C, '"2.4":\n    score: 1', '"2.4":\n    score: 77')
    open_year.commit("The other mended, and a third made")

    assert ("score-over-maximum", FIRST_C) in brought(open_year)


def test_a_file_that_nobody_could_read_may_become_readable_with_the_errors_that_were_in_it(
    open_year: Repository,
) -> None:
    edit(open_year, FIRST_C, "format: 1\n", "format: 1\n\tnote: x\n")
    edit(open_year, FIRST_C, '"2.2":\n    score: 2', '"2.2":\n    score: 99')
    open_year.commit("A tab, and a score that nobody sees")
    edit(open_year, FIRST_C, "\tnote: x\n", "")
    open_year.commit("The tab is gone")

    assert brought(open_year) == []


def test_a_claim_that_becomes_readable_passes_with_what_it_shows_to_be_wrong_in_an_appraisal(
    open_year: Repository,
) -> None:
    claim = "data/2024/self-assessment/co-quan-c.yml"
    edit(open_year, claim, "format: 1\n", "format: 1\n\tnote: x\n")
    edit(open_year, FIRST_C, '"2.2":\n    score: 2', '"2.2":\n    score: 1')
    open_year.commit("A claim that nobody can read, and a score without a reason that nobody can hold against it")
    edit(open_year, claim, "\tnote: x\n", "")
    open_year.commit("The agency mends its claim")

    assert brought(open_year) == []


def test_a_part_that_nobody_can_read_lets_no_error_into_the_files_beside_it(open_year: Repository) -> None:
    part = FIRST_C.replace(".yml", "/van-phong-ubnd.yml")
    edit(open_year, FIRST_C, '  "2.1":\n    score: 0\n', "")
    open_year.write(part, 'format: 1\n\tnote: x\nlines:\n  "2.1":\n    score: 0\n')
    open_year.commit("A tab in a part")
    edit(open_year, FIRST_C, '"2.2":\n    score: 2', '"2.2":\n    score: 99')
    open_year.commit("A score of 99 in the head")

    assert ("score-over-maximum", FIRST_C) in brought(open_year)


def test_a_wrong_line_that_moves_from_the_head_to_a_part_is_not_a_new_error(open_year: Repository) -> None:
    edit(open_year, FIRST_C, '"1.1.1":\n    score: 1', '"1.1.1":\n    score: 88')
    open_year.commit("A score over its maximum")
    edit(open_year, FIRST_C, '  "1.1.1":\n    score: 88\n', "")
    open_year.write(FIRST_C.replace(".yml", "/so-noi-vu.yml"), 'format: 1\nlines:\n  "1.1.1":\n    score: 88\n')
    open_year.commit("The line moves")

    assert brought(open_year) == []


def test_new_rules_leave_lines_of_open_stages_to_be_redone_and_of_closed_ones_never(
    open_year: Repository, repository: Repository
) -> None:
    def rules() -> None:
        edit(repository, CRITERIA, "points: 1,", "points: 0.9,")

    before = text(open_year, CRITERIA)
    rules()
    open_year.commit("An option gives less")
    open_state = brought(open_year)

    open_year.write(CRITERIA, before)
    repository.write_all({path: TINY_FILES[path] for path in CLOSING})
    open_year.commit("The year is approved")
    rules()
    open_year.commit("An option gives less, after the approval")

    assert {path for _, path in open_state} <= {CRITERIA}
    assert any("/appraisal-1/" in path or "/self-assessment/" in path for _, path in brought(open_year))


def test_what_new_rules_made_wrong_is_told_as_to_be_redone_and_stops_no_check(
    open_year: Repository, run_command: RunCommand
) -> None:
    before = open_year.git("rev-parse", "HEAD")
    edit(open_year, CRITERIA, "points: 1,", "points: 0.9,")
    open_year.commit("An option gives less")

    done = run_command("check", "--since", before, "--format", "json", cwd=open_year.root)
    told = run_command("check", "--since", before, cwd=open_year.root).stdout
    comment = run_command("diff", before, "HEAD", "--format", "markdown", cwd=open_year.root).stdout
    redo = [entry for entry in json.loads(done.stdout)["pending"] if entry["redo"]]

    assert {problem["path"] for problem in json.loads(done.stdout)["problems"]} <= {CRITERIA}
    assert {entry["stage"] for entry in redo} >= {"appraisal-1"}
    assert "phải chấm lại" in told
    assert "phải chấm lại" in comment


def test_an_amendment_that_expects_another_score_does_not_come_in(repository: Repository) -> None:
    path = "data/2024/amendments/0001.yml"
    files = {**SCHEMAS, **TINY_FILES}
    del files[path], files["data/2024/approval.yml"]
    repository.write_all(files)
    repository.commit("No amendment yet")
    wrong = "\n".join(
        "expect: 0.123" if line.startswith("expect:") else line for line in TINY_FILES[path].decode().splitlines()
    )
    repository.write(path, wrong + "\n")
    repository.commit("An amendment with a wrong expectation")

    assert ("amendment-expectation", path) in brought(repository)


def test_a_seal_that_nobody_signed_does_not_come_in(open_year: Repository) -> None:
    path = "data/2024/seals/self-assessment.yml"
    listed = f"  data/2024/cycle.yml: {'0' * 64}\n"
    armour = "  -----BEGIN SSH SIGNATURE-----\n  AAAA\n  -----END SSH SIGNATURE-----\n"
    open_year.write(
        path,
        f"format: 1\nstage: self-assessment\ndate: 2025-02-14\nby: thu-ky\nfiles:\n{listed}signature: |\n{armour}",
    )
    open_year.commit("A seal by hand")
    found = judged(open_year)

    assert found.refused
    assert "2024/self-assessment" in {proof.subject for proof in found.proofs}


@pytest.mark.needs("ssh-keygen")
def test_the_command_and_the_hook_tell_the_same_error(
    repository: Repository, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(repository)
    files = {path: data.decode() for path, data in {**SCHEMAS, **TINY_FILES}.items() if path not in CLOSING}
    scene.begin(access(signed=", ".join(KINDS)), files)
    scene.edit(FIRST_C, '"2.2":\n    score: 2', '"2.2":\n    score: 99')
    head = scene.commit("thuong-truc-noi-vu", date="2024-12-10T09:00:00+07:00")
    ends = (scene.base, head)

    told = run_command("guard", "--at", "2024-12-10T09:00:00+07:00", *ends, cwd=repository.root)
    alone = run_command("guard", "--rights-only", "--at", "2024-12-10T09:00:00+07:00", *ends, cwd=repository.root)
    monkeypatch.setattr("sys.stdin", StringIO(f"{scene.base} {head} refs/heads/main\n"))
    hook = run_command("guard", "--pre-receive", cwd=repository.root)

    assert (told.code, hook.code) == (1, 1)
    assert "score-over-maximum" in told.stdout
    assert "score-over-maximum" in hook.stdout
    assert "score-over-maximum" not in alone.stdout


def test_a_push_that_takes_pinned_schemas_away_is_judged_by_those_of_the_program(open_year: Repository) -> None:
    edit(open_year, FIRST_C, '"2.2":\n    score: 2', '"2.2":\n    score: 99')
    open_year.remove("schemas")
    open_year.commit("A score of 99, and nothing that could name it")

    assert ("score-over-maximum", FIRST_C) in brought(open_year)

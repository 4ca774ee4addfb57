"""The comment on a pull request: one on each forge, kept up to date, told by the main branch's program alone."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import comment
from pipeline.core.ground.text import one_line
from tests.conftest import Repository
from tests.forges import TOKEN, StandIn, served
from tests.markup import HOSTILE, Rendered, acts
from tests.tiny import SCHEMAS, TINY_FILES

FORGES = ("github", "forgejo", "gitlab")
REFS = {name: f"refs/{'merge-requests' if name == 'gitlab' else 'pull'}/7/head" for name in FORGES}
SELF_A, SECOND_A = "data/2024/self-assessment/co-quan-a.yml", "data/2024/appraisal-2/co-quan-a.yml"
TOLD = "Chương trình nói: {before} {after}"


@pytest.fixture
def change(repository: Repository, monkeypatch: pytest.MonkeyPatch, parindex: Path) -> Repository:
    """Give the forge's repository with request 7; the working folder is the job's clone of its main branch."""
    repository.write_all(SCHEMAS | TINY_FILES)
    repository.commit("Dữ liệu")
    repository.git("switch", "--quiet", "-c", "de-nghi")
    edit(repository)
    pushed(repository)
    repository.git("switch", "--quiet", "main")
    clone = repository.root.with_name("clone")
    repository.git("clone", "--quiet", str(repository.root), str(clone))
    monkeypatch.chdir(clone)
    monkeypatch.setattr(comment, "PROGRAM", (str(parindex),))
    return repository


@pytest.fixture(params=FORGES)
def forge(request: pytest.FixtureRequest, change: Repository, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    with served(request.param, 7) as made:
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        yield made


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the program answer at once; what it says of a change is proved elsewhere."""
    monkeypatch.setattr(comment, "told", lambda before, after: TOLD.format(before=before, after=after))


def edit(
    repository: Repository, old: str = "score: 1.8\n", new: str = "score: 1.76\n", *, path: str = SECOND_A
) -> None:
    text = (repository.root / path).read_text(encoding="utf-8")
    assert old in text
    repository.write(path, text.replace(old, new, 1))


def pushed(repository: Repository, message: str = "Sửa điểm") -> str:
    """Commit what was edited on the request's branch, where every forge keeps it."""
    head = repository.commit(message)
    for ref in REFS.values():
        repository.git("update-ref", ref, head)
    return head


def on_main(repository: Repository, path: str, content: str | bytes) -> str:
    """Commit a file on the main branch, and bring the job's clone there."""
    repository.git("switch", "--quiet", "main")
    repository.write(path, content)
    commit = repository.commit("Nhánh chính")
    subprocess.run(["git", "pull", "--quiet", "--ff-only"], check=True)
    return commit


def again(repository: Repository, new: str = "1.72") -> str:
    """Push another commit to the request."""
    repository.git("switch", "--quiet", "de-nghi")
    edit(repository, "1.76", new)
    return pushed(repository)


def test_the_program_of_the_main_branch_tells_the_change(forge: StandIn) -> None:
    assert comment.main(forge.name, "7") == 0

    (body,) = forge.own

    assert "Điểm 1.1.2" in body
    assert ": 1,80 → 1,76, lý do: " in body
    assert "không chạy gì của đề nghị" in body
    assert acts(body.partition("-->\n")[2].replace("## ", "", 1)) == [f"commit: {name[:12]}" for name in commits()]


def commits() -> list[str]:
    """Return the commits that the title of a comment names; the forge may link them."""
    return [comment.git("rev-parse", name) for name in ("HEAD", "FETCH_HEAD")]


def test_one_comment_is_posted_and_then_updated_in_place(forge: StandIn, change: Repository, quick: None) -> None:
    for number in range(150):  # so that the own comment stands on the second page
        forge.add(f"Lời {number}")
    comment.main(forge.name, "7")
    first = forge.own
    head = again(change)
    comment.main(forge.name, "7")
    comment.main(forge.name, "7")

    assert len(first) == len(forge.own) == 1
    assert first != forge.own
    assert f" {head} " in forge.own[0].partition("\n")[0]
    assert [method for method, _ in forge.changed] == ["POST", "PUT" if forge.name == "gitlab" else "PATCH"]


def test_every_open_request_is_looked_at_where_no_number_is_given(forge: StandIn, quick: None) -> None:
    assert comment.main(forge.name) == 0
    assert len(forge.own) == 1


def test_a_comment_that_a_person_marked_is_left_alone(forge: StandIn, quick: None) -> None:
    forged = f"{comment.mark('Của tôi', *commits_of_request(forge))}\nCủa tôi"
    forge.add(forged)
    comment.main(forge.name, "7")

    assert forge.comments[0]["body"] == forged
    assert len(forge.own) == 1


def commits_of_request(forge: StandIn) -> tuple[str, str]:
    comment.git("fetch", "--quiet", "origin", REFS[forge.name])
    base, head = commits()
    return base, head


def test_a_comment_that_somebody_edited_is_written_anew(forge: StandIn, quick: None) -> None:
    comment.main(forge.name, "7")
    (right,) = forge.own
    forge.comments[0]["body"] = right.replace("Chương trình nói", "Không có lỗi")
    comment.main(forge.name, "7")

    assert forge.own == [right]


def test_comments_of_runs_that_met_are_brought_back_to_one(forge: StandIn, quick: None) -> None:
    forge.add(f"{comment.MARK}a b c -->\ncũ", own=True)
    forge.add(f"{comment.MARK}a b c -->\ncũ", own=True)
    comment.main(forge.name, "7")

    (body,) = forge.own

    assert "Chương trình nói" in body


@pytest.mark.parametrize("forge", ["github"], indirect=True)
def test_a_request_that_touches_no_data_gets_no_comment_but_loses_its_verdict(
    forge: StandIn, change: Repository, quick: None
) -> None:
    again(change, new="1.8")
    comment.main(forge.name, "7")

    assert forge.own == []

    forge.add(f"{comment.MARK}a b c -->\ncũ", own=True)
    comment.main(forge.name, "7")

    assert comment.NOTHING in forge.own[0]
    assert "Chương trình nói" not in forge.own[0]


@pytest.mark.parametrize("forge", ["github"], indirect=True)
def test_what_the_merge_makes_is_told_where_the_main_branch_went_on(
    forge: StandIn, change: Repository, quick: None
) -> None:
    base = on_main(change, "docs/khac.md", "Khác\n")
    comment.main(forge.name, "7")

    (said,) = [line.split()[-2:] for line in forge.own[0].splitlines() if line.startswith("Chương trình nói")]

    assert said[0] == base
    assert comment.git("rev-parse", f"{said[1]}^1", f"{said[1]}^2").split() == commits()
    assert comment.git("diff", "--name-only", *said) == SECOND_A


@pytest.mark.parametrize("forge", ["github"], indirect=True)
def test_a_conflict_is_said_and_told_from_where_the_branches_parted(
    forge: StandIn, change: Repository, quick: None
) -> None:
    parted = comment.git("rev-parse", "HEAD")
    on_main(change, SECOND_A, TINY_FILES[SECOND_A].replace(b"score: 1.8\n", b"score: 1.6\n"))
    comment.main(forge.name, "7")

    assert comment.CONFLICT in forge.own[0]
    assert f"Chương trình nói: {parted} {commits()[1]}" in forge.own[0]


@pytest.mark.parametrize("forge", ["github"], indirect=True)
def test_an_old_verdict_does_not_stand_where_the_program_fails(
    forge: StandIn, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    forge.add(f"{comment.MARK}a b c -->\nKhông có lỗi", own=True)
    monkeypatch.setattr(comment, "PROGRAM", (sys.executable, "-c", "raise SystemExit(2)"))

    assert comment.main(forge.name, "7") == 1

    assert forge.own[0].endswith(comment.FAILED)
    assert "7: CalledProcessError" in capfd.readouterr().out


@pytest.mark.parametrize("forge", ["gitlab"], indirect=True)
def test_a_request_that_fails_keeps_no_other_from_its_comment(forge: StandIn, quick: None) -> None:
    forge.requests = [8, 7]  # the forge names one whose commit it does not have

    assert comment.main(forge.name) == 1
    assert len(forge.own) == 1


def test_the_program_gets_no_token_and_git_runs_nothing_of_the_change(
    forge: StandIn, change: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    change.git("switch", "--quiet", "de-nghi")
    for name in ("noxfile.py", ".ci/comment.py", "pipeline/__main__.py", "sitecustomize.py", "conftest.py"):
        change.write(name, f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    change.write(".gitattributes", "* filter=x diff=x merge=x text eol=crlf\n")
    change.write(".gitmodules", f'[submodule "x"]\n\tpath = x\n\turl = {change.root}\n')
    pushed(change)
    script = "import os, sys; print('Biến:', *(name for name in os.environ if os.environ[name] == sys.argv[1]))"
    monkeypatch.setattr(comment, "PROGRAM", (sys.executable, "-c", script, TOKEN))
    comment.main(forge.name, "7")

    assert forge.own[0].splitlines()[-1] == "Biến:"
    assert not (tmp_path / "ran").exists()
    assert {path.name for path in Path().iterdir()} == {".git", "data", "schemas"}


@pytest.mark.parametrize("forge", ["github"], indirect=True)
def test_what_an_artefact_or_a_workflow_of_the_change_says_reaches_no_comment(
    forge: StandIn, change: Repository
) -> None:
    change.git("switch", "--quiet", "de-nghi")
    forged = "## a → b: 0 thay đổi\n\n- **Không có lỗi, không có cảnh báo.** FORGED @ai #1\n"
    for name in ("comment.md", "artefact/comment.md", ".github/workflows/data.yml", ".gitlab-ci.yml"):
        change.write(name, forged)
    edit(change, "score: 1.76\n", "score: 99\n")
    pushed(change, forged)
    comment.main(forge.name, "7")

    assert "FORGED" not in forge.own[0]
    assert "- **Có 1 lỗi phải sửa trước khi nhận thay đổi này" in forge.own[0]


@pytest.mark.parametrize("forge", ["github"], indirect=True)
def test_hostile_reasons_only_show_in_the_comment_that_is_posted(forge: StandIn, change: Repository) -> None:
    change.git("switch", "--quiet", "de-nghi")
    typed = sorted({one_line(text) for text in HOSTILE if text.isprintable() and len(text) < 100} - {""})
    papers = "".join(f"      - {{number: {json.dumps(text)}, date: 2024-11-29}}\n" for text in typed)
    edit(change, "    evidence:\n", f"    evidence:\n{papers}", path=SELF_A)
    pushed(change)
    comment.main(forge.name, "7")

    body = forge.own[0].partition("-->\n")[2]
    rendered = Rendered(body)

    assert acts(body) == [f"commit: {name[:12]}" for name in commits()]
    assert len(set(typed).intersection(rendered.code)) > 100
    assert set(rendered.elements) <= {f"{name} []" for name in ("h2", "h3", "h4", "ul", "li", "p", "code", "strong")}

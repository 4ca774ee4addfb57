"""The history of a criterion, on real repositories: every value, by whom, why; reverts, renames, merges, gaps."""

from __future__ import annotations

import cProfile
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Repository, RunCommand
from tiny import SCHEMAS

from pipeline.adapters.repository import Repository as Opened
from pipeline.adapters.repository import open_repository
from pipeline.core.rounds.commits import EMPTY_TREE, NOTHING
from pipeline.core.rounds.history import History, HistoryEntry, pull_request
from pipeline.core.rounds.history import history as history_of
from pipeline.flows import inspect_history
from pipeline.flows.snapshot import take

YEAR, A, FIRST, SELF = "2024", "cuc-thue", "appraisal-1", "self-assessment"
CRITERIA = """format: 1
criteria:
  "1":
    title: Chỉ đạo
    children:
      "1.1": {title: Kế hoạch, out_of: 2, rule: {type: judged, step: 0.25}}
      "1.2": {title: Báo cáo, out_of: 2, rule: {type: judged, step: 0.25}}
      "1.3": {title: Ý kiến, out_of: 1, rule: {type: survey, groups: {lanh-dao-so: 1}}}
"""
CYCLE = """format: 1
title: Chỉ số
illustrative: true
period: {from: 2024-01-01, to: 2024-12-31}
out_of: 5
legal_basis:
  - number: 10/QĐ-UBND-MH
stages:
  self-assessment: {opens: 2024-11-26, before: 2024-12-05}
  appraisal-1: {opens: 2024-12-05, before: 2024-12-18}
  explanation: {working_days: 3, after: request}
  appraisal-2: {opens: 2024-12-19, before: 2025-01-31}
  council-decision: {opens: 2025-01-15, by: 2025-02-14}
  survey: {opens: 2024-11-26, by: 2024-12-31}
policy:
  points: {decimals: 2, rounding: half-up, leaf: rounded}
  index: {decimals: 2, rounding: half-up}
  rank: {on: published, ties: competition}
  evidence: {missing: note}
"""
SURVEY = """format: 1
fieldwork: {from: 2024-12-01, to: 2024-12-31}
modes: [online]
scales:
  danh-gia:
    options:
      tot: {value: 1, title: Tốt}
      kem: {value: 0, title: Kém}
groups:
  lanh-dao-so: {title: Lãnh đạo sở}
questions:
  q1: {scale: danh-gia, criterion: "1.3", groups: [lanh-dao-so], text: Hỏi}
policy: {group_without_answers: exclude}
"""


def path_of(stage: str, agency: str = A) -> str:
    return f"data/{YEAR}/{stage}/{agency}.yml"


def stage_file(**scores: str) -> str:
    """Return a first appraisal; a code is written with underscores, a score may have a reason behind a comma."""
    told = ["format: 1", "appraised: 2024-12-16", "lines:"]
    for code, text in scores.items():
        score, _, reason = text.partition(", ")
        told += [f'  "{code.strip("_").replace("_", ".")}":', f"    score: {score}"]
        told += [f"    reason: {reason}"] if reason else []
    return "\n".join(told) + "\n"


def agencies(*slugs: str) -> str:
    return "format: 1\nagencies:\n" + "".join(f"  {slug}: {{name: Cơ quan {slug}, short: {slug}}}\n" for slug in slugs)


@pytest.fixture
def begun(repository: Repository) -> Repository:
    """Give a repository with one year, one agency, and nothing said yet."""
    repository.write_all({**SCHEMAS, f"data/{YEAR}/criteria.yml": CRITERIA, f"data/{YEAR}/agencies.yml": agencies(A)})
    repository.write(f"data/{YEAR}/cycle.yml", CYCLE)
    repository.write(f"data/{YEAR}/survey/survey.yml", SURVEY)
    repository.commit("Mở kỳ")
    return repository


def say(repository: Repository, message: str, stage: str = FIRST, agency: str = A, **scores: str) -> str:
    """Write a stage's scores and commit them."""
    repository.write(path_of(stage, agency), stage_file(**scores))
    return repository.commit(message)


def history(repository: Repository, criterion: str = "1.1", agency: str = A, revision: str | None = None) -> History:
    opened = open_repository(repository.root)
    snapshot = take(opened, revision)
    known = inspect_history.chronicle(opened, revision)
    year = snapshot.world.years[YEAR]
    return inspect_history.criterion_history(snapshot, opened, year, agency, criterion=criterion, known=known)


def values(found: History) -> list[tuple[str, str, str]]:
    """Return what each entry of a stage or an amendment did: message, value before, value after."""
    return [(summary(entry), *sides(entry)) for entry in found.entries if entry.stage is not None]


def summary(entry: HistoryEntry) -> str:
    return entry.commit.summary if entry.commit else "-"


def sides(entry: HistoryEntry) -> Iterator[str]:
    for standing in (entry.before, entry.after):
        yield "-" if standing is None else standing.score or standing.not_applicable or "?"


def test_every_value_is_told_with_commit_day_author_and_reason(begun: Repository) -> None:
    say(begun, "Thẩm định", _1_1="2")
    commit = say(begun, "Xem lại", _1_1="1.5, Thiếu tài liệu")

    found = history(begun)
    last = found.entries[-1]

    assert values(found) == [("Thẩm định", "-", "2"), ("Xem lại", "2", "1.5")]
    assert last.commit is not None
    assert (last.commit.id, last.commit.author.name) == (commit, "Chuyên viên Sở Nội vụ")
    assert last.commit.committer.at.day == "2024-11-26"
    assert (last.reason, last.path, last.line) == ("Thiếu tài liệu", path_of(FIRST), 5)
    assert [change.kind for change in last.changes] == ["score-changed", "reason-added"]
    assert found.complete


def test_what_concerns_another_criterion_or_agency_is_not_told(begun: Repository) -> None:
    begun.write(f"data/{YEAR}/agencies.yml", agencies(A, "cuc-hai-quan"))
    say(begun, "Thẩm định", _1_1="2", _1_2="1")
    say(begun, "Dòng khác", _1_1="2", _1_2="2")
    say(begun, "Cơ quan khác", agency="cuc-hai-quan", _1_1="1")

    assert values(history(begun)) == [("Thẩm định", "-", "2")]
    assert values(history(begun, "1")) == [
        ("Thẩm định", "-", "2"),
        ("Thẩm định", "-", "1"),
        ("Dòng khác", "1", "2"),
    ]


def test_order_quoting_and_comments_are_no_change(begun: Repository) -> None:
    say(begun, "Thẩm định", _1_1="2", _1_2="1")
    begun.write(
        path_of(FIRST),
        "# ghi chú\nformat: 1\nlines:\n  \"1.2\": {score: 1}\n  '1.1': {score: 2.00}\nappraised: 2024-12-16\n",
    )
    begun.commit("Sắp xếp lại")

    assert values(history(begun)) == [("Thẩm định", "-", "2")]


def test_a_value_that_was_changed_and_reverted_is_told_both_times(begun: Repository) -> None:
    say(begun, "Thẩm định", _1_1="2")
    wrong = say(begun, "Nhầm", _1_1="1, Nhầm dòng")
    begun.git("-c", "user.name=A", "-c", "user.email=a@snv.invalid", "revert", "--no-edit", wrong)

    assert values(history(begun)) == [
        ("Thẩm định", "-", "2"),
        ("Nhầm", "2", "1"),
        ('Revert "Nhầm"', "1", "2"),
    ]


def test_a_line_that_came_went_and_came_again_is_told_each_time(begun: Repository) -> None:
    say(begun, "Thẩm định", _1_1="2")
    begun.remove(path_of(FIRST))
    begun.commit("Bỏ tệp")
    say(begun, "Làm lại", _1_1="1")

    assert values(history(begun)) == [("Thẩm định", "-", "2"), ("Bỏ tệp", "2", "-"), ("Làm lại", "-", "1")]


def test_an_agency_that_was_renamed_keeps_its_history(begun: Repository) -> None:
    say(begun, "Thẩm định", _1_1="2", _1_2="1")
    begun.write(path_of(SELF), "format: 1\nlines:\n" + "".join(f'  "1.{n}": {{score: 1}}\n' for n in (1, 2)))
    begun.commit("Tự chấm")
    for stage in (FIRST, SELF):
        begun.git("mv", path_of(stage), path_of(stage, "thue-ha-noi"))
    begun.write(f"data/{YEAR}/agencies.yml", agencies("thue-ha-noi"))
    begun.commit("Đổi tên cơ quan")
    say(begun, "Xem lại", agency="thue-ha-noi", _1_1="1.5", _1_2="1")

    found = history(begun, agency="thue-ha-noi")

    assert values(found) == [
        ("Thẩm định", "-", "2"),
        ("Tự chấm", "-", "1"),
        ("Đổi tên cơ quan", "1", "1"),
        ("Đổi tên cơ quan", "2", "2"),
        ("Xem lại", "2", "1.5"),
    ]
    assert [(c.kind, c.before) for e in found.entries for c in e.changes if c.kind == "line-moved"] == [
        ("line-moved", path_of(SELF)),
        ("line-moved", path_of(FIRST)),
    ]


def test_a_file_of_another_stage_is_no_earlier_version_of_this_one(begun: Repository) -> None:
    say(begun, "Nhầm thư mục", "appraisal-2", _1_1="2", _1_2="1")
    begun.write(path_of(FIRST), stage_file(_1_1="2", _1_2="1"))
    begun.remove(path_of("appraisal-2"))
    begun.commit("Chuyển sang đúng bước")

    assert [(entry.stage, *sides(entry)) for entry in history(begun).entries if entry.stage] == [
        ("appraisal-2", "-", "2"),
        (FIRST, "-", "2"),
        ("appraisal-2", "2", "-"),
    ]


def say_in_part(repository: Repository, message: str, head: str | None = None, **scores: str) -> str:
    """Write the part of a body, and the head beside it or no part at all, in one commit."""
    part = repository.root / f"data/{YEAR}/{FIRST}/{A}/so-noi-vu.yml"
    if scores:
        repository.write(
            str(part.relative_to(repository.root)), stage_file(**scores).replace("appraised: 2024-12-16\n", "")
        )
    else:
        part.unlink()
    if head is not None:
        repository.write(path_of(FIRST), head)
    return repository.commit(message)


def test_a_line_that_moved_from_the_head_to_a_part_and_back_is_told_as_moved(begun: Repository) -> None:
    say(begun, "Thẩm định", _1_1="2")
    say_in_part(begun, "Tách phần", "format: 1\nappraised: 2024-12-16\nlines: {}\n", _1_1="1.5")
    say_in_part(begun, "Xem lại", _1_1="1.2")
    say_in_part(begun, "Gộp phần", stage_file(_1_1="1.2"))

    found = history(begun)
    told = [[change.kind for change in entry.changes] for entry in found.entries if entry.stage is not None]

    assert values(found) == [
        ("Thẩm định", "-", "2"),
        ("Tách phần", "2", "1.5"),
        ("Xem lại", "1.5", "1.2"),
        ("Gộp phần", "1.2", "1.2"),
    ]
    assert told == [["line-added"], ["line-moved", "score-changed"], ["score-changed"], ["line-moved"]]


def test_a_criterion_that_moved_to_another_code_keeps_its_history(begun: Repository) -> None:
    say(begun, "Thẩm định", _1_1="2", _1_2="1")
    swapped = CRITERIA.replace('"1.1"', "X").replace('"1.2"', '"1.1"').replace("X", '"1.2"')
    begun.write(f"data/{YEAR}/criteria.yml", swapped)
    begun.write(path_of(FIRST), stage_file(_1_2="2", _1_1="1"))
    begun.commit("Đổi mã")
    say(begun, "Xem lại", _1_2="1.5", _1_1="1")

    assert [entry for entry in values(history(begun, "1.2")) if entry[1] != entry[2]] == [
        ("Thẩm định", "-", "2"),
        ("Xem lại", "2", "1.5"),
    ]


def merge(repository: Repository, branch: str, message: str, *options: str) -> None:
    who = ("-c", "user.name=Tổ hợp nhất", "-c", "user.email=gop@snv.invalid")
    repository.git(*who, "merge", "--no-ff", "--quiet", *options, "-m", message, branch)


def test_a_merge_brings_each_commit_of_its_branch_once_and_tells_nothing_of_its_own(begun: Repository) -> None:
    say(begun, "Thẩm định", _1_1="2", _1_2="1")
    begun.git("switch", "--quiet", "--create", "nhanh")
    say(begun, "Trên nhánh", _1_1="1.5", _1_2="1")
    say(begun, "Trên nhánh lần nữa", _1_1="1.25", _1_2="1")
    begun.git("switch", "--quiet", "main")
    say(begun, "Trên nhánh chính", stage="appraisal-2", _1_2="1")
    merge(begun, "nhanh", "Merge pull request #12 from so-noi-vu/nhanh")

    found = history(begun)

    assert values(found) == [
        ("Thẩm định", "-", "2"),
        ("Trên nhánh", "2", "1.5"),
        ("Trên nhánh lần nữa", "1.5", "1.25"),
    ]
    assert [entry.pull_request for entry in found.entries if entry.stage] == [None, "#12", "#12"]


def test_a_merge_that_combines_lines_of_both_sides_tells_nothing_of_its_own(begun: Repository) -> None:
    rest = "".join(f"# {n}\n" for n in range(8))
    text = 'format: 1\nappraised: 2024-12-16\nlines:\n  "1.1":\n    score: {}\n' + rest + '  "1.2":\n    score: {}\n'
    begun.write(path_of(FIRST), text.format(2, 1))
    begun.commit("Thẩm định")
    begun.git("switch", "--quiet", "--create", "nhanh")
    begun.write(path_of(FIRST), text.format(2, 2))
    begun.commit("Dòng dưới")
    begun.git("switch", "--quiet", "main")
    begun.write(path_of(FIRST), text.format(1, 1))
    begun.commit("Dòng trên")
    merge(begun, "nhanh", "Gộp")

    assert values(history(begun)) == [("Thẩm định", "-", "2"), ("Dòng trên", "2", "1")]
    assert values(history(begun, "1.2")) == [("Thẩm định", "-", "1"), ("Dòng dưới", "1", "2")]


def test_a_merge_that_sets_a_value_of_its_own_is_told(begun: Repository) -> None:
    say(begun, "Thẩm định", _1_1="2")
    begun.git("switch", "--quiet", "--create", "nhanh")
    say(begun, "Trên nhánh", _1_1="1.5")
    begun.git("switch", "--quiet", "main")
    say(begun, "Trên nhánh chính", _1_1="1")
    merge(begun, "nhanh", "Gộp", "--strategy", "ours", "--no-commit")
    say(begun, "Gộp và sửa", _1_1="0.5, Thống nhất lại")

    assert values(history(begun))[-1] == ("Gộp và sửa", "1", "0.5")
    assert len(values(history(begun))) == 4


def test_a_version_that_cannot_be_read_is_told_as_such_and_the_next_one_begins_anew(begun: Repository) -> None:
    say(begun, "Thẩm định", _1_1="2")
    begun.write(path_of(FIRST), "format: 1\nlines: [\n")
    begun.commit("Hỏng")
    say(begun, "Sửa lại", _1_1="1")

    found = [entry for entry in history(begun).entries if entry.stage]

    assert [(summary(entry), entry.unreadable, *sides(entry)) for entry in found] == [
        ("Thẩm định", False, "-", "2"),
        ("Hỏng", True, "-", "-"),
        ("Sửa lại", False, "-", "1"),
    ]


def test_a_shallow_clone_says_that_its_history_is_incomplete(begun: Repository, tmp_path: Path) -> None:
    say(begun, "Thẩm định", _1_1="2")
    say(begun, "Xem lại", _1_1="1")
    say(begun, "Dòng khác", _1_1="1", _1_2="2")
    clone = tmp_path / "clone"
    begun.git("clone", "--quiet", "--depth", "1", begun.root.as_uri(), str(clone))

    found = history(Repository(clone))

    assert not found.complete
    assert [(entry.first, *sides(entry)) for entry in found.entries if entry.stage] == [(True, "-", "1")]


def test_what_is_not_committed_yet_comes_last(begun: Repository) -> None:
    say(begun, "Thẩm định", _1_1="2")
    begun.write(path_of(FIRST), stage_file(_1_1="1.5"))

    assert values(history(begun)) == [("Thẩm định", "-", "2"), ("-", "2", "1.5")]
    assert values(history(begun, revision="HEAD")) == [("Thẩm định", "-", "2")]


def test_not_applicable_on_a_parent_is_told_of_the_leaf_below(begun: Repository) -> None:
    say(begun, "Thẩm định", _1_1="2")
    begun.write(path_of(FIRST), 'format: 1\nappraised: 2024-12-16\nlines:\n  "1": {not_applicable: Mới lập}\n')
    begun.commit("Không áp dụng")

    assert [(entry.criterion, *sides(entry)) for entry in history(begun).entries if entry.stage] == [
        ("1.1", "-", "2"),
        ("1", "-", "Mới lập"),
        ("1.1", "2", "-"),
    ]


def test_amendments_and_rules_and_exemptions_are_part_of_the_history(begun: Repository) -> None:
    say(begun, "Thẩm định", _1_1="2")
    begun.write(
        f"data/{YEAR}/amendments/0001.yml",
        f'format: 1\nstage: {FIRST}\nagency: {A}\ncriterion: "1.1"\nexpect: 2\nline: {{score: 1}}\n'
        "reason: Khiếu nại\ndecision: {number: 9/QĐ, date: 2025-04-02}\n",
    )
    begun.commit("Đính chính")
    begun.write(f"data/{YEAR}/criteria.yml", CRITERIA.replace("Kế hoạch", "Kế hoạch năm"))
    begun.commit("Đổi tên tiêu chí, không đổi điểm nào")
    begun.write(f"data/{YEAR}/criteria.yml", CRITERIA.replace("Kế hoạch, out_of: 2", "Kế hoạch năm, out_of: 3"))
    begun.commit("Đổi điểm tối đa")
    begun.write(
        f"data/{YEAR}/agencies.yml",
        agencies(A).replace("}\n", ', not_applicable: [{criterion: "1", reason: Miễn}]}\n'),
    )
    begun.commit("Miễn")

    found = history(begun).entries[-3:]

    assert [(summary(entry), entry.amendment, [c.kind for c in entry.changes]) for entry in found] == [
        ("Đính chính", "0001", ["amendment-added"]),
        ("Đổi điểm tối đa", None, ["weight-changed"]),
        ("Miễn", None, ["exemption-added"]),
    ]
    assert (found[0].reason, list(sides(found[0]))) == ("Khiếu nại", ["-", "1"])


def test_a_survey_leaf_tells_the_counts_that_feed_it(begun: Repository) -> None:
    counts = "format: 1\nforms: {{issued: 20, returned: 20, valid: 20}}\nanswers:\n  q1: {{tot: {}, kem: {}}}\n"
    path = f"data/{YEAR}/survey/lanh-dao-so/{A}.yml"
    begun.write(path, counts.format(15, 5))
    begun.commit("Số liệu")
    begun.write(path, counts.format(16, 4))
    begun.commit("Đếm lại")
    say(begun, "Thẩm định", _1_1="2")

    found = [entry for entry in history(begun, "1.3").entries if entry.path == path]

    assert [summary(entry) for entry in found] == ["Số liệu", "Đếm lại"]
    assert [(change.subject, change.field, change.before, change.after) for change in found[1].changes] == [
        ("lanh-dao-so / q1", "kem", "5", "4"),
        ("lanh-dao-so / q1", "tot", "15", "16"),
    ]
    assert [entry for entry in history(begun).entries if entry.path == path] == []


def test_the_number_of_calls_of_git_does_not_grow_with_commits_and_files(
    begun: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    def calls() -> int:
        opened = open_repository(begun.root)
        snapshot = take(opened, "HEAD")
        year = snapshot.world.years[YEAR]
        started: list[object] = []
        original = subprocess.Popen.__init__

        def counted(self: subprocess.Popen[bytes], *arguments: object, **options: object) -> None:
            started.append(arguments)
            original(self, *arguments, **options)  # type: ignore[call-overload]

        with monkeypatch.context() as patch:
            patch.setattr(subprocess.Popen, "__init__", counted)
            known = inspect_history.chronicle(opened, "HEAD")
            inspect_history.criterion_history(snapshot, opened, year, A, criterion="1.1", known=known)
        return len(started)

    say(begun, "Thẩm định", _1_1="2")
    few = calls()
    for number in range(8):
        say(begun, f"Lần {number}", _1_1=f"{number % 2}, Lần {number}")
        say(begun, f"Bước hai {number}", stage="appraisal-2", _1_1=f"{number % 2}")

    assert few == calls()


def test_a_file_that_one_commit_alone_touched_is_known_by_it_and_no_other_file(begun: Repository) -> None:
    alone = say(begun, "Một lần", _1_1="2")
    say(begun, "Hai lần", stage="appraisal-2", _1_1="2")
    say(begun, "Hai lần nữa", stage="appraisal-2", _1_1="1")
    say(begun, "Tên cũ", agency="cu", _1_1="2")
    begun.git("mv", path_of(FIRST, "cu"), path_of(FIRST, "moi"))
    begun.commit("Tên mới")
    say(begun, "Chưa ghi xong", stage="council-decision", _1_1="2")
    begun.write(path_of("council-decision"), stage_file(_1_1="1"))

    known = inspect_history.chronicle(open_repository(begun.root), None).origins()

    assert {path: commit.id for path, commit in known.items() if "-" in path} == {path_of(FIRST): alone}


def test_what_each_commit_did_is_what_git_says_of_it_renames_links_and_merges_too(begun: Repository) -> None:
    say(begun, "Thẩm định", _1_1="2")
    begun.git("switch", "--quiet", "-c", "nhanh")
    begun.git("mv", path_of(FIRST), path_of(FIRST, "moi"))
    begun.commit("Tên mới")
    begun.git("switch", "--quiet", "main")
    say(begun, "Tự chấm", stage="self-assessment", _1_1="1")
    begun.remove(path_of(SELF))
    (begun.root / "data/calendar.yml").symlink_to("site.yml")
    begun.write("README.md", "Ngoài dữ liệu\n")
    begun.commit("Một liên kết")
    merge(begun, "nhanh", "Gộp")
    opened = open_repository(begun.root)
    known = inspect_history.chronicle(opened, "HEAD")
    renames = 0
    for (commit, parent), touched in known.touched.items():
        told = begun.git("diff-tree", "-r", "-M", "--no-abbrev", parent or EMPTY_TREE, commit, "--", "data")
        entries = [
            (head[1:].split(), names.split("\t"))
            for head, _, names in (line.partition("\t") for line in told.splitlines())
        ]
        renames += sum(len(names) - 1 for _, names in entries)

        assert [(*head[:4], names[0], names[-1]) for head, names in entries] == [
            (at.before_mode, at.after_mode, at.before or NOTHING, at.after or NOTHING, at.was, at.path)
            for at in touched
        ]

    assert renames == 2  # of the branch, and of its merge


def test_what_stands_on_a_path_is_asked_of_git_once_for_commits_that_are_alike(
    begun: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = path_of(FIRST)
    say(begun, "Thẩm định", _1_1="2")
    begun.git("switch", "--quiet", "-c", "nhanh")
    say(begun, "Ở nhánh", _1_1="1")
    begun.git("switch", "--quiet", "main")
    say(begun, "Bước khác", stage="self-assessment", _1_1="1")
    merge(begun, "nhanh", "Gộp")
    begun.remove(path)
    begun.commit("Bỏ")
    say(begun, "Lại bước khác", stage="self-assessment", _1_1="2")
    commits = begun.git("rev-list", "HEAD").split()
    stands = {commit: begun.git("ls-tree", "--format=%(objectname)", commit, path).strip() for commit in commits}
    opened, asked = open_repository(begun.root), list[str]()
    fresh = opened.standing(path, commits)
    inspect_history.chronicle(opened, "HEAD")
    sizes = opened.sizes
    monkeypatch.setattr(
        type(opened), "sizes", lambda _, names: sizes(tuple(asked.append(name) or name for name in names))
    )
    known = opened.standing(path, commits)

    assert {commit: blob for commit, blob in stands.items() if blob} == fresh == known
    assert len(asked) < len(commits)


def test_a_history_looks_at_no_file_of_another_agency(begun: Repository) -> None:
    """One commit may bring the files of all agencies: each history looking at them all would be their square."""
    slugs = [f"co-quan-{number}" for number in range(30)]
    begun.write_all({path_of(FIRST, slug): stage_file(_1_1="2", _1_2="1") for slug in slugs})
    begun.write(f"data/{YEAR}/agencies.yml", agencies(*slugs))
    begun.commit("Mọi cơ quan")
    opened = open_repository(begun.root)
    snapshot, known = take(opened, None), inspect_history.chronicle(opened, None)
    year, files = snapshot.world.years[YEAR], inspect_history.files_of(snapshot, opened)
    with cProfile.Profile(builtins=False) as counted:
        found = [
            history_of(known, year, slug, criterion=code, files=files) for slug in slugs for code in ("1.1", "1.2")
        ]
    looked = sum(one.callcount for one in counted.getstats() if getattr(one.code, "co_name", "") == "follows")

    assert {len(one.entries) for one in found} == {2}
    assert 0 < looked <= 6 * len(found)


MESSAGES = [
    ("Merge pull request #12 from so-noi-vu/nhanh", "#12"),
    ("Thẩm định lần 1 (#7)", "#7"),
    ("Merge pull request 'Thẩm định' (#8) from nhanh into main", "#8"),
    ("Merge branch 'nhanh' into 'main'\n\nThẩm định\n\nSee merge request nhom/du-an!15", "!15"),
    ("Thẩm định (!16)", "!16"),
    ("Thẩm định !17", "!17"),
    ("Sửa lỗi #5 của bảng", None),
    ("Thẩm định lần 1\n\nCloses #9", None),
    ("Điểm 5!6", None),
    ("", None),
]


@pytest.mark.parametrize(("message", "expected"), MESSAGES)
def test_a_pull_request_is_known_by_what_forges_write(message: str, expected: str | None) -> None:
    assert expected == pull_request(message)


def test_a_folder_without_git_has_no_history(tmp_path: Path) -> None:
    assert Opened(tmp_path, None).chronicle(None, "data").commits == ()


# --- explain --history ----------------------------------------------------------------------------------------------


def test_explain_tells_the_history_below_the_story(begun: Repository, run_command: RunCommand) -> None:
    first = say(begun, "Thẩm định (#3)", _1_1="2", _1_2="1")
    second = say(begun, "Xem \x1b[31mlại", _1_1="1.5, Thiếu tài liệu", _1_2="1")

    told = run_command("explain", A, "1.1", "--history", cwd=begun.root)

    assert (told.code, told.stderr) == (0, "")
    assert told.stdout.splitlines()[-10:] == [
        "",
        f"26/11/2024  {first[:12]}  “Chuyên viên Sở Nội vụ” (tên tự ghi, không ký): Thẩm định (#3)",
        "  Yêu cầu #3",
        "  Thẩm định lần 1: 2,00",
        f"    Tại: {path_of(FIRST)}, dòng 4",
        "",
        f"26/11/2024  {second[:12]}  “Chuyên viên Sở Nội vụ” (tên tự ghi, không ký): Xem  [31mlại",
        "  Thẩm định lần 1: 2,00 → 1,50",
        "    Lý do: Thiếu tài liệu",
        f"    Tại: {path_of(FIRST)}, dòng 5",
    ]


def test_the_history_in_json_has_the_stable_keys(begun: Repository, run_command: RunCommand) -> None:
    commit = say(begun, "Thẩm định", _1_1="2", _1_2="1")

    told = json.loads(run_command("explain", A, "1.1", "--history", "--format", "json", cwd=begun.root).stdout)

    assert told["history"]["complete"] is True
    assert told["history"]["entries"][-1] == {
        "commit": commit,
        "date": "2024-11-26",
        "author": "Chuyên viên Sở Nội vụ",
        "committer": "Chuyên viên Sở Nội vụ",
        "signature": "unsigned",
        "signer": None,
        "summary": "Thẩm định",
        "pull_request": None,
        "first": False,
        "stage": FIRST,
        "agency": A,
        "criterion": "1.1",
        "amendment": None,
        "path": path_of(FIRST),
        "line": 4,
        "unreadable": False,
        "before": None,
        "after": {"score": "2", "not_applicable": None, "explanation": None},
        "reason": None,
        "changes": [{"kind": "line-added", "subject": None, "field": None, "before": None, "after": "2"}],
    }


def test_history_needs_a_criterion(begun: Repository, run_command: RunCommand) -> None:
    told = run_command("explain", A, "--history", cwd=begun.root)

    assert told.code == 2
    assert "--history" in told.stderr

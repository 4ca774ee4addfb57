"""check, score, explain and approve as people type them, on real repositories of the tiny world."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Repository, RunCommand
from tiny import EXAMPLES, ROOT, SEALS, TINY_FILES
from worlds import files_of, year_from

from pipeline import VERSION
from pipeline.core.index.scoring import score
from pipeline.core.publish.explanation import agency_text
from pipeline.core.survey.intervals import estimate
from pipeline.flows.wording import load_labels

SELF_A, FIRST_A, FIRST_B = (
    f"data/2024/{path}.yml" for path in ("self-assessment/co-quan-a", "appraisal-1/co-quan-a", "appraisal-1/co-quan-b")
)
APPROVAL = "data/2024/approval.yml"
AGENCIES = ("co-quan-a", "co-quan-b", "co-quan-c")
Golden = Callable[[str, str], None]


def edit(repository: Repository, path: str, find: str, replace: str) -> None:
    text = (repository.root / path).read_text("utf-8")
    assert text.count(find) == 1, f"{path}: {find!r} stands {text.count(find)} times"
    repository.write(path, text.replace(find, replace))


@pytest.fixture
def wrong(tiny: Repository) -> Repository:
    """Give the tiny world with mistakes of several people in several files."""
    edit(tiny, SELF_A, "score: 1.25", "score: 1,25")
    edit(tiny, SELF_A, "answer: {done: 45, assigned: 50}", "answer: {done: 55, assigned: 50}")
    edit(tiny, FIRST_A, "    reason: Một dịch vụ chưa đưa vào sử dụng\n", "")
    edit(tiny, FIRST_B, "format: 1\n", "format: 1\n\tnote: dán từ Excel\n")
    tiny.write("data/2024/self-assessment/Co-Quan-D.yml", "format: 1\n")
    return tiny


def test_a_world_without_mistakes_is_told_in_one_line(run_command: RunCommand, tiny: Repository) -> None:
    done = run_command("check", cwd=tiny.root)

    assert (done.code, done.stderr) == (0, "")
    assert done.stdout == f"Đã kiểm tra {len(TINY_FILES)} tệp của 1 kỳ đánh giá: 0 lỗi, 0 cảnh báo.\n"


@pytest.mark.parametrize(
    ("lang", "form", "name"),
    [
        ("vi", "text", "check.txt"),
        ("en", "text", "check.en.txt"),
        ("vi", "github", "check.github.txt"),
        ("vi", "markdown", "check.md"),
        ("vi", "json", "check.json"),
    ],
)
def test_every_mistake_is_told_at_once_by_place(
    run_command: RunCommand, wrong: Repository, golden: Golden, lang: str, form: str, name: str
) -> None:
    done = run_command("--lang", lang, "check", "--format", form, cwd=wrong.root)

    assert (done.code, done.stderr) == (1, "")
    golden(f"commands/{name}", done.stdout)


def test_a_revision_is_read_whatever_stands_in_the_folder(run_command: RunCommand, wrong: Repository) -> None:
    good = wrong.git("rev-parse", "HEAD")
    wrong.commit("Mistakes")

    codes = [run_command("check", "--rev", rev, cwd=wrong.root).code for rev in ("HEAD", "HEAD~1", good, "main")]

    assert codes == [1, 0, 0, 1]


def test_the_name_of_a_file_gives_a_terminal_and_a_forge_no_command(run_command: RunCommand, tiny: Repository) -> None:
    tiny.write("data/2024/a\x1b[31m\n::error::b.yml", "format: 1\n")
    said = [run_command("check", "--format", form, cwd=tiny.root).stdout for form in ("text", "github", "markdown")]

    assert [text for text in said if "\x1b" in text or "\n::error::b" in text] == []
    assert said[0].startswith("data/2024/a\\u001b[31m\\u000a::error::b.yml:1:1: lỗi misplaced-file")


@pytest.mark.parametrize(
    ("lang", "form", "name"),
    [
        ("vi", "table", "score.txt"),
        ("en", "table", "score.en.txt"),
        ("vi", "json", "score.json"),
        ("vi", "csv", "score.csv"),
    ],
)
def test_the_results_of_a_year_are_told_in_three_forms(
    run_command: RunCommand, tiny: Repository, golden: Golden, lang: str, form: str, name: str
) -> None:
    done = run_command("--lang", lang, "score", "--year", "2024", "--format", form, cwd=tiny.root)

    assert (done.code, done.stderr) == (0, "")
    golden(f"commands/{name}", done.stdout.replace(tiny.git("rev-parse", "HEAD"), "COMMIT"))


def test_the_three_forms_of_the_results_say_the_same(run_command: RunCommand, tiny: Repository) -> None:
    told = {form: run_command("score", "--format", form, cwd=tiny.root).stdout for form in ("table", "json", "csv")}
    keys = ("agency", "points", "out_of", "index")
    exact = [[entry[key] for key in keys] for entry in json.loads(told["json"])["agencies"]]
    rows = [[row[key] for key in keys] for row in csv.DictReader(io.StringIO(told["csv"]))]
    figures = [figure.replace(".", ",") for _, *own in exact for figure in own if figure is not None]

    assert exact == rows
    assert [figure for figure in figures if figure not in told["table"]] == []


def test_results_of_a_year_with_mistakes_are_refused_with_the_mistakes(
    run_command: RunCommand, wrong: Repository
) -> None:
    done = [
        run_command(*words, "--year", "2024", cwd=wrong.root)
        for words in (("score",), ("explain", "co-quan-a"), ("explain", "co-quan-a", "1.1.1"))
    ]

    assert [outcome.code for outcome in done] == [1, 1, 1]
    assert [outcome for outcome in done if f"{SELF_A}:" not in outcome.stdout + outcome.stderr] == []


@pytest.mark.parametrize(
    ("lang", "words", "name"),
    [
        ("vi", ["co-quan-a"], "agency.txt"),
        ("en", ["co-quan-a"], "agency.en.txt"),
        ("vi", ["co-quan-a", "1.1.2"], "proportional.txt"),
        ("en", ["co-quan-a", "1.1.2"], "proportional.en.txt"),
        ("vi", ["co-quan-a", "2"], "area.txt"),
        ("vi", ["co-quan-b", "4"], "bonus.txt"),
        ("vi", ["co-quan-a", "--format", "json"], "agency.json"),
        ("vi", ["co-quan-b", "1.4"], "survey.txt"),
        ("en", ["co-quan-b", "1.4", "--format", "json"], "survey.json"),
    ],
)
def test_the_story_of_a_number_is_told_whole(
    run_command: RunCommand, tiny: Repository, golden: Golden, lang: str, words: list[str], name: str
) -> None:
    done = run_command("--lang", lang, "explain", *words, "--year", "2024", cwd=tiny.root)
    commit = tiny.git("rev-parse", "HEAD")

    assert (done.code, done.stderr) == (0, "")
    golden(f"commands/explain-{name}", done.stdout.replace(commit, "COMMIT").replace(commit[:12], "COMMIT"))


def test_groups_that_wait_for_others_add_up_to_no_points_yet(run_command: RunCommand, tiny: Repository) -> None:
    for path in ("approval.yml", "amendments/0001.yml", "survey/lanh-dao-nganh/co-quan-b.yml"):
        tiny.remove(f"data/2024/{path}")
    done = run_command("explain", "co-quan-b", "1.4", cwd=tiny.root)

    assert (done.code, done.stdout.splitlines()[-1]) == (
        0,
        "Cộng các nhóm đã có được 0,657895; tiêu chí chưa có điểm khi còn thiếu nhóm.",
    )


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("agency", AGENCIES)
def test_every_number_of_every_agency_has_a_story_without_holes(
    run_command: RunCommand, tiny: Repository, agency: str, lang: str
) -> None:
    leaves = json.loads(run_command("score", "--format", "json", cwd=tiny.root).stdout)["agencies"][0]["criteria"]
    told = {
        leaf["code"]: run_command("--lang", lang, "explain", agency, leaf["code"], cwd=tiny.root) for leaf in leaves
    }

    assert dict.fromkeys(told, 0) == {code: outcome.code for code, outcome in told.items()}
    assert [code for code, outcome in told.items() if not outcome.stdout.startswith(f"{code}  ")] == []
    assert [
        line
        for outcome in told.values()
        for line in outcome.stdout.splitlines()
        if "None" in line or "{" in line or line.endswith((": ", " ", "—"))
    ] == []


FIRST = ("approve", "--year", "2024", "--number", "9/QĐ-UBND-MH", "--date", "2025-02-21")


def test_the_first_approval_writes_the_table_that_the_data_gives(run_command: RunCommand, tiny: Repository) -> None:
    tiny.remove(APPROVAL)
    tiny.remove("data/2024/amendments")
    tiny.write_all(SEALS)
    tiny.commit("Not approved yet")
    done = run_command(*FIRST, "--publish-from", "2025-02-27", cwd=tiny.root)
    score = json.loads(run_command("score", "--format", "json", cwd=tiny.root).stdout)
    table = (tiny.root / APPROVAL).read_text("utf-8")

    assert (done.code, done.stderr) == (0, "")
    assert [entry["agency"] for entry in score["agencies"] if f"points: {entry['points']}\n" not in table] == []
    assert f'engine: "{VERSION}"\n' in table
    assert run_command("check", cwd=tiny.root).code == 0


def told_by_points(tiny: Repository) -> None:
    """Make everybody of both groups of an agency say the same, so that its points tell what; nothing is approved."""
    tiny.remove(APPROVAL)
    tiny.remove("data/2024/amendments")
    forms = {"lanh-dao-so": (20, "q1: {rat-tot: 20}"), "lanh-dao-nganh": (10, "q1: {rat-tot: 10}\n  q2: {rat-tot: 10}")}
    for group, (valid, answers) in forms.items():
        path = tiny.root / f"data/2024/survey/{group}/co-quan-a.yml"
        head = path.read_text("utf-8").partition("answers:")[0]
        path.write_text(f"{head}answers:\n  {answers}\n", "utf-8")
        assert f"valid: {valid}" in head
    tiny.write_all(SEALS)
    tiny.commit("Everybody of one mind")


def test_answers_that_can_be_told_from_what_is_published_stop_an_approval(
    run_command: RunCommand, tiny: Repository
) -> None:
    told_by_points(tiny)
    day = ("--publish-from", "2025-02-27")
    refused = run_command(*FIRST, *day, cwd=tiny.root)
    asked = run_command("survey", "disclosure", "--year", "2024", "--format", "json", cwd=tiny.root)

    assert (refused.code, (tiny.root / APPROVAL).exists()) == (1, False)
    assert "lỗi disclosure-fixed: Tiêu chí 1.4, cơ quan co-quan-a" in refused.stderr
    assert asked.code == 1
    assert {row["code"] for row in json.loads(asked.stdout)["rows"] if row["agency"] == "co-quan-a"} == {
        "disclosure-fixed"
    }

    accepted = run_command(*FIRST, *day, "--accept-disclosure", "Ai cũng chấm tối đa", cwd=tiny.root)

    assert (accepted.code, accepted.stderr) == (0, "")
    assert "disclosure: Ai cũng chấm tối đa\n" in (tiny.root / APPROVAL).read_text("utf-8")
    assert run_command("check", cwd=tiny.root).code == 0


def test_a_year_whose_hidden_answers_cannot_be_told_says_so(run_command: RunCommand, tiny: Repository) -> None:
    done = run_command("--lang", "en", "survey", "disclosure", "--year", "2024", cwd=tiny.root)

    assert (done.code, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].endswith("by at least 10% of its people, and by one at least.")


def test_what_an_approved_commit_hid_may_not_be_shown_later(run_command: RunCommand, tiny: Repository) -> None:
    """A group of ten was hidden in an approved state; then its policy was lowered from eleven to five."""
    path = tiny.root / "data/2024/survey/survey.yml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("show_from: {lanh-dao-nganh: 5}", "show_from: {lanh-dao-nganh: 11}"), "utf-8")
    tiny.commit("Released with a higher threshold")
    path.write_text(text, "utf-8")
    done = run_command("survey", "disclosure", "--year", "2024", cwd=tiny.root)

    assert done.code == 1
    assert "lỗi disclosure-shown: Tiêu chí 1.4, cơ quan co-quan-a: số đếm câu q2 của nhóm lanh-dao-nganh" in done.stderr


def test_a_clone_without_its_history_cannot_tell_what_was_released(
    run_command: RunCommand, tiny: Repository, tmp_path: Path
) -> None:
    tiny.write("note.txt", "x")
    tiny.commit("One more")
    tiny.git("clone", "--quiet", "--depth", "1", tiny.root.as_uri(), str(tmp_path / "cut"))
    done = run_command("survey", "disclosure", "--year", "2024", cwd=tmp_path / "cut")

    assert (done.code, "git fetch --unshallow" in done.stderr) == (2, True)


def test_schemas_pinned_before_the_engine_was_named_still_take_an_approval(
    run_command: RunCommand, tiny: Repository
) -> None:
    path = "schemas/v1/approval.schema.json"
    schema = json.loads((tiny.root / path).read_text("utf-8"))
    del schema["$defs"]["first"]["properties"]["engine"], schema["$defs"]["later"]["properties"]["engine"]
    tiny.remove(APPROVAL)
    tiny.remove("data/2024/amendments")
    tiny.write_all({**SEALS, path: json.dumps(schema).encode()})

    assert run_command(*FIRST, "--publish-from", "2025-02-27", cwd=tiny.root).code == 0
    assert "engine" not in (tiny.root / APPROVAL).read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 2, "--publish-from"),
        (("--publish-from", "2025-02-30"), 2, "2025-02-30"),
        (("--publish-from", "2025-02-20"), 1, "published-before-decision"),
        (("--publish-from", "2025-02-27", "--number", "9/QĐ-UBND"), 1, "illustrative-number-unmarked"),
        (("--publish-from", "2025-02-27", "--number", ""), 1, "decision"),
    ],
    ids=["no day of publication", "an impossible day", "published before it is decided", "no mark MH", "no number"],
)
def test_an_approval_that_cannot_stand_writes_nothing(
    run_command: RunCommand, tiny: Repository, words: tuple[str, ...], code: int, said: str
) -> None:
    tiny.remove(APPROVAL)
    tiny.remove("data/2024/amendments")
    done = run_command(*FIRST, *words, cwd=tiny.root)

    assert done.code == code
    assert said in done.stderr
    assert not (tiny.root / APPROVAL).exists()


@pytest.mark.parametrize("stage", SEALS)
def test_a_year_with_an_unsealed_stage_is_not_approved_and_the_stage_is_named(
    run_command: RunCommand, tiny: Repository, stage: str
) -> None:
    tiny.remove(APPROVAL)
    tiny.remove("data/2024/amendments")
    tiny.write_all({path: text for path, text in SEALS.items() if path != stage})
    done = run_command("--lang", "en", *FIRST, "--publish-from", "2025-02-27", cwd=tiny.root)
    named = {path: load_labels("en").text(f"stage.{Path(path).stem}") for path in SEALS}

    assert done.code == 1
    assert f"not sealed: {named[stage]}. " in done.stderr
    assert not (tiny.root / APPROVAL).exists()


def test_a_standing_approval_is_asked_for_no_seal(run_command: RunCommand, tiny: Repository) -> None:
    assert not (tiny.root / "data/2024/seals").exists()
    assert run_command("check", cwd=tiny.root).code == 0


def test_nothing_is_approved_twice(run_command: RunCommand, tiny: Repository) -> None:
    before = (tiny.root / APPROVAL).read_bytes()
    done = run_command(*FIRST, "--reason", "Không có gì mới", cwd=tiny.root)

    assert done.code == 2
    assert (tiny.root / APPROVAL).read_bytes() == before


def test_a_later_approval_stands_below_the_first_and_keeps_its_letters(
    run_command: RunCommand, tiny: Repository
) -> None:
    before = (tiny.root / APPROVAL).read_text("utf-8")
    tiny.write_all(SEALS)
    tiny.write(
        "data/2024/amendments/0002.yml",
        """format: 1
stage: council-decision
agency: co-quan-a
criterion: "1.1.1"
expect: 1
line:
  score: 0.5
  answer: qua-han
  reason: Kế hoạch ký sau ngày 15/01
reason: Kiểm tra lại ngày ký
decision: {number: 61/QĐ-HĐ-MH, date: 2025-04-03}
""",
    )
    assert run_command("check", cwd=tiny.root).code == 1

    done = run_command(*FIRST[:-1], "2025-04-10", "--reason", "Đính chính 0002: ngày ký", cwd=tiny.root)
    after = (tiny.root / APPROVAL).read_text("utf-8")

    assert (done.code, done.stderr) == (0, "")
    assert after.startswith(before)
    assert 'reason: "Đính chính 0002: ngày ký"' in after
    assert run_command("check", cwd=tiny.root).code == 0


def test_a_folder_outside_git_is_checked_and_scored(run_command: RunCommand, tmp_path: Path) -> None:
    for name in ("data", "schemas"):
        source = EXAMPLES / "tiny" / "data" if name == "data" else ROOT / "schemas"
        for path in source.rglob("*.*"):
            target = tmp_path / name / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    codes = [run_command(*words, cwd=tmp_path).code for words in (("check",), ("score",), ("explain", "co-quan-a"))]
    scored = json.loads(run_command("score", "--format", "json", cwd=tmp_path).stdout)

    assert codes == [0, 0, 0]
    assert scored["commit"] is None


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('"1": {score: 8}', "Chỉ số 80,00% = 8,00/10,00 điểm. Hạng 1.\nQua thẩm định 8,00/10,00 điểm."),
        (None, "Chưa có chỉ số: chưa tiêu chí nào vừa áp dụng vừa có điểm trên điểm tối đa; tổng điểm 0,00."),
    ],
)
def test_an_agency_is_told_what_there_is_of_its_result_and_nothing_else(lines: str | None, said: str) -> None:
    criteria = '"1": {title: Một, out_of: 10, rule: {type: judged, step: 1}}'
    written = {} if lines is None else {("appraisal-1", "cuc-thue"): lines}
    results = score(year_from(files_of(criteria, lines=written, out_of="10")))
    told = agency_text(results, results.agencies[0], estimate(results), load_labels("vi"))

    assert said == told.split("\n\n")[1]
    assert "–%" not in told


@pytest.mark.parametrize(
    "typed",
    [
        "report --year 2024 --kind index-annex -o a.docx",
        "report --year 2024 --kind index --agency co-quan-a -o a.docx",
        "report --year 2024 --kind index-annex --agency nobody -o a.docx",
        "report --year 2030 --kind index -o a.docx",
        "report --year 2024 --kind index --date 31/12/2024 -o a.docx",
        "audit --year 2024 --stage nowhere",
        "seal --year 2024 --stage nowhere --key data/bodies.yml",
        "seal --year 2024 --stage survey --key no-such-key",
        "seal --year 2024 --stage survey --key data/bodies.yml --today 2024-2-30",
        "approve --year 2024 --number 1/QĐ --date 31/12/2024",
        "approve --year 2024 --number 1/QĐ --date 2025-01-02 --publish-from 3/1/2025",
        "export --year 2024 --today 2024-2-30 -o a",
        "site --today 2024-2-30",
        "status --today 2024-2-30",
        "whatif nobody --rank 1",
        "evidence list --year 2024 --agency nobody",
        "survey disclosure --year 2030",
    ],
)
def test_what_was_typed_is_judged_before_all_agencies_are_read(
    tiny: Repository, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.setattr("pipeline.commands.common.take", lambda *_: pytest.fail("all agencies are read"))
    told = run_command(*typed.split(), cwd=tiny.root)

    assert (told.code, told.stdout, told.stderr.count("\n")) == (2, "", 1)


def test_what_needs_no_agency_reads_none(
    tiny: Repository, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.commands.common.take", lambda *_: pytest.fail("all agencies are read"))
    group = "lanh-dao-nganh"
    drawn = run_command(
        *f"survey callbacks --year 2024 --group {group} --seed 1 --draw 2 --count 9".split(), cwd=tiny.root
    )
    made = run_command(*f"survey form --year 2024 --group {group} -o forms".split(), cwd=tiny.root)

    assert (drawn.code, made.code, len([*(tiny.root / "forms").iterdir()])) == (0, 0, 3)


def test_a_reason_of_several_lines_stays_below_its_name(tiny: Repository, run_command: RunCommand) -> None:
    for closing in ("approval.yml", "amendments"):
        tiny.git("rm", "-r", "--quiet", f"data/2024/{closing}")
    path = "data/2024/appraisal-1/co-quan-a.yml"
    text = (tiny.root / path).read_text("utf-8")
    tiny.write(path, text.replace("reason: Hai nhiệm vụ", "reason: |-\n      Đã xem:\n      Hai nhiệm vụ"))
    tiny.commit("Lý do hai dòng")
    done = run_command("explain", "co-quan-a", "1.1.2", "--year", "2024", "--history", cwd=tiny.root)

    story, _, history = done.stdout.partition("Lịch sử của")
    assert "\n  Lý do: Đã xem:\n    Hai nhiệm vụ chưa có sản phẩm\n" in story
    assert "\n    Lý do: Đã xem:\n      Hai nhiệm vụ chưa có sản phẩm\n" in history

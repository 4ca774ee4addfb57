"""`diff` and `check --since` on real repositories: what changed, what that does, what it brought.

The comparison itself is the matter of test_changes, the words that of test_differences.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pipeline.adapters.repository import Repository as GitRepository
from pipeline.adapters.repository import Tree
from tests.conftest import Repository, RunCommand
from tests.tiny import SCHEMAS, TINY_FILES

APPROVED = ("data/2024/approval.yml", "data/2024/amendments/0001.yml")
FIRST_A = "data/2024/appraisal-1/co-quan-a.yml"
SECOND_A = "data/2024/appraisal-2/co-quan-a.yml"
SECOND_C = "data/2024/appraisal-2/co-quan-c.yml"
SELF_B = "data/2024/self-assessment/co-quan-b.yml"
COUNCIL_C = "data/2024/council-decision/co-quan-c.yml"
COUNTS_B = "data/2024/survey/lanh-dao-so/co-quan-b.yml"
CYCLE = "data/2024/cycle.yml"
CRITERIA = "data/2024/criteria.yml"
AGENCIES = "data/2024/agencies.yml"
SURVEY = "data/2024/survey/survey.yml"
PLAN = "data/2024/plan.yml"
ACCESS = """\
format: 1
roles:
  tham-dinh: {writes: [appraisal-1, appraisal-2, council-decision, survey, plan], agencies: all}
  kiem-tra: {reviews: [appraisal-2, council-decision]}
  lanh-dao: {reviews: [appraisal-2, rules]}
people:
  chuyen-vien:
    role: tham-dinh
    body: so-noi-vu
    email: chuyen-vien@snv.invalid
    keys: [{key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA, from: 2024-01-01}]
policy: {signed: [], second_person: [appraisal-2, council-decision, rules, survey]}
"""

SIDES = ("before", "after")
Edits = Mapping[str, tuple[tuple[str, str], ...]]

# A day of a round: two decisions, an extension, a task done, a corrected count, a document that was missing.
DAY: Edits = {
    SECOND_A: (
        (
            "    score: 1.8\n    answer: {done: 45, assigned: 50}\n",
            "    score: 1.76\n    answer: {done: 44, assigned: 50}\n",
        ),
        ("Đã có tài liệu kiểm chứng của hai nhiệm vụ", "Một nhiệm vụ mới có dự thảo"),
    ),
    COUNCIL_C: (
        ("lines: {}", 'lines:\n  "1.3":\n    score: 1.5\n    answer: {}\n    reason: Sổ theo dõi đã đối chiếu lại'),
    ),
    SELF_B: (
        (
            "- {number: 201/BC-CQB-MH, date: 2024-11-29}",
            "- {number: 201/BC-CQB-MH, date: 2024-11-29}\n      - {number: 202/BC-CQB-MH}",
        ),
    ),
    COUNTS_B: (("rat-tot: 4, tot: 8", "rat-tot: 6, tot: 6"),),
    CYCLE: (
        (
            "extensions:\n",
            "extensions:\n  - {stage: appraisal-2, agency: co-quan-c, by: 2025-02-07, decision: 48/SNV-CCHC-MH}\n",
        ),
    ),
    PLAN: (
        (
            '    due: {working_days: 2, after: {task: "2"}}',
            '    due: {working_days: 2, after: {task: "2"}}\n    done: {date: 2024-12-17}',
        ),
    ),
}


@pytest.fixture
def tiny(repository: Repository) -> Repository:
    """Give the tiny world in git, its round still open: no approval yet, and nobody has complained."""
    repository.write_all({**SCHEMAS, **{path: data for path, data in TINY_FILES.items() if path not in APPROVED}})
    repository.commit("Mở vòng")
    return repository


def edit(repository: Repository, edits: Edits) -> None:
    """Replace texts in files; each must stand there once."""
    for path, pairs in edits.items():
        text = (repository.root / path).read_text(encoding="utf-8")
        for old, new in pairs:
            assert text.count(old) == 1, (path, old)
            text = text.replace(old, new)
        repository.write(path, text)


def told(run_command: RunCommand, repository: Repository, *arguments: str) -> str:
    """Run a command that must succeed and return what it said."""
    outcome = run_command("--repo", str(repository.root), *arguments)

    assert (outcome.code, outcome.stderr) == (0, "")
    return outcome.stdout


def diff_json(run_command: RunCommand, repository: Repository, *arguments: str) -> Any:
    return json.loads(told(run_command, repository, "diff", *arguments, "--format", "json"))


# --- diff -----------------------------------------------------------------------------------------------------------


def test_a_day_of_a_round_as_a_comment(
    tiny: Repository, run_command: RunCommand, golden: Callable[[str, str], None]
) -> None:
    tiny.write("data/access.yml", ACCESS)
    base = tiny.commit("Giao quyền")
    edit(tiny, DAY)
    head = tiny.commit("Thẩm định lần 2")

    def compare(name: str, *arguments: str, language: str = "vi") -> None:
        said = told(run_command, tiny, "--lang", language, "diff", base, head, *arguments)
        golden(f"diff/{name}", said.replace(base[:12], "BASE").replace(head[:12], "HEAD"))

    compare("day.txt")
    compare("day.md", "--format", "markdown")
    compare("day.en.md", "--format", "markdown", language="en")
    compare("day-no-effects.md", "--format", "markdown", "--no-effects")


NEW_FIELDS = {
    "cost": {"title": "Kinh phí", "x-titles": {"en": "budget"}, "description": "Triệu đồng.", "type": "number"},
    "lead_office": {"title": "Phòng chủ trì", "description": "Mã phòng.", "type": "string"},
    "risks": {
        "title": "Các rủi ro",
        "description": "Rủi ro của nhiệm vụ.",
        "type": "array",
        "items": {
            "title": "Rủi ro",
            "x-titles": {"en": "risk"},
            "type": "object",
            "properties": {
                "id": {"title": "Mã", "description": "Mã rủi ro.", "type": "string"},
                "level": {"title": "Mức độ", "description": "Từ 1 đến 5.", "type": "integer"},
            },
            "additionalProperties": False,
        },
    },
}
TOLD_OF_NEW_FIELDS = {
    "vi": [
        "Nhiệm vụ 3, mục kinh phí: 1,5 → 2,5",
        "Thêm mục phòng chủ trì của nhiệm vụ 3: phong-ccb",
        "Rủi ro 3 / cham, mục mức độ: 2 → 4",
        "Thêm rủi ro 3 / thieu-nguoi: 5",
        "Thứ tự các rủi ro 3: cham, nham → nham, cham",
    ],
    "en": [
        "Task 3, budget: 1.5 → 2.5",
        "Added lead office of task 3: phong-ccb",
        "Risk 3 / cham, level: 2 → 4",
        "Added risk 3 / thieu-nguoi: 5",
        "Order of risks 3: cham, nham → nham, cham",
    ],
}


@pytest.mark.parametrize("together", [False, True], ids=["the schema first", "schema and data in one commit"])
def test_a_new_field_of_a_schema_is_told_by_its_title_without_a_line_of_code(
    tiny: Repository, run_command: RunCommand, *, together: bool
) -> None:
    path = "schemas/v1/plan.schema.json"
    schema = json.loads((tiny.root / path).read_text(encoding="utf-8"))
    schema["properties"]["tasks"]["items"]["properties"] |= NEW_FIELDS
    task = '    due: {working_days: 2, after: {task: "2"}}'
    before, after = (
        f"{task}\n    cost: {cost}\n    risks: [{', '.join(f'{{id: {id_}, level: {level}}}' for id_, level in risks)}]"
        for cost, risks in (
            ("1.50", (("cham", 2), ("nham", 1))),
            ("2.5", (("nham", 1), ("cham", 4), ("thieu-nguoi", 5))),
        )
    )
    edit(tiny, {PLAN: ((task, before),)})
    tiny.write(path, json.dumps(schema if not together else json.loads(SCHEMAS[path])))
    base = tiny.commit("Trường mới")
    tiny.write(path, json.dumps(schema))
    edit(tiny, {PLAN: ((before, f"{after}\n    lead_office: phong-ccb"),)})
    head = tiny.commit("Dùng trường mới")

    for language, expected in TOLD_OF_NEW_FIELDS.items():
        text = told(run_command, tiny, "--lang", language, "diff", base, head)
        comment = told(run_command, tiny, "--lang", language, "diff", base, head, "--format", "markdown")
        assert [line for line in expected if f"  {line}  [{PLAN}:" not in text] == []
        assert [line for line in expected if f"- {line} (" not in comment.replace("`", "")] == []

    found = diff_json(run_command, tiny, base, head)["changes"]
    assert {(c["kind"], c["subject"], c["field"], c["before"], c["after"]) for c in found if c["path"] == PLAN} == {
        ("field-changed", "3", "tasks.cost", "1.5", "2.5"),
        ("field-added", "3", "tasks.lead_office", None, "phong-ccb"),
        ("field-changed", "3 / cham", "tasks.risks.level", "2", "4"),
        ("entry-added", "3 / thieu-nguoi", "tasks.risks", None, "5"),
        ("order-changed", "3", "tasks.risks", "cham, nham", "nham, cham"),
    }


def test_the_working_tree_is_compared_where_no_head_is_named(tiny: Repository, run_command: RunCommand) -> None:
    edit(tiny, DAY)
    before = diff_json(run_command, tiny, "HEAD")
    tiny.commit()
    after = diff_json(run_command, tiny, "HEAD~1", "HEAD")

    assert before["head"] is None
    assert {**before, "head": after["head"]} == after


@pytest.mark.parametrize("arguments", [("HEAD",), ("HEAD", "HEAD"), ("HEAD", "--no-effects")], ids=" ".join)
def test_a_state_does_not_differ_from_itself(
    tiny: Repository, run_command: RunCommand, arguments: tuple[str, ...]
) -> None:
    found = diff_json(run_command, tiny, *arguments)

    assert (found["changes"], found["effects"]) == ([], [])
    assert "không có thay đổi nào về nội dung" in told(run_command, tiny, "diff", *arguments)
    assert "không có thay đổi nào về nội dung" in told(run_command, tiny, "diff", *arguments, "--format", "markdown")


def test_order_comments_and_modes_are_no_change(tiny: Repository, run_command: RunCommand) -> None:
    text = (tiny.root / SECOND_A).read_text(encoding="utf-8")
    head, lines = text.split("lines:\n")
    first, second = lines.split('  "1.2":')
    tiny.write(SECOND_A, f'# đã soát\nlines:\n  "1.2":{second}{first}{head}')
    (tiny.root / FIRST_A).chmod(0o755)

    assert diff_json(run_command, tiny, "HEAD")["changes"] == []
    tiny.commit()
    assert diff_json(run_command, tiny, "HEAD~1", "HEAD")["changes"] == []


def test_effects_equal_the_difference_of_two_scores(tiny: Repository, run_command: RunCommand) -> None:
    """Over random sets of edits, each effect is what `score` says of the agency before and after."""
    chance = random.Random(342)  # noqa: S311 - chooses edits, hides nothing
    start = tiny.git("rev-parse", "HEAD")
    for _ in range(6):
        tiny.git("checkout", "--quiet", "--detach", start)
        edit(tiny, dict(chance.sample(sorted(DAY.items()), chance.randint(1, len(DAY)))))
        head = tiny.commit()
        scores = [
            json.loads(told(run_command, tiny, "score", "--rev", rev, "--format", "json")) for rev in (start, head)
        ]
        before, after = ({row["agency"]: row for row in score["agencies"]} for score in scores)
        provisional = {"before": scores[0]["provisional"], "after": scores[1]["provisional"]}
        expected = [
            {
                "year": "2024",
                "agency": agency,
                **{
                    name: {"before": before[agency][name], "after": after[agency][name]}
                    for name in ("points", "out_of", "index", "rank", "grade")
                },
                "provisional": provisional,
            }
            for agency in after
        ]

        found = diff_json(run_command, tiny, start, head)

        scored = any(change["path"] != PLAN for change in found["changes"])
        assert (expected if scored else []) == found["effects"]


def test_where_a_side_cannot_be_read_changes_are_told_and_effects_are_not(
    tiny: Repository, run_command: RunCommand
) -> None:
    edit(tiny, {SECOND_A: (("score: 1.8", "score: nhieu"),)})
    found = diff_json(run_command, tiny, "HEAD")
    text = told(run_command, tiny, "diff", "HEAD")

    assert [change["kind"] for change in found["changes"]] == ["score-changed"]
    assert (found["effects"], found["effects_left_out"]) == ([], [{"year": "2024", "reason": "errors"}])
    assert "có phần không đọc được, nên chưa tính được ảnh hưởng tới xếp hạng." in text


RULES: tuple[tuple[str, Edits, list[tuple[str, str, str, str | None]], list[str], dict[str, str]], ...] = (
    (
        "the points of an option",
        {CRITERIA: (("qua-han: {points: 0.5", "qua-han: {points: 0.25"),)},
        [("co-quan-b", "1.1.1", "0.5", "0.25")],
        ["co-quan-b 1.1.1 0.50/1.00 0.25/1.00"],
        {"co-quan-a": "85.63", "co-quan-c": "69.64", "co-quan-b": "52.44"},
    ),
    (
        "a maximum",  # nothing but the rule can say what half of it is
        {
            CRITERIA: (
                (
                    "            out_of: 2\n            rule: {type: proportional, full_from: 100, zero",
                    "            out_of: 3\n            rule: {type: proportional, full_from: 100, zero",
                ),
            )
        },
        [("co-quan-a", "1.1.2", "1.8", "2.7"), ("co-quan-c", "1.1.2", "2", "3")],
        [
            "co-quan-a 1.1.2 1.80/2.00 2.70/3.00",
            "co-quan-c 1.1.2 2.00/2.00 3.00/3.00",
            "co-quan-b 1.1.2 0.00/2.00 0.00/3.00",
        ],
        {"co-quan-a": "85.85", "co-quan-c": "71.67", "co-quan-b": "51.00"},
    ),
    (
        "the rounding",
        {CYCLE: (("points: {decimals: 2", "points: {decimals: 1"),)},
        [("co-quan-a", "1.3", "1.25", "1.3"), ("co-quan-c", "2.3", "1.37", "1.4"), ("co-quan-b", "1.3", "1.25", "1.3")],
        [
            "co-quan-a 1.3 1.25/1.50 1.3/1.5",
            "co-quan-a 1.4 2.47/3.00 2.5/3.0",
            "co-quan-a 3.2 1.75/2.00 1.7/2.0",
            "co-quan-c 1.4 0.88/1.00 0.9/1.0",
            "co-quan-c 2.3 1.37/2.00 1.4/2.0",
            "co-quan-b 1.3 1.25/1.50 1.3/1.5",
            "co-quan-b 1.4 1.85/3.00 1.8/3.0",
            "co-quan-b 3.2 1.59/2.00 1.6/2.0",
        ],
        {"co-quan-a": "85.79", "co-quan-c": "70.00", "co-quan-b": "53.89"},
    ),
    (
        "an exemption",
        {
            AGENCIES: (
                (
                    "short: CQA\n    ranked: true\n",
                    'short: CQA\n    ranked: true\n    not_applicable:\n      - {criterion: "1.2", reason: Không có}\n',
                ),
            )
        },
        [],
        ["co-quan-a 1.2 1.00/1.50 None/None"],
        {"co-quan-a": "87.26", "co-quan-c": "69.64", "co-quan-b": "53.83"},
    ),
    (
        "the values of a scale, which break no law",
        {SURVEY: (("tot: {value: 0.75", "tot: {value: 0.5"),)},
        [],
        [
            "co-quan-a 1.4 2.47/3.00 2.20/3.00",
            "co-quan-c 1.4 0.88/1.00 0.75/1.00",
            "co-quan-b 1.4 1.85/3.00 1.62/3.00",
        ],
        {"co-quan-a": "84.21", "co-quan-c": "68.71", "co-quan-b": "52.56"},
    ),
    (
        "an option that answers still name, whose points nobody can tell",
        {CRITERIA: (("qua-han: {points: 0.5", "tre-han: {points: 0.5"),)},
        [("co-quan-b", "1.1.1", "0.5", None)],
        [],
        {"co-quan-a": "85.63", "co-quan-c": "69.64", "co-quan-b": "53.83"},
    ),
    (
        "a score over its maximum",
        {SECOND_A: (("score: 1.8\n", "score: 9\n"),)},
        [("co-quan-a", "1.1.2", "9", "1.8")],
        [],  # the line itself changed, and is told as such
        {"co-quan-a": "85.63", "co-quan-c": "69.64", "co-quan-b": "53.83"},
    ),
)


@pytest.mark.parametrize(
    ("edits", "scores", "moved", "indices"), [case[1:] for case in RULES], ids=[case[0] for case in RULES]
)
def test_a_change_of_rules_is_worked_out_by_the_rules_though_standing_scores_break_them(
    tiny: Repository,
    run_command: RunCommand,
    edits: Edits,
    scores: list[tuple[str, str, str, str | None]],
    moved: list[str],
    indices: dict[str, str],
) -> None:
    edit(tiny, edits)
    found = diff_json(run_command, tiny, "HEAD")
    text = told(run_command, tiny, "diff", "HEAD")
    despite = found["effects_despite_errors"]
    listed = [
        tuple(own[key] for key in ("agency", "criterion", "stated", "points"))
        for one in despite
        for own in one["scores"]
    ]

    assert found["effects_left_out"] == []
    assert sorted(listed) == sorted(scores)
    assert moved == [
        " ".join([one["agency"], one["criterion"], *(f"{one['points'][s]}/{one['out_of'][s]}" for s in SIDES)])
        for one in found["lines_moved"]
    ]
    assert ("Tính lại theo cách chấm" in text) == any(one[3] for one in scores if not moved)
    assert {effect["agency"]: effect["index"]["after"] for effect in found["effects"]} == indices
    assert {one["side"] for one in despite} <= {"after"}
    assert ("chỉ để tham khảo" in text) == bool(despite)
    assert ("Không tính lại được 1 điểm, giữ như đã ghi: CQB 1.1.1: 0,50." in text) == (
        ("co-quan-b", "1.1.1", "0.5", None) in scores
    )


def test_lines_that_fit_no_longer_are_listed_with_place_answer_and_what_is_allowed(
    tiny: Repository, run_command: RunCommand
) -> None:
    edit(tiny, dict(RULES[5][1]))
    (one,) = diff_json(run_command, tiny, "HEAD")["lines_unfit"]
    text = told(run_command, tiny, "diff", "HEAD")
    comment = told(run_command, tiny, "diff", "HEAD", "--format", "markdown")
    reserved = told(run_command, tiny, "diff", "HEAD", "--format", "markdown", "--no-effects")
    spot = "data/2024/self-assessment/co-quan-b.yml"

    assert (one["path"], one["line"], one["code"], one["redo"]) == (spot, 7, "unknown-answer", True)
    assert one["figures"] == {"criterion": "1.1.1", "found": "qua-han", "allowed": "dung-han, tre-han, khong"}
    assert f"- {spot}, dòng 7: Tiêu chí 1.1.1: câu trả lời “qua-han”" in text
    assert "dung-han, tre-han, khong" in comment
    assert [said.count("phải ghi lại 1 tiêu chí") for said in (text, comment, reserved)] == [1, 1, 1]
    assert all("**Không có lỗi mới; 1 dòng phải ghi lại vì quy định đổi.**" in said for said in (comment, reserved))
    assert (f"`{spot}`, dòng 7: unknown-answer" in reserved, "qua-han)" in reserved) == (True, False)


def test_a_closed_stage_has_nothing_to_redo_and_its_lines_that_fit_no_longer_are_told_all_the_same(
    repository: Repository, run_command: RunCommand
) -> None:
    repository.write_all({**SCHEMAS, **TINY_FILES})
    repository.commit()
    edit(repository, dict(RULES[0][1]))
    found = diff_json(run_command, repository, "HEAD")["lines_unfit"]
    comment = told(run_command, repository, "diff", "HEAD", "--format", "markdown")

    assert {(one["code"], one["redo"]) for one in found} == {("score-off-rule", False)}
    assert comment.count("`data/2024/self-assessment/co-quan-b.yml`, dòng 8") == 1


def test_what_many_lines_do_is_told_of_a_few_and_the_rest_is_counted(tiny: Repository, run_command: RunCommand) -> None:
    slugs = [f"co-quan-{number}" for number in range(20)]
    (agencies,) = [(tiny.root / AGENCIES).read_text(encoding="utf-8")]
    more = "".join(f"  {slug}: {{name: Cơ quan {slug}, short: {slug}}}\n" for slug in slugs)
    tiny.write(AGENCIES, agencies.rstrip("\n") + "\n" + more)
    claim = (tiny.root / SELF_B).read_text(encoding="utf-8")
    tiny.write_all({SELF_B.replace("co-quan-b", slug): claim for slug in slugs})
    tiny.commit()
    edit(tiny, dict(RULES[0][1]))
    found = diff_json(run_command, tiny, "HEAD")
    text = told(run_command, tiny, "diff", "HEAD")

    assert (len(found["lines_moved"]), len(found["lines_unfit"])) == (21, 22)
    assert "; và 11 mục khác" in text
    assert "- … và 4 mục nữa." in text  # of two sentences on who has to redo them and 22 lines


DAYS: tuple[tuple[str, Edits, list[str], str], ...] = (
    (
        "a window that ends earlier",
        {CYCLE: (("before: 2024-12-05}", "before: 2024-12-04}"),)},
        [
            "self-assessment co-quan-a 2024-12-04 2024-12-03 None None",
            "self-assessment co-quan-c 2024-12-04 2024-12-03 None 1",
        ],
        "- Tự chấm (2024): hạn 04/12/2024 → 03/12/2024 với CQA; CQC. Nay quá hạn (số ngày làm việc): CQC (1).",
    ),
    (
        "an extension taken back",
        {CYCLE: (("agency: co-quan-b, by: 2024-12-06", "agency: co-quan-a, by: 2024-12-06"),)},
        [
            "self-assessment co-quan-a 2024-12-04 2024-12-06 None None",
            "self-assessment co-quan-b 2024-12-06 2024-12-04 None 2",
        ],
        "- Tự chấm (2024): hạn 06/12/2024 → 04/12/2024 với CQB. Nay quá hạn (số ngày làm việc): CQB (2).",
    ),
    (
        "a window that ends later than an extension",
        {CYCLE: (("before: 2024-12-05}", "before: 2024-12-10}"),)},
        [
            "self-assessment co-quan-a 2024-12-04 2024-12-09 None None",
            "self-assessment co-quan-b 2024-12-06 2024-12-09 None None",
            "self-assessment co-quan-c 2024-12-04 2024-12-09 None None",
        ],
        "hạn 04/12/2024 → 09/12/2024 với CQA; CQC.\n- Tự chấm (2024): hạn 06/12/2024 → 09/12/2024 với CQB.",
    ),
    (
        "a day off within working days",
        {
            "data/calendar.yml": (
                (
                    "      - date: 2024-09-02\n",
                    "      - date: 2024-12-23\n        title: Nghỉ bù\n      - date: 2024-09-02\n",
                ),
            )
        },
        [
            "explanation co-quan-a 2024-12-24 2024-12-25 None None",
            "explanation co-quan-b 2024-12-24 2024-12-25 None None",
        ],
        "- Giải trình (2024): hạn 24/12/2024 → 25/12/2024 với CQA; CQB.",
    ),
    ("a date that is no last day", {CYCLE: (("opens: 2024-12-19", "opens: 2024-12-20"),)}, [], ""),
)


@pytest.mark.parametrize(("edits", "days", "sentence"), [case[1:] for case in DAYS], ids=[case[0] for case in DAYS])
def test_who_becomes_late_by_new_windows_extensions_and_days_off_is_told_with_both_days(
    tiny: Repository, run_command: RunCommand, edits: Edits, days: list[str], sentence: str
) -> None:
    tiny.write("README.md", "Kỳ 2024")
    tiny.commit(date="2025-01-20T09:00:00+07:00")  # what the files date later has not happened yet
    edit(tiny, edits)
    there = diff_json(run_command, tiny, "HEAD")["days_moved"]
    text = told(run_command, tiny, "diff", "HEAD")
    comment = told(run_command, tiny, "diff", "HEAD", "--format", "markdown")
    tiny.commit(date="2025-01-20T10:00:00+07:00")
    back = told(run_command, tiny, "diff", "HEAD", "HEAD~1")

    sides = [(key, side) for key in ("last_day", "working_days_late") for side in SIDES]
    assert days == [
        " ".join([one["stage"], one["agency"], *(str(one[key][side]) for key, side in sides)]) for one in there
    ]
    assert (sentence in text, sentence.replace("`", "") in comment.replace("`", "")) == (True, True)
    assert ("Không còn quá hạn: " in back) == ("Nay quá hạn" in sentence)


@pytest.mark.parametrize(
    "new",
    ["before: 2024-02-30}", "working_days: 3}", "by: mai}", "working_days: 0, after: request}", "opens: 2024-11-26}"],
)
def test_a_window_that_is_none_moves_no_day_and_breaks_nothing(
    tiny: Repository, run_command: RunCommand, new: str
) -> None:
    edit(tiny, {CYCLE: (("opens: 2024-11-26, before: 2024-12-05}", new),)})

    for form in ("text", "markdown", "json"):
        told(run_command, tiny, "diff", "HEAD", "--format", form)
        told(run_command, tiny, "diff", "HEAD", "--format", form, "--no-effects")


def test_the_schemas_of_both_states_are_read_once(
    tiny: Repository, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(tiny, {CYCLE: (("opens: 2024-11-26, before: 2024-12-05}", "opens: 2024-11-26, before: 2024-12-06}"),)})
    read: list[str | None] = []
    tree = GitRepository.tree

    def counted(self: GitRepository, revision: str | None, *folders: str) -> Tree:
        read.extend([revision] if "schemas" in folders else [])
        return tree(self, revision, *folders)

    monkeypatch.setattr(GitRepository, "tree", counted)
    told(run_command, tiny, "diff", "HEAD")

    assert read == [tiny.git("rev-parse", "HEAD"), None]


def test_an_agency_under_another_slug_is_one_change_without_effect(tiny: Repository, run_command: RunCommand) -> None:
    for path in sorted(tiny.root.glob("data/2024/**/*.yml")):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("co-quan-a", "co-quan-moi"), encoding="utf-8", newline="\n")
        if path.stem == "co-quan-a":
            path.rename(path.with_stem("co-quan-moi"))
    found = diff_json(run_command, tiny, "HEAD")
    text = told(run_command, tiny, "diff", "HEAD")

    assert [(change["kind"], change["before"], change["after"]) for change in found["changes"]] == [
        ("agency-moved", "co-quan-a", "co-quan-moi"),
    ]
    assert [effect["points"]["before"] == effect["points"]["after"] for effect in found["effects"]] == [True] * 3
    assert "Cơ quan CQA: chuyển từ co-quan-a sang co-quan-moi" in text
    assert found["lines_moved"] == []


def test_a_criterion_under_another_code_moves_lines_by_its_own_maximum_alone(
    tiny: Repository, run_command: RunCommand
) -> None:
    for path in sorted(tiny.root.glob("data/2024/**/*.yml")):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace('"1.3":', '"1.9":'), encoding="utf-8", newline="\n")
    moved = diff_json(run_command, tiny, "HEAD")
    edit(tiny, dict(RULES[2][1]))
    rounded = diff_json(run_command, tiny, "HEAD")

    assert [change["kind"] for change in moved["changes"] if change["path"] == CRITERIA] == ["criterion-moved"]
    assert moved["lines_moved"] == []
    assert ("co-quan-a", "1.9") in {(one["agency"], one["criterion"]) for one in rounded["lines_moved"]}


def test_a_difference_from_the_approved_table_hides_no_effect(repository: Repository, run_command: RunCommand) -> None:
    repository.write_all({**SCHEMAS, **TINY_FILES})
    repository.commit()
    edit(repository, {COUNTS_B: DAY[COUNTS_B]})

    found = diff_json(run_command, repository, "HEAD")
    comment = told(run_command, repository, "diff", "HEAD", "--format", "markdown")

    assert [e["agency"] for e in found["effects"] if e["index"]["before"] != e["index"]["after"]] == ["co-quan-b"]
    assert "lỗi phải sửa" in comment


def test_who_approves_new_rules_is_told_though_the_policy_names_only_other_kinds(
    repository: Repository, run_command: RunCommand
) -> None:
    repository.write_all({**SCHEMAS, **TINY_FILES})
    repository.write("data/access.yml", ACCESS.replace("council-decision, rules, survey]}", "council-decision]}"))
    repository.commit()
    edit(repository, {CYCLE: (("before: 2024-12-05", "before: 2024-12-06"),)})
    comment = told(run_command, repository, "diff", "HEAD", "--format", "markdown")

    assert "Quy tắc và danh mục: một người thứ hai có vai trò `lanh-dao`" in comment


def test_without_effects_nothing_tells_the_ranking(repository: Repository, run_command: RunCommand) -> None:
    """Not the table, not an approved row, and no message of a law that computed it."""
    repository.write_all({**SCHEMAS, **TINY_FILES})
    base = repository.commit()
    edit(repository, {COUNTS_B: DAY[COUNTS_B], "data/2024/approval.yml": (("index: 59.39", "index: 59.40"),)})
    head = repository.commit()
    effects = diff_json(run_command, repository, base, head)["effects"]
    figures = {effect[name][side] for effect in effects for name in ("index", "points") for side in ("before", "after")}
    figures |= {figure.replace(".", ",") for figure in figures} | {"59.40", "59,40"}

    assert len(figures) == 18
    for form in ("text", "markdown", "json"):
        said = told(run_command, repository, "diff", base, head, "--no-effects", "--format", form)

        assert sorted(figure for figure in figures if figure in said) == []
        assert "counts" in said or "Số liệu điều tra" in said
        assert "Xếp loại" not in said


CASES_OF_REVISIONS = [
    (("diff", "nhanh-khong-co"), "Không tìm thấy phiên bản nhanh-khong-co trong kho."),
    (("diff", "--", "--output=x"), "Tên phiên bản --output=x không hợp lệ."),
    (("diff", "HEAD", "HEAD:data"), "Tên phiên bản HEAD:data không hợp lệ."),
    (("diff",), "còn thiếu BASE"),
    (("check", "--since", "nhanh-khong-co"), "Không tìm thấy phiên bản nhanh-khong-co trong kho."),
]


@pytest.mark.parametrize(
    ("arguments", "expected"), CASES_OF_REVISIONS, ids=[" ".join(case[0]) for case in CASES_OF_REVISIONS]
)
def test_a_revision_that_is_none_is_said_in_one_line(
    tiny: Repository, run_command: RunCommand, arguments: tuple[str, ...], expected: str
) -> None:
    outcome = run_command("--repo", str(tiny.root), *arguments)

    assert (outcome.code, outcome.stdout, outcome.stderr.count("\n")) == (2, "", 1)
    assert expected in outcome.stderr
    assert not (tiny.root / "x").exists()


def test_of_a_copy_without_older_history_a_missing_revision_is_said_to_be_left_out(
    tiny: Repository, run_command: RunCommand, tmp_path: Path
) -> None:
    tiny.write("data/2024/appraisal-1/x.yml", "format: 1\n")
    tiny.commit()
    tiny.git("clone", "--quiet", "--depth", "1", tiny.root.as_uri(), str(tmp_path / "cut"))

    outcome = run_command("--repo", str(tmp_path / "cut"), "diff", "HEAD~1")

    assert (outcome.code, outcome.stdout) == (2, "")
    assert "HEAD~1: bản sao này thiếu lịch sử cũ. Hãy lấy đủ bằng git fetch --unshallow" in outcome.stderr


def test_a_new_year_has_effects_from_nothing(tiny: Repository, run_command: RunCommand) -> None:
    start = tiny.git("rev-parse", "HEAD")
    tiny.copy(tiny.root / "data" / "2024", "data/2025")
    head = tiny.commit()
    there = diff_json(run_command, tiny, start, head)
    back = diff_json(run_command, tiny, head, start)

    assert {"2025"} == {effect["year"] for effect in there["effects"]}
    assert {None} == {effect["index"]["before"] for effect in there["effects"]}
    assert [effect["index"]["after"] for effect in there["effects"]] == [e["index"]["before"] for e in back["effects"]]


def test_a_state_without_data_or_schemas_is_nothing(repository: Repository, run_command: RunCommand) -> None:
    repository.write("README.md", "a")
    empty = repository.commit()
    repository.write_all({**SCHEMAS, **{path: data for path, data in TINY_FILES.items() if path not in APPROVED}})
    full = repository.commit()

    found = diff_json(run_command, repository, empty, full)
    brought = run_command("--repo", str(repository.root), "check", "--since", empty)

    assert {"added"} == {change["kind"].rpartition("-")[2] for change in found["changes"]}
    assert len(found["effects"]) == 3
    assert brought.code == 0


def test_links_odd_names_and_removed_files_are_told_plainly(tiny: Repository, run_command: RunCommand) -> None:
    (tiny.root / SECOND_C).unlink()
    (tiny.root / SECOND_C).symlink_to("co-quan-a.yml")
    tiny.remove(COUNCIL_C)
    tiny.write("data/2024/@nhom|#1 `x`.yml", "a: b\n")
    (tiny.root / "data/2024" / "\udcff.yml").touch()
    tree = diff_json(run_command, tiny, "HEAD")
    tiny.commit()
    found = diff_json(run_command, tiny, "HEAD~1", "HEAD")

    assert tree["changes"] == found["changes"]
    assert [(change["kind"], change["path"]) for change in found["changes"]] == [
        ("file-added", "data/2024/@nhom|#1 `x`.yml"),
        ("file-unreadable", "data/2024/@nhom|#1 `x`.yml"),
        ("file-unreadable", SECOND_C),
        ("field-removed", COUNCIL_C),
        ("file-removed", COUNCIL_C),
        ("file-added", "data/2024/\udcff.yml"),
        ("file-unreadable", "data/2024/\udcff.yml"),
    ]
    assert {"rules"} == {change["right"] for change in found["changes"] if change["kind"] == "file-unreadable"}


def test_attributes_and_replaced_objects_hide_nothing(tiny: Repository, run_command: RunCommand) -> None:
    start = tiny.git("rev-parse", "HEAD")
    edit(tiny, {SECOND_A: DAY[SECOND_A]})
    tiny.write(".gitattributes", "data/** -diff\n")
    head = tiny.commit()
    tiny.git("replace", head, start)

    assert sorted(change["kind"] for change in diff_json(run_command, tiny, start, head)["changes"]) == [
        "answer-changed",
        "reason-changed",
        "score-changed",
    ]


# --- check --since --------------------------------------------------------------------------------------------------

OLD_ERROR: Edits = {FIRST_A: (("score: 1.72", "score: 1.6"),)}  # off its rule, in the file of agency A
RULE: Edits = {CRITERIA: (("          floor: 0\n", "          floor: 0.25\n"),)}  # C's score of 1.3 is under it


@pytest.mark.parametrize(
    ("before", "after", "code", "expected", "elsewhere"),
    [
        ({}, {SECOND_A: DAY[SECOND_A]}, 0, [], (0, 0)),
        ({}, OLD_ERROR, 1, [("score-off-rule", FIRST_A)], (0, 0)),
        (OLD_ERROR, {SECOND_A: DAY[SECOND_A]}, 0, [], (1, 0)),
        (OLD_ERROR, {FIRST_A: (("sent: 2024-12-17", "sent: 2024-12-18"),)}, 1, [("score-off-rule", FIRST_A)], (0, 0)),
        (OLD_ERROR, RULE, 0, [], (1, 0)),
        (OLD_ERROR, {"data/bodies.yml": (("so-noi-vu:", "so-noi-vu-cu:"),)}, 1, None, None),
    ],
    ids=[
        "a sound change",
        "an error brought",
        "an error that stood elsewhere",
        "an error left in a file that was touched",
        "a line of an open stage that a new rule made wrong",
        "a body gone that everything names",
    ],
)
def test_only_what_a_change_brought_or_left_is_reported(
    tiny: Repository,
    run_command: RunCommand,
    before: Edits,
    after: Edits,
    code: int,
    expected: list[tuple[str, str]] | None,
    elsewhere: tuple[int, int] | None,
) -> None:
    edit(tiny, before)
    tiny.commit()
    edit(tiny, after)
    outcome = run_command("--repo", str(tiny.root), "check", "--since", "HEAD", "--format", "json")
    found = json.loads(outcome.stdout)
    whole = json.loads(run_command("--repo", str(tiny.root), "check", "--format", "json").stdout)
    errors = [problem for problem in found["problems"] if problem["severity"] == "error"]

    assert code == outcome.code
    assert expected is None or expected == [(problem["code"], problem["path"]) for problem in errors]
    assert elsewhere is None or elsewhere == (found["elsewhere"]["errors"], found["elsewhere"]["warnings"])
    redo = sum(len(entry["criteria"]) for entry in found["pending"] if entry["redo"])
    assert len(whole["problems"]) == len(found["problems"]) + sum(found["elsewhere"].values()) + redo


def test_every_form_of_check_says_what_stands_elsewhere(tiny: Repository, run_command: RunCommand) -> None:
    edit(tiny, OLD_ERROR)
    base = tiny.commit()
    edit(tiny, {SECOND_A: (("score: 1.8", "score: 9"),)})
    tiny.commit()
    said = (
        f"do thay đổi từ {base[:12]} gây ra, hoặc còn lại trong các tệp được sửa; "
        "các tệp khác đã có sẵn 1 lỗi, 0 cảnh báo."
    )

    for form in ("text", "github", "markdown"):
        outcome = run_command("--repo", str(tiny.root), "check", "--rev", "HEAD", "--since", base, "--format", form)

        assert outcome.code == 1
        assert said in outcome.stdout
        assert FIRST_A not in outcome.stdout
    found = json.loads(run_command("--repo", str(tiny.root), "check", "--since", base, "--format", "json").stdout)
    assert (base, {"errors": 1, "warnings": 0}) == (found["since"], found["elsewhere"])


def test_two_branches_that_are_fine_alone_and_wrong_together_are_named(
    tiny: Repository, run_command: RunCommand
) -> None:
    """One branch lets an option go that nobody chose; the other chooses it, and has to choose again."""
    start = tiny.git("rev-parse", "HEAD")
    edit(
        tiny,
        {
            CRITERIA: (("                qua-han: {points: 0.5, title: Muộn đến 15 ngày}\n", ""),),
            SELF_B: (("answer: qua-han\n    score: 0.5", "answer: dung-han\n    score: 1"),),
            "data/2024/appraisal-1/co-quan-b.yml": (('"1.1.1":\n    score: 0.5', '"1.1.1":\n    score: 1'),),
        },
    )
    one = tiny.commit()
    tiny.git("checkout", "--quiet", "-b", "khac", start)
    edit(
        tiny,
        {
            "data/2024/self-assessment/co-quan-a.yml": (
                ("answer: dung-han\n    score: 1", "answer: qua-han\n    score: 0.5"),
            ),
            FIRST_A: (('"1.1.1":\n    score: 1', '"1.1.1":\n    score: 0.5'),),
        },
    )
    other = tiny.commit()
    alone = [
        run_command("--repo", str(tiny.root), "check", "--rev", rev, "--since", start).code for rev in (one, other)
    ]
    tiny.git(
        "merge",
        "--quiet",
        "-m",
        "Gộp",
        one,
        GIT_AUTHOR_NAME="a",
        GIT_AUTHOR_EMAIL="a@b",
        GIT_COMMITTER_NAME="a",
        GIT_COMMITTER_EMAIL="a@b",
    )
    together = run_command("--repo", str(tiny.root), "check", "--since", other)

    whole = run_command("--repo", str(tiny.root), "check")

    assert alone == [0, 0]
    assert "Tự chấm (2024): phải ghi lại 1 tiêu chí của 1 cơ quan" in together.stdout
    assert re.findall(r"^(\S+?):\d+:\d+: lỗi (\S+):", whole.stdout, re.MULTILINE)[0] == (
        "data/2024/self-assessment/co-quan-a.yml",
        "unknown-answer",
    )


def test_agencies_that_stay_as_they_were_are_named_as_far_as_anybody_reads_them(
    tiny: Repository, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(tiny, {SECOND_A: DAY[SECOND_A]})
    tiny.commit("Sửa")
    whole = run_command("--repo", str(tiny.root), "diff", "HEAD~1").stdout
    for module in ("ground.text", "rounds.change_words"):
        monkeypatch.setattr(f"pipeline.core.{module}.MOST_LISTED", 1)

    told = run_command("--repo", str(tiny.root), "diff", "HEAD~1").stdout

    assert re.search(r"Không đổi: [^,]+, [^,]+\.$", whole, re.MULTILINE)
    assert re.search(r"Không đổi: [^,]+, …\.$", told, re.MULTILINE)


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_where_no_result_changes_one_sentence_says_so_and_names_nobody(
    tiny: Repository, run_command: RunCommand, form: str
) -> None:
    edit(tiny, {SECOND_A: (("Đã có tài liệu kiểm chứng", "Nay đã có tài liệu kiểm chứng"),)})
    said = told(run_command, tiny, "diff", "HEAD", "--format", form)

    assert "Điểm, chỉ số, xếp hạng, xếp loại của mọi cơ quan giữ nguyên." in said
    assert ("Ảnh hưởng" in said, "Không đổi" in said) == (False, False)


def test_a_year_that_becomes_complete_or_incomplete_is_told_although_no_figure_moves(
    tiny: Repository, run_command: RunCommand
) -> None:
    path = COUNCIL_C.replace("co-quan-c", "co-quan-a")
    tiny.remove(path)
    lost = told(run_command, tiny, "diff", "HEAD")
    tiny.commit("Bỏ")
    tiny.write(path, TINY_FILES[path])
    gained = told(run_command, tiny, "diff", "HEAD")

    assert [said.count("của mọi cơ quan giữ nguyên.") for said in (lost, gained)] == [1, 1]
    assert "SỐ LIỆU TẠM THỜI: còn thiếu 0 → 1 mục" in lost
    assert "Sau thay đổi này kỳ đã đủ số liệu; trước đó còn thiếu 1 mục." in gained
    assert "TẠM THỜI" not in gained


def test_what_edited_lines_amendments_and_counts_do_to_a_criterion_is_told_where_no_score_says_it(
    tiny: Repository, run_command: RunCommand
) -> None:
    edit(tiny, {path: DAY[path] for path in (SECOND_A, COUNCIL_C, COUNTS_B)})
    found = diff_json(run_command, tiny, "HEAD")
    tiny.commit("Sửa")
    committed = diff_json(run_command, tiny, "HEAD~1", "HEAD")

    # 1.1.2 of A: the changed score says 1.80 -> 1.76 by itself.
    assert [(one["agency"], one["criterion"], one["stage"], one["points"]) for one in found["criteria_moved"]] == [
        ("co-quan-c", "1.3", "council-decision", {"before": "0.00", "after": "1.50"}),
        ("co-quan-b", "1.4", "survey", {"before": "1.85", "after": "1.87"}),
    ]
    assert found["lines_moved"] == []
    assert committed["criteria_moved"] == found["criteria_moved"]


def test_a_line_that_came_moves_its_criterion_also_where_only_stages_were_touched(
    tiny: Repository, run_command: RunCommand
) -> None:
    edit(tiny, {COUNCIL_C: DAY[COUNCIL_C]})
    tiny.commit("Sửa")
    (line,) = diff_json(run_command, tiny, "HEAD~1", "HEAD")["criteria_moved"]

    assert (line["agency"], line["criterion"], line["points"]["before"], line["points"]["after"]) == (
        *("co-quan-c", "1.3", "0.00", "1.50"),
    )

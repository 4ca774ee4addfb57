"""Changes in words: every kind has some, typed text stays inert, and a comment never outgrows its limit.

What counts as a change is the matter of test_changes, the command that of test_diff_command.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

import pytest

from pipeline.adapters.messages import LANGUAGES
from pipeline.core.ground.problems import Brought, Problem, brought
from pipeline.core.index.scoring import score
from pipeline.core.record import access
from pipeline.core.record.schema_fields import SchemaFields, schemas_from
from pipeline.core.rounds import changes
from pipeline.core.rounds.change_words import (
    MOST_CHARACTERS,
    Difference,
    difference_markdown,
    difference_text,
    years_scored,
    years_touched,
)
from pipeline.core.rounds.changes import ADDED, CHANGED, MOVED, REMOVED, UNREADABLE, Change
from pipeline.core.rounds.rule_effects import MovedDay, MovedLine
from pipeline.flows.wording import load_labels
from tests.markup import HOSTILE, Rendered, acts
from tests.tiny import SCHEMAS, TINY_FILES, snapshot_of

BASE, HEAD = "0123456789abcdef" * 2 + "01234567", "89abcdef" * 5
FILE = "data/2024/appraisal-1/cuc-thue.yml"
AGENCIES, SECOND_A = "data/2024/agencies.yml", "data/2024/appraisal-2/co-quan-a.yml"
LABELS = load_labels("vi")
FIELDS = SchemaFields(schemas_from(SCHEMAS))


def change(kind: str = "score-changed", **more: object) -> Change:
    told: dict[str, object] = {
        "kind": kind,
        "right": "appraisal-1",
        "path": FILE,
        "line": 12,
        "year": "2024",
        "stage": "appraisal-1",
        "agency": "cuc-thue",
        "criterion": "2.3.1",
    }
    return Change(**{**told, **more})  # type: ignore[arg-type]


def difference(*told: Change, **more: object) -> Difference:
    return Difference(BASE, HEAD, told, **{"fields": FIELDS, **more})  # type: ignore[arg-type]


def sentence(told: Change) -> str:
    """Return the sentence of one change, without its place."""
    line = difference_text(difference(told), LABELS).splitlines()[3]
    return line.strip().partition("  [")[0]


# --- words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_change_and_every_right_has_its_words(language: str) -> None:
    labels = load_labels(language)
    rights = [right for right in access.KINDS if not labels.has(f"stage.{right}")]

    assert [stem for stem in sorted(changes.STEMS) if not labels.has(f"diff.noun.{stem}")] == [
        "entry",
        "field",
    ]  # titles
    assert [
        what for what in (ADDED, REMOVED, CHANGED, MOVED, UNREADABLE) if not labels.has(f"diff.sentence.{what}")
    ] == []
    assert [right for right in rights if not labels.has(f"diff.right.{right}")] == []


def test_both_languages_have_the_same_words() -> None:
    vi, en = ({key for key in load_labels(language).texts if key.startswith("diff.")} for language in LANGUAGES)

    assert vi == {key for key in en if not key.endswith("-one")}


SENTENCES = [
    (
        change(before="0.98", after="0.9", reason="Có 12 nhiệm vụ chưa xong"),
        "Điểm 2.3.1 của cuc-thue: 0,98 → 0,9, lý do: Có 12 nhiệm vụ chưa xong",
    ),
    (change("reason-added", after="Muộn", reason="Muộn"), "Thêm lý do 2.3.1 của cuc-thue: Muộn"),
    (change("line-removed", before="1.5"), "Bỏ dòng chấm 2.3.1 của cuc-thue: 1,5"),
    (
        change("line-added", after="not-applicable", reason="Không có đơn vị"),
        "Thêm dòng chấm 2.3.1 của cuc-thue: không áp dụng, lý do: Không có đơn vị",
    ),
    (change("line-moved", before="2.2", after="2.3.1"), "Dòng chấm 2.3.1 của cuc-thue: chuyển từ 2.2 sang 2.3.1"),
    (change("request-added", after="true"), "Thêm yêu cầu giải trình 2.3.1 của cuc-thue"),
    (
        change("answer-changed", before="{assigned: 120, done: 118}", after="{assigned: 120, done: 108}"),
        "Số liệu 2.3.1 của cuc-thue: 118/120 → 108/120",
    ),
    (
        change(
            "answer-changed",
            criterion="3.3.1",
            before="{assigned: 318900, done: 312480}",
            after="{assigned: 8, done: 7.5}",
        ),
        "Số liệu 3.3.1 của cuc-thue: 312.480/318.900 → 7,5/8",
    ),
    (
        change("field-changed", criterion=None, field="sent", before="2024-12-17", after="2024-12-18"),
        "Ngày gửi kết quả của cuc-thue: 17/12/2024 → 18/12/2024",
    ),
    (
        change("field-added", criterion=None, field="requested", after='{date: 2024-12-19, number: "1: a"}'),
        "Thêm văn bản đề nghị giải trình của cuc-thue: ngày ban hành: 19/12/2024, số, ký hiệu: 1: a",
    ),
    (
        change(
            "entry-added",
            criterion=None,
            field="extensions",
            after="{by: 2024-12-09, decision: 1/SNV}",
            right="rules",
            path="data/2024/cycle.yml",
        ),
        "Thêm gia hạn, bước Thẩm định lần 1 của cuc-thue: đến hết ngày: 09/12/2024, văn bản gia hạn: 1/SNV",
    ),
    (
        change(
            "field-changed",
            criterion=None,
            agency=None,
            field="stages.before",
            before="2024-12-18",
            after="2024-12-20",
            path="data/2024/cycle.yml",
        ),
        "Bước Thẩm định lần 1, mục trước ngày: 18/12/2024 → 20/12/2024",
    ),
    (
        change(
            "field-added",
            stage=None,
            agency=None,
            criterion=None,
            subject="8",
            field="tasks.done",
            after="{date: 2024-12-20}",
            path="data/2024/plan.yml",
        ),
        "Thêm mục đã hoàn thành của nhiệm vụ 8: ngày hoàn thành: 20/12/2024",
    ),
    (
        change("amendment-added", subject="0001", after="2", reason="Khiếu nại", path="data/2024/amendments/0001.yml"),
        "Thêm đính chính 0001, 2.3.1, bước Thẩm định lần 1 của cuc-thue: 2, lý do: Khiếu nại",
    ),
    (
        change(
            "amendment-added",
            subject="0002",
            after="1",
            reason="Khiếu nại",
            path="data/2024/amendments/0002.yml",
            content=(
                ("expect", "0.5"),
                ("line.answer", "{assigned: 25, done: 8}"),
                ("line.reason", "Tính đủ"),
                ("decision", "05/QĐ-MH 2025-03-14"),
            ),
        ),
        (
            "Thêm đính chính 0002, 2.3.1, bước Thẩm định lần 1 của cuc-thue: 0,5 → 1, lý do: Khiếu nại; "
            "số liệu: 8/25; lý do của dòng mới: Tính đủ; quyết định: 05/QĐ-MH 14/03/2025"
        ),
    ),
    (
        change(
            "line-added",
            after="1.5",
            reason="Thiếu hai tài liệu",
            content=(
                ("answer", "{assigned: 20, done: 19}"),
                ("by", "so-noi-vu"),
                ("request", "true"),
                ("evidence", "9/TB-MH 2024-12-16; 10/TB-MH"),
            ),
        ),
        (
            "Thêm dòng chấm 2.3.1 của cuc-thue: 1,5, lý do: Thiếu hai tài liệu; số liệu: 19/20; "
            "cơ quan theo dõi: so-noi-vu; yêu cầu giải trình: có; tài liệu kiểm chứng: 9/TB-MH 16/12/2024; 10/TB-MH"
        ),
    ),
    (
        change(
            "field-added",
            stage=None,
            agency=None,
            criterion=None,
            subject=f"an / ssh-ed25519 {'A' * 68}",
            field="people.keys.until",
            after="2024-12-31",
            path="data/access.yml",
        ),
        "Thêm mục đến ngày của khóa ký an / ssh-ed25519 AAAA…AAAAAAAAAAAA: 31/12/2024",
    ),
    (
        change("schema-changed", stage=None, agency=None, criterion=None, subject="schemas/a"),
        "Lược đồ schemas/a thay đổi",
    ),
    (
        change("file-unreadable", criterion=None, subject=FILE),
        f"Không đọc được tệp {FILE} của cuc-thue như các bản ghi",
    ),
]


@pytest.mark.parametrize(
    ("told", "expected"), SENTENCES, ids=[f"{told.kind} {told.field or told.subject or ''}" for told, _ in SENTENCES]
)
def test_a_change_is_one_readable_sentence(told: Change, expected: str) -> None:
    assert expected == sentence(told)


def test_a_reason_is_said_once_with_the_first_thing_that_it_explains() -> None:
    reason = "Theo báo cáo"
    told = difference_text(
        difference(
            change("answer-added", after="2", reason=reason),
            change("reason-added", after=reason, reason=reason),
            change(before="1", after="2", reason=reason),
        ),
        LABELS,
    )

    assert told.splitlines()[3:5] == [
        f"  Điểm 2.3.1 của cuc-thue: 1 → 2, lý do: Theo báo cáo  [{FILE}:12]",
        f"  Thêm số liệu 2.3.1 của cuc-thue: 2  [{FILE}:12]",
    ]


def test_a_reason_that_replaces_another_is_said_once_beside_it() -> None:
    told = difference_text(
        difference(
            change(before="1", after="2", reason="Đã nộp đủ"),
            change("reason-changed", before="Thiếu tài liệu", after="Đã nộp đủ", reason="Đã nộp đủ"),
        ),
        LABELS,
    )

    assert told.splitlines()[3:5] == [
        f"  Điểm 2.3.1 của cuc-thue: 1 → 2  [{FILE}:12]",
        f"  Lý do 2.3.1 của cuc-thue: Thiếu tài liệu → Đã nộp đủ  [{FILE}:12]",
    ]


# --- typed text is inert --------------------------------------------------------------------------------------------


def typed(text: str) -> str:
    """Return a comment in which every typed text is the one given."""
    problem = Problem("evidence-missing", "error", f"data/{text}.yml", 3, 1, {"criterion": text, "title": text})
    told = difference(
        change(before=text, after=f"{text}2", reason=f"{text}3"),
        change("evidence-changed", subject=text, field=text, before=text, after=f"{text}2"),
        change("line-added", content=(("answer", text), ("explanation", text), ("by", text), ("evidence", text))),
        change("amendment-added", subject=text, content=(("expect", text), ("line.reason", text), ("decision", text))),
        change("file-added", criterion=text, agency=text, subject=text, path=f"data/{text}.yml", year=text),
        brought=Brought((problem,), ()),
    )
    return difference_markdown(told, LABELS, approvers={"appraisal-1": [text]})


@pytest.mark.parametrize("text", HOSTILE)
def test_typed_text_adds_no_element_and_calls_nobody(text: str) -> None:
    comment, harmless = typed(text), typed("xin chào")
    found, expected = Rendered(comment), Rendered(harmless)
    del found.elements["code []"], expected.elements["code []"]

    assert expected.elements == found.elements
    assert acts(harmless) == acts(comment)
    assert len(harmless.splitlines()) == len(comment.splitlines())


@pytest.mark.parametrize("text", HOSTILE)
def test_what_new_rules_do_is_told_without_letting_names_act(text: str) -> None:
    def told(name: str) -> str:
        line = MovedLine("2024", name, name, None, ("1.00", "2.00"), ("1.00", None), None)
        day = MovedDay("2024", "appraisal-1", name, (None, "2024-12-06"), (2, None))
        redo = Problem("evidence-missing", "error", f"data/{name}.yml", 3, 1, {"criterion": name})
        return difference_markdown(difference(moved=(line,), days=(day,), brought=Brought((), (), (redo,))), LABELS)

    comment, harmless = told(text), told("xin chào")
    found, expected = Rendered(comment), Rendered(harmless)
    del found.elements["code []"], expected.elements["code []"]

    assert expected.elements == found.elements
    assert acts(harmless) == acts(comment)


@pytest.mark.parametrize("text", ["|", "\\|", "a | b", "`|`", "@ai | #12 |"])
def test_the_name_of_an_agency_stays_in_its_cell(text: str) -> None:
    named = TINY_FILES | {AGENCIES: TINY_FILES[AGENCIES].replace(b"short: CQA", f"short: {json.dumps(text)}".encode())}
    before, after = (
        snapshot_of(named | {SECOND_A: TINY_FILES[SECOND_A].replace(b"score: 1.8\n", score_line)}).world.years["2024"]
        for score_line in (b"score: 1.8\n", b"score: 1.76\n")
    )
    league = ({"2024": score(before)}, {"2024": score(after)})
    comment = difference_markdown(difference(change(), results=league, years={"2024": (after,)}), LABELS)
    rendered = Rendered(comment)

    assert sum(count for element, count in rendered.elements.items() if element.startswith("td ")) == 6
    assert " ".join(text.split()) in rendered.code


def test_a_verdict_says_when_it_rests_on_schemas_that_the_change_edits() -> None:
    told = LABELS.text("diff.verdict.schemas")
    edited = change("schema-changed", stage=None, agency=None, criterion=None, subject="schemas/a")

    assert told in difference_markdown(difference(edited), LABELS)
    assert told not in difference_markdown(difference(change()), LABELS)


def test_text_for_a_terminal_keeps_one_line_and_hides_nothing() -> None:
    told = difference_text(
        difference(change(before="a\nb\x1b[31m", after="\u202ec\udcff", path="data/\x07\n.yml")), LABELS
    )

    assert re.findall(r"[\x00-\x09\x0b-\x1f\u202e\udcff]", told) == []
    assert len(difference_text(difference(change(before="a", after="b")), LABELS).splitlines()) == len(
        told.splitlines()
    )


@pytest.mark.parametrize("before", ["2024-13-01", '{"from": "2024-00-41"}'])
def test_a_day_that_no_calendar_has_is_told_as_it_was_written(before: str) -> None:
    told = difference_text(difference(change(before=before, after="2024-12-01")), LABELS)

    assert re.findall(r"2024-\d\d-\d\d", before) == re.findall(r"2024-\d\d-\d\d", told)


# --- the limit ------------------------------------------------------------------------------------------------------


def many(count: int, words: str = "lý do") -> Difference:
    """Return a difference of many lines of many agencies."""
    told = (
        change(
            before=str(n),
            after=str(n + 1),
            criterion=f"1.{n % 50}",
            agency=f"co-quan-{n // 50}",
            path=f"data/2024/appraisal-1/co-quan-{n // 50}.yml",
            reason=f"{words} {n}",
        )
        for n in range(count)
    )
    return difference(*told)


@pytest.mark.parametrize("words", ["lý do", "@#|<`" * 500, "chữ " * 500], ids=["short", "hostile", "long"])
@pytest.mark.parametrize("count", [1, 200, 500, 2_000, 20_000])
def test_a_comment_stays_under_its_limit(count: int, words: str) -> None:
    assert len(difference_markdown(many(count, words), LABELS)) < MOST_CHARACTERS


def test_the_limit_holds_for_problems_agencies_and_roles_too() -> None:
    problems = tuple(
        Problem("evidence-missing", "error", f"data/2024/{n}.yml", n, 1, {"criterion": "@" * 300}) for n in range(3_000)
    )
    roles = {right: ["&" * 80] * 60 for right in access.KINDS}
    sides = ("1" * 50, "2" * 50)
    told = difference(
        *many(3_000, "@" * 900).changes,
        brought=Brought(problems, problems, problems),
        moved=tuple(
            MovedLine(f"{n % 60}", f"{'@' * 80}{n}", f"1.{n % 90}", None, sides, sides, None) for n in range(3_000)
        ),
        days=tuple(
            MovedDay("2024", "appraisal-1", f"{'@' * 80}{n}", (None, f"{2000 + n}-01-01"), (None, n))
            for n in range(3_000)
        ),
    )

    assert len(difference_markdown(told, LABELS, approvers=roles)) < MOST_CHARACTERS


def test_nothing_is_cut_where_all_fits() -> None:
    comment = difference_markdown(many(50), LABELS)

    assert "Đã cắt bớt" not in comment
    assert comment.count("lý do: `lý do") == 50


def test_what_changed_to_what_is_lost_last_and_the_comment_says_what_was_cut() -> None:
    comment = difference_markdown(many(450, "chữ " * 90), LABELS)

    assert [n for n in range(450) if f": {n} → {n + 1}" not in comment] == []
    assert comment.splitlines()[-1] == (
        "Đã rút gọn cho vừa một bình luận, bỏ bớt: phần của mỗi đoạn chữ quá 80 ký tự; tên tiêu chí; tệp và dòng. "
        f"Xem đủ: `parindex diff {BASE[:12]} {HEAD[:12]}`"
    )


def test_what_does_not_fit_at_all_is_counted() -> None:
    few, counted = (difference_markdown(many(20_000, words), LABELS) for words in ("lý do", "@#|<`" * 50))

    assert "20000 thay đổi trong 400 tệp" in few
    assert few.count("- … và 45 mục nữa.") == 100
    assert "… và 300 nhóm thay đổi nữa." in few
    assert few == counted


# --- which problems a change brought --------------------------------------------------------------------------------


def problem(code: str, path: str = "a.yml", line: int = 1, **figures: str) -> Problem:
    return Problem(code, "error", path, line, 1, figures)


@pytest.mark.parametrize(
    ("before", "after", "touched", "expected"),
    [
        ([], [problem("x")], ["a.yml"], [problem("x")]),
        ([problem("x")], [problem("x")], ["a.yml"], [problem("x")]),
        ([problem("x")], [problem("x")], [], []),
        ([problem("x", line=1)], [problem("x", line=9)], [], []),
        ([problem("x", points="1")], [problem("x", points="2")], [], [problem("x", points="2")]),
        ([], [problem("x", path="b.yml")], ["a.yml"], [problem("x", path="b.yml")]),
        ([problem("x")], [problem("x"), problem("x", line=2)], [], [problem("x", line=2)]),
        ([problem("x"), problem("y")], [problem("y")], [], []),
    ],
    ids=[
        "brought into a touched file",
        "left in a touched file",
        "stood elsewhere",
        "stood elsewhere, on another line",
        "other figures",
        "brought to another file",
        "once more than before",
        "one cured",
    ],
)
def test_a_problem_is_brought_unless_the_same_stood_in_an_untouched_file(
    before: list[Problem], after: list[Problem], touched: list[str], expected: list[Problem]
) -> None:
    parted = brought(before, after, touched)

    assert tuple(expected) == parted.problems
    assert sorted(map(str, after)) == sorted(map(str, (*parted.problems, *parted.elsewhere)))


@pytest.mark.parametrize(
    ("paths", "touched", "scored"),
    [
        ([], frozenset(), frozenset()),
        (["data/2024/plan.yml"], {"2024"}, frozenset()),
        (["data/2024/cycle.yml", "data/2025-b/survey/so/a.yml"], {"2024", "2025-b"}, {"2024", "2025-b"}),
        (["data/2024/agencies.yml"], None, {"2024"}),
        (["data/2024/ghi-chu.txt"], {"2024"}, frozenset()),
        (["data/bodies.yml", "data/2024/criteria.yml"], None, {"2024"}),
        (["schemas/v1/cycle.schema.json"], None, frozenset()),
    ],
)
def test_a_path_touches_its_year_or_all(paths: Iterable[str], touched: set[str] | None, scored: set[str]) -> None:
    assert (touched, scored) == (years_touched(paths), years_scored(paths))

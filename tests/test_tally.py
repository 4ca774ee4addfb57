"""Counting forms: what each tool exports comes to the same counts, every rule of validity, moments, the same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
from conftest import Repository, RunCommand
from tallyworlds import HEADER, LEADERS, STAFF, SURVEY, csv_of, form, survey_world, tallied, xlsx_of
from tiny import TINY_FILES, snapshot_of
from wrong_responses import NO_TIME

from pipeline.adapters import documents, tables
from pipeline.adapters.clusters import Here
from pipeline.core.ground import nodes
from pipeline.core.ground.problems import ParindexError
from pipeline.core.survey import responses
from pipeline.core.survey.tally import PERSONS, Sums
from pipeline.flows import counting
from pipeline.flows.snapshot import Snapshot, with_file
from pipeline.flows.tally import Tallied

A, B = "co-quan-a", "co-quan-b"
Q1, Q2 = "Cơ quan chỉ đạo cải cách thế nào?", "Lãnh đạo cơ quan đôn đốc công việc thế nào?"


def answers(made: Tallied, agency: str = A) -> dict[str, dict[str, int]]:
    """Return the counts that are not nought."""
    found: dict[str, dict[str, int]] = {}
    for (slug, question, option), count in made.sums.answers.items():
        if slug == agency and count:
            found.setdefault(question, {})[option] = count
    return found


def content(made: Tallied, path: str) -> object:
    root = documents.read(path, made.files[path]).root
    assert root is not None
    return nodes.plain(root)


# --- what the tools export


KOBO = csv_of([form(1), form(2, q1="kem", q2="khong-y-kien"), form(3, agency=B, q2="")])
EXPORTS: Mapping[str, Mapping[str, bytes]] = {
    "KoBo": {"kobo.csv": KOBO},
    "ODK Central, in groups": {
        "odk.csv": KOBO.replace(b"_uuid,start,end,agency,q1,q2", b"KEY,start,end,data-agency,data-part-q1,data-part-q2")
    },
    "KoBo, labels in the place of names": {
        "kobo.csv": csv_of(
            [
                form(1, q1="Tốt", q2="Rất tốt"),
                form(2, q1="Kém", q2="Không có ý kiến"),
                form(3, agency="Cơ quan B", q2=""),
            ],
            (*HEADER[:3], "Cơ quan được đánh giá", f"1. {Q1}", f"nhom/2. {Q2}"),
        )
    },
    "LimeSurvey": {
        "lime.csv": csv_of(
            [
                ("1", "2024-12-02 09:00:00", "vi", "t1", A, "tot", "rattot"),
                ("2", "2024-12-02 10:00:00", "vi", "t2", A, "kem", "khongykien"),
                ("3", "2024-12-02 11:00:00", "vi", "t3", B, "tot", ""),
            ],
            ("id", "submitdate", "startlanguage", "token", "agency", "q1", "q2"),
            ";",
        )
    },
    "LimeSurvey, codes and texts, a question passed over": {
        "lime.csv": csv_of(
            [
                ("1", "2024-12-02 09:00:00", "t1", A, "Tốt", "Rất tốt"),
                ("2", "2024-12-02 10:00:00", "t2", A, "Kém", "Không có ý kiến"),
                ("3", "2024-12-02 11:00:00", "t3", B, "Tốt", "N/A"),
                ("4", "2024-12-02 12:00:00", "t3", B, "Kém", "N/A"),
            ],
            ("id. Response ID", "submitdate. Date submitted", "token. Access code", "agency", f"q1. {Q1}", f"q2. {Q2}"),
        )
    },
    "Google Forms": {
        "google.csv": csv_of(
            [
                ("2024/12/02 9:00:00 SA GMT+7", "Cơ quan A", "Tốt", "Rất tốt"),
                ("2024/12/02 1:00:00 CH GMT+7", "CQA", "Kém", "Không có ý kiến"),
                ("2024/12/02 2:00:00 CH GMT+7", "Cơ quan B", "Tốt", ""),
            ],
            ("Dấu thời gian", "Cơ quan được đánh giá", Q1, Q2),
        )
    },
    "a workbook for paper forms": {
        "giay.xlsx": xlsx_of(
            [
                ("Mã phiếu", "Hình thức", "Ngày trả lời", "Cơ quan được đánh giá", "q1", "q2"),
                ("P1", "Trực tiếp", "2024-12-02", "CQA", "Tốt", 1),
                ("P2", "Trực tiếp", "2024-12-02", "CQA", "Kém", "Không có ý kiến"),
                (),
                ("P3", "Trực tiếp", "2024-12-03", "CQB", 0.75, None),
            ]
        )
    },
    "decomposed letters, other case, spaces": {
        "kobo.csv": KOBO.replace(b",tot,rat-tot", ",  TO\u0302\u0301T ,Ra\u0302\u0301t  to\u0302\u0301t".encode())
    },
    "a byte order mark": {"kobo.csv": b"\xef\xbb\xbf" + KOBO},
    "a line that names the delimiter": {"kobo.csv": b"sep=;\r\n" + KOBO.replace(b",", b";")},
    "online and paper together": {
        "kobo.csv": csv_of([form(1), form(2, q1="kem", q2="khong-y-kien")]),
        "giay.xlsx": xlsx_of(
            [("Số phiếu", "Ngày", "Hình thức", "agency", "q1", "q2"), ("P3", "2024-12-02", "giấy", "CQB", "Tốt", None)]
        ),
    },
}


UNTIMED = {tool for tool in EXPORTS if tool.startswith(("LimeSurvey", "Google"))}  # how long a form took is not told


@pytest.mark.parametrize("tool", EXPORTS)
def test_what_each_tool_exports_comes_to_the_same_counts(tool: str, tmp_path: Path) -> None:
    made = tallied(tmp_path, EXPORTS[tool], unjudged="fastest" if tool in UNTIMED else "")

    assert made.problems == ()
    assert answers(made) == {"q1": {"tot": 1, "kem": 1}, "q2": {"rat-tot": 1, "khong-y-kien": 1}}
    assert answers(made, B) == {"q1": {"tot": 1}, "q2": {"blank": 1}}


MATRICES = {
    "the field's form": ("q1__co_quan_a", "q1__co_quan_b"),
    "groups": ("table_q1/q1__co_quan_a", "table_q1/q1__co_quan_b"),
    "agencies as groups": ("co-quan-a/q1", "co-quan-b/q1"),
    "the workbook for paper forms": ("q1 [CQA]", "q1 [CQB]"),
    "Google's grid": (f"{Q1} [Cơ quan A]", f"{Q1} [Cơ quan B]"),
    "labels and groups": (f"1. {Q1}/CQA", f"1. {Q1}/CQB"),
}


@pytest.mark.parametrize("tool", MATRICES)
def test_one_form_may_rate_several_agencies(tool: str, tmp_path: Path) -> None:
    rows = [("t1", "tot", "kem"), ("t2", "tot", ""), ("t3", "", "")]
    made = tallied(tmp_path, {"phieu.csv": csv_of(rows, ("token", *MATRICES[tool]))}, group=LEADERS, unjudged=NO_TIME)

    assert made.problems == ()
    assert (answers(made), answers(made, B)) == ({"q1": {"tot": 2}}, {"q1": {"kem": 1}})
    assert [made.sums.of(PERSONS, what) for what in ("returned", "valid", "incomplete")] == [3, 2, 1]


def without(rules: str, proposal: bytes) -> str:
    """Return a proposal in which a person said which rules no column serves."""
    return proposal.decode().replace("    columns:", f"    unjudged: [{rules}]\n    columns:")


def test_a_guess_is_proposed_and_counts_nothing_until_it_is_confirmed(tmp_path: Path) -> None:
    files = {"lime.csv": csv_of([("5", A, "tot", "kem")], ("id", "agency", "G01Q01", "G01Q02"))}
    made = tallied(tmp_path, files, unjudged=NO_TIME)
    proposed = tallied(tmp_path, files).proposal
    assert proposed is not None
    confirmed = tallied(tmp_path, files, group=None, mapping=without(NO_TIME, proposed))

    assert ([problem.code for problem in made.problems], made.files) == (["tally-confirm"], {})
    assert (confirmed.problems, answers(confirmed)) == ((), {"q1": {"tot": 1}, "q2": {"kem": 1}})


def test_a_grid_with_other_words_is_proposed_with_the_agency_of_each_row(tmp_path: Path) -> None:
    reworded = Q1.replace(Q1.split(maxsplit=1)[0], "Vậy", 1)
    rows = csv_of([("t1", "tot", "kem")], ("token", f"{reworded} [CQA]", f"{reworded} [Cơ quan B]"))
    made = tallied(tmp_path, {"phieu.csv": rows}, group=LEADERS, unjudged=NO_TIME)
    proposed = tallied(tmp_path, {"phieu.csv": rows}, group=LEADERS).proposal
    assert proposed is not None
    confirmed = tallied(tmp_path, {"phieu.csv": rows}, group=LEADERS, mapping=without(NO_TIME, proposed))

    assert [problem.code for problem in made.problems] == ["tally-confirm"]
    assert (answers(confirmed), answers(confirmed, B)) == ({"q1": {"tot": 1}}, {"q1": {"kem": 1}})


def test_a_mapping_names_columns_words_modes_and_numbers_that_no_answer_tells(tmp_path: Path) -> None:
    mapping = """
        format: 1
        group: lanh-dao-nganh
        issued: {all: 40}
        population: {co-quan-a: 50}
        files:
          - file: phieu.csv
            agency: co-quan-a
            mode: in-person
            dates: mdy
            columns:
              - {column: Ngày, is: day}
              - {column: Một, is: answer, question: q1}
              - {column: Hai, is: answer, question: q2}
            words:
              - {word: Tuyệt vời, means: rat-tot}
    """
    rows = [("12/02/2024", "Tuyệt vời", "Tốt"), ("2/12/2024", "Kém", "Kém")]
    made = tallied(tmp_path, {"phieu.csv": csv_of(rows, ("Ngày", "Một", "Hai"))}, group=None, mapping=dedent(mapping))

    assert made.problems == ()
    assert made.sums.of(A, "outside-dates") == 1
    assert content(made, f"data/2024/survey/{STAFF}/{A}.yml")["forms"] == {  # type: ignore[index]
        "issued": 40,
        "returned": 2,
        "valid": 1,
        "online": 0,
        "in_person": 1,
        "population": 50,
    }


def test_personal_columns_are_dropped_and_told(tmp_path: Path) -> None:
    generated = "table_q1/reserved_name_for_field_list_labels_3"
    header = (*HEADER, "Họ và tên", "Liên hệ", "Ý kiến khác", "Ghi gì cũng được", "_index", generated)
    row = (*form(1), "Người trả lời", "0912 345 678", "không", "chữ " * 30, "7", "")
    notes = {
        note.code: note.figures["titles"]
        for note in tallied(tmp_path, {"p.csv": csv_of([row], header)}).notes
        if "titles" in note.figures
    }

    assert notes == {
        "dropped-personal": "Họ và tên; Liên hệ; Ý kiến khác; Ghi gì cũng được",
        "dropped": f"_index; {generated[:40]}",
    }


def test_a_plan_without_moments_is_named_as_the_cause_that_none_are_kept(tmp_path: Path) -> None:
    text = TINY_FILES[SURVEY].decode()
    plain = snapshot_of(
        {**TINY_FILES, SURVEY: "".join(x for x in text.splitlines(keepends=True) if "moments_from" not in x).encode()}
    )
    rows = csv_of([form(number) for number in range(3)])

    unset = tallied(tmp_path, {"p.csv": rows}, snapshot=plain)
    few = tallied(tmp_path, {"p.csv": rows}, snapshot=survey_world(moments="20"))

    found = [(note.code, dict(note.figures)) for made in (unset, few) for note in made.notes if "moments" in note.code]
    assert found == [("moments-unset", {}), ("no-moments", {"least": "20"})]


# --- which forms count


def verdict(row: Iterable[str], *before: Iterable[str], **world: str) -> Callable[[Path], str]:
    def judge(folder: Path) -> str:
        counts = form(99, start="", end="2024-12-20T08:00:00+07:00")
        files = {"phieu.csv": csv_of([*map(tuple, before), tuple(row), counts])}
        made = tallied(folder, files, snapshot=survey_world(**world))
        assert made.problems == ()
        at = len(before) + 2
        return next((reject.reason for reject in made.rejects if reject.row == at), "valid")

    return judge


AT = "2024-12-02T08:00:{:02}.000+07:00".format
EARLY = {"start": "2024-12-02T07:00:00.000+07:00"}
STRAIGHT = "straight_line: reject, straight_line_from: 2"
RULES = {
    "a whole form counts": (verdict(form(1)), "valid"),
    "the same token twice is one form": (verdict(form(1, q1="kem"), form(1)), "duplicate"),
    "a valid form goes before an earlier one of its token that is not": (
        verdict(form(1, end=AT(59)), form(1, q1="", q2="", end=AT(1), **EARLY)),
        "valid",
    ),
    "a token may rate another agency": (verdict(form(1, agency=B), form(1)), "valid"),
    "the same answers within seconds are one form": (
        verdict(form(2, end=AT(40), **EARLY), form(1, end=AT(10), **EARLY)),
        "duplicate",
    ),
    "the same answers later are another form": (
        verdict(form(2, end=AT(41), **EARLY), form(1, end=AT(10), **EARLY)),
        "valid",
    ),
    "other answers within seconds are another form": (
        verdict(form(2, q1="kem", end=AT(40), **EARLY), form(1, end=AT(10), **EARLY)),
        "valid",
    ),
    "the day before the fieldwork is outside": (
        verdict(form(1, start="", end="2024-11-30T23:59:59+07:00")),
        "outside-dates",
    ),
    "its first second is inside": (verdict(form(1, start="", end="2024-12-01T00:00:00+07:00")), "valid"),
    "its last second is inside, whatever the zone": (verdict(form(1, start="", end="2024-12-31T16:59:59Z")), "valid"),
    "a time without a zone is local": (verdict(form(1, start="", end="2024-12-31T23:59:59")), "valid"),
    "a part of its last second is inside": (verdict(form(1, start="", end="2024-12-31 23:59:59.999+07:00")), "valid"),
    "the first local second after is outside": (verdict(form(1, start="", end="2025-01-01 00:00:00")), "outside-dates"),
    "a zone may be written in four digits": (verdict(form(1, start="", end="2025-01-01T00:30:00+0800")), "valid"),
    "the day after is outside": (verdict(form(1, start="", end="2024-12-31T17:00:00Z")), "outside-dates"),
    "a form without a time is not judged by it": (verdict(form(1, start="", end="")), "valid"),
    "one second less than the fastest": (verdict(form(1, start=AT(0), end="2024-12-02T08:00:59+07:00")), "too-fast"),
    "exactly the fastest": (verdict(form(1, start=AT(0), end="2024-12-02T08:01:00+07:00")), "valid"),
    "half the questions are enough where half is asked": (verdict(form(1, q2="")), "valid"),
    "less is not": (verdict(form(1, q2=""), validity="complete_from: 50.1"), "incomplete"),
    "no opinion is an answer": (verdict(form(1, q1="khong-y-kien", q2="khong-y-kien")), "valid"),
    "a blank form is incomplete under any rule": (verdict(form(1, q1="", q2=""), validity="fastest: 1"), "incomplete"),
    "one option throughout is refused where that is the rule": (
        verdict(form(1, q1="rat-tot"), validity=STRAIGHT),
        "straight-line",
    ),
    "and kept where it is not": (verdict(form(1, q1="rat-tot")), "valid"),
    "from so many answers on": (verdict(form(1, q2=""), validity=STRAIGHT), "valid"),
    "who rates another agency than the own": (
        verdict(form(1, agency=B), validity="fastest: 1", group="    own_agency: only\n"),
        "valid",
    ),
    "a question that is passed over is not missing": (
        verdict(
            form(1, q1="kem", q2=""), validity="complete_from: 100", skip="skip_if: {question: q1, answers: [kem]}, "
        ),
        "valid",
    ),
    "a question that is put must be answered": (
        verdict(form(1, q2=""), validity="complete_from: 100", skip="skip_if: {question: q1, answers: [kem]}, "),
        "incomplete",
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_form_counts_or_not(rule: str, tmp_path: Path) -> None:
    judge, expected = RULES[rule]

    assert expected == judge(tmp_path)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("SO-001", " so-001", True),
        ("Đ-001", "đ-001", True),
        ("x" * 100, "X" * 100, True),
        ("x" * 99, "x" * 100, False),
        ("x" * 64, "x" * 65, False),
        ("abcdefgh", "abcdefg", False),
    ],
)
def test_a_token_is_known_again_in_any_file_however_long_or_written(
    one: str,
    other: str,
    same: bool,  # noqa: FBT001
    tmp_path: Path,
) -> None:
    header = ("token", *HEADER[3:])
    book = [header, (other, A, "kem", "kem")]
    parts = {"a.csv": csv_of([(one, A, "tot", "tot")], header), "b.xlsx": xlsx_of(book)}
    made = tallied(tmp_path, parts, unjudged=NO_TIME)
    rows = csv_of([(one, A, "tot", "tot"), (other, A, "kem", "kem")], header)
    together = tallied(tmp_path, {"c.csv": rows}, unjudged=NO_TIME)

    assert [sums.of(A, "duplicate") for sums in (made.sums, together.sums)] == [int(same)] * 2


@pytest.mark.parametrize("text", ["2024-02-30T08:00:00", "2024-12-02T24:00:00", "2024-13-02T08:00:00.000+07:00"])
def test_a_time_that_no_clock_shows_is_no_time(text: str, tmp_path: Path) -> None:
    made = tallied(tmp_path, {"phieu.csv": csv_of([form(1, end=text)])})

    assert [(problem.code, problem.figures["value"]) for problem in made.problems] == [("tally-bad-date", text)]


@pytest.mark.parametrize(
    ("policy", "expected"), [("exclude", ["own-agency", "valid"]), ("only", ["valid", "own-agency"])]
)
def test_people_rate_the_own_agency_only_where_the_group_is_its_managers(
    policy: str, expected: list[str], tmp_path: Path
) -> None:
    world = survey_world(group=f"    own_agency: {policy}\n")
    rows = [(*form(1), "CQA"), (*form(2), "Cơ quan B")]
    made = tallied(tmp_path, {"phieu.csv": csv_of(rows, (*HEADER, "own_agency"))}, snapshot=world)
    reasons = {reject.row: reject.reason for reject in made.rejects}

    assert [reasons.get(row, "valid") for row in (2, 3)] == expected


@pytest.mark.parametrize(
    ("rule", "said", "expected"),
    [
        (STRAIGHT, ("tot", "tot"), ["straight-line"]),
        (STRAIGHT, ("tot", "kem"), []),
        ("straight_line: reject, straight_line_from: 3", ("tot", "tot"), []),
    ],
)
def test_one_option_throughout_is_asked_of_the_whole_form_and_not_of_each_agency(
    rule: str, said: tuple[str, str], expected: list[str], tmp_path: Path
) -> None:
    rows = csv_of([("t1", *said), ("t2", "kem", "tot")], ("token", "q1 [CQA]", "q1 [CQB]"))
    world = survey_world(validity=rule)
    made = tallied(tmp_path, {"phieu.csv": rows}, group=LEADERS, snapshot=world, unjudged="fieldwork")

    assert expected == [reject.reason for reject in made.rejects]


def test_a_person_whose_form_counts_for_no_agency_is_not_refused_for_the_own_one(tmp_path: Path) -> None:
    world = survey_world(validity=STRAIGHT.replace("2", "1"))
    plan = world.tree.files[SURVEY].data.replace(b"  lanh-dao-so:\n", b"  lanh-dao-so:\n    own_agency: exclude\n")
    said = [("t1", "CQA", "", "tot"), ("t2", "khác", "kem", "tot")]
    rows = csv_of(said, ("token", "own_agency", "q1 [CQA]", "q1 [CQB]"))
    made = tallied(
        tmp_path, {"phieu.csv": rows}, group=LEADERS, snapshot=with_file(world, SURVEY, plan), unjudged="fieldwork"
    )

    assert {what: made.sums.of(PERSONS, what) for what in ("own-agency", "straight-line")} == {
        "own-agency": 0,
        "straight-line": 1,
    }


@pytest.mark.parametrize(
    ("said", "people"),
    [
        (None, {A: 4, B: 5}),
        ("population: {all: 6}", {A: 5, B: 6}),
        ("population: {co-quan-a: 4, all: 6}", {A: 4, B: 6}),
    ],
    ids=["as the forms say", "as the mapping says of all", "as the mapping says of one"],
)
def test_who_may_not_rate_the_own_agency_is_not_among_those_it_could_have_been_rated_by(
    said: str | None, people: dict[str, int], tmp_path: Path
) -> None:
    world = survey_world()
    plan = world.tree.files[SURVEY].data.decode()
    plan = plan.replace("population: 24\n    quota: 20", "population: 5\n    own_agency: exclude")
    rows = [(f"t{n}", "CQA" if n == 1 else "", "tot" if n % 2 else "kem", "tot") for n in range(1, 6)]
    made = tallied(
        tmp_path,
        {"phieu.csv": csv_of(rows, ("token", "own_agency", "q1 [CQA]", "q1 [CQB]"))},
        group=LEADERS,
        mapping=said and ENOUGH.replace("issued: {all: 500}\npopulation: {all: 500}", said),
        unjudged=NO_TIME,
        snapshot=with_file(world, SURVEY, plan.encode()),
    )
    found = {agency: content(made, f"data/2024/survey/{LEADERS}/{agency}.yml")["forms"] for agency in (A, B)}  # type: ignore[index]

    assert {agency: forms.get("population", 5) for agency, forms in found.items()} == people
    assert [forms["valid"] for forms in found.values()] == [4, 5]


def test_who_has_a_form_for_each_agency_and_may_not_rate_the_own_one_is_not_among_those_who_returned_it(
    tmp_path: Path,
) -> None:
    world = survey_world(group="    own_agency: exclude\n")
    rows = [(*form(n), "CQA" if n < 2 else "CQB") for n in range(10)]
    said = "format: 1\nissued: {all: 10}\npopulation: {all: 10}\nfiles: [{file: phieu.csv}]\n"
    data = csv_of(rows, (*HEADER, "own_agency"))
    made = tallied(tmp_path, {"phieu.csv": data}, snapshot=world, mapping=said)

    assert [problem.code for problem in made.problems] == []
    assert content(made, f"data/2024/survey/{STAFF}/{A}.yml")["forms"] == {  # type: ignore[index]
        "issued": 8,
        "returned": 8,
        "valid": 8,
        "population": 8,
    }


def test_a_mapping_of_one_group_counts_no_other(tmp_path: Path) -> None:
    said = f"format: 1\ngroup: {LEADERS}\nfiles: [{{file: phieu.csv}}]\n"
    with pytest.raises(ParindexError, match="tally-two-groups"):
        tallied(tmp_path, {"phieu.csv": csv_of([form(1)])}, mapping=said)


def numbered(titles: str) -> Snapshot:
    """Return the survey with options that are called by numbers; the lowest is worth nothing, the highest 1."""
    world = survey_world()
    text = world.tree.files[SURVEY].data.decode()
    for place, title in enumerate(("Kém", "Chưa tốt", "Bình thường", "Tốt", "Rất tốt")):
        text = text.replace(f"title: {title}}}", f'title: "{titles.format(place)}"}}')
    return with_file(world, SURVEY, text.encode())


@pytest.mark.parametrize("sign", ["{}", "{}.0", "{},00"])
def test_a_number_means_the_same_however_a_tool_writes_it(sign: str, tmp_path: Path) -> None:
    rows = [form(1, q1=sign.format(2), q2=sign.format(0)), form(2, q1=sign.format(4), q2=sign.format(3))]
    made = tallied(tmp_path, {"phieu.csv": csv_of(rows)}, snapshot=numbered("{}"))

    assert answers(made) == {"q1": {"binh-thuong": 1, "rat-tot": 1}, "q2": {"kem": 1, "tot": 1}}


@pytest.mark.parametrize("one", ["1", "1.0", "1,00"])
def test_the_title_of_one_option_that_is_the_value_of_another_is_asked_about(one: str, tmp_path: Path) -> None:
    rows = csv_of([form(1, q1=one, q2="3")])
    made = tallied(tmp_path, {"phieu.csv": rows}, snapshot=numbered("{}"))
    said = 'format: 1\nfiles: [{file: phieu.csv, words: [{word: "1", means: chua-tot}]}]\n'
    meant = tallied(tmp_path, {"phieu.csv": rows}, snapshot=numbered("{}"), mapping=said)

    assert [(problem.code, problem.figures["value"]) for problem in made.problems] == [("tally-outside-scale", one)]
    assert answers(meant)["q1"] == {"chua-tot": 1}


def test_where_a_file_says_what_its_numbers_mean_a_number_it_forgot_is_no_value(tmp_path: Path) -> None:
    said = 'format: 1\nfiles: [{file: phieu.csv, words: [{word: "2", means: chua-tot}, {word: "5", means: rat-tot}]}]\n'
    made = tallied(tmp_path, {"phieu.csv": csv_of([form(1, q1="1", q2="5")])}, mapping=said)

    assert [(problem.code, problem.figures["value"]) for problem in made.problems] == [("tally-outside-scale", "1")]


def test_what_was_passed_over_counts_as_blank(tmp_path: Path) -> None:
    world = survey_world(skip="skip_if: {question: q1, answers: [kem]}, ")
    made = tallied(tmp_path, {"phieu.csv": csv_of([form(1, q1="kem", q2="tot")])}, snapshot=world)

    assert answers(made) == {"q1": {"kem": 1}, "q2": {"blank": 1}}


def test_returned_forms_are_the_valid_ones_and_the_refused_ones_without_duplicates(tmp_path: Path) -> None:
    rows = [form(1), form(1), form(2, q1="", q2=""), form(3)]
    sums = tallied(tmp_path, {"phieu.csv": csv_of(rows)}).sums

    assert [sums.of(A, what) for what in ("returned", "valid", "duplicate", "incomplete")] == [3, 2, 1, 1]


# --- moments


VALUES = {
    "rat-tot": Fraction(1),
    "tot": Fraction(3, 4),
    "binh-thuong": Fraction(1, 2),
    "chua-tot": Fraction(1, 4),
    "kem": Fraction(0),
}
SAID = [("tot", "kem"), ("rat-tot", ""), ("chua-tot", "khong-y-kien"), ("binh-thuong", "rat-tot"), ("tot", "tot")]


def by_hand(said: list[tuple[str, str]], one: int, other: int) -> tuple[int, Fraction, Fraction, Fraction]:
    both = [(VALUES[row[one]], VALUES[row[other]]) for row in said if row[one] in VALUES and row[other] in VALUES]
    sums = (sum((x for x, _ in both), Fraction(0)), sum((y for _, y in both), Fraction(0)))
    return len(both), *sums, sum((x * y for x, y in both), Fraction(0))


def moments(made: Tallied, group: str, agency: str = A) -> dict[tuple[str, ...], tuple[Decimal, ...]]:
    whole = content(made, f"data/2024/survey/moments/{group}.yml")
    pairs = whole["agencies"][agency]["pairs"]  # type: ignore[index]
    return {tuple(pair["questions"]): (pair["n"], *pair["sums"], pair["products"]) for pair in pairs}


def test_moments_of_questions_are_those_worked_by_hand(tmp_path: Path) -> None:
    made = tallied(tmp_path, {"phieu.csv": csv_of([form(n, q1=a, q2=b) for n, (a, b) in enumerate(SAID)])})
    found = moments(made, STAFF)

    assert found == {
        ("q1", "q1"): by_hand(SAID, 0, 0),
        ("q1", "q2"): by_hand(SAID, 0, 1),
        ("q2", "q2"): by_hand(SAID, 1, 1),
    }


def test_moments_join_agencies_that_the_same_people_rated(tmp_path: Path) -> None:
    made = tallied(tmp_path, {"phieu.csv": csv_of(SAID, ("q1 [CQA]", "q1 [CQB]"))}, group=LEADERS, unjudged=NO_TIME)
    whole = content(made, f"data/2024/survey/moments/{LEADERS}.yml")
    (n_one, sum_one, *_), (n_other, sum_other, *_), (n, one, other, products) = (
        by_hand(SAID, *places) for places in ((0, 0), (1, 1), (0, 1))
    )
    mean_one, mean_other = sum_one / n_one, sum_other / n_other
    product = (products - mean_other * one - mean_one * other + n * mean_one * mean_other) / (n_one * n_other)

    assert moments(made, LEADERS, B) == {("q1", "q1"): by_hand(SAID, 1, 1)}
    assert whole["weights"] == {"1.4": {"points": 1, "questions": ["q1"]}}  # type: ignore[index]
    assert whole["between"] == [{"agencies": [A, B], "n": n, "product": round(product * 10**15)}]  # type: ignore[index]


def test_moments_of_too_few_people_are_not_kept(tmp_path: Path) -> None:
    files = {"phieu.csv": csv_of([form(n, q1=a, q2=b) for n, (a, b) in enumerate(SAID)])}
    four, six = (tallied(tmp_path, files, snapshot=survey_world(moments=least)) for least in ("4", "6"))

    assert set(moments(four, STAFF)) == {("q1", "q1")}
    assert [path for path in six.files if "moments" in path] == []


# --- the same result, whatever the way


ENOUGH = """
format: 1
issued: {all: 500}
population: {all: 500}
files:
  - {file: khac.csv, columns: [{column: x, is: dropped}]}
"""


def many() -> list[tuple[str, ...]]:
    options = [*VALUES, "khong-y-kien", ""]
    picks = np.random.default_rng(5).integers(0, len(options), (400, 2))
    return [
        form(
            n % 350,
            agency=(A, B)[n % 2],
            q1=options[a],
            q2=options[b],
            end=f"2024-12-{1 + n % 30:02}T09:{n % 60:02}:00+07:00",
            start="",
        )
        for n, (a, b) in enumerate(picks.tolist())
    ]


def test_small_blocks_and_other_orders_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = many()
    whole = tallied(tmp_path, {"phieu.csv": csv_of(rows)}, mapping=ENOUGH)
    monkeypatch.setattr(tables, "BLOCK", 997)
    parts = {
        "b.csv": csv_of(rows[300:]),
        "a.csv": csv_of(rows[:100][::-1]),
        "c.xlsx": xlsx_of([HEADER, *rows[100:300]]),
    }
    parted = tallied(tmp_path, parts, mapping=ENOUGH)

    assert whole.problems == parted.problems == ()
    assert (whole.files, whole.sums) == (parted.files, parted.sums)


def test_progress_goes_on_while_a_workbook_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "_SHEET_ROWS", 50)
    told: list[int] = []
    book, text = xlsx_of([HEADER, *many()[:199]]), csv_of(many()[200:])

    def tell(done: int, total: int) -> None:
        told.append(100 * done // total)

    tallied(tmp_path, {"a.xlsx": book, "b.csv": text}, mapping=ENOUGH, progress=tell)
    share = 100 * len(book) / (len(book) + len(text))

    assert [int(share * rows / 200) for rows in (51, 101, 151, 200)] == told[:4]
    assert told[-1] == 100


def test_sums_of_parts_add_up_in_any_order() -> None:
    one = Sums({("a", "valid"): 2}, {("a", "q1", "tot"): 2}, {})
    other = Sums({("a", "valid"): 1, ("b", "valid"): 4}, {("a", "q1", "tot"): 1}, {})

    assert one + other == other + one == Sums({("a", "valid"): 3, ("b", "valid"): 4}, {("a", "q1", "tot"): 3}, {})


def test_a_line_break_in_quotation_marks_ends_no_block(tmp_path: Path) -> None:
    file = tmp_path / "phieu.csv"
    file.write_bytes(b'1,"hai\n""ba""\n",4\n' * 50)

    data = file.read_bytes()
    for size in (7, 19, 40, 1000):
        edges = [tables.edge(str(file), at, min(at + size, len(data))) for at in range(0, len(data), size)]
        parts = [data[piece.first : piece.last] for piece in tables.pieces(str(file), 0, len(data), edges)]

        assert b"".join(parts) == data
        assert {(part.count(b'"') % 2, part[-1:]) for part in parts} == {(0, b"\n")}


def shuffled(workers: int) -> Here:
    """Return an engine that parts forms by hash among workers that are all this process."""
    engine = Here()
    engine.workers, engine.ahead = workers, 3
    return engine


@pytest.mark.parametrize(("workers", "block"), [(1, 300), (2, 5000), (3, 1200), (4, 10**9)])
def test_any_number_of_workers_and_any_blocks_give_the_same_bytes(
    workers: int, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = many()
    files = {"phieu.csv": csv_of([*said, *said[:40], form(3, q1="")]), "so.xlsx": xlsx_of([HEADER, *said[60:90]])}
    here = tallied(tmp_path, files, mapping=ENOUGH)
    monkeypatch.setattr(tables, "BLOCK", block)
    there = tallied(tmp_path, files, mapping=ENOUGH, engine=shuffled(workers))

    assert {one.reason for one in here.rejects} == {"duplicate", "incomplete"}
    assert (here.files, here.sums, here.notes) == (there.files, there.sums, there.notes)
    assert [*here.rejects] == [*there.rejects]


def test_forms_of_several_agencies_give_the_same_bytes_however_they_are_parted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [(row[0], row[4], row[5]) for row in many()]
    files = {"phieu.csv": csv_of(rows, ("token", "q1 [CQA]", "q1 [CQB]"))}
    given = {"group": LEADERS, "mapping": ENOUGH, "unjudged": NO_TIME}
    made = [tallied(tmp_path, files, **given)]
    monkeypatch.setattr(tables, "BLOCK", 500)
    made += [tallied(tmp_path, files, **given, engine=shuffled(n)) for n in (1, 4)]

    assert b"between:" in made[0].files[f"data/2024/survey/moments/{LEADERS}.yml"]
    assert made[0].files == made[1].files == made[2].files


def test_workers_of_a_cluster_read_the_files_themselves_and_give_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    distributed = pytest.importorskip("distributed")
    from pipeline.adapters import clusters  # noqa: PLC0415

    monkeypatch.setattr(tables, "BLOCK", 4096)
    files = {"phieu.csv": csv_of(many())}
    here = tallied(tmp_path, files, mapping=ENOUGH)
    local = {"n_workers": 2, "threads_per_worker": 1, "processes": False, "dashboard_address": "127.0.0.1:0"}
    with (
        distributed.LocalCluster(host="127.0.0.1", protocol="tcp", **local) as workers,
        clusters.cluster(workers.scheduler_address) as engine,
    ):
        there = tallied(tmp_path, files, mapping=ENOUGH, engine=engine)

    assert here.files
    assert (here.files, here.sums, [*here.rejects]) == (there.files, there.sums, [*there.rejects])


def test_each_worker_of_a_cluster_gets_as_many_parts_and_what_follows_stays_there() -> None:
    distributed = pytest.importorskip("distributed")
    from pipeline.adapters import clusters  # noqa: PLC0415

    local = {"n_workers": 2, "threads_per_worker": 1, "processes": False, "dashboard_address": "127.0.0.1:0"}
    with (
        distributed.LocalCluster(host="127.0.0.1", protocol="tcp", **local) as workers,
        clusters.cluster(workers.scheduler_address) as engine,
        distributed.Client(workers.scheduler_address, set_as_default=False) as client,
    ):
        parts = [engine.submit_at(number, abs, number) for number in range(6)]
        next_ones = [engine.submit(str, part) for part in parts]

        assert [engine.result(one) for one in next_ones] == [str(number) for number in range(6)]

        where = client.who_has()
        places = [where[part.key] for part in parts]

    assert [places[0], places[1]] * 3 == places
    assert places[0] != places[1]


@pytest.mark.parametrize("size", [1, 10**6, 10**7 + 1, 641 * 2**20, 2**31 + 5])
@pytest.mark.parametrize("workers", [2, 3, 4, 7])
def test_parts_of_a_large_file_are_as_many_for_each_worker(workers: int, size: int) -> None:
    block = counting._block(shuffled(workers), size)
    parts = -(-size // block)

    assert tables.BLOCK // 8 <= block <= 4 * tables.BLOCK
    assert parts % workers == 0 or block == tables.BLOCK // 8


# --- times


TIMES = {
    ("2024-12-02T08:15:00.000+07:00", "iso"): 1733102100,
    ("2024-12-02 08:15:00", "iso"): 1733102100,
    ("02/12/2024 08:15", "dmy"): 1733102100,
    ("12/2/2024 8:15:00 AM", "mdy"): 1733102100,
    ("2/12/2024 12:15 SA", "dmy"): 1733073300,
    ("2024/12/02 1:15:00 CH GMT+7", "iso"): 1733120100,
    ("2024-12-02", "iso"): 1733072400,
    ("02/12/2024", "iso"): None,
    ("2024-02-30", "iso"): None,
    ("13:00 hôm qua", "dmy"): None,
    ("45628.35", "iso"): None,
}


@pytest.mark.parametrize(("text", "order"), TIMES)
def test_a_time_is_read_as_people_and_tools_write_it(text: str, order: str) -> None:
    assert TIMES[text, order] == responses.seconds_of(text, order, utc=False)


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (["2024-12-02"], ("iso", True)),
        (["02/12/2024", "25/12/2024"], ("dmy", True)),
        (["12/02/2024", "12/25/2024"], ("mdy", True)),
        (["02/12/2024"], ("dmy", False)),
    ],
)
def test_the_order_of_day_and_month_is_told_by_a_day_past_the_twelfth(
    times: list[str], expected: tuple[str, bool]
) -> None:
    assert expected == responses.order_of(times)


# --- the files


def test_an_existing_file_keeps_its_comments_and_numbers_that_no_answer_tells(tmp_path: Path) -> None:
    path = f"data/2024/survey/{STAFF}/{A}.yml"
    old = b"# Nh\xe1\xba\xadp l\xe1\xba\xa7n hai.\n" + TINY_FILES[path]
    snapshot = survey_world()

    made = tallied(
        tmp_path, {"phieu.csv": csv_of([form(n) for n in range(5)])}, snapshot=with_file(snapshot, path, old)
    )

    assert made.problems == ()
    assert made.files[path].decode().splitlines()[:4] == [
        "# Nhập lần hai.",
        "format: 1",
        "forms: {issued: 12, returned: 5, valid: 5, population: 12}",
        "answers:",
    ]


def test_counting_twice_changes_nothing(tmp_path: Path) -> None:

    files = {"phieu.csv": csv_of([form(n, q1=a, q2=b) for n, (a, b) in enumerate(SAID)])}
    once, snapshot = tallied(tmp_path, files), survey_world()
    for path, data in once.files.items():
        snapshot = with_file(snapshot, path, data)
    again = tallied(tmp_path, files, snapshot=snapshot)

    assert (len(once.files), again.files, again.same) == (2, {}, tuple(once.files))


def test_a_law_that_the_counts_would_break_keeps_them_from_being_written(tmp_path: Path) -> None:
    mapping = (
        "format: 1\nissued: {all: 1}\nfiles:\n  - file: khac.csv\n    columns:\n      - {column: x, is: dropped}\n"
    )
    made = tallied(tmp_path, {"phieu.csv": csv_of([form(1), form(2)])}, mapping=mapping)

    assert ({problem.code for problem in made.problems}, made.files) == ({"forms-do-not-add-up"}, {})


# --- the command


@pytest.fixture
def counted(repository: Repository) -> Path:
    """Give a repository with the survey that is counted, and a folder beside it with a file of responses."""
    for path, file in survey_world().tree.files.items():
        repository.write(path, file.data)
    repository.commit()
    folder = repository.root.parent / "phieu"
    folder.mkdir()
    (folder / "phieu.csv").write_bytes(csv_of([form(1), form(2, q1="", q2=""), form(3)]))
    return folder


def test_the_command_writes_counts_and_keeps_the_report_outside(
    counted: Path, repository: Repository, run_command: RunCommand
) -> None:
    typed = ("survey", "tally", "phieu.csv", "--year", "2024", "--group", STAFF, "--report", "bo.csv")
    done = run_command("--repo", str(repository.root), *typed, cwd=counted)

    assert (done.code, done.stderr) == (0, "")
    assert repository.git("status", "--short") == f" M data/2024/survey/{STAFF}/{A}.yml"
    assert (counted / "bo.csv").read_bytes().decode("utf-8-sig") == (
        "tệp,trang,dòng,cơ quan,mã lý do,lý do\r\nphieu.csv,,3,co-quan-a,incomplete,trả lời chưa đủ câu\r\n"
    )


REFUSED = {
    "a report inside the repository": (("phieu.csv", "--report", "{root}/data/bo.csv"), 2, "không ghi vào kho"),
    "responses inside the repository": (("{root}/data/2024/cycle.yml", "--group", STAFF), 2, "ngoài kho"),
    "a group that nobody named": (("phieu.csv",), 2, "--group"),
    "a group of the satisfaction index": (("phieu.csv", "--group", "nguoi-dan"), 2, "lanh-dao-so, lanh-dao-nganh"),
    "a file that is not there": (("khong-co.csv", "--group", STAFF), 2, "khong-co.csv"),
    "a cluster where nobody answers": (
        ("phieu.csv", "--group", STAFF, "--dask", "tcp://127.0.0.1:9"),
        2,
        "127.0.0.1:9",
    ),
    "a mapping of the wrong shape": (("phieu.csv", "--group", STAFF, "--mapping", "sai.yml"), 1, "missing-key"),
    "columns that are only guessed": (("lime.csv", "--group", STAFF, "--mapping", "moi.yml"), 1, "tally-confirm"),
    "a rule that no column serves": (("google.csv", "--group", STAFF), 1, "tally-rule-unserved"),
    "forms that are all rejected": (("muon.csv", "--group", STAFF), 1, "tally-none-valid"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_the_command_says_in_words_why_it_counts_nothing(
    case: str, counted: Path, repository: Repository, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed, code, said = REFUSED[case]
    monkeypatch.setattr("pipeline.adapters.clusters.WAIT", "0.2s")
    (counted / "sai.yml").write_text("format: 1\n", encoding="utf-8")
    header = ("agency", "Start time", "Completion time", "G01Q01", "G01Q02")
    (counted / "lime.csv").write_bytes(csv_of([(A, *form(1)[1:3], "tot", "kem")], header))
    (counted / "google.csv").write_bytes(csv_of([form(1)[2:]], ("Dấu thời gian", *HEADER[3:])))
    (counted / "muon.csv").write_bytes(csv_of([form(n, end="2025-03-01T08:00:00+07:00") for n in range(3)]))
    words = [word.format(root=repository.root) for word in typed]
    done = run_command("--repo", str(repository.root), "survey", "tally", *words, "--year", "2024", cwd=counted)

    assert (done.code, repository.git("status", "--short")) == (code, "")
    assert said in done.stderr
    assert (counted / "moi.yml").exists() == (case == "columns that are only guessed")


def test_a_mistake_in_a_workbook_is_told_with_its_sheet_and_a_hostile_title_stays_a_text(
    counted: Path, repository: Repository, run_command: RunCommand
) -> None:
    (counted / "so.xlsx").write_bytes(
        xlsx_of([HEADER, form(1, q1="Khá")], lambda sheet: setattr(sheet, "title", "Nhập"))
    )
    (counted / "xau.csv").write_bytes(csv_of([form(1)], (*HEADER[:-1], "câu\x1b[31m\nhai")))
    words = ("--repo", str(repository.root), "survey", "tally", "--year", "2024", "--group", STAFF)
    book, title = (run_command(*words, name, cwd=counted).stderr for name in ("so.xlsx", "xau.csv"))

    assert book.startswith("so.xlsx [Nhập]:2:5: lỗi tally-unknown-option: “Khá”")
    assert "Cột chưa rõ nội dung: câu\\u001b[31m\\u000ahai." in title


def test_counts_are_written_all_or_none_and_never_through_a_link(
    counted: Path, repository: Repository, run_command: RunCommand
) -> None:
    words = ("--repo", str(repository.root), "survey", "tally", "--year", "2024", "--group", STAFF)
    folder = repository.root / "data/2024/survey/lanh-dao-nganh"
    away = counted / "away"
    folder.rename(away)
    folder.symlink_to(away)
    before = {path.name: path.read_bytes() for path in away.iterdir()}
    (counted / "ten.csv").write_bytes(csv_of([form(1), form(2, agency=B)]))
    linked = run_command(*words, "ten.csv", cwd=counted)

    assert (linked.code, "là liên kết" in linked.stderr) == (2, True)
    assert {path.name: path.read_bytes() for path in away.iterdir()} == before

    folder.unlink()
    (folder / "co-quan-b.yml").mkdir(parents=True)
    blocked = run_command(*words, "ten.csv", cwd=counted)

    assert (blocked.code, blocked.stderr.count("\n")) == (2, 1)
    assert [path.name for path in folder.iterdir()] == ["co-quan-b.yml"]

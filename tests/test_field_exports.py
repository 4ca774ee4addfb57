"""What the field's tools export is read right or refused by name; damaged in many ways it is never misread."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from fieldexports import export, kobo_repeat, microsoft
from tallyworlds import HEADER, LEADERS, VALIDITY, csv_of, form, survey_world, tallied, xlsx_of
from tiny import EXAMPLES, ROOT

from pipeline.core.ground import problem_words
from pipeline.core.survey import products, responses, tally_words
from pipeline.flows.tally import Tallied
from pipeline.flows.wording import load_labels

A, B = "co-quan-a", "co-quan-b"
COUNTS = {
    A: {"q1": {"tot": 1, "kem": 1}, "q2": {"rat-tot": 1, "khong-y-kien": 1}},
    B: {"q1": {"tot": 1}, "q2": {"blank": 1}},
}


def counts(made: Tallied) -> dict[str, dict[str, dict[str, int]]]:
    found: dict[str, dict[str, dict[str, int]]] = {}
    for (agency, question, option), count in made.sums.answers.items():
        if count:
            found.setdefault(agency, {}).setdefault(question, {})[option] = count
    return found


def codes(made: Tallied) -> set[str]:
    return {problem.code for problem in made.problems}


class Export(NamedTuple):
    """A file, the rules that it cannot serve, and why forms of it do not count."""

    data: Callable[[], bytes]
    product: str
    unjudged: str = ""
    rejected: tuple[str, ...] = ()
    confirm: bool = False
    suffix: str = "csv"


READ: Mapping[str, Export] = {
    "KoBo, XML values": Export(lambda: export("kobo-xml-values.csv"), "KoBoToolbox", rejected=("review-refused",)),
    "KoBo, labels in Vietnamese": Export(
        lambda: export("kobo-labels-vi.csv"), "KoBoToolbox", rejected=("review-refused",)
    ),
    "KoBo, a part for each agency": Export(kobo_repeat, "", unjudged="fastest", suffix="xlsx"),
    "ODK Central": Export(lambda: export("odk-central.csv"), "ODK Central", rejected=("review-refused",)),
    "LimeSurvey, codes": Export(lambda: export("limesurvey-codes.csv"), "LimeSurvey", rejected=("unfinished",)),
    "LimeSurvey, full headings in Vietnamese": Export(
        lambda: export("limesurvey-full-vi.csv"), "", rejected=("unfinished",)
    ),
    "LimeSurvey, anonymous": Export(
        lambda: export("limesurvey-anonymous.csv"),
        "LimeSurvey",
        unjudged="fieldwork, fastest, duplicate_within",
        rejected=("unfinished",),
    ),
    "Google Forms": Export(lambda: export("google-forms-vi.csv"), "Google Forms", unjudged="fastest"),
    "Google Sheets": Export(lambda: export("google-sheets-vi.csv"), "Google Forms", unjudged="fastest"),
    "Microsoft Forms": Export(microsoft, "Microsoft Forms", suffix="xlsx"),
    "Microsoft Forms in Vietnamese": Export(lambda: microsoft(vietnamese=True), "", suffix="xlsx"),
    "Microsoft Forms, Likert": Export(
        lambda: microsoft(likert=True), "Microsoft Forms", rejected=("incomplete",), confirm=True, suffix="xlsx"
    ),
    "SurveyMonkey": Export(lambda: export("surveymonkey.csv"), "SurveyMonkey", confirm=True),
}


@pytest.mark.parametrize("name", READ)
def test_an_export_is_read_right(name: str, tmp_path: Path) -> None:
    case = READ[name]
    files = {f"tra-loi.{case.suffix}": case.data()}
    made = tallied(tmp_path, files, unjudged=case.unjudged)
    if case.confirm:
        assert (codes(made), made.files) == ({"tally-confirm"}, {})
        assert made.proposal is not None
        made = tallied(tmp_path, files, mapping=made.proposal.decode())

    assert made.problems == ()
    assert counts(made) == COUNTS
    assert case.rejected == tuple(reject.reason for reject in made.rejects)


def test_the_rows_of_a_table_stand_in_a_second_row_of_titles(tmp_path: Path) -> None:
    files = {"bang.csv": export("surveymonkey-matrix.csv")}
    proposed = tallied(tmp_path, files, group=LEADERS).proposal
    assert proposed is not None
    made = tallied(tmp_path, files, group=LEADERS, mapping=proposed.decode())

    assert made.problems == ()
    assert counts(made) == {A: {"q1": {"tot": 2}}, B: {"q1": {"kem": 1}}}


REFUSED: Mapping[str, tuple[Callable[[], bytes], str, set[str]]] = {
    "Google Forms tells no time of beginning": (
        lambda: export("google-forms-vi.csv"),
        VALIDITY,
        {"tally-rule-unserved"},
    ),
    "an anonymous survey has no times": (
        lambda: export("limesurvey-anonymous.csv"),
        VALIDITY,
        {"tally-rule-unserved"},
    ),
    "a part that comes again is exported by ODK without its form": (
        lambda: export("odk-central-repeat.csv"),
        VALIDITY,
        {"tally-rule-unserved"},
    ),
    "a column for each option": (lambda: export("surveymonkey-expanded.csv"), VALIDITY, {"tally-split-question"}),
    "several options in a cell": (
        lambda: export("google-forms-vi.csv").replace("Tốt,Rất tốt".encode(), "Tốt;Kém,Rất tốt".encode(), 1),
        "complete_from: 50",
        {"tally-several-answers"},
    ),
    "a form on hold": (
        lambda: export("kobo-xml-values.csv").replace(b"_not_approved", b"_on_hold"),
        VALIDITY,
        {"tally-review-open"},
    ),
    "a form with issues": (
        lambda: export("odk-central.csv").replace(b"rejected", b"hasIssues"),
        VALIDITY,
        {"tally-review-open"},
    ),
    "two versions of a form": (
        lambda: export("odk-central.csv").replace(b"9f2c41aa07", b"11aa", 1),
        VALIDITY,
        {"tally-confirm"},
    ),
    "another group's form": (
        lambda: export("odk-central.csv").replace(b"lanh-dao-nganh", b"lanh-dao-so", 1),
        VALIDITY,
        {"tally-other-group"},
    ),
    "all forms refused in review": (
        lambda: (
            export("odk-central.csv")
            .replace(b",approved,", b",rejected,")
            .replace(b",,,collect", b",,rejected,collect")
            .replace(b"edited", b"rejected")
        ),
        VALIDITY,
        {"tally-none-valid"},
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_counted_is_refused_by_name(case: str, tmp_path: Path) -> None:
    data, validity, expected = REFUSED[case]
    made = tallied(tmp_path, {"tra-loi.csv": data()}, snapshot=survey_world(validity=validity))

    assert (codes(made), made.files) == (expected, {})


def test_versions_are_counted_together_once_somebody_says_so(tmp_path: Path) -> None:
    files = {"odk.csv": export("odk-central.csv").replace(b"9f2c41aa07", b"11aa", 1)}
    proposed = tallied(tmp_path, files).proposal
    assert proposed is not None
    made = tallied(tmp_path, files, mapping=proposed.decode())
    small = "format: 1\nfiles:\n  - {file: odk.csv, versions: [11aa, 9f2c41aa07]}\n"

    assert "versions: [11aa, 9f2c41aa07]" in proposed.decode()
    assert counts(made) == counts(tallied(tmp_path, files, mapping=small)) == COUNTS


@pytest.mark.parametrize(("means", "valid"), [("accepted", 2), ("refused", 1)])
def test_a_mapping_says_what_a_state_of_review_means(means: str, valid: int, tmp_path: Path) -> None:
    files = {"odk.csv": export("odk-central.csv").replace(b"rejected", b"hasIssues")}
    words = f"format: 1\nfiles:\n  - {{file: odk.csv, words: [{{word: hasIssues, means: {means}}}]}}\n"

    assert tallied(tmp_path, files, mapping=words).sums.of(B, "valid") == valid


def test_rules_that_a_person_said_cannot_be_judged_are_told(tmp_path: Path) -> None:
    made = tallied(tmp_path, {"google.csv": export("google-forms-vi.csv")}, unjudged="fastest")

    assert [note.figures["rules"] for note in made.notes if note.code == "unjudged"] == ["fastest"]


def test_paper_forms_are_not_asked_for_seconds_and_online_ones_among_them_are(tmp_path: Path) -> None:
    header = ("Mã phiếu", "Hình thức", "Ngày trả lời", "agency", "q1", "q2")
    paper, online = (
        ("P1", "Trực tiếp", "2024-12-02", A, "tot", "tot"),
        ("P2", "Trực tuyến", "2024-12-02", A, "kem", "tot"),
    )
    on_paper, mixed = (tallied(tmp_path, {"giay.csv": csv_of(rows, header)}) for rows in ([paper], [paper, online]))

    assert on_paper.problems == ()
    assert [(p.code, p.line, p.figures["value"]) for p in mixed.problems] == [
        ("tally-rule-unserved", 3, "duplicate_within"),
        ("tally-rule-unserved", 3, "fastest"),
    ]


@pytest.mark.parametrize("own", ["own_agency", None])
def test_the_rule_of_the_own_agency_needs_to_know_where_people_work(own: str | None, tmp_path: Path) -> None:
    rows = [(*form(1), "khác"), (*form(2, agency=B), B)]
    world = survey_world(group="    own_agency: exclude\n")
    made = tallied(tmp_path, {"phieu.csv": csv_of(rows, (*HEADER, own or "_index"))}, snapshot=world)

    assert [(p.code, p.figures["value"]) for p in made.problems] == (
        [] if own else [("tally-rule-unserved", "own_agency")]
    )


def test_a_number_that_the_tool_gives_is_no_token(tmp_path: Path) -> None:
    world, rows = survey_world(group="    token: true\n"), [(*form(1), "P-1"), (*form(2), "P-1")]
    without = tallied(tmp_path, {"phieu.csv": csv_of(rows, (*HEADER, "ghi"))}, snapshot=world)
    with_it = tallied(tmp_path, {"phieu.csv": csv_of(rows, (*HEADER, "token"))}, snapshot=world)

    assert [(p.code, p.figures["value"]) for p in without.problems] == [("tally-rule-unserved", "token")]
    assert (with_it.problems, with_it.sums.of(A, "duplicate")) == ((), 1)


@pytest.mark.parametrize(("share", "told"), [("20", ["5"]), ("50", [])])
def test_a_number_of_forms_far_from_those_issued_is_told(share: str, told: list[str], tmp_path: Path) -> None:
    world = survey_world(validity=f"differs_from: {share}")
    rows = [form(n) for n in range(5)] + [form(n, agency=B) for n in range(10, 18)]
    said = "format: 1\nissued: {all: 8}\nfiles:\n  - {file: phieu.csv}\n"
    made = tallied(tmp_path, {"phieu.csv": csv_of(rows)}, mapping=said, snapshot=world)

    assert [note.figures["returned"] for note in made.notes if note.code == "unlike-issued"] == told


def test_every_product_is_in_the_guide_and_every_face_is_a_column() -> None:
    guide = (ROOT / "docs" / "how-to" / "tep-tra-loi.md").read_text(encoding="utf-8")
    roles = {value for name, value in vars(responses).items() if name.isupper() and isinstance(value, str)}

    assert [product.name for product in products.PRODUCTS[1:] if f"## {product.name}" not in guide] == []
    assert {role for product in products.PRODUCTS for role in product.titles} <= roles


# --- damaged on the way


def text(data: bytes) -> str:
    return data.decode("utf-8-sig")


def cells(name: str) -> list[list[str]]:
    """Return an export's rows, whatever parts its cells."""
    found = text(export(name))
    sign = ";" if name.startswith(("kobo", "limesurvey-full")) else ","
    return list(csv.reader(io.StringIO(found), delimiter=sign))


def changed(change: Callable[[list[list[str]]], object], name: str = "kobo-xml-values.csv") -> Callable[[], bytes]:
    """Return an export in which somebody changed rows: typed, sorted, deleted, pasted."""

    def make() -> bytes:
        rows = cells(name)
        change(rows)
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows(rows)
        return out.getvalue().encode()

    return make


def replaced(old: str, new: str, name: str = "kobo-xml-values.csv", count: int = -1) -> Callable[[], bytes]:
    def make() -> bytes:
        assert old in text(export(name))
        return text(export(name)).replace(old, new, count).encode()

    return make


def cell(row: int, column: str, value: str, name: str = "kobo-xml-values.csv") -> Callable[[], bytes]:
    """Return an export in which one cell is another."""

    def change(rows: list[list[str]]) -> None:
        rows[row][rows[0].index(column)] = value

    return changed(change, name)


def without_column(column: str, name: str = "kobo-xml-values.csv") -> Callable[[], bytes]:
    def change(rows: list[list[str]]) -> None:
        at = rows[0].index(column)
        for row in rows:
            del row[at]

    return changed(change, name)


def swapped(rows: list[list[str]]) -> None:
    for row in rows:
        row.reverse()


def shifted(rows: list[list[str]]) -> None:
    rows[2].insert(3, "thừa")


KOBO = "kobo-xml-values.csv"
LIME = "limesurvey-codes.csv"
GOOGLE = "google-sheets-vi.csv"
MONKEY = "surveymonkey.csv"
RIGHT: set[str] = set()
DAMAGED: Mapping[str, tuple[Callable[[], bytes], set[str]]] = {
    # what a file goes through without a scratch
    "saved by Excel with semicolons": (changed(lambda rows: rows.sort(key=lambda row: row[0] != "start")), RIGHT),
    "a byte order mark": (lambda: b"\xef\xbb\xbf" + export(KOBO), RIGHT),
    "lines that end as on Windows": (lambda: export(KOBO).replace(b"\n", b"\r\n"), RIGHT),
    "tabs between cells": (lambda: text(export(KOBO)).replace('";"', '"\t"').encode(), RIGHT),
    "columns in another order": (changed(swapped), RIGHT),
    "rows in another order": (changed(lambda rows: rows.insert(1, rows.pop())), RIGHT),
    "blank rows between": (changed(lambda rows: rows.insert(2, [""] * len(rows[0]))), RIGHT),
    "a title above the header": (changed(lambda rows: rows.insert(0, ["Phiếu điều tra năm 2024"])), RIGHT),
    "letters with marks of their own": (
        lambda: unicodedata.normalize("NFD", text(export("kobo-labels-vi.csv"))).encode(),
        RIGHT,
    ),
    "spaces around answers": (replaced('"tot"', '"  tot "'), RIGHT),
    "capitals": (replaced('"tot"', '"TOT"'), RIGHT),
    "a row pasted twice": (changed(lambda rows: rows.append(rows[1])), RIGHT),
    "a line break in free text": (cell(1, "gop_y", "dòng một\ndòng hai"), RIGHT),
    "a quotation mark in free text": (cell(1, "gop_y", 'gọi là "một cửa", tốt'), RIGHT),
    "a sum below the last row": (changed(lambda rows: rows.append([*[""] * 8, "Tổng: 4", *[""] * 10])), RIGHT),
    "a sum typed below in an editor": (
        changed(lambda rows: rows.append(["Tổng cộng", "4"])),
        {"tally-row-too-short", "tally-bad-date"},
    ),
    "a column of notes added": (
        changed(lambda rows: [row.append("xem lại" if n else "người nhập") for n, row in enumerate(rows)]),
        RIGHT,
    ),
    "times in three formats": (
        changed(
            lambda rows: [
                rows[1].__setitem__(1, "2024-12-02 09:06"),
                rows[2].__setitem__(1, "2024/12/02 10:06:00 SA GMT+7"),
            ]
        ),
        RIGHT,
    ),
    "a second row of titles that is blank": (
        replaced("Response,Response,Response,Open-Ended Response", ",,,", MONKEY),
        {"tally-confirm"},
    ),
    "a column for each option beside the answer": (
        changed(
            lambda rows: [row.extend(["q1/tot", "q1/kem"] if n == 0 else ["1", "0"]) for n, row in enumerate(rows)]
        ),
        RIGHT,
    ),
    "a column that is named like an agency": (changed(lambda rows: [row.append("Cơ quan A") for row in rows]), RIGHT),
    "the end cut off between rows": (lambda: export(KOBO).rpartition(b'\n"2024-12-02T12')[0], RIGHT),
    # what is refused
    "the end cut off in a row": (lambda: export("odk-central.csv")[:-40], {"tally-row-too-short"}),
    "the end cut off in quotation marks": (lambda: export(KOBO)[:-60], {"tally-open-quote"}),
    "a cell deleted and the rest moved": (changed(lambda rows: rows[2].pop(6)), {"tally-row-too-short"}),
    "the header deleted": (changed(lambda rows: rows.pop(0)), {"tally-no-header"}),
    "the header repeated in the middle": (
        changed(lambda rows: rows.insert(2, rows[0])),
        {"tally-confirm"},
    ),
    "a question's column deleted": (without_column("q2"), {"tally-column-missing"}),
    "what reviewers decided deleted": (without_column("_validation_status"), {"tally-rule-unserved"}),
    "the day of sending deleted": (without_column("submitdate", LIME), {"tally-rule-unserved"}),
    "the agency's column deleted": (without_column("agency"), {"tally-no-agency"}),
    "the times deleted": (
        changed(lambda rows: [row.__setitem__(slice(0, 2), []) for row in rows]),
        RIGHT,
    ),
    "a question's title typed over": (replaced('"q2"', '"câu hai"'), {"tally-column-missing"}),
    "a question's column twice": (changed(lambda rows: [row.append(row[6]) for row in rows]), {"tally-column-twice"}),
    "a cell too many": (
        changed(shifted),
        {
            "tally-row-too-long",
            "tally-unknown-mode",
            "tally-unknown-agency",
            "tally-unknown-option",
            "tally-review-open",
            "tally-bad-date",
        },
    ),
    "UTF-16": (lambda: text(export(KOBO)).encode("utf-16"), {"tally-encoding"}),
    "an old Vietnamese encoding": (
        lambda: text(export("kobo-labels-vi.csv")).encode("cp1258", "replace"),
        {"tally-encoding"},
    ),
    "bytes of nothing": (lambda: export(KOBO).replace(b"tot", b"t\0t", 1), {"tally-not-a-table"}),
    "a quotation mark never closed": (
        lambda: export(KOBO).replace(b'"kem";', b'"kem;', 1),
        {"tally-row-too-short", "tally-several-answers"},
    ),
    "question marks for letters": (replaced('"Tốt"', '"T?t"', "kobo-labels-vi.csv"), {"tally-unknown-option"}),
    "answers by number": (replaced('"kem"', '"5"'), {"tally-outside-scale"}),
    "two options in a cell": (cell(1, "q1", "tot kem"), {"tally-several-answers"}),
    "an error of a sheet": (cell(1, "q1", "#N/A"), {"tally-unknown-option"}),
    "a formula": (cell(1, "q1", "=B2"), {"tally-formula"}),
    "a time of a day that is none": (cell(1, "end", "2024-02-30T08:00:00"), {"tally-bad-date"}),
    "times as numbers of days": (cell(1, "end", "45628.379"), {"tally-bad-date"}),
    "minutes where a time was": (cell(1, "end", "06:00.0"), {"tally-bad-date"}),
    "day and month the other way round": (replaced("23/12/2024", "12/23/2024", GOOGLE), {"tally-confirm"}),
    "tokens rounded by a spreadsheet": (
        changed(lambda rows: [row.__setitem__(0, "1.18424E+11") for row in rows[2:]], MONKEY),
        {"tally-confirm"},
    ),
    "tokens rounded in an export of KoBo": (
        changed(lambda rows: [row.__setitem__(3, "1.18424E+11") for row in rows[1:]]),
        {"tally-token-damaged"},
    ),
    "seconds as minutes": (replaced('"371.22"', '"6:11"', LIME), {"tally-bad-seconds"}),
    "an agency with a slip": (cell(1, "agency", "co-quan-aa"), {"tally-unknown-agency"}),
    "an agency left out": (cell(1, "agency", ""), {"tally-agency-missing"}),
    "a mode that nobody knows": (cell(1, "mode", "qua điện thoại"), {"tally-unknown-mode"}),
    "a form of another group": (cell(1, "survey_group", "lanh-dao-so"), {"tally-other-group"}),
    "a state of review that nobody knows": (cell(1, "_validation_status", "chờ"), {"tally-review-open"}),
    "another survey": (
        lambda: b"start,end,q_a,q_b\n2024-12-02,2024-12-02,1,2\n",
        {"tally-column-missing", "tally-no-agency"},
    ),
    "a web page": ("<html><body>Đăng nhập</body></html>\n".encode, {"tally-no-header"}),
    "nothing at all": (lambda: b"", {"tally-no-header"}),
}


def outcome(made: Tallied) -> str:
    if made.problems:
        return "refused"
    return "right" if counts(made) == COUNTS else "misread"


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_export_is_read_right_or_refused_by_name(damage: str, tmp_path: Path) -> None:
    make, expected = DAMAGED[damage]
    world = survey_world(validity="complete_from: 50, duplicate_within: 30")
    made = tallied(tmp_path, {"tra-loi.csv": make()}, snapshot=world)

    assert (codes(made), outcome(made)) == (expected, "refused" if expected else "right")
    assert made.files == {} or not expected


SWEPT = sorted(
    {*(path.name for path in (EXAMPLES / "exports").glob("*.csv"))}
    - {"odk-central-repeat.csv", "surveymonkey-expanded.csv", "surveymonkey-matrix.csv"}
)


@pytest.mark.parametrize("name", SWEPT)
def test_whichever_column_is_deleted_the_rest_is_read_right_or_refused(name: str, tmp_path: Path) -> None:
    world = survey_world(validity="complete_from: 50")
    unjudged = "fieldwork" if "anonymous" in name else ""
    found = set()
    for at in range(len(cells(name)[0])):
        files = {"tra-loi.csv": changed(lambda rows, at=at: [row.pop(at) for row in rows], name)()}  # type: ignore[misc]
        made = tallied(tmp_path, files, snapshot=world, unjudged=unjudged)
        if made.proposal is not None and codes(made) == {"tally-confirm"}:
            made = tallied(tmp_path, files, snapshot=world, mapping=made.proposal.decode())
        found.add(outcome(made))

    assert found == {"right", "refused"}


NAME, NUMBER = "Nguyễn Văn Bê", "0912 345 678"
LETTER = "Tôi là người dân ở phường này, đã nộp hồ sơ ba lần mà chưa ai trả lời, xin gọi lại cho tôi."
LEAKS: Mapping[str, Callable[[], bytes]] = {
    "a name in the place of an answer": cell(1, "q1", NAME),
    "a phone in the place of an agency": cell(1, "agency", f"gọi {NUMBER}"),
    "a mail in the place of a time": cell(1, "end", "nguoi-1@vi-du.vn"),
    "free text in the place of an answer": cell(1, "q1", LETTER),
    "many short texts in the place of answers": changed(
        lambda rows: rows.extend(
            [*rows[1][:3], f"P-{n}", *rows[1][4:6], f"ý kiến {n}", *rows[1][7:]] for n in range(20, 40)
        )
    ),
    "the header deleted": changed(lambda rows: rows.pop(0), "google-forms-vi.csv"),
    "a title that names somebody": replaced('"gop_y"', f'"Ý kiến của {NAME}"'),
    "a version that names somebody": cell(1, "__version__", f"v2 {NAME}"),
    "a state that names somebody": cell(1, "_validation_status", f"{NAME} xem"),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_no_message_repeats_what_may_be_a_person(leak: str, tmp_path: Path) -> None:
    made = tallied(tmp_path, {"tra-loi.csv": LEAKS[leak]()})
    labels = load_labels("vi")
    said = "\n".join(
        [
            problem_words.problems_text(made.problems, labels, most=99),
            tally_words.notes_text(made.notes, labels),
            tally_words.rejects_csv(made.rejects, labels),
            *(data.decode() for data in made.files.values()),
            (made.proposal or b"").decode(),
        ]
    )

    assert [sign for sign in (NAME, NUMBER, "nguoi-1@", "phường này", "ý kiến 2") if sign in said] == []


def test_titles_that_merged_cells_part_are_read_together(tmp_path: Path) -> None:
    rows = [("start", "end", "q1", ""), ("", "", "Cơ quan A", "CQB"), (*form(1)[1:3], "tot", "kem")]
    book = xlsx_of(rows, lambda page: page.merge_cells("C1:D1"))
    made = tallied(tmp_path, {"bang.xlsx": book}, group=LEADERS)

    assert made.problems == ()
    assert counts(made) == {A: {"q1": {"tot": 1}}, B: {"q1": {"kem": 1}}}


def test_a_form_sent_over_and_over_counts_once_and_is_kept_as_a_number(tmp_path: Path) -> None:
    made = tallied(tmp_path, {"phieu.csv": csv_of([form(1)] * 20_000)})

    assert (made.sums.of(A, "valid"), made.sums.of(A, "duplicate")) == (1, 19_999)
    assert [(reject.row, reject.reason) for reject in made.rejects][::19_998] == [
        (3, "duplicate"),
        (20_001, "duplicate"),
    ]
    assert made.rejects.found.nbytes < 16 * len(made.rejects)


def test_the_same_file_given_twice_is_named(tmp_path: Path) -> None:
    twice = tallied(tmp_path, {"a.csv": export(KOBO), "b.csv": export(KOBO)})

    assert [(p.code, p.path) for p in twice.problems] == [("tally-file-twice", "b.csv")]

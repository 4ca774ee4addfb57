"""The forms of the field: what ODK and KoBo get is an XLSForm that pyxform takes, what is typed in can be tallied."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from conftest import ROOT, Repository, RunCommand
from docx import Document
from pyxform.xls2xform import convert  # type: ignore[import-untyped]  # the library has no types
from tiny import TINY_FILES, data_of_this_repository, snapshot_of

from pipeline.adapters.messages import LANGUAGES
from pipeline.adapters.templates import Engine
from pipeline.adapters.words import document
from pipeline.adapters.workbooks import workbook
from pipeline.commands.survey_form import TEMPLATE
from pipeline.core.ground.labels import Labels
from pipeline.core.record.model import Year
from pipeline.core.survey.questionnaires.entries import entry_book
from pipeline.core.survey.questionnaires.papers import paper
from pipeline.core.survey.questionnaires.questions import Questionnaire, questionnaires_of
from pipeline.core.survey.questionnaires.xlsforms import xlsform
from pipeline.core.survey.responses import (
    AGENCY,
    ANSWER,
    DROPPED,
    ENDED,
    MODE,
    OWN,
    STARTED,
    TOKEN,
    guess,
    names_of,
)
from pipeline.core.survey.tally import recipe_of
from pipeline.flows.report import TEMPLATES
from pipeline.flows.wording import load_labels

SURVEY = "data/2024/survey/survey.yml"
XFORM = "{http://www.w3.org/2002/xforms}"
# What a device or an account would fill in by itself, and what asks for a place, a picture or a free answer.
PERSONAL = {"deviceid", "username", "phonenumber", "email", "simserial", "subscriberid", "audit", "geopoint", "image"}


@cache
def words() -> Mapping[str, Labels]:
    return {language: load_labels(language) for language in LANGUAGES}


@cache
def real() -> Mapping[str, Year]:
    return data_of_this_repository().world.years


def asked(year: Year, group: str) -> Questionnaire:
    return next(each for each in questionnaires_of(year) if each.group.id == group)


ALL = [(year, each.group.id) for year in ("2024", "2025") for each in questionnaires_of(real()[year])]


@cache
def made(year: str, group: str) -> bytes:
    return workbook(xlsform(asked(real()[year], group), words()), words()["vi"])


def sheet_rows(form: Questionnaire, name: str) -> list[list[str]]:
    """Return the rows of a sheet of a form."""
    (sheet,) = (one for one in xlsform(form, words()).sheets if one.name == name)
    last = max(row for row, _ in sheet.cells)
    texts = {place: str(cell.value) for place, cell in sheet.cells.items()}
    return [[texts.get((row, column), "") for column in range(len(sheet.widths))] for row in range(last + 1)]


@cache
def converted(year: str, group: str) -> ET.Element:
    """Return the XForm that the field's programs run."""
    warnings: list[str] = []
    form: str = convert(io.BytesIO(made(year, group)), warnings=warnings, file_type=".xlsx").xform
    assert warnings == []
    return ET.fromstring(form)  # noqa: S314 - made here


def binds(form: ET.Element) -> dict[str, dict[str, str]]:
    """Return what the form says of each field, by its name."""
    return {bind.attrib["nodeset"].rpartition("/")[2]: dict(bind.attrib) for bind in form.iter(f"{XFORM}bind")}


def tiny_with(find: str, replace: str) -> Questionnaire:
    text = TINY_FILES[SURVEY].decode()
    assert text.count(find) == 1
    files = {**TINY_FILES, SURVEY: text.replace(find, replace).encode()}
    return asked(snapshot_of(files).world.years["2024"], "lanh-dao-so")


# --- forms of ODK and KoBo ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("year", "group"), ALL)
def test_every_group_gets_a_form_that_asks_each_of_its_questions(year: str, group: str) -> None:
    names = set(binds(converted(year, group)))

    assert {name for _, _, name in asked(real()[year], group).columns()} <= names
    assert {"start", "end", "mode"} <= names
    assert not names & PERSONAL


@pytest.mark.parametrize(("year", "group"), ALL)
def test_a_form_speaks_vietnamese_first_and_english_second(year: str, group: str) -> None:
    form = converted(year, group)
    spoken = [(t.attrib["lang"], "default" in t.attrib) for t in form.iter(f"{XFORM}translation")]

    assert spoken == [("Tiếng Việt (vi)", True), ("English (en)", False)]
    assert len({len(list(t)) for t in form.iter(f"{XFORM}translation")}) == 1


def test_the_same_data_gives_the_same_bytes_and_other_data_another_version() -> None:
    once = workbook(xlsform(asked(real()["2025"], "lanh-dao-so"), words()), words()["vi"])
    version = [
        sheet_rows(form, "settings")[1][2] for form in (plain(), tiny_with("Cơ quan chỉ đạo", "Cơ quan điều hành"))
    ]

    assert made("2025", "lanh-dao-so") == once
    assert version[0] != version[1]


def plain() -> Questionnaire:
    return asked(snapshot_of(TINY_FILES).world.years["2024"], "lanh-dao-so")


def test_a_matrix_is_a_table_of_each_question_with_a_row_for_each_agency_that_it_is_about() -> None:
    survey = sheet_rows(asked(real()["2025"], "dai-bieu-hdnd"), "survey")
    column = {name: number for number, name in enumerate(survey[0])}
    rows = [(row[column["type"]], row[column["name"]], row[column["appearance"]]) for row in survey]
    start = rows.index(("begin_group", "table_q3", "table-list"))

    # The criterion of q3 does not apply to the fourth agency, so nobody is asked about it.
    assert rows[start : start + 5] == [
        ("begin_group", "table_q3", "table-list"),
        ("select_one scale_danh_gia", "q3__kho_bac_nha_nuoc", ""),
        ("select_one scale_danh_gia", "q3__cuc_thue", ""),
        ("select_one scale_danh_gia", "q3__cuc_hai_quan", ""),
        ("end_group", "table_q3", ""),
    ]


def test_nobody_is_asked_about_the_own_agency_where_the_plan_says_so() -> None:
    said = binds(converted("2025", "lanh-dao-so"))

    assert said["own_agency"]["required"] == "true()"
    assert said["q1__cuc_thue"]["relevant"].split() == ["/data/own_agency", "!=", "'cuc-thue'"]
    assert "own_agency" not in binds(converted("2025", "dai-bieu-hdnd"))
    assert "relevant" not in binds(converted("2025", "dai-bieu-hdnd"))["q1__cuc_thue"]


def test_a_question_is_put_only_where_the_earlier_answer_lets_it() -> None:
    of_own = binds(converted("2025", "lanh-dao-nganh"))
    matrix = binds(converted("2025", "lanh-dao-xa-phuong"))

    assert of_own["q5"]["relevant"].split() == ["/data/q4", "!=", "'khong-y-kien'"]
    assert of_own["q3"]["relevant"].split() == ["/data/agency", "!=", "'bao-hiem-xa-hoi'"]
    assert matrix["q5__cuc_thue"]["relevant"].split() == ["/data/table_q4/q4__cuc_thue", "!=", "'khong-y-kien'"]


def test_a_question_must_be_answered_only_where_the_plan_says_so() -> None:
    assert binds(converted("2025", "lanh-dao-nganh"))["q1"]["required"] == "true()"
    assert "required" not in binds(converted("2024", "lanh-dao-so"))["q1"]


@pytest.mark.parametrize(
    ("serial", "taken"), [("HDND-012", True), ("7", True), ("a/1.b_2", True), ("-1", False), ("Đ1", False)]
)
def test_a_serial_number_is_taken_by_the_form_as_the_draw_takes_it(serial: str, taken: bool) -> None:  # noqa: FBT001 - a table
    limit = binds(converted("2025", "dai-bieu-hdnd"))["token"]["constraint"]
    pattern = re.fullmatch(r"regex\(\., '(.*)'\)", limit)
    assert pattern is not None

    assert (re.search(pattern[1], serial) is not None) is taken


def test_one_does_not_choose_the_own_agency_on_a_form_of_one_agency() -> None:
    group = "quota: 20\n"
    form = sheet_rows(tiny_with(group, f"{group}    own_agency: exclude\n"), "survey")
    row = dict(zip(form[0], next(row for row in form if row[1] == "agency"), strict=True))

    assert row["constraint"] == ". != ${own_agency}"


@pytest.mark.parametrize("text", ["=1+1", "${token} và ${q1}", "<b>x</b> & 'y' \\" + '"', "- 5 %"])
def test_a_question_that_looks_like_an_instruction_stays_a_text(text: str) -> None:
    form = tiny_with("text: Cơ quan chỉ đạo cải cách thế nào?", f"text: {json.dumps(text)}")
    made_of = convert(io.BytesIO(workbook(xlsform(form, words()), words()["vi"])), file_type=".xlsx").xform
    said = {value.text for value in ET.fromstring(made_of).iter(f"{XFORM}value")}  # noqa: S314 - made here

    assert f"1. {text.replace('${', '$ {')}" in said


# --- the workbook for typing in -------------------------------------------------------------------------------------


def typing(year: str, group: str) -> bytes:
    return workbook(entry_book(asked(real()[year], group), words()["vi"]), words()["vi"])


@cache
def typed_in(year: str, group: str) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(typing(year, group)))


def test_the_workbook_for_typing_in_names_its_columns_as_the_tally_reads_them() -> None:
    own = [cell.value for cell in typed_in("2025", "lanh-dao-nganh").worksheets[0][1]]
    matrix = [cell.value for cell in typed_in("2025", "lanh-dao-so").worksheets[0][1]]

    assert own[:5] == ["Mã phiếu", "Hình thức", "Ngày trả lời", "Cơ quan được đánh giá", "q1"]
    assert matrix[:6] == ["Mã phiếu", "Hình thức", "Ngày trả lời", "Nơi công tác", "q1 [KBNN Hà Nội]", "q1 [Cục Thuế]"]
    assert len(matrix) == 4 + len(list(asked(real()["2025"], "lanh-dao-so").columns()))


def test_every_cell_of_the_sheet_has_its_limit_and_only_they_are_open() -> None:
    page = typed_in("2025", "lanh-dao-so").worksheets[0]
    limits = {rule.type: rule for rule in page.data_validations.dataValidation}
    days = [limits["date"].formula1, limits["date"].formula2]
    covered = {
        cell for rule in page.data_validations.dataValidation for area in rule.sqref.ranges for cell in area.cells
    }
    open_ones = {(cell.row, cell.column) for row in page.iter_rows() for cell in row if not cell.protection.locked}

    assert set(limits) == {"list", "date", "textLength"}
    assert days == ["45992", "46017"]  # 2025-12-01 and 2025-12-26 as Excel counts days, from 1899-12-30
    assert covered == open_ones
    assert len({row for row, _ in open_ones}) == 100
    assert page.protection.sheet


def test_the_lists_offer_the_answers_of_the_scale_and_the_agencies() -> None:
    book = typed_in("2025", "lanh-dao-so")
    hidden = book.worksheets[3]
    columns = [[cell.value for cell in column if cell.value] for column in hidden.columns]

    assert hidden.sheet_state == "veryHidden"
    assert columns == [
        ["trực tuyến", "trực tiếp"],
        ["KBNN Hà Nội", "Cục Thuế", "Cục Hải quan", "BHXH Thành phố", "Cơ quan khác"],
        ["Rất tốt", "Tốt", "Bình thường", "Chưa tốt", "Kém", "Không có ý kiến"],
    ]


@pytest.mark.parametrize("group", [group for year, group in ALL if year == "2025"])
def test_the_tally_knows_every_column_of_what_comes_back(group: str) -> None:
    form = asked(real()["2025"], group)
    recipe = recipe_of(form.year, form.group, matrix=form.group.matrix)
    known = names_of(form.plan, form.agencies, recipe, words().values())
    survey = sheet_rows(form, "survey")
    names = [row[1] for row in survey[1:] if row[0] not in {"note", "begin_group", "end_group"}]
    exported = [f"table_{name.partition('__')[0]}/{name}" if "__" in name else name for name in names]
    typed = [str(cell.value) for cell in typed_in("2025", group).worksheets[0][1]]
    found = [guess("x", titles, [], recipe, known=known) for titles in (exported, typed)]
    answers = [[(column.question, column.agency) for column in layout.of(ANSWER)] for layout in found]

    assert answers == [[(item.question.id, agency or "") for item, agency, _ in form.columns()]] * 2
    assert [[column.title for column in layout.of(DROPPED)] for layout in found] == [[], []]
    assert all(layout.sure for layout in found)


@pytest.mark.parametrize("language", [0, 1])
@pytest.mark.parametrize("group", [group for year, group in ALL if year == "2025"])
def test_the_tally_knows_every_column_of_an_export_with_labels(group: str, language: int) -> None:
    form = asked(real()["2025"], group)
    recipe = recipe_of(form.year, form.group, matrix=form.group.matrix)
    known = names_of(form.plan, form.agencies, recipe, words().values())
    asked_for = [row for row in sheet_rows(form, "survey")[1:] if row[0] not in {"note", "begin_group", "end_group"}]
    found = guess("x", [row[2 + language] or row[1] for row in asked_for], [], recipe, known=known)
    roles = {"token": TOKEN, "mode": MODE, "own_agency": OWN, "agency": AGENCY, "start": STARTED, "end": ENDED}
    only = form.group.own_agency == "only"
    expected = {name: OWN if only and role == AGENCY else role for name, role in roles.items()}
    named = [expected[row[1]] for row in asked_for if row[1] in roles]

    assert [(c.question, c.agency) for c in found.of(ANSWER)] == [
        (i.question.id, a or "") for i, a, _ in form.columns()
    ]
    assert [column.role for column in found.columns if column.role in {*roles.values()}] == named
    assert found.of(DROPPED) == ()
    assert found.sure is not form.group.matrix  # titles that are agencies alone are to be confirmed


# --- the paper form -------------------------------------------------------------------------------------------------


@cache
def printed(year: str, group: str, language: str = "vi") -> bytes:
    form, labels = asked(real()[year], group), words()[language]
    template = (ROOT / TEMPLATES / TEMPLATE).read_bytes()
    title = f"{form.title(labels)} · {labels.of(form.group.title)}"
    return document(template, paper(form, labels), name="questionnaire.docx", title=title, engines=Engine)


def opened(data: bytes) -> Any:
    return Document(io.BytesIO(data))


def rows_of(table: Any) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


def test_a_paper_form_about_all_agencies_has_a_table_for_each_question() -> None:
    made_of = opened(printed("2025", "lanh-dao-so"))
    texts = [paragraph.text for paragraph in made_of.paragraphs]
    questions = asked(real()["2025"], "lanh-dao-so").items
    options = ["Rất tốt", "Tốt", "Bình thường", "Chưa tốt", "Kém", "Không có ý kiến"]

    assert len(made_of.tables) == len(questions)
    assert rows_of(made_of.tables[2]) == [
        ["Cơ quan", *options],
        *([agency, *["☐"] * 6] for agency in ("KBNN Hà Nội", "Cục Thuế", "Cục Hải quan")),
    ]
    assert [f"{n}. {item.question.text.main}" for n, item in enumerate(questions, 1)] == [
        text for text in texts if re.match(r"\d+\. ", text)
    ]
    assert "☐ KBNN Hà Nội ☐ Cục Thuế ☐ Cục Hải quan ☐ BHXH Thành phố ☐ Cơ quan khác" in [
        " ".join(text.split()) for text in texts
    ]
    assert "PHIẾU MINH HỌA: làm ra để trình bày, không dùng để điều tra." in texts


def test_a_paper_form_about_one_agency_is_one_table_that_tells_what_to_pass_over() -> None:
    (table,) = opened(printed("2025", "lanh-dao-nganh")).tables
    rows = rows_of(table)

    assert len(rows) == 1 + len(asked(real()["2025"], "lanh-dao-nganh").items)
    assert rows[3][0].split("\n")[1:] == ["Không hỏi về: BHXH Thành phố."]
    assert rows[5][0].split("\n")[1:] == ["Bỏ qua nếu ở câu 4 đã chọn: Không có ý kiến."]
    assert {tuple(row[1:]) for row in rows[1:]} == {("☐",) * 6}


def test_a_paper_form_speaks_english_where_asked() -> None:
    said = "\n".join(paragraph.text for paragraph in opened(printed("2025", "dai-bieu-hdnd", "en")).paragraphs)

    assert "For: Deputies of the City People's Council" in said
    assert not re.search("[ăđơưạếộ]", said)


# --- the command ----------------------------------------------------------------------------------------------------


def test_the_command_writes_the_files_of_each_group_and_the_same_ones_again(
    run_command: RunCommand, tmp_path: Path
) -> None:
    told = run_command("--repo", str(ROOT), "survey", "form", "--year", "2025", "-o", str(tmp_path))
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    groups = [group for year, group in ALL if year == "2025"]

    assert told.code == 0
    assert set(written) == {f"2025_{group}_{kind}" for group in groups for kind in KINDS}
    assert {group: written[f"2025_{group}_xlsform.xlsx"] for group in groups} == {
        group: made("2025", group) for group in groups
    }
    assert printed("2025", "lanh-dao-so") == written["2025_lanh-dao-so_phieu-giay.docx"]
    assert typing("2025", "lanh-dao-so") == written["2025_lanh-dao-so_nhap-phieu.xlsx"]


KINDS = ("xlsform.xlsx", "nhap-phieu.xlsx", "phieu-giay.docx")


def test_a_group_that_answers_no_forms_is_refused_in_one_line(run_command: RunCommand, tmp_path: Path) -> None:
    typed = ["survey", "form", "--year", "2025", "--group", "nguoi-dan-doanh-nghiep", "-o", str(tmp_path / "a")]
    told = run_command("--repo", str(ROOT), *typed)

    assert (told.code, told.stdout, told.stderr.count("\n")) == (2, "", 1)
    assert not (tmp_path / "a").exists()


def test_forms_that_cannot_stand_where_they_are_to_go_are_refused_in_one_line(
    run_command: RunCommand, tmp_path: Path
) -> None:
    (tmp_path / "a").write_text("a file", encoding="utf-8")
    typed = ["survey", "form", "--year", "2025", "--group", "dai-bieu-hdnd", "-o", str(tmp_path / "a")]
    told = run_command("--repo", str(ROOT), *typed)

    assert (told.code, told.stdout, told.stderr.count("\n")) == (2, "", 1)
    assert (tmp_path / "a").read_text(encoding="utf-8") == "a file"


@pytest.mark.parametrize(
    ("find", "replace", "code", "words_of_it"),
    [
        ("q1: {scale: danh-gia", "q1: {scale: thang-la", 1, "unknown-scale"),
        ("  q2: {scale", "  token: {scale", 2, "token"),
    ],
)
def test_a_plan_that_no_form_can_follow_is_refused_and_nothing_is_written(
    run_command: RunCommand, repository: Repository, find: str, replace: str, code: int, words_of_it: str
) -> None:
    repository.copy(ROOT / "schemas", "schemas")
    repository.write_all({path: data for path, data in TINY_FILES.items() if "/survey/lanh" not in path})
    repository.write(SURVEY, TINY_FILES[SURVEY].decode().replace(find, replace))
    told = run_command("survey", "form", "--year", "2024", "-o", "phieu", cwd=repository.root)

    assert (told.code, told.stdout) == (code, "")
    assert words_of_it in told.stderr
    assert "Traceback" not in told.stderr
    assert not (repository.root / "phieu").exists()

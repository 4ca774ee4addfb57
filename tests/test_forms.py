"""Forms that go out: what is open, what is locked, the same bytes twice, formulas that say what the rules say."""

from __future__ import annotations

import io
import itertools
import re
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import openpyxl.utils
import pytest
from conftest import ROOT, RunCommand
from formworlds import (
    COUNTS,
    EVIDENCE,
    HEAD,
    LINES,
    TINY,
    TOP,
    both_years,
    cell,
    codes,
    columns,
    edited,
    make,
    read_one,
    real,
    repository_in,
    tiny,
    title_of,
)
from tiny import snapshot_of
from worlds import files_of, year_from

sys.path.insert(0, str(ROOT / "tests" / "benchmarks"))

from corpus import corpus

from pipeline.adapters import workbooks
from pipeline.adapters.messages import LANGUAGES
from pipeline.core.forms.asking import Form, asked_columns, form_of
from pipeline.core.forms.manifest import MARK, Manifest
from pipeline.core.forms.workbook import book_of
from pipeline.core.record.model import Calendar, Year
from pipeline.core.record.rules import RULES
from pipeline.core.record.stages import KIND_OF, SURVEY, USUAL
from pipeline.flows import forms
from pipeline.flows.wording import load_labels

STAGES = tuple(KIND_OF)

ALL = (*STAGES, SURVEY)
TWO = ("cuc-thue", "bao-hiem-xa-hoi")  # agencies: what another program makes of a form takes it half a second


def opened(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


@cache
def made(stage: str, agency: str = "cuc-thue", lang: str = "vi") -> bytes:
    return make(real(), stage, agency, lang=lang)


@cache
def made_in_2025(stage: str, agency: str = "cuc-thue") -> bytes:
    return make(both_years(), stage, agency, year="2025")


@pytest.mark.parametrize("stage", ["self-assessment", "appraisal-1", "explanation"])
def test_what_was_counted_last_year_stands_beside_each_count(stage: str) -> None:
    book = opened(made_in_2025(stage))
    asked = [cell(book, "1.1.3", title_of("answer", stage), part).column for part in ("done", "assigned")]
    before = [cell(book, "1.1.3", "Năm trước", part) for part in ("done", "assigned")]

    assert [one.value for one in before] == [82, 88]  # its own, of all agencies that the data has
    assert [one.column + 1 for one in before] == asked


def test_what_was_counted_last_year_is_nothing_that_a_form_says() -> None:
    received = read_one(both_years(), made_in_2025("self-assessment"), day="2025-12-01")

    assert (dict(received.files), [one for one in codes(received) if one.startswith(("form-", "cause-"))]) == ({}, [])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("stage", ALL)
def test_the_same_data_gives_the_same_bytes(stage: str, language: str) -> None:
    assert made(stage, lang=language) == make(real(), stage, "cuc-thue", lang=language)


@pytest.mark.parametrize("stage", ALL)
def test_only_cells_to_fill_in_are_open_and_every_sheet_is_protected(stage: str) -> None:
    for page in opened(made(stage)).worksheets:
        cells = [found for row in page.iter_rows() for found in row]
        yellow = {found.coordinate for found in cells if found.fill.fgColor.rgb == "FFFFF9DB"}

        assert page.protection.sheet
        assert yellow == {found.coordinate for found in cells if not found.protection.locked}


@pytest.mark.parametrize("stage", STAGES)
def test_a_form_opens_what_its_stage_writes(stage: str) -> None:
    book = opened(made(stage))
    at = columns(book[LINES])
    opened_columns = {
        name
        for name, column in at.items()
        if any(not book[LINES].cell(row, column).protection.locked for row in range(TOP + 1, book[LINES].max_row + 1))
    }

    assert {title_of(name, stage) for name in asked_columns(USUAL, stage)} == opened_columns


@pytest.mark.parametrize("stage", ALL)
def test_sheets_print_on_a4_landscape_with_headers_that_stay(stage: str) -> None:
    for page in opened(made(stage)).worksheets:
        setup = page.page_setup
        assert (setup.paperSize, setup.orientation, page.sheet_properties.pageSetUpPr.fitToPage) == (
            9,
            "landscape",
            True,
        )
        if page.title in {LINES, EVIDENCE, HEAD, COUNTS}:
            assert (page.freeze_panes is not None, page.print_title_rows) == (True, "$4:$4")


@pytest.mark.parametrize("stage", ALL)
def test_people_read_labels_and_what_identifies_a_row_is_hidden(stage: str) -> None:
    book = opened(made(stage))
    for sheet, header, shown in ((LINES, "Mã mục", "Tiêu chí"), (HEAD, "Mã mục", "Mục")):
        if sheet not in book.sheetnames:
            continue
        page, at = book[sheet], columns(book[sheet])
        hidden, seen = (page.column_dimensions[openpyxl.utils.get_column_letter(at[n])].hidden for n in (header, shown))

        assert (sheet, hidden, seen) == (sheet, True, False)
        named = [row for row in range(TOP + 1, page.max_row + 1) if page.cell(row, at[header]).value]
        assert [row for row in named if not page.cell(row, at[shown]).value] == []


def test_rows_may_be_inserted_among_the_documents_and_no_sheet_promises_to_be_sorted() -> None:
    book = opened(made("self-assessment"))

    assert [page.title for page in book.worksheets if not page.protection.insertRows] == [EVIDENCE]
    assert all(page.protection.sort for page in book.worksheets)  # locked: nobody may


@pytest.mark.slow
@pytest.mark.needs("libreoffice-calc")
def test_the_printed_form_of_an_agency_has_at_most_a_dozen_pages(tmp_path: Path, program: Callable[[str], str]) -> None:
    books = {agency: made("self-assessment", agency) for agency in TWO}
    books |= {f"{agency}-explains": made("explanation", agency) for agency in TWO}
    books |= {f"{agency}-2025": made_in_2025("self-assessment", agency) for agency in TWO}
    printed = saved_again(tmp_path, program("libreoffice-calc"), books, "pdf")

    pages = {name: len(re.findall(rb"/Type ?/Page\b", data)) for name, data in printed.items()}

    assert {name: count for name, count in pages.items() if not 4 < count <= 12} == {}


@pytest.mark.parametrize("stage", ALL)
def test_a_printed_sheet_takes_the_pages_across_that_it_needs_to_be_read(stage: str) -> None:
    for page in opened(made(stage)).worksheets:
        across, titles = int(page.page_setup.fitToWidth or 1), (page.print_title_cols or "").replace("$", "")
        kept = openpyxl.utils.range_boundaries(titles)[2] if titles else 0
        sizes = [size for size in page.column_dimensions.values() if not size.hidden]
        columns = {n: size.width for size in sizes for n in range(size.min, size.max + 1)}
        again = sum(width for number, width in columns.items() if number <= kept)

        # A4 across holds about 150 characters of eleven points, so that these are nearly nine points.
        assert (page.title, (sum(columns.values()) + (across - 1) * again) / across < 190) == (page.title, True)
        assert (page.title, kept > 0) == (page.title, page.title in {LINES, COUNTS})


def test_the_hidden_sheet_says_whose_form_it_is_and_what_it_was_made_from() -> None:
    page = opened(made("appraisal-1"))[MARK]
    told = {page.cell(row, 1).value: page.cell(row, 2).value for row in range(1, page.max_row + 1)}
    (form,) = forms.forms_of(real(), "2024", "appraisal-1", agencies=["cuc-thue"], body=None, labels=load_labels("vi"))
    path = "data/2024/appraisal-1/cuc-thue.yml"

    assert page.sheet_state == "veryHidden"
    assert {
        MARK: "1",
        "year": "2024",
        "stage": "appraisal-1",
        "agency": "cuc-thue",
        "language": "vi",
        "schema": forms.schema_digest(real().tree),
        "rules": forms.rules_digest(real().tree, "2024"),
        "checksum": form.checksum(),
        f"file {path}": real().tree.files[path].blob,
    } == told


def test_the_cover_says_who_what_until_when_and_how_far() -> None:
    page = opened(make(real(), "self-assessment", "cuc-hai-quan"))["Hướng dẫn"]
    told = {page.cell(row, 1).value: page.cell(row, 2).value for row in range(1, 8)}

    assert (
        told["Cơ quan"],
        told["Hạn cuối"],
    ) == ("Cục Hải quan thành phố Hà Nội", "09/12/2024 (đã lùi hạn theo 1298/SNV-CCHC-MH)")
    with zipfile.ZipFile(io.BytesIO(make(real(), "self-assessment", "cuc-hai-quan"))) as package:
        assert "38/38 tiêu chí" in package.read("xl/worksheets/sheet1.xml").decode()


EXPLAINED = (
    "Một trong hai thủ tục được thay thế từ ngày 02/12/2024, sau thời điểm kiểm tra ghi trong biên bản; "
    "thủ tục còn lại nhận là thiếu sót."
)


def test_earlier_stages_stand_beside_each_criterion() -> None:
    book = opened(made("appraisal-2"))

    assert cell(book, "3.1.2", "Các bước trước").value.split("\n") == [
        "Tự chấm: 1,00",
        "Số liệu: không có",
        "Thẩm định lần 1: 0,50",
        "Số liệu: Thủ tục công khai sai, thiếu hoặc đã hết hiệu lực (2 lần)",
        "Lý do: Kiểm tra ngẫu nhiên 20 thủ tục: 02 thủ tục hết hiệu lực còn niêm yết",
        "Theo: Văn phòng UBND",
        "Đề nghị cơ quan giải trình.",
        "Giải trình: 0,75",
        "Số liệu: Thủ tục công khai sai, thiếu hoặc đã hết hiệu lực (1 lần)",
        f"Giải trình: {EXPLAINED}",
    ]
    assert cell(book, "3.1.2", "Điểm đang có").value == 0.5


def test_an_empty_letter_lacks_an_explanation_of_what_was_asked_and_of_nothing_else() -> None:
    path = "data/2024/explanation/co-quan-a.yml"
    snapshot = snapshot_of({name: data for name, data in TINY.items() if name != path})
    page = openpyxl.load_workbook(io.BytesIO(make(snapshot, "explanation", "co-quan-a")), data_only=True)[LINES]
    at = columns(page)
    rows = range(TOP + 1, page.max_row + 1)
    states = [(page.cell(row, at["Mã"]).value, page.cell(row, at["Còn thiếu"]).value) for row in rows]
    first = snapshot.world.years["2024"].file("appraisal-1", "co-quan-a")
    assert first is not None

    lacking = {code for code, state in states if state and state.startswith("▲")}
    assert {code for code, line in first.lines.items() if line.request} == lacking


def test_a_bonus_that_nobody_claims_lacks_nothing() -> None:
    page = openpyxl.load_workbook(io.BytesIO(made("self-assessment")), data_only=True)[LINES]
    at = columns(page)
    states = {
        page.cell(row, at["Mã"]).value: page.cell(row, at["Còn thiếu"]).value for row in range(TOP + 1, page.max_row)
    }

    assert [code for code, state in states.items() if state and state.startswith("▲")] == []


def test_a_choice_has_a_list_a_score_its_bounds_a_day_a_day() -> None:
    page = opened(made("self-assessment"))[LINES]

    def rule_at(code: str, name: str, part: str = "") -> tuple[str, str, str]:
        place = cell(opened(made("self-assessment")), code, name, part).coordinate
        (found,) = [rule for rule in page.data_validations.dataValidation if place in rule.sqref]
        return found.type, str(found.formula1), str(found.formula2)

    assert rule_at("1.1.1", "Trả lời")[:2] == ("list", "'Danh mục'!$C$1:$C$3")
    assert rule_at("1.4", "Trả lời", "hoi-nghi")[:2] == ("list", '"Có,Không"')
    assert rule_at("1.1.2", "Điểm tự chấm") == ("decimal", "0.0", "2.0")
    assert rule_at("8.2", "Điểm tự chấm") == ("decimal", "-3.0", "0.0")
    assert rule_at("1.2.1", "Trả lời", "bao-cao-muon") == ("whole", "0.0", "1000000000000000.0")


def test_a_form_of_a_body_has_its_own_lines_of_every_agency_and_no_others() -> None:
    page = opened(make(real(), "appraisal-1", body="so-tai-chinh"))[LINES]
    at = columns(page)
    rows = [
        (page.cell(row, at["Cơ quan"]).value, page.cell(row, at["Mã"]).value)
        for row in range(TOP + 1, page.max_row + 1)
    ]

    criteria = real().world.years["2024"].criteria
    shown = {code for _, code in rows if code in criteria and criteria[code].rule is not None}
    assert {leaf.code for leaf in real().world.years["2024"].leaves() if leaf.monitor == "so-tai-chinh"} == shown
    assert {"Cục Thuế", "Cục Hải quan", "KBNN Hà Nội", "BHXH Thành phố"} == {agency for agency, _ in rows}


def test_a_line_of_a_criterion_that_several_bodies_share_is_closed_to_each() -> None:
    book = opened(make(real(), "appraisal-1", body="van-phong-ubnd"))

    found = [row for row in book[LINES].iter_rows(min_row=TOP + 1) if str(row[1].value) == "1"]
    assert [c.coordinate for row in found for c in row if not c.protection.locked] == []


HOSTILE = '=HYPERLINK("http://example.invalid")'


def test_what_people_typed_never_becomes_a_formula() -> None:
    path = "data/2024/self-assessment/co-quan-a.yml"
    text = TINY[path].decode().replace("not_applicable: Không có đơn vị trực thuộc", f"not_applicable: '{HOSTILE}'")
    snapshot = snapshot_of({**TINY, path: text.encode()})

    for stage in ("self-assessment", "appraisal-1"):
        data = make(snapshot, stage, "co-quan-a")
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            formulas = [
                f for n in package.namelist() if "sheet" in n for f in re.findall(rb"<f>[^<]*", package.read(n))
            ]
        assert [found for found in formulas if b"HYPERLINK" in found] == []
        assert read_one(snapshot, data).files == {}


def test_a_workbook_names_nobody() -> None:
    with zipfile.ZipFile(io.BytesIO(made("self-assessment"))) as package:
        core = package.read("docProps/core.xml").decode()

    assert re.findall(r"<(?:dc:creator|cp:lastModifiedBy)>[^<]+", core) == []


def test_the_command_writes_a_form_for_each_agency(tmp_path: Path, run_command: RunCommand) -> None:
    root = repository_in(tmp_path)
    what = ("--year", "2024", "--stage", "survey", "--all", "-o", str(tmp_path / "x"))
    done = run_command("--repo", str(root), "form", "make", *what)

    assert (0, f"Đã viết 3 phiếu vào {tmp_path / 'x'}.\n") == (done.code, done.stdout)
    assert [f"2024_survey_co-quan-{name}.xlsx" for name in "abc"] == sorted(p.name for p in (tmp_path / "x").iterdir())


REFUSED = [
    (["co-quan-z"], "Không có cơ quan co-quan-z"),
    (["--all", "--body", "so-noi-vu"], "Hãy cho biết phiếu làm cho ai"),
    ([], "Hãy cho biết phiếu làm cho ai"),
    (["--body", "so-la"], "Không có cơ quan theo dõi so-la"),
    (["--all", "--stage", "tham-dinh"], "Kỳ 2024 không có bước tham-dinh."),
    (["--all", "--stage", "tham-dinh", "--web"], "Kỳ 2024 không có bước tham-dinh."),
]


@pytest.mark.parametrize(("whose", "words"), REFUSED)
def test_a_form_for_nobody_is_refused_in_one_line(
    tmp_path: Path, run_command: RunCommand, whose: list[str], words: str
) -> None:
    root = repository_in(tmp_path)
    what = ("--year", "2024", "--stage", "appraisal-1", "-o", str(tmp_path / "x"))
    done = run_command("--repo", str(root), "form", "make", *what, *whose)

    assert (done.code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert words in done.stderr


# --- formulas against rules, recalculated by another program ---------------------------------------------------------


RULE = {
    "choice": "{type: choice, options: {a: {points: 1, title: 'Đúng hạn? *'}, b: {points: 0.35, title: Muộn},"
    " c: {points: 0, title: 'Không'}}}",
    "checklist": "{type: checklist, items: {a: {points: 0.1, title: A}, b: {points: 0.2, title: B},"
    " c: {points: 0.7, title: C}}}",
    "full": "{type: proportional, full_from: 100, zero_below: 80, when_none: full}",
    "none": "{type: proportional, full_from: 99.5, zero_below: 33.3, when_none: not-applicable}",
    "over": "{type: proportional, full_from: 120, zero_below: 0, when_none: zero, over: true}",
    "target": "{type: proportional, full_from: 97.5, zero_below: 12.5, of: full_from, when_none: zero}",
    "bands": "{type: bands, unit: '%', when_none: zero,"
    " bands: [{from: 80, points: 1}, {above: 50, points: 0.5}, {points: 0.05}]}",
    "number": "{type: bands, unit: vụ,"
    " bands: [{from: 3, points: 1}, {from: 0.3, points: 0.5}, {from: -2, points: 0.25}, {points: 0}]}",
    "deduction": "{type: deduction, faults: {a: {per: 0.1, title: A}, b: {per: 0.25, title: B}}, floor: 0.15}",
    "judged": "{type: judged, step: 0.05}",
    "dossiers": "{type: formula, inputs: {a: {title: A, unit: count}, b: {title: B, unit: count}},"
    " valid: a + b <= 1000, not_applicable_when: a + b = 0, levels: [{when: a / (a + b) >= 0.95, points: out_of},"
    " {when: 'b > 0 and a / b >= 1', points: out_of * a / (a + b) - 0.1}, {points: 0}]}",
    "budget": "{type: formula, inputs: {a: {title: A}, b: {title: B, unit: triệu}},"
    " levels: [{when: a / b >= 1, points: 1}, {points: 'max(abs(a - b) / -b + 1, min(0.5, a), 0) * out_of'}]}",
    "bonus": "{type: bonus, items: {a: {per: 0.3, title: A}, b: {per: -0.1, title: B}}, most: 1, least: -0.5}",
}


def pair(done: object, assigned: object) -> str:
    return f"answer: {{done: {done}, assigned: {assigned}}}"


SHARES = [(0, 0), (1, 3), (2, 3), (4, 5), (79, 100), (799, 1000), (1, 8), (125, 1000), (5, 6), (995, 1000), (334, 1003)]
SHARES += [(45, 200), (9, 40), (21, 40), (17, 40), (333, 1000), (125, 255), (1005, 2010), (3, 3)]
SHARES += [(99999999, 100000000), (123456, 246911), (67, 120), (7, 16), (115, 200), (2675, 5000)]
FIGURES = [(0, 1), (1, 3), (2, 3), (1, 8), (5, 8), (3, 3), (40, 3)]
ANSWERS: Mapping[str, list[str]] = {
    "choice": [f"answer: {name}" for name in "abc"],
    "checklist": [f"answer: [{', '.join(names)}]" for n in range(4) for names in itertools.combinations("abc", n)],
    "full": [pair(*share) for share in SHARES],
    "none": [pair(*share) for share in SHARES],
    "over": [pair(*share) for share in [*SHARES, (3, 2), (6, 5), (119, 100), (1000, 1)]],
    "target": [pair(*share) for share in [*SHARES, (974, 1000), (975, 1000), (39, 320)]],
    "bands": [pair(*share) for share in SHARES] + [f"answer: {n}" for n in ("80", "79.999999", "50", "50.000001", "0")],
    "number": [f"answer: {n}" for n in ("3", "2.999999", "0.3", "0.299999", "-2", "-2.000001", "100")],
    "deduction": [f"answer: {{a: {a}, b: {b}}}" for a, b in [(0, 0), (1, 0), (3, 0), (3, 1), (9, 9), (1, 2)]],
    "judged": [""],
    "dossiers": [f"answer: {{a: {a}, b: {b}}}" for a, b in [*FIGURES, (0, 0), (19, 1), (189, 10), (999, 2), (7, 7)]],
    "budget": [
        f"answer: {{a: {a}, b: {b}}}" for a, b in [*FIGURES, ("0.5", 1), ("0.333333", "8.5"), (1, 0), ("0.3", "0.1")]
    ],
    "bonus": [f"answer: {{a: {a}, b: {b}}}" for a, b in [(0, 0), (1, 0), (3, 0), (4, 0), (0, 3), (0, 6), (2, 1)]],
}
ROUNDED = {
    "full",
    "none",
    "over",
    "target",
    "deduction",
    "judged",
    "dossiers",
    "budget",
}  # rules whose points follow from out_of
SCORES = {"judged": ["0", "0.05", "0.35", "0.7", "1", "0.33"]}
ROUNDINGS = [("half-up", 2, "1"), ("half-even", 2, "1"), ("down", 2, "1")]
ROUNDINGS += [("half-up", 1, "1"), ("half-even", 0, "1"), ("half-up", 2, "0.35")]


def cases() -> Iterator[tuple[str, str]]:
    """Yield rule and line of each leaf of the year of cases."""
    for rule, answers in ANSWERS.items():
        for answer in answers:
            for score in SCORES.get(rule, [""]):
                yield rule, "\n".join(filter(None, [answer, f"score: {score}" if score else ""]))


def year_of_cases(rounding: str, decimals: int, out_of: str) -> Year:
    criteria, lines = [], []
    for number, (rule, line) in enumerate(cases(), 1):
        points = out_of if rule in ROUNDED else "0" if rule == "bonus" else "1"
        criteria.append(f'"1.{number}": {{title: Tiêu chí {number}, out_of: {points}, rule: {RULE[rule]}}}')
        body = line if "score" in line else f"{line}\nscore: 0"
        lines.append(f'"1.{number}":\n' + "\n".join(f"  {text}" for text in body.splitlines()))
    tree = '"1":\n  title: Lĩnh vực\n  children:\n' + "\n".join(f"    {text}" for text in criteria)
    policy = f"{{points: {{decimals: {decimals}, rounding: {rounding}}}}}"
    files = files_of(tree, lines={("self-assessment", "cuc-thue"): "\n".join(lines)}, policy=policy)
    return year_from(files)


def workbook_of(year: Year) -> bytes:
    labels = load_labels("vi")
    form = form_of(year, "self-assessment", ["cuc-thue"], bodies={}, calendar=Calendar(), labels=labels)
    manifest = Manifest("2024", "self-assessment", "cuc-thue", None, None, "", "", "")
    return workbooks.workbook(book_of(form, manifest), labels)


def figures(book: Any) -> dict[str, Any]:
    """Return every computed cell of a workbook by its address, numbers to nine decimals."""
    found = {}
    for page in book.worksheets:
        for row in page.iter_rows():
            for entry in row:
                number = isinstance(entry.value, float | int)
                found[f"{page.title}!{entry.coordinate}"] = round(entry.value, 9) if number else entry.value
    return found


def values_of(data: bytes) -> dict[str, Any]:
    return figures(openpyxl.load_workbook(io.BytesIO(data), data_only=True))


def formulas_of(data: bytes) -> set[str]:
    return {place for place, value in figures(opened(data)).items() if isinstance(value, str) and value.startswith("=")}


def recalculated(folder: Path, program: str, books: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    """Return the values that LibreOffice computes; what we computed is taken out before."""
    bare = {name: edited(data, lambda book: None) for name, data in books.items()}
    return {name: values_of(data) for name, data in saved_again(folder, program, bare).items()}


def saved_again(folder: Path, program: str, books: Mapping[str, bytes], kind: str = "xlsx") -> dict[str, bytes]:
    """Return workbooks as LibreOffice saves or prints them; all tests share the profile that it makes first."""
    source, target = folder / "in", folder / "out"
    source.mkdir()
    for name, data in books.items():
        (source / f"{name}.xlsx").write_bytes(data)
    profile = f"-env:UserInstallation=file://{folder.parent / 'office'}"
    command = [program, profile, "--headless", "--convert-to", kind, "--outdir", str(target)]
    files = [str(source / f"{name}.xlsx") for name in books]
    subprocess.run([*command, *files], check=True, capture_output=True, timeout=300)
    return {name: (target / f"{name}.{kind}").read_bytes() for name in books}


def disagreements(books: Mapping[str, bytes], found: Mapping[str, Mapping[str, Any]]) -> list[Any]:
    """Return each figure of which two programs say different things."""
    wrong = []
    for name, data in books.items():
        computed, ours = formulas_of(data), values_of(data)
        wrong += [
            (name, place, ours.get(place), found[name].get(place))
            for place in sorted(computed)
            if not same_figure(ours.get(place), found[name].get(place))
        ]
    return wrong


@pytest.mark.slow
@pytest.mark.needs("libreoffice-calc")
def test_formulas_say_what_the_rules_say_of_every_type_and_at_every_edge(
    tmp_path: Path, program: Callable[[str], str]
) -> None:
    years = {" ".join(map(str, rounding)): year_of_cases(*rounding) for rounding in ROUNDINGS}
    books = {name: workbook_of(year) for name, year in years.items()}

    assert disagreements(books, recalculated(tmp_path, program("libreoffice-calc"), books)) == []


def test_the_cases_are_of_every_rule_type_that_stages_write() -> None:
    found = {leaf.rule.name for leaf in year_of_cases(*ROUNDINGS[0]).leaves() if leaf.rule}

    assert set(RULES) - {"survey", "sipas"} == found  # those two have their sheet in the survey's form


@pytest.mark.slow
@pytest.mark.needs("libreoffice-calc")
def test_every_figure_of_a_form_of_2024_is_what_another_program_computes(
    tmp_path: Path, program: Callable[[str], str]
) -> None:
    books = {f"{stage}-{agency}": made(stage, agency) for stage in ALL for agency in TWO}
    books["body"] = make(real(), "appraisal-1", body="so-noi-vu")
    books["tiny"] = make(tiny(), SURVEY, "co-quan-a")

    assert disagreements(books, recalculated(tmp_path, program("libreoffice-calc"), books)) == []


SURVEY_POLICIES = ["decimals: 2, rounding: half-even, leaf: rounded", "decimals: 1, rounding: half-up, leaf: rounded"]
SURVEY_POLICIES += ["decimals: 3, rounding: down, leaf: rounded", "decimals: 2, rounding: half-up, leaf: exact"]


@pytest.mark.slow
@pytest.mark.needs("libreoffice-calc")
def test_points_of_a_survey_and_of_sipas_follow_every_way_of_rounding(
    tmp_path: Path, program: Callable[[str], str]
) -> None:
    path = "data/2024/cycle.yml"
    books = {}
    for policy in SURVEY_POLICIES:
        text = TINY[path].decode().replace("decimals: 2, rounding: half-up, leaf: rounded", policy, 1)
        snapshot = snapshot_of({**TINY, path: text.encode()})
        for agency in ("co-quan-a", "co-quan-b", "co-quan-c"):
            books[f"{policy} {agency}".replace(": ", "-").replace(", ", " ")] = make(snapshot, SURVEY, agency)

    assert len(set(books.values())) == len(books)
    assert disagreements(books, recalculated(tmp_path, program("libreoffice-calc"), books)) == []


def same_figure(ours: Any, theirs: Any) -> bool:
    """Tell whether two programs say the same; an empty text and nothing do."""
    return (ours or None) == (theirs or None)


@pytest.mark.slow
@pytest.mark.needs("libreoffice-calc")
def test_a_form_that_libreoffice_saved_reads_like_the_one_that_went_out(
    tmp_path: Path, program: Callable[[str], str]
) -> None:
    books = {stage: made(stage) for stage in ALL}
    found = {
        stage: read_one(real(), data)
        for stage, data in saved_again(tmp_path, program("libreoffice-calc"), books).items()
    }

    assert {stage: ({}, False, []) for stage in ALL} == {
        stage: (dict(entry.files), entry.refused, [code for code in codes(entry) if code.startswith("form-")])
        for stage, entry in found.items()
    }


@pytest.mark.slow
@pytest.mark.needs("libreoffice-calc")
def test_points_and_states_follow_what_is_typed(tmp_path: Path, program: Callable[[str], str]) -> None:
    def change(book: Any) -> None:
        cell(book, "1.1.2", "Trả lời", "done").value = 41
        cell(book, "1.1.2", "Điểm tự chấm").value = None
        cell(book, "2.2", "Điểm tự chấm").value = None
        cell(book, "1.1.1", "Trả lời").value = "Muộn đến 15 ngày"
        cell(book, "1.1.1", "Số, ký hiệu", sheet=EVIDENCE).value = None
        cell(book, "3.1", "Trả lời").value = 1
        cell(book, "3.1", "Điểm tự chấm").value = 1

    data = edited(make(tiny(), "self-assessment", "co-quan-a"), change)
    found = recalculated(tmp_path, program("libreoffice-calc"), {"x": data})["x"]
    book = opened(data)

    def shown(code: str, name: str) -> Any:
        return found[f"{LINES}!{cell(book, code, name).coordinate}"]

    assert [shown(code, "Điểm theo cách chấm") for code in ("1.1.2", "1.1.1", "3.1")] == [1.64, 0.5, 1]
    assert [shown(code, "Còn thiếu") for code in ("1.1.2", "1.1.1", "2.2", "3.1")] == [
        "✓ đủ",
        "▲ điểm khác cách chấm",
        "▲ thiếu điểm",
        "✓ đủ",
    ]
    assert "7/9 tiêu chí" in found.values()


def test_whose_lines_stand_where_is_asked_a_few_times_for_each_agency_of_a_bodys_form(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, single = Counter[str](), Form._files_of_lines
    monkeypatch.setattr(Form, "_files_of_lines", lambda form, agency: asked.update([agency]) or single(form, agency))
    agencies = 30
    snapshot = snapshot_of({path: text.encode() for path, text in corpus(agencies, stages=2)})
    (form,) = forms.forms_of(snapshot, "2024", "appraisal-1", agencies=[], body="so-1", labels=load_labels("vi"))
    files = forms.manifest_of(snapshot.tree, form).files

    assert len(files) == len(asked) == agencies
    assert max(asked.values()) <= 2

"""Files of responses that went wrong: each mistake is named at its row and column, and nothing is counted."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from formworlds import repacked
from tallyworlds import HEADER, csv_of, form, tallied, xlsx_of
from wrong_responses import WRONG

from pipeline.adapters.spreadsheets import Limits
from pipeline.flows.tally import Tallied
from pipeline.flows.wording import load_labels


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Tallied]:
    """Give what comes of a mistake, found out once."""

    @cache
    def made(code: str) -> Tallied:
        case = WRONG[code]
        folder = tmp_path_factory.mktemp(code)
        world = {"snapshot": case.snapshot, "engine": case.engine}
        return tallied(folder, case.files, group=case.group, mapping=case.mapping, unjudged=case.unjudged, **world)

    return made


@pytest.mark.parametrize("code", sorted(WRONG))
def test_a_mistake_is_named_at_its_place_and_nothing_is_counted(code: str, outcome: Callable[[str], Tallied]) -> None:
    made = outcome(code)
    own = [problem for problem in made.problems if problem.code == code]

    assert [problem.code for problem in made.problems if code not in {problem.code, "tally-sealed"}] == []
    assert {(problem.line, problem.column) for problem in own} == {(WRONG[code].row, WRONG[code].column)}
    assert made.files == {}


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("code", sorted(WRONG))
def test_a_mistake_has_words_with_all_its_figures(code: str, language: str, outcome: Callable[[str], Tallied]) -> None:
    labels = load_labels(language)
    problem = next(problem for problem in outcome(code).problems if problem.code == code)

    assert labels.texts[f"problems.{code}.message"].format_map(problem.figures)  # all figures are there
    assert not {"{", "}"} & set(labels.message(problem))


def test_the_same_wrong_word_is_told_once_with_its_rows(tmp_path: Path) -> None:
    rows = [form(n, q1="Tuyệt vời") for n in range(1, 6)]
    made = tallied(tmp_path, {"phieu.csv": csv_of([form(9), *rows])})

    assert [(p.code, p.line, p.figures["count"]) for p in made.problems] == [("tally-unknown-option", 3, "5")]


def test_several_mistakes_are_told_at_once(tmp_path: Path) -> None:
    files = {"phieu.csv": csv_of([form(1, q1="8"), form(2, agency="ai đó"), form(3, end="hôm qua")])}
    made = tallied(tmp_path, files)

    assert [(p.code, p.line, p.column) for p in made.problems] == [
        ("tally-outside-scale", 2, 5),
        ("tally-unknown-agency", 3, 4),
        ("tally-bad-date", 4, 3),
    ]


def test_a_workbook_that_carries_macros_is_refused_like_any_form(tmp_path: Path) -> None:
    stream = io.BytesIO(xlsx_of([HEADER, form(1)]))
    with zipfile.ZipFile(stream, "a") as package:
        package.writestr("xl/vbaProject.bin", b"x")
    made = tallied(tmp_path, {"phieu.xlsx": stream.getvalue()})

    assert [problem.code for problem in made.problems] == ["form-macros"]


SHEET = "xl/worksheets/sheet1.xml"


def widened(book: bytes, rows: bytes) -> bytes:
    """Return a workbook with rows added to the end of its sheet."""
    with zipfile.ZipFile(io.BytesIO(book)) as package:
        found = package.read(SHEET)
    return repacked(book, {SHEET: found.replace(b"</sheetData>", rows + b"</sheetData>")})


def test_a_million_blank_rows_of_many_styled_cells_are_named_by_sheet_and_row(tmp_path: Path) -> None:
    cells = b"".join(b'<c s="1" r="%s%%d"/>' % letter for letter in (b"A", b"B", b"C", b"D"))
    row = b'<row r="%d">' + cells + b"</row>"
    rows = b"".join(row % ((number,) * 5) for number in range(4, 1_048_577))
    made = tallied(tmp_path, {"phieu.xlsx": widened(xlsx_of([HEADER, form(1), form(2)]), rows)})

    assert [(p.code, p.line, p.figures["sheet"]) for p in made.problems] == [("tally-blank-rows", 4, "Sheet")]


def test_a_blank_end_does_not_hide_how_many_cells_are_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.adapters.spreadsheets.OF_RESPONSES", Limits(cells=17))
    made = tallied(tmp_path, {"phieu.xlsx": widened(xlsx_of([HEADER, form(1), form(2)]), b'<row r="1048576"/>')})

    assert [problem.code for problem in made.problems] == ["form-too-many-cells"]


def test_merged_cells_in_a_column_that_is_not_counted_are_no_mistake(tmp_path: Path) -> None:
    rows = [(*HEADER, "_index"), (*form(1), "1"), (*form(2), "2")]
    made = tallied(tmp_path, {"phieu.xlsx": xlsx_of(rows, lambda page: page.merge_cells("G2:G3"))})

    assert (made.problems, made.sums.of("co-quan-a", "valid")) == ((), 2)


@pytest.mark.parametrize("sign", ["\u2028", "\x0b", "\x0c", "\x1c", "\x85"])
def test_a_title_pasted_from_a_document_with_a_sign_that_breaks_lines_there_breaks_none_here(
    sign: str, tmp_path: Path
) -> None:
    header = (*HEADER[:4], f"ghi{sign}chú", *HEADER[4:])
    rows = [(*form(1)[:4], f"a{sign}b", *form(1)[4:])]
    made = tallied(tmp_path, {"phieu.csv": csv_of(rows, header)})

    assert (made.problems, made.sums.of("co-quan-a", "valid")) == ((), 1)


def test_text_that_is_not_utf_8_is_named_at_its_cell_whatever_parts_the_cells(tmp_path: Path) -> None:
    rows = [form(1), (*form(2)[:3], 'một; "hai"', *form(2)[4:5], "Tốt")]
    data = csv_of(rows, delimiter=";").replace("một".encode(), b"mot").replace("Tốt".encode(), b"T\xf4t")
    made = tallied(tmp_path, {"phieu.csv": data})

    assert [(p.code, p.line, p.column) for p in made.problems] == [("tally-encoding", 3, 6)]

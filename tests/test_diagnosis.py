"""Many problems of one cause are told once, proved by what was typed; and no cause is told that is not there."""

from __future__ import annotations

import io
import json
import random
import time
from functools import cache
from pathlib import Path

import openpyxl
import pytest
from conftest import RunCommand
from formworlds import read_one, real, repository_in, typed
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tiny import snapshot_of
from wrong_causes import AGENCY, ANSWER, CAUSES, SCORE, changing, column, filled, putting, shift
from wrong_forms import good

from pipeline.adapters.messages import LANGUAGES
from pipeline.core.forms import receipts
from pipeline.core.forms.diagnosis import CAUSES as FOUND
from pipeline.core.forms.diagnosis import TypedCell, diagnosed, ranges
from pipeline.core.forms.read_tables import FormFinding, Spot, finding
from pipeline.core.forms.receipts import Received
from pipeline.core.ground.problems import Problem
from pipeline.flows.wording import load_labels


@cache
def outcome(code: str) -> Received:
    case = CAUSES[code]
    return read_one(case.snapshot(), case.build())


def causes(received: Received) -> list[FormFinding]:
    return [found for found in received.findings if found.under]


def test_every_cause_has_a_form_that_shows_it() -> None:
    assert CAUSES.keys() == FOUND.keys()


@pytest.mark.parametrize("code", CAUSES)
def test_a_cause_is_told_once_with_its_cells_and_keeps_what_it_explains(code: str) -> None:
    case, found = CAUSES[code], causes(outcome(code))

    assert [(one.problem.code, one.problem.figures["cells"], len(one.under)) for one in found] == [
        (code, case.cells, case.count)
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", CAUSES)
def test_a_cause_is_one_clear_line_with_its_cure(code: str, language: str) -> None:
    told = receipts.findings_text(outcome(code), load_labels(language))

    assert "{" not in told
    assert told.count(f" {code}: ") == 1


def test_a_shifted_column_is_told_with_where_its_values_belong() -> None:
    received = outcome("cause-shifted")
    labels = load_labels("vi")

    told = receipts.findings_text(received, labels)

    assert told == (
        "phieu.xlsx: Biểu chấm!G61: lỗi cause-shifted: Các ô Biểu chấm!G61:G95 bị dán lệch 1 dòng: "
        "giá trị ở G61 là của G60, các giá trị sau cũng vậy.\n"
        "    Cách sửa: Dán lại các giá trị ấy bắt đầu từ G60 thay vì G61, rồi điền những ô còn trống. "
        "21 chỗ bị nêu đều do lệch dòng.\n"
    )


def test_numbers_that_were_meant_are_written_as_the_reader_writes_them() -> None:
    told = receipts.findings_text(outcome("cause-days"), load_labels("vi"))

    assert "Có phải 09/02/2024 → 9,2; 01/05/2024 → 1,5?" in told


def test_a_comment_at_each_cell_leads_to_the_one_that_tells_the_cause() -> None:
    said = receipts.comments(outcome("cause-formulas"), load_labels("vi"))

    assert [text.split(":")[0] for text in said.values()] == ["lỗi", "Lỗi", "Lỗi", "Lỗi"]
    assert "Biểu chấm!I7" in list(said.values())[-1]


def test_what_follows_in_other_files_is_no_cause_in_the_form() -> None:
    problem = Problem("reason-missing", "error", "data/2024/appraisal-1/co-quan-a.yml", 9, 3)
    elsewhere = [FormFinding(problem)] * 5
    empty = TypedCell(Spot("Biểu chấm", 6, 13), "reason", "Lý do", None, lambda _: True)

    assert diagnosed(elsewhere, [empty]) == tuple(elsewhere)


@settings(max_examples=20, deadline=None)
@given(first=st.integers(2, 100), length=st.integers(12, 40), by=st.sampled_from((1, -1, 2)))
@example(first=55, length=75, by=1)
def test_a_column_that_was_shifted_is_named_with_where_it_belongs(first: int, length: int, by: int) -> None:
    last = min(first + length, 127 - max(by, 0))
    if first + min(by, 0) < 0:
        return
    data = changing(lambda book: shift(book, by, first, last))()

    received = read_one(real(), data)

    found = [one for one in causes(received) if one.problem.code == "cause-shifted"]
    assert [by] * len(found) == [
        int(one.problem.figures["first"][1:]) - int(one.problem.figures["home"][1:]) for one in found
    ]
    single = [one for one in received.findings if one.problem.code.startswith("form-not-an")]
    assert found or len(single) < 3


@cache
def values(header: str, least: float) -> dict[int, float]:
    """Return the numbers of a column of the filled form that are at least so large, by their rows."""
    book = openpyxl.load_workbook(io.BytesIO(filled()))
    return {
        one.row: one.value for one in column(book, header) if isinstance(one.value, int | float) and one.value >= least
    }


@settings(max_examples=15, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize(
    ("code", "header", "least", "factor"),
    [("cause-thousands", ANSWER, 1001, 1000), ("cause-decimals", SCORE, 0.01, 0.01)],
)
def test_numbers_of_another_size_are_named_each_and_no_others(
    data: st.DataObject, code: str, header: str, least: float, factor: float
) -> None:
    known = values(header, least)
    rows = data.draw(st.sets(st.sampled_from(sorted(known)), min_size=2))

    received = read_one(real(), putting(header, {row: round(known[row] / factor, 6) for row in rows})())

    (cause,) = [one for one in causes(received) if one.problem.code == code]
    assert {one.spot.row + 1 for one in cause.under if one.spot is not None} == rows


WRONG_VALUES = ("x", "không", -1, 1.5, 99999, "Có", "1/2", "2024-13-40")


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 12))
def test_mistakes_without_a_common_cause_are_told_one_by_one(seed: int, count: int) -> None:
    lot = random.Random(seed)  # noqa: S311 - the same mistakes every time
    rows = lot.sample(range(7, 128), count)
    kinds = {row: lot.choice(WRONG_VALUES) for row in rows}
    told = {row: f"{value} {row}" if isinstance(value, str) else value for row, value in kinds.items()}

    received = read_one(real(), putting(ANSWER, told)())
    again = {"cause-same-words"} if len({*told.values()}) < count else set()  # the same number in several cells

    assert {one.problem.code for one in causes(received)} <= {"cause-swapped", "cause-thousands"} | again


def test_a_form_as_it_went_out_has_no_cause() -> None:
    assert causes(read_one(real(), filled())) == []


def test_a_form_as_it_went_out_has_no_problem_where_its_file_is_not_in_the_data_yet() -> None:
    own = f"data/2024/self-assessment/{AGENCY}.yml"
    others = {path: file.data for path, file in real().tree.files.items() if path != own}

    assert [found for found in read_one(snapshot_of(others), filled()).findings if found.spot is not None] == []


def test_cells_are_named_as_people_name_them() -> None:
    spots = [Spot("Biểu chấm", row, 5) for row in (11, 12, 13, 20)] + [Spot("Biểu chấm", 4, 7)]

    assert ranges(spots) == "Biểu chấm!F12:F14, F21, H5"


def test_problems_without_cells_stay_as_they_are() -> None:
    found = outcome("cause-formulas").findings[0].under

    assert diagnosed(found[:2]) == found[:2]


def test_json_keeps_each_problem_below_its_cause(tmp_path: Path, run_command: RunCommand) -> None:
    root, form = repository_in(tmp_path), tmp_path / "phieu.xlsx"
    form.write_bytes(typed(good(), *((code, "Điểm tự chấm", "chưa chấm") for code in ("1.1.1", "1.1.2", "2.2"))))

    done = run_command("--repo", str(root), "form", "read", str(form), "--today", "2024-12-04", "--format", "json")

    (told,) = json.loads(done.stdout)["forms"]
    assert (done.code, told["refused"], told["agency"]) == (1, True, "co-quan-a")
    assert [(one["code"], len(one["under"])) for one in told["problems"]] == [("cause-same-words", 3)]
    assert {one["code"] for one in told["problems"][0]["under"]} == {"form-not-a-number"}


def test_a_cause_of_very_many_problems_is_found_in_no_time() -> None:
    found = [finding("form-not-a-number", "phieu.xlsx", Spot("Trang", row, 3), found="x") for row in range(20_000)]
    before = time.process_time()

    (told,) = diagnosed(found)

    assert len(told.under) == len(found)
    assert time.process_time() - before < 2

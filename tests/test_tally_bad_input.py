"""Files of responses that went wrong: each mistake is named at its row and column, and nothing is counted."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from tallyworlds import HEADER, csv_of, form, tallied, xlsx_of
from wrong_responses import WRONG

from pipeline.snapshot import load_labels
from pipeline.tallying import Tallied


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Tallied]:
    """Give what comes of a mistake, found out once."""

    @cache
    def made(code: str) -> Tallied:
        case = WRONG[code]
        folder = tmp_path_factory.mktemp(code)
        return tallied(folder, case.files, group=case.group, mapping=case.mapping, snapshot=case.snapshot)

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

    assert labels.texts[f"problems.{code}.message"].format_map(problem.figures) == labels.message(problem)


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

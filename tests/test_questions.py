"""Ten questions of readers: each query answers, in every language alike, and so do the steps in a spreadsheet."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from time import process_time
from typing import Any

import duckdb
import openpyxl
import pytest
from conftest import ROOT
from exportworlds import POLICIES, bundle_of, files, small_year
from sites import YEAR, Site
from test_bundles import folder_of

from pipeline.adapters.messages import LANGUAGES
from pipeline.flows.wording import load_labels

TOP = "page.questions.list."
NAMES = [
    key.removeprefix(TOP).removesuffix(".ask")
    for key in load_labels("vi").texts
    if key.startswith(TOP) and key.endswith(".ask")
]
MOST_SECONDS = 2.0  # of the processor, for one question of the real year; most take a hundredth
Sheet = list[dict[str, Any]]


def words(name: str, part: str, language: str = "vi") -> str:
    return load_labels(language).text(f"{TOP}{name}.{part}")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of(files(), tmp_path_factory.mktemp("bundle"))


def asked(folder: Path, name: str, language: str, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Return the answer of a query that is typed in the folder of a bundle."""
    monkeypatch.chdir(folder)
    with duckdb.connect() as connection:
        return connection.execute(words(name, "sql", language)).fetchall()


@pytest.mark.parametrize("name", NAMES)
def test_each_query_answers_in_both_languages_alike(
    name: str, bundle: Path, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    begun = process_time()
    told = {language: asked(bundle, name, language, monkeypatch) for language in LANGUAGES}
    taken = (process_time() - begun) / len(LANGUAGES)
    record_property("seconds", f"{taken:.3f}")
    figures = [[[cell for cell in row if not isinstance(cell, str)] for row in rows] for rows in told.values()]

    assert told["vi"]
    assert all(rows == figures[0] for rows in figures)
    assert taken < MOST_SECONDS


@pytest.mark.parametrize("policy", POLICIES)
def test_each_query_can_be_asked_of_any_year(policy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_of(bundle_of(small_year(policy, 29)), tmp_path)

    assert {name: len(asked(folder, name, "vi", monkeypatch)) > 0 for name in NAMES if name in ALWAYS} == dict.fromkeys(
        ALWAYS, True
    )
    assert [name for name in NAMES if asked(folder, name, "vi", monkeypatch) is None] == []


ALWAYS = ("first-last", "weakest-area", "costliest", "heard")  # what every year has an answer to


# --- the same in a spreadsheet --------------------------------------------------------------------------------------


@cache
def sheets() -> Mapping[str, Sheet]:
    """Return the rows of each sheet by the names in its second row; a formula has the value that stands beside it."""
    book = openpyxl.load_workbook(io.BytesIO(files()[f"parindex-{YEAR}.xlsx"]), data_only=True)
    told: dict[str, Sheet] = {}
    for page in book.worksheets[1:]:
        _, head, *rows = page.iter_rows(values_only=True)
        told[page.title] = [dict(zip(map(str, head), row, strict=True)) for row in rows]
    return told


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_the_steps_name_sheets_and_columns_that_are_there(name: str, language: str) -> None:
    sheet, *columns = re.findall("“([a-z_]+)”", words(name, "excel", language))
    assert sheet in sheets()
    assert [column for column in columns if column not in {*sheets()[sheet][0], *sheets()}] == []


def by_hand() -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """Yield for each question the codes and figures of its answer, worked out as the steps say."""
    results, flat, decisions = (sheets()[name] for name in ("results", "flat", "decisions"))
    ranked = sorted(results, key=lambda row: int(row["rank"]))
    yield "first-last", [(row["index"], row["rank"]) for row in ranked]
    weakest: dict[str, dict[str, Any]] = {}
    known = [row for row in sheets()["areas"] if isinstance(row["index"], int | float)]
    for row in sorted(known, key=lambda row: (row["agency"], row["index"])):
        weakest.setdefault(row["agency"], row)
    yield "weakest-area", sorted((row["index"],) for row in weakest.values())
    lost: dict[str, Decimal] = {}
    for row in flat:
        if row["applicable"]:
            more = exact(row["out_of"]) - exact(row["points"])
            lost[row["criterion"]] = lost.get(row["criterion"], Decimal(0)) + more
    yield "costliest", [(value,) for value in sorted(lost.values(), reverse=True)[:10]]
    claims = [(exact(row["claim"]), exact(row["points"])) for row in flat if row["claim"] and row["applicable"]]
    lower = sorted((points - claimed for claimed, points in claims if claimed > points))[:10]
    yield "lowered", [(-difference,) for difference in lower]
    appraised = [row for row in decisions if "appraisal" in row["stage"] and not row["amendment"]]
    taken: dict[str, Decimal] = {}
    for row in appraised:
        if row["before"] is not None and row["after"] is not None and row["before"] > row["after"]:
            more = exact(row["before"]) - exact(row["after"])
            taken[row["by_name"]] = taken.get(row["by_name"], Decimal(0)) + more
    yield "by-body", [(value,) for value in sorted(taken.values(), reverse=True)]
    explained = {(row["agency"], row["criterion"]) for row in decisions if row["stage"] == "explanation"}
    raised = [
        (exact(row["before"]), exact(row["after"]))
        for row in decisions
        if (row["agency"], row["criterion"]) in explained and not row["amendment"]
        if row["before"] is not None and row["after"] is not None and row["after"] > row["before"]
    ]
    yield "explained", sorted(raised)
    approved = min(row["decision_date"] for row in sheets()["versions"])
    corrected = [row for row in decisions if row["day"] and row["day"] > approved]
    yield "corrected", [(exact(row["before"]), exact(row["after"]), row["decision_number"]) for row in corrected]
    yield "that-day", [(row["index"], row["rank"]) for row in sheets()["versions_results"] if row["version"] == 1]
    one = [row for row in flat if row["criterion"] == "1.1.1" and row["rank_best"] != row["rank_worst"]]
    yield "uncertain", sorted((row["rank"], row["rank_best"], row["rank_worst"]) for row in one)
    shares = [[row[f"{part}_points"] / row[f"{part}_out_of"] for part in ("appraisal", "survey")] for row in results]
    yield "heard", [(round(100 * (survey - appraisal), 1),) for appraisal, survey in shares]


def exact(value: object) -> Decimal:
    return Decimal(str(value)) if isinstance(value, int | float) else Decimal(0)


FIGURES: Mapping[str, Callable[[tuple[Any, ...]], tuple[Any, ...]]] = {
    "first-last": lambda row: (float(row[1]), row[2]),
    "weakest-area": lambda row: (float(row[2]),),
    "costliest": lambda row: (row[2],),
    "lowered": lambda row: (row[5],),
    "by-body": lambda row: (row[2],),
    "explained": lambda row: (row[2], row[3]),
    "corrected": lambda row: (row[2], row[3], row[5]),
    "that-day": lambda row: (row[1], row[2]),
    "uncertain": lambda row: row[1:4],
    "heard": lambda row: (round(row[3], 1),),
}


@pytest.mark.parametrize("name", NAMES)
def test_the_steps_in_a_spreadsheet_give_the_answer_of_the_query(
    name: str, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [FIGURES[name](row) for row in asked(bundle, name, "vi", monkeypatch)]

    assert sorted(dict(by_hand())[name]) == sorted(found)


def test_the_ranking_of_the_first_approval_comes_out(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    third = asked(bundle, "that-day", "en", monkeypatch)[2]
    (row,) = asked(bundle, "corrected", "en", monkeypatch)

    assert third == ("Hanoi Tax Department", 87.1, 3)
    assert (row[0], row[4]) == ("Hanoi Tax Department", date(2025, 3, 14))


# --- where they stand -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "page"), [("vi", "muoi-cau-hoi.md"), ("en", "muoi-cau-hoi.en.md")])
def test_the_page_of_the_documents_says_the_same(language: str, page: str) -> None:
    text = (ROOT / "docs" / "how-to" / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^## \d+\. (.*)\n\n```sql\n([\s\S]*?)\n```$", text, re.MULTILINE)

    assert [(words(name, "ask", language), words(name, "sql", language)) for name in NAMES] == blocks
    flat = " ".join(text.split())
    assert [name for name in NAMES if words(name, "excel", language)[1:] not in flat] == []


@pytest.mark.parametrize(
    ("language", "page", "said"),
    [
        ("vi", "muoi-cau-hoi.md", "Năm 2024 (minh họa), dòng đầu của câu trả lời"),
        ("en", "muoi-cau-hoi.en.md", "In 2024 (illustrative), the first row of the answer"),
    ],
)
def test_the_page_of_the_documents_says_how_each_answer_begins(
    language: str, page: str, said: str, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOT / "docs" / "how-to" / page).read_text(encoding="utf-8")
    rows = (asked(bundle, name, language, monkeypatch)[0] for name in NAMES)

    assert [" | ".join(map(str, row)) for row in rows] == re.findall(
        f"^{re.escape(said)}: “(.*)”\\.$", text, re.MULTILINE
    )


def test_what_the_page_says_of_the_sheets_is_so() -> None:
    book = openpyxl.load_workbook(io.BytesIO(files()[f"parindex-{YEAR}.xlsx"]), read_only=True)
    second = {page.title: [cell.value for cell in page[2]] for page in book.worksheets[1:]}
    scores, flat, left_out = sheets()["scores"], sheets()["flat"], "applicable"
    columns = {
        path: data.decode().partition("\n")[0].split(",") for path, data in files().items() if path[:4] == "csv/"
    }

    assert [path for path, names in columns.items() if not {*names} <= {*second[path[4:-4]]}] == []
    assert [(row["agency"], row["criterion"]) for row in scores] == [(row["agency"], row["criterion"]) for row in flat]
    assert {row["points"] for row in flat if row[left_out] is False} == {None}
    assert [row for row in flat if row[left_out] is not False and row["points"] is None] == []


def test_the_page_of_the_site_says_every_query_as_it_is(rendered: Site) -> None:
    for language, folder in (("vi", ""), ("en", "en/")):
        page = rendered.pages[f"{folder}{YEAR}/muoi-cau-hoi/index.md"].decode()
        said = re.sub(r"&#(\d+);", lambda found: chr(int(found[1])), page)

        assert [name for name in NAMES if words(name, "sql", language) not in said] == []
        assert len(NAMES) == 10

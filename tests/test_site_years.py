"""Years as a dimension of the site: a page leads to itself in other years, and a year is told beside the one before."""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Mapping
from functools import cache

import pytest
from conftest import ROOT
from sites import TODAY
from test_site_growth import approved
from tiny import TINY_FILES, data_of_this_repository, snapshot_of

sys.path.insert(0, str(ROOT / "tests" / "benchmarks"))

from corpus import YEAR, over_years

from pipeline.adapters.repository import open_repository
from pipeline.core.index.analysis.findings import findings
from pipeline.core.index.analysis.sentences import told
from pipeline.core.index.scoring import score
from pipeline.flows.open_year import open_year
from pipeline.flows.site import render_all
from pipeline.flows.snapshot import Readings, Snapshot
from pipeline.flows.wording import load_labels

WORDS = load_labels("vi")
THRESHOLDS = data_of_this_repository().world.thresholds


@cache
def rendered(agencies: int, years: int) -> Mapping[str, str]:
    """Return the pages of the public site of a made-up world, by path."""
    made = render_all(
        approved(world_of(agencies, years)),
        open_repository(ROOT),
        audience="public",
        today=TODAY,
        languages=[WORDS],
        address="",
    )
    return {path: data.decode() for path, data in made.items() if path.endswith(".md")}


def world_of(agencies: int, years: int) -> Snapshot:
    return snapshot_of({path: text.encode() for path, text in over_years(agencies, years).items()})


def switch(page: str) -> list[tuple[str, str]]:
    """Return the years that a page leads to, each with the address."""
    nav = re.search(r'<nav class="pi-switch".*?</nav>', page, re.DOTALL)
    return re.findall(r'<a href="([^"]*)"[^>]*>(\d{4})</a>', nav[0]) if nav else []


@pytest.mark.slow
def test_every_page_of_a_year_leads_to_itself_in_the_other_years() -> None:
    pages = rendered(3, 3)
    lost = {}
    for path in pages:
        if path.startswith(f"{YEAR}/"):
            depth = path.count("/")
            here = path.removeprefix(f"{YEAR}/").removesuffix("index.md")
            back = "../" * depth
            expected = [("./", YEAR), *((f"{back}{year}/{here}", year) for year in ("2023", "2022"))]
            if here.startswith("duong-di/") and here != "duong-di/":  # lists of one year's own
                expected = [("./", YEAR), *((f"{back}{year}/duong-di/", year) for year in ("2023", "2022"))]
            if switch(pages[path]) != expected:
                lost[here] = switch(pages[path])

    without = ["./", *(f"../../../{year}/tieu-chi/" for year in ("2023", "2022"))]

    assert {here: [target for target, _ in found] for here, found in lost.items()} == {"tieu-chi/6.10/": without}


@pytest.mark.slow
def test_an_agency_over_the_years_tells_its_last_change_and_folds_the_earlier_ones() -> None:
    page = next(text for path, text in rendered(3, 3).items() if path.startswith("co-quan/"))
    shown, _, folded = page.partition('<div id="cac-ky-truoc">')

    assert shown.count("điểm phần trăm, từ") == 1
    assert folded.count("điểm phần trăm, từ") == 1


@pytest.mark.slow
def test_a_site_of_one_year_has_no_switch() -> None:
    assert [path for path, page in rendered(3, 1).items() if switch(page)] == []


@pytest.mark.slow
def test_a_year_without_survey_grades_and_plan_says_nothing_of_them() -> None:
    pages = rendered(3, 1)
    told = {
        path: words
        for path, page in pages.items()
        if path.startswith(f"{YEAR}/")
        and not path.startswith((f"{YEAR}/tai-ve", f"{YEAR}/cach-doc", f"{YEAR}/kiem-tra"))
        for words in ("dieu-tra/", "ke-hoach/", "xếp loại", WORDS.text("page.column.survey"), "–.")
        if words in html.unescape(page.partition("---\n<div")[2].partition("<footer")[0])
        and not (path.startswith(f"{YEAR}/phuong-phap") and words == WORDS.text("page.column.survey"))
    }

    assert told == {}
    assert [path for path in pages if path.startswith((f"{YEAR}/dieu-tra", f"{YEAR}/ke-hoach"))] == []


@pytest.mark.slow
def test_the_ranking_tells_what_changed_since_the_year_before_and_that_only_what_corresponds_counts() -> None:
    page = html.unescape(rendered(3, 3)[f"{YEAR}/index.md"])
    league = page.partition("pi-league")[2].partition("</table>")[0]

    assert WORDS.text("page.column.since", year="2023") in league
    assert len(re.findall(r'<td class="n">[+−]\d+,\d\d</td>', league)) == 3
    assert WORDS.text("page.year.reading-since", year="2023") in page
    assert "59 cặp tiêu chí tương ứng" in page
    assert WORDS.text("page.column.since", year="2022") not in rendered(3, 3)["2022/index.md"]


def test_of_many_agencies_few_findings_are_told_the_most_important_first_and_the_rest_counted() -> None:
    year = world_of(60, 1).world.years[YEAR]
    said = [told(one, WORDS) for one in findings(score(year), THRESHOLDS)]
    moving = [text for text in said if text.startswith("Thứ hạng của")]

    assert len(said) < 14
    assert len(moving) == 1
    assert re.search(r" và \d\d cơ quan khác; nhiều nhất là từ hạng \d+ đến hạng \d+", moving[0])
    assert said[0].startswith("Ở lĩnh vực ")


def inside(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """Return the pages of the internal site of some files."""
    repository = open_repository(ROOT)
    return render_all(
        snapshot_of(files), repository, audience="internal", today="2025-12-01", languages=[WORDS], address=""
    )


def test_the_internal_site_shows_a_year_that_was_just_opened_beside_the_one_before() -> None:
    opened = open_year(snapshot_of(TINY_FILES), "2024", "2025", Readings())

    page = inside({**TINY_FILES, **opened.files})["2025/index.md"].decode()

    rows = re.findall(r'<td class="pi-rank">.*?</tr>', page)
    assert len(rows) == 3
    assert all('<td class="n">–</td>' in row for row in rows)


def test_an_agency_that_is_not_ranked_stands_in_its_group_without_a_place() -> None:
    path = f"data/{YEAR}/agencies.yml"
    text = (
        TINY_FILES[path]
        .decode()
        .replace("short: CQA\n    ranked: true", "short: CQA\n    ranked: false\n    group: so")
    )
    text = text.replace("short: CQB\n", "short: CQB\n    group: so\n")
    text = text.replace("agencies:\n", "groups:\n  so: {title: Sở}\nagencies:\n", 1)
    closed = ("approval.yml", "amendments/", "seals/")
    files = {name: data for name, data in TINY_FILES.items() if not any(part in name for part in closed)}

    made = inside({**files, path: text.encode()})

    assert f"{YEAR}/nhom/so/index.md" in made

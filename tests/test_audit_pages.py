"""The audit reports and histories on the internal site: there for readers inside, nowhere for the public."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sites import HOSTILE, YEAR, Site, new_repository, pages_of

from pipeline.core.model import STAGES, World

AUTHOR = "MARK-author **x** [a](b) | {{ 7*7 }} <mark-author@snv.invalid>"
TAGS = {
    "a",
    "b",
    "details",
    "div",
    "footer",
    "h1",
    "h2",
    "h3",
    "li",
    "nav",
    "ol",
    "p",
    "span",
    "strong",
    "summary",
    "ul",
}
TAGS |= {"abbr", "caption", "table", "tbody", "td", "th", "thead", "tr"}
OWN = re.compile(r"[^/]+/(kiem-toan/.*|lich-su/[^/]+/)index\.md")


def as_it_is(world: World) -> World:
    return world


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a repository in which one commit, of a hostile author with a hostile message, brought everything."""
    folder = tmp_path_factory.mktemp("audit-pages") / "repository"
    return new_repository(folder, author=AUTHOR, message=f"MARK-summary {HOSTILE[0]} {HOSTILE[2]} {HOSTILE[4]}")


@pytest.fixture(scope="module")
def inside(repository: Path) -> Site:
    return pages_of(repository, world=as_it_is, audience="internal")


def text_of(site: Site, path: str) -> str:
    return site.pages[f"{path}index.md"].decode()


def test_each_stage_of_a_year_has_its_report_and_each_agency_its_history(inside: Site) -> None:
    year = inside.snapshot.world.years[YEAR]
    expected = {f"{YEAR}/kiem-toan/", *(f"{YEAR}/kiem-toan/{stage}/" for stage in STAGES)}
    expected |= {f"{YEAR}/lich-su/{agency}/" for agency in year.agencies}

    assert {path.removesuffix("index.md") for path in inside.pages if OWN.fullmatch(path) and YEAR in path} == expected


def test_a_report_shows_the_sums_and_who_committed_what(inside: Site) -> None:
    page = text_of(inside, f"{YEAR}/kiem-toan/council-decision/")

    assert "Các tổng khớp" in page
    assert page.count("MARK-author") > len(inside.snapshot.world.years[YEAR].agencies)
    assert "MARK-summary" in page


def test_a_history_tells_each_criterion_that_was_ever_spoken_of(inside: Site) -> None:
    agency, *_ = inside.snapshot.world.years[YEAR].agencies
    page = text_of(inside, f"{YEAR}/lich-su/{agency}/")
    year = inside.snapshot.world.years[YEAR]
    spoken = {leaf for code in year.stages[STAGES[0]][agency].lines for leaf in year.criteria[code].leaves}

    assert {code for code in spoken if f'id="tc-{code}"' not in page} == set()
    assert "MARK-summary" in page


def test_what_people_typed_opens_no_element_on_these_pages(inside: Site) -> None:
    pages = [text for path, text in inside.pages.items() if OWN.fullmatch(path)]
    opened = {tag.decode() for text in pages for tag in re.findall(rb"<([a-zA-Z0-9]+)", text)}

    assert len(pages) > len(STAGES)
    assert opened - TAGS == set()
    assert not any(b"](" in text or b"\n|" in text for text in pages)


def test_the_public_site_has_neither_these_pages_nor_a_way_to_them_nor_a_name(repository: Path) -> None:
    public = pages_of(repository, world=as_it_is).pages
    marks = (b"MARK-", b"mark-author", b"kiem-toan", b"lich-su/cuc")

    assert [path for path in public if "kiem-toan" in path or re.search(r"lich-su/.+/", path)] == []
    assert [(path, mark) for path, data in public.items() for mark in marks if mark in data] == []

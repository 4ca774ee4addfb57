"""The page on which a reader works the ranking out again: it proves what is right and finds what was changed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from browsing import watched
from conftest import ROOT
from exportworlds import POLICIES, bundle_of, files, small_year
from playwright.sync_api import Browser, Page
from sites import YEAR, Site, headers, read_page, served

from pipeline.core.index.scoring import score
from pipeline.core.index.words import index_text
from pipeline.core.publish.site.downloads import PROVED
from pipeline.flows.wording import load_labels

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]

SCRIPTS = ("exact.js", "rules.js", "ranking.js", "prove.js")
PLACE = f"{YEAR}/kiem-tra-lai/"


@pytest.fixture(scope="module")
def bare(browser: Browser) -> Iterator[Page]:
    """Give an empty page that knows how to prove tables."""
    page = browser.new_page()
    for name in SCRIPTS:
        page.add_script_tag(path=ROOT / "site_templates" / "assets" / name)
    yield page
    page.close()


def tables_of(made: Mapping[str, bytes]) -> dict[str, list[dict[str, Any]]]:
    return {name: json.loads(made[f"json/{name}.json"])["rows"] for name in PROVED}


def faults(page: Page, tables: Mapping[str, object]) -> dict[str, Any]:
    """Return what the page finds wrong with tables, by what it checks."""
    told: dict[str, Any] = page.evaluate(
        """tables => Object.fromEntries(Object.entries(window.parindexProof.judge(tables).found)
           .map(([name, one]) => [name, one.faults]).filter(([, faults]) => faults.length))""",
        tables,
    )
    return told


@pytest.mark.parametrize("small", [9, 29])
@pytest.mark.parametrize("policy", POLICIES)
def test_a_year_of_any_policy_proves_itself(bare: Page, policy: str, small: int) -> None:
    tables = tables_of(bundle_of(small_year(policy, small)))

    assert set(faults(bare, tables)) <= {"lines"}  # the scores were written for two places, half up


def test_what_hidden_answers_gave_is_taken_as_stated_only_where_it_can_be_so(bare: Page) -> None:
    tables = tables_of(bundle_of(small_year(next(iter(POLICIES)), 9)))
    hidden = {(part["agency"], part["criterion"]) for part in tables["survey_parts"] if part["hidden"]}
    row = next(row for row in tables["scores"] if (row["agency"], row["criterion"]) in hidden)
    row["points"] = "99.00"

    assert [row["agency"], row["criterion"]] in [fault[:2] for fault in faults(bare, tables)["scores"]]


CHANGES = {
    "an index": ("results", 1, "index", "88.00", "sums"),
    "a rank": ("results", 1, "rank", 1, "sums"),
    "a grade": ("results", 1, "grade", "kha", "sums"),
    "the points of an area": ("areas", 3, "points", "0.10", "sums"),
    "the index of an area": ("areas", 3, "index", "12.00", "sums"),
    "the points of a criterion": ("scores", 5, "points", "0.25", "scores"),
    "whether it applies": ("scores", 5, "applicable", False, "scores"),
    "who decided": ("scores", 5, "stage", "self-assessment", "scores"),
    "the answer of a line": ("lines", 1, "answer", '{"done": "1", "assigned": "90"}', "lines"),
    "the points of a group": ("survey_parts", 0, "points", "0.0001", "parts"),
    "a count": ("survey_counts", 0, "count", 1, "parts"),
    "a limit of a grade": ("grades", 0, "from_index", "95", "sums"),
    "the approved table": ("versions_results", 7, "index", "60.00", "signed"),
    "a row of the approved table": ("versions_results", 7, "agency", "khac", "signed"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_each_figure_that_was_changed_is_found_where_it_stands(bare: Page, name: str) -> None:
    table, row, field, value, where = CHANGES[name]
    tables = tables_of(files())
    assert tables[table][row][field] != value
    tables[table][row][field] = value

    assert faults(bare, tables_of(files())) == {}
    assert where in faults(bare, tables)


def test_a_year_too_large_to_load_at_once_proves_its_ranking_from_the_published_points(bare: Page) -> None:
    light = {name: rows for name, rows in tables_of(files()).items() if not re.match("lines|survey_", name)}
    wrong = {**light, "results": [{**row, "index": "1.00"} for row in light["results"]]}

    assert faults(bare, light) == {}
    assert [len(found) for found in faults(bare, wrong).values()] == [4, 4]  # in the sums and beside the approved table


@pytest.mark.parametrize(("leaf", "all_at_once"), [(b"rounded", False), (b"exact", True)])
def test_a_large_year_is_loaded_whole_at_once_only_where_its_points_are_not_rounded(
    browser: Browser, address: str, site: Site, leaf: bytes, *, all_at_once: bool
) -> None:
    page = browser.new_page()
    script = (site.folder / "assets" / "prove.js").read_bytes()
    year = (site.folder / YEAR / "du-lieu" / "json" / "year.json").read_bytes()
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url.rpartition("/")[2]))
    page.route("**/prove.js", lambda route: route.fulfill(body=script.replace(b"LIGHT = 6e6", b"LIGHT = 0")))
    page.route("**/json/year.json", lambda route: route.fulfill(body=year.replace(b'"rounded"', b'"%s"' % leaf)))
    page.goto(f"{address}{PLACE}")
    page.locator("#pi-prove-begin").click()
    page.locator("#pi-prove-found > ol").wait_for()

    assert (b"LIGHT = 6e6" in script, b'"rounded"' in year) == (True, True)
    assert ("results.json" in asked, "lines.json" in asked) == (True, all_at_once)
    assert page.locator("#pi-prove-further").is_visible() != all_at_once


def test_a_reader_proves_the_ranking_on_a_phone(browser: Browser, address: str, site: Site) -> None:
    results = score(site.snapshot.world.years[YEAR])
    page = browser.new_page(viewport={"width": 390, "height": 664})
    heard = watched(page, address)
    page.goto(f"{address}en/{PLACE}")
    page.locator("#pi-prove-begin").click()
    page.locator("#pi-prove-found details").last.locator("summary").click()
    rows = [row.inner_text() for row in page.locator("#pi-prove-found tbody tr").all()]
    leaves = page.locator("#pi-prove-found details[open] li").all_inner_texts()

    assert page.locator("#pi-prove-said").inner_text() == load_labels("en").text("page.prove.said.sound")
    assert [
        index_text(one.index, results.year, load_labels("en")) in row
        for one, row in zip(results.agencies, rows, strict=True)
    ] == [True] * 4
    assert len(leaves) == len(results.agencies[-1].leaves)
    assert [text for text in leaves if "✓" not in text] == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert heard == []


def test_a_changed_file_is_told_with_what_it_says_and_what_is_right(browser: Browser, address: str, site: Site) -> None:
    page = browser.new_page()
    data = (site.folder / YEAR / "du-lieu" / "json" / "results.json").read_bytes()
    page.route("**/json/results.json", lambda route: route.fulfill(body=data.replace(b'"92.00"', b'"99.00"')))
    page.goto(f"{address}{PLACE}")
    page.locator("#pi-prove-begin").click()
    told = page.locator("#pi-prove-found > ol")
    told.wait_for()

    assert "KHÔNG KHỚP" in page.locator("#pi-prove-said").inner_text()
    assert "json/results.json: tệp không đúng như danh mục SHA256SUMS." in told.inner_text()
    assert "Chỉ số (%): công bố 99,00, tính lại ra 92,00." in told.inner_text()
    assert "Chỉ số (%): bảng được phê duyệt 92,00, đang công bố 99,00." in told.inner_text()


def test_a_file_that_does_not_come_is_told_and_can_be_asked_for_again(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.route("**/json/areas.json", lambda route: route.abort(), times=1)
    page.goto(f"{address}{PLACE}")
    said = page.locator("#pi-prove-said")
    page.locator("#pi-prove-begin").click()
    page.get_by_role("status").get_by_text("Không tải được").wait_for()
    page.locator("#pi-prove-begin").click()
    page.locator("#pi-prove-found > ol").wait_for()

    assert said.inner_text().startswith("Khớp")


def test_hostile_text_of_the_tables_shows_as_it_is(browser: Browser, hostile: Site) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 664})
    with served(hostile.folder, headers()) as top:
        heard = watched(page, top)
        page.goto(top + PLACE)
        page.locator("#pi-prove-begin").click()
        page.locator("#pi-prove-found > ol").wait_for()
        page.evaluate("document.querySelectorAll('#pi-prove-found details').forEach(one => { one.open = true; })")
        page.locator("#pi-prove-found details li").first.wait_for()
        active = page.locator("#pi-prove-found").locator("script, img, iframe, a, h1, [onerror], [onclick]").count()

        assert (heard, active, page.evaluate("document.documentElement.scrollWidth")) == ([], 0, 390)


def test_without_scripts_the_page_says_what_to_do(site: Site) -> None:
    page = read_page(site.folder / PLACE / "index.html")
    workbook = next(one for one in page.all() if one.attributes.get("href", "").endswith(".xlsx"))

    assert load_labels("vi").text("page.prove.no-script") in page.find(tag="noscript").text()
    assert (site.folder / PLACE / workbook.attributes["href"]).resolve().is_file()
    assert "hidden" in page.find(id="pi-prove").attributes


def test_no_public_page_asks_for_a_command_line(site: Site) -> None:
    words = re.compile(r"\bparindex [a-z]|\bgit [a-z]|sha256sum|--\w")
    told = {path.relative_to(site.folder).as_posix(): words.search(read_page(path).text()) for path in site.html()}

    assert {path: found[0] for path, found in told.items() if found} == {}

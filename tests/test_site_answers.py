"""The first answers: how far it is from the front page to why points were lost, and the way of every point."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction

import pytest
from browsing import follow
from playwright.sync_api import Browser, Page
from sites import YEAR, Element, Site, read_page

from pipeline.core.ground.text import Text
from pipeline.core.index.analysis.waterfalls import waterfalls
from pipeline.core.index.scoring import Results, score
from pipeline.core.index.words import points_text
from pipeline.core.publish.site.journeys import REASONS
from pipeline.core.publish.site.parts import nth_part
from pipeline.flows.wording import load_labels

VI = load_labels("vi")
PHONE, DESK = {"width": 390, "height": 664}, {"width": 1280, "height": 800}
SEEN = "(element) => { const at = element.getBoundingClientRect(); return at.top >= 0 && at.top < innerHeight; }"


@pytest.fixture(scope="module")
def results(site: Site) -> Results:
    return score(site.snapshot.world.years[YEAR])


def rows(table: Element, part: str) -> Iterator[list[str]]:
    """Yield the cells of each row of a part of a table."""
    for one in table.find(tag=part).all():
        if one.tag == "tr":
            yield [cell.text() for cell in one.all() if cell.tag in {"th", "td"}]


def number(cell: str) -> Fraction:
    """Return the number that a cell shows; 0 where it shows none."""
    text = cell.replace("−", "-").replace("+", "").replace(",", ".")
    return Fraction(text) if text[-1:].isdigit() and " " not in text else Fraction(0)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Báo cáo gửi muộn", "Báo cáo gửi muộn"),
        (
            f"Thiếu hai báo cáo quý và báo cáo năm gửi muộn 20 ngày làm việc. {'Chi tiết ' * 30}",
            "Thiếu hai báo cáo quý và báo cáo năm gửi muộn 20 ngày làm việc.",
        ),
        ("từ " * 80, f"{'từ ' * 52}từ…"),
        ("x" * 10_000, "x" * 160 + "…"),
    ],
    ids=["short", "sentences", "words", "one word"],
)
def test_a_table_shows_the_first_sentences_of_a_long_reason(text: str, told: str) -> None:
    assert Text(text, {"en": text}).brief == Text(told, {"en": told})


def test_a_page_of_many_parts_leads_to_those_next_to_it_and_to_the_ends() -> None:
    part = nth_part(900, 45, "x/", most=10)

    assert len(part.pages) == 90
    assert [(words.partition("–")[0], gap) for words, _, _, gap in part.near] == [
        ("1", False),
        *((str(10 * place + 1), place == 39) for place in range(39, 50)),
        ("891", True),
    ]


@pytest.mark.slow
def test_a_loss_is_told_with_its_reason_its_stage_and_its_body(site: Site, results: Results) -> None:
    for entry in results.agencies:
        page = read_page(site.folder / YEAR / "co-quan" / entry.agency.slug / "index.html")
        tables = [one for one in page.all() if one.fits({"tag": "table", "class_": "pi-lost"})]
        told = [row for table in tables for row in rows(table, "tbody")]
        lost = entry.losing

        assert [row[0].split()[0] for row in told] == [leaf.criterion.code for leaf in lost]
        assert [row[1] for row in told] == [f"−{points_text(leaf.lost, results.year, VI)}" for leaf in lost]
        assert [row for row in told if not all(row)] == []


@pytest.mark.slow
def test_no_group_is_said_to_rate_lowest_where_one_that_is_hidden_rates_lower(site: Site, results: Results) -> None:
    least = "Nhóm đánh giá thấp nhất: "
    told: dict[tuple[str, str], str] = {}
    for entry in results.agencies:
        page = read_page(site.folder / YEAR / "co-quan" / entry.agency.slug / "index.html")
        tables = [one for one in page.all() if one.fits({"tag": "table", "class_": "pi-lost"})]
        told |= {(entry.agency.slug, row[0].split()[0]): row[2] for table in tables for row in rows(table, "tbody")}
    wrong, hidden = [], 0
    for entry in results.agencies:
        for leaf in entry.leaves:
            means = (
                {part.group: part.mean for part in leaf.survey.parts if part.mean is not None} if leaf.survey else {}
            )
            words = told.get((entry.agency.slug, leaf.criterion.code), "")
            hidden += "được hiện" in words or "không hiện" in words
            if words.startswith(least) and results.year.survey is not None:
                lowest = {
                    VI.of(results.year.survey.groups[one].title) for one in means if means[one] == min(means.values())
                }
                wrong += [words] if words.removeprefix(least).partition(", trung bình")[0] not in lowest else []

    assert wrong == []
    assert hidden == 7  # of Customs, of which two groups are hidden


@pytest.mark.slow
def test_the_way_of_every_point_closes_from_the_claim_to_the_result(site: Site, results: Results) -> None:
    """Each row of sums adds up to its last cell, each column to its last row, and that is what scoring gives."""
    page, ways = read_page(site.folder / YEAR / "duong-di" / "index.html"), waterfalls(results.year)
    for entry in results.agencies:
        heading = page.find(id=f"cq-{entry.agency.slug}")
        section = next(one for one in page.all() if one.tag == "section" and heading in one.children)
        table = section.find(tag="table")
        kept, total = rows(table, "tfoot")
        lines = [*rows(table, "tbody")]
        way = ways.of(entry.agency.slug)

        assert way is not None
        assert sum(map(number, total[1:-2])) == number(total[-2]) == entry.appraisal.points
        assert sum(number(line[-2]) for line in lines) + number(kept[-2]) == number(total[-2])
        assert len(lines) + int(kept[0].split()[0]) == len(ways.rows[entry.agency.slug])
    last = [*page.all()][[one.attributes.get("id") for one in page.all()].index("don-vi") :]
    table = next(one for one in last if one.tag == "table")
    bodies, (total,) = [*rows(table, "tbody")], rows(table, "tfoot")

    assert [row for row in [*bodies, total] if sum(map(number, row[1:-1])) != number(row[-1])] == []
    assert [sum(number(row[place]) for row in bodies) for place in range(1, len(total))] == [*map(number, total[1:])]


@pytest.mark.slow
def test_every_cut_stands_in_the_list_of_its_body_and_the_large_ones_in_one_of_their_own(
    site: Site, results: Results
) -> None:
    listed = [row for own in waterfalls(results.year).rows.values() for row in own]
    found = [cut for row in listed if (cut := min([0, *(entry.moved for entry in row.moves)])) < 0]
    told: Mapping[str, list[list[str]]] = {
        path.parent.relative_to(site.folder / YEAR / "duong-di").as_posix(): [
            *rows(read_page(path).find(tag="table"), "tbody")
        ]
        for path in (site.folder / YEAR / "duong-di").glob("*/**/index.html")
    }
    large = told["giam-nhieu"]

    assert sum(len(own) for name, own in told.items() if name.startswith("don-vi/")) == len(found)
    assert len(large) == sum(cut < Fraction(-1, 4) for cut in found) > 0
    assert {row[0].partition(":")[0] for row in large} <= {VI.of(one.short) for one in results.year.agencies.values()}


@pytest.mark.slow
def test_every_reason_that_the_page_names_leads_to_the_criteria_that_were_cut_by_it(
    site: Site, results: Results
) -> None:
    cut = [
        (entry.reason.brief.main, row.agency, row.criterion)
        for own in waterfalls(results.year).rows.values()
        for row in own
        for entry in row.moves
        if entry.moved < 0 and entry.reason is not None
    ]
    page = read_page(site.folder / YEAR / "duong-di" / "index.html")
    links = [one for one in page.all() if one.tag == "a" and "ly-do/" in (one.attributes.get("href") or "")]

    assert len(links) == min(REASONS, len({reason for reason, _, _ in cut}))
    for link in links:
        listed = read_page(site.folder / YEAR / "duong-di" / str(link.attributes["href"]) / "index.html")
        told = [*rows(listed.find(tag="table"), "tbody")]

        assert len(told) == len({(agency, code) for reason, agency, code in cut if reason == link.text()}) > 0


# --- in a browser ---------------------------------------------------------------------------------------------------


def where(page: Page, words: str) -> bool:
    return bool(page.get_by_role("heading", name=words).evaluate(SEEN))


@pytest.mark.slow
@pytest.mark.needs("chromium")
@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "bare"])
def test_from_the_front_page_to_why_half_a_point_was_lost_it_is_two_steps(
    browser: Browser, address: str, results: Results, screen: dict[str, int], *, scripts: bool
) -> None:
    entry, leaf = next(
        (entry, leaf) for entry in results.agencies for leaf in entry.losing if leaf.lost == Fraction(1, 2)
    )
    page = browser.new_page(viewport=screen, java_script_enabled=scripts)  # type: ignore[arg-type]  # a size
    page.goto(address)
    name = page.get_by_role("link", name=VI.of(entry.agency.name))
    first = name.first.evaluate(SEEN)
    follow(name.first)
    second = where(page, VI.text("page.agency.h-lost"))
    row = page.locator(f".pi-lost tr:has(a[href='#tc-{leaf.criterion.code}'])")
    told = row.inner_text()
    follow(row.get_by_role("link"))
    road = page.locator(f"[id='tc-{leaf.criterion.code}'] .pi-road")

    assert (first, second) == (True, True)
    assert "−0,50" in told
    assert road.is_visible()
    assert road.evaluate(SEEN)


@pytest.mark.slow
@pytest.mark.needs("chromium")
def test_a_reader_picks_what_happened_and_which_body_together(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport=PHONE)  # type: ignore[arg-type]  # a size
    page.goto(f"{address}{YEAR}/duong-di/?muc=nhieu&dv=van-phong-ubnd")
    shown = page.locator("tr[data-pick-muc]:visible")
    kinds = {(row.get_attribute("data-pick-muc"), row.get_attribute("data-pick-dv")) for row in shown.all()}

    assert kinds == {("nhieu", "van-phong-ubnd")}
    assert page.locator("tr[data-pick-muc]").count() > shown.count() > 0


@pytest.mark.slow
@pytest.mark.needs("chromium")
def test_the_page_of_one_minute_is_one_sheet_and_tells_three_losses_and_what_to_ask(
    browser: Browser, site: Site, address: str
) -> None:
    page, sheets = browser.new_page(), {}
    for path in sorted(site.folder.rglob("mot-phut/index.html")):
        place = path.parent.relative_to(site.folder).as_posix()
        page.goto(f"{address}{place}/")
        sheets[place] = len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True)))
        told = [page.locator(f"#{part} ~ :is(ol, ul) li").count() for part in ("mat-diem", "hoi")]

        assert told[0] == 3
        page.emulate_media(media="print")
        lists = page.locator(".pi-leader").evaluate(
            "all => [...all.querySelectorAll('li')].map(one => one.offsetLeft - one.parentElement.offsetLeft)"
        )
        page.emulate_media(media="null")  # a page that is told to be a screen is printed as one

        assert told[1] >= 3
        assert min(lists) > 10  # dots: room for the number or the dot before each, within the sheet
    assert {place: count for place, count in sheets.items() if count != 1} == {}
    assert len(sheets) == 2 * (1 + len(site.snapshot.world.years[YEAR].agencies))  # the year's own as well

"""The site in a real browser: no request leaves it, nothing complains; it reads on a phone, with scripts or without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright
from sites import HOSTILE, YEAR, build, chosen, everywhere, new_repository, pages_of, served

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]

ADDRESSES = [
    *("", "cac-nam/", "gioi-thieu/", f"{YEAR}/", f"{YEAR}/co-quan/cuc-hai-quan/", f"{YEAR}/tieu-chi/"),
    *(
        f"{YEAR}/tieu-chi/1/",
        f"{YEAR}/tieu-chi/1.3.1/",
        f"{YEAR}/dieu-tra/",
        f"{YEAR}/dieu-tra/q1/",
        f"{YEAR}/ke-hoach/",
    ),
    *(f"{YEAR}/phuong-phap/", f"{YEAR}/lich-su/", f"{YEAR}/tai-ve/"),
]
WIDTHS = [320, 390, 1280]
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = new_repository(tmp_path_factory.mktemp("browser") / "repository")
    site = build(pages_of(root, world=lambda world: world))
    with served(site.folder) as top:
        yield top


@pytest.fixture
def browser(program: Callable[[str], str], tmp_path: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program("chromium"), args=QUIET)
        yield launched
        launched.close()


def watched(page: Page, top: str) -> list[str]:
    """Return a list that fills with every outside request and every complaint of the page."""
    heard: list[str] = []

    def request(sent: Request) -> None:
        if not sent.url.startswith((top, "data:", "blob:")):
            heard.append(f"request {sent.url}")

    def console(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            heard.append(f"{message.type} {message.text}")

    page.on("request", request)
    page.on("console", console)
    page.on("pageerror", lambda error: heard.append(f"error {error}"))
    return heard


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_reaches_out_complains_or_scrolls_sideways(browser: Browser, address: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    heard = watched(page, address)
    wide = {}
    for place in ADDRESSES:
        page.goto(address + place, wait_until="networkidle")
        found = page.evaluate("document.documentElement.scrollWidth")
        if found > width:
            wide[place] = found

    assert heard == []
    assert wide == {}


def test_a_reader_without_scripts_sees_the_ranking_and_opens_a_criterion(browser: Browser, address: str) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(f"{address}{YEAR}/")
    ranks = page.locator(".pi-league tbody tr td:first-child").all_inner_texts()
    page.locator(".pi-league a").first.click()
    closed = page.locator("details.pi-leaf:not([open])").first.get_attribute("id")
    leaf = page.locator(f"details[id='{closed}']")
    leaf.locator("summary").click()

    assert ranks == ["1", "2", "3", "4"]
    assert leaf.locator(".pi-road").is_visible()


def test_wide_tables_scroll_inside_and_by_keyboard(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 800})
    page.goto(f"{address}{YEAR}/")
    region = page.locator(".pi-scroll:has(.pi-areas)")
    region.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)

    assert region.evaluate("element => element.scrollWidth > element.clientWidth")
    assert region.evaluate("element => element.scrollLeft") > 0


def test_search_finds_an_agency_by_its_name(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    heard = watched(page, address)
    page.goto(address, wait_until="networkidle")
    page.locator(".md-search__input").fill("Kho bạc")
    found = page.locator(".md-search-result__item a").first
    found.wait_for()

    assert "Kho bạc" in found.inner_text()
    assert heard == []


def test_printing_opens_every_criterion(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}{YEAR}/co-quan/cuc-thue/")
    page.emulate_media(media="print")
    closed = page.locator("details.pi-leaf:not([open]) .pi-road")
    heights = closed.evaluate_all("roads => roads.map(road => road.getBoundingClientRect().height)")

    assert heights != []
    assert [height for height in heights if height == 0] == []


def test_hostile_text_neither_runs_nor_reaches_out_on_pages_and_in_search_results(
    browser: Browser, tmp_path: Path
) -> None:
    root = new_repository(tmp_path / "repository")
    site = build(pages_of(root, world=everywhere(chosen(HOSTILE))))
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.on("dialog", lambda dialog: heard.append(f"dialog {dialog.message}"))
    with served(site.folder) as top:
        heard = watched(page, top)
        wide = {}
        for place in ADDRESSES:
            page.goto(top + place, wait_until="networkidle")
            found = page.evaluate("document.documentElement.scrollWidth")
            if found > 390:
                wide[place] = found
        page.set_viewport_size({"width": 1280, "height": 800})
        page.locator(".md-search__input").fill("onerror")
        page.locator(".md-search-result__item").first.wait_for()
        shown = page.locator(".md-search-result__list").evaluate(
            "list => list.querySelectorAll('script, img, iframe, [onerror], [onclick], a[href^=javascript]').length"
        )

    assert (heard, wide, shown) == ([], {}, 0)

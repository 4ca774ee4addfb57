"""The search as people type: fifty queries, what keyboards leave behind, pages offered while one types."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from browsing import watched
from conftest import ROOT
from playwright.sync_api import Browser, Page
from sites import YEAR, Site, build, headers, new_repository, pages_of, served

sys.path.insert(0, str(ROOT / "tests" / "benchmarks"))

from pages import many

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]

# What is typed -> the page that must be among the first three.
QUERIES = {
    "cuc thue": f"{YEAR}/co-quan/cuc-thue/",
    "Cục Thuế": f"{YEAR}/co-quan/cuc-thue/",
    "cục thuế thành phố": f"{YEAR}/co-quan/cuc-thue/",
    "cuc thuees": f"{YEAR}/co-quan/cuc-thue/",
    "cucj thuees": f"{YEAR}/co-quan/cuc-thue/",
    "cuc5 thue61": f"{YEAR}/co-quan/cuc-thue/",
    "cucthue": f"{YEAR}/co-quan/cuc-thue/",
    "cuc thueé": f"{YEAR}/co-quan/cuc-thue/",
    "thue ha noi": f"{YEAR}/co-quan/cuc-thue/",
    "khobac": f"{YEAR}/co-quan/kho-bac-nha-nuoc/",
    "kho bac": f"{YEAR}/co-quan/kho-bac-nha-nuoc/",
    "kho bạc nhà nuwowcs": f"{YEAR}/co-quan/kho-bac-nha-nuoc/",
    "khobacnhanuoc": f"{YEAR}/co-quan/kho-bac-nha-nuoc/",
    "KBNN": f"{YEAR}/co-quan/kho-bac-nha-nuoc/",
    "kho bacj": f"{YEAR}/co-quan/kho-bac-nha-nuoc/",
    "kho bca": f"{YEAR}/co-quan/kho-bac-nha-nuoc/",
    "BHXH": f"{YEAR}/co-quan/bao-hiem-xa-hoi/",
    "bao hiem": f"{YEAR}/co-quan/bao-hiem-xa-hoi/",
    "baor hieemr xax hooij": f"{YEAR}/co-quan/bao-hiem-xa-hoi/",
    "bao3 hiem63": f"{YEAR}/co-quan/bao-hiem-xa-hoi/",
    "bao hiem xa hoii": f"{YEAR}/co-quan/bao-hiem-xa-hoi/",
    "hai quan": f"{YEAR}/co-quan/cuc-hai-quan/",
    "haiquan": f"{YEAR}/co-quan/cuc-hai-quan/",
    "hair quan": f"{YEAR}/co-quan/cuc-hai-quan/",
    "hai qaun": f"{YEAR}/co-quan/cuc-hai-quan/",
    "hỉa quan": f"{YEAR}/co-quan/cuc-hai-quan/",
    "CCHC": "",
    "PAR index": "",
    "chi so cchc": "",
    "xep hang": f"{YEAR}/",
    "kết quả 2024": f"{YEAR}/",
    "bang xep hang": f"{YEAR}/",
    "tiêu chí 1.3.1": f"{YEAR}/tieu-chi/1.3.1/",
    "tieu chi 4.4": f"{YEAR}/tieu-chi/4.4/",
    "1.1.2": f"{YEAR}/tieu-chi/1.1.2/",
    "SIPAS": f"{YEAR}/tieu-chi/3.6/",
    "thu tuc hanh chinh": f"{YEAR}/tieu-chi/3.1/",
    "thur tucj hanhf chinhs": f"{YEAR}/tieu-chi/3.1/",
    "dich vu cong truc tuyen": f"{YEAR}/tieu-chi/7.2/",
    "diem thuong": f"{YEAR}/tieu-chi/8.1/",
    "ddieemr thuowngr": f"{YEAR}/tieu-chi/8.1/",
    "to chuc bo may cua co quan co tinh gon": f"{YEAR}/dieu-tra/q6/",
    "câu q6": f"{YEAR}/dieu-tra/q6/",
    "phuong phap": f"{YEAR}/phuong-phap/",
    "cách tính điểm": f"{YEAR}/phuong-phap/",
    "khieu nai": "gioi-thieu/",
    "lien he": "gioi-thieu/",
    "tai excel": f"{YEAR}/tai-ve/",
    "so sanh": f"{YEAR}/so-sanh/",
    "ke hoach": f"{YEAR}/ke-hoach/",
    "dinh chinh": f"{YEAR}/lich-su/",
    "kiem tra lai": f"{YEAR}/kiem-tra-lai/",
}
HITS, OF = 48, 50


@pytest.fixture(scope="module")
def search_page(browser: Browser, address: str) -> Iterator[Page]:
    page = browser.new_page()
    page.goto(f"{address}tim-kiem/")
    yield page
    page.close()


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a site of more agencies than a reader looks through."""
    root = new_repository(tmp_path_factory.mktemp("crowded") / "repository")
    site = build(pages_of(root, world=lambda world: many(world, 12)))
    with served(site.folder, headers()) as top:
        yield top


def first(page: Page, query: str, count: int = 3) -> list[str]:
    """Return the addresses of the first results once all is looked through."""
    page.locator("#pi-search-words").fill(query)
    page.locator("#pi-search-found[aria-busy='false']").wait_for(state="attached")
    links: list[str] = page.locator(".pi-found a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    return [link.removeprefix("../").partition("#")[0] for link in links[:count]]


def test_what_people_type_is_among_the_first_three_results(search_page: Page) -> None:
    missed = {query: found for query, wanted in QUERIES.items() if wanted not in (found := first(search_page, query))}

    assert len(QUERIES) >= OF
    assert len(missed) <= (OF - HITS) * len(QUERIES) // OF, missed


def test_pages_are_offered_while_a_reader_types_in_the_head_and_keys_open_them(
    browser: Browser, address: str, site: Site
) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 664})
    heard = watched(page, address)
    page.goto(f"{address}{YEAR}/ke-hoach/")
    box = page.locator("#pi-q")
    box.press_sequentially("khobac")
    page.locator("#pi-q-list [role=option]").first.wait_for()
    offered = page.locator("#pi-q-list [role=option]").all_inner_texts()
    box.press("ArrowDown")
    chosen = page.locator("[aria-selected=true]").all_inner_texts()
    box.press("Enter")
    page.wait_for_url(f"{address}{YEAR}/co-quan/kho-bac-nha-nuoc/")

    assert "Kho bạc" in offered[0]
    assert chosen == offered[:1]
    assert heard == []


@pytest.mark.parametrize("box", ["#pi-q", "#pi-own"])
def test_where_agencies_are_many_the_front_page_offers_them_in_its_own_box_and_in_the_head(
    browser: Browser, crowded: str, box: str
) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 664})
    heard = watched(page, crowded)
    page.goto(crowded)
    page.locator(box).press_sequentially("khobac")
    page.locator(f"{box}-list [role=option]").first.wait_for()
    offered = page.locator(f"{box}-list [role=option]").all_inner_texts()
    page.locator(f"{box}-list [role=option]").first.click()
    page.wait_for_url("**/co-quan/kho-bac-nha-nuoc-*/")

    assert "Kho bạc" in offered[0]
    assert heard == []


def test_what_names_answer_loads_no_text_unasked(browser: Browser, crowded: str) -> None:
    page = browser.new_page()
    loaded: list[str] = []
    page.on("request", lambda sent: loaded.append(sent.url.rpartition("/")[2]))
    page.goto(f"{crowded}tim-kiem/?q=khobac")
    page.locator("#pi-search-found[aria-busy='false'] li").first.wait_for()

    assert [name for name in loaded if name.startswith("search-names-")] != []
    assert [name for name in loaded if name.startswith("search-text-")] == []
    assert page.locator("#pi-search-more").is_visible()


def test_who_presses_enter_without_choosing_gets_all_results(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}{YEAR}/")
    page.locator("#pi-q").press_sequentially("thue")
    page.locator("#pi-q-list [role=option]").first.wait_for()
    page.locator("#pi-q").press("Escape")
    hidden = page.locator("#pi-q-list").is_hidden()
    page.locator("#pi-q").press("Enter")
    page.wait_for_url(f"{address}tim-kiem/?q=thue")

    assert hidden
    assert page.locator("#pi-search-words").input_value() == "thue"


def test_hostile_names_are_offered_as_they_are_written(browser: Browser, hostile: Site) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 664})
    with served(hostile.folder, headers()) as top:
        heard = watched(page, top)
        page.goto(top)
        page.locator("#pi-q").press_sequentially("kho bac")
        page.locator("#pi-q-list [role=option]").first.wait_for()

        assert page.locator("#pi-q-list").locator("script, img, a, iframe, [onerror], [onclick]").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        assert heard == []

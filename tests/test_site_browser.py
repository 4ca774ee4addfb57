"""The site in a browser, under the headers of the how-to: no request leaves it, nothing complains, search finds."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from browsing import address_bar, follow, watched
from conftest import ROOT
from playwright.sync_api import Browser, Page
from sites import YEAR, Site, headers, served

from pipeline.core.index.scoring import score
from pipeline.core.index.whatif import grade_goal, what_if
from pipeline.core.index.words import index_text
from pipeline.core.publish.site.search import fold
from pipeline.flows.wording import load_labels

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]

FOLDING = json.loads((ROOT / "tests" / "examples" / "folding.json").read_text(encoding="utf-8"))


def test_no_page_reaches_out_complains_or_scrolls_sideways_on_a_phone(
    browser: Browser, site: Site, address: str
) -> None:
    """Open every page as on a small phone, in one of its languages by turns."""
    heard, wide = [], {}
    names = [path.relative_to(site.folder).as_posix().removesuffix("index.html") for path in site.html()]
    names = [name for name in names if not name.startswith("en/")]
    places = [("en/" if number % 2 else "") + name for number, name in enumerate(names)]
    page = browser.new_page(viewport={"width": 320, "height": 800})
    complaints = watched(page, address)
    for place in places:
        page.goto(address + place)
        if (found := page.evaluate("document.documentElement.scrollWidth")) > 320:
            wide[place] = found
        if complaints:
            heard.append((place, *complaints))
            complaints.clear()
    page.close()

    assert len(places) > 95
    assert heard == []
    assert wide == {}


def test_the_policy_is_what_stops_a_script_written_into_a_page(browser: Browser, address: str) -> None:
    page = browser.new_page()
    heard = watched(page, address)
    page.goto(address)
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = 1'}))"
    )

    assert page.evaluate("window.ran") is None
    assert heard != []
    assert [told for told in heard if "Content Security Policy" not in told] == []


def test_the_language_switch_stays_on_the_page_and_comes_back(browser: Browser, address: str) -> None:
    page = browser.new_page()
    seen = []
    page.goto(f"{address}{YEAR}/co-quan/cuc-thue/")
    for _ in range(2):
        follow(page.locator(".pi-lang"))
        seen.append((page.url.removeprefix(address), page.locator("html").get_attribute("lang")))

    assert seen == [(f"en/{YEAR}/co-quan/cuc-thue/", "en"), (f"{YEAR}/co-quan/cuc-thue/", "vi")]


def test_a_reader_chooses_dark_or_light_and_the_choice_is_kept(browser: Browser, address: str) -> None:
    page = browser.new_page(color_scheme="light")
    colour = "getComputedStyle(document.body).backgroundColor"
    page.goto(address)
    before = page.evaluate(colour)
    page.locator(".pi-scheme").click()
    chosen_dark = page.evaluate(colour)
    page.goto(f"{address}gioi-thieu/")
    kept = page.evaluate(colour)
    page.locator(".pi-scheme").click()
    dark_system = browser.new_page(color_scheme="dark", java_script_enabled=False)
    dark_system.goto(address)

    assert before == page.evaluate(colour)
    assert chosen_dark == kept == dark_system.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    assert before != kept


def shown_ranks(page: Page) -> list[str]:
    """Return the ranks of the league table as they stand, without the small print under them."""
    return page.locator(".pi-league td.pi-rank").evaluate_all("cells => cells.map(cell => cell.firstChild.data.trim())")


def test_a_reader_without_scripts_sees_the_ranking_and_opens_a_criterion(browser: Browser, address: str) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(f"{address}{YEAR}/")
    ranks = shown_ranks(page)
    follow(page.locator(".pi-league a").first)
    page.locator(".pi-panel:has(#tieu-chi) > summary").click()
    closed = page.locator("details.pi-leaf:not([open])").first.get_attribute("id")
    leaf = page.locator(f"details[id='{closed}']")
    leaf.locator("summary").click()

    assert ranks == ["1", "2", "3", "4"]
    assert leaf.locator(".pi-road").is_visible()


def test_no_page_offers_a_reader_without_scripts_a_field_that_does_nothing(browser: Browser, address: str) -> None:
    page, offered = browser.new_page(java_script_enabled=False), {}
    for place in ("so-sanh", "tieu-chi", "ke-hoach", "duong-di", "co-quan/cuc-thue/neu-nhu", "kiem-tra-lai"):
        page.goto(f"{address}{YEAR}/{place}/")
        fields = page.locator("article").locator("input, select, button").all()
        offered[place] = [field.get_attribute("id") for field in fields if field.is_visible()]

    assert {place: found for place, found in offered.items() if found} == {}


def test_a_link_to_a_file_and_the_name_of_a_table_stay_on_one_line_on_a_phone(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 740})
    page.goto(f"{address}{YEAR}/tai-ve/")
    lines = page.locator("td a[download], th code").evaluate_all("all => all.map(one => one.getClientRects().length)")

    assert len(lines) > 100
    assert set(lines) == {1}


def test_the_name_of_a_group_stays_whole_above_its_counts_on_a_phone(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(f"{address}{YEAR}/dieu-tra/q3/")
    region = page.locator(".pi-scroll:has(.pi-counts)")
    names = page.locator(".pi-counts th[scope='rowgroup'] span")
    ends = (
        "(found, width) => found.map(one => one.getBoundingClientRect()).filter(at => at.left < 0 || at.right > width)"
    )
    first = names.evaluate_all(ends, 390)
    region.evaluate("element => element.scrollTo(element.scrollWidth, 0)")

    assert names.count() > 2
    assert region.evaluate("element => element.scrollLeft") > 0
    assert (first, names.evaluate_all(ends, 390)) == ([], [])


BROKEN_WORDS = """heads => heads.flatMap(head => {
  const walker = document.createTreeWalker(head, NodeFilter.SHOW_TEXT), broken = [], range = document.createRange();
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    for (const word of node.data.matchAll(/[^\\s/-]+/g)) {
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      if (range.getClientRects().length > 1) broken.push(word[0]);
    }
  }
  return broken;
})"""


def test_no_word_breaks_in_the_head_of_a_table_on_a_phone(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    broken, heads = {}, 0
    agency = "co-quan/cuc-thue/"
    for place in (
        "",
        "so-sanh/",
        "dieu-tra/",
        "tieu-chi/1/",
        "mot-phut/",
        *(agency + one for one in ("", "mot-phut/")),
    ):
        page.goto(f"{address}{YEAR}/{place}")
        heads += page.locator("thead th").count()
        if found := page.locator("thead th").evaluate_all(BROKEN_WORDS):
            broken[place] = found

    assert heads > 50
    assert broken == {}


def test_a_task_of_the_plan_has_the_width_of_a_phone(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{address}{YEAR}/ke-hoach/")
    tasks = page.locator(".pi-task > div").evaluate_all("all => all.map(one => one.clientWidth)")

    assert len(tasks) == 18
    assert min(tasks) > 300


def test_nothing_of_a_row_of_what_if_lies_over_another_thing_on_a_phone(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{address}{YEAR}/co-quan/cuc-thue/neu-nhu/")
    rows = page.locator("tr:has([data-code])")
    covered = rows.evaluate_all(
        """all => all.filter(row => {
             const cells = [...row.cells].map(one => one.getBoundingClientRect());
             return cells.some((one, at) => at && one.left < cells[at - 1].right - 1) || cells.at(-1).right > 390;
           }).length"""
    )

    assert rows.count() > 30
    assert covered == 0


def test_nothing_stands_in_the_comparison_before_anybody_is_chosen(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}{YEAR}/so-sanh/")
    before = page.locator(".pi-columns").first.is_visible()
    page.locator(".pi-options button").first.click()
    page.locator(".pi-columns td").first.wait_for()

    assert before is False


def test_wide_tables_scroll_inside_and_by_keyboard(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 800})
    page.goto(f"{address}{YEAR}/")
    region = page.locator(".pi-scroll:has(.pi-areas)")
    region.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)

    assert region.evaluate("element => element.scrollWidth > element.clientWidth")
    assert region.evaluate("element => element.scrollLeft") > 0


FOUND = [
    ("hà nội", "Kho bạc Nhà nước Hà Nội, năm 2024"),
    ("ha noi", "Kho bạc Nhà nước Hà Nội, năm 2024"),
    ("HÀ NỘI", "Kho bạc Nhà nước Hà Nội, năm 2024"),
    ("Ha\u0300 No\u0323\u0302i", "Kho bạc Nhà nước Hà Nội, năm 2024"),
    ("bhxh", "Bảo hiểm xã hội thành phố Hà Nội, năm 2024"),
    ("hanoi customs", "Cục Hải quan thành phố Hà Nội, năm 2024"),
    ("1.1.1", "1.1.1. Ban hành kế hoạch kịp thời"),
    ("tiêu chí 1.3.1", "1.3.1. Tỷ lệ đơn vị trực thuộc được kiểm tra"),
    ("tuyen truyen", "1.4. Hình thức tuyên truyền cải cách hành chính"),
    ("minh hoạ", "minh họa"),
    ("minh họa", "minh họa"),
    ("1417/qđ-ubnd", "1417/QĐ-UBND-MH"),
]


def found_by(page: Page, query: str) -> list[str]:
    """Return what the search page shows for a query, each result as its text."""
    page.locator(".pi-search input").fill(query)
    page.locator("#pi-search-found[aria-busy='false']").wait_for(state="attached")
    return page.locator(".pi-found li").all_inner_texts()


def test_search_finds_whatever_marks_are_typed_or_none(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    heard = watched(page, address)
    page.goto(address)
    page.locator("#pi-q").fill("kho bac")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tim-kiem/?q=kho+bac")
    first = page.locator(".pi-found a").first
    from_the_head = (first.inner_text(), first.locator("mark").all_inner_texts())
    missed = [query for query, title in FOUND if not any(title in shown for shown in found_by(page, query))]
    none = found_by(page, "không hề có từ này xyz")
    said = page.locator("#pi-search-said").inner_text()
    folded = page.evaluate("words => words.map(window.parindexSearch.fold)", [text for text, _ in FOLDING])
    found_by(page, "bhxh")
    follow(page.locator(".pi-found a").first)

    assert from_the_head == ("Kho bạc Nhà nước Hà Nội, năm 2024", ["Kho", "bạc"])
    assert missed == []
    assert (none, said) == ([], "Không có trang nào có “không hề có từ này xyz”.")
    assert [expected for _, expected in FOLDING] == folded
    assert page.url == f"{address}{YEAR}/co-quan/bao-hiem-xa-hoi/"
    assert heard == []


def test_words_are_folded_alike_when_the_index_is_made() -> None:
    assert [expected for _, expected in FOLDING] == [fold(text) for text, _ in FOLDING]


def test_the_site_can_be_searched_and_read_from_a_disk(browser: Browser, site: Site) -> None:
    page = browser.new_page()
    heard: list[str] = []
    page.on("pageerror", lambda error: heard.append(str(error)))
    # A browser fetches nothing ahead from a disk, and says so of the fonts, which it then loads.
    page.on("requestfailed", lambda sent: None if sent.url.endswith(".woff2") else heard.append(sent.url))
    page.goto((site.folder / "en" / "index.html").as_uri())
    page.locator("#pi-q").fill("1.1.1")
    page.locator("#pi-q-list [role=option]").first.wait_for()  # what is offered is loaded before the page is left
    page.keyboard.press("Enter")
    first = page.locator(".pi-found a").first.inner_text()
    typed = [found_by(page, query)[:1] for query in ("hanoi customs", "1.1.1")]
    follow(page.locator(".pi-found a").first)

    assert (first, [len(shown) for shown in typed]) == ("1.1.1. Plan issued on time", [1, 1])
    assert page.locator("h1").inner_text() == "1.1.1. Plan issued on time"
    assert page.evaluate("Array.from(document.fonts, font => font.status)") == ["loaded", "loaded"]
    assert heard == []


def test_without_scripts_the_head_leads_to_a_list_from_a_to_z(browser: Browser, address: str) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(address)
    follow(page.locator(".pi-find button"))
    follow(page.locator(".pi-letters a", has_text="K").first)
    follow(page.locator(".pi-listed a", has_text="Kho bạc Nhà nước Hà Nội, năm").first)

    assert page.locator("h1").inner_text() == "Kho bạc Nhà nước Hà Nội"


def test_the_page_answers_what_if_as_the_command_does(browser: Browser, address: str) -> None:
    table = json.loads((ROOT / "tests" / "examples" / "whatif.json").read_text(encoding="utf-8"))
    page = browser.new_page()
    page.goto(f"{address}{YEAR}/co-quan/cuc-thue/neu-nhu/")
    found = page.evaluate(
        """({boards, effects, plans, choices}) => {
          const law = window.parindexWhatIf;
          const goal = (one) => ("rank" in one ? {rank: one.rank} : {grade: one.reach});
          return {
            effects: effects.map((one) => law.effects(boards[one.board], one.agency, one.set)),
            plans: plans.map((one) => law.plan(boards[one.board], one.agency, one.set, goal(one), one.by)),
            choices: choices.map((one) => law.cheapest(one.gains, one.need, one.by)),
          };
        }""",
        table,
    )

    assert [case["after"] for case in table["effects"]] == found["effects"]
    assert [{"need": case["need"], "moves": case["moves"]} for case in table["plans"]] == found["plans"]
    assert [case["rises"] for case in table["choices"]] == found["choices"]


def test_a_reader_tries_other_points_and_shares_the_address(browser: Browser, address: str, site: Site) -> None:
    results = score(site.snapshot.world.years[YEAR])
    asked = what_if(results, "cuc-thue", {"1.2.1": Decimal("1.5")}, goal=grade_goal(results, "xuat-sac"))
    plan = asked.plan
    assert plan is not None
    page = browser.new_page()
    page.goto(f"{address}{YEAR}/co-quan/cuc-thue/neu-nhu/")
    page.locator("[data-code='1.2.1'] select").select_option("1.50")
    page.locator("[name='dich']").select_option("loai:xuat-sac")
    shared = address_bar(page)
    other = browser.new_page()
    other.goto(shared)
    shown = {
        row.get_attribute("data-agency"): row.locator("[data-figure='index']").inner_text().split(" ")[-1]
        for row in other.locator(".pi-effects tbody tr").all()
    }
    codes = [text.split(" ")[0] for text in other.locator("#pi-whatif-way li").all_inner_texts()]

    assert "1.2.1=1.50" in shared
    assert {e.agency.slug: index_text(e.index, results.year, load_labels("vi")) for e in asked.after} == shown
    assert [move.criterion.code for move in plan.moves or ()] == codes != []


def test_tables_sort_agencies_are_chosen_and_the_address_keeps_the_view(browser: Browser, address: str) -> None:
    page = browser.new_page()
    heard = watched(page, address)
    page.goto(f"{address}{YEAR}/")
    page.get_by_role("button", name="Chỉ số (%)").first.press("Enter")
    page.get_by_role("button", name="Chỉ số (%)").first.press("Enter")
    page.goto(address_bar(page))
    ranks = shown_ranks(page)
    page.get_by_role("button", name="Xếp loại").first.press("Enter")
    by_grade = shown_ranks(page)
    page.goto(f"{address}{YEAR}/so-sanh/")
    empty = page.locator(".pi-columns thead th").count()
    for words in ("cuc thue", "hai quan"):
        page.get_by_label("Thêm cơ quan").fill(words)
        page.locator(".pi-options button").first.click()
    page.goto(address_bar(page))
    page.locator(".pi-columns tbody td").first.wait_for()
    heads = page.locator(".pi-columns thead").first.locator("th").all_inner_texts()
    index = page.locator(".pi-columns tbody tr").first.locator("td").all_inner_texts()

    page.goto(f"{address}{YEAR}/co-quan/cuc-thue/neu-nhu/")
    page.get_by_label("Lọc các dòng").fill("thu tuc")
    shown = page.locator("table[data-filter] tbody tr:visible th").all_inner_texts()

    assert ranks == ["4", "3", "2", "1"]
    assert by_grade == ["4", "3", "2", "1"]  # as the index behind a grade says, not the alphabet
    assert empty == 3  # a head for each table, and no agency
    assert heads[1:] == ["Cục Thuế", "Cục Hải quan"]
    assert index == ["87,93", "73,55"]
    assert shown != []
    assert [title for title in shown if "thu tuc" not in fold(title)] == []
    assert heard == []


def test_printing_opens_every_criterion(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}{YEAR}/co-quan/cuc-thue/")
    page.emulate_media(media="print")
    closed = page.locator("details.pi-leaf:not([open]) .pi-road")
    heights = closed.evaluate_all("roads => roads.map(road => road.getBoundingClientRect().height)")

    rows = page.locator("details.pi-more-rows").evaluate_all("all => all.map(one => getComputedStyle(one).breakInside)")

    assert heights != []
    assert [height for height in heights if height == 0] == []
    assert set(rows) == {"auto"}  # a long table goes on over the end of a sheet


def test_hostile_text_neither_runs_nor_reaches_out_on_pages_and_in_search_results(
    browser: Browser, hostile: Site
) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.on("dialog", lambda dialog: heard.append(f"dialog {dialog.message}"))
    places = [path.relative_to(hostile.folder).as_posix().removesuffix("index.html") for path in hostile.html()]
    with served(hostile.folder, headers()) as top:
        heard = watched(page, top)
        wide = {}
        for place in places:
            page.goto(top + place)
            if (found := page.evaluate("document.documentElement.scrollWidth")) > 390:
                wide[place] = found
        page.goto(f"{top}tim-kiem/?q=onerror")
        results = page.locator(".pi-found li").count()
        active = page.locator(".pi-found").locator("script, img, iframe, [onerror], [onclick], a[href^=javascript]")

        assert (heard, wide, results > 0, active.count()) == ([], {}, True, 0)

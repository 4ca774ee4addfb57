"""The public site is open to everyone: every kind of page, both languages and faces, large print, keys alone, paper."""

from __future__ import annotations

import re
from typing import Any

import pytest
from browsing import DESK, FAULTS, MAGNIFIED, STILL, WCAG, faults, watched
from playwright.sync_api import Browser, Page
from sites import YEAR, Element, Site, read_page

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]

# What has the focus: where it is, whether anything lies over it, how the focus is shown.
FOCUSED = """() => {
  const here = document.activeElement, box = here.getBoundingClientRect(), style = getComputedStyle(here);
  const top = document.elementFromPoint(box.x + Math.min(box.width, 20) / 2, box.y + Math.min(box.height, 16) / 2);
  return {
    name: here.textContent.trim() || here.getAttribute('aria-label') || here.id || here.tagName,
    tag: here.tagName,
    seen: box.width > 0 && top !== null && (here.contains(top) || top.contains(here)),
    outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1,
    order: [...document.querySelectorAll('*')].indexOf(here),
  };
}"""


def places(site: Site) -> list[str]:
    """Return the addresses of all pages that stand alone, and the first and last of those of one kind."""
    slugs = re.compile("|".join(site.snapshot.world.years[YEAR].agencies))
    rows: dict[str, list[str]] = {}
    for path in site.html():
        name = path.relative_to(site.folder).as_posix()
        kind = slugs.sub("*", name)
        if "*" not in kind and kind.removeprefix("en/").count("/") > 2:
            kind = kind.rsplit("/", 2)[0]
        rows.setdefault(kind, []).append(name)
    return sorted({name.removesuffix("index.html") for row in rows.values() for name in (row[0], row[-1])})


def halves(site: Site) -> list[list[str]]:
    """Return each of those addresses in one language, and in the other; both halves have pages of each language."""
    rest = [place for place in places(site) if not place.startswith("en/")]
    return [[("en/" if number % 2 else "") + place for number, place in enumerate(rest, first)] for first in (0, 1)]


@pytest.mark.needs("npm:axe-core")
@pytest.mark.parametrize(("half", "screen"), [(0, MAGNIFIED), (1, DESK)], ids=["400 percent", "desk"])
def test_no_kind_of_page_has_a_fault_that_axe_knows_in_either_face_or_scrolls_sideways(
    browser: Browser, site: Site, address: str, axe: str, half: int, screen: dict[str, Any]
) -> None:
    """Large print and a desk each see every page, one in Vietnamese where the other has English, everything opened."""
    page = browser.new_page(**screen)
    heard, found, wide = watched(page, address), {}, {}
    for place in halves(site)[half]:
        if told := faults(page, address + place, axe):
            found[place] = told
        if (width := page.evaluate("document.documentElement.scrollWidth")) > screen["viewport"]["width"]:
            wide[place] = width
    page.close()

    assert sorted(place for part in halves(site) for place in part) == places(site)
    assert (found, wide, heard) == ({}, {}, [])


@pytest.mark.parametrize("half", [0, 1])
def test_no_kind_of_page_scrolls_sideways_on_a_phone_with_letters_of_twice_the_size(
    browser: Browser, site: Site, address: str, half: int
) -> None:
    page, wide = browser.new_page(viewport={"width": 360, "height": 740}), {}
    for place in halves(site)[half]:
        page.goto(address + place)
        page.evaluate(
            "document.documentElement.style.fontSize = "
            "`${2 * parseFloat(getComputedStyle(document.documentElement).fontSize)}px`"
        )
        if (width := page.evaluate("document.documentElement.scrollWidth")) > 360:
            wide[place] = width
    page.close()

    assert wide == {}


@pytest.mark.needs("npm:axe-core")
def test_faults_put_into_a_page_are_found_in_either_face(browser: Browser, address: str, axe: str) -> None:
    """A search that cannot find anything proves nothing."""
    page, found = browser.new_page(**DESK), []
    page.goto(f"{address}{YEAR}/")
    page.evaluate(axe)
    page.evaluate("""() => {
      const article = document.querySelector('article');
      article.append(document.createElement('img'));
      const faint = Object.assign(document.createElement('p'), {textContent: 'mờ', className: 'faint'});
      faint.style.setProperty('color', '#7a7a7a', 'important');
      faint.style.setProperty('background', '#6f6f6f', 'important');
      article.append(faint);
    }""")
    for face in ("light", "dark"):
        page.emulate_media(color_scheme=face)  # type: ignore[arg-type]  # both are faces
        page.evaluate(STILL)
        found.append({fault[0] for fault in page.evaluate(FAULTS, WCAG)})
    page.close()

    assert found == [{"image-alt", "color-contrast"}] * 2


def steps(page: Page, most: int) -> list[dict[str, Any]]:
    """Press the key for the next field until the page has been gone through, at most so many times."""
    found: list[dict[str, Any]] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        here = page.evaluate(FOCUSED)
        if found and here["tag"] == "BODY":
            break
        found.append(here)
    return found


@pytest.mark.parametrize(
    ("place", "kinds"),
    [
        (f"{YEAR}/", {"A", "INPUT", "BUTTON", "SUMMARY", "DIV"}),
        (f"en/{YEAR}/co-quan/cuc-thue/", {"A", "INPUT", "BUTTON", "SUMMARY", "DIV"}),
        (f"{YEAR}/so-sanh/?a=cuc-thue", {"A", "INPUT", "BUTTON", "DIV"}),
        (f"{YEAR}/co-quan/cuc-thue/neu-nhu/", {"A", "INPUT", "BUTTON", "SELECT", "DIV"}),
        ("tim-kiem/?q=thue", {"A"}),  # begins behind the field, where a reader types at once
    ],
)
def test_keys_alone_go_through_a_page_in_its_order_and_always_show_where(
    browser: Browser, address: str, place: str, kinds: set[str]
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(address + place)
    page.evaluate("document.activeElement.blur()")
    gone = steps(page, 70)
    orders = [step["order"] for step in gone]

    assert orders == sorted(orders)
    assert [step["name"] for step in gone if not (step["seen"] and step["outlined"])] == []
    assert kinds <= {step["tag"] for step in gone}


def test_keys_alone_skip_to_the_content_open_details_and_change_the_language(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{address}{YEAR}/co-quan/cuc-thue/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    inside = page.evaluate("document.getElementById('noi-dung').contains(document.activeElement)")
    page.locator(".pi-panel:has(#tieu-chi) > summary").focus()
    page.keyboard.press("Enter")
    opened = page.locator("#tieu-chi").is_visible()
    page.locator(".pi-lang").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}en/{YEAR}/co-quan/cuc-thue/")

    assert (inside, opened, page.locator("html").get_attribute("lang")) == (True, True, "en")


# A page that is parsed and not opened runs nothing: it says what it says without scripts.
BARE = "text => new DOMParser().parseFromString(text, 'text/html').querySelector('article').textContent"


def test_without_scripts_every_kind_of_page_says_the_same_and_its_downloads_can_be_fetched(
    browser: Browser, site: Site, address: str
) -> None:
    page, bare, other = browser.new_page(), browser.new_page(java_script_enabled=False), []
    for place in places(site):
        # There the script puts fields in the place of words, or shows the agencies that are chosen alone.
        if not place.startswith("en/") and not place.endswith(("tim-kiem/", "/neu-nhu/", "/so-sanh/")):
            page.goto(address + place)
            told = page.locator("article").text_content() or ""  # where scripts run, markup for others is text
            file = site.folder / place / ("" if place.endswith(".html") else "index.html")
            if not words(page.evaluate(BARE, file.read_text(encoding="utf-8"))) <= words(told):
                other.append(place)
    bare.goto(f"{address}{YEAR}/tai-ve/")
    links = bare.locator("article a").evaluate_all("links => links.map(link => link.href)")
    files = [link for link in links if not link.endswith("/") and "#" not in link]
    lost = [link for link in files if not bare.request.get(link).ok]

    assert other == []
    assert (len(files) > 4, lost) == (True, [])


def words(text: str) -> set[str]:
    """Return the words of a text, its markup left out."""
    return set(re.sub(r"</?[a-z][^>]*>", " ", text).split())


def test_a_page_printed_from_the_dark_face_is_ink_on_white(browser: Browser, address: str) -> None:
    page = browser.new_page(color_scheme="dark")
    page.goto(f"{address}{YEAR}/co-quan/cuc-thue/")
    page.emulate_media(media="print")
    page.evaluate(STILL)
    shown = page.evaluate("""() => ['body', 'h1', 'h2', 'td', 'th', 'caption', '.pi-big', 'summary'].map(name => {
      const shown = document.querySelector('article ' + name) || document.querySelector(name);
      return [name, getComputedStyle(shown).color];
    })""")

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert [(name, colour) for name, colour in shown if brightness(colour) > 110] == []


def brightness(colour: str) -> float:
    """Return how bright a colour is to the eye, from 0 to 255."""
    red, green, blue = (int(part) for part in re.findall(r"\d+", colour)[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_table_has_a_caption_and_scopes_and_every_picture_words(site: Site) -> None:
    """Charts stand in figures, each with a name of its own and a table of what it shows."""
    faults = []
    for path in site.html():
        page = read_page(path)
        if not page.find(tag="html").attributes.get("lang"):
            faults.append((path, "lang"))
        for element in page.all():
            inside = list(element.all())
            if element.tag == "table" and not any(one.tag == "caption" and one.text() for one in inside):
                faults.append((path, "caption"))
            if element.tag == "th" and not element.attributes.get("scope"):
                faults.append((path, f"scope of {element.text()}"))
            if element.tag == "figure" and not told(inside):
                faults.append((path, "figure"))
            if element.tag == "img" and "alt" not in element.attributes:
                faults.append((path, "alt"))

    assert faults == []


def told(figure: list[Element]) -> bool:
    """Tell whether a figure has a picture with a name, and a table."""
    pictures = [one for one in figure if one.attributes.get("role") == "img"]
    named = [one for one in pictures if one.attributes.get("aria-label")]
    return bool(pictures) and named == pictures and any(one.tag == "table" for one in figure)

"""Charts that a reader takes away: as PNG and as SVG, with title, note and where they come from."""

from __future__ import annotations

import struct
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from browsing import watched
from playwright.sync_api import Browser, Page
from sites import YEAR, Site, headers, served

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]

SVG = "{http://www.w3.org/2000/svg}"


def taken(page: Page, kind: str) -> tuple[str, bytes]:
    """Return the name and the bytes of the first chart of a page."""
    with page.expect_download() as waiting:
        page.locator("figure.pi-figure").first.get_by_role("button", name=kind).click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def test_a_chart_is_taken_away_as_svg_and_png_with_its_title_and_source(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 664})
    heard = watched(page, address)
    page.goto(f"{address}{YEAR}/")
    figure = page.locator("figure.pi-figure").first
    title, note = figure.locator("figcaption").inner_text(), figure.locator("p.pi-small").first.inner_text()
    (svg_name, svg), (png_name, png) = taken(page, "SVG"), taken(page, "PNG")
    drawing = ET.fromstring(svg)  # noqa: S314  # made by our own page
    words = " ".join(text.text or "" for text in drawing.iter(f"{SVG}text"))
    dots = page.evaluate(
        """async (bytes) => {
             const picture = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
             const canvas = new OffscreenCanvas(picture.width, picture.height);
             const pen = canvas.getContext("2d");
             pen.drawImage(picture, 0, 0);
             const seen = new Set();
             const { data } = pen.getImageData(0, 0, picture.width, picture.height);
             for (let at = 0; at < data.length; at += 4) seen.add(data.slice(at, at + 3).join());
             return seen.size;
           }""",
        list(png),
    )

    assert (svg_name, png_name) == ("2024-hinh-chi-so.svg", "2024-hinh-chi-so.png")
    assert title in words
    assert note.split(".")[0] in words
    assert f"/{YEAR}/" in words
    assert page.locator(".pi-banner").first.inner_text() in words  # figures that are made up say so wherever they go
    assert b"class=" not in svg
    assert b"style" not in svg
    assert struct.unpack(">II", png[16:24]) == (2 * 800, 2 * int(drawing.attrib["height"].partition(".")[0]))
    assert dots > 20  # shapes and words, not an empty sheet
    assert heard == []


def test_hostile_words_of_a_chart_stay_words(browser: Browser, hostile: Site) -> None:
    page = browser.new_page()
    with served(hostile.folder, headers()) as top:
        heard = watched(page, top)
        page.goto(f"{top}{YEAR}/")
        _, svg = taken(page, "SVG")
        tags = {element.tag.removeprefix(SVG) for element in ET.fromstring(svg).iter()}  # noqa: S314  # likewise

    assert tags <= {"svg", "g", "rect", "line", "circle", "path", "text", "tspan", "defs", "pattern"}
    assert heard == []

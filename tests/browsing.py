"""What tests in a browser share: the browser, an ear for outside requests and complaints, an eye for barriers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from conftest import find_program
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, sync_playwright

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def launched() -> Iterator[Browser]:
    """Start the browser of this machine, which asks nothing of the outside by itself."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_program("chromium"), args=QUIET)
        yield browser
        browser.close()


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


def follow(link: Locator) -> None:
    """Click a link and wait for the page it leads to, styles and all: a click alone returns while they are fetched."""
    with link.page.expect_navigation():
        link.click()


def address_bar(page: Page) -> str:
    """Return the address that a reader would copy; `page.url` may lag behind what a script has just written there."""
    address: str = page.evaluate("window.location.href")
    return address


# --- barriers -------------------------------------------------------------------------------------------------------

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# A screen of 1280 by 1024 points at 400 %, and as it is.
MAGNIFIED: dict[str, Any] = {"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4}
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 1024}}
FAULTS = """rules => axe.run({runOnly: rules, resultTypes: ['violations']})
  .then(told => told.violations.map(one => [one.id, one.nodes.length, one.nodes[0].html]))"""
OPEN_ALL = "document.querySelectorAll('details').forEach(one => { one.open = true; })"
STILL = "document.getAnimations().forEach(one => one.finish())"


def faults(page: Page, address: str, axe: str) -> list[Any]:
    """Return what axe finds on a page with everything opened, in the light face, and of colours in the dark one."""
    page.emulate_media(color_scheme="light")
    page.goto(address)
    page.evaluate(axe)
    page.evaluate(OPEN_ALL)
    page.evaluate(STILL)
    light = page.evaluate(FAULTS, WCAG)
    page.emulate_media(color_scheme="dark")
    page.evaluate(STILL)
    return [*light, *page.evaluate(FAULTS, ["color-contrast", "link-in-text-block"])]

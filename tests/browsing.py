"""What tests in a browser share: the browser itself, and an ear for every outside request and every complaint."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from conftest import find_program
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

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


def address_bar(page: Page) -> str:
    """Return the address that a reader would copy; `page.url` may lag behind what a script has just written there."""
    address: str = page.evaluate("window.location.href")
    return address

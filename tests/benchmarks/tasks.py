"""What readers do on the public site, in figures: ten tasks on a phone, and each kind of page as a slow phone loads it.

Run as `python tests/benchmarks/tasks.py [AGENCIES]`: the real data, then a year of so many agencies. Steps are taps,
choices and words typed; seconds are those of the slow phone, without the time to read. Barriers are counted where
axe-core stands.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from browsing import FAULTS, WCAG, launched
from conftest import find_program
from pages import LINE, PHONE, many
from playwright.sync_api import Browser, Locator, Page
from sites import YEAR, Site, build, headers, new_repository, pages_of, served

from pipeline.adapters.messages import LANGUAGES
from pipeline.core.record.model import World

MANY = 200
VIEW = {**PHONE, "viewport": {"width": 390, "height": 664}}
WATCH = """
  window.seen = { lcp: 0, cls: 0, tbt: 0 };
  const watch = (type, told) =>
    new PerformanceObserver(list => list.getEntries().forEach(told)).observe({type, buffered: true});
  watch('largest-contentful-paint', one => { window.seen.lcp = one.startTime; });
  watch('layout-shift', one => { if (!one.hadRecentInput) window.seen.cls += one.value; });
  watch('longtask', one => { window.seen.tbt += Math.max(0, one.duration - 50); });
"""


class Reader:
    """A reader on a slow phone, whose steps are counted."""

    def __init__(self, browser: Browser, top: str, place: str = "") -> None:
        self.page = slow(browser)
        self.steps = 0
        self.page.goto(top + place)
        self.began = perf_counter()

    def tap(self, where: Locator) -> None:
        self.steps += 1
        where.scroll_into_view_if_needed()
        where.click()

    def type(self, where: Locator, words: str) -> None:
        self.steps += 1
        where.press_sequentially(words)

    def tab(self, address: str) -> None:
        self.tap(self.page.locator(f".pi-tabs a[href$='{address}/']").first)


def slow(browser: Browser) -> Page:
    """Return a page of a phone whose line and processor are slow."""
    page = browser.new_context(**VIEW).new_page()
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", LINE)
    line.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    return page


# --- the tasks ------------------------------------------------------------------------------------------------------


def find(reader: Reader) -> None:
    reader.type(reader.page.locator("#pi-q"), "cucj thuees")
    reader.tap(reader.page.locator("#pi-q-list [role=option]").first)
    reader.page.wait_for_url("**/co-quan/**")


def why(reader: Reader) -> None:
    reader.tap(reader.page.locator("article a[href*='co-quan/']").first)
    reader.tap(reader.page.locator("a[href*='#tc-']").first)
    reader.page.locator(".pi-road:visible").first.wait_for()


def compare(reader: Reader) -> None:
    reader.tab("so-sanh")
    for box in reader.page.locator(".pi-picks input[type=checkbox]").all()[:2]:
        reader.tap(box)


def cite(reader: Reader) -> None:
    reader.tap(reader.page.locator(".pi-sources summary"))
    reader.page.locator(".pi-sources dd").first.wait_for()


def complain(reader: Reader) -> None:
    reader.tap(reader.page.locator(".pi-foot a[href*='#lien-he']"))
    reader.page.locator("#lien-he").wait_for()


def download(reader: Reader) -> None:
    reader.tab("tai-ve")
    with reader.page.expect_download():
        reader.tap(reader.page.locator("a[href$='.zip']").first)


def prove(reader: Reader) -> None:
    reader.tab("kiem-tra-lai")
    reader.tap(reader.page.locator("#pi-prove-begin"))
    reader.page.locator(".pi-verdict").wait_for(timeout=120_000)


def last_year(reader: Reader) -> None:
    reader.tap(reader.page.locator(".pi-nav a[href*='cac-nam']"))
    reader.page.locator("article h1").wait_for()


def english(reader: Reader) -> None:
    reader.tap(reader.page.locator(".pi-lang").first)
    reader.page.wait_for_url("**/en/**")


def on_paper(reader: Reader) -> None:
    reader.steps += 1
    reader.page.pdf()


TASKS: Mapping[str, tuple[str, Callable[[Reader], None]]] = {
    "find": ("", find),
    "why": (f"{YEAR}/", why),
    "compare": (f"{YEAR}/", compare),
    "cite": (f"{YEAR}/", cite),
    "complain": ("", complain),
    "download": (f"{YEAR}/", download),
    "prove": (f"{YEAR}/", prove),
    "last year": ("", last_year),
    "English": (f"{YEAR}/", english),
    "print": (f"{YEAR}/", on_paper),
}


def done(browser: Browser, top: str) -> None:
    for name, (place, task) in TASKS.items():
        reader = Reader(browser, top, place)
        task(reader)
        print(f"  {name}: {reader.steps} steps, {perf_counter() - reader.began:.1f} s")
        reader.page.context.close()


# --- the kinds of pages ---------------------------------------------------------------------------------------------


def kinds(site: Site) -> dict[str, str]:
    """Return a page of each kind, by the folders of its address without names: the heaviest one."""
    found: dict[str, tuple[int, str]] = {}
    for path in site.html():
        place = path.relative_to(site.folder).as_posix()
        if place.startswith("en/") or not place.endswith("index.html"):
            continue
        parts = place.split("/")[:-1]
        known = {"co-quan", "neu-nhu", "tieu-chi", "dieu-tra"}
        kind = "/".join(
            part if part in known or not at or len(parts) == at + 1 == 2 else "…" for at, part in enumerate(parts)
        )
        found[kind] = max(found.get(kind, (0, "")), (path.stat().st_size, place.removesuffix("index.html")))
    return {kind: place for kind, (_, place) in sorted(found.items())}


def measured(browser: Browser, top: str, place: str, axe: str) -> str:
    page = slow(browser)
    page.add_init_script(WATCH)
    line = page.context.new_cdp_session(page)
    sent: list[float] = []
    line.on("Network.loadingFinished", lambda told: sent.append(told["encodedDataLength"]))
    line.send("Network.enable")
    page.goto(top + place, wait_until="networkidle")
    page.wait_for_timeout(400)
    seen: dict[str, Any] = page.evaluate("window.seen")
    wide = page.evaluate("document.documentElement.scrollWidth")
    faults = "–"
    if axe:
        page.evaluate(axe)
        faults = str(len(page.evaluate(FAULTS, WCAG)))
    page.context.close()
    told = f"{sum(sent) / 1000:.0f} kB, LCP {seen['lcp']:.0f} ms, CLS {seen['cls']:.3f}, TBT {seen['tbt']:.0f} ms"
    return f"{told}, axe {faults}{'' if wide == 390 else f', {wide} wide'}"


def main() -> None:
    report(lambda world: world)
    count = int(sys.argv[1]) if len(sys.argv) > 1 else MANY
    report(lambda world: many(world, count))


def report(world: Callable[[World], World]) -> None:
    package = find_program("npm:axe-core")
    axe = (Path(package) / "axe.min.js").read_text(encoding="utf-8") if package else ""
    with tempfile.TemporaryDirectory() as folder, launched() as browser:
        root = new_repository(Path(folder) / "repository")
        site = build(pages_of(root, world=world, languages=LANGUAGES))
        print(f"{len(site.snapshot.world.years[YEAR].agencies)} agencies")
        with served(site.folder, headers()) as top:
            done(browser, top)
            for kind, place in kinds(site).items():
                print(f"  /{kind}: {measured(browser, top, place, axe)}")


if __name__ == "__main__":
    main()

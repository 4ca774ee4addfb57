"""The public site in figures: its size, how long it takes to build, and how its pages load on a slow phone.

Run as `python tests/benchmarks/pages.py [AGENCIES [YEARS]]`; the real data is measured, a year of so many agencies, and
so many published years.
The phone: 1.6 Mbit/s, 150 ms there and back, a processor four times slower; nothing kept from an earlier visit.
"""

from __future__ import annotations

import dataclasses
import gzip
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from browsing import launched
from playwright.sync_api import Browser
from processor import processor
from sites import TODAY, YEAR, Site, addresses, build, headers, new_repository, pages_of, read_page, served

from pipeline.adapters.messages import LANGUAGES
from pipeline.core.index.approved_table import is_published
from pipeline.core.record.model import World

MANY, LONG = 40, 5
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 3,
    "is_mobile": True,
    "has_touch": True,
}
LINE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
SEEN = """() => new Promise(done => {
  let shift = 0;
  new PerformanceObserver(list => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) shift += one.value;
  }).observe({type: 'layout-shift', buffered: true});
  const paint = performance.getEntriesByName('first-contentful-paint')[0];
  setTimeout(() => done([paint ? paint.startTime : null, shift]), 300);
})"""


def main() -> None:
    agencies, years = (int(told) for told in (*sys.argv[1:], *map(str, (MANY, LONG)[len(sys.argv) - 1 :])))
    with tempfile.TemporaryDirectory() as folder:
        root = new_repository(Path(folder) / "repository")
        site = measured(root, lambda world: world)
        with served(site.folder, headers()) as top, launched() as browser:
            for name, place in (
                ("year", f"{YEAR}/"),
                ("agency", f"{YEAR}/co-quan/cuc-thue/"),
                ("criterion", f"{YEAR}/tieu-chi/1.1.1/"),
            ):
                load(browser, top, place, name)
        measured(root, lambda world: many(world, agencies))
        measured(root, lambda world: long(world, years))


def measured(root: Path, world: Callable[[World], World]) -> Site:
    """Build the site of a world, and print what it took and what came out."""
    began, spent = perf_counter(), processor()
    made = pages_of(root, world=world, languages=LANGUAGES)
    rendered, written = perf_counter(), processor()
    site = build(made, own_look=True)
    ended, built = perf_counter(), processor()
    links = sum(1 for path in site.html() for _ in addresses(read_page(path)))
    sizes = sorted(path.stat().st_size for path in site.html())
    index = b"".join(path.read_bytes() for path in (site.folder / "assets").glob("search-*.js"))
    agencies = len(site.snapshot.world.years[YEAR].agencies)
    years = sum(is_published(year, TODAY) for year in site.snapshot.world.years.values())
    print(
        f"{agencies} agencies, {years} published years: {len(sizes)} pages, {links} links, largest page {sizes[-1]:,} B"
    )
    print(f"  pages written in {rendered - began:.1f} s, built in {ended - rendered:.1f} s")
    each = [1000 * took / len(sizes) for took in (written - spent, built - written)]
    print(f"  time of the processor for a page: {each[0]:.1f} ms to write, {each[1]:.1f} ms to build")
    print(f"  search index of one language, all its files {len(index):,} B, packed {len(gzip.compress(index)):,} B")
    return site


def many(world: World, count: int) -> World:
    """Return the world with so many agencies in the year, each with the files of a real one."""
    year = world.years[YEAR]
    names = list(year.agencies)
    origin = {f"{names[place % len(names)]}-{place:03}": names[place % len(names)] for place in range(count)}
    agencies = {slug: dataclasses.replace(year.agencies[own], slug=slug) for slug, own in origin.items()}
    stages = {
        stage: {slug: dataclasses.replace(files[own], agency=slug) for slug, own in origin.items() if own in files}
        for stage, files in year.stages.items()
    }
    counts = {
        (group, slug): dataclasses.replace(item, agency=slug)
        for slug, own in origin.items()
        for (group, agency), item in year.counts.items()
        if agency == own
    }
    grown = dataclasses.replace(year, agencies=agencies, stages=stages, counts=counts, amendments=())
    return dataclasses.replace(world, years={**world.years, YEAR: grown})


def long(world: World, count: int) -> World:
    """Return the world with so many published years, each with what the real one has."""
    year = world.years[YEAR]
    names = [str(int(YEAR) - back) for back in range(count)]
    return dataclasses.replace(world, years={name: dataclasses.replace(year, name=name) for name in names})


def load(browser: Browser, top: str, place: str, name: str) -> None:
    """Open a page as the slow phone does and print what came over the line, the first paint, how much moved."""
    context = browser.new_context(**PHONE)
    page = context.new_page()
    line = context.new_cdp_session(page)
    sent: list[float] = []
    line.on("Network.loadingFinished", lambda told: sent.append(told["encodedDataLength"]))
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", LINE)
    line.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(top + place, wait_until="networkidle")
    paint, shift = page.evaluate(SEEN)
    print(f"  {name}: {sum(sent):,.0f} B in {len(sent)} files, first paint {paint:,.0f} ms, layout shift {shift:.3f}")
    context.close()


if __name__ == "__main__":
    main()

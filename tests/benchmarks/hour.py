"""Tell what a secretary's hour takes: clicks, seconds of the machine, commits, replies; or take pictures of it.

`PYTHONPATH=.:tests python tests/benchmarks/hour.py [FOLDER]` plays it in a temporary folder; with FOLDER it puts the
pictures of docs/how-to/gui-hop-thu.md there, taken of the real pages.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from conftest import find_program
from playwright.sync_api import sync_playwright
from secretary import Hour, played, prepared


def main(arguments: list[str]) -> None:
    """Print what the hour took, or take pictures."""
    with tempfile.TemporaryDirectory() as name:
        hour = prepared(Path(name))
        if arguments:
            pictures(hour, Path(arguments[0]))
        else:
            for what, told in asdict(played(hour)).items():
                print(f"{what:>9} {told}")


def pictures(hour: Hour, folder: Path) -> None:
    """Take pictures of the report before and after."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_program("chromium"))
        page = browser.new_page(viewport={"width": 900, "height": 430}, device_scale_factor=1)
        hour.run()
        report = (hour.box / "_ket-qua" / "bao-cao.html").as_uri()
        page.goto(report)
        page.screenshot(path=folder / "hop-thu-bao-cao.png")
        page.locator("section.form").first.screenshot(path=folder / "hop-thu-phieu-loi.png")
        hour.run("--yes")
        page.goto(report)
        page.screenshot(path=folder / "hop-thu-da-gui.png")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])

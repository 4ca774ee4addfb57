"""What how-to pages quote of a rehearsal is what people saw, line for line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import GOLDEN, ROOT
from readers import QUOTES

MARK = re.compile(r"<!-- rehearsal -->\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = sorted((ROOT / "docs").rglob("*.md"))
QUOTED = [(page, quote) for page in PAGES for quote in MARK.findall(page.read_text(encoding="utf-8"))]


def test_every_mark_stands_before_a_block() -> None:
    marks = sum(page.read_text(encoding="utf-8").count("<!-- rehearsal -->") for page in PAGES)

    assert 0 < len(QUOTED) == marks


@pytest.mark.parametrize(("page", "quote"), QUOTED, ids=[page.stem for page, _ in QUOTED])
def test_a_quote_stands_in_the_transcript(page: Path, quote: str) -> None:
    transcript = (GOLDEN / "rehearsal.txt").read_text(encoding="utf-8").translate(QUOTES)

    assert f"\n{quote}" in transcript

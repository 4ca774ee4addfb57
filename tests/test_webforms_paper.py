"""The page to sign that a web form prints: three parts, the digest that Python takes, its QR code, none with errors."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import segno
from browsing import watched
from playwright.sync_api import BrowserContext, Page, expect
from pypdf import PdfReader
from test_webforms_browser import AXE, SELF, Forms, context, downloaded, field, opened, real

from pipeline.core.forms.signed_page import scan_name
from pipeline.core.ground.nodes import plain
from pipeline.core.record.layout import place
from pipeline.core.record.signed_content import content_digest
from pipeline.flows.wording import load_labels

__all__ = ["context", "real"]

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]

PRINT = "In trang ký"


def digest_of(page: Page) -> str:
    """Return what Python takes of the file that the form gives."""
    at = place("data/2024/self-assessment/cuc-thue.yml")
    assert at is not None
    return content_digest(at, plain(downloaded(page).content))


def noted(page: Page) -> str:
    """Type a note with signs that JSON and Unicode write in several ways; return where it stands."""
    path = str(page.locator('[data-path$="/note"]').first.get_attribute("data-path"))
    field(page, path).fill('Dòng 1\nCu\u0323c "trích" \\ \U0001f600')
    field(page, path).blur()
    return path


def test_it_prints_three_parts_with_the_digest_of_what_is_typed(
    context: BrowserContext, real: Forms, tmp_path: Path
) -> None:
    page = opened(context, real.top + SELF)
    heard = watched(page, real.top)
    page.evaluate("() => { window.print = () => (window.printed = (window.printed ?? 0) + 1); }")
    noted(page)
    digest = digest_of(page)
    page.get_by_role("button", name=PRINT).click()
    page.pdf(path=tmp_path / "ky.pdf", prefer_css_page_size=True)
    printed = ["".join(sheet.extract_text().split()) for sheet in PdfReader(tmp_path / "ky.pdf").pages]
    text = load_labels("vi").text
    begins = [n for n, sheet in enumerate(printed) if digest in sheet]
    titles = [text(f"webform.page.{part}").replace(" ", "") for part in ("summary", "scores", "documents")]

    assert scan_name(digest) in printed[0]
    assert (heard, page.evaluate("window.printed")) == ([], 1)
    assert len(begins) == 3
    assert all(title in printed[n] for n, title in zip(begins, titles, strict=True))
    assert "".join(text("webform.page.sign").split()) in printed[0]
    page.get_by_role("button", name="Quay lại điền").click()
    expect(page.locator('[data-part="form"]')).to_be_visible()


def in_order(side: int) -> list[tuple[int, int]]:
    """Return the squares of a code of version 5 that hold data, row and column, in the order in which they are read."""
    columns = [column for column in range(side - 1, 0, -2) if column > 6] + [5, 3, 1]
    ways = [range(side - 1, -1, -1), range(side)]
    squares = [(y, x) for n, right in enumerate(columns) for y in ways[n % 2] for x in (right, right - 1)]
    corners = [(range(9), range(9)), (range(9), range(side - 8, side)), (range(side - 8, side), range(9))]
    kept = [*corners, (range(6, 7), range(side)), (range(side), range(6, 7)), (range(28, 33), range(28, 33))]
    return [(y, x) for y, x in squares if not any(y in rows and x in held for rows, held in kept)]


def test_its_code_says_the_digest(context: BrowserContext, real: Forms) -> None:
    page = opened(context, real.top + SELF)
    page.get_by_role("button", name=PRINT).click()
    digest = page.locator(".digest").first.inner_text().replace(" ", "")
    outline = str(page.locator(".mark path").first.get_attribute("d"))
    dark = {(int(y) - 4, int(x) - 4) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", outline)}
    masks = [segno.make_qr(digest, error="m", boost_error=False, mask=mask).matrix for mask in range(8)]
    drawn = [{(y, x) for y, row in enumerate(rows) for x, square in enumerate(row) if square} for rows in masks]
    differ = min((dark ^ squares for squares in drawn), key=len)
    order = in_order(len(masks[0]))

    # Drawers may differ in what fills the space left free: the second of two blocks, by turns, from its 24th byte on.
    assert differ <= set(order)
    assert [n for n in {order.index(square) // 8 for square in differ} if n % 2 == 0 or n < 47] == []


def test_a_form_with_errors_is_not_printed(context: BrowserContext, real: Forms) -> None:
    page = opened(context, real.top + SELF)
    page.evaluate("() => { window.print = () => (window.printed = true); }")
    score = page.locator('[data-path$="/score"]').first
    score.fill("999")
    page.get_by_role("button", name=PRINT).click()

    expect(page.locator('[data-part="summary"]')).to_be_visible()
    expect(page.locator('[data-part="paper"]')).to_be_hidden()
    expect(page.locator('[data-part="status"]')).to_contain_text("Chưa in trang ký")
    assert page.evaluate("window.printed") is None


@pytest.mark.needs("npm:axe-core")
def test_it_has_no_fault_that_axe_knows(context: BrowserContext, real: Forms) -> None:
    page = opened(context, real.top + SELF)
    page.get_by_role("button", name=PRINT).click()
    page.evaluate(AXE.read_text("utf-8"))
    code = "axe.run().then(found => found.violations.map(one => [one.id, one.nodes.slice(0, 3).map(n => n.html)]))"

    assert page.evaluate(code) == []

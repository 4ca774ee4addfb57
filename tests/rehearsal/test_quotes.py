"""What how-to pages quote of a rehearsal is what people saw, line for line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import GOLDEN, ROOT

MARK = re.compile(r"<!-- rehearsal -->\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = sorted((ROOT / "docs").rglob("*.md"))
QUOTED = [(page, quote) for page in PAGES for quote in MARK.findall(page.read_text(encoding="utf-8"))]

# Words of guard for which nobody is refused in a rehearsal, with the reason.
NOT_REHEARSED = {
    "access-broken": "no access.yml that cannot be read comes past the guard",
    "already-published": "a rehearsal lasts one day, and results are public on the next",
    "before-founding": "told, not refused: of a repository with a past",
    "branch-created": "needs a server whose main branch was taken away",
    "dossier-changed": "a rehearsal lasts one day, and no stage is over in it; test_evidence has one",
    "empty-range": "told, not refused: a push always has commits",
    "founding-lost": "needs a server whose history was exchanged",
    "malformed-commit": "git's own check of objects is before it",
    "merge-carries-over": "needs a file that one branch renames; test_editions has one",
    "merge-mixes-lines": "needs two lines of one file that say the same; test_editions has them",
    "no-access-yet": "a pinned founding is an access.yml",
    "no-page": "no policy of a rehearsal asks for signed pages; test_guard has one",
    "other-agency": "no role here is bound to one agency that is not of an agency's people",
    "refounding-unfit": "needs lost keys; a Friday evening has them",
    "register-deleted": "the server of a rehearsal refuses every deletion before the guard is asked",
    "register-in-the-way": "needs a register that stands before its founding; test_pre_receive has one",
    "review-lapsed": "a rehearsal lasts no thirty days",
    "review-of-another-tree": "of the first edition",
    "review-voided": "of the first edition",
    "shallow-clone": "a server has all of its history",
    "shared-key": "no access.yml with such a key comes past the guard",
    "unproved": "told, not refused; here every kind is signed",
}


def test_a_wrong_push_of_every_kind_was_refused() -> None:
    reference = (ROOT / "docs" / "reference" / "guard.md").read_text(encoding="utf-8")
    transcript = (GOLDEN / "rehearsal.txt").read_text(encoding="utf-8")
    told = set(re.findall(r" ([a-z0-9-]+): ", transcript))

    assert set(re.findall(r"^\| `([a-z0-9-]+)` \|", reference, re.MULTILINE)) - told == set(NOT_REHEARSED)


def test_every_mark_stands_before_a_block() -> None:
    marks = sum(page.read_text(encoding="utf-8").count("<!-- rehearsal -->") for page in PAGES)

    assert 0 < len(QUOTED) == marks


@pytest.mark.parametrize(("page", "quote"), QUOTED, ids=[page.stem for page, _ in QUOTED])
def test_a_quote_stands_in_the_transcript(page: Path, quote: str) -> None:
    transcript = (GOLDEN / "rehearsal.txt").read_text(encoding="utf-8")

    assert f"\n{quote}" in transcript

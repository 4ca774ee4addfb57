"""Mistakes that staff make when they prepare a year, each tried on a year as it stands before its first form.

The year is 2025 of this repository without what agencies and bodies wrote, and with a council; 2024 stands before it.
The mistakes are those of `tests/examples/mistakes.yml`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import pytest
from tiny import EXAMPLES, ROOT, files_under, snapshot_of

from pipeline.adapters import documents
from pipeline.core.ground import nodes
from pipeline.core.ground.problems import Problem

Edit = Mapping[str, str]

WRITTEN = ("data/2025/self-assessment/", "data/2025/appraisal-1/")
COUNCIL = b"""format: 1
decision: {number: 6201/QD-UBND-MH, date: 2025-11-28, issuer: ubnd-tp}
members:
  - {function: Head, body: ubnd-tp}
  - {function: Deputy, body: so-noi-vu}
sessions:
  - {date: 2026-02-03, present: 2, agreed: 0}
"""
PREPARED = {path: data for path, data in files_under(ROOT, "data").items() if not path.startswith(WRITTEN)}
PREPARED["data/2025/council.yml"] = COUNCIL


def tables() -> dict[str, list[tuple[str, str, list[Edit]]]]:
    document = documents.read("mistakes.yml", (EXAMPLES / "mistakes.yml").read_bytes())
    assert document.root is not None, document.problems
    found = nodes.plain(document.root)
    assert isinstance(found, dict)
    return {table: [tuple(entry.values()) for entry in entries] for table, entries in found.items()}  # type: ignore[union-attr, misc]  # the keys are checked where they are used


def laid(edits: Sequence[Edit]) -> tuple[Problem, ...]:
    """Return what is wrong in the prepared year with a mistake laid over it."""
    files = dict(PREPARED)
    for edit in edits:
        path, text = edit["path"], files[edit["path"]].decode()
        if "whole" in edit:
            files[path] = files[edit["whole"]]
        else:
            assert text.count(edit["find"]) == 1, f"{path}: {edit['find']!r} stands {text.count(edit['find'])} times"
            files[path] = text.replace(edit["find"], edit["replace"]).encode()
    return snapshot_of(files).problems


TABLES = tables()
STANDING = {(problem.code, problem.path, problem.line) for problem in laid([])}


@pytest.mark.parametrize(
    ("code", "edits"),
    [pytest.param(code, edits, id=name) for table in TABLES.values() for name, code, edits in table],
)
def test_a_mistake_is_named(code: str, edits: Sequence[Edit]) -> None:
    found = {each.code for each in laid(edits) if (each.code, each.path, each.line) not in STANDING}

    assert code in found


def test_a_year_that_is_right_has_nothing_named() -> None:
    assert {path for _, path, _ in STANDING if not path.startswith("data/2024/")} == set()


def test_the_tables_hold_twenty_nine_and_forty() -> None:
    assert {name: len(table) for name, table in TABLES.items()} == {"named": 29, "further": 40}


def test_a_year_copied_and_not_edited_is_named_day_by_day() -> None:
    kept = ("cycle", "agencies", "criteria", "plan", "survey/survey")
    copied = {f"data/2026/{name}.yml": PREPARED[f"data/2025/{name}.yml"] for name in kept}
    found = Counter(each.code for each in snapshot_of({**PREPARED, **copied}).problems if each.path in copied)

    assert (found["left-from-last-year"], found["evidence-dates-of-last-year"]) == (25, 11)
    assert {"title-of-other-year", "period-not-of-year", "basis-of-last-year"} <= set(found)

"""How well the hidden rows of a survey are protected, in words and as JSON, and what is not as problems of the data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import Problem
from pipeline.core.ground.table import columns
from pipeline.core.index.scoring import amended_counts
from pipeline.core.index.words import year_text
from pipeline.core.record.model import Year
from pipeline.core.survey.protection import TABLES, WIDTH, Protection

FIGURES = ("group", "agency", "criterion", "question", "people", "tables", "narrowest")


def problems_of(year: Year, found: Iterable[Protection]) -> Iterator[Problem]:
    """Yield what is not protected as errors, each at the counts it is about."""
    counts = amended_counts(year)
    for one in found:
        if one.code is not None:
            item = counts.get((one.group, one.agency))
            source = item.source if item is not None else year.cycle.source
            figures = {name: str(getattr(one, name)) for name in FIGURES} | {"least": str(TABLES), "width": str(WIDTH)}
            yield Problem(one.code, "error", source.path, source.line, source.column, figures)


def protection_json(year: Year, found: Sequence[Protection]) -> dict[str, Any]:
    """Return the stable shape of `survey disclosure --format json`."""
    return {
        "year": year.name,
        "tables": TABLES,
        "width": WIDTH,
        "rows": [{name: getattr(one, name) for name in (*FIGURES, "code")} for one in found],
    }


def protection_text(year: Year, found: Sequence[Protection], labels: Labels) -> str:
    """Return the table of rows with what was found of each, and what that comes to."""
    head = [labels.text(f"disclosure.{name}") for name in (*FIGURES[:-1], "narrowest", "verdict")]
    rows = [
        [
            *(str(getattr(one, name)) for name in FIGURES),
            labels.text("disclosure.safe" if one.code is None else "disclosure.open"),
        ]
        for one in found
    ]
    open_rows = sum(one.code is not None for one in found)
    key = "disclosure.nothing" if not found else "disclosure.some-open" if open_rows else "disclosure.all-safe"
    words = labels.text(key, year=year_text(year, labels), rows=len(found), open=open_rows, least=TABLES, width=WIDTH)
    return (columns([head, *rows], range(4, 7)) + "\n" if rows else "") + words + "\n"

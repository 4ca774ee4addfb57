"""The result of a tally in words: notes on the files, the numbers of forms, and the local report of refused forms."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import Problem
from pipeline.core.ground.table import columns
from pipeline.core.ground.text import inert_cell, visible
from pipeline.core.survey import tally

_COLUMNS = ("issued", tally.RETURNED, *tally.VERDICTS)
_RARE = (tally.REFUSED, tally.UNFINISHED)  # what only some tools tell of a form


@dataclass(frozen=True, slots=True)
class Note:
    """Something to tell that is no problem: which words of `tally.note`, and their figures."""

    code: str
    figures: Mapping[str, str]


def notes_text(notes: Iterable[Note], labels: Labels) -> str:
    """Return a line for each note."""
    return "".join(visible(labels.text(f"tally.note.{note.code}", **note.figures)) + "\n" for note in notes)


def placed(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return problems that name the sheet of a workbook beside its file, for a row alone tells no place in it."""
    return tuple(replace(p, path=f"{p.path} [{sheet}]") if (sheet := p.figures.get("sheet")) else p for p in problems)


def sums_text(recipe: tally.Recipe, sums: tally.Sums, issued: Mapping[str, int | None], labels: Labels) -> str:
    """Return the table of forms by agency, and of people where one form rates several agencies."""
    told_of = [name for name in _COLUMNS if name not in _RARE or any(sums.of(agency, name) for agency in issued)]
    rows = [["", *(labels.text(f"tally.column.{name}") for name in told_of)]]
    for agency in (*issued, *([tally.PERSONS] if recipe.matrix else [])):
        told = issued.get(agency)
        figures = ["–" if told is None else str(told), *(str(sums.of(agency, name)) for name in told_of[1:])]
        rows.append([agency or labels.text("tally.persons"), *figures])
    words = [columns(rows, range(1, len(rows[0])), ruled=False)]
    if recipe.matrix:
        words.append(
            labels.text(
                "tally.group-forms",
                returned=sums.of(tally.PERSONS, tally.RETURNED),
                valid=sums.of(tally.PERSONS, tally.VALID),
            )
        )
    return "\n".join(words) + "\n"


def rejects_csv(rejects: Iterable[tally.Reject], labels: Labels) -> str:
    """Return the local report: file, sheet, row, agency and reason of each form that does not count."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(
        [labels.text(f"tally.report.{name}") for name in ("file", "sheet", "row", "agency", "reason", "words")]
    )
    for entry in rejects:
        words = labels.text(f"tally.reason.{entry.reason}")
        writer.writerow([inert_cell(entry.file), inert_cell(entry.sheet), entry.row, entry.agency, entry.reason, words])
    return out.getvalue()

"""The table that an authority signs: the computed figures, written once and reproduced by every later build."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from pipeline.core.ground.problems import ParindexError
from pipeline.core.index.laws.corrections import row_mismatches
from pipeline.core.index.scoring import Results, score
from pipeline.core.index.words import figures_of
from pipeline.core.record.editing import Writable
from pipeline.core.record.model import ApprovedTable, Year


def approval_entry(
    results: Results,
    *,
    number: str,
    date: str,
    publish_from: str | None,
    reason: str | None,
    engine: str | None,
    withdraws: str | None = None,
    disclosure: str | None = None,
) -> dict[str, Writable]:
    """Return the entry of approval.yml for the results as computed now.

    Args:
        publish_from: the day of publication; of a later approval, the day to which it is moved.
        reason: why the results are approved again; from the second decision on.
        engine: the version of the program that computed them; None where nothing may say so.
        withdraws: the number of an earlier decision that was wrong.
        disclosure: why it is accepted that hidden counts of the survey can be told; None where none can.

    Raises:
        ParindexError: the year is incomplete, nothing has changed, or `publish_from` and `reason` are mixed up.
    """
    year = results.year
    if results.provisional:
        raise ParindexError("year-incomplete", year=year.name, count=str(len(results.missing)))
    first = not year.decisions
    if first != (reason is None) or (publish_from is None and not year.approvals) or (first and withdraws is not None):
        raise ParindexError("publish-from-first")
    anew = year.approvals and publish_from is None and withdraws is None
    if anew and year.approvals[-1].inputs == year.inputs:
        raise ParindexError("nothing-to-approve", number=year.approvals[-1].decision.number)
    told = {"publish_from": publish_from, "reason": reason, "withdraws": withdraws, "disclosure": disclosure}
    return {
        "decision": {"number": number, "date": date},
        **({} if engine is None else {"engine": engine}),
        **{name: said for name, said in told.items() if said is not None},
        "inputs": year.inputs,
        "table": {entry.agency.slug: _row(figures_of(entry, year)) for entry in results.agencies},
    }


def _row(figures: Mapping[str, str | int | None]) -> dict[str, Writable]:
    return {name: figure if figure is None or name == "grade" else Decimal(figure) for name, figure in figures.items()}


def table_faults(year: Year, table: ApprovedTable) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield where an approved table is not the one that the year's data gives: its agencies in order, its figures."""
    scored = {entry.agency.slug: entry for entry in score(year).agencies}
    listed = [row.agency for row in table.rows]
    if listed != list(scored):
        yield "approval-rows", {"approved": ", ".join(listed) or "–", "computed": ", ".join(scored) or "–"}
    for row in table.rows:
        if row.agency in scored:
            for found in row_mismatches(year, row, scored[row.agency]):
                yield "approval-mismatch", found


def is_published(year: Year, today: str) -> bool:
    """Tell whether a year's results are public on a day: approved, and its day of publication has come."""
    return year.public_from is not None and year.public_from <= today

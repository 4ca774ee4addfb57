"""A year in parts: its rules, and each agency with what amendments say of it; each part is read and judged by itself.

So a year of thousands of agencies needs the memory of one, and an agency whose files stay needs no second look
(decision 0048).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from pipeline.core.record.layout import place
from pipeline.core.record.model import Amendment, Counts, Replacement, StageFile, Withdrawal, Year


@dataclass(frozen=True, slots=True)
class YearPart:
    """What is judged at a time: one agency, or the rules of the year where `agency` is None.

    The year has the files and corrections of the part alone; its rules, and all its agencies by name, stand in each.
    """

    agency: str | None
    year: Year


def parts_of(year: Year, only: Collection[str] | None = None) -> Iterator[YearPart]:
    """Yield the parts of a year: the rules first, then the agencies in their order, or some of them only."""
    stages: dict[str, dict[str, dict[str, StageFile]]] = {}
    counts: dict[str, dict[tuple[str, str], Counts]] = {}
    for stage, by_agency in year.stages.items():
        for agency, file in by_agency.items():
            stages.setdefault(agency, {})[stage] = {agency: file}
    for (group, agency), file_of_counts in year.counts.items():
        counts.setdefault(agency, {})[group, agency] = file_of_counts
    yield rules_of(year)
    for agency in agencies_of(year, (*stages, *counts)):
        if only is not None and agency not in only:
            continue
        own = part_of(year, agency).year
        yield YearPart(agency, replace(own, stages=stages.get(agency, {}), counts=counts.get(agency, {})))


def agencies_of(year: Year, with_files: tuple[str, ...]) -> tuple[str, ...]:
    """Return the agencies of which a year says anything: those that it lists, others with files or amendments."""
    corrected = filter(None, (_owner(entry, year.name) for entry in corrections_of(year)))
    return tuple(dict.fromkeys((*year.agencies, *sorted({*with_files, *corrected}))))


def rules_of(year: Year) -> YearPart:
    """Return the part of a year that is no agency's."""
    return YearPart(None, replace(_corrected(year, None), stages={}, counts={}))


def part_of(year: Year, agency: str) -> YearPart:
    """Return the part of an agency, to be filled with its files."""
    return YearPart(agency, _corrected(year, agency))


def corrections_of(year: Year) -> tuple[Amendment | Replacement | Withdrawal, ...]:
    """Return what amendments say: of lines, of whole files, and of amendments that they take back."""
    return (*year.amendments, *year.replacements, *year.withdrawals)


def _corrected(year: Year, agency: str | None) -> Year:
    """Return a year with the corrections of one agency alone, or with those of none."""
    if not corrections_of(year):
        return year
    return replace(
        year,
        amendments=tuple(entry for entry in year.amendments if entry.agency == agency),
        replacements=tuple(entry for entry in year.replacements if _owner(entry, year.name) == agency),
        withdrawals=tuple(entry for entry in year.withdrawals if _owner(entry, year.name) == agency),
    )


def _owner(entry: Amendment | Replacement | Withdrawal, year: str) -> str | None:
    """Return the agency that a correction is about; a withdrawal is about what it takes back."""
    if isinstance(entry, Amendment):
        return entry.agency
    if isinstance(entry, Withdrawal):
        return None if entry.target is None else _owner(entry.target, year)
    target = place(entry.path)
    return target.agency if target is not None and target.year == year else None

"""What a law is given: one year, the bodies, the calendar, and the roads of its leaves as the stages wrote them.

A stage is judged by what it wrote, so the roads are followed without amendments (design, section 3).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipeline.core.ground.problems import Source
from pipeline.core.index.scoring import Road, roads
from pipeline.core.record.model import Body, Calendar, Criterion, Line, Reference, StageFile, Year

Finding = tuple[Source, dict[str, str]]
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+", re.ASCII)  # what is no name of anything: a body's or agency's slug


@dataclass(frozen=True, slots=True)
class View:
    """One year, the bodies and the calendar, and each agency's roads by criterion code."""

    year: Year
    bodies: Mapping[str, Body]
    calendar: Calendar
    roads: Mapping[str, Mapping[str, Road]]

    def files(self) -> Iterator[StageFile]:
        """Yield every stage file of a known agency."""
        for by_agency in self.year.stages.values():
            yield from (file for file in by_agency.values() if file.agency in self.year.agencies)

    def lines(self) -> Iterator[tuple[StageFile, Line, Criterion]]:
        """Yield every readable line of a known criterion, with its file and criterion."""
        for file in self.files():
            for line in file.lines.values():
                criterion = self.year.criteria.get(line.criterion)
                if criterion is not None and not line.spoiled:
                    yield file, line, criterion

    def leaf_lines(self) -> Iterator[tuple[StageFile, Line, Criterion]]:
        """Yield the lines that stand on a leaf which stages may write."""
        for file, line, criterion in self.lines():
            if criterion.rule is not None and criterion.rule.has_line:
                yield file, line, criterion

    def untold(self, agency: str, criterion: str, *stages: str) -> bool:
        """Tell whether one of these stages has a line of a criterion that could not be read.

        That line is a problem of its own. What was decided there is not known, so a law that compares with it would
        call a right line wrong.
        """
        above = [upper.code for upper in self.year.upwards(criterion)]
        deciding = self.year.cycle.stages.deciding
        files = (self.year.file(stage, agency) for stage in stages if stage in deciding)
        return any(
            file.unread or any(code in file.lines and file.lines[code].spoiled for code in above)
            for file in files
            if file is not None
        )

    def untold_before(self, file: StageFile, criterion: str) -> bool:
        """Tell whether what stood of a criterion before a stage file cannot be told."""
        return self.untold(file.agency, criterion, *self.year.cycle.stages.before(file.stage))


def view_of(year: Year, bodies: Mapping[str, Body], calendar: Calendar) -> View:
    """Build the view of a year."""
    own = {agency: {road.criterion.code: road for road in roads(year, agency, {})} for agency in year.agencies}
    return View(year, bodies, calendar, own)


def strangers(named: Iterable[tuple[Source, str]], known: Collection[str], **more: str) -> Iterator[Finding]:
    """Yield each name that is not known, at its place, with what is allowed there."""
    for source, name in named:
        if name not in known:
            yield source, {"found": name, "allowed": ", ".join(known), **more}


def references(year: Year) -> Iterator[Reference]:
    """Yield every document that a year's files name, save the legal basis."""
    for by_agency in year.stages.values():
        for file in by_agency.values():
            yield from file.documents.values()
            for line in file.lines.values():
                yield from line.evidence
    for agency in year.agencies.values():
        yield from (exemption.document for exemption in agency.exemptions if exemption.document)
    for amendment in year.amendments:
        yield amendment.decision
        if amendment.line is not None:
            yield from amendment.line.evidence
    yield from (replacement.decision for replacement in year.replacements)
    yield from (withdrawal.decision for withdrawal in year.withdrawals)
    yield from (table.decision for table in year.approvals)
    yield from (task.done_document for task in year.plan if task.done_document)
    if year.council:
        yield year.council.decision
    if year.supervision and year.supervision.plan:
        yield year.supervision.plan

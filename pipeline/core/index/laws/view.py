"""What a law is given: one year, the bodies, the calendar, and the roads of its leaves as the stages wrote them.

A year is looked at part by part, first its rules, then one agency after the other (decision 0048). A stage is judged by
what it wrote, so the roads are followed without amendments (design, section 3).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.core.ground.mappings import Alike
from pipeline.core.ground.problems import Source
from pipeline.core.ground.text import as_listed
from pipeline.core.index.agency_facts import AgencyFacts, JudgedAgency, scores_from
from pipeline.core.index.scoring import AgencyScore, Road, roads
from pipeline.core.index.year_parts import YearPart
from pipeline.core.record.model import Agency, Body, Calendar, Criterion, Line, Reference, StageFile, World, Year

Finding = tuple[Source, dict[str, str]]
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+", re.ASCII)  # what is no name of anything: a body's or agency's slug


@dataclass(frozen=True, slots=True)
class View:
    """A part of one year, the bodies and the calendar, and the roads of the part's agencies by criterion code.

    A law about files of agencies finds those of the part in `year`, and goes through `agencies` where it asks who has
    none; a law about both says with `if view.rules` what it asks of the year's own files, which are there in each part.
    """

    year: Year
    bodies: Mapping[str, Body]
    calendar: Calendar
    agencies: Mapping[str, Agency]  # those of the part: one, or none where it is the rules'
    roads: Mapping[str, Mapping[str, Road]]
    rules: bool
    lines: tuple[tuple[StageFile, Line, Criterion], ...]  # that can be read, of known criteria
    leaf_lines: tuple[tuple[StageFile, Line, Criterion], ...]  # those on a leaf that stages may write

    def files(self) -> Iterator[StageFile]:
        """Yield every stage file of a known agency."""
        for by_agency in self.year.stages.values():
            yield from (file for file in by_agency.values() if file.agency in self.year.agencies)

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


@dataclass(frozen=True, slots=True)
class WholeYear:
    """The rules of one year, and what each agency of each year comes to: what laws of a whole year are given."""

    year: Year  # its rules
    world: World  # the rules of all years
    judged: Mapping[str, Alike[JudgedAgency]]  # by year and agency

    @property
    def agencies(self) -> Alike[AgencyFacts]:
        """Return the facts of the year's own agencies."""
        return self.judged[self.year.name].each(lambda own: own.facts)

    def scores(self) -> Sequence[AgencyScore]:
        """Return the year's agencies in the order of the ranking, without their leaves."""
        return scores_from(self.year, self.judged[self.year.name])


def view_of(part: YearPart, bodies: Mapping[str, Body], calendar: Calendar) -> View:
    """Build the view of a part of a year."""
    year = part.year
    own = {slug: year.agencies[slug] for slug in (part.agency,) if slug is not None and slug in year.agencies}
    ways = {slug: {road.criterion.code: road for road in roads(year, slug, {})} for slug in own}
    lines = tuple(
        (file, line, year.criteria[line.criterion])
        for by_agency in year.stages.values()
        for file in by_agency.values()
        if file.agency in year.agencies
        for line in file.lines.values()
        if line.criterion in year.criteria and not line.spoiled
    )
    leaf_lines = tuple(entry for entry in lines if (rule := entry[2].rule) is not None and rule.has_line)
    return View(year, bodies, calendar, own, ways, part.agency is None, lines, leaf_lines)


def strangers(named: Iterable[tuple[Source, str]], known: Collection[str], **more: str) -> Iterator[Finding]:
    """Yield each name that is not known, at its place, with what is allowed there."""
    for source, name in named:
        if name not in known:
            yield source, {"found": name, "allowed": as_listed(known), **more}


def references(view: View, *, basis: bool = False) -> Iterator[Reference]:
    """Yield every document that the files of a part name, the legal basis only where it is asked for."""
    year = view.year
    for by_agency in year.stages.values():
        for file in by_agency.values():
            yield from file.documents.values()
            for line in file.lines.values():
                yield from line.evidence
    for agency in view.agencies.values():
        yield from (exemption.document for exemption in agency.exemptions if exemption.document)
    for amendment in year.amendments:
        yield amendment.decision
        if amendment.line is not None:
            yield from amendment.line.evidence
    yield from (replacement.decision for replacement in year.replacements)
    yield from (withdrawal.decision for withdrawal in year.withdrawals)
    if view.rules:
        yield from year.cycle.legal_basis if basis else ()
        yield from (table.decision for table in year.approvals)
        yield from (task.done_document for task in year.plan if task.done_document)
        if year.council:
            yield year.council.decision
        if year.supervision and year.supervision.plan:
            yield year.supervision.plan

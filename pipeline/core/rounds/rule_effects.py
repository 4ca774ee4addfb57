"""What a change does beyond the files that it edits: criteria whose points move, and last days that move.

Lines, counts and files that were edited: `changes`. Where the text is the same, the rule is new.
Lines that break the new rules are problems of the laws. How all of this is worded: `change_words`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from pipeline.core.ground.problems import Source
from pipeline.core.index.scoring import LeafScore, Results
from pipeline.core.index.words import plain_points
from pipeline.core.record.layout import DATA, path_of
from pipeline.core.record.model import World, Year
from pipeline.core.rounds.changes import Change, canonical
from pipeline.core.rounds.timetable import AgencyStep, TaskState, agency_step

Sides: TypeAlias = tuple[str | None, str | None]  # before and after


@dataclass(frozen=True, slots=True)
class MovedLine:
    """A criterion of an agency which has other points, or other points to have: by new rules, or by what was edited.

    Points are text with the year's decimals; None on a side where it does not apply, or where nothing gives any.
    """

    year: str
    agency: str
    criterion: str
    stage: str | None  # who decides it now: a stage, survey or not-applicable
    points: Sides
    out_of: Sides
    source: Source | None
    edited: bool = False  # something else is said of it now: a line, an amendment, counts


@dataclass(frozen=True, slots=True)
class MovedDay:
    """The last day of a stage for an agency before and after, and working days over it where it is or was late."""

    year: str
    stage: str
    agency: str
    day: Sides
    late: tuple[int | None, int | None]


def moved_lines(
    before: Mapping[str, Results], after: Mapping[str, Results], changes: Collection[Change]
) -> tuple[MovedLine, ...]:
    """Return the criteria whose points move, by year, agencies in the order of the ranking.

    What had no points yet only came, and a score that was changed says by itself what it was: neither is told.

    Args:
        before: the results of the years before, with what their rules give.
        after: the results after, likewise.
        changes: what changed, which tells agencies and criteria that go by another name now.
    """
    years = sorted(before.keys() & after.keys())
    return tuple(line for year in years for line in _moved_lines(before[year], after[year], changes))


def _moved_lines(before: Results, after: Results, changes: Collection[Change]) -> Iterator[MovedLine]:
    year = after.year.name
    slugs, codes = (
        {one.after: one.before for one in changes if (one.kind, one.year) == (kind, year)}
        for kind in ("agency-moved", "criterion-moved")
    )
    scores = {
        (one.agency, one.criterion, Fraction(one.before or 0), Fraction(one.after or 0))
        for one in changes
        if (one.kind, one.year) == ("score-changed", year)
    }
    for entry in after.agencies:
        slug = entry.agency.slug
        known = before.of(slugs.get(slug) or slug)
        old = {leaf.criterion.code: leaf for leaf in known.leaves} if known is not None else {}
        for leaf in entry.leaves:
            code = leaf.criterion.code
            was = old.get(codes.get(code) or code) if code in codes or code not in codes.values() else None
            if was is None or _worth(was) == _worth(leaf):
                continue
            said = _said(leaf)
            edited = not said or said != _said(was)
            if edited and (was.outstanding or (slug, code, was.points, leaf.points) in scores):
                continue
            points, out_of = zip(_figures(was, before.year), _figures(leaf, after.year), strict=True)
            yield MovedLine(year, slug, code, leaf.stage, points, out_of, leaf.source, edited)


def _said(leaf: LeafScore) -> tuple[object, ...]:
    """Return what people wrote of a leaf, stage by stage or group by group, without where it stands."""
    if leaf.survey is not None:
        counts = (part.counts for part in leaf.survey.parts)
        return tuple((one.group, one.forms, one.answers, one.sipas, one.points) for one in counts)
    lines = ((step.stage, step.line) for step in leaf.road.steps)
    return tuple(
        (stage, line.score, line.not_applicable, None if line.answer is None else canonical(line.answer))
        for stage, line in lines
    )


def _worth(leaf: LeafScore) -> tuple[Fraction | None, Fraction | None]:
    return leaf.points, leaf.out_of


def _figures(leaf: LeafScore, year: Year) -> Sides:
    told = plain_points(leaf, year, "points", "out_of")
    return told["points"], told["out_of"]


def moved_days(before: World, after: World, touched: Collection[str], today: str | None) -> Iterator[MovedDay]:
    """Yield the last days that a change of windows, extensions or the calendar moves, by year, stage and agency.

    `today`: the day on which both sides are judged late or not; without one nothing is reported.
    """
    for name, year in after.years.items():
        old = before.years.get(name)
        if old is None or today is None or not {f"{DATA}calendar.yml", path_of(name, "cycle")} & set(touched):
            continue
        for stage in year.cycle.stages.names:
            for agency in year.agencies:
                was = agency_step(old, stage, agency, before.calendar, today)
                step = agency_step(year, stage, agency, after.calendar, today)
                days = was.duty.day if was else None, step.duty.day if step else None
                if days[0] != days[1]:
                    yield MovedDay(name, stage, agency, days, (_late(was), _late(step)))


def _late(step: AgencyStep | None) -> int | None:
    late = step is not None and step.standing.state in (TaskState.LATE, TaskState.DONE_LATE)
    return step.standing.working_days if step is not None and late else None

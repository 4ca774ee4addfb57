"""What the whole year asks of one agency: its points, what it still owes, which survey groups were heard of it.

These small figures stand for the agency's files in the laws of a whole year and in the ranking, so that those need
none of them (decision 0048).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from pipeline.core.ground.mappings import Alike
from pipeline.core.ground.nodes import Mapping as MappingNode
from pipeline.core.ground.nodes import Node
from pipeline.core.ground.problems import Problem, Source
from pipeline.core.index.pending import Pending, owed_of
from pipeline.core.index.scoring import (
    AgencyScore,
    Missing,
    Road,
    Standings,
    amended_counts,
    amended_lines,
    leaf_score,
    missing_of,
    ranked_alike,
    roads,
    score_from,
    summed,
)
from pipeline.core.index.year_parts import YearPart
from pipeline.core.record.model import Counts, Line, World, Year
from pipeline.core.record.rules import Ratio


class Heard(NamedTuple):
    """That a survey group has a file of an agency, and whether it gives answers, or points that were handed over.

    It names no agency: of thousands with the same groups it is the same.
    """

    group: str
    line: int  # where the file begins
    column: int
    answers: bool
    points: bool


class Number(NamedTuple):
    """One count that a stage wrote of a criterion: cases, or what was done or assigned."""

    stage: str
    criterion: str
    key: str
    value: Decimal
    place: Source


class SignedPage(NamedTuple):
    """The page that was signed for a file, by the sha256 of its scan, and the place that names it."""

    sha256: str
    place: Source


@dataclass(frozen=True, slots=True)
class AgencyFacts:
    """What one agency comes to in its year."""

    stages: tuple[str, ...] = ()  # of which it has files
    owed: tuple[Pending, ...] = ()  # all that it lacks of a complete year
    gaps: int = 0  # how many they are, one by one
    unfinished: bool = False  # whether a file, an answer to a request or a count is among them
    heard: tuple[Heard, ...] = ()
    counts: tuple[Counts, ...] = ()  # as amended, where the year keeps moments
    numbers: tuple[Number, ...] = ()  # where the year is compared with another
    pages: tuple[SignedPage, ...] = ()


# Of an agency's points, by `sums_of`, and 1 last where it is ranked; none where its year does not list it.
Sums: TypeAlias = tuple[int, ...]


class JudgedAgency(NamedTuple):
    """One agency of one year: what is wrong with it, and what the whole year asks of it."""

    shape: tuple[Problem, ...] = ()  # what is wrong with single files
    problems: tuple[Problem, ...] = ()  # what the laws say, nothing where the rules of its year cannot be read
    facts: AgencyFacts = AgencyFacts()
    sums: Sums = ()
    errors: str | None = None  # of the survey in its index, as `survey/agency_errors` makes them text; None: not known


def facts_of(part: YearPart, ways: Mapping[str, Road], world: World) -> tuple[AgencyFacts, AgencyScore | None]:
    """Return the facts of an agency's part of a year, and its result, not yet ranked; none where nobody lists it.

    `ways`: its roads as the stages wrote them, by criterion.
    """
    year, agency = part.year, part.agency or ""
    files = tuple(file for by_agency in year.stages.values() for file in by_agency.values())
    corrected = tuple(ways.values()) if not year.amendments else roads(year, agency, amended_lines(year.amendments))
    known = agency in year.agencies
    gaps = tuple(missing_of(year, agency, corrected)) if known else ()
    counts = amended_counts(year)
    facts = AgencyFacts(
        stages=tuple(file.stage for file in files),
        owed=owed_of(year, gaps),
        gaps=len(gaps),
        unfinished=any(_is_whole(gap, year) for gap in gaps),
        heard=tuple(
            Heard(
                file.group,
                file.source.line,
                file.source.column,
                answers=known and not file.spoiled and bool(file.answers),
                points=known and not file.spoiled and bool(file.points),
            )
            for file in year.counts.values()
        ),
        counts=tuple(counts.values()) if year.moments else (),
        numbers=tuple(numbers_of(part)) if world.concordances else (),
        pages=tuple(SignedPage(one.page, one.source) for file in files for one in file.forms if known and one.page),
    )
    leaves = tuple(leaf_score(year, way, counts) for way in corrected) if known else ()
    return facts, summed(year, year.agencies[agency], leaves) if known else None


def scores_from(year: Year, judged: Alike[JudgedAgency]) -> Standings:
    """Return the agencies of a year in the order of the ranking, by their sums; without leaves and areas."""
    sums = judged.each(lambda own: own.sums)
    if not all(sums.kinds.values()) or not sums.kind_of.keys() <= set(year.agencies):
        sums = sums.named([slug for slug, own in sums.items() if own and slug in year.agencies])
    # Of an agency ranking asks only whether it is ranked, the last of its sums: one of each stands for all.
    some = {sums.kinds[kind][-1]: slug for slug, kind in sums.kind_of.items()}
    named = {ranked: year.agencies[slug] for ranked, slug in some.items()}
    entries = {own: score_from(year, named[own[-1]], own[:-1]) for own in sums.kinds.values()}
    return ranked_alike(year, sums.each(entries.__getitem__))


def _is_whole(gap: Missing, year: Year) -> bool:
    """Tell whether what is missing is more than a line of a stage that is there, which has a law of its own."""
    return gap.criterion is None or year.cycle.stages.kind(gap.kind) == "explain"


def numbers_of(part: YearPart) -> Iterator[Number]:
    """Yield the counts that the stages wrote of the part's agency, also where the year holds the files of others."""
    for by_agency in part.year.stages.values():
        file = by_agency.get(part.agency or "")
        if file is None:
            continue
        for code, line in file.lines.items():
            for key, (count, node) in _counts_of(part.year, code, line).items():
                yield Number(file.stage, code, key, count, Source(line.source.path, node.line, node.column))


def _counts_of(year: Year, code: str, line: Line) -> dict[str, tuple[Decimal, Node]]:
    """Return what a line counts: done and assigned, cases, or things in another unit than percent."""
    criterion = year.criteria.get(code)
    if criterion is None or criterion.rule is None or line.answer is None:
        return {}
    rule, answer = criterion.rule, criterion.rule.answer(line.answer)[0]
    if isinstance(answer, Decimal) and rule.measure() not in ("", "%"):
        return {"answer": (answer, line.answer)}
    if not isinstance(line.answer, MappingNode):
        return {}
    values = line.answer.values
    if isinstance(answer, Ratio):
        return {key: (getattr(answer, key), values[key]) for key in ("done", "assigned")}
    counts = answer if isinstance(answer, AbstractMapping) else {}
    return {key: (Decimal(count), values[key]) for key, count in counts.items()}

"""Laws of the concordance: what it compares exists in both years, and once; counts of two years are of one size."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal

from pipeline.core.ground.problems import Source
from pipeline.core.index.agency_facts import Number, numbers_of
from pipeline.core.index.laws.lines import far_apart
from pipeline.core.index.laws.view import Finding, WholeYear, strangers
from pipeline.core.index.year_parts import part_of
from pipeline.core.record.layout import Unit, precedes
from pipeline.core.record.model import Concordance, Correspondence, World, Year


def concordance_unknown_year(world: World) -> Iterator[Finding]:
    """Both years of a pair have data."""
    for pair in world.concordances:
        for name in (pair.before, pair.after):
            if name not in world.years and name not in world.unread_years:
                yield pair.source, {"found": name, "allowed": ", ".join(world.years) or "–"}


def concordance_out_of_order(world: World) -> Iterator[Finding]:
    """A pair goes from an earlier year to a later one of the same index."""
    for pair in world.concordances:
        if not precedes(pair.before, pair.after):
            yield pair.source, {"before": pair.before, "after": pair.after}


def concordance_repeated(world: World) -> Iterator[Finding]:
    """A pair of years is compared once."""
    seen: set[tuple[str, str]] = set()
    for pair in world.concordances:
        if (pair.before, pair.after) in seen:
            yield pair.source, {"before": pair.before, "after": pair.after}
        seen.add((pair.before, pair.after))


def concordance_unknown_criterion(world: World) -> Iterator[Finding]:
    """Each criterion stands in the criteria of its year."""
    for pair in world.concordances:
        for source, year, code, _ in _sides(world, pair, pair.criteria):
            if code not in year.criteria:
                yield source, {"found": code, "year": year.name}


def concordance_unknown_agency(world: World) -> Iterator[Finding]:
    """Each agency stands among the agencies of its year."""
    for pair in world.concordances:
        for source, year, slug, _ in _sides(world, pair, pair.agencies):
            yield from strangers([(source, slug)], year.agencies, year=year.name)


def concordance_overlap(world: World) -> Iterator[Finding]:
    """No criterion and no agency is compared twice, and none together with one above it."""
    for pair in world.concordances:
        for correspondences, above in ((pair.criteria, True), (pair.agencies, False)):
            seen: dict[tuple[str, str], int] = {}
            for source, year, name, side in _sides(world, pair, correspondences):
                held = _held(year, name) if above else {name}
                other = next((taken for taken in seen if taken[0] == side and taken[1] in held), None)
                if other is not None:
                    yield source, {"found": name, "year": year.name, "line": str(seen[other])}
                for part in held:
                    seen.setdefault((side, part), source.line)


def _held(year: Year, code: str) -> Collection[str]:
    """Return the leaves that a code stands for; one that does not exist stands for itself."""
    return year.criteria[code].leaves if code in year.criteria else (code,)


def _sides(
    world: World, pair: Concordance, correspondences: Collection[Correspondence]
) -> Iterator[tuple[Source, Year, str, str]]:
    """Yield each name with its place, the year it is of and its side; a year that cannot be read is not held to it."""
    for entry in correspondences:
        for key, name, listed in (("from", pair.before, entry.before), ("to", pair.after, entry.after)):
            year = world.years.get(name)
            if year is not None:
                yield from ((entry.place(key), year, each, key) for each in listed)


def count_far_from_last_year(whole: WholeYear) -> Iterator[Finding]:
    """A count is seldom a hundred times the one of the year before, or a hundredth of it."""
    for pair in whole.world.concordances:
        before = whole.world.years.get(pair.before)
        if pair.after != whole.year.name or before is None:
            continue
        criteria = {entry.after[0]: entry.before[0] for entry in pair.criteria if entry.is_single}
        agencies = _named_before(pair)
        for agency, facts in whole.agencies.items():
            known = whole.judged[before.name].get(agencies.get(agency, agency))
            old = _last_numbers(before, known.facts.numbers) if known is not None else {}
            for number in facts.numbers:
                stood = old.get((criteria.get(number.criterion, ""), number.key))
                if stood is not None and far_apart(number.value, stood):
                    figures = {"found": f"{number.value:f}", "stood": f"{stood:f}", "year": before.name}
                    yield number.place, {"criterion": number.criterion, **figures}


def counts_before(world: World, year: str, agency: str) -> dict[tuple[str, str], Decimal]:
    """Return the counts that an agency's criteria are compared with: of the year before, by criterion and input."""
    found: dict[tuple[str, str], Decimal] = {}
    for pair in world.concordances:
        before = world.years.get(pair.before)
        if pair.after == year and before is not None:
            own = _named_before(pair).get(agency, agency)
            old = _last_numbers(before, tuple(numbers_of(part_of(before, own))))
            after = {entry.before[0]: entry.after[0] for entry in pair.criteria if entry.is_single}
            found |= {(after[code], key): value for (code, key), value in old.items() if code in after}
    return found


def compared_with(world: World, unit: Unit) -> Iterator[Unit]:
    """Yield the agencies of other years with whose counts those of one are compared."""
    year, agency = unit
    for pair in world.concordances:
        before = _named_before(pair)
        if pair.after == year:
            yield pair.before, before.get(agency, agency)
        if pair.before == year:
            yield from ((pair.after, slug) for slug in {agency, *before} if before.get(slug, slug) == agency)


def _named_before(pair: Concordance) -> Mapping[str, str]:
    """Return the agencies that the concordance pairs one by one, each with its name of the earlier year."""
    return {entry.after[0]: entry.before[0] for entry in pair.agencies if entry.is_single}


def _last_numbers(year: Year, numbers: Collection[Number]) -> dict[tuple[str, str], Decimal]:
    """Return the counts of an agency that stood last, by criterion and what was counted."""
    return {
        (number.criterion, number.key): number.value
        for stage in year.cycle.stages.deciding
        for number in numbers
        if number.stage == stage
    }

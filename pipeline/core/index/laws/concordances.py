"""Laws of the concordance: what it compares exists in both years, and once; counts of two years are of one size."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from collections.abc import Mapping as AbstractMapping
from decimal import Decimal

from pipeline.core.ground.nodes import Mapping, Node
from pipeline.core.ground.problems import Source
from pipeline.core.index.laws.lines import far_apart
from pipeline.core.index.laws.view import Finding, strangers
from pipeline.core.record.layout import precedes
from pipeline.core.record.model import Concordance, Correspondence, Line, World, Year
from pipeline.core.record.rules import Ratio


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


def count_far_from_last_year(world: World) -> Iterator[Finding]:
    """A count is seldom a hundred times the one of the year before, or a hundredth of it."""
    for pair in world.concordances:
        before, after = world.years.get(pair.before), world.years.get(pair.after)
        if before is None or after is None:
            continue
        criteria = {entry.after[0]: entry.before[0] for entry in pair.criteria if entry.is_single}
        agencies = {entry.after[0]: entry.before[0] for entry in pair.agencies if entry.is_single}
        for by_agency in after.stages.values():
            for file in by_agency.values():
                old = _last_counts(before, agencies.get(file.agency, file.agency))
                for code, line in file.lines.items():
                    counts = _counts_of(after, code, line) if code in criteria else {}
                    for key, (count, node) in counts.items():
                        stood = old.get((criteria[code], key))
                        if stood is not None and far_apart(count, stood):
                            figures = {
                                "criterion": code,
                                "found": f"{count:f}",
                                "stood": f"{stood:f}",
                                "year": before.name,
                            }
                            yield Source(line.source.path, node.line, node.column), figures


def _last_counts(year: Year, agency: str) -> dict[tuple[str, str], Decimal]:
    """Return the counts that stood last of each criterion of an agency: by criterion and what was counted."""
    found: dict[tuple[str, str], Decimal] = {}
    for stage in year.cycle.stages.deciding:
        file = year.file(stage, agency)
        for code, line in file.lines.items() if file is not None else ():
            found.update({(code, key): count for key, (count, _) in _counts_of(year, code, line).items()})
    return found


def _counts_of(year: Year, code: str, line: Line) -> dict[str, tuple[Decimal, Node]]:
    """Return what a line counts: done and assigned, cases, or things in another unit than percent."""
    criterion = year.criteria.get(code)
    if criterion is None or criterion.rule is None or line.answer is None:
        return {}
    rule, answer = criterion.rule, criterion.rule.answer(line.answer)[0]
    if isinstance(answer, Decimal) and rule.measure() not in ("", "%"):
        return {"answer": (answer, line.answer)}
    if not isinstance(line.answer, Mapping):
        return {}
    values = line.answer.values
    if isinstance(answer, Ratio):
        return {key: (getattr(answer, key), values[key]) for key in ("done", "assigned")}
    counts = answer if isinstance(answer, AbstractMapping) else {}
    return {key: (Decimal(count), values[key]) for key, count in counts.items()}

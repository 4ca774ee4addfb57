"""Between two years: only over what corresponds, the change of the index split without remainder into its causes.

An index is 100 x sum(w x r): w what share of the applicable points a criterion has, r what part of its points was
earned. Between two years its change is exactly the sum of (r after - r before) x mean w, the performance, and of
(w after - w before) x mean r, the weights: the symmetric split of a sum of products (Bennet 1920), decision 0027.
Which years a reader may see is not asked here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from pipeline.core.ground.numbers import share
from pipeline.core.ground.problems import NOWHERE
from pipeline.core.index.scoring import AgencyScore, LeafScore, Results, Subtotal
from pipeline.core.record.model import Agency, Concordance, Correspondence, Criterion


@dataclass(frozen=True, slots=True)
class UnitChange:
    """What criteria that correspond, and have points in both years, add to the change of the index."""

    performance: Fraction  # percentage points of the common index
    weight: Fraction
    codes: tuple[tuple[str, ...], tuple[str, ...]]  # of the leaves of either year


@dataclass(frozen=True, slots=True)
class AgencyChange:
    """An agency, or agencies that were merged or split, between two years; several are pooled on their side."""

    before: tuple[Agency, ...]
    after: tuple[Agency, ...]
    units: tuple[UnitChange, ...]
    core_before: Fraction | None  # the index over the common criteria; None where there are none
    core_after: Fraction | None

    @property
    def pooled(self) -> bool:
        """Tell whether agencies were merged or split, so that a side is not one agency."""
        return len(self.before) > 1 or len(self.after) > 1

    @property
    def core(self) -> Fraction | None:
        """Return by how many percentage points the index over the common criteria changed."""
        return None if self.core_before is None or self.core_after is None else self.core_after - self.core_before

    @property
    def performance(self) -> Fraction:
        """Return what other results did to the index."""
        return sum((unit.performance for unit in self.units), Fraction(0))

    @property
    def weight(self) -> Fraction:
        """Return what other shares of the points did to the index over the common criteria."""
        return sum((unit.weight for unit in self.units), Fraction(0))


@dataclass(frozen=True, slots=True)
class Trend:
    """Two years beside each other: every agency of both, and what of either cannot be compared."""

    before: Results
    after: Results
    concordance: Concordance
    changes: tuple[AgencyChange, ...]  # in the order of the later ranking
    only_before: tuple[Agency, ...]
    only_after: tuple[Agency, ...]
    outside_before: tuple[Criterion, ...]  # leaves without a counterpart
    outside_after: tuple[Criterion, ...]

    @property
    def may_tell_of_hidden(self) -> bool:
        """Tell whether leaves are not rounded: then a sum over some of them could tell of answers that are hidden."""
        return any(results.year.cycle.policy.points.leaf_exact for results in (self.before, self.after))

    @property
    def shares(self) -> tuple[Fraction | None, Fraction | None]:
        """Return how many percent of each year's points correspond."""
        sides = ((self.before, self.outside_before), (self.after, self.outside_after))
        found = [
            share(
                results.year.cycle.out_of - sum((leaf.out_of for leaf in outside), Decimal(0)),
                results.year.cycle.out_of,
            )
            for results, outside in sides
        ]
        return found[0], found[1]

    @property
    def same_sets(self) -> bool:
        """Tell whether everything that gives points corresponds, with the same maximum, so that indices compare."""
        sides = zip(*(_maxima(self, side) for side in ("before", "after")), strict=True)
        return not self.outside_before and not self.outside_after and all(before == after for before, after in sides)


def _maxima(trend: Trend, side: str) -> list[Fraction]:
    results: Results = getattr(trend, side)
    return [
        sum((Fraction(results.year.criteria[code].out_of) for code in getattr(entry, side)), Fraction(0))
        for entry in trend.concordance.criteria
    ]


def trends(results: Mapping[str, Results], concordances: Iterable[Concordance]) -> tuple[Trend, ...]:
    """Return every pair of the given years that a concordance compares, in the order of the later year."""
    known = [pair for pair in concordances if pair.before in results and pair.after in results]
    pairs = sorted(known, key=lambda pair: (pair.after, pair.before))
    return tuple(trend(results[pair.before], results[pair.after], pair) for pair in pairs)


def trend(before: Results, after: Results, concordance: Concordance) -> Trend:
    """Compare two years over what corresponds.

    `concordance`: what corresponds; held to its laws, so that every name exists and stands once.
    """
    agencies = (*(entry for entry in concordance.agencies if entry.after), *_unchanged(before, after, concordance))
    changes = [_change(before, after, concordance, pair) for pair in agencies]
    order = {entry.agency.slug: place for place, entry in enumerate(after.agencies)}
    changes.sort(key=lambda change: min(order[agency.slug] for agency in change.after))
    return Trend(
        before=before,
        after=after,
        concordance=concordance,
        changes=tuple(changes),
        only_before=_alone(before, {slug for pair in agencies for slug in pair.before}),
        only_after=_alone(after, {slug for pair in agencies for slug in pair.after}),
        outside_before=_outside(before, (code for entry in concordance.criteria for code in entry.before)),
        outside_after=_outside(after, (code for entry in concordance.criteria for code in entry.after)),
    )


def _unchanged(before: Results, after: Results, concordance: Concordance) -> list[Correspondence]:
    """Return the agencies of both years that the concordance does not name, each as its own counterpart."""
    named = [(set(entry.before), set(entry.after)) for entry in concordance.agencies]
    return [
        Correspondence((slug,), (slug,), source=NOWHERE)
        for slug in before.year.agencies
        if slug in after.year.agencies and not any(slug in old or slug in new for old, new in named)
    ]


def _alone(results: Results, compared: set[str]) -> tuple[Agency, ...]:
    return tuple(agency for slug, agency in results.year.agencies.items() if slug not in compared)


def _outside(results: Results, codes: Iterable[str]) -> tuple[Criterion, ...]:
    inside = {leaf for code in codes for leaf in results.year.criteria[code].leaves}
    return tuple(leaf for leaf in results.year.leaves() if leaf.code not in inside)


def _change(before: Results, after: Results, concordance: Concordance, pair: Correspondence) -> AgencyChange:
    olds, news = _entries(before, pair.before), _entries(after, pair.after)
    parts: list[tuple[Subtotal, Subtotal]] = []
    codes: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    for entry in concordance.criteria:
        sides = _leaves(before, olds, entry.before), _leaves(after, news, entry.after)
        old, new = map(_part, sides)
        waiting = any(leaf.outstanding for leaves in sides for leaf in leaves)
        if not waiting and old.out_of and new.out_of:
            parts.append((old, new))
            codes.append((_codes(sides[0]), _codes(sides[1])))
    all_old, all_new = (_pool(side) for side in ((old for old, _ in parts), (new for _, new in parts)))
    return AgencyChange(
        before=tuple(entry.agency for entry in olds),
        after=tuple(entry.agency for entry in news),
        units=tuple(_unit(*pair, all_old.out_of, all_new.out_of, own) for pair, own in zip(parts, codes, strict=True)),
        core_before=all_old.index,
        core_after=all_new.index,
    )


def _entries(results: Results, slugs: Iterable[str]) -> tuple[AgencyScore, ...]:
    return tuple(entry for slug in slugs if (entry := results.of(slug)) is not None)


def _leaves(results: Results, entries: Iterable[AgencyScore], codes: Iterable[str]) -> list[LeafScore]:
    wanted = {leaf for code in codes for leaf in results.year.criteria[code].leaves}
    return [leaf for entry in entries for leaf in entry.leaves if leaf.criterion.code in wanted]


def _part(leaves: Iterable[LeafScore]) -> Subtotal:
    return _pool(Subtotal(leaf.points, leaf.out_of) for leaf in leaves if leaf.points is not None and leaf.out_of)


def _pool(parts: Iterable[Subtotal]) -> Subtotal:
    listed = list(parts)
    return Subtotal(
        sum((part.points for part in listed), Fraction(0)),
        sum((part.out_of for part in listed), Fraction(0)),
    )


def _codes(leaves: Iterable[LeafScore]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(leaf.criterion.code for leaf in leaves if leaf.points is not None and leaf.out_of))


def _unit(
    old: Subtotal, new: Subtotal, all_old: Fraction, all_new: Fraction, codes: tuple[tuple[str, ...], tuple[str, ...]]
) -> UnitChange:
    rates = old.points / old.out_of, new.points / new.out_of
    weights = old.out_of / all_old, new.out_of / all_new
    return UnitChange(
        performance=100 * (rates[1] - rates[0]) * (weights[0] + weights[1]) / 2,
        weight=100 * (weights[1] - weights[0]) * (rates[0] + rates[1]) / 2,
        codes=codes,
    )

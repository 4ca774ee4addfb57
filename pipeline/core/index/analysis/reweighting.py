"""The ranking with other weights: points as whole numbers, weighed, summed and ranked again by the year's policy.

It starts from the points that are published, rounded, so that whoever has the open data can compute the same, and no
rank tells of answers that are hidden. A weight multiplies points and maximum of a criterion; a bonus or a penalty has
points alone. Nothing but whole numbers is compared: decision 0068.
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, count
from operator import gt, mul
from typing import Final, TypeAlias

from pipeline.core.index.scoring import LeafScore, Results, limited_sums, tie_breaks, with_cuts
from pipeline.core.record.model import Criterion, Policy, Year

REACH: Final = 5  # places: agencies that stand further apart are not followed in pairs
_EXACT: Final = 10**40  # an index that is not rounded, in such parts: two different sums are never that close

Ranks: TypeAlias = Sequence[int | None]  # in the order of a scoreboard; None: without an index


@dataclass(frozen=True, slots=True)
class Scoreboard:
    """The ranked agencies in the order of the ranking, and their points leaf by leaf, in whole units of `unit`.

    Where a leaf does not apply to an agency, or has no points yet, both its points and its maximum are 0.
    """

    year: Year
    slugs: tuple[str, ...]
    ranks: tuple[int, ...]
    leaves: tuple[Criterion, ...]
    points: tuple[tuple[int, ...], ...]
    maxima: tuple[tuple[int, ...], ...]  # each once: most agencies have the same
    kinds: tuple[int, ...]  # by agency the number of its maxima
    breaks: tuple[int, ...]  # which of agencies with the same index stands higher: more; as in the ranking itself
    unit: Fraction

    def indices(self, weights: Sequence[int], *, exact: bool | None = None) -> list[int | None]:
        """Return every agency's index, as whole steps of the rounding that the policy compares.

        Args:
            weights: one for each leaf.
            exact: whether indices are compared before they are rounded; the policy says so if this does not.
        """
        return next(self.indices_by([weights], exact=exact))

    def indices_by(self, drawn: Sequence[Sequence[int]], *, exact: bool | None = None) -> Iterator[list[int | None]]:
        """Yield every agency's index by each of several lists of weights, as `indices` gives it."""
        for weights, sums in zip(drawn, _weighed(self.points, drawn), strict=True):
            whole = [sum(map(mul, weights, row)) for row in self.maxima]
            yield self.steps(sums, [whole[kind] for kind in self.kinds], exact=exact)

    def steps(self, points: Iterable[int], maxima: Iterable[int], *, exact: bool | None = None) -> list[int | None]:
        """Return indices, within 0..100, as whole steps; None where nothing applies."""
        policy = self.year.cycle.policy
        is_exact = policy.rank_on_exact if exact is None else exact
        unit = _EXACT if is_exact else 100 * int(10**policy.index_decimals)
        mode = "down" if is_exact else policy.index_rounding

        def step(own: int, out_of: int) -> int | None:
            if out_of <= 0:
                return None
            steps, rest = divmod(max(0, min(own, out_of)) * unit, out_of)
            if mode == "down" or 2 * rest < out_of:
                return steps
            return steps + (steps % 2 if mode == "half-even" and 2 * rest == out_of else 1)

        return [*map(step, points, maxima)]

    def ranked(self, indices: Sequence[int | None]) -> list[int | None]:
        """Rank agencies by their indices as the policy treats equal ones."""
        most = len(self.breaks) + 1
        keys = [None if index is None else index * most + own for index, own in zip(indices, self.breaks, strict=True)]
        known = [key for key in keys if key is not None]
        upwards = sorted(set(known) if self.year.cycle.policy.ties == "dense" else known)
        places = dict(zip(upwards, range(len(upwards), 0, -1), strict=True))  # of equal ones the best
        return [None if key is None else places[key] for key in keys]

    def swapped(self, outcomes: Iterable[Ranks]) -> Mapping[tuple[str, str], int]:
        """Return by pairs, the better agency first, in how many outcomes it stands below the other; the most first."""
        columns = [*zip(*outcomes, strict=True)]
        best = [[rank or 0 for rank in ranks] for ranks in columns]  # who has no rank changes places with nobody
        worst = [[rank or math.inf for rank in ranks] for ranks in columns]
        found = {
            (self.slugs[one], self.slugs[other]): sum(map(gt, best[one], worst[other]))
            for one in range(len(columns))
            for other in range(one + 1, min(len(columns), one + 1 + REACH))
            if self.ranks[one] < self.ranks[other]
        }
        return dict(sorted(((pair, times) for pair, times in found.items() if times), key=lambda item: -item[1]))


def scoreboard(results: Results, leaves: Mapping[str, Sequence[LeafScore]] | None = None) -> Scoreboard:
    """Return the scoreboard of a year's ranked agencies; `leaves` stand for their own, where something is left out."""
    year, policy = results.year, results.year.cycle.policy
    entries = [entry for entry in results.agencies if entry.rank is not None]
    given = [entry.leaves if leaves is None else leaves[entry.agency.slug] for entry in entries]
    known = [{leaf.criterion.code: leaf for leaf in with_cuts(tuple(own), limited_sums(year, own))} for own in given]
    columns = tuple(year.leaves())
    table = [[_cell(own.get(column.code), policy) for column in columns] for own in known]
    parts = math.lcm(int(10**policy.points.decimals), *{figure[1] for row in table for cell in row for figure in cell})
    rows: dict[tuple[int, ...], int] = {}
    kinds = [rows.setdefault(tuple(above * (parts // below) for _, (above, below) in row), len(rows)) for row in table]
    broken = [tie_breaks(entry, policy.ties) for entry in entries]
    order = {key: number for number, key in enumerate(sorted(set(broken)))}
    return Scoreboard(
        year=year,
        slugs=tuple(entry.agency.slug for entry in entries),
        ranks=tuple(entry.rank or 0 for entry in entries),
        leaves=columns,
        points=tuple(tuple(above * (parts // below) for (above, below), _ in row) for row in table),
        maxima=tuple(rows),
        kinds=tuple(kinds),
        breaks=tuple(order[key] for key in broken),
        unit=Fraction(1, parts),
    )


def _cell(leaf: LeafScore | None, policy: Policy) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return points and maximum of a leaf as numerators and denominators."""
    if leaf is None or leaf.points is None or leaf.out_of is None:
        return (0, 1), (0, 1)
    return policy.rounded_points(leaf.points + leaf.cut).as_integer_ratio(), leaf.out_of.as_integer_ratio()


def _weighed(rows: Sequence[Sequence[int]], drawn: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Yield the sums of all rows by each list of weights.

    A column stands in one whole number, each row in so many bytes of it that no sum leaves them: a column of a thousand
    rows is weighed by one multiplication.
    """
    most = max([1, *(abs(one) for weights in drawn for one in weights)])
    size = (most * max((sum(map(abs, row)) for row in rows), default=0)).bit_length() // 8 + 1
    half = 1 << (8 * size - 1)  # what a sum may be below zero, so that no byte is borrowed from
    zero = int.from_bytes(half.to_bytes(size, "little") * len(rows), "little")

    def packed(column: Iterable[int]) -> int:
        return int.from_bytes(b"".join((own + half).to_bytes(size, "little") for own in column), "little") - zero

    columns, ends = [*map(packed, zip(*rows, strict=True))], range(0, size * len(rows), size)
    for weights in drawn:
        told = (sum(map(mul, weights, columns)) + zero).to_bytes(size * len(rows), "little")
        yield [int.from_bytes(told[end : end + size], "little") - half for end in ends]


def chances(seed: str) -> Iterator[int]:
    """Return numbers of 32 bits that depend on a text alone: eight from the SHA-256 of each `<seed>/<block>`."""
    blocks = (hashlib.sha256(f"{seed}/{block}".encode()).digest() for block in count())
    return chain.from_iterable(map(struct.Struct(">8I").unpack, blocks))

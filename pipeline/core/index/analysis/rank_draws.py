"""The ranking drawn again many times: with weights that move within a range, and with judgements that were overturned.

Draws come from a text, so that the same data give the same ranks on every machine and whoever wants can draw them
again; they are so few that agencies x draws stay within what a build can wait for: decision 0068.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Final

from pipeline.core.ground.numbers import share
from pipeline.core.index.analysis.reweighting import Ranks, Scoreboard, chances, scoreboard
from pipeline.core.index.audit import AuditRow
from pipeline.core.index.scoring import Results
from pipeline.core.record.model import FirmnessPolicy, Year

MOST: Final = 1_000_000  # agencies, or lines that are changed in each draw, times draws
LEAST: Final = 100  # draws, however many agencies there are
_PARTS: Final = 1000  # weights are drawn in thousandths


@dataclass(frozen=True)  # no slots: what was worked out is kept
class RankDraws:
    """How often each agency came to each rank, and how often two changed places."""

    draws: int
    ranks: Mapping[str, int]  # in the ranking itself
    reached: Mapping[str, Mapping[int, int]]  # by agency and rank, in how many draws
    swaps: Mapping[tuple[str, str], int]  # by pairs, the better agency first, in how many draws it stood below

    def at(self, agency: str, rank: int) -> Fraction:
        """Return in how many percent of the draws an agency had a rank."""
        return share(self.reached[agency].get(rank, 0), self.draws) or Fraction(0)

    @property
    def is_moved(self) -> bool:
        """Tell whether any agency came to another rank than its own."""
        return any(rank != own for slug, own in self.ranks.items() for rank in self.reached[slug])

    @cached_property
    def ranges(self) -> Mapping[str, tuple[int, int]]:
        """Return by agency between which ranks 90 percent of the draws left it; those without a rank are not there."""
        ends = {slug: (self.quantile(slug, 5), self.quantile(slug, 95)) for slug in self.ranks}
        return {slug: (low, high) for slug, (low, high) in ends.items() if low is not None and high is not None}

    def quantile(self, agency: str, percent: int) -> int | None:
        """Return the best rank that at least so many percent of the draws do not go beyond; None without any."""
        own = sorted(self.reached[agency].items())
        wanted = sum(times for _, times in own) * percent
        below = 0
        for rank, times in own:
            below += times
            if 100 * below >= wanted:
                return rank
        return None


@dataclass(frozen=True, slots=True)
class Overturned:
    """What later steps changed of the first appraisal, and the ranking if as much were changed once more."""

    lines: int  # that the first appraisal judged
    moves: tuple[Decimal, ...]  # by how many points each line that was changed moved
    drawn: RankDraws | None  # None where nothing was changed, or nobody is ranked

    @property
    def percent(self) -> Fraction:
        """Return how many percent of the lines were changed."""
        return share(len(self.moves), self.lines) or Fraction(0)

    @property
    def mean(self) -> Fraction:
        """Return by how many points a changed line moved, up or down, on average."""
        return sum((Fraction(abs(move)) for move in self.moves), Fraction(0)) / max(1, len(self.moves))


def weight_draws(results: Results, policy: FirmnessPolicy) -> RankDraws | None:
    """Rank the year with weights drawn anew each time; None where fewer than two agencies are ranked.

    The weight of a leaf is multiplied by a factor of its area and by one of its own, each drawn evenly, in thousandths,
    from the range that the policy gives; a bonus or a penalty likewise, those under one limit by the factor of one, so
    that what the limit cuts moves with them.
    """
    board = scoreboard(results)
    if len(board.slugs) < 2:
        return None
    areas = list(dict.fromkeys(leaf.area for leaf in board.leaves))
    together = {code: limit.codes[0] for limit in board.year.cycle.bonus_limits for code in limit.codes}
    area_of = {leaf.code: leaf.area for leaf in board.leaves}
    moved = [together.get(leaf.code, leaf.code) for leaf in board.leaves]
    stream = chances(seed_of(policy, board.year, "weights"))

    def factor(percent: int) -> int:
        reach = _PARTS * percent // 100
        return _PARTS - reach + next(stream) % (2 * reach + 1)

    def weights() -> Sequence[int]:
        of_area = {area: factor(policy.areas) for area in areas}
        own = {code: of_area[area_of[code]] * factor(policy.criteria) for code in dict.fromkeys(moved)}
        return [own[code] for code in moved]

    drawn = [weights() for _ in range(_draws(board, policy))]
    return _drawn(board, [*map(board.ranked, board.indices_by(drawn))])


def overturned(results: Results, rows: Iterable[AuditRow], policy: FirmnessPolicy) -> Overturned:
    """Return what was changed of the first appraisal, and ranks if the same share of its lines changed once more.

    In each draw as many lines as were changed are picked among all, none twice, and each moves as one of those that
    were, as far as the maximum of its criterion and zero let it. Survey points are no judgements and stay; so do
    bonuses and penalties under a limit, of which what counts is no line's own.
    """
    year = results.year
    first = year.cycle.stages.first_appraise
    judged = [
        (row, sum((move.moved for move in row.moves if move.step != first), Decimal(0)))
        for row in rows
        if any(entry.step == first for entry in row.entries)
    ]
    moves = tuple(moved for _, moved in judged if moved)
    board = scoreboard(results)
    if not moves or len(board.slugs) < 2:
        return Overturned(len(judged), moves, None)
    lines = _lines(board, [(row.agency, row.criterion) for row, _ in judged])
    if not lines:
        return Overturned(len(judged), moves, None)
    steps = [int(Fraction(move) / board.unit) for move in moves]
    picked = max(1, round(Fraction(len(moves) * len(lines), len(judged))))
    stream = chances(seed_of(policy, year, "judgement"))
    earned, whole = [sum(own) for own in board.points], [sum(board.maxima[kind]) for kind in board.kinds]

    def outcomes(draws: int) -> Iterator[Ranks]:
        for _ in range(draws):
            points = [*earned]
            # The first ones of an order that is drawn as far as it is asked for; then which move each takes.
            for place, one, which in zip(range(picked), stream, stream):  # noqa: B905  # the stream has no end
                other = place + one % (len(lines) - place)
                line, lines[other] = lines[other], lines[place]
                lines[place] = line
                (agency, least, most), move = line, steps[which % len(steps)]
                points[agency] += least if move < least else min(move, most)
            yield board.ranked(board.steps(points, whole))

    return Overturned(len(judged), moves, _drawn(board, list(outcomes(_draws(board, policy, picked)))))


def _lines(board: Scoreboard, judged: Iterable[tuple[str, str]]) -> list[tuple[int, int, int]]:
    """Return the lines of ranked agencies: whose, and how far each can go down to zero and up to its maximum."""
    number = {slug: place for place, slug in enumerate(board.slugs)}
    column = {leaf.code: place for place, leaf in enumerate(board.leaves)}
    endless = max(map(sum, board.maxima))  # a bonus or a penalty has no end of its own
    limited = {code for limit in board.year.cycle.bonus_limits for code in limit.codes}
    found: list[tuple[int, int, int]] = []
    for slug, code in judged:
        if (agency := number.get(slug)) is not None and code not in limited:
            points = board.points[agency][column[code]]
            most = board.maxima[board.kinds[agency]][column[code]]
            bounds = (-points, most - points) if board.leaves[column[code]].out_of else (-endless, endless)
            found.append((agency, *bounds))
    return found


def seed_of(policy: FirmnessPolicy, year: Year, what: str) -> str:
    """Return the text from which the draws of one kind come."""
    return f"{policy.seed or year.name}/{what}"


def _draws(board: Scoreboard, policy: FirmnessPolicy, picked: int = 0) -> int:
    return min(policy.draws, max(LEAST, MOST // max(len(board.slugs), picked)))


def _drawn(board: Scoreboard, outcomes: Sequence[Ranks]) -> RankDraws:
    return RankDraws(
        draws=len(outcomes),
        ranks=dict(zip(board.slugs, board.ranks, strict=True)),
        reached={slug: _times(ranks) for slug, ranks in zip(board.slugs, zip(*outcomes, strict=True), strict=True)},
        swaps=board.swapped(outcomes),
    )


def _times(ranks: Iterable[int | None]) -> Mapping[int, int]:
    found = Counter(ranks)
    return {rank: times for rank, times in found.items() if rank is not None}

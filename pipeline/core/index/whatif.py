"""What if: the effect of given scores on everyone, and the cheapest criteria that reach a grade or a rank, exactly.

Others keep what they have. Survey and SIPAS leaves stay as they are unless a score is given for them; a leaf that does
not apply, or that has no points yet, is never raised. The search is exact, on whole steps of points: decision 0027.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias, TypeVar

from pipeline.core.ground.numbers import places
from pipeline.core.ground.problems import ParindexError
from pipeline.core.index import By
from pipeline.core.index.scoring import (
    AgencyScore,
    LeafScore,
    Results,
    from_survey,
    is_bonus,
    ranked,
    standing_among,
    summed,
)
from pipeline.core.record.model import Criterion, Grade, Year

Stand: TypeAlias = Callable[[AgencyScore], AgencyScore]
Number = TypeVar("Number", int, Decimal)


@dataclass(frozen=True, slots=True)
class Goal:
    """What shall be reached: a grade or better, or a rank or better."""

    grade: Grade | None = None
    rank: int | None = None

    def reached(self, entry: AgencyScore) -> bool:
        """Tell whether an agency stands there."""
        if self.grade is not None:
            return entry.grade is not None and entry.grade.from_index >= self.grade.from_index
        return entry.rank is not None and self.rank is not None and entry.rank <= self.rank


@dataclass(frozen=True, slots=True)
class ChangedLeaf:
    """One leaf with other points; `attainable` says whether its rule can give them."""

    criterion: Criterion
    before: Fraction | None  # None where nothing stands yet
    after: Decimal
    attainable: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """The cheapest way to a goal; `moves` is None where not even the most that can be earned is enough."""

    goal: Goal
    by: By
    need: Decimal | None  # the least points that reach the goal, wherever they come from; None: none do
    moves: tuple[ChangedLeaf, ...] | None
    tried: tuple[ChangedLeaf, ...]  # these moves; where there are none, the most that can be earned

    @property
    def added(self) -> Decimal:
        """Return how many points the moves add."""
        return sum((move.after - _decimal(move.before) for move in self.moves or ()), Decimal(0))


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The year as it is, with the given scores, and with what the plan tries on top."""

    results: Results
    agency: str
    moves: tuple[ChangedLeaf, ...]
    after: tuple[AgencyScore, ...]
    plan: Plan | None
    planned: tuple[AgencyScore, ...]


def what_if(
    results: Results, agency: str, scores: Mapping[str, Decimal], *, goal: Goal | None = None, by: By = "points"
) -> WhatIf:
    """Work out given scores of an agency, and the cheapest way from there to a goal.

    Args:
        scores: criterion code -> points, in the place of what stands.
        by: what is cheapest: the fewest points added, or the fewest criteria; equal ones by the other.

    Raises:
        ParindexError: The agency, a criterion or a goal does not exist, or a score lies outside the criterion's bounds.
    """
    entry = results.entry(agency)
    if goal is not None:
        _judge_goal(results, entry, goal)
    moves = tuple(_move(results, entry, code, points) for code, points in scores.items())
    after = _with_moves(results, results.agencies, agency, moves)
    if goal is None:
        return WhatIf(results, agency, moves, after, None, after)
    own = next(found for found in after if found.agency.slug == agency)
    plan = _plan(results, own, standing_among(results.year, ((one, 1) for one in after)), goal, by, frozenset(scores))
    return WhatIf(results, agency, moves, after, plan, _with_moves(results, after, agency, plan.tried))


def _with_moves(
    results: Results, agencies: Sequence[AgencyScore], agency: str, moves: Sequence[ChangedLeaf]
) -> tuple[AgencyScore, ...]:
    """Return the ranking with other points in some leaves of an agency; a leaf that nothing stood of then counts."""
    points = {move.criterion.code: Fraction(move.after) for move in moves}
    own = next(entry for entry in agencies if entry.agency.slug == agency)
    leaves = tuple(
        replace(
            leaf,
            points=points[leaf.criterion.code],
            out_of=Fraction(leaf.criterion.out_of) if leaf.out_of is None else leaf.out_of,
            outstanding=False,
        )
        if leaf.criterion.code in points
        else leaf
        for leaf in own.leaves
    )
    changed = summed(results.year, own.agency, leaves)
    return ranked(results.year, (changed if entry is own else entry for entry in agencies))


def _decimal(points: Fraction | None) -> Decimal:
    """Return points that a line carries, which are decimals, as such."""
    return Decimal(0) if points is None else Decimal(points.numerator) / Decimal(points.denominator)


# --- what is asked --------------------------------------------------------------------------------------------------


def _judge_goal(results: Results, entry: AgencyScore, goal: Goal) -> None:
    if goal.rank is None:
        return
    count = sum(other.rank is not None for other in results.agencies)
    if entry.rank is None:
        raise ParindexError("whatif-unranked", agency=entry.agency.slug, year=results.year.name)
    if not 1 <= goal.rank <= count:
        raise ParindexError("whatif-rank", rank=str(goal.rank), most=str(count))


def grade_goal(results: Results, name: str) -> Goal:
    """Return the goal of reaching a grade.

    Raises:
        ParindexError: The year has no such grade.
    """
    grades = results.year.cycle.grades
    found = next((grade for grade in grades if grade.id == name), None)
    if found is None:
        allowed = ", ".join(grade.id for grade in grades) or "–"
        raise ParindexError("whatif-grade", grade=name, year=results.year.name, allowed=allowed)
    return Goal(grade=found)


def _move(results: Results, entry: AgencyScore, code: str, points: Decimal) -> ChangedLeaf:
    leaf = entry.leaf(code)
    if leaf is None:
        parent = results.year.known_criterion(code)
        raise ParindexError("whatif-parent", criterion=parent.code, year=results.year.name)
    if leaf.points is None and not leaf.outstanding:
        raise ParindexError("whatif-not-applicable", criterion=code, agency=entry.agency.slug)
    rule = leaf.criterion.rule
    assert rule is not None, "a leaf has a rule"
    most = rule.largest(leaf.criterion.out_of if leaf.out_of is None else _decimal(leaf.out_of))
    if not rule.smallest() <= points <= most:
        bounds = {"least": f"{rule.smallest():f}", "most": f"{most:f}"}
        raise ParindexError("whatif-bounds", criterion=code, points=f"{points:f}", **bounds)
    decimals = results.year.cycle.policy.points.decimals
    if places(points) > decimals:
        raise ParindexError("whatif-decimals", criterion=code, points=f"{points:f}", decimals=str(decimals))
    free = from_survey(leaf.criterion) or not rule.planned
    return ChangedLeaf(leaf.criterion, leaf.points, points, free or points in attainable_points(results, leaf))


def attainable_points(results: Results, leaf: LeafScore) -> tuple[Decimal, ...]:
    """Return the points that a leaf of an agency can have by its rule and the facts that stand, ascending."""
    rule, policy = leaf.criterion.rule, results.year.cycle.policy.points
    assert rule is not None, "a leaf has a rule"
    answer = leaf.road.standing_answer(leaf.road.stages.names[-1])
    out_of = leaf.criterion.out_of
    return rule.attainable(answer, out_of=out_of, decimals=policy.decimals, mode=policy.rounding)


def unplanned(entry: AgencyScore) -> tuple[str, ...]:
    """Return the criteria in which an agency can have more points, and over which no way is sought."""
    leaves = ((leaf, leaf.criterion.rule) for leaf in entry.leaves if leaf.lost > 0)
    return tuple(leaf.criterion.code for leaf, rule in leaves if rule is not None and not rule.planned)


# --- the cheapest way -----------------------------------------------------------------------------------------------


def _plan(  # noqa: PLR0917  # whose, among whom, where to, how
    results: Results, entry: AgencyScore, stand: Stand, goal: Goal, by: By, given: frozenset[str]
) -> Plan:
    """Return the cheapest way to a goal; the points of the given criteria stay as they are."""
    unit = Decimal(1).scaleb(-results.year.cycle.policy.points.decimals)
    raisable = {leaf.criterion.code: leaf for leaf in entry.leaves if _can_rise(leaf, given)}
    gains = {code: found for code, leaf in raisable.items() if (found := tuple(_gains(results, leaf, unit)))}
    most = {code: max(found) for code, found in gains.items()}
    need = _need(results.year, entry, stand, goal, most=sum(most.values()), unit=Fraction(unit))
    chosen = None if need is None else cheapest(gains, need, by)
    tried = tuple(
        ChangedLeaf(leaf.criterion, leaf.points, _decimal(leaf.points) + steps * unit, attainable=True)
        for code, steps in (most if chosen is None else chosen).items()
        for leaf in (raisable[code],)
    )
    return Plan(goal, by, None if need is None else need * unit, None if chosen is None else tried, tried)


def _can_rise(leaf: LeafScore, given: frozenset[str]) -> bool:
    """Tell whether a way may lead over a leaf: what is done for a bonus or against a penalty is no way to a rank."""
    own = not from_survey(leaf.criterion) and not is_bonus(leaf.criterion)
    own = own and leaf.criterion.rule is not None and leaf.criterion.rule.planned
    return own and leaf.points is not None and leaf.criterion.code not in given


def _gains(results: Results, leaf: LeafScore, unit: Decimal) -> Iterator[int]:
    """Yield by how many steps a leaf's points can rise, ascending."""
    here = _decimal(leaf.points)
    yield from (int((points - here) / unit) for points in attainable_points(results, leaf) if points > here)


def _need(year: Year, entry: AgencyScore, stand: Stand, goal: Goal, *, most: int, unit: Fraction) -> int | None:
    """Return the least whole steps of points that reach a goal, None where even the most do not.

    More points never lower an index or worsen a rank, so the least are found by halving. Which appraised leaf carries
    them makes no difference: total, appraisal and SIPAS are all that ranks compare.
    """

    def reaches(steps: int) -> bool:
        return goal.reached(stand(_with_more(year, entry, steps * unit)) if steps else entry)

    if not reaches(most):
        return None
    low, high = -1, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return high


def _with_more(year: Year, entry: AgencyScore, points: Fraction) -> AgencyScore:
    """Return an agency with more points in its appraisal, as far as ranks and grades ask."""
    total, appraisal = (replace(part, points=part.points + points) for part in (entry.total, entry.appraisal))
    index = total.index
    published = None if index is None else year.cycle.policy.rounded_index(index)
    return replace(entry, total=total, appraisal=appraisal, index=index, published=published)


def cheapest(gains: Mapping[str, Sequence[int]], need: int, by: By) -> Mapping[str, int] | None:
    """Choose by how many steps to raise which criteria so that at least `need` steps are gained; None if none will do.

    By points: the fewest steps, and of those the fewest criteria; by count the other way round. What is still equal is
    settled by the order of the criteria: an earlier one is raised rather than left, and raised as far as it will.

    Criterion 1.1 can rise by 4 steps, 1.2 by 1, 1.3 by 2, and 3 steps are needed. By points, 1.2 and 1.3 together give
    no step too many; by count, 1.1 does it alone. Eight steps are out of reach.

    >>> gains = {"1.1": [4], "1.2": [1], "1.3": [2]}
    >>> cheapest(gains, 3, "points"), cheapest(gains, 3, "count"), cheapest(gains, 8, "points")
    ({'1.2': 1, '1.3': 2}, {'1.1': 4}, None)

    Args:
        gains: for each criterion the rises that its rule allows, in whole steps, each above 0.
        need: whole steps to gain; 0 or less needs nothing.
        by: what counts first.
    """
    if need <= 0:
        return {}
    names = list(gains)
    values = [sorted(gains[name]) for name in names]
    if sum(found[-1] for found in values) < need:
        return None
    limit = need + max(found[-1] for found in values)  # without its smallest rise a best choice would fall short
    if by == "count":
        count = _fewest(sorted((found[-1] for found in values), reverse=True), need)
        layers = _layers(values, count, limit)
        total = _lowest(layers[0][count], need)
    else:
        total = _lowest(_sums(values, limit), need)
        count, layers = _first_count(values, total)
    return dict(_trace(names, values, layers, total, count))


def _fewest(largest: Sequence[int], need: int) -> int:
    count = gained = 0
    while gained < need:
        gained += largest[count]
        count += 1
    return count


def _lowest(sums: int, least: int) -> int:
    """Return the lowest reachable sum from `least` on; there is one."""
    above = sums >> least
    return least + (above & -above).bit_length() - 1


def _sums(values: Sequence[Sequence[int]], limit: int) -> int:
    """Return the sums that can be reached up to a limit, as the bits of one number."""
    reached, mask = 1, (1 << (limit + 1)) - 1
    for found in values:
        reached |= _raised(reached, found) & mask
    return reached


def _layers(values: Sequence[Sequence[int]], most: int, limit: int) -> list[list[int]]:
    """Return, for the criteria from each one on, the sums that exactly so many of them reach."""
    mask = (1 << (limit + 1)) - 1
    layers = [[1, *(0 for _ in range(most))]]
    for found in reversed(values):
        rest = layers[-1]
        layers.append([rest[0], *(rest[n] | (_raised(rest[n - 1], found) & mask) for n in range(1, most + 1))])
    return layers[::-1]


def _raised(sums: int, rises: Sequence[int]) -> int:
    """Return the sums with any one rise on top; rises in even steps are laid over each other by doubling."""
    if sums == 0:
        return 0
    raised = 0
    for run in even_runs(rises):
        count, step = len(run), run[1] - run[0] if len(run) > 1 else 0
        laid, covered = sums << run[0], 1
        while covered < count:
            more = min(covered, count - covered)
            laid |= laid << (more * step)
            covered += more
        raised |= laid
    return raised


def even_runs(values: Sequence[Number]) -> Iterator[Sequence[Number]]:
    """Yield ascending numbers as runs of even steps: 1, 2, 3, 5, 9 are 1, 2, 3 and 5, 9."""
    start = 0
    while start < len(values):
        end = start + 1
        while end < len(values) and values[end] - values[end - 1] == values[start + 1] - values[start]:
            end += 1
        yield values[start:end]
        start = end


def _first_count(values: Sequence[Sequence[int]], total: int) -> tuple[int, list[list[int]]]:
    """Return the fewest criteria that reach a sum exactly, and the layers up to that many."""
    most = 0
    while True:
        most = min(2 * most + 4, len(values))
        layers = _layers(values, most, total)
        for count, sums in enumerate(layers[0]):
            if sums >> total & 1:
                return count, layers


def _trace(
    names: Sequence[str], values: Sequence[Sequence[int]], layers: list[list[int]], total: int, count: int
) -> Iterator[tuple[str, int]]:
    for position, name in enumerate(names):
        if count == 0:
            return
        rest = layers[position + 1][count - 1]
        rise = next((rise for rise in reversed(values[position]) if rise <= total and rest >> (total - rise) & 1), None)
        if rise is not None:
            yield name, rise
            total, count = total - rise, count - 1

"""What the public may see of the survey: which counts, group means and group points are shown, which are hidden.

Points of leaves are always public. What is hidden because a group is small or everyone answered alike takes a second
group of the same leaf with it, until nothing hidden follows from what is published: decision 0026.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from itertools import islice
from math import ceil, floor, lcm

from pipeline.core.ground.numbers import Rounding, places, rounded
from pipeline.core.index.scoring import AgencyScore, LeafScore, Results, amended_counts, is_sipas
from pipeline.core.index.survey_points import BLANK, GroupPart, group_points, scale_of, valid_forms
from pipeline.core.record.model import Counts, Moments, Scale, SurveyPlan, Year
from pipeline.core.record.stages import SURVEY

Place = tuple[str, str, str]  # group, agency, question or criterion
UNKNOWN_ANSWERS = 60  # of a larger row, those beyond are taken as known to everybody: it bounds the work, and is safe


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What is hidden of a year's survey; whatever is not named here may be shown.

    `counts` are rows (group, agency, question), `parts` what a group gave a leaf (group, agency, criterion): its mean,
    its points and their standard errors. `small` are groups of an agency under `show_from`, whose every figure is
    hidden. `alone` are leaves (agency, criterion) whose published points by themselves fix what a group answered.
    """

    counts: frozenset[Place]
    parts: frozenset[Place]
    small: frozenset[tuple[str, str]]
    alone: frozenset[tuple[str, str]]

    def shows_counts(self, group: str, agency: str, question: str) -> bool:
        """Tell whether the counts of a question, and its mean, may be shown."""
        return (group, agency, question) not in self.counts

    def shows_part(self, group: str, agency: str, criterion: str) -> bool:
        """Tell whether a group's mean, points and interval of a leaf may be shown."""
        return (group, agency, criterion) not in self.parts

    def shows_group(self, group: str, agency: str) -> bool:
        """Tell whether a group is large enough at an agency for its figures to be shown at all."""
        return (group, agency) not in self.small

    def shows_mean(self, group: str, agency: str) -> bool:
        """Tell whether a group's mean over all leaves of an agency may be shown: none of its parts is hidden."""
        return not any(place[:2] == (group, agency) for place in self.parts)

    def shows_all(self, group: str) -> bool:
        """Tell whether all that a group answered may be shown, and so what is estimated over all agencies."""
        return not any(place[0] == group for place in self.parts)

    def is_whole(self, agency: str, criterion: str | None = None) -> bool:
        """Tell whether no part of a leaf, or of any leaf of the agency, is hidden.

        A standard error over several groups is published only then: it would tell of the hidden ones.
        """
        return not any(place[1] == agency and criterion in (None, place[2]) for place in self.parts)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A hidden figure as an outsider sees it: the whole values it may have, and what a step of it adds to the leaf.

    Of a question the value is the sum of its answers in units of its scale, `ways` how many vectors of counts give it,
    with the number of opinions known; of a figure that was handed over each value is one way.
    """

    part: Place
    question: str | None
    step: Fraction  # points of the leaf
    ways: Mapping[int, int]
    true: int
    alike: tuple[int, ...] = ()  # how far the sum is from those that it has where everyone answers alike


@dataclass(frozen=True, slots=True)
class PointsWindow:
    """How far a leaf's exact points may be from the true ones while all that is published of them stays the same."""

    low: Fraction
    high: Fraction
    low_open: bool
    high_open: bool

    def steps(self, scale: int) -> tuple[int, int]:
        """Return the least and the greatest whole number of steps of 1/scale inside."""
        low, high = self.low * scale, self.high * scale
        least, most = ceil(low), floor(high)
        return least + (self.low_open and least == low), most - (self.high_open and most == high)


def disclosure(results: Results) -> Disclosure:
    """Decide what the public may see of a year's survey.

    Hidden are all figures of a group with fewer valid forms at an agency than `show_from`, and what a group gave a leaf
    where all of its people gave a question the same answer; then what a group gave where a question is passed over
    after a hidden one; then, leaf by leaf, whole further groups, those with the fewest answers first: no group is
    hidden alone while others count, and each hidden figure keeps at least two values that agree with everything
    published, even to those who know all other hidden figures but one of another group, and to those who know this rule
    and conclude that somewhere everyone answered alike.
    """
    year, counts = results.year, amended_counts(results.year)
    small = frozenset(key for key, item in counts.items() if is_small(year, item.group, valid_forms(item)))
    first = {
        (group, agency, criterion)
        for (group, agency), item in counts.items()
        for criterion in _criteria(year, item)
        if (group, agency) in small or any(_is_unanimous(item, name) for name in _rows(year, item, criterion))
    }
    hidden, more, alone = set[Place](), first, set[tuple[str, str]]()
    while more - hidden:
        hidden |= more
        passed_over = _following(year, hidden)
        more, alone = set(passed_over), set()
        for entry in results.agencies:
            for leaf in entry.leaves:
                added, fixed = _complement(year, entry, leaf, hidden, passed_over)
                more |= added
                if fixed:
                    alone.add((entry.agency.slug, leaf.criterion.code))
    rows = {
        (group, agency, question)
        for group, agency, criterion in hidden
        for question in _rows(year, counts[group, agency], criterion)
    }
    return Disclosure(frozenset(rows), frozenset(hidden), small, frozenset(alone))


def is_small(year: Year, group: str, valid: int | None) -> bool:
    """Tell whether a group's valid forms are fewer than the year's `show_from`."""
    least = year.survey.show_from.get(group) if year.survey else None
    return least is not None and valid is not None and valid < least


def _is_unanimous(counts: Counts, question: str) -> bool:
    """Tell whether all who answered gave the same answer; what is left blank is no answer."""
    return sum(count > 0 for option, count in counts.answers[question].items() if option != BLANK) == 1


def _criteria(year: Year, counts: Counts) -> Iterator[str]:
    """Yield the criteria that a file of counts gives figures for."""
    questions = year.survey.questions if year.survey else {}
    asked = [questions[name].criterion for name in counts.answers if name in questions]
    sipas = [leaf.code for leaf in year.leaves() if is_sipas(leaf) and counts.group in group_points(leaf)]
    return iter(dict.fromkeys([*asked, *counts.points, *(sipas if counts.sipas is not None else [])]))


def _rows(year: Year, counts: Counts, criterion: str) -> list[str]:
    questions = year.survey.questions if year.survey else {}
    return [name for name in counts.answers if name in questions and questions[name].criterion == criterion]


def _following(year: Year, hidden: Iterable[Place]) -> set[Place]:
    """Return the parts with a question that is passed over after an answer to a hidden one: its blanks tell of it."""
    questions = year.survey.questions if year.survey else {}
    return {
        (group, agency, question.criterion)
        for group, agency, criterion in hidden
        for question in questions.values()
        if question.skip_if is not None and group in question.groups
        if (earlier := questions.get(question.skip_if.question)) is not None and earlier.criterion == criterion
    }


def _complement(
    year: Year, entry: AgencyScore, leaf: LeafScore, known: set[Place], passed_over: set[Place]
) -> tuple[set[Place], bool]:
    """Return the parts of a leaf to hide besides the known ones, and whether its points still fix one of them."""
    parts = {_place(part, leaf): part for part in _contributing(leaf)}
    hidden = [place for place in parts if place in known]
    if not hidden:
        return set(), False
    by_answers = sorted(parts, key=lambda place: _answers(parts[place]))
    order = [place for place in by_answers if place not in known]
    if len(hidden) == 1:
        hidden += order[:1]
    window = published_window(year, entry, leaf)
    expected = {  # what everybody can see would be hidden, whatever was answered
        place
        for place, part in parts.items()
        if place in passed_over or is_small(year, part.group, valid_forms(part.counts))
    }
    if len(expected) == 1:
        expected |= set([place for place in by_answers if place not in expected][:1])
    while True:
        unknown = unknowns(year, leaf, hidden, most=UNKNOWN_ANSWERS)
        free = _all_free(unknown, window)
        unsuspected = set(hidden) == expected or _all_open(unknown, window)
        if (free and unsuspected) or len(hidden) == len(parts):
            return set(hidden), not free
        hidden.append(next(place for place in order if place not in hidden))


def _place(part: GroupPart, leaf: LeafScore) -> Place:
    return part.group, part.counts.agency, leaf.criterion.code


def _contributing(leaf: LeafScore) -> list[GroupPart]:
    """Return the parts that a leaf's published points are the sum of."""
    if leaf.survey is None or leaf.points is None:
        return []
    return [part for part in leaf.survey.parts if part.points is not None]


def _answers(part: GroupPart) -> int:
    return sum(row.opinions for row in part.questions)


def _all_free(unknown: Sequence[Unknown], window: PointsWindow) -> bool:
    """Tell whether each hidden figure has two values even where all others but one of another group are known."""
    return all(_is_free(one, [other for other in unknown if other.part != one.part], window) for one in unknown)


def _is_free(one: Unknown, others: Sequence[Unknown], window: PointsWindow) -> bool:
    unknown_with_it: list[list[Unknown]] = [[other] for other in others] or [[]]
    return any(len(list(islice(possible_values(one, some, window), 2))) == 2 for some in unknown_with_it)


def _all_open(unknown: Sequence[Unknown], window: PointsWindow) -> bool:
    """Tell whether each figure has two values where it is known that some hidden question was answered alike.

    The rule is public: who sees a large group hidden knows that somewhere all answered alike. So each question is tried
    as that one, and the figure itself, or one other, completes it; more could only leave more values.
    """
    scale = lcm(*(one.step.denominator for one in unknown))
    least, most = window.steps(scale)
    moves = [_moves(one, scale) for one in unknown]
    far = [[move * int(one.step * scale) for move in one.alike] for one in unknown]

    def is_open(one: int) -> bool:
        others = [other for other in range(len(unknown)) if other != one]
        found = {
            move
            for move in far[one]
            if least <= move <= most or any(_within(moves[other], least - move, most - move) for other in others)
        }
        for other in others:
            for move in far[other]:
                found.update(_within(moves[one], least - move, most - move)[:2])
        return len(found) > 1

    return all(is_open(one) for one in range(len(unknown)))


def _within(values: Sequence[int], least: int, most: int) -> Sequence[int]:
    """Return those of ordered values that are from least to most."""
    return values[bisect_left(values, least) : bisect_right(values, most)]


def unknowns(year: Year, leaf: LeafScore, hidden: Iterable[Place], *, most: int | None = None) -> tuple[Unknown, ...]:
    """Return the hidden figures that a leaf's points are made of; questions without any opinion add nothing.

    Args:
        year: the year's records.
        leaf: a survey or SIPAS leaf of an agency.
        hidden: its hidden parts.
        most: how many answers of a question are taken as unknown; None for all of them.
    """
    places_hidden = set(hidden)
    parts = (part for part in _contributing(leaf) if _place(part, leaf) in places_hidden)
    return tuple(one for part in parts for one in _unknown_of(year, leaf, part, most))


def _unknown_of(year: Year, leaf: LeafScore, part: GroupPart, most: int | None) -> Iterator[Unknown]:
    place, code = _place(part, leaf), leaf.criterion.code
    handed = part.counts.points.get(code)
    if handed is not None or part.counts.sipas is not None:
        value = handed if handed is not None else part.counts.sipas
        assert value is not None
        least = 10 ** max(places(value), year.cycle.policy.points.decimals)
        whole = Fraction(part.out_of) if handed is not None else Fraction(100)
        values = dict.fromkeys(range(floor(whole * least) + 1), 1)
        yield Unknown(place, None, Fraction(part.out_of) / whole / least, values, int(value * least))
        return
    heard = [row for row in part.questions if row.mean is not None]
    for row in heard:
        units, unit = scale_units(scale_of(year, row.question))
        counts = part.counts.answers[row.question]
        total = sum(counts.get(option, 0) * worth for option, worth in units.items())
        given = {option: counts.get(option, 0) for option in units}
        if most is not None and row.opinions > most:
            given = {option: count * most // row.opinions for option, count in given.items()}
        yield Unknown(
            part=place,
            question=row.question,
            step=Fraction(part.out_of) * unit / (len(heard) * row.opinions),
            ways=ways(sum(given.values()), tuple(units.values())),
            true=sum(count * units[option] for option, count in given.items()),
            alike=tuple(sorted({row.opinions * worth - total for worth in units.values()})),
        )


def scale_units(scale: Scale) -> tuple[Mapping[str, int], Fraction]:
    """Return the options that carry a value as whole multiples of a unit, and the unit."""
    values = {option: Fraction(value) for option, value in scale.opinions.items()}
    parts = lcm(*(value.denominator for value in values.values()))
    return {option: int(value * parts) for option, value in values.items()}, Fraction(1, parts)


@cache
def ways(answers: int, units: tuple[int, ...]) -> Mapping[int, int]:
    """Return how many vectors of counts of a number of answers over options worth `units` have each sum.

    Options are taken one after another; what k answers can give follows from what k - 1 can.
    """
    found: list[dict[int, int]] = [{0: 1}, *({} for _ in range(answers))]
    for unit in units:
        for here in range(1, answers + 1):
            for total, count in found[here - 1].items():
                found[here][total + unit] = found[here].get(total + unit, 0) + count
    return dict(sorted(found[answers].items()))


def published_window(year: Year, entry: AgencyScore, leaf: LeafScore) -> PointsWindow:
    """Return how far a leaf's exact points may be from the true ones without any published figure changing.

    Leaves that are rounded are all that sums are made of. Where the year keeps them exact, the published sums and
    indices that the leaf is part of narrow it, every other leaf taken as known.
    """
    assert leaf.survey is not None
    policy, points = year.cycle.policy, year.cycle.policy.points
    bounds = [_rounding(leaf.survey.points, Fraction(1), points.decimals, points.rounding)]
    if points.leaf_exact:
        area = next(area for area in entry.areas if leaf.criterion.code in area.criterion.leaves)
        sums = (entry.total.points, entry.survey.points, area.points)
        bounds += [_rounding(value, Fraction(1), points.decimals, points.rounding) for value in sums]
        for index, out_of in ((entry.index, entry.total.out_of), (area.index, area.out_of)):
            if index is not None and out_of:
                bounds.append(_rounding(index, 100 / out_of, policy.index_decimals, policy.index_rounding))
    low = max((bound.low, bound.low_open) for bound in bounds)
    high = min((bound.high, not bound.high_open) for bound in bounds)
    return PointsWindow(low[0], high[0], low[1], not high[1])


def _rounding(value: Fraction, slope: Fraction, decimals: int, mode: Rounding) -> PointsWindow:
    """Return how far x may move while a figure that moves `slope` times as far still rounds to the same."""
    shown, step = rounded(value, decimals, mode), Fraction(1, 10**decimals)
    even = int(shown.scaleb(decimals)) % 2 == 0
    below, above = (Fraction(0), step) if mode == "down" else (step / 2, step / 2)
    return PointsWindow(
        low=(Fraction(shown) - below - value) / slope,
        high=(Fraction(shown) + above - value) / slope,
        low_open=mode == "half-even" and not even,
        high_open=mode != "half-even" or not even,
    )


def possible_values(one: Unknown, others: Sequence[Unknown], window: PointsWindow) -> Iterator[int]:
    """Yield every value of a hidden figure that the others can complete to points inside the window, exactly.

    Two people gave 0 or 1, and their mean gives the leaf half a point a person; the published points tell them apart.
    Alone the figure is fixed, and hiding it would hide nothing. With a group of four hidden beside it, worth a quarter
    of a point a person, it may be any sum from 0 to 2:

    >>> window = PointsWindow(Fraction(-1, 200), Fraction(1, 200), low_open=False, high_open=True)
    >>> two = Unknown(("two", "x", "1.1"), "q", Fraction(1, 2), ways(2, (0, 1)), true=1)
    >>> four = Unknown(("four", "x", "1.1"), "q", Fraction(1, 4), ways(4, (0, 1)), true=2)
    >>> list(possible_values(two, [], window)), list(possible_values(two, [four], window))
    ([1], [1, 0, 2])
    """
    scale = lcm(one.step.denominator, *(other.step.denominator for other in others))
    least, most = window.steps(scale)
    moves = sorted((_moves(other, scale) for other in others), key=_gap, reverse=True)
    known: dict[tuple[int, int], bool] = {}
    step = int(one.step * scale)
    for value in sorted(one.ways, key=lambda value: abs(value - one.true)):
        moved = (value - one.true) * step
        if _reaches(moves, 0, least - moved, most - moved, known):
            yield value


def _moves(one: Unknown, scale: int) -> list[int]:
    """Return by how many steps of 1/scale a hidden figure may move the leaf, in order."""
    step = int(one.step * scale)
    return [(value - one.true) * step for value in one.ways]


def _gap(values: Sequence[int]) -> int:
    return values[1] - values[0] if len(values) > 1 else 0


def _reaches(
    moves: Sequence[Sequence[int]], start: int, least: int, most: int, known: dict[tuple[int, int], bool]
) -> bool:
    """Tell whether one value of each list from `start` on can be chosen so that their sum is from least to most.

    The last list is searched by halving, the others value by value, those that move least first, each state once.
    """
    if least > most:
        return False
    if start == len(moves):
        return least <= 0 <= most
    values = moves[start]
    if start == len(moves) - 1:
        place = bisect_left(values, least)
        return place < len(values) and values[place] <= most
    rest = moves[start:]
    if sum(values[-1] for values in rest) < least or sum(values[0] for values in rest) > most:
        return False
    key = (start, least)
    if key not in known:
        nearest = sorted(values, key=abs)
        known[key] = any(_reaches(moves, start + 1, least - move, most - move, known) for move in nearest)
    return known[key]


# --- what stands in for hidden answers where an error is published ----------------------------------------------------


def widest(results: Results, shown: Disclosure) -> Results:
    """Return results for `intervals` alone: points and indices as they are, hidden answers as spread as can be.

    An error over several groups would tell of the hidden ones. One computed from the most spread answers that could be
    hidden is the largest that any hidden table could give, and the same for all of them.

    Each hidden row keeps only how many had an opinion, half of them at either end of the scale, and sums over pairs of
    answers (moments) with a hidden row are left out, and products of two agencies where either has one; that the same
    people rated several agencies stays known.
    """
    year = results.year
    if year.survey is None:
        return results
    shared = {group for group, moments in year.moments.items() if moments.joins_agencies}
    groups = {name: replace(group, matrix=group.matrix or name in shared) for name, group in year.survey.groups.items()}
    return replace(
        results,
        year=replace(
            year,
            survey=replace(year.survey, groups=groups),
            counts={place: _spread(year.survey, item, shown) for place, item in amended_counts(year).items()},
            amendments=tuple(amendment for amendment in year.amendments if amendment.stage != SURVEY),
            moments={group: _shown(moments, shown) for group, moments in year.moments.items()},
        ),
    )


def _shown(moments: Moments, shown: Disclosure) -> Moments:
    pairs = {
        pair: sums
        for pair, sums in moments.pairs.items()
        if all(shown.shows_counts(moments.group, asked.agency, asked.question) for asked in pair)
    }
    part = {place[1] for place in shown.counts if place[0] == moments.group}
    between = {agencies: product for agencies, product in moments.between.items() if part.isdisjoint(agencies)}
    return replace(moments, pairs=pairs, between=between)


def _spread(plan: SurveyPlan, item: Counts, shown: Disclosure) -> Counts:
    questions = {name: plan.questions[name] for name in item.answers if name in plan.questions}
    hidden = {
        name: _ends(plan.scales[question.scale], item.answers[name])
        for name, question in questions.items()
        if question.scale in plan.scales and not shown.shows_counts(item.group, item.agency, name)
    }
    return replace(item, answers={**item.answers, **hidden}) if hidden else item


def _ends(scale: Scale, answers: Mapping[str, int]) -> Mapping[str, int]:
    """Return answers with the opinions moved to both ends of the scale, the rest as it was."""
    valued = scale.opinions
    opinions = sum(answers.get(option, 0) for option in valued)
    best, worst = max(valued, key=lambda option: valued[option]), min(valued, key=lambda option: valued[option])
    kept = {option: count for option, count in answers.items() if option not in valued}
    return {**kept, **dict.fromkeys(valued, 0), worst: opinions - opinions // 2, best: opinions // 2}

"""What the public may see of the survey: which counts, group means and group points are shown, which are hidden.

Points of leaves are always public. What is hidden because a group is small or everyone answered alike takes other
groups of the same leaf with it, until nothing hidden follows from what is published: decisions 0026 and 0062. Whether
that is enough over all releases is proved by `protection`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, cached_property, reduce
from itertools import islice
from math import ceil, floor, lcm
from operator import or_

from pipeline.core.ground.numbers import Rounding, places, rounded
from pipeline.core.index.scoring import AgencyScore, LeafScore, Results, amended_counts, is_sipas, score
from pipeline.core.index.survey_points import BLANK, GroupPart, group_points, scale_of, valid_forms
from pipeline.core.record.model import Amendment, Counts, Moments, Scale, SurveyPlan, Year
from pipeline.core.record.stages import SURVEY

Place = tuple[str, str, str]  # group, agency, question or criterion
VALUES = 3  # that each hidden figure keeps where there is another group to hide

DRAWN = 2  # decimals beyond the year's to which drawings, and what is made of several agencies, tell an exact leaf


@dataclass(frozen=True)  # no slots: what was worked out is kept
class Disclosure:
    """What is hidden of a year's survey; whatever is not named here may be shown.

    `counts` are rows (group, agency, question), `parts` what a group gave a leaf (group, agency, criterion): its mean,
    its points and their standard errors. `small` are groups of an agency under `show_from`, whose every figure is
    hidden.
    """

    counts: frozenset[Place]
    parts: frozenset[Place]
    small: frozenset[tuple[str, str]]

    def shows_counts(self, group: str, agency: str, question: str) -> bool:
        """Tell whether the counts of a question, and its mean, may be shown."""
        return (group, agency, question) not in self.counts

    def shows_part(self, group: str, agency: str, criterion: str) -> bool:
        """Tell whether a group's mean, points and interval of a leaf may be shown."""
        return (group, agency, criterion) not in self.parts

    def limited(self, plan: SurveyPlan) -> tuple[str, ...]:
        """Return the groups whose least number of forms is worth a word: the policy names it, or it hides something."""
        return tuple(group for group in plan.groups if group in plan.show_from or group in dict(self.small))

    def shows_mean(self, group: str, agency: str) -> bool:
        """Tell whether a group's mean over all leaves of an agency may be shown: none of its parts is hidden."""
        return (group, agency, None) not in self._hiding

    def shows_all(self, group: str) -> bool:
        """Tell whether all that a group answered may be shown, and so what is estimated over all agencies."""
        return (group, None, None) not in self._hiding

    def is_whole(self, agency: str, criterion: str | None = None) -> bool:
        """Tell whether no part of a leaf, or of any leaf of the agency, is hidden.

        A standard error over several groups is published only then: it would tell of the hidden ones.
        """
        return (None, agency, criterion) not in self._hiding

    @cached_property
    def _hiding(self) -> frozenset[tuple[str | None, str | None, str | None]]:
        """Return what something is hidden of: a group, what it gave an agency, an agency, a leaf of an agency."""
        return frozenset(
            of
            for group, agency, leaf in self.parts
            for of in ((group, None, None), (group, agency, None), (None, agency, None), (None, agency, leaf))
        )


@dataclass(frozen=True, slots=True)
class Unknown:
    """A hidden figure as an outsider sees it: the whole values it may have, and what a step of it adds to the leaf.

    Of a question the value is the sum of its answers in units of its scale, with the number of opinions known.
    """

    part: Place
    question: str | None  # whose answers they are; None where there is one figure of the leaf
    step: Fraction  # points of the leaf
    values: Sequence[int]  # in order
    true: int


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


@dataclass(frozen=True, slots=True)
class _Seen:
    """What earlier releases told of an agency: the answers of rows that they showed, and the parts that they hid."""

    rows: Mapping[Place, tuple[Mapping[str, int], ...]]
    hidden: frozenset[Place]

    def after(self, counts: Iterable[Counts], told: Disclosure) -> _Seen:
        """Return what is known after one more release."""
        shown = {
            (item.group, item.agency, question): answers
            for item in counts
            for question, answers in item.answers.items()
            if told.shows_counts(item.group, item.agency, question)
        }
        rows = {place: (*self.rows.get(place, ()), answers) for place, answers in shown.items()}
        return _Seen({**self.rows, **rows}, self.hidden | told.parts)

    def is_near(self, place: Place, answers: Mapping[str, int], least: int) -> bool:
        """Tell whether a row differs from one that was shown by fewer people than may be told of."""
        return any(0 < people_apart(answers, seen) < least for seen in self.rows.get(place, ()))


def disclosure(results: Results) -> Disclosure:
    """Decide what the public may see of a year's survey.

    Hidden are all figures of a group with fewer valid forms at an agency than `show_from`, and what a group gave a leaf
    where all of its people, or all but one, gave a question the same answer; then what a group gave where a question is
    passed over after a hidden one; then, leaf by leaf, a second group, the one with the fewest answers: no group is
    hidden alone while others count. Each hidden figure keeps at least three values that agree with everything
    published, even to those who know all other hidden figures but one of another group; where two groups do not give
    that, and where people of a group that is not small answered alike, every group of the leaf is hidden: who knows the
    rule learns that some group did, not which.

    Each correction of a survey that was closed is a further release. What one hid stays hidden; so does a row that
    differs from a released one by fewer people than `show_from`. What a release showed cannot hide another figure.
    """
    year, own = results.year, dict[str, list[Counts]]()
    for item in amended_counts(year).values():
        own.setdefault(item.agency, []).append(item)
    corrected, told = any(one.counts is not None for one in year.amendments), []
    alone = apart(year) if corrected else {}
    for entry in results.agencies:
        seen = _Seen({}, frozenset())
        for before in earlier_states(alone[entry.agency.slug]) if corrected else ():
            counts = amended_counts(before).values()
            seen = seen.after(counts, _hidden_of(before, score(before).agencies[0], counts, seen))
        told.append(_hidden_of(year, entry, own.get(entry.agency.slug, []), seen))
    return Disclosure(
        counts=frozenset[Place]().union(*(one.counts for one in told)),
        parts=frozenset[Place]().union(*(one.parts for one in told)),
        small=frozenset[tuple[str, str]]().union(*(one.small for one in told)),
    )


def apart(year: Year) -> Mapping[str, Year]:
    """Return a year for each agency, as if it had that one alone: what is hidden of one depends on no other."""
    counts: dict[str, dict[tuple[str, str], Counts]] = {agency: {} for agency in year.agencies}
    for place, item in year.counts.items():
        counts.setdefault(item.agency, {})[place] = item
    amendments: dict[str, tuple[Amendment, ...]] = {}
    for one in year.amendments:
        amendments[one.agency] = (*amendments.get(one.agency, ()), one)
    alone = {
        slug: replace(year, agencies={slug: agency}, counts=counts[slug], amendments=amendments.get(slug, ()))
        for slug, agency in year.agencies.items()
    }
    earlier = [apart(one) for one in year.earlier]
    return {slug: replace(own, earlier=tuple(one.get(slug, own) for one in earlier)) for slug, own in alone.items()}


def known_at_approvals(year: Year) -> tuple[frozenset[str], ...]:
    """Return which corrections of a year each approval knew, and all of them last: by these states it was public."""
    numbers = [*(one.number for one in year.amendments), *(one.number for one in year.replacements)]
    known = (table.knew for table in year.approvals if table.knew is not None)
    seen = (frozenset(number for number in numbers if number <= last) for last in known)
    return tuple(dict.fromkeys((*seen, frozenset(numbers))))


def earlier_states(own: Year) -> Iterator[Year]:
    """Yield the year of one agency as it was before each decision that corrected its survey, the oldest first."""
    corrected = sorted((one for one in own.amendments if one.counts is not None), key=lambda one: one.number)
    decisions = [one.decision.number for one in corrected]
    for place, number in enumerate(decisions):
        if place == 0 or number != decisions[place - 1]:
            later = {one.number for one in corrected[place:]}
            yield replace(own, amendments=tuple(one for one in own.amendments if one.number not in later))


def _hidden_of(year: Year, entry: AgencyScore, own: Iterable[Counts], seen: _Seen) -> Disclosure:
    """Decide what the public may see of one agency, whose counts are its own, after what it has seen."""
    counts = {item.group: item for item in own}
    small = {group for group, item in counts.items() if is_small(year, group, valid_forms(item))}
    rows = {
        (group, item.agency, criterion): _rows(year, item, criterion)
        for group, item in counts.items()
        for criterion in _criteria(year, item)
    }
    alike = {
        place
        for place, asked in rows.items()
        if place[0] not in small and any(_are_alike(counts[place[0]].answers[name]) for name in asked)
    }
    near = {
        (group, agency, criterion)
        for (group, agency, criterion), asked in rows.items()
        for name in asked
        if seen.is_near((group, agency, name), counts[group].answers[name], _shown_from(year, group))
    }
    stay = {place for place in rows if place[0] in small or place in seen.hidden}
    hidden, more = set[Place](), alike | near | stay
    while more - hidden:
        hidden |= more
        more = _following(year, hidden)
        for leaf in entry.leaves:
            more |= _complement(year, entry, leaf, hidden, alike, seen)
    return Disclosure(
        counts=frozenset((group, agency, name) for group, agency, code in hidden for name in rows[group, agency, code]),
        parts=frozenset(hidden),
        small=frozenset((group, entry.agency.slug) for group in small),
    )


def people_apart(answers: Mapping[str, int], others: Mapping[str, int]) -> int:
    """Return by how many people two states of a row differ at least: those who came, or those who left."""
    moves = [answers.get(option, 0) - others.get(option, 0) for option in {*answers, *others}]
    return max(sum(move for move in moves if move > 0), -sum(move for move in moves if move < 0))


def _shown_from(year: Year, group: str) -> int:
    return year.survey.shown_from(group) if year.survey else 0


def is_small(year: Year, group: str, valid: int | None) -> bool:
    """Tell whether a group's valid forms are fewer than may be told of."""
    return valid is not None and valid < _shown_from(year, group)


def _are_alike(answers: Mapping[str, int]) -> bool:
    """Tell whether all who answered, or all but one, gave the same answer; what is left blank is no answer.

    One who answered otherwise than all others would read every answer off the counts.
    """
    given = [count for option, count in answers.items() if option != BLANK]
    return sum(given) > 0 and sum(given) - max(given) <= 1


def _criteria(year: Year, counts: Counts) -> Iterator[str]:
    """Yield the criteria that a file of counts gives figures for."""
    questions = year.survey_plan.questions
    asked = [questions[name].criterion for name in counts.answers if name in questions]
    sipas = [leaf.code for leaf in year.leaves() if is_sipas(leaf) and counts.group in group_points(leaf)]
    return iter(dict.fromkeys([*asked, *counts.points, *(sipas if counts.sipas is not None else [])]))


def _rows(year: Year, counts: Counts, criterion: str) -> list[str]:
    questions = year.survey_plan.questions
    return [name for name in counts.answers if name in questions and questions[name].criterion == criterion]


def _following(year: Year, hidden: Iterable[Place]) -> set[Place]:
    """Return the parts with a question that is passed over after an answer to a hidden one: its blanks tell of it."""
    questions = year.survey_plan.questions
    return {
        (group, agency, question.criterion)
        for group, agency, criterion in hidden
        for question in questions.values()
        if question.skip_if is not None and group in question.groups
        if (earlier := questions.get(question.skip_if.question)) is not None and earlier.criterion == criterion
    }


def _complement(  # noqa: PLR0917 - a leaf, and all that is known before
    year: Year, entry: AgencyScore, leaf: LeafScore, known: set[Place], alike: set[Place], seen: _Seen
) -> set[Place]:
    """Return the parts of a leaf to hide, the known ones with them."""
    parts = {_place(part, leaf): part for part in contributing(leaf)}
    hidden = [place for place in parts if place in known]
    if not hidden:
        return set()
    by_answers = sorted(parts, key=lambda place: _answers(parts[place]))
    rest = [place for place in by_answers if place not in known and not _was_seen(parts[place], seen)]
    more = len(rest) if alike.intersection(hidden) else 1 if len(hidden) == 1 else 0
    hidden, rest = [*hidden, *rest[:more]], rest[more:]
    if rest and not _all_free(unknowns(year, leaf, hidden), published_window(year, entry, leaf)):
        hidden += rest
    return set(hidden)


def _was_seen(part: GroupPart, seen: _Seen) -> bool:
    """Tell whether an earlier release showed all answers of a part as they are."""
    rows = {row.question: part.counts.answers[row.question] for row in part.questions if row.mean is not None}
    places = {(part.group, part.counts.agency, question): answers for question, answers in rows.items()}
    return bool(places) and all(answers in seen.rows.get(place, ()) for place, answers in places.items())


def _place(part: GroupPart, leaf: LeafScore) -> Place:
    return part.group, part.counts.agency, leaf.criterion.code


def contributing(leaf: LeafScore) -> list[GroupPart]:
    """Return the parts that a leaf's published points are the sum of."""
    if leaf.survey is None or leaf.points is None:
        return []
    return [part for part in leaf.survey.parts if part.points is not None]


def _answers(part: GroupPart) -> int:
    return sum(row.opinions for row in part.questions)


def _all_free(unknown: Sequence[Unknown], window: PointsWindow) -> bool:
    """Tell whether each hidden figure has enough values even where all others but one of another group are known."""

    def is_free(one: Unknown) -> bool:
        others: list[Unknown | None] = [other for other in unknown if other.part != one.part]
        found = (len(list(islice(possible_values(one, other, window), VALUES))) for other in others or [None])
        return any(number == VALUES for number in found)

    return all(is_free(one) for one in unknown)


def unknowns(year: Year, leaf: LeafScore, hidden: Iterable[Place]) -> tuple[Unknown, ...]:
    """Return the hidden figures that a leaf's points are made of; questions without any opinion add nothing."""
    places_hidden = set(hidden)
    parts = (part for part in contributing(leaf) if _place(part, leaf) in places_hidden)
    return tuple(one for part in parts for one in _unknown_of(year, leaf, part))


def _unknown_of(year: Year, leaf: LeafScore, part: GroupPart) -> Iterator[Unknown]:
    place, code = _place(part, leaf), leaf.criterion.code
    handed = part.counts.points.get(code)
    if handed is not None or part.counts.sipas is not None:
        value = handed if handed is not None else part.counts.sipas
        assert value is not None
        least = 10 ** max(places(value), year.cycle.policy.points.decimals)
        whole = Fraction(part.out_of) if handed is not None else Fraction(100)
        values = range(floor(whole * least) + 1)
        yield Unknown(place, None, Fraction(part.out_of) / whole / least, values, int(value * least))
        return
    heard = [row for row in part.questions if row.mean is not None]
    for row in heard:
        units, unit = scale_units(scale_of(year, row.question))
        counts = part.counts.answers[row.question]
        yield Unknown(
            part=place,
            question=row.question,
            step=Fraction(part.out_of) * unit / (len(heard) * row.opinions),
            values=sums(row.opinions, tuple(units.values())),
            true=sum(counts.get(option, 0) * worth for option, worth in units.items()),
        )


def scale_units(scale: Scale) -> tuple[Mapping[str, int], Fraction]:
    """Return the options that carry a value as whole multiples of a unit, and the unit."""
    values = {option: Fraction(value) for option, value in scale.opinions.items()}
    parts = lcm(*(value.denominator for value in values.values()))
    return {option: int(value * parts) for option, value in values.items()}, Fraction(1, parts)


@cache
def sums(answers: int, units: tuple[int, ...]) -> tuple[int, ...]:
    """Return every sum that a number of answers over options worth `units` can have, in order.

    The bits of one whole number say which sums there are: one more answer moves them all by what it may be worth.
    """
    found = 1
    for _ in range(answers):
        found = reduce(or_, (found << unit for unit in units))
    return tuple(total for total, bit in enumerate(reversed(f"{found:b}")) if bit == "1")


def published_window(year: Year, entry: AgencyScore, leaf: LeafScore) -> PointsWindow:
    """Return how far a leaf's exact points may be from the true ones without any published figure changing.

    Leaves that are rounded are all that sums are made of. Where the year keeps them exact, the published sums and
    indices that the leaf is part of narrow it, every other leaf taken as known; and drawings, medians and shares of
    several agencies tell it finer than tables do.
    """
    assert leaf.survey is not None
    policy, points = year.cycle.policy, year.cycle.policy.points
    decimals = points.decimals + (DRAWN if points.leaf_exact else 0)
    bounds = [_rounding(leaf.survey.points, Fraction(1), decimals, points.rounding)]
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


def possible_values(one: Unknown, other: Unknown | None, window: PointsWindow) -> Iterator[int]:
    """Yield every value of a hidden figure that another one can complete to points inside the window, exactly.

    Two people gave 0 or 1, and their mean gives the leaf half a point a person; the published points tell them apart.
    Alone the figure is fixed, and hiding it would hide nothing. With a group of four hidden beside it, worth a quarter
    of a point a person, it may be any sum from 0 to 2:

    >>> window = PointsWindow(Fraction(-1, 200), Fraction(1, 200), low_open=False, high_open=True)
    >>> two = Unknown(("two", "x", "1.1"), "q", Fraction(1, 2), sums(2, (0, 1)), true=1)
    >>> four = Unknown(("four", "x", "1.1"), "q", Fraction(1, 4), sums(4, (0, 1)), true=2)
    >>> list(possible_values(two, None, window)), list(possible_values(two, four, window))
    ([1], [1, 0, 2])
    """
    scale = lcm(one.step.denominator, other.step.denominator if other else 1)
    least, most = window.steps(scale)
    step = int(one.step * scale)
    moves = [(value - other.true) * int(other.step * scale) for value in other.values] if other else [0]
    for value in sorted(one.values, key=lambda value: abs(value - one.true)):
        moved = (value - one.true) * step
        place = bisect_left(moves, least - moved)
        if place < len(moves) and moves[place] <= most - moved:
            yield value


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

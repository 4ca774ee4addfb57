"""Whether what is hidden of a survey stays hidden from those who hold every release together and know the rule.

Decision 0062. For each hidden row other answers are looked for that would have published the same, in every release:
the same points, sums, indices, ranks and grades, the same rows shown and hidden. A solver proposes them; that they
publish the same is computed anew, exactly, so a solver that errs can only leave something unproved. What no other
answers were found for is not protected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, islice, permutations, product
from math import comb, lcm
from typing import NamedTuple, TypeAlias

from pipeline.core.ground.numbers import fixed, rounded
from pipeline.core.index.scoring import AgencyScore, Results, amended_counts, compared, score
from pipeline.core.index.survey_points import BLANK, scale_of
from pipeline.core.index.words import figures_of
from pipeline.core.record.model import AgencyQuestion, Counts, Year
from pipeline.core.survey.disclosure import (
    DRAWN,
    Disclosure,
    apart,
    contributing,
    disclosure,
    people_apart,
    published_window,
    scale_units,
    widest,
)
from pipeline.core.survey.intervals import estimate

TABLES = 3  # different tables that a hidden row keeps, or all that there are of so few people
WIDTH = 10  # percent of the people of a hidden row, and one at least, by which each of its counts may be off

World: TypeAlias = tuple[int, ...]
Answers: TypeAlias = tuple[tuple[str, int], ...]  # option -> count, in the order of the file


@dataclass(frozen=True, slots=True)
class Law:
    """A sum of whole numbers times what each counts that lies between two bounds."""

    factors: Mapping[int, int]
    least: int
    most: int

    def holds(self, world: World) -> bool:
        """Tell whether numbers keep the law."""
        return self.least <= _value(self.factors, world) <= self.most


@dataclass(frozen=True, slots=True)
class Program:
    """Whole numbers from a least to a most each, the laws they keep, and what is to be as large as can be."""

    bounds: tuple[tuple[int, int], ...]
    laws: tuple[Law, ...]
    aim: Mapping[int, int] = field(default_factory=dict)


Solver: TypeAlias = Callable[[Program], World | None]


@dataclass(frozen=True, slots=True)
class Protection:
    """How well one hidden row is protected: `code` says what is wrong, None that it is proved to be safe."""

    group: str
    agency: str
    criterion: str
    question: str
    people: int  # whose answers are not known
    tables: int  # found, the true one with them; more than that may be possible
    narrowest: int  # people between the least and the greatest count, of the cell where that is least
    code: str | None


class _State(NamedTuple):
    """What a group answered to a question about the agency, in the releases that have these very answers."""

    group: str
    question: str
    answers: Answers

    @property
    def counts(self) -> Mapping[str, int]:
        """Return the answers by option."""
        return dict(self.answers)


@dataclass(frozen=True, slots=True)
class _Release:
    """One agency in one release: its year alone, its result, what was told, and the numbers of its rivals."""

    year: Year
    entry: AgencyScore
    told: Disclosure
    rivals: tuple[Fraction, ...]

    def shows(self, state: _State) -> bool:
        return self.told.shows_counts(state.group, self.entry.agency.slug, state.question)


def protections(releases: Sequence[Results], solve: Solver) -> Iterator[Protection]:
    """Yield each row that a release hides, or that two releases tell apart, and how well it is protected.

    Args:
        releases: the year in every state that was or will be public, the oldest first.
        solve: what finds whole numbers that keep laws.
    """
    years = [apart(results.year) for results in releases]
    for agency in dict.fromkeys(entry.agency.slug for results in releases for entry in results.agencies):
        told = [(results, alone, results.of(agency)) for results, alone in zip(releases, years, strict=True)]
        own = [_release(results, alone[agency], entry) for results, alone, entry in told if entry is not None]
        faces, leaves = [_face(release) for release in own], [leaf for release in own for leaf in release.entry.leaves]
        for code in dict.fromkeys(leaf.criterion.code for leaf in leaves if leaf.survey is not None):
            yield from _Case(own, faces, agency, code).protections(solve)
    yield from joint_answers(releases[-1])


def joint_answers(results: Results) -> Iterator[Protection]:
    """Yield each two questions of a leaf whose published errors tell how the same people answered both.

    Counts say how many gave each answer, an error how two questions went together: from it follows the sum of products,
    and of few people that says who gave which two answers. So other sums, one or two steps away, must round alike.
    """
    alone = apart(results.year)
    for entry in results.agencies:
        year = alone[entry.agency.slug]
        own = replace(results, year=year, agencies=(entry,))
        public = widest(own, disclosure(own))
        for group, moments in public.year.moments.items():
            for one, other in moments.pairs:
                asked = year.survey_plan.questions
                same = one.agency == other.agency == entry.agency.slug and one != other
                if same and asked[one.question].criterion == asked[other.question].criterion:
                    found = _sums_alike(public, group, (one, other))
                    if found < TABLES:
                        people, code = moments.pairs[one, other].n, asked[one.question].criterion
                        place = (group, one.agency, code, one.question)
                        yield Protection(*place, people, found, found - 1, "disclosure-joint")


def _sums_alike(public: Results, group: str, pair: tuple[AgencyQuestion, AgencyQuestion]) -> int:
    """Return how many sums of products of two questions round to the same errors: the true one and two nearest ones."""
    year, moments = public.year, public.year.moments[group]
    units = [scale_units(scale_of(year, asked.question))[1] for asked in pair]
    step = Decimal(units[0].numerator * units[1].numerator) / (units[0].denominator * units[1].denominator)

    def told(steps: int) -> object:
        sums = replace(moments.pairs[pair], products=moments.pairs[pair].products + steps * step)
        other = replace(moments, pairs={**moments.pairs, pair: sums})
        return _errors(replace(public, year=replace(year, moments={**year.moments, group: other})))

    true = told(0)
    return 1 + len(list(islice((steps for steps in (1, -1, 2, -2) if told(steps) == true), TABLES - 1)))


def _errors(results: Results) -> object:
    """Return the intervals of an agency as they are published."""
    policy, found = results.year.cycle.policy, estimate(results)
    agencies = [one for own in found.agencies.values() for one in (own.index, own.points) if one]
    groups = [own.mean for own in found.groups.values() if own.mean]
    finest = max(policy.points.decimals, policy.index_decimals)
    told = (found.leaves.values(), policy.points.decimals), (agencies, finest), (groups, 3)
    ends = [(one.low, one.high, decimals) for figures, decimals in told for one in figures]
    return [
        None if low is None or high is None else (fixed(Fraction(low), decimals), fixed(Fraction(high), decimals))
        for low, high, decimals in ends
    ], [end and fixed(Fraction(end), 2) for one in found.reliability for end in (one.alpha, one.low, one.high)]


def _release(results: Results, year: Year, entry: AgencyScore) -> _Release:
    policy = year.cycle.policy  # of rounded indices ranks tell nothing more
    rivals = (one for one in results.agencies if one is not entry) if policy.rank_on_exact else ()
    numbers = (compared(one, policy) for one in rivals)
    return _Release(
        year=year,
        entry=entry,
        told=disclosure(replace(results, year=year, agencies=(entry,))),
        rivals=tuple(number for number in numbers if number is not None),
    )


def _face(release: _Release) -> object:
    """Return all that is public of an agency and depends on hidden answers: two equal faces tell the same."""
    entry, year = release.entry, release.year
    policy, points = year.cycle.policy, year.cycle.policy.points
    decimals = points.decimals + (DRAWN if points.leaf_exact else 0)
    number = compared(entry, policy) or Fraction(0)
    indices = (*(area.index for area in entry.areas), entry.survey.index)
    return (
        release.told.parts,
        figures_of(entry, year) | {"rank": None},
        [None if leaf.points is None else rounded(leaf.points, decimals, points.rounding) for leaf in entry.leaves],
        [policy.rounded_points(value) for value in (*(area.points for area in entry.areas), entry.survey.points)],
        [policy.rounded_index(value) for value in indices if value is not None],
        sum(rival > number for rival in release.rivals),
        sum(rival == number for rival in release.rivals),
    )


class _Case:
    """One leaf of one agency in all releases: what is unknown of it, and what everything published says of that."""

    def __init__(self, releases: Sequence[_Release], faces: Sequence[object], agency: str, code: str) -> None:
        self.releases, self.faces, self.agency, self.code = releases, faces, agency, code
        self.units: dict[_State, Mapping[str, int]] = {}  # by state, in the order of release
        self.shown, self.hidden = dict[_State, int](), dict[_State, int]()  # the last release that shows, hides it
        for number, release in enumerate(releases):
            for state in self._states(release):
                self.units[state] = scale_units(scale_of(release.year, state.question))[0]
                (self.shown if release.shows(state) else self.hidden)[state] = number
        self.small = {group for release in releases for group, _ in release.told.small}
        unknown = [state for state in self.units if state not in self.shown]
        cells = [(state, option) for state in unknown for option in self.units[state]]
        self.places = {cell: place for place, cell in enumerate(cells)}
        self.unknown = unknown
        self.truth = tuple(state.counts.get(option, 0) for state, option in cells)

    def _states(self, release: _Release) -> Iterator[_State]:
        plan = release.year.survey
        for item in amended_counts(release.year).values():
            for question, answers in item.answers.items():
                if plan and question in plan.questions and plan.questions[question].criterion == self.code:
                    yield _State(item.group, question, tuple(answers.items()))

    def _opinions(self, state: _State) -> int:
        return sum(state.counts.get(option, 0) for option in self.units[state])

    def _near(self) -> Iterator[tuple[_State, _State, int]]:
        """Yield each two states of a row that fewer people set apart than may be told of, the earlier first."""
        least = self.releases[-1].year.survey
        for state, other in combinations(self.units, 2):
            if least and (state.group, state.question) == (other.group, other.question):
                people = people_apart(state.counts, other.counts)
                if 0 < people < least.shown_from(state.group):
                    yield state, other, people

    # --- what is protected --------------------------------------------------------------------------------------------

    def protections(self, solve: Solver) -> Iterator[Protection]:
        """Yield how well each row of the leaf, and each difference of two releases of a row, is protected."""
        for state, number in self.hidden.items():
            if self.shown.get(state, -1) > number:
                yield self._told(state, self._opinions(state), 1, 0, "disclosure-shown")
        search = _Search(self, solve)
        for state, other, people in self._near():
            if state in self.shown and other in self.shown:
                yield self._told(other, people, 1, 0, "disclosure-difference")
            hidden = [
                option for option in self.units[state] if {(state, option), (other, option)} <= self.places.keys()
            ]
            if hidden:
                aims = [{self.places[other, option]: 1, self.places[state, option]: -1} for option in hidden]
                yield self._proved(other, people, aims, search)
        for state in self.unknown:
            free = self._free(state)
            if free:
                yield self._proved(
                    state, free, [{self.places[state, option]: 1} for option in self.units[state]], search
                )

    def _free(self, state: _State) -> int:
        """Return how many opinions of a row may not be told: by how many it differs from every one that was shown.

        Nine who were hidden and are among twelve that a later release shows leave open who the three are that came.
        """
        seen = [one for one in self.shown if (one.group, one.question) == (state.group, state.question)]
        own, *others = ({option: one.counts.get(option, 0) for option in self.units[state]} for one in (state, *seen))
        return min([self._opinions(state), *(people_apart(own, other) for other in others)])

    def _proved(self, state: _State, people: int, aims: Sequence[Mapping[int, int]], search: _Search) -> Protection:
        """Look for other answers until every cell has moved far enough and there are enough tables, or no others."""
        width, tables = max(1, people * WIDTH // 100), min(TABLES, comb(people + len(aims) - 1, len(aims) - 1))
        for aim, sign in product(aims, (1, -1)):
            for _ in search.tries({place: sign * factor for place, factor in aim.items()}, width):
                if search.moved(aim) >= width:
                    break
        for one, other in permutations(aims, 2):
            for _ in search.tries({**one, **{place: -factor for place, factor in other.items()}}, width):
                if search.tables(aims) >= tables:
                    break
        found, narrowest = search.tables(aims), min(map(search.moved, aims))
        code = "disclosure-fixed" if found == 1 else "disclosure-narrow"
        return self._told(state, people, found, narrowest, None if found >= tables and narrowest >= width else code)

    def _told(self, state: _State, people: int, tables: int, narrowest: int, code: str | None) -> Protection:
        return Protection(state.group, self.agency, self.code, state.question, people, tables, narrowest, code)

    # --- what is known ------------------------------------------------------------------------------------------------

    def laws(self) -> Iterator[Law]:
        """Yield what everybody knows of the unknown counts: sums of rows, points, what later releases only added."""
        for state in self.unknown:
            opinions = self._opinions(state)
            yield Law({self.places[state, option]: 1 for option in self.units[state]}, opinions, opinions)
        for release in self.releases:
            yield from self._points_law(release)
        for state, other, people in self._near():
            for option in self.units[state]:
                now, before = other.counts.get(option, 0), state.counts.get(option, 0)
                came = all(count <= other.counts.get(name, 0) for name, count in state.counts.items())
                yield self._law({(other, option): 1, (state, option): -1}, now - before, 0 if came else -people, people)

    def _law(self, terms: Mapping[tuple[_State, str], int], true: int, least: int, most: int) -> Law:
        """Return a law of a sum that truly is so much, of which only some terms are unknown."""
        factors = {self.places[cell]: factor for cell, factor in terms.items() if cell in self.places}
        known = true - sum(factor * self.truth[place] for place, factor in factors.items())
        return Law(factors, least - known, most - known)

    def _points_law(self, release: _Release) -> Iterator[Law]:
        leaf = release.entry.leaf(self.code)
        steps: dict[tuple[_State, str], Fraction] = {}
        for part in contributing(leaf) if leaf is not None else ():
            heard = [row for row in part.questions if row.mean is not None]
            for row in heard:
                state = _State(part.group, row.question, tuple(part.counts.answers.get(row.question, {}).items()))
                unit = scale_units(scale_of(release.year, row.question))[1]
                step = Fraction(part.out_of) * unit / (len(heard) * row.opinions)
                steps |= {
                    (state, o): step * units for o, units in self.units[state].items() if (state, o) in self.places
                }
        if leaf is not None and steps:
            scale = lcm(*(step.denominator for step in steps.values()))
            least, most = published_window(release.year, release.entry, leaf).steps(scale)
            yield self._law({cell: int(step * scale) for cell, step in steps.items()}, 0, least, most)

    def stories(self) -> list[tuple[Law, ...]]:
        """Return what may be why the leaf is hidden: somebody answered alike, where any group did; else nobody did."""
        open_rows = [(state, self._given(state)) for state in self.unknown if state.group not in self.small]
        alike = any(max(state.counts.get(o, 0) for o in self.units[state]) >= given - 1 for state, given in open_rows)
        cells = [(self.places[state, option], given) for state, given in open_rows for option in self.units[state]]
        if alike:
            return [(Law({place: 1}, given - 1, given),) for place, given in cells]
        return [tuple(Law({place: 1}, 0, given - 2) for place, given in cells)]

    def _given(self, state: _State) -> int:
        return sum(count for option, count in state.answers if option != BLANK)

    def publishes_the_same(self, world: World) -> bool:
        """Tell whether other answers would have given the very same releases, computed anew and exactly."""
        answers = {
            state: {**state.counts, **{o: world[self.places[state, o]] for o in self.units[state]}}
            for state in self.unknown
        }
        for release, face in zip(self.releases, self.faces, strict=True):
            results = score(_answered(release.year, answers))
            other = replace(release, year=results.year, entry=results.agencies[0], told=disclosure(results))
            if _face(other) != face:
                return False
        return True


def _answered(year: Year, answers: Mapping[_State, Mapping[str, int]]) -> Year:
    """Return a year in which some rows have other answers, wherever their old ones stand."""

    def changed(item: Counts) -> Counts:
        rows = {
            name: answers.get(_State(item.group, name, tuple(row.items())), row) for name, row in item.answers.items()
        }
        return replace(item, answers=rows)

    return replace(
        year,
        counts={place: changed(item) for place, item in year.counts.items()},
        amendments=tuple(
            one if one.counts is None else replace(one, counts=changed(one.counts)) for one in year.amendments
        ),
    )


class _Search:
    """The search for other answers to the unknown rows of one leaf; what it found stands in `worlds`."""

    def __init__(self, case: _Case, solve: Solver) -> None:
        self._case, self._solve = case, solve
        self.worlds = [case.truth]
        self._laws, self._stories = tuple(case.laws()), case.stories()
        self._most = [sum(state.counts.get(o, 0) for o in case.units[state]) for state, _ in case.places]

    def tries(self, aim: Mapping[int, int], width: int) -> Iterator[None]:
        """Look for answers that reach far in one direction and publish the same; yield before each try.

        Near answers come first: far ones may be of another mind altogether, so that other rows would have been hidden.
        """
        for reach, story in product((width + 1, 6 * width, sum(self._case.truth)), self._stories):
            yield
            near = zip(self._case.truth, self._most, strict=True)
            bounds = tuple((max(0, true - reach), min(most, true + reach)) for true, most in near)
            laws = (*self._laws, *story)
            world = self._solve(Program(bounds, laws, aim))
            if world is None or world in self.worlds or not all(law.holds(world) for law in laws):
                continue
            if self._case.publishes_the_same(world):
                self.worlds.append(world)

    def moved(self, aim: Mapping[int, int]) -> int:
        """Return between how far apart values a sum was found."""
        values = [_value(aim, world) for world in self.worlds]
        return max(values) - min(values)

    def tables(self, aims: Sequence[Mapping[int, int]]) -> int:
        """Return how many different tables were found."""
        return len({tuple(_value(aim, world) for aim in aims) for world in self.worlds})


def _value(factors: Mapping[int, int], world: World) -> int:
    return sum(factor * world[place] for place, factor in factors.items())

"""From respondents' answers to files of counts: the rules of validity as data, and the sums.

Works on numbers of forms only; a respondent never reaches this module. Columns and words are recognised by `responses`,
rows are gone through by the adapter `tables`: decision 0022.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, combinations_with_replacement
from typing import Final, Literal, NamedTuple, TypeAlias, TypeVar

from pipeline.core.ground.numbers import places
from pipeline.core.ground.problems import ParindexError
from pipeline.core.index.scoring import roads
from pipeline.core.index.survey_points import BLANK, answerable, group_points
from pipeline.core.record.editing import Writable, needs_quotes
from pipeline.core.record.model import CriterionWeight, Group, Question, SurveyPlan, Validity, Year

# Why a form does not count, in the order in which one reason is taken where several hold.
VALID: Final = "valid"
DUPLICATE: Final = "duplicate"
REFUSED: Final = "review-refused"  # those who reviewed the form in the tool refused it
UNFINISHED: Final = "unfinished"  # begun and never sent
OUTSIDE: Final = "outside-dates"
TOO_FAST: Final = "too-fast"
OWN_AGENCY: Final = "own-agency"
INCOMPLETE: Final = "incomplete"
STRAIGHT: Final = "straight-line"
VERDICTS: Final = (VALID, DUPLICATE, REFUSED, UNFINISHED, OUTSIDE, TOO_FAST, OWN_AGENCY, INCOMPLETE, STRAIGHT)
# Of a form with several agencies one that it does not name: no reason, for such a form was never theirs.
NOT_NAMED: Final = len(VERDICTS)

RETURNED: Final = "returned"
STRAIGHT_KEPT: Final = "straight-line-kept"  # valid all the same, where the rule keeps them
MODES: Final = ("online", "in-person")
PERSONS: Final = ""  # in the place of an agency: the people, where one form rates several agencies
MOST_DECIMALS: Final = 3  # of an option's value, so that products keep to the six decimals that a file may hold
EXACTNESS: Final = 24  # decimals of points that a form's contribution is rounded to, long before products are
PRODUCT: Final = 15  # decimals of points squared that a sum of products is written with
LOCAL_SECONDS: Final = 7 * 3600  # Vietnam has no summer time: decision 0010

Item: TypeAlias = tuple[str, str]  # agency, question
Key = TypeVar("Key")
Figure = TypeVar("Figure")


class Pair(NamedTuple):
    """What two items have in common: how many forms answer both, their two sums and the sum of products, in units."""

    n: int
    first: int
    second: int
    products: int


class CommonForms(NamedTuple):
    """What two agencies have in common: forms that have an opinion on both, and a sum of products in 10^-48 points²."""

    n: int
    product: int


@dataclass(frozen=True, slots=True)
class Sums:
    """Counts of a part of the forms; those of two parts add up to those of both."""

    forms: Mapping[tuple[str, str], int] = field(default_factory=dict)  # (agency, what) -> forms
    answers: Mapping[tuple[str, str, str], int] = field(default_factory=dict)  # (agency, question, option) -> forms
    pairs: Mapping[tuple[Item, Item], Pair] = field(default_factory=dict)
    shared: Mapping[tuple[str, str], CommonForms] = field(default_factory=dict)  # by two agencies

    def __add__(self, other: Sums) -> Sums:
        """Return the sums of both parts."""
        return Sums(
            _added(self.forms, other.forms, int.__add__),
            _added(self.answers, other.answers, int.__add__),
            _added(self.pairs, other.pairs, lambda one, other: Pair(*map(int.__add__, one, other))),
            _added(self.shared, other.shared, lambda one, other: CommonForms(*map(int.__add__, one, other))),
        )

    def of(self, agency: str, what: str) -> int:
        """Return a number of forms."""
        return self.forms.get((agency, what), 0)


class Reject(NamedTuple):
    """One form that does not count, for the local report: where it stands, of which agency, and why."""

    file: str
    sheet: str
    row: int
    agency: str
    reason: str


def _added(
    one: Mapping[Key, Figure], other: Mapping[Key, Figure], add: Callable[[Figure, Figure], Figure]
) -> dict[Key, Figure]:
    return {**one, **{key: add(one[key], figure) if key in one else figure for key, figure in other.items()}}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one group's forms are judged and counted, the same for every file and every chunk of them.

    An answer is a code: 0 blank, then the options of all scales, one after the other, so that a code says its scale.
    """

    group: str
    agencies: tuple[str, ...]
    questions: tuple[str, ...]
    matrix: bool  # one form rates several agencies: its items are agency by agency the questions
    options: tuple[str, ...]  # by code; the first stands for blank
    worth: tuple[int | None, ...]  # by code, in units; None for blank and "no opinion"
    unit: int  # units of the value 1
    codes: Mapping[str, tuple[int, ...]]  # question -> the codes that may answer it
    asked: Mapping[str, tuple[int, ...]]  # agency -> the positions of the questions that count for it
    skips: Mapping[int, tuple[int, tuple[int, ...]]]  # question -> earlier question and the answers that skip it
    opens: int | None  # seconds since 1970 from which a form is inside the fieldwork
    closes: int | None  # seconds since 1970 from which it is outside again
    complete: Fraction  # share of the questions put that must be answered
    validity: Validity
    own_agency: Literal["only", "exclude"] | None
    moments_from: int | None
    weights: Mapping[str, CriterionWeight]  # criterion -> what the group gives it points by

    @property
    def items(self) -> int:
        """Return how many answers a form holds."""
        return len(self.questions) * (len(self.agencies) if self.matrix else 1)

    def item(self, agency: str, question: int) -> int:
        """Return the position of an answer among a form's answers."""
        return question + (self.agencies.index(agency) * len(self.questions) if self.matrix else 0)


def recipe_of(year: Year, group: Group, *, matrix: bool) -> Recipe:
    """Return how a group's forms are judged and counted.

    A question counts for an agency where its criterion applies to it.

    Raises:
        ParindexError: an option's value with more decimals than moments can hold.
    """
    plan = year.survey_plan
    questions = tuple(q for q in plan.questions.values() if group.id in q.groups and q.scale in plan.scales)
    options, worth, codes, unit = _coded(plan, questions)
    position = {question.id: n for n, question in enumerate(questions)}
    left_out = {
        agency: {road.criterion.code for road in roads(year, agency, {}) if road.left_out} for agency in year.agencies
    }
    return Recipe(
        group=group.id,
        agencies=tuple(year.agencies),
        questions=tuple(position),
        matrix=matrix,
        options=options,
        worth=worth,
        unit=unit,
        codes=codes,
        asked={
            agency: tuple(position[q.id] for q in questions if q.criterion not in left_out[agency])
            for agency in year.agencies
        },
        skips={
            position[q.id]: (
                position[q.skip_if.question],
                tuple(code for code in codes[q.skip_if.question] if options[code] in q.skip_if.answers),
            )
            for q in questions
            if q.skip_if is not None and q.skip_if.question in position
        },
        opens=None if plan.fieldwork_from is None else day_start(plan.fieldwork_from),
        closes=None if plan.fieldwork_to is None else day_start(plan.fieldwork_to) + 86400,
        complete=Fraction(plan.validity.complete_from or 0) / 100,
        validity=plan.validity,
        own_agency=group.own_agency,
        moments_from=plan.moments_from,
        weights={
            leaf.code: CriterionWeight(points, asked)
            for leaf in year.leaves()
            if (points := group_points(leaf).get(group.id))
            and (asked := tuple(q.id for q in questions if q.criterion == leaf.code))
        },
    )


def day_start(day: str) -> int:
    """Return the second since 1970 at which a local day begins."""
    return (date.fromisoformat(day) - date(1970, 1, 1)).days * 86400 - LOCAL_SECONDS


def _coded(
    plan: SurveyPlan, questions: tuple[Question, ...]
) -> tuple[tuple[str, ...], tuple[int | None, ...], dict[str, tuple[int, ...]], int]:
    """Return the options and values by code, each question's codes, and how many units make the value 1."""
    scales = [plan.scales[name] for name in dict.fromkeys(question.scale for question in questions)]
    decimals = max((places(value) for scale in scales for value in scale.values.values()), default=0)
    if decimals > MOST_DECIMALS:
        raise ParindexError("tally-fine-values", limit=str(MOST_DECIMALS))
    unit, options = 10**decimals, [BLANK]
    of_scale: dict[str, tuple[int, ...]] = {}
    worth: list[int | None] = [None]
    for scale in scales:
        names = answerable(scale)
        of_scale[scale.id] = tuple(range(len(options), len(options) + len(names)))
        options += names
        worth += [None if name == scale.no_opinion else int(scale.values[name] * unit) for name in names]
    return tuple(options), tuple(worth), {q.id: of_scale[q.scale] for q in questions}, unit


# --- the files ------------------------------------------------------------------------------------------------------


def counts_of(
    recipe: Recipe, sums: Sums, agency: str, *, issued: int | None = None, population: int | None = None
) -> dict[str, Writable]:
    """Return what a file of counts says of one agency.

    Args:
        issued: forms handed out, which no answer tells.
        population: people of the group, where it has its own number for each agency.
    """
    valid = sums.of(agency, VALID)
    forms: dict[str, Writable] = {} if issued is None else {"issued": issued}
    forms |= {"returned": sums.of(agency, RETURNED), "valid": valid}
    modes = {mode: sums.of(agency, mode) for mode in MODES}
    if valid and sum(modes.values()) == valid:
        forms |= {mode.replace("-", "_"): count for mode, count in modes.items()}
    if population is not None:
        forms["population"] = population
    told: dict[str, Writable] = {"format": 1, "forms": forms}
    if valid:
        told["answers"] = {
            name: {
                option: sums.answers.get((agency, name, option), 0)
                for option in (*(recipe.options[code] for code in recipe.codes[name]), BLANK)
            }
            for name in (recipe.questions[position] for position in recipe.asked[agency])
        }
    return told


def contributions(recipe: Recipe, sums: Sums) -> dict[str, dict[int, tuple[int, ...]]]:
    """Return by agency and position of a question what each answer adds to the agency's survey points.

    A form adds weight x (value - mean) / opinions to the points, linearised (see `standard_errors`); in whole units of
    10^-24 points, half-even. An agency with a question that fewer than `moments_from` had an opinion on has none.

    `sums`: what was counted, of all forms.
    """
    found: dict[str, dict[int, tuple[int, ...]]] = {}
    for agency in recipe.agencies:
        own = {n: pair for n in recipe.asked[agency] if (pair := sums.pairs.get(((agency, recipe.questions[n]),) * 2))}
        table: dict[int, tuple[int, ...]] = {}
        for weight in recipe.weights.values():
            heard = [n for n in own if recipe.questions[n] in weight.questions]
            for n in heard:
                share = Fraction(weight.points) / len(heard) / recipe.unit / own[n].n * 10**EXACTNESS
                mean = Fraction(own[n].first, own[n].n)
                table[n] = tuple(0 if worth is None else round(share * (worth - mean)) for worth in recipe.worth)
        if table and all(own[n].n >= (recipe.moments_from or 0) for n in table):
            found[agency] = table
    return found


def most_entries(recipe: Recipe, forms: Iterable[Collection[str]]) -> int:
    """Return how many entries the file of moments may come to have, before anything is counted.

    `forms`: for each kind of form the agencies that one of it can rate.
    """
    sizes = [len(recipe.asked[agency]) for agency in recipe.agencies]
    together = {pair for agencies in forms for pair in combinations(sorted(agencies), 2)}
    return sum(_OWN_ENTRIES * size * (size + 1) // 2 for size in sizes) + _SHARED_ENTRIES * len(together)


_OWN_ENTRIES: Final = 9  # of a pair of questions: an item, its four keys, two questions, two sums
_SHARED_ENTRIES: Final = 6  # of a pair of agencies: an item, its three keys, two agencies


def moments_text(recipe: Recipe, sums: Sums) -> str:
    """Return the file of moments, empty where too few answered for any (decision 0050).

    What fewer than `moments_from` forms have in common is left out: answers of few people could be computed from it.
    """
    least = max(1, recipe.moments_from or 0)
    own = {agency: lines for agency in recipe.agencies if (lines := list(_own_lines(recipe, sums, agency, least)))}
    if recipe.moments_from is None or not own:
        return ""
    lines = ["format: 1", *(["weights:"] if recipe.weights else [])]
    for code, weight in recipe.weights.items():
        lines.append(f'  "{code}": {{points: {weight.points:f}, questions: [{_names(weight.questions)}]}}')
    lines.append("agencies:")
    for agency, pairs in own.items():
        lines += [f"  {_names((agency,))}:", "    pairs:", *pairs]
    between = [
        f'  - {{agencies: [{_names(agencies)}], "n": {pair.n}, product: {_in_file(pair.product)}}}'
        for agencies, pair in sorted(sums.shared.items())
        if pair.n >= least
    ]
    return "\n".join([*lines, *(["between:", *between] if between else [])]) + "\n"


def _own_lines(recipe: Recipe, sums: Sums, agency: str, least: int) -> Iterator[str]:
    asked = [(agency, recipe.questions[n]) for n in recipe.asked[agency]]
    for first, second in combinations_with_replacement(asked, 2):
        pair = sums.pairs.get((first, second))
        if pair is not None and pair.n >= least:
            told = f"{_quantity(pair.first, recipe.unit)}, {_quantity(pair.second, recipe.unit)}"
            products = _quantity(pair.products, recipe.unit**2)
            names = _names((first[1], second[1]))
            yield f'      - {{questions: [{names}], "n": {pair.n}, sums: [{told}], products: {products}}}'


def _names(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' if needs_quotes(name) else name for name in names)


def _in_file(product: int) -> int:
    return round(Fraction(product, 10 ** (2 * EXACTNESS - PRODUCT)))


def _quantity(count: int, unit: int) -> Decimal:
    return Decimal(f"{(Decimal(count) / unit).normalize():f}")

"""Which line counts, and what follows: leaf points, areas, index, rank, grade, all exact until rounded once.

A leaf's deciding line is that of the latest stage that has one, in the order of the year's stages, amendments applied;
one of the kind explain never decides (design, section 5). Answers become points in `record/rules`, counts in
`survey_points`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import accumulate
from operator import attrgetter
from typing import Any, Literal, TypeAlias

from pipeline.core.ground.mappings import Alike, Lazily
from pipeline.core.ground.numbers import Exact
from pipeline.core.ground.problems import Source
from pipeline.core.index.survey_points import SurveyLeaf, group_points, survey_leaf
from pipeline.core.record.model import (
    Agency,
    Amendment,
    BonusLimit,
    Counts,
    Criterion,
    Exemption,
    Grade,
    Line,
    Policy,
    StageFile,
    Year,
)
from pipeline.core.record.rules import Answer
from pipeline.core.record.stages import NOT_APPLICABLE, SURVEY, Kind, Stages

Value: TypeAlias = Decimal | Literal["not-applicable"] | None
Amended: TypeAlias = Mapping[tuple[str, str, str], Amendment]


@dataclass(frozen=True, slots=True)
class Step:
    """What one stage says of a leaf, and what stands after it."""

    stage: str
    kind: Kind
    line: Line
    amendment: Amendment | None
    value: Value  # what this line says
    standing: Answer | None  # the answer that stands after this stage
    automatic: bool = False  # nothing was assigned and the rule says that the leaf then does not apply

    @property
    def decides(self) -> bool:
        """Tell whether the line fixes points; an explanation only asks."""
        return self.kind != "explain" and self.value is not None

    @property
    def is_claim(self) -> bool:
        """Tell whether the line only claims that the leaf does not apply."""
        return self.kind == "claim" and self.value == NOT_APPLICABLE and not self.automatic


@dataclass(frozen=True, slots=True)
class Road:
    """All that was said of one leaf of one agency, stage by stage."""

    criterion: Criterion
    agency: str
    exemption: Exemption | None
    steps: tuple[Step, ...]
    stages: Stages

    @property
    def deciding(self) -> Step | None:
        """Return the latest step that fixes points."""
        return next((step for step in reversed(self.steps) if step.decides), None)

    @property
    def left_out(self) -> bool:
        """Tell whether the leaf does not apply: by exemption, or by a decision."""
        step = self.deciding
        return self.exemption is not None or (step is not None and step.value == NOT_APPLICABLE and not step.is_claim)

    @property
    def unaccepted_claim(self) -> bool:
        """Tell whether all that stands is a claim of not applicable that nobody accepted."""
        return self.deciding is not None and self.deciding.is_claim

    @property
    def claim(self) -> Step | None:
        """Return what the agency itself said."""
        return self.at(self.stages.claim) if self.stages.claim else None

    @property
    def claimed(self) -> Value:
        """Return the value that the agency itself gave."""
        return self.claim.value if self.claim is not None else None

    def at(self, stage: str) -> Step | None:
        """Return the step of a stage."""
        return next((step for step in self.steps if step.stage == stage), None)

    def before(self, stage: str) -> Step | None:
        """Return the deciding step that stood before a stage."""
        earlier = self.stages.before(stage)
        return next((step for step in reversed(self.steps) if step.stage in earlier and step.decides), None)

    def standing_answer(self, stage: str) -> Answer | None:
        """Return the answer that stands after a stage."""
        upto = self.stages.upto(stage)
        return next((s.standing for s in reversed(self.steps) if s.stage in upto and s.standing is not None), None)


@dataclass(frozen=True, slots=True)
class Subtotal:
    """Points of applicable points."""

    points: Fraction
    out_of: Fraction

    @property
    def index(self) -> Fraction | None:
        """Return 100 x points / out_of, within 0..100; None where nothing applies."""
        if self.out_of == 0:
            return None
        (above, below), (whole, parts) = self.points.as_integer_ratio(), self.out_of.as_integer_ratio()
        share = Fraction(100 * above * parts, below * whole)  # a sixth of the time of `100 * points / out_of`
        return Fraction(0) if share < 0 else Fraction(100) if share > 100 else share


@dataclass(frozen=True)  # no slots: what was lost is worked out once
class LeafScore:
    """The points of one leaf and the place that decided them."""

    criterion: Criterion
    applicable: bool
    points: Fraction | None  # None where it does not apply, and where nothing stands yet
    out_of: Fraction | None  # None where it does not apply
    stage: str | None  # a stage, survey, not-applicable, or None where nothing stands yet
    amendment: Amendment | None
    source: Source | None
    outstanding: bool
    road: Road
    survey: SurveyLeaf | None = None
    cut: Fraction = Fraction(0)  # what a limit takes from a bonus (below 0), or gives back of a penalty

    @cached_property
    def lost(self) -> Fraction:
        """Return how many of the applicable points were not earned, or count as a penalty; a bonus loses nothing."""
        if self.points is None or self.out_of is None:
            return Fraction(0)
        return max(Fraction(0), self.out_of - self.points - self.cut)


@dataclass(frozen=True, slots=True)
class AreaScore:
    """One area: its points (bonus included), what applied, and its index (bonus apart): decision 0007."""

    criterion: Criterion
    points: Fraction
    out_of: Fraction
    index: Fraction | None


@dataclass(frozen=True, slots=True)
class LimitedSum:
    """What the bonuses of one limit sum up to, and what the limit takes (below 0) or gives back; it is in no area."""

    limit: BonusLimit
    points: Fraction
    cut: Fraction


@dataclass(frozen=True)  # no slots: what finds a leaf is made once
class AgencyScore:
    """One agency's result; `index` is exact, `published` rounded once."""

    agency: Agency
    total: Subtotal
    appraisal: Subtotal
    survey: Subtotal
    sipas: Subtotal
    index: Fraction | None
    published: Decimal | None
    rank: int | None
    grade: Grade | None
    areas: tuple[AreaScore, ...]
    leaves: tuple[LeafScore, ...]
    limited: tuple[LimitedSum, ...] = ()

    @property
    def cut(self) -> Fraction:
        """Return what the limits of bonuses took from the points of the leaves, or gave back."""
        return sum((one.cut for one in self.limited), Fraction(0))

    @property
    def outstanding(self) -> tuple[str, ...]:
        """Return the codes of leaves that have no line or file yet."""
        return tuple(leaf.criterion.code for leaf in self.leaves if leaf.outstanding)

    def leaf(self, code: str) -> LeafScore | None:
        """Return one leaf by its code."""
        return self._by_code.get(code)

    @cached_property
    def losing(self) -> tuple[LeafScore, ...]:
        """Return the leaves that lost points, the greatest loss first, then by code."""
        return tuple(sorted((leaf for leaf in self.leaves if leaf.lost > 0), key=lambda leaf: -leaf.lost))

    @cached_property
    def _by_code(self) -> Mapping[str, LeafScore]:
        return {leaf.criterion.code: leaf for leaf in self.leaves}


@dataclass(frozen=True, slots=True)
class Missing:
    """A file or an answer to a request that a complete year has."""

    kind: str  # a stage, or survey
    agency: str
    group: str | None = None
    criterion: str | None = None


class Standings(Sequence[AgencyScore]):
    """Agencies in the order of the ranking, each made when somebody asks: most come to what some other comes to."""

    def __init__(self, alike: Alike[AgencyScore], agencies: Mapping[str, Agency]) -> None:
        self.alike = alike  # by agency, in that order
        self.by_agency = Lazily(alike, lambda slug: of_agency(alike[slug], agencies[slug]))

    def __len__(self) -> int:
        """Return how many agencies there are."""
        return len(self.alike)

    def __getitem__(self, at: Any) -> Any:  # noqa: ANN401 - a place, or a slice of them
        """Return the result at a place, or those at some places."""
        return tuple(self)[at]

    def __iter__(self) -> Iterator[AgencyScore]:
        """Return the results in their order."""
        return iter(self.by_agency.values())


@dataclass(frozen=True)  # no slots: what finds an agency is made once
class Results:
    """A year's scores in the order of the ranking; provisional while anything is missing."""

    year: Year
    agencies: Sequence[AgencyScore]
    missing: tuple[Missing, ...]
    untold: int = 0  # how much more is missing, where only that is known

    @property
    def gaps(self) -> int:
        """Return how much is missing."""
        return len(self.missing) + self.untold

    @property
    def provisional(self) -> bool:
        """Tell whether the year is incomplete."""
        return self.gaps > 0

    @cached_property
    def _known(self) -> Mapping[str, AgencyScore]:
        if isinstance(self.agencies, Standings):
            return self.agencies.by_agency
        return {score.agency.slug: score for score in self.agencies}

    @property
    def alike(self) -> Alike[AgencyScore]:
        """Return each agency's result, or that of another which comes to the same, where its own was not made."""
        return self.agencies.alike if isinstance(self.agencies, Standings) else Alike(self._known)

    def of(self, agency: str) -> AgencyScore | None:
        """Return one agency's result."""
        return self._known.get(agency)

    def entry(self, typed: str) -> AgencyScore:
        """Return the result of the agency that was typed; one that the year does not have is refused."""
        return self._known[self.year.known_agency(typed).slug]


def score(year: Year, only: Iterable[str] | None = None) -> Results:
    """Compute the results of a year, or of some of its agencies, ranked among themselves."""
    amended = amended_lines(year.amendments)
    counts = amended_counts(year)
    ways = {agency: roads(year, agency, amended) for agency in (year.agencies if only is None else only)}
    leaves = {agency: tuple(leaf_score(year, way, counts) for way in own) for agency, own in ways.items()}
    gaps = tuple(gap for agency, own in ways.items() for gap in missing_of(year, agency, own))
    return Results(year, standings(year, leaves), gaps)


def standings(year: Year, leaves: Mapping[str, tuple[LeafScore, ...]]) -> tuple[AgencyScore, ...]:
    """Sum up, rank and grade agencies by their leaves: the year's own, or others that a reader asks about."""
    return ranked(year, (summed(year, year.agencies[agency], own) for agency, own in leaves.items()))


def ranked(year: Year, entries: Iterable[AgencyScore]) -> tuple[AgencyScore, ...]:
    """Rank and grade agencies by the year's policy, whatever rank and grade they had, in the order of the ranking."""
    listed = list(entries)
    stood = map(standing_among(year, [(entry, 1) for entry in listed]), listed)
    return tuple(sorted(stood, key=lambda entry: (*_place(entry.rank), entry.agency.slug)))


def ranked_alike(year: Year, entries: Alike[AgencyScore]) -> Standings:
    """Rank and grade agencies many of which come to the same, likewise."""
    among = [(entry, entries.times[kind]) for kind, entry in entries.kinds.items()]
    stood = entries.each(standing_among(year, among))
    at_rank: dict[int | None, list[str]] = {}
    rows = {kind: at_rank.setdefault(entry.rank, []) for kind, entry in stood.kinds.items()}
    for slug in sorted(stood):
        rows[stood.kind_of[slug]].append(slug)
    ordered = [slug for rank in sorted(at_rank, key=_place) for slug in at_rank[rank]]
    return Standings(stood.named(ordered), year.agencies)


def _place(rank: int | None) -> tuple[bool, int]:
    """Return what ranks are sorted by: who has none comes last."""
    return rank is None, rank or 0


def standing_among(year: Year, entries: Iterable[tuple[AgencyScore, int]]) -> Callable[[AgencyScore], AgencyScore]:
    """Return what ranks and grades an agency among others, who are put in order once and keep what they have.

    Each entry is what agencies come to, with how many come to it. An agency may be among the others as it was where it
    does not fall behind that; of equal ones the first place holds.
    """
    policy = year.cycle.policy
    counts: dict[tuple[Any, ...], int] = {}
    for entry, times in entries:
        if (key := _key(entry, policy)) is not None:
            counts[key] = 1 if policy.ties == "dense" else counts.get(key, 0) + times
    ordered = sorted(counts)
    behind = list(accumulate((counts[key] for key in reversed(ordered)), initial=1))  # the rank behind so many keys
    ranks = dict(zip(reversed(ordered), behind, strict=False))

    def stand(entry: AgencyScore) -> AgencyScore:
        key = _key(entry, policy)
        rank = None if key is None else ranks.get(key) or behind[len(ordered) - bisect_right(ordered, key)]
        return _standing(entry, rank, _grade(entry, year))

    return stand


def _standing(score: AgencyScore, rank: int | None, grade: Grade | None) -> AgencyScore:
    """Return the same result with another rank and grade, written out as in `of_agency`."""
    parts = score.total, score.appraisal, score.survey, score.sipas
    own = score.areas, score.leaves, score.limited
    return AgencyScore(score.agency, *parts, score.index, score.published, rank, grade, *own)


def amended_lines(amendments: Iterable[Amendment]) -> Amended:
    """Return the amendment that stands for each stage, agency and criterion: the last one by number."""
    return {
        (amendment.stage, amendment.agency, amendment.criterion): amendment
        for amendment in sorted(amendments, key=lambda amendment: amendment.number)
        if amendment.criterion is not None and amendment.line is not None
    }


def amended_counts(year: Year) -> Mapping[tuple[str, str], Counts]:
    """Return the survey counts with amendments in the place of the files they replace."""
    counts = dict(year.counts)
    for amendment in sorted(year.amendments, key=lambda amendment: amendment.number):
        if amendment.stage == SURVEY and amendment.counts is not None and amendment.group is not None:
            counts[amendment.group, amendment.agency] = amendment.counts
    return counts


def missing(year: Year) -> Iterator[Missing]:
    """Yield what a complete year still lacks (design, section 5): files, lines, answers to requests, counts."""
    amended = amended_lines(year.amendments)
    for agency in year.agencies:
        yield from missing_of(year, agency, roads(year, agency, amended))


def missing_of(year: Year, agency: str, ways: Iterable[Road]) -> Iterator[Missing]:
    """Yield what a complete year lacks of one agency, given its roads with amendments."""
    for stage in year.cycle.stages.deciding:
        file = year.file(stage, agency)
        if file is None or file.headless:
            yield Missing(stage, agency)
        yield from (Missing(stage, agency, criterion=code) for code in missing_lines(year, stage, agency))
    for explain in year.cycle.stages.of_kind("explain"):
        if not told_unanswered(year, explain, agency):
            for code in unanswered_requests(year, explain, agency):
                yield Missing(explain, agency, criterion=code)
    for group in sorted(owed_groups(ways)):
        if (group, agency) not in year.counts:
            yield Missing(SURVEY, agency, group=group)


def owed_groups(ways: Iterable[Road]) -> set[str]:
    """Return the groups that must be heard of an agency: those that a rule names and whose criterion applies."""
    return {group for way in ways for group in group_points(way.criterion) if not way.left_out}


def told_unanswered(year: Year, explain: str, agency: str) -> bool:
    """Tell whether the next stage that appraises or decides says that an explanation never came."""
    file = year.file(year.cycle.stages.tells_unanswered(explain), agency)
    return file is not None and "unanswered" in file.dates


def unanswered_requests(year: Year, explain: str, agency: str) -> tuple[str, ...]:
    """Return the criteria that an agency was asked to explain and did not; of a letter nobody can read, none."""
    asking = year.cycle.stages.asked_in(explain)
    first, letter = year.file(asking, agency), year.file(explain, agency)
    if letter is not None and letter.unread:
        return ()
    asked = first.requests if first else ()
    return tuple(code for code in asked if letter is None or code not in letter.lines)


def owed_lines(year: Year, stage: str, agency: str) -> tuple[str, ...]:
    """Return the criteria of which a complete file of a stage speaks (design, section 3, "Stages").

    A claim and the first appraisal owe every leaf that they write and that applies, the first appraisal also each bonus
    that was claimed, a later one every leaf that was asked or explained since the one before. An explanation owes what
    it was asked, leaf or not.

    Example: the first appraisal asks about 2.1 and 3.2, and the agency explains 3.2 and, unasked, 4, which has the
    leaves 4.1 and 4.2: the explanation owed 2.1 and 3.2, the next appraisal owes 2.1, 3.2, 4.1 and 4.2.
    """
    stages, kind = year.cycle.stages, year.cycle.stages.kind(stage)
    if kind == "explain":
        file = year.file(stages.asked_in(stage), agency)
        return file.requests if file is not None else ()
    first = stage == stages.first_appraise
    claimed = year.file(stages.claim, agency) if first else None
    spoken = set(claimed.lines) if claimed is not None else set()
    for asking, explaining in stages.owed_after(stage) if kind == "appraise" else ():
        file, letter = year.file(asking, agency), year.file(explaining, agency)
        codes = [*(file.requests if file else ()), *(letter.lines if letter else ())]
        spoken |= {leaf for code in codes if code in year.criteria for leaf in year.criteria[code].leaves}
    return tuple(
        leaf.code
        for leaf in year.leaves()
        if leaf.rule is not None
        and leaf.is_written_in(kind)
        and (leaf.code in spoken or (leaf.rule.owed and (kind == "claim" or first)))
        and exemption_of(year, agency, leaf.code) is None
    )


def missing_lines(year: Year, stage: str, agency: str) -> tuple[str, ...]:
    """Return the criteria that a complete file would speak of and this one does not; of an unread file, none.

    Where no file is there at all, that is the whole debt: the file is missing, and no single line.
    """
    file = year.file(stage, agency)
    if file is None or file.spoiled:
        return ()
    return tuple(code for code in owed_lines(year, stage, agency) if not _covered(year, file, code))


def _covered(year: Year, file: StageFile, code: str) -> bool:
    """Tell whether a file speaks of a leaf: by its own line, or by one above that says it does not apply."""
    lines = ((criterion.code, file.lines.get(criterion.code)) for criterion in year.upwards(code))
    return any(line and (own == code or line.spoiled or line.not_applicable is not None) for own, line in lines)


def exemption_of(year: Year, agency: str, code: str) -> Exemption | None:
    """Return the exemption that keeps a criterion, or one above it, from applying to an agency."""
    if agency not in year.agencies:
        return None
    exempt = {exemption.criterion: exemption for exemption in year.agencies[agency].exemptions}
    return next((exempt[c.code] for c in year.upwards(code) if c.code in exempt), None)


def roads(year: Year, agency: str, amended: Amended) -> tuple[Road, ...]:
    """Return the road of every leaf of an agency, in code order."""
    return tuple(road(year, agency, leaf, amended) for leaf in year.leaves())


def road(year: Year, agency: str, leaf: Criterion, amended: Amended) -> Road:
    """Follow one leaf through the stages."""
    steps: list[Step] = []
    standing: Answer | None = None
    for stage, kind in ((stage.name, stage.kind) for stage in year.cycle.stages):
        line, amendment = _line(year, stage, agency, leaf, amended)
        if line is None:
            if kind != "explain" and _takes_back(year, stage, agency, leaf, steps, amended):
                steps = []
            continue
        answer = line_answer(leaf, line)
        if kind != "explain" and answer is not None:
            standing = answer
        value = _value(line)
        steps.append(Step(stage, kind, line, amendment, value, standing, automatic=assigned_nothing(leaf, answer)))
    return Road(leaf, agency, exemption_of(year, agency, leaf.code), tuple(steps), year.cycle.stages)


def _line(
    year: Year, stage: str, agency: str, leaf: Criterion, amended: Amended
) -> tuple[Line | None, Amendment | None]:
    """Return the line that a stage has for a leaf: its own, or one above that says not applicable (decision 0006).

    An amendment of either takes the place of what the stage wrote of the leaf; of several, the last one by number.
    """
    file = year.file(stage, agency)
    if file is None and not amended:
        return None, None
    lines: Mapping[str, Line] = file.lines if file else {}
    written: Line | None = None
    corrections: list[Amendment] = []
    for criterion in year.upwards(leaf.code):
        amendment = amended.get((stage, agency, criterion.code))
        line = amendment.line if amendment else lines.get(criterion.code)
        if line is None or not (criterion is leaf or line.not_applicable is not None):
            continue
        if amendment is not None:
            corrections.append(amendment)
        elif written is None:
            written = line
    if corrections:
        last = max(corrections, key=lambda amendment: amendment.number)
        return last.line, last
    return written, None


def _takes_back(  # noqa: PLR0917 - the same words as its caller's
    year: Year, stage: str, agency: str, leaf: Criterion, steps: list[Step], amended: Amended
) -> bool:
    """Tell whether scores below a criterion that was said not to apply take that back for a leaf without lines."""
    if leaf.rule is None or leaf.rule.has_line or not steps:
        return False
    above = year.criteria.get(steps[-1].line.criterion)
    if above is None:
        return False
    beside = (_line(year, stage, agency, year.criteria[code], amended)[0] for code in above.leaves)
    return any(line is not None and line.score is not None for line in beside)


def line_answer(leaf: Criterion, line: Line) -> Answer | None:
    """Return the answer of a line of its own leaf; None where it has none, or none that the rule can read."""
    if line.answer is None or leaf.rule is None or line.criterion != leaf.code:
        return None
    return leaf.rule.answer(line.answer)[0]


def _value(line: Line) -> Value:
    return "not-applicable" if line.not_applicable is not None else line.score


def assigned_nothing(leaf: Criterion, answer: Answer | None) -> bool:
    """Tell whether an answer makes its leaf not apply: nothing was assigned, and the rule says so."""
    return leaf.rule is not None and leaf.rule.is_left_out(answer)


def leaf_score(year: Year, way: Road, counts: Mapping[tuple[str, str], Counts]) -> LeafScore:
    """Return the points of one leaf: who decided, and how many of how many."""
    leaf, step, exemption = way.criterion, way.deciding, way.exemption
    amendment = step.amendment if step and exemption is None else None
    source = exemption.source if exemption else _deciding_place(step)

    def made(
        points: Fraction | None, out_of: Fraction | None, stage: str | None, *, outstanding: bool = False
    ) -> LeafScore:
        return LeafScore(leaf, out_of is not None, points, out_of, stage, amendment, source, outstanding, way)

    if exemption is not None or way.left_out:
        return made(None, None, NOT_APPLICABLE)
    if from_survey(leaf):
        return _survey_score(year, way, counts)
    if step is None and leaf.rule is not None and not leaf.rule.owed:
        return made(Fraction(0), Fraction(leaf.out_of), None)
    if step is None:
        return made(None, Fraction(leaf.out_of), None, outstanding=True)
    if step.is_claim or not isinstance(step.value, Decimal):
        return made(Fraction(0), Fraction(leaf.out_of), step.stage)
    return made(Fraction(step.value), Fraction(leaf.out_of), step.stage)


def _deciding_place(step: Step | None) -> Source | None:
    if step is None:
        return None
    return step.amendment.source if step.amendment else step.line.source


def _survey_score(year: Year, way: Road, counts: Mapping[tuple[str, str], Counts]) -> LeafScore:
    leaf = way.criterion
    found = survey_leaf(year, leaf, way.agency, counts=counts)
    policy = year.cycle.policy
    applies = found.out_of > 0 and not found.missing
    out_of = leaf.out_of if found.missing else found.out_of
    points = found.points if policy.points.leaf_exact else Fraction(policy.rounded_points(found.points))
    files = [part.counts for part in found.parts]
    amendment = next((a for a in reversed(year.amendments) if a.counts in files and a.counts is not None), None)
    return LeafScore(
        criterion=leaf,
        applicable=out_of > 0,
        points=points if applies else None,
        out_of=Fraction(out_of) if out_of > 0 else None,
        stage=None if found.missing else SURVEY,
        amendment=amendment,
        source=amendment.source if amendment else (files[0].source if files else None),
        outstanding=bool(found.missing),
        road=way,
        survey=found,
    )


def summed(year: Year, agency: Agency, leaves: tuple[LeafScore, ...]) -> AgencyScore:
    """Sum up an agency's leaves to its points, areas and index, not yet ranked or graded.

    Bonuses under one limit count together no more than it allows: what it cuts is taken from the sum, not from an area.
    What it gives back of a penalty is no loss.
    """
    limited = limited_sums(year, leaves)
    cut = sum((one.cut for one in limited), Fraction(0))
    parts = (
        _part(leaves, cut),
        _part((leaf for leaf in leaves if not from_survey(leaf.criterion)), cut),
        _part(leaf for leaf in leaves if from_survey(leaf.criterion)),
        _part(leaf for leaf in leaves if is_sipas(leaf.criterion)),
    )
    areas = tuple(_area(area, leaves) for area in year.criteria.values() if area.parent is None)
    return replace(_of_parts(year, agency, *parts), areas=areas, leaves=with_cuts(leaves, limited), limited=limited)


def limited_sums(year: Year, leaves: Sequence[LeafScore]) -> tuple[LimitedSum, ...]:
    """Return what each limit of bonuses makes of an agency's leaves."""
    sums = (
        (one, _part(leaf for leaf in leaves if leaf.criterion.code in one.codes)) for one in year.cycle.bonus_limits
    )
    return tuple(LimitedSum(limit, part.points, limit.cut(part.points)) for limit, part in sums)


def with_cuts(leaves: tuple[LeafScore, ...], limited: Sequence[LimitedSum]) -> tuple[LeafScore, ...]:
    """Return leaves with what limits take from their bonuses, or give back of their penalties, the last ones first."""
    cuts: dict[str, Fraction] = {}
    for one in limited:
        left = one.cut
        for leaf in reversed(leaves):
            if leaf.criterion.code in one.limit.codes and leaf.points and (leaf.points < 0) == (left > 0):
                cuts[leaf.criterion.code] = min(left, -leaf.points) if left > 0 else max(left, -leaf.points)
                left -= cuts[leaf.criterion.code]
    return (
        tuple(replace(leaf, cut=cuts.get(leaf.criterion.code, Fraction(0))) for leaf in leaves) if limited else leaves
    )


def sums_of(score: AgencyScore) -> tuple[int, ...]:
    """Return what an agency's index, rank and grade follow from, as whole numbers: numerators and denominators."""
    parts = (score.total, score.appraisal, score.survey, score.sipas)
    return tuple(whole for part in parts for sum_ in (part.points, part.out_of) for whole in sum_.as_integer_ratio())


def score_from(year: Year, agency: Agency, sums: tuple[int, ...]) -> AgencyScore:
    """Return an agency's result from its sums, without leaves and areas, not yet ranked or graded."""
    exact = list(map(_exact, sums[::2], sums[1::2]))
    return _of_parts(year, agency, *map(Subtotal, exact[::2], exact[1::2]))


def of_agency(score: AgencyScore, agency: Agency) -> AgencyScore:
    """Return the same result as another agency's; written out, as thousands take a third of the time of `replace`."""
    return score if score.agency is agency else AgencyScore(agency, *_FIELDS(score)[1:])


_FIELDS = attrgetter(*(one.name for one in fields(AgencyScore)))


@lru_cache(1 << 14)
def _exact(above: int, below: int) -> Fraction:
    return Fraction(above, below)


def _of_parts(  # noqa: PLR0917 - parts in the order of the record
    year: Year, agency: Agency, total: Subtotal, appraisal: Subtotal, survey: Subtotal, sipas: Subtotal
) -> AgencyScore:
    index = total.index
    return AgencyScore(
        agency=agency,
        total=total,
        appraisal=appraisal,
        survey=survey,
        sipas=sipas,
        index=index,
        published=None if index is None else year.cycle.policy.rounded_index(index),
        rank=None,
        grade=None,
        areas=(),
        leaves=(),
    )


def from_survey(criterion: Criterion) -> bool:
    """Tell whether a leaf's points come from the survey or SIPAS; all else is appraisal."""
    return criterion.rule is not None and criterion.rule.part != "appraisal"


def is_sipas(criterion: Criterion) -> bool:
    """Tell whether a leaf's points come from the satisfaction index."""
    return criterion.rule is not None and criterion.rule.part == "sipas"


def is_bonus(criterion: Criterion) -> bool:
    """Tell whether a leaf's points are added to the year's without counting in what applies."""
    return criterion.rule is not None and criterion.rule.outside


def _part(leaves: Iterable[LeafScore], cut: Fraction = Fraction(0)) -> Subtotal:
    counted = [(leaf.points, leaf.out_of) for leaf in leaves if leaf.points is not None and leaf.out_of is not None]
    return Subtotal(
        points=_sum(points for points, _ in counted) + cut,
        out_of=_sum(out_of for _, out_of in counted),
    )


def _sum(values: Iterable[Fraction]) -> Fraction:
    """Return an exact sum; of values with one denominator, which most have, whole numbers are added."""
    found: dict[int, int] = {}
    for value in values:
        found[value.denominator] = found.get(value.denominator, 0) + value.numerator
    return sum((Fraction(above, below) for below, above in found.items()), Fraction(0))


def _area(area: Criterion, leaves: tuple[LeafScore, ...]) -> AreaScore:
    own = [leaf for leaf in leaves if leaf.criterion.code in area.leaves]
    whole = _part(own)
    return AreaScore(
        area, whole.points, whole.out_of, _part(leaf for leaf in own if not is_bonus(leaf.criterion)).index
    )


def compared(entry: AgencyScore, policy: Policy) -> Fraction | None:
    """Return the number that ranks and grades compare."""
    number = _number(entry, policy)
    return None if number is None else Fraction(number)


def _number(entry: AgencyScore, policy: Policy) -> Exact | None:
    """Return the same as it stands in the result: comparing decimals takes a tenth of the time of fractions."""
    return entry.index if policy.rank_on_exact else entry.published


def _key(entry: AgencyScore, policy: Policy) -> tuple[Any, ...] | None:
    """Return what ranks compare, the greater the better; None of an agency that has no rank."""
    number = _number(entry, policy)
    return (number, *tie_breaks(entry, policy.ties)) if entry.agency.ranked and number is not None else None


def tie_breaks(entry: AgencyScore, ties: str | tuple[str, ...]) -> tuple[Fraction, ...]:
    """Return what parts agencies with the same index, the greater the better; nothing where they share a rank."""
    if isinstance(ties, str):
        return ()
    parts = {"appraisal": entry.appraisal, "sipas": entry.sipas}
    return tuple(parts[name].index or Fraction(0) for name in ties)


def _grade(entry: AgencyScore, year: Year) -> Grade | None:
    number = _number(entry, year.cycle.policy)
    if number is None:
        return None
    return next((grade for grade in year.cycle.grades if number >= grade.from_index), None)

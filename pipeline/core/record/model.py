"""The records of the field: what the files say, once their shape is known to be right.

Every record that came from a file remembers where. Words follow design section 2; points are `Decimal`, dates ISO text.
How a leaf turns an answer into points lives in `rules`, which line counts in `scoring`.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Final, Literal, NamedTuple

from pipeline.core.ground.nodes import Node
from pipeline.core.ground.numbers import Exact, Rounding, rounded
from pipeline.core.ground.problems import NOWHERE, ParindexError, Source
from pipeline.core.ground.text import Text, as_listed, nearest
from pipeline.core.record.rules import Rule
from pipeline.core.record.stages import Kind, Stages


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowsPlaces:
    """A record that knows where each of its fields stands."""

    source: Source
    places: Mapping[str, Source] = field(default_factory=dict)

    def place(self, key: str) -> Source:
        """Return where a field stands; where it does not, the place of the record itself."""
        return self.places.get(key, self.source)


EVIDENCE: Final = "ho-so/"  # where a site for readers inside has the files of dossiers


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference to a document; the same record everywhere, only `number` is required."""

    number: str
    source: Source
    date: str | None = None
    issuer: str | None = None  # a body's slug, or text for one outside the repository
    title: Text | None = None
    url: str | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class DossierFile:
    """One file of evidence that an agency handed in: it is known by its content and lies in the store."""

    id: str  # the sha256 of its bytes
    source: Source
    name: str  # made from criterion and number of the document, never the name that somebody typed
    bytes: int
    type: str
    received: str
    stage: str  # the stage in which it came in
    destroyed: str | None = None  # the day on which it was taken out of the store
    decision: Reference | None = None  # the one by which it was

    def place(self, year: str, agency: str) -> str:
        """Return where a site for readers inside has the file; two files of one name stand apart."""
        return f"{EVIDENCE}{year}/{agency}/{self.id[:12]}/{self.name}"


@dataclass(frozen=True, slots=True)
class Body:
    """A body that carries out work or monitors an area."""

    slug: str
    name: Text
    short: Text
    source: Source
    symbol: str | None = None
    superior: Text | None = None  # a body's slug, or the name of one outside the repository
    place: Text | None = None  # what stands before the day of its documents
    issues: tuple[str, ...] = ()  # the kinds of documents that it signs
    until: str | None = None  # its last day, where it was dissolved


@dataclass(frozen=True, slots=True)
class Window:
    """When a stage is open: `before` excludes its day, `by` includes it; working days run from an event."""

    opens: str | None = None
    before: str | None = None
    by: str | None = None
    working_days: int | None = None
    after: str | None = None
    send_working_days: int | None = None
    source: Source = NOWHERE


@dataclass(frozen=True, slots=True)
class Extension:
    """A later last day of one stage for one agency, with the document that gave it."""

    stage: str
    agency: str
    by: str
    decision: str
    source: Source


@dataclass(frozen=True, slots=True)
class PointsPolicy:
    """How points are rounded; `leaf` says whether survey and SIPAS leaves are rounded or kept exact until the index."""

    decimals: int = 2
    rounding: Rounding = "half-up"
    leaf_exact: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """The year's choices that arithmetic and laws follow."""

    points: PointsPolicy = PointsPolicy()
    index_decimals: int = 2
    index_rounding: Rounding = "half-up"
    rank_on_exact: bool = False
    ties: str | tuple[str, ...] = "competition"
    missing_evidence_needs_note: bool = True

    def rounded_points(self, value: Exact) -> Decimal:
        """Return points with the year's decimals."""
        return rounded(value, self.points.decimals, self.points.rounding)

    def rounded_index(self, value: Exact) -> Decimal:
        """Return an index, or another percentage, with the year's decimals."""
        return rounded(value, self.index_decimals, self.index_rounding)


@dataclass(frozen=True, slots=True)
class Grade:
    """A band of the index; the first from the top whose `from_index` is reached holds."""

    id: str
    from_index: Decimal
    title: Text


@dataclass(frozen=True, slots=True)
class BonusLimit:
    """Between what the points of several bonuses stay together; None where nothing bounds them on that side."""

    codes: tuple[str, ...]
    most: Decimal | None
    least: Decimal | None
    source: Source

    def cut(self, points: Fraction) -> Fraction:
        """Return what is taken from a sum over the most, below 0, or given back to one under the least."""
        if self.most is not None and points > self.most:
            return Fraction(self.most) - points
        if self.least is not None and points < self.least:
            return Fraction(self.least) - points
        return Fraction(0)


@dataclass(frozen=True, slots=True)
class Signing:
    """Who signs a kind of document, by function, one line of the signature each, and to whom it goes."""

    signer: Text
    recipients: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Cycle(KnowsPlaces):
    """One yearly run: title, period, stages in their order, windows, policy."""

    title: Text
    illustrative: bool
    period_from: str
    period_to: str
    out_of: Decimal
    legal_basis: tuple[Reference, ...]
    stages: Stages
    windows: Mapping[str, Window]  # of each stage, and of the survey
    extensions: tuple[Extension, ...]
    policy: Policy
    grades: tuple[Grade, ...]
    documents: Mapping[str, Signing] = field(default_factory=dict)  # printing data, where it stands in cycle.yml
    of: Text | None = None  # who is assessed, where that differs from what site.yml says
    bonus_limits: tuple[BonusLimit, ...] = ()
    format: int = 1  # the version of the schemas in which the year's files are written


@dataclass(frozen=True, slots=True)
class Exemption:
    """A criterion that does not apply to an agency from the start, with its reason and document."""

    criterion: str
    reason: Text
    document: Reference | None
    source: Source


@dataclass(frozen=True, slots=True)
class AgencyGroup:
    """Agencies that are read beside each other: a type, a district."""

    id: str
    title: Text
    source: Source


@dataclass(frozen=True, slots=True)
class Agency:
    """An assessed body."""

    slug: str
    name: Text
    short: Text
    exemptions: tuple[Exemption, ...]
    source: Source
    ranked: bool = True
    superior: Text | None = None  # printed above its name on its documents
    symbol: str | None = None  # what stands for it in the number of a document
    group: str | None = None  # one of the year's groups of agencies


@dataclass(frozen=True, slots=True)
class Criterion(KnowsPlaces):
    """One node of the criteria tree; `rule` stands on leaves, `children` on parents."""

    code: str
    title: Text
    parent: str | None
    children: tuple[str, ...]
    leaves: tuple[str, ...]  # all leaves below, itself if it is one
    out_of: Decimal  # of a parent the sum of its leaves
    stated_out_of: Decimal | None
    rule: Rule | None
    monitor: str | None  # its own or the nearest one above
    evidence: str  # required | optional | none
    evidence_from: str | None
    evidence_by: str | None
    may_not_apply: Text | None
    guidance: Text | None
    claimed: bool = True  # False of a leaf that the appraisers alone score

    def is_written_in(self, kind: Kind | None) -> bool:
        """Tell whether stages of a kind have a line for this leaf: none has one for a parent or a survey's leaf."""
        return self.rule is not None and self.rule.has_line and (self.claimed or kind != "claim")

    @property
    def area(self) -> str:
        """Return the code of the top criterion above."""
        return self.code.partition(".")[0]

    @property
    def depth(self) -> int:
        """Return 0 for an area, 1 below it, and so on."""
        return self.code.count(".")


@dataclass(frozen=True, slots=True)
class Line(KnowsPlaces):
    """What one stage says of one criterion for one agency."""

    criterion: str
    score: Decimal | None = None
    not_applicable: Text | None = None
    answer: Node | None = None
    reason: Text | None = None
    explanation: Text | None = None
    note: Text | None = None
    by: str | None = None
    request: bool = False
    evidence: tuple[Reference, ...] = ()
    spoiled: bool = False  # its shape is wrong; it stands, but no law reads it


@dataclass(frozen=True, slots=True)
class FormRecord:
    """What one file of a stage says of the form that it was read from; of a part also the body whose part it is."""

    source: Source
    body: str | None
    issue: str | None = None  # the id under which the form was issued
    content: str | None = None  # the digest of what was typed, as the signed page shows it
    page: str | None = None  # sha256 of the signed page
    stands: str | None = None  # the digest of what the file says now, where `content` is to be held against it


@dataclass(frozen=True, slots=True)
class StageFile(KnowsPlaces):
    """One stage of one agency, head and parts together: its dates and documents, and its lines by criterion code."""

    stage: str
    kind: Kind
    agency: str
    lines: Mapping[str, Line]
    dates: Mapping[str, str] = field(default_factory=dict)  # received, appraised, sent, unanswered
    documents: Mapping[str, Reference] = field(default_factory=dict)  # report, letter, requested, decision
    signed_by: Text | None = None
    spoiled: bool = False
    parts: Mapping[str, Source] = field(default_factory=dict)  # body -> the file with its lines
    repeated: tuple[Line, ...] = ()  # lines of parts whose criterion stands in another file of the stage as well
    headless: bool = False  # there are parts, and no head yet
    unread: bool = False  # the file, or one of its parts, stands there, but none of its lines could be read
    forms: tuple[FormRecord, ...] = ()  # that the head and the parts were read from

    @property
    def requests(self) -> tuple[str, ...]:
        """Return the codes of the criteria that the agency is asked to explain."""
        return tuple(code for code, line in self.lines.items() if line.request)

    @property
    def day(self) -> str | None:
        """Return the day on which this stage was done for the agency, as far as the file says."""
        for key in ("received", "appraised"):
            if key in self.dates:
                return self.dates[key]
        decision = self.documents.get("decision")
        return decision.date if decision else None


@dataclass(frozen=True, slots=True)
class Scale:
    """Answer options of a question with their values from 0 to 1, and the option that says "no opinion"."""

    id: str
    values: Mapping[str, Decimal]
    titles: Mapping[str, Text]
    no_opinion: str | None

    @property
    def opinions(self) -> Mapping[str, Decimal]:
        """Return the options that a mean is made of: all but "no opinion"."""
        return {option: value for option, value in self.values.items() if option != self.no_opinion}


@dataclass(frozen=True, slots=True)
class Group:
    """One kind of survey respondent; `sipas` where its figure comes from the satisfaction index."""

    id: str
    title: Text
    sipas: bool
    population: int | None
    quota: int | None
    forms: Mapping[str, int]
    source: Source
    matrix: bool = False  # one form rates every agency
    own_agency: Literal["only", "exclude"] | None = None  # rates only the own one; or never the own one
    token: bool = False  # each form carries a code that was given out beforehand
    design_effect: Decimal | None = None  # of SIPAS: its variance against that of a simple random sample


@dataclass(frozen=True, slots=True)
class Skip:
    """When a question is passed over: an earlier question has one of these answers."""

    question: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the survey: its scale, the criterion it feeds and the groups that are asked."""

    id: str
    scale: str
    criterion: str
    groups: tuple[str, ...]
    text: Text
    source: Source
    required: bool = False  # an electronic form does not let it stand blank
    skip_if: Skip | None = None


@dataclass(frozen=True, slots=True)
class Validity:
    """What a form must pass to count; None where a rule is not applied."""

    complete_from: Decimal | None = None  # percent of the questions that were put
    fastest: int | None = None  # seconds; a faster form is refused
    duplicate_within: int | None = None  # seconds between two forms of the same answers
    straight_line: Literal["reject", "keep"] | None = None
    straight_line_from: int = 2  # answers from which a form of one single option is seen as such
    differs_from: Decimal | None = None  # percent of the forms issued; another number of forms that came back is told


SHOWN_FROM = 10  # valid forms, where the survey's policy says nothing of a group


@dataclass(frozen=True, slots=True)
class SurveyPlan(KnowsPlaces):
    """What the survey asks, of whom, when, and what is shown of it."""

    scales: Mapping[str, Scale] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    questions: Mapping[str, Question] = field(default_factory=dict)
    fieldwork_from: str | None = None
    fieldwork_to: str | None = None
    modes: tuple[str, ...] = ()
    without_answers_zero: bool = False
    valid_from: Mapping[str, int] = field(default_factory=dict)
    show_from: Mapping[str, int] = field(default_factory=dict)
    moments_from: int | None = None
    validity: Validity = field(default_factory=Validity)

    def shown_from(self, group: str) -> int:
        """Return how many valid forms of a group there must be before its figures are shown."""
        return self.show_from.get(group, SHOWN_FROM)


NO_SURVEY = SurveyPlan(source=Source(""))


@dataclass(frozen=True, slots=True)
class Counts(KnowsPlaces):
    """What one group said of one agency: counts per question and option, or a SIPAS percent, or handed-over points."""

    group: str
    agency: str
    forms: Mapping[str, int]
    answers: Mapping[str, Mapping[str, int]]
    sipas: Decimal | None = None
    respondents: int | None = None
    points: Mapping[str, Decimal] = field(default_factory=dict)
    spoiled: bool = False


class AgencyQuestion(NamedTuple):
    """One question about one agency: what a form of a group answers once."""

    agency: str
    question: str


@dataclass(frozen=True, slots=True)
class PairSums:
    """Over the forms that answer both of two askings: how many, the two sums of values, the sum of the products."""

    n: int
    sums: tuple[Decimal, Decimal]
    products: Decimal
    source: Source = field(default=NOWHERE, compare=False)

    def crossed(self, one: Fraction, other: Fraction) -> Fraction:
        """Return the sum of (x - one)(y - other), where these are the means of all who answered either."""
        first, second = Fraction(self.sums[0]), Fraction(self.sums[1])
        return Fraction(self.products) - other * first - one * second + self.n * one * other


PRODUCT_UNIT = 10**15  # what a product of two agencies is divided by to be points squared (design, section 5)


@dataclass(frozen=True, slots=True)
class CriterionWeight:
    """How a group's answers gave points when moments were made: the criterion's points, and the questions asked."""

    points: Decimal
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SharedProduct:
    """Over the forms that rate two agencies: how many, and the sum of products of what they add to the points of both.

    The product is a whole number of units of 1 / `PRODUCT_UNIT` points squared.
    """

    n: int
    product: int
    source: Source = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Moments:
    """What standard errors need of one group's forms: sums over pairs of askings, never a form.

    The first form (2024) has pairs of questions of two agencies too; since decision 0050 `between` has their product.
    """

    group: str
    source: Source
    pairs: Mapping[tuple[AgencyQuestion, AgencyQuestion], PairSums]  # each pair once, in the order it was written
    weights: Mapping[str, CriterionWeight] = field(default_factory=dict)  # criterion -> what `between` was made with
    between: Mapping[tuple[str, ...], SharedProduct] = field(default_factory=dict)  # by two agencies

    @property
    def joins_agencies(self) -> bool:
        """Tell whether some people rated several agencies."""
        return bool(self.between) or any(one.agency != other.agency for one, other in self.pairs)

    def weights_of(self, agency: str) -> Mapping[AgencyQuestion, Fraction]:
        """Return the points that `between` counted each question mean of an agency with."""
        found: dict[AgencyQuestion, Fraction] = {}
        for weight in self.weights.values():
            asked = [AgencyQuestion(agency, question) for question in weight.questions]
            heard = [one for one in asked if (one, one) in self.pairs]
            found |= {one: Fraction(weight.points) / len(heard) for one in heard}
        return found

    def of(self, first: AgencyQuestion, second: AgencyQuestion) -> PairSums | None:
        """Return the sums of a pair in the order asked for, None where the file has none."""
        found = self.pairs.get((first, second))
        if found is not None:
            return found
        turned = self.pairs.get((second, first))
        return replace(turned, sums=(turned.sums[1], turned.sums[0])) if turned else None


@dataclass(frozen=True, slots=True)
class Amendment(KnowsPlaces):
    """A correction of a closed stage: a line in the place of another, or a whole survey file."""

    number: str
    stage: str
    agency: str
    reason: Text
    decision: Reference
    expect: str
    criterion: str | None = None
    line: Line | None = None
    group: str | None = None
    counts: Counts | None = None
    moments: Moments | None = None  # of the group, which its new counts fit


@dataclass(frozen=True, slots=True)
class Replacement(KnowsPlaces):
    """A correction of a closed file as a whole; `stands` is the sha256 of what stood in its place, or `none`."""

    number: str
    path: str
    expect: str
    reason: Text
    decision: Reference
    sha256: str  # of the amendment
    file: Node | None = None  # the new content
    stands: str = "none"


@dataclass(frozen=True, slots=True)
class Withdrawal(KnowsPlaces):
    """The word that an earlier amendment, which never took effect, is none; `target` is that one if it can be read."""

    number: str
    withdraws: str
    reason: Text
    decision: Reference
    found: bool  # whether an earlier amendment of that number is there
    target: Amendment | Replacement | Withdrawal | None


@dataclass(frozen=True, slots=True)
class ApprovedRow:
    """One agency's figures in an approved table, as text with the year's decimals; None where there is none."""

    agency: str
    points: str
    out_of: str
    index: str | None
    rank: int | None
    grade: str | None
    source: Source


@dataclass(frozen=True)  # no slots: what was worked out is kept
class ApprovedTable(KnowsPlaces):
    """One decision that approved the results, with the digest of what scoring read; or one that only takes back."""

    decision: Reference
    publish_from: str | None
    reason: Text | None
    inputs: str
    engine: str | None  # the version of the program that computed it; old tables do not say
    rows: tuple[ApprovedRow, ...]
    withdraws: str | None = None  # the number of an earlier decision; without rows that one counts no more
    position: int = 0  # in its file
    withdrawn: bool = False
    # The number of the last amendment among what it was given for, "" where there was none; None where that is unknown.
    knew: str | None = field(default=None, compare=False)

    @property
    def public_from(self) -> str | None:
        """Return the day from which the table is public: the one it names, else that of its decision."""
        return self.decision.date if self.publish_from is None else self.publish_from

    @cached_property
    def by_agency(self) -> Mapping[str, ApprovedRow]:
        """Return the rows by their agencies."""
        return {row.agency: row for row in self.rows}


@dataclass(frozen=True, slots=True)
class Due:
    """When a task is due, in one of the forms of the plan."""

    in_month: str | None = None
    before: str | None = None
    from_day: str | None = None
    by: str | None = None
    working_days: int | None = None
    after_task: str | None = None
    after_request: bool = False


# What may show a task done beside a stage and the survey: `sent` the letter of the first appraisal, `record` no file.
SENT, APPROVAL, RECORD = SHOWN_BESIDE = ("sent", "approval", "record")
AGENCIES = "agencies"  # `responsible` of a task that every assessed agency carries out


@dataclass(frozen=True, slots=True)
class Task:
    """One task of the plan."""

    no: str
    section: Text | None
    task: Text
    product: Text | None
    responsible: tuple[str, ...]
    due: Due
    printed: str | None
    reading: Text | None
    scan: bool
    done_on: str | None
    done_document: Reference | None
    source: Source
    in_plan: bool = True
    shown_by: str | None = None  # what of the record shows it done: a stage, sent, survey, approval, or record

    def shown_in(self, stages: Stages) -> str | None:
        """Return which part of the record shows it done: for all agencies their claim, or their answer to a request."""
        if self.shown_by is not None:
            return None if self.shown_by == RECORD else self.shown_by
        if AGENCIES in self.responsible:
            return next(iter(stages.of_kind("explain")), None) if self.due.after_request else stages.claim
        return None


@dataclass(frozen=True, slots=True)
class Vote:
    """One vote of the council; internal."""

    matter: Text
    for_it: int
    against: int
    abstained: int


@dataclass(frozen=True, slots=True)
class Session:
    """One session of the council: how many members came, how many absent ones agreed in writing, the votes."""

    date: str
    present: int
    agreed: int
    votes: tuple[Vote, ...] = ()


@dataclass(frozen=True, slots=True)
class Council:
    """The council: its decision, members by function and body, sessions (votes are internal)."""

    decision: Reference
    members: tuple[tuple[Text, str], ...]
    sessions: tuple[Session, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class Supervision(KnowsPlaces):
    """Who watched over the survey, when, and what was found."""

    plan: Reference | None
    team: tuple[str, ...]
    visits: tuple[tuple[str, tuple[str, ...], Text | None], ...]
    callbacks: Mapping[str, int]
    draws: Mapping[str, Draw] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draw:
    """The call-backs of one group: the seed, how many serial numbers were drawn from, and what came of it."""

    group: str
    figures: Mapping[str, int]  # seed, of, drawn, reached, agreed: those that are known
    digest: str | None  # sha256 of the list that was drawn from
    source: Source


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day off or make-up day as a notice sets it, and the day it is swapped for."""

    date: str
    year: str  # under which it is written
    off: bool
    partner: str | None
    source: Source


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days off and make-up days as the notices set them, by ISO date."""

    days_off: frozenset[str] = frozenset()
    make_up_days: frozenset[str] = frozenset()
    years: frozenset[str] = frozenset()
    days: tuple[CalendarDay, ...] = ()


@dataclass(frozen=True, slots=True)
class IssuedForm:
    """A form that was handed out: whose it is, when, as which version of theirs, and since when it no longer counts."""

    id: str
    source: Source
    date: str
    version: int
    agency: str | None = None  # None: the form of a body across agencies
    body: str | None = None
    commit: str | None = None  # of the data that it was made from
    revoked: str | None = None

    def replaces(self, other: IssuedForm) -> bool:
        """Tell whether this is a later version of the same form, and counts."""
        same = (self.agency, self.body) == (other.agency, other.body)
        return same and self.version > other.version and self.revoked is None


@dataclass(frozen=True, slots=True)
class Year:
    """One cycle with everything in its folder."""

    name: str
    cycle: Cycle
    agencies: Mapping[str, Agency]
    criteria: Mapping[str, Criterion]
    stages: Mapping[str, Mapping[str, StageFile]]
    survey: SurveyPlan | None
    counts: Mapping[tuple[str, str], Counts]
    amendments: tuple[Amendment, ...]  # those that count
    approvals: tuple[ApprovedTable, ...]  # the tables that count
    plan: tuple[Task, ...]
    council: Council | None
    supervision: Supervision | None
    sealed: frozenset[str]
    digests: Mapping[str, str]  # sha256 of each file of the year as it stands, by path
    inputs: str  # sha256 over what scoring reads
    moments: Mapping[str, Moments] = field(default_factory=dict)  # by group; where scoring never looks
    decisions: tuple[ApprovedTable, ...] = ()  # all of the file of approvals
    replacements: tuple[Replacement, ...] = ()  # those that count; their files are read in the place of the others
    withdrawals: tuple[Withdrawal, ...] = ()
    withdrawn: frozenset[str] = frozenset()  # paths of amendments and withdrawals that do not count any more
    moments_unsealed: bool = False  # the survey is sealed and its seal leaves some of them out
    unread: frozenset[str] = frozenset()  # kinds of files, those of no year too, that stand there but cannot be read
    groups: Mapping[str, AgencyGroup] = field(default_factory=dict)  # of agencies; none where the year has none
    issued: Mapping[str, Mapping[str, IssuedForm]] = field(default_factory=dict)  # by stage and id
    dossiers: Mapping[str, Mapping[str, DossierFile]] = field(default_factory=dict)  # by agency and sha256
    signings: Mapping[str, Signing] = field(default_factory=dict)  # who signs and receives each kind of document
    earlier: tuple[Year, ...] = field(default=(), compare=False)  # before each of `replacements`, by what stood there

    def as_known(self, corrections: Container[str]) -> Year:
        """Return the year as it was when only these of its corrections were known, by their numbers.

        A file that was replaced as a whole is read as every replacement up to the last known one left it.
        """
        known = [place for place, one in enumerate(self.replacements, 1) if one.number in corrections]
        then = (*self.earlier[max(known, default=0) :], self)[0]
        return replace(then, amendments=tuple(one for one in self.amendments if one.number in corrections))

    @property
    def survey_plan(self) -> SurveyPlan:
        """Return what the survey asks, of whom; nothing of nobody where the year has none."""
        return self.survey or NO_SURVEY

    @property
    def issued_forms(self) -> tuple[IssuedForm, ...]:
        """Return the forms that were issued, stage by stage."""
        return tuple(form for listed in self.issued.values() for form in listed.values())

    @property
    def public_from(self) -> str | None:
        """Return the day from which the results are public: the one that was decided last."""
        return next((table.publish_from for table in reversed(self.approvals) if table.publish_from), None)

    def file(self, stage: str | None, agency: str) -> StageFile | None:
        """Return one stage of one agency, None where nothing was handed in, or the year has no such stage."""
        return self.stages.get(stage or "", {}).get(agency)

    def file_place(self, agency: str, document: Reference) -> str:
        """Return where a site has the file of a document of an agency; nothing where it has none."""
        file = self.dossiers.get(agency, {}).get(document.sha256 or "")
        return "" if file is None or file.destroyed else file.place(self.name, agency)

    def known_agency(self, typed: str) -> Agency:
        """Return the agency that was typed.

        Raises:
            ParindexError: The year has no such agency.
        """
        if typed not in self.agencies:
            listed = dict.fromkeys(filter(None, (nearest(typed, self.agencies), *self.agencies)))  # of many the first
            raise ParindexError("unknown-agency", agency=typed[:60], year=self.name, allowed=as_listed(listed))
        return self.agencies[typed]

    def known_criterion(self, typed: str) -> Criterion:
        """Return the criterion whose code was typed.

        Raises:
            ParindexError: The year has no such criterion.
        """
        if typed not in self.criteria:
            allowed = ", ".join(self.criteria)
            raise ParindexError("unknown-criterion", criterion=typed[:60], year=self.name, allowed=allowed)
        return self.criteria[typed]

    def is_closed(self, stage: str) -> bool:
        """Tell whether a stage is sealed, or its year approved: what it lacks then is an error."""
        return stage in self.sealed or bool(self.approvals)

    def leaves(self) -> Iterator[Criterion]:
        """Yield the leaves in code order."""
        return (criterion for criterion in self.criteria.values() if criterion.rule is not None)

    def upwards(self, code: str) -> Iterator[Criterion]:
        """Yield a criterion and those above it, from the criterion up."""
        here: str | None = code
        while here is not None and here in self.criteria:
            yield self.criteria[here]
            here = self.criteria[here].parent


@dataclass(frozen=True, slots=True)
class Correspondence(KnowsPlaces):
    """Criteria, or agencies, of one year that stand for those of a later one; several on a side: merged, or split.

    Agencies without later ones were dissolved, and nobody took their place.
    """

    before: tuple[str, ...]
    after: tuple[str, ...]
    note: Text | None = None
    document: Reference | None = None

    @property
    def is_single(self) -> bool:
        """Tell whether one stands for one."""
        return len(self.before) == len(self.after) == 1


@dataclass(frozen=True, slots=True)
class Concordance:
    """What may be compared between two years; an agency that is not named here is the one of the same slug."""

    before: str
    after: str
    criteria: tuple[Correspondence, ...]
    agencies: tuple[Correspondence, ...]
    note: Text | None
    source: Source


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on a figure is put into words; percentages and percentage points, but for the last two."""

    near_grade: Decimal
    weak_area: Decimal
    wide_gap: Decimal
    concentrated: Decimal
    overclaim: Decimal
    paper_over_survey: Decimal
    moved: Decimal
    costly: Decimal
    behind_median: Decimal
    kept_within: int  # places in the ranking
    shown: int  # criteria that one sentence names


@dataclass(frozen=True, slots=True)
class FirmnessPolicy:
    """How the ranking is tried with other weights: ranges in percent either way, how often, from which seed."""

    areas: int = 25
    criteria: int = 25
    draws: int = 1000
    seed: str | None = None  # none: the name of the year
    correlation_from: int = 20  # agencies


@dataclass(frozen=True, slots=True)
class Licence:
    """Under which published figures may be used."""

    name: str = "CC-BY-4.0"
    title: str = "Creative Commons Attribution 4.0 International"
    url: str = "https://creativecommons.org/licenses/by/4.0/"


@dataclass(frozen=True, slots=True)
class SiteIdentity(KnowsPlaces):
    """Whose index it is (data/site.yml); a repository that does not say gets words that fit all."""

    source: Source = field(default_factory=lambda: Source("data/site.yml"))
    index: Text | None = None
    of: Text | None = None
    authority: Text | None = None  # a proper name
    level: str | None = None  # city, province or ministry
    publisher: str | None = None  # a body's slug
    contact: Text | None = None
    complaints: Text | None = None  # how to complain,
    complaints_until: Text | None = None  # and until when
    licence: Licence = field(default_factory=Licence)
    release_by: str | None = None  # the day of the next release,
    release_year: str | None = None  # or the task of this year's plan
    release_task: str | None = None
    address: str | None = None  # of the site
    languages: tuple[str, ...] = ()  # of the site; none named: all
    logo: str | None = None  # a file among the site's assets


@dataclass(frozen=True, slots=True)
class World:
    """All records of one tree."""

    bodies: Mapping[str, Body]
    calendar: Calendar
    years: Mapping[str, Year]
    concordances: tuple[Concordance, ...] = ()
    thresholds: Thresholds | None = None
    firmness: FirmnessPolicy = FirmnessPolicy()
    unread_years: frozenset[str] = frozenset()  # their folders stand there, but cannot be read
    identity: SiteIdentity = field(default_factory=SiteIdentity)

    def identity_of(self, year: Year) -> SiteIdentity:
        """Return whose index a year is: as site.yml says, with whom the year says it assesses."""
        return replace(self.identity, of=year.cycle.of or self.identity.of)

    def release_task(self) -> Task | None:
        """Return the task of a plan whose due day is that of the next release, where site.yml names one."""
        year = self.years.get(self.identity.release_year or "")
        return next((task for task in year.plan if task.no == self.identity.release_task), None) if year else None


def code_key(code: str) -> tuple[int, ...]:
    """Order criterion codes as numbers, so that 1.10 follows 1.9."""
    return tuple(int(part) if part.isascii() and part.isdigit() else 0 for part in code.split("."))

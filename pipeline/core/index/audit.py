"""The audit of a round: every leaf from claim to decision, what changed and why, sums that are checked, statistics.

Pure: the author of each commit comes in with the lines. What the report proves, per leaf and per agency:
final points = self-assessed points + what each later step added or took. How a report looks: `rounds.audit_report`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from pipeline.core.ground.numbers import as_decimal
from pipeline.core.ground.problems import Source
from pipeline.core.ground.text import Text
from pipeline.core.index.scoring import Results, Road, Step, Value, amended_lines, from_survey, road, roads, score
from pipeline.core.record.authorship import LastChange
from pipeline.core.record.calendar import stage_deadline
from pipeline.core.record.model import Amendment, Calendar, Reference, Year
from pipeline.core.record.stages import NOT_APPLICABLE, Kind

AMENDMENT = "amendment"  # beside the stages, the name of what amendments moved
ACCEPTED, CUT, RAISED, REAPPLIED, GIVEN = "accepted", "cut", "raised", "reapplied", "given"


@dataclass(frozen=True, slots=True)
class StageEntry:
    """What one stage, or an amendment of it, says of a leaf."""

    stage: str
    kind: Kind
    value: Value
    points: Decimal  # what stands after this step; 0 where the leaf does not apply or is only claimed not to
    moved: Decimal  # what the step added (or took, below 0)
    # accepted, cut, raised; reapplied: whether it applies changed; given: points of a leaf that no agency claims; None
    # where nothing is decided
    verdict: str | None
    reason: Text | None
    explanation: str | None
    evidence: tuple[Reference, ...]
    by: str | None
    amendment: Amendment | None
    source: Source
    change: LastChange

    @property
    def step(self) -> str:
        """Return the stage, or that it is an amendment: where the sums count what it moved."""
        return self.stage if self.amendment is None else AMENDMENT

    @property
    def decides(self) -> bool:
        """Tell whether this entry changes what an earlier one gave."""
        return self.amendment is not None or self.kind in ("appraise", "decide")


@dataclass(frozen=True)  # no slots: what moved is found once
class AuditRow:
    """One leaf of one agency in the audited round and those before it."""

    agency: str
    criterion: str
    area: str
    monitor: str | None
    entries: tuple[StageEntry, ...]
    requested: bool
    explained: bool
    in_time: bool | None  # None where nothing came, or where no day says
    started: Decimal  # self-assessed points
    final: Decimal  # points after the audited stage and its amendments
    verdict: str | None  # what the audited stage did; None where it decides nothing, or the agency has no file of it
    unexplained: tuple[StageEntry, ...]  # what moved a score, or whether the leaf applies, and does not say why

    def at(self, stage: str) -> StageEntry | None:
        """Return what a stage itself said, amendments apart."""
        return next((entry for entry in self.entries if entry.step == stage), None)

    @cached_property
    def moves(self) -> tuple[StageEntry, ...]:
        """Return what moved the points, in order."""
        return tuple(entry for entry in self.entries if entry.decides and entry.moved)

    @cached_property
    def cut(self) -> Decimal:
        """Return the greatest cut, 0 or below."""
        return min((Decimal(0), *(entry.moved for entry in self.moves)))

    @property
    def won(self) -> bool:
        """Tell whether an appraisal after an explanation gave more than the one before it."""
        own = [entry for entry in self.entries if entry.amendment is None]
        first = next((place for place, entry in enumerate(own) if entry.kind == "explain"), len(own))
        return any(entry.kind == "appraise" and entry.moved > 0 for entry in own[first:])


@dataclass(frozen=True, slots=True)
class Move:
    """What one step took (below 0) and gave (above 0) over some rows."""

    step: str  # a stage, or `amendment`
    taken: Decimal
    given: Decimal


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts and sums of some rows: what the audited stage did to what stood before it."""

    name: str
    rows: int
    lines: int  # those that the audited stage wrote; the other rows keep what they had
    accepted: int
    cut: int
    raised: int
    reapplied: int
    given: int  # leaves that no agency claims, scored for the first time
    points_cut: Decimal
    points_raised: Decimal
    requests: int
    answered: int  # requests that an explanation came for
    in_time: int
    explained: int  # explanations, asked for or not
    won: int
    started: Decimal
    moves: tuple[Move, ...]
    final: Decimal

    @property
    def moved(self) -> Mapping[str, Decimal]:
        """Return what each step after the self-assessment moved, by its name."""
        return {move.step: move.taken + move.given for move in self.moves}

    @property
    def holds(self) -> bool:
        """Tell whether the identity holds: final = started + everything that moved."""
        return self.final == self.started + sum(self.moved.values(), Decimal(0))


@dataclass(frozen=True, slots=True)
class Audit:
    """The audit of one stage of one year."""

    year: Year
    stage: str
    rows: tuple[AuditRow, ...]
    by_agency: tuple[Tally, ...]
    by_area: tuple[Tally, ...]
    by_monitor: tuple[Tally, ...]
    total: Tally

    @property
    def stages(self) -> tuple[str, ...]:
        """Return the stages that the audit follows: the audited one and those before it."""
        return self.year.cycle.stages.upto(self.stage)

    @property
    def steps(self) -> tuple[str, ...]:
        """Return the stages up to the audited one that change what an earlier one gave, and amendments."""
        return moving_steps(self.year, self.stage)

    @property
    def unexplained(self) -> tuple[tuple[AuditRow, StageEntry], ...]:
        """Return what moved without a reason."""
        return tuple((row, entry) for row in self.rows for entry in row.unexplained)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Where the audit's points are not those that scoring gives; of a whole agency where `criterion` is None."""

    agency: str
    criterion: str | None
    audited: Fraction
    scored: Fraction


def moving_steps(year: Year, stage: str) -> tuple[str, ...]:
    """Return the stages up to one that change what an earlier one gave, and the name of what amendments moved."""
    kinds = year.cycle.stages
    return (*(name for name in kinds.upto(stage) if kinds.kind(name) in ("appraise", "decide")), AMENDMENT)


def audit(
    year: Year,
    stage: str,
    *,
    calendar: Calendar,
    find: Callable[[Source], LastChange],
    claimed_alone: bool = False,
) -> Audit:
    """Audit a stage: follow every leaf that stages write up to and including it, then its amendments, each a step.

    Args:
        stage: the stage whose effect the statistics tell; one of the kind explain tells what was asked and answered.
        claimed_alone: leave out the leaves that the appraisers alone score.
    """
    rows = tuple(
        _row(year, way, stage, calendar, find)
        for agency in year.agencies
        for way in roads(year, agency, {})
        if way.exemption is None and not from_survey(way.criterion) and (way.criterion.claimed or not claimed_alone)
        if any(step.stage in way.stages.upto(stage) for step in way.steps) or _amendments(year, way, stage)
    )
    return Audit(
        year=year,
        stage=stage,
        rows=rows,
        by_agency=_tallies(year, rows, stage, lambda row: row.agency),
        by_area=_tallies(year, rows, stage, lambda row: row.area),
        by_monitor=_tallies(year, rows, stage, lambda row: row.monitor or ""),
        total=_tally(year, "", rows, stage),
    )


def _row(year: Year, way: Road, stage: str, calendar: Calendar, find: Callable[[Source], LastChange]) -> AuditRow:
    entries = tuple(_entries(year, way, stage, find))
    upto = way.stages.upto(stage)
    known = [step for step in way.steps if step.stage in upto]
    letters = [step.stage for step in known if step.kind == "explain"]
    first = next((entry for entry in entries if entry.kind == "claim" and entry.amendment is None), None)
    deciding = [entry for entry in entries if entry.kind != "explain"]
    said = next((entry for entry in entries if entry.step == stage), None)
    silent = (
        ACCEPTED
        if way.stages.kind(stage) in ("appraise", "decide") and year.file(stage, way.agency) is not None
        else None
    )
    return AuditRow(
        agency=way.agency,
        criterion=way.criterion.code,
        area=way.criterion.area,
        monitor=way.criterion.monitor,
        entries=entries,
        requested=any(step.line.request for step in known),
        explained=bool(letters),
        in_time=_in_time(year, letters[-1], way.agency, calendar) if letters else None,
        started=first.points if first else Decimal(0),
        final=deciding[-1].points if deciding else Decimal(0),
        verdict=said.verdict if said else silent,
        unexplained=tuple(_unexplained(way, entries)),
    )


def _unexplained(way: Road, entries: tuple[StageEntry, ...]) -> Iterator[StageEntry]:
    """Yield what needs a reason and has none: any other value than the one before, and any bonus or penalty."""
    bonus = way.criterion.rule is not None and not way.criterion.rule.owed
    stood: Value = None
    for entry in entries:
        if entry.value is None or entry.kind == "explain":
            continue
        changed = stood is not None and stood != entry.value
        if entry.decides and not entry.reason and (changed or (bonus and entry.points != 0)):
            yield entry
        stood = entry.value


def _entries(year: Year, way: Road, stage: str, find: Callable[[Source], LastChange]) -> Iterator[StageEntry]:
    """Yield the entries in order, amendments last; a leaf that self-assessment does not name begins at 0."""
    stands = Decimal(0)
    value: Value = None
    upto = way.stages.upto(stage)
    for step in way.steps:
        if step.stage not in upto:
            continue
        points = as_decimal(step.value) if step.decides else stands
        yield _entry(way, step, points, stands, value, find)
        stands, value = points, step.value if step.decides else value
    ours = _amendments(year, way, stage)
    for count, amendment in enumerate(ours, 1):
        amended = road(year, way.agency, way.criterion, amended_lines(ours[:count]))
        steps = [step for step in amended.steps if step.stage in upto and step.decides]
        own = next((step for step in amended.steps if step.amendment is amendment), None)
        if own is not None:
            points = as_decimal(steps[-1].value) if steps else Decimal(0)
            yield _entry(way, own, points, stands, value, find)
            stands, value = points, steps[-1].value if steps else value


def _amendments(year: Year, way: Road, stage: str) -> list[Amendment]:
    """Return the amendments of a leaf, or of one above it, in the order of their numbers."""
    above = {criterion.code for criterion in year.upwards(way.criterion.code)}
    upto = way.stages.upto(stage)
    own = [a for a in year.amendments if a.agency == way.agency and a.stage in upto and a.criterion in above]
    return sorted(own, key=lambda amendment: amendment.number)


def _entry(  # noqa: PLR0917 - a step of a road, and what stands before and after it
    way: Road, step: Step, points: Decimal, stood: Decimal, before: Value, find: Callable[[Source], LastChange]
) -> StageEntry:
    line, amendment = step.line, step.amendment
    source = amendment.source if amendment else line.source
    reason = amendment.reason if amendment else line.reason or line.not_applicable
    return StageEntry(
        stage=step.stage,
        kind=step.kind,
        value=step.value,
        points=points,
        moved=points - stood,
        verdict=_verdict(way, step, points - stood, before),
        reason=reason,
        explanation=line.explanation.main if line.explanation else None,
        evidence=line.evidence,
        by=line.by,
        amendment=amendment,
        source=source,
        change=find(source),
    )


def _verdict(way: Road, step: Step, moved: Decimal, before: Value) -> str | None:
    """Say what a step did; to give or take back that a leaf applies is neither a cut nor a raise."""
    if not step.decides or (step.kind == "claim" and step.amendment is None):
        return None
    if before is None and not way.criterion.claimed:
        return GIVEN
    if before is not None and (before == NOT_APPLICABLE) != (step.value == NOT_APPLICABLE):
        return REAPPLIED
    return CUT if moved < 0 else RAISED if moved > 0 else ACCEPTED


def _in_time(year: Year, explain: str, agency: str, calendar: Calendar) -> bool | None:
    letter = year.file(explain, agency)
    limit = stage_deadline(year, explain, agency, calendar)
    received = letter.dates.get("received") if letter else None
    return None if limit is None or received is None else received <= limit


def _tallies(year: Year, rows: Iterable[AuditRow], stage: str, name: Callable[[AuditRow], str]) -> tuple[Tally, ...]:
    groups: dict[str, list[AuditRow]] = {}
    for row in rows:
        groups.setdefault(name(row), []).append(row)
    return tuple(_tally(year, key, own, stage) for key, own in groups.items())


def _tally(year: Year, name: str, rows: Iterable[AuditRow], stage: str) -> Tally:
    listed = list(rows)
    said = [entry for row in listed if (entry := row.at(stage)) is not None]
    verdicts = [row.verdict for row in listed]
    return Tally(
        name=name,
        rows=len(listed),
        lines=len(said),
        accepted=verdicts.count(ACCEPTED),
        cut=verdicts.count(CUT),
        raised=verdicts.count(RAISED),
        reapplied=verdicts.count(REAPPLIED),
        given=verdicts.count(GIVEN),
        points_cut=sum((entry.moved for entry in said if entry.decides and entry.moved < 0), Decimal(0)),
        points_raised=sum(
            (entry.moved for entry in said if entry.moved > 0 and entry.decides and entry.verdict != GIVEN), Decimal(0)
        ),
        requests=sum(row.requested for row in listed),
        answered=sum(row.requested and row.explained for row in listed),
        in_time=sum(row.requested and row.in_time is True for row in listed),
        explained=sum(row.explained for row in listed),
        won=sum(row.won for row in listed),
        started=sum((row.started for row in listed), Decimal(0)),
        moves=tuple(_move(step, listed) for step in moving_steps(year, stage)),
        final=sum((row.final for row in listed), Decimal(0)),
    )


def _move(step: str, rows: Iterable[AuditRow]) -> Move:
    moved = [entry.moved for row in rows for entry in row.entries if entry.decides and entry.step == step]
    taken, given = ([points for points in moved if points < 0], [points for points in moved if points > 0])
    return Move(step, sum(taken, Decimal(0)), sum(given, Decimal(0)))


def scored(year: Year, stage: str) -> Results:
    """Return what scoring gives of a year up to a stage, its amendments included."""
    upto = year.cycle.stages.upto(stage)
    stages = {name: files for name, files in year.stages.items() if name in upto}
    amendments = tuple(amendment for amendment in year.amendments if amendment.stage in upto)
    return score(replace(year, stages=stages, amendments=amendments))


def matches(audited: Audit, results: Results) -> tuple[Disagreement, ...]:
    """Return where the audit's points are not those that scoring gives: nowhere, unless something is wrong.

    `results`: the same year scored up to the same stage.
    """
    points = {(row.agency, row.criterion): Fraction(row.final) for row in audited.rows}
    sums = {tally.name: Fraction(tally.final) for tally in audited.by_agency}
    found: list[Disagreement] = []
    for entry in results.agencies:
        agency = entry.agency.slug
        for leaf in entry.leaves:
            own = points.get((agency, leaf.criterion.code), Fraction(0))
            if not from_survey(leaf.criterion) and own != (leaf.points or 0):
                found.append(Disagreement(agency, leaf.criterion.code, own, leaf.points or Fraction(0)))
        if sums.get(agency, 0) != entry.appraisal.points - entry.cut:
            found.append(Disagreement(agency, None, sums.get(agency, Fraction(0)), entry.appraisal.points - entry.cut))
    return tuple(found)

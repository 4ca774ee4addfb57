"""Every decision about a criterion of an agency, in the order of time: what stood before it and what stands after it.

Told by the stages, the survey and the amendments of a year, never by who committed what. A decision of a stage counts
from the day that its file names, one of an amendment from the day of its decision, so that what stood on any day is the
last decision until then. Of the survey only that is told which stood at an approval, or stands now: what no release
showed would say, beside what one did, how the few answered who were counted in between. Decisions 0062, 0069 and 0071.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from pipeline.core.ground.text import Text
from pipeline.core.index.scoring import LeafScore, Step, amended_counts, amended_lines, from_survey, leaf_score, road
from pipeline.core.index.survey_points import group_points
from pipeline.core.record.access import OF_AN_AGENCY
from pipeline.core.record.layout import place
from pipeline.core.record.model import Amendment, Criterion, Reference, Replacement, StageFile, Year
from pipeline.core.record.stages import NOT_APPLICABLE, SURVEY
from pipeline.core.survey.disclosure import apart, known_at_approvals

_BROUGHT_BY = ("report", "letter", "decision")  # the document that comes with a stage of an agency


@dataclass(frozen=True, slots=True)
class Event:
    """What happened at once: a stage of an agency, its survey, a correction; of none of these, the beginning."""

    stage: str  # a stage, survey, or not-applicable where a criterion never applied; "" of a correction of rules
    day: str | None = None  # None where the record does not say
    document: Reference | None = None
    correction: Amendment | Replacement | None = None


@dataclass(frozen=True, slots=True)
class LineDecision:
    """What one event decided of a leaf, by whom and why; `before` is None where nothing stood."""

    agency: str
    event: Event
    by: str | None  # a body or the agency, by its slug
    before: LeafScore | None
    after: LeafScore
    reason: Text | None


def line_decisions(year: Year) -> Iterator[LineDecision]:
    """Yield the decisions of a year, by agency, then as they followed each other."""
    for agency, own in apart(year).items():
        stood, survey = dict[str, LeafScore](), _PublicSurvey(own, agency)
        known, state = frozenset[str](), replace(own.as_known(()), stages={}, counts={})
        for event in (Event(NOT_APPLICABLE), *_events(own, agency)):
            known |= {event.correction.number} if event.correction else frozenset()
            state = _after(state, event, own.as_known(known))
            for leaf in _scores(state, agency, _touched(state, agency, event, stood)):
                code = leaf.criterion.code
                if code not in own.criteria or not survey.shows(leaf, known):
                    continue
                if _is_told(event, stood.get(code), leaf):
                    yield _decision(own, event, stood.get(code), leaf)
                if leaf.outstanding:
                    stood.pop(code, None)
                else:
                    stood[code] = leaf


def _events(year: Year, agency: str) -> Iterator[Event]:
    """Return what happened to an agency in the order of time; what has no day follows what stands before it."""
    listed: list[Event] = []
    latest = ""
    order: list[str] = []
    for stage in year.cycle.stages:
        if (file := year.file(stage.name, agency)) is not None:
            document = next((file.documents[name] for name in _BROUGHT_BY if name in file.documents), None)
            listed.append(Event(stage.name, file.day or (document.date if document else None), document))
            order.append(latest := max(latest, listed[-1].day or ""))
    if year.counts:
        listed.append(Event(SURVEY, year.survey.fieldwork_to if year.survey else None))
    corrected = [Event(one.stage, one.decision.date, one.decision, one) for one in year.amendments]
    corrected += (Event(stage, one.decision.date, one.decision, one) for one, stage, _ in _replaced(year, agency))
    listed += sorted(corrected, key=lambda event: event.correction.number if event.correction else "")
    order += (event.day or latest for event in listed[len(order) :])
    return (listed[number] for number in sorted(range(len(listed)), key=lambda number: (order[number], number)))


def _replaced(year: Year, agency: str) -> Iterator[tuple[Replacement, str, str | None]]:
    """Yield the whole files in whose place others stand that an agency's points follow from: the stage, the group."""
    for one in year.replacements:
        target = place(one.path)
        if target is not None and target.agency in {None, agency} and target.kind != "moments":
            stage = target.stage or (SURVEY if target.kind in {SURVEY, "survey-counts"} else "")
            yield one, stage, target.group


def _after(state: Year, event: Event, known: Year) -> Year:
    """Return what stood of an agency once something more had happened."""
    counts = known.counts if state.counts or (event.stage == SURVEY and event.correction is None) else {}
    begun = state.stages.keys() | ({event.stage} if event.correction is None else set())
    return replace(known, stages={name: file for name, file in known.stages.items() if name in begun}, counts=counts)


def _touched(year: Year, agency: str, event: Event, stood: Mapping[str, LeafScore]) -> Iterator[Criterion]:
    """Yield the leaves of which an event may have changed what stands; in all others it has no word."""
    one, file = event.correction, year.file(event.stage, agency)
    if event.stage == NOT_APPLICABLE or isinstance(one, Replacement):
        exempt = isinstance(one, Replacement) or bool(year.agencies[agency].exemptions)
        yield from (leaf for leaf in year.leaves() if exempt or (leaf.rule is not None and not leaf.rule.owed))
        return
    spoken = {one.criterion} if one else file.lines.keys() if file else ()
    for leaf in year.leaves():
        left_out = leaf.code in stood and stood[leaf.code].road.steps  # by a line above it
        lineless = leaf.rule is not None and not leaf.rule.has_line and (left_out or event.stage == SURVEY)
        if lineless or any(criterion.code in spoken for criterion in year.upwards(leaf.code)):
            yield leaf


def _scores(year: Year, agency: str, leaves: Iterator[Criterion]) -> Iterator[LeafScore]:
    amended, counts = amended_lines(year.amendments), amended_counts(year)
    return (leaf_score(year, road(year, agency, leaf, amended), counts) for leaf in leaves)


class _PublicSurvey:
    """Which points of the survey of an agency an approval saw, or stand now: no other state of them is ever told."""

    def __init__(self, own: Year, agency: str) -> None:
        self.corrected: dict[str, str | None] = {one.number: one.group for one in own.amendments if one.counts}
        self.corrected |= {one.number: group for one, stage, group in _replaced(own, agency) if stage in {SURVEY, ""}}
        self.seen = [(known, dict(_survey_points(own.as_known(known), agency))) for known in known_at_approvals(own)]

    def shows(self, leaf: LeafScore, known: frozenset[str]) -> bool:
        """Tell whether a leaf is one that was public by the same corrections of its groups and of the rules."""
        if leaf.survey is None or leaf.outstanding:
            return True
        groups, points = {None, *group_points(leaf.criterion)}, (leaf.points, leaf.out_of)
        own = {number for number, group in self.corrected.items() if group in groups}
        return any(own & known == own & then and told.get(leaf.criterion.code) == points for then, told in self.seen)


def _survey_points(year: Year, agency: str) -> Iterator[tuple[str, object]]:
    for leaf in _scores(year, agency, filter(from_survey, year.leaves())):
        yield leaf.criterion.code, (leaf.points, leaf.out_of)


def _is_told(event: Event, before: LeafScore | None, leaf: LeafScore) -> bool:
    """Tell whether an event decided anything of a leaf: it has a line of it, or other points stand after it."""
    step, replaces = leaf.road.at(event.stage), isinstance(event.correction, Replacement)
    if leaf.outstanding:
        return False
    if before is None:
        spoken = leaf.road.steps if replaces else step
        return bool(spoken) or leaf.survey is not None or leaf.road.exemption is not None
    if (before.applicable, before.points, before.out_of) != (leaf.applicable, leaf.points, leaf.out_of):
        return True
    return not replaces and step is not None and step.amendment is event.correction


def _decision(own: Year, event: Event, before: LeafScore | None, leaf: LeafScore) -> LineDecision:
    agency, step, exemption = leaf.road.agency, leaf.road.at(event.stage), leaf.road.exemption
    if exemption is not None and event.stage == NOT_APPLICABLE:
        document = exemption.document
        event = replace(event, document=document, day=document.date if document else None)
        kept = exemption.reason in {one.reason for one in own.agencies[agency].exemptions}
        reason = exemption.reason if kept else None
        return LineDecision(agency, event, document.issuer if document else None, before, leaf, reason)
    by = event.document.issuer if event.document else None
    reason = event.correction.reason if event.correction else None
    if step is not None:
        writer = agency if step.kind in OF_AN_AGENCY else step.line.by
        by = writer or (leaf.criterion.monitor if step.kind == "appraise" else by)
        reason = reason or _reason(own.file(step.stage, agency), step)
    event = replace(event, stage=event.stage or leaf.stage or NOT_APPLICABLE)
    return LineDecision(agency, event, by, before, leaf, reason)


def _reason(now: StageFile | None, step: Step) -> Text | None:
    """Return why a line decides as it does; of a file that was replaced no words are told that are gone."""
    line = now.lines.get(step.line.criterion) if now is not None else None
    said = step.line.reason or step.line.explanation or step.line.not_applicable
    kept = line is not None and said in {line.reason, line.explanation, line.not_applicable}
    return said if kept or step.amendment else None

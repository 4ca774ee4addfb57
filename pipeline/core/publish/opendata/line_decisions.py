"""Every decision about a criterion of an agency, in the order of time: what stood before it and what stands after it.

Told by the stages, the survey and the amendments of a year, never by who committed what. A decision of a stage counts
from the day that its file names, one of an amendment from the day of its decision, so that what stood on any day is the
last decision until then. Of the survey only that is told which stood at an approval, or stands now: what no release
showed would say, beside what one did, how the few answered who were counted in between. Decisions 0062 and 0069.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from pipeline.core.ground.text import Text
from pipeline.core.index.scoring import LeafScore, amended_counts, amended_lines, leaf_score, roads
from pipeline.core.index.survey_points import group_points
from pipeline.core.record.access import OF_AN_AGENCY
from pipeline.core.record.model import Amendment, Reference, Year
from pipeline.core.record.stages import NOT_APPLICABLE, SURVEY
from pipeline.core.survey.disclosure import apart

_BROUGHT_BY = ("report", "letter", "decision")  # the document that comes with a stage of an agency


@dataclass(frozen=True, slots=True)
class Event:
    """What happened at once: a stage of an agency, its survey, an amendment; of none of these, the beginning."""

    stage: str  # a stage, survey, or not-applicable where a criterion never applied
    day: str | None = None  # None where the record does not say
    document: Reference | None = None
    amendment: Amendment | None = None


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
        stood: Mapping[str, LeafScore] = {}
        state = replace(own, stages={}, counts={}, amendments=())
        for event in (Event(NOT_APPLICABLE), *_events(own, agency)):
            state = _after(state, event, own)
            ways, counts = roads(state, agency, amended_lines(state.amendments)), amended_counts(state)
            unsettled = _unsettled(state, own)
            stands = {
                way.criterion.code: leaf_score(state, way, counts)
                for way in ways
                if unsettled.isdisjoint(group_points(way.criterion))
            }
            for code, leaf in stands.items():
                if _is_told(event, stood.get(code), leaf):
                    yield _decision(agency, event, stood.get(code), leaf)
            stands = {**stood, **stands}
            stood = {code: leaf for code, leaf in stands.items() if not leaf.outstanding}


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
    amendments = sorted(year.amendments, key=lambda one: one.number)
    listed += (Event(one.stage, one.decision.date, one.decision, one) for one in amendments)
    order += (event.day or latest for event in listed[len(order) :])
    return (listed[place] for place in sorted(range(len(listed)), key=lambda place: (order[place], place)))


def _after(state: Year, event: Event, whole: Year) -> Year:
    """Return what is known of an agency once something more has happened."""
    if event.amendment is not None:
        return replace(state, amendments=(*state.amendments, event.amendment))
    if event.stage == SURVEY:
        return replace(state, counts=whole.counts)
    if event.stage == NOT_APPLICABLE:
        return state
    return replace(state, stages={**state.stages, event.stage: whole.stages[event.stage]})


def _unsettled(state: Year, whole: Year) -> frozenset[str]:
    """Return the groups whose answers a further amendment corrected before the next approval."""
    days = [approval.decision.date or "" for approval in whole.approvals]
    latest, places = (whole.survey.fieldwork_to or "") if whole.survey else "", dict[str, int]()
    now = bisect_left(days, latest)
    for one in sorted((one for one in whole.amendments if one.counts is not None), key=lambda one: one.number):
        latest = max(latest, one.decision.date or "")
        places[one.number] = bisect_left(days, latest)
    known = {one.number for one in state.amendments}
    now = max((place for number, place in places.items() if number in known), default=now)
    later = (one for one in whole.amendments if places.get(one.number, now + 1) <= now and one.number not in known)
    return frozenset(one.group for one in later if one.group is not None)


def _is_told(event: Event, before: LeafScore | None, leaf: LeafScore) -> bool:
    """Tell whether an event decided anything of a leaf: it has a line of it, or other points stand after it."""
    step = leaf.road.at(event.stage)
    if leaf.outstanding:
        return False
    if before is None:
        return step is not None or leaf.survey is not None or leaf.road.exemption is not None
    if (before.applicable, before.points, before.out_of) != (leaf.applicable, leaf.points, leaf.out_of):
        return True
    return step is not None and step.amendment == event.amendment


def _decision(agency: str, event: Event, before: LeafScore | None, leaf: LeafScore) -> LineDecision:
    step, exemption = leaf.road.at(event.stage), leaf.road.exemption
    if exemption is not None and event.stage == NOT_APPLICABLE:
        document = exemption.document
        event = replace(event, document=document, day=document.date if document else None)
        return LineDecision(agency, event, document.issuer if document else None, before, leaf, exemption.reason)
    by, reason = event.document.issuer if event.document else None, event.amendment.reason if event.amendment else None
    if step is not None:
        own = agency if step.kind in OF_AN_AGENCY else step.line.by
        by = own or (leaf.criterion.monitor if step.kind == "appraise" else by)
        reason = reason or step.line.reason or step.line.explanation or step.line.not_applicable
    return LineDecision(agency, event, by, before, leaf, reason)

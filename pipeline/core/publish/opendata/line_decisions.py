"""Every decision about a criterion of an agency, in the order of time: what stood before it and what stands after it.

Told by the stages, the survey and the amendments of a year, never by who committed what. A decision of a stage counts
from the day that its file names, one of an amendment from the day of its decision, so that what stood on any day is the
last decision until then. Decision 0069.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from pipeline.core.ground.text import Text
from pipeline.core.index.scoring import LeafScore, Step, amended_counts, amended_lines, leaf_score, roads
from pipeline.core.record.model import Amendment, Reference, StageFile, Year
from pipeline.core.record.stages import NOT_APPLICABLE, SURVEY
from pipeline.core.survey.disclosure import apart


@dataclass(frozen=True, slots=True)
class LineDecision:
    """One decision about a leaf: where, when, by whom, and the leaf's points before (None: nothing stood) and after."""

    agency: str
    stage: str  # a stage, survey, or not-applicable where the criterion never applied
    day: str | None  # None where the record does not say
    by: str | None  # a body or the agency, by its slug
    document: Reference | None
    amendment: Amendment | None
    before: LeafScore | None
    after: LeafScore
    reason: Text | None


@dataclass(frozen=True, slots=True)
class _Event:
    """What happened at once: a stage of an agency, its survey, an amendment; of none of these, the beginning."""

    stage: str
    day: str | None = None
    document: Reference | None = None
    amendment: Amendment | None = None


def line_decisions(year: Year) -> Iterator[LineDecision]:
    """Yield the decisions of a year, by agency, then as they followed each other."""
    for agency, own in apart(year).items():
        stood: Mapping[str, LeafScore] = {}
        state = replace(own, stages={}, counts={}, amendments=())
        for event in (_Event(NOT_APPLICABLE), *_events(own, agency)):
            state = _after(state, event, own, agency)
            ways, counts = roads(state, agency, amended_lines(state.amendments)), amended_counts(state)
            stands = {way.criterion.code: leaf_score(state, way, counts) for way in ways}
            for code, leaf in stands.items():
                step, before = leaf.road.at(event.stage), stood.get(code)
                if _is_told(event, leaf, before, step):
                    yield _decision(agency, event, before, leaf, step)
            stood = {code: leaf for code, leaf in stands.items() if not leaf.outstanding}


def _events(year: Year, agency: str) -> Iterator[_Event]:
    """Return what happened to an agency in the order of time; what has no day follows what stands before it."""
    files = (own for stage in year.cycle.stages if (own := year.file(stage.name, agency)) is not None)
    survey = [_Event(SURVEY, year.survey.fieldwork_to if year.survey else None)] if year.counts else []
    amendments = sorted(year.amendments, key=lambda one: one.number)
    listed = [
        *(_Event(file.stage, _day(file), _document(file)) for file in files),
        *survey,
        *(_Event(one.stage, one.decision.date, one.decision, one) for one in amendments),
    ]
    days: list[str] = []
    for event in listed:
        fixed = event.stage == SURVEY or event.amendment is not None
        days.append(event.day or (days[-1] if days else "") if fixed else max([event.day or "", *days]))
    ordered = sorted(range(len(listed)), key=lambda place: (days[place], place))
    return (listed[place] for place in ordered)


def _day(file: StageFile) -> str | None:
    document = _document(file)
    return file.day or (document.date if document else None)


def _document(file: StageFile) -> Reference | None:
    """Return the document that brought a stage: a report, a letter, or a decision."""
    return next((file.documents[name] for name in ("report", "letter", "decision") if name in file.documents), None)


def _after(state: Year, event: _Event, whole: Year, agency: str) -> Year:
    """Return what is known of an agency once something more has happened."""
    if event.amendment is not None:
        return replace(state, amendments=(*state.amendments, event.amendment))
    if event.stage == SURVEY:
        return replace(state, counts=whole.counts)
    if event.stage == NOT_APPLICABLE:
        return state
    return replace(state, stages={**state.stages, event.stage: {agency: whole.stages[event.stage][agency]}})


def _is_told(event: _Event, leaf: LeafScore, before: LeafScore | None, step: Step | None) -> bool:
    """Tell whether an event decided anything of a leaf: it has a line of it, or other points stand after it."""
    if leaf.outstanding:
        return False
    if before is None:
        return step is not None or leaf.survey is not None or leaf.road.exemption is not None
    if (before.applicable, before.points, before.out_of) != (leaf.applicable, leaf.points, leaf.out_of):
        return True
    return step is not None and step.amendment == event.amendment


def _decision(agency: str, event: _Event, before: LeafScore | None, leaf: LeafScore, step: Step | None) -> LineDecision:
    amendment, exemption = event.amendment, leaf.road.exemption if event.stage == NOT_APPLICABLE else None
    document = exemption.document if exemption else event.document
    is_own = step is not None and step.kind in ("claim", "explain")
    by = agency if is_own else step.line.by if step is not None else None
    if by is None and step is not None and step.kind == "appraise":
        by = leaf.criterion.monitor
    reason = exemption.reason if exemption else amendment.reason if amendment else _reason(step)
    return LineDecision(
        agency,
        event.stage,
        document.date if exemption and document else event.day,
        by or (document.issuer if document else None),
        document,
        amendment,
        before,
        leaf,
        reason,
    )


def _reason(step: Step | None) -> Text | None:
    """Return why a line says what it says: its reason, what was explained, why it does not apply."""
    if step is None:
        return None
    return step.line.reason or step.line.explanation or step.line.not_applicable

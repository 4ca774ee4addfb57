"""What the minutes of the council say: who met, what the rounds had given, what the council changed, the result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pipeline.core.ground.templates import Fields
from pipeline.core.ground.text import json_fields
from pipeline.core.index.audit import scored
from pipeline.core.index.scoring import Results, from_survey, roads
from pipeline.core.index.words import stage_text
from pipeline.core.publish.reports.common import ReportRequest, results_on
from pipeline.core.publish.reports.result_tables import ranking
from pipeline.core.record.model import Session


def council_minutes(asked: ReportRequest) -> Fields:
    """Return the fields of the minutes of the council's last session.

    Raises:
        ParindexError: there is no council, it has not met, or it has decided on no agency.
    """
    council = asked.year.council
    if council is None or not council.sessions:
        raise asked.missing("session")
    decide = asked.year.cycle.stages.decide
    if decide is None or not asked.year.stages.get(decide):
        raise asked.missing("stage", stage=stage_text(decide or "decide", asked.scene.labels))
    titles = {name: asked.scene.labels.stage(name) for name in asked.year.cycle.stages.upto(decide)}
    deciding = [name for name in titles if name in asked.year.cycle.stages.deciding]
    session = max(council.sessions, key=lambda one: one.date)
    asked = replace(asked, date=asked.date or session.date)  # minutes bear the day of the session
    results = results_on(asked.year, session.date)
    decided = list(_adjusted(asked, results))
    decisions = {
        (decision.number, decision.date)
        for file in asked.year.stages[decide].values()
        if (decision := file.documents.get("decision")) is not None
    }
    return {
        **asked.head("BB"),
        "founded": asked.words("founded", number=council.decision.number, day=asked.long_day(council.decision.date)),
        "session_day": asked.long_day(session.date),
        "member_count": asked.count(len(council.members)),
        "present": asked.count(session.present),
        "agreed": asked.count(session.agreed) if session.agreed else "",
        "members": [
            {"number": number, "function": asked.of(function), "body": asked.scene.body(body)}
            for number, (function, body) in enumerate(council.members, 1)
        ],
        "reported": "; ".join(title for name, title in titles.items() if name != decide),
        "last": "".join(titles[name] for name in deciding[-2:-1]),
        "stage_titles": [titles[name] for name in deciding],
        "stages": list(_by_stage(asked, results, deciding)),
        "adjusted": decided,
        "adjusted_count": asked.count(len(decided)),
        "votes": list(_votes(asked, session)),
        "survey": any(entry.survey.out_of for entry in results.agencies),
        "decision": asked.listed(
            (asked.words("decided", number=number, day=asked.long_day(day)) for number, day in sorted(decisions)),
        ),
        "ranking": ranking(asked, results),
        "agency_count": asked.count(len(results.agencies)),
    }


def _by_stage(asked: ReportRequest, results: Results, deciding: list[str]) -> Iterator[dict[str, object]]:
    """Yield each agency's appraised points as they stood after each deciding stage."""
    stood = [scored(results.year, stage) for stage in deciding]
    for agency in (entry.agency for entry in results.agencies):
        points = [entry.appraisal.points for after in stood if (entry := after.of(agency.slug)) is not None]
        yield {
            "agency": asked.of(agency.name),
            "points": [asked.scene.points(value) for value in points],
            "moved": asked.scene.signed_points(points[-1] - points[-2]) if len(points) > 1 else "",
        }


def _adjusted(asked: ReportRequest, results: Results) -> Iterator[dict[str, object]]:
    """Yield what the council changed against the round before it."""
    for agency in (entry.agency for entry in results.agencies):
        for way in roads(results.year, agency.slug, {}):
            decide = way.stages.decide or ""
            step, before = way.at(decide), way.before(decide)
            if step is None or from_survey(way.criterion) or (before is not None and before.value == step.value):
                continue
            yield {
                "agency": asked.of(agency.name),
                "code": way.criterion.code,
                "title": asked.of(way.criterion.title),
                "out_of": asked.scene.points(way.criterion.out_of),
                "claimed": asked.value_text(way.claimed),
                "before": asked.value_text(before.value if before else None),
                "after": asked.value_text(step.value),
                "reason": asked.of(step.line.reason) or asked.of(step.line.not_applicable),
            }


def _votes(asked: ReportRequest, session: Session) -> Iterator[dict[str, object]]:
    for vote in session.votes:
        yield {"matter": asked.of(vote.matter), **json_fields(vote, "for_it", "against", "abstained")}

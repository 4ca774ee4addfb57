"""What the letter after the first round says to an agency: what was given, what was cut and why, what to explain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from pipeline.core.ground.numbers import as_decimal
from pipeline.core.ground.templates import Fields
from pipeline.core.index.scoring import Road, Step, Value, from_survey, is_bonus, roads
from pipeline.core.index.words import stage_text
from pipeline.core.publish.reports.common import ReportRequest
from pipeline.core.publish.reports.selfassessments import told_answer
from pipeline.core.record.calendar import deadline


def appraisal_notice(asked: ReportRequest) -> Fields:
    """Return the fields of the letter that sends an agency its first round and asks it to explain.

    Raises:
        ParindexError: the agency has no first round yet.
    """
    first = asked.year.cycle.stages.first_appraise
    file = asked.year.file(first, asked.own.slug)
    if first is None or file is None:
        raise asked.missing("stage", stage=stage_text(first or "appraise", asked.scene.labels))
    asked = asked.issued(file.documents.get("requested"))
    ways = [
        way
        for way in roads(asked.year, asked.own.slug, {})
        if way.exemption is None and not from_survey(way.criterion) and way.at(first) is not None
    ]
    own = [way for way in ways if way.criterion.claimed]
    changed = [way for way in own if _first(way) != way.claimed]
    asked_for = [way for way in ways if _step(way).line.request]
    claimed, given = _sum(way.claimed for way in own), _sum(map(_first, own))
    explain = asked.year.cycle.stages.answered_in(first)
    window = asked.year.cycle.windows.get(explain) if explain is not None else None
    known = {way.criterion.code: _row(asked, way) for way in ways}
    return {
        **asked.head(""),
        "agency": asked.of(asked.own.name),
        "appraised": asked.long_day(file.dates.get("appraised")),
        "claimed": asked.scene.points(claimed),
        "given": asked.scene.points(given),
        "moved": asked.scene.signed_points(given - claimed),
        "lowered_by": asked.scene.points(claimed - given) if given < claimed else "",
        "raised_by": asked.scene.points(given - claimed) if given > claimed else "",
        "changes": _changes(asked, ways),
        "all_count": asked.count(len(ways)),
        "asked_count": asked.count(len(asked_for)),
        "areas": list(_areas(asked, own)),
        "requests": [_row(asked, way) for way in asked_for],
        "others": [_row(asked, way) for way in changed if way not in asked_for],
        "working_days": "" if window is None or window.working_days is None else asked.count(window.working_days),
        "deadline": _deadline(asked, explain),
        "rows": list(asked.tree_rows(lambda leaf: known[leaf.code], among=(way.criterion for way in ways))),
    }


def _step(way: Road) -> Step:
    step = way.at(way.stages.first_appraise or "")
    assert step is not None
    return step


def _first(way: Road) -> Value:
    return _step(way).value


def _sum(values: Iterable[Value]) -> Fraction:
    return sum((Fraction(as_decimal(value)) for value in values), Fraction(0))


def _changes(asked: ReportRequest, ways: list[Road]) -> str:
    """Return how many criteria were kept, cut and raised; what did not happen is not told."""
    own, given = [way for way in ways if way.criterion.claimed], [way for way in ways if not way.criterion.claimed]
    steps = [as_decimal(_first(way)) - as_decimal(way.claimed) for way in own]
    numbers = {
        "kept": sum(_first(way) == way.claimed for way in own),
        "cut": sum(step < 0 for step in steps),
        "raised": sum(step > 0 for step in steps),
        "given": len(given),
    }
    points = asked.scene.points(_sum(map(_first, given)))
    told = ((key, asked.count(number)) for key, number in numbers.items() if number)
    return ", ".join(asked.words(f"notice.{key}", count=number, points=points) for key, number in told)


def _deadline(asked: ReportRequest, explain: str | None) -> str:
    if explain is None:
        return ""
    events = {"request": asked.date} if asked.date else {}
    day = deadline(asked.year.cycle, explain, asked.own.slug, calendar=asked.scene.calendar, events=events)
    return asked.long_day(day) if day else ""


def _areas(asked: ReportRequest, ways: list[Road]) -> Iterator[dict[str, object]]:
    for area in asked.year.criteria.values():
        own = [way for way in ways if way.criterion.area == area.code]
        if area.parent is not None or not own:
            continue
        claimed, given = _sum(way.claimed for way in own), _sum(map(_first, own))
        yield {
            "code": area.code,
            "title": asked.of(area.title),
            "claimed": asked.scene.points(claimed),
            "given": asked.scene.points(given),
            "moved": asked.scene.signed_points(given - claimed),
        }


def _row(asked: ReportRequest, way: Road) -> dict[str, object]:
    step = _step(way)
    return {
        "code": way.criterion.code,
        "title": asked.of(way.criterion.title),
        "out_of": "–" if is_bonus(way.criterion) else asked.scene.points(way.criterion.out_of),
        "claimed": asked.value_text(way.claimed),
        "given": asked.value_text(step.value),
        "facts": told_answer(asked, step),
        "reason": asked.of(step.line.reason) or asked.of(step.line.not_applicable),
        "body": asked.scene.body_short(step.line.by or way.criterion.monitor),
        "request": asked.words("yes") if step.line.request else "",
    }

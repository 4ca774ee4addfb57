"""What an agency's self-assessment report says: its points by area, what it did not reach, and every criterion."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from pipeline.core.ground.numbers import share
from pipeline.core.ground.templates import Fields
from pipeline.core.index.scoring import Road, Step, is_bonus, roads
from pipeline.core.index.words import answer_text, stage_text
from pipeline.core.publish.reports.common import ReportRequest, capital
from pipeline.core.record.model import Reference
from pipeline.core.record.rules import Ratio
from pipeline.core.record.stages import NOT_APPLICABLE


def self_assessment(asked: ReportRequest) -> Fields:
    """Return the fields of an agency's report of its own points.

    Raises:
        ParindexError: the agency has handed in nothing.
    """
    claim = asked.year.cycle.stages.claim
    file = asked.year.file(claim, asked.own.slug)
    if file is None:
        raise asked.missing("stage", stage=stage_text(claim or "claim", asked.scene.labels))
    asked = asked.issued(file.documents.get("report"))
    ways = _own(asked)
    steps = {way.criterion.code: step for way in ways if (step := way.claim) is not None}
    points, out_of = _sums(ways)
    full = [way for way in ways if _lost(way) == 0 and not is_bonus(way.criterion)]
    return {
        **asked.head("BC"),
        "agency": asked.of(asked.own.name),
        "points": asked.scene.points(points),
        "out_of": asked.scene.points(out_of),
        "percent": asked.scene.index(share(points, out_of)),
        "criteria_count": asked.count(len(steps)),
        "full_count": asked.count(len(full)),
        "areas": list(_areas(asked, ways)),
        "lost": list(_losses(asked, ways)),
        "claims": list(_claims(asked, steps)),
        "unproved": list(_unproved(asked, ways)),
        "exempt": [
            {
                "kind": asked.level(one.criterion),
                "title": asked.scene.criterion_title(one.criterion),
                "reason": asked.of(one.reason),
            }
            for one in asked.own.exemptions
        ],
        "rows": list(
            asked.tree_rows(lambda leaf: _cells(asked, steps.get(leaf.code)), among=(way.criterion for way in ways))
        ),
    }


def _own(asked: ReportRequest) -> list[Road]:
    """Return the roads of the leaves that the agency scores itself."""
    ways = roads(asked.year, asked.own.slug, {})
    return [way for way in ways if way.exemption is None and way.criterion.is_written_in("claim")]


def _sums(ways: list[Road]) -> tuple[Fraction, Fraction]:
    """Return points and out_of of what was scored; what is claimed not to apply counts in neither."""
    scored = [(step.value, way.criterion) for way in ways if (step := way.claim) is not None]
    points = sum((Fraction(value) for value, _ in scored if isinstance(value, Decimal)), Fraction(0))
    return points, sum((Fraction(leaf.out_of) for value, leaf in scored if isinstance(value, Decimal)), Fraction(0))


def _points(asked: ReportRequest, step: Step) -> str:
    return asked.scene.points(step.value if isinstance(step.value, Decimal) else None)


def _lost(way: Road) -> Fraction | None:
    step = way.claim
    if step is None or not isinstance(step.value, Decimal):
        return None
    return Fraction(way.criterion.out_of) - Fraction(step.value)


def _areas(asked: ReportRequest, ways: list[Road]) -> Iterator[dict[str, object]]:
    for area in asked.year.criteria.values():
        own = [way for way in ways if way.criterion.area == area.code]
        if area.parent is not None or not any(way.claim for way in own):
            continue
        points, out_of = _sums(own)
        yield {
            "code": area.code,
            "title": asked.of(area.title),
            "count": len(own),
            "out_of": asked.scene.points(out_of),
            "points": asked.scene.points(points),
            "percent": asked.scene.index(share(points, out_of)),
        }


def _losses(asked: ReportRequest, ways: list[Road]) -> Iterator[dict[str, object]]:
    lost = [(loss, way) for way in ways if (loss := _lost(way)) and loss > 0]
    for loss, way in sorted(lost, key=lambda pair: -pair[0]):
        step = way.claim
        assert step is not None
        yield {
            "code": way.criterion.code,
            "title": asked.of(way.criterion.title),
            "out_of": "–" if is_bonus(way.criterion) else asked.scene.points(way.criterion.out_of),
            "points": _points(asked, step),
            "lost": asked.scene.points(loss),
            "answer": told_answer(asked, step),
            "note": asked.of(step.line.note),
        }


def _claims(asked: ReportRequest, steps: dict[str, Step]) -> Iterator[dict[str, object]]:
    seen: set[str] = set()
    for step in steps.values():
        line = step.line
        if step.value == NOT_APPLICABLE and line.criterion not in seen:
            seen.add(line.criterion)
            title = asked.scene.criterion_title(line.criterion)
            yield {"kind": asked.level(line.criterion), "title": title, "reason": asked.of(line.not_applicable)}


def _unproved(asked: ReportRequest, ways: list[Road]) -> Iterator[dict[str, object]]:
    """Yield the criteria that want a document and got none, with what the agency says instead."""
    for way in ways:
        step = way.claim
        scored = step is not None and isinstance(step.value, Decimal)
        if step is not None and scored and way.criterion.evidence == "required" and not step.line.evidence:
            yield {
                "code": way.criterion.code,
                "title": asked.of(way.criterion.title),
                "points": _points(asked, step),
                "note": asked.of(step.line.note),
            }


def _cells(asked: ReportRequest, step: Step | None) -> dict[str, object] | None:
    if step is None:
        return None
    leaf = asked.year.criteria.get(step.line.criterion)
    own = isinstance(step.value, Decimal) and leaf is not None
    return {
        "out_of": asked.scene.points(leaf.out_of) if own and leaf is not None else "–",
        "points": _points(asked, step),
        "answer": told_answer(asked, step)
        if own
        else asked.words("claimed", reason=asked.of(step.line.not_applicable)),
        "evidence": "; ".join(_evidence(asked, reference) for reference in step.line.evidence),
        "note": asked.of(step.line.note),
    }


def told_answer(asked: ReportRequest, step: Step) -> str:
    """Return the facts that a line itself gives, in words; a dash where it gives only points."""
    leaf = asked.year.criteria.get(step.line.criterion)
    if leaf is None or step.line.answer is None:
        return "–"
    text = capital(answer_text(leaf.rule, step.standing, asked.scene.labels))
    return asked.grouped(text) if isinstance(step.standing, Ratio | Decimal) else text


def _evidence(asked: ReportRequest, reference: Reference) -> str:
    """Return a document as the agency itself names it: title, number and day."""
    words = asked.words("evidence", number=reference.number, day=asked.scene.day(reference.date))
    title = asked.of(reference.title)
    return f"{title} ({words})" if title else words

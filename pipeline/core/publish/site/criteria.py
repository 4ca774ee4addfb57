"""Criteria as pages show them: the rule in words, guidance, who monitors, and how each agency did."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.core.ground.templates import Fields
from pipeline.core.index.analysis.profiles import part_of
from pipeline.core.index.scoring import AgencyScore, LeafScore, from_survey, is_bonus
from pipeline.core.index.words import rule_lines, stage_text
from pipeline.core.publish.scene import Scene, width
from pipeline.core.publish.site.agencies import leaf_view
from pipeline.core.record.model import Criterion


def tree_view(scene: Scene) -> tuple[Fields, ...]:
    """Return all criteria in code order."""
    return tuple(branch_view(scene, criterion) for criterion in scene.year.criteria.values())


def branch_view(scene: Scene, criterion: Criterion) -> Fields:
    """Return one line of a list of criteria."""
    above = scene.year.criteria.get(criterion.parent or "")
    own = above is None or above.monitor != criterion.monitor
    return {
        "code": criterion.code,
        "title": scene.of(criterion.title),
        "depth": criterion.depth,
        "out_of": scene.points(criterion.out_of),
        "kind": "" if criterion.rule is None else scene.words(f"kind.{criterion.rule.name}"),
        "monitor": scene.body_short(criterion.monitor) if own else "",
    }


def criterion_view(scene: Scene, criterion: Criterion, entries: Sequence[AgencyScore], *, whole: bool = True) -> Fields:
    """Return a criterion as its page shows it, with how some agencies did; `whole` also tells why."""
    rule, stages = criterion.rule, scene.year.cycle.stages
    written = (name for name in stages.deciding if criterion.is_written_in(stages.kind(name)))
    above = tuple(scene.year.upwards(criterion.code))[:0:-1]
    return {
        "code": criterion.code,
        "title": scene.of(criterion.title),
        "path": tuple((c.code, scene.of(c.title)) for c in above),  # of those above, the area first
        "out_of": scene.points(criterion.out_of),
        "is_leaf": rule is not None,
        "stages": tuple(stage_text(name, scene.labels) for name in written),
        "rule": rule_lines(criterion, scene.year, scene.labels),
        "guidance": scene.of(criterion.guidance),
        "facts": _facts(scene, criterion),
        "below": tuple(branch_view(scene, scene.year.criteria[code]) for code in criterion.children),
        "outcomes": tuple(_outcome(scene, entry, criterion, whole=whole) for entry in entries),
        "whole": whole,  # whether it tells why each agency has its points
    }


def _facts(scene: Scene, criterion: Criterion) -> tuple[tuple[str, str], ...]:
    rule, days = criterion.rule, (criterion.evidence_from, criterion.evidence_by)
    named = dict(zip(("opens", "closes"), map(scene.day, days), strict=True))
    told = {
        "out-of": scene.points(criterion.out_of) if criterion.out_of else "",  # a bonus has no maximum to miss
        "kind": scene.words(f"kind.{rule.name}") if rule else "",
        "monitor": scene.body(criterion.monitor),
        "evidence": scene.words(f"evidence.{criterion.evidence}") if rule and rule.has_line else "",
        "evidence-dates": scene.words("word.from-to", **named) if any(days) else "",
        "may-not-apply": scene.of(criterion.may_not_apply),
    }
    return tuple((scene.words(f"criterion.{key}"), text) for key, text in told.items() if text)


def _outcome(scene: Scene, entry: AgencyScore, criterion: Criterion, *, whole: bool) -> Fields:
    part, leaf = part_of(entry, criterion), entry.leaf(criterion.code)
    bonus = leaf is not None and is_bonus(leaf.criterion)
    return {
        "slug": entry.agency.slug,
        "name": scene.of(entry.agency.short),
        "points": scene.points(part.points if part else None),
        "out_of": "" if part is None or bonus else scene.points(part.out_of),
        "width": width(part.index) if part else "0",
        "stages": _stages(scene, leaf),
        "leaf": leaf_view(scene, leaf) if leaf is not None and whole else None,
    }


def _stages(scene: Scene, leaf: LeafScore | None) -> tuple[str, ...]:
    if leaf is None or from_survey(leaf.criterion):
        return ()
    steps = (leaf.road.at(stage) for stage in leaf.road.stages.deciding)
    return tuple("" if step is None else scene.value(step.value) for step in steps)

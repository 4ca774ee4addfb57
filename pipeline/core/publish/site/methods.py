"""The method as its page has it, from the year's data: rounding, ranking, grades, windows, rules, groups, limits."""

from __future__ import annotations

from collections import Counter

from pipeline.core.ground.templates import Fields
from pipeline.core.index.survey_points import points_of_groups
from pipeline.core.index.words import limit_text, stage_text
from pipeline.core.publish.scene import Scene
from pipeline.core.record.model import Window
from pipeline.core.record.stages import SURVEY
from pipeline.core.survey.intervals import CONFIDENCE


def method_view(scene: Scene) -> Fields:
    """Return the method as its page tells it."""
    cycle = scene.year.cycle
    used = Counter(leaf.rule.name for leaf in scene.year.leaves() if leaf.rule is not None)
    return {
        # Document, title.
        "legal_basis": tuple((scene.document(reference), scene.of(reference.title)) for reference in cycle.legal_basis),
        "out_of": scene.points(cycle.out_of),
        # The names of the year's stages, as a sentence lists them.
        "stages": scene.labels.listed(stage_text(stage.name, scene.labels) for stage in cycle.stages),
        "choices": choices(scene),  # what is chosen, and how
        "grades": tuple((scene.of(grade.title), scene.labels.number(grade.from_index)) for grade in cycle.grades),
        # Stage, opens, last day.
        "windows": tuple(
            (stage_text(stage, scene.labels), *_window(scene, cycle.windows[stage]))
            for stage in (*cycle.stages.names, SURVEY)
            if stage in cycle.windows
        ),
        # Name, how it works, how many criteria.
        "rules": tuple(
            (scene.words(f"kind.{name}"), scene.words(f"method.rule.{name}"), count) for name, count in used.items()
        ),
        "groups": _groups(scene),  # title, points, valid_from, show_from
        "confidence": scene.labels.number((100 * CONFIDENCE).normalize()),  # of every interval, in percent
    }


def choices(scene: Scene) -> tuple[tuple[str, str], ...]:
    """Return what a year chose of how points are rounded, ranked and left out, and how."""
    policy, words = scene.year.cycle.policy, scene.words
    ties = policy.ties if isinstance(policy.ties, str) else "by"
    order = "" if isinstance(policy.ties, str) else ", ".join(words(f"method.tie.{name}") for name in policy.ties)
    without = "zero" if scene.year.survey_plan.without_answers_zero else "exclude"
    told = [
        ("points", words(f"method.rounding.{policy.points.rounding}", decimals=policy.points.decimals)),
        ("leaf", words("method.leaf.exact" if policy.points.leaf_exact else "method.leaf.rounded")),
        ("index", words(f"method.rounding.{policy.index_rounding}", decimals=policy.index_decimals)),
        ("rank", words("method.rank.exact" if policy.rank_on_exact else "method.rank.published")),
        ("ties", words(f"method.ties.{ties}", order=order)),
        ("without-answers", words(f"method.without-answers.{without}")),
        *(("bonus-limit", limit_text(limit, scene.labels)) for limit in scene.year.cycle.bonus_limits),
    ]
    return tuple((words(f"method.choice.{name}"), text) for name, text in told)


def _window(scene: Scene, window: Window) -> tuple[str, str]:
    if window.before is not None:
        closes = scene.words("due.before", day=scene.day(window.before))
    elif window.by is not None:
        closes = scene.words("due.by", day=scene.day(window.by))
    elif window.working_days is not None:
        closes = scene.words("due.after-request", days=window.working_days)
    else:
        closes = "–"
    return scene.day(window.opens), closes


def _groups(scene: Scene) -> tuple[tuple[str, str, str, str], ...]:
    plan = scene.year.survey
    if plan is None:
        return ()
    given = points_of_groups(scene.year)
    return tuple(
        (
            scene.of(group.title),
            scene.points(given.get(group.id)),
            str(plan.valid_from.get(group.id, "–")),
            str(plan.shown_from(group.id)),
        )
        for group in plan.groups.values()
    )

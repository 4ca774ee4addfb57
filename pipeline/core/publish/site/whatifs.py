"""What if, as its page shows it: the present points, the cheapest way up in words, and the figures for the browser.

How it is computed: `index.whatif`. The page reveals nothing beyond the published points. Decision 0037.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.core.ground.text import to_json
from pipeline.core.index.scoring import AgencyScore, LeafScore, Results
from pipeline.core.index.whatif import Plan, attainable_points
from pipeline.core.index.whatif_words import board_json
from pipeline.core.publish.scene import Scene

BOARD = "bang-tinh.js"


@dataclass(frozen=True, slots=True)
class FieldView:
    """One criterion of an agency that a reader may give other points; `best` is the most its rule can still give."""

    code: str
    title: str
    points: str
    out_of: str
    best: str
    counts: bool


@dataclass(frozen=True, slots=True)
class WayView:
    """The cheapest way to a goal in words, and the criteria to raise: code, title, points now, points then."""

    told: str
    moves: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class WhatIfView:
    """The page of one agency."""

    fields: tuple[FieldView, ...]
    ways: tuple[WayView, ...]
    grades: tuple[tuple[str, str], ...]
    ranks: tuple[int, ...]  # those that can be aimed at; none for an agency that is not ranked


def is_offered(scene: Scene, entry: AgencyScore) -> bool:
    """Tell whether there is a page: not where exact points of the survey could tell of answers that are hidden."""
    return entry.index is not None and not scene.year.cycle.policy.points.leaf_exact


def whatif_view(scene: Scene, entry: AgencyScore) -> WhatIfView:
    """Return what the page of an agency shows."""
    results = scene.results
    count = sum(found.rank is not None for found in results.agencies)
    return WhatIfView(
        fields=tuple(_field(scene, leaf) for leaf in entry.leaves),
        ways=tuple(_way(scene, plan) for plan in scene.figures.plans[entry.agency.slug]),
        grades=tuple((grade.id, scene.of(grade.title)) for grade in scene.year.cycle.grades),
        ranks=() if entry.rank is None else tuple(range(1, count + 1)),
    )


def _field(scene: Scene, leaf: LeafScore) -> FieldView:
    counts = leaf.points is not None and leaf.out_of is not None
    levels = attainable_points(scene.results, leaf) if counts and leaf.survey is None else ()
    return FieldView(
        code=leaf.criterion.code,
        title=scene.of(leaf.criterion.title),
        points=scene.points(leaf.points),
        out_of=scene.points(leaf.out_of),
        best=scene.points(max(levels)) if levels else "–",
        counts=counts,
    )


def _way(scene: Scene, plan: Plan) -> WayView:
    words, goal = scene.words, plan.goal
    aim = (
        words("whatif.to-rank", rank=goal.rank)
        if goal.grade is None
        else words("whatif.to-grade", grade=scene.of(goal.grade.title))
    )
    if plan.moves is None:
        return WayView(words("whatif.out-of-reach", goal=aim), ())
    return WayView(
        words(f"whatif.by-{plan.by}", goal=aim, need=scene.points(plan.need), added=scene.points(plan.added)),
        tuple(
            (m.criterion.code, scene.of(m.criterion.title), scene.points(m.before), scene.points(m.after))
            for m in plan.moves
        ),
    )


def board_script(results: Results) -> bytes:
    """Return the board as a file of script, which a browser loads from a disk as well."""
    return f"window.parindexBoard = {to_json(board_json(results)).strip()};\n".encode()

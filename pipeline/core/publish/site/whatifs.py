"""What if, as its page shows it: the present points, and the figures for the browser.

How it is computed: `index.whatif`. The page reveals nothing beyond the published points. Decision 0037.
"""

from __future__ import annotations

import json

from pipeline.core.ground.templates import Fields
from pipeline.core.index.scoring import AgencyScore, LeafScore, Results, is_bonus
from pipeline.core.index.whatif import attainable_points, unplanned
from pipeline.core.index.whatif_words import board_json, leaves_json
from pipeline.core.publish.scene import Scene
from pipeline.core.publish.site.parts import SHOWN

BOARD = "bang-tinh.js"


def is_offered(scene: Scene, entry: AgencyScore) -> bool:
    """Tell whether there is a page: not where exact points of the survey could tell of answers that are hidden."""
    return entry.index is not None and not scene.year.cycle.policy.points.leaf_exact


def whatif_view(scene: Scene, entry: AgencyScore) -> Fields:
    """Return what the page of an agency shows."""
    return {
        # None of bonus and penalty, which are no ways to a rank.
        "fields": tuple(_field(scene, leaf) for leaf in entry.leaves if not is_bonus(leaf.criterion)),
        "grades": tuple((grade.id, scene.of(grade.title)) for grade in scene.year.cycle.grades),
        # Those that can be aimed at; none for an agency that is not ranked.
        "ranks": () if entry.rank is None else _ranks(entry.rank, scene.figures.ranked),
        # The codes over which no cheapest way leads.
        "unplanned": ", ".join(unplanned(entry)),
    }


def _ranks(own: int, count: int) -> tuple[int, ...]:
    """Return the ranks to aim at: of few all, of many those right above the own and round ones."""
    if count <= SHOWN:
        return tuple(range(1, count + 1))
    rounds = (step * 10**power for power in range(len(str(own))) for step in (1, 2, 5))
    return tuple(sorted({rank for rank in (*rounds, *range(own - SHOWN, own)) if 1 <= rank < own}))


def _field(scene: Scene, leaf: LeafScore) -> Fields:
    counts = leaf.points is not None and leaf.out_of is not None
    levels = attainable_points(scene.results, leaf) if counts and leaf.survey is None else ()
    if counts and leaf.criterion.rule is not None and not leaf.criterion.rule.planned:
        levels = (leaf.criterion.out_of,)
    return {
        "code": leaf.criterion.code,
        "title": scene.of(leaf.criterion.title),
        "points": scene.points(leaf.points),
        "out_of": scene.points(leaf.out_of),
        "best": scene.points(max(levels)) if levels else "–",
        "counts": counts,
    }


def board_script(results: Results) -> bytes:
    """Return the board as a file of script, which a browser loads from a disk as well: of each agency its sums."""
    return _script("parindexBoard", board_json(results, whole=False))


def leaves_script(results: Results, entry: AgencyScore) -> bytes:
    """Return the leaves of one agency likewise."""
    return _script("parindexLeaves", leaves_json(results, entry))


def _script(name: str, told: object) -> bytes:
    return f"window.{name} = {json.dumps(told, ensure_ascii=False, separators=(',', ':'))};\n".encode()

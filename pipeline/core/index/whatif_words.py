"""What-if as text and as stable JSON; and the board, the figures with which a page answers the same questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.numbers import places
from pipeline.core.ground.table import columns
from pipeline.core.index.scoring import AgencyScore, LeafScore, Results, from_survey, is_bonus
from pipeline.core.index.whatif import ChangedLeaf, Plan, WhatIf, attainable_points, even_runs, unplanned
from pipeline.core.index.words import (
    arrow,
    figures_of,
    grade_text,
    index_text,
    plain_points,
    points_text,
    rank_text,
    warnings,
)

PARTS = ("appraisal", "survey", "sipas")

# --- text -----------------------------------------------------------------------------------------------------------


def whatif_text(found: WhatIf, labels: Labels) -> str:
    """Tell the effect of the given scores on everyone, then the cheapest way to the goal and its effect."""
    results = found.results
    year = results.year
    name = labels.of(year.agencies[found.agency].name)
    told = [labels.text("whatif.title", agency=name, year=labels.of(year.cycle.title))]
    told += warnings(results, labels)
    if found.moves:
        told += ["", labels.text("whatif.given"), _moves(found.moves, results, labels)]
        told += ["", labels.text("whatif.effect"), _effects(results.agencies, found.after, results, labels)]
    if found.plan is not None:
        told += ["", *_plan(found.plan, found, labels)]
    return "\n".join(told) + "\n"


def _moves(moves: Sequence[ChangedLeaf], results: Results, labels: Labels) -> str:
    year = results.year
    head = [labels.text(f"whatif.column.{name}") for name in ("criterion", "before", "after", "out_of", "note")]
    rows = [
        [
            f"{move.criterion.code}  {labels.of(move.criterion.title)}",
            points_text(move.before, year, labels),
            points_text(move.after, year, labels),
            "–" if is_bonus(move.criterion) else points_text(move.criterion.out_of, year, labels),
            "" if move.attainable else labels.text("whatif.off-rule"),
        ]
        for move in moves
    ]
    width = 5 if any(row[4] for row in rows) else 4
    return columns([row[:width] for row in (head, *rows)], right={1, 2, 3})


def _effects(before: Sequence[AgencyScore], after: Sequence[AgencyScore], results: Results, labels: Labels) -> str:
    year = results.year
    old = {entry.agency.slug: entry for entry in before}
    head = [labels.text(f"score.column.{name}") for name in ("rank", "agency", "points", "index", "grade")]
    rows = [
        [
            arrow(*(rank_text(e.rank) for e in (old[new.agency.slug], new))),
            labels.of(new.agency.short),
            arrow(*(points_text(e.total.points, year, labels) for e in (old[new.agency.slug], new))),
            arrow(*(index_text(e.index, year, labels) for e in (old[new.agency.slug], new))),
            arrow(*(grade_text(e, labels) for e in (old[new.agency.slug], new))),
        ]
        for new in after
    ]
    return columns([head, *rows])


def _plan(plan: Plan, found: WhatIf, labels: Labels) -> Iterator[str]:
    results = found.results
    left = unplanned(next(entry for entry in found.after if entry.agency.slug == found.agency))
    goal, grade = labels.text("whatif.goal-rank", rank=plan.goal.rank), plan.goal.grade
    if grade is not None:
        limit = labels.number(grade.from_index)
        goal = labels.text("whatif.goal-grade", grade=labels.of(grade.title), from_index=limit)
    if plan.moves is None:
        best = next(entry for entry in found.planned if entry.agency.slug == found.agency)
        index = index_text(best.index, results.year, labels)
        figures = {"goal": goal, "index": index, "rank": rank_text(best.rank), "grade": grade_text(best, labels)}
        yield labels.text("whatif.unfound" if left else "whatif.unreachable", **figures)
    elif not plan.moves:
        yield labels.text("whatif.reached", goal=goal)
    else:
        need, added = (points_text(points, results.year, labels) for points in (plan.need, plan.added))
        yield labels.text(f"whatif.by-{plan.by}", goal=goal, need=need, added=added, count=len(plan.moves))
        yield _moves(plan.moves, results, labels)
        yield ""
        yield labels.text("whatif.then")
        yield _effects(results.agencies, found.planned, results, labels)
    if left:
        yield labels.text("whatif.formulas", codes=", ".join(left))


# --- JSON -----------------------------------------------------------------------------------------------------------


def whatif_json(found: WhatIf, commit: str | None) -> dict[str, Any]:
    """Return the stable shape of `whatif --format json`; points and indices are text with the year's decimals."""
    results = found.results
    return {
        "year": results.year.name,
        "commit": commit,
        "illustrative": results.year.cycle.illustrative,
        "provisional": results.provisional,
        "agency": found.agency,
        "moves": [_move_json(move, results) for move in found.moves],
        "effects": _effects_json(found.after, results),
        "plan": None if found.plan is None else _plan_json(found, found.plan),
    }


def _move_json(move: ChangedLeaf, results: Results) -> dict[str, Any]:
    return {
        "code": move.criterion.code,
        **plain_points(move, results.year, "before", "after"),
        "attainable": move.attainable,
    }


def _effects_json(after: Sequence[AgencyScore], results: Results) -> list[dict[str, Any]]:
    """Return every agency before and after, in the order of the ranking after."""
    old = {entry.agency.slug: figures_of(entry, results.year) for entry in results.agencies}
    return [
        {
            "agency": entry.agency.slug,
            **{
                name: {"before": old[entry.agency.slug][name], "after": value}
                for name, value in figures_of(entry, results.year).items()
            },
        }
        for entry in after
    ]


def _plan_json(found: WhatIf, plan: Plan) -> dict[str, Any]:
    results = found.results
    return {
        "goal": {"grade": plan.goal.grade.id if plan.goal.grade else None, "rank": plan.goal.rank},
        "by": plan.by,
        "reachable": plan.moves is not None,
        **plain_points(plan, results.year, "need", "added"),
        "moves": [_move_json(move, results) for move in plan.moves or ()],
        "effects": _effects_json(found.planned, results),
    }


# --- the board ------------------------------------------------------------------------------------------------------


def board_json(results: Results, *, whole: bool = True) -> dict[str, Any]:
    """Return what ranks and goals depend on: policy, grades, every agency's leaves, or where not whole their sums.

    The page computes with it in the browser: decision 0037.

    Points are exact: text with a decimal point, or `a/b` where no decimal says it. `attainable` lists the points that a
    leaf's rule can give as runs `[first, last, step]`; leaves of the survey, of a formula and those that do not count
    have none.
    """
    year = results.year
    policy = year.cycle.policy
    return {
        "policy": {
            "points": {"decimals": policy.points.decimals, "rounding": policy.points.rounding},
            "index": {"decimals": policy.index_decimals, "rounding": policy.index_rounding},
            "rank": {
                "on": "exact" if policy.rank_on_exact else "published",
                "ties": policy.ties if isinstance(policy.ties, str) else list(policy.ties),
            },
        },
        "grades": [{"id": grade.id, "from": f"{grade.from_index:f}"} for grade in year.cycle.grades],
        "agencies": [
            {
                "agency": entry.agency.slug,
                "ranked": entry.agency.ranked,
                "leaves": leaves_json(results, entry) if whole else list(_sums_json(entry)),
            }
            for entry in results.agencies
        ],
    }


def leaves_json(results: Results, entry: AgencyScore) -> list[dict[str, Any]]:
    """Return an agency's leaves as the board has them, and what limits of bonuses cut as a leaf of its own."""
    cut = {"code": "", "part": "appraisal", "points": exact_text(entry.cut), "out_of": "0", "attainable": []}
    return [*(_leaf_json(results, leaf) for leaf in entry.leaves), *([cut] if entry.cut else [])]


def _sums_json(entry: AgencyScore) -> Iterator[dict[str, Any]]:
    """Yield an agency's points in the shape of leaves, one for each part that ranks may compare."""
    for part in PARTS:
        own = [leaf for leaf in entry.leaves if leaf.points is not None and leaf.out_of is not None]
        own = [leaf for leaf in own if leaf.criterion.rule and leaf.criterion.rule.part == part]
        if own:
            points = sum((leaf.points for leaf in own if leaf.points is not None), Fraction(0))
            points += entry.cut if part == "appraisal" else 0
            out_of = sum((leaf.out_of for leaf in own if leaf.out_of is not None), Fraction(0))
            yield {"code": "", "part": part, "points": exact_text(points), "out_of": exact_text(out_of)}


def _leaf_json(results: Results, leaf: LeafScore) -> dict[str, Any]:
    counted, rule = leaf.points is not None and leaf.out_of is not None, leaf.criterion.rule
    points = attainable_points(results, leaf) if counted and not from_survey(leaf.criterion) else ()
    return {
        "code": leaf.criterion.code,
        "part": rule.part if rule else "appraisal",
        "points": None if leaf.points is None else exact_text(leaf.points),
        "out_of": None if leaf.out_of is None else exact_text(leaf.out_of),
        "attainable": [[exact_text(Fraction(point)) for point in _ends(run)] for run in even_runs(points)],
        **({} if rule is None or rule.planned else {"planned": False}),
    }


def exact_text(value: Fraction) -> str:
    """Return a number exactly: as a decimal where one says it, else as a fraction `a/b`."""
    return _exact_text(value.numerator, value.denominator)


@lru_cache(maxsize=4096)
def _exact_text(over: int, under: int) -> str:
    """Return a quotient exactly; the same points stand in many files."""
    rest = under
    for factor in (2, 5):
        while rest % factor == 0:
            rest //= factor
    if rest != 1:
        return f"{over}/{under}"
    written = Decimal(over) / Decimal(under)
    return f"{written:.{places(written)}f}"


def _ends(run: Sequence[Decimal]) -> tuple[Decimal, Decimal, Decimal]:
    """Return the first and last of a run and its step; a single number has step 0."""
    return run[0], run[-1], run[1] - run[0] if len(run) > 1 else Decimal(0)

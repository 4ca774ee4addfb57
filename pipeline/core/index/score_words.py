"""What the commands answer, as text or as the stable JSON of design section 4. Pure: nothing is printed here."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.numbers import Exact, fixed
from pipeline.core.ground.table import columns
from pipeline.core.ground.text import MAIN, inert_cell
from pipeline.core.index.scoring import AgencyScore, LeafScore, Results, Subtotal
from pipeline.core.index.words import grade_text, index_text, points_text

SCORE_COLUMNS = (
    "rank",
    "agency",
    "name",
    "points",
    "out_of",
    "index",
    "grade",
    "appraisal_points",
    "appraisal_out_of",
    "survey_points",
    "survey_out_of",
)


# --- check ----------------------------------------------------------------------------------------------------------


# --- score ----------------------------------------------------------------------------------------------------------


def score_json(results: Results, commit: str | None, language: str = MAIN) -> dict[str, Any]:
    """Return the stable shape of `score --format json`; points and indices are text with the year's decimals."""
    return {
        "year": results.year.name,
        "commit": commit,
        "illustrative": results.year.cycle.illustrative,
        "provisional": results.provisional,
        "agencies": [_agency_json(results, entry, language) for entry in results.agencies],
    }


def _agency_json(results: Results, entry: AgencyScore, language: str) -> dict[str, Any]:
    return {
        "agency": entry.agency.slug,
        "name": entry.agency.name.in_language(language),
        "points": _points(entry.total.points, results),
        "out_of": _points(entry.total.out_of, results),
        "index": _index(entry.index, results),
        "rank": entry.rank,
        "grade": entry.grade.id if entry.grade else None,
        "appraisal": _part(entry.appraisal, results),
        "survey": _part(entry.survey, results),
        "areas": [
            {
                "code": area.criterion.code,
                "points": _points(area.points, results),
                "out_of": _points(area.out_of, results),
                "index": _index(area.index, results),
            }
            for area in entry.areas
        ],
        "criteria": [_leaf_json(leaf, results) for leaf in entry.leaves],
        "outstanding": list(entry.outstanding),
        "missing": [
            {"stage": gap.kind, "group": gap.group, "criterion": gap.criterion}
            for gap in results.missing
            if gap.agency == entry.agency.slug
        ],
    }


def _leaf_json(leaf: LeafScore, results: Results) -> dict[str, Any]:
    return {
        "code": leaf.criterion.code,
        "points": None if leaf.points is None else _points(leaf.points, results),
        "out_of": None if leaf.out_of is None else _points(leaf.out_of, results),
        "applicable": leaf.applicable,
        "stage": leaf.stage,
        "amendment": leaf.amendment.source.path if leaf.amendment else None,
        "path": leaf.source.path if leaf.source else None,
        "line": leaf.source.line if leaf.source else None,
    }


def _part(part: Subtotal, results: Results) -> dict[str, str]:
    return {"points": _points(part.points, results), "out_of": _points(part.out_of, results)}


def _points(value: Exact, results: Results) -> str:
    policy = results.year.cycle.policy.points
    return fixed(value, policy.decimals, policy.rounding)


def _index(value: Exact | None, results: Results) -> str | None:
    policy = results.year.cycle.policy
    return None if value is None else fixed(value, policy.index_decimals, policy.index_rounding)


def score_csv(scored: Iterable[Results], labels: Labels) -> str:
    """Return the league tables as one CSV with decimal points; names in the language of the labels."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["year", *SCORE_COLUMNS, "illustrative", "provisional"])
    for results in scored:
        flags = [str(flag).lower() for flag in (results.year.cycle.illustrative, results.provisional)]
        for entry in results.agencies:
            writer.writerow([results.year.name, *_score_cells(results, entry, labels), *flags])
    return out.getvalue()


def _score_cells(results: Results, entry: AgencyScore, labels: Labels) -> Iterator[str]:
    cells = {
        "rank": entry.rank,
        "agency": entry.agency.slug,
        "name": inert_cell(labels.of(entry.agency.name)),
        "points": _points(entry.total.points, results),
        "out_of": _points(entry.total.out_of, results),
        "index": _index(entry.index, results),
        "grade": entry.grade.id if entry.grade else None,
        "appraisal_points": _points(entry.appraisal.points, results),
        "appraisal_out_of": _points(entry.appraisal.out_of, results),
        "survey_points": _points(entry.survey.points, results),
        "survey_out_of": _points(entry.survey.out_of, results),
    }
    yield from ("" if cells[column] is None else str(cells[column]) for column in SCORE_COLUMNS)


def score_table(results: Results, labels: Labels) -> str:
    """Return the league table for a terminal."""
    year = results.year
    head = [labels.text(f"score.column.{name}") for name in ("rank", "agency", "points", "out_of", "index", "grade")]
    rows = [
        [
            "–" if entry.rank is None else str(entry.rank),
            labels.of(entry.agency.short),
            points_text(entry.total.points, year, labels),
            points_text(entry.total.out_of, year, labels),
            index_text(entry.index, year, labels),
            grade_text(entry, labels),
        ]
        for entry in results.agencies
    ]
    banner = [labels.of(year.cycle.title)]
    if year.cycle.illustrative:
        banner.append(labels.text("word.illustrative"))
    if results.provisional:
        banner.append(labels.text("word.provisional", count=len(results.missing)))
    return "\n".join([*banner, "", columns([head, *rows], right={0, 2, 3, 4})]) + "\n"

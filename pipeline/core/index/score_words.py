"""A year's results as a table for a terminal, as the stable JSON of `score`, and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.table import columns
from pipeline.core.ground.text import MAIN, inert_cell, json_fields, json_pieces
from pipeline.core.index.scoring import AgencyScore, AreaScore, LeafScore, LimitedSum, Results, Subtotal
from pipeline.core.index.words import figures_of, grade_text, index_text, plain_points, points_text, rank_text, warnings
from pipeline.core.record.model import Year

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


def score_json(results: Results, commit: str | None, language: str = MAIN) -> dict[str, Any]:
    """Return the stable shape of `score --format json`; points and indices are text with the year's decimals."""
    return {
        "year": results.year.name,
        "commit": commit,
        "illustrative": results.year.cycle.illustrative,
        "provisional": results.provisional,
        "agencies": [_agency_json(results, entry, language) for entry in results.agencies],
    }


def score_pieces(results: Results, each: Iterable[Results], commit: str | None, language: str) -> Iterator[str]:
    """Yield the same as text, piece by piece, of a year whose agencies come one after the other with their leaves."""
    rows = (_agency_json(one, entry, language) for one in each for entry in one.agencies)
    return json_pieces(score_json(replace(results, agencies=()), commit, language), rows)


def _agency_json(results: Results, entry: AgencyScore, language: str) -> dict[str, Any]:
    return {
        "agency": entry.agency.slug,
        "name": entry.agency.name.in_language(language),
        **figures_of(entry, results.year),
        "appraisal": _part(entry.appraisal, results.year),
        "survey": _part(entry.survey, results.year),
        "areas": [{"code": area.criterion.code, **_area(area, results.year)} for area in entry.areas],
        "criteria": [_leaf_json(leaf, results) for leaf in entry.leaves],
        **({"bonus_limits": [_limited_json(one, results.year) for one in entry.limited]} if entry.limited else {}),
        "outstanding": list(entry.outstanding),
        "missing": [
            json_fields(gap, stage="kind", group="group", criterion="criterion")
            for gap in results.missing
            if gap.agency == entry.agency.slug
        ],
    }


def _leaf_json(leaf: LeafScore, results: Results) -> dict[str, Any]:
    return {
        "code": leaf.criterion.code,
        "points": None if leaf.points is None else plain_points(leaf.points, results.year),
        "out_of": None if leaf.out_of is None else plain_points(leaf.out_of, results.year),
        **json_fields(leaf, "applicable", "stage", amendment="amendment.source.path"),
        **json_fields(leaf.source, "path", "line"),
    }


def _limited_json(one: LimitedSum, year: Year) -> dict[str, Any]:
    told = {"points": plain_points(one.points, year), "cut": plain_points(one.cut, year)}
    return {"codes": list(one.limit.codes), **told}


def _part(part: Subtotal | AreaScore, year: Year) -> dict[str, str]:
    return {"points": plain_points(part.points, year), "out_of": plain_points(part.out_of, year)}


def _area(area: AreaScore, year: Year) -> dict[str, str | None]:
    index = None if area.index is None else f"{year.cycle.policy.rounded_index(area.index):f}"
    return {**_part(area, year), "index": index}


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
    cells: dict[str, str | int | None] = {"agency": entry.agency.slug, "name": inert_cell(labels.of(entry.agency.name))}
    cells |= figures_of(entry, results.year)
    for name, part in (("appraisal", entry.appraisal), ("survey", entry.survey)):
        cells |= {f"{name}_{key}": figure for key, figure in _part(part, results.year).items()}
    yield from ("" if cells[column] is None else str(cells[column]) for column in SCORE_COLUMNS)


def score_table(results: Results, labels: Labels) -> str:
    """Return the league table for a terminal."""
    year = results.year
    head = [labels.text(f"score.column.{name}") for name in ("rank", "agency", "points", "out_of", "index", "grade")]
    rows = [
        [
            rank_text(entry.rank),
            labels.of(entry.agency.short),
            points_text(entry.total.points, year, labels),
            points_text(entry.total.out_of, year, labels),
            index_text(entry.index, year, labels),
            grade_text(entry, labels),
        ]
        for entry in results.agencies
    ]
    banner = [labels.of(year.cycle.title), *warnings(results, labels)]
    return "\n".join([*banner, "", columns([head, *rows], right={0, 2, 3, 4})]) + "\n"

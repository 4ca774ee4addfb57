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
from pipeline.core.index.scoring import AgencyScore, AreaScore, LeafScore, Results
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
_SHARE = ("points", "out_of")


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
    year = results.year
    limits = [{"codes": [*one.limit.codes], **plain_points(one, year, "points", "cut")} for one in entry.limited]
    return {
        "agency": entry.agency.slug,
        "name": entry.agency.name.in_language(language),
        **figures_of(entry, year),
        "appraisal": plain_points(entry.appraisal, year, *_SHARE),
        "survey": plain_points(entry.survey, year, *_SHARE),
        "areas": [_area_json(area, year) for area in entry.areas],
        "criteria": [_leaf_json(leaf, year) for leaf in entry.leaves],
        **({"bonus_limits": limits} if limits else {}),
        "outstanding": list(entry.outstanding),
        "missing": [
            json_fields(gap, stage="kind", group="group", criterion="criterion")
            for gap in results.missing
            if gap.agency == entry.agency.slug
        ],
    }


def _leaf_json(leaf: LeafScore, year: Year) -> dict[str, Any]:
    return {
        "code": leaf.criterion.code,
        **plain_points(leaf, year, *_SHARE),
        **json_fields(leaf, "applicable", "stage", amendment="amendment.source.path"),
        **json_fields(leaf.source, "path", "line"),
    }


def _area_json(area: AreaScore, year: Year) -> dict[str, Any]:
    index = None if area.index is None else f"{year.cycle.policy.rounded_index(area.index):f}"
    return {"code": area.criterion.code, **plain_points(area, year, *_SHARE), "index": index}


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
        cells |= {f"{name}_{key}": figure for key, figure in plain_points(part, results.year, *_SHARE).items()}
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

"""The result as tables: who stands where, by area, by stage; shared by minutes, decision and analysis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipeline.core.index.scoring import Results, Subtotal
from pipeline.core.index.words import grade_text, rank_text
from pipeline.core.publish.reports.common import ReportRequest
from pipeline.core.record.model import ApprovedTable


def ranking(asked: ReportRequest, results: Results) -> list[dict[str, object]]:
    """Return one row for each agency, in the order of the ranking."""
    scene = asked.scene
    return [
        {
            "agency": scene.of(entry.agency.name),
            "short": scene.of(entry.agency.short),
            "appraisal": _of(asked, entry.appraisal),
            "survey": _of(asked, entry.survey),
            "points": scene.points(entry.total.points),
            "out_of": scene.points(entry.total.out_of),
            "index": scene.index(entry.published),
            "rank": rank_text(entry.rank),
            "grade": grade_text(entry, scene.labels),
        }
        for entry in results.agencies
    ]


def _of(asked: ReportRequest, part: Subtotal) -> str:
    return f"{asked.scene.points(part.points)}/{asked.scene.points(part.out_of)}" if part.out_of else "–"


def approved_ranking(asked: ReportRequest, table: ApprovedTable, results: Results) -> list[dict[str, object]]:
    """Return the rows of a signed table: its own figures, with the parts that scoring of its day gives."""
    titles = {grade.id: asked.of(grade.title) for grade in asked.year.cycle.grades}
    parts = {str(row["agency"]): row for row in ranking(asked, results)}
    number = asked.scene.labels.number
    rows = []
    for row in table.rows:
        agency = asked.year.agencies.get(row.agency)
        name = asked.of(agency.name) if agency else row.agency
        rows.append(
            {
                **parts.get(name, {}),
                "agency": name,
                "points": number(row.points),
                "out_of": number(row.out_of),
                "index": number(row.index) if row.index else "–",
                "rank": rank_text(row.rank),
                "grade": titles.get(row.grade or "", "–"),
            }
        )
    return rows


def areas_of(asked: ReportRequest, results: Results) -> list[dict[str, object]]:
    """Return the areas that have an index, with their code and title."""
    shown = {area.criterion.code for entry in results.agencies for area in entry.areas if area.index is not None}
    tops = (one for one in asked.year.criteria.values() if one.code in shown)
    return [{"code": one.code, "title": asked.of(one.title)} for one in tops]


def by_area(asked: ReportRequest, results: Results) -> Iterator[Mapping[str, object]]:
    """Yield one row for each agency: its index in every area, in percent of what applied."""
    codes = [str(area["code"]) for area in areas_of(asked, results)]
    for entry in results.agencies:
        own = {area.criterion.code: area.index for area in entry.areas}
        yield {
            "agency": asked.of(entry.agency.short),
            "name": asked.of(entry.agency.name),
            "areas": [asked.scene.index(own.get(code)) for code in codes],
            "index": asked.scene.index(entry.published),
        }

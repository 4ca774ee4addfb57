"""Any agencies of a year beside each other: what the rows are, and of each agency the column of its figures.

A browser takes the columns from files of script, some agencies in each, so that the page does not grow with their
number. They hold the figures as pages show them; nothing is computed in the browser.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import TypeAlias

from pipeline.core.ground.labels import FOREIGN, NATIVE, Labels
from pipeline.core.ground.templates import Fields
from pipeline.core.publish.site.agencies import AgencyView, LeafView, PartView
from pipeline.core.publish.site.parts import SHOWN
from pipeline.core.publish.site.rankings import YearView

FOLDER = "so-sanh/"
LISTED = f"{FOLDER}co-quan.js"


Row: TypeAlias = tuple[str, str, str]  # words, the page they lead to, where on an agency's page the figure is explained


def compared_blocks(view: YearView, labels: Labels) -> tuple[Fields, ...]:
    """Return the rows by kind, in the order of the figures of a column; `start` is the figure of the first row."""

    def words(key: str) -> str:
        return labels.text(f"page.{key}")

    top = f"{view.name}/tieu-chi/"
    leaves = [leaf for agency in view.agencies[:1] for area in agency.areas for leaf in area.leaves]
    whole = [(words(key), "", anchor) for key, anchor, _ in _whole(view)]
    areas = [(f"{area.code}. {area.title}", f"{top}{area.code}/", f"#lv-{area.code}") for area in view.areas]
    codes = [(f"{leaf.code} {leaf.title}", f"{top}{leaf.code}/", f"#tc-{leaf.code}") for leaf in leaves]
    blocks = (
        ("ket-qua", "tab.year", "compare.figure", whole),
        ("linh-vuc", "year.h-areas", "column.area", areas),
        ("tieu-chi", "compare.h-criteria", "column.criterion", codes),
    )
    starts = accumulate((len(rows) for _, _, _, rows in blocks), initial=0)
    return tuple(
        {"id": id_, "title": words(title), "head": words(head), "start": start, "rows": rows}
        for (id_, title, head, rows), start in zip(blocks, starts, strict=False)
    )


def _whole(view: YearView) -> list[tuple[str, str, Callable[[AgencyView], str]]]:
    """Return the figures of a whole agency that a year has: key of the words, where it is explained, its text."""
    figures: list[tuple[bool, str, str, Callable[[AgencyView], str]]] = [
        (True, "column.index", "", lambda agency: agency.index),
        (True, "column.rank", "", lambda agency: agency.rank),
        (view.surveyed, "compare.range", "", lambda agency: agency.ranks),
        (bool(view.grades), "column.grade", "", lambda agency: agency.grade),
        (True, "column.total", "#linh-vuc", lambda agency: _part(agency.total)),
        (True, "column.appraisal", "#linh-vuc", lambda agency: _part(agency.appraisal)),
        (view.surveyed, "column.survey", "#linh-vuc", lambda agency: _part(agency.survey)),
    ]
    return [figure[1:] for figure in figures if figure[0]]


def _part(part: PartView) -> str:
    return f"{part.points}/{part.out_of}" if part.counts else "–"


def column(view: YearView, place: int) -> tuple[str, ...]:
    """Return the figures of the agency at a place of the ranking, one for each row."""
    agency = view.agencies[place]
    return (
        *(told(agency) for _, _, told in _whole(view)),
        *(area.cells[place].text for area in view.areas),
        *(_points(leaf) for area in agency.areas for leaf in area.leaves),
    )


def _points(leaf: LeafView) -> str:
    if leaf.state in {"none", "open"}:
        return "–"
    return f"{leaf.points}/{leaf.out_of}" if leaf.out_of else leaf.points


def column_files(view: YearView) -> Iterator[tuple[str, bytes]]:
    """Yield the files of script of a year: who can be chosen, and the columns of so many agencies together."""
    listed = [(agency.slug, agency.name, agency.short, agency.rank) for agency in view.agencies]
    yield LISTED, _script("parindexAgencies = ", {"together": SHOWN, "agencies": listed}, "")
    for number, start in enumerate(range(0, len(listed), SHOWN), 1):
        own = {
            view.agencies[place].slug: column(view, place) for place in range(start, min(len(listed), start + SHOWN))
        }
        yield f"{FOLDER}{number}.js", _script("parindexColumns(", own, ")")


def _script(call: str, told: object, end: str) -> bytes:
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":")).replace(FOREIGN, "").replace(NATIVE, "")
    return f"window.{call}{text}{end};\n".replace("\u2028", " ").replace("\u2029", " ").encode()

"""Any agencies beside each other: the page of a year has the rows, files of script the columns, texts as pages show."""

from __future__ import annotations

import json
from functools import cache

from tiny import TINY_FILES, YEAR, snapshot_of

from pipeline.core.index.scoring import score
from pipeline.core.publish.scene import Figures, Scene
from pipeline.core.publish.site.columns import LISTED, column, column_files, compared_blocks
from pipeline.core.publish.site.rankings import YearView, year_view
from pipeline.flows.wording import load_labels

VI = load_labels("vi")


@cache
def view() -> YearView:
    world = snapshot_of(TINY_FILES).world
    figures = Figures(score(world.years[YEAR]))
    return year_view(Scene(figures, world.bodies, world.calendar, "2025-03-20", published=True, labels=VI))


def test_every_row_of_the_page_has_its_figure_in_the_column_of_every_agency() -> None:
    blocks = compared_blocks(view(), VI)
    rows = [block["rows"] for block in blocks]
    count = sum(map(len, rows))
    agency = view().agencies[0]
    found = dict(zip((words for own in rows for words, _, _ in own), column(view(), 0), strict=True))

    assert [len(column(view(), place)) for place in range(len(view().agencies))] == [count] * len(view().agencies)
    assert [block["start"] for block in blocks] == [0, len(rows[0]), count - len(rows[2])]
    assert (found["Chỉ số (%)"], found["Hạng"]) == (agency.index, agency.rank)
    assert found["Tổng điểm"] == f"{agency.total.points}/{agency.total.out_of}"
    for area in agency.areas:
        for leaf in area.leaves:
            points = f"{leaf.points}/{leaf.out_of}" if leaf.out_of else leaf.points

            assert found[f"{leaf.code} {leaf.title}"] == ("–" if leaf.state in {"none", "open"} else points)


def test_the_files_tell_who_can_be_chosen_and_their_columns_as_the_pages_do() -> None:
    files = {path: data.decode() for path, data in column_files(view())}
    listed = json.loads(files[LISTED].removeprefix("window.parindexAgencies = ").removesuffix(";\n"))
    columns = json.loads(files["so-sanh/1.js"].removeprefix("window.parindexColumns(").removesuffix(");\n"))

    assert [one[0] for one in listed["agencies"]] == [agency.slug for agency in view().agencies]
    assert columns == {agency.slug: list(column(view(), place)) for place, agency in enumerate(view().agencies)}
    assert set(files) == {LISTED, "so-sanh/1.js"}

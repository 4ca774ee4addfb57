"""The tiny cycle, scored by the code and worked by hand in `tests/examples/tiny/worked-by-hand.csv`."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import pytest
from tiny import TINY, TINY_FILES, YEAR, snapshot_of

from pipeline.core.ground.numbers import rounded
from pipeline.core.index.scoring import AgencyScore, score
from pipeline.core.record.model import Year
from pipeline.core.record.rules import RULES
from pipeline.core.record.stages import KIND_OF

STAGES = tuple(KIND_OF)

Row = tuple[str, ...]

SNAPSHOT = snapshot_of(TINY_FILES)
TINY_YEAR = SNAPSHOT.world.years[YEAR]
BEFORE = "total before amendment"


def worked_by_hand() -> dict[tuple[str, str], Row]:
    text = (TINY / "worked-by-hand.csv").read_text(encoding="utf-8")
    return {
        (row["agency"], row["what"]): tuple(row[key] for key in ("points", "out_of", "index", "rank", "grade"))
        for row in csv.DictReader(text.splitlines())
    }


def shown(value: Fraction | None) -> str:
    """Return points or an index as a person writes them."""
    return "" if value is None else str(rounded(value, 2))


def total(entry: AgencyScore) -> Row:
    index = "" if entry.published is None else str(entry.published)
    grade = entry.grade.id if entry.grade else ""
    return shown(entry.total.points), shown(entry.total.out_of), index, str(entry.rank or ""), grade


def computed(year: Year) -> Iterator[tuple[tuple[str, str], Row]]:
    for entry in score(year).agencies:
        slug = entry.agency.slug
        for leaf in entry.leaves:
            yield (slug, leaf.criterion.code), (shown(leaf.points), shown(leaf.out_of), "", "", "")
        for area in entry.areas:
            figures = (shown(area.points), shown(area.out_of), shown(area.index), "", "")
            yield (slug, f"area {area.criterion.code}"), figures
        for name, part in (("appraisal", entry.appraisal), ("survey", entry.survey)):
            yield (slug, name), (shown(part.points), shown(part.out_of), "", "", "")
        yield (slug, "total"), total(entry)
    for entry in score(replace(year, amendments=())).agencies:
        yield (entry.agency.slug, BEFORE), total(entry)


def test_the_tiny_world_has_neither_errors_nor_warnings() -> None:
    assert SNAPSHOT.problems == ()


def test_every_figure_is_the_one_worked_by_hand() -> None:
    assert dict(computed(TINY_YEAR)) == worked_by_hand()


def test_leaves_are_rounded_to_the_decimals_of_the_year_before_they_are_added() -> None:
    exact = [leaf.points for entry in score(TINY_YEAR).agencies for leaf in entry.leaves if leaf.points is not None]

    assert [Fraction(rounded(points, 2)) for points in exact] == exact


@pytest.mark.parametrize(("number", "what"), [(0, BEFORE), (1, "total")])
def test_each_approved_table_holds_the_figures_of_its_day(number: int, what: str) -> None:
    by_hand = {agency: row for (agency, name), row in worked_by_hand().items() if name == what}
    approved = {
        row.agency: (row.points, row.out_of, row.index, str(row.rank), row.grade)
        for row in TINY_YEAR.approvals[number].rows
    }

    assert by_hand == approved


def test_the_first_approval_was_given_for_the_files_without_the_amendment() -> None:
    without = {path: data for path, data in TINY_FILES.items() if "/amendments/" not in path}

    assert snapshot_of(without).world.years[YEAR].inputs == TINY_YEAR.approvals[0].inputs


def test_the_tiny_world_knows_every_rule_type_and_every_stage() -> None:
    assert {leaf.rule.name for leaf in TINY_YEAR.leaves() if leaf.rule} == set(RULES)
    assert {stage for stage in STAGES if any(file.lines for file in TINY_YEAR.stages[stage].values())} == set(STAGES)


@pytest.mark.parametrize(
    ("agency", "criterion", "stage"),
    [
        ("co-quan-a", "1.1.1", "appraisal-1"),
        ("co-quan-a", "1.1.2", "appraisal-2"),
        ("co-quan-a", "1.4", "survey"),
        ("co-quan-a", "2.4", "not-applicable"),
        ("co-quan-b", "2.1", "council-decision"),
        ("co-quan-b", "2.2", "council-decision"),
        ("co-quan-b", "2.3", "not-applicable"),
        ("co-quan-b", "2.4", "appraisal-1"),
        ("co-quan-c", "3.2", "not-applicable"),
        ("co-quan-c", "4.1", None),
    ],
)
def test_each_score_names_the_stage_that_decided_it(agency: str, criterion: str, stage: str | None) -> None:
    entry = score(TINY_YEAR).of(agency)
    leaf = entry.leaf(criterion) if entry else None

    assert leaf is not None
    assert leaf.stage == stage


def test_an_amended_score_names_the_amendment() -> None:
    entry = score(TINY_YEAR).of("co-quan-b")
    leaf = entry.leaf("2.1") if entry else None

    assert leaf is not None
    assert leaf.amendment is TINY_YEAR.amendments[0]
    assert leaf.source is not None
    assert leaf.source.path == "data/2024/amendments/0001.yml"

"""Charts say what the data says, in both languages, in colours that can be read, as drawings of marks and words."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest
from pairs import pairs_of
from PIL import ImageFont
from test_trends import data_trend
from tiny import ROOT, TINY_FILES, files_under, snapshot_of

from pipeline.adapters import documents
from pipeline.adapters.charts import SCALE, png
from pipeline.adapters.pages import Pages
from pipeline.adapters.templates import Engine
from pipeline.core.ground.labels import Labels, texts_of
from pipeline.core.ground.numbers import Exact, fixed
from pipeline.core.ground.problems import NOWHERE
from pipeline.core.ground.table import table_of_texts
from pipeline.core.ground.text import Text
from pipeline.core.index.analysis.profiles import area_standings, group_standings, median, part_of
from pipeline.core.index.analysis.rank_draws import weight_draws
from pipeline.core.index.analysis.sentences import trend_sentences
from pipeline.core.index.analysis.waterfalls import waterfalls
from pipeline.core.index.scoring import Results, amended_counts, score
from pipeline.core.index.words import index_text, points_text
from pipeline.core.publish.charts import from_results
from pipeline.core.publish.charts.chart import (
    Axis,
    Chart,
    DotRow,
    Dots,
    Join,
    Series,
    Stacks,
    parts_of,
    steps_between,
)
from pipeline.core.publish.charts.from_results import (
    Answers,
    Interval,
    Shift,
    answers_chart,
    areas_chart,
    claims_chart,
    criterion_chart,
    draws_chart,
    groups_chart,
    heat,
    index_chart,
    intervals_from,
    losses_chart,
    road_chart,
    shifts_chart,
    trend_chart,
    years_chart,
)
from pipeline.core.publish.charts.palette import LEVELS, PALETTE
from pipeline.core.publish.charts.svg import LEAST_WIDE, LEAST_WIDTH, RULES, WIDEST, WIDTH, svg, wrapped
from pipeline.core.publish.reports import indices
from pipeline.core.publish.site import page_charts
from pipeline.core.record.model import AgencyGroup, FirmnessPolicy
from pipeline.core.survey.disclosure import disclosure, widest
from pipeline.core.survey.intervals import estimate
from pipeline.flows.wording import load_labels

LANGUAGES = ("vi", "en")
YEAR = "2024"
CSS, DARK_CSS = (
    (ROOT / "site_templates" / "assets" / name).read_text(encoding="utf-8") for name in ("site.css", "dark.css")
)


@cache
def labels(language: str) -> Labels:
    return load_labels(language)


@cache
def results(world: str) -> Results:
    files = TINY_FILES if world == "tiny" else files_under(ROOT, "data")
    return score(snapshot_of(files).world.years[YEAR])


@cache
def charts(world: str, language: str) -> tuple[Chart, ...]:
    return tuple(all_charts(results(world), labels(language)))


def all_charts(scored: Results, words: Labels) -> Iterator[Chart]:
    """Yield every chart of a year, and those whose figures come from elsewhere."""
    ways = waterfalls(scored.year)
    first, *_ = scored.agencies
    spread = {first.agency.slug: Interval(Fraction(70), Fraction(96), 1, 2)}
    options = ("Rất tốt", "Tốt", "Bình thường", "Kém", "Rất kém")
    answers = [Answers("Nhóm A", (5, 3, 1, 1, 0)), Answers("Nhóm B", (1, 1, 2, 3, 3)), Answers("Nhóm C", None)]
    shifts = [Shift("Cơ quan A", Decimal(80), Decimal("84.5")), Shift("Cơ quan B", Decimal(90), Decimal(85))]
    made = [
        index_chart(scored, words),
        index_chart(scored, words, intervals=spread),
        claims_chart(scored, ways.by_agency, words),
        answers_chart("hinh-q1", "Câu hỏi?", options, answers, words),
        shifts_chart(shifts, ("2023", "2024"), words),
        over_years(words),
        draws_chart(scored, weight_draws(scored, FirmnessPolicy()), words),
        groups_chart(in_two_groups(scored), [*group_standings(in_two_groups(scored))], words),
        *(road_chart(scored, entry, ways.of(entry.agency.slug), words) for entry in scored.agencies),
        *(losses_chart(scored, entry, words) for entry in scored.agencies),
        *(areas_chart(scored, entry, area_standings(scored), words) for entry in scored.agencies),
        *(criterion_chart(scored, criterion, words) for criterion in scored.year.criteria.values()),
    ]
    yield from (chart for chart in made if chart is not None)


def in_two_groups(scored: Results) -> Results:
    """Return the same results with the agencies in two groups: the first by itself, all others."""
    groups = {name: AgencyGroup(name, Text(f"Nhóm {name}"), NOWHERE) for name in ("a", "b")}
    first, *rest = (replace(entry, agency=replace(entry.agency, group="b")) for entry in scored.agencies)
    entries = (replace(first, agency=replace(first.agency, group="a")), *rest)
    return Results(replace(scored.year, groups=groups), entries, ())


def over_years(words: Labels, joins: Sequence[Join] = ("part", "whole")) -> Chart | None:
    own: tuple[Exact | None, ...] = (Fraction(70), Fraction(75), Fraction(72))
    figures = (("Cơ quan A", own), (words.text("chart.areas.median"), (Fraction(71), None, Fraction(74))))
    return years_chart("Cơ quan A", ("2022", "2023", "2024*"), joins, figures, words)


def elements(drawing: str) -> Iterator[ET.Element]:
    return ET.fromstring(drawing).iter()  # noqa: S314  # our own drawing


def local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


# Words and what they stand on: 4.5 (WCAG 2.1, 1.4.3). Marks and the paper: 3 (1.4.11).
TEXT = [
    ("ink", "paper"),
    ("muted", "paper"),
    *(("ink", f"heat-{shade}") for shade in range(1, 6)),
    *((f"on-level-{level}", f"level-{level}") for level in range(1, LEVELS + 1)),
]
MARKS = ["one", "two", "three", "range", "gain", "loss", *(f"level-{level}" for level in range(1, LEVELS + 1))]
LIGHT, DARK = 0, 1  # places in the pairs of the palette


def luminance(colour: str) -> Fraction:
    """Return the relative luminance of an sRGB colour such as #17406d, 0 for black and 1 for white (WCAG 2.1)."""
    red, green, blue = (linear(int(colour[place : place + 2], 16)) for place in (1, 3, 5))
    return Fraction(2126, 10000) * red + Fraction(7152, 10000) * green + Fraction(722, 10000) * blue


def linear(channel: int) -> Fraction:
    share = Fraction(channel, 255)
    if share <= Fraction(3928, 100000):
        return share / Fraction(1292, 100)
    base = (share + Fraction(55, 1000)) / Fraction(1055, 1000)
    # Decimal powers are exact to the context's digits on every platform; a binary power is not.
    return Fraction((Decimal(base.numerator) / Decimal(base.denominator)) ** Decimal("2.4"))


def contrast(one: str, other: str) -> Fraction:
    """Return the contrast of two colours, from 1 to 21 (WCAG 2.1)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + Fraction(5, 100)) / (dark + Fraction(5, 100))


@pytest.mark.parametrize("scheme", [LIGHT, DARK])
@pytest.mark.parametrize(
    ("front", "behind", "least"),
    [*((front, behind, Fraction(9, 2)) for front, behind in TEXT), *((mark, "paper", Fraction(3)) for mark in MARKS)],
)
def test_colours_reach_the_contrast_of_wcag(front: str, behind: str, least: Fraction, scheme: int) -> None:
    assert contrast(PALETTE[front][scheme], PALETTE[behind][scheme]) >= least


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("#000000", "#ffffff", "21.00"), ("#ffffff", "#ffffff", "1.00"), ("#777777", "#ffffff", "4.48")],
)
def test_contrast_is_that_of_the_standard(one: str, other: str, expected: str) -> None:
    assert fixed(contrast(one, other), 2) == expected


def test_the_styles_of_the_site_hold_the_palette_and_the_rules_of_the_drawings() -> None:
    found = [re.findall(r"--pi-c-([a-z0-9-]+): (#[0-9a-f]{6});", part) for part in (CSS, DARK_CSS)]
    rules = [re.sub(r"\{([a-z0-9-]+)\}", r"var(--pi-c-\1)", rule) for rule in RULES.values()]
    wanted = [
        f".pi-chart {selector} {{ {'; '.join(one.replace(':', ': ', 1) for one in rule.split(';'))}; }}"
        for selector, rule in zip(RULES, rules, strict=True)
    ]

    assert found == [[(name, pair[scheme]) for name, pair in PALETTE.items()] for scheme in (LIGHT, DARK)]
    assert [line for line in wanted if line not in CSS.splitlines()] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("world", ["tiny", "real"])
def test_a_drawing_is_well_formed_and_holds_marks_and_words_only(world: str, language: str) -> None:
    allowed = {"svg", "text", "line", "rect", "circle", "path", "defs", "pattern", "style"}
    wrong = []
    for chart in charts(world, language):
        for alone in (False, True):
            drawing = svg(chart, alone=alone)
            own = {element.get("id") for element in elements(drawing)} - {None}
            asked = set(re.findall(r"url\(#([^)]+)\)", drawing))
            names = {local(element) for element in elements(drawing)}
            attributes = {name for element in elements(drawing) for name in element.attrib}
            outside = drawing.replace('xmlns="http://www.w3.org/2000/svg"', "")
            if (
                not names <= (allowed if alone else allowed - {"style"})
                or not asked <= own
                or any(name.startswith("on") or name in {"style", "href"} for name in attributes)
                or re.search(r"https?:|data:|@import", outside)
            ):
                wrong.append((chart.id, alone))

    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("world", ["tiny", "real"])
def test_every_chart_has_finding_source_alternative_and_numbers_in_the_readers_language(
    world: str, language: str
) -> None:
    made = charts(world, language)
    incomplete = [
        chart.id
        for chart in made
        if not (chart.title and chart.alt and chart.note and chart.table.rows)
        or any(len(row) != len(chart.table.head) for row in chart.table.rows)
        or f'aria-label="{chart.alt}"'
        not in svg(chart).replace("&quot;", '"').replace("&#x27;", "'").replace("&amp;", "&")
    ]
    from_results = " ".join(cell for chart in made for row in chart.table.rows for cell in row[1:])
    foreign = {"vi": r"\d\.\d\d\b", "en": r"\d,\d\d\b"}[language]

    assert (incomplete, re.findall(foreign, from_results)) == ([], [])


@pytest.mark.parametrize("world", ["tiny", "real"])
def test_both_languages_tell_the_same_charts_with_the_same_places(world: str) -> None:
    places = {
        language: [
            (chart.id, [element.get("cx") for element in elements(svg(chart)) if element.get("cx")])
            for chart in charts(world, language)
        ]
        for language in LANGUAGES
    }

    assert places["vi"] == places["en"]


def test_the_numbers_of_the_index_chart_are_those_of_the_ranking() -> None:
    scored, words = results("real"), labels("vi")
    chart = index_chart(scored, words)
    assert chart is not None

    assert chart.table.rows == tuple(
        (words.of(entry.agency.short), index_text(entry.index, scored.year, words)) for entry in scored.agencies
    )


@pytest.mark.parametrize(("shown", "said"), [(2, "Hình có 2 trong 4 cơ quan"), (4, "")])
def test_a_chart_of_some_agencies_says_so(shown: int, said: str) -> None:
    scored, words = results("real"), labels("vi")
    ways = waterfalls(scored.year).by_agency
    for chart in (
        index_chart(scored, words, entries=scored.agencies[:shown]),
        claims_chart(scored, ways, words, entries=scored.agencies[:shown]),
    ):
        assert chart is not None

        assert said in chart.note
        assert ("Hình có" in chart.note) == bool(said)


def test_intervals_are_drawn_and_told_beside_the_ranks_they_leave_open() -> None:
    scored, words = results("real"), labels("vi")
    slug = scored.agencies[1].agency.slug
    chart = index_chart(scored, words, intervals={slug: Interval(Fraction(171, 2), Fraction(181, 2), 2, 3)})
    assert chart is not None

    assert [row[2:] for row in chart.table.rows] == [("–",) * 3, ("85,50", "90,50", "2–3"), *[("–",) * 3] * 2]
    assert sum(local(element) == "line" and element.get("class") == "v" for element in elements(svg(chart))) == 3 + 1


def test_published_errors_hold_for_any_table_that_could_be_hidden() -> None:
    scored = results("real")
    shown = disclosure(scored)
    wide = widest(scored, shown)
    counts, stand_in = amended_counts(scored.year), amended_counts(wide.year)
    plan = scored.year.survey
    assert plan is not None
    other: dict[tuple[str, str], dict[str, dict[str, int]]] = {}
    for group, agency, name in shown.counts:
        scale = plan.scales[plan.questions[name].scale]
        valued = [option for option in scale.values if option != scale.no_opinion]
        row, ends = counts[group, agency].answers[name], stand_in[group, agency].answers[name]
        opinions = sum(row.get(option, 0) for option in valued)
        other.setdefault((group, agency), {})[name] = {**row, **dict.fromkeys(valued, 0), valued[0]: opinions}

        assert opinions == sum(ends[option] for option in valued)
        assert {**row, **dict.fromkeys(valued, 0)} == {**ends, **dict.fromkeys(valued, 0)}
    moved = {place: replace(item, answers={**item.answers, **other.get(place, {})}) for place, item in counts.items()}
    year = replace(scored.year, counts=moved, amendments=())
    errors, same = estimate(wide), estimate(widest(replace(scored, year=year), shown))

    assert errors.agencies == same.agencies
    assert [
        slug
        for slug, own in estimate(scored).agencies.items()
        if own.index and own.index.error and own.index.error > errors.agencies[slug].index.error + 1e-12
    ] == []


def test_hiding_some_answers_takes_no_interval_from_agencies_of_which_nothing_is_hidden() -> None:
    scored = results("real")
    shown = disclosure(scored)
    exact, published = estimate(scored), estimate(widest(scored, shown))
    whole = [slug for slug in exact.agencies if shown.is_whole(slug)]

    assert (len(whole), len(exact.agencies)) == (3, 4)
    assert {slug: exact.agencies[slug] for slug in whole} == {slug: published.agencies[slug] for slug in whole}
    assert [place for place, own in exact.leaves.items() if place[0] in whole and own != published.leaves[place]] == []
    told = [own.reason for place, own in published.leaves.items() if place[0] in whole and own.low is None]
    assert {*told} == {"sipas"}  # how SIPAS was drawn nobody states, of whichever agency
    apart = [
        [pair for pair, told in pairs_of(one).items() if told.separated and set(pair) <= set(whole)]
        for one in (exact, published)
    ]
    assert apart[0] == apart[1]


def test_the_middle_line_of_stacked_bars_lies_below_them_and_crosses_out_no_share() -> None:
    answers = [Answers("A", (4, 3, 3)), Answers("B", (2, 6, 2))]
    chart = answers_chart("hinh-q1", "Hỏi?", ("Tốt", "Vừa", "Kém"), answers, labels("vi"))
    assert chart is not None
    drawn = [(local(element), element.get("class")) for element in elements(svg(chart))]

    assert drawn.index(("line", "w")) < min(n for n, (kind, name) in enumerate(drawn) if (kind, name) == ("text", "o3"))


def test_estimates_become_intervals_rounded_as_indices_are() -> None:
    scored = results("real")
    errors = estimate(scored)
    found = intervals_from(errors, scored.year)
    wanted = {slug: own.index for slug, own in errors.agencies.items() if own.index is not None}

    assert {slug: (f"{own.low}", f"{own.high}", own.best_rank, own.at_most) for slug, own in found.items()} == {
        slug: (
            fixed(Fraction(index.low), 2),
            fixed(Fraction(index.high), 2),
            errors.agencies[slug].best_rank,
            bool(index.bounds),
        )
        for slug, index in wanted.items()
        if index.low is not None and index.high is not None
    }
    assert found != {}


@pytest.mark.parametrize(
    ("ranks", "said"), [((1, 2), "chưa phân định được thứ tự của"), ((2, 2), "không làm đổi thứ hạng nào")]
)
def test_the_index_chart_says_whether_survey_error_leaves_ranks_open(ranks: tuple[int, int], said: str) -> None:
    scored = results("real")
    slug = scored.agencies[1].agency.slug
    chart = index_chart(scored, labels("vi"), intervals={slug: Interval(Fraction(85), Fraction(90), *ranks)})
    assert chart is not None

    assert said in chart.title


def test_names_are_listed_as_a_sentence_does() -> None:
    made = [labels("vi").listed(names) for names in (["A"], ["A", "B"], ["A", "B", "C"])]

    assert made == ["A", "A và B", "A, B và C"]


@pytest.mark.parametrize("world", ["tiny", "real"])
def test_a_waterfall_begins_with_the_claim_and_ends_with_the_appraised_points(world: str) -> None:
    scored, words = results(world), labels("vi")
    ways = waterfalls(scored.year)
    for entry in scored.agencies:
        chart = road_chart(scored, entry, ways.of(entry.agency.slug), words)
        assert chart is not None
        rows = chart.body.rows  # type: ignore[union-attr]
        ends = [(row.start, row.end) for row in rows]

        assert [start for start, _ in ends[1:]] == [end for _, end in ends[:-1]]
        assert Fraction(ends[-1][1]) == entry.appraisal.points
        assert chart.table.rows[-1][2] == points_text(entry.appraisal.points, scored.year, words)


def test_a_pareto_shares_out_all_points_lost_the_greatest_first() -> None:
    scored, words = results("real"), labels("vi")
    for entry in scored.agencies:
        chart = losses_chart(scored, entry, words)
        assert chart is not None
        lost = entry.losing
        rows = chart.body.rows  # type: ignore[union-attr]

        assert (rows[0].start, rows[-1].end) == (0, 100)
        assert chart.table.rows[0][1] == points_text(lost[0].lost, scored.year, words)
        assert rows[0].end * sum(leaf.lost for leaf in lost) == 100 * lost[0].lost


def test_areas_stand_beside_median_and_best() -> None:
    scored, words = results("real"), labels("vi")
    entry = scored.agencies[-1]
    chart = areas_chart(scored, entry, area_standings(scored), words)
    assert chart is not None
    known = [area for area in entry.areas if area.index is not None]
    standings = [area_standings(scored)[area.criterion.code] for area in known]

    assert [row[1:] for row in chart.table.rows] == [
        tuple(index_text(value, scored.year, words) for value in (area.index, there.median, there.best))
        for area, there in zip(known, standings, strict=True)
        if there is not None
    ]


def test_a_criterion_says_how_many_reached_its_maximum() -> None:
    scored, words = results("real"), labels("vi")
    for criterion in scored.year.criteria.values():
        chart = criterion_chart(scored, criterion, words)
        parts = [part for entry in scored.agencies if (part := part_of(entry, criterion)) and part.out_of]
        if chart is None:
            assert len(parts) < 2
            continue
        full = sum(part.index == 100 for part in parts)
        middle = index_text(median(part.index for part in parts if part.index is not None), scored.year, words)
        key = "title-all" if full == len(parts) else "title" if full else "title-none"

        assert chart.title == words.text(f"chart.criterion.{key}", full=full, count=len(parts), median=middle)


def test_answers_that_may_not_be_shown_leave_no_mark_and_no_number() -> None:
    words = labels("vi")
    answers = [Answers("Nhóm A", (6, 2, 1, 1)), Answers("Nhóm B", (1, 2, 3, 4)), Answers("Nhóm C", None)]
    chart = answers_chart("hinh-q1", "Hỏi?", ("Rất tốt", "Tốt", "Kém", "Rất kém"), answers, words)
    assert chart is not None
    shares = [element for element in elements(svg(chart)) if (element.get("class") or "").startswith("l l")]

    assert chart.table.rows == (("Nhóm A", "6", "2", "1", "1", "10"), ("Nhóm B", "1", "2", "3", "4", "10"))
    assert chart.title == (
        "Trong các hàng được hiện, tỷ lệ trả lời Rất tốt và Tốt cao nhất ở Nhóm A (80%), thấp nhất ở Nhóm B (30%)"
    )
    assert chart.title in chart.alt
    assert len(shares) == 4 + 2 * 4
    assert "không hiện" in svg(chart)


def test_the_middle_of_stacked_bars_parts_good_answers_from_bad_ones() -> None:
    answers = [Answers("A", (3, 1)), Answers("B", (1, 3))]
    chart = answers_chart("hinh-q1", "Hỏi?", ("Có", "Không"), answers, labels("vi"))
    assert chart is not None
    middle = next(element.get("x1") for element in elements(svg(chart)) if element.get("class") == "w")
    good = [
        Fraction(str(element.get("x"))[:-1]) + Fraction(str(element.get("width"))[:-1])
        for element in elements(svg(chart))
        if element.get("class") == "l l1" and element.get("height") == "24"
    ]

    assert (middle, good) == ("50%", [50, 50])


@pytest.mark.parametrize("wide", [False, True], ids=["phone", "desk"])
def test_the_legend_of_answers_is_one_line_that_fits_or_a_list(*, wide: bool) -> None:
    short = ("Rất tốt", "Tốt", "Bình thường", "Chưa tốt", "Kém")
    long = tuple(f"Mức trả lời có tên khá dài thứ {number}" for number in range(1, 6))
    found = []
    for levels in (short, long):
        chart = answers_chart(
            "hinh-q1", "Hỏi?", levels, [Answers("Một nhóm có tên dài hơn", (1, 1, 1, 1, 1))], labels("vi")
        )
        assert chart is not None
        words = [one for one in elements(svg(chart, wide=wide)) if one.text in levels and one.get("font-size")]
        ends = [int(one.get("x", "")) + len(one.text or "") * int(one.get("font-size", "")) // 2 for one in words]
        found.append((len({one.get("y") for one in words}), max(ends)))

    assert [lines for lines, _ in found] == [1, 5]
    assert found[0][1] <= (LEAST_WIDE if wide else LEAST_WIDTH)


@pytest.mark.parametrize("wide", [False, True], ids=["phone", "desk"])
def test_short_words_of_a_legend_end_before_the_next_one_begins(*, wide: bool) -> None:
    levels = ("Mm", "Vừa", "Kém")
    chart = answers_chart("hinh-q1", "Hỏi?", levels, [Answers("A", (3, 4, 3))], labels("vi"))
    assert chart is not None
    drawn = list(elements(svg(chart, wide=wide)))
    boxes = [
        int(one.get("x", "")) for one in drawn if (one.get("class") or "").startswith("l l") and one.get("y") == "4"
    ]
    words = [one for one in drawn if one.text in levels and one.get("font-size")]
    lengths = [
        ImageFont.truetype(ROOT / "pipeline/fonts/parindex-sans-regular.ttf", int(one.get("font-size", ""))).getlength(
            one.text or ""
        )
        for one in words
    ]

    ends = [int(one.get("x", "")) + length for one, length in zip(words, lengths, strict=True)]
    assert all(end + 3 <= box for end, box in zip(ends, boxes[1:], strict=False))


def test_nothing_is_drawn_over_a_share_that_stands_in_the_middle() -> None:
    chart = answers_chart("hinh-q1", "Hỏi?", ("A", "B", "C"), [Answers("A", (3, 4, 3))], labels("vi"))
    assert chart is not None
    order = [element.get("class") for element in elements(svg(chart)) if element.get("class") in {"w", "l l3", "o3"}]

    assert order == ["l l3", "w", "l l3", "o3"]  # the legend, the middle line, the bar, its share


def test_neighbours_of_a_fine_scale_are_drawn_together_and_counted_apart() -> None:
    options = [f"M{n}" for n in range(24, 0, -1)]
    chart = answers_chart("hinh-q1", "Hỏi?", options, [Answers("A", tuple(range(24)))], labels("vi"))

    assert chart is not None
    assert isinstance(chart.body, Stacks)
    assert chart.body.levels[0] == "từ M24 đến M22"
    assert len(chart.body.levels) == len(chart.body.rows[0].shares) == 7
    assert sum(chart.body.rows[0].shares) == 1
    assert [*chart.table.rows[0][1:-1]] == [str(n) for n in range(24)]


def test_counts_have_their_thousands_apart() -> None:
    chart = answers_chart("hinh-q1", "Hỏi?", ("A", "B"), [Answers("A", (1200, 37))], labels("vi"))
    assert chart is not None

    assert "1.237 câu trả lời" in chart.note
    assert chart.table.rows == (("A", "1.200", "37", "1.237"),)


def test_the_figures_of_two_years_are_those_that_the_sentences_tell() -> None:
    found = data_trend()
    chart = trend_chart(found, labels("vi"))
    assert chart is not None
    from_results = [s.figures for s in trend_sentences(found, None) if s.key in {"rose", "fell"}]

    assert [(row[1], row[2]) for row in chart.table.rows] == [
        tuple(f"{figure[side]}".replace(".", ",") for side in ("low", "high")) for figure in from_results
    ]


def test_no_years_are_drawn_where_a_sum_could_tell_of_hidden_answers() -> None:
    found = data_trend()
    policy = found.after.year.cycle.policy
    exact = replace(policy, points=replace(policy.points, leaf_exact=True))
    year = replace(found.after.year, cycle=replace(found.after.year.cycle, policy=exact))

    assert trend_chart(replace(found, after=replace(found.after, year=year)), labels("vi")) is None


@pytest.mark.parametrize(
    ("joins", "expected"),
    [(("part", "whole"), ["s p", "s"]), (("", "whole"), ["s"]), (("", ""), [])],
)
def test_years_are_joined_as_far_as_they_correspond_and_the_note_says_so(
    joins: Sequence[Join], expected: list[str]
) -> None:
    chart = over_years(labels("vi"), joins)
    assert chart is not None
    lines = [one.get("class", "") for one in elements(svg(chart)) if local(one) == "line"]
    kinds = {"whole": "join-whole", "part": "join-part", "": "join-none"}

    assert [kind for kind in lines if kind.startswith("s") and "r" not in kind] == expected
    for join, key in kinds.items():
        assert (labels("vi").text(f"chart.years.{key}") in chart.note) == (join in joins)


def test_where_nobody_moved_nobody_is_said_to_have_moved_most() -> None:
    chart = shifts_chart([Shift("A", Decimal(50), Decimal(50))], ("2023", "2024"), labels("vi"))

    assert chart is not None
    assert chart.title == labels("vi").text("chart.shifts.title-same", before="2023", after="2024", count=1)


def test_one_year_alone_makes_no_line() -> None:
    assert years_chart("A", ("2023", "2024"), ("whole",), (("A", (None, Fraction(70))),), labels("vi")) is None


def test_places_follow_the_axis_from_end_to_end() -> None:
    axis = Axis(0, 100, ((0, "0"), (100, "100")), "%")
    rows = tuple(DotRow(str(value), "", (value,)) for value in (0, 25, 50, 100, 120))
    chart = Chart("x", "t", "n", "a", table_of_texts("c", ("h",), ()), Dots((Series("s", "disc", "one"),), rows, axis))

    assert [element.get("cx") for element in elements(svg(chart)) if element.get("cx")] == [
        "2%",
        "26%",
        "50%",
        "98%",
        "98%",
    ]


def test_typed_text_stays_text_in_a_drawing() -> None:
    chart = charts("tiny", "vi")[0]
    hostile = '"><script>alert(1)</script><image href="x"/>&'
    rows = tuple(replace(row, label=hostile) for row in chart.body.rows)  # type: ignore[union-attr]
    drawn = svg(replace(chart, alt=hostile, body=replace(chart.body, rows=rows)))  # type: ignore[arg-type]

    assert [local(e) for e in elements(drawn) if local(e) in {"script", "image"}] == []
    assert next(elements(drawn)).get("aria-label") == hostile


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 60, "0 20 40 60"),
        (Decimal("73.55"), 92, "70 75 80 85 90 95"),
        (Decimal("36.8"), 40, "36 37 38 39 40"),
        (5, 5, "5.0 5.2 5.4 5.6 5.8 6.0"),
        (Decimal("-0.5"), Decimal("0.5"), "-0.6 -0.4 -0.2 0.0 0.2 0.4 0.6"),
        (Decimal("0.981"), Decimal("0.984"), "0.981 0.982 0.983 0.984"),
    ],
)
def test_an_axis_has_few_round_values_that_cover_all(low: Decimal, high: Decimal, expected: str) -> None:
    assert " ".join(f"{value:f}" for value in steps_between(low, high, most=6 if low == -high else 5)) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Cục Thuế", ("Cục Thuế",)),
        ("một hai ba bốn", ("một hai", "ba bốn")),
        ("một hai ba bốn năm", ("một hai", "ba bốn…")),
        ("môtchữrấtdài", ("môtchữrấ", "tdài")),
        ("", ("",)),
    ],
)
def test_a_name_takes_two_lines_at_most(words: str, expected: tuple[str, ...]) -> None:
    assert wrapped(words, 8) == expected


def test_no_line_of_a_drawing_is_wider_than_a_phone() -> None:
    wide = [
        (chart.id, element.text)
        for world in ("tiny", "real")
        for chart in charts(world, "vi")
        for element in elements(svg(chart))
        if local(element) == "text" and len(element.text or "") > WIDEST
    ]

    assert wide == []


def test_cells_are_shaded_by_the_grades_of_the_year() -> None:
    year = results("real").year
    bare = replace(year, cycle=replace(year.cycle, grades=()))
    values = [None, Fraction(95), Fraction(90), Fraction(85), Fraction(75), Fraction(60), Fraction(10)]

    assert [heat(year, value) for value in values] == ["", *(f"heat-{place}" for place in (1, 1, 2, 3, 4, 5))]
    assert [heat(bare, value) for value in values] == ["", *(f"heat-{place}" for place in (1, 1, 1, 2, 2, 5))]


SAME = """
import hashlib, sys
sys.path[:0] = [{tests!r}]
import test_charts
made = test_charts.charts("tiny", "vi")
text = "".join(svg for chart in made for svg in (test_charts.svg(chart), test_charts.svg(chart, alone=True)))
print(hashlib.sha256(text.encode()).hexdigest(), hashlib.sha256(test_charts.png(made[0])).hexdigest())
"""


def test_the_same_results_give_the_same_bytes_whatever_the_machine() -> None:
    tests = str(Path(__file__).resolve().parent)
    said = {
        subprocess.run(
            [sys.executable, "-c", SAME.format(tests=tests)],
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "PYTHONHASHSEED": seed, "LC_ALL": locale, "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, locale, zone in (("1", "C", "UTC"), ("2", "C.UTF-8", "Asia/Tokyo"))
    }
    made = charts("tiny", "vi")
    drawn = "".join(drawing for chart in made for drawing in (svg(chart), svg(chart, alone=True)))

    assert said == {
        f"{hashlib.sha256(drawn.encode()).hexdigest()} {hashlib.sha256(png(made[0])).hexdigest()}\n",
    }


def test_a_picture_is_wide_enough_for_print_and_shows_vietnamese() -> None:
    chart = charts("real", "vi")[0]
    picture = png(chart)
    without = png(replace(chart, body=replace(chart.body, rows=())))  # type: ignore[arg-type]

    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(picture[16:20]) == SCALE * WIDTH
    assert len(picture) > len(without)


@pytest.mark.parametrize(
    ("rows", "parts"), [(3, [3]), (14, [14]), (15, [8, 7]), (40, [14, 14, 12]), (63, [13] * 4 + [11])]
)
def test_a_dot_plot_of_many_rows_is_drawn_in_parts_nearly_alike(rows: int, parts: list[int]) -> None:
    body = Dots((), tuple(DotRow(f"A{number}", "", ()) for number in range(rows)), Axis(0, rows, (), ""))
    found = [body.rows if part is None else body.rows[part] for part in parts_of(body, 14)]

    assert [len(own) for own in found] == parts
    assert tuple(row for own in found for row in own) == body.rows


def test_parts_of_a_chart_share_scale_and_columns_and_stand_close_together() -> None:
    rows = tuple(DotRow("NAME" * (1 + number % 3), "1", ()) for number in range(20))
    chart = Chart("x", "", "", "", table_of_texts("", (), ()), Dots((), rows, Axis(0, 20, (), "")))
    drawn = [[*elements(svg(chart, alone=True, wide=True, rows=part))] for part in (None, slice(0, 10), slice(10, 20))]
    columns = [
        {(one.get("x"), one.get("width")) for one in own if one.get("overflow") and one.get("width")} for own in drawn
    ]
    heights = [int(own[0].get("height", "")) for own in drawn]

    assert columns[0] == columns[1] == columns[2]
    assert heights[1] == heights[2] < heights[0] / 2


def test_a_name_in_capitals_has_room_beside_the_marks() -> None:
    name = "BHXH CQ 00019"
    chart = Chart("x", "", "", "", table_of_texts("", (), ()), Dots((), (DotRow(name, "", ()),), Axis(0, 2, (), "")))
    end = next(one.get("x", "") for one in elements(svg(chart, alone=True, wide=True)) if one.text == name)

    assert float(end[:-1]) * WIDTH / 100 >= 6 * 9 + 7 * 7


def test_words_of_a_legend_are_cut_for_a_phone_alone() -> None:
    words = "95% confidence interval from survey error"
    chart = Chart("x", "", "", "", table_of_texts("", (), ()), Dots((), (), Axis(0, 2, (), ""), interval=words))
    body = replace(chart.body, rows=(DotRow("A", "", ()),))  # type: ignore[arg-type]
    shown = [[one.text for one in elements(svg(replace(chart, body=body), wide=wide))] for wide in (False, True)]

    assert "95% confidence interval from survey…" in shown[0]
    assert words in shown[1]


def test_the_font_of_pictures_has_every_letter_that_labels_and_data_use() -> None:
    drawn = {letter for language in LANGUAGES for chart in charts("real", language) for letter in svg(chart)}
    blank = png_of("\ue000")

    assert [letter for letter in sorted(drawn) if not letter.isspace() and png_of(letter) == blank] == []


@cache
def png_of(letter: str) -> bytes:
    axis = Axis(0, 1, (), letter)
    return png(Chart("x", "", "", "", table_of_texts("", (), ()), Dots((), (), axis)))


PAGE = (ROOT / "docs" / "how-to" / "them-mot-hinh.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("place", "language"), list(enumerate(LANGUAGES)))
def test_the_page_on_adding_a_chart_can_be_followed(place: int, language: str) -> None:
    function, entry = blocks("python")
    tree = documents.read("a.yml", ("chart:\n" + blocks("yaml")[place]).encode()).root
    assert tree is not None
    words = Labels(language, {**labels(language).texts, **dict(texts_of([("", tree)]))})
    inside = dict(vars(from_results))
    exec(function, inside)  # noqa: S102  # the page's own words
    scene = SimpleNamespace(results=results("data"), labels=words)
    charts = eval("{" + entry + "}", inside | {"scene": scene})  # noqa: S307  # likewise
    template = '{% import "page/_parts.md.j2" as parts %}' + blocks("jinja")[0]
    parts = (ROOT / "site_templates" / "page" / "_parts.md.j2").read_bytes()
    pages = Pages(
        {"page/one.md.j2": template.encode(), "page/_parts.md.j2": parts},
        words=lambda key, **told: words.text(f"page.{key}", **told),
        engines=Engine,
    )
    shown = pages.page("page/one.md", "index.md", {"charts": charts}).decode()
    (row,) = blocks("text")
    (checked,) = eval(f"[{row}]", inside | {"scored": scene.results, "words": words})  # noqa: S307  # likewise

    assert re.search(r"<figcaption>\S.*\d", shown)
    assert '<svg class="pi-chart"' in shown
    assert png(charts["totals"]).startswith(b"\x89PNG")
    assert checked == charts["totals"]
    assert {name for name in ("year_charts", "agency_charts", "criterion_charts") if hasattr(page_charts, name)} == {
        *re.findall(r"`(\w+_charts)`", PAGE.partition("**Bước 5")[0])
    }
    assert all(hasattr(indices, name) for name in ("index_charts", "chart_fields"))

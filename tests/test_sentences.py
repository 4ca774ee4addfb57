"""What the analysis says: every sentence where its threshold is reached and not before, in both languages."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from itertools import starmap
from typing import Any

import pytest
from conftest import ROOT
from test_analysis import TINY, A, B, C, data_results, of_bonus, scored
from test_firmness import two
from test_trends import ONE, data_trend, trend_of
from tiny import snapshot_of
from worlds import files_of, year_from

sys.path.insert(0, str(ROOT / "tests" / "benchmarks"))

from corpus import corpus

from pipeline.core.ground.text import Text
from pipeline.core.index.analysis.findings import findings, summed
from pipeline.core.index.analysis.sentences import (
    Named,
    Sentence,
    SignedFigure,
    agency_sentences,
    area_sentences,
    contrast_sentences,
    league_sentences,
    loss_sentences,
    not_compared,
    robustness_sentences,
    told,
    trend_sentences,
    way_sentences,
)
from pipeline.core.index.scoring import Results, score
from pipeline.core.publish.firmness_sentences import firmness_sentences
from pipeline.core.publish.scene import Figures, Scene
from pipeline.core.publish.site.rankings import year_view
from pipeline.core.record.model import Calendar, Thresholds
from pipeline.flows.wording import load_labels

EVERYTHING = Thresholds(*[Decimal(0)] * 9, kept_within=0, shown=3)
NOTHING = Thresholds(*[Decimal(101)] * 3, Decimal(100), *[Decimal(101)] * 5, kept_within=100, shown=3)
WORDS = {language: load_labels(language) for language in ("vi", "en")}
PREFIX = "analysis.sentence."
OF_A_YEAR: tuple[Callable[[Results, Thresholds | None], tuple[Sentence, ...]], ...] = (
    *(league_sentences, area_sentences, loss_sentences, way_sentences, contrast_sentences, robustness_sentences),
)


def year_of(results: Results, thresholds: Thresholds | None) -> list[Sentence]:
    return [sentence for find in OF_A_YEAR for sentence in find(results, thresholds)]


def only(**figures: Any) -> Thresholds:
    return replace(NOTHING, **{k: v if isinstance(v, int) else Decimal(v) for k, v in figures.items()})


def test_the_tiny_cycle_is_told_like_this(golden: Callable[[str, str], None]) -> None:
    thresholds = Thresholds(
        near_grade=Decimal("4.5"),
        weak_area=Decimal(70),
        wide_gap=Decimal(30),
        concentrated=Decimal(50),
        overclaim=Decimal(10),
        paper_over_survey=Decimal(10),
        moved=Decimal(1),
        costly=Decimal(20),
        behind_median=Decimal(10),
        kept_within=0,
        shown=2,
    )
    for language, labels in WORDS.items():
        said = year_of(TINY, thresholds)
        said += [sentence for slug in (A, B, C) for sentence in agency_sentences(TINY, slug, thresholds)]
        golden(f"analysis/tiny.{language}.txt", "".join(f"{told(sentence, labels)}\n" for sentence in said))


# Key of a sentence, the thresholds at which it is said of the tiny cycle, and those at which it is not any more.
EDGES = [
    ("near-grade", only(near_grade="4.37"), only(near_grade="4.36")),
    ("area-weak", only(weak_area="66.76"), only(weak_area="66.75")),
    ("area-gap", only(wide_gap="32.44"), only(wide_gap="32.45")),  # 83.5556 - 51.1111
    ("overclaim", only(overclaim="12.68"), only(overclaim="12.69")),  # 1.75 of 13.80
    ("people", only(paper_over_survey="19.76"), only(paper_over_survey="19.77")),  # 68.2308 - 88
]


@pytest.mark.parametrize(("key", "reached", "missed"), EDGES)
def test_a_sentence_is_said_from_its_threshold_on(key: str, reached: Thresholds, missed: Thresholds) -> None:
    assert key in [sentence.key for sentence in year_of(TINY, reached)]
    assert key not in [sentence.key for sentence in year_of(TINY, missed)]


def test_the_fewest_criteria_that_hold_the_share_are_counted() -> None:
    said = [s.figures for s in loss_sentences(TINY, only(concentrated="43.3")) if s.key == "concentrated"]

    assert said == [{"count": 4, "all": 12, "share": Decimal("55.44")}]
    assert [s for s in loss_sentences(TINY, only(concentrated=100)) if s.key == "concentrated"] == []


def test_without_thresholds_only_plain_facts_are_said() -> None:
    assert [s.key for s in year_of(TINY, None)] == ["lead", "grade", "grade", "grade", "areas", "way"]


def test_survey_error_is_told_where_it_leaves_a_rank_open() -> None:
    said = list(league_sentences(TINY, None, {A: (1, 1), C: (2, 3)}))

    assert [told(s, WORDS["vi"]) for s in said if s.key == "rank-range"] == [
        "Trong phạm vi sai số điều tra, CQC có thể ở bất cứ hạng nào từ 2 đến 3."
    ]


def test_agencies_of_which_the_same_is_said_stand_in_one_sentence() -> None:
    ranks = league_sentences(TINY, None, {A: (1, 1), B: (2, 3), C: (2, 3)})
    said = [*ranks, *way_sentences(TINY, only(overclaim=3)), *contrast_sentences(TINY, only(paper_over_survey=10))]

    texts = {s.key: told(s, WORDS["vi"]) for s in said if s.key in {"rank-range", "overclaim", "people"}}

    assert list(texts) == ["rank-range", "overclaim", "people"]
    assert texts["rank-range"] == "Trong phạm vi sai số điều tra, CQC và CQB có thể ở bất cứ hạng nào từ 2 đến 3."
    assert texts["overclaim"].startswith("Có 3 cơ quan tự chấm cao hơn nhiều so với kết quả cuối cùng;")
    assert texts["overclaim"].endswith(": CQA (12,68%), CQC (6,63%) và CQB (3,85%).")
    assert texts["people"].endswith(": CQC (19,77 điểm phần trăm) và CQB (13,03 điểm phần trăm).")


def test_official_documents_write_a_small_count_with_a_zero_and_ranks_without() -> None:
    steady = two_areas(*[(points, points) for points in ("9", "8", "7", "6", "5", "4")])
    said = [*league_sentences(TINY, None, {A: (1, 1), C: (2, 3)}), *robustness_sentences(steady, NOTHING)]
    words = " ".join(told(sentence, WORDS["vi"], formal=True) for sentence in said)

    assert "Có 01 cơ quan xếp loại Tốt: CQA." in words
    assert "hạng nào từ 2 đến 3" in words
    assert "Trong 06 cách tính khác" in words
    assert "0" not in told(said[0], WORDS["en"], formal=True).split(" ranked")[0]


def test_who_changes_places_is_told_with_in_how_many_ways_and_who_moves_far() -> None:
    turned = two_areas(("9", "1"), ("5", "4"), ("1", "7"))
    said = [told(s, WORDS["vi"]) for s in robustness_sentences(turned, only(kept_within=1))]
    steady = two_areas(("9", "9"), ("8", "8"))

    assert said[0].endswith(
        "những cơ quan sau đổi vị trí cho nhau: a với b (2 cách), a với c (1 cách) và b với c (1 cách)."
    )
    assert said[1:] == ["Thứ hạng của a và c phụ thuộc vào cách tính: từ hạng 1 đến hạng 3."]
    assert [s.key for s in robustness_sentences(steady, EVERYTHING)] == ["swaps-none"]
    assert list(robustness_sentences(two_areas(("9", "8")), EVERYTHING)) == []


def test_bonus_and_penalty_are_named_whatever_else_was_lost() -> None:
    said = [told(s, WORDS["vi"]) for s in loss_sentences(TINY, only(concentrated=100))]

    assert "Có 1 cơ quan được cộng điểm thưởng: CQA (0,50 điểm)." in said
    assert "Có 1 cơ quan bị trừ điểm: CQB (0,50 điểm)." in said


def test_what_is_not_appraised_is_not_said_to_be_cut_and_who_ties_at_the_end_is_named() -> None:
    claims = score(year_from(files_of(JUDGED, lines={("self-assessment", "cuc-thue"): '"1": {score: 8}'}, out_of="10")))
    tied = two_areas(("9", "9"), ("5", "5"), ("5", "5"))

    assert [s.key for s in way_sentences(claims, None)] == ["way-claimed"]
    assert "b và c đứng cuối" in told(next(league_sentences(tied, None)), WORDS["vi"])


def test_an_agency_alone_is_not_said_to_be_at_the_median() -> None:
    assert list(agency_sentences(two_areas(("9", "8")), "a", EVERYTHING)) == []
    assert [s.key for s in agency_sentences(two_areas(("9", "8"), ("9", "8")), "a", EVERYTHING)] == ["median"]


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        (3, "3"),
        (Decimal("1.50"), "1,50"),
        (SignedFigure(Decimal("1.50")), "+1,50"),
        (SignedFigure(Decimal("-0.05")), "−0,05"),
        (SignedFigure(Decimal("0.00")), "0,00"),
        (Named(((Text("Một"), None),)), "Một"),
        (Named(((Text("Một"), None), (Text("Hai"), None), (Text("Ba"), None))), "Một, Hai và Ba"),
        (Named(((Text("Một, hai"), Decimal("0.5")),), 2, quoted=True), "“Một, hai” (0,5 điểm) và 2 tiêu chí khác"),
    ],
)
def test_figures_are_written_as_vietnamese_print_does(figure: Any, words: str) -> None:
    assert (
        told(Sentence("only-before", {"before": "2024", "agencies": figure}), WORDS["vi"])
        == f"Chỉ có ở kỳ 2024: {words}."
    )


def of_trends() -> list[Sentence]:
    found = data_trend()
    merged = trend_of(
        {
            "a": {"1": ("4", "1")},
            "b": {"1": ("4", "3")},
            "c": {"1": ("4", "4")},
            "d": {"1": ("4", "-")},
            "x": {"1": ("4", "0")},
        },
        {"ab": {"1": ("4", "3")}, "c": {"1": ("4", "2")}, "d": {"1": ("4", "4")}, "y": {"1": ("4", "4")}},
        f"criteria: [{ONE}]\n    agencies: [{{from: [a, b], to: [ab]}}]",
    )
    held = trend_of({"a": {"1": ("4", "1")}}, {"a": {"1": ("4", "1")}}, f"criteria: [{ONE}]")
    said = [s for trend in (found, merged, held) for s in trend_sentences(trend, EVERYTHING)]
    return [*said, not_compared(found.before.year, found.after.year)]


def test_a_change_under_the_threshold_is_called_no_change_and_the_shown_parts_sum_up() -> None:
    changed = trend_of({"a": {"1": ("4", "2")}}, {"a": {"1": ("4", "2.04")}}, f"criteria: [{ONE}]")
    keys = [[s.key for s in trend_sentences(changed, only(moved=limit))][-1] for limit in ("1", "1.01")]
    figures = [s.figures for s in of_trends() if s.key in ("rose", "fell", "held")]

    assert keys == ["rose", "held"]
    for own in figures:
        low, high, performance, weight = (own[name] for name in ("low", "high", "performance", "weight"))
        assert isinstance(low, Decimal)
        assert isinstance(high, Decimal)
        assert isinstance(performance, SignedFigure)
        assert isinstance(weight, SignedFigure)
        assert high - low == performance.value + weight.value


def turning() -> Results:
    """Return a year in which the first and the last change places where an area is left out."""
    return two_areas(("10", "2"), ("5", "6"), ("1", "9"))


JUDGED = '"1": {title: L, out_of: 10, rule: {type: judged, step: 1}}'


def two_areas(*points: tuple[str, str]) -> Results:
    """Return a year of two areas, with the points of each agency in both."""
    criteria = "\n".join(f'"{n}": {{title: L, out_of: 10, rule: {{type: judged, step: 0.1}}}}' for n in (1, 2))
    lines = {
        ("appraisal-1", slug): "\n".join(f'"{code}": {{score: {own}}}' for code, own in enumerate(both, 1))
        for slug, both in zip("abcdefghij", points, strict=False)
    }
    return score(year_from(files_of(criteria, agencies=[slug for _, slug in lines], lines=lines, out_of="20")))


def half_surveyed(*slugs: str) -> Results:
    """Return a year in which the survey of the first agency alone is in."""
    criteria = f'{JUDGED}\n"2": {{title: S, out_of: 10, rule: {{type: sipas, group: dan}}}}'
    lines = {("appraisal-1", slug): '"1": {score: 8}' for slug in slugs}
    plan = "groups: {dan: {source: sipas, title: Dân}}"
    counts = {("dan", slugs[0]): "sipas: 80\nrespondents: 400"}
    return score(year_from(files_of(criteria, agencies=slugs, lines=lines, survey=plan, counts=counts, out_of="20")))


def ways(*scores: tuple[str, str, str]) -> Results:
    """Return a year in which each agency's one score goes from claim over the first to the second appraisal."""
    stages = ("self-assessment", "appraisal-1", "appraisal-2")
    lines = {
        (stage, f"co-quan-{number}"): f'"1": {{score: {own}, reason: R}}'
        for number, given in enumerate(scores)
        for stage, own in zip(stages, given, strict=True)
    }
    agencies = [f"co-quan-{number}" for number in range(len(scores))]
    return score(year_from(files_of(JUDGED, agencies=agencies, lines=lines, out_of="10")))


def everything_said() -> list[Sentence]:
    """Return sentences of worlds in which each of them has something to say."""
    alike = scored(*['"1.1": {score: 2}\n"1.2": {score: 1}'] * 2)
    nothing = scored(*['"1.1": {score: 0}\n"1.2": {score: 1}'] * 2)
    empty = scored(*['"1.1": {score: 0}\n"1.2": {score: 0}'] * 2)
    alone = scored('"1.1": {score: 2}\n"1.2": {score: 1}')
    apart = scored('"1.1": {score: 2}\n"1.2": {score: 1}', '"1.1": {score: 1}\n"1.2": {score: 1}')
    scenes = (alike, nothing, empty, alone, apart)
    p1, totals = ("1", "5", "4", "3", "2", "6"), ("11", "10.8", "10.6", "10.4", "10.2", "10")
    some = two_areas(*[(one, str(Decimal(whole) - Decimal(one))) for one, whole in zip(p1, totals, strict=True)])
    turned = [("3", "9"), ("2", "9.5"), ("1", "10"), ("6", "4.5"), ("5", "5"), ("4", "5.5")]
    steady = [(points, points) for points in ("9", "8", "7", "6", "5", "4")]
    orders = (some, two_areas(*turned), two_areas(*steady), two_areas(("10", "2"), ("5", "6")))
    claims = score(year_from(files_of(JUDGED, lines={("self-assessment", "cuc-thue"): '"1": {score: 8}'}, out_of="10")))
    known = (half_surveyed("a", "b"), half_surveyed("a"), claims)
    steps = (("8", "5", "5"),), (("8", "9", "9"),), (("8", "5", "7"),), (("8", "5", "5"), ("8", "6", "6"))
    steps = (*steps, (("8", "8", "8"),))
    said = [
        sentence
        for results in (data_results("2024"), TINY, *scenes, turning(), *orders, *known, *starmap(ways, steps))
        for limits in (EVERYTHING, NOTHING, only(weak_area=100), only(kept_within=1), only(paper_over_survey="12.4"))
        for sentence in [
            *year_of(results, limits),
            *(s for entry in results.agencies for s in agency_sentences(results, entry.agency.slug, limits)),
        ]
    ]
    return [
        *said,
        *league_sentences(TINY, None, {C: (2, 3)}),
        *contrast_sentences(TINY, only(paper_over_survey=15)),
        *of_trends(),
        *of_many(),
        *(s for results in (data_results("2024"), apart, ways(*steps[0]), changed_once()) for s in firm(results)),
        *(s for results in (*near_ones(), of_bonus("0.5", "0", "-0.5")) for s in firm(results)),
    ]


def near_ones() -> tuple[Results, ...]:
    """Return a year in which somebody may overtake the first, and one in which two may only come level."""
    return two(("9", "20"), ("8", "22")), two(("9", "20"), ("9", "20"), ("8", "20"))


def changed_once() -> Results:
    """Return a year in which one line of the first appraisal was changed later, too little to move a rank."""
    return ways(("8", "5", "5"), ("8", "2", "3"))


def firm(results: Results) -> list[Sentence]:
    """Return what is said of how firm a ranking is."""
    figures = Figures(replace(results, missing=()))
    scene = Scene(figures, {}, Calendar(), "2025-03-01", published=True, labels=WORDS["vi"], thresholds=EVERYTHING)
    return [sentence for own in firmness_sentences(scene).values() for sentence in own]


def of_many() -> tuple[Sentence, ...]:
    """Return what is said of a year in which the same could be said of one agency after another."""
    year = snapshot_of({path: text.encode() for path, text in corpus(12)}).world.years["2024"]
    cycle = replace(year.cycle, grades=data_results("2024").year.cycle.grades)
    ranks = {slug: (1, 2 + place) for place, slug in enumerate(year.agencies)}
    limits = replace(EVERYTHING, near_grade=Decimal(50), weak_area=Decimal(100))
    results = score(replace(year, cycle=cycle))
    return (*findings(results, limits, ranks), *summed(league_sentences(results, limits)))


def test_every_sentence_of_the_labels_is_said_somewhere_and_reads_well_in_both_languages() -> None:
    said = everything_said()
    known = {key.removeprefix(PREFIX) for key in WORDS["vi"].texts if key.startswith(PREFIX)}
    ones = {f"{s.key}-one" for s in said if s.figures.get("count") == 1} & known

    assert {s.key for s in said} | ones == known
    for labels in WORDS.values():
        texts = [told(sentence, labels) for sentence in said]

        assert [text for text in texts if re.search(r"[{}]|  | ,|\(\)|None", text) or not text.endswith(".")] == []


def test_the_page_of_a_year_says_what_headline_and_league_table_do_not_and_no_way_up() -> None:
    scene = Scene(Figures(TINY), {}, Calendar(), "2025-03-01", published=True, labels=WORDS["vi"])
    said = year_view(replace(scene, thresholds=EVERYTHING)).findings

    assert len(said) > 3
    assert not [text for text in said if re.search("đứng đầu|xếp loại|để lên loại", text)]
    assert year_view(scene).findings == ()


def test_of_claims_that_nobody_made_nothing_is_said() -> None:
    assert list(way_sentences(two_areas(("9", "8"), ("7", "6")), EVERYTHING)) == []

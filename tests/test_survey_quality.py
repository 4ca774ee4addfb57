"""What the page of quality claims: ranges that hold all at once, changes with their error, bounds of non-response."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from sites import YEAR, Site, read_page
from tiny import TINY_FILES, snapshot_of

from pipeline.core.index.analysis.trends import trend
from pipeline.core.index.scoring import score
from pipeline.core.record.model import Year
from pipeline.core.survey.intervals import change_estimates, estimate
from tests.worlds import files_of, world, year_from

PLAN = """
    fieldwork: {from: 2024-12-01, to: 2024-12-31}
    modes: [online]
    scales: {muc: {options: {tot: {value: 1, title: T}, kem: {value: 0, title: K}}}}
    groups: {dan: {title: Dân}}
    questions: {q1: {scale: muc, criterion: "1", groups: [dan], text: Một}}
    policy: {group_without_answers: exclude, moments_from: 5}
"""
CRITERIA = '"1": {title: Một, out_of: 10, rule: {type: survey, groups: {dan: 10}}}'
EXACT = "{rank: {on: exact, ties: competition}, points: {decimals: 2, rounding: half-up, leaf: exact}}"
FORMS = 60
SURVEY = "data/2024/survey/survey.yml"


def texts_of(good: dict[str, int]) -> dict[str, str]:
    """Return the files of a year in which people rate one agency each, so many of whom say that it does well."""
    counts = {
        ("dan", slug): f"forms: {{valid: {FORMS}}}\nanswers: {{q1: {{tot: {own}, kem: {FORMS - own}}}}}"
        for slug, own in good.items()
    }
    return files_of(CRITERIA, agencies=good, survey=PLAN, counts=counts, policy=EXACT, out_of="10")


def drawn(year: Year, chance: random.Random, truth: dict[str, float]) -> Year:
    """Return the year as it is when other people are asked."""
    counts = {}
    for (group, slug), file in year.counts.items():
        good = sum(chance.random() < truth[slug] for _ in range(FORMS))
        counts[group, slug] = replace(file, answers={"q1": {"tot": good, "kem": FORMS - good}})
    return replace(year, counts=counts)


def test_ranges_that_hold_at_once_hold_all_in_nineteen_of_twenty_surveys() -> None:
    """Pair by pair, 20 agencies are all in their ranges less often than each single one is."""
    chance = random.Random(7)  # noqa: S311 - made-up answers
    truth = {f"x-{n:02}": 0.30 + 0.02 * n for n in range(20)}
    ranks = {slug: place for place, slug in enumerate(sorted(truth, key=lambda slug: -truth[slug]), 1)}
    year, times = year_from(texts_of(dict.fromkeys(truth, 30))), 150
    alone = together = 0
    for _ in range(times):
        found = estimate(score(drawn(year, chance, truth)))
        once = found.comparisons.ranges(truth, together=True)
        own = {slug: (one.best_rank, one.worst_rank) for slug, one in found.agencies.items()}
        alone += all((low or 0) <= ranks[slug] <= (high or 0) for slug, (low, high) in own.items())
        together += all((low or 0) <= ranks[slug] <= (high or 0) for slug, (low, high) in once.items())

        assert all((once[slug][0] or 0) <= (low or 0) for slug, (low, _) in own.items())
        assert all((once[slug][1] or 0) >= (high or 0) for slug, (_, high) in own.items())
    assert together / times >= 0.95 > alone / times


def test_a_change_between_two_years_has_the_error_of_both() -> None:
    """Half, then seven in ten say "good": 20 points more; each year's share has the variance p (1 - p) / (n - 1)."""
    files = {"data/concordance.yml": 'pairs:\n  - {from: "2024", to: "2025", criteria: [{from: ["1"], to: ["1"]}]}'}
    for name, good in (("2024", 30), ("2025", 42)):
        files |= {path.replace("2024", name, 1): text for path, text in texts_of({"x": good}).items()}
    made = world(files)
    before, after = (score(made.years[name]) for name in ("2024", "2025"))
    told = change_estimates(trend(before, after, made.concordances[0]).changes, (before, after))["x"]
    error = sum(100**2 * share * (1 - share) / (FORMS - 1) for share in (0.5, 0.7)) ** 0.5

    assert told.value == 20
    assert told.error == pytest.approx(error)
    assert told.low is not None
    assert 0 < told.low < 20 - 1.96 * error < told.value


@pytest.mark.slow
def test_the_page_bounds_what_those_who_did_not_answer_could_have_said(site: Site) -> None:
    """Of 92 city departments 79 answered validly: with a mean of 83 % the rest could make it 71 to 85."""
    page = read_page(site.folder / YEAR / "dieu-tra" / "chat-luong" / "index.html")
    tables = {one.find(tag="caption").text(): one for one in page.all() if one.tag == "table"}
    answered = tables["Ai được hỏi, ai trả lời"].text()
    bounds = tables["Người không trả lời có thể làm con số khác đi bao nhiêu"].text()

    assert "85,9" in answered
    assert "67,2–82,5" in bounds
    assert "không hiện" in bounds


def test_a_group_of_fewer_than_ten_has_no_interval_where_nothing_else_is_said() -> None:
    """Its counts are hidden by the default of `show_from`, so an interval from them would tell of them."""
    counts = {("dan", "x"): "forms: {valid: 9}\nanswers: {q1: {tot: 5, kem: 4}}"}
    year = year_from(files_of(CRITERIA, agencies=["x"], survey=PLAN, counts=counts, policy=EXACT, out_of="10"))

    assert estimate(score(year)).leaves["x", "1"].reason == "few-forms"


@pytest.mark.parametrize(("options", "codes"), [(101, []), (102, ["too-many"])])
def test_a_scale_may_go_from_nought_to_a_hundred(options: int, codes: list[str]) -> None:
    fine = ", ".join(f"m-{n}: {{value: {n / 200:.3f}, title: Mức {n}}}" for n in range(options))
    text = TINY_FILES[SURVEY].decode().replace("scales:\n", f"scales:\n  min:\n    options: {{{fine}}}\n")

    assert [
        found.code for found in snapshot_of({**TINY_FILES, SURVEY: text.encode()}).problems if found.path == SURVEY
    ] == codes

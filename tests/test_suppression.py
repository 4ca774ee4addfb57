"""What is hidden of the survey stays hidden: two tables or more of every hidden row agree with all that is public."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import comb
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import TINY_FILES, YEAR, data_of_this_repository, snapshot_of
from worlds import files_of, year_from

from pipeline.core.ground.numbers import rounded
from pipeline.core.index.scoring import Results, amended_counts, score
from pipeline.core.index.survey_points import BLANK, scale_of, survey_leaf
from pipeline.core.record.model import Year
from pipeline.core.survey.disclosure import (
    Disclosure,
    Place,
    disclosure,
    possible_values,
    published_window,
    scale_units,
    unknowns,
    ways,
)

CRITERIA = """
"1": {title: Ba nhóm, out_of: 6, rule: {type: survey, groups: {nganh: 1, so: 2, hdnd: 3}}}
"2": {title: Một nhóm, out_of: 2, rule: {type: survey, groups: {nganh: 2}}}
"""
PLAN = """
fieldwork: {from: 2024-12-01, to: 2024-12-31}
modes: [online]
scales:
  muc:
    options: {tot: {value: 1, title: Tốt}, kha: {value: 0.5, title: Khá}, kem: {value: 0, title: Kém}}
    no_opinion: khong-biet
groups: {nganh: {title: Ngành}, so: {title: Sở}, hdnd: {title: HĐND}}
questions:
  q1: {scale: muc, criterion: "1", groups: [nganh, so, hdnd], text: Câu 1}
  q2: {scale: muc, criterion: "1", groups: [nganh], text: Câu 2}
  q3: {scale: muc, criterion: "2", groups: [nganh], text: Câu 3}
policy: {group_without_answers: exclude, show_from: {nganh: 5}}
"""
MIXED = {
    "nganh": "{q1: {tot: 3, kha: 3, kem: 2}, q2: {tot: 4, kem: 4}, q3: {tot: 7, kem: 1}}",
    "so": "{q1: {tot: 8, kha: 8, kem: 4}}",
    "hdnd": "{q1: {tot: 16, kha: 8, kem: 6}}",
}


def surveyed(answers: Mapping[str, str], *, points: str = "{}", criteria: str = CRITERIA, plan: str = PLAN) -> Results:
    """Return the results of a year in which groups gave one agency these answers."""
    counts = {}
    for group, text in answers.items():
        valid = sum(int(number) for number in text.partition("}")[0].replace(",", " ").split() if number.isdigit())
        counts[group, "thue"] = f"forms: {{issued: {valid}, returned: {valid}, valid: {valid}}}\nanswers: {text}"
    policy = f"{{points: {points}}}"
    return score(year_from(files_of(criteria, agencies=["thue"], survey=plan, counts=counts, policy=policy)))


def possible_tables(results: Results, shown: Disclosure, place: Place) -> int:
    """Count the vectors of counts that a hidden row may have, given all that is published.

    Known are the points of the leaf, the numbers of forms and opinions, and every count that is shown; unknown all
    hidden rows of the leaf, and how those without an opinion divide into "no opinion" and blank.

    Args:
        results: the year's results.
        shown: what is hidden.
        place: group, agency and question of the row.
    """
    year, (group, agency, name) = results.year, place
    scale = scale_of(year, name)
    answers = amended_counts(year)[group, agency].answers[name]
    units, _ = scale_units(scale)
    opinions = sum(answers.get(option, 0) for option in units)
    silent = sum(answers.values()) - opinions
    splits = silent + 1 if scale.no_opinion else 1
    entry = next(entry for entry in results.agencies if entry.agency.slug == agency)
    leaf = entry.leaf(year.survey.questions[name].criterion) if year.survey else None
    unknown = () if leaf is None or leaf.survey is None else unknowns(year, leaf, shown.parts)
    one = next((item for item in unknown if item.part[0] == group and item.question == name), None)
    if one is None or leaf is None:
        return splits * comb(opinions + len(units) - 1, len(units) - 1)
    others = [item for item in unknown if item is not one]
    values = possible_values(one, others, published_window(year, entry, leaf))
    return splits * sum(one.ways[value] for value in values)


def hidden_of(shown: Disclosure) -> set[tuple[str, str]]:
    return {(group, criterion) for group, _, criterion in shown.parts}


CASES: list[tuple[str, Mapping[str, str], set[tuple[str, str]]]] = [
    # when, what groups answered beside MIXED, (group, criterion) hidden
    ("every group is large and of several minds", {}, set()),
    (
        "a small group is hidden with the group that loses least, alone only where it is alone",
        {"nganh": "{q1: {tot: 2, kha: 1, kem: 1}, q2: {tot: 3, kem: 1}, q3: {tot: 2, kem: 2}}"},
        {("nganh", "1"), ("so", "1"), ("nganh", "2")},
    ),
    (
        "all of a large group gave the same answer",
        {"hdnd": "{q1: {kha: 30}}"},
        {("hdnd", "1"), ("nganh", "1")},
    ),
    (
        "the same answer to one of two questions hides both, for their mean would tell",
        {"nganh": "{q1: {tot: 8}, q2: {tot: 4, kem: 4}, q3: {tot: 7, kem: 1}}"},
        {("nganh", "1"), ("so", "1")},
    ),
    (
        "nobody had an opinion: the answer of each is known",
        {"so": "{q1: {khong-biet: 20}}"},
        {("so", "1")},
    ),
    (
        "all who answered gave the same answer, some left it blank: with two hidden only one story would be left",
        {"hdnd": "{q1: {kha: 28, blank: 2}}"},
        {("hdnd", "1"), ("nganh", "1"), ("so", "1")},
    ),
    ("a question that all left blank has no answer to protect", {"so": "{q1: {blank: 20}}"}, set()),
    (
        "two hidden groups keep each other, no third is needed",
        {"so": "{q1: {tot: 20}}", "hdnd": "{q1: {kem: 30}}"},
        {("so", "1"), ("hdnd", "1")},
    ),
    (
        "two groups at the top leave no way out but a third",
        {"so": "{q1: {tot: 20}}", "hdnd": "{q1: {tot: 30}}"},
        {("so", "1"), ("hdnd", "1"), ("nganh", "1")},
    ),
]


@pytest.mark.parametrize(("answers", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_groups_that_could_be_computed_are_hidden(answers: Mapping[str, str], expected: set[tuple[str, str]]) -> None:
    assert expected == hidden_of(disclosure(surveyed({**MIXED, **answers})))


def test_a_leaf_whose_points_alone_fix_the_answers_is_named_and_shows_no_group() -> None:
    best = "{q1: {tot: 3, kha: 3, kem: 2}, q2: {tot: 4, kem: 4}, q3: {tot: 8}}"
    shown = disclosure(surveyed({**MIXED, "nganh": best}))

    assert frozenset({("thue", "2")}) == shown.alone
    assert [
        shown.shows_part("nganh", "thue", "2"),
        shown.shows_part("nganh", "thue", "1"),
        shown.is_whole("thue", "1"),
    ] == [False, True, True]
    assert not shown.is_whole("thue")


THREE = """
"1": {{title: Ba nhóm, out_of: {0}, rule: {{type: survey, groups: {{nganh: {1}, so: {2}, hdnd: {3}}}}}}}
"2": {{title: Một nhóm, out_of: 2, rule: {{type: survey, groups: {{nganh: 2}}}}}}
"""


def stories(results: Results, hidden: Sequence[str]) -> set[tuple[str, str]]:
    """Return who may have answered what alike: hidden group and option, completed by any answers of the others."""
    entry = results.agencies[0]
    leaf = entry.leaf("1")
    assert leaf is not None
    assert leaf.survey is not None
    parts = {part.group: part for part in leaf.survey.parts}
    shown = rounded(leaf.survey.points, 2, "half-up")
    low, high = (Fraction(shown) + Fraction(way, 200) for way in (-1, 1))
    known = sum((part.points or Fraction(0) for group, part in parts.items() if group not in hidden), Fraction(0))

    def fits(groups: Sequence[str], points: Fraction) -> bool:
        if not groups:
            return low <= points < high
        part, people = parts[groups[0]], 2 * parts[groups[0]].questions[0].opinions
        steps = (Fraction(part.out_of) * Fraction(step, people) for step in range(people + 1))
        return any(fits(groups[1:], points + step) for step in steps)

    return {
        (group, option)
        for group in hidden
        for option, worth in (("tot", Fraction(1)), ("kha", Fraction(1, 2)), ("kem", Fraction(0)))
        if fits([other for other in hidden if other != group], known + worth * Fraction(parts[group].out_of))
    }


@pytest.mark.parametrize("seed", range(80))
def test_who_knows_the_rule_is_not_told_which_group_answered_alike_and_what(seed: int) -> None:
    """Of three large groups one is of one mind: that two are hidden says that one is, and no more."""
    random = Random(seed)  # noqa: S311 - the same worlds each time
    weights = [random.choice(("0.25", "0.5", "1")) for _ in range(3)]
    criteria = THREE.format(sum(Decimal(weight) for weight in weights), *weights)
    plan = PLAN.replace('  q2: {scale: muc, criterion: "1", groups: [nganh], text: Câu 2}\n', "")
    alike, answers = random.choice(("nganh", "so", "hdnd")), {}
    for group in ("nganh", "so", "hdnd"):
        people = random.choice((12, 20, 30, 45, 60))
        cut = sorted(random.randint(1, people - 1) for _ in range(2))
        counts = [people, 0, 0] if group == alike else [cut[0], cut[1] - cut[0], people - cut[1]]
        random.shuffle(counts)
        told = ", ".join(f"{option}: {count}" for option, count in zip(("tot", "kha", "kem"), counts, strict=True))
        answers[group] = (
            f"{{q1: {{{told}}}, q3: {{tot: {people - 1}, kem: 1}}}}" if group == "nganh" else f"{{q1: {{{told}}}}}"
        )
    results = surveyed(answers, criteria=criteria, plan=plan)
    hidden = sorted({group for group, criterion in hidden_of(disclosure(results)) if criterion == "1"})

    assert alike in hidden
    assert len(hidden) == 3 or len(stories(results, hidden)) > 1


def test_a_group_that_gives_no_points_is_hidden_without_a_second_one() -> None:
    plan = PLAN.replace("show_from", "valid_from: {so: 30}, show_from: {so: 30}, ignored").replace(
        ", ignored: {nganh: 5}", ""
    )

    assert {("so", "1")} == hidden_of(disclosure(surveyed(MIXED, plan=plan)))


def test_a_question_that_is_passed_over_after_a_hidden_one_is_hidden_for_its_blanks_would_tell() -> None:
    """Who said "tot" to question 3 was not asked question 2: its blanks count those answers."""
    plan = PLAN.replace("q2: {", "q2: {skip_if: {question: q3, answers: [tot]}, ")
    answers = {**MIXED, "nganh": "{q1: {tot: 3, kha: 3, kem: 2}, q2: {blank: 8}, q3: {tot: 8}}"}

    assert {("nganh", "2")} == hidden_of(disclosure(surveyed(answers)))
    assert {("nganh", "2"), ("nganh", "1"), ("so", "1")} == hidden_of(disclosure(surveyed(answers, plan=plan)))


def test_points_that_were_handed_over_hide_with_a_second_group() -> None:
    files = files_of(
        CRITERIA,
        agencies=["thue"],
        survey=PLAN,
        counts={
            ("nganh", "thue"): 'forms: {issued: 3, returned: 3, valid: 3}\npoints: {"1": 0.8, "2": 1.5}',
            ("so", "thue"): f"forms: {{valid: 20}}\nanswers: {MIXED['so']}",
            ("hdnd", "thue"): f"forms: {{valid: 30}}\nanswers: {MIXED['hdnd']}",
        },
    )
    shown = disclosure(score(year_from(files)))

    assert {("nganh", "1"), ("nganh", "2"), ("so", "1")} == hidden_of(shown)
    assert frozenset({("nganh", "thue")}) == shown.small


def test_a_year_without_a_survey_hides_nothing() -> None:
    results = score(year_from(files_of('"1": {title: A, out_of: 1, rule: {type: judged, step: 0.1}}')))

    assert Disclosure(frozenset(), frozenset(), frozenset(), frozenset()) == disclosure(results)


@pytest.mark.parametrize(
    ("answers", "units"), [(0, (4, 2, 0)), (1, (1, 1)), (5, (100, 67, 33, 0)), (7, (4, 3, 2, 1, 0))]
)
def test_vectors_of_counts_are_counted_as_they_can_be_listed(answers: int, units: tuple[int, ...]) -> None:
    listed: dict[int, int] = {}
    for vector in vectors(answers, len(units)):
        total = sum(count * unit for count, unit in zip(vector, units, strict=True))
        listed[total] = listed.get(total, 0) + 1

    assert dict(sorted(listed.items())) == ways(answers, units)


def vectors(total: int, options: int) -> Iterator[tuple[int, ...]]:
    """Yield every way to divide a number of answers among options."""
    if options == 1:
        yield (total,)
        return
    for first in range(total + 1):
        yield from ((first, *rest) for rest in vectors(total - first, options - 1))


# --- real and tiny years --------------------------------------------------------------------------------------------

REAL = data_of_this_repository()
TINY = snapshot_of(TINY_FILES)
PUBLISHED = [score(snapshot.world.years[YEAR]) for snapshot in (REAL, TINY)]


def answered(results: Results, shown: Disclosure) -> list[Place]:
    """Return the hidden rows in which anybody answered."""
    counts = amended_counts(results.year)
    rows = sorted(shown.counts)
    return [(g, a, q) for g, a, q in rows if any(n for o, n in counts[g, a].answers[q].items() if o != BLANK)]


@pytest.mark.parametrize("results", PUBLISHED, ids=("data", "tiny"))
def test_two_tables_remain_for_every_hidden_row(results: Results) -> None:
    shown = disclosure(results)
    rows = answered(results, shown)

    assert rows != []
    assert [place for place in rows if possible_tables(results, shown, place) < 2] == []


@pytest.mark.parametrize("results", PUBLISHED, ids=("data", "tiny"))
def test_no_mean_of_a_hidden_group_follows_from_the_others(results: Results) -> None:
    """The mean of a small group used to follow from the leaf's points and the means of the other groups."""
    shown, computed = disclosure(results), []
    for entry in results.agencies:
        for leaf in entry.leaves:
            hidden = unknowns(results.year, leaf, shown.parts) if leaf.survey else ()
            window = published_window(results.year, entry, leaf) if hidden else None
            for one in hidden:
                others = [other for other in hidden if other.part != one.part]
                assert window is not None
                if len(list(possible_values(one, others, window))) < 2:
                    computed.append((entry.agency.slug, leaf.criterion.code))

    assert set(computed) == set(shown.alone)


def test_hiding_small_groups_only_would_not_be_enough() -> None:
    """The computation works where nothing else is hidden; else the test above could not fail."""
    results = PUBLISHED[0]
    shown = disclosure(results)
    bare = [place for place in shown.parts if place[:2] in shown.small]
    certain = 0
    for entry in results.agencies:
        for leaf in entry.leaves:
            for one in unknowns(results.year, leaf, bare) if leaf.survey else ():
                certain += len(list(possible_values(one, [], published_window(results.year, entry, leaf)))) == 1

    assert certain > 0


# --- worlds that anyone could make ----------------------------------------------------------------------------------

ROWS = (("nganh", "q1"), ("nganh", "q2"), ("so", "q1"), ("hdnd", "q1"))
OPTIONS = ("tot", "kha", "kem", "khong-biet", BLANK)


@st.composite
def small_worlds(draw: st.DrawFn) -> tuple[Mapping[str, str], str, str]:
    """Draw answers of one to three people of three groups, the weights of the groups, and how points are rounded."""
    told: dict[str, list[str]] = {}
    people = {group: draw(st.integers(1, 3)) for group in ("nganh", "so", "hdnd")}
    for group, question in ROWS:
        given_answers = draw(st.lists(st.sampled_from(OPTIONS), min_size=people[group], max_size=people[group]))
        counts = ", ".join(f"{option}: {given_answers.count(option)}" for option in OPTIONS)
        told.setdefault(group, []).append(f"{question}: {{{counts}}}")
    weights = [draw(st.sampled_from(["0.1", "0.25", "1", "3"])) for _ in people]
    groups = ", ".join(f"{group}: {weight}" for group, weight in zip(people, weights, strict=True))
    out_of = sum(Decimal(weight) for weight in weights)
    criteria = f'"1": {{title: A, out_of: {out_of}, rule: {{type: survey, groups: {{{groups}}}}}}}'
    decimals, leaf = draw(st.integers(0, 2)), draw(st.sampled_from(["rounded", "exact"]))
    mode = draw(st.sampled_from(["half-up", "half-even", "down"]))
    points = f"{{decimals: {decimals}, rounding: {mode}, leaf: {leaf}}}"
    return {group: f"{{{', '.join(texts)}}}" for group, texts in told.items()}, criteria, points


@settings(max_examples=40, deadline=None, derandomize=True)
@given(small_worlds())
def test_the_verifier_counts_what_can_be_enumerated_and_leaves_two_tables(
    drawn: tuple[Mapping[str, str], str, str],
) -> None:
    answers, criteria, points = drawn
    results = surveyed(answers, criteria=criteria, points=points)
    shown = disclosure(results)
    tables = enumerated(results, shown)

    assert {place: len(found) for place, found in tables.items()} == {
        place: possible_tables(results, shown, place) for place in tables
    }
    fixed = {place for place in answered(results, shown) if len(tables[place]) < 2}
    assert fixed == {place for place in fixed if ("thue", "1") in shown.alone}


def enumerated(results: Results, shown: Disclosure) -> Mapping[Place, set[tuple[int, ...]]]:
    """Return the tables each hidden row may have, by trying every table of all hidden rows of the one leaf."""
    year, places = results.year, sorted(shown.counts)
    found: dict[Place, set[tuple[int, ...]]] = {place: set() for place in places}
    choices = [tables_like(year, place) for place in places]
    public = published(year)
    for chosen in itertools.product(*choices):
        if published(with_tables(year, places, chosen)) == public:
            for place, table in zip(places, chosen, strict=True):
                found[place].add(table)
    # How the silent divide changes no figure: every division of theirs goes with every table of opinions.
    return {
        place: {(*table, silent) for table in tables for silent in range(silent_of(year, place) + 1)}
        for place, tables in found.items()
    }


def tables_like(year: Year, place: Place) -> list[tuple[int, ...]]:
    answers = year.counts[place[:2]].answers[place[2]]
    return list(vectors(sum(answers[option] for option in OPTIONS[:3]), 3))


def silent_of(year: Year, place: Place) -> int:
    answers = year.counts[place[:2]].answers[place[2]]
    return sum(answers[option] for option in OPTIONS[3:])


def with_tables(year: Year, places: Sequence[Place], chosen: Sequence[tuple[int, ...]]) -> Year:
    counts = dict(year.counts)
    for (group, agency, question), table in zip(places, chosen, strict=True):
        item = counts[group, agency]
        row = {**item.answers[question], **dict(zip(OPTIONS, table, strict=False))}
        counts[group, agency] = replace(item, answers={**item.answers, question: row})
    return replace(year, counts=counts)


def published(year: Year) -> tuple[Decimal, ...]:
    """Return what the law makes public of the one leaf: its points, and where they stay exact the index."""
    leaf, policy = survey_leaf(year, year.criteria["1"], "thue", counts=year.counts), year.cycle.policy
    shown = rounded(leaf.points, policy.points.decimals, policy.points.rounding)
    if not policy.points.leaf_exact or not leaf.out_of:
        return (shown,)
    return shown, rounded(100 * leaf.points / Fraction(leaf.out_of), policy.index_decimals, policy.index_rounding)

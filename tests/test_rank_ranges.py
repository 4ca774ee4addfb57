"""Ranks that survey error leaves open: the pairs that need no comparison change nothing of what comparing all finds."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Mapping
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pairs import pairs_of
from tiny import ROOT, TINY_FILES, YEAR, files_under, snapshot_of

sys.path.insert(0, str(ROOT / "tests" / "benchmarks"))

from corpus import corpus

from pipeline.core.index.scoring import Results, compared, score
from pipeline.core.survey.intervals import Estimates, estimate
from pipeline.core.survey.rank_ranges import Ranked, rank_ranges

STEP = 0.01


def by_all_pairs(ranked: list[Ranked], pairs: dict[tuple[int, int], tuple[bool, bool]], number: int) -> object:
    """Return the ranks that are open when every pair is compared."""
    own = {pair: told for pair, told in pairs.items() if number in pair}
    if not any(chance for _, chance in own.values()):
        return None, None
    better = {ranked[one].place for (one, other), (apart, _) in own.items() if apart and other == number}
    worse = {ranked[other].place for (one, other), (apart, _) in own.items() if apart and one == number}
    return 1 + len(better), len({one.place for one in ranked}) - len(worse)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 1 << 30), st.integers(0, 14), st.booleans(), st.sampled_from([0, 0.02, 1, 30]))
def test_pruned_pairs_change_no_range(seed: int, count: int, dense: bool, wide: float) -> None:  # noqa: FBT001
    chance = random.Random(seed)  # noqa: S311 - any numbers will do
    figures = sorted((chance.choice([chance.uniform(0, 3), 0.5]) for _ in range(count)), reverse=True)
    published = [round(figure, 2) for figure in figures]
    places = {figure: place for place, figure in enumerate(dict.fromkeys(published))}
    reaches = [chance.choice([0, chance.random()]) * wide for _ in figures]
    ranked = [
        Ranked(figure, reach, places[told] if dense else place, chance.random() > 0.1)
        for place, (figure, told, reach) in enumerate(zip(figures, published, reaches, strict=True))
    ]
    pairs = {}
    for one, other in combinations(range(count), 2):
        error = chance.random() * (reaches[one] + reaches[other])
        known = ranked[one].known and ranked[other].known
        clear = error == 0 or abs(figures[one] - figures[other]) > error
        pairs[one, other] = (known and published[one] != published[other] and clear, not known or error != 0)
    wanted = [number for number, one in enumerate(ranked) if one.known]
    found = rank_ranges(ranked, STEP, lambda one, other: pairs[one, other], wanted)

    assert found == {number: by_all_pairs(ranked, pairs, number) for number in wanted}


def test_agencies_far_apart_are_not_compared() -> None:
    ranked = [Ranked(100 - place, 2.0, place, known=True) for place in range(60)]
    asked: list[tuple[int, int]] = []

    def told(one: int, other: int) -> tuple[bool, bool]:
        asked.append((one, other))
        return False, True

    found = rank_ranges(ranked, STEP, told, range(60))

    assert (found[0], found[30], found[59]) == ((1, 5), (27, 35), (56, 60))
    assert len(asked) == 4 * 60 - 10  # neighbours within 4 points, each pair once
    asked.clear()
    assert rank_ranges(ranked, STEP, told, [30]) == {30: (27, 35)}
    assert len(asked) == 8


def open_ranks(scored: Results, found: Estimates, slug: str) -> object:
    """Return the ranks of an agency that are open when every pair is compared."""
    own = {pair: told for pair, told in pairs_of(found).items() if slug in pair}
    if all(told.difference.error == 0 for told in own.values()):
        return None, None
    policy = scored.year.cycle.policy

    def places(slugs: list[str]) -> int:
        numbers = [compared(scored.entry(one), policy) for one in slugs]
        return len(set(numbers)) if policy.ties == "dense" else len(numbers)

    better = [one for (one, other), told in own.items() if told.separated and other == slug]
    worse = [other for (one, other), told in own.items() if told.separated and one == slug]
    return 1 + places(better), places([entry.agency.slug for entry in scored.agencies if entry.rank]) - places(worse)


WORLDS: Mapping[str, Callable[[], Mapping[str, bytes]]] = {
    "tiny": lambda: TINY_FILES,
    "real": lambda: files_under(ROOT, "data"),
    "many": lambda: {path: text.encode() for path, text in corpus(24, stages=2, survey=3)},
}


@pytest.mark.parametrize("world", WORLDS)
def test_ranks_of_a_year_are_those_of_all_its_comparisons(world: str) -> None:
    """A comparison has a quantile of its own; ranges ask for one only where others do not decide."""
    scored = score(snapshot_of(WORLDS[world]()).world.years[YEAR])
    found = estimate(scored)
    known = {slug: own for slug, own in found.agencies.items() if own.index is not None and not own.unknown}

    assert known
    assert {slug: (own.best_rank, own.worst_rank) for slug, own in known.items()} == {
        slug: open_ranks(scored, found, slug) for slug in known
    }
    for slug, own in known.items():
        assert estimate(scored, only={slug}).agencies == {slug: own}

"""How firm a year's ranking is, as its page tells it: other weights, other ways to compute, what decides, judgements.

Nothing of it is worked out here: `index.analysis` has the figures, `Scene.figures` keeps them. Decision 0068.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Final

from pipeline.core.ground.numbers import fixed
from pipeline.core.ground.templates import Fields
from pipeline.core.index.analysis.deciders import Decider, deciders
from pipeline.core.index.analysis.rank_draws import RankDraws
from pipeline.core.index.analysis.robustness import Robustness, Trial
from pipeline.core.index.analysis.sentences import told
from pipeline.core.index.scoring import AgencyScore
from pipeline.core.publish.firmness_sentences import firmness_sentences, trial_name
from pipeline.core.publish.scene import Scene

MOST_RANKS: Final = 6  # that one cell names, the most frequent ones
MOST_PAIRS: Final = 20
MOST_CRITERIA: Final = 10  # that decide most


def firmness_view(scene: Scene, also_flat: Mapping[str, Sequence[str]]) -> Fields:
    """Return what the page says of the whole year.

    `also_flat`: by criterion the names of other years in which what corresponds to it told nobody apart.
    """
    figures, year = scene.figures, scene.year
    drawn, robust = figures.drawn, figures.robustness
    said = firmness_sentences(scene)
    leaves = deciders(scene.results, list(year.leaves()), figures.firmness.correlation_from)
    return {
        "told": {heading: tuple(told(one, scene.labels) for one in own) for heading, own in said.items()},
        "pairs": tuple(_pairs(scene, drawn)) if drawn else (),  # the better agency, the other, percent of the draws
        # What is otherwise, how many agencies have another rank, who moves most.
        "trials": tuple(_trial(scene, robust, trial) for trial in robust.trials) if robust else (),
        # Code, title; weight, effective, share, correlation.
        "areas": tuple(_decider(scene, one) for one in figures.deciders),
        # Code, title; weight, share.
        "criteria": tuple(_decider(scene, one) for one in leaves[:MOST_CRITERIA] if one.share > 0),
        # Code, title, years in which it told nobody apart either.
        "flat": tuple(
            (one.code, scene.of(one.title), scene.labels.listed(also_flat.get(one.code, ()))) for one in figures.flat
        ),
        "zero": _zero(scene, robust) if robust else "",  # why areas cannot be multiplied; empty where they can
        "correlated": any(one.correlation is not None for one in figures.deciders),
    }


def drawn_rows(scene: Scene, drawn: RankDraws | None, entries: Sequence[AgencyScore]) -> tuple[Fields, ...]:
    """Return some agencies in the draws, in the order of the ranking."""
    return tuple(_drawn_row(scene, drawn, entry) for entry in entries if drawn and entry.agency.slug in drawn.ranks)


def _figure(scene: Scene, value: Fraction | None, decimals: int = 1) -> str:
    return "–" if value is None else scene.labels.number(fixed(value, decimals)).replace("-", "−")


def _pairs(scene: Scene, drawn: RankDraws) -> Iterator[tuple[str, str, str]]:
    for (one, other), times in list(drawn.swaps.items())[:MOST_PAIRS]:
        yield scene.agency_short(one), scene.agency_short(other), _share(scene, drawn, times)


def _share(scene: Scene, drawn: RankDraws, times: int) -> str:
    return _figure(scene, Fraction(100 * times, drawn.draws))


def _drawn_row(scene: Scene, drawn: RankDraws, entry: AgencyScore) -> Fields:
    slug = entry.agency.slug
    often = sorted(drawn.reached[slug].items(), key=lambda item: (-item[1], item[0]))
    first = often[:MOST_RANKS]
    words = [scene.words("firmness.at", rank=rank, share=_share(scene, drawn, times)) for rank, times in first]
    more = ["…"] if len(often) > MOST_RANKS else []
    return {
        "agency": scene.of(entry.agency.short),
        "slug": slug,
        "rank": str(entry.rank),
        "ranks": tuple(map(str, drawn.ranges.get(slug, ("–", "–")))),
        "kept": _share(scene, drawn, drawn.reached[slug].get(entry.rank or 0, 0)),
        "reached": ", ".join([*words, *more]),
    }


def _trial(scene: Scene, robust: Robustness, trial: Trial) -> tuple[str, str, str]:
    """Return what a trial changes: who has no rank in it, moves nowhere."""
    area = f"{trial.area.code}. {scene.of(trial.area.title)}" if trial.area else ""
    moved = [
        (abs(trial.ranks[slug] - rank), slug)
        for slug, rank in robust.ranks.items()
        if trial.ranks.get(slug, rank) != rank
    ]
    far = max(moved, key=lambda item: item[0])[1] if moved else None
    most = "–"
    if far is not None:
        ranks = {"before": robust.ranks[far], "after": trial.ranks[far]}
        most = scene.words("firmness.most", agency=scene.agency_short(far), **ranks)
    return trial_name(scene, trial, area), str(len(moved)), most


def _zero(scene: Scene, robust: Robustness) -> str:
    if robust.zero is None:
        return ""
    agency, area = robust.zero
    return scene.words("firmness.zero", agency=scene.of(agency.short), area=scene.of(area.title))


def _decider(scene: Scene, one: Decider) -> tuple[str, str, tuple[str, ...]]:
    figures = [_figure(scene, value) for value in (one.weight, one.effective, one.share)]
    return one.criterion.code, scene.of(one.criterion.title), (*figures, _figure(scene, one.correlation, 2))

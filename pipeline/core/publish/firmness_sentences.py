"""What pages and the analysis report say of how firm a year's ranking is, by heading: decision 0068."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.core.index.analysis.findings import summed
from pipeline.core.index.analysis.robustness import OTHER_POLICY, Trial
from pipeline.core.index.analysis.sentences import (
    Sentence,
    decider_sentences,
    drawn_sentences,
    overturned_sentences,
    robustness_sentences,
)
from pipeline.core.publish.scene import Scene


def firmness_sentences(scene: Scene) -> Mapping[str, tuple[Sentence, ...]]:
    """Return what is said under each heading; nothing of draws while a year is incomplete."""
    figures, year, limits = scene.figures, scene.year, scene.thresholds
    drawn, judged = figures.drawn, figures.overturned
    return {
        "weights": tuple(drawn_sentences(year, drawn, figures.firmness, limits)) if drawn else (),
        "trials": summed(robustness_sentences(scene.results, limits, figures.robustness)),
        "deciders": tuple(decider_sentences(year, figures.deciders, figures.flat, limits)),
        "judged": tuple(overturned_sentences(year, judged, limits)) if judged else (),
    }


def trial_name(scene: Scene, trial: Trial, area: str) -> str:
    """Return what is otherwise in a trial; `area` names the one that is left out."""
    kind = trial.kind
    if kind == OTHER_POLICY:
        kind = "published" if scene.year.cycle.policy.rank_on_exact else "exact"
    return scene.labels.text(f"analysis.way.{kind}", area=area)

"""The answers to one question as pages and reports show them: counts, mean, chart, each only where it may be shown.

What may be seen is decided by `survey.disclosure`; how answers are drawn, by `charts.from_results`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.core.ground.numbers import percent
from pipeline.core.index.scoring import amended_counts
from pipeline.core.index.survey_points import options, question_mean, scale_of
from pipeline.core.index.words import option_text
from pipeline.core.publish.charts.chart import Chart
from pipeline.core.publish.charts.from_results import Answers, answers_chart
from pipeline.core.publish.scene import Scene
from pipeline.core.record.model import Counts, Question, Scale


@dataclass(frozen=True, slots=True)
class CountLine:
    """What one group answered about one agency; no cells where the counts are hidden."""

    agency: str
    cells: tuple[str, ...]
    mean: str


def counted(scene: Scene, question: Question, agencies: Iterable[str] | None = None) -> list[Counts]:
    """Return the files that count answers to a question, by group, then in the year's or a given order."""
    counts, slugs = amended_counts(scene.year), [*(scene.year.agencies if agencies is None else agencies)]
    return [
        counts[group, slug]
        for group in question.groups
        for slug in slugs
        if (group, slug) in counts and question.id in counts[group, slug].answers
    ]


def question_chart(scene: Scene, question: Question, name: str, answers: Sequence[Answers]) -> Chart | None:
    """Return the answers to a question as a chart; None where nothing may be shown."""
    scale = scale_of(scene.year, question.id)
    titles = [option_text(option, scale, scene.labels) for option in best_first(scale)]
    return answers_chart(name, scene.of(question.text), titles, answers, scene.labels)


def best_first(scale: Scale) -> list[str]:
    """Return the options that carry an opinion, the best first."""
    return sorted((option for option in scale.values if option != scale.no_opinion), key=lambda o: -scale.values[o])


def bar_of(scene: Scene, question: Question, item: Counts) -> Answers:
    """Return the bar of what a group answered of an agency."""
    shown = scene.figures.disclosure.shows_counts(item.group, item.agency, question.id)
    return Answers(scene.agency_short(item.agency), valued(scene, question, [item]) if shown else None)


def bar_together(scene: Scene, question: Question, group: str, items: Iterable[Counts]) -> Answers:
    """Return the bar of what a group answered of all agencies of which it may be shown."""
    shown = shown_of(scene, question, items)
    return Answers(scene.group(group), valued(scene, question, shown) if shown else None)


def shown_of(scene: Scene, question: Question, items: Iterable[Counts]) -> list[Counts]:
    """Return the files whose answers to a question may be shown."""
    shows = scene.figures.disclosure.shows_counts
    return [item for item in items if shows(item.group, item.agency, question.id)]


def valued(scene: Scene, question: Question, items: Sequence[Counts]) -> tuple[int, ...]:
    """Return how many chose each option that carries an opinion, over several files."""
    return tuple(
        sum(item.answers[question.id].get(option, 0) for item in items)
        for option in best_first(scale_of(scene.year, question.id))
    )


def count_line(scene: Scene, question: Question, item: Counts) -> CountLine:
    """Return what a group answered of an agency: how many chose each option, and the mean in percent."""
    scale = scale_of(scene.year, question.id)
    answers = item.answers[question.id]
    agency = scene.agency_short(item.agency)
    if not scene.figures.disclosure.shows_counts(item.group, item.agency, question.id):
        return CountLine(agency, (), "")
    mean = question_mean(question, scale, answers).mean
    shown = scene.index(None if mean is None else percent(mean))
    return CountLine(agency, tuple(str(answers.get(option, 0)) for option in options(scale)), shown)

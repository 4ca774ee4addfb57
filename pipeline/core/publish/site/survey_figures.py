"""The survey as pages show it: frame, means with their intervals, answers, SIPAS, reliability, supervision.

What may be seen is decided by `disclosure`, how far chance may move it by `intervals`; charts come from `figures`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from pipeline.core.ground.numbers import Exact, fixed, percent
from pipeline.core.ground.templates import Fields
from pipeline.core.index.scoring import AgencyScore, LeafScore, amended_counts, from_survey
from pipeline.core.index.survey_points import group_points, options, valid_forms
from pipeline.core.index.words import option_text
from pipeline.core.publish.charts.chart import Chart
from pipeline.core.publish.charts.from_results import Answers, answers_chart
from pipeline.core.publish.scene import Scene
from pipeline.core.publish.site.agencies import GroupView, forms_text, leaf_view
from pipeline.core.publish.site.parts import SHOWN
from pipeline.core.publish.survey_answers import (
    CountLine,
    bar_of,
    bar_together,
    best_first,
    count_line,
    counted,
    question_chart,
    valued,
)
from pipeline.core.record.model import Counts, Draw, Group, Question, Scale, Supervision
from pipeline.core.survey.disclosure import is_small
from pipeline.core.survey.intervals import Estimate
from pipeline.core.survey.reliability import Reliability

FORMS = ("population", "quota", "issued", "returned", "valid")
DRAWN = ("of", "drawn", "reached", "agreed", "seed")
# What the page of the survey holds, in bytes: all; of an agency each criterion, group there, group; of all, a question.
_PAGE, _LEAF, _PART, _GROUP, _QUESTION = 106_000, 160, 65, 330, 2_250
_ANSWERS, _ROW, _MEAN = 12_000, 170, 45  # of an agency's page: all answers, a question there, each group that was asked
BOUND = "*"  # behind an interval that is wider than it need be


@dataclass(frozen=True, slots=True)
class FigureView:
    """A figure with its interval, or why there is none; all three are empty where it may not be shown."""

    value: str
    interval: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class QuestionView:
    """One question: how each group answered of all agencies together, then of each agency, with its counts."""

    id: str
    text: str
    code: str
    criterion: str
    chart: Chart | None
    charts: tuple[tuple[str, Chart | None], ...]  # group, one bar per agency
    options: tuple[str, ...]
    groups: tuple[tuple[str, tuple[CountLine, ...]], ...]


@dataclass(frozen=True, slots=True)
class SurveyLeafView:
    """One survey criterion: what each group gave each agency."""

    code: str
    title: str
    groups: tuple[str, ...]
    lines: tuple[tuple[str, FigureView, str, tuple[GroupView | None, ...]], ...]  # agency, points, out_of, groups


@dataclass(frozen=True, slots=True)
class SipasView:
    """The satisfaction index of one agency."""

    agency: str
    percent: FigureView
    respondents: str


def survey_room(scene: Scene) -> tuple[int, bool]:
    """Return how many agencies a page of the survey shows, and whether the questions are too many to stand there."""
    asked, leaves = scene.year.survey_plan, [leaf for leaf in scene.year.leaves() if from_survey(leaf)]
    weight = sum(_LEAF + _PART * len(group_points(leaf)) for leaf in leaves) + _GROUP * len(asked.groups)
    most = max(1, min(SHOWN, _PAGE // max(1, weight)))
    return most, min(most, len(scene.results.agencies)) * weight + _QUESTION * len(asked.questions) > _PAGE


def survey_view(scene: Scene) -> Fields | None:
    """Return the survey as its page shows it; None where the year has none."""
    plan = scene.year.survey
    if plan is None:
        return None
    counts = amended_counts(scene.year)
    leaves = tuple(_leaf(scene, leaf.code) for leaf in scene.year.leaves() if from_survey(leaf))
    asked = [group.id for group in plan.groups.values() if not group.sipas]
    means = tuple(
        (scene.of(entry.agency.short), tuple(_group_mean(scene, group, entry.agency.slug) for group in asked))
        for entry in scene.results.agencies
        if any((group, entry.agency.slug) in counts for group in asked)
    )
    sipas = tuple(
        _sipas(scene, item)
        for entry in scene.results.agencies
        for item in counts.values()
        if item.agency == entry.agency.slug and item.sipas is not None
    )
    figures = [line[1] for leaf in leaves for line in leaf.lines]
    figures += [figure for _, own in means for figure in own] + [line.percent for line in sipas]
    return {
        "fieldwork": scene.words(
            "word.from-to", opens=scene.day(plan.fieldwork_from), closes=scene.day(plan.fieldwork_to)
        ),
        "modes": ", ".join(scene.words(f"mode.{mode}") for mode in plan.modes),
        "hides": bool(scene.figures.disclosure.parts),
        "hidden": tuple(
            scene.words("survey.hidden", group=scene.group(group), least=plan.shown_from(group))
            for group in scene.figures.disclosure.limited(plan)
        ),
        "groups": tuple(_group(scene, group, counts) for group in plan.groups.values()),
        "leaves": leaves,
        "mean_groups": tuple(scene.group(group) for group in asked),
        "means": means,  # agency, one figure per group
        "sipas": sipas,
        "reliability": tuple(_reliability(scene, item) for item in scene.figures.estimates.reliability),
        "supervision": None if scene.year.supervision is None else _supervision(scene, scene.year.supervision),
        # Whether an interval is wider than it need be, and what intervals rest on is left out of the survey's seal.
        "bounded": any(figure.interval.endswith(BOUND) for figure in figures),
        "moments_unsealed": scene.year.moments_unsealed,
    }


def agency_survey_view(scene: Scene, slug: str) -> Fields | None:
    """Return the survey as an agency's page shows it; None where no group was asked about the agency."""
    plan, counts = scene.year.survey_plan, amended_counts(scene.year)
    own = [group for group in plan.groups.values() if not group.sipas]
    files = [counts[group.id, slug] for group in own if (group.id, slug) in counts]
    if not files:
        return None
    questions = [one for one in plan.questions.values() if any(one.id in item.answers for item in files)]
    most = _ANSWERS // (_ROW + _MEAN * len(files))
    return {
        "groups": tuple(scene.group(item.group) for item in files),
        "means": tuple(_group_mean(scene, item.group, slug) for item in files),  # one per group
        "questions": tuple(
            {
                "id": one.id,
                "text": scene.of(one.text),
                # In percent, one per group; a dash for a group that was not asked.
                "means": tuple(_mean(scene, one, i) for i in files),
            }
            for one in questions[:most]
        ),
        "unlisted": len(questions[most:]),
    }


def _mean(scene: Scene, question: Question, item: Counts) -> str:
    return count_line(scene, question, item).mean if question.id in item.answers else "–"


# --- frame ----------------------------------------------------------------------------------------------------------


def _group(scene: Scene, group: Group, counts: Mapping[tuple[str, str], Counts]) -> Fields:
    base = {"population": group.population, "quota": group.quota}
    ranked = [entry.agency.slug for entry in scene.results.agencies]  # as in the other tables of the page
    own = [counts[group.id, slug] for slug in ranked if (group.id, slug) in counts]
    together = [
        (scene.words("survey.together"), _forms(scene, group.id, {**base, **group.forms}, [item.forms for item in own]))
    ]
    apart = [
        (
            scene.agency_short(item.agency),
            _forms(scene, group.id, {**base, "valid": valid_forms(item), **item.forms}, [item.forms]),
        )
        for item in own
    ]
    return {
        "title": scene.of(group.title),
        "sipas": group.sipas,
        # Whom the line counts for; FORMS, response and online share in %.
        "lines": tuple(together if group.forms or not own else apart),
    }


def _forms(  # whose forms, how many, and by which mode
    scene: Scene, group: str, known: Mapping[str, int | None], modes: Sequence[Mapping[str, int]]
) -> tuple[str, ...]:
    """Return the numbers of forms, the response rate, and the share that came online; of a small group no shares."""
    cells = ("–" if known.get(name) is None else str(known[name]) for name in FORMS[:-1])
    valid, issued = known.get("valid"), known.get("issued")
    small = is_small(scene.year, group, valid)
    online = sum(item.get("online", 0) for item in modes)
    replied = sum(item.get("online", 0) + item.get("in_person", 0) for item in modes)
    return (
        *cells,
        forms_text(scene, group, valid),
        _share(scene, Fraction(valid, issued)) if valid is not None and issued and not small else "–",
        _share(scene, Fraction(online, replied)) if replied and not small else "–",
    )


def _share(scene: Scene, share: Fraction) -> str:
    return scene.labels.number(fixed(percent(share), 1))


# --- figures with intervals -----------------------------------------------------------------------------------------


def _figure(scene: Scene, value: str, found: Estimate | None, *, times: int = 1, decimals: int) -> FigureView:
    """Return a figure with the interval of its estimate, both ends `times` as large."""
    if found is None:
        return FigureView(value)
    if found.low is None or found.high is None:
        reason = scene.words(f"survey.reason.{found.reason}") if found.reason else ""
        return FigureView(value, reason=reason)
    ends = [Fraction(end) * times for end in (found.low, found.high)]
    return FigureView(value, _interval(scene, ends, decimals) + (BOUND if found.bounds else ""))


def _interval(scene: Scene, ends: Sequence[Exact], decimals: int) -> str:
    return "–".join(scene.labels.number(fixed(end, decimals)) for end in ends)


def _group_mean(scene: Scene, group: str, agency: str) -> FigureView:
    known = scene.figures.estimates.groups.get((group, agency))
    if known is None or known.mean is None:
        return FigureView("–")
    if not scene.figures.disclosure.shows_mean(group, agency):
        return FigureView("")
    return _figure(scene, _share(scene, known.mean.value), known.mean, times=100, decimals=1)


def _sipas(scene: Scene, item: Counts) -> SipasView:
    assert item.sipas is not None
    respondents = forms_text(scene, item.group, item.respondents)
    if not scene.figures.disclosure.shows_mean(item.group, item.agency):
        return SipasView(scene.agency_short(item.agency), FigureView(""), respondents)
    known = scene.figures.estimates.groups.get((item.group, item.agency))
    figure = _figure(scene, scene.index(item.sipas), known.mean if known else None, times=100, decimals=1)
    return SipasView(scene.agency_short(item.agency), figure, respondents)


def _leaf(scene: Scene, code: str) -> SurveyLeafView:
    found = [(entry, leaf) for entry in scene.results.agencies if (leaf := entry.leaf(code)) is not None]
    views = [(entry, leaf, leaf_view(scene, leaf)) for entry, leaf in found]
    groups = tuple(dict.fromkeys(part.id for _, _, view in views for part in view.groups))
    return SurveyLeafView(
        code=code,
        title=scene.criterion_title(code),
        groups=tuple(scene.group(group) for group in groups),
        lines=tuple(
            (
                scene.of(entry.agency.short),
                _leaf_points(scene, entry, leaf, view.points),
                view.out_of,
                tuple(next((part for part in view.groups if part.id == group), None) for group in groups),
            )
            for entry, leaf, view in views
        ),
    )


def _leaf_points(scene: Scene, entry: AgencyScore, leaf: LeafScore, points: str) -> FigureView:
    code, slug = leaf.criterion.code, entry.agency.slug
    known = scene.figures.estimates.leaves.get((slug, code))
    if leaf.points is None or not scene.figures.disclosure.is_whole(slug, code):
        return FigureView(points)
    return _figure(scene, points, known, decimals=scene.year.cycle.policy.points.decimals)


def _reliability(scene: Scene, item: Reliability) -> Fields:
    told = {"group": scene.group(item.group), "questions": str(item.questions)}
    shown = scene.figures.disclosure.shows_all(item.group)
    if not shown or item.alpha is None or item.low is None or item.high is None:
        reason = scene.words(f"survey.reason.{item.reason}" if shown and item.reason else "survey.not-shown")
        return {**told, "people": "–", "alpha": FigureView("–", reason=reason)}
    ends = (Fraction(item.low), Fraction(item.high))
    alpha = FigureView(scene.labels.number(fixed(item.alpha, 2)), _interval(scene, ends, 2))
    return {**told, "people": "–" if item.people is None else str(item.people), "alpha": alpha}


# --- questions ------------------------------------------------------------------------------------------------------


def question_views(scene: Scene) -> tuple[QuestionView, ...]:
    """Return the questions of the year's survey."""
    plan = scene.year.survey_plan
    return tuple(_question(scene, one, plan.scales[one.scale]) for one in plan.questions.values())


def _question(scene: Scene, question: Question, scale: Scale) -> QuestionView:
    asked = counted(scene, question)
    groups = {group: [item for item in asked if item.group == group] for group in question.groups}
    together = [bar_together(scene, question, group, own) for group, own in groups.items() if own]
    charts = [
        (
            scene.group(group),
            question_chart(scene, question, f"hinh-{question.id}-{group}", [bar_of(scene, question, i) for i in own]),
        )
        for group, own in groups.items()
        if own
    ]
    return QuestionView(
        id=question.id,
        text=scene.of(question.text),
        code=question.criterion,
        criterion=scene.criterion_title(question.criterion),
        chart=question_chart(scene, question, f"hinh-{question.id}", together),
        charts=tuple(charts),
        options=tuple(option_text(option, scale, scene.labels) for option in options(scale)),
        groups=tuple(
            (scene.group(group), tuple(count_line(scene, question, item) for item in own))
            for group, own in groups.items()
            if own
        ),
    )


def overviews(scene: Scene, asked_in: Collection[str]) -> Iterator[Chart]:
    """Yield one chart per scale: how all that may be shown answered each of some of its questions."""
    plan = scene.year.survey_plan
    for scale in plan.scales.values():
        bars = [
            Answers(
                f"{question.id}. {scene.of(question.text)}",
                valued(scene, question, shown) if shown else None,
                scene.words("survey.question-inside", id=question.id),
            )
            for question in plan.questions.values()
            if question.scale == scale.id and question.id in asked_in and (asked := counted(scene, question))
            for shown in [[i for i in asked if scene.figures.disclosure.shows_counts(i.group, i.agency, question.id)]]
        ]
        titles = [option_text(option, scale, scene.labels) for option in best_first(scale)]
        chart = answers_chart(f"hinh-{scale.id}", scene.words("survey.all-questions"), titles, bars, scene.labels)
        if chart is not None:
            yield chart


# --- supervision ----------------------------------------------------------------------------------------------------


def _supervision(scene: Scene, supervision: Supervision) -> Fields:
    reached, agreed = (supervision.callbacks.get(name) for name in ("reached", "agreed"))
    return {
        "plan": scene.document(supervision.plan),
        "team": ", ".join(scene.body(slug) for slug in supervision.team),
        # Day, what was checked, findings.
        "visits": tuple(
            (scene.day(day), ", ".join(scene.words(f"checked.{name}") for name in checked), scene.of(findings))
            for day, checked, findings in supervision.visits
        ),
        "callbacks": tuple(
            (scene.words(f"callbacks.{name}"), str(count)) for name, count in supervision.callbacks.items()
        ),
        # Of those reached, in percent.
        "agreed": _share(scene, Fraction(agreed, reached)) if reached and agreed is not None else "",
        "draws": tuple(_draws(scene, supervision.draws)),  # group, then DRAWN in order
    }


def _draws(scene: Scene, draws: Mapping[str, Draw]) -> Iterator[tuple[str, ...]]:
    for draw in draws.values():
        known = (draw.figures.get(name) for name in DRAWN)
        yield scene.group(draw.group), *("–" if figure is None else str(figure) for figure in known)

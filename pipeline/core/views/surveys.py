"""The survey as pages show it: groups, forms, counts and means as far as `suppression` lets them be seen, SIPAS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.core.analysis import percent
from pipeline.core.model import Counts, Group, Question, Scale, Supervision
from pipeline.core.numbers import fixed
from pipeline.core.scoring import amended_counts, from_survey
from pipeline.core.survey import BLANK, options, question_mean, valid_forms
from pipeline.core.views.agencies import GroupView, forms_text, leaf_view
from pipeline.core.views.common import Scene

FORMS = ("population", "quota", "issued", "returned", "valid")


@dataclass(frozen=True, slots=True)
class SurveyGroupView:
    """One kind of respondent: forms as a whole, or one line per agency where each has its own."""

    title: str
    sipas: bool
    lines: tuple[tuple[str, tuple[str, ...]], ...]  # whom the line counts for, then FORMS in order


@dataclass(frozen=True, slots=True)
class CountLine:
    """What one group answered about one agency; no cells where the counts are hidden."""

    group: str
    agency: str
    cells: tuple[str, ...]
    mean: str


@dataclass(frozen=True, slots=True)
class QuestionView:
    """One question with its counts."""

    id: str
    text: str
    code: str
    criterion: str
    options: tuple[str, ...]
    lines: tuple[CountLine, ...]


@dataclass(frozen=True, slots=True)
class SurveyLeafView:
    """One survey criterion: what each group gave each agency."""

    code: str
    title: str
    groups: tuple[str, ...]
    lines: tuple[tuple[str, str, str, tuple[GroupView | None, ...]], ...]  # agency, points, out_of, one per group


@dataclass(frozen=True, slots=True)
class SipasView:
    """The satisfaction index of one agency."""

    agency: str
    percent: str
    respondents: str


@dataclass(frozen=True, slots=True)
class SupervisionView:
    """Who watched over the survey and what was found."""

    plan: str
    team: str
    visits: tuple[tuple[str, str, str], ...]  # day, what was checked, findings
    callbacks: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SurveyView:
    """The survey of a year."""

    fieldwork: str
    modes: str
    groups: tuple[SurveyGroupView, ...]
    leaves: tuple[SurveyLeafView, ...]
    questions: tuple[QuestionView, ...]
    sipas: tuple[SipasView, ...]
    supervision: SupervisionView | None
    hidden: tuple[str, ...]


def survey_view(scene: Scene) -> SurveyView | None:
    """Return the survey as its page shows it; None where the year has none."""
    plan = scene.year.survey
    if plan is None:
        return None
    counts = amended_counts(scene.year)
    return SurveyView(
        fieldwork=scene.words(
            "word.from-to", opens=scene.day(plan.fieldwork_from), closes=scene.day(plan.fieldwork_to)
        ),
        modes=", ".join(scene.words(f"mode.{mode}") for mode in plan.modes),
        groups=tuple(_group(scene, group, counts) for group in plan.groups.values()),
        leaves=tuple(_leaf(scene, leaf.code) for leaf in scene.year.leaves() if from_survey(leaf)),
        questions=tuple(_question(scene, q, plan.scales[q.scale], counts) for q in plan.questions.values()),
        sipas=tuple(_sipas(scene, item) for item in counts.values() if item.sipas is not None),
        supervision=None if scene.year.supervision is None else _supervision(scene, scene.year.supervision),
        hidden=tuple(
            scene.words("survey.hidden", group=scene.group(group), least=least)
            for group, least in plan.show_from.items()
        ),
    )


def _group(scene: Scene, group: Group, counts: Mapping[tuple[str, str], Counts]) -> SurveyGroupView:
    base = {"population": group.population, "quota": group.quota}
    own = [counts[group.id, slug] for slug in scene.year.agencies if (group.id, slug) in counts]
    together = [(scene.words("survey.together"), _forms(scene, group.id, {**base, **group.forms}))]
    apart = [
        (scene.agency_short(item.agency), _forms(scene, group.id, {**base, "valid": valid_forms(item), **item.forms}))
        for item in own
    ]
    return SurveyGroupView(scene.of(group.title), group.sipas, tuple(together if group.forms or not own else apart))


def _forms(scene: Scene, group: str, known: Mapping[str, int | None]) -> tuple[str, ...]:
    cells = ("–" if known.get(name) is None else str(known[name]) for name in FORMS[:-1])
    return (*cells, forms_text(scene, group, known.get("valid")))


def _leaf(scene: Scene, code: str) -> SurveyLeafView:
    found = [(entry, leaf) for entry in scene.results.agencies if (leaf := entry.leaf(code)) is not None]
    views = [(scene.of(entry.agency.short), leaf_view(scene, leaf)) for entry, leaf in found]
    groups = tuple(dict.fromkeys(part.id for _, view in views for part in view.groups))
    return SurveyLeafView(
        code=code,
        title=scene.criterion_title(code),
        groups=tuple(scene.group(group) for group in groups),
        lines=tuple(
            (name, view.points, view.out_of, tuple(_part(view.groups, group) for group in groups))
            for name, view in views
        ),
    )


def _part(parts: tuple[GroupView, ...], group: str) -> GroupView | None:
    return next((part for part in parts if part.id == group), None)


def _question(scene: Scene, question: Question, scale: Scale, counts: Mapping[tuple[str, str], Counts]) -> QuestionView:
    titles = {option: scene.of(title) for option, title in scale.titles.items()}
    own = {scale.no_opinion: scene.words("survey.no-opinion"), BLANK: scene.words("survey.blank")}
    lines = [
        _line(scene, question, scale, counts[group, slug])
        for group in question.groups
        for slug in scene.year.agencies
        if (group, slug) in counts and question.id in counts[group, slug].answers
    ]
    return QuestionView(
        id=question.id,
        text=scene.of(question.text),
        code=question.criterion,
        criterion=scene.criterion_title(question.criterion),
        options=tuple(titles.get(option) or own.get(option) or option for option in options(scale)),
        lines=tuple(lines),
    )


def _line(scene: Scene, question: Question, scale: Scale, item: Counts) -> CountLine:
    answers = item.answers[question.id]
    group, agency = scene.group(item.group), scene.agency_short(item.agency)
    if not scene.disclosure.shows_counts(item.group, item.agency, question.id):
        return CountLine(group, agency, (), "")
    mean = question_mean(question, scale, answers).mean
    shown = "–" if mean is None else scene.labels.number(fixed(percent(mean), 2))
    return CountLine(group, agency, tuple(str(answers.get(option, 0)) for option in options(scale)), shown)


def _sipas(scene: Scene, item: Counts) -> SipasView:
    assert item.sipas is not None
    shown = scene.disclosure.shows_group(item.group, item.agency)
    percent_text = scene.labels.number(item.sipas) if shown else "–"
    return SipasView(scene.agency_short(item.agency), percent_text, forms_text(scene, item.group, item.respondents))


def _supervision(scene: Scene, supervision: Supervision) -> SupervisionView:
    return SupervisionView(
        plan=scene.document(supervision.plan),
        team=", ".join(scene.body(slug) for slug in supervision.team),
        visits=tuple(
            (scene.day(day), ", ".join(scene.words(f"checked.{name}") for name in checked), scene.of(findings))
            for day, checked, findings in supervision.visits
        ),
        callbacks=tuple(
            (scene.words(f"callbacks.{name}"), str(count)) for name, count in supervision.callbacks.items()
        ),
    )

"""How good the survey's figures are, told in the order of the European Statistical System.

That is relevance, accuracy, timeliness, accessibility, comparability, coherence, burden, and what stays confidential.
Everything is worked out from the year's data; what no data tells is said to be unknown (ESS Handbook for Quality and
Metadata Reports, 2020). Response rates are RR1 and RR2 of AAPOR's Standard Definitions: valid and returned of issued.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from pipeline.core.ground.numbers import fixed, percent, rounded, share
from pipeline.core.ground.templates import Fields
from pipeline.core.index.analysis.sentences import signed_text
from pipeline.core.index.analysis.trends import Trend
from pipeline.core.index.scoring import AgencyScore, amended_counts, from_survey
from pipeline.core.index.survey_points import forms_of, valid_forms
from pipeline.core.publish.scene import Scene
from pipeline.core.record.model import Group
from pipeline.core.survey.disclosure import is_small
from pipeline.core.survey.intervals import Estimate, change_estimates


def quality_view(scene: Scene) -> Fields:
    """Return what the page says of the whole survey."""
    groups = scene.year.survey_plan.groups.values()
    return {
        "told": {
            "relevance": tuple(_relevance(scene)),
            "measurement": tuple(_measurement(scene)),
            "timeliness": tuple(_timeliness(scene)),
            "coherence": tuple(_coherence(scene)),
            "confidentiality": tuple(_confidentiality(scene)),
        },
        # Group; population, issued, returned, valid, RR1, RR2, questions.
        "answered": tuple(_answered(scene, group) for group in groups if not group.sipas),
    }


def quality_rows(
    scene: Scene, before: Scene | None, found: Mapping[str, Trend], shown: Sequence[AgencyScore]
) -> Fields:
    """Return what the page says of some agencies, in the order of the ranking.

    Args:
        before: the year it is compared with, where there is one.
        found: by agency the two years beside each other.
    """
    groups = [group for group in scene.year.survey_plan.groups.values() if not group.sipas]
    return {
        "groups": tuple(scene.of(group.title) for group in groups),
        # Agency; by group between what non-response leaves the mean.
        "unanswered": tuple(
            (scene.of(entry.agency.short), tuple(_unanswered(scene, group.id, entry) for group in groups))
            for entry in shown
        ),
        "ranks": tuple(_ranks(scene, shown)),  # agency, rank, ranks open pair by pair, ranks open all at once
        # Agency, change in percentage points, interval or why there is none.
        "changes": tuple(_changes(scene, before, found, shown)) if before else (),
    }


def _relevance(scene: Scene) -> Iterator[str]:
    leaves = [leaf for leaf in scene.year.leaves() if from_survey(leaf)]
    points, most = sum((leaf.out_of for leaf in leaves), Decimal(0)), scene.year.cycle.out_of
    told, plan = share(points, most), scene.year.survey_plan
    yield scene.words(
        "quality.relevance",
        points=scene.points(points),
        all=scene.points(most),
        share=scene.labels.number(fixed(told, 1)) if told is not None else "–",
        criteria=len(leaves),
        groups=len(plan.groups),
        questions=len(plan.questions),
    )


def _answered(scene: Scene, group: Group) -> tuple[str, tuple[str, ...]]:
    """Return how many could answer, were asked, answered and count; of a group that is too small no rates."""
    plan, labels = scene.year.survey_plan, scene.labels
    own = [item for (name, _), item in amended_counts(scene.year).items() if name == group.id]
    known = forms_of(group, own)
    people = group.population or sum(item.forms.get("population", 0) for item in own)
    small = any(is_small(scene.year, group.id, valid_forms(item)) for item in own)
    rates = [
        "–" if small or not known["issued"] else labels.number(fixed(percent(Fraction(known[key], known["issued"])), 1))
        for key in ("valid", "returned")
    ]
    asked = sum(group.id in question.groups for question in plan.questions.values())
    put = asked * (len(scene.year.agencies) if group.matrix or group.forms else 1)
    numbers = (people, *(known.values() if not small else (known["issued"], 0, 0)), put)
    told = ["–" if not number else labels.grouped(number) for number in numbers]
    return scene.of(group.title), (*told[:-1], *rates, told[-1])


def _measurement(scene: Scene) -> Iterator[str]:
    plan, supervision = scene.year.survey, scene.year.supervision
    if plan is None:
        return
    rules = plan.validity
    known = {
        "complete": rules.complete_from and scene.labels.number(rules.complete_from),
        "fastest": rules.fastest,
        "duplicate": rules.duplicate_within,
        "straight": rules.straight_line and scene.words(f"quality.straight.{rules.straight_line}"),
    }
    told = [scene.words(f"quality.rule.{name}", figure=figure) for name, figure in known.items() if figure is not None]
    yield scene.words("quality.rules", rules="; ".join(told)) if told else scene.words("quality.no-rules")
    reached, agreed = (supervision.callbacks.get(name) if supervision else None for name in ("reached", "agreed"))
    if reached and agreed is not None:
        figures = {"reached": reached, "percent": scene.labels.number(fixed(percent(Fraction(agreed, reached)), 1))}
        yield scene.words("quality.callbacks", **figures)
    else:
        yield scene.words("quality.no-callbacks")


def _timeliness(scene: Scene) -> Iterator[str]:
    plan, approvals = scene.year.survey, scene.year.approvals
    if plan is None:
        return
    yield scene.words("quality.fieldwork", opens=scene.day(plan.fieldwork_from), closes=scene.day(plan.fieldwork_to))
    decided = approvals[0].decision.date if approvals else None
    if decided and plan.fieldwork_to:
        days = (date.fromisoformat(decided) - date.fromisoformat(plan.fieldwork_to)).days
        yield scene.words("quality.decided", day=scene.day(decided), days=days)


def _coherence(scene: Scene) -> Iterator[str]:
    outside = [one for one in scene.year.survey_plan.groups.values() if one.sipas]
    for group in outside:
        known = group.design_effect
        figures = {} if known is None else {"figure": scene.labels.number(known)}
        yield scene.words("quality.sipas" if known is None else "quality.sipas-design", **figures)
    if not outside:
        yield scene.words("quality.no-sipas")


def _confidentiality(scene: Scene) -> Iterator[str]:
    plan, hidden = scene.year.survey_plan, scene.figures.disclosure
    for group in hidden.limited(plan):
        yield scene.words("survey.hidden", group=scene.group(group), least=plan.shown_from(group))
    yield (
        scene.words("quality.hidden", count=len(hidden.counts)) if hidden.counts else scene.words("survey.privacy-none")
    )


def _unanswered(scene: Scene, group: str, entry: AgencyScore) -> str:
    """Return between what a mean would be, had those without a valid form given the worst or the best answer.

    With a mean m of the valid forms and their share r of those issued it is from m r to m r + 1 - r (Manski, 1989).
    """
    known = scene.figures.estimates.groups.get((group, entry.agency.slug))
    if known is None or known.mean is None or known.response is None:
        return "–"
    if not scene.figures.disclosure.shows_mean(group, entry.agency.slug):
        return scene.words("survey.not-shown")
    answered = known.mean.value * known.response
    ends = (answered, answered + 1 - known.response)
    return "–".join(scene.labels.number(fixed(percent(end), 1)) for end in ends)


def _ranks(scene: Scene, shown: Sequence[AgencyScore]) -> Iterator[tuple[str, str, str, str]]:
    alone, together = scene.figures.open_ranks, scene.figures.ranks_at_once
    for entry in shown:
        slug = entry.agency.slug
        if slug in alone and entry.rank is not None:
            own, all_own = (_range(scene, *ends[slug]) for ends in (alone, together))
            yield scene.of(entry.agency.short), str(entry.rank), own, all_own


def _range(scene: Scene, best: int | None, worst: int | None) -> str:
    return str(best) if best == worst else scene.words("word.range", low=best, high=worst)


def _changes(
    scene: Scene, before: Scene, found: Mapping[str, Trend], shown: Sequence[AgencyScore]
) -> Iterator[tuple[str, str, str]]:
    changes = [one for entry in shown if (own := found.get(entry.agency.slug)) for one in own.changes]
    estimates = change_estimates(changes, (before.figures.widest, scene.figures.widest))
    for entry in shown:
        if (told := estimates.get(entry.agency.slug)) is not None:
            yield scene.of(entry.agency.short), _signed(scene, told.value), _interval(scene, told)


def _interval(scene: Scene, found: Estimate) -> str:
    if found.low is None or found.high is None:
        return scene.labels.text(f"estimate.reason.{found.reason}")
    return scene.words("word.from-to", opens=_signed(scene, found.low), closes=_signed(scene, found.high))


def _signed(scene: Scene, value: Fraction | float) -> str:
    return signed_text(rounded(Fraction(value), scene.year.cycle.policy.index_decimals), scene.labels)

"""From counts of answers to points: question means, group means, the points of a leaf, all exact.

A leaf is rounded by `scoring`, once. Respondents never appear: what comes in are counts (design, section 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from pipeline.core.record.model import Counts, Criterion, Group, Question, Scale, SurveyPlan, Year

BLANK = "blank"  # counted beside the options: the form is valid, the question was left out
NO_ANSWERS = "no-answers"
TOO_FEW = "too-few"


@dataclass(frozen=True, slots=True)
class QuestionMean:
    """One question's mean for one group and agency, from 0 to 1; None where nobody had an opinion."""

    question: str
    mean: Fraction | None
    opinions: int


@dataclass(frozen=True, slots=True)
class GroupPart:
    """What one group adds to a leaf: its mean, the points it may give and gave, or why it gave none."""

    group: str
    out_of: Decimal
    points: Fraction | None
    mean: Fraction | None
    questions: tuple[QuestionMean, ...]
    left_out: str | None  # no-answers | too-few
    counts: Counts


@dataclass(frozen=True, slots=True)
class SurveyLeaf:
    """A survey or SIPAS leaf of one agency before rounding; `out_of` is what the counted groups may give."""

    parts: tuple[GroupPart, ...]
    points: Fraction
    out_of: Decimal
    missing: tuple[str, ...]  # groups whose file is not there yet


def group_points(criterion: Criterion) -> Mapping[str, Decimal]:
    """Return the points each group may give to a survey or SIPAS leaf; empty for any other leaf."""
    return criterion.rule.group_points(criterion.out_of) if criterion.rule is not None else {}


def points_of_groups(year: Year) -> Mapping[str, Decimal]:
    """Return how many points each survey group gives over all criteria of a year."""
    given: dict[str, Decimal] = {}
    for leaf in year.leaves():
        for group, points in group_points(leaf).items():
            given[group] = given.get(group, Decimal(0)) + points
    return given


def survey_leaf(
    year: Year, criterion: Criterion, agency: str, *, counts: Mapping[tuple[str, str], Counts]
) -> SurveyLeaf:
    """Compute a survey or SIPAS leaf exactly.

    A question's mean is over its answers other than "no opinion" and blank; a group's mean is the plain mean of the
    criterion's questions that have such answers; the leaf's points are the sum of group mean x group's points. A group
    without answers, or with fewer valid forms than `valid_from`, follows `group_without_answers`.
    """
    wanted = group_points(criterion)
    parts = tuple(
        group_part(year.survey_plan, criterion, counts[group, agency], out_of=out_of)
        for group, out_of in wanted.items()
        if (group, agency) in counts
    )
    counted = [part for part in parts if year.survey_plan.without_answers_zero or part.left_out is None]
    return SurveyLeaf(
        parts=parts,
        points=sum((part.points or Fraction(0) for part in counted), Fraction(0)),
        out_of=sum((part.out_of for part in counted), Decimal(0)),
        missing=tuple(group for group in wanted if (group, agency) not in counts),
    )


def group_part(plan: SurveyPlan, criterion: Criterion, counts: Counts, *, out_of: Decimal) -> GroupPart:
    """Compute what one group adds to a leaf of one agency."""
    means = question_means(plan, criterion.code, counts)
    heard = [item.mean for item in means if item.mean is not None]
    mean: Fraction | None = None
    points: Fraction | None = None
    if counts.sipas is not None:
        mean = Fraction(counts.sipas) / 100
    elif heard:
        mean = sum(heard, Fraction(0)) / len(heard)
    if criterion.code in counts.points:
        points = Fraction(counts.points[criterion.code])
    elif mean is not None:
        points = mean * Fraction(out_of)
    left_out = NO_ANSWERS if points is None else None
    least = plan.valid_from.get(counts.group)
    valid = valid_forms(counts)
    if least is not None and valid is not None and valid < least:
        left_out = TOO_FEW
    return GroupPart(
        group=counts.group,
        out_of=out_of,
        points=None if left_out else points,
        mean=mean,
        questions=means,
        left_out=left_out,
        counts=counts,
    )


def valid_forms(counts: Counts) -> int | None:
    """Return how many valid forms stand behind the counts, None where only the result was handed over."""
    return counts.respondents if counts.respondents is not None else counts.forms.get("valid")


def forms_of(group: Group, own: Iterable[Counts]) -> dict[str, int]:
    """Return how many forms a group's people were given, gave back, and how many of these count; 0 where unknown.

    Where one form rates several agencies, only the group's own numbers tell: the agencies count the same form again.
    """
    told = [group.forms] if group.matrix or group.forms else [item.forms for item in own]
    return {name: sum(forms.get(name, 0) for forms in told) for name in ("issued", "returned", "valid")}


def question_means(plan: SurveyPlan, criterion: str, counts: Counts) -> tuple[QuestionMean, ...]:
    """Return the mean of every question of a criterion that the group was asked, in the order of the survey."""
    return tuple(
        question_mean(question, plan.scales[question.scale], counts.answers.get(question.id, {}))
        for question in plan.questions.values()
        if question.criterion == criterion and counts.group in question.groups and question.scale in plan.scales
    )


def question_mean(question: Question, scale: Scale, answers: Mapping[str, int]) -> QuestionMean:
    """Return a question's mean over the answers that carry a value."""
    valued = {option: answers.get(option, 0) for option in scale.opinions}
    opinions = sum(valued.values())
    if opinions == 0:
        return QuestionMean(question.id, None, 0)
    total = sum((Fraction(scale.values[option]) * count for option, count in valued.items()), Fraction(0))
    return QuestionMean(question.id, total / opinions, opinions)


def scale_of(year: Year, question: str) -> Scale:
    """Return the scale of a question of the year's survey."""
    return year.survey_plan.scales[year.survey_plan.questions[question].scale]


def answerable(scale: Scale) -> tuple[str, ...]:
    """Return what can be ticked of a question: the options of its scale, and "no opinion" where there is one."""
    return tuple(dict.fromkeys([*scale.values, *([scale.no_opinion] if scale.no_opinion else [])]))


def options(scale: Scale) -> tuple[str, ...]:
    """Return all that is counted of a question: what can be ticked, and blank."""
    return (*answerable(scale), BLANK)

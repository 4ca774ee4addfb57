"""Laws of moments: they speak of the same answers as the counts, and never of so few people that they tell answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from pipeline.core.index.laws.view import Finding, View
from pipeline.core.index.scoring import amended_counts
from pipeline.core.record.model import AgencyQuestion, Counts, SurveyPlan


def moments_do_not_fit(view: View) -> Iterator[Finding]:
    """A question paired with itself has as many answers, and as large a sum, as the counts that stand."""
    plan = view.year.survey
    if plan is None:
        return
    counts = amended_counts(view.year)
    for group, moments in view.year.moments.items():
        for (asked, other), pair in moments.pairs.items():
            file = counts.get((group, asked.agency))
            if asked != other or (file is not None and file.spoiled):
                continue
            opinions, total = _counted(plan, asked, file)
            if (opinions, total) != (pair.n, pair.sums[0]):
                found = {"n": str(pair.n), "sum": f"{pair.sums[0]:f}"}
                due = {"opinions": str(opinions), "total": f"{total:f}"}
                yield pair.source, {"agency": asked.agency, "question": asked.question, **found, **due}


def _counted(plan: SurveyPlan, asked: AgencyQuestion, file: Counts | None) -> tuple[int, Decimal]:
    """Return how many answers with a value the counts have of a question, and the sum of their values."""
    question = plan.questions.get(asked.question)
    scale = plan.scales.get(question.scale) if question is not None else None
    answers: Mapping[str, int] = file.answers.get(asked.question, {}) if file is not None else {}
    if scale is None:
        return 0, Decimal(0)
    valued = [(value, answers.get(option, 0)) for option, value in scale.values.items() if option != scale.no_opinion]
    return sum(count for _, count in valued), sum((value * count for value, count in valued), Decimal(0))


def moments_of_few(view: View) -> Iterator[Finding]:
    """Sums over fewer forms than `moments_from` are not kept: of few people they are their answers in disguise."""
    least = view.year.survey.moments_from if view.year.survey is not None else None
    for moments in view.year.moments.values() if least is not None else ():
        for pair in moments.pairs.values():
            if least is not None and pair.n < least:
                yield pair.source, {"n": str(pair.n), "least": str(least)}

"""What stands in for hidden survey answers where an error is published: the most spread answers that could be hidden.

An error over several groups would tell of the hidden ones; one computed from this stand-in is the largest that any
hidden table could give, and is the same for all of them. What is hidden is decided by `disclosure`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pipeline.core.index.scoring import Results, amended_counts
from pipeline.core.record.model import Counts, Moments, Scale, SurveyPlan
from pipeline.core.record.stages import SURVEY
from pipeline.core.survey.disclosure import Disclosure


def widest(results: Results, shown: Disclosure) -> Results:
    """Return results for `intervals` alone: points and indices as they are, hidden answers as spread as can be.

    Each hidden row keeps only how many had an opinion, half of them at either end of the scale, and sums over pairs of
    answers (moments) with a hidden row are left out; that the same people rated several agencies stays known.
    """
    year = results.year
    if year.survey is None:
        return results
    shared = {group for group, moments in year.moments.items() if any(a.agency != b.agency for a, b in moments.pairs)}
    groups = {name: replace(group, matrix=group.matrix or name in shared) for name, group in year.survey.groups.items()}
    return replace(
        results,
        year=replace(
            year,
            survey=replace(year.survey, groups=groups),
            counts={place: _spread(year.survey, item, shown) for place, item in amended_counts(year).items()},
            amendments=tuple(amendment for amendment in year.amendments if amendment.stage != SURVEY),
            moments={group: _shown(moments, shown) for group, moments in year.moments.items()},
        ),
    )


def _shown(moments: Moments, shown: Disclosure) -> Moments:
    pairs = {
        pair: sums
        for pair, sums in moments.pairs.items()
        if all(shown.shows_counts(moments.group, asked.agency, asked.question) for asked in pair)
    }
    return replace(moments, pairs=pairs)


def _spread(plan: SurveyPlan, item: Counts, shown: Disclosure) -> Counts:
    questions = {name: plan.questions[name] for name in item.answers if name in plan.questions}
    hidden = {
        name: _ends(plan.scales[question.scale], item.answers[name])
        for name, question in questions.items()
        if question.scale in plan.scales and not shown.shows_counts(item.group, item.agency, name)
    }
    return replace(item, answers={**item.answers, **hidden}) if hidden else item


def _ends(scale: Scale, answers: Mapping[str, int]) -> Mapping[str, int]:
    """Return answers with the opinions moved to both ends of the scale, the rest as it was."""
    valued = {option: value for option, value in scale.values.items() if option != scale.no_opinion}
    opinions = sum(answers.get(option, 0) for option in valued)
    best, worst = max(valued, key=lambda option: valued[option]), min(valued, key=lambda option: valued[option])
    kept = {option: count for option, count in answers.items() if option not in valued}
    return {**kept, **dict.fromkeys(valued, 0), worst: opinions - opinions // 2, best: opinions // 2}

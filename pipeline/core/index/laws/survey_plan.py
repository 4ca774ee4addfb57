"""Laws of the survey: counts add up, groups and questions are known, each group gives its own kind of figure.

Moments must be sums over the same answers as the counts, and over enough people to give nobody's answer away.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from itertools import chain, pairwise

from pipeline.core.ground.problems import Source
from pipeline.core.index.laws.view import Finding, View, WholeYear, strangers
from pipeline.core.index.scoring import is_sipas
from pipeline.core.index.survey_points import answerable, group_points, options, valid_forms
from pipeline.core.record.layout import path_of
from pipeline.core.record.model import PRODUCT_UNIT, AgencyQuestion, Counts, Moments, Question, Scale, SurveyPlan
from pipeline.core.record.stages import SURVEY


def _counted(view: View) -> Iterator[tuple[SurveyPlan, Counts]]:
    """Yield the readable count files of known agencies and groups."""
    plan = view.year.survey_plan
    for counts in view.year.counts.values():
        if not counts.spoiled and counts.agency in view.year.agencies and counts.group in plan.groups:
            yield plan, counts


def survey_plan_missing(whole: WholeYear) -> Iterator[Finding]:
    """Counts are read by survey.yml."""
    year, told = whole.year, whole.agencies.kinds.values()
    if year.survey is None and SURVEY not in year.unread and any(facts.heard for facts in told):
        heard = ((agency, one) for agency, facts in whole.agencies.items() for one in facts.heard)
        places = (Source(path_of(year.name, SURVEY, one.group, slug), one.line, one.column) for slug, one in heard)
        yield from ((place, {"year": year.name}) for place in sorted(places, key=lambda one: one.path)[:1])


def unknown_question(view: View) -> Iterator[Finding]:
    """Counts are of questions that survey.yml asks this group."""
    for plan, counts in _counted(view):
        asked = [question.id for question in plan.questions.values() if counts.group in question.groups]
        named = ((counts.place(question), question) for question in counts.answers)
        yield from strangers(named, asked, group=counts.group)


def skip_out_of_order(view: View) -> Iterator[Finding]:
    """A question is passed over after an earlier one that is asked of every group that it is asked of."""
    known = list(view.year.survey_plan.questions.values())
    for position, question in enumerate(known):
        if question.skip_if is None:
            continue
        fit = [earlier.id for earlier in known[:position] if set(question.groups) <= set(earlier.groups)]
        if question.skip_if.question not in fit:
            allowed = ", ".join(fit)
            yield question.source, {"question": question.id, "found": question.skip_if.question, "allowed": allowed}


def unknown_scale(view: View) -> Iterator[Finding]:
    """A question's scale stands in survey.yml."""
    plan = view.year.survey_plan
    yield from strangers(((each.source, each.scale) for each in plan.questions.values()), plan.scales)


def unknown_option(view: View) -> Iterator[Finding]:
    """Counts are of options of the question's scale, of "no opinion" or of blank."""
    for question, scale, counts, answers in _answers(view):
        named = ((counts.place(question.id), option) for option in answers)
        yield from strangers(named, options(scale), question=question.id)
    plan = view.year.survey_plan
    for question in plan.questions.values() if view.rules else ():
        earlier = plan.questions.get(question.skip_if.question) if question.skip_if else None
        of_earlier = plan.scales.get(earlier.scale) if earlier else None
        if question.skip_if is None or earlier is None or of_earlier is None:
            continue
        named = ((question.source, option) for option in question.skip_if.answers)
        yield from strangers(named, answerable(of_earlier), question=earlier.id)


def _answers(view: View) -> Iterator[tuple[Question, Scale, Counts, Mapping[str, int]]]:
    for plan, counts in _counted(view):
        for name, answers in counts.answers.items():
            question = plan.questions.get(name)
            scale = plan.scales.get(question.scale) if question else None
            if question is not None and scale is not None:
                yield question, scale, counts, answers


def counts_do_not_add_up(view: View) -> Iterator[Finding]:
    """Of each question, the answers, no opinion and blank add up to the valid forms."""
    for question, _, counts, answers in _answers(view):
        total, valid = sum(answers.values()), counts.forms.get("valid", 0)
        if total != valid:
            yield counts.place(question.id), {"question": question.id, "sum": str(total), "valid": str(valid)}


def forms_do_not_add_up(view: View) -> Iterator[Finding]:
    """No more forms are valid than returned, or returned than issued; the modes add up to the valid ones."""
    for plan, counts in _counted(view):
        yield from ((counts.place("forms"), figures) for figures in _disorder(counts.forms))
        group = plan.groups[counts.group]
        yield from ((group.source, figures) for figures in _disorder(group.forms))


def _disorder(forms: Mapping[str, int]) -> Iterator[dict[str, str]]:
    for less, more in (("valid", "returned"), ("returned", "issued"), ("valid", "issued")):
        if less in forms and more in forms and forms[less] > forms[more]:
            yield _unequal(less, more, forms[less], forms[more])
    modes = [forms[mode] for mode in ("online", "in_person") if mode in forms]
    if modes and "valid" in forms and sum(modes) != forms["valid"]:
        yield _unequal("online + in_person", "valid", sum(modes), forms["valid"])


def _unequal(less: str, more: str, less_count: int, more_count: int) -> dict[str, str]:
    """Return the figures of two counts of which the first must not be over the second, or must be the same."""
    return {"less": less, "more": more, "less_count": str(less_count), "more_count": str(more_count)}


def question_missing(view: View) -> Iterator[Finding]:
    """A group that answered has counts for each question it was asked of a criterion that applies."""
    for plan, counts in _counted(view):
        if counts.points or counts.sipas is not None or not valid_forms(counts):
            continue
        for leaf in view.year.leaves():
            if counts.group not in group_points(leaf) or is_sipas(leaf):
                continue
            if view.roads[counts.agency][leaf.code].left_out:
                continue
            for question in _asked(plan, leaf.code, counts.group):
                if question not in counts.answers:
                    yield counts.place("answers"), {"question": question, "criterion": leaf.code, "group": counts.group}


def _asked(plan: SurveyPlan, criterion: str, group: str) -> list[str]:
    return [q.id for q in plan.questions.values() if q.criterion == criterion and group in q.groups]


def group_without_question(whole: WholeYear) -> Iterator[Finding]:
    """A group that is asked at all, and gives points to a leaf, is asked something about it.

    A group that is asked nothing hands over its points.
    """
    plan = whole.year.survey_plan
    heard = [one for facts in whole.agencies.kinds.values() for one in facts.heard if one.group in plan.groups]
    asked = {group for question in plan.questions.values() for group in question.groups}
    asked |= {one.group for one in heard if one.answers}
    asked -= {one.group for one in heard if one.points}
    for leaf in whole.year.leaves():
        for group in () if is_sipas(leaf) else group_points(leaf):
            if group in asked and not _asked(plan, leaf.code, group):
                yield leaf.place("rule"), {"criterion": leaf.code, "group": group}


def question_without_points(view: View) -> Iterator[Finding]:
    """A question feeds a survey leaf that takes points from the groups it is asked of."""
    plan = view.year.survey_plan
    for question in plan.questions.values():
        leaf = view.year.criteria.get(question.criterion)
        takes = {} if leaf is None or is_sipas(leaf) else group_points(leaf)
        for group in question.groups:
            if leaf is not None and group not in takes and group in plan.groups:
                yield question.source, {"question": question.id, "criterion": leaf.code, "group": group}


def points_missing(view: View) -> Iterator[Finding]:
    """Where only the result was handed over, each leaf that names the group has its points."""
    for _, counts in _counted(view):
        for leaf in view.year.leaves():
            wanted = counts.points and not is_sipas(leaf) and counts.group in group_points(leaf)
            exempt = view.roads[counts.agency][leaf.code].left_out
            if wanted and not exempt and leaf.code not in counts.points:
                yield counts.place("points"), {"criterion": leaf.code, "group": counts.group}


def points_over_group(view: View) -> Iterator[Finding]:
    """Handed-over points are within what the group may give, and for a leaf that names the group."""
    for _, counts in _counted(view):
        for code, points in counts.points.items():
            leaf = view.year.criteria.get(code)
            most = group_points(leaf).get(counts.group) if leaf else None
            if leaf is not None and (most is None or not 0 <= points <= most):
                most_text = "-" if most is None else f"{most:f}"
                yield counts.place(code), {"criterion": code, "points": f"{points:f}", "most": most_text}


def figure_not_of_group(view: View) -> Iterator[Finding]:
    """A SIPAS group hands over a percentage, any other group counts or points; rules name groups accordingly."""
    for plan, counts in _counted(view):
        sipas = plan.groups[counts.group].sipas
        if (sipas and (counts.answers or counts.points)) or (not sipas and counts.sipas is not None):
            yield counts.source, {"group": counts.group}
    groups = view.year.survey_plan.groups
    for leaf in view.year.leaves() if view.rules else ():
        for group in group_points(leaf):
            if group in groups and groups[group].sipas != is_sipas(leaf):
                yield leaf.place("rule"), {"group": group}


def group_over_population(view: View) -> Iterator[Finding]:
    """No group returns more forms than it has people; where it does, that is a fact to explain."""
    for plan, counts in _counted(view):
        population = counts.forms.get("population", plan.groups[counts.group].population)
        returned = counts.forms.get("returned", valid_forms(counts))
        if population is not None and returned is not None and returned > population:
            yield counts.place("forms"), {"group": counts.group, "forms": str(returned), "population": str(population)}


def quota_over_population(view: View) -> Iterator[Finding]:
    """No more forms are wanted of a group than it has people."""
    for group in view.year.survey_plan.groups.values():
        if group.quota is not None and group.population is not None and group.quota > group.population:
            figures = {"group": group.id, "quota": str(group.quota), "population": str(group.population)}
            yield group.source, figures


def callbacks_do_not_agree(view: View) -> Iterator[Finding]:
    """No more forms are reached than drawn, or agreed than reached; the draws of the groups add up to the whole."""
    supervision = view.year.supervision
    if supervision is None:
        return
    place = supervision.place("callbacks")
    yield from ((place, figures) for figures in _backwards(supervision.callbacks))
    for draw in supervision.draws.values():
        yield from ((draw.source, figures) for figures in _backwards(draw.figures))
    for name in _ROAD[1:] if supervision.draws else ():
        parts = [draw.figures.get(name) for draw in supervision.draws.values()]
        total, known = sum(part or 0 for part in parts), supervision.callbacks.get(name, 0)
        if total > known or (total < known and None not in parts):
            yield place, _unequal(f"callbacks.{name}", f"draws.*.{name}", known, total)


_ROAD = ("of", "drawn", "reached", "agreed")  # each is a part of the one before


def _backwards(figures: Mapping[str, int]) -> Iterator[dict[str, str]]:
    known = [name for name in _ROAD if name in figures]
    for more, less in pairwise(known):
        if figures[less] > figures[more]:
            yield _unequal(less, more, figures[less], figures[more])


# --- moments: sums over pairs of answers, from which standard errors come --------------------------------------------


def moments_do_not_fit(whole: WholeYear) -> Iterator[Finding]:
    """A question paired with itself has as many answers, and as large a sum, as the counts that stand."""
    plan = whole.year.survey
    if plan is None:
        return
    counts = {(file.group, file.agency): file for facts in whole.agencies.kinds.values() for file in facts.counts}
    for group, moments in whole.year.moments.items():
        for (asked, other), pair in moments.pairs.items():
            file = counts.get((group, asked.agency))
            if asked != other or (file is not None and file.spoiled):
                continue
            opinions, total = _answered(plan, asked, file)
            if (opinions, total) != (pair.n, pair.sums[0]):
                found = {"n": str(pair.n), "sum": f"{pair.sums[0]:f}"}
                due = {"opinions": str(opinions), "total": f"{total:f}"}
                yield pair.source, {"agency": asked.agency, "question": asked.question, **found, **due}


def _answered(plan: SurveyPlan, asked: AgencyQuestion, file: Counts | None) -> tuple[int, Decimal]:
    """Return how many answers with a value the counts have of a question, and the sum of their values."""
    question = plan.questions.get(asked.question)
    scale = plan.scales.get(question.scale) if question is not None else None
    answers: Mapping[str, int] = file.answers.get(asked.question, {}) if file is not None else {}
    if scale is None:
        return 0, Decimal(0)
    valued = [(value, answers.get(option, 0)) for option, value in scale.opinions.items()]
    return sum(count for _, count in valued), sum((value * count for value, count in valued), Decimal(0))


def moments_of_few(view: View) -> Iterator[Finding]:
    """Sums over fewer forms than `moments_from` are not kept: answers of few people could be computed from them."""
    least = view.year.survey_plan.moments_from
    for moments in view.year.moments.values() if least is not None else ():
        told = [(pair.source, pair.n) for pair in moments.pairs.values()]
        told += [(shared.source, shared.n) for shared in moments.between.values()]
        yield from (
            (source, {"n": str(n), "least": str(least)}) for source, n in told if least is not None and n < least
        )


def moments_beyond_reach(view: View) -> Iterator[Finding]:
    """The product of two agencies is no larger than their own sums allow (Cauchy, Schwarz)."""
    for moments in view.year.moments.values():
        spreads = {agency: _most_spread(moments, agency) for agency in dict.fromkeys(chain(*moments.between))}
        for (first, second), shared in moments.between.items():
            one, other = spreads[first], spreads[second]
            known = first != second and one is not None and other is not None
            if not known or abs(shared.product) > (one or 0) * (other or 0) * PRODUCT_UNIT * _ROUNDED + 1:
                yield shared.source, {"agency": first, "other": second}


_ROUNDED = 1 + 1e-9  # what reckoning with doubles may add


def _most_spread(moments: Moments, agency: str) -> float | None:
    """Return the most that what forms add to an agency's points can spread: if all questions went together."""
    spreads: list[float] = []
    for asked, weight in moments.weights_of(agency).items():
        own = moments.pairs[asked, asked]
        mean = Fraction(own.sums[0]) / own.n
        spreads.append(float(weight) / own.n * math.sqrt(max(0.0, float(own.crossed(mean, mean)))))
    return math.fsum(spreads) if spreads else None

"""What the survey report says: who was asked and answered, points of each group, sampling errors, supervision.

Counts and means stand here only where `disclosure` lets the public see them; points of criteria always do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from pipeline.core.ground.numbers import percent, share
from pipeline.core.ground.templates import Fields
from pipeline.core.index.analysis.profiles import contrasts, part_of
from pipeline.core.index.scoring import amended_counts, from_survey
from pipeline.core.index.survey_points import forms_of, options, question_mean, scale_of, valid_forms
from pipeline.core.index.words import option_text
from pipeline.core.publish.charts.chart import Chart
from pipeline.core.publish.reports.common import ReportRequest, capital, chart_fields
from pipeline.core.publish.survey_answers import bar_of, bar_together, count_line, counted, question_chart, shown_of
from pipeline.core.record.model import Agency, Counts, Criterion, Question, Scale, Supervision
from pipeline.core.survey.disclosure import is_small
from pipeline.core.survey.intervals import Estimate, Estimates


def survey_report(asked: ReportRequest) -> Fields:
    """Return the fields of the report on a year's survey.

    Raises:
        ParindexError: the year has no survey, or nothing of it has come in.
    """
    plan = asked.year.survey
    counts = amended_counts(asked.year)
    if plan is None or not counts:
        raise asked.missing("survey")
    estimates = asked.scene.figures.estimates
    leaves = [leaf for leaf in asked.year.leaves() if from_survey(leaf)]
    agencies = asked.scene.results.agencies
    rows = [_leaf_row(asked, leaf) for leaf in leaves]
    means = [
        {"title": asked.of(group.title), "means": [_mean(asked, group.id, e.agency.slug, estimates) for e in agencies]}
        for group in plan.groups.values()
    ]
    intervals = [_interval_row(asked, leaf, estimates) for leaf in leaves]
    return {
        **asked.head("BC"),
        "fieldwork_from": asked.scene.day(plan.fieldwork_from),
        "fieldwork_to": asked.scene.day(plan.fieldwork_to),
        "modes": asked.listed(asked.scene.labels.text(f"page.mode.{mode}") for mode in plan.modes),
        "abbreviations": "" if asked.are_many else asked.abbreviations(),
        "asked_count": asked.count(sum(not group.sipas for group in plan.groups.values())),
        "outside": asked.listed(asked.of(group.title) for group in plan.groups.values() if group.sipas),
        "question_count": asked.count(len(plan.questions)),
        "agency_count": asked.count(len(agencies)),
        "agencies": [asked.of(entry.agency.short) for entry in agencies],
        "groups": list(group_rows(asked)),
        "group_notes": list(_group_notes(asked)),
        "scales": [{"options": asked.listed(_opinions(asked, scale))} for scale in plan.scales.values()],
        "totals": [
            {
                "agency": _whole_name(asked, entry.agency),
                "points": asked.scene.points(entry.survey.points),
                "out_of": asked.scene.points(entry.survey.out_of),
                "percent": asked.scene.index(entry.survey.index),
            }
            for entry in agencies
        ],
        "notes": list(_notes(asked)),
        "leaves": rows,
        "means": means,
        "sipas": list(sipas_rows(asked)),
        "intervals": intervals,
        # The same three with agencies in rows where they are many; the lists above are what older templates ask for.
        "tables": {
            "points": _table(asked, "criterion", rows, "points"),
            "means": _table(asked, "group", means, "means"),
            "intervals": _table(asked, "criterion", intervals, "cells"),
        },
        "reasons": list(_reasons(asked, estimates)),
        "alphas": list(_alphas(asked, estimates)),
        "supervision": _supervision(asked),
        "visits": list(_visits(asked)),
        "callbacks": _callbacks(asked),
        "small": [
            asked.words("survey.small", group=asked.scene.group(group), least=str(plan.shown_from(group)))
            for group in asked.scene.figures.disclosure.limited(plan)
        ],
        "charts": chart_fields(asked.charts, _asked_about(asked)),
        "questions": [_question(asked, question) for question in plan.questions.values()],
    }


def _whole_name(asked: ReportRequest, agency: Agency) -> str:
    """Return an agency's name, where they are many with the short one that other tables have."""
    name, short = asked.of(agency.name), asked.of(agency.short)
    return f"{name} ({short})" if asked.are_many and name != short else name


def _table(asked: ReportRequest, kind: str, rows: Sequence[Mapping[str, object]], cells: str) -> Fields:
    """Return a table of agencies in columns, where they are many in rows: heads, titles of columns, and the rows."""
    agencies = asked.scene.results.agencies
    heads = asked.words(f"survey.heads.{'agency' if asked.are_many else kind}").split("|")
    told: list[dict[str, object]] = [{"code": "", "out_of": "", **row, "cells": row[cells]} for row in rows]
    columns = [asked.of(entry.agency.short) for entry in agencies]
    if asked.are_many:
        columns = [str(row["code"] or row["title"]) for row in told]
        turned = zip(*(row[cells] for row in rows), strict=True)  # each is a list
        points = (asked.scene.points(entry.survey.out_of) for entry in agencies)
        told = [
            {"code": str(number), "title": asked.of(entry.agency.short), "out_of": most, "cells": list(own)}
            for number, (entry, most, own) in enumerate(zip(agencies, points, turned, strict=True), 1)
        ]
    return {"heads": dict(zip(("code", "title", "out_of"), heads, strict=True)), "columns": columns, "rows": told}


def _opinions(asked: ReportRequest, scale: Scale) -> Iterator[str]:
    for name, value in scale.opinions.items():
        share_of_all = asked.whole_percent(percent(Fraction(value)), 0)
        yield asked.words("survey.option", title=asked.of(scale.titles[name]), value=share_of_all)


# --- who was asked --------------------------------------------------------------------------------------------------


def group_rows(asked: ReportRequest) -> Iterator[dict[str, object]]:
    """Yield one row for each kind of respondent: how many there are, were wanted, asked, and answered."""
    plan = asked.year.survey_plan
    counts = amended_counts(asked.year)
    for group in plan.groups.values():
        own = [item for (name, _), item in counts.items() if name == group.id]
        known = forms_of(group, own)
        if group.sipas:
            known["valid"] = sum(item.respondents or 0 for item in own)
        issued, valid = known["issued"], known["valid"]
        people = group.population or sum(item.forms.get("population", 0) for item in own)
        figures = {"population": people, "quota": group.quota or 0, **known}
        yield {
            "title": asked.of(group.title),
            **{key: asked.grouped(str(value)) if value else "–" for key, value in figures.items()},
            "response": asked.whole_percent(share(Fraction(valid), Fraction(issued))) if issued else "–",
        }


def _group_notes(asked: ReportRequest) -> Iterator[str]:
    """Yield which groups fell short of the forms that were wanted, and where a group was too small to count."""
    plan = asked.year.survey_plan
    counts = amended_counts(asked.year)
    for group in plan.groups.values():
        own = [item for (name, _), item in counts.items() if name == group.id]
        valid = forms_of(group, own)["valid"]
        if group.quota and valid and not group.sipas:
            key = "survey.under-quota" if valid < group.quota else "survey.quota-met"
            yield asked.words(key, group=asked.of(group.title), valid=str(valid), quota=str(group.quota))
        for item in own:
            least = plan.valid_from.get(group.id)
            forms = valid_forms(item)
            if least is not None and forms is not None and forms < least:
                yield asked.words(
                    "survey.too-few", group=asked.of(group.title), agency=asked.scene.agency_short(item.agency)
                )


# --- what they said -------------------------------------------------------------------------------------------------


def _notes(asked: ReportRequest) -> Iterator[str]:
    results = asked.scene.results
    known = [entry for entry in results.agencies if entry.survey.index is not None]
    if not known:
        return
    best = max(known, key=lambda entry: entry.survey.index or Fraction(0))
    worst = min(known, key=lambda entry: entry.survey.index or Fraction(0))
    even = best.survey.index == worst.survey.index
    yield asked.words(
        "survey.spread" if not even else "survey.even" if known[1:] else "survey.alone",
        count=len(known),
        best=asked.of(best.agency.name),
        high=asked.scene.index(best.survey.index),
        worst=asked.of(worst.agency.name),
        low=asked.scene.index(worst.survey.index),
    )
    surveyed = [criterion for criterion in asked.year.leaves() if from_survey(criterion)]
    shares = [(criterion, _share(asked, criterion)) for criterion in surveyed]
    ranked = sorted(((one, value) for one, value in shares if value is not None), key=lambda pair: pair[1])
    if ranked and ranked[0][1] < ranked[-1][1]:
        yield asked.words(
            "survey.criteria",
            worst=asked.named(ranked[0][0]),
            low=asked.scene.index(ranked[0][1]),
            best=asked.named(ranked[-1][0]),
            high=asked.scene.index(ranked[-1][1]),
        )
    higher = [one for one in contrasts(results) if one.gap is not None and one.gap > 0]
    if higher:
        yield asked.words("survey.below-appraisal", count=str(len(higher)), whole=str(len(known)))


def _share(asked: ReportRequest, criterion: Criterion) -> Fraction | None:
    """Return what all agencies together reached in a criterion, in percent of what applies to them."""
    parts = [part for entry in asked.scene.results.agencies if (part := part_of(entry, criterion)) is not None]
    points = sum((part.points for part in parts), Fraction(0))
    return share(points, sum((part.out_of for part in parts), Fraction(0)))


def _leaf_row(asked: ReportRequest, criterion: Criterion) -> dict[str, object]:
    leaves = [entry.leaf(criterion.code) for entry in asked.scene.results.agencies]
    return {
        "code": criterion.code,
        "title": asked.of(criterion.title),
        "out_of": asked.scene.points(criterion.out_of),
        "points": [asked.leaf_points(leaf) for leaf in leaves],
    }


def _mean(asked: ReportRequest, group: str, agency: str, estimates: Estimates) -> str:
    """Return a group's mean of an agency in percent, where each of its parts may be shown."""
    own = estimates.groups.get((group, agency))
    if own is None or own.mean is None:
        return "–"
    if not asked.scene.figures.disclosure.shows_mean(group, agency):
        return asked.words("survey.hidden")
    return asked.scene.index(percent(own.mean.value))


def sipas_rows(asked: ReportRequest) -> Iterator[dict[str, object]]:
    """Yield the satisfaction index of each agency that has one, as far as it may be shown."""
    counts = amended_counts(asked.year)
    for entry in asked.scene.results.agencies:
        for group in asked.year.survey_plan.groups.values():
            item = counts.get((group.id, entry.agency.slug))
            if item is not None and item.sipas is not None:
                shown = asked.scene.figures.disclosure.shows_mean(group.id, item.agency)
                small = is_small(asked.year, group.id, item.respondents)
                people = asked.grouped(str(item.respondents)) if item.respondents else "–"
                yield {
                    "agency": asked.called(entry.agency),
                    "sipas": asked.scene.index(item.sipas) if shown else asked.words("survey.hidden"),
                    "respondents": asked.words("survey.hidden") if small else people,
                }


# --- how sure that is -----------------------------------------------------------------------------------------------


def _interval_row(asked: ReportRequest, criterion: Criterion, estimates: Estimates) -> dict[str, object]:
    cells = []
    for entry in asked.scene.results.agencies:
        own = estimates.leaves.get((entry.agency.slug, criterion.code))
        if own is not None and not asked.scene.figures.disclosure.is_whole(entry.agency.slug, criterion.code):
            cells.append(asked.words("survey.hidden"))
        else:
            cells.append(_interval(asked, own))
    return {"code": criterion.code, "title": asked.of(criterion.title), "cells": cells}


def _interval(asked: ReportRequest, own: Estimate | None) -> str:
    if own is None:
        return "–"
    if own.low is None or own.high is None:
        return asked.words("survey.no-interval")
    return f"{asked.scene.points(Fraction(own.low))}–{asked.scene.points(Fraction(own.high))}"


def _reasons(asked: ReportRequest, estimates: Estimates) -> Iterator[str]:
    """Yield why some figures have no interval, or a wide one."""
    reasons = {one.reason for one in estimates.leaves.values()}
    bounds = {bound for one in estimates.leaves.values() for bound in one.bounds}
    for name in ("few-forms", "no-moments", "points-only", "sipas", "no-spread"):
        if name in reasons:
            yield asked.words(f"survey.reason-{name}")
    for name in ("few-forms", "no-moments", "sipas"):
        if name in bounds:
            yield asked.words(f"survey.bound-{name}")


def _alphas(asked: ReportRequest, estimates: Estimates) -> Iterator[dict[str, object]]:
    number = asked.scene.labels.number
    for one in estimates.reliability:
        shown = asked.scene.figures.disclosure.shows_all(one.group)
        told = shown and one.alpha is not None and one.low is not None and one.high is not None
        reason = one.reason if shown else "hidden"
        yield {
            "group": asked.scene.group(one.group),
            "questions": str(one.questions),
            "alpha": number(f"{float(one.alpha):.2f}") if told and one.alpha is not None else "–",
            "interval": f"{number(f'{one.low:.2f}')}–{number(f'{one.high:.2f}')}" if told else "–",
            "reason": asked.words(f"survey.alpha-{reason}") if reason else "",
        }


# --- who watched ----------------------------------------------------------------------------------------------------


def _supervision(asked: ReportRequest) -> str:
    found = asked.year.supervision
    if found is None:
        return ""
    team = asked.listed(asked.scene.body(slug) for slug in found.team)
    plan = asked.cited(found.plan, titled=False) if found.plan is not None else ""
    return asked.words("survey.supervision" if plan else "survey.supervision-team", plan=plan, team=team)


def _visits(asked: ReportRequest) -> Iterator[dict[str, object]]:
    for day, checked, findings in asked.year.supervision.visits if asked.year.supervision else ():
        yield {
            "day": asked.scene.day(day),
            "checked": capital(asked.listed(asked.scene.labels.text(f"page.checked.{name}") for name in checked)),
            "findings": asked.of(findings) or "–",
        }


def _call_backs(supervision: Supervision) -> Mapping[str, int]:
    """Return the call-backs as a whole: as they were recorded together, or the draws of the groups added up."""
    draws = supervision.draws.values()
    whole = {name for draw in draws for name in draw.figures if all(name in one.figures for one in draws)}
    return supervision.callbacks or {name: sum(draw.figures[name] for draw in draws) for name in whole}


def _callbacks(asked: ReportRequest) -> str:
    found = _call_backs(asked.year.supervision) if asked.year.supervision else {}
    if not {"drawn", "reached", "agreed"} <= set(found):
        return ""
    agreed = asked.whole_percent(share(Fraction(found["agreed"]), Fraction(found["reached"])))
    figures = {name: str(found[name]) for name in ("drawn", "reached", "agreed")}
    return asked.words("survey.callbacks", **figures, share=agreed)


# --- figures and annex ----------------------------------------------------------------------------------------------


def survey_charts(asked: ReportRequest) -> Mapping[str, Chart]:
    """Return the answers of the largest group to the question that it rated lowest, and to the one it rated highest."""
    drawn = {name: _answers(asked, name, question, group) for name, (question, group) in _ends(asked).items()}
    return {name: chart for name, chart in drawn.items() if chart is not None}


def _asked_about(asked: ReportRequest) -> dict[str, str]:
    """Return what the figures are about, by their names."""
    found = {
        name: asked.words(
            "survey.asked-all" if asked.are_many else "survey.asked-of",
            question=asked.of(question.text),
            group=asked.scene.group(group),
        )
        for name, (question, group) in _ends(asked).items()
    }
    return {"lowest": "", "highest": "", **found}


def _ends(asked: ReportRequest) -> Mapping[str, tuple[Question, str]]:
    """Return the questions that the largest group rated lowest and highest, with that group; nothing of too few."""
    plan = asked.year.survey_plan
    counts = amended_counts(asked.year)
    forms = {
        group: sum(valid_forms(item) or 0 for (name, _), item in counts.items() if name == group)
        for group, one in plan.groups.items()
        if not one.sipas
    }
    if not any(forms.values()):
        return {}
    largest = max(forms, key=lambda group: (forms[group], group))
    rated = sorted(
        (value, question.id)
        for question in plan.questions.values()
        if largest in question.groups and (value := _rated(asked, question, largest)) is not None
    )
    if len(rated) < 2:
        return {}
    lowest, highest = plan.questions[rated[0][1]], plan.questions[rated[-1][1]]
    return {"lowest": (lowest, largest), "highest": (highest, largest)}


def _rated(asked: ReportRequest, question: Question, group: str) -> Fraction | None:
    """Return the plain mean over the agencies whose counts may be shown; None where there are none."""
    scale = scale_of(asked.year, question.id)
    means = [
        mean
        for item in counted(asked.scene, question)
        if item.group == group and asked.scene.figures.disclosure.shows_counts(group, item.agency, question.id)
        if (mean := question_mean(question, scale, item.answers[question.id]).mean) is not None
    ]
    return sum(means, Fraction(0)) / len(means) if means else None


def _counted(asked: ReportRequest, question: Question) -> list[Counts]:
    """Return the files that count answers to a question, agencies in the order of the ranking."""
    return counted(asked.scene, question, (entry.agency.slug for entry in asked.scene.results.agencies))


def _by_group(asked: ReportRequest, question: Question) -> Mapping[str, list[Counts]]:
    found: dict[str, list[Counts]] = {}
    for item in _counted(asked, question):
        found.setdefault(item.group, []).append(item)
    return found


def _together(asked: ReportRequest, question: Question, group: str, items: Sequence[Counts]) -> dict[str, object]:
    """Return what a group answered of all agencies of which it may be shown."""
    shown, listed = shown_of(asked.scene, question, items), options(scale_of(asked.year, question.id))
    sums = [sum(item.answers[question.id].get(option, 0) for item in shown) for option in listed]
    mean = _rated(asked, question, group)
    return {
        "group": asked.scene.group(group),
        "agency": asked.words("survey.together", count=len(shown)),
        "cells": [asked.grouped(str(number)) for number in sums] if shown else ["×" for _ in listed],
        "mean": "×" if mean is None else asked.scene.index(percent(mean)),
    }


def _answers(asked: ReportRequest, name: str, question: Question, group: str) -> Chart | None:
    own = _by_group(asked, question)
    if asked.are_many:
        bars = [bar_together(asked.scene, question, name, items) for name, items in own.items()]
    else:
        bars = [bar_of(asked.scene, question, item) for item in own.get(group, ())]
    return question_chart(asked.scene, question, name, bars)


def _question(asked: ReportRequest, question: Question) -> dict[str, object]:
    scale = scale_of(asked.year, question.id)
    rows = [_together(asked, question, *entry) for entry in _by_group(asked, question).items() if asked.are_many]
    for item in () if asked.are_many else _counted(asked, question):
        line = count_line(asked.scene, question, item)
        rows.append(
            {
                "group": asked.scene.group(item.group),
                "agency": line.agency,
                "cells": line.cells or ["×" for _ in options(scale)],
                "mean": line.mean or "×",
            }
        )
    return {
        "title": asked.words("survey.question", id=question.id.upper(), text=asked.of(question.text)),
        "about": asked.named(asked.year.criteria[question.criterion]),
        "options": [option_text(one, scale, asked.scene.labels) for one in options(scale)],
        "rows": rows,
    }

"""A group's paper form as the fields of a Word template; every word comes from the plan and the labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from pipeline.core.ground.labels import Labels
from pipeline.core.survey.questionnaires.questions import QuestionItem, Questionnaire, options_of


def paper(asked: Questionnaire, labels: Labels) -> Mapping[str, object]:
    """Return the fields of the template: the head, the boxes to tick, and the tables of questions as `blocks`.

    On a form about one agency a table holds the questions that share a scale; on a form about all of them each
    question is a table of its own with a row for each agency.
    """
    numbers = {item.question.id: number for number, item in enumerate(asked.items, 1)}
    exclude, only = (asked.group.own_agency == kind for kind in ("exclude", "only"))
    agencies = [_unbroken(labels.of(agency.short)) for agency in asked.agencies.values()]
    plan = asked.plan
    return {
        "title": labels.text("questionnaire.paper.title"),
        "of": labels.of(asked.year.cycle.title),
        "mark": labels.text("questionnaire.illustrative") if asked.year.cycle.illustrative else "",
        "group": labels.text("questionnaire.paper.group", group=labels.of(asked.group.title)),
        "fieldwork": labels.text(
            "questionnaire.paper.fieldwork",
            opens=labels.date(plan.fieldwork_from),
            closes=labels.date(plan.fieldwork_to),
        ),
        "privacy": labels.text("questionnaire.privacy"),
        "how": labels.text("questionnaire.paper.how"),
        "serial": labels.text("questionnaire.token"),
        "day": labels.text("questionnaire.column.day"),
        "workplace": labels.text("questionnaire.own-agency") if exclude else "",
        "workplaces": [*agencies, _unbroken(labels.text("questionnaire.other-agency"))] if exclude else [],
        "workplace_note": labels.text("questionnaire.paper.not-own") if exclude else "",
        "about": "" if asked.group.matrix else labels.text(f"questionnaire.{'own-agency' if only else 'agency'}"),
        "agencies": [] if asked.group.matrix else agencies,
        "blocks": list(_blocks(asked, labels, numbers)),
        "thanks": labels.text("questionnaire.thanks"),
    }


def _unbroken(words: str) -> str:
    """Return the words beside a box as one, so that no line ends within them."""
    return words.replace(" ", "\N{NO-BREAK SPACE}")


def _blocks(asked: Questionnaire, labels: Labels, numbers: Mapping[str, int]) -> Iterator[Mapping[str, object]]:
    if asked.group.matrix:
        for item in asked.items:
            yield {
                "heading": _numbered(item, labels, numbers),
                "note": _note(item, asked, labels, numbers),
                "first": labels.text("questionnaire.paper.agency"),
                "options": list(options_of(item.scale, labels).values()),
                "rows": [{"text": labels.of(asked.agencies[slug].short), "note": ""} for slug in item.agencies],
            }
        return
    for _, shared in groupby(asked.items, key=lambda item: item.scale.id):
        items: Sequence[QuestionItem] = list(shared)
        yield {
            "heading": "",
            "note": "",
            "first": labels.text("questionnaire.column.text"),
            "options": list(options_of(items[0].scale, labels).values()),
            "rows": [
                {"text": _numbered(item, labels, numbers), "note": _notes(item, asked, labels, numbers)}
                for item in items
            ],
        }


def _numbered(item: QuestionItem, labels: Labels, numbers: Mapping[str, int]) -> str:
    return f"{numbers[item.question.id]}. {labels.of(item.question.text)}"


def _notes(item: QuestionItem, asked: Questionnaire, labels: Labels, numbers: Mapping[str, int]) -> str:
    """Return when a question of a form about one agency is passed over, for its agency or for an earlier answer."""
    others = [labels.of(agency.short) for slug, agency in asked.agencies.items() if slug not in item.agencies]
    left_out = [labels.text("questionnaire.paper.not-of", agencies=", ".join(others))] if others else []
    return " ".join([*left_out, *filter(None, [_note(item, asked, labels, numbers)])])


def _note(item: QuestionItem, asked: Questionnaire, labels: Labels, numbers: Mapping[str, int]) -> str:
    """Return the rule by which a question is passed over, in words; empty where there is none."""
    skip = item.question.skip_if
    earlier = next((other for other in asked.items if skip is not None and other.question.id == skip.question), None)
    if skip is None or earlier is None:
        return ""
    words = options_of(earlier.scale, labels)
    answers = ", ".join(words[answer] for answer in skip.answers)
    return labels.text("questionnaire.paper.skip", number=numbers[skip.question], answers=answers)

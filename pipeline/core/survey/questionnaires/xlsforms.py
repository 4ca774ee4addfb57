"""A group's questions as an XLSForm, the workbook that ODK and KoBo turn into a form: decision 0020.

The form asks nothing of a person: no name, phone or place, and no column that a device would fill with one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.text import MAIN, Text
from pipeline.core.ground.workbook_model import Book, Sheet
from pipeline.core.record.model import Skip
from pipeline.core.survey.questionnaires.questions import (
    MOST_OF_A_SERIAL,
    OTHER,
    QuestionItem,
    Questionnaire,
    column_name,
    options_of,
)

Words: TypeAlias = Mapping[str, Labels]  # language -> its words, the main one first
_SERIAL: Final = f"^[A-Za-z0-9]([A-Za-z0-9._/-]{{0,{MOST_OF_A_SERIAL - 2}}}[A-Za-z0-9])?$"


class _Row(NamedTuple):
    """One row of the sheet `survey`."""

    type: str
    name: str
    label: tuple[str, ...] = ()
    hint: tuple[str, ...] = ()
    required: bool = False
    relevant: str = ""
    constraint: str = ""
    message: tuple[str, ...] = ()
    appearance: str = ""
    calculation: str = ""


def xlsform(asked: Questionnaire, words: Words) -> Book:
    """Return the sheets `survey`, `choices` and `settings` of a group's form, in all the languages of the words."""
    rows, choices = tuple(_rows(asked, words)), tuple(_choices(asked, words))
    content = json.dumps([rows, choices], ensure_ascii=False, sort_keys=True)
    title = words[MAIN]
    names = [f"{labels.text('language.name')} ({language})" for language, labels in words.items()]
    labelled, hinted, refused = (
        tuple(f"{column}::{name}" for name in names) for column in ("label", "hint", "constraint_message")
    )
    survey = (
        (
            "type",
            "name",
            *labelled,
            *hinted,
            "required",
            "relevant",
            "constraint",
            *refused,
            "appearance",
            "calculation",
        ),
        *(_cells(row, len(names)) for row in rows),
    )
    settings = (
        ("form_title", "form_id", "version", "default_language"),
        (
            f"{asked.title(title)} · {title.of(asked.group.title)}",
            f"parindex_{asked.name.replace('-', '_')}",
            hashlib.sha256(content.encode()).hexdigest()[:10],
            names[0],
        ),
    )
    listed = (("list_name", "name", *(f"label::{name}" for name in names)), *choices)
    sheets = {"survey": survey, "choices": listed, "settings": settings}
    return Book("", tuple(_sheet(name, own) for name, own in sheets.items()))


def _sheet(name: str, rows: Sequence[Sequence[str]]) -> Sheet:
    """Return a sheet of texts without any look: the first row names the columns."""
    sheet = Sheet(name, widths=(24,) * max(map(len, rows)), frozen=(1, 0), locked=False)
    for row, cells in enumerate(rows):
        for column, text in enumerate(cells):
            if text:
                sheet.put(row, column, text, "bare" if row else "line")
    return sheet


def _cells(row: _Row, languages: int) -> tuple[str, ...]:
    def each(texts: Sequence[str]) -> tuple[str, ...]:
        return tuple(map(_inert, texts)) or ("",) * languages

    return (
        *(row.type, row.name, *each(row.label), *each(row.hint), "yes" if row.required else "", row.relevant),
        *(row.constraint, *each(row.message), row.appearance, row.calculation),
    )


def _inert(text: str) -> str:
    """Return a text in which the programs of the field see no reference to another question."""
    return text.replace("${", "$ {")


def _rows(asked: Questionnaire, words: Words) -> Iterator[_Row]:
    yield _Row("start", "start")
    yield _Row("end", "end")
    yield _Row("calculate", "survey_group", calculation=f"'{asked.group.id}'")
    yield _Row("note", "intro", tuple(_intro(asked, labels) for labels in words.values()))
    yield from _about_the_form(asked, words)
    if asked.group.matrix:
        for number, item in enumerate(asked.items, 1):
            yield from _matrix(asked, item, words, number)
    else:
        yield _agency(asked, words)
        for number, item in enumerate(asked.items, 1):
            yield _question(asked, item, words, number)
    yield _Row("note", "thanks", _said(words, "questionnaire.thanks"))


def _intro(asked: Questionnaire, labels: Labels) -> str:
    lines = [labels.text("questionnaire.illustrative")] if asked.year.cycle.illustrative else []
    lines += [asked.title(labels), labels.text("questionnaire.privacy")]
    return "\n\n".join(lines)


def _about_the_form(asked: Questionnaire, words: Words) -> Iterator[_Row]:
    if asked.group.token:
        hint, message = _said(words, "questionnaire.token-hint"), _said(words, "questionnaire.token-wrong")
        label = _said(words, "questionnaire.token")
        yield _Row("text", "token", label, hint, True, constraint=f"regex(., '{_SERIAL}')", message=message)  # noqa: FBT003 - a row of a table
    if len(asked.plan.modes) > 1:
        yield _Row("select_one modes", "mode", _said(words, "questionnaire.mode"), required=True)
    else:
        yield _Row("calculate", "mode", calculation=f"'{''.join(asked.plan.modes)}'")
    if asked.group.own_agency == "exclude":
        label, hint = _said(words, "questionnaire.own-agency"), _said(words, "questionnaire.own-agency-hint")
        yield _Row("select_one workplaces", "own_agency", label, hint, required=True)


def _agency(asked: Questionnaire, words: Words) -> _Row:
    """Return the row that asks which agency a form is about; one's own is not rated where that is the rule."""
    own = asked.group.own_agency
    label = _said(words, "questionnaire.own-agency" if own == "only" else "questionnaire.agency")
    limit = ". != ${own_agency}" if own == "exclude" else ""
    message = _said(words, "questionnaire.not-own") if limit else ()
    return _Row("select_one agencies", "agency", label, required=True, constraint=limit, message=message)


def _question(asked: Questionnaire, item: QuestionItem, words: Words, number: int) -> _Row:
    left_out = [f"${{agency}} != '{slug}'" for slug in asked.agencies if slug not in item.agencies]
    return _Row(
        f"select_one {_list_of(item)}",
        column_name(item.question.id),
        _numbered(item.question.text, words, number),
        required=item.question.required,
        relevant=" and ".join([*left_out, *_not_skipped(item.question.skip_if, asked, None)]),
    )


def _matrix(asked: Questionnaire, item: QuestionItem, words: Words, number: int) -> Iterator[_Row]:
    """Yield a table of one question: a row for each agency, a column for each answer."""
    name = f"table_{column_name(item.question.id)}"
    yield _Row("begin_group", name, _numbered(item.question.text, words, number), appearance="table-list")
    for slug in item.agencies:
        own = [f"${{own_agency}} != '{slug}'"] if asked.group.own_agency == "exclude" else []
        yield _Row(
            f"select_one {_list_of(item)}",
            column_name(item.question.id, slug),
            tuple(labels.of(asked.agencies[slug].short) for labels in words.values()),
            required=item.question.required,
            relevant=" and ".join([*own, *_not_skipped(item.question.skip_if, asked, slug)]),
        )
    yield _Row("end_group", name)


def _not_skipped(skip: Skip | None, asked: Questionnaire, agency: str | None) -> Iterator[str]:
    """Yield the conditions under which a question is put; about an agency that nobody asks, nothing was answered."""
    if skip is not None and (agency is None or asked.asks(skip.question, agency)):
        yield from (f"${{{column_name(skip.question, agency)}}} != '{answer}'" for answer in skip.answers)


def _list_of(item: QuestionItem) -> str:
    return f"scale_{item.scale.id.replace('-', '_')}"


def _numbered(text: Text, words: Words, number: int) -> tuple[str, ...]:
    return tuple(f"{number}. {labels.of(text)}" for labels in words.values())


def _said(words: Words, key: str) -> tuple[str, ...]:
    return tuple(labels.text(key) for labels in words.values())


def _choices(asked: Questionnaire, words: Words) -> Iterator[tuple[str, ...]]:
    scales = {_list_of(item): item.scale for item in asked.items}
    for name, scale in scales.items():
        spoken = [options_of(scale, labels) for labels in words.values()]
        yield from ((name, option, *(_inert(options[option]) for options in spoken)) for option in spoken[0])
    if len(asked.plan.modes) > 1:
        yield from (("modes", mode, *_said(words, f"page.mode.{mode}")) for mode in asked.plan.modes)
    own = asked.group.own_agency == "exclude"
    for name in (*(() if asked.group.matrix else ("agencies",)), *(("workplaces",) if own else ())):
        for slug, agency in asked.agencies.items():
            yield name, slug, *(_inert(labels.of(agency.name)) for labels in words.values())
    if own:
        yield "workplaces", OTHER, *_said(words, "questionnaire.other-agency")

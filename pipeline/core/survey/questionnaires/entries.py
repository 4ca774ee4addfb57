"""A workbook for typing in a group's paper forms: one row a form, lists to choose from, limits; nobody's name.

Its headers name the question and the agency, so that the tally reads it like the export of any tool.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.workbook_model import Book, Limit, Sheet, letters
from pipeline.core.survey.questionnaires.questions import MOST_OF_A_SERIAL, QuestionItem, Questionnaire, options_of

_FEWEST_ROWS: Final = 100
_MOST_ROWS: Final = 2000  # a second copy of the workbook takes the forms beyond
_ROWS_WITHOUT_POPULATION: Final = 500


def rows_of(asked: Questionnaire) -> int:
    """Return how many forms a workbook takes: everybody of the group, within reason."""
    known = max(asked.group.population or 0, asked.group.quota or 0)
    return min(_MOST_ROWS, max(_FEWEST_ROWS, known)) if known else _ROWS_WITHOUT_POPULATION


def entry_book(asked: Questionnaire, labels: Labels) -> Book:
    """Return the workbook: the sheet to type in first, then how to, the questions, and the hidden lists."""
    lists = _EntryLists(labels.text("form.sheet.lists"))
    rows = rows_of(asked)
    columns = [*_about_the_form(asked, labels), *_answers(asked, labels)]
    page = Sheet(
        labels.text("questionnaire.sheet.entry"),
        widths=tuple(width for _, width, _, _ in columns),
        frozen=(1, sum(1 for _, _, _, answer in columns if not answer)),
        header=0,
    )
    for column, (title, _, choices, _) in enumerate(columns):
        page.put(0, column, title, "head")
        source = lists.range(choices) if choices else ""
        for row in range(1, rows + 1):
            if title == labels.text("questionnaire.column.day"):
                page.put(row, column, None, "in-date")
                low, high = asked.plan.fieldwork_from or "", asked.plan.fieldwork_to or ""
                page.limits.append(Limit((row, column), "date", low, high))
            elif source:
                page.put(row, column, None, "in-text")
                page.limits.append(Limit((row, column), "list", source=source))
            else:
                page.put(row, column, None, "in-code")
                page.limits.append(Limit((row, column), "text", high=str(MOST_OF_A_SERIAL)))
    title = f"{asked.title(labels)} · {labels.of(asked.group.title)}"
    return Book(title, (page, _help(asked, labels, title), _questions(asked, labels), lists.sheet))


def _about_the_form(asked: Questionnaire, labels: Labels) -> Iterator[tuple[str, float, tuple[str, ...], bool]]:
    """Yield title, width and choices of the columns that say which form it is."""
    agencies = tuple(labels.of(agency.short) for agency in asked.agencies.values())
    own = asked.group.own_agency
    yield labels.text("questionnaire.column.token"), 14, (), False
    yield (
        labels.text("questionnaire.column.mode"),
        14,
        tuple(labels.text(f"page.mode.{mode}") for mode in asked.plan.modes),
        False,
    )
    yield labels.text("questionnaire.column.day"), 13, (), False
    if own == "exclude":
        other = labels.text("questionnaire.other-agency")
        yield labels.text("questionnaire.column.own-agency"), 20, (*agencies, other), False
    if not asked.group.matrix:
        yield labels.text("questionnaire.column.agency"), 20, agencies, False


def _answers(asked: Questionnaire, labels: Labels) -> Iterator[tuple[str, float, tuple[str, ...], bool]]:
    for item, agency, _ in asked.columns():
        choices = tuple(options_of(item.scale, labels).values())
        yield header(item, agency, asked, labels), max(map(len, choices)) + 3, choices, True


def header(item: QuestionItem, agency: str | None, asked: Questionnaire, labels: Labels) -> str:
    """Return the header of an answer: the question's id, and the agency in brackets where a form rates several."""
    name = item.question.id
    return name if agency is None else f"{name} [{labels.of(asked.agencies[agency].short)}]"


def _help(asked: Questionnaire, labels: Labels, title: str) -> Sheet:
    sheet = Sheet(labels.text("questionnaire.sheet.help"), widths=(110,))
    sheet.put(0, 0, title, "title")
    if asked.year.cycle.illustrative:
        sheet.put(1, 0, labels.text("questionnaire.illustrative"), "banner")
    lines = ["one-row", "choose", "blank"]
    lines += ["skip"] if any(item.question.skip_if for item in asked.items) else []
    lines += ["own"] if asked.group.own_agency == "exclude" else []
    for row, line in enumerate((*lines, "nobody", "full", "send"), 3):
        sheet.put(row, 0, labels.text(f"questionnaire.entry.{line}", rows=rows_of(asked)), "help")
    return sheet


def _questions(asked: Questionnaire, labels: Labels) -> Sheet:
    sheet = Sheet(labels.text("questionnaire.sheet.questions"), widths=(10, 90, 60), frozen=(1, 0), header=0)
    for column, key in enumerate(("question", "text", "options")):
        sheet.put(0, column, labels.text(f"questionnaire.column.{key}"), "head")
    for row, item in enumerate(asked.items, 1):
        sheet.put(row, 0, item.question.id, "key")
        sheet.put(row, 1, labels.of(item.question.text), "locked")
        sheet.put(row, 2, "; ".join(options_of(item.scale, labels).values()), "locked")
    return sheet


class _EntryLists:
    """The hidden sheet of words to choose from, each list once."""

    def __init__(self, name: str) -> None:
        self.sheet = Sheet(name, hidden=True)
        self._known: dict[tuple[str, ...], str] = {}

    def range(self, choices: tuple[str, ...]) -> str:
        if choices not in self._known:
            column = len(self._known)
            for row, words in enumerate(choices):
                self.sheet.put(row, column, words, "plain")
            place = letters(column)
            self._known[choices] = f"'{self.sheet.name}'!${place}$1:${place}${len(choices)}"
        return self._known[choices]

"""The command survey form: what the field needs, a group's form for phones, for typing in and for paper."""

from __future__ import annotations

import argparse
from pathlib import Path

from pipeline.adapters import words
from pipeline.adapters.messages import LANGUAGES
from pipeline.adapters.templates import Engine
from pipeline.adapters.workbooks import form_workbook, plain_workbook
from pipeline.commands.common import refuse, repository_of, surveyed_year, tell_progress, write_all
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.core.survey.questionnaires.entries import entry_book
from pipeline.core.survey.questionnaires.papers import paper
from pipeline.core.survey.questionnaires.questions import OWN_NAMES, Questionnaire, questionnaires_of
from pipeline.core.survey.questionnaires.xlsforms import xlsform
from pipeline.flows.report import TEMPLATES, template_of
from pipeline.flows.snapshot import load_labels, take

TEMPLATE = "questionnaire.docx"


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Write the files of one group, or of every group that answers forms."""
    repository = repository_of(options)
    snapshot = take(repository, options.rev)
    year = surveyed_year(snapshot, options.year)
    if year is None:
        return refuse(snapshot.problems_of_year(options.year), labels)
    wrong = [problem for problem in snapshot.problems_of_year(year.name) if problem.is_error]
    wrong = [problem for problem in wrong if year.survey is not None and problem.path == year.survey.source.path]
    if wrong:
        return refuse(wrong, labels)
    asked = {each.group.id: each for each in questionnaires_of(year)}
    if options.group is not None and options.group not in asked:
        raise ParindexError("unknown-group", group=options.group, year=year.name, allowed=", ".join(asked))
    taken = sorted(OWN_NAMES & {item.question.id for each in asked.values() for item in each.items})
    if taken:
        raise ParindexError("form-question-id", question=", ".join(taken))
    chosen = [each for name, each in asked.items() if options.group in {None, name}]
    template = template_of(repository, options.rev, TEMPLATE)
    made: dict[str, bytes] = {}
    for each in chosen:
        made |= _files(each, template, labels)
        tell_progress(labels.text("questionnaire.writing", count=len(made)))
    write_all({Path(options.output) / name: data for name, data in made.items()})
    print(labels.text("questionnaire.made", count=len(made), groups=len(chosen), path=options.output))
    return 0


def _files(asked: Questionnaire, template: bytes, labels: Labels) -> dict[str, bytes]:
    """Return a group's files by name."""
    spoken = {language: load_labels(language) for language in LANGUAGES}
    title = f"{asked.title(labels)} · {labels.of(asked.group.title)}"
    return {
        f"{asked.name}_xlsform.xlsx": plain_workbook(xlsform(asked, spoken)),
        f"{asked.name}_nhap-phieu.xlsx": form_workbook(entry_book(asked, labels), labels),
        f"{asked.name}_phieu-giay.docx": words.document(
            template, paper(asked, labels), name=f"{TEMPLATES}/{TEMPLATE}", title=title, engines=Engine
        ),
    }

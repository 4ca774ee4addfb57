"""The command survey form: what the field needs, a group's form for phones, for typing in and for paper."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from pipeline.adapters import words
from pipeline.adapters.messages import LANGUAGES
from pipeline.adapters.templates import Engine
from pipeline.adapters.workbooks import workbook
from pipeline.commands.common import data_of, known_group, refuse_errors, surveyed_year, tell_progress, write_all
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.core.survey.questionnaires.entries import entry_book
from pipeline.core.survey.questionnaires.papers import paper
from pipeline.core.survey.questionnaires.questions import OWN_NAMES, Questionnaire, questionnaires_of
from pipeline.core.survey.questionnaires.xlsforms import xlsform
from pipeline.flows.report import TEMPLATES, template_of
from pipeline.flows.snapshot import words_of

TEMPLATE = "questionnaire.docx"


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Write the files of one group, or of every group that answers forms."""
    repository, snapshot, labels = data_of(options, labels, units=())
    year, survey = surveyed_year(snapshot, options.year, labels)
    refuse_errors([problem for problem in snapshot.problems if problem.path == survey.source.path], labels)
    asked = {each.group.id: each for each in questionnaires_of(year)}
    chosen = list(asked.values()) if options.group is None else [known_group(asked, options.group, year)]
    taken = sorted(OWN_NAMES & {item.question.id for each in asked.values() for item in each.items})
    if taken:
        raise ParindexError("form-question-id", question=", ".join(taken))
    spoken = {language: words_of(snapshot.tree, language) for language in LANGUAGES}
    template = template_of(repository, options.rev, TEMPLATE)
    made: dict[str, bytes] = {}
    for each in chosen:
        made |= _files(each, template, labels, spoken)
        tell_progress(labels.text("questionnaire.writing", count=len(made)))
    write_all({Path(options.output) / name: data for name, data in made.items()})
    print(labels.text("questionnaire.made", count=len(made), groups=len(chosen), path=options.output))
    return 0


def _files(asked: Questionnaire, template: bytes, labels: Labels, spoken: Mapping[str, Labels]) -> dict[str, bytes]:
    """Return a group's files by name."""
    title = f"{asked.title(labels)} · {labels.of(asked.group.title)}"
    return {
        f"{asked.name}_xlsform.xlsx": workbook(xlsform(asked, spoken), labels),
        f"{asked.name}_nhap-phieu.xlsx": workbook(entry_book(asked, labels), labels),
        f"{asked.name}_phieu-giay.docx": words.document(
            template, paper(asked, labels), name=f"{TEMPLATES}/{TEMPLATE}", title=title, engines=Engine
        ),
    }

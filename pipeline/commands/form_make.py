"""The command form make: the forms of a stage, as workbooks or as web pages."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pipeline.commands.common import data_of, existing_stage, readable_year, tell_progress, write_all
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.core.record.layout import unit_of
from pipeline.core.record.model import Year
from pipeline.core.record.stages import SURVEY
from pipeline.flows import dossiers, forms, web_forms
from pipeline.flows.snapshot import Snapshot


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Make the forms of one agency, of one body, or of all."""
    if options.all == (options.agency is not None or options.body is not None):
        raise ParindexError("form-for-whom")
    units = None if options.agency is None else unit_of(options.year, options.agency)
    repository, snapshot, labels = data_of(options, labels, units=units)
    year = readable_year(snapshot, options.year, labels)
    stage = existing_stage(year, options.stage, beside=(SURVEY,))
    body, agencies = options.body, [] if options.agency is None else [options.agency]
    if options.web:
        if body is not None:
            forms.body_has_form(year, stage, body)
        store = dossiers.named_store(repository) if year.cycle.stages.kind(stage) in ("appraise", "decide") else None
        year = replace(year, dossiers={} if store is None else year.dossiers)
        if store is not None:
            dossiers.lay_out(store, [year], Path(options.output), only=agencies)
        made = web_forms.bundle(snapshot, repository, year, stage, agencies=agencies, body=body, labels=labels)
        count = sum(path.endswith("/index.html") for path in made)
    else:
        made = _workbooks(snapshot, year, stage, agencies, body=body, labels=labels)
        count = len(made)
    write_all({Path(options.output) / path: data for path, data in made.items()})
    print(labels.text("form.made-web" if options.web else "form.made", count=count, path=options.output))
    return 0


def _workbooks(
    snapshot: Snapshot, year: Year, stage: str, agencies: list[str], *, body: str | None, labels: Labels
) -> Mapping[str, bytes]:
    made: dict[str, bytes] = {}
    for form in forms.forms_of(snapshot, year.name, stage, agencies=agencies, body=body, labels=labels):
        made[forms.name_of(form)] = forms.make(snapshot, form)
        tell_progress(labels.text("form.writing", count=len(made)))
    return made

"""The command form issue: forms with their ids and ready mails, entered in the list of issued forms; or taken back."""

from __future__ import annotations

import argparse
import base64
import secrets
import sys
from itertools import islice
from pathlib import Path

from pipeline.commands import common
from pipeline.core.forms.asking import Form
from pipeline.core.forms.issues import day_findings
from pipeline.core.forms.read_tables import FormFinding
from pipeline.core.forms.receipts import problems_at_cells
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.core.record.layout import unit_of
from pipeline.core.record.model import IssuedForm
from pipeline.core.record.stages import SURVEY
from pipeline.flows import forms, issue
from pipeline.flows.agency_units import taken_alone
from pipeline.flows.snapshot import Readings, take

_RANDOM = 16  # bytes, of which 125 bits are used


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Issue the forms of one agency, of one body, or of all; or make some again, or take some back."""
    named, told = options.agency is not None or options.body is not None, options.revoke or options.again
    if (options.all or named) if told else (options.all == named):
        raise ParindexError("form-for-whom")
    if options.output is None and not options.revoke:
        raise ParindexError("form-issue-where")
    readings = Readings()
    units = None if options.agency is None else unit_of(options.year, options.agency)
    repository, snapshot, labels = common.data_of(options, labels, readings, units=units)
    year = common.readable_year(snapshot, options.year, labels)
    stage = common.existing_stage(year, options.stage, beside=(SURVEY,))
    made = issue.Issuing(repository, snapshot, year, stage, labels)
    day = common.day_to_go_by(options.today, snapshot)[0]
    with common.only_writer(repository.root):
        path = common.place_in(repository, made.path)
        data = common.read_file(path, forms.MAX_BYTES) if path.exists() else b""
        listed = issue.listed_in(made, data, readings)
        late: list[FormFinding] = []
        entries = [issue.known(listed, one, stage) for one in dict.fromkeys(told or ())]
        if options.revoke:
            common.write(path, issue.revoked(data, entries, day))
        elif options.again:
            for entry in entries:
                _write_again(options, made, entry, readings)
        else:
            last = issue.versions_of(listed)
            for form in issue.forms_for(made, options.agency, options.body):
                entry = issue.entry_for(form, last, issue=_new_id(), day=day, commit=snapshot.tree.commit)
                _write(options, made, form, entry)
                entries.append(entry)
                late += day_findings(form, day, file=made.path)
            common.write(path, issue.with_entries(data, entries))
    done = "revoked" if options.revoke else "issued-again" if options.again else "issued"
    print(labels.text(f"form.{done}", count=len(entries), folder=options.output, path=made.path))
    after = (one for one in late if one.problem.code == "form-after-stage")  # forms go out before a stage opens
    print(problems_at_cells(made.path, islice(after, 1), labels), end="", file=sys.stderr)
    return 0


def _new_id() -> str:
    """Return an id that nobody can guess: `p` and 25 random signs of base32."""
    return f"p{base64.b32encode(secrets.token_bytes(_RANDOM)).decode().lower()[:25]}"


def _write_again(options: argparse.Namespace, made: issue.Issuing, entry: IssuedForm, readings: Readings) -> None:
    """Write a form that was issued before, from the data that it was made from."""
    revision = entry.commit or options.rev
    if entry.agency is None:
        then = take(made.repository, revision, readings)
    else:
        then, _ = taken_alone(made.repository, revision, readings, unit_of(made.year.name, entry.agency))
    year = common.readable_year(then, made.year.name, made.labels)
    old = issue.Issuing(made.repository, then, year, made.stage, made.labels)
    for form in issue.forms_for(old, entry.agency, entry.body):
        _write(options, old, form, entry)


def _write(options: argparse.Namespace, made: issue.Issuing, form: Form, entry: IssuedForm) -> None:
    common.write_all({Path(options.output) / name: data for name, data in issue.parcel(made, form, entry).items()})
    common.tell_progress(made.labels.text("form.issuing", whose=form.whose))

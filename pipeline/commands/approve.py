"""The command approve: add the computed table to approval.yml."""

from __future__ import annotations

import argparse
import sys
from decimal import Decimal

from pipeline import VERSION
from pipeline.commands.common import (
    before_approval,
    data_of,
    day_of,
    existing_year,
    progress,
    refuse_errors,
    tell_owed,
    write,
)
from pipeline.core.ground.labels import Labels
from pipeline.core.index.approved_table import approval_entry
from pipeline.core.index.pending import awaited
from pipeline.core.index.scoring import score
from pipeline.core.record.layout import path_of, place
from pipeline.core.rounds.seals import unsealed
from pipeline.core.survey.protection_words import problems_of
from pipeline.flows import writing
from pipeline.flows.releases import protected
from pipeline.flows.snapshot import fields_of, with_file


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Write the computed table as a new approval, unless what would stand then has errors."""
    repository, snapshot, labels = data_of(options, labels)
    year = existing_year(snapshot, options.year)
    refuse_errors(before_approval(snapshot, year), labels)
    results = score(snapshot.world.years[year])
    owed = awaited(results.year)
    if owed:
        print(labels.text("approve.incomplete", year=year), file=sys.stderr)
        tell_owed(owed, snapshot, labels)
        return 1
    with progress(labels.text("progress.attacking")):
        found = protected(repository, snapshot, year, None) if results.year.survey else ()
    open_rows = tuple(problems_of(results.year, found))
    if options.accept_disclosure is None:
        refuse_errors(open_rows, labels)
    path = path_of(year, "approval")
    shape = fields_of(snapshot.tree).of(place(path)).child("approvals").entry()
    entry = approval_entry(
        results,
        number=options.number,
        date=day_of(options.date),
        publish_from=None if options.publish_from is None else day_of(options.publish_from),
        reason=options.reason,
        withdraws=options.withdraws,
        disclosure=options.accept_disclosure if open_rows else None,
        engine=VERSION if shape.knows("engine") else None,  # schemas that were pinned before may refuse it
    )
    known = snapshot.tree.files.get(path)
    if known is None:
        data = writing.dump({"format": Decimal(1), "approvals": [entry]})
    else:
        data = writing.edit(known.data, {("approvals", len(results.year.decisions)): entry})
    # What is approved is never rewritten, so nothing is written that would not stand.
    refuse_errors(with_file(snapshot, path, data).problems_of_year(year), labels)
    waiting = unsealed(results.year)
    if waiting:
        stages = ", ".join(map(labels.stage, waiting))
        print(labels.text("approve.unsealed", year=year, stages=stages), file=sys.stderr)
        return 1
    write(repository.root / path, data)
    if open_rows:
        print(labels.text("disclosure.accepted", count=len(open_rows)))
    print(labels.text("approve.done", number=options.number, path=path, agencies=len(results.agencies)))
    return 0

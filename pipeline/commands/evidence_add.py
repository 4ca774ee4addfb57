"""The command evidence add: files into the dossier of an agency and the store."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from pipeline.commands import common
from pipeline.core.forms.read_tables import finding
from pipeline.core.forms.receipts import problems_at_cells
from pipeline.core.ground.characters import shown
from pipeline.core.ground.labels import Labels
from pipeline.flows import dossiers, packages


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Put files into the store, list them in the dossier, and let the lines of their documents cite them."""
    repository, snapshot, labels = common.data_of(options, labels)
    year = common.readable_year(snapshot, options.year, labels)
    agency = year.known_agency(options.agency).slug
    common.existing_stage(year, options.stage)
    read = {name: packages.file_of(Path(name), Path(name).name) for name in options.files}
    named = {"criterion": options.criterion, "number": options.number}
    given = {name: replace(file, **named) for name, file in read.items() if file is not None}
    day = common.day_to_go_by(options.today, snapshot)[0]
    made, found = dossiers.added(snapshot, year, options.stage, agency, tuple(given.values()), day=day)
    told = [finding("evidence-file-refused", agency, found=shown(name)) for name in read if name not in given]
    told += found.findings
    sys.stdout.write(problems_at_cells(agency, told, labels))
    if any(one.problem.is_error for one in told):
        return 1
    store, taken = dossiers.store_of(repository), {file.sha256 for file in found.taken}
    with common.only_writer(repository.root):
        for name, file in given.items():
            if file.sha256 in taken:
                store.put(file.sha256, packages.pieces(Path(name)))
        common.write_all({common.place_in(repository, at): data for at, data in made.items()})
    print(labels.text("evidence.added", count=len(found.taken), agency=labels.of(year.agencies[agency].short)))
    return 0

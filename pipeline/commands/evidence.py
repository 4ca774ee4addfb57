"""The parts of the command evidence: files into the dossiers of agencies and the store, what is there, what is owed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from pipeline.commands import common
from pipeline.core.forms.receipts import problems_at_cells
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import DataError
from pipeline.core.index.evidence import AWAITED, BROKEN, EvidenceRow, evidence_json, evidence_of, evidence_text
from pipeline.flows import dossiers, packages
from pipeline.flows.snapshot import Snapshot


def run_add(options: argparse.Namespace, labels: Labels) -> int:
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
    told = [packages.refusal(agency, Path(name), name) for name in read if name not in given]
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


def run_list(options: argparse.Namespace, labels: Labels) -> int:
    """List the documents that lines cite, and the files of the dossiers, of a year or of one of its agencies."""
    _, snapshot, labels = common.data_of(options, labels)
    _tell(options, _rows(options, snapshot, labels), snapshot, labels)
    return 0


def run_verify(options: argparse.Namespace, labels: Labels) -> int:
    """Read again the files of all years, or of one; what is gone or other than it was handed in is an error."""
    repository, snapshot, labels = common.data_of(options, labels)
    years = snapshot.world.years.values()
    asked = [row for year in years if options.year in (None, year.name) for row in evidence_of(year)]
    with common.progress(labels.text("progress.proving")):
        rows = dossiers.proved_rows(
            [row for row in asked if row.state != AWAITED], dossiers.store_of(repository).digest
        )
    _tell(options, rows, snapshot, labels)
    return int(any(row.state in BROKEN for row in rows))


def run_missing(options: argparse.Namespace, labels: Labels) -> int:
    """List what the secretariat still has to ask for; a file that should lie in the store and does not is an error."""
    repository, snapshot, labels = common.data_of(options, labels)
    rows = _rows(options, snapshot, labels)
    if any(row.file is not None for row in rows):
        store = dossiers.store_of(repository)
        rows = dossiers.proved_rows(rows, lambda digest: digest if store.has(digest) else None)
    told = tuple(row for row in rows if row.state in BROKEN | {AWAITED})
    _tell(options, told, snapshot, labels)
    return int(any(row.state in BROKEN for row in told))


def run_destroy(options: argparse.Namespace, labels: Labels) -> int:
    """Enter the decision into the dossiers, then take out of the store what no dossier keeps any more."""
    repository, snapshot, labels = common.data_of(options, labels)
    year = common.readable_year(snapshot, options.year, labels)
    agencies = list(year.agencies) if options.agency is None else [year.known_agency(options.agency).slug]
    listed = {digest for agency in agencies for digest in year.dossiers.get(agency, {})}
    if unknown := [digest[:64] for digest in options.digests if digest not in listed]:
        raise DataError(f"{labels.text('evidence.unknown', year=year.name, names=', '.join(unknown))}\n")
    decision = {"number": options.number, "date": common.day_of(options.date)}
    store = dossiers.store_of(repository)
    files = dossiers.destroyed(snapshot, year, agencies, options.digests, decision)
    with common.only_writer(repository.root):
        common.write_all({common.place_in(repository, path): data for path, data in files.items()})
        gone = dossiers.emptied(store, common.data_of(options, labels)[1].world.years.values())
    print(labels.text("evidence.gone", count=gone, year=year.name, number=options.number))
    return 0


def _rows(options: argparse.Namespace, snapshot: Snapshot, labels: Labels) -> tuple[EvidenceRow, ...]:
    """Return the evidence of the year that was typed, or of one of its agencies."""
    year = common.readable_year(snapshot, options.year, labels)
    return tuple(evidence_of(year, None if options.agency is None else year.known_agency(options.agency).slug))


def _tell(options: argparse.Namespace, rows: Iterable[EvidenceRow], snapshot: Snapshot, labels: Labels) -> None:
    listed = tuple(rows)

    def name(row: EvidenceRow) -> str:
        agency = snapshot.world.years[row.year].agencies.get(row.agency)
        return f"{row.year} {labels.of(agency.short) if agency is not None else row.agency}"

    common.tell(options.format, table=lambda: evidence_text(listed, name, labels), json=lambda: evidence_json(listed))

"""The command evidence destroy: files whose time is over leave the store by a decision; dossiers keep the record."""

from __future__ import annotations

import argparse

from pipeline.commands import common
from pipeline.core.ground.labels import Labels
from pipeline.flows import dossiers


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Enter the decision into the dossiers, then take out of the store what no dossier keeps any more."""
    repository, snapshot, labels = common.data_of(options, labels)
    year = common.readable_year(snapshot, options.year, labels)
    agencies = list(year.agencies) if options.agency is None else [year.known_agency(options.agency).slug]
    decision = {"number": options.number, "date": common.day_of(options.date)}
    store = dossiers.store_of(repository)
    files = dossiers.destroyed(snapshot, year, agencies, options.digests, decision)
    with common.only_writer(repository.root):
        common.write_all({common.place_in(repository, path): data for path, data in files.items()})
        gone = dossiers.emptied(store, common.data_of(options, labels)[1].world.years.values())
    print(labels.text("evidence.gone", count=gone, year=year.name, number=options.number))
    return 0

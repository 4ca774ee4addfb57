"""The command export: the open data of a year."""

from __future__ import annotations

import argparse
from pathlib import Path

from pipeline.commands.common import data_of, day_to_go_by, new_folder, sound_year, tell_progress, write_below
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.core.publish.opendata.descriptions import is_of_bundle
from pipeline.flows import export


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Write the bundle, whole or not at all; exit code 1 where the year's data has errors."""
    output = Path(options.output)
    _refuse_foreign(output)
    _, snapshot, labels = data_of(options, labels)
    year = sound_year(snapshot, options.year, labels).name
    today, origin = day_to_go_by(options.today, snapshot)
    files = export.bundle(snapshot, year=year, audience=options.audience, today=today)
    if options.sign is not None:
        files = export.signed(files, Path(options.sign).expanduser())
    tell_progress(labels.text("site.writing", pages=len(files)))
    with new_folder(output) as folder:
        write_below(folder, files)
    print(
        labels.text(
            "export.written",
            year=year,
            files=len(files),
            size=sum(map(len, files.values())),
            path=options.output,
            audience=labels.text(f"site.audience.{options.audience}"),
            today=labels.date(today),
            origin=labels.text(f"site.origin.{origin}"),
            commit=(snapshot.tree.commit or "–")[:12],
        )
    )
    return 0


def _refuse_foreign(folder: Path) -> None:
    """Leave a folder alone that holds anything but a bundle, for it would be replaced whole."""
    if not folder.exists() and not folder.is_symlink():
        return
    found = sorted(path for path in folder.rglob("*") if not path.is_dir()) if folder.is_dir() else [folder]
    for path in found:
        name = path.relative_to(folder).as_posix() if path != folder else path.name
        if path == folder or not is_of_bundle(name):
            raise ParindexError("not-our-folder", path=str(folder), file=name[:80])

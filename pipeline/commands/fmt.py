"""The command fmt: files that people wrote, in one order and style, so that a difference shows what was meant."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from pipeline.commands.common import data_of, place_in, write_all
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.core.record import layout
from pipeline.core.record.layout import STAGE, Place
from pipeline.core.record.model import World
from pipeline.flows import writing
from pipeline.flows.snapshot import fields_of

_SIGNED: Final = {"seal", "approval", "amendment", "moments"}  # what stays as it was signed, or as a program wrote it


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Write anew the files that need it and name them; with `--check` only name them, and end with 1."""
    repository, snapshot, labels = data_of(options, labels)
    files = {path: file for path, file in snapshot.tree.files.items() if path.startswith(layout.DATA) and file.plain}
    if options.files:
        files = {path: files[path] for path in (_path(name, repository.root, set(files)) for name in options.files)}
    fields = fields_of(snapshot.tree)
    new: dict[str, bytes] = {}
    closed = 0
    for path, file in sorted(files.items()):
        place = layout.place(path)
        if place is None or not _may_be_styled(place, snapshot.world):
            closed += place is not None
        elif (data := writing.tidy(file.data, fields.of(place))) != file.data:
            new[path] = data
    if not options.check:
        write_all({place_in(repository, path): data for path, data in new.items()})
    for path in new:
        print(path)
    what = "written" if not options.check else "wanted" if new else "tidy"
    said = labels.text(f"fmt.{what}", count=len(new), files=len(files) - closed)
    print(said + (labels.text("fmt.closed", count=closed) if closed else ""))
    return int(options.check and bool(new))


def _path(name: str, root: Path, known: set[str]) -> str:
    """Return where a file that was typed stands in the repository."""
    typed = Path(name).absolute()
    path = typed.relative_to(root).as_posix() if typed.is_relative_to(root) else ""
    if path not in known:
        raise ParindexError("fmt-no-file", path=name[:200])
    return path


def _may_be_styled(place: Place, world: World) -> bool:
    """Tell whether a file may still change its style: no seal and no approval lists its bytes."""
    year = world.years.get(place.year or "")
    if place.kind in _SIGNED or (year is None and place.year is not None):
        return False
    if year is None or not (year.sealed or year.approvals):
        return True
    return place.kind == STAGE and not year.is_closed(place.stage or "")

"""The command schema: a year's own codes for whoever edits its files by hand, as schemas that an editor reads."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from pipeline.commands.common import data_of, new_folder, readable_year, write_below
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.core.ground.text import to_json
from pipeline.core.record.editor_schemas import editor_schemas, patterns
from pipeline.flows.snapshot import schemas_in

_ENDING = ".schema.json"
_SETTINGS = "yaml-schemas.json"


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Print the schemas of a year by name, or write each into a folder with what an editor needs to find them."""
    repository, snapshot, labels = data_of(options, labels, units=())
    year = readable_year(snapshot, options.year, labels)
    made = editor_schemas(schemas_in(snapshot.tree, year.cycle.format), snapshot.world, year, labels)
    if options.output is None:
        sys.stdout.write(to_json(made))
        return 0
    folder = Path(options.output)
    seen = Path(os.path.relpath(folder.absolute(), repository.root)).as_posix()
    files = {f"{name}{_ENDING}": to_json(schema).encode() for name, schema in made.items()}
    files[_SETTINGS] = to_json({"yaml.schemas": patterns(f"./{seen}", made, year)}).encode()
    if folder.is_file() or any(path.name not in files for path in folder.glob("*")):
        raise ParindexError("schema-other-files", path=options.output)
    with new_folder(folder) as new:
        write_below(new, files)
    settings = folder / _SETTINGS
    print(labels.text("schema.written", count=len(made), year=year.name, path=folder, settings=settings))
    return 0

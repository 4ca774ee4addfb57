"""From a tree to a snapshot: read every file, judge its shape, make records, judge the laws.

This is the main flow, top to bottom: commit -> tree -> documents -> records -> problems; scores follow from
`core.scoring`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipeline.adapters import documents
from pipeline.adapters.messages import label_files
from pipeline.adapters.repository import File, Repository, Tree
from pipeline.adapters.schemas import Schemas, compile_schemas
from pipeline.core import layout
from pipeline.core.checks import problems_of
from pipeline.core.labels import Labels, labels_from
from pipeline.core.model import World
from pipeline.core.problems import ParindexError, Problem, in_order
from pipeline.core.reading import Placed, read_world


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that one tree says, and everything wrong with it."""

    tree: Tree
    world: World
    problems: tuple[Problem, ...]
    examined: int  # files of data that were read

    def problems_of_year(self, year: str) -> tuple[Problem, ...]:
        """Return the problems of one year's files and of those that belong to no year."""
        return tuple(problem for problem in self.problems if _belongs(problem.path, year))


def take(repository: Repository, revision: str | None) -> Snapshot:
    """Read a revision, or the working tree where it is None, into a snapshot."""
    tree = repository.tree(revision, layout.DATA.rstrip("/"), layout.SCHEMAS.rstrip("/"))
    return read(tree)


def read(tree: Tree) -> Snapshot:
    """Read a tree of data and schemas into a snapshot."""
    schemas = compile_schemas({path: f.data for path, f in tree.files.items() if path.startswith(layout.SCHEMAS)})
    files = {path: file for path, file in tree.files.items() if path.startswith(layout.DATA)}
    placed: list[Placed] = []
    problems: list[Problem] = list(_missing_files(files))
    for path in sorted(files):
        found = _place(files[path], schemas, problems)
        if found is not None:
            placed.append(found)
    world = read_world(placed)
    wrong = [problem.path for problem in problems if problem.is_error]
    misread = [year for year in world.years if any(_belongs(path, year) for path in wrong)]
    problems.extend(problems_of(world, misread=misread))
    return Snapshot(tree, world, in_order(problems), len(files))


def _place(file: File, schemas: Schemas, problems: list[Problem]) -> Placed | None:
    place = layout.place(file.path)
    if place is None:
        problems.append(Problem("misplaced-file", "error", file.path, 1, 1))
        return None
    if not file.plain:
        problems.append(Problem("not-a-plain-file", "error", file.path, 1, 1))
        return None
    document = documents.read(file.path, file.data)
    problems.extend(document.problems)
    shape = schemas.problems(place.schema, document) if document.root is not None else ()
    problems.extend(entry.problem for entry in shape)
    return Placed(
        place=place,
        document=document,
        spoiled=tuple(entry.pointer for entry in shape if entry.problem.is_error),
        blob=file.blob,
        sha256=hashlib.sha256(file.data).hexdigest() if place.kind == "survey-counts" else "",
    )


def _missing_files(files: Mapping[str, File]) -> Iterator[Problem]:
    years = {parts[1] for path in files if len(parts := path.split("/")) > 2 and layout.is_year(parts[1])}
    for year in sorted(years):
        for kind in layout.OWED_BY_YEAR:
            path = layout.path_of(year, kind)
            if path not in files:
                yield Problem("missing-file", "error", path, 1, 1, {"year": year})


def _belongs(path: str, year: str) -> bool:
    parts = path.split("/")
    return len(parts) < 3 or parts[1] == year


def load_labels(language: str) -> Labels:
    """Load one language's words from the package."""
    trees = []
    for name, prefix, data in label_files(language):
        document = documents.read(name, data)
        if document.root is None:
            raise ParindexError("labels-broken", path=name)
        trees.append((prefix, document.root))
    return labels_from(language, trees)

"""From a tree to a snapshot: read every file, judge its shape, make records, judge the laws.

This is the main flow, top to bottom: commit -> tree -> documents -> records -> problems; scores follow from
`core.index.scoring`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain
from typing import Any, Final, TypeAlias

from pipeline.adapters import documents
from pipeline.adapters.program import program_files
from pipeline.adapters.repository import File, Repository, Tree, blob_id
from pipeline.adapters.schemas import Schemas, compile_schemas
from pipeline.core.ground import nodes
from pipeline.core.ground.labels import Labels, with_own_words
from pipeline.core.ground.mappings import Alike
from pipeline.core.ground.nodes import Document
from pipeline.core.ground.problems import ParindexError, Problem, has_errors, in_order
from pipeline.core.index.agency_facts import JudgedAgency
from pipeline.core.index.laws import RuleProblems, judged_in, problems_of
from pipeline.core.index.pending import Pending, pending
from pipeline.core.index.scoring import Results, score
from pipeline.core.record import layout
from pipeline.core.record.access import ACCESS, Access, read_access, strangers, unknown_rights, unsigned_pages
from pipeline.core.record.access import PATH as ACCESS_PATH
from pipeline.core.record.lifting import format_of, lifted_document
from pipeline.core.record.model import World, Year
from pipeline.core.record.privacy import PERSONAL_DATA, is_table, personal_data
from pipeline.core.record.reading import Placed, read_rules, read_world, stages_of
from pipeline.core.record.schema_fields import SchemaFields, schemas_from
from pipeline.core.record.schema_fields import Schemas as SchemaTexts
from pipeline.core.record.shapes import ShapeProblem, take_text
from pipeline.core.record.stages import Stages
from pipeline.flows.wording import load_labels, words_in

_PLACED_BY_YEAR: Final = (layout.STAGE, "amendment")  # kinds whose shape depends on the stages of their year


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that one tree says, and everything wrong with it."""

    tree: Tree
    world: World
    problems: tuple[Problem, ...]
    examined: int  # files of data that were read

    @property
    def folders(self) -> frozenset[str]:
        """Return the names of the folders below `data/`."""
        return frozenset(path.split("/")[1] for path in self.tree.files if path.startswith(layout.DATA))

    def results(self, year: Year) -> Results:
        """Return the results of a year."""
        return score(year)

    def pending(self, year: Year, today: str | None) -> tuple[Pending, ...]:
        """Return what the open stages of a year owe on a day; without a day a stage is open from its first file on."""
        return pending(year, today)

    def problems_of_year(self, year: str) -> tuple[Problem, ...]:
        """Return the problems of one year's files and of those that belong to no year."""
        return tuple(problem for problem in self.problems if belongs(problem.path, year))


@dataclass(frozen=True, slots=True)
class Reading:
    """One file as read: with its place where it has one, and what is wrong with its shape."""

    placed: Placed | None
    problems: tuple[Problem, ...] = ()


FileId: TypeAlias = tuple[str, str, bool]  # path, blob, whether it is a plain file
ReadAs: TypeAlias = tuple[FileId, Stages | None]  # a file of a stage is read as the stages of its year say
SchemasId: TypeAlias = tuple[FileId, ...]
RulesId: TypeAlias = tuple[SchemasId, tuple[str, ...], tuple[str, ...]]  # years, and the files of no single agency


@dataclass(frozen=True, slots=True)
class Readings:
    """What was read before, so that states that share files are read once."""

    schemas: dict[SchemasId, Schemas] = field(default_factory=dict)
    files: dict[SchemasId, dict[ReadAs, Reading]] = field(default_factory=dict)
    rules: dict[RulesId, World] = field(default_factory=dict)


def take(repository: Repository, revision: str | None, readings: Readings | None = None) -> Snapshot:
    """Read a revision, or the working tree where it is None, into a snapshot.

    Raises:
        ParindexError: There is no data, so that a command in the wrong folder never says that all is well.
    """
    tree = repository.tree(revision, *layout.FOLDERS)
    if not any(path.startswith(layout.DATA) for path in tree.files):
        raise ParindexError("no-data", path=str(repository.root))
    return read(tree, readings)


def read(tree: Tree, readings: Readings | None = None, units: Collection[layout.Unit] | None = None) -> Snapshot:
    """Read a tree of data, and of schemas where it pins its own, into a snapshot.

    Args:
        readings: what was read of other trees; what this one reads is put there as well.
        units: the agencies that are judged, where the tree has the files of some alone.
    """
    files = {path: file for path, file in tree.files.items() if path.startswith(layout.DATA)}
    readings = Readings() if readings is None else readings
    found = readings_of(tree, files, readings)
    placed = [reading.placed for reading in found if reading.placed is not None]
    world = read_world(placed, _rules_of(tree, placed, readings))
    shape = [problem for reading in found for problem in reading.problems]
    shape.extend(mixed(placed, formats_of(placed)))
    problems = all_problems(files, placed, shape, world, judged_in(world, units))
    return Snapshot(tree, world, problems, len(files))


def _rules_of(tree: Tree, placed: Iterable[Placed], readings: Readings) -> World:
    """Return what the files of no single agency say, read once."""
    ruling = [file for file in placed if file.place.unit is None]
    years = tuple(sorted({file.place.year for file in placed if file.place.year is not None}))
    key = _schemas(tree, readings)[0], years, tuple(f"{file.document.path} {file.blob}" for file in ruling)
    if key not in readings.rules:
        readings.rules[key] = read_rules(ruling, years)
    return readings.rules[key]


def all_problems(
    paths: Iterable[str],
    placed: Iterable[Placed],
    shape: Iterable[Problem],
    world: World,
    judged: Mapping[str, Alike[JudgedAgency]],
    *,
    years: Iterable[str] = (),
    rules: RuleProblems | None = None,
) -> tuple[Problem, ...]:
    """Return everything that is wrong, in order.

    Args:
        placed: those that were read, of which access.yml is looked at.
        world: the records, of all agencies or of none.
        years: those of which there are files, where paths do not name them all.
        rules: what is wrong with the rules, where it was asked before.
    """
    problems = [*_missing_files(set(paths), years), *shape]
    if not world.unread_years:
        kinds = {stage.name: stage.kind for year in world.years.values() for stage in year.cycle.stages}
        agencies = dict.fromkeys(chain.from_iterable(year.agencies for year in world.years.values()))
        for file in placed:
            if file.place.kind == ACCESS:
                problems.extend(unknown_rights(file.document, kinds))
                problems.extend(unsigned_pages(file.document, kinds))
                problems.extend(strangers(file.document, world.bodies, agencies))
    withdrawn = frozenset[str]().union(*(year.withdrawn for year in world.years.values()))
    wrong = [problem.path for problem in problems if problem.is_error and problem.path not in withdrawn]
    misread = [year for year in world.years if any(belongs(path, year) for path in wrong)]
    problems.extend(problems_of(world, judged, misread=misread, rules=rules))
    return in_order(one for one in problems if one.path not in withdrawn or one.code == PERSONAL_DATA)


def with_file(snapshot: Snapshot, path: str, data: bytes, readings: Readings | None = None) -> Snapshot:
    """Read the tree of a snapshot again as if a file stood there with these bytes; what was read may be given."""
    return read(snapshot.tree.with_files({path: data}), readings)


def world_of(tree: Tree, readings: Readings) -> World:
    """Read the records of a tree and judge no law."""
    files = {path: file for path, file in tree.files.items() if path.startswith(layout.DATA)}
    return read_world(found.placed for found in readings_of(tree, files, readings) if found.placed is not None)


def readings_of(tree: Tree, files: Mapping[str, File], readings: Readings) -> list[Reading]:
    """Read files of a tree in the order of their paths, each as the stages of its year say."""
    key, schemas = _schemas(tree, readings)
    known = readings.files.setdefault(key, {})
    found: dict[str, Reading] = {}
    stages: dict[str, Stages | None] = {}
    for path in sorted(files, key=lambda path: (not path.endswith("/cycle.yml"), path)):
        place = layout.place(path)
        year = stages.get(place.year or "") if place is not None and place.kind in _PLACED_BY_YEAR else None
        read_as = _id(files[path]), year
        if read_as not in known:
            known[read_as] = read_file(files[path], year, schemas)
        found[path] = known[read_as]
        if place is not None and place.kind == "cycle" and place.year is not None:
            placed = known[read_as].placed
            stages[place.year] = stages_of(placed.document) if placed is not None else None
    return [found[path] for path in sorted(found)]


def rights_in(tree: Tree) -> Access | None:
    """Return what the access.yml of a tree says; None where there is none that can be read."""
    file = tree.files.get(ACCESS_PATH)
    return read_access(documents.read(file.path, file.data)) if file is not None and file.plain else None


def fields_of(*trees: Tree) -> SchemaFields:
    """Return what the schemas of some trees say of the fields, those of the first tree before the others'."""
    return SchemaFields(*map(schemas_in, trees))


def schemas_in(tree: Tree, version: int | None = None) -> SchemaTexts:
    """Return the schemas of a version, else the newest, that judge a tree, as they stand, by name."""
    return schemas_from({path: file.data for path, file in schema_files(tree).items()}, version)


def schema_files(tree: Tree) -> Mapping[str, File]:
    """Return the schemas that judge a tree: its own, where it pins any, else those of the program."""
    own = {path: file for path, file in tree.files.items() if layout.schema_version(path) is not None}
    return own or _program_schemas()


@cache
def _program_schemas() -> Mapping[str, File]:
    found = program_files(layout.SCHEMAS)
    return {path: File(path, data, blob_id(data)) for path, data in found.items() if layout.schema_version(path)}


def schemas_of(tree: Tree, readings: Readings) -> Schemas:
    """Return the schemas of a tree, compiled once."""
    return _schemas(tree, readings)[1]


def judged(kind: str, file: tuple[str, bytes], tree: Tree) -> tuple[Any, tuple[Problem, ...]]:
    """Return what a file outside the data says, None where it has errors; and its problems, by the tree's schemas."""
    document = documents.read(*file)
    if document.root is None:
        return None, document.problems
    value, shape = nodes.plain(document.root), schemas_of(tree, Readings()).problems(kind, document)
    for entry in shape:
        if entry.problem.code == "text-needs-quotes":
            take_text(value, entry.pointer, nodes.at(document.root, entry.pointer))
    problems = in_order([*document.problems, *(entry.problem for entry in shape)])
    return None if has_errors(problems) else value, problems


def _schemas(tree: Tree, readings: Readings) -> tuple[SchemasId, Schemas]:
    bare = schema_files(tree)
    key = tuple(sorted(map(_id, bare.values())))
    if key not in readings.schemas:
        readings.schemas[key] = compile_schemas({path: file.data for path, file in bare.items()})
    return key, readings.schemas[key]


def _id(file: File) -> FileId:
    return file.path, file.blob, file.plain


def read_file(file: File, stages: Stages | None, schemas: Schemas) -> Reading:
    """Read one file; where the year's stages are not known, a file of a stage is not judged."""
    place = layout.place(file.path)
    if place is None:
        code = "table-in-data" if is_table(file.path) else "misplaced-file"
        return Reading(None, (Problem(code, "error", file.path, 1, 1),))
    if not file.plain:
        return Reading(None, (Problem("not-a-plain-file", "error", file.path, 1, 1),))
    if place.kind == layout.STAGE and stages is not None and place.stage not in stages:
        figures = {"stage": place.stage or "", "allowed": ", ".join(stages.names)}
        return Reading(None, (Problem("stage-not-listed", "error", file.path, 1, 1, figures),))
    schema = layout.schema_of(place, stages.kind(place.stage) if stages and place.stage else None)
    if schema is None and stages is not None:
        return Reading(None, (Problem("part-not-of-stage", "error", file.path, 1, 1, {"stage": place.stage or ""}),))
    written = documents.written(file.path, file.data)
    shape = schemas.problems(schema, written) if schema is not None and written.root is not None else ()
    if place.kind == "amendment":
        shape = (*shape, *_replacing(written, stages, schemas))
    document = lifted_document(written)
    kept = document.root is written.root  # else a spoiled place may be another thing now
    placed = Placed(
        place=place,
        document=document,
        spoiled=tuple(entry.pointer if kept else () for entry in shape if entry.problem.is_error),
        blob=file.blob,
        sha256=hashlib.sha256(file.data).hexdigest(),
    )
    return Reading(
        placed, (*document.problems, *(entry.problem for entry in shape), *personal_data(file.path, file.data))
    )


def _replacing(document: Document, stages: Stages | None, schemas: Schemas) -> Iterator[ShapeProblem]:
    """Yield what is wrong with the file that an amendment puts in the place of another, by the kind of that one."""
    values = document.root.values if isinstance(document.root, nodes.Mapping) else {}
    path, content = values.get("path"), values.get("file")
    target = layout.place(path.text) if isinstance(path, nodes.Scalar) and content is not None else None
    if target is None or target.kind not in layout.REPLACED_KINDS:
        return
    schema = layout.schema_of(target, stages.kind(target.stage) if stages and target.stage else None)
    for entry in schemas.problems(schema, Document(document.path, content)) if schema is not None else ():
        yield replace(entry, pointer=("file", *entry.pointer))


def _missing_files(paths: Collection[str], years: Iterable[str]) -> Iterator[Problem]:
    named = {parts[1] for path in paths if len(parts := path.split("/")) > 2 and layout.is_year(parts[1])}
    for year in sorted({*named, *years}):
        for kind in layout.OWED_BY_YEAR:
            path = layout.path_of(year, kind)
            if path not in paths:
                yield Problem("missing-file", "error", path, 1, 1, {"year": year})


def formats_of(files: Iterable[Placed]) -> Mapping[str, int]:
    """Return the version of each year: that of its cycle."""
    cycles = ((file.place.year, format_of(file.root)) for file in files if _says_format(file, "cycle"))
    return {year: version for year, version in cycles if year is not None and version is not None}


def _says_format(file: Placed, kind: str | None = None) -> bool:
    return kind in (None, file.place.kind) and file.root is not None and ("format",) not in file.spoiled


def mixed(files: Iterable[Placed], formats: Mapping[str, int]) -> Iterator[Problem]:
    """Yield each file of a year, or the one that an amendment writes out, of another version than the year's."""
    for file in filter(_says_format, files):
        expected = formats.get(file.place.year or "")
        replaced = file.root.values.get("file") if file.root and file.place.kind == "amendment" else None
        for top in (file.root, replaced):
            version = format_of(top)
            if isinstance(top, nodes.Mapping) and version is not None and expected not in (None, version):
                place = top.values["format"]
                figures = {"format": str(version), "expected": str(expected)}
                yield Problem("format-mixed", "error", file.document.path, place.line, place.column, figures)


def belongs(path: str, year: str) -> bool:
    """Tell whether a path is one of a year, or of no year."""
    parts = path.split("/")
    return len(parts) < 3 or parts[1] == year


def words_of(tree: Tree, language: str) -> Labels:
    """Return one language's words as a repository has them: its own before those of the program."""
    labels, top = load_labels(language), f"{layout.WORDS}/{language}/"
    own = {path: file.data for path, file in tree.files.items() if path.startswith(top) and file.plain}
    return with_own_words(labels, [(path, words_in(path, own[path])) for path in sorted(own)])

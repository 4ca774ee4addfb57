"""Opening a year: the files of the one before, edited where they change, and what `check` says of the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from pipeline.adapters import documents
from pipeline.core.ground import nodes
from pipeline.core.ground.nodes import Plain
from pipeline.core.ground.problems import Problem
from pipeline.core.record.layout import DATA, path_of, place
from pipeline.core.record.year_opening import KEPT, Decision, Succession, carry, decisions, pair
from pipeline.flows import writing
from pipeline.flows.snapshot import Readings, Snapshot, read

CONCORDANCE = f"{DATA}concordance.yml"


@dataclass(frozen=True, slots=True)
class OpenedYear:
    """The files to write, by path; what a person has to decide; what is wrong in these files."""

    files: Mapping[str, bytes]
    decisions: tuple[Decision, ...]
    problems: tuple[Problem, ...]


def kept_files(snapshot: Snapshot, year: str) -> Mapping[str, str]:
    """Return the files of a year that a new one takes over: path -> kind."""
    placed = {path: place(path) for path in snapshot.tree.files}
    return {path: at.kind for path, at in placed.items() if at is not None and at.year == year and at.kind in KEPT}


def open_year(snapshot: Snapshot, old: str, new: str, readings: Readings) -> OpenedYear:
    """Return the files of a new year; those of the old one read without errors."""
    succession = Succession(snapshot.world.years[old], new, snapshot.world.calendar)
    files: dict[str, bytes] = {}
    days_off: list[Decision] = []
    for path, kind in kept_files(snapshot, old).items():
        data = snapshot.tree.files[path].data
        root = documents.read(path, data).root
        if isinstance(root, nodes.Mapping):
            changes, moved = carry(kind, root, succession)
            files[path.replace(f"{DATA}{old}/", f"{DATA}{new}/", 1)] = writing.edit(data, changes)
            days_off += moved
            if kind == "cycle" and "documents" in root.values:
                printing = {"format": Decimal(1), "documents": nodes.plain(root.values["documents"])}
                files[path_of(new, "documents")] = writing.dump(printing)
    if succession.follows:
        files[CONCORDANCE] = _concordance(snapshot, succession)
    after = read(snapshot.tree.with_files(files), readings)
    problems = tuple(problem for problem in after.problems if problem.path in files)
    return OpenedYear(files, (*days_off, *decisions(succession)), problems)


def _concordance(snapshot: Snapshot, succession: Succession) -> bytes:
    """Return the concordance with the pair of the two years."""
    entry = pair(succession)
    known = snapshot.tree.files.get(CONCORDANCE)
    if known is None:
        return writing.dump({"format": Decimal(1), "pairs": [entry]}, braces=_of_codes)
    return writing.edit(known.data, {("pairs", len(snapshot.world.concordances)): entry}, braces=_of_codes)


def _of_codes(value: Plain) -> bool:
    """Tell whether a mapping is one correspondence, which stands on one line."""
    return isinstance(value, dict) and value.keys() == {"from", "to"}

"""The mapping file: what a person confirmed of how files of responses are read, and the proposal to confirm.

The schema `mapping` says what the file may contain; `responses` guesses what titles and words mean.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from pipeline.core.ground.characters import BAD_CHARACTER, fold
from pipeline.core.ground.nodes import Mapping as Map
from pipeline.core.ground.nodes import Node, Plain, maps_at, node_of, text_at, texts_at, value_at
from pipeline.core.record.editing import Writable
from pipeline.core.record.privacy import names_somebody
from pipeline.core.survey.responses import ANSWER, DROPPED, TIMES, VERSION, Layout, ResponseColumn

ALL: Final = "all"  # in the place of an agency, where a number of forms holds for every one
_LONGEST: Final = 300  # letters of a title that a mapping names


@dataclass(frozen=True, slots=True)
class FileMap:
    """What was confirmed of one file; columns by their folded titles and which of equal ones, 0 for all of them."""

    columns: Mapping[tuple[str, int], ResponseColumn]
    rest: Layout  # no columns, and no order of dates where none was told


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A whole mapping file: the group, forms handed out and people by agency, and the files by name."""

    group: str | None = None
    issued: Mapping[str, int] = field(default_factory=dict)
    population: Mapping[str, int] = field(default_factory=dict)
    files: Mapping[str, FileMap] = field(default_factory=dict)

    def issued_for(self, agency: str, home: int) -> int | None:
        """Return how many forms were handed out for an agency, as far as the mapping says; of all, not to `home`."""
        return _said(self.issued, agency, home)

    def population_for(self, agency: str, home: int) -> int | None:
        """Return how many people the group has for an agency, as far as the mapping says; of all, without `home`."""
        return _said(self.population, agency, home)


def _said(figures: Mapping[str, int], agency: str, home: int) -> int | None:
    return figures.get(agency, figures[ALL] - home if ALL in figures else None)


def confirmed(told: Plain) -> Confirmed:
    """Read a mapping file whose shape is right."""
    root = node_of(told)
    files = {text_at(entry, "file") or "": entry for entry in maps_at(root, "files")}
    return Confirmed(
        group=text_at(root, "group"),
        issued=_counts(root, "issued"),
        population=_counts(root, "population"),
        files={name: _file(name, entry) for name, entry in files.items()},
    )


def _file(name: str, entry: Map) -> FileMap:
    columns: dict[tuple[str, int], ResponseColumn] = {}
    for told in maps_at(entry, "columns"):
        title, role, question, agency = (text_at(told, key) or "" for key in ("column", "is", "question", "agency"))
        utc = text_at(told, "zone") == "utc"
        which = title_key(title), int(text_at(told, "nth") or 0)
        columns[which] = ResponseColumn(-1, title, role, question, agency, utc)
    words = {text_at(told, "word") or "": text_at(told, "means") or "" for told in maps_at(entry, "words")}
    versions, unjudged = texts_at(entry, "versions"), texts_at(entry, "unjudged")
    whose, mode, dates = (text_at(entry, key) for key in ("agency", "mode", "dates"))
    return FileMap(columns, Layout(name, (), whose, mode, dates or "", words, versions, unjudged))


def layout_of(name: str, titles: Sequence[str], file: FileMap) -> tuple[Layout, tuple[str, ...]]:
    """Return how a file is read under its mapping, and the confirmed titles that the file does not have."""
    places = _places(titles)
    columns = tuple(
        ResponseColumn(position, title, known.role, known.question, known.agency, known.utc)
        if (known := file.columns.get(places[position], file.columns.get((places[position][0], 0)))) is not None
        else ResponseColumn(position, title, DROPPED)
        for position, title in enumerate(titles)
    )
    present = {*places, *((key, 0) for key, _ in places)}
    gone = tuple(c.title for key, c in file.columns.items() if key not in present and c.role != DROPPED)
    return replace(file.rest, name=name, columns=columns, dates=file.rest.dates or "iso"), gone


def with_rest(found: Layout, rest: Layout) -> Layout:
    """Return how a file is read whose mapping lists no columns: as it was guessed, with what the mapping says else."""
    told = {*(TIMES if rest.dates else ()), *((VERSION,) if rest.versions else ())}
    columns = tuple(replace(column, sure=column.sure or column.role in told) for column in found.columns)
    dates, versions = rest.dates or found.dates, rest.versions or found.versions
    return replace(rest, columns=columns, agency=rest.agency or found.agency, dates=dates, versions=versions)


def _places(titles: Iterable[str]) -> list[tuple[str, int]]:
    """Return what each title is known by, and how many equal ones there are up to it."""
    keys = [title_key(title) for title in titles]
    return [(key, keys[: n + 1].count(key)) for n, key in enumerate(keys)]


def proposal(group: str, layouts: Iterable[Layout]) -> dict[str, Writable]:
    """Return the mapping file that a person is to look over: every column, what it is taken for."""
    return {"format": 1, "group": group, "files": [_proposed(found) for found in layouts]}


def _proposed(found: Layout) -> dict[str, Writable]:
    told: dict[str, Writable] = {"file": _told(found.name)}
    told |= {"agency": found.agency} if found.agency else {}
    told |= {"mode": found.mode} if found.mode else {}
    told |= {"dates": found.dates} if found.of(*TIMES) else {}
    versions: list[Writable] = [version for version in found.versions if not names_somebody(version)]
    told |= {"versions": versions} if versions else {}
    columns: list[Writable] = []
    places = _places(column.title for column in found.columns)
    for column, (key, which) in zip(found.columns, places, strict=True):
        if not _told(column.title) or (column.role == DROPPED and names_somebody(column.title)):
            continue
        several = column.role != DROPPED and (key, 2) in places
        entry: dict[str, Writable] = {"column": _told(column.title), **({"nth": which} if several else {})}
        entry["is"] = column.role
        if column.role == ANSWER:
            entry |= {"question": column.question} | ({"agency": column.agency} if column.agency else {})
        columns.append(entry | ({"zone": "utc"} if column.utc else {}))
    return {**told, "columns": columns}


def title_key(title: str) -> str:
    """Return what a title is known by in a mapping: without signs that no file may hold, and not without end."""
    return fold(_told(title))


def _told(title: str) -> str:
    return " ".join(BAD_CHARACTER.sub(" ", title.replace("\t", " ")).split())[:_LONGEST].strip()


def _counts(root: Node, key: str) -> Mapping[str, int]:
    found = value_at(root, key)
    return {name: int(text_at(found, name) or 0) for name in found.values} if isinstance(found, Map) else {}

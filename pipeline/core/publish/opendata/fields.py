"""What a table of the open data is made of: fields, rows of plain values, and what its first and last columns say.

A field says all that any form of the table needs: its name, its kind (how a cell looks, how it is read back, what data
packages call it), which names it may hold, and with what it is compared when a bundle is proved.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from operator import itemgetter
from typing import Final, Literal, TypeAlias

from pipeline.core.ground.text import MAIN, bare_cell
from pipeline.core.publish.scene import Scene

Kind: TypeAlias = Literal["text", "integer", "number", "yes-no", "day"]
Cell: TypeAlias = "str | int | bool | Decimal | None"  # a day is ISO text, a number a Decimal with its decimals
Row: TypeAlias = Mapping[str, Cell]
Audience: TypeAlias = Literal["public", "internal"]

# From what a value can be computed again, so that a bundle proves it: the records as they are read back, what scoring
# gives a single criterion and reads in its lines, sums over these, and ranks that compare sums.
Proof: TypeAlias = Literal["record", "score", "sum", "rank"]

NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,12})?")
MOST_TEXT: Final = 100_000  # characters of a cell; what people type is far shorter


@dataclass(frozen=True, slots=True)
class FieldKind:
    """One kind of value: what data packages call it, what a cell that is read looks like, its value, an example."""

    type: str
    shape: re.Pattern[str]
    value: Callable[[str], Cell]
    example: str  # in signs that every language reads


KINDS: Final[Mapping[Kind, FieldKind]] = {
    "text": FieldKind("string", re.compile(rf"[\s\S]{{1,{MOST_TEXT}}}"), bare_cell, "…"),
    "yes-no": FieldKind("boolean", re.compile("true|false"), lambda cell: cell == "true", "true, false"),
    "day": FieldKind("date", re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}"), str, "2024-12-31"),
    "number": FieldKind("number", NUMBER, Decimal, "0.00"),
    "integer": FieldKind("integer", re.compile("-?(?:0|[1-9][0-9]{0,11})"), int, "0, 1, 2 …"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One column, or one for each language. `key` fields name a row together.

    `of` is the table whose first key field it refers to.
    """

    name: str
    kind: Kind = "text"
    required: bool = False
    key: bool = False
    of: str | None = None
    unit: str | None = None  # points | percent | persons | share
    least: int | None = None
    among: Collection[str] = ()
    internal: bool = False  # never in a public bundle
    names: str | None = None  # as `of`, where one cell holds several names, or part of a key: no reference for programs
    proof: Proof | None = None
    later: bool = False  # came after the first bundles, and stands only where a row says something in it
    spoken: bool = False  # a text, which has a column `<name>_<code>` for each language
    language: str | None = None  # of such a column

    @property
    def owed(self) -> bool:
        """Tell whether no cell of the column may be empty."""
        return self.required or self.key

    @property
    def base(self) -> str:
        """Return the name without the code of a language."""
        return self.name if self.language is None else self.name.removesuffix(f"_{self.language}")

    def columns(self, languages: Sequence[str]) -> tuple[Field, ...]:
        """Return the columns of a field: itself, or one for each language, of which only the main one is owed."""
        if not self.spoken:
            return (self,)
        return tuple(
            replace(
                self,
                name=f"{self.name}_{language}",
                required=self.required and language == MAIN,
                spoken=False,
                language=language,
            )
            for language in languages
        )


MOST_ROWS: Final = 10_000_000  # of a table: 200 criteria of 5,000 agencies at ten stages


@dataclass(frozen=True, slots=True)
class Resource:
    """One table of the bundle: its name in files, its own fields, and where its rows come from."""

    name: str
    fields: tuple[Field, ...]
    rows: Callable[[Scene], Iterator[Row]]
    most: int = MOST_ROWS  # rows that a stranger's bundle may have
    later: bool = False  # whether bundles from before the table came are whole without it
    beside: Callable[[Scene], Iterable[tuple[Cell, Row]]] = lambda _: ()  # of an agency, what no bundle proves

    def columns(self, audience: Audience, languages: Sequence[str]) -> tuple[Field, ...]:
        """Return the columns that an audience gets in some languages, with those that every table has."""
        own = (field for field in self.fields if audience == "internal" or not field.internal)
        return (FIRST, *(column for field in own for column in field.columns(languages)), *LAST)

    def key(self) -> tuple[str, ...]:
        """Return the fields that name a row together."""
        return tuple(field.name for field in self.fields if field.key)


@dataclass(frozen=True, slots=True)
class ResourceTable:
    """A resource with the rows of a year."""

    resource: Resource
    columns: tuple[Field, ...]
    rows: tuple[Row, ...]

    @property
    def name(self) -> str:
        """Return the name of the resource."""
        return self.resource.name

    def by_column(self) -> Mapping[str, Sequence[Cell]]:
        """Return the cells of each column by its name, in the order of the rows."""
        names = [column.name for column in self.columns]
        listed = zip(*map(itemgetter(*names), self.rows), strict=True) if self.rows else [()] * len(names)
        return dict(zip(names, listed, strict=True))


FIRST: Final = Field("year", required=True)
LAST: Final = (Field("illustrative", "yes-no", required=True), Field("provisional", "yes-no", required=True))
SHARED: Final = tuple(field.name for field in (FIRST, *LAST))  # what every row of a bundle says alike


def table_of(resource: Resource, scene: Scene, audience: Audience, languages: Sequence[str]) -> ResourceTable:
    """Return a resource's table of a year; every row says which year it is of and what its figures are worth."""
    beside = dict(resource.beside(scene))
    told = [{**row, **beside.get(row.get("agency"), {}), **scene.worth} for row in resource.rows(scene)]
    columns = tuple(
        column
        for column in resource.columns(audience, languages)
        if not column.later or any(row.get(column.name) is not None for row in told)
    )
    rows = tuple({column.name: row.get(column.name) for column in columns} for row in told)
    return ResourceTable(resource, columns, rows)

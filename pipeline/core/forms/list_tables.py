"""A table of agencies or of bodies, a row each, read into what agencies.yml or bodies.yml says.

A slug comes from its column, or else is made of the name; the same words give the same slug.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from pipeline.core.forms.criteria_table import OfficeRecord
from pipeline.core.forms.read_tables import SheetTable, Spot
from pipeline.core.forms.read_values import Meaning
from pipeline.core.ground.characters import new_id, shown
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.nodes import Plain, Pointer

NAMED: Final = ("name", "short")  # the columns that such a table cannot do without
LIST_COLUMNS: Final = ("slug", *NAMED, "superior", "symbol", "place", "group")


def read_list(table: SheetTable, file: str, kind: str, labels: Labels) -> OfficeRecord:
    """Read a table of agencies or bodies (`kind`); rows without a name are passed over.

    A group of agencies is told by its title, of which its id is made.
    """
    meaning = Meaning(file, labels)
    made: dict[str, Plain] = {}
    spots: dict[Pointer, Spot] = {}
    groups: dict[str, str] = {}  # title -> id
    for row in table.rows():
        told = {name: meaning.text(row.entry(name), one_line=True) for name in LIST_COLUMNS}
        title = told.pop("group")
        slug = told.pop("slug") or (new_id(told["name"]) if told["name"] else None)
        if slug is None or told["name"] is None:
            continue
        if slug in made:
            place = spots[kind, slug].address
            meaning.report("slug-twice", row.entry("name").spot, found=shown(slug), place=place)
        if kind == "agencies":
            told["short"] = told["short"] or told["name"]
            if title is not None:
                told["group"] = own = groups.setdefault(title, new_id(title, groups.values()))
                spots.setdefault(("groups", own, "title"), row.entry("group").spot)
        made.setdefault(slug, {name: text for name, text in told.items() if text is not None})
        spots.setdefault((kind, slug), row.entry("name").spot)
        spots |= {(kind, slug, name): row.entry(name).spot for name in told}
    listed: dict[str, Plain] = {one: {"title": title} for title, one in groups.items()}
    grouped: dict[str, Plain] = {"groups": listed} if listed else {}
    return OfficeRecord({"format": Decimal(1), **grouped, kind: made}, spots, {}, meaning.all())

"""A table of agencies or of bodies, a row each, read into what agencies.yml or bodies.yml says.

A slug comes from its column, or else is made of the name; the same words give the same slug. A row that only has a
name, without a number of its own, is a heading: of a group of agencies where some follow, else of nothing.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from pipeline.core.forms.criteria_table import OfficeRecord, is_total, to_decide
from pipeline.core.forms.read_tables import SheetTable, Spot, TableRow
from pipeline.core.forms.read_values import Meaning
from pipeline.core.ground.characters import new_id, shown
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.nodes import Plain, Pointer

NAMED: Final = ("name", "short")  # the columns that such a table cannot do without
_TOLD: Final = ("slug", *NAMED, "superior", "symbol", "place", "group")
LIST_COLUMNS: Final = ("code", *_TOLD)


def read_list(table: SheetTable, file: str, kind: str, labels: Labels, *, of_file: Labels) -> OfficeRecord:
    """Read a table of agencies or bodies (`kind`); rows without a name are passed over.

    `of_file`: the words of what a person has to decide, as the file says them.
    """
    meaning = Meaning(file, labels)
    made: dict[str, Plain] = {}
    spots: dict[Pointer, Spot] = {}
    groups: dict[str, str] = {}  # of agencies: title, which the table tells -> id, made of it
    headings: dict[str, Spot] = {}
    heading = None
    for row in table.rows():
        told = {name: meaning.text(row.entry(name), one_line=True) for name in _TOLD}
        if told["name"] is not None and _is_heading(table, row):
            if not is_total(told["name"]):
                heading = told["name"]
                headings.setdefault(heading, row.entry("name").spot)
            continue
        title = told.pop("group") or heading
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
                spots.setdefault(("groups", own, "title"), headings.get(title, row.entry("group").spot))
        made.setdefault(slug, {name: text for name, text in told.items() if text is not None})
        spots.setdefault((kind, slug), row.entry("name").spot)
        spots |= {(kind, slug, name): row.entry(name).spot for name in told}
    marks: dict[Pointer, str] = {}
    for title, spot in headings.items():
        if title not in groups:
            meaning.report("table-row-left-out", spot, found=shown(title))
            continue
        doubt, proposal = _open_words(labels)
        meaning.findings.append(to_decide(file, spot, shown(title), doubt, proposal))
        marks["groups", groups[title]] = " ".join(_open_words(of_file))
    listed: dict[str, Plain] = {one: {"title": title} for title, one in groups.items()}
    grouped: dict[str, Plain] = {"groups": listed} if listed else {}
    return OfficeRecord({"format": Decimal(1), **grouped, kind: made}, spots, marks, meaning.all())


def _open_words(labels: Labels) -> tuple[str, str]:
    return labels.text("table.open.heading.doubt"), labels.text("table.open.heading.proposal")


def _is_heading(table: SheetTable, row: TableRow) -> bool:
    """Tell whether a row that has a name stands for no agency: nothing else is there, not even an ordinary number."""
    numbered = any(sign.isdigit() for sign in row.text("code"))
    unnumbered = "code" in table.columns and not numbered
    return not row.any(name for name in _TOLD if name != "name") and (unnumbered or is_total(row.text("name")))

"""What a file of approvals says, before it becomes a record: is the year approved, and from which day is it public."""

from __future__ import annotations

from itertools import islice

from pipeline.core.ground import nodes
from pipeline.core.ground.nodes import maps_at, text_at


def is_approved(root: nodes.Node | None) -> bool:
    """Tell whether a table counts that no later decision took back without another; of what nobody can read, yes."""
    entries = tuple(maps_at(root, "approvals"))
    back = {text_at(entry, "withdraws") for entry in entries if _takes_back(entry)} - {None}
    tables = [entry for entry in entries if not _takes_back(entry)]
    return not entries or any(text_at(entry.values.get("decision"), "number") not in back for entry in tables)


def moved_after(before: nodes.Node | None, after: nodes.Node | None, today: str) -> str | None:
    """Return the day of publication that had come when a new decision moved it or took a table back; else None."""
    old = tuple(maps_at(before, "approvals"))
    day = next((said for entry in reversed(old) if (said := text_at(entry, "publish_from")) is not None), None)
    new = islice(maps_at(after, "approvals"), len(old), None)
    moves = any(_takes_back(entry) or "publish_from" in entry.values for entry in new)
    return day if moves and day is not None and day <= today and is_approved(before) else None


def _takes_back(entry: nodes.Mapping) -> bool:
    return "withdraws" in entry.values and "table" not in entry.values

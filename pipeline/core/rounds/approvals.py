"""What a file of approvals says, before it becomes a record: is the year approved, and from which day is it public."""

from __future__ import annotations

from itertools import islice

from pipeline.core.ground import nodes


def is_approved(root: nodes.Node | None) -> bool:
    """Tell whether a table counts that no later decision took back without another; of what nobody can read, yes."""
    entries = _entries(root)
    back = {_text(entry, "withdraws") for entry in entries if _takes_back(entry)}
    tables = [entry for entry in entries if not _takes_back(entry)]
    return not entries or any(_text(entry.values.get("decision"), "number") not in back for entry in tables)


def moved_after(before: nodes.Node | None, after: nodes.Node | None, today: str) -> str | None:
    """Return the day of publication that had come when a new decision moved it or took a table back; else None."""
    old = _entries(before)
    day = next((said for entry in reversed(old) if (said := _text(entry, "publish_from")) is not None), None)
    new = islice(_entries(after), len(old), None)
    moves = any(_takes_back(entry) or "publish_from" in entry.values for entry in new)
    return day if moves and day is not None and day <= today and is_approved(before) else None


def _entries(root: nodes.Node | None) -> tuple[nodes.Mapping, ...]:
    listed = root.values.get("approvals") if isinstance(root, nodes.Mapping) else None
    items = listed.items if isinstance(listed, nodes.Sequence) else ()
    return tuple(item for item in items if isinstance(item, nodes.Mapping))


def _takes_back(entry: nodes.Mapping) -> bool:
    return "withdraws" in entry.values and "table" not in entry.values


def _text(node: nodes.Node | None, name: str) -> str | None:
    found = node.values.get(name) if isinstance(node, nodes.Mapping) else None
    return found.text if isinstance(found, nodes.Scalar) else None

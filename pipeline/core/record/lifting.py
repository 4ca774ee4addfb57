"""Older files in the newest shape, so that the code behind knows one shape of each kind. Decision 0053.

A file says its version in `format` and is judged by the schemas of that version, as it was written; its bytes are never
changed. What is read of it is lifted, version by version, by the functions of one table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Final, TypeAlias

from pipeline.core.ground.nodes import Document, Mapping, Node, Scalar
from pipeline.core.record.layout import place

# Takes the top of a file, which may be broken in any way, and gives that of the next version; `format` stays.
Lift: TypeAlias = Callable[[Mapping], Mapping]
# Kind of a place, and the version before -> what makes the version after of it: ("plan", 1) makes version 2 of a plan.
LIFTS: Final[dict[tuple[str, int], Lift]] = {}


def format_of(root: Node | None) -> int | None:
    """Return the version that a file says it is written in; None where it says none."""
    found = root.values.get("format") if isinstance(root, Mapping) else None
    return int(found.value) if isinstance(found, Scalar) and isinstance(found.value, Decimal) else None


def lifted(kind: str, root: Node | None) -> Node | None:
    """Return the tree of a file of a kind, such as `plan`, in the newest shape of that kind."""
    version = format_of(root)
    for name, before in sorted(LIFTS):
        if name == kind and version is not None and version <= before and isinstance(root, Mapping):
            root = LIFTS[name, before](root)
    return root


def lifted_document(document: Document) -> Document:
    """Return a file as the code behind knows it."""
    found = place(document.path)
    return document if found is None else replace(document, root=lifted(found.kind, document.root))

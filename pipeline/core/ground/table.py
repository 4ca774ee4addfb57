"""A table as aligned columns of text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def columns(rows: Sequence[Sequence[str]], right: Iterable[int] = (), *, ruled: bool = True) -> str:
    """Return rows in aligned columns, a rule under the first where it is wanted."""
    width = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    aligned = [
        "  ".join(
            cell.rjust(width[i]) if i in set(right) else cell.ljust(width[i]) for i, cell in enumerate(row)
        ).rstrip()
        for row in rows
    ]
    rule = ["  ".join("─" * size for size in width)] if ruled else []
    return "\n".join([aligned[0], *rule, *aligned[1:]])

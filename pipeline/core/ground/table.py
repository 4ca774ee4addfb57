"""A table as aligned columns of text, or as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def columns(rows: Sequence[Sequence[str]], right: Iterable[int] = ()) -> str:
    """Return rows in aligned columns, a rule under the first."""
    width = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    aligned = [
        "  ".join(
            cell.rjust(width[i]) if i in set(right) else cell.ljust(width[i]) for i, cell in enumerate(row)
        ).rstrip()
        for row in rows
    ]
    return "\n".join([aligned[0], "  ".join("─" * size for size in width), *aligned[1:]])


def markdown_table(rows: Sequence[Sequence[str]], right: Iterable[int] = ()) -> str:
    """Return rows as a table of Markdown, the first above a rule; the cells are Markdown already.

    Args:
        rows: the head, then the rows.
        right: the columns that hold numbers.
    """
    numbers = set(right)
    rule = ["---:" if i in numbers else "---" for i in range(len(rows[0]))]
    return "\n".join("| " + " | ".join(line) + " |" for line in (rows[0], rule, *rows[1:]))

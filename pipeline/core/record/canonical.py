"""The canonical style of a file that a person wrote: order of keys, quotes, spaces; comments stay with their lines.

Keys stand as the schema lists them, then the others as they were written; codes in their order. Works on text and on
the places of its values, which the adapter `documents` finds; it also proves that the meaning is the same.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Mapping
from typing import Final

from pipeline.core.ground.nodes import Pointer, Span
from pipeline.core.record.editing import CODE, entries_of, line_end, line_start
from pipeline.core.record.schema_fields import SchemaField

_PLAIN_QUOTED: Final = re.compile(r"'([^'\"\\\n]*)'")


def field_at(root: SchemaField, pointer: Pointer) -> SchemaField:
    """Return the field of a place in a file."""
    for step in pointer:
        root = root.child(step) if isinstance(step, str) else root.entry()
    return root


def styled(text: str, spans: Mapping[Pointer, Span]) -> str:
    """Return a text with double quotes, quoted codes, no spaces at the ends of lines, and one line's end at its own."""
    changes: list[tuple[int, int, str]] = []
    kept: list[tuple[int, int]] = []  # blocks of text, in their order, whose spaces are their own
    for pointer, span in spans.items():
        step = pointer[-1] if pointer else 0
        if isinstance(step, str) and CODE.fullmatch(step) and text[span.head : span.tail] == step:
            changes.append((span.head, span.tail, f'"{step}"'))
        value = (span.start, span.end) if span.kind == "scalar" else (0, 0)
        for start, end in {(span.head, span.tail), value}:
            if quoted := _PLAIN_QUOTED.fullmatch(text[start:end]):
                changes.append((start, end, f'"{quoted[1]}"'))
        if span.kind == "block scalar":
            kept.append((span.start, span.end))
    kept.sort()
    changes += [
        (found.start(), found.end(), "")
        for found in re.finditer(r"(?<! ) ++$", text, re.MULTILINE)
        if not _is_within(kept, found.start())
    ]
    pieces: list[str] = []
    done = 0
    for start, end, new in sorted(changes):
        pieces += (text[done:start], new)
        done = end
    return "".join((*pieces, text[done:])).rstrip("\n") + "\n"


def _is_within(blocks: list[tuple[int, int]], place: int) -> bool:
    """Tell whether a place lies in one of some blocks, which stand in order and apart."""
    before = bisect(blocks, place, key=lambda block: block[0])
    return before > 0 and place < blocks[before - 1][1]


def in_order(text: str, spans: Mapping[Pointer, Span], pointer: Pointer, field: SchemaField) -> str:
    """Return a text in which the entries of one mapping stand in canonical order; as it is where none can be moved."""
    entries = entries_of(spans, pointer)
    keys = [str(key) for key, _ in entries]
    if all(CODE.fullmatch(key) for key in keys):
        wanted = sorted(keys, key=lambda key: [int(part) for part in key.split(".")])
    else:
        listed = [key for key in field.listed if key in keys]
        wanted = [*listed, *(key for key in keys if key not in listed)]
    first = entries[0][1]
    if wanted == keys or first.in_braces:
        return text
    after_dash = bool(text[line_start(text, first.head) : first.head].strip(" "))
    begin = first.head if after_dash or not pointer else line_end(text, spans[pointer].tail) + 1
    pieces = {}
    for key, (_, span) in zip(keys, entries, strict=True):
        end = line_end(text, span.end) + 1
        pieces[key] = text[begin:end]
        begin = end
    start, moved = begin - sum(map(len, pieces.values())), [pieces[key] for key in wanted]
    if after_dash:
        indent = " " * (first.head - line_start(text, first.head))
        if not moved[0].startswith(indent + wanted[0]) and not moved[0].startswith(f'{indent}"{wanted[0]}"'):
            return text  # a comment stands above it, for which the line of the dash has no place
        moved = [
            moved[0].removeprefix(indent),
            *(one if one.startswith((" ", "\n")) else indent + one for one in moved[1:]),
        ]
    return text[:start] + "".join(moved) + text[begin:]

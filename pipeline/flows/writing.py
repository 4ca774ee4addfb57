"""The bytes of the files that this program writes: new ones, and those of people with a change or in canonical style.

A person's file is changed in its place, so that every other line stays. What was written is read again and must mean
what was meant, each time. Where a change goes: `core.record.editing`.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as AbstractMapping
from functools import partial

from pipeline.adapters.documents import BEFORE, read
from pipeline.adapters.documents import spans as spans_of
from pipeline.adapters.rendering import render
from pipeline.core.ground.characters import clean
from pipeline.core.ground.nodes import Mapping, Node, Plain, at, plain
from pipeline.core.ground.problems import has_errors
from pipeline.core.record import canonical, editing, layout
from pipeline.core.record.editing import DELETE, Changes, Writable
from pipeline.core.record.schema_fields import SchemaField


def dump(value: AbstractMapping[str, Writable], *, braces: Callable[[Plain], bool] | None = None) -> bytes:
    """Return the bytes of a new file, the same ones for the same value.

    `braces`: which of the mappings and lists inside stand in braces on one line; none where it is not given.

    Raises:
        ValueError: A text or number that no file may hold.
    """
    meant = editing.writable(value)
    data = editing.document(meant, render if braces is None else partial(render, in_braces=braces)).encode()
    _prove(data, meant)
    return data


def edit(data: bytes, changes: Changes, *, braces: Callable[[Plain], bool] = lambda _: False) -> bytes:
    """Return a person's file with changes made, in the order given; all other lines stay as they are, comments too.

    Args:
        changes: Pointer -> new value, or `DELETE`. Mappings and lists on the way that do not exist are made. A mapping
            or list in the place of another changes only the entries that differ.
        braces: Which of the new mappings and lists inside stand in braces on one line.

    Raises:
        ValueError: The file has errors, or a pointer or value that no file may hold.
    """
    text, _ = clean(BEFORE, data, layout.LARGE_BYTES)
    document = read(BEFORE, data)
    root = document.root
    if text is None or root is None or has_errors(document.problems):
        raise ValueError("only a file that reads without errors can be edited")
    if not text.endswith("\n"):
        text += "\n"
        root = _reread(text)
    untouched, meant = text, plain(root)
    for pointer, new in changes.items():
        value = new if new is DELETE else editing.writable(new)
        node, place, missing = editing.target(root, pointer)
        if value is DELETE and (node is None or missing or not pointer):
            raise ValueError(f"there is no entry {pointer!r} to take away")
        meant = editing.changed(meant, pointer, value)
        if missing and value is not DELETE:
            value = editing.nested(pointer[len(place) :], value)
        for step in editing.steps(node, place, value):
            text = editing.splice(text, spans_of(text), step, partial(render, in_braces=braces))
        root = _reread(text)
    if text == untouched:
        return data
    _prove(text.encode(), meant)
    return text.encode()


def tidy(data: bytes, field: SchemaField) -> bytes:
    """Return a person's file in canonical style, its meaning and its comments kept; as it is where it has errors."""
    text, _ = clean(BEFORE, data, layout.LARGE_BYTES)
    document = read(BEFORE, data)
    root = document.root
    if text is None or root is None or has_errors(document.problems):
        return data
    text = canonical.styled(text if text.endswith("\n") else f"{text}\n", spans_of(text))
    for pointer in list(spans := spans_of(text)):
        if isinstance(node := at(root, pointer), Mapping) and node.values and spans[pointer].kind == "block":
            ordered = canonical.in_order(text, spans, pointer, canonical.field_at(field, pointer))
            if ordered != text:
                text, spans = ordered, spans_of(ordered)
    again = read(BEFORE, text.encode()).root
    return text.encode() if again is not None and editing.same(plain(again), plain(root)) else data


def _reread(text: str) -> Node:
    """Return the tree of a text that was written here."""
    document = read(BEFORE, text.encode())
    if document.root is None or has_errors(document.problems):
        raise AssertionError(f"what was written does not read: {document.problems}")
    return document.root


def _prove(data: bytes, meant: Plain) -> None:
    """Make sure that what was written reads as what was meant."""
    if not editing.same(plain(_reread(data.decode())), meant):
        raise AssertionError("what was written reads as something else")

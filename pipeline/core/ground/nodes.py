"""What a person wrote in one file, as a tree that remembers every place.

The tree is made by an adapter (YAML) or by a form reader; nothing here knows where the bytes came from. Values are
exact: a plain decimal literal is a `Decimal`, and its text stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, NamedTuple, TypeAlias

from pipeline.core.ground.problems import Problem

Value: TypeAlias = str | Decimal | bool | None
Node: TypeAlias = "Scalar | Sequence | Mapping"
Plain: TypeAlias = "str | Decimal | bool | list[Plain] | dict[str, Plain] | None"
Pointer: TypeAlias = tuple[str | int, ...]


class Scalar(NamedTuple):
    """One value: `text` as written (NFC, quotes resolved), `value` as meant, the place counted from 1."""

    text: str
    value: Value
    line: int
    column: int
    quoted: bool = False


class Sequence(NamedTuple):
    """A list of nodes."""

    items: tuple[Node, ...]
    line: int
    column: int


class Mapping(NamedTuple):
    """A mapping in the order of the file; `keys` keeps the place of each key."""

    values: AbstractMapping[str, Node]
    keys: AbstractMapping[str, Scalar]
    line: int
    column: int


class Span(NamedTuple):
    """Where one value stands in a text, counted in characters from 0; `end` is the first one after it."""

    head: int  # of its key, or of the dash before it; in brackets, of the value itself
    tail: int  # after its key or dash
    start: int
    end: int
    kind: Literal["scalar", "block scalar", "block", "braces"]  # how the value is written
    in_braces: bool  # it stands inside braces or brackets


@dataclass(frozen=True, slots=True)
class Document:
    """One file as read: its path, its tree (None where it could not be read) and what was wrong with it."""

    path: str
    root: Node | None
    problems: tuple[Problem, ...] = ()


def plain(node: Node) -> Plain:
    """Return the bare values of a tree: dicts, lists, text, `Decimal`, booleans, None."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Mapping):
        return {key: plain(value) for key, value in node.values.items()}
    return [plain(item) for item in node.items]


def node_of(value: Plain) -> Node:
    """Return a bare value as a tree without places."""
    if isinstance(value, dict):
        keys = {key: Scalar(key, key, 0, 0) for key in value}
        return Mapping({key: node_of(item) for key, item in value.items()}, keys, 0, 0)
    if isinstance(value, list):
        return Sequence(tuple(node_of(item) for item in value), 0, 0)
    return Scalar(f"{value:f}" if isinstance(value, Decimal) else str(value), value, 0, 0)


def dict_of(value: Plain) -> dict[str, Plain]:
    """Return bare values by their keys; none of what has no keys."""
    return value if isinstance(value, dict) else {}


def at(node: Node, pointer: Pointer) -> Node:
    """Return the node a pointer leads to, or the last one that exists on the way."""
    for step in pointer:
        if isinstance(node, Mapping) and isinstance(step, str) and step in node.values:
            node = node.values[step]
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            break
    return node


def value_at(node: Node | None, key: str) -> Node | None:
    """Return what stands under a key; None where nothing does, or where nothing has keys."""
    found = node.values.get(key) if isinstance(node, Mapping) else None
    return None if isinstance(found, Scalar) and found.value is None else found


def text_at(node: Node | None, key: str) -> str | None:
    """Return the text under a key; None where none stands there."""
    found = value_at(node, key)
    return found.text if isinstance(found, Scalar) else None


def items_at(node: Node | None, key: str) -> tuple[Node, ...]:
    """Return the items of the list under a key; none where there is no list."""
    found = value_at(node, key)
    return found.items if isinstance(found, Sequence) else ()


def map_at(node: Mapping, key: str) -> Mapping:
    """Return the mapping under a key, an empty one where there is none."""
    found = value_at(node, key)
    return found if isinstance(found, Mapping) else Mapping({}, {}, node.line, node.column)


def maps_at(node: Node | None, key: str) -> Iterator[Mapping]:
    """Yield the mappings in the list under a key."""
    return (item for item in items_at(node, key) if isinstance(item, Mapping))


def entries_at(node: Mapping, key: str) -> Iterator[tuple[str, Mapping, Scalar]]:
    """Yield the entries of a mapping of mappings under a key, each with its key's place."""
    inner = map_at(node, key)
    return ((name, value, inner.keys[name]) for name, value in inner.values.items() if isinstance(value, Mapping))


def texts_at(node: Mapping, key: str) -> tuple[str, ...]:
    """Return the texts of the list under a key, or the one text there."""
    found = value_at(node, key)
    items = (found,) if isinstance(found, Scalar) else items_at(node, key)
    return tuple(item.text for item in items if isinstance(item, Scalar))


def walk(node: Node, pointer: Pointer = ()) -> Iterator[tuple[Pointer, Node]]:
    """Yield every node of a tree with the pointer that leads to it, the outer one first."""
    yield pointer, node
    if isinstance(node, Mapping):
        for key, value in node.values.items():
            yield from walk(value, (*pointer, key))
    elif isinstance(node, Sequence):
        for number, item in enumerate(node.items):
            yield from walk(item, (*pointer, number))

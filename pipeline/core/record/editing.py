"""One change to the text of a file that a person wrote, touching only the lines that change; and what may be written.

Works on text and on the places of its values; who finds those places, renders new content as YAML, and proves by
reading that the meaning is right, is the adapter `documents`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence as AbstractSequence
from decimal import Decimal
from enum import Enum
from typing import Final, Literal, Protocol, TypeAlias

from pipeline.core.ground import nodes
from pipeline.core.ground.characters import BAD_CHARACTER, FALSE_INDENTATION, MAX_MARKS, character_name, piled_marks
from pipeline.core.ground.nodes import Node, Plain, Pointer, Scalar, Span, plain


class Delete(Enum):
    """The change that takes an entry away."""

    DELETE = "delete"


DELETE: Final = Delete.DELETE
Writable: TypeAlias = "str | Decimal | int | bool | AbstractSequence[Writable] | AbstractMapping[str, Writable] | None"
Changes: TypeAlias = AbstractMapping[Pointer, Writable | Literal[Delete.DELETE]]
Step: TypeAlias = tuple[Pointer, Plain | Literal[Delete.DELETE]]
Collection: TypeAlias = dict[str, Plain] | list[Plain]

# What the strict reader or some other program would take for a number, a word of its own or a time of day.
_NOT_TEXT: Final = re.compile(
    r"(?i:[-+]?\.?[0-9][0-9.,_]*(?:e[-+]?[0-9]+)?|0[xo][0-9a-f]+|[0-9]+(?::[0-9]+)+|[-+]?\.(?:inf|nan)"
    r"|null|true|false|yes|no|on|off|y|n|~|=|<<)",
)
CODE: Final = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_PLACES: Final = 6  # decimals that the reader takes for a number


class Render(Protocol):
    """What turns new content into YAML."""

    def __call__(self, value: Collection, *, braces: bool = False) -> str:
        """Return the lines of a mapping or list in block style from column 0, or all of it on one line in braces."""


# Values


def writable(value: Writable) -> Plain:
    """Return a value as the reader would give it back.

    Raises:
        ValueError: A text or number that no file may hold.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        if bad := BAD_CHARACTER.search(value):
            raise ValueError(f"a text may not hold {character_name(bad[0])}")
        if piled_marks(value) is not None:
            raise ValueError(f"a letter may not carry more than {MAX_MARKS} marks")
        return unicodedata.normalize("NFC", value)
    if isinstance(value, int | Decimal):
        number = Decimal(value)
        exponent = number.as_tuple().exponent
        if not isinstance(exponent, int) or exponent < -_PLACES:
            raise ValueError(f"{number} is no number of at most {_PLACES} decimals")
        return number or Decimal(0)
    if isinstance(value, AbstractMapping):
        return {str(writable(key)): writable(item) for key, item in value.items()}
    return [writable(item) for item in value]


def same(one: Plain, other: Plain) -> bool:
    """Tell whether two values mean the same; the order of keys means nothing, and 1 is not true."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(item, other[key]) for key, item in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


def changed(value: Plain, pointer: Pointer, new: Plain | Literal[Delete.DELETE]) -> Plain:
    """Return a value with one change made: what the text must mean afterwards."""
    if not pointer:
        return None if new is DELETE else new
    step, rest = pointer[0], pointer[1:]
    if isinstance(step, int):
        items = list(value) if isinstance(value, list) else []
        if rest or new is not DELETE:
            items[step : step + 1] = [changed(items[step] if step < len(items) else None, rest, new)]
        else:
            del items[step]
        return items
    entries = dict(value) if isinstance(value, dict) else {}
    if rest or new is not DELETE:
        entries[step] = changed(entries.get(step), rest, new)
    else:
        del entries[step]
    return entries


# New text


def document(value: Plain, render: Render) -> str:
    """Return the text of a whole file: block style, `format` first, then the order given."""
    if isinstance(value, dict) and "format" in value:
        value = {"format": value["format"], **value}
    if isinstance(value, dict | list):
        return render(value) + "\n"
    return render([value], braces=True)[1:-1] + "\n"


def is_literal(text: str) -> bool:
    """Tell whether a text of several lines can stand below a `|` as it is, safe from editors that strip spaces."""
    if "\n" not in text or text[0] in "\n " or text.endswith("\n\n") or FALSE_INDENTATION.search(text):
        return False
    return all(line == line.rstrip() for line in text.split("\n"))


def needs_quotes(text: str) -> bool:
    """Tell whether a text without quotes is taken for something else, though its signs are no YAML."""
    return not text or _NOT_TEXT.fullmatch(text) is not None or FALSE_INDENTATION.match(text) is not None


def _lines(value: Collection, indent: int, render: Render) -> list[str]:
    """Return the lines of a mapping or list, as far to the right as their neighbours."""
    return [line and " " * indent + line for line in render(value).split("\n")]


def _entry(value: Plain, indent: int, render: Render, *, item: bool) -> tuple[str, list[str]]:
    """Return what stands after a key's colon or an item's dash, and the lines below it."""
    first, *rest = _lines([value] if item else {"k": value}, indent, render)
    return first[indent + len("-" if item else "k:") :], rest


def _on_one_line(value: Plain, render: Render, *, in_braces: bool) -> str:
    """Return a value in braces, or a text with no more quotes than its place asks for."""
    if in_braces or isinstance(value, dict | list) or (isinstance(value, str) and is_literal(value)):
        return render([value], braces=True)[1:-1]
    return render({"k": value}).removeprefix("k: ")


# Changed text


def steps(node: Node | None, pointer: Pointer, value: Plain | Literal[Delete.DELETE]) -> Iterator[Step]:
    """Yield the smallest changes that make a node say a value, in an order that never empties a list on the way."""
    if node is None or value is DELETE:
        yield pointer, value
    elif isinstance(node, nodes.Mapping) and isinstance(value, dict) and node.values and value:
        for key, item in value.items():
            yield from steps(node.values.get(key), (*pointer, key), item)
        for key in node.values:
            if key not in value:
                yield (*pointer, key), DELETE
    elif isinstance(node, nodes.Sequence) and isinstance(value, list) and node.items and value:
        for index, item in enumerate(value):
            yield from steps(node.items[index] if index < len(node.items) else None, (*pointer, index), item)
        for index in range(len(node.items) - 1, len(value) - 1, -1):
            yield (*pointer, index), DELETE
    elif not same(plain(node), value):
        yield pointer, value


def target(root: Node, pointer: Pointer) -> tuple[Node | None, Pointer, int]:
    """Return the node of a pointer or None, and the part of the pointer to write at with its count of missing steps."""
    node: Node | None = root
    for count, step in enumerate(pointer):
        if isinstance(node, nodes.Mapping) and isinstance(step, str):
            child = node.values.get(step)
        elif isinstance(node, nodes.Sequence) and isinstance(step, int):
            if not 0 <= step <= len(node.items):
                raise ValueError(f"{step} is past the end of the list in {pointer!r}")
            child = node.items[step] if step < len(node.items) else None
        elif isinstance(node, Scalar) and node.value is None:
            return node, pointer[:count], len(pointer) - count
        else:
            raise ValueError(f"{step!r} cannot be a step in {pointer!r}")
        if child is None:
            return None, pointer[: count + 1], len(pointer) - count - 1
        node = child
    return node, pointer, 0


def nested(pointer: Pointer, value: Plain) -> Plain:
    """Return a value wrapped in the mappings and lists that a pointer asks for."""
    for step in reversed(pointer):
        value = {step: value} if isinstance(step, str) else [value]
    return value


def splice(text: str, spans: AbstractMapping[Pointer, Span], step: Step, render: Render) -> str:
    """Return a text with one step made; every line it does not concern stays as it is, comments too."""
    pointer, value = step
    if value is DELETE:
        return _delete(text, spans, pointer, render)
    if pointer in spans:
        return _replace(text, spans, pointer, value, render)
    return _insert(text, spans, pointer, value, render)


def _replace(text: str, spans: AbstractMapping[Pointer, Span], pointer: Pointer, value: Plain, render: Render) -> str:
    """Put another value in the place of one."""
    span = spans[pointer]
    if not pointer:
        return document(value, render)
    collection = isinstance(value, dict | list) and bool(value)
    literal = isinstance(value, str) and is_literal(value)
    on_one_line = span.in_braces or span.kind == "braces" or not (collection or literal)
    if on_one_line and (span.kind in {"scalar", "braces"}) and not (literal and not span.in_braces):
        space = "" if text[span.start - 1] in " [{\n" else " "
        return text[: span.start] + space + _on_one_line(value, render, in_braces=span.in_braces) + text[span.end :]
    in_list = isinstance(pointer[-1], int)
    anchor = span.tail if in_list else text.index(":", span.tail) + 1
    head, body = _entry(value, _column(text, span.head), render, item=in_list)
    first = line_end(text, anchor)
    last = line_end(text, span.end)
    between: list[str] = []
    if first < span.start:  # the value begins on a line of its own: what follows the colon is a comment
        rest = text[anchor:first]
        between = text[first + 1 : line_start(text, span.start)].splitlines()
        if literal:  # comments below a `|` would become text
            head, body = f" {_on_one_line(value, render, in_braces=False)}", []
    else:
        rest = "" if span.kind == "block" else text[span.end : last]
    return "\n".join([text[:anchor] + head + rest.rstrip(), *between, *body]) + text[last:]


def _insert(text: str, spans: AbstractMapping[Pointer, Span], pointer: Pointer, value: Plain, render: Render) -> str:
    """Put a new entry into a mapping, codes in their order, or at the end of a list."""
    parent, step = pointer[:-1], pointer[-1]
    children = entries_of(spans, parent)
    entry: Collection = {step: value} if isinstance(step, str) else [value]
    if not children:
        return _replace(text, spans, parent, entry, render)
    following = next((n for n, (key, _) in enumerate(children) if _comes_before(step, key)), len(children))
    neighbour = children[max(following - 1, 0)][1]
    if neighbour.in_braces:
        new = render(entry, braces=True)[1:-1]
        if following == 0:
            return f"{text[: neighbour.head]}{new}, {text[neighbour.head :]}"
        return f"{text[: neighbour.end]}, {new}{text[neighbour.end :]}"
    indent = _column(text, children[0][1].head)
    lines = "\n".join(_lines(entry, indent, render))
    if following == 0:
        return text[: neighbour.head] + lines.lstrip(" ") + "\n" + " " * indent + text[neighbour.head :]
    at = line_end(text, neighbour.end)
    return f"{text[:at]}\n{lines}{text[at:]}"


def _delete(text: str, spans: AbstractMapping[Pointer, Span], pointer: Pointer, render: Render) -> str:
    """Take an entry away, with the comment on its own lines' ends; comments above it stay."""
    parent, step = pointer[:-1], pointer[-1]
    span = spans[pointer]
    children = entries_of(spans, parent)
    if len(children) == 1:
        return _replace(text, spans, parent, {} if isinstance(step, str) else [], render)
    index = children.index((step, span))
    if span.in_braces and index:
        return text[: children[index - 1][1].end] + text[span.end :]
    start = line_start(text, span.head)
    if span.in_braces or text[start : span.head].strip(" "):  # another entry's dash stands before it
        return text[: span.head] + text[children[index + 1][1].head :]
    return text[:start] + text[line_end(text, span.end) + 1 :]


def entries_of(spans: AbstractMapping[Pointer, Span], parent: Pointer) -> list[tuple[str | int, Span]]:
    """Return the entries of a mapping or list in the order of the file."""
    depth = len(parent)
    return [(at[-1], span) for at, span in spans.items() if len(at) == depth + 1 and at[:depth] == parent]


def _comes_before(new: str | int, key: str | int) -> bool:
    """Tell whether a new key is a code that comes before another: 1.2 before 1.10."""
    if not (isinstance(new, str) and isinstance(key, str) and CODE.fullmatch(new) and CODE.fullmatch(key)):
        return False
    return [int(part) for part in new.split(".")] < [int(part) for part in key.split(".")]


def line_start(text: str, at: int) -> int:
    """Return where the line of a place begins."""
    return text.rfind("\n", 0, at) + 1


def line_end(text: str, at: int) -> int:
    """Return where the line of a place ends."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _column(text: str, at: int) -> int:
    return at - line_start(text, at)

"""The parameters of rules: how each kind is read from a file and written as JSON.

Numbers are text in JSON, so that no reader meets a binary float.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Generic, NamedTuple, TypeVar

from pipeline.core.ground import nodes
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.nodes import Node, Plain, Scalar
from pipeline.core.ground.text import MAIN, Text, text_of

T = TypeVar("T")


class Item(NamedTuple):
    """One option, item or fault of a rule: its points (or points per case) and its words."""

    points: Decimal
    text: Text
    unit: str = ""  # of a figure that a formula takes

    def words(self, key: str, labels: Labels) -> str:
        """Return the words with the points."""
        return labels.text(key, title=labels.of(self.text), points=labels.number(self.points))


@dataclass(frozen=True, slots=True)
class Parameter(Generic[T]):
    """One kind of parameter: how it is read from a file, and told to programs and people."""

    read: Callable[[Node | None], T]
    json: Callable[[T], Plain]
    browser: Callable[[T], Plain] | None = None  # None where the web form computes nothing with it
    figure: Callable[[Labels, T], str] | None = None  # None where the words of a rule do not name it
    points: Callable[[T], Iterable[Decimal]] | None = None  # None where it holds no points
    named: bool = False  # whether an answer names what it holds
    told_if_set: bool = False  # whether programs are told nothing of it where a file says nothing


def signed(node: Node | None) -> Decimal | None:
    """Return a number, else None."""
    value = node.value if isinstance(node, Scalar) else None
    return value if isinstance(value, Decimal) else None


def number_text(value: Decimal) -> str:
    """Return a number with the digits it has."""
    return f"{value:f}"


def percent(default: str) -> Parameter[Decimal]:
    """Return a parameter that is a percentage."""
    return replace(number(default), points=None)


def number(default: str = "0", *, above: Decimal | None = None) -> Parameter[Decimal]:
    """Return a parameter that is a number of points."""

    def read(node: Node | None) -> Decimal:
        value = signed(node)
        return Decimal(default) if value is None or (above is not None and value <= above) else value

    return Parameter(read, number_text, number_text, Labels.number, lambda value: (value,))


def items(worth: str = "points") -> Parameter[Mapping[str, Item]]:
    """Return a parameter that is a mapping of items, whose points stand under a key of theirs."""

    def read(node: Node | None) -> Mapping[str, Item]:
        known = node.values if isinstance(node, nodes.Mapping) else {}
        return {key: _item(value, worth) for key, value in known.items()}

    def json(known: Mapping[str, Item]) -> Plain:
        return {
            key: {worth: number_text(item.points), "title": {**item.text.by_language()}} for key, item in known.items()
        }

    def browser(known: Mapping[str, Item]) -> Plain:
        return {key: {"points": number_text(item.points)} for key, item in known.items()}

    def points(known: Mapping[str, Item]) -> Iterable[Decimal]:
        return (item.points for item in known.values())

    return Parameter(read, json, browser, points=points, named=True)


def _item(node: Node, worth: str) -> Item:
    return Item(signed(nodes.value_at(node, worth)) or Decimal(0), title_of(node))


def title_of(node: Node | None) -> Text:
    """Return the title of a mapping, empty where it has none."""
    return text_of(nodes.value_at(node, "title")) or Text("")


def _text(node: Node | None) -> str:
    return node.text if isinstance(node, Scalar) else ""


def _unit(node: Node | None) -> str:
    vietnamese = node.values.get(MAIN) if isinstance(node, nodes.Mapping) else node
    return vietnamese.text if isinstance(vietnamese, Scalar) else "%"


def _as_it_is(value: str | bool | None) -> Plain:  # noqa: FBT001 - a value, not a choice of the caller
    return value


TEXT: Final = Parameter(_text, _as_it_is)
UNIT: Final = Parameter(_unit, _as_it_is, figure=Labels.vietnamese)
WHEN_NONE: Final = Parameter(lambda node: _text(node) or None, _as_it_is, _as_it_is)
OVER: Final = Parameter(lambda node: isinstance(node, Scalar) and node.value is True, _as_it_is, _as_it_is)
OF: Final = replace(WHEN_NONE, told_if_set=True)

"""Records as plain values that JSON can hold, and back: by the types that their fields are declared with.

A record becomes the list of its fields' values, so both ways must be of one program. What cannot be read back raises
ValueError, whatever somebody put in its place.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cache
from typing import Any, Final, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

Reader: TypeAlias = Callable[[Any], Any]
_COLUMNS: Final = ((str, ...), (int, ...))


def to_plain(value: Any) -> Any:  # noqa: ANN401 - any record
    """Return a record, or a collection of them, as lists, texts, numbers, true, false and null."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Decimal | Fraction):
        return str(value)
    if isinstance(value, Mapping):
        return [[to_plain(key), to_plain(own)] for key, own in value.items()]
    if isinstance(value, tuple | list):
        return [to_plain(one) for one in value]
    if isinstance(value, frozenset):
        return sorted(map(to_plain, value))
    return [to_plain(getattr(value, one.name)) for one in fields(value)]


def from_plain(kind: Any, plain: Any) -> Any:  # noqa: ANN401 - any record
    """Return what was made plain.

    Args:
        kind: the type of the record, or of the collection, such as `tuple[Problem, ...]`.
        plain: what `to_plain` made of it.

    Raises:
        ValueError: It was made of something else.
    """
    try:
        return _reader(kind)(plain)
    except (TypeError, KeyError, AttributeError, InvalidOperation, ZeroDivisionError) as error:
        raise ValueError(str(error)) from error


@cache
def _reader(kind: Any) -> Reader:  # noqa: ANN401 - any type that a field may have
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        (only,) = (one for one in inner if one is not type(None))
        return lambda plain: None if plain is None else _reader(only)(plain)
    if origin is Literal:
        return lambda plain: _one_of(plain, inner)
    if origin is tuple and inner in _COLUMNS:  # thousands of texts or numbers, judged at once
        return lambda plain: tuple(_column(inner[0], plain))
    if origin is frozenset or (origin is tuple and inner[-1] is Ellipsis):
        return lambda plain: origin(map(_reader(inner[0]), _as(list, plain)))
    if origin is tuple:
        return lambda plain: tuple(_reader(own)(one) for own, one in zip(inner, _as(list, plain), strict=True))
    if origin is not None and issubclass(origin, Mapping):
        return lambda plain: {_reader(inner[0])(key): _reader(inner[1])(own) for key, own in _as(list, plain)}
    if kind in (Decimal, Fraction):
        return lambda plain: kind(_as(str, plain))
    if kind in (str, int, float, bool):
        return lambda plain: _as(kind, plain)
    return lambda plain: kind(*(read(one) for read, one in zip(_readers(kind), _as(list, plain), strict=True)))


@cache
def _readers(kind: Any) -> tuple[Reader, ...]:  # noqa: ANN401 - a record's class
    """Return what reads each field of a record, in their order."""
    hints = get_type_hints(kind)
    names = (one.name for one in fields(kind)) if is_dataclass(kind) else kind._fields
    return tuple(_reader(hints[name]) for name in names)


def _as(kind: type, plain: Any) -> Any:  # noqa: ANN401 - a plain value
    if type(plain) is not kind and (kind, type(plain)) != (float, int):
        raise ValueError(f"{plain!r:.40} is no {kind.__name__}")
    return plain


def _column(kind: type, plain: Any) -> list[Any]:  # noqa: ANN401 - a plain value
    if set(map(type, _as(list, plain))) - {kind}:
        raise ValueError(f"not all of {plain!r:.40} is {kind.__name__}")
    return list(plain)


def _one_of(plain: Any, known: tuple[Any, ...]) -> Any:  # noqa: ANN401 - a plain value
    if plain not in known:
        raise ValueError(f"{plain!r:.40} is not known")
    return plain

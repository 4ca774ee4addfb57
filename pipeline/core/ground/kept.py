"""What was made before is taken from then where it would be made from the same again (decision 0063).

A part of the site, such as a page, is a function of what it is given; the digest of that is its name. Where parts are
kept from one time to the next: `adapters/verdict_store`. They only save time: what is not whole, or not such a part,
is as if it were not there.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache
from operator import attrgetter
from typing import Any, Final

_MOST: Final = 64 << 20  # bytes of one part


class Kept:
    """Parts of the last time by their names, and in `used` those that were asked for this time.

    Args:
        program: all that every part follows from beside what it is given.
        last: what was kept; None keeps nothing.
        shared: records that are given to many parts; each is said once, and stands in the others by its digest.
    """

    def __init__(
        self, program: str = "", last: Mapping[str, bytes] | None = None, *, shared: Collection[type] = ()
    ) -> None:
        self._program, self._last, self._shared = program.encode(), last, shared
        self._digests: dict[int, tuple[object, str]] = {}  # with the record, so that its id stays its own
        self.used: dict[str, bytes] = {}

    def made(self, given: object, make: Callable[[], Any], fits: Callable[[Any], bool]) -> Any:  # noqa: ANN401
        """Return what was made from the same before, if it has the form of such a part, else what is made now.

        Args:
            given: all that the part follows from; where it holds what nobody can say, the part is made.
            make: makes it, of lists, texts and numbers.
            fits: tells whether something has the form of what `make` gives.
        """
        said = None if self._last is None else self._said(given)
        if self._last is None or said is None:
            return make()
        name = hashlib.sha256(b"%s\0%s" % (self._program, said)).hexdigest()
        data = self.used.get(name) or self._last.get(name)
        part = None if data is None else _unpacked(data)
        if data is None or not fits(part):
            part = make()
            data = zlib.compress(json.dumps(part, ensure_ascii=False).encode(), 1)
        self.used[name] = data
        return part

    def _said(self, value: object) -> bytes | None:
        """Return a value as JSON, never the same of two; None where it is not of texts, numbers, lists and records."""
        with suppress(TypeError, ValueError):
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=self._plain).encode()
        return None

    def _plain(self, value: Any) -> list[Any]:  # noqa: ANN401
        kind: Any = type(value)
        read = _fields(kind)
        if read is not None:
            return [kind.__name__, self._digest(value, read) if kind in self._shared else read(value)]
        if kind in {Decimal, Fraction}:
            return [kind.__name__, str(value)]
        if isinstance(value, Mapping):
            return [kind.__name__, *value.items()]
        raise TypeError(kind.__name__)

    def _digest(self, value: object, read: Callable[[object], object]) -> str:
        if id(value) not in self._digests:
            told = json.dumps(read(value), ensure_ascii=False, default=self._plain)
            self._digests[id(value)] = value, hashlib.sha256(told.encode()).hexdigest()
        return self._digests[id(value)][1]


def is_texts(told: object, count: int | None = None) -> bool:
    """Tell whether something that was kept is a list of texts, of so many."""
    return isinstance(told, list) and len(told) == (count or len(told)) and all(isinstance(one, str) for one in told)


def _unpacked(data: bytes) -> Any:  # noqa: ANN401
    """Return what was kept, None where that is nothing whole."""
    with suppress(ValueError, zlib.error, RecursionError, MemoryError):
        return json.loads(zlib.decompressobj().decompress(data, _MOST))
    return None


@cache
def _fields(kind: Any) -> Callable[[object], object] | None:  # noqa: ANN401
    """Return what reads the fields of a record of a kind; None where it is no record."""
    return attrgetter(*(field.name for field in fields(kind))) if is_dataclass(kind) and fields(kind) else None

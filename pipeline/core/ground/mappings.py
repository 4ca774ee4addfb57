"""Mappings of thousands of agencies: a change is of one of them, and most come to what some other one comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeAlias, TypeVar

T = TypeVar("T")
U = TypeVar("U")
Kind: TypeAlias = Any  # what tells one kind of value from another


class Lazily(Mapping[str, T], Generic[T]):
    """Values by their names, in the order of the names; each is made once."""

    def __init__(self, names: Mapping[str, object], make: Callable[[str], T]) -> None:
        self._names, self._make = names, make
        self._made: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        """Return a value, made now where nobody asked for it before."""
        if name not in self._made:
            if name not in self._names:
                raise KeyError(name)
            self._made[name] = self._make(name)
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        """Tell whether there is such a name; nothing is made."""
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        """Return the names in their order."""
        return iter(self._names)

    def __len__(self) -> int:
        """Return how many names there are."""
        return len(self._names)


class Alike(Mapping[str, T], Generic[T]):
    """Values by their names, in the order of the names; what is done with a value is done once for its kind."""

    def __init__(
        self,
        kinds: Mapping[Kind, T],
        kind_of: Mapping[str, Kind] | None = None,
        times: Mapping[Kind, int] | None = None,
    ) -> None:
        self.kind_of = {name: name for name in kinds} if kind_of is None else kind_of  # by name
        self.times = Counter(self.kind_of.values()) if times is None else times
        self.kinds = {kind: kinds[kind] for kind in self.times}  # those that any name has, the first name's first

    def __getitem__(self, name: str) -> T:
        """Return the value of a name."""
        return self.kinds[self.kind_of[name]]

    def __iter__(self) -> Iterator[str]:
        """Return the names in their order."""
        return iter(self.kind_of)

    def __len__(self) -> int:
        """Return how many names there are."""
        return len(self.kind_of)

    def each(self, turn: Callable[[T], U]) -> Alike[U]:
        """Return what each value is turned into."""
        return Alike({kind: turn(one) for kind, one in self.kinds.items()}, self.kind_of, self.times)

    def named(self, names: Collection[str]) -> Alike[T]:
        """Return the values of some names, in the order of these."""
        return Alike(self.kinds, dict(zip(names, map(self.kind_of.__getitem__, names), strict=True)))

    def with_own(self, values: Mapping[str, T], gone: Iterable[str] = ()) -> Alike[T]:
        """Return these without some names, then values of which each is of its own kind, told by its name."""
        left = {**self.kind_of}
        for name in gone:
            left.pop(name, None)
        return Alike({**self.kinds, **values}, {**left, **{name: name for name in values}})

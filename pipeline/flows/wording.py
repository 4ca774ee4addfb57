"""The words of a language, from the files of the program. Kept small: every start of the program loads it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Final

from pipeline.adapters import documents
from pipeline.adapters.messages import label_files
from pipeline.core.ground.labels import Labels, texts_of
from pipeline.core.ground.nodes import Node
from pipeline.core.ground.problems import ParindexError

_BLOCK: Final = re.compile(rb"^(?=[a-z])", re.MULTILINE)  # a key at the margin, with all below it


class _Words(Mapping[str, str]):
    """Words by dotted key; a block is read when one of its keys is asked for, as most starts need few of them."""

    def __init__(self, files: Iterable[tuple[str, str, bytes]]) -> None:
        self._blocks: dict[str, list[tuple[str, str, bytes]]] = {}  # by the key that all in them begin with
        self._read: dict[str, dict[str, str]] = {}
        self._known: dict[str, str] = {}
        for name, prefix, data in files:
            for block in _BLOCK.split(data)[1:]:
                top = f"{prefix}.{block.partition(b':')[0].decode()}".removeprefix(".")
                self._blocks.setdefault(top, []).append((name, prefix, block))

    def _below(self, top: str) -> Mapping[str, str]:
        if top not in self._read:
            trees = ((prefix, words_in(name, data)) for name, prefix, data in self._blocks.get(top, ()))
            self._read[top] = dict(texts_of(trees))
            self._known |= self._read[top]
        return self._read[top]

    def __getitem__(self, key: str) -> str:
        if key not in self._known:
            first, _, rest = key.partition(".")
            self._below(first)
            self._below(f"{first}.{rest.partition('.')[0]}")
        return self._known[key]

    def __iter__(self) -> Iterator[str]:
        return (key for top in self._blocks for key in self._below(top))

    def __len__(self) -> int:
        return sum(1 for _ in self)


@cache
def load_labels(language: str) -> Labels:
    """Return one language's words, from the package."""
    return Labels(language, _Words(label_files(language)))


def words_in(path: str, data: bytes) -> Node:
    """Return the words in one label file; `labels-broken` where it cannot be read."""
    root = documents.read(path, data).root
    if root is None:
        raise ParindexError("labels-broken", path=path)
    return root

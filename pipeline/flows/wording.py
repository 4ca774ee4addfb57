"""The words of a language, from the files of the program. Kept small: every start of the program loads it."""

from __future__ import annotations

from functools import cache

from pipeline.adapters import documents
from pipeline.adapters.messages import label_files
from pipeline.core.ground.labels import Labels, labels_from
from pipeline.core.ground.nodes import Node
from pipeline.core.ground.problems import ParindexError


@cache
def load_labels(language: str) -> Labels:
    """Load one language's words from the package, once."""
    return labels_from(language, [(prefix, words_in(name, data)) for name, prefix, data in label_files(language)])


def words_in(path: str, data: bytes) -> Node:
    """Return the words in one label file; `labels-broken` where it cannot be read."""
    root = documents.read(path, data).root
    if root is None:
        raise ParindexError("labels-broken", path=path)
    return root

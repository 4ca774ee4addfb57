"""The label files that travel with the package, as bytes: a folder a language. What they say: `core.ground.labels`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from typing import Final

from pipeline.core.ground.text import MAIN

_TOP: Final = resources.files("pipeline") / "labels"
# The languages that there are: a folder of labels each, the main one first.
LANGUAGES: Final = (MAIN, *sorted(folder.name for folder in _TOP.iterdir() if folder.name != MAIN and folder.is_dir()))


def label_files(language: str) -> Iterator[tuple[str, str, bytes]]:
    """Yield each label file of a language: its name, the key its words stand under, its bytes."""
    top = _TOP / language
    for folder, prefix in ((top, ""), (top / "problems", "problems")):
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
            if entry.name.endswith(".yml"):
                yield f"{language}/{entry.name}", prefix, entry.read_bytes()

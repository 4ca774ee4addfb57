"""The label files that travel with the package, as bytes. What they say is the matter of `core.labels`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources


def label_files(language: str) -> Iterator[tuple[str, str, bytes]]:
    """Yield each label file of a language: its name, the key its words stand under, its bytes."""
    top = resources.files("pipeline") / "labels"
    for folder, prefix in ((top, ""), (top / "problems", "problems")):
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
            if entry.name == f"{language}.yml" or entry.name.endswith(f".{language}.yml"):
                yield entry.name, prefix, entry.read_bytes()

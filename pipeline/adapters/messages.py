"""The label files that travel with the package, as bytes: a folder a language. What they say: `core.ground.labels`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pipeline.core.ground.text import MAIN

_TOP: Final = Path(__file__).resolve().parents[1] / "labels"


def languages_in(top: Path) -> tuple[str, ...]:
    """Return the languages that there are, the main one first: each folder of labels that says what language it is."""
    found = (folder.name for folder in top.iterdir() if (folder / "language.yml").is_file())
    return (MAIN, *sorted(name for name in found if name != MAIN))


LANGUAGES: Final = languages_in(_TOP)


def label_files(language: str) -> Iterator[tuple[str, str, bytes]]:
    """Yield each label file of a language: its name, the key its words stand under, its bytes."""
    top = _TOP / language
    for folder, prefix in ((top, ""), (top / "problems", "problems")):
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
            if entry.name.endswith(".yml"):
                yield f"{language}/{entry.name}", prefix, entry.read_bytes()

"""Files that are written once: which version of each one counts.

A seal, an amendment or an approval is such a file. Where it was changed or deleted nevertheless, it is lawful to bring
back the version that counts (decision 0045).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileVersion:
    """What a commit made of a file: its sha256, None where the commit deleted it."""

    commit: str
    digest: str | None


def rightful(versions: Iterable[FileVersion], may_go: Callable[[FileVersion, FileVersion], bool]) -> FileVersion | None:
    """Return the version of a file that counts: the first, or one that took the place of another which might go.

    Args:
        may_go: whether the first of two versions might be replaced by the second, or taken away.
    """
    stands: FileVersion | None = None
    for version in versions:
        if stands is None or (version.digest != stands.digest and may_go(stands, version)):
            stands = version if version.digest is not None else None
    return stands


def rightful_entries(versions: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the entries of a list that may only grow: a version that rewrites an earlier one does not count."""
    stands: tuple[str, ...] = ()
    for entries in versions:
        stands = entries if entries[: len(stands)] == stands else stands
    return stands

"""Files that are written once: which version of each one counts.

A seal, an amendment or an approval is such a file. Where it was changed or deleted nevertheless, it is lawful to bring
back the version that counts (decision 0045). What approvals say is read here before they become records, as of a file
that nobody has judged yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice

from pipeline.core.ground import nodes
from pipeline.core.ground.nodes import maps_at, text_at


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


# --- what a file of approvals says ------------------------------------------------------------------------------------


def is_approved(root: nodes.Node | None) -> bool:
    """Tell whether a table counts that no later decision took back without another; of what nobody can read, yes."""
    entries = tuple(maps_at(root, "approvals"))
    back = {text_at(entry, "withdraws") for entry in entries if _takes_back(entry)} - {None}
    tables = [entry for entry in entries if not _takes_back(entry)]
    return not entries or any(text_at(entry.values.get("decision"), "number") not in back for entry in tables)


def moved_after(before: nodes.Node | None, after: nodes.Node | None, today: str) -> str | None:
    """Return the day of publication that had come when a new decision moved it or took a table back; else None."""
    old = tuple(maps_at(before, "approvals"))
    day = next((said for entry in reversed(old) if (said := text_at(entry, "publish_from")) is not None), None)
    new = islice(maps_at(after, "approvals"), len(old), None)
    moves = any(_takes_back(entry) or "publish_from" in entry.values for entry in new)
    return day if moves and day is not None and day <= today and is_approved(before) else None


def _takes_back(entry: nodes.Mapping) -> bool:
    return "withdraws" in entry.values and "table" not in entry.values

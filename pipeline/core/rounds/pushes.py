"""The names that a push would move: the guarded branch, the tags of seals, replaced objects.

What the branch would take in is judged by `guard_laws`; what a name points at is looked up by `pipeline.flows.guard`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pipeline.core.record.layout import path_of, place
from pipeline.core.rounds.judgement import Finding

SEAL_TAGS: Final = "refs/tags/seal/"
REPLACEMENTS: Final = "refs/replace/"
_FETCHED: Final = "refs/remotes/"  # where a clone has what it fetched: there `verify` looks for a register first
_REGISTER: Final = re.compile(r"refs/heads/register(-witness/[a-z](-?[a-z0-9])*)?")
_RESERVED: Final = re.compile(r"refs/heads/register(-witness)?(/.*)?", re.DOTALL)  # names that would be in its way


@dataclass(frozen=True, slots=True)
class RefUpdate:
    """One line of a push: a name, where it pointed and where it shall point; None where it does not exist.

    `begins` tells that a new branch begins with the pinned founding.
    Of a seal's tag: whether the commit holds the seal's file, is the one that brought it and stands on the guarded
    branch, the name that the tag itself bears, which git checks no more than this, and whether the tag that stood was
    the right one: it led to the commit that brought the seal which the branch holds.
    """

    ref: str
    old: str | None
    new: str | None
    holds_seal: bool = False
    brings_seal: bool = False
    on_branch: bool = False
    bears: str | None = None
    was_right: bool = True
    begins: bool = False


def judge_name(update: RefUpdate, branch: str) -> tuple[Finding, ...]:
    """Judge the name alone: the branch begins with its founding and stays, seal tags stay, nothing is replaced."""
    return tuple(
        Finding(word, figures={"ref": update.ref, "seal": seal_path(update.ref) or "–"})
        for word in _wrong_name(update, branch)
    )


def _wrong_name(update: RefUpdate, branch: str) -> Iterator[str]:
    if update.ref == branch and update.new is None:
        yield "branch-deleted"
    elif update.ref == branch and update.old is None and not update.begins:
        yield "branch-created"
    elif update.ref.startswith(REPLACEMENTS) and update.new is not None:
        yield "replaced-object"
    elif update.ref.casefold().startswith(_FETCHED) and update.new is not None:
        yield "register-in-the-way"
    elif update.ref.casefold().startswith(SEAL_TAGS):
        yield from _wrong_tag(update)
    elif _RESERVED.fullmatch(update.ref.casefold()) and (update.new is None or not _REGISTER.fullmatch(update.ref)):
        yield "register-deleted" if update.new is None else "register-in-the-way"


def _wrong_tag(update: RefUpdate) -> Iterator[str]:
    if update.old is not None and update.was_right:
        yield "seal-tag-moved" if update.new is not None else "seal-tag-deleted"
    elif update.new is None:
        return
    elif not update.holds_seal:
        yield "seal-tag-without-seal"
    elif not update.brings_seal:
        yield "seal-tag-on-later-commit"
    elif not update.on_branch:
        yield "seal-tag-elsewhere"
    elif update.bears not in (None, update.ref.removeprefix("refs/tags/")):
        yield "seal-tag-of-another-name"


def seal_path(ref: str) -> str | None:
    """Return the seal's file that a seal's tag speaks of, None where the tag names none."""
    parts = ref.removeprefix(SEAL_TAGS).split("/") if ref.startswith(SEAL_TAGS) else []
    path = path_of(parts[0], "seals", parts[1]) if len(parts) == 2 else ""
    at = place(path)
    return path if at is not None and at.kind == "seal" else None

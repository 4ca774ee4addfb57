"""Who wrote what of the data, as far as commits and their signatures say."""

from __future__ import annotations

from dataclasses import dataclass

GOOD = "good"


@dataclass(frozen=True, slots=True)
class SignatureState:
    """What a commit's signature is worth: `good` with whose key it is, or the word for what is wrong with it."""

    state: str
    signer: str | None = None  # the person's id in access.yml
    name: str | None = None  # the person as shown: id and role


@dataclass(frozen=True, slots=True)
class LastChange:
    """Who last changed a line: commit, author's name as typed, day, first line of the message, signature.

    None where it is not committed yet.
    """

    commit: str | None
    author: str | None
    day: str | None
    summary: str | None
    signed: SignatureState | None = None


@dataclass(frozen=True, slots=True)
class DataCommit:
    """One commit that touched the data, the paths that it touched, and its signature where that was looked at."""

    commit: str
    author: str
    day: str
    summary: str
    paths: tuple[str, ...]
    signed: SignatureState | None = None

"""A commit that somebody signs, written into a repository: a review, a form, a seal, an entry of the register."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pipeline.adapters import signatures
from pipeline.adapters.repository import Repository
from pipeline.core.rounds.commits import NAMESPACE


def write_signed(repository: Repository, key: Path | None, made: Callable[..., bytes]) -> str:
    """Write a commit and return its id; no branch moves.

    Args:
        made: the bytes of the commit, `commit_bytes` with all but its `signature`.
    """
    signature = None if key is None else signatures.sign(made(), NAMESPACE, key)
    return repository.write_commit(made(signature=signature))

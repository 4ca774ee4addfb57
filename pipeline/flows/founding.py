"""The founding: the commit from which guard judges a repository, pinned where nobody who pushes can change it."""

from __future__ import annotations

import os
from typing import Final

from pipeline.adapters.repository import Repository
from pipeline.core.ground.problems import ParindexError
from pipeline.core.rounds.commits import is_id

SETTING: Final = "parindex.founding"
VARIABLE: Final = "PARINDEX_FOUNDING"


def pinned(repository: Repository) -> str | None:
    """Return the founding that the server's own configuration pins, or a job's environment; None where neither does.

    Raises:
        ParindexError: What is pinned is no commit of this repository.
    """
    said = repository.own_setting(SETTING) or os.environ.get(VARIABLE) or None
    if said is not None and (not is_id(said) or repository.commit_of(said) != said):
        raise ParindexError("bad-founding", founding=said[:80])
    return said


def is_own(repository: Repository) -> bool:
    """Tell whether the repository's own configuration pins the founding: who can write there can pin another."""
    return repository.own_setting(SETTING) is not None

"""The founding: the commit from which guard judges, pinned where the repository stands."""

from __future__ import annotations

import os

from pipeline.adapters.repository import Repository


def pinned(repository: Repository) -> str | None:
    """Return the commit from which guard judges, None where nobody pinned one."""
    return os.environ.get("PARINDEX_FOUNDING") or repository.setting("parindex.founding")

"""A re-founding (mở lại sổ): the commit from which guard judges anew, after lost keys or a purge of personal data.

Its message says the old head and the reason, and it is signed by a key of the access.yml that it brings: on the old
head it changes access.yml alone, as a new root it stands for all that is kept. It counts where the server's
administrator pins it, and `verify` reports it for ever (design, section 4, "One door"; decision 0047).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from pipeline.core.record.access import PATH
from pipeline.core.rounds.commits import Commit, is_id

OLD_HEAD: Final = "Refounds"  # trailers of the commit's message
REASON: Final = "Reason"


def is_refounding(commit: Commit) -> bool:
    """Tell whether a commit says that it is a re-founding."""
    return len(commit.parents) < 2 and commit.trailer(OLD_HEAD) is not None


def refounding_fault(commit: Commit, touched: Collection[str]) -> str | None:
    """Return the word for what is wrong with a re-founding's form.

    `touched`: the paths in which it differs from its parent; of a root they may be any.
    """
    old = commit.trailer(OLD_HEAD) or ""
    if not is_id(old) or commit.parents not in ((), (old,)):
        return "not-old-head"
    if not commit.trailer(REASON):
        return "without-reason"
    return "not-access-alone" if commit.parents and set(touched) != {PATH} else None

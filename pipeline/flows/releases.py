"""Every state in which a year was or will be public, and what an attacker who holds all of them could learn.

A release is a commit at which the year had an approval, and what each of its approvals was given for, which the open
data tells. What is judged: `core.survey.protection`.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.adapters.repository import Repository
from pipeline.adapters.solver import solve
from pipeline.core.ground.problems import ParindexError
from pipeline.core.index.scoring import amended_counts, score
from pipeline.core.record import layout
from pipeline.core.record.model import Year
from pipeline.core.survey.disclosure import known_at_approvals
from pipeline.core.survey.protection import Protection, protections
from pipeline.flows.snapshot import Readings, Snapshot, world_of


def protected(repository: Repository, snapshot: Snapshot, name: str, revision: str | None) -> tuple[Protection, ...]:
    """Return how well each row that was or would be hidden of a year's survey is protected in all releases together.

    `revision`: the revision that the snapshot shows, None for the working tree.

    Raises:
        ParindexError: The history ends where the clone was cut off.
    """
    year = snapshot.world.years[name]
    before = list(released(repository, name, revision))
    return tuple(protections([*map(score, before), score(year)], solve))


def released(repository: Repository, name: str, revision: str | None) -> Iterator[Year]:
    """Yield a year at each commit with an approval of it, the oldest first, where its survey tells something new."""
    if repository.is_incomplete():
        raise ParindexError("disclosure-history")
    chronicle, path = repository.chronicle(revision, f"{layout.DATA}{name}"), layout.path_of(name, "approval")
    touching = {commit for (commit, _), touched in chronicle.touched.items() if touched}
    commits = [commit.id for commit in reversed(chronicle.commits) if commit.id in touching]
    approved, readings, told = repository.sizes(f"{commit}:{path}" for commit in commits), Readings(), list[object]()
    for commit in commits:
        if f"{commit}:{path}" not in approved:
            continue
        whole = world_of(repository.tree(commit, *layout.FOLDERS), readings).years.get(name)
        if whole is None or not whole.decisions or whole.survey is None:
            continue
        for year in map(whole.as_known, known_at_approvals(whole)):
            now = (year.survey, amended_counts(year), year.criteria, year.cycle.policy)
            if now not in told or year.cycle.policy.points.leaf_exact:
                yield year
            told.append(now)

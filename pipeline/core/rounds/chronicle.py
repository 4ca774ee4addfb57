"""Commits with what each did to a folder, as git says it; what that means for a criterion: `history`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from pipeline.core.rounds.commits import Commit, Touch

Edge: TypeAlias = tuple[str, str | None]  # a commit and one of its parents; None where it has none here


@dataclass(frozen=True, slots=True)
class Chronicle:
    """Commits with what each did to a folder, children before their parents."""

    commits: tuple[Commit, ...]
    touched: Mapping[Edge, tuple[Touch, ...]]
    uncommitted: tuple[Touch, ...] = ()  # the working tree against the first commit

    @property
    def edges(self) -> frozenset[str]:
        """Return the commits whose parents are not here: a shallow clone ends there."""
        known = {commit.id for commit in self.commits}
        return frozenset(commit.id for commit in self.commits if not known.issuperset(commit.parents))

    def origins(self) -> Mapping[str, Commit]:
        """Return, for each file that one commit alone ever touched, that commit: every line of it is its own."""
        touching: dict[str, set[str]] = {}
        for (commit, _), touched in self.touched.items():
            for entry in touched:
                for path in (entry.path, entry.was):
                    touching.setdefault(path, set()).add(commit if entry.path == entry.was else "")
        for entry in self.uncommitted:
            touching.setdefault(entry.path, set()).add("")
        known = {commit.id: commit for commit in self.commits}
        alone = {path: next(iter(commits)) for path, commits in touching.items() if len(commits) == 1}
        return {path: known[commit] for path, commit in alone.items() if commit in known}

    def parents(self, commit: Commit) -> tuple[str | None, ...]:
        """Return the parents that the clone holds; `None` stands for an empty tree where it holds none."""
        known = tuple(parent for parent in commit.parents if (commit.id, parent) in self.touched)
        return known or (None,)

    def own_paths(self, commit: Commit) -> frozenset[str]:
        """Return the paths that a commit changed against every parent: what a merge only brought is not its own."""
        edges = (self.touched.get((commit.id, parent), ()) for parent in self.parents(commit))
        return frozenset.intersection(
            *(frozenset(name for one in edge for name in (one.path, one.was)) for edge in edges)
        )

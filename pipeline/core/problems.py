"""What can be wrong in the data: a value with a stable code, a place and the figures its message needs.

Words stand in `pipeline/labels`, cures in `docs/reference/problems.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["error", "warning"]


class ParindexError(Exception):
    """The world is broken (usage, missing file, broken repository): one clear line, exit code 2.

    `code` names the sentence in the labels under `errors`, `figures` fill it in.
    """

    def __init__(self, code: str, **figures: str) -> None:
        super().__init__(code, figures)
        self.code = code
        self.figures = figures


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in the data, at a place counted from line 1, column 1."""

    code: str
    severity: Severity
    path: str
    line: int
    column: int
    figures: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_error(self) -> bool:
        """Tell whether the problem blocks; a warning is a fact that stays."""
        return self.severity == "error"


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Sort problems by place, then code, then figures, each once, so that the same data gives the same report."""
    unique = {(p.path, p.line, p.column, p.code, tuple(sorted(p.figures.items()))): p for p in problems}
    return tuple(unique[key] for key in sorted(unique))


def has_errors(problems: Iterable[Problem]) -> bool:
    """Tell whether any problem blocks."""
    return any(problem.is_error for problem in problems)

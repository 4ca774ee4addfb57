"""What can be wrong in the data: a value with a stable code, a place and the figures its message needs.

Words stand in `pipeline/labels`, cures in `docs/reference/problems.md`.
"""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias

Severity: TypeAlias = Literal["error", "warning"]


class ParindexError(Exception):
    """The world is broken (usage, missing file, broken repository): one clear line, exit code 2.

    `code` names the sentence in the labels under `errors`, `figures` fill it in.
    """

    def __init__(self, code: str, /, **figures: str) -> None:
        super().__init__(code, figures)
        self.code = code
        self.figures = figures


# Why systems mostly refuse a file: the faults for which labels have words.
NAMED_FAULTS: Final = frozenset(
    ("EACCES", "EDQUOT", "EFBIG", "EISDIR", "ENAMETOOLONG", "ENOENT", "ENOSPC", "ENOTDIR", "EPERM", "EROFS")
)


def system_reason(error: OSError) -> str:
    """Return why the system refused something: the fault's name where labels have words for it, else its own words."""
    name = errno.errorcode.get(error.errno or 0, "")
    return name if name in NAMED_FAULTS else error.strerror or str(error)


class DataError(Exception):
    """The data has errors that a command cannot go on with: they are the message, in words; exit code 1."""


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


@dataclass(frozen=True, slots=True)
class Brought:
    """The problems of a state, parted: those that a change brought or left in the files it touched, and the others."""

    problems: tuple[Problem, ...]
    elsewhere: tuple[Problem, ...]
    redo: tuple[Problem, ...] = ()  # errors that new rules raise in lines which the change did not touch


NOTHING_BROUGHT = Brought((), ())


def brought(before: Iterable[Problem], after: Iterable[Problem], touched: Collection[str]) -> Brought:
    """Part the problems of a state after a change.

    A problem in a file that the change did not touch was there before if the same code, path and figures were: lines
    may have moved. What stood there twice and stands there three times was brought once.
    """
    known = Counter(map(_sameness, before))
    here: list[Problem] = []
    elsewhere: list[Problem] = []
    for problem in after:
        if problem.path not in touched and known[_sameness(problem)] > 0:
            known[_sameness(problem)] -= 1
            elsewhere.append(problem)
        else:
            here.append(problem)
    return Brought(tuple(here), tuple(elsewhere))


def _sameness(problem: Problem) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    return problem.code, problem.path, tuple(sorted(problem.figures.items()))


@contextmanager
def reached(code: Literal["cannot-read", "cannot-write"], path: object) -> Iterator[None]:
    """Turn what the system says of a file or folder that cannot be reached into one clear line.

    Raises:
        ParindexError: with the code, the path, and the system's reason.
    """
    try:
        yield
    except OSError as error:
        raise ParindexError(code, path=str(path), detail=system_reason(error)) from error


def has_errors(problems: Iterable[Problem]) -> bool:
    """Tell whether any problem blocks."""
    return any(problem.is_error for problem in problems)


def counted(problems: Iterable[Problem]) -> dict[str, int]:
    """Return how many errors and how many warnings there are, as messages name them."""
    errors = [problem.is_error for problem in problems]
    return {"errors": sum(errors), "warnings": errors.count(False)}


class Source(NamedTuple):
    """A place in a file, counted from 1."""

    path: str
    line: int = 1
    column: int = 1


NOWHERE = Source("")

"""Which errors a push brings into the data: those of records that the state before could judge and that held there.

Rights are judged commit by commit in `guard_laws`; here the state that a push leaves behind is compared with the one
before it (design, section 4, "One door").
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeAlias

from pipeline.core.ground.problems import Problem
from pipeline.core.index.laws import CHECKS, CHECKS_OF_RESULTS, CHECKS_OF_WORLD, CHECKS_OF_YEARS
from pipeline.core.record.layout import SCHEMAS, place
from pipeline.core.record.model import World

_LAWS = frozenset({*CHECKS, *CHECKS_OF_YEARS, *CHECKS_OF_WORLD, *CHECKS_OF_RESULTS})
_RULES = frozenset({"cycle", "agencies", "criteria"})
_RULES_OF_ALL = frozenset({"bodies", "calendar"})

Record: TypeAlias = tuple[str | None, ...]  # kind, year, stage, group, agency; of a misplaced file its path


def new_errors(
    before: Iterable[Problem], after: Iterable[Problem], *, touched: Collection[str], world: World
) -> tuple[Problem, ...]:
    """Return the errors after a push that it brought.

    An error was there before if the same code stood against the same record and criterion, in whichever file: a line
    may move from a head to a part. A record that could not be read before may be read now and show its errors, and so
    may files that nobody touched and that could not be judged without it, so that half a repair passes. An error that
    new rules raise in lines which nobody touched, of a stage that is open, is to be redone by who wrote them, and
    stops nobody.

    Example: BASE has `score-over-maximum` at 1.1.1 of one agency. A push that mends it and types 99 at 1.1.2 brings one
    error; a push that mends nothing and changes another agency brings none.
    """
    old = [problem for problem in before if problem.is_error]
    known = {_key(problem) for problem in old}
    unread = {problem.path for problem in old if problem.code not in _LAWS}
    brought = (problem for problem in after if problem.is_error and _key(problem) not in known)
    new = [problem for problem in brought if not _was_hidden(problem.path, unread, touched)]
    return redo_apart(new, touched=touched, world=world)[0]


def redo_apart(
    problems: Iterable[Problem], *, touched: Collection[str], world: World
) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """Part off the errors that a change of rules raises in lines of open stages which the change did not touch.

    Returns:
        The other problems, and those errors.
    """
    ruled: set[str] = set()
    for path in touched:
        found = place(path)
        if path.startswith(SCHEMAS) or (found is not None and found.kind in _RULES_OF_ALL):
            ruled |= world.years.keys()
        elif found is not None and found.year is not None and found.kind in _RULES:
            ruled.add(found.year)
    parted: tuple[list[Problem], list[Problem]] = ([], [])
    for problem in problems:
        own_line = problem.is_error and problem.path not in touched and "criterion" in problem.figures
        parted[own_line and _is_open(problem.path, ruled, world)].append(problem)
    return tuple(parted[0]), tuple(parted[1])


def _key(problem: Problem) -> tuple[str, Record, str | None]:
    return problem.code, _record(problem.path), problem.figures.get("criterion")


def _record(path: str) -> Record:
    found = place(path)
    return (path,) if found is None else (found.kind, found.year, found.stage, found.group, found.agency, found.number)


def _was_hidden(path: str, unread: Collection[str], touched: Collection[str]) -> bool:
    """Tell whether errors of a file could not be seen before: it could not be read itself, or another that is mended.

    A line may have come out of another file of its record. What nobody touched may rest on a file of its agency, its
    year or all years: while a claim could not be read, no appraisal was held against it.
    """
    return path in unread or any(
        _record(mended) == _record(path) or (path not in touched and _rests_on(path, mended))
        for mended in unread
        if mended in touched
    )


def _rests_on(path: str, other: str) -> bool:
    own, known = place(path), place(other)
    return (
        own is not None and known is not None and known.year in (None, own.year) and known.agency in (None, own.agency)
    )


def _is_open(path: str, ruled: Collection[str], world: World) -> bool:
    """Tell whether a path is a file of a stage that is open, in a year whose rules the push changes."""
    found = place(path)
    year = world.years.get(found.year or "") if found is not None and found.year in ruled else None
    return year is not None and found is not None and found.stage is not None and not year.is_closed(found.stage)

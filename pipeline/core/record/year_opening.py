"""A new year's files out of those of the year before: what changes in each, and what people have to decide.

Days move by whole years, what happened is removed, standing rules are kept. An opening that falls on a day off moves to
the next working day, a last day to the one before. Who edits the texts and judges the result: `flows.open_year`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, TypeAlias

from pipeline.core.ground import nodes
from pipeline.core.ground.nodes import Pointer, Scalar
from pipeline.core.ground.text import NAMED_YEAR
from pipeline.core.record.calendar import add_working_days, day_before, last_working_day
from pipeline.core.record.editing import DELETE, Changes, Delete, Writable
from pipeline.core.record.layout import index_of, precedes
from pipeline.core.record.model import Calendar, Year

Change: TypeAlias = "tuple[Pointer, Writable | Literal[Delete.DELETE]]"

_MONTH_OR_DAY: Final = re.compile(r"\d{4}-\d{2}(?:-\d{2})?", re.ASCII)
_OPENING: Final = ("opens", "from")
_QUOTED_OR_DONE: Final = ("done", "printed", "reading", "source")  # of a task: what happened, and the old plan's words
_LEFT_OUT: Final = ("extensions", "documents")  # of a cycle: what happened, and what has a file of its own
_NAMED: Final = ("section", "task", "product")


@dataclass(frozen=True, slots=True)
class Succession:
    """From which year to which, and the days off that are known."""

    year: Year
    new: str
    calendar: Calendar

    @property
    def years(self) -> int:
        """Return by how many years days move."""
        return int(self.new[:4]) - int(self.year.name[:4])

    @property
    def follows(self) -> bool:
        """Tell whether the new year is compared with the old one: several sets of one year stand side by side."""
        return precedes(self.year.name, self.new)

    def moved(self, day: str) -> str:
        """Return a day, or a month, so many years on; 29 February may become the 28th."""
        there = f"{int(day[:4]) + self.years}{day[4:]}"
        return there if day[4:] != "-02-29" else (date(int(there[:4]), 3, 1) - timedelta(days=1)).isoformat()

    def worked(self, key: str, day: str) -> str:
        """Return a day of a window or a plan so many years on, where people work.

        Example: `by` a 31 December that is a Saturday becomes the 30th; `opens` on a Sunday becomes the Monday. As
        `before` excludes its day, the day before it is the one that has to be a working day.
        """
        there = self.moved(day)
        if len(there) < len("2025-01-01"):
            return there
        if key in _OPENING:
            return add_working_days(day_before(there), 1, self.calendar)
        if key == "before":
            last = last_working_day(day_before(there), self.calendar)
            return (date.fromisoformat(last) + timedelta(days=1)).isoformat()
        return last_working_day(there, self.calendar)

    def renamed(self, text: str) -> str:
        """Return a text that names the new year where it named the old one; days and document numbers stay."""
        old = self.year.name[:4]
        return NAMED_YEAR.sub(lambda found: self.new[:4] if found[0] == old else found[0], text)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person has to decide before the new year's files are brought in: a word for it, and figures."""

    code: str
    figures: Mapping[str, str]


def carry(kind: str, root: nodes.Mapping, succession: Succession) -> tuple[Changes, tuple[Decision, ...]]:
    """Return what changes in a file of a kind of `KEPT`, and the days that had to leave their day of the month."""
    changes: dict[Pointer, Writable | Literal[Delete.DELETE]] = {}
    off: list[Decision] = []
    for pointer, value in KEPT[kind](root, succession):
        stood = nodes.at(root, pointer)
        text = stood.text if isinstance(stood, Scalar) else ""
        if value == text:
            continue
        changes[pointer] = value
        if value is not DELETE and _MONTH_OR_DAY.fullmatch(text) and (exact := succession.moved(text)) != value:
            figures = {"where": f"{kind} {_about(root, pointer)}", "day": exact, "found": str(value)}
            off.append(Decision("day-off", figures))
    return changes, tuple(off)


def _about(root: nodes.Mapping, pointer: Pointer) -> str:
    """Return what a day is of: a stage, the number of a task, the fieldwork."""
    number = nodes.at(root, (*pointer[:2], "no")) if pointer[0] == "tasks" else None
    return number.text if isinstance(number, Scalar) else str(pointer[-2])


def _texts(root: nodes.Node, *start: str | int) -> Iterator[tuple[Pointer, str]]:
    """Yield the texts below a place that is there, with their pointers from the top."""
    below = nodes.at(root, start)
    for pointer, node in nodes.walk(below, start) if nodes.at(root, start[:-1]) is not below else ():
        if isinstance(node, Scalar):
            yield pointer, node.text


def _days(root: nodes.Node, succession: Succession, *start: str | int) -> Iterator[Change]:
    for pointer, text in _texts(root, *start):
        if _MONTH_OR_DAY.fullmatch(text):
            yield pointer, succession.worked(str(pointer[-1]), text)


def _names(root: nodes.Node, succession: Succession, *start: str | int) -> Iterator[Change]:
    yield from ((pointer, succession.renamed(text)) for pointer, text in _texts(root, *start))


def _cycle(root: nodes.Mapping, succession: Succession) -> Iterator[Change]:
    yield from _names(root, succession, "title")
    yield from ((pointer, succession.moved(day)) for pointer, day in _texts(root, "period"))
    yield from _days(root, succession, "stages")
    for key in _LEFT_OUT:
        if key in root.values:
            yield (key,), DELETE


def _criteria(root: nodes.Mapping, succession: Succession) -> Iterator[Change]:
    """Move the days of evidence; one that was long before the period began is no day of a year."""
    period = succession.year.cycle.period_from
    long_ago = f"{int(period[:4]) - 1}{period[4:]}"
    for pointer, day in _texts(root, "criteria"):
        if "evidence_dates" in pointer[-2:-1] and day >= long_ago:
            yield pointer, succession.moved(day)


def _plan(root: nodes.Mapping, succession: Succession) -> Iterator[Change]:
    tasks = root.values["tasks"]
    for number, task in enumerate(tasks.items if isinstance(tasks, nodes.Sequence) else ()):
        for key in _NAMED:
            yield from _names(root, succession, "tasks", number, key)
        yield from _days(root, succession, "tasks", number, "due")
        gone = [key for key in _QUOTED_OR_DONE if isinstance(task, nodes.Mapping) and key in task.values]
        yield from ((("tasks", number, key), DELETE) for key in gone)


def _survey(root: nodes.Mapping, succession: Succession) -> Iterator[Change]:
    yield from _days(root, succession, "fieldwork")
    groups = root.values["groups"]
    for name, group in groups.values.items() if isinstance(groups, nodes.Mapping) else ():
        if isinstance(group, nodes.Mapping) and "forms" in group.values:
            yield ("groups", name, "forms"), DELETE


def _as_it_stands(_root: nodes.Mapping, _succession: Succession) -> Iterator[Change]:
    return iter(())


# Kind of a file that a new year takes over -> what changes in it; all else of a year tells what happened.
KEPT: Final[Mapping[str, Callable[[nodes.Mapping, Succession], Iterator[Change]]]] = {
    "cycle": _cycle,
    "agencies": _as_it_stands,
    "criteria": _criteria,
    "plan": _plan,
    "documents": _as_it_stands,
    "survey": _survey,
}


def pair(succession: Succession) -> dict[str, Writable]:
    """Return the beginning of the concordance: every leaf is compared with the one of its code."""
    criteria = [{"from": [leaf.code], "to": [leaf.code]} for leaf in succession.year.leaves()]
    return {"from": succession.year.name, "to": succession.new, "criteria": criteria}


def decisions(succession: Succession) -> Iterator[Decision]:
    """Yield what no rule can decide, in the order of the files."""
    year, new = succession.year, succession.new
    yield Decision("title", {"title": succession.renamed(year.cycle.title.main)})
    if index_of(new) != index_of(year.name):
        yield Decision("of", {"of": year.cycle.of.main if year.cycle.of else "–"})
    if year.cycle.illustrative:
        yield Decision("illustrative", {})
    yield Decision("basis", {"numbers": ", ".join(reference.number for reference in year.cycle.legal_basis)})
    touched = {
        day[:4] for window in year.cycle.windows.values() for day in (window.opens, window.before, window.by) if day
    }
    known = succession.calendar.years
    missing = sorted({str(int(day) + succession.years) for day in touched} - known)
    yield from (Decision("calendar", {"year": each}) for each in missing)
    yield Decision("agencies", {"agencies": ", ".join(year.agencies)})
    for agency in year.agencies.values():
        for exemption in agency.exemptions:
            document = exemption.document.number if exemption.document is not None else "–"
            figures = {"agency": agency.slug, "criterion": exemption.criterion, "document": document}
            yield Decision("exemption", figures)
    yield Decision("criteria", {"leaves": str(sum(1 for _ in year.leaves()))})
    if year.plan:
        yield Decision("plan", {"tasks": str(len(year.plan))})
    if year.survey is not None:
        yield Decision("survey", {"groups": ", ".join(year.survey.groups)})
    if year.council is not None:
        yield Decision("council", {"year": year.name})
    if year.signings:
        yield Decision("documents", {"kinds": ", ".join(year.signings)})
    yield Decision("comments", {"new": new})

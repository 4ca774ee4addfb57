"""The command open-year: the files of a new year out of those of the year before, and what people have to decide."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from pipeline.commands import common
from pipeline.core.ground import problem_words
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError, has_errors
from pipeline.core.record.layout import DATA, is_year
from pipeline.core.record.year_opening import Decision
from pipeline.flows.open_year import CONCORDANCE, OpenedYear, kept_files, open_year
from pipeline.flows.snapshot import Readings, Snapshot

_FARTHEST = 10  # years on: more is mistyped


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Write the files of the new year, and tell what is left to decide and what is wrong in them."""
    readings = Readings()
    repository, snapshot, labels = common.data_of(options, labels, readings)
    old, new = common.existing_year(snapshot, options.old), options.new
    _refuse_year(old, new, snapshot)
    common.readable_year(snapshot, old, labels)
    taken = {*kept_files(snapshot, old), CONCORDANCE}
    common.refuse_errors([problem for problem in snapshot.problems if problem.path in taken], labels)
    common.tell_progress(labels.text("open-year.writing", new=new))
    opened = open_year(snapshot, old, new, readings)
    with common.only_writer(repository.root):
        common.write_all({common.place_in(repository, path): data for path, data in opened.files.items()})
    common.tell(
        options.format,
        text=lambda: opened_text(opened, old, new, labels),
        json=lambda: opened_json(opened, old, new, labels),
    )
    return int(has_errors(opened.problems))


def _refuse_year(old: str, new: str, snapshot: Snapshot) -> None:
    """Refuse a name that is no year, a year too far away or before the old one, and a year that is there."""
    if not is_year(new) or not 0 <= int(new[:4]) - int(old[:4]) <= _FARTHEST:
        raise ParindexError("bad-new-year", year=new[:40], old=old, last=str(int(old[:4]) + _FARTHEST))
    if any(path.startswith(f"{DATA}{new}/") for path in snapshot.tree.files):
        raise ParindexError("year-exists", year=new)


def opened_text(opened: OpenedYear, old: str, new: str, labels: Labels) -> str:
    """Return what was written and what is left to decide, for people."""
    told = [labels.text("open-year.done", new=new, old=old), *(f"  {path}" for path in opened.files), ""]
    told += [labels.text("open-year.decide"), *(f"- {line}" for line in _lines(opened.decisions, labels)), ""]
    problems = problem_words.problems_text(opened.problems, labels)
    return "\n".join([*told, f"{problems}{labels.text('open-year.next', new=new)}\n"])


def opened_json(opened: OpenedYear, old: str, new: str, labels: Labels) -> dict[str, object]:
    """Return the stable shape of `open-year --format json`."""
    return {
        "year": new,
        "from": old,
        "files": [*opened.files],
        "decisions": [
            {
                "code": decision.code,
                "figures": dict(decision.figures),
                "message": labels.text(f"open-year.decisions.{decision.code}", **decision.figures),
            }
            for decision in opened.decisions
        ],
        "problems": problem_words.listed_json(opened.problems, labels),
    }


def _lines(decisions: Sequence[Decision], labels: Labels) -> Iterator[str]:
    """Yield a sentence for each decision; places whose day moves alike are reported in one."""
    places: dict[tuple[str, ...], list[str]] = {}
    for decision in decisions:
        if where := decision.figures.get("where"):
            places.setdefault((decision.figures["day"], decision.figures["found"]), []).append(where)
    for (day, found), together in places.items():
        yield labels.text("open-year.decisions.day-off", day=day, found=found, where=", ".join(together))
    for decision in decisions:
        if "where" not in decision.figures:
            yield labels.text(f"open-year.decisions.{decision.code}", **decision.figures)

"""The command status: the plan's tasks, done, due or late."""

from __future__ import annotations

import argparse
import sys
from datetime import date, datetime, time

from pipeline.adapters import calendars
from pipeline.commands.common import day_of, existing_year, refuse, snapshot_of
from pipeline.core.ground import text
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError, has_errors
from pipeline.core.index.words import with_stages
from pipeline.core.rounds import timetable_words
from pipeline.core.rounds.commits import LOCAL_TIME
from pipeline.core.rounds.timetable import progress
from pipeline.flows.snapshot import Snapshot


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Tell where the plan stands on a day."""
    snapshot = snapshot_of(options)
    labels = with_stages(labels, snapshot.world.years.values())
    world, commit = snapshot.world, snapshot.tree.commit
    name = _year_to_watch(snapshot, options.year)
    if name is None or name not in world.years:
        return refuse(snapshot.problems if name is None else snapshot.problems_of_year(name), labels)
    today, origin = _today_by_clock(options.today)
    errors = sum(problem.is_error for problem in snapshot.problems_of_year(name))
    stands = progress(world.years[name], world.calendar, today)
    if options.format == "ics":
        told = calendars.calendar_file(
            timetable_words.deadlines(stands.year, world.calendar, world.bodies, labels),
            title=labels.text("status.calendar", title=labels.of(stands.year.cycle.title)),
            language=labels.language,
            stamp=_midnight(today) if snapshot.tree.stamp is None else snapshot.tree.stamp,
        ).decode()
    elif options.format == "json":
        whole = timetable_words.progress_json(stands, labels, origin=origin, commit=commit, errors=errors)
        told = text.to_json(whole)
    else:
        told = timetable_words.progress_text(stands, world.bodies, labels, origin=origin, commit=commit, errors=errors)
    sys.stdout.write(told)
    return 0


def _year_to_watch(snapshot: Snapshot, wanted: str | None) -> str | None:
    """Return the year that was named, or the only one; None where the data's errors left none to choose."""
    if wanted is not None:
        return existing_year(snapshot, wanted)
    years = sorted(snapshot.world.years)
    if len(years) > 1:
        raise ParindexError("year-needed", allowed=", ".join(years))
    if not years and not has_errors(snapshot.problems):
        raise ParindexError("no-years")
    return years[0] if years else None


def _today_by_clock(given: str | None) -> tuple[str, str]:
    """Return the day to go by: of all commands, `status` alone asks the clock, for it tells what is due now."""
    return (day_of(given), "given") if given is not None else (datetime.now(LOCAL_TIME).date().isoformat(), "clock")


def _midnight(day: str) -> int:
    return int(datetime.combine(date.fromisoformat(day), time(), LOCAL_TIME).timestamp())

"""The command status: the plan's tasks, done, due or late."""

from __future__ import annotations

import argparse
from datetime import date, datetime, time

from pipeline.adapters import calendars
from pipeline.commands.common import data_of, day_of, named_year, readable_year, tell
from pipeline.core.ground.labels import Labels
from pipeline.core.rounds import timetable_words
from pipeline.core.rounds.commits import LOCAL_TIME
from pipeline.core.rounds.timetable import progress


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Print which tasks of the plan are done, due or late on a day."""
    _, snapshot, labels = data_of(options, labels)
    world, commit = snapshot.world, snapshot.tree.commit
    year = readable_year(snapshot, named_year(snapshot, options.year, labels), labels)
    today, origin = _today_by_clock(options.today)
    errors = sum(problem.is_error for problem in snapshot.problems_of_year(year.name))
    stands = progress(year, world.calendar, today)
    tell(
        options.format,
        ics=lambda: calendars.calendar_file(
            timetable_words.deadlines(stands.year, world.calendar, world.bodies, labels),
            title=labels.text("status.calendar", title=labels.of(stands.year.cycle.title)),
            language=labels.language,
            stamp=_midnight(today) if snapshot.tree.stamp is None else snapshot.tree.stamp,
        ).decode(),
        json=lambda: timetable_words.progress_json(stands, labels, origin=origin, commit=commit, errors=errors),
        text=lambda: timetable_words.progress_text(
            stands, world.bodies, labels, origin=origin, commit=commit, errors=errors
        ),
    )
    return 0


def _today_by_clock(given: str | None) -> tuple[str, str]:
    """Return the day to go by: of all commands, `status` alone asks the clock, for it tells what is due now."""
    return (day_of(given), "given") if given is not None else (datetime.now(LOCAL_TIME).date().isoformat(), "clock")


def _midnight(day: str) -> int:
    return int(datetime.combine(date.fromisoformat(day), time(), LOCAL_TIME).timestamp())

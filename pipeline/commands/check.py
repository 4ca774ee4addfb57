"""The command check: shape and laws of the data, all problems at once."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from typing import Any

from pipeline.adapters.repository import Repository
from pipeline.commands import common
from pipeline.commands.answers import answered
from pipeline.core.ground import problem_words
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError, Problem, counted, has_errors, in_order
from pipeline.core.index.pending import Pending, as_problems, redone
from pipeline.core.index.pending_words import pending_json, pending_markdown, pending_sentences, pending_text
from pipeline.core.record.model import Year
from pipeline.core.record.stages import SURVEY
from pipeline.flows import compare
from pipeline.flows.outline import Outline


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Tell every problem of the data."""
    return answered(options, labels, _answer)


def _answer(repository: Repository, options: argparse.Namespace, labels: Labels) -> tuple[Iterable[str], int]:
    past = common.past_of(options, repository)
    snapshot, labels = common.outlined(repository, options, labels, past, options.since)
    problems = snapshot.problems if options.year is None else snapshot.problems_of_year(options.year)
    if options.year is not None:
        common.existing_year(snapshot, options.year)
    years = [year for name, year in snapshot.world.years.items() if options.year in (None, name)]
    owed: tuple[Pending, ...] = ()
    missing: tuple[Problem, ...] = ()  # whatever changed, a year is complete or it is not
    if options.complete:
        missing = tuple(_owed_as_errors(snapshot, years, options.stage))
    elif options.stage is not None:
        raise ParindexError("stage-needs-complete", stage=options.stage[:60], year=options.year or "YYYY")
    else:
        today = common.day_of(options.today) if options.today is not None else snapshot.tree.day
        owed = tuple(entry for year in years for entry in snapshot.pending(year, today))
    since = ""
    more: dict[str, Any] = {}
    if options.since is not None:
        base, parted = compare.since(repository, options.since, snapshot, problems=problems, past=past)
        problems = parted.problems
        owed = (*redone(parted.redo, snapshot.world.years), *owed)
        elsewhere = counted(parted.elsewhere)
        since = labels.text("diff.since", base=base[:12], **elsewhere) + "\n"
        more = {"since": base, "elsewhere": elsewhere}
    problems = in_order([*problems, *missing])
    summary = since + labels.text(
        "check.summary",
        files=snapshot.examined,
        years=len(snapshot.world.years),
        **counted(problems),
    )
    more["pending"] = pending_json(owed)
    world = snapshot.world
    owing = pending_sentences(owed, world.years, world.bodies, labels)  # told by one of the faces, or by none
    title = labels.text("pending.title")
    told = common.face(
        options.format,
        json=lambda: problem_words.problems_json(problems, snapshot.tree.commit, snapshot.examined, labels) | more,
        github=lambda: (
            f"{problem_words.problems_github(problems, labels)}{problem_words.notices_github(title, owing)}{summary}\n"
        ),
        markdown=lambda: (
            f"{problem_words.problems_markdown(problems, labels)}{pending_markdown(owing, labels)}\n{summary}\n"
        ),
        text=lambda: f"{problem_words.problems_text(problems, labels)}{pending_text(owing, labels)}{summary}\n",
    )
    return (told,), int(has_errors(problems))


def _owed_as_errors(snapshot: Outline, years: list[Year], stage: str | None) -> Iterator[Problem]:
    """Yield as errors what the years, or one stage of them, lack before they can be closed."""
    for year in years:
        if stage is not None:
            common.existing_stage(year, stage, beside=(SURVEY,))
        yield from as_problems(entry for entry in snapshot.awaited(year) if stage in (None, entry.stage))

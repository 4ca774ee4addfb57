"""The command check: shape and laws of the data, all problems at once."""

from __future__ import annotations

import argparse

from pipeline.commands.common import data_of, existing_year, tell
from pipeline.core.ground import problem_words
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import has_errors
from pipeline.core.rounds import change_words
from pipeline.flows import compare
from pipeline.flows.snapshot import Readings


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Tell every problem of the data."""
    readings = Readings()
    repository, snapshot, labels = data_of(options, labels, readings)
    problems = snapshot.problems if options.year is None else snapshot.problems_of_year(options.year)
    if options.year is not None:
        existing_year(snapshot, options.year)
    since, more = "", {}
    if options.since is not None:
        base, parted = compare.since(repository, options.since, options.rev, problems=problems, readings=readings)
        problems = parted.problems
        since = change_words.since_summary(parted.elsewhere, base, labels) + "\n"
        more = change_words.since_json(parted.elsewhere, base)
    summary = since + labels.text(
        "check.summary",
        files=snapshot.examined,
        years=len(snapshot.world.years),
        errors=sum(problem.is_error for problem in problems),
        warnings=sum(not problem.is_error for problem in problems),
    )
    tell(
        options.format,
        json=lambda: problem_words.problems_json(problems, snapshot.tree.commit, snapshot.examined, labels) | more,
        github=lambda: f"{problem_words.problems_github(problems, labels)}{summary}\n",
        markdown=lambda: f"{problem_words.problems_markdown(problems, labels)}\n{summary}\n",
        text=lambda: f"{problem_words.problems_text(problems, labels)}{summary}\n",
    )
    return int(has_errors(problems))

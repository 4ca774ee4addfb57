"""The command survey disclosure: what an attacker could learn from all releases together."""

from __future__ import annotations

import argparse

from pipeline.commands.common import before_approval, data_of, progress, refuse_errors, surveyed_year, tell
from pipeline.core.ground.labels import Labels
from pipeline.core.survey.protection_words import problems_of, protection_json, protection_text
from pipeline.flows.releases import protected


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Tell how well each hidden row is protected; what is not is an error."""
    repository, snapshot, labels = data_of(options, labels)
    year, _ = surveyed_year(snapshot, options.year, labels)
    refuse_errors(before_approval(snapshot, year.name), labels)
    with progress(labels.text("progress.attacking")):
        found = protected(repository, snapshot, year.name, options.rev)
    tell(
        options.format,
        json=lambda: protection_json(year, found),
        table=lambda: protection_text(year, found, labels),
    )
    refuse_errors(tuple(problems_of(year, found)), labels)
    return 0

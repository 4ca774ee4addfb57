"""The command seal: close a stage with a signed manifest."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime

from pipeline.adapters.repository import Tree
from pipeline.commands.answers import repository_of
from pipeline.commands.common import data_of, day_of, existing_stage, now, readable_year, tell_owed
from pipeline.core.ground.labels import Labels
from pipeline.core.index.pending import awaited
from pipeline.core.record.stages import SURVEY
from pipeline.core.rounds.commits import LOCAL_TIME, Moment, moment
from pipeline.flows import prove


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Close a stage, or say why it cannot be closed."""
    prove.check_key(options.key, repository_of(options, labels))
    repository, snapshot, labels = data_of(options, labels)
    year = readable_year(snapshot, options.year, labels)
    existing_stage(year, options.stage, beside=(SURVEY,))
    sealed = prove.seal(
        repository,
        snapshot,
        year=year.name,
        stage=options.stage,
        key=prove.check_key(options.key, repository),
        at=_moment(options.today, snapshot.tree),
    )
    stage = labels.stage(options.stage)
    if not isinstance(sealed, prove.Sealed):
        print(labels.text("seal.refused", stage=stage, year=year.name), file=sys.stderr)
        for code, figures in sealed:
            known = {key: labels.stage(value) if key == "stage" else value for key, value in figures.items()}
            print("  " + labels.text(f"seal.reason.{code}", **known), file=sys.stderr)
        owed = [entry for entry in awaited(year) if entry.stage == options.stage]
        tell_owed(owed, snapshot, labels)
        return 1
    told = {"path": sealed.path, "commit": sealed.commit[:12], "tag": sealed.tag, "files": sealed.files}
    print(labels.text("seal.done", stage=stage, year=year.name, person=sealed.person.name, **told))
    return 0


def _moment(today: str | None, tree: Tree) -> Moment:
    """Return when the stage is sealed, of the seal and its commit alike: now, or on the day that was given."""
    present = now()
    if today is None or day_of(today) == present.day:
        return present
    noon = datetime.fromisoformat(f"{day_of(today)}T12:00:00").replace(tzinfo=LOCAL_TIME)
    latest = tree.stamp or 0 if tree.day == today else 0
    return moment(max(int(noon.timestamp()), latest))

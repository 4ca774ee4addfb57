"""The command survey tally: files of responses become files of counts; what was refused stays in a local report."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from pipeline.adapters import clusters
from pipeline.commands.common import data_of, format_of, place_in, read_file, surveyed_year, write, write_all
from pipeline.core.ground import problem_words
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.core.survey import tally_words
from pipeline.flows import tally

_MOST_MAPPING = 1024 * 1024  # bytes that a mapping file may have


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Count, tell what was counted, and write the files of counts: all of them or none."""
    repository, snapshot, labels = data_of(options, labels)
    if options.report is not None:
        format_of(options.report, None, {".csv": "csv"})
    report = None if options.report is None else _outside(options.report, repository.root, "tally-report-inside")
    year, _ = surveyed_year(snapshot, options.year, labels)
    paths = [_outside(name, repository.root, "tally-responses-inside") for name in options.responses]
    mapping = Path(options.mapping) if options.mapping is not None else None
    known = (mapping.name, read_file(mapping, _MOST_MAPPING)) if mapping is not None and mapping.exists() else None
    with ExitStack() as stack:
        made = tally.tally(
            snapshot,
            paths,
            year=year.name,
            group=options.group,
            mapping=known,
            engine=_engine(options.dask, stack),
            progress=_progress(labels),
        )
    sys.stdout.write(tally_words.notes_text(made.notes, labels))
    if made.recipe is not None and made.issued:
        sys.stdout.write(tally_words.sums_text(made.recipe, made.sums, made.issued, labels))
    if made.problems:
        _propose(made, mapping or paths[0].with_name(f"{paths[0].stem}.mapping.yml"), labels)
        found = tally_words.placed(made.problems)
        sys.stderr.write(problem_words.problems_text(found, labels, most=len(found)))
        print(labels.text("tally.nothing-written", count=len(made.problems)), file=sys.stderr)
        return 1
    files = {place_in(repository, name): data for name, data in made.files.items()}
    if report is not None:
        files[report] = tally_words.rejects_csv(made.rejects, labels).encode("utf-8-sig")
    write_all(files)
    sys.stdout.writelines(labels.text("tally.wrote", path=name) + "\n" for name in made.files)
    sys.stdout.writelines(labels.text("tally.same", path=name) + "\n" for name in made.same)
    if made.rejects:
        print(labels.text("tally.rejected", count=len(made.rejects), path=report or labels.text("tally.no-report")))
    return 0


def _propose(made: tally.Tallied, target: Path, labels: Labels) -> None:
    """Write the mapping that is to be confirmed, never over one that somebody wrote."""
    if made.proposal is not None and not target.exists():
        write(target, made.proposal)
        print(labels.text("tally.proposed", path=target), file=sys.stderr)


def _engine(address: str | None, stack: ExitStack) -> clusters.Here:
    """Return where forms are counted: in this process, or on the Dask cluster that was named (decision 0023)."""
    if address is None:
        return clusters.Here()
    return stack.enter_context(clusters.cluster(address))


def _outside(named: str, root: Path, code: str) -> Path:
    """Return where responses or the report stand; never in the repository, for their rows are those of respondents."""
    path = Path(named)
    if path.resolve().is_relative_to(root.resolve()):
        raise ParindexError(code, path=named[:200])
    return path


def _progress(labels: Labels) -> Callable[[int, int], None]:
    """Return what tells how far reading is, in whole percents and only where a person watches a terminal."""
    if not sys.stderr.isatty():
        return lambda _done, _total: None
    told = -1

    def tell(done: int, total: int) -> None:
        nonlocal told
        percent = 100 * done // max(1, total)
        if percent > told:
            told = percent
            print(labels.text("tally.reading", percent=percent), file=sys.stderr)

    return tell

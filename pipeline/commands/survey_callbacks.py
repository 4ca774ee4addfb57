"""The command survey callbacks: which forms the supervisors call back."""

from __future__ import annotations

import argparse
import sys
from decimal import Decimal
from pathlib import Path

from pipeline.commands.common import data_of, known_group, number_of, read_file, surveyed_year, tell
from pipeline.core.ground import problem_words
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.core.survey import callbacks

_MAX_BYTES = 50_000_000
_LARGEST = 100_000_000  # what the schemas allow as a count


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Draw forms from a list of serial numbers, or from so many that are numbered from 1."""
    if (options.list is None) == (options.count is None):
        raise ParindexError("callbacks-of-what")
    seed = _whole("--seed", options.seed, 0, _LARGEST)
    wanted = _whole("--draw", options.draw, 1, callbacks.MAX_SERIALS)
    _, snapshot, labels = data_of(options, labels, units=())
    year, survey = surveyed_year(snapshot, options.year, labels)
    group = known_group({each.id: each for each in survey.groups.values() if not each.sipas}, options.group, year)
    if options.list is None:
        serials = callbacks.serials_up_to(_whole("--count", options.count, 1, callbacks.MAX_SERIALS))
    else:
        serials, problems = callbacks.serials_from(options.list, _text(Path(options.list)))
        if problems:
            sys.stderr.write(problem_words.problems_text(problems, labels, most=len(problems)))
            return 1
    if wanted > len(serials):
        raise ParindexError("callbacks-too-many", wanted=str(wanted), known=str(len(serials)))
    drawn = callbacks.drawn_of(year.name, group.id, serials, seed=seed, count=wanted)
    tell(
        options.format,
        json=lambda: callbacks.drawn_json(drawn),
        text=lambda: callbacks.drawn_text(drawn, labels.of(group.title), labels),
    )
    return 0


def _whole(option: str, typed: str, least: int, most: int) -> int:
    return int(number_of(option, typed, Decimal(least), Decimal(most), whole=True))


def _text(path: Path) -> str:
    """Return a list's text.

    Raises:
        ParindexError: It cannot be read, is too large, or is not UTF-8.
    """
    data = read_file(path, _MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise ParindexError("cannot-read", path=str(path), detail=f"> {_MAX_BYTES} byte")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ParindexError("cannot-read", path=str(path), detail=f"UTF-8, byte {error.start + 1}") from error

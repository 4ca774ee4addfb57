"""What the commands share: the data they read, the day they go by, how they refuse, write and tell progress.

What a command does stands in the module of its name.
"""

from __future__ import annotations

import argparse
import errno
import os
import re
import shutil
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from pathlib import Path
from types import FrameType

from pipeline.adapters.repository import Repository, open_repository
from pipeline.core.ground import problem_words
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError, Problem, has_errors
from pipeline.core.index.scoring import Results, score
from pipeline.core.record.layout import is_year
from pipeline.core.record.model import Year
from pipeline.core.rounds.commits import LOCAL_TIME, Moment, moment
from pipeline.flows.snapshot import Snapshot, take

if sys.platform != "win32":
    import fcntl


def repository_of(options: argparse.Namespace) -> Repository:
    """Return the repository that `--repo` names."""
    return open_repository(Path(options.repo).absolute())


def snapshot_of(options: argparse.Namespace) -> Snapshot:
    """Return what the repository says at `--rev`, or in the working tree."""
    return take(repository_of(options), options.rev)


def existing_year(snapshot: Snapshot, year: str) -> str:
    """Return the year that was typed.

    Raises:
        ParindexError: The repository has no such year.
    """
    years = sorted({path.split("/")[1] for path in snapshot.tree.files if is_year(path.split("/")[1])})
    if year not in years:
        raise ParindexError("unknown-year", year=year, allowed=", ".join(years) or "–")
    return year


def existing_stage(year: Year, stage: str, *, beside: tuple[str, ...] = ()) -> str:
    """Return the stage that was typed.

    Args:
        year: the year's records.
        stage: what was typed.
        beside: names that may stand here as well, such as the survey.

    Raises:
        ParindexError: The year has no such stage.
    """
    allowed = (*year.cycle.stages.names, *beside)
    if stage not in allowed:
        raise ParindexError("unknown-stage", stage=stage[:60], year=year.name, allowed=", ".join(allowed))
    return stage


def results_of(snapshot: Snapshot, wanted: str | None, labels: Labels) -> Results | None:
    """Return the scores of a year, the only one where none is named; None, with the errors told, if there are any."""
    years = sorted(snapshot.world.years)
    if wanted is None:
        if not years and not has_errors(snapshot.problems):
            raise ParindexError("no-years")
        if len(years) > 1:
            raise ParindexError("year-needed", allowed=", ".join(years))
    year = existing_year(snapshot, wanted) if wanted is not None else years[0] if years else None
    problems = snapshot.problems if year is None else snapshot.problems_of_year(year)
    if has_errors(problems) or year is None:
        refuse(problems, labels)
        return None
    return score(snapshot.world.years[year])


def surveyed_year(snapshot: Snapshot, name: str) -> Year | None:
    """Return the records of a year that has a survey; None where its files cannot be read.

    Raises:
        ParindexError: The repository has no such year, or the year no survey.
    """
    year = snapshot.world.years.get(existing_year(snapshot, name))
    if year is None or "survey" in year.unread:
        return None
    if year.survey is None:
        raise ParindexError("form-no-survey", year=name)
    return year


def refuse(problems: Sequence[Problem], labels: Labels) -> int:
    """Tell the errors of the data on standard error and return the exit code that goes with them."""
    errors = [problem for problem in problems if problem.is_error]
    sys.stderr.write(problem_words.problems_text(errors, labels))
    print(labels.text("errors.data-has-errors", count=len(errors)), file=sys.stderr)
    return 1


def day_to_go_by(given: str | None, snapshot: Snapshot) -> tuple[str, str]:
    """Return the day to go by and where it comes from; the clock is never asked."""
    if given is not None:
        return day_of(given), "given"
    if snapshot.tree.day is None:
        raise ParindexError("today-needed")
    return snapshot.tree.day, "commit"


def day_of(text: str) -> str:
    """Return a day that someone typed, as ISO text.

    Raises:
        ParindexError: It is no day of the calendar, or not written as YYYY-MM-DD.
    """
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise ParindexError("bad-day", day=text[:40])


def write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: a new file beside it, synced, then renamed over it."""
    write_all({path: data})


def write_all(files: Mapping[Path, bytes]) -> None:
    """Write files whole or not at all: they are renamed to their names once every one of them stands beside its own."""
    new = {path: path.with_name(f".{path.name}.{os.getpid()}.new") for path in files}
    path = Path()
    try:
        for path, data in files.items():
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            path.parent.mkdir(parents=True, exist_ok=True)
            with new[path].open("wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
        with undisturbed():
            for path, made in new.items():
                made.replace(path)
    except OSError as error:
        raise ParindexError("cannot-write", path=str(path), detail=error.strerror or str(error)) from error
    finally:
        for made in new.values():
            with suppress(OSError):
                made.unlink(missing_ok=True)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep signals until what belongs together is done; it must be short."""
    kept: list[tuple[int, FrameType | None]] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    own = threading.current_thread() is threading.main_thread()
    handlers = {number: handler for number, handler in before.items() if own and callable(handler)}
    for number in handlers:
        signal.signal(number, lambda number, frame: kept.append((number, frame)))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for caught, frame in kept[:1]:
            handlers[signal.Signals(caught)](caught, frame)


@contextmanager
def only_writer(root: Path) -> Iterator[None]:
    """Hold a repository against other commands that write forms into it; the system lets go when a process ends.

    Windows locks no folder: there a moment stays between looking at a file and writing it.
    """
    if sys.platform == "win32":
        yield
        return
    folder = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def place_in(repository: Repository, name: str) -> Path:
    """Return where a file of the repository stands.

    Raises:
        ParindexError: A folder on the way is a link, which may lead out of the repository or into another year.
    """
    root, path = repository.root.resolve(), repository.root / name
    if path.parent.resolve() != (root / name).parent:
        raise ParindexError("way-is-a-link", path=name)
    return path


@contextmanager
def new_folder(final: Path) -> Iterator[Path]:
    """Give an empty folder beside the final one and put it in its place once all has been written."""
    new, old = (final.with_name(f".{final.name}.{os.getpid()}.{name}") for name in ("new", "old"))
    try:
        new.mkdir(parents=True)
        yield new
        with undisturbed():
            if final.exists():
                final.rename(old)
            try:
                new.rename(final)
            except OSError:
                if old.exists():
                    old.rename(final)
                raise
    except OSError as error:
        raise ParindexError("cannot-write", path=str(final), detail=error.strerror or str(error)) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def say(text: str) -> None:
    """Write to standard output at once, so that a full disk below it is known while it can still be said.

    Raises:
        ParindexError: It cannot be written; what is left of it is let go.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise ParindexError("cannot-write", path="stdout", detail=error.strerror or str(error)) from error


def tell_progress(text: str) -> None:
    """Say what is being done, where a person watches a terminal."""
    if sys.stderr.isatty():
        print(text, file=sys.stderr)


def now() -> Moment:
    """Return the present moment by the clock, for signatures and judgements of the right to act; never for a result."""
    return moment(int(datetime.now(LOCAL_TIME).timestamp()))

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
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn, TypeVar

from pipeline.adapters.repository import Repository
from pipeline.commands.answers import repository_of, store_of
from pipeline.core.ground import problem_words
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import DataError, ParindexError, Problem, has_errors, reached, system_reason
from pipeline.core.ground.text import to_json
from pipeline.core.index.pending import Pending
from pipeline.core.index.pending_words import pending_sentences
from pipeline.core.index.scoring import Results
from pipeline.core.index.words import with_stages
from pipeline.core.record.access import PATH as ACCESS_PATH
from pipeline.core.record.access import Access
from pipeline.core.record.layout import Unit, is_year
from pipeline.core.record.model import SurveyPlan, Year
from pipeline.core.record.stages import SURVEY
from pipeline.core.rounds.commits import LOCAL_TIME, Moment, moment
from pipeline.flows.agency_units import taken_alone
from pipeline.flows.outline import Outline, Past, outline
from pipeline.flows.snapshot import Readings, Snapshot, rights_in, take, words_of

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

OfGroup = TypeVar("OfGroup")
_DAYS: Final = ("today", "date", "publish_from")  # options that are days
_MOMENT: Final = 2.0  # seconds that a person waits before asking what is going on


def data_of(
    options: argparse.Namespace,
    labels: Labels,
    readings: Readings | None = None,
    *,
    units: Collection[Unit] | None = None,
) -> tuple[Repository, Snapshot, Labels]:
    """Return the repository, what it says at `--rev` or in the working tree, and words that know its years' stages.

    What was typed is judged first: days by themselves, a year, stage or agency by the rules alone.

    `units`: the agencies of years that matter alone beside the rules; None where all do.
    """
    for typed in filter(None, (getattr(options, name, None) for name in _DAYS)):
        day_of(typed)
    repository, revision = repository_of(options, labels), getattr(options, "rev", None)
    readings = readings or Readings()
    with progress(labels.text("progress.reading")):
        if units is None:
            _refuse_unknown(options, repository, readings)
            snapshot = take(repository, revision, readings)
        else:
            snapshot, _ = taken_alone(repository, revision, readings, units)
    return repository, snapshot, with_stages(words_of(snapshot.tree, labels.language), snapshot.world.years.values())


def _refuse_unknown(options: argparse.Namespace, repository: Repository, readings: Readings) -> None:
    """Refuse a year, a stage or an agency that was typed and that the rules do not know, where they can be read.

    Raises:
        ParindexError: There is none of that name.
    """
    wanted, stage, agency = (getattr(options, name, None) for name in ("year", "stage", "agency"))
    if (wanted, stage, agency) == (None, None, None):
        return
    rules, _ = taken_alone(repository, getattr(options, "rev", None), readings, ())
    names = list(rules.world.years) if wanted is None else [existing_year(rules, wanted)]
    year = rules.world.years.get(names[0]) if len(names) == 1 else None
    if year is not None and stage is not None:
        existing_stage(year, stage, beside=(SURVEY,))
    if year is not None and agency is not None:
        year.known_agency(agency)


def outlined(
    repository: Repository, options: argparse.Namespace, labels: Labels, past: Past, near: str | None = None
) -> tuple[Outline, Labels]:
    """Return the same as `data_of`, but of each agency what it comes to; `near` is a commit that differs little."""
    with progress(labels.text("progress.reading")):
        found = outline(repository, options.rev, past, near=near)
    return found, with_stages(words_of(found.tree, labels.language), found.world.years.values())


def past_of(options: argparse.Namespace, repository: Repository) -> Past:
    """Return what was found before, kept nowhere if nobody wants that, or there is no git directory."""
    return Past(store_of(options, repository))


def existing_year(snapshot: Snapshot, year: str) -> str:
    """Return the year that was typed.

    Raises:
        ParindexError: The repository has no such year.
    """
    years = sorted(filter(is_year, snapshot.folders))
    if year not in years:
        raise ParindexError("unknown-year", year=year, allowed=", ".join(years) or "–")
    return year


def named_year(snapshot: Snapshot, wanted: str | None, labels: Labels) -> str:
    """Return the year that was typed, or the only one.

    Raises:
        ParindexError: There is no such year, none at all, or one of several has to be named.
        DataError: No year could be read.
    """
    if wanted is not None:
        return existing_year(snapshot, wanted)
    years = sorted(snapshot.world.years)
    if len(years) > 1:
        raise ParindexError("year-needed", allowed=", ".join(years))
    if not years:
        refuse_errors(snapshot.problems, labels)
        raise ParindexError("no-years")
    return years[0]


def existing_stage(year: Year, stage: str, *, beside: tuple[str, ...] = ()) -> str:
    """Return the stage that was typed.

    `beside`: names that may stand here as well, such as the survey.

    Raises:
        ParindexError: The year has no such stage.
    """
    allowed = (*year.cycle.stages.names, *beside)
    if stage not in allowed:
        raise ParindexError("unknown-stage", stage=stage[:60], year=year.name, allowed=", ".join(allowed))
    return stage


def readable_year(snapshot: Snapshot, name: str, labels: Labels) -> Year:
    """Return the records of a year.

    Raises:
        ParindexError: The repository has no such year.
        DataError: Its files cannot be read.
    """
    year = snapshot.world.years.get(existing_year(snapshot, name))
    if year is None:
        refuse(snapshot.problems_of_year(name), labels)
    return year


def sound_year(snapshot: Snapshot, name: str, labels: Labels) -> Year:
    """Return the records of a year without errors.

    Raises:
        ParindexError: The repository has no such year.
        DataError: It has errors.
    """
    refuse_errors(snapshot.problems_of_year(existing_year(snapshot, name)), labels)
    return snapshot.world.years[name]


def sound_access(snapshot: Snapshot, labels: Labels) -> Access:
    """Return what access.yml says, without errors.

    Raises:
        ParindexError: There is none that can be read.
        DataError: It has errors.
    """
    access = rights_in(snapshot.tree)
    if access is None:
        raise ParindexError("no-access")
    refuse_errors([problem for problem in snapshot.problems if problem.path == ACCESS_PATH], labels)
    return access


def results_of(snapshot: Snapshot, wanted: str | None, labels: Labels) -> Results:
    """Return the scores of a year, the only one where none is named; errors are those of `sound_year`."""
    return snapshot.results(sound_year(snapshot, named_year(snapshot, wanted, labels), labels))


def surveyed_year(snapshot: Snapshot, name: str, labels: Labels) -> tuple[Year, SurveyPlan]:
    """Return the records of a year and its survey.

    Raises:
        ParindexError: The repository has no such year, or the year no survey.
        DataError: The year or its survey cannot be read.
    """
    year = readable_year(snapshot, name, labels)
    if "survey" in year.unread:
        refuse(snapshot.problems_of_year(name), labels)
    if year.survey is None:
        raise ParindexError("form-no-survey", year=name)
    return year, year.survey


def known_group(groups: Mapping[str, OfGroup], name: str, year: Year) -> OfGroup:
    """Return what belongs to the survey group that was typed.

    Raises:
        ParindexError: There is none for it.
    """
    if name not in groups:
        raise ParindexError("unknown-group", group=name[:60], year=year.name, allowed=", ".join(groups))
    return groups[name]


def before_approval(snapshot: Snapshot, year: str) -> list[Problem]:
    """Return the problems of a year but for those that its next approval ends."""
    return [problem for problem in snapshot.problems_of_year(year) if not problem.code.startswith("approval-")]


def refuse_errors(problems: Sequence[Problem], labels: Labels) -> None:
    """End the command where there are errors."""
    if has_errors(problems):
        refuse(problems, labels)


def refuse(problems: Sequence[Problem], labels: Labels) -> NoReturn:
    """End the command because of the data: its errors go to standard error, the exit code is 1.

    Raises:
        DataError: always.
    """
    errors = [problem for problem in problems if problem.is_error]
    count = labels.text("errors.data-has-errors", count=len(errors))
    raise DataError(f"{problem_words.problems_text(errors, labels)}{count}\n")


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


def read_file(path: Path, most: int) -> bytes:
    """Return the first bytes of a file, no more than `most`.

    Raises:
        ParindexError: It cannot be read.
    """
    with reached("cannot-read", path), path.open("rb") as stream:
        return stream.read(most)


def format_of(output: str, wanted: str | None, endings: Mapping[str, str]) -> str:
    """Return the format that the ending of a file's name stands for; what else was asked for would belie the name.

    Raises:
        ParindexError: The name has none of the endings, or that of another format than the one asked for.
    """
    found = endings.get(Path(output).suffix.lower())
    if found is None or wanted not in (None, found):
        fitting = [ending for ending, one in endings.items() if wanted in (None, one)]
        raise ParindexError("wrong-ending", path=output[:200], endings=", ".join(fitting))
    return found


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
        raise ParindexError("cannot-write", path=str(path), detail=system_reason(error)) from error
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


@contextmanager
def only_sender(folder: Path, who: str) -> Iterator[None]:
    """Hold a mailbox against others who would send it, on other machines too where a share knows locks.

    The system lets go when a process ends, however it ends; the file says who holds it.

    Raises:
        ParindexError: Somebody else is sending it.
    """
    path = folder / ".dang-gui"
    with path.open("a+b") as stream:
        try:
            _lock(stream.fileno())
        except OSError as error:
            stream.seek(0)
            other = stream.read(300).decode("utf-8", "replace").strip()
            raise ParindexError("send-busy", path=str(folder.parent), who=other or "?") from error
        stream.truncate(0)
        stream.write(who.encode())
        stream.flush()
        yield


def _lock(number: int) -> None:
    """Lock an open file, or raise at once what the system says where somebody else has."""
    if sys.platform == "win32":
        os.lseek(number, 1 << 30, os.SEEK_SET)  # a place beyond the file, so that its words stay readable
        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        os.lseek(number, 0, os.SEEK_SET)
    else:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)


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
        raise ParindexError("cannot-write", path=str(final), detail=system_reason(error)) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def write_below(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a new folder, each at its path below it."""
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def tell(wanted: str, **faces: Callable[[], object]) -> None:
    """Print an answer in the format that was asked for; arguments as in `face`."""
    sys.stdout.write(face(wanted, **faces))


def face(wanted: str, **faces: Callable[[], object]) -> str:
    """Return an answer in the format that was asked for.

    Args:
        wanted: the value of `--format`.
        faces: for each format what makes the answer: text, or for JSON what is written as such.
    """
    made = faces[wanted]()
    return made if isinstance(made, str) else to_json(made)


def tell_owed(owed: Sequence[Pending], snapshot: Snapshot, labels: Labels) -> None:
    """Tell on standard error what keeps a stage or a year from being closed, and who owes it."""
    for sentence in pending_sentences(owed, snapshot.world.years, snapshot.world.bodies, labels):
        print("  " + sentence, file=sys.stderr)


def number_of(option: str, typed: str, least: Decimal, most: Decimal, *, whole: bool = False) -> Decimal:
    """Return a number that someone typed, with two decimals at most after a point or a comma.

    Raises:
        ParindexError: It is no such number, or out of bounds.
    """
    if re.fullmatch(r"\d{1,9}(?:[.,]\d{1,2})?", typed, re.ASCII) and (typed.isdecimal() or not whole):
        number = Decimal(typed.replace(",", "."))
        if least <= number <= most:
            return number
    raise ParindexError("bad-number", option=option, found=typed[:40], low=f"{least:f}", high=f"{most:f}")


def tell_progress(text: str) -> None:
    """Say what is being done, where a person watches a terminal."""
    if sys.stderr.isatty():
        print(text, file=sys.stderr)


@contextmanager
def progress(text: str) -> Iterator[None]:
    """Say what is being done, where a person watches a terminal, as soon as it takes longer than a moment."""
    timer = threading.Timer(_MOMENT, tell_progress, [text])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def now() -> Moment:
    """Return the present moment by the clock, for signatures and judgements of the right to act; never for a result."""
    return moment(int(datetime.now(LOCAL_TIME).timestamp()))

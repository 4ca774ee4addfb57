"""The commands of parindex: the only place that prints, writes files or sets exit codes.

Exit 0: fine, warnings allowed. 1: the data has errors. 2: could not run; one clear line on standard error.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

from pipeline import comparison
from pipeline.adapters import calendars, documents, generator
from pipeline.adapters.repository import LOCAL_TIME, Repository, open_repository
from pipeline.core import differences, explaining, outputs, progress_outputs
from pipeline.core.approving import approval_entry
from pipeline.core.labels import LANGUAGES, Labels
from pipeline.core.layout import is_year, path_of
from pipeline.core.model import LastChange, Source
from pipeline.core.problems import ParindexError, Problem, has_errors
from pipeline.core.progress import progress
from pipeline.core.scoring import Results, score
from pipeline.site import render
from pipeline.snapshot import Snapshot, load_labels, take

PROGRAM = "parindex"
PAGES, SITE = "build/docs", "site"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A path need not be text; what cannot be encoded is shown by its number.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        labels = load_labels(_language(given))
    except ParindexError as error:  # the words themselves are broken, so this one line has none of its own
        print(f"{PROGRAM}: {error.code}: {error.figures.get('path')}", file=sys.stderr)
        return 2
    try:
        options = parser(labels).parse_args(given)
        run: Callable[[argparse.Namespace, Labels], int] = options.run
        return run(options, labels)
    except ParindexError as error:
        print(f"{PROGRAM}: {labels.error(error)}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left; nobody wants the rest
        return 0


# --- check, score, explain ------------------------------------------------------------------------------------------


def _check(options: argparse.Namespace, labels: Labels) -> int:
    snapshot = _snapshot(options)
    problems = snapshot.problems if options.year is None else snapshot.problems_of_year(options.year)
    if options.year is not None:
        _year_exists(snapshot, options.year)
    since, more = "", {}
    if options.since is not None:
        base, parted = comparison.since(_repository(options), options.since, options.rev, problems)
        problems = parted.problems
        since = differences.since_summary(parted.elsewhere, base, labels) + "\n"
        more = differences.since_json(parted.elsewhere, base)
    summary = since + labels.text(
        "check.summary",
        files=snapshot.examined,
        years=len(snapshot.world.years),
        errors=sum(problem.is_error for problem in problems),
        warnings=sum(not problem.is_error for problem in problems),
    )
    if options.format == "json":
        told = outputs.to_json(outputs.problems_json(problems, snapshot.tree.commit, snapshot.examined, labels) | more)
    elif options.format == "github":
        told = outputs.problems_github(problems, labels) + summary + "\n"
    elif options.format == "markdown":
        told = outputs.problems_markdown(problems, labels) + f"\n{summary}\n"
    else:
        told = outputs.problems_text(problems, labels) + summary + "\n"
    sys.stdout.write(told)
    return int(has_errors(problems))


def _score(options: argparse.Namespace, labels: Labels) -> int:
    snapshot = _snapshot(options)
    several = options.year is None and options.format != "json"  # a JSON answer is of one year
    years = sorted(snapshot.world.years) if several else []
    scored = [_results(snapshot, year, labels) for year in years or [options.year]]
    results = [entry for entry in scored if entry is not None]
    if len(results) < len(scored):
        return 1
    if options.format == "json":
        told = outputs.to_json(outputs.score_json(results[0], snapshot.tree.commit, labels.language))
    elif options.format == "csv":
        told = outputs.score_csv(results, labels)
    else:
        told = "\n".join(outputs.score_table(entry, labels) for entry in results)
    sys.stdout.write(told)
    return 0


def _explain(options: argparse.Namespace, labels: Labels) -> int:
    repository = _repository(options)
    snapshot = take(repository, options.rev)
    results = _results(snapshot, options.year, labels)
    if results is None:
        return 1
    entry = results.of(options.agency)
    if entry is None:
        allowed = ", ".join(results.year.agencies)
        raise ParindexError("unknown-agency", agency=options.agency, year=results.year.name, allowed=allowed)
    criterion = results.year.criteria.get(options.criterion) if options.criterion else None
    if options.criterion and criterion is None:
        raise ParindexError("unknown-criterion", criterion=options.criterion, year=results.year.name)

    def find(source: Source) -> LastChange:
        return repository.last_change(options.rev, source.path, source.line)

    if options.format == "json":
        whole = outputs.score_json(results, snapshot.tree.commit, labels.language)
        whole["agencies"] = [row for row in whole["agencies"] if row["agency"] == options.agency]
        more = (
            {"roads": explaining.criterion_json(entry, criterion, find)}
            if criterion
            else explaining.agency_json(results, entry)
        )
        sys.stdout.write(outputs.to_json({**whole, **more}))
    elif criterion is not None:
        sys.stdout.write(explaining.criterion_text(results, entry, criterion, labels, find))
    else:
        sys.stdout.write(explaining.agency_text(results, entry, labels))
    return 0


# --- diff -----------------------------------------------------------------------------------------------------------


def _diff(options: argparse.Namespace, labels: Labels) -> int:
    found = comparison.difference(
        _repository(options),
        options.base,
        options.head,
        effects=options.effects,
        names=options.format != "json",
        problems=options.format == "markdown",
    )
    if options.format == "json":
        told = outputs.to_json(differences.difference_json(found))
    elif options.format == "markdown":
        told = differences.difference_markdown(found, labels)
    else:
        told = differences.difference_text(found, labels)
    sys.stdout.write(told)
    return 0


# --- status ---------------------------------------------------------------------------------------------------------


def _status(options: argparse.Namespace, labels: Labels) -> int:
    snapshot = _snapshot(options)
    world, commit = snapshot.world, snapshot.tree.commit
    name = _year_to_watch(snapshot, options.year)
    if name is None or name not in world.years:
        return _refuse(snapshot.problems if name is None else snapshot.problems_of_year(name), labels)
    today, origin = _today_by_clock(options.today)
    errors = sum(problem.is_error for problem in snapshot.problems_of_year(name))
    stands = progress(world.years[name], world.calendar, today)
    if options.format == "ics":
        told = calendars.calendar_file(
            progress_outputs.deadlines(stands.year, world.calendar, world.bodies, labels),
            title=labels.text("status.calendar", title=labels.of(stands.year.cycle.title)),
            language=labels.language,
            stamp=_midnight(today) if snapshot.tree.stamp is None else snapshot.tree.stamp,
        ).decode()
    elif options.format == "json":
        whole = progress_outputs.progress_json(stands, labels, origin=origin, commit=commit, errors=errors)
        told = outputs.to_json(whole)
    else:
        told = progress_outputs.progress_text(stands, world.bodies, labels, origin=origin, commit=commit, errors=errors)
    sys.stdout.write(told)
    return 0


def _year_to_watch(snapshot: Snapshot, wanted: str | None) -> str | None:
    """Return the year that was named, or the only one; None where the data's errors left none to choose."""
    if wanted is not None:
        return _year_exists(snapshot, wanted)
    years = sorted(snapshot.world.years)
    if len(years) > 1:
        raise ParindexError("year-needed", allowed=", ".join(years))
    if not years and not has_errors(snapshot.problems):
        raise ParindexError("no-years")
    return years[0] if years else None


def _today_by_clock(given: str | None) -> tuple[str, str]:
    """Return the day to go by: of all commands, `status` alone asks the clock, for it tells what is due now."""
    return (_day(given), "given") if given is not None else (datetime.now(LOCAL_TIME).date().isoformat(), "clock")


def _midnight(day: str) -> int:
    return int(datetime.combine(date.fromisoformat(day), time(), LOCAL_TIME).timestamp())


# --- approve, site --------------------------------------------------------------------------------------------------


def _approve(options: argparse.Namespace, labels: Labels) -> int:
    repository = _repository(options)
    snapshot = take(repository, None)
    year = _year_exists(snapshot, options.year)
    problems = snapshot.problems_of_year(year)
    blocking = [problem for problem in problems if problem.is_error and not problem.code.startswith("approval-")]
    if blocking:
        return _refuse(blocking, labels)
    results = score(snapshot.world.years[year])
    entry = approval_entry(
        results,
        number=options.number,
        date=_day(options.date),
        publish_from=None if options.publish_from is None else _day(options.publish_from),
        reason=options.reason,
    )
    path = path_of(year, "approval")
    known = snapshot.tree.files.get(path)
    if known is None:
        data = documents.dump({"format": Decimal(1), "approvals": [entry]})
    else:
        data = documents.edit(known.data, {("approvals", len(results.year.approvals)): entry})
    _write(repository.root / path, data)
    print(labels.text("approve.done", number=options.number, path=path, agencies=len(results.agencies)))
    return 0


def _site(options: argparse.Namespace, labels: Labels) -> int:
    code = _build_site(options, labels)
    if code == 0 and options.serve:
        root = _repository(options).root

        def rebuild() -> None:
            try:
                _build_site(options, labels)
            except ParindexError as error:  # a half-written template: say so and wait for the next change
                print(f"{PROGRAM}: {labels.error(error)}", file=sys.stderr)

        def started(address: str) -> None:
            print(labels.text("site.serving", address=address), flush=True)

        generator.serve(root / SITE, watched=_watched(root), rebuild=rebuild, started=started)
    return code


def _watched(root: Path) -> tuple[Path, ...]:
    return tuple(root / name for name in ("data", "schemas", "site_templates", "docs", "mkdocs.yml"))


def _build_site(options: argparse.Namespace, labels: Labels) -> int:
    repository = _repository(options)
    snapshot = take(repository, None)
    if has_errors(snapshot.problems):
        return _refuse(snapshot.problems, labels)
    today, origin = _today(options.today, snapshot)
    pages = render(snapshot, repository, audience=options.audience, today=today, labels=labels)
    _progress(labels.text("site.writing", pages=len(pages)))
    with _new_folder(repository.root / PAGES) as folder:
        for path, data in pages.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    _progress(labels.text("site.generating"))
    with _new_folder(repository.root / SITE) as folder:
        generator.build(repository.root, output=folder, stamp=snapshot.tree.stamp or 0)
    print(
        labels.text(
            "site.built",
            audience=labels.text(f"site.audience.{options.audience}"),
            path=f"{SITE}/",
            pages=sum(1 for _ in (repository.root / SITE).rglob("*.html")),
            today=labels.date(today),
            origin=labels.text(f"site.origin.{origin}"),
            commit=(snapshot.tree.commit or "–")[:12],
        )
    )
    return 0


# --- what the commands share ----------------------------------------------------------------------------------------


def _repository(options: argparse.Namespace) -> Repository:
    return open_repository(Path(options.repo).absolute())


def _snapshot(options: argparse.Namespace) -> Snapshot:
    return take(_repository(options), options.rev)


def _year_exists(snapshot: Snapshot, year: str) -> str:
    years = sorted({path.split("/")[1] for path in snapshot.tree.files if is_year(path.split("/")[1])})
    if year not in years:
        raise ParindexError("unknown-year", year=year, allowed=", ".join(years) or "–")
    return year


def _results(snapshot: Snapshot, wanted: str | None, labels: Labels) -> Results | None:
    """Return the scores of a year, the only one where none is named; None, with the errors told, if there are any."""
    years = sorted(snapshot.world.years)
    if wanted is None:
        if not years and not has_errors(snapshot.problems):
            raise ParindexError("no-years")
        if len(years) > 1:
            raise ParindexError("year-needed", allowed=", ".join(years))
    year = _year_exists(snapshot, wanted) if wanted is not None else years[0] if years else None
    problems = snapshot.problems if year is None else snapshot.problems_of_year(year)
    if has_errors(problems) or year is None:
        _refuse(problems, labels)
        return None
    return score(snapshot.world.years[year])


def _refuse(problems: Sequence[Problem], labels: Labels) -> int:
    errors = [problem for problem in problems if problem.is_error]
    sys.stderr.write(outputs.problems_text(errors, labels))
    print(labels.text("errors.data-has-errors", count=len(errors)), file=sys.stderr)
    return 1


def _today(given: str | None, snapshot: Snapshot) -> tuple[str, str]:
    """Return the day to go by and where it comes from; the clock is never asked."""
    if given is not None:
        return _day(given), "given"
    if snapshot.tree.day is None:
        raise ParindexError("today-needed")
    return snapshot.tree.day, "commit"


def _day(text: str) -> str:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise ParindexError("bad-day", day=text[:40])


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: a new file beside it, synced, then renamed over it."""
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with new.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(path)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise ParindexError("cannot-write", path=str(path), detail=error.strerror or str(error)) from error


@contextmanager
def _new_folder(final: Path) -> Iterator[Path]:
    """Give an empty folder beside the final one and put it in its place once all has been written."""
    new, old = (final.with_name(f".{final.name}.{os.getpid()}.{name}") for name in ("new", "old"))
    try:
        new.mkdir(parents=True)
        yield new
        if final.exists():
            final.rename(old)
        new.rename(final)
    except OSError as error:
        raise ParindexError("cannot-write", path=str(final), detail=error.strerror or str(error)) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(text, file=sys.stderr)


# --- the command line -----------------------------------------------------------------------------------------------


def _language(given: Sequence[str]) -> str:
    """Find the language before the words of the command line can be loaded."""
    for position, word in enumerate(given):
        value = word.partition("=")[2] if word.startswith("--lang=") else None
        if word == "--lang" and position + 1 < len(given):
            value = given[position + 1]
        if value in LANGUAGES:
            return value
    return LANGUAGES[0]


class _Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line of the reader's language."""

    labels: Labels

    def error(self, message: str) -> NoReturn:
        """Raise the one clear line instead of the library's English."""
        raise ParindexError("usage", detail=_detail(message, self.labels), command=self.prog)


_COMPLAINTS = (
    ("usage-required", re.compile(r"the following arguments are required: (?P<found>.*)")),
    ("usage-choice", re.compile(r"argument (?:.*): invalid choice: (?P<found>\S+) \(choose from (?P<allowed>.*)\)")),
    ("usage-unknown", re.compile(r"unrecognized arguments: (?P<found>.*)")),
    ("usage-value", re.compile(r"argument (?P<found>\S+): expected one argument")),
)


def _detail(message: str, labels: Labels) -> str:
    for code, pattern in _COMPLAINTS:
        found = pattern.fullmatch(message)
        if found:
            return labels.text(f"errors.{code}", **found.groupdict())
    return message


def parser(labels: Labels) -> argparse.ArgumentParser:
    """Return the parser of the command line, in the language of the labels."""
    top = _new_parser(labels, PROGRAM, labels.text("command.program"), "parindex check --year 2024")
    top.add_argument("--repo", default=".", metavar="DIR", help=labels.text("command.repo"))
    top.add_argument("--lang", choices=LANGUAGES, default=LANGUAGES[0], help=labels.text("command.lang"))
    commands = top.add_subparsers(
        title=labels.text("command.commands"), dest="command", metavar="COMMAND", required=True, parser_class=_Parser
    )

    def command(name: str, run: Callable[[argparse.Namespace, Labels], int], example: str) -> _Parser:
        words = labels.text(f"command.{name}")
        made = commands.add_parser(name, help=words, add_help=False)
        _dress(made, labels, words, f"{PROGRAM} {example}")
        made.set_defaults(run=run)
        return made

    check = command("check", _check, "check --year 2024")
    _options(check, labels, "rev", "year")
    check.add_argument("--since", metavar="BASE", help=labels.text("command.check-since"))
    _formats(check, labels, "text", "json", "github", "markdown")
    scoring = command("score", _score, "score --year 2024 --format csv")
    _options(scoring, labels, "rev", "year")
    _formats(scoring, labels, "table", "json", "csv")
    explain = command("explain", _explain, "explain cuc-thue 1.1.1 --year 2024")
    explain.add_argument("agency", metavar="AGENCY", help=labels.text("command.explain-agency"))
    explain.add_argument("criterion", metavar="CRITERION", nargs="?", help=labels.text("command.explain-criterion"))
    _options(explain, labels, "rev", "year")
    _formats(explain, labels, "text", "json")
    diff = command("diff", _diff, "diff main --format markdown")
    diff.add_argument("base", metavar="BASE", help=labels.text("command.diff-base"))
    diff.add_argument("head", metavar="HEAD", nargs="?", help=labels.text("command.diff-head"))
    diff.add_argument("--no-effects", dest="effects", action="store_false", help=labels.text("command.diff-no-effects"))
    _formats(diff, labels, "text", "markdown", "json")
    status = command("status", _status, "status --year 2024 --today 2024-12-20")
    _options(status, labels, "rev", "year")
    status.add_argument("--today", metavar="D", help=labels.text("command.status-today"))
    _formats(status, labels, "text", "json", "ics")
    approve = command(
        "approve", _approve, "approve --year 2024 --number 12/QĐ-UBND --date 2025-02-20 --publish-from 2025-02-27"
    )
    approve.add_argument("--year", required=True, help=labels.text("command.year"))
    approve.add_argument("--number", required=True, help=labels.text("command.approve-number"))
    approve.add_argument("--date", required=True, metavar="D", help=labels.text("command.approve-date"))
    approve.add_argument("--publish-from", metavar="D", help=labels.text("command.approve-publish"))
    approve.add_argument("--reason", metavar="TEXT", help=labels.text("command.approve-reason"))
    site = command("site", _site, "site --audience public --today 2025-02-27")
    site.add_argument(
        "--audience", choices=("public", "internal"), default="public", help=labels.text("command.site-audience")
    )
    site.add_argument("--today", metavar="D", help=labels.text("command.today"))
    site.add_argument("--serve", action="store_true", help=labels.text("command.site-serve"))
    return top


def _new_parser(labels: Labels, program: str, words: str, example: str) -> argparse.ArgumentParser:
    made = _Parser(prog=program, add_help=False)
    _dress(made, labels, words, example)
    return made


def _dress(made: _Parser, labels: Labels, words: str, example: str) -> None:
    """Give a parser its words: what it does, and one example below."""
    made.labels = labels
    made.description = words
    made.epilog = labels.text("command.example", line=example)
    made.allow_abbrev = False
    usage = labels.text("command.usage")
    made.formatter_class = lambda prog: _Help(prog, usage)
    made._optionals.title = labels.text("command.options")  # noqa: SLF001 - the library has no other way to name it
    made._positionals.title = labels.text("command.arguments")  # noqa: SLF001 - likewise
    made.add_argument("-h", "--help", action="help", help=labels.text("command.help"))


class _Help(argparse.HelpFormatter):
    """Help whose first word is in the reader's language."""

    def __init__(self, prog: str, usage: str) -> None:
        super().__init__(prog, width=100)
        self._usage_word = usage

    def add_usage(self, usage: str | None, actions: Any, groups: Any, prefix: str | None = None) -> None:  # noqa: ANN401
        """Put the reader's word before the usage."""
        super().add_usage(usage, actions, groups, self._usage_word if prefix is None else prefix)


def _options(made: argparse.ArgumentParser, labels: Labels, *names: str) -> None:
    for name in names:
        made.add_argument(f"--{name}", metavar=name[0].upper(), help=labels.text(f"command.{name}"))


def _formats(made: argparse.ArgumentParser, labels: Labels, *formats: str) -> None:
    made.add_argument("--format", choices=formats, default=formats[0], help=labels.text("command.format"))

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

from pipeline import comparison, forms, guard, inspection, proving, webpages
from pipeline.adapters import calendars, documents, generator
from pipeline.adapters.repository import LOCAL_TIME, Repository, open_repository
from pipeline.adapters.workbooks import workbook
from pipeline.arguments import PROGRAM, language_of, parser
from pipeline.core import (
    audits,
    differences,
    explaining,
    history_outputs,
    outputs,
    progress_outputs,
    proof_outputs,
    verdicts,
)
from pipeline.core.access import PATH as ACCESS
from pipeline.core.access import code_owners, read_access
from pipeline.core.approving import approval_entry
from pipeline.core.commits import Moment, moment
from pipeline.core.forms import receipts
from pipeline.core.forms.receipts import Received
from pipeline.core.histories import History
from pipeline.core.labels import Labels
from pipeline.core.layout import is_year, path_of
from pipeline.core.model import Criterion, LastChange, Source
from pipeline.core.problems import ParindexError, Problem, has_errors
from pipeline.core.progress import progress
from pipeline.core.scoring import Results, score
from pipeline.site import render
from pipeline.snapshot import Readings, Snapshot, load_labels, take, with_file

PAGES, SITE = "build/docs", "site"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A path need not be text; what cannot be encoded is shown by its number.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        labels = load_labels(language_of(given))
    except ParindexError as error:  # the words themselves are broken, so this one line has none of its own
        print(f"{PROGRAM}: {error.code}: {error.figures.get('path')}", file=sys.stderr)
        return 2
    try:
        options = parser(labels).parse_args(given)
        return RUN[options.command](options, labels)
    except ParindexError as error:
        print(f"{PROGRAM}: {labels.error(error)}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left; nobody wants the rest
        return 0


# --- check, score, explain ------------------------------------------------------------------------------------------


def _check(options: argparse.Namespace, labels: Labels) -> int:
    repository, readings = _repository(options), Readings()
    snapshot = take(repository, options.rev, readings)
    problems = snapshot.problems if options.year is None else snapshot.problems_of_year(options.year)
    if options.year is not None:
        _year_exists(snapshot, options.year)
    since, more = "", {}
    if options.since is not None:
        base, parted = comparison.since(repository, options.since, options.rev, problems=problems, readings=readings)
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

    if options.history and criterion is None:
        raise ParindexError("history-needs-criterion")
    history = _history(options, repository, snapshot, results, criterion) if criterion and options.history else None
    if options.format == "json":
        whole = outputs.score_json(results, snapshot.tree.commit, labels.language)
        whole["agencies"] = [row for row in whole["agencies"] if row["agency"] == options.agency]
        more = (
            {"roads": explaining.criterion_json(entry, criterion, find)}
            if criterion
            else explaining.agency_json(results, entry)
        )
        told = {"history": history_outputs.history_json(history)} if history else {}
        sys.stdout.write(outputs.to_json({**whole, **more, **told}))
    elif criterion is not None:
        sys.stdout.write(explaining.criterion_text(results, entry, criterion, labels, find))
        if history is not None:
            told_text = history_outputs.history_text(
                history, results.year, options.agency, criterion=criterion, labels=labels
            )
            sys.stdout.write("\n" + told_text)
    else:
        sys.stdout.write(explaining.agency_text(results, entry, labels))
    return 0


# --- diff -----------------------------------------------------------------------------------------------------------


def _diff(options: argparse.Namespace, labels: Labels) -> int:
    repository = _repository(options)
    found = comparison.difference(
        repository,
        options.base,
        options.head,
        effects=options.effects,
        names=options.format != "json",
        problems=options.format == "markdown",
    )
    if options.format == "json":
        told = outputs.to_json(differences.difference_json(found))
    elif options.format == "markdown":
        told = differences.difference_markdown(found, labels, approvers=comparison.approvers(repository, found))
    else:
        told = differences.difference_text(found, labels)
    sys.stdout.write(told)
    return 0


def _history(
    options: argparse.Namespace, repository: Repository, snapshot: Snapshot, results: Results, criterion: Criterion
) -> History:
    return inspection.criterion_history(
        snapshot,
        repository,
        results.year,
        options.agency,
        criterion=criterion.code,
        known=inspection.chronicle(repository, options.rev),
    )


# --- audit ----------------------------------------------------------------------------------------------------------


def _audit(options: argparse.Namespace, labels: Labels) -> int:
    if options.format == "xlsx" and options.output is None:
        raise ParindexError("output-needed", format=options.format)
    repository = _repository(options)
    snapshot = take(repository, options.rev)
    year = _year_exists(snapshot, options.year)
    if year not in snapshot.world.years:
        return _refuse(snapshot.problems_of_year(year), labels)
    known = inspection.chronicle(repository, options.rev)
    report = inspection.round_report(snapshot, repository, options.rev, year=year, stage=options.stage, known=known)
    if options.format == "xlsx":
        told = workbook(audits.report_sheets(report, labels), audits.report_title(report, labels))
    elif options.format == "json":
        told = outputs.to_json(audits.report_json(report, labels)).encode()
    else:
        told = audits.report_markdown(report, labels).encode()
    if options.output is None:
        sys.stdout.write(told.decode())
    else:
        _write(Path(options.output), told)
        print(labels.text("audit.written", path=options.output))
    return int(report.errors > 0 or not report.holds)


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


# --- seal, verify ---------------------------------------------------------------------------------------------------


def _seal(options: argparse.Namespace, labels: Labels) -> int:
    repository = _repository(options)
    snapshot = take(repository, None)
    year = _year_exists(snapshot, options.year)
    if year not in snapshot.world.years:
        return _refuse(snapshot.problems_of_year(year), labels)
    sealed = proving.seal(
        repository,
        snapshot,
        year=year,
        stage=options.stage,
        key=proving.check_key(options.key, repository),
        day=_today(options.today, snapshot)[0],
        stamp=int(datetime.now(LOCAL_TIME).timestamp()),
    )
    stage = labels.text(f"stage.{options.stage}")
    if not isinstance(sealed, proving.Sealed):
        print(labels.text("seal.refused", stage=stage, year=year), file=sys.stderr)
        for code, figures in sealed:
            print("  " + labels.text(f"seal.reason.{code}", **figures), file=sys.stderr)
        return 1
    told = {"path": sealed.path, "commit": sealed.commit[:12], "tag": sealed.tag, "files": sealed.files}
    print(labels.text("seal.done", stage=stage, year=year, person=sealed.person.id, **told))
    return 0


def _verify(options: argparse.Namespace, labels: Labels) -> int:
    repository = _repository(options)
    if options.year is not None:
        _year_exists(take(repository, options.rev or "HEAD"), options.year)
    found = proving.verify(repository, options.rev or "HEAD", options.year)
    if options.format == "json":
        told = outputs.to_json(proof_outputs.proofs_json(found, labels))
    else:
        told = proof_outputs.proofs_text(found, labels)
    sys.stdout.write(told)
    return int(any(proof.state == "broken" for proof in found))


# --- guard, review, owners ------------------------------------------------------------------------------------------


def _guard(options: argparse.Namespace, labels: Labels) -> int:
    ends = [end for end in (options.base, options.head) if end is not None]
    if options.pre_receive != (not ends) or len(ends) == 1 or (options.pre_receive and options.at is not None):
        raise ParindexError("guard-needs-ends")
    repository = _repository(options)
    if options.pre_receive:
        return _guard_push(options, repository, labels)
    time = None if options.at is None else _time(options.at)
    judgement = guard.judge_range(repository, options.base, options.head, time)
    if options.format == "json":
        sys.stdout.write(outputs.to_json(verdicts.judgement_json(judgement, labels)))
    else:
        sys.stdout.write(verdicts.judgement_text(judgement, labels))
    return int(judgement.refused)


def _guard_push(options: argparse.Namespace, repository: Repository, labels: Labels) -> int:
    """Judge a push by the server's clock, which nobody who pushes can set."""
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(encoding="utf-8", errors="backslashreplace")
    found = guard.judge_push(repository, sys.stdin, f"refs/heads/{options.branch}", _now())
    if options.format == "json":
        told = [verdicts.push_json(v.update.ref, v.findings, v.judgement, labels=labels) for v in found]
        sys.stdout.write(outputs.to_json({"accepted": not any(v.refused for v in found), "names": told}))
    else:
        for verdict in found:
            if verdict.judgement is not None:
                sys.stdout.write(verdicts.judgement_text(verdict.judgement, labels))
            elif verdict.findings:
                sys.stdout.write(verdicts.name_text(verdict.update.ref, verdict.findings, labels))
    return int(any(verdict.refused for verdict in found))


def _review(options: argparse.Namespace, labels: Labels) -> int:
    repository = _repository(options)
    named = options.key or repository.setting("user.signingkey")
    if named is None or "::" in named:
        raise ParindexError("key-needed")
    judgement, commit = guard.review(repository, options.base, Path(named).expanduser(), _now())
    sys.stdout.write(verdicts.judgement_text(judgement, labels))
    if judgement.refused:
        print(labels.text("guard.not-reviewed"), file=sys.stderr)
        return 1
    tree = judgement.verdicts[-1].commit.tree
    print(labels.text("guard.reviewed", tree=tree[:12], commit=commit[:12]))
    return 0


def _owners(options: argparse.Namespace, labels: Labels) -> int:
    snapshot = take(_repository(options), options.rev)
    file = snapshot.tree.files.get(ACCESS)
    access = read_access(documents.read(ACCESS, file.data)) if file is not None and file.plain else None
    if access is None:
        raise ParindexError("no-access")
    wrong = [problem for problem in snapshot.problems if problem.path == ACCESS]
    if has_errors(wrong):
        return _refuse(wrong, labels)
    sys.stdout.write(code_owners(access))
    return 0


def _time(text: str) -> Moment:
    """Return a time that someone typed: ISO with an offset, or seconds since 1970."""
    try:
        if text.isdecimal():
            return moment(int(text))
        given = datetime.fromisoformat(text)
        if given.tzinfo is not None:
            return moment(int(given.timestamp()))
    except (ValueError, OverflowError):
        pass
    raise ParindexError("bad-time", time=text[:40])


def _now() -> Moment:
    return moment(int(datetime.now(LOCAL_TIME).timestamp()))


# --- form -----------------------------------------------------------------------------------------------------------


def _form(options: argparse.Namespace, labels: Labels) -> int:
    return _form_make(options, labels) if options.act == "make" else _form_read(options, labels)


def _form_make(options: argparse.Namespace, labels: Labels) -> int:
    if options.all == (options.agency is not None or options.body is not None):
        raise ParindexError("form-for-whom")
    snapshot = _snapshot(options)
    year = _year_exists(snapshot, options.year)
    if year not in snapshot.world.years:
        return _refuse(snapshot.problems_of_year(year), labels)
    agencies = [options.agency] if options.agency is not None else []
    if options.web:
        return _form_make_web(options, snapshot, labels)
    asked = forms.forms_of(snapshot, year, options.stage, agencies=agencies, body=options.body, labels=labels)
    count = 0
    for form in asked:
        _write(Path(options.output) / forms.name_of(form), forms.make(snapshot, form))
        count += 1
        _progress(labels.text("form.writing", count=count))
    print(labels.text("form.made", count=count, path=options.output))
    return 0


def _form_make_web(options: argparse.Namespace, snapshot: Snapshot, labels: Labels) -> int:
    if options.body is not None:
        raise ParindexError("form-web-of-agencies")
    year, agencies = snapshot.world.years[options.year], [options.agency] if options.agency is not None else []
    repository = _repository(options)
    made = webpages.bundle(snapshot, repository, year, options.stage, agencies=agencies, labels=labels)
    for path, data in made.items():
        _write(Path(options.output) / path, data)
    count = sum(path.endswith("/index.html") for path in made)
    print(labels.text("form.made-web", count=count, path=options.output))
    return 0


def _form_read(options: argparse.Namespace, labels: Labels) -> int:
    files = _form_files(options.files)
    repository = _repository(options)
    expected = forms.Expected(options.year, options.stage, options.agency)
    today = None if options.today is None else _day(options.today)
    told: list[tuple[Received, receipts.Proposed | None]] = []
    if options.propose:
        proposer = _proposer(options, repository)
        for path in files:
            given, words = (path.name, _bytes(path)), load_labels
            told.append(forms.propose(repository, given, proposer, today=today, expected=expected, words=words))
    else:
        readings = Readings()
        snapshot = take(repository, None, readings)
        day = _today(today, snapshot)[0]
        inputs = ((path.name, _bytes(path)) for path in files)
        given_back = forms.receive(snapshot, inputs, day=day, expected=expected, words=load_labels, readings=readings)
        told += [(received, None) for received in given_back]
        for received in given_back:
            for name, data in received.files.items():
                _write(repository.root / name, data)
    for (received, _), path in zip(told, files, strict=True):
        sys.stdout.write(receipts.findings_text(received, labels))
        if options.annotate and (said := receipts.comments(received, labels)):
            target = path.with_name(f"{path.stem}.ghi-chu.xlsx")
            _write(target, forms.annotated(_bytes(path), said))
            print(labels.text("form.annotated", path=target))
    if len(told) == 1:
        sys.stdout.write(receipts.receipt(told[0][0], labels, proposed=told[0][1]))
    else:
        sys.stdout.write(receipts.table(told, labels))
    return int(any(received.errors for received, _ in told))


def _form_files(given: Sequence[str]) -> list[Path]:
    """Return the files that were named, and those of named folders; never the copies with comments."""
    found: list[Path] = []
    for name in given:
        path = Path(name)
        inside = sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]
        found += [p for p in inside if not p.name.startswith((".", "~$")) and not p.name.endswith(".ghi-chu.xlsx")]
    if not found:
        raise ParindexError("form-nothing-to-read", path=", ".join(given)[:200])
    return found


def _bytes(path: Path) -> bytes:
    """Return a file's bytes; of one beyond any form, as many as tell so."""
    try:
        with path.open("rb") as stream:
            return stream.read(forms.MAX_BYTES + 1)
    except OSError as error:
        raise ParindexError("cannot-read", path=str(path), detail=error.strerror or str(error)) from error


def _proposer(options: argparse.Namespace, repository: Repository) -> forms.Proposer:
    """Return who proposes: the submitter, where named, and who commits for them, with the key if there is one."""
    ssh = repository.setting("gpg.format") == "ssh"
    named = options.key or (repository.setting("user.signingkey") if ssh else None)
    signs = options.key is not None or repository.setting("commit.gpgsign") == "true"
    own = (repository.setting("user.name"), repository.setting("user.email"))
    return forms.Proposer(
        author=f"{options.name} <{options.email}>" if options.name and options.email else None,
        committer=f"{own[0]} <{own[1]}>" if own[0] and own[1] else None,
        key=Path(named).expanduser() if named and signs and "::" not in named else None,
        at=_now(),
    )


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
    after = with_file(snapshot, path, data).problems_of_year(year)
    if has_errors(after):  # what is approved is never rewritten, so nothing is written that would not stand
        return _refuse([problem for problem in after if problem.is_error], labels)
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


# The functions behind the commands of `arguments`.
RUN: dict[str, Callable[[argparse.Namespace, Labels], int]] = {
    "check": _check,
    "score": _score,
    "explain": _explain,
    "diff": _diff,
    "audit": _audit,
    "status": _status,
    "seal": _seal,
    "verify": _verify,
    "guard": _guard,
    "review": _review,
    "owners": _owners,
    "form": _form,
    "approve": _approve,
    "site": _site,
}

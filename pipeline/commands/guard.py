"""The command guard: did each commit's signer have the right to make it."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime

from pipeline.adapters.repository import Repository
from pipeline.commands.answers import repository_of
from pipeline.commands.common import now, past_of, progress, tell, write
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.core.ground.text import to_json
from pipeline.core.rounds import guard_words
from pipeline.core.rounds.commits import Moment, moment
from pipeline.flows import door, register
from pipeline.flows.founding import is_own, pinned
from pipeline.flows.outline import Past


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Judge the commits of a range, or of a push."""
    ends = [end for end in (options.base, options.head) if end is not None]
    if options.pre_receive != (not ends) or len(ends) == 1 or (options.pre_receive and options.at is not None):
        raise ParindexError("guard-needs-ends")
    repository = repository_of(options, labels)
    if options.pre_receive:
        return _guard_push(options, repository, labels)
    time = None if options.at is None else _time(options.at)
    with progress(labels.text("progress.history")):
        judgement = door.judge_change(
            repository,
            options.base,
            options.head,
            time,
            founding=pinned(repository),
            rights_only=options.rights_only,
            past=_past(options, repository),
        )
    tell(
        options.format,
        json=lambda: guard_words.judgement_json(judgement, labels),
        text=lambda: guard_words.judgement_text(judgement, labels),
    )
    return int(judgement.refused)


def _guard_push(options: argparse.Namespace, repository: Repository, labels: Labels) -> int:
    """Judge a push by the server's clock, which nobody who pushes can set."""
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(encoding="utf-8", errors="backslashreplace")
    founding = pinned(repository)
    if founding is None:
        raise ParindexError("no-founding")
    branch, time = f"refs/heads/{options.branch}", now()
    found = door.judge_push(repository, sys.stdin, branch, time, founding, past=_past(options, repository))
    if options.format == "json":
        told = [guard_words.push_json(v.update.ref, v.findings, v.judgement, labels=labels) for v in found]
        sys.stdout.write(to_json({"accepted": not any(v.refused for v in found), "names": told}))
    else:
        for verdict in found:
            if verdict.judgement is not None:
                sys.stdout.write(guard_words.judgement_text(verdict.judgement, labels))
            elif verdict.findings:
                sys.stdout.write(guard_words.name_text(verdict.update.ref, verdict.findings, labels))
    if any(verdict.refused for verdict in found):
        return 1
    for update in (verdict.update for verdict in found if verdict.update.ref == branch):
        if update.new is not None:
            write(register.received_at(repository, update.new), register.received_text(update, time))
    return 0


def _past(options: argparse.Namespace, repository: Repository) -> Past:
    """Return what was found before, where the founding is pinned beside it: a job may have found a store of others."""
    return past_of(options, repository) if is_own(repository) else Past()


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

"""Keep the register: enter what the main branch took since the last entry, by whoever runs it and however often.

Each entry moves its branch from where it was read, so that six runs at once make each entry once, and a run killed
midway leaves a whole register behind. What a register proves: `pipeline.flows.replay`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from pipeline.adapters import documents, signatures
from pipeline.adapters.repository import Repository
from pipeline.core.ground.problems import ParindexError
from pipeline.core.record.access import PATH as ACCESS_PATH
from pipeline.core.record.access import Access, read_access
from pipeline.core.rounds.commits import EMPTY_TREE, NOTHING, Moment, commit_bytes, moment, parse_commit
from pipeline.core.rounds.judgement import Finding
from pipeline.core.rounds.pushes import RefUpdate
from pipeline.core.rounds.register import (
    AUTHOR,
    BRANCH,
    WITNESSES,
    Entry,
    Push,
    chain_faults,
    entry_message,
    pushes_to_enter,
    read_entry,
    signature_fault,
)
from pipeline.flows.founding import pinned
from pipeline.flows.signing import write_signed

_RECEIVED: Final = re.compile(r"([0-9a-f]{40}) ([0-9]{1,11})\n")


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who keeps a register: of which branch, on which branch, by which key; `body` is a witness's, None the server."""

    watched: str  # full name of the branch whose pushes are entered
    kept: str  # full name of the branch that the entries stand on
    key: Path
    body: str | None = None


def receive(repository: Repository, keeper: Keeper, now: Moment) -> tuple[Push, ...]:
    """Enter what a branch took since the last entry, the founding first.

    Raises:
        ParindexError: The clone lacks history, no founding is pinned or it is not below the branch, the branch lost
            what was entered, the register is not one, or the key is not the server's.
    """
    if repository.is_incomplete():
        raise ParindexError("shallow-clone")
    founding = pinned(repository)
    if founding is None:
        raise ParindexError("no-founding")
    made: list[Push] = []
    while True:
        last = last_entry(repository, keeper)
        tip = last.id if last else None
        for push in _to_enter(repository, keeper.watched, repository.resolve(founding), last, now):
            tip = enter(repository, keeper, push, tip, state=push.state)
            if tip is None:  # somebody else was faster; look again
                break
            received_at(repository, push.new).unlink(missing_ok=True)
            made.append(push)
        else:
            return tuple(made)


def last_entry(repository: Repository, keeper: Keeper) -> Entry | None:
    """Return the entry that a keeper's branch ends with, None where there is no such branch.

    Raises:
        ParindexError: What stands there is no entry of this branch by this keeper.
    """
    tip = repository.refs(keeper.kept).get(keeper.kept)
    if tip is None:
        return None
    entry = read_entry(repository.commits([tip])[tip])
    if entry is None or entry.ref != keeper.watched or signed_by_another(repository, [entry], keeper.body):
        raise ParindexError("register-squatted", ref=keeper.kept, commit=tip[:12])
    return entry


def _to_enter(repository: Repository, watched: str, founding: str, last: Entry | None, now: Moment) -> tuple[Push, ...]:
    head = repository.refs(watched).get(watched)
    if head is None:
        raise ParindexError("no-branch", ref=watched)
    start = last.push.new if last else None
    if start is not None and repository.is_ancestor(start, head):
        steps = repository.first_parents(start, head)
    elif last is not None and any(entry.push.new == founding for entry in chain_of(repository, last.id)[0]):
        raise ParindexError("main-rewound", ref=watched, commit=last.push.new[:12])
    elif not repository.is_ancestor(founding, head):
        raise ParindexError("founding-elsewhere", commit=founding[:12], ref=watched)
    else:
        steps = (founding, *repository.first_parents(founding, head))
    received = {step: push for step in steps if (push := _received(repository, step, founding)) is not None}
    return pushes_to_enter(start, steps, received, earliest=last.push.at if last else None, now=now)


def enter(repository: Repository, keeper: Keeper, push: Push, before: str | None, *, state: str) -> str | None:
    """Make one entry and move the keeper's branch to it; None where somebody moved the branch meanwhile.

    Raises:
        ParindexError: The key is not one that access.yml of `state` gives to the keeper on that day.
    """
    access = access_at(repository, [state])[state]
    text = signatures.public_key(keeper.key)
    fault = access.key_fault(access.machine(keeper.body), text, push.at.day) if access else "without-access"
    if fault is not None:
        raise ParindexError("register-key", path=str(keeper.key), day=push.at.day, commit=state[:12], reason=fault)
    message = entry_message(keeper.watched, push, repository.version())
    parent, second = (push.new, None) if before is None else (before, push.new)
    entry = partial(commit_bytes, EMPTY_TREE, parent, AUTHOR, push.at, message=message, second=second)
    made = write_signed(repository, keeper.key, entry)
    return made if repository.swap(keeper.kept, made, before) else None


# --- the time that pre-receive saw ----------------------------------------------------------------------------------


def received_at(repository: Repository, new: str) -> Path:
    """Return where the hook keeps when a push arrived, by what the branch would point at."""
    return repository.own_folder / "received" / new


def received_text(update: RefUpdate, now: Moment) -> bytes:
    """Return what the hook keeps of a push that was taken."""
    return f"{update.old or NOTHING} {now.stamp}\n".encode()


def _received(repository: Repository, new: str, founding: str) -> Push | None:
    """Return what the hook saw of a push; one that brought the founding and more counts from there on."""
    try:
        found = _RECEIVED.fullmatch(received_at(repository, new).read_text("ascii", "replace"))
    except OSError:
        return None
    if found is None:
        return None
    old = None if found[1] == NOTHING else found[1]
    brought = new != founding and (old is None or not repository.is_ancestor(founding, old))
    return Push(founding if brought else old, new, moment(int(found[2])))


# --- what stands on a register's branch -----------------------------------------------------------------------------


def chain_of(repository: Repository, tip: str) -> tuple[tuple[Entry, ...], str | None]:
    """Return the entries that end at a commit, oldest first, and the newest commit among them that is none."""
    entries: list[Entry] = []
    for commit in reversed(tuple(repository.commits(repository.chain(tip)).values())):
        entry = read_entry(commit)
        if entry is None:
            return tuple(reversed(entries)), commit.id
        entries.append(entry)
    return tuple(reversed(entries)), None


def access_at(repository: Repository, commits: Iterable[str]) -> Mapping[str, Access | None]:
    """Return access.yml of some commits; one that cannot be had or read has none."""
    wanted = tuple(commits)
    blobs = repository.standing(ACCESS_PATH, wanted)
    data = repository.objects(set(blobs.values()))
    read = {blob: read_access(documents.read(ACCESS_PATH, text)) for blob, text in data.items()}
    return {commit: read.get(blobs.get(commit, "")) for commit in wanted}


def signed_by_another(repository: Repository, entries: Iterable[Entry], body: str | None) -> Mapping[str, str]:
    """Return why entries are not signed by whose register it is; those that are, are left out.

    The keys are those of the state that the push met; of a witness, those of the state that it saw entered.
    """
    chain = list(entries)
    seen = {} if body is None else repository.objects(entry.push.new for entry in chain)
    saw = {name: found.push.new for name, data in seen.items() if (found := read_entry(parse_commit(name, data)))}
    states = {one.id: one.push.state if body is None else saw.get(one.push.new, NOTHING) for one in chain}
    access = access_at(repository, states.values())
    faults = ((one.id, signature_fault(one, access[states[one.id]], body, signatures.verify)) for one in chain)
    return {name: fault for name, fault in faults if fault is not None}


def pushed_findings(repository: Repository, update: RefUpdate, branch: str) -> tuple[Finding, ...]:
    """Judge what a push would put on the branch of a register: nothing but entries signed by whose register it is."""
    witness = update.ref.startswith(WITNESSES)
    if update.new is None or not (witness or update.ref == BRANCH):
        return ()
    chain, unread = chain_of(repository, update.new)
    ids = [entry.id for entry in chain]
    if unread or not chain:
        fault = "unreadable"
    elif update.old is not None and update.old not in ids:
        fault = "rewritten"
    else:
        new = chain[ids.index(update.old) + 1 if update.old else 0 :]
        body = update.ref.removeprefix(WITNESSES) if witness else None
        placed = chain_faults(chain, BRANCH if witness else branch)
        signed = signed_by_another(repository, new, body)
        found = ([*placed.get(entry.id, ()), *filter(None, (signed.get(entry.id),))] for entry in new)
        fault = next((words[0] for words in found if words), "")
    return (Finding("register-not-by-key", figures={"ref": update.ref, "entry": fault}),) if fault else ()

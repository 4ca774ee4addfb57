"""The register (sổ đến): one signed, empty commit per push that the main branch took, a chain beside that branch.

An entry's first parent is the entry before, its last what was taken; the first entry takes the founding and has only
that parent. A witness keeps a register of the register in the same form: what it takes are entries. Pure: git's facts
come from `pipeline.flows.register`; whether a push was lawful is judged by `guard_laws`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pipeline.core.record.access import Access
from pipeline.core.rounds.commits import EMPTY_TREE, NAMESPACE, NOTHING, Commit, Moment, moment
from pipeline.core.rounds.guard_laws import CLOCK_SKEW
from pipeline.core.rounds.judgement import EDITION
from pipeline.core.rounds.proofs import Verifier

HEADS: Final = "refs/heads/"
BRANCH: Final = f"{HEADS}register"
WITNESSES: Final = f"{HEADS}register-witness/"
AUTHOR: Final = "register <register@register.invalid>"
_OLDEST: Final = 2  # the edition of guard's laws that came with the register; no entry is of an older one
_FORM: Final = re.compile(
    r"[^\n]{1,200}\n\nRef: (?P<ref>refs/heads/[!-~]{1,200})\nOld: (?P<old>[0-9a-f]{40})\nNew: (?P<new>[0-9a-f]{40})\n"
    r"At: (?P<at>[0-9T:-]{19}\+07:00)\nEdition: (?P<edition>[1-9][0-9]{0,3})\nGit: (?P<git>[0-9A-Za-z.-]{1,40})\n"
)


@dataclass(frozen=True, slots=True)
class Push:
    """What one push did to a branch: where it pointed, where it points, and when; `old` is None where nothing was."""

    old: str | None
    new: str
    at: Moment

    @property
    def state(self) -> str:
        """Return the state that the push met; the first one met nothing, and counts by what it brought."""
        return self.old or self.new


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a register, as its commit says it."""

    commit: Commit
    ref: str
    push: Push
    edition: int  # of guard's laws, by which the push was judged
    git: str  # the version that made the entry, as a merge of another version may differ

    @property
    def id(self) -> str:
        """Return the entry's own id."""
        return self.commit.id


def entry_message(ref: str, push: Push, git: str) -> str:
    """Return the message of an entry; its trailers are what counts."""
    trailers = {
        "Ref": ref,
        "Old": push.old or NOTHING,
        "New": push.new,
        "At": push.at.local,
        "Edition": EDITION,
        "Git": git,
    }
    return f"Vào sổ {push.new[:12]}\n\n" + "".join(f"{name}: {value}\n" for name, value in trailers.items())


def read_entry(commit: Commit) -> Entry | None:
    """Return the entry that a commit is, None where it is not of the one form that entries have."""
    found = _FORM.fullmatch(commit.message)
    if found is None or not commit.sound or commit.tree != EMPTY_TREE or len(commit.parents) not in (1, 2):
        return None
    try:
        at = moment(int(datetime.fromisoformat(found["at"]).timestamp()))
    except ValueError:
        return None
    if found["at"] != at.local or not commit.author.at == commit.committer.at == at:
        return None
    old = None if found["old"] == NOTHING else found["old"]
    return Entry(commit, found["ref"], Push(old, found["new"], at), int(found["edition"]), found["git"])


# --- the laws of a chain --------------------------------------------------------------------------------------------


def chain_faults(chain: Sequence[Entry], ref: str) -> Mapping[str, tuple[str, ...]]:
    """Return what is wrong with each entry of a chain, oldest first, as a part of it; sound entries are left out.

    `ref`: the full name of the branch that is registered.
    """
    found: dict[str, tuple[str, ...]] = {}
    taken: set[str] = set()
    before: Entry | None = None
    for entry in chain:
        found[entry.id] = tuple(_place_faults(entry, before, ref, taken))
        taken.add(entry.push.new)
        before = entry
    return {name: words for name, words in found.items() if words}


def _place_faults(entry: Entry, before: Entry | None, ref: str, taken: Container[str]) -> Iterator[str]:
    expected = (entry.push.new,) if before is None else (before.id, entry.push.new)
    if entry.commit.parents != expected:
        yield "parents"
    if entry.ref != ref:
        yield "of-another-branch"
    if entry.push.new in taken:
        yield "replayed"
    elif entry.push.old != (before.push.new if before else None):
        yield "gap"
    if before is not None and entry.push.at.stamp < before.push.at.stamp:
        yield "back-dated"
    if entry.edition > EDITION:
        yield "unknown-edition"
    elif entry.edition < (before.edition if before is not None else _OLDEST):
        yield "older-edition"


def signature_fault(entry: Entry, access: Access | None, body: str | None, verify: Verifier) -> str | None:
    """Return why an entry is not signed by whose register it is: the server, or the machine of a witnessing body.

    Args:
        access: access.yml of the state that the push met; of a witness, of the state that it witnesses.
    """
    found = verify(entry.commit.signature, entry.commit.payload, NAMESPACE)
    if found.fault is not None or found.key is None:
        return found.fault or "unsigned"
    if access is None:
        return "without-access"
    return access.key_fault(access.machine(body), found.key, entry.push.at.day)


def witness_faults(
    chain: Sequence[Entry], witnessing: Sequence[Entry], below: Callable[[str], Container[str]]
) -> Iterator[tuple[Entry, str]]:
    """Yield where a register and what a witness saw of it disagree, each with the entry of either that is wrong.

    What was witnessed stands in the register for ever. An entry that the witness saw is not of a later time than its
    own; one that it did not see is not of an earlier time.

    Args:
        witnessing: what a witness entered of it, oldest first.
        below: gives the ids of the entries that lead to one that the witness saw.
    """
    places = {entry.id: number for number, entry in enumerate(chain)}
    gone = next((seen for seen in reversed(witnessing) if seen.push.new not in places), None)
    if gone is not None:
        known = below(gone.push.new)
        shared = any(entry.id in known for entry in chain)
        yield gone, "truncated" if chain[-1].id in known else "forked" if shared else "rewritten"
    for seen in (one for one in witnessing if one.push.new in places):
        place = places[seen.push.new]
        if chain[place].push.at.stamp > seen.push.at.stamp + CLOCK_SKEW:
            yield chain[place], "dated-after-witness"
        for unseen in chain[place + 1 : place + 2]:
            if unseen.push.at.stamp + CLOCK_SKEW < seen.push.at.stamp:
                yield unseen, "dated-before-witness"


# --- what is still to be entered ------------------------------------------------------------------------------------


def pushes_to_enter(
    start: str | None, steps: Sequence[str], received: Mapping[str, Push], *, earliest: Moment | None, now: Moment
) -> tuple[Push, ...]:
    """Return the pushes that took the main branch from `start` over its first parents to where it stands.

    A push that the hook of the server saw is one entry from where the branch stood to where it went; the farthest
    counts, as a shorter one from the same place did not arrive. Of others each first parent is one entry, at the
    earliest time that is known: their own, now, or that of a later push.

    Args:
        start: what was taken last; None before the first entry, which takes the founding.
        steps: the first parents after it, oldest first.
        received: what the hook saw, by where the branch went.
        earliest: no entry is of an earlier time, as the clock of a server may have been set back.
    """
    found: list[Push] = []
    here, left = start, list(steps)
    while left:
        ends = [number for number, step in enumerate(left) if step in received and received[step].old == here]
        end = ends[-1] if ends else 0
        at = received[left[end]].at if ends else now
        found.append(Push(here, left[end], at))
        here, left = left[end], left[end + 1 :]
    latest = now
    for number in reversed(range(len(found))):
        latest = min(latest, found[number].at, key=lambda at: at.stamp)
        at = max(latest, earliest or latest, key=lambda at: at.stamp)
        found[number] = Push(found[number].old, found[number].new, at)
    return tuple(found)

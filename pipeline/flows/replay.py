"""Prove from an ordinary clone what a register says: its chain, each push by the laws of its moment, the witnesses.

The chain is read whole; signatures and pushes are judged from where it is asked, or since the last entry that a second
body witnessed. Without a register nothing of this can be proved, and that is said.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Final

from pipeline.adapters.repository import Repository
from pipeline.core.ground.problems import ParindexError
from pipeline.core.rounds.commits import Moment
from pipeline.core.rounds.guard_laws import judge
from pipeline.core.rounds.judgement import Judgement
from pipeline.core.rounds.proofs import Proof, failed
from pipeline.core.rounds.refounding import is_refounding
from pipeline.core.rounds.register import BRANCH, HEADS, WITNESSES, Entry, Push, chain_faults, witness_faults
from pipeline.flows import guard
from pipeline.flows.founding import pinned
from pipeline.flows.register import Keeper, chain_of, enter, last_entry, signed_by_another

_PLACES: Final = ("refs/remotes/origin/", HEADS)  # of a clone, where all was fetched together; of a server
_ABOUT: Final = "register"


@dataclass(frozen=True, slots=True)
class Register:
    """A register as a repository has it: its entries, oldest first, and what each witness says of them."""

    place: str  # what the names of branches begin with here
    chain: tuple[Entry, ...]
    unread: str | None  # a commit below the chain that is no entry
    witnesses: Mapping[str, tuple[tuple[Entry, ...], str | None]]  # body -> the same of its own chain

    @property
    def ref(self) -> str:
        """Return the branch that is registered, as this repository names it."""
        return self.here(self.chain[0].ref)

    def here(self, name: str) -> str:
        """Return a branch's full name as this repository has it."""
        return f"{self.place}{name.removeprefix(HEADS)}"


def register_of(repository: Repository) -> Register | None:
    """Return the register that stands in a repository, None where there is none."""
    for place in _PLACES:
        tip, witnesses = (f"{place}{name.removeprefix(HEADS)}" for name in (BRANCH, WITNESSES))
        refs = repository.refs(tip, witnesses.rstrip("/"))
        if tip in refs:
            seen = {name.removeprefix(witnesses): at for name, at in refs.items() if name.startswith(witnesses)}
            chains = {body: chain_of(repository, at) for body, at in sorted(seen.items())}
            return Register(place, *chain_of(repository, refs[tip]), chains)
    return None


def entry_days(repository: Repository, register: Register | None) -> Callable[[str], str | None]:
    """Return what gives the day of the earliest entry that holds a commit; None where none does."""
    chain = register.chain if register is not None else ()

    @cache
    def day(commit: str) -> str | None:
        number = bisect_left(chain, 1, key=lambda entry: repository.is_ancestor(commit, entry.push.new))
        return chain[number].push.at.day if number < len(chain) else None

    return day


def prove_register(
    repository: Repository,
    register: Register | None,
    *,
    founding: str | None = None,
    since: str | None = None,
    everything: bool = False,
) -> tuple[Proof, ...]:
    """Prove the register of a repository, or say what cannot be proved without one.

    Args:
        founding: the commit from which guard judges, where it is not pinned.
        since: the entry after which signatures and pushes are judged.
        everything: whether they are judged from the founding on, whatever was witnessed.

    Raises:
        ParindexError: `since` is no entry of the register.
    """
    if register is None:
        return (Proof("unproved", "register-missing", _ABOUT),)
    if not register.chain:
        return (_unreadable(register.unread or ""),)
    numbers = {entry.id: number for number, entry in enumerate(register.chain)}
    witnessed = dict(_witness_proofs(repository, register))
    start = 0
    if since is not None:
        start = numbers.get(repository.resolve(since), -1) + 1
        if not start:
            raise ParindexError("not-an-entry", revision=since[:60])
    elif not everything:
        sound = [chain[-1].push.new for body, (chain, _) in register.witnesses.items() if not failed(witnessed[body])]
        start = max((numbers[name] + 1 for name in sound), default=0)
    opened, about = _opening(repository, register.chain, founding or pinned(repository))
    return (
        *([_unreadable(register.unread)] if register.unread else ()),
        *_entry_proofs(repository, register.chain, start, opened),
        *about,
        *_main_proofs(repository, register),
        *(proof for proofs in witnessed.values() for proof in proofs),
        *([] if witnessed else [Proof("unproved", "register-unwitnessed", _ABOUT)]),
    )


def _unreadable(commit: str) -> Proof:
    return Proof("broken", "entry-unreadable", commit[:12])


def _wrong(entry: Entry, fault: str, **figures: str) -> Proof:
    told = {"day": entry.push.at.day, "commit": entry.push.new[:12], **figures}
    return Proof("broken", f"entry-{fault}", entry.id[:12], told)


def _opening(repository: Repository, chain: Sequence[Entry], founding: str | None) -> tuple[int, list[Proof]]:
    """Return which entry took the founding, before which nothing is judged, and what is to be said of it."""
    if founding is None:
        return 0, [Proof("unproved", "founding-assumed", _ABOUT, {"commit": chain[0].push.new[:12]})]
    commit = repository.resolve(founding)
    number = next((number for number, entry in enumerate(chain) if entry.push.new == commit), None)
    if number is None:
        return 0, [Proof("broken", "founding-not-entered", _ABOUT, {"commit": commit[:12]})]
    if number and not is_refounding(repository.commits([commit])[commit]):
        return number, [_wrong(chain[number], "founds-silently", before=chain[number].push.state)]
    return number, []


def _entry_proofs(repository: Repository, chain: Sequence[Entry], start: int, opened: int) -> Iterator[Proof]:
    """Prove the chain, and judge each push after the start that guard had to judge."""
    placed = chain_faults(chain, chain[0].ref)
    signed = signed_by_another(repository, chain[start:], None)
    wrong = [(entry, fault) for entry in chain for fault in placed.get(entry.id, ())]
    wrong += [(entry, signed[entry.id]) for entry in chain[start:] if entry.id in signed]
    yield from (_wrong(entry, fault) for entry, fault in wrong)
    if not wrong:
        figures = {"count": str(len(chain)), "day": chain[-1].push.at.day, "entry": chain[-1].id[:12]}
        yield Proof("proved", "register-holds", _ABOUT, figures)
    later = [entry for number, entry in enumerate(chain) if number >= start and number > opened]
    whole = [entry for entry in later if not set(placed.get(entry.id, ())) - {"back-dated"}]
    here = repository.version()
    found = [_push_proof(entry, judgement, here) for entry, judgement in _judged(repository, whole)]
    yield from filter(None, found)
    lawful = found.count(None)
    if lawful:
        figures = {"count": str(lawful), "all": str(len(chain)), "day": later[0].push.at.day}
        yield Proof("proved", "pushes-lawful", _ABOUT, figures)


def _judged(repository: Repository, entries: Sequence[Entry]) -> Iterator[tuple[Entry, Judgement]]:
    """Judge each push by the laws, the policy and the time of its moment; git is asked for a whole run at once."""
    run: list[Entry] = []
    for entry, after in zip_longest(entries, entries[1:]):
        run.append(entry)
        if after is None or after.push.old != entry.push.new:
            ranges = [(one.push.state, one.push.new, one.push.at, one.edition) for one in run]
            yield from zip(run, map(judge, guard.gather_chain(repository, ranges)), strict=True)
            run = []


def _push_proof(entry: Entry, judgement: Judgement, here: str) -> Proof | None:
    """Return what is wrong with a push; a merge that only this version of git makes otherwise proves nothing."""
    listed = (*judgement.findings, *(finding for verdict in judgement.verdicts for finding in verdict.findings))
    codes = sorted({finding.code for finding in listed if finding.refused})
    if not codes:
        return None
    if codes == ["merge-smuggles"] and entry.git != here:
        return Proof("unproved", "entry-merge-differs", entry.id[:12], {"git": entry.git, "here": here})
    figures = {"codes": ", ".join(codes), "old": entry.push.state[:12], "at": entry.push.at.local}
    return _wrong(entry, "unlawful", **figures)


def _main_proofs(repository: Repository, register: Register) -> Iterator[Proof]:
    """Prove that the branch stands where the last entry says: nothing lost, nothing taken that was not entered."""
    head, last = repository.refs(register.ref).get(register.ref), register.chain[-1].commit.parents[-1]
    if head is None:
        yield Proof("unproved", "main-missing", register.ref)
    elif not repository.is_ancestor(last, head):
        lost = repository.commits_between(head, last)
        yield Proof("broken", "main-rewound", register.ref, {"commit": last[:12], "count": str(len(lost))})
    elif missing := repository.first_parents(last, head):
        yield Proof("broken", "not-registered", register.ref, {"commit": missing[0][:12], "count": str(len(missing))})


# --- the second body ------------------------------------------------------------------------------------------------


def _witness_proofs(repository: Repository, register: Register) -> Iterator[tuple[str, tuple[Proof, ...]]]:
    for body, (chain, unread) in register.witnesses.items():
        placed, signed = chain_faults(chain, BRANCH), signed_by_another(repository, chain, body)
        wrong = [
            (entry, fault) for entry in chain for fault in (*placed.get(entry.id, ()), signed.get(entry.id)) if fault
        ]
        whole = [entry for entry in chain if entry.id not in placed]
        wrong += witness_faults(register.chain, whole, lambda seen: set(repository.chain(seen)))
        found = [_wrong(entry, fault, body=body) for entry, fault in wrong]
        found += [_unreadable(unread)] if unread else []
        if not found:
            figures = {"body": body, "day": chain[-1].push.at.day, "entry": chain[-1].push.new[:12]}
            found = [Proof("proved", "witness-holds", f"{_ABOUT}-witness/{body}", figures)]
        yield body, tuple(found)


def witness(repository: Repository, body: str, key: Path, now: Moment) -> tuple[tuple[Proof, ...], Push | None]:
    """Judge what a register took since a body's last word on it, and witness it where all holds.

    Returns:
        The proofs, and what was witnessed; None where something is broken or nothing is new.

    Raises:
        ParindexError: The clone lacks history, there is no register, or the key is not the body's.
    """
    if repository.is_incomplete():
        raise ParindexError("shallow-clone")
    register = register_of(repository)
    if register is None or not register.chain:
        raise ParindexError("no-register")
    keeper = Keeper(BRANCH, f"{WITNESSES}{body}", key, body)
    there = register.here(keeper.kept)
    if not repository.refs(keeper.kept) and (known := repository.refs(there).get(there)):
        repository.swap(keeper.kept, known, None)
    last, tip = last_entry(repository, keeper), register.chain[-1]
    seen = last.push.new if last and last.push.new in {entry.id for entry in register.chain} else None
    proofs = prove_register(repository, register, since=seen, everything=seen is None)
    if failed(proofs) or seen == tip.id:
        return proofs, None
    at = max(now, last.push.at if last else now, key=lambda moment: moment.stamp)
    push = Push(last.push.new if last else None, tip.id, at)
    made = enter(repository, keeper, push, last.id if last else None, state=tip.push.new)
    return proofs, push if made else None

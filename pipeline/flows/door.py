"""The one door: what a push brings is judged whole, by the rights of its commits, the state it makes and its proofs.

The command, the hook of a server and a forge's job all come through here, so that their verdicts are the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pipeline.adapters.repository import Repository
from pipeline.core.ground.problems import ParindexError
from pipeline.core.record import layout
from pipeline.core.rounds.commits import Moment
from pipeline.core.rounds.guard_laws import Judgement
from pipeline.core.rounds.proofs import Proof
from pipeline.core.rounds.state_laws import new_errors
from pipeline.flows import compare, guard, prove
from pipeline.flows.register import pushed_findings
from pipeline.flows.snapshot import Snapshot

_PROVED = frozenset({"seal", "amendment", "approval"})


def judge_change(repository: Repository, base: str, head: str, time: Moment | None, *, rights_only: bool) -> Judgement:
    """Judge the commits that `head` has and `base` has not, and the state that they make.

    Args:
        repository: where both are.
        base: the state before.
        head: the state after.
        time: when the push arrived; each commit's own date where it is not known.
        rights_only: whether to leave the state and its proofs unjudged.
    """
    judgement = guard.judge_range(repository, base, head, time)
    return judgement if rights_only else _with_state(repository, judgement)


def judge_push(
    repository: Repository, lines: Iterable[str], branch: str, time: Moment
) -> tuple[guard.PushVerdict, ...]:
    """Judge what git tells a pre-receive hook, names, rights and state together."""
    found = guard.judge_push(repository, lines, branch, time)
    found = tuple(replace(one, findings=(*one.findings, *pushed_findings(repository, one.update))) for one in found)
    return tuple(
        verdict if verdict.judgement is None else replace(verdict, judgement=_with_state(repository, verdict.judgement))
        for verdict in found
    )


def _with_state(repository: Repository, judgement: Judgement) -> Judgement:
    """Add what is wrong with the state that a range makes; a range that cannot be judged at all stays as it is."""
    if not judgement.verdicts:
        return judgement
    base, head = repository.resolve(judgement.base), repository.resolve(judgement.head)
    before, after, touched = compare.both_states(repository, base, head)
    if not _has_schemas(after):  # a repository without schemas has no state to judge; whoever has them keeps them
        if _has_schemas(before):
            raise ParindexError("no-schemas")
        return judgement
    errors = new_errors(before.problems, after.problems, touched=touched, world=after.world)
    kinds = {found.kind for path in touched if (found := layout.place(path)) is not None}
    proofs = _broken(repository, base, head) if kinds & _PROVED else ()
    return replace(judgement, errors=errors, proofs=proofs)


def _has_schemas(snapshot: Snapshot) -> bool:
    return any(path.startswith(layout.SCHEMAS) for path in snapshot.tree.files)


def _broken(repository: Repository, base: str, head: str) -> tuple[Proof, ...]:
    """Return what does not hold after a push and was not broken before it; errors of the data are told as such."""
    proofs = prove.verify(repository, head, None)[0]
    broken = [proof for proof in proofs if proof.state == "broken" and proof.code != "data-problem"]
    if not broken:
        return ()
    earlier = {(proof.code, proof.subject) for proof in prove.verify(repository, base, None)[0]}
    return tuple(proof for proof in broken if (proof.code, proof.subject) not in earlier)

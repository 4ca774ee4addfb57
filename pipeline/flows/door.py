"""The one door: what a push brings is judged whole, by the rights of its commits, the state it makes and its proofs.

The command, the hook of a server and a forge's job all come through here, so that their verdicts are the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pipeline.adapters.repository import Repository
from pipeline.core.ground.problems import ParindexError
from pipeline.core.record import layout
from pipeline.core.rounds.commits import Moment, is_id
from pipeline.core.rounds.judgement import EDITION, FIRST_EDITION, Finding, Judgement
from pipeline.core.rounds.proofs import Proof
from pipeline.core.rounds.pushes import SEAL_TAGS, RefUpdate, judge_name, seal_path
from pipeline.core.rounds.state_laws import new_errors
from pipeline.flows import compare, guard, prove
from pipeline.flows.outline import Past
from pipeline.flows.register import pushed_findings

_PROVED = frozenset({"seal", "amendment", "approval"})


@dataclass(frozen=True, slots=True)
class PushVerdict:
    """What was found of one line of a push: the name itself, and the range that the guarded branch would take in."""

    update: RefUpdate
    findings: tuple[Finding, ...]
    judgement: Judgement | None

    @property
    def refused(self) -> bool:
        """Tell whether the line must not pass."""
        return bool(self.findings) or (self.judgement is not None and self.judgement.refused)


def judge_change(
    repository: Repository,
    base: str,
    head: str,
    time: Moment | None,
    *,
    founding: str | None,
    rights_only: bool = False,
    edition: int | None = None,
    past: Past | None = None,
) -> Judgement:
    """Judge the commits that `head` has and `base` has not, and the state that they make.

    Args:
        time: when the push arrived; each commit's own date where it is not known.
        founding: the commit from which guard judges; without it nothing is refused, and the first edition's laws tell
            what would be.
        rights_only: whether to leave the state and its proofs unjudged.
        past: what was found before, where whoever could have put it there could have pinned another founding too.
    """
    if repository.is_incomplete():  # nobody can say what stands before a range
        return Judgement(base, head, time, (), (Finding("shallow-clone"),), founding=founding)
    laws = edition or (FIRST_EDITION if founding is None else EDITION)
    judgement = guard.judge_range(repository, base, head, time, founding=founding, edition=laws, past=past)
    whole = judgement if rights_only else _with_state(repository, judgement, past)
    return replace(whole, founding=founding, binding=founding is not None)


def judge_push(
    repository: Repository, lines: Iterable[str], branch: str, time: Moment, founding: str, *, past: Past | None = None
) -> tuple[PushVerdict, ...]:
    """Judge what git tells a pre-receive hook, one line for each name: `<old id> <new id> <name>`.

    Args:
        repository: where the hook runs, with the pushed objects in quarantine.
        founding: the commit from which guard judges; the first push of the branch begins with it.
    """
    updates = [_update(line) for line in lines if line.strip()]
    tip = next((update.new for update in updates if update.ref == branch), None) or branch
    known = (_looked_up(repository, update, branch, tip, founding) for update in updates)
    return tuple(_push_verdict(repository, update, branch, time, founding, past=past) for update in known)


def _push_verdict(
    repository: Repository, update: RefUpdate, branch: str, time: Moment, founding: str, *, past: Past | None
) -> PushVerdict:
    findings = (*judge_name(update, branch), *pushed_findings(repository, update, branch))
    if findings or update.ref != branch or update.new is None:
        return PushVerdict(update, findings, None)
    judgement = judge_change(repository, update.old or founding, update.new, time, founding=founding, past=past)
    if update.begins:
        judgement = guard.after_founding(guard.judge_founding(repository, founding, time), judgement)
    return PushVerdict(update, (), judgement)


def _update(line: str) -> RefUpdate:
    old, _, rest = line.rstrip("\n").partition(" ")
    new, _, ref = rest.partition(" ")
    if not (is_id(old) and is_id(new) and ref.startswith("refs/")):
        raise ParindexError("bad-push-line", line=line.strip()[:120])
    return RefUpdate(ref, _object(old), _object(new))


def _object(name: str) -> str | None:
    return None if set(name) == {"0"} else name


def _looked_up(repository: Repository, update: RefUpdate, branch: str, tip: str, founding: str) -> RefUpdate:
    """Add what a seal's tag points at, whether the one that stood was right, and whether a branch begins right."""
    path = seal_path(update.ref)
    if update.ref == branch and update.old is None and update.new is not None:
        root = not repository.commits([founding])[founding].parents
        return replace(update, begins=root and repository.is_ancestor(founding, update.new))
    if not update.ref.startswith(SEAL_TAGS) or path is None:
        return update
    old, new = (_tagged(repository, name, path, tip) for name in (update.old, update.new))
    here = repository.sizes([f"{tip}^{{commit}}:{path}"]).get(f"{tip}^{{commit}}:{path}")
    data = repository.objects([update.new]).get(update.new, b"") if update.new else b""
    lines = data.split(b"\n\n")[0].split(b"\n")
    bears = next((line[4:].decode("utf-8", "replace") for line in lines if line.startswith(b"tag ")), "")
    return replace(
        update,
        holds_seal=new.blob is not None,
        brings_seal=new.brings,
        on_branch=new.on_branch,
        bears=bears if lines[0].startswith(b"object ") else None,
        was_right=old.brings and old.on_branch and old.blob == (here[0] if here else None),
    )


@dataclass(frozen=True, slots=True)
class _Tagged:
    """What a tag leads to: the blob of its seal, whether its commit brought that, and stands on the branch."""

    blob: str | None = None
    brings: bool = False
    on_branch: bool = False


def _tagged(repository: Repository, name: str | None, path: str, tip: str) -> _Tagged:
    names = [f"{name}^{{commit}}", f"{name}^{{commit}}:{path}", f"{tip}^{{commit}}"]
    commit, seal, head = (repository.sizes(names).get(each) for each in names)
    if name is None or commit is None or seal is None:
        return _Tagged()
    older = repository.sizes(f"{parent}:{path}" for parent in repository.commits([commit[0]])[commit[0]].parents)
    return _Tagged(
        blob=seal[0],
        brings=seal[0] not in {blob for blob, _ in older.values()},
        on_branch=head is not None and repository.is_ancestor(commit[0], head[0]),
    )


def _with_state(repository: Repository, judgement: Judgement, past: Past | None) -> Judgement:
    """Add what is wrong with the state that a range makes; a range that cannot be judged at all stays as it is."""
    if not judgement.verdicts:
        return judgement
    base, head = repository.resolve(judgement.base), repository.resolve(judgement.head)
    before, after, touched = compare.both_states(repository, base, head, past)
    errors = new_errors(before.problems, after.problems, touched=touched, world=after.world)
    kinds = {found.kind for path in touched if (found := layout.place(path)) is not None}
    proofs = _broken(repository, base, head) if kinds & _PROVED else ()
    return replace(judgement, errors=errors, proofs=proofs)


def _broken(repository: Repository, base: str, head: str) -> tuple[Proof, ...]:
    """Return what does not hold after a push and was not broken before it.

    Errors of the data are reported as such, and tags are judged by their names when they move.
    """
    proofs = (proof for proof in prove.verify(repository, head, None)[0] if proof.state == "broken")
    broken = [proof for proof in proofs if proof.code != "data-problem" and not proof.code.startswith("tag-")]
    if not broken:
        return ()
    earlier = {(proof.code, proof.subject) for proof in prove.verify(repository, base, None)[0]}
    return tuple(proof for proof in broken if (proof.code, proof.subject) not in earlier)

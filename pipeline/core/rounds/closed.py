"""What is closed before a push, and which changes of it are lawful nevertheless: those that correct a wrong state.

Sealed files come back as their seal lists them, and seals, amendments and approvals as they counted; a seal that never
held may be removed as long as nothing depends on it (decision 0045).
"""

from __future__ import annotations

from pipeline.core.record.layout import path_of, place
from pipeline.core.rounds import proofs
from pipeline.core.rounds.seals import chain, is_moments, is_of_stage, is_rule
from pipeline.core.rounds.standing import FileVersion


def counts(record: proofs.ProofSubject, path: str) -> bool:
    """Tell whether a seal, an amendment or a file of approvals still counts, though it may have been deleted."""
    return bool(proofs.rightful_approvals(record, path)) or _version(record, path) is not None


def _version(record: proofs.ProofSubject, path: str) -> FileVersion | None:
    found = place(path)
    if found is None or found.kind not in ("seal", "amendment"):
        return None
    return proofs.rightful_seal(record, path) if found.kind == "seal" else proofs.rightful_amendment(record, path)


def may_become(record: proofs.ProofSubject, path: str, digest: str | None) -> bool:
    """Tell whether a seal or an amendment may become this: what counts of it, or anything where a seal may go.

    `digest`: its sha256 afterwards, None where it is deleted.
    """
    version, found = _version(record, path), place(path)
    if version is None or version.digest == digest:
        return version is not None
    return found is not None and found.kind == "seal" and proofs.seal_may_go(record, path, version.commit)


def may_follow(record: proofs.ProofSubject, path: str, old: tuple[str, ...], new: tuple[str, ...]) -> bool:
    """Tell whether the entries of a file of approvals go on from those that stood, or else from those that count."""
    due = proofs.rightful_approvals(record, path)
    kept = old if old[: len(due)] == due else due
    return new[: len(kept)] == kept


def is_restored(record: proofs.ProofSubject, path: str, digest: str | None) -> bool:
    """Tell whether a file of a sealed stage, or a rule, becomes what its seal lists, or nothing where it lists none.

    `digest`: its sha256 afterwards, None where it is deleted.
    """
    found = place(path)
    year = found.year or "" if found is not None else ""
    seals = [seal for seal in record.signed_seals if seal.year == year]
    own = [seal for seal in seals if is_of_stage(path, year, seal.stage)]
    last = (chain(seals) or ())[-1:] if is_rule(path, year) else ()
    return any(seal.files.get(path) == digest and not (digest is None and is_moments(path)) for seal in (*own, *last))


def is_as_approved(record: proofs.ProofSubject, year: str, commit: str) -> bool:
    """Tell whether a commit makes a year what the decisions that count were given for."""
    path = path_of(year, "approval")
    due = proofs.rightful_approvals(record, path)
    then = record.year_at(commit, year) if due and record.approvals_at(commit, path) == due else None
    return then is not None and bool(then.approvals) and then.approvals[-1].inputs == then.inputs

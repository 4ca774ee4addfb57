"""Seals: what a manifest covers, when a stage may be sealed, and whether a later state still agrees with it.

Pure. A seal lists sha256 digests of the stage's files and of the rules as they stood, or where they are many says one
digest of that list; it names the seal before it, and carries the SSH signature of everything above its signature.
Signing and verifying: `adapters/signatures`. A seal by one digest is judged by the files that stood at its own commit,
so that nothing else need know of it (decision 0060).
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from pipeline.core.ground import nodes
from pipeline.core.ground.nodes import Document, Scalar
from pipeline.core.ground.problems import Problem
from pipeline.core.index.pending import awaited
from pipeline.core.record.layout import STAGE, place, set_digest
from pipeline.core.record.model import Year
from pipeline.core.record.stages import SURVEY

NAMESPACE = "parindex-seal"
MOST_LISTED: Final = 1000  # files that a new seal lists one by one
# What points and their intervals rest on; the supervision's report comes after the count.
_SURVEY_KINDS = frozenset({"survey", "survey-counts", "moments"})
_RULES = ("cycle", "agencies", "criteria")
_SIGNATURE = b"\nsignature:"


@dataclass(frozen=True, slots=True)
class Seal:
    """One seal as its file says it; `signed` are the bytes that the signature covers.

    `named` is the stage that the signed text names; seals of the first form name none, and cover no moments. `listing`
    is the one digest that stands instead of `files`, which are then none until `with_files` has found them.
    """

    year: str
    stage: str
    named: str | None
    path: str
    date: str
    by: str
    after: str | None
    files: Mapping[str, str]
    listing: str | None
    signature: str
    signed: bytes
    digest: str  # sha256 of the whole file, which the next seal names


def covered(paths: Iterable[str], year: str, stage: str) -> tuple[str, ...]:
    """Return the paths that a seal of a stage covers: the stage's files and the year's rules."""
    return tuple(sorted(path for path in paths if _is_covered(path, year, stage)))


def _is_covered(path: str, year: str, stage: str) -> bool:
    return is_rule(path, year) or is_of_stage(path, year, stage)


def is_rule(path: str, year: str) -> bool:
    """Tell whether a path is one of the rules that each seal covers as they stood."""
    found = place(path)
    return found is not None and found.year == year and found.kind in _RULES


def is_of_stage(path: str, year: str, stage: str) -> bool:
    """Tell whether a path is a file of a stage, which stays as it is once the stage is sealed."""
    found = place(path)
    if found is None or found.year != year:
        return False
    return found.kind in _SURVEY_KINDS if stage == SURVEY else (found.kind, found.stage) == (STAGE, stage)


def digest_of(data: bytes) -> str:
    """Return the sha256 of a file's bytes."""
    return hashlib.sha256(data).hexdigest()


def read_seal(document: Document, data: bytes) -> Seal | None:
    """Return the seal that a file holds; None where it holds anything beside the signed text and its signature.

    It has either files or one digest; the digest comes with the stage's name, since no path tells whose it is.
    """
    found, root = place(document.path), document.root
    if found is None or found.year is None or found.stage is None or not isinstance(root, nodes.Mapping):
        return None
    head, mark, _ = data.partition(_SIGNATURE)
    files = root.values.get("files")
    texts = {key: value.text for key, value in root.values.items() if isinstance(value, Scalar)}
    listed = files.values if isinstance(files, nodes.Mapping) else None
    owed = {"date", "by", "signature", *(("stage", "digest") if listed is None else ())}
    if not mark or not owed <= set(texts) or {"files", "digest"} <= set(root.values):
        return None
    if list(root.values)[-1] != "signature":
        return None
    return Seal(
        year=found.year,
        stage=found.stage,
        named=texts.get("stage"),
        path=document.path,
        date=texts["date"],
        by=texts["by"],
        after=texts.get("after"),
        files={path: value.text for path, value in (listed or {}).items() if isinstance(value, Scalar)},
        listing=texts.get("digest"),
        signature=texts["signature"],
        signed=head + b"\n",
        digest=digest_of(data),
    )


def listing_of(files: Mapping[str, str]) -> dict[str, str | Mapping[str, str]]:
    """Return what a new seal says of its files: their digests, or where they are many the one digest of that list."""
    return {"files": files} if len(files) <= MOST_LISTED else {"digest": set_digest(files)}


def with_files(seal: Seal, stood: Mapping[str, str], before: Iterable[Mapping[str, str]]) -> Seal:
    """Return a seal that says one digest with the files that it is the digest of.

    Where it is of none of the states, it gets the files that stood; `is_of_other_files` tells that.

    Args:
        stood: sha256 by path of all that a seal of its stage covers, at the commit that brought it.
        before: the same at each parent of that commit, which may have changed a file as well.
    """
    meant = (found for found in itertools.chain((stood,), before) if set_digest(found) == seal.listing)
    return replace(seal, files=next(meant, stood))


def is_of_other_files(seal: Seal) -> bool:
    """Tell whether a seal's one digest is not that of the files that were found for it."""
    return seal.listing is not None and set_digest(seal.files) != seal.listing


def signed_file(signed: bytes, signature: str) -> bytes:
    """Return a seal's file: what was signed, then the signature as a block."""
    block = "".join(f"  {line}\n" for line in signature.strip().splitlines())
    return signed + b"signature: |\n" + block.encode()


def chain(seals: Iterable[Seal]) -> tuple[Seal, ...] | None:
    """Return a year's seals in the order in which each names the one before; None where they are no single chain."""
    listed = list(seals)
    by_before = {seal.after: seal for seal in listed}
    if len(by_before) != len(listed):
        return None
    ordered: list[Seal] = []
    before: str | None = None
    while before in by_before and len(ordered) < len(listed):
        ordered.append(by_before[before])
        before = ordered[-1].digest
    return tuple(ordered) if len(ordered) == len(listed) else None


def is_of_another_stage(seal: Seal) -> bool:
    """Tell whether a seal's text was made for another stage or year than its file's name says."""
    own = all(_is_covered(path, seal.year, seal.stage) for path in seal.files)
    return not own or seal.named not in (None, seal.stage)


def unsealed(year: Year) -> tuple[str, ...]:
    """Return the stages of a year that have no seal, in the order of the year."""
    stages = (*year.cycle.stages.names, *((SURVEY,) if year.survey else ()))
    return tuple(stage for stage in stages if stage not in year.sealed)


def not_sealable(
    year: Year, stage: str, problems: Iterable[Problem], *, again: bool = False
) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield why a stage cannot be sealed yet, as codes with figures; nothing where it can.

    A stage is complete when every agency has its file (an explanation, or `unanswered` in the second round, for each
    request; every group's file for the survey) and clean when the year has no error.

    Args:
        problems: what is wrong with the year, but for a seal that is replaced.
        again: whether the stage has a seal that may be replaced.
    """
    if stage in year.sealed and not again:
        yield "already-sealed", {"stage": stage}
    errors = sum(problem.is_error for problem in problems)
    if errors:
        yield "data-has-errors", {"count": str(errors)}
    incomplete = {entry.stage for entry in awaited(year)}
    if stage in incomplete:
        yield "stage-incomplete", {}
    asking = year.cycle.stages.asked_in(stage) if year.cycle.stages.kind(stage) == "explain" else None
    if asking in incomplete:
        yield "not-all-asked", {"stage": asking or ""}


@dataclass(frozen=True, slots=True)
class Drift:
    """A file that is not what a seal says: changed, gone, or come after it."""

    path: str
    what: str  # changed | gone | added
    rule: bool  # one of the year's rules, sealed as they stood, rather than a file of the stage


def drifts(seal: Seal, digests: Mapping[str, str]) -> Iterator[Drift]:
    """Compare a seal with the files as they are now; later changes of rules are told apart from those of the stage.

    `digests`: sha256 by path of all files of the state that is judged.
    """
    for path, digest in sorted(seal.files.items()):
        if path not in digests:
            yield Drift(path, "gone", is_rule(path, seal.year))
        elif digests[path] != digest:
            yield Drift(path, "changed", is_rule(path, seal.year))
    for path in covered(digests, seal.year, seal.stage):
        if path not in seal.files and not (seal.named is None and is_moments(path)):
            yield Drift(path, "added", is_rule(path, seal.year))


def is_moments(path: str) -> bool:
    """Tell whether a path is one of moments, which seals of the first form left out."""
    found = place(path)
    return found is not None and found.kind == "moments"

"""Close a stage with a signed seal, and prove from the repository alone what seals, signatures and approvals say.

Brings files, history, keys and signatures to the judges of the core; `core.rounds.seals` says what a seal covers,
`core.rounds.proofs` what follows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

from pipeline import VERSION
from pipeline.adapters import documents, signatures
from pipeline.adapters.repository import Repository, Tree
from pipeline.core.ground.problems import ParindexError
from pipeline.core.record import layout
from pipeline.core.record.access import PATH as ACCESS_PATH
from pipeline.core.record.access import Access, Person, read_access
from pipeline.core.record.model import World, Year
from pipeline.core.rounds.changes import approval_entries
from pipeline.core.rounds.closed import may_become
from pipeline.core.rounds.commits import NAMESPACE as COMMIT_NAMESPACE
from pipeline.core.rounds.commits import Commit, Moment, commit_bytes, tag_bytes
from pipeline.core.rounds.proofs import HISTORY_LEFT_OUT, Proof, ProofSubject, Tag, proofs
from pipeline.core.rounds.seals import (
    NAMESPACE,
    Seal,
    chain,
    covered,
    digest_of,
    listing_of,
    not_sealable,
    read_seal,
    signed_file,
)
from pipeline.flows.founding import pinned
from pipeline.flows.signing import write_signed
from pipeline.flows.snapshot import Readings, Snapshot, rights_in, take, world_of

Reason = tuple[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A stage that was sealed: the seal's path, its commit, its tag and who signed."""

    path: str
    commit: str
    tag: str
    person: Person
    files: int


def seal(
    repository: Repository, snapshot: Snapshot, *, year: str, stage: str, key: Path, at: Moment
) -> Sealed | tuple[Reason, ...]:
    """Seal a stage of a year as it stands committed: write the manifest, commit it signed, and tag the commit.

    Args:
        snapshot: the working tree, which must be committed.

    Returns:
        What was sealed, or why nothing was.
    """
    head, path = snapshot.tree.commit, layout.path_of(year, "seals", stage)
    stands = head is not None and path in snapshot.tree.files
    again = stands and may_become(closed_at(repository, head or ""), path, None)
    problems = [problem for problem in snapshot.problems_of_year(year) if not (again and problem.path == path)]
    reasons = list(not_sealable(snapshot.world.years[year], stage, problems, again=again))
    if head is None:
        reasons.append(("not-committed", {}))
    if snapshot.tree.day is not None and at.day < snapshot.tree.day:
        reasons.append(("dated-before-state", {"date": at.day, "day": snapshot.tree.day}))
    access = rights_in(snapshot.tree)
    person = access.key_holder(signatures.public_key(key), at.day).person if access else None
    if access is None or person is None or "seals" not in access.role_of(person).writes:
        reasons.append(("no-right-to-seal", {"file": str(key), "path": ACCESS_PATH}))
    seals, unreadable = _seals(snapshot.tree, year)
    ordered = chain(entry for entry in seals if entry.path != path)
    if ordered is None or set(unreadable) - {path}:
        reasons.append(("seal-chain-broken", {"year": year}))
    if reasons or head is None or person is None or ordered is None:
        return tuple(reasons)
    signed = _manifest(snapshot.tree, year, stage, day=at.day, by=person.id, after=ordered[-1] if ordered else None)
    data = signed_file(signed, signatures.sign(signed, NAMESPACE, key))
    signer = _Signer(f"{person.id} <{person.email}>", key, at)
    commit = _commit(repository, head, path, data, signer=signer, message=f"seal: {year} {stage}\n")
    tag = f"seal/{year}/{stage}"
    _tag(repository, tag, commit, signer)
    return Sealed(path, commit, tag, person, len(covered(snapshot.tree.files, year, stage)))


def _manifest(tree: Tree, year: str, stage: str, *, day: str, by: str, after: Seal | None) -> bytes:
    from pipeline.flows import writing  # noqa: PLC0415 - who only proves loads nothing that writes (decision 0001)

    files = {path: digest_of(tree.files[path].data) for path in covered(tree.files, year, stage)}
    before = {} if after is None else {"after": after.digest}
    return writing.dump({"format": 1, "stage": stage, "date": day, "by": by, **before, **listing_of(files)})


@dataclass(frozen=True, slots=True)
class _Signer:
    """Who signs as git has it, with which key, when."""

    who: str
    key: Path
    at: Moment


def _commit(repository: Repository, head: str, path: str, data: bytes, *, signer: _Signer, message: str) -> str:
    """Write one file and commit it alone, signed, on the branch that is checked out."""
    tree = repository.tree_with(head, {path: data})
    made = partial(commit_bytes, tree, head, signer.who, signer.at, message=message)
    commit = write_signed(repository, signer.key, made)
    repository.move_head(commit, head)
    repository.bring(path, data)
    return commit


def _tag(repository: Repository, name: str, commit: str, signer: _Signer) -> None:
    bare = tag_bytes(name, commit, signer.who, signer.at)
    repository.write_tag(name, bare + signatures.sign(bare, COMMIT_NAMESPACE, signer.key).encode())


def verify(
    repository: Repository,
    revision: str,
    year: str | None,
    *,
    founding: str | None = None,
    entered: Callable[[str], str | None] = lambda _: None,
) -> tuple[tuple[Proof, ...], tuple[Year, ...]]:
    """Prove what a revision says of itself; of one year's seals and tables where it is named.

    Args:
        founding: the commit from which guard judges, where it is not pinned.
        entered: the day of the earliest entry of the register that holds a commit, see `replay`.

    Returns:
        The proofs, and the years of the revision, whose stages they name.
    """
    if repository.is_incomplete():
        return (Proof("unproved", HISTORY_LEFT_OUT, "git"),), ()
    readings = Readings()
    snapshot = take(repository, repository.resolve(revision), readings)
    opened = repository.resolve(founding) if founding else pinned(repository)
    subject = subject_of(repository, snapshot.tree, snapshot.world, readings, year=year, founding=opened)
    found = proofs(replace(subject, entered=entered))
    problems = snapshot.problems if year is None else snapshot.problems_of_year(year)
    told = {"approval-mismatch", "approval-rows-wrong", "approval-inputs-changed"}  # proofs speak of the tables
    errors = [problem for problem in problems if problem.is_error and problem.code not in told]
    broken = (Proof("broken", "data-problem", f"{p.path}:{p.line}", {"problem": p.code}) for p in errors)
    return (*found, *broken), tuple(snapshot.world.years.values())


def closed_at(repository: Repository, commit: str) -> ProofSubject:
    """Return what the history of a commit says of what is closed there; its data may have any errors."""
    readings = Readings()
    tree = repository.tree(commit, layout.DATA.rstrip("/"), layout.SCHEMAS.rstrip("/"))
    return subject_of(repository, tree, world_of(tree, readings), readings)


def subject_of(
    repository: Repository,
    tree: Tree,
    world: World,
    readings: Readings,
    *,
    year: str | None = None,
    founding: str | None = None,
) -> ProofSubject:
    """Bring the history of a committed tree together, and how to read it.

    Args:
        tree: the state that is judged, of a commit.
        readings: what was read of it, and of other states on the way.
        founding: the commit from which guard judges, where it is pinned.
    """
    commit, files = tree.commit or "", tree.files
    chronicle = repository.chronicle(commit, layout.DATA.rstrip("/"))
    keys = repository.standing(ACCESS_PATH, (entry.id for entry in chronicle.commits))

    @cache
    def access_of(blob: str) -> Access | None:
        return read_access(documents.read(ACCESS_PATH, repository.blob(blob)))

    def access_at(at: str) -> Access | None:
        return access_of(keys[at]) if at in keys else None

    def digests_at(at: str, paths: tuple[str, ...]) -> Mapping[str, str]:
        found = repository.sizes(f"{at}:{path}" for path in paths)
        blobs = {path: found[f"{at}:{path}"][0] for path in paths if f"{at}:{path}" in found}
        data = repository.objects(blobs.values())
        return {path: digest_of(data[blob]) for path, blob in blobs.items()}

    def year_at(at: str, name: str) -> Year | None:
        tree = repository.tree(at, layout.DATA.rstrip("/"), layout.SCHEMAS.rstrip("/"))
        return world_of(tree, readings).years.get(name)

    def data_at(at: str, path: str) -> bytes:
        return next((repository.blob(blob) for blob, _ in repository.sizes([f"{at}:{path}"]).values()), b"")

    def approvals_at(at: str, path: str) -> tuple[str, ...]:
        return approval_entries(documents.read(path, data_at(at, path)).root)

    def seal_at(at: str, path: str) -> Seal | None:
        data = data_at(at, path)
        return read_seal(documents.read(path, data), data)

    def strays_of(merge: Commit) -> frozenset[str]:
        if len(merge.parents) != 2:  # nobody can say what git makes of more
            return frozenset(entry.path for parent in merge.parents for entry in chronicle.touched[merge.id, parent])
        return frozenset(repository.merge_strays([(merge.parents[0], merge.parents[1], merge.tree)])[0])

    seals, unreadable = _seals(tree, year)
    return ProofSubject(
        chronicle=chronicle,
        digests={path: digest_of(file.data) for path, file in files.items()},
        written=seals,
        unreadable=unreadable,
        tags=tuple(Tag(*entry) for entry in repository.tags("seal/") if year in (None, entry[0].split("/")[1])),
        years={name: entry for name, entry in world.years.items() if year in (None, name)},
        calendar=world.calendar,
        wanted=year,
        digests_at=cache(digests_at),
        seal_at=cache(seal_at),
        access_at=access_at,
        year_at=year_at,
        approvals_at=cache(approvals_at),
        strays_of=strays_of,
        verify=signatures.verify,
        engine=VERSION,
        founded=lambda at: founding is None or repository.is_ancestor(at, founding),
        entered=lambda _: None,
    )


def _seals(tree: Tree, year: str | None) -> tuple[tuple[Seal, ...], tuple[str, ...]]:
    """Return the seals of a year, or of all, by path, and the paths of those that cannot be read as one."""
    placed = ((file, layout.place(path)) for path, file in sorted(tree.files.items()))
    listed = [file for file, at in placed if at is not None and at.kind == "seal" and year in (None, at.year)]
    read = {file.path: read_seal(documents.read(file.path, file.data), file.data) for file in listed}
    seals = tuple(entry for entry in read.values() if entry is not None)
    return seals, tuple(path for path, entry in read.items() if entry is None)


def check_key(path: str | None, repository: Repository) -> Path:
    """Return the key file that a person named, or the one that git signs with.

    Raises:
        ParindexError: None is named, or there is no such file.
    """
    named = path or repository.setting("user.signingkey")
    if named is None:
        raise ParindexError("no-key-named")
    found = Path(named).expanduser()
    if not found.is_file():
        raise ParindexError("no-key", path=named)
    return found

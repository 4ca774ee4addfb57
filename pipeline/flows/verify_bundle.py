"""Prove a bundle of open data from its files alone: read a stranger's folder strictly, then judge what its tables say.

No repository, no network, no library: whoever has the files and this program can do it.
"""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeAlias

from pipeline.adapters import documents, signatures
from pipeline.adapters.archives import PIECE, Told, told_of, unlike
from pipeline.core.ground.problems import ParindexError, Problem, in_order, reached
from pipeline.core.ground.text import to_json
from pipeline.core.publish.opendata.bundle_signers import (
    NAMESPACE,
    SIGNATURE,
    UNDATED,
    allowed_signers,
    fingerprint,
    writers_of_approvals,
)
from pipeline.core.publish.opendata.csv_json import EXCEL, OPEN, ReadTable, csv_text, json_text, languages_in, read_csv
from pipeline.core.publish.opendata.descriptions import (
    CHANGELOG_JSON,
    DATA_PACKAGE,
    DCAT,
    FORMAT,
    SUMS,
    changelog,
    dcat_sums,
    is_of_bundle,
    package_sums,
    path_of,
)
from pipeline.core.publish.opendata.fields import SHARED, Field, Resource, ResourceTable
from pipeline.core.publish.opendata.recompute import BundleVerdict, judge
from pipeline.core.publish.opendata.tables import EXPORTS
from pipeline.core.record.access import PATH as ACCESS_PATH
from pipeline.core.record.access import read_access

Signers: TypeAlias = Callable[[str], Mapping[str, str]]  # from the day of the last approval, names by key


@dataclass(slots=True)
class _Files:
    """The files of a bundle by path: what tells each but its signature, and the bytes of those whose words count."""

    told: dict[str, Told] = field(default_factory=dict)
    data: dict[str, bytes] = field(default_factory=dict)


MOST_FILES: Final = 300
MOST_BYTES: Final = 16 << 30  # of all other files; a bundle of 5,000 agencies has a tenth to a quarter of that
MOST_HELD: Final = 1 << 30  # of the tables, which are read; all else is only compared
MOST_TOLD: Final = 4 << 20  # of what describes them, which no number of agencies makes longer
_SUM: Final = re.compile(r"([0-9a-f]{64})  ([\x21-\x7e]{1,120})")
_ZIP: Final = ".zip"
_READ: Final = frozenset({SUMS, SIGNATURE, DCAT, DATA_PACKAGE})  # beside the tables
# What each JSON file says first, in its order.
_ABOUT: Final = ("year", "commit", "audience", "illustrative", "provisional", "licence")


def signers_in(path: Path, data: bytes) -> Signers:
    """Return whose signature counts by a file: an access.yml, or allowed signers as ssh-keygen has them.

    Raises:
        ParindexError: the file names no key.
    """
    is_access = path.suffix in {".yml", ".yaml"}
    access = read_access(documents.read(ACCESS_PATH, data)) if is_access else None
    text = "" if is_access else data.decode("utf-8-sig", "replace")
    found = partial(writers_of_approvals, access) if access else partial(allowed_signers, text)
    if not found(""):
        raise ParindexError("no-signers", path=str(path))
    return found


def verify(folder: Path, signers: Signers | None = None) -> BundleVerdict:
    """Tell what a bundle proves.

    Args:
        signers: whose signature it must bear; None: it may bear anybody's, or none.

    Raises:
        ParindexError: there is no such folder, or it cannot be read.
    """
    if not folder.is_dir():
        raise ParindexError("no-bundle", path=str(folder))
    files = _Files()
    with reached("cannot-read", folder):
        problems = _read(folder, files)
        archives = {path: files.told.pop(path) for path in list(files.told) if path.endswith(_ZIP)}
        signature = files.data.pop(SIGNATURE, None)
        owed = [_wrong("bundle-missing-file", path) for path in _owed() if path not in files.told]
        problems += _once([*owed, *_unlike_lists(files)])
        problems += [wrong for path in archives for wrong in _unlike_archive(folder / path, files)]
    about = _about(files.data.get(DATA_PACKAGE, b""))
    if about is None and DATA_PACKAGE in files.told:
        problems.append(_wrong("bundle-description", DATA_PACKAGE))
    tables: dict[str, ReadTable] = {}
    is_inside = about is not None and about["audience"] == "internal"
    languages = languages_in(files.data.get(path_of("year", OPEN.folder), b""))
    for resource in EXPORTS.values():
        path = path_of(resource.name, OPEN.folder)
        columns = resource.columns("internal" if is_inside else "public", languages)
        data = files.data.pop(path) if path in files.data else _of_old(resource, columns)
        found = () if data is None else read_csv(resource, path, data, columns)
        if isinstance(found, ReadTable):
            tables[resource.name] = found
        else:
            problems += found
    if len(tables) < len(EXPORTS) or about is None:
        return BundleVerdict(problems=list(in_order(problems)))
    one = {name: row[name] for row in tables["year"].table.rows for name in SHARED}
    if one and one != {name: about[name] for name in SHARED}:
        problems.append(_wrong("bundle-description", DATA_PACKAGE))
    differing = list(_unlike_formats(files.told, about, tables))
    verdict = judge(tables)
    if not problems:
        verdict.proved.insert(0, ("files", {"count": str(len(files.told) + len(archives))}))
    if not differing:
        verdict.proved.append(("formats", {}))
    days = (str(row["decision_date"] or UNDATED) for row in tables["versions"].table.rows)
    _signed(verdict, signature, files.data.get(SUMS, b""), signers and signers(max(days, default=UNDATED)))
    verdict.unproved += [("books", {}), ("origin", {})]
    verdict.problems = list(in_order([*problems, *differing, *verdict.problems]))
    return verdict


def _signed(verdict: BundleVerdict, signature: bytes | None, sums: bytes, names: Mapping[str, str] | None) -> None:
    """Tell who signed a bundle's checksums, as far as names are known; a signature of anything else is refused."""
    if signature is None:
        verdict.unproved.append(("unsigned", {}))
        verdict.problems += [] if names is None else [_wrong("bundle-missing-file", SIGNATURE)]
        return
    found = signatures.verify(signature.decode("utf-8", "replace"), sums, NAMESPACE)
    if found.fault is not None or found.key is None:
        verdict.problems.append(_wrong("bundle-signature", SIGNATURE))
    elif names is None:
        verdict.unproved.append(("signer", {"key": fingerprint(found.key)}))
    elif found.key in names:
        verdict.proved.append(("signed", {"name": names[found.key], "key": fingerprint(found.key)}))
    else:
        verdict.problems.append(_wrong("bundle-signer", SIGNATURE, key=fingerprint(found.key)))


def _wrong(code: str, path: str, **figures: str) -> Problem:
    return Problem(code, "error", path, 1, 1, figures)


def _once(problems: Iterable[Problem]) -> list[Problem]:
    """Return the first of the problems of one kind that a file has: several lists may tell the same of it."""
    return list({(problem.code, problem.path, problem.line): problem for problem in reversed([*problems])}.values())


def _owed() -> Iterator[str]:
    yield from (DATA_PACKAGE, SUMS)
    yield from (path_of(name, OPEN.folder) for name, resource in EXPORTS.items() if not resource.later)


def _of_old(resource: Resource, columns: tuple[Field, ...]) -> bytes | None:
    """Return what a bundle says with a table that it lacks: nothing, where the table came after the first bundles."""
    if not resource.later:
        return None
    return csv_text(ResourceTable(resource, columns, ()), OPEN).encode()


def _read(folder: Path, files: _Files) -> list[Problem]:
    """Take the files of a bundle, and return what stands there that may not.

    No link is followed, no foreign file opened; what is only compared is read piece by piece.
    """
    problems: list[Problem] = []
    waiting, seen, taken = [folder], 0, dict.fromkeys((MOST_TOLD, MOST_HELD, MOST_BYTES), 0)
    while waiting:
        here = waiting.pop()
        for path in sorted(here.iterdir()):
            seen += 1
            name = path.relative_to(folder).as_posix()
            about = path.lstat()
            is_table = name.startswith(f"{OPEN.folder}/")
            most = MOST_TOLD if name in _READ else MOST_HELD if is_table else MOST_BYTES
            if seen > MOST_FILES:
                return [*problems, _wrong("bundle-too-large", name, allowed=f"{MOST_FILES}")]
            if stat.S_ISDIR(about.st_mode) and here == folder:
                waiting.append(path)
            elif not stat.S_ISREG(about.st_mode) or not is_of_bundle(name):
                problems.append(_wrong("bundle-foreign-file", name))
            elif about.st_size > most - taken[most]:
                problems.append(_wrong("bundle-too-large", name, allowed=f"{most} byte"))
            else:
                taken[most] += about.st_size
                _take(path, name, files, is_held=most != MOST_BYTES)
    return problems


def _take(path: Path, name: str, files: _Files, *, is_held: bool) -> None:
    with path.open("rb") as stream:
        if is_held:
            files.data[name] = stream.read()
        if name != SIGNATURE:
            pieces = [files.data[name]] if is_held else iter(partial(stream.read, PIECE), b"")
            files.told[name] = told_of(pieces)


def _unlike_lists(files: _Files) -> Iterator[Problem]:
    """Yield each file that is not what a list of checksums says; each list owes other files, in other words."""
    known = files.told
    listed: dict[str, str] = {}
    for number, line in enumerate(files.data.get(SUMS, b"").decode("utf-8", "replace").splitlines(), 1):
        found = _SUM.fullmatch(line)
        if found is None or not is_of_bundle(found[2]):
            figures = {"found": line[:80], "allowed": "sha256  csv/….csv"}
            yield Problem("bundle-table", "error", SUMS, number, 1, figures)
        else:
            listed[found[2]] = found[1]
    for name, told, owed in (
        (SUMS, listed, {path: known[path].digest for path in known if path != SUMS}),
        (
            DCAT,
            dcat_sums(_json(files.data.get(DCAT, b""))),
            {path: f"{known[path].digest} {known[path].size}" for path in known if path not in {DCAT, SUMS}},
        ),
        (
            DATA_PACKAGE,
            package_sums(_json(files.data.get(DATA_PACKAGE, b""))),
            {path: f"sha256:{known[path].digest}" for path in known if path.startswith(f"{OPEN.folder}/")},
        ),
    ):
        if name in known and told is None:
            yield _wrong("bundle-description", name)
        elif name in known and told is not None:
            yield from (_wrong("bundle-missing-file", path[:200]) for path in told if path not in known)
            unlike = (path for path, digest in owed.items() if told.get(path) != digest)
            yield from (_wrong("bundle-checksum", path, list=name) for path in unlike)


def _unlike_archive(path: Path, files: _Files) -> Iterator[Problem]:
    """Yield that an archive does not hold exactly the files beside it."""
    with path.open("rb") as archive:
        wrong = list(unlike(archive, files.told, path.stem))
    if wrong:
        told = ", ".join(filter(None, wrong[:3])) or "ZIP"
        yield _wrong("bundle-archive", path.name, found=told if len(wrong) < 4 else f"{told}, …")


def _about(data: bytes) -> dict[str, Any] | None:
    """Return what a data package of ours says of the bundle; None where it is none, or of another format."""
    package = _json(data)
    told = package.get("parindex") if isinstance(package, dict) else None
    if not isinstance(told, dict) or told.get("format") != FORMAT or set(told) != {"format", *_ABOUT}:
        return None
    return {name: told[name] for name in _ABOUT}


def _json(data: bytes) -> Any:  # noqa: ANN401 - what JSON can say
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _unlike_formats(
    files: Mapping[str, Told], about: Mapping[str, Any], tables: Mapping[str, ReadTable]
) -> Iterator[Problem]:
    """Yield each file that should tell a table in another form and tells something else."""
    for name, read in tables.items():
        forms: Mapping[str, Callable[[], str]] = {
            path_of(name, OPEN.folder): partial(csv_text, read.table, OPEN),
            path_of(name, EXCEL.folder): partial(csv_text, read.table, EXCEL),
            path_of(name, "json"): partial(json_text, read.table, about),
        }
        for path, text in forms.items():
            if path in files and files[path] != told_of([text().encode()]):
                yield _wrong("bundle-unlike", path, table=path_of(name, OPEN.folder))
    versions = to_json(changelog({name: read.table for name, read in tables.items()}, about))
    if CHANGELOG_JSON in files and files[CHANGELOG_JSON] != told_of([versions.encode()]):
        yield _wrong("bundle-unlike", CHANGELOG_JSON, table=path_of("versions_results", OPEN.folder))

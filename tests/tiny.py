"""The tiny world of `tests/examples/tiny/`, as it stands and with edits laid over it.

What the world says is judged by those who ask; the road from bytes to records is the one of real data.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pipeline.adapters.repository import File, Tree, blob_id
from pipeline.core.record.stages import KIND_OF, SURVEY
from pipeline.flows.snapshot import Readings, Snapshot, read

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "tests" / "examples"
TINY = EXAMPLES / "tiny"
YEAR = "2024"


def files_under(folder: Path, top: str) -> dict[str, bytes]:
    """Return every file of one top folder by its path below `folder`."""
    found = sorted(path for path in (folder / top).rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


# Seals as a year has them that closed every stage; nobody signed them, which only `verify` asks for.
SEALS = {
    f"data/{YEAR}/seals/{stage}.yml": (
        f"format: 1\nstage: {stage}\ndate: 2025-02-14\nby: thu-ky\nfiles:\n  data/{YEAR}/cycle.yml: {'0' * 64}\n"
        "signature: |\n  -----BEGIN SSH SIGNATURE-----\n  AAAA\n  -----END SSH SIGNATURE-----\n"
    )
    for stage in (*KIND_OF, SURVEY)
}
SCHEMAS = files_under(ROOT, "schemas")
TINY_FILES = files_under(TINY, "data")
READINGS = Readings()  # what worlds of tests share with each other is read once


def snapshot_of(files: Mapping[str, bytes], links: frozenset[str] = frozenset()) -> Snapshot:
    """Read files of data with the schemas of this repository; `links` are paths that are no plain files."""
    contents = {**SCHEMAS, **files}
    made = {path: File(path, data, blob_id(data), path not in links) for path, data in contents.items()}
    return read(Tree(made, None, None, None), READINGS)


@cache
def data_of_this_repository() -> Snapshot:
    """Return what stands in `data/`, read once for all tests of a process."""
    return snapshot_of(files_under(ROOT, "data"))

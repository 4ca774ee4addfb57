"""Measure `explain --history` and `audit`: seconds, and how they grow with commits and with files.

`python tests/benchmarks/histories.py` builds repositories as the benchmark of differences does, with a thousand commits
over 400 files: spread over all first appraisals, or all in the file that is asked about, where every commit is a new
version to read. What is timed runs in this process, imports and the reading of the newest state apart.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from differences import CHANGED, LINE, blob, commit, files_of, seconds

from pipeline.adapters.repository import open_repository
from pipeline.flows import inspect_history
from pipeline.flows.snapshot import take

YEAR, AGENCY, CRITERION, STAGE = "2024", "cuc-thue", "1.2.2", "appraisal-1"
CASES = (  # years, agencies of each, commits, whether each touches the file that is asked about
    (7, 4, 1_000, False),
    (7, 4, 1_000, True),
    (2, 4, 1_000, False),
    (14, 4, 1_000, False),
    (1, 38, 1_000, False),
    (7, 4, 10, False),
    (7, 4, 100, False),
)


def history(files: Mapping[str, bytes], commits: int, *, one: bool) -> Iterator[bytes]:
    """Yield a history for `git fast-import`: all files, then one score of one file after the other."""
    paths = [CHANGED] if one else sorted(path for path in files if f"/{STAGE}/" in path)
    yield commit(0) + b"".join(b"M 100644 inline %s\n" % path.encode() + blob(data) for path, data in files.items())
    for number in range(1, commits):
        path = paths[number % len(paths)]
        data = files[path].replace(LINE, LINE.replace(b"0.5", (b"0.25", b"0.5")[number // len(paths) % 2]))
        yield commit(number) + b"M 100644 inline %s\n" % path.encode() + blob(data + b"# %d\n" % number)


def make(folder: Path, years: int, agencies: int, commits: int, *, one: bool) -> int:
    """Make a repository and return how many files of data it has."""
    files = files_of(years, agencies)
    run = ["git", "-C", str(folder)]
    subprocess.run([*run, "init", "--quiet", "--initial-branch", "main"], check=True)
    told = b"".join(history(files, commits, one=one))
    subprocess.run([*run, "fast-import", "--quiet"], input=told, check=True)
    subprocess.run([*run, "checkout", "--quiet", "--force", "main"], check=True)
    return sum(path.startswith("data/") for path in files)


def measure(folder: Path) -> tuple[int, dict[str, float]]:
    """Return how many entries the history has, and the seconds of each step."""
    snapshot = take(open_repository(folder), "HEAD")
    year = snapshot.world.years[YEAR]

    def whole() -> int:
        repository = open_repository(folder)
        known = inspect_history.chronicle(repository, "HEAD")
        found = inspect_history.criterion_history(snapshot, repository, year, AGENCY, criterion=CRITERION, known=known)
        return len(found.entries)

    def audit() -> None:
        repository = open_repository(folder)
        known = inspect_history.chronicle(repository, "HEAD")
        inspect_history.round_report(snapshot, repository, "HEAD", year=YEAR, stage="council-decision", known=known)

    return whole(), {
        "chronicle": seconds(lambda: inspect_history.chronicle(open_repository(folder), "HEAD")),
        "history": seconds(whole),
        "audit": seconds(audit),
    }


def main() -> None:
    """Print a row of figures for each repository."""
    head: list[str] = []
    for years, agencies, commits, one in CASES:
        with tempfile.TemporaryDirectory() as name:
            files = make(Path(name), years, agencies, commits, one=one)
            entries, taken = measure(Path(name))
            if not head:
                head = ["files", "years", "agencies", "commits", "entries", *taken]
                print("".join(f"{word:>10}" for word in head))
            row = [f"{number:>10}" for number in (files, years, agencies, commits, entries)]
            print("".join([*row, *(f"{1000 * value:>8.0f}ms" for value in taken.values())]))


if __name__ == "__main__":
    main()

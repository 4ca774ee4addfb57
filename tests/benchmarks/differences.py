"""Measure `diff`: seconds for a change of one score, and how they grow with files, agencies and commits.

`python tests/benchmarks/differences.py` builds repositories from the agencies of `data/2024` in a temporary folder: a
thousand commits over 400 files, then more files of other years, more agencies in the same year, fewer commits. What is
timed runs in this process, imports apart, `since` beside the `check` that it follows; the last line is the whole
command with its start.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import median

from processor import processor

from pipeline.adapters.repository import open_repository
from pipeline.core.rounds.change_words import Difference, difference_json, difference_markdown, difference_text
from pipeline.flows.compare import approvers, difference, since
from pipeline.flows.outline import Past, outline
from pipeline.flows.wording import load_labels

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE, ALIKE = "data/2024", "cuc-thue"
CHANGED = "data/2024/appraisal-1/cuc-thue.yml"
LINE = b'"1.2.2":\n    score: 0.5\n'
ROUNDS = 5
CASES = (  # years, agencies of each, commits
    (7, 4, 1_000),
    (2, 4, 1_000),
    (14, 4, 1_000),
    (1, 38, 1_000),
    (1, 76, 1_000),
    (7, 4, 10),
    (7, 4, 100),
)


def files_of(years: int, agencies: int) -> dict[str, bytes]:
    """Return a tree of as many years alike, each with as many agencies, all after those of `data/2024`."""
    found = {
        path.relative_to(ROOT).as_posix(): path for top in ("data", "schemas") for path in (ROOT / top).rglob("*.*")
    }
    common = {
        path: file.read_bytes() for path, file in found.items() if path.count("/") == 1 or path.startswith("schemas")
    }
    own = {
        path.removeprefix(f"{SOURCE}/"): f.read_bytes() for path, f in found.items() if path.startswith(f"{SOURCE}/")
    }
    own = {path: data for path, data in own.items() if not path.startswith(("seals/", "amendments/", "approval"))}
    for number in range(4, agencies):
        slug = f"co-quan-{number}"
        own |= {
            path.replace(f"/{ALIKE}.yml", f"/{slug}.yml"): data
            for path, data in own.items()
            if path.endswith(f"/{ALIKE}.yml")
        }
        own["agencies.yml"] += (
            f"  {slug}:\n    name: Cơ quan {number}\n    short: CQ {number}\n    ranked: true\n".encode()
        )
    names = ["2024", *(f"2024-ban-{number}" for number in range(2, years + 1))]
    return common | {f"data/{name}/{path}": data for name in names for path, data in own.items()}


def history(files: Mapping[str, bytes], commits: int) -> Iterator[bytes]:
    """Yield a history for `git fast-import`: all files, then one score of one file after the other."""
    yield commit(0) + b"".join(b"M 100644 inline %s\n" % path.encode() + blob(data) for path, data in files.items())
    for number in range(1, commits):
        data = files[CHANGED].replace(LINE, LINE.replace(b"0.5", (b"0.25", b"0.5")[number % 2]))
        yield commit(number) + b"M 100644 inline %s\n" % CHANGED.encode() + blob(data + b"# %d\n" % number)


def commit(number: int) -> bytes:
    who = b"Cong chuc <cong-chuc@snv.invalid> %d +0700" % (1_732_000_000 + 60 * number)
    return b"commit refs/heads/main\ncommitter %s\n" % who + blob(b"Sua %d" % number)


def blob(data: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(data), data)


def make(folder: Path, years: int, agencies: int, commits: int) -> int:
    """Make a repository and return how many files of data it has."""
    files = files_of(years, agencies)
    assert LINE in files[CHANGED]
    run = ["git", "-C", str(folder)]
    subprocess.run([*run, "init", "--quiet", "--initial-branch", "main"], check=True)
    subprocess.run([*run, "fast-import", "--quiet"], input=b"".join(history(files, commits)), check=True)
    subprocess.run([*run, "checkout", "--quiet", "--force", "main"], check=True)
    return sum(path.startswith("data/") for path in files)


def seconds(act: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        start = processor()
        act()
        times.append(processor() - start)
    return median(times)


def measure(folder: Path) -> dict[str, float]:
    """Return the seconds of each way to ask for the last change."""
    labels = load_labels("vi")
    after = outline(open_repository(folder), "HEAD")

    def found(head: str | None = "HEAD", *, effects: bool, problems: bool = False) -> Difference:
        repository = open_repository(folder)
        return difference(repository, "HEAD~1", head, effects=effects, problems=problems)

    def comment() -> str:
        whole = found(effects=True, problems=True)
        return difference_markdown(whole, labels, approvers=approvers(open_repository(folder), whole))

    return {
        "changes": seconds(lambda: difference_json(found(effects=False))),
        "in words": seconds(lambda: difference_text(found(effects=False), labels)),
        "effects": seconds(lambda: difference_text(found(effects=True), labels)),
        "comment": seconds(comment),
        "work tree": seconds(lambda: difference_json(found(None, effects=False))),
        "since": seconds(lambda: since(open_repository(folder), "HEAD~1", after, problems=after.problems, past=Past())),
    }


def main() -> None:
    """Print a row of figures for each repository."""
    head: list[str] = []
    for years, agencies, commits in CASES:
        with tempfile.TemporaryDirectory() as name:
            files = make(Path(name), years, agencies, commits)
            taken = measure(Path(name))
            if not head:
                head = ["files", "years", "agencies", "commits", *taken]
                print("".join(f"{word:>10}" for word in head))
                whole = command(Path(name))
            row = [f"{number:>10}" for number in (files, years, agencies, commits)]
            print("".join([*row, *(f"{1000 * value:>8.0f}ms" for value in taken.values())]))
    print(f"\nthe whole command with its start, first repository: {1000 * whole:.0f} ms")


def command(folder: Path) -> float:
    line = [sys.executable, "-m", "pipeline", "--repo", str(folder), "diff", "HEAD~1", "HEAD"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return seconds(lambda: subprocess.run(line, check=True, env=environment, stdout=subprocess.DEVNULL))


if __name__ == "__main__":
    main()

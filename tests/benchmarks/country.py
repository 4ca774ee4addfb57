"""A country: one repository for each province, checked, scored and exported, then each bundle proved as a nation would.

`python tests/benchmarks/country.py [PROVINCES] [BODIES] [COMMUNES]`. A province assesses its bodies in one cycle and
its communes in another of the same year (2024-xa), in one repository: 34 provinces x 200 bodies, and 97 of 3,300
communes. Every repository has scores of its own, made up from its number. Commands run as whole processes, one after
another; CPU seconds are user and system time. Provinces of a half and a quarter of the size tell how each step grows.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from math import log2
from pathlib import Path
from typing import NamedTuple

from corpus import ROOT, YEAR, corpus, schemas
from processor import processor

from pipeline.adapters import repository
from pipeline.core.index.approved_table import approval_entry
from pipeline.core.index.scoring import score
from pipeline.flows import writing
from pipeline.flows.snapshot import read

PROVINCES, BODIES, COMMUNES = 34, 200, 3_300
OF_COMMUNES = f"{YEAR}-xa"
TODAY = "2025-03-01"
COMMAND = (sys.executable, "-m", "pipeline")
WATCHED = """\
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
sys.stdout.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)
"""


class Step(NamedTuple):
    """What a step took in all: seconds of the processor, the most memory of a process in MiB, bytes that it left."""

    seconds: float
    memory: float
    left: int


def files_of(bodies: int, communes: int, seed: int, survey: int = 0) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a province; one without communes has no cycle for them, `survey` groups answer on bodies."""
    yield from schemas()
    for path, text in corpus(bodies, seed=2 * seed, survey=survey):
        yield path, text.encode()
    for path, text in corpus(communes, seed=2 * seed + 1) if communes else ():
        if f"/{YEAR}/" in path:
            own = path.replace(f"/{YEAR}/", f"/{OF_COMMUNES}/").replace("co-quan-", "xa-")
            yield own, text.replace("co-quan-", "xa-").replace("Cơ quan", "Xã").replace("CQ ", "Xã ").encode()


def founded(folder: Path, bodies: int, communes: int, seed: int, survey: int = 0) -> None:
    """Write a province's repository, its results approved."""
    for path, data in files_of(bodies, communes, seed, survey):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder)
    snapshot = read(repository.open_repository(folder).tree("HEAD"))
    for name, year in snapshot.world.years.items():
        entry = approval_entry(
            score(year), number="2/QĐ-MH", date="2025-02-20", publish_from="2025-02-27", reason=None, engine=None
        )
        (folder / f"data/{name}/approval.yml").write_bytes(writing.dump({"format": Decimal(1), "approvals": [entry]}))
    commit(folder)


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True)


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "-c", "user.name=x", "-c", "user.email=x@x.example", "commit", "-qm", "Kỳ")


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def measured(command: list[str], left: Callable[[], int]) -> Step:
    """Run a command in a process of its own, which tells its memory."""
    begun = processor()
    done = subprocess.run([sys.executable, "-c", WATCHED, *command], stdout=subprocess.PIPE, text=True, check=True)
    seconds = processor() - begun
    return Step(seconds, int(done.stdout) / 1024, left())


def steps(folder: Path, bundles: Path, years: tuple[str, ...]) -> Iterator[tuple[str, Step]]:
    """Yield what each step of a province takes; the last one is the nation's, which has its bundles alone."""
    own = [*COMMAND, "--repo", str(folder)]
    yield "check", measured([*own, "check", "--rev", "HEAD", "--no-cache"], lambda: size_of(folder / ".git"))
    for year in years:
        bundle = bundles / year
        yield "score", measured([*own, "score", "--no-cache", "--rev", "HEAD", "--year", year], lambda: 0)
        export = [*own, "export", "--rev", "HEAD", "--year", year, "--today", TODAY, "-o", str(bundle)]
        yield "export", measured(export, lambda: size_of(bundle))  # noqa: B023 - called at once
        yield "verify", measured([*COMMAND, "verify", "--bundle", str(bundle)], lambda: 0)


def province(bodies: int, communes: int, seed: int) -> dict[str, Step]:
    """Return what each step of one province takes in all."""
    with tempfile.TemporaryDirectory() as name:
        folder, bundles = Path(name) / "repository", Path(name) / "bundles"
        folder.mkdir()
        bundles.mkdir()
        founded(folder, bodies, communes, seed)
        taken: dict[str, Step] = {}
        for step, one in steps(folder, bundles, (YEAR, *([OF_COMMUNES] if communes else []))):
            before = taken.get(step, Step(0, 0, 0))
            taken[step] = Step(before.seconds + one.seconds, max(before.memory, one.memory), before.left + one.left)
        return taken


def told(name: str, taken: dict[str, Step]) -> None:
    figures = "".join(f"{one.seconds:>9.2f} s {one.memory:>5.0f} MiB" for one in taken.values())
    print(f"{name:>22}{figures}   {taken['check'].left / 1e6:.2f} MB, {taken['export'].left / 1e6:.2f} MB", flush=True)


def main(arguments: list[str]) -> None:
    """Print a row for each size and province, how each step grows, and what a country of that many comes to."""
    os.environ.update(GIT_CONFIG_NOSYSTEM="1", GIT_CONFIG_GLOBAL=os.devnull, LC_ALL="C", PYTHONPATH=str(ROOT))
    given = [int(word) for word in arguments]
    provinces, bodies, communes = (*given, *(PROVINCES, BODIES, COMMUNES)[len(given) :])
    each = round(communes / provinces)
    print(f"{'':>22}" + "".join(f"{step:>20}" for step in ("check", "score", "export", "verify")) + "   git, bundles")
    small = [province(bodies // part, each // part, 0) for part in (4, 2)]
    for part, taken in zip((4, 2), small, strict=True):
        told(f"{bodies // part} + {each // part}", taken)
    total: Counter[str] = Counter()
    most, left = 0.0, [0, 0]
    for number in range(1, provinces + 1):
        taken = province(bodies, each, number)
        told(f"{number}: {bodies} + {each}", taken)
        total.update({step: one.seconds for step, one in taken.items()})  # type: ignore[misc]  # seconds are no counts
        most = max(most, *(one.memory for one in taken.values()))
        left = [left[0] + taken["check"].left, left[1] + taken["export"].left]
    grown = {step: log2(total[step] / provinces / small[1][step].seconds) for step in total}
    print("exponents: " + ", ".join(f"{step} {found:.2f}" for step, found in grown.items()))
    print("in all: " + ", ".join(f"{step} {seconds:.0f} s" for step, seconds in total.items()))
    print(f"most memory {most:.0f} MiB; repositories {left[0] / 1e6:.0f} MB, bundles {left[1] / 1e6:.0f} MB")


if __name__ == "__main__":
    main(sys.argv[1:])

"""Measure the one door: the verdict on a push of one file at some sizes, and many branches merged one after the other.

`python tests/benchmarks/door.py [AGENCIES...]` judges one signed change of one appraisal at 100, 1,000 and 10,000
agencies, as a whole process, in CPU seconds: without what is kept, the first time and again; then it merges a branch
for each of 30 bodies and 30 agencies and counts conflicts.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from conftest import Repository
from corpus import ROOT, committed
from guarded import ALL_KINDS, YEAR, Scene, access
from processor import processor

SIZES = ("100", "1000", "10000")
TIMES = 5  # that the last is measured
DAY = "2024-12-10T09:00:00+07:00"
FILE = f"{YEAR}/appraisal-1/co-quan-00001.yml"
BODIES = AGENCIES = 30


def main(arguments: list[str]) -> int:
    """Print the figures; return 1 where guard refuses what is honest or a merge conflicts."""
    os.environ.update(GIT_CONFIG_NOSYSTEM="1", GIT_CONFIG_GLOBAL=os.devnull, LC_ALL="C", PYTHONPATH=str(ROOT))
    print(f"{'agencies':>9} {'--no-cache':>12} {'first':>12} {'again':>12}")
    for size in arguments or SIZES:
        with tempfile.TemporaryDirectory() as folder:
            scene = pushed(Path(folder), int(size))
            alone, first, *again = (verdict(scene, *words) for words in (("--no-cache",), *(((),) * (1 + TIMES))))
            print(f"{size:>9} {alone:>12.2f} {first:>12.2f} {median(again):>12.2f}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        conflicts = merged(Path(folder))
    print(f"\n{BODIES * AGENCIES} branches, one for each body and agency, merged in turn: {conflicts} conflicts")
    return int(conflicts > 0)


def pushed(folder: Path, agencies: int) -> Scene:
    """Make a repository that pins its founding, and a signed change of one file."""
    committed(folder, agencies, stages=2)
    scene = Scene(Repository(folder))
    scene.repository.write("data/access.yml", access(signed=ALL_KINDS))
    scene.base = scene.repository.commit("Quyền", date=DAY)
    scene.edit(FILE, "Thiếu tài liệu", "Thiếu báo cáo")
    scene.commit("thuong-truc-noi-vu", date=DAY)
    scene.repository.git("config", "parindex.founding", scene.base)
    return scene


def verdict(scene: Scene, *words: str) -> float:
    """Return the CPU seconds of guard on the change."""
    root, before = str(scene.repository.root), processor()
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "--repo", root, "guard", *words, "--at", DAY, scene.base, "HEAD"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    spent = processor() - before
    if done.returncode:
        sys.exit(f"guard refused what is honest: {done.stdout}{done.stderr}")
    return spent


def merged(folder: Path) -> int:
    """Return how many of the branches could not be merged as they are."""
    repository = Repository(folder)
    repository.git("init", "--quiet", "--initial-branch", "main")
    repository.write("data/bodies.yml", "format: 1\n")
    base = repository.commit("Mở kỳ")
    names = [(f"so-{body}", f"co-quan-{agency}") for body in range(BODIES) for agency in range(AGENCIES)]
    for body, agency in names:
        repository.git("switch", "--quiet", "--create", f"{body}-{agency}", base)
        repository.write(f"{YEAR}/appraisal-1/{agency}/{body}.yml", f"format: 1\nlines: {{}} # {body}\n")
        repository.commit(f"Phần của {body}")
    repository.git("switch", "--quiet", "main")
    identity = ("-c", "user.name=x", "-c", "user.email=x@x.example")
    merges = (
        subprocess.run(["git", *identity, "merge", "--quiet", "--no-edit", f"{body}-{agency}"], cwd=folder, check=False)
        for body, agency in names
    )
    return sum(done.returncode != 0 for done in merges)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

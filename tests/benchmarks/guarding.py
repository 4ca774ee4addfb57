"""Measure guard: seconds for a range of signed commits, and how they grow with commits and with files.

`python tests/benchmarks/guarding.py [COMMITS FILES]` makes a repository of 1,000 commits over 400 files by default,
each commit signed by ssh-keygen and changing one line, and judges ranges of it; then one of four times the files. The
aim: proportional to what changed, not to what exists.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from conftest import Repository
from guarded import ALL_KINDS, YEAR, Scene, access
from processor import processor

from pipeline.adapters.repository import open_repository
from pipeline.flows.guard import judge_range

ROUNDS = 3
LINES = 20  # of one file
DAY = "2024-12-10T09:00:00+07:00"


def main(arguments: list[str]) -> int:
    """Print the figures; return 1 where guard refuses what is honest."""
    commits, files = (int(argument) for argument in arguments or ["1000", "400"])
    os.environ.update(GIT_CONFIG_NOSYSTEM="1", GIT_CONFIG_GLOBAL=os.devnull, LC_ALL="C")
    print(f"{'commits':>8} {'files':>8} {'seconds':>9} {'ms per commit':>14}")
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        ids = made(Path(folder), commits, files)
        for count in (commits // 4, commits // 2, commits):
            figures[count, files] = measured(Path(folder), ids, count, files)
    with tempfile.TemporaryDirectory() as folder:
        ids = made(Path(folder), commits // 4, 4 * files)
        figures[commits // 4, 4 * files] = measured(Path(folder), ids, commits // 4, 4 * files)
    small, large = figures[commits // 4, files], figures[commits, files]
    print(f"\nfour times the commits: {large / small:.1f} times as long")
    print(f"four times the files: {figures[commits // 4, 4 * files] / small:.1f} times as long")
    return 0


def made(folder: Path, commits: int, files: int) -> list[str]:
    """Make a repository and return the ids of its commits, the state before first."""
    scene = Scene(Repository(folder))
    scene.repository.git("init", "--quiet", "--initial-branch", "main")
    paths = [f"{YEAR}/appraisal-1/co-quan-{number}.yml" for number in range(files)]
    scene.begin(access(signed=ALL_KINDS), {path: content(0) for path in paths})
    ids = [scene.base]
    for number in range(1, commits + 1):
        path = paths[number * 7 % files]
        scene.repository.write(path, content(number))
        scene.repository.git("add", path)
        ids.append(scene.commit("thuong-truc-noi-vu", date=DAY, stage=False))
    return ids


def content(number: int) -> str:
    """Return a file of which one line tells a number."""
    lines = "".join(f'  "1.{line}": {{score: 1, reason: Theo hồ sơ {line}}}\n' for line in range(2, LINES + 1))
    return f'format: 1\nappraised: 2024-12-16\nlines:\n  "1.1": {{score: 1, reason: Lần {number}}}\n{lines}'


def measured(folder: Path, ids: list[str], commits: int, files: int) -> float:
    """Print and return the shortest time in which the last commits were judged."""
    taken = []
    for _ in range(ROUNDS):
        start = processor()
        judgement = judge_range(open_repository(folder), ids[-1 - commits], ids[-1], None)
        taken.append(processor() - start)
        if judgement.refused or len(judgement.verdicts) != commits:
            sys.exit("guard refused what is honest")
    print(f"{commits:>8} {files:>8} {min(taken):>9.2f} {1000 * min(taken) / commits:>14.2f}")
    return min(taken)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

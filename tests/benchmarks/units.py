"""Measure a year agency by agency: CPU seconds and memory of commands, cold, again, and after one file.

`python tests/benchmarks/units.py [survey] [AGENCIES...]` writes a year of 100, 400 and 2,000 agencies by default, each
once, and runs whole processes on it; the first column is a process that does nothing, so that what is left is the work.
`survey` adds a survey of five groups.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from corpus import ROOT, YEAR, committed

SIZES = ("100", "400", "2000")
FILE = f"data/{YEAR}/appraisal-1/co-quan-00001.yml"
HEAD, AGENCY = ("--rev", "HEAD"), "co-quan-00077"
STEPS = {
    "start": ("--version",),
    "help": ("--help",),
    "cold": ("check", *HEAD, "--no-cache"),
    "first": ("check", *HEAD),
    "again": ("check", *HEAD),
    "score": ("score", *HEAD),
    "score again": ("score", *HEAD),
    "explain": ("explain", AGENCY, *HEAD),
    "leaf": ("explain", AGENCY, "1.2", *HEAD),
    "json": ("score", *HEAD, "--format", "json"),
    "one file": ("check", "--since", "HEAD~1", *HEAD),
    "diff": ("diff", "HEAD~1", "HEAD"),
    "guard": ("guard", "HEAD~1", "HEAD"),
    "work tree": ("check",),
    "and again": ("check",),
}


def main(arguments: list[str]) -> None:
    """Print a row of figures for each size."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is measured is not how long compiling takes
    os.environ.update(GIT_CONFIG_NOSYSTEM="1", GIT_CONFIG_GLOBAL=os.devnull, LC_ALL="C", PYTHONPATH=str(ROOT))
    print(f"{'agencies':>12}" + "".join(f"{name:>12}" for name in STEPS) + f"{'cold, wall':>12}{'cold, MiB':>12}")
    survey = 5 if "survey" in arguments else 0
    for size in [one for one in arguments if one != "survey"] or SIZES:
        with tempfile.TemporaryDirectory() as folder:
            committed(Path(folder), int(size), survey=survey)
            taken = {name: run(Path(folder), name, words) for name, words in STEPS.items()}
        wall, most = taken["cold"][1:]
        figures = "".join(f"{cpu:>12.2f}" for cpu, _, _ in taken.values())
        print(f"{size:>12}{figures}{wall:>12.1f}{most:>12.0f}", flush=True)


def run(folder: Path, name: str, words: tuple[str, ...]) -> tuple[float, float, float]:
    """Return CPU seconds, seconds and the most memory of any process so far, in MiB, of one command."""
    if name == "one file":
        file = folder / FILE
        file.write_text(file.read_text("utf-8").replace("Thiếu tài liệu", "Thiếu báo cáo"), "utf-8")
        commit = ("git", "-c", "user.name=x", "-c", "user.email=x@x.example", "commit", "-qam", "Sửa")
        subprocess.run(commit, cwd=folder, check=True)
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    line = [sys.executable, "-m", "pipeline", *(() if name in ("start", "help") else ("--repo", str(folder))), *words]
    done = subprocess.run(line, capture_output=True, encoding="utf-8", check=False)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{' '.join(words)}: {done.stdout}{done.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, wall, after.ru_maxrss / 1024


if __name__ == "__main__":
    main(sys.argv[1:])

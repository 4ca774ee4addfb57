"""Seconds of `verify` on a repository with many commits and files, and how they grow with each.

Run as a script; it builds throw-away repositories and prints what it measured.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from processor import processor

from pipeline.adapters.repository import open_repository
from pipeline.flows.prove import verify

ROOT = Path(__file__).resolve().parent.parent.parent
SIZES = ((100, 50), (1000, 50), (100, 400), (1000, 400))  # commits, files


def build(folder: Path, commits: int, files: int) -> None:
    """Build a repository by one fast-import: the tiny world, more agencies' counts, and many small commits."""
    tiny = ROOT / "tests" / "examples" / "tiny" / "data"
    start = {f"data/{path.relative_to(tiny).as_posix()}": path.read_bytes() for path in tiny.rglob("*.yml")}
    start |= {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in (ROOT / "schemas" / "v1").iterdir()}
    plan = start["data/2024/plan.yml"]
    extra = {f"data/{2030 + n}/plan.yml": plan for n in range(files)}
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
    stream = bytearray()
    for number in range(commits):
        changed = (
            {**start, **extra} if number == 0 else {f"data/{2030 + number % files}/plan.yml": plan + b"# %d\n" % number}
        )
        stream += b"commit refs/heads/main\ncommitter X <x@y.invalid> %d +0700\ndata 1\nx\n" % (1_733_000_000 + number)
        for path, data in changed.items():
            stream += b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data), data)
    subprocess.run(["git", "fast-import", "--quiet"], input=bytes(stream), cwd=folder, check=True)
    subprocess.run(["git", "reset", "-q", "--hard"], cwd=folder, check=True)


def main() -> int:
    """Measure every size and print seconds and growth."""
    for commits, files in SIZES:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            build(folder, commits, files)
            began = processor()
            verify(open_repository(folder), "HEAD", "2024")
            seconds = processor() - began
            sys.stdout.write(f"{commits:5} commits, {files:4} more files: verify {seconds:.2f} s{os.linesep}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

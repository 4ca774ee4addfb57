"""Measure checking: milliseconds per file of parsing, schema and laws, and of check-jsonschema on the same files.

`python tests/benchmarks/checking.py [FOLDER]` takes the files of `data/2024` by default, and those of all years.
check-jsonschema runs as its users run it: one process per schema with all files of that kind, its start included. Ours
is timed twice: as a process that reads every file and judges shape and laws, and within one process, split into steps.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Mapping
from pathlib import Path

from processor import processor

from pipeline.adapters import documents
from pipeline.adapters.schemas import compile_schemas
from pipeline.core.ground.nodes import Document
from pipeline.core.index.laws import problems_of
from pipeline.core.record import layout
from pipeline.core.record.reading import Placed, read_world

ROOT = Path(__file__).resolve().parent.parent.parent
ROUNDS = 3
AIM = 25.0
OURS = "--as-a-process"


def main(arguments: list[str]) -> int:
    """Print the figures of a folder; return 1 where the aim is missed."""
    alone = OURS in arguments
    folder = next((argument for argument in arguments if argument != OURS), "data/2024")
    files = read_files(folder)
    if alone:
        laws(shape(parse(files)))
        return 0
    theirs, failed = check_jsonschema(files)
    if run([sys.executable, __file__, folder, OURS]):
        sys.exit("our own process failed")
    own = seconds(lambda: run([sys.executable, __file__, folder, OURS]))
    steps = split(files)
    within = sum(steps.values())
    size = sum(map(len, files.values()))
    print(f"{folder} and files of all years: {len(files)} files, {len(by_kind(files))} kinds, {size} bytes\n")
    print_row("check-jsonschema, one process per kind", theirs, files)
    print_row("ours, one process", own, files)
    print_row("ours, within a process", within, files)
    for name, taken in steps.items():
        print_row(f"  {name}", taken, files)
    print(
        f"\nas processes {theirs / own:.1f} times as fast, within a process {theirs / within:.1f} times; aim: {AIM:.0f}"
    )
    for kind in failed:
        print(f"check-jsonschema did not accept the files of kind {kind}")
    return 0 if theirs / own >= AIM else 1


def print_row(name: str, taken: float, files: Mapping[str, bytes]) -> None:
    """Print one figure: in all, and per file."""
    print(f"{name:<40} {1000 * taken:>9.1f} ms {1000 * taken / len(files):>8.2f} ms per file")


def read_files(folder: str) -> dict[str, bytes]:
    """Return the files of a folder, and those of all years, without which its laws cannot be judged."""
    paths = sorted({*(ROOT / layout.DATA).glob("*.yml"), *(ROOT / folder).rglob("*.yml")})
    found = {path.relative_to(ROOT).as_posix(): path for path in paths}
    return {path: file.read_bytes() for path, file in found.items() if layout.place(path) is not None}


def by_kind(files: Mapping[str, bytes]) -> dict[str, list[str]]:
    """Return the paths by the schema they follow."""
    kinds: dict[str, list[str]] = {}
    for path in files:
        place = layout.place(path)
        assert place is not None
        kinds.setdefault(layout.schemas_of(place)[0], []).append(path)
    return kinds


def check_jsonschema(files: Mapping[str, bytes]) -> tuple[float, list[str]]:
    """Return the seconds that all kinds take together, and the kinds that are not accepted."""
    command = shutil.which("check-jsonschema", path=sysconfig.get_path("scripts")) or "check-jsonschema"
    calls = {
        kind: [command, "--schemafile", f"schemas/v1/{kind}.schema.json", *paths]
        for kind, paths in by_kind(files).items()
    }
    codes: dict[str, int] = {}

    def check() -> None:
        codes.update({kind: run(call) for kind, call in calls.items()})

    taken = seconds(check)
    return taken, [kind for kind, code in codes.items() if code]


def run(call: list[str]) -> int:
    """Run a command in the repository and return its exit code."""
    return subprocess.run(call, cwd=ROOT, capture_output=True, check=False).returncode


def seconds(action: Callable[[], object]) -> float:
    """Return the shortest of several times, which other work on the machine disturbs least."""
    taken = []
    for _ in range(ROUNDS):
        start = processor()
        action()
        taken.append(processor() - start)
    return min(taken)


def split(files: Mapping[str, bytes]) -> dict[str, float]:
    """Return the seconds of each step within this process."""
    read = parse(files)
    judged = shape(read)
    return {
        "parsing": seconds(lambda: parse(files)),
        "schema, compiling it included": seconds(lambda: shape(read)),
        "records and laws": seconds(lambda: laws(judged)),
    }


def parse(files: Mapping[str, bytes]) -> list[Document]:
    """Read the files strictly."""
    return [documents.read(path, data) for path, data in files.items()]


def shape(read: list[Document]) -> list[Placed]:
    """Judge the shape of the files, the schemas compiled anew."""
    paths = sorted((ROOT / layout.SCHEMAS).rglob("*.schema.json"))
    schemas = compile_schemas({path.relative_to(ROOT).as_posix(): path.read_bytes() for path in paths})
    placed = []
    for document in read:
        place = layout.place(document.path)
        assert place is not None
        found = schemas.problems(layout.schemas_of(place)[0], document)
        placed.append(Placed(place, document, tuple(entry.pointer for entry in found if entry.problem.is_error)))
    return placed


def laws(judged: list[Placed]) -> int:
    """Make records, judge the laws and return how many problems they find."""
    return len(list(problems_of(read_world(judged))))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

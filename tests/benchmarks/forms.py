"""Time, memory and size of Excel forms: making and reading those of the 2024 agencies, and of a thousand agencies.

Run as `python tests/benchmarks/forms.py [AGENCIES]`; every measure runs in a process of its own, for its own memory.
"""

from __future__ import annotations

import itertools
import multiprocessing
import re
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import process_time

from processor import processor

from pipeline.adapters.repository import File, Tree, blob_id
from pipeline.core.ground.problems import ParindexError
from pipeline.core.record.stages import KIND_OF, SURVEY
from pipeline.flows import forms
from pipeline.flows.snapshot import Readings, Snapshot, read
from pipeline.flows.wording import load_labels

STAGES = tuple(KIND_OF)

ROOT = Path(__file__).resolve().parent.parent.parent
DAY, MOST = "2024-12-04", 200
CLOSING = ("/approval.yml", "/amendments/", "/seals/", "data/2025")
ROWS = ("self-assessment", "appraisal-1")


def files() -> dict[str, bytes]:
    """Return the data of 2024 before anything was closed, with the schemas."""
    found = [path for top in ("data", "schemas") for path in sorted((ROOT / top).rglob("*")) if path.is_file()]
    named = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in found}
    return {path: data for path, data in named.items() if not any(part in path for part in CLOSING)}


def many(count: int) -> dict[str, bytes]:
    """Return cycles of at most 200 agencies, as the schema allows, each agency with files like Cục Thuế's."""
    base = files()
    made = {path: data for path, data in base.items() if not path.startswith("data/2024/")}
    for first in range(0, count, MOST):
        year = f"2024-{first // MOST + 1}"
        slugs = [f"co-quan-{number:04}" for number in range(first, min(first + MOST, count))]
        entries = "".join(f"  {slug}: {{name: Cơ quan {slug}, short: {slug}}}\n" for slug in slugs)
        made[f"data/{year}/agencies.yml"] = f"format: 1\nagencies:\n{entries}".encode()
        for name in ("cycle", "criteria"):
            made[f"data/{year}/{name}.yml"] = re.sub(rb"  - \{stage.*\n", b"", base[f"data/2024/{name}.yml"])
        made[f"data/{year}/cycle.yml"] = made[f"data/{year}/cycle.yml"].replace(b"extensions:\n", b"")
        for slug in slugs:
            for stage in ROWS:
                made[f"data/{year}/{stage}/{slug}.yml"] = base[f"data/2024/{stage}/cuc-thue.yml"]
    return made


def snapshot_of(contents: dict[str, bytes], readings: Readings) -> Snapshot:
    """Read files into a snapshot."""
    made = {path: File(path, data, blob_id(data)) for path, data in contents.items()}
    return read(Tree(made, None, None, None), readings)


def measured(act: Callable[[], tuple[float, int, int]]) -> None:
    """Run a measure and hand its figures to the parent, with the most memory that the process had."""
    start = process_time()
    seconds, count, size = act()
    own = process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  {count:5} forms  {seconds:7.2f} s  {1000 * seconds / max(count, 1):7.1f} ms each", end="")
    print(f"  {own:7.2f} s of processor, reading the data first", end="")
    print(f"  {size / max(count, 1) / 1024:6.1f} kB each  {peak:6.0f} MB at most", flush=True)


def in_a_process(title: str, act: Callable[[], tuple[float, int, int]]) -> None:
    """Measure in a process of its own."""
    print(title, flush=True)
    process = multiprocessing.get_context("fork").Process(target=measured, args=(act,))
    process.start()
    process.join()


def making(contents: dict[str, bytes], stages: tuple[str, ...], folder: Path) -> Callable[[], tuple[float, int, int]]:
    """Return the measure of making the forms of some stages."""

    def act() -> tuple[float, int, int]:
        snapshot, labels = snapshot_of(contents, Readings()), load_labels("vi")
        start, count, size = processor(), 0, 0
        for year, stage in itertools.product(snapshot.world.years, stages):
            for form in forms.forms_of(snapshot, year, stage, agencies=[], body=None, labels=labels):
                data = forms.make(snapshot, form)
                (folder / forms.name_of(form)).write_bytes(data)
                count, size = count + 1, size + len(data)
        return processor() - start, count, size

    return act


def reading(contents: dict[str, bytes], folder: Path, *, new: bool) -> Callable[[], tuple[float, int, int]]:
    """Return the measure of reading a folder of forms, onto the files they were made from or as new ones."""

    def act() -> tuple[float, int, int]:
        kept = {path: data for path, data in contents.items() if not (new and "/self-assessment/" in path)}
        readings = Readings()
        snapshot = snapshot_of(kept, readings)
        inputs = [(path.name, path.read_bytes()) for path in sorted(folder.iterdir())]
        start = processor()
        given = [forms.delivered(*form) for form in inputs]
        received = forms.receive(forms.Desk(snapshot, DAY, forms.Expected(), readings), given)
        changed = sum(len(entry.files) for entry in received)
        wanted = len(inputs) if new else 0
        if changed != wanted:
            raise AssertionError(f"{changed} files changed, {wanted} expected")
        return processor() - start, len(inputs), sum(len(data) for _, data in inputs)

    return act


def largest_body_form(contents: dict[str, bytes]) -> str:
    """Tell what becomes of a form of one body across all agencies."""
    snapshot, labels = snapshot_of(contents, Readings()), load_labels("vi")
    year = next(iter(snapshot.world.years))
    (form,) = forms.forms_of(snapshot, year, "appraisal-1", agencies=[], body="so-noi-vu", labels=labels)
    try:
        return f"{len(forms.make(snapshot, form)) / 1024:.1f} kB"
    except ParindexError as error:
        return labels.error(error)


def main(count: int) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as name:
        own, all_of = Path(name) / "2024", Path(name) / "many"
        own.mkdir()
        all_of.mkdir()
        in_a_process("make the forms of 2024, six stages", making(files(), (*STAGES, SURVEY), own))
        in_a_process("read them back unchanged", reading(files(), own, new=False))
        in_a_process(f"make the self-assessments of {count} agencies", making(many(count), ROWS[:1], all_of))
        in_a_process("read them back unchanged", reading(many(count), all_of, new=False))
        in_a_process("read them as new files", reading(many(count), all_of, new=True))
    print("a form of one body across the agencies of 2024:", largest_body_form(files()))
    print(f"a form of one body across {min(count, MOST)} agencies:", largest_body_form(many(count)))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)

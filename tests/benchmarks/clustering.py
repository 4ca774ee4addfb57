"""What a Dask cluster saves: the processor time of workers, scheduler and client, with 1 to 4 workers.

Run as `python tests/benchmarks/clustering.py [ANSWERS [KIND...]]`; kinds are csv and parquet, both by default. Workers
are processes of this machine with one thread each. On a machine with fewer cores than workers the clock says nothing,
so the critical path is given, in seconds of processors: what the busiest worker spends and what the client spends, as
if the one always waited for the other. The scheduler is told apart: it works while workers do.
Every count must give the bytes that pandas alone gives, as CSV and as Parquet.

What made one run differ from another is kept out, as it is on machines that do nothing else: workers load their
libraries before (only those that had a part of the small file did), the parts are as many for each worker, and none is
given to another because the machine was busy elsewhere, so the scheduler neither steals nor queues. Each number of
workers is measured several times, and the median is told with the least and the most.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, process_time, sleep
from typing import Any, NamedTuple

from tallying import QUESTIONS, counted_files, write_forms

WORKERS = (1, 2, 4)
GROUPS = 16  # row groups of the Parquet file
TIMES = 3  # that each number of workers is measured
# One place for each part whatever the clock says, and one thread for each worker, as Dask's own nanny has it.
SETTINGS = {
    "DASK_DISTRIBUTED__SCHEDULER__WORK_STEALING": "False",
    "DASK_DISTRIBUTED__SCHEDULER__WORKER_SATURATION": "inf",
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
}
IDLE = 5  # seconds in which it is measured what waiting takes, heartbeats and the like; that is taken off


@contextmanager
def processes(workers: int) -> Iterator[str]:
    """Run a scheduler and so many workers; give the scheduler's address."""
    import distributed  # noqa: PLC0415 - the optional extra `dask`

    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    here = ("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0")
    run = [sys.executable, "-m", "distributed.cli.dask_scheduler", *here, "--port", "0"]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scheduler.json"
        started = [subprocess.Popen([*run, "--scheduler-file", str(file)], env=os.environ | SETTINGS, **quiet)]
        run = [sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(file), "--nthreads", "1"]
        run += [*here, "--no-nanny", "--local-directory", folder]
        started += [subprocess.Popen(run, env=os.environ | SETTINGS, **quiet) for _ in range(workers)]
        try:
            while not file.exists():
                started[0].poll()
            with distributed.Client(scheduler_file=str(file)) as client:
                client.wait_for_workers(workers)
                yield client.scheduler.address
        finally:
            for process in started:
                process.terminate()
                process.wait()


class Used(NamedTuple):
    """What a job took: seconds of the clock, and of the processor of each worker and of the scheduler."""

    clock: float
    workers: tuple[float, ...]
    scheduler: float


def used(client: Any, job: Callable[[], object]) -> Used:
    """Do a job and measure it."""
    begun, before, scheduler = perf_counter(), client.run(process_time), client.run_on_scheduler(process_time)
    job()
    clock, after = perf_counter() - begun, client.run(process_time)
    spent = tuple(after[worker] - early for worker, early in before.items())
    return Used(clock, spent, client.run_on_scheduler(process_time) - scheduler)


def load() -> None:
    """Load what a worker needs, as one has that has worked before."""
    from pipeline.flows import counting  # noqa: F401, PLC0415


class Taken(NamedTuple):
    """Seconds of the processor that a count took, without what waiting takes, and the bytes it gave."""

    workers: tuple[float, ...]
    scheduler: float
    client: float
    made: object

    @property
    def path(self) -> float:
        """Return the critical path: what the busiest worker spends, then what the client spends."""
        return max(self.workers) + self.client


def taken(path: Path, small: Path, workers: int) -> Taken:
    """Count a file on a new cluster that has counted a small one."""
    import distributed  # noqa: PLC0415 - the optional extra `dask`

    from pipeline.adapters import clusters  # noqa: PLC0415

    with (
        processes(workers) as address,
        clusters.cluster(address) as engine,
        distributed.Client(address, set_as_default=False) as client,
    ):
        client.run(load)
        counted_files(small, engine)
        sleep(IDLE)
        idle = used(client, partial(sleep, IDLE))
        made: list[object] = []
        own = process_time()
        busy = used(client, lambda: made.append(counted_files(path, engine)))
        own = process_time() - own
    longer = busy.clock / idle.clock
    each = tuple(work - rest * longer for work, rest in zip(busy.workers, idle.workers, strict=True))
    return Taken(each, max(0.0, busy.scheduler - idle.scheduler * longer), own, made[0])


def told(values: list[float]) -> str:
    return f"{median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


def compared(path: Path, small: Path) -> None:
    """Print a line for each number of workers."""
    from pipeline.adapters.clusters import Here  # noqa: PLC0415

    begun = process_time()
    alone = counted_files(path, Here())
    print(f"{path.suffix}, {path.stat().st_size / 1024**2:.0f} MiB; pandas alone: {process_time() - begun:.2f} s")
    print("workers; seconds: all workers, busiest, scheduler, client, critical path; client's share; same bytes")
    paths: dict[int, float] = {}
    for workers in WORKERS:
        runs = [taken(path, small, workers) for _ in range(TIMES)]
        paths[workers] = median(run.path for run in runs)
        columns: list[Callable[[Taken], float]] = [
            lambda run: sum(run.workers),
            lambda run: max(run.workers),
            lambda run: run.scheduler,
            lambda run: run.client,
            lambda run: run.path,
        ]
        figures = "".join(f"{told([column(run) for run in runs]):>22}" for column in columns)
        share = median(run.client / (run.client + sum(run.workers)) for run in runs)
        print(f"{workers:>7}{figures}{share:>8.1%}   {all(run.made == alone for run in runs)}", flush=True)
    print(f"four workers: {paths[1] / paths[4]:.2f} times one")


def main() -> None:
    """Compare numbers of workers on one survey, as CSV and as Parquet."""
    answers = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    with tempfile.TemporaryDirectory() as folder:
        path, small = Path(folder) / "kobo.csv", Path(folder) / "small.csv"
        write_forms(path, answers // QUESTIONS)
        write_forms(small, 40_000)
        made = {"csv": path, "parquet": as_parquet(path, answers // QUESTIONS // GROUPS)}
        for kind in sys.argv[2:] or made:
            compared(made[kind], small)


def as_parquet(path: Path, rows: int) -> Path:
    """Write the same as Parquet, in groups of so many rows, and return where."""
    from pyarrow import csv, parquet, string  # noqa: PLC0415

    new = path.with_suffix(".parquet")
    names = csv.open_csv(path).schema.names
    table = csv.read_csv(path, convert_options=csv.ConvertOptions(column_types=dict.fromkeys(names, string())))
    parquet.write_table(table, new, row_group_size=rows)
    return new


if __name__ == "__main__":
    main()

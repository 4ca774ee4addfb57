"""What a Dask cluster saves: the processor time of workers, scheduler and client, with 1 to 4 workers.

Run as `python tests/benchmarks/clustering.py [ANSWERS]`. Workers are processes of this machine with one thread each;
they have counted a small file before, as on a cluster that already runs. On a machine with fewer cores than workers
the clock says nothing, so the critical path is given: what the client, the scheduler and the busiest worker spend, one
after another. Every count must give the bytes that pandas alone gives.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import perf_counter, process_time, sleep
from typing import Any, NamedTuple

from tallying import QUESTIONS, counted_files, write_forms

WORKERS = (1, 2, 4)
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
        started = [subprocess.Popen([*run, "--scheduler-file", str(file)], **quiet)]
        run = [sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(file), "--nthreads", "1"]
        run += [*here, "--no-nanny", "--local-directory", folder]
        started += [subprocess.Popen(run, **quiet) for _ in range(workers)]
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


def main() -> None:
    """Print a line for each number of workers."""
    import distributed  # noqa: PLC0415 - the optional extra `dask`

    from pipeline.adapters import clusters  # noqa: PLC0415
    from pipeline.adapters.clusters import Here  # noqa: PLC0415

    answers = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kobo.csv"
        write_forms(path, answers // QUESTIONS)
        small = Path(folder) / "small.csv"
        write_forms(small, 10_000)
        begun = process_time()
        alone = counted_files(path, Here())
        print(
            f"{answers} answers, {path.stat().st_size / 1024**2:.0f} MiB; pandas alone: {process_time() - begun:.2f} s"
        )
        print("workers   all workers   busiest   scheduler   client   share of client   critical path   same bytes")
        paths: dict[int, float] = {}
        for workers in WORKERS:
            with (
                processes(workers) as address,
                clusters.cluster(address) as engine,
                distributed.Client(address, set_as_default=False) as client,
            ):
                counted_files(small, engine)  # a cluster that already runs has loaded its libraries
                sleep(IDLE)
                idle = used(client, partial(sleep, IDLE))
                made: list[object] = []
                own = process_time()
                busy = used(client, lambda: made.append(counted_files(path, engine)))  # noqa: B023 - called here
                own = process_time() - own
            each = [
                work - rest * busy.clock / idle.clock for work, rest in zip(busy.workers, idle.workers, strict=True)
            ]
            scheduler = max(0.0, busy.scheduler - idle.scheduler * busy.clock / idle.clock)
            paths[workers] = own + scheduler + max(each)
            share = own / (own + scheduler + sum(each))
            print(
                f"{workers:>7}   {sum(each):9.2f} s {max(each):7.2f} s {scheduler:9.2f} s {own:6.2f} s {share:14.1%} "
                f"{paths[workers]:13.2f} s   {made == [alone]}"
            )
        print(f"four workers: {paths[1] / paths[4]:.2f} times one")


if __name__ == "__main__":
    main()

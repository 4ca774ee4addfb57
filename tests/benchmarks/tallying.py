"""Time and memory of counting 1 and 10 million answers, beside DuckDB doing the same work on the same CSV.

Run as `python tests/benchmarks/tallying.py [ANSWERS ...]`; every measure runs in a process of its own, for its own
memory. DuckDB (extra `bench`) judges times and completeness, finds duplicates, counts, and adds up pairs of answers.
Where other work goes on beside, seconds of the clock say little; those of the processor say what was done.
"""

from __future__ import annotations

import compileall
import multiprocessing
import os
import resource
import sys
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from pipeline.adapters.clusters import Here
    from pipeline.core.survey.tally import Sums

QUESTIONS = 10
AGENCIES = ("co-quan-a", "co-quan-b", "co-quan-c")
OPTIONS = ("rat-tot", "tot", "binh-thuong", "chua-tot", "kem", "khong-y-kien", "")
OPENS, CLOSES = 1732986000, 1735664400  # seconds since 1970 of the fieldwork's first day and of the day after it
OPINIONS, BLANK = 5, 6  # options with a value come first, what was left out last
SHARES = (0.35, 0.35, 0.15, 0.06, 0.03, 0.04, 0.02)
ROWS = 50_000  # written at a time
TESTS = Path(__file__).resolve().parent.parent


def write_forms(path: Path, forms: int) -> None:
    """Write a KoBo export of one-agency forms, the same one each time, in which nothing is sent twice."""
    rng = np.random.default_rng(1)
    names = [f"q{number}" for number in range(1, QUESTIONS + 1)]
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(("_uuid", "start", "end", "agency", *names)) + "\n")
        for first in range(0, forms, ROWS):
            count = min(ROWS, forms - first)
            starts = np.datetime64("2024-12-02T08:00:00") + rng.integers(0, 25 * 86400, count).astype("timedelta64[s]")
            ends = (starts + rng.integers(60, 900, count).astype("timedelta64[s]")).astype(str).tolist()
            agencies = rng.integers(0, len(AGENCIES), count).tolist()
            answers = rng.choice(len(OPTIONS), (count, QUESTIONS), p=SHARES).tolist()
            tokens = rng.integers(0, 2**62, count).tolist()
            for n, start in enumerate(starts.astype(str).tolist()):
                said = ",".join(OPTIONS[answer] for answer in answers[n])
                token = f"{tokens[n]:016x}-{first + n:08}"
                file.write(f"{token},{start}.000+07:00,{ends[n]}.000+07:00,{AGENCIES[agencies[n]]},{said}\n")


def tally(path: Path) -> int:
    """Count the forms as the command does, rules of validity and moments included; return the answers counted."""
    from pipeline.adapters.clusters import Here  # noqa: PLC0415 - loaded in the process that is measured

    return sum(counted_files(path, Here())[0].answers.values())


def counted_files(path: Path, engine: Here) -> tuple[Sums, Mapping[str, bytes]]:
    """Return the sums of the forms, and the files that come of them."""
    sys.path.insert(0, str(TESTS))
    from tallyworlds import SURVEY, survey_world  # noqa: PLC0415 - loaded in the process that is measured

    from pipeline.flows import tally as tallying  # noqa: PLC0415
    from pipeline.flows.snapshot import with_file  # noqa: PLC0415

    world = survey_world("complete_from: 80, fastest: 60, duplicate_within: 1, straight_line: keep")
    text = world.tree.files[SURVEY].data.decode()
    more = "".join(
        f'  q{n}: {{scale: danh-gia, criterion: "1.4", groups: [lanh-dao-nganh], text: Câu {n}}}\n'
        for n in range(3, QUESTIONS + 1)
    )
    world = with_file(world, SURVEY, text.replace("validity:", f"{more}validity:", 1).encode())
    mapping = "format: 1\nissued: {all: 90000000}\npopulation: {all: 90000000}\nfiles:\n"
    made = tallying.tally(
        world,
        [path],
        year="2024",
        group="lanh-dao-nganh",
        mapping=("m.yml", f"{mapping}  - {{file: x.csv, columns: [{{column: x, is: dropped}}]}}\n".encode()),
        engine=engine,
        progress=lambda _done, _total: None,
    )
    if made.problems or not made.files:
        raise SystemExit(str(made.problems[:3]))
    return made.sums, made.files


def duckdb_tally(path: Path) -> int:
    """Do with DuckDB what a tally does: judge times and completeness, find duplicates, count, add up pairs of answers.

    Words are taken as they stand, nothing is told of a wrong cell, and no laws are judged. Return the answers counted.
    """
    import duckdb  # noqa: PLC0415 - loaded in the process that is measured

    questions = [f"q{number}" for number in range(1, QUESTIONS + 1)]
    codes = " ".join(f"when '{option}' then {code}" for code, option in enumerate(OPTIONS))
    coded = ", ".join(f"case {q} {codes} end::utinyint as {q}" for q in questions)
    given = " + ".join(f"({q} <> {BLANK})::int" for q in questions)
    values = {q: f"(case when {q} < {OPINIONS} then {OPINIONS - 1} - {q} end)" for q in questions}
    pairs = ", ".join(
        f"count({values[one]} + {values[other]}), sum({values[one]} * {values[other]}), "
        f"sum(case when {values[other]} is not null then {values[one]} end), "
        f"sum(case when {values[one]} is not null then {values[other]} end)"
        for place, one in enumerate(questions)
        for other in questions[place:]
    )
    names = ", ".join(questions)
    base = duckdb.connect()
    base.execute(
        "create temp table judged as "  # noqa: S608 - our names
        f"select hash(lower(trim(_uuid))) as token, agency, {names}, done, "
        f"case when done < {OPENS} or done >= {CLOSES} then 1 when done - begun < 60 then 2 "
        f"when ({given}) * 100 < {QUESTIONS} * 80 then 3 else 0 end as verdict from "
        f'(select _uuid, epoch("start"::timestamptz) as begun, epoch("end"::timestamptz) as done, agency, {coded} '
        f"from read_csv('{path}', all_varchar = true, nullstr = '-'))"
    )
    base.execute(
        "create temp table valid as select * from (select *, "  # noqa: S608 - likewise
        "row_number() over (partition by token, agency order by verdict > 0, done) as place, "
        f"done - lag(done) over (partition by agency, {names} order by done) as since from judged) "
        "where verdict = 0 and place = 1 and (since is null or since > 1)"
    )
    base.execute("select agency, verdict, count(*) from judged group by all").fetchall()
    rows = base.execute(
        f"select agency, question, answer, count(*) from (unpivot (select agency, {names} from valid) on {names} "  # noqa: S608 - likewise
        "into name question value answer) group by all"
    ).fetchall()
    base.execute(f"select agency, {pairs} from valid group by agency").fetchall()  # noqa: S608 - likewise
    return sum(row[-1] for row in rows)


class Measured(NamedTuple):
    """What a job took, and its answer."""

    seconds: float
    processor: float
    peak: float  # MiB
    found: int


def measured(job: Callable[[], int]) -> Measured:
    """Measure a job in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_timed, job).result()


def _timed(job: Callable[[], int]) -> Measured:
    begun, spent = perf_counter(), process_time()
    found = job()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Measured(perf_counter() - begun, process_time() - spent, peak, found)


def main() -> None:
    """Print a line for each number of answers."""
    for folder in (TESTS, TESTS.parent / "pipeline"):  # what is measured is not how long compiling takes
        compileall.compile_dir(folder, quiet=1)
    print(f"{os.cpu_count()} cores; seconds of the clock (of the processor)")
    print("answers      file     tally                     DuckDB                    times")
    for answers in [int(given) for given in sys.argv[1:]] or [1_000_000, 10_000_000]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "kobo.csv"
            write_forms(path, answers // QUESTIONS)
            size = path.stat().st_size / 1024 / 1024
            own, other = measured(partial(tally, path)), measured(partial(duckdb_tally, path))
            said = "".join(f"{one.seconds:7.2f} s ({one.processor:5.2f}) {one.peak:5.0f} MiB" for one in (own, other))
            times = f"{own.seconds / other.seconds:.2f} ({own.processor / other.processor:.2f})"
            print(f"{answers:>10}  {size:4.0f} MiB{said}   {times}")
            print(f"            answers counted: {own.found} and {other.found}")


if __name__ == "__main__":
    main()

"""Measure the ranks that survey error leaves open: CPU seconds and pairs compared, of a year and of one agency.

`python tests/benchmarks/ranges.py [AGENCIES...]` makes a year of 200, 700 and 2,000 agencies by default, each rated by
40 people of its own on six questions, and by its appraisal; the last column is what all pairs would take.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from itertools import islice
from time import process_time

from pipeline.adapters import documents
from pipeline.core.index.scoring import score
from pipeline.core.record.layout import place
from pipeline.core.record.model import Year
from pipeline.core.record.reading import Placed, read_world
from pipeline.core.survey import intervals

SIZES = ("200", "700", "2000")
PAIRS = 2_000  # that are compared to learn what one takes
CRITERIA = """\
criteria:
  "1": {title: Hồ sơ, out_of: 60, rule: {type: judged, step: 0.05}, monitor: so-1}
  "2":
    title: Điều tra
    children:
"""


def texts(agencies: int) -> Iterator[tuple[str, str]]:
    """Yield the files of a year."""
    chance, top = random.Random(1), "data/2024"  # noqa: S311 - made-up answers
    leaves = "".join(
        f'      "2.{n}": {{title: Câu {n}, out_of: 6, rule: {{type: survey, groups: {{dan: 6}}}}}}\n'
        for n in range(1, 7)
    )
    questions = "".join(
        f'  q{n}: {{scale: muc, criterion: "2.{n}", groups: [dan], text: Câu {n}}}\n' for n in range(1, 7)
    )
    yield "data/bodies.yml", "bodies:\n  so-1: {name: Sở}\n"
    yield f"{top}/cycle.yml", "title: Kỳ\nperiod: {from: 2024-01-01, to: 2024-12-31}\nout_of: 96\n"
    yield f"{top}/criteria.yml", f"{CRITERIA}{leaves}"
    yield (
        f"{top}/agencies.yml",
        "agencies:\n" + "".join(f"  x-{n}: {{name: X{n}, short: X{n}}}\n" for n in range(agencies)),
    )
    scale = (
        "scales: {muc: {options: {tot: {value: 1, title: T}, vua: {value: 0.5, title: V}, kem: {value: 0, title: K}}}}"
    )
    yield f"{top}/survey/survey.yml", f"{scale}\ngroups:\n  dan: {{title: Dân}}\nquestions:\n{questions}"
    for number in range(agencies):
        own = chance.randrange(500, 1200) * 5
        yield f"{top}/appraisal-1/x-{number}.yml", f'lines:\n  "1": {{score: {own / 100:.2f}}}\n'
        answers = ""
        for n in range(1, 7):
            good = chance.randrange(10, 36)
            fair = chance.randrange(0, 41 - good)
            answers += f"  q{n}: {{tot: {good}, vua: {fair}, kem: {40 - good - fair}}}\n"
        yield f"{top}/survey/dan/x-{number}.yml", f"forms: {{valid: 40}}\nanswers:\n{answers}"


def year_of(agencies: int) -> Year:
    """Return the records of a year."""
    placed = []
    for path, text in texts(agencies):
        at = place(path)
        assert at is not None
        placed.append(Placed(at, documents.read(path, f"format: 1\n{text}".encode())))
    return read_world(placed).years["2024"]


def main(arguments: list[str]) -> None:
    """Print a row of figures for each size."""
    print(
        f"{'agencies':>9} {'pairs':>9} {'compared':>9} {'ranges':>8} {'compared':>9} {'one row':>8} {'all pairs':>10}"
    )
    compared = 0
    single = intervals._comparison

    def counted(*given: object) -> intervals.Comparison:
        nonlocal compared
        compared += 1
        return single(*given)  # type: ignore[arg-type]

    intervals._comparison = counted  # type: ignore[assignment]
    for size in arguments or SIZES:
        results = score(year_of(int(size)))
        found = intervals.estimate(results, only=())
        slugs = list(found.comparisons.numbers)  # type: ignore[attr-defined]
        told = []
        for wanted in (slugs, slugs[len(slugs) // 2 :][:1]):
            compared, begun = 0, process_time()
            found.comparisons.ranges(wanted)  # type: ignore[attr-defined]
            told.append((compared, process_time() - begun))
        begun, tried = process_time(), list(islice(found.comparisons.values(), PAIRS))
        every = (process_time() - begun) * len(found.comparisons) / len(tried)
        (all_of, seconds), (row, alone) = told
        print(
            f"{size:>9} {len(found.comparisons):>9} {all_of:>9} {seconds:>8.2f} {row:>9} {alone:>8.2f} {every:>10.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])

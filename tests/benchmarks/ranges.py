"""Measure the ranks that survey error leaves open: CPU seconds and pairs compared, of a year and of one agency.

`python tests/benchmarks/ranges.py [AGENCIES...]` makes years of 200 and 700 agencies, each rated by 40 people of each
of five groups on six questions. Beside them: the same range of one agency, as `explain` asks for it, and all pairs,
estimated from some of them, each with a quantile of its own.
"""

from __future__ import annotations

import math
import sys
from itertools import combinations, islice
from pathlib import Path
from time import process_time

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from corpus import YEAR, corpus
from pairs import comparison
from tiny import snapshot_of

from pipeline.core.index.scoring import score
from pipeline.core.survey import intervals

SIZES = ("200", "700")
PAIRS = 2_000  # from which all pairs are estimated


def main(arguments: list[str]) -> None:
    """Print a row of figures for each size."""
    print(
        f"{'agencies':>9} {'pairs':>9} {'compared':>9} {'ranges':>8} {'compared':>9} {'one row':>8} {'all pairs':>10}"
    )
    compared = 0
    single = intervals.Comparisons._asked

    def counted(own: intervals.Comparisons, one: int, other: int, level: float) -> tuple[bool, bool]:
        nonlocal compared
        compared += 1
        return single(own, one, other, level)

    intervals.Comparisons._asked = counted  # type: ignore[method-assign]
    for size in arguments or SIZES:
        files = {path: text.encode() for path, text in corpus(int(size), stages=2, survey=5)}
        results = score(snapshot_of(files).world.years[YEAR])
        found = intervals.estimate(results, only=())
        slugs = list(found.comparisons.numbers)  # type: ignore[attr-defined]
        told = []
        for wanted in (slugs, slugs[len(slugs) // 2 :][:1]):
            compared, begun = 0, process_time()
            found.comparisons.ranges(wanted)  # type: ignore[attr-defined]
            told.append((compared, process_time() - begun))
        begun, pairs = process_time(), math.comb(len(slugs), 2)
        tried = [comparison(found.comparisons, pair) for pair in islice(combinations(slugs, 2), PAIRS)]
        every = (process_time() - begun) * pairs / len(tried)
        (all_of, seconds), (row, alone) = told
        print(
            f"{size:>9} {pairs:>9} {all_of:>9} {seconds:>8.2f} {row:>9} {alone:>8.2f} {every:>10.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1:])

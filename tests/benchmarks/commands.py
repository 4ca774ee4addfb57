"""Measure the commands that a city gives over a year at its size: seconds of the processor and memory of each.

`python tests/benchmarks/commands.py [survey] [AGENCIES...]` makes an approved year of 100 and 1,000 agencies by default
(with `survey` one that five groups answer for), runs each command as a whole process that keeps nothing for the
next, and prints how its time grows from size to size.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import log
from pathlib import Path

from corpus import ROOT, YEAR
from country import COMMAND, TODAY, Step, founded, measured, size_of

SIZES = ("100", "1000")
AGENCY = "co-quan-00077"
OF_YEAR = ("--year", YEAR)
STAGE = (*OF_YEAR, "--stage")
# What is done -> the words of the command; `OUT` is a path that is written.
STEPS = {
    "check": ("check", "--rev", "HEAD", "--no-cache"),
    "explain": ("explain", AGENCY, "--no-cache"),
    "whatif": ("whatif", AGENCY, "--rank", "1"),
    "status": ("status", *OF_YEAR, "--today", TODAY),
    "diff": ("diff", "HEAD~1", "HEAD", "--no-cache"),
    "audit": ("audit", *STAGE, "appraisal-1"),
    "audit, Excel": ("audit", *STAGE, "appraisal-1", "--format", "xlsx", "-o", "OUT.xlsx"),
    "schema": ("schema", *OF_YEAR),
    "evidence missing": ("evidence", "missing", *OF_YEAR),
    "form make": ("form", "make", *STAGE, "self-assessment", AGENCY, "-o", "OUT-form"),
    "fmt": ("fmt", "--check"),
    "export": ("export", "--rev", "HEAD", *OF_YEAR, "--today", TODAY, "-o", "OUT-bundle"),
    "verify --bundle": ("verify", "--bundle", "OUT-bundle"),
    "open-year": ("open-year", "2025", "--from", YEAR),
}
# Beside them in a year with a survey.
OF_SURVEY = {
    "survey form": ("survey", "form", *OF_YEAR, "-o", "OUT-survey"),
    "survey disclosure": ("survey", "disclosure", *OF_YEAR),
}


def taken(agencies: int, steps: Mapping[str, Sequence[str]], survey: int) -> dict[str, Step]:
    """Return what each command takes at a size."""
    with tempfile.TemporaryDirectory() as name:
        folder, out = Path(name) / "repository", Path(name) / "out"
        folder.mkdir()
        founded(folder, agencies, 0, 1, survey)
        found = {}
        for step, words in steps.items():
            line = [*COMMAND, "--repo", str(folder), *(word.replace("OUT", str(out)) for word in words)]
            found[step] = measured(line, lambda: size_of(out.with_name("out-bundle")))
        return found


def main(arguments: list[str]) -> None:
    """Print a row for each command: seconds and memory at each size, and the power with which seconds grow."""
    os.environ.update(GIT_CONFIG_NOSYSTEM="1", GIT_CONFIG_GLOBAL=os.devnull, LC_ALL="C", PYTHONPATH=str(ROOT))
    survey = 5 if "survey" in arguments else 0
    sizes = [int(size) for size in [one for one in arguments if one != "survey"] or SIZES]
    steps = {**STEPS, **OF_SURVEY} if survey else STEPS
    told = {size: taken(size, steps, survey) for size in sizes}
    for step in steps:
        figures = "".join(f"{told[size][step].seconds:>9.1f} s {told[size][step].memory:>6.0f} MiB" for size in sizes)
        grown = (log(told[b][step].seconds / told[a][step].seconds, b / a) for a, b in pairwise(sizes))
        print(f"{step:>18}{figures}" + "".join(f"{power:>7.2f}" for power in grown), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

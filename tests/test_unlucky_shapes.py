"""Years that nobody plans for, yet that happen: what they cost grows as they do.

Calls are counted, not time, so that the same code fails on every machine. A year of many agencies: `test_site_growth`.
"""

from __future__ import annotations

import cProfile
import sys
from collections.abc import Callable, Mapping

import pytest
from conftest import ROOT
from tiny import snapshot_of

sys.path.insert(0, str(ROOT / "tests" / "benchmarks"))

from corpus import YEAR, corpus

SEAL = """\
format: 1
stage: council-decision
date: 2025-02-20
by: thu-ky
files:
  data/2024/council-decision/co-quan-00001.yml: {digest}
signature: |
  -----BEGIN SSH SIGNATURE-----
  AAAA
  -----END SSH SIGNATURE-----
"""
AMENDMENT = """\
format: 1
stage: council-decision
agency: co-quan-00001
criterion: "1.1"
expect: {expect}
line: {{score: {score}, reason: Chấp nhận khiếu nại}}
reason: Khiếu nại được chấp nhận
decision: {{number: 1/QĐ-MH, date: 2025-03-14}}
"""
WITHDRAWAL = """\
format: 1
withdraws: "{number:04}"
reason: Ghi nhầm
decision: {{number: 2/QĐ-MH, date: 2025-03-15}}
"""


def amended(count: int) -> Mapping[str, str]:
    """Return a year of one agency with one criterion that is amended again and again."""
    files = dict(corpus(1))
    told = snapshot_of({path: text.encode() for path, text in files.items()}).world.years[YEAR]
    stands = [str(told.stages["appraisal-1"]["co-quan-00001"].lines["1.1"].score), *("0.5", "0.55") * count]
    files[f"data/{YEAR}/seals/council-decision.yml"] = SEAL.format(digest="0" * 64)
    for number in range(1, count + 1):
        text = AMENDMENT.format(expect=stands[number - 1], score=stands[number])
        files[f"data/{YEAR}/amendments/{number:04}.yml"] = text
    return files


def half_withdrawn(count: int) -> Mapping[str, str]:
    """Return the same with a wrong amendment, which the next one takes back, after each of the last half."""
    files = dict(amended(count))
    for number in range(count + 1, 2 * count + 1, 2):
        files[f"data/{YEAR}/amendments/{number:04}.yml"] = AMENDMENT.format(expect="0.1", score="0.2")
        files[f"data/{YEAR}/amendments/{number + 1:04}.yml"] = WITHDRAWAL.format(number=number)
    return files


def calls_of(files: Mapping[str, str]) -> int:
    """Return how many calls it takes to read and judge some files."""
    with cProfile.Profile(builtins=False) as counted:
        snapshot = snapshot_of({path: text.encode() for path, text in files.items()})

    assert [problem for problem in snapshot.problems if problem.is_error] == []
    return sum(function.callcount for function in counted.getstats())


@pytest.mark.parametrize("shape", [amended, half_withdrawn])
def test_many_amendments_of_one_agency_cost_as_many_times_one(shape: Callable[[int], Mapping[str, str]]) -> None:
    first, few, many = (calls_of(shape(count)) for count in (2, 42, 82))

    assert many - few <= 1.1 * (few - first)

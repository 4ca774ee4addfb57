"""Bundles of open data for tests: that of the real year, and those of a small year under any policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from conftest import ROOT
from sites import TODAY, YEAR
from worlds import files_of, world

from pipeline.adapters.repository import open_repository
from pipeline.flows.export import bundle
from pipeline.flows.snapshot import Snapshot, take

CRITERIA = """
    "1":
      title: A
      children:
        "1.1": {title: a, out_of: 3, rule: {type: proportional, when_none: not-applicable}}
        "1.2": {title: b, out_of: 2, rule: {type: judged, step: 0.25}, may_not_apply: Có thể}
        "1.3": {title: c, out_of: 0, rule: {type: bonus, items: {x: {per: 0.5, title: X}}, most: 1}}
    "2":
      title: B
      children:
        "2.1": {title: d, out_of: 3, rule: {type: survey, groups: {lanh-dao: 2, nhan-vien: 1}}}
        "2.2": {title: e, out_of: 2, rule: {type: sipas, group: dan}}
"""
SURVEY = """
    scales: {s: {options: {tot: {value: 1, title: T}, kem: {value: 0, title: K}}, no_opinion: kyk}}
    groups: {lanh-dao: {title: L}, nhan-vien: {title: N}, dan: {title: D, source: sipas}}
    questions:
      q1: {scale: s, criterion: "2.1", groups: [lanh-dao, nhan-vien], text: Q}
    policy: {group_without_answers: zero, show_from: {nhan-vien: 10}}
"""


def small_year(policy: str, small: int, name: str = "a-mot") -> dict[str, str]:
    """Return a year of three agencies; one group has a number of forms that may be too small to show."""
    lines: dict[tuple[str, str], str] = {}
    counts: dict[tuple[str, str], str] = {}
    decided = '"1.3": {answer: {x: 1}, score: 0.5, reason: R}'
    for number, agency in enumerate(("a-mot", "b-hai", "c-ba"), 1):
        share = f'"1.1": {{answer: {{done: {5 + number}, assigned: 9}}, score: {SHARES[number]}}}'
        for stage in ("self-assessment", "appraisal-1", "appraisal-2"):
            lines[stage, agency] = f'{share}\n"1.2": {{score: 1.25}}'
        lines["council-decision", agency] = decided
        answers = f"{{q1: {{tot: {20 + number}, kem: {11 - number}}}}}"
        counts["lanh-dao", agency] = f"forms: {{valid: 31}}\nanswers: {answers}"
        counts["nhan-vien", agency] = f"forms: {{valid: {small}}}\nanswers: {{q1: {{tot: 5, kem: {small - 5}}}}}"
        counts["dan", agency] = f"sipas: 8{number}.45\nrespondents: 400"
    grades = "[{id: kha, from: 70, title: Khá}, {id: yeu, from: 0, title: Yếu}]"
    return files_of(
        CRITERIA,
        agencies=f"a-mot: {{name: {name!r}, short: A}}\nb-hai: {{name: B, short: B}}\nc-ba: {{name: C, short: C}}",
        lines=lines,
        survey=SURVEY,
        counts=counts,
        policy=policy,
        grades=grades,
        out_of="10",
    )


SHARES = {1: "2.00", 2: "2.33", 3: "2.67"}
POLICIES = [
    "{}",
    "{points: {decimals: 3, rounding: down}, index: {decimals: 1, rounding: half-even}, rank: {ties: dense}}",
    "{points: {decimals: 2, leaf: exact}, rank: {on: exact, ties: [appraisal, sipas]}}",
    "{index: {decimals: 0}, rank: {on: exact, ties: [appraisal, sipas]}}",
]


@cache
def snapshot() -> Snapshot:
    return take(open_repository(ROOT), None)


@cache
def files(audience: Any = "public") -> Mapping[str, bytes]:
    return bundle(snapshot(), year=YEAR, audience=audience, today=TODAY)


def bundle_of(data: Mapping[str, str]) -> Mapping[str, bytes]:
    """Return the bundle for inside of a small year."""
    return bundle(replace(snapshot(), world=world(data)), year=YEAR, audience="internal", today=TODAY)

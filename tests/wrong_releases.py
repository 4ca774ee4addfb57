"""Releases that tell what they hide: the smallest that are refused by each code, as the files of other problems are."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from decimal import Decimal

from attackers import PLAN, releases_of, year_of

from pipeline.core.ground.problems import NOWHERE
from pipeline.core.index.scoring import Results, score
from pipeline.core.record.model import AgencyQuestion, Moments, PairSums

FIRST = {"nganh": "{q1: {tot: 5, kha: 3, kem: 4}}", "so": "{q1: {tot: 15, kha: 10, kem: 5}}"}
ONE_GROUP = PLAN.replace("groups: [nganh], text", "groups: [], text")


def _with(least: int) -> str:
    return ONE_GROUP.replace("nganh: 4", f"nganh: {least}")


def _shown_again() -> list[Results]:
    """The group of twelve was hidden, for its policy asked for twenty; then the policy was lowered."""
    return [score(year_of(FIRST, plan=_with(least))) for least in (20, 10)]


def _apart() -> list[Results]:
    """Two states that differ by one form were both released, without an amendment that would have told the rule."""
    years = [year_of({**FIRST, "nganh": f"{{q1: {{tot: {tot}, kha: 3, kem: 4}}}}"}, plan=_with(4)) for tot in (5, 6)]
    return [score(dataclasses.replace(year, amendments=())) for year in years]


def _fixed() -> list[Results]:
    """All thirty of the only group said the same, and the points of the criterion tell what."""
    return releases_of(year_of({"nganh": "{q1: {tot: 30}}"}, plan=ONE_GROUP))


def _narrow() -> list[Results]:
    """Eighty-four people became eighty-five, and the points leave the one who came two answers of three."""
    first, then = ({"nganh": f"{{q1: {{tot: {tot}, kha: 25, kem: 19}}}}", "so": FIRST["so"]} for tot in (40, 41))
    return releases_of(year_of(first, later={"nganh": then["nganh"]}, plan=ONE_GROUP))


def _joint() -> list[Results]:
    """Twelve people give thirty points by two questions: an error with two decimals tells how both went together."""
    year = year_of({"nganh": "{q1: {tot: 6, kha: 3, kem: 3}, q2: {tot: 5, kha: 4, kem: 3}}"}, weights=["30"])
    asked = AgencyQuestion("thue", "q1"), AgencyQuestion("thue", "q2")
    sums = PairSums(12, (Decimal("7.5"), Decimal(7)), Decimal("5.25"))
    return [score(dataclasses.replace(year, moments={"nganh": Moments("nganh", NOWHERE, {asked: sums})}))]


WRONG: Mapping[str, Callable[[], list[Results]]] = {
    "disclosure-shown": _shown_again,
    "disclosure-difference": _apart,
    "disclosure-fixed": _fixed,
    "disclosure-narrow": _narrow,
    "disclosure-joint": _joint,
}

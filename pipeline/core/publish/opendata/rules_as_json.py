"""How a leaf is scored as plain JSON values: what lets anybody compute points from answers again.

Numbers are text, so that no reader meets a binary float.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeAlias

from pipeline.core.record.rules import (
    Band,
    Bands,
    Bonus,
    Checklist,
    Choice,
    Deduction,
    Item,
    Judged,
    Proportional,
    Rule,
    Sipas,
    Survey,
)

Json: TypeAlias = "str | bool | list[Json] | dict[str, Json] | None"


def ruling(rule: Rule) -> dict[str, Json]:
    """Return the parameters of a rule as JSON values, by the names of the rules' reference."""
    if isinstance(rule, Choice):
        return {"options": _items(rule.options, "points")}
    if isinstance(rule, Checklist):
        return {"items": _items(rule.items, "points")}
    if isinstance(rule, Proportional):
        own: dict[str, Json] = {"full_from": _number(rule.full_from), "zero_below": _number(rule.zero_below)}
        return {**own, "when_none": rule.when_none, "over": rule.over}
    if isinstance(rule, Bands):
        bands: list[Json] = [_band(band) for band in rule.bands]
        return {"unit": rule.unit, "bands": bands, "when_none": rule.when_none, "over": rule.over}
    if isinstance(rule, Deduction):
        return {"faults": _items(rule.faults, "per"), "floor": _number(rule.floor)}
    if isinstance(rule, Judged):
        return {"step": _number(rule.step)}
    if isinstance(rule, Bonus):
        return {"items": _items(rule.items, "per"), "most": _number(rule.most), "least": _number(rule.least)}
    if isinstance(rule, Survey):
        return {"groups": {group: _number(points) for group, points in rule.groups.items()}}
    assert isinstance(rule, Sipas)
    return {"group": rule.group}


def _number(value: Decimal) -> str:
    return f"{value:f}"


def _items(items: Mapping[str, Item], points: str) -> Json:
    return {
        key: {points: _number(item.points), "title": {"vi": item.vi, **({"en": item.en} if item.en else {})}}
        for key, item in items.items()
    }


def _band(band: Band) -> Json:
    limits = {"from": band.from_value, "above": band.above}
    return {**{key: _number(v) for key, v in limits.items() if v is not None}, "points": _number(band.points)}

"""How a leaf is scored as plain JSON values, and back: what lets anybody compute points from answers again.

Numbers are text, so that no reader meets a binary float.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, TypeAlias

from pipeline.core.publish.opendata.strict_values import WrongValueError, as_mapping, as_number, as_text, as_yes_no
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


def rule_of(kind: str, parameters: object) -> Rule:
    """Return the rule that a bundle tells.

    Raises:
        WrongValueError: no such rule, or not with these parameters.
    """
    if kind not in _MADE:
        raise WrongValueError(kind)
    return _MADE[kind](as_mapping(parameters))


def _read_items(value: object, points: str) -> Mapping[str, Item]:
    found = {}
    for key, entry in as_mapping(value).items():
        item = as_mapping(entry)
        title = as_mapping(item.get("title"))
        english = title.get("en")
        words = as_text(title.get("vi")), None if english is None else as_text(english)
        found[key] = Item(as_number(item.get(points)), *words)
    return found


def _read_band(value: object) -> Band:
    band = as_mapping(value)
    start, above = (None if band.get(key) is None else as_number(band[key]) for key in ("from", "above"))
    return Band(as_number(band.get("points")), start, above)


def _read_bands(given: Mapping[str, Any]) -> Rule:
    bands = given.get("bands")
    if not isinstance(bands, list):
        raise WrongValueError(str(bands))
    read = tuple(_read_band(band) for band in bands)
    return Bands(unit=as_text(given.get("unit")), bands=read, when_none=_none(given), over=as_yes_no(given.get("over")))


def _none(given: Mapping[str, Any]) -> str | None:
    when = given.get("when_none")
    return None if when is None else as_text(when)


_MADE: Final[Mapping[str, Callable[[Mapping[str, Any]], Rule]]] = {
    "choice": lambda given: Choice(_read_items(given.get("options"), "points")),
    "checklist": lambda given: Checklist(_read_items(given.get("items"), "points")),
    "proportional": lambda given: Proportional(
        full_from=as_number(given.get("full_from")),
        zero_below=as_number(given.get("zero_below")),
        when_none=_none(given),
        over=as_yes_no(given.get("over")),
    ),
    "bands": _read_bands,
    "deduction": lambda given: Deduction(_read_items(given.get("faults"), "per"), as_number(given.get("floor"))),
    "judged": lambda given: Judged(as_number(given.get("step"), above=Decimal(0))),
    "bonus": lambda given: Bonus(
        _read_items(given.get("items"), "per"), most=as_number(given.get("most")), least=as_number(given.get("least"))
    ),
    "survey": lambda given: Survey(
        {group: as_number(points) for group, points in as_mapping(given.get("groups")).items()}
    ),
    "sipas": lambda given: Sipas(as_text(given.get("group"))),
}

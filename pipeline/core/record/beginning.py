"""The data with which a repository begins, made of the answers that its first people gave.

What may be answered is the schema `answers`; what no answer says stands in the folder `starter`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from pipeline.core.ground.nodes import Plain
from pipeline.core.ground.text import MAIN
from pipeline.core.record.editing import Writable

Answers = Mapping[str, Any]  # as the schema `answers` has it
PEOPLE: Final = ("writer", "reviewer")


def site_of(answers: Answers) -> dict[str, Writable]:
    """Return site.yml."""
    said = {name: answers[name] for name in ("index", "of", "authority", "contact", "complaints")}
    languages = {} if answers.get("translated") else {"languages": [MAIN]}
    return {"format": 1, **said, "publisher": answers["publisher"]["id"], **languages}


def bodies_of(answers: Answers, listed: Mapping[str, Plain]) -> dict[str, Writable]:
    """Return bodies.yml: the two bodies of the answers and those of a table, whose words of the same two count."""
    two = {
        body["id"]: {key: text for key, text in body.items() if key != "id"}
        for body in (answers["publisher"], answers["office"])
    }
    return {"format": 1, "bodies": {**two, **listed}}


def people_of(answers: Answers, keys: Mapping[str, str], day: str) -> dict[str, Writable]:
    """Return the two people of access.yml, whose keys count from a day on."""
    people = {who: answers["people"][who] for who in PEOPLE}
    place = {"role": "quan-tri", "body": answers["office"]["id"]}  # the role that `starter` gives them
    return {
        one["id"]: {**place, "email": one["email"], "keys": [{"key": keys[who], "from": day}]}
        for who, one in people.items()
    }


def cycle_of(answers: Answers, usual: Mapping[str, Writable], criteria: Mapping[str, Any]) -> dict[str, Writable]:
    """Return cycle.yml: the stages in their order, and the policy and grades that are usual."""
    year, stages = answers["year"], dict(answers["stages"])
    if "explanation" in stages:
        stages["explanation"] = {**stages["explanation"], "after": "request"}
    return {
        "format": 1,
        "title": year["title"],
        **({"illustrative": True} if year.get("illustrative") else {}),
        "period": {"from": f"{year['name']}-01-01", "to": f"{year['name']}-12-31"},
        "out_of": _total(criteria),
        "legal_basis": [{"issuer": answers["publisher"]["id"], **answers["legal_basis"]}],
        "stages": stages,
        **usual,
    }


def _total(criteria: Mapping[str, Any]) -> Decimal:
    """Return the points of all leaves below some criteria."""
    return sum(
        (_total(one["children"]) if "children" in one else one["out_of"] for one in criteria.values()), Decimal()
    )


def calendar_of(year: str, known: Mapping[str, Any]) -> dict[str, Writable]:
    """Return calendar.yml of the year that is assessed and the next, with the holidays of fixed days alone."""
    made: dict[str, Writable] = {}
    for name in (year, str(int(year) + 1)):
        days = [{"date": day.isoformat(), "title": title} for day, title in days_off(int(name), known["holidays"])]
        made[name] = {"notice": known["notice"], "reading": known["reading"], "days_off": days, "make_up_days": []}
    return {"format": 1, "years": made}


def days_off(year: int, holidays: Sequence[Mapping[str, Any]]) -> Iterator[tuple[date, str]]:
    """Yield the working days of a year that its fixed holidays take, each since the year that it says, by day.

    One on a Saturday or Sunday takes the next working day (Labour Code 2019, article 111, paragraph 3).
    """
    taken = {date.fromisoformat(f"{year}-{one['day']}"): one["title"] for one in holidays if one.get("from", 0) <= year}
    for day in sorted(day for day in taken if day.weekday() > 4):
        instead = day
        while instead.weekday() > 4 or instead in taken:
            instead += timedelta(days=1)
        taken[instead] = taken[day]
    yield from ((day, title) for day, title in sorted(taken.items()) if day.weekday() <= 4)

"""What a bundle proves, as text and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problem_words import problems_json, problems_text
from pipeline.core.publish.opendata.csv_json import CUT_OFF
from pipeline.core.publish.opendata.recompute import BundleVerdict, Fact


def verdict_text(verdict: BundleVerdict, labels: Labels) -> str:
    """Return what is proved, what is not, and what disagrees."""
    lines = [*_lines("proved", verdict.proved, labels), *_lines("unproved", verdict.unproved, labels)]
    told = "".join(f"{line}\n" for line in lines) + problems_text(verdict.problems, labels)
    cut = sum(problem.code == CUT_OFF for problem in verdict.problems)
    end = "broken-at-least" if cut else "broken" if verdict.problems else "sound"
    return told + labels.text(f"export.verdict.{end}", count=len(verdict.problems) - cut) + "\n"


def _lines(kind: str, facts: Iterable[Fact], labels: Labels) -> Iterator[str]:
    return (f"{labels.text(f'export.verdict.{kind}')}: {_words(kind, fact, labels)}" for fact in facts)


def _words(kind: str, fact: Fact, labels: Labels) -> str:
    figures = {name: labels.date(value) if name == "day" else value for name, value in fact[1].items()}
    return labels.text(f"export.{kind}.{fact[0]}", **figures)


def verdict_json(verdict: BundleVerdict, bundle: str, labels: Labels) -> dict[str, Any]:
    """Return the stable shape of `verify --bundle --format json`."""
    facts = {
        kind: [{"code": fact[0], "message": _words(kind, fact, labels)} for fact in found]
        for kind, found in (("proved", verdict.proved), ("unproved", verdict.unproved))
    }
    return {"bundle": bundle, **facts, "problems": problems_json(verdict.problems, None, 0, labels)["problems"]}

"""Files to download: every line of each stage as JSON and CSV, the counts of the survey as CSV, public fields only."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from pipeline.core.model import Reference
from pipeline.core.numbers import fixed
from pipeline.core.outputs import inert_cell
from pipeline.core.rules import Answer, Ratio
from pipeline.core.scoring import AgencyScore, LeafScore, Step, amended_counts
from pipeline.core.survey import options
from pipeline.core.views.common import Scene

COLUMNS = (
    *("year", "agency", "criterion", "stage", "score", "not_applicable", "answer", "reason", "by"),
    *("explanation", "evidence", "amendment", "illustrative", "provisional"),
)
COUNT_COLUMNS = (
    *("year", "group", "agency", "question", "criterion", "option", "value", "count", "hidden"),
    *("illustrative", "provisional"),
)


def lines_json(scene: Scene, commit: str | None) -> dict[str, Any]:
    """Return every line of every agency, in code order, then in the order of the stages."""
    return {
        "year": scene.year.name,
        "commit": commit,
        "illustrative": scene.year.cycle.illustrative,
        "provisional": scene.results.provisional,
        "lines": [_line(scene, entry, leaf, step) for entry, leaf, step in _steps(scene)],
    }


def _steps(scene: Scene) -> Iterator[tuple[AgencyScore, LeafScore, Step]]:
    for entry in scene.results.agencies:
        for leaf in entry.leaves:
            for step in leaf.road.steps:
                yield entry, leaf, step


def _line(scene: Scene, entry: AgencyScore, leaf: LeafScore, step: Step) -> dict[str, Any]:
    line, policy = step.line, scene.year.cycle.policy.points
    return {
        "agency": entry.agency.slug,
        "criterion": leaf.criterion.code,
        "stage": step.stage,
        "score": None if line.score is None else fixed(line.score, policy.decimals, policy.rounding),
        "not_applicable": scene.of(line.not_applicable) or None,
        "answer": _answer(leaf, step),
        "reason": scene.of(line.reason) or None,
        "by": line.by,
        "explanation": scene.of(line.explanation) or None,
        "evidence": [_document(reference) for reference in line.evidence],
        "amendment": step.amendment.number if step.amendment else None,
    }


def _answer(leaf: LeafScore, step: Step) -> str | list[str] | dict[str, str] | dict[str, int] | None:
    """Return the line's own answer as plain values, numbers as text."""
    rule, line = leaf.criterion.rule, step.line
    if rule is None or line.answer is None or line.criterion != leaf.criterion.code:
        return None
    answer: Answer | None = rule.answer(line.answer)[0]
    if answer is None or isinstance(answer, str):
        return answer
    if isinstance(answer, Decimal):
        return f"{answer:f}"
    if isinstance(answer, Ratio):
        return {"done": f"{answer.done:f}", "assigned": f"{answer.assigned:f}"}
    return dict(answer) if isinstance(answer, Mapping) else list(answer)


def _document(reference: Reference) -> dict[str, str | None]:
    return {"number": reference.number, "date": reference.date, "issuer": reference.issuer}


def lines_csv(scene: Scene) -> str:
    """Return the same lines as a table; typed text that a spreadsheet would run is made harmless."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    flags = {
        "year": scene.year.name,
        "illustrative": str(scene.year.cycle.illustrative).lower(),
        "provisional": str(scene.results.provisional).lower(),
    }
    for entry, leaf, step in _steps(scene):
        cells = {**_line(scene, entry, leaf, step), **flags, "answer": _answer_cell(leaf, step)}
        cells["evidence"] = "; ".join(_document_cell(item) for item in cells["evidence"])
        typed = ("not_applicable", "answer", "reason", "explanation", "evidence", "by")
        writer.writerow(["" if cells[n] is None else inert_cell(cells[n]) if n in typed else cells[n] for n in COLUMNS])
    return out.getvalue()


def _answer_cell(leaf: LeafScore, step: Step) -> str | None:
    answer = _answer(leaf, step)
    if isinstance(answer, dict):
        return " ".join(f"{name}={value}" for name, value in answer.items())
    return " ".join(answer) if isinstance(answer, list) else answer


def _document_cell(item: dict[str, str | None]) -> str:
    return " ".join(part for part in (item["number"], item["date"], item["issuer"]) if part)


def counts_csv(scene: Scene) -> str:
    """Return how many gave each answer, by group, agency and question; a hidden row has an empty count and says so."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COUNT_COLUMNS)
    plan, counts = scene.year.survey, amended_counts(scene.year)
    flags = (str(scene.year.cycle.illustrative).lower(), str(scene.results.provisional).lower())
    for question in plan.questions.values() if plan else ():
        for group, agency in itertools.product(question.groups, scene.year.agencies):
            answers = counts[group, agency].answers.get(question.id) if (group, agency) in counts else None
            if plan is None or answers is None:
                continue
            shown, scale = scene.disclosure.shows_counts(group, agency, question.id), plan.scales[question.scale]
            for option in options(scale):
                value = scale.values.get(option)
                head = (scene.year.name, group, agency, question.id, question.criterion, option)
                count = str(answers.get(option, 0)) if shown else ""
                writer.writerow((*head, "" if value is None else f"{value:f}", count, str(not shown).lower(), *flags))
    return out.getvalue()

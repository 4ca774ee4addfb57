"""The results as static JSON for programs, published years only; site_templates/api/ holds the schema of each file.

Points and indices are text with the year's decimals, so that no reader meets a binary float; names come in every
language that the data has. Decision 0037.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pipeline.core.ground.text import Text, json_fields, to_json
from pipeline.core.index.score_words import score_json
from pipeline.core.index.scoring import AgencyScore, LeafScore, Step
from pipeline.core.index.words import plain_points
from pipeline.core.publish.opendata.tables import own_answer
from pipeline.core.publish.scene import Scene
from pipeline.core.survey.intervals import AgencyEstimate

TOP = "api/v1/"
SCHEMAS = "api/v1/schema/"


def api_files(scenes: Iterable[Scene], commit: str | None) -> Iterator[tuple[str, bytes]]:
    """Yield each file by its path below the root of the site, the list of years first.

    `commit`: the commit that the data is of.
    """
    known = sorted(scenes, key=lambda scene: scene.year.name)
    yield f"{TOP}index.json", _written({"format": 1, "years": [_listed(scene) for scene in known]})
    for scene in known:
        yield from _year(scene, commit)


def _written(content: dict[str, Any]) -> bytes:
    return to_json(content).encode()


def _text(text: Text | None) -> dict[str, str] | None:
    return None if text is None else text.by_language()


def _listed(scene: Scene) -> dict[str, Any]:
    name = scene.year.name
    return {
        **scene.worth,
        "title": _text(scene.year.cycle.title),
        "published": scene.year.public_from,
        "results": f"{name}/results.json",
        "criteria": f"{name}/criteria.json",
    }


def _year(scene: Scene, commit: str | None) -> Iterator[tuple[str, bytes]]:
    name, cycle = scene.year.name, scene.year.cycle
    head = {"format": 1, **scene.worth, "commit": commit}
    yield (
        f"{TOP}{name}/results.json",
        _written(
            {
                **head,
                "title": _text(cycle.title),
                "period": {"from": cycle.period_from, "to": cycle.period_to},
                "confidence": f"{scene.figures.estimates.confidence:f}",
                "grades": [
                    {"id": grade.id, "from": f"{grade.from_index:f}", "title": _text(grade.title)}
                    for grade in cycle.grades
                ],
                "agencies": [_standing(scene, entry) for entry in scene.results.agencies],
            }
        ),
    )
    yield (
        f"{TOP}{name}/criteria.json",
        _written(
            {
                **head,
                "criteria": [
                    {
                        "code": criterion.code,
                        "parent": criterion.parent,
                        "title": _text(criterion.title),
                        "out_of": f"{criterion.out_of:f}",
                        "rule": criterion.rule.name if criterion.rule else None,
                        "monitor": criterion.monitor,
                    }
                    for criterion in scene.year.criteria.values()
                ],
            }
        ),
    )
    told = score_json(scene.results, commit)["agencies"]
    for entry, own in zip(scene.results.agencies, told, strict=True):
        slug = entry.agency.slug
        content = {
            **head,
            **_standing(scene, entry),
            **{key: own[key] for key in ("appraisal", "survey", "areas", "criteria", "outstanding", "missing")},
            "lines": [_line(scene, leaf, step) for leaf in entry.leaves for step in leaf.road.steps],
        }
        del content["file"]
        yield f"{TOP}{_file(scene, slug)}", _written(content)


def _file(scene: Scene, slug: str) -> str:
    return f"{scene.year.name}/agencies/{slug}.json"


def _standing(scene: Scene, entry: AgencyScore) -> dict[str, Any]:
    found = scene.figures.estimates.agencies[entry.agency.slug]
    group = scene.year.groups.get(entry.agency.group or "")
    return {
        "agency": entry.agency.slug,
        "name": _text(entry.agency.name),
        "short": _text(entry.agency.short),
        **({"group": {"id": group.id, "title": _text(group.title)}} if group else {}),
        **plain_points(entry.total, scene.year, "points", "out_of"),
        "index": None if entry.index is None else f"{scene.year.cycle.policy.rounded_index(entry.index):f}",
        "interval": _interval(scene, found),
        "rank": entry.rank,
        "rank_range": None if found.best_rank is None else [found.best_rank, found.worst_rank],
        "grade": entry.grade.id if entry.grade else None,
        "file": _file(scene, entry.agency.slug),
    }


def _interval(scene: Scene, found: AgencyEstimate) -> list[str] | None:
    """Return the ends of the interval of an index; None where survey error cannot be told."""
    if found.index is None or found.index.low is None or found.index.high is None:
        return None
    return [scene.plain_index(value) for value in (found.index.low, found.index.high)]


def _line(scene: Scene, leaf: LeafScore, step: Step) -> dict[str, Any]:
    line = step.line
    return {
        "criterion": leaf.criterion.code,
        "stage": step.stage,
        **plain_points(line, scene.year, "score"),
        "not_applicable": scene.of(line.not_applicable) or None,
        "answer": own_answer(leaf, step),
        "reason": scene.of(line.reason) or None,
        "by": line.by,
        "explanation": scene.of(line.explanation) or None,
        "evidence": [json_fields(document, "number", "date", "issuer") for document in line.evidence],
        "amendment": step.amendment.number if step.amendment else None,
    }

"""The resources of the open data: `EXPORTS`, one entry each, with the fields it may show and where they come from.

This is an allow-list: what has no field here never leaves (design, section 3, "Public of a published year"). The survey
is shown as far as `disclosure` lets it be.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from pipeline.core.ground.numbers import rounded
from pipeline.core.ground.text import Text, json_fields
from pipeline.core.index import scoring
from pipeline.core.index.analysis.rank_draws import seed_of
from pipeline.core.index.survey_points import group_part, group_points, options, valid_forms
from pipeline.core.publish.opendata.fields import Cell, Field, Proof, Resource, Row
from pipeline.core.publish.opendata.line_decisions import line_decisions
from pipeline.core.publish.scene import Scene
from pipeline.core.record import layout
from pipeline.core.record.model import Amendment, Counts, Due, FirmnessPolicy, Reference, Replacement
from pipeline.core.record.rules import RULES, Ratio
from pipeline.core.record.stages import KINDS, NOT_APPLICABLE, SURVEY
from pipeline.core.survey.disclosure import is_small

_PART_DECIMALS: Final = 4  # of a group's mean and points, which are no approved figures
RANGES: Final = ("index_low", "index_high", "rank_best", "rank_worst")
_SHARE: Final = ("points", "out_of")
FORMS: Final = ("issued", "returned", "valid", "online", "in_person")


# --- the year -------------------------------------------------------------------------------------------------------


def _words(name: str, text: Text | None) -> dict[str, Cell]:
    return {f"{name}_{code}": words for code, words in text.by_language().items()} if text else {}


def _cells(record: object, *names: str) -> dict[str, Cell]:
    """Return fields of a record under their own names, a text in each of its languages."""
    told: dict[str, Cell] = {}
    for name in names:
        value = getattr(record, name)
        told |= _words(name, value) if isinstance(value, Text) else {name: value}
    return told


def _spoken(name: str, *, required: bool = False) -> Field:
    return Field(name, required=required, spoken=True)


def _document(reference: Reference | None, prefix: str = "") -> dict[str, Cell]:
    """Return the public face of a document."""
    return {f"{prefix}{name}": told for name, told in json_fields(reference, "number", "date", "issuer").items()}


def _year(scene: Scene) -> Iterator[Row]:
    cycle, points = scene.year.cycle, scene.year.cycle.policy.points
    yield {
        **_cells(cycle, "title", "period_from", "period_to", "out_of"),
        "publish_from": scene.year.public_from,
        "points_decimals": points.decimals,
        "points_rounding": points.rounding,
        "leaf": "exact" if points.leaf_exact else "rounded",
        "index_decimals": cycle.policy.index_decimals,
        "index_rounding": cycle.policy.index_rounding,
        "rank_on": "exact" if cycle.policy.rank_on_exact else "published",
        "ties": cycle.policy.ties if isinstance(cycle.policy.ties, str) else " ".join(cycle.policy.ties),
        "group_without_answers": "zero" if scene.year.survey_plan.without_answers_zero else "exclude",
    }


def _stages(scene: Scene) -> Iterator[Row]:
    for position, stage in enumerate(scene.year.cycle.stages, 1):
        usual = {} if stage.title else {f"title_{code}": own.stage(stage.name) for code, own in scene.languages.items()}
        yield {"stage": stage.name, "position": position, **_cells(stage, "kind", "title"), **usual}


def _grades(scene: Scene) -> Iterator[Row]:
    for grade in scene.year.cycle.grades:
        yield {"grade": grade.id, **_cells(grade, "from_index", "title")}


def _bodies(scene: Scene) -> Iterator[Row]:
    for body in sorted(scene.bodies.values(), key=lambda body: body.slug):
        yield {"body": body.slug, **_cells(body, "name", "short")}


def _agencies(scene: Scene) -> Iterator[Row]:
    for agency in scene.year.agencies.values():
        group = scene.year.groups.get(agency.group or "")
        yield {
            "agency": agency.slug,
            **_cells(agency, "name", "short", "ranked"),
            "agency_group": agency.group,
            **_words("agency_group_title", group.title if group else None),
        }


def _exemptions(scene: Scene) -> Iterator[Row]:
    for agency in scene.year.agencies.values():
        for one in agency.exemptions:
            own = _cells(one, "criterion", "reason")
            yield {"agency": agency.slug, **own, **_document(one.document, "document_")}


def _criteria(scene: Scene) -> Iterator[Row]:
    for criterion in scene.year.criteria.values():
        rule = criterion.rule
        yield {
            "criterion": criterion.code,
            **_cells(criterion, "parent", "area", "title", "out_of"),
            **_cells(criterion, "monitor", "evidence", "may_not_apply", "guidance"),
            "rule": rule.name if rule else None,
            "parameters": _json(rule.json()) if rule else None,
            "claimed": None if criterion.claimed else False,
        }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))


# --- results --------------------------------------------------------------------------------------------------------


def _points(scene: Scene, record: object, *names: str, prefix: str = "") -> dict[str, Cell]:
    """Return points of a record by their names as the policy rounds them; nothing stands for what is not known."""
    policy, found = scene.year.cycle.policy, ((name, getattr(record, name)) for name in names)
    return {f"{prefix}{name}": None if value is None else policy.rounded_points(value) for name, value in found}


def _results(scene: Scene) -> Iterator[Row]:
    for entry in scene.results.agencies:
        yield {
            "agency": entry.agency.slug,
            **_points(scene, entry.total, *_SHARE),
            "index": entry.published,
            "rank": entry.rank,
            "grade": entry.grade.id if entry.grade else None,
            **_points(scene, entry.appraisal, *_SHARE, prefix="appraisal_"),
            **_points(scene, entry.survey, *_SHARE, prefix="survey_"),
        }


def _areas(scene: Scene) -> Iterator[Row]:
    for entry in scene.results.agencies:
        for area in entry.areas:
            place: Row = {"agency": entry.agency.slug, "area": area.criterion.code}
            index = None if area.index is None else scene.year.cycle.policy.rounded_index(area.index)
            yield {**place, **_points(scene, area, *_SHARE), "index": index}


def _bonus_limits(scene: Scene) -> Iterator[Row]:
    for entry in scene.results.agencies:
        for one in entry.limited:
            limit = {"codes": " ".join(one.limit.codes), **_cells(one.limit, "most", "least")}
            yield {"agency": entry.agency.slug, **limit, **_points(scene, one, "points", "cut")}


def _scores(scene: Scene) -> Iterator[Row]:
    for entry in scene.results.agencies:
        for leaf in entry.leaves:
            yield {
                "agency": entry.agency.slug,
                "criterion": leaf.criterion.code,
                "area": leaf.criterion.area,
                "part": SURVEY if scoring.from_survey(leaf.criterion) else "appraisal",
                **_points(scene, leaf, *_SHARE),
                **_cells(leaf, "applicable", "stage"),
                "amendment": leaf.amendment.number if leaf.amendment else None,
            }


def _flat(scene: Scene) -> Iterator[Row]:
    """Yield every score with the names of its codes, and what its agency came to."""
    results, criteria = {row["agency"]: row for row in _results(scene)}, scene.year.criteria
    scores = _scores(scene)
    for entry in scene.results.agencies:
        own = {name: results[entry.agency.slug][name] for name in ("index", "rank", "grade")}
        own |= _words("agency_name", entry.agency.name)
        own |= _words("grade_title", entry.grade.title if entry.grade else None)
        for leaf in entry.leaves:
            claim = leaf.road.claim.line.score if leaf.road.claim else None
            yield {
                **next(scores),
                **_words("area_title", criteria[leaf.criterion.area].title),
                **_words("criterion_title", leaf.criterion.title),
                "claim": None if claim is None else scene.year.cycle.policy.rounded_points(claim),
                **own,
            }


def _ranges(scene: Scene) -> Iterator[tuple[Cell, Row]]:
    """Yield how far survey error may move the index and the rank of each agency."""
    ranks = {} if scene.results.provisional else scene.figures.open_ranks
    for slug, own in scene.figures.estimates.agencies.items():
        ends = (None, None) if own.index is None else (own.index.low, own.index.high)
        told = (None if end is None else Decimal(scene.plain_index(end)) for end in ends)
        yield slug, dict(zip(RANGES, (*told, *ranks.get(slug, (None, None))), strict=True))


# --- lines ----------------------------------------------------------------------------------------------------------


def _steps(scene: Scene) -> Iterator[tuple[scoring.AgencyScore, scoring.LeafScore, scoring.Step]]:
    for entry in scene.results.agencies:
        for leaf in entry.leaves:
            for step in leaf.road.steps:
                yield entry, leaf, step


def _place(entry: scoring.AgencyScore, leaf: scoring.LeafScore, step: scoring.Step) -> dict[str, Cell]:
    return {"agency": entry.agency.slug, "criterion": leaf.criterion.code, "stage": step.stage}


def _lines(scene: Scene) -> Iterator[Row]:
    for entry, leaf, step in _steps(scene):
        line = step.line
        yield {
            **_place(entry, leaf, step),
            **_points(scene, line, "score"),
            **_cells(line, "not_applicable", "reason", "by", "explanation"),
            "answer": _answer(leaf, step),
            "amendment": step.amendment.number if step.amendment else None,
            "note": line.note.main if line.note else None,
        }


def _decisions(scene: Scene) -> Iterator[Row]:
    positions: Counter[tuple[str, str]] = Counter()
    for one in line_decisions(scene.year):
        place, event, after = (one.agency, one.after.criterion.code), one.event, _points(scene, one.after, *_SHARE)
        positions[place] += 1
        yield {
            "agency": one.agency,
            "criterion": place[1],
            "position": positions[place],
            **_cells(event, "stage", "day"),
            **_cells(one, "by", "reason"),
            **_document(event.document, "decision_"),
            **_correction(event.correction),
            "before": None if one.before is None else _points(scene, one.before, "points")["points"],
            "after": after["points"],
            **_cells(one.after, "applicable"),
            "out_of": after["out_of"],
        }


def _correction(one: Amendment | Replacement | None) -> Row:
    """Return the number of a correction, of a line or a survey and of a whole file in a column each."""
    return {} if one is None else {"replacement" if isinstance(one, Replacement) else "amendment": one.number}


def own_answer(
    leaf: scoring.LeafScore, step: scoring.Step
) -> str | list[str] | dict[str, str] | dict[str, int | str] | None:
    """Return the line's own answer as plain values, numbers as text."""
    answer = scoring.line_answer(leaf.criterion, step.line)
    if answer is None or isinstance(answer, str):
        return answer
    if isinstance(answer, Decimal):
        return f"{answer:f}"
    if isinstance(answer, Ratio):
        return {"done": f"{answer.done:f}", "assigned": f"{answer.assigned:f}"}
    if not isinstance(answer, Mapping):
        return list(answer)
    return {key: count if isinstance(count, int) else f"{count:f}" for key, count in answer.items()}


def _answer(leaf: scoring.LeafScore, step: scoring.Step) -> str | None:
    """Return the line's own answer: text or a number as it is, anything else as JSON whose numbers are text."""
    told = own_answer(leaf, step)
    if told is None or isinstance(told, str):
        return told
    return _json({name: str(count) for name, count in told.items()} if isinstance(told, dict) else told)


def _evidence(scene: Scene) -> Iterator[Row]:
    for entry, leaf, step in _steps(scene):
        for position, reference in enumerate(step.line.evidence, 1):
            yield {
                **_place(entry, leaf, step),
                "position": position,
                **_document(reference),
                "title": reference.title.main if reference.title else None,
                **_cells(reference, "url", "sha256"),
            }


# --- survey ---------------------------------------------------------------------------------------------------------


def _survey_groups(scene: Scene) -> Iterator[Row]:
    plan = scene.year.survey_plan
    for group in plan.groups.values():
        small = is_small(scene.year, group.id, group.forms.get("valid"))
        yield {
            "group": group.id,
            **_cells(group, "title", "population", "quota"),
            "source": "sipas" if group.sipas else "counts",
            **{name: None if small and name == "valid" else group.forms.get(name) for name in FORMS[:3]},
            "valid_from": plan.valid_from.get(group.id),
            "show_from": plan.shown_from(group.id),
        }


def _survey_options(scene: Scene) -> Iterator[Row]:
    for scale in scene.year.survey_plan.scales.values():
        for option in options(scale):
            value = scale.values.get(option) if option != scale.no_opinion else None
            yield {"scale": scale.id, "option": option, "value": value, **_words("title", scale.titles.get(option))}


def _survey_questions(scene: Scene) -> Iterator[Row]:
    for question in scene.year.survey_plan.questions.values():
        own = _cells(question, "criterion", "scale", "text")
        yield {"question": question.id, **own, "groups": " ".join(question.groups)}


def _counted(scene: Scene) -> Iterator[Counts]:
    """Yield what each group said of each agency, in the order of the year's groups and agencies."""
    counts = scoring.amended_counts(scene.year)
    for place in itertools.product(scene.year.survey_plan.groups, scene.year.agencies):
        if place in counts:
            yield counts[place]


def _survey_forms(scene: Scene) -> Iterator[Row]:
    for item in _counted(scene):
        valid = valid_forms(item)
        small = is_small(scene.year, item.group, valid)
        forms = {**item.forms, **({} if valid is None else {"valid": valid})}
        shown = scene.figures.disclosure.shows_mean(item.group, item.agency)
        yield {
            "group": item.group,
            "agency": item.agency,
            **{name: None if small and name in FORMS[2:] else forms.get(name) for name in FORMS},
            "sipas": item.sipas if shown else None,
            "hidden": small or not shown,
        }


def _survey_counts(scene: Scene) -> Iterator[Row]:
    plan = scene.year.survey_plan
    for item in _counted(scene):
        for question in plan.questions.values():
            if question.id not in item.answers:
                continue
            shown = scene.figures.disclosure.shows_counts(item.group, item.agency, question.id)
            for option in options(plan.scales[question.scale]):
                yield {
                    "group": item.group,
                    "agency": item.agency,
                    "question": question.id,
                    "option": option,
                    "count": item.answers[question.id].get(option, 0) if shown else None,
                    "hidden": not shown,
                }


def _survey_parts(scene: Scene) -> Iterator[Row]:
    counts = scoring.amended_counts(scene.year)
    for agency, leaf in ((entry.agency.slug, leaf) for entry in scene.results.agencies for leaf in entry.leaves):
        for group, out_of in group_points(leaf.criterion).items():
            item = counts.get((group, agency))
            if item is None or leaf.stage == NOT_APPLICABLE:
                continue
            part = group_part(scene.year.survey_plan, leaf.criterion, item, out_of=out_of)
            shown = scene.figures.disclosure.shows_part(group, agency, leaf.criterion.code)
            handed = item.points.get(leaf.criterion.code)
            sipas = scoring.is_sipas(leaf.criterion)
            yield {
                "group": group,
                "agency": agency,
                "criterion": leaf.criterion.code,
                "source": "sipas" if sipas else "counts" if handed is None else "points",
                "out_of": out_of,
                "mean": part_figure(part.mean) if shown else None,
                "points": handed if shown and handed is not None else part_figure(part.points) if shown else None,
                "left_out": part.left_out,
                "hidden": not shown,
            }


def part_figure(value: Fraction | None) -> Decimal | None:
    """Return a group's mean or points as the tables show them."""
    return None if value is None else rounded(value, _PART_DECIMALS)


# --- plan, corrections, versions ------------------------------------------------------------------------------------


def _plan(scene: Scene) -> Iterator[Row]:
    for task in scene.year.plan:
        yield {
            "task_no": task.no,
            **_cells(task, "in_plan", "section", "task", "product", "printed", "reading", "done_on"),
            "responsible": " ".join(task.responsible) or None,
            "due": _due(task.due),
            **_document(task.done_document, "document_"),
        }


def _due(due: Due) -> str:
    """Return when a task is due as JSON, by the names of plan.yml."""
    told: dict[str, object] = {"in_month": due.in_month, "before": due.before, "from": due.from_day, "by": due.by}
    after = {"task": due.after_task} if due.after_task else "request" if due.after_request else None
    told |= {"working_days": None if due.working_days is None else str(due.working_days), "after": after}
    return _json({name: value for name, value in told.items() if value is not None})


def _amendments(scene: Scene) -> Iterator[Row]:
    for one in sorted(scene.year.amendments, key=lambda amendment: amendment.number):
        own = _cells(one, "stage", "agency", "criterion", "group", "reason")
        yield {"amendment": one.number, **own, **_document(one.decision, "decision_")}


def _replacements(scene: Scene) -> Iterator[Row]:
    for one in scene.year.replacements:
        target = layout.place(one.path)
        if target is not None:
            own = {"kind": target.right, **_cells(target, "agency", "group"), **_cells(one, "reason")}
            yield {"replacement": one.number, **own, **_document(one.decision, "decision_")}


def _withdrawals(scene: Scene) -> Iterator[Row]:
    for one in scene.year.withdrawals:
        head: Row = {"withdrawal": one.number, "withdrawn": one.withdraws}
        yield {**head, **_cells(one, "reason"), **_document(one.decision, "decision_")}


def _versions(scene: Scene) -> Iterator[Row]:
    for number, approval in enumerate(scene.year.approvals, 1):
        own = {**_document(approval.decision, "decision_"), **_cells(approval, "public_from", "reason")}
        yield {"version": number, **own}


def _versions_results(scene: Scene) -> Iterator[Row]:
    for number, approval in enumerate(scene.year.approvals, 1):
        for row in approval.rows:
            yield {
                "version": number,
                "points": Decimal(row.points),
                "out_of": Decimal(row.out_of),
                "index": None if row.index is None else Decimal(row.index),
                **_cells(row, "agency", "rank", "grade"),
            }


DRAWN: Final = ("weights", "judgement")  # what the ranking is drawn again with


def policy_of_draws(rows: Sequence[Row]) -> FirmnessPolicy:
    """Return how draws were made, as the first of their rows says."""
    one = {name: int(str(rows[0][name] or 0)) for name in ("areas_range", "criteria_range", "draws")}
    seed = str(rows[0]["seed"]).rpartition("/")[0]
    return FirmnessPolicy(one["areas_range"], one["criteria_range"], one["draws"], seed)


def _rank_draws(scene: Scene) -> Iterator[Row]:
    figures = scene.figures
    judged, policy = figures.overturned, figures.firmness
    ranges = {"areas_range": policy.areas, "criteria_range": policy.criteria}  # of weights
    for trial, drawn in zip(DRAWN, (figures.drawn, judged.drawn if judged else None), strict=True):
        if drawn is None:
            continue
        for agency, reached in drawn.reached.items():
            yield {
                "agency": agency,
                "trial": trial,
                "rank": drawn.ranks[agency],
                **{f"rank_{percent}": drawn.quantile(agency, percent) for percent in (5, 50, 95)},
                "draws": drawn.draws,
                "reached": _json({str(rank): str(reached[rank]) for rank in sorted(reached)}),
                "seed": seed_of(policy, scene.year, trial),
                **(ranges if trial == "weights" else dict.fromkeys(ranges)),
            }


# --- the table ------------------------------------------------------------------------------------------------------

_ROUNDINGS: Final = ("half-up", "half-even", "down")
_AGENCY: Final = Field("agency", key=True, of="agencies")
_LEAF: Final = Field("criterion", key=True, of="criteria")
_GROUP: Final = Field("group", key=True, of="survey_groups")
_POINTS: Final = Field("points", "number", unit="points")
_FIGURES: Final = (
    Field("points", "number", required=True, unit="points"),
    Field("out_of", "number", required=True, unit="points", least=0),
    Field("index", "number", unit="percent", least=0),
)
_PLACE: Final = (Field("rank", "integer", least=1), Field("grade", of="grades"))
_SCORED: Final = (
    Field("part", required=True, among=("appraisal", SURVEY)),
    Field("applicable", "yes-no", required=True),
    _POINTS,
    Field("out_of", "number", unit="points", least=0),
    Field("stage"),
)
STANDING: Final = tuple(field.name for field in (*_FIGURES, *_PLACE))  # of an agency, in results and approved tables
_HIDDEN: Final = Field("hidden", "yes-no", required=True)


def _reference(prefix: str = "", *, required: bool = False) -> tuple[Field, ...]:
    return Field(f"{prefix}number", required=required), Field(f"{prefix}date", "day"), Field(f"{prefix}issuer")


def _proved(proof: Proof, *fields: Field) -> tuple[Field, ...]:
    return tuple(replace(field, proof=proof) for field in fields)


def _resource(
    name: str,
    rows: Callable[[Scene], Iterator[Row]],
    *fields: Field,
    **more: Any,  # noqa: ANN401 - as the record has it
) -> Resource:
    return Resource(name, fields, rows, **more)


EXPORTS: Final[Mapping[str, Resource]] = {
    resource.name: resource
    for resource in (
        _resource(
            "year",
            _year,
            _spoken("title", required=True),
            Field("period_from", "day", required=True),
            Field("period_to", "day", required=True),
            Field("out_of", "number", required=True, unit="points", least=0),
            Field("publish_from", "day"),
            Field("points_decimals", "integer", required=True, least=0),
            Field("points_rounding", required=True, among=_ROUNDINGS),
            Field("leaf", required=True, among=("rounded", "exact")),
            Field("index_decimals", "integer", required=True, least=0),
            Field("index_rounding", required=True, among=_ROUNDINGS),
            Field("rank_on", required=True, among=("published", "exact")),
            Field("ties", required=True),
            Field("group_without_answers", required=True, among=("exclude", "zero")),
        ),
        _resource(
            "stages",
            _stages,
            Field("stage", key=True),
            Field("kind", required=True, among=KINDS, proof="record"),
            Field("position", "integer", required=True, least=1, proof="record"),
            _spoken("title"),
            later=True,
        ),
        _resource(
            "grades",
            _grades,
            Field("grade", key=True),
            Field("from_index", "number", required=True, unit="percent", least=0),
            _spoken("title", required=True),
        ),
        _resource("bodies", _bodies, Field("body", key=True), _spoken("name", required=True), _spoken("short")),
        _resource(
            "agencies",
            _agencies,
            Field("agency", key=True),
            _spoken("name", required=True),
            _spoken("short", required=True),
            Field("ranked", "yes-no", required=True),
            Field("agency_group", later=True),
            replace(_spoken("agency_group_title"), later=True),
            most=10_000,
        ),
        _resource(
            "exemptions", _exemptions, _AGENCY, _LEAF, _spoken("reason", required=True), *_reference("document_")
        ),
        _resource(
            "criteria",
            _criteria,
            Field("criterion", key=True),
            Field("parent", of="criteria", proof="record"),
            Field("area", required=True, of="criteria", proof="record"),
            _spoken("title", required=True),
            Field("out_of", "number", required=True, unit="points", least=0, proof="record"),
            Field("rule", among=RULES, proof="record"),
            Field("parameters", proof="record"),
            Field("claimed", "yes-no", proof="record", later=True),
            Field("monitor"),
            Field("evidence", required=True),
            _spoken("may_not_apply"),
            _spoken("guidance"),
            most=1_000,
        ),
        _resource(
            "results",
            _results,
            _AGENCY,
            *_proved("sum", *_FIGURES),
            *_proved("rank", *_PLACE),
            *(
                Field(f"{part}_{name}", "number", required=True, unit="points", proof="sum")
                for part in ("appraisal", SURVEY)
                for name in ("points", "out_of")
            ),
        ),
        _resource("areas", _areas, _AGENCY, Field("area", key=True, of="criteria"), *_proved("sum", *_FIGURES)),
        _resource(
            "bonus_limits",
            _bonus_limits,
            _AGENCY,
            Field("codes", key=True, names="criteria"),
            Field("most", "number", unit="points"),
            Field("least", "number", unit="points"),
            *_proved("sum", replace(_POINTS, required=True), Field("cut", "number", required=True, unit="points")),
            later=True,
        ),
        _resource(
            "scores",
            _scores,
            _AGENCY,
            _LEAF,
            *_proved("score", Field("area", required=True, of="criteria"), *_SCORED),
            Field("amendment", of="amendments"),
        ),
        _resource(
            "flat",
            _flat,
            _AGENCY,
            *_proved("score", _spoken("agency_name"), Field("area", required=True, of="criteria")),
            *_proved("score", _spoken("area_title"), _LEAF, _spoken("criterion_title")),
            *_proved("score", *_SCORED, replace(_POINTS, name="claim")),
            *_proved("rank", replace(_FIGURES[2], required=False), *_PLACE, _spoken("grade_title")),
            *(Field(name, "number", unit="percent", least=0) for name in RANGES[:2]),
            *(Field(name, "integer", least=1) for name in RANGES[2:]),
            beside=_ranges,
            later=True,
        ),
        _resource(
            "lines",
            _lines,
            _AGENCY,
            _LEAF,
            Field("stage", key=True, of="stages"),
            Field("score", "number", unit="points", proof="score"),
            _spoken("not_applicable"),
            Field("answer", proof="score"),
            _spoken("reason"),
            Field("by"),
            _spoken("explanation"),
            Field("amendment", of="amendments"),
            Field("note", internal=True),
        ),
        _resource(
            "decisions",
            _decisions,
            _AGENCY,
            _LEAF,
            Field("position", "integer", key=True, least=1),
            Field("stage", required=True),
            Field("day", "day"),
            Field("by"),
            *_reference("decision_"),
            Field("amendment", of="amendments"),
            Field("replacement", of="replacements", later=True),
            Field("before", "number", unit="points"),
            Field("after", "number", unit="points"),
            Field("out_of", "number", unit="points", least=0),
            Field("applicable", "yes-no", required=True),
            _spoken("reason"),
            later=True,
        ),
        _resource(
            "evidence",
            _evidence,
            _AGENCY,
            _LEAF,
            Field("stage", key=True, of="stages"),
            Field("position", "integer", key=True, least=1),
            *_reference(required=True),
            Field("title", internal=True),
            Field("url", internal=True),
            Field("sha256", internal=True),
        ),
        _resource(
            "survey_groups",
            _survey_groups,
            Field("group", key=True),
            _spoken("title", required=True),
            Field("source", required=True, among=("counts", "sipas")),
            *(Field(name, "integer", unit="persons", least=0) for name in ("population", "quota", *FORMS[:3])),
            Field("valid_from", "integer", unit="persons", least=0),
            Field("show_from", "integer", unit="persons", least=0),
            most=50,
        ),
        _resource(
            "survey_options",
            _survey_options,
            Field("scale", key=True),
            Field("option", key=True),
            Field("value", "number", unit="share", least=0),
            _spoken("title"),
        ),
        _resource(
            "survey_questions",
            _survey_questions,
            Field("question", key=True),
            Field("criterion", required=True, of="criteria"),
            Field("scale", required=True, names="survey_options"),
            _spoken("text", required=True),
            Field("groups", required=True, names="survey_groups"),
            most=300,
        ),
        _resource(
            "survey_forms",
            _survey_forms,
            _GROUP,
            _AGENCY,
            *(Field(name, "integer", unit="persons", least=0) for name in FORMS),
            Field("sipas", "number", unit="percent", least=0),
            _HIDDEN,
        ),
        _resource(
            "survey_counts",
            _survey_counts,
            _GROUP,
            _AGENCY,
            Field("question", key=True, of="survey_questions"),
            Field("option", key=True),
            Field("count", "integer", unit="persons", least=0),
            _HIDDEN,
        ),
        _resource(
            "survey_parts",
            _survey_parts,
            _GROUP,
            _AGENCY,
            _LEAF,
            Field("source", required=True, among=("counts", "points", "sipas")),
            Field("out_of", "number", required=True, unit="points", least=0),
            Field("mean", "number", unit="share", least=0),
            _POINTS,
            Field("left_out", among=("no-answers", "too-few")),
            _HIDDEN,
        ),
        _resource(
            "plan",
            _plan,
            Field("task_no", key=True),
            Field("in_plan", "yes-no", required=True),
            _spoken("section"),
            _spoken("task", required=True),
            _spoken("product"),
            Field("responsible"),
            Field("due", required=True),
            Field("printed"),
            _spoken("reading"),
            Field("done_on", "day"),
            *_reference("document_"),
        ),
        _resource(
            "amendments",
            _amendments,
            Field("amendment", key=True),
            Field("stage", required=True),
            Field("agency", required=True, of="agencies"),
            Field("criterion", of="criteria"),
            Field("group", of="survey_groups"),
            _spoken("reason", required=True),
            *_reference("decision_", required=True),
        ),
        _resource(
            "replacements",
            _replacements,
            Field("replacement", key=True),
            Field("kind", required=True),
            Field("agency", of="agencies"),
            Field("group", of="survey_groups"),
            _spoken("reason", required=True),
            *_reference("decision_", required=True),
            later=True,
        ),
        _resource(
            "withdrawals",
            _withdrawals,
            Field("withdrawal", key=True),
            Field("withdrawn", required=True),
            _spoken("reason", required=True),
            *_reference("decision_", required=True),
            later=True,
        ),
        _resource(
            "versions",
            _versions,
            Field("version", "integer", key=True, least=1),
            *_reference("decision_", required=True),
            Field("public_from", "day"),
            _spoken("reason"),
        ),
        _resource(
            "versions_results",
            _versions_results,
            Field("version", "integer", key=True, of="versions"),
            _AGENCY,
            *_FIGURES,
            *_PLACE,
        ),
        _resource(
            "rank_draws",
            _rank_draws,
            _AGENCY,
            Field("trial", key=True, among=DRAWN),
            *(Field(name, "integer", required=True, least=1) for name in ("rank", "rank_5", "rank_50", "rank_95")),
            Field("draws", "integer", required=True, least=1),
            Field("reached", required=True),
            Field("seed", required=True),
            *(Field(name, "integer", unit="percent", least=0) for name in ("areas_range", "criteria_range")),
            later=True,
        ),
    )
}

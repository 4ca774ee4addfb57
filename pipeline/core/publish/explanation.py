"""How a number came about: for an agency where points were lost, for a criterion every stage on the road."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.numbers import fixed
from pipeline.core.ground.problems import Source
from pipeline.core.ground.table import columns
from pipeline.core.ground.text import hanging, json_fields
from pipeline.core.index import words
from pipeline.core.index.analysis.league import next_grade
from pipeline.core.index.scoring import AgencyScore, LeafScore, Results, Step, is_bonus
from pipeline.core.index.survey_points import GroupPart, QuestionMean, SurveyLeaf, options, scale_of
from pipeline.core.record.authorship import LastChange
from pipeline.core.record.model import Criterion, Scale, Year
from pipeline.core.survey.interval_words import MEAN_DECIMALS, agency_lines, estimate_json, interval_text
from pipeline.core.survey.interval_words import agency_json as error_json
from pipeline.core.survey.intervals import Estimates

Finder = Callable[[Source], LastChange]


def agency_text(results: Results, entry: AgencyScore, estimates: Estimates, labels: Labels) -> str:
    """Tell an agency's result: index, parts, areas, points lost, what the next grade takes."""
    year = results.year
    told = [
        labels.text("explain.agency", agency=labels.of(entry.agency.name), year=labels.of(year.cycle.title)),
        *words.warnings(results, labels),
        "",
        *_standing(entry, year, labels),
        *agency_lines(estimates, entry.agency.slug, year, labels),
        "",
        _areas(entry, year, labels),
        *words.cut_texts(entry, year, labels),
        "",
        *_lost(entry, year, labels),
        *_next(entry, year, labels),
    ]
    return "\n".join(told) + "\n"


def _standing(entry: AgencyScore, year: Year, labels: Labels) -> Iterator[str]:
    """Yield index, rank, grade and parts, of each what there is."""
    figures = {
        "index": words.index_text(entry.index, year, labels),
        "points": words.points_text(entry.total.points, year, labels),
        "out_of": words.points_text(entry.total.out_of, year, labels),
    }
    told = [labels.text("explain.no-index" if entry.index is None else "explain.index", **figures)]
    told += [] if entry.rank is None else [labels.text("explain.rank", rank=entry.rank)]
    told += [] if entry.grade is None else [labels.text("explain.grade", grade=words.grade_text(entry, labels))]
    yield " ".join(told)
    parts = [
        labels.text(
            f"explain.{name}",
            points=words.points_text(part.points, year, labels),
            out_of=words.points_text(part.out_of, year, labels),
        )
        for name, part in (("appraisal", entry.appraisal), ("survey", entry.survey))
        if part.out_of
    ]
    yield from filter(None, [" ".join(parts)])


def _areas(entry: AgencyScore, year: Year, labels: Labels) -> str:
    head = [labels.text(f"score.column.{name}") for name in ("area", "points", "out_of", "index")]
    rows = [
        [
            f"{area.criterion.code}. {labels.of(area.criterion.title)}",
            words.points_text(area.points, year, labels),
            words.points_text(area.out_of, year, labels),
            words.index_text(area.index, year, labels),
        ]
        for area in entry.areas
    ]
    return columns([head, *rows], right={1, 2, 3})


def _lost(entry: AgencyScore, year: Year, labels: Labels) -> Iterator[str]:
    lost = entry.losing
    if not lost:
        return
    yield labels.text("explain.lost")
    head = [labels.text(f"score.column.{name}") for name in ("criterion", "lost", "points", "out_of", "decided")]
    rows = [
        [
            f"{leaf.criterion.code}  {labels.of(leaf.criterion.title)}",
            words.points_text(leaf.lost, year, labels),
            words.points_text(leaf.points, year, labels),
            "–" if is_bonus(leaf.criterion) else words.points_text(leaf.out_of, year, labels),
            words.decided_text(leaf, labels),
        ]
        for leaf in lost
    ]
    yield columns([head, *rows], right={1, 2, 3})
    yield ""


def _next(entry: AgencyScore, year: Year, labels: Labels) -> Iterator[str]:
    above = next_grade(year, entry)
    if above is not None:
        yield labels.text(
            "explain.next",
            grade=labels.of(above.grade.title),
            from_index=labels.number(above.grade.from_index),
            distance=labels.number(above.index_distance),
            points=labels.number(above.points),
        )


def criterion_text(  # noqa: PLR0917 - a criterion of an agency, and what is known of both
    results: Results, entry: AgencyScore, criterion: Criterion, estimates: Estimates, labels: Labels, find: Finder
) -> str:
    """Tell all that was said of a criterion of an agency; of a parent, of each leaf below."""
    leaves = [leaf for leaf in entry.leaves if leaf.criterion.code in criterion.leaves]
    stories = (_story(results, entry, leaf, estimates, labels, find) for leaf in leaves)
    return "\n".join("\n".join(map(hanging, story)) for story in stories)


def _story(  # noqa: PLR0917 - the same words as its caller's
    results: Results, entry: AgencyScore, leaf: LeafScore, estimates: Estimates, labels: Labels, find: Finder
) -> Iterator[str]:
    year, key = results.year, (entry.agency.slug, leaf.criterion.code)
    yield f"{leaf.criterion.code}  {labels.of(leaf.criterion.title)} — {labels.of(entry.agency.name)}"
    yield from words.warnings(results, labels)
    if leaf.points is None:
        yield labels.text("explain.no-points", decided=words.decided_text(leaf, labels))
    else:
        points, out_of = words.points_text(leaf.points, year, labels), words.points_text(leaf.out_of, year, labels)
        key_of_points = "explain.bonus" if is_bonus(leaf.criterion) else "explain.points"
        yield labels.text(key_of_points, points=points, out_of=out_of, decided=words.decided_text(leaf, labels))
    if key in estimates.leaves:
        yield interval_text(estimates.leaves[key], estimates, year.cycle.policy.points.decimals, labels)
    yield ""
    yield labels.text("explain.rule")
    yield from (f"  {line}" for line in words.rule_lines(leaf.criterion, year, labels))
    if leaf.road.exemption is not None:
        yield ""
        yield labels.text("explain.exempt", reason=labels.of(leaf.road.exemption.reason))
        yield from _where(leaf.road.exemption.source, labels, find)
    for step in leaf.road.steps:
        yield ""
        yield from _step(step, leaf, year, labels, find)
    if leaf.survey is not None:
        yield ""
        for part in leaf.survey.parts:
            error = None if part.left_out else estimates.parts.get((*key, part.group))
            told = interval_text(error, estimates, MEAN_DECIMALS, labels) if error else None
            yield from _group(part, told, year, labels, find)
        if leaf.points is not None or leaf.outstanding:
            yield _sum(leaf, leaf.survey, year, labels)
    yield ""


def _step(step: Step, leaf: LeafScore, year: Year, labels: Labels, find: Finder) -> Iterator[str]:
    line, amendment = step.line, step.amendment
    value = "" if step.value is None else words.value_text(step.value, year, labels)
    yield f"{words.stage_text(step.stage, labels)}: {value}".rstrip(": ")
    if amendment is not None:
        yield "  " + labels.text("explain.amendment", number=amendment.number, decision=amendment.decision.number)
        yield "  " + labels.text("explain.reason", text=labels.of(amendment.reason))
    if line.answer is not None and leaf.criterion.rule is not None:
        answer = leaf.criterion.rule.answer(line.answer)[0]
        yield "  " + labels.text("explain.answer", text=words.answer_text(leaf.criterion.rule, answer, labels))
        if text := leaf.criterion.rule.worked(answer, labels):
            yield "  " + labels.text("explain.worked", text=text)
    told = (("reason", line.reason), ("not-applicable", line.not_applicable), ("explanation", line.explanation))
    yield from ("  " + labels.text(f"explain.{key}", text=labels.of(text)) for key, text in told if text is not None)
    for reference in line.evidence:
        dated = labels.date(reference.date)
        yield "  " + labels.text("explain.evidence", number=reference.number, date=dated).rstrip(" ,")
    yield from _where(amendment.source if amendment else line.source, labels, find)


def _group(part: GroupPart, error: str | None, year: Year, labels: Labels, find: Finder) -> Iterator[str]:
    policy = year.cycle.policy.points
    yield labels.text(
        "explain.group",
        group=words.group_text(part.group, year, labels),
        points="–" if part.points is None else labels.number(fixed(part.points, policy.decimals + 2)),
        out_of=labels.number(part.out_of),
    )
    if part.left_out is not None:
        yield "  " + labels.text(f"explain.left-out.{part.left_out}")
    if part.counts.sipas is not None:
        yield "  " + labels.text("explain.sipas", percent=labels.number(part.counts.sipas))
    for question in part.questions:
        mean = "–" if question.mean is None else labels.number(fixed(question.mean, 4))
        yield "  " + labels.text("explain.question", question=question.question, mean=mean, count=question.opinions)
        scale = scale_of(year, question.question)
        counts = _counted(part, question, scale).items()
        yield "    " + "; ".join(f"{words.option_text(option, scale, labels)} {count}" for option, count in counts)
    if part.mean is not None and part.questions:
        yield "  " + labels.text("explain.mean", mean=labels.number(fixed(part.mean, 4)))
    if error is not None:
        yield "  " + error
    yield from _where(part.counts.source, labels, find)


def _counted(part: GroupPart, question: QuestionMean, scale: Scale) -> dict[str, int]:
    """Return how many gave each answer to a question, in the order of its scale."""
    answers = part.counts.answers.get(question.question, {})
    return {option: answers.get(option, 0) for option in options(scale)}


def _sum(leaf: LeafScore, found: SurveyLeaf, year: Year, labels: Labels) -> str:
    """Tell how groups add up to the leaf, and that it is rounded once, or not at all until the index, or none yet."""
    policy = year.cycle.policy.points
    exact = labels.number(fixed(found.points, policy.decimals + 4))
    if leaf.points is None:
        return labels.text("explain.sum-open", points=exact)
    if policy.leaf_exact:
        return labels.text("explain.sum-exact", points=exact)
    return labels.text("explain.sum", points=exact, shown=words.points_text(found.points, year, labels))


def _where(source: Source, labels: Labels, find: Finder) -> Iterator[str]:
    change = find(source)
    yield "  " + labels.text("explain.place", path=source.path, line=source.line)
    if change.commit is None:
        yield "  " + labels.text("explain.uncommitted")
    else:
        yield "  " + labels.text(
            "explain.commit",
            commit=change.commit[:12],
            author=words.signer_text(change.author, change.signed, labels),
            date=labels.date(change.day),
            summary=words.printable(change.summary or ""),
        )


def agency_json(results: Results, entry: AgencyScore, estimates: Estimates) -> dict[str, Any]:
    """Return what `explain AGENCY --format json` adds to the agency's score: losses, next grade, survey error."""
    year, above = results.year, next_grade(results.year, entry)
    return {
        "lost": [{"code": leaf.criterion.code, **words.plain_points(leaf, year, "lost")} for leaf in entry.losing],
        "next_grade": None
        if above is None
        else json_fields(above, grade="grade.id", index_distance="index_distance", points="points"),
        "survey_error": error_json(estimates, entry.agency.slug, year),
    }


def criterion_json(
    results: Results, entry: AgencyScore, criterion: Criterion, estimates: Estimates, find: Finder
) -> list[dict[str, Any]]:
    """Return the road of each leaf: stages with value, reason, evidence, place and last change."""
    decimals = results.year.cycle.policy.points.decimals
    return [
        {
            "code": leaf.criterion.code,
            "rule": leaf.criterion.rule.name if leaf.criterion.rule else None,
            "exempt": leaf.road.exemption.reason.main if leaf.road.exemption else None,
            "steps": [_step_json(step, find) for step in leaf.road.steps],
            "survey_error": estimate_json(estimates.leaves.get(key), decimals),
            "groups": [
                {
                    **_group_json(part, results.year, find),
                    "survey_error": estimate_json(estimates.parts.get((*key, part.group)), MEAN_DECIMALS),
                }
                for part in (leaf.survey.parts if leaf.survey else ())
            ],
            "sum": None if leaf.survey is None else fixed(leaf.survey.points, 6),
        }
        for leaf in entry.leaves
        if leaf.criterion.code in criterion.leaves
        for key in [(entry.agency.slug, leaf.criterion.code)]
    ]


def _step_json(step: Step, find: Finder) -> dict[str, Any]:
    line, amendment = step.line, step.amendment
    source = amendment.source if amendment else line.source
    return {
        "stage": step.stage,
        **json_fields(line, "score", "not_applicable", "reason", "explanation"),
        "evidence": [json_fields(one, "number", "date", "issuer") for one in line.evidence],
        **json_fields(amendment, amendment="source.path"),
        **_place_json(source, find),
    }


def _group_json(part: GroupPart, year: Year, find: Finder) -> dict[str, Any]:
    return {
        **json_fields(part, "group", "out_of"),
        "points": None if part.points is None else fixed(part.points, 6),
        "mean": None if part.mean is None else fixed(part.mean, 6),
        **json_fields(part, sipas="counts.sipas", left_out="left_out"),
        "questions": [
            {
                "question": q.question,
                "mean": None if q.mean is None else fixed(q.mean, 6),
                "opinions": q.opinions,
                "counts": [
                    {"option": option, "count": count}
                    for option, count in _counted(part, q, scale_of(year, q.question)).items()
                ],
            }
            for q in part.questions
        ],
        **_place_json(part.counts.source, find),
    }


def _place_json(source: Source, find: Finder) -> dict[str, Any]:
    change = find(source)
    return {
        **json_fields(source, "path", "line"),
        **json_fields(change, "commit", "author", signature="signed.state", signer="signed.signer", date="day"),
    }

"""Laws of what one stage says of one criterion: scores, answers, reasons, evidence, not applicable, lines owed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from pipeline.core.ground import nodes
from pipeline.core.ground.numbers import places
from pipeline.core.ground.problems import Source
from pipeline.core.index.laws.view import Finding, View
from pipeline.core.index.scoring import Road, Value, assigned_nothing, exemption_of, line_answer, missing_lines
from pipeline.core.record.model import Criterion, Line, StageFile
from pipeline.core.record.rules import Ratio, WrongAnswer


def score_over_maximum(view: View) -> Iterator[Finding]:
    """No score is over what the leaf can give."""
    for _, line, leaf in view.leaf_lines:
        assert leaf.rule is not None
        if line.score is not None and line.score > leaf.rule.largest(leaf.out_of):
            yield line.place("score"), _figures(leaf, line, out_of=leaf.rule.largest(leaf.out_of))


def score_under_minimum(view: View) -> Iterator[Finding]:
    """No score is under what the leaf can give, zero but for penalties; the council's is judged by `off_rule`."""
    for file, line, leaf in view.leaf_lines:
        if file.kind != "decide" and _is_under_minimum(line, leaf):
            assert leaf.rule is not None
            yield line.place("score"), _figures(leaf, line, least=leaf.rule.smallest())


def _is_under_minimum(line: Line, leaf: Criterion) -> bool:
    return line.score is not None and leaf.rule is not None and line.score < leaf.rule.smallest()


def score_off_decimals(view: View) -> Iterator[Finding]:
    """No score has more decimals than the year's points."""
    decimals = view.year.cycle.policy.points.decimals
    for _, line, leaf in view.leaf_lines:
        if line.score is not None and places(line.score) > decimals:
            yield line.place("score"), _figures(leaf, line, decimals=Decimal(decimals))


def score_off_rule(view: View) -> Iterator[Finding]:
    """A score is one that the rule can produce from the answer that stands."""
    for file, line, leaf in view.leaf_lines:
        if file.kind in ("claim", "appraise") and not _is_under_minimum(line, leaf):
            yield from _off_rule(view, file, line, leaf)


def off_rule(view: View) -> Iterator[Finding]:
    """The council's score that the rule does not give is a fact, shown with its reason."""
    for file, line, leaf in view.leaf_lines:
        if file.kind == "decide":
            yield from _off_rule(view, file, line, leaf)


def _off_rule(view: View, file: StageFile, line: Line, leaf: Criterion) -> Iterator[Finding]:
    if line.score is None or answer_faults(leaf, line) or may_leave_out(leaf, line):
        return
    rests_on_earlier = leaf.rule is not None and leaf.rule.answered and line.answer is None
    if rests_on_earlier and view.untold_before(file, leaf.code):
        return
    expected = rule_miss(view, view.roads[file.agency][leaf.code], file.stage, line.score)
    if expected is not None:
        yield line.place("score"), {**_figures(leaf, line), "expected": expected}


def rule_miss(view: View, road: Road, stage: str, score: Decimal) -> str | None:
    """Return what the rule gives from the standing answer where that is not the score, else None.

    A score over the maximum is an error whoever gave it, and has a law of its own; one under the minimum is one that
    the rule does not give.
    """
    leaf, policy = road.criterion, view.year.cycle.policy.points
    assert leaf.rule is not None
    if score > leaf.rule.largest(leaf.out_of) or places(score) > policy.decimals:
        return None  # found by the laws of bounds and decimals
    answer = road.standing_answer(stage)
    if leaf.rule.answered and (answer is None or unreadable_answer(road, stage)):
        return None  # found by the laws of answers
    if leaf.rule.gives(score, answer, out_of=leaf.out_of, decimals=policy.decimals, mode=policy.rounding):
        return None
    weighed = leaf.rule.scores_text(leaf.out_of)
    if weighed is not None:
        return weighed
    given = leaf.rule.points(answer, out_of=leaf.out_of, decimals=policy.decimals, mode=policy.rounding)
    return shown("not-applicable" if given is None else given)


def unreadable_answer(road: Road, stage: str) -> bool:
    """Tell whether the latest answer up to a stage is one that the rule cannot read, which is a problem of its own."""
    upto = road.stages.upto(stage)
    own = (step.line for step in reversed(road.steps) if step.stage in upto and step.kind != "explain")
    latest = next((line for line in own if line.answer is not None or line.spoiled), None)
    return latest is not None and (latest.spoiled or line_answer(road.criterion, latest) is None)


def answer_missing(view: View) -> Iterator[Finding]:
    """A score rests on an answer, its own stage's or an earlier one's."""
    for file, line, leaf in view.leaf_lines:
        assert leaf.rule is not None
        if file.kind == "explain" or line.score is None or not leaf.rule.answered or line.answer is not None:
            continue
        if view.untold_before(file, leaf.code):
            continue
        way = view.roads[file.agency][leaf.code]
        if file.kind == "claim" or not (
            way.standing_answer(file.stage) is not None or unreadable_answer(way, file.stage)
        ):
            yield line.source, _figures(leaf, line)


# What can be wrong with an answer; each rule type finds these in its own (`record/rules`).
ANSWER_FAULTS: Final = (
    "unknown-answer",  # names no option, item or fault of the rule
    "answer-not-of-rule",  # has not the form that its rule reads
    "figure-missing",  # a formula takes every figure that it names
    "answer-repeated",  # an item of a checklist stands twice
    "answer-not-wanted",  # a judged leaf has a score and no answer
    "count-not-whole",  # counts are whole and not below 0
    "answer-not-valid",  # the formula's own condition refuses these figures
    "formula-divides-by-zero",  # these figures make the formula divide by zero
    "done-over-assigned",  # more was done than was assigned, and the rule does not allow it
)


def wrong_answer(view: View, *, code: str) -> Iterator[Finding]:
    """An answer is one that its rule reads; each kind of fault is a law of its own."""
    for _, line, leaf in view.leaf_lines:
        for fault in answer_faults(leaf, line):
            if fault.code == code:
                place = Source(line.source.path, fault.node.line, fault.node.column)
                yield place, {"criterion": leaf.code, **fault.figures}


_FAR: Final = 100  # times, beyond which one of two counts was probably mistyped


def count_far_from_partner(view: View) -> Iterator[Finding]:
    """What was done and what was assigned are seldom a hundred times apart: thousands were lost, or a digit."""
    for _, line, leaf in view.leaf_lines:
        answer = leaf.rule.answer(line.answer)[0] if leaf.rule is not None and line.answer is not None else None
        if (
            isinstance(answer, Ratio)
            and far_apart(answer.done, answer.assigned)
            and isinstance(line.answer, nodes.Mapping)
        ):
            node = line.answer.values["done"]
            figures = {"criterion": leaf.code, "done": f"{answer.done:f}", "assigned": f"{answer.assigned:f}"}
            yield Source(line.source.path, node.line, node.column), figures


def far_apart(one: Decimal, other: Decimal) -> bool:
    """Tell whether one of two counts is a hundred times the other or more; none is not far from any."""
    return min(one, other) > 0 and max(one, other) >= _FAR * min(one, other)


def answer_faults(leaf: Criterion, line: Line) -> tuple[WrongAnswer, ...]:
    """Return what is wrong with a line's answer."""
    if line.answer is None or leaf.rule is None:
        return ()
    return leaf.rule.answer(line.answer)[1]


def line_missing(view: View) -> Iterator[Finding]:
    """A closed stage has the lines it owes; of an open one they are still awaited, and `pending` tells them."""
    for file in view.files():
        if view.year.is_closed(file.stage) and file.kind != "explain":
            for code in missing_lines(view.year, file.stage, file.agency):
                yield file.place("lines"), {"criterion": code, "title": view.year.criteria[code].title.main}


def line_twice(view: View) -> Iterator[Finding]:
    """A criterion stands in one file of a stage: in the head, or in the part of one body."""
    for file in view.files():
        for line in file.repeated:
            first = file.lines[line.criterion].source
            yield line.source, {"criterion": line.criterion, "first": first.path, "line": str(first.line)}


def other_body(view: View) -> Iterator[Finding]:
    """While a stage is open, a part holds the lines of its own body; a reorganisation later changes no closed stage."""
    for file, line, criterion in view.lines:
        body = next((body for body, source in file.parts.items() if source.path == line.source.path), None)
        if body is not None and criterion.monitor != body and not view.year.is_closed(file.stage):
            yield line.source, {"criterion": criterion.code, "body": body, "monitor": criterion.monitor or "–"}


def line_not_wanted(view: View) -> Iterator[Finding]:
    """Survey and SIPAS leaves have no line in any stage."""
    for _, line, criterion in view.lines:
        if criterion.rule is not None and not criterion.rule.has_line:
            yield line.source, {"criterion": criterion.code}


def line_not_claimed(view: View) -> Iterator[Finding]:
    """A leaf that the appraisers alone score has no line in the claim."""
    for file, line, criterion in view.lines:
        if file.kind == "claim" and not criterion.claimed:
            yield line.source, {"criterion": criterion.code}


def score_on_parent(view: View) -> Iterator[Finding]:
    """Points are given to leaves; a parent's line can only say that it does not apply."""
    for file, line, criterion in view.lines:
        if criterion.children and line.not_applicable is None and file.kind != "explain":
            yield line.source, {"criterion": criterion.code, "children": ", ".join(criterion.children)}


def line_on_not_applicable(view: View) -> Iterator[Finding]:
    """Where a criterion does not apply there is no line below, nor any line where the agency is exempt."""
    for file, line, criterion in view.lines:
        exemption = exemption_of(view.year, file.agency, criterion.code)
        if exemption is not None:
            yield line.source, {"criterion": criterion.code, "above": exemption.criterion}
            continue
        for above in view.year.upwards(criterion.code):
            spoken = file.lines.get(above.code)
            if above.code != criterion.code and spoken is not None and spoken.not_applicable is not None:
                yield line.source, {"criterion": criterion.code, "above": above.code}


def not_applicable_not_allowed(view: View) -> Iterator[Finding]:
    """Not applicable is claimed or decided where `may_not_apply` stands, or where nothing was assigned."""
    for file, line, criterion in view.lines:
        if line.not_applicable is None or criterion.may_not_apply is not None or file.kind == "explain":
            continue
        if view.untold_before(file, criterion.code):
            continue
        way = view.roads[file.agency].get(criterion.code)
        stands = way.standing_answer(file.stage) if way is not None else None
        if not assigned_nothing(criterion, stands):
            yield line.place("not_applicable"), {"criterion": criterion.code}
    for amendment in view.year.amendments:
        amended, new = view.year.criteria.get(amendment.criterion or ""), amendment.line
        if amended is None or amended.may_not_apply is not None or new is None or new.not_applicable is None:
            continue
        if not may_leave_out(amended, new):
            yield new.place("not_applicable"), {"criterion": amended.code}


def may_leave_out(leaf: Criterion, line: Line) -> bool:
    """Tell whether a line's own answer makes its leaf not apply: nothing assigned, and the rule says so."""
    if leaf.rule is None or line.answer is None:
        return False
    return assigned_nothing(leaf, leaf.rule.answer(line.answer)[0])


def score_where_nothing_assigned(view: View) -> Iterator[Finding]:
    """Where nothing was assigned and the rule then leaves the criterion out, the line says not_applicable."""
    for file, line, leaf in view.leaf_lines:
        if line.score is not None and file.kind != "explain" and may_leave_out(leaf, line):
            yield line.place("score"), {"criterion": leaf.code}


def reason_missing(view: View) -> Iterator[Finding]:
    """A score that differs from the one before, up or down, has a reason; so has any bonus or penalty."""
    for file, line, leaf in view.leaf_lines:
        if file.kind in ("claim", "explain") or line.reason is not None or line.score is None:
            continue
        assert leaf.rule is not None
        before = view.roads[file.agency][leaf.code].before(file.stage)
        stood: Value = before.value if before else None
        bonus = not leaf.rule.owed and line.score != 0
        differs = stood is not None and stood != line.score and not view.untold_before(file, leaf.code)
        if bonus or differs:
            yield line.source, {**_figures(leaf, line), "before": shown(stood)}


def shown(value: Value) -> str:
    """Return a standing value as the files write it: a score, `not_applicable` or `none`."""
    if value is None:
        return "none"
    return f"{value:f}" if isinstance(value, Decimal) else "not_applicable"


def evidence_missing(view: View) -> Iterator[Finding]:
    """Where evidence is required and absent, the note explains."""
    if not view.year.cycle.policy.missing_evidence_needs_note:
        return
    for file, line, leaf in view.leaf_lines:
        wanted = leaf.evidence == "required" and line.not_applicable is None
        if file.kind == "claim" and wanted and not line.evidence and line.note is None:
            yield line.source, {"criterion": leaf.code}


def field_not_of_stage(view: View) -> Iterator[Finding]:
    """Requests stand in an appraisal that an explanation follows, `unanswered` in the next head after one."""
    stages = view.year.cycle.stages
    asking = tuple(filter(stages.answered_in, stages.of_kind("appraise")))
    telling = tuple(stage for stage in stages.names if stages.silent_before(stage))
    sending = (*asking, *(stages.of_kind("appraise")[:1]))
    allowed = {"sent": tuple(dict.fromkeys(sending)), "requested": asking, "request": asking, "unanswered": telling}
    for file in view.files():
        for field, may in allowed.items():
            if file.stage in may:
                continue
            named = [file.places[field]] if field in file.places else []
            named += [line.places[field] for line in file.lines.values() if field in line.places]
            for place in named:
                yield place, {"field": field, "stage": file.stage, "allowed": ", ".join(may)}


def claim_not_accepted(view: View) -> Iterator[Finding]:
    """A claim of not applicable that nobody accepted counts 0."""
    for agency, by_code in view.roads.items():
        first = view.year.cycle.stages.first_appraise
        if first is None or view.year.file(first, agency) is None:
            continue
        for code, road in by_code.items():
            if (
                road.unaccepted_claim
                and road.deciding is not None
                and not view.untold(agency, code, *view.year.cycle.stages.names)
            ):
                yield road.deciding.line.source, {"criterion": code, "agency": agency}


def evidence_not_in_dossier(view: View) -> Iterator[Finding]:
    """What a line cites by its sha256 stands in the dossier of its agency, once there is one. Decision 0064."""
    for file, line, leaf in view.lines:
        dossier = view.year.dossiers.get(file.agency)
        for one in line.evidence if dossier is not None else ():
            if one.sha256 is not None and one.sha256 not in (dossier or {}):
                yield one.source, {"criterion": leaf.code, "number": one.number, "sha256": one.sha256[:12]}


def evidence_outside_dates(view: View) -> Iterator[Finding]:
    """Evidence is dated inside the criterion's dates, else inside the period."""
    cycle = view.year.cycle
    for _, line, leaf in view.leaf_lines:
        first, last = leaf.evidence_from or cycle.period_from, leaf.evidence_by or cycle.period_to
        for reference in line.evidence:
            if reference.date is not None and not first <= reference.date <= last:
                figures = {"criterion": leaf.code, "number": reference.number, "date": reference.date}
                yield reference.source, {**figures, "from": first, "by": last}


def _figures(leaf: Criterion, line: Line, **more: Decimal) -> dict[str, str]:
    own = {"criterion": leaf.code, "title": leaf.title.main, "score": "" if line.score is None else f"{line.score:f}"}
    return {**own, **{key: f"{value:f}" for key, value in more.items()}}

"""Laws of a year's rulebook: cycle, agencies, criteria, bodies and plan must agree with each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Final

from pipeline.core.ground.numbers import places
from pipeline.core.ground.problems import Source
from pipeline.core.index.laws.view import SLUG, Finding, View, references, strangers
from pipeline.core.index.survey_points import group_points
from pipeline.core.record.layout import path_of
from pipeline.core.record.model import AGENCIES, SHOWN_BESIDE, Year
from pipeline.core.record.stages import SURVEY

_CODE = re.compile(r"[0-9]+(?:\.[0-9]+)*", re.ASCII)
_SECRET_NUMBER = re.compile(r"[(\[](?:M|TM|TuM|mật|tối mật|tuyệt mật)[)\]]", re.IGNORECASE)
_SECRET_TITLE = re.compile(r"^\s*mật\b|tối mật|tuyệt mật|độ mật|[(\[]\s*mật\s*[)\]]", re.IGNORECASE)
_SECRET_CAPITALS = re.compile(r"(?<!BẢO )\bMẬT\b(?! KHẨU)")


def parent_out_of_mismatch(view: View) -> Iterator[Finding]:
    """A parent's stated out_of is the sum of its leaves."""
    for criterion in view.year.criteria.values():
        stated = criterion.stated_out_of
        if criterion.children and stated is not None and stated != criterion.out_of:
            figures = {"criterion": criterion.code, "stated": f"{stated:f}", "sum": f"{criterion.out_of:f}"}
            yield criterion.places["out_of"], figures


def not_a_bonus(view: View) -> Iterator[Finding]:
    """A limit of bonuses names leaves of the rule type bonus."""
    for limit in view.year.cycle.bonus_limits:
        for code in limit.codes:
            leaf = view.year.criteria.get(code)
            if leaf is None or leaf.rule is None or not leaf.rule.outside:
                yield limit.source, {"criterion": code}


def bonus_limited_twice(view: View) -> Iterator[Finding]:
    """A bonus stands under one limit: two would cut one from the other."""
    yield from _twice((code, limit.source) for limit in view.year.cycle.bonus_limits for code in limit.codes)


def claimed_without_line(view: View) -> Iterator[Finding]:
    """Only a leaf of which stages have lines can be left to the appraisers; the survey gives the points of others."""
    for leaf in view.year.leaves():
        if not leaf.claimed and leaf.rule is not None and not leaf.rule.has_line:
            yield leaf.place("claimed"), {"criterion": leaf.code}


def year_out_of_mismatch(view: View) -> Iterator[Finding]:
    """The cycle's out_of is the sum of all leaves."""
    cycle = view.year.cycle
    total = sum((leaf.out_of for leaf in view.year.leaves()), Decimal(0))
    if total != cycle.out_of:
        figures = {"stated": f"{cycle.out_of:f}", "sum": f"{total:f}"}
        yield cycle.place("out_of"), figures


def code_outside_parent(view: View) -> Iterator[Finding]:
    """A criterion's code is its parent's code, a dot and a number."""
    for criterion in view.year.criteria.values():
        if criterion.parent is not None and criterion.code.rpartition(".")[0] != criterion.parent:
            yield criterion.source, {"criterion": criterion.code, "parent": criterion.parent}


def out_of_off_decimals(view: View) -> Iterator[Finding]:
    """No maximum, option, item or step has more decimals than the year's points."""
    decimals = view.year.cycle.policy.points.decimals
    told = [
        (leaf.code, leaf.place("rule"), value)
        for leaf in view.year.leaves()
        for value in (leaf.out_of, *(leaf.rule.figures() if leaf.rule else ()))
    ]
    told += [
        (", ".join(limit.codes), limit.source, value)
        for limit in view.year.cycle.bonus_limits
        for value in (limit.most, limit.least)
        if value is not None
    ]
    for code, place, value in told:
        if places(value) > decimals:
            yield place, {"criterion": code, "value": f"{value:f}", "decimals": str(decimals)}


def rule_out_of_mismatch(view: View) -> Iterator[Finding]:
    """The most that a rule's own figures give is the leaf's out_of; a bonus stands outside, with out_of 0."""
    for leaf in view.year.leaves():
        most = leaf.rule.adds_up_to(leaf.out_of) if leaf.rule else None
        if most is not None and most != leaf.out_of:
            figures = {"criterion": leaf.code, "most": f"{most:f}", "out_of": f"{leaf.out_of:f}"}
            yield leaf.place("rule"), figures


def rule_out_of_order(view: View) -> Iterator[Finding]:
    """Bands fall from the top, zero_below is not over full_from, a floor or a least not over the most."""
    for leaf in view.year.leaves():
        if leaf.rule is not None and leaf.rule.is_disordered(leaf.out_of):
            yield leaf.place("rule"), {"criterion": leaf.code}


# What can stop the reading of an expression of the rule `formula`; each is a law of its own.
EXPRESSION_FAULTS: Final = (
    "formula-unexpected",  # a sign or word that cannot stand there
    "formula-unfinished",  # it ends before it is whole
    "formula-unknown-name",  # no input has that name
    "formula-needs-condition",  # a number stands where something is true or false
    "formula-needs-number",  # a condition stands where a number is needed
    "formula-too-deep",  # brackets within brackets, too many
    "formula-too-long",  # more signs than an expression may have
)


def wrong_expression(view: View, *, code: str) -> Iterator[Finding]:
    """An expression of a formula can be read; each kind of fault is a law of its own."""
    for leaf in view.year.leaves():
        for expression, fault in leaf.rule.expression_faults() if leaf.rule is not None else ():
            if fault.code == code:
                place = Source(leaf.source.path, expression.line, expression.column + fault.at)
                shown = {"criterion": leaf.code, "formula": expression.text[:80], "at": str(fault.at + 1)}
                yield place, {**shown, **fault.figures}


def grades_out_of_order(view: View) -> Iterator[Finding]:
    """Grades fall from the top, so that the first match is the right one."""
    cycle = view.year.cycle
    limits = [grade.from_index for grade in cycle.grades]
    if any(above <= below for above, below in pairwise(limits)):
        yield cycle.places["grades"], {}


def grades_not_to_zero(view: View) -> Iterator[Finding]:
    """The lowest grade begins at 0, so that every index has one."""
    grades = view.year.cycle.grades
    lowest = min((grade.from_index for grade in grades), default=Decimal(0))
    if lowest > 0:
        yield view.year.cycle.places["grades"], {"found": f"{lowest:f}"}


def grade_repeated(view: View) -> Iterator[Finding]:
    """No two grades have one id."""
    yield from _twice((grade.id, view.year.cycle.places["grades"]) for grade in view.year.cycle.grades)


def agency_name_repeated(view: View) -> Iterator[Finding]:
    """No two agencies have one name."""
    yield from _twice((agency.name.main, agency.source) for agency in view.year.agencies.values())


def _twice(named: Iterable[tuple[str, Source]]) -> Iterator[Finding]:
    seen: set[str] = set()
    for name, source in named:
        if name in seen:
            yield source, {"found": name}
        seen.add(name)


def monitor_missing(view: View) -> Iterator[Finding]:
    """Where some criteria have a monitoring body, every appraised one has."""
    leaves = [leaf for leaf in view.year.leaves() if leaf.rule is not None and leaf.rule.has_line]
    for leaf in leaves if any(leaf.monitor for leaf in leaves) else ():
        if leaf.monitor is None:
            yield leaf.source, {"criterion": leaf.code}


def body_dissolved(view: View) -> Iterator[Finding]:
    """No body has work in a year whose first stage opens after the body's last day."""
    cycle = view.year.cycle
    opened = min((w.opens for w in cycle.windows.values() if w.opens is not None), default=cycle.period_from)
    for source, slug in _working_bodies(view.year):
        until = view.bodies[slug].until if slug in view.bodies else None
        if until is not None and until < opened:
            yield source, {"found": slug, "until": until, "opened": opened}


def _working_bodies(year: Year) -> Iterator[tuple[Source, str]]:
    """Yield the bodies that monitor, carry out tasks, sit in the council or were given a form, with their places."""
    for criterion in year.criteria.values():
        if criterion.monitor is not None and "monitor" in criterion.places:
            yield criterion.places["monitor"], criterion.monitor
    for task in year.plan:
        yield from ((task.source, body) for body in task.responsible if body != AGENCIES)
    if year.council:
        yield from ((year.council.source, body) for _, body in year.council.members)
    yield from ((form.source, form.body) for form in year.issued_forms if form.body is not None)


def unknown_body(view: View) -> Iterator[Finding]:
    """Bodies that monitor, appraise, carry out, sit in the council or issue documents stand in bodies.yml."""
    if "bodies" not in view.year.unread:
        yield from strangers(_named_bodies(view), view.bodies)


def _named_bodies(view: View) -> Iterator[tuple[Source, str]]:
    year = view.year
    if view.rules:
        yield from _working_bodies(year)
    for _, line, _ in view.lines:
        if line.by is not None:
            yield line.place("by"), line.by
    if view.rules and year.supervision:
        yield from ((year.supervision.source, body) for body in year.supervision.team)
    for reference in references(view, basis=True):
        issuer = reference.issuer
        if issuer is not None and SLUG.fullmatch(issuer) and issuer not in year.agencies:
            yield reference.source, issuer


def unknown_agency(view: View) -> Iterator[Finding]:
    """Files, extensions, issued forms, amendments and approved rows name agencies of agencies.yml."""
    year = view.year
    named: list[tuple[Source, str]] = [
        (file.source, file.agency) for by_agency in year.stages.values() for file in by_agency.values()
    ]
    named += [(counts.source, counts.agency) for counts in year.counts.values()]
    named += [(amendment.place("agency"), amendment.agency) for amendment in year.amendments]
    if view.rules:
        named += [(extension.source, extension.agency) for extension in year.cycle.extensions]
        named += [(form.source, form.agency) for form in year.issued_forms if form.agency is not None]
        named += [(row.source, row.agency) for table in year.approvals for row in table.rows]
    yield from strangers(named, year.agencies)


def unknown_agency_group(view: View) -> Iterator[Finding]:
    """Agencies name groups that agencies.yml lists under groups."""
    agencies = view.year.agencies.values()
    yield from strangers(((one.source, one.group) for one in agencies if one.group is not None), view.year.groups)


def unknown_criterion(view: View) -> Iterator[Finding]:
    """Lines, exemptions, questions, handed-over points and amendments name criteria of criteria.yml."""
    year = view.year
    named: list[tuple[Source, str]] = [
        (line.source, code) for file in view.files() for code, line in file.lines.items() if _is_code(code)
    ]
    named += [(e.source, e.criterion) for agency in view.agencies.values() for e in agency.exemptions]
    named += [(a.place("criterion"), a.criterion) for a in year.amendments if a.criterion is not None]
    if view.rules and year.survey:
        named += [(question.source, question.criterion) for question in year.survey.questions.values()]
    named += [(counts.place(code), code) for counts in year.counts.values() for code in counts.points]
    for source, code in named:
        if code not in year.criteria:
            yield source, {"found": code, "nearest": _nearest(code, view)}


def _is_code(text: str) -> bool:
    """Tell whether a key can be a code at all; of any other the schema has spoken."""
    return _CODE.fullmatch(text) is not None


def _nearest(code: str, view: View) -> str:
    parent = code.rpartition(".")[0]
    known = view.year.criteria.get(parent)
    return ", ".join(known.children if known else [c.code for c in view.year.criteria.values() if c.parent is None])


def task_repeated(view: View) -> Iterator[Finding]:
    """No two tasks of the plan have the same number."""
    yield from _twice((task.no, task.source) for task in view.year.plan)


def unknown_stage(view: View) -> Iterator[Finding]:
    """Extensions, seals, issued forms, amendments and tasks of the plan name stages that the year lists."""
    year = view.year
    if "cycle" in year.unread:
        return
    stages = (*year.cycle.stages.names, SURVEY)
    yield from strangers(((amendment.place("stage"), amendment.stage) for amendment in year.amendments), stages)
    if not view.rules:
        return
    named = [(extension.source, extension.stage) for extension in year.cycle.extensions]
    named += [(Source(path_of(year.name, "seals", stage)), stage) for stage in sorted(year.sealed)]
    named += [(Source(path_of(year.name, "issued", stage)), stage) for stage in sorted(year.issued)]
    yield from strangers(named, stages)
    shown = [(task.source, task.shown_by) for task in year.plan if task.shown_by is not None]
    yield from strangers(shown, (*stages, *SHOWN_BESIDE))


def unknown_task(view: View) -> Iterator[Finding]:
    """A due date that runs from a task names one of the plan."""
    known = {task.no for task in view.year.plan}
    for task in view.year.plan:
        if task.due.after_task is not None and task.due.after_task not in known:
            yield task.source, {"task": task.no, "found": task.due.after_task}


def task_in_circle(view: View) -> Iterator[Finding]:
    """No task runs from itself, by whatever way."""
    after = {task.no: task.due.after_task for task in view.year.plan}
    for task in view.year.plan:
        way, here = {task.no}, task.due.after_task
        while here is not None and here not in way:
            way.add(here)
            here = after.get(here)
        if here == task.no:
            yield task.source, {"task": task.no}


def documents_twice(view: View) -> Iterator[Finding]:
    """Printing data stands in documents.yml, or in the cycle.yml of an older year, never in both."""
    path = path_of(view.year.name, "documents")
    if path in view.year.digests and view.year.cycle.documents:
        yield Source(path), {"cycle": view.year.cycle.source.path}


def session_before_decision(view: View) -> Iterator[Finding]:
    """The council sits after the decision that made it."""
    council = view.year.council
    decided = council.decision.date if council is not None else None
    if council is None or decided is None:
        return
    for session in council.sessions:
        if session.date < decided:
            yield council.source, {"date": session.date, "decided": decided}


def council_outnumbered(view: View) -> Iterator[Finding]:
    """No more members come to a session than the council has."""
    council = view.year.council
    if council is None:
        return
    for session in council.sessions:
        if session.present > len(council.members):
            figures = {"date": session.date, "present": str(session.present), "members": str(len(council.members))}
            yield council.source, figures


def make_up_day_is_working(view: View) -> Iterator[Finding]:
    """A make-up day falls on a weekend, else nothing is made up."""
    for day in sorted(view.calendar.make_up_days):
        if date.fromisoformat(day).weekday() < 5:
            yield Source("data/calendar.yml"), {"date": day}


def secrecy_mark(view: View) -> Iterator[Finding]:
    """No document that carries a secrecy mark is named here (domain: secrets never enter the system)."""
    for reference in references(view, basis=True):
        title = reference.title.main if reference.title else ""
        marked = _SECRET_NUMBER.search(reference.number) or _SECRET_TITLE.search(title)
        if marked or _SECRET_CAPITALS.search(title):
            yield reference.source, {"number": reference.number}


def illustrative_number_unmarked(view: View) -> Iterator[Finding]:
    """In an illustrative year every made-up document number carries MH."""
    if not view.year.cycle.illustrative:
        return
    for reference in references(view):
        if "MH" not in reference.number:
            yield reference.source, {"number": reference.number}


def unknown_group(view: View) -> Iterator[Finding]:
    """Rules, questions, policy and count files name groups of survey.yml, and each by its own kind of figure."""
    year = view.year
    if year.survey is None:
        return
    yield from strangers(((counts.source, counts.group) for counts in year.counts.values()), year.survey.groups)
    if not view.rules:
        return
    named: list[tuple[Source, str]] = []
    for leaf in year.leaves():
        place = leaf.place("rule")
        named += [(place, group) for group in group_points(leaf)]
    named += [(q.source, group) for q in year.survey.questions.values() for group in q.groups]
    named += [(year.survey.place("policy"), group) for group in (*year.survey.valid_from, *year.survey.show_from)]
    if year.supervision is not None:
        named += [(draw.source, draw.group) for draw in year.supervision.draws.values()]
    yield from strangers(named, year.survey.groups)

"""The laws across files, as a table: code -> severity and the function that finds.

A law is a small function of a view of a part of one year that yields places with figures; its name is its code. Words
stand in the labels, cures in `docs/reference/problems.md`. To add one, write the function and enter it below; of which
part it speaks need not be said, but spares asking it where it has nothing to say (decision 0048).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Generic, Literal, TypeAlias, TypeVar

from pipeline.core.ground.mappings import Alike
from pipeline.core.ground.problems import Problem, Severity, has_errors
from pipeline.core.index.agency_facts import JudgedAgency, facts_of
from pipeline.core.index.laws import (
    beside_years,
    concordances,
    corrections,
    handed_in,
    lines,
    rulebook,
    successions,
    survey_plan,
    terms,
)
from pipeline.core.index.laws.view import Finding, View, WholeYear, view_of
from pipeline.core.index.scoring import AgencyScore, sums_of
from pipeline.core.index.year_parts import YearPart, parts_of, rules_of
from pipeline.core.record.layout import Unit
from pipeline.core.record.model import World, Year

Of = TypeVar("Of", View, WholeYear, World)
Errors: TypeAlias = Callable[[Year, AgencyScore], str]
Scope: TypeAlias = Literal["agency", "rules", "any"]  # the parts of a year that a law is asked about


@dataclass(frozen=True, slots=True)
class Check(Generic[Of]):
    """A law of a year or across years, with its severity; a fact that broke a rule is a warning and blocks nothing."""

    severity: Severity
    find: Callable[[Of], Iterator[Finding]]
    of: Scope = "any"


def _table(severity: Severity, *laws: Callable[[Of], Iterator[Finding]], of: Scope = "any") -> dict[str, Check[Of]]:
    return {law.__name__.replace("_", "-"): Check(severity, law, of) for law in laws}


CHECKS = {
    **_table(
        "error",
        lines.score_over_maximum,
        lines.score_under_minimum,
        lines.score_off_decimals,
        lines.score_off_rule,
        lines.score_where_nothing_assigned,
        lines.score_on_parent,
        lines.answer_missing,
        lines.line_missing,
        lines.line_twice,
        lines.other_body,
        lines.line_not_wanted,
        lines.line_not_claimed,
        lines.line_on_not_applicable,
        lines.not_applicable_not_allowed,
        lines.reason_missing,
        lines.evidence_missing,
        lines.evidence_not_in_dossier,
        lines.field_not_of_stage,
        handed_in.form_not_issued,
        handed_in.page_differs,
        handed_in.page_not_in_dossier,
        survey_plan.unknown_question,
        survey_plan.counts_do_not_add_up,
        survey_plan.forms_do_not_add_up,
        survey_plan.question_missing,
        survey_plan.points_missing,
        survey_plan.points_over_group,
        corrections.amendment_of_open_stage,
        corrections.amendment_overridden,
        corrections.amendment_on_parent,
        corrections.amendment_score_out_of_bounds,
        corrections.amendment_answer_wrong,
        of="agency",
    ),
    **_table(
        "error",
        rulebook.parent_out_of_mismatch,
        rulebook.year_out_of_mismatch,
        rulebook.code_outside_parent,
        rulebook.out_of_off_decimals,
        rulebook.rule_out_of_mismatch,
        rulebook.rule_out_of_order,
        rulebook.grades_out_of_order,
        rulebook.not_a_bonus,
        rulebook.bonus_limited_twice,
        rulebook.claimed_without_line,
        terms.period_reversed,
        terms.period_not_of_year,
        terms.title_of_other_year,
        rulebook.grade_repeated,
        rulebook.agency_name_repeated,
        rulebook.unknown_agency_group,
        rulebook.body_dissolved,
        rulebook.task_in_circle,
        rulebook.council_outnumbered,
        rulebook.documents_twice,
        rulebook.task_repeated,
        rulebook.unknown_task,
        rulebook.make_up_day_is_working,
        survey_plan.skip_out_of_order,
        survey_plan.unknown_scale,
        survey_plan.question_without_points,
        survey_plan.callbacks_do_not_agree,
        survey_plan.moments_of_few,
        survey_plan.moments_beyond_reach,
        handed_in.issued_version_repeated,
        corrections.approval_rows_wrong,
        corrections.approval_out_of_order,
        corrections.approval_withdraws_unknown,
        corrections.approval_after_publication,
        corrections.approval_without_day,
        corrections.published_before_decision,
        of="rules",
    ),
    **_table(
        "error",
        rulebook.unknown_body,
        rulebook.unknown_agency,
        rulebook.unknown_criterion,
        rulebook.unknown_group,
        rulebook.unknown_stage,
        rulebook.secrecy_mark,
        rulebook.illustrative_number_unmarked,
        survey_plan.unknown_option,
        survey_plan.figure_not_of_group,
        corrections.amendment_expectation,
        corrections.replaced_file_unknown,
        corrections.replaced_file_open,
        corrections.withdrawal_unknown,
        corrections.withdrawal_of_effective,
        of="any",
    ),
    **_table(
        "warning",
        lines.off_rule,
        lines.count_far_from_partner,
        handed_in.content_differs,
        lines.claim_not_accepted,
        lines.evidence_outside_dates,
        terms.received_late,
        terms.appraised_late,
        terms.sent_late,
        terms.request_unanswered,
        terms.decided_before_open,
        terms.stage_out_of_order,
        survey_plan.group_over_population,
        corrections.amendment_off_rule,
        of="agency",
    ),
    **_table(
        "warning",
        terms.calendar_year_missing,
        terms.due_on_day_off,
        terms.window_outside_year,
        terms.windows_out_of_order,
        terms.due_differs_from_window,
        terms.extension_gives_nothing,
        handed_in.issued_out_of_order,
        rulebook.grades_not_to_zero,
        rulebook.monitor_missing,
        rulebook.session_before_decision,
        survey_plan.quota_over_population,
        terms.fieldwork_outside_window,
        of="rules",
    ),
    **{code: Check("error", partial(lines.wrong_answer, code=code), "agency") for code in lines.ANSWER_FAULTS},
    **{
        code: Check("error", partial(rulebook.wrong_expression, code=code), "rules")
        for code in rulebook.EXPRESSION_FAULTS
    },
}

# These need every agency of the year, by its facts.
CHECKS_OF_YEARS = {
    **_table(
        "error",
        survey_plan.survey_plan_missing,
        survey_plan.group_without_question,
        survey_plan.moments_do_not_fit,
        handed_in.page_repeated,
        corrections.approval_of_incomplete_year,
    ),
    **_table("warning", concordances.count_far_from_last_year),
}

# These compare computed results with the approved table; they speak only where the year is otherwise without errors,
# since a wrong line would make every figure differ.
CHECKS_OF_RESULTS = _table("error", corrections.approval_mismatch, corrections.approval_inputs_changed)


CHECKS_OF_WORLD = {
    **_table(
        "error",
        concordances.concordance_unknown_year,
        concordances.concordance_out_of_order,
        concordances.concordance_repeated,
        concordances.concordance_unknown_criterion,
        concordances.concordance_unknown_agency,
        concordances.concordance_overlap,
        beside_years.unknown_superior,
        beside_years.day_of_other_year,
        beside_years.swap_without_partner,
        successions.left_from_last_year,
        handed_in.issued_repeated,
        beside_years.publisher_unknown,
        beside_years.release_task_unknown,
    ),
    **_table(
        "warning",
        beside_years.issuer_repeated,
        successions.evidence_dates_of_last_year,
        successions.words_of_last_year,
        successions.basis_of_last_year,
        successions.agency_not_followed,
        successions.agency_renamed,
        successions.criterion_not_followed,
    ),
}


RuleProblems: TypeAlias = tuple[tuple[str, tuple[Problem, ...]], ...]  # by year


def judged_in(world: World, units: Collection[Unit] | None = None) -> Mapping[str, Alike[JudgedAgency]]:
    """Judge the agencies of each year, or some of them, of a world that was read with their files."""
    judged: dict[str, Alike[JudgedAgency]] = {}
    for name, year in world.years.items():
        only = None if units is None else {agency for of, agency in units if of == name}
        parts = ((part.agency, part) for part in parts_of(year, only))
        judged[name] = Alike({agency: judge_agency(part, world) for agency, part in parts if agency is not None})
    return judged


def problems_of(
    world: World,
    judged: Mapping[str, Alike[JudgedAgency]] | None = None,
    *,
    misread: Collection[str] = (),
    rules: RuleProblems | None = None,
) -> Iterator[Problem]:
    """Yield every breach of a law: those across years, then year by year.

    Args:
        judged: The agencies of each year; all as the world has them, where none are given.
        misread: Years whose files have errors of shape; what was computed from them is not held against a table.
        rules: What is wrong with the rules of each year, where it was asked before or is not wanted.
    """
    judged = judged_in(world) if judged is None else judged
    yield from _found(CHECKS_OF_WORLD, world)
    known = dict(rules_judged(world) if rules is None else rules)
    for name, year in world.years.items():
        found = [*known.get(name, ()), *(one for own in judged[name].kinds.values() for one in own.problems)]
        whole = WholeYear(year, world, judged)
        found += _found(CHECKS_OF_YEARS, whole)
        yield from found
        if name not in misread and not has_errors(found):
            yield from _found(CHECKS_OF_RESULTS, whole)


def rules_judged(world: World) -> RuleProblems:
    """Return what is wrong with the rules of each year."""
    checks = {code: check for code, check in CHECKS.items() if check.of != "agency"}
    views = ((name, view_of(rules_of(year), world.bodies, world.calendar)) for name, year in world.years.items())
    return tuple((name, tuple(_found(checks, view))) for name, view in views)


def judge_agency(part: YearPart, world: World, errors_of: Errors | None = None) -> JudgedAgency:
    """Return what is wrong with one agency of a year, and its facts; `errors_of` tells its survey errors as text."""
    view = view_of(part, world.bodies, world.calendar)
    problems = tuple(_found({code: check for code, check in CHECKS.items() if check.of != "rules"}, view))
    ways = view.roads.get(part.agency or "", {})
    facts, entry = facts_of(part, ways, world)
    if entry is None:
        return JudgedAgency((), problems, facts)
    errors = None if errors_of is None else errors_of(part.year, entry)
    return JudgedAgency((), problems, facts, (*sums_of(entry), int(entry.agency.ranked)), errors)


def _found(checks: Mapping[str, Check[Of]], of: Of) -> Iterator[Problem]:
    for code, check in checks.items():
        for source, figures in check.find(of):
            yield Problem(code, check.severity, source.path, source.line, source.column, figures)

"""The laws across files, as a table: code -> severity and the function that finds.

A law is a small function of a view of one year that yields places with figures; its name is its code. Words stand in
the labels, cures in `docs/reference/problems.md`. To add one, write the function and enter it below.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from pipeline.core.ground.problems import Problem, Severity, has_errors
from pipeline.core.index.laws import (
    beside_years,
    concordances,
    corrections,
    dates,
    identities,
    lines,
    rulebook,
    successions,
    survey_plan,
    terms,
)
from pipeline.core.index.laws.view import Finding, View, view_of
from pipeline.core.record.model import World

Of = TypeVar("Of", View, World)


@dataclass(frozen=True, slots=True)
class Check(Generic[Of]):
    """A law of a year or across years, with its severity; a fact that broke a rule is a warning and blocks nothing."""

    severity: Severity
    find: Callable[[Of], Iterator[Finding]]


def _table(severity: Severity, *laws: Callable[[Of], Iterator[Finding]]) -> dict[str, Check[Of]]:
    return {law.__name__.replace("_", "-"): Check(severity, law) for law in laws}


CHECKS = {
    **_table(
        "error",
        rulebook.parent_out_of_mismatch,
        rulebook.year_out_of_mismatch,
        rulebook.code_outside_parent,
        rulebook.out_of_off_decimals,
        rulebook.rule_out_of_mismatch,
        rulebook.rule_out_of_order,
        rulebook.grades_out_of_order,
        terms.period_reversed,
        terms.period_not_of_year,
        terms.title_of_other_year,
        rulebook.grade_repeated,
        rulebook.agency_name_repeated,
        rulebook.body_dissolved,
        rulebook.task_in_circle,
        rulebook.council_outnumbered,
        rulebook.unknown_body,
        rulebook.unknown_agency,
        rulebook.unknown_criterion,
        rulebook.unknown_group,
        rulebook.unknown_stage,
        rulebook.task_repeated,
        rulebook.unknown_task,
        rulebook.make_up_day_is_working,
        rulebook.secrecy_mark,
        rulebook.illustrative_number_unmarked,
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
        lines.line_on_not_applicable,
        lines.not_applicable_not_allowed,
        lines.reason_missing,
        lines.evidence_missing,
        lines.field_not_of_stage,
        survey_plan.survey_plan_missing,
        survey_plan.unknown_question,
        survey_plan.skip_out_of_order,
        survey_plan.unknown_scale,
        survey_plan.unknown_option,
        survey_plan.counts_do_not_add_up,
        survey_plan.forms_do_not_add_up,
        survey_plan.question_missing,
        survey_plan.group_without_question,
        survey_plan.question_without_points,
        survey_plan.points_missing,
        survey_plan.points_over_group,
        survey_plan.figure_not_of_group,
        survey_plan.callbacks_do_not_agree,
        survey_plan.moments_do_not_fit,
        survey_plan.moments_of_few,
        survey_plan.moments_beyond_reach,
        corrections.amendment_expectation,
        corrections.amendment_of_open_stage,
        corrections.amendment_overridden,
        corrections.amendment_on_parent,
        corrections.amendment_score_out_of_bounds,
        corrections.amendment_answer_wrong,
        corrections.replaced_file_unknown,
        corrections.replaced_file_open,
        corrections.withdrawal_unknown,
        corrections.withdrawal_of_effective,
        corrections.approval_rows_wrong,
        corrections.approval_of_incomplete_year,
        corrections.approval_out_of_order,
        corrections.approval_withdraws_unknown,
        corrections.approval_after_publication,
        corrections.approval_without_day,
        corrections.published_before_decision,
    ),
    **_table(
        "warning",
        terms.calendar_year_missing,
        terms.due_on_day_off,
        terms.window_outside_year,
        terms.windows_out_of_order,
        terms.due_differs_from_window,
        terms.extension_gives_nothing,
        rulebook.grades_not_to_zero,
        rulebook.monitor_missing,
        rulebook.session_before_decision,
        lines.off_rule,
        lines.count_far_from_partner,
        lines.claim_not_accepted,
        lines.evidence_outside_dates,
        dates.received_late,
        dates.appraised_late,
        dates.sent_late,
        dates.request_unanswered,
        dates.decided_before_open,
        dates.stage_out_of_order,
        survey_plan.group_over_population,
        survey_plan.quota_over_population,
        terms.fieldwork_outside_window,
        corrections.amendment_off_rule,
    ),
    **{code: Check("error", partial(lines.wrong_answer, code=code)) for code in lines.ANSWER_FAULTS},
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
        identities.publisher_unknown,
        identities.release_task_unknown,
    ),
    **_table(
        "warning",
        concordances.count_far_from_last_year,
        beside_years.issuer_repeated,
        successions.evidence_dates_of_last_year,
        successions.words_of_last_year,
        successions.basis_of_last_year,
        successions.agency_not_followed,
        successions.agency_renamed,
        successions.criterion_not_followed,
    ),
}


def problems_of(world: World, *, misread: Collection[str] = ()) -> Iterator[Problem]:
    """Yield every breach of a law: those across years, then year by year.

    Args:
        world: The records.
        misread: Years whose files have errors of shape; what was computed from them is not held against a table.
    """
    yield from _found(CHECKS_OF_WORLD, world)
    for year in world.years.values():
        view = view_of(year, world.bodies, world.calendar)
        found = list(_found(CHECKS, view))
        yield from found
        if year.name not in misread and not has_errors(found):
            yield from _found(CHECKS_OF_RESULTS, view)


def _found(checks: Mapping[str, Check[Of]], of: Of) -> Iterator[Problem]:
    for code, check in checks.items():
        for source, figures in check.find(of):
            yield Problem(code, check.severity, source.path, source.line, source.column, figures)

"""Laws of amendments of closed stages, and of approved tables, which the data must reproduce."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from pipeline.core.ground.numbers import places
from pipeline.core.index.laws.lines import answer_faults, may_leave_out, not_applicable_not_allowed, rule_miss, shown
from pipeline.core.index.laws.view import Finding, View, WholeYear
from pipeline.core.index.scoring import AgencyScore, Road, amended_lines, road
from pipeline.core.index.words import figures_of
from pipeline.core.record.layout import REPLACED_KINDS, STAGE, path_of, place
from pipeline.core.record.model import Amendment, ApprovedRow, Criterion, Replacement, Withdrawal, Year
from pipeline.core.record.stages import SURVEY


def _corrected(view: View) -> Iterator[tuple[Amendment, Criterion, list[tuple[Road, Road]]]]:
    """Yield each amendment of a line with the roads of its leaves before it and with it, earlier amendments applied."""
    year, amended = view.year, dict[tuple[str, str, str], Amendment]()
    for amendment in sorted(year.amendments, key=lambda amendment: amendment.number):
        criterion = year.criteria.get(amendment.criterion or "")
        stages, agencies = year.cycle.stages, year.agencies
        if criterion is None or amendment.stage not in stages or amendment.agency not in agencies:
            continue  # no road comes by
        leaves = [year.criteria[code] for code in criterion.leaves]
        before = [road(year, amendment.agency, leaf, amended) for leaf in leaves]
        amended.update(amended_lines([amendment]))
        if criterion.rule is not None or (amendment.line and amendment.line.not_applicable):
            after = (road(year, amendment.agency, leaf, amended) for leaf in leaves)
            yield (
                amendment,
                criterion,
                list(zip(before, after, strict=True)),
            )  # the rest is found by amendment_on_parent


def _amended(view: View) -> Iterator[tuple[Amendment, Road, Road]]:
    """Yield each amendment of a leaf with the road before it and with it."""
    for amendment, criterion, ways in _corrected(view):
        if criterion.rule is not None:
            yield amendment, *ways[0]


def amendment_expectation(view: View) -> Iterator[Finding]:
    """What an amendment expects to stand after its stage does stand, so that nobody corrects a figure unseen."""
    for amendment, criterion, ways in _corrected(view):
        upto = view.year.cycle.stages.upto(amendment.stage)
        if any(view.untold(amendment.agency, code, *upto) for code in criterion.leaves):
            continue
        steps = [before.at(amendment.stage) or before.before(amendment.stage) for before, _ in ways]
        values = {shown(step.value if step else None) for step in steps}
        stands = "none"  # what a parent has, unless all below it does not apply
        if criterion.rule is not None or values == {"not_applicable"}:
            stands = values.pop()
        if not _same(amendment.expect, stands):
            figures = {"criterion": amendment.criterion or "", "expected": amendment.expect, "stands": stands}
            yield amendment.place("expect"), figures
    for amendment in view.year.amendments:
        if amendment.stage != SURVEY or amendment.group is None:
            continue
        digest = view.year.digests.get(path_of(view.year.name, SURVEY, amendment.group, amendment.agency), "none")
        if amendment.expect != digest:
            yield amendment.place("expect"), {"criterion": "", "expected": amendment.expect, "stands": digest}

    for entry in view.year.replacements:
        if entry.stands not in (entry.expect, "none"):
            yield entry.place("expect"), {"criterion": "", "expected": entry.expect, "stands": entry.stands}


def replaced_file_unknown(view: View) -> Iterator[Finding]:
    """An amendment of a whole file replaces one of its own year, of a kind that scoring reads."""
    for entry in view.year.replacements:
        target = place(entry.path)
        known = target is not None and target.year == view.year.name and target.kind in REPLACED_KINDS
        if not known or entry.stands == "none":
            yield entry.place("path"), {"path": entry.path}


def replaced_file_open(view: View) -> Iterator[Finding]:
    """Only a closed file is replaced: of a sealed stage, a rule once all stages are sealed, or of an approved year.

    Guard reads windows from the file itself, so that while a stage is open, rules are changed and not amended.
    """
    year = view.year
    for entry in year.replacements:
        target = place(entry.path)
        stages = (*year.cycle.stages.names, *((SURVEY,) if year.survey else ()))
        if target is not None and target.kind == STAGE:
            stages = (target.stage or "",)
        elif target is not None and target.kind in ("survey", "survey-counts", "moments"):
            stages = (SURVEY,)
        if not all(map(year.is_closed, stages)):
            yield entry.place("path"), {"path": entry.path}


def _same(expected: str, stands: str) -> bool:
    numbers = [text.replace(".", "", 1).removeprefix("-").isdigit() for text in (expected, stands)]
    return Decimal(expected) == Decimal(stands) if all(numbers) else expected == stands


def amendment_of_open_stage(view: View) -> Iterator[Finding]:
    """Only a closed stage is amended: a sealed one, or any of a year whose results are approved (decision 0008)."""
    closed = view.year.approvals or "approval" in view.year.unread
    for amendment in view.year.amendments:
        if amendment.stage not in view.year.sealed and not closed:
            yield amendment.place("stage"), {"stage": amendment.stage}


def amendment_overridden(view: View) -> Iterator[Finding]:
    """An amendment decides: no later stage has a line that takes its place."""
    for amendment, criterion, ways in _corrected(view):
        if amendment.stage not in view.year.cycle.stages.deciding:
            continue
        others = [after.deciding for _, after in ways if after.deciding and after.deciding.amendment is not amendment]
        if others:
            yield amendment.source, {"criterion": criterion.code, "stage": others[0].stage}


def amendment_on_parent(view: View) -> Iterator[Finding]:
    """An amendment corrects a leaf that stages write, or says that a criterion does not apply."""
    for amendment in view.year.amendments:
        criterion = view.year.criteria.get(amendment.criterion or "")
        if criterion is None or amendment.line is None:
            continue
        writable = criterion.is_written_in(view.year.cycle.stages.kind(amendment.stage))
        if not writable and amendment.line.not_applicable is None:
            yield amendment.place("criterion"), {"criterion": criterion.code}


def amendment_score_out_of_bounds(view: View) -> Iterator[Finding]:
    """An amended score keeps the leaf's maximum and the year's decimals; one that decides may be under its minimum."""
    decimals = view.year.cycle.policy.points.decimals
    for amendment, _, after in _amended(view):
        line, leaf = amendment.line, after.criterion
        if line is None or line.score is None or leaf.rule is None:
            continue
        least, most = leaf.rule.smallest(), leaf.rule.largest(leaf.out_of)
        under = line.score < least and amendment.stage not in view.year.cycle.stages.deciding
        if under or line.score > most or places(line.score) > decimals:
            figures = {"criterion": leaf.code, "score": f"{line.score:f}", "least": f"{least:f}", "most": f"{most:f}"}
            yield line.place("score"), figures


def amendment_answer_wrong(view: View) -> Iterator[Finding]:
    """An amended line's answer is one that the rule reads."""
    for amendment, _, after in _amended(view):
        line = amendment.line
        if line is not None and answer_faults(after.criterion, line):
            yield line.place("answer"), {"criterion": after.criterion.code}


def withdrawal_unknown(view: View) -> Iterator[Finding]:
    """A withdrawal names an earlier amendment."""
    for entry in view.year.withdrawals:
        if not entry.found:
            yield entry.place("withdraws"), {"number": entry.withdraws}


def withdrawal_of_effective(view: View) -> Iterator[Finding]:
    """Only an amendment that never took effect is withdrawn; one that did is corrected by another."""
    for entry in view.year.withdrawals:
        if entry.found and entry.target is not None and _took_effect(view, entry.target):
            yield entry.place("withdraws"), {"number": entry.withdraws}


def _took_effect(view: View, entry: Amendment | Replacement | Withdrawal) -> bool:
    """Tell whether nothing would be wrong with an amendment if it had not been withdrawn, later ones apart."""
    year = view.year
    if isinstance(entry, Withdrawal):
        return entry.found and (entry.target is None or not _took_effect(view, entry.target))
    if isinstance(entry, Replacement):
        laws = (amendment_expectation, replaced_file_unknown, replaced_file_open)
        alone = replace(
            view, year=replace(year, replacements=(replace(entry, stands=year.digests.get(entry.path, "none")),))
        )
        return not any(source.path == entry.source.path for law in laws for source, _ in law(alone))
    survey = entry.stage == SURVEY
    known = entry.agency in year.agencies and (survey or entry.criterion in year.criteria)
    if not known or not (survey or entry.stage in year.cycle.stages):
        return False
    leaves = year.criteria[entry.criterion].leaves if entry.criterion else ()
    near = {above.code for leaf in leaves for above in year.upwards(leaf)}
    earlier = (one for one in year.amendments if one.number < entry.number and one.criterion in near)
    amended = amended_lines(one for one in earlier if one.agency == entry.agency).values()
    then = replace(view, year=replace(year, amendments=(*amended, entry)))
    return not any(source.path == entry.source.path for law in _LAWS_OF_EFFECT for source, _ in law(then))


_LAWS_OF_EFFECT = (
    amendment_expectation,
    amendment_of_open_stage,
    amendment_overridden,
    amendment_on_parent,
    amendment_score_out_of_bounds,
    amendment_answer_wrong,
    not_applicable_not_allowed,
)


def amendment_off_rule(view: View) -> Iterator[Finding]:
    """An amended score that the rule does not give is a fact, shown with its reason."""
    for amendment, _, after in _amended(view):
        line = amendment.line
        if (
            line is None
            or line.score is None
            or not after.criterion.rule
            or amendment.stage not in view.year.cycle.stages.deciding
        ):
            continue
        if answer_faults(after.criterion, line) or may_leave_out(after.criterion, line):
            continue
        expected = rule_miss(view, after, amendment.stage, line.score)
        if expected is not None:
            figures = {"criterion": after.criterion.code, "score": f"{line.score:f}", "expected": expected}
            yield line.place("score"), figures


def approval_mismatch(whole: WholeYear) -> Iterator[Finding]:
    """The data reproduces the last approved table, figure by figure."""
    if not whole.year.approvals:
        return
    last = whole.year.approvals[-1]
    scored = {entry.agency.slug: entry for entry in whole.scores()}
    for row in last.rows:
        entry = scored.get(row.agency)
        if entry is not None:
            yield from ((row.source, figures) for figures in row_mismatches(whole.year, row, entry))


def row_mismatches(year: Year, row: ApprovedRow, entry: AgencyScore) -> Iterator[dict[str, str]]:
    """Yield each figure of an approved row that is not the computed one."""
    for name, figure in figures_of(entry, year).items():
        approved, computed = _written(getattr(row, name)), _written(figure)
        if not _same(approved, computed):
            yield {"agency": row.agency, "figure": name, "approved": approved, "computed": computed}


def _written(figure: str | int | None) -> str:
    return "null" if figure is None else str(figure)


def approval_rows_wrong(view: View) -> Iterator[Finding]:
    """An approved table has one row for each agency."""
    for table in view.year.approvals:
        absent = [slug for slug in view.year.agencies if slug not in table.by_agency]
        if absent:
            yield table.source, {"absent": ", ".join(absent)}


def approval_inputs_changed(whole: WholeYear) -> Iterator[Finding]:
    """What scoring reads is what the last approval was given for; a change comes as an amendment with its approval."""
    if whole.year.approvals and whole.year.approvals[-1].inputs != whole.year.inputs:
        table = whole.year.approvals[-1]
        figures = {"decision": table.decision.number, "approved": table.inputs[:12], "found": whole.year.inputs[:12]}
        yield table.place("inputs"), figures


def approval_of_incomplete_year(whole: WholeYear) -> Iterator[Finding]:
    """Only a complete year is approved; a line that is missing of a closed stage is reported by its own law."""
    if whole.year.approvals and any(facts.unfinished for facts in whole.agencies.kinds.values()):
        yield whole.year.approvals[-1].source, {"year": whole.year.name}


def approval_withdraws_unknown(view: View) -> Iterator[Finding]:
    """A decision withdraws one that stands before it."""
    decisions = view.year.decisions
    for entry in decisions:
        earlier = {other.decision.number for other in decisions[: entry.position]}
        if entry.withdraws is not None and entry.withdraws not in earlier:
            yield entry.place("withdraws"), {"decision": entry.decision.number, "number": entry.withdraws}


def approval_after_publication(view: View) -> Iterator[Finding]:
    """Until the day of publication has come it may be moved, or the table taken back; after it, results only change."""
    day: str | None = None
    for entry in view.year.decisions:
        dated = entry.decision.date
        moves = entry.publish_from is not None or not entry.rows
        if moves and day is not None and dated is not None and day <= dated:
            figures = {"decision": entry.decision.number, "date": dated, "day": day}
            yield entry.place("decision"), figures
        day = (entry.publish_from or day) if entry.rows else None


def approval_without_day(view: View) -> Iterator[Finding]:
    """An approval that nothing before it leaves standing says from which day the results are public."""
    if view.year.approvals and view.year.public_from is None:
        yield view.year.approvals[0].source, {"decision": view.year.approvals[0].decision.number}


def published_before_decision(view: View) -> Iterator[Finding]:
    """Results are published on the day of their decision or later."""
    for table in view.year.approvals:
        if (
            table.publish_from is not None
            and table.decision.date is not None
            and table.publish_from < table.decision.date
        ):
            figures = {"publish_from": table.publish_from, "date": table.decision.date}
            yield table.places["publish_from"], figures


def approval_out_of_order(view: View) -> Iterator[Finding]:
    """Approvals stand oldest first."""
    dated = [(table, table.decision.date) for table in view.year.approvals if table.decision.date is not None]
    for (_, earlier), (table, day) in pairwise(dated):
        if day < earlier:
            figures = {"decision": table.decision.number, "date": day, "earlier": earlier}
            yield table.place("decision"), figures

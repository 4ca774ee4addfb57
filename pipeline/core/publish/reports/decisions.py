"""What the decision on the result says: its grounds, its articles, the table it approves and the one it replaces."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pipeline.core.ground.templates import Fields
from pipeline.core.ground.text import Text
from pipeline.core.publish.reports.common import ReportRequest, results_on
from pipeline.core.publish.reports.result_tables import approved_ranking, areas_of, by_area, ranking
from pipeline.core.record.model import ApprovedTable, Reference

LAST_ARTICLE = 3  # the one that names who carries the decision out


def result_decision(asked: ReportRequest) -> Fields:
    """Return the fields of the decision that approves the result: a signed one, the latest unless named, or a draft.

    Raises:
        ParindexError: the year is not complete, so there is no result to approve.
    """
    table, before = _table(asked)
    if table is not None:
        asked = replace(asked, number=table.decision.number, date=table.decision.date)
        results = results_on(asked.year, table.decision.date)
        rows = approved_ranking(asked, table, results)
    else:
        results = asked.scene.results
        rows = ranking(asked, results)
    if results.provisional:
        raise asked.missing("complete", count=str(len(results.missing)))
    fields = asked.head("QĐ", article=LAST_ARTICLE)
    proposing = next((body for body in asked.scene.bodies.values() if "appraisal-notice" in body.issues), None)
    publish = asked.year.public_from
    return {
        **fields,
        "basis": asked.legal_basis(_grounds(asked, table, before)),
        "replaces": asked.cited(_own(asked, before), titled=False) if before is not None else "",
        "replaces_reason": asked.of(table.reason) if table is not None and before is not None else "",
        "publish_from": asked.long_day(publish) if publish and before is None else "",
        "agency_count": asked.count(len(rows)),
        "proposer": asked.of(proposing.name) if proposing else "…",
        "proposer_symbol": (proposing and proposing.symbol) or "…",
        "ranking": rows,
        "areas": areas_of(asked, results),
        "by_area": list(by_area(asked, results)),
    }


def _table(asked: ReportRequest) -> tuple[ApprovedTable | None, ApprovedTable | None]:
    """Return the signed table that is asked for, and the one before it; a new number is a draft of the next one."""
    approvals = asked.year.approvals
    if not approvals:
        return None, None
    wanted = approvals[-1].decision.number if asked.number is None else asked.number
    for position, one in enumerate(approvals):
        if one.decision.number == wanted:
            return one, approvals[position - 1] if position else None
    return None, approvals[-1]


def _grounds(asked: ReportRequest, table: ApprovedTable | None, before: ApprovedTable | None) -> Iterable[str]:
    """Yield what the decision rests on beside the year's own documents: council, its decisions, what is corrected."""
    council = asked.year.council
    if council is not None:
        yield asked.cited(council.decision)
    day = table.decision.date if table is not None else None
    seen: set[str] = set()
    decided = [
        file.documents.get("decision")
        for file in asked.year.stages.get(asked.year.cycle.stages.decide or "", {}).values()
    ]
    later = [one.decision for one in asked.year.amendments if before is not None]
    for reference in (*filter(None, decided), *([_own(asked, before)] if before is not None else []), *later):
        decided_by_then = day is None or reference.date is None or reference.date <= day
        if reference.number not in seen and decided_by_then:
            seen.add(reference.number)
            yield asked.cited(reference)


def _own(asked: ReportRequest, table: ApprovedTable) -> Reference:
    """Return an approval's decision as others cite it: issued by the body that issues this kind, about the result."""
    about = Text(asked.words("approved-title", title=asked.title_of()))
    return replace(
        table.decision, issuer=table.decision.issuer or asked.issuing().slug, title=table.decision.title or about
    )

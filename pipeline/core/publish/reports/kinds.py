"""The kinds of Word documents: whom each one concerns, and the function that makes its fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipeline.core.ground.templates import Fields
from pipeline.core.publish.charts.chart import Chart
from pipeline.core.publish.reports.agency_results import annex, annex_charts
from pipeline.core.publish.reports.common import ReportRequest
from pipeline.core.publish.reports.councils import council_minutes
from pipeline.core.publish.reports.decisions import result_decision
from pipeline.core.publish.reports.indices import index_charts, index_report
from pipeline.core.publish.reports.notices import appraisal_notice
from pipeline.core.publish.reports.selfassessments import self_assessment
from pipeline.core.publish.reports.survey_report import survey_charts, survey_report


@dataclass(frozen=True, slots=True)
class ReportKind:
    """A kind of document: the fields of its template, whether it is of one agency, and its figures by name."""

    fields: Callable[[ReportRequest], Fields]
    of_agency: bool = False
    annex_to: str | None = None  # the kind whose signer, number and issuer it bears
    charts: Callable[[ReportRequest], Mapping[str, Chart]] | None = None


# The name is what `--kind` takes, what `documents:` in cycle.yml and `issues:` in bodies.yml name, and the template's.
REPORTS: Mapping[str, ReportKind] = {
    "self-assessment": ReportKind(self_assessment, of_agency=True),
    "appraisal-notice": ReportKind(appraisal_notice, of_agency=True),
    "survey": ReportKind(survey_report, charts=survey_charts),
    "index": ReportKind(index_report, charts=index_charts),
    "index-annex": ReportKind(annex, of_agency=True, annex_to="index", charts=annex_charts),
    "council-minutes": ReportKind(council_minutes),
    "result-decision": ReportKind(result_decision),
}

"""The Word documents that there are: kind by kind, who it is of, and the function that says what it tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipeline.core.charts import Chart
from pipeline.core.reports.common import Asked, Fields
from pipeline.core.reports.councils import council_minutes
from pipeline.core.reports.decisions import result_decision
from pipeline.core.reports.indices import index_charts, index_report
from pipeline.core.reports.notices import appraisal_notice
from pipeline.core.reports.selfassessments import self_assessment
from pipeline.core.reports.surveys import survey_charts, survey_report


@dataclass(frozen=True, slots=True)
class Report:
    """A kind of document: the fields of its template, whether it is of one agency, and its figures by name."""

    fields: Callable[[Asked], Fields]
    of_agency: bool = False
    charts: Callable[[Asked], Mapping[str, Chart]] | None = None


# The name is what `--kind` takes, what `documents:` in cycle.yml and `issues:` in bodies.yml name, and the template's.
REPORTS: Mapping[str, Report] = {
    "self-assessment": Report(self_assessment, of_agency=True),
    "appraisal-notice": Report(appraisal_notice, of_agency=True),
    "survey": Report(survey_report, charts=survey_charts),
    "index": Report(index_report, charts=index_charts),
    "council-minutes": Report(council_minutes),
    "result-decision": Report(result_decision),
}

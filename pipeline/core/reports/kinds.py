"""The Word documents that there are: kind by kind, who it is of, and the function that says what it tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipeline.core.reports.common import Asked, Fields
from pipeline.core.reports.councils import council_minutes
from pipeline.core.reports.decisions import result_decision
from pipeline.core.reports.notices import appraisal_notice
from pipeline.core.reports.selfassessments import self_assessment


@dataclass(frozen=True, slots=True)
class Report:
    """A kind of document: the fields of its template, and whether it is of one agency."""

    fields: Callable[[Asked], Fields]
    of_agency: bool = False


# The name is what `--kind` takes, what `documents:` in cycle.yml and `issues:` in bodies.yml name, and the template's.
REPORTS: Mapping[str, Report] = {
    "self-assessment": Report(self_assessment, of_agency=True),
    "appraisal-notice": Report(appraisal_notice, of_agency=True),
    "council-minutes": Report(council_minutes),
    "result-decision": Report(result_decision),
}

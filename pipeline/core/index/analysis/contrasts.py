"""The survey beside the appraisal: who has good papers and unhappy citizens, and who the other way round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from pipeline.core.index.scoring import AgencyScore, Results


@dataclass(frozen=True, slots=True)
class Contrast:
    """One agency's appraisal and survey, each in percent of what applies, and its place in each among the ranked."""

    score: AgencyScore
    appraisal: Fraction | None
    survey: Fraction | None
    appraisal_rank: int | None
    survey_rank: int | None

    @property
    def gap(self) -> Fraction | None:
        """Return by how many percentage points the appraisal stands above the survey; None where one is missing."""
        return None if self.appraisal is None or self.survey is None else self.appraisal - self.survey


def contrasts(results: Results) -> tuple[Contrast, ...]:
    """Return every agency's survey beside its appraisal, in the order of the ranking."""
    appraised = _places(results, lambda entry: entry.appraisal.index)
    asked = _places(results, lambda entry: entry.survey.index)
    return tuple(
        Contrast(
            entry,
            appraisal=entry.appraisal.index,
            survey=entry.survey.index,
            appraisal_rank=appraised.get(entry.agency.slug),
            survey_rank=asked.get(entry.agency.slug),
        )
        for entry in results.agencies
    )


def _places(results: Results, figure: Callable[[AgencyScore], Fraction | None]) -> dict[str, int]:
    """Return competition ranks of the ranked agencies by an exact figure."""
    known = {e.agency.slug: value for e in results.agencies if e.agency.ranked and (value := figure(e)) is not None}
    return {slug: 1 + sum(other > value for other in known.values()) for slug, value in known.items()}

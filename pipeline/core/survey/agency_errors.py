"""What survey error can do to one agency's index, by its own answers alone; it is kept for the comparisons of others.

The error of a difference follows from what each of two agencies brings into it, so that one agency is compared with
thousands without reading their answers again (decision 0048). Of people who rated several agencies all that they said
is kept.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from pipeline.core.ground.plain_records import from_plain, to_plain
from pipeline.core.index.scoring import AgencyScore, LeafScore, amended_counts, from_survey
from pipeline.core.index.survey_points import GroupPart
from pipeline.core.record.model import AgencyQuestion, Counts, Year
from pipeline.core.survey.standard_errors import Frame, Sample, Side, Spread, frame_of, sample_of, side_of, spread

POINTS_ONLY = "points-only"  # only the result was handed over
OUTSTANDING = "outstanding"  # the survey is not in yet
SIPAS = "sipas"  # an outside figure: as reason, without respondents; as bound, with them


@dataclass(frozen=True, slots=True)
class Makeup:
    """What survey error can do to an agency's index: weights of question means, outside figures, what is not known."""

    weights: Mapping[str, Mapping[AgencyQuestion, float]]  # group -> question means of the agency, in index points
    outside: tuple[Spread, ...]
    unknown: Mapping[str, str]  # criterion -> reason


class Joint(NamedTuple):
    """What people who rated several agencies said of one: the weight of each question mean, and the answers."""

    weights: Mapping[str, float]
    sample: Sample


class AgencyErrors(NamedTuple):
    """What an agency brings into its differences from others."""

    sides: Mapping[str, Side]  # by group
    outside: tuple[Spread, ...]
    unknown: Mapping[str, str]  # criterion -> reason
    reach: float  # the largest error that all of it together can add
    joint: Mapping[str, Joint]  # by group, of those that rated several agencies

    @property
    def chance(self) -> bool:
        """Tell whether chance has a part in its index, or nobody knows."""
        return bool(self.sides or self.outside or self.unknown)

    @property
    def variance(self) -> float:
        """Return what it adds to the variance of a difference where nobody rated both agencies."""
        return math.fsum([*(side.error**2 for side in self.sides.values()), *(term.error**2 for term in self.outside)])


def frames_of(
    year: Year, counts: Mapping[tuple[str, str], Counts], others: Mapping[str, AgencyErrors] | None = None
) -> Mapping[str, Frame]:
    """Return each group of a year's survey as a sample.

    Args:
        counts: files of counts, by group and agency.
        others: what is known of agencies without them, as far as the same people rated several.
    """
    plan, samples = year.survey_plan, dict[str, dict[str, Sample]]()
    for slug, own in (others or {}).items():
        for group, joint in own.joint.items():
            samples.setdefault(group, {})[slug] = joint.sample
    for (group, slug), file in counts.items():
        if group in plan.groups and file.answers and not file.spoiled:
            samples.setdefault(group, {})[slug] = sample_of(plan, group, file)
    return {group: frame_of(plan, group, samples.get(group, {}), year.moments.get(group)) for group in plan.groups}


def makeup_of(frames: Mapping[str, Frame], leaves: Iterable[LeafScore], out_of: Fraction) -> Makeup:
    """Return what survey error can do to an index over some leaves, which are worth so many points together."""
    weights: dict[str, dict[AgencyQuestion, float]] = {}
    outside: list[Spread] = []
    unknown: dict[str, str] = {}
    for leaf in leaves:
        if leaf.outstanding and from_survey(leaf.criterion):
            unknown[leaf.criterion.code] = OUTSTANDING
        for part in leaf.survey.parts if leaf.survey and leaf.points is not None else ():
            if part.left_out is not None:
                continue
            code, worth = leaf.criterion.code, 100 * Fraction(part.out_of) / out_of
            if code not in part.counts.points and part.counts.sipas is None:
                weights.setdefault(part.group, {}).update(weights_of(part, worth))
                continue
            # In an index one figure is worth little: a simple random sample is assumed where nobody states another.
            assumed = frames[part.group].design_effect or 1.0
            found = POINTS_ONLY if code in part.counts.points else sipas_term(part.counts, assumed)
            if isinstance(found, str):
                unknown[code] = found
            else:
                outside.append(found.times(float(worth)))
    return Makeup(weights, tuple(outside), unknown)


def weights_of(part: GroupPart, worth: Fraction) -> dict[AgencyQuestion, float]:
    """Return the weight of each question mean in a group's part that is worth so much."""
    heard = [question.question for question in part.questions if question.mean is not None]
    return {AgencyQuestion(part.counts.agency, question): float(worth / len(heard)) for question in heard}


def sipas_term(counts: Counts, design_effect: float | None) -> Spread | str:
    """Return the largest error that a percentage of so many respondents can have.

    How SIPAS drew its respondents is known by its design effect at best (Kish, 1965); where nobody states it, the
    figure has no interval of its own. Of values from 0 to 1 with mean p none spread more than p(1 - p) (Bhatia and
    Davis, 2000), so with a simple random sample the error is at most sqrt(p(1 - p) / (n - 1)).
    """
    if counts.sipas is None or counts.respondents is None or counts.respondents < 2 or design_effect is None:
        return SIPAS
    share, free = Fraction(counts.sipas) / 100, counts.respondents - 1
    return Spread(math.sqrt(design_effect * share * (1 - share) / free), free, frozenset({SIPAS}))


def errors_of(frames: Mapping[str, Frame], makeup: Makeup) -> AgencyErrors:
    """Return what an agency brings into its differences from others."""
    sides = {group: side_of(frames[group], weights) for group, weights in makeup.weights.items()}
    joint = {
        group: Joint(
            {asked.question: weight for asked, weight in weights.items()}, frames[group].samples[sides[group].agency]
        )
        for group, weights in makeup.weights.items()
        if frames[group].shared
    }
    return AgencyErrors(sides, makeup.outside, makeup.unknown, _reach(frames, makeup), joint)


def _reach(frames: Mapping[str, Frame], makeup: Makeup) -> float:
    """Return the largest error that an agency's answers can add to a difference: if all of them went together."""
    asked = ((frames[group], {one: weight}) for group, own in makeup.weights.items() for one, weight in own.items())
    errors = (spread(frame, weights, corrected=False).error for frame, weights in asked)
    return math.fsum((*errors, *(term.error for term in makeup.outside)))


# --- as text, to be kept --------------------------------------------------------------------------------------------


def errors_text(year: Year, entry: AgencyScore) -> str:
    """Return the errors of an agency as text, given its result and a year that has its files.

    Nothing where criteria name groups that the survey does not have: of a year with errors no error is estimated.
    """
    frames = frames_of(year, amended_counts(year))
    if any(part.group not in frames for leaf in entry.leaves if leaf.survey for part in leaf.survey.parts):
        return ""
    return json.dumps(to_plain(errors_of(frames, makeup_of(frames, entry.leaves, entry.total.out_of))))


def errors_from(text: str) -> AgencyErrors:
    """Return the errors that were made text.

    Raises:
        ValueError: It was made of something else.
    """
    found: AgencyErrors = from_plain(AgencyErrors, json.loads(text))
    return found

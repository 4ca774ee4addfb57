"""The questions of one group, about which agencies, and the names of their columns in every form that asks them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pipeline.core.ground.labels import Labels
from pipeline.core.record.model import Agency, Group, Question, Scale, SurveyPlan, Year

OTHER: Final = "other"  # whoever works at no assessed agency
MOST_OF_A_SERIAL: Final = 40  # characters, as `sample_size` reads them
OWN_NAMES: Final = frozenset({"start", "end", "intro", "thanks", "token", "mode", "agency"})  # of fields of a form


@dataclass(frozen=True, slots=True)
class QuestionItem:
    """One question with its scale and the agencies that it is put about."""

    question: Question
    scale: Scale
    agencies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """What one group is asked."""

    year: Year
    plan: SurveyPlan
    group: Group
    agencies: Mapping[str, Agency]
    items: tuple[QuestionItem, ...]

    @property
    def name(self) -> str:
        """Return what its files begin with."""
        return f"{self.year.name}_{self.group.id}"

    def title(self, labels: Labels) -> str:
        """Return what stands above its form."""
        return labels.text("questionnaire.title", title=labels.of(self.year.cycle.title))

    def asks(self, question: str, agency: str) -> bool:
        """Tell whether a question is put about an agency."""
        return any(item.question.id == question and agency in item.agencies for item in self.items)

    def columns(self) -> Iterator[tuple[QuestionItem, str | None, str]]:
        """Yield each answer of a form in order: the question, the agency where a form rates several, the name."""
        for item in self.items:
            if self.group.matrix:
                yield from ((item, agency, column_name(item.question.id, agency)) for agency in item.agencies)
            else:
                yield item, None, item.question.id


def questionnaires_of(year: Year) -> tuple[Questionnaire, ...]:
    """Return what each group that answers forms is asked, in the order of the plan; a group asked nothing has none."""
    return tuple(_questionnaires(year, year.survey_plan))


def _questionnaires(year: Year, plan: SurveyPlan) -> Iterator[Questionnaire]:
    for group in plan.groups.values():
        asked = (question for question in plan.questions.values() if group.id in question.groups)
        items = [
            QuestionItem(question, plan.scales[question.scale], tuple(_rated(year, question))) for question in asked
        ]
        put = tuple(item for item in items if item.agencies)
        if put and not group.sipas:
            yield Questionnaire(year, plan, group, year.agencies, put)


def _rated(year: Year, question: Question) -> Iterator[str]:
    """Yield the agencies to which a question's criterion applies."""
    above = {upper.code for upper in year.upwards(question.criterion)}
    for slug, agency in year.agencies.items():
        if not any(exemption.criterion in above for exemption in agency.exemptions):
            yield slug


def column_name(question: str, agency: str | None = None) -> str:
    """Return the name of an answer's column as data tools take it: letters, digits and low lines."""
    own = question.replace("-", "_")
    return own if agency is None else f"{own}__{agency.replace('-', '_')}"


def options_of(scale: Scale, labels: Labels) -> Mapping[str, str]:
    """Return a scale's answers in order, id to words, "no opinion" last."""
    options = {option: labels.of(title) for option, title in scale.titles.items()}
    last = {scale.no_opinion: labels.text("form.no-opinion")} if scale.no_opinion else {}
    return {**options, **last}

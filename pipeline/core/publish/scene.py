"""What all views share: one year's scene, numbers and days as text, and the public face of a document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.numbers import fixed
from pipeline.core.ground.problems import Source
from pipeline.core.ground.text import MAIN, Text
from pipeline.core.index.analysis.deciders import Decider, deciders, tell_nobody_apart
from pipeline.core.index.analysis.league import RankRange
from pipeline.core.index.analysis.profiles import (
    AreaStanding,
    GroupStanding,
    Profile,
    area_standings,
    group_standings,
    median,
    profiles,
)
from pipeline.core.index.analysis.rank_draws import Overturned, RankDraws, overturned, weight_draws
from pipeline.core.index.analysis.robustness import Robustness, robustness
from pipeline.core.index.analysis.waterfalls import Waterfalls, judged_rows, waterfalls
from pipeline.core.index.scoring import Results, Value
from pipeline.core.index.words import group_text, index_text, points_text, signed_points_text, value_text, year_text
from pipeline.core.record.model import (
    Body,
    Calendar,
    Criterion,
    FirmnessPolicy,
    Reference,
    SiteIdentity,
    Thresholds,
    Year,
)
from pipeline.core.survey.disclosure import Disclosure, disclosure, widest
from pipeline.core.survey.intervals import Estimates, estimate


@dataclass(frozen=True)  # no slots: what was worked out is kept
class Figures:
    """What pages and documents tell of a year beside its scores, worked out once for every language."""

    results: Results
    firmness: FirmnessPolicy = field(default_factory=FirmnessPolicy)

    @cached_property
    def disclosure(self) -> Disclosure:
        """Return what may be shown of the year's survey."""
        return disclosure(self.results)

    @cached_property
    def widest(self) -> Results:
        """Return the results that errors are estimated from: they tell nothing of the answers that may not be shown."""
        return widest(self.results, self.disclosure)

    @cached_property
    def estimates(self) -> Estimates:
        """Return how far chance may move the year's figures."""
        return estimate(self.widest)

    @cached_property
    def ways(self) -> Waterfalls | None:
        """Return the ways from claim to decision; None before anybody has appraised."""
        year = self.results.year
        return waterfalls(year) if year.stages.get(year.cycle.stages.first_appraise or "") else None

    @cached_property
    def open_ranks(self) -> Mapping[str, RankRange]:
        """Return between which ranks survey error leaves each agency of which that can be told."""
        return {
            slug: (own.best_rank, own.worst_rank)
            for slug, own in self.estimates.agencies.items()
            if own.best_rank is not None and own.worst_rank is not None
        }

    @cached_property
    def ranks_at_once(self) -> Mapping[str, tuple[int | None, int | None]]:
        """Return the same, so wide that all of them hold at once."""
        return self.estimates.comparisons.ranges(self.open_ranks, together=True)

    @cached_property
    def own_groups(self) -> frozenset[str]:
        """Return the survey groups that rate their own agency and of which nothing is hidden: ranks tell of answers."""
        groups = self.results.year.survey_plan.groups.values()
        return frozenset(one.id for one in groups if one.own_agency == "only" and self.disclosure.shows_all(one.id))

    @cached_property
    def robustness(self) -> Robustness | None:
        """Return the ranking with one thing otherwise at a time; None where nobody is ranked."""
        return robustness(self.results, self.own_groups)

    @cached_property
    def drawn(self) -> RankDraws | None:
        """Return the ranking with weights that move; None of a year that is incomplete, or with one agency or none."""
        return None if self.results.provisional else weight_draws(self.results, self.firmness)

    @cached_property
    def overturned(self) -> Overturned | None:
        """Return what later steps changed of the first appraisal, and what as much once more would do to the ranks."""
        if not self.ways or not self.drawn:
            return None
        return overturned(self.results, judged_rows(self.results.year, self.ways), self.firmness)

    @cached_property
    def deciders(self) -> tuple[Decider, ...]:
        """Return what each area does to the differences between agencies, the most first."""
        areas = [one for one in self.results.year.criteria.values() if one.parent is None]
        return deciders(self.results, areas, self.firmness.correlation_from)

    @cached_property
    def flat(self) -> tuple[Criterion, ...]:
        """Return the criteria in which all agencies earned the same part."""
        return tell_nobody_apart(self.results)

    @cached_property
    def ranked(self) -> int:
        """Return how many agencies have a rank."""
        return sum(entry.rank is not None for entry in self.results.agencies)

    @cached_property
    def areas(self) -> Mapping[str, AreaStanding]:
        """Return how the agencies did in each area that has an index."""
        return area_standings(self.results)

    @cached_property
    def profiles(self) -> Mapping[str, Profile]:
        """Return what each agency does better and worse than the median."""
        return {profile.score.agency.slug: profile for profile in profiles(self.results)}

    @cached_property
    def median(self) -> Fraction | None:
        """Return the median of all indices."""
        return median(entry.index for entry in self.results.agencies if entry.index is not None)

    @cached_property
    def groups(self) -> tuple[GroupStanding, ...]:
        """Return how the groups of agencies did."""
        return tuple(group_standings(self.results))


@dataclass(frozen=True, slots=True)
class Scene:
    """One year's results, and what it takes to tell them: bodies, calendar, the day, the words."""

    figures: Figures
    bodies: Mapping[str, Body]
    calendar: Calendar
    today: str
    published: bool
    labels: Labels
    identity: SiteIdentity = field(default_factory=SiteIdentity)
    languages: Mapping[str, Labels] = field(default_factory=dict)  # of every language, where all are told at once
    thresholds: Thresholds | None = None  # from where on a figure is put into words
    commits: Mapping[str, str] = field(default_factory=dict)  # path of the data -> the last commit that touched it

    @property
    def results(self) -> Results:
        """Return the year's scores."""
        return self.figures.results

    @property
    def year(self) -> Year:
        """Return the year's records."""
        return self.results.year

    @property
    def called(self) -> str:
        """Return what people call the year."""
        return year_text(self.year, self.labels)

    @property
    def worth(self) -> dict[str, str | bool]:
        """Return which year the data is of and what its figures are worth, as files for machines tell it."""
        cycle, results = self.year.cycle, self.results
        return {"year": self.year.name, "illustrative": cycle.illustrative, "provisional": results.provisional}

    def place(self, source: Source) -> str:
        """Return where something stands in the data: file, line, and the commit that last touched the file."""
        commit = self.commits.get(source.path, "")
        return f"{source.path}:{source.line}" + (f" {commit[:12]}" if commit else "")

    def told_in(self, labels: Labels) -> Scene:
        """Return the same year in other words."""
        return replace(self, labels=labels)

    def words(self, key: str, /, **figures: object) -> str:
        """Return words of the pages."""
        return self.labels.text(f"page.{key}", **figures)

    def of(self, text: Text | None) -> str:
        """Return a text of the data."""
        return self.labels.of(text)

    def points(self, value: Fraction | Decimal | None) -> str:
        """Return points with the year's decimals, below zero with the minus sign of print."""
        return points_text(value, self.year, self.labels).replace("-", "−")

    def value(self, value: Value) -> str:
        """Return a stage's value: points, or that the criterion does not apply."""
        return value_text(value, self.year, self.labels).replace("-", "−")

    def index(self, value: Fraction | Decimal | None) -> str:
        """Return an index with the year's decimals."""
        return index_text(value, self.year, self.labels)

    def signed_points(self, value: Fraction | Decimal) -> str:
        """Return a change of points with its sign, with the year's decimals."""
        return signed_points_text(value, self.year, self.labels)

    def interval(self, agency: str) -> tuple[str, str] | None:
        """Return between which values survey error leaves an agency's index; None where that cannot be told."""
        found = self.figures.estimates.agencies[agency].index
        if found is None or found.low is None or found.high is None:
            return None
        return self.index(Fraction(found.low)), self.index(Fraction(found.high))

    def plain_index(self, value: float) -> str:
        """Return an end of an interval with the year's decimals and a decimal point."""
        return f"{self.year.cycle.policy.rounded_index(Fraction(value)):f}"

    def day(self, iso: str | None) -> str:
        """Return a day, a dash where there is none."""
        return self.labels.date(iso) or "–"

    def body(self, slug: str | None) -> str:
        """Return a body's name; an issuer outside the repository is text and stays."""
        if slug is None:
            return ""
        return self.of(self.bodies[slug].name) if slug in self.bodies else self.labels.vietnamese(slug)

    def body_short(self, slug: str | None) -> str:
        """Return a body's short name, or the text that stands in its place."""
        if slug is None:
            return ""
        return self.of(self.bodies[slug].short) if slug in self.bodies else self.labels.vietnamese(slug)

    def agency_short(self, slug: str) -> str:
        """Return an agency's short name."""
        return self.of(self.year.agencies[slug].short) if slug in self.year.agencies else slug

    def criterion_title(self, code: str) -> str:
        """Return a criterion's title."""
        return self.of(self.year.criteria[code].title) if code in self.year.criteria else code

    def group(self, group: str) -> str:
        """Return a survey group's title."""
        return group_text(group, self.year, self.labels)

    def document(self, reference: Reference | None) -> str:
        """Return the public face of a document: number, date and issuer, never its title, address or digest."""
        if reference is None:
            return ""
        number = self.labels.vietnamese(reference.number)  # a code of Vietnamese words, spoken as such
        parts = (number, self.labels.date(reference.date), self.body_short(reference.issuer))
        return ", ".join(part for part in parts if part)

    def file(self, agency: str, reference: Reference) -> str:
        """Return the way to the file of a document of an agency, which stands beside the pages of all languages."""
        place = self.year.file_place(agency, reference)
        return place if not place or self.labels.language == MAIN else f"../{place}"

    def documents(self, references: Iterable[Reference]) -> tuple[str, ...]:
        """Return the public faces of documents."""
        return tuple(self.document(reference) for reference in references)


def width(index: Fraction | Decimal | None) -> str:
    """Return how long a bar is, in hundredths of its whole, with a decimal point as drawings want it."""
    return "0" if index is None else fixed(index, 1)

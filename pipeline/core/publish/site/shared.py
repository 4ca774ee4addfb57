"""What the pages of the site share: the data, read once for all languages, and the same data in one language.

Which pages there are: `pages`. Who reads and writes: the flow `site`. Decision 0031.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from pipeline.core.forms.web_page import WebForm
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.templates import Fields
from pipeline.core.ground.text import MAIN
from pipeline.core.index.analysis.counterparts import Counterparts, counterparts
from pipeline.core.index.analysis.trends import Trend
from pipeline.core.index.words import with_stages
from pipeline.core.publish.identity_words import publisher_text
from pipeline.core.publish.opendata.fields import Audience
from pipeline.core.publish.scene import Scene
from pipeline.core.publish.site.api import api_files
from pipeline.core.publish.site.careers import CareerYear, careers
from pipeline.core.publish.site.comparisons import ChangesView, by_agency, changes_view, compared
from pipeline.core.publish.site.feed import Feed
from pipeline.core.publish.site.journeys import CutList, LineViews, cut_lists
from pipeline.core.publish.site.news import agency_feed, year_feed
from pipeline.core.publish.site.page_charts import Joined
from pipeline.core.publish.site.rankings import YearFace, YearView, year_view
from pipeline.core.publish.site.search import Listed
from pipeline.core.publish.site.survey_figures import QuestionView, question_views, survey_view
from pipeline.core.record import layout
from pipeline.core.record.authorship import DataCommit
from pipeline.core.record.model import Body, Concordance, Criterion, SiteIdentity, Task
from pipeline.core.rounds.audit_report import ReportSection, RoundReport, report_sections
from pipeline.core.rounds.history import History

# What every page says and none is made again for: words that stand for it until the pages are built, with signs that
# are no letters of any language. The first twelve letters of a commit, its others; the day that the site goes by.
COMMIT, TODAY = ("commit\ufdd2--12\ufdd3", "commit\ufdd2--28\ufdd3"), "today\ufdd2\ufdd3"


@dataclass(frozen=True, slots=True)
class Inside:
    """What readers inside get beside the public pages, each by year: nothing of it for the public."""

    forms: Mapping[str, tuple[WebForm, ...]] = field(default_factory=dict)
    reports: Mapping[str, Mapping[str, RoundReport]] = field(default_factory=dict)  # by stage
    histories: Mapping[str, Mapping[str, tuple[tuple[Criterion, History], ...]]] = field(default_factory=dict)  # agency
    whole: bool = True  # whether the repository has all of its commits
    documents: Mapping[str, bytes] = field(default_factory=dict)  # the project's own, by path


@dataclass(frozen=True, slots=True)
class SiteBasis:
    """What the site stands on in every language: the years that a reader may see and what was read of them."""

    audience: Audience
    today: str
    address: str  # where the site will stand, ending in a slash; empty where nobody knows it
    commit: str | None
    day: str  # of the commit
    scenes: tuple[Scene, ...]  # the latest year first
    concordances: tuple[Concordance, ...]
    commits: Mapping[str, tuple[DataCommit, ...]]  # by year, the latest first
    bundles: Mapping[str, Mapping[str, bytes]]  # the open data of each year, by path
    languages: tuple[Labels, ...]  # the words of every language of the site, the one at its root first
    inside: Inside = Inside()
    identity: SiteIdentity = field(default_factory=SiteIdentity)
    bodies: Mapping[str, Body] = field(default_factory=dict)
    release: Task | None = None  # of a plan, whose due day is that of the next release


@dataclass(frozen=True, slots=True)
class ShownYear:
    """A year in one language; Vietnamese words stand between marks on a page in another language, not in `plain`."""

    scene: Scene
    view: YearView
    face: YearFace  # the same without what is of single agencies
    plain: Scene
    questions: tuple[QuestionView, ...]  # of the survey
    survey: Fields | None
    lines: LineViews
    cuts: tuple[CutList, ...]  # the lists of what was cut; none before anything was appraised

    @property
    def name(self) -> str:
        """Return the year's name."""
        return self.view.name


@dataclass(frozen=True, slots=True)
class Shared:
    """What the pages of one language share."""

    basis: SiteBasis
    labels: Labels
    is_main: bool  # whether this is the language at the root of the site
    folder: str  # of this language, below the root of the site
    root: str  # the way back from there
    top: str  # the whole address of the folder; empty where nobody knows it
    years: tuple[ShownYear, ...]
    careers: Mapping[str, tuple[CareerYear, ...]]
    feeds: Mapping[str, Feed]  # by the folder of the page that they belong to
    api: Mapping[str, bytes]  # the files for programs
    homes: Mapping[tuple[str, str], str]  # year and slug of an agency -> its slug among the agencies over the years
    same: Counterparts  # criteria of two years that stand for each other
    trends: tuple[tuple[str, Mapping[str, Trend]], ...]  # of a later year beside an earlier one, by agency
    joined: Joined  # how far the criteria of two years correspond
    changes: Mapping[str, ChangesView]  # of a year since the latest one that it is compared with
    days: Mapping[
        str, Mapping[str | None, tuple[int, str]]
    ]  # by year and agency the last commit, counted back, its day
    rounds: Mapping[str, Mapping[str, tuple[ReportSection, ...]]]  # by year and stage, where readers are inside
    letters: tuple[tuple[str, tuple[Listed, ...]], ...] = ()  # the pages from A to Z, once they are written

    @property
    def is_inside(self) -> bool:
        """Tell whether the readers are those inside."""
        return self.basis.audience == "internal"

    def about(self, year: ShownYear | None) -> dict[str, object]:
        """Return what every page says of its figures, of a year or of all, of where they come from and who speaks."""
        identity, labels = self.basis.identity, self.labels
        return {
            "banners": (
                *((self.words("internal"),) if self.is_inside else ()),
                *(year.view.banners if year else self._illustrative()),
            ),
            "commit": "".join(COMMIT) if self.basis.commit else None,
            "today": TODAY,
            "publisher": publisher_text(identity, self.basis.bodies, labels),
            "contact": labels.of(identity.contact),
            "documents": year.scene.documents(year.scene.year.cycle.legal_basis) if year else (),
            "cited": self._cited(year) if year else "",
        }

    def _cited(self, year: ShownYear) -> str:
        """Return how a year's figures are cited: whose, what, of which day, where, under which licence."""
        identity, labels, approvals = self.basis.identity, self.labels, year.scene.year.approvals
        decided = approvals[-1].decision.date if approvals else None
        return labels.text(
            "identity.cite",
            publisher=publisher_text(identity, self.basis.bodies, labels),
            title=labels.of(year.scene.year.cycle.title),
            day=labels.date(decided or self.changed(year.name)),
            address=f"{self.top}{year.name}/" if self.top else "",
            licence=identity.licence.name,
        ).strip()

    def _illustrative(self) -> tuple[str, ...]:
        named = [year.view.told for year in self.years if year.scene.year.cycle.illustrative]
        if len(named) == len(self.years):
            return (self.labels.text("word.illustrative"),) if named else ()
        return (self.words("illustrative-years", years=", ".join(named)),) if named else ()

    def words(self, key: str, /, **figures: object) -> str:
        """Return words of the pages."""
        return self.labels.text(f"page.{key}", **figures)

    def code_in(self, year: ShownYear, criterion: Criterion, other: ShownYear) -> str | None:
        """Return which code a criterion of a year has in another; None where nothing of it corresponds."""
        return criterion.code if other is year else self.same.get((year.name, other.name), {}).get(criterion.code)

    def names_in(self, names: Mapping[str, str], year: str, other: str) -> Mapping[str, str]:
        """Return what fills an address in another year: of agency and criterion what they are called there."""
        if other == year:
            return names
        own = self.careers[self.homes[year, names["slug"]]] if "slug" in names else ()
        slugs = [one.slug for one in own if one.scene.year.name == other]
        code = self.same.get((year, other), {}).get(names.get("code", ""))
        found = {"year": other, "slug": slugs[0] if slugs else None, "code": code}
        return {key: name for key, name in found.items() if name is not None}

    def changed(self, year: str, agency: str | None = None) -> str:
        """Return the day of the last commit that touched a year's data, or what of it an agency's page shows."""
        known = self.days[year]
        found = known.values() if agency is None else [known[one] for one in (None, agency) if one in known]
        return min(found, default=(0, self.basis.day))[1]


def stamps(commit: str | None, today: str, labels: Labels) -> Mapping[str, str]:
    """Return what comes to stand where pages leave it open."""
    told = commit or ""
    return {COMMIT[0]: told[:12], COMMIT[1]: told[12:], TODAY: labels.date(today)}


def folder_of(language: str) -> str:
    """Return the folder of a language below the root of the site, where the main one stands."""
    return "" if language == MAIN else f"{language}/"


def shared_by(basis: SiteBasis, labels: Labels, api: Mapping[str, bytes] | None = None) -> Shared:
    """Return what the pages of one language share; the files for programs are the same in all languages."""
    years = tuple(_shown(scene, labels) for scene in basis.scenes)
    plain = {year.name: year.plain for year in years if year.scene.published}
    known = careers([year.scene for year in years], basis.concordances)
    feeds = {f"{name}/": year_feed(scene) for name, scene in plain.items()}
    for name, standings in known.items():
        public = [(plain[one.scene.year.name], one.slug) for one in standings if one.scene.published]
        if public:
            feeds[f"co-quan/{name}/"] = agency_feed(name, public)
    scenes = {year.name: year.scene for year in years}
    trends = tuple(_trends(scenes, basis.concordances))
    is_main, folder = labels.language == MAIN, folder_of(labels.language)
    return Shared(
        basis,
        replace(labels, marks=True),
        is_main,
        folder,
        root="" if is_main else "../",
        top=basis.address and basis.address + folder,
        years=years,
        careers=known,
        feeds=feeds,
        api=dict(api_files(plain.values(), basis.commit)) if api is None else api,
        homes={(one.scene.year.name, one.slug): latest for latest, own in known.items() for one in own},
        same=counterparts((year.scene.year for year in years), basis.concordances),
        trends=tuple((found.after.year.name, by_agency(found)) for found in trends),
        joined={(one.before.year.name, one.after.year.name): "whole" if one.same_sets else "part" for one in trends},
        changes={(year := found.after.year.name): changes_view(found, scenes[year]) for found in reversed(trends)},
        days={name: _days(commits) for name, commits in basis.commits.items()},
        rounds={name: _rounds(reports, scenes[name].labels) for name, reports in basis.inside.reports.items()},
    )


def _rounds(reports: Mapping[str, RoundReport], labels: Labels) -> Mapping[str, tuple[ReportSection, ...]]:
    """Return the audit reports of a year, by stage, as their pages show them in parts."""
    return {stage: report_sections(report, labels) for stage, report in reports.items()}


def _trends(scenes: Mapping[str, Scene], concordances: Iterable[Concordance]) -> Iterator[Trend]:
    """Yield every two years that can be compared, the later first."""
    for pair in sorted(concordances, key=lambda pair: (pair.after, pair.before), reverse=True):
        found = compared(scenes[pair.before], scenes[pair.after], pair)
        if found is not None:
            yield found


def _days(commits: Iterable[DataCommit]) -> Mapping[str | None, tuple[int, str]]:
    """Return by agency the last commit that touched its own files, at None that of everybody's."""
    found: dict[str | None, tuple[int, str]] = {}
    for back, commit in enumerate(commits):
        for place in map(layout.place, commit.paths):
            found.setdefault(place.agency if place is not None else None, (back, commit.day))
    return found


def _shown(scene: Scene, labels: Labels) -> ShownYear:
    marked = scene.told_in(with_stages(replace(labels, marks=True), [scene.year]))
    view = year_view(marked)
    plain = marked.told_in(with_stages(labels, [scene.year]))
    questions = question_views(marked)
    cuts = cut_lists(marked, ways) if (ways := marked.figures.ways) else ()
    survey, lines = survey_view(marked), LineViews(marked)
    return ShownYear(marked, view, view.face(), plain, questions, survey, lines, cuts)

"""The pages of the site: one row of `PAGES` is one kind of page. The flow `site` walks the table and writes them.

A new kind of page is a row here, its template in `site_templates/page/` and its words; `docs/how-to/them-mot-trang.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from itertools import count
from string import Formatter
from typing import Any, Generic, TypeVar

from pipeline.core.forms.web_page import PAGE as FORM
from pipeline.core.forms.web_page import TEMPLATE, WebForm, page_values
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.templates import Fields
from pipeline.core.ground.text import Text
from pipeline.core.index.analysis.reweighting import REACH
from pipeline.core.index.scoring import AgencyScore
from pipeline.core.index.words import stage_text
from pipeline.core.publish.charts.from_results import groups_chart
from pipeline.core.publish.identity_words import assessed_text, index_text_of, index_title, notices, publisher_text
from pipeline.core.publish.opendata.fields import Audience
from pipeline.core.publish.scene import Scene
from pipeline.core.publish.site.agencies import AgencyView
from pipeline.core.publish.site.api import TOP as API
from pipeline.core.publish.site.careers import CareerYear, career_view, moved_addresses
from pipeline.core.publish.site.columns import LISTED, column, compared_blocks
from pipeline.core.publish.site.criteria import criterion_view, tree_view
from pipeline.core.publish.site.data_commits import commits_view
from pipeline.core.publish.site.downloads import downloads_view, proof_view
from pipeline.core.publish.site.feed import Feed
from pipeline.core.publish.site.firmness import drawn_rows, firmness_view
from pipeline.core.publish.site.journeys import (
    CUTS,
    MUCH,
    CutList,
    agencies_followed,
    block_views,
    columns,
    journey_view,
)
from pipeline.core.publish.site.leaders import MOST, leader_view, minute_view
from pipeline.core.publish.site.methods import method_view
from pipeline.core.publish.site.page_charts import (
    agency_charts,
    career_chart,
    criterion_charts,
    firmness_charts,
    year_charts,
)
from pipeline.core.publish.site.parts import (
    ASKED,
    BARS,
    CELLS,
    COLUMNS,
    ENTRIES,
    LATEST,
    LINES,
    ROWS,
    SHOWN,
    STEP,
    Part,
    nth_address,
    nth_part,
)
from pipeline.core.publish.site.plans import due_text, plan_view
from pipeline.core.publish.site.quality import quality_rows, quality_view
from pipeline.core.publish.site.rankings import AgencyGroupView, YearView, beside, headline
from pipeline.core.publish.site.shared import Shared, ShownYear, folder_of
from pipeline.core.publish.site.sharing import CARD, dataset, figure_of, told_of, web_site
from pipeline.core.publish.site.survey_figures import QuestionView, agency_survey_view, overviews, survey_room
from pipeline.core.publish.site.whatifs import BOARD, is_offered, whatif_view
from pipeline.core.record.layout import index_of
from pipeline.core.record.model import Criterion
from pipeline.core.rounds.audit_report import ReportSection, rows_between
from pipeline.core.rounds.history_words import history_blocks

T = TypeVar("T")
TAB = "page.tab.<id>"
NAME = "name"  # in place of a label's key: the name of what the page is about
ROADS = "tieu-chi/"  # below an agency's page, where the further parts of its criteria stand
BUNDLE = "du-lieu/"  # the folder of a year's open data, at the root of the site only: its words are in every language


@dataclass(frozen=True, slots=True)
class Subject(Generic[T]):
    """What one page is about."""

    thing: T
    names: Mapping[str, str]  # what address, title and the words above a page are filled with
    year: ShownYear | None = None
    above: tuple[tuple[str, str], ...] = ()  # words and address of those of its kind that it belongs to


def _always(_year: ShownYear, _names: Mapping[str, str]) -> bool:
    return True


def _nothing(_shared: Shared, _thing: object) -> Fields:
    return {}


@dataclass(frozen=True, slots=True)
class Parted(Generic[T]):
    """How a list on one kind of page is cut: further pages show the further parts, and are not searched."""

    count: Callable[[Shared, T], int]  # of what the list holds
    most: int | Callable[[T], int]  # of them in a part
    view: Callable[[Shared, T, Part], Fields]  # what the template shows of a part
    folder: str = ""  # below the page's address, where further parts stand by their numbers


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One kind of page. `<id>` in the name of a label or template is its id; `TAB` is the label of its tab.

    The tab of a page of a year stands on all pages of the year, in the order of the rows; that of a page that there is
    once stands on all pages of the site (`menu`).
    """

    id: str
    scope: Callable[[Shared], Iterable[Subject[T]]]  # what there is one such page for
    address: str  # below the root of the language, a folder
    view: Callable[[Shared, T], Fields] = _nothing  # what its template shows beside what all pages show
    crumbs: tuple[str, ...] = ()  # ids of the pages that it stands below, the first page first
    _: KW_ONLY
    tab: bool = False
    audience: Audience = "public"
    main_only: bool = False  # whether it is in Vietnamese only
    whole: bool = False  # whether its template shows the agencies of the year beside what it is about
    searched: bool = True  # whether the search finds it
    title: str = "page.<id>.title"  # a label, or NAME
    crumb: str = TAB  # how pages below it name it: a label, or NAME
    template: str = "page/<id>.md"
    parted: Parted[T] | None = None
    exists: Callable[[ShownYear, Mapping[str, str]], bool] = _always  # in a year, where its address can be filled

    @property
    def fields(self) -> frozenset[str]:
        """Return the names that its address is filled with."""
        return frozenset(name for _, name, _, _ in Formatter().parse(self.address) if name)

    def path(self, subject: Subject[T], number: int = 1) -> str:
        """Return the path of a page, or of a further part of it, below the root of the language."""
        here = nth_address(self.address.format_map(subject.names), number, self.parted.folder if self.parted else "")
        return f"{here}index.{self.template.rpartition('.')[2]}"

    def part(self, shared: Shared, subject: Subject[T], number: int) -> Part | None:
        """Return a part of the list of a page; None of a page without one."""
        if self.parted is None:
            return None
        count, address = self.parted.count(shared, subject.thing), self.address.format_map(subject.names)
        most = self.parted.most(subject.thing) if callable(self.parted.most) else self.parted.most
        return nth_part(count, number, address, self.parted.folder, most=most)

    def pages(self, shared: Shared) -> Iterator[tuple[Subject[T], int]]:
        """Yield what there is a page for, with the numbers of its parts."""
        for subject in self.scope(shared):
            if subject.year is not None and not self.exists(subject.year, subject.names):
                continue
            part = self.part(shared, subject, 1)
            yield from ((subject, number) for number in range(1, 1 + max(1, len(part.pages) if part else 1)))


@dataclass(frozen=True, slots=True)
class ShownAgency:
    """One agency in one year."""

    year: ShownYear
    entry: AgencyScore
    view: AgencyView
    place: int  # in the ranking, from 0


# --- what there is one page for -------------------------------------------------------------------------------------


def once(_shared: Shared) -> Iterator[Subject[None]]:
    """Yield what a page is about that there is once."""
    yield Subject(None, {})


def each_year(shared: Shared) -> Iterator[Subject[ShownYear]]:
    """Yield each year."""
    for year in shared.years:
        yield Subject(year, {"year": year.name}, year)


def each_agency(shared: Shared) -> Iterator[Subject[ShownAgency]]:
    """Yield each agency of each year."""
    for year in shared.years:
        for place, (entry, view) in enumerate(zip(year.scene.results.agencies, year.view.agencies, strict=True)):
            names = {"year": year.name, "slug": view.slug, "name": view.name}
            yield Subject(ShownAgency(year, entry, view, place), names, year)


def each_group(shared: Shared) -> Iterator[Subject[tuple[ShownYear, AgencyGroupView]]]:
    """Yield each group of agencies of each year."""
    for year in shared.years:
        for group in year.view.groups:
            yield Subject((year, group), {"year": year.name, "group": group.id, "name": group.title}, year)


def each_criterion(shared: Shared) -> Iterator[Subject[tuple[ShownYear, Criterion]]]:
    """Yield each criterion of each year."""
    for year in shared.years:
        for criterion in year.scene.year.criteria.values():
            named = [f"{one.code}. {year.scene.of(one.title)}" for one in year.scene.year.upwards(criterion.code)]
            names = {"year": year.name, "code": criterion.code, "name": named[0]}
            above = zip(named[:0:-1], above_of(year, criterion), strict=True)
            yield Subject((year, criterion), names, year, tuple(above))


def each_cut_list(shared: Shared) -> Iterator[Subject[tuple[ShownYear, CutList]]]:
    """Yield each list of cuts of each year."""
    for year in shared.years:
        for listed in year.cuts:
            yield Subject((year, listed), {"year": year.name, "list": listed.id, "name": listed.name}, year)


def each_question(shared: Shared) -> Iterator[Subject[QuestionView]]:
    """Yield each question of each year's survey that a group was asked."""
    for year in shared.years:
        for question in year.questions:
            if question.groups:
                yield Subject(question, {"year": year.name, "id": question.id, "name": question.text}, year)


def each_form(shared: Shared) -> Iterator[Subject[WebForm]]:
    """Yield each web form of each year."""
    for year in shared.years:
        for web in shared.basis.inside.forms[year.name]:
            yield Subject(web, {"year": year.name, "form": web.address, "name": web.title}, year)


def each_round(shared: Shared) -> Iterator[Subject[tuple[ShownYear, tuple[ReportSection, ...]]]]:
    """Yield each stage of each year that has an audit report."""
    for year in shared.years:
        for stage, sections in shared.rounds[year.name].items():
            yield Subject((year, sections), {"year": year.name, "stage": stage, "name": sections[0].title}, year)


def each_career(shared: Shared) -> Iterator[Subject[tuple[CareerYear, ...]]]:
    """Yield each agency over the years, whatever it was called."""
    for key, standings in shared.careers.items():
        last = standings[-1]
        name, of = last.scene.of(last.scene.year.agencies[last.slug].name), last.scene.of(last.scene.year.cycle.of)
        name = f"{name} ({of})" if of else name
        yield Subject(standings, {"career": key, "name": name})


def each_moved(shared: Shared) -> Iterator[Subject[str]]:
    """Yield each address that a renamed agency left, and where it leads."""
    for address, target in moved_addresses(shared.careers):
        yield Subject(target, {"address": address})


# --- what their templates show --------------------------------------------------------------------------------------


MANY = 10  # agencies: of more, a reader looks for one rather than reads them all


def _home(shared: Shared, _thing: None) -> Fields:
    newest: dict[str, YearView] = {}  # of each index that stands beside others, its latest results
    for year in shared.years:
        if year.scene.published:
            newest.setdefault(index_of(year.name), year.view)
    agencies = next(iter(newest.values())).agencies if newest else ()
    first = Part(0, LATEST, is_first=True, pages=())
    desk = [year for year in shared.years if shared.is_inside and not year.scene.published]
    return {
        "desk": [(year.view, plan_view(year.scene), _commits(shared, year, first)["events"]) for year in desk],
        "compared": tuple(after for after, _ in shared.trends),
        "many": len(agencies) > MANY,
        "years": [(year.view, year.scene.published) for year in shared.years],
        "newest": tuple(newest.values()),
        "shown": agencies[:SHOWN],
        "rest": len(agencies[SHOWN:]),
        "changes": shared.changes.get(next(iter(newest.values())).name) if newest else None,
        "docs": shared.is_main and "docs/index.md" in shared.basis.inside.documents,
        "frame": _frame(shared),
    }


def _front(shared: Shared, thing: None) -> Fields:
    identity, labels = shared.basis.identity, shared.labels
    told = web_site(identity, shared.basis.bodies, labels, shared.top) if shared.top else ""
    return {**_home(shared, thing), "title": index_title(identity, labels), "dataset": told}


def _frame(shared: Shared) -> Fields:
    """Return what the frame of every page says of languages; the theme reads it from the front page."""
    return {
        "here": shared.labels.language,
        "folder": shared.folder,
        "locale": shared.labels.text("language.locale"),
        "languages": [
            {"code": one.language, "folder": folder_of(one.language), "name": one.text("language.name")}
            for one in shared.basis.languages
        ],
    }


# The parts of the page about the index, each at a place that other pages lead to.
_ABOUT = {
    "what": "la-gi",
    "how": "cach-doc",
    "who": "ai-lam",
    "open": "minh-bach",
    "cite": "trich-dan",
    "access": "tro-nang",
}


def _about(shared: Shared, _thing: None) -> Fields:
    """Return what the page says of the index, and the words that it explains, in the order of the labels."""
    basis = shared.basis
    publisher = publisher_text(basis.identity, basis.bodies, shared.labels)
    figures = {
        "index": index_text_of(basis.identity, shared.labels),
        "of": assessed_text(basis.identity, shared.labels),
        "publisher": publisher,
        "contact": shared.labels.of(basis.identity.contact) or publisher,
    }
    due = due_text(shared.labels, basis.release) if basis.release else ""
    release = shared.labels.date(basis.identity.release_by) or due
    terms = _named_in(shared.labels, "page.glossary.", ".term")
    return {
        "told": tuple(
            (id_, *(shared.words(f"about.{key}.{part}", **figures) for part in ("title", "text")))
            for key, id_ in _ABOUT.items()
        ),
        "reading": f"{shared.years[0].name}/cach-doc/" if shared.years else "",
        "notices": tuple(notices(basis.identity, release, shared.labels)),
        "terms": tuple(tuple(shared.words(f"glossary.{name}.{part}") for part in ("term", "text")) for name in terms),
    }


def _api(shared: Shared, _thing: None) -> Fields:
    is_public = any(year.scene.published for year in shared.years)
    files = [path for path in shared.api if len(shared.api) <= ROWS or "/agencies/" not in path]
    return {"top": shared.root, "files": tuple(files) if is_public else ()}


def _career(shared: Shared, standings: tuple[CareerYear, ...]) -> Fields:
    slug, year = standings[-1].slug, standings[-1].scene.year
    return {
        "career": career_view(
            standings,
            shared.careers,
            {one.name: one.scene for one in shared.years},
            shared.trends,
            shared.basis.concordances,
        ),
        "chart": career_chart(standings[-1].scene, standings, shared.joined),
        "feed": _led(shared.feeds.get(f"co-quan/{shared.homes[year.name, slug]}/")),
        "changed": shared.changed(year.name, slug),
        "also": _also(year.agencies[slug].name, year.agencies[slug].short),
    }


def _ranking(shared: Shared, year: ShownYear, part: Part) -> Fields:
    """Return what a page shows of some agencies of a year: all of it where there are few."""
    return {
        "shown": year.view.agencies[part.start : part.end],
        "changes": shared.changes.get(year.name),
        "turned": len(year.view.agencies) > COLUMNS,
        "surveyed": _surveyed_in(year, part.start),
        "charts": year_charts(year.scene, year.scene.results.agencies[part.start : part.end]),
    }


def _groups(_shared: Shared, year: ShownYear) -> Fields:
    chart = groups_chart(year.scene.results, year.scene.figures.groups, year.scene.labels)
    return {"chart": chart, "left": len(year.view.agencies) - sum(group.count for group in year.view.groups)}


def _group(shared: Shared, thing: tuple[ShownYear, AgencyGroupView], part: Part) -> Fields:
    """Return some agencies of a group, in the order of the ranking of the year."""
    year, group = thing
    shown = [year.view.agencies[place] for place in group.places[part.start : part.end]]
    return {"group": group, "shown": shown, "changes": shared.changes.get(year.name)}


def _year(shared: Shared, year: ShownYear) -> Fields:
    name, bundle = year.name, shared.basis.bundles[year.name]
    return {
        "card": f"{name}/{CARD}",
        "about": headline(year.plain),
        "dataset": dataset(
            year.plain, bundle, address=f"{shared.top}{shared.root}{name}/", changed=shared.changed(name)
        ),
    }


def _compare(shared: Shared, year: ShownYear) -> Fields:
    """Return what any agencies are compared in; few stand beside each other also where no script runs."""
    cells = len(year.view.agencies) * len(year.scene.year.criteria)
    few = year.view.agencies if len(year.view.agencies) <= COLUMNS and cells <= CELLS else ()
    return {
        "blocks": compared_blocks(year.view, shared.labels),
        "shown": [(agency, column(year.view, place)) for place, agency in enumerate(few)],
        "listed": f"{shared.root}{shared.folder}{year.name}/{LISTED}",
    }


def _surveyed_in(year: ShownYear, place: int) -> str:
    """Return the page of the survey that shows an agency."""
    return nth_address(f"{year.name}/dieu-tra/", place // survey_room(year.scene)[0] + 1 if year.survey else 1)


def _survey(_shared: Shared, year: ShownYear, part: Part) -> Fields:
    """Return the survey, with the first agencies its questions where there is room for them."""
    led = bool(year.survey) and survey_room(year.scene)[1]
    asked = {} if led or not part.is_first else _asked(_shared, year, None)
    return {"survey": year.survey, "led": led, **asked}


def _asked(_shared: Shared, year: ShownYear, part: Part | None) -> Fields:
    """Return the questions of a survey, or a part of them, with the charts that show how they were answered."""
    shown = year.questions[part.start : part.end] if part else year.questions
    return {"questions": shown, "overviews": tuple(overviews(year.scene, {one.id for one in shown}))}


def _agencies_of(_shared: Shared, year: ShownYear) -> int:
    return len(year.view.agencies)


def _lines_of(_shared: Shared, question: QuestionView) -> int:
    return max(len(lines) for _, lines in question.groups)


def _answers(shared: Shared, question: QuestionView, _part: Part) -> Fields:
    """Return a question: of few agencies with a chart for each group."""
    few = _lines_of(shared, question) <= SHOWN // 2 and sum(len(lines) for _, lines in question.groups) <= BARS
    return {"question": question, "whole": few}


def _quality(shared: Shared, year: ShownYear, part: Part) -> Fields:
    """Return what a page says of the survey's quality: of some agencies, and with the first of them of the whole."""
    trends = next((found for name, found in shared.trends if name == year.name), {})
    before = {found.before.year.name for found in trends.values()}
    return {
        "quality": quality_view(year.scene) if part.is_first else None,
        "rows": quality_rows(
            year.scene,
            next((one.scene for one in shared.years if one.name in before), None),
            trends,
            year.scene.results.agencies[part.start : part.end],
        ),
        "before": max(before, default=""),
    }


def _firmness(shared: Shared, year: ShownYear, part: Part) -> Fields:
    """Return what a page says of how firm the ranking is: of some agencies, and with the first of them of the whole."""
    figures, entries = year.scene.figures, year.scene.results.agencies[part.start : part.end]
    judged, flat = figures.overturned, dict[str, list[str]]()
    for other in reversed(shared.years):
        known = {one.code for one in other.scene.figures.flat} if other is not year else ()
        for criterion in figures.flat:
            if shared.code_in(year, criterion, other) in known:
                flat.setdefault(criterion.code, []).append(other.view.told)
    return {
        "firmness": firmness_view(year.scene, flat) if part.is_first else None,
        "areas": figures.firmness.areas,
        "criteria": figures.firmness.criteria,
        "enough": figures.firmness.correlation_from,
        "draws": shared.labels.grouped(figures.drawn.draws if figures.drawn else 0),
        "reach": REACH if figures.ranked > REACH + 1 else None,
        "charts": firmness_charts(year.scene, entries),
        "rows": drawn_rows(year.scene, figures.drawn, entries),
        "judged": drawn_rows(year.scene, judged.drawn if judged else None, entries),
    }


def _of_scene(name: str, view: Callable[[Scene], object]) -> Callable[[Shared, ShownYear], Fields]:
    """Return what shows one view of a year's scene under a name."""
    return lambda _shared, year: {name: view(year.scene)}


def _listed(shared: Shared) -> list[tuple[str, object]]:
    return [(letter, page) for letter, pages in shared.letters for page in pages]


def _search(shared: Shared, _thing: None, part: Part) -> Fields:
    """Return a part of the list from A to Z, and where each letter begins."""
    listed, top = _listed(shared), "tim-kiem/"
    shown: dict[str, list[object]] = {}
    for letter, page in listed[part.start : part.end]:
        shown.setdefault(letter, []).append(page)
    begins = {letter: place for place, (letter, _) in reversed([*enumerate(listed)])}
    found = [(letter, begins[letter] // ROWS + 1) for letter, _ in shared.letters]
    here = part.start // ROWS + 1
    return {
        "letters": tuple((letter, tuple(pages)) for letter, pages in shown.items()),
        "begins": tuple((letter, "" if at == here else nth_address(top, at)) for letter, at in found),
    }


def _events(shared: Shared, year: ShownYear) -> int:
    """Return how long the longest list of a year's history is: its pages cut all of them alike."""
    view, commits = year.view, shared.basis.commits[year.name]
    lists = (view.corrections, view.notices, commits, *(approval.changes for approval in view.approvals))
    return max(map(len, lists))


def _commits(shared: Shared, year: ShownYear, part: Part) -> Fields:
    return commits_view(year.scene, shared.basis.commits[year.name][part.start : part.end], inside=shared.is_inside)


def _bundle(shared: Shared, year: ShownYear) -> tuple[Mapping[str, bytes], str]:
    """Return a year's open data and its folder, seen from the root of the language."""
    return shared.basis.bundles[year.name], f"{shared.root}{year.name}/{BUNDLE}"


def _blocks(_shared: Shared, year: ShownYear, part: Part) -> Fields:
    """Return the ways of some agencies, in the order of the ranking, and with the first of them what is told of all."""
    scene, ways = year.scene, year.scene.figures.ways
    if ways is None:
        return {"blocks": ()}
    return {
        "stages": tuple(columns(scene).values()),
        "much": scene.labels.number(MUCH),
        "monitors": tuple((way.name, scene.body(way.name) or "–") for way in ways.by_monitor),
        "blocks": block_views(scene, ways, year.lines, [one.slug for one in year.view.agencies[part.start : part.end]]),
        "journey": journey_view(scene, ways, year.cuts) if part.is_first else None,
    }


def _cuts(_shared: Shared, thing: tuple[ShownYear, CutList], part: Part) -> Fields:
    """Return a part of a list of what was cut."""
    year, listed = thing
    stages = tuple(columns(year.scene).values())
    return {"stages": stages, "cuts": year.lines.of(listed.rows[part.start : part.end]), "reason": listed.reason}


def _followed_in(year: ShownYear, place: int) -> str:
    """Return the place that follows an agency from claim to decision; empty before anything was appraised."""
    most = agencies_followed(year.scene)
    address = nth_address(f"{year.name}/duong-di/", place // most + 1, "phan/") if most else ""
    return address and f"{address}#cq-{year.view.agencies[place].slug}"


def _downloads(shared: Shared, year: ShownYear) -> Fields:
    licence = shared.basis.identity.licence.title
    return {"downloads": downloads_view(*_bundle(shared, year), shared.labels), "licence": licence}


def _questions(shared: Shared, year: ShownYear) -> Fields:
    """Return what readers ask of the open data, by its name, in words, as a query and as steps in a spreadsheet."""
    files, _ = _bundle(shared, year)
    names = _named_in(shared.labels, "page.questions.list.", ".ask")
    asked = [
        (name, *(shared.words(f"questions.list.{name}.{part}") for part in ("ask", "sql", "excel"))) for name in names
    ]
    return {"asked": tuple(asked), "workbook": next(path for path in files if path.endswith(".xlsx"))}


def _named_in(labels: Labels, top: str, end: str) -> list[str]:
    """Return what stands between two parts of keys, in the order of the labels."""
    return [
        key.removeprefix(top).removesuffix(end) for key in labels.texts if key.startswith(top) and key.endswith(end)
    ]


def _reading(_shared: Shared, year: ShownYear) -> Fields:
    """Return the agency that is the example: one in the middle, whose rank others may well share, that lost points."""
    some = [agency for agency in year.view.agencies if any(leaf.out_of for leaf in agency.lost)]
    return {"one": some[len(some) // 2] if some else None}


def _proof(shared: Shared, year: ShownYear) -> Fields:
    return {"proof": proof_view(*_bundle(shared, year), year.scene.year, year.scene.labels)}


def _agency(shared: Shared, one: ShownAgency) -> Fields:
    scene, name, slug = one.year.scene, one.year.name, one.view.slug
    names = scene.year.agencies[slug]
    return {
        "charts": agency_charts(scene, one.entry, shared.careers[shared.homes[name, slug]], shared.joined),
        "career": shared.homes[name, slug],
        "news": _led(shared.feeds.get(f"co-quan/{shared.homes[name, slug]}/")),
        "surveyed": _surveyed_in(one.year, one.place),
        "followed": _followed_in(one.year, one.place),
        "whatif": is_offered(scene, one.entry),
        "survey": agency_survey_view(scene, slug),
        "beside": beside(one.year.view, one.place),
        "group": next((group for group in one.year.view.groups if one.place in group.places), None),
        "near": _near(one.year.view.agencies, one.place, lambda other: (other.short, f"{name}/co-quan/{other.slug}/")),
        "api": f"{shared.root}{API}{name}/agencies/{slug}.json" if scene.published else "",
        "also": _also(names.name, names.short),
    }


def _roads(shared: Shared, one: ShownAgency, part: Part) -> Fields:
    """Return the criteria of a part by areas, with the first part all: each, and where its road is, "" for here."""
    top, most, places = f"{one.year.name}/co-quan/{one.view.slug}/", one.view.roads, count()
    areas = []
    for area in one.view.areas:
        found = ((leaf, next(places)) for leaf in area.leaves)
        led = [
            (leaf, "" if part.start <= at < part.end else nth_address(top, at // most + 1, ROADS)) for leaf, at in found
        ]
        shown = [(leaf, elsewhere) for leaf, elsewhere in led if part.is_first or not elsewhere]
        areas += [(area, shown)] if shown else []
    return {**_of_agency(shared, one), "roads": areas}


def _led(feed: Feed | None) -> Mapping[str, str] | None:
    """Return what a page says of its news."""
    return None if feed is None else {"title": feed.title, "path": feed.path}


def _near(
    listed: Sequence[T], place: int, told: Callable[[T], tuple[str, str]]
) -> tuple[tuple[str, str] | None, tuple[str, str] | None]:
    """Return the name and address of what stands before and after a place of a list."""
    return (told(listed[place - 1]) if place else None, told(listed[place + 1]) if place + 1 < len(listed) else None)


def _of_agency(shared: Shared, one: ShownAgency) -> dict[str, object]:
    told = figure_of(one.year.scene, one.entry), told_of(one.year.scene, one.entry)
    return {
        "agency": one.view,
        "changed": shared.changed(one.year.name, one.view.slug),
        "card": f"{one.year.name}/co-quan/{one.view.slug}/{CARD}",
        "about": f"{one.view.name}: {'. '.join(filter(None, told))}",
    }


def _leader(shared: Shared, one: ShownAgency) -> Fields:
    slug, scene = one.view.slug, one.year.scene
    trends = [found[slug] for name, found in shared.trends if name == one.year.name and slug in found]
    return {**_of_agency(shared, one), "leader": leader_view(scene, one.entry, trends)}


def _minute(shared: Shared, year: ShownYear) -> Fields:
    """Return a year on one sheet; of many agencies both ends of the ranking."""
    changes, agencies = shared.changes.get(year.name), year.view.agencies
    half = MANY // 2
    return {
        "minute": minute_view(year.scene),
        "changes": changes.sentences[:MOST] if changes else (),
        "shown": agencies if len(agencies) <= MANY else (*agencies[:half], *agencies[-half:]),
    }


def _whatif(shared: Shared, one: ShownAgency) -> Fields:
    decimal = shared.labels.text("language.decimal")
    agencies = one.year.view.agencies
    near = agencies if len(agencies) <= SHOWN else agencies[max(0, one.place - STEP) : one.place + STEP + 1]
    return {
        **_of_agency(shared, one),
        "whatif": whatif_view(one.year.scene, one.entry),
        "near": near,
        "decimal": decimal,
        "leaves": f"{shared.root}{one.year.name}/co-quan/{one.view.slug}/{BOARD}",
        "board": f"{shared.root}{one.year.name}/{BOARD}",
    }


def _outcomes(shared: Shared, thing: tuple[ShownYear, Criterion], part: Part) -> Fields:
    """Return what a page shows of a criterion and some agencies: of few with all reasons, of many the points."""
    year, criterion = thing
    agencies, whole = year.scene.results.agencies, len(year.scene.results.agencies) <= SHOWN
    known = list(year.scene.year.criteria)
    return {
        "near": _near(
            known,
            known.index(criterion.code),
            lambda code: (f"{code} {year.scene.criterion_title(code)}", f"{year.name}/tieu-chi/{code}/"),
        ),
        "criterion": criterion_view(year.scene, criterion, agencies[part.start : part.end], whole=whole),
        "charts": criterion_charts(
            year.scene,
            criterion,
            whole=whole,
            years=[
                (one.scene, code) for one in reversed(shared.years) if (code := shared.code_in(year, criterion, one))
            ],
            joined=shared.joined,
        ),
    }


def above_of(year: ShownYear, criterion: Criterion) -> list[str]:
    """Return the addresses of the criteria above one, the area first."""
    above = [one.code for one in year.scene.year.upwards(criterion.code)][:0:-1]
    return [f"{year.name}/tieu-chi/{code}/" for code in above]


def _also(*texts: Text) -> str:
    """Return the names in any language that the search finds a page by."""
    return " ".join(dict.fromkeys(word for text in texts for word in text.by_language().values()))


def _forms(shared: Shared, year: ShownYear, part: Part) -> Fields:
    listed, agencies = shared.basis.inside.forms[year.name], year.scene.year.agencies
    own: dict[str, list[tuple[str, str]]] = {slug: [] for slug in [*agencies][part.start : part.end]}
    for one in listed:
        if len(one.form.agencies) == 1 and one.form.agencies[0] in own:
            own[one.form.agencies[0]].append((one.address, one.title))
    return {"rows": [(slug, year.scene.of(agencies[slug].name), forms) for slug, forms in own.items()]}


def _form(shared: Shared, web: WebForm) -> Fields:
    return page_values(web, banners=(shared.words("internal"),), listed=True)


def _audits(shared: Shared, year: ShownYear, part: Part) -> Fields:
    top, labels = f"{year.name}/", year.scene.labels
    stages, agencies = shared.rounds[year.name], [*year.scene.year.agencies.values()]
    return {
        "stages": [(stage_text(stage, labels), f"{top}kiem-toan/{stage}/") for stage in stages],
        "agencies": [(labels.of(one.name), f"{top}lich-su/{one.slug}/") for one in agencies[part.start : part.end]],
    }


def _audit(_shared: Shared, thing: tuple[ShownYear, tuple[ReportSection, ...]], part: Part) -> Fields:
    year, sections = thing
    return {"here_tab": f"{year.name}/kiem-toan/", "sections": tuple(rows_between(sections, part.start, part.end))}


def _changes(shared: Shared, one: ShownAgency) -> Fields:
    """Return code, title and history of each criterion of an agency that anything was ever said of."""
    inside, year, labels = shared.basis.inside, one.year.scene.year, one.year.scene.labels
    criteria = (
        (leaf.code, labels.of(leaf.title), tuple(history_blocks(found, year, criterion=leaf, labels=labels)))
        for leaf, found in inside.histories[year.name][one.view.slug]
    )
    return {
        "here_tab": f"{year.name}/kiem-toan/",
        "criteria": tuple((code, title, blocks) for code, title, blocks in criteria if blocks),
        "complete": inside.whole,
    }


# --- the table ------------------------------------------------------------------------------------------------------

IN_YEAR = ("home", "year")
AUDITS = (*IN_YEAR, "audits")
PAGES: tuple[Page[Any], ...] = (
    Page("home", once, "", _front, tab=True, title="identity.index"),
    Page("years", once, "cac-nam/", _home, tab=True),
    Page("about", once, "gioi-thieu/", _about, tab=True),
    Page(
        "search",
        once,
        "tim-kiem/",
        searched=False,
        parted=Parted(lambda shared, _: len(_listed(shared)), ROWS, _search),
    ),
    Page("api", once, "api/", _api, ("home",)),
    Page("career", each_career, "co-quan/{career}/", _career, ("home", "years")),
    Page("moved", each_moved, "{address}", lambda _, target: {"target": target}, searched=False),
    Page(
        "year",
        each_year,
        "{year}/",
        _year,
        ("home",),
        tab=True,
        crumb="page.year.crumb",
        whole=True,
        parted=Parted(_agencies_of, SHOWN, _ranking, folder="xep-hang/"),
    ),
    Page(
        "groups",
        each_year,
        "{year}/nhom/",
        _groups,
        IN_YEAR,
        tab=True,
        whole=True,
        exists=lambda one, _: bool(one.view.groups),
    ),
    Page(
        "group",
        each_group,
        "{year}/nhom/{group}/",
        crumbs=(*IN_YEAR, "groups"),
        parted=Parted(lambda _, one: one[1].count, ROWS // 2, _group),
    ),
    Page("compare", each_year, "{year}/so-sanh/", _compare, IN_YEAR, tab=True),
    Page("criteria", each_year, "{year}/tieu-chi/", _of_scene("tree", tree_view), IN_YEAR, tab=True),
    Page(
        "criterion",
        each_criterion,
        "{year}/tieu-chi/{code}/",
        lambda shared, one: {"also": f"{_also(one[1].title)} {shared.words('column.criterion')}"},
        (*IN_YEAR, "criteria"),
        title=NAME,
        parted=Parted(lambda shared, one: _agencies_of(shared, one[0]), ROWS, _outcomes),
    ),
    Page(
        "survey",
        each_year,
        "{year}/dieu-tra/",
        crumbs=IN_YEAR,
        tab=True,
        exists=lambda year, _: year.survey is not None,
        parted=Parted(
            lambda _, year: len(year.view.agencies) if year.survey else 0,
            lambda year: survey_room(year.scene)[0] if year.survey else SHOWN,
            _survey,
        ),
    ),
    Page(
        "asked",
        each_year,
        "{year}/cau-hoi/",
        lambda _, year: {"here_tab": f"{year.name}/dieu-tra/"},
        (*IN_YEAR, "survey"),
        parted=Parted(lambda _, year: len(year.questions), ASKED, _asked),
        exists=lambda year, _: year.survey is not None and survey_room(year.scene)[1],
    ),
    Page(
        "quality",
        each_year,
        "{year}/dieu-tra/chat-luong/",
        lambda _, year: {"here_tab": f"{year.name}/dieu-tra/"},
        (*IN_YEAR, "survey"),
        parted=Parted(_agencies_of, SHOWN, _quality),
        exists=lambda one, _: one.survey is not None,
    ),
    Page(
        "question",
        each_question,
        "{year}/dieu-tra/{id}/",
        lambda shared, question: {"also": shared.words("survey.question", id=question.id)},
        crumbs=(*IN_YEAR, "survey"),
        title=NAME,
        parted=Parted(_lines_of, lambda question: min(ROWS // 2, LINES // len(question.groups)), _answers),
    ),
    Page(
        "journey",
        each_year,
        "{year}/duong-di/",
        crumbs=IN_YEAR,
        tab=True,
        parted=Parted(
            lambda shared, year: _agencies_of(shared, year) if year.scene.figures.ways else 0,
            lambda year: agencies_followed(year.scene),
            _blocks,
            folder="phan/",
        ),
    ),
    Page(
        "cuts",
        each_cut_list,
        "{year}/duong-di/{list}/",
        lambda _, one: {"here_tab": f"{one[0].name}/duong-di/"},
        (*IN_YEAR, "journey"),
        searched=False,
        parted=Parted(
            lambda _, one: len(one[1].rows),
            CUTS,
            _cuts,
        ),
    ),
    Page(
        "firmness",
        each_year,
        "{year}/on-dinh/",
        crumbs=IN_YEAR,
        tab=True,
        exists=lambda year, _: year.scene.figures.drawn is not None,
        parted=Parted(_agencies_of, SHOWN, _firmness),
    ),
    Page(
        "plan",
        each_year,
        "{year}/ke-hoach/",
        _of_scene("plan", plan_view),
        IN_YEAR,
        tab=True,
        exists=lambda year, _: bool(year.scene.year.plan) or not year.scene.published,
    ),
    Page("method", each_year, "{year}/phuong-phap/", _of_scene("method", method_view), IN_YEAR, tab=True),
    Page(
        "history",
        each_year,
        "{year}/lich-su/",
        crumbs=IN_YEAR,
        tab=True,
        whole=True,
        parted=Parted(_events, ENTRIES, _commits, folder="phan/"),
    ),
    Page("downloads", each_year, "{year}/tai-ve/", _downloads, IN_YEAR, tab=True),
    Page("reading", each_year, "{year}/cach-doc/", _reading, IN_YEAR),
    Page("prove", each_year, "{year}/kiem-tra-lai/", _proof, IN_YEAR, tab=True, whole=True),
    Page("questions", each_year, "{year}/muoi-cau-hoi/", _questions, IN_YEAR),
    Page(
        "agency",
        each_agency,
        "{year}/co-quan/{slug}/",
        _agency,
        IN_YEAR,
        crumb=NAME,
        parted=Parted(lambda _, one: len(one.entry.leaves), lambda one: one.view.roads, _roads, folder=ROADS),
    ),
    Page(
        "whatif",
        each_agency,
        "{year}/co-quan/{slug}/neu-nhu/",
        _whatif,
        (*IN_YEAR, "agency"),
        exists=lambda year, names: is_offered(year.scene, year.scene.results.entry(names["slug"])),
    ),
    Page(
        "minute",
        each_year,
        "{year}/mot-phut/",
        _minute,
        IN_YEAR,
        title="page.leader.year",
        crumb="page.leader.crumb",
        whole=True,
    ),
    Page(
        "leader",
        each_agency,
        "{year}/co-quan/{slug}/mot-phut/",
        _leader,
        (*IN_YEAR, "agency"),
        crumb="page.leader.crumb",
    ),
    Page(
        "forms",
        each_year,
        "{year}/bieu-mau/",
        crumbs=IN_YEAR,
        tab=True,
        title="webform.index.title",
        audience="internal",
        main_only=True,
        parted=Parted(_agencies_of, ROWS // 2, _forms),
    ),
    Page("form", each_form, FORM, _form, title=NAME, template=TEMPLATE, audience="internal", main_only=True),
    Page(
        "audits",
        each_year,
        "{year}/kiem-toan/",
        crumbs=IN_YEAR,
        tab=True,
        audience="internal",
        parted=Parted(_agencies_of, ROWS, _audits),
    ),
    Page(
        "audit",
        each_round,
        "{year}/kiem-toan/{stage}/",
        crumbs=AUDITS,
        title=NAME,
        audience="internal",
        parted=Parted(lambda _, one: sum(section.rows for section in one[1]), ROWS, _audit),
    ),
    Page("changes", each_agency, "{year}/lich-su/{slug}/", _changes, AUDITS, audience="internal"),
)


def rows_of(shared: Shared) -> tuple[Page[Any], ...]:
    """Return the pages that this audience has in this language."""
    return tuple(
        row for row in PAGES if (row.audience == "public" or shared.is_inside) and (shared.is_main or not row.main_only)
    )


def values_of(
    row: Page[T], subject: Subject[T], shared: Shared, rows: Sequence[Page[Any]], number: int = 1
) -> dict[str, object]:
    """Return all that the template of a page shows, or a further part of it; `rows` are the pages that there are."""

    def words(row: Page[Any], key: str) -> str:
        return subject.names[NAME] if key == NAME else shared.labels.text(key.replace("<id>", row.id), **told)

    def address(row: Page[Any]) -> str:
        return row.address.format_map(subject.names)

    year = subject.year
    told = {**subject.names, "year": year.view.told} if year else subject.names
    above = [(words(one, one.crumb), address(one)) for name in row.crumbs for one in rows if one.id == name]
    values = {
        "title": words(row, row.title),
        "crumbs": (*above, *subject.above),
        "here": words(row, row.title if row.crumb == TAB and not row.tab else row.crumb),
        "changed": shared.changed(year.name) if year else shared.basis.day,
        "also": shared.labels.texts.get(f"page.{row.id}.also", ""),
        **shared.about(year),
    }
    if year:
        own = [one for one in shared.years if index_of(one.name) == index_of(year.name)]
        beside = [one for one in shared.years if one.name[:4] == year.name[:4]]
        values |= {
            "year": year.view if row.whole else year.face,
            "switch": tuple(_elsewhere(row, subject.names, [(one.name[:4], one) for one in own], shared)),
            "indices": tuple(_elsewhere(row, subject.names, [(one.view.told, one) for one in beside], shared)),
            "tabs": tuple((words(one, TAB), address(one)) for one in tabs(rows, each_year) if one.exists(year, told)),
            "here_tab": address(row) if row.tab else "",
            "feed": _led(shared.feeds.get(f"{year.name}/")),
        }
    part = row.part(shared, subject, number)
    if part is not None and row.parted is not None:
        values |= {"part": part, **row.parted.view(shared, subject.thing, part)}
    if number == 1:
        return {**values, **row.view(shared, subject.thing)}
    title = words(row, row.title)
    crumbs = (*above, *subject.above, (title, address(row)))
    told = {"title": shared.words("part.name", name=title, part=number), "here": shared.words("part.here", part=number)}
    return {**values, **told, "crumbs": crumbs, "here_tab": ""}


def _elsewhere(
    row: Page[Any], names: Mapping[str, str], years: Sequence[tuple[str, ShownYear]], shared: Shared
) -> Iterator[tuple[str, str, bool, bool]]:
    """Yield a page in some years, each after its words: this page there or the nearest, whether this, whether here."""
    chain = [row, *(one for name in reversed(row.crumbs) for one in PAGES if one.id == name)]
    for words, year in years if len(years) > 1 else ():
        known = shared.names_in(names, names["year"], year.name)
        found = next((one for one in chain if known.keys() >= one.fields and one.exists(year, known)), None)
        if found is not None:  # a page that stands alone, such as a form, leads nowhere
            yield words, found.address.format_map(known), found is row, year.name == names["year"]


def tabs(rows: Iterable[Page[Any]], scope: Callable[[Shared], object]) -> list[Page[Any]]:
    """Return the pages that have a tab: those of a year, or those that there are once."""
    return [row for row in rows if row.tab and row.scope is scope]


def menu(labels: Labels) -> list[tuple[str, str]]:
    """Return what stands above every page of a language: words, and the path of the page that they lead to."""
    return [(labels.text(TAB.replace("<id>", row.id)), f"{row.address}index.md") for row in tabs(PAGES, once)]

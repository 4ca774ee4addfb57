"""The site as Markdown pages and files to download: which years a reader may see, which page stands at which address.

What a page may show of a record is the matter of `core.publish.site`, how it looks that of `site_templates/`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from pipeline.adapters.charts import picture
from pipeline.adapters.pages import ENDING, WHOLE, Pages
from pipeline.adapters.repository import Change, File, Repository
from pipeline.adapters.templates import Engine
from pipeline.core.ground.labels import LANGUAGES, Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.core.ground.text import Text
from pipeline.core.index.approved_table import is_published
from pipeline.core.index.scoring import score
from pipeline.core.index.words import signer_text, stage_text, with_stages
from pipeline.core.publish.charts.card import Card, drawn
from pipeline.core.publish.scene import Scene
from pipeline.core.publish.site import whatifs
from pipeline.core.publish.site.agencies import agency_view
from pipeline.core.publish.site.api import SCHEMAS, api_files
from pipeline.core.publish.site.api import TOP as API
from pipeline.core.publish.site.careers import career_view, careers, moved_addresses
from pipeline.core.publish.site.comparisons import changes_view
from pipeline.core.publish.site.criteria import criterion_view, tree_view
from pipeline.core.publish.site.downloads import DownloadsView, downloads_view
from pipeline.core.publish.site.feed import atom
from pipeline.core.publish.site.methods import method_view
from pipeline.core.publish.site.news import agency_feed, year_feed
from pipeline.core.publish.site.page_charts import agency_charts, criterion_charts, year_charts
from pipeline.core.publish.site.plans import plan_view
from pipeline.core.publish.site.rankings import YearView, beside, year_view
from pipeline.core.publish.site.search import entries, index_script, letters
from pipeline.core.publish.site.sharing import CARD, agency_card, dataset, told_of, year_card
from pipeline.core.publish.site.survey_figures import agency_survey_view, survey_view
from pipeline.core.publish.site.whatifs import is_offered, whatif_view
from pipeline.core.record import layout
from pipeline.core.record.model import Year
from pipeline.core.rounds.audit_report import report_sections, report_title
from pipeline.core.rounds.history import Chronicle, Look, history
from pipeline.core.rounds.history_words import CommitBlock, history_blocks
from pipeline.flows import export, inspect_history, web_forms
from pipeline.flows.snapshot import Snapshot

Audience: TypeAlias = Literal["public", "internal"]
TEMPLATES = "site_templates"
MAIN = "vi"  # the language at the root of the site
DOCS = "docs"
DOCS_PATH = "tai-lieu/"
ASSETS, FONTS = "assets/", "assets/fonts/"
BUNDLE = "du-lieu/"  # at the root of the site only: its words are in both languages
AUDITS, HISTORY = "kiem-toan/", "lich-su/"
MOST_COMMITS = 200
TABS = (
    ("result", ""),
    ("compare", "so-sanh/"),
    ("criteria", "tieu-chi/"),
    ("survey", "dieu-tra/"),
    ("plan", "ke-hoach/"),
    ("method", "phuong-phap/"),
    ("history", "lich-su/"),
    ("downloads", "tai-ve/"),
)


@dataclass(frozen=True, slots=True)
class Event:
    """One commit that touched a year's data; who made it and what they called it are shown inside only."""

    commit: str
    day: str
    touched: tuple[str, ...]
    author: str
    summary: str


def render(
    snapshot: Snapshot,
    repository: Repository,
    *,
    audience: Audience,
    today: str,
    labels: Labels,
    bundles: dict[str, Mapping[str, bytes]] | None = None,
    address: str = "",
) -> Mapping[str, bytes]:
    """Return every page and file of the site in one language by its path below the folder of pages.

    Args:
        snapshot: what the data says.
        repository: where templates, the project's docs and the history of the data are read.
        audience: `public` shows approved years from their day of publication on, `internal` drafts as well.
        today: the day the site goes by.
        labels: the words of the pages; forms to fill in and the project's own documents come in Vietnamese only.
        bundles: the open data of years made before, by year; what is made here is put there as well.
        address: where the site will stand, ending in a slash; empty where nobody knows it.

    Raises:
        ParindexError: the templates are missing or broken.
    """
    files = repository.tree(None, TEMPLATES, DOCS).files
    top = address and address + ("" if labels.language == MAIN else f"{labels.language}/")
    site = _Site(snapshot, repository, files=files, audience=audience, today=today, labels=labels, top=top)
    site.bundles = {} if bundles is None else bundles
    made = dict(site.files())
    return dict(sorted({**made, **dict(site.search(made)), **dict(site.moved())}.items()))


def render_all(
    snapshot: Snapshot,
    repository: Repository,
    *,
    audience: Audience,
    today: str,
    languages: Iterable[Labels],
    address: str = "",
) -> Mapping[str, bytes]:
    """Return the site in several languages: Vietnamese at the root, each other one in a folder named after it.

    Arguments and errors are those of `render`.
    """
    bundles: dict[str, Mapping[str, bytes]] = {}
    return {
        f"{'' if labels.language == MAIN else f'{labels.language}/'}{path}": data
        for labels in languages
        for path, data in render(
            snapshot, repository, audience=audience, today=today, labels=labels, bundles=bundles, address=address
        ).items()
    }


class _Site:
    """One run of `render`: what all its pages share."""

    def __init__(
        self,
        snapshot: Snapshot,
        repository: Repository,
        *,
        files: Mapping[str, File],
        audience: Audience,
        today: str,
        labels: Labels,
        top: str,
    ) -> None:
        folder = f"{TEMPLATES}/"
        templates = {
            path.removeprefix(folder): file.data
            for path, file in files.items()
            if path.startswith(folder) and path.endswith((ENDING, WHOLE))
        }
        if not templates:
            raise ParindexError("no-templates", path=str(repository.root))
        self.snapshot, self.repository, self.folder = snapshot, repository, files
        self.audience, self.today, self.top = audience, today, top
        labels = with_stages(labels, snapshot.world.years.values())
        self.labels = dataclasses.replace(labels, marks=True)
        self.bundles: dict[str, Mapping[str, bytes]] = {}
        self.root = "" if labels.language == MAIN else "../"  # of the site, as seen from that of the language
        self.plain = labels  # without marks, for files and feeds
        # What is written in one language only, and for readers inside.
        self.own = audience == "internal" and labels.language == MAIN
        self.pages = Pages(templates, words=self.words, engines=Engine)
        years = sorted(snapshot.world.years.values(), key=lambda year: year.name, reverse=True)
        self.commits = {year.name: self.history(year) for year in years}
        self.signed = inspect_history.signatures_of(snapshot)
        scenes = [self.scene(year) for year in years if self.is_shown(year)]
        self.years = tuple((scene, year_view(scene)) for scene in scenes)
        shown = {scene.year.name for scene in scenes}
        known = snapshot.world.concordances
        self.concordances = tuple(pair for pair in known if {pair.before, pair.after} <= shown)
        self.careers = careers(scenes, self.concordances)

    def words(self, key: str, /, **figures: object) -> str:
        """Return words of the pages."""
        return self.labels.text(f"page.{key}", **figures)

    def is_shown(self, year: Year) -> bool:
        """Tell whether this audience may see a year."""
        return self.audience == "internal" or is_published(year, self.today)

    def scene(self, year: Year) -> Scene:
        """Return what it takes to tell a year."""
        world = self.snapshot.world
        published = is_published(year, self.today)
        touched = {path: change.commit for change in reversed(self.commits[year.name]) for path in change.paths}
        return Scene(
            score(year),
            world.bodies,
            world.calendar,
            self.today,
            published,
            with_stages(self.labels, [year]),
            thresholds=world.thresholds,
            commits=touched,
        )

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield every file of the site."""
        yield from self.assets()
        listed = {
            "years": [(view, scene.published) for scene, view in self.years],
            "latest": next((view for scene, view in self.years if scene.published), None),
            "docs": self.own and any(path == f"{DOCS}/index.md" for path, _ in self.documents()),
        }
        yield self.page("index.md", "home", self.words("home.title"), values=listed)
        yield self.page("cac-nam/index.md", "years", self.words("years.title"), values=listed)
        yield self.page("gioi-thieu/index.md", "about", self.words("about.title"), values={"terms": self.glossary()})
        for scene, view in self.years:
            yield from self.year(scene, view)
            if self.labels.language == MAIN:
                yield from ((f"{view.name}/{BUNDLE}{path}", data) for path, data in self.bundle(scene).items())
        for slug in self.careers:
            yield from self.career(slug)
        yield from self.api()
        yield from self.robots()
        if self.own:
            yield from self.docs()

    def api(self) -> Iterator[tuple[str, bytes]]:
        """Yield the files for programs, once for all languages, and in each language the page that explains them."""
        public = [scene.told_in(self.plain) for scene, _ in self.years if scene.published]
        made = dict(api_files(public, self.snapshot.tree.commit))
        if self.labels.language == MAIN:
            yield from made.items()
            for path, file in self.folder.items():
                if path.startswith(f"{TEMPLATES}/api/"):
                    yield SCHEMAS + path.rpartition("/")[2], file.data
        values = {"top": self.root, "files": tuple(made) if public else ()}
        trail = ((self.words("home.crumb"), ""),)
        yield self.page("api/index.md", "api", self.words("api.title"), crumbs=trail, values=values)

    def robots(self) -> Iterator[tuple[str, bytes]]:
        """Yield what search engines are told: nothing of what stays inside, else where the lists of addresses are."""
        if self.labels.language != MAIN:
            return
        if self.audience == "internal":
            yield "robots.txt", b"User-agent: *\nDisallow: /\n"
        elif self.top:
            folders = ("" if language == MAIN else f"{language}/" for language in LANGUAGES)
            maps = "".join(f"Sitemap: {self.top}{folder}sitemap.xml\n" for folder in folders)
            yield "robots.txt", f"User-agent: *\nAllow: /\n\n{maps}".encode()

    def card(self, folder: str, card: Card) -> Iterator[tuple[str, bytes]]:
        """Yield the picture of a card in a folder."""
        yield folder + CARD, picture(drawn(card))

    def career(self, slug: str) -> Iterator[tuple[str, bytes]]:
        """Yield the page of an agency over the years, and the feed of its news."""
        standings = self.careers[slug]
        public = [standing for standing in standings if standing.scene.published]
        feed = agency_feed([(standing.scene, standing.slug) for standing in public], self.plain) if public else None
        view = career_view(standings, self.concordances, self.snapshot.world.thresholds)
        trail = ((self.words("home.crumb"), ""), (self.words("years.title"), "cac-nam/"))
        names = standings[-1].scene.year.agencies[standings[-1].slug]
        path = f"co-quan/{slug}/index.md"
        values = {"career": view, "feed": feed, "changed": self.changed(standings[-1].scene.year, slug)}
        title = self.words("career.title", name=view.name)
        yield self.page(path, "career", title, crumbs=trail, values=values, also=(names.name, names.short))
        if feed:
            yield feed.path, atom(feed, language=self.labels.language, top=self.top)

    def moved(self) -> Iterator[tuple[str, bytes]]:
        """Yield a page at each address that a renamed agency left, which leads on."""
        for address, target in moved_addresses(self.careers):
            yield self.page(f"{address}index.md", "moved", self.words("moved.title"), values={"target": target})

    def latest(self, slug: str, year: str) -> str:
        """Return under which slug an agency of a year stands among the agencies over the years."""
        return next(
            latest
            for latest, standings in self.careers.items()
            if any(one.slug == slug and one.scene.year.name == year for one in standings)
        )

    def search(self, made: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
        """Yield the page that searches all other pages and lists them from A to Z, and the index it reads."""
        found = tuple(entries(made))
        yield f"{ASSETS}search-index.js", index_script(found)
        yield self.page("tim-kiem/index.md", "search", self.words("search.title"), values={"letters": letters(found)})

    def assets(self) -> Iterator[tuple[str, bytes]]:
        """Yield styles, fonts and other files that pages use as they are; the forms' own where forms are."""
        folders = (ASSETS, FONTS, *((web_forms.ASSETS,) if self.own else ()))
        for path, file in self.folder.items():
            name = path.removeprefix(f"{TEMPLATES}/")
            if name.startswith(ASSETS) and name[: name.rindex("/") + 1] in folders:
                yield name, file.data

    def page(
        self,
        path: str,
        template: str,
        title: str,
        *,
        values: Mapping[str, object],
        crumbs: Iterable[tuple[str, str]] = (),
        also: Iterable[Text] = (),
    ) -> tuple[str, bytes]:
        """Return one page under its path, with what every page shows; search finds it by `also` in any language."""
        year = values.get("year")
        own = year.banners if isinstance(year, YearView) else self.illustrative()
        shared: dict[str, object] = {
            "title": title,
            "crumbs": tuple(crumbs),
            "banners": (*self.banners(), *own),
            "changed": self.snapshot.tree.day or "",
            "also": " ".join(dict.fromkeys(word for text in also for word in (text.vi, text.en) if word)),
            **self.origin(),
        }
        return path, self.pages.page(template, path, {**shared, **values})

    def banners(self) -> tuple[str, ...]:
        """Return what stands on every page of this audience."""
        return (self.words("internal"),) if self.audience == "internal" else ()

    def illustrative(self) -> tuple[str, ...]:
        """Return what stands on every page that is of no year, where a year that is shown has made-up figures."""
        named = [scene.year.name for scene, _ in self.years if scene.year.cycle.illustrative]
        if not named:
            return ()
        whole = len(named) == len(self.years)
        return (
            self.labels.text("word.illustrative")
            if whole
            else self.words("illustrative-years", years=", ".join(named)),
        )

    def glossary(self) -> tuple[tuple[str, str], ...]:
        """Return the words that the page about the site explains, in the order of the labels."""
        top, end = "page.glossary.", ".term"
        keys = [key for key in self.labels.texts if key.startswith(top) and key.endswith(end)]
        return tuple((self.labels.text(key), self.labels.text(key.removesuffix(end) + ".text")) for key in keys)

    def year(self, scene: Scene, view: YearView) -> Iterator[tuple[str, bytes]]:
        """Yield every page of a year."""
        name = view.name
        tabs = tuple((self.words(f"tab.{key}"), f"{name}/{folder}") for key, folder in TABS)
        if self.own:
            tabs = (*tabs, (self.labels.text("webform.index.tab"), f"{name}/{web_forms.FOLDER}"))
        if self.audience == "internal":
            tabs = (*tabs, (self.labels.text("audit.page.tab"), f"{name}/{AUDITS}"))
        trail = ((self.words("home.crumb"), ""), (self.words("year.crumb", year=name), f"{name}/"))
        feed = year_feed(scene.told_in(self.plain)) if scene.published else None
        if feed:
            yield feed.path, atom(feed, language=self.labels.language, top=self.top)
        changed = self.changed(scene.year)
        shared: dict[str, object] = {"year": view, "tabs": tabs, "here_tab": "", "feed": feed, "changed": changed}
        title = self.words("year.title", year=name)
        plain = scene.told_in(self.plain)
        told = year_view(plain)
        yield from self.card(f"{name}/", year_card(plain, told))
        tables = tuple(path for path in self.bundle(scene) if path.endswith((".zip", ".csv", ".json", ".xlsx")))
        own = {
            **shared,
            "here_tab": f"{name}/",
            "charts": year_charts(scene),
            "changes": changes_view(scene, (known for known, _ in self.years), self.concordances),
            "card": f"{name}/{CARD}",
            "about": told.headline,
            "dataset": dataset(plain, told, address=f"{self.top}{self.root}{name}/", files=tables, changed=changed),
        }
        yield self.page(f"{name}/index.md", "year", title, crumbs=trail[:1], values=own)
        survey = survey_view(scene)
        data: dict[str, Mapping[str, object]] = {
            "compare": {},
            "criteria": {"tree": tree_view(scene)},
            "survey": {"survey": survey},
            "plan": {"plan": plan_view(scene)},
            "method": {"method": method_view(scene)},
            "history": {"events": tuple(self.events(scene))},
            "downloads": {"downloads": self.downloads(scene)},
        }
        for key, folder in TABS[1:]:
            own = {**shared, **data[key], "here_tab": f"{name}/{folder}"}
            title = self.words(f"{key}.title", year=name)
            yield self.page(f"{name}/{folder}index.md", key, title, crumbs=trail, values=own)
        for question in survey.questions if survey else ():
            if question.groups:
                title = self.words("survey.question-title", id=question.id, year=name)
                way = (*trail, (self.words("tab.survey"), f"{name}/dieu-tra/"))
                path = f"{name}/dieu-tra/{question.id}/index.md"
                yield self.page(path, "question", title, crumbs=way, values={**shared, "question": question})
        yield from self.agencies(scene, view, trail=trail, shared=shared)
        yield from self.criteria(scene, trail=trail, shared=shared)
        if self.audience == "internal":
            yield from self.audits(scene, trail, shared)
        if self.own:
            own = {**shared, "here_tab": f"{name}/{web_forms.FOLDER}"}
            yield from self.forms(scene, {"crumbs": trail, "values": own})

    def agencies(
        self, scene: Scene, view: YearView, *, trail: tuple[tuple[str, str], ...], shared: Mapping[str, object]
    ) -> Iterator[tuple[str, bytes]]:
        """Yield the page of each agency of a year; `trail` and `shared` are what the year's pages have in common."""
        name = view.name
        if any(is_offered(scene, entry) for entry in scene.results.agencies):
            yield f"{name}/{whatifs.BOARD}", whatifs.board_script(scene.results)
        for entry, agency in zip(scene.results.agencies, view.agencies, strict=True):
            title = self.words("agency.title", name=agency.name, year=name)
            path = f"{name}/co-quan/{agency.slug}/index.md"
            names = scene.year.agencies[agency.slug]
            own = {
                **shared,
                "agency": agency,
                "charts": agency_charts(scene, entry),
                "career": self.latest(agency.slug, name),
                "changed": self.changed(scene.year, agency.slug),
                "whatif": is_offered(scene, entry),
                "survey": agency_survey_view(scene, agency.slug),
                "beside": beside(view, agency.slug),
                "api": f"{self.root}{API}{name}/agencies/{agency.slug}.json" if scene.published else "",
                "card": f"{name}/co-quan/{agency.slug}/{CARD}",
                "about": f"{agency.name}: {agency.index}%. {told_of(scene, view, agency)}",
            }
            plain = scene.told_in(self.plain)
            card = agency_card(plain, view, agency_view(plain, entry))
            yield from self.card(f"{name}/co-quan/{agency.slug}/", card)
            yield self.page(path, "agency", title, crumbs=trail, values=own, also=(names.name, names.short))
            if is_offered(scene, entry):
                title = self.words("whatif.title", name=agency.name, year=name)
                own = {**own, "whatif": whatif_view(scene, entry)}
                crumbs = (*trail, (agency.name, f"{name}/co-quan/{agency.slug}/"))
                path = f"{name}/co-quan/{agency.slug}/{whatifs.FOLDER}index.md"
                yield self.page(path, "whatif", title, crumbs=crumbs, values=own)

    def criteria(
        self, scene: Scene, *, trail: tuple[tuple[str, str], ...], shared: Mapping[str, object]
    ) -> Iterator[tuple[str, bytes]]:
        """Yield the page of each criterion of a year; `trail` and `shared` are what the year's pages have in common."""
        name = scene.year.name
        for criterion in scene.year.criteria.values():
            one = criterion_view(scene, criterion)
            above = ((f"{code}. {words}", f"{name}/tieu-chi/{code}/") for code, words in one.path)
            crumbs = (*trail, (self.words("tab.criteria"), f"{name}/tieu-chi/"), *above)
            path = f"{name}/tieu-chi/{one.code}/index.md"
            own = {**shared, "criterion": one, "charts": criterion_charts(scene, criterion)}
            title = f"{one.code}. {one.title}"
            yield self.page(path, "criterion", title, crumbs=crumbs, values=own, also=(criterion.title,))

    def forms(self, scene: Scene, page: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
        """Yield the web forms of a year, and the page that lists them.

        Args:
            scene: the year.
            page: what the list shares with the year's other pages.
        """
        listed = web_forms.sheets_of(self.snapshot, scene.year, scene.labels)
        agencies = {sheet.agency.slug: sheet.agency for sheet in listed}
        rows = [
            (slug, self.labels.of(agency.name), [(one.name, one.title) for one in listed if one.agency is agency])
            for slug, agency in agencies.items()
        ]
        values = {**page["values"], "rows": rows, "words": self.form_words}
        title = self.labels.text("webform.index.title", year=scene.year.name)
        path = f"{scene.year.name}/{web_forms.FOLDER}"
        yield self.page(f"{path}index.md", "forms", title, crumbs=page["crumbs"], values=values)
        for sheet in listed:
            yield web_forms.page_of(sheet, self.pages, banners=self.banners(), listed=True)

    def form_words(self, key: str, /, **figures: object) -> str:
        """Return words of the forms."""
        return self.labels.text(f"webform.{key}", **figures)

    def audits(
        self, scene: Scene, trail: tuple[tuple[str, str], ...], shared: Mapping[str, object]
    ) -> Iterator[tuple[str, bytes]]:
        """Yield the audit report of each stage of a year and the history of each agency's criteria, for readers inside.

        Args:
            scene: the year.
            trail: the way to the year's pages.
            shared: what the year's pages share.
        """
        name, labels = scene.year.name, scene.labels
        known = inspect_history.chronicle(self.repository, None)
        stages = [stage for stage in scene.year.cycle.stages.names if scene.year.stages.get(stage)]
        agencies = scene.year.agencies.values()
        values = {
            **shared,
            "here_tab": f"{name}/{AUDITS}",
            "words": self.audit_words,
            "stages": [(stage_text(stage, labels), f"{name}/{AUDITS}{stage}/") for stage in stages],
            "agencies": [(labels.of(agency.name), f"{name}/{HISTORY}{agency.slug}/") for agency in agencies],
        }
        title = self.audit_words("title", year=name)
        yield self.page(f"{name}/{AUDITS}index.md", "audits", title, crumbs=trail, values=values)
        crumbs = (*trail, (self.audit_words("tab"), f"{name}/{AUDITS}"))
        for stage in stages:
            told = inspect_history.round_report(
                self.snapshot, self.repository, None, year=name, stage=stage, known=known
            )
            own = {**values, "sections": report_sections(told, labels)}
            path = f"{name}/{AUDITS}{stage}/index.md"
            yield self.page(path, "audit", report_title(told, labels), crumbs=crumbs, values=own)
        look = inspect_history.look(self.snapshot, self.repository)
        for agency in agencies:
            criteria = tuple(self.changes(scene.year, agency.slug, known, look))
            own = {**values, "criteria": criteria, "complete": not known.edges}
            title = self.audit_words("history-title", agency=labels.of(agency.name), year=name)
            path = f"{name}/{HISTORY}{agency.slug}/index.md"
            yield self.page(path, "changes", title, crumbs=crumbs, values=own)

    def audit_words(self, key: str, /, **figures: object) -> str:
        """Return words of the pages of audits and histories."""
        return self.labels.text(f"audit.page.{key}", **figures)

    def changes(
        self, year: Year, agency: str, known: Chronicle, look: Look
    ) -> Iterator[tuple[str, str, tuple[CommitBlock, ...]]]:
        """Yield code, title and history of each criterion of an agency that anything was ever said of."""
        for leaf in year.leaves():
            found = inspect_history.with_signers(
                history(known, year, agency, criterion=leaf.code, look=look), self.signed
            )
            blocks = tuple(history_blocks(found, year, criterion=leaf, labels=self.labels))
            if blocks:
                yield leaf.code, self.labels.of(leaf.title), blocks

    def downloads(self, scene: Scene) -> DownloadsView:
        """Return what the page of downloads lists; the files stand at the root of the site."""
        return downloads_view(self.bundle(scene), f"{self.root}{scene.year.name}/{BUNDLE}", self.labels)

    def bundle(self, scene: Scene) -> Mapping[str, bytes]:
        """Return the open data of a year, which is the same in every language."""
        name = scene.year.name
        if name not in self.bundles:
            self.bundles[name] = export.bundle(self.snapshot, year=name, audience=self.audience, today=self.today)
        return self.bundles[name]

    def history(self, year: Year) -> tuple[Change, ...]:
        """Return the commits that touched a year's data, newest first; none where the data is of no commit."""
        tree = self.snapshot.tree
        if tree.day is None:
            return ()
        return self.repository.history(tree.commit or "HEAD", layout.DATA + year.name, MOST_COMMITS)

    def changed(self, year: Year, agency: str | None = None) -> str:
        """Return the day of the last commit that touched a year's data, or what of it an agency's page shows."""
        days = (
            change.day
            for change in self.commits[year.name]
            for place in map(layout.place, change.paths)
            if agency is None or place is None or place.agency in {None, agency}
        )
        return next(days, self.snapshot.tree.day or "")

    def events(self, scene: Scene) -> Iterator[Event]:
        """Yield the commits that touched a year's data, newest first."""
        return (self.event(scene, change) for change in self.commits[scene.year.name])

    def event(self, scene: Scene, change: Change) -> Event:
        """Return a commit as this audience may see it."""
        inside = self.audience == "internal"
        return Event(
            commit=change.commit,
            day=self.labels.date(change.day),
            touched=tuple(self.touched(scene, change.paths)),
            author=self.signer(change) if inside else "",
            summary=change.summary if inside else "",
        )

    def signer(self, change: Change) -> str:
        """Return who stands behind a commit, as their key proves or as they typed it."""
        commit = self.repository.commits([change.commit])[change.commit]
        return signer_text(change.author, self.signed(commit), self.labels)

    def touched(self, scene: Scene, paths: Iterable[str]) -> Iterator[str]:
        """Yield in words what paths of a year hold: each kind once, with the agencies where they are not all."""
        kinds: dict[str, dict[str, None]] = {}
        for place in map(layout.place, paths):
            if place is None:
                kinds.setdefault(self.words("history.other"), {})
            elif place.kind == "amendment":
                kinds.setdefault(self.words("history.amendment", number=place.number), {})
            elif place.agency is None or place.kind == "survey-counts":
                kinds.setdefault(self.words(f"history.kind.{place.kind}"), {})
            else:
                kinds.setdefault(stage_text(place.stage, self.labels), {})[scene.agency_short(place.agency)] = None
        for kind, agencies in kinds.items():
            some = 0 < len(agencies) < len(scene.year.agencies)
            yield self.words("history.of", what=kind, of=", ".join(agencies)) if some else kind

    def docs(self) -> Iterator[tuple[str, bytes]]:
        """Yield the project's own documents, for readers inside, between the banner and the foot of every page."""
        shared = {"banners": (*self.banners(), *self.illustrative()), **self.origin()}
        head, foot = (self.pages.page(name, DOCS_PATH, shared) for name in ("docs_head", "docs_foot"))
        for path, file in self.documents():
            yield f"{DOCS_PATH}{path.removeprefix(f'{DOCS}/')}", _after_front_matter(file.data, head) + b"\n" + foot

    def documents(self) -> Iterator[tuple[str, File]]:
        """Yield the files of the project's own documents."""
        return ((p, f) for p, f in self.folder.items() if p.startswith(f"{DOCS}/") and p.endswith(".md") and f.plain)

    def origin(self) -> dict[str, object]:
        """Return what every page says of where it comes from."""
        return {"commit": self.snapshot.tree.commit, "today": self.labels.date(self.today)}


def _after_front_matter(page: bytes, told: bytes) -> bytes:
    """Return a page with words before its text; front matter stays first."""
    begin, fence = b"---\n", b"\n---\n"
    end = page.find(fence) + len(fence) if page.startswith(begin) and fence in page else 0
    return page[:end] + told + b"\n" + page[end:]

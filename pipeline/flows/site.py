"""The site as Markdown pages and files to download: read what the pages stand on, write each row of `PAGES`.

Which pages there are and what they show: `core.publish.site.pages`. How they look: `site_templates/`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from posixpath import normpath

from pipeline.adapters.cards import kept_picture
from pipeline.adapters.generator import SETTINGS, Frame
from pipeline.adapters.pages import Pages, inert
from pipeline.adapters.program import TOP, program_digest, program_files
from pipeline.adapters.repository import Repository
from pipeline.adapters.templates import Engine
from pipeline.core.ground.kept import Kept
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.core.ground.text import MAIN
from pipeline.core.index.approved_table import is_published
from pipeline.core.index.scoring import score
from pipeline.core.index.words import with_stages
from pipeline.core.publish.charts.card import drawn
from pipeline.core.publish.identity_words import index_text_of, site_summary
from pipeline.core.publish.opendata.fields import Audience
from pipeline.core.publish.scene import Figures, Scene
from pipeline.core.publish.site.agencies import AgencyView
from pipeline.core.publish.site.api import SCHEMAS
from pipeline.core.publish.site.columns import column_files
from pipeline.core.publish.site.feed import atom
from pipeline.core.publish.site.links import lost_links
from pipeline.core.publish.site.pages import BUNDLE, menu, rows_of, values_of
from pipeline.core.publish.site.rankings import YearFace, YearView
from pipeline.core.publish.site.search import entries, index_files, letters
from pipeline.core.publish.site.shared import Inside, Shared, ShownYear, SiteBasis, folder_of, shared_by
from pipeline.core.publish.site.sharing import CARD, agency_card, sitemap, year_card
from pipeline.core.publish.site.whatifs import BOARD, board_script, is_offered, leaves_script
from pipeline.core.record import layout
from pipeline.core.record.authorship import DataCommit
from pipeline.core.record.model import EVIDENCE, SiteIdentity, Year
from pipeline.core.rounds.history import history
from pipeline.flows import export, inspect_history, web_forms
from pipeline.flows.dossiers import without_dossiers
from pipeline.flows.inspect_history import with_words
from pipeline.flows.snapshot import Snapshot, fields_of, words_of

DOCS = "docs"
DOCS_PATH = "tai-lieu/"
ASSETS, FONTS, THEME = "assets/", "assets/fonts/", "theme/"
MOST_COMMITS = 200


def render_all(
    snapshot: Snapshot,
    repository: Repository,
    *,
    audience: Audience,
    today: str,
    languages: Iterable[Labels],
    address: str = "",
    kept: Kept | None = None,
    signatures: Mapping[str, bytes] | None = None,
) -> Mapping[str, bytes]:
    """Return every page and file of the site by its path: Vietnamese at the root, each other language in its folder.

    Args:
        repository: where templates, the project's docs and the history of the data are read.
        audience: `public` shows approved years from their day of publication on, `internal` drafts as well.
        languages: the words of the pages; forms to fill in and the project's own documents come in Vietnamese only.
        address: where the site will stand, ending in a slash; empty where nobody knows it.

    Raises:
        ParindexError: the templates are missing or broken, or a link of theirs leads nowhere.
    """
    if audience == "public":
        snapshot = without_dossiers(snapshot)
    parts, kept = web_forms.parts_of(repository), kept or Kept()
    known = tuple(languages)
    basis = _basis(snapshot, repository, audience=audience, today=today, languages=known, address=address)
    signed = {name: export.with_signature(own, (signatures or {}).get(name)) for name, own in basis.bundles.items()}
    basis = replace(basis, bundles=signed)
    made, led, api = dict[str, bytes](), dict[str, str](), None
    pages = Pages(parts, words=known[0].text, engines=Engine, kept=kept)  # one for all languages
    for labels in known:
        shared = shared_by(basis, labels, api)
        api = shared.api
        pages.words, pages.language, pages.led = shared.words, labels.language, {}
        made |= {f"{shared.folder}{path}": data for path, data in sorted(_files(shared, pages, parts, kept))}
        for target, page in pages.led.items():
            place, mark, anchor = target.partition("#")
            led[normpath(shared.folder + place) + mark + anchor] = shared.folder + page
    inside = {target: page for target, page in led.items() if not target.startswith(EVIDENCE)}
    for page, target in lost_links(made, inside):
        raise ParindexError("link-lost", page=page, target=target)
    return made


def kept_parts(snapshot: Snapshot, repository: Repository, last: Mapping[str, bytes] | None) -> Kept:
    """Return the parts of the last time, as far as program, templates and words are the same; None keeps nothing."""
    templates = ((path, hashlib.sha256(data).hexdigest()) for path, data in web_forms.parts_of(repository).items())
    words = ((path, file.blob) for path, file in snapshot.tree.files.items() if path.startswith(layout.WORDS))
    made_by = (f"{name} {version(name)}" for name in ("jinja2", "markupsafe", "pillow"))
    told = repr((program_digest(), *made_by, sorted(templates), sorted(words)))
    return Kept(told, last, shared=(AgencyView, YearFace, YearView))


def theme_of(repository: Repository) -> Mapping[str, bytes]:
    """Return the files of our own part of the theme, by their paths in it."""
    parts = web_forms.parts_of(repository)
    return {path.removeprefix(THEME): data for path, data in parts.items() if path.startswith(THEME)}


def frame_of(identity: SiteIdentity, labels: Labels, address: str, stamped: Mapping[str, str]) -> Frame:
    """Return what stands around the pages of a language; `address` is that of the whole site."""
    name, summary = (inert(words(identity, labels)) for words in (index_text_of, site_summary))
    return Frame(name, summary, menu(labels), address and address + folder_of(labels.language), identity.logo, stamped)


def is_own_look(repository: Repository) -> bool:
    """Tell whether theme and settings are the program's: those of a repository may do anything with a page."""
    parts = program_files(f"{web_forms.TEMPLATES}/{THEME}").values()
    own, used = TOP / SETTINGS, settings_of(repository)
    same = own == used or (own.is_file() and own.read_bytes() == used.read_bytes())
    return same and [*theme_of(repository).values()] == [*parts]


def settings_of(repository: Repository) -> Path:
    """Return the settings of the generator: the repository's own, or the program's."""
    own = repository.root / SETTINGS
    return own if own.is_file() else TOP / SETTINGS


# --- what the pages stand on ----------------------------------------------------------------------------------------


def _basis(
    snapshot: Snapshot,
    repository: Repository,
    *,
    audience: Audience,
    today: str,
    languages: tuple[Labels, ...],
    address: str,
) -> SiteBasis:
    """Return what the site stands on in every language."""
    world, tree = snapshot.world, snapshot.tree
    newest = sorted(world.years.values(), key=lambda year: (-int(year.name[:4]), year.name))
    years = [year for year in newest if audience == "internal" or is_published(year, today)]
    commits = {year.name: _commits(snapshot, repository, year, signed=audience == "internal") for year in years}
    figures = {year.name: Figures(score(year), world.firmness) for year in years}
    return SiteBasis(
        audience=audience,
        today=today,
        address=address,
        commit=tree.commit,
        day=tree.day or "",
        scenes=tuple(_scene(snapshot, figures[year.name], commits[year.name], today) for year in years),
        concordances=tuple(one for one in world.concordances if {one.before, one.after} <= commits.keys()),
        commits=commits,
        bundles={
            name: export.bundle(snapshot, year=name, audience=audience, today=today, figures=own)
            for name, own in figures.items()
        },
        languages=languages,
        identity=world.identity,
        bodies=world.bodies,
        release=world.release_task(),
        inside=_inside(snapshot, repository, years) if audience == "internal" else Inside(),
    )


def _commits(snapshot: Snapshot, repository: Repository, year: Year, *, signed: bool) -> tuple[DataCommit, ...]:
    """Return the commits that touched a year's data, newest first; none where the data is of no commit."""
    if snapshot.tree.day is None:
        return ()
    found = repository.history(snapshot.tree.commit or "HEAD", layout.DATA + year.name, MOST_COMMITS)
    if not signed:
        return found
    known, worth = repository.commits([one.commit for one in found]), inspect_history.signatures_of(snapshot)
    return tuple(replace(one, signed=worth(known[one.commit])) for one in found)


def _scene(snapshot: Snapshot, figures: Figures, commits: Iterable[DataCommit], today: str) -> Scene:
    """Return what it takes to tell a year."""
    world, labels, year = snapshot.world, words_of(snapshot.tree, MAIN), figures.results.year
    touched = {path: commit.commit for commit in reversed(tuple(commits)) for path in commit.paths}
    scene = Scene(figures, world.bodies, world.calendar, today, is_published(year, today), labels)
    return replace(scene, identity=world.identity_of(year), thresholds=world.thresholds, commits=touched)


def _inside(snapshot: Snapshot, repository: Repository, years: Iterable[Year]) -> Inside:
    """Return what only readers inside get: forms to fill in, audit reports, the history of every criterion."""
    fields = fields_of(snapshot.tree)
    known, touched = inspect_history.chronicle(repository, None), inspect_history.files_of(snapshot, repository)
    signed = inspect_history.signatures_of(snapshot)
    docs = repository.tree(None, DOCS).files
    documents = {path: file.data for path, file in docs.items() if path.endswith((".md", ".png")) and file.plain}
    forms, reports, histories, labels = {}, {}, {}, words_of(snapshot.tree, MAIN)
    for year in years:
        forms[year.name] = tuple(web_forms.of_year(snapshot, year, with_stages(labels, [year])))
        reports[year.name] = {
            stage: inspect_history.round_report(snapshot, repository, None, year=year.name, stage=stage, known=known)
            for stage in year.cycle.stages.names
            if year.stages.get(stage)
        }
        histories[year.name] = {
            slug: tuple(
                (
                    leaf,
                    with_words(history(known, year, slug, criterion=leaf.code, files=touched), signed, fields),
                )
                for leaf in year.leaves()
            )
            for slug in year.agencies
        }
    return Inside(forms, reports, histories, whole=not known.edges, documents=documents)


# --- what is written ------------------------------------------------------------------------------------------------


def _files(shared: Shared, pages: Pages, parts: Mapping[str, bytes], kept: Kept) -> Iterator[tuple[str, bytes]]:
    """Yield every file of the site in one language; the search knows the pages that were written before its own."""
    days: dict[str, str] = {}
    searched = {**dict(_pages(shared, pages, days, searched=True)), **dict(_documents(shared, pages))}
    found = tuple(entries(searched, kept))
    yield from searched.items()
    listed = letters(found, {one.name: one.view.told for one in shared.years})
    yield from _pages(replace(shared, letters=listed), pages, days, searched=False)
    yield "sitemap.xml", sitemap(days, shared.top)
    yield from ((ASSETS + name, data) for name, data in index_files(found))
    folders = (ASSETS, FONTS, *((web_forms.ASSETS,) if shared.is_inside and shared.is_main else ()))
    yield from ((path, data) for path, data in parts.items() if path[: path.rfind("/") + 1] in folders)
    for feed in shared.feeds.values():
        yield feed.path, atom(feed, language=shared.labels.language, top=shared.top)
    for year in shared.years:
        yield from _beside_pages(shared, year, kept)
    if shared.is_main:
        yield from shared.api.items()
        yield from ((SCHEMAS + path.removeprefix("api/"), parts[path]) for path in parts if path.startswith("api/"))
        yield from _robots(shared)


def _pages(shared: Shared, pages: Pages, days: dict[str, str], *, searched: bool) -> Iterator[tuple[str, bytes]]:
    """Yield each page that the search finds, or each other one; put into `days` when what it shows last changed."""
    rows = rows_of(shared)
    for row in rows:
        for subject, number in row.pages(shared):
            if (row.searched and number == 1) is searched:
                path, template = row.path(subject, number), row.template.replace("<id>", row.id)
                values = values_of(row, subject, shared, rows, number)
                if "target" not in values:  # where another page is instead
                    days[path] = str(values["changed"])
                yield path, pages.page(template, path, values)


def _beside_pages(shared: Shared, year: ShownYear, kept: Kept) -> Iterator[tuple[str, bytes]]:
    """Yield what stands beside the pages of a year: pictures where an address is shared, board, columns, open data."""
    name, results = year.name, year.scene.results
    yield from ((f"{name}/{path}", data) for path, data in column_files(year.view))
    if shared.is_main:
        offered = [entry for entry in results.agencies if is_offered(year.scene, entry)]
        if offered:
            yield f"{name}/{BOARD}", board_script(results)
        for entry in offered:
            yield f"{name}/co-quan/{entry.agency.slug}/{BOARD}", leaves_script(results, entry)
        told = [year.plain.told_in(with_stages(labels, [results.year])) for labels in shared.basis.languages]
        yield f"{name}/{CARD}", kept_picture(drawn(year_card(told)), kept)
        for entry in results.agencies:
            yield f"{name}/co-quan/{entry.agency.slug}/{CARD}", kept_picture(drawn(agency_card(told, entry)), kept)
        yield from ((f"{name}/{BUNDLE}{path}", data) for path, data in shared.basis.bundles[name].items())


def _robots(shared: Shared) -> Iterator[tuple[str, bytes]]:
    """Yield the lines for search engines: none may read the internal site, else where the lists of addresses are."""
    if shared.is_inside:
        yield "robots.txt", b"User-agent: *\nDisallow: /\n"
    elif shared.top:
        folders = (folder_of(labels.language) for labels in shared.basis.languages)
        maps = "".join(f"Sitemap: {shared.top}{folder}sitemap.xml\n" for folder in folders)
        yield "robots.txt", f"User-agent: *\nAllow: /\n\n{maps}".encode()


def _documents(shared: Shared, pages: Pages) -> Iterator[tuple[str, bytes]]:
    """Yield the project's own documents, for readers inside, between the banner and the foot of every page."""
    head, foot = (pages.page(f"page/docs_{end}.md", DOCS_PATH, shared.about(None)) for end in ("head", "foot"))
    for path, data in shared.basis.inside.documents.items() if shared.is_main else ():
        told = _after_front_matter(data, head) + b"\n" + foot if path.endswith(".md") else data
        yield DOCS_PATH + path.removeprefix(f"{DOCS}/"), told


def _after_front_matter(page: bytes, told: bytes) -> bytes:
    """Return a page with words before its text; front matter stays first."""
    begin, fence = b"---\n", b"\n---\n"
    end = page.find(fence) + len(fence) if page.startswith(begin) and fence in page else 0
    return page[:end] + told + b"\n" + page[end:]

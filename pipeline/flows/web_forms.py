"""The web forms as pages: of a whole year for the internal site, of one stage for people who get no site.

What a form shows and holds: `core/forms/web_page`. How it looks and behaves: `site_templates/`. Decision 0016.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from pipeline.adapters import documents
from pipeline.adapters.pages import ENDING, Pages
from pipeline.adapters.repository import Repository
from pipeline.adapters.templates import Engine
from pipeline.core.forms.web_page import (
    PAGE,
    TEMPLATE,
    FormBasis,
    form_values,
    of_body,
    origin_of,
    schemas_from,
    sheets,
)
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.nodes import Plain, plain
from pipeline.core.ground.problems import ParindexError
from pipeline.core.record import layout
from pipeline.core.record.model import Year
from pipeline.core.record.stages import SURVEY
from pipeline.flows.snapshot import Snapshot

TEMPLATES = "site_templates"
ASSETS = "assets/form/"
_SHARED = (ASSETS, "assets/favicon.svg")


def sheets_of(snapshot: Snapshot, year: Year, labels: Labels) -> tuple[FormBasis, ...]:
    """Return what each form of a year is made from."""
    tree, world = snapshot.tree, snapshot.world
    contents: dict[tuple[str, str, str], Plain] = {}
    for file in tree.files.values():
        place = layout.place(file.path)
        if place is None or place.year != year.name or place.agency is None:
            continue
        root = documents.read(file.path, file.data).root
        if root is not None:
            contents[place.stage or SURVEY, place.group or "", place.agency] = plain(root)
    made = sheets(
        year,
        bodies=world.bodies,
        calendar=world.calendar,
        schemas=schemas_from({path: file.data for path, file in tree.files.items()}),
        labels=labels,
        origin=origin_of(tree.commit, {path: file.blob for path, file in tree.files.items()}, year.name),
        contents=contents,
    )
    return tuple(made)


def parts_of(repository: Repository) -> Mapping[str, bytes]:
    """Return the templates of pages and what pages load, by their paths below the folder of templates.

    Raises:
        ParindexError: there is no template.
    """
    files = repository.tree(None, TEMPLATES).files
    if not any(path.endswith(ENDING) for path in files):
        raise ParindexError("no-templates", path=str(repository.root))
    return {path.removeprefix(f"{TEMPLATES}/"): file.data for path, file in files.items()}


def bundle(
    snapshot: Snapshot,
    repository: Repository,
    year: Year,
    stage: str,
    *,
    agencies: Collection[str],
    body: str | None = None,
    labels: Labels,
) -> Mapping[str, bytes]:
    """Return the pages of one stage's forms, or of one body's lines of them, and what they load: a folder to hand over.

    Raises:
        ParindexError: an agency that the year does not assess; templates that are missing or broken.
    """
    for slug in agencies:
        year.known_agency(slug)
    parts = parts_of(repository)
    pages = Pages(parts, words=labels.text, engines=Engine)
    wanted = agencies or year.agencies
    own = [sheet for sheet in sheets_of(snapshot, year, labels) if sheet.stage == stage and sheet.agency.slug in wanted]
    if body is not None:
        own = [of_body(sheet, body) for sheet in own]
    made = {name: data for name, data in parts.items() if name.startswith(_SHARED)}
    for sheet in own:
        path = PAGE.format(year=year.name, form=sheet.name) + "index.html"
        made[path] = pages.page(TEMPLATE, path, form_values(sheet, listed=False))
    return made

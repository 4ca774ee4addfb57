"""The web forms as pages: of a whole year for the internal site, of one stage for people who get no site.

What a form asks: `core.forms.asking`. What its page holds: `core.forms.web_page`. How it looks and behaves:
`site_templates/`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from pipeline.adapters.codes import qr_code
from pipeline.adapters.pages import Pages
from pipeline.adapters.program import program_files
from pipeline.adapters.repository import Repository
from pipeline.adapters.templates import Engine
from pipeline.core.forms import signed_page
from pipeline.core.forms.read_back import content_shown, whole_of
from pipeline.core.forms.receipts import Received
from pipeline.core.forms.web_page import PAGE, TEMPLATE, WebForm, page_values
from pipeline.core.ground.labels import Labels
from pipeline.core.record.model import Year
from pipeline.core.record.stages import SURVEY
from pipeline.flows.forms import form_in, manifest_of, standing
from pipeline.flows.snapshot import Snapshot

TEMPLATES = "site_templates"
ASSETS = "assets/form/"
_SHARED = (ASSETS, "assets/exact.js", "assets/rules.js", "assets/favicon.svg")


def of_year(
    snapshot: Snapshot,
    year: Year,
    labels: Labels,
    *,
    stages: Collection[str] = (),
    agencies: Collection[str] = (),
    body: str | None = None,
    issue: str | None = None,
) -> Iterator[WebForm]:
    """Yield the forms of a year, or of some stages and agencies: each stage, and each group of the survey.

    Args:
        issue: the id under which they are issued.
    """
    tree = snapshot.tree
    for agency in agencies or year.agencies:
        for stage in stages or (*year.cycle.stages.names, SURVEY):
            form = form_in(snapshot, year, stage, [agency], body=body, labels=labels)
            alone = [form.of_group(group.id) for group in form.groups] if stage == SURVEY else [form]
            for one in alone:
                group = "".join(asked.id for asked in one.groups) or None
                told = replace(manifest_of(tree, one), group=group, checksum=None, issue=issue)
                stood = whole_of(one, next(iter(one.paths)), standing(tree, one))
                yield WebForm(one, told, content_shown(one, stood) if stood is not None else None)


def parts_of(repository: Repository) -> Mapping[str, bytes]:
    """Return the templates of pages and what pages load, by their paths below the folder of templates.

    A file of the repository goes before the program's of the same path.
    """
    own = {path: file.data for path, file in repository.tree(None, TEMPLATES).files.items() if file.plain}
    files = {**program_files(TEMPLATES), **own}
    return {path.removeprefix(f"{TEMPLATES}/"): data for path, data in files.items()}


def bundle(
    snapshot: Snapshot,
    repository: Repository,
    year: Year,
    stage: str,
    *,
    agencies: Collection[str],
    body: str | None = None,
    issue: str | None = None,
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
    made = {name: data for name, data in parts.items() if name.startswith(_SHARED)}
    for web in of_year(snapshot, year, labels, stages=[stage], agencies=agencies, body=body, issue=issue):
        path = PAGE.format(year=year.name, form=web.address) + "index.html"
        made[path] = pages.page(TEMPLATE, path, page_values(web, listed=False))
    return made


def paper(repository: Repository, received: Received) -> bytes | None:
    """Return the page that is signed for a form, to be printed from a browser; None where nothing is to be signed."""
    if received.form is None or received.refused or not received.digests:
        return None
    values = signed_page.page_values(received.form, received.contents[0], received.form.labels)
    code = qr_code(received.digests[0])
    pages = Pages(parts_of(repository), words=received.form.labels.text, engines=Engine)
    return pages.page(signed_page.TEMPLATE, "ky.html", {**values, "side": code.side, "outline": code.outline})

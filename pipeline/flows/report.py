"""From a snapshot to a Word document: its agency, its fields, its pictures, its template (decision 0028).

What each kind says: `core/publish/reports`. How Word writes it: `adapters/words`.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.adapters import words
from pipeline.adapters.charts import png
from pipeline.adapters.program import program_files
from pipeline.adapters.repository import Repository
from pipeline.adapters.templates import Engine
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError
from pipeline.core.index.scoring import score
from pipeline.core.index.words import with_stages
from pipeline.core.publish.charts.chart import Chart, parts_of
from pipeline.core.publish.reports.common import ReportRequest
from pipeline.core.publish.reports.kinds import REPORTS, ReportKind
from pipeline.core.publish.scene import Figures, Scene
from pipeline.core.record.model import Year
from pipeline.flows.snapshot import Snapshot

TEMPLATES = "site_templates/word"
WIDTH = 160  # millimetres, of a figure across the text
ROWS = 14  # of one picture: three such pictures fit a page


def report(
    snapshot: Snapshot,
    repository: Repository,
    revision: str | None,
    *,
    year: Year,
    kind: str,
    agency: str | None = None,
    number: str | None = None,
    date: str | None = None,
    labels: Labels,
) -> bytes:
    """Return one document as the bytes of a .docx.

    Args:
        revision: the commit that data and templates are read from, None for the working tree.
        agency: the slug of the agency it is of, where the kind is of one.
        number: its number, where it is signed already and the data does not say so.

    Raises:
        ParindexError: no such agency, an agency too many or too few, what the document needs is not there yet, or its
            template is missing or wrong.
    """
    entry = kind_of(kind, agency)
    world = snapshot.world
    scene = Scene(
        Figures(score(year), world.firmness),
        world.bodies,
        world.calendar,
        date or "",
        published=False,
        labels=with_stages(labels, [year]),
        identity=world.identity_of(year),
        thresholds=world.thresholds,
    )
    own = None if agency is None else year.known_agency(agency)
    asked = ReportRequest(
        scene, world, entry.annex_to or kind, own, number=number, date=date, commit=snapshot.tree.commit
    )
    asked = replace(asked, charts=entry.charts(asked) if entry.charts else {})
    fields = entry.fields(asked)
    name = f"{kind}.{labels.language}.docx"
    template = template_of(repository, revision, name)
    pictures = {name: _pictures(chart) for name, chart in asked.charts.items()}
    return words.document(
        template, fields, pictures, name=f"{TEMPLATES}/{name}", title=str(fields["title"]), engines=Engine
    )


def kind_of(kind: str, agency: str | None) -> ReportKind:
    """Return a kind of document.

    Raises:
        ParindexError: it is of one agency and none was named, or the other way round.
    """
    entry = REPORTS[kind]
    if entry.of_agency != (agency is not None):
        raise ParindexError("report-of-agency" if entry.of_agency else "report-of-all", kind=kind)
    return entry


def _pictures(chart: Chart) -> tuple[words.Picture, ...]:
    """Return a figure as the pictures that it takes; the first one has the words for all."""
    parts = enumerate(parts_of(chart.body, ROWS))
    return tuple(words.Picture(png(chart, rows), WIDTH, chart.title if place else chart.alt) for place, rows in parts)


def template_of(repository: Repository, revision: str | None, name: str) -> bytes:
    """Return the bytes of a Word template: of the same commit as the data where it has one, else the program's.

    Raises:
        ParindexError: neither has one, or what stands in its place is no file.
    """
    path = f"{TEMPLATES}/{name}"
    file = repository.tree(revision, TEMPLATES).files.get(path)
    own = file.data if file and file.plain else None
    data = program_files(TEMPLATES).get(path) if file is None else own
    if data is None:
        raise ParindexError("no-word-template", path=path)
    return data

"""Forms out and in: from a snapshot to workbooks, and from what came back to files of data judged on the same road.

Nothing is printed or written here; which files change is handed to those who write them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from pipeline.adapters import workbooks
from pipeline.adapters.repository import Tree
from pipeline.core import layout
from pipeline.core.forms import Manifest, digest
from pipeline.core.forms.asking import OF_BODIES, Form, form_of
from pipeline.core.forms.sheets import book_of
from pipeline.core.labels import Labels
from pipeline.core.model import SURVEY, Year
from pipeline.core.problems import ParindexError
from pipeline.snapshot import Snapshot

_RULES: Final = ("agencies", "criteria", "survey/survey")


def make(snapshot: Snapshot, form: Form) -> bytes:
    """Return the workbook of a form."""
    return workbooks.form_workbook(book_of(form, manifest_of(snapshot.tree, form)), form.labels)


def name_of(form: Form) -> str:
    """Return the file name of a form: `2024_self-assessment_cuc-thue.xlsx`."""
    return f"{form.year.name}_{form.stage}_{form.agency or form.body}.xlsx"


def forms_of(
    snapshot: Snapshot, year: str, stage: str, *, agencies: Iterable[str], body: str | None, labels: Labels
) -> Iterable[Form]:
    """Yield the forms of a stage: one for each agency, or one for a body across all.

    Raises:
        ParindexError: an agency, body or stage that has no such form.
    """
    world = snapshot.world
    records = world.years[year]
    given = list(agencies)
    for slug in given:
        if slug not in records.agencies:
            raise ParindexError("unknown-agency", agency=slug[:60], year=year, allowed=", ".join(records.agencies))
    if stage == SURVEY and records.survey is None:
        raise ParindexError("form-no-survey", year=year)
    if body is not None:
        _body_has_form(records, stage, body)
    of_each = [[slug] for slug in given or records.agencies] if body is None else [given or list(records.agencies)]
    return (
        form_of(records, stage, own, body=body, bodies=world.bodies, calendar=world.calendar, labels=labels)
        for own in of_each
    )


def _body_has_form(year: Year, stage: str, body: str) -> None:
    monitors = sorted({leaf.monitor for leaf in year.leaves() if leaf.rule and leaf.rule.has_line and leaf.monitor})
    if stage not in OF_BODIES:
        raise ParindexError("form-not-of-bodies", stage=stage, allowed=", ".join(OF_BODIES))
    if body not in monitors:
        raise ParindexError("form-unknown-body", body=body[:60], year=year.name, allowed=", ".join(monitors))


def manifest_of(tree: Tree, form: Form) -> Manifest:
    """Return what a form's workbook says about itself."""
    return Manifest(
        year=form.year.name,
        stage=form.stage,
        agency=form.agency,
        body=form.body,
        commit=tree.commit,
        schema=schema_digest(tree),
        rules=rules_digest(tree, form.year.name),
        checksum=form.checksum(),
        files={path: _blob(tree, path) for path in form.paths.values()},
        language=form.labels.language,
    )


def schema_digest(tree: Tree) -> str:
    """Return the digest of the schemas of a tree."""
    return digest({path: file.blob for path, file in tree.files.items() if path.startswith(layout.SCHEMAS)})


def rules_digest(tree: Tree, year: str) -> str:
    """Return the digest of what decides which criteria and questions a year has."""
    known: Mapping[str, str | None] = {path: _blob(tree, path) for path in (layout.path_of(year, n) for n in _RULES)}
    return digest({path: blob for path, blob in known.items() if blob is not None})


def _blob(tree: Tree, path: str) -> str | None:
    file = tree.files.get(path)
    return None if file is None else file.blob

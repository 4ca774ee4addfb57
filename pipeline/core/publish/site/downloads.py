"""The year's bundle of open data as pages lead to it: every file to download, and the tables that a browser proves."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.core.ground.labels import Labels
from pipeline.core.index.words import stage_text
from pipeline.core.publish.opendata.descriptions import DATA_PACKAGE, DCAT, SUMS, path_of
from pipeline.core.publish.opendata.tables import EXPORTS
from pipeline.core.record.model import Year

FORMS = ("csv", "csv-excel", "json", "parquet")  # folders of the bundle
# The tables from which the page of the proof works a ranking out: site_templates/assets/prove.js asks for no others.
PROVED = (
    *("year", "stages", "grades", "agencies", "exemptions", "criteria", "scores", "areas", "results"),
    *("versions", "versions_results", "lines", "survey_groups", "survey_options", "survey_questions"),
    *("survey_forms", "survey_counts", "survey_parts", "bonus_limits"),
)


@dataclass(frozen=True, slots=True)
class FileView:
    """One file to download, with what a reader needs to check it."""

    path: str
    about: str
    size: str
    sha256: str


@dataclass(frozen=True, slots=True)
class TableView:
    """One table: its name, what it holds, and the path of each form."""

    name: str
    title: str
    about: str
    paths: tuple[tuple[str, str], ...]  # form and path


@dataclass(frozen=True, slots=True)
class DownloadsView:
    """The files that tell of all tables, then the tables; `base` leads from the site's root to the bundle."""

    base: str
    whole: tuple[FileView, ...]
    tables: tuple[TableView, ...]


def downloads_view(files: Mapping[str, bytes], base: str, labels: Labels) -> DownloadsView:
    """Return what the page lists of a bundle.

    Args:
        files: the bundle, by path.
        base: the folder that holds it, below the site's root in this language.
        labels: the words.
    """
    ends = (".zip", ".xlsx", DATA_PACKAGE, DCAT, "CHANGELOG.txt", SUMS)
    whole = [path for end in ends for path in files if path.endswith(end)]
    return DownloadsView(
        base=base,
        whole=tuple(_file(path, files[path], labels) for path in whole),
        tables=tuple(
            TableView(
                name=name,
                title=labels.text(f"export.resource.{name}.title"),
                about=labels.text(f"export.resource.{name}.about"),
                paths=tuple((labels.text(f"page.downloads.form.{form}"), path_of(name, form)) for form in FORMS),
            )
            for name in EXPORTS
        ),
    )


@dataclass(frozen=True, slots=True)
class ProofView:
    """What the page of the proof loads: tables with their bytes, below the folder `base`, and the workbook."""

    base: str
    tables: str
    size: str
    workbook: str
    stages: tuple[tuple[str, str], ...]
    decimal: str


def proof_view(files: Mapping[str, bytes], base: str, year: Year, labels: Labels) -> ProofView:
    """Return what a browser needs to work a year out again; arguments as of `downloads_view`."""
    sizes = {name: len(files[path_of(name, "json")]) for name in PROVED}
    return ProofView(
        base=base,
        tables=" ".join(f"{name}:{size}" for name, size in sizes.items()),
        size=labels.grouped(sum(sizes.values()) // 1_000_000 + 1),
        workbook=base + next(path for path in files if path.endswith(".xlsx")),
        stages=tuple((name, stage_text(name, labels)) for name in year.cycle.stages.names),
        decimal=labels.text("language.decimal"),
    )


def _file(path: str, data: bytes, labels: Labels) -> FileView:
    kind = path.rpartition(".")[2] if path.startswith("parindex-") else path.partition(".")[0].lower()
    about = labels.text(f"page.downloads.file.{kind}")
    return FileView(path, about, labels.grouped(len(data)), hashlib.sha256(data).hexdigest())

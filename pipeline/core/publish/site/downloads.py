"""What the page of downloads lists: the files of the year's bundle of open data, its tables each in every form."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.core.ground.labels import Labels
from pipeline.core.publish.opendata.descriptions import DATA_PACKAGE, SUMS, path_of
from pipeline.core.publish.opendata.tables import EXPORTS

FORMS = ("csv", "csv-excel", "json", "parquet")  # folders of the bundle


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
    ends = (".zip", ".xlsx", DATA_PACKAGE, "dcat.jsonld", "CHANGELOG.txt", SUMS)
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


def _file(path: str, data: bytes, labels: Labels) -> FileView:
    kind = path.rpartition(".")[2] if path.startswith("parindex-") else path.partition(".")[0].lower()
    about = labels.text(f"page.downloads.file.{kind}")
    return FileView(path, about, labels.grouped(len(data)), hashlib.sha256(data).hexdigest())

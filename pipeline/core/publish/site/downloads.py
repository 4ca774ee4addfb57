"""The year's bundle of open data as pages lead to it: every file to download, and the tables that a browser proves."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.templates import Fields
from pipeline.core.index.words import stage_text
from pipeline.core.publish.opendata.bundle_signers import SIGNATURE
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


def downloads_view(files: Mapping[str, bytes], base: str, labels: Labels) -> Fields:
    """Return what the page lists of a bundle.

    Args:
        base: the folder that holds it, below the site's root in this language.
    """
    ends = (".zip", ".xlsx", DATA_PACKAGE, DCAT, "CHANGELOG.txt", SUMS, SIGNATURE)
    whole = [path for end in ends for path in files if path.endswith(end)]
    return {
        "base": base,
        "whole": tuple(_file(path, files[path], labels) for path in whole),
        "tables": tuple(
            {
                "name": name,
                "title": labels.text(f"export.resource.{name}.title"),
                "about": labels.text(f"export.resource.{name}.about"),
                "paths": tuple((labels.text(f"page.downloads.form.{form}"), path_of(name, form)) for form in FORMS),
            }
            for name in EXPORTS
        ),
    }


def proof_view(files: Mapping[str, bytes], base: str, year: Year, labels: Labels) -> Fields:
    """Return what a browser needs to work a year out again; arguments as of `downloads_view`."""
    sizes = {name: len(files[path_of(name, "json")]) for name in PROVED}
    return {
        "base": base,
        "tables": " ".join(f"{name}:{size}" for name, size in sizes.items()),
        "size": labels.grouped(sum(sizes.values()) // 1_000_000 + 1),
        "workbook": base + next(path for path in files if path.endswith(".xlsx")),
        "stages": tuple((name, stage_text(name, labels)) for name in year.cycle.stages.names),
        "decimal": labels.text("language.decimal"),
    }


def _file(path: str, data: bytes, labels: Labels) -> Fields:
    kind = path.rpartition(".")[2] if path.startswith("parindex-") else path.partition(".")[0].lower()
    about = labels.text(f"page.downloads.file.{'signature' if path == SIGNATURE else kind}")
    return {
        "path": path,
        "about": about,
        "size": labels.grouped(len(data)),
        "sha256": hashlib.sha256(data).hexdigest(),
    }

"""The open data of a year as files: which year an audience may have, which file stands where in the bundle.

What the tables may show: `core.publish.opendata`. Where the files are written is decided by the command.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pipeline.adapters import signatures
from pipeline.adapters.archives import packed
from pipeline.adapters.columns import parquet
from pipeline.adapters.messages import LANGUAGES
from pipeline.adapters.workbooks import workbook
from pipeline.core.ground.problems import ParindexError
from pipeline.core.ground.text import MAIN, to_json
from pipeline.core.index.approved_table import is_published
from pipeline.core.index.scoring import score
from pipeline.core.index.words import with_stages
from pipeline.core.publish.opendata import descriptions
from pipeline.core.publish.opendata.bundle_signers import NAMESPACE, SIGNATURE
from pipeline.core.publish.opendata.csv_json import DIALECTS, OPEN, csv_text, json_text
from pipeline.core.publish.opendata.fields import Audience, ResourceTable, table_of
from pipeline.core.publish.opendata.formula_workbook import data_book
from pipeline.core.publish.opendata.tables import EXPORTS
from pipeline.core.publish.scene import Figures, Scene
from pipeline.flows.snapshot import Snapshot, words_of


def bundle(
    snapshot: Snapshot, *, year: str, audience: Audience, today: str, figures: Figures | None = None
) -> Mapping[str, bytes]:
    """Return every file of a year's bundle by its path inside it.

    Args:
        snapshot: what the data says; the year has no error.
        audience: `public` gets published years and public fields only, `internal` any year and internal fields too.
        figures: the year's figures, where they are known already.

    Raises:
        ParindexError: the public may not have the year yet.
    """
    records, world = snapshot.world.years[year], snapshot.world
    published = is_published(records, today)
    if audience == "public" and not published:
        raise ParindexError("year-not-published", year=year, day=today)
    words = {language: with_stages(words_of(snapshot.tree, language), [records]) for language in LANGUAGES}
    scene = Scene(
        figures or Figures(score(records), world.firmness),
        world.bodies,
        world.calendar,
        today,
        published,
        words[MAIN],
        identity=world.identity_of(records),
        languages=words,
    )
    tables = {name: table_of(resource, scene, audience, LANGUAGES) for name, resource in EXPORTS.items()}
    return files_of(descriptions.Edition(scene, audience, snapshot.tree.commit, words), tables)


def files_of(edition: descriptions.Edition, tables: Mapping[str, ResourceTable]) -> Mapping[str, bytes]:
    """Return the files that tell an edition's tables, in the order of their paths."""
    name = f"parindex-{edition.scene.year.name}"
    files: dict[str, bytes] = {}
    for table in tables.values():
        for dialect in DIALECTS:
            files[descriptions.path_of(table.name, dialect.folder)] = csv_text(table, dialect).encode()
        files[descriptions.path_of(table.name, "json")] = json_text(table, edition.about()).encode()
        titles = {column.name: descriptions.field_title(column, MAIN, edition.words) for column in table.columns}
        told = files[descriptions.path_of(table.name, OPEN.folder)]
        files[descriptions.path_of(table.name, "parquet")] = parquet(table, told, titles, _told(edition))
    versions = descriptions.changelog(tables, edition.about())
    files[descriptions.CHANGELOG], files[descriptions.CHANGELOG_JSON] = (
        descriptions.changelog_text(versions, edition).encode(),
        to_json(versions).encode(),
    )
    files[descriptions.READ_ME] = descriptions.read_me(edition).encode()
    files[descriptions.DATA_PACKAGE] = to_json(
        descriptions.data_package(edition, list(tables.values()), files)
    ).encode()
    files[f"{name}.xlsx"] = workbook(data_book(edition, tables), edition.words[MAIN])
    files[descriptions.DCAT] = to_json(descriptions.dcat(edition, files)).encode()
    files[descriptions.SUMS] = descriptions.checksums(files).encode()
    files[f"{name}.zip"] = packed(files, name)
    return dict(sorted(files.items()))


def signed(files: Mapping[str, bytes], key: Path) -> Mapping[str, bytes]:
    """Return a bundle with the detached signature of its checksums beside them; nothing else in it changes.

    Raises:
        ParindexError: the key cannot sign.
    """
    signature = signatures.sign(files[descriptions.SUMS], NAMESPACE, key)
    return dict(sorted({**files, SIGNATURE: signature.encode()}.items()))


def with_signature(files: Mapping[str, bytes], signature: bytes | None) -> Mapping[str, bytes]:
    """Return a bundle with a signature that was made elsewhere, where it is one of this bundle's checksums."""
    armour = None if signature is None else signature.decode("utf-8", "replace")
    fits = signatures.verify(armour, files[descriptions.SUMS], NAMESPACE).fault is None
    return dict(sorted({**files, SIGNATURE: signature}.items())) if signature is not None and fits else files


def _told(edition: descriptions.Edition) -> Mapping[str, str]:
    """Return what a file of columns says of itself, as text."""
    warnings = " ".join(warning[MAIN] for warning in edition.warnings())
    return {"title": edition.title()[MAIN], "description": warnings, **{k: str(v) for k, v in edition.about().items()}}

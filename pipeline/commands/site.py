"""The command site: the whole web site."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from pipeline.adapters import generator
from pipeline.adapters.messages import LANGUAGES
from pipeline.arguments import PROGRAM
from pipeline.commands.answers import part_store_of, repository_of
from pipeline.commands.common import data_of, day_to_go_by, new_folder, refuse_errors, tell_progress
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import DataError, ParindexError
from pipeline.core.ground.text import MAIN
from pipeline.core.publish.opendata.bundle_signers import SIGNATURE
from pipeline.core.publish.site.pages import BUNDLE
from pipeline.core.publish.site.shared import stamps
from pipeline.flows import dossiers
from pipeline.flows.site import frame_of, is_own_look, kept_parts, render_all, settings_of, theme_of
from pipeline.flows.snapshot import words_of

SITE = "site"


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Build the site, and serve it where asked."""
    root = repository_of(options, labels).root
    begun = generator.fingerprint(_watched(root)) if options.serve else frozenset()
    _build_site(options, labels)
    if options.serve:

        def rebuild() -> None:
            try:
                _build_site(options, labels)
            except DataError as error:
                sys.stderr.write(str(error))
            except ParindexError as error:  # a half-written template: say so and wait for the next change
                print(f"{PROGRAM}: {labels.error(error)}", file=sys.stderr)

        def started(address: str) -> None:
            print(labels.text("site.serving", address=address), flush=True)

        generator.serve(root / SITE, watched=_watched(root), built_from=begun, rebuild=rebuild, started=started)
    return 0


def _watched(root: Path) -> tuple[Path, ...]:
    folders = tuple(root / name for name in ("data", "schemas", "site_templates", "labels", "docs"))
    return (*folders, *sorted(root.glob("mkdocs*.yml")))


def _build_site(options: argparse.Namespace, labels: Labels) -> None:
    repository, snapshot, labels = data_of(options, labels)
    refuse_errors(snapshot.problems, labels)
    today, origin = day_to_go_by(options.today, snapshot)
    told = snapshot.world.identity.languages
    known = [language for language in LANGUAGES if not told or language in (MAIN, *told)]
    languages = [words_of(snapshot.tree, language) for language in known]
    evidence = dossiers.named_store(repository) if options.audience == "internal" else None
    if evidence is None:  # no page leads to a file that nobody has
        snapshot = dossiers.without_dossiers(snapshot)
    address = generator.address(snapshot.world.identity.address)
    store = part_store_of(options, repository, f"site {options.audience}")
    last = store.read() if store else None
    kept = kept_parts(snapshot, repository, last)
    signatures = _signatures_in(Path(options.signatures)) if options.signatures else {}
    pages = render_all(
        snapshot,
        repository,
        audience=options.audience,
        today=today,
        languages=languages,
        address=address,
        kept=kept,
        signatures=signatures,
    )
    for year in signatures:
        if f"{year}/{BUNDLE}{SIGNATURE}" not in pages:
            print(labels.text("site.signature-of-another", year=year), file=sys.stderr)
    if store and last is not None:
        store.keep(kept.used, last)
    tell_progress(labels.text("site.writing", pages=len(pages)))
    tell_progress(labels.text("site.generating"))
    with new_folder(repository.root / SITE) as folder:
        generator.build(
            repository.root,
            pages,
            output=folder,
            stamp=snapshot.tree.stamp or 0,
            frames={
                told.language: frame_of(
                    snapshot.world.identity, told, address, stamps(snapshot.tree.commit, today, told)
                )
                for told in languages
            },
            settings=settings_of(repository),
            theme=theme_of(repository),
            own_look=is_own_look(repository),
        )
        lost = 0 if evidence is None else dossiers.lay_out(evidence, snapshot.world.years.values(), folder)
    if lost:
        print(labels.text("site.files-lost", count=lost), file=sys.stderr)
    print(
        labels.text(
            "site.built",
            audience=labels.text(f"site.audience.{options.audience}"),
            path=f"{SITE}/",
            pages=sum(1 for _ in (repository.root / SITE).rglob("*.html")),
            today=labels.date(today),
            origin=labels.text(f"site.origin.{origin}"),
            commit=(snapshot.tree.commit or "–")[:12],
        )
    )


def _signatures_in(folder: Path) -> Mapping[str, bytes]:
    """Return the signatures of bundles that a folder holds, by year."""
    found = {path.parent.name: path.read_bytes() for path in sorted(folder.glob(f"*/{SIGNATURE}"))}
    if not found:
        raise ParindexError("no-signatures", path=str(folder))
    return found

"""The site of a made year in figures: what a page costs, what one agency that changed makes anew, a bare build.

Run as `python tests/benchmarks/siting.py AGENCIES [bare] [whole]`: the public site of so many agencies in two
languages; `bare` builds the same bodies by MkDocs and its Material theme as they come, which is what others would pay.
`whole` adds a survey of five groups and two documents to each line, and no two lines have the same words.
"""

from __future__ import annotations

import gc
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from corpus import ROOT, YEAR, corpus
from processor import processor
from sites import TODAY
from test_site_growth import approved
from tiny import snapshot_of

from pipeline.adapters import generator
from pipeline.adapters.messages import LANGUAGES
from pipeline.adapters.repository import open_repository
from pipeline.adapters.verdict_store import PartStore
from pipeline.core.publish.site.shared import stamps
from pipeline.flows.site import frame_of, kept_parts, render_all, settings_of, theme_of
from pipeline.flows.snapshot import Snapshot, load_labels

ADDRESS = "https://x.example/"
# What changes of one agency: title, stage, what is written there, what comes in its place.
CHANGES = (
    ("a score changed", "appraisal-2", "score: [0-9.]+", "score: 0.05"),
    ("a text changed", "explanation", "Tài liệu", "Hồ sơ"),
)


def main() -> None:
    agencies, bare = int(sys.argv[1]), "bare" in sys.argv[2:]
    more = {"survey": 5, "evidence": 2} if "whole" in sys.argv[2:] else {}
    gc.set_threshold(100_000, 20, 20)  # as the command has it
    files = dict(corpus(agencies, **more))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pages = site(folder, files, f"{agencies} agencies")
        if bare:
            began = processor()
            for language in LANGUAGES:
                bare_build(folder / f"bare-{language}", pages, language)
            count = sum(path.endswith(".md") for path in pages)
            print(f"  the same bodies by a bare build: {1000 * (processor() - began) / count:.1f} ms for a page")
        for title, stage, old, new in CHANGES:
            path = f"data/{YEAR}/{stage}/co-quan-00001.yml"
            files[path] = re.sub(old, new, files[path], count=1)
            before, pages = pages, site(folder, files, title)
            other = [path for path, data in pages.items() if before.get(path) != data]
            count, size = sum(path.endswith(".md") for path in other), sum(len(pages[path]) for path in other)
            print(f"  differ: {count} pages, {len(other)} of {len(pages)} files, {size / 1e6:.0f} MB")


def site(folder: Path, files: Mapping[str, str], title: str) -> Mapping[str, bytes]:
    """Make the site of some files, with what an earlier one left in the folder; print what it took."""
    began = processor()
    snapshot = snapshot_of({path: text.encode() for path, text in files.items()})
    read, snapshot = processor() - began, approved(snapshot)
    began, repository = processor(), open_repository(ROOT)
    store = PartStore(folder, "site")
    last = store.read()
    kept = kept_parts(snapshot, repository, last)
    words = [load_labels(language) for language in LANGUAGES]
    made = render_all(
        snapshot,
        repository,
        audience="public",
        today=TODAY,
        languages=words,
        address=ADDRESS,
        kept=kept,
    )
    store.keep(kept.used, last)
    written = processor() - began
    began = processor()
    generated(folder / "site", snapshot, made)
    built, count = processor() - began, sum(path.endswith(".md") for path in made)
    each = [1000 * took / count for took in (written, built, written + built)]
    print(f"{title}: {count} pages; read in {read:.1f} s, written in {written:.1f} s, built in {built:.1f} s")
    print("  for a page: {:.1f} ms to write, {:.1f} ms to build, {:.1f} ms together".format(*each))
    return made


def generated(output: Path, snapshot: Snapshot, made: Mapping[str, bytes]) -> None:
    """Build a site as the command does."""
    repository, identity = open_repository(ROOT), snapshot.world.identity
    words = [load_labels(language) for language in LANGUAGES]
    frames = {told.language: frame_of(identity, told, ADDRESS, stamps(None, TODAY, told)) for told in words}
    generator.build(
        ROOT,
        made,
        output=output,
        stamp=0,
        frames=frames,
        settings=settings_of(repository),
        theme=theme_of(repository),
        own_look=True,
    )


def bare_build(folder: Path, pages: Mapping[str, bytes], language: str) -> None:
    """Build the bodies of the pages of a language by the generator and its theme alone."""
    for path, page in pages.items():
        if path.endswith(".md") and path.startswith("en/") is (language == "en"):
            target = folder / "docs" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(generator._parted(page.decode())[1], encoding="utf-8")
    settings = {"site_name": "x", "theme": {"name": "material", "font": False}}
    settings["validation"] = {"links": {"not_found": "ignore", "unrecognized_links": "ignore"}}
    (folder / "mkdocs.yml").write_text(json.dumps(settings), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "mkdocs", "build", "--quiet"], cwd=folder, check=True)


if __name__ == "__main__":
    main()

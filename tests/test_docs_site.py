"""The site of the project's documents: it builds without a warning, has every page, and its search finds each one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from conftest import ROOT


def test_the_documents_are_a_site_whose_search_has_every_page(tmp_path: Path) -> None:
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "docs.yml", tmp_path / ".ci")
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--config-file", ".ci/docs.yml"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    site = tmp_path / "build" / "docs-site"
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    found = {entry["location"].partition("#")[0] for entry in index["docs"] if entry["title"]}
    pages = [path.relative_to(ROOT / "docs").with_suffix("") for path in (ROOT / "docs").rglob("*.md")]
    addresses = {f"{page.parent if page.name == 'index' else page}/".removeprefix("./") for page in pages}

    assert addresses - found == set()
    assert all((site / address / "index.html").is_file() for address in addresses)
    assert any("phúc tra" in entry["text"] for entry in index["docs"])
    assert [page for page in site.rglob("*.html") if "fonts.googleapis" in page.read_text(encoding="utf-8")] == []

"""The same pages by every generator of static sites that is installed: what a reader gets does not depend on it."""

from __future__ import annotations

import dataclasses
from importlib.util import find_spec
from pathlib import Path

import pytest
from conftest import without
from sites import YEAR, Element, Site, addresses, build, few, read_page

from pipeline.adapters.generator import GENERATORS

FIRST, *OTHERS = GENERATORS
META = ("description", "viewport", "og:title", "og:description", "og:image")


def told(path: Path) -> tuple[str, list[str], list[str], list[str | None]]:
    """Return what a reader gets of a page: its words, where it leads, its headings, what its head says of it."""
    page = read_page(path)
    article = page.find(tag="article")
    heads = [one.text() for one in article.all() if one.tag in {"h1", "h2", "h3"}]
    said = {
        one.attributes.get("name") or one.attributes.get("property"): one for one in page.all() if one.tag == "meta"
    }
    return article.text(), list(addresses(article)), heads, [content(said.get(name)) for name in META]


def content(one: Element | None) -> str | None:
    return None if one is None else one.attributes.get("content")


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHERS)
def test_another_generator_builds_the_same_pages(
    site: Site, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if find_spec(name) is None:
        pytest.skip(without(name))
    some = few(site, tmp_path / "repository")
    pages = {
        path: data for path, data in some.pages.items() if path.count("/") < 3 or path.startswith(f"{YEAR}/co-quan")
    }
    monkeypatch.setenv("PARINDEX_GENERATOR", name)
    made = build(dataclasses.replace(some, pages=pages))
    here = [path.relative_to(made.folder) for path in made.html() if path.name != "404.html"]

    assert len(here) > 30
    assert [path for path in here if told(made.folder / path) != told(site.folder / path)] == []

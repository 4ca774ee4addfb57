"""A page is one row: the site has a made-up page where its row says, and a page for readers inside stays inside."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import yaml
from conftest import ROOT, Repository
from tiny import TINY_FILES, YEAR, files_under

from pipeline.adapters.messages import LANGUAGES
from pipeline.adapters.repository import open_repository
from pipeline.core.ground.labels import Labels
from pipeline.core.publish.opendata.fields import Audience
from pipeline.core.publish.site import pages
from pipeline.core.publish.site.pages import IN_YEAR, PAGES, Page, each_agency, each_year, once, tabs
from pipeline.flows.site import render_all
from pipeline.flows.snapshot import take
from pipeline.flows.wording import load_labels

TODAY = "2025-03-20"
BY_ID = {row.id: row for row in PAGES}
TEMPLATE = """{% extends "page/_layout.md.j2" %}
{% block content %}
<h2 id="thu">{{ t("made-up.heading") }}</h2>
<p>{{ told }}</p>
{% endblock %}
"""
WORDS = {
    "vi": {
        "page.made-up.title": "Trang đặt ra năm {year}",
        "page.tab.made-up": "Thẻ đặt ra",
        "page.made-up.heading": "Mục đặt ra",
    },
    "en": {
        "page.made-up.title": "Made-up page of {year}",
        "page.tab.made-up": "Made-up tab",
        "page.made-up.heading": "Made-up heading",
    },
}


def words(language: str, **more: str) -> Labels:
    """Return the words of a language and those of the made-up page."""
    labels = load_labels(language)
    return replace(labels, texts={**labels.texts, **WORDS[language], **more})


def made(
    repository: Repository,
    monkeypatch: pytest.MonkeyPatch,
    row: Page[Any],
    *,
    audience: Audience = "public",
    languages: tuple[str, ...] = ("vi",),
    template: str = TEMPLATE,
    **more: str,
) -> Mapping[str, str]:
    """Return the text of every page of the site of the tiny world, to which one row, its template and words came."""
    repository.write_all({**TINY_FILES, **files_under(ROOT, "schemas"), **files_under(ROOT, "site_templates")})
    repository.write(f"site_templates/page/{row.id}.md.j2", template)
    repository.commit("Data")
    opened = open_repository(repository.root)
    monkeypatch.setattr(pages, "PAGES", (*PAGES, row))
    labels = [words(language, **more) for language in languages]
    files = render_all(take(opened, None), opened, audience=audience, today=TODAY, languages=labels)
    return {path: data.decode() for path, data in files.items() if path.endswith((".md", ".html", ".js"))}


def of_year(**changes: Any) -> Page[Any]:
    view = lambda _, year: {"told": f"Lời riêng của trang về {len(year.view.agencies)} cơ quan"}  # noqa: E731  # as a row has it
    return replace(Page("made-up", each_year, "{year}/dat-ra/", view, IN_YEAR, tab=True), **changes)


def tabs_on(page: str) -> list[tuple[str, str]]:
    """Return address and words of each tab of a page."""
    found = re.search(r'<nav class="pi-tabs".*?</nav>', page, re.DOTALL)
    links = re.findall(r'<a href="([^"]*)"[^>]*>(.*?)</a>', found[0]) if found else []
    return [(html.unescape(address), words) for address, words in links]


def crumbs_on(page: str) -> list[str]:
    """Return the words of the way to a page."""
    found = re.search(r'<nav class="pi-crumbs".*?</nav>', page, re.DOTALL)
    return re.findall(r"<a [^>]*>(.*?)</a>", found[0]) if found else []


def known_to_the_search(files: Mapping[str, str]) -> str:
    return "".join(text for path, text in files.items() if path.startswith("assets/search-"))


def test_a_row_gives_a_page_its_address_title_tab_way_and_place_in_the_search(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = made(repository, monkeypatch, of_year(), languages=("vi", "en"))
    page, english = files[f"{YEAR}/dat-ra/index.md"], files[f"en/{YEAR}/dat-ra/index.md"]
    of_the_year = [
        text for path, text in files.items() if re.match(rf"{YEAR}/.*index\.md$", path) and "moved:" not in text
    ]
    index = known_to_the_search(files)

    assert f"<h1>Trang đặt ra năm {YEAR}</h1>" in page
    assert "Lời riêng của trang về" in page
    assert f"<h1>Made-up page of {YEAR}</h1>" in english
    assert crumbs_on(page) == ["Trang chủ", f"Năm {YEAR}"]
    assert ("./", "Thẻ đặt ra") in tabs_on(page)
    assert 'aria-current="page">Thẻ đặt ra</a>' in page
    assert len(of_the_year) > 10
    assert [text for text in of_the_year if "Thẻ đặt ra" not in [words for _, words in tabs_on(text)]] == []
    assert all(word in index for word in (f"Trang đặt ra năm {YEAR}", f"{YEAR}/dat-ra/", "Mục đặt ra"))
    assert f"Trang đặt ra năm {YEAR}" in files["tim-kiem/index.md"]


@pytest.mark.parametrize(
    ("audience", "row", "stands"),
    [
        ("public", {"audience": "internal"}, set[str]()),
        ("internal", {"audience": "internal"}, {"", "en/"}),
        ("internal", {"audience": "internal", "main_only": True}, {""}),
        ("public", {"main_only": True}, {""}),
    ],
)
def test_a_page_stands_for_the_readers_and_in_the_languages_of_its_row_and_leaves_no_trace_elsewhere(
    repository: Repository,
    monkeypatch: pytest.MonkeyPatch,
    audience: Audience,
    row: Mapping[str, object],
    stands: set[str],
) -> None:
    files = made(repository, monkeypatch, of_year(**row), audience=audience, languages=("vi", "en"))
    found = {path.removesuffix(f"{YEAR}/dat-ra/index.md") for path in files if path.endswith("/dat-ra/index.md")}
    traces = {"en/" if path.startswith("en/") else "" for path, text in files.items() if "dat-ra" in text}

    assert found == stands
    assert traces == stands


def test_a_page_is_made_for_each_thing_of_its_scope_below_the_pages_it_names(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = of_year(
        scope=each_agency,
        address="{year}/co-quan/{slug}/dat-ra/",
        view=lambda _, one: {"told": one.view.short},
        crumbs=(*IN_YEAR, "agency"),
        tab=False,
        searched=False,
        title="page.made-up.of",
    )
    files = made(repository, monkeypatch, row, **{"page.made-up.of": "Trang của {name}"})
    agencies = {path.split("/")[2] for path in files if re.fullmatch(rf"{YEAR}/co-quan/[\w-]+/index\.md", path)}
    own = {path.split("/")[2]: text for path, text in files.items() if path.endswith("/dat-ra/index.md")}

    assert own.keys() == agencies
    for text in own.values():
        name = crumbs_on(text)[-1]
        assert f"<h1>Trang của {name}</h1>" in text
    assert "dat-ra" not in known_to_the_search(files)
    assert not any("Thẻ đặt ra" in text for text in files.values())


def test_the_page_on_adding_a_page_can_be_followed(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "docs" / "how-to" / "them-mot-trang.md").read_text(encoding="utf-8")
    (line,), (template,), told = (
        re.findall(rf"^```{kind}\n(.*?)^```", text, re.MULTILINE | re.DOTALL) for kind in ("text", "jinja", "yaml")
    )
    (row,) = eval(line.strip(), dict(vars(pages)))  # noqa: S307  # the page's own words
    for one in told:
        tab, own = (yaml.safe_load(one)[key] for key in ("tab", row.id))
        more = {f"page.tab.{row.id}": tab[row.id], **{f"page.{row.id}.{key}": words for key, words in own.items()}}
        files = made(repository, monkeypatch, row, template=template, **more)
        page = files[f"{YEAR}/theo-doi/index.md"]

        assert f"<h1>{own['title'].format(year=YEAR)}</h1>" in page
        assert ("./", tab[row.id]) in tabs_on(page)
        assert re.search(r'<tr><th scope="row"><a href="\.\./tieu-chi/1/">1 .*?</a></th><td>\w', html.unescape(page))


# --- the table itself -----------------------------------------------------------------------------------------------


def test_no_two_rows_are_the_same_page() -> None:
    assert len(BY_ID) == len(PAGES) == len({row.address for row in PAGES})


def test_a_row_stands_below_rows_that_its_readers_have_too() -> None:
    for row in PAGES:
        above = [BY_ID[name] for name in row.crumbs]
        assert row.audience == "internal" or all(one.audience == "public" for one in above), row.id
        assert row.main_only or not any(one.main_only for one in above), row.id


def test_every_template_of_a_page_belongs_to_a_row() -> None:
    folder = ROOT / "site_templates"
    found = {path.relative_to(folder).as_posix().removesuffix(".j2") for path in folder.rglob("*.j2")}
    parts = {name for name in found if name.startswith("page/_")} | {"page/docs_head.md", "page/docs_foot.md"}
    parts |= {"form/signed.html", "mail/report.html"}  # which no site has

    assert {row.template.replace("<id>", row.id) for row in PAGES} == found - parts


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_stands_above_every_page_is_what_the_rows_say(language: str) -> None:
    labels = load_labels(language)

    assert pages.menu(labels) == [
        (labels.text(f"page.tab.{row.id}"), f"{row.address}index.md") for row in tabs(PAGES, once)
    ]

"""The site for readers inside: banners on every page, drafts, documents, audit reports and histories."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from browsing import MAGNIFIED, faults, watched
from playwright.sync_api import Browser
from sites import DRAFT, YEAR, Site, build, few, headers, leaks, pages_of, planted, served

from pipeline.adapters.messages import LANGUAGES
from pipeline.core.ground.problems import NOWHERE
from pipeline.core.publish.site.shared import TODAY as LEFT_OPEN
from pipeline.core.record.model import DossierFile, Reference, World
from pipeline.core.record.stages import KIND_OF
from pipeline.flows.wording import load_labels

AGENCY = "cuc-thue"
STAGES = tuple(KIND_OF)

VI = load_labels("vi")
TAGS = {
    "a",
    "b",
    "details",
    "div",
    "footer",
    "h1",
    "h2",
    "h3",
    "li",
    "nav",
    "ol",
    "p",
    "span",
    "strong",
    "summary",
    "ul",
}
TAGS |= {"abbr", "caption", "dd", "dl", "dt", "table", "tbody", "td", "th", "thead", "tr"}
OWN = re.compile(r"[^/]+/(kiem-toan/.*|lich-su/[^/]+/)index\.md")
FORM = re.compile(r"[^/]+/bieu-mau/.+/")


def text_of(site: Site, path: str) -> str:
    return site.pages[f"{path}index.md"].decode()


def test_each_stage_of_a_year_has_its_report_and_each_agency_its_history(inside: Site) -> None:
    year = inside.snapshot.world.years[YEAR]
    expected = {f"{YEAR}/kiem-toan/", *(f"{YEAR}/kiem-toan/{stage}/" for stage in STAGES)}
    expected |= {f"{YEAR}/lich-su/{agency}/" for agency in year.agencies}

    found = {path.removesuffix("index.md") for path in inside.pages if OWN.fullmatch(path) and YEAR in path}

    assert {re.sub(r"(?<=/)\d+/$", "", path) for path in found} == expected


def test_an_incomplete_year_announces_no_rank_anywhere_on_its_page(inside: Site) -> None:
    page = text_of(inside, f"{DRAFT}/").partition('<div class="pi">')[2]
    announced = VI.text("chart.index.title", first="", index="", gap="").split()[:2]

    assert " ".join(announced) not in page
    assert VI.text("chart.index.title-provisional", low="", index="").partition(":")[0] in page
    assert "thứ hạng" not in page
    assert ".;" not in text_of(inside, "")


def test_a_year_page_shows_what_changed_since_the_year_before(inside: Site) -> None:
    later = text_of(inside, f"{DRAFT}/")

    assert VI.text("page.year.h-changes", before=YEAR) in later
    assert 'id="hinh-giua-cac-nam"' in later
    assert "so-voi-ky-truoc" not in text_of(inside, f"{YEAR}/")


def test_a_report_shows_the_sums_and_who_committed_what(inside: Site) -> None:
    page = text_of(inside, f"{YEAR}/kiem-toan/council-decision/")

    assert "Các tổng khớp" in page
    assert page.count("MARK-author") > len(inside.snapshot.world.years[YEAR].agencies)
    assert "MARK-summary" in page


def test_each_row_of_a_report_begins_with_what_it_is_about(inside: Site) -> None:
    """A reader of the screen aloud hears it before each figure; a row that goes on has an empty cell there."""
    pages = [text.decode() for path, text in inside.pages.items() if "/kiem-toan/" in path]
    begun = [
        cell
        for page in pages
        for cell in re.findall(r"<tr>(<t[hd][^>]*>)(?!</td>)", page.replace('<th scope="col"', ""))
    ]

    assert len(begun) > 100
    assert {cell for cell in begun if cell.startswith("<t")} == {'<th scope="row">'}


def test_a_history_tells_each_criterion_that_was_ever_spoken_of(inside: Site) -> None:
    agency, *_ = inside.snapshot.world.years[YEAR].agencies
    page = text_of(inside, f"{YEAR}/lich-su/{agency}/")
    year = inside.snapshot.world.years[YEAR]
    spoken = {leaf for code in year.stages[STAGES[0]][agency].lines for leaf in year.criteria[code].leaves}

    assert {code for code in spoken if f'id="tc-{code}"' not in page} == set()
    assert "MARK-summary" in page


def test_what_people_typed_opens_no_element_on_these_pages(inside: Site) -> None:
    pages = [text for path, text in inside.pages.items() if OWN.fullmatch(path)]
    opened = {tag.decode() for text in pages for tag in re.findall(rb"<([a-zA-Z0-9]+)", text)}

    assert len(pages) > len(STAGES)
    assert opened - TAGS == set()
    assert not any(b"](" in text or b"\n|" in text for text in pages)


def test_the_marks_are_there_to_be_found(inside: Site) -> None:
    """A search that cannot find anything proves nothing: inside, the draft and the commit's author do appear."""
    marks = [b"MARK-draft", b"MARK-author", b"MARK-summary", b"MARK-document", b"MARK-file"]

    assert {mark for _, mark in leaks(inside.pages, marks)} == set(marks)


def test_an_internal_copy_says_so_on_every_page_and_marks_drafts(inside: Site) -> None:
    pages = inside.pages
    markdown = {path: data.decode() for path, data in pages.items() if path.endswith(".md")}
    draft = [text for path, text in markdown.items() if path.startswith(f"{DRAFT}/")]

    assert [path for path, text in markdown.items() if VI.text("page.internal") not in text] == []
    assert [path for path, text in markdown.items() if VI.text("page.foot.commit") not in text] == []
    assert len(draft) > 60
    assert [text for text in draft if VI.text("page.year.draft") not in text] == []
    assert [text for text in draft if VI.text("word.provisional", count="").split(":", maxsplit=1)[0] not in text] == []


@pytest.fixture(scope="module")
def later(marked: Path) -> Site:
    """Give the pages inside as they are a year later, in every language, each agency with a file."""
    return pages_of(marked, world=with_files, audience="internal", languages=LANGUAGES, today="2026-02-01")


def test_the_front_page_inside_begins_with_what_is_late_awaited_and_new_and_announces_no_provisional_rank(
    later: Site,
) -> None:
    page, draft = text_of(later, ""), text_of(later, f"{DRAFT}/")
    heads = [page.find(f">{words}<") for words in (VI.text("page.plan.awaited"), VI.text("page.home.new"))]
    heads.insert(0, page.find('class="pi-mark late"'))

    assert page.count('class="pi-banner"') == 1
    assert -1 < heads[0] < heads[1] < heads[2] < page.find('class="pi-table pi-league"')
    assert VI.text("page.year.provisional") in draft
    assert set(re.findall(r'<td class="pi-rank">([^<]*)</td>', draft.partition('id="phe-duyet"')[0])) == {"–"}


def test_documents_come_inside_under_the_banner_after_their_front_matter(inside: Site) -> None:
    page = inside.pages["tai-lieu/index.md"].decode()

    assert page.startswith("---\ntitle: MARK-document\n---\n<div class=")
    assert VI.text("page.foot.taken", day=LEFT_OPEN) in page
    assert 'href="tai-lieu/"' in inside.pages["index.md"].decode()


@pytest.mark.slow
@pytest.mark.needs("chromium", "npm:axe-core")
def test_no_kind_of_page_that_stands_inside_only_has_a_fault_that_axe_knows(
    inside: Site, browser: Browser, axe: str, tmp_path: Path
) -> None:
    made = build(few(inside, tmp_path / "repository"))
    names = [path.relative_to(made.folder).as_posix().removesuffix("index.html") for path in made.html()]
    places = [name for name in names if OWN.fullmatch(f"{name}index.md") or name.startswith(("tai-lieu/", f"{DRAFT}/"))]
    places = [name for name in places if not FORM.match(name)] + ["404.html"]  # forms: test_webforms_browser
    several = re.compile("|".join((YEAR, DRAFT, *inside.snapshot.world.years[YEAR].agencies)))
    places = list({several.sub("*", place): place for place in places}.values())  # one stands for its kind
    page = browser.new_page(**MAGNIFIED)
    with served(made.folder, headers()) as top:
        heard = watched(page, top)
        found = {place: told for place in places if (told := faults(page, top + place, axe))}
        missing = [one for one in heard if "404" not in one]

    assert found == {}
    assert missing == []
    assert len(places) > 20


def with_files(world: World) -> World:
    """Return a world in which each agency handed in one file, which all its documents are."""

    def cited(record: Any) -> Any:
        return replace(record, sha256="a" * 64) if isinstance(record, Reference) else record

    file = DossierFile("a" * 64, NOWHERE, "ke-hoach.pdf", 1, "pdf", "2024-12-03", "self-assessment")
    year = planted(world.years[YEAR], cited)
    dossiers = {agency: {file.id: file} for agency in year.agencies}
    return replace(world, years={**world.years, YEAR: replace(year, dossiers=dossiers)})


def test_a_document_leads_to_its_file_from_pages_in_every_language(later: Site) -> None:
    for folder, way in (("", "../../../"), ("en/", "../../../../")):
        page = later.pages[f"{folder}{YEAR}/co-quan/{AGENCY}/index.md"].decode()
        assert f'href="{way}ho-so/{YEAR}/{AGENCY}/aaaaaaaaaaaa/ke-hoach.pdf"' in page


def test_a_document_leads_nowhere_in_public(marked: Path) -> None:
    made = pages_of(marked, world=with_files, languages=LANGUAGES).pages

    assert [path for path, data in made.items() if b"ho-so/" in data] == []

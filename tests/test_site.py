"""The site tells what the data says, all of it and nothing more, at addresses that lead somewhere."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import threading
import urllib.request
import zipfile
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import pyarrow as pa
import pytest
from conftest import ROOT
from pyarrow import parquet
from sites import (
    DRAFT,
    HOSTILE,
    TODAY,
    YEAR,
    Element,
    Site,
    addresses,
    build,
    census,
    chosen,
    digests_kept,
    everywhere,
    few,
    in_groups,
    leaks,
    new_repository,
    pages_of,
    planted,
    read_page,
    taken,
    with_corrected_survey,
    with_other_answers,
    with_secrets,
)

from pipeline.adapters import generator
from pipeline.adapters.messages import LANGUAGES
from pipeline.adapters.repository import open_repository
from pipeline.core.ground.numbers import fixed, percent
from pipeline.core.ground.problems import NOWHERE, ParindexError
from pipeline.core.ground.text import Text
from pipeline.core.index.scoring import LeafScore, Results, amended_counts, score
from pipeline.core.index.words import index_text, points_text
from pipeline.core.publish.site.journeys import REASONS
from pipeline.core.publish.site.pages import PAGES, each_year, once
from pipeline.core.record.model import Correspondence, Line, World
from pipeline.core.survey.disclosure import disclosure, widest
from pipeline.core.survey.intervals import Estimates, estimate
from pipeline.flows import verify_bundle
from pipeline.flows.site import render_all
from pipeline.flows.wording import load_labels

CUTS = ("giam-nhieu", *(f"don-vi/{body}" for body in ("so-noi-vu", "so-tai-chinh", "van-phong-ubnd")))
LARGEST = 120_000  # bytes of a page, its drawings included
VI, EN = (load_labels(language) for language in LANGUAGES)


def as_it_is(world: World) -> World:
    return world


@pytest.fixture(scope="module")
def results(rendered: Site) -> Results:
    return score(rendered.snapshot.world.years[YEAR])


@pytest.mark.slow
def test_every_link_leads_to_a_page_and_a_place_that_exist(site: Site) -> None:
    trees = {path: read_page(path) for path in site.html()}
    ids = {path: {e.attributes["id"] for e in tree.all() if "id" in e.attributes} for path, tree in trees.items()}
    lost = []
    for path, tree in trees.items():
        base = "http://site/" + ("" if path.name == "404.html" else path.relative_to(site.folder).as_posix())
        for address in addresses(tree):
            target = urlsplit(urljoin(base, address))
            file = site.folder / unquote(target.path).lstrip("/")
            file = file / "index.html" if target.path.endswith("/") else file
            anchors = ids.get(file, {"__skip"}) | {"", "__skip"}
            if target.netloc != "site" or not file.is_file() or unquote(target.fragment) not in anchors:
                lost.append((path.relative_to(site.folder).as_posix(), address))

    assert lost == []


@pytest.mark.slow
def test_the_expected_pages_stand_at_their_addresses(site: Site, results: Results) -> None:
    fixed = [
        "",
        "cac-nam/",
        "gioi-thieu/",
        "tim-kiem/",
        "api/",
        *(f"{YEAR}/{name}" for name in ("", "tieu-chi/", "dieu-tra/", "ke-hoach/", "duong-di/")),
        *(f"{YEAR}/duong-di/{one}/" for one in CUTS),
        *(f"{YEAR}/duong-di/ly-do/{number}/" for number in range(1, REASONS + 1)),
    ]
    fixed += [f"{YEAR}/{name}" for name in ("so-sanh/", "phuong-phap/", "lich-su/", "tai-ve/")]
    agencies = [f"{top}co-quan/{slug}/" for slug in results.year.agencies for top in (f"{YEAR}/", "")]
    agencies += [f"{YEAR}/co-quan/{slug}/{one}/" for slug in results.year.agencies for one in ("neu-nhu", "mot-phut")]
    criteria = [f"{YEAR}/tieu-chi/{code}/" for code in results.year.criteria]
    assert results.year.survey is not None
    questions = [f"{YEAR}/dieu-tra/{question}/" for question in results.year.survey.questions]
    expected = {f"{address}index.html" for address in [*fixed, *agencies, *criteria, *questions]} | {"404.html"}
    expected |= {f"en/{address}" for address in expected}
    rows = [
        row
        for row in PAGES
        if row.audience == "public" and row.scope in {once, each_year} and row.id not in {"groups", "asked"}
    ]
    later = {f"{top}{row.address.format(year=YEAR)}index.html" for row in rows for top in ("", "en/")}

    assert {path.relative_to(site.folder).as_posix() for path in site.html()} == expected | later


@pytest.mark.slow
def test_no_page_is_larger_than_promised(site: Site) -> None:
    too_large = {path.parent.name: path.stat().st_size for path in site.html() if path.stat().st_size >= LARGEST}

    assert too_large == {}


@pytest.mark.slow
def test_every_page_names_its_commit_and_the_day(site: Site) -> None:
    commit = site.snapshot.tree.commit
    assert commit is not None
    days = {path: "20 March 2025" if is_english(site, path) else "20/03/2025" for path in site.html()}
    without = [path for path, day in days.items() if not all(word in foot(path).text() for word in (commit[:12], day))]

    assert without == []


def is_english(site: Site, path: Path) -> bool:
    return path.relative_to(site.folder).parts[0] == "en"


def foot(path: Path) -> Element:
    return read_page(path).find(tag="footer", class_="pi-foot")


@pytest.mark.slow
def test_illustrative_figures_say_so_on_every_page_and_in_every_file(site: Site) -> None:
    sentences = {english: labels.text("word.illustrative") for english, labels in ((False, VI), (True, EN))}
    silent = [page for page in site.html() if banners(page).count(sentences[is_english(site, page)]) != 1]
    says = {path: path.read_text(encoding="utf-8") for path in (site.folder / YEAR / "du-lieu").rglob("*.[cjt]*")}

    assert silent == []
    marks = ("illustrative", sentences[False])
    assert [path.name for path, text in says.items() if not any(mark in text for mark in marks)] == []
    assert len(says) > 60


def banners(path: Path) -> list[str]:
    return [element.text() for element in read_page(path).all() if element.fits({"class_": "pi-banner"})]


def test_the_ranking_shows_the_figures_of_the_score(site: Site, results: Results) -> None:
    page = read_page(site.folder / YEAR / "index.html")
    shown, parts = (
        [[cell.text() for cell in row.all() if cell.tag in {"td", "th"}] for row in rows(page.find(class_=kind))]
        for kind in ("pi-league", "pi-parts")
    )
    errors = estimate(widest(results, disclosure(results)))
    expected = [
        [
            f"{entry.rank}{open_ranks(errors, entry.agency.slug)}",
            VI.of(entry.agency.name),
            f"{index_text(entry.index, results.year, VI)} {interval(errors, entry.agency.slug)}",
            VI.of(entry.grade.title) if entry.grade else "–",
        ]
        for entry in results.agencies
    ]

    assert expected == shown
    assert [cells[2][0] in "+−" for cells in parts] == [True] * len(expected)


def open_ranks(errors: Estimates, slug: str) -> str:
    found = errors.agencies[slug]
    if found.best_rank == found.worst_rank:
        return ""
    return f" {VI.text('page.column.ranks')}: {found.best_rank}–{found.worst_rank}"


def interval(errors: Estimates, slug: str) -> str:
    index = errors.agencies[slug].index
    assert index is not None
    ends = [VI.number(fixed(Fraction(end or 0), 2)) for end in (index.low, index.high)]
    return f"{VI.text('page.column.interval')}: {'–'.join(ends)}"


def rows(table: Element) -> list[Element]:
    return [element for element in table.all() if element.tag == "tr"][1:]


@pytest.mark.slow
def test_an_agency_page_shows_every_criterion_with_the_points_of_the_score(site: Site, results: Results) -> None:
    for entry in results.agencies:
        page = read_page(site.folder / YEAR / "co-quan" / entry.agency.slug / "index.html")
        shown = {
            leaf.criterion.code: page.find(id=f"tc-{leaf.criterion.code}")
            .find(tag="summary")
            .find(class_="pi-mark")
            .text()
            for leaf in entry.leaves
        }

        assert {leaf.criterion.code: mark(leaf, results) for leaf in entry.leaves} == shown
        assert index_text(entry.index, results.year, VI) == page.find(class_="pi-big").text()


def mark(leaf: LeafScore, results: Results) -> str:
    points, out_of = (points_text(value, results.year, VI).replace("-", "−") for value in (leaf.points, leaf.out_of))
    if leaf.points is None:
        return VI.text("page.mark.none")
    return points if leaf.out_of == 0 else f"{points}/{out_of}"


@pytest.mark.slow
def test_every_step_of_every_road_is_on_the_agency_page(site: Site, results: Results) -> None:
    for entry in results.agencies:
        page = read_page(site.folder / YEAR / "co-quan" / entry.agency.slug / "index.html")
        for leaf in entry.leaves:
            told = page.find(id=f"tc-{leaf.criterion.code}").text()
            said = [text for step in leaf.road.steps for text in words_of(step.line)]
            numbers = [reference.number for step in leaf.road.steps for reference in step.line.evidence]

            assert [text for text in [*said, *numbers] if " ".join(text.split()) not in told] == []


@pytest.mark.slow
def test_points_below_zero_have_one_minus_sign_wherever_they_stand(site: Site) -> None:
    page = read_page(site.folder / YEAR / "co-quan" / "cuc-thue" / "index.html").find(id="tc-8.2")
    written = [one.text() for one in page.all() if one.fits({"class_": "pi-mark"}) or one.fits({"class_": "v"})]

    assert written == ["−0,50", "−0,50"]


def words_of(line: Line) -> list[str]:
    return [text.main for text in (line.reason, line.explanation, line.not_applicable) if text is not None]


@pytest.mark.slow
def test_both_approved_tables_and_the_reason_are_shown(site: Site, results: Results) -> None:
    page = read_page(site.folder / YEAR / "index.html")
    approvals = results.year.approvals
    shown = [page.find(id=f"phe-duyet-{place + 1}").text() for place in range(len(approvals))]
    text = page.text()
    told = [table.reason.main for table in approvals if table.reason is not None]

    assert len(approvals) == 2
    assert [table.decision.number in head for table, head in zip(approvals, shown, strict=True)] == [True, True]
    assert [reason for reason in told if " ".join(reason.split()) not in text] == []
    assert [row for table in approvals for row in table.rows if VI.number(row.index or "") not in text] == []


@pytest.mark.slow
def test_every_count_of_every_question_is_shown_or_said_not_to_be(site: Site, results: Results) -> None:
    hidden, counts = disclosure(results).counts, amended_counts(results.year)
    told: dict[tuple[str, bool], int] = {}
    expected: dict[tuple[str, bool], int] = {}
    for (group, agency), item in counts.items():
        for question in item.answers:
            key = (question, (group, agency, question) in hidden)
            expected[key] = expected.get(key, 0) + 1
    for question in dict(expected):
        page = read_page(site.folder / YEAR / "dieu-tra" / question[0] / "index.html")
        lines = [row for row in rows(page.find(class_="pi-counts")) if row.find(tag="th").attributes["scope"] == "row"]
        told[question] = sum((VI.text("page.survey.not-shown") in row.text()) == question[1] for row in lines)

    assert expected == told
    assert len(hidden) == sum(count for (_, is_hidden), count in told.items() if is_hidden) > 0


@pytest.mark.slow
def test_an_agency_page_shows_what_each_group_answered_to_each_question_or_that_it_is_hidden(
    site: Site, results: Results
) -> None:
    hidden, counts = disclosure(results).counts, amended_counts(results.year)
    for slug in results.year.agencies:
        own = [item for (_, agency), item in counts.items() if agency == slug and item.sipas is None]
        page = read_page(site.folder / YEAR / "co-quan" / slug / "index.html")
        table = next(one for one in page.all() if one.tag == "table" and "q1. " in one.text())
        shown = {row.find(tag="th").text().split(".")[0]: row.text() for row in rows(table)}
        silent = Counter(question for group, agency, question in hidden if agency == slug)

        assert shown.keys() == {question for item in own for question in item.answers}
        assert {question: text.count(VI.text("page.survey.not-shown")) for question, text in shown.items()} == {
            question: silent[question] for question in shown
        }


@pytest.mark.slow
def test_an_agency_is_compared_with_its_neighbours_by_links_that_lead_to_their_columns(
    site: Site, results: Results
) -> None:
    order = [entry.agency.slug for entry in results.agencies]
    for place, slug in enumerate(order):
        page = read_page(site.folder / YEAR / "co-quan" / slug / "index.html")
        asked = [address.partition("?")[2] for address in addresses(page) if "so-sanh/?" in address]

        assert asked == [
            f"a={slug}&a={other}" for other in (*order[max(0, place - 1) : place], *order[place + 1 :][:1])
        ]


@pytest.mark.slow
def test_the_survey_page_shows_group_means_with_intervals_and_the_frame(site: Site, results: Results) -> None:
    text, found = (
        read_page(site.folder / YEAR / "dieu-tra" / "index.html").text(),
        estimate(widest(results, disclosure(results))),
    )
    shown = disclosure(results)
    means = {
        place: VI.number(fixed(percent(item.mean.value), 1))
        for place, item in found.groups.items()
        if item.mean is not None and item.mean.low is not None and shown.shows_mean(*place)
    }
    ends = {
        place: "–".join(VI.number(fixed(100 * Fraction(end), 1)) for end in (item.mean.low, item.mean.high))
        for place, item in found.groups.items()
        if place in means and item.mean is not None and item.mean.low is not None and item.mean.high is not None
    }
    titles = [VI.of(group.title) for group in (results.year.survey.groups if results.year.survey else {}).values()]

    assert len(means) > 12  # of four groups at four agencies, but those that are hidden; SIPAS has none
    assert [place for place, end in ends.items() if end not in text] == []
    assert [title for title in titles if title not in text] == []
    assert "94,4%" in text
    assert VI.text("page.survey.moments-unsealed") in text


def test_every_public_byte_is_the_same_for_another_table_that_agrees_with_what_is_public(
    marked: Path, rendered: Site
) -> None:
    """Nothing hidden of the survey reaches a page or a download, not even through a mean, a sum or a sentence."""
    other = pages_of(marked, world=lambda world: with_other_answers(with_secrets(world)), languages=rendered.languages)

    assert changed_means(rendered, other) != []
    assert [path for path, data in rendered.pages.items() if other.pages[path] != data] == []


def changed_means(one: Site, other: Site) -> list[tuple[str, str, str]]:
    """Return agency, criterion and group of every group whose mean differs."""
    scores = [score(site.snapshot.world.years[YEAR]) for site in (one, other)]
    means = [
        {
            (entry.agency.slug, leaf.criterion.code, part.group): part.mean
            for entry in results.agencies
            for leaf in entry.leaves
            for part in (leaf.survey.parts if leaf.survey else ())
        }
        for results in scores
    ]
    return [place for place, mean in means[0].items() if means[1][place] != mean]


@pytest.mark.slow
def test_the_downloads_are_a_bundle_that_proves_itself(site: Site) -> None:
    folder = site.folder / YEAR / "du-lieu"

    assert verify_bundle.verify(folder).problems == []
    assert [path for path in site.folder.rglob("*.parquet") if not path.is_relative_to(folder)] == []


@pytest.mark.slow
def test_the_page_of_downloads_leads_to_every_table_in_every_form(site: Site) -> None:
    wanted = {path.relative_to(site.folder) for path in (site.folder / YEAR / "du-lieu").rglob("*") if path.is_file()}
    for start in ("", "en/"):
        page = site.folder / start / YEAR / "tai-ve" / "index.html"
        read = read_page(page)
        links = [
            (page.parent / element.attributes["href"]).resolve()
            for element in read.all()
            if element.fits({"tag": "a", "download": ""})
        ]
        archive = (site.folder / YEAR / "du-lieu" / f"parindex-{YEAR}.zip").read_bytes()

        assert wanted - {link.relative_to(site.folder.resolve()) for link in links} == {
            Path(YEAR, "du-lieu", name) for name in ("README.txt", "changelog.json")
        }
        assert hashlib.sha256(archive).hexdigest() in read.text()


# --- languages ------------------------------------------------------------------------------------------------------

MONTHS = {EN.text(f"month.{number:02}"): f"{number:02}" for number in range(1, 13)}
VIETNAMESE = re.compile("[ăâđêôơưàằầèềìòồờùừỳảẳẩẻểỉỏổởủửỷãẵẫẽễĩõỗỡũữỹáắấéếíóốớúứýạặậẹệịọộợụựỵ]", re.IGNORECASE)


def said(element: Element, language: str) -> Iterator[tuple[str, str]]:
    """Yield each piece of text with the language that its element or one around it is said to be in."""
    language = element.attributes.get("lang", language)
    for child in element.children:
        if isinstance(child, str):
            yield language, " ".join(child.split())
        else:
            yield from said(child, language)


@pytest.mark.slow
def test_no_word_of_an_english_page_is_vietnamese_unless_the_page_says_so(site: Site) -> None:
    told = [(path, *piece) for path in site.html() if is_english(site, path) for piece in said(read_page(path), "")]
    missing = {
        (path.parent.name, text) for path, language, text in told if language == "en" and VIETNAMESE.search(text)
    }

    assert missing == set()
    assert {language for _, language, text in told if text} == {"en", "vi"}


def figures(text: str) -> Counter[str]:
    """Count the numbers of a text, days and decimal signs as Vietnamese and English write them alike."""
    names = "|".join(MONTHS)
    text = re.sub(rf"(\d+) ({names})", lambda found: f"{int(found[1]):02}/{MONTHS[found[2]]}", text)
    text = re.sub(rf"({names}) (\d{{4}})", lambda found: f"{MONTHS[found[1]]}/{found[2]}", text)
    return Counter(number.replace(",", ".") for number in re.findall(r"\d+(?:[.,]\d+)*", text))


def told_otherwise(world: World) -> dict[str, str]:
    """Return what people wrote in two languages with unequal numbers, such as "6 tháng" and "half-yearly"."""
    found: dict[str, str] = {}

    def note(record: Any) -> Any:
        if isinstance(record, Text) and "en" in record.others and figures(record.main) != figures(record.others["en"]):
            found[" ".join(record.main.split())] = " ".join(record.others["en"].split())
        return record

    planted(world, note)
    return found


@pytest.mark.slow
def test_both_languages_of_a_page_tell_the_same_figures(site: Site) -> None:
    otherwise = told_otherwise(site.snapshot.world)
    unequal, compared = {}, 0
    for path in site.html():
        if is_english(site, path):
            address = path.relative_to(site.folder / "en").as_posix()
            vietnamese, english = (main_text(page) for page in (site.folder / address, path))
            for vi, en in otherwise.items():
                vietnamese = vietnamese.replace(vi, en)
            compared += figures(english).total()
            if figures(vietnamese) != figures(english):
                unequal[address] = (figures(vietnamese) - figures(english), figures(english) - figures(vietnamese))

    assert unequal == {}
    assert compared > 10_000


def main_text(path: Path) -> str:
    return read_page(path).find(class_="pi").text()


def test_a_link_of_a_template_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    root = new_repository(tmp_path / "repository")
    template = root / "site_templates" / "page" / "method.md.j2"
    words, begin = template.read_text(encoding="utf-8"), "{% block content %}"
    link = '<a href="{{ to(year.name ~ "/tai-ve/#khong-co") }}">'
    template.write_text(words.replace(begin, begin + link), encoding="utf-8")

    with pytest.raises(ParindexError) as caught:
        render_all(taken(root), open_repository(root), audience="public", today=TODAY, languages=[VI])

    lost = {"page": f"{YEAR}/phuong-phap/index.md", "target": f"{YEAR}/tai-ve#khong-co"}
    assert (caught.value.code, dict(caught.value.figures)) == ("link-lost", lost)


# --- embargo --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_nothing_that_must_stay_inside_is_in_the_built_bytes(site: Site) -> None:
    files = {p.relative_to(site.folder).as_posix(): p.read_bytes() for p in site.folder.rglob("*") if p.is_file()}
    access = (site.root / "data" / "access.yml").read_bytes()
    people = re.findall(rb"[\w.+-]+@[\w.-]+|AAAA[\w+/]{30,}", access)
    names = re.findall(rb"^  ([\w-]+):$", access.partition(b"\npeople:")[2], re.MULTILINE)
    marks = [b"MARK-", b"mark-author", b"mark-url", b"2025-so", b"/2025/", b'"2025/', b"data/2025", *people, *names]
    marks += digests_kept()
    kinds = {Path(path).suffix for path in files}

    assert (len(people) > 10, len(names) > 10) == (True, True)
    assert {".css", ".csv", ".html", ".js", ".json", ".parquet", ".png", ".xlsx", ".xml", ".zip"} <= kinds
    assert leaks(files, marks) == []


def test_no_page_tells_what_seals_and_amendments_say_of_contents(marked: Path) -> None:
    made = pages_of(marked, world=with_corrected_survey, languages=("vi",))

    assert leaks(made.pages, [b"MARK-expect", b"MARK-sha", b"MARK-stands", b"MARK-file", *digests_kept()]) == []
    assert any(b"3/Q" in data for data in made.pages.values())


def test_a_mark_is_found_however_a_file_packs_it() -> None:
    inner, sheet, table = io.BytesIO(), io.BytesIO(), pa.BufferOutputStream()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.gz", gzip.compress(b"MARK-deep"))
    with zipfile.ZipFile(sheet, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("docProps/core.xml", "<a>MARK-sheet</a>")
    parquet.write_table(pa.table({"a": ["MARK-column"] * 1000}), table, compression="zstd")
    files = {"a.zip": inner.getvalue(), "b.xlsx": sheet.getvalue(), "c.parquet": table.getvalue().to_pybytes()}
    marks = [b"MARK-deep", b"MARK-sheet", b"MARK-column"]

    assert {mark for _, mark in leaks(files, marks)} == set(marks)


def test_the_public_site_has_neither_audit_reports_nor_a_way_to_them_nor_a_name(rendered: Site) -> None:
    public = rendered.pages
    marks = (b"MARK-", b"mark-author", b"kiem-toan", b"lich-su/cuc")

    assert [path for path in public if "kiem-toan" in path or re.search(r"lich-su/.+/", path)] == []
    assert leaks(public, marks) == []


def test_the_public_site_has_no_form_and_nothing_of_it(rendered: Site) -> None:
    assert [path for path in rendered.pages if "bieu-mau" in path or path.startswith("assets/form/")] == []
    assert [path for path, data in rendered.pages.items() if b"bieu-mau" in data] == []


WITH_WORDS = (".csv", ".js", ".json", ".jsonld", ".md", ".parquet", ".txt", ".xlsx", ".xml", ".zip")


@pytest.mark.parametrize(("today", "shown"), [("2025-02-26", False), ("2025-02-27", True)])
def test_a_year_appears_on_its_day_and_until_then_no_word_of_it_is_in_any_file(
    marked: Path,
    today: str,
    shown: bool,  # noqa: FBT001  # a case
) -> None:
    """Every text that people typed but whose index it is is marked; the day itself shows that marks can be found."""

    def early(world: World) -> World:
        made, publisher = everywhere(lambda text: " MARK-early")(world), world.identity.publisher or ""
        bodies = {**made.bodies, publisher: world.bodies[publisher]}
        return dataclasses.replace(made, identity=world.identity, bodies=bodies)

    made = pages_of(marked, world=early, languages=LANGUAGES, today=today)
    found = {path for path, _ in leaks(made.pages, [b"MARK-early"])}
    kinds = {Path(path.partition(" ")[0]).suffix for path in found}

    assert shown == any(path.startswith(f"{YEAR}/") for path in made.pages)
    assert not any(path.startswith((f"{DRAFT}/", f"en/{DRAFT}/")) for path in made.pages)
    assert kinds == ({*WITH_WORDS} if shown else set())


@pytest.mark.slow
def test_a_site_without_any_published_year_still_stands(marked: Path, tmp_path: Path) -> None:
    copy = tmp_path / "repository"
    shutil.copytree(marked, copy)
    shutil.rmtree(copy / "data" / YEAR)
    made = build(pages_of(copy, world=as_it_is))
    text = read_page(made.folder / "index.html").text()

    assert VI.text("page.home.none") in text
    assert {
        "404.html",
        *(f"{folder}index.html" for folder in ("", "api/", "cac-nam/", "gioi-thieu/", "tim-kiem/")),
    } == {path.relative_to(made.folder).as_posix() for path in made.html()}


def test_search_engines_are_led_to_every_language_of_the_public_site_and_kept_from_the_internal_one(
    marked: Path, rendered: Site
) -> None:
    repository, top = open_repository(marked), "https://chi-so.example/"
    empty = dataclasses.replace(taken(marked), world=dataclasses.replace(taken(marked).world, years={}))
    made = [
        render_all(empty, repository, audience=audience, today=TODAY, languages=[VI, EN], address=top)["robots.txt"]
        for audience in ("public", "internal")
    ]
    named = re.findall(r"^Sitemap: (.*)$", made[0].decode(), re.MULTILINE)

    assert named == [f"{top}sitemap.xml", f"{top}en/sitemap.xml"]
    assert made[1] == b"User-agent: *\nDisallow: /\n"
    assert "robots.txt" not in rendered.pages  # nobody knows the address


# --- addresses that stay --------------------------------------------------------------------------------------------


def renamed(world: World) -> World:
    """Return a world in which one agency bears another slug from the later year on, as the concordance says."""
    year = world.years[DRAFT]
    agencies = {RENAMED.get(slug, slug): agency for slug, agency in year.agencies.items()}
    agencies = {slug: dataclasses.replace(agency, slug=slug) for slug, agency in agencies.items()}
    stages = {
        stage: {
            RENAMED.get(slug, slug): dataclasses.replace(file, agency=RENAMED.get(slug, slug))
            for slug, file in files.items()
        }
        for stage, files in year.stages.items()
    }
    later = dataclasses.replace(year, agencies=agencies, stages=stages)
    pairs = tuple(
        dataclasses.replace(
            pair, agencies=tuple(Correspondence((a,), (b,), source=NOWHERE) for a, b in RENAMED.items())
        )
        for pair in world.concordances
    )
    return dataclasses.replace(world, years={**world.years, DRAFT: later}, concordances=pairs)


RENAMED = {"cuc-thue": "thue-thanh-pho"}


@pytest.mark.slow
def test_whoever_comes_by_an_address_of_a_former_name_is_led_on(marked: Path, tmp_path: Path) -> None:
    made = pages_of(marked, world=renamed, audience="internal", languages=LANGUAGES)
    built = build(few(made, tmp_path / "repository"))
    led = {}
    for old in ("co-quan/cuc-thue/", f"{DRAFT}/co-quan/cuc-thue/", f"{YEAR}/co-quan/thue-thanh-pho/"):
        for top in ("", "en/"):
            file = built.folder / top / old / "index.html"
            page = read_page(file)
            told = page.find(tag="meta", **{"http-equiv": "refresh"}).attributes["content"].partition("url=")[2]
            robots = page.find(tag="meta", name="robots").attributes["content"]
            target = (file.parent / told / "index.html").resolve()
            led[top + old] = (target.relative_to(built.folder.resolve()).as_posix(), target.is_file(), robots)
    news = {
        "co-quan/cuc-thue/": "co-quan/thue-thanh-pho/",
        f"{DRAFT}/co-quan/cuc-thue/": f"{DRAFT}/co-quan/thue-thanh-pho/",
        f"{YEAR}/co-quan/thue-thanh-pho/": f"{YEAR}/co-quan/cuc-thue/",
    }

    assert led == {
        top + old: (f"{top}{new}index.html", True, "noindex") for old, new in news.items() for top in ("", "en/")
    }
    assert f"{YEAR}</a>" in (built.folder / "co-quan" / "thue-thanh-pho" / "index.html").read_text(encoding="utf-8")


# --- hostile text ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_hostile_text_changes_no_element_of_any_page(marked: Path, hostile: Site, tmp_path: Path) -> None:
    told = chosen(HOSTILE)
    word = everywhere(lambda text: "vô hại".ljust(len(told(text)), "i"))  # as long, so that pages are cut alike
    made = pages_of(marked, world=lambda world: word(in_groups(world)), languages=LANGUAGES)
    harmless = build(few(made, tmp_path / "repository"))
    counted = [
        {path.relative_to(site.folder): census(read_page(path)) for path in site.html()} for site in (harmless, hostile)
    ]

    assert len(counted[0]) > 30
    assert counted[0].keys() == counted[1].keys()
    assert [path for path, found in counted[0].items() if counted[1][path] != found] == []


# --- sameness -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_same_commit_gives_the_same_bytes_whatever_the_machine(site: Site, marked: Path, tmp_path: Path) -> None:
    """Build anew by the command on another machine, as far as a machine can be seen, and from another folder.

    What stays inside is other too.
    """
    machine = {"TZ": "America/New_York", "LC_ALL": "vi_VN.UTF-8", "LANG": "C", "PYTHONHASHSEED": "1"}
    copy = tmp_path / "repository"
    shutil.copytree(marked, copy, ignore=shutil.ignore_patterns("build", "site"))
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), **machine}
    command = [sys.executable, "-m", "pipeline", "--repo", str(copy), "site", "--today", TODAY]
    done = subprocess.run(command, cwd="/", env=environment, capture_output=True, encoding="utf-8", check=False)
    here, there = (
        {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        for folder in (site.folder, copy / "site")
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert here.keys() == there.keys()
    assert [path for path, data in here.items() if there[path] != data] == []


# --- generator ------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("site_name: x\ndev_addr: [x]\ntheme: {name: material}\n", "dev_addr"),
        ("site_name: x\ntheme: {name: nowhere}\n", "nowhere"),
    ],
)
def test_a_generator_that_fails_is_told_with_its_last_words(tmp_path: Path, config: str, said: str) -> None:
    (tmp_path / "mkdocs.yml").write_text(config, encoding="utf-8")

    with pytest.raises(ParindexError) as caught:
        generator.build(
            tmp_path,
            {},
            output=tmp_path / "site",
            stamp=0,
            frames={"vi": generator.Frame("x", "", [])},
            settings=tmp_path / "mkdocs.yml",
            theme={},
        )

    assert caught.value.code == "generator-failed"
    assert said in caught.value.figures["detail"]
    assert "Traceback" not in VI.error(caught.value)


def test_serving_shows_the_site_and_builds_anew_when_a_file_changes(tmp_path: Path) -> None:
    site, watched = tmp_path / "site", tmp_path / "data"
    site.mkdir()
    watched.mkdir()
    (site / "index.html").write_text("trước", encoding="utf-8")
    told: list[str] = []
    begun = generator.fingerprint([watched])
    ready, rebuilt, stop = threading.Event(), threading.Event(), threading.Event()

    def rebuild() -> None:
        (site / "index.html").write_text("sau", encoding="utf-8")
        rebuilt.set()

    def started(address: str) -> None:
        told.append(address)
        ready.set()

    def run() -> None:
        generator.serve(site, watched=[watched], built_from=begun, rebuild=rebuild, started=started, port=0, stop=stop)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert ready.wait(10)
        before = fetched(told[0])
        (watched / "plan.yml").write_text("format: 1\n", encoding="utf-8")
        assert rebuilt.wait(10)
        after = fetched(told[0])
    finally:
        stop.set()
        thread.join(10)

    assert (before, after) == ("trước", "sau")
    assert told[0].startswith("http://127.0.0.1:")


def test_a_change_made_while_the_first_build_ran_is_not_missed(tmp_path: Path) -> None:
    begun, rebuilt = generator.fingerprint([tmp_path]), threading.Event()
    (tmp_path / "plan.yml").write_text("format: 1\n", encoding="utf-8")
    stop = threading.Event()

    def rebuild() -> None:
        rebuilt.set()
        stop.set()

    generator.serve(
        tmp_path, watched=[tmp_path], built_from=begun, rebuild=rebuild, started=lambda _: None, port=0, stop=stop
    )

    assert rebuilt.is_set()


def fetched(address: str) -> str:
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310  # the address of our own server
        return str(answer.read().decode())


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with (
        generator.ThreadingHTTPServer((generator.LOOPBACK, 0), generator.SimpleHTTPRequestHandler) as other,
        pytest.raises(ParindexError) as caught,
    ):
        generator.serve(
            tmp_path, watched=[], built_from=frozenset(), rebuild=lambda: None, started=print, port=other.server_port
        )

    assert caught.value.code == "cannot-serve"


# --- words ----------------------------------------------------------------------------------------------------------


def test_every_word_of_the_pages_stands_in_both_languages_with_the_same_figures() -> None:
    figures = {
        name: {
            key: sorted(re.findall(r"{(\w+)}", text))
            for key, text in load_labels(name).texts.items()
            if "page." in key and not key.endswith("-one")  # words that only some languages have
        }
        for name in ("vi", "en")
    }

    assert figures["vi"] == figures["en"]

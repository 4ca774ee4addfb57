"""News of results and corrections: feeds that readers can trust, agencies that are found by any name they bore."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

import pytest
from test_repository_files import KINDS
from tiny import TINY_FILES, YEAR, snapshot_of

from pipeline.adapters.messages import LANGUAGES
from pipeline.core.ground.problems import NOWHERE
from pipeline.core.ground.text import Text
from pipeline.core.index.scoring import score
from pipeline.core.publish.scene import Figures, Scene
from pipeline.core.publish.site.careers import career_view, careers, moved_addresses
from pipeline.core.publish.site.data_commits import commits_view
from pipeline.core.publish.site.feed import ATOM, Feed, NewsItem, atom, identity, newest_first
from pipeline.core.publish.site.news import agency_feed, year_feed
from pipeline.core.record.authorship import DataCommit
from pipeline.core.record.model import Concordance, Correspondence, Year
from pipeline.flows.wording import load_labels

WORLD = snapshot_of(TINY_FILES).world
TOP = "https://chi-so.example/"
VI, EN = (load_labels(language) for language in LANGUAGES)


def scene(year: Year = WORLD.years[YEAR]) -> Scene:
    return Scene(Figures(score(year)), WORLD.bodies, WORLD.calendar, "2025-03-20", published=True, labels=VI)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_history_of_a_year_has_words_for_every_kind_of_file(language: str) -> None:
    labels = load_labels(language)
    own = Scene(
        Figures(score(WORLD.years[YEAR])), WORLD.bodies, WORLD.calendar, "2025-03-20", published=True, labels=labels
    )
    paths = [path.replace("cuc-thue", "co-quan-a") for path in KINDS if path.startswith(f"data/{YEAR}/")]
    paths += [f"data/{YEAR}/dossiers/co-quan-a.yml", f"data/{YEAR}/appraisal-1/co-quan-a/so-noi-vu.yml"]

    commits = [DataCommit("c" * 40, "a", "2024-12-04", "s", (path,)) for path in paths]
    told = [event["touched"] for event in commits_view(own, commits, inside=False)["events"]]

    assert [len(sentences) for sentences in told] == [1] * len(paths)
    assert (labels.text("page.history.other"),) not in told
    assert not [sentence for (sentence,) in told if sentence.startswith(labels.text("stage.none"))]


def item(day: str, title: str) -> NewsItem:
    return NewsItem(identity(title), day, title, (title,), "2024/lich-su/#x")


def feed(*items: NewsItem) -> Feed:
    return Feed(identity("feed"), "2024/thay-doi.xml", "T", "S", "A", "2024/lich-su/", items)


def texts(data: bytes, path: str) -> list[str | None]:
    return [element.text for element in ET.fromstring(data).findall(path, {"a": ATOM})]  # noqa: S314  # our own


def links(data: bytes) -> list[str]:
    return [found.attrib["href"] for found in ET.fromstring(data).iter(f"{{{ATOM}}}link")]  # noqa: S314  # our own


def test_a_feed_holds_all_that_the_standard_asks_for() -> None:
    data = atom(feed(item("2025-03-14", "Đính chính")), language="vi", top=TOP)
    for needed in ("a:id", "a:title", "a:updated", "a:author/a:name", "a:entry/a:id", "a:entry/a:updated"):
        assert texts(data, needed)[0]

    assert data.startswith(b"<?xml version='1.0' encoding='utf-8'?>\n<feed ")
    assert texts(data, "a:updated") == ["2025-03-14T00:00:00+07:00"]
    assert links(data) == [f"{TOP}2024/thay-doi.xml", f"{TOP}2024/lich-su/", f"{TOP}2024/lich-su/#x"]


def test_links_lead_to_the_same_pages_where_nobody_knows_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    told = feed(item("2025-03-14", "Đính chính"))
    whole, relative = (links(atom(told, language="vi", top=top)) for top in (TOP, ""))

    assert whole == [urljoin(TOP + told.path, link) for link in relative]


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "a\x00\x1b\ufffeb", "]]> & &amp;"])
def test_typed_text_stays_text(text: str) -> None:
    data = atom(feed(item("2025-03-14", text)), language="vi", top=TOP)
    content = texts(data, "a:entry/a:content")[0] or ""

    assert "<script" not in content
    assert content.count("<") == 2
    assert len(texts(data, "a:entry/a:title")[0] or "") == len(text)


def test_the_newest_stands_first_and_of_one_day_what_was_told_last() -> None:
    told = newest_first([item("2025-02-27", "1"), item("2025-03-18", "2"), item("2025-03-18", "3")])

    assert [one.title for one in told] == ["3", "2", "1"]


def test_ids_are_permanent_and_no_two_entries_share_one() -> None:
    one = scene()
    feeds = [year_feed(dataclasses.replace(one, labels=labels)) for labels in (VI, EN)]
    feeds += [agency_feed(slug, [(one.told_in(labels), slug)]) for slug in one.year.agencies for labels in (VI, EN)]
    ids = [name for own in feeds for name in (own.id, *(entry.id for entry in own.items))]

    assert len(ids) == len(set(ids)) > len(feeds)
    assert identity("approval", "1") == "urn:uuid:ede0bf1e-1ed6-5213-9b0d-bb990e5aeb58"
    assert identity("a", "b") != identity("ab")


def test_an_agency_hears_of_its_own_corrections_only() -> None:
    one = scene()
    told = {slug: agency_feed(slug, [(one, slug)]) for slug in one.year.agencies}
    expected = {
        slug: sorted(amendment.number for amendment in one.year.amendments if amendment.agency == slug) for slug in told
    }
    found = {
        slug: sorted(entry.address.rsplit("-", 1)[1] for entry in own.items if "#dinh-chinh-" in entry.address)
        for slug, own in told.items()
    }

    assert expected == found
    assert any(expected.values())


# --- agencies over the years ----------------------------------------------------------------------------------------


def years(*slugs: str) -> list[Scene]:
    """Return years from 2024 on, in each of which one agency stands under a slug."""
    agency = next(iter(WORLD.years[YEAR].agencies.values()))
    made = []
    for place, slug in enumerate(slugs):
        own = {slug: dataclasses.replace(agency, slug=slug)}
        year = dataclasses.replace(WORLD.years[YEAR], name=str(2024 + place), agencies=own)
        results = dataclasses.replace(score(WORLD.years[YEAR]), year=year)
        made.append(Scene(Figures(results), WORLD.bodies, WORLD.calendar, "2025-03-20", published=True, labels=VI))
    return made


def pair(before: str, old: tuple[str, ...], new: tuple[str, ...]) -> Concordance:
    one = Correspondence(old, new, source=NOWHERE)
    return Concordance(before, str(int(before) + 1), (), (one,), None, NOWHERE)


RENAMED = [pair("2024", ("cu",), ("moi",))]
CASES: Mapping[str, tuple[list[Scene], list[Concordance], dict[str, list[str]], list[tuple[str, str]]]] = {
    "an agency that keeps its slug": (years("cu", "cu"), [], {"cu": ["2024 cu", "2025 cu"]}, []),
    "one that was renamed": (
        years("cu", "moi", "moi"),
        RENAMED,
        {"moi": ["2024 cu", "2025 moi", "2026 moi"]},
        [
            ("co-quan/cu/", "co-quan/moi/"),
            ("2025/co-quan/cu/", "2025/co-quan/moi/"),
            ("2026/co-quan/cu/", "2026/co-quan/moi/"),
            ("2024/co-quan/moi/", "2024/co-quan/cu/"),
        ],
    ),
    "one whose former slug another one took later": (
        years("cu", "moi", "cu"),
        RENAMED,
        {"moi": ["2024 cu", "2025 moi"], "cu": ["2026 cu"]},
        [("2025/co-quan/cu/", "2025/co-quan/moi/"), ("2024/co-quan/moi/", "2024/co-quan/cu/")],
    ),
    "agencies that were merged": (
        years("cu", "moi"),
        [pair("2024", ("cu", "kia"), ("moi",))],
        {"cu": ["2024 cu"], "moi": ["2025 moi"]},
        [],
    ),
    "one that took others in and kept its slug": (
        years("cu", "cu"),
        [pair("2024", ("kia", "cu"), ("cu",))],
        {"cu": ["2024 cu", "2025 cu"]},
        [],
    ),
    "one that was split and kept its slug": (
        years("cu", "cu"),
        [pair("2024", ("cu",), ("cu", "kia"))],
        {"cu": ["2024 cu", "2025 cu"]},
        [],
    ),
    "one that was dissolved": (
        years("cu", "moi"),
        [pair("2024", ("cu",), ())],
        {"cu": ["2024 cu"], "moi": ["2025 moi"]},
        [],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_agency_is_followed_through_its_names_and_led_to_from_each(case: str) -> None:
    scenes, pairs, expected, moved = CASES[case]
    known = careers(scenes, pairs)

    assert expected == {
        slug: [f"{one.scene.year.name} {one.slug}" for one in standings] for slug, standings in known.items()
    }
    assert sorted(moved) == sorted(moved_addresses(known))


def named(*by_year: Mapping[str, str]) -> list[Scene]:
    """Return years from 2024 on with agencies of these names by slug."""
    made = []
    for place, names in enumerate(by_year):
        first, *_ = WORLD.years[YEAR].agencies.values()
        own = {slug: dataclasses.replace(first, slug=slug, name=Text(name)) for slug, name in names.items()}
        year = dataclasses.replace(WORLD.years[YEAR], name=str(2024 + place), agencies=own)
        entry = score(WORLD.years[YEAR]).agencies[0]
        entries = tuple(dataclasses.replace(entry, agency=agency) for agency in own.values())
        results = dataclasses.replace(score(WORLD.years[YEAR]), year=year, agencies=entries)
        made.append(Scene(Figures(results), WORLD.bodies, WORLD.calendar, "2025-03-20", published=True, labels=VI))
    return made


TURNS = [
    pytest.param(
        ({"a": "A", "b": "B"}, {"ab": "AB"}),
        (("a", "b"), ("ab",)),
        "Từ kỳ 2025: A và B nhập thành AB.",
        {"a": ["AB", "B"], "b": ["A", "AB"], "ab": ["A", "B"]},
        id="merged",
    ),
    pytest.param(
        ({"a": "A", "b": "B"}, {"b": "B mới"}),
        (("a", "b"), ("b",)),
        "Từ kỳ 2025: A và B nhập thành B mới.",
        {"a": ["B mới"], "b": ["A"]},
        id="taken in",
    ),
    pytest.param(
        ({"a": "A"}, {"a": "A1", "c": "C"}),
        (("a",), ("a", "c")),
        "Từ kỳ 2025: A tách thành A1 và C.",
        {"a": ["C"], "c": ["A1"]},
        id="split",
    ),
    pytest.param(
        ({"a": "A", "b": "B"}, {"a": "A"}),
        (("b",), ()),
        "Từ kỳ 2025 không còn B; không cơ quan nào kế tục.",
        {"b": []},
        id="dissolved",
    ),
    pytest.param(({"a": "A"}, {"n": "N"}), (("a",), ("n",)), "Từ kỳ 2025: A mang tên N.", {"n": []}, id="renamed"),
    pytest.param(({"a": "A"}, {"n": "A"}), (("a",), ("n",)), "", {}, id="only its code changed"),
]


@pytest.mark.parametrize(("by_year", "one", "words", "others"), TURNS)
def test_each_page_of_an_agency_says_what_became_of_it_and_leads_to_the_others(
    by_year: tuple[Mapping[str, str], ...],
    one: tuple[tuple[str, ...], tuple[str, ...]],
    words: str,
    others: Mapping[str, list[str]],
) -> None:
    scenes, pairs = named(*by_year), [pair("2024", *one)]
    known = careers(scenes, pairs)
    views = {
        slug: career_view(own, known, {scene.year.name: scene for scene in scenes}, (), pairs)
        for slug, own in known.items()
    }

    assert {slug: [turn["words"] for turn in view["turns"]] for slug, view in views.items() if view["turns"]} == {
        slug: [words] for slug in others
    }
    assert {
        slug: sorted(name for name, _ in view["turns"][0]["others"]) for slug, view in views.items() if view["turns"]
    } == others

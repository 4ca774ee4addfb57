"""Two indices in one year, side by side over two years: named, shown as cards, and never taken for successive years."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from conftest import ROOT, Repository, RunCommand
from sites import Site, addresses, build, read_page
from tiny import TINY_FILES, snapshot_of

from pipeline.adapters.repository import open_repository
from pipeline.core.ground.text import Text
from pipeline.core.index.words import year_text
from pipeline.core.record.layout import precedes, year_before
from pipeline.flows.site import render_all
from pipeline.flows.snapshot import take
from pipeline.flows.wording import load_labels

PLAIN, OTHER = "", "-so-nganh"
TODAY = "2026-06-01"
OF = {PLAIN: "ba cơ quan ngành dọc", OTHER: "các sở, ngành"}
OF_ENGLISH = {PLAIN: "three vertical agencies", OTHER: "the departments"}


def year_files(name: str) -> dict[str, bytes]:
    """Return the tiny year under another name: another index says whom it assesses, a later year is a year on."""
    made = {}
    for path, data in TINY_FILES.items():
        if not path.startswith("data/2024/"):
            continue
        text = data.decode()
        if path.endswith(("/cycle.yml", "/approval.yml")) and name[:4] != "2024":
            text = text.replace("2025", "2026").replace("2024", "2025")
        if path.endswith("/cycle.yml"):
            index = name[4:]
            text = text.replace("của ba cơ quan", f"của {OF[index]}").replace("three agencies", OF_ENGLISH[index])
            text += f"of:\n  vi: {OF[index]}\n  en: {OF_ENGLISH[index]}\n"
        made[path.replace("/2024/", f"/{name}/")] = text.encode()
    return made


CONCORDANCE = """\
format: 1
pairs:
  - from: "{before}"
    to: "{after}"
    criteria:
      - {{from: ["1.1.1"], to: ["1.1.1"]}}
"""
COMMON = {path: data for path, data in TINY_FILES.items() if not path.startswith("data/2024/")}
YEARS = ("2024", "2024-so-nganh", "2025", "2025-so-nganh")
FILES: Mapping[str, bytes] = {
    **COMMON,
    **{path: data for name in YEARS for path, data in year_files(name).items()},
    "data/concordance.yml": CONCORDANCE.format(before="2024", after="2025").encode(),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    root = tmp_path_factory.mktemp("indices") / "repository"
    root.mkdir()
    repository = Repository(root)
    repository.git("init", "--quiet", "--initial-branch", "main")
    for path, data in FILES.items():
        repository.write(path, data)
    for part in ("schemas", "site_templates", "mkdocs.yml"):
        repository.copy(ROOT / part, part)
    repository.commit("Data")
    opened = open_repository(root)
    snapshot, languages = take(opened, None), ("vi", "en")
    words = [load_labels(language) for language in languages]
    pages = render_all(snapshot, opened, audience="public", today=TODAY, languages=words)
    return build(Site(root, snapshot, pages, languages))


def text(path: Path) -> str:
    """Return what a reader reads on a page."""
    html = re.sub(r"<(script|style|head)\b.*?</\1>", " ", path.read_text("utf-8"), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_which_year_comes_before_which() -> None:
    assert [year_before(name, YEARS) for name in YEARS] == [None, None, "2024", "2024-so-nganh"]
    assert not precedes("2024", "2025-so-nganh")
    assert not precedes("2024", "2024-so-nganh")


def test_a_year_among_several_is_called_by_whom_it_assesses(site: Site) -> None:
    years = site.snapshot.world.years
    labels = load_labels("vi")

    assert year_text(years["2024-so-nganh"], labels) == "2024 – các sở, ngành"
    assert year_text(snapshot_of(TINY_FILES).world.years["2024"], labels) == "2024"


def test_the_front_page_has_a_card_for_the_latest_of_each_index(site: Site) -> None:
    page = read_page(site.folder / "index.html")
    cards = [one for one in page.all() if one.fits({"tag": "section", "class_": "pi-card"})]

    assert [card.find(tag="h2").text().removesuffix("#").rstrip() for card in cards] == [
        "Chỉ số cải cách hành chính năm 2025 của ba cơ quan ngành dọc (số liệu minh họa)",
        "Chỉ số cải cách hành chính năm 2025 của các sở, ngành (số liệu minh họa)",
    ]


def test_the_indices_of_a_year_stand_beside_each_other_under_the_latest_year(site: Site) -> None:
    listed = re.findall(r'id="nam-([^"]*)"', (site.folder / "cac-nam/index.html").read_text("utf-8"))

    assert listed == ["2025", "2025-so-nganh", "2024", "2024-so-nganh"]


def test_every_page_of_a_year_leads_to_the_other_index_of_that_year(site: Site) -> None:
    label = load_labels("vi").text("page.nav.indices")
    for place, expected in {
        "2025/": ["./", "../2025-so-nganh/"],
        "2025-so-nganh/tieu-chi/1.1.1/": ["../../../2025/tieu-chi/", "./"],
        "2024/mot-phut/": ["./", "../../2024-so-nganh/mot-phut/"],
        "2024/co-quan/co-quan-a/": ["./", "../../../2024-so-nganh/"],
    }.items():
        nav = read_page(site.folder / place / "index.html").find(tag="nav", **{"aria-label": label})

        assert list(addresses(nav)) == expected
        assert [one.text() for one in nav.all() if one.tag == "a"] == [f"{place[:4]} – {of}" for of in OF.values()]


def test_no_reader_meets_the_name_of_a_folder(site: Site) -> None:
    files = ("tai-ve", "api", "muoi-cau-hoi")  # which name files
    told = {
        path.relative_to(site.folder).as_posix(): re.sub(r"data/\S+", "", text(path))  # where a figure stands
        for path in site.html()
        if not set(files) & set(path.relative_to(site.folder).parts)
    }

    assert [path for path, words in told.items() if "so-nganh" in words] == []
    assert "Kết quả năm 2025 – các sở, ngành" in told["2025-so-nganh/index.html"]
    assert "2025 – the departments" in told["en/2025-so-nganh/index.html"]


def test_an_agency_has_a_page_over_the_years_in_each_index(site: Site) -> None:
    for folder, other in (("co-quan/co-quan-a", OTHER), ("co-quan/so-nganh/co-quan-a", PLAIN)):
        page = " ".join(addresses(read_page(site.folder / folder / "index.html")))
        years = re.findall(r"/(20\d\d[a-z-]*)/co-quan/co-quan-a/", page)
        own = PLAIN if other else OTHER

        assert list(dict.fromkeys(years)) == [f"2025{own}", f"2024{own}"]
        assert (site.folder / folder / "thay-doi.xml").is_file()


def test_a_year_is_compared_with_the_one_before_it_of_its_index_only(site: Site) -> None:
    assert "So với kỳ 2024" in text(site.folder / "2025/index.html")
    assert "so-voi-ky-truoc" not in (site.folder / "2025-so-nganh/index.html").read_text("utf-8")
    assert "so-voi-ky-truoc" not in (site.folder / "2024-so-nganh/index.html").read_text("utf-8")


@pytest.mark.parametrize(("before", "after"), [("2024", "2024-so-nganh"), ("2024", "2025-so-nganh")])
def test_a_concordance_never_crosses_from_one_index_to_another(before: str, after: str) -> None:
    crossed = CONCORDANCE.format(before=before, after=after).encode()
    problems = snapshot_of({**FILES, "data/concordance.yml": crossed}).problems

    assert ("concordance-out-of-order", "data/concordance.yml") in {(one.code, one.path) for one in problems}


def test_copied_days_are_told_of_beside_the_year_before_of_the_same_index() -> None:
    told = {
        (problem.path.split("/")[1], problem.figures.get("year"))
        for problem in snapshot_of(FILES).problems
        if problem.code in {"left-from-last-year", "basis-of-last-year"}
    }

    assert told == {("2025", "2024"), ("2025-so-nganh", "2024-so-nganh")}


def test_what_a_year_says_of_whom_it_assesses_takes_the_place_of_the_site(site: Site) -> None:
    world = site.snapshot.world

    assert world.identity_of(world.years["2025-so-nganh"]).of == Text("các sở, ngành", {"en": "the departments"})
    assert "Chỉ số cải cách hành chính năm 2025 – các sở, ngành: thay đổi" in (
        site.folder / "2025-so-nganh/thay-doi.xml"
    ).read_text("utf-8")


def test_a_new_year_of_another_index_leaves_whom_it_assesses_to_decide(
    run_command: RunCommand, tiny: Repository
) -> None:
    other = run_command("open-year", "2025-so-nganh", "--from", "2024", cwd=tiny.root)

    assert other.code == 0
    assert "chỉ số khác" in other.stdout
    assert not (tiny.root / "data/concordance.yml").exists()

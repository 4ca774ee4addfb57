"""The site of many agencies: what it costs grows as its pages do, and no page grows with their number. Decision 0049.

Calls are counted, not time, so that the same code fails on every machine.
"""

from __future__ import annotations

import cProfile
import dataclasses
import json
import re
import sys
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
from conftest import ROOT
from sites import TODAY, new_repository, pages_of
from tiny import snapshot_of

sys.path.insert(0, str(ROOT / "tests" / "benchmarks"))

from corpus import YEAR, committed, corpus
from pages import many

from pipeline.adapters.repository import open_repository
from pipeline.core.ground.problems import NOWHERE
from pipeline.core.index.scoring import score
from pipeline.core.index.words import figures_of
from pipeline.core.publish.site.search import SearchPage, index_files
from pipeline.core.record.model import ApprovedRow, ApprovedTable, Reference
from pipeline.flows.site import render_all
from pipeline.flows.snapshot import Snapshot, load_labels

FEW, MANY = 21, 42
LARGEST = 120_000  # bytes of a page
FRAME = 6_000  # of them, what the theme puts around it
EXPONENT = 1.05
FIRST_RESULT = 150_000  # bytes


@cache
def published(agencies: int) -> Snapshot:
    """Return what the data of so many agencies says, approved as it was computed."""
    files = corpus(agencies, groups=3, survey=5, evidence=2)
    return approved(snapshot_of({path: text.encode() for path, text in files}))


def approved(snapshot: Snapshot) -> Snapshot:
    """Return what the data says with every year approved as it was computed."""
    years = {}
    for name, year in snapshot.world.years.items():
        rows = [
            ApprovedRow(agency=entry.agency.slug, source=NOWHERE, **figures_of(entry, year))  # type: ignore[arg-type]
            for entry in score(year).agencies
        ]
        decision, day = Reference("1/QĐ-MH", NOWHERE, f"{int(name) + 1}-02-20"), f"{int(name) + 1}-02-25"
        table = ApprovedTable(decision, day, None, year.inputs, None, tuple(rows), source=NOWHERE)
        years[name] = dataclasses.replace(year, approvals=(table,), decisions=(table,))
    return dataclasses.replace(snapshot, world=dataclasses.replace(snapshot.world, years=years))


@cache
def rendered(agencies: int) -> tuple[Counter[str], Mapping[str, bytes]]:
    """Return how often the public site calls each function, by its name, and its files."""
    snapshot, repository, words = published(agencies), open_repository(ROOT), [load_labels("vi")]
    with cProfile.Profile(builtins=False) as counted:
        made = render_all(snapshot, repository, audience="public", today=TODAY, languages=words, address="")
    calls = Counter[str]()
    for function in counted.getstats():
        calls[function.code if isinstance(function.code, str) else function.code.co_name] += function.callcount
    return calls, made


@pytest.mark.slow
def test_the_work_grows_no_faster_than_the_number_of_agencies() -> None:
    (few, _), (many, _) = rendered(FEW), rendered(MANY)

    assert many.total() / few.total() <= (MANY / FEW) ** EXPONENT


@pytest.mark.slow
def test_what_the_draws_left_of_each_rank_is_asked_once_and_not_on_every_part() -> None:
    """Of each of two trials three quantiles stand in the open data, and two on the page."""
    calls, _ = rendered(MANY)

    assert 0 < calls["quantile"] <= 2 * (3 + 2) * MANY


@pytest.mark.slow
def test_no_page_grows_with_the_number_of_agencies() -> None:
    sizes = [
        {path: len(data) for path, data in rendered(count)[1].items() if path.endswith(".md")} for count in (FEW, MANY)
    ]
    heavy = {path: size for size_of in sizes for path, size in size_of.items() if size >= LARGEST - FRAME}

    assert heavy == {}
    assert max(sizes[1].values()) <= 1.05 * max(sizes[0].values())


@pytest.mark.slow
def test_every_agency_stands_in_each_list_once_whatever_part_it_is_on() -> None:
    pages = rendered(MANY)[1]
    parts = [f"{YEAR}/index.md", *(f"{YEAR}/xep-hang/{part}/index.md" for part in (2, 3))]
    shown = [
        line.split('scope="row"><a href="')[1].split('">')[1].split("<")[0]
        for path in parts
        for line in pages[path].decode().split("\n")
        if line.startswith(' <tr><td class="pi-rank">') and 'scope="row"><a' in line
    ]
    names = [f"Cơ quan {number:05d}" for number in range(1, MANY + 1)]

    assert sorted(shown) == names


@pytest.mark.slow
def test_roads_too_heavy_for_one_page_stand_once_each_on_its_parts_and_the_first_leads_to_all() -> None:
    made, top = rendered(MANY)[1], f"{YEAR}/co-quan/co-quan-00001/"
    paths = [f"{top}index.md", *sorted(path for path in made if path.startswith(f"{top}tieu-chi/"))]
    leaves = [re.findall(r'id="tc-([0-9.]+)"', made[path].decode()) for path in paths]
    roads = [
        re.findall(r'id="tc-([0-9.]+)"(?:(?!</details>)[\s\S])*?class="pi-(?:road|groups)"', made[path].decode())
        for path in paths
    ]
    led = re.findall(r'href="tieu-chi/(\d+)/#tc-([0-9.]+)"', made[paths[0]].decode())

    assert len(paths) > 1
    assert len(leaves[0]) == len(set(leaves[0])) == 66
    assert [code for own in roads for code in own] == leaves[0]
    assert all(code in roads[int(number) - 1] for number, code in led)
    assert len(led) == sum(map(len, roads[1:]))


@pytest.mark.slow
def test_a_first_result_of_the_search_loads_little_whatever_is_asked() -> None:
    """The index, the largest file of names and the script itself come before the first result."""
    files = {path: len(data) for path, data in rendered(MANY)[1].items() if path.startswith("assets/search")}
    names, texts = (max(size for path, size in files.items() if f"-{kind}-" in path) for kind in ("names", "text"))

    assert files["assets/search-index.js"] + files["assets/search.js"] + names < FIRST_RESULT
    assert texts < LARGEST
    assert len([path for path in files if "-text-" in path]) > 3


def test_words_of_names_are_found_by_their_beginnings_however_many_pages_there_are() -> None:
    pages = [SearchPage(f"Cơ quan {number:04}, năm 2024", f"{number}/", "", ()) for number in range(1_000)]
    files = {name: data.decode() for name, data in index_files(pages)}
    known = json.loads(files["search-index.js"].partition(" = ")[2].rstrip(";\n"))["names"]
    longest = max((one for one in known if "0712".startswith(one)), key=len)
    found = files[f"search-names-{known.index(longest)}.js"]

    assert '"712/"' in found
    assert max(len(text) for name, text in files.items() if "names" in name) < FIRST_RESULT / 2


@pytest.mark.slow
def test_no_two_landmarks_of_a_page_bear_one_name() -> None:
    named = {
        path: re.findall(r'<nav class="[^"]*" aria-label="([^"]*)"', data.decode())
        for path, data in rendered(MANY)[1].items()
        if path.endswith(".md")
    }

    assert [path for path, names in named.items() if len(set(names)) != len(names)] == []
    assert max(map(len, named.values())) > 4


@pytest.mark.slow
def test_a_page_of_some_agencies_says_so() -> None:
    words = load_labels("vi")
    said = {
        f"{YEAR}/xep-hang/2/index.md": words.text("chart.part", shown=20, count=MANY),
        f"{YEAR}/tieu-chi/1.1/index.md": words.text("page.criterion.elsewhere"),
        f"{YEAR}/co-quan/co-quan-00001/neu-nhu/index.md": words.text("page.whatif.effects-near"),
    }

    assert [path for path, text in said.items() if text not in rendered(MANY)[1][path].decode()] == []


@pytest.mark.slow
def test_survey_points_lead_to_the_part_of_the_survey_that_shows_the_agency(tmp_path: Path) -> None:
    root = new_repository(tmp_path / "repository")
    made = pages_of(root, world=lambda world: many(world, FEW)).pages
    last, further = made[f"{YEAR}/xep-hang/2/index.md"].decode(), made[f"{YEAR}/dieu-tra/2/index.md"].decode()
    (slug,) = set(re.findall(r'/co-quan/([a-z0-9-]+)/"', last))

    assert slug.startswith("cuc-hai-quan")
    assert [name in further for name in ("Cục Hải quan", "Cục Thuế", "KBNN Hà Nội")] == [True, False, False]
    assert '<a href="../../dieu-tra/2/">' in last
    assert '<a href="../../dieu-tra/2/">' in made[f"{YEAR}/co-quan/{slug}/index.md"].decode()


@pytest.mark.slow
def test_no_page_for_readers_inside_grows_with_the_number_of_agencies(tmp_path: Path) -> None:
    """A form has the criteria of one agency; all other pages are cut where their lists are long."""
    committed(tmp_path, FEW)
    made = pages_of(tmp_path, audience="internal", world=lambda world: world).pages
    sizes = {
        path: len(data) for path, data in made.items() if path.endswith(".md") and not path.startswith("tai-lieu/")
    }

    assert {path: size for path, size in sizes.items() if size >= LARGEST - FRAME} == {}
    assert (
        len([path for path in sizes if re.fullmatch(rf"{YEAR}/kiem-toan/council-decision/[0-9]+/index.md", path)]) > 5
    )

"""A group of agencies has all its faces: file, editor, table of the office, difference, next year, open data, pages."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

import openpyxl
import pytest
import yaml
from conftest import Repository, RunCommand
from exportworlds import bundle_of, small_year
from jsonschema import Draft202012Validator
from sites import DRAFT, Element, Site, build, few, in_groups, leaks, pages_of, read_page, with_secrets
from test_api import VI, schema
from test_bundles import folder_of
from test_office_tables import xlsx
from tiny import SCHEMAS, TINY_FILES, YEAR, snapshot_of

from pipeline.adapters.messages import LANGUAGES
from pipeline.core.ground.problems import NOWHERE
from pipeline.core.ground.text import Text
from pipeline.core.index.analysis.profiles import group_standings
from pipeline.core.index.scoring import Results, score
from pipeline.core.publish.charts.from_results import groups_chart
from pipeline.core.publish.charts.svg import svg
from pipeline.core.publish.scene import Figures, Scene
from pipeline.core.publish.site.api import api_files
from pipeline.core.publish.site.rankings import year_view
from pipeline.core.record.model import AgencyGroup, World
from pipeline.flows.open_year import open_year
from pipeline.flows.snapshot import Readings
from pipeline.flows.verify_bundle import verify

AGENCIES = f"data/{YEAR}/agencies.yml"
APPROVED = ("data/2024/approval.yml", "data/2024/amendments/0001.yml")
GROUPS = 'groups:\n  so-nganh:\n    title: {vi: "Sở, ngành", en: Departments}\n  xa:\n    title: Xã, phường\n'


def grouped(text: str) -> str:
    """Return the agencies of the tiny world in groups: A and B in one, C in none."""
    for short in ("CQA", "CQB"):
        text = text.replace(f"    short: {short}\n", f"    short: {short}\n    group: so-nganh\n")
    return text.replace("agencies:\n", f"{GROUPS}agencies:\n", 1)


@cache
def open_files() -> Mapping[str, bytes]:
    """Return the tiny world in groups, its round still open."""
    files = {path: data for path, data in TINY_FILES.items() if path not in APPROVED}
    return {**files, AGENCIES: grouped(TINY_FILES[AGENCIES].decode()).encode()}


@cache
def tiny_world() -> World:
    return snapshot_of(open_files()).world


@pytest.fixture
def desk(repository: Repository) -> Repository:
    repository.write_all({**SCHEMAS, **open_files()})
    repository.commit("Chia nhóm")
    return repository


# --- what people write ----------------------------------------------------------------------------------------------


def test_a_year_has_its_groups_in_the_order_of_the_file_and_a_year_without_has_none() -> None:
    year, old = tiny_world().years[YEAR], snapshot_of(TINY_FILES).world.years[YEAR]

    assert {name: group.title for name, group in year.groups.items()} == {
        "so-nganh": Text("Sở, ngành", {"en": "Departments"}),
        "xa": Text("Xã, phường"),
    }
    assert [agency.group for agency in year.agencies.values()] == ["so-nganh", "so-nganh", None]
    assert (dict(old.groups), {agency.group for agency in old.agencies.values()}) == ({}, {None})
    assert [problem for problem in snapshot_of(open_files()).problems if problem.path == AGENCIES] == []


@pytest.mark.parametrize("name", ["Sở", "so nganh", "1-so", "../so", "<b>", "so--nganh"])
def test_an_id_is_a_slug(name: str) -> None:
    text = grouped(TINY_FILES[AGENCIES].decode()).replace("so-nganh", json.dumps(name))
    found = snapshot_of({**open_files(), AGENCIES: text.encode()}).problems

    assert {problem.path for problem in found if problem.is_error} >= {AGENCIES}


def test_fmt_puts_groups_before_agencies_and_leaves_their_order(desk: Repository, run_command: RunCommand) -> None:
    sound = grouped(TINY_FILES[AGENCIES].decode())
    head, _, rest = sound.replace(GROUPS, "").partition("\n")
    desk.write(AGENCIES, f"{head}\n{rest}{GROUPS}".replace("    group: so-nganh\n    ranked", "    ranked"))
    done = run_command("fmt", AGENCIES, cwd=desk.root)
    text = (desk.root / AGENCIES).read_text("utf-8")

    assert done.code == 0, done
    assert text.index("so-nganh:") < text.index("xa:") < text.index("agencies:")


def test_an_editor_is_told_the_groups_of_the_year(desk: Repository, run_command: RunCommand) -> None:
    made = json.loads(run_command("schema", "--year", YEAR, cwd=desk.root).stdout)
    group = made["agencies"]["properties"]["agencies"]["additionalProperties"]["properties"]["group"]

    assert dict(zip(group["enum"], group["enumDescriptions"], strict=True)) == {
        "so-nganh": "Sở, ngành",
        "xa": "Xã, phường",
    }
    assert "enum" not in made["amendment"]["properties"]["group"]


def test_an_office_table_tells_the_groups_by_their_titles(desk: Repository, run_command: RunCommand) -> None:
    rows = [
        ("STT", "Tên cơ quan", "Viết tắt", "Nhóm"),
        ("1", "Sở Y tế", "SYT", "Sở, ban, ngành"),
        ("2", "Sở Tài chính", "STC", "Sở, ban, ngành"),
        ("3", "Xã Đông", "Đông", "Xã, phường"),
        ("4", "Ban Quản lý", "BQL", None),
    ]
    desk.write("co-quan.xlsx", xlsx(rows))
    done = run_command("agencies", "read", "co-quan.xlsx", "--year", YEAR, "--force", cwd=desk.root)
    bodies = run_command("bodies", "read", "co-quan.xlsx", "-o", "bodies.yml", cwd=desk.root)
    read = yaml.safe_load((desk.root / AGENCIES).read_bytes())

    assert (done.code, bodies.code) == (0, 0), (done, bodies)
    assert read["groups"] == {"so-ban-nganh": {"title": "Sở, ban, ngành"}, "xa-phuong": {"title": "Xã, phường"}}
    assert [one.get("group") for one in read["agencies"].values()] == [
        "so-ban-nganh",
        "so-ban-nganh",
        "xa-phuong",
        None,
    ]


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("vi", ["Cơ quan CQB, mục nhóm: Sở, ngành → Xã, phường", "Thêm mục nhóm của cơ quan CQC: Sở, ngành"]),
        ("en", ["Agency CQB, group: Departments → Xã, phường", "Added group of agency CQC: Departments"]),
    ],
)
def test_a_difference_tells_a_change_of_group_by_the_titles(
    desk: Repository, run_command: RunCommand, language: str, told: list[str]
) -> None:
    text = (desk.root / AGENCIES).read_text("utf-8")
    text = text.replace("    short: CQB\n    group: so-nganh\n", "    short: CQB\n    group: xa\n")
    desk.write(AGENCIES, text.replace("    short: CQC\n", "    short: CQC\n    group: so-nganh\n"))
    done = run_command("--lang", language, "diff", "HEAD", cwd=desk.root)

    assert [sentence for sentence in told if sentence not in done.stdout] == [], done.stdout


def test_the_next_year_keeps_its_groups() -> None:
    made = open_year(snapshot_of(open_files()), YEAR, "2025", Readings())

    assert made.files["data/2025/agencies.yml"] == open_files()[AGENCIES]


# --- open data ------------------------------------------------------------------------------------------------------


def small_in_groups() -> Mapping[str, str]:
    files = small_year("{}", 31)
    text = (
        files[AGENCIES].replace("short: A}", "short: A, group: so-nganh}").replace("short: C}", "short: C, group: xa}")
    )
    return {**files, AGENCIES: f"{text}\n{GROUPS}"}


def test_a_bundle_has_the_columns_only_where_the_year_has_groups(tmp_path: Path) -> None:
    plain, made = bundle_of(small_year("{}", 31)), bundle_of(small_in_groups())
    rows = json.loads(made["json/agencies.json"])["rows"]
    sheet = openpyxl.load_workbook(io.BytesIO(made[f"parindex-{YEAR}.xlsx"]))["agencies"]
    (described,) = (one for one in json.loads(made["datapackage.json"])["resources"] if one["name"] == "agencies")

    assert b"group" not in plain["csv/agencies.csv"].splitlines()[0]
    assert (
        made["csv/agencies.csv"]
        .splitlines()[0]
        .endswith(b"ranked,agency_group,agency_group_title_vi,agency_group_title_en,illustrative,provisional")
    )
    assert [(one["agency_group"], one["agency_group_title_vi"]) for one in rows] == [
        ("so-nganh", "Sở, ngành"),
        (None, None),
        ("xa", "Xã, phường"),
    ]
    assert "Tên nhóm cơ quan" in " ".join(str(cell.value) for cell in sheet[1])
    assert "agency_group" in [field["name"] for field in described["schema"]["fields"]]
    assert verify(folder_of(made, tmp_path / "made")).problems == []
    assert verify(folder_of(plain, tmp_path / "plain")).problems == []


def test_the_files_for_programs_tell_the_group() -> None:
    world = tiny_world()
    scene = Scene(
        Figures(score(world.years[YEAR])), world.bodies, world.calendar, "2025-03-20", published=True, labels=VI
    )
    files = {path: json.loads(data) for path, data in api_files([scene], "0" * 40)}
    listed = {one["agency"]: one.get("group") for one in files[f"api/v1/{YEAR}/results.json"]["agencies"]}

    own = {"id": "so-nganh", "title": {"vi": "Sở, ngành", "en": "Departments"}}
    assert listed == {"co-quan-a": own, "co-quan-b": own, "co-quan-c": None}
    for name, path in (("results", "results"), ("agency", "agencies/co-quan-a")):
        errors = Draft202012Validator(schema(name)).iter_errors(files[f"api/v1/{YEAR}/{path}.json"])

        assert [error.message for error in errors] == []


# --- figures --------------------------------------------------------------------------------------------------------


def results_of(*indices: str, groups: str = "aaaaaaaa") -> Results:
    """Return results of agencies with these indices, high to low, each in the group of its letter."""
    year = tiny_world().years[YEAR]
    made = {name: AgencyGroup(name, Text(f"Nhóm {name}"), NOWHERE) for name in sorted({*groups, "z"})}
    first = score(year).agencies[0]
    entries = tuple(
        replace(
            first,
            agency=replace(first.agency, slug=f"cq-{place}", group=group),
            index=Fraction(index),
            published=Decimal(index),
            rank=1 + sum(Decimal(other) > Decimal(index) for other in indices),
        )
        for place, (index, group) in enumerate(zip(indices, groups, strict=False))
    )
    return Results(replace(year, groups=made), entries, ())


def test_middle_spread_and_places_of_a_group_by_hand() -> None:
    own, other, empty = group_standings(results_of("90", "88", "88", "80", "71", "60", groups="abaaab"))

    assert [entry.agency.slug for entry in own.entries] == ["cq-0", "cq-2", "cq-3", "cq-4"]
    assert own.five[::2] == (71, 84, 90)
    assert own.five[1::2] == (
        Fraction(311, 4),
        Fraction(177, 2),
    )  # three quarters of the way from 71 to 80, one from 88 to 90
    assert own.places == {"cq-0": 1, "cq-2": 2, "cq-3": 3, "cq-4": 4}
    assert (other.places, other.five) == ({"cq-1": 1, "cq-5": 2}, (60, 67, 74, 81, 88))
    assert (empty.entries, empty.five, empty.places) == ((), (), {})


def test_agencies_of_one_rank_share_their_place_and_a_single_one_is_its_own_median() -> None:
    (own, single, _) = group_standings(results_of("90", "85", "85", "70", groups="aaab"))

    assert own.places == {"cq-0": 1, "cq-1": 2, "cq-2": 2}
    assert single.five == (70,) * 5


def test_a_chart_of_groups_has_a_row_for_each_on_one_scale_and_a_stroke_for_each_agency() -> None:
    results = results_of("90", "88", "88", "80", "71", "60", groups="abaaab")
    chart = groups_chart(results, [*group_standings(results)], VI)
    assert chart is not None

    assert chart.title == "Trung vị chỉ số của các nhóm từ 74,00% (Nhóm b) đến 84,00% (Nhóm a)"
    assert [row[:3] for row in chart.table.rows] == [("Nhóm a", "4", "71,00"), ("Nhóm b", "2", "60,00")]
    assert "Nhóm a có 4 cơ quan, trung vị 84,00%, từ 71,00% đến 90,00%" in chart.alt
    assert [drawn.count("M") for drawn in re.findall(r' d="(M[^"]*V1)"', svg(chart))] == [4, 2]


def test_a_chart_of_very_many_agencies_stays_light() -> None:
    results = results_of(*(f"{100 - place / 10:.1f}" for place in range(700)), groups="ab" * 350)
    chart = groups_chart(results, [*group_standings(results)], VI)
    assert chart is not None

    assert len(svg(chart)) < 10_000


def test_an_incomplete_year_tells_no_places_in_groups() -> None:
    results = results_of("90", "80", "70", groups="aab")
    scene = Scene(Figures(results), {}, tiny_world().calendar, "2025-03-20", published=True, labels=VI)
    whole, part = (
        year_view(replace(scene, figures=Figures(replace(results, untold=untold)))).groups[0] for untold in (0, 1)
    )

    assert (whole.among, part.among, part.five) == ({"cq-0": 1, "cq-1": 2}, {}, whole.five)


# --- pages ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(marked: Path) -> Site:
    """Give the public pages of a world whose agencies stand in groups and whose inner fields are marked."""
    return pages_of(marked, world=lambda world: with_secrets(in_groups(world)), languages=LANGUAGES)


@pytest.fixture(scope="module")
def built(made: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    kept = few(made, tmp_path_factory.mktemp("groups") / "repository")
    own = {path: data for path, data in made.pages.items() if "/nhom/" in path or "/co-quan/" in path}
    return build(replace(kept, pages={**kept.pages, **own}))


def page(site: Site, address: str) -> Element:
    return read_page(site.folder / address / "index.html")


def links(element: Element) -> list[tuple[str, str]]:
    return [(one.attributes["href"], one.text()) for one in element.all() if one.tag == "a"]


def cells(element: Element) -> list[list[str]]:
    """Return the words of the rows of the first table inside."""
    body = element.find(tag="tbody")
    rows = [one for one in body.all() if one.tag == "tr"]
    return [[one.text() for one in row.all() if one.tag in {"td", "th"}] for row in rows]


@pytest.mark.slow
def test_every_page_of_a_year_in_groups_leads_to_them_and_each_group_to_its_agencies(built: Site) -> None:
    results = score(built.snapshot.world.years[YEAR])
    groups = page(built, f"{YEAR}/nhom").find(class_="pi")
    own = page(built, f"{YEAR}/nhom/nhom-1").find(class_="pi")
    expected = [
        (str(entry.rank), VI.of(entry.agency.name)) for entry in results.agencies if entry.agency.group == "nhom-1"
    ]

    assert ("../nhom/", "Theo nhóm") in links(page(built, f"{YEAR}/so-sanh"))
    assert [link for link in links(groups) if link[1].startswith("Nhóm")] == [
        ("nhom-1/", "Nhóm cơ quan số 1"),
        ("nhom-2/", "Nhóm cơ quan số 2"),
        ("nhom-3/", "Nhóm cơ quan số 3"),
    ]
    assert "Số cơ quan không thuộc nhóm nào: 1." in groups.text()
    assert [row[1:4] for row in cells(groups)][2] == ["0", "–", "–"]
    assert [(row[0].split()[0], row[2]) for row in cells(own)] == expected
    assert [row[1] for row in cells(own)] == [str(number) for number in range(1, 1 + len(expected))]


@pytest.mark.slow
def test_an_agency_page_says_its_group_and_its_place_there(built: Site) -> None:
    year = built.snapshot.world.years[YEAR]
    standings = {one.group.id: one for one in group_standings(score(year))}
    for slug, agency in year.agencies.items():
        card = page(built, f"{YEAR}/co-quan/{slug}").find(class_="pi-score")
        if agency.group is None:
            assert "Nhóm" not in card.text()
        else:
            one = standings[agency.group]
            told = f"Nhóm: {one.group.title.main} , thứ {one.places[slug]} trong {len(one.places)}"

            assert told in card.text()
            assert (f"../../nhom/{agency.group}/", one.group.title.main) in links(card)


@pytest.mark.slow
def test_the_drawing_of_groups_has_words_and_numbers_beside_it(built: Site) -> None:
    figure = page(built, f"{YEAR}/nhom").find(id="hinh-nhom")
    told = [one.attributes["aria-label"] for one in figure.all() if one.attributes.get("role") == "img"]

    assert all("Nhóm cơ quan số 1 có" in words and "trung vị" in words for words in told)
    assert told
    assert [row[0] for row in cells(figure)] == ["Nhóm cơ quan số 1", "Nhóm cơ quan số 2"]


def test_nothing_that_must_stay_inside_is_in_pages_in_groups(made: Site) -> None:
    shown = {path: data for path, data in made.pages.items() if "/nhom/" in path}

    assert len(shown) == 2 * 4
    assert leaks(made.pages, [b"MARK-"]) == leaks(
        {path: data for path, data in made.pages.items() if b"MARK-summary" in data}, [b"MARK-"]
    )
    assert not any(f"{DRAFT}/nhom" in path for path in made.pages)


def test_a_year_without_groups_has_no_page_and_no_word_of_them(rendered: Site) -> None:
    assert [path for path in rendered.pages if "/nhom/" in path] == []
    assert [path for path, data in rendered.pages.items() if b'nhom/"' in data] == []

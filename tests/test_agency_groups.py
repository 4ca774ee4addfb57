"""A group of agencies has all its faces: file, editor, table of the office, difference, next year, open data, pages."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import openpyxl
import pytest
import yaml
from conftest import Repository, RunCommand
from exportworlds import bundle_of, small_year
from jsonschema import Draft202012Validator
from test_api import VI, schema
from test_bundles import folder_of
from test_office_tables import xlsx
from tiny import SCHEMAS, TINY_FILES, YEAR, snapshot_of

from pipeline.core.ground.text import Text
from pipeline.core.index.scoring import score
from pipeline.core.publish.scene import Figures, Scene
from pipeline.core.publish.site.api import api_files
from pipeline.core.record.model import World
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

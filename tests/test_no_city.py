"""Nothing in the program names a city: what the example's data calls itself stands in its data alone."""

from __future__ import annotations

import html
import re
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
from conftest import ROOT, Repository, RunCommand
from sites import new_repository
from tiny import TINY, data_of_this_repository, snapshot_of

from pipeline.core.publish.identity_words import site_summary
from pipeline.flows.site import frame_of
from pipeline.flows.wording import load_labels

PROGRAM = ("pipeline", "schemas", "site_templates", "starter", "webform", ".ci", "mkdocs.yml", "noxfile.py")
PLACES = re.compile(r"(?i:hà\s*nội|ha[ -]?noi)|\bCity\b")
# Who does the work in any place, by the words of the procedure; the example calls its bodies so.
PROCEDURE = {"hội đồng thẩm định", "tổ công tác", "tổ công tác giúp việc hội đồng thẩm định"}


@cache
def own_names() -> tuple[str, ...]:
    """Return what the example calls its agencies and bodies, in any language, by slug, name and short name."""
    world = data_of_this_repository().world
    agencies = [agency for year in world.years.values() for agency in year.agencies.values()]
    named = [*world.bodies.values(), *agencies]
    texts = [word for one in named for text in (one.name, one.short) for word in text.by_language().values()]
    return tuple(sorted({word.casefold() for word in (*texts, *(one.slug for one in named))} - PROCEDURE))


def read(path: Path) -> str:
    """Return the words of a file; of a Word template those of all its parts."""
    if path.suffix != ".docx":
        return path.read_bytes().decode("utf-8", "ignore")
    with zipfile.ZipFile(path) as parts:
        found = [parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml")]
    return "\n".join(re.sub("<[^>]*>", "", part) for part in found)


@cache
def program() -> Mapping[str, str]:
    listed = subprocess.run(["git", "ls-files", "-z", *PROGRAM], cwd=ROOT, check=True, capture_output=True, text=True)
    paths = [path for path in listed.stdout.split("\0") if path and (ROOT / path).is_file()]
    return {path: read(ROOT / path) for path in paths}


def places(pattern: re.Pattern[str]) -> Iterator[str]:
    for path, text in program().items():
        yield from (f"{path}: {found[0]}" for found in pattern.finditer(text))


def test_no_place_is_named() -> None:
    assert list(places(PLACES)) == []


def test_no_agency_and_no_body_of_the_example_is_named() -> None:
    names = "|".join(map(re.escape, own_names()))

    assert "cuc-thue" in own_names()
    assert list(places(re.compile(rf"(?<![\w-])(?:{names})(?![\w-])", re.IGNORECASE))) == []


def test_where_a_level_is_named_the_others_are_as_well() -> None:
    lines = [(path, line) for path, text in program().items() for line in text.lower().splitlines()]

    assert [(path, line) for path, line in lines if "thành phố" in line and "tỉnh" not in line] == []


PROVINCE = """format: 1
index: {vi: Chỉ số đổi mới, en: Renewal index}
of: {vi: các sở và xã, en: the departments and communes}
authority: {name: Sông Lam, level: province}
publisher: so-noi-vu
contact: Phòng Cải cách
complaints: {how: Gửi văn bản, until: 15 ngày}
licence: {name: CC0-1.0, title: CC0 1.0 Universal, url: https://creativecommons.org/publicdomain/zero/1.0/}
next_release: {by: 2026-02-15}
address: https://chi-so.vi-du.example
languages: [vi]
"""


@pytest.mark.slow
@pytest.mark.parametrize("own", [True, False], ids=["a province", "nobody says"])
def test_the_site_is_called_as_its_data_says(tmp_path: Path, run_command: RunCommand, *, own: bool) -> None:
    root = new_repository(tmp_path / "city")
    (root / "data" / "site.yml").unlink()
    if own:
        (root / "data" / "site.yml").write_text(PROVINCE, encoding="utf-8")
    done = run_command("site", "--today", "2025-03-20", cwd=root)
    home, about = ((root / "site" / name).read_text("utf-8") for name in ("index.html", "gioi-thieu/index.html"))
    names = ("Chỉ số đổi mới", "các sở và xã") if own else ("Chỉ số cải cách hành chính", "các cơ quan được đánh giá")
    told = ("15 ngày", "CC0 1.0 Universal", "15/02/2026", "Phòng Cải cách")

    assert (done.code, done.stderr) == (0, "")
    assert f"<h1>{' của '.join(names) if own else names[0]}</h1>" in home
    assert [name for name in names if name not in about] == []
    assert ("trên địa bàn tỉnh Sông Lam" in home, 'href="https://chi-so.vi-du.example/"' in home) == (own, own)
    assert [words for words in told if (words in about) != own] == []
    assert (root / "site" / "en").is_dir() != own


@pytest.mark.parametrize(
    ("level", "language", "said"),
    [
        ("city", "vi", "Kết quả xác định Chỉ số đổi mới của các sở và xã trên địa bàn thành phố Sông Lam"),
        ("ministry", "vi", "Kết quả xác định Chỉ số đổi mới của các sở và xã thuộc Bộ Sông Lam"),
        ("ministry", "en", "Renewal index of the departments and communes of the Ministry of Sông Lam: results"),
        (None, "vi", "Kết quả xác định Chỉ số cải cách hành chính"),
        (None, "en", "Public administration reform index: results"),
    ],
)
def test_each_level_has_its_words(level: str | None, language: str, said: str) -> None:
    data = {"data/site.yml": PROVINCE.replace("province", level).encode()} if level else {}

    assert site_summary(snapshot_of(data).world.identity, load_labels(language)) == said


def test_words_around_the_pages_cannot_act() -> None:
    hostile = PROVINCE.replace("Chỉ số đổi mới", "'<b>{{ 7*7 }}</b>{x.__class__}'")
    frame = frame_of(snapshot_of({"data/site.yml": hostile.encode()}).world.identity, load_labels("vi"), "", {})

    assert "{x.__class__}" in html.unescape(frame.summary)
    assert [sign for sign in "<{" if sign in frame.name + frame.summary] == []


def test_an_old_repository_without_the_file_stays_valid(repository: Repository, run_command: RunCommand) -> None:
    repository.copy(TINY / "data", "data")

    assert "site.yml" not in run_command("check", cwd=repository.root).stdout

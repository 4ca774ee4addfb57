"""Pictures of cards are kept by what was drawn, and only save time."""

from __future__ import annotations

import dataclasses
import random
from base64 import b64encode
from pathlib import Path

import pytest
from conftest import Repository as Written
from conftest import RunCommand
from sites import TODAY, new_repository, taken
from test_verdict_store import SPOILS

from pipeline.adapters import charts
from pipeline.adapters.charts import Pictures
from pipeline.adapters.repository import open_repository
from pipeline.adapters.verdict_store import NAME, VerdictStore
from pipeline.core.ground.text import Text
from pipeline.flows.site import card_pictures, render_all
from pipeline.flows.wording import load_labels

DRAWINGS = [
    f'<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"><rect width="{size}" height="4"/></svg>'
    for size in (1, 2, 3)
]


def drawn(store: VerdictStore | None, drawings: list[str] = DRAWINGS) -> list[bytes]:
    pictures = Pictures(store, "a program", zoom=1)
    made = [pictures.of(drawing) for drawing in drawings]
    pictures.keep()
    return made


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what is drawn from now on."""
    found, own = list[str](), charts.picture

    def picture(drawing: str, *, zoom: float = 1) -> bytes:
        found.append(drawing)
        return own(drawing, zoom=zoom)

    monkeypatch.setattr("pipeline.adapters.charts.picture", picture)
    return found


def test_only_what_was_not_drawn_before_is_drawn(tmp_path: Path, times: list[str]) -> None:
    store = VerdictStore(tmp_path)
    first = drawn(store, DRAWINGS[:2])

    assert drawn(store, DRAWINGS[1:]) == [first[1], drawn(None, DRAWINGS[2:])[0]]
    assert times == [*DRAWINGS[:2], DRAWINGS[2], DRAWINGS[2]]
    assert [len(store.get(key)) for key in store.latest("pictures ")] == [2]


VALUES: dict[str, object] = {
    "a number": 3,
    "a list": [],
    "others": {"x": "y"},
    "no pictures": "eA==",
    "no base64": "ở đây",
    "numbers": 1,
}


@pytest.mark.parametrize("name", ["cut off", "flipped at the end", *VALUES])
def test_a_spoilt_store_is_none(tmp_path: Path, times: list[str], name: str) -> None:
    store = VerdictStore(tmp_path)
    made = drawn(store)
    if name in SPOILS:
        SPOILS[name](tmp_path / NAME)
    else:
        value = VALUES[name]
        for key in store.latest("pictures "):
            is_of_drawings = name in {"no pictures", "no base64", "numbers"}
            store.put(key, dict.fromkeys(store.get(key), value) if is_of_drawings else value)

    assert drawn(store) == made
    assert times == [*DRAWINGS, *DRAWINGS]


def test_another_program_or_size_draws_its_own(tmp_path: Path, times: list[str]) -> None:
    store = VerdictStore(tmp_path)
    drawn(store)
    for other in (Pictures(store, "another", zoom=1), Pictures(store, "a program", zoom=2)):
        other.of(DRAWINGS[0])

    assert times == [*DRAWINGS, DRAWINGS[0], DRAWINGS[0]]
    assert b64encode(drawn(store)[0]).decode() in store.get(store.latest("pictures ")[0]).values()


@pytest.mark.slow
def test_the_site_is_the_same_with_the_store_over_random_changes(tmp_path: Path) -> None:
    root, store = new_repository(tmp_path / "repository"), VerdictStore(tmp_path / "kept")
    chance, snapshot = random.Random(1), taken(root)  # noqa: S311 - reproducible changes
    for _ in range(3):
        sites = []
        for kept in (store, None):
            pictures = card_pictures(kept)
            sites.append(
                render_all(
                    snapshot,
                    open_repository(root),
                    audience="public",
                    today=TODAY,
                    languages=[load_labels("vi")],
                    pictures=pictures,
                )
            )
            pictures.keep()

        assert sites[0] == sites[1]

        years = dict(snapshot.world.years)
        name = chance.choice(sorted(years))
        agencies = dict(years[name].agencies)
        slug = chance.choice(sorted(agencies))
        agencies[slug] = dataclasses.replace(agencies[slug], name=Text(f"Tên {chance.random()}"))
        years[name] = dataclasses.replace(years[name], agencies=agencies)
        snapshot = dataclasses.replace(snapshot, world=dataclasses.replace(snapshot.world, years=years))


@pytest.mark.slow
def test_the_command_keeps_nothing_where_nobody_wants_it(tiny: Written, run_command: RunCommand) -> None:
    words = ("--repo", str(tiny.root), "site", "--today", "2025-03-20", "--audience", "internal")
    store = tiny.root / ".git" / "parindex" / NAME
    asked = run_command(*words, "--no-cache")
    first = {path: path.read_bytes() for path in (tiny.root / "site").rglob("*.png")}

    assert (asked.code, store.exists()) == (0, False)
    for _ in range(2):
        assert run_command(*words).code == 0
        assert {path: path.read_bytes() for path in (tiny.root / "site").rglob("*.png")} == first
    assert store.exists()

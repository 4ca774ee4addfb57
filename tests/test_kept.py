"""Parts of the site are kept by all that they follow from, and only save time."""

from __future__ import annotations

import dataclasses
import json
import random
import re
import sqlite3
import sys
import zlib
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from conftest import ROOT, RunCommand
from conftest import Repository as Written
from sites import TODAY, new_repository, taken
from test_site_growth import approved
from test_verdict_store import bytes_of, folder_instead
from tiny import snapshot_of

from pipeline.adapters import cards, pages
from pipeline.adapters.repository import open_repository
from pipeline.adapters.verdict_store import PARTS, PartStore
from pipeline.core.ground.kept import Kept
from pipeline.core.ground.text import Text
from pipeline.flows.site import kept_parts, render_all
from pipeline.flows.snapshot import Snapshot, take, words_of

sys.path.insert(0, str(ROOT / "tests" / "benchmarks"))

from corpus import corpus


@dataclass(frozen=True, slots=True)
class One:
    """A record that a page may be given."""

    text: str
    number: object = 0


@dataclass(frozen=True, slots=True)
class Other:
    """Another one of the same fields."""

    text: str
    number: object = 0


def a_text(told: object) -> bool:
    return isinstance(told, str)


def told(kept: Kept, given: object, makes: str = "made") -> tuple[str, bool]:
    """Return a part, and whether it was made."""
    calls: list[None] = []

    def make() -> str:
        calls.append(None)
        return makes

    return kept.made(given, make, a_text), bool(calls)


def test_what_is_made_from_the_same_is_made_once_and_what_nobody_asks_for_goes() -> None:
    first = Kept("program", {})

    assert [told(first, [1]), told(first, [1]), told(first, [2], "two")] == [
        ("made", True),
        ("made", False),
        ("two", True),
    ]

    second = Kept("program", first.used)

    assert [told(second, [1], "new"), told(second, [3], "new")] == [("made", False), ("new", True)]
    assert len(second.used) == 2
    assert told(Kept("another", first.used), [1], "new") == ("new", True)
    assert told(Kept("program"), [1]) == ("made", True)


DIFFERENT: tuple[object, ...] = (
    *(1, "1", True, None, "null", Decimal(1), Decimal("1.0"), Fraction(1), "1.0", [1], [[1]], ["1"], {}, {"a": 1}),
    *({"a": "1"}, One("a"), Other("a"), One("a", 1), One("a", "1"), One("a", One("b")), One("a", Other("b"))),
)


def test_different_things_are_never_said_alike() -> None:
    kept = Kept("", {}, shared=(Other,))
    for value in DIFFERENT:
        told(kept, value)

    assert len(kept.used) == len(DIFFERENT)


@pytest.mark.parametrize("value", [object(), {1, 2}, {(1, 2): 3}, "\ud800", [One("a", object())], Other("a", object())])
def test_what_cannot_be_said_is_made_each_time(value: object) -> None:
    kept = Kept("", {}, shared=(Other,))

    assert [told(kept, value), told(kept, value)] == [("made", True)] * 2
    assert kept.used == {}


def packed(value: object) -> bytes:
    return zlib.compress(json.dumps(value).encode())


@pytest.mark.parametrize(
    "data", [b"", b"x", packed(3), packed(["made"]), packed("made")[:-6], zlib.compress(b"[" * 9999)]
)
def test_what_is_no_such_part_is_made_anew(data: bytes) -> None:
    first = Kept("", {})
    told(first, 1)

    assert told(Kept("", dict.fromkeys(first.used, data)), 1, "new") == ("new", True)


# --- where parts are kept --------------------------------------------------------------------------------------------

KEPT = {"a": b"x" * 3000, "b": b"y"}


def sql(words: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with closing(sqlite3.connect(path)) as known, known:
            known.executescript(words)

    return change


SPOILS: dict[str, Callable[[Path], None]] = {
    "deleted": Path.unlink,
    "empty": bytes_of(lambda _: b""),
    "no database": bytes_of(lambda _: b"x" * 5000),
    "cut off": bytes_of(lambda data: data[:4000]),
    "a folder": folder_instead,
    "other values": sql("update parts set value = x'00'"),
    "other texts": sql("update parts set value = 'a', digest = 1, key = x'00' where key = 'a'"),
    "other columns": sql("drop table parts; create table parts (a, b)"),
    "another's": sql("update parts set value = (select value from parts where key = 'b')"),
}


@pytest.mark.parametrize("name", SPOILS)
def test_of_a_spoilt_store_only_what_is_whole_is_read(tmp_path: Path, name: str) -> None:
    store = PartStore(tmp_path / "kept", "site")
    store.keep(KEPT, {})

    assert store.read() == KEPT

    SPOILS[name](store.folder / PARTS)
    found = store.read()

    assert found.items() < KEPT.items()

    store.keep(KEPT, found)

    assert store.read() == (KEPT if name not in {"a folder", "other columns"} else found)


def test_a_kind_keeps_its_own_and_lets_go_what_was_not_asked_for(tmp_path: Path) -> None:
    one, other = PartStore(tmp_path, "public"), PartStore(tmp_path, "internal")
    one.keep(KEPT, {})
    other.keep({"c": b"z"}, other.read())
    one.keep({"b": b"y", "d": b"new"}, one.read())

    assert (one.read(), other.read()) == ({"b": b"y", "d": b"new"}, {"c": b"z"})


def test_what_another_process_holds_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.adapters.verdict_store._WAIT", 0.01)
    store = PartStore(tmp_path, "site")
    store.keep(KEPT, {})
    with closing(sqlite3.connect(store.folder / PARTS)) as other:
        other.execute("begin exclusive")

        assert store.read() == {}

        store.keep({"c": b"z"}, {})

    assert store.read() == KEPT


# --- the site --------------------------------------------------------------------------------------------------------


def site(
    snapshot: Snapshot, root: Path, kept: Kept | None = None, *, languages: tuple[str, ...] = ("vi",)
) -> Mapping[str, bytes]:
    return render_all(
        snapshot,
        open_repository(root),
        audience="public",
        today=TODAY,
        languages=[words_of(snapshot.tree, language) for language in languages],
        kept=kept,
    )


@pytest.mark.slow
def test_parts_of_another_form_are_none(tmp_path: Path) -> None:
    root = new_repository(tmp_path / "repository")
    snapshot, opened = taken(root), open_repository(root)
    kept = kept_parts(snapshot, opened, {})
    expected = site(snapshot, root, kept)
    for value in (3, ["x"], ["x", [1]], ["x", "x", "x", [["x"]]], "eA=="):
        assert site(snapshot, root, kept_parts(snapshot, opened, dict.fromkeys(kept.used, packed(value)))) == expected


@pytest.mark.slow
def test_words_and_templates_of_a_repository_belong_to_what_parts_follow_from(tmp_path: Path) -> None:
    root = new_repository(tmp_path / "repository")
    first = kept_parts(take(open_repository(root), None), open_repository(root), {})
    last, made = first.used, site(take(open_repository(root), None), root, first)
    template = '{% extends "page/_layout.md.j2" %}{% block content %}<p>x</p>{% endblock %}'
    own = {"labels/vi/own.yml": "page: {tab: {about: Về trang này}}\n", "site_templates/page/years.md.j2": template}
    for path, text in own.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
        snapshot = take(open_repository(root), None)
        kept = kept_parts(snapshot, open_repository(root), last)

        assert site(snapshot, root, kept) == site(snapshot, root) != made
        assert last.keys().isdisjoint(kept.used)

        last, made = kept.used, site(snapshot, root)


@pytest.mark.slow
def test_the_site_is_the_same_with_the_store_over_random_changes(tmp_path: Path) -> None:
    root, store = new_repository(tmp_path / "repository"), PartStore(tmp_path / "kept", "site")
    chance, snapshot = random.Random(1), taken(root)  # noqa: S311 - reproducible changes
    for _ in range(3):
        last = store.read()
        kept = kept_parts(snapshot, open_repository(root), last)

        assert site(snapshot, root, kept) == site(snapshot, root)

        store.keep(kept.used, last)
        years = dict(snapshot.world.years)
        name = chance.choice(sorted(years))
        agencies = dict(years[name].agencies)
        slug = chance.choice(sorted(agencies))
        agencies[slug] = dataclasses.replace(agencies[slug], name=Text(f"Tên {chance.random()}"))
        years[name] = dataclasses.replace(years[name], agencies=agencies)
        snapshot = dataclasses.replace(snapshot, world=dataclasses.replace(snapshot.world, years=years))


@pytest.mark.slow
def test_a_change_of_one_of_many_agencies_makes_few_parts_and_the_same_site(tmp_path: Path) -> None:
    root, chance = new_repository(tmp_path / "repository"), random.Random(2)  # noqa: S311 - reproducible changes
    files, last, again = dict(corpus(24, groups=2)), dict[str, bytes](), list[float]()
    for _ in range(3):
        snapshot = approved(snapshot_of({path: text.encode() for path, text in files.items()}))
        kept = kept_parts(snapshot, open_repository(root), last)

        assert site(snapshot, root, kept, languages=("vi", "en")) == site(snapshot, root, languages=("vi", "en"))

        again.append(len(kept.used.keys() & last.keys()) / len(kept.used))
        last = kept.used
        path = chance.choice(sorted(path for path in files if "appraisal-2" in path))
        files[path] = re.sub(r"score: [0-9.]+", f"score: 0.{chance.choice('135')}5", files[path], count=1)

    assert again[0] == 0
    assert min(again[1:]) > 0.4


@pytest.mark.slow
def test_only_what_changed_is_drawn_and_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = new_repository(tmp_path / "repository")
    snapshot, done = taken(root), list[str]()
    draw, fill = cards.picture, pages.Pages._made
    monkeypatch.setattr(cards, "picture", lambda drawing: [done.append("picture"), draw(drawing)][1])
    monkeypatch.setattr(pages.Pages, "_made", lambda own, *given: [done.append("page"), fill(own, *given)][1])
    kept = kept_parts(snapshot, open_repository(root), {})
    expected = site(snapshot, root, kept)

    assert {"picture", "page"} == set(done)

    done.clear()

    assert site(snapshot, root, kept_parts(snapshot, open_repository(root), kept.used)) == expected
    assert done == []


@pytest.mark.slow
def test_the_command_keeps_nothing_where_nobody_wants_it(tiny: Written, run_command: RunCommand) -> None:
    words = ("--repo", str(tiny.root), "site", "--today", "2025-03-20", "--audience", "internal")
    store = tiny.root / ".git" / "parindex" / PARTS
    asked = run_command(*words, "--no-cache")
    first = {path: path.read_bytes() for path in (tiny.root / "site").rglob("*.*") if path.is_file()}

    assert (asked.code, store.exists()) == (0, False)
    for _ in range(2):
        assert run_command(*words).code == 0
        assert {path: path.read_bytes() for path in (tiny.root / "site").rglob("*.*") if path.is_file()} == first
    assert store.exists()

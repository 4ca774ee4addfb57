"""What a generator puts around pages is kept, and only saves time; the generators put the same pages into it."""

from __future__ import annotations

import dataclasses
import importlib.util
import random
import re
from pathlib import Path
from urllib.parse import urljoin

import pytest
from conftest import Repository as Written
from conftest import RunCommand
from sites import YEAR, Site, build, new_repository, pages_of
from test_verdict_store import SPOILS

from pipeline.adapters.generator import GENERATORS
from pipeline.adapters.repository import open_repository
from pipeline.adapters.verdict_store import NAME, VerdictStore
from pipeline.core.ground.problems import ParindexError
from pipeline.flows.site import is_own_look

CHOSEN = re.compile(rf"((cac-nam/|gioi-thieu/|tim-kiem/)?index\.md|{YEAR}/(index\.md|co-quan/.*|tieu-chi/index\.md))")
ARTICLE = re.compile(r"<article.*?</article>", re.DOTALL)
STEPS = 3


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Return the front page, one page of some kinds and every agency's."""
    root = new_repository(tmp_path_factory.mktemp("kept") / "repository")
    whole = pages_of(root, world=lambda world: world)
    chosen = {path: data for path, data in whole.pages.items() if CHOSEN.fullmatch(path)}
    return dataclasses.replace(whole, pages=chosen)


@pytest.fixture(scope="module")
def whole(site: Site) -> dict[str, bytes]:
    return files(build(site))


def files(site: Site) -> dict[str, bytes]:
    found = (path for path in site.folder.rglob("*") if path.is_file())
    return {path.relative_to(site.folder).as_posix(): path.read_bytes() for path in found}


def changed(site: Site, chance: random.Random) -> Site:
    """Return the site with other titles, bodies and pages, another day and another commit, as chance has it."""
    pages = dict(site.pages)
    for path in chance.sample(sorted(path for path in pages if path.endswith(".md")), 5):
        old, new = chance.choice(((b"\ntitle: ", b"\ntitle: "), (b"</h1>", b"</h1>\n <p>x</p>"), (b"</h1>", b"x</h1>")))
        pages[path] = pages[path].replace(old, new, 1)
        if old == new:
            pages[path] = re.sub(rb"(?m)^title: .*$", b'title: "T\xc3\xaan kh\xc3\xa1c"', pages[path], count=1)
    away, like = chance.sample(sorted(path for path in pages if re.search("co-quan.*md$", path)), 2)
    pages[f"{YEAR}/co-quan/them-{chance.random()}/index.md"] = pages[like]
    del pages[away]
    tree = dataclasses.replace(site.snapshot.tree, commit=f"{chance.getrandbits(160):040x}")
    snapshot = dataclasses.replace(site.snapshot, tree=tree)
    return dataclasses.replace(site, pages=pages, snapshot=snapshot, today=f"2025-04-{chance.randrange(10, 30)}")


@pytest.mark.slow
def test_the_site_is_the_same_with_the_store_over_random_histories(site: Site, tmp_path: Path) -> None:
    store, chance = VerdictStore(tmp_path), random.Random(1)  # noqa: S311 - reproducible changes
    for _ in range(STEPS):
        assert files(build(site, store=store)) == files(build(site))

        site = changed(site, chance)


VALUES: dict[str, object] = {
    "a number": 3,
    "a list": [],
    "no frames": {f"{YEAR}/index.md": ["a", 1]},
    "others": {"x": 1},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cut off", "flipped at the end", *VALUES])
def test_a_spoilt_store_is_none(site: Site, tmp_path: Path, whole: dict[str, bytes], name: str) -> None:
    store = VerdictStore(tmp_path)
    build(site, store=store)
    if name in SPOILS:
        SPOILS[name](tmp_path / NAME)
    else:
        for key in store.latest("frames "):
            store.put(key, VALUES[name])

    assert files(build(site, store=store)) == whole


@pytest.mark.slow
def test_a_page_whose_body_alone_changed_needs_no_generator(site: Site, tmp_path: Path) -> None:
    store = VerdictStore(tmp_path)
    build(site, store=store)
    other = {path: data.replace(b"</h1>", b"</h1><p>x</p>", 1) for path, data in site.pages.items()}
    before = store.latest("frames ")

    found = files(build(dataclasses.replace(site, pages=other), store=store))

    assert b"<p>x</p>" in found[f"{YEAR}/co-quan/cuc-thue/index.html"]
    assert store.latest("frames ") == before


def test_only_the_look_of_the_program_is_kept(site: Site, tmp_path: Path) -> None:
    assert is_own_look(open_repository(site.root))

    for path in ("mkdocs.yml", "site_templates/theme/main.html"):
        other = Written(new_repository(tmp_path / path.replace("/", "-")))
        other.write(path, (other.root / path).read_text(encoding="utf-8") + "\n")

        assert not is_own_look(open_repository(other.root))


@pytest.mark.slow
def test_the_command_keeps_nothing_where_nobody_wants_it(tiny: Written, run_command: RunCommand) -> None:
    words = ("--repo", str(tiny.root), "site", "--today", "2025-03-20", "--audience", "internal")
    asked = run_command(*words, "--no-cache")
    first = files(Site(tiny.root, None, {}))  # type: ignore[arg-type]  # its folder alone is read
    store = tiny.root / ".git" / "parindex" / NAME

    assert (asked.code, store.exists()) == (0, False)
    for _ in range(2):
        assert run_command(*words).code == 0
        assert files(Site(tiny.root, None, {})) == first  # type: ignore[arg-type]  # likewise
    assert store.exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", GENERATORS)
def test_each_generator_builds_the_same_pages(
    site: Site, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed")
    monkeypatch.setenv("PARINDEX_GENERATOR", name)

    found = files(build(site))

    assert {path for path in found if path.endswith(".html")} == {path for path in whole if path.endswith(".html")}
    for path, page in found.items():
        if path.endswith(".html"):
            assert shown(path, page) == shown(path, whole[path])


def shown(path: str, page: bytes) -> tuple[list[str], list[str], list[str]]:
    """Return what a page says, what it loads of ours and where its frame leads, and what it says of itself."""
    text = page.decode().replace('href="/."', 'href="/"')
    named = re.findall(r'(?:src|href)="([^"]*)"', ARTICLE.sub("", text))
    own = [one for one in named if "stylesheets/" not in one and one != "#__skip"]
    loaded = sorted(urljoin(f"https://x.invalid/{path.removesuffix('index.html')}", one) for one in own)
    return ARTICLE.findall(text), loaded, re.findall(r"<title>.*?</title>|<meta [^>]+>", text)


class Asked:
    """A store that has nothing and remembers what it was asked for."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def get(self, key: str) -> None:
        self.keys.append(key)

    def put(self, key: str, value: object) -> None:
        """Keep nothing."""


def test_what_one_generator_put_around_pages_is_not_taken_by_another(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.adapters.generator._generate", lambda folder, *_, **__: (folder / "site").mkdir())
    keys = []
    for name in GENERATORS:
        monkeypatch.setenv("PARINDEX_GENERATOR", name)
        build(site, store=(store := Asked()))  # type: ignore[arg-type]
        keys += store.keys

    assert len(set(keys)) == len(GENERATORS)


def test_an_unknown_generator_is_named_with_those_that_there_are(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARINDEX_GENERATOR", "khac")
    with pytest.raises(ParindexError) as caught:
        build(site)

    assert (caught.value.code, caught.value.figures["allowed"]) == ("generator-unknown", ", ".join(GENERATORS))

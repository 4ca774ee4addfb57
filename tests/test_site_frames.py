"""What a generator puts around pages is asked once for each kind of page; the generators put the same pages into it."""

from __future__ import annotations

import dataclasses
import importlib.util
import random
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from conftest import Repository as Written
from sites import YEAR, Site, build, new_repository, pages_of

from pipeline.adapters import generator
from pipeline.adapters.generator import GENERATORS
from pipeline.adapters.repository import open_repository
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
def test_the_site_is_the_same_with_frames_of_kinds_over_random_histories(site: Site) -> None:
    chance = random.Random(1)  # noqa: S311 - reproducible changes
    for _ in range(STEPS):
        assert files(build(site, own_look=True)) == files(build(site))

        site = changed(site, chance)


def generated(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return how many pages each run of the generator gets from now on."""
    counts, own = [], generator._generate

    def generate(folder: Path, *given: Any, **more: Any) -> None:
        counts.append(len(list((folder / "pages").rglob("*.md"))))
        own(folder, *given, **more)

    monkeypatch.setattr("pipeline.adapters.generator._generate", generate)
    return counts


@pytest.mark.slow
def test_the_generator_gets_one_page_of_a_kind_and_one_of_signs(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    like = next(data for path, data in site.pages.items() if re.search(r"/co-quan/[\w-]+/index\.md$", path))
    counts = generated(monkeypatch)
    for count in (1, 30):
        more = {f"{YEAR}/co-quan/them-{number}/index.md": like for number in range(count)}
        build(dataclasses.replace(site, pages={**site.pages, **more}), own_look=True)

    assert counts[0] == counts[1]


LOOKS = {
    "it shows another form of a title": ("{{ meta.title }}", "{{ meta.title|upper }}"),
    "it counts letters": ("{{ meta.title }}", "{{ meta.title|length }}"),
    "it asks for the address": ("<title>", "<title>{{ page.url|length }}"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LOOKS)
def test_a_look_that_does_more_with_pages_gets_all_of_them(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Nobody says so of such a look; should somebody, the page that is built both ways tells."""
    root = tmp_path / "repository"
    shutil.copytree(site.root, root, ignore=shutil.ignore_patterns("site"))
    main = root / "site_templates" / "theme" / "main.html"
    old, new = LOOKS[name]
    main.write_text(main.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    other = dataclasses.replace(site, root=root)
    whole = files(build(other))
    counts = generated(monkeypatch)

    assert files(build(other, own_look=True)) == whole
    assert len(counts) == 2


@pytest.mark.slow
def test_words_that_look_like_signs_stay_words(site: Site) -> None:
    pages = {path: data.replace(b'\ntitle: "', b'\ntitle: "zq0z1qz zqz0qz ', 1) for path, data in site.pages.items()}
    other = dataclasses.replace(site, pages=pages)

    assert files(build(other, own_look=True)) == files(build(other))


def test_only_pages_in_the_look_of_the_program_share_frames(site: Site, tmp_path: Path) -> None:
    assert is_own_look(open_repository(site.root))

    for path in ("mkdocs.yml", "site_templates/theme/main.html"):
        other = Written(new_repository(tmp_path / path.replace("/", "-")))
        other.write(path, (other.root / path).read_text(encoding="utf-8") + "\n")

        assert not is_own_look(open_repository(other.root))


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


def test_an_unknown_generator_is_named_with_those_that_there_are(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARINDEX_GENERATOR", "khac")
    with pytest.raises(ParindexError) as caught:
        build(site)

    assert (caught.value.code, caught.value.figures["allowed"]) == ("generator-unknown", ", ".join(GENERATORS))

"""From Markdown pages to the web site: a generator as a subprocess, and a small server to preview the site.

The generator is run as a command and imported by nothing: MkDocs, or another of `GENERATORS`, which read mkdocs.yml as
well. Each language is a build of its own (decision 0031), whose settings are mkdocs.yml and what differs by language.
What a generator puts around the body of a page follows from the front matter alone, so it is kept (decision 0058).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias

from pipeline.core.ground.problems import ParindexError

SETTINGS, HOME = "mkdocs.yml", "index.md"
LOOPBACK = "127.0.0.1"
GENERATORS: Final[Mapping[str, Sequence[str]]] = {  # the words that each is run with beside its settings
    "mkdocs": ("--strict", "--quiet"),
    "properdocs": ("--strict", "--quiet"),
    "zensical": ("--strict",),
}
Fingerprint: TypeAlias = frozenset[tuple[str, int, int]]
_ADDRESS, _GENERATOR = "PARINDEX_SITE_URL", "PARINDEX_GENERATOR"
_KEPT = ("PATH", "HOME", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH")
_WORTH_TELLING = ("ERROR", "WARNING", "Aborted", "Error")
_PAGES, _SITE, _THEME = "pages", "site", "theme"  # folders in which a language is built, the last for all of them
_BODY = "\nbody: |\n"  # where the body of a page of ours begins, the last value of its front matter
_UNUSED = ("search.json", "sitemap.xml", "sitemap.xml.gz")
_PACKAGES = ("mkdocs", "properdocs", "zensical", "mkdocs-material", "Jinja2", "Markdown", "PyYAML")


def address(known: str | None) -> str:
    """Return where the site will stand, ending in a slash: as the environment says, or else as known; or empty."""
    told = os.environ.get(_ADDRESS) or known or ""
    return told and told.rstrip("/") + "/"


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the pages of one language; a theme shows words as HTML, so they are inert."""

    name: str  # of the site
    summary: str
    menu: Sequence[tuple[str, str]]  # words, and the path of the page that they lead to
    address: str = ""  # where its pages will stand; empty where nobody knows
    logo: str | None = None  # a file of the site's assets; without one, that of mkdocs.yml
    stamps: Mapping[str, str] = field(default_factory=dict)  # what pages leave open -> what comes to stand there


class FrameStore(Protocol):
    """Where values are kept by keys; what is not whole is as if it were not there."""

    def get(self, key: str) -> Any:  # noqa: ANN401 - what was put
        """Return what was put under a key, or None."""

    def put(self, key: str, value: Any) -> None:  # noqa: ANN401 - lists, texts and numbers
        """Keep a value."""


@dataclass(frozen=True, slots=True)
class _Edition:
    """One language as it is built."""

    language: str
    folder: str  # of the site
    pages: Mapping[str, str]  # by their paths below it
    settings: Mapping[str, object]
    frame: Frame


def build(
    root: Path,
    pages: Mapping[str, bytes],
    *,
    output: Path,
    stamp: int,
    frames: Mapping[str, Frame],
    settings: Path,
    theme: Mapping[str, bytes],
    store: FrameStore | None = None,
    program: str = "",
) -> None:
    """Build the site that mkdocs.yml describes into a folder; who wants the old site kept meanwhile names another.

    Args:
        root: where the generator runs.
        pages: every page and file of the site, by path.
        output: the folder that becomes the site; what stood in it is removed.
        stamp: seconds since 1970 that stand in the place of the clock.
        frames: the languages to build, the one at the root first, all run together.
        settings: mkdocs.yml, wherever it stands.
        theme: the files of our own part of the theme, by path.
        store: where it is kept what the generator puts around pages, for a theme that only sets the body into them.
        program: the digest of the program.

    Raises:
        ParindexError: the generator failed; its last words that matter are the detail.
    """
    with tempfile.TemporaryDirectory(dir=output.absolute().parent, prefix=".site-") as name:
        work = Path(name)
        _write(work / _THEME, theme)
        editions = tuple(_editions(pages, frames, settings))
        basis = "" if store is None else _digest(program, _chosen(), _versions(), settings.read_bytes(), theme)
        with ThreadPoolExecutor() as workers:  # each mostly waits for its process
            for _ in workers.map(lambda one: _build(one, work, root=root, stamp=stamp, past=(store, basis)), editions):
                pass
        shutil.rmtree(output, ignore_errors=True)
        output.parent.mkdir(parents=True, exist_ok=True)
        for edition in editions:
            (work / edition.language / _SITE).rename(output / edition.folder)
    _write(output, {path: data for path, data in pages.items() if not path.endswith(".md")})


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def _editions(pages: Mapping[str, bytes], frames: Mapping[str, Frame], settings: Path) -> Iterator[_Edition]:
    """Yield the languages, each with the pages that stand below its folder of the site."""
    main, *others = frames
    for language, frame in frames.items():
        folder = "" if language == main else f"{language}/"
        own = {
            path.removeprefix(folder): data.decode()
            for path, data in pages.items()
            if path.endswith(".md") and path.startswith(folder) and (folder or path.partition("/")[0] not in others)
        }
        yield _Edition(language, folder, own, _settings(settings, language, frame), frame)


def _build(edition: _Edition, work: Path, *, root: Path, stamp: int, past: tuple[FrameStore | None, str]) -> None:
    """Build one language: the generator gets the pages of which it is not known what it puts around them."""
    (store, basis), folder = past, work / edition.language
    key = f"frames {edition.language} {_digest(basis, edition.settings, _parted(edition.pages.get(HOME, ''))[0])}"
    known = store.get(key) if store else None
    known = known if isinstance(known, dict) else {}
    told = {path: _parted(page) for path, page in edition.pages.items()}
    menu = {path for _, path in edition.frame.menu}  # the menu leads to them, so the generator must know them
    kept = {
        path: known[path] for path, (front, _) in told.items() if path not in menu and _is_of(known.get(path), front)
    }
    _write(folder / _PAGES, {path: page.encode() for path, page in edition.pages.items() if path not in kept})
    _generate(folder, edition.settings, root=root, stamp=stamp)
    learned = dict(kept)
    for file in sorted((folder / _SITE).rglob("*.html")):
        text, path = file.read_text(encoding="utf-8"), file.relative_to(folder / _SITE).with_suffix(".md").as_posix()
        front, body = told.get(path, ("", ""))
        around = text.split(body) if body else []
        if len(around) == 2:
            learned[path] = [_digest(front), *around]
        file.write_text(_stamped(text, edition.frame), encoding="utf-8")
    for path, (_, before, after) in kept.items():
        text = _stamped(f"{before}{told[path][1]}{after}", edition.frame)
        _write(folder / _SITE, {path.removesuffix(".md") + ".html": text.encode()})
    if store and learned != known:
        store.put(key, learned)


def _parted(page: str) -> tuple[str, str]:
    """Return the front matter of a page of ours before its body, and the body; of another page two empty texts."""
    front, begin, rest = page.partition(_BODY)
    return (front, f"\n{rest}".removesuffix("---\n").replace("\n ", "\n")[1:]) if begin else ("", "")


def _is_of(kept: object, front: str) -> bool:
    """Tell whether something kept is what stands around a page with this front matter."""
    return isinstance(kept, list) and [type(part) for part in kept] == [str] * 3 and kept[0] == _digest(front)


def _stamped(page: str, frame: Frame) -> str:
    for left_open, stamp in frame.stamps.items():
        page = page.replace(left_open, stamp)
    return page


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _versions() -> Mapping[str, str]:
    """Return which versions of the packages that build the site are installed."""
    found = {}
    for package in _PACKAGES:
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def _chosen() -> str:
    """Return the generator that the environment names, or else the first."""
    name = os.environ.get(_GENERATOR) or next(iter(GENERATORS))
    if name not in GENERATORS:
        raise ParindexError("generator-unknown", generator=name[:60], allowed=", ".join(GENERATORS))
    return name


def _generate(folder: Path, settings: Mapping[str, object], *, root: Path, stamp: int) -> None:
    """Run the generator in a folder, in which its settings are a file."""
    name, file = _chosen(), folder / SETTINGS
    file.write_text(json.dumps(settings), encoding="utf-8")  # JSON is YAML
    done = subprocess.run(  # noqa: S603  # a command of our list, no shell
        [sys.executable, "-m", name, "build", *GENERATORS[name], "--config-file", str(file)],
        cwd=root,
        env=_environment(stamp),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise ParindexError("generator-failed", generator=name, detail=_last_words(done.stdout, name))
    # What comes with the theme and no page loads: its scripts, the maps of its styles, a search; a list of addresses.
    site = folder / _SITE
    shutil.rmtree(site / "assets" / "javascripts", ignore_errors=True)
    for unused in (*(site / "assets" / "stylesheets").rglob("*.map"), *map(site.joinpath, _UNUSED)):
        unused.unlink(missing_ok=True)


def _settings(settings: Path, language: str, frame: Frame) -> dict[str, object]:
    """Return what the settings of one language say beside mkdocs.yml."""
    return {
        "INHERIT": str(settings),
        "site_name": frame.name,
        "site_description": frame.summary,
        "site_url": frame.address,
        "docs_dir": _PAGES,
        "site_dir": _SITE,
        "theme": {
            "language": language,
            "custom_dir": f"../{_THEME}",
            **({"logo": f"assets/{frame.logo}"} if frame.logo else {}),
        },
        "nav": [{words: path} for words, path in frame.menu],
    }


def _environment(stamp: int) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    fixed = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "NO_COLOR": "1"}
    # Material announces the next MkDocs on every build unless told not to.
    return {**kept, **fixed, "SOURCE_DATE_EPOCH": str(stamp), "NO_MKDOCS_2_WARNING": "true"}


def _last_words(told: str, name: str) -> str:
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(_WORTH_TELLING)] or lines
    return " | ".join(telling[-5:]) or name


def serve(
    output: Path,
    *,
    watched: Iterable[Path],
    built_from: Fingerprint,
    rebuild: Callable[[], None],
    started: Callable[[str], None],
    port: int = 8000,
    stop: threading.Event | None = None,
) -> None:
    """Show a built site on this machine only, and build it anew whenever a watched file changes, until stopped.

    Args:
        output: the folder of the site, built already; `rebuild` may put another in its place.
        watched: files and folders whose change calls for a new build.
        built_from: their fingerprint when the build of `output` began, so that a change made meanwhile is not missed.
        rebuild: builds the site anew; what goes wrong then is its own matter to tell.
        started: called with the address.
        port: the port; 0 takes a free one.
        stop: ends the service when set; without it, an interrupt from the keyboard does.

    Raises:
        ParindexError: the port cannot be opened.
    """
    places, ended = tuple(watched), stop or threading.Event()
    try:
        server = ThreadingHTTPServer((LOOPBACK, port), partial(_Quiet, directory=str(output)))
    except OSError as error:
        raise ParindexError("cannot-serve", detail=str(error.strerror or error)) from error
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        started(f"http://{LOOPBACK}:{server.server_port}/")
        seen = built_from
        while not ended.wait(0.5):
            now = fingerprint(places)
            if now != seen:
                seen = now
                rebuild()
    except KeyboardInterrupt:
        pass
    finally:
        server.shutdown()
        server.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is the base class's
        """Say nothing: only the command line prints."""


def fingerprint(places: Iterable[Path]) -> Fingerprint:
    """Return what tells whether any of some files and folders changed: names, times, sizes."""
    return frozenset(
        (str(file), found.st_mtime_ns, found.st_size)
        for place in places
        for file in (place, *place.rglob("*"))
        if (found := _stat(file)) is not None
    )


def _stat(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except OSError:
        return None  # it went away between the listing and the look

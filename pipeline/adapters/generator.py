"""From Markdown pages to the web site: a generator as a subprocess, and a small server to preview the site.

The generator is run as a command and imported by nothing: MkDocs, or another of `GENERATORS`, which read mkdocs.yml as
well. Each language is a build of its own (decision 0031), whose settings are mkdocs.yml and what differs by language.
What a generator puts around the body of a page follows from the front matter alone, so it is asked once for each kind
of page (decision 0061).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final, TypeAlias

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
_END = "\n"
_UNUSED = ("search.json", "sitemap.xml", "sitemap.xml.gz")
_TEXT = re.compile(r'"(?:[^"\\]++|\\[\s\S])*+(?:"|\\?\Z)')  # in front matter, as JSON
_PLAIN = re.compile(r"[A-Za-z0-9._-]*(?:/[A-Za-z0-9._-]*)+")  # a path that no address writes in another way
_SIGN = re.compile(r"zq\d*z(\d+)qz")  # what stands in the page of a kind where its pages differ, by number


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


@dataclass(frozen=True, slots=True)
class _Edition:
    """One language as it is built."""

    language: str
    folder: str  # of the site
    pages: Mapping[str, bytes]  # by their paths below it
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
    own_look: bool = False,
) -> None:
    """Build the site that mkdocs.yml describes into a folder; who wants the old site kept meanwhile names another.

    Args:
        output: the folder that becomes the site; what stood in it is removed.
        stamp: seconds since 1970 that stand in the place of the clock.
        frames: the languages to build, the one at the root first, all run together.
        settings: mkdocs.yml, wherever it stands.
        theme: the files of our own part of the theme, by path.
        own_look: whether theme and settings only set what pages say into them, so that pages of a kind share a frame.

    Raises:
        ParindexError: the generator failed; its last words that matter are the detail.
    """
    with tempfile.TemporaryDirectory(dir=output.absolute().parent, prefix=".site-") as name:
        work = Path(name)
        _write(work / _THEME, theme.items())
        editions = tuple(_editions(pages, frames, settings))
        with ThreadPoolExecutor() as workers:  # each mostly waits for its process
            for _ in workers.map(lambda one: _build(one, work, root=root, stamp=stamp, own_look=own_look), editions):
                pass
        shutil.rmtree(output, ignore_errors=True)
        output.parent.mkdir(parents=True, exist_ok=True)
        for edition in editions:
            (work / edition.language / _SITE).rename(output / edition.folder)
    _write(output, ((path, data) for path, data in pages.items() if not path.endswith(".md")))


def _write(folder: Path, files: Iterable[tuple[str, bytes]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    known = {folder}
    for path, data in files:
        file = folder / path
        if file.parent not in known:
            file.parent.mkdir(parents=True, exist_ok=True)
            known.add(file.parent)
        file.write_bytes(data)


def _editions(pages: Mapping[str, bytes], frames: Mapping[str, Frame], settings: Path) -> Iterator[_Edition]:
    """Yield the languages, each with the pages that stand below its folder of the site."""
    main, *others = frames
    for language, frame in frames.items():
        folder = "" if language == main else f"{language}/"
        own = {
            path.removeprefix(folder): data
            for path, data in pages.items()
            if path.endswith(".md") and path.startswith(folder) and (folder or path.partition("/")[0] not in others)
        }
        yield _Edition(language, folder, own, _settings(settings, language, frame), frame)


def _build(edition: _Edition, work: Path, *, root: Path, stamp: int, own_look: bool) -> None:
    """Build one language; where pages share frames, the generator gets one page of each kind, and one more of signs.

    Should that one page not come out as it does from the frame, the generator gets all pages.
    """
    folder = work / edition.language
    known = dict(_kinds(edition)) if own_look else {}
    first = {kind.path: path for path, kind in reversed(known.items())}
    few = {path: page for path, page in edition.pages.items() if path not in known or first[known[path].path] == path}
    _write(folder / _PAGES, few.items())
    _write(folder / _PAGES, {kind.path: kind.page.encode() for kind in known.values()}.items())
    _generate(folder, edition.settings, root=root, stamp=stamp)
    site = folder / _SITE
    around = {path: _taken(site, path) for path in first}

    def html(path: str) -> str:
        return known[path].filled(around[known[path].path], edition.pages[path])

    if any(html(path) != _html(site, path).read_text("utf-8") for path in first.values()):
        shutil.rmtree(folder)
        _build(edition, work, root=root, stamp=stamp, own_look=False)
        return
    for file in site.rglob("*.html"):
        file.write_text(_stamped(file.read_text("utf-8"), edition.frame), "utf-8")
    rest = known.keys() - few.keys()
    _write(site, ((_html(Path(), path).as_posix(), _stamped(html(path), edition.frame).encode()) for path in rest))


@dataclass(frozen=True, slots=True)
class _Kind:
    """A page as one of its kind: the page with signs where pages of the kind differ, and what stands there.

    The last sign is that of the body, which is too long to be held beside the page.
    """

    path: str
    page: str
    told: tuple[str, ...]  # by the numbers of the signs, but the body's

    def filled(self, around: str, page: bytes) -> str:
        """Return the page as HTML, from that of the kind; a number that is none of a sign's stays."""
        told = (*self.told, _parted(page.decode())[1].removesuffix(_END))
        return _SIGN.sub(lambda sign: told[place] if (place := int(sign[1])) < len(told) else sign[0], around)


class _Signs:
    """Puts signs in the place of what pages of a kind differ in; the segments that are fixed stay what they are."""

    def __init__(self, fixed: Collection[str]) -> None:
        self.told: list[str] = []
        self._fixed, self._known = fixed, dict[str, str]()

    def text(self, told: str) -> str:
        """Return a sign for a text."""
        self.told.append(told)
        return f"zqz{len(self.told) - 1}qz"

    def path(self, told: str) -> str:
        """Return a path with a sign for each folder and file, the same for the same name."""
        return "/".join(map(self._segment, told.split("/")))

    def quoted(self, found: re.Match[str]) -> str:
        """Return a text of front matter with signs: for the parts of a path, or for all of it; of none no sign."""
        told = json.loads(found[0])
        return json.dumps(self.path(told) if _PLAIN.fullmatch(told) else self.text(told) if told else "")

    def _segment(self, name: str) -> str:
        if name not in self._fixed and name not in self._known:
            self._known[name] = self.text(name)
        return self._known.get(name, name)


def _kinds(edition: _Edition) -> Iterator[tuple[str, _Kind]]:
    """Yield each page of ours whose frame others can have, with its kind, but those at the top."""
    fixed = {"", "..", HOME, *(path.partition("/")[0] for path in edition.pages)}  # what frames lead to stands there
    numbers: dict[tuple[str, str], int] = {}
    for path, page in edition.pages.items():
        before, body, _ = page.partition(_BODY.encode())
        front = before.decode()
        signs = _Signs(fixed)
        place = signs.path(path)
        if not body or place == path or not _PLAIN.fullmatch(path) or "\ndataset:" in front:  # JSON is written anew
            continue
        head = _TEXT.sub(signs.quoted, front)
        told = tuple(signs.told)
        own = f"zq{numbers.setdefault((place, head), len(numbers))}z"
        whole = f"{head}{_BODY} {signs.text('')}{_END}---{_END}"
        yield path, _Kind(place.replace("zqz", own), whole.replace("zqz", own), told)


def _html(site: Path, path: str) -> Path:
    return site / Path(path).with_suffix(".html")


def _taken(site: Path, path: str) -> str:
    """Return a page of signs as HTML; it and its folders are no part of the site."""
    file = _html(site, path)
    text = file.read_text("utf-8")
    file.unlink()
    with suppress(OSError):
        os.removedirs(file.parent)
    return text


def _parted(page: str) -> tuple[str, str]:
    """Return the front matter of a page of ours before its body, and the body; of another page two empty texts."""
    front, begin, rest = page.partition(_BODY)
    return (front, f"\n{rest}".removesuffix("---\n").replace("\n ", "\n")[1:]) if begin else ("", "")


def _stamped(page: str, frame: Frame) -> str:
    for left_open, stamp in frame.stamps.items():
        page = page.replace(left_open, stamp)
    return page


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

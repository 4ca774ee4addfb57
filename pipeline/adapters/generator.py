"""From Markdown pages to the web site: MkDocs as a subprocess, and a small server to preview the site.

MkDocs is run as a command and imported by nothing, so that another generator that reads mkdocs.yml can take its place.
Each language is a build of its own (decision 0031), whose settings are mkdocs.yml and what differs by language.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TypeAlias

from pipeline.core.ground.problems import ParindexError

SETTINGS, DOCS = "mkdocs.yml", "build/docs"
LOOPBACK = "127.0.0.1"
Fingerprint: TypeAlias = frozenset[tuple[str, int, int]]
_ADDRESS = "PARINDEX_SITE_URL"
_KEPT = ("PATH", "HOME", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH")
_WORTH_TELLING = ("ERROR", "WARNING", "Aborted", "Error")


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


def build(
    root: Path, *, output: Path, stamp: int, frames: Mapping[str, Frame], settings: Path, theme: Mapping[str, bytes]
) -> None:
    """Build the site that mkdocs.yml describes into a folder; who wants the old site kept meanwhile names another.

    Args:
        root: the folder below which the pages stand.
        output: the folder that becomes the site; what stood in it is removed.
        stamp: seconds since 1970 that stand in the place of the clock.
        frames: the languages to build, the one at the root first, all run together.
        settings: mkdocs.yml, wherever it stands.
        theme: the files of our own part of the theme, by path.

    Raises:
        ParindexError: MkDocs failed; its last words that matter are the detail.
    """
    with tempfile.TemporaryDirectory(dir=output.absolute().parent, prefix=".site-") as name:
        built = [Path(name) / language for language in frames]
        own = Path(name) / "theme"
        own.mkdir()
        for path, data in theme.items():
            (own / path).parent.mkdir(parents=True, exist_ok=True)
            (own / path).write_bytes(data)
        told = {folder: _settings(settings, folder.name, frames, own) for folder in built}
        with ThreadPoolExecutor() as workers:  # each only waits for its process
            for _ in workers.map(lambda folder: _generate(root, folder, told[folder], stamp=stamp), built):
                pass
        shutil.rmtree(output, ignore_errors=True)
        output.parent.mkdir(parents=True, exist_ok=True)
        for place, folder in zip((output, *(output / language for language in [*frames][1:])), built, strict=True):
            folder.rename(place)


def _generate(root: Path, output: Path, settings: Mapping[str, object], *, stamp: int) -> None:
    """Build one language into a folder; its settings are a file while it is built."""
    with tempfile.NamedTemporaryFile("w", dir=root, prefix=".mkdocs-", suffix=".yml", encoding="utf-8") as file:
        json.dump(settings, file)  # JSON is YAML
        file.flush()
        command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--config-file", file.name]
        done = subprocess.run(  # noqa: S603  # our own command, no shell
            [*command, "--site-dir", str(output)],
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
        raise ParindexError("generator-failed", detail=_last_words(done.stdout))
    # What comes with the theme and no page loads: its scripts, and the maps of its styles.
    shutil.rmtree(output / "assets" / "javascripts", ignore_errors=True)
    for unused in (output / "assets" / "stylesheets").glob("*.map"):
        unused.unlink()


def _settings(settings: Path, language: str, frames: Mapping[str, Frame], theme: Path) -> dict[str, object]:
    """Return what the settings of one language say beside mkdocs.yml."""
    (main, *others), frame = frames, frames[language]
    folder = "" if language == main else f"{language}/"
    return {
        "INHERIT": str(settings),
        "site_name": frame.name,
        "site_description": frame.summary,
        "site_url": frame.address,
        "docs_dir": f"{DOCS}/{folder}",
        "exclude_docs": "" if folder else "".join(f"/{other}/\n" for other in others),
        "theme": {
            "language": language,
            "custom_dir": str(theme),
            **({"logo": f"assets/{frame.logo}"} if frame.logo else {}),
        },
        "nav": [{words: path} for words, path in frame.menu],
    }


def _environment(stamp: int) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    fixed = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "NO_COLOR": "1"}
    # Material announces the next MkDocs on every build unless told not to.
    return {**kept, **fixed, "SOURCE_DATE_EPOCH": str(stamp), "NO_MKDOCS_2_WARNING": "true"}


def _last_words(told: str) -> str:
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(_WORTH_TELLING)] or lines
    return " | ".join(telling[-5:]) or "mkdocs"


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

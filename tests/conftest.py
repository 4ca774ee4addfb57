"""What tests share: a temporary git repository, the command line in process, golden files, programs of the machine."""

from __future__ import annotations

import contextlib
import gc
import itertools
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from sites import Site

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = Path(__file__).resolve().parent / "golden"

# A program that tests may need -> the commands it goes by. `.ci/run` installs each one that a test names.
_OFFICE = ("soffice", "libreoffice")
PROGRAMS: Mapping[str, tuple[str, ...]] = {
    "chromium": ("chromium", "chromium-browser", "google-chrome", "chrome"),
    "gitolite": ("gitolite",),
    "libreoffice-calc": _OFFICE,
    "libreoffice-writer": _OFFICE,
    "nginx": ("nginx", "/usr/sbin/nginx"),
    "node": ("node", "nodejs"),
    "ssh-keygen": ("ssh-keygen",),
    "sshd": ("sshd", "/usr/sbin/sshd"),
}

# A part of a program that may be missing where the program stands -> its library, in a folder near the program's own.
PARTS: Mapping[str, str] = {"libreoffice-calc": "*sclo.*", "libreoffice-writer": "*swlo.*"}
# Fonts whose widths tests rely on -> their file, in a folder below those where Linux keeps fonts.
FONTS: Mapping[str, str] = {"font:liberation": "LiberationSerif-Regular.ttf"}
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts")
# Names, apart by commas, that tests take for missing: how the suite is tried on a machine that lacks them.
WITHOUT = "TESTS_WITHOUT"

# What of a person's environment could reach a result: locale, time zone, colours, git's own settings, a CI's marks.
FOREIGN_PREFIXES = ("GIT_", "LC_", "PARINDEX_", "GITHUB_", "GITLAB_", "CI_")
FOREIGN_NAMES = (
    "CI",
    "LANG",
    "LANGUAGE",
    "TZ",
    "COLUMNS",
    "LINES",
    "NO_COLOR",
    "FORCE_COLOR",
    "EMAIL",
    "SOURCE_DATE_EPOCH",
)


HOMES = itertools.count()


def pytest_configure() -> None:
    gc.set_threshold(100_000, 20, 20)  # as the program has it: what tests keep would be walked again and again


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew instead of comparing")


PACKAGES = ROOT / "webform" / "node_modules"  # what `npm ci` brings there; a test needs one as "npm:<name>"


def find_program(name: str) -> str | None:
    """Return the path of a program, npm package or font that tests know, or None where this machine lacks it."""
    if name in os.environ.get(WITHOUT, "").split(","):
        return None
    if name.startswith("npm:"):
        package = PACKAGES / name.removeprefix("npm:")
        return str(package) if package.is_dir() else None
    if name in FONTS:
        return next((str(path) for folder in FONT_FOLDERS for path in folder.rglob(FONTS[name])), None)
    path = next((path for command in PROGRAMS[name] if (path := shutil.which(command))), None)
    return path if path is None or name not in PARTS or has_part(Path(path), PARTS[name]) else None


def has_part(program: Path, library: str) -> bool:
    """Tell whether a program has a part of its own: its library lies beside it, or where a Mac keeps libraries."""
    folder = program.resolve().parent
    return any(any(near.glob(library)) for near in (folder, folder.parent / "Frameworks"))


def without(name: str) -> str:
    return f"needs {name}, which this machine does not have"


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        for name in marker.args:
            if find_program(name) is None:
                if os.environ.get("CI") == "true":
                    pytest.fail(without(name), pytrace=False)
                pytest.skip(without(name))


@pytest.fixture
def program() -> Callable[[str], str]:
    """Give the path of a program; mark the test with `needs` as well."""

    def path_of(name: str) -> str:
        path = find_program(name)
        if path is None:
            raise LookupError(without(name))
        return path

    return path_of


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Hide the person and the machine: no locale, no time zone, no git settings, an empty home."""
    for name in list(os.environ):
        if name in FOREIGN_NAMES or name.startswith(FOREIGN_PREFIXES):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp(
        f"home{next(HOMES)}", numbered=False
    )  # a number asked of the folder takes longer each time
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_TERMINAL_PROMPT", "0")
    monkeypatch.setenv("LC_ALL", "C")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command left behind: its exit code and everything it said."""

    code: int
    stdout: str
    stderr: str


class RunCommand(Protocol):
    def __call__(self, *arguments: str, cwd: Path | None = None) -> Outcome: ...


@pytest.fixture(params=[True, False], ids=["by files", "by one digest"])
def listed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Tell whether new seals list their files; else they say one digest of them, as those of large years do."""
    from pipeline.core.rounds import seals  # noqa: PLC0415

    if not request.param:
        monkeypatch.setattr(seals, "MOST_LISTED", 0)
    return bool(request.param)


@pytest.fixture
def run_command(
    clean_environment: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> RunCommand:
    """Run `parindex ARGUMENT ...` in this process, in a folder if one is given, and return its outcome.

    Bytes that another command or test has read from the same path, under the same schemas, are not read again.
    """
    # Tests that run no command must not pay for its imports.
    from tiny import READINGS  # noqa: PLC0415

    from pipeline.cli import main  # noqa: PLC0415
    from pipeline.commands import form_read  # noqa: PLC0415
    from pipeline.flows import agency_units, compare, forms, prove, snapshot  # noqa: PLC0415

    for module in (agency_units, compare, form_read, forms, prove, snapshot):
        monkeypatch.setattr(module, "Readings", lambda: READINGS)

    def run(*arguments: str, cwd: Path | None = None) -> Outcome:
        capsys.readouterr()
        with contextlib.chdir(cwd) if cwd else contextlib.nullcontext():
            try:
                code = main(list(arguments))
            except SystemExit as stop:
                code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        said = capsys.readouterr()
        return Outcome(code=code or 0, stdout=said.out, stderr=said.err)

    return run


@pytest.fixture(scope="session")
def parindex() -> Iterator[Path]:
    """Give the command `parindex` for tests that start it again and again; see `forked`."""
    from forked import loaded  # noqa: PLC0415

    with loaded(ROOT) as command:
        yield command


@dataclass
class Repository:
    """A git repository in a temporary folder, with fixed authors and dates, so that its commit ids never change."""

    root: Path
    now: datetime = field(default_factory=lambda: datetime.fromisoformat("2024-11-26T08:00:00+07:00"))

    def git(self, *arguments: str, **environment: str) -> str:
        """Run git here and return what it printed, without the last newline."""
        quiet = ("core.autocrlf=false", "core.hooksPath=/dev/null", "maintenance.auto=false")
        command = ["git", *(word for setting in quiet for word in ("-c", setting)), *arguments]
        done = subprocess.run(
            command,
            cwd=self.root,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode:
            raise AssertionError(f"git {' '.join(arguments)} ended with {done.returncode}: {done.stderr}")
        return done.stdout.removesuffix("\n")

    def write(self, path: str, content: str | bytes) -> Path:
        """Write one file, bytes as they are and text as UTF-8 with LF."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    def write_all(self, files: Mapping[str, str | bytes]) -> None:
        """Write several files."""
        for path, content in files.items():
            self.write(path, content)

    def copy(self, source: Path, target: str) -> None:
        """Copy a file or a whole folder into the repository."""
        if source.is_dir():
            shutil.copytree(source, self.root / target, dirs_exist_ok=True)
        else:
            self.write(target, source.read_bytes())

    def remove(self, path: str) -> None:
        """Remove a file or a whole folder."""
        file = self.root / path
        if file.is_dir():
            shutil.rmtree(file)
        else:
            file.unlink()

    def commit(
        self,
        message: str = "Change data",
        *,
        date: str | None = None,
        author: str = "Chuyên viên Sở Nội vụ <chuyen-vien@snv.invalid>",
    ) -> str:
        """Commit everything that stands in the folder and return the commit's id, an hour after the last if undated."""
        self.now = datetime.fromisoformat(date) if date else self.now + timedelta(hours=1)
        name, _, email = author.rstrip(">").partition(" <")
        when = self.now.isoformat()
        self.git("add", "--all", "--force")
        self.git(
            *("commit", "--quiet", "--allow-empty", "--message", message),
            GIT_AUTHOR_NAME=name,
            GIT_AUTHOR_EMAIL=email,
            GIT_AUTHOR_DATE=when,
            GIT_COMMITTER_NAME=name,
            GIT_COMMITTER_EMAIL=email,
            GIT_COMMITTER_DATE=when,
        )
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(clean_environment: None, tmp_path: Path) -> Repository:
    """Give a new, empty git repository on the branch main."""
    root = tmp_path / "repository"
    root.mkdir()
    made = Repository(root)
    made.git("init", "--quiet", "--initial-branch", "main")
    return made


@pytest.fixture
def tiny(repository: Repository) -> Repository:
    """Give a repository whose one commit is the tiny world."""
    repository.copy(ROOT / "tests" / "examples" / "tiny" / "data", "data")
    repository.copy(ROOT / "schemas", "schemas")
    repository.commit("The tiny world")
    return repository


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with `tests/golden/NAME`; under --update-golden write it there instead."""

    def compare(name: str, text: str) -> None:
        file = GOLDEN / name
        if request.config.getoption("--update-golden"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8", newline="\n")

        assert file.read_text(encoding="utf-8") == text

    return compare


# --- sites and browsers ---------------------------------------------------------------------------------------------

# Files of tests that share what is dear to make go to one worker, which makes it once.
TOGETHER = {
    "test_site": "site",
    "test_site_access": "site",
    "test_site_browser": "site",
    "test_site_inside": "inside",
    "test_webforms": "inside",
}
# Files that take longest, so that they are begun first and no worker is left alone with one at the end.
LONGEST = (
    *("test_forge_years", "test_site", "test_site_access", "test_site_browser", "test_webforms_browser"),
    *("test_docs_commands", "test_rehearsal", "test_site_inside", "test_webforms", "test_new_city", "test_forms"),
    *("test_proving", "test_process_ends", "test_form_reading", "test_exports", "test_hostile_workbooks"),
    *("test_form_processes", "test_bundles", "test_year_parts", "test_form_round_trips", "test_pre_receive"),
    *("test_reports", "test_patterns", "test_faces_page", "test_mutants", "test_documents"),
)


def stem_of(nodeid: str) -> str:
    """Return the name of a test's file."""
    return Path(nodeid.partition("::")[0]).stem


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; a file stays whole and keeps its order."""
    place = {stem: number for number, stem in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(stem_of(item.nodeid), len(place)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Give each file, and the files of TOGETHER, to one worker as a whole: what a file keeps in memory is made once."""
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415  # only who runs several workers has it

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return TOGETHER.get(stem_of(nodeid), stem_of(nodeid))

    config.option.loadscopereorder = False  # by the number of tests; ours is the order of time
    return Scheduling(config, log)


AUTHOR = "MARK-author **x** [a](b) | {{ 7*7 }} <mark-author@snv.invalid>"


@pytest.fixture(scope="session")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a repository in which one commit, of a hostile author with a hostile message, brought everything."""
    from sites import HOSTILE, new_repository  # noqa: PLC0415  # builds on this module

    folder = tmp_path_factory.mktemp("marked") / "repository"
    new_repository(folder, author=AUTHOR, message=f"MARK-summary {HOSTILE[0]} {HOSTILE[2]} {HOSTILE[4]}")
    (folder / "docs").mkdir()
    (folder / "docs" / "index.md").write_text("---\ntitle: MARK-document\n---\n# MARK-document\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def rendered(marked: Path) -> Site:
    """Give the public pages, in both languages, of data in which every field that must stay inside is marked."""
    from sites import pages_of, with_secrets  # noqa: PLC0415

    from pipeline.adapters.messages import LANGUAGES  # noqa: PLC0415

    return pages_of(marked, world=with_secrets, languages=LANGUAGES)


@pytest.fixture(scope="session")
def site(rendered: Site) -> Site:
    """Give the public site, built."""
    from sites import build  # noqa: PLC0415

    return build(rendered)


@pytest.fixture(scope="session")
def hostile(marked: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Give a few public pages of every kind, built, in which every text that people typed is hostile."""
    from sites import HOSTILE, build, chosen, everywhere, few, in_groups, pages_of  # noqa: PLC0415

    from pipeline.adapters.messages import LANGUAGES  # noqa: PLC0415

    word = everywhere(chosen(HOSTILE))
    made = pages_of(marked, world=lambda world: word(in_groups(world)), languages=LANGUAGES)
    return build(few(made, tmp_path_factory.mktemp("hostile") / "repository"))


@pytest.fixture(scope="session")
def inside(marked: Path) -> Site:
    """Give the pages for readers inside, of the same data."""
    from sites import pages_of, with_secrets  # noqa: PLC0415

    return pages_of(marked, world=with_secrets, audience="internal")


@pytest.fixture(scope="session")
def address(site: Site) -> Iterator[str]:
    """Give the address at which the public site is served, under the headers of the how-to."""
    from sites import headers, served  # noqa: PLC0415

    with served(site.folder, headers=headers()) as top:
        yield top


@pytest.fixture(scope="session")
def axe() -> str:
    """Give the script that finds barriers on a page; mark the test with `needs` as well."""
    path = find_program("npm:axe-core")
    assert path is not None, without("npm:axe-core")
    return (Path(path) / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give a browser; it goes with the tests of its file, since its loop bears no other loop beside it."""
    from browsing import launched  # noqa: PLC0415

    with launched() as made:
        yield made

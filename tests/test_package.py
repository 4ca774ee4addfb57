"""The program as a package: a wheel, installed alone, works on a folder that holds nothing but data.

It is tried with each Python of `PYTHONS` whose libraries this machine has: the one that runs the tests, and others from
the environments that `python3 noxfile.py package` makes. The source archive is all that the example needs.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from conftest import ROOT, Repository
from tiny import EXAMPLES
from wheels import build_archive, build_wheel, installed_into, unpacked

from pipeline import VERSION
from pipeline.adapters.program import TOP, program_files

PYTHONS = ("3.11", "3.13")
SCORE = ("score", "--year", "2024", "--format", "json")
FORM = ("form", "make", "--year", "2024", "--stage", "self-assessment", "cuc-thue", "-o")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_archive(tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="module")
def wheel(archive: Path) -> Path:
    return build_wheel(archive)


@pytest.fixture(scope="module", params=PYTHONS)
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """Install the wheel with one of the Pythons."""
    return installed_into(tmp_path_factory.mktemp("installed"), wheel, request.param)


@pytest.fixture(scope="module")
def data_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Put the example's data, and nothing else, into a repository."""
    return repository_of(ROOT / "data", tmp_path_factory.mktemp("city"))


def repository_of(data: Path, folder: Path) -> Path:
    """Put data, and nothing else, into a repository."""
    repository = Repository(folder)
    repository.git("init", "--quiet", "--initial-branch", "main")
    repository.copy(data, "data")
    repository.commit("Data", date="2025-03-20T08:00:00+07:00")
    return repository.root


def run(command: Path, *arguments: str, cwd: Path) -> bytes:
    done = subprocess.run([command, *arguments], cwd=cwd, check=False, capture_output=True, env={"PATH": "/usr/bin"})

    assert done.returncode == 0, done.stderr.decode() + done.stdout.decode()
    return done.stdout


def files_below(folder: Path) -> Mapping[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_a_wheel_carries_all_that_the_checkout_has(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
    folders = ("schemas", "site_templates", "start", "starter", ".ci/hooks")
    kept = {f"pipeline/_program/{path}" for folder in folders for path in program_files(folder)}
    own = {path.relative_to(ROOT).as_posix() for path in (ROOT / "pipeline").rglob("*") if path.is_file()}

    assert sorted(kept - names) == []
    assert sorted(path for path in own - names if "__pycache__" not in path) == []
    assert {path.name for path in ROOT.glob("mkdocs*.yml")} <= {name.rpartition("/")[2] for name in names}
    assert TOP == ROOT


@pytest.mark.slow
def test_the_installed_program_says_of_data_alone_what_the_checkout_says(
    installed: Path, data_alone: Path, tmp_path: Path
) -> None:
    checkout = Path(sys.executable).with_name("parindex")
    for command, to in ((installed, "a"), (checkout, "b")):
        run(command, "export", "--year", "2024", "-o", str(tmp_path / to), cwd=data_alone)
        run(command, *FORM, str(tmp_path / to), cwd=data_alone)

    assert run(installed, "--version", cwd=tmp_path).decode() == f"parindex {VERSION}\n"
    assert b"2024" in run(installed, "check", cwd=data_alone)
    assert run(installed, *SCORE, cwd=data_alone) == run(checkout, *SCORE, cwd=data_alone)
    assert files_below(tmp_path / "a") == files_below(tmp_path / "b")


@pytest.mark.slow
@pytest.mark.needs("ssh-keygen")
def test_the_installed_program_makes_a_repository_from_nothing(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "tra-loi.yml").write_bytes(run(installed, "init", "--sample-answers", cwd=tmp_path))
    run(installed, "init", "kho", "--answers", "tra-loi.yml", "--no-passphrase", cwd=tmp_path)

    assert "0 lỗi, 0 cảnh báo" in run(installed, "check", cwd=tmp_path / "kho").decode()
    for name in (".ci/hooks/pre-receive", ".ci/hooks/post-receive", ".ci/register"):
        assert (tmp_path / "kho" / name).read_bytes() == (ROOT / name).read_bytes()


@pytest.mark.slow
def test_the_installed_program_builds_the_site_of_data_alone(installed: Path, tmp_path: Path) -> None:
    """Build it of the tiny world; that of the whole example is built from the source archive."""
    (tmp_path / "city").mkdir()
    city = repository_of(EXAMPLES / "tiny" / "data", tmp_path / "city")
    run(installed, "site", "--audience", "internal", cwd=city)
    made = city / "site"

    assert "<h1" in (made / "index.html").read_text(encoding="utf-8")
    assert (made / "en" / "2024" / "index.html").is_file()
    assert (made / "assets" / "fonts" / "source-sans-3-latin.woff2").is_file()
    assert (made / "assets" / "form" / "form.js").is_file()
    shutil.rmtree(made)
    (city / "site_templates" / "page").mkdir(parents=True)
    (city / "site_templates" / "page" / "_foot.md.j2").write_text("<p>Chân trang riêng</p>\n", encoding="utf-8")
    run(installed, "site", cwd=city)

    assert "Chân trang riêng" in (made / "2024" / "index.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_source_archive_installs_and_builds_the_example_outside_the_checkout(archive: Path, tmp_path: Path) -> None:
    command = installed_into(tmp_path / "environment", archive)
    repository = Repository(tmp_path / "example")
    shutil.copytree(unpacked(archive), repository.root)
    repository.git("init", "--quiet", "--initial-branch", "main")
    repository.commit("The example", date="2025-03-20T08:00:00+07:00")
    run(command, "check", cwd=repository.root)
    run(command, "site", cwd=repository.root)
    where = [str(command.with_name("python")), "-c", "import pipeline; print(pipeline.__file__)"]

    assert (repository.root / "site" / "2024" / "index.html").is_file()
    assert subprocess.run(where, cwd=tmp_path, check=True, capture_output=True, text=True).stdout.startswith(
        str(tmp_path / "environment")
    )

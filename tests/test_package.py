"""The program as a package: a wheel, installed alone, works on a folder that holds nothing but data."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from conftest import ROOT, Repository
from wheels import build_wheel, install_wheel

from pipeline import VERSION
from pipeline.adapters.program import TOP, program_files

SCORE = ("score", "--year", "2024", "--format", "json")
FORM = ("form", "make", "--year", "2024", "--stage", "self-assessment", "cuc-thue", "-o")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install_wheel(wheel, tmp_path_factory.mktemp("installed"))


@pytest.fixture(scope="module")
def data_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Put the example's data, and nothing else, into a repository."""
    repository = Repository(tmp_path_factory.mktemp("city"))
    repository.git("init", "--quiet", "--initial-branch", "main")
    repository.copy(ROOT / "data", "data")
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
    folders = ("schemas", "site_templates", "starter", ".ci/hooks")
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
def test_the_installed_program_builds_the_site_of_data_alone(installed: Path, data_alone: Path) -> None:
    run(installed, "site", "--audience", "internal", cwd=data_alone)
    made = data_alone / "site"

    assert "<h1" in (made / "index.html").read_text(encoding="utf-8")
    assert (made / "en" / "2024" / "index.html").is_file()
    assert (made / "assets" / "fonts" / "source-sans-3-latin.woff2").is_file()
    assert (made / "assets" / "form" / "form.js").is_file()
    shutil.rmtree(made)
    (data_alone / "site_templates" / "page").mkdir(parents=True)
    (data_alone / "site_templates" / "page" / "_foot.md.j2").write_text("<p>Chân trang riêng</p>\n", encoding="utf-8")
    run(installed, "site", cwd=data_alone)

    assert "Chân trang riêng" in (made / "2024" / "index.html").read_text(encoding="utf-8")

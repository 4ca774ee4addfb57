"""The program as a package: its source archive, the wheel of that, and either installed where nothing of it else is."""

from __future__ import annotations

import site
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from conftest import ROOT

THIS = f"{sys.version_info.major}.{sys.version_info.minor}"


def build_archive(folder: Path) -> Path:
    """Build the source archive of the checkout."""
    return _built("sdist", "*.tar.gz", folder, ROOT)


def build_wheel(archive: Path) -> Path:
    """Build the wheel of a source archive, beside it."""
    return _built("wheel", "*.whl", archive.parent, unpacked(archive))


def unpacked(archive: Path) -> Path:
    """Unpack a source archive beside it."""
    with tarfile.open(archive) as packed:
        packed.extractall(archive.parent, filter="data")
    return archive.parent / archive.name.removesuffix(".tar.gz")


def _built(kind: str, name: str, folder: Path, source: Path) -> Path:
    build = [sys.executable, "-m", "hatchling", "build", "-d", str(folder), "-t", kind]
    subprocess.run(build, cwd=source, check=True, capture_output=True)
    (made,) = folder.glob(name)
    return made


def installed_into(folder: Path, package: Path, version: str = THIS) -> Path:
    """Install a wheel or a source archive into an environment of a Python's own, which borrows libraries."""
    python, borrowed = Path(sys.executable), site.getsitepackages()
    if version != THIS:
        made = ROOT / ".nox" / f"package-{version.replace('.', '-')}"
        python, borrowed = made / "bin" / "python", [str(path) for path in made.glob("lib/python*/site-packages")]
        if not python.exists():
            pytest.skip(f"no environment of Python {version}; `python3 noxfile.py package` makes one")
    subprocess.run([str(python), "-m", "venv", "--without-pip", "--symlinks", str(folder)], check=True)
    (libraries,) = folder.glob("lib/python*/site-packages")
    (libraries / "borrowed.pth").write_text("\n".join(borrowed) + "\n", encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--no-index", "--no-build-isolation", "--ignore-installed", str(package)], check=True)
    return folder / "bin" / "parindex"

"""The program as a wheel, built from its source archive, and installed where nothing else of the checkout is."""

from __future__ import annotations

import site
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

from conftest import ROOT


def build_wheel(folder: Path) -> Path:
    """Build the source archive of the checkout, and the wheel of that archive."""
    build = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run([*build, "-t", "sdist"], cwd=ROOT, check=True, capture_output=True)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    source = folder / archive.name[: -len(".tar.gz")]
    subprocess.run([*build, "-t", "wheel"], cwd=source, check=True, capture_output=True)
    (made,) = folder.glob("*.whl")
    return made


def install_wheel(wheel: Path, folder: Path) -> Path:
    """Install a wheel into an environment of its own, which borrows the libraries of this one; return the program."""
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, str(wheel)], check=True)
    (libraries,) = folder.glob("lib/python*/site-packages")
    (libraries / "borrowed.pth").write_text("\n".join(site.getsitepackages()) + "\n", encoding="utf-8")
    return folder / "bin" / "parindex"

"""Bring nox: make its environment on the first run, reuse it afterwards, and hand the command on to it.

Runs under whatever `python3` the machine has, so it uses the standard library only and must parse on an old Python, to
be able to say that it is too old. What a session installs is the duty of `installing`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = ROOT / "constraints.txt"
OLDEST_PYTHON = (3, 11)

OLD_PYTHON = (
    "Cần Python 3.11 trở lên; lệnh này đang chạy bằng Python {version}.\n"
    "Python 3.11 or newer is needed; this is Python {version}."
)
NO_ENSUREPIP = (
    "Python này thiếu mô-đun ensurepip nên không tạo được môi trường riêng. "
    "Trên Debian, Ubuntu: apt install python3-venv\n"
    "This Python has no ensurepip module, so no environment can be made. On Debian, Ubuntu: apt install python3-venv"
)
NO_ENVIRONMENT = (
    "Không tạo được môi trường riêng trong {folder} (lý do ở trên).\n"
    "The environment in {folder} could not be made (the reason stands above)."
)
NO_PACKAGES = (
    "Không tải được các gói cần thiết (lý do ở trên). Hãy kiểm tra mạng hoặc proxy của pip rồi chạy lại lệnh này.\n"
    "The packages could not be fetched (the reason stands above). Check the network or pip's proxy and run this again."
)
FIRST_RUN = (
    "Lần chạy đầu tiên: đang cài nox vào {folder}, chừng mười giây ...\n"
    "First run: installing nox into {folder}, about ten seconds ..."
)


class BootstrapError(Exception):
    """The environment cannot be made; the text says why and what to do."""


def digest(*parts: bytes | str) -> str:
    """Return one fingerprint of everything that an environment is made from."""
    inner = (hashlib.sha256(part.encode() if isinstance(part, str) else part).hexdigest() for part in parts)
    return hashlib.sha256("\n".join(inner).encode()).hexdigest()


def is_made_from(stamp: Path, fingerprint: str) -> bool:
    """Tell whether the environment of this stamp was completed from just these parts."""
    return stamp.is_file() and stamp.read_text(encoding="ascii").strip() == fingerprint


def python_of(environment: Path) -> Path:
    """Return the interpreter of a virtual environment."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def ensure_nox(root: Path) -> Path:
    """Return the interpreter that has nox, after making its environment where it is missing or outdated.

    Raises:
        BootstrapError: Python is too old or lacks ensurepip, or the packages cannot be had.
    """
    if sys.version_info[:2] < OLDEST_PYTHON:
        raise BootstrapError(OLD_PYTHON.format(version=sys.version.split()[0]))
    environment = root / ".nox" / "_nox"
    stamp = environment / "made-from"
    python = python_of(environment)
    # The folder counts because an environment does not survive being moved.
    fingerprint = digest(sys.version, str(root), (root / "constraints.txt").read_bytes())
    if is_made_from(stamp, fingerprint) and python.exists():
        return python
    if importlib.util.find_spec("ensurepip") is None:
        raise BootstrapError(NO_ENSUREPIP)
    folder = environment.relative_to(root).as_posix()
    print(FIRST_RUN.format(folder=folder), file=sys.stderr, flush=True)
    if subprocess.call([sys.executable, "-m", "venv", "--clear", str(environment)]):
        raise BootstrapError(NO_ENVIRONMENT.format(folder=folder))
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.call([*pip, "-c", str(root / "constraints.txt"), "nox"]):
        raise BootstrapError(NO_PACKAGES)
    stamp.write_text(fingerprint + "\n", encoding="ascii")
    return python


def nox_arguments(arguments: list[str]) -> list[str]:
    """Translate `SESSION [ARGUMENT ...]` to what nox expects; without a session, list them."""
    if not arguments or arguments[0] in {"-h", "--help", "-l", "--list"}:
        return ["--list"]
    session, *rest = arguments
    return ["--session", session, "--", *rest]


def run(arguments: list[str], *, root: Path = ROOT) -> int:
    """Run one session under a nox of our own and return its exit code."""
    try:
        python = ensure_nox(root)
    except BootstrapError as error:
        print(error, file=sys.stderr)
        return 2
    command = [str(python), "-m", "nox", "--noxfile", str(root / "noxfile.py"), *nox_arguments(arguments)]
    try:
        return subprocess.call(command)
    except KeyboardInterrupt:
        return 130

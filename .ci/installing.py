"""Fill a session's environment once, and again only when what it is made from has changed.

Needs nox, so only noxfile.py imports it, after `bootstrap` has brought nox.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import nox
from nox.command import CommandFailed

from bootstrap import CONSTRAINTS, NO_PACKAGES, ROOT, digest, is_made_from

# The project is installed without build isolation, so that its build tools are pinned like everything else.
BUILD_TOOLS = ("hatchling", "editables")


def install(session: nox.Session, *requirements: str, constraints: Path = CONSTRAINTS) -> None:
    """Install the requirements under the constraints, unless this environment already holds just that."""
    stamp = Path(session.virtualenv.location) / "made-from"
    sources = ((ROOT / "pyproject.toml").read_bytes(), constraints.read_bytes())
    fingerprint = digest(sys.version, str(ROOT), *requirements, *sources)
    if is_made_from(stamp, fingerprint):
        return
    session.log("Đang cài các gói cần thiết, chừng một phút ... / Installing packages, about a minute ...")
    try:
        session.install("-c", str(constraints), *BUILD_TOOLS)
        session.install("-c", str(constraints), "--no-build-isolation", *requirements)
    except CommandFailed:
        session.error(NO_PACKAGES)
    stamp.write_text(fingerprint + "\n", encoding="ascii")


def leave_last_word_to_the_command() -> None:
    """Keep nox from printing after a command that succeeded: its closing line is what a CI reads."""
    logging.getLogger("nox").setLevel(logging.ERROR)

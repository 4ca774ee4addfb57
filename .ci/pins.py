"""Texts of pinned releases: the lock that `pip freeze` gives, and the lowest releases that pyproject.toml allows.

Reads and returns text; noxfile.py reads and writes the files.
"""

from __future__ import annotations

import re
import tomllib

HEADER = """\
# The releases that every environment of this repository is installed with (pip install -c constraints.txt ...).
# Made by `python3 noxfile.py lock`, which takes the newest releases that pyproject.toml allows, under the oldest Python
# that it allows; run it, run the tests, commit the difference. A line that an environment does not need does no harm.
"""

PIN = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<release>[^\s;@]+)")
LOWER_BOUND = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)>=(?P<release>[^\s;,]+)")


class PinError(Exception):
    """A requirement or a frozen line has another form than the one this repository keeps to."""


def normalized(name: str) -> str:
    """Return the one spelling under which two names of a distribution are the same."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(frozen: str) -> str:
    """Return the lock file made of the output of `pip freeze`.

    Raises:
        PinError: A line is no plain `name==release`, so another machine could not repeat it.
    """
    pins = {}
    for line in frozen.split("\n"):
        if not line.strip():
            continue
        match = PIN.fullmatch(line.strip())
        if match is None:
            raise PinError(f"not of the form name==release: {line.strip()}")
        pins[normalized(match["name"])] = line.strip()
    return HEADER + "".join(f"{pins[name]}\n" for name in sorted(pins))


def lower_bounds(pyproject: str) -> dict[str, str]:
    """Return the lowest allowed release of each distribution that the package needs to run.

    Raises:
        PinError: A requirement is no plain `name>=release`.
    """
    bounds = {}
    for requirement in tomllib.loads(pyproject)["project"]["dependencies"]:
        match = LOWER_BOUND.fullmatch(requirement)
        if match is None:
            raise PinError(f"not of the form name>=release: {requirement}")
        bounds[normalized(match["name"])] = match["release"]
    return bounds


def lowest(pyproject: str, lock: str) -> str:
    """Return the lock with each direct dependency at the lowest release that pyproject.toml allows."""
    bounds = lower_bounds(pyproject)
    pins = [match for line in lock.splitlines() if (match := PIN.fullmatch(line))]
    others = [match[0] for match in pins if normalized(match["name"]) not in bounds]
    return "".join(f"{pin}\n" for pin in [*(f"{name}=={release}" for name, release in bounds.items()), *others])

"""Pinned releases: the lock says what pyproject.toml needs, and the lowest pins come from its lower bounds."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

import pins

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
LOCK = (ROOT / "constraints.txt").read_text(encoding="utf-8")


def requirements() -> list[str]:
    project = tomllib.loads(PYPROJECT)
    extras = project["project"]["optional-dependencies"].values()
    return [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *(one for extra in extras for one in extra),
    ]


def locked_releases() -> dict[str, str]:
    pairs = (line.split("==") for line in LOCK.splitlines() if not line.startswith("#"))
    return {pins.normalized(name): release for name, release in pairs}


@pytest.mark.parametrize("text", requirements())
def test_the_lock_holds_each_direct_requirement_at_an_allowed_release(text: str) -> None:
    requirement = Requirement(text)
    release = locked_releases()[pins.normalized(requirement.name)]

    assert requirement.specifier.contains(release)


def test_the_lock_names_no_machine_and_no_registry() -> None:
    lines = [line for line in LOCK.splitlines() if not line.startswith("#")]

    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)] == []


def test_the_lock_is_what_locking_writes() -> None:
    assert pins.locked("\n".join(line for line in LOCK.splitlines() if not line.startswith("#"))) == LOCK


def test_a_frozen_list_is_sorted_by_name_whatever_its_case() -> None:
    assert pins.locked("pandas==3.1.1\nnetworkx==3.5\nruamel.yaml==0.19.1\n\n") == (
        pins.HEADER + "networkx==3.5\npandas==3.1.1\nruamel.yaml==0.19.1\n"
    )


@pytest.mark.parametrize(
    "line", ["-e git+ssh://host/x#egg=x", "pandas @ file:///wheels/pandas.whl", "pandas>=3", "pandas"]
)
def test_a_frozen_line_that_another_machine_cannot_repeat_is_refused(line: str) -> None:
    with pytest.raises(pins.PinError, match=re.escape(line)):
        pins.locked(f"numpy==2.4.6\n{line}\n")


PROJECT = '[project]\ndependencies = ["networkx>=3.4", "ruamel.yaml>=0.19.1"]\n'


def test_the_lowest_pins_replace_direct_requirements_only() -> None:
    lock = "# a comment\nsix==1.17.0\nnetworkx==3.5\nruamel-yaml==0.20\n"

    assert pins.lowest(PROJECT, lock) == "networkx==3.4\nruamel-yaml==0.19.1\nsix==1.17.0\n"


def test_a_requirement_without_a_plain_lower_bound_is_refused() -> None:
    with pytest.raises(pins.PinError, match="pandas~=3"):
        pins.lower_bounds('[project]\ndependencies = ["pandas~=3.1"]\n')


def test_the_lowest_pins_of_this_project_are_no_higher_than_its_lock() -> None:
    releases = locked_releases()
    higher = {name for name, bound in pins.lower_bounds(PYPROJECT).items() if Version(bound) > Version(releases[name])}

    assert higher == set()

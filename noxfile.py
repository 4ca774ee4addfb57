"""Every command of this repository, each a list of commands: `python3 noxfile.py SESSION [ARGUMENT ...]`.

Run as a script it brings its own nox; without a session it lists them. Logic stands in `.ci/*.py` and has tests.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / ".ci"))

import bootstrap

if __name__ == "__main__":
    sys.exit(bootstrap.run(sys.argv[1:]))

import nox

import pins
from installing import BUILD_TOOLS, install, leave_last_word_to_the_command

nox.needs_version = ">=2026.10"
nox.options.default_venv_backend = "virtualenv"
nox.options.download_python = "never"
nox.options.sessions = ["tests"]


@nox.session(reuse_venv=True)
def site(session: nox.Session) -> None:
    """Check the data, compute the index, build the complete site into site/ (arguments go to `parindex site`)."""
    install(session, "-e", ".")
    session.run("python", "-m", "pipeline", "check")
    session.run("python", "-m", "pipeline", "score")
    session.run("python", "-m", "pipeline", "site", *session.posargs)


@nox.session(reuse_venv=True)
def check(session: nox.Session) -> None:
    """Check the data as CI does on a data pull request (arguments go to `parindex check`)."""
    install(session, "-e", ".")
    session.run("python", "-m", "pipeline", "check", *session.posargs)


@nox.session(reuse_venv=True)
def run(session: nox.Session) -> None:
    """Run one command of the program, as CI does (arguments go to `parindex`)."""
    install(session, "-e", ".")
    session.run("python", "-m", "pipeline", *session.posargs)
    leave_last_word_to_the_command()


@nox.session(reuse_venv=True)
def tests(session: nox.Session) -> None:
    """Prove the code: style, types, tests (arguments go to pytest)."""
    install(session, "-e", ".[test]")
    session.run("python", "-m", "ruff", "check", ".")
    session.run("python", "-m", "ruff", "format", "--check", ".")
    session.run("python", "-m", "mypy")
    session.run("python", "-m", "pytest", "-n", "auto", *session.posargs)
    leave_last_word_to_the_command()


@nox.session(reuse_venv=True)
def lowest(session: nox.Session) -> None:
    """Run the fast tests with the lowest releases that pyproject.toml allows."""
    constraints = Path(session.virtualenv.location) / "lowest.txt"
    pyproject, lock = (ROOT / "pyproject.toml").read_text("utf-8"), (ROOT / "constraints.txt").read_text("utf-8")
    constraints.write_text(pins.lowest(pyproject, lock), encoding="utf-8")
    install(session, "-e", ".[test]", constraints=constraints)
    session.run("python", "-m", "pytest", "-n", "auto", "-m", "not slow and not needs", *session.posargs)
    leave_last_word_to_the_command()


@nox.session(python=["3.11", "3.13"], reuse_venv=True)
def package(session: nox.Session) -> None:
    """Build the package, install it alone and try it, with each of these Pythons that the machine has."""
    install(session, "-e", ".[test]")
    session.run("python", "-m", "pytest", "tests/test_package.py", *session.posargs)


@nox.session(reuse_venv=True)
def docs(session: nox.Session) -> None:
    """Build the site of the project's documents, with a search, into build/docs-site/ (arguments go to MkDocs)."""
    install(session, "-e", ".")
    settings = ("--config-file", str(ROOT / ".ci" / "docs.yml"))
    session.run("python", "-m", "mkdocs", "build", "--quiet", "--strict", *settings, *session.posargs)


@nox.session(reuse_venv=True)
def bench(session: nox.Session) -> None:
    """Measure: run each script of tests/benchmarks/ (arguments go to each)."""
    install(session, "-e", ".[test,bench]")
    for script in sorted((ROOT / "tests" / "benchmarks").glob("*.py")):
        session.run("python", str(script), *session.posargs)


@nox.session(venv_backend="none")
def assets(session: nox.Session) -> None:
    """Compile the checks of the web form from schemas/v1 anew; needs Node and a network, its output is committed."""
    with session.chdir(ROOT / "webform"):
        session.run("npm", "ci", external=True)
        session.run("node", "build.mjs", external=True)


@nox.session(python="3.11", reuse_venv=False)
def lock(session: nox.Session) -> None:
    """Write constraints.txt anew with the newest releases that pyproject.toml allows."""
    session.install("--upgrade", *BUILD_TOOLS)
    session.install("--upgrade", "--no-build-isolation", "-e", ".[test,bench]")
    frozen = session.run("python", "-m", "pip", "freeze", "--exclude-editable", silent=True)
    (ROOT / "constraints.txt").write_text(pins.locked(str(frozen)), encoding="utf-8", newline="\n")

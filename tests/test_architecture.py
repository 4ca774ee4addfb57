"""The house of docs/explanation/architecture.md: who may import whom, and what the pure core may not do."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from pipeline.arguments import COMMANDS, SURVEY_COMMANDS

PACKAGE = Path(__file__).resolve().parent.parent / "pipeline"

# Floor of the house -> the floors it may import from. A module that stands nowhere here has no place yet.
MAY_IMPORT: Mapping[str, frozenset[str]] = {
    "pipeline": frozenset(),
    "pipeline.core": frozenset({"pipeline.core"}),
    "pipeline.adapters": frozenset({"pipeline.core"}),
    "pipeline.snapshot": frozenset({"pipeline.core", "pipeline.adapters"}),
    "pipeline.comparison": frozenset({"pipeline.core", "pipeline.adapters", "pipeline.snapshot"}),
    "pipeline.inspection": frozenset({"pipeline.core", "pipeline.adapters", "pipeline.snapshot"}),
    "pipeline.guard": frozenset({"pipeline.core", "pipeline.adapters"}),
    "pipeline.site": frozenset(
        {
            "pipeline",
            "pipeline.core",
            "pipeline.adapters",
            "pipeline.snapshot",
            "pipeline.exporting",
            "pipeline.inspection",
            "pipeline.webpages",
        }
    ),
    "pipeline.webpages": frozenset({"pipeline.core", "pipeline.adapters", "pipeline.snapshot"}),
    "pipeline.proving": frozenset({"pipeline.core", "pipeline.adapters", "pipeline.snapshot"}),
    "pipeline.forms": frozenset({"pipeline.core", "pipeline.adapters", "pipeline.snapshot"}),
    "pipeline.reports": frozenset({"pipeline.core", "pipeline.adapters", "pipeline.snapshot"}),
    "pipeline.archives": frozenset(),
    "pipeline.exporting": frozenset({"pipeline.core", "pipeline.adapters", "pipeline.snapshot", "pipeline.archives"}),
    "pipeline.bundles": frozenset({"pipeline.core", "pipeline.archives"}),
    "pipeline.tallying": frozenset({"pipeline.core", "pipeline.adapters", "pipeline.snapshot"}),
    "pipeline.arguments": frozenset({"pipeline.core"}),
    # A command may use all below it; it prints, writes and returns the exit code, and never runs another command.
    "pipeline.commands": frozenset(
        {
            "pipeline",
            "pipeline.commands",
            "pipeline.core",
            "pipeline.adapters",
            "pipeline.snapshot",
            "pipeline.comparison",
            "pipeline.inspection",
            "pipeline.proving",
            "pipeline.guard",
            "pipeline.forms",
            "pipeline.reports",
            "pipeline.tallying",
            "pipeline.exporting",
            "pipeline.bundles",
            "pipeline.webpages",
            "pipeline.site",
            "pipeline.arguments",
        }
    ),
    "pipeline.cli": frozenset({"pipeline.core", "pipeline.adapters", "pipeline.snapshot", "pipeline.arguments"}),
    "pipeline.__main__": frozenset({"pipeline.cli"}),
}

# Modules of the standard library whose whole purpose is the outer world.
WORLD = frozenset(
    {
        "os",
        "subprocess",
        "socket",
        "ssl",
        "urllib",
        "http",
        "tempfile",
        "shutil",
        "glob",
        "time",
        "random",
        "secrets",
    }
    | {
        "logging",
        "locale",
        "getpass",
        "platform",
        "threading",
        "multiprocessing",
        "asyncio",
        "sqlite3",
        "zipfile",
        "importlib",
    }
)
WORLD_CALLS = frozenset({"print", "open", "input", "eval", "exec", "__import__"})
WORLD_METHODS = frozenset(
    {
        "now",
        "utcnow",
        "today",
        "fromtimestamp",
        "read_text",
        "write_text",
        "read_bytes",
        "write_bytes",
        "open",
        "getenv",
    }
)
WORLD_ATTRIBUTES = frozenset({"environ", "argv", "stdin", "stdout", "stderr"})


def module_name(path: Path, package: Path) -> str:
    parts = [package.name, *path.relative_to(package).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def floor(module: str) -> str | None:
    """Return the floor a module of the package stands on, or None where it has no place."""
    for name in ("pipeline.core", "pipeline.adapters", "pipeline.commands"):
        if module == name or module.startswith(f"{name}."):
            return name
    return next((name for name in MAY_IMPORT if name == module), None)


def imports(tree: ast.Module, known: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Yield line and full name of every imported module, wherever in the file the import stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            for alias in node.names:
                deeper = f"{base}.{alias.name}"
                yield node.lineno, deeper if deeper in known else base


def wrong_arrow(module: str, target: str) -> str | None:
    """Say why a module may not import another, or return None where it may."""
    here = floor(module)
    if here is None:
        return "has no place in the house"
    if target.startswith("."):
        return f"imports {target} relatively; write the full name"
    top = target.partition(".")[0]
    if top == "pipeline":
        if floor(target) not in MAY_IMPORT[here]:
            return f"may not import {target}"
    elif top in sys.stdlib_module_names:
        if here == "pipeline.core" and top in WORLD:
            return f"is pure and may not import {target}"
    elif here != "pipeline.adapters":
        return f"leaves the outside library {top} to an adapter"
    return None


def worldly_acts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and name of everything in a module that prints, reads, writes or asks time and environment."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in WORLD_CALLS:
            yield node.lineno, node.func.id
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WORLD_METHODS:
            yield node.lineno, node.func.attr
        elif isinstance(node, ast.Attribute) and node.attr in WORLD_ATTRIBUTES:
            yield node.lineno, node.attr


def prints(tree: ast.Module) -> Iterator[int]:
    """Yield the line of every print, and of every use of the standard streams."""
    for node in ast.walk(tree):
        if (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print") or (
            isinstance(node, ast.Attribute) and ast.unparse(node) in {"sys.stdout", "sys.stderr"}
        ):
            yield node.lineno


def violations(sources: Mapping[str, str]) -> list[str]:
    """Return every broken law of the house in modules given as name -> source."""
    known = frozenset(sources)
    found: list[str] = []
    importers: defaultdict[str, set[str]] = defaultdict(set)
    for module, source in sorted(sources.items()):
        tree = ast.parse(source)
        for line, target in imports(tree, known):
            if reason := wrong_arrow(module, target):
                found.append(f"{module}:{line}: {reason}")
            top = target.partition(".")[0]
            if top and top != "pipeline" and top not in sys.stdlib_module_names:
                importers[top].add(module)
        if floor(module) == "pipeline.core":
            found += [f"{module}:{line}: {name} in the pure core" for line, name in worldly_acts(tree)]
        elif floor(module) not in {"pipeline.cli", "pipeline.commands"}:
            found += [f"{module}:{line}: only a command prints" for line in prints(tree)]
    found += [
        f"{library} has several importers: {', '.join(sorted(modules))}"
        for library, modules in sorted(importers.items())
        if len(modules) > 1
    ]
    return found


def package_sources(package: Path) -> dict[str, str]:
    return {module_name(path, package): path.read_text(encoding="utf-8") for path in package.rglob("*.py")}


def test_the_package_keeps_the_laws_of_the_house() -> None:
    assert violations(package_sources(PACKAGE)) == []


def test_every_command_has_a_module_and_every_module_a_command() -> None:
    shared = {"__init__", "common"}

    assert sorted({path.stem for path in (PACKAGE / "commands").glob("*.py")} - shared) == sorted(
        [*(name.replace("-", "_") for name in COMMANDS), *(f"survey_{part}" for part in SURVEY_COMMANDS)]
    )


@pytest.mark.parametrize("library", ["openpyxl", "numpy", "xlsxwriter", "jinja2", "icalendar", "cryptography"])
def test_a_command_loads_no_library_that_it_does_not_use(library: str) -> None:
    loaded = f"import sys; import pipeline.cli, pipeline.commands.check; print({library!r} in sys.modules)"

    assert (
        subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout == "False\n"
    )


ALLOWED = [
    (
        "pipeline.core.rules",
        "import decimal\nfrom collections.abc import Mapping\nfrom pipeline.core.model import Line",
    ),
    ("pipeline.core.rules", "from datetime import date\nday = date.fromisoformat('2024-12-05')"),
    ("pipeline.core.outputs", "import csv\nimport io\nrows = csv.writer(io.StringIO())"),
    ("pipeline.adapters.schemas", "import json\nimport jsonschema\nfrom pipeline.core.problems import Problem"),
    ("pipeline.adapters.repository", "import os\nimport subprocess\nhome = os.environ['HOME']"),
    ("pipeline.snapshot", "from pipeline.adapters import documents\nfrom pipeline.core import reading"),
    (
        "pipeline.commands.check",
        "import sys\nfrom pipeline import snapshot\nfrom pipeline.adapters import pages\nprint(snapshot, sys.stderr)",
    ),
    ("pipeline.__main__", "import sys\nfrom pipeline.cli import main\nsys.exit(main())"),
]

FORBIDDEN = [
    ("pipeline.core.rules", "import yaml", 1, "leaves the outside library yaml to an adapter"),
    ("pipeline.core.rules", "from pipeline.adapters import schemas", 1, "may not import pipeline.adapters"),
    ("pipeline.core.rules", "import pipeline.snapshot", 1, "may not import pipeline.snapshot"),
    ("pipeline.core.rules", "def late():\n    import pipeline.cli", 2, "may not import pipeline.cli"),
    ("pipeline.core.rules", "from .model import Line", 1, "imports .model relatively; write the full name"),
    ("pipeline.core.rules", "import os.path", 1, "is pure and may not import os.path"),
    ("pipeline.core.rules", "from time import time", 1, "is pure and may not import time"),
    ("pipeline.core.rules", "print('x')", 1, "print in the pure core"),
    ("pipeline.core.rules", "def read(p):\n    return open(p)", 2, "open in the pure core"),
    ("pipeline.core.rules", "import io\nio.open('a')", 2, "open in the pure core"),
    ("pipeline.core.rules", "input()", 1, "input in the pure core"),
    ("pipeline.core.rules", "from datetime import datetime\nnow = datetime.now()", 2, "now in the pure core"),
    ("pipeline.core.rules", "import datetime\nnow = datetime.date.today()", 2, "today in the pure core"),
    ("pipeline.core.rules", "from pathlib import Path\nText = Path('a').read_text()", 2, "read_text in the pure core"),
    ("pipeline.core.rules", "import sys\nsys.argv", 2, "argv in the pure core"),
    ("pipeline.adapters.pages", "from pipeline.adapters import tables", 1, "may not import pipeline.adapters"),
    ("pipeline.adapters.pages", "import pipeline.adapters.tables", 1, "may not import pipeline.adapters.tables"),
    ("pipeline.adapters.pages", "from pipeline import snapshot", 1, "may not import pipeline"),
    ("pipeline.adapters.pages", "import sys\nsys.stdout.write('x')", 2, "only a command prints"),
    ("pipeline.snapshot", "import pandas", 1, "leaves the outside library pandas to an adapter"),
    ("pipeline.snapshot", "from pipeline.cli import main", 1, "may not import pipeline.cli"),
    ("pipeline.commands.check", "from pipeline.cli import main", 1, "may not import pipeline.cli"),
    ("pipeline.cli", "import git", 1, "leaves the outside library git to an adapter"),
    ("pipeline.helpers", "import json", 1, "has no place in the house"),
]


@pytest.mark.parametrize(("module", "source"), ALLOWED)
def test_an_arrow_that_points_downwards_is_allowed(module: str, source: str) -> None:
    known = {
        "pipeline.core.model": "",
        "pipeline.core.reading": "",
        "pipeline.adapters.documents": "",
        "pipeline.adapters.pages": "",
    }

    assert violations({**known, "pipeline.snapshot": "", module: source}) == []


@pytest.mark.parametrize(("module", "source", "line", "reason"), FORBIDDEN)
def test_every_other_arrow_and_worldly_act_is_named(module: str, source: str, line: int, reason: str) -> None:
    assert violations({module: source}) == [f"{module}:{line}: {reason}"]


def test_an_outside_library_has_one_adapter() -> None:
    sources = {"pipeline.adapters.tables": "import pandas", "pipeline.adapters.charts": "from pandas import DataFrame"}

    assert violations(sources) == ["pandas has several importers: pipeline.adapters.charts, pipeline.adapters.tables"]


def test_modules_are_named_by_their_place(tmp_path: Path) -> None:
    package = tmp_path / "pipeline"
    files = ["__init__.py", "cli.py", "core/__init__.py", "core/rules.py"]
    for name in files:
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).touch()

    assert sorted(package_sources(package)) == ["pipeline", "pipeline.cli", "pipeline.core", "pipeline.core.rules"]


def test_every_floor_that_exists_is_read() -> None:
    floors: Iterable[str | None] = {floor(module) for module in package_sources(PACKAGE)}

    assert {"pipeline.core", "pipeline.adapters"} <= set(floors)

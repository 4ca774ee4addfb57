"""The house of docs/explanation/architecture.md: who may import whom, and what the pure core may not do."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from pipeline.arguments import COMMANDS

PACKAGE = Path(__file__).resolve().parent.parent / "pipeline"

# Floor of the house -> the floors it may import from. A module that stands nowhere here has no place yet.
MAY_IMPORT: Mapping[str, frozenset[str]] = {
    "pipeline": frozenset(),
    "pipeline.core": frozenset({"pipeline.core"}),
    "pipeline.adapters": frozenset({"pipeline.core"}),
    "pipeline.flows": frozenset({"pipeline", "pipeline.core", "pipeline.adapters", "pipeline.flows"}),
    "pipeline.arguments": frozenset({"pipeline", "pipeline.core"}),
    # A command may use all below it; it prints, writes and returns the exit code, and never runs another command.
    "pipeline.commands": frozenset(
        {
            "pipeline",
            "pipeline.commands",
            "pipeline.core",
            "pipeline.adapters",
            "pipeline.flows",
            "pipeline.arguments",
        }
    ),
    "pipeline.cli": frozenset({"pipeline.core", "pipeline.adapters", "pipeline.flows", "pipeline.arguments"}),
    "pipeline.__main__": frozenset({"pipeline.cli"}),
}

# Room of the core -> the other rooms it may use. What a room may hold stands in its package docstring.
ROOMS: Mapping[str, frozenset[str]] = {
    "ground": frozenset(),
    "record": frozenset({"ground"}),
    "index": frozenset({"ground", "record"}),
    "survey": frozenset({"ground", "record", "index"}),
    "forms": frozenset({"ground", "record", "index"}),
    "rounds": frozenset({"ground", "record", "index"}),
    "publish": frozenset({"ground", "record", "index", "survey", "forms", "rounds"}),
}
MOST_NAMES = 11  # what `pipeline/` shows
MOST_LINES = 63927

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
        "relpath",
        "abspath",
    }
)
WORLD_ATTRIBUTES = frozenset({"environ", "argv", "stdin", "stdout", "stderr"})


def module_name(path: Path, package: Path) -> str:
    parts = [package.name, *path.relative_to(package).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def floor(module: str) -> str | None:
    """Return the floor a module of the package stands on, or None where it has no place."""
    for name in ("pipeline.core", "pipeline.adapters", "pipeline.flows", "pipeline.commands"):
        if module == name or module.startswith(f"{name}."):
            return name
    return next((name for name in MAY_IMPORT if name == module), None)


def room(module: str) -> str | None:
    """Return the room of the core that a module stands in; None outside the core."""
    parts = module.split(".")
    return parts[2] if parts[:2] == ["pipeline", "core"] and len(parts) > 2 else None


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
        before, after = room(module), room(target)
        if before and after != before and after not in ROOMS.get(before, frozenset()):
            return f"in the room {before} may not use {after}"
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


def test_the_package_shows_few_names() -> None:
    names = {path.name for path in PACKAGE.iterdir()} - {"__pycache__"}

    assert len(names) <= MOST_NAMES, sorted(names)


def test_the_core_has_its_rooms_and_each_says_what_may_enter() -> None:
    rooms = {path.name: path / "__init__.py" for path in (PACKAGE / "core").iterdir() if path.is_dir()}
    rooms.pop("__pycache__", None)

    assert set(rooms) == set(ROOMS)
    assert [name for name, file in rooms.items() if not ast.get_docstring(ast.parse(file.read_text("utf-8")))] == []


def twice(names: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return each name that stands in more than one place, with its places."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for name, place in names:
        places[name].append(place)
    return {name: sorted(found) for name, found in places.items() if len(found) > 1}


def test_a_class_name_and_a_file_stem_stand_once_in_the_core() -> None:
    sources = {module: text for module, text in package_sources(PACKAGE).items() if module.startswith("pipeline.core.")}
    classes = (
        (node.name, module)
        for module, text in sources.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ClassDef)
    )
    packages = {module.rpartition(".")[0] for module in sources}
    stems = ((module.rpartition(".")[2], module) for module in sources if module not in packages)

    assert twice(classes) == {}
    assert twice((stem, module) for stem, module in stems if stem != "common") == {}


def test_no_module_leads_back_to_itself() -> None:
    sources = package_sources(PACKAGE)
    known = frozenset(sources)
    arrows = {
        module: {target for _, target in imports(ast.parse(text), known) if target in known} - {module}
        for module, text in sources.items()
    }
    order: list[str] = []
    left = dict(arrows)
    while free := [module for module, targets in left.items() if not targets & set(left)]:
        order += free
        for module in free:
            del left[module]

    assert sorted(left) == []


def test_every_command_has_a_module_and_every_module_a_command() -> None:
    shared = {"__init__", "answers", "common"}

    named = {
        one.module or (f"{name}_{part}" if part else name).replace("-", "_")
        for name, one in COMMANDS.items()
        for part in one.parts or [""]
    }
    parts: defaultdict[str, set[str]] = defaultdict(set)
    for one in COMMANDS.values():
        parts[one.module] |= {f"run_{part}" for part in one.parts}

    assert set(named) == {path.stem for path in (PACKAGE / "commands").glob("*.py")} - shared
    for module in {one.module for one in COMMANDS.values()} - {""}:
        tree = ast.parse((PACKAGE / "commands" / f"{module}.py").read_text(encoding="utf-8"))
        found = {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name[:4] == "run_"}

        assert (module, found) == (module, parts[module])


@pytest.mark.parametrize("library", ["openpyxl", "numpy", "xlsxwriter", "jinja2", "icalendar", "cryptography"])
def test_a_command_loads_no_library_that_it_does_not_use(library: str) -> None:
    loaded = f"import sys; import pipeline.cli, pipeline.commands.check; print({library!r} in sys.modules)"

    assert (
        subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout == "False\n"
    )


ALLOWED = [
    (
        "pipeline.core.record.rules",
        "import decimal\nfrom collections.abc import Mapping\nfrom pipeline.core.record.model import Line",
    ),
    ("pipeline.core.record.rules", "from datetime import date\nday = date.fromisoformat('2024-12-05')"),
    ("pipeline.core.index.score_words", "import csv\nimport io\nrows = csv.writer(io.StringIO())"),
    ("pipeline.adapters.schemas", "import json\nimport jsonschema\nfrom pipeline.core.ground.problems import Problem"),
    ("pipeline.adapters.repository", "import os\nimport subprocess\nhome = os.environ['HOME']"),
    ("pipeline.flows.snapshot", "from pipeline.adapters import documents\nfrom pipeline.core.record import reading"),
    (
        "pipeline.commands.check",
        "import sys\nfrom pipeline.flows import snapshot\nfrom pipeline.adapters import pages\nprint(sys.stderr)",
    ),
    ("pipeline.__main__", "import sys\nfrom pipeline.cli import main\nsys.exit(main())"),
]

FORBIDDEN = [
    ("pipeline.core.record.rules", "import yaml", 1, "leaves the outside library yaml to an adapter"),
    ("pipeline.core.record.rules", "from pipeline.adapters import schemas", 1, "may not import pipeline.adapters"),
    ("pipeline.core.record.rules", "import pipeline.flows.snapshot", 1, "may not import pipeline.flows.snapshot"),
    ("pipeline.core.record.rules", "def late():\n    import pipeline.cli", 2, "may not import pipeline.cli"),
    ("pipeline.core.record.rules", "from .model import Line", 1, "imports .model relatively; write the full name"),
    ("pipeline.core.record.rules", "import os.path", 1, "is pure and may not import os.path"),
    ("pipeline.core.record.rules", "from time import time", 1, "is pure and may not import time"),
    ("pipeline.core.record.rules", "print('x')", 1, "print in the pure core"),
    ("pipeline.core.record.rules", "def read(p):\n    return open(p)", 2, "open in the pure core"),
    ("pipeline.core.record.rules", "import io\nio.open('a')", 2, "open in the pure core"),
    ("pipeline.core.record.rules", "input()", 1, "input in the pure core"),
    ("pipeline.core.record.rules", "from datetime import datetime\nnow = datetime.now()", 2, "now in the pure core"),
    ("pipeline.core.record.rules", "import datetime\nnow = datetime.date.today()", 2, "today in the pure core"),
    ("pipeline.core.record.rules", "import pathlib\npathlib.Path('a').read_text()", 2, "read_text in the pure core"),
    ("pipeline.core.record.rules", "import sys\nsys.argv", 2, "argv in the pure core"),
    ("pipeline.core.record.rules", "import posixpath\nposixpath.relpath('a')", 2, "relpath in the pure core"),
    ("pipeline.adapters.pages", "from pipeline.adapters import tables", 1, "may not import pipeline.adapters"),
    ("pipeline.adapters.pages", "import pipeline.adapters.tables", 1, "may not import pipeline.adapters.tables"),
    ("pipeline.adapters.pages", "from pipeline import snapshot", 1, "may not import pipeline"),
    ("pipeline.adapters.pages", "import sys\nsys.stdout.write('x')", 2, "only a command prints"),
    ("pipeline.flows.snapshot", "import pandas", 1, "leaves the outside library pandas to an adapter"),
    ("pipeline.flows.snapshot", "from pipeline.cli import main", 1, "may not import pipeline.cli"),
    ("pipeline.commands.check", "from pipeline.cli import main", 1, "may not import pipeline.cli"),
    ("pipeline.cli", "import yaml", 1, "leaves the outside library yaml to an adapter"),
    ("pipeline.core.ground.text", "import pipeline.core.record.model", 1, "in the room ground may not use record"),
    ("pipeline.core.forms.asking", "import pipeline.core.publish.scene", 1, "in the room forms may not use publish"),
    ("pipeline.core.helpers", "import pipeline.core.ground.text", 1, "in the room helpers may not use ground"),
    ("pipeline.helpers", "import json", 1, "has no place in the house"),
]


@pytest.mark.parametrize(("module", "source"), ALLOWED)
def test_an_arrow_that_points_downwards_is_allowed(module: str, source: str) -> None:
    known = {
        "pipeline.core.record.model": "",
        "pipeline.core.record.reading": "",
        "pipeline.adapters.documents": "",
        "pipeline.adapters.pages": "",
    }

    assert violations({**known, "pipeline.flows.snapshot": "", module: source}) == []


@pytest.mark.parametrize(("module", "source", "line", "reason"), FORBIDDEN)
def test_every_other_arrow_and_worldly_act_is_named(module: str, source: str, line: int, reason: str) -> None:
    assert violations({module: source}) == [f"{module}:{line}: {reason}"]


def test_an_outside_library_has_one_adapter() -> None:
    sources = {"pipeline.adapters.tables": "import pandas", "pipeline.adapters.charts": "from pandas import DataFrame"}

    assert violations(sources) == ["pandas has several importers: pipeline.adapters.charts, pipeline.adapters.tables"]


def test_modules_are_named_by_their_place(tmp_path: Path) -> None:
    package = tmp_path / "pipeline"
    files = ["__init__.py", "cli.py", "core/__init__.py", "core/record/x.py"]
    for name in files:
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).touch()

    assert sorted(package_sources(package)) == ["pipeline", "pipeline.cli", "pipeline.core", "pipeline.core.record.x"]


def test_every_floor_that_exists_is_read() -> None:
    floors: Iterable[str | None] = {floor(module) for module in package_sources(PACKAGE)}

    assert {"pipeline.core", "pipeline.adapters", "pipeline.flows", "pipeline.commands"} <= set(floors)


def test_the_program_stays_small_enough_to_be_read() -> None:
    lines = sum(len(path.read_bytes().splitlines()) for path in PACKAGE.rglob("*.py"))

    assert lines <= MOST_LINES, "one row with all its faces, a table for a ladder, a library for our own code"

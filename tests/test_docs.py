"""The documents tell the truth: whatever exists is in the reference, whatever is named exists.

That the commands of the pages run: `test_docs_commands`.
"""

from __future__ import annotations

import argparse
import ast
import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, RunCommand

from pipeline import VERSION
from pipeline.adapters.messages import LANGUAGES
from pipeline.arguments import parser
from pipeline.core.record.rules import RULES
from pipeline.core.record.stages import KIND_OF, SURVEY
from pipeline.flows.wording import load_labels

STAGES = tuple(KIND_OF)

DOCS = ROOT / "docs"
READMES = (ROOT / "README.md", ROOT / "README.vi.md")
PROJECT = tuple(ROOT / f"{name}.md" for name in ("CHANGELOG", "CONTRIBUTING", "SECURITY"))
PAGES = (*READMES, *PROJECT, *sorted(DOCS.rglob("*.md")))
SCHEMAS = sorted((ROOT / "schemas" / "v1").glob("*.schema.json"))

FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
WORD = re.compile(r"[A-Za-z0-9_-]+")
COMMAND = re.compile(r"\bparindex ((?:--\w+ \w+ )*)([a-z][a-z-]*)")

# The words of the field; each one in code and data has a line in the glossary.
TERMS = [
    *("cycle", "year", "agency", "body", "criterion", "leaf", "out_of", "rule", "stage", "line", "evidence"),
    *("not_applicable", "group", "survey", "sipas", "score", "points", "index", "rank", "grade"),
    *("amendment", "seal", "approval", "problem", "change", "form"),
]


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def page(name: str) -> str:
    return read(DOCS / "reference" / name)


def sections(text: str) -> dict[str, str]:
    """Return the text under each second-level heading by the code that the heading names."""
    found = {}
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        heading, _, body = part.partition("\n")
        named = CODE.search(heading)
        if named:
            found[named[1]] = body
    return found


def coded_words(text: str) -> set[str]:
    """Return every word that a text shows as code, in line or in a block."""
    blocks = FENCE.findall(text)
    spans = CODE.findall(FENCE.sub("", text))
    return {word for code in (*blocks, *spans) for word in WORD.findall(code)}


@functools.cache
def commands() -> dict[str, argparse.ArgumentParser]:
    top = parser(load_labels("vi"), LANGUAGES)
    sub = next(action for action in top._actions if isinstance(action, argparse._SubParsersAction))
    return dict(sub.choices)


def names_of(made: argparse.ArgumentParser) -> Iterator[str]:
    """Yield what a person can type: options, arguments and the values they choose from."""
    for action in made._actions:
        if not isinstance(action, argparse._HelpAction | argparse._SubParsersAction):
            yield from action.option_strings or [str(action.metavar)]
            yield from (str(choice) for choice in action.choices or ())


def test_every_command_has_its_section_and_no_other_command_has_one() -> None:
    assert sorted(commands()) == sorted(sections(page("commands.md")))


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_option_and_choice_of_a_command_is_in_its_section(name: str) -> None:
    told = coded_words(sections(page("commands.md"))[name])

    assert [word for word in names_of(commands()[name]) if word not in told] == []


def test_every_option_of_all_commands_is_in_the_reference() -> None:
    told = coded_words(page("commands.md"))

    assert [word for word in names_of(parser(load_labels("vi"), LANGUAGES)) if word not in told] == []


def sessions() -> list[str]:
    tree = ast.parse(read(ROOT / "noxfile.py"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return [f.name for f in functions if any("session" in ast.unparse(mark) for mark in f.decorator_list)]


@pytest.mark.parametrize("path", [DOCS / "reference" / "commands.md", *READMES], ids=lambda path: path.name)
def test_every_session_of_the_noxfile_is_told(path: Path) -> None:
    assert [name for name in sessions() if f"| `{name}` |" not in read(path)] == []


def test_every_rule_type_has_its_section_and_no_other_has_one() -> None:
    assert sorted(RULES) == sorted(sections(page("rules.md")))


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_parameter_of_a_rule_is_in_its_section(name: str) -> None:
    schema = json.loads(read(ROOT / "schemas" / "v1" / "criteria.schema.json"))["$defs"][name]
    told = coded_words(sections(page("rules.md"))[name])

    assert [word for word in property_names(schema) if word not in told] == []


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_rule_type_has_its_words(language: str) -> None:
    assert [name for name in RULES if not load_labels(language).has(f"rule.{name}")] == []


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_cure_of_a_misshapen_answer_tells_the_form_of_every_rule_type_that_is_answered(language: str) -> None:
    told = re.findall(r"\w+", load_labels(language).text("problems.answer-not-of-rule.help"))

    assert [name for name, rule in RULES.items() if rule.answered and name not in told] == []


@pytest.mark.parametrize("listing", ["formats.md", "../how-to/neu-diem-khac-di.md"])
def test_every_page_that_lists_the_rule_types_names_them_all(listing: str) -> None:
    assert [name for name in RULES if name not in coded_words(page(listing))] == []


def property_names(schema: Any) -> Iterator[str]:
    """Yield every name that a schema defines, wherever it stands."""
    if isinstance(schema, dict):
        properties = schema.get("properties")
        if isinstance(properties, dict):
            yield from (name for name, value in properties.items() if value is not False)
        for value in schema.values():
            yield from property_names(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from property_names(value)


@pytest.mark.parametrize("stage", [*STAGES, SURVEY])
def test_every_stage_is_in_the_reference_with_its_name(stage: str) -> None:
    assert f"| `{stage}` | {load_labels('vi').text(f'stage.{stage}')} |" in page("stages.md")


def kind_of(path: Path) -> str:
    return path.name.removesuffix(".schema.json")


@pytest.mark.parametrize("path", SCHEMAS, ids=kind_of)
def test_every_field_of_a_kind_of_file_is_in_its_section(path: Path) -> None:
    told = coded_words(sections(page("data.md"))[kind_of(path)])
    if kind_of(path) == "criteria":  # parameters of rules stand with the rules
        told |= coded_words(page("rules.md"))

    assert [name for name in property_names(json.loads(read(path))) if name not in told | {"format"}] == []


@pytest.mark.parametrize("term", TERMS)
def test_every_word_of_the_field_is_in_the_glossary(term: str) -> None:
    first_cells = [line.split("|")[1] for line in page("glossary.md").splitlines() if line.startswith("| ")]

    assert term in {word for cell in first_cells for word in WORD.findall(cell)}


@pytest.mark.parametrize(
    "arguments",
    [
        ["check"],
        ["score", "--year", "2024"],
        ["explain", "cuc-thue", "--year", "2024"],
        ["explain", "cuc-thue", "1", "--year", "2024"],
        ["whatif", "cuc-thue", "--year", "2024", "--set", "1.1.1=1", "--reach", "xuat-sac"],
    ],
    ids=" ".join,
)
def test_every_key_of_an_answer_in_json_is_told(run_command: RunCommand, arguments: list[str]) -> None:
    answer = json.loads(run_command("--repo", str(ROOT), *arguments, "--format", "json").stdout)
    told = coded_words(page("formats.md"))

    assert sorted(keys(answer) - told) == []


def keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*(keys(inner) for inner in value.values()))
    return set().union(*(keys(inner) for inner in value)) if isinstance(value, list) else set()


def test_every_column_of_the_table_in_csv_is_told(run_command: RunCommand) -> None:
    answer = run_command("--repo", str(ROOT), "score", "--year", "2024", "--format", "csv").stdout

    assert [name for name in answer.splitlines()[0].split(",") if name not in coded_words(page("formats.md"))] == []


FOLDERS = {
    **{f"`{room}`": f"core/{room}" for room in ("ground", "record", "index", "survey", "forms", "rounds", "publish")},
    "Các luồng": "flows",
    "Các bộ nối": "adapters",
}


@pytest.mark.parametrize("heading", FOLDERS)
def test_every_module_has_its_line_in_the_house(heading: str) -> None:
    """Each room of the core, the flows and the adapters: a module by its name, a package by its own."""
    house = read(DOCS / "explanation" / "architecture.md")
    section = re.split(r"^#", re.split(rf"^##+ {heading}$", house, flags=re.MULTILINE)[1], flags=re.MULTILINE)[0]
    entries = (ROOT / "pipeline" / FOLDERS[heading]).iterdir()

    assert sorted(re.findall(r"^\| `([a-z_]+)` \|", section, re.MULTILINE)) == sorted(
        entry.stem for entry in entries if entry.suffix in {"", ".py"} and not entry.name.startswith("_")
    )


def test_every_room_of_the_core_has_its_line_in_the_house() -> None:
    rooms = [folder.name for folder in (ROOT / "pipeline" / "core").iterdir() if not folder.name.startswith("_")]

    assert sorted(rooms) == sorted(path.removeprefix("core/") for path in FOLDERS.values() if path.startswith("core/"))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    links = LINK.findall(FENCE.sub("", read(path)))

    assert [link for link in links if not leads_somewhere(path, link)] == []


def leads_somewhere(path: Path, link: str) -> bool:
    target, _, anchor = link.partition("#")
    if target.startswith(("https://", "http://")):
        return True
    file = path.parent / target if target else path
    headings = re.findall(r"^#+ (.+)$", read(file), re.MULTILINE) if anchor and file.is_file() else []
    return file.exists() and (not anchor or anchor in {heading.strip("`").lower() for heading in headings})


@pytest.mark.parametrize("path", sorted(DOCS.rglob("*.md")), ids=lambda path: str(path.relative_to(DOCS)))
def test_no_document_points_out_of_the_documents_since_the_site_copies_them(path: Path) -> None:
    links = [link.partition("#")[0] for link in LINK.findall(FENCE.sub("", read(path))) if "://" not in link]

    assert [link for link in links if not (path.parent / link).resolve().is_relative_to(DOCS)] == []


def test_every_page_is_reached_from_the_first_one() -> None:
    seen: set[Path] = set()
    waiting = [DOCS / "index.md"]
    while waiting:
        here = waiting.pop()
        if here in seen:
            continue
        seen.add(here)
        targets = (link.partition("#")[0] for link in LINK.findall(FENCE.sub("", read(here))) if "://" not in link)
        waiting += [(here.parent / target).resolve() for target in targets if target.endswith(".md")]

    assert sorted(DOCS.rglob("*.md")) == sorted(seen)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_commands_that_exist_are_named(path: Path) -> None:
    code = "\n".join([*FENCE.findall(read(path)), *CODE.findall(FENCE.sub("", read(path)))])

    assert [name for _, name in COMMAND.findall(code) if name not in commands()] == []


def test_every_kind_of_file_is_in_the_english_reference_with_a_path_of_its_own() -> None:
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in page("data.en.md").splitlines() if "| `" in row]
    places = {row[0].strip("`"): row[1] for row in rows if len(row) == 3}
    kinds = {path.name.removesuffix(".schema.json") for path in SCHEMAS}

    vietnamese = re.findall(r"data/[^`<]*(?:<năm>[^`<]*)?", page("data.md").replace("<year>", "<năm>"))
    paths = [found[0][1:] for place in places.values() if (found := re.match("`data/[^`<]*(?:<year>[^`<]*)?", place))]

    assert kinds - places.keys() == set()
    assert [path for path in paths if path.replace("<year>", "<năm>") not in vietnamese] == []


def test_the_newest_release_of_the_changelog_is_the_version_of_the_program() -> None:
    sections = re.findall(r"^## (.+)$", read(ROOT / "CHANGELOG.md"), re.MULTILINE)
    releases = [re.fullmatch(r"\[(\d+)\.(\d+)\.(\d+)\] - 20\d\d-\d\d-\d\d", section) for section in sections[1:]]
    numbers = [tuple(map(int, release.groups())) for release in releases if release]

    assert sections[0] == "[Unreleased]"
    assert None not in releases
    assert numbers == sorted(set(numbers), reverse=True)
    assert [".".join(map(str, number)) for number in numbers[:1]] in ([], [VERSION])

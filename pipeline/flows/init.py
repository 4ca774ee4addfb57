"""The beginning of a repository: answers and an office's tables become its files, and these its first signed commits.

The first commit is access.yml alone, the founding from which guard judges. Guard takes rules only alone, and
`.gitattributes` not beside data, so the rest are three commits, approved in one review. Decision 0051.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from pipeline.adapters import documents
from pipeline.adapters.messages import LANGUAGES
from pipeline.adapters.program import program_files, starter, starter_files
from pipeline.adapters.repository import Repository, Tree
from pipeline.core.forms.read_tables import TakenIn
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.nodes import dict_of, plain
from pipeline.core.ground.problems import Problem, has_errors
from pipeline.core.ground.text import MAIN, to_json
from pipeline.core.record import beginning, layout
from pipeline.core.record.access import PATH as ACCESS
from pipeline.core.record.beginning import Answers
from pipeline.core.record.editing import Changes
from pipeline.core.record.editor_schemas import editor_schemas, patterns
from pipeline.core.rounds.commits import EMPTY_TREE, Moment, commit_bytes
from pipeline.flows import writing
from pipeline.flows.office_tables import in_braces, take_in
from pipeline.flows.signing import write_signed
from pipeline.flows.snapshot import Readings, Snapshot, fields_of, read, schemas_in
from pipeline.flows.wording import load_labels

KINDS: Final = ("bodies", "agencies", "criteria")  # of table, each read beside those before it
# Git names the criterion above each part of a difference.
HUNK: Final = {"diff.parindex.xfuncname": r'^ *("?[0-9]+(\.[0-9]+)*"?:).*$'}
NOTHING: Final = Tree({}, None, None, None)
_SITE: Final = f"{layout.DATA}site.yml"
_ON_A_SERVER: Final = (".ci/hooks/pre-receive", ".ci/hooks/post-receive", ".ci/register")
_STARTED: Final = (*_ON_A_SERVER, "start/gui-hop-thu.command", "start/gui-hop-thu.desktop")


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a new repository holds, what is said of the tables it was made of, and what is wrong in it."""

    data: Mapping[str, bytes]
    around: Mapping[str, bytes]  # the files around the data; none where something is wrong
    editor: Mapping[str, bytes]  # those of them that git leaves alone
    taken: Mapping[str, TakenIn]  # what became of each table, by its kind
    problems: tuple[Problem, ...]


def begin(
    answers: Answers, keys: Mapping[str, str], tables: Mapping[str, tuple[str, bytes]], *, day: str, labels: Labels
) -> Beginning:
    """Make everything that a new repository holds.

    Args:
        tables: name and bytes of each table at hand, by its kind.
        labels: the words of the one who asks; what goes into files is in the main language.
    """
    year, readings, words = answers["year"]["name"], Readings(), load_labels(MAIN)
    paths = {kind: f"{layout.DATA}bodies.yml" if kind == "bodies" else layout.path_of(year, kind) for kind in KINDS}
    calendar = beginning.calendar_of(year, _value(starter("data/calendar.yml")))
    people: Changes = {("people",): beginning.people_of(answers, keys, day)}
    files = {
        ACCESS: writing.edit(starter("data/access.yml"), people),
        _SITE: writing.dump(beginning.site_of(answers)),
        f"{layout.DATA}calendar.yml": _marked("calendar", writing.dump(calendar), words),
        paths["bodies"]: writing.dump(beginning.bodies_of(answers, {})),
    }
    taken: dict[str, TakenIn] = {}
    for kind, file in tables.items():
        known = read(NOTHING.with_files(files), readings)
        taken[kind] = take_in(kind, known, year, file=file, labels=labels, readings=readings)
        if data := taken[kind].data:
            listed = beginning.bodies_of(answers, _value(data)["bodies"]) if kind == "bodies" else None
            files[paths[kind]] = data if listed is None else writing.dump(listed)
    for kind in (kind for kind in KINDS if paths[kind] not in files):
        monitor: Changes = {("criteria", "1", "monitor"): answers["office"]["id"]} if kind == "criteria" else {}
        files[paths[kind]] = writing.edit(starter(f"data/{kind}.yml"), monitor)
    criteria, usual = _value(files[paths["criteria"]])["criteria"], _value(starter("data/cycle.yml"))
    cycle = writing.dump(beginning.cycle_of(answers, usual, criteria), braces=in_braces)
    files[layout.path_of(year, "cycle")] = _marked("cycle", cycle, words)
    snapshot = read(NOTHING.with_files(files), readings)
    fields = fields_of(snapshot.tree)
    refused = any(one.data is None for one in taken.values())
    around, editor = ({}, {}) if refused or has_errors(snapshot.problems) else _around(snapshot, answers, labels)
    return Beginning(
        data={path: writing.tidy(files[path], fields.of(layout.place(path))) for path in sorted(files)},
        around=around,
        editor=editor,
        taken=taken,
        problems=() if refused else snapshot.problems,
    )


def _value(data: bytes) -> dict[str, Any]:
    """Return what a file says that reads without errors."""
    root = documents.read("", data).root
    return dict_of(None if root is None else plain(root))


def _marked(kind: str, data: bytes, words: Labels) -> bytes:
    """Return a file with a comment at its top that a person has to decide about something."""
    return f"# {words.text('table.mark', text=words.text(f'init.mark.{kind}'))}\n".encode() + data


def _around(snapshot: Snapshot, answers: Answers, labels: Labels) -> tuple[Mapping[str, bytes], Mapping[str, bytes]]:
    """Return the files around the data, and those of them that git leaves alone: the schemas of the year."""
    year, forge = snapshot.world.years[answers["year"]["name"]], answers["forge"]
    folder = f".vscode/ky-{year.name}"
    schemas = editor_schemas(schemas_in(snapshot.tree), snapshot.world, year, labels)
    settings = {**json.loads(starter("settings.json")), "yaml.schemas": patterns(f"./{folder}", schemas, year)}
    around = {
        **starter_files("all"),
        **starter_files(forge),
        **{path: data for path, data in program_files(".ci").items() if path in _ON_A_SERVER},
        **program_files("start"),
        **{
            f"README.{language}.md".replace(f".{MAIN}.", "."): _readme(answers, load_labels(language))
            for language in snapshot.world.identity.languages or LANGUAGES
        },
        ".vscode/settings.json": to_json(settings).encode(),
    }
    return around, {f"{folder}/{name}.schema.json": to_json(one).encode() for name, one in schemas.items()}


def _readme(answers: Answers, words: Labels) -> bytes:
    said = {"index": answers["index"], "of": answers["of"], "office": answers["office"]["name"]}
    named = {key: text if isinstance(text, str) else text.get(words.language, text[MAIN]) for key, text in said.items()}
    ending = words.text("init.readme.server" if answers["forge"] == "server" else "init.readme.forge")
    return f"{words.text('init.readme.text', **named, year=answers['year']['name'])}\n\n{ending}\n".encode()


def record(repository: Repository, begun: Beginning, author: str, key: Path, at: Moment) -> str:
    """Write the first commits, each signed, into a new repository and its folder, and return the founding.

    Raises:
        ParindexError: The key cannot sign, or the folder cannot be written.
    """
    words, made = load_labels(MAIN), list[str]()
    rules = {path: data for path, data in begun.data.items() if path not in (ACCESS, _SITE)}
    access, site = ({path: begun.data[path]} for path in (ACCESS, _SITE))
    for word, files in {"access": access, "rules": rules, "site": site, "program": begun.around}.items():
        executable = [path for path in files if path in _STARTED]
        parent, message = (made[-1] if made else None), f"{words.text(f'init.commit.{word}')}\n"
        tree = repository.tree_with(parent or EMPTY_TREE, files, executable)
        made.append(write_signed(repository, key, partial(commit_bytes, tree, parent, author, at, message=message)))
    repository.check_out(made[-1])
    return made[0]

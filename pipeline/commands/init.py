"""The command init: a repository of one's own, from answers in a file or on the terminal, whole or not at all."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from decimal import Decimal
from os.path import realpath
from pathlib import Path
from typing import Final, Literal

from pipeline.adapters import documents, signatures
from pipeline.adapters.program import starter
from pipeline.adapters.repository import new_repository
from pipeline.commands.common import new_folder, now, read_file, write, write_below
from pipeline.core.ground import problem_words
from pipeline.core.ground.characters import MAX_BYTES
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.nodes import Pointer, Scalar, walk
from pipeline.core.ground.problems import ParindexError
from pipeline.core.record.beginning import PEOPLE, Answers
from pipeline.core.record.editing import DELETE, Delete, Writable
from pipeline.core.record.joining import git_settings
from pipeline.flows import writing
from pipeline.flows.init import HUNK, KINDS, NOTHING, Beginning, begin, record
from pipeline.flows.office_tables import MAX_BYTES as MOST_OF_A_TABLE
from pipeline.flows.snapshot import judged

_SAMPLE: Final = "answers.yml"
_NONE: Final = "-"  # typed where the cycle has no such stage
_YES: Final = frozenset({"true", "yes", "y", "có", "co", "c"})
_PUBLIC: Final = "ssh-ed25519 "  # how a public key begins that was typed instead of a file's name
_NO_KEY_YET: Final = f"{_PUBLIC}AAAAC3NzaC1lZDI1NTE5AAAAI{'A' * 42}"  # all else is judged before a key is made

Keys = Mapping[str, tuple[str, Path | None]]  # who -> the public key, and its file where one was named


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Print the sample of the answers, or make a repository of them and tell what is left to do."""
    if options.sample_answers:
        sys.stdout.write(_sample(labels))
        return 0
    if options.folder is None:
        raise ParindexError("init-no-folder")
    folder = Path(options.folder).absolute()
    if folder == Path.cwd() or folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise ParindexError("init-folder-taken", path=options.folder)
    source = Path(options.answers) if options.answers else folder.with_name(f"{folder.name}.answers.yml")
    data = read_file(source, MAX_BYTES + 1) if options.answers else _asked(labels)
    answers, problems = judged("answers", (source.name, data), NOTHING)
    if answers is not None:
        keys = _keys(answers, source, folder)
        missing = {who: path for who, (key, path) in keys.items() if path and key.startswith(_NO_KEY_YET)}
        if missing and not (options.no_passphrase or sys.stdin.isatty()):
            raise ParindexError("join-no-terminal")
        begun = _begun(answers, keys, source, labels)
        problems = begun.problems
        sys.stdout.write("".join(one.told for one in begun.taken.values()))
        if begun.around:
            for who, path in missing.items():
                signatures.make_key(path, answers["people"][who]["email"], ask=not options.no_passphrase)
                print(labels.text(f"init.key.{who}", path=path))
            keys = _keys(answers, source, folder)
            founding = _written(folder, answers, keys, _begun(answers, keys, source, labels) if missing else begun)
            _tell(folder, answers, begun, founding, labels=labels)
            return 0
    sys.stdout.write(problem_words.problems_text(problems, labels))
    if not options.answers:
        write(source, data)
    print(labels.text("init.refused", path=source, folder=options.folder))
    return 1


def _begun(answers: Answers, keys: Keys, source: Path, labels: Labels) -> Beginning:
    """Return what the answers and the tables that they name make; a table's path is seen from the answers' file."""
    paths = {kind: source.parent / name for kind in KINDS if (name := answers.get("tables", {}).get(kind))}
    tables = {kind: (path.name, read_file(path, MOST_OF_A_TABLE + 1)) for kind, path in paths.items()}
    return begin(answers, {who: key for who, (key, _) in keys.items()}, tables, day=now().day, labels=labels)


def _leaves() -> Iterator[tuple[Pointer, Scalar, str]]:
    """Yield each answer of the sample: its place, its node, the name of its words; all but the form's version."""
    root = documents.read(_SAMPLE, starter(_SAMPLE)).root
    for pointer, node in walk(root) if root is not None else ():
        if isinstance(node, Scalar) and pointer != ("format",):
            yield pointer, node, f"init.ask.{'.'.join(map(str, pointer))}"


def _sample(labels: Labels) -> str:
    """Return the sample with a comment above each answer."""
    lines = starter(_SAMPLE).decode().split("\n")
    for pointer, node, name in reversed([*_leaves()]):
        lines.insert(node.line - 1, f"{'  ' * (len(pointer) - 1)}# {labels.text(name)}")
    return labels.text("init.sample") + "\n".join(lines)


def _asked(labels: Labels) -> bytes:
    """Return the file of the answers that a person gives on the terminal; Enter takes the sample's."""
    if not sys.stdin.isatty():
        raise ParindexError("init-no-terminal")
    changes: dict[Pointer, Writable | Literal[Delete.DELETE]] = {}
    try:
        for pointer, node, name in _leaves():
            if pointer[:-1] in changes:
                continue
            typed = input(f"{labels.text(name)} [{node.text}]: ").strip()
            if typed == _NONE and pointer[0] == "stages":
                changes[pointer[:-1]] = DELETE
            elif typed and isinstance(node.value, bool):
                changes[pointer] = typed.casefold() in _YES
            elif typed:
                changes[pointer] = Decimal(typed) if isinstance(node.value, Decimal) and typed.isdecimal() else typed
        return writing.edit(starter(_SAMPLE), changes)
    except EOFError as error:
        raise ParindexError("init-no-terminal") from error
    except ValueError as error:
        raise ParindexError("init-unfit") from error


def _keys(answers: Answers, source: Path, folder: Path) -> Keys:
    """Return each person's key: typed, in a file, or one that stands for a file which is not there yet."""
    made: dict[str, tuple[str, Path | None]] = {}
    for who in PEOPLE:
        typed = answers["people"][who]["key"]
        path = (Path.home() / typed[2:] if typed.startswith("~/") else source.parent / typed).absolute()
        real = realpath(path)
        if Path(real).is_relative_to(realpath(folder)):
            raise ParindexError("init-key-inside", path=str(path))
        try:
            public = typed.startswith(_PUBLIC)
            made[who] = (" ".join(typed.split()[:2]), None) if public else (signatures.public_key(path), path)
        except ParindexError as error:
            if error.code != "no-key" or path.suffix == ".pub" or path.is_dir():
                raise
            same = realpath(made.get("writer", ("", path))[1] or "") == real
            made[who] = f"{_NO_KEY_YET}{'A' if same else 'B'}", path
    if made["writer"][1] is None:
        raise ParindexError("init-no-private-key")
    return made


def _written(folder: Path, answers: Answers, keys: Keys, begun: Beginning) -> str:
    """Write the repository beside its place, put it there, and return its founding."""
    person, path = answers["people"]["writer"], keys["writer"][1] or folder
    signing = path if path.exists() else Path(f"{path}.pub")
    with new_folder(folder) as new:
        repository = new_repository(new)
        founding = record(repository, begun, f"{person['id']} <{person['email']}>", signing, now())
        own = git_settings(person["id"], person["email"], str(signing))
        repository.configure({**own, **HUNK, "parindex.founding": founding})
        write_below(new, begun.editor)
    return founding


def _tell(folder: Path, answers: Answers, begun: Beginning, founding: str, *, labels: Labels) -> None:
    """Tell what was made, what people have to decide, and the commands that are left, each for whom."""
    year, reviewer = answers["year"]["name"], answers["people"]["reviewer"]
    print(labels.text("init.done", path=folder, founding=founding))
    for code in ("cycle", "calendar", *(kind for kind in KINDS[1:] if kind not in begun.taken)):
        print(f"- {labels.text(f'init.decide.{code}', year=year)}")
    if undecided := sum(one.undecided for one in begun.taken.values()):
        print(f"- {labels.text('init.decide.undecided', count=undecided)}")
    print(labels.text(f"init.next.{'server' if answers['forge'] == 'server' else 'forge'}", founding=founding))
    print(labels.text("init.next.writer", folder=folder))
    print(labels.text("init.next.reviewer", founding=founding, person=reviewer["id"], email=reviewer["email"]))

"""Whatever is done to a valid file, `check` names what is wrong in words of both languages and never fails."""

from __future__ import annotations

import copy
import json
import os
import random
import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from tiny import EXAMPLES, ROOT, SCHEMAS, TINY_FILES

from pipeline.adapters import documents
from pipeline.adapters.messages import LANGUAGES
from pipeline.adapters.repository import File, Tree, blob_id
from pipeline.adapters.schemas import compile_schemas
from pipeline.core.ground import problem_words
from pipeline.core.ground.nodes import plain
from pipeline.core.record import layout
from pipeline.core.record.stages import KIND_OF
from pipeline.flows.snapshot import Readings, Snapshot, read
from pipeline.flows.wording import load_labels

MANY = int(os.environ.get("PARINDEX_MUTANTS", "600"))  # of all kinds of files together
SEEDS = 6
LABELS = [load_labels(language) for language in LANGUAGES]

# What a value may become: of the wrong type, too long, too many, ill written, empty, or what has broken something.
VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        "",
        " ",
        "\n\n# …\n",
        " a",
        "a\nb",
        "…",
        "x" * 5000,
        "{",
        "%s {title}",
        "0,5",
        "2024-02-30",
        "31/12/2024",
    ),
    *(0, -1, 1, 1.5, 10**30, [], {}, [None], [[]], {"a": {}}, {"": ""}, {"a b": "c"}, [{}], {"vi": ""}, {"en": "x"}),
    *("https://10.0.0.1/%0d%0a", "a" * 61, ["a"] * 600, {f"k{number}": number for number in range(600)}, "­"),
)
KEYS = (
    "",
    " ",
    "1",
    "1.01",
    "vi",
    "score",
    "key",
    "…" * 40,
    "x" * 300,
    "{where}",
    "a: b",
    "nul",
    "type",
    "not_applicable",
)


def holders(value: Any) -> Iterator[Any]:
    """Yield every mapping and list of a value that has something in it."""
    if isinstance(value, dict | list):
        if value:
            yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from holders(inner)


def drop(value: Any, at: Any, chance: random.Random) -> None:
    del value[at]


def replace(value: Any, at: Any, chance: random.Random) -> None:
    value[at] = copy.deepcopy(chance.choice(VALUES))


def rename(value: Any, at: Any, chance: random.Random) -> None:
    moved = value.pop(at)
    if isinstance(value, dict):
        value[chance.choice(KEYS)] = moved


def add(value: Any, at: Any, chance: random.Random) -> None:
    if isinstance(value, dict):
        value[chance.choice(KEYS)] = copy.deepcopy(chance.choice(VALUES))
    else:
        value.append(copy.deepcopy(chance.choice(VALUES)))


def nest(value: Any, at: Any, chance: random.Random) -> None:
    value[at] = [value[at]] if chance.random() < 0.5 else {"a": value[at]}


def empty(value: Any, at: Any, chance: random.Random) -> None:
    value.clear()


WAYS: tuple[Callable[[Any, Any, random.Random], None], ...] = (
    drop,
    drop,
    replace,
    replace,
    replace,
    rename,
    add,
    nest,
    empty,
)


# A valid file of each kind that the tiny world lacks.
MORE = {
    "data/access.yml": "access",
    "data/analysis.yml": "analysis",
    "data/site.yml": "site",
    "data/concordance.yml": "concordance",
    "data/2024/survey/moments/sipas.yml": "moments",
    "data/2024/dossiers/co-quan-a.yml": "dossiers",
    "data/2024/documents.yml": "documents",
    "data/2024/issued/self-assessment.yml": "issued",
    "data/2024/seals/survey.yml": "seal",
    "data/2024/appraisal-1/co-quan-a/so-noi-vu.yml": "appraisal-part",
}
FILES = {
    **TINY_FILES,
    **{path: min((EXAMPLES / "valid" / kind).glob("*.yml")).read_bytes() for path, kind in MORE.items()},
}


def test_every_kind_of_file_that_stands_in_data_is_changed() -> None:
    kinds = {schema(path) for path in FILES if layout.place(path)}
    schemas = {path.name.partition(".")[0] for path in (ROOT / "schemas/v1").iterdir()}

    # Answers, a mapping of columns and what a form says as its signed digest has it stay outside data.
    assert schemas - {"answers", "common", "content", "mapping"} == kinds


def schema(path: str) -> str | None:
    """Return the schema of a file, its stage one of the usual five."""
    place = layout.place(path)
    return layout.schema_of(place, KIND_OF.get(place.stage or "")) if place is not None else None


@cache
def content(path: str) -> Any:
    root = documents.read(path, FILES[path]).root
    assert root is not None
    return json.loads(json.dumps(plain(root), default=float))


def mutant(path: str, chance: random.Random) -> bytes:
    """Return a file after one to three changes, as JSON, which YAML reads as well."""
    value = copy.deepcopy(content(path))
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        found = list(holders(value))
        if found:
            holder = chance.choice(found)
            at = chance.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
            chance.choice(WAYS)(holder, at, chance)
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


READINGS = Readings()  # what the mutants leave as it was is read once


def snapshot_with(path: str, data: bytes) -> Snapshot:
    """Read the tiny world with one file changed or added."""
    contents = {**SCHEMAS, **TINY_FILES, path: data}
    made = {name: File(name, content, blob_id(content), plain=True) for name, content in contents.items()}
    return read(Tree(made, None, None, None), READINGS)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_no_mutant_ends_otherwise_than_in_words_of_both_languages(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same mutants each time
    told = 0
    for _ in range(MANY // SEEDS):
        path = chance.choice(sorted(FILES))
        problems = snapshot_with(path, mutant(path, chance)).problems
        for labels in LABELS:
            said = problem_words.problems_text(problems, labels)
            told += bool(said)

            assert all(problem.code in said for problem in problems)

    assert told > MANY // SEEDS


@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_fast_judge_and_the_one_that_explains_never_disagree(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same mutants each time
    compiled = compile_schemas(SCHEMAS)
    verdicts = set()
    for _ in range(MANY // SEEDS):
        path = chance.choice(sorted(FILES))
        kind, root = schema(path), documents.read(path, mutant(path, chance)).root
        if kind is not None and root is not None:
            validator, value = compiled.validator(kind), plain(root)
            fits = validator.fits(value)
            verdicts.add(fits)

            assert fits is not any(validator.explain()(value)), (path, value)

    assert verdicts == {True, False}


SELF = "data/2024/self-assessment/co-quan-a.yml"
MEGABYTE = 1024 * 1024
# What a megabyte is filled with below a valid file: what stands before, again and again, and what stands after.
FILLED = {
    "letters in a comment": ("# ", "a", ""),
    "signs of mails in a comment": ("# ", "a@", ""),
    "names that are honoured": ("# ", "đường Nguyễn Văn Bê ", ""),
    "letters in quotes": ('x: "', "a", '"'),
    "lines of a block": ("x: |\n", "  aaaa\n", ""),
    "words": ("x: ", "a b", ""),
    "colons": ("x: ", "a:b", ""),
    "signs of comments": ("x: ", " #", ""),
    "escapes": ('x: "', '\\"', ""),
    "spaces": ("", " ", ""),
    "empty lines": ("", "\n", ""),
    "dashes": ("", "- ", ""),
    "brackets": ("x: ", "[", ""),
    "texts split by colons": ("", "a b: c: d\n", ""),
    "long unknown keys": ("", "? " + "k" * 900 + "{number}\n: 1\n", ""),
    "empty records": ("x: [", "{},", "]"),
    "escaped addresses": ("x:\n", '- {url: "https://a.vn/%' + "25" * 480 + '0d"}\n', ""),
}


@pytest.mark.parametrize("case", FILLED)
def test_a_megabyte_of_anything_is_checked_in_seconds(case: str) -> None:
    head, piece, tail = FILLED[case]
    count = (MEGABYTE - len(TINY_FILES[SELF]) - 100) // (len(piece.encode()) + 1)
    data = TINY_FILES[SELF] + f"{head}{''.join(piece.replace('{number}', str(n)) for n in range(count))}{tail}".encode()
    snapshot_with(SELF, TINY_FILES[SELF])
    started = time.process_time()
    snapshot_with(SELF, data)

    assert len(data) <= MEGABYTE
    assert time.process_time() - started < 2

"""Every regular expression of the project, found by reading its source, and texts that make a bad one slow."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from re import _constants as signs  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
WAYS = ("search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer")
ANCHORED = {"match", "fullmatch"}


@dataclass(frozen=True, slots=True)
class Found:
    """A pattern, where it stands and how it is used: from the start of a text only, or at every place of it."""

    where: str
    pattern: re.Pattern[Any]
    ways: tuple[str, ...]


def of_module(path: Path) -> Iterator[Found]:
    """Yield every pattern of one module.

    A pattern is written in the call that compiles or uses it; where the call names a variable of its function
    instead, the patterns are those that the module keeps.
    """
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    names = {value: name for name, value in vars(module).items() if isinstance(value, re.Pattern)}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and ast.unparse(node.func) in {f"re.{way}" for way in ("compile", *WAYS)}):
            continue
        where = f"{path.relative_to(ROOT).as_posix()}:{node.lineno}"
        way = ast.unparse(node.func).removeprefix("re.")
        flags = node.args[1:] if way == "compile" else node.args[2:] if way in ANCHORED | {"search"} else []
        flags += [word.value for word in node.keywords if word.arg == "flags"]
        try:
            made = [re.compile(*(value(part, module) for part in (node.args[0], *flags[:1])))]
        except NameError:
            made = list(kept(vars(module).values()))
        for pattern in made:
            ways = (way,) if way != "compile" else ways_of(names.get(pattern), source)
            yield Found(where, pattern, ways)


def value(node: ast.expr, module: object) -> Any:
    """Return what an expression of a module stands for."""
    return eval(compile(ast.Expression(node), "<pattern>", "eval"), vars(module).copy())  # noqa: S307 - our own source


def kept(values: Iterable[object]) -> Iterator[re.Pattern[Any]]:
    """Yield the patterns in tuples and mappings, however deep."""
    for each in values:
        if isinstance(each, re.Pattern):
            yield each
        elif isinstance(each, tuple | list):
            yield from kept(each)


CALL = re.compile(rf"\b(\w+)\.({'|'.join(WAYS)})\(")
CALLS = {call for path in (ROOT / "pipeline").rglob("*.py") for call in CALL.findall(path.read_text(encoding="utf-8"))}


def ways_of(name: str | None, source: str) -> tuple[str, ...]:
    """Return how a pattern is used: by its name anywhere, and where it is handed on, by any variable of its module."""
    used = {way for caller, way in CALLS if caller == name}
    if not used or re.search(rf"(?<![\w.]){name}\b(?!\.\w+\(|: Final|(?:\[.*\])? =)", source):
        used |= {way for caller, way in CALL.findall(source) if caller.islower() and caller != "re"} or {"finditer"}
    return tuple(sorted(used))


def of_schemas() -> Iterator[Found]:
    """Yield every pattern of the schemas, which are searched."""
    for path in sorted((ROOT / "schemas").rglob("*.json")):
        pending: list[Any] = [json.loads(path.read_bytes())]
        while pending:
            part = pending.pop()
            pending += part.values() if isinstance(part, dict) else part if isinstance(part, list) else []
            if isinstance(part, dict) and isinstance(part.get("pattern"), str):
                yield Found(path.relative_to(ROOT).as_posix(), re.compile(part["pattern"]), ("search",))


# A pattern in a script stands after a sign after which no number can be divided.
LITERAL = re.compile(
    r"(?:(?<=[(,=:!&|?\[{;\n])|(?<=return )|(?<=[(,=:!&|?\[{;] ))"
    r"/(?![/*])((?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)/([a-z]*)"
)


def of_scripts() -> Iterator[tuple[str, str, str]]:
    """Yield file, pattern and flags of every pattern of the site's scripts; those of the shapes are of the schemas."""
    for path in sorted((ROOT / "site_templates").rglob("*.js")):
        text = path.read_text(encoding="utf-8")
        if not path.name.startswith("shape-"):
            assert "RegExp" not in text, "a pattern that is put together cannot be found by reading"
            for pattern, flags in LITERAL.findall(text):
                yield path.relative_to(ROOT).as_posix(), pattern, flags


# What makes a bad pattern slow: much of what one of its repetitions takes, after what stands before it, and no end


def attacks(pattern: str | bytes) -> list[str]:
    """Return short texts to be written many times over, each as `head|body|tail`."""
    tree = parser.parse(pattern)
    found: dict[tuple[str, str, str], None] = {}
    for choice in range(3):
        whole = sample(tree, choice)
        for length in range(1, min(len(whole), 40) + 1):
            found["", whole[:length], ""] = None
        for head, body in repeats(tree, "", choice):
            for tail in ("", "\0", "\n", "!"):
                found[head, body, tail] = None
            found["", head + body, ""] = None
            found["", head + body * 3 + "\0", ""] = None
    return ["|".join(part.replace("|", "¦") for part in parts) for parts in found if parts[1]]


def sample(tree: Any, choice: int) -> str:
    """Return a text that a part of a pattern takes."""
    return "".join(one(sign, argument, choice) for sign, argument in tree)


def one(sign: Any, argument: Any, choice: int) -> str:
    if sign is signs.LITERAL:
        return chr(argument)
    if sign is signs.NOT_LITERAL:
        return chr(argument + 1)
    if sign is signs.ANY:
        return "a.x"[choice]
    if sign is signs.IN:
        return of_class(argument, choice)
    if sign is signs.BRANCH:
        return sample(argument[1][choice % len(argument[1])], choice)
    if sign is signs.SUBPATTERN:
        return sample(argument[3], choice)
    if sign in {signs.MAX_REPEAT, signs.MIN_REPEAT, signs.POSSESSIVE_REPEAT}:
        least, _, body = argument
        return sample(body, choice) * max(least, 1)
    if sign is signs.ATOMIC_GROUP:
        return sample(argument, choice)
    return ""  # an edge, or what only looks ahead or back


CATEGORIES = {
    signs.CATEGORY_DIGIT: "059",
    signs.CATEGORY_NOT_DIGIT: "a x",
    signs.CATEGORY_SPACE: " \n\t",
    signs.CATEGORY_NOT_SPACE: "a0x",
    signs.CATEGORY_WORD: "a0Z",
    signs.CATEGORY_NOT_WORD: " .-",
}


def of_class(items: Any, choice: int) -> str:
    if items[0][0] is signs.NEGATE:
        return next(
            (sign for sign in "ax0 .\n"[choice:] + "ax0 .\n-" if not any(within(sign, item) for item in items[1:])), "é"
        )
    sign, argument = items[(0, -1, len(items) // 2)[choice]]
    if sign is signs.LITERAL:
        return chr(argument)
    if sign is signs.RANGE:
        return chr(argument[choice % 2])
    return CATEGORIES[argument][choice]


def within(letter: str, item: Any) -> bool:
    sign, argument = item
    if sign is signs.LITERAL:
        return ord(letter) == argument
    if sign is signs.RANGE:
        return argument[0] <= ord(letter) <= argument[1]
    kinds = {
        signs.CATEGORY_DIGIT: letter.isdigit(),
        signs.CATEGORY_SPACE: letter.isspace(),
        signs.CATEGORY_WORD: letter.isalnum() or letter == "_",
    }
    return kinds.get(argument, not kinds.get(getattr(signs, str(argument).replace("NOT_", "")), False))


def repeats(tree: Any, before: str, choice: int) -> Iterator[tuple[str, str]]:
    """Yield each repetition: a text that leads to it, and one that it takes."""
    for sign, argument in tree:
        if sign in {signs.MAX_REPEAT, signs.MIN_REPEAT, signs.POSSESSIVE_REPEAT}:
            yield before, sample(argument[2], choice)
            yield from repeats(argument[2], before, choice)
        elif sign is signs.SUBPATTERN:
            yield from repeats(argument[3], before, choice)
        elif sign is signs.ATOMIC_GROUP:
            yield from repeats(argument, before, choice)
        elif sign is signs.BRANCH:
            for branch in argument[1]:
                yield from repeats(branch, before, choice)
        elif sign in {signs.ASSERT, signs.ASSERT_NOT}:
            yield from repeats(argument[1], before, choice)
        before += one(sign, argument, choice)

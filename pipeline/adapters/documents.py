"""Strict YAML: bytes to a `Document` with the place of each value and all problems of the file.

Reads the events of libyaml and nothing above them: what people typed is never constructed or composed. Which characters
are allowed: `core.ground.characters`. Which mistake causes a syntax error: `core.record.yaml_mistakes`. What a file may
contain: the schemas. How files are written: `flows.writing`. Decision 0001.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, Literal, NoReturn, Protocol

from yaml._yaml import CParser
from yaml.error import MarkedYAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
)
from yaml.tokens import KeyToken

from pipeline.core.ground.characters import (
    BAD_CHARACTER,
    MAX_BYTES,
    MAX_MARKS,
    character_code,
    character_name,
    clean,
    piled_marks,
    shown,
)
from pipeline.core.ground.nodes import Document, Mapping, Node, Pointer, Scalar, Sequence, Span, Value
from pipeline.core.ground.problems import Problem, Severity, in_order
from pipeline.core.record import layout
from pipeline.core.record.lifting import lifted_document
from pipeline.core.record.yaml_mistakes import Position, comma_decimal, diagnose

MAX_NODES: Final = 30_000  # entries of mappings and items of lists together; `layout` names files that have more
MAX_DEPTH: Final = 16  # mappings and lists inside one another
MAX_SCALAR: Final = 20_000  # characters of one text
MAX_NUMBER: Final = 30  # characters of one number, sign and point included

BEFORE: Final = ""  # the path of what was read before, when its size was judged, or is made here

NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]{1,6})?")
DIGITS: Final = frozenset("-0123456789")  # what a number begins with
WORDS: Final[dict[str, Value]] = {"": None, "null": None, "true": True, "false": False}

MADE: Final = tuple.__new__  # makes a record as its own name does, in half the time, which is spent per value

BLOCK_STYLES: Final = frozenset("|>")
COLLECTION_ENDS: Final[frozenset[object]] = frozenset({MappingEndEvent, SequenceEndEvent})
# A comment has a space after its sign; ` #3` after a text is more likely a piece of it (`Báo cáo #3`).
LOST_TEXT: Final = re.compile(r" #(?=\w)")
LOST_REST: Final = re.compile(r" +#(?=\w)")


def read(path: str, data: bytes) -> Document:
    """Read one YAML file strictly; one of an older version comes in the newest shape of its kind."""
    return lifted_document(written(path, data))


@lru_cache(maxsize=16)  # guard reads the rules of a year for its laws, and again as part of the state
def written(path: str, data: bytes) -> Document:
    """Read one YAML file strictly, in the shape in which it was written.

    `path`: where the file stands in the repository; every problem carries it. `BEFORE` for a text of no file.

    Returns:
        The tree (root None where its shape cannot be trusted) and every problem, in the order of the file.
    """
    there = layout.place(path)
    large = path == BEFORE or (there is not None and there.kind in layout.LARGE_KINDS)
    text, problems = clean(path, data, layout.LARGE_BYTES if large else MAX_BYTES)
    reader = _Reader(path, problems, layout.LARGE_ENTRIES if large else MAX_NODES)
    root = None if text is None else reader.build(text)
    return Document(path, root, in_order(problems) if problems else ())


def read_next(path: str, data: bytes, before: bytes, known: Node | None) -> Node | None:
    """Return the tree of a file, given an earlier version and its tree: an entry that alone differs is read alone.

    In block style an entry begins a line, and a key at its column or left of it ends all that is open but quotes and
    brackets. Where libyaml reads an entry to its end, under the same key at the same place, what stands around it is
    what it was.
    """
    lines, old = data.decode("utf-8", "replace").split("\n"), before.decode("utf-8", "replace").split("\n")
    unlike = [number for number, (one, other) in enumerate(zip(lines, old, strict=False)) if one != other]
    if len(lines) == len(old) and unlike and len(data) <= MAX_NODES and clean(path, data) == ("\n".join(lines), []):
        root = _with_entry(path, known, lines, unlike)
        if root is not None and lifted_document(Document(path, known)).root is known:
            return root
    return read(path, data).root


def _with_entry(path: str, known: Node | None, lines: list[str], unlike: list[int]) -> Mapping | None:
    """Return a tree with one entry of one of its mappings as the lines have it, None where more than that differs."""
    name, _, after = _around(known, unlike[0], len(lines))
    table = known.values[name] if isinstance(known, Mapping) and name else None
    key, start, end = _around(table, unlike[0], after)
    if not isinstance(known, Mapping) or not isinstance(table, Mapping) or unlike[-1] >= end or known.column > 1:
        return None
    own = lines[start:end]
    if any(line[:1] not in ("", " ") for line in own):  # such a line may end the document
        return None
    problems: list[Problem] = []
    alone = "\n" * (start - 1) + "\n".join(["entry:", *own, *([""] if end < len(lines) else [])])
    root = _Reader(path, problems, MAX_NODES).build(alone)
    found = root.values["entry"] if isinstance(root, Mapping) and not problems else None
    place = table.keys[key]
    if not isinstance(found, Mapping) or found.keys != {key: place} or found[2:] != place[2:4]:
        return None
    return known._replace(values={**known.values, name: table._replace(values={**table.values, **found.values})})


def _around(node: Node | None, line: int, end: int) -> tuple[str, int, int]:
    """Return the entry of a mapping in block style that holds a line, with its first line and the one after its last.

    Lines are counted from 0; without such an entry its name is empty, and it holds no line.
    """
    keys = list(node.keys.values()) if isinstance(node, Mapping) else []
    number = bisect_right(keys, line + 1, key=attrgetter("line")) - 1
    if number < 0 or not isinstance(node, Mapping) or keys[0][2:4] != node[2:]:
        return "", 0, 0
    return keys[number].text, keys[number].line - 1, keys[number + 1].line - 1 if number + 1 < len(keys) else end


def spans(text: str) -> dict[Pointer, Span]:
    """Return where every value of a text without errors stands, in the order of the file."""
    events: Callable[[], Any] = CParser(text).get_event
    events()  # the start of the stream
    events()  # the start of the document
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    found: dict[Pointer, Span] = {}

    def offset(mark: _Mark) -> int:
        return starts[mark.line] + mark.column

    def visit(event: _Event, pointer: Pointer, head: int, tail: int, *, in_braces: bool) -> int:
        """Keep the span of a value and of all below it, and return its end."""
        kind: object = event.__class__
        start = offset(event.start_mark)
        if kind is ScalarEvent:
            end = offset(event.end_mark)
            if event.style in BLOCK_STYLES:
                end = len(text[:end].rstrip(" \n"))
            written: Literal["scalar", "block scalar"] = "block scalar" if event.style in BLOCK_STYLES else "scalar"
            found[pointer] = Span(head, tail, start, end, written, in_braces)
            return end
        found[pointer] = Span(head, tail, start, start, "block", in_braces)  # holds its place in the order
        end = start
        child: _Event = events()
        count = 0
        while child.__class__ not in COLLECTION_ENDS:
            first = offset(child.start_mark)
            if kind is MappingStartEvent:
                key = unicodedata.normalize("NFC", child.value)
                end = visit(events(), (*pointer, key), first, offset(child.end_mark), in_braces=event.flow_style)
            else:
                dash = first if event.flow_style else _dash(text, first, event.start_mark.column)
                after = dash if event.flow_style else dash + 1
                end = visit(child, (*pointer, count), dash, after, in_braces=event.flow_style)
            count += 1
            child = events()
        if event.flow_style:
            end = offset(child.end_mark)
        found[pointer] = Span(head, tail, start, end, "braces" if event.flow_style else "block", in_braces)
        return end

    visit(events(), (), 0, 0, in_braces=False)
    return found


def _dash(text: str, item: int, column: int) -> int:
    """Return where the dash of a list item stands, which may be lines above the item."""
    start = text.rfind("\n", 0, item) + 1
    while text[start + column : start + column + 1] != "-":
        start = text.rfind("\n", 0, start - 1) + 1
    return start + column


class _Mark(Protocol):
    """A place, counted from 0."""

    line: int
    column: int


class _Event(Protocol):
    """What this module reads of libyaml's events; which class has which is known at each use."""

    start_mark: _Mark
    end_mark: _Mark
    anchor: str | None
    tag: str | None
    value: str
    style: str  # `""` is plain; the C parser never gives None
    flow_style: bool
    version: tuple[int, int] | None
    tags: dict[str, str] | None


class _StoppedError(Exception):
    """A limit is passed, and said so; reading on would only cost time."""


class _Reader:
    """One reading: the path, the problems so far, and whether the tree still means what the person wrote."""

    def __init__(self, path: str, problems: list[Problem], most: int) -> None:
        self.path = path
        self.most = most
        self.problems = problems
        self.broken = False

    def report(self, code: str, line: int, column: int, /, severity: Severity = "error", **figures: str) -> None:
        """Keep a problem."""
        self.problems.append(Problem(code, severity, self.path, line, column, figures))

    def refuse(self, code: str, mark: _Mark | Position, **figures: str) -> None:
        """Keep a problem after which the tree does not mean what the person wrote."""
        self.report(code, mark.line + 1, mark.column + 1, "error", **figures)
        self.broken = True

    # From clean text to tree

    def build(self, text: str) -> Node | None:
        """Return the tree of a clean text, or None where there is none or its shape cannot be trusted."""
        self.lines = text.split("\n")
        self.escapes = "\\" in text
        self.careful = "&" in text or "!" in text or len(text) > MAX_SCALAR  # else no value has what is refused
        self.suspects = {n for n, line in enumerate(self.lines) if LOST_TEXT.search(line)} if " #" in text else set()
        self.announced = _announced_keys(text) if "? " in text or "?\n" in text else None
        self.next_announced = (-1, -1)
        self.nodes = 0
        self.next: Callable[[], Any] = CParser(text).get_event
        try:
            root = self._document()
        except _StoppedError:
            return None
        except MarkedYAMLError as error:
            complaint = f"{error.context or ''} {error.problem or ''}"
            at, start = error.problem_mark or error.context_mark, error.context_mark or error.problem_mark
            code, position, figures = diagnose(complaint, _position(at), _position(start), self.lines)
            place = (position.line + 1, position.column + 1)
            here = [problem for problem in self.problems if (problem.line, problem.column) == place]
            if not any(problem.is_error for problem in here):  # the same act, told once
                self.problems[:] = [problem for problem in self.problems if problem not in here]
                self.refuse(code, position, **figures)
            return None
        return None if self.broken else root

    def _document(self) -> Node | None:
        """Return the tree of the one document of the stream."""
        self.next()  # the start of the stream
        start: _Event = self.next()
        kind: object = start.__class__
        if kind is not DocumentStartEvent:
            self.refuse("empty-document", start.start_mark)
            return None
        if start.version or start.tags:
            self.refuse("directive", start.start_mark)
        first: _Event = self.next()
        root = self._node(first, 1)
        if isinstance(root, Scalar) and root.value is None:
            self.refuse("empty-document", first.start_mark)
        self.next()  # the end of the document
        following: _Event = self.next()
        next_kind: object = following.__class__
        if next_kind is DocumentStartEvent:
            self.refuse("several-documents", following.start_mark)
        return root

    def _node(self, event: _Event, depth: int) -> Node:
        """Return the tree that begins with an event."""
        kind: object = event.__class__
        if kind is ScalarEvent:
            return self._scalar(event)
        if kind is AliasEvent:
            self.refuse("alias", event.start_mark, name=shown(f"*{event.anchor}"))
            return Scalar("", None, 0, 0)
        if event.anchor is not None or event.tag is not None:
            self._refuse_properties(event)
        if depth > MAX_DEPTH:
            self.refuse("too-deep", event.start_mark, limit=str(MAX_DEPTH))
            raise _StoppedError
        return self._mapping(event, depth) if kind is MappingStartEvent else self._sequence(event, depth)

    def _mapping(self, start: _Event, depth: int) -> Mapping:
        """Return a mapping; of keys that are written twice the first one stays."""
        values: dict[str, Node] = {}
        keys: dict[str, Scalar] = {}
        previous: Node | None = None
        following, flow = self.next, start.flow_style
        event = following()
        while event.__class__ is not MappingEndEvent:
            self.nodes += 1
            if self.nodes > self.most:
                self._refuse_more(event)
            key = self._key(event, depth + 1)
            inner: _Event = following()
            kind: object = inner.__class__
            value = self._scalar(inner) if kind is ScalarEvent else self._node(inner, depth + 1)
            if flow and kind is ScalarEvent and not inner.value and self._is_bare(inner, event.end_mark):
                self._refuse_key(key, previous)
            previous = value
            name = key.text
            if name in keys:
                first = keys[name]
                figures = {"key": shown(name), "first_line": str(first.line), "first_column": str(first.column)}
                self.problems.append(Problem("duplicate-key", "error", self.path, key.line, key.column, figures))
            else:
                keys[name] = key
                values[name] = value
            event = following()
        return MADE(Mapping, (values, keys, start.start_mark.line + 1, start.start_mark.column + 1))

    def _sequence(self, start: _Event, depth: int) -> Sequence:
        """Return a list."""
        items: list[Node] = []
        event = self.next()
        while event.__class__ is not SequenceEndEvent:
            self.nodes += 1
            if self.nodes > self.most:
                self._refuse_more(event)
            item = self._node(event, depth + 1)
            if start.flow_style and items:
                self._check_comma(items[-1], item)
            items.append(item)
            event = self.next()
        return Sequence(tuple(items), start.start_mark.line + 1, start.start_mark.column + 1)

    def _key(self, event: _Event, depth: int) -> Scalar:
        """Return a key, which is text whatever it looks like."""
        mark = event.start_mark
        kind: object = event.__class__
        if kind is not ScalarEvent:
            self.refuse("key-not-text", mark)
            self._node(event, depth)
            return Scalar("", "", mark.line + 1, mark.column + 1)
        text = event.value
        if self.careful:
            self._refuse_properties(event)
        quoted = event.style != ""
        if quoted:
            text = self._unescaped(event) if self.escapes else text
        elif text in ("", "<<"):
            self.refuse("merge-key" if text else "key-not-text", mark)
        if self.announced and self._is_announced(self.announced, mark):
            self.refuse("key-not-text", mark)
        return MADE(Scalar, (text, text, mark.line + 1, mark.column + 1, quoted))

    def _is_announced(self, announced: Iterator[tuple[int, int]], mark: _Mark) -> bool:
        """Tell whether a key is announced by `? `, with which it could be anything and stand anywhere."""
        while self.next_announced < (mark.line, mark.column):
            self.next_announced = next(announced, (sys.maxsize, 0))
        return self.next_announced == (mark.line, mark.column)

    def _scalar(self, event: _Event) -> Scalar:
        """Return one value: of a plain one what its text means, of any other its text."""
        mark = event.start_mark
        text = event.value
        if self.careful:
            self._refuse_properties(event)
        if event.style != "":
            text = self._unescaped(event) if self.escapes else text
            return MADE(Scalar, (text, text, mark.line + 1, mark.column + 1, True))
        value: Value = WORDS.get(text, text)
        number = _number(text) if text[:1] in DIGITS and len(text) <= MAX_NUMBER else None
        if number is not None:
            value = number
        elif len(text) > MAX_NUMBER and NUMBER.fullmatch(text):
            self.refuse("number-too-long", mark, text=shown(text), limit=str(MAX_NUMBER))
        elif self.suspects and event.end_mark.line in self.suspects:
            self._check_comment(text, event.end_mark)
        return MADE(Scalar, (text, value, mark.line + 1, mark.column + 1, False))

    def _refuse_more(self, event: _Event) -> NoReturn:
        """Stop at a file that has more entries than any form of ours."""
        self.refuse("too-many-nodes", event.start_mark, limit=str(self.most))
        raise _StoppedError

    def _refuse_properties(self, event: _Event) -> None:
        """Refuse what makes a value mean something else than its text, and a text that is too long."""
        mark = event.start_mark
        if event.anchor is not None:
            self.refuse("anchor", mark, name=shown(f"&{event.anchor}"))
        if event.tag is not None:
            self.refuse("tag", mark, text=shown(self.lines[mark.line][mark.column :]))
        kind: object = event.__class__
        if kind is ScalarEvent and len(event.value) > MAX_SCALAR:
            self.refuse("scalar-too-long", mark, size=str(len(event.value)), limit=str(MAX_SCALAR))

    def _unescaped(self, event: _Event) -> str:
        """Return the text of a quoted or block scalar; its escapes bring in nothing that the file may not hold."""
        text = event.value
        if event.style == '"':
            for character in sorted(set(BAD_CHARACTER.findall(text))):
                self.refuse(character_code(character), event.start_mark, character=character_name(character))
            if piled_marks(text) is None:
                return unicodedata.normalize("NFC", text)
            self.refuse("too-many-marks", event.start_mark, limit=str(MAX_MARKS))
        return text

    def _refuse_key(self, key: Scalar, previous: Node | None) -> None:
        """Refuse a key in braces that has no colon: it is the rest of a text or number with a comma in it."""
        if not (previous is not None and self._check_comma(previous, key)):
            self.report("comma-in-braces", key.line, key.column, text=shown(key.text))
            self.broken = True

    def _is_bare(self, value: _Event, end: _Mark) -> bool:
        """Tell whether a key is followed by what ends an entry instead of its colon, by its empty value."""
        return value.style == "" and not self.lines[end.line][end.column :].lstrip().startswith(":")

    def _check_comma(self, left: Node, right: Node) -> bool:
        """Refuse a number that is split by its comma into two entries."""
        number = comma_decimal(left, right)
        if number is not None:
            self.report("comma-decimal", left.line, left.column, text=shown(number[0]), cure=shown(number[1]))
            self.broken = True
        return number is not None

    def _check_comment(self, text: str, end: _Mark) -> None:
        """Warn of a text that a ` #` cut off."""
        if lost := LOST_REST.match(self.lines[end.line], end.column):
            rest = self.lines[end.line][lost.end() - 1 :]
            self.report("comment-after-text", end.line + 1, lost.end(), "warning", text=shown(text), lost=shown(rest))


@lru_cache(maxsize=1 << 12)  # most are scores, and written again and again
def _number(text: str) -> Decimal | None:
    """Return the number that a plain text is, None where it is none."""
    return (Decimal(text) or Decimal(0)) if NUMBER.fullmatch(text) else None  # there is no -0


def _position(mark: _Mark | None) -> Position:
    return Position(mark.line, mark.column) if mark else Position(0, 0)


def _announced_keys(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the keys stand that a `?` announces, as far as the text can be read; only its tokens show them."""
    following: Callable[[], Any] = CParser(text).get_token
    announced = False
    with suppress(MarkedYAMLError):
        while (token := following()) is not None:
            start: _Mark = token.start_mark
            if announced:
                yield start.line, start.column
            announced = token.__class__ is KeyToken and token.end_mark.column > start.column

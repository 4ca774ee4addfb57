"""Why a YAML file cannot be read: the author's mistake behind the message of the parser.

The parser's complaint is English and names what it expected, often lines after the slip. From the complaint and the
lines of the file come the code of our problem, its place and its figures. Decision 0001.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeAlias

from pipeline.core.ground.characters import shown
from pipeline.core.ground.nodes import Node, Scalar

CONFLICT: Final = re.compile(r"(?:<{7}|>{7})(?: |$)")  # where git could not join two changes
KEY_WITHOUT_SPACE: Final = re.compile(r" *(?:- +)?[\w.\"'-]+:[^ ]")  # `khoa:giá trị`
INTEGER: Final = re.compile(r"-?[0-9]+")


class Position(NamedTuple):
    """A place in a text, counted from 0."""

    line: int
    column: int


Lines: TypeAlias = Sequence[str]
Diagnosis: TypeAlias = tuple[str, Position]  # the code of a problem, and its place


def diagnose(complaint: str, at: Position, start: Position, lines: Lines) -> tuple[str, Position, dict[str, str]]:
    """Return the code, the place and the figures of a syntax error.

    Args:
        at: Where it stopped.
        start: Where what it was reading began.
    """
    conflict = next((n for n, line in enumerate(lines) if CONFLICT.match(line)), None)
    if conflict is not None:
        return "merge-conflict", Position(conflict, 0), {"text": shown(lines[conflict])}
    own = (judge(at, start, lines) for words, judge in DIAGNOSES if words in complaint)
    code, place = next(own, ("yaml-syntax", at))
    line = _line(lines, place)
    return code, place, {"text": shown(line.strip()), "character": line[place.column : place.column + 1]}


def comma_decimal(left: Node, right: Node) -> tuple[str, str] | None:
    """Return what was written and its cure where two entries in brackets or braces are one number, such as `0,5`."""
    if not (isinstance(left, Scalar) and isinstance(right, Scalar)) or left.quoted or right.quoted:
        return None
    adjacent = left.line == right.line and left.column + len(left.text) + 1 == right.column
    if not (adjacent and INTEGER.fullmatch(left.text) and INTEGER.fullmatch(right.text)):
        return None
    return f"{left.text},{right.text}", f"{left.text}.{right.text}"


def _line(lines: Lines, at: Position) -> str:
    """Return the line of a place; past the end of the file, an empty one."""
    return lines[at.line] if at.line < len(lines) else ""


def _unexpected_colon(at: Position, _start: Position, lines: Lines) -> Diagnosis:
    """Tell a second colon on the line from a key above without its colon or space, and from wrong indentation."""
    if ": " in _line(lines, at)[: at.column]:
        return "colon-in-text", at
    above = _above(lines, at.line)
    if KEY_WITHOUT_SPACE.match(lines[above]):
        return "missing-colon", Position(above, _indentation(lines[above]))
    first_below = lines[_above(lines, above)].rstrip().endswith(":")
    if first_below and ":" not in lines[above] and _indentation(lines[above]) == _indentation(lines[at.line]):
        return "missing-colon", Position(above, _indentation(lines[above]))  # with this line it reads as one text
    return "bad-indentation", Position(at.line, _indentation(lines[at.line]))


def _missing_colon(_at: Position, start: Position, lines: Lines) -> Diagnosis:
    """Tell a quotation mark that is never closed from a key without its colon."""
    sign = _line(lines, start)[start.column : start.column + 1]
    alone = sign in {'"', "'"} and _line(lines, start).count(sign) == 1
    return "unclosed-quote" if alone else "missing-colon", start


def _unexpected_entry(at: Position, _start: Position, lines: Lines) -> Diagnosis:
    """Tell what stands before an entry that is out of place: a closed quote, an alias, a cut-off text, or nothing."""
    line = _line(lines, at)
    before = line[: at.column].rstrip()
    if before.endswith(("'", '"')):
        return _open_quote(before, at, lines) or ("text-after-quote", at)
    if before:
        alias = re.search(r"[:-] \*", before)  # that alias has been refused at this place
        return "alias" if alias else "yaml-syntax", Position(at.line, alias.end() - 1) if alias else at
    above = _above(lines, at.line)
    comment = re.search(r" #", lines[above])
    if comment and at.column > _indentation(lines[above]):
        return "comment-inside-text", Position(above, comment.end() - 1)
    return "bad-indentation", at


def _open_quote(before: str, at: Position, lines: Lines) -> Diagnosis | None:
    """Return the quote, lines above, that was closed only by the quote that opens the next text."""
    sign = before[-1]
    if before.count(sign) % 2 == 0:
        return None
    above = next((n for n in range(at.line - 1, -1, -1) if lines[n].count(sign) % 2), None)
    return None if above is None else ("unclosed-quote", Position(above, lines[above].rindex(sign)))


def _unfinished_flow(at: Position, start: Position, lines: Lines) -> Diagnosis:
    """Tell a colon or text that needs quotes inside brackets from brackets that are never closed."""
    before = _line(lines, at)[: at.column]
    if _line(lines, at)[at.column : at.column + 1] == ":" and ": " in before:
        return "colon-in-text", at
    if before.rstrip().endswith(("'", '"')):
        return "text-after-quote", at
    return "unclosed-bracket", start


def _no_content(at: Position, _start: Position, lines: Lines) -> Diagnosis:
    """Tell a sign that nothing can begin with from a text that ends inside brackets."""
    if _line(lines, at)[at.column :].strip():
        return "reserved-character", at
    closed = 0
    for number in range(min(at.line, len(lines) - 1), -1, -1):
        for column, sign in reversed(list(enumerate(lines[number]))):
            closed += (sign in "]}") - (sign in "[{")
            if closed < 0:
                return "unclosed-bracket", Position(number, column)
    return "yaml-syntax", at


def _at_problem(code: str) -> Callable[[Position, Position, Lines], Diagnosis]:
    """Return the diagnosis of a mistake that stands where the parser stopped."""
    return lambda at, _start, _lines: (code, at)


def _at_start(code: str) -> Callable[[Position, Position, Lines], Diagnosis]:
    """Return the diagnosis of a mistake that stands where the parser began to read what it could not finish."""
    return lambda _at, start, _lines: (code, start)


# Words of libyaml -> what a person did; the first that holds.
DIAGNOSES: Final = (
    ("mapping values are not allowed", _unexpected_colon),
    ("could not find expected ':'", _missing_colon),
    ("cannot start any token", _at_problem("reserved-character")),
    ("block sequence entries are not allowed", _at_problem("reserved-character")),
    ("mapping keys are not allowed", _at_problem("reserved-character")),
    ("did not find expected node content", _no_content),
    ("while scanning an anchor", _at_start("reserved-character")),
    ("while scanning an alias", _at_start("reserved-character")),
    ("while scanning a block scalar", _at_start("reserved-character")),
    ("while scanning a tag", _at_start("tag")),
    ("while parsing a tag", _at_start("tag")),
    ("while scanning a directive", _at_start("directive")),
    ("while scanning a quoted scalar", _at_start("unclosed-quote")),
    ("while parsing a quoted scalar", _at_problem("bad-escape")),
    ("while parsing a flow", _unfinished_flow),
    ("did not find expected key", _unexpected_entry),
    ("did not find expected '-' indicator", _unexpected_entry),
    ("did not find expected <document start>", _at_problem("several-documents")),
)


def _above(lines: Lines, number: int) -> int:
    """Return the number of the nearest line above one that is not blank."""
    return next((n for n in range(number - 1, -1, -1) if lines[n].strip()), number)


def _indentation(line: str) -> int:
    """Return how many spaces a line begins with."""
    return len(line) - len(line.lstrip(" "))

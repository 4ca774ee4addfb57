"""Problems as people and machines read them: text, a forge's workflow commands, Markdown, JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import Problem
from pipeline.core.ground.table import markdown_table
from pipeline.core.ground.text import json_fields, markdown_cell, visible

_MANY: Final = 20  # problems of one code; of more the first few stand for all, for nobody reads on
_FEW: Final = 5


def problems_text(problems: Iterable[Problem], labels: Labels, *, most: int = _MANY) -> str:
    """Return one block per problem: place, severity, code, message; and what to do about it below.

    Of a code that more than `most` problems have, the first few are reported, and the others counted at the end.
    """
    alike: dict[str, list[Problem]] = {}
    for p in (problems := [*problems]):
        alike.setdefault(p.code, []).append(p)
    blocks = [
        f"{visible(p.path)}:{p.line}:{p.column}: "
        f"{labels.text('severity.' + p.severity)} {p.code}: {visible(labels.message(p))}\n"
        f"    {labels.text('check.cure')} {visible(labels.help(p))}\n"
        for p in problems
        if len(alike[p.code]) <= most or p in alike[p.code][:_FEW]
    ]
    for code, same in alike.items():
        if len(same) > most:
            severity = labels.text("severity." + same[0].severity)
            blocks.append(labels.text("check.more", count=len(same) - _FEW, severity=severity, code=code) + "\n")
    return "".join(blocks)


def problems_github(problems: Iterable[Problem], labels: Labels) -> str:
    """Return workflow commands that a forge shows beside the lines."""
    return "".join(
        f"::{p.severity} file={_property(visible(p.path))},line={p.line},col={p.column},title={_property(p.code)}::"
        f"{_escaped(labels.message(p) + ' ' + labels.help(p))}\n"
        for p in problems
    )


def notices_github(title: str, sentences: Iterable[str]) -> str:
    """Return sentences as notices that a forge shows beside the run, for what is no problem."""
    return "".join(f"::notice title={_property(title)}::{_escaped(visible(sentence))}\n" for sentence in sentences)


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def problems_markdown(problems: Sequence[Problem], labels: Labels) -> str:
    """Return a table for a comment; what people typed is shown as text."""
    if not problems:
        return labels.text("check.nothing") + "\n"
    head = [labels.text(f"check.column.{name}") for name in ("place", "severity", "problem", "cure")]
    rows = [
        [
            f"{p.path}:{p.line}",
            labels.text("severity." + p.severity),
            f"{p.code}: {labels.message(p)}",
            labels.help(p),
        ]
        for p in problems
    ]
    return markdown_table([head, *([markdown_cell(cell) for cell in row] for row in rows)]) + "\n"


def problems_json(problems: Iterable[Problem], commit: str | None, files: int, labels: Labels) -> dict[str, Any]:
    """Return the stable shape of `check --format json`."""
    return {"commit": commit, "files": files, "problems": listed_json(problems, labels)}


def listed_json(problems: Iterable[Problem], labels: Labels) -> list[dict[str, Any]]:
    """Return problems as JSON data."""
    names = ("code", "severity", "path", "line", "column")
    return [{**json_fields(p, *names), "message": labels.message(p), "help": labels.help(p)} for p in problems]

"""The command help: a command's help, or what a code of check, guard or verify means, and what to do about it."""

from __future__ import annotations

import argparse
from collections import defaultdict
from contextlib import suppress
from typing import Final

from pipeline.adapters.messages import LANGUAGES
from pipeline.arguments import COMMANDS, parser
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import ParindexError

# Where the words of a family of codes stand in the labels -> the page of the reference that documents them.
_FAMILIES: Final = {"problems": "problems.md#{}", "guard.law": "guard.md", "verify.code": "commands.md"}


def run(options: argparse.Namespace, labels: Labels) -> int:
    """Tell the help of the program or of a command, or explain codes."""
    if not options.words or options.words[0] in COMMANDS:
        with suppress(SystemExit):  # how the library ends its help
            parser(labels, LANGUAGES).parse_args([*options.words, "--help"])
        return 0
    print("\n\n".join(_meaning(word, labels) for word in options.words))
    return 0


def _meaning(code: str, labels: Labels) -> str:
    """Return what a code means, in each family that has it; the figures of a case are left open."""
    told = []
    for family, page in _FAMILIES.items():
        message, cure = (labels.texts.get(f"{family}.{code}.{part}") for part in ("message", "help"))
        message = message or labels.texts.get(f"{family}.{code}")
        if message is not None:
            lines = [code, message, *([f"{labels.text('check.cure')} {cure}"] if cure else [])]
            told.append("\n  ".join([*lines, labels.text("help.page", page=f"docs/reference/{page.format(code)}")]))
    if not told:
        raise ParindexError("unknown-word", word=code[:60], allowed=", ".join([*COMMANDS, *_codes(labels)]))
    return "\n\n".join(told).format_map(defaultdict(lambda: "…"))


def _codes(labels: Labels) -> set[str]:
    """Return every code that has words."""
    return {
        key.removeprefix(f"{family}.").removesuffix(".message")
        for family in _FAMILIES
        for key in labels.texts
        if key.startswith(f"{family}.") and not key.endswith(".help")
    }

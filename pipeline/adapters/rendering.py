"""New content of a YAML file, rendered by ruamel.yaml: the one importer of it.

What is written reads back by `adapters.documents` as what was meant; `flows.writing` proves it each time.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from decimal import Decimal
from io import StringIO
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.emitter import Emitter
from ruamel.yaml.resolver import BaseResolver
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString, PlainScalarString

from pipeline.core.ground.nodes import Plain
from pipeline.core.record import editing
from pipeline.core.record.editing import Collection

# ruamel.yaml follows YAML 1.2, where these are text, and libyaml follows 1.1, where in braces they may be none.
QUESTION_OR_COLON: Final = re.compile(r"^[?:]|:[?]")


class _Resolver(BaseResolver):
    """Knows no types: which texts need quotes is decided by the law of the strict reader, not by YAML 1.2's."""

    def __init__(self, version: object = None, loader: object = None) -> None:
        super().__init__(loader)


class _Emitter(Emitter):
    """Writes quotes as people do here, and each key on the line of its value."""

    def choose_scalar_style(self) -> str:
        """Return the style of a text: double quotes in the place of single ones."""
        style: str = super().choose_scalar_style()
        return '"' if style == "'" else style

    def check_simple_key(self) -> bool:
        """Announce no key by `?`, which the strict reader refuses."""
        return True


def render(value: Collection, *, braces: bool = False, in_braces: Callable[[Plain], bool] = lambda _: False) -> str:
    """Return the lines of a mapping or list in block style from column 0, or all of it on one line in braces.

    Args:
        value: The mapping or list.
        braces: All of it stands on one line.
        in_braces: Which of the mappings and lists inside do.
    """
    yaml = YAML()
    yaml.Resolver, yaml.Emitter = _Resolver, _Emitter
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = sys.maxsize
    yaml.default_flow_style = braces
    yaml.brace_single_entry_mapping_in_flow_sequence = True
    stream = StringIO()
    yaml.dump(_styled(value, in_braces), stream)
    text = stream.getvalue().removesuffix("\n")
    return text if braces or isinstance(value, dict) else re.sub("^  ", "", text, flags=re.MULTILINE)


def _styled(value: Plain, in_braces: Callable[[Plain], bool]) -> object:
    """Return a value with the style of each of its texts, as ruamel.yaml takes it."""
    if isinstance(value, dict | list):
        made: CommentedMap | CommentedSeq
        if isinstance(value, dict):
            made = CommentedMap((_styled_text(key), _styled(item, in_braces)) for key, item in value.items())
        else:
            made = CommentedSeq(_styled(item, in_braces) for item in value)
        if in_braces(value):
            made.fa.set_flow_style()
        return made
    if isinstance(value, str):
        return LiteralScalarString(value) if editing.is_literal(value) else _styled_text(value)
    if isinstance(value, Decimal):
        return PlainScalarString(f"{value:f}")
    return PlainScalarString({None: "null", True: "true", False: "false"}[value])


def _styled_text(text: str) -> str:
    """Return a text that stands on one line."""
    quoted = "\n" in text or QUESTION_OR_COLON.search(text) or editing.needs_quotes(text)
    return DoubleQuotedScalarString(text) if quoted else text

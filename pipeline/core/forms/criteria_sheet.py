"""The criteria of a year as an office's table, a row each: what people read, and a hidden column with all of it.

The hidden column holds the criterion's own fields as the file has them, ids and other languages too. Who reads the
table back (`criteria_table`) takes a field from there as long as its visible cell says what this module would write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.nodes import Mapping as MappingNode
from pipeline.core.ground.nodes import Plain, node_of
from pipeline.core.ground.numbers import as_decimal
from pipeline.core.ground.problems import ParindexError
from pipeline.core.ground.text import MAIN
from pipeline.core.ground.workbook_model import Book, Sheet
from pipeline.core.record.model import Body, Group
from pipeline.core.record.rules import RULES, rule_from

COLUMNS: Final = ("code", "title", "out_of", "rule", "evidence", "monitor", "may_not_apply", "guidance", "record")
_WIDTHS: Final = (8, 42, 9, 60, 14, 24, 28, 50, None)
_MAX_CELL: Final = 32_767  # characters that a cell of a workbook holds


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a table of criteria speaks of without saying it whole: bodies, groups of the survey; and its words."""

    bodies: Mapping[str, Body]
    groups: Mapping[str, Group]
    labels: Labels  # of the main language, in which the table stands


def criteria_book(
    title: str, criteria: Plain, around: Surroundings, record: Callable[[Mapping[str, Plain]], str]
) -> Book:
    """Return the workbook of a year's criteria.

    Args:
        criteria: the tree as the file has it.
        record: writes the fields of a criterion as one text.

    Raises:
        ParindexError: a criterion says more than a cell holds.
    """
    labels = around.labels
    sheet = Sheet(labels.text("table.sheet"), widths=_WIDTHS, frozen=(1, 2), header=0, locked=False)
    for column, name in enumerate(COLUMNS):
        sheet.put(0, column, labels.text(f"table.column.{name}"), "column")
    for row, (code, own) in enumerate(_listed(criteria), 1):
        cells = {
            "code": code,
            "record": record(own),
            **{name: visible_cell(name, own, around) for name in COLUMNS[1:-1]},
        }
        for column, name in enumerate(COLUMNS):
            value = cells[name]
            if isinstance(value, str) and len(value) > _MAX_CELL:
                raise ParindexError("criterion-over-cell", criterion=code, limit=str(_MAX_CELL))
            sheet.put(row, column, value, "number" if isinstance(value, Decimal) else "text")
    return Book(title, (sheet,))


def _listed(criteria: Plain) -> Iterator[tuple[str, dict[str, Plain]]]:
    """Yield each criterion's code and its own fields, the outer one first."""
    for code, node in criteria.items() if isinstance(criteria, dict) else ():
        if isinstance(node, dict):
            yield code, {key: value for key, value in node.items() if key != "children"}
            yield from _listed(node.get("children"))


def visible_cell(name: str, own: Mapping[str, Plain], around: Surroundings) -> str | Decimal | None:
    """Return what a column shows of a criterion's fields; fields of a wrong shape show nothing."""
    value, labels = own.get(name), around.labels
    if name == "out_of":
        return value if isinstance(value, Decimal) else None
    if name == "rule":
        return _rule_words(value, own.get("out_of"), around)
    text = value.get(MAIN) if isinstance(value, dict) else value
    if not isinstance(text, str):
        return None
    if name == "monitor":
        return around.bodies[text].name.main if text in around.bodies else text
    if name == "evidence":
        return labels.text(f"table.evidence.{text}") if labels.has(f"table.evidence.{text}") else text
    return text


def _rule_words(rule: Plain, out_of: Plain, around: Surroundings) -> str | None:
    node = node_of(rule)
    kind = rule.get("type") if isinstance(rule, dict) else None
    if not isinstance(node, MappingNode) or not isinstance(kind, str) or kind not in RULES:
        return None

    def title(group: str) -> str:
        return around.groups[group].title.main if group in around.groups else group

    most = as_decimal(out_of)
    return "\n".join(rule_from(node, most).words(most, around.labels, title))

"""Rows of values as the XML of a sheet (ISO/IEC 29500): the long tables of the open data in a finished workbook.

A library makes the workbook and its styles; of each style that rows need it writes one empty cell, a sample, below the
head of their sheet, and the rows come in the place of the samples. Decision 0074.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from html import escape
from typing import Final, TypeAlias

from pipeline.core.ground.characters import for_xml
from pipeline.core.ground.workbook_model import Rows, Style, letters

Look: TypeAlias = tuple[Style, int]  # a style with the number of decimals it shows

_MAX_TEXT: Final = 32_767  # characters, in UTF-16, that a cell holds
_CODE: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # begins what a spreadsheet reads as the code of a character
_SAMPLES: Final = re.compile(r'<row r="(\d++)"[^<>]*+>((?:<c r="[A-Z]++\d++" s="\d++"/>)++)</row></sheetData>')
_LAST: Final = re.compile(r'(?<=<dimension ref="A1:)([A-Z]+)\d+')
_COUNTS: Final = re.compile(r' (?:count|uniqueCount)="[0-9]+"')  # of shared texts, which need not be told
_BLOCK: Final = 1000  # rows that are compressed at a time
_TEXT: Final[Look] = ("data-text", 0)
_NUMBERS: Final = (Decimal, int)
_BARE: Final[Look] = ("bare", 0)  # of yes and no, which takes no style


def looks_of(rows: Rows) -> list[Look]:
    """Return what the cells of some rows look like: a text, then numbers by their decimals."""
    numbers = {_look(value) for row in rows for value in row if isinstance(value, _NUMBERS)}
    return [_TEXT, *sorted(numbers - {_BARE})]


def _look(value: Decimal | int) -> Look:
    if isinstance(value, bool):
        return _BARE
    return "points", max(0, -int(value.as_tuple().exponent)) if isinstance(value, Decimal) else 0


def as_much(text: str) -> str:
    """Return as much of a text as a cell holds."""
    if len(text) <= _MAX_TEXT // 2 or len(units := text.encode("utf-16-le")) <= 2 * _MAX_TEXT:
        return text
    return units[: 2 * _MAX_TEXT - 2].decode("utf-16-le", "ignore") + "…"


class SharedTexts:
    """The texts of a workbook, each once, by the number that its cells bear: those of rows behind the library's own."""

    def __init__(self, part: str) -> None:
        self._own, _, self._end = part.rpartition("</sst>")
        self._numbers: dict[str, int] = {}
        self._first = part.count("<si>")

    def number(self, text: str) -> int:
        """Return the number of a text."""
        return self._first + self._numbers.setdefault(text, len(self._numbers))

    def filled(self) -> str:
        """Return the part with the texts that were asked for."""
        told = (escape(_CODE.sub("_x005F_", for_xml(as_much(text))), quote=False) for text in self._numbers)
        more = (f'<si><t xml:space="preserve">{text}</t></si>'.replace("\r", "_x000D_") for text in told)
        return _COUNTS.sub("", self._own, count=2) + "".join(more) + "</sst>" + self._end


def filled(sheet: str, rows: Rows, looks: list[Look], texts: SharedTexts) -> Iterator[bytes]:
    """Yield the XML of a sheet with rows in the place of their samples.

    Raises:
        RuntimeError: the library writes samples otherwise than it did.
    """
    samples = _SAMPLES.search(sheet)
    if samples is None:
        raise RuntimeError(sheet[:1000])
    first = int(samples[1])
    styles = dict(zip(looks, re.findall('s="([0-9]+)"', samples[2]), strict=True))
    yield _LAST.sub(rf"\g<1>{first + len(rows) - 1}", sheet[: samples.start()]).encode()
    lines = _lines(rows, first, styles, texts)
    while block := "".join(line for _, line in zip(range(_BLOCK), lines, strict=False)):
        yield block.encode()
    yield sheet[samples.end() - len("</sheetData>") :].encode()


def _lines(rows: Rows, first: int, styles: Mapping[Look, str], texts: SharedTexts) -> Iterator[str]:
    columns = [letters(column) for column in range(len(rows[0]) if rows else 0)]
    text_style = styles[_TEXT]
    for number, row in enumerate(rows, first):
        cells = [
            f'<c r="{column}{number}" s="{text_style}" t="s"><v>{texts.number(value)}</v></c>'
            if isinstance(value, str)
            else f'<c r="{column}{number}"{_number(value, styles)}'
            for column, value in zip(columns, row, strict=True)
            if value is not None and value != ""
        ]
        yield f'<row r="{number}">{"".join(cells)}</row>'


def _number(value: Decimal | int, styles: Mapping[Look, str]) -> str:
    if isinstance(value, bool):
        return f' t="b"><v>{value:d}</v></c>'
    return f' s="{styles[_look(value)]}"><v>{float(value):.16G}</v></c>'

"""How a CSV file of answers begins and where its records end: pure bytes to text, delimiter, records.

What is read of a file at a time, and what becomes of its rows: `adapters/tables`. What a column means: `responses`.
"""

from __future__ import annotations

import csv
import io
import itertools
from dataclasses import dataclass
from typing import Final

from pipeline.core.survey.responses import UnreadableError

_DELIMITERS: Final = ",;\t|"
_MOST: Final = 220  # records that are looked at


@dataclass(frozen=True, slots=True)
class Head:
    """How a CSV file begins: its delimiter, its first records, and the byte at which each record ends."""

    delimiter: str
    records: tuple[tuple[str, ...], ...]
    ends: tuple[int, ...]


def head_of_text(data: bytes, *, whole: bool) -> Head:
    """Return how a CSV file begins.

    Args:
        data: The file, or so much of it as its head is sought in.
        whole: It is the whole file, so that its last line has an end too.

    Raises:
        UnreadableError: it is no UTF-8 text.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableError("tally-encoding", 1, found="UTF-16")
    if data.startswith(b"PK\x03\x04") or b"\0" in data:
        raise UnreadableError("tally-not-a-table", 1)
    end = len(data) if whole else data.rfind(b"\n") + 1
    text = text_of(data[:end], _delimiter(data))
    skipped = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    text = text.removeprefix("\ufeff")
    delimiter = ""
    if text[:4] == "sep=" and len(text) > 5:  # what Excel writes and reads to name the delimiter
        delimiter, line = text[4], text.partition("\n")[0] + "\n"
        skipped, text = skipped + len(line.encode()), text[len(line) :]
    found = [_records(text, sign) for sign in (delimiter or _DELIMITERS)]
    widest = max(found, key=lambda head: max((len(record) for record in head.records), default=0))
    return Head(widest.delimiter, widest.records, tuple(skipped + end for end in widest.ends))


def _records(text: str, delimiter: str) -> Head:
    lines = list(io.StringIO(text, newline=""))  # not `splitlines`, which breaks a title at a sign that pandas reads on
    reader = csv.reader(iter(lines), delimiter=delimiter)
    records: list[tuple[str, ...]] = []
    ends: list[int] = []
    sizes = list(itertools.accumulate(len(line.encode()) for line in lines))
    try:
        for record in itertools.islice(reader, _MOST):
            records.append(tuple(record))
            ends.append(sizes[reader.line_num - 1])
    except csv.Error:  # a field beyond the library's limit: what came before tells enough
        pass
    return Head(delimiter, tuple(records), tuple(ends))


def text_of(data: bytes, delimiter: str) -> str:
    """Return the text of bytes, or name the line and the cell of the first one that is no UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.rfind(b"\n", 0, error.start) + 1
        before = _records(data[line : error.start].decode("latin-1"), delimiter).records
        at = data.count(b"\n", 0, line) + 1, max(1, len(before[-1]) if before else 1)
        raise UnreadableError("tally-encoding", *at, found=f"0x{data[error.start]:02X}") from error


def _delimiter(data: bytes) -> str:
    """Return what most likely parts the cells of a text that may be no UTF-8: the sign that its first line has most."""
    first = data.partition(b"\n")[0]
    return max(_DELIMITERS, key=lambda sign: first.count(sign.encode()))


def end_of_records(data: bytes) -> int:
    """Return where the last whole record ends: at a line break outside quotation marks; 0 if there is none."""
    at = data.rfind(b"\n")
    quotes = data.count(b'"', 0, at + 1)
    while at >= 0 and quotes % 2:
        before = data.rfind(b"\n", 0, at)
        quotes -= data.count(b'"', before + 1, at + 1)
        at = before
    return at + 1

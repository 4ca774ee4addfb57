"""Which row of a file of responses is its header, and which titles it gives; what columns mean: `responses`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from pipeline.core.ground.characters import fold, plain_letters
from pipeline.core.record.privacy import IDENTITY, MAIL, PHONE
from pipeline.core.survey.products import product_of
from pipeline.core.survey.responses import Names, is_time, item_of

_ROWS: Final = 60  # in which a header is sought


class Header(NamedTuple):
    """Titles, the row from 0 that they end in, how many questions they name, and whether cells of them were merged."""

    titles: tuple[str, ...]
    row: int
    asked: int
    merged: bool


def header_of(records: Sequence[Sequence[str]], names: Names) -> Header | None:
    """Return the row with most titles of questions, or, where none has any, the first that could be a header.

    Args:
        records: the first rows of a table.
        names: what questions and agencies are called.
    """
    asked = [_asked(record, names) for record in records[:_ROWS]]
    at = asked.index(max(asked)) if any(asked) else None
    if at is None:
        at = next((n for n, record in enumerate(records[:_ROWS]) if _could_be(record)), None)
    if at is None:
        return None
    product = product_of(records[at])
    below = records[at + 1] if at + 1 < len(records) else ()
    if product is not None and product.second_row and not _numbered(records[at], below, product.ids):
        return Header(_trimmed(_joined(records[at], below, names)), at + 1, asked[at], merged=False)
    return Header(_trimmed(records[at]), at, asked[at], _two_rows(records[at], below, names))


def _two_rows(titles: Sequence[str], below: Sequence[str], names: Names) -> bool:
    """Tell whether titles stand in two rows, as where cells were merged: the first has gaps that the second fills."""
    gaps = [title for title in titles if not title.strip()]
    words = {word for word in map(fold, below) if word}
    return len(gaps) > 1 and _asked(below, names) + len(words & set(names.agencies)) > 1


def _asked(record: Sequence[str], names: Names) -> int:
    return len({item for title in record if (item := item_of(title, names)) is not None})


def _could_be(record: Sequence[str]) -> bool:
    """Tell whether a row could be a header: it has titles, and nothing that only an answer has."""
    titles = [title for title in record if title.strip()]
    told = any(is_time(title) or any(sign.search(title) for sign in (PHONE, MAIL, IDENTITY)) for title in titles)
    return len(titles) > 1 and not told


def _numbered(titles: Sequence[str], record: Sequence[str], ids: Sequence[str]) -> bool:
    """Tell whether a row below the titles has the number that the tool gives to every answer."""
    places = [n for n, title in enumerate(titles) if plain_letters(title) in ids]
    return any(record[n].strip() for n in places if n < len(record))


def _joined(first: Sequence[str], second: Sequence[str], names: Names) -> list[str]:
    """Return the titles of two rows: a question, and in brackets its part where it has several or that is an agency."""
    width = max(len(first), len(second))
    upper, lower = ([*row, *[""] * (width + 1 - len(row))] for row in (first, second))
    titles: list[str] = []
    question = ""
    for n in range(width):
        question = upper[n].strip() or question
        alone = bool(upper[n].strip()) and (bool(upper[n + 1].strip()) or not lower[n + 1].strip())
        part = lower[n].strip()
        titles.append(question if not part or (alone and fold(part) not in names.agencies) else f"{question} [{part}]")
    return titles


def _trimmed(record: Sequence[str]) -> tuple[str, ...]:
    width = max((n + 1 for n, title in enumerate(record) if title.strip()), default=0)
    return tuple(record[:width])

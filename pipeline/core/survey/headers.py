"""Which row of a file of responses is its header, and which titles it gives; what columns mean: `responses`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from pipeline.core.ground.characters import fold, plain_letters
from pipeline.core.record.privacy import names_somebody
from pipeline.core.survey.products import PRODUCTS
from pipeline.core.survey.responses import TIME, Names, item_of

_ROWS: Final = 60  # in which a header is sought


class Header(NamedTuple):
    """Titles, the row from 0 that they end in, and how many questions they name."""

    titles: tuple[str, ...]
    row: int
    asked: int


def header_of(records: Sequence[Sequence[str]], names: Names) -> Header | None:
    """Return the row with most titles of questions, or, where none has any, the first that could be a header.

    `records`: the first rows of a table.
    """
    asked = [len({item_of(title, names) for title in record} - {None}) for record in records[:_ROWS]]
    could = (n for n, record in enumerate(records[:_ROWS]) if _could_be(record))
    at = asked.index(max(asked)) if any(asked) else next(could, None)
    if at is None:
        return None
    titles, below = records[at], records[at + 1] if at + 1 < len(records) else ()
    more = _goes_on(titles, below, names)
    titles = _joined(titles, below, names) if more else titles
    width = max((n + 1 for n, title in enumerate(titles) if title.strip()), default=0)
    return Header(tuple(titles[:width]), at + more, asked[at])


def _could_be(record: Sequence[str]) -> bool:
    """Tell whether a row could be a header: it has titles, and nothing that only an answer has."""
    titles = [title for title in record if title.strip()]
    told = any(TIME.fullmatch(title.strip()) or names_somebody(title) for title in titles)
    return len(titles) > 1 and not told


def _goes_on(titles: Sequence[str], below: Sequence[str], names: Names) -> bool:
    """Tell whether titles go on in the row below.

    Where the tool has its number of each answer, such a row is blank there. Elsewhere it holds agencies alone, and they
    fill what the titles leave blank, as where cells were merged.
    """
    ids = {word for product in PRODUCTS if product.second_row for word in product.ids}
    places = [n for n, title in enumerate(titles) if plain_letters(title) in ids]
    if places and below:
        return not any(below[n].strip() for n in places if n < len(below))
    gaps = {n for n in range(len(below)) if n >= len(titles) or not titles[n].strip()}
    filled = {n for n, part in enumerate(below) if part.strip()}
    return bool(gaps & filled) and all(fold(below[n]) in names.agencies and {n, n + 1} & gaps for n in filled)


def _joined(first: Sequence[str], second: Sequence[str], names: Names) -> list[str]:
    """Return the titles of two rows: a question, and in brackets its part where it has several or that is an agency."""
    width = max(len(first), len(second))
    upper, lower = ([cell.strip() for cell in (*row, *[""] * (width + 1 - len(row)))] for row in (first, second))
    titles: list[str] = []
    question = ""
    for n in range(width):
        question = upper[n] or question
        several = not upper[n] or (lower[n + 1] and not upper[n + 1]) or fold(lower[n]) in names.agencies
        titles.append(f"{question} [{lower[n]}]" if lower[n] and several else question)
    return titles

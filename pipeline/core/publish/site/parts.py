"""Lists of all agencies in parts: no page grows with their number. Decision 0049."""

from __future__ import annotations

from dataclasses import dataclass

SHOWN = 20  # agencies that one page shows with all that it tells of them; of more, further pages show the others
ROWS = 200  # agencies that one page shows as a line each
COLUMNS = 12  # agencies that stand in columns beside each other
STEP = 8  # of more, how many stand together, with one of either side


@dataclass(frozen=True, slots=True)
class Part:
    """Some of a list, from `start` to before `end`; `pages` are all parts: words, address, whether it is this one."""

    start: int
    end: int
    is_first: bool
    pages: tuple[tuple[str, str, bool], ...]


def nth_part(count: int, number: int, addresses: tuple[str, str], *, most: int, beside: int = 0) -> Part:
    """Return a part of a list.

    Args:
        count: how many things the list has.
        number: of the part, from 1.
        addresses: of the first part's page, and the folder of the others, whose names are their numbers.
        most: how many things a part has.
        beside: how many of the parts before and after it shows as well.
    """
    first, folder = addresses
    starts = range(0, count, most) if count > most else ()
    return Part(
        start=max(0, most * (number - 1) - beside),
        end=min(count, most * number + beside),
        is_first=number == 1,
        pages=tuple(
            (f"{start + 1}–{min(count, start + most)}", f"{folder}{at}/" if at > 1 else first, at == number)
            for at, start in enumerate(starts, 1)
        ),
    )

"""Lists of all agencies in parts: no page grows with their number. Decision 0049."""

from __future__ import annotations

from dataclasses import dataclass

SHOWN = 20  # agencies that one page shows with all that it tells of them; of more, further pages show the others
ENTRIES = 100  # corrections, versions of the data or changed rows that a page of a year's history tells
ROWS = 200  # agencies that one page shows as a line each
ASKED = 40  # questions of a survey that a page shows where they have pages of their own
BARS, LINES = 50, 500  # bars, and lines of a table, of all groups that answered a question
CELLS = 600  # of agencies in columns, each with all criteria
LATEST = 5  # versions of the data that the front page names
BESIDE = 5  # parts on either side of the one that is shown
COLUMNS = 6  # agencies that stand in columns beside each other
STEP = 8  # agencies before and after one in the ranking that stand with it where something is tried out


@dataclass(frozen=True, slots=True)
class Part:
    """Some of a list, from `start` to before `end`; `pages` are all parts: words, address, whether it is this one."""

    start: int
    end: int
    is_first: bool
    pages: tuple[tuple[str, str, bool], ...]

    @property
    def near(self) -> tuple[tuple[str, str, bool, bool], ...]:
        """Return the parts that a page leads to, of many the ends and those near it; last, whether some lie between."""
        here = next((place for place, (_, _, is_here) in enumerate(self.pages) if is_here), 0)
        last = len(self.pages) - 1
        shown = [place for place in range(last + 1) if place in {0, last} or abs(place - here) <= BESIDE]
        return tuple((*self.pages[at], at > before + 1) for before, at in zip((-1, *shown), shown, strict=False))


def nth_address(address: str, number: int, folder: str = "") -> str:
    """Return where a part of a page's list stands: the first at the page's own address, the others below it."""
    return f"{address}{folder}{number}/" if number > 1 else address


def correction_address(year: str, place: int, number: str) -> str:
    """Return where the page of a year's history tells of a correction, by its place among all."""
    return f"{nth_address(f'{year}/lich-su/', place // ENTRIES + 1, 'phan/')}#dinh-chinh-{number}"


def nth_part(count: int, number: int, address: str, folder: str = "", *, most: int) -> Part:
    """Return a part of a list.

    Args:
        number: of the part, from 1.
        folder: below it, where the parts after the first stand by their numbers.
    """
    starts = range(0, count, most) if count > most else ()
    return Part(
        start=most * (number - 1),
        end=min(count, most * number),
        is_first=number == 1,
        pages=tuple(
            (f"{start + 1}–{min(count, start + most)}", nth_address(address, at, folder), at == number)
            for at, start in enumerate(starts, 1)
        ),
    )

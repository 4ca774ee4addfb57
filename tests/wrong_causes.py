"""For each cause that is told a form with many problems of it: a filled form after the mistake that it names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from formworlds import EVIDENCE, LINES, TOP, columns, edited, make, real
from tiny import snapshot_of

from pipeline.flows.snapshot import Snapshot

AGENCY = "cuc-thue"
ANSWER, SCORE = "Trả lời", "Điểm tự chấm"


class Cause(NamedTuple):
    """A form, the cells that the message names, and how many problems it explains."""

    build: Callable[[], bytes]
    cells: str
    count: int
    snapshot: Callable[[], Snapshot] = real


@cache
def filled() -> bytes:
    """Return the form of an agency as it stands in the data of 2024: every answer is there."""
    return make(real(), "self-assessment", AGENCY)


def changing(change: Callable[[Any], object]) -> Callable[[], bytes]:
    return lambda: edited(filled(), change)


def column(book: Any, header: str, sheet: str = LINES) -> list[Any]:
    """Return the cells of a column below its header."""
    page = book[sheet]
    at = columns(page)[header]
    return [page.cell(row, at) for row in range(TOP + 1, page.max_row + 1)]


def earlier_year() -> bytes:
    def change(book: Any) -> None:
        page = book["parindex"]
        page.cell(next(row for row in range(1, 9) if page.cell(row, 1).value == "year"), 2).value = "2023"

    return edited(filled(), change)


def shift(book: Any, by: int, first: int, last: int | None = None, header: str = ANSWER) -> None:
    """Move the values of a column some rows down, or up, as pasting them in the wrong place does."""
    cells = column(book, header)
    last = len(cells) - 1 - max(by, 0) if last is None else last
    values = [cells[at].value for at in range(first, last + 1)]
    for at in range(first, last + 1):
        cells[at].value = None
    for at, value in enumerate(values, first + by):
        cells[at].value = value


def swap(book: Any) -> None:
    """Exchange done and assigned of four criteria."""
    cells = column(book, ANSWER)
    for row in (40, 43, 60, 63):
        one, other = cells[row - TOP - 1], cells[row - TOP]
        one.value, other.value = other.value, one.value


def putting(header: str, values: Mapping[int, Any]) -> Callable[[], bytes]:
    """Put values into rows of a column; rows are counted as a spreadsheet counts them."""

    def change(book: Any) -> None:
        cells = column(book, header)
        for row, value in values.items():
            cells[row - TOP - 1].value = value

    return changing(change)


def scores_times_a_hundred(book: Any) -> None:
    for cell in column(book, SCORE)[:20]:
        if isinstance(cell.value, int | float):
            cell.value = round(cell.value * 100)


def no_evidence(book: Any) -> None:
    for header in columns(book[EVIDENCE]):
        if header not in {"Mã", "Tiêu chí", "Bước"}:
            for cell in column(book, header, EVIDENCE):
                cell.value = None
    for cell in column(book, "Ghi chú (không công bố)"):
        cell.value = None


def days(book: Any) -> None:
    column(book, SCORE)[121 - TOP - 1].value = date(2024, 5, 1)
    column(book, ANSWER)[117 - TOP - 1].value = date(2024, 2, 9)


def renamed() -> Snapshot:
    """Return the data after the titles of three criteria changed."""
    path = "data/2024/criteria.yml"
    tree = real().tree
    text = tree.files[path].data.decode()
    for title in ("Ban hành kế hoạch", "Nội dung báo cáo", "Điều kiện của"):
        text = text.replace(f"title: {title}", f"title: Việc {title}", 1).replace(
            f"vi: {title}", f"vi: Việc {title}", 1
        )
    return snapshot_of({**{one: file.data for one, file in tree.files.items()}, path: text.encode()})


CAUSES: Mapping[str, Cause] = {
    "cause-earlier-year": Cause(earlier_year, "", 1),
    "cause-older-criteria": Cause(filled, "Biểu chấm!C7, C15, C53", 4, renamed),
    "cause-shifted": Cause(changing(lambda book: shift(book, 1, 55, 90)), "Biểu chấm!G61:G95", 21),
    "cause-swapped": Cause(changing(swap), "Biểu chấm!G40, G43, G60, G63", 4),
    "cause-thousands": Cause(putting(ANSWER, {60: 312.48, 61: 318.9, 63: 6.1}), "Biểu chấm!G60:G61, G63", 3),
    "cause-decimals": Cause(changing(scores_times_a_hundred), "Biểu chấm!I7:I8, I12, I15, I17, I20, I23", 7),
    "cause-days": Cause(changing(days), "Biểu chấm!G117, I121", 2),
    "cause-empty-column": Cause(changing(no_evidence), "Biểu chấm!A7:A8, A12, A17, A20, A23, A28, …", 37),
    "cause-formulas": Cause(putting(SCORE, dict.fromkeys((7, 8, 12, 15), "=1+1")), "Biểu chấm!I7:I8, I12, I15", 4),
    "cause-same-words": Cause(putting(ANSWER, dict.fromkeys((9, 13, 14), "chưa có")), "Biểu chấm!G9, G13:G14", 3),
    "cause-understood": Cause(putting(SCORE, {7: "1,00", 8: "1,93", 12: "1,25"}), "Biểu chấm!I7:I8, I12", 3),
}

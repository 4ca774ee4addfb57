"""Exports that are workbooks, made as the tools of the field make them; those that are text: examples/exports."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import openpyxl
from tiny import EXAMPLES

Q1, Q2 = "Cơ quan chỉ đạo cải cách thế nào?", "Lãnh đạo cơ quan đôn đốc công việc thế nào?"
GOOD = (("Cơ quan A", "Tốt", "Rất tốt"), ("Cơ quan A", "Kém", "Không có ý kiến"), ("Cơ quan B", "Tốt", ""))


def export(name: str) -> bytes:
    return (EXAMPLES / "exports" / name).read_bytes()


def workbook_of(**sheets: Sequence[Sequence[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _times(number: int) -> tuple[datetime, datetime]:
    """Return when a form was begun and finished: numbers of days, whose seconds are never quite whole."""
    return datetime(2024, 12, 2, 8, number), datetime(2024, 12, 2, 8, 6 + number, 0, 400)  # noqa: DTZ001 - no zone is written


def microsoft(vietnamese: bool = False, likert: bool = False) -> bytes:  # noqa: FBT001, FBT002 - two faces
    """Return a workbook of Microsoft Forms: one agency a form, or a Likert table of agencies for each question."""
    times = ("Thời gian bắt đầu", "Thời gian hoàn thành") if vietnamese else ("Start time", "Completion time")
    last = ("Email", "Tên") if vietnamese else ("Email", "Name")
    if likert:
        header = ("ID", *times, *last, "Cơ quan A", "Cơ quan B", "Cơ quan A2", "Cơ quan B2")
        said = [("Tốt", "Tốt", "Rất tốt", ""), ("Kém", "", "Không có ý kiến", "")]
    else:
        header, said = ("ID", *times, *last, "Cơ quan được đánh giá", Q1, Q2), [*GOOD]
    return workbook_of(Sheet1=[header, *((n, *_times(n), "anonymous", "", *row) for n, row in enumerate(said, 1))])


def kobo_repeat() -> bytes:
    """Return a workbook of KoBo whose form asks again for each agency: a sheet of forms, and one of their parts."""
    uuid = "0f8fad5b-d9cb-469f-a165-70867720000{}".format
    own = ("_id", "_uuid", "_submission_time", "_validation_status", "__version__", "_index")
    forms = [("start", "end", *own)]
    forms += [
        (
            "2024-12-02T09:00:00.000+07:00",
            "2024-12-02T09:06:00.000+07:00",
            400 + n,
            uuid(n),
            "2024-12-02T02:06:30",
            "",
            "v1",
            n,
        )
        for n in (1, 2)
    ]
    parts = [
        (
            "agency",
            "q1",
            "q2",
            "_index",
            "_parent_table_name",
            "_parent_index",
            *(f"_submission_{name}" for name in own[:-1]),
        )
    ]
    said = [(1, "co-quan-a", "tot", "rat-tot"), (2, "co-quan-a", "kem", "khong-y-kien"), (1, "co-quan-b", "tot", "")]
    parts += [
        (agency, q1, q2, place, "phieu", n, 400 + n, uuid(n), "2024-12-02T02:06:30", "", "v1")
        for place, (n, agency, q1, q2) in enumerate(said, 1)
    ]
    return workbook_of(phieu=forms, danh_gia=parts)

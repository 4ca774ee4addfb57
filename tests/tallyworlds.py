"""A small survey to be counted: the tiny world with rules of validity, and files of responses as tools write them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
from pyarrow import parquet
from tiny import TINY_FILES, YEAR, snapshot_of

from pipeline.adapters.clusters import Here
from pipeline.flows import tally
from pipeline.flows.snapshot import Snapshot
from pipeline.flows.tally import Tallied

SURVEY = "data/2024/survey/survey.yml"
STAFF, LEADERS = "lanh-dao-nganh", "lanh-dao-so"  # one form an agency; one form for all of them
VALIDITY = "complete_from: 50, fastest: 60, duplicate_within: 30, straight_line: keep"
HEADER = ("_uuid", "start", "end", "agency", "q1", "q2")


@cache
def survey_world(validity: str = VALIDITY, group: str = "", moments: str = "3", skip: str = "") -> Snapshot:
    """Return the tiny world whose survey says when a form counts."""
    text = TINY_FILES[SURVEY].decode()
    text = text.replace("policy:", f"validity: {{{validity}}}\npolicy:\n  moments_from: {moments}", 1)
    text = text.replace("  lanh-dao-nganh:\n", f"  lanh-dao-nganh:\n{group}", 1)
    text = text.replace("text: Lãnh đạo cơ quan đôn đốc", f"{skip}text: Lãnh đạo cơ quan đôn đốc")
    return snapshot_of({**TINY_FILES, SURVEY: text.encode()})


def form(number: int, agency: str = "co-quan-a", q1: str = "tot", q2: str = "rat-tot", **other: str) -> tuple[str, ...]:
    """Return one row of a KoBo export: five minutes of the second of December, an hour after the form before."""
    told = {
        "_uuid": f"u{number}",
        "start": f"2024-12-02T{number % 24:02}:00:00.000+07:00",
        "end": f"2024-12-02T{number % 24:02}:05:00.000+07:00",
        "agency": agency,
        "q1": q1,
        "q2": q2,
        **other,
    }
    return tuple(told[name] for name in HEADER)


def csv_of(rows: Iterable[Sequence[str]], header: Sequence[str] = HEADER, delimiter: str = ",") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([header, *rows])
    return out.getvalue().encode()


def xlsx_of(rows: Iterable[Sequence[Any]], change: Callable[[Any], object] = lambda _: None) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    change(book.active)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def parquet_of(rows: Iterable[Sequence[Any]], header: Sequence[str] = HEADER, **settings: Any) -> bytes:
    """Return rows as Parquet, a column by the type of its cells."""
    cells = [pa.array(column) for column in zip(*rows, strict=True)] or [pa.array([], pa.string()) for _ in header]
    return table_of(pa.Table.from_arrays(cells, names=list(header)), **settings)


def table_of(table: Any, **settings: Any) -> bytes:
    stream = io.BytesIO()
    parquet.write_table(table, stream, **settings)
    return stream.getvalue()


def tallied(
    folder: Path,
    files: Mapping[str, bytes],
    *,
    group: str | None = STAFF,
    mapping: str | None = None,
    unjudged: str = "",
    snapshot: Snapshot | None = None,
    engine: Here | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Tallied:
    """Count files that stand in a folder, without the rules that a person says they cannot be judged by."""
    if unjudged:
        said = "".join(f"  - {{file: {name}, unjudged: [{unjudged}]}}\n" for name in files)
        mapping = mapping or "format: 1\nfiles:\n"
        mapping += said
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return tally.tally(
        survey_world() if snapshot is None else snapshot,
        [folder / name for name in files],
        year=YEAR,
        group=group,
        mapping=None if mapping is None else ("phieu.mapping.yml", mapping.encode()),
        engine=Here() if engine is None else engine,
        progress=progress,
    )

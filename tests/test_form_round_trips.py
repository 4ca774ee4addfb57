"""The way there and back, for every stage and content drawn by lot: records or a file by hand, a form, and the same."""

from __future__ import annotations

import difflib
import io
import random
from decimal import Decimal
from typing import Any

import pytest
from formcontents import AGENCY, CONTENTS, path_of
from formcontents import by_hand as written_by_hand
from formworlds import (
    COUNTS,
    EVIDENCE,
    HEAD,
    LINES,
    TINY,
    TOP,
    columns,
    edited,
    handed_over,
    make,
    read,
    read_one,
    tiny,
    title_of,
    typed,
)
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from tiny import snapshot_of

from pipeline.adapters import documents
from pipeline.core.ground.nodes import Plain, plain
from pipeline.core.record.stages import KIND_OF, SURVEY
from pipeline.flows import writing
from pipeline.flows.snapshot import Snapshot

STAGES = tuple(KIND_OF)

ALL = (*STAGES, SURVEY)
UNTYPED = {"form", "received"}  # what whoever takes a form in writes
LOT = settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
PAGES = (HEAD, LINES, EVIDENCE, COUNTS)


def world_with(stage: str, data: bytes | None) -> Snapshot:
    """Return the tiny world in which the drawn file, and no later one of its agency, stands in the stage."""
    path = path_of(stage)
    kept = {name: found for name, found in TINY.items() if name != path}
    return snapshot_of(kept if data is None else {**kept, path: data})


def meaning(data: bytes, stage: str) -> dict[str, Plain]:
    root = documents.read(path_of(stage), data).root
    assert root is not None
    found = plain(root)
    assert isinstance(found, dict)
    return {key: value for key, value in found.items() if key not in UNTYPED}


def told(received: Any) -> list[Any]:
    return [(found.problem.code, found.cell, dict(found.problem.figures)) for found in received.findings]


@pytest.mark.parametrize("stage", ALL)
def test_a_file_by_hand_comes_back_from_its_workbook_byte_by_byte(stage: str) -> None:
    @LOT
    @given(content=CONTENTS[stage], seed=st.integers(0, 2**16))
    def proved(content: dict[str, Any], seed: int) -> None:
        snapshot = world_with(stage, written_by_hand(content, random.Random(seed)))  # noqa: S311 - any order will do

        received = read_one(snapshot, make(snapshot, stage, AGENCY))

        assert (dict(received.files), received.refused) == ({}, False), told(received)

    proved()


def typed_over(source: bytes, target: bytes) -> bytes:
    """Return a workbook into whose open cells what stands in those of another one was typed, row by row."""
    full = load_workbook(io.BytesIO(source))

    def change(book: Any) -> None:
        for name in PAGES:
            if name in full.sheetnames:
                copy_page(full[name], book[name])

    return edited(target, change)


def copy_page(source: Any, target: Any) -> None:
    """Type what stands in the open cells of a page into the same rows of another; what is over goes to spare rows."""
    at = columns(source)
    keys = [at[name] for name in ("Mã", "Mã mục", "Nhóm", "Câu hỏi", "Bước") if name in at]
    free: dict[tuple[Any, ...], list[int]] = {}
    spare = []
    for row in range(TOP + 1, target.max_row + 1):
        key = tuple(target.cell(row, column).value for column in keys)
        free.setdefault(key, []).append(row)
        if target.title == EVIDENCE and target.cell(row, at["Mã"]).value is None:
            spare.append(row)
    for row in range(TOP + 1, source.max_row + 1):
        cells = [source.cell(row, column) for column in at.values()]
        values = {
            found.column: found.value for found in cells if not found.protection.locked and found.value is not None
        }
        if not values:
            continue
        own = free.get(tuple(source.cell(row, column).value for column in keys), [])
        number = own.pop(0) if own else spare.pop(0)
        if target.cell(number, at.get("Mã", 1)).value is None:
            values[at["Mã"]] = source.cell(row, at["Mã"]).value
        for column, value in values.items():
            found = target.cell(number, column)
            found.value = value
            if isinstance(value, str):
                found.data_type = "s"


@pytest.mark.parametrize("stage", ALL)
def test_records_typed_into_an_empty_workbook_are_those_records(stage: str) -> None:
    empty = world_with(stage, None)
    blank = make(empty, stage, AGENCY)

    @LOT
    @given(content=CONTENTS[stage])
    def proved(content: dict[str, Any]) -> None:
        full = world_with(stage, writing.dump(content))

        received = read_one(empty, typed_over(make(full, stage, AGENCY), blank))

        assert not received.refused, told(received)
        expected = meaning(writing.dump(every_case_counted(content)), stage)
        assert expected == meaning(received.files[path_of(stage)], stage)

    proved()


CASES = {"1.3": ("bao-cao-muon", "bao-cao-thieu"), "4.1": ("sang-kien", "vi-pham")}


def every_case_counted(content: dict[str, Any]) -> dict[str, Any]:
    """Return content in which cases that an answer leaves out are counted 0, as a form shows them."""
    lines = dict(content.get("lines", {}))
    for code, names in CASES.items():
        if "answer" in lines.get(code, {}):
            lines[code] = {**lines[code], "answer": {name: lines[code]["answer"].get(name, 0) for name in names}}
    return {**content, "lines": lines} if lines else content


@pytest.mark.parametrize("stage", STAGES)
def test_one_changed_score_changes_one_line_of_the_file(stage: str) -> None:
    title = title_of("score", stage)

    @LOT
    @given(content=CONTENTS[stage], seed=st.integers(0, 2**16))
    def proved(content: dict[str, Any], seed: int) -> None:
        scored = [code for code, line in content["lines"].items() if "score" in line]
        assume(scored)
        code = random.Random(seed).choice(scored)  # noqa: S311 - any line will do
        old = content["lines"][code]["score"]
        new = old + Decimal("0.01")
        before = written_by_hand(content, random.Random(seed))  # noqa: S311 - any order will do
        snapshot = world_with(stage, before)

        received = read_one(snapshot, typed(make(snapshot, stage, AGENCY), (code, title, float(new))))

        assert not received.refused, told(received)
        assert [f"-score: {old:f}", f"+score: {new.normalize():f}"] == changed_lines(
            before, received.files[path_of(stage)]
        )

    proved()


def changed_lines(before: bytes, after: bytes) -> list[str]:
    """Return the lines that differ, without their indentation and without the record of the form."""
    lines = list(difflib.unified_diff(before.decode().split("\n"), after.decode().split("\n"), lineterm="", n=0))[2:]
    found = [line[0] + line[1:].strip() for line in lines if line[:1] in "+-"]
    return [line for line in found if not line.startswith(("+form:", "+sha256:", "+name:", "+received:", "+content:"))]


@pytest.mark.parametrize("stage", ALL)
def test_a_file_by_hand_comes_back_from_its_web_form_byte_by_byte(stage: str) -> None:
    @LOT
    @given(content=CONTENTS[stage], seed=st.integers(0, 2**16))
    def proved(content: dict[str, Any], seed: int) -> None:
        snapshot = world_with(stage, written_by_hand(content, random.Random(seed)))  # noqa: S311 - any order will do

        received = read_one(snapshot, handed_over(snapshot, stage), "phieu.json")

        assert (dict(received.files), received.refused) == ({}, False), told(received)

    proved()


def test_a_web_form_of_a_file_that_changed_meanwhile_says_so() -> None:
    path = path_of("self-assessment")
    changed = snapshot_of({**TINY, path: TINY[path] + "# xem lại\n".encode()})

    def scored(content: Any) -> Any:
        return {**content, "lines": {**content["lines"], "2.2": {**content["lines"]["2.2"], "score": Decimal("1.5")}}}

    told_of = [
        [
            found.problem.code
            for found in read_one(world, handed_over(tiny(), "self-assessment", scored), "a.json").findings
        ]
        for world in (tiny(), changed)
    ]
    assert told_of == [[], ["form-file-changed"]]


def test_a_document_with_a_byte_order_mark_is_read() -> None:
    data = b"\xef\xbb\xbf" + handed_over(tiny(), "self-assessment")

    assert (dict(read_one(tiny(), data, "a.json").files), read_one(tiny(), data, "a.json").refused) == ({}, False)


def test_a_web_form_of_a_body_that_speaks_of_lines_of_others_is_refused_there() -> None:
    def widened(content: Any) -> Any:
        return {**content, "lines": {"1.1.1": {"score": Decimal(1)}, "2.2": {"score": Decimal(1)}}}

    data = handed_over(tiny(), "appraisal-1", widened, says={"body": "van-phong-ubnd", "title": None})
    (received,) = read(tiny(), ("a.json", data), day="2024-12-05")

    assert [
        (f.problem.code, f.problem.figures["criterion"]) for f in received.findings if f.problem.code[:4] == "form"
    ] == [("form-unknown-criterion", "1.1.1")]
    assert dict(received.files) == {}

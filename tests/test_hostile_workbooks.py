"""Workbooks that are wrong or hostile: each mistake has its code and its cell, nothing is written, nothing crashes."""

from __future__ import annotations

import io
import subprocess
import sys
import time
import zipfile
from functools import cache
from pathlib import Path

import hostile_parts
import pytest
from conftest import RunCommand
from formworlds import LINES, cell, codes, edited, every, read, read_one, repacked, repository_in, tiny, typed
from tiny import ROOT, files_under
from wrong_forms import NOT_OF_A_FILE, OLE, WRONG, good, outside, part

from pipeline.adapters.messages import LANGUAGES
from pipeline.core.forms import receipts
from pipeline.core.forms.read_tables import WARNINGS
from pipeline.core.forms.receipts import Received
from pipeline.flows.wording import load_labels

SECONDS = 2.0  # in which a hostile workbook is refused
MEGABYTES = 300


@cache
def outcome(code: str) -> Received:
    """Return what became of the form that shows a problem."""
    case = WRONG[code]
    others = [] if case.beside is None else [("khac.xlsx", case.beside())]
    form = case.name, case.build(), case.page, case.scans
    return read(case.snapshot(), form, *others, dossiers=case.dossiers, **case.expected)[0]


@pytest.mark.parametrize("code", sorted(WRONG))
def test_each_mistake_is_named_at_its_cell(code: str) -> None:
    case, received = WRONG[code], outcome(code)
    found = [entry for entry in every(received) if entry.problem.code == code]

    assert [entry.problem.code for entry in found][:1] == [code], codes(received)
    if case.cell is not None:
        assert case.cell in [entry.cell for entry in found]


@pytest.mark.parametrize("code", sorted(set(WRONG) - WARNINGS))
def test_nothing_is_taken_from_a_form_that_has_an_error_of_its_own(code: str) -> None:
    received = outcome(code)

    assert (received.refused, dict(received.files)) == (True, {})


@pytest.mark.parametrize("code", sorted(WARNINGS.intersection(WRONG) - {"form-older-rules"}))
def test_what_is_only_said_keeps_nobody_from_taking_a_form(code: str) -> None:
    assert not outcome(code).refused


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", sorted(WRONG))
def test_each_problem_is_one_clear_line_with_all_its_figures(code: str, language: str) -> None:
    labels = load_labels(language)
    found = next(entry.problem for entry in every(outcome(code)) if entry.problem.code == code)

    told = [labels.message(found), labels.help(found)]

    assert [text for text in told if "\n" in text or "{" in text] == []
    assert [key for key, figure in found.figures.items() if not figure] == []


def test_a_comment_at_a_cell_says_what_its_sender_may_do_and_the_receipt_what_the_receiver_may() -> None:
    labels, received = load_labels("vi"), outcome("form-criterion-changed")
    problem = next(one.problem for one in every(received) if one.problem.code == "form-criterion-changed")
    cures = labels.help(problem), labels.worded("mailbox.reply.cure.form-criterion-changed", problem)
    comment = receipts.comments(received, labels)["Biểu chấm", 6, 2]

    assert [str(cure) in comment for cure in cures] == [False, True]
    assert [str(cure) in receipts.findings_text(received, labels) for cure in cures] == [True, False]


SHEET, BOOK, TEXTS = "xl/worksheets/sheet3.xml", "xl/workbook.xml", "xl/sharedStrings.xml"
NOTE = "Ghi chú (không công bố)"
HOSTILE = {
    "an old .xls": (lambda: OLE, "form-old-format"),
    "an .xlsb": (lambda: repacked(good(), {"xl/workbook.bin": b"x"}), "form-old-format"),
    "a Word document": (lambda: repacked(good(), {BOOK: None, "word/document.xml": b"x"}), "form-not-a-workbook"),
    "an empty file": (lambda: b"", "form-not-a-workbook"),
    "a text": (lambda: b"Tieu chi;Diem\n1.1;2\n", "form-not-a-workbook"),
    "a name that climbs out": (lambda: repacked(good(), {"../../etc/x.xml": b"x"}), "form-broken"),
    "an absolute name": (lambda: repacked(good(), {"/etc/x.xml": b"x"}), "form-broken"),
    "too many parts": (lambda: repacked(good(), {f"xl/media/{n}.png": b"" for n in range(300)}), "form-swells"),
    "a part that is packed 1:1000": (lambda: repacked(good(), {SHEET: b" " * 5_000_000}), "form-swells"),
    "a data connection": (lambda: repacked(good(), {"xl/connections.xml": b"<x/>"}), "form-part-not-allowed"),
    "an external link": (lambda: repacked(good(), {"xl/externalLinks/link1.xml": b"<x/>"}), "form-part-not-allowed"),
    "an ActiveX control": (lambda: repacked(good(), {"xl/activeX/activeX1.bin": b"x"}), "form-part-not-allowed"),
    "a macro sheet": (lambda: repacked(good(), {"xl/macrosheets/sheet1.xml": b"<x/>"}), "form-macros"),
    "a picture from the net": (
        lambda: repacked(good(), {"xl/drawings/_rels/drawing1.xml.rels": outside("https://example.invalid/x.png")}),
        "form-external-link",
    ),
    "DDE in a formula": (
        lambda: edited(good(), lambda book: setattr(book["Hướng dẫn"]["Z9"], "value", "=cmd|'/c calc'!A0")),
        "form-external-link",
    ),
    "entities in a relationship": (
        lambda: repacked(good(), {"_rels/.rels": b'<!DOCTYPE x [<!ENTITY a "b">]><Relationships/>'}),
        "form-entities",
    ),
    "a part in UTF-16": (lambda: repacked(good(), {"xl/styles.xml": "<styleSheet/>".encode("utf-16")}), "form-broken"),
    "a declared Windows-1258": (
        lambda: repacked(good(), {"xl/styles.xml": b'<?xml version="1.0" encoding="windows-1258"?><styleSheet/>'}),
        "form-broken",
    ),
    "XML that breaks off": (lambda: repacked(good(), {SHEET: part(SHEET)[:900]}), "form-broken"),
    "no styles": (lambda: repacked(good(), {"xl/styles.xml": b"<x/>"}), "form-broken"),
    "a sheet that is not there": (lambda: repacked(good(), {SHEET: None}), "form-sheet-missing"),
    "a foreign shared string": (lambda: repacked(good(), {TEXTS: b"<sst/>"}), "form-broken"),
    "a million coloured rows": (lambda: repacked(good(), {SHEET: coloured_rows()}), "form-swells"),
    "a hundred thousand characters": (
        lambda: repacked(good(), {TEXTS: part(TEXTS).replace(b"101/BC-CQA-MH", b"a" * 100_000)}),
        "form-text-too-long",
    ),
    "a control character": (
        lambda: repacked(good(), {TEXTS: part(TEXTS).replace(b"101/BC", b"101\x01BC")}),
        "form-broken",
    ),
    "an overlong number": (lambda: typed(good(), ("2.2", "Điểm tự chấm", "1" * 400)), "form-not-a-number"),
    "an exponent": (lambda: typed(good(), ("2.2", "Điểm tự chấm", "1e5")), "form-not-a-number"),
    "not a number": (lambda: typed(good(), ("2.2", "Điểm tự chấm", "NaN")), "form-not-a-number"),
    "a whole sheet merged": (lambda: merged("A1:XFD1048576"), "form-too-many-cells"),
    "a thousand merged columns": (lambda: merged(*(f"A{n}:XFD{n}" for n in range(1, 1000))), "form-too-many-cells"),
    "an entry with a password": (lambda: locked(good()), "form-password"),
    "rows without end that are packed well enough": (
        lambda: repacked(good(), {SHEET: rows_of_noise()}),
        "form-swells",
    ),
    "a workbook in a workbook": (
        lambda: repacked(good(), {"xl/embeddings/book.xlsx": good()}),
        "form-part-not-allowed",
    ),
    "a count in scientific digits": (
        lambda: typed(good(), ("1.3", "Trả lời", "1e3", "bao-cao-muon")),
        "form-not-a-number",
    ),
    "piled marks": (lambda: typed(good(), ("2.2", NOTE, "a" + "\u0301" * 500)), "form-bad-character"),
}  # fmt: skip


def merged(*ranges: str) -> bytes:
    """Return a form whose sheet of criteria says that ranges are merged."""
    listed = "".join(f'<mergeCell ref="{name}"/>' for name in ranges)
    found = part(SHEET)
    return repacked(
        good(), {SHEET: found.replace(b"</sheetData>", f"</sheetData><mergeCells>{listed}</mergeCells>".encode())}
    )


def locked(data: bytes) -> bytes:
    """Return a package whose directory says that each entry needs a password."""
    made, position = bytearray(data), 0
    while (position := made.find(b"PK\x01\x02", position)) >= 0:
        made[position + 8] |= 1
        position += 4
    return bytes(made)


def rows_of_noise() -> bytes:
    """Return a sheet of formatted empty rows, each of another height, so that they pack badly, beyond the size."""
    rows = b"".join(
        b'<row r="%d" ht="%d.%d" customHeight="1"/>' % (n, n % 97, n * 7919 % 99991) for n in range(1, 900_000)
    )
    return b"<worksheet><sheetData>" + rows + b"</sheetData></worksheet>"


def coloured_rows() -> bytes:
    rows = b"".join(b'<row r="%d" s="1" customFormat="1" ht="15"/>' % number for number in range(1, 1_048_577))
    return (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        + rows
        + b"</sheetData></worksheet>"
    )


REFUSED = {**HOSTILE, **hostile_parts.REFUSED}


@cache
def refused(name: str) -> bytes:
    """Return a hostile workbook of that name, made once for all who read it."""
    return REFUSED[name][0]()


def test_the_corpus_is_as_large_as_it_says() -> None:
    assert len(REFUSED) == len(HOSTILE) + len(hostile_parts.REFUSED)
    assert len({*REFUSED, *hostile_parts.NOTICED, *hostile_parts.HARMLESS}) >= 85


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_hostile_workbook_is_refused_by_name_and_quickly(name: str) -> None:
    code, snapshot, data = REFUSED[name][1], tiny(), refused(name)
    start = time.process_time()

    received = read_one(snapshot, data)
    seconds = time.process_time() - start

    assert (code in codes(received), received.refused, dict(received.files)) == (True, True, {})
    assert seconds < SECONDS


@pytest.mark.parametrize("name", sorted(hostile_parts.NOTICED))
def test_what_is_not_read_or_not_as_it_seems_is_said_and_the_form_is_read(name: str) -> None:
    build, code = hostile_parts.NOTICED[name]
    data = build()
    start = time.process_time()

    received = read_one(tiny(), data)
    seconds = time.process_time() - start

    own = [found for found in received.findings if found.problem.code == code]
    assert (received.refused, len(own)) == (False, 1), codes(received)
    assert seconds < SECONDS


@pytest.mark.parametrize("name", sorted(hostile_parts.HARMLESS))
def test_what_does_no_harm_is_read_as_if_it_were_not_there(name: str) -> None:
    build, reason = hostile_parts.HARMLESS[name]

    received = read_one(tiny(), build())

    assert (received.refused, dict(received.files), codes(received)) == (False, {}, []), reason


# One reader reads them all; the most memory that it ever had is told after each.
READER = """
import sys
from pathlib import Path
from pipeline.adapters.spreadsheets import read_workbook

for file in sorted(Path(sys.argv[1]).iterdir()):
    read_workbook(file.name, file.read_bytes())
    print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")), file.name)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only this system tells the memory of a process")
def test_hostile_workbooks_take_little_memory(tmp_path: Path) -> None:
    for number, name in enumerate(REFUSED):
        (tmp_path / f"{number:03}.xlsx").write_bytes(refused(name))

    done = subprocess.run([sys.executable, "-c", READER, str(tmp_path)], capture_output=True, check=True, text=True)

    told = [line.split() for line in done.stdout.splitlines()]
    assert len(told) == len(REFUSED)
    assert [name for kilobytes, name in told if int(kilobytes) // 1024 >= MEGABYTES] == []


def test_a_declared_size_that_lies_is_broken() -> None:
    data = bytearray(repacked(good(), {"docProps/custom.xml": b"<x/>" * 1000}, stored=True))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as package:
        entry = package.getinfo("docProps/custom.xml")
    position = data.rindex(b"docProps/custom.xml") - 46 + 24  # the size in the central directory
    data[position : position + 4] = (entry.file_size - 100).to_bytes(4, "little")

    assert codes(read_one(tiny(), bytes(data))) == ["form-broken"]


HARMLESS = {
    "a stray cell at the far end": lambda book: setattr(book[LINES]["XFD1048576"], "value", "x"),
    "another sheet with formulas": lambda book: book.create_sheet("Nháp").append(["=1+1", "ghi chú riêng"]),
    "a link that a program made of an address": lambda book: setattr(
        cell(book, "1.1.1", "Địa chỉ web", sheet="Tài liệu kiểm chứng"), "hyperlink", "https://example.invalid/x"
    ),
    "another sheet in front": lambda book: setattr(book, "active", len(book.sheetnames) - 1),
    "renamed sheets": lambda book: [setattr(page, "title", f"Trang {n}") for n, page in enumerate(book.worksheets)],
}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in HARMLESS if not name.startswith("a link")])
def test_what_does_no_harm_changes_nothing(name: str) -> None:
    received = read_one(tiny(), edited(good(), HARMLESS[name]))

    assert (received.refused, dict(received.files)) == (False, {}), codes(received)


def test_a_text_that_begins_with_an_equals_sign_stays_a_text() -> None:
    data = typed(good(), ("2.2", "Ghi chú (không công bố)", "=HYPERLINK(1)"))
    (path, found) = next(iter(read_one(tiny(), data).files.items()))

    assert "note: =HYPERLINK(1)" in found.decode().replace('"', ""), path


def test_an_address_that_a_program_made_a_link_of_is_read_as_text() -> None:
    received = read_one(tiny(), edited(good(), HARMLESS["a link that a program made of an address"]))

    assert not received.refused
    assert "url: https://example.invalid/x" in next(iter(received.files.values())).decode()


@pytest.mark.parametrize("name", ["an old .xls", "a million coloured rows", "XML that breaks off"])
def test_the_command_says_it_in_one_line_and_writes_nothing(name: str, tmp_path: Path, run_command: RunCommand) -> None:
    build, code = HOSTILE[name]
    root = tmp_path / "kho"
    for path, found in {
        **files_under(ROOT / "tests" / "examples" / "tiny", "data"),
        **files_under(ROOT, "schemas"),
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(found)
    file = tmp_path / "phieu.xlsx"
    file.write_bytes(build())
    before = files_under(root, "data")

    done = run_command("--repo", str(root), "form", "read", str(file), "--today", "2024-12-04")

    assert (1, "", before) == (done.code, done.stderr, files_under(root, "data"))
    assert done.stdout.startswith(f"phieu.xlsx: lỗi {code}: ")
    assert "Traceback" not in done.stdout


def test_a_form_of_which_no_copy_can_be_written_says_so_and_goes_on(tmp_path: Path, run_command: RunCommand) -> None:
    root = repository_in(tmp_path)
    comments = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="c1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/comments" '
        'Target="/xl/comments9.xml"/></Relationships>'
    )
    broken = {"xl/worksheets/_rels/sheet3.xml.rels": comments.encode(), "xl/comments9.xml": b"<x/>"}
    (tmp_path / "phieu.xlsx").write_bytes(repacked(typed(good(), ("2.2", "Điểm tự chấm", "ba")), broken))

    done = run_command(
        "--repo", str(root), "form", "read", str(tmp_path / "phieu.xlsx"), "--annotate", "--today", "2024-12-04"
    )

    assert (done.code, done.stderr) == (1, "")
    assert "Không viết được bản có ghi chú" in done.stdout
    assert not (tmp_path / "phieu.ghi-chu.xlsx").exists()


def test_every_code_of_forms_has_a_wrong_form() -> None:
    labels = load_labels("vi")
    known = {key.split(".")[1] for key in labels.texts if key.startswith("problems.form-")}

    assert known == WRONG.keys() | NOT_OF_A_FILE | {"form-not-issued"}  # the last one is a law of what was committed

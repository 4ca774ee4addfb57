"""Forms for tests: the tiny world and the data of 2024 before anything closed; workbooks made, edited, read back."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
from formcontents import AGENCY, GROUP
from tiny import READINGS, ROOT, TINY_FILES, files_under, snapshot_of

from pipeline.adapters import documents
from pipeline.core.forms.asking import form_of
from pipeline.core.forms.packages import BroughtFile, HandedFile
from pipeline.core.forms.read_tables import FormFinding
from pipeline.core.forms.receipts import Received
from pipeline.core.forms.signed_page import scan_name
from pipeline.core.forms.web_page import json_text, page_values
from pipeline.core.ground.nodes import plain
from pipeline.core.ground.problems import NOWHERE
from pipeline.core.record.model import Calendar, DossierFile
from pipeline.core.record.stages import SURVEY
from pipeline.flows import forms, web_forms
from pipeline.flows.snapshot import Snapshot
from pipeline.flows.wording import load_labels

YEAR, DAY = "2024", "2024-12-04"
TOP = 4  # the row of headers, from 1
CLOSING = ("/approval.yml", "/amendments/", "/seals/")  # what keeps a stage from changing
LINES, EVIDENCE, HEAD, COUNTS = "Biểu chấm", "Tài liệu kiểm chứng", "Thông tin chung", "Số phiếu"


def opened(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of a year without those that close it."""
    return {path: data for path, data in files.items() if not any(part in path for part in CLOSING)}


TINY = opened(TINY_FILES)


@cache
def tiny() -> Snapshot:
    return snapshot_of(TINY)


def title_of(column: str, stage: str) -> str:
    """Return the Vietnamese header of a column in the form of a stage."""
    year, labels = tiny().world.years[YEAR], load_labels("vi")
    return form_of(year, stage, [AGENCY], bodies={}, calendar=Calendar(), labels=labels).header(column)


@cache
def real() -> Snapshot:
    """Return the data of 2024 as it was before anything was sealed."""
    files = {path: data for path, data in files_under(ROOT, "data").items() if not path.startswith("data/2025")}
    return snapshot_of(opened(files))


@cache
def both_years() -> Snapshot:
    """Return the data of 2024 and of the year after, which the concordance compares with it."""
    return snapshot_of(opened(files_under(ROOT, "data")))


def make(
    snapshot: Snapshot,
    stage: str,
    agency: str | None = None,
    *,
    body: str | None = None,
    lang: str = "vi",
    year: str = YEAR,
) -> bytes:
    """Return the workbook of one form."""
    agencies = [] if agency is None else [agency]
    (form,) = forms.forms_of(snapshot, year, stage, agencies=agencies, body=body, labels=load_labels(lang))
    return forms.make(snapshot, form)


def handed_over(
    snapshot: Snapshot,
    stage: str,
    change: Any = None,
    *,
    agency: str = AGENCY,
    body: str | None = None,
    says: Mapping[str, Any] = {},
) -> bytes:
    """Return the document that a web form gives: what the page was told, changed by whoever fills it in.

    Args:
        snapshot: the data that the page was made from.
        stage: the stage; of a survey, one group's counts.
        change: what is done to the content.
        agency: whose form it is.
        body: the monitoring body whose lines alone are asked.
        says: what stands beside the content instead.
    """
    year = snapshot.world.years[YEAR]
    name = "/".join(filter(None, (stage, GROUP if stage == SURVEY else body, agency)))
    made = web_forms.of_year(snapshot, year, load_labels("vi"), stages=[stage], agencies=[agency], body=body)
    (web,) = (one for one in made if one.address == name)
    data = documents.read("phieu.json", str(page_values(web, listed=False)["data"]).encode()).root
    assert data is not None
    told = plain(data)
    assert isinstance(told, dict)
    identity, content = told["identity"], told["content"]
    assert isinstance(identity, dict)
    return json_text({**identity, **says, "content": content if change is None else change(content)}).encode()


def read(
    snapshot: Snapshot, *inputs: tuple[Any, ...], day: str = DAY, dossiers: Mapping[str, str] = {}, **expected: str
) -> tuple[Received, ...]:
    """Read forms against a snapshot, and beside what other agencies handed in: a sha256 of each."""
    given = [delivered(*form) for form in inputs]
    held = {slug: {sha: DossierFile(sha, NOWHERE, "a.pdf", 1, "pdf", DAY, "x")} for slug, sha in dossiers.items()}
    desk = forms.Desk(snapshot, day, forms.Expected(**expected), READINGS, dossiers=lambda _: held)
    return forms.receive(desk, given)


def delivered(name: str, data: bytes, page: str | None = None, scans: tuple[str, ...] = ()) -> forms.Delivered:
    """Open a form, with the scan of its signed page and scans that have its code in their names, each by a sha256."""
    files = {sha: HandedFile("quet.pdf", sha, 10, "pdf") for sha in (page, *scans) if sha is not None}
    scan = None if page is None else BroughtFile(files[page], Path(), "quet.pdf")
    found = forms.scans_of(BroughtFile(files[sha], Path(), scan_name(digest_of(data))) for sha in scans)
    return replace(forms.delivered(name, data), page=scan, scans=found)


def digest_of(data: bytes) -> str:
    """Return the digest of what a form of the tiny world says."""
    (content,) = read_one(tiny(), data).contents
    return content.digest or ""


def read_one(snapshot: Snapshot, data: bytes, name: str = "phieu.xlsx", **expected: str) -> Received:
    (received,) = read(snapshot, (name, data), **expected)
    return received


def edited(data: bytes, change: Callable[[Any], object]) -> bytes:
    """Return a workbook after a change by someone's spreadsheet program; no value of a formula is kept."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    change(book)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def repacked(data: bytes, parts: Mapping[str, bytes | None], *, stored: bool = False) -> bytes:
    """Return a package with parts added, replaced, or taken away where they are None."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, found in parts.items():
            if found is not None:
                new.writestr(name, found, zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def columns(page: Any) -> dict[str, int]:
    """Return the columns of a sheet by their headers, counted from 1."""
    return {str(cell.value): cell.column for cell in page[TOP] if cell.value is not None}


def cell(book: Any, code: str, header: str, part: str = "", sheet: str = LINES) -> Any:
    """Return the cell of a row that is known by its code (and part) under a header."""
    page = book[sheet]
    at = columns(page)
    key = next(name for name in ("Mã", "Mã mục", "Mã tiêu chí", "Câu hỏi") if name in at)
    for row in range(TOP + 1, page.max_row + 1):
        own = str(page.cell(row, at["Mã mục"]).value or "") if sheet == LINES else ""
        if str(page.cell(row, at[key]).value) == code and own == part:
            return page.cell(row, at[header])
    raise LookupError(f"{sheet}: no row {code} {part}")


def typed(
    data: bytes, *entries: tuple[str, str, Any] | tuple[str, str, Any, str] | tuple[str, str, Any, str, str]
) -> bytes:
    """Return a workbook with values typed: code, header, value, and part and sheet where they matter."""

    def change(book: Any) -> None:
        for code, title, value, *more in entries:
            found = cell(book, code, title, *more)
            found.value = value
            if isinstance(value, str):
                found.data_type = "s"  # a person who types an apostrophe first; else the library makes a formula

    return edited(data, change)


def every(received: Received) -> list[FormFinding]:
    """Return all problems, those that one cause explains in the place of the one that tells it."""
    return [one for found in received.findings for one in found.under or (found,)]


def codes(received: Received) -> list[str]:
    """Return the codes of all problems, each once."""
    return sorted({found.problem.code for found in every(received)})


def at(received: Received, code: str) -> list[str]:
    """Return the cells at which a problem was found."""
    return [found.cell for found in every(received) if found.problem.code == code]


def repository_in(folder: Path) -> Path:
    """Write the tiny world with its schemas into a folder without git, and return it."""
    root = folder / "kho"
    for path, file in tiny().tree.files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(file.data)
    return root

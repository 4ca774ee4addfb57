"""A form has one model and two faces: workbook and page ask the same, mark the same as owed, and come back alike."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from html import unescape
from itertools import product
from typing import Any

import pytest
from formworlds import EVIDENCE, HEAD, LINES, TINY, YEAR, tiny
from openpyxl.utils import column_index_from_string
from tiny import ROOT, snapshot_of

from pipeline.adapters import documents
from pipeline.adapters.pages import Pages
from pipeline.adapters.templates import Engine
from pipeline.core.forms import asking
from pipeline.core.forms.asking import Form, form_of
from pipeline.core.forms.manifest import Manifest
from pipeline.core.forms.read_back import content_of, contents_of
from pipeline.core.forms.read_tables import Grid, Typed
from pipeline.core.forms.web_page import TEMPLATE, WebForm, json_text, page_values
from pipeline.core.forms.workbook import book_of
from pipeline.core.ground import nodes
from pipeline.core.ground.nodes import Plain
from pipeline.core.ground.workbook_model import Book, Sheet
from pipeline.core.record.stages import KIND_OF, SURVEY
from pipeline.flows.snapshot import Snapshot
from pipeline.flows.wording import load_labels

AGENCIES = ("co-quan-a", "co-quan-b", "co-quan-c")
BODY = "so-thong-tin"
PARTS = {
    str(path.relative_to(ROOT / "site_templates")): path.read_bytes()
    for path in (ROOT / "site_templates").rglob("*")
    if path.is_file()
}


def asked(snapshot: Snapshot, stage: str, agency: str, body: str | None = None, **words: str) -> Form:
    """Return the form of a stage in the words of the labels, and of some made up for it."""
    world, labels = snapshot.world, load_labels("vi")
    labels = replace(labels, texts={**labels.texts, **{key.replace("__", "."): text for key, text in words.items()}})
    return form_of(
        world.years[YEAR], stage, [agency], body=body, bodies=world.bodies, calendar=world.calendar, labels=labels
    )


def told(form: Form) -> Manifest:
    files = dict.fromkeys(form.paths.values())
    return Manifest(YEAR, form.stage, form.agency, form.body, None, "s", "r", form.checksum(), files)


@dataclass(frozen=True, slots=True)
class Face:
    """What one face of a form asks: its fields with whether they are owed, what may be typed of each line, options."""

    fields: Mapping[str, bool]
    shown: tuple[str, ...]  # the criteria, in their order
    typed: frozenset[tuple[str, str]]  # code, column
    owed: int
    counted: frozenset[tuple[str, str]]  # question, option


def page_of(form: Form) -> str:
    pages = Pages(PARTS, words=form.labels.text, engines=Engine)
    web = WebForm(form, told(form))
    return pages.page(TEMPLATE, "2024/x/index.html", page_values(web, listed=False)).decode()


def of_page(form: Form) -> Face:
    """Return what a page asks, by its elements and its data."""
    text = unescape(page_of(form))
    data = json.loads(text.partition('id="data">')[2].partition("</script>")[0])
    paths = re.findall(r'data-(?:path|list)="/([^"]+)"', text)
    labels = dict(re.findall(r'<label for="f-([^"]+)">(.*?)</label>', text, re.DOTALL))
    heads = [path for path in paths if not path.startswith(("lines/", "answers/"))]
    lines = {tuple(path.split("/")[1:3]) for path in paths if path.startswith("lines/")}
    shown = re.findall(r'<h2[^>]*>([0-9.]+)\. |<h3 class="depth-\d"[^>]*>([0-9.]+) |id="tc-([0-9.]+)"', text)
    return Face(
        fields={path.replace("/", "."): "must" in labels[path.replace("/", "-")] for path in heads},
        shown=tuple(dict.fromkeys("".join(codes) for codes in shown)),
        typed=frozenset((code, column) for code, column in lines),
        owed=sum(one["wanted"] for one in data["criteria"].values()),
        counted=frozenset((path.split("/")[1], path.split("/")[2]) for path in paths if path.startswith("answers/")),
    )


def rows(sheet: Sheet, form: Form) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the rows below the headers, by the words of their columns."""
    names = {column: cell.value for (row, column), cell in sheet.cells.items() if row == 3}
    for row in sorted({row for row, _ in sheet.cells if row > 3}):
        yield row, {str(names[c]): cell for (r, c), cell in sheet.cells.items() if r == row and c in names}


def chosen(sheets: Mapping[str, Sheet]) -> set[str]:
    """Return the criteria that may be chosen in the spare rows of the sheet of evidence."""
    sources = {limit.source for limit in sheets[EVIDENCE].limits if limit.source} if EVIDENCE in sheets else set()
    columns = {column_index_from_string(re.findall(r"\$([A-Z]+)", source)[0]) - 1 for source in sources}
    lists = sheets["Danh mục"].cells if columns else {}
    return {str(cell.value) for (_, column), cell in lists.items() if column in columns}


def of_workbook(form: Form) -> Face:
    """Return what a workbook asks, by its open cells."""
    book, labels = book_of(form, told(form)), form.labels
    sheets = {sheet.name: sheet for sheet in book.sheets}
    columns = {form.header(name): name for name in form.columns}
    fields, typed, shown, counted = {}, set(), [], set()
    for _, cells in rows(sheets[HEAD], form) if HEAD in sheets else ():
        key = str(cells["Mã mục"].value)
        own = key.partition(".")[2] if form.stage == SURVEY else key
        fields[own] = cells["Yêu cầu"].value == labels.text("form.owed")
    for _, cells in rows(sheets[LINES], form) if LINES in sheets else ():
        code = str(cells["Mã"].value)
        shown.append(code)
        typed |= {(code, columns[name]) for name, cell in cells.items() if cell.style[:3] == "in-"}
    for _, cells in rows(sheets[EVIDENCE], form) if EVIDENCE in sheets else ():
        if cells["Mã"].value and cells["Số, ký hiệu"].style[:3] == "in-":
            typed.add((str(cells["Mã"].value), "evidence"))
    typed |= {(code, "evidence") for code in chosen(sheets)}
    options = {
        words: key for group in form.groups for question in group.questions for key, words in question.options.items()
    }
    for _, cells in rows(sheets["Số phiếu"], form) if form.stage == SURVEY else ():
        question = str(cells["Câu hỏi"].value)
        counted |= {(question, options[name]) for name, cell in cells.items() if cell.style == "in-number"}
    owed = re.search(r"/(\d+) tiêu chí", " ".join(str(cell.value) for cell in sheets["Hướng dẫn"].cells.values()))
    return Face(fields, tuple(dict.fromkeys(shown)), frozenset(typed), int(owed[1]) if owed else 0, frozenset(counted))


@pytest.mark.parametrize(
    ("stage", "agency", "body"), [*product(KIND_OF, AGENCIES, [None]), ("appraisal-1", "co-quan-a", BODY)]
)
def test_a_workbook_and_a_page_ask_the_same_and_mark_the_same_as_owed(
    stage: str, agency: str, body: str | None
) -> None:
    form = asked(tiny(), stage, agency, body)

    assert of_workbook(form) == of_page(form)
    assert of_page(form).typed != frozenset()


@pytest.mark.parametrize("agency", AGENCIES)
def test_both_faces_ask_of_a_group_the_same_numbers_and_counts(agency: str) -> None:
    form = asked(tiny(), SURVEY, agency)

    for group in form.groups:
        alone = form.of_group(group.id)

        assert of_workbook(alone) == of_page(alone)
    assert of_page(form).counted != frozenset()


def test_no_face_marks_as_owed_what_does_not_apply_to_an_agency() -> None:
    path = "data/2024/agencies.yml"
    exempt = '    not_applicable:\n      - {criterion: "1.1", reason: Không có, document: {number: 1/QĐ}}\n'
    text = re.sub(r"(  co-quan-a:\n)", r"\1" + exempt, TINY[path].decode())
    before, after = (
        asked(tiny(), "self-assessment", "co-quan-a"),
        asked(snapshot_of({**TINY, path: text.encode()}), "self-assessment", "co-quan-a"),
    )

    assert of_page(after) == of_workbook(after)
    assert (of_page(before).owed - of_page(after).owed, ("1.1.1", "score") in of_page(after).typed) == (2, False)
    assert "Không áp dụng cho cơ quan này: Không có" in page_of(after)


# --- a stage and a field that nobody knew ----------------------------------------------------------------------------


def with_a_stage() -> Snapshot:
    """Return the tiny world with a further appraisal between the usual ones and the council."""
    path = "data/2024/cycle.yml"
    text = TINY[path].decode()
    made = "  phuc-tham: {kind: appraise, title: Phúc thẩm, opens: 2025-01-02, before: 2025-01-31}\n  council-decision:"
    assert "  council-decision:" in text
    return snapshot_of({**TINY, path: text.replace("  council-decision:", made, 1).encode()})


def test_a_made_up_stage_has_both_faces_without_a_line_of_code() -> None:
    form = asked(with_a_stage(), "phuc-tham", "co-quan-a")
    face = of_page(form)

    assert face == of_workbook(form)
    assert face.fields == {"appraised": True}
    assert ("2.2", "score") in face.typed
    assert ("2.2", "request") not in face.typed  # no explanation follows


def grids(book: Book) -> tuple[Grid, ...]:
    """Return a workbook as it comes back where nobody changed it, formulas as their values."""

    def typed(value: object) -> Typed:
        return Typed("number", f"{value:f}", value) if isinstance(value, Decimal) else Typed("text", str(value))

    return tuple(
        Grid(sheet.name, {at: typed(cell.value) for at, cell in sheet.cells.items() if cell.value not in {None, ""}})
        for sheet in book.sheets
    )


def test_a_made_up_field_stands_in_both_faces_and_comes_back_from_both(monkeypatch: pytest.MonkeyPatch) -> None:
    claim = (*asking._HEADS["claim"], ("minutes", "document", True), ("heard", "date", False))
    monkeypatch.setattr(asking, "_HEADS", {**asking._HEADS, "claim": claim})
    form = asked(
        tiny(),
        "self-assessment",
        "co-quan-a",
        form__document__minutes="Biên bản họp",
        form__field__heard="Ngày họp",
        form__hint__heard="Ngày ghi trong biên bản.",
    )
    page, book = page_of(form), book_of(form, told(form))
    head = next(sheet for sheet in book.sheets if sheet.name == HEAD)
    words = [cell.value for cell in head.cells.values()]

    assert of_workbook(form) == of_page(form)
    assert {"minutes.number": True, "minutes.url": False, "heard": False}.items() <= of_page(form).fields.items()
    assert all(text in page for text in ("<legend>Biên bản họp</legend>", "Ngày họp", "Ngày ghi trong biên bản."))
    assert {"Biên bản họp – số, ký hiệu", "Ngày họp", "Ngày ghi trong biên bản."} <= set(words)

    for row, cells in rows(head, form):
        given = {"minutes.number": "07/BB", "heard": "2024-12-02"}.get(str(cells["Mã mục"].value))
        if given is not None:
            head.put(row, 2, given, "in-text")
    path = form.paths["co-quan-a"]
    root = documents.read(path, TINY[path]).root
    stood = nodes.plain(root) if root is not None else None
    assert isinstance(stood, dict)
    expected: dict[str, Plain] = {**stood, "minutes": {"number": "07/BB"}, "heard": "2024-12-02"}
    said = documents.read("phieu.json", json_text(expected).encode()).root
    assert isinstance(said, nodes.Mapping)
    (from_cells,), *_ = contents_of(
        form, told(form), grids(book), file="a.xlsx", rules="r", existing={path: stood}, received="2024-12-04"
    )
    (from_page,), _ = content_of(form, said, existing=dict.fromkeys(form.paths.values(), stood), received="2024-12-04")

    assert expected == from_cells.value == from_page.value
    assert (from_cells.done, from_cells.owed, from_cells.missing) == (from_page.done, from_page.owed, from_page.missing)

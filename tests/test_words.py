"""Word documents: typed text stays text, what a template asks for must exist, the same input gives the same bytes."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from sites import HOSTILE

from pipeline.adapters.words import MOST_TOGETHER, Picture, document
from pipeline.core.problems import ParindexError


def template(*paragraphs: str, more: Callable[[Any], None] | None = None) -> bytes:
    """Return a Word template with some paragraphs; `# ` makes a heading."""
    made = Document()
    for text in paragraphs:
        if text.startswith("# "):
            made.add_heading(text.removeprefix("# "), level=1)
        else:
            made.add_paragraph(text)
    if more is not None:
        more(made)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def opened(data: bytes) -> Any:
    return Document(io.BytesIO(data))


def texts(data: bytes) -> list[str]:
    return [paragraph.text for paragraph in opened(data).paragraphs]


def png(width: int = 4, height: int = 2) -> bytes:
    """Return a small black picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + b"\0" * width for _ in range(height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


TYPED = [
    *HOSTILE[:5],
    *HOSTILE[6:],
    "<w:p/>]]></w:t>&amp;&#x41;",
    "{{ other }} {% for x in y %} {# bỏ #} {{r x }}",
    "{_{ a }_} {_% b %_}",
    "“ngoặc” 'đơn' \\ /",
    "ệ Đ 𝄞",
]


@pytest.mark.parametrize("typed", TYPED)
def test_typed_text_is_shown_as_it_was_typed(typed: str) -> None:
    made = document(template("a {{ x }} b", "{%p for r in rows %}", "{{ r.t }}", "{%p endfor %}"), fields(typed))

    assert texts(made) == [f"a {typed} b", typed]


def test_numbers_run_on_by_series_past_what_is_left_out() -> None:
    body = ("B {{ numbers.table }}", "{%p if x %}", "B {{ numbers.table }}", "{%p endif %}", "H {{ numbers.figure }}")

    made = document(template(*body, "B {{ numbers.table }}"), {"x": False})

    assert texts(made) == ["B 1", "H 1", "B 2"]


def fields(typed: str) -> Mapping[str, object]:
    return {"x": typed, "rows": [{"t": typed}]}


@pytest.mark.parametrize("typed", ["a\x00b", "a\x07b", "a\x0cb", "a\tb", "a\ufffeb", "a\x1bb", "a\ud800b", "a\ue000b"])
def test_a_character_that_is_no_text_becomes_a_space(typed: str) -> None:
    assert texts(document(template("{{ x }}"), {"x": typed})) == ["a b"]


def test_a_new_line_stays_in_its_paragraph() -> None:
    assert texts(document(template("{{ x }}"), {"x": "KT. GIÁM ĐỐC\nPHÓ GIÁM ĐỐC"})) == ["KT. GIÁM ĐỐC\nPHÓ GIÁM ĐỐC"]


@pytest.mark.parametrize(
    ("paragraph", "field"), [("{{ y }}", "y"), ("{{ r.y }}", "y"), ("{% if r.y %}a{% endif %}", "y")]
)
def test_a_template_that_asks_for_a_field_that_is_not_there_is_told_so(paragraph: str, field: str) -> None:
    with pytest.raises(ParindexError) as told:
        document(template(paragraph), {"r": {"x": "1"}})

    assert (told.value.code, told.value.figures["field"]) == ("word-template-field", field)


@pytest.mark.parametrize(
    "data",
    [b"", b"PK", template("{% for x in r %}"), template("{{ r. }}"), template("{% nothing %}")],
    ids=["empty", "no zip", "open loop", "half a field", "unknown word"],
)
def test_a_broken_template_is_a_broken_world(data: bytes) -> None:
    with pytest.raises(ParindexError) as told:
        document(data, {"r": {}})

    assert told.value.code == "word-template-broken"


def test_a_zip_that_is_no_word_file_is_a_broken_world() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        package.writestr("a.txt", "a")

    with pytest.raises(ParindexError) as told:
        document(stream.getvalue(), {})

    assert told.value.code == "word-template-broken"


def test_a_picture_carries_its_words_and_its_width() -> None:
    words = 'Biểu đồ "thác" <a> & b'
    made = opened(document(template("{{ pictures.one }}"), {}, {"one": Picture(png(), 100, words)}))
    (shape,) = made.inline_shapes

    assert (shape._inline.docPr.get("descr"), round(shape.width.mm), round(shape.height.mm)) == (words, 100, 50)


def test_two_documents_of_the_same_fields_are_the_same_and_name_nobody() -> None:
    data = template("# Một {{ x }}", "{{ pictures.one }}")
    first, second = (document(data, {"x": "1"}, {"one": Picture(png(), 50, "a")}, title="Tên") for _ in range(2))
    about = opened(first).core_properties
    with zipfile.ZipFile(io.BytesIO(first)) as package:
        times = {entry.date_time for entry in package.infolist()}

    assert first == second
    assert times == {(1980, 1, 1, 0, 0, 0)}
    assert (about.title, about.author, about.last_modified_by, about.created.year) == ("Tên", "", "", 1980)


def with_contents(made: Any) -> None:
    """Add a table of contents as Word writes it, not filled yet."""
    paragraph = made.add_paragraph()
    for kind, text in (("begin", ""), ("", ' TOC \\o "1-1" \\h '), ("end", "")):
        run = paragraph.add_run()._r
        node = run.makeelement(qn("w:fldChar") if kind else qn("w:instrText"), {})
        if kind:
            node.set(qn("w:fldCharType"), kind)
        node.text = text or None
        run.append(node)


def test_contents_list_the_headings_with_fields_that_count_their_pages() -> None:
    made = opened(document(template("# Một {{ x }}", "thân", "# Hai", more=with_contents), {"x": "1"}))
    xml = made.element.xml

    assert [p.text for p in made.paragraphs if p.text.endswith("–")] == ["Một 1\t–", "Hai\t–"]
    assert [f'w:name="_Toc0000000{number}"' in xml for number in (1, 2)] == [True, True]
    assert [f" PAGEREF _Toc0000000{number} " in xml for number in (1, 2)] == [True, True]
    assert " TOC " not in xml


def test_cells_made_by_a_loop_share_the_room_of_the_one_in_the_template() -> None:
    def table(made: Any) -> None:
        added = made.add_table(rows=1, cols=5)
        width = added._tbl.tblPr.find(qn("w:tblW"))
        width.set(qn("w:type"), "dxa")
        width.set(qn("w:w"), "6000")
        cells = zip(added.rows[0].cells, ["a", "{%tc for v in r %}", "{{ v }}", "{%tc endfor %}", "b"], strict=True)
        for (cell, text), size in zip(cells, [1000, 500, 3000, 500, 1000], strict=True):
            cell.text = text
            cell._tc.get_or_add_tcPr().get_or_add_tcW().set(qn("w:w"), str(size))

    made = opened(document(template(more=table), {"r": ["1", "2", "3", "4"]}))
    widths = [cell._tc.tcPr.find(qn("w:tcW")).get(qn("w:w")) for cell in made.tables[0].rows[0].cells]

    assert widths == ["1000", "1000", "1000", "1000", "1000", "1000"]


@pytest.mark.parametrize(
    ("count", "head", "kept"),
    [
        pytest.param(MOST_TOGETHER - 1, "a head", [True] * (MOST_TOGETHER - 1) + [False], id="short"),
        pytest.param(MOST_TOGETHER, "a head", [False] * (MOST_TOGETHER + 1), id="long"),
        pytest.param(2, "", [False] * 3, id="no head, such as the block of the signature"),
    ],
)
def test_no_page_ends_inside_a_short_table(count: int, head: str, kept: list[bool]) -> None:
    def table(made: Any) -> None:
        added = made.add_table(rows=4, cols=1)
        if head:
            added.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
        for row, text in zip(added.rows, ["A", "{%tr for v in r %}", "{{ v }}", "{%tr endfor %}"], strict=True):
            row.cells[0].text = text

    made = opened(document(template(more=table), {"r": ["1"] * count}))
    rows = [row.cells[0].paragraphs[0].paragraph_format.keep_with_next is True for row in made.tables[0].rows]

    assert rows == kept

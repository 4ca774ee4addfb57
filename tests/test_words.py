"""Word documents: typed text stays text, what a template asks for must exist, the same input gives the same bytes."""

from __future__ import annotations

import io
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from escapes import BOMBS, ESCAPES, VALUES
from sites import HOSTILE

from pipeline.adapters import words
from pipeline.adapters.templates import Engine
from pipeline.adapters.words import MOST_TOGETHER, Picture
from pipeline.core.ground.problems import ParindexError
from pipeline.flows.wording import load_labels

NAME = "site_templates/word/mau.docx"


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


def document(
    template: bytes, context: Mapping[str, object], *pictures: Mapping[str, Picture], title: str = ""
) -> bytes:
    """Fill a template as the program does."""
    return words.document(template, context, *pictures, name=NAME, title=title, engines=Engine)


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

    assert (told.value.code, told.value.figures["word"]) == ("word-template-wrong", field)


def said(data: bytes, context: Mapping[str, object]) -> str:
    """Return the sentence with which a template is refused."""
    with pytest.raises(ParindexError) as told:
        document(data, context)

    assert load_labels("en").error(told.value)
    return load_labels("vi").error(told.value)


WRONG = [
    ("{{ y }}", "không có trường “y”. Các trường ở chỗ này: numbers, pictures, r, rows, x."),
    ("{{ r.y }}", "không có trường “y”. Các trường ở chỗ này: a."),
    ("{% if rows and r.y %}a{% endif %}", "không có trường “y”. Các trường ở chỗ này: a."),
    ("{% for x in rows %}", "thiếu phần kết thúc, ví dụ endfor, endif hoặc dấu ngoặc nhọn."),
    ("{%p for x in rows %}", "thiếu phần kết thúc, ví dụ endfor, endif hoặc dấu ngoặc nhọn."),
    ("{{ x", "thiếu phần kết thúc, ví dụ endfor, endif hoặc dấu ngoặc nhọn."),
    ("{{ r. }}", "phần trong hai dấu ngoặc nhọn viết sai"),
    ("{% endfor %}", "không có lệnh “endfor”"),
    ("{% nothing %}", "không có lệnh “nothing”"),
    ("{% vm %}", "không có lệnh “vm”"),
    ("{{ x|nothing }}", "không có phép “nothing”. Các phép dùng được: first, join, last, length, "),
    ("{{ r }}", "trường ở đây là một nhóm, không phải chữ."),
    ("{%tr for a in rows %}", "dấu {%tr … %} phải nằm trong bảng."),
    ("{%tc if x %}", "dấu {%tc … %} phải nằm trong bảng."),
    ("{{ numbers.a + 'a' }}", "“+” không dùng được trong khuôn."),
    ("{% include 'a' %}", "“include” không dùng được trong khuôn."),
]


@pytest.mark.parametrize(("paragraph", "reason"), WRONG)
def test_what_is_wrong_in_a_template_is_told_with_its_paragraph(paragraph: str, reason: str) -> None:
    told = said(template("# Một", "{{ x }}", f"hai {paragraph}", "ba {{ x }}"), VALUES)

    assert told.startswith(f"Khuôn Word {NAME}, đoạn 3 “hai {paragraph}”: ")
    assert reason in told


def test_a_wrong_mark_in_a_page_head_is_told_with_its_part() -> None:
    def head(made: Any) -> None:
        made.sections[0].header.paragraphs[0].text = "{{ y }}"

    assert said(template("{{ x }}", more=head), VALUES).startswith(
        f"Khuôn Word {NAME} (word/header1.xml), đoạn 1 “{{{{ y }}}}”: "
    )


def test_quotation_marks_that_word_made_round_are_read_as_straight_ones() -> None:
    assert texts(document(template("{{ rows|join(“; ”) }}"), VALUES)) == ["1; 2"]


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\x03\x04" + b"\0" * 100], ids=["empty", "no zip", "a broken zip"])
def test_a_file_that_is_no_word_document_is_told_so(data: bytes) -> None:
    assert said(data, {}).startswith(
        f"Khuôn Word {NAME} không đọc được: tệp không phải văn bản .docx. Hãy mở bằng Word"
    )


@pytest.mark.parametrize("name", ESCAPES)
def test_a_template_leaves_its_language_by_no_known_way(name: str) -> None:
    assert said(template("{{ x }}", ESCAPES[name]), VALUES).startswith(f"Khuôn Word {NAME}, đoạn 2 “")


@pytest.mark.parametrize("name", BOMBS)
def test_a_template_that_costs_too_much_is_stopped(name: str) -> None:
    begun = time.process_time()

    assert said(template(BOMBS[name]), VALUES).startswith(f"Khuôn Word {NAME}, đoạn ")
    assert time.process_time() - begun < 20


@pytest.mark.parametrize("place", ["title", "comments", "subject", "identifier"])
def test_the_properties_of_a_template_run_nothing_either(place: str) -> None:
    def about(made: Any) -> None:
        setattr(made.core_properties, place, "{{ cycler.__init__.__globals__.os.getcwd() }}")

    assert "“__globals__” không dùng được trong khuôn" in said(template("{{ x }}", more=about), VALUES)


def with_part(data: bytes, name: str, change: Callable[[str], str]) -> bytes:
    """Return a package in which a part is changed; one that is not there is added."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for entry in old.namelist():
            if entry != name:
                new.writestr(entry, old.read(entry))
        new.writestr(name, change(old.read(name).decode() if name in old.namelist() else ""))
    return stream.getvalue()


RELATION = '<Relationship Id="rX" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}" {}/>'
OUTSIDE = 'Target="https://outside.invalid/a" TargetMode="External"'
FIELD = '<w:p><w:r><w:instrText> {} "https://outside.invalid/a" </w:instrText></w:r></w:p></w:body>'


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("word/vbaProject.bin", lambda _: "a"),
        ("word/embeddings/oleObject1.xml", lambda _: "a"),
        ("word/settings.xml", lambda text: '<!DOCTYPE a [<!ENTITY b "c">]>' + text.partition("?>")[2]),
        *(
            (
                "word/_rels/document.xml.rels",
                lambda text, kind=kind: text.replace("</Rel", RELATION.format(kind, OUTSIDE) + "</Rel"),
            )
            for kind in ("attachedTemplate", "image", "oleObject", "frame", "subDocument")
        ),
        *(
            ("word/document.xml", lambda text, word=word: text.replace("</w:body>", FIELD.format(word)))
            for word in ("DDEAUTO", "DDE", "INCLUDETEXT", "INCLUDEPICTURE", "LINK")
        ),
    ],
)
def test_a_template_that_runs_embeds_or_reaches_outside_is_refused(part: str, change: Callable[[str], str]) -> None:
    told = said(with_part(template("{{ x }}"), part, change), VALUES)

    assert f"tệp nhúng hoặc liên kết ra ngoài ({part})" in told


def test_a_template_may_have_a_link_to_click() -> None:
    link = RELATION.format("hyperlink", OUTSIDE)
    data = with_part(
        template("{{ x }}"), "word/_rels/document.xml.rels", lambda text: text.replace("</Rel", link + "</Rel")
    )

    assert texts(document(data, VALUES)) == ["<b>"]


def test_a_template_that_swells_is_refused_before_it_is_unpacked() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("word/document.xml", b"\0" * (words.MAX_UNPACKED + 1))

    assert "tệp quá lớn: 32.0 MB, tối đa 32 MB" in said(stream.getvalue(), {})


TRACKED = [
    '<w:ins w:id="1" w:author="a"><w:r><w:t>thêm</w:t></w:r></w:ins>',
    '<w:del w:id="1" w:author="a"><w:r><w:delText>bớt</w:delText></w:r></w:del>',
    '<w:moveFrom w:id="1" w:author="a"><w:r><w:t>đi</w:t></w:r></w:moveFrom>',
    '<w:moveTo w:id="1" w:author="a"><w:r><w:t>đến</w:t></w:r></w:moveTo>',
    '<w:r><w:rPr><w:rPrChange w:id="1" w:author="a"><w:rPr/></w:rPrChange></w:rPr><w:t>đậm</w:t></w:r>',
    '<w:r><w:commentReference w:id="0"/></w:r>',
]


@pytest.mark.parametrize("tracked", TRACKED)
def test_a_tracked_change_or_a_comment_in_a_template_is_named_and_not_printed(tracked: str) -> None:
    data = with_part(
        template("{{ x }}", "hai"),
        "word/document.xml",
        lambda text: text.replace("<w:t>hai</w:t></w:r>", f"<w:t>hai</w:t></w:r>{tracked}"),
    )
    told = said(data, VALUES)

    assert told.startswith(f"Khuôn Word {NAME}, đoạn 2 “hai")
    assert "còn phần sửa đang theo dõi (Track Changes) hoặc nhận xét. Hãy mở khuôn bằng Word, chấp nhận" in told


@pytest.mark.parametrize("kind", ["ins", "del"])
def test_a_tracked_row_in_a_template_is_named(kind: str) -> None:
    def table(made: Any) -> None:
        row = made.add_table(rows=1, cols=1).rows[0]
        row.cells[0].text = "ô {{ x }}"
        row._tr.get_or_add_trPr().append(OxmlElement(f"w:{kind}"))

    assert "đoạn 2 “ô {{ x }}”: còn phần sửa" in said(template("một", more=table), VALUES)


def test_a_zip_that_is_no_word_file_is_a_broken_world() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        package.writestr("a.txt", "a")

    assert "tệp không phải văn bản .docx" in said(stream.getvalue(), {})


def test_a_picture_carries_its_words_and_its_width() -> None:
    words = 'Biểu đồ "thác" <a> & b'
    made = opened(document(template("{{ pictures.one }}"), {}, {"one": [Picture(png(), 100, words)]}))
    (shape,) = made.inline_shapes

    assert (shape._inline.docPr.get("descr"), round(shape.width.mm), round(shape.height.mm)) == (words, 100, 50)


def test_pictures_of_one_figure_stand_in_paragraphs_of_which_the_last_keeps_with_its_title() -> None:
    figures = {"one": [Picture(png(), 100, "a"), Picture(png(), 100, "b"), Picture(png(), 100, "c")]}
    made = opened(document(template("{{ pictures.one }}", "Hình 1"), {}, figures))
    told = [[one.get("descr") for one in own._p.iter(qn("wp:docPr"))] for own in made.paragraphs]

    assert told == [["a"], ["b"], ["c"], []]
    assert [own.paragraph_format.keep_with_next for own in made.paragraphs[:2]] == [False, False]
    assert made.paragraphs[2].paragraph_format.keep_with_next is not False


def test_two_documents_of_the_same_fields_are_the_same_and_name_nobody() -> None:
    data = template("# Một {{ x }}", "{{ pictures.one }}")
    first, second = (document(data, {"x": "1"}, {"one": [Picture(png(), 50, "a")]}, title="Tên") for _ in range(2))
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


BLOCK = (
    '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr>'
    "<w:sdtContent><w:p><w:r><w:t>Mục lục</w:t></w:r></w:p>"
    '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> TO</w:instrText></w:r>'
    '<w:r><w:instrText xml:space="preserve">C \\o "1-1" \\h \\z \\u </w:instrText></w:r>'
    '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    '{}</w:p><w:p>{}</w:p><w:p><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p></w:sdtContent></w:sdt>'
)
PAGE_OF = (
    '<w:hyperlink w:anchor="_Toc1"><w:r><w:t>Cũ</w:t></w:r><w:r><w:fldChar w:fldCharType="begin"/></w:r>'
    '<w:r><w:instrText> PAGEREF _Toc1 \\h </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'
    '<w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:hyperlink>'
)


def test_contents_that_word_filled_and_put_into_a_block_of_their_own_are_filled_anew() -> None:
    block = BLOCK.format(PAGE_OF, PAGE_OF)
    data = with_part(
        template("đầu", "# Một {{ x }}", "# Hai"),
        "word/document.xml",
        lambda text: text.replace("<w:body>", f"<w:body>{block}"),
    )
    made = opened(document(data, {"x": "1"}))
    lines = ["".join(node.text or "" for node in p.iter(qn("w:t"))) for p in made.element.body.iter(qn("w:p"))]

    assert lines == ["Mục lục", "Một 1–", "Hai–", "đầu", "Một 1", "Hai"]
    assert [" TOC " in made.element.xml, "Cũ" in made.element.xml] == [False, False]


def test_contents_take_the_styles_that_word_in_another_language_calls_otherwise() -> None:
    def renamed(text: str) -> str:
        style = '<w:style w:type="paragraph" w:styleId="Mucluc1"><w:name w:val="toc 1"/></w:style></w:styles>'
        return text.replace("</w:styles>", style)

    data = with_part(template("# Một", more=with_contents), "word/styles.xml", renamed)

    assert '<w:pStyle w:val="Mucluc1"/>' in opened(document(data, {})).element.xml


def test_a_table_that_a_loop_left_without_rows_stops_nothing() -> None:
    def table(made: Any) -> None:
        added = made.add_table(rows=3, cols=1)
        for row, text in zip(added.rows, ["{%tr for v in r %}", "{{ v }}", "{%tr endfor %}"], strict=True):
            row.cells[0].text = text

    assert len(opened(document(template(more=table), {"r": []})).tables[0].rows) == 0


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

"""What the search knows of a page, and the order of its list from A to Z."""

from __future__ import annotations

import json

from pipeline.core.ground.kept import Kept
from pipeline.core.publish.site.search import LARGEST_WORDS, SearchPage, Section, entries, index_files, letters

PAGE = """---
title: "Cơ quan A, năm 2024"
also: "CQ A"
body: |
<div><h2 id="dieu-tra">Điều tra</h2>
 <p>Trung bình từng nhóm.</p>
 <details><summary>Từng câu hỏi</summary><p>Bảng</p></details>
 <details id="tc-1.1"><summary>Ban hành kế hoạch</summary><p>Tự chấm</p></details></div>
---
"""


def test_a_box_has_a_heading_of_its_own_only_where_an_address_leads_to_it() -> None:
    (page,) = entries({"2024/index.md": PAGE.encode()}, Kept())

    assert [(one.anchor, one.heading, one.text) for one in page.sections] == [
        ("dieu-tra", "Điều tra", "Trung bình từng nhóm. Từng câu hỏi Bảng"),
        ("tc-1.1", "Ban hành kế hoạch", "Tự chấm"),
    ]


def test_the_list_counts_as_people_do() -> None:
    pages = [SearchPage(title, f"{title}/", "", ()) for title in ("Câu q10", "Câu q2", "1.10. Báo cáo", "1.9. Báo cáo")]
    listed = [(one.title, one.code) for _, under in letters(pages, {}) for one in under]

    assert listed == [("Báo cáo", "1.9"), ("Báo cáo", "1.10"), ("Câu q2", ""), ("Câu q10", "")]


def test_pages_of_no_year_come_first_and_then_those_of_the_latest_year() -> None:
    files = {
        path: PAGE.encode() for path in ("2023/index.md", "2024/a/index.md", "2024/index.md", "gioi-thieu/index.md")
    }

    assert [page.address for page in entries(files, Kept())] == ["gioi-thieu/", "2024/a/", "2024/", "2023/"]


def test_the_index_knows_the_words_of_names_before_those_of_texts_without_marks_and_not_too_many() -> None:
    text = " ".join(f"{one}{other}từ" for one in "abcdeghiklmnopqrstuvxy" for other in "abcdeghiklmnopqrstuvxy")
    pages = [
        SearchPage("Kho bạc Nhà nước", "a/", "KBNN", (Section("Đính chính", "", "Đã nộp 12 báo cáo"),)),
        SearchPage("Kho bạc", "b/", "", (Section("", "", text * 20),)),
    ]
    files = dict(index_files(pages))
    known = json.loads(files["search-index.js"].decode().partition(" = ")[2].rstrip(";\n"))
    words = known["words"].split(" ")

    assert words[: known["named"]] == ["bac", "kho", "kbnn", "nha", "nuoc"]
    assert {"da", "dinh", "chinh", "nop", "bao", "cao"} <= set(words[known["named"] :])
    assert [word for word in words if any(sign.isdigit() for sign in word)] == []
    assert len(known["words"].encode()) <= LARGEST_WORDS

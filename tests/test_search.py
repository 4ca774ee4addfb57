"""What the search knows of a page, and the order of its list from A to Z."""

from __future__ import annotations

from pipeline.core.publish.site.search import SearchPage, entries, letters

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
    (page,) = entries({"2024/index.md": PAGE.encode()})

    assert [(one.anchor, one.heading, one.text) for one in page.sections] == [
        ("dieu-tra", "Điều tra", "Trung bình từng nhóm. Từng câu hỏi Bảng"),
        ("tc-1.1", "Ban hành kế hoạch", "Tự chấm"),
    ]


def test_the_list_counts_as_people_do() -> None:
    pages = [SearchPage(title, f"{title}/", "", ()) for title in ("Câu q10", "Câu q2", "1.10. Báo cáo", "1.9. Báo cáo")]
    listed = [(one.title, one.code) for _, under in letters(pages, {}) for one in under]

    assert listed == [("Báo cáo", "1.9"), ("Báo cáo", "1.10"), ("Câu q2", ""), ("Câu q10", "")]

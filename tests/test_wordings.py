"""How decisions word rules: a known wording is its rule, any other one is not guessed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from pipeline.core.ground.nodes import node_of
from pipeline.core.record.rules import RULES, rule_from, rule_in_words
from pipeline.flows.wording import load_labels

LEVELS = "Đúng hạn: 1; chậm đến 15 ngày: 0,5; không ban hành: 0"
SHARE = "Đạt 100%: 1; từ 80% đến dưới 100%: tính theo công thức; dưới 80%: 0"
WORDINGS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    (LEVELS, "1", "choice", {"options": ["dung-han", "cham-den-15-ngay", "khong-ban-hanh"]}),
    (
        "- Có ban hành: 0.5 điểm.\n- Không ban hành: 0 điểm.",
        "0.5",
        "choice",
        {"options": ["co-ban-hanh", "khong-ban-hanh"]},
    ),
    ("Từ 3 hình thức trở lên: 1; 2 hình thức: 0,5; còn lại: 0", "1", "choice", {}),
    ("Có chuyên mục: 0,5; có hội nghị: 0,5", "1", "checklist", {"items": ["co-chuyen-muc", "co-hoi-nghi"]}),
    (SHARE, "1", "proportional", {"full_from": 100, "zero_below": 80, "when_none": "zero"}),
    (
        "Từ 95% trở lên được điểm tối đa; từ 70% đến dưới 95% tính theo tỷ lệ; dưới 70%: 0. Không phát sinh: đủ điểm",
        "2",
        "proportional",
        {"full_from": 95, "zero_below": 70, "when_none": "full"},
    ),
    (
        "Từ 95% trở lên: 2; từ 50% đến dưới 95%: tính theo công thức 2 × tỷ lệ / 95%; dưới 50%: 0",
        "2",
        "proportional",
        {"full_from": 95, "zero_below": 50, "of": "full_from", "when_none": "zero"},
    ),
    (
        "Từ 95% trở lên: 2; từ 50% đến dưới 95%: tính theo công thức 2 × tỷ lệ / 100%; dưới 50%: 0",
        "2",
        "proportional",
        {"full_from": 95, "zero_below": 50, "when_none": "zero"},
    ),
    ("Từ 80% trở lên: 2; trên 50% đến dưới 80%: 1; dưới 50%: 0", "2", "bands", {"unit": "%"}),
    ("Dưới 50%: 0; từ 50% đến dưới 80%: 1; từ 80% trở lên: 2", "2", "bands", {"unit": "%"}),
    ("Từ 3 dịch vụ trở lên: 2; từ 1 dịch vụ: 1; còn lại: 0", "2", "bands", {"unit": "dịch vụ"}),
    ("Mỗi báo cáo muộn trừ 0,25 điểm", "1.5", "deduction", {"faults": ["bao-cao-muon"], "floor": 0}),
    (
        "Mỗi báo cáo muộn trừ 0,25 điểm, mỗi báo cáo thiếu trừ 0,5",
        "1.5",
        "deduction",
        {"faults": ["bao-cao-muon", "bao-cao-thieu"]},
    ),
    ("Đủ: 2 điểm; trừ 0,5 điểm cho mỗi lần chậm, không thấp hơn 1", "2", "deduction", {"floor": 1}),
    ("Mỗi sáng kiến được cộng 1 điểm; tối đa 2 điểm", "0", "bonus", {"most": 2, "least": 0}),
    ("Người thẩm định cho điểm từ 0 đến 1, theo bước 0,25.", "1", "judged", {"step": Decimal("0.25")}),
    ("Kết quả điều tra xã hội học", "2", "survey", {"groups": ["dai-bieu", "lanh-dao"]}),
    ("Chỉ số hài lòng (SIPAS)", "8", "sipas", {"group": "nguoi-dan"}),
)
UNKNOWN = (
    ("Ban hành trong tháng 1; không ban hành 0", "1"),  # the number is a month
    ("Đúng hạn: 1; muộn: 0,5", "2"),  # nobody gets the maximum
    ("Từ 80% trở lên: 2; từ 40% đến dưới 60%: 1; dưới 40%: 0", "2"),  # a hole between bands
    ("Đạt 100%: 1; từ 80% đến dưới 100%: tính theo công thức (a - 80)/20; dưới 80%: 0", "1"),  # another formula
    ("Đạt 100%: 1; từ 70% đến dưới 100%: tính theo công thức; dưới 80%: 0", "1"),
    ("Từ 95%: 2; từ 50% đến dưới 95%: tính theo công thức 2 × tỷ lệ / 90%; dưới 50%: 0", "2"),  # another target
    ("Đúng hạn: 1; theo quyết định của Hội đồng", "1"),
    ("Mỗi báo cáo muộn trừ 0,25 điểm, trừ trường hợp bất khả kháng", "1"),
    ("", "1"),
)


def in_words(text: str, out_of: str, **beside: Any) -> Any:
    groups = {"dai-bieu": "Đại biểu", "lanh-dao": "Lãnh đạo"}
    return rule_in_words(text, Decimal(out_of), groups=groups, sipas=("nguoi-dan",), **beside)


@pytest.mark.parametrize(("text", "out_of", "kind", "wanted"), WORDINGS)
def test_a_known_wording_is_its_rule(text: str, out_of: str, kind: str, wanted: dict[str, Any]) -> None:
    found, _ = in_words(text, out_of)

    assert found["type"] == kind
    assert {key: list(found[key]) if isinstance(told, list) else found[key] for key, told in wanted.items()} == wanted


def test_every_rule_type_has_a_known_wording() -> None:
    assert {kind for _, _, kind, _ in WORDINGS} == set(RULES) - {"formula"}  # a formula is written, never guessed


@pytest.mark.parametrize(("text", "out_of"), UNKNOWN)
def test_a_wording_that_says_something_else_is_not_guessed(text: str, out_of: str) -> None:
    assert in_words(text, out_of) is None


@pytest.mark.parametrize(
    ("text", "out_of", "left_open"),
    [
        (SHARE, "1", ("when-none",)),
        ("Từ 80% trở lên: 2; trên 50% đến dưới 80%: 1; dưới 50%: 0", "2", ("edge", "when-none")),
        ("Từ 80% trở lên: 2; từ 50% đến 80%: 1", "2", ("edge", "rest", "when-none")),
        ("Điều tra xã hội học", "1", ("groups",)),
        ("Điều tra xã hội học: đại biểu: 0,75; lãnh đạo: 0,25", "1", ()),
        ("Mỗi lần khen cộng 1 điểm", "0", ("bounds",)),
    ],
)
def test_what_a_wording_leaves_open_is_named(text: str, out_of: str, left_open: tuple[str, ...]) -> None:
    assert in_words(text, out_of)[1] == left_open


def test_one_wording_takes_what_the_row_says_where_nothing_was_assigned() -> None:
    assert in_words(SHARE, "1", may_not_apply=True)[0]["when_none"] == "not-applicable"


def test_a_share_of_the_target_is_read_from_its_own_words() -> None:
    told = {"full_from": Decimal(95), "zero_below": Decimal(50), "when_none": "full"}
    for of in ({}, {"of": "full_from"}):
        words = rule_from(node_of({"type": "proportional", **told, **of})).words(Decimal(2), load_labels("vi"), str)

        assert rule_in_words("\n".join(words), Decimal(2)) == ({"type": "proportional", **told, **of}, ())

"""What looks like a person's data is named at its place; what only resembles it is left alone."""

from __future__ import annotations

import time

import pytest

from pipeline.core.record.privacy import is_table, personal_data

SURVEY = "data/2024/survey/supervision.yml"
CASES = {
    "a mobile phone": ("gọi 0912345678", [5]),
    "a phone with spaces": ("0912 345 678", [1]),
    "a phone with the country": ("+84 912 345 678", [1]),
    "a mail": ("thư: nguoi.dan@vi-du.example", [6]),
    "an identity number": ("số 001089012345 cấp", [4]),
    "a whole name": ("đã gặp Nguyễn Văn Bê hôm qua", [8]),
    "a whole name in capitals, as on a list": ("NGUYỄN VĂN BÊ, 1970", [1]),
    "a name after how one is addressed": ("ông Lê Bê", [1]),
    "a rarer family": ("Lò Thị Bê", [1]),
    "a key that asks for a name": ("ho_ten: Bê", [1]),
    "a label that asks for a name": ("Họ và tên: Ký Bê", [1]),
    "an identity number in threes": ("001 089 012 345", [1]),
    "an old identity card": ("CMND số 123456789", [1]),
    "a passport": ("hộ chiếu B1234567", [1]),
    "two on one line": ("0912345678 và 0987654321", [1, 15]),
    "an office's phone": ("024.38253535", []),
    "a document's number": ("0912345678/QĐ-UBND", []),
    "a date and a time": ("202412020815", []),
    "a decimal": ("0.912345678", []),
    "a digest": ("a0912345678b001089012345", []),
    "a street": ("đường Lê Hồng Phong, phường Hoàng Văn Thụ", []),
    "a name of two": ("Nguyễn Trãi", []),
    "a word about names": ("Phiếu không hỏi họ tên; không có họ tên nào", []),
    "a title in capitals": ("BỘ PHẬN MỘT CỬA, HÀ NỘI", []),
    "a place that begins like a family": ("Hà Nội, Cao Bằng và Thái Nguyên", []),
    "an amount in threes": ("84.912.345.678 đồng", []),
    "functions and bodies": ("Phó Chủ tịch Hội đồng, Sở Nội vụ", []),
}


@pytest.mark.parametrize("case", CASES)
def test_signs_of_a_person_are_named_at_their_columns(case: str) -> None:
    text, columns = CASES[case]
    found = list(personal_data(SURVEY, f"format: 1\n# {text}\n".encode()))

    assert [(problem.line, problem.column) for problem in found] == [(2, column + 2) for column in columns]


def test_what_was_found_is_not_repeated() -> None:
    (problem,) = personal_data(SURVEY, b"# 0912345678\n")

    assert problem.figures == {"found": "09…"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("data/access.yml", "email: nguoi-dan@vi-du.example"),
        ("data/access.yml", "- key: ssh-ed25519 AAAA/0912345678 a@b.example"),
        ("data/2024/seals/survey.yml", "  0912345678 001089012345"),
        ("data/2024/plan.yml", "Nguyễn Văn Bê"),
    ],
)
def test_where_it_belongs_or_means_nothing_it_may_stand(path: str, text: str) -> None:
    assert list(personal_data(path, text.encode())) == []


@pytest.mark.parametrize(("path", "expected"), [("a/PHIEU.XLSX", True), ("a/phieu.csv", True), ("a/phieu.yml", False)])
def test_a_table_is_known_by_its_name(path: str, expected: bool) -> None:  # noqa: FBT001
    assert expected == is_table(path)


# A file may be a megabyte on one line; what is looked for must cost no more than the looking.
ENDLESS = {
    "letters": "a",
    "what a mail is made of": "a.b-",
    "signs of mails": "a@",
    "mails without an end": "a@b.",
    "phones without an end": "091234567 ",
    "identity numbers without an end": "001 089 ",
    "names that are honoured": "đường Nguyễn Văn Bê ",
    "names": "Nguyễn Bê ",
    "labels": "họ tên",
    "papers": "cccd ",
    "spaces": " ",
    "digits": "0",
}


@pytest.mark.parametrize("piece", ENDLESS.values(), ids=ENDLESS)
def test_a_megabyte_of_anything_is_looked_through_in_seconds(piece: str) -> None:
    data = (piece * (1024 * 1024 // len(piece.encode()))).encode()
    started = time.process_time()
    list(personal_data(SURVEY, data))

    assert time.process_time() - started < 4


def test_mails_that_touch_are_each_found() -> None:
    found = personal_data("data/2024/plan.yml", b"# a@b.example%c@d.example,e@f.example\n")

    assert [problem.column for problem in found] == [3, 5, 27]

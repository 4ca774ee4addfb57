"""What people type is inert in Markdown on every forge; and the judge of that finds what it must."""

from __future__ import annotations

import pytest

from pipeline.core.ground.text import code_span, markdown_cell, one_line
from tests.markup import HOSTILE, Rendered, acts

ACTING = [
    *("@ai", "a@b.vn", "sửa #12", "&#64;ai", "&#35;12", "GH-3", "!7", "~loi", "[issue:12]", "08c6903cd8c0", "1234567"),
    *("https://a.example", "www.a.example", "mailto:a", "kho:smile:", "$x$", "[[_TOC_]]", "chữ\n/close", "\u202ea"),
]


@pytest.mark.parametrize("text", ACTING)
def test_the_judge_finds_what_acts(text: str) -> None:
    assert acts(text)


def test_the_corpus_is_large() -> None:
    assert len(set(HOSTILE)) == len(HOSTILE) > 150


@pytest.mark.parametrize("text", HOSTILE)
def test_a_code_span_shows_a_text_exactly_and_does_nothing(text: str) -> None:
    comment = f"- lời {code_span(text)}, lời {code_span(text)}"
    rendered = Rendered(comment)

    assert acts(comment) == []
    assert rendered.code == [one_line(text)] * 2 if one_line(text) else rendered.code == []
    assert set(rendered.elements) <= {"ul []", "li []", "code []"}


@pytest.mark.parametrize("text", HOSTILE)
def test_a_cell_shows_a_text_and_does_nothing(text: str) -> None:
    comment = f"| a |\n|---|\n| x {markdown_cell(text)} |\n"
    rendered = Rendered(comment)

    assert [found for found in acts(comment) if not found.startswith("commit: ")] == []
    assert rendered.elements == Rendered("| a |\n|---|\n| x |\n").elements
    assert "".join(rendered.outside).replace("\u200b", "").split() == ["a", "x", *one_line(text).split()]


@pytest.mark.parametrize("text", ["Sở GD&ĐT", "KH&CN (cũ)", "LĐ&XH, 'A' hay \"B\"?", "A & B"])
def test_ordinary_names_stay_readable_where_nobody_renders_a_cell(text: str) -> None:
    assert markdown_cell(text) == text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_code_span_stays_in_its_cell(text: str) -> None:
    comment = f"| a | b |\n|---|---|\n| {code_span(text).replace('|', chr(92) + '|')} | y |\n"
    rendered = Rendered(comment)

    assert acts(comment) == []
    assert rendered.elements["td []"] == 2
    assert "".join(rendered.code) == one_line(text)


def test_a_text_of_a_million_characters_is_made_inert_at_once() -> None:
    for text in ("@#`", ":a0a[www.\\|GH-1"):
        assert acts(code_span(text * 20_000)) == []
        assert markdown_cell(text * 100_000)

"""Every problem code has words in both languages, a section in the reference and an example; nothing is left over."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator

import pytest
from test_laws import CASES
from tiny import EXAMPLES, ROOT
from wrong_bundles import BY_SIGNERS
from wrong_bundles import WRONG as WRONG_BUNDLES
from wrong_causes import CAUSES as CAUSES_OF_MANY
from wrong_forms import NOT_OF_A_FILE, WRONG
from wrong_packages import WRONG as WRONG_PACKAGES
from wrong_releases import WRONG as WRONG_RELEASES
from wrong_responses import WRONG as WRONG_RESPONSES
from wrong_tables import WRONG as WRONG_TABLES

from pipeline.adapters import documents
from pipeline.adapters.messages import LANGUAGES
from pipeline.core.ground import nodes

LABELS = ROOT / "pipeline" / "labels"
FAMILIES = sorted({path.stem for path in LABELS.glob("*/problems/*.yml")})
OF_COMPLETENESS = {"stage-file-awaited", "lines-awaited", "counts-awaited"}  # what a year lacks: made by test_pending
NOT_KEPT = {"too-large"} | NOT_OF_A_FILE | OF_COMPLETENESS  # too big to keep: made by test_documents
VIETNAMESE_ONLY = {"title"}  # a figure that is itself Vietnamese, so that English may leave it out
SECTION = re.compile(r"^### (\S+)\n\n\*\*(Lỗi|Cảnh báo)\.\*\* (.+)\n\n((?:- .+\n)+)", re.MULTILINE)


def words(family: str, language: str) -> dict[str, dict[str, str]]:
    document = documents.read(family, (LABELS / language / "problems" / f"{family}.yml").read_bytes())
    assert document.root is not None, document.problems
    found = nodes.plain(document.root)
    assert isinstance(found, dict)
    return found  # type: ignore[return-value]  # test_each_code_has_a_message_and_a_cure looks inside


def wanted(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None} - VIETNAMESE_ONLY


VIETNAMESE = {code: said for family in FAMILIES for code, said in words(family, "vi").items()}
ENGLISH = {code: said for family in FAMILIES for code, said in words(family, "en").items()}
REFERENCE = (ROOT / "docs" / "reference" / "problems.md").read_text(encoding="utf-8")
SECTIONS = {code: (severity, points) for code, severity, _, points in SECTION.findall(REFERENCE)}


def examples() -> Iterator[str]:
    """Yield the code of each example: `<kind>--<code>.yml`, a folder among the laws, a form or responses gone wrong."""
    invalid = EXAMPLES / "invalid"
    yield from (path.name.partition("--")[2].partition(".")[0] for path in invalid.glob("*--*"))
    yield from (folder.name for folder in (invalid / "laws").iterdir())
    yield from WRONG
    yield from CAUSES_OF_MANY
    yield from WRONG_RESPONSES
    yield from WRONG_BUNDLES
    yield from BY_SIGNERS
    yield from WRONG_RELEASES
    yield from WRONG_TABLES
    yield from WRONG_PACKAGES


def test_the_words_of_the_laws_are_those_of_the_laws_that_exist() -> None:
    assert set(words("laws", "vi")) == set(CASES)


def test_no_code_has_two_meanings() -> None:
    assert len(VIETNAMESE) == sum(len(words(family, "vi")) for family in FAMILIES)


def test_both_languages_word_the_same_codes() -> None:
    assert set(VIETNAMESE) == set(ENGLISH)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("family", FAMILIES)
def test_each_code_has_a_message_and_a_cure(family: str, language: str) -> None:
    lacking = [
        code
        for code, said in words(family, language).items()
        if set(said) - {"message-one"} != {"message", "help"}
        or not all(isinstance(text, str) and text for text in said.values())
    ]

    assert lacking == []


@pytest.mark.parametrize("part", ["message", "help"])
@pytest.mark.parametrize("code", sorted(VIETNAMESE))
def test_both_languages_ask_for_the_same_figures(code: str, part: str) -> None:
    assert wanted(VIETNAMESE[code][part]) == wanted(ENGLISH[code][part])


def test_the_reference_has_one_section_for_each_code() -> None:
    headings = re.findall(r"^### (\S+)$", REFERENCE, re.MULTILINE)

    assert sorted(headings) == sorted(VIETNAMESE)
    assert set(SECTIONS) == set(VIETNAMESE)


@pytest.mark.parametrize("code", sorted(VIETNAMESE))
def test_a_section_gives_an_example_and_a_cure_and_for_a_law_its_source(code: str) -> None:
    points = SECTIONS[code][1]
    owed = ["- Ví dụ: ", "- Cách sửa: ", "- *English: ", *(["- Căn cứ: "] if code in CASES else [])]

    assert [start for start in owed if start not in points] == []


@pytest.mark.parametrize("code", sorted(CASES))
def test_the_reference_says_whether_a_law_blocks(code: str) -> None:
    assert SECTIONS[code][0] == {"error": "Lỗi", "warning": "Cảnh báo"}[CASES[code]]


def test_each_code_has_an_example() -> None:
    assert set(VIETNAMESE) - set(examples()) == NOT_KEPT
    assert set(examples()) - set(VIETNAMESE) == set()

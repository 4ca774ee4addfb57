"""Strict YAML: what is read, what is refused and where, and that writing changes only the lines it must."""

from __future__ import annotations

import difflib
import random
import subprocess
import sys
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.adapters import documents
from pipeline.adapters.documents import MAX_NODES, MAX_SCALAR, read, read_next
from pipeline.core.ground import nodes
from pipeline.core.ground.characters import BAD_CHARACTER, MAX_BYTES, MAX_CHARACTERS, piled_marks
from pipeline.core.ground.nodes import Node, Plain, Scalar, at, plain
from pipeline.core.ground.problems import has_errors
from pipeline.core.record.editing import DELETE, Changes, same
from pipeline.core.record.layout import LARGE_BYTES
from pipeline.flows.writing import dump, edit

ROOT = Path(__file__).resolve().parent.parent
INVALID = sorted((ROOT / "tests" / "examples" / "invalid").glob("yaml--*.yml"))
LABELS = ROOT / "pipeline" / "labels"


def meaning(text: str) -> Plain:
    """Return what a text without problems means."""
    document = read("data/2024/plan.yml", text.encode())

    assert document.problems == ()
    assert document.root is not None

    return plain(document.root)


def found(data: bytes) -> list[tuple[str, int, int]]:
    """Return code, line and column of every problem of a file."""
    return [(problem.code, problem.line, problem.column) for problem in read("data/2024/plan.yml", data).problems]


# Values

PLAIN_SCALARS = [
    ("1", Decimal(1)),
    ("0", Decimal(0)),
    ("-0", Decimal(0)),
    ("-1.50", Decimal("-1.50")),
    ("0.98", Decimal("0.98")),
    ("123456789.123456", Decimal("123456789.123456")),
    ("1.1234567", "1.1234567"),
    ("01", "01"),
    ("1.", "1."),
    (".5", ".5"),
    ("+1", "+1"),
    ("1e5", "1e5"),
    ("1_000", "1_000"),
    ("0x10", "0x10"),
    ("0,5", "0,5"),
    ("12:30", "12:30"),
    (".nan", ".nan"),
    (".inf", ".inf"),
    ("NaN", "NaN"),
    ("١", "١"),
    ("1.1.1", "1.1.1"),
    ("true", True),
    ("false", False),
    ("null", None),
    ("", None),
    ("True", "True"),
    ("no", "no"),
    ("on", "on"),
    ("~", "~"),
    ("Null", "Null"),
    ("342/KH-UBND", "342/KH-UBND"),
    ("2024-11", "2024-11"),
    ("2024-11-26", "2024-11-26"),
    ("2026-02-30", "2026-02-30"),
    ("Báo cáo, số 3", "Báo cáo, số 3"),
    ("https://example.org/a#b", "https://example.org/a#b"),
]


@pytest.mark.parametrize(("written", "value"), PLAIN_SCALARS)
def test_a_plain_value_is_a_number_a_word_or_the_text_that_was_written(written, value):
    document = read("a.yml", f"a: {written}\n".encode())
    node = at(document.root, ("a",))

    assert document.problems == ()
    assert (written, value, type(value), False) == (node.text, node.value, type(node.value), node.quoted)


@pytest.mark.parametrize(("written", "_value"), PLAIN_SCALARS)
def test_a_quoted_value_is_text_whatever_it_looks_like(written, _value):
    for quote in "'\"":
        node = at(read("a.yml", f"a: {quote}{written}{quote}\n".encode()).root, ("a",))

        assert (written, written, True) == (node.text, node.value, node.quoted)


def test_a_code_as_key_never_becomes_a_number():
    assert {"1.10": Decimal(1), "1.1": Decimal(2), "no": Decimal(3)} == meaning('1.10: 1\n"1.1": 2\nno: 3\n')


def test_every_node_and_every_key_keeps_its_line_and_column():
    text = 'format: 1\nlines:\n  "1.1":\n    answer: {done: 118, assigned: 120}\n    evidence:\n      - Đã: ký\n'
    root = read("a.yml", text.encode()).root
    code = at(root, ("lines",)).keys["1.1"]
    answer = at(root, ("lines", "1.1", "answer"))
    signed = at(root, ("lines", "1.1", "evidence", 0, "Đã"))

    assert (root.line, root.column) == (1, 1)
    assert Scalar("1", Decimal(1), 1, 9) == root.values["format"]
    assert Scalar("1.1", "1.1", 3, 3, quoted=True) == code
    assert (answer.line, answer.column) == (4, 13)
    assert Scalar("assigned", "assigned", 4, 25) == answer.keys["assigned"]
    assert Scalar("ký", "ký", 6, 13) == signed


def test_places_in_a_file_with_a_byte_order_mark_and_windows_lines_are_those_an_editor_shows():
    document = read("a.yml", b"\xef\xbb\xbfformat: 1\r\nscore: x\r\n")

    assert (*at(document.root, ("score",))[2:4], at(document.root, ("score",)).text) == (2, 8, "x")


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfscore: 1\n",
        b"score: 1\r\n",
        b"\xef\xbb\xbfscore: 1\r\n",
    ],
)
def test_a_byte_order_mark_and_windows_lines_are_read_with_a_warning(data):
    document = read("a.yml", data)

    assert {"score": Decimal(1)} == plain(document.root)
    assert document.problems
    assert not has_errors(document.problems)


def test_decomposed_vietnamese_is_read_composed_with_one_warning_at_the_first_letter():
    text = "name: Thuế\ntitle: Cục Thuế\nother: a\n"
    document = read("a.yml", unicodedata.normalize("NFD", text).encode())

    assert meaning(text) == plain(document.root)
    assert [(p.code, p.severity, p.line, p.column, p.figures) for p in document.problems] == [
        ("not-nfc", "warning", 1, 10, {"count": "2"})
    ]


# What is refused

REFUSED = [
    # duplicate keys
    ("a: 1\nb: 2\na: 3\na: 4\n", [("duplicate-key", 3, 1), ("duplicate-key", 4, 1)]),
    ("Thuế: 1\n" + unicodedata.normalize("NFD", "Thuế") + ": 2\n", [("duplicate-key", 2, 1), ("not-nfc", 2, 4)]),
    ('Thuế: 1\n"Thu\\u00ea\\u0301": 2\n', [("duplicate-key", 2, 1)]),
    ("a: {b: 1, b: 2}\n", [("duplicate-key", 1, 11)]),
    ("1.1: 1\n'1.1': 2\n", [("duplicate-key", 2, 1)]),
    # what YAML can do and we do not use
    ("a: &x 1\nb: *x\n<<: *x\n", [("anchor", 1, 4), ("alias", 2, 4), ("alias", 3, 5), ("merge-key", 3, 1)]),
    ("&x a: 1\n", [("anchor", 1, 1)]),
    ("a: &x {b: 1}\n", [("anchor", 1, 4)]),
    ("a: &x [b]\n", [("anchor", 1, 4)]),
    ("a: !!str 1\n", [("tag", 1, 4)]),
    ("a: !!python/object:os.system [x]\n", [("tag", 1, 4)]),
    ("a: !quan trọng\n", [("tag", 1, 4)]),
    ("! a\n", [("tag", 1, 1)]),
    ("!x {a: 1}\n", [("tag", 1, 1)]),
    ("%YAML 1.1\n---\na: 1\n", [("directive", 1, 1)]),
    ("%TAG ! tag:example.org,2024:\n---\na: 1\n", [("directive", 1, 1)]),
    ("%LOI\n---\na: 1\n", [("directive", 1, 1)]),
    ("a: 1\n---\nb: 1\n", [("several-documents", 2, 1)]),
    ("a: 1\n...\nb: 1\n", [("several-documents", 3, 1)]),
    ("? [a]\n: 1\n", [("key-not-text", 1, 3)]),
    ("{a: 1}: 1\n", [("key-not-text", 1, 1)]),
    ("? \n: 1\n", [("key-not-text", 1, 2)]),
    ("? a\n: 1\n", [("key-not-text", 1, 3)]),
    ("- ? a\n  : 1\n", [("key-not-text", 1, 5)]),
    ("? \n\n  a\n: 1\n", [("key-not-text", 3, 3)]),
    ("a: |\n  b ?\n?\n  c\n: 1\n", [("key-not-text", 4, 3)]),
    ("{? a : 1, ? b : 2}\n", [("key-not-text", 1, 4), ("key-not-text", 1, 13)]),
    ("*a : 1\n", [("key-not-text", 1, 1), ("alias", 1, 1)]),
    # nothing there
    ("", [("empty-document", 1, 1)]),
    ("# ghi chú\n", [("empty-document", 2, 1)]),
    ("---\n", [("empty-document", 2, 1)]),
    ("null\n", [("empty-document", 1, 1)]),
    # limits
    ("a: " + "[" * 16 + "]" * 16 + "\n", [("too-deep", 1, 19)]),
    (f"a: {'x' * (MAX_SCALAR + 1)}\n", [("scalar-too-long", 1, 4)]),
    (f"? '{'x' * (MAX_SCALAR + 1)}'\n: 1\n", [("key-not-text", 1, 3), ("scalar-too-long", 1, 3)]),
    ("a: [" + "x, " * MAX_NODES + "x]\n", [("too-many-nodes", 1, 3 * MAX_NODES + 2)]),
    ("a: 1" + "0" * 30 + "\n", [("number-too-long", 1, 4)]),
    ("# " + "x" * MAX_BYTES + "\n", [("too-large", 1, 1)]),
    # characters
    ("a:\t1\n\tb: 2\n", [("tab-character", 1, 3), ("tab-character", 2, 1)]),
    ("a: 1\rb: 2\n", [("carriage-return", 1, 5)]),
    ("a: x\u2028y\u2029\u0085\n", [("line-separator", 1, 5), ("line-separator", 1, 7), ("line-separator", 1, 8)]),
    ("a: \u202ex\u2066\n", [("bidirectional-character", 1, 4), ("bidirectional-character", 1, 6)]),
    ("a: x\u200by\u00ad\ufeff\n", [("zero-width-character", 1, column) for column in (5, 7, 8)]),
    ("a: \ufdd0\ufdd3\ufdef\n", [("control-character", 1, column) for column in range(4, 7)]),
    ("a: \x00\x1b\x7f\x9f\ufffe\n", [("control-character", 1, column) for column in range(4, 9)]),
    ("a: h\ufffdn\n", [("replacement-character", 1, 5)]),
    ("a: 1\n\u00a0 b: 2\n \u3000c: 3\n", [("false-space", 2, 1), ("false-space", 3, 2)]),
    ("a: x" + "\u0301\u0316" * 5 + "\n", [("too-many-marks", 1, 13)]),
    ('a: "\\u200b"\n', [("zero-width-character", 1, 4)]),
    ('a: "\\t\\0"\n', [("control-character", 1, 4), ("tab-character", 1, 4)]),
    ('a: "' + "\\u0301\\u0316" * 5 + '"\n', [("too-many-marks", 1, 4)]),
    # what people type
    ("a: b: c\n", [("colon-in-text", 1, 5)]),
    ("a: {b: c: d}\n", [("colon-in-text", 1, 9)]),
    ("a: @x\n", [("reserved-character", 1, 4)]),
    ("a: %x\n", [("reserved-character", 1, 4)]),
    ("a: `x`\n", [("reserved-character", 1, 4)]),
    ("a: - x\n", [("reserved-character", 1, 4)]),
    ("a: ? x\n", [("reserved-character", 1, 4)]),
    ("a: >50%\n", [("reserved-character", 1, 4)]),
    ("a: |x\n", [("reserved-character", 1, 4)]),
    ("a: & b\n", [("reserved-character", 1, 4)]),
    ("a: ]\n", [("reserved-character", 1, 4)]),
    ("a: *Bao cao*\n", [("alias", 1, 4)]),
    ("x: 1\na:b\nc: 1\n", [("missing-colon", 2, 1)]),
    ("a:b\nc: 1\n", [("missing-colon", 1, 1)]),
    ("a: 1\nb:\u00a02\nc: 1\n", [("missing-colon", 2, 1)]),
    ("a: x\ny\nb: 1\n", [("missing-colon", 2, 1)]),
    ("x:\n  a 1\n  b: 2\n", [("missing-colon", 2, 3)]),
    ('lines:\n  "1.1":\n    answer co\n\n    score: 1\n', [("missing-colon", 3, 5)]),
    ("a: x\n  b: 1\n", [("bad-indentation", 2, 3)]),
    ("x:\n  a: 1\n b: 2\n", [("bad-indentation", 3, 2)]),
    ("x:\n - a\n b: 1\n", [("bad-indentation", 3, 2)]),
    ('a: "x" y\nb: 1\n', [("text-after-quote", 1, 8)]),
    ("a: 'it's'\n", [("text-after-quote", 1, 8)]),
    ("a: ['x' y]\n", [("text-after-quote", 1, 9)]),
    ("a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> x\n", [("merge-conflict", 2, 1)]),
    ('a: "x\nb: 1\n', [("unclosed-quote", 1, 4)]),
    ('lines:\n  "1.1:\n    score: 1\n', [("unclosed-quote", 2, 3)]),
    ('a: "x\n"b": 1\n', [("unclosed-quote", 1, 4)]),
    ("a: {b: 1\nc: 2\n", [("unclosed-bracket", 1, 4)]),
    ("a: [x\n", [("unclosed-bracket", 1, 4)]),
    ("a: [x,\n", [("unclosed-bracket", 1, 4)]),
    ("a: 1\nb: [[x], {c: 1},\n\n", [("unclosed-bracket", 2, 4)]),
    ('a: "C:\\dulieu"\n', [("bad-escape", 1, 7)]),
    ('a: "\\ud800"\n', [("bad-escape", 1, 7)]),
    ("a: [0,5]\nb: {c: 0,5}\n", [("comma-decimal", 1, 5), ("comma-decimal", 2, 8)]),
    ("a: {b: x, y}\n", [("comma-in-braces", 1, 11)]),
    ("a: {b:1}\n", [("comma-in-braces", 1, 5)]),
    ("a: Báo cáo #3\n", [("comment-after-text", 1, 12)]),
    ("a: Báo cáo   #3\n", [("comment-after-text", 1, 14)]),
    ("- #3\n", [("comment-after-text", 1, 3)]),
    ("a: Báo cáo #3 của\n  cục\n", [("comment-inside-text", 1, 12)]),
    ("a: [x]y\n", [("yaml-syntax", 1, 7)]),
]


@pytest.mark.parametrize(
    ("text", "problems"), REFUSED, ids=[f"{problems[0][0]}-{n}" for n, (_, problems) in enumerate(REFUSED)]
)
def test_what_is_wrong_is_named_at_its_place(text, problems):
    assert sorted(problems, key=lambda problem: (problem[1], problem[2], problem[0])) == found(text.encode())


@pytest.mark.parametrize(
    ("data", "code", "figures"),
    [
        ("a: số".encode("utf-16"), "wrong-encoding", {"encoding": "UTF-16"}),
        ("a: số".encode("utf-16-le"), "wrong-encoding", {"encoding": "UTF-16"}),
        ("a: số".encode("utf-16-be"), "wrong-encoding", {"encoding": "UTF-16"}),
        ("a: Đơn vi\u0323".encode("cp1258"), "wrong-encoding", {"encoding": "Windows-1258"}),
        (b"a: \x8f\x90", "not-utf8", {"byte": "0x8F"}),
        (b"PK\x03\x04\xff\x00\x9d", "not-utf8", {"byte": "0xFF"}),
        (b"a: \xed\xa0\x80", "not-utf8", {"byte": "0xED"}),
        (b"a: \xc0\xaf", "not-utf8", {"byte": "0xC0"}),
    ],
)
def test_bytes_that_are_not_utf8_are_named(data, code, figures):
    document = read("a.yml", data)

    assert [(code, figures)] == [(problem.code, problem.figures) for problem in document.problems]
    assert document.root is None


@pytest.mark.parametrize(
    "text",
    [
        "a: 1 # ghi chú\n",
        "a: Báo cáo # ghi chú\n",
        "a: 1 #ghi chú\n",
        "a: 'Báo cáo' #3\n",
        "a: 'Báo cáo #3'\n",
        "lines: #chú thích\n  a: 1\n",
        "a: |\n  Báo cáo #3\n",
        "---\na: 1\n",
        "a: 1\n...\n",
        "a: [0, 5]\nb: {c: 0, d: 5}\n",
        "a: {b: }\n",
        "a: {b: , c: 1}\n",
        "a:\n- b\n- c\n",
        "a:\n  note: |\n    Có đúng không ?\n  b:\n    - |\n      ?\nc: 1\n",
        "note: Có không?\nb: Vì sao? Chưa rõ\nc: {d: gì? đó, e: 1}\n'? f': 1\n",
        "a: Căn\u00a0cứ\n",
        "a: >-\n  Đã ban hành,\n  đúng hạn\n",
        "a: " + "[" * 15 + "]" * 15 + "\n",
        "a: " + "x" * MAX_SCALAR + "\n",
    ],
)
def test_honest_files_have_no_problem(text):
    assert found(text.encode()) == []


def test_bad_characters_are_named_one_by_one_up_to_a_limit_and_then_counted():
    problems = read("a.yml", ("a: x" + "\u200b" * (MAX_CHARACTERS + 5) + "\n").encode()).problems

    assert [problem.code for problem in problems] == ["zero-width-character"] * MAX_CHARACTERS + ["more-characters"]
    assert (problems[-1].figures["count"], problems[-1].column) == ("5", 5 + MAX_CHARACTERS)


def test_hidden_characters_do_not_keep_the_rest_of_the_file_from_being_read():
    document = read("a.yml", "a: x\u200by\na: 2\nb: c: d\n".encode())

    assert [problem.code for problem in document.problems] == ["zero-width-character", "duplicate-key", "colon-in-text"]


def test_a_key_written_twice_names_the_first_place_and_keeps_the_first_value():
    document = read("a.yml", b"a: 1\nb:\n  c: 1\n  c: 2\n")

    assert {"a": Decimal(1), "b": {"c": Decimal(1)}} == plain(document.root)
    assert [problem.figures for problem in document.problems] == [{"key": "c", "first_line": "3", "first_column": "3"}]


def test_messages_repeat_no_hidden_character_and_no_endless_text():
    problems = read("a.yml", ("a: x\u202ey: " + "z" * 500 + "\n").encode()).problems

    assert all(
        not BAD_CHARACTER.search(figure.replace("\ufffd", "")) for p in problems for figure in p.figures.values()
    )
    assert all(len(figure) <= 60 for problem in problems for figure in problem.figures.values())


# Words and examples


def codes_with_words(language: str) -> Mapping[str, Node]:
    document = read("labels", (LABELS / language / "problems" / "yaml.yml").read_bytes())

    assert document.problems == ()

    return document.root.values


def test_every_problem_that_these_tests_know_has_words_in_both_languages_and_an_example():
    known = {code for _, problems in REFUSED for code, _, _ in problems}
    known |= {"wrong-encoding", "not-utf8", "crlf", "byte-order-mark", "more-characters"}
    examples = {path.stem.removeprefix("yaml--") for path in INVALID} | {"too-large"}  # a megabyte, made above

    assert known == set(codes_with_words("vi"))
    assert known == set(codes_with_words("en"))
    assert known == examples


@pytest.mark.parametrize("language", ["vi", "en"])
def test_messages_use_only_figures_that_their_problems_have(language):
    words = codes_with_words(language)
    files = [path.read_bytes() for path in INVALID] + [text.encode() for text, _ in REFUSED]

    for problem in (problem for data in files for problem in read("a.yml", data).problems):
        for part in ("message", "help"):
            text = at(words[problem.code], (part,)).value

            assert set() == {name for _, name, _, _ in Formatter().parse(text) if name} - set(problem.figures)


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_an_example_has_the_problem_of_its_name(path):
    code = path.stem.removeprefix("yaml--")

    assert code in {problem.code for problem in read("data/2024/a.yml", path.read_bytes()).problems}


# Properties

SIGNS = [
    *"-?:#&*!|>'\"%@`~=\\",
    "- a",
    "? a",
    ": a",
    "a: b",
    "a:",
    "a #b",
    "#a",
    "&a",
    "*a",
    "!a",
    "%a",
    "@a",
    "`a",
    "a'b",
    "?a",
    ":a",
    "a:?b",
    "a ?",
]
WORDS = ["no", "null", "true", "<<", "---", "...", "{a}", "[a]", "a, b", "a]", 'a"b', "\\n", "a\\", '"a" b']
LOOKS_LIKE_NUMBERS = ["1.10", "1.1.1", "0,5", ".5", "1e5", "0x1f", "12:30", "+1", "-1", "2024-11-26", ".nan"]
LINES = [
    "",
    " ",
    "|",
    "\n",
    "a\nb",
    "a\n\nb\n",
    "\na",
    " a\nb",
    "a \nb",
    "a\n",
    "a\n\n",
    "a\n  b\n c",
    "a\n# b",
    "a ?\n?",
    "a\n\u00a0b",
]
nasty = st.sampled_from(
    [*SIGNS, *WORDS, *LOOKS_LIKE_NUMBERS, *LINES, "\u00a0a", "a\u00a0", "Báo cáo: số 3", "😀", "a" * 300]
)
texts = st.one_of(
    nasty,
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
    .filter(lambda text: not BAD_CHARACTER.search(text) and piled_marks(text) is None)
    .map(lambda text: unicodedata.normalize("NFC", text)),
)
numbers = st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-1000, max_value=1000).map(
    lambda number: number or Decimal(0)
)
scalars = st.one_of(texts, numbers, st.booleans(), st.none())
values = st.recursive(
    scalars,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(texts, children, max_size=4),
    max_leaves=12,
)
files = st.dictionaries(texts, values, min_size=1, max_size=5)


@given(files)
@settings(deadline=None)
def test_what_is_dumped_reads_as_the_same_value(value):
    document = read("a.yml", dump(value))

    assert document.problems == ()
    assert same(value, plain(document.root))
    assert dump(value) == dump(plain(document.root))


@given(files)
@settings(deadline=None)
def test_an_edit_without_changes_gives_the_same_bytes(value):
    data = dump(value)

    assert data == edit(data, {})
    assert data == edit(data, {(): value})


@given(files, files)
@settings(deadline=None)
def test_an_edit_makes_any_file_into_any_other(before, after):
    assert same(after, plain(read("a.yml", edit(dump(before), {(): after})).root))


def pointers(node: Node, pointer: nodes.Pointer = ()) -> list[nodes.Pointer]:
    """Return the way to every single value of a tree."""
    if isinstance(node, Scalar):
        return [pointer]
    entries = node.values.items() if isinstance(node, nodes.Mapping) else enumerate(node.items)
    return [below for step, child in entries for below in pointers(child, (*pointer, step))]


@given(st.dictionaries(texts, values, min_size=1, max_size=5), st.data())
@settings(deadline=None)
def test_one_new_value_touches_no_other_entry(value, data):
    before = dump(value)
    root = read("a.yml", before).root
    choices = pointers(root)
    if not choices:
        return
    pointer = data.draw(st.sampled_from(choices))
    after = edit(before, {pointer: "MỚI"}).decode().splitlines()
    lines = before.decode().splitlines()
    changed = [line for line in difflib.ndiff(lines, after) if line[0] == "+"]

    assert len(changed) <= 1
    assert at(read("a.yml", "\n".join(after).encode()).root, pointer).value == "MỚI"


@given(st.binary(max_size=300))
@example(b"\xff\xfe")
@settings(deadline=2000)
def test_reading_any_bytes_never_raises(data):
    document = read("a.yml", data)

    assert document.root is not None or has_errors(document.problems)


@given(st.text("aế1.0,-:[]{}#&*!|>'\"%@`? \n\\~<=+", max_size=80))
@settings(deadline=2000, max_examples=400)
def test_reading_any_text_made_of_yaml_signs_never_raises_and_a_good_one_can_be_edited(text):
    data = text.encode()
    document = read("a.yml", data)

    assert document.root is not None or has_errors(document.problems)

    if isinstance(document.root, nodes.Mapping) and not document.problems:
        assert same({"ế": None}, plain(read("a.yml", edit(data, {(): {"ế": None}})).root))


# Writing


def test_a_new_file_is_block_style_with_format_first_and_quotes_where_text_looks_like_something_else():
    value = {
        "lines": {
            "1.1.1": {"answer": "dung-han", "score": Decimal("0.90"), "note": "Căn cứ: Kế hoạch 15\nĐúng hạn"},
            "2.3.1": {"answer": {"done": 118, "assigned": 120}, "evidence": [{"number": "15", "date": "2024-01-12"}]},
            "4.2.1": {"not_applicable": "no", "evidence": [], "request": True, "rank": None},
        },
        "format": 1,
    }

    assert (
        dump(value).decode()
        == """\
format: 1
lines:
  "1.1.1":
    answer: dung-han
    score: 0.90
    note: |-
      Căn cứ: Kế hoạch 15
      Đúng hạn
  "2.3.1":
    answer:
      done: 118
      assigned: 120
    evidence:
      - number: "15"
        date: 2024-01-12
  "4.2.1":
    not_applicable: "no"
    evidence: []
    request: true
    rank: null
"""
    )


@pytest.mark.parametrize(
    "value", ["a\tb", "a\r\nb", "\u202e", "a" + "\u0301" * 9, Decimal("NaN"), Decimal("0.1234567")]
)
def test_what_no_file_may_hold_is_not_written(value):
    with pytest.raises(ValueError, match=r"may not|no number"):
        dump({"a": value})


PERSONS_FILE = """\
# Phiếu của cơ quan
format: 1
report: {number: 215/BC-MH,date: 2024-12-03}   # số tạm
score:   1.10
empty:   # chưa có
lines:
  # dòng đầu
  "1.1.1":
    score: 1
    evidence:
      - number: 15/KH-MH
        date: 2024-01-12

  # dòng thứ hai
  '2.3.1':
      answer: {done: 118, assigned: 120}
      score:   0.98     # cắt
      note: 'x'
  "4.2.1":   # không áp dụng?
    list:
    - a
    -   b
    text: >-
      một
      hai
    long: một
      hai
"""

EDITS: list[tuple[str, Changes, str, str]] = [
    ("nothing", {}, "", ""),
    ("the same value written otherwise", {("score",): Decimal("1.1")}, "", ""),
    ("a number", {("score",): Decimal("1.2")}, "score:   1.10", "score:   1.2"),
    (
        "a number beside a comment",
        {("lines", "2.3.1", "score"): Decimal("0.90")},
        "      score:   0.98     # cắt",
        "      score:   0.90     # cắt",
    ),
    ("a value where none stood", {("empty",): "có"}, "empty:   # chưa có", "empty: có   # chưa có"),
    ("an entry below nothing", {("empty", "a", "b"): "c"}, "", "  a:\n    b: c"),
    ("a list below nothing", {("empty",): ["a", {"b": 1, "c": "2"}]}, "", '  - a\n  - b: 1\n    c: "2"'),
    ("a line between its neighbours", {("lines", "1.10.1", "score"): 2}, "", '  "1.10.1":\n    score: 2'),
    ("a line before all others", {("lines", "1.0.1"): {"score": 2}}, "", '  "1.0.1":\n    score: 2'),
    (
        "a line after all others",
        {("lines", "10.1.1"): {"note": "a\nb"}},
        "",
        '  "10.1.1":\n    note: |-\n      a\n      b',
    ),
    (
        "two entries of one new line",
        {("lines", "3.1.1", "score"): 2, ("lines", "3.1.1", "note"): "a"},
        "",
        '  "3.1.1":\n    score: 2\n    note: a',
    ),
    (
        "an entry in braces",
        {("report", "title"): "a, b"},
        "report: {number: 215/BC-MH,date: 2024-12-03}   # số tạm",
        'report: {number: 215/BC-MH,date: 2024-12-03, title: "a, b"}   # số tạm',
    ),
    (
        "texts in braces that only some readers take for text there",
        {("lines", "2.3.1", "answer"): {"done": ["? a", ["a:?b", {"c": "no"}]], "assigned": 120}},
        "      answer: {done: 118, assigned: 120}",
        '      answer: {done: ["? a", ["a:?b", {c: "no"}]], assigned: 120}',
    ),
    (
        "the first entry in braces away",
        {("report", "number"): DELETE},
        "report: {number: 215/BC-MH,date: 2024-12-03}   # số tạm",
        "report: {date: 2024-12-03}   # số tạm",
    ),
    (
        "the last entry in braces away",
        {("report", "date"): DELETE},
        "report: {number: 215/BC-MH,date: 2024-12-03}   # số tạm",
        "report: {number: 215/BC-MH}   # số tạm",
    ),
    (
        "a mapping in braces by another",
        {("lines", "2.3.1", "answer"): {"done": 100, "assigned": 120}},
        "      answer: {done: 118, assigned: 120}",
        "      answer: {done: 100, assigned: 120}",
    ),
    (
        "a line away, and not the comment of the next one",
        {("lines", "1.1.1"): DELETE},
        '  "1.1.1":\n    score: 1\n    evidence:\n      - number: 15/KH-MH\n        date: 2024-01-12',
        "",
    ),
    ("an item more", {("lines", "4.2.1", "list", 2): "c"}, "", "    - c"),
    ("an item away", {("lines", "4.2.1", "list", 0): DELETE}, "    - a", ""),
    (
        "the last item away",
        {("lines", "4.2.1", "list", 1): DELETE, ("lines", "4.2.1", "list", 0): DELETE},
        "    list:\n    - a\n    -   b",
        "    list: []",
    ),
    (
        "the first entry of an item",
        {("lines", "1.1.1", "evidence", 0, "number"): DELETE},
        "      - number: 15/KH-MH\n        date: 2024-01-12",
        "      - date: 2024-01-12",
    ),
    (
        "a folded text by a short one",
        {("lines", "4.2.1", "text"): "ba"},
        "    text: >-\n      một\n      hai",
        "    text: ba",
    ),
    (
        "a text of two lines",
        {("lines", "4.2.1", "long"): "một\nba"},
        "    long: một\n      hai",
        "    long: |-\n      một\n      ba",
    ),
]


@pytest.mark.parametrize(("_what", "changes", "away", "new"), EDITS, ids=[what for what, _, _, _ in EDITS])
def test_an_edit_changes_only_the_lines_it_must(_what, changes, away, new):
    after = edit(PERSONS_FILE.encode(), changes).decode()
    diff = list(difflib.unified_diff(PERSONS_FILE.split("\n"), after.split("\n"), n=0, lineterm=""))[2:]

    assert away == "\n".join(line[1:] for line in diff if line[0] == "-")
    assert new == "\n".join(line[1:] for line in diff if line[0] == "+")


def test_new_lines_stand_in_the_order_of_their_codes_compared_as_numbers():
    data = edit(
        b"format: 1\nlines: {}\n", {("lines", code): {"score": 1} for code in ("2.1", "1.10", "1.2", "10.1", "1")}
    )

    assert list(at(read("a.yml", data).root, ("lines",)).values) == ["1", "1.2", "1.10", "2.1", "10.1"]


def test_an_edit_adds_the_newline_that_a_file_lacks_at_its_end():
    assert edit(b"a: 1", {("b",): 2}) == b"a: 1\nb: 2\n"


@pytest.mark.parametrize(
    ("data", "changes"),
    [
        (b"a: 1\na: 2\n", {("a",): 3}),
        (b"a: 1\n", {("b",): DELETE}),
        (b"a: 1\n", {("a", "b"): 2}),
        (b"a: [1]\n", {("a", 5): 2}),
        (b"a: 1\n", {(): DELETE}),
        (b"a: 1\n", {("a",): "\x00"}),
    ],
)
def test_an_edit_that_means_nothing_is_refused(data, changes):
    with pytest.raises(ValueError, match=r"edited|take away|step|past the end|may not"):
        edit(data, changes)


# Limits of time and memory

MERGE_BOMB = "a0: &a0 {x: 1}\n" + "".join(
    f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 20)
)
LAUGHS = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 20))
HOSTILE = {
    "merge-key bomb": MERGE_BOMB,
    "billion laughs": LAUGHS,
    "100 kB of [": "[" * 100_000,
    "100 kB of {": "{" * 100_000,
    "deep block mapping": "".join(" " * n + "a:\n" for n in range(1400)),
    "deep inline lists": "- " * 500_000,
    "1 MB of keys": "".join(f"k{n}: 1\n" for n in range(95_000)),
    "1 MB of one key": "a: 1\n" * 200_000,
    "1 MB of commas": "[" + "," * 1_000_000 + "]",
    "1 MB of items": "[" + "1," * 500_000 + "]",
    "1 MB of explicit keys": "? " * 500_000,
    "1 MB of tabs": "\t" * 1_000_000,
    "1 MB of zero widths": "a: " + "\u200b" * 340_000,
    "1 MB of spaces before a sign": "a: b" + " " * 1_000_000 + " #c",
    "1 MB of lost texts": "a: b #c\n" * 120_000,
    "marks in the wrong order": "a: x" + "\u0301\u0316" * 250_000,
    "escaped marks in the wrong order": 'a: "x' + "\\u0301\\u0316" * 80_000 + '"',
    "1 MB of decomposed letters": "a: |\n" + "  e\u0302\u0301\n" * 120_000,
    "1 MB of an open quote": 'a: "' + "x\n" * 500_000,
    "1 MB of quotes": "a: '" + "''" * 500_000 + "'",
    "1 MB of one number": "a: " + "1" * 1_000_000,
    "1 MB of a tag": "a: !" + "%41" * 330_000,
    "1 MB of an anchor": "a: &" + "x" * 1_000_000,
    "1 MB of a directive": "%YAML " + "1" * 1_000_000,
    "1 MB of document starts": "---\n" * 250_000,
    "1 MB of comments": "#\n" * 500_000,
    "1 MB of blank lines": "a: |\n" + "\n" * 1_000_000,
    "1 MB of colons": "a: b" + ":" * 1_000_000 + " c: d",
    "1 MB of a first colon": "a: b: " + "c: " * 340_000,
}
CHILD = """
import resource, sys, time
from pipeline.adapters.documents import read
data = sys.stdin.buffer.read()
start = time.process_time()
document = read("data/2024/plan.yml", data)
seconds = time.process_time() - start
try:  # getrusage would tell the most that the process which started this one ever had, were that more
    kilobytes = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
except OSError:
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(seconds, kilobytes // 1024, len(document.problems))
"""


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_read_within_two_seconds_and_300_megabytes(name):
    pytest.importorskip("resource", reason="this machine measures no memory")

    assert len(HOSTILE[name].encode()) <= MAX_BYTES  # a larger one is refused unread

    child = subprocess.run(
        [sys.executable, "-c", CHILD],
        input=HOSTILE[name].encode(),
        capture_output=True,
        check=True,
        cwd=ROOT,
        timeout=60,
    )
    seconds, megabytes, _ = child.stdout.split()

    assert child.stderr == b""
    assert float(seconds) < 2
    assert int(megabytes) < 300


def test_a_file_with_an_entry_for_each_agency_may_be_longer_than_others() -> None:
    listed = "".join(f"  co-quan-{number}: {{name: Cơ quan, short: CQ}}\n" for number in range(10_000))
    data = f"format: 1\nagencies:\n{listed}".encode()

    assert read("data/2024/agencies.yml", data).problems == ()
    assert [problem.code for problem in read("data/2024/criteria.yml", data).problems] == ["too-many-nodes"]
    assert read("data/2024/agencies.yml", data * 40).problems[0].figures["limit"] == str(LARGE_BYTES)


# The next version of a file

STAGE = """format: 1
documents:
  - {number: 1/KH}
lines:
  "1.1":
    score: 1
    reason: Theo hồ sơ
      và biên bản
  "1.2": {score: 1, reason: "x y"}
  # a comment
  "1.3":
    reason: |
      one

      two
    evidence:
      - {number: 2/BC, date: 2024-12-01}
      - number: 3
  "1.4": {score: 1,
    reason: b}
  1.5: plain
  "1.6":

tail:
  a: 1
  b: "x
   y"
"""
PATH = "data/2024/appraisal-1/cuc-thue.yml"


def read_alone(old: str, new: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Tell whether a next version was not read whole; what was read of it is what the whole file says."""
    known, wanted = (read(PATH, text.encode()).root for text in (old, new))
    whole: list[str] = []

    def reading(path: str, data: bytes) -> nodes.Document:
        whole.append(path)
        return read(path, data)

    with monkeypatch.context() as patched:
        patched.setattr(documents, "read", reading)
        assert repr(wanted) == repr(read_next(PATH, new.encode(), old.encode(), known))
    return not whole


ENTRIES = [
    ("    score: 1\n", "    score: 2\n"),
    ("      và biên bản\n", "    answer: muon\n"),
    ('reason: "x y"', "reason: [a, b]"),
    ('  "1.2": {', "  '1.2': {"),
    ("      one\n", "      three\n"),
    ("      two\n", "    b: >-\n"),
    ("      - number: 3\n", "    score: 3 # for now\n"),
    ("    reason: b}\n", "    reason: c}\n"),
    ("1.5: plain", "1.5: {score: 0.50}"),
    ('  b: "x\n', '  b: "z\n'),
]
ELSEWHERE = [
    ("format: 1", "format: 2"),  # not an entry of a mapping of the file
    ("1/KH", "2/KH"),
    ("    score: 1\n", "    score: 1\n    answer: co\n"),  # other lines stand elsewhere
    ('  "1.2": {', '  "1.7": {'),  # another key, or elsewhere
    ('  "1.2": {', '   "1.2": {'),
    ('  "1.2": {score: 1, reason: "x y"}', '  {"1.2": 1}'),
    ('  "1.2": {score: 1, reason: "x y"}', '  "1.2": "open'),  # what is open to the end of the entry
    ('  "1.2": {score: 1, reason: "x y"}', '  "1.2": {score: 1,'),
    ("  # a comment", "..."),  # what ends a document
    ("  # a comment", "---"),
    ("  # a comment", "# a comment at the left"),
    ("  # a comment", '  "1.9": 1'),  # two entries
    ("  # a comment", '  "1.2": 2'),
    ("  1.5: plain", "  1.5: &a plain"),  # what is refused
    ("  1.5: plain", "  1.5: a\u200bb"),
    ("  1.5: plain", "  1.5: số #3"),  # what is warned of
    ("  1.5: plain", "  1.5: e\u0301"),
]


@pytest.mark.parametrize(("old", "new"), ENTRIES)
def test_of_a_next_version_an_entry_that_alone_differs_is_read_alone(
    old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert STAGE.count(old) == 1
    assert read_alone(STAGE, STAGE.replace(old, new), monkeypatch)


@pytest.mark.parametrize(("old", "new"), ELSEWHERE)
def test_a_next_version_in_which_more_differs_is_read_whole(
    old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert STAGE.count(old) == 1
    assert not read_alone(STAGE, STAGE.replace(old, new), monkeypatch)


@pytest.mark.parametrize(
    "old", ["{format: 1, lines: {\n a: 1\n}}\n", "format: 1\nlines: {\n a: 1\n , b: 2}\n", "a: b: c\n"]
)
def test_a_next_version_of_a_file_in_braces_or_broken_is_read_whole(old: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not read_alone(old, old.replace(" a: 1", " a: 2").replace("c", "d"), monkeypatch)


PIECES = [
    '"',
    "'",
    "{",
    "}",
    "[",
    "]",
    ":",
    ": ",
    "- ",
    "|",
    "|+",
    ">",
    "#",
    " #",
    " # ",
    "&a ",
    "*a",
    "!t ",
    "? ",
    "...",
]
PIECES += [
    "---",
    " ",
    "  ",
    ",",
    ", ",
    "\\",
    "\t",
    "\r",
    "%",
    "@",
    "<<: ",
    '"1.1": ',
    "x",
    "7",
    "null",
    "\u0301",
    "\u2028",
]


@pytest.mark.parametrize("seed", range(4))
def test_a_next_version_says_what_it_says_when_it_is_read_whole(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same files each time
    alone = 0
    for _ in range(500):
        text = STAGE
        for _ in range(chance.choice((1, 1, 2, 3))):
            before, at = text, chance.randrange(len(text))
            if text[at] != "\n":
                left = chance.choice((0, 0, 1, 2))
                text = text[:at] + chance.choice(PIECES) + text[at:].replace(text[at : at + left], "", left > 0)
            alone += read_alone(before, text, monkeypatch)

    assert alone > 50

"""The schemas and what they say of a file: the examples are the specification, the tables pin places and figures."""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from string import Formatter
from typing import Any

import jsonschema
import pytest

from pipeline.adapters import documents
from pipeline.adapters.schemas import Schemas, compile_schemas
from pipeline.core.ground import nodes
from pipeline.core.ground.characters import MAX_SHOWN
from pipeline.core.ground.nodes import Document, Node, Scalar
from pipeline.core.ground.problems import ParindexError, Problem
from pipeline.core.record import layout
from pipeline.core.record.shapes import WORDINGS
from pipeline.core.record.stages import USUAL

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = Path(__file__).resolve().parent / "examples"
FILES = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in (ROOT / "schemas/v1").glob("*.json")}
OF_NO_FILE = {"common", "content"}  # shared parts, and what a form says as its signed digest has it
KINDS = sorted({Path(path).name.removesuffix(".schema.json") for path in FILES} - OF_NO_FILE)


def words(language: str) -> dict[str, dict[str, str]]:
    path = ROOT / f"pipeline/labels/{language}/problems/shape.yml"
    root = documents.read(path.name, path.read_bytes()).root
    assert root is not None
    return nodes.plain(root)  # type: ignore[return-value]


WORDS = {language: words(language) for language in ("vi", "en")}
CODES = sorted(WORDS["vi"])
VALID = sorted(EXAMPLES.glob("valid/*/*.yml"))
INVALID = sorted(path for path in EXAMPLES.glob("invalid/*--*.yml") if path.stem.partition("--")[2] in CODES)


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    return compile_schemas(FILES)


def read(text: str | bytes, path: str = "data/2024/cycle.yml") -> Document:
    document = documents.read(path, text.encode() if isinstance(text, str) else text)
    assert document.root is not None, document.problems
    return document


VALID_CYCLE = next(
    text for path in VALID if path.parent.name == "cycle" and "extensions:" not in (text := path.read_text("utf-8"))
)


def label(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def message(problem: Problem, language: str, part: str) -> str:
    return WORDS[language][problem.code][part].format_map(problem.figures)


# The limits

# Kind -> its path, what stands before the entries, the entry of one agency.
GROWING = {
    "access": (
        "data/access.yml",
        (
            "format: 1\nroles:\n  co-quan: {writes: [self-assessment], agencies: own, criteria: all}\n"
            "policy: {signed: [], second_person: []}\npeople:\n"
        ),
        (
            "  nguoi-%: {role: co-quan, agency: xa-%, email: x-%@x.example, keys: [{key: ssh-ed25519 "
            f"AAAAC3NzaC1lZDI1NTE5AAAAI{'A' * 43}, from: 2024-11-01}}]}}\n"
        ),
    ),
    "agencies": ("data/2024/agencies.yml", "format: 1\nagencies:\n", "  xa-%: {name: Xã %, short: X %}\n"),
    "approval": (
        "data/2024/approval.yml",
        (
            "format: 1\napprovals:\n  - decision: {number: 1/QĐ, date: 2025-02-20}\n    publish_from: 2025-02-20\n"
            f"    inputs: {'0' * 64}\n    table:\n"
        ),
        "      xa-%: {points: 50, out_of: 60, index: 83.33, rank: 10000, grade: null}\n",
    ),
    "concordance": (
        "data/concordance.yml",
        'format: 1\npairs:\n  - from: "2024"\n    to: "2025"\n    criteria: []\n    agencies:\n',
        "      - {from: [xa-%, xa-%-b, xa-%-c], to: [xa-moi]}\n",
    ),
    "cycle": (
        "data/2024/cycle.yml",
        VALID_CYCLE + "extensions:\n",
        "  - {stage: self-assessment, agency: xa-%, by: 2024-12-09, decision: 1/CV}\n",
    ),
    "issued": (
        "data/2024/issued/self-assessment.yml",
        "format: 1\nforms:\n",
        "  p%aaaaaaaaaaaaaaaaaaaaaa: {agency: xa-%, date: 2024-11-26, version: 1}\n",
    ),
}


@pytest.mark.parametrize("kind", GROWING)
def test_a_file_with_an_entry_for_each_agency_takes_ten_thousand(schemas: Schemas, kind: str) -> None:
    path, head, entry = GROWING[kind]
    codes = ("".join(letters) for letters in itertools.product("abcdefghijklmnopqrstuvwxyz", repeat=3))
    document = read(head + "".join(entry.replace("%", code) for code in itertools.islice(codes, 10_000)), path)

    assert (document.problems, schemas.problems(kind, document)) == ((), ())


# The examples


@pytest.mark.parametrize("path", VALID, ids=label)
def test_a_valid_example_has_no_problem(schemas: Schemas, path: Path) -> None:
    document = read(path.read_bytes())

    assert document.problems == ()
    assert schemas.problems(path.parent.name, document) == ()


def test_every_kind_has_a_schema_and_a_valid_example() -> None:
    assert sorted({path.parent.name for path in VALID}) == KINDS


@pytest.mark.parametrize("path", INVALID, ids=label)
def test_an_invalid_example_has_the_problem_it_is_named_by_and_no_other(schemas: Schemas, path: Path) -> None:
    kind, _, code = path.stem.partition("--")
    data = path.read_bytes()
    where = data.decode().splitlines()[0].removeprefix("# path: ")

    found = schemas.problems(kind, read(data, where))

    # What is cut off stands at the top of the file, before the many that come before the cut.
    assert [code] == [shape.problem.code for shape in (found[:1] if code == "problems-cut-off" else found)]
    place = layout.place(where)
    assert place is not None
    assert kind == layout.schema_of(place, USUAL.kind(place.stage or ""))
    assert {where} == {shape.problem.path for shape in found}


def test_every_problem_of_shape_has_an_example_and_words_in_both_languages() -> None:
    assert sorted(path.stem.partition("--")[2] for path in INVALID) == CODES
    assert sorted(WORDS["en"]) == CODES


@pytest.mark.parametrize("path", INVALID, ids=label)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_message_has_all_the_figures_it_asks_for(schemas: Schemas, path: Path, language: str) -> None:
    shape = schemas.problems(path.stem.partition("--")[0], read(path.read_bytes()))[0]
    asked = {
        name
        for part in WORDS[language][shape.problem.code].values()
        for _, name, _, _ in Formatter().parse(part)
        if name
    }

    assert set() == asked - shape.problem.figures.keys()
    assert "" not in {shape.problem.figures[name] for name in asked}


# Places and figures

HEAD = """\
format: 1
report: {number: 215/BC-MH, date: 2024-12-03}
signed_by: Cục trưởng
received: 2024-12-04
"""
TASK = """\
format: 1
tasks:
  - no: "1"
    section: Mục
    task: Việc
    product: Văn bản
    responsible: agencies
    due: {by: 2024-12-05}
"""
CYCLE = """\
format: 1
title: Kỳ
period: {from: 2024-01-01, to: 2024-12-31}
out_of: 60
legal_basis: [{number: 1/QĐ-MH}]
stages:
  survey: {opens: 2024-11-26}
policy:
  points: {decimals: 2, rounding: half-up, leaf: rounded}
  index: {decimals: 2, rounding: half-up}
  rank: {on: published, ties: dense}
  evidence: {missing: note}
"""
LEAF = """\
format: 1
criteria:
  "1":
    title: Báo cáo
    out_of: 1
"""
PARENT = """\
format: 1
criteria:
  "1":
    title: Lĩnh vực
    rule: {type: judged, step: 1}
    children:
      "1.1": {title: Tiêu chí, out_of: 1, rule: {type: judged, step: 1}}
"""
BONUS = """\
    rule:
      type: bonus
      items:
        moi: {title: Mới, per: 1}
      most: 2
      least: 0
"""
AMENDMENT = """\
format: 1
stage: appraisal-2
agency: cuc-thue
criterion: "1.1"
expect: zero
line: {score: 1}
reason: Sai
decision: {number: 1/QĐ-MH}
"""
SURVEY_AMENDMENT = f"""\
format: 1
stage: survey
group: sipas
agency: cuc-thue
criterion: "1.1"
expect: {"a" * 64}
file: {{format: 1, sipas: 87.4, respondents: 400}}
reason: Sai số liệu
decision: {{number: 1/QĐ-MH}}
"""
APPROVAL = f"""\
  - decision: {{number: 1/QĐ-MH}}
    inputs: {"a" * 64}
    table:
      cuc-thue: {{points: 1, out_of: 2, index: 50, rank: 1, grade: null}}
"""
CASES = {
    "an unknown key is reported at the key, with what is allowed": (
        "bodies",
        "format: 1\nbodies:\n  mttq:\n    name: Mặt trận\n    phone: 024\n",
        [("unknown-key", 5, 5, {"key": "phone", "allowed": "name, short, superior, symbol, place, issues, until"})],
    ),
    "a misspelt key comes with the nearest one": (
        "bodies",
        "format: 1\nbodies:\n  mttq:\n    name: Mặt trận\n    shrt: MTTQ\n",
        [("misspelt-key", 5, 5, {"key": "shrt", "suggestion": "short"})],
    ),
    "a missing key is reported at the key of the record that lacks it, with its title": (
        "bodies",
        "format: 1\nbodies:\n  mttq:\n    short: MTTQ\n",
        [("missing-key", 3, 3, {"key": "name", "title": "Tên", "where": "bodies › mttq"})],
    ),
    "what is missing at the top of the file is reported at its first line": (
        "bodies",
        "bodies:\n  mttq: {name: Mặt trận}\n",
        [("missing-key", 1, 1, {"key": "format", "where": "data/2024/cycle.yml"})],
    ),
    "all keys that a record lacks are reported at once": (
        "self-assessment",
        "format: 1\nlines: {}\n",
        [
            ("missing-key", 1, 1, {"key": "received"}),
            ("missing-key", 1, 1, {"key": "report"}),
            ("missing-key", 1, 1, {"key": "signed_by"}),
        ],
    ),
    "a text that begins with empty lines is said to do so": (
        "bodies",
        'format: 1\nbodies:\n  mttq: {name: Mặt trận, place: "\\n\\n# Số 1\\n"}\n',
        [("begins-with-space", 3, 26, {"where": "bodies › mttq › place"})],
    ),
    "a file that is a list is no mapping": ("bodies", "- 1\n", [("not-a-mapping", 1, 1, {"text": "[...]"})]),
    "a format of a later day is refused": (
        "bodies",
        "format: 2\nbodies:\n  mttq: {name: Mặt trận}\n",
        [("not-allowed-value", 1, 9, {"text": "2", "allowed": "1"})],
    ),
    "true is no number": (
        "self-assessment",
        HEAD + 'lines:\n  "1.1": {score: true}\n',
        [("not-a-number", 6, 18, {"text": "true"})],
    ),
    "a comma decimal comes with its cure": (
        "self-assessment",
        HEAD + 'lines:\n  "1.1":\n    score: 0,5\n',
        [("decimal-looks-wrong", 7, 12, {"text": "0,5", "suggestion": "0.5"})],
    ),
    "a number in quotes comes with its cure": (
        "self-assessment",
        HEAD + 'lines:\n  "1.1": {score: "0.50"}\n',
        [("decimal-looks-wrong", 6, 18, {"text": '"0.50"', "suggestion": "0.50"})],
    ),
    "a comma decimal as an answer comes with its cure too": (
        "self-assessment",
        HEAD + 'lines:\n  "1.1":\n    answer: 96,2\n    score: 1\n',
        [("decimal-looks-wrong", 7, 13, {"text": "96,2", "suggestion": "96.2"})],
    ),
    "a date in the order of day, month, year comes with its cure": (
        "self-assessment",
        HEAD.replace("2024-12-04", "4/12/2024") + "lines: {}\n",
        [("not-a-date", 4, 11, {"text": "4/12/2024", "suggestion": "2024-12-04"})],
    ),
    "a date with Word's dashes comes with its cure": (
        "self-assessment",
        HEAD.replace("2024-12-04", "2024–12–04") + "lines: {}\n",
        [("not-a-date", 4, 11, {"text": "2024–12–04", "suggestion": "2024-12-04"})],
    ),
    "of a date that cannot be told none is proposed": (
        "self-assessment",
        HEAD.replace("2024-12-04", "tháng 12") + "lines: {}\n",
        [("wrong-form", 4, 11, {"text": "tháng 12", "examples": "2024-12-31"})],
    ),
    "29 February stands in the calendar of a leap year only": (
        "self-assessment",
        HEAD.replace("2024-12-03", "2024-02-29").replace("2024-12-04", "2025-02-29") + "lines: {}\n",
        [("impossible-date", 4, 11, {"text": "2025-02-29"})],
    ),
    "month 13 is impossible, not ill written": (
        "self-assessment",
        HEAD.replace("2024-12-04", "2024-13-04") + "lines: {}\n",
        [("impossible-date", 4, 11, {"text": "2024-13-04"})],
    ),
    "a number where text is due is taken as its text, with a warning": (
        "plan",
        TASK.replace('"1"', "8"),
        [("text-needs-quotes", 3, 9, {"text": "8"})],
    ),
    "a number that is no good as text either is only called wrong": (
        "plan",
        TASK.replace('"1"', "1.5"),
        [("wrong-form", 3, 9, {"text": "1.5", "examples": "8, 15a"})],
    ),
    "a number in a place where text is due does not hide what else is wrong": (
        "bodies",
        "format: 1\nbodies:\n  mttq: {name: 1.10, symbol: [A]}\n",
        [("text-needs-quotes", 3, 16, {"text": "1.10"}), ("not-a-text", 3, 22, {"text": "[...]"})],
    ),
    "a line without score and without not_applicable owes one of them": (
        "appraisal",
        'format: 1\nappraised: 2024-12-16\nlines:\n  "1.1": {reason: Chưa rõ}\n',
        [("missing-one-of", 4, 3, {"keys": "not_applicable, score", "where": "lines › 1.1"})],
    ),
    "a deadline is said in one way": (
        "plan",
        TASK.replace("{by: 2024-12-05}", "{by: 2024-12-05, before: 2024-12-05}"),
        [("not-together", 8, 11, {"key": "by", "other": "before"})],
    ),
    "a deadline that is not said owes one of all ways": (
        "cycle",
        CYCLE,
        [("missing-one-of", 7, 3, {"keys": "before, by, working_days"})],
    ),
    "the parameters of a rule are those of its type": (
        "criteria",
        LEAF + "    rule: {type: judged, step: 0.5, floor: 0}\n",
        [("unknown-key", 6, 37, {"key": "floor", "allowed": "type, step"})],
    ),
    "a type of rule that does not exist is the only thing wrong with its rule": (
        "criteria",
        LEAF + "    rule: {type: levels, step: 0.5}\n",
        [("not-allowed-value", 6, 18, {"text": "levels"})],
    ),
    "a parent has no rule": ("criteria", PARENT, [("not-together", 5, 5, {"key": "rule", "other": "children"})]),
    "a bonus has no maximum of its own": (
        "criteria",
        LEAF + BONUS,
        [("out-of-bounds", 5, 13, {"text": "1", "bounds": "≤ 0"})],
    ),
    "an amendment of the survey has no criterion": (
        "amendment",
        SURVEY_AMENDMENT,
        [("not-together", 5, 1, {"key": "criterion", "other": "stage: survey"})],
    ),
    "an amendment of a line says which score stands": (
        "amendment",
        AMENDMENT,
        [("not-allowed-value", 5, 9, {"text": "zero", "allowed": "not_applicable, none"})],
    ),
    "counts of a survey need answers unless nobody answered": (
        "survey-counts",
        "format: 1\nforms: {valid: 3}\n",
        [("missing-one-of", 1, 1, {"keys": "sipas, points, answers"})],
    ),
    "the first approval publishes, a later one gives its reason": (
        "approval",
        "format: 1\napprovals:\n" + 2 * APPROVAL,
        [("missing-key", 3, 5, {"key": "publish_from"}), ("missing-key", 7, 5, {"key": "reason"})],
    ),
    "a code is numbers separated by points": (
        "survey-counts",
        "format: 1\npoints: {1.01: 1, 1.1: 1, ab: 1}\n",
        [("wrong-form-of-key", 2, 10, {"text": "1.01"}), ("wrong-form-of-key", 2, 27, {"text": "ab"})],
    ),
    "a web address leads to the web": (
        "self-assessment",
        HEAD + 'lines:\n  "1.1":\n    score: 1\n    evidence:\n      - {number: 1/QĐ-MH, url: "javascript:alert(1)"}\n',
        [("wrong-form", 9, 32, {"text": "javascript:alert(1)"})],
    ),
}


@pytest.mark.parametrize(("kind", "text", "expected"), CASES.values(), ids=CASES)
def test_a_problem_stands_at_its_place_with_its_figures(
    schemas: Schemas,
    kind: str,
    text: str,
    expected: list[tuple[str, int, int, dict[str, str]]],
) -> None:
    problems = [shape.problem for shape in schemas.problems(kind, read(text))]
    named = [figures.keys() for _, _, _, figures in expected]

    assert expected == [
        (problem.code, problem.line, problem.column, {key: problem.figures[key] for key in keys})
        for problem, keys in zip(problems, named, strict=True)
    ]


def test_the_pointer_leads_to_the_value_that_is_wrong(schemas: Schemas) -> None:
    text = HEAD + 'lines:\n  "1.1": {score: 1}\n  "1.2": {score: 1, evidence: [{number: 1/QĐ-MH, date: 2024-02-30}]}\n'

    assert [shape.pointer for shape in schemas.problems("self-assessment", read(text))] == [
        ("lines", "1.2", "evidence", 0, "date")
    ]


def test_a_warning_is_what_a_number_without_quotes_gets(schemas: Schemas) -> None:
    (shape,) = schemas.problems("bodies", read("format: 1\nbodies:\n  mttq: {name: 1.10}\n"))

    assert (shape.problem.code, shape.problem.severity) == ("text-needs-quotes", "warning")


def test_a_file_that_could_not_be_read_has_no_shape(schemas: Schemas) -> None:
    assert schemas.problems("cycle", Document("data/2024/cycle.yml", None)) == ()


@pytest.mark.parametrize(
    ("written", "cure"),
    [
        ("0,5", "0.5"),
        ("01", "1"),
        (".5", "0.5"),
        ("5.", "5"),
        ("+1", "1"),
        ("1e5", "100000"),
        ("85%", "85"),
        ("'7'", "7"),
        ("-0,25", "-0.25"),
        ("0.1234567", "0.123457"),
        (".nan", "0.5"),
        ("-.inf", "0.5"),
        ("1e99", "0.5"),
    ],
)
def test_a_text_that_looks_like_a_number_comes_with_the_number(schemas: Schemas, written: str, cure: str) -> None:
    text = HEAD + f'lines:\n  "1.1":\n    score: {written}\n'
    (shape,) = schemas.problems("self-assessment", read(text))

    assert ("decimal-looks-wrong", cure) == (shape.problem.code, shape.problem.figures["suggestion"])


JUNK: tuple[str, ...] = (
    "~x",
    "''",
    "[]",
    "{}",
    "[[1]]",
    "{a b: c}",
    "true",
    "-7.5",
    "null",
    "0,5",
    "''",
    "2024-02-31",
    "x" * 900,
)


def texts_with_junk(path: Path) -> Iterator[str]:
    """Yield the example with each of its scalars replaced by junk, one at a time, the junk in turns."""
    text = path.read_text(encoding="utf-8")
    root = read(text).root
    assert root is not None
    lines = text.split("\n")
    for number, scalar in enumerate(scalars(root)):
        line = lines[scalar.line - 1]
        if line[scalar.column - 1 :].startswith(scalar.text) and scalar.text:
            changed = (
                line[: scalar.column - 1] + JUNK[number % len(JUNK)] + line[scalar.column - 1 + len(scalar.text) :]
            )
            yield "\n".join([*lines[: scalar.line - 1], changed, *lines[scalar.line :]])


def scalars(node: Node) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
    else:
        for inner in node.values.values() if isinstance(node, nodes.Mapping) else node.items:
            yield from scalars(inner)


@pytest.mark.parametrize("path", VALID, ids=label)
def test_junk_is_named_in_words_that_exist_and_stay_short(schemas: Schemas, path: Path) -> None:
    found = 0
    for text in texts_with_junk(path):
        document = documents.read("data/2024/x.yml", text.encode())
        for shape in schemas.problems(path.parent.name, document):
            found += 1
            for language in ("vi", "en"):
                assert message(shape.problem, language, "message")
                assert message(shape.problem, language, "help")
            assert len(shape.problem.figures.get("text", "")) <= MAX_SHOWN

    assert found > 0


# The schemas themselves


def walk(schema: Any, where: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        yield where, schema
    parts = schema.items() if isinstance(schema, dict) else enumerate(schema) if isinstance(schema, list) else ()
    for key, part in parts:
        yield from walk(part, f"{where}/{key}")


@pytest.mark.parametrize("path", sorted(FILES))
def test_a_schema_is_a_schema(path: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(FILES[path]))


@pytest.mark.parametrize("path", sorted(FILES))
def test_every_property_has_a_vietnamese_title(path: str) -> None:
    common = json.loads(FILES["schemas/v1/common.schema.json"])["$defs"]
    schema = json.loads(FILES[path])
    here = schema.get("$defs", {})
    known = {"common.schema.json": common, "": here}

    def title(part: dict[str, Any]) -> str:
        file, _, name = part.get("$ref", "").partition("#/$defs/")
        return str(part.get("title") or (known[file][name].get("title", "") if name else ""))

    nameless = [
        f"{where}/{key}"
        for where, record in walk(schema)
        if record.get("additionalProperties") is False and not re.search(r"/(properties|\$defs)$", where)
        for key, part in record["properties"].items()
        if part is not False and not title(part)
    ]

    assert nameless == []


@pytest.mark.parametrize("path", sorted(FILES))
def test_the_example_of_a_pattern_matches_it(path: str) -> None:
    patterns = [
        (part["pattern"], example)
        for _, part in walk(json.loads(FILES[path]))
        if isinstance(part.get("pattern"), str)
        for example in part.get("examples", ())
        if "..." not in example
    ]

    assert [(pattern, example) for pattern, example in patterns if not re.search(pattern, example)] == []


def test_every_pattern_that_a_message_explains_has_an_example() -> None:
    silent = [
        (path, where)
        for path in FILES
        for where, part in walk(json.loads(FILES[path]))
        if isinstance(part.get("pattern"), str) and "examples" not in part
    ]
    # A text is only held to begin with what is no space, and has words of its own.
    assert {"schemas/v1/common.schema.json"} == {path for path, _ in silent}
    assert {"#/$defs/text", "#/$defs/text/properties/vi", r"#/$defs/text/patternProperties/^[a-z]{2,3}(?![\s\S])"} == {
        where for _, where in silent
    }


BROKEN = {
    "a keyword is misspelt": ('"required": ["format", "bodies"]', '"requird": ["format"]', "'requird' was unexpected"),
    "an object is open": (
        '"additionalProperties": false\n',
        '"minProperties": 1\n',
        "'additionalProperties' is a required property",
    ),
    "a reference leads nowhere": ("$defs/slug", "$defs/slugs", "leads nowhere"),
    "a reference leads to the network": (
        "common.schema.json#",
        "https://example.invalid/common.schema.json#",
        "leads nowhere",
    ),
    "the JSON is cut off": ("false\n}\n", "", "Expecting"),
    "a key stands twice": ('"title": "Tên"', '"title": "Tên", "title": "Tên"', "key twice"),
    "a limit is text": ('"minProperties": 1', '"minProperties": "1"', "is not of type 'number'"),
    "the dialect is another": ("draft/2020-12", "draft-07", "$schema"),
    "a pattern has no example": (
        '"title": "Cơ quan thực hiện"',
        '"pattern": "^[a-z](?![\\\\s\\\\S])"',
        "'examples' is a",
    ),
    "anything is allowed": ('"minProperties": 1', '"items": true', "True is not of type 'object'"),
    "a condition closes": ('"minProperties": 1', '"if": {"additionalProperties": false}', "was unexpected"),
    "a closed object names no key": ('"minProperties": 1', '"items": {"additionalProperties": false}', "'properties'"),
    "a type does not exist": ('"minProperties": 1', '"items": {"type": ["text"]}', "'text' is not one of"),
    "a form does not exist": ('"minProperties": 1', '"items": {"x-form": "dates"}', "'dates' is not one of"),
    "more than words stand beside a reference": (
        '"title": "Tên"',
        '"maxLength": 3',
        "'maxLength' was unexpected",
    ),
}


def test_every_keyword_that_a_schema_may_hold_has_words_for_what_breaks_it() -> None:
    strict = json.loads((ROOT / "pipeline/adapters/strict.schema.json").read_text(encoding="utf-8"))
    keywords = set(strict["$defs"]["schema"]["else"]["properties"])
    about = {"$schema", "$defs", "title", "x-titles", "description", "examples"}
    leading_on = {"properties", "patternProperties", "propertyNames", "items", "prefixItems", "allOf"}
    leading_on |= {"if", "then", "else"}

    assert set(WORDINGS) - {"x-forbidden"} == keywords - about - leading_on


@pytest.mark.parametrize(("old", "new", "detail"), BROKEN.values(), ids=BROKEN)
def test_a_schema_that_is_broken_or_not_strict_is_refused(old: str, new: str, detail: str) -> None:
    path = "schemas/v1/bodies.schema.json"
    text = FILES[path].decode()
    assert old in text

    with pytest.raises(ParindexError) as refusal:
        compile_schemas({**FILES, path: text.replace(old, new).encode()})

    assert ("schema-broken", path) == (refusal.value.code, refusal.value.figures["path"])
    assert detail in refusal.value.figures["detail"]


@pytest.mark.parametrize("pattern", ["[a-z]+", "^[a-z]+$", r"^\\d(?![\\s\\S])", r"^[a-z(?![\\s\\S])"])
def test_a_pattern_that_matches_more_than_it_says_is_refused(pattern: str) -> None:
    path = "schemas/v1/common.schema.json"
    text = re.sub(r'"pattern": "\^https.*"(?=,\n)', lambda _: f'"pattern": "{pattern}"', FILES[path].decode())

    with pytest.raises(ParindexError) as refusal:
        compile_schemas({**FILES, path: text.encode()})

    assert "pattern" in refusal.value.figures["detail"]


def test_points_are_compared_exactly(schemas: Schemas) -> None:
    text = "format: 1\nsipas: 100.000001\nrespondents: 1\n"
    (shape,) = schemas.problems("survey-counts", read(text))

    assert (shape.problem.code, shape.problem.figures["bounds"]) == ("out-of-bounds", "≥ 0, ≤ 100")
    assert Decimal("100.000001") == nodes.at(read(text).root, shape.pointer).value  # type: ignore[union-attr, arg-type]


GOOD_ADDRESSES = [
    "https://hanoi.gov.vn",
    "https://snv.hanoi.gov.vn/van-ban/215?trang=2&loai[]=1#dau",
    "https://xn--h-ni-ula8t.vn/a(b)_c~d",
    "https://vi-du.example/B%C3%A1o%20c%C3%A1o%20100%25.pdf",
    "https://a.b-c.d.example/?q=a@b:c",
    "https://10.1.gov.vn/",
]
HOSTILE_ADDRESSES = [
    # another way than https
    *("http://hanoi.gov.vn", "HTTPS://hanoi.gov.vn", "ftp://hanoi.gov.vn", "javascript:alert(1)", "data:text/html,x"),
    *("//hanoi.gov.vn", "https:hanoi.gov.vn", "https:///hanoi.gov.vn", "https:/hanoi.gov.vn", "file:///etc/passwd"),
    # no name: this machine, a number of any kind, a name of inside
    *("https://localhost/", "https://a.localhost", "https://printer.local/", "https://db.internal/x", "https://hanoi"),
    *("https://127.0.0.1/", "https://10.0.0.8/a", "https://192.168.1.1", "https://2130706433/", "https://0x7f000001/"),
    *("https://0x7f.0.0.1/", "https://0177.0.0.1/", "https://127.1/", "https://[::1]/", "https://[::ffff:10.0.0.1]/"),
    *("https://hanoi.gov.vn.", "https://.gov.vn", "https://-a.gov.vn", "https://a..vn", "https://hà-nội.vn/"),
    # somebody else behind the name
    *("https://hanoi.gov.vn@ac.example/", "https://a:b@ac.example", "https://hanoi.gov.vn%40ac.example/"),
    *(
        "https://hanoi.gov.vn:443/",
        "https://hanoi.gov.vn:0",
        "https://hanoi.gov.vn:80@ac.example",
        "https://a.vn\\@b.vn",
    ),
    *("https://hanoi.gov.vn%2f.ac.example", "https://hanoi.gov.vn%00.ac.example", "https://a_b.gov.vn/"),
    # what ends a line or hides, however often escaped
    *(
        "https://a.vn/%0d%0aSet-Cookie:x",
        "https://a.vn/%0A",
        "https://a.vn/%00",
        "https://a.vn/%7f",
        "https://a.vn/%1b[31m",
    ),
    *("https://a.vn/%250d%250a", "https://a.vn/%25250a", "https://a.vn/%25%30%64%25%30%61", "https://a.vn/%2%350a"),
    *("https://a.vn/%C2%85", "https://a.vn/%E2%80%AE", "https://a.vn/%25E2%2580%25AE", "https://a.vn/%E2%80%8B"),
    *("https://a.vn/%EF%BB%BF", "https://a.vn/%C0%8A", "https://a.vn/%E2%80%A8", "https://a.vn/%", "https://a.vn/%0"),
    *("https://a.vn/a b", "https://a.vn/<x>", 'https://a.vn/"x', "https://a.vn/%5c", "https://a.vn/{x}"),
    "https://a.vn/%C2%A0",
]
# Where an address may stand: the kind of file, and the file around it.
AROUND = {
    "of evidence": (
        "self-assessment",
        HEAD + 'lines:\n  "1.1":\n    score: 1\n    evidence: [{number: 1/QĐ, url: %s}]\n',
    ),
    "of a report": ("self-assessment", HEAD.replace("2024-12-03}", "2024-12-03, url: %s}") + "lines: {}\n"),
    "of an amendment's decision": (
        "amendment",
        AMENDMENT.replace("expect: zero", "expect: none").replace("QĐ-MH}", "QĐ-MH, url: %s}"),
    ),
}


@pytest.mark.parametrize("place", AROUND)
@pytest.mark.parametrize("address", [*GOOD_ADDRESSES, *HOSTILE_ADDRESSES])
def test_an_address_is_https_and_a_name_and_hides_nothing(schemas: Schemas, place: str, address: str) -> None:
    kind, around = AROUND[place]
    found = [shape.problem.code for shape in schemas.problems(kind, read(around % json.dumps(address)))]

    assert found == ([] if address in GOOD_ADDRESSES else ["wrong-form"])


def test_every_address_in_the_schemas_is_judged_as_one() -> None:
    fields = [
        (path, where, part) for path in FILES for where, part in walk(json.loads(FILES[path])) if where.endswith("/url")
    ]

    assert fields
    assert {"common.schema.json#/$defs/url"} == {
        part.get("$ref") for _, where, part in fields if where != "#/$defs/url"
    }


def test_an_endless_escape_is_judged_at_once(schemas: Schemas) -> None:
    kind, around = AROUND["of evidence"]
    text = around % json.dumps("https://a.vn/%" + "25" * 9_000 + "0d")
    started = time.process_time()

    assert {"too-long", "wrong-form"} == {shape.problem.code for shape in schemas.problems(kind, read(text))}
    assert time.process_time() - started < 0.2

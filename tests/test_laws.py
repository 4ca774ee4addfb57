"""Each law, shown by the tiny world with one thing wrong in it: `tests/examples/invalid/laws/<code>/`.

A folder holds files that replace or add to the tiny world's at the same path, and `edits.yml`: a list of text
replacements `{path, find, replace}` (each text found exactly once), of files taken away `{path, absent: true}` and of
paths that are links `{path, link: true}`. The line that the problem must name ends with `# <-- <code>`.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
from tiny import EXAMPLES, SEALS, TINY_FILES, files_under, snapshot_of

from pipeline.adapters import documents
from pipeline.core.ground import nodes
from pipeline.core.ground.labels import Labels
from pipeline.core.index.laws import CHECKS, CHECKS_OF_RESULTS, CHECKS_OF_WORLD, CHECKS_OF_YEARS
from pipeline.flows.snapshot import Snapshot
from pipeline.flows.wording import load_labels

TABLES = (CHECKS, CHECKS_OF_YEARS, CHECKS_OF_RESULTS, CHECKS_OF_WORLD)
LAWS = {code: check.severity for table in TABLES for code, check in table.items()}
OF_PRIVACY = {"personal-data": "error", "table-in-data": "error"}
OF_LAYOUT = {
    "misplaced-file": "error",
    "stage-not-listed": "error",
    "part-not-of-stage": "error",
    "unknown-right": "error",
    "access-stranger": "error",
    "access-shared": "error",
    "pages-unsigned": "warning",
    "not-a-plain-file": "error",
    "format-mixed": "error",
    "missing-file": "error",
}
CASES = {**LAWS, **OF_LAYOUT, **OF_PRIVACY}
FOLDER = EXAMPLES / "invalid" / "laws"


def edits_of(folder: Path) -> list[dict[str, str | bool]]:
    """Return what `edits.yml` of a folder says, if it has one."""
    file = folder / "edits.yml"
    if not file.is_file():
        return []
    document = documents.read(file.name, file.read_bytes())
    assert document.root is not None, document.problems
    found = nodes.plain(document.root)
    assert isinstance(found, list)
    return found  # type: ignore[return-value]  # the keys are checked where they are used


def overlaid(folder: Path) -> tuple[dict[str, bytes], frozenset[str]]:
    """Return the tiny world's files with a folder laid over them, and the paths that are links."""
    files = {**TINY_FILES, **files_under(folder, "data"), **files_under(folder, "schemas")}
    links: set[str] = set()
    for edit in edits_of(folder):
        path = str(edit["path"])
        if edit.get("absent"):
            del files[path]
        elif edit.get("link"):
            files[path] = b""
            links.add(path)
        else:
            text, find = files[path].decode(), str(edit["find"])
            assert text.count(find) == 1, f"{path}: {find!r} stands {text.count(find)} times"
            files[path] = text.replace(find, str(edit["replace"])).encode()
    return files, frozenset(links)


def marked(files: Mapping[str, bytes], code: str) -> set[tuple[str, int]]:
    """Return the places that an example marks."""
    return {
        (path, number)
        for path, data in files.items()
        for number, line in enumerate(data.decode().splitlines(), 1)
        if line.endswith(f"# <-- {code}")
    }


@cache
def taken(code: str) -> tuple[Snapshot, set[tuple[str, int]]]:
    """Return the snapshot of an example, and the places it marks."""
    files, links = overlaid(FOLDER / code)
    return snapshot_of(files, links), marked(files, code)


def test_every_law_has_an_example_and_every_example_a_law() -> None:
    assert {folder.name for folder in FOLDER.iterdir()} == set(CASES)


@pytest.mark.parametrize("code", sorted(CASES))
def test_an_example_breaks_its_law_where_it_says_and_no_other(code: str) -> None:
    snapshot, marks = taken(code)
    own = [problem for problem in snapshot.problems if problem.code == code]
    places = {(problem.path, problem.line) for problem in own}
    blocking = {problem.code for problem in snapshot.problems if problem.is_error}

    assert {problem.severity for problem in own} == {CASES[code]}
    assert blocking == ({code} if CASES[code] == "error" else set())
    assert CASES[code] == "error" or {problem.code for problem in snapshot.problems} == {code}
    assert places == marks or (not marks and {line for _, line in places} == {1})


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("code", sorted(CASES))
def test_the_words_of_a_law_find_every_figure_they_ask_for(code: str, language: str) -> None:
    labels = words_of(language)
    own = next(problem for problem in taken(code)[0].problems if problem.code == code)

    assert wanted(labels.texts[f"problems.{code}.message"]) <= set(own.figures)
    assert wanted(labels.texts[f"problems.{code}.help"]) <= set(own.figures)
    assert all(said and "–" not in said for said in (labels.message(own), labels.help(own)))


@cache
def words_of(language: str) -> Labels:
    return load_labels(language)


def wanted(words: str) -> set[str]:
    """Return the figures that a sentence asks for."""
    return {name for _, name, _, _ in string.Formatter().parse(words) if name is not None}


def test_an_example_that_changes_nothing_is_no_example() -> None:
    assert snapshot_of(TINY_FILES).problems == ()
    assert all(overlaid(FOLDER / code) != (TINY_FILES, frozenset()) for code in CASES)


SELF_A, FIRST_A, FIRST_B, SECOND_A = (
    f"data/2024/{stage}/{agency}.yml"
    for stage, agency in (
        ("self-assessment", "co-quan-a"),
        ("appraisal-1", "co-quan-a"),
        ("appraisal-1", "co-quan-b"),
        ("appraisal-2", "co-quan-a"),
    )
)


@pytest.mark.parametrize(
    ("path", "find", "replace", "codes"),
    [
        pytest.param("data/bodies.yml", "symbol: SNV", "symbol: []", ["not-a-text"], id="bodies"),
        pytest.param("data/calendar.yml", "2024-09-02", "2024-09-32", ["impossible-date"], id="calendar"),
        pytest.param("data/2024/survey/survey.yml", "quota: 20", "quota: x", ["not-a-whole-number"], id="survey"),
        pytest.param("data/2024/approval.yml", "2025-02-27", "2025-02-30", ["impossible-date"], id="approval"),
        pytest.param(FIRST_A, "appraised: 2024-12-16", "appraised: 2024-02-30", ["impossible-date"], id="day"),
        pytest.param(FIRST_A, "date: 2024-12-19", "date: 2024-12-32", ["impossible-date"], id="day of the request"),
        pytest.param(SELF_A, "score: 1.25", "score: nhiều", ["not-a-number"], id="line"),
        pytest.param(SELF_A, "answer: dung-han", "answer: som", ["unknown-answer"], id="answer of an earlier stage"),
        pytest.param(SELF_A, "[ke-hoach, bao-cao, hoi-nghi]", "ke-hoach", ["answer-not-of-rule"], id="form of answer"),
    ],
)
def test_one_mistake_is_named_once_and_drags_no_other_law_along(
    path: str, find: str, replace: str, codes: list[str]
) -> None:
    text = TINY_FILES[path].decode()
    assert text.count(find) == 1

    files = {**TINY_FILES, path: text.replace(find, replace).encode()}

    assert [problem.code for problem in snapshot_of(files).problems] == codes


@pytest.mark.parametrize("path", sorted(path for path in TINY_FILES if path.count("/") > 1))
def test_a_file_that_cannot_be_read_is_named_once_and_accuses_no_other_file(path: str) -> None:
    files = {**TINY_FILES, path: TINY_FILES[path].replace(b"format: 1\n", b"format: 1\n\tnote: x\n", 1)}
    assert files[path] != TINY_FILES[path]

    assert [(path, "tab-character")] == [(problem.path, problem.code) for problem in snapshot_of(files).problems]


def test_a_line_after_one_that_cannot_be_read_is_not_held_against_what_stood_before_both() -> None:
    first = TINY_FILES[FIRST_A].replace(b"    score: 1.5\n", b"    score: 1,5\n")
    second = TINY_FILES[SECOND_A] + b'  "2.2":\n    score: 1.5\n'
    assert (first != TINY_FILES[FIRST_A], b'"2.2"' in TINY_FILES[SECOND_A]) == (True, False)

    files = {**TINY_FILES, FIRST_A: first, SECOND_A: second}

    assert [problem.code for problem in snapshot_of(files).problems] == ["decimal-looks-wrong"]


def test_a_key_that_is_no_code_is_named_by_its_form_alone() -> None:
    code = next(line.strip(" :") for line in TINY_FILES[SELF_A].decode().splitlines() if line.startswith('  "'))
    text = TINY_FILES[SELF_A].decode().replace(f"  {code}:", f"  “{code.strip(chr(34))}”:", 1)
    found = {problem.code for problem in snapshot_of({**TINY_FILES, SELF_A: text.encode()}).problems}

    assert found == {"wrong-form-of-key", "line-missing", "answer-missing"}


def test_where_nothing_was_assigned_a_later_stage_need_not_repeat_the_answer() -> None:
    answer = "    answer: {done: 0, assigned: 0}\n"
    text = TINY_FILES[FIRST_B].decode()
    assert text.count(answer) == 1

    files = {**TINY_FILES, FIRST_B: text.replace(answer, "").encode()}

    assert [problem.code for problem in snapshot_of(files).problems] == ["approval-inputs-changed"]


def test_where_access_yml_stands_alone_its_people_are_held_to_no_body_or_agency() -> None:
    files, _ = overlaid(FOLDER / "access-stranger")
    alone = {path: data for path, data in files.items() if path == "data/access.yml"}

    assert [problem.code for problem in snapshot_of(alone).problems] == []


PARENT = """
format: 1
stage: council-decision
agency: co-quan-b
criterion: "4"
expect: {expect}
line:
  not_applicable: Cơ quan mới thành lập giữa năm
reason: Cơ quan B thành lập trong năm
decision: {{number: 61/QĐ-HĐ-MH, date: 2025-04-03}}
"""


@pytest.mark.parametrize(("expect", "codes"), [("none", set()), ("1", {"amendment-expectation"})])
def test_an_amendment_of_a_parent_expects_what_stands_of_all_below(expect: str, codes: set[str]) -> None:
    files = {**TINY_FILES, "data/2024/amendments/0002.yml": PARENT.format(expect=expect).encode()}
    found = {problem.code for problem in snapshot_of(files).problems}

    assert codes == found - {"approval-mismatch", "approval-inputs-changed"}


COUNCIL = "data/2024/council-decision/co-quan-a.yml"
UNDER_AND_OVER = [
    # whose score, what it is, the code and whether it stops the year
    ("council", "-0.25", "off-rule", False),
    ("council", "1.75", "score-over-maximum", True),
    ("amendment", "-0.25", "amendment-off-rule", False),
    ("amendment", "1.75", "amendment-score-out-of-bounds", True),
    ("appraisal", "-0.25", "score-under-minimum", True),
]


@pytest.mark.parametrize(("who", "score", "code", "stops"), UNDER_AND_OVER)
def test_under_the_minimum_the_council_and_an_amendment_are_told_and_over_the_maximum_nobody_passes(
    who: str, score: str, code: str, *, stops: bool
) -> None:
    files = {path: data for path, data in TINY_FILES.items() if not path.endswith("/approval.yml")}
    line = f"score: {score}, reason: Theo kết luận thanh tra"
    if who == "council":
        files[COUNCIL] = files[COUNCIL].replace(b"lines: {}", f'lines:\n  "1.3": {{{line}}}\n'.encode())
    elif who == "amendment":
        files["data/2024/seals/council-decision.yml"] = SEALS["data/2024/seals/council-decision.yml"].encode()
        files["data/2024/amendments/0002.yml"] = (
            'format: 1\nstage: council-decision\nagency: co-quan-a\ncriterion: "1.3"\nexpect: 1.25\n'
            f"line: {{{line}}}\nreason: Sai\ndecision: {{number: 61/QĐ-MH, date: 2025-04-03}}\n"
        ).encode()
    else:
        path = "data/2024/appraisal-1/co-quan-c.yml"
        files[path] = re.sub(rb'(  "1.3":\n(?:    .*\n)*?    score: )[0-9.]+', rb"\g<1>" + score.encode(), files[path])
    found = {(problem.code, problem.is_error) for problem in snapshot_of(files).problems}

    assert (code, stops) in found
    assert {name for name, error in found if error} <= {code, "amendment-of-open-stage"}

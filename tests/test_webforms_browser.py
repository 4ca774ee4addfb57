"""The web form in a real browser: the same points as Python, nothing lost, nothing sent, fit for everyone."""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from bags import office
from browsing import watched
from conftest import ROOT, Repository, RunCommand
from formcontents import AGENCY, CONTENTS, path_of
from formulas_by_lot import condition_of
from formulas_by_lot import drawn as formula_by_lot
from hypothesis import given as drawn
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect
from sites import forms_of, new_repository, served
from test_form_round_trips import LOT, meaning, world_with
from test_formulas import NAMES, WORTH
from test_formulas import WRONG as WRONG_EXPRESSIONS
from test_rules import FAULTS, JUDGED, POINTS
from tiny import TINY
from worlds import rule, tree

from pipeline.adapters import documents
from pipeline.adapters.repository import open_repository
from pipeline.core.forms.web_page import Submission, json_text, submission
from pipeline.core.ground import nodes
from pipeline.core.ground.nodes import Plain, plain
from pipeline.core.ground.numbers import Rounding, rounded
from pipeline.core.record.rules.expressions import read_expression
from pipeline.core.record.stages import KIND_OF, SURVEY
from pipeline.flows import packages, web_forms, writing
from pipeline.flows.wording import load_labels

STAGES = tuple(KIND_OF)

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.slow]

SELF = "2024/bieu-mau/self-assessment/cuc-thue/"
FIRST = "2024/bieu-mau/appraisal-1/cuc-thue/"
ASKED = "2025/bieu-mau/explanation/cuc-thue/"
COUNTED = "2024/bieu-mau/survey/lanh-dao-so/cuc-thue/"
ADDRESSES = [
    SELF,
    FIRST,
    ASKED,
    "2024/bieu-mau/appraisal-2/cuc-thue/",
    "2024/bieu-mau/council-decision/cuc-thue/",
    COUNTED,
]
SHOW_MORE = ("Kiểm tra", "Xem lại câu trả lời")  # buttons: what is wrong, then all answers on one page
AXE = ROOT / "webform" / "node_modules" / "axe-core" / "axe.min.js"


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms of one repository in a folder: where they are served, and the files they stand for."""

    top: str
    folder: Path
    data: Path


def written(root: Path, folder: Path) -> Path:
    """Write the forms of a repository and what they load into a folder, as the site would."""
    for path, data in forms_of(root).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    (folder / "404.html").write_text("", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forms]:
    root = new_repository(tmp_path_factory.mktemp("real") / "repository")
    folder = written(root, tmp_path_factory.mktemp("real-forms"))
    with served(folder) as top:
        yield Forms(top, folder, root / "data")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forms]:
    root = new_repository(tmp_path_factory.mktemp("tiny") / "repository")
    repository = Repository(root)
    repository.remove("data")
    repository.copy(TINY / "data", "data")
    repository.commit(date="2025-03-21T08:00:00+07:00")
    folder = written(root, tmp_path_factory.mktemp("tiny-forms"))
    with served(folder) as top:
        yield Forms(top, folder, root / "data")


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(accept_downloads=True, viewport={"width": 1280, "height": 900})
    yield made
    made.close()


@pytest.fixture(scope="module")
def scripts(browser: Browser, real: Forms) -> Page:
    """Give a form whose scripts are asked and whose fields nobody touches; one serves all who ask."""
    return opened(browser.new_context(), real.top + SELF)


def opened(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.goto(address)
    page.locator("body[data-ready=true]").wait_for()
    return page


def blank(context: BrowserContext) -> Page:
    """Return a page that goes from form to form and finds no draft of the one before."""
    page = context.new_page()
    page.add_init_script("localStorage.clear()")
    return page


@pytest.fixture(scope="module")
def only_page(browser: Browser) -> Page:
    """Give one page for tests that ask no more than a form without a draft; it is made at the first."""
    return blank(browser.new_context(accept_downloads=True, viewport={"width": 1280, "height": 900}))


def shows(page: Page, address: str) -> Page:
    """Lead a page to a form."""
    page.goto(address)
    page.locator("body[data-ready=true]").wait_for()
    return page


def downloaded(page: Page) -> Submission:
    """Take the file that the form gives, and read it as the command would."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Tải tệp về").click()
    return handed_over(waiting.value.path().read_bytes())


# What the button hands over, without a file on the disk: of many forms that takes a third of the time.
HAND_OVER = """() => {
  let made;
  const make = URL.createObjectURL;
  URL.createObjectURL = blob => { made = blob; return '#'; };
  HTMLAnchorElement.prototype.click = () => {};
  document.querySelector('[data-act="save"]').click();
  delete HTMLAnchorElement.prototype.click;
  URL.createObjectURL = make;
  return made.text();
}"""


def given(page: Page) -> Submission:
    """Take the text that the form would give as a file."""
    return handed_over(page.evaluate(HAND_OVER).encode())


def handed_over(data: bytes) -> Submission:
    document = documents.read("phieu.json", data)
    found = submission(document.root)

    assert document.problems == ()
    assert found is not None
    return found


def field(page: Page, path: str) -> Any:
    return page.locator(f'[data-path="{path}"]')


# --- the same arithmetic --------------------------------------------------------------------------------------------

MODES: list[Rounding] = ["half-up", "half-even", "down"]


def case(text: str, out_of: str, answer: str, *, decimals: int = 2, mode: Rounding = "half-up") -> dict[str, Any]:
    """Return a case for the browser with what Python makes of it: faults, points, and which scores fit."""
    read, node = rule(text, out_of), tree(answer)
    given, faults = read.answer(node)
    points = None if faults else read.points(given, out_of=Decimal(out_of), decimals=decimals, mode=mode)
    near = [points or Decimal(0), (points or Decimal(0)) + Decimal("0.01"), Decimal(0), Decimal(out_of)]
    scores = [f"{score:f}" for score in near]
    policy = {"out_of": Decimal(out_of), "decimals": decimals, "mode": mode}
    return {
        "rule": json_text(read.for_browser() | {"type": read.name}),
        "answer": json_text(plain(node)),
        "policy": {"out_of": out_of, "decimals": decimals, "mode": mode},
        "scores": scores,
        "expected": {
            "faults": sorted(fault.code for fault in faults),
            "points": None if points is None else shortest(points),
            "gives": [not faults and read.gives(Decimal(score), given, **policy) for score in scores],  # type: ignore[arg-type]
        },
    }


def shortest(value: Decimal) -> str:
    """Return a number without zeros at its end, as the browser writes it."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def tabled() -> list[dict[str, Any]]:
    """Return every case of the tables of tests/test_rules.py, points and faults, under each way of rounding."""
    answered = [(text, out_of, answer) for _, text, out_of, rows in POINTS for _, answer, _ in rows]
    wrong = [(text, "2", answer) for _, text, answer, _ in FAULTS]
    return [
        case(text, out_of, answer, decimals=decimals, mode=mode)
        for text, out_of, answer in [*answered, *wrong]
        for mode in MODES
        for decimals in (0, 1, 2, 3)
    ]


def generated(count: int) -> list[dict[str, Any]]:
    """Return rules and answers drawn by lot, the same ones every time."""
    lot = random.Random(342)  # noqa: S311  # cases of a test, not secrets

    def number(most: int, decimals: int) -> str:
        return f"{Decimal(lot.randint(0, most * 10**decimals)).scaleb(-decimals):f}"

    def drawn() -> dict[str, Any]:
        none, over = lot.choice(["full", "zero", "not-applicable"]), lot.choice(["true", "false"])
        high, low = sorted((lot.randint(0, 100), lot.randint(0, 100)), reverse=True)
        empty = f"when_none: {none}, over: {over}"
        bands = f"[{{from: {high}, points: 2}}, {{above: {low}, points: 0.7}}, {{points: 0.05}}]"
        faults = f"{{a: {{per: {number(1, 2)}, title: A}}, b: {{per: 0.3, title: B}}}}"
        cases = "{a: {per: 0.35, title: A}, b: {per: -0.2, title: B}}"
        share = f"{{done: {number(150, lot.choice([0, 0, 3]))}, assigned: {number(150, 0)}}}"
        counts = f"{{a: {lot.randint(0, 9)}, b: {lot.randint(0, 9)}}}"
        text, answer = lot.choice(
            [
                (f"{{type: proportional, full_from: {high}, zero_below: {low}, {empty}}}", share),
                (f"{{type: proportional, full_from: {high}, zero_below: {low}, of: full_from, {empty}}}", share),
                (f'{{type: bands, unit: "%", bands: {bands}, {empty}}}', lot.choice([share, number(100, 6)])),
                (f"{{type: deduction, faults: {faults}, floor: {number(1, 1)}}}", counts),
                (f"{{type: bonus, items: {cases}, most: {number(2, 1)}, least: -{number(2, 1)}}}", counts),
                *[formula_by_lot(lot)] * 6,
            ]
        )
        return case(text, number(5, 2), answer, decimals=lot.randint(0, 4), mode=lot.choice(MODES))

    return [drawn() for _ in range(count)]


RUN_CASES = """cases => cases.map(one => {
  const rule = JSON.parse(one.rule), answer = window.parindexExact.read(one.answer);
  return {
    faults: [...window.parindexRules.faults(rule, answer)].sort(),
    points: window.parindexRules.points(rule, answer, one.policy),
    gives: one.scores.map(score => window.parindexRules.gives(rule, score, answer, one.policy)),
  };
})"""


@pytest.mark.parametrize(
    "made", [tabled, lambda: generated(3_000)], ids=["the table of Python's rules", "drawn by lot"]
)
def test_the_browser_gives_the_points_and_faults_that_python_gives(
    scripts: Page, made: Callable[[], list[dict[str, Any]]]
) -> None:
    cases = made()
    found = scripts.evaluate(RUN_CASES, cases)

    assert [(one, got) for one, got in zip(cases, found, strict=True) if got != one["expected"]] == []


def test_the_browser_reads_the_expressions_that_python_reads_and_no_others(scripts: Page) -> None:
    lot = random.Random(67)  # noqa: S311  # cases of a test, not secrets
    texts = [text for text, _ in WORTH] + [text for text, *_ in WRONG_EXPRESSIONS]
    signs = [
        *[
            "a",
            "b",
            "1",
            "0.5",
            "+",
            "-",
            "*",
            "/",
            "(",
            ")",
            "min(",
            ",",
            "<",
            ">=",
            "and",
            "or",
            "not",
            "out_of",
            "x",
            "²",
        ]
    ]
    texts += [condition_of(lot, 3) for _ in range(300)]
    texts += [" ".join(lot.choices(signs, k=lot.randint(1, 9))) for _ in range(3_000)]
    cases = [(text, truth) for text in texts for truth in (True, False)]
    expected = [read_expression(text, [*NAMES, "c"], truth=truth).fault is None for text, truth in cases]
    code = "([cases, names]) => cases.map(([text, truth]) => window.parindexRules.parsed(text, names, truth) !== null)"
    found = scripts.evaluate(code, [cases, [*NAMES, "c", "out_of"]])

    assert [one for one, ours, theirs in zip(cases, expected, found, strict=True) if ours != theirs] == []
    assert expected.count(True) > 200


def test_judged_takes_the_same_steps_in_the_browser(scripts: Page) -> None:
    read = rule(JUDGED)
    scores = [f"{Decimal(cents) / 100:.2f}" for cents in range(0, 260, 5)]
    policy = {"out_of": Decimal(2), "decimals": 2, "mode": "half-up"}
    expected = [read.gives(Decimal(score), None, **policy) for score in scores]  # type: ignore[arg-type]
    code = """([rule, scores]) => scores.map(score =>
      window.parindexRules.gives(JSON.parse(rule), score, undefined, {out_of: "2", decimals: 2, mode: "half-up"}))"""

    assert expected == scripts.evaluate(code, [json_text(read.for_browser() | {"type": read.name}), scores])


def test_a_quotient_is_rounded_as_in_python(scripts: Page) -> None:
    lot = random.Random(40)  # noqa: S311  # cases of a test, not secrets
    cases = [
        (lot.randint(-9_999, 9_999), lot.choice([8, 40, 3, 1000, 7]), lot.randint(0, 4), lot.choice(MODES))
        for _ in range(2_000)
    ]
    expected = [shortest(rounded(Fraction(top, below), decimals, mode)) for top, below, decimals, mode in cases]
    code = """cases => cases.map(([top, below, decimals, mode]) => {
      const {rounded, literal} = window.parindexExact;
      return literal(rounded([BigInt(top), BigInt(below)], decimals, mode));
    })"""

    assert expected == scripts.evaluate(code, cases)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("0,98", "0.98"),
        ("0.98", "0.98"),
        (" 12 ", "12"),
        ("007", "7"),
        ("1,50", "1.50"),
        ("-0,5", "-0.5"),
        ("-0", "0"),
        ("0.125", "0.125"),
        ("1.234", None),  # a thousand or a little more than one: nobody can say
        ("1,234", "1.234"),
        ("1e5", None),
        ("ba", None),
        ("1,2,3", None),
        ("0,1234567", None),
        ("", None),
    ],
)
def test_a_typed_number_is_understood_or_refused(scripts: Page, typed: str, expected: str | None) -> None:
    code = "text => (window.parindexExact.typed(text) ?? {text: null}).text"

    assert expected == scripts.evaluate(code, typed)


@pytest.mark.parametrize("text", ['{"a": 1e5}', '{"a": 01}', '{"a": NaN}', '{"a": 0.1234567}', '{"a": 1', '{"a": -}'])
def test_a_number_that_is_not_written_plainly_is_no_json_of_a_form(scripts: Page, text: str) -> None:
    code = "text => { try { window.parindexExact.read(text); return false; } catch { return true; } }"

    assert scripts.evaluate(code, text)


# --- there and back -------------------------------------------------------------------------------------------------


def stage_files(forms: Forms) -> Iterator[tuple[str, nodes.Node]]:
    """Yield the address of each form whose file exists, and that file's content."""
    for page in sorted(forms.folder.rglob("bieu-mau/**/index.html")):
        address = page.parent.relative_to(forms.folder).as_posix()
        path = forms.data / f"{address.replace('bieu-mau/', '')}.yml"
        root = documents.read("data/x.yml", path.read_bytes()).root if path.exists() else None
        if root is not None and address.startswith("2024/"):
            yield f"{address}/", root


@pytest.mark.parametrize("which", ["real", "tiny"])
def test_every_file_comes_back_from_its_form_as_it_was(
    context: BrowserContext, request: pytest.FixtureRequest, which: str
) -> None:
    forms: Forms = request.getfixturevalue(which)
    listed = list(stage_files(forms))

    assert len(listed) > 10
    page = blank(context)
    for address, root in listed:
        found = given(shows(page, forms.top + address))

        assert (address, plain(root)) == (address, plain(found.content))


# What a page shows, as a list of things to do to an empty one: which field, what to type or tick.
SHOWN = """() => [...document.querySelectorAll('[data-path]')].map(el => ({
  path: el.dataset.path, kind: el.dataset.kind, value: el.value, checked: el.checked,
  tick: el.type === 'checkbox' || el.type === 'radio',
}))"""
FILL = """steps => {
  const all = [...document.querySelectorAll('[data-list]')];
  const fields = one => [...document.querySelectorAll('[data-path]')]
    .filter(el => el.dataset.path === one.path && el.dataset.kind === one.kind);
  for (const one of steps) {
    const row = /^(.*\\/evidence)\\/(\\d+)/.exec(one.path);
    const list = row && all.find(el => el.dataset.list === row[1]);
    if (row && list.querySelectorAll('.document').length <= row[2]) list.querySelector('[data-act=add]').click();
    const known = fields(one);
    const el = known.length === 1 ? known[0] : known.find(el => el.value === one.value);
    if (one.tick) el.checked = true; else el.value = one.value;
    el.dispatchEvent(new Event('input', {bubbles: true}));
    el.dispatchEvent(new Event('change', {bubbles: true}));
  }
}"""


@pytest.mark.parametrize("which", ["real", "tiny"])
def test_a_file_typed_into_an_empty_form_is_that_file(
    context: BrowserContext, request: pytest.FixtureRequest, which: str
) -> None:
    forms: Forms = request.getfixturevalue(which)
    done = set()
    page = blank(context)
    for address, root in stage_files(forms):
        if which == "real" and "cuc-thue" not in address:
            continue
        shows(page, forms.top + address)
        steps = [one for one in page.evaluate(SHOWN) if (one["checked"] if one["tick"] else one["value"])]
        steps = [one for one in steps if not (one["kind"] == "option" and not one["value"])]
        emptied = without_content(forms.folder / address / "index.html")
        shows(page, forms.top + emptied.relative_to(forms.folder).as_posix())
        page.evaluate(FILL, steps)
        found = given(page)
        done.add(address.split("/")[2])
        expected = plain(root)
        assert isinstance(expected, dict)
        expected.pop("received", None)  # whoever takes the form in says when

        assert (address, expected) == (address, plain(found.content))
    assert len(done) == 6


@pytest.mark.parametrize("stage", [*STAGES, SURVEY])
def test_content_drawn_by_lot_comes_back_from_its_form_and_can_be_typed(
    context: BrowserContext, tiny: Forms, stage: str
) -> None:
    repository = open_repository(tiny.data.parent)
    page, numbers = blank(context), count()

    @LOT
    @drawn(content=CONTENTS[stage])
    def proved(content: dict[str, Any]) -> None:
        snapshot = world_with(stage, writing.dump(content))
        year = snapshot.world.years["2024"]
        made = web_forms.bundle(snapshot, repository, year, stage, agencies=[AGENCY], labels=load_labels("vi"))
        path = f"2024/bieu-mau/{path_of(stage).removeprefix('data/2024/').removesuffix('.yml')}/index.html"
        # A browser keeps what it fetched from one address within one second: each page has its own.
        filled = (tiny.folder / path).with_name(f"filled-{next(numbers)}.html")
        filled.write_bytes(made[path])
        shows(page, tiny.top + filled.relative_to(tiny.folder).as_posix())
        shown = [one for one in page.evaluate(SHOWN) if (one["checked"] if one["tick"] else one["value"])]
        kept = plain(given(page).content)
        shows(page, tiny.top + without_content(filled).relative_to(tiny.folder).as_posix())
        page.evaluate(FILL, [one for one in shown if not (one["kind"] == "option" and not one["value"])])
        typed = plain(given(page).content)

        written = meaning(writing.dump(content), stage)
        assert isinstance(kept, dict)
        assert written == {key: value for key, value in kept.items() if key != "received"}
        assert isinstance(typed, dict)
        assert written == without_filled_points(typed, content)

    proved()


def without_filled_points(typed: dict[str, Any], drawn: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was typed without the points that the form filled in where the drawn line has an answer alone."""
    if "lines" not in drawn:
        return typed
    silent = {code for code, line in drawn["lines"].items() if "answer" in line and "score" not in line}
    lines = {
        code: {key: value for key, value in line.items() if not (code in silent and key == "score")}
        for code, line in typed["lines"].items()
    }
    return {**typed, "lines": lines}


def without_content(page: Path) -> Path:
    """Write a form beside another one, without the file that stands in it."""
    text = page.read_text("utf-8")
    block = re.search(r'(?<=id="data">).*?(?=</script>)', text, re.DOTALL)
    assert block is not None
    data = json.loads(block[0], parse_float=Decimal, parse_int=Decimal)
    emptied = page.with_name(f"empty-{page.stem}.html")
    emptied.write_text(text.replace(block[0], json_text({**data, "content": None})), encoding="utf-8")
    return emptied


def test_a_form_comes_back_as_the_changed_lines_of_its_file_alone(
    context: BrowserContext, real: Forms, run_command: RunCommand, tmp_path: Path
) -> None:
    repository = Repository(new_repository(tmp_path / "repository"))
    page = opened(context, real.top + "2025/bieu-mau/self-assessment/cuc-thue/")
    unchanged, changed = tmp_path / "unchanged.json", tmp_path / "changed.json"
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Tải tệp về").click()
    waiting.value.save_as(unchanged)
    field(page, "/lines/1.2.1/note").fill("Gửi qua trục liên thông")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Tải tệp về").click()
    waiting.value.save_as(changed)

    read = [run_command("form", "read", str(unchanged), "--today", "2025-12-04", cwd=repository.root)]
    after_first = repository.git("diff", "--unified=0")
    read.append(run_command("form", "read", str(changed), "--today", "2025-12-04", cwd=repository.root))
    lines = [line for line in repository.git("diff", "--unified=0").splitlines() if re.match(r"[-+] ", line)]

    assert ([one.code for one in read], after_first) == ([0, 0], "")
    assert [line for line in lines if "note:" in line] == ["+    note: Gửi qua trục liên thông"]
    assert [line for line in lines if line.startswith("-") and "note:" not in line] == []


# --- the browser keeps, shows, and says -----------------------------------------------------------------------------


def test_points_follow_the_answer_while_one_types(context: BrowserContext, real: Forms) -> None:
    page = opened(context, real.top + SELF)
    before = page.locator('[data-part="points"]').inner_text()
    field(page, "/lines/1.1.2/answer/done").fill("80")
    leaf = page.locator('[data-code="1.1.2"]')

    assert (
        field(page, "/lines/1.1.2/score").input_value(),
        leaf.locator('[data-part="percent"]').inner_text(),
        leaf.locator('[data-part="computed"]').inner_text(),
    ) == ("1,82", "tức 90,91%", "Theo cách chấm: 1,82 điểm")
    assert (before, page.locator('[data-part="points"]').inner_text()) == ("38,10/40 điểm", "37,99/40 điểm")


WRONG: list[tuple[str, str, str, str, str]] = [
    # when, the form, the field, what is typed, what is said
    ("more done than assigned", SELF, "/lines/1.1.2/answer/done", "90", "Số đã hoàn thành lớn hơn số được giao."),
    (
        "a score that the rule does not give",
        SELF,
        "/lines/1.1.2/score",
        "2",
        "Cách chấm cho 1,93 điểm từ số liệu này, không phải 2.",
    ),
    ("a score over the most", SELF, "/lines/1.1.2/score", "2,5", "Điểm lớn hơn mức tối đa 2."),
    ("too many decimals", SELF, "/lines/1.1.2/score", "1,933", "Điểm có nhiều hơn 2 chữ số thập phân."),
    ("off the step", SELF, "/lines/1.2.2/score", "0,3", "Điểm phải là bội số của 0,25, từ 0 đến 0,5."),
    ("no number", SELF, "/lines/1.2.2/score", "ba", "Điểm tự chấm: chưa đúng kiểu"),
    (
        "a day that no calendar has",
        SELF,
        "/lines/1.1.1/evidence/0/date",
        "30/02/2024",
        "Ngày ban hành: ghi ngày/tháng/năm",
    ),
    ("a day outside the period", SELF, "/lines/1.1.2/evidence/0/date", "1/1/2020", "có ngày ngoài khoảng"),
    ("another score without a reason", FIRST, "/lines/1.5/score", "0,9", "Cách chấm cho 0,93 điểm"),
    (
        "another score without a reason",
        FIRST,
        "/lines/1.2.2/score",
        "0,25",
        "Điểm khác với bước trước (0,5): cần ghi lý do.",
    ),
    ("a sum that is not the valid forms", COUNTED, "/answers/q1/tot", "30", "cộng lại là 71, số phiếu hợp lệ là 79."),
]


@pytest.mark.parametrize(("when", "address", "path", "typed", "said"), WRONG)
def test_what_is_wrong_is_said_beside_the_field(
    only_page: Page, real: Forms, when: str, address: str, path: str, typed: str, said: str
) -> None:
    page = shows(only_page, real.top + address)
    field(page, path).fill(typed)
    field(page, path).blur()
    place = page.locator("[data-code], [data-question]").filter(has=field(page, path))

    assert said in " ".join(place.locator('.problem, [data-part="errors"] li').all_inner_texts())


@pytest.mark.parametrize(
    ("path", "typed"),
    [("/lines/1.1.2/score", "2,5"), ("/report/date", "31/02/2024"), ("/lines/1.1.1/evidence/0/date", "30/02/2024")],
)
def test_a_field_names_its_message_and_lets_go_of_it(only_page: Page, real: Forms, path: str, typed: str) -> None:
    page = shows(only_page, real.top + SELF)
    one = field(page, path)
    stood, before = one.input_value(), one.get_attribute("aria-describedby")
    one.fill(typed)
    one.blur()
    told = page.locator(".problem").first
    told.wait_for()

    assert told.get_attribute("id") in (one.get_attribute("aria-describedby") or "").split()
    assert one.get_attribute("aria-invalid") == "true"
    one.fill(stood)
    one.blur()
    expect(page.locator(".problem")).to_have_count(0)
    assert one.get_attribute("aria-describedby") == before


def test_all_answers_stand_on_one_page_with_links_to_their_fields(context: BrowserContext, real: Forms) -> None:
    page = opened(context, real.top + SELF)
    field(page, "/lines/1.1.2/score").fill("2,5")
    field(page, "/report/number").fill("")
    page.get_by_role("button", name="Xem lại câu trả lời").last.click()
    review = page.locator('[data-part="review"]')
    told = [" ".join(one.split()) for one in review.locator("dl > div").all_inner_texts()]

    assert not page.locator("form").is_visible()
    assert "Số đã hoàn thành 85 Sửa Số đã hoàn thành" in told
    assert "Điểm tự chấm 2,5 Điểm lớn hơn mức tối đa 2. Sửa Điểm tự chấm" in told
    assert "Số, ký hiệu Chưa điền Sửa Số, ký hiệu" in told
    assert not [one for one in told if "undefined" in one]
    codes = review.locator("h3").all_inner_texts()
    wanted = page.locator(".leaf.owed").evaluate_all("all => all.map((one) => one.dataset.code)")
    assert [code for code in wanted if not any(one.startswith(f"{code} ") for one in codes)] == []

    review.locator("h3", has_text="1.1.2").locator("+ dl a").last.click()

    assert page.evaluate("document.activeElement.closest('[data-code]').dataset.code") == "1.1.2"
    assert (review.is_visible(), page.locator("form").is_visible()) == (False, True)
    page.go_back()
    review.wait_for()
    page.get_by_role("button", name="Quay lại điền").click()
    page.locator("form").wait_for()


def test_a_check_lists_everything_that_is_missing_and_leads_there(context: BrowserContext, real: Forms) -> None:
    page = opened(context, real.top + ASKED)
    page.get_by_role("button", name="Kiểm tra").click()
    told = page.locator('[data-part="summary-list"] li').all_inner_texts()

    assert page.evaluate("document.activeElement.dataset.part") == "summary"
    assert told == ["Chưa điền: Số, ký hiệu.", "1.3.2: Chưa điền tiêu chí này.", "1.5.1: Chưa điền tiêu chí này."]
    page.locator('[data-part="summary-list"] a').nth(1).click()
    assert page.evaluate("document.activeElement.dataset.path") == "/lines/1.3.2/explanation"


def test_an_explanation_shows_what_was_asked_and_everything_on_demand(context: BrowserContext, real: Forms) -> None:
    page = opened(context, real.top + ASKED)
    leaves = page.locator(".leaf")
    asked = [leaf.get_attribute("data-code") for leaf in leaves.all() if leaf.is_visible()]
    headings = page.locator("main h3")
    shown = [head.inner_text().split()[0] for head in headings.all() if head.is_visible()]
    page.get_by_label("Chỉ hiện tiêu chí").uncheck()

    assert (asked, shown) == (["1.3.2", "1.5.1"], ["1.3", "1.5"])
    assert [head.inner_text() for head in headings.all() if not head.is_visible()] == []
    assert [leaf.get_attribute("data-code") for leaf in leaves.all() if not leaf.is_visible()] == []


def test_nothing_assigned_leaves_the_criterion_out_and_back_in(context: BrowserContext, tiny: Forms) -> None:
    page = opened(context, tiny.top + "2024/bieu-mau/self-assessment/co-quan-a/")
    field(page, "/lines/2.3/answer/done").fill("0")
    field(page, "/lines/2.3/answer/assigned").fill("0")
    out = page.locator('[data-code="2.3"] [data-kind="leave-out"]')

    assert (out.is_checked(), field(page, "/lines/2.3/score").is_visible()) == (True, False)
    field(page, "/lines/2.3/answer/assigned").fill("10")
    assert (out.is_checked(), field(page, "/lines/2.3/score").input_value()) == (False, "0")


def test_a_draft_is_kept_resumed_and_discarded(context: BrowserContext, real: Forms) -> None:
    page = opened(context, real.top + SELF)
    note = "/lines/1.1.1/note"
    field(page, note).fill("Đang điền dở")
    page.locator("[data-part=status][data-kept=true]").wait_for()
    page.close()
    page = opened(context, real.top + SELF)

    assert field(page, note).input_value() == "Đang điền dở"
    assert page.locator('[data-part="status"]').inner_text().startswith("Đã mở lại bản nháp lưu lúc ")
    assert (
        opened(context, real.top + SELF.replace("cuc-thue", "cuc-hai-quan"))
        .locator(f'[data-path="{note}"]')
        .input_value()
        == ""
    )
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Xóa bản nháp").click()
    assert field(page, note).input_value() == ""
    page.close()
    assert field(opened(context, real.top + SELF), note).input_value() == ""


def test_a_draft_is_kept_even_when_the_page_closes_at_once(context: BrowserContext, real: Forms) -> None:
    page = opened(context, real.top + SELF)
    field(page, "/lines/1.1.1/note").fill("Vội")
    page.goto("about:blank")

    assert field(opened(context, real.top + SELF), "/lines/1.1.1/note").input_value() == "Vội"


def file_for(page: Page, name: str, text: str) -> str:
    """Give the form a file, and return what it says."""
    page.locator('[data-part="open"]').set_input_files(
        {"name": name, "mimeType": "application/json", "buffer": text.encode()}
    )
    page.locator("[data-part=status]", has_text=name).wait_for()
    return page.locator('[data-part="status"]').inner_text()


IDENTITY: Mapping[str, Plain] = {
    "parindex_form": Decimal(1),
    "year": "2023",
    "stage": "self-assessment",
    "agency": "cuc-thue",
    "commit": None,
    "schema": "s",
    "rules": "r",
}


@pytest.mark.parametrize(
    ("when", "text", "said"),
    [
        ("no JSON", "PK\x03\x04", "Tệp x.json không phải là phiếu đã tải về từ trang này."),
        ("other JSON", "[]", "Tệp x.json không phải là phiếu đã tải về từ trang này."),
        (
            "of another agency",
            json_text({**IDENTITY, "agency": "cuc-hai-quan", "content": {}}),
            "Tệp x.json là phiếu của nơi khác: self-assessment, cuc-hai-quan. Hãy mở đúng phiếu ấy.",
        ),
    ],
)
def test_a_file_that_does_not_belong_here_changes_nothing(
    context: BrowserContext, real: Forms, when: str, text: str, said: str
) -> None:
    page = opened(context, real.top + SELF)

    assert said == file_for(page, "x.json", text)
    assert page.locator('[data-part="progress"]').inner_text() == "38/38 tiêu chí"


def test_a_file_of_another_year_gives_its_lines_as_far_as_they_fit(context: BrowserContext, real: Forms) -> None:
    page = opened(context, real.top + SELF)
    page.on("dialog", lambda dialog: dialog.accept())
    lines: Plain = {"1.2.2": {"score": Decimal("0.25")}, "9.9": {"score": Decimal(1)}}
    told = file_for(page, "cu.json", json_text({**IDENTITY, "content": {"format": Decimal(1), "lines": lines}}))

    assert "bỏ 1 dòng" in told
    assert (
        field(page, "/lines/1.2.2/score").input_value(),
        page.locator('[data-part="progress"]').inner_text(),
    ) == ("0,25", "1/38 tiêu chí")


def test_a_file_of_the_last_stage_starts_what_holds_nothing_yet(context: BrowserContext, real: Forms) -> None:
    emptied = without_content(real.folder / FIRST / "index.html")
    page = opened(context, real.top + emptied.relative_to(real.folder).as_posix())
    field(page, "/lines/1.1.1/score").fill("0,5")
    lines: Plain = {
        "1.1.1": {"score": Decimal(1)},
        "1.2.2": {"score": Decimal("0.5"), "note": "x"},
        "9.9": {"score": Decimal(1)},
    }
    told = file_for(page, "tu-cham.json", json_text({**IDENTITY, "year": "2024", "content": {"lines": lines}}))
    found = plain(downloaded(page).content)

    assert told == "Đã lấy 1 dòng của bước trước từ tệp tu-cham.json cho những tiêu chí chưa điền; xem lại từng dòng."
    assert isinstance(found, dict)
    assert {"1.1.1": {"score": Decimal("0.5")}, "1.2.2": {"score": Decimal("0.5")}} == found["lines"]


def test_a_draft_says_which_file_it_began_from_though_the_page_is_newer(context: BrowserContext, real: Forms) -> None:
    page = opened(context, real.top + SELF)
    own = downloaded(page).file
    field(page, "/lines/1.1.1/note").fill("Đang điền dở")
    page.locator("[data-part=status][data-kept=true]").wait_for()
    page.close()
    text = (real.folder / SELF / "index.html").read_text("utf-8")
    newer = real.folder / SELF / "newer.html"
    newer.write_text(text.replace(f'"file": "{own}"', f'"file": "{"0" * 40}"'), encoding="utf-8")
    page = opened(context, real.top + newer.relative_to(real.folder).as_posix())

    assert downloaded(page).file == own
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Xóa bản nháp").click()
    assert downloaded(page).file == "0" * 40


def test_two_bodies_fill_web_forms_of_one_file_and_neither_takes_anything_from_the_other(
    context: BrowserContext, run_command: RunCommand, tmp_path: Path
) -> None:
    repository = Repository(new_repository(tmp_path / "repository"))
    path = "data/2025/appraisal-1/cuc-thue.yml"
    files = []
    for body, code in (("so-tai-chinh", "6.1.2"), ("so-noi-vu", "1.2.2")):
        made = run_command(
            *("form", "make", "cuc-thue", "--year", "2025", "--stage", "appraisal-1", "--body", body, "--web"),
            *("-o", str(tmp_path / "phieu")),
            cwd=repository.root,
        )
        assert made.code == 0, made.stderr
        page = opened(context, (tmp_path / f"phieu/2025/bieu-mau/appraisal-1/{body}/cuc-thue/index.html").as_uri())
        shown = [leaf.get_attribute("data-code") for leaf in page.locator(".leaf").all()]
        assert code in shown
        field(page, f"/lines/{code}/reason").fill(f"Xem lại của {body}")
        with page.expect_download() as waiting:
            page.get_by_role("button", name="Tải tệp về").click()
        files.append(tmp_path / waiting.value.suggested_filename)
        waiting.value.save_as(files[-1])

    before = (repository.root / path).read_text("utf-8").splitlines()
    done = run_command("form", "read", *map(str, files), "--today", "2025-12-16", cwd=repository.root)
    after = (repository.root / path).read_text("utf-8").splitlines()

    assert [file.name for file in files] == [
        f"phieu-2025-appraisal-1-{body}-cuc-thue.json" for body in ("so-tai-chinh", "so-noi-vu")
    ]
    assert "form-" not in done.stdout
    reasons = [line.strip() for line in after if line not in before and "reason" in line]
    assert reasons == ["reason: Xem lại của so-noi-vu", "reason: Xem lại của so-tai-chinh"]


def test_a_downloaded_draft_opens_again(context: BrowserContext, real: Forms) -> None:
    page = opened(context, real.top + ASKED)
    field(page, "/lines/1.3.2/explanation").fill("Đã bổ sung kết luận")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Tải tệp về").click()
    text = waiting.value.path().read_text("utf-8")
    dialogs: list[str] = []

    def accept(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.accept()

    page.on("dialog", accept)
    page.get_by_role("button", name="Xóa bản nháp").click()

    assert file_for(page, "phieu.json", text) == "Đã mở tệp phieu.json."
    assert (field(page, "/lines/1.3.2/explanation").input_value(), len(dialogs)) == ("Đã bổ sung kết luận", 2)


def test_an_appraiser_starts_from_what_the_agency_claims(context: BrowserContext, real: Forms) -> None:
    emptied = without_content(real.folder / FIRST / "index.html")
    page = opened(context, real.top + emptied.relative_to(real.folder).as_posix())
    before = page.locator('[data-part="progress"]').inner_text()
    page.get_by_role("button", name="Lấy theo bước trước").click()
    found = downloaded(page)
    lines = plain(found.content)

    assert (before, page.locator('[data-part="progress"]').inner_text()) == ("0/38 tiêu chí", "38/38 tiêu chí")
    assert isinstance(lines, dict)
    assert isinstance(lines["lines"], dict)
    assert {"score": Decimal("1.93")} == lines["lines"]["1.1.2"]


# --- two tabs, and the page under the pointer -----------------------------------------------------------------------


def test_two_tabs_share_one_draft_and_say_so(context: BrowserContext, real: Forms) -> None:
    first = opened(context, real.top + SELF)
    second = opened(context, real.top + SELF)
    told = "Phiếu này đang mở ở cả thẻ khác; các thẻ dùng chung một bản nháp."
    for page in (first, second):
        page.locator("[data-part=status]", has_text=told).wait_for()
    field(first, "/lines/1.1.1/note").fill("Điền ở thẻ thứ nhất")
    followed = "Đã lấy nội dung vừa điền ở thẻ khác của phiếu này."
    second.locator("[data-part=status]", has_text=followed).wait_for()

    assert field(second, "/lines/1.1.1/note").input_value() == "Điền ở thẻ thứ nhất"
    field(second, "/lines/1.1.2/note").fill("Điền ở thẻ thứ hai")
    first.locator("[data-part=status]", has_text=followed).wait_for()
    lines = plain(downloaded(first).content)
    assert isinstance(lines, dict)
    assert [lines["lines"][code]["note"] for code in ("1.1.1", "1.1.2")] == [  # type: ignore[index, call-overload]
        "Điền ở thẻ thứ nhất",
        "Điền ở thẻ thứ hai",
    ]


def test_what_two_tabs_type_at_one_moment_is_all_kept(context: BrowserContext, real: Forms) -> None:
    first, second = (opened(context, real.top + SELF) for _ in range(2))
    for number, page in enumerate((first, second), 1):
        page.evaluate(
            "window.setTimeout = (kept => (work, wait) => kept(work, wait === 400 ? 2000 : wait))(setTimeout)"
        )
        field(page, f"/lines/1.1.{number}/note").fill(f"Thẻ {number}")
    for page in (first, second):
        page.locator("[data-part=status][data-kept=true]").wait_for()
    third = opened(context, real.top + SELF)

    for page in (second, third):
        assert [field(page, f"/lines/1.1.{n}/note").input_value() for n in (1, 2)] == ["Thẻ 1", "Thẻ 2"]
    expect(field(first, "/lines/1.1.2/note")).to_have_value("Thẻ 2")


def test_a_draft_that_one_tab_deletes_is_gone_in_the_other(context: BrowserContext, real: Forms) -> None:
    first, second = (opened(context, real.top + SELF) for _ in range(2))
    field(first, "/lines/1.1.1/note").fill("Sẽ xóa")
    expect(field(second, "/lines/1.1.1/note")).to_have_value("Sẽ xóa")
    first.on("dialog", lambda dialog: dialog.accept())
    first.get_by_role("button", name="Xóa bản nháp").click()
    second.locator("[data-part=status]", has_text="Bản nháp đã được xóa ở thẻ khác của phiếu này.").wait_for()

    assert field(second, "/lines/1.1.1/note").input_value() == ""


# Something wrong is typed and something else clicked at once: where, what is typed, what is clicked, what that does.
FOCUSED = "document.activeElement === el"
CLICKED = [
    ("a fold", "/lines/1.1.1/evidence/0/date", "30/02/2024", '[data-code="1.1.2"] summary', "el.parentNode.open"),
    ("a button", "/lines/1.1.2/score", "2,5", '[data-code="1.1.2"] [data-act="add"]', f"!({FOCUSED})"),
    ("a choice", "/lines/1.1.1/evidence/0/date", "30/02/2024", '[data-code="1.1.1"] [value=""]', "el.checked"),
    ("a field", "/lines/1.2.1/score", "99", '[data-code="1.2.2"] [data-path$="/score"]', FOCUSED),
]


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize(("what", "path", "typed", "target", "done"), CLICKED)
def test_a_click_after_typing_lands_where_it_was_aimed(
    only_page: Page, real: Forms, what: str, path: str, typed: str, target: str, done: str, width: int
) -> None:
    page = shows(only_page, real.top + SELF)
    page.set_viewport_size({"width": width, "height": 900})
    aimed = page.locator(target).first
    field(page, path).fill(typed)
    aimed.evaluate("el => el.scrollIntoView({block: 'center'})")
    box = aimed.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.wait_for_timeout(600)  # a slow hand: longer than the draft waits
    pressed = aimed.bounding_box()
    page.mouse.up()
    place = page.locator("[data-code]").filter(has=field(page, path))
    place.locator('.problem, [data-part="errors"] li').first.wait_for()
    after = aimed.bounding_box()

    assert aimed.evaluate(f"el => Boolean({done})")
    assert pressed == box
    assert after is not None
    assert what == "a button" or abs(after["y"] - box["y"]) < 2


def test_the_words_below_the_buttons_move_nothing(context: BrowserContext, real: Forms) -> None:
    page = opened(context, real.top + SELF)
    page.set_viewport_size({"width": 320, "height": 800})
    top = "document.querySelector('main').getBoundingClientRect().top + scrollY"
    before = page.evaluate(top)
    field(page, "/lines/1.1.1/note").fill("x")
    page.locator("[data-part=status][data-kept=true]").wait_for()

    assert page.evaluate(top) == before


# --- fit for everyone -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_form_asks_nothing_of_the_outside_and_breaks_no_rule_of_its_own(
    context: BrowserContext, real: Forms, address: str
) -> None:
    page = context.new_page()
    heard = watched(page, real.top)
    page.goto(real.top + address)
    page.locator("body[data-ready=true]").wait_for()
    page.get_by_role("button", name="Kiểm tra").click()
    downloaded(page)

    assert heard == []


def test_the_policy_of_the_page_stops_inline_code(context: BrowserContext, real: Forms) -> None:
    page = opened(context, real.top + SELF)
    code = """() => {
      const made = document.createElement('script');
      made.textContent = 'window.reached = true';
      document.body.append(made);
      setTimeout("window.evaluated = true");
      return new Promise(done => setTimeout(() => done([window.reached, window.evaluated]), 50));
    }"""

    assert page.evaluate(code) == [None, None]


def test_a_form_works_from_a_file_without_any_server(context: BrowserContext, real: Forms) -> None:
    page = context.new_page()
    heard = watched(page, "file:")
    page.goto((real.folder / SELF / "index.html").as_uri())
    page.locator("body[data-ready=true]").wait_for()
    field(page, "/lines/1.1.1/note").fill("Không có mạng")
    page.locator("[data-part=status][data-kept=true]").wait_for()
    found = downloaded(page)

    assert (heard, "cuc-thue") == ([], found.manifest.agency)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_form_is_never_wider_than_the_screen(only_page: Page, real: Forms, address: str) -> None:
    """Open it on the smallest screen, which is then widened; what is found to be wrong, then all answers are shown."""
    wide, widths = {}, (320, 360, 390, 1280)
    only_page.set_viewport_size({"width": widths[0], "height": 800})
    shows(only_page, real.top + address)
    for button in SHOW_MORE:
        only_page.get_by_role("button", name=button).first.click()
        for width in widths:
            only_page.set_viewport_size({"width": width, "height": 800})
            if (found := only_page.evaluate("document.documentElement.scrollWidth")) > width:
                wide[button, width] = found

    assert wide == {}


def test_a_form_can_be_filled_in_with_the_keyboard_alone(context: BrowserContext, real: Forms) -> None:
    emptied = without_content(real.folder / SELF / "index.html")
    page = opened(context, real.top + emptied.relative_to(real.folder).as_posix())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.get_by_role("button", name="Chỗ còn thiếu tiếp theo").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('[data-code]').dataset.code") == "1.1.1"
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.path") == "/lines/1.1.1/score"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # adds a document and goes there
    page.keyboard.type("15/KH-CT")
    page.keyboard.press("Tab")
    page.keyboard.type("12/1/2024")
    found = plain(downloaded(page).content)

    assert isinstance(found, dict)
    assert {
        "1.1.1": {
            "answer": "dung-han",
            "score": Decimal(1),
            "evidence": [{"number": "15/KH-CT", "date": "2024-01-12"}],
        }
    } == found["lines"]


def test_every_field_can_be_reached_and_has_a_name(only_page: Page, real: Forms) -> None:
    page = shows(only_page, real.top + FIRST)
    code = """() => [...document.querySelectorAll('input:not([hidden]), select, textarea, button')]
      .filter(el => el.tabIndex < 0 || !(el.labels?.length || el.textContent.trim() || el.ariaLabel))
      .map(el => el.outerHTML)"""

    assert page.evaluate(code) == []


@pytest.mark.needs("npm:axe-core")
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_form_has_no_fault_that_axe_knows(only_page: Page, real: Forms, address: str) -> None:
    page, found = shows(only_page, real.top + address), {}
    page.evaluate(AXE.read_text("utf-8"))
    for button in SHOW_MORE:
        page.get_by_role("button", name=button).first.click()
        found[button] = page.evaluate(
            "axe.run().then(result => result.violations.map(one => [one.id, one.nodes.slice(0, 3).map(n => n.html)]))"
        )

    assert found == {button: [] for button in SHOW_MORE}


def test_without_scripts_the_page_says_what_to_use_instead(browser: Browser, real: Forms) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(real.top + SELF)

    assert page.get_by_text("xin dùng phiếu Excel của cùng bước này").is_visible()
    context.close()


# --- files of evidence ----------------------------------------------------------------------------------------------

SCAN = b"%PDF-1.7\n" + b"\0" * 3_000_000
LINE = "1.1.1"


def pick(page: Page, name: str, data: bytes, row: int = 0) -> str:
    """Pick a file in a row of a criterion's evidence, and return what the page says in the end."""
    pick = page.locator(f'#tc-{CSS_LINE} [data-part="pick"]').nth(row)
    pick.set_input_files({"name": name, "mimeType": "application/octet-stream", "buffer": data})
    status = page.locator('[data-part="status"]')
    expect(status).to_contain_text(re.compile(r"Đã gắn tệp|lớn hơn|không phải PDF"))
    return status.inner_text()


CSS_LINE = LINE.replace(".", "\\.")


def package(page: Page, folder: Path) -> Path:
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Tải tệp về").click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def test_picked_files_leave_with_the_form_as_one_package_that_the_command_reads(
    context: BrowserContext, real: Forms, tmp_path: Path
) -> None:
    page = opened(context, real.top + SELF)
    told = pick(page, "quét kế hoạch.pdf", SCAN)
    sha = hashlib.sha256(SCAN).hexdigest()

    path = package(page, tmp_path)

    given = packages.open_form(path.name, path)
    assert told.startswith("Đã gắn tệp quét kế hoạch.pdf")
    assert path.name == "phieu-2024-self-assessment-cuc-thue.zip"
    assert [(file.sha256, file.type, file.criterion) for file in given.evidence] == [(sha, "pdf", LINE)]
    said = submission(documents.read("phieu.json", given.data).root)
    assert said is not None
    lines: Any = plain(said.content)
    assert lines["lines"][LINE]["evidence"][0]["sha256"] == sha


def test_what_is_no_evidence_is_refused_before_it_leaves(context: BrowserContext, real: Forms, tmp_path: Path) -> None:
    page = opened(context, real.top + SELF)

    told = [
        pick(page, "15-KH.pdf", b"MZ\x90\0 program"),
        pick(page, "macro.docx", office(extra={"word/vbaProject.bin": b"x"})),
    ]

    assert ["không phải PDF" in text for text in told] == [True, True]
    row = page.locator(f'#tc-{CSS_LINE} output[data-part="file"]').first
    expect(row).to_have_text(told[1])  # where one looks, on a phone too
    assert package(page, tmp_path).suffix == ".json"
    pick(page, "quét.pdf", SCAN)
    refused = pick(page, "15-KH.pdf", b"MZ\x90\0 program")
    expect(row).to_contain_text(f"{refused} quét.pdf – ")  # the one before stays


def test_a_page_that_was_closed_keeps_what_was_typed_and_asks_for_its_files_again(
    context: BrowserContext, real: Forms, tmp_path: Path
) -> None:
    page = opened(context, real.top + SELF)
    pick(page, "a.pdf", SCAN)
    page.wait_for_timeout(1000)  # the draft is kept 400 ms after the last change
    page.close()

    page = opened(context, real.top + SELF)
    row = page.locator(f'#tc-{CSS_LINE} output[data-part="file"]').first
    expect(row).to_contain_text("hãy chọn lại")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Tải tệp về").click()
    assert waiting.value.suggested_filename.endswith(".json")
    expect(page.locator('[data-part="status"]')).to_contain_text("Còn 1 tệp chưa chọn lại")
    page.locator('[data-part="again"]').set_input_files(
        {"name": "khac.pdf", "mimeType": "application/pdf", "buffer": SCAN}
    )
    expect(page.locator('[data-part="status"]')).to_have_text("Đã gắn lại 1 tệp.")

    assert len(packages.open_form("phieu.zip", package(page, tmp_path)).evidence) == 1


def test_a_package_can_be_opened_again_and_goes_on(context: BrowserContext, real: Forms, tmp_path: Path) -> None:
    page = opened(context, real.top + SELF)
    pick(page, "a.pdf", SCAN)
    path = package(page, tmp_path)
    other = opened(context.browser.new_context(accept_downloads=True), real.top + SELF)  # type: ignore[union-attr]
    other.on("dialog", lambda dialog: dialog.accept())

    other.locator('[data-part="open"]').set_input_files(path)
    expect(other.locator('[data-part="status"]')).to_contain_text("Đã mở tệp")
    row = other.locator(f'#tc-{CSS_LINE} output[data-part="file"]').first
    expect(row).to_contain_text(re.compile(r"^\d\S*\.pdf – "))  # the file's name, not that of the package
    (tmp_path / "lai").mkdir()

    again = packages.open_form("phieu.zip", package(other, tmp_path / "lai"))
    assert [file.sha256 for file in again.evidence] == [hashlib.sha256(SCAN).hexdigest()]


def test_two_hundred_files_make_one_package(context: BrowserContext, real: Forms, tmp_path: Path) -> None:
    page = opened(context, real.top + SELF)
    made = page.evaluate(
        r"""async () => {
          const cited = [];
          for (let n = 0; n < 200; n += 1) {
            const file = new File(["%PDF-1.7\n", String(n), new Uint8Array(250000)], `${n}.pdf`);
            cited.push({ criterion: "1.1.1", number: `${n}/KH`, ...(await window.parindexFiles.examine(file)) });
          }
          const blob = window.parindexFiles.bag("phieu-x", "{}\n", cited);
          const url = URL.createObjectURL(blob);
          const link = Object.assign(document.createElement("a"), { href: url, download: "x.zip" });
          document.body.append(link);
          window.later = () => link.click();
          return blob.size;
        }"""
    )
    with page.expect_download() as waiting:
        page.evaluate("window.later()")
    waiting.value.save_as(tmp_path / "x.zip")

    given = packages.open_form("x.zip", tmp_path / "x.zip")
    assert (tmp_path / "x.zip").stat().st_size == made
    assert len(given.evidence) == 200

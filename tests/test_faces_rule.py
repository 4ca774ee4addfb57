"""A rule type is one class with all its faces: a made-up one, given one row of `RULES`, goes through every part.

The type `steps` counts steps that were done: so many points for each, up to the leaf's most points. Its schema and its
words are data, laid over those of this repository.
"""

from __future__ import annotations

import ast
import html
import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import docx
import pytest
from cities import AGENCIES, ONE_APPRAISAL
from conftest import Repository, RunCommand
from formworlds import AGENCY, TINY, YEAR, codes, handed_over, make, read_one, typed
from tiny import ROOT, SCHEMAS, snapshot_of

from pipeline.adapters.messages import label_files
from pipeline.adapters.repository import open_repository
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.nodes import Node, node_of
from pipeline.core.ground.numbers import Rounding
from pipeline.core.record.rules import RULES, Answer, AnswerInput, Reading, Rule, SheetCells, rule_from, rule_in_words
from pipeline.core.record.rules.base import is_count, not_a_count
from pipeline.core.record.rules.parameters import number
from pipeline.core.record.rules.wordings import NUMBER, Understood, Wording, decimal
from pipeline.flows import snapshot, wording
from pipeline.flows.site import render_all
from pipeline.flows.wording import load_labels

LEAF = "3.1"
BANDS = b"""          type: bands
          unit: d\xe1\xbb\x8bch v\xe1\xbb\xa5
          bands:
            - {from: 3, points: 2}
            - {from: 1, points: 1}
            - {points: 0}
"""
STEPS = b"          type: steps\n          per: 1\n"
STEPS_OF_TEN = b"out_of: 60, monitor: so-noi-vu, rule: {type: steps, per: 10}"
SHAPE = {
    "title": "Theo số bước",
    "type": "object",
    "required": ["type", "per"],
    "properties": {"type": {"const": "steps"}, "per": {"$ref": "common.schema.json#/$defs/points"}},
    "additionalProperties": False,
}
WORDS = "rule: {steps: 'Mỗi bước được {per} điểm, tối đa {out_of} điểm.'}\n"
WORDS_OF_FORMS = (
    "webform: {answer: {steps: Số bước đã làm}}\n"
    "page: {kind: {steps: theo số bước}, method: {rule: {steps: Đếm số bước đã làm}}}\n"
)


@dataclass(frozen=True, slots=True)
class Steps(Rule):
    """So many points for each step done, up to the leaf's most points."""

    name: ClassVar[str] = "steps"
    widget: ClassVar = ("number",)
    parameters: ClassVar = {"per": number()}
    per: Decimal

    def answer(self, node: Node) -> Reading:
        steps, faults = self.number(node)
        counted = not isinstance(steps, Decimal) or is_count(steps)
        return (steps, faults) if counted else (None, (not_a_count(node),))

    @classmethod
    def read_wording(cls, wording: Wording) -> Understood | None:
        found = re.fullmatch(rf"mỗi bước được ({NUMBER}) điểm\b.*", wording.text, re.IGNORECASE)
        return Understood({"per": decimal(found[1])}) if found else None

    def points(self, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> Decimal | None:
        return min(out_of, self.per * answer) if isinstance(answer, Decimal) else None

    def reach(self, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> Iterator[Decimal]:
        return (min(out_of, self.per * steps) for steps in range(int(out_of / self.per) + 2))

    def measure(self) -> str:
        return "bước"

    def asks(self, answer: Answer | None, labels: Labels) -> tuple[AnswerInput, ...]:
        return (AnswerInput("answer", "whole", "Số bước", answer if isinstance(answer, Decimal) else None),)

    def formula(self, sheet: SheetCells, *, out_of: Decimal, decimals: int, mode: Rounding) -> str:
        steps = sheet.inputs["answer"]
        return f'IF(ISNUMBER({steps}),MIN({out_of:f},{self.per:f}*{steps}),"")'


def steps_files() -> dict[str, bytes]:
    """Return the tiny world whose leaf 3.1 counts steps, with a schema that knows the type."""
    schema = json.loads(SCHEMAS["schemas/v1/criteria.schema.json"])
    rule, shapes = schema["$defs"]["rule"], schema["$defs"]
    rule["properties"]["type"]["enum"].append("steps")
    is_steps = {"required": ["type"], "properties": {"type": {"const": "steps"}}}
    rule["allOf"].append({"if": is_steps, "then": {"$ref": "#/$defs/steps"}})
    shapes["steps"] = SHAPE
    criteria, appraised = f"data/{YEAR}/criteria.yml", f"data/{YEAR}/appraisal-1/{AGENCY}.yml"
    return {
        **TINY,
        "schemas/v1/criteria.schema.json": json.dumps(schema).encode(),
        criteria: TINY[criteria].replace(BANDS, STEPS),
        appraised: TINY[appraised].replace(b"answer: 2\n", b"answer: 1\n"),
    }


@pytest.fixture(autouse=True)
def steps_type(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give the type its one row, and its words to the labels."""

    def with_words(language: str) -> Iterator[tuple[str, str, bytes]]:
        yield from label_files(language)
        yield "steps.yml", "", (WORDS + WORDS_OF_FORMS).encode()

    monkeypatch.setitem(RULES, "steps", Steps)  # type: ignore[arg-type]  # a table for all but tests
    monkeypatch.setattr(wording, "label_files", with_words)
    load_labels.cache_clear()
    yield
    load_labels.cache_clear()


SELF = f"data/{YEAR}/self-assessment/{AGENCY}.yml"


@pytest.fixture
def city(repository: Repository) -> Repository:
    """Return a repository of that world, with what a form on the web is made from."""
    repository.write_all({**SCHEMAS, **steps_files()})
    repository.copy(ROOT / "site_templates", "site_templates")
    repository.commit()
    return repository


def test_a_year_with_the_type_is_sound_and_a_wrong_answer_is_told(city: Repository, run_command: RunCommand) -> None:
    sound = run_command("check", cwd=city.root)
    city.write(SELF, TINY[SELF].replace(b"answer: 3\n", b"answer: 1.5\n"))
    wrong = run_command("check", cwd=city.root)

    assert (sound.code, sound.stdout.count(LEAF)) == (0, 0), sound
    assert wrong.code == 1
    assert "1,5" in wrong.stdout or "1.5" in wrong.stdout
    assert f"{AGENCY}.yml:33" in wrong.stdout


def test_its_points_count_and_are_told_in_words(city: Repository, run_command: RunCommand) -> None:
    scored = json.loads(run_command("score", "--year", YEAR, "--format", "json", cwd=city.root).stdout)
    told = run_command("explain", "--year", YEAR, AGENCY, LEAF, cwd=city.root).stdout
    (entry,) = (entry for entry in scored["agencies"] if entry["agency"] == AGENCY)

    assert next(leaf["points"] for leaf in entry["criteria"] if leaf["code"] == LEAF) == "1.00"
    assert "Mỗi bước được 1 điểm, tối đa 2 điểm." in told
    assert "Số liệu: 3 bước" in told


def test_a_change_of_its_answer_and_of_its_parameter_is_told(city: Repository, run_command: RunCommand) -> None:
    city.write(SELF, TINY[SELF].replace(b"answer: 3\n", b"answer: 2\n"))
    criteria = f"data/{YEAR}/criteria.yml"
    city.write(criteria, steps_files()[criteria].replace(b"per: 1\n", b"per: 0.5\n"))
    told = run_command("diff", "HEAD", cwd=city.root)

    assert told.code in (0, 1), told
    assert LEAF in told.stdout
    assert "0,5" in told.stdout


def test_it_goes_into_a_workbook_and_comes_back() -> None:
    before = snapshot_of(steps_files())
    form = make(before, "self-assessment", AGENCY)
    unchanged = read_one(before, form)
    changed = read_one(before, typed(form, (LEAF, "Trả lời", 1), (LEAF, "Điểm tự chấm", 1)))
    refused = read_one(before, typed(form, (LEAF, "Trả lời", 1.5)))

    assert dict(unchanged.files) == {}
    assert b"answer: 1\n" in changed.files[SELF]
    assert "form-thousands-lost" in [found.problem.code for found in refused.findings]


def test_the_web_form_asks_for_its_number(city: Repository, run_command: RunCommand, tmp_path: Path) -> None:
    made = run_command(
        *("form", "make", "--year", YEAR, "--stage", "self-assessment", "--web", "-o", str(tmp_path / "web"), AGENCY),
        cwd=city.root,
    )
    (page,) = (tmp_path / "web").rglob("index.html")
    text = html.unescape(page.read_text("utf-8"))

    assert made.code == 0, made
    assert '"type": "steps"' in text
    assert '"per": "1"' in text
    assert "Số bước đã làm" in text
    assert f'data-path="/lines/{LEAF}/answer"' in text


def test_what_the_web_form_gives_comes_back() -> None:
    before = snapshot_of(steps_files())
    unchanged = read_one(before, handed_over(before, "self-assessment"), "phieu.json")
    changed = read_one(before, handed_over(before, "self-assessment", answered("1")), "phieu.json")
    refused = read_one(before, handed_over(before, "self-assessment", answered("1.5")), "phieu.json")

    assert dict(unchanged.files) == {}
    assert b"answer: 1\n" in changed.files[SELF]
    assert codes(refused) == ["count-not-whole"]


def answered(steps: str) -> Callable[[Any], Any]:
    """Return what someone does who types a number of steps, and as many points."""

    def change(content: Any) -> Any:
        line = {**content["lines"][LEAF], "answer": Decimal(steps), "score": Decimal(steps)}
        return {**content, "lines": {**content["lines"], LEAF: line}}

    return change


def test_the_audit_of_a_round_tells_its_answers(city: Repository, run_command: RunCommand) -> None:
    told = run_command("audit", "--year", YEAR, "--stage", "appraisal-1", "--format", "json", cwd=city.root)

    assert told.code == 0, told
    assert LEAF in told.stdout


def steps_in_a_city() -> dict[str, bytes]:
    """Return the files of a city that issues documents, in which leaf 1.1 counts steps."""
    changed = {
        "criteria": (b"out_of: 60, monitor: so-noi-vu, rule: {type: judged, step: 1}", STEPS_OF_TEN),
        **{f"nop-ho-so/{agency}": (b"score: 50}", b"answer: 5, score: 50}") for agency in AGENCIES},
        **{f"tham-dinh/{agency}": (b"score: 45,", b"answer: 4, score: 40,") for agency in AGENCIES},
    }
    paths = {f"data/{YEAR}/{name}.yml": words for name, words in changed.items()}
    return {path: ONE_APPRAISAL[path].replace(*words) for path, words in paths.items()}


@pytest.mark.parametrize("kind", ["self-assessment", "index"])
def test_documents_have_its_leaf(city: Repository, run_command: RunCommand, tmp_path: Path, kind: str) -> None:
    shutil.rmtree(city.root / "data")
    city.write_all({**ONE_APPRAISAL, **steps_in_a_city()})
    city.commit()
    whose = ("--agency", "cuc-thue") if kind == "self-assessment" else ()
    made = run_command("report", "--year", YEAR, "--kind", kind, *whose, "-o", str(tmp_path / "a.docx"), cwd=city.root)
    rows = [
        [cell.text for cell in row.cells]
        for table in docx.Document(str(tmp_path / "a.docx")).tables
        for row in table.rows
    ]

    assert made.code == 0, made
    assert any("1.1" in row[:2] for row in rows)


def test_the_site_says_how_it_counts(city: Repository) -> None:
    opened = open_repository(city.root)
    words = [wording.load_labels("vi")]
    pages = render_all(snapshot.take(opened, None), opened, audience="internal", today="2025-03-20", languages=words)
    criterion, method = (
        html.unescape(pages[f"{YEAR}/{page}/index.md"].decode()) for page in (f"tieu-chi/{LEAF}", "phuong-phap")
    )

    assert "Mỗi bước được 1 điểm, tối đa 2 điểm." in criterion
    assert "Đếm số bước đã làm" in method


def test_open_data_lets_anybody_compute_it_again(city: Repository, run_command: RunCommand, tmp_path: Path) -> None:
    folder = tmp_path / "open"
    made = run_command(
        *("export", "--year", YEAR, "--audience", "internal", "--today", "2025-03-20", "-o", str(folder)),
        cwd=city.root,
    )
    proved = run_command("verify", "--bundle", str(folder), cwd=city.root)

    assert made.code == 0, made
    assert proved.code == 0, proved
    assert rule_from(node_of({"type": "steps", "per": Decimal(1)})) == Steps(Decimal(1))
    assert "steps" in (folder / "csv" / "criteria.csv").read_text("utf-8")


def test_its_wording_in_a_table_is_read() -> None:
    words = rule_from(node_of({"type": "steps", "per": Decimal("0.5")})).words(Decimal(2), load_labels("vi"), str)

    assert rule_in_words("\n".join(words), Decimal(2)) == ({"type": "steps", "per": Decimal("0.5")}, ())


def test_the_browser_has_a_row_for_each_type() -> None:
    script = (ROOT / "site_templates" / "assets" / "rules.js").read_text("utf-8")
    table = script.partition("const RULES = {")[2].partition("\n  };")[0]

    assert re.findall(r"^    (\w+): \{", table, re.MULTILINE) == [name for name in RULES if name != "steps"]


def test_what_can_be_reached_by_more_steps_is_what_the_analysis_offers() -> None:
    reached = Steps(Decimal("0.75")).attainable(None, out_of=Decimal(2), decimals=2, mode="half-up")

    assert reached == (Decimal(0), Decimal("0.75"), Decimal("1.50"), Decimal(2))


def test_the_guide_names_the_faces_and_the_tables_that_there_are() -> None:
    guide = (ROOT / "docs" / "how-to" / "them-cach-cham.md").read_text("utf-8")
    faces = re.findall(r"`(\w+)`", "".join(row.split("|")[1] for row in re.findall(r"^\| `.*", guide, re.MULTILINE)))
    paths = re.findall(r"`((?:pipeline|schemas|site_templates|tests)/[\w./-]+)`", guide)
    keys = re.findall(r"`((?:\w+\.)+)ladder`", guide)

    assert [face for face in faces if not hasattr(Rule, face)] == []
    assert [path for path in paths if "ladder" not in path and not (ROOT / path).exists()] == []
    assert [key for key in keys if not load_labels("en").has(f"{key}bands")] == []
    assert (len(faces), len(keys)) == (26, 4)
    for path, told in re.findall(r"^- `(tests/\w+\.py)`: (.*)", guide, re.MULTILINE):
        named = set(re.findall(r"`([A-Z]+)`", told))

        assert named
        assert named <= set(re.findall(r"^([A-Z]+)\b", (ROOT / path).read_text("utf-8"), re.MULTILINE))


def test_no_other_part_knows_one_type_from_another() -> None:
    own = ROOT / "pipeline" / "core" / "record" / "rules"
    others = [path for path in (ROOT / "pipeline").rglob("*.py") if own not in path.parents]
    classes = {rule.__name__ for name, rule in RULES.items() if name != "steps"}
    imported = {
        (path.name, alias.name)
        for path in others
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pipeline.core.record.rules")
        for alias in node.names
        if alias.name in classes or node.module != "pipeline.core.record.rules"
    }

    assert imported == set()

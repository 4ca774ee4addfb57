"""Several bonuses under one limit: what is over it is cut from the sum of points, a row of its own and in no area."""

from __future__ import annotations

import html
import io
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import docx
import openpyxl
import pytest
from conftest import ROOT, Repository, RunCommand
from exportworlds import bundle_of
from formworlds import TINY
from playwright.sync_api import Browser
from test_bundles import folder_of
from test_forms import recalculated, workbook_of
from test_site_proof import SCRIPTS, faults, tables_of
from tiny import SCHEMAS
from worlds import files_of, year_from

from pipeline.adapters.repository import open_repository
from pipeline.core.index.analysis.losses import beside
from pipeline.core.index.analysis.rank_draws import weight_draws
from pipeline.core.index.analysis.reweighting import scoreboard
from pipeline.core.index.score_words import score_json
from pipeline.core.index.scoring import score
from pipeline.core.index.whatif_words import board_json
from pipeline.core.record.model import FirmnessPolicy
from pipeline.flows import snapshot
from pipeline.flows.site import render_all
from pipeline.flows.verify_bundle import verify
from pipeline.flows.wording import load_labels

CRITERIA = """
"1":
  title: A
  children:
    "1.1": {title: a, out_of: 10, rule: {type: judged, step: 1}}
"2":
  title: Thưởng, trừ
  children:
    "2.1": {title: b, out_of: 0, rule: {type: bonus, items: {x: {per: 1, title: X}}, most: 3}}
    "2.2": {title: c, out_of: 0, rule: {type: bonus, items: {y: {per: 1, title: Y}}, most: 3}}
    "2.10": {title: d, out_of: 0, rule: {type: bonus, items: {z: {per: -1, title: Z}}, least: -9}}
"""
LIMITS = 'bonus_limits:\n  - {codes: ["2.1", "2.2"], most: 2.5}\n  - {codes: ["2.10"], least: -3}\n'
# agency -> cases of x, y, z; what counts of them; what is cut, of each limit
CASES = {
    "a-mot": ((1, 1, 0), "12", ("0", "0")),
    "b-hai": ((2, 2, 1), "11.5", ("-1.5", "0")),
    "c-ba": ((0, 0, 5), "7", ("0", "2")),
    "d-bon": ((3, 3, 9), "9.5", ("-3.5", "6")),
    "e-nam": ((0, 0, 3), "7", ("0", "0")),
}
COUNTS = {agency: counts for agency, (counts, _, _) in CASES.items()}


def world_of(
    *, limits: str = LIMITS, cases: Mapping[str, tuple[int, int, int]] = COUNTS, scored: int = 10
) -> Mapping[str, str]:
    lines: dict[tuple[str, str], str] = {}
    for agency, (x, y, z) in cases.items():
        told = (("2.1", "x", x, x), ("2.2", "y", y, y), ("2.10", "z", z, -z))
        bonus = "\n".join(
            f'"{code}": {{answer: {{{item}: {count}}}, score: {points}, reason: R}}'
            for code, item, count, points in told
            if count
        )
        for stage in ("self-assessment", "appraisal-1", "appraisal-2", "council-decision"):
            lines[stage, agency] = f'"1.1": {{score: {scored}}}\n' + (bonus if stage == "appraisal-1" else "")
    made = dict(files_of(CRITERIA, agencies="\n".join(f"{one}: {{name: {one}}}" for one in cases), lines=lines))
    made["data/2024/cycle.yml"] += "\n" + limits
    return made


def test_what_is_over_a_limit_is_cut_and_what_is_under_it_given_back() -> None:
    results = score(year_from(world_of()))

    for agency, (_, points, cuts) in CASES.items():
        entry = results.of(agency)
        assert entry is not None
        assert entry.total.points == entry.appraisal.points == Fraction(points)
        assert tuple(one.cut for one in entry.limited) == tuple(map(Fraction, cuts))
        assert entry.total.points == sum(area.points for area in entry.areas) + sum(map(Fraction, cuts))
        assert entry.total.out_of == 10


def test_other_weights_begin_with_what_counts_of_bonuses_under_a_limit() -> None:
    results = score(year_from(world_of()))
    board = scoreboard(results)

    assert [sum(own) * board.unit for own in board.points] == [entry.total.points for entry in results.agencies]
    assert board.ranked(board.indices([1] * len(board.leaves))) == [*board.ranks]


def test_with_other_weights_agencies_at_one_limit_stay_together() -> None:
    results = score(year_from(world_of(cases={"a": (2, 2, 0), "b": (3, 3, 0)}, scored=5)))
    drawn = weight_draws(results, FirmnessPolicy())

    assert drawn is not None
    assert drawn.reached == {"a": {1: drawn.draws}, "b": {1: drawn.draws}}


def test_bonus_and_penalty_are_told_as_they_count() -> None:
    results = score(year_from(world_of()))
    counted = {entry.agency.slug: points for entry, points in beside(results, 1)}
    taken = {entry.agency.slug: points for entry, points in beside(results, -1)}

    assert counted == {"a-mot": 2, "b-hai": Fraction("2.5"), "d-bon": Fraction("2.5")}
    assert taken == {"b-hai": 1, "c-ba": 3, "d-bon": 3, "e-nam": 3}


MIXED = """
"1": {title: A, out_of: 10, rule: {type: judged, step: 1}}
"2": {title: B, out_of: 0, rule: {type: bonus, items: {x: {per: 1, title: X}}, most: 9, least: 0}}
"3": {title: C, out_of: 0, rule: {type: bonus, items: {y: {per: -2, title: Y}}, most: 0, least: -20}}
"4": {title: D, out_of: 0, rule: {type: bonus, items: {z: {per: -3, title: Z}}, most: 0, least: -20}}
"""


@pytest.mark.parametrize(
    ("answers", "lost"),
    [
        ({"2": 5, "3": -2, "4": 0}, {"3": 2}),  # 3 of 5 - 2 is cut to 1: a bonus counts less, a penalty counts whole
        ({"2": 0, "3": -4, "4": -3}, {"3": 3}),  # -7 is raised to -3: the last penalty is spared first
        ({"2": 1, "3": -2, "4": -12}, {"3": 2, "4": 2}),  # -13 is raised to -3, the bonus counts
        ({"2": 0, "3": -2, "4": 0}, {"3": 2}),  # within the limit
    ],
)
def test_what_a_limit_gives_back_is_no_loss(answers: Mapping[str, int], lost: Mapping[str, int]) -> None:
    per = {"2": ("x", 1), "3": ("y", -2), "4": ("z", -3)}
    lines = "\n".join(
        f'"{code}": {{answer: {{{per[code][0]}: {points // per[code][1]}}}, score: {points}, reason: R}}'
        for code, points in answers.items()
        if points
    )
    files = files_of(MIXED, lines={("appraisal-1", "cuc-thue"): f'"1": {{score: 8}}\n{lines}'})
    files["data/2024/cycle.yml"] += '\nbonus_limits: [{codes: ["2", "3", "4"], most: 1, least: -3}]'
    results = score(year_from(files))
    entry = results.of("cuc-thue")

    assert entry is not None
    assert {leaf.criterion.code: leaf.lost for leaf in entry.losing} == {"1": 2, **lost}
    gained = sum(points for _, points in beside(results, 1))
    assert sum(leaf.lost for leaf in entry.leaves) == entry.total.out_of - entry.total.points + gained


def test_a_year_without_limits_says_nothing_of_them() -> None:
    results = score(year_from(world_of(limits="")))

    assert all("bonus_limits" not in agency for agency in score_json(results, None, "vi")["agencies"])


def test_the_ranking_that_is_tried_with_other_weights_starts_from_the_points_that_count() -> None:
    results = score(year_from(world_of()))
    board = scoreboard(results)
    sums = {slug: Fraction(sum(row)) * board.unit for slug, row in zip(board.slugs, board.points, strict=True)}

    assert sums == {agency: Fraction(points) for agency, (_, points, _) in CASES.items()}


def test_json_has_a_row_for_each_limit() -> None:
    told = score_json(score(year_from(world_of())), None, "vi")["agencies"]
    own = next(agency for agency in told if agency["agency"] == "d-bon")

    assert own["bonus_limits"] == [
        {"codes": ["2.1", "2.2"], "points": "6.00", "cut": "-3.50"},
        {"codes": ["2.10"], "points": "-9.00", "cut": "6.00"},
    ]


@pytest.mark.parametrize("whole", [True, False])
def test_what_the_browser_adds_up_is_what_counts(*, whole: bool) -> None:
    results = score(year_from(world_of()))

    for one in board_json(results, whole=whole)["agencies"]:
        points = sum(Fraction(leaf["points"]) for leaf in one["leaves"])
        assert points == Fraction(CASES[one["agency"]][1])


def test_the_bundle_computes_itself_again_and_a_changed_cut_is_found(tmp_path: Path) -> None:
    made = dict(bundle_of(world_of()))
    proved = verify(folder_of(made, tmp_path / "whole"))
    path = "csv/bonus_limits.csv"
    changed = {**made, path: made[path].replace(b"-3.50", b"-3.00")}
    refused = verify(folder_of(changed, tmp_path / "changed"))

    assert [problem for problem in proved.problems if problem.is_error] == []
    assert ("bundle-differs", path) in {(problem.code, problem.path) for problem in refused.problems}


NOT_APPLIED = "Chưa tính giới hạn chung của điểm thưởng, điểm trừ."
LIMIT = "4.1 tính chung nhiều nhất 0,25 điểm, ít nhất -0,25 điểm"
KINDS = {"index": (), "index-annex": ("--agency", "co-quan-b")}


def test_pages_documents_and_commands_say_what_is_cut(
    repository: Repository, run_command: RunCommand, tmp_path: Path
) -> None:
    cycle = "data/2024/cycle.yml"
    limits = b'bonus_limits: [{codes: ["4.1"], most: 0.25, least: -0.25}]\n'
    signed = "documents:\n" + "".join(f"  {kind}: {{signer: A, recipients: [B]}}\n" for kind in KINDS)
    issues = f"  so-noi-vu:\n    issues: [{', '.join(KINDS)}]\n    place: P\n".encode()
    bodies = {"data/bodies.yml": TINY["data/bodies.yml"].replace(b"  so-noi-vu:\n", issues)}
    repository.write_all({**SCHEMAS, **TINY, **bodies, cycle: TINY[cycle] + limits + signed.encode()})
    repository.copy(ROOT / "site_templates", "site_templates")
    repository.commit()
    opened = open_repository(repository.root)
    words = [load_labels("vi")]
    pages = render_all(snapshot.take(opened, None), opened, audience="internal", today="2025-03-20", languages=words)
    page, method = (
        html.unescape(pages[f"2024/{name}/index.md"].decode()) for name in ("co-quan/co-quan-b", "phuong-phap")
    )
    told = run_command("explain", "--year", "2024", "co-quan-b", cwd=repository.root).stdout
    audited = run_command("audit", "--year", "2024", "--stage", "appraisal-1", cwd=repository.root).stdout
    for kind, own in KINDS.items():
        typed = ("report", "--year", "2024", "--kind", kind, *own, "-o", str(tmp_path / f"{kind}.docx"))
        assert run_command(*typed, cwd=repository.root).code == 0
    rows = {
        kind: [
            [cell.text for cell in row.cells]
            for table in docx.Document(str(tmp_path / f"{kind}.docx")).tables
            for row in table.rows
            if any(cell.text.startswith("4.1 tính chung") for cell in row.cells)
        ]
        for kind in KINDS
    }
    form = ("form", "make", "--year", "2024", "--stage", "self-assessment", "--web", "-o", str(tmp_path), "co-quan-b")
    assert run_command(*form, cwd=repository.root).code == 0
    (form_page,) = tmp_path.rglob("index.html")
    prose = "\n".join(part.text for part in docx.Document(str(tmp_path / "index.docx")).paragraphs)

    assert LIMIT in page
    assert f"Có giới hạn chung: {LIMIT}." in html.unescape(pages["2024/tieu-chi/4.1/index.md"].decode())
    assert '<td class="n">+0,25</td>' in page
    assert "trả lại 0,25 điểm" in page
    assert NOT_APPLIED in page
    assert NOT_APPLIED in audited
    assert "Tổng điểm trên phiếu chưa tính giới hạn chung" in html.unescape(form_page.read_text("utf-8"))
    assert NOT_APPLIED in prose
    assert "phần vượt giới hạn không tính vào tổng điểm" in prose
    assert rows["index-annex"] == [["", LIMIT, "–", "+0,25", "–", ""]]
    assert rows["index"] == [["", LIMIT, "–", "−0,25", "0,00", "+0,25"]]
    assert "4.1 tính chung nhiều nhất 0,25 điểm" in method
    assert "cộng được -0,50, tổng điểm thay đổi +0,25" in told


def test_forms_say_that_their_total_is_before_the_limits() -> None:
    cases = {"cuc-thue": (1, 1, 0)}
    limited, free = (workbook_of(year_from(world_of(limits=limits, cases=cases))) for limits in (LIMITS, ""))
    words = "Tổng điểm theo phiếu này, chưa tính giới hạn chung của điểm thưởng, điểm trừ"
    told = [
        {cell.value for page in openpyxl.load_workbook(io.BytesIO(book)).worksheets for row in page for cell in row}
        for book in (limited, free)
    ]

    assert [words in cells for cells in told] == [True, False]


@pytest.mark.slow
@pytest.mark.needs("chromium")
def test_the_page_of_the_proof_computes_the_same(browser: Browser) -> None:
    page = browser.new_page()
    for name in SCRIPTS:
        page.add_script_tag(path=ROOT / "site_templates" / "assets" / name)
    tables = tables_of(bundle_of(world_of()))
    sound = faults(page, tables)
    tables["bonus_limits"][0]["cut"] = "-0.50"
    wrong = faults(page, tables)
    page.close()

    assert sound == {}
    assert wrong["sums"] != []


@pytest.mark.slow
@pytest.mark.needs("libreoffice-calc")
def test_the_workbook_computes_cut_and_sum_by_formulas(tmp_path: Path, program: Callable[[str], str]) -> None:
    made = bundle_of(world_of())
    path = next(path for path in made if path.endswith(".xlsx"))
    found = recalculated(tmp_path, program("libreoffice-calc"), {"book": made[path]})["book"]
    book = openpyxl.load_workbook(io.BytesIO(made[path]))
    names = {cell.value: cell.column_letter for cell in book["results"][2]}
    points = {
        book["results"][f"{names['agency']}{row}"].value: found[f"results!{names['points']}{row}"]
        for row in range(3, 3 + len(CASES))
    }
    cut = {cell.value: cell.column_letter for cell in book["bonus_limits"][2]}["cut"]

    assert points == {agency: float(Decimal(told)) for agency, (_, told, _) in CASES.items()}
    assert {found[f"bonus_limits!{cut}{row}"] for row in range(3, 13)} == {0, -1.5, -3.5, 2, 6}

"""Years that nobody plans for, yet that happen: what they cost grows as they do, and their pages can be read.

Calls are counted, not time, so that the same code fails on every machine. A year of many agencies: `test_site_growth`.
"""

from __future__ import annotations

import cProfile
import io
import re
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial

import pytest
from conftest import ROOT
from sites import TODAY
from test_site_growth import FRAME, LARGEST, approved
from tiny import data_of_this_repository, snapshot_of

sys.path.insert(0, str(ROOT / "tests" / "benchmarks"))

import corpus as made
from corpus import YEAR, corpus
from pages import many

from pipeline.adapters.messages import LANGUAGES
from pipeline.adapters.repository import open_repository
from pipeline.core.ground.problems import ParindexError
from pipeline.core.index.analysis.waterfalls import waterfalls
from pipeline.core.index.scoring import score
from pipeline.core.publish.charts.from_results import claims_chart
from pipeline.flows.report import report
from pipeline.flows.site import render_all
from pipeline.flows.snapshot import load_labels

SEAL = """\
format: 1
stage: council-decision
date: 2025-02-20
by: thu-ky
files:
  data/2024/council-decision/co-quan-00001.yml: {digest}
signature: |
  -----BEGIN SSH SIGNATURE-----
  AAAA
  -----END SSH SIGNATURE-----
"""
AMENDMENT = """\
format: 1
stage: council-decision
agency: co-quan-00001
criterion: "1.1"
expect: {expect}
line: {{score: {score}, reason: Chấp nhận khiếu nại}}
reason: Khiếu nại được chấp nhận
decision: {{number: 1/QĐ-MH, date: 2025-03-14}}
"""
WITHDRAWAL = """\
format: 1
withdraws: "{number:04}"
reason: Ghi nhầm
decision: {{number: 2/QĐ-MH, date: 2025-03-15}}
"""


def amended(count: int) -> Mapping[str, str]:
    """Return a year of one agency with one criterion that is amended again and again."""
    files = dict(corpus(1))
    told = snapshot_of({path: text.encode() for path, text in files.items()}).world.years[YEAR]
    stands = [str(told.stages["appraisal-1"]["co-quan-00001"].lines["1.1"].score), *("0.5", "0.55") * count]
    files[f"data/{YEAR}/seals/council-decision.yml"] = SEAL.format(digest="0" * 64)
    for number in range(1, count + 1):
        text = AMENDMENT.format(expect=stands[number - 1], score=stands[number])
        files[f"data/{YEAR}/amendments/{number:04}.yml"] = text
    return files


def half_withdrawn(count: int) -> Mapping[str, str]:
    """Return the same with a wrong amendment, which the next one takes back, after each of the last half."""
    files = dict(amended(count))
    for number in range(count + 1, 2 * count + 1, 2):
        files[f"data/{YEAR}/amendments/{number:04}.yml"] = AMENDMENT.format(expect="0.1", score="0.2")
        files[f"data/{YEAR}/amendments/{number + 1:04}.yml"] = WITHDRAWAL.format(number=number)
    return files


def calls_of(files: Mapping[str, str]) -> int:
    """Return how many calls it takes to read and judge some files."""
    with cProfile.Profile(builtins=False) as counted:
        snapshot = snapshot_of({path: text.encode() for path, text in files.items()})

    assert [problem for problem in snapshot.problems if problem.is_error] == []
    return sum(function.callcount for function in counted.getstats())


@pytest.mark.parametrize("shape", [amended, half_withdrawn])
def test_many_amendments_of_one_agency_cost_as_many_times_one(shape: Callable[[int], Mapping[str, str]]) -> None:
    first, few, many = (calls_of(shape(count)) for count in (2, 42, 82))

    assert many - few <= 1.1 * (few - first)


def many_criteria(monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    """Return a year of 300 criteria that have lines."""
    monkeypatch.setattr(made, "LEAVES", 50)
    return dict(corpus(3, survey=2))


def many_groups(_: pytest.MonkeyPatch) -> Mapping[str, str]:
    """Return a year with as many groups of respondents as there may be."""
    return dict(corpus(6, survey=20))


def many_questions(monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    """Return a year with as many questions as there may be, five for each of 40 criteria."""
    monkeypatch.setattr(made, "QUESTIONS", 40)
    files = dict(corpus(3, survey=2))
    for path, text in files.items():
        if "/survey/" in path:
            own = text[text.index("  q") :]
            for step in range(40, 200, 40):
                files[path] += re.sub(r"^  q(\d+):", partial(_later, step), own, flags=re.MULTILINE)
    return files


def _later(step: int, found: re.Match[str]) -> str:
    return f"  q{int(found[1]) + step}:"


def long_names(_: pytest.MonkeyPatch) -> Mapping[str, str]:
    """Return a year in which agencies, areas, criteria, groups and questions have names of 200 letters."""
    name = "Trung tâm Phục vụ hành chính công và Kiểm soát thủ tục hành chính liên thông của các đơn vị sự nghiệp " * 2
    files = dict(corpus(4, survey=5))
    for path in ("agencies.yml", "criteria.yml", "survey/survey.yml"):
        text = files[f"data/{YEAR}/{path}"]
        files[f"data/{YEAR}/{path}"] = re.sub(
            r"\b(name|title|text): ((?:Cơ quan|Lĩnh vực|Tiêu chí|Nhóm|Câu hỏi|Điều tra)[^,}\n]*)",
            lambda found: f"{found[1]}: {found[2]} {name}"[: 206 + len(found[1]) - 4].rstrip(),
            text,
        )
    return files


def many_amendments(_: pytest.MonkeyPatch) -> Mapping[str, str]:
    """Return a year of one agency with 250 amendments."""
    return amended(250)


SHAPES = (many_criteria, many_groups, many_questions, long_names, many_amendments)


@cache
def pages_of(shape: Callable[[pytest.MonkeyPatch], Mapping[str, str]]) -> Mapping[str, bytes]:
    """Return the pages of the public site of a year, in every language."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        files = shape(monkeypatch)
    snapshot = approved(snapshot_of({path: text.encode() for path, text in files.items()}))
    words = [load_labels(language) for language in LANGUAGES]
    made = render_all(
        snapshot, open_repository(ROOT), audience="public", today=TODAY, languages=words, address="https://x.example/"
    )
    return {path: data for path, data in made.items() if path.endswith((".md", ".xml"))}


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_no_page_of_an_unlucky_year_is_too_heavy(shape: Callable[[pytest.MonkeyPatch], Mapping[str, str]]) -> None:
    sizes = {path: len(data) for path, data in pages_of(shape).items() if path.endswith(".md")}

    assert {path: size for path, size in sizes.items() if size >= LARGEST - FRAME} == {}


@pytest.mark.slow
def test_every_correction_stands_once_where_the_feed_leads() -> None:
    made = pages_of(many_amendments)
    told = {
        number: path
        for path in made
        if path.startswith(f"{YEAR}/lich-su/") and path.endswith(".md")
        for number in re.findall(r'id="dinh-chinh-(\d+)"', made[path].decode())
    }
    led = re.findall(
        rf"https://x\.example/({YEAR}/lich-su/[^#\"]*)#dinh-chinh-(\d+)",
        "".join(data.decode() for path, data in made.items() if path.endswith(".xml") and not path.startswith("en/")),
    )

    assert sorted(told) == [f"{number:04}" for number in range(1, 251)]
    assert len(set(told.values())) == 3
    assert led
    assert [(path, number) for path, number in led if told[number] != f"{path}index.md"] == []


@pytest.mark.slow
def test_every_question_is_shown_once_where_they_have_pages_of_their_own() -> None:
    made = pages_of(many_questions)
    shown = [
        found
        for path, data in made.items()
        if path.startswith(f"{YEAR}/cau-hoi/")
        for found in re.findall(r'<tr id="q(\d+)">', data.decode())
    ]

    assert sorted(map(int, shown)) == list(range(1, 201))
    assert 'href="../cau-hoi/"' in made[f"{YEAR}/dieu-tra/index.md"].decode()


def test_of_many_agencies_a_message_names_some_and_the_one_that_was_meant() -> None:
    files = {path: text.encode() for path, text in corpus(300, stages=0)}
    labels = load_labels("en")
    with pytest.raises(ParindexError) as told:
        snapshot_of(files).world.years[YEAR].known_agency("co-quan-0299")
    said = labels.error(told.value)

    assert said.endswith("co-quan-00299?")
    assert said.count("co-quan-") == 200 + 2


@pytest.mark.parametrize("agencies", [1, 3])
def test_no_agency_is_named_where_all_were_cut_alike(agencies: int) -> None:
    files = dict(corpus(agencies))
    first = {path: files[re.sub(r"co-quan-\d+\.yml", "co-quan-00001.yml", path)] for path in files}
    results = score(snapshot_of({path: text.encode() for path, text in first.items()}).world.years[YEAR])
    chart = claims_chart(results, waterfalls(results.year).by_agency, load_labels("vi"))

    assert chart is not None
    assert re.search(rf"ở {agencies}/{agencies} cơ quan, tổng cộng [0-9,]+ điểm$", chart.title)


def test_a_survey_report_of_many_agencies_has_them_in_rows_and_their_counts_together() -> None:
    few = data_of_this_repository()
    world = many(few.world, 21)
    year, labels = world.years[YEAR], load_labels("vi")
    data = report(replace(few, world=world), open_repository(ROOT), None, year=year, kind="survey", labels=labels)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        rows = re.findall(r"<w:tr[ >][\s\S]*?</w:tr>", archive.read("word/document.xml").decode())
    told = [[re.sub("<[^>]+>", "", cell) for cell in re.findall(r"<w:tc>[\s\S]*?</w:tc>", row)] for row in rows]
    asked = sum(len(question.groups) for question in year.survey_plan.questions.values())

    assert max(map(len, told)) < len(year.agencies)
    for agency in year.agencies.values():
        assert sum(labels.of(agency.short) in cells for cells in told) >= 2
    assert sum(cells[1:2] == ["cộng 21 cơ quan"] for cells in told) <= asked < len(told)


def nobody(path: str, text: str) -> str:
    """Return a file of counts as one of a group that did not answer."""
    return re.sub(r"forms: [\s\S]*", "forms: {valid: 0}\n", text) if "/survey/nhom" in path else text


@pytest.mark.parametrize("agencies", [1, 3])
def test_reports_of_years_without_a_difference_name_no_best_and_no_worst(agencies: int) -> None:
    """There is one agency, or nobody answered about any."""
    files = dict(corpus(agencies, survey=2))
    if agencies > 1:
        files = {path: nobody(path, text) for path, text in files.items()}
    signed = "signer: GIÁM ĐỐC, recipients: [Sở Nội vụ]"
    files["data/bodies.yml"] = files["data/bodies.yml"].replace("Sở 1}", "Sở 1, issues: [survey, index], symbol: SNV}")
    files[f"data/{YEAR}/documents.yml"] = f"format: 1\ndocuments:\n  survey: {{{signed}}}\n  index: {{{signed}}}\n"
    told = snapshot_of({path: text.encode() for path, text in files.items()})
    repository, labels, said = open_repository(ROOT), load_labels("vi"), dict[str, str]()
    for kind in ("survey", "index"):
        data = report(told, repository, None, year=told.world.years[YEAR], kind=kind, labels=labels)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            said[kind] = re.sub("<[^>]+>", "", archive.read("word/document.xml").decode())

    assert ("Cơ quan 00001 đạt " if agencies == 1 else "3 cơ quan đạt cùng tỷ lệ điểm điều tra") in said["survey"]
    assert "tỷ lệ điểm điều tra cao nhất" not in said["survey"]
    assert ("tiêu chí đạt tỷ lệ thấp nhất" in said["survey"]) is (agencies == 1)
    assert "Chưa có kết quả điều tra xã hội học" not in said["index"]

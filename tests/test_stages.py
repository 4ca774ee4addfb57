"""The stages of a year are its data: what each kind owes, where requests are answered; worlds of three shapes."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import docx
import pytest
from cities import ONE_APPRAISAL, REPORTS
from cities import THREE_ROUNDS as THREE_ROUNDS_CITY
from conftest import ROOT, Repository, RunCommand
from formworlds import codes, handed_over, make, read_one
from tiny import SCHEMAS, snapshot_of
from worlds import files_of, world, year_from

from pipeline.adapters import documents
from pipeline.adapters.schemas import compile_schemas
from pipeline.core.index.laws import problems_of
from pipeline.core.index.scoring import missing, missing_lines, owed_lines, score
from pipeline.core.record.layout import STAGE, place, schema_of
from pipeline.core.record.model import Year
from pipeline.core.record.stages import KIND_OF, KINDS, RESERVED, SURVEY, USUAL, Kind, Stage, Stages, kind_of

A = "cuc-thue"
CRITERIA = """
"1":
  title: A
  children:
    "1.1": {title: X, out_of: 60, rule: {type: judged, step: 1}}
    "1.2": {title: Y, out_of: 40, rule: {type: judged, step: 1}}
"""
# A city with one appraisal and no council; a province with three rounds and two letters between them.
ONE_ROUND = "nop-ho-so: {kind: claim, title: Nộp hồ sơ}\ntham-dinh: {kind: appraise, title: Thẩm định}"
THREE_ROUNDS = """
tu-danh-gia: {kind: claim, title: Tự đánh giá}
vong-1: {kind: appraise, title: Vòng 1}
y-kien-1: {kind: explain, title: Ý kiến lần 1}
vong-2: {kind: appraise, title: Vòng 2}
y-kien-2: {kind: explain, title: Ý kiến lần 2}
vong-3: {kind: appraise, title: Vòng 3}
hoi-dong: {kind: decide, title: Hội đồng}
"""
HEAD: Mapping[Kind, str] = {
    "claim": "report: {number: 1/BC, date: 2024-12-03}\nsigned_by: Giám đốc\nreceived: 2024-12-04",
    "appraise": "appraised: 2024-12-16",
    "explain": "letter: {number: 2/CV, date: 2024-12-20}\nreceived: 2024-12-20",
    "decide": "decision: {number: 3/QĐ, date: 2025-02-01}",
}


def a_year(listed: str, lines: Mapping[str, str], *, heads: Mapping[str, str] | None = None) -> Year:
    """Return a year of one agency: `lines` by the stage's name, `heads` what stands in its head beside the usual."""
    return year_from(files(listed, lines, heads=heads))


def files(listed: str, lines: Mapping[str, str], *, heads: Mapping[str, str] | None = None) -> dict[str, str]:
    made = files_of(CRITERIA)
    made["data/2024/cycle.yml"] += "\nstages:\n" + "\n".join(f"  {row}" for row in listed.strip().splitlines())
    kinds = year_from(made).cycle.stages
    for name, text in lines.items():
        own = "\n".join(f"  {row}" for row in text.splitlines())
        more = (heads or {}).get(name, "")
        made[f"data/2024/{name}/{A}.yml"] = f"{HEAD[kinds.kind(name) or 'claim']}\n{more}\nlines:\n{own}"
    return made


def codes_of(listed: str, lines: Mapping[str, str], *, heads: Mapping[str, str] | None = None) -> set[str]:
    """Return what the laws find in such a year."""
    return {problem.code for problem in problems_of(world(files(listed, lines, heads=heads)))}


def test_the_five_names_keep_their_kinds_and_every_other_says_its_own() -> None:
    assert [kind_of(name, "decide") for name in KIND_OF] == list(KIND_OF.values())
    assert [kind_of("vong-1", kind) for kind in (*KINDS, "judge", None)] == [*KINDS, None, None]
    assert USUAL.names == tuple(KIND_OF)


def test_a_year_that_lists_no_stage_has_the_usual_five_in_order() -> None:
    assert year_from(files_of(CRITERIA)).cycle.stages == USUAL


def test_a_year_has_the_stages_that_it_lists_in_its_order_and_no_other() -> None:
    assert a_year(THREE_ROUNDS, {}).cycle.stages.names == tuple(
        row.partition(":")[0] for row in THREE_ROUNDS.split("\n") if row
    )
    assert a_year(ONE_ROUND, {}).cycle.stages.decide is None


def test_an_explanation_answers_the_nearest_appraisal_before_it() -> None:
    stages = a_year(THREE_ROUNDS, {}).cycle.stages

    assert [stages.asked_in(name) for name in stages.of_kind("explain")] == ["vong-1", "vong-2"]
    assert [stages.answered_in(name) for name in stages.of_kind("appraise")] == ["y-kien-1", "y-kien-2", None]
    assert [stages.tells_unanswered(name) for name in stages.of_kind("explain")] == ["vong-2", "vong-3"]
    assert [stages.owed_after(name) for name in stages.of_kind("appraise")] == [
        (),
        (("vong-1", "y-kien-1"),),
        (("vong-2", "y-kien-2"),),
    ]


def test_where_nothing_is_explained_nothing_may_be_asked() -> None:
    lines = {"nop-ho-so": '"1.1": {score: 50}\n"1.2": {score: 40}'}
    asked = {**lines, "tham-dinh": '"1.1": {score: 50, request: true}\n"1.2": {score: 40}'}

    assert "field-not-of-stage" in codes_of(ONE_ROUND, asked)
    assert "field-not-of-stage" not in codes_of(
        ONE_ROUND, {**lines, "tham-dinh": asked["tham-dinh"].replace(", request: true", "")}
    )


def test_one_appraisal_without_a_council_makes_a_whole_year() -> None:
    claimed = {"nop-ho-so": '"1.1": {score: 50}\n"1.2": {score: 40}'}
    judged = {**claimed, "tham-dinh": '"1.1": {score: 45, reason: Thiếu}\n"1.2": {score: 40}'}

    assert [gap.kind for gap in missing(a_year(ONE_ROUND, claimed))] == ["tham-dinh"]
    assert list(missing(a_year(ONE_ROUND, judged))) == []
    assert codes_of(ONE_ROUND, judged) == set()
    assert score(a_year(ONE_ROUND, judged)).agencies[0].published == Decimal("85.00")


THREE = {
    "tu-danh-gia": '"1.1": {score: 50}\n"1.2": {score: 40}',
    "vong-1": '"1.1": {score: 40, reason: Thiếu, request: true}\n"1.2": {score: 40}',
    "y-kien-1": '"1.1": {explanation: Đã bổ sung}',
    "vong-2": '"1.1": {score: 45, reason: Nhận, request: true}',
    "y-kien-2": '"1.1": {explanation: Đã đủ}',
    "vong-3": '"1.1": {score: 50, reason: Đủ}',
    "hoi-dong": '"1.2": {score: 39, reason: Trừ}',
}


def test_three_rounds_and_two_letters_make_a_whole_year() -> None:
    year = a_year(THREE_ROUNDS, THREE)
    result = score(year)

    assert codes_of(THREE_ROUNDS, THREE) == set()
    assert result.missing == ()
    assert result.agencies[0].published == Decimal("89.00")
    assert [leaf.stage for leaf in result.agencies[0].leaves] == ["vong-3", "hoi-dong"]
    assert owed_lines(year, "vong-3", A) == ("1.1",)


def test_of_a_group_that_was_explained_the_next_round_owes_each_leaf_that_applies() -> None:
    told = {**THREE, "y-kien-1": '"1": {explanation: Cả nhóm}', "vong-2": '"1.1": {score: 45, reason: Nhận}'}
    made = files(THREE_ROUNDS, {name: told[name] for name in ("tu-danh-gia", "vong-1", "y-kien-1", "vong-2")})
    exempt = ", not_applicable: [{criterion: '1.2', reason: Không có, document: {number: 1/QĐ}}]}"
    agencies = "data/2024/agencies.yml"
    freed = {**made, agencies: made[agencies].replace("}", exempt, 1)}

    missed = [missing_lines(year_from(one), "vong-2", A) for one in (made, freed)]

    assert [owed_lines(year_from(one), "vong-2", A) for one in (made, freed)] == [("1.1", "1.2"), ("1.1",)]
    assert owed_lines(year_from(made), "y-kien-1", A) == ("1.1",)
    assert missed == [("1.2",), ()]


@pytest.mark.parametrize(
    ("without", "gap"),
    [("y-kien-1", "y-kien-1"), ("y-kien-2", "y-kien-2"), ("vong-3", "vong-3"), ("hoi-dong", "hoi-dong")],
)
def test_each_round_owes_its_own(without: str, gap: str) -> None:
    lines = {name: text for name, text in THREE.items() if name != without}

    assert without in {found.kind for found in missing(a_year(THREE_ROUNDS, lines))}


def test_a_letter_that_never_came_is_told_in_the_head_after_it() -> None:
    lines = {name: text for name, text in THREE.items() if name != "y-kien-2"}

    assert list(missing(a_year(THREE_ROUNDS, lines, heads={"vong-3": "unanswered: 2025-01-05"}))) == []
    assert "field-not-of-stage" in codes_of(THREE_ROUNDS, lines, heads={"vong-1": "unanswered: 2025-01-05"})


def test_a_stage_of_an_agency_is_its_head_and_the_parts_of_bodies_together() -> None:
    made = files(THREE_ROUNDS, {**THREE, "vong-1": '"1.2": {score: 40}'})
    made[f"data/2024/vong-1/{A}/so-noi-vu.yml"] = 'lines:\n  "1.1": {score: 40, reason: Thiếu, request: true}'
    year = year_from(made)
    file = year.file("vong-1", A)

    assert file is not None
    assert sorted(file.lines) == ["1.1", "1.2"]
    assert {body: source.path for body, source in file.parts.items()} == {
        "so-noi-vu": f"data/2024/vong-1/{A}/so-noi-vu.yml"
    }
    assert score(year).agencies[0].published == Decimal("89.00")


@pytest.mark.parametrize("name", sorted({*RESERVED} - {SURVEY}))
def test_a_cycle_that_gives_a_stage_such_a_name_is_refused(name: str) -> None:
    schemas = {path: data for path, data in SCHEMAS.items() if path.startswith("schemas/v1/")}

    def wrong_lines(stage: str) -> set[int]:
        told = f"stages:\n  {stage}: {{kind: appraise, title: A, by: 2024-12-01}}\n"
        found = compile_schemas(schemas).problems("cycle", documents.read("data/2024/cycle.yml", told.encode()))
        return {one.problem.line for one in found if one.pointer[:1] == ("stages",)}

    assert (wrong_lines("tham-dinh"), wrong_lines(name)) == (set(), {2})


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_no_stage_bears_a_name_that_stands_for_something_else(name: str) -> None:
    found = place(f"data/2024/{name}/{A}.yml")

    assert found is None or found.kind != STAGE


def test_the_kind_of_a_stage_decides_the_schema_of_its_files(tmp_path: Path) -> None:
    head, part = place("data/2024/vong-1/cuc-thue.yml"), place("data/2024/vong-1/cuc-thue/so-noi-vu.yml")

    assert head is not None
    assert part is not None
    assert [schema_of(head, kind) for kind in KINDS] == [
        "self-assessment",
        "appraisal",
        "explanation",
        "council-decision",
    ]
    assert [schema_of(part, kind) for kind in KINDS] == [None, "appraisal-part", None, None]
    assert schema_of(head, None) is None


def test_a_stage_before_another_is_never_after_it() -> None:
    stages = Stages(tuple(Stage(f"s{number}", kind) for number, kind in enumerate(KINDS)))

    for name in stages.names:
        assert (*stages.upto(name), *stages.after(name)) == stages.names
        assert stages.before(name) == stages.upto(name)[:-1]


# --- two cities, from an empty folder to a site ---------------------------------------------------------------------


CITIES = {"one appraisal": ONE_APPRAISAL, "three rounds": THREE_ROUNDS_CITY}


@pytest.fixture(params=sorted(CITIES))
def city(request: pytest.FixtureRequest, repository: Repository) -> tuple[Repository, Year]:
    """Give a repository of one of the cities, and its year."""
    files = CITIES[request.param]
    repository.write_all(files)
    for name in ("schemas", "site_templates", "docs", "mkdocs.yml"):
        repository.copy(ROOT / name, name)
    repository.commit("Dữ liệu của một năm")
    return repository, snapshot_of(files).world.years["2024"]


@pytest.mark.parametrize("name", sorted(CITIES))
def test_a_city_has_no_problem(name: str) -> None:
    assert snapshot_of(CITIES[name]).problems == ()


def test_commands_tell_a_city_by_its_own_stages(city: tuple[Repository, Year], run_command: RunCommand) -> None:
    repository, year = city
    first, last = year.cycle.stages.order[0], year.cycle.stages.order[-1]
    assert first.title is not None
    assert last.title is not None
    asked = {
        ("score", "--year", "2024"): "CT",
        ("explain", "cuc-thue", "1.1", "--year", "2024"): first.title.main,
        ("status", "--year", "2024", "--today", "2025-03-01"): "",
        ("whatif", "cuc-thue", "--year", "2024", "--set", "1.1=60"): "CT",
        **{("audit", "--year", "2024", "--stage", stage): first.title.main for stage in year.cycle.stages.names},
    }

    for arguments, said in asked.items():
        told = run_command(*arguments, cwd=repository.root)

        assert (arguments, told.code, told.stderr) == (arguments, 0, "")
        assert said in told.stdout

    file = repository.root / "data" / "2024" / last.name / "cuc-thue.yml"
    file.write_text(file.read_text("utf-8").replace("reason: T", "reason: Do t"), "utf-8")
    told = run_command("diff", "HEAD", cwd=repository.root)
    assert told.code == 0
    assert last.title.main in told.stdout
    refused = run_command("audit", "--year", "2024", "--stage", "appraisal-2", cwd=repository.root)
    assert (refused.code, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)


@pytest.mark.parametrize("name", sorted(CITIES))
def test_forms_of_every_stage_come_back_as_they_went(name: str) -> None:
    snapshot = snapshot_of(CITIES[name])
    for stage in snapshot.world.years["2024"].cycle.stages.names:
        path = f"data/2024/{stage}/cuc-thue.yml"
        workbook = read_one(snapshot, make(snapshot, stage, "cuc-thue"))
        document = read_one(snapshot, handed_over(snapshot, stage, agency="cuc-thue"), "phieu.json")

        assert (stage, codes(workbook), codes(document)) == (stage, [], [])
        for received in (workbook, document):
            back = snapshot_of({**CITIES[name], **received.files}).world.years["2024"].file(stage, "cuc-thue")
            own = snapshot.world.years["2024"].file(stage, "cuc-thue")
            assert set(received.files) <= {path}
            assert back is not None
            assert own is not None
            assert {code: (line.score, line.explanation) for code, line in back.lines.items()} == {
                code: (line.score, line.explanation) for code, line in own.lines.items()
            }


def test_the_open_data_of_a_city_computes_itself_again(city: tuple[Repository, Year], run_command: RunCommand) -> None:
    repository, year = city
    folder = repository.root / "build" / "data"
    written = run_command("export", "--year", "2024", "--audience", "internal", "-o", str(folder), cwd=repository.root)
    rows = (folder / "csv" / "stages.csv").read_text("utf-8").splitlines()[1:]

    assert (written.code, run_command("verify", "--bundle", str(folder)).code) == (0, 0)
    assert [tuple(row.split(",")[1:4]) for row in rows] == [
        (stage.name, stage.kind, str(place)) for place, stage in enumerate(year.cycle.stages, 1)
    ]


def test_a_city_has_the_documents_of_its_stages(city: tuple[Repository, Year], run_command: RunCommand) -> None:
    repository, year = city
    for kind in REPORTS:
        output = repository.root / f"{kind}.docx"
        whose = ("--agency", "cuc-thue") if kind in ("self-assessment", "appraisal-notice") else ()
        told = run_command("report", "--year", "2024", "--kind", kind, *whose, "-o", str(output), cwd=repository.root)
        owed = kind != "council-minutes" or year.cycle.stages.decide is not None

        assert (kind, told.code, output.exists()) == (kind, 0 if owed else 2, owed)
    if year.cycle.stages.decide is not None:
        said = docx.Document(str(repository.root / "council-minutes.docx"))
        heads = [[cell.text for cell in table.rows[0].cells] for table in said.tables]
        assert ["Cơ quan", "Tự đánh giá", "Vòng 1", "Vòng 2", "Vòng 3", "Hội đồng chốt", "Hội đồng điều chỉnh"] in heads


@pytest.mark.slow
def test_a_city_has_a_site_that_names_its_stages(city: tuple[Repository, Year], run_command: RunCommand) -> None:
    repository, year = city
    told = run_command("site", "--audience", "internal", "--today", "2025-03-01", cwd=repository.root)
    own = {
        path.parent.relative_to(repository.root / "site" / "2024").as_posix(): html.unescape(
            path.read_text("utf-8").partition("<article")[2].partition("</article>")[0]
        )
        for path in (repository.root / "site" / "2024").rglob("index.html")
    }
    shown = [re.sub(r"<[^>]*>", " ", page) for page in own.values()]

    assert told.code == 0, told.stderr
    method, criterion = own["phuong-phap"], own["tieu-chi/1.1"]
    titles = [stage.title.main for stage in year.cycle.stages if stage.title is not None]
    scored = [stage.title.main for stage in year.cycle.stages if stage.title is not None and stage.kind != "explain"]
    heads = re.findall(r'<th scope="col" class="n">(.*?)</th>', criterion)

    assert heads[1 : 1 + len(scored)] == scored
    assert f"đi qua các bước: {', '.join(titles[:-1])} và {titles[-1]}." in method
    for stage in year.cycle.stages:
        assert stage.title is not None
        assert any(stage.title.main in page for page in shown)
        assert (repository.root / "site" / "2024" / "bieu-mau" / stage.name / "cuc-thue" / "index.html").is_file()
        assert [page for page in shown if re.search(rf"(?<![\w/-]){stage.name}(?![\w/-])", page)] == []

"""The Word documents of the real data: what they say, in which form, and that nothing typed breaks them."""

from __future__ import annotations

import dataclasses
import io
import os
import re
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pypdf
import pytest
from conftest import ROOT, Repository, RunCommand, find_program
from defusedxml import ElementTree
from docx import Document
from exportworlds import small_year
from sites import HOSTILE, chosen, everywhere, in_groups
from tiny import TINY_FILES, snapshot_of
from worlds import world

from pipeline.adapters.repository import File, Tree, blob_id, open_repository
from pipeline.core.ground.problems import ParindexError
from pipeline.core.ground.text import Text
from pipeline.core.index.scoring import score
from pipeline.core.publish.reports import KINDS
from pipeline.core.publish.reports.common import ReportRequest
from pipeline.core.publish.reports.kinds import REPORTS
from pipeline.core.publish.reports.survey_report import sipas_rows
from pipeline.core.publish.scene import Figures, Scene
from pipeline.core.record.model import Agency, Vote, World
from pipeline.core.survey.disclosure import disclosure
from pipeline.flows.report import TEMPLATES, report
from pipeline.flows.snapshot import Snapshot, take
from pipeline.flows.wording import load_labels

YEAR, AGENCY = "2024", "cuc-hai-quan"
SIGNED = [kind for kind in KINDS if REPORTS[kind].annex_to is None]
DOT = ROOT / "tests" / "examples" / "dot.png"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@cache
def snapshot() -> Snapshot:
    return take(open_repository(ROOT), None)


@cache
def made(kind: str, number: str | None = None, agency: str = AGENCY) -> bytes:
    """Return a document of the real data."""
    return made_of(snapshot(), kind, number=number, agency=agency)


def made_of(data: Snapshot, kind: str, *, number: str | None = None, agency: str = AGENCY) -> bytes:
    return report(
        data,
        open_repository(ROOT),
        None,
        year=data.world.years[YEAR],
        kind=kind,
        agency=agency if REPORTS[kind].of_agency else None,
        number=number,
        labels=load_labels("vi"),
    )


@cache
def many(agencies: int) -> Snapshot:
    """Return the real data with so many agencies: each of the four once more under further names."""
    data = snapshot()
    year = data.world.years[YEAR]
    four = list(year.agencies)
    copies = {f"{four[n % 4]}{f'-{n // 4 + 1}' if n > 3 else ''}": (four[n % 4], n // 4 + 1) for n in range(agencies)}
    wide = dataclasses.replace(
        year,
        agencies={slug: _called(year.agencies[own], slug, number) for slug, (own, number) in copies.items()},
        stages={
            stage: {slug: dataclasses.replace(files[own], agency=slug) for slug, (own, _) in copies.items()}
            for stage, files in year.stages.items()
        },
        counts={
            (group, slug): year.counts[group, own]
            for group in {group for group, _ in year.counts}
            for slug, (own, _) in copies.items()
            if (group, own) in year.counts
        },
        amendments=(),
    )
    world = dataclasses.replace(data.world, years={YEAR: wide}, concordances=())
    return dataclasses.replace(data, world=world)


@cache
def of_many() -> bytes:
    """Return the report of a year of sixty-three agencies."""
    return made_of(many(63), "index")


def _called(agency: Agency, slug: str, number: int) -> Agency:
    def named(text: Text) -> Text:
        return text if number == 1 else Text(f"{text.main} số {number}")

    return dataclasses.replace(agency, slug=slug, name=named(agency.name), short=named(agency.short))


def text(data: bytes) -> str:
    """Return everything that a document says: body with its tables, in order, and its page heads."""
    parts = [
        ElementTree.fromstring(xml)
        for name, xml in parts_of(data).items()
        if name.startswith(("word/document", "word/h"))
    ]
    lines = ("".join(node.text or "" for node in p.iter(f"{W}t")) for part in parts for p in part.iter(f"{W}p"))
    return "\n".join(line for line in lines if line)


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist() if name.endswith(".xml")}


def tables(data: bytes) -> list[list[list[str]]]:
    """Return the tables of a document: rows of cells."""
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in Document(io.BytesIO(data)).tables]


def table_of(data: bytes, first: str) -> list[list[str]]:
    """Return the table whose first cell says something, without its head."""
    return next(rows[1:] for rows in tables(data) if rows[0][0] == first)


def test_the_command_line_knows_the_kinds_that_there_are() -> None:
    assert list(REPORTS) == list(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_told_and_has_template_signer_and_issuer(kind: str) -> None:
    world = snapshot().world
    signed_as = REPORTS[kind].annex_to or kind
    issuers = [slug for slug, body in world.bodies.items() if signed_as in body.issues]

    assert f"| `{kind}` |" in (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    assert [load_labels(language).has(f"report.title.{kind}") for language in ("vi", "en")] == [True, True]
    assert [signed_as in year.signings for year in world.years.values()] == [True, True]
    assert len(issuers) == (0 if kind == "self-assessment" else 1)


def test_who_signs_stands_in_a_file_of_its_own_or_in_the_cycle_of_an_older_year() -> None:
    path = "data/2024/documents.yml"
    own = "format: 1\ndocuments:\n  index: {signer: CHỮ KÝ RIÊNG, recipients: [Nơi nhận riêng]}\n".encode()
    files = {path: own, **TINY_FILES}

    assert snapshot_of(files).problems == ()
    assert snapshot_of(files).world.years["2024"].signings["index"].signer.main == "CHỮ KÝ RIÊNG"
    assert snapshot_of(files).world.years["2024"].inputs == snapshot_of(TINY_FILES).world.years["2024"].inputs


@pytest.mark.parametrize("kind", KINDS)
def test_the_templates_of_both_languages_ask_for_the_same_fields(kind: str) -> None:
    asked = {
        language: sorted(
            re.findall(r"{[{%].*?[}%]}", text((ROOT / TEMPLATES / f"{kind}.{language}.docx").read_bytes()))
        )
        for language in ("vi", "en")
    }

    assert asked["vi"] == asked["en"]
    assert asked["vi"]


@pytest.mark.usefixtures("plain_pictures")
def test_a_document_in_english_says_nothing_of_its_own_in_vietnamese() -> None:
    year = snapshot().world.years[YEAR]
    data = report(snapshot(), open_repository(ROOT), None, year=year, kind="index", labels=load_labels("en"))

    assert "SOCIALIST REPUBLIC OF VIET NAM" in text(data)
    assert (
        re.findall(r"^(?:Bảng|Hình|Nơi nhận|Lĩnh vực|PHỤ LỤC|[IVX]+\. [A-ZĐ ]*[ÀẾỆỘ]).*", text(data), re.MULTILINE)
        == []
    )


@pytest.mark.parametrize("kind", SIGNED)
def test_a_document_keeps_the_official_form(kind: str) -> None:
    document = Document(io.BytesIO(made(kind)))
    page, fonts = document.sections[0], {style.font.name for style in document.styles if hasattr(style, "font")}
    head = tables(made(kind))[0][0]

    assert head[1].split("\n")[:2] == ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"]
    assert re.search(r"^Số: [^ ]+", head[0], re.MULTILINE)
    assert re.fullmatch(r"Hà Nội, ngày (\d\d|\.+) tháng (\d+|\.+) năm (\d{4}|20\.+)", head[1].split("\n")[-1])
    assert (round(page.page_width.mm), round(page.page_height.mm)) == (210, 297)
    assert [round(margin.mm) for margin in (page.top_margin, page.bottom_margin)] == [25, 20]
    assert [round(margin.mm) for margin in (page.left_margin, page.right_margin)] == [30, 15]
    assert "Times New Roman" in fonts
    assert "SỐ LIỆU MINH HỌA" in page.header.paragraphs[-1].text
    assert "SỐ LIỆU MINH HỌA" in text(made(kind)).split("Nơi nhận")[0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_document_shows_no_text_written_for_a_page(kind: str) -> None:
    assert re.findall(r"&(?:#\d+|amp|lt|gt|quot);|[\ufdd0\ufdd1]", text(made(kind))) == []


TOLD = [
    ("check",),
    ("score", "--year", "2024"),
    ("explain", "cuc-hai-quan", "--year", "2024"),
    ("explain", "cuc-hai-quan", "1.1.1", "--year", "2024"),
    ("whatif", "cuc-thue", "--year", "2024", "--reach", "xuat-sac"),
    ("status", "--year", "2024"),
    ("diff", "HEAD"),
    ("audit", "--year", "2024", "--stage", "council-decision"),
]


@pytest.mark.parametrize("typed", TOLD, ids=lambda typed: " ".join(typed[:2]))
def test_a_terminal_shows_no_text_written_for_a_page(run_command: RunCommand, typed: tuple[str, ...]) -> None:
    told = run_command("--repo", str(ROOT), *typed)

    assert told.stdout
    assert re.findall(r"&(?:#\d+|amp|lt|gt|quot);|[\ufdd0\ufdd1]", told.stdout) == []


@pytest.mark.parametrize("kind", KINDS)
def test_tables_repeat_their_heads_and_break_no_row(kind: str) -> None:
    for table in list(Document(io.BytesIO(made(kind))).tables)[1:]:
        rows = table._tbl.findall(f"{W}tr")
        if table.style.name == "Table Grid":
            assert rows[0].find(f"{W}trPr/{W}tblHeader") is not None
            assert [row for row in rows if row.find(f"{W}trPr/{W}cantSplit") is None] == []
            assert table._tbl.find(f"{W}tblPr/{W}tblDescription") is not None or kind == "result-decision"


def test_a_self_assessment_report_adds_up() -> None:
    areas = table_of(made("self-assessment"), "Mã")

    assert areas[-1] == ["", "Tổng cộng", "39,00", "30,84", "79,08"]
    assert sum(int(row[3].replace(",", "")) for row in areas[:-1]) == 3084
    assert "Số: 577/BC-HQHN-MH" in text(made("self-assessment"))
    assert "ngày 06 tháng 12 năm 2024" in text(made("self-assessment"))


def test_a_penalty_that_an_agency_tells_of_itself_is_a_loss_and_a_bonus_is_none() -> None:
    file = snapshot().world.years[YEAR].stages["self-assessment"][AGENCY]
    bare = dataclasses.replace(file.lines["1.1.1"], answer=None, evidence=())
    own = {
        code: dataclasses.replace(bare, criterion=code, score=Decimal(said))
        for code, said in (("8.1", "1"), ("8.2", "-0.25"))
    }
    claims = {**snapshot().world.years[YEAR].stages["self-assessment"]}
    claims[AGENCY] = dataclasses.replace(file, lines={**file.lines, **own})
    stages = {**snapshot().world.years[YEAR].stages, "self-assessment": claims}
    (lost,) = (rows for rows in tables(made_of(with_year(stages=stages), "self-assessment")) if "Chưa đạt" in rows[0])

    assert [row[2:5] for row in lost if row[0] in {"8.1", "8.2"}] == [["–", "−0,25", "0,25"]]


def test_a_self_assessment_names_what_has_no_evidence_and_leaves_room_for_proposals() -> None:
    year = snapshot().world.years[YEAR]
    file = year.stages["self-assessment"][AGENCY]
    bare = dataclasses.replace(file.lines["1.1.1"], evidence=(), note=Text("Đang chờ bản ký số"))
    file = dataclasses.replace(file, lines={**file.lines, "1.1.1": bare})
    stages = {**year.stages, "self-assessment": {**year.stages["self-assessment"], AGENCY: file}}
    told = text(made_of(with_year(stages=stages), "self-assessment"))

    assert "- 1.1.1 Ban hành kế hoạch kịp thời (tự chấm 1,00 điểm): Đang chờ bản ký số" in told
    assert "- 1.1.1 " not in text(made("self-assessment"))
    assert "V. KHÓ KHĂN, KIẾN NGHỊ\n....." in told
    assert "chấm điểm phục vụ xác định Chỉ số" in told
    assert told.count("của các cơ quan ngành dọc của") == 0


def test_the_notice_tells_only_what_happened() -> None:
    assert "Trong đó: giữ nguyên 32 tiêu chí, giảm điểm 07 tiêu chí." in text(
        made("appraisal-notice", agency="cuc-thue")
    )
    assert "tăng điểm 02 tiêu chí" in text(made("appraisal-notice", agency="bao-hiem-xa-hoi"))


def test_the_notice_asks_to_explain_what_the_first_round_asked_about() -> None:
    asked = [row[0] for row in tables(made("appraisal-notice"))[2][1:]]
    first = snapshot().world.years[YEAR].stages["appraisal-1"][AGENCY]

    assert asked == [code for code, line in first.lines.items() if line.request]
    assert "trong thời hạn 03 ngày làm việc" in text(made("appraisal-notice"))
    assert "chậm nhất ngày 25 tháng 12 năm 2024" in text(made("appraisal-notice"))


@pytest.mark.parametrize("agency", ["bao-hiem-xa-hoi", "cuc-thue", "kho-bac-nha-nuoc"])
def test_a_document_of_an_agency_speaks_of_no_other(agency: str) -> None:
    others = [one.name.main for slug, one in snapshot().world.years[YEAR].agencies.items() if slug != agency]
    told = [text(made(kind, agency=agency)) for kind in KINDS if REPORTS[kind].of_agency]

    assert [name for words in told for name in others if name in words] == []


def test_minutes_show_the_result_of_the_day_and_not_what_was_corrected_later() -> None:
    ranking = table_of(made("council-minutes"), "Hạng")

    assert [(row[0], row[1], row[6]) for row in ranking[1:3]] == [
        ("2", "Bảo hiểm xã hội thành phố Hà Nội", "87,67"),
        ("3", "Cục Thuế thành phố Hà Nội", "87,10"),
    ]
    assert "có mặt 08 thành viên; 01 thành viên vắng mặt" in text(made("council-minutes"))
    assert "Hội đồng xem xét, thống nhất kết quả điều tra xã hội học" in text(made("council-minutes"))
    assert [row[0] for row in tables(made("council-minutes"))[2][1:]] == [row[1] for row in ranking]


@pytest.mark.parametrize(
    ("number", "points", "says", "not_says"),
    [
        (
            None,
            "52,76",
            "Về việc điều chỉnh kết quả",
            "phê duyệt và công bố kết quả Chỉ số cải cách hành chính năm 2024 đối",
        ),
        ("1417/QĐ-UBND-MH", "52,76", "Lý do điều chỉnh: Khiếu nại", "từ ngày 27 tháng 02"),
        ("968/QĐ-UBND-MH", "52,26", "công bố kết quả từ ngày 27 tháng 02 năm 2025", "điều chỉnh kết quả"),
    ],
)
def test_a_decision_repeats_the_table_that_was_signed(
    number: str | None, points: str, says: str, not_says: str
) -> None:
    data = made("result-decision", number)
    rows = {row[1]: row[4] for row in table_of(data, "Hạng")}

    assert rows["Cục Thuế thành phố Hà Nội"] == points
    assert says in text(data)
    assert not_says not in text(data)


def test_a_decision_with_a_new_number_is_a_draft_of_what_scoring_gives() -> None:
    told = text(made("result-decision", "2000/QĐ-UBND-MH"))

    assert "Số: 2000/QĐ-UBND-MH" in told
    assert "Hà Nội, ngày ..... tháng ..... năm 20..." in told


@pytest.mark.parametrize(
    ("year", "kind", "agency", "code"),
    [
        ("2024", "self-assessment", None, "report-of-agency"),
        ("2024", "self-assessment", "x", "unknown-agency"),
        ("2024", "result-decision", "cuc-thue", "report-of-all"),
        ("2025", "result-decision", None, "report-not-ready"),
        ("2025", "council-minutes", None, "report-not-ready"),
        ("2025", "survey", None, "report-not-ready"),
    ],
)
def test_a_document_that_cannot_be_made_is_one_line(year: str, kind: str, agency: str | None, code: str) -> None:
    repository, labels = open_repository(ROOT), load_labels("vi")

    with pytest.raises(ParindexError) as told:
        report(snapshot(), repository, None, year=snapshot().world.years[year], kind=kind, agency=agency, labels=labels)

    assert told.value.code == code
    assert labels.error(told.value)


def test_what_a_city_has_not_written_yet_is_told_with_how_to_write_it(
    tiny: Repository, run_command: RunCommand
) -> None:
    told = run_command("report", "--year", "2024", "--kind", "index", "-o", "a.docx", cwd=tiny.root)

    assert (told.code, told.stderr.count("\n")) == (2, 1)
    assert "data/2024/documents.yml" in told.stderr
    assert "thêm mục index gồm signer" in told.stderr


@pytest.mark.parametrize(
    "typed", ["--year 2030 --kind result-decision", "--year 2024 --kind result-decision --date 31/12/2024"]
)
def test_a_wrong_request_is_one_line_and_writes_nothing(run_command: RunCommand, tmp_path: Path, typed: str) -> None:
    target = tmp_path / "a.docx"

    told = run_command("--repo", str(ROOT), "report", *typed.split(), "-o", str(target))

    assert (told.code, told.stdout, told.stderr.count("\n")) == (2, "", 1)
    assert not target.exists()


def with_year(**changes: Any) -> Snapshot:
    """Return the real data with some records of the year as given."""
    world = snapshot().world
    year = dataclasses.replace(world.years[YEAR], **changes)
    return dataclasses.replace(snapshot(), world=dataclasses.replace(world, years={**world.years, YEAR: year}))


@pytest.mark.usefixtures("plain_pictures")
@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_report_of_a_year_says_which_agency_is_not_ranked(language: str) -> None:
    year = snapshot().world.years[YEAR]
    own = dataclasses.replace(year.agencies[AGENCY], ranked=False)
    data = with_year(agencies={**year.agencies, AGENCY: own})
    labels, repository = load_labels(language), open_repository(ROOT)
    for kind in ("index", "council-minutes", "survey"):
        made = report(data, repository, None, year=data.world.years[YEAR], kind=kind, labels=labels)
        if kind == "index":
            ranked = [row[-1] for row in table_of(made, {"vi": "Cơ quan", "en": "Agency"}[language])]

            assert sorted(ranked) == {"vi": ["Có", "Có", "Có", "Không"], "en": ["No", "Yes", "Yes", "Yes"]}[language]


def test_minutes_count_the_votes_and_number_the_tables_on() -> None:
    council = snapshot().world.years[YEAR].council
    assert council is not None
    votes = (Vote(Text("Điều chỉnh tiêu chí 5.2"), for_it=7, against=1, abstained=0),)
    sessions = tuple(dataclasses.replace(one, votes=votes) for one in council.sessions)
    data = made_of(with_year(council=dataclasses.replace(council, sessions=sessions)), "council-minutes")

    assert table_of(data, "Nội dung") == [["Điều chỉnh tiêu chí 5.2", "7", "1", "0"]]
    assert "Bảng 5. Kết quả đề nghị phê duyệt" in text(data)
    assert "Bảng 4. Kết quả đề nghị phê duyệt" in text(made("council-minutes"))


def test_an_agency_prints_its_superior_and_its_symbol() -> None:
    year = snapshot().world.years[YEAR]
    own = dataclasses.replace(year.agencies[AGENCY], superior=Text("Tổng cục Hải quan"), symbol="HQHN")
    file = dataclasses.replace(year.stages["self-assessment"][AGENCY], documents={})
    stages = {**year.stages, "self-assessment": {**year.stages["self-assessment"], AGENCY: file}}
    data = made_of(with_year(agencies={**year.agencies, AGENCY: own}, stages=stages), "self-assessment")

    assert text(data).index("TỔNG CỤC HẢI QUAN") < text(data).index("CỤC HẢI QUAN THÀNH")
    assert "Số: ...../BC-HQHN" in text(data)


def test_a_number_with_a_new_line_is_refused(run_command: RunCommand, tmp_path: Path) -> None:
    typed = (
        "report",
        "--year",
        "2024",
        "--kind",
        "result-decision",
        "--number",
        "1\n2",
        "-o",
        str(tmp_path / "a.docx"),
    )

    assert run_command("--repo", str(ROOT), *typed).code == 2


def test_data_with_errors_gives_no_document(run_command: RunCommand, repository: Repository, tmp_path: Path) -> None:
    for part in ("data", "schemas"):
        repository.copy(ROOT / part, part)
    repository.write("data/2024/council.yml", "format: 1\n")
    typed = ("report", "--year", "2024", "--kind", "council-minutes", "-o", str(tmp_path / "a.docx"))

    told = run_command("--repo", str(repository.root), *typed)

    assert (told.code, (tmp_path / "a.docx").exists()) == (1, False)


def test_a_missing_template_is_named(repository: Repository) -> None:
    elsewhere, year = open_repository(repository.root), snapshot().world.years[YEAR]
    repository.write(f"{TEMPLATES}/other.docx", b"")
    (repository.root / TEMPLATES / "council-minutes.vi.docx").symlink_to("other.docx")

    with pytest.raises(ParindexError) as told:
        report(snapshot(), elsewhere, None, year=year, kind="council-minutes", labels=load_labels("vi"))

    assert told.value.figures == {"path": f"{TEMPLATES}/council-minutes.vi.docx"}


def planted(words: list[str]) -> Snapshot:
    """Return the real data with a word behind every text that people typed."""
    world: Callable[[World], World] = everywhere(chosen(words))
    return dataclasses.replace(snapshot(), world=world(snapshot().world))


def census(data: bytes) -> Mapping[str, Counter[str]]:
    """Count the elements of each part; a line break inside a text is text, and may part it."""
    free = {f"{W}br", f"{W}t"}
    return {
        name: Counter(node.tag for node in ElementTree.fromstring(xml).iter() if node.tag not in free)
        for name, xml in parts_of(data).items()
    }


@pytest.fixture
def plain_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put one small picture in the place of every figure, for drawing them takes the longest."""
    monkeypatch.setattr("pipeline.flows.report.png", lambda *_: DOT.read_bytes())


@pytest.mark.parametrize("kind", KINDS)
def test_what_people_typed_changes_nothing_but_texts(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = census(made(kind))
    monkeypatch.setattr("pipeline.flows.report.png", lambda *_: DOT.read_bytes())

    assert census(made_of(planted([word[:200] for word in HOSTILE]), kind)) == wanted


def test_the_same_commit_gives_the_same_bytes_elsewhere(tmp_path: Path) -> None:
    foreign: Any = {
        "TZ": "America/New_York",
        "LANG": "C",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "7",
        "SOURCE_DATE_EPOCH": "5",
    }
    target = tmp_path / "a.docx"
    command = [sys.executable, "-m", "pipeline", "--repo", str(ROOT), "report", "--year", YEAR]
    subprocess.run(
        [*command, "--kind", "index", "-o", str(target)],
        env={**os.environ, **foreign},
        check=True,
        capture_output=True,
    )

    assert target.read_bytes() == made("index")


# --- as LibreOffice lays them out -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[str]]:
    """Return the text of each page of every kind, all turned into PDF at once."""
    folder = tmp_path_factory.mktemp("pdf")
    for kind in KINDS:
        (folder / f"{kind}.docx").write_bytes(made(kind))
    return printed(folder, KINDS)


def printed(folder: Path, kinds: Iterable[str]) -> Mapping[str, list[str]]:
    """Return the text of each page of the documents in a folder, all turned into PDF at once."""
    files = [str(folder / f"{kind}.docx") for kind in kinds]
    command = [str(find_program("libreoffice-writer")), f"-env:UserInstallation=file://{folder.parent}/office"]
    subprocess.run(
        [*command, "--headless", "--convert-to", "pdf", "--outdir", str(folder), *files],
        check=True,
        capture_output=True,
        timeout=240,
    )
    return {kind: read_pages(folder / f"{kind}.pdf") for kind in kinds}


def read_pages(path: Path) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in pypdf.PdfReader(path).pages]


@pytest.mark.needs("libreoffice-writer")
@pytest.mark.usefixtures("plain_pictures")
def test_a_template_that_libreoffice_saved_says_what_the_old_one_said(
    tmp_path: Path, program: Callable[[str], str]
) -> None:
    kinds = ["index", "survey"]
    office, profile = program("libreoffice-writer"), f"-env:UserInstallation=file://{tmp_path.parent}/office"
    command = [office, profile, "--headless", "--convert-to", "docx"]
    files = [str(ROOT / TEMPLATES / f"{kind}.vi.docx") for kind in kinds]
    subprocess.run([*command, "--outdir", str(tmp_path), *files], check=True, capture_output=True, timeout=240)
    year = snapshot().world.years[YEAR]

    def body(repository: Any, kind: str) -> list[str]:
        told = report(snapshot(), repository, None, year=year, kind=kind, labels=load_labels("vi"))
        lines = ElementTree.fromstring(parts_of(told)["word/document.xml"]).iter(f"{W}p")
        return [text for line in lines if (text := "".join(node.text or "" for node in line.iter(f"{W}t")))]

    for kind in kinds:
        assert b"<w:sdt>" in parts_of((tmp_path / f"{kind}.vi.docx").read_bytes())["word/document.xml"]
        assert body(_Saved(tmp_path), kind) == body(open_repository(ROOT), kind)


class _Saved:
    """A repository whose Word templates lie in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def tree(self, _revision: str | None, _folder: str) -> Tree:
        files = {f"{TEMPLATES}/{path.name}": path.read_bytes() for path in self.folder.glob("*.docx")}
        return Tree({name: File(name, data, blob_id(data)) for name, data in files.items()}, None, None, None)


PAGES = {
    "self-assessment": (9, 12),
    "appraisal-notice": (6, 8),
    "survey": (13, 17),
    "index": (22, 26),  # each agency has two figures and a table
    "index-annex": (5, 7),
    "council-minutes": (3, 4),
    "result-decision": (4, 4),
}


@pytest.mark.needs("libreoffice-writer", "font:liberation")
@pytest.mark.parametrize("kind", KINDS)
def test_libreoffice_shows_every_page_with_its_number_and_mark(kind: str, pages: Mapping[str, list[str]]) -> None:
    least, most = PAGES[kind]
    found = pages[kind]

    assert least <= len(found) <= most
    assert [page for number, page in enumerate(found[1:], 2) if not page.startswith(f"{number} SỐ LIỆU MINH HỌA")] == []
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in found[0] or kind not in SIGNED
    assert not found[0].startswith("1 ")
    assert [page for page in found if "{{" in page or "{%" in page] == []


@pytest.mark.needs("libreoffice-writer", "font:liberation")
@pytest.mark.parametrize("kind", ["survey", "index"])
def test_contents_name_the_page_on_which_each_heading_stands(kind: str, pages: Mapping[str, list[str]]) -> None:
    whole = " ".join(pages[kind])
    listed = [p.text.split("\t")[0] for p in Document(io.BytesIO(made(kind))).paragraphs if p.style.name == "toc 1"]
    told = {words: int(re.search(rf"{re.escape(words)}[ .]+(\d+)", whole)[1]) for words in listed}
    stands = {words: max(n for n, page in enumerate(pages[kind], 1) if words in page) for words in listed}

    assert len(listed) >= 5
    assert told == stands


NUMBERED = re.compile(r"(Bảng|Hình|Table|Figure) (\d+)\. ")


@pytest.mark.parametrize("kind", KINDS)
def test_tables_and_figures_are_numbered_on_without_a_gap(kind: str) -> None:
    found: dict[str, list[int]] = {}
    for paragraph in Document(io.BytesIO(made(kind))).paragraphs:
        if number := NUMBERED.match(paragraph.text):
            found.setdefault(number[1], []).append(int(number[2]))

    assert [list(range(1, len(numbers) + 1)) for numbers in found.values()] == list(found.values())


@pytest.mark.parametrize("kind", SIGNED)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_signature_keeps_the_last_words_with_it(kind: str, language: str) -> None:
    body = Document(str(ROOT / TEMPLATES / f"{kind}.{language}.docx")).element.body
    last = next(node for node in body if node.tag == f"{W}p" and "./." in "".join(node.itertext()))
    kept = []
    while last.tag == f"{W}p":
        kept.append(last.pPr is not None and last.pPr.find(f"{W}keepNext") is not None)
        last = last.getnext()

    assert kept
    assert all(kept)


def test_the_index_report_explains_short_names_and_keeps_one_order() -> None:
    data = made("index")
    told = text(data)
    orders = [
        [row[0] for row in rows if row[0] in {"KBNN Hà Nội", "Cục Thuế", "BHXH Thành phố", "Cục Hải quan"}]
        for rows in tables(data)
        if rows[0][0] == "Cơ quan" and rows[0][1] in {"Tự chấm", "Lĩnh vực 1"}
    ]

    assert orders == [["KBNN Hà Nội", "Cục Thuế", "BHXH Thành phố", "Cục Hải quan"]] * 2
    assert told.index("KBNN Hà Nội là Kho bạc Nhà nước Hà Nội") < told.index("KBNN Hà Nội đứng đầu")
    assert "−0,50" in told
    assert not re.search(r"(?<![\w/-])-\d", told)


def test_of_many_agencies_the_report_sums_up_and_each_has_an_annex() -> None:
    names = [agency.short.main for agency in many(63).world.years[YEAR].agencies.values()]
    told = of_many()
    overview = [row for rows in tables(told) for row in rows if rows[0][-1] == "Mất điểm nhiều nhất (điểm)"]
    annex = text(made_of(many(63), "index-annex", agency="cuc-thue-9"))
    ranged = re.search(r"Thử 1\.000 lần với trọng số khác, cơ quan giữ hạng 32 ở [\d,]+% số lần", annex)
    one = many(63).world.years[YEAR].agencies["cuc-thue-9"].name.main

    assert sorted(row[1] for row in overview[1:]) == sorted(names)
    assert max(text(told).count(name + end) for name in names for end in (".", ";")) <= 2  # no sentence for each
    assert annex.startswith("SỐ LIỆU MINH HỌA") or f"Kết quả của {one}" in annex
    assert f"{one} đạt " in annex
    assert "5.3.2" in annex
    assert ranged
    assert "phụ lục riêng" not in text(made("index"))


@pytest.mark.needs("libreoffice-writer")
def test_the_report_of_sixty_three_agencies_has_fewer_than_forty_pages(tmp_path: Path) -> None:
    (tmp_path / "index.docx").write_bytes(of_many())

    assert 20 < len(printed(tmp_path, ["index"])["index"]) < 40


def test_no_figure_is_taller_than_a_third_of_a_page_however_many_agencies() -> None:
    shapes = Document(io.BytesIO(of_many())).inline_shapes

    assert len(shapes) == 10  # five of each figure of 63 rows
    assert max(shape.height.mm for shape in shapes) <= 84


def test_a_title_of_a_figure_names_few_of_many_agencies() -> None:
    titles = [line for line in text(of_many()).split("\n") if line.startswith("Hình 1.")]

    assert "KBNN Hà Nội, KBNN Hà Nội số 10, KBNN Hà Nội số 11 và 13 cơ quan khác đứng đầu" in titles[0]


def test_a_document_counts_what_it_does_not_name_as_documents_do() -> None:
    told = text(of_many())

    assert "và 04 cơ quan khác" in told
    assert re.findall(r"và \d (?:cơ quan|cặp|tiêu chí) khác", told) == []


def test_proposals_name_those_of_many_first_whom_they_concern_most() -> None:
    told = text(of_many())
    named = re.search(r"Các cơ quan có từ 5% .*?: (.*?) và \d+ cơ quan khác", told)
    shares = [Decimal(found.replace(",", ".")) for found in re.findall(r"\(([\d,]+)%\)", named[1] if named else "")]

    assert shares == [Decimal("6.7")] * 12


@pytest.mark.usefixtures("plain_pictures")
def test_a_single_ranked_agency_is_compared_with_nobody_and_the_report_says_so() -> None:
    year = snapshot().world.years[YEAR]
    alone = {slug: dataclasses.replace(own, ranked=slug == AGENCY) for slug, own in year.agencies.items()}
    told = text(made_of(with_year(agencies=alone), "index"))

    assert "VIII. MỨC ĐỘ ỔN ĐỊNH CỦA XẾP HẠNG\nChưa có từ hai cơ quan được xếp hạng trở lên nên không thử lại" in told
    assert "Thứ hạng khi thay đổi một điều kiện" not in told


def test_bonus_and_penalty_are_a_row_of_the_ways_and_nothing_is_called_given_back() -> None:
    ways = next(rows for rows in tables(made("index")) if rows[0][:2] == ["Lĩnh vực", "Tự chấm"])

    assert ways[0][4] == "Được cộng ở các bước sau"
    assert [row for row in ways if row[0].startswith("8 ")] == [
        ["8 Điểm thưởng, điểm trừ", "0,00", "−0,50", "+1,00", "0,00", "0,50", "+0,50"]
    ]


def test_an_annex_says_where_the_agency_stands_in_its_group() -> None:
    data = snapshot()
    grouped = in_groups(data.world)
    annex = text(made_of(dataclasses.replace(data, world=grouped), "index-annex", agency="kho-bac-nha-nuoc"))

    assert "PHỤ LỤC" in annex.split("\n")[:2]
    assert "Trong nhóm “Nhóm cơ quan số 1”, cơ quan đứng thứ 1 trong 02 cơ quan được xếp hạng" in annex
    assert "Trong nhóm" not in text(made("index-annex"))


@pytest.mark.parametrize("kind", ["index-annex", "index", "self-assessment", "appraisal-notice"])
def test_a_row_that_heads_others_keeps_with_the_first_of_them(kind: str) -> None:
    heads = [
        row
        for table in Document(io.BytesIO(made(kind))).tables
        for row in table.rows
        if row.cells[0].text == "1"
        and row.cells[1].text == "Công tác chỉ đạo, điều hành cải cách hành chính"
        and not any(re.search(r"\d", cell.text) for cell in row.cells[2:])
    ]

    assert heads
    assert {own.paragraph_format.keep_with_next for row in heads for cell in row.cells for own in cell.paragraphs} == {
        True
    }


def test_minutes_bear_the_day_of_the_session() -> None:
    assert tables(made("council-minutes"))[0][0][1].endswith("Hà Nội, ngày 10 tháng 02 năm 2025")


@pytest.mark.parametrize("kind", ["council-minutes", "result-decision"])
def test_papers_of_the_authority_write_names_in_full(kind: str) -> None:
    told = text(made(kind))

    assert [name for name in ("KBNN Hà Nội", "BHXH Thành phố") if name in told] == []


def test_the_survey_report_explains_short_names_and_keeps_the_order_of_the_ranking() -> None:
    told = text(made("survey"))
    annex = next(rows for rows in tables(made("survey")) if rows[0][:2] == ["Nhóm đối tượng", "Cơ quan"])

    assert told.index("BHXH Thành phố là Bảo hiểm xã hội thành phố Hà Nội") < told.index("II. KẾT QUẢ\n1.")
    assert "hỏi 04 nhóm đối tượng bằng 11 câu hỏi về 04 cơ quan." in told
    assert "của nhóm “Người dân và doanh nghiệp” lấy từ kết quả đo lường" in told
    assert [row[1] for row in annex[1:5]] == ["KBNN Hà Nội", "Cục Thuế", "BHXH Thành phố", "Cục Hải quan"]


def test_a_name_breaks_before_its_place_and_before_its_superior() -> None:
    heads = {kind: text(made(kind)).split("Số:")[0].split("\n") for kind in ("index", "council-minutes")}

    assert "TỔ CÔNG TÁC GIÚP VIỆC HỘI\u00a0ĐỒNG\u00a0THẨM\u00a0ĐỊNH" in heads["index"]
    assert "HỘI ĐỒNG THẨM ĐỊNH THÀNH\u00a0PHỐ" in heads["council-minutes"]
    assert "giảm 1,10\u00a0điểm" in text(made("index"))


def test_english_dates_have_no_leading_zero_and_names_are_explained_where_they_differ() -> None:
    made_in = {
        kind: text(
            report(
                snapshot(),
                open_repository(ROOT),
                None,
                year=snapshot().world.years[YEAR],
                kind=kind,
                agency=agency,
                labels=load_labels("en"),
            )
        )
        for kind, agency in (("self-assessment", "cuc-thue"), ("index", None))
    }

    assert ", 3 December 2024" in made_in["self-assessment"]
    assert "Hanoi Tax stands for Hanoi Tax Department" in made_in["index"]
    assert "Hanoi Social Insurance stands for" not in made_in["index"]
    assert "areas 1, 2, 3, 4, 5 and 6" in made_in["index"]


def test_the_index_report_repeats_the_figures_of_the_ranking() -> None:
    told = text(made("index"))
    rows = {row[1]: row for row in table_of(made("index"), "Hạng")}

    assert rows["Kho bạc Nhà nước Hà Nội"] == [
        *("1", "Kho bạc Nhà nước Hà Nội", "34,71/36,00", "16,81/20,00", "51,52", "56,00", "92,00", "Xuất sắc")
    ]
    for first in ("Cơ quan", "Lĩnh vực", "Cơ quan theo dõi"):
        ways = next(rows for rows in tables(made("index")) if rows[0][:2] == [first, "Tự chấm"])

        assert ways[-1] == ["Tổng cộng", "134,31", "−9,36", "+2,33", "+3,85", "131,13", "−3,18"]
    assert "không cơ quan nào đạt điểm tối đa: 1.1.2 Mức độ hoàn thành kế hoạch; 1.5 " in told
    assert "Có 02 cơ quan xếp loại Tốt: Cục Thuế và BHXH Thành phố." in told
    assert "những cơ quan sau đổi vị trí cho nhau: Cục Thuế với BHXH Thành phố (05 cách)." in told
    assert "Cục Thuế với BHXH Thành phố (37,4% số lần)." in told
    assert "Trong phạm vi sai số điều tra, Cục Thuế và BHXH Thành phố có thể ở bất cứ hạng nào từ 2 đến 3." in told


@pytest.mark.parametrize(("kind", "count"), [("index", 11), ("survey", 2), ("self-assessment", 0)])
def test_figures_have_words_for_those_who_do_not_see_them(kind: str, count: int) -> None:
    words = [shape._inline.docPr.get("descr") for shape in Document(io.BytesIO(made(kind))).inline_shapes]

    assert [bool(one) for one in words] == [True] * count


@pytest.mark.usefixtures("plain_pictures")
def test_a_year_in_progress_gets_a_report_that_says_so_on_every_page() -> None:
    data = report(
        snapshot(),
        open_repository(ROOT),
        None,
        year=snapshot().world.years["2025"],
        kind="index",
        labels=load_labels("vi"),
    )

    assert "SỐ LIỆU TẠM THỜI" in Document(io.BytesIO(data)).sections[0].header.paragraphs[-1].text
    assert "Chưa có kết quả điều tra xã hội học." in text(data)
    assert "3. So với kỳ trước" in text(data)
    assert "Từ 2024 đến 2025: 3 cơ quan tăng, 1 cơ quan giảm" in text(data)


def test_the_survey_report_shows_no_count_that_the_public_may_not_see() -> None:
    shown = disclosure(score(snapshot().world.years[YEAR]))
    year = snapshot().world.years[YEAR]
    annexes = [rows for rows in tables(made("survey")) if rows[0][:2] == ["Nhóm đối tượng", "Cơ quan"]]
    found = {
        (row[0], row[1], question): row[2:]
        for question, rows in zip(year.survey.questions, annexes, strict=True)
        for row in rows[1:]
    }
    hidden = {
        (year.survey.groups[group].title.main, year.agencies[agency].short.main, question)
        for group, agency, question in shown.counts
    }

    assert {place for place, cells in found.items() if "×" in cells} == hidden & set(found)
    assert [cells for place, cells in found.items() if place in hidden and set(cells) != {"×"}] == []
    assert hidden


def test_the_survey_report_tells_alpha_of_no_group_with_hidden_answers() -> None:
    """What the open part of a group's answers gives is not the alpha of the group: 0.85 in the place of 0.87."""
    shown = disclosure(score(snapshot().world.years[YEAR]))
    groups = {group.title.main: name for name, group in snapshot().world.years[YEAR].survey.groups.items()}
    rows = next(rows for rows in tables(made("survey")) if "Alpha" in rows[0])[1:]

    assert {row[0]: row[2] != "–" for row in rows} == {row[0]: shown.shows_all(groups[row[0]]) for row in rows}
    assert {row[2] == "–" for row in rows} == {True, False}


def test_a_report_hides_the_satisfaction_of_few_as_the_page_does() -> None:
    data = small_year("{}", 31)
    name = f"data/{YEAR}/survey/survey.yml"
    few = data[name].replace("show_from: {nhan-vien: 10}", "show_from: {nhan-vien: 10, dan: 401}")
    records = world({**data, name: few})
    scene = Scene(
        Figures(score(records.years[YEAR])),
        records.bodies,
        records.calendar,
        "",
        published=True,
        labels=load_labels("vi"),
    )
    asked = ReportRequest(scene, records, "survey")

    assert few != data[name]
    assert not any(scene.figures.disclosure.shows_mean("dan", agency) for agency in scene.year.agencies)
    assert {(row["sipas"], row["respondents"]) for row in sipas_rows(asked)} == {("không hiện", "không hiện")}

"""Forms that are issued with an id: made, entered, mailed, made again, taken back, and known when they return."""

from __future__ import annotations

import email
import io
import json
import re
import zipfile
from email import policy
from pathlib import Path

import pytest
from conftest import Repository, RunCommand
from formworlds import LINES, TINY, edited, typed
from test_form_reading import ACCESS
from tiny import ROOT

from pipeline.commands import common, form_issue
from pipeline.flows import issue as issuing
from pipeline.flows.snapshot import take

LISTED = "data/2024/issued/self-assessment.yml"
A_STAGE = ("--year", "2024", "--stage", "self-assessment")
BOOK = "2024_self-assessment_co-quan-a.xlsx"


@pytest.fixture
def stored(repository: Repository) -> Repository:
    """Give the tiny world in git."""
    repository.copy(ROOT / "schemas", "schemas")
    repository.write_all(TINY)
    repository.write("data/access.yml", ACCESS)
    repository.commit("data", date="2024-11-26T08:00:00+07:00")
    return repository


@pytest.fixture
def issue(stored: Repository, run_command: RunCommand, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Give what issues forms into a folder, and returns how it ended."""

    def run(*words: str, folder: str = "phat-hanh"):  # type: ignore[no-untyped-def]
        return run_command("form", "issue", *A_STAGE, *words, "-o", str(tmp_path / folder), cwd=stored.root)

    return run


def ids(stored: Repository) -> list[str]:
    return re.findall(r"^  (p[a-z2-7]{25}):", (stored.root / LISTED).read_text(encoding="utf-8"), re.MULTILINE)


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def test_every_agency_gets_a_workbook_pages_and_a_mail_and_stands_in_the_list(stored, issue, tmp_path) -> None:
    done = issue("--all")
    made = files_in(tmp_path / "phat-hanh")

    assert (done.code, done.stderr) == (0, "")
    assert "commit (có ký)" in done.stdout
    assert len(set(ids(stored))) == len(ids(stored)) == 3
    assert set(made) == {
        f"{agency}/{name}"
        for agency in ("co-quan-a", "co-quan-b", "co-quan-c")
        for name in (f"2024_self-assessment_{agency}.xlsx", "phieu-web.zip", "thu.eml")
    }
    assert "{agency: co-quan-a, date: 2024-11-26, version: 1, commit: " in (stored.root / LISTED).read_text()


def test_a_mail_is_a_draft_in_vietnamese_to_the_people_of_the_agency_with_both_forms(stored, issue, tmp_path) -> None:
    issue("co-quan-a")
    made = files_in(tmp_path / "phat-hanh" / "co-quan-a")
    mail = email.message_from_bytes(made["thu.eml"], policy=policy.default)
    text = mail.get_body().get_content()

    assert (mail["X-Unsent"], mail["To"], mail["Date"]) == ("1", "canbo@cqa.example", None)
    assert mail["Subject"] == "[2024] Phiếu Tự chấm – CQA – hạn 04/12/2024"
    assert f"Mã phiếu: {ids(stored)[0]} (bản 1)" in text
    assert {part.get_filename(): part.get_content() for part in mail.iter_attachments()} == {
        name: data for name, data in made.items() if name != "thu.eml"
    }


def test_an_agency_without_people_gets_a_mail_without_an_address(issue, tmp_path) -> None:
    issue("co-quan-b")
    made = (tmp_path / "phat-hanh" / "co-quan-b" / "thu.eml").read_bytes()

    assert "To" not in email.message_from_bytes(made, policy=policy.default)


def test_the_same_id_gives_the_same_bytes_whatever_the_data_became(stored, issue, tmp_path) -> None:
    issue("--all")
    stored.commit("issued")
    path = "data/2024/criteria.yml"
    stored.write(path, (stored.root / path).read_text(encoding="utf-8").replace("out_of: 2\n", "out_of: 3\n", 1))
    stored.commit("rules")
    done = issue("--again", *ids(stored), folder="lam-lai")

    assert (done.code, done.stderr) == (0, "")
    assert files_in(tmp_path / "lam-lai") == files_in(tmp_path / "phat-hanh")
    assert stored.git("status", "--porcelain") == ""


def test_the_form_of_one_agency_reads_no_other_and_is_the_same(
    stored, issue, run_command, monkeypatch, tmp_path
) -> None:
    issue("--all")
    stored.commit("issued")
    run_command("form", "make", *A_STAGE, "--all", "-o", str(tmp_path / "tat-ca"), cwd=stored.root)
    for module in (common, form_issue):
        monkeypatch.setattr(module, "take", lambda *_: pytest.fail("all of the year was read"))
    made = run_command("form", "make", *A_STAGE, "co-quan-a", "-o", str(tmp_path / "mot"), cwd=stored.root)
    ended = [made, issue("co-quan-b")]
    monkeypatch.setattr(common, "take", take)
    again = issue("--again", *ids(stored)[:3], folder="lam-lai")

    assert [done.code for done in (*ended, again)] == [0, 0, 0]
    assert files_in(tmp_path / "mot")[BOOK] == files_in(tmp_path / "tat-ca")[BOOK]
    assert [path.name for path in sorted((tmp_path / "lam-lai").iterdir())] == ["co-quan-a", "co-quan-b", "co-quan-c"]


def test_what_is_about_no_agency_is_told_from_the_rules_alone(stored, run_command, monkeypatch) -> None:
    keys = "keys: [{key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "A" * 43 + ", from: 2024-01-01}]"
    stored.write("data/access.yml", re.sub(r"keys: \[\]", keys, ACCESS, count=1).replace("  can-bo-khac", "#"))
    commands = (("owners",), ("schema", "--year", "2024"))
    before = [run_command(*words, cwd=stored.root) for words in commands]
    monkeypatch.setattr(common, "take", lambda *_: pytest.fail("all of the year was read"))

    assert [done.code for done in before] == [0, 0]
    assert [run_command(*words, cwd=stored.root) for words in commands] == before


def test_access_is_read_once_for_all_forms(issue, monkeypatch) -> None:
    read = []
    monkeypatch.setattr(issuing, "rights_in", read.append)
    done = issue("--all")

    assert (done.code, len(read)) == (0, 1)


def test_issuing_again_makes_the_next_version_and_revoking_names_the_day(stored, issue, run_command, tmp_path) -> None:
    issue("co-quan-a")
    issue("co-quan-a", "--today", "2024-11-29")
    first, second = ids(stored)
    run_command("form", "issue", *A_STAGE, "--revoke", first, "--today", "2024-11-30", cwd=stored.root)
    lines = (stored.root / LISTED).read_text(encoding="utf-8").splitlines()[2:]
    text = email.message_from_bytes((tmp_path / "phat-hanh/co-quan-a/thu.eml").read_bytes(), policy=policy.default)

    assert [re.sub("commit: [0-9a-f]{40}", "commit: …", line.strip()) for line in lines] == [
        f"{first}: {{agency: co-quan-a, date: 2024-11-26, version: 1, commit: …, revoked: 2024-11-30}}",
        f"{second}: {{agency: co-quan-a, date: 2024-11-29, version: 2, commit: …}}",
    ]
    assert "Phiếu này thay bản 1 đã gửi trước đây" in text.get_body().get_content()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "phiếu làm cho ai"),
        (("--all", "co-quan-a"), "phiếu làm cho ai"),
        (("co-quan-z",), "co-quan-z"),
        (("--again", "p" + "z" * 25), "không có phiếu nào mang mã"),
        (("--revoke", "p" + "z" * 25), "không có phiếu nào mang mã"),
        (("--all", "--stage", "tu-cham"), "Kỳ 2024 không có bước tu-cham. Các bước: self-assessment, "),
    ],
)
def test_a_request_that_cannot_be_met_writes_nothing(stored, issue, tmp_path, words, told) -> None:
    done = issue(*words)

    assert (done.code, told in done.stderr, "Traceback" in done.stderr) == (2, True, False)
    assert not (tmp_path / "phat-hanh").exists()
    assert not (stored.root / LISTED).exists()


def test_a_list_with_errors_is_left_alone(stored, issue) -> None:
    stored.write(LISTED, "format: 1\nforms: {p1: {agency: co-quan-a, date: 2024-11-26, version: 1}}\n")
    before = (stored.root / LISTED).read_bytes()
    done = issue("co-quan-a")

    assert (done.code, "check" in done.stderr, (stored.root / LISTED).read_bytes()) == (2, True, before)


# --- what comes back ------------------------------------------------------------------------------------------------


@pytest.fixture
def handed_in(stored, issue, run_command, tmp_path):  # type: ignore[no-untyped-def]
    """Give what reads one file back after the forms of two agencies were issued, and returns output and the file."""
    issue("--all")
    stored.commit("issued")

    def run(data: bytes, name="phieu.xlsx", agency="co-quan-a", day="2024-12-04"):  # type: ignore[no-untyped-def]
        (tmp_path / name).write_bytes(data)
        done = run_command("form", "read", str(tmp_path / name), "--today", day, cwd=stored.root)
        return done, (stored.root / f"data/2024/self-assessment/{agency}.yml").read_text(encoding="utf-8")

    return run


def book(tmp_path: Path, agency: str = "co-quan-a") -> bytes:
    return (tmp_path / f"phat-hanh/{agency}/2024_self-assessment_{agency}.xlsx").read_bytes()


def scored(data: bytes) -> bytes:
    return typed(data, ("2.2", "Điểm tự chấm", 1.5))


def test_a_file_names_the_form_that_it_was_read_from(stored, handed_in, tmp_path) -> None:
    done, text = handed_in(scored(book(tmp_path)))

    assert (done.code, f"\nform:\n  issue: {ids(stored)[0]}\n  sha256: " in text) == (0, True), done.stdout


def test_the_web_form_of_the_mail_says_the_same_id(stored, issue, tmp_path) -> None:
    issue("co-quan-a")
    with zipfile.ZipFile(io.BytesIO((tmp_path / "phat-hanh/co-quan-a/phieu-web.zip").read_bytes())) as pages:
        (page,) = [name for name in pages.namelist() if name.endswith("index.html")]
        html = pages.read(page).decode()
    told = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)

    assert told is not None
    assert json.loads(told[1])["identity"]["issue"] == ids(stored)[0]
    mail = email.message_from_bytes((tmp_path / "phat-hanh/co-quan-a/thu.eml").read_bytes(), policy=policy.default)
    assert f"giải nén, mở tệp {page} bằng trình duyệt" in mail.get_body().get_content().replace("\r\n", "\n")


def hidden(data: bytes, **said: str) -> bytes:
    """Return a workbook whose hidden sheet says something else."""

    def change(made) -> None:  # type: ignore[no-untyped-def]
        page = made["parindex"]
        for row in range(1, page.max_row + 1):
            if page.cell(row, 1).value in said:
                page.cell(row, 2).value = said[page.cell(row, 1).value]

    return edited(data, change)


def without_id(made) -> None:  # type: ignore[no-untyped-def]
    page = made["parindex"]
    page.delete_rows(next(row for row in range(1, page.max_row + 1) if page.cell(row, 1).value == "issue"))


FORGED = {
    "an id made up": (lambda data, _: hidden(data, issue="p" + "z" * 25), "form-issue-unknown"),
    "an id that is none": (lambda data, _: hidden(data, issue="../../x"), "form-issue-unknown"),
    "an empty id": (lambda data, _: hidden(data, issue=" "), "form-issue-unknown"),
    "another agency's id": (lambda data, all_ids: hidden(data, issue=all_ids[1]), "form-issue-of-another"),
    "another agency's form under this name": (
        lambda data, _: hidden(data, agency="co-quan-b"),
        "form-issue-of-another",
    ),
    "another stage": (lambda data, _: hidden(data, stage="explanation"), "form-issue-of-another"),
    "a changed header": (
        lambda data, _: edited(data, lambda made: made[LINES].__setitem__("A1", "Tự chấm · CQB")),
        "form-contradicts-itself",
    ),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_form_is_an_error_that_is_named_and_writes_nothing(stored, handed_in, tmp_path, what) -> None:
    forge, code = FORGED[what]
    done, _ = handed_in(forge(scored(book(tmp_path)), ids(stored)))

    assert (done.code, f"lỗi {code}:" in done.stdout) == (1, True), done.stdout
    assert stored.git("status", "--porcelain") == ""


def test_whose_form_an_id_is_stands_in_words(stored, handed_in, tmp_path) -> None:
    done, _ = handed_in(hidden(scored(book(tmp_path)), issue=ids(stored)[1]))

    assert "Mã phiếu này đã phát hành cho 2024 · Tự chấm · CQB, không phải" in done.stdout


@pytest.mark.parametrize(
    ("day", "told"),
    [
        (
            "2024-09-26",
            "form-before-stage: Ngày tính là 26/09/2024, trước ngày mở 26/11/2024 của bước “Tự chấm” hơn 60 ngày.",
        ),
        ("2024-09-27", None),
        ("2025-02-02", None),
        ("2025-02-03", "form-after-stage: Ngày tính là 03/02/2025, sau hạn 04/12/2024 của bước “Tự chấm” hơn 60 ngày."),
    ],
)
def test_a_day_far_from_the_stage_is_told_of_a_form_that_comes_again(handed_in, tmp_path, day, told) -> None:
    done, text = handed_in(scored(book(tmp_path)), day=day)

    assert re.findall("form-(?:before|after)-stage: .*", done.stdout) == [told] * (told is not None)
    assert (done.code, "\nreceived: 2024-12-0" in text, "score: 1.5" in text) == (0, True, True)


def test_a_form_that_is_issued_long_after_its_stage_is_told_once(issue) -> None:
    told = [issue("--all", "--today", day).stderr.count("form-after-stage") for day in ("2024-11-01", "2025-12-04")]

    assert told == [0, 1]


def test_a_form_without_its_id_is_told_and_read(handed_in, tmp_path) -> None:
    done, text = handed_in(edited(scored(book(tmp_path)), without_id))

    assert (done.code, "form-issue-missing" in done.stdout, "issue:" in text) == (0, True, False), done.stdout


def test_a_revoked_form_writes_nothing_and_a_superseded_one_is_read_as_older(
    stored, issue, handed_in, run_command, tmp_path
) -> None:
    first, old = ids(stored)[0], book(tmp_path)
    issue("co-quan-a", "--today", "2024-11-29", folder="moi")
    told, text = handed_in(scored(old))
    run_command("form", "issue", *A_STAGE, "--revoke", first, "--today", "2024-12-01", cwd=stored.root)
    stored.commit("revoked")
    refused, after = handed_in(typed(old, ("2.2", "Điểm tự chấm", 1)))

    assert (told.code, "bản 2 phát hành ngày 29/11/2024" in told.stdout, f"issue: {first}" in text) == (0, True, True)
    assert (refused.code, "form-issue-revoked" in refused.stdout, after) == (1, True, text)

"""A mailbox, from its letters to a change that waits on the server: what is shown, what is sent, what a kill leaves."""

from __future__ import annotations

import html
import io
import json
import os
import re
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from time import process_time, sleep
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
import secretary
from bags import bag, digest, office, pdf
from browsing import faults
from conftest import Outcome, Repository, RunCommand
from formworlds import TINY, digest_of, edited, handed_over, make, tiny, typed
from guarded import entry, key_of
from tiny import ROOT
from wrong_packages import FILES, blank, good

from pipeline.adapters import repository as adapter
from pipeline.adapters.repository import open_repository
from pipeline.commands import common
from pipeline.core.forms import letters
from pipeline.core.forms.signed_page import scan_name
from pipeline.core.rounds.commits import moment
from pipeline.flows import packages, sending

if TYPE_CHECKING:
    from playwright.sync_api import Browser

A, B = "co-quan-a", "co-quan-b"
OWN, OTHER = (f"data/2024/self-assessment/{agency}.yml" for agency in (A, B))
SCORE, NOTE = "Điểm tự chấm", "Ghi chú (không công bố)"


def person(id_: str, role: str, where: str, email: str) -> str:
    key = f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{id_.replace('-', ''):A<43}"
    return f"  {id_}:\n    {{role: {role}, {where}, email: {email}, keys: [{{key: {key}, from: 2024-01-01}}]}}\n"


VAN_THU = ("van-thu", "body: so-noi-vu", "vanthu@snv.example")


def known(id_: str) -> str:
    """Return a person whose key is there."""
    return f"  {id_}:\n    {{role: van-thu, {VAN_THU[1]}, email: {VAN_THU[2]}, keys: [{entry(id_)}]}}\n"


ACCESS = f"""\
format: 1
roles:
  co-quan: {{writes: [claim], agencies: own, criteria: all}}
  theo-doi: {{writes: [], agencies: own}}
  van-thu: {{writes: [access], agencies: all, criteria: all, hands_in_for: [co-quan]}}
people:
{person("can-bo-cqa", "co-quan", "agency: co-quan-a", "canbo@cqa.example")}\
{person("can-bo-khac", "theo-doi", "agency: co-quan-a", "khac@cqa.example")}\
{person("can-bo-cqb", "co-quan", "agency: co-quan-b", "canbo@cqb.example")}\
{person("van-thu", *VAN_THU)}\
policy: {{signed: [], second_person: []}}
"""


def scored(points: float, agency: str = A, note: str = "") -> bytes:
    more = [("2.2", NOTE, note)] if note else []
    return typed(make(tiny(), "self-assessment", agency), ("2.2", SCORE, points), *more)


def letter(sender: str, *files: tuple[str, bytes], day: int = 3, subject: str = "Nộp phiếu") -> bytes:
    """Return a mail as a mail program saves it."""
    mail = EmailMessage(policy=policy.SMTP)
    mail["Received"] = f"from mx.example by mail.example; {day} Dec 2024 09:00:00 +0700"
    mail["From"], mail["Subject"] = f"Cán bộ <{sender}>", subject
    mail["Message-ID"] = f"<{day}.{len(files)}@{sender.rpartition('@')[2]}>"
    mail.set_content("Kính gửi, xin nộp phiếu.")
    for name, data in files:
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


class Desk:
    """A secretary's machine: a clone of a bare server, a mailbox, and the command."""

    def __init__(self, folder: Path, server: Path, run: RunCommand, name: str = "van-thu") -> None:
        self.box, self.server, self.run = folder / "hop-thu", server, run
        self.clone = Repository(folder / "kho")
        folder.mkdir(exist_ok=True)
        subprocess.run(["git", "clone", "--quiet", str(server), str(self.clone.root)], check=True)
        self.clone.git("config", "user.name", name)
        self.clone.git("config", "user.email", f"{name.replace('-', '')}@snv.example")
        self.box.mkdir(exist_ok=True)
        self.branch = f"forms/{name}"

    def put(self, name: str, data: bytes) -> None:
        (self.box / name).write_bytes(data)

    def send(self, *more: str) -> Outcome:
        return self.run("--repo", str(self.clone.root), "form", "read", str(self.box), "--send", *more)

    @property
    def results(self) -> Path:
        return self.box / "_ket-qua"

    @property
    def report(self) -> str:
        return (self.results / "bao-cao.html").read_text("utf-8")

    @property
    def replies(self) -> list[str]:
        return sorted(path.name for path in (self.results / "tra-loi").glob("*.eml"))

    def reply(self, number: int = 0) -> EmailMessage:
        data = (self.results / "tra-loi" / self.replies[number]).read_bytes()
        return message_from_bytes(data, policy=policy.default)  # type: ignore[return-value]

    def there(self, path: str) -> str:
        return on(self.server, "show", f"{self.branch}:{path}")

    def log(self, *form: str) -> list[str]:
        return on(
            self.server, "log", "--reverse", *(form or ("--format=%an|%cn|%s",)), f"main..{self.branch}"
        ).splitlines()


def on(server: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=server, check=True, capture_output=True, encoding="utf-8").stdout


@pytest.fixture
def server(repository: Repository, tmp_path: Path) -> Path:
    """Give a bare server with the tiny world and its people."""
    repository.copy(ROOT / "schemas", "schemas")
    repository.write_all(TINY)
    repository.write("data/access.yml", ACCESS)
    repository.commit("data", date="2024-12-03T08:00:00+07:00")
    folder = tmp_path / "server.git"
    subprocess.run(["git", "clone", "--quiet", "--bare", str(repository.root), str(folder)], check=True)
    return folder


@pytest.fixture
def desk(server: Path, tmp_path: Path, run_command: RunCommand) -> Desk:
    return Desk(tmp_path / "van-thu", server, run_command)


# --- the rehearsal ----------------------------------------------------------------------------------------------------


def state(desk: Desk) -> tuple[str, str, str]:
    """Return where all names point, here and on the server, and what git says of the working tree."""
    return desk.clone.git("for-each-ref"), on(desk.server, "for-each-ref"), desk.clone.git("status", "--porcelain")


def words(page: str) -> str:
    """Return what a page says, without its markup."""
    body = page[page.index("<main>") :]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def test_a_rehearsal_tells_all_and_moves_nothing(desk: Desk) -> None:
    desk.put("a.eml", letter("canbo@cqa.example", ("phieu.xlsx", scored(1.5)), ("anh.png", b"\x89PNG")))
    desk.put("b.xlsx", scored(9, B))
    before = state(desk)
    done = desk.send("--today", "2024-12-04")
    told = words(desk.report)

    assert (done.code, state(desk)) == (1, before)
    assert "Chưa gửi gì. Xem báo cáo, rồi chạy lại lệnh với --yes để gửi." in done.stdout
    assert str(desk.results / "bao-cao.html") in done.stdout
    assert not (desk.results / "tra-loi").exists()
    assert "Hộp thư có 2 thư hoặc tệp, đọc được 2 phiếu: 1 phiếu trả lại để sửa; 1 phiếu đạt." in told
    assert "2.2 Chất lượng hướng dẫn thủ tục Điểm: 1,75 → 1,50 1,50" in told
    assert "Biểu chấm!I23 : Tiêu chí 2.2" in told
    assert "1.1.1 Ban hành kế hoạch kịp thời: 01/KH-CQA-MH" in told
    assert "Để riêng 1 tệp không phải phiếu" in told
    assert "a.eml/anh.png" in told
    assert "người gửi canbo@cqa.example" in told
    assert "ghi tên can-bo-cqa" in told


def test_the_report_needs_no_script_and_what_people_typed_is_inert(desk: Desk) -> None:
    typed_in = '<img src=x onerror="alert(1)">'
    desk.put("a.eml", letter("x@cqa.example", (f"{typed_in}.xlsx", scored(1.5, note=typed_in)), subject=typed_in))
    desk.send("--yes", "--today", "2024-12-04")

    assert "<script" not in desk.report
    assert "<img" not in desk.report
    assert "onerror" in words(desk.report)


def test_nothing_is_asked_where_nothing_is_new(desk: Desk) -> None:
    desk.put("a.xlsx", make(tiny(), "self-assessment", A))
    assert desk.send("--yes").code == 0
    done = desk.send("--yes")

    assert (done.code, "Không có gì mới để gửi." in done.stdout) == (0, True)


@pytest.mark.parametrize(("typed_in", "goes"), [("c", True), ("Có", True), ("", False), ("không", False)])
def test_a_person_is_asked_at_the_terminal(
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
    typed_in: str,
    goes: bool,  # noqa: FBT001
) -> None:
    opened: list[str] = []
    terminal = io.StringIO(f"{typed_in}\n")
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", terminal)
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setenv("DISPLAY", ":0")
    desk.put("a.xlsx", scored(1.5))
    desk.send()

    assert opened == [(desk.results / "bao-cao.html").as_uri()]
    assert bool(on(desk.server, "branch", "--list", desk.branch)) == goes


def test_odd_names_stop_nothing_and_hide_nothing(desk: Desk) -> None:
    box = os.fsencode(str(desk.box))
    for name, data in (("phi\udce9u.xlsx", scored(1.5)), ("\udce9.txt", b"x"), ("a\u202exslx\nb.xlsx", scored(9, B))):
        Path(os.fsdecode(box + b"/" + os.fsencode(name))).write_bytes(data)
    beside = desk.box / "phi\udce9u"
    beside.mkdir()
    (beside / "la \udce9.exe").write_bytes(b"MZ")
    ending = "a." + "ế" * 190
    desk.put("1.eml", letter("canbo@cqb.example", (ending, b"x"), ("b.xlsx\0.exe", b"MZ")))
    done = desk.send("--yes")
    told = words(desk.report)

    assert (done.code, len(desk.replies)) == (1, 2), done.stderr
    assert ("phi?u.xlsx" in told, "la ?.exe" in told, "a\ufffdxslx b.xlsx" in told) == (True, True, True)
    assert ("a.ếếế" in told, "b.xlsx\ufffd.exe" in told) == (True, True)


def test_a_folder_is_evidence_only_of_the_workbook_of_its_whole_name(desk: Desk) -> None:
    desk.put("phieu.xlsx", scored(1.5))
    desk.put("CQC.ban 2.XLSX", scored(2, "co-quan-c", "Sửa"))
    for name, data in (("phieu.cu/b.xlsx", scored(0.25, B)), ("CQC.ban 2/xa.xlsx", b"x")):
        (desk.box / name).parent.mkdir()
        desk.put(name, data)
    desk.send()

    assert "đọc được 3 phiếu: 1 phiếu trả lại để sửa; 2 phiếu đạt" in words(desk.report)
    assert "phieu.cu/b.xlsx" in words(desk.report)


def test_each_refused_package_has_its_own_place_and_reply(desk: Desk) -> None:
    desk.put("a.zip", b"x")
    desk.put("b.zip", b"y")
    desk.send()
    assert "Chưa có gì được ghi hoặc gửi đi" in desk.report  # replies wait, though no form does
    done = desk.send("--yes")

    assert (done.code, len(desk.replies)) == (1, 2)
    assert len(set(re.findall('<section class="form" id="([^"]+)"', desk.report))) == 2
    assert "đã được ghi vào nhánh" not in desk.report


def test_a_mailbox_without_forms_is_told_as_one(desk: Desk) -> None:
    desk.put("a.eml", letter("canbo@cqa.example"))
    desk.send()

    assert "Hộp thư có 1 thư hoặc tệp, đọc được 0 phiếu. Không có gì mới để gửi." in words(desk.report)


def test_a_reply_names_what_its_sender_knows(desk: Desk) -> None:
    desk.put("06 thu.eml", letter("canbo@cqa.example", ("phieu.xls", b"x"), subject="Nộp phiếu quý IV"))
    desk.send("--yes")

    assert desk.reply()["Subject"] == "Đề nghị bổ sung: Nộp phiếu quý IV"
    assert ("Phiếu phieu.xls: " in desk.reply().get_content(), "06 thu" in desk.reply().get_content()) == (True, False)


def test_a_reply_says_what_its_sender_may_do_and_the_report_what_the_secretary_may(desk: Desk) -> None:
    issued = "pa2b3c4d5e6f7a2b3c4d5e6f7a"
    desk.clone.write(
        "data/2024/issued/self-assessment.yml",
        f"format: 1\nforms:\n  {issued}: {{agency: {A}, date: 2024-11-26, version: 1, revoked: 2024-11-28}}\n",
    )
    desk.clone.commit("Phát hành", date="2024-12-03T09:00:00+07:00")
    desk.clone.git("push", "--quiet", "origin", "HEAD:main")
    data = edited(scored(1.5), lambda book: book["parindex"].append(("issue", issued)))
    desk.put("a.eml", letter("canbo@cqa.example", ("phieu.xlsx", data)))
    desk.send("--yes")
    told = desk.reply().get_content()

    assert f"Phiếu {issued} đã thu hồi ngày 28/11/2024. Xin điền vào phiếu mới" in told
    assert ("form issue" in told, "Gửi cơ quan phiếu mới (form issue)" in words(desk.report)) == (False, True)


@pytest.mark.parametrize("name", ["thu.msg", "winmail.dat", "anh.png"])
def test_mails_that_only_outlook_reads_are_told_with_a_cure(desk: Desk, name: str) -> None:
    desk.put("a.eml", letter("canbo@cqa.example", (name, b"x")))
    desk.send()

    assert ("lưu tệp đính kèm vào hộp thư rồi chạy lại" in words(desk.report)) == (name != "anh.png")


# --- what is sent -----------------------------------------------------------------------------------------------------


def test_the_good_go_each_in_the_right_name_and_the_bad_get_a_copy_and_a_reply(desk: Desk) -> None:
    desk.put("a.eml", letter("canbo@cqa.example", ("phieu.xlsx", scored(1.5))))
    desk.put("b.eml", letter("canbo@cqb.example", ("phieu.xlsx", scored(9, B))))
    done = desk.send("--yes", "--today", "2024-12-04")
    good, bad = desk.reply(0), desk.reply(1)

    assert done.code == 1
    assert desk.log() == ["can-bo-cqa|van-thu|2024 · Tự chấm · CQA: 9/9 tiêu chí"]
    assert "score: 1.5\n" in desk.there(OWN)
    assert desk.there(OTHER) == TINY[OTHER].decode()
    assert desk.clone.git("status", "--porcelain") == ""
    assert desk.clone.git("symbolic-ref", "HEAD") == "refs/heads/main"
    assert f"Trên máy chủ, mở đề nghị thay đổi từ nhánh {desk.branch} vào main." in done.stdout
    assert (good["To"], good["Subject"], good["X-Unsent"]) == (
        "canbo@cqa.example", "Đã nhận: 2024 · Tự chấm · CQA", "1",
    )  # fmt: skip
    assert good["In-Reply-To"] == "<3.1@cqa.example>"
    assert "đã nhận ngày 04/12/2024, đầy đủ và hợp lệ (9/9 tiêu chí)" in good.get_content()
    assert bad["Subject"] == "Đề nghị bổ sung: 2024 · Tự chấm · CQB"
    text = (desk.results / "tra-loi" / f"{desk.replies[1].removesuffix('.eml')}.txt").read_text("utf-8")
    assert text.startswith("Gửi: canbo@cqb.example\nTiêu đề: Đề nghị bổ sung: 2024 · Tự chấm · CQB\n\nKính gửi")
    body, copy = bad.iter_parts()
    assert "Biểu chấm!I23: Tiêu chí 2.2" in body.get_content()  # type: ignore[attr-defined]
    name = copy.get_filename()
    assert name is not None
    assert (desk.results / "tra-loi" / name).read_bytes() == copy.get_content()  # type: ignore[attr-defined]
    book = openpyxl.load_workbook(io.BytesIO(copy.get_content()))  # type: ignore[attr-defined]
    assert "cao hơn mức tối đa" in book["Biểu chấm"]["I23"].comment.text


def test_who_sends_stands_for_a_form_of_which_nobody_is_known(desk: Desk) -> None:
    desk.put("c.xlsx", scored(2, "co-quan-c", "Sửa"))
    desk.send("--yes")

    assert desk.log() == ["van-thu|van-thu|2024 · Tự chấm · CQC: 8/8 tiêu chí"]


def test_a_letter_from_another_agency_brings_nothing(desk: Desk) -> None:
    desk.put("a.eml", letter("canbo@cqb.example", ("phieu.xlsx", scored(1.5))))
    done = desk.send("--yes")

    assert done.code == 1
    assert "người nộp" in words(desk.report)
    assert on(desk.server, "branch", "--list", "forms/*") == ""


def test_two_forms_in_one_mail_get_one_reply(desk: Desk) -> None:
    both = ("a.xlsx", scored(1.5)), ("giai-trinh.xlsx", make(tiny(), "explanation", A))
    desk.put("a.eml", letter("canbo@cqa.example", *both))
    done = desk.send("--yes")

    assert (done.code, len(desk.replies)) == (0, 1), done.stdout
    assert desk.reply().get_content().count("Phiếu 2024 · ") == 2


def test_of_two_forms_of_one_sender_the_newer_counts_and_both_are_told(desk: Desk) -> None:
    desk.put("2.eml", letter("canbo@cqa.example", ("phieu.xlsx", scored(1.25)), day=3))
    desk.put("1.eml", letter("canbo@cqa.example", ("phieu.xlsx", scored(1.5)), day=4))
    done = desk.send("--yes")

    assert done.code == 0, done.stdout
    assert "score: 1.5\n" in desk.there(OWN)
    assert "đã thay bằng 1.eml/phieu.xlsx, do cùng người gửi sau" in words(desk.report)


def test_of_two_forms_of_two_senders_neither_counts(desk: Desk) -> None:
    desk.put("1.eml", letter("canbo@cqa.example", ("phieu.xlsx", scored(1.25)), day=3))
    desk.put("2.eml", letter("khac@cqa.example", ("phieu.xlsx", scored(1.5)), day=4))
    done = desk.send("--yes")

    assert (done.code, len(desk.replies)) == (1, 2)
    assert on(desk.server, "branch", "--list", "forms/*") == ""
    assert "Đề nghị cho biết bản nào là bản đúng." in desk.reply().get_content()
    assert "2.eml" not in desk.reply().get_content()  # the mail of somebody else
    assert not [*(desk.results / "tra-loi").glob("*.xlsx")]


def test_what_comes_later_goes_on_top_until_it_is_merged_and_then_begins_anew(desk: Desk) -> None:
    desk.put("a.xlsx", scored(1.5))
    desk.send("--yes")
    desk.put("b.xlsx", scored(0.25, B))
    desk.send("--yes")
    assert len(desk.log()) == 2
    on(desk.server, "update-ref", "refs/heads/main", desk.branch)
    on(desk.server, "branch", "-D", desk.branch)
    desk.put("c.xlsx", scored(2, "co-quan-c", "Sửa"))
    done = desk.send("--yes")

    assert done.code == 0, done.stdout + done.stderr
    assert [line.rpartition("|")[2] for line in desk.log()] == ["2024 · Tự chấm · CQC: 8/8 tiêu chí"]
    assert len(desk.replies) == 3


def test_a_branch_that_the_server_gave_up_begins_anew(desk: Desk) -> None:
    desk.put("a.xlsx", scored(1.5))
    desk.send("--yes")
    on(desk.server, "branch", "-D", desk.branch)
    (desk.box / "a.xlsx").write_bytes(scored(1.25))
    desk.send("--yes")

    assert len(desk.log()) == 1
    assert "score: 1.25\n" in desk.there(OWN)


def test_two_machines_of_one_person_lose_nothing(
    desk: Desk, server: Path, tmp_path: Path, run_command: RunCommand
) -> None:
    other = Desk(tmp_path / "may-khac", server, run_command)
    desk.put("a.xlsx", scored(1.5))
    other.put("b.xlsx", scored(0.25, B))
    assert (desk.send("--yes").code, other.send("--yes").code) == (0, 0)

    assert len(desk.log()) == 2


def test_whoever_sends_without_a_server_keeps_the_branch_here(desk: Desk) -> None:
    desk.clone.git("remote", "remove", "origin")
    desk.put("a.xlsx", scored(1.5))
    done = desk.send("--yes")

    assert "Kho này không nối với máy chủ nào" in done.stdout
    assert "score: 1.5\n" in desk.clone.git("show", f"{desk.branch}:{OWN}") + "\n"


def test_forms_go_on_top_of_what_others_did_to_the_branch(desk: Desk, tmp_path: Path) -> None:
    desk.put("a.xlsx", scored(1.5))
    desk.send("--yes")
    other = Repository(tmp_path / "nguoi-duyet")
    subprocess.run(["git", "clone", "--quiet", "-b", desk.branch, str(desk.server), str(other.root)], check=True)
    other.commit("Duyệt", date="2027-01-01T08:00:00+07:00")
    other.git("push", "--quiet", "origin", f"HEAD:{desk.branch}")
    desk.put("b.xlsx", scored(0.25, B))
    with clock("2027-01-02T08:00:00+07:00"):
        done = desk.send("--yes")

    assert done.code == 0, done.stderr
    assert [line.rpartition("|")[2].rpartition(" · ")[2] for line in desk.log()] == [
        *("CQA: 9/9 tiêu chí", "Duyệt", "CQB: 9/9 tiêu chí"),
    ]


# --- files that come with a form --------------------------------------------------------------------------------------


def test_a_package_in_a_mail_brings_its_files_into_the_store_and_its_dossier_with_the_form(
    desk: Desk, tmp_path: Path
) -> None:
    (tmp_path / "ho-so/sha256").mkdir(parents=True)
    desk.clone.git("config", "parindex.store", str(tmp_path / "ho-so"))
    desk.put("a.eml", letter("canbo@cqa.example", ("phieu.zip", good())))
    done = desk.send("--yes")

    assert (done.code, len(desk.log())) == (0, 1), done.stdout
    assert "1.1.1-01-KH-CQA-MH.pdf" in desk.there(f"data/2024/dossiers/{A}.yml")
    assert len([path for path in (tmp_path / "ho-so").rglob("*") if path.is_file()]) == len(FILES)
    assert "1.1.1 Ban hành kế hoạch kịp thời: 01/KH-CQA-MH (1.1.1-01.pdf)" in words(desk.report)
    assert "Không có gì mới để gửi." in desk.send("--yes").stdout


def test_without_a_store_a_package_is_not_sent(desk: Desk) -> None:
    desk.put("a.eml", letter("canbo@cqa.example", ("phieu.zip", good())))
    done = desk.send("--yes")

    assert (done.code, done.stderr.count("\n")) == (2, 1), done.stderr
    assert on(desk.server, "branch", "--list", "forms/*") == ""


def test_the_blank_form_that_a_mail_quotes_is_no_form_that_came_back(desk: Desk) -> None:
    desk.put("a.eml", letter("canbo@cqa.example", ("phieu.xlsx", scored(1.5)), ("phieu-web.zip", blank())))
    desk.put("b.eml", letter("canbo@cqb.example", ("phieu-web.zip", blank())))
    done = desk.send("--yes")

    assert (done.code, len(desk.log())) == (1, 1), done.stdout
    assert ("a.eml/phieu-web.zip" in words(desk.report), "Đã nhận" in desk.reply(0)["Subject"]) == (True, True)
    assert "Gói là phiếu trắng trên web" in desk.reply(1).get_content()


def test_pages_as_they_are_issued_are_known_as_blank(desk: Desk, tmp_path: Path) -> None:
    of = ("--year", "2024", "--stage", "self-assessment", "-o", str(tmp_path / "phat"))
    assert desk.run("--repo", str(desk.clone.root), "form", "issue", "--all", *of).code == 0
    pages = (tmp_path / "phat" / A / "phieu-web.zip").read_bytes()
    desk.put("a.eml", letter("canbo@cqa.example", ("phieu-web.zip", pages)))
    desk.send()

    assert "Gói là phiếu trắng trên web" in words(desk.report)


def test_a_form_from_an_address_that_nobody_knows_is_told_before_it_stands_in_an_agency_s_name(desk: Desk) -> None:
    desk.put("a.eml", letter("la@mang.example", ("phieu.xlsx", scored(1.5))))
    desk.put("b.eml", letter("canbo@cqb.example", ("phieu.xlsx", scored(0.25, B))))
    desk.send()
    told = words(desk.report)

    assert "Lưu ý: Thư đến từ la@mang.example, địa chỉ không có trong access.yml; phiếu sẽ đứng tên can-bo-cqa" in told
    assert told.count("địa chỉ không có trong access.yml") == 1


# --- the scan of a signed page ----------------------------------------------------------------------------------------

DOSSIERS = "data/2024/dossiers/{}.yml"
QUET = pdf("đã ký")


def scan_of(form: bytes) -> str:
    """Return how the scan of the page that is signed for a form is called."""
    return scan_name(digest_of(form))


@pytest.fixture
def signing(desk: Desk, tmp_path: Path) -> Desk:
    """Give a desk with a store, where an agency stands for a form only with a signed page."""
    (tmp_path / "ho-so/sha256").mkdir(parents=True)
    desk.clone.git("config", "parindex.store", str(tmp_path / "ho-so"))
    desk.clone.write("data/access.yml", ACCESS.replace("policy: {", "policy: {pages: [claim], "))
    desk.clone.commit("Trang ký", date="2024-12-03T09:00:00+07:00")
    desk.clone.git("push", "--quiet", "origin", "HEAD:main")
    return desk


def kept(desk: Desk) -> list[str]:
    """Return the sha256 of what lies in the store."""
    root = Path(desk.clone.git("config", "parindex.store"))
    return sorted(path.name for path in root.rglob("*") if path.is_file())


def test_a_scan_goes_with_its_form_which_then_stands_in_the_name_of_the_agency(signing: Desk) -> None:
    form = scored(1.5)
    signing.put("a.eml", letter("canbo@cqa.example", ("phieu.xlsx", form), (scan_of(form), QUET)))
    before = state(signing)
    signing.send()
    told = words(signing.report)
    untouched = (state(signing), kept(signing)) == (before, [])
    done = signing.send("--yes")

    assert untouched
    assert f"Trang ký: bản quét {scan_of(form)} vào hồ sơ của cơ quan cùng với phiếu." in told
    assert ("ghi tên can-bo-cqa" in told, "không phải phiếu" in told) == (True, False)
    assert (done.code, signing.log()) == (0, ["can-bo-cqa|van-thu|2024 · Tự chấm · CQA: 9/9 tiêu chí"]), done.stdout
    assert f"page: {digest(QUET)}" in signing.there(OWN)
    assert "TRANG-KY-101-BC-CQA-MH.pdf" in signing.there(DOSSIERS.format(A))
    assert kept(signing) == [digest(QUET)]
    assert "Không có gì mới để gửi." in signing.send("--yes").stdout


def test_where_a_page_is_asked_for_the_reply_brings_it_to_be_signed_and_the_scan_may_come_later(signing: Desk) -> None:
    form = scored(1.5)
    signing.put("1.eml", letter("canbo@cqa.example", ("phieu.xlsx", form)))
    signing.send("--yes")
    body, page = signing.reply().iter_parts()
    asked = f"đặt tên tệp quét là {scan_of(form)} rồi gửi lại."
    first = signing.log()
    signing.put("2.eml", letter("canbo@cqa.example", (f"Quét {scan_of(form).upper()}", QUET), day=4))
    done = signing.send("--yes")

    assert asked in words(signing.report) or asked in body.get_content()  # type: ignore[attr-defined]
    assert asked in body.get_content()  # type: ignore[attr-defined]
    assert page.get_filename() == scan_of(form).replace(".pdf", ".html")
    assert scan_of(form) in page.get_content()  # type: ignore[attr-defined]
    assert (done.code, [line.partition("|")[0] for line in (*first, *signing.log())]) == (
        0, ["van-thu", "van-thu", "can-bo-cqa"],
    ), done.stdout  # fmt: skip
    assert f"page: {digest(QUET)}" in signing.there(OWN)
    assert len(signing.replies) == 2
    assert "Không có gì mới để gửi." in signing.send("--yes").stdout


def test_a_form_that_owes_no_page_is_not_asked_for_one(desk: Desk) -> None:
    desk.put("a.eml", letter("canbo@cqa.example", ("phieu.xlsx", scored(1.5))))
    desk.send("--yes")

    assert ("trang ký" in desk.reply().get_content(), desk.reply().is_multipart()) == (False, False)


UNMATCHED: dict[str, Callable[[bytes], list[tuple[str, bytes]]]] = {
    "a name that says nothing": lambda _: [("quet.pdf", QUET)],
    "the code of other answers": lambda _: [(scan_of(scored(1)), QUET)],
    "seven signs of the code": lambda form: [(scan_of(form).replace(".pdf", "")[:-1] + ".pdf", QUET)],
    "two scans of one page": lambda form: [(scan_of(form), QUET), (f"2 {scan_of(form)}", pdf("quét lại"))],
    "a program by that name": lambda form: [(scan_of(form), b"MZ")],
    "a document of Office by that name": lambda form: [(scan_of(form), office())],
    "nothing by that name": lambda form: [(scan_of(form), b"")],
}


@pytest.mark.parametrize("what", UNMATCHED)
def test_a_scan_that_cannot_be_matched_stays_out_and_is_told(signing: Desk, what: str) -> None:
    form = scored(1.5)
    scans = UNMATCHED[what](form)
    signing.put("a.eml", letter("canbo@cqa.example", ("phieu.xlsx", form), *scans))
    done = signing.send("--yes")

    assert (done.code, kept(signing), "page:" in signing.there(OWN)) == (0, [], False), done.stdout
    assert f"Để riêng {len(scans)} tệp không phải phiếu" in words(signing.report)
    assert all(f"a.eml/{name}" in words(signing.report) for name, _ in scans)
    assert "Phiếu này cần trang ký của thủ trưởng" in words(signing.report)
    assert ("Nhiều bản quét" in words(signing.report)) == (len(scans) == 2)


def test_a_scan_that_somebody_of_another_agency_sent_is_of_no_form(signing: Desk) -> None:
    form = scored(1.5)
    signing.put("a.eml", letter("canbo@cqa.example", ("phieu.xlsx", form)))
    signing.put("b.eml", letter("canbo@cqb.example", (scan_of(form), QUET)))
    signing.send("--yes")

    assert ("page:" in signing.there(OWN), f"b.eml/{scan_of(form)}" in words(signing.report)) == (False, True)


def test_a_scan_that_comes_more_than_once_is_one_scan(signing: Desk) -> None:
    form = scored(1.5)
    signing.put("1.eml", letter("canbo@cqa.example", ("phieu.xlsx", form), (scan_of(form), QUET)))
    signing.put("2.eml", letter("canbo@cqa.example", (f"2 {scan_of(form)}", QUET), day=4))
    done = signing.send("--yes")

    assert (done.code, kept(signing)) == (0, [digest(QUET)]), done.stdout
    assert f"Trang ký: bản quét {scan_of(form)} vào hồ sơ" in words(signing.report)
    assert "Để riêng" not in words(signing.report)


def test_one_scan_is_of_one_agency(signing: Desk) -> None:
    forms = {agency: scored(points, agency) for agency, points in ((A, 1.5), (B, 0.25))}
    for agency, form in forms.items():
        signing.put(f"{agency}.eml", letter(f"canbo@cq{agency[-1]}.example", ("p.xlsx", form), (scan_of(form), QUET)))
    done = signing.send("--yes")

    assert (done.code, len(signing.log())) == (1, 1), done.stdout
    assert f"Trang ký {digest(QUET)} đã có ở {OWN}." in words(signing.report)
    assert digest(QUET) in signing.there(OWN)


def test_a_scan_that_comes_after_another_one_of_the_same_content_is_told_and_stays_out(signing: Desk) -> None:
    form = scored(1.5)
    signing.put("1.eml", letter("canbo@cqa.example", ("phieu.xlsx", form), (scan_of(form), QUET)))
    signing.send("--yes")
    (signing.box / "1.eml").unlink()
    signing.put("2.eml", letter("canbo@cqa.example", ("phieu.xlsx", form), (scan_of(form), pdf("quét lại")), day=4))
    done = signing.send("--yes")

    assert (done.code, len(signing.log()), kept(signing)) == (0, 1, [digest(QUET)]), done.stdout
    assert "Nội dung này đã có trang ký trong hồ sơ: TRANG-KY-101-BC-CQA-MH.pdf" in words(signing.report)


def test_files_that_come_later_leave_the_page_as_it_was_signed(signing: Desk) -> None:
    sheet = good()
    with zipfile.ZipFile(io.BytesIO(sheet)) as package:
        form = package.read("phieu/data/phieu.json")
    signing.put("1.eml", letter("canbo@cqa.example", ("phieu.json", form), (scan_of(form), QUET)))
    signing.send("--yes")
    (signing.box / "1.eml").unlink()
    signing.put("2.eml", letter("canbo@cqa.example", ("phieu.zip", sheet), day=4))
    done = signing.send("--yes")

    assert (done.code, len(signing.log()), len(kept(signing))) == (0, 2, 1 + len(FILES)), done.stdout
    assert f"page: {digest(QUET)}" in signing.there(OWN)
    assert [line.partition("|")[0] for line in signing.log()] == ["can-bo-cqa", "van-thu"]


def test_a_scan_may_be_packed_with_the_form(signing: Desk) -> None:
    with zipfile.ZipFile(io.BytesIO(good())) as package:
        name = scan_of(package.read("phieu/data/phieu.json"))
    packed = good(files={**FILES, name: ("", "", QUET)}, index={"files": []})
    signing.put("a.eml", letter("canbo@cqa.example", ("phieu.zip", packed)))
    done = signing.send("--yes")

    assert (done.code, digest(QUET) in kept(signing)) == (0, True), done.stdout
    assert f"page: {digest(QUET)}" in signing.there(OWN)
    assert f"bản quét {name} vào hồ sơ" in signing.reply().get_content()


def test_without_a_store_a_form_with_its_scan_is_not_sent(signing: Desk) -> None:
    form = scored(1.5)
    signing.clone.git("config", "--unset", "parindex.store")
    signing.put("a.eml", letter("canbo@cqa.example", ("phieu.xlsx", form), (scan_of(form), QUET)))
    done = signing.send("--yes")

    assert (done.code, done.stderr.count("\n")) == (2, 1), done.stderr
    assert on(signing.server, "branch", "--list", "forms/*") == ""


def test_a_folder_that_is_read_by_hand_takes_the_scans_that_lie_in_it(signing: Desk) -> None:
    form = scored(1.5)
    (signing.box / "cqa").mkdir()
    for name, data in (("phieu.xlsx", form), (scan_of(form), QUET), ("cong-van.pdf", pdf("công văn"))):
        signing.put(f"cqa/{name}", data)
    done = signing.run("--repo", str(signing.clone.root), "form", "read", str(signing.box))

    assert (done.code, kept(signing)) == (0, [digest(QUET)]), done.stdout
    assert f"page: {digest(QUET)}" in (signing.clone.root / OWN).read_text("utf-8")
    assert ("cong-van.pdf" in done.stdout, scan_of(form) in done.stdout) == (True, False)


# --- who may ----------------------------------------------------------------------------------------------------------


@contextmanager
def clock(at: str) -> Iterator[None]:
    """Let the machine have a time."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(common, "now", lambda: moment(int(datetime.fromisoformat(at).timestamp())))
        yield


IN_TIME = "2024-12-04T09:00:00+07:00"


def under_guard(desk: Desk, roles: str, policy: str = "", *, dossiers: bool = False) -> None:
    """Pin the founding, ask for signatures, and give the secretary a key as `join` sets it."""
    desk.clone.write(
        "data/access.yml",
        ACCESS.replace(person("van-thu", *VAN_THU), known("van-thu"))
        .replace("policy: {signed: []", f"policy: {{{policy}signed: [claim, self-assessment]")
        .replace("hands_in_for: [co-quan]", roles)
        .replace("writes: [claim]", "writes: [claim, dossiers]" if dossiers else "writes: [claim]")
        .replace("writes: [access]", "writes: [access, claim, dossiers]" if dossiers else "writes: [access]"),
    )
    founding = desk.clone.commit("Quyền", date="2024-12-03T09:00:00+07:00")
    desk.clone.git("push", "--quiet", "origin", "HEAD:main")
    for name, value in {
        "parindex.founding": founding,
        "gpg.format": "ssh",
        "commit.gpgsign": "true",
        "user.signingkey": str(key_of("van-thu")),
    }.items():
        desk.clone.git("config", name, value)


@pytest.mark.needs("ssh-keygen")
def test_a_form_is_signed_by_who_sends_and_stands_in_the_name_of_the_agency(desk: Desk) -> None:
    under_guard(desk, "hands_in_for: [co-quan]")
    desk.put("a.xlsx", scored(1.5))
    with clock(IN_TIME):
        done = desk.send("--yes")

    assert (done.code, done.stderr) == (0, "")
    assert desk.log() == ["can-bo-cqa|van-thu|2024 · Tự chấm · CQA: 9/9 tiêu chí"]
    assert "gpgsig" in on(desk.server, "cat-file", "commit", desk.branch)


@pytest.mark.needs("ssh-keygen")
@pytest.mark.parametrize(
    ("roles", "at", "why"),
    [
        ("hands_in_for: []", IN_TIME, "van-thu (vai trò van-thu)"),
        ("hands_in_for: [co-quan]", "2024-12-09T09:00:00+07:00", "đã đóng"),
    ],
)
def test_what_the_server_will_not_take_is_not_sent_and_said_why(desk: Desk, roles: str, at: str, why: str) -> None:
    under_guard(desk, roles)
    desk.put("a.xlsx", scored(1.5))
    with clock(at):
        done = desk.send("--yes")

    assert done.code == 1
    assert why in done.stderr
    assert "Chưa gửi: máy chủ sẽ không nhận, vì:" in words(desk.report)
    assert why in words(desk.report)
    assert (on(desk.server, "branch", "--list", "forms/*"), desk.replies) == ("", [])


@pytest.mark.needs("ssh-keygen")
@pytest.mark.parametrize("policy", ["pages: [claim], ", ""])
def test_what_comes_later_to_a_form_is_in_a_name_that_guard_takes(desk: Desk, tmp_path: Path, policy: str) -> None:
    (tmp_path / "ho-so/sha256").mkdir(parents=True)
    desk.clone.git("config", "parindex.store", str(tmp_path / "ho-so"))
    under_guard(desk, "hands_in_for: [co-quan]", policy, dossiers=True)
    form = handed_over(tiny(), "self-assessment", lambda content: {**content, "signed_by": "Phó thủ trưởng"})
    for name, data in (("phieu.json", form), (scan_of(form), QUET), ("phieu.zip", bag(form, FILES))):
        desk.put(name, data)
        if name == "phieu.zip":
            (desk.box / "phieu.json").unlink()
        with clock(IN_TIME):
            done = desk.send("--yes")
        assert (done.code, done.stderr) == (0, ""), done.stdout + done.stderr
    named = [line.partition("|")[0] for line in desk.log()]

    assert named == (["van-thu", "can-bo-cqa", "van-thu"] if policy else ["can-bo-cqa", "van-thu", "van-thu"])


@pytest.mark.slow
@pytest.mark.needs("chromium", "npm:axe-core")
def test_the_report_has_no_fault_that_axe_knows(desk: Desk, browser: Browser, axe: str) -> None:
    desk.put("a.eml", letter("canbo@cqa.example", ("phieu.xlsx", scored(1.5)), ("anh.png", b"")))
    desk.put("b.xlsx", scored(9, B))
    desk.send("--yes")
    page = browser.new_page()

    assert faults(page, (desk.results / "bao-cao.html").as_uri(), axe) == []


# --- what a server offers ---------------------------------------------------------------------------------------------

HOOK = """#!/bin/sh
while read old new name; do echo "$name" >> pushed; done
i=0
while [ "$i" -lt "${GIT_PUSH_OPTION_COUNT:-0}" ]; do eval "echo \\"\\$GIT_PUSH_OPTION_$i\\"" >> pushed; i=$((i+1)); done
echo "Mở yêu cầu: https://ngoai.example/x http://127.0.0.1/kho/-/merge_requests/new" >&2
"""


def listening(desk: Desk, forge: str, *, options: bool = True) -> Path:
    """Let the server write down the names and options of each push, as a forge of some kind."""
    hook = desk.server / "hooks" / "pre-receive"
    hook.write_text(HOOK)
    hook.chmod(0o755)
    on(desk.server, "config", "receive.advertisePushOptions", str(options).lower())
    desk.clone.git("config", "parindex.forge", forge)
    return desk.server / "pushed"


FORGES = [
    ("gitlab", True, ["refs/heads/forms/van-thu", "merge_request.create", "merge_request.target=main",
                      "merge_request.title=2024 · Tự chấm · CQA"]),
    ("gitlab", False, ["refs/heads/forms/van-thu"]),
    ("forgejo", True, ["refs/for/main", "topic=forms/van-thu", "title=2024 · Tự chấm · CQA"]),
    ("server", True, ["refs/heads/forms/van-thu"]),
]  # fmt: skip


@pytest.mark.parametrize(("forge", "options", "pushed"), FORGES)
def test_a_pull_request_is_asked_for_as_the_server_knows(
    desk: Desk,
    forge: str,
    options: bool,  # noqa: FBT001
    pushed: list[str],
) -> None:
    told = listening(desk, forge, options=options)
    desk.put("a.xlsx", scored(1.5))
    done = desk.send("--yes")

    assert done.code == 0, done.stderr
    assert told.read_text().splitlines() == pushed


ADDRESSES = [
    ("https://github.com/co-quan/kho.git", "github"),
    ("git@gitlab.co-quan.example:nhom/kho.git", "gitlab"),
    ("https://ai:bi-mat@codeberg.org/nhom/kho", "forgejo"),
    ("ssh://git@may-chu.example:2222/kho", "server"),
    ("/srv/kho.git", "server"),
    ("file:///srv/github/kho.git", "server"),
]


@pytest.mark.parametrize(("address", "forge"), ADDRESSES)
def test_a_server_is_known_by_its_address(desk: Desk, address: str, forge: str) -> None:
    tip = desk.clone.git("rev-parse", "HEAD")

    assert sending._forge(open_repository(desk.clone.root), address, tip) == forge


def test_a_server_of_another_name_is_known_by_the_files_for_it(desk: Desk) -> None:
    desk.clone.write(".gitlab-ci.yml", "a: {}\n")
    tip = desk.clone.commit("ci")

    assert sending._forge(open_repository(desk.clone.root), "https://ma.example/kho", tip) == "gitlab"


def test_links_lead_to_the_server_alone_and_hold_no_secret(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "remote: https://ngoai.example/x\nremote: https://ma.example/kho/-/merge_requests/new?x=1\n"
    monkeypatch.setattr(adapter.Repository, "push", lambda *_: said)
    repository, tip = open_repository(desk.clone.root), "1" * 40

    def link(address: str, forge: str) -> str:
        post = sending.Post("origin", address, forge, "main", "0" * 40, "forms/a", None, None, "0" * 40)
        return sending._handed_over(repository, post, tip, "x")

    assert link("https://ai:bi-mat@github.com/q/kho.git", "github") == (
        "https://github.com/q/kho/compare/main...forms/a?expand=1"
    )
    assert link("git@ma.example:kho.git", "gitlab") == "https://ma.example/kho/-/merge_requests/new?x=1"
    assert link("git@khac.example:kho.git", "gitlab") == ""


# --- killed, twice, wrong ---------------------------------------------------------------------------------------------

STEPS: dict[str, tuple[Any, str, int]] = {
    "before a scan is stored": (packages, "put", 0),
    "at the first commit": (adapter.Repository, "write_commit", 1),
    "at the second commit": (adapter.Repository, "write_commit", 2),
    "before the branch moves": (adapter.Repository, "move_branch", 0),
    "before the push": (adapter.Repository, "push", 0),
    "before the replies": (common, "write_all", 1),
}


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_go_that_was_killed_is_run_again_and_nothing_is_lost_or_done_twice(
    signing: Desk,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    after: bool,  # noqa: FBT001
) -> None:
    desk, form = signing, scored(1.5)
    desk.put("a.xlsx", form)
    desk.put(scan_of(form), QUET)
    desk.put("b.xlsx", scored(0.25, B))
    desk.put("c.xlsx", scored(9, "co-quan-c"))
    where, name, calls = STEPS[step]
    own, count = getattr(where, name), iter(range(99))

    def dying(*arguments: Any, **more: Any) -> Any:
        now = next(count) == calls
        made = None if now and not after else own(*arguments, **more)
        if now:
            raise Killed
        return made

    monkeypatch.setattr(where, name, dying)
    with pytest.raises(Killed):
        desk.send("--yes", "--today", "2024-12-04")
    monkeypatch.setattr(where, name, own)
    assert desk.clone.git("status", "--porcelain") == ""
    done = desk.send("--yes", "--today", "2024-12-05")

    assert done.code == 1, done.stdout
    assert [line.rpartition(" · ")[2] for line in desk.log()] == ["CQA: 9/9 tiêu chí", "CQB: 9/9 tiêu chí"]
    assert [name.rpartition("-")[0] for name in desk.replies] == ["a", "b", "c"]
    answered = [one["file"] for one in json.loads((desk.results / "so-gui.json").read_text())["answers"]]
    assert answered == ["a.xlsx", "b.xlsx", "c.xlsx"]
    assert (kept(desk), f"page: {digest(QUET)}" in desk.there(OWN)) == ([digest(QUET)], True)
    assert desk.there(DOSSIERS.format(A)).count("name:") == 1
    assert "Không có gì mới để gửi." in desk.send("--yes", "--today", "2024-12-06").stdout


@pytest.mark.slow
def test_a_process_that_is_killed_while_it_pushes_is_run_again_and_nothing_is_done_twice(
    clean_environment: None, tmp_path: Path
) -> None:
    hour, reached = secretary.prepared(tmp_path), tmp_path / "toi-noi"
    hook = hour.server / "hooks" / "pre-receive"
    hook.write_text(f"#!/bin/sh\ntouch '{reached}'\nsleep 1\n")
    hook.chmod(0o755)
    with hour.begun("--yes") as killed:
        while not reached.exists():
            assert killed.poll() is None
            sleep(0.05)
        killed.kill()
    hook.unlink()
    assert on(hour.clone, "status", "--porcelain") == ""
    done = hour.run("--yes")

    assert done.returncode == 1, done.stderr
    assert len(on(hour.server, "rev-list", "main..forms/van-thu").split()) == 9
    assert len([*(hour.box / "_ket-qua" / "tra-loi").glob("*.eml")]) == 12
    assert hour.run("--yes").stdout.splitlines()[-1] == "Không có gì mới để gửi."


def test_of_two_secretaries_in_one_mailbox_the_second_is_told_who_is_at_it(desk: Desk) -> None:
    desk.put("a.xlsx", scored(1.5))
    desk.results.mkdir()
    with common.only_sender(desk.results, "chi-lan · may-3 · 09:00"):
        done = desk.send("--yes")

    assert (done.code, done.stdout) == (2, "")
    assert "đang được chi-lan · may-3 · 09:00 gửi" in done.stderr
    assert desk.send("--yes").code == 0


WRONG: dict[str, tuple[Callable[[Desk], Any], str]] = {
    "no name": (lambda desk: desk.clone.git("config", "user.name", ""), "parindex join"),
    "the branch checked out": (lambda desk: desk.clone.git("switch", "-c", desk.branch), "git switch main"),
    "the server gone": (lambda desk: desk.clone.git("remote", "set-url", "origin", "/khong/co"), "chạy lại lệnh này"),
    "an outbox of somebody": (
        lambda desk: (desk.results.mkdir(), (desk.results / "so-gui.json").write_text("[")), "sổ gửi sẽ bắt đầu",
    ),
    "a clock that is behind": (
        lambda desk: (
            on(desk.server, "update-ref", "refs/heads/main", later(desk)),
        ), "chỉnh đồng hồ",
    ),
}  # fmt: skip


def later(desk: Desk) -> str:
    desk.clone.commit("later", date="2099-01-01T08:00:00+07:00")
    desk.clone.git("push", "--quiet", "origin", "HEAD:refs/heads/later")
    return desk.clone.git("rev-parse", "HEAD")


@pytest.mark.parametrize("when", WRONG)
def test_what_keeps_a_mailbox_from_going_is_said_in_one_line_with_a_cure(desk: Desk, when: str) -> None:
    spoil, cure = WRONG[when]
    desk.put("a.xlsx", scored(1.5))
    spoil(desk)
    done = desk.send("--yes")

    assert (done.code, done.stderr.count("\n"), cure in done.stderr) == (2, 1, True), done.stderr
    assert on(desk.server, "branch", "--list", "forms/*") == ""


def test_a_server_that_refuses_leaves_all_for_the_next_go(desk: Desk) -> None:
    hook = desk.server / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho không nhận >&2\nexit 1\n")
    hook.chmod(0o755)
    desk.put("a.xlsx", scored(1.5))
    assert desk.send("--yes").code == 2
    hook.unlink()
    done = desk.send("--yes")

    assert (done.code, len(desk.log()), len(desk.replies)) == (0, 1, 1)


def test_yes_alone_and_a_file_instead_of_a_folder_are_refused(desk: Desk) -> None:
    desk.put("a.xlsx", scored(1.5))
    told = [
        desk.run("form", "read", str(desk.box / "a.xlsx"), *options).stderr for options in (("--yes",), ("--send",))
    ]

    assert "--yes chỉ đi cùng --send" in told[0]
    assert f"{desk.box / 'a.xlsx'} không phải một thư mục. --send đọc một thư mục" in told[1]


@pytest.mark.parametrize("option", ["--signed", "--page"])
def test_what_is_for_one_form_does_not_go_with_a_mailbox(desk: Desk, option: str) -> None:
    desk.put("a.xlsx", scored(1.5))
    done = desk.send("--yes", option, str(desk.box / "quet.pdf"))

    assert (done.code, f"{option} là của một phiếu, không dùng cùng với --send" in done.stderr) == (2, True)
    assert not desk.results.exists()


def test_a_mailbox_is_not_sent_where_json_is_wanted_of_it(desk: Desk) -> None:
    desk.put("a.xlsx", scored(1.5))
    done = desk.send("--yes", "--format", "json")

    assert (done.code, done.stdout, "kết quả nằm ở bao-cao.html và so-gui.json" in done.stderr) == (2, "", True)
    assert not desk.results.exists()


# --- letters ----------------------------------------------------------------------------------------------------------

HOSTILE = {
    "nothing": b"",
    "no mail": b"\x00\x01\x02",
    "mails in mails": b"Content-Type: message/rfc822\n\n" * 5000,
    "parts in parts": b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(5000)),
    "a thousand times a thousand parts": b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\na\n" * 1_000_000,
    "a word that never ends": b"Subject: " + b"=?utf-8?q?a?= " * 500_000 + b"\n\nx\n",
    "a part with endless names": (
        b'Content-Type: multipart/mixed; boundary="x"\n\n--x\nContent-Disposition: attachment'
        + b"".join(b"; filename*%d=a" % n for n in range(100_000))
        + b"\n\na\n--x--\n"
    ),
    "a code that is none": b"From: =?khong-co?q?=41?= <a@b.example>\nSubject: =?utf-8?b?!!!?=\n\nx\n",
    "a date that is none": b"From: a@b.example\nDate: Tue, 99 Foo 99999 99:99:99 +9999\n\nx\n",
    "a header that goes on": b"From: a@b.example\nSubject: x\n\r\n Bcc: moi-nguoi@b.example\n\nx\n",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_mail_is_read_or_left_aside(what: str) -> None:
    start = process_time()
    read = letters.read_letter("thu.eml", HOSTILE[what])

    assert read is None or not read.files or what == "a part with endless names"
    assert process_time() - start < 2


def test_names_in_a_mail_lead_nowhere() -> None:
    names = ["../../x.xlsx", "C:\\x\\y.xlsx", "/etc/x.xlsx", "x" * 400 + ".xlsx", "a\u202eslx.xlsx", "x.xlsx", "x.xlsx"]
    read = letters.read_letter("thu.eml", letter("a@b.example", *((name, b"1") for name in names)))

    assert read is not None
    assert len(read.files) == len(names)
    assert all(name.startswith("thu.eml/") and ".." not in name and len(name) < 220 for name in read.files)
    assert all(name.endswith(".xlsx") for name in read.files)


@pytest.mark.parametrize(
    "sender",
    [
        b"=?utf-8?q?a=00=1Bx=40x.example?=",
        b"=?unicode-escape?q?=5Cud800=40x.example?=",
        b"=?utf-8?q?a=E2=80=AEx=40x.example?=",
        "<cán@bộ.example>".encode(),
    ],
)
def test_what_no_server_passes_on_is_no_address_and_no_id(sender: bytes) -> None:
    read = letters.read_letter("thu.eml", b"From: %s\nMessage-ID: <a\x00\x1b\xff@x>\n\nx\n" % sender)

    assert read is not None
    assert (read.sender, read.id) == ("", "")


def test_a_reply_keeps_to_its_headers() -> None:
    made = letters.draft(letters.Reply("a@b.example\nBcc: x@y.example", "Tên\r\nBcc: x@y.example", "Nội dung\n"))
    read = message_from_bytes(made, policy=policy.default)

    assert (read["To"], read["Bcc"], read["Subject"]) == (None, None, "Tên Bcc: x@y.example")
    assert made == letters.draft(
        letters.Reply("a@b.example\nBcc: x@y.example", "Tên\r\nBcc: x@y.example", "Nội dung\n")
    )


# --- an hour ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_secretary_sends_forty_mails_of_twelve_agencies(clean_environment: None, tmp_path: Path) -> None:
    hour = secretary.prepared(tmp_path)
    toll = secretary.played(hour)

    assert len([*hour.box.glob("*.eml")]) == secretary.MAILS
    assert (toll.commits, toll.replies, toll.returned) == (9, 12, 3)
    assert toll.clicks == 29
    assert on(hour.clone, "status", "--porcelain") == ""
    done = hour.run("--yes")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, "Không có gì mới để gửi.")

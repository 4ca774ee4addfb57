"""The paper that is signed: written by `form read --page`, printed in three parts, with the digest as a QR code."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bags import PNG, digest, office
from conftest import Repository, RunCommand
from formworlds import LINES, digest_of, edited, make, repacked, tiny, typed
from openpyxl.styles import Font
from playwright.sync_api import Browser
from pypdf import PdfReader
from test_form_issue import stored
from test_forms import saved_again
from test_packages import said

from pipeline.adapters.codes import qr_code
from pipeline.adapters.evidence_store import EvidenceStore
from pipeline.commands import common
from pipeline.core.forms.signed_page import scan_name
from pipeline.flows import packages

__all__ = ["stored"]

FILE = "data/2024/self-assessment/co-quan-a.yml"
SCORE, NOTE = "Điểm tự chấm", "Ghi chú (không công bố)"
DOSSIER = "data/2024/dossiers/co-quan-a.yml"
SCAN = b"%PDF-1.7 quet"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EvidenceStore:
    (tmp_path / "ho-so/sha256").mkdir(parents=True)
    monkeypatch.setenv("PARINDEX_STORE", str(tmp_path / "ho-so"))
    return EvidenceStore(tmp_path / "ho-so")


@pytest.fixture
def reads(stored: Repository, store: EvidenceStore, run_command: RunCommand, tmp_path: Path) -> Any:
    """Give what reads a form, with further words, and returns how it ended and what the file then says."""

    def run(data: bytes, *words: str, name: str = "phieu.xlsx") -> tuple[Any, str]:
        (tmp_path / name).write_bytes(data)
        (tmp_path / "quet.pdf").write_bytes(SCAN)
        done = run_command("form", "read", str(tmp_path / name), *words, "--today", "2024-12-04", cwd=stored.root)
        return done, (stored.root / FILE).read_text(encoding="utf-8")

    return run


def form(points: float = 1.5, note: str = "") -> bytes:
    more = [("2.2", NOTE, note)] if note else []
    return typed(make(tiny(), "self-assessment", "co-quan-a"), ("2.2", SCORE, points), *more)


def content_in(text: str) -> str:
    found = re.search(r"^  content: ([0-9a-f]{64})$", text, re.MULTILINE)
    assert found is not None, text
    return found[1]


def test_the_paper_shows_all_that_was_read_and_its_code_is_the_digest(reads: Any, tmp_path: Path) -> None:
    done, text = reads(form(note="Đã <b>gửi</b>"), "--page", str(tmp_path / "ky.html"))
    page = (tmp_path / "ky.html").read_text(encoding="utf-8")
    digest = content_in(text)

    assert (done.code, "In, ký, quét" in done.stderr, digest in done.stdout) == (0, True, True)
    assert "".join(re.findall(r"<span>([0-9a-f]{8})</span>", page)) == digest * 3
    assert f"<strong>{scan_name(digest)}</strong>" in page.replace("&#45;", "-")
    assert page.count(f'd="{qr_code(digest).outline}"') == 3
    assert ("101/BC-CQA-MH" in page.replace("&#45;", "-").replace("&#47;", "/"), "<script" in page) == (True, False)


def test_the_outline_of_a_code_has_its_three_corners_and_is_the_same_each_time() -> None:
    code = qr_code("a" * 64)
    dark = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", code.outline)}
    corners = [(4, 4), (code.side - 11, 4), (4, code.side - 11)]

    assert code == qr_code("a" * 64)
    assert code != qr_code("b" * 64)
    for left, top in corners:  # a square of seven, with a white ring inside
        inside = [(dx, dy) for dx in range(-3, 4) for dy in range(-3, 4)]
        assert all(((left + 3 + dx, top + 3 + dy) in dark) == (max(abs(dx), abs(dy)) != 2) for dx, dy in inside)


@pytest.mark.needs("chromium")
@pytest.mark.slow
def test_the_paper_is_printed_in_three_parts_each_on_a_page_of_its_own(
    reads: Any, browser: Browser, tmp_path: Path
) -> None:
    reads(form(), "--page", str(tmp_path / "ky.html"))
    page = browser.new_page()
    page.goto((tmp_path / "ky.html").as_uri())
    page.pdf(path=tmp_path / "ky.pdf", prefer_css_page_size=True)
    printed = [" ".join(sheet.extract_text().split()) for sheet in PdfReader(tmp_path / "ky.pdf").pages]

    assert ("Tóm tắt" in printed[0], "Bảng điểm" in printed[0], "Bảng điểm" in printed[1]) == (True, False, True)
    assert "Danh sách tài liệu kiểm chứng" in printed[-1]
    assert "THỦ TRƯỞNG" in printed[0]


def test_a_scan_is_entered_beside_what_was_read_before_and_nothing_else_changes(reads: Any, tmp_path: Path) -> None:
    _, before = reads(form())
    done, after = reads(form(), "--signed", str(tmp_path / "quet.pdf"))
    more = set(after.splitlines()) - set(before.splitlines())

    assert (done.code, len(more), {line.split(":")[0] for line in more}) == (0, 1, {"  page"})
    assert set(before.splitlines()) <= set(after.splitlines())


def state(stored: Repository, store: EvidenceStore) -> tuple[str, list[str]]:
    """Return what differs from what was committed, with its text, and what the store holds."""
    files = sorted(path.name for path in store.root.rglob("*") if path.is_file())
    changed = stored.git("status", "--porcelain", "--untracked-files=all").splitlines()
    return "".join((stored.root / line[3:]).read_text("utf-8") for line in changed), files


def test_a_scan_goes_into_the_store_and_the_dossier_in_the_same_go(
    stored: Repository, reads: Any, run_command: RunCommand, store: EvidenceStore, tmp_path: Path
) -> None:
    done, text = reads(form(), "--signed", str(tmp_path / "quet.pdf"))
    after = state(stored, store)
    listed = run_command("evidence", "list", "--year", "2024", "--agency", "co-quan-a", cwd=stored.root)
    checked = run_command("check", "--year", "2024", cwd=stored.root)

    assert (done.code, "page-" in checked.stdout, "evidence-" in done.stdout) == (0, False, False), done.stdout
    assert store.digest(digest(SCAN)) == digest(SCAN)
    assert said((stored.root / DOSSIER).read_bytes())["files"][digest(SCAN)] == {
        "name": "TRANG-KY-101-BC-CQA-MH.pdf",
        "bytes": len(SCAN),
        "type": "pdf",
        "received": "2024-12-04",
        "stage": "self-assessment",
    }
    assert f"page: {digest(SCAN)}" in text
    (line,) = (line for line in listed.stdout.splitlines() if "TRANG-KY" in line)
    assert line.endswith("có tệp")
    assert reads(form(), "--signed", str(tmp_path / "quet.pdf"))[0].code == 0
    assert state(stored, store) == after


def test_a_scan_whose_digest_alone_was_entered_before_is_put_where_it_belongs(
    stored: Repository, reads: Any, store: EvidenceStore, tmp_path: Path
) -> None:
    _, text = reads(form(), "--signed", str(tmp_path / "quet.pdf"))
    (stored.root / DOSSIER).unlink()
    store.remove(digest(SCAN))
    done, again = reads(form(), "--signed", str(tmp_path / "quet.pdf"))

    assert (done.code, again, (stored.root / DOSSIER).exists(), store.has(digest(SCAN))) == (0, text, True, True)


def test_a_scan_may_be_named_beside_its_form(
    stored: Repository, reads: Any, store: EvidenceStore, tmp_path: Path
) -> None:
    scan = tmp_path / scan_name(digest_of(form()))
    scan.write_bytes(SCAN)
    done, text = reads(form(), str(scan))

    assert (done.code, f"page: {digest(SCAN)}" in text, store.has(digest(SCAN))) == (0, True, True), done.stdout
    assert scan.name not in done.stdout


def test_another_scan_of_a_signed_content_is_told_and_changes_nothing(
    stored: Repository, reads: Any, store: EvidenceStore, tmp_path: Path
) -> None:
    reads(form(), "--signed", str(tmp_path / "quet.pdf"))
    before = state(stored, store)
    (tmp_path / "quet-lai.png").write_bytes(PNG)
    done, _ = reads(form(), "--signed", str(tmp_path / "quet-lai.png"))

    assert (done.code, state(stored, store)) == (1, before)
    assert "đã có trang ký trong hồ sơ: TRANG-KY-101-BC-CQA-MH.pdf, nhận ngày 04/12/2024" in done.stdout
    (stored.root / FILE).write_text(re.sub("  page: .*\n", "", (stored.root / FILE).read_text("utf-8")), "utf-8")
    replaced, text = reads(form(), "--signed", str(tmp_path / "quet-lai.png"))
    names = [entry["name"] for entry in said((stored.root / DOSSIER).read_bytes())["files"].values()]
    assert (replaced.code, f"page: {digest(PNG)}" in text) == (0, True)
    assert names == ["TRANG-KY-101-BC-CQA-MH.pdf", "TRANG-KY-101-BC-CQA-MH.png"]


@pytest.mark.parametrize("named", ["", "{folder}/khong-co"])
def test_without_a_store_nothing_is_written_and_one_line_says_so(
    stored: Repository, reads: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.setenv("PARINDEX_STORE", named.format(folder=tmp_path))
    done, _ = reads(form(1), "--signed", str(tmp_path / "quet.pdf"), "--annotate")

    assert (done.code, done.stderr.count("\n"), stored.git("status", "--porcelain")) == (2, 1, "")
    assert sorted(path.name for path in tmp_path.glob("phieu*")) == ["phieu.xlsx"]


STEPS = {"the store": (packages, "put"), "the files of data": (common, "write_all")}


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_go_that_was_killed_is_run_again_and_says_nothing_that_is_not_there(
    stored: Repository,
    reads: Any,
    store: EvidenceStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    after: bool,  # noqa: FBT001
) -> None:
    where, name = STEPS[step]
    own = getattr(where, name)

    def dying(*arguments: Any) -> None:
        if after:
            own(*arguments)
        raise Killed

    monkeypatch.setattr(where, name, dying)
    with pytest.raises(Killed):
        reads(form(), "--signed", str(tmp_path / "quet.pdf"))
    monkeypatch.setattr(where, name, own)
    assert store.has(digest(SCAN)) or not (stored.root / DOSSIER).exists()
    done, text = reads(form(), "--signed", str(tmp_path / "quet.pdf"))

    assert (done.code, f"page: {digest(SCAN)}" in text, store.has(digest(SCAN))) == (0, True, True)
    assert list(said((stored.root / DOSSIER).read_bytes())["files"]) == [digest(SCAN)]


def test_a_proposal_holds_the_page_and_its_dossier(
    stored: Repository, reads: Any, store: EvidenceStore, tmp_path: Path
) -> None:
    stored.git("config", "user.name", "van-thu")
    stored.git("config", "user.email", "vanthu@snv.example")
    words = ("--propose", "--name", "x", "--email", "x@cqa.example")
    done, _ = reads(form(), "--signed", str(tmp_path / "quet.pdf"), *words)
    branch = "form/2024/self-assessment/co-quan-a"

    assert (done.code, store.has(digest(SCAN))) == (0, True), done.stdout + done.stderr
    assert digest(SCAN) in stored.git("show", f"{branch}:{FILE}")
    assert digest(SCAN) in stored.git("show", f"{branch}:{DOSSIER}")


def test_other_answers_drop_the_page_and_the_old_scan_does_not_stand_for_them(reads: Any, tmp_path: Path) -> None:
    _, signed = reads(form(1.5), "--signed", str(tmp_path / "quet.pdf"))
    refused, same = reads(form(1), "--signed", str(tmp_path / "quet.pdf"))
    done, after = reads(form(1))

    assert (refused.code, "form-page-of-other" in refused.stdout, same) == (1, True, signed)
    assert (done.code, "  page: " in signed, "  page: " in after) == (0, True, False)


def test_check_proves_that_the_lines_are_what_was_signed(
    stored: Repository,
    reads: Any,
    run_command: RunCommand,
    tmp_path: Path,
) -> None:
    _, text = reads(form(1.5), "--signed", str(tmp_path / "quet.pdf"))
    fine = run_command("check", "--year", "2024", "--format", "json", cwd=stored.root)
    stored.write(FILE, text.replace("score: 1.5\n", "score: 1\n", 1))
    wrong = run_command("check", "--year", "2024", "--format", "json", cwd=stored.root)

    assert ("page-differs" in fine.stdout, "content-differs" in fine.stdout) == (False, False)
    assert "page-differs" in wrong.stdout


def coloured(book: Any) -> None:
    page = book[LINES]
    page["B2"].font = Font(bold=True)
    page.column_dimensions["C"].width = 90


SAVINGS = {
    "saved by another program": lambda data: edited(data, lambda _: None),
    "with colours and other widths": lambda data: edited(data, coloured),
    "packed otherwise": lambda data: repacked(data, {"xl/app.txt": None}, stored=True),
    "a number written otherwise": lambda data: typed(data, ("2.2", SCORE, "1,50")),
}


@pytest.mark.parametrize("what", SAVINGS)
def test_another_file_of_the_same_answers_has_the_same_digest(reads: Any, what: str) -> None:
    _, first = reads(form(1.5))
    _, again = reads(SAVINGS[what](form(1.5)))

    assert content_in(again) == content_in(first)


@pytest.mark.slow
@pytest.mark.needs("libreoffice-calc")
def test_a_form_that_libreoffice_saved_again_is_signed_by_the_same_page(
    reads: Any, store: EvidenceStore, tmp_path: Path, program: Callable[[str], str]
) -> None:
    (tmp_path / "luu-lai").mkdir()
    saved = saved_again(tmp_path / "luu-lai", program("libreoffice-calc"), {"phieu": form(1.5, "Đã gửi 1,50")})
    _, first = reads(form(1.5, "Đã gửi 1,50"), "--signed", str(tmp_path / "quet.pdf"))
    done, again = reads(saved["phieu"], "--signed", str(tmp_path / "quet.pdf"))

    assert saved["phieu"] != form(1.5, "Đã gửi 1,50")
    assert (done.code, again, store.has(digest(SCAN))) == (0, first, True)
    assert content_in(again) in done.stdout


@pytest.mark.parametrize(
    ("words", "data", "told"),
    [
        (("--signed", "{folder}/phieu.xlsx"), None, "không phải bản quét"),
        (("--signed", "{folder}/quet.json"), office(), "không phải bản quét"),
        (("--signed", "{folder}/quet.json"), b"%PDF-" + b"\0" * (50 << 20), "không phải bản quét"),
        (("--signed", "{folder}/khong-co.pdf"), None, "khong-co.pdf"),
        (("--signed", "{folder}/quet.pdf", "--page", "x.html"), None, "--page"),
        (("{folder}/quet.json", "--signed", "{folder}/quet.pdf"), b"{}", "một tệp phiếu"),
    ],
)
def test_what_cannot_be_signed_for_ends_in_one_line(
    reads: Any, tmp_path: Path, words: tuple[str, ...], data: bytes | None, told: str
) -> None:
    if data is not None:
        (tmp_path / "quet.json").write_bytes(data)
    done, _ = reads(form(), *(word.format(folder=tmp_path) for word in words))

    assert (done.code, told in done.stderr, "Traceback" in done.stderr) == (2, True, False)

"""Packages: a form with its files becomes lines, a dossier and files in the store; what is bent anywhere is refused."""

from __future__ import annotations

import errno
import hashlib
import json
import multiprocessing
import os
import tracemalloc
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bags import PNG, bag, digest, office, pdf, zipped
from conftest import Repository, RunCommand
from formworlds import DAY, TINY, YEAR, make, tiny
from tiny import READINGS, SCHEMAS
from wrong_packages import ATTACKS, FILES, WRONG, blank, form, good, needing

from pipeline.adapters import documents
from pipeline.adapters.evidence_store import EvidenceStore
from pipeline.core.forms.receipts import Received
from pipeline.core.ground.nodes import plain
from pipeline.core.ground.problems import NOWHERE, ParindexError
from pipeline.core.record.model import DossierFile
from pipeline.flows import forms, packages

AGENCY = "co-quan-a"
STAGE = f"data/{YEAR}/self-assessment/{AGENCY}.yml"
DOSSIER = f"data/{YEAR}/dossiers/{AGENCY}.yml"
OTHER = {"co-quan-b": {digest(FILES["1.1.1-01.pdf"][2]): DossierFile("", NOWHERE, "a.pdf", 1, "pdf", DAY, "x")}}


def read(folder: Path, data: bytes, name: str = "phieu.zip", **desk: Any) -> tuple[forms.Delivered, Received]:
    path = folder / name
    path.write_bytes(data)
    given = packages.open_form(name, path)
    own = replace(forms.Desk(tiny(), DAY, forms.Expected(), READINGS), **desk)
    return given, forms.receive(own, [given])[0]


def codes(received: Received) -> list[str]:
    return [found.problem.code for found in received.findings]


def said(data: bytes) -> Any:
    root = documents.read("a.yml", data).root
    assert root is not None
    return plain(root)


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    (tmp_path / "kho/sha256").mkdir(parents=True)
    return EvidenceStore(tmp_path / "kho")


def test_a_package_fills_lines_and_dossier_and_its_files_go_into_the_store(
    tmp_path: Path, store: EvidenceStore
) -> None:
    given, received = read(tmp_path, good())

    assert not received.refused
    assert codes(received) == []
    lines = said(received.files[STAGE])["lines"]
    held = {code: lines[code]["evidence"][0]["sha256"] for code in ("1.1.1", "1.1.2", "4.1")}
    assert held == {code: digest(data) for code, _, data in FILES.values()}
    files = said(received.files[DOSSIER])["files"]
    assert {sha: (entry["name"], entry["type"]) for sha, entry in files.items()} == {
        held["1.1.1"]: ("1.1.1-01-KH-CQA-MH.pdf", "pdf"),
        held["1.1.2"]: ("1.1.2-99-BC-CQA-MH.png", "png"),
        held["4.1"]: ("4.1-77-QD-MH.docx", "docx"),
    }
    assert given.source is not None
    for _ in range(2):
        packages.put(store, given.source, received.evidence)
    assert [store.digest(sha) for sha in files] == list(files)


def test_a_package_that_others_packed_again_is_the_same(tmp_path: Path) -> None:
    received = [read(tmp_path, good(deflated=packed))[1] for packed in (False, True)]

    assert received[0].files == received[1].files


@pytest.mark.parametrize("code", WRONG)
def test_each_problem_of_a_package_is_told(code: str, tmp_path: Path) -> None:
    _, received = read(tmp_path, WRONG[code](), dossiers=lambda _: OTHER if code.endswith("elsewhere") else {})

    assert code in codes(received)
    assert received.refused == any(found.problem.is_error for found in received.findings)
    if received.refused:
        assert (received.files, received.evidence) == ({}, ())


NAMED_ONCE = {
    "two files of one number": {"a.pdf": ("1.1.1", "01/KH-CQA-MH", pdf("a")), "b.pdf": FILES["1.1.1-01.pdf"]},
    "one of them twice": {n: ("1.1.1", "01/KH-CQA-MH", pdf(n[0])) for n in ("a.pdf", "a2.pdf", "b.pdf")},
    "a name of two numbers": {"01-KH-CQA-MH va 99-BC-CQA-MH.pdf": ("", "", pdf("a"))},
    "one of no line, twice": {n: ("3.1", "1/AB", pdf("a")) for n in ("a.pdf", "b.pdf")},
}


@pytest.mark.parametrize("files", NAMED_ONCE.values(), ids=NAMED_ONCE)
def test_each_file_that_is_not_taken_is_named_once(files: dict[str, tuple[str, str, bytes]], tmp_path: Path) -> None:
    index = {"index": {"files": []}} if any(not number for _, number, _ in files.values()) else {}

    _, received = read(tmp_path, good(files=files, **index))
    told = [one for found in received.findings for one in found.problem.figures.get("found", "").split(", ")]

    assert dict.fromkeys(files, 1) == {name: [one.rpartition("/")[2] for one in told].count(name) for name in files}


def test_a_document_of_two_files_is_not_missing_as_well(tmp_path: Path) -> None:
    _, received = read(tmp_path, WRONG["evidence-number-twice"]())
    told = {found.problem.code: found.problem.figures["found"] for found in received.findings}

    assert told["evidence-number-twice"].count(".pdf") == 2
    assert "1.1.1: " not in told["evidence-files-missing"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_named_and_nothing_is_taken(attack: str, tmp_path: Path) -> None:
    code, build = ATTACKS[attack]

    _, received = read(tmp_path, build())

    assert (code in codes(received), received.files, received.crash) == (True, {}, None), codes(received)


LINKS = {
    "a link to click": needing("hyperlink", "https://a.example/?a=1&amp;b=2", "word/_rels/document.xml.rels"),
    "a link to click in a workbook": needing("hyperlink", "https://a.example/", "xl/worksheets/_rels/sheet1.xml.rels"),
    "a template of the disk it was written on": needing("attachedTemplate", "file:///C:\\Mau\\cong-van.dotx"),
    "a part of its own": needing("image", "media/image1.png", "word/_rels/document.xml.rels", mode=""),
}


@pytest.mark.parametrize("what", LINKS)
def test_a_document_that_fetches_nothing_is_taken(what: str, tmp_path: Path) -> None:
    _, received = read(tmp_path, good(files={**FILES, "4.1-77.docx": ("4.1", "77/QĐ-MH", LINKS[what])}))

    assert (codes(received), len(received.evidence)) == ([], len(FILES))


def test_pages_with_a_form_that_was_filled_in_are_not_blank(tmp_path: Path) -> None:
    _, received = read(tmp_path, blank({"phieu.json": form()}))

    assert codes(received) == ["package-not-a-bag"]


def workbook(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write the form of an agency as a workbook, and files into the folder beside it."""
    path = folder / "phieu.xlsx"
    path.write_bytes(make(tiny(), "self-assessment", AGENCY))
    for name, data in files.items():
        (folder / "phieu" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "phieu" / name).write_bytes(data)
    return path


BESIDE = {"01_KH-CQA-MH ke hoach.pdf": pdf("a"), "bao cao/99-BC-CQA-MH.png": PNG, "77-QĐ-MH.docx": office()}


@pytest.fixture
def desk(repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Repository:
    """Give a repository of the tiny world before anything closed, with an empty store beside it."""
    repository.write_all({**TINY, **SCHEMAS})
    repository.commit(date="2024-12-04T08:00:00+07:00")
    (tmp_path / "kho/sha256").mkdir(parents=True)
    monkeypatch.setenv("PARINDEX_STORE", str(tmp_path / "kho"))
    return repository


def test_files_beside_a_workbook_are_matched_by_number_and_confirmed(
    desk: Repository, run_command: RunCommand, tmp_path: Path
) -> None:
    box = tmp_path / "hop-thu"
    box.mkdir()
    path = workbook(box, BESIDE)

    asked = run_command("--repo", str(desk.root), "form", "read", str(path))

    assert "01_KH-CQA-MH ke hoach.pdf → tiêu chí 1.1.1, văn bản 01/KH-CQA-MH" in asked.stdout
    assert "chạy lại với --match" in asked.stdout
    assert not (desk.root / DOSSIER).exists()

    taken = run_command("--repo", str(desk.root), "form", "read", str(box), "--match")

    assert "| Tài liệu kiểm chứng đã nhận | 3 tệp" in taken.stdout, taken
    lines = said((desk.root / STAGE).read_bytes())["lines"]
    assert lines["1.1.1"]["evidence"][0]["sha256"] == digest(pdf("a"))
    assert len(said((desk.root / DOSSIER).read_bytes())["files"]) == 3
    assert len([path for path in (tmp_path / "kho").rglob("*") if path.is_file()]) == 3

    again = run_command("--repo", str(desk.root), "form", "read", str(path), "--match")

    assert desk.git("status", "--porcelain").split() == ["M", STAGE, "??", "data/2024/dossiers/"]
    assert "không có gì thay đổi" in again.stdout


def test_the_receipt_of_a_refused_package_has_the_digest_of_the_package(tmp_path: Path) -> None:
    for data in (b"%PDF-1.7", zipped({"a.pdf": pdf("a")})):
        _, received = read(tmp_path, data)

        assert (received.files, received.sha256) == ({}, digest(data))


def test_a_form_beyond_the_limit_is_told_so_in_a_package(tmp_path: Path) -> None:
    data = bag(office("xlsx") + bytes(20 << 20), {}, form_name="phieu.xlsx")
    _, received = read(tmp_path, data)

    assert (codes(received), received.files, received.sha256) == (["form-too-large"], {}, digest(data))


def sparse(path: Path, size: int) -> None:
    """Write a document of a size that takes no room on the disk."""
    with path.open("wb") as stream:
        stream.write(pdf(path.name))
        stream.truncate(size)


def test_a_file_beside_a_workbook_that_is_too_large_is_told_so(tmp_path: Path) -> None:
    path = workbook(tmp_path, {"rong.pdf": b""})
    sparse(tmp_path / "phieu/to.pdf", (50 << 20) + 1)
    given = packages.open_form(path.name, path, beside=True)
    received = forms.receive(forms.Desk(tiny(), DAY, forms.Expected(), READINGS), [given])[0]

    assert codes(received) == ["evidence-file-refused", "package-file-too-large"]
    assert (received.files, given.evidence) == ({}, ())


def test_too_much_beside_a_workbook_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(tmp_path, BESIDE)
    for number in range(200):
        sparse(tmp_path / f"phieu/{number}.pdf", 50 << 20)
    monkeypatch.setattr(packages, "file_of", None)
    given = packages.open_form(path.name, path, beside=True)
    received = forms.receive(forms.Desk(tiny(), DAY, forms.Expected(), READINGS), [given])[0]

    assert (codes(received), received.files) == (["package-too-large"], {})


def test_without_a_store_nothing_is_written(
    desk: Repository, run_command: RunCommand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "phieu.zip").write_bytes(good())
    told = {}
    for store in ("", str(tmp_path / "khong-co")):
        monkeypatch.setenv("PARINDEX_STORE", store)
        told[store] = run_command("--repo", str(desk.root), "form", "read", str(tmp_path / "phieu.zip"))

    assert [found.code for found in told.values()] == [2, 2]
    assert ["git config parindex.store" in found.stderr for found in told.values()] == [True, False]
    assert desk.git("status", "--porcelain") == ""


def test_an_empty_folder_is_a_share_that_is_not_mounted(
    desk: Repository, run_command: RunCommand, tmp_path: Path
) -> None:
    (tmp_path / "kho/sha256").rmdir()
    (tmp_path / "phieu.zip").write_bytes(good())

    told = run_command("--repo", str(desk.root), "form", "read", str(tmp_path / "phieu.zip"))

    assert (told.code, "Hãy nối lại ổ chia sẻ" in told.stderr) == (2, True), told
    assert desk.git("status", "--porcelain") == ""


# --- the store ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [errno.EIO, errno.ENOSPC, errno.ESTALE, errno.EACCES, errno.ENOENT])
@pytest.mark.parametrize("call", ["open", "fsync", "replace", "mkdir"])
def test_a_share_that_goes_away_leaves_nothing_half_written(
    call: str, fault: int, store: EvidenceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError(fault, os.strerror(fault), "/kho")

    target: Any = os if call == "fsync" else Path
    monkeypatch.setattr(target, call, broken)
    data = pdf("a")

    with pytest.raises(ParindexError) as raised:
        store.put(digest(data), iter([data]))

    monkeypatch.undo()
    assert raised.value.code == "store-lost"
    assert [path for path in store.root.rglob("*") if path.is_file()] == []


def test_a_share_that_goes_away_between_two_pieces_leaves_nothing(store: EvidenceStore) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"%PDF-"
        raise OSError(errno.ESTALE, "Stale file handle")

    with pytest.raises(ParindexError) as raised:
        store.put("0" * 64, pieces())

    assert raised.value.code == "store-lost"
    assert [path for path in store.root.rglob("*") if path.is_file()] == []


def test_other_bytes_than_were_judged_are_not_kept(store: EvidenceStore) -> None:
    with pytest.raises(ParindexError) as raised:
        store.put("0" * 64, iter([b"khac"]))

    assert raised.value.code == "store-other-bytes"
    assert not store.has("0" * 64)


def test_a_file_that_was_spoiled_in_the_store_is_put_right(store: EvidenceStore) -> None:
    data = pdf("a")
    store.put(digest(data), iter([data]))
    store.path(digest(data)).write_bytes(b"%PDF")

    assert store.put(digest(data), iter([data]))
    assert store.digest(digest(data)) == digest(data)


def put_all(root: Path) -> int:
    store = EvidenceStore(root)
    return sum(store.put(digest(data), iter([data])) for data in (pdf(str(number)) for number in range(60)))


def test_two_secretaries_fill_one_store_at_once(store: EvidenceStore) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as both:
        both.map(put_all, [store.root, store.root])

    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in store.root.rglob("*") if path.is_file()
    }
    assert len(found) == 60
    assert all(name == made for name, made in found.items())


def test_a_large_package_needs_no_more_memory_than_a_small_one(tmp_path: Path, store: EvidenceStore) -> None:
    files = {f"{n}.pdf": ("1.1.1", f"{n}/KH", pdf("x") + os.urandom(1) * (20 << 20)) for n in range(6)}
    path = tmp_path / "phieu.zip"
    path.write_bytes(bag(form(), files))
    del files
    tracemalloc.start()
    given = packages.open_form("phieu.zip", path)
    packages.put(store, path, given.evidence)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(given.evidence) == 6
    assert most < 12 << 20


def test_json_tells_the_files_that_a_form_brought(desk: Repository, run_command: RunCommand, tmp_path: Path) -> None:
    (tmp_path / "phieu.zip").write_bytes(good())

    told = run_command("--repo", str(desk.root), "form", "read", str(tmp_path / "phieu.zip"), "--format", "json")

    (form_told,) = json.loads(told.stdout)["forms"]
    assert [(one["path"], one["criterion"], one["type"]) for one in form_told["evidence"]] == [
        ("data/tep/1.1.1-01.pdf", "1.1.1", "pdf"),
        ("data/tep/1.1.2-99.png", "1.1.2", "png"),
        ("data/tep/4.1-77.docx", "4.1", "docx"),
    ]

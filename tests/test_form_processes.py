"""Forms and what is around them: whose they are, people in them, other processes, a full disk, a defect of our own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import Repository, RunCommand
from formworlds import (
    DAY,
    EVIDENCE,
    HEAD,
    LINES,
    TINY,
    at,
    cell,
    codes,
    edited,
    handed_over,
    make,
    read,
    read_one,
    repository_in,
    tiny,
    typed,
)
from test_form_reading import ACCESS
from tiny import ROOT, snapshot_of

from pipeline.adapters.repository import open_repository
from pipeline.commands import common
from pipeline.core.forms.receipts import findings_text
from pipeline.flows import forms
from pipeline.flows.snapshot import Readings, take
from pipeline.flows.wording import load_labels

A, B = "co-quan-a", "co-quan-b"
OWN, OTHER = (f"data/2024/self-assessment/{agency}.yml" for agency in (A, B))
NOTE, SCORE = "Ghi chú (không công bố)", "Điểm tự chấm"
WHO = ("--name", "Chuyên viên", "--email", "cv@cqa.invalid")


def scored(points: float, agency: str = A) -> bytes:
    return typed(make(tiny(), "self-assessment", agency), ("2.2", SCORE, points))


@pytest.fixture
def stored(repository: Repository) -> Repository:
    """Give the tiny world in git."""
    repository.copy(ROOT / "schemas", "schemas")
    repository.write_all(TINY)
    repository.write("data/access.yml", ACCESS)
    repository.commit("data", date="2024-12-05T08:00:00+07:00")
    return repository


# --- people in a form -----------------------------------------------------------------------------------------------

PEOPLE = [
    ("a phone number", "gọi anh Hùng 0912 345 678", "09…"),
    ("a mail", "gửi về hung.nv@gmail.example giúp", "hu…"),
    ("an identity number", "số 001085012345 đã xác nhận", "00…"),
    ("a paper and its number", "CCCD: 123456789", "CC…"),
]


@pytest.mark.parametrize("road", ["Excel", "web"])
@pytest.mark.parametrize(("what", "text", "found"), PEOPLE)
def test_a_form_with_signs_of_a_person_is_refused_at_its_cell(road: str, what: str, text: str, found: str) -> None:
    if road == "Excel":
        name, data, place = "a.xlsx", typed(make(tiny(), "self-assessment", A), ("2.2", NOTE, text)), "Biểu chấm!K23"
    else:
        name, data, place = "a.json", handed_over(tiny(), "self-assessment", noted(text)), "67:17"
    received = read_one(tiny(), data, name)

    assert (codes(received), received.refused, dict(received.files)) == (["personal-data"], True, {})
    assert at(received, "personal-data") == [place]
    assert [entry.problem.figures["found"] for entry in received.findings] == [found]
    assert "không có gì của phiếu này được ghi" in findings_text(received, load_labels("vi"))
    assert text not in findings_text(received, load_labels("vi"))


def noted(text: str) -> Callable[[Any], Any]:
    return lambda held: {**held, "lines": {**held["lines"], "2.2": {**held["lines"]["2.2"], "note": text}}}


def test_each_sign_is_told_at_its_own_cell() -> None:
    entries = [
        ("2.2", NOTE, "0912345678"),
        ("1.1.1", "Trích yếu", "Thư của a@b.example", "", EVIDENCE),
        ("signed_by", "Nội dung", "Cục trưởng, 0912345678", "", HEAD),
    ]
    received = read_one(tiny(), typed(make(tiny(), "self-assessment", A), *entries))

    assert at(received, "personal-data") == ["Biểu chấm!K23", "Thông tin chung!C10", "Tài liệu kiểm chứng!G5"]


@pytest.mark.parametrize("name", ["phieu 0912345678.xlsx", "cv@cqa.example phieu.xlsx"])
def test_a_name_of_a_file_that_tells_of_a_person_is_refused_since_it_is_recorded(name: str) -> None:
    received = read_one(tiny(), scored(1.5), name)

    assert (codes(received), dict(received.files)) == (["personal-data"], {})


def test_a_form_with_a_person_is_proposed_on_no_branch(
    tmp_path: Path, stored: Repository, run_command: RunCommand
) -> None:
    (tmp_path / "a.xlsx").write_bytes(typed(make(tiny(), "self-assessment", A), ("2.2", NOTE, "0912345678")))
    done = run_command(
        "--repo", str(stored.root), "form", "read", "--propose", *WHO, str(tmp_path / "a.xlsx"), "--today", DAY
    )

    assert (done.code, "lỗi personal-data" in done.stdout) == (1, True)
    assert stored.git("branch", "--list", "form/*") == ""
    assert stored.git("status", "--porcelain") == ""


def test_the_message_of_a_commit_holds_the_name_alone_on_one_line(
    tmp_path: Path, stored: Repository, run_command: RunCommand
) -> None:
    folder = tmp_path / "hop-thu" / "nguoi.gui@mail.example"
    folder.mkdir(parents=True)
    (folder / "phieu\nReviewed-from: x.xlsx").write_bytes(scored(1.5))
    (folder / os.fsdecode(b"b\xff.xlsx")).write_bytes(scored(0.25, B))
    done = run_command(
        "--repo", str(stored.root), "form", "read", "--propose", *WHO, str(tmp_path / "hop-thu"), "--today", DAY
    )

    assert done.code == 0, done.stdout
    message = stored.git("log", "-1", "--format=%B", f"form/2024/self-assessment/{A}").splitlines()
    assert (message[2], message[3][:7]) == ("phieu Reviewed-from: x.xlsx", "sha256 ")


# --- whose it is ----------------------------------------------------------------------------------------------------


def says(key: str, value: str) -> Callable[[Any], None]:
    """Change what the hidden sheet says, and the paths that it names where the agency changes."""

    def change(book: Any) -> None:
        page = book["parindex"]
        for row in range(1, page.max_row + 1):
            if page.cell(row, 1).value == key:
                page.cell(row, 2).value = value
            if key == "agency":
                page.cell(row, 1).value = str(page.cell(row, 1).value).replace(A, value)

    return change


def retitled(book: Any) -> None:
    for page in book.worksheets:
        if page["A1"].value == "Tự chấm · CQA":
            page["A1"].value = "Tự chấm · CQB"


def web(**other: Any) -> bytes:
    return handed_over(tiny(), "self-assessment", noted("Sửa"), says=other)


FORGED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a workbook whose hidden sheet alone says another agency": (
        "phieu.xlsx", lambda: edited(scored(1.5), says("agency", B)),
    ),
    "a workbook whose titles alone say another agency": ("phieu.xlsx", lambda: edited(scored(1.5), retitled)),
    "a workbook whose hidden sheet says another stage": (
        "phieu.xlsx", lambda: edited(scored(1.5), says("stage", "explanation")),
    ),
    "a workbook of a body that says another body": (
        "phieu.xlsx", lambda: edited(make(tiny(), "appraisal-1", body="so-noi-vu"), says("body", "van-phong-ubnd")),
    ),
    "a made name of another agency": (f"2024_self-assessment_{B}.xlsx", lambda: scored(1.5)),
    "a made name of another stage": (f"2024_explanation_{A}.xlsx", lambda: scored(1.5)),
    "a made name of another year": (f"2023_self-assessment_{A}.xlsx", lambda: scored(1.5)),
    "a name of one's own that says another agency": ("Phiếu của CQB (1).xlsx", lambda: scored(1.5)),
    "a name without marks that says another agency": ("co quan B gui.xlsx", lambda: scored(1.5)),
    "a folder of another agency": ("CQB/phieu.xlsx", lambda: scored(1.5)),
    "a document that says another agency": ("phieu.json", lambda: web(agency=B)),
    "a document whose title says another agency": ("phieu.json", lambda: web(title="Tự chấm · CQB")),
    "a document that says another stage": ("phieu.json", lambda: web(stage="explanation", file="")),
    "a document without title that began from another's file": ("phieu.json", lambda: web(agency=B, title=None)),
    "the made name of a document of another agency": (f"phieu-2024-self-assessment-{B}.json", web),
    "the made name of a document of another year": (f"phieu-2023-self-assessment-{A}.json", web),
}  # fmt: skip


@pytest.mark.parametrize("when", sorted(FORGED))
def test_a_form_that_contradicts_itself_writes_nothing(when: str) -> None:
    name, build = FORGED[when]
    received = read_one(tiny(), build(), name)

    assert ("form-contradicts-itself" in codes(received), dict(received.files)) == (True, {}), codes(received)
    assert [where for where in findings_text(received, load_labels("vi")).splitlines() if "{" in where] == []


@pytest.mark.parametrize(
    ("name", "build"),
    [
        (f"2024_self-assessment_{A}.xlsx", lambda: scored(1.5)),
        (f"2024_self-assessment_{A} (2).xlsx", lambda: scored(1.5)),
        ("CQA gửi CQB.xlsx", lambda: scored(1.5)),
        ("phieu-tu-cham-nop-so-noi-vu.xlsx", lambda: scored(1.5)),
        ("2024-12-04 13.45.xlsx", lambda: scored(1.5)),
        ("Thư 2/bao cao.xlsx", lambda: scored(1.5)),
        (f"phieu-2024-self-assessment-{A}.json", web),
        ("phieu.json", lambda: web(title=None)),
        ("2024_appraisal-1_so-noi-vu.xlsx", lambda: make(tiny(), "appraisal-1", body="so-noi-vu")),
    ],
)
def test_a_form_that_says_the_same_everywhere_or_says_nothing_is_taken(name: str, build: Callable[[], bytes]) -> None:
    received = read_one(tiny(), build(), name)

    assert (codes(received), received.refused) == ([], False)


def test_an_agency_that_got_another_short_name_hands_in_the_form_it_has() -> None:
    path = "data/2024/agencies.yml"
    snapshot = snapshot_of({**TINY, path: TINY[path].replace(b"short: CQA", b"short: CQ-A")})
    assert snapshot.tree.files[path].data != TINY[path]

    received = [read_one(snapshot, data, name) for name, data in (("a.xlsx", scored(1.5)), ("a.json", web()))]

    assert [entry.refused for entry in received] == [False, False], [codes(entry) for entry in received]


SENDERS = [
    ("of the agency", "canbo@cqa.example", False),
    ("nobody of the list", "cv@cqa.invalid", False),
    ("of another agency", "canbo@cqb.example", True),
    ("of a body, who takes forms in", "vanthu@snv.example", False),
]


@pytest.mark.parametrize(("when", "mail", "refused"), SENDERS)
def test_a_person_of_another_agency_hands_in_nothing(
    tmp_path: Path,
    stored: Repository,
    run_command: RunCommand,
    when: str,
    mail: str,
    refused: bool,  # noqa: FBT001
) -> None:
    more = (
        "  can-bo-cqb: {role: co-quan, agency: co-quan-b, email: canbo@cqb.example, keys: []}\n"
        "  van-thu: {role: giam-sat, body: so-noi-vu, email: vanthu@snv.example, keys: []}\n"
    )
    stored.write("data/access.yml", ACCESS.replace("policy:", f"{more}policy:"))
    stored.commit("access")
    (tmp_path / "a.xlsx").write_bytes(scored(1.5))
    done = run_command(
        *("--repo", str(stored.root), "form", "read", "--propose", str(tmp_path / "a.xlsx")),
        *("--name", "Ai đó", "--email", mail),
    )

    assert (done.code, "form-contradicts-itself" in done.stdout) == (int(refused), refused), done.stdout
    assert bool(stored.git("branch", "--list", "form/*")) != refused


# --- other processes ------------------------------------------------------------------------------------------------


@contextmanager
def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> Iterator[None]:
    """Let something happen after forms were read and before their files are looked at again."""
    only = common.only_writer

    @contextmanager
    def late(root: Path) -> Iterator[None]:
        act()
        with only(root):
            yield

    with monkeypatch.context() as patched:
        patched.setattr(common, "only_writer", late)
        yield


def test_a_file_that_changed_meanwhile_is_left_and_the_other_forms_are_written(
    tmp_path: Path, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, box = repository_in(tmp_path), tmp_path / "hop-thu"
    box.mkdir()
    (box / "a.xlsx").write_bytes(scored(1.5))
    (box / "b.xlsx").write_bytes(scored(0.25, B))
    theirs = TINY[OWN] + b"# nguoi khac vua ghi\n"
    with meanwhile(monkeypatch, lambda: (root / OWN).write_bytes(theirs)):
        done = run_command("--repo", str(root), "form", "read", str(box), "--today", DAY)

    assert (done.code, "a.xlsx: lỗi form-changed-meanwhile" in done.stdout) == (1, True), done.stdout
    assert (root / OWN).read_bytes() == theirs
    assert b"score: 0.25" in (root / OTHER).read_bytes()
    assert done.stdout.count("đã ghi") == 1


def test_what_was_built_on_a_form_that_came_late_is_not_written_either(
    tmp_path: Path, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    def judged(body: str, code: str) -> bytes:
        def change(book: Any) -> None:
            found = cell(book, code, "Điểm thẩm định")
            found.value = 1
            book[LINES].cell(found.row, found.column + 2).value = "Xem lại"

        return edited(make(tiny(), "appraisal-1", body=body), change)

    one, other = read(tiny(), ("a.xlsx", judged("so-noi-vu", "1.2")), ("b.xlsx", judged("van-phong-ubnd", "2.2")))
    (path,) = other.files
    kept = forms.kept((one, other), [path])

    assert path in one.files
    assert [(dict(entry.files), entry.refused, codes(entry)[:1]) for entry in kept] == [
        ({}, True, ["form-changed-meanwhile"]),
        ({}, True, ["form-changed-meanwhile"]),
    ]


WRITER = """
import sys
from pathlib import Path
from pipeline.commands import form_read
only, ready, go = form_read.common.only_writer, *map(Path, sys.argv[1:3])
def late(root):
    ready.touch()
    while not go.exists():
        pass
    return only(root)
form_read.common.only_writer = late
from pipeline.cli import main
sys.exit(main(sys.argv[3:]))
"""


@pytest.mark.slow
def test_of_two_processes_with_two_forms_of_one_file_one_is_told_that_it_came_late(tmp_path: Path) -> None:
    root, go = repository_in(tmp_path), tmp_path / "go"
    writers = []
    for number, points in enumerate((1.5, 1.25)):
        (tmp_path / f"{number}.xlsx").write_bytes(scored(points))
        read_it = ("--repo", str(root), "form", "read", str(tmp_path / f"{number}.xlsx"), "--today", DAY)
        command = [sys.executable, "-c", WRITER, str(tmp_path / f"ready{number}"), str(go), *read_it]
        writers.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT))
    while not all((tmp_path / f"ready{number}").exists() for number in range(2)):
        assert [writer.poll() for writer in writers] == [None, None]
    go.touch()
    told = [writer.communicate(timeout=60) for writer in writers]

    assert sorted(writer.returncode for writer in writers) == [0, 1], told
    winner = next(number for number, writer in enumerate(writers) if writer.returncode == 0)
    assert f"score: {(1.5, 1.25)[winner]}".encode() in (root / OWN).read_bytes()
    assert "form-changed-meanwhile" in told[1 - winner][0]
    assert [out for out, err in told if err] == []
    assert [path.name for path in (root / OWN).parent.iterdir() if path.name.startswith(".")] == []


def test_a_branch_that_moved_meanwhile_is_left_and_the_other_forms_are_committed(
    tmp_path: Path, stored: Repository, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, data in (("a.xlsx", scored(1.5)), ("b.xlsx", scored(0.25, B))):
        (tmp_path / name).write_bytes(data)
    branch = f"form/2024/self-assessment/{A}"
    write = type(open_repository(stored.root)).write_commit

    def late(self: Any, data: bytes) -> str:
        if not stored.git("branch", "--list", branch):
            stored.git("branch", branch, "HEAD")
        return write(self, data)

    monkeypatch.setattr("pipeline.adapters.repository.Repository.write_commit", late)
    done = run_command(
        *("--repo", str(stored.root), "form", "read", "--propose", *WHO),
        *(str(tmp_path / "a.xlsx"), str(tmp_path / "b.xlsx")),
    )

    assert (done.code, "a.xlsx: lỗi form-changed-meanwhile" in done.stdout, done.stderr) == (1, True, "")
    assert stored.git("rev-parse", branch) == stored.git("rev-parse", "HEAD")
    assert stored.git("log", "-1", "--format=%s", f"form/2024/self-assessment/{B}").startswith("2024 · Tự chấm · CQB")


def test_a_branch_that_stands_where_the_main_one_does_takes_a_form(
    tmp_path: Path, stored: Repository, run_command: RunCommand
) -> None:
    stored.git("branch", f"form/2024/self-assessment/{A}", "HEAD")
    (tmp_path / "a.xlsx").write_bytes(scored(1.5))
    done = run_command("--repo", str(stored.root), "form", "read", "--propose", *WHO, str(tmp_path / "a.xlsx"))

    assert (done.code, done.stderr) == (0, "")


def test_a_form_of_nobody_keeps_no_other_from_being_proposed(
    tmp_path: Path, stored: Repository, run_command: RunCommand
) -> None:
    for name, data in (("1.xlsx", scored(0.25, B)), ("2.xlsx", scored(1.5))):
        (tmp_path / name).write_bytes(data)
    done = run_command(
        "--repo", str(stored.root), "form", "read", "--propose", str(tmp_path / "1.xlsx"), str(tmp_path / "2.xlsx")
    )

    assert (done.code, "1.xlsx: lỗi form-needs-author" in done.stdout, done.stderr) == (1, True, "")
    assert stored.git("branch", "--list", "form/*", "--format=%(refname:short)") == f"form/2024/self-assessment/{A}"


# --- the world breaks -----------------------------------------------------------------------------------------------


def test_a_defect_that_one_form_meets_is_raised_when_the_others_are_written(
    tmp_path: Path, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository_in(tmp_path)
    for name, data in (("1.xlsx", scored(1.5)), ("2.xlsx", scored(0.25, B))):
        (tmp_path / name).write_bytes(data)
    contents = forms.contents_of

    def broken(asked: Any, *arguments: Any, **more: Any) -> Any:
        if asked.agency == A:
            raise ZeroDivisionError("a defect")
        return contents(asked, *arguments, **more)

    monkeypatch.setattr(forms, "contents_of", broken)
    with pytest.raises(ZeroDivisionError, match="a defect"):
        run_command(
            "--repo", str(root), "form", "read", str(tmp_path / "1.xlsx"), str(tmp_path / "2.xlsx"), "--today", DAY
        )

    assert (root / OWN).read_bytes() == TINY[OWN]
    assert b"score: 0.25" in (root / OTHER).read_bytes()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_defect_is_said_in_words(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: Any, **_more: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(forms, "contents_of", broken)
    received = read_one(tiny(), scored(1.5))

    assert (codes(received), received.refused, type(received.crash)) == (["form-not-read"], True, ZeroDivisionError)
    assert len(findings_text(received, load_labels(language)).splitlines()) == 2


def full(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    """Let the disk be full for files whose name holds a part."""
    opened = Path.open

    def on_a_full_disk(self: Path, mode: str = "r", *arguments: Any, **more: Any) -> Any:
        if "w" in mode and part in self.name:
            raise OSError(28, os.strerror(28))
        return opened(self, mode, *arguments, **more)

    monkeypatch.setattr(Path, "open", on_a_full_disk)


@pytest.mark.parametrize("part", [f"{B}.yml", "b.ghi-chu.xlsx"])
def test_a_full_disk_ends_reading_in_one_line_and_nothing_is_written(
    tmp_path: Path, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    root, box = repository_in(tmp_path), tmp_path / "hop-thu"
    box.mkdir()
    (box / "a.xlsx").write_bytes(scored(1.5))
    (box / "b.xlsx").write_bytes(typed(scored(0.25, B), ("1.1.1", SCORE, 3)))
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    full(monkeypatch, part)
    done = run_command("--repo", str(root), "form", "read", str(box), "--annotate", "--today", DAY)

    assert (done.code, done.stderr.count("\n")) == (2, 1), done
    assert before == {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert "Đã ghi" not in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
@pytest.mark.parametrize("act", ["read", "make"])
def test_a_full_disk_below_what_is_said_ends_in_one_line(tmp_path: Path, act: str) -> None:
    root = repository_in(tmp_path)
    (tmp_path / "a.xlsx").write_bytes(scored(1.5))
    acts = {
        "read": (str(tmp_path / "a.xlsx"), "--today", DAY),
        "make": ("--year", "2024", "--stage", "self-assessment", "--all", "-o", str(tmp_path / "phieu")),
    }
    command = [sys.executable, "-m", "pipeline", "--repo", str(root), "form", act, *acts[act]]
    with Path("/dev/full").open("wb") as full_disk:
        done = subprocess.run(command, stdout=full_disk, stderr=subprocess.PIPE, text=True, cwd=ROOT, check=False)

    assert (done.returncode, done.stderr) == (
        2,
        "parindex: Hệ điều hành không cho làm tiếp: ổ đĩa đã đầy\n",
    )
    assert act == "make" or b"score: 1.5" in (root / OWN).read_bytes()


def test_a_full_disk_ends_making_in_one_line_and_no_form_is_left(
    tmp_path: Path, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = repository_in(tmp_path)
    full(monkeypatch, f"{B}.xlsx")
    done = run_command(
        *("--repo", str(root), "form", "make", "--year", "2024", "--stage", "self-assessment", "--all"),
        *("-o", str(tmp_path / "phieu")),
    )

    assert (done.code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert list((tmp_path / "phieu").iterdir()) == []


def test_what_was_committed_before_the_world_broke_is_told(
    tmp_path: Path, stored: Repository, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, data in (("1.xlsx", scored(1.5)), ("2.xlsx", scored(0.25, B))):
        (tmp_path / name).write_bytes(data)
    write = forms.propose
    count = iter(range(9))

    def broken(*arguments: Any, **more: Any) -> Any:
        if next(count):
            raise forms.ParindexError("broken-repository", detail="x")
        return write(*arguments, **more)

    monkeypatch.setattr(forms, "propose", broken)
    done = run_command(
        "--repo",
        str(stored.root),
        "form",
        "read",
        "--propose",
        *WHO,
        str(tmp_path / "1.xlsx"),
        str(tmp_path / "2.xlsx"),
    )

    assert (done.code, done.stderr.count("\n")) == (2, 1)
    assert f"form/2024/self-assessment/{A}" in done.stdout


# --- only what a form needs is read -----------------------------------------------------------------------------------


def as_told(desk: forms.Desk, given: list[forms.Delivered]) -> list[Any]:
    """Return what comes of forms, without the form itself."""
    return [(r.name, r.contents, dict(r.files), r.findings, r.refused) for r in forms.receive(desk, given)]


@pytest.mark.parametrize("revision", [None, "HEAD"])
def test_forms_are_judged_alike_whether_all_is_read_or_their_agencies_alone(
    stored: Repository, revision: str | None
) -> None:
    later = {path.replace("data/2024/", "data/2025/"): data for path, data in TINY.items() if "/2024/" in path}
    stored.write_all(
        {path: data.replace(b"2024-", b"2025-").replace(b"2023-", b"2024-") for path, data in later.items()}
    )
    stored.write("data/concordance.yml", CONCORDANCE)
    stored.write(f"data/2024/appraisal-1/{B}.yml", "format: 1\nlines: [")
    stored.commit("2025", date="2024-12-06T08:00:00+07:00")
    repository, readings, expected = open_repository(stored.root), Readings(), forms.Expected()
    whole = take(repository, revision, readings)
    other = next(file.blob for path, file in whole.tree.files.items() if path == OTHER)
    given = [
        forms.delivered(f"{number}.xlsx", data)
        for number, data in enumerate(
            [
                scored(1.5),
                typed(make(tiny(), "self-assessment", A), ("1.1.2", "Trả lời", 90000, "assigned"), ("2.2", SCORE, 9)),
                handed_over(tiny(), "self-assessment", noted("Đã nộp"), says={"file": other}),
                make(tiny(), "appraisal-1", A, body="so-noi-vu"),
                b"no form",
            ]
        )
    ]
    narrow = forms.desk_for(repository, revision, given, expected, readings)

    assert narrow.units == {("2024", A), ("2025", A)}
    assert {path for path in narrow.snapshot.tree.files if B in path} == set()
    assert as_told(narrow, given) == as_told(forms.Desk(whole, narrow.day, expected, readings), given)


CONCORDANCE = """\
format: 1
pairs:
  - from: "2024"
    to: "2025"
    criteria:
      - {from: ["1.1.2"], to: ["1.1.2"]}
"""


def test_a_form_of_all_agencies_or_of_the_survey_or_of_an_approved_year_has_all_read(stored: Repository) -> None:
    repository = open_repository(stored.root)

    def units(*data: bytes) -> object:
        given = [forms.delivered("a.xlsx", one) for one in data]
        return forms.desk_for(repository, "HEAD", given, forms.Expected(), Readings()).units

    assert units(scored(1.5)) == {("2024", A)}
    assert units(scored(1.5), make(tiny(), "appraisal-1", body="so-noi-vu")) is None
    assert units(make(tiny(), "survey", A)) is None
    stored.write("data/2024/approval.yml", (ROOT / "data/2024/approval.yml").read_bytes())
    stored.commit("approved", date="2024-12-07T08:00:00+07:00")
    assert units(scored(1.5)) is None

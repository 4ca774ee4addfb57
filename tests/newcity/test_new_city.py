"""From an empty folder to a published site: a province of 122 agencies, by what the tutorial tells to type.

The program is its wheel, in an environment that has nothing of the checkout. What people typed and saw is the
transcript that the tutorial quotes; every command of it stands there.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import openpyxl
import province
import pytest
import yaml
from conftest import GOLDEN, ROOT
from desk import Desk, Record
from province import Windows
from wheels import build_archive, build_wheel, installed_into

from pipeline.core.rounds.commits import LOCAL_TIME

TUTORIAL = ROOT / "docs" / "tutorials" / "mot-tinh-moi.md"
MARK = re.compile(r"<!-- newcity -->\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FORMS = ("so-noi-vu", "thue-tinh", "xa-song-lam-1")  # filled in as workbooks; the others' clerks write files
COMMIT = "git commit --quiet --message"
SENT = "git push --quiet origin"

pytestmark = pytest.mark.needs("ssh-keygen")


def quotes() -> list[str]:
    return MARK.findall(TUTORIAL.read_text(encoding="utf-8"))


def commands(text: str) -> list[str]:
    return re.findall(r"(?m)^\[[\w -]+\] \$ (.*)$", text)


def transcript() -> str:
    return (GOLDEN / "newcity.txt").read_text(encoding="utf-8")


def test_each_quote_of_the_tutorial_stands_in_the_transcript() -> None:
    assert [quote for quote in quotes() if f"\n{quote}" not in transcript()] == []


def test_the_tutorial_tells_each_command_in_its_order() -> None:
    typed = commands(transcript())

    assert commands("\n".join(quotes())) == typed
    assert f"Cả bài có {len(typed)} lệnh" in TUTORIAL.read_text(encoding="utf-8")


def table(path: Path, rows: Iterable[Sequence[object]]) -> None:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    book.save(path)


class Province:
    """The people of the province, and the days that they go by."""

    def __init__(self, folder: Path, program: Path) -> None:
        today = datetime.now(LOCAL_TIME).date()
        self.today, self.public = today.isoformat(), (today + timedelta(days=7)).isoformat()
        self.windows = Windows.of(today)
        shown = {self.public: "2026-12-08", self.windows.by: "2026-12-02", self.today: "2026-12-01"}
        days = {"/".join(reversed(day.split("-"))): "/".join(reversed(told.split("-"))) for day, told in shown.items()}
        self.record = Record({str(folder): "~", **shown, **days, self.windows.year: "2026"})
        self.writer, self.second, self.server = (
            Desk(name, folder / name, program.parent, self.record) for name in ("nguoi-lap", "nguoi-duyet", "may-chu")
        )
        self.year = self.windows.year

    @property
    def data(self) -> Path:
        """Return the folder of the year in the writer's clone."""
        return self.writer.folder / "data" / self.year

    def begins(self) -> None:
        """Answer, and make the repository."""
        record, writer, second = self.record, self.writer, self.second
        record.chapter("Lập kho")
        writer.types("parindex --version")
        second.types("ssh-keygen -q -t ed25519 -N '' -C nguoi-duyet -f ~/khoa")
        record.by_hand("nguoi-duyet gửi tệp khoa.pub cho nguoi-lap")
        (writer.home / "nguoi-duyet.pub").write_bytes((second.home / "khoa.pub").read_bytes())
        for name, rows in (
            ("bo-tieu-chi", province.criteria()),
            ("co-quan", province.agencies()),
            ("don-vi", province.bodies()),
        ):
            table(writer.home / f"{name}.xlsx", rows)
        writer.types("parindex init --sample-answers > tra-loi.yml")
        record.by_hand("nguoi-lap đặt ba bảng Excel cạnh tệp tra-loi.yml và sửa tệp ấy")
        answers = writer.home / "tra-loi.yml"
        answers.write_text(self.answered(answers.read_text(encoding="utf-8")), encoding="utf-8")
        self.told = writer.types("parindex init kho --answers tra-loi.yml --no-passphrase")
        writer.types("cd kho")
        writer.types("parindex check")

    def answered(self, sample: str) -> str:
        """Return the answers of the province: one appraisal, no explanation, no council, no survey."""
        answers = yaml.safe_load(sample)
        answers |= {"of": "các sở, cơ quan ngành dọc và xã"}
        answers["publisher"] = {"id": "ubnd-tinh", "name": "Ủy ban nhân dân tỉnh Sông Lam", "symbol": "UBND"}
        answers["office"] = {"id": "so-noi-vu", "name": province.KEEPS, "symbol": "SNV"}
        answers["year"] |= {"name": self.year, "title": f"Chỉ số cải cách hành chính năm {self.year}"}
        answers["legal_basis"] = {"number": "12/KH-UBND-MH", "date": f"{self.year}-01-01", "title": "Kế hoạch"}
        days = {"opens": self.windows.opens, "by": self.windows.by}
        answers["stages"] = {"self-assessment": days, "appraisal-1": dict(days)}
        answers["people"]["writer"]["key"] = "khoa"
        answers["people"]["reviewer"]["key"] = "nguoi-duyet.pub"
        answers["tables"] = {"bodies": "don-vi.xlsx", "agencies": "co-quan.xlsx", "criteria": "bo-tieu-chi.xlsx"}
        return yaml.safe_dump(answers, allow_unicode=True, sort_keys=False)

    def opens(self) -> None:
        """Set the server up, and let the second person approve the first push."""
        server, writer, second = self.server, self.writer, self.second
        self.record.chapter("Máy chủ nhận lần gửi đầu")
        founding = re.findall(r"founding\): ([0-9a-f]{40})", self.told)[0]
        store = server.home / "kho.git"
        server.types("git init --quiet --bare --initial-branch main kho.git")
        writer.types(f"git remote add origin {store}")
        writer.types(f"{SENT} HEAD:refs/heads/mo-kho")
        server.types(f"git -C kho.git config parindex.founding {founding}")
        for setting in ("denyNonFastForwards", "denyDeletes", "fsckObjects"):
            server.types(f"git -C kho.git config receive.{setting} true")
        server.types("git -C kho.git show mo-kho:.ci/hooks/pre-receive > kho.git/hooks/pre-receive")
        server.types("chmod 755 kho.git/hooks/pre-receive")
        writer.types(f"{SENT} HEAD:main", code=1)
        lines = re.findall(r"(?m)^  ((?:git|cd|parindex) .*)$", self.told.partition("Người duyệt, trên")[2])
        for line in lines:
            second.types(
                line.replace("ĐỊA-CHỈ-KHO", str(store)).replace("KHÓA", "~/khoa").replace("push ", "push --quiet ")
            )
        writer.types("git pull --quiet origin main")

    def claims(self) -> None:
        """Send forms out, read some of them back, and write what the others' clerks wrote."""
        writer = self.writer
        self.record.chapter("Tự chấm")
        writer.types(f"parindex form make --year {self.year} --stage self-assessment --all -o phieu")
        self.record.by_hand("Ba cơ quan điền phiếu và gửi lại; nguoi-lap đặt phiếu vào hop-thu")
        (writer.folder / "hop-thu").mkdir()
        for number, agency in enumerate(FORMS):
            name = f"{self.year}_self-assessment_{agency}.xlsx"
            self.filled(writer.folder / "phieu" / name, writer.folder / "hop-thu" / name, number)
        writer.types(f"parindex form read hop-thu --today {self.today}")
        self.record.by_hand("119 cơ quan còn lại nộp thẳng bằng tệp, mỗi cơ quan một tệp")
        agencies = yaml.safe_load((self.data / "agencies.yml").read_text(encoding="utf-8"))["agencies"]
        for number, agency in enumerate(agencies):
            if agency not in FORMS:
                lines = "".join(
                    f'  "{code}":\n    answer: {found}\n    score: {points:g}\n'
                    for code, found, points in self.answers(number)
                )
                head = f"format: 1\nreport:\n  number: {number}/BC-MH\nsigned_by: Thủ trưởng\nreceived: {self.today}\n"
                self.write(f"self-assessment/{agency}", f"{head}lines:\n{lines}")
        self.sends("check", "Tự chấm", f"data/{self.year}/self-assessment")

    def appraisals(self) -> None:
        """Appraise everybody, some of them stricter than they were themselves."""
        self.record.chapter("Thẩm định")
        self.record.by_hand("nguoi-lap ghi kết quả thẩm định, mỗi cơ quan một tệp")
        for number, path in enumerate(sorted((self.data / "self-assessment").glob("*.yml"))):
            claimed = yaml.safe_load(path.read_text(encoding="utf-8"))["lines"]
            lines = "".join(f'  "{code}":\n    score: {line["score"]:g}\n' for code, line in claimed.items())
            if number % 5 == 0:
                less = '  "1.3":\n    answer: {bao-cao-muon: 4}\n    score: 2\n    reason: Có bốn báo cáo muộn\n'
                lines = re.sub(r'  "1\.3":\n    score: .*\n', less, lines)
            self.write(f"appraisal-1/{path.stem}", f"format: 1\nappraised: {self.today}\nlines:\n{lines}")
        self.sends("check --complete", "Thẩm định", f"data/{self.year}/appraisal-1")

    def closes(self) -> None:
        """Seal both stages and approve the table, each seen by the second person."""
        writer, year = self.writer, self.year
        self.record.chapter("Niêm phong")
        for stage in ("self-assessment", "appraisal-1"):
            writer.types(f"parindex seal --year {year} --stage {stage}")
        self.approved("niem-phong")
        writer.types(f"{SENT} --tags")
        self.record.chapter("Phê duyệt")
        writer.types(f"parindex score --year {year} --format csv > bang.csv")
        self.record.by_hand("Ủy ban nhân dân tỉnh ký quyết định phê duyệt kết quả")
        decided = f"--number 05/QĐ-UBND-MH --date {self.today} --publish-from {self.public}"
        writer.types(f"parindex approve --year {year} {decided}")
        writer.types(f"git add data/{year}/approval.yml")
        writer.types(f"{COMMIT} 'Phê duyệt kết quả'")
        self.approved("phe-duyet")

    def publishes(self) -> Path:
        """Prove everything, and build the site of the day on which results are public."""
        self.record.chapter("Trang web")
        self.writer.types(f"parindex verify --year {self.year}")
        self.writer.types(f"parindex site --today {self.public}")
        return self.writer.folder / "site"

    def sends(self, check: str, message: str, path: str) -> None:
        """Check, commit and send one stage."""
        self.writer.types(f"parindex {check}")
        self.writer.types(f"git add {path}")
        self.writer.types(f"{COMMIT} '{message}'")
        self.writer.types(f"{SENT} HEAD:main")

    def approved(self, branch: str) -> None:
        """Let the second person see a branch and send it to the main one."""
        self.writer.types(f"{SENT} HEAD:refs/heads/{branch}")
        self.second.types("git fetch --quiet")
        self.second.types(f"git switch --quiet {branch}")
        self.second.types("parindex review origin/main")
        self.second.types(f"{SENT} HEAD:main")
        self.writer.types("git pull --quiet origin main")

    @cached_property
    def leaves(self) -> dict[str, Any]:
        """Return the criteria that earn points, as the file has them."""
        tree = yaml.safe_load((self.data / "criteria.yml").read_text(encoding="utf-8"))["criteria"]
        return {code: leaf for area in tree.values() for code, leaf in area["children"].items()}

    def write(self, name: str, text: str) -> None:
        """Write one file of the year."""
        path = self.data / f"{name}.yml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def answers(self, number: int) -> list[tuple[str, str, float]]:
        """Return what an agency answers to each criterion, and its points."""
        found = []
        for at, (code, leaf) in enumerate(self.leaves.items()):
            answer, points = province.answer(leaf["rule"], leaf["out_of"], 7 * number + 3 * at)
            shown = answer if isinstance(answer, str) else yaml.safe_dump(answer, default_flow_style=True).strip()
            found.append((code, shown, points))
        return found

    def filled(self, form: Path, target: Path, number: int) -> None:
        """Fill in a form as its reader does."""
        book = openpyxl.load_workbook(form)
        typed = {"report.number": f"{number + 1}/BC-MH", "signed_by": "Thủ trưởng"}
        for row in book["Thông tin chung"].iter_rows(min_row=5):
            row[2].value = typed.get(str(row[0].value), row[2].value)
        told = {code: yaml.safe_load(shown) for code, shown, _ in self.answers(number)}
        for row in book["Biểu chấm"].iter_rows(min_row=5):
            code, item = str(row[0].value), row[1].value
            said = told.get(code)
            if isinstance(said, str) and item is None:
                row[6].value = self.leaves[code]["rule"]["options"][said]["title"]
            elif isinstance(said, dict) and item is not None:
                row[6].value = said.get(item, 0)
        book.save(target)


@pytest.mark.slow
def test_a_province_comes_from_an_empty_folder_to_its_site(tmp_path: Path, golden: Callable[[str, str], None]) -> None:
    program = installed_into(tmp_path / "chuong-trinh", build_wheel(build_archive(tmp_path)))
    city = Province(tmp_path, program)
    try:
        city.begins()
        city.opens()
        city.claims()
        city.appraisals()
        city.closes()
        site = city.publishes()
    finally:
        print(city.record.text)  # noqa: T201 - what people saw, beside what failed
    home = (site / "index.html").read_text("utf-8")
    parts = (site / city.year / "index.html", *(site / city.year / "xep-hang").rglob("index.html"))
    results = "".join(part.read_text("utf-8") for part in parts)
    method, leaf = (
        (site / city.year / name / "index.html").read_text("utf-8") for name in ("phuong-phap", "tieu-chi/1.3")
    )

    assert "tỉnh Sông Lam" in home
    assert "các sở, cơ quan ngành dọc và xã" in home
    assert len(set(re.findall(r'<th scope="row"><a href="[^"]*co-quan/([a-z0-9-]+)/', results))) == 122
    assert "đi qua các bước: Tự chấm và Thẩm định lần 1." in method
    assert [stage for stage in ("Thẩm định lần 2", "Hội đồng") if stage in method + leaf] == []
    pages = (site / city.year / "co-quan").glob("*/index.html")
    told = [page for page in pages if "Có bốn báo cáo muộn" in page.read_text("utf-8")]
    assert len(told) == 25  # every fifth agency, where its points are explained
    assert (
        subprocess.run(["git", "status", "--short"], cwd=city.writer.folder, check=True, capture_output=True).stdout
        == b""
    )
    golden("newcity.txt", city.record.text)

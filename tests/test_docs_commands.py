"""Every command of every page runs: in the order of the page, where its reader stands, and with the end it promises.

What the page tells to do by hand stands in DEEDS, beside the command that follows it; what no test can do in NOT_RUN,
with its reason. A command in neither place is typed as it stands. `readers` says what stands in for what.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import openpyxl
import pytest
import yaml
from conftest import ROOT, RunCommand
from formworlds import typed
from readers import TYPED, Reader, Step, blocks_of, is_quoted, kinds_of, new_reader, sessions, steps_of
from wrong_tables import ANNEX, LIST, word, xlsx

from pipeline.core.record.stages import KIND_OF, SURVEY

PAGES = (
    "README.md",
    "README.vi.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")),
)
READMES = ("README.md", "README.vi.md")
TUTORIAL = "docs/tutorials/bat-dau.md"
SUITE = ("python3 noxfile.py tests", "python3 noxfile.py tests -k rules")
HOW_TO = "docs/how-to"
CHECK = "python3 noxfile.py check"
CHECK_2025 = f"{CHECK} --year 2025"
TALLY = (
    "parindex survey tally ../tra-loi/kobo.csv ../tra-loi/nhap-phieu.xlsx --year 2025 --group lanh-dao-so"
    " --report ../tra-loi/phieu-bi-loai.csv"
)
CALL_BACKS = (
    "parindex survey callbacks --year 2025 --group lanh-dao-so --seed 20251229 --draw 20 --list ../tra-loi/ma-phieu.txt"
)
AMENDED = (
    "parindex approve --year 2024 --number 34/QĐ-UBND-MH --date 2025-04-15"
    ' --reason "Khiếu nại về tiêu chí 1.2.1 được chấp nhận"'
)
CRITERIA = "data/2025/criteria.yml"
AGENCIES = ("bao-hiem-xa-hoi", "cuc-hai-quan", "cuc-thue", "kho-bac-nha-nuoc")
GROUPS = ("dai-bieu-hdnd", "lanh-dao-so", "lanh-dao-xa-phuong", "lanh-dao-nganh")
CITIZENS = "nguoi-dan-doanh-nghiep"
TAX = "data/2025/self-assessment/cuc-thue.yml"
SCORED = '"1.1.3":\n    answer: {done: 90, assigned: 92}\n    score: 1.96\n'

# Pages whose reader has no program yet: they say how to get one, or do without.
BEFORE = (*READMES, "CONTRIBUTING.md", TUTORIAL, "docs/reference/commands.md")

EDITOR = "opens an editor"
ITSELF = "runs this very suite"
PROGRAM = "a further language is a folder of the program: `test_faces_language` adds one"
NETWORK = "brings packages over the network"
SERVER = "needs a web server of one's own"
TERMINAL = "asks at a terminal: `test_init` answers"
ASKED = "asks at a terminal: `test_sending` answers"
RECORDED = "docs/tutorials/mot-tinh-moi.md"  # its blocks of text are what was seen: `newcity` holds each
NOT_RUN: Mapping[tuple[str, str], str] = {
    (TUTORIAL, "code ."): EDITOR,
    **{(page, command): ITSELF for page in READMES for command in SUITE},
    ("docs/how-to/them-cach-cham.md", "python3 noxfile.py tests"): ITSELF,
    ("CONTRIBUTING.md", "python3 noxfile.py tests -k rules"): ITSELF,
    ("docs/how-to/them-ngon-ngu.md", "parindex --lang fr check"): PROGRAM,
    (RECORDED, "parindex init kho"): TERMINAL,
    (f"{HOW_TO}/gui-hop-thu.md", "parindex form read hop-thu --send"): ASKED,
    ("docs/how-to/bieu-mau-web.md", "python3 noxfile.py assets"): NETWORK,
    ("docs/decisions/0005-tep-rang-buoc.md", "python3 noxfile.py lock"): NETWORK,
    ("docs/how-to/xuat-ban-trang.md", "rsync -a --delete site/ may-chu:/srv/chi-so.moi/"): SERVER,
    (
        "docs/how-to/xuat-ban-trang.md",
        "ssh may-chu 'mv /srv/chi-so /srv/chi-so.cu && mv /srv/chi-so.moi /srv/chi-so && rm -rf /srv/chi-so.cu'",
    ): SERVER,
}

Deed = Callable[[Reader], object]


def finish_2025(reader: Reader) -> None:
    """Write what the year 2025 still lacks, and seal its stages: the page begins where everything is there."""
    enrol(reader, "thu-ky-hoi-dong")
    for path in sorted((reader.folder / "data/2025/appraisal-1").glob("*.yml")):
        name, given = path.name, yaml.safe_load(path.read_text(encoding="utf-8"))["lines"]
        lines = "".join(
            f'  "{code}": {{score: {line["score"]}}}\n' for code, line in given.items() if "request" in line
        )
        head = "format: 1\nappraised: 2026-01-20\nunanswered: 2025-12-27\n"
        reader.writes(f"data/2025/appraisal-2/{name}", f"{head}lines:\n{lines}")
        decision = "format: 1\ndecision: {number: 03/QĐ-HĐTĐ-MH, date: 2026-02-05}\nlines: {}\n"
        reader.writes(f"data/2025/council-decision/{name}", decision)
        reader.writes(f"data/2025/survey/{CITIZENS}/{name}", "format: 1\nsipas: 86.5\nrespondents: 400\n")
    exempt = {"bao-hiem-xa-hoi": "2"}  # agency -> the area that does not concern it
    for agency, area in {**dict.fromkeys(AGENCIES, "-"), **exempt}.items():
        for group in GROUPS:
            codes = [code for code, groups in surveyed(reader.folder / CRITERIA) if group in groups]
            points = "".join(f'  "{code}": 0.25\n' for code in codes if not code.startswith(area))
            reader.writes(f"data/2025/survey/{group}/{agency}.yml", f"format: 1\npoints:\n{points}")
    reader.must("git add data")
    reader.must("git commit --quiet -m 'Đủ dữ liệu năm 2025'")
    for stage in (*KIND_OF, SURVEY):
        reader.must(f"parindex seal --year 2025 --stage {stage}")


def surveyed(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the criteria that a survey decides, and the groups that it asks about each."""
    waiting = list(yaml.safe_load(path.read_text(encoding="utf-8"))["criteria"].items())
    for code, criterion in waiting:
        waiting += criterion.get("children", {}).items()
        if criterion.get("rule", {}).get("type") == "survey":
            yield code, list(criterion["rule"]["groups"])


def enrol(reader: Reader, person: str) -> None:
    """Give the reader a key, and let access.yml say that it is this person's."""
    reader.must("mkdir -p ~/.ssh")
    reader.must("ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519")
    public = " ".join((reader.home / ".ssh/id_ed25519.pub").read_text(encoding="utf-8").split()[:2])
    email = f"    email: {person}@vi-du.example\n    keys:\n"
    reader.changes("data/access.yml", email, f"{email}      - key: {public}\n        from: 2024-11-26\n")
    reader.is_known_as("Thư ký", f"{person}@vi-du.example")
    for setting, value in (("gpg.format", "ssh"), ("user.signingkey", "~/.ssh/id_ed25519"), ("commit.gpgsign", "true")):
        reader.must(f"git config --global {setting} {value}")
    reader.must("git commit --quiet -m 'Ghi thêm khóa của thư ký' data/access.yml")


def has_key(reader: Reader) -> None:
    """Give the reader a key, and the file in which the authority says that it is its own."""
    reader.must("mkdir -p ~/.ssh")
    reader.must("ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/id_ed25519")
    reader.writes("khoa-cua-co-quan", f"ubnd {(reader.home / '.ssh/id_ed25519.pub').read_text(encoding='utf-8')}")


def fill_workbook(reader: Reader) -> None:
    """Fill in one of the forms that were made, and save it as it comes by mail."""
    name = "2025_self-assessment_cuc-thue.xlsx"
    data = typed((reader.folder / "phieu" / name).read_bytes(), ("1.1.3", "Ghi chú (không công bố)", "Đã nộp đủ"))
    (reader.folder / "hop-thu").mkdir()
    (reader.folder / "hop-thu" / name).write_bytes(data)


def hand_in_evidence(reader: Reader) -> None:
    """Save a form and its files as they come by mail."""
    reader.must("parindex form make cuc-thue --year 2025 --stage self-assessment -o hop-thu")
    box = reader.folder / "hop-thu"
    (box / "2025_self-assessment_cuc-thue.xlsx").rename(box / "cuc-thue.xlsx")
    (box / "cuc-thue").mkdir()
    for name in ("cuc-thue/10-KH-CTHN-MH.pdf", "843-BC-CTHN-MH.pdf", "cong-van.pdf"):
        (box / name).write_bytes(b"%PDF-1.7\n" + name.encode())


def fill_workbook_of(agency: str, name: str) -> Deed:
    """Return how the form of an agency comes by mail, under a name of its own."""

    def deed(reader: Reader) -> None:
        reader.must(f"parindex form make {agency} --year 2025 --stage self-assessment -o phieu")
        (reader.folder / "hop-thu").mkdir(exist_ok=True)
        (reader.folder / f"phieu/2025_self-assessment_{agency}.xlsx").rename(reader.folder / "hop-thu" / name)

    return deed


def scan_page(reader: Reader) -> None:
    """Sign the page and save its scan under the name that the page says."""
    (name,) = re.findall(
        r"<strong>(trang-ky-[0-9a-f]{8}\.pdf)</strong>", (reader.folder / "ky.html").read_text("utf-8")
    )
    (reader.folder / "hop-thu" / name).write_bytes(b"%PDF-1.7\n")


def scan_otherwise(reader: Reader) -> None:
    """Save the form of another agency, and the scan of its page under a name that says nothing."""
    fill_workbook_of("kho-bac-nha-nuoc", "kho-bac.xlsx")(reader)
    (reader.folder / "hop-thu/quet.pdf").write_bytes(b"%PDF-1.7\n% 2\n")


def save_page(reader: Reader) -> None:
    """Save what the page of a form would save untouched."""
    page = (reader.folder / "phieu/2025/bieu-mau/self-assessment/cuc-thue/index.html").read_text(encoding="utf-8")
    data = json.loads(re.search(r'<script type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL)[1])
    (reader.folder / "hop-thu").mkdir()
    saved = json.dumps({**data["identity"], "content": data["content"]}, ensure_ascii=False, indent=1)
    reader.writes("hop-thu/phieu-2025-self-assessment-cuc-thue.json", saved)


def answer_survey(reader: Reader) -> None:
    """Answer the forms that were made: twenty by phone, as KoBo exports them, and ten on paper, typed in."""
    folder = reader.folder.parent / "tra-loi"
    folder.mkdir()
    form = openpyxl.load_workbook(reader.folder / "phieu/2025_lanh-dao-so_xlsform.xlsx")["survey"]
    names, group = [], ""
    for kind, name in form.iter_rows(min_row=2, max_col=2, values_only=True):
        if kind in {"begin_group", "end_group"}:
            group = f"{name}/" if kind == "begin_group" else ""
        else:
            names.append(f"{group}{name}")
    with (folder / "kobo.csv").open("w", encoding="utf-8", newline="") as file:
        sheet = csv.writer(file, delimiter=";")
        sheet.writerow([*names, "_id", "_uuid", "_submission_time", "_validation_status", "_submitted_by"])
        for number in range(1, 21):
            own = (number, f"u{number}", "2025-12-05T10:00:00", "", "")
            sheet.writerow([*(answer(name, number) for name in names), *own])
    book = openpyxl.load_workbook(reader.folder / "phieu/2025_lanh-dao-so_nhap-phieu.xlsx")
    page = book["Nhập phiếu"]
    for row in range(2, 12):
        for cell in page[1]:
            page.cell(row, cell.column).value = answer(str(cell.value), row + 20)
    book.save(folder / "nhap-phieu.xlsx")


def answer(title: str, number: int) -> str:
    """Return what a form of this number holds in a column."""
    fixed = {
        "start": f"2025-12-01T08:{number:02}:00.000+07:00",
        "end": f"2025-12-01T08:{number + 9:02}:00.000+07:00",
        **dict.fromkeys(("token", "Mã phiếu"), f"LDS-{number:03}"),
        "mode": "online",
        "Hình thức": "trực tiếp",
        "Ngày trả lời": "2025-12-02",
        "own_agency": "other",
        "Nơi công tác": "Cơ quan khác",
    }
    if title in fixed:
        return fixed[title]
    if "__" in title:
        return ("rat-tot", "tot", "kem")[(number + len(title)) % 3]
    return ("Rất tốt", "Tốt", "Kém")[(number + len(title)) % 3] if "[" in title else ""


def put_tables(reader: Reader) -> None:
    """Lay the annex of a decision and two lists beside the data."""
    for name, data in (("phu-luc.docx", word(ANNEX)), ("co-quan.xlsx", xlsx(LIST)), ("don-vi.xlsx", xlsx(LIST))):
        (reader.folder / name).write_bytes(data)


def list_tokens(reader: Reader) -> None:
    tokens = "".join(f"LDS-{number:03}\n" for number in range(1, 31))
    (reader.folder.parent / "tra-loi/ma-phieu.txt").write_text(tokens, encoding="utf-8")


def set_up_server(reader: Reader) -> None:
    server = reader.folder.parent / "srv"
    server.mkdir()
    reader.words |= {"THỜI_ĐIỂM": "2026-12-01T00:00:00+07:00", "ĐIỂM_ĐẦU": "main", "ĐIỂM_CUỐI": "HEAD"}
    reader.environment |= {"KHO": str(server / "par-index.git"), "MA": str(ROOT), "DU_LIEU": str(reader.folder)}
    reader.environment["KHOA"] = "khoa-may-chu"


def fall_behind(reader: Reader) -> None:
    """Let the main branch go on, and commit something signed beside it."""
    enrol(reader, "thu-ky-hoi-dong")
    reader.must("git push --quiet origin HEAD~1:refs/heads/main")


def be_overtaken(reader: Reader) -> None:
    """Take the pushed seal back and let the main branch go on: the other case that the page speaks of."""
    reader.must("git push --quiet --force origin HEAD~1:main")
    reader.must("git push --quiet --delete origin seal/2025/self-assessment")
    reader.must(f"git clone --quiet {reader.forge} ../another")
    reader.must("git -C ../another commit --quiet --allow-empty -m 'Việc khác'")
    reader.must("git -C ../another push --quiet origin main")


def plan_2026(reader: Reader) -> None:
    """Set the days of the new year, far ahead, so that no clock closes what the page opens."""
    reader.is_known_as("Quản trị", "quan-tri-du-lieu@vi-du.example")
    for name in ("cycle", "plan", "survey/survey"):
        path = f"data/2026/{name}.yml"
        text = (reader.folder / path).read_text(encoding="utf-8")
        period, later = "{from: 2026-01-01, to: 2026-12-31}", text.replace("2026-", "2097-").replace("2027-", "2098-")
        reader.writes(path, later.replace(period.replace("2026", "2097"), period))
    calendar = (reader.folder / "data/calendar.yml").read_text(encoding="utf-8")
    for year in (2097, 2098):
        calendar += f'  "{year}": {{notice: {{number: 1/TB-MH}}, days_off: [], make_up_days: []}}\n'
    reader.writes("data/calendar.yml", calendar)


def add_stage(reader: Reader) -> None:
    """Write the stages of the page into the year 2025."""
    cycle = (reader.folder / "data/2025/cycle.yml").read_text(encoding="utf-8")
    (stages,) = blocks_of(f"{HOW_TO}/them-mot-buoc.md", "yaml")
    reader.writes("data/2025/cycle.yml", re.sub(r"(?m)^stages:\n(?:  .*\n)+", stages, cycle))


def take_over(reader: Reader) -> None:
    """Let the change be merged, and the people of the survey go on."""
    reader.must("git push --quiet origin mo-ky-2026:main")
    reader.is_known_as("Viện", "thu-ky-vien@vi-du.example")


ASK = "parindex join {} --role tham-dinh --body so-tai-chinh --email {}"
ASK_NEW = ASK.format("chuyen-vien-tai-chinh", "chuyen-vien@stc.example")
ASK_AGAIN = ASK.format("to-cong-tac-tai-chinh", "to-cong-tac-tai-chinh@vi-du.example") + " --key ~/.ssh/parindex_moi"
SCIENCE, NEWS = "so-khoa-hoc-cong-nghe", "so-thong-tin-truyen-thong"
PARTS = "data/2025/appraisal-1/cuc-thue"
TAKEN_OVER = f"git mv {PARTS}/{SCIENCE}.yml {PARTS}/{NEWS}.yml"
END = "      - key: {}\n        from: 2024-11-26\n"


def staff(reader: Reader) -> None:
    """Give people keys, let access.yml and the appraisal need a second person, and the appraisal be open for long."""
    reader.must("mkdir -p ~/.ssh")
    for person in ("quan-tri-du-lieu", "pho-thuong-truc", "thu-ky-hoi-dong"):
        reader.must(f"ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/{person}")
        public = " ".join((reader.home / f".ssh/{person}.pub").read_text(encoding="utf-8").split()[:2])
        email = f"    email: {person}@vi-du.example\n    keys:\n"
        reader.changes("data/access.yml", email, f"{email}{END.format(public)}")
    for policy in ("signed: [", "second_person: ["):
        reader.changes("data/access.yml", f"  {policy}", f"  {policy}access, ")
    reader.changes("data/2025/cycle.yml", "before: 2025-12-20", "before: 2098-12-20")
    first = (reader.folder / f"{PARTS}.yml").read_text(encoding="utf-8")
    own = re.findall(r'(?m)^  "7\.(?!3\.2).*\n(?:    .*\n)+', first)  # of 7.3.2 another body has the watch
    reader.writes(f"{PARTS}.yml", "".join(re.split("|".join(map(re.escape, own)), first)))
    reader.writes(f"{PARTS}/{SCIENCE}.yml", f"format: 1\nlines:\n{''.join(own)}")
    reader.must("git add data")
    reader.must("git commit --quiet -m 'Trước khi có người mới'")
    reader.must("git push --quiet origin HEAD:main")
    reader.words |= {"join chuyen-": "join --no-passphrase chuyen-", "join to-": "join --no-passphrase to-"}


def becomes(person: str) -> Deed:
    """Return how the reader turns to another person's desk, with that person's clone and key, and what was sent."""

    def deed(reader: Reader) -> None:
        sent, folder = sorted(reader.folder.glob("join-*.yml")), reader.folder.parent / person
        if not folder.exists():
            reader.must(f"git clone --quiet {reader.forge} {folder}")
        reader.folder = folder
        for file in sent:
            shutil.copy(file, folder)
        for name, value in (("user.name", person), ("user.email", f"{person}@vi-du.example"), ("gpg.format", "ssh")):
            reader.must(f"git config --local {name} {value}")
        reader.must(f"git config --local user.signingkey {reader.home}/.ssh/{person}")
        reader.must("git config --local commit.gpgsign true")

    return deed


def is_back(reader: Reader) -> None:
    """Turn back to the newcomer's own desk, whose clone was the first."""
    reader.folder = reader.folder.parent / "parindex"


def appraise(reader: Reader) -> None:
    """Score a criterion that the newcomer's body monitors."""
    reader.changes(
        f"{PARTS}.yml",
        '  "6.1.1":\n    score: 1.5\n',
        '  "6.1.1":\n    score: 0.75\n    answer: muon\n    reason: Có nội dung muộn\n',
    )


def end_keys(*people: str) -> Deed:
    """Return how keys get a last day by hand."""

    def deed(reader: Reader) -> None:
        keys = yaml.safe_load((reader.folder / "data/access.yml").read_text(encoding="utf-8"))["people"]
        (until,) = {
            block
            for page in (f"{HOW_TO}/mat-khoa.md", f"{HOW_TO}/don-vi-giai-the.md")
            for block in blocks_of(page, "yaml")
            if "until" in block
        }
        for person in people:
            old = END.format(keys[person]["keys"][0]["key"])
            reader.changes("data/access.yml", old, old + until)

    return deed


def hand_over(reader: Reader) -> None:
    """Let another body monitor the criteria of the one that is dissolved."""
    staff(reader)
    becomes("quan-tri-du-lieu")(reader)
    reader.changes(CRITERIA, f"monitor: {SCIENCE}\n", f"monitor: {NEWS}\n")


def end_of_a_body(reader: Reader) -> None:
    becomes("quan-tri-du-lieu")(reader)
    reader.must("git switch --quiet main")
    end_keys("to-cong-tac-khoa-hoc")(reader)


# Page and command -> what is done by hand before it.
SIGN = "parindex export --year 2024 --today 2025-03-20 -o du-lieu-mo --sign ~/.ssh/id_ed25519"
DEEDS: Mapping[tuple[str, str], Deed] = {
    (TUTORIAL, f"{CHECK_2025} #2"): lambda reader: reader.changes(TAX, SCORED, SCORED.replace("1.96", "1,96")),
    (TUTORIAL, f"{CHECK_2025} #3"): lambda reader: reader.changes(
        TAX, SCORED.replace("1.96", "1,96"), SCORED.replace("1.96", "2")
    ),
    (TUTORIAL, f"{CHECK_2025} #4"): lambda reader: reader.changes(
        TAX, SCORED.replace("1.96", "2"), SCORED.replace("    score: 1.96\n", blocks_of(TUTORIAL, "yaml")[1])
    ),
    (f"{HOW_TO}/bieu-mau-excel.md", "parindex form read hop-thu/ --today 2025-12-04 --annotate"): fill_workbook,
    (f"{HOW_TO}/bieu-mau-web.md", "parindex form read hop-thu/ --today 2025-12-04"): save_page,
    (f"{HOW_TO}/tai-lieu-kiem-chung.md", "parindex form read hop-thu/ --today 2025-12-04 --match"): hand_in_evidence,
    (f"{HOW_TO}/ky-phieu.md", "parindex form read hop-thu/cuc-thue.xlsx --today 2025-12-04 --page ky.html"): (
        fill_workbook_of("cuc-thue", "cuc-thue.xlsx")
    ),
    (f"{HOW_TO}/ky-phieu.md", "parindex form read hop-thu/ --today 2025-12-04"): scan_page,
    (
        f"{HOW_TO}/ky-phieu.md",
        "parindex form read hop-thu/kho-bac.xlsx --today 2025-12-04 --signed hop-thu/quet.pdf",
    ): scan_otherwise,
    (f"{HOW_TO}/dieu-tra.md", TALLY): answer_survey,
    (f"{HOW_TO}/doc-bang-tieu-chi.md", "mkdir data/2026"): put_tables,
    (f"{HOW_TO}/dieu-tra.md", CALL_BACKS): list_tokens,
    (f"{HOW_TO}/du-lieu-mo.md", SIGN): has_key,
    (f"{HOW_TO}/du-lieu-mo.md", "parindex site --signatures chu-ky"): lambda reader: reader.must(
        "mkdir --parents chu-ky/2024 && cp du-lieu-mo/SHA256SUMS.sig chu-ky/2024/"
    ),
    (f"{HOW_TO}/doc-loi-kiem-tra.md", CHECK): lambda reader: reader.changes(
        TAX, SCORED, SCORED.replace("1.96", "1,96")
    ),
    (f"{HOW_TO}/doc-loi-kiem-tra.md", CHECK_2025): lambda reader: reader.must("git checkout --quiet ."),
    (f"{HOW_TO}/nguoi-moi.md", ASK_NEW): staff,
    (f"{HOW_TO}/nguoi-moi.md", "parindex join --request join-chuyen-vien-tai-chinh.yml"): becomes("quan-tri-du-lieu"),
    (f"{HOW_TO}/nguoi-moi.md", "git fetch"): becomes("pho-thuong-truc"),
    (f"{HOW_TO}/nguoi-moi.md", "git pull"): is_back,
    (f"{HOW_TO}/nguoi-moi.md", 'git commit --message "Thẩm định tiêu chí 6.1.1" -- data/2025/appraisal-1'): appraise,
    (f"{HOW_TO}/mat-khoa.md", ASK_AGAIN): staff,
    (f"{HOW_TO}/mat-khoa.md", "parindex join --request join-to-cong-tac-tai-chinh.yml"): becomes("quan-tri-du-lieu"),
    (f"{HOW_TO}/mat-khoa.md", "parindex check"): end_keys("to-cong-tac-tai-chinh"),
    (f"{HOW_TO}/mat-khoa.md", "git fetch"): becomes("pho-thuong-truc"),
    (f"{HOW_TO}/don-vi-giai-the.md", "parindex diff HEAD"): hand_over,
    (f"{HOW_TO}/don-vi-giai-the.md", "git pull"): becomes("thu-ky-hoi-dong"),
    (f"{HOW_TO}/don-vi-giai-the.md", "git switch --create dong-quyen"): end_of_a_body,
    (f"{HOW_TO}/may-chu-git.md", 'git init --quiet --bare --initial-branch main "$KHO"'): set_up_server,
    (f"{HOW_TO}/may-chu-git.md", "git fetch"): fall_behind,
    (f"{HOW_TO}/niem-phong.md", "parindex check --year 2024"): lambda reader: enrol(reader, "thu-ky-hoi-dong"),
    (f"{HOW_TO}/niem-phong.md", "git tag --delete seal/2025/self-assessment"): be_overtaken,
    (f"{HOW_TO}/phe-duyet-va-cong-bo.md", "parindex check --year 2025"): finish_2025,
    (f"{HOW_TO}/phe-duyet-va-cong-bo.md", AMENDED): lambda reader: reader.writes(
        "data/2024/amendments/0002.yml", blocks_of(f"{HOW_TO}/phe-duyet-va-cong-bo.md", "yaml")[0]
    ),
    (f"{HOW_TO}/them-mot-buoc.md", CHECK_2025): add_stage,
    (f"{HOW_TO}/them-ky-moi.md", "parindex check --year 2026"): plan_2026,
    (f"{HOW_TO}/them-ky-moi.md", "git switch main"): take_over,
    (f"{HOW_TO}/sua-mot-tep.md", CHECK): lambda reader: reader.changes(
        TAX, SCORED, f"{SCORED}    note: Hai nhiệm vụ còn lại có hạn trong quý I năm sau\n"
    ),
}


STEPS = {page: list(steps_of(page)) for page in PAGES}


def test_no_entry_speaks_of_a_command_that_no_page_has() -> None:
    typed = {key for page, steps in STEPS.items() for key in keys(steps)}

    assert sorted({*NOT_RUN, *DEEDS} - typed) == []


def keys(steps: list[Step]) -> list[tuple[str, str]]:
    """Return the names of a page's commands: a command that stands there again has its number behind it."""
    seen: Counter[str] = Counter()
    named = []
    for step in steps:
        seen[step.command] += 1
        number = seen[step.command]
        named.append((step.page, step.command if number == 1 else f"{step.command} #{number}"))
    return named


@pytest.mark.parametrize("page", PAGES)
def test_a_command_stands_where_it_is_typed(page: str) -> None:
    synopsis = page == "docs/reference/commands.md"  # which says how each command is called, in words for what to type
    shown = [
        line.strip()
        for kind in kinds_of(page) - {*TYPED, *(["text"] if page == RECORDED else [])}
        for block in blocks_of(page, kind)
        for line in block.splitlines()
        if re.match(r" *(?:\$ |python3 |pip |git [a-z])", line) or (line.startswith("parindex ") and not synopsis)
    ]

    assert shown == []


@pytest.mark.parametrize("page", PAGES)
def test_only_sessions_that_exist_are_named(page: str) -> None:
    named = re.findall(r"\bnoxfile\.py ([a-z]+)", (ROOT / page).read_text(encoding="utf-8"))

    assert sorted(set(named) - set(sessions())) == []


@pytest.mark.parametrize(
    ("quoted", "told", "found"),
    [
        (("a", "c"), "a\nb\nc\n", True),
        (("c", "a"), "a\nb\nc\n", False),
        (("a", "a"), "a\nb\n", False),
        (("x.yml:1: lỗi…Viết: 1.",), "x.yml:1: lỗi “a” cần số. Viết: 1.\n", True),
        (("lỗi “a”",), "lỗi “a”\n", True),
        (("lỗi",), "lỗi “a”\n", False),
    ],
)
def test_a_quote_holds_line_by_line(quoted: tuple[str, ...], told: str, *, found: bool) -> None:
    assert is_quoted(quoted, told) is found


def test_who_has_not_put_the_program_there_does_not_find_it(
    tmp_path: Path, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = new_reader(tmp_path, run_command, monkeypatch, installed=False)
    reader.must("python3 -m venv .venv")

    assert reader.types("parindex score --year 2024").code == 127
    assert reader.types("pip install -c constraints.txt -e .").code == 1
    reader.must(". .venv/bin/activate")
    reader.must("pip install -c constraints.txt -e .")
    assert reader.types("parindex score --year 2024").code == 0


@pytest.mark.slow
@pytest.mark.needs("ssh-keygen")
@pytest.mark.parametrize("page", [page for page, steps in STEPS.items() if steps])
def test_every_command_of_a_page_runs(
    page: str, tmp_path: Path, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = new_reader(tmp_path, run_command, monkeypatch, installed=page not in BEFORE)
    if page == TUTORIAL:  # which begins with nothing
        shutil.rmtree(reader.folder)
        reader.folder = reader.home
        reader.words["ĐỊA-CHỈ"] = str(reader.forge)

    for step, key in zip(STEPS[page], keys(STEPS[page]), strict=True):
        DEEDS.get(key, nothing)(reader)
        if key in NOT_RUN:
            continue
        done = reader.types(step.command)
        told = done.stdout + done.stderr

        assert done.code == step.code, f"{page}:{step.line}: {step.command}\n{told[-3000:]}"
        assert is_quoted(step.quoted, told), f"{page}:{step.line}: {step.command}\n{told[-3000:]}"


def nothing(_reader: Reader) -> None:
    """Do nothing by hand."""

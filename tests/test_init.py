"""`init`: answers become a repository whose first check is green and whose first push the door takes, or nothing."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT, Outcome, RunCommand
from guarded import key_of, public_key
from readers import program
from test_repository_files import ACTION
from wrong_tables import ANNEX, BAD, LIST, xlsx

from pipeline.core.record.beginning import days_off

SAMPLE = "tra-loi.yml"
FORGES = {
    "server": [],
    "github": [".github/workflows/data.yml", ".github/workflows/guard.yml", ".github/workflows/register.yml"],
    "gitlab": [".gitlab-ci.yml"],
    "forgejo": [".forgejo/workflows/data.yml", ".forgejo/workflows/guard.yml"],
}
ALWAYS = [
    *(".ci/hooks/post-receive", ".ci/hooks/pre-receive", ".ci/register", ".editorconfig", ".gitattributes"),
    *(".gitignore", ".pre-commit-config.yaml", ".vscode/extensions.json", ".vscode/settings.json"),
    *(".vscode/tasks.json", "README.md"),
    *("data/2026/agencies.yml", "data/2026/criteria.yml", "data/2026/cycle.yml", "data/access.yml"),
    *("data/bodies.yml", "data/calendar.yml", "data/site.yml"),
    *(f"start/gui-hop-thu.{end}" for end in ("cmd", "command", "desktop")),
]

pytestmark = pytest.mark.needs("ssh-keygen")


class Office:
    """A folder of somebody who has the program and nothing else."""

    def __init__(self, folder: Path, run: RunCommand) -> None:
        self.folder, self.run = folder, run
        self.repository = folder / "kho"

    def answers(self, *changes: tuple[str, str]) -> str:
        text = self.run("init", "--sample-answers").stdout
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        (self.folder / SAMPLE).write_text(text, encoding="utf-8")
        return text

    def init(self, *more: str) -> Outcome:
        return self.run("init", "kho", "--answers", SAMPLE, *(more or ("--no-passphrase",)), cwd=self.folder)

    def refused(self, code: int, *more: str) -> str:
        """Run init and return what it said; nothing of it may stay."""
        before = sorted(path.name for path in self.folder.rglob("*"))
        done = self.init(*more)

        assert done.code == code, done
        assert sorted(path.name for path in self.folder.rglob("*")) == before
        return done.stdout + done.stderr

    def git(self, *words: str, code: int = 0, folder: Path | None = None) -> str:
        environment = {**os.environ, "PARINDEX": str(self.folder / "bin" / "parindex")}
        where = folder or self.repository
        done = subprocess.run(
            ["git", *words], cwd=where, env=environment, capture_output=True, encoding="utf-8", check=False
        )

        assert done.returncode == code, done
        return (done.stdout + done.stderr).strip()

    def read(self, path: str) -> Any:
        return yaml.safe_load((self.repository / path).read_text(encoding="utf-8"))


@pytest.fixture
def office(tmp_path: Path, run_command: RunCommand) -> Office:
    return Office(tmp_path, run_command)


def test_the_sample_explains_each_answer_in_the_language_of_who_asks(run_command: RunCommand) -> None:
    for language in ("vi", "en"):
        text = run_command("--lang", language, "init", "--sample-answers").stdout
        lines = text.splitlines()
        answers = [at for at, line in enumerate(lines) if re.match(r" *[\w-]+: \S", line) and "format:" not in line]

        assert [lines[at] for at in answers if not lines[at - 1].lstrip().startswith("# ")] == []
    assert ("# Tên chỉ số" in run_command("init", "--sample-answers").stdout, "# Name of the index" in text) == (
        True,
        True,
    )


def test_the_sample_makes_a_repository_whose_first_check_is_green(office: Office) -> None:
    office.answers()
    done = office.init()
    told = office.run("check", cwd=office.repository).stdout

    assert (done.code, done.stderr) == (0, "")
    assert told.splitlines()[-1] == "Đã kiểm tra 7 tệp của 1 kỳ đánh giá: 0 lỗi, 0 cảnh báo."
    assert office.run("fmt", "--check", cwd=office.repository).code == 0
    assert office.git("ls-files").splitlines() == ALWAYS
    assert office.git("status", "--short") == ""
    assert sorted(office.read("data/2026/cycle.yml")["stages"]) == [
        *("appraisal-1", "appraisal-2", "council-decision", "explanation", "self-assessment", "survey")
    ]
    assert "quyết định" in (office.repository / "data/calendar.yml").read_text(encoding="utf-8").splitlines()[0]
    assert "Chỉ để làm thử" in done.stdout


def test_the_first_commit_is_the_rights_alone_and_the_others_part_what_guard_wants_apart(office: Office) -> None:
    office.answers()
    told = office.init().stdout
    commits = office.git("log", "--reverse", "--format=%H").splitlines()
    brought = [office.git("show", "--format=", "--name-only", commit).splitlines() for commit in commits]
    program_files = [path for path in ALWAYS if not path.startswith("data/")]
    alone = ["data/access.yml", "data/site.yml"]

    assert brought == [
        alone[:1],
        [path for path in ALWAYS if path.startswith("data/") and path not in alone],
        alone[1:],
        program_files,
    ]
    assert f"Ngày mở sổ (founding): {commits[0]}\n" in told
    assert office.git("config", "parindex.founding") == commits[0]
    assert (office.repository / ".ci/hooks/pre-receive").stat().st_mode & 0o111


def test_the_first_push_is_taken_once_the_second_person_has_approved(office: Office) -> None:
    """The commands are those that init prints, line for line."""
    office.answers()
    told = office.init().stdout
    program(office.folder / "bin")
    server, second = office.folder / "may-chu.git", office.folder / "nguoi-duyet"
    second.mkdir()
    words = {"ĐỊA-CHỈ-KHO": str(server), "-C KHO": f"-C {server}", "KHÓA": str(office.folder / "khoa/nguoi-duyet")}
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch", "main", server], check=True)
    lines = re.findall(r"(?m)^  ((?:git|cd|parindex) .*)$", told)
    for old, new in words.items():
        lines = [line.replace(old, new) for line in lines]
    for name in ("pre-receive", "post-receive"):
        (server / "hooks" / name).write_bytes((office.repository / ".ci/hooks" / name).read_bytes())
    (server / "hooks" / "pre-receive").chmod(0o755)
    folder, said = office.folder, list[str]()
    for line in lines:
        if line.startswith("git clone"):
            assert "no-review" in office.git("push", "origin", "HEAD:main", code=1, folder=folder)
            folder = second
        match line.split():
            case ["cd", target]:
                folder = folder / target
            case ["parindex", *rest]:
                assert office.run(*rest, cwd=folder).code == 0
            case ["git", *rest]:
                said.append(office.git(*rest, folder=folder))

    assert len(lines) == 15
    assert "ĐẠT: 5 commit" in said[-1]
    assert office.git("rev-list", "--count", "main", folder=server) == "5"


@pytest.mark.parametrize("forge", FORGES)
def test_each_forge_gets_its_jobs_and_they_take_no_word_of_strangers(office: Office, forge: str) -> None:
    office.answers(("forge: server", f"forge: {forge}"))
    office.init()
    found = office.git("ls-files").splitlines()
    texts = {path: (office.repository / path).read_text(encoding="utf-8") for path in FORGES[forge]}
    used = [action for text in texts.values() for action in re.findall(r"^[ -]*uses: *(.+)$", text, re.MULTILINE)]
    jobs = [job for text in texts.values() for job in yaml.safe_load(text).get("jobs", {}).values()]
    commands = [step["run"] for job in jobs for step in job["steps"] if "run" in step]

    assert sorted(set(found) - set(ALWAYS)) == sorted(FORGES[forge])
    assert [action for action in used if not ACTION.fullmatch(action)] == []
    assert [command for command in commands if "${{" in command] == []
    assert "guard --at" in "".join(texts.values()) or forge == "server"


def test_every_action_has_the_digest_that_the_projects_own_jobs_have() -> None:
    def actions(folder: Path) -> set[str]:
        return {
            line
            for path in folder.rglob("*.yml")
            for line in re.findall(r"actions/[a-z-]+@.+", path.read_text("utf-8"))
        }

    own = actions(ROOT / ".github") | actions(ROOT / ".forgejo")

    assert actions(ROOT / "starter") <= own


def test_the_answers_choose_the_stages_and_the_words_of_the_level(office: Office) -> None:
    text = office.answers(("level: province", "level: ministry"), ("translated: false", "translated: true"))
    kept = re.sub(r"(?ms)^  explanation:.*?^people:", "people:", text)
    (office.folder / SAMPLE).write_text(kept, encoding="utf-8")
    office.init()

    assert list(office.read("data/2026/cycle.yml")["stages"]) == ["self-assessment", "appraisal-1"]
    assert "languages" not in office.read("data/site.yml")
    assert office.read("data/site.yml")["authority"] == {"name": "Sông Lam", "level": "ministry"}
    assert (office.repository / "README.en.md").is_file()


def test_tables_at_hand_become_the_rules_of_the_year(office: Office) -> None:
    names = ("Sở Nội vụ", "Sở Tư pháp", "Sở Thông tin")
    bodies = [LIST[0], *((n, name, name, "SNV") for n, name in enumerate(names))]
    for name, rows in (("bo-tieu-chi.xlsx", ANNEX), ("co-quan.xlsx", LIST), ("don-vi.xlsx", bodies)):
        (office.folder / name).write_bytes(xlsx(rows))
    tables = (("criteria", "bo-tieu-chi"), ("agencies", "co-quan"), ("bodies", "don-vi"))
    office.answers(*((f'{kind}: ""', f"{kind}: {name}.xlsx") for kind, name in tables))
    told = office.init().stdout

    assert "0 lỗi, 0 cảnh báo" in office.run("check", cwd=office.repository).stdout
    assert office.read("data/2026/cycle.yml")["out_of"] == 10.5
    assert list(office.read("data/2026/agencies.yml")["agencies"]) == ["thue-tinh", "bao-hiem-xa-hoi-tinh"]
    assert office.read("data/2026/criteria.yml")["criteria"]["1"]["monitor"] == "so-noi-vu"
    assert list(office.read("data/bodies.yml")["bodies"])[:2] == ["co-quan-ban-hanh", "don-vi-thuong-truc"]
    assert "TT ghi số La Mã I" in told
    assert "Bảng đã đọc có 8 chỗ cần người quyết định" in told
    assert "là mẫu" not in told


@pytest.mark.parametrize(
    "wrong",
    [
        "merged cells",
        "a maximum missing",
        "a sum that is another",
        "a total that is another",
        "two codes alike",
        "a scan",
    ],
)
def test_a_table_with_errors_makes_nothing(office: Office, wrong: str) -> None:
    made, told = BAD[wrong]
    (office.folder / "phu-luc.docx").write_bytes(made())
    office.answers(('criteria: ""', "criteria: phu-luc.docx"))
    said = office.refused(1)

    assert [word for word in told if word.replace("phu-luc.xlsx", "phu-luc.docx") not in said] == []
    assert "Chưa lập kho" in said


def test_half_a_file_of_answers_is_told_whole(office: Office) -> None:
    half = office.answers().partition("stages:")[0].replace("level: province", "level: tinh")
    (office.folder / SAMPLE).write_text(f"{half}mau: do\n", encoding="utf-8")
    said = office.refused(1)

    assert re.findall(r"lỗi ([a-z-]+): ", said) == [*["missing-key"] * 3, "not-allowed-value", "unknown-key"]
    assert f"{SAMPLE}:12:10: lỗi not-allowed-value: “authority › level” ghi “tinh”" in said
    assert "parindex init kho --answers tra-loi.yml" in said


CASES: Mapping[str, tuple[tuple[str, str], str]] = {
    "a stage that ends before it begins": (("by: 2026-11-20", "by: 2026-10-20"), "2026/cycle.yml"),
    "one address for two people": (("nguoi-duyet@don-vi", "nguoi-lap@don-vi"), "data/access.yml"),
    "one key for two people": (("khoa/nguoi-duyet", f"{key_of('van-thu-noi-vu')}"), "data/access.yml"),
    "one file for the keys of two people": (("khoa/nguoi-duyet", "khoa/chung"), "data/access.yml"),
    "a day that is none": (("date: 2026-10-01", "date: 2026-02-30"), f"{SAMPLE}:"),
}


@pytest.mark.parametrize("case", CASES)
def test_answers_that_do_not_fit_together_are_told_by_the_laws(office: Office, case: str) -> None:
    (old, new), place = CASES[case]
    office.answers((old, new), ("khoa/nguoi-lap", "khoa/chung" if "file" in case else str(key_of("van-thu-noi-vu"))))
    said = office.refused(1)

    assert place in said
    assert " lỗi " in said


def test_keys_that_are_there_are_used_and_a_public_line_serves_for_the_second_person(office: Office) -> None:
    first, second = key_of("giu-luat-noi-vu"), public_key("lanh-dao-noi-vu")
    office.answers(("khoa/nguoi-lap", str(first)), ("khoa/nguoi-duyet", second))
    done = office.init("--no-passphrase")
    people = office.read("data/access.yml")["people"]

    assert done.code == 0
    assert people["nguoi-duyet"]["keys"][0]["key"] == " ".join(second.split()[:2])
    assert office.git("config", "user.signingkey") == str(first)
    assert "khóa" not in done.stdout.partition("Đã lập kho")[0]


@pytest.mark.parametrize(
    ("change", "more", "said"),
    [
        (("khoa/nguoi-lap", public_key("lanh-dao-noi-vu")), "--no-passphrase", "phải là tệp khóa trên máy này"),
        (("khoa/nguoi-duyet", "nguoi-duyet.pub"), "--no-passphrase", "nguoi-duyet.pub"),
        (("khoa/nguoi-lap", "~khong-co-ai/khoa.pub"), "--no-passphrase", "khong-co-ai"),
        (("khoa/nguoi-lap", "kho/khoa"), "--no-passphrase", "nằm trong thư mục của kho"),
        (("khoa/nguoi-lap", "khoa/../kho/khoa"), "--no-passphrase", "nằm trong thư mục của kho"),
        (("khoa/nguoi-lap", "."), "--no-passphrase", "khóa"),
        (("khoa/nguoi-lap", "/"), "--no-passphrase", "khóa"),
        (("khoa/nguoi-lap", "khoa/khac"), "--lang=vi", "--no-passphrase"),
        (('criteria: ""', "criteria: khong-co.xlsx"), "--no-passphrase", "Không đọc được"),
    ],
    ids=[
        "no private key",
        "no such public key",
        "nobody's home",
        "a key inside",
        "a key inside by another way",
        "a folder",
        "the top of all folders",
        "no terminal for a passphrase",
        "no such table",
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(
    office: Office, change: tuple[str, str], more: str, said: str
) -> None:
    office.answers(change)
    told = office.refused(2, more)

    assert said in told
    assert told.count("\n") == 1


@pytest.mark.parametrize("there", ["a file in it", "a file of that name", "where one stands"])
def test_a_folder_that_is_taken_stays_as_it_is(office: Office, there: str) -> None:
    office.answers()
    if there == "a file in it":
        office.repository.mkdir()
        (office.repository / "ghi-chu.txt").write_text("của tôi", encoding="utf-8")
    elif there == "a file of that name":
        office.repository.write_text("của tôi", encoding="utf-8")
    words = ("init", ".", "--answers", SAMPLE) if there == "where one stands" else ("init", "kho", "--answers", SAMPLE)
    before = sorted(office.folder.rglob("*"))
    done = office.run(*words, cwd=office.folder)

    assert (done.code, "Hãy nêu một thư mục chưa có" in done.stderr) == (2, True)
    assert sorted(office.folder.rglob("*")) == before


def test_an_empty_folder_is_filled(office: Office) -> None:
    office.answers()
    office.repository.mkdir()

    assert office.init().code == 0
    assert (office.repository / "data/access.yml").is_file()


def test_a_repository_that_cannot_be_signed_is_not_there(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = office.folder / "tools"
    tools.mkdir()
    (tools / "git").symlink_to(
        next(Path(name) / "git" for name in os.environ["PATH"].split(":") if (Path(name) / "git").exists())
    )
    office.answers(
        ("khoa/nguoi-lap", str(key_of("van-thu-noi-vu"))), ("khoa/nguoi-duyet", public_key("lanh-dao-noi-vu"))
    )
    monkeypatch.setenv("PATH", str(tools))

    assert "ssh-keygen" in office.refused(2)


def answered(folder: Path, type_: Callable[[str], str]) -> str:
    """Run init on a terminal, and type what is given for each question."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.environ["PYTHONPATH"] = str(ROOT)
        os.execv(sys.executable, [sys.executable, "-m", "pipeline", "init", "kho", "--no-passphrase"])  # noqa: S606
    told, done = "", 0
    while True:
        try:
            told += os.read(terminal, 4096).decode("utf-8", "ignore")
        except OSError:
            break
        if told.endswith("]: ") and told.count("]: ") > done:
            done = told.count("]: ")
            os.write(terminal, f"{type_(told.splitlines()[-1])}\n".encode())
    os.waitpid(child, 0)
    return told


def test_on_a_terminal_each_answer_is_asked_and_enter_takes_the_one_shown(office: Office) -> None:
    typed = {
        "Tên chỉ số": "Chỉ số đổi mới",
        "Hội đồng quyết định từ": "-",
        "Giải trình trong": "5",
        "có cả tiếng Anh": "có",
    }
    told = answered(office.folder, lambda asked: next((typed[word] for word in typed if word in asked), ""))

    assert "Đã lập kho" in told
    assert "Hội đồng quyết định đến" not in told
    assert office.read("data/site.yml")["index"] == "Chỉ số đổi mới"
    assert "languages" not in office.read("data/site.yml")
    stages = office.read("data/2026/cycle.yml")["stages"]
    assert ("council-decision" in stages, stages["explanation"]["working_days"]) == (False, 5)


def test_answers_from_a_terminal_that_do_not_fit_are_kept_for_another_try(office: Office) -> None:
    told = answered(office.folder, lambda asked: "tinh" if "Cấp:" in asked else "")
    kept = office.folder / "kho.answers.yml"

    assert "parindex init kho --answers" in told
    assert "level: tinh" in kept.read_text(encoding="utf-8")
    assert not office.repository.exists()


def test_without_a_terminal_the_way_of_the_file_is_told(office: Office) -> None:
    done = office.run("init", "kho", cwd=office.folder)

    assert (done.code, "--sample-answers" in done.stderr) == (2, True)
    assert office.run("init", cwd=office.folder).code == 2


def test_a_year_and_a_number_without_quotes_are_the_text_that_was_written(office: Office) -> None:
    office.answers(('name: "2026"', "name: 2026"), ("number: 01/KH-CQBH-MH", "number: 12.50"))
    text = (office.folder / SAMPLE).read_text(encoding="utf-8").replace("illustrative: true", "illustrative: false")
    (office.folder / SAMPLE).write_text(text, encoding="utf-8")

    assert office.init().code == 0
    assert office.read("data/2026/cycle.yml")["legal_basis"][0]["number"] == "12.50"


def test_what_is_typed_into_names_is_shown_and_does_nothing(office: Office) -> None:
    office.answers(("index: Chỉ số cải cách hành chính", "index: '{year.__class__} {{ 7*7 }}'"))
    office.init()

    assert "# {year.__class__} {{ 7*7 }} của" in (office.repository / "README.md").read_text(encoding="utf-8")


def test_the_readme_sets_a_clone_up_as_the_first_one_is(office: Office) -> None:
    office.answers()
    office.init()
    readme = (office.repository / "README.md").read_text(encoding="utf-8")
    settings = {name: office.git("config", name) for name in ("parindex.founding", "diff.parindex.xfuncname")}
    lines = re.findall(r"(?m)^git config .*$", readme)
    for name in settings:
        office.git("config", "--unset", name)
    for line in lines:
        subprocess.run(["sh", "-c", line], cwd=office.repository, check=True)

    assert len(lines) == 2
    assert {name: office.git("config", name) for name in settings} == settings


HOLIDAYS = yaml.safe_load((ROOT / "starter/data/calendar.yml").read_text(encoding="utf-8"))["holidays"]


@pytest.mark.parametrize("year", range(2025, 2035))
def test_fixed_holidays_are_days_off_by_the_library_too(year: int) -> None:
    holidays = pytest.importorskip("holidays")

    assert [day for day, _ in days_off(year, HOLIDAYS) if day not in holidays.VN(years=year)] == []


def test_a_holiday_at_the_week_end_takes_the_next_working_day() -> None:
    taken = {day.isoformat(): title for day, title in days_off(2033, HOLIDAYS)}

    assert taken["2033-05-02"] == "Ngày Chiến thắng"
    assert taken["2033-05-03"] == "Ngày Quốc tế lao động"

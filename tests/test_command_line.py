"""The command line as people know it from other programs: what may stand where, what was meant, help, completion."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT, Repository, RunCommand, without
from tiny import EXAMPLES

from pipeline.arguments import COMMANDS
from pipeline.commands import common
from pipeline.core.ground.problem_words import problems_text
from pipeline.core.ground.problems import Problem
from pipeline.flows.wording import load_labels

MEANT = [
    # what is typed, what was meant
    (("chek",), "check"),
    (("form", "mak"), "make"),
    (("check", "--yaer", "2024"), "--year"),
    (("check", "--yaer=2024"), "--year"),
    (("check", "--format", "jsn"), "json"),
    (("score", "--year", "20255"), "2025"),
    (("explain", "cuc-thu", "--year", "2024"), "cuc-thue"),
    (("explain", "cuc-thue", "1.1.11", "--year", "2024"), "1.1.1"),
    (("whatif", "cuc-thue", "--year", "2024", "--set", "1.1.11=1"), "1.1.1"),
    (("whatif", "cuc-thue", "--year", "2024", "--reach", "xuat-xac"), "xuat-sac"),
    (("audit", "--year", "2024", "--stage", "apraisal-1"), "appraisal-1"),
]


def test_help_loads_no_library_that_only_commands_need() -> None:
    told = "finally: sys.stderr.write(' '.join(sys.modules))"
    program = f"import sys; from pipeline.cli import main\ntry: main(['--help'])\n{told}"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    loaded = set(ran.stderr.split())
    assert "argparse" in loaded
    heavy = {"git", "jsonschema", "ruamel.yaml", "pipeline.core.record.model"}
    assert not heavy & loaded, "every start of the program would wait for them"


@pytest.mark.parametrize("name", ["check", "diff", "guard", "score", "verify"])
def test_what_only_reads_loads_nothing_that_writes(name: str) -> None:
    program = f"import sys, pipeline.commands.{name}; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)

    assert "ruamel.yaml" not in ran.stdout.split()


@pytest.mark.parametrize(("typed", "meant"), MEANT, ids=[" ".join(typed) for typed, _ in MEANT])
def test_what_may_have_been_meant_is_named(run_command: RunCommand, typed: tuple[str, ...], meant: str) -> None:
    done = run_command("--repo", str(ROOT), *typed)

    assert (done.code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert f"Có phải muốn viết {meant}?" in done.stderr


def test_what_is_like_nothing_is_not_guessed_at(run_command: RunCommand) -> None:
    told = [run_command("--repo", str(ROOT), *typed).stderr for typed in (("xyz",), ("score", "--year", "abc"))]

    assert [line for line in told if "Có phải" in line] == []


@pytest.mark.parametrize(
    ("language", "variable", "typed"),
    [
        ("vi", "", ("check", "--year", "1999")),
        ("en", "", ("check", "--lang", "en", "--year", "1999")),
        ("en", "", ("check", "--year", "1999", "--lang=en")),
        ("en", "en", ("check", "--year", "1999")),
        ("vi", "en", ("check", "--year", "1999", "--lang", "vi")),
        ("vi", "tlh", ("check", "--year", "1999")),
    ],
)
def test_the_language_is_typed_anywhere_or_set_once(
    run_command: RunCommand, monkeypatch: pytest.MonkeyPatch, language: str, variable: str, typed: tuple[str, ...]
) -> None:
    monkeypatch.setenv("PARINDEX_LANG", variable)
    done = run_command(*typed, "--repo", str(ROOT))

    assert done.stderr.startswith({"vi": "parindex: Không có kỳ", "en": "parindex: There is no cycle"}[language])


def test_an_option_of_all_commands_without_its_value_is_told(run_command: RunCommand) -> None:
    done = run_command("check", "--lang")

    assert (done.code, "--lang cần một giá trị" in done.stderr) == (2, True)


# --- help -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [(), ("check",), ("form",), ("form", "make")], ids=" ".join)
def test_help_of_a_command_is_the_command_s_own(run_command: RunCommand, typed: tuple[str, ...]) -> None:
    asked = run_command("help", *typed)

    assert (asked.code, asked.stderr) == (0, "")
    assert asked == run_command(*typed, "--help")


def test_help_explains_the_code_of_a_problem(run_command: RunCommand) -> None:
    done = run_command("help", "evidence-missing", "--lang", "en")

    assert (done.code, done.stdout.splitlines()) == (
        0,
        [
            "evidence-missing",
            "  Criterion … requires evidence, but this line has neither evidence nor an explanation.",
            "  What to do: Add evidence, at least a document's number; if there is none, explain in note.",
            "  See: docs/reference/problems.md#evidence-missing",
        ],
    )


@pytest.mark.parametrize("language", ["vi", "en"])
def test_help_explains_every_code_and_leaves_no_figure_bare(run_command: RunCommand, language: str) -> None:
    families = ("problems.", "guard.law.", "verify.code.")
    keys = [
        key for key in load_labels(language).texts if key.startswith(families) and not key.endswith((".help", "-one"))
    ]
    codes = {key.removesuffix(".message").rpartition(".")[2] for key in keys}
    done = run_command("help", "--lang", language, *sorted(codes))

    assert (done.code, done.stderr, codes & set(COMMANDS)) == (0, "", set())
    assert codes <= set(done.stdout.splitlines())
    assert re.findall(r"\{\w+\}|\{\{", done.stdout) == []


def test_help_of_an_unknown_word_names_the_nearest_code(run_command: RunCommand) -> None:
    done = run_command("help", "evidence-mising")

    assert (done.code, done.stderr) == (
        2,
        "parindex: Không có lệnh hay mã lỗi evidence-mising. Có phải muốn viết evidence-missing?\n",
    )


# --- completion -----------------------------------------------------------------------------------------------------

# A shell -> the program it goes by, and what asks it to complete a line.
_ASK = """COMP_WORDS=({words} "{last}"); COMP_CWORD={count}; _parindex; printf "%s\\n" "${{COMPREPLY[@]}}\""""
_ASK_POWERSHELL = (
    ". {file}; [System.Management.Automation.CommandCompletion]::CompleteInput('{words} {last}', {length}, $null)"
    ".CompletionMatches.CompletionText"
)
SHELLS = {
    "bash": ("bash", "source {file}; " + _ASK),
    "zsh": ("zsh", f"source {{file}}; emulate sh -c '{_ASK}'"),
    "fish": ("fish", "source {file}; complete -C '{words} {last}'"),
    "powershell": ("pwsh", _ASK_POWERSHELL),
}
COMPLETED = [
    # what was typed, the word that is being typed, what it may become
    ("parindex", "au", {"audit"}),
    ("parindex --lang", "e", {"en"}),
    ("parindex check", "--s", {"--since", "--stage"}),
    ("parindex check --year 2024 --format", "js", {"json"}),
    ("parindex form", "ma", {"make"}),
    ("parindex form make --year 2024", "--w", {"--web"}),
    ("parindex survey sample --format", "t", {"table"}),
    ("parindex completion", "f", {"fish"}),
    ("parindex help", "exp", {"explain", "export"}),
]


@pytest.mark.parametrize(
    ("words", "last", "wanted"), COMPLETED, ids=[f"{words} {last}" for words, last, _ in COMPLETED]
)
@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_completes_what_is_typed(
    run_command: RunCommand, tmp_path: Path, shell: str, words: str, last: str, wanted: set[str]
) -> None:
    name, ask = SHELLS[shell]
    program = shutil.which(name) or pytest.skip(without(name))
    file = tmp_path / ("parindex.ps1" if shell == "powershell" else "parindex")
    file.write_text(run_command("completion", shell).stdout, encoding="utf-8")
    line = {"words": words, "last": last, "count": len(words.split()), "length": len(f"{words} {last}")}
    done = subprocess.run(
        [program, "-c", ask.format(file=file, **line)], capture_output=True, text=True, cwd=tmp_path, check=False
    )

    offered = {word for word in done.stdout.split() if word.startswith(last)}  # zsh itself leaves out the others

    assert (done.stderr, offered) == ("", wanted)


# --- where the repository is ----------------------------------------------------------------------------------------


@pytest.fixture
def tiny(repository: Repository) -> Repository:
    """Give a repository with the tiny world, not committed."""
    repository.copy(EXAMPLES / "tiny" / "data", "data")
    repository.copy(ROOT / "schemas", "schemas")
    return repository


def test_the_repository_is_looked_for_upwards_and_told(run_command: RunCommand, tiny: Repository) -> None:
    there = run_command("check", cwd=tiny.root)
    below = run_command("check", cwd=tiny.root / "data" / "2024")

    assert (there.code, there.stderr) == (0, "")
    assert (below.code, below.stdout, below.stderr) == (0, there.stdout, f"Dùng kho ở {tiny.root}.\n")


@pytest.mark.parametrize(
    ("when", "typed", "place"),
    [
        ("a folder is named", ("--repo", "."), "docs"),
        ("data lies above the work tree only", (), "inner"),
        ("a hook stands in the git directory", (), ".git"),
    ],
)
def test_no_folder_above_is_taken_where(
    run_command: RunCommand, tiny: Repository, when: str, typed: tuple[str, ...], place: str
) -> None:
    tiny.git("init", "--quiet", "inner")
    (tiny.root / "docs").mkdir()
    done = run_command("check", *typed, cwd=tiny.root / place)

    assert (done.code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"parindex: Thư mục {tiny.root / place} không có thư mục data/.")


def test_without_git_only_the_folder_itself_is_read(run_command: RunCommand, tiny: Repository) -> None:
    tiny.remove(".git")
    told = [run_command("check", "--today", "2024-12-20", cwd=tiny.root / place).code for place in ("", "data")]

    assert told == [0, 2]


# --- what is told ---------------------------------------------------------------------------------------------------


def wrong(code: str, count: int) -> list[Problem]:
    return [Problem(code, "error", "data/2024/plan.yml", line, 1) for line in range(1, count + 1)]


@pytest.mark.parametrize(
    ("count", "blocks", "more"), [(20, 20, ""), (21, 5, "… và 16 lỗi misplaced-file nữa"), (400, 5, "395 lỗi")]
)
def test_many_problems_of_one_code_are_counted_after_the_first_few(count: int, blocks: int, more: str) -> None:
    told = problems_text([*wrong("misplaced-file", count), *wrong("table-in-data", 2)], load_labels("vi"))

    assert told.count("lỗi misplaced-file:") == blocks
    assert told.count("lỗi table-in-data:") == 2
    assert more in told
    assert ("…" in told) == bool(more)


def test_json_has_every_problem_and_the_exit_code_is_the_same(run_command: RunCommand, tiny: Repository) -> None:
    for number in range(30):
        tiny.write(f"data/2024/self-assessment/Wrong-{number}.yml", "format: 1\n")
    text, whole = (run_command("check", "--format", form, cwd=tiny.root) for form in ("text", "json"))
    found = [problem for problem in json.loads(whole.stdout)["problems"] if problem["code"] == "misplaced-file"]

    assert (text.code, whole.code, len(found)) == (1, 1, 30)
    assert "… và 25 lỗi misplaced-file nữa (xem đủ bằng --format json)\n" in text.stdout
    assert "30 lỗi" in text.stdout.splitlines()[-1]


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("moment", "told"), [(0.0, "Đang đọc\n"), (60.0, "")])
def test_progress_is_told_only_of_what_takes_its_time(
    monkeypatch: pytest.MonkeyPatch, moment: float, told: str
) -> None:
    terminal = _Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(common, "_MOMENT", moment)
    with common.progress("Đang đọc"):
        time.sleep(0.2)

    assert terminal.getvalue() == told


# --- what is written ------------------------------------------------------------------------------------------------

AUDIT = ("audit", "--year", "2024", "--stage", "appraisal-1")
REPORT = ("report", "--year", "2024", "--kind", "index")


@pytest.mark.parametrize(
    ("typed", "name", "begins"),
    [
        (AUDIT, "a.json", b"{"),
        (AUDIT, "a.md", b"#"),
        (AUDIT, "a.XLSX", b"PK"),
        ((*AUDIT, "--format", "xlsx"), "a.xlsx", b"PK"),
    ],
)
def test_the_ending_of_a_name_says_the_format(
    run_command: RunCommand, tmp_path: Path, typed: tuple[str, ...], name: str, begins: bytes
) -> None:
    done = run_command("--repo", str(ROOT), *typed, "-o", str(tmp_path / name))

    assert (done.code, done.stderr) == (0, "")
    assert (tmp_path / name).read_bytes().startswith(begins)


@pytest.mark.parametrize(
    ("typed", "name", "endings"),
    [
        (AUDIT, "a.pdf", ".txt, .md, .json, .xlsx"),
        (AUDIT, "a", ".txt, .md, .json, .xlsx"),
        ((*AUDIT, "--format", "json"), "a.xlsx", ".json"),
        (REPORT, "a.pdf", ".docx"),
        (REPORT, "a.doc", ".docx"),
    ],
)
def test_a_name_that_belies_its_content_is_refused(
    run_command: RunCommand, tmp_path: Path, typed: tuple[str, ...], name: str, endings: str
) -> None:
    done = run_command("--repo", str(ROOT), *typed, "-o", str(tmp_path / name))

    assert (done.code, [*tmp_path.iterdir()]) == (2, [])
    assert done.stderr.endswith(f"Hãy dùng tên có đuôi {endings}.\n")


@pytest.mark.parametrize("ignored", [".gitignore", "starter/all/dot.gitignore"])
def test_what_the_examples_write_into_the_repository_is_ignored_by_git(repository: Repository, ignored: str) -> None:
    repository.copy(ROOT / ignored, ".gitignore")
    examples = [one.example.split() for name, one in COMMANDS.items() if name != "owners"]
    guides = "".join(path.read_text("utf-8") for path in (ROOT / "docs/how-to").glob("*.md"))
    folders = sorted({*re.findall(r"^\$ parindex .* -o ([a-z-]+)$", guides, re.MULTILINE)})
    names = [*folders, *(words[words.index("-o") + 1] for words in examples if "-o" in words)]
    written = [name if "." in name else f"{name}/x.csv" for name in names]
    others = ["site/index.html", "build/docs/index.md", "join-chuyen-vien.yml", "data/2024/.plan.yml.17.new"]
    paths = [*written, *others]

    assert repository.git("check-ignore", "--no-index", *paths).splitlines() == paths

"""The command line as people know it from other programs: what may stand where, what was meant, help, completion."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT, RunCommand, without

from pipeline.arguments import COMMANDS
from pipeline.flows.snapshot import load_labels

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
    keys = [key for key in load_labels(language).texts if key.startswith(families) and not key.endswith(".help")]
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

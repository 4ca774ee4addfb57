"""The command line as people know it from other programs: what may stand where, what was meant, help, completion."""

from __future__ import annotations

import pytest
from conftest import ROOT, RunCommand

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

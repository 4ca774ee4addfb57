"""`verify --bundle` proves a ranking from a bundle alone, names each place that is wrong, and trusts no stranger."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from conftest import RunCommand
from exportworlds import POLICIES, bundle_of, files, small_year, snapshot
from wrong_bundles import LINES, RESULTS, SCORES, WRONG, Case, replaced

from pipeline.bundles import MOST_FILES, verify
from pipeline.core.exports.bundles import Verdict
from pipeline.core.exports.rulings import rule_of, ruling
from pipeline.core.exports.values import WrongValueError
from pipeline.core.rules import RULES


def folder_of(made: Mapping[str, bytes], folder: Path) -> Path:
    for path, data in made.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return folder


def judged(made: Mapping[str, bytes], folder: Path) -> Verdict:
    return verify(folder_of(made, folder))


def changed(case: Case) -> dict[str, bytes]:
    made = dict(files())
    case.change(made)
    return made


def places(verdict: Verdict) -> list[tuple[str, str, int, int]]:
    return [(p.code, p.path, p.line, p.column) for p in verdict.problems]


def test_a_bundle_proves_its_ranking_in_an_empty_folder(run_command: RunCommand, tmp_path: Path) -> None:
    folder_of(files(), tmp_path / "bundle")
    (tmp_path / "empty").mkdir()
    done = run_command("verify", "--bundle", "../bundle", "--format", "json", cwd=tmp_path / "empty")
    told = json.loads(done.stdout)

    assert (done.code, told["problems"]) == (0, [])
    assert {"files", "lines", "survey", "ranking", "approved", "formats"} == {fact["code"] for fact in told["proved"]}
    assert {"hidden", "weighed", "books", "origin"} == {fact["code"] for fact in told["unproved"]}


def test_a_bundle_for_inside_proves_itself_too(tmp_path: Path) -> None:
    assert places(judged(files("internal"), tmp_path)) == []


@pytest.mark.parametrize("code", WRONG)
def test_each_wrong_bundle_is_named_at_its_place(code: str, tmp_path: Path) -> None:
    case = WRONG[code]
    found = places(judged(changed(case), tmp_path))

    if code == "bundle-too-large":
        assert [place[0] for place in found if place[0] == code] == [code]
    else:
        assert (code, case.path, case.line, case.column) in found


@pytest.mark.parametrize(
    ("path", "old", "new", "field"),
    [
        (SCORES, "1.1.1,1,appraisal,true,1.00", "1.1.1,1,appraisal,true,0.50", "points"),
        (RESULTS, ",92.00,1,", ",92.00,2,", "rank"),
        (RESULTS, ",1,xuat-sac", ",1,tot", "grade"),
        (RESULTS, ",51.52,", ",51.53,", "points"),
        ("csv/areas.csv", ",9.16,", ",9.17,", "points"),
        (LINES, "self-assessment,1.00,,,dung-han", "self-assessment,0.50,,,dung-han", "score"),
        ("csv/survey_counts.csv", "rat-tot,22,", "rat-tot,23,", "points"),
        ("csv/survey_parts.csv", ",0.7910,", ",0.7911,", "mean"),
        ("csv/versions_results.csv", "2024,2,cuc-thue,", "2024,2,cuc-hai-quan,", ""),
        ("csv/grades.csv", "xuat-sac,90", "xuat-sac,95", "grade"),
        ("csv/agencies.csv", "2024,kho-bac-nha-nuoc", "2024,kho-bac", ""),
    ],
)
def test_a_figure_that_was_changed_with_care_is_still_found(
    path: str, old: str, new: str, field: str, tmp_path: Path
) -> None:
    verdict = judged(changed(Case(replaced(path, old, new), path)), tmp_path)

    assert verdict.problems
    assert field in {"", *(problem.figures.get("field") for problem in verdict.problems)}


def test_a_link_is_not_followed_and_no_foreign_file_is_opened(tmp_path: Path) -> None:
    folder = folder_of(files(), tmp_path / "bundle")
    (tmp_path / "secret").write_text("không đọc", encoding="utf-8")
    (folder / RESULTS).unlink()
    (folder / RESULTS).symlink_to(tmp_path / "secret")
    (folder / "json-2").symlink_to(tmp_path)
    os.mkfifo(folder / "csv" / "year.json")
    found = verify(folder).problems

    assert {("bundle-foreign-file", RESULTS), ("bundle-foreign-file", "json-2")} < {(p.code, p.path) for p in found}
    assert ("bundle-missing-file", RESULTS) in {(p.code, p.path) for p in found}


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("csv/criteria.csv", b'2024,"' + b"[" * 90_000),
        ("csv/lines.csv", b'2024,cuc-thue,1.1.1,self-assessment,1.00,,,"' + b"[" * 90_000 + b'",,,,,,,true,false\n'),
        ("csv/scores.csv", b"\xff\xfe\x00"),
        ("csv/results.csv", b"2024," + b"9" * 200_000 + b"\n"),
        ("csv/criteria.csv", b"2024," + b"9" * 5_000 + b",,1,a,b,1,judged,{},,optional,,,,,true,false\n"),
        ("csv/year.csv", b""),
        ("datapackage.json", b"[" * 100_000),
        ("datapackage.json", b'{"parindex": []}'),
        ("SHA256SUMS", b"\x00\xff" * 99),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_hostile_bytes_are_named_and_never_a_traceback(path: str, data: bytes, tmp_path: Path) -> None:
    made = dict(files())
    made[path] = made[path] + data if path.startswith("csv/") and path != "csv/year.csv" else data

    assert judged(made, tmp_path).problems != []


HOSTILE_PARAMETERS: list[Any] = [
    *("", {}, [], None, {"options": []}, {"step": "0"}, {"full_from": "1e9", "zero_below": "NaN"}),
    {"options": {"a": 1}, "items": {"a": {}}, "faults": 3, "floor": {}, "group": 1},
    {"bands": {"from": 1}, "groups": [], "unit": "%", "options": {"a": {"points": 1, "title": {"vi": "A"}}}},
]


@pytest.mark.parametrize("kind", [*RULES, "eval"])
def test_a_rule_without_sense_is_refused(kind: str) -> None:
    for parameters in HOSTILE_PARAMETERS:
        with pytest.raises(WrongValueError):
            rule_of(kind, parameters)


def test_every_rule_survives_the_way_through_json() -> None:
    year = snapshot().world.years["2024"]
    rules = [leaf.rule for leaf in year.leaves() if leaf.rule]

    assert rules == [rule_of(rule.name, json.loads(json.dumps(ruling(rule)))) for rule in rules]


def test_too_many_files_are_not_read(tmp_path: Path) -> None:
    made = changed(WRONG["bundle-too-large"])

    assert len(made) > MOST_FILES
    assert "bundle-too-large" in {p.code for p in judged(made, tmp_path).problems}


def test_a_folder_that_is_not_there_is_one_line(run_command: RunCommand, tmp_path: Path) -> None:
    done = run_command("verify", "--bundle", str(tmp_path / "none"))

    assert (done.code, done.stderr.count("\n")) == (2, 1)
    assert run_command("verify", "--bundle", str(tmp_path), "--year", "2024").code == 2


# --- the arithmetic of every policy ---------------------------------------------------------------------------------


@pytest.mark.parametrize("small", [9, 29])
@pytest.mark.parametrize("policy", POLICIES)
def test_a_year_of_any_policy_proves_itself(policy: str, small: int, tmp_path: Path) -> None:
    verdict = judged(bundle_of(small_year(policy, small)), tmp_path)
    codes: dict[str, Any] = {"hidden": small < 10, "exact": small < 10 and "leaf: exact" in policy}

    # The scores were written for two places, half up: what other rules would give is not asked here.
    assert [p for p in verdict.problems if p.figures.get("field") != "score"] == []
    assert {code: code in {fact[0] for fact in verdict.unproved} for code in codes} == codes

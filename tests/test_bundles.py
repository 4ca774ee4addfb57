"""`verify --bundle` proves a ranking from a bundle alone, names each place that is wrong, and trusts no stranger."""

from __future__ import annotations

import io
import json
import os
import tracemalloc
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import RunCommand
from exportworlds import POLICIES, bundle_of, files, small_year, snapshot
from sites import YEAR
from wrong_bundles import (
    DRAWS,
    LINES,
    RESULTS,
    SCORES,
    WRONG,
    ZIP,
    Case,
    blank_lines,
    replaced,
    signed_and_packed,
    signed_anew,
    without_line,
)

from pipeline.adapters.archives import Told, packed, told_of, unlike
from pipeline.adapters.messages import LANGUAGES
from pipeline.core.publish.opendata.csv_json import CUT_OFF, MOST_WRONG, ReadTable, read_csv
from pipeline.core.publish.opendata.rebuild import year_of
from pipeline.core.publish.opendata.recompute import BundleVerdict, judge
from pipeline.core.publish.opendata.tables import EXPORTS
from pipeline.core.record.rules import RULES
from pipeline.flows import verify_bundle
from pipeline.flows.snapshot import load_labels
from pipeline.flows.verify_bundle import MOST_BYTES, MOST_FILES, MOST_HELD, MOST_TOLD, verify


def folder_of(made: Mapping[str, bytes], folder: Path) -> Path:
    for path, data in made.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return folder


def judged(made: Mapping[str, bytes], folder: Path) -> BundleVerdict:
    return verify(folder_of(made, folder))


def changed(case: Case) -> dict[str, bytes]:
    made = dict(files())
    case.change(made)
    return made


def places(verdict: BundleVerdict) -> list[tuple[str, str, int, int]]:
    return [(p.code, p.path, p.line, p.column) for p in verdict.problems]


def test_a_bundle_proves_its_ranking_in_an_empty_folder(run_command: RunCommand, tmp_path: Path) -> None:
    folder_of(files(), tmp_path / "bundle")
    (tmp_path / "empty").mkdir()
    done = run_command("verify", "--bundle", "../bundle", "--format", "json", cwd=tmp_path / "empty")
    told = json.loads(done.stdout)

    assert (done.code, told["problems"]) == (0, [])
    assert [fact["code"] for fact in told["proved"]] == [
        *("files", "lines", "ranking", "drawn-weights", "drawn-judgement", "survey", "approved"),
        *("replayed", "replayed", "formats"),
    ]
    assert {"hidden", "weighed", "unsigned", "books", "origin"} == {fact["code"] for fact in told["unproved"]}


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
        (DRAWS, "weights,2,2,2,3,", "weights,2,2,2,2,", "rank_95"),
        (DRAWS, '""2"": ""626"", ""3"": ""374""', '""2"": ""627"", ""3"": ""373""', "reached"),
        (DRAWS, '""2"": ""692"", ""3"": ""308""', '""2"": ""693"", ""3"": ""307""', "reached"),
        (DRAWS, ",2024/weights,", ",2025/weights,", "seed"),
        (DRAWS, ",2024/weights,25,", ",2024/weights,24,", "areas_range"),
        (DRAWS, "cuc-thue,judgement,2,", "cuc-thue,judgement,3,", "rank"),
        ("csv/grades.csv", "xuat-sac,90", "xuat-sac,95", "grade"),
        ("csv/agencies.csv", "2024,kho-bac-nha-nuoc", "2024,kho-bac", ""),
        ("changelog.json", '"after": "87.93"', '"after": "88.93"', ""),
        ("csv/plan.csv", "2024-11-28", "2024-11-27", ""),
        ("csv-excel/results.csv", "87,93", "88,93", ""),
    ],
)
def test_a_figure_that_was_changed_with_care_is_still_found(
    path: str, old: str, new: str, field: str, tmp_path: Path
) -> None:
    verdict = judged(changed(Case(replaced(path, old, new), path)), tmp_path)

    assert verdict.problems
    assert field in {"", *(problem.figures.get("field") for problem in verdict.problems)}


def test_an_approved_table_that_lacks_an_agency_is_named_itself(tmp_path: Path) -> None:
    rows = files()["csv/versions_results.csv"].count(b"\n")
    made = changed(Case(without_line("csv/versions_results.csv", rows), "csv/versions_results.csv"))

    assert ("bundle-row-missing", "csv/versions_results.csv", 1, 1) in places(judged(made, tmp_path))


def test_a_line_whose_answer_reads_otherwise_proves_no_ranking(tmp_path: Path) -> None:
    verdict = judged(changed(Case(replaced(LINES, "dung-han", "[]"), LINES)), tmp_path)

    assert "ranking" not in {fact[0] for fact in verdict.proved}


def test_a_description_for_catalogues_that_tells_other_files_is_named(tmp_path: Path) -> None:
    made = dict(files())
    made["dcat.jsonld"] = made["dcat.jsonld"].replace(str(len(made[RESULTS])).encode(), b"1")
    signed_and_packed(made)

    assert ("bundle-checksum", RESULTS) in {(p.code, p.path) for p in judged(made, tmp_path).problems}


@pytest.mark.parametrize(
    ("path", "told"), [("datapackage.json", '"path": "csv/results.csv"'), ("dcat.jsonld", '"@id": "csv/results.csv"')]
)
def test_a_file_that_one_list_passes_over_is_named_and_so_is_what_it_tells_instead(
    path: str, told: str, tmp_path: Path
) -> None:
    made = dict(files())
    made[path] = made[path].replace(told.encode(), told.replace("csv/results", "../secret").encode())
    signed_and_packed(made)
    found = {(p.code, p.path, p.figures.get("list")) for p in judged(made, tmp_path).problems}

    assert {("bundle-missing-file", "../secret.csv", None), ("bundle-checksum", RESULTS, path)} <= found


def test_a_file_that_is_missing_or_changed_is_named_once_whatever_lists_tell_of_it(tmp_path: Path) -> None:
    made = changed(WRONG["bundle-checksum"])
    del made["README.txt"]
    found = [(p.code, p.path) for p in judged(made, tmp_path).problems if p.code != "bundle-unlike"]

    assert found == [
        ("bundle-missing-file", "README.txt"),
        ("bundle-checksum", "json/results.json"),
        ("bundle-archive", ZIP),
    ]


# --- the archive ----------------------------------------------------------------------------------------------------


def rezipped(change: Callable[[dict[str, bytes]], object]) -> bytes:
    """Return the archive with other entries, by whole names."""
    with zipfile.ZipFile(io.BytesIO(files()[ZIP])) as old:
        entries = {name: old.read(name) for name in old.namelist()}
    change(entries)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in entries.items():
            new.writestr(name, data)
    return stream.getvalue()


def told(made: Mapping[str, bytes]) -> dict[str, Told]:
    return {path: told_of([data]) for path, data in made.items()}


def inside() -> dict[str, bytes]:
    """Return what the archive is to hold."""
    return {path: data for path, data in files().items() if path != ZIP}


ARCHIVES: Mapping[str, Callable[[], bytes]] = {
    "a value": lambda: packed({**inside(), RESULTS: inside()[RESULTS].replace(b"92.00", b"93.00")}, "parindex-2024"),
    "an entry too many": lambda: rezipped(lambda own: own.update({"parindex-2024/doc.exe": b"x"})),
    "a name that climbs out": lambda: rezipped(lambda own: own.update({"../../doc.txt": b"x"})),
    "a bomb": lambda: packed({**inside(), RESULTS: bytes(90_000_000)}, "parindex-2024"),
    "entries of another day": lambda: rezipped(lambda own: None),
    "no archive": lambda: b"PK\x05\x06" + bytes(10),
    "a list of a million": lambda: files()[ZIP][:-22] + b"PK\x05\x06" + b"\xff" * 16 + b"\0\0",
    "bytes before it": lambda: b"#!/bin/sh\n" + files()[ZIP],
    "bytes after it": lambda: files()[ZIP] + b"x",
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_that_holds_anything_else_is_found_at_little_cost(name: str) -> None:
    made, wanted = ARCHIVES[name](), told(inside())
    tracemalloc.start()
    found = list(unlike(io.BytesIO(made), wanted, "parindex-2024"))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert found == [RESULTS if name in {"a value", "a bomb"} else ""]
    assert most < 20_000_000


def test_an_archive_that_holds_anything_else_is_named_and_proves_nothing_away(tmp_path: Path) -> None:
    found = judged({**files(), ZIP: ARCHIVES["a bomb"]()}, tmp_path)

    assert [(p.code, p.path) for p in found.problems] == [("bundle-archive", ZIP)]
    assert "ranking" in {fact[0] for fact in found.proved}


def test_any_byte_of_the_archive_that_is_flipped_is_named_unless_it_unpacks_to_the_same_files() -> None:
    """A bit of compressed data can point to another copy of the same text: then nothing inside is another."""
    made = bundle_of(small_year(POLICIES[0], 29))
    whole, wanted = made[ZIP], told({path: data for path, data in made.items() if path != ZIP})
    entries = zipfile.ZipFile(io.BytesIO(whole)).infolist()
    ends = {entry.header_offset + len(entry.FileHeader()) for entry in entries}  # its first bit says: the last block
    listed = whole.index(
        b"PK\x01\x02"
    )  # where the list at the end begins; its first entry and its own end, byte by byte
    exact = {*ends, *range(listed, listed + 46), *range(len(whole) - 22, len(whole))}

    assert list(unlike(io.BytesIO(whole), wanted, "parindex-2024")) == []
    silent = {
        at
        for at in {*range(0, len(whole), 4_999), *exact}
        if not list(unlike(io.BytesIO(with_flipped(whole, at)), wanted, "parindex-2024"))
    }
    assert not silent & exact
    assert [at for at in sorted(silent) if unpacked(with_flipped(whole, at)) != unpacked(whole)] == []


def unpacked(data: bytes) -> list[tuple[str, bytes]]:
    """Return what the library reads out of an archive, with its own check of every sum."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(name, archive.read(name)) for name in archive.namelist()]


def with_flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_an_archive_that_another_machine_packed_is_the_same_archive() -> None:
    inside = {path: data for path, data in files().items() if path != ZIP}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for entry in zipfile.ZipFile(io.BytesIO(files()[ZIP])).infolist():
            archive.writestr(entry, inside[entry.filename.partition("/")[2]], compresslevel=1)

    assert stream.getvalue() != files()[ZIP]
    assert list(unlike(stream, told(inside), "parindex-2024")) == []


@pytest.mark.parametrize(("limit", "folder"), [("MOST_BYTES", "json"), ("MOST_HELD", "csv")])
def test_more_than_a_bundle_can_have_is_not_read(
    limit: str, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify_bundle, limit, 8_000_000)
    made = folder_of(files(), tmp_path)
    for name in ("results", "scores"):
        os.truncate(made / f"{folder}/{name}.{folder}", 5_000_000)
    found = {(p.code, p.path, p.figures.get("allowed")) for p in verify(made).problems}

    assert ("bundle-too-large", f"{folder}/scores.{folder}", "8000000 byte") in found


def test_descriptions_that_no_bundle_has_so_long_are_not_read(tmp_path: Path) -> None:
    made = folder_of(files(), tmp_path)
    os.truncate(made / "dcat.jsonld", MOST_TOLD)
    found = {(p.code, p.path, p.figures.get("allowed")) for p in verify(made).problems}

    assert ("bundle-too-large", "dcat.jsonld", f"{MOST_TOLD} byte") in found


@pytest.mark.parametrize("row", ["\n", ",,,\n", "one"], ids=["empty", "short", "repeated"])
def test_of_a_table_that_is_wrong_all_over_the_first_errors_are_named(row: str) -> None:
    """What a stranger's file costs is not to grow with what is wrong in it."""
    head, first = files()[SCORES].decode().splitlines(keepends=True)[:2]
    data = (head + (first if row == "one" else row) * (2 * MOST_WRONG)).encode()
    found = read_csv(EXPORTS["scores"], SCORES, data, EXPORTS["scores"].columns("public", LANGUAGES))

    assert isinstance(found, tuple)
    assert [p.code for p in found].index(CUT_OFF) == len(found) - 1 == MOST_WRONG


@pytest.mark.parametrize(
    ("language", "lines", "cut", "end"),
    [
        ("vi", 1_000, 0, "Có {} chỗ SAI."),
        ("vi", 1_001, 1, "Có ít nhất {} chỗ SAI: có bảng không được đọc hết."),
        ("en", 1_001, 1, "At least {} places are WRONG: not every table was read to its end."),
    ],
)
def test_where_errors_are_left_out_the_verdict_says_that_there_may_be_more(
    run_command: RunCommand, tmp_path: Path, language: str, lines: int, cut: int, end: str
) -> None:
    folder = folder_of(changed(Case(blank_lines(RESULTS, lines), RESULTS)), tmp_path / "bundle")
    told = run_command("--lang", language, "verify", "--bundle", str(folder), cwd=tmp_path)
    wrong = verify(folder).problems

    assert told.code == 1
    assert told.stdout.endswith(f"\n{end.format(load_labels(language).number(str(len(wrong) - cut)))}\n")
    assert sum(p.code == CUT_OFF for p in wrong) == cut


def test_what_is_only_compared_is_not_held_in_memory(tmp_path: Path) -> None:
    made = folder_of(files(), tmp_path)
    for path in ("json/scores.json", "csv-excel/scores.csv", "parquet/scores.parquet", f"parindex-{YEAR}.xlsx", ZIP):
        os.truncate(made / path, 40_000_000)
    tracemalloc.start()
    found = {p.path for p in verify(made).problems if p.code in {"bundle-unlike", "bundle-archive", "bundle-checksum"}}
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert len(found) == 5
    assert most < 40_000_000


def test_a_bundle_of_five_thousand_agencies_is_not_too_large() -> None:
    """Rows of 60 criteria at five stages, each with three documents; a real agency's share of the files."""
    agencies, of_year = 5_000, len(snapshot().world.years[YEAR].agencies)
    sizes = {path: len(data) * agencies // of_year for path, data in files().items()}
    rows = {"decisions": 60 * 5, "lines": 60 * 5, "evidence": 60 * 3 * 3, "survey_counts": 5 * 10 * 7, "flat": 60}

    assert {name for name, each in rows.items() if EXPORTS[name].most < each * agencies} == set()
    assert sum(sizes.values()) < MOST_BYTES
    assert sum(size for path, size in sizes.items() if path.startswith("csv/")) < MOST_HELD


# --- hostile files --------------------------------------------------------------------------------------------------


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


def tables() -> dict[str, ReadTable]:
    read = {
        name: read_csv(resource, f"csv/{name}.csv", files()[f"csv/{name}.csv"], resource.columns("public", LANGUAGES))
        for name, resource in EXPORTS.items()
    }
    return {name: table for name, table in read.items() if isinstance(table, ReadTable)}


def test_a_rule_without_sense_is_refused_at_every_leaf() -> None:
    """Each leaf has another rule; as often as it takes until each type of rule has had each of the parameters."""
    whole = tables()
    read = whole["criteria"]
    leaves = [at for at, row in enumerate(read.table.rows) if row["rule"]]
    rules = [(kind, json.dumps(parameters)) for kind in RULES for parameters in HOSTILE_PARAMETERS]
    for start in range(0, len(rules), len(leaves)):
        rows = list(read.table.rows)
        for at, (kind, told) in zip(leaves, [*rules, *rules][start : start + len(leaves)], strict=True):
            rows[at] = {**rows[at], "rule": kind, "parameters": told}
        forged = replace(read, table=replace(read.table, rows=tuple(rows)))
        found = {(p.code, p.line, p.figures["field"]) for p in judge({**whole, "criteria": forged}).problems}

        assert {("bundle-rule", read.lines[at], "parameters") for at in leaves} <= found


def test_a_criterion_with_and_without_a_rule_says_so() -> None:
    whole = tables()
    read = whole["criteria"]
    rule = {"rule": "judged", "parameters": '{"step": "1"}'}
    rows = tuple({**row, **({"rule": None, "parameters": None} if row["rule"] else rule)} for row in read.table.rows)
    found = judge({**whole, "criteria": replace(read, table=replace(read.table, rows=rows))}).problems

    assert [(p.code, p.line, p.column) for p in found] == [("bundle-rule", line, 8) for line in read.lines]
    assert {p.figures["computed"] for p in found} == {"–", ", ".join(RULES)[:80]}  # as much as a problem shows


def test_the_records_of_a_bundle_are_those_of_the_year() -> None:
    year, read = snapshot().world.years["2024"], year_of(tables())
    stages = {(stage, agency): set(file.lines) for stage, own in read.stages.items() for agency, file in own.items()}

    assert [(leaf.code, leaf.rule, leaf.out_of) for leaf in read.leaves()] == [
        (leaf.code, leaf.rule, leaf.out_of) for leaf in year.leaves()
    ]
    assert (read.cycle.policy, read.cycle.stages.names) == (year.cycle.policy, year.cycle.stages.names)
    assert {file for file, lines in stages.items() if lines} <= {
        (stage, agency) for stage, own in year.stages.items() for agency in own
    }


def test_a_bundle_from_before_the_tables_that_came_later_has_the_usual_five_stages(tmp_path: Path) -> None:
    later = {name for name, resource in EXPORTS.items() if resource.later}
    made = {path: data for path, data in files().items() if Path(path).stem not in later}
    for name, of in (("datapackage.json", "resources"), ("dcat.jsonld", "dcat:distribution")):
        told = json.loads(made[name])
        held = told if of in told else told["dcat:dataset"][0]
        held[of] = [one for one in held[of] if one.get("path", one.get("@id")) in made]
        made[name] = json.dumps(told).encode()
    signed_anew(made)
    verdict = judged(made, tmp_path / "old")
    renamed = replaced(LINES, "self-assessment", "self-scoring")
    renamed(made)

    assert places(verdict) == []
    assert {"files", "lines", "ranking", "approved"} <= {fact[0] for fact in verdict.proved}
    assert ("bundle-unknown-name", LINES, 2, 4) in places(judged(made, tmp_path / "renamed"))


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
    assert "drawn-weights" in {fact[0] for fact in verdict.proved}


@pytest.mark.parametrize(
    ("stages", "kind"), [(["appraisal-2"], "proved"), (["appraisal-2", "appraisal-1"], "unproved")]
)
def test_other_judgements_are_drawn_again_unless_the_first_appraisal_was_amended(
    stages: list[str], kind: str, tmp_path: Path
) -> None:
    amended = {
        f"data/2024/amendments/{number:04}.yml": f"""
            stage: {stage}
            agency: a-mot
            criterion: "1.2"
            expect: 1.25
            line: {{score: 1.5}}
            reason: R
            decision: {{number: {number}/QĐ, date: 2025-02-02}}
        """
        for number, stage in enumerate(stages, 1)
    }
    made = bundle_of({**small_year("{}", 31), **amended})
    verdict = judged(made, tmp_path)

    assert b"2024/judgement" in made[DRAWS]
    assert verdict.problems == []
    assert [fact[0] for fact in getattr(verdict, kind)].count("drawn-judgement") == 1
